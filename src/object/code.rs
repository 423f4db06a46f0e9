//! `PyCodeObject`, as far as it is a structure: its references and its numbers. The instructions are bytes behind it.
//!
//! ```text
//!   24 co_consts | 32 co_names | 40 co_exceptiontable | 48 co_flags | numbers | 96 co_localsplusnames | 104 co_localspluskinds
//!   112 co_filename | 120 co_name | 128 co_qualname | 136 co_linetable | 144 co_weakreflist | ... | co_code_adaptive
//! ```
//! Source: Include/cpython/code.h.

use super::slots::Span;
use super::{Fault, fields, head};
use crate::abi::Release;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Field};

/// `co_consts`
pub const CO_CONSTS: Field<Addr> = Field::new("co_consts", 24);
/// `co_names`
pub const CO_NAMES: Field<Addr> = Field::new("co_names", 32);
/// `co_exceptiontable`
pub const CO_EXCEPTIONTABLE: Field<Addr> = Field::new("co_exceptiontable", 40);
/// `co_flags`
pub const CO_FLAGS: Field<u32> = Field::new("co_flags", 48);
/// `co_localsplusnames`: names of arguments, locals, cells and free variables.
pub const CO_LOCALSPLUSNAMES: Field<Addr> = Field::new("co_localsplusnames", 96);
/// `co_localspluskinds`
pub const CO_LOCALSPLUSKINDS: Field<Addr> = Field::new("co_localspluskinds", 104);
/// `co_filename`
pub const CO_FILENAME: Field<Addr> = Field::new("co_filename", 112);
/// `co_name`
pub const CO_NAME: Field<Addr> = Field::new("co_name", 120);
/// `co_qualname`
pub const CO_QUALNAME: Field<Addr> = Field::new("co_qualname", 128);
/// `co_linetable`
pub const CO_LINETABLE: Field<Addr> = Field::new("co_linetable", 136);
/// `co_weakreflist`
pub const CO_WEAKREFLIST: Field<Addr> = Field::new("co_weakreflist", 144);

/// Where `co_argcount` lies; `co_posonlyargcount`, `co_kwonlyargcount`, `co_stacksize`, `co_firstlineno` and
/// `co_nlocalsplus` are the 4-byte numbers behind it.
const fn argcount(release: Release) -> u64 {
    match release {
        Release::Cp311 => 56,
        Release::Cp312 | Release::Cp313 | Release::Cp314 | Release::Cp315 => 52,
    }
}

/// `co_argcount`
#[must_use]
pub const fn co_argcount(release: Release) -> Field<u32> {
    Field::new("co_argcount", argcount(release))
}

/// `co_posonlyargcount`
#[must_use]
pub const fn co_posonlyargcount(release: Release) -> Field<u32> {
    Field::new("co_posonlyargcount", argcount(release) + 4)
}

/// `co_kwonlyargcount`
#[must_use]
pub const fn co_kwonlyargcount(release: Release) -> Field<u32> {
    Field::new("co_kwonlyargcount", argcount(release) + 8)
}

/// `co_stacksize`
#[must_use]
pub const fn co_stacksize(release: Release) -> Field<u32> {
    Field::new("co_stacksize", argcount(release) + 12)
}

/// `co_firstlineno`
#[must_use]
pub const fn co_firstlineno(release: Release) -> Field<u32> {
    Field::new("co_firstlineno", argcount(release) + 16)
}

/// `co_nlocalsplus`
#[must_use]
pub const fn co_nlocalsplus(release: Release) -> Field<u32> {
    Field::new("co_nlocalsplus", argcount(release) + 20)
}

/// `co_framesize` (3.12 on): words of a frame.
pub const CO_FRAMESIZE: Field<u32> = Field::new("co_framesize", 76);
/// `co_nlocals`
pub const CO_NLOCALS: Field<u32> = Field::new("co_nlocals", 80);

/// Where `co_ncellvars` lies; `co_nfreevars` is behind it. (3.11 has `co_nplaincellvars` in front.)
const fn ncellvars(release: Release) -> u64 {
    match release {
        Release::Cp311 => 88,
        Release::Cp312 | Release::Cp313 | Release::Cp314 | Release::Cp315 => 84,
    }
}

/// `co_ncellvars`
#[must_use]
pub const fn co_ncellvars(release: Release) -> Field<u32> {
    Field::new("co_ncellvars", ncellvars(release))
}

/// `co_nfreevars`
#[must_use]
pub const fn co_nfreevars(release: Release) -> Field<u32> {
    Field::new("co_nfreevars", ncellvars(release) + 4)
}

/// Order of `code_dealloc`. Code objects are no GC objects. Source: Objects/codeobject.c.
pub const OWNED: [Field<Addr>; 9] = [
    CO_CONSTS,
    CO_NAMES,
    CO_LOCALSPLUSNAMES,
    CO_LOCALSPLUSKINDS,
    CO_FILENAME,
    CO_NAME,
    CO_QUALNAME,
    CO_LINETABLE,
    CO_EXCEPTIONTABLE,
];

pub(super) fn span(code: Addr, stage: u32) -> Result<Option<Span>, Fault> {
    fields::nth(code, &OWNED, stage)
}

/// Bytes of a code object with `units` instructions of two bytes: `_PyObject_VAR_SIZE`.
#[must_use]
pub fn bytes(m: &AddressSpace, units: u64) -> u64 {
    units.wrapping_mul(2).wrapping_add(m.profile.sizes.code + 7) & !7
}

/// `code.__sizeof__()` in bytes.
///
/// # Errors
/// A fault if there is no code object.
pub fn sizeof(m: &AddressSpace, code: Addr) -> Result<u64, Fault> {
    Ok(bytes(m, head::OB_SIZE.read(m, code)?.cast_unsigned()))
}
