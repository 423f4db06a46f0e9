//! Code objects, as structures. Source: Objects/codeobject.c (`_PyCode_New`).

use super::{alloc, refcount};
use crate::abi::{Release, TypeId};
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::code::{
    CO_CONSTS, CO_EXCEPTIONTABLE, CO_FILENAME, CO_FLAGS, CO_FRAMESIZE, CO_LINETABLE, CO_LOCALSPLUSKINDS, CO_LOCALSPLUSNAMES,
    CO_NAME, CO_NAMES, CO_NLOCALS, CO_QUALNAME, bytes, co_argcount, co_firstlineno, co_kwonlyargcount, co_ncellvars,
    co_nfreevars, co_nlocalsplus, co_posonlyargcount, co_stacksize,
};
use crate::object::head::OB_SIZE;

/// `co_flags`: the first constant is the doc string (3.14 on). (`CO_HAS_DOCSTRING`)
pub const HAS_DOCSTRING: u32 = 0x400_0000;

/// What a code object is made from; all references are borrowed.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// `co_name`
    pub name: Addr,
    /// `co_qualname`
    pub qualname: Addr,
    /// `co_filename`
    pub filename: Addr,
    /// `co_consts`: a tuple.
    pub consts: Addr,
    /// `co_names`: a tuple of str.
    pub names: Addr,
    /// `co_localsplusnames`: a tuple of str.
    pub localsplusnames: Addr,
    /// `co_localspluskinds`: a bytes object.
    pub localspluskinds: Addr,
    /// `co_linetable`: a bytes object.
    pub linetable: Addr,
    /// `co_exceptiontable`: a bytes object.
    pub exceptiontable: Addr,
    /// `co_flags`
    pub flags: u32,
    /// `co_firstlineno`
    pub firstlineno: u32,
    /// `co_argcount`, `co_posonlyargcount`, `co_kwonlyargcount`
    pub arguments: [u32; 3],
    /// `co_nlocals`, `co_ncellvars`, `co_nfreevars`
    pub variables: [u32; 3],
    /// `co_nlocalsplus`
    pub nlocalsplus: u32,
    /// `co_stacksize`
    pub stacksize: u32,
    /// The instructions, two bytes each.
    pub instructions: &'a [u8],
}

/// A new code object.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new(m: &mut AddressSpace, parts: &Parts<'_>) -> Result<Addr, Fault> {
    let units = parts.instructions.len() as u64 / 2;
    let (release, total) = (m.profile.release, bytes(m, units));
    let code = alloc::new_object(m, TypeId::Code.addr(), total)?;
    m.fill(code.offset(24), total - 24, 0)?;
    OB_SIZE.write(m, code, units.cast_signed())?;
    let held = [
        (CO_FILENAME, parts.filename),
        (CO_NAME, parts.name),
        (CO_QUALNAME, parts.qualname),
        (CO_LINETABLE, parts.linetable),
        (CO_CONSTS, parts.consts),
        (CO_NAMES, parts.names),
        (CO_LOCALSPLUSNAMES, parts.localsplusnames),
        (CO_LOCALSPLUSKINDS, parts.localspluskinds),
        (CO_EXCEPTIONTABLE, parts.exceptiontable),
    ];
    for (field, object) in held {
        refcount::assign(m, field.at(code), object)?;
    }
    let numbers = [
        (CO_FLAGS, parts.flags),
        (co_argcount(release), parts.arguments[0]),
        (co_posonlyargcount(release), parts.arguments[1]),
        (co_kwonlyargcount(release), parts.arguments[2]),
        (co_stacksize(release), parts.stacksize),
        (co_firstlineno(release), parts.firstlineno),
        (co_nlocalsplus(release), parts.nlocalsplus),
        (CO_NLOCALS, parts.variables[0]),
        (co_ncellvars(release), parts.variables[1]),
        (co_nfreevars(release), parts.variables[2]),
    ];
    for (field, number) in numbers {
        field.write(m, code, number)?;
    }
    if let Some(words) = frame_words(release) {
        CO_FRAMESIZE.write(m, code, parts.nlocalsplus + parts.stacksize + words)?;
    }
    m.write_bytes(code.offset(m.profile.sizes.code), parts.instructions)?;
    Ok(code)
}

/// `FRAME_SPECIALS_SIZE`: words of a frame in front of its locals; `None` where code objects do not count a frame's words.
const fn frame_words(release: Release) -> Option<u32> {
    match release {
        Release::Cp311 => None,
        Release::Cp312 | Release::Cp313 => Some(9),
        Release::Cp314 | Release::Cp315 => Some(10),
    }
}

/// Whether the code's flags say that its first constant is a doc string.
///
/// # Errors
/// A fault if there is no code object.
pub fn has_docstring(m: &AddressSpace, code: Addr) -> Result<bool, Fault> {
    Ok(CO_FLAGS.read(m, code)? & HAS_DOCSTRING != 0)
}
