//! Bound methods. Source: Objects/classobject.c.

use super::{alloc, freelist::FreeList, gc, refcount, standin};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::method::{IM_FUNC, IM_SELF, IM_WEAKREFLIST, METHOD_BYTES, VECTORCALL};

/// `PyMethod_New(function, self)`
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new(m: &mut AddressSpace, function: Addr, receiver: Addr) -> Result<Addr, Fault> {
    let method = alloc::recycled_or_new(m, FreeList::Method, TypeId::Method, METHOD_BYTES)?;
    IM_WEAKREFLIST.write(m, method, Addr::NULL)?;
    refcount::assign(m, IM_FUNC.at(method), function)?;
    refcount::assign(m, IM_SELF.at(method), receiver)?;
    VECTORCALL.write(m, method, standin::VECTORCALL_METHOD)?;
    gc::track(m, method)?;
    Ok(method)
}

/// The end of `method_dealloc`.
pub(super) fn finish(m: &mut AddressSpace, method: Addr) -> Result<(), Fault> {
    alloc::recycle_or_free(m, FreeList::Method, method)
}
