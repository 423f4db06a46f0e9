//! `slice`. Source: Objects/sliceobject.c.

use super::{alloc, freelist::FreeList, gc, refcount};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::slice::{SLICE_BYTES, START, STEP, STOP};

/// `PySlice_New(start, stop, step)`; all three are objects (None included).
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new(m: &mut AddressSpace, start: Addr, stop: Addr, step: Addr) -> Result<Addr, Fault> {
    let slice = alloc::recycled_or_new(m, FreeList::Slice, TypeId::Slice, SLICE_BYTES)?;
    for (field, part) in [(START, start), (STOP, stop), (STEP, step)] {
        refcount::assign(m, field.at(slice), part)?;
    }
    gc::track(m, slice)?;
    Ok(slice)
}

/// The end of `slice_dealloc`.
pub(super) fn finish(m: &mut AddressSpace, slice: Addr) -> Result<(), Fault> {
    alloc::recycle_or_free(m, FreeList::Slice, slice)
}
