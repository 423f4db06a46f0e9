//! The generational collector of 3.11 to 3.13, 3.14.5 on and 3.15.
//!
//! [`track`], [`untrack`] and the counts are here; when and what to collect is in [`policy`]; how, as a machine that can stop
//! after every phase and every object, in [`machine`].

mod clear;
mod fast;
mod links;
pub mod machine;
pub mod policy;
pub mod state;

use crate::abi::TypeId;
use crate::event::Event;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::gc_head::{self, FINALIZED, GC_NEXT, GC_PREV, POINTER, head_of, object_of};
use crate::object::head::{is_gc, type_of};
pub(super) use clear::clear_as;
pub use links::is_empty as is_list_empty;
pub use policy::{count_allocation, count_deallocation, count_deallocation_unwatched};
use state::{ENABLED, FINAL_LIST, FINALIZERS_LIST, NUM_GENERATIONS, PERMANENT, STATE, UNREACHABLE_LIST, head};

/// `_PyGC_InitState`: empty lists, the release's thresholds, enabled.
///
/// # Errors
/// A fault if static data is not mapped.
pub fn initialize(m: &mut AddressSpace) -> Result<(), Fault> {
    for list in [head(0), head(1), head(2), head(PERMANENT), UNREACHABLE_LIST, FINALIZERS_LIST, FINAL_LIST] {
        links::init(m, list)?;
    }
    for (generation, threshold) in (0..NUM_GENERATIONS).zip(m.profile.collector.thresholds) {
        state::set_threshold(m, generation, threshold)?;
    }
    ENABLED.write(m, STATE, 1)
}

/// `_PyObject_GC_TRACK`: into generation 0, at the end.
///
/// # Errors
/// A fault if there is no object.
#[inline]
pub fn track(m: &mut AddressSpace, obj: Addr) -> Result<(), Fault> {
    links::append(m, head_of(obj), head(0))?;
    m.log.note(|| Event::Tracked(obj));
    Ok(())
}

/// `_PyObject_GC_UNTRACK`: out of its list; only the finalized bit stays.
///
/// # Errors
/// A fault if there is no object.
#[inline]
pub fn untrack(m: &mut AddressSpace, obj: Addr) -> Result<(), Fault> {
    let node = head_of(obj);
    if !m.is_watched() && untrack_unwatched(m, node).is_some() {
        return Ok(());
    }
    links::unlink(m, node)?;
    GC_NEXT.write(m, node, 0)?;
    let bits = GC_PREV.read(m, node)?;
    GC_PREV.write(m, node, bits & FINALIZED)?;
    m.log.note(|| Event::Untracked(obj));
    Ok(())
}

/// [`untrack`] while nobody watches, by its head; `None`, and nothing was done, if there is anything in the raw heap.
#[inline(always)]
pub(super) fn untrack_unwatched(m: &mut AddressSpace, node: Addr) -> Option<()> {
    let mut windows = m.windows(false)?;
    let own = windows.with(node)?;
    let (next, prev) = (own.word(GC_NEXT.at(node))?.0, own.word(GC_PREV.at(node))?.0);
    let (before, behind) = (Addr(prev & POINTER), Addr(next & POINTER));
    windows.with(before)?;
    let mut window = windows.with(behind)?;
    let bits = window.word(GC_PREV.at(behind))?.0 & !POINTER;
    window.set_word(GC_PREV.at(behind), Addr(bits | before.0))?;
    windows.with(before)?.set_word(GC_NEXT.at(before), behind)?;
    let mut own = windows.with(node)?;
    own.set_word(GC_NEXT.at(node), Addr::NULL)?;
    own.set_word(GC_PREV.at(node), Addr(prev & FINALIZED))
}

/// `PyObject_GC_UnTrack`
///
/// # Errors
/// A fault if there is no object.
#[inline]
pub fn untrack_if_tracked(m: &mut AddressSpace, obj: Addr) -> Result<(), Fault> {
    if gc_head::is_tracked(m, obj)? { untrack(m, obj) } else { Ok(()) }
}

/// `_PyObject_GC_MAY_BE_TRACKED`: whether an object could be part of a cycle. Untracked tuples never can any more.
///
/// # Errors
/// A fault if there is no object.
pub fn may_be_tracked(m: &AddressSpace, obj: Addr) -> Result<bool, Fault> {
    Ok(is_gc(m, obj)? && (type_of(m, obj)? != TypeId::Tuple.addr() || gc_head::is_tracked(m, obj)?))
}

/// The objects of a generation (0, 1, 2 or [`PERMANENT`]) in list order.
///
/// # Errors
/// A fault if the list is not sound.
pub fn members(m: &AddressSpace, generation: u8) -> Result<Vec<Addr>, Fault> {
    list_members(m, head(generation))
}

