//! The three walks of the collector once more, for what most heaps are mostly made of: lists that hold lists. The same bytes as
//! the functions in `machine`, which take over at whatever is anything else. Each goes on for [`BATCH`] objects at most: browsers
//! compile a function well only after it was called some times, and never while it runs.

use super::machine::{visit_decref, visit_reachable};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::gc_head::{COLLECTING, FINALIZED, REFS_SHIFT, UNREACHABLE, head_of, object_of};
use crate::object::head::{count_of, is_immortal_word};

const POINTER: u64 = !3;
const BATCH: u32 = 512;
const LIST: Addr = TypeId::List.addr();

/// `update_refs` from `gc` on; where it stopped.
#[inline(never)]
pub(super) fn update_refs(m: &mut AddressSpace, mut gc: Addr, list: Addr) -> Addr {
    let word = m.profile.refcount;
    for _ in 0..BATCH {
        if gc == list {
            break;
        }
        let Some([next, prev, refcnt]) = m.ready_words(gc) else { break };
        let bits = u64::from_le_bytes(*refcnt);
        if is_immortal_word(word, bits) {
            break;
        }
        let flags = u64::from_le_bytes(*prev) & FINALIZED | COLLECTING;
        *prev = (flags | count_of(word, bits) << REFS_SHIFT).to_le_bytes();
        gc = Addr(u64::from_le_bytes(*next));
    }
    gc
}

/// `subtract_refs` from `gc` on; where it stopped.
#[inline(never)]
pub(super) fn subtract_refs(m: &mut AddressSpace, mut gc: Addr, list: Addr) -> Result<Addr, Fault> {
    for _ in 0..BATCH {
        if gc == list {
            break;
        }
        let Some([next, _, _, tp, len, items]) = m.get_words(gc) else { break };
        if Addr(tp) != LIST {
            break;
        }
        for index in (0..len).rev() {
            let slot = Addr(items).offset(index * 8);
            let child = if let Some(child) = m.get::<Addr>(slot) { child } else { m.read(slot)? };
            if child.is_null() || subtract(m, child) {
                continue;
            }
            visit_decref(m, child, object_of(gc))?;
        }
        gc = Addr(next);
    }
    Ok(gc)
}

/// `visit_decref` of a list. False if it is none, or something is wrong, and nothing was done.
#[inline(always)]
fn subtract(m: &mut AddressSpace, child: Addr) -> bool {
    let Some([_, prev, _, tp]) = m.ready_words(head_of(child)) else { return false };
    let bits = u64::from_le_bytes(*prev);
    if Addr(u64::from_le_bytes(*tp)) != LIST {
        return false;
    }
    if bits & COLLECTING == 0 {
        return true;
    }
    *prev = bits.wrapping_sub(1 << REFS_SHIFT).to_le_bytes();
    // Less than none: put back what was there.
    if bits >> REFS_SHIFT == 0 {
        *prev = bits.to_le_bytes();
        return false;
    }
    true
}

/// `move_unreachable` from `gc` on, behind `before`; where it stopped, and what is before that.
#[inline(never)]
pub(super) fn move_unreachable(
    m: &mut AddressSpace,
    (mut gc, mut before): (Addr, Addr),
    young: Addr,
    unreachable: Addr,
) -> Result<(Addr, Addr), Fault> {
    for _ in 0..BATCH {
        if gc == young {
            break;
        }
        let Some([next, prev, _, tp, len, items]) = m.get_words(gc) else { break };
        if Addr(tp) != LIST || prev >> REFS_SHIFT == 0 && !set_aside(m, gc, before, unreachable) {
            break;
        }
        if prev >> REFS_SHIFT == 0 {
            gc = Addr(next);
            continue;
        }
        for index in (0..len).rev() {
            let slot = Addr(items).offset(index * 8);
            let child = if let Some(child) = m.get::<Addr>(slot) { child } else { m.read(slot)? };
            if child.is_null() || reach(m, child, young) {
                continue;
            }
            visit_reachable(m, child, young, object_of(gc))?;
        }
        // Read again: objects may have come back to the end of `young` behind this one.
        let Some([next, prev]) = m.ready_words(gc) else { break };
        *prev = (u64::from_le_bytes(*prev) & FINALIZED | before.0).to_le_bytes();
        before = gc;
        gc = Addr(u64::from_le_bytes(*next));
    }
    Ok((gc, before))
}

