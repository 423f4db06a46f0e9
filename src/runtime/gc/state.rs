//! The collector's state: the fields of `struct _gc_runtime_state` at [`STATE`], in a layout of our own. The machine's registers
//! stand behind them, so that a collection that is stopped half way is in the bytes like everything else.
//!
//! ```text
//!    0  generations[3], permanent_generation    each: head (16) | threshold i32 | count i32
//!   96  generation_stats[3]                     each: collections | collected | uncollectable
//!  168  long_lived_total, long_lived_pending
//!  184  enabled, collecting, gc_scheduled i32
//!  200  unreachable, finalizers, final_unreachable    each: head (16)
//!  248  phase, generation i32 | the cursors gc, prev | m | n | delete_later
//! ```
//! Source: Include/internal/pycore_gc.h (3.13), Include/internal/pycore_interp_structs.h (3.14).

use crate::abi::space;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault, Field};

/// `interp->gc`
pub const STATE: Addr = space::GC_STATE;
/// Generations that collections know; the permanent one stands behind them.
pub const NUM_GENERATIONS: u8 = 3;
/// Index of the permanent generation in [`head`].
pub const PERMANENT: u8 = 3;

const GENERATION_BYTES: u64 = 24;
const THRESHOLD: Field<u32> = Field::new("threshold", 16);
pub(super) const COUNT: Field<u32> = Field::new("count", 20);

const STATS: u64 = 4 * GENERATION_BYTES;
const STAT_BYTES: u64 = 24;
const _: () =
    assert!(STATS + NUM_GENERATIONS as u64 * STAT_BYTES == LONG_LIVED_TOTAL.offset_bytes, "what follows is behind them");
/// `collections`, of one generation's statistics.
const COLLECTIONS: Field<u64> = Field::new("collections", 0);
/// `collected`
const COLLECTED: Field<u64> = Field::new("collected", 8);
/// `uncollectable`
const UNCOLLECTABLE: Field<u64> = Field::new("uncollectable", 16);

/// `long_lived_total`: containers that survived the last full collection.
pub const LONG_LIVED_TOTAL: Field<u64> = Field::new("long_lived_total", 168);
/// `long_lived_pending`: containers that survived a collection of generation 1 since then.
pub const LONG_LIVED_PENDING: Field<u64> = Field::new("long_lived_pending", 176);
/// `enabled`
pub const ENABLED: Field<u32> = Field::new("enabled", 184);
/// `collecting`: a collection is running (or stopped half way).
pub const COLLECTING: Field<u32> = Field::new("collecting", 188);
/// The eval breaker's bit: a collection was asked for by an allocation (3.12 on).
pub const REQUESTED: Field<u32> = Field::new("gc_scheduled", 192);

/// Head of the local list `unreachable` of `gc_collect_main`.
pub const UNREACHABLE_LIST: Addr = STATE.offset(200);
/// Head of the local list `finalizers`: objects with legacy `tp_del`.
pub const FINALIZERS_LIST: Addr = STATE.offset(216);
/// Head of the local list `final_unreachable`.
pub const FINAL_LIST: Addr = STATE.offset(232);

/// The machine's phase: see `machine::Phase`.
pub const PHASE: Field<u32> = Field::new("phase", 248);
/// The generation that is collected.
pub const GENERATION: Field<u32> = Field::new("generation", 252);
/// The head that the phase looks at next.
pub const CURSOR: Field<Addr> = Field::new("gc", 256);
/// `move_unreachable`'s `prev`.
pub const CURSOR_PREV: Field<Addr> = Field::new("prev", 264);
/// `m`: how many objects were found to be unreachable.
pub const FOUND: Field<u64> = Field::new("m", 272);
/// `n`: how many of them cannot be collected.
pub const LEFT: Field<u64> = Field::new("n", 280);
/// The trashcan's chain of objects that wait for their deallocation (`delete_later`).
pub const DELETE_LATER: Field<Addr> = Field::new("delete_later", 288);

/// `GEN_HEAD`: head of generation 0, 1, 2 or [`PERMANENT`].
#[must_use]
#[inline]
pub const fn head(generation: u8) -> Addr {
    STATE.offset(generation as u64 * GENERATION_BYTES)
}

/// `generations[generation].count`
///
/// # Errors
/// A fault if the interpreter was not started.
#[inline]
pub fn count(m: &AddressSpace, generation: u8) -> Result<u32, Fault> {
    m.read_fast(COUNT.at(head(generation)))
}

/// Sets `generations[generation].count`.
///
/// # Errors
/// A fault if the interpreter was not started.
#[inline]
pub fn set_count(m: &mut AddressSpace, generation: u8, to: u32) -> Result<(), Fault> {
    m.write_fast(COUNT.at(head(generation)), to)
}

/// `generations[generation].threshold`
///
/// # Errors
/// A fault if the interpreter was not started.
#[inline]
pub fn threshold(m: &AddressSpace, generation: u8) -> Result<u32, Fault> {
    THRESHOLD.read(m, head(generation))
}

/// Sets `generations[generation].threshold`.
///
/// # Errors
/// A fault if the interpreter was not started.
pub fn set_threshold(m: &mut AddressSpace, generation: u8, to: u32) -> Result<(), Fault> {
    THRESHOLD.write(m, head(generation), to)
}

/// One generation's entry of `gc.get_stats()`: collections, collected, uncollectable.
///
/// # Errors
/// A fault if the interpreter was not started.
pub fn stats(m: &AddressSpace, generation: u8) -> Result<[u64; 3], Fault> {
    let base = STATE.offset(STATS + u64::from(generation) * STAT_BYTES);
    Ok([COLLECTIONS.read(m, base)?, COLLECTED.read(m, base)?, UNCOLLECTABLE.read(m, base)?])
}

/// Adds one collection to a generation's statistics.
pub(super) fn add_to_stats(m: &mut AddressSpace, generation: u8, collected: u64, uncollectable: u64) -> Result<(), Fault> {
    let base = STATE.offset(STATS + u64::from(generation) * STAT_BYTES);
    let [a, b, c] = stats(m, generation)?;
    COLLECTIONS.write(m, base, a + 1)?;
    COLLECTED.write(m, base, b + collected)?;
    UNCOLLECTABLE.write(m, base, c + uncollectable)
}
