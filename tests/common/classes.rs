//! Class statements, as a module `__main__` would run them.

use terrarium::ids::Addr;
use terrarium::mem::AddressSpace;
use terrarium::runtime::class::{self, Statement};
use terrarium::runtime::{refcount, str, tuple};

/// `class NAME(base): body`; the reference is the caller's. NULL: no base, no `__static_attributes__` of its own.
pub(crate) fn class(m: &mut AddressSpace, name: &str, base: Addr, body: &[(&str, Addr)], static_attributes: Addr) -> Addr {
    let module = str::name(m, "__main__").unwrap();
    let bases = if base.is_null() { Addr::NULL } else { tuple::new(m, &[base]).unwrap() };
    let statement = Statement { name, qualname: None, module, bases, first_line: 1, body, static_attributes };
    let made = class::statement(m, &statement).unwrap().unwrap();
    refcount::decref(m, module, Addr::NULL).unwrap();
    if !bases.is_null() {
        refcount::decref(m, bases, Addr::NULL).unwrap();
    }
    made
}
