//! Small objects that wrap another one: builtin functions, classmethod and staticmethod, property, mappingproxy, traceback.

use super::slots::Span;
use super::{Fault, Kind, fields};
use crate::ids::Addr;
use crate::mem::Field;

/// `m_ml` of a builtin function: its C definition.
pub const M_ML: Field<Addr> = Field::new("m_ml", 16);
/// `m_self`
pub const M_SELF: Field<Addr> = Field::new("m_self", 24);
/// `m_module`
pub const M_MODULE: Field<Addr> = Field::new("m_module", 32);
/// `m_weakreflist`
pub const M_WEAKREFLIST: Field<Addr> = Field::new("m_weakreflist", 40);
/// `vectorcall` of a builtin function.
pub const M_VECTORCALL: Field<Addr> = Field::new("vectorcall", 48);
/// `sizeof(PyCFunctionObject)`. Source: Include/cpython/methodobject.h.
pub const BUILTIN_BYTES: u64 = 56;

/// `cm_callable`, `sm_callable`. Source: Objects/funcobject.c.
pub const CM_CALLABLE: Field<Addr> = Field::new("cm_callable", 16);
/// `cm_dict`, `sm_dict`
pub const CM_DICT: Field<Addr> = Field::new("cm_dict", 24);
/// `sizeof(classmethod)`, `sizeof(staticmethod)`
pub const CLASSMETHOD_BYTES: u64 = 32;

/// `prop_get`, then set, del and doc. Source: Objects/descrobject.c.
pub const PROP_GET: Field<Addr> = Field::new("prop_get", 16);
/// `prop_doc`
pub const PROP_DOC: Field<Addr> = Field::new("prop_doc", 40);
/// `prop_name`
pub const PROP_NAME: Field<Addr> = Field::new("prop_name", 48);
/// `getter_doc`: the doc string is the getter's.
pub const GETTER_DOC: Field<u32> = Field::new("getter_doc", 56);
/// `sizeof(propertyobject)`
pub const PROPERTY_BYTES: u64 = 64;

/// `mapping` of a mappingproxy.
pub const MAPPING: Field<Addr> = Field::new("mapping", 16);
/// `sizeof(mappingproxyobject)`
pub const MAPPINGPROXY_BYTES: u64 = 24;

/// `tb_next`. Source: Include/cpython/traceback.h.
pub const TB_NEXT: Field<Addr> = Field::new("tb_next", 16);
/// `tb_frame`
pub const TB_FRAME: Field<Addr> = Field::new("tb_frame", 24);

pub(super) fn span(obj: Addr, kind: Kind, stage: u32) -> Result<Option<Span>, Fault> {
    match kind {
        // `meth_traverse`, `meth_dealloc`. Source: Objects/methodobject.c.
        Kind::BuiltinFunction => fields::nth(obj, &[M_SELF, M_MODULE], stage),
        // `cm_traverse`, `cm_dealloc`. Source: Objects/funcobject.c.
        Kind::MethodWrapper => fields::nth(obj, &[CM_CALLABLE, CM_DICT], stage),
        // get, set, del, doc, name. Source: Objects/descrobject.c:`property_traverse`.
        Kind::Property => Ok((stage == 0).then_some(Span::up(PROP_GET.at(obj), 5))),
        Kind::MappingProxy => fields::nth(obj, &[MAPPING], stage),
        Kind::Traceback => fields::nth(obj, &[TB_NEXT, TB_FRAME], stage),
        _ => Ok(None),
    }
}
