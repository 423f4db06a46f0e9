//! Objects that wrap another one. Source: Objects/methodobject.c, Objects/funcobject.c, Objects/descrobject.c.

use super::{alloc, gc, generic, refcount, standin};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::wrappers::{
    BUILTIN_BYTES, CM_CALLABLE, M_ML, M_MODULE, M_SELF, M_VECTORCALL, M_WEAKREFLIST, MAPPING, MAPPINGPROXY_BYTES, PROP_GET,
};

/// `PyCFunction_NewEx`: a builtin function, or a builtin method of `receiver`; NULL for none of them.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn builtin(m: &mut AddressSpace, receiver: Addr, module: Addr) -> Result<Addr, Fault> {
    let function = alloc::new_object(m, TypeId::BuiltinFunction.addr(), BUILTIN_BYTES)?;
    M_WEAKREFLIST.write(m, function, Addr::NULL)?;
    M_ML.write(m, function, standin::METHOD_DEF)?;
    for (field, object) in [(M_SELF, receiver), (M_MODULE, module)] {
        field.write(m, function, Addr::NULL)?;
        if !object.is_null() {
            refcount::assign(m, field.at(function), object)?;
        }
    }
    M_VECTORCALL.write(m, function, standin::VECTORCALL_BUILTIN)?;
    gc::track(m, function)?;
    Ok(function)
}

/// `PyClassMethod_New`, `PyStaticMethod_New`: `kind` says which. They have no dict, as those that C code makes.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn method_wrapper(m: &mut AddressSpace, kind: TypeId, callable: Addr) -> Result<Addr, Fault> {
    let wrapper = generic::alloc(m, kind.addr(), 0)?;
    refcount::assign(m, CM_CALLABLE.at(wrapper), callable)?;
    Ok(wrapper)
}

/// `property(get, set, del, doc)`; NULL for what is not given.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn property(m: &mut AddressSpace, parts: [Addr; 4]) -> Result<Addr, Fault> {
    let property = generic::alloc(m, TypeId::Property.addr(), 0)?;
    for (at, part) in (0..).zip(parts) {
        if !part.is_null() {
            refcount::assign(m, PROP_GET.at(property).offset(at * 8), part)?;
        }
    }
    Ok(property)
}

/// `PyDictProxy_New(mapping)`
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn mappingproxy(m: &mut AddressSpace, mapping: Addr) -> Result<Addr, Fault> {
    let proxy = alloc::new_object(m, TypeId::MappingProxy.addr(), MAPPINGPROXY_BYTES)?;
    refcount::assign(m, MAPPING.at(proxy), mapping)?;
    gc::track(m, proxy)?;
    Ok(proxy)
}
