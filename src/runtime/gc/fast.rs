//! The walks of the collector once more, for what most heaps are mostly made of: lists that hold lists. The same bytes as the
//! functions in `machine`, which take over at whatever is anything else. Only for when nobody looks: what a walk keeps to itself,
//! the ends of the lists, is written when it returns. Each goes on for [`BATCH`] objects at most: browsers compile a function well
//! only after it was called some times, and never while it runs.

use super::links;
use super::machine::visit_decref;
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::gc_head::{COLLECTING, FINALIZED, GC_NEXT, GC_PREV, REFS_SHIFT, UNREACHABLE, head_of, object_of};
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

/// The items of a list from the last to the first. Those of a long one lie in the raw heap and are read some at a time.
struct Items {
    array: Addr,
    left: u64,
    /// Words of the raw heap from `from` on, as many as there are before the last one that was asked for.
    block: [[u8; 8]; 32],
    from: u64,
}

impl Items {
    const NONE: Items = Items { array: Addr::NULL, left: 0, block: [[0; 8]; 32], from: 0 };

    #[inline(always)]
    fn start(&mut self, array: u64, len: u64) {
        (self.array, self.left, self.from) = (Addr(array), len, len);
    }

    #[inline(always)]
    fn next(&mut self, m: &AddressSpace) -> Result<Option<Addr>, Fault> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        match m.get(self.array.offset(self.left * 8)) {
            Some(item) => Ok(Some(item)),
            None => self.raw_item(m).map(Some),
        }
    }

    #[inline(always)]
    fn raw_item(&mut self, m: &AddressSpace) -> Result<Addr, Fault> {
        if self.left < self.from {
            self.fill(m)?;
        }
        #[allow(clippy::cast_possible_truncation, reason = "below the block's length")]
        let at = (self.left - self.from) as usize % self.block.len();
        Ok(Addr(u64::from_le_bytes(self.block[at])))
    }

    #[inline(never)]
    fn fill(&mut self, m: &AddressSpace) -> Result<(), Fault> {
        let n = (self.left + 1).min(self.block.len() as u64);
        self.from = self.left + 1 - n;
        #[allow(clippy::cast_possible_truncation, reason = "at most the block's length")]
        let block = &mut self.block[..n as usize];
        m.read_bytes(self.array.offset(self.from * 8), block.as_flattened_mut())
    }
}

/// `subtract_refs` from `gc` on; where it stopped.
#[inline(never)]
pub(super) fn subtract_refs(m: &mut AddressSpace, mut gc: Addr, list: Addr) -> Result<Addr, Fault> {
    let mut children = Items::NONE;
    for _ in 0..BATCH {
        if gc == list {
            break;
        }
        let Some([next, _, _, tp, len, items]) = m.get_words(gc) else { break };
        if Addr(tp) != LIST {
            break;
        }
        children.start(items, len);
        while let Some(child) = children.next(m)? {
            if !child.is_null() && !subtract(m, child) {
                visit_decref(m, child, object_of(gc))?;
            }
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
    if bits >> REFS_SHIFT == 0 {
        return false;
    }
    *prev = (bits - (1 << REFS_SHIFT)).to_le_bytes();
    true
}

/// What `move_unreachable` has found since the collection started, all of it by walking from the first object to the last.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Census {
    /// Objects that were reachable when the walk came by or came back.
    pub(super) kept: u64,
    /// Whether there are others than lists among them.
    pub(super) kept_others: bool,
    /// Objects that were set aside.
    pub(super) aside: u64,
    /// How often one of them came back.
    pub(super) came_back: u64,
    /// Whether there are or were others than lists among them.
    pub(super) aside_others: bool,
}

/// Where `move_unreachable` is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The object it looks at next.
    pub(super) gc: Addr,
    /// The one before it in `young`.
    pub(super) before: Addr,
    /// The list that is walked.
    pub(super) young: Addr,
    /// The list that what seems unreachable is moved to.
    pub(super) aside: Addr,
}

