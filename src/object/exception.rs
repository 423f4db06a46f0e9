//! `PyBaseExceptionObject` and the structs that begin with it.
//!
//! ```text
//!   16 dict | 24 args | 32 notes | 40 traceback | 48 context | 56 cause | 64 suppress_context (char)
//!   72 references of the derived struct, in the order of its C declaration; OSError ends with the number `written`
//! ```
//! Source: Include/cpython/pyerrors.h.

use super::slots::Span;
use super::{Fault, fields};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Field};

/// `dict`
pub const DICT: Field<Addr> = Field::new("dict", 16);
/// `args`: a tuple.
pub const ARGS: Field<Addr> = Field::new("args", 24);
/// `notes`
pub const NOTES: Field<Addr> = Field::new("notes", 32);
/// `traceback`
pub const TRACEBACK: Field<Addr> = Field::new("traceback", 40);
/// `context`
pub const CONTEXT: Field<Addr> = Field::new("context", 48);
/// `cause`
pub const CAUSE: Field<Addr> = Field::new("cause", 56);
/// `suppress_context`
pub const SUPPRESS_CONTEXT: Field<u8> = Field::new("suppress_context", 64);
/// `sizeof(PyBaseExceptionObject)`
pub const BASE_BYTES: u64 = 72;
/// `OSError.written`: no reference; -1 while not set.
pub const WRITTEN: Field<i64> = Field::new("written", 104);
/// `StopIteration.value`, `SystemExit.code`
pub const VALUE: Field<Addr> = Field::new("value", BASE_BYTES);

/// Order of `BaseException_traverse` and `BaseException_clear`.
pub const BASE: [Field<Addr>; 6] = [DICT, ARGS, NOTES, TRACEBACK, CONTEXT, CAUSE];

/// How many references the struct of this exception type adds to the base struct.
#[must_use]
pub fn added(m: &AddressSpace, id: TypeId) -> u64 {
    let bytes = id.row().basicsize(m.profile.release) - BASE_BYTES;
    if id.is_subtype(TypeId::OSError) { bytes / 8 - 1 } else { bytes / 8 }
}

/// Traverse, clear and dealloc functions all take the derived struct first, then the base. Source: Objects/exceptions.c.
pub(super) fn span(m: &AddressSpace, exception: Addr, id: TypeId, stage: u32) -> Result<Option<Span>, Fault> {
    match stage {
        0 => Ok(Some(Span::up(exception.offset(BASE_BYTES), added(m, id)))),
        _ => fields::nth(exception, &BASE, stage - 1),
    }
}
