//! Descriptors in the namespace of classes. Source: Objects/descrobject.c.

use super::{generic, refcount};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::descriptor::{D_DEFINITION, D_NAME, D_TYPE};

/// `descr_new`: a descriptor of type `kind` for `class`, whose C structure lies at `definition`.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new(m: &mut AddressSpace, kind: TypeId, class: Addr, name: Addr, definition: Addr) -> Result<Addr, Fault> {
    let descriptor = generic::alloc(m, kind.addr(), 0)?;
    refcount::assign(m, D_TYPE.at(descriptor), class)?;
    refcount::assign(m, D_NAME.at(descriptor), name)?;
    D_DEFINITION.write(m, descriptor, definition)?;
    Ok(descriptor)
}
