//! `tp_clear`: an object gives up the references through which a cycle could go, and lives on.

use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::exception::{BASE, BASE_BYTES, added};
use crate::object::generator::layout;
use crate::object::head::{native_type, type_of};
use crate::object::module::MD_DICT;
use crate::object::wrappers::{CM_CALLABLE, CM_DICT, M_MODULE, M_SELF, PROP_DOC};
use crate::object::{Kind, cell};
use crate::runtime::{class, dict, function, instance, list, refcount, set, weakref};

/// `Py_TYPE(obj)->tp_clear(obj)`; nothing for types that have none (tuple, slice, method, descriptors).
pub(super) fn clear(m: &mut AddressSpace, obj: Addr) -> Result<(), Fault> {
    clear_as(m, obj, Kind::of(m, obj)?)
}

/// `tp_clear` of the types of this kind, for the part of an instance that its static base defines too.
pub(in crate::runtime) fn clear_as(m: &mut AddressSpace, obj: Addr, kind: Kind) -> Result<(), Fault> {
    match kind {
        Kind::List => list::clear(m, obj),
        Kind::Dict => dict::clear(m, obj),
        Kind::Set => set::clear(m, obj),
        Kind::Cell => refcount::clear(m, cell::OB_REF.at(obj)),
        Kind::Module => refcount::clear(m, MD_DICT.at(obj)),
        Kind::Instance => instance::clear(m, obj),
        Kind::Type => class::clear(m, obj),
        Kind::Function => function::clear(m, obj),
        Kind::WeakRef => weakref::clear(m, obj),
        Kind::Exception => exception(m, obj),
        Kind::BuiltinFunction => {
            refcount::clear(m, M_SELF.at(obj))?;
            refcount::clear(m, M_MODULE.at(obj))
        }
        Kind::MethodWrapper => {
            refcount::clear(m, CM_CALLABLE.at(obj))?;
            refcount::clear(m, CM_DICT.at(obj))
        }
        Kind::Property => refcount::clear(m, PROP_DOC.at(obj)),
        Kind::Generator => refcount::clear(m, layout(m.profile.release).exc_value.at(obj)),
        _ => Ok(()),
    }
}

/// The derived struct's references, then those of `BaseException_clear`. Source: Objects/exceptions.c.
fn exception(m: &mut AddressSpace, obj: Addr) -> Result<(), Fault> {
    let id = native_type(m, type_of(m, obj)?)?;
    for index in 0..added(m, id) {
        refcount::clear(m, obj.offset(BASE_BYTES + index * 8))?;
    }
    for field in BASE {
        refcount::clear(m, field.at(obj))?;
    }
    Ok(())
}
