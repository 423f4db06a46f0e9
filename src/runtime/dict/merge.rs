//! Whole dicts at once: `copy`, `update`, `fromkeys`. Source: Objects/dictobject.c.

use super::{call, changed, init, new, over, resize, set_item};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::dict::{DICT_BYTES, Item, MA_KEYS, MA_USED, MA_VALUES, is_split, keys, len, next};
use crate::object::keys::{Keys, LOG_MINSIZE, log2_keysize_for, table_bytes, usable_fraction};
use crate::object::values::slot;
use crate::object::{gc_head, set};
use crate::pymalloc;
use crate::runtime::{alloc, gc, keys as tables, refcount, values};

/// `clone_combined_dict_keys`: a table with the same bytes, its keys and values counted.
fn clone_table(m: &mut AddressSpace, keys: Keys) -> Result<Addr, Fault> {
    let bytes = table_bytes(keys.log2_size, keys.kind);
    let at = pymalloc::malloc(m, bytes)?;
    m.copy(keys.at, at, bytes)?;
    let clone = Keys::load(m, at)?;
    for ix in 0..clone.nentries(m)? {
        let value: Addr = m.read(clone.value_at(ix))?;
        if !value.is_null() {
            refcount::incref(m, value, clone.value_at(ix))?;
            let key = clone.key(m, ix)?;
            refcount::incref(m, key, clone.key_at(ix))?;
        }
    }
    Ok(at)
}

/// `if (_PyObject_GC_IS_TRACKED(from)) _PyObject_GC_TRACK(to)`
fn track_like(m: &mut AddressSpace, to: Addr, from: Addr) -> Result<(), Fault> {
    if gc_head::is_tracked(m, from)? && !gc_head::is_tracked(m, to)? { gc::track(m, to) } else { Ok(()) }
}

/// `dict.copy()`: a table with few deleted entries is copied as it is.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn copy(m: &mut AddressSpace, dict: Addr) -> Result<Addr, Fault> {
    let used = len(m, dict)?;
    if used == 0 {
        return new(m);
    }
    let keys = keys(m, dict)?;
    if is_split(m, dict)? {
        return copy_split(m, dict, keys, used);
    }
    if used >= keys.nentries(m)? * 2 / 3 {
        let table = clone_table(m, keys)?;
        let copy = over(m, table, Addr::NULL, used)?;
        track_like(m, copy, dict)?;
        return Ok(copy);
    }
    let copy = new(m)?;
    update(m, copy, dict)?;
    Ok(copy)
}

/// The copy shares the keys too; its memory never comes from the free list.
fn copy_split(m: &mut AddressSpace, dict: Addr, keys: Keys, used: u64) -> Result<Addr, Fault> {
    let n = keys.shared_size(m)?;
    let held = values::copy(m, MA_VALUES.read(m, dict)?, n)?;
    let copy = alloc::new_object(m, TypeId::Dict.addr(), DICT_BYTES)?;
    for ix in 0..keys.nentries(m)? {
        let slot = slot(m, held, ix);
        let value: Addr = m.read(slot)?;
        if !value.is_null() {
            refcount::incref(m, value, slot)?;
        }
    }
    tables::incref(m, keys.at)?;
    init(m, copy, keys.at, held, used)?;
    track_like(m, copy, dict)?;
    Ok(copy)
}

/// `dict.update(other)` for another dict (`dict_dict_merge`): into an empty dict a clean table is copied as it is.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn update(m: &mut AddressSpace, dict: Addr, other: Addr) -> Result<(), Fault> {
    let others = len(m, other)?;
    if other == dict || others == 0 {
        return Ok(());
    }
    let (own, theirs) = (keys(m, dict)?, keys(m, other)?);
    let used = len(m, dict)?;
    if used == 0 && may_clone(m, dict, other, theirs, others)? {
        let table = clone_table(m, theirs)?;
        let held = MA_VALUES.read(m, dict)?;
        MA_KEYS.write(m, dict, table)?;
        MA_VALUES.write(m, dict, Addr::NULL)?;
        MA_USED.write(m, dict, others)?;
        changed(m, dict)?;
        tables::decref(m, own.at)?;
        if !held.is_null() {
            values::free(m, held)?;
        }
        return track_like(m, dict, other);
    }
    if usable_fraction(own.slots()) < others {
        let log2_size = log2_keysize_for(m.profile.release, used + others);
        resize(m, dict, log2_size, theirs.is_unicode())?;
    }
    let mut position = 0;
    while let Some(Item { ix, key, value, .. }) = next(m, other, &mut position)? {
        // Held while it is inserted, so that it survives what it replaces.
        refcount::incref(m, value, Addr::NULL)?;
        let hash = theirs.hash(m, ix)?;
        set_item(m, dict, key, hash, value)?;
        refcount::decref(m, value, Addr::NULL)?;
    }
    Ok(())
}

/// Whether `other` is clean, combined and about as small as can be. A dict with values takes the copy only up to 3.12.
fn may_clone(m: &AddressSpace, dict: Addr, other: Addr, theirs: Keys, others: u64) -> Result<bool, Fault> {
    let clean = others == theirs.nentries(m)? && !is_split(m, other)?;
    let small = theirs.log2_size == LOG_MINSIZE || usable_fraction(theirs.slots() / 2) < others;
    Ok(clean && small && (m.profile.features.dict_clones_over_split || !is_split(m, dict)?))
}

/// `dict.fromkeys(other, value)` for a dict: a new dict with its keys.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn from_keys_of_dict(m: &mut AddressSpace, other: Addr, value: Addr) -> Result<Addr, Fault> {
    let dict = call(m)?;
    let theirs = keys(m, other)?;
    let log2_size = log2_keysize_for(m.profile.release, len(m, other)?);
    resize(m, dict, log2_size, theirs.is_unicode())?;
    let mut position = 0;
    while let Some(Item { ix, key, .. }) = next(m, other, &mut position)? {
        let hash = theirs.hash(m, ix)?;
        set_item(m, dict, key, hash, value)?;
    }
    Ok(dict)
}

/// `dict.fromkeys(set, value)`: a new dict with a set's items as keys. It is not presized as one of strings.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn from_keys_of_set(m: &mut AddressSpace, other: Addr, value: Addr) -> Result<Addr, Fault> {
    let dict = call(m)?;
    let log2_size = log2_keysize_for(m.profile.release, set::len(m, other)?);
    resize(m, dict, log2_size, false)?;
    let mut position = 0;
    while let Some(set::Entry { key, hash, .. }) = set::next(m, other, &mut position)? {
        set_item(m, dict, key, hash, value)?;
    }
    Ok(dict)
}