/// `move_unreachable` from a place on; `place` is where it stopped.
#[inline(never)]
pub(super) fn move_unreachable(m: &mut AddressSpace, place: &mut Place, census: &mut Census) -> Result<(), Fault> {
    let Place { mut gc, mut before, young, aside } = *place;
    let (mut last_young, mut last_aside) = (GC_PREV.read(m, young)?, GC_PREV.read(m, aside)?);
    let (mut kept, mut moved, mut came_back) = (0, 0, 0);
    let mut children = Items::NONE;
    'walk: for _ in 0..BATCH {
        if gc == young {
            break;
        }
        let Some([next, prev, _, tp, len, items]) = m.get_words(gc) else { break };
        if Addr(tp) != LIST {
            break;
        }
        if prev >> REFS_SHIFT == 0 {
            if !m.are_ready([gc, before, Addr(last_aside)]) {
                break;
            }
            GC_NEXT.put(m, before, next);
            GC_NEXT.put(m, Addr(last_aside), gc.0 | UNREACHABLE);
            GC_NEXT.put(m, gc, aside.0 | UNREACHABLE);
            GC_PREV.put(m, gc, prev & (FINALIZED | COLLECTING) | last_aside);
            last_aside = gc.0;
            moved += 1;
            gc = Addr(next);
            continue;
        }
        children.start(items, len);
        while let Some(child) = children.next(m)? {
            match reach(m, child, (young, &mut last_young), (aside, &mut last_aside)) {
                Some(back) => came_back += u64::from(back),
                // All of `gc` is left to the machine: what was reached already is not changed by being reached again.
                None => break 'walk,
            }
        }
        // Read again: objects may have come back to the end of `young` behind this one.
        let Some([next, prev]) = m.ready_words(gc) else { break };
        *prev = (u64::from_le_bytes(*prev) & FINALIZED | before.0).to_le_bytes();
        kept += 1;
        before = gc;
        gc = Addr(u64::from_le_bytes(*next));
    }
    (place.gc, place.before) = (gc, before);
    census.kept += kept;
    census.aside += moved;
    census.came_back += came_back;
    GC_PREV.write(m, young, last_young)?;
    GC_PREV.write(m, aside, last_aside)
}

/// What the phases from `move_legacy_finalizers` to `handle_resurrected_objects` come to when all of `unreachable` are lists: no list
/// has a finalizer or a weak reference, so nothing runs in between and the second look finds what the first one found. All of them
/// go to `to`, unmarked.
pub(super) fn hand_over(m: &mut AddressSpace, unreachable: Addr, to: Addr) -> Result<(), Fault> {
    links::merge(m, unreachable, to)?;
    let mut gc = GC_NEXT.read(m, to)?;
    while gc != to.0 {
        gc = match m.ready_words(Addr(gc)) {
            Some([next]) => {
                let behind = u64::from_le_bytes(*next) & !UNREACHABLE;
                *next = behind.to_le_bytes();
                behind
            }
            None => unmark(m, Addr(gc))?,
        };
    }
    Ok(())
}

#[inline(never)]
fn unmark(m: &mut AddressSpace, gc: Addr) -> Result<u64, Fault> {
    let behind = GC_NEXT.read(m, gc)? & !UNREACHABLE;
    GC_NEXT.write(m, gc, behind)?;
    Ok(behind)
}

/// `_PyObject_GC_UNTRACK`; `None` if nothing was done.
#[inline(always)]
pub(super) fn untrack(m: &mut AddressSpace, node: Addr) -> Option<()> {
    let [next, prev] = m.get_words(node)?;
    let (before, behind) = (Addr(prev & POINTER), Addr(next & POINTER));
    if !m.are_ready([before, behind, node]) {
        return None;
    }
    let [_, prev_behind] = m.ready_words(behind)?;
    *prev_behind = (u64::from_le_bytes(*prev_behind) & !POINTER | before.0).to_le_bytes();
    if !GC_NEXT.put(m, before, behind.0) {
        return None;
    }
    let words = m.ready_words(node)?;
    *words = [[0; 8], (prev & FINALIZED).to_le_bytes()];
    Some(())
}

/// `visit_reachable` of a list: whether it came back. `None` if it is no list, or a page must be saved first.
#[inline(always)]
fn reach(
    m: &mut AddressSpace,
    child: Addr,
    (young, last_young): (Addr, &mut u64),
    (aside, last_aside): (Addr, &mut u64),
) -> Option<bool> {
    if child.is_null() {
        return Some(false);
    }
    let gc = head_of(child);
    let [next, prev, _, tp] = m.ready_words(gc)?;
    if Addr(u64::from_le_bytes(*tp)) != LIST {
        return None;
    }
    let (next_bits, prev_bits) = (u64::from_le_bytes(*next), u64::from_le_bytes(*prev));
    if prev_bits & COLLECTING == 0 || (prev_bits >> REFS_SHIFT != 0 && next_bits & UNREACHABLE == 0) {
        return Some(false);
    }
    let one = (prev_bits & (FINALIZED | COLLECTING) | 1 << REFS_SHIFT).to_le_bytes();
    if next_bits & UNREACHABLE == 0 {
        *prev = one;
        return Some(false);
    }
    // From `unreachable` to the end of `young`.
    let (left, right) = (Addr(prev_bits & POINTER), Addr(next_bits & !UNREACHABLE));
    if !m.are_ready([left, right, Addr(*last_young)]) {
        return None;
    }
    let [next, prev] = m.ready_words(gc)?;
    (*next, *prev) = (young.0.to_le_bytes(), one);
    GC_NEXT.put(m, left, next_bits);
    if right == aside {
        *last_aside = left.0;
    } else {
        let [_, prev] = m.ready_words(right)?;
        *prev = (u64::from_le_bytes(*prev) & !POINTER | left.0).to_le_bytes();
    }
    GC_NEXT.put(m, Addr(*last_young), gc.0);
    *last_young = gc.0;
    Some(true)
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
