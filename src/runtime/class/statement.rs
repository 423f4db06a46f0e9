//! A class statement: the namespace that its body fills, then `type(name, bases, namespace)`.
//! Source: Python/compile.c (`compiler_class_body`), Python/bltinmodule.c (`__build_class__`).

use super::Refusal;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::Kind;
use crate::object::singleton::EMPTY_TUPLE;
use crate::runtime::{cell, dict, int, refcount, str};

/// A class statement whose body binds names.
#[derive(Clone, Copy, Debug)]
pub struct Statement<'a> {
    /// The class's name.
    pub name: &'a str,
    /// `__qualname__`, where it differs from the name.
    pub qualname: Option<&'a str>,
    /// `__module__`: a str (borrowed).
    pub module: Addr,
    /// A tuple of types (borrowed), NULL for none.
    pub bases: Addr,
    /// The line of the statement (3.13 on: `__firstlineno__`).
    pub first_line: i64,
    /// What the body binds, in order (borrowed): functions, values, `__slots__`, `__doc__`.
    pub body: &'a [(&'a str, Addr)],
    /// Names that its functions assign to attributes of `self`, sorted: a constant of the body, NULL for none (3.13 on:
    /// `__static_attributes__`).
    pub static_attributes: Addr,
}

/// Runs the statement: a new class that belongs to the caller, or why CPython raises TypeError.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn statement(m: &mut AddressSpace, statement: &Statement<'_>) -> Result<Result<Addr, Refusal>, Fault> {
    let name = str::name(m, statement.name)?;
    let namespace = dict::new(m)?;
    body(m, namespace, name, statement)?;
    let class = super::new(m, name, statement.bases, namespace)?;
    refcount::decref(m, namespace, Addr::NULL)?;
    refcount::decref(m, name, Addr::NULL)?;
    Ok(class)
}

fn body(m: &mut AddressSpace, namespace: Addr, name: Addr, statement: &Statement<'_>) -> Result<(), Fault> {
    let features = &m.profile.features;
    dict::set_named(m, namespace, "__module__", statement.module)?;
    match statement.qualname {
        Some(qualname) => {
            let qualname = str::constant(m, qualname)?;
            dict::set_named(m, namespace, "__qualname__", qualname)?;
            refcount::decref(m, qualname, Addr::NULL)?;
        }
        None => dict::set_named(m, namespace, "__qualname__", name)?,
    }
    if features.class_notes {
        let line = int::from_i64(m, statement.first_line)?;
        dict::set_named(m, namespace, "__firstlineno__", line)?;
        refcount::decref(m, line, Addr::NULL)?;
    }
    let mut has_function = false;
    for &(key, value) in statement.body {
        has_function |= Kind::of(m, value)? == Kind::Function;
        dict::set_named(m, namespace, key, value)?;
    }
    if features.class_notes {
        let names = if statement.static_attributes.is_null() { EMPTY_TUPLE } else { statement.static_attributes };
        dict::set_named(m, namespace, "__static_attributes__", names)?;
    }
    if features.class_dict_cell && has_function {
        let cell = cell::new(m, Addr::NULL)?;
        dict::set_named(m, namespace, "__classdictcell__", cell)?;
        refcount::decref(m, cell, Addr::NULL)?;
    }
    Ok(())
}