/// `visit_reachable` of a list. False if it is none, or nothing was done.
#[inline(always)]
fn reach(m: &mut AddressSpace, child: Addr, young: Addr) -> bool {
    let Some([next, prev, _, tp]) = m.ready_words(head_of(child)) else { return false };
    let bits = u64::from_le_bytes(*prev);
    if Addr(u64::from_le_bytes(*tp)) != LIST {
        return false;
    }
    if bits & COLLECTING == 0 {
        return true;
    }
    let next = u64::from_le_bytes(*next);
    if next & UNREACHABLE != 0 {
        return bring_back(m, head_of(child), [next, bits], young);
    }
    if bits >> REFS_SHIFT == 0 {
        *prev = (bits & (FINALIZED | COLLECTING) | 1 << REFS_SHIFT).to_le_bytes();
    }
    true
}

/// Moves an object from `unreachable` to the end of `young`, with `gc_refs` 1. False if nothing was done.
#[inline(always)]
fn bring_back(m: &mut AddressSpace, gc: Addr, [next, prev]: [u64; 2], young: Addr) -> bool {
    let (left, right) = (Addr(prev & POINTER), Addr(next & !UNREACHABLE));
    let (Some(behind), Some(last)) = (m.get::<u64>(right.offset(8)), m.get::<u64>(young.offset(8))) else { return false };
    let last = Addr(last & POINTER);
    // All are ready, or none is written.
    if ![left, right.offset(8), gc, gc.offset(8), last, young.offset(8)].into_iter().all(|at| m.is_ready(at)) {
        return false;
    }
    m.write_ready(left, Addr(next));
    m.write_ready(right.offset(8), Addr(behind & !POINTER | left.0));
    m.write_ready(last, gc);
    m.write_ready(gc, young);
    m.write_ready(young.offset(8), gc);
    m.write_ready(gc.offset(8), Addr(prev & (FINALIZED | COLLECTING) | 1 << REFS_SHIFT))
}

/// Moves the object at the cursor to the end of `unreachable`. False if nothing was done.
#[inline(always)]
fn set_aside(m: &mut AddressSpace, gc: Addr, before: Addr, unreachable: Addr) -> bool {
    let Some([_, last]) = m.get_words(unreachable) else { return false };
    let last = Addr(last);
    // All four are ready, or none is written.
    if !(m.is_ready(before) && m.is_ready(last) && m.is_ready(unreachable.offset(8))) {
        return false;
    }
    let Some([next, prev]) = m.ready_words(gc) else { return false };
    let behind = *next;
    *prev = (u64::from_le_bytes(*prev) & (FINALIZED | COLLECTING) | last.0).to_le_bytes();
    *next = (unreachable.0 | UNREACHABLE).to_le_bytes();
    m.write_ready(before, Addr(u64::from_le_bytes(behind)));
    m.write_ready(last, Addr(gc.0 | UNREACHABLE));
    m.write_ready(unreachable.offset(8), gc)
}

#[cfg(test)]
mod tests {
    use crate::abi::Release;
    use crate::ids::Addr;
    use crate::mem::AddressSpace;
    use crate::runtime::gc::machine::collect;
    use crate::runtime::{list, refcount, start};
    use proptest::prelude::*;

    /// All bytes after two collections of a heap of lists linked like this, some of them kept.
    fn after(release: Release, links: &[(usize, usize)], kept: &[bool], recorded: bool) -> Vec<Vec<u8>> {
        let mut m = start::start(release.profile(), 1 << 28).unwrap();
        let lists: Vec<Addr> = kept.iter().map(|_| list::new(&mut m, &[]).unwrap()).collect();
        for &(from, to) in links {
            list::append(&mut m, lists[from % lists.len()], lists[to % lists.len()]).unwrap();
        }
        for (&list, _) in lists.iter().zip(kept).filter(|(_, kept)| !**kept) {
            refcount::decref(&mut m, list, Addr::NULL).unwrap();
        }
        if recorded {
            // The walks here are for when nobody looks.
            m.log.start();
        }
        collect(&mut m, 1).unwrap();
        collect(&mut m, 2).unwrap();
        bytes(&m)
    }

    fn bytes(m: &AddressSpace) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        for range in m.mapped() {
            let mut bytes = vec![0; usize::try_from(range.bytes).unwrap()];
            m.read_bytes(range.start, &mut bytes).unwrap();
            all.push(bytes);
        }
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn the_same_bytes_as_step_by_step(
            links in proptest::collection::vec((0usize..900, 0usize..900), 0..1500),
            kept in proptest::collection::vec(proptest::bool::weighted(0.1), 1..900),
        ) {
            for release in [Release::Cp311, Release::Cp313, Release::Cp315] {
                prop_assert!(after(release, &links, &kept, false) == after(release, &links, &kept, true));
            }
        }
    }
}
