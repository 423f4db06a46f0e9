//! Bound methods. Source: Objects/classobject.c.

use super::{alloc, freelist, freelist::FreeList, gc, refcount, standin};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::method::{IM_FUNC, IM_SELF, IM_WEAKREFLIST, METHOD_BYTES, VECTORCALL};

/// `PyMethod_New(function, self)`
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new(m: &mut AddressSpace, function: Addr, receiver: Addr) -> Result<Addr, Fault> {
    let method = match freelist::pop(m, FreeList::Method)? {
        Some(method) => {
            alloc::new_reference(m, method, METHOD_BYTES)?;
            method
        }
        None => alloc::new_object(m, TypeId::Method.addr(), METHOD_BYTES)?,
    };
    IM_WEAKREFLIST.write(m, method, Addr::NULL)?;
    refcount::assign(m, IM_FUNC.at(method), function)?;
    refcount::assign(m, IM_SELF.at(method), receiver)?;
    VECTORCALL.write(m, method, standin::VECTORCALL_METHOD)?;
    gc::track(m, method)?;
    Ok(method)
}

/// The end of `method_dealloc`.
pub(super) fn finish(m: &mut AddressSpace, method: Addr) -> Result<(), Fault> {
    if freelist::push(m, FreeList::Method, method)? { Ok(()) } else { alloc::free_object(m, method) }
}
