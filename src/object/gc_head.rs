//! `PyGC_Head`: the two words in front of every object that the collector knows.
//!
//! ```text
//!            63                                     2      1            0
//!            +--------------------------------------+------+------------+
//!  _gc_next  | next object's head                   |  0   | UNREACHABLE|   0 while untracked
//!            +--------------------------------------+------+------------+
//!  _gc_prev  | previous head, or gc_refs << 2       | COLL | FINALIZED  |
//!            +--------------------------------------+------+------------+
//! ```
//! `gc_refs` stands in `_gc_prev` while COLLECTING is set; the list is then linked in one direction only.
//! Source: Include/internal/pycore_gc.h.

use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault, Field};

/// Bytes of `PyGC_Head`.
pub const GC_HEAD_BYTES: u64 = 16;
/// `_gc_next`, counted from the head.
pub const GC_NEXT: Field<u64> = Field::new("_gc_next", 0);
/// `_gc_prev`, counted from the head.
pub const GC_PREV: Field<u64> = Field::new("_gc_prev", 8);

/// `_gc_next` bit 0 during a collection: in the `unreachable` list. (`NEXT_MASK_UNREACHABLE`)
pub const UNREACHABLE: u64 = 1;
/// `_gc_prev` bit 0: `tp_finalize` was called. (`_PyGC_PREV_MASK_FINALIZED`)
pub const FINALIZED: u64 = 1;
/// `_gc_prev` bit 1: in the set that is examined. (`_PyGC_PREV_MASK_COLLECTING`)
pub const COLLECTING: u64 = 2;
/// `gc_refs` is shifted by this. (`_PyGC_PREV_SHIFT`)
pub const REFS_SHIFT: u32 = 2;
/// What is left of either word without its flags: a pointer.
pub const POINTER: u64 = !3;

/// `AS_GC`: the head in front of an object.
#[must_use]
#[inline]
pub const fn head_of(obj: Addr) -> Addr {
    obj.back(GC_HEAD_BYTES)
}

/// `FROM_GC`: the object behind a head.
#[must_use]
#[inline]
pub const fn object_of(head: Addr) -> Addr {
    head.offset(GC_HEAD_BYTES)
}

/// `GC_NEXT`, without flags.
///
/// # Errors
/// A fault if there is no head.
#[inline]
pub fn next(m: &AddressSpace, head: Addr) -> Result<Addr, Fault> {
    Ok(Addr(GC_NEXT.read(m, head)? & POINTER))
}

/// `GC_PREV`, without flags.
///
/// # Errors
/// A fault if there is no head.
#[inline]
pub fn prev(m: &AddressSpace, head: Addr) -> Result<Addr, Fault> {
    Ok(Addr(GC_PREV.read(m, head)? & POINTER))
}

/// `_PyGCHead_SET_PREV`: sets the pointer, keeps the flags.
///
/// # Errors
/// A fault if there is no head.
#[inline]
pub fn set_prev(m: &mut AddressSpace, head: Addr, to: Addr) -> Result<(), Fault> {
    let bits = GC_PREV.read(m, head)?;
    GC_PREV.write(m, head, bits & !POINTER | to.0)
}

/// `_PyObject_GC_IS_TRACKED`, for an object that has a head.
///
/// # Errors
/// A fault if there is no head.
#[inline]
pub fn is_tracked(m: &AddressSpace, obj: Addr) -> Result<bool, Fault> {
    Ok(GC_NEXT.read(m, head_of(obj))? != 0)
}
