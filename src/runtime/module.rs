//! Modules. Source: Objects/moduleobject.c.

use super::{alloc, dict, gc, refcount};
use crate::abi::{Release, TypeId};
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::dict::MA_VERSION_TAG;
use crate::object::module::{MD_DICT, md_name};
use crate::object::singleton::NONE;

/// `_ma_watcher_tag` of a module's namespace (3.15).
const MODULE_NAMESPACE: u64 = 4;

/// `PyModule_NewObject(name)`: with the five names that every module's namespace begins with. The
/// namespace is tracked in 3.13 though it holds nothing that could be part of a cycle, and marked in 3.15.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new(m: &mut AddressSpace, name: Addr) -> Result<Addr, Fault> {
    let bytes = m.profile.sizes.module;
    let module = alloc::new_object(m, TypeId::Module.addr(), bytes)?;
    m.fill(module.offset(16), bytes - 16, 0)?;
    let namespace = dict::new(m)?;
    refcount::store(m, MD_DICT.at(module), namespace)?;
    dict::set_named(m, namespace, "__name__", name)?;
    for key in ["__doc__", "__package__", "__loader__", "__spec__"] {
        dict::set_named(m, namespace, key, NONE)?;
    }
    match m.profile.release {
        Release::Cp311 | Release::Cp312 | Release::Cp314 => {}
        Release::Cp313 => gc::track(m, namespace)?,
        Release::Cp315 => MA_VERSION_TAG.write(m, namespace, MODULE_NAMESPACE)?,
    }
    let field = md_name(m.profile.release);
    refcount::assign(m, field.at(module), name)?;
    gc::track(m, module)?;
    Ok(module)
}
