//! Objects that wrap another one. Source: Objects/methodobject.c, Objects/funcobject.c, Objects/descrobject.c.

use super::{alloc, dict, freelist::FreeList, gc, generic, refcount, standin};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::Kind;
use crate::object::function::{FUNC_ANNOTATIONS, FUNC_DOC, FUNC_MODULE, FUNC_NAME, FUNC_QUALNAME};
use crate::object::singleton::NONE;
use crate::object::wrappers::{
    BUILTIN_BYTES, CM_CALLABLE, CM_DICT, GETTER_DOC, M_ML, M_MODULE, M_SELF, M_VECTORCALL, M_WEAKREFLIST, MAPPING,
    MAPPINGPROXY_BYTES, PROP_DOC, PROP_GET,
};

/// `PyCFunction_NewEx`: a builtin function, or a builtin method of `receiver`; NULL for none of them.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn builtin(m: &mut AddressSpace, receiver: Addr, module: Addr) -> Result<Addr, Fault> {
    let function = alloc::recycled_or_new(m, FreeList::BuiltinFunction, TypeId::BuiltinFunction, BUILTIN_BYTES)?;
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

/// The end of `meth_dealloc`.
pub(super) fn finish_builtin(m: &mut AddressSpace, function: Addr) -> Result<(), Fault> {
    alloc::recycle_or_free(m, FreeList::BuiltinFunction, function)
}

/// `classmethod(callable)`, `staticmethod(callable)`: `kind` says which. Of a function they copy the names.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn method_wrapper(m: &mut AddressSpace, kind: TypeId, callable: Addr) -> Result<Addr, Fault> {
    let wrapper = generic::alloc(m, kind.addr(), 0)?;
    refcount::assign(m, CM_CALLABLE.at(wrapper), callable)?;
    if Kind::of(m, callable)? == Kind::Function {
        copy_names(m, wrapper, callable)?;
    }
    Ok(wrapper)
}

/// `functools_wraps`: into the wrapper's dict; annotations too before 3.14, for which the function makes a dict.
fn copy_names(m: &mut AddressSpace, wrapper: Addr, function: Addr) -> Result<(), Fault> {
    let names = dict::new(m)?;
    refcount::store(m, CM_DICT.at(wrapper), names)?;
    let fields = [("__module__", FUNC_MODULE), ("__name__", FUNC_NAME), ("__qualname__", FUNC_QUALNAME), ("__doc__", FUNC_DOC)];
    for (name, field) in fields {
        let value = field.read(m, function)?;
        dict::set_named(m, names, name, if value.is_null() { NONE } else { value })?;
    }
    if m.profile.features.wrappers_copy_annotations {
        if FUNC_ANNOTATIONS.read(m, function)?.is_null() {
            let made = dict::new(m)?;
            refcount::store(m, FUNC_ANNOTATIONS.at(function), made)?;
        }
        let annotations = FUNC_ANNOTATIONS.read(m, function)?;
        dict::set_named(m, names, "__annotations__", annotations)?;
    }
    Ok(())
}

/// `property(get, set, del, doc)`; NULL or None for what is not given. A getter that is a function lends its doc string.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn property(m: &mut AddressSpace, parts: [Addr; 4]) -> Result<Addr, Fault> {
    let property = generic::alloc(m, TypeId::Property.addr(), 0)?;
    let [get, .., doc] = parts;
    let is_given = |part: Addr| !part.is_null() && part != NONE;
    for (at, part) in (0..).zip(parts) {
        if is_given(part) {
            refcount::assign(m, PROP_GET.at(property).offset(at * 8), part)?;
        }
    }
    if is_given(get) && !is_given(doc) && Kind::of(m, get)? == Kind::Function {
        let lent = FUNC_DOC.read(m, get)?;
        if !lent.is_null() && (lent != NONE || m.profile.features.property_doc_none) {
            refcount::assign(m, PROP_DOC.at(property), lent)?;
            GETTER_DOC.write(m, property, 1)?;
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
