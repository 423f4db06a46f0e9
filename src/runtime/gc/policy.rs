//! When a collection starts, and of which generation.
//! Source: 3.12 Modules/gcmodule.c:`gc_collect_generations`, `_PyObject_GC_Link`, `PyObject_GC_Del`.

use super::machine;
use super::state::{
    COLLECTING, COUNT, ENABLED, LONG_LIVED_PENDING, LONG_LIVED_TOTAL, NUM_GENERATIONS, REQUESTED, STATE, count, head, set_count,
    threshold,
};
use crate::abi::CollectorStart;
use crate::mem::{AddressSpace, Fault};

/// An object with a GC head was allocated (tracked or not): generation 0's count goes up. Above the threshold 3.11 collects
/// at once; later releases ask for a collection at the next check of the eval breaker.
///
/// # Errors
/// A fault if the heap is not sound.
#[inline]
pub fn count_allocation(m: &mut AddressSpace) -> Result<(), Fault> {
    let n = count(m, 0)? + 1;
    set_count(m, 0, n)?;
    let limit = threshold(m, 0)?;
    if n > limit && limit != 0 { threshold_passed(m) } else { Ok(()) }
}

#[cold]
fn threshold_passed(m: &mut AddressSpace) -> Result<(), Fault> {
    if ENABLED.read(m, STATE)? == 0 || COLLECTING.read(m, STATE)? != 0 {
        return Ok(());
    }
    match m.profile.collector.start {
        CollectorStart::InsideAllocation => collect_generations(m).map(drop),
        CollectorStart::EvalBreaker => REQUESTED.write(m, STATE, 1),
    }
}

/// A GC object's memory was freed: generation 0's count goes down, not below 0.
///
/// # Errors
/// A fault if the interpreter was not started.
#[inline(always)]
pub fn count_deallocation(m: &mut AddressSpace) -> Result<(), Fault> {
    let n = count(m, 0)?;
    if n > 0 { set_count(m, 0, n - 1) } else { Ok(()) }
}

/// [`count_deallocation`] while nobody watches.
#[inline(always)]
pub fn count_deallocation_unwatched(m: &mut AddressSpace) {
    let young = COUNT.at(head(0));
    if let Some(n @ 1..) = m.get_in_arena::<u32>(young) {
        m.put_in_arena(young, n - 1);
    }
}

/// A check of the eval breaker: runs the collection that an allocation asked for. `None` if none was asked for, or none was due.
///
/// # Errors
/// A fault if the heap is not sound.
pub fn run_requested(m: &mut AddressSpace) -> Result<Option<machine::Outcome>, Fault> {
    if REQUESTED.read(m, STATE)? == 0 {
        return Ok(None);
    }
    REQUESTED.write(m, STATE, 0)?;
    if ENABLED.read(m, STATE)? == 0 || COLLECTING.read(m, STATE)? != 0 {
        return Ok(None);
    }
    collect_generations(m)
}

/// Collects the oldest generation whose count is above its threshold.
fn collect_generations(m: &mut AddressSpace) -> Result<Option<machine::Outcome>, Fault> {
    match chosen_generation(m)? {
        Some(generation) => machine::collect(m, generation).map(Some),
        None => Ok(None),
    }
}

/// The generation that an automatic collection would take now. The oldest one only if what came from generation 1 since the
/// last full collection is at least a quarter of what survived that.
///
/// # Errors
/// A fault if the interpreter was not started.
pub fn chosen_generation(m: &AddressSpace) -> Result<Option<u8>, Fault> {
    for generation in (0..NUM_GENERATIONS).rev() {
        if count(m, generation)? > threshold(m, generation)? {
            let few = LONG_LIVED_PENDING.read(m, STATE)? < LONG_LIVED_TOTAL.read(m, STATE)? / 4;
            if generation == NUM_GENERATIONS - 1 && few {
                continue;
            }
            return Ok(Some(generation));
        }
    }
    Ok(None)
}
