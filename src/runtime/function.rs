//! Functions. Source: Objects/funcobject.c.

use super::{alloc, code, dict, gc, refcount, standin};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault, Field};
use crate::object::code::{CO_CONSTS, CO_NAME, CO_QUALNAME};
use crate::object::function::{
    CLEARED, FUNC_BUILTINS, FUNC_CODE, FUNC_DOC, FUNC_GLOBALS, FUNC_MODULE, FUNC_NAME, FUNC_QUALNAME, KEPT, added, vectorcall,
};
use crate::object::head::type_of;
use crate::object::singleton::{EMPTY_STR, NONE};
use crate::object::tuple;

/// `PyFunction_New(code, globals)`: name, qualified name and doc string are the code's, the module is `globals["__name__"]`.
/// Defaults, closure and the rest are NULL: see [`set`].
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new(m: &mut AddressSpace, code: Addr, globals: Addr, builtins: Addr) -> Result<Addr, Fault> {
    let bytes = m.profile.sizes.function;
    let function = alloc::new_object(m, TypeId::Function.addr(), bytes)?;
    m.fill(function.offset(16), bytes - 16, 0)?;
    let (name, qualname) = (CO_NAME.read(m, code)?, CO_QUALNAME.read(m, code)?);
    let doc = doc(m, code)?;
    let held = [
        (FUNC_GLOBALS, globals),
        (FUNC_BUILTINS, builtins),
        (FUNC_NAME, name),
        (FUNC_QUALNAME, qualname),
        (FUNC_CODE, code),
        (FUNC_DOC, doc),
    ];
    for (field, object) in held {
        refcount::assign(m, field.at(function), object)?;
    }
    if let Some(module) = dict::get_named(m, globals, "__name__")? {
        refcount::assign(m, FUNC_MODULE.at(function), module)?;
    }
    vectorcall(m).write(m, function, standin::VECTORCALL_FUNCTION)?;
    gc::track(m, function)?;
    Ok(function)
}

/// The doc string: the first constant if it is a str; since 3.14 only if the code says that it has one.
fn doc(m: &AddressSpace, at: Addr) -> Result<Addr, Fault> {
    let consts = CO_CONSTS.read(m, at)?;
    if m.profile.features.docstring_flag && !code::has_docstring(m, at)? || tuple::len(m, consts)? == 0 {
        return Ok(NONE);
    }
    let first: Addr = m.read(tuple::slot(m, consts, 0))?;
    Ok(if type_of(m, first)? == TypeId::Str.addr() { first } else { NONE })
}

/// Sets one of the function's fields: `func_defaults`, `func_closure`, ...
///
/// # Errors
/// A fault if there is no function.
pub fn set(m: &mut AddressSpace, function: Addr, field: Field<Addr>, object: Addr) -> Result<(), Fault> {
    refcount::replace(m, field.at(function), object)
}

/// `func_clear`: all but the code; name and qualified name become the empty string.
pub(super) fn clear(m: &mut AddressSpace, function: Addr) -> Result<(), Fault> {
    for field in CLEARED.into_iter().chain(added(m.profile.release).into_iter().flatten()) {
        refcount::clear(m, field.at(function))?;
    }
    for field in [KEPT[1], KEPT[2]] {
        refcount::replace(m, field.at(function), EMPTY_STR)?;
    }
    Ok(())
}