/// The objects of any of the collector's lists in order, also while it is linked in one direction only.
///
/// # Errors
/// A fault if the list is not sound.
pub fn list_members(m: &AddressSpace, list: Addr) -> Result<Vec<Addr>, Fault> {
    let mut objects = Vec::new();
    let mut at = gc_head::next(m, list)?;
    while at != list {
        objects.push(object_of(at));
        at = gc_head::next(m, at)?;
    }
    Ok(objects)
}

/// `gc.freeze()`: everything tracked goes to the permanent generation, counts start at 0.
///
/// # Errors
/// A fault if a list is not sound.
pub fn freeze(m: &mut AddressSpace) -> Result<(), Fault> {
    for generation in 0..NUM_GENERATIONS {
        links::merge(m, head(generation), head(PERMANENT))?;
        state::set_count(m, generation, 0)?;
    }
    Ok(())
}

/// `gc.unfreeze()`: the permanent generation goes to the oldest one.
///
/// # Errors
/// A fault if a list is not sound.
pub fn unfreeze(m: &mut AddressSpace) -> Result<(), Fault> {
    links::merge(m, head(PERMANENT), head(2))
}

#[cfg(test)]
mod tests {
    use super::machine::{Grain, Outcome, Phase, collect, finish, phase, start, step};
    use super::*;
    use crate::abi::Release;
    use crate::runtime::{list, refcount, start as interp, tuple};

    const LIMIT: u64 = 1 << 30;

    fn fresh(release: Release) -> AddressSpace {
        interp::start(release.profile(), LIMIT).unwrap()
    }

    /// A list that the test holds: its reference lies in no slot.
    fn new_list(m: &mut AddressSpace) -> Addr {
        list::new(m, &[]).unwrap()
    }

    fn let_go(m: &mut AddressSpace, obj: Addr) {
        refcount::decref(m, obj, Addr::NULL).unwrap();
    }

    #[test]
    fn a_chain_of_three_is_turned_round_by_one_collection() {
        for release in Release::ALL {
            let mut m = fresh(release);
            let [a, b, c] = [0; 3].map(|_| new_list(&mut m));
            list::append(&mut m, c, b).unwrap();
            list::append(&mut m, b, a).unwrap();
            let_go(&mut m, a);
            let_go(&mut m, b);
            assert_eq!(collect(&mut m, 0), Ok(Outcome::default()));
            assert_eq!(members(&m, 1).unwrap(), [c, b, a], "{release:?}");
        }
    }

    #[test]
    fn a_pair_that_nobody_holds_is_collected_at_any_grain() {
        for release in Release::ALL {
            for grain in [None, Some(Grain::Object), Some(Grain::Phase)] {
                let mut m = fresh(release);
                let [a, b, kept] = [0; 3].map(|_| new_list(&mut m));
                list::append(&mut m, a, b).unwrap();
                list::append(&mut m, b, a).unwrap();
                list::append(&mut m, kept, kept).unwrap();
                let_go(&mut m, a);
                let_go(&mut m, b);
                let found = match grain {
                    None => collect(&mut m, 2).unwrap(),
                    Some(grain) => {
                        start(&mut m, 2).unwrap();
                        while step(&mut m, grain).unwrap() {}
                        finish(&mut m).unwrap()
                    }
                };
                assert_eq!(found, Outcome { collected: 2, uncollectable: 0 });
                assert_eq!(members(&m, 2).unwrap(), [kept]);
                assert_eq!(phase(&m), Ok(Phase::Idle));
            }
        }
    }

    #[test]
    fn a_million_nested_and_a_ring_of_a_million_need_no_stack() {
        let n = if cfg!(debug_assertions) { 100_000 } else { 1_000_000 };
        for release in Release::ALL {
            let mut m = fresh(release);
            let mut top = new_list(&mut m);
            for _ in 0..n {
                let outer = list::new(&mut m, &[top]).unwrap();
                let_go(&mut m, top);
                top = outer;
            }
            let_go(&mut m, top);
            let first = new_list(&mut m);
            let mut last = first;
            for _ in 1..n {
                let node = new_list(&mut m);
                list::append(&mut m, last, node).unwrap();
                let_go(&mut m, node);
                last = node;
            }
            list::append(&mut m, last, first).unwrap();
            let_go(&mut m, first);
            assert_eq!(collect(&mut m, 2).unwrap().collected, n, "{release:?}");
            assert_eq!(members(&m, 2).unwrap(), []);
        }
    }

    #[test]
    fn tuples_without_containers_are_untracked() {
        let mut m = fresh(Release::Cp313);
        let inner = new_list(&mut m);
        let held = tuple::new(&mut m, &[inner]).unwrap();
        let plain = tuple::new(&mut m, &[TypeId::Int.addr()]).unwrap();
        collect(&mut m, 0).unwrap();
        assert!(gc_head::is_tracked(&m, held).unwrap());
        assert!(!gc_head::is_tracked(&m, plain).unwrap());
    }
}
