//! `tp_clear`: an object gives up the references through which a cycle could go, and lives on.

use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::{Kind, cell};
use crate::runtime::{dict, list, refcount};

/// `Py_TYPE(obj)->tp_clear(obj)`; nothing for types that have none (tuple, slice).
pub(super) fn clear(m: &mut AddressSpace, obj: Addr) -> Result<(), Fault> {
    match Kind::of(m, obj)? {
        Kind::List => list::clear(m, obj),
        Kind::Dict => dict::clear(m, obj),
        Kind::Cell => refcount::clear(m, cell::OB_REF.at(obj)),
        _ => Ok(()),
    }
}
