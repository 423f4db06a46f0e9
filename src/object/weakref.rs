//! `PyWeakReference`, and the list of them that starts in their referent.
//!
//! ```text
//!   16 wr_object (not counted; None once it died) | 24 wr_callback | 32 hash | 40 wr_prev | 48 wr_next | 56 vectorcall
//! ```
//! The list is doubly linked and NULL-ended. Its first member is the basic reference (exact type, no callback) if there is
//! one. Source: Include/cpython/weakrefobject.h, Objects/weakrefobject.c.

use super::singleton::NONE;
use super::slots::Span;
use super::{Fault, fields, head};
use crate::ids::Addr;
use crate::mem::{AddressSpace, Field};

/// `wr_object`: the referent. Not a strong reference.
pub const WR_OBJECT: Field<Addr> = Field::new("wr_object", 16);
/// `wr_callback`: NULL for none.
pub const WR_CALLBACK: Field<Addr> = Field::new("wr_callback", 24);
/// `hash`: -1 until asked for.
pub const HASH: Field<i64> = Field::new("hash", 32);
/// `wr_prev`
pub const WR_PREV: Field<Addr> = Field::new("wr_prev", 40);
/// `wr_next`
pub const WR_NEXT: Field<Addr> = Field::new("wr_next", 48);
/// `vectorcall`
pub const VECTORCALL: Field<Addr> = Field::new("vectorcall", 56);
/// `sizeof(PyWeakReference)`
pub const WEAKREF_BYTES: u64 = 64;

/// `gc_traverse` and `weakref_dealloc`: only the callback is held.
pub(super) fn span(reference: Addr, stage: u32) -> Result<Option<Span>, Fault> {
    fields::nth(reference, &[WR_CALLBACK], stage)
}

/// `GET_WEAKREFS_LISTPTR`: where the list of `obj`'s weak references starts; `None` if its type has none.
/// `tp_weaklistoffset` is negative for the word in the pre-header (3.12 on).
///
/// # Errors
/// A fault if there is no object.
pub fn list_slot(m: &AddressSpace, obj: Addr) -> Result<Option<Addr>, Fault> {
    let offset = head::tp::WEAKLISTOFFSET.read(m, head::type_of(m, obj)?)?;
    Ok((offset != 0).then(|| obj.offset(offset)))
}

/// Whether the list of what a reference refers to leads to it.
///
/// # Errors
/// A fault if a pointer leads nowhere.
pub fn check(m: &AddressSpace, reference: Addr) -> Result<Option<&'static str>, Fault> {
    let (referent, before) = (WR_OBJECT.read(m, reference)?, WR_PREV.read(m, reference)?);
    if referent == NONE {
        return Ok(None);
    }
    let slot = if before.is_null() { list_slot(m, referent)?.unwrap_or(referent) } else { WR_NEXT.at(before) };
    Ok((m.read::<Addr>(slot)? != reference).then_some("what it refers to does not lead to it"))
}

/// The weak references to `obj` in list order.
///
/// # Errors
/// A fault if the list is not sound.
pub fn references_to(m: &AddressSpace, obj: Addr) -> Result<Vec<Addr>, Fault> {
    let mut found = Vec::new();
    if let Some(slot) = list_slot(m, obj)? {
        let mut at: Addr = m.read(slot)?;
        while !at.is_null() {
            found.push(at);
            at = WR_NEXT.read(m, at)?;
        }
    }
    Ok(found)
}
