//! Entries of a namespace by the text of their name, which is interned for it: what C does with `PyDict_GetItemString` or
//! `_Py_ID`.

use super::{delete_item, set_item};
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::dict::find;
use crate::runtime::{hash, refcount, str};

/// `dict[name]`, borrowed; `None` if there is no such key.
///
/// # Errors
/// [`Fault::OutOfMemory`]; a fault if the dict is not sound.
pub(in crate::runtime) fn get_named(m: &mut AddressSpace, dict: Addr, name: &str) -> Result<Option<Addr>, Fault> {
    let key = str::name(m, name)?;
    let hash = hash::of_text(m, key)?;
    let found = find(m, dict, key, hash)?;
    let value = found.map(|slot| m.read(slot)).transpose()?;
    refcount::decref(m, key, Addr::NULL)?;
    Ok(value)
}

/// `dict[name] = value`
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub(in crate::runtime) fn set_named(m: &mut AddressSpace, dict: Addr, name: &str, value: Addr) -> Result<(), Fault> {
    let key = str::name(m, name)?;
    let hash = hash::of_text(m, key)?;
    set_item(m, dict, key, hash, value)?;
    refcount::decref(m, key, Addr::NULL)
}

/// `dict.pop(name, None)`, and gives up what it held.
///
/// # Errors
/// [`Fault::OutOfMemory`]; a fault if the dict is not sound.
pub(in crate::runtime) fn delete_named(m: &mut AddressSpace, dict: Addr, name: &str) -> Result<(), Fault> {
    let key = str::name(m, name)?;
    let hash = hash::of_text(m, key)?;
    delete_item(m, dict, key, hash)?;
    refcount::decref(m, key, Addr::NULL)
}
