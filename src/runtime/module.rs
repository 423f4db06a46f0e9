//! Modules. Source: Objects/moduleobject.c.

use super::{alloc, dict, function::store_named, gc, refcount};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::module::{MD_DICT, md_name};
use crate::object::singleton::NONE;

/// `PyModule_NewObject(name)`: with the five names that every module's namespace begins with.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new(m: &mut AddressSpace, name: Addr) -> Result<Addr, Fault> {
    let bytes = m.profile.sizes.module;
    let module = alloc::new_object(m, TypeId::Module.addr(), bytes)?;
    m.fill(module.offset(16), bytes - 16, 0)?;
    let namespace = dict::new(m)?;
    refcount::store(m, MD_DICT.at(module), namespace)?;
    store_named(m, namespace, "__name__", name)?;
    for key in ["__doc__", "__package__", "__loader__", "__spec__"] {
        store_named(m, namespace, key, NONE)?;
    }
    let field = md_name(m.profile.release);
    refcount::assign(m, field.at(module), name)?;
    gc::track(m, module)?;
    Ok(module)
}
