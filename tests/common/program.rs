//! What a compiler would make for small programs: code objects and functions.

use terrarium::ids::Addr;
use terrarium::mem::AddressSpace;
use terrarium::object::singleton::{EMPTY_TUPLE, NONE};
use terrarium::runtime::{bytes, code, function, refcount, str, tuple};

/// The namespaces that a module's functions refer to.
#[derive(Clone, Copy)]
pub(crate) struct Module {
    pub(crate) globals: Addr,
    pub(crate) builtins: Addr,
}

/// A tuple of names; the empty one is the interpreter's.
pub(crate) fn names(m: &mut AddressSpace, names: &[&str]) -> Addr {
    let items: Vec<Addr> = names.iter().map(|n| str::name(m, n).unwrap()).collect();
    let made = tuple::packed(m, &items).unwrap();
    for item in items {
        refcount::decref(m, item, Addr::NULL).unwrap();
    }
    made
}

/// A function that returns None; only the function is held afterwards.
pub(crate) fn function(m: &mut AddressSpace, module: Module, qualname: &str, locals: &[&str], stacksize: u32) -> Addr {
    let name = str::name(m, qualname.rsplit('.').next().unwrap()).unwrap();
    let full = str::constant(m, qualname).unwrap();
    let file = str::new(m, "<snippet>").unwrap();
    let empty = bytes::new(m, b"").unwrap();
    let line = bytes::new(m, b"\x80\x00\xd8\x0b\x0c").unwrap();
    let consts = tuple::new(m, &[NONE]).unwrap();
    let localsplus = names(m, locals);
    let n = u32::try_from(locals.len()).unwrap();
    let parts = code::Parts {
        name,
        qualname: full,
        filename: file,
        consts,
        names: EMPTY_TUPLE,
        localsplusnames: localsplus,
        localspluskinds: empty,
        linetable: line,
        exceptiontable: empty,
        flags: 3,
        firstlineno: 1,
        arguments: [n, 0, 0],
        variables: [n, 0, 0],
        nlocalsplus: n,
        stacksize,
        instructions: &[0; 8],
    };
    let code = code::new(m, &parts).unwrap();
    let made = function::new(m, code, module.globals, module.builtins).unwrap();
    for held in [name, full, file, empty, line, consts, localsplus, code] {
        refcount::decref(m, held, Addr::NULL).unwrap();
    }
    made
}
