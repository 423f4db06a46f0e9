//! `PyMethodObject`: a function bound to an object. Source: Include/cpython/classobject.h.

use super::slots::Span;
use super::{Fault, fields};
use crate::ids::Addr;
use crate::mem::Field;

/// `im_func`
pub const IM_FUNC: Field<Addr> = Field::new("im_func", 16);
/// `im_self`
pub const IM_SELF: Field<Addr> = Field::new("im_self", 24);
/// `im_weakreflist`
pub const IM_WEAKREFLIST: Field<Addr> = Field::new("im_weakreflist", 32);
/// `vectorcall`
pub const VECTORCALL: Field<Addr> = Field::new("vectorcall", 40);
/// `sizeof(PyMethodObject)`
pub const METHOD_BYTES: u64 = 48;

/// `method_traverse` and `method_dealloc`. Source: Objects/classobject.c.
pub(super) fn span(method: Addr, stage: u32) -> Result<Option<Span>, Fault> {
    fields::nth(method, &[IM_FUNC, IM_SELF], stage)
}
