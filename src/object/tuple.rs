//! `PyTupleObject`: the items lie in the object. Since 3.14 a cached hash stands before them.
//!
//! ```text
//!   3.11-3.13   0 ob_refcnt | 8 ob_type | 16 ob_size | 24 ob_item[0] ...
//!   3.14, 3.15  0 ob_refcnt | 8 ob_type | 16 ob_size | 24 ob_hash | 32 ob_item[0] ...
//! ```
//! Source: Include/cpython/tupleobject.h.

use super::slots::Span;
use super::{Fault, head};
use crate::ids::Addr;
use crate::mem::{AddressSpace, Field};

/// `ob_hash` (3.14 on): -1 until asked for.
pub const OB_HASH: Field<i64> = Field::new("ob_hash", 24);

/// Whether this release's tuples cache their hash.
#[must_use]
pub fn has_hash(m: &AddressSpace) -> bool {
    m.profile.sizes.tuple_items > OB_HASH.offset_bytes
}

/// The slot of item `index`.
#[must_use]
pub fn slot(m: &AddressSpace, tuple: Addr, index: u64) -> Addr {
    tuple.offset(m.profile.sizes.tuple_items + index * 8)
}

/// `tupletraverse` and `tuple_dealloc` both go from the last item to the first. Source: Objects/tupleobject.c.
pub(super) fn span(m: &AddressSpace, tuple: Addr, stage: u32) -> Result<Option<Span>, Fault> {
    if stage > 0 {
        return Ok(None);
    }
    Ok(Some(Span::down(slot(m, tuple, 0), len(m, tuple)?)))
}

/// `len(tuple)`
///
/// # Errors
/// A fault if there is no tuple.
#[inline]
pub fn len(m: &AddressSpace, tuple: Addr) -> Result<u64, Fault> {
    Ok(head::OB_SIZE.read(m, tuple)?.cast_unsigned())
}

/// `tuple.__sizeof__()` in bytes.
///
/// # Errors
/// A fault if there is no tuple.
pub fn sizeof(m: &AddressSpace, tuple: Addr) -> Result<u64, Fault> {
    Ok(m.profile.sizes.tuple_items + len(m, tuple)? * 8)
}
