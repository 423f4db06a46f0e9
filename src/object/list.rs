//! `PyListObject`. Source: Include/cpython/listobject.h.
//!
//! ```text
//!   0 ob_refcnt | 8 ob_type | 16 ob_size | 24 ob_item -> own block of `allocated` pointers | 32 allocated
//! ```

use super::slots::Span;
use super::{Fault, head};
use crate::ids::Addr;
use crate::mem::{AddressSpace, Field};

/// `ob_item`: the item array, NULL while `allocated` is 0.
pub const OB_ITEM: Field<Addr> = Field::new("ob_item", 24);
/// `allocated`: how many pointers the item array has room for.
pub const ALLOCATED: Field<u64> = Field::new("allocated", 32);
/// `sizeof(PyListObject)`
pub const LIST_BYTES: u64 = 40;

/// `list_traverse` and `list_dealloc` both go from the last item to the first. Source: Objects/listobject.c.
pub(super) fn span(m: &AddressSpace, list: Addr, stage: u32) -> Result<Option<Span>, Fault> {
    if stage > 0 {
        return Ok(None);
    }
    Ok(Some(Span::down(OB_ITEM.read(m, list)?, len(m, list)?)))
}

/// `len(list)`
///
/// # Errors
/// A fault if there is no list.
#[inline]
pub fn len(m: &AddressSpace, list: Addr) -> Result<u64, Fault> {
    Ok(head::OB_SIZE.read(m, list)?.cast_unsigned())
}

/// The slot of item `index`, which must be below `allocated`.
///
/// # Errors
/// A fault if there is no list.
pub fn slot(m: &AddressSpace, list: Addr, index: u64) -> Result<Addr, Fault> {
    Ok(OB_ITEM.read(m, list)?.offset(index * 8))
}

/// `list.__sizeof__()` in bytes.
///
/// # Errors
/// A fault if there is no list.
pub fn sizeof(m: &AddressSpace, list: Addr) -> Result<u64, Fault> {
    Ok(LIST_BYTES + ALLOCATED.read(m, list)? * 8)
}
