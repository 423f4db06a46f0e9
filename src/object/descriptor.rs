//! `PyDescrObject` and the structs that begin with it: getset, member, wrapper and method descriptors.
//! Source: Include/descrobject.h.

use super::slots::{Span, Walk};
use super::{Fault, fields};
use crate::ids::Addr;
use crate::mem::Field;

/// `d_type`: the class that it was made for.
pub const D_TYPE: Field<Addr> = Field::new("d_type", 16);
/// `d_name`
pub const D_NAME: Field<Addr> = Field::new("d_name", 24);
/// `d_qualname`: NULL until asked for.
pub const D_QUALNAME: Field<Addr> = Field::new("d_qualname", 32);
/// `d_getset`, `d_member`, `d_base` or `d_method`: a C structure, for a slot's member one inside the class.
pub const D_DEFINITION: Field<Addr> = Field::new("d_getset", 40);
/// `sizeof(PyGetSetDescrObject)` and `sizeof(PyMemberDescrObject)`
pub const DESCRIPTOR_BYTES: u64 = 48;

/// `descr_traverse`; `descr_dealloc`. Source: Objects/descrobject.c.
pub(super) fn span(descriptor: Addr, walk: Walk, stage: u32) -> Result<Option<Span>, Fault> {
    match walk {
        Walk::Traverse => fields::nth(descriptor, &[D_TYPE], stage),
        Walk::Owned => fields::nth(descriptor, &[D_TYPE, D_NAME, D_QUALNAME], stage),
    }
}
