//! `dict`: items in a table of its own, or values over keys that a class shares. Source: Objects/dictobject.c.
//!
//! Functions that look a key up take its hash, because computing it can fail: the caller has done that already.

mod merge;
mod named;

use super::freelist::FreeList;
use super::{alloc, gc, keys as tables, refcount, values};
use crate::abi::{Release, Tracking, TypeId, space};
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault, Field};
use crate::object::dict::{
    DICT_BYTES, MA_KEYS, MA_USED, MA_VALUES, MA_VERSION_TAG, is_split, keys, len, owns_shared, value_slot,
};
use crate::object::gc_head;
use crate::object::head::type_of;
use crate::object::keys::{
    DK_NENTRIES, DK_USABLE, DUMMY, Keys, KeysKind, LOG_MINSIZE, log2_keysize, log2_keysize_for, usable_fraction,
};
use crate::object::values::{is_embedded, order};

pub use merge::{copy, from_keys_of_dict, from_keys_of_set, update};
pub(super) use named::{delete_named, get_named, set_named};

/// `interp->dict_state.global_version` (3.12, 3.13), `pydict_global_version` (3.11).
const GLOBAL_VERSION: Field<u64> = Field::new("global_version", 0);
/// Slots that a literal is presized to at most. (`dict_new_presized`)
const MAX_PRESIZE_LOG2: u8 = 17;

/// `DICT_NEXT_VERSION`: what each change of any dict adds to the global version; 0 from 3.14 on, which has none.
const fn version_step(release: Release) -> u64 {
    match release {
        Release::Cp311 => 1,
        Release::Cp312 => 1 << 8,
        Release::Cp313 => 1 << 12,
        Release::Cp314 | Release::Cp315 => 0,
    }
}

/// Notes that the dict changed: it gets the next global version.
#[inline]
fn changed(m: &mut AddressSpace, dict: Addr) -> Result<(), Fault> {
    let step = version_step(m.profile.release);
    if step == 0 {
        return Ok(());
    }
    let version = GLOBAL_VERSION.read(m, space::DICT_STATE)?.wrapping_add(step);
    GLOBAL_VERSION.write(m, space::DICT_STATE, version)?;
    MA_VERSION_TAG.write(m, dict, version)
}

/// `PyDict_New()`, `{}`
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new(m: &mut AddressSpace) -> Result<Addr, Fault> {
    let dict = alloc::recycled_or_new(m, FreeList::Dict, TypeId::Dict, DICT_BYTES)?;
    over_empty_keys(m, dict)
}

/// `dict()`, a call of the type: its memory never comes from the free list. (`dict_new`)
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn call(m: &mut AddressSpace) -> Result<Addr, Fault> {
    let dict = alloc::new_object(m, TypeId::Dict.addr(), DICT_BYTES)?;
    over_empty_keys(m, dict)
}

/// Makes an empty dict of fresh memory.
fn over_empty_keys(m: &mut AddressSpace, dict: Addr) -> Result<Addr, Fault> {
    tables::incref(m, space::EMPTY_KEYS)?;
    init(m, dict, space::EMPTY_KEYS, Addr::NULL, 0)?;
    Ok(dict)
}

/// `new_dict`: a dict over `keys_at`, whose reference it takes, and perhaps `held` values.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub(super) fn over(m: &mut AddressSpace, keys_at: Addr, held: Addr, used: u64) -> Result<Addr, Fault> {
    let dict = alloc::recycled_or_new(m, FreeList::Dict, TypeId::Dict, DICT_BYTES)?;
    init(m, dict, keys_at, held, used)?;
    Ok(dict)
}

/// An empty dict's fields, for an instance of a class that derives from dict.
pub(super) fn init_empty(m: &mut AddressSpace, dict: Addr) -> Result<(), Fault> {
    tables::incref(m, space::EMPTY_KEYS)?;
    MA_KEYS.write(m, dict, space::EMPTY_KEYS)?;
    changed(m, dict)
}

fn init(m: &mut AddressSpace, dict: Addr, keys_at: Addr, held: Addr, used: u64) -> Result<(), Fault> {
    MA_KEYS.write(m, dict, keys_at)?;
    MA_VALUES.write(m, dict, held)?;
    MA_USED.write(m, dict, used)?;
    MA_VERSION_TAG.write(m, dict, 0)?;
    changed(m, dict)?;
    match m.profile.dict_tracking {
        Tracking::AtBirth => gc::track(m, dict),
        Tracking::WhenNeeded => Ok(()),
    }
}

/// `dict_new_presized`: an empty dict that has room for `n` items; `unicode` if all keys will be str.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new_presized(m: &mut AddressSpace, n: u64, unicode: bool) -> Result<Addr, Fault> {
    if n <= usable_fraction(1 << LOG_MINSIZE) {
        return new(m);
    }
    let log2_size =
        if n > usable_fraction(1 << MAX_PRESIZE_LOG2) { MAX_PRESIZE_LOG2 } else { log2_keysize_for(m.profile.release, n) };
    let keys = tables::new(m, log2_size, unicode)?;
    over(m, keys.at, Addr::NULL, 0)
}

/// `PyUnicode_CheckExact`
#[inline]
fn is_str(m: &AddressSpace, key: Addr) -> Result<bool, Fault> {
    Ok(type_of(m, key)? == TypeId::Str.addr())
}

/// `MAINTAIN_TRACKING`: a dict that gets something that could be part of a cycle is tracked from then on.
#[inline]
pub(super) fn maintain_tracking(m: &mut AddressSpace, dict: Addr, key: Addr, value: Addr) -> Result<(), Fault> {
    if m.profile.dict_tracking == Tracking::WhenNeeded
        && !gc_head::is_tracked(m, dict)?
        && (gc::may_be_tracked(m, key)? || gc::may_be_tracked(m, value)?)
    {
        gc::track(m, dict)?;
    }
    Ok(())
}

/// `dict[key] = value` (`insertdict`). `hash` is the key's.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn set_item(m: &mut AddressSpace, dict: Addr, key: Addr, hash: i64, value: Addr) -> Result<(), Fault> {
    let mut keys = keys(m, dict)?;
    if keys.is_empty_keys() {
        return insert_to_empty(m, dict, key, hash, value);
    }
    if keys.is_unicode() && !is_str(m, key)? {
        keys = insertion_resize(m, dict, false)?;
    }
    let found = keys.find(m, key, hash)?;
    maintain_tracking(m, dict, key, value)?;
    let Some(ix) = found else { return insert_new(m, dict, keys, key, hash, value) };
    let slot = value_slot(m, dict, keys, ix)?;
    let old: Addr = m.read(slot)?;
    if old == value {
        return Ok(());
    }
    if old.is_null() {
        return insert_absent(m, dict, ix, slot, value);
    }
    refcount::assign(m, slot, value)?;
    changed(m, dict)?;
    refcount::decref(m, old, slot)
}

/// `dict.setdefault(key, value)`: the value that the dict then has for the key (borrowed).
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn set_default(m: &mut AddressSpace, dict: Addr, key: Addr, hash: i64, value: Addr) -> Result<Addr, Fault> {
    let mut keys = keys(m, dict)?;
    if keys.is_empty_keys() {
        insert_to_empty(m, dict, key, hash, value)?;
        return Ok(value);
    }
    if keys.is_unicode() && !is_str(m, key)? {
        keys = insertion_resize(m, dict, false)?;
    }
    let Some(ix) = keys.find(m, key, hash)? else {
        insert_new(m, dict, keys, key, hash, value)?;
        maintain_tracking(m, dict, key, value)?;
        return Ok(value);
    };
    let slot = value_slot(m, dict, keys, ix)?;
    let old: Addr = m.read(slot)?;
    if old.is_null() {
        maintain_tracking(m, dict, key, value)?;
        insert_absent(m, dict, ix, slot, value)?;
        return Ok(value);
    }
    Ok(old)
}

/// `insert_to_emptydict`: the first item makes the table.
fn insert_to_empty(m: &mut AddressSpace, dict: Addr, key: Addr, hash: i64, value: Addr) -> Result<(), Fault> {
    let keys = tables::new(m, LOG_MINSIZE, is_str(m, key)?)?;
    tables::decref(m, space::EMPTY_KEYS)?;
    maintain_tracking(m, dict, key, value)?;
    MA_KEYS.write(m, dict, keys.at)?;
    insert_combined(m, dict, keys, key, hash, value)
}

/// A key that the table does not have.
fn insert_new(m: &mut AddressSpace, dict: Addr, keys: Keys, key: Addr, hash: i64, value: Addr) -> Result<(), Fault> {
    let keys = if keys.usable(m)? == 0 { insertion_resize(m, dict, true)? } else { keys };
    if keys.kind != KeysKind::Split {
        return insert_combined(m, dict, keys, key, hash, value);
    }
    let ix = tables::add_entry(m, keys, key, hash)?;
    let slot = value_slot(m, dict, keys, ix)?;
    insert_absent(m, dict, ix, slot, value)
}

#[inline]
fn insert_combined(m: &mut AddressSpace, dict: Addr, keys: Keys, key: Addr, hash: i64, value: Addr) -> Result<(), Fault> {
    let ix = tables::add_entry(m, keys, key, hash)?;
    refcount::assign(m, keys.value_at(ix), value)?;
    add_used(m, dict)
}

/// A key that the shared keys have, but this dict not yet.
fn insert_absent(m: &mut AddressSpace, dict: Addr, ix: u64, slot: Addr, value: Addr) -> Result<(), Fault> {
    let held = MA_VALUES.read(m, dict)?;
    values::add_to_order(m, held, ix)?;
    refcount::assign(m, slot, value)?;
    add_used(m, dict)
}

#[inline]
fn add_used(m: &mut AddressSpace, dict: Addr) -> Result<(), Fault> {
    let used = len(m, dict)?;
    MA_USED.write(m, dict, used + 1)?;
    changed(m, dict)
}

/// `insertion_resize`: a table for three times as many items as there are. (`GROWTH_RATE`)
fn insertion_resize(m: &mut AddressSpace, dict: Addr, unicode: bool) -> Result<Keys, Fault> {
    let log2_size = log2_keysize(m.profile.release, len(m, dict)? * 3);
    resize(m, dict, log2_size, unicode)
}

/// `dictresize`: a new table without the deleted entries; afterwards the dict is combined.
///
/// # Errors
/// [`Fault::OutOfMemory`]; the dict is unchanged then.
fn resize(m: &mut AddressSpace, dict: Addr, log2_size: u8, unicode: bool) -> Result<Keys, Fault> {
    let old = keys(m, dict)?;
    let held = MA_VALUES.read(m, dict)?;
    let used = len(m, dict)?;
    let new = tables::new(m, log2_size, unicode && old.is_unicode())?;
    if held.is_null() {
        move_entries(m, old, new, used)?;
    } else {
        unite(m, old, held, new, used)?;
    }
    tables::build_indices(m, new, used)?;
    MA_KEYS.write(m, dict, new.at)?;
    DK_USABLE.write(m, new.at, usable_fraction(new.slots()) - used)?;
    DK_NENTRIES.write(m, new.at, used)?;
    if held.is_null() {
        if old.is_empty_keys() {
            tables::decref(m, old.at)?;
        } else {
            tables::free(m, old)?;
        }
        return Ok(new);
    }
    MA_VALUES.write(m, dict, Addr::NULL)?;
    tables::decref(m, old.at)?;
    if is_embedded(m, held)? {
        values::invalidate(m, held)?;
    } else {
        values::free(m, held)?;
    }
    Ok(new)
}

/// Moves the entries that have a value from one combined table to another.
fn move_entries(m: &mut AddressSpace, old: Keys, new: Keys, used: u64) -> Result<(), Fault> {
    if old.kind == new.kind && old.nentries(m)? == used {
        return m.copy(old.entries, new.entries, used * old.kind.entry_bytes());
    }
    let mut from = 0;
    for to in 0..used {
        let mut value: Addr = m.read(old.value_at(from))?;
        while value.is_null() {
            from += 1;
            value = m.read(old.value_at(from))?;
        }
        let key = old.key(m, from)?;
        if !new.is_unicode() {
            m.write(new.hash_at(to), old.hash(m, from)?)?;
        }
        refcount::store(m, new.key_at(to), key)?;
        refcount::store(m, new.value_at(to), value)?;
        from += 1;
    }
    Ok(())
}

/// Split table to combined: keys are counted once more, values move, in order of insertion.
fn unite(m: &mut AddressSpace, old: Keys, held: Addr, new: Keys, used: u64) -> Result<(), Fault> {
    for to in 0..used {
        let ix = order(m, held, to)?;
        let key = old.key(m, ix)?;
        if !new.is_unicode() {
            m.write(new.hash_at(to), old.hash(m, ix)?)?;
        }
        refcount::assign(m, new.key_at(to), key)?;
        let value: Addr = m.read(crate::object::values::slot(m, held, ix))?;
        refcount::store(m, new.value_at(to), value)?;
    }
    Ok(())
}

/// `dict.pop(key)`: the value, whose reference then belongs to the caller; `None` if the dict has no such key.
///
/// # Errors
/// A fault if the dict is not sound.
pub fn pop(m: &mut AddressSpace, dict: Addr, key: Addr, hash: i64) -> Result<Option<Addr>, Fault> {
    Ok(take(m, dict, key, hash)?.map(|(value, _)| value))
}

/// `del dict[key]`. False if the dict has no such key.
///
/// # Errors
/// A fault if the dict is not sound.
pub fn delete_item(m: &mut AddressSpace, dict: Addr, key: Addr, hash: i64) -> Result<bool, Fault> {
    match take(m, dict, key, hash)? {
        Some((value, slot)) => refcount::decref(m, value, slot).map(|()| true),
        None => Ok(false),
    }
}

/// `delitem_common`: the entry goes, its index becomes a dummy, its key is given up. The value and where it was.
fn take(m: &mut AddressSpace, dict: Addr, key: Addr, hash: i64) -> Result<Option<(Addr, Addr)>, Fault> {
    let keys = keys(m, dict)?;
    let Some(ix) = keys.find(m, key, hash)? else { return Ok(None) };
    let slot = value_slot(m, dict, keys, ix)?;
    let value: Addr = m.read(slot)?;
    if value.is_null() {
        return Ok(None);
    }
    let used = len(m, dict)?;
    MA_USED.write(m, dict, used - 1)?;
    changed(m, dict)?;
    if keys.kind == KeysKind::Split {
        m.write(slot, Addr::NULL)?;
        values::delete_from_order(m, MA_VALUES.read(m, dict)?, ix)?;
        return Ok(Some((value, slot)));
    }
    let hash_slot = keys.slot_of(m, hash, ix)?;
    tables::set_index(m, keys, hash_slot, DUMMY)?;
    let own_key = keys.key(m, ix)?;
    m.write(keys.key_at(ix), Addr::NULL)?;
    m.write(slot, Addr::NULL)?;
    if !keys.is_unicode() {
        m.write(keys.hash_at(ix), 0_i64)?;
    }
    refcount::decref(m, own_key, keys.key_at(ix))?;
    Ok(Some((value, slot)))
}

/// `dict.popitem()`: the last item, whose references then belong to the caller; `None` if the dict is empty.
///
/// # Errors
/// [`Fault::OutOfMemory`] if shared keys had to be replaced.
pub fn pop_item(m: &mut AddressSpace, dict: Addr) -> Result<Option<(Addr, Addr)>, Fault> {
    let used = len(m, dict)?;
    if used == 0 {
        return Ok(None);
    }
    let mut keys = keys(m, dict)?;
    if is_split(m, dict)? {
        keys = resize(m, dict, keys.log2_size, true)?;
    }
    let mut ix = keys.nentries(m)?;
    let value: Addr = loop {
        let Some(before) = ix.checked_sub(1) else { return Err(Fault::Corrupt(dict, "dict: ma_used")) };
        ix = before;
        let value: Addr = m.read(keys.value_at(ix))?;
        if !value.is_null() {
            break value;
        }
    };
    let (key, hash) = (keys.key(m, ix)?, keys.hash(m, ix)?);
    let slot = keys.slot_of(m, hash, ix)?;
    tables::set_index(m, keys, slot, DUMMY)?;
    m.write(keys.key_at(ix), Addr::NULL)?;
    m.write(keys.value_at(ix), Addr::NULL)?;
    if !keys.is_unicode() {
        m.write(keys.hash_at(ix), -1_i64)?;
    }
    DK_NENTRIES.write(m, keys.at, ix)?;
    MA_USED.write(m, dict, used - 1)?;
    changed(m, dict)?;
    Ok(Some((key, value)))
}

/// `dict.clear()`, also `dict_tp_clear`: the dict is empty before the first object can die.
///
/// # Errors
/// A fault if the dict is not sound.
pub fn clear(m: &mut AddressSpace, dict: Addr) -> Result<(), Fault> {
    let old = keys(m, dict)?;
    if old.is_empty_keys() {
        return Ok(());
    }
    let held = MA_VALUES.read(m, dict)?;
    let n = old.nentries(m)?;
    MA_USED.write(m, dict, 0)?;
    changed(m, dict)?;
    if !held.is_null() && is_embedded(m, held)? {
        return values::clear(m, held, n);
    }
    tables::incref(m, space::EMPTY_KEYS)?;
    MA_KEYS.write(m, dict, space::EMPTY_KEYS)?;
    MA_VALUES.write(m, dict, Addr::NULL)?;
    if !held.is_null() {
        values::clear(m, held, n)?;
        values::free(m, held)?;
    }
    tables::decref(m, old.at)
}

/// The end of `dict_dealloc`: a table of its own is emptied already, and values that belong to the dict are given up.
pub(super) fn finish(m: &mut AddressSpace, dict: Addr) -> Result<(), Fault> {
    finish_table(m, dict)?;
    alloc::recycle_or_free(m, FreeList::Dict, dict)
}

/// Frees what [`finish`] frees beside the object.
pub(super) fn finish_table(m: &mut AddressSpace, dict: Addr) -> Result<(), Fault> {
    let at = MA_KEYS.read(m, dict)?;
    let held = MA_VALUES.read(m, dict)?;
    if held.is_null() {
        tables::decref_emptied(m, at)?;
    } else {
        if !is_embedded(m, held)? {
            values::free(m, held)?;
        }
        if owns_shared(m, Keys::load(m, at)?)? {
            tables::decref_emptied(m, at)?;
        } else {
            tables::decref(m, at)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::dict::{check, items, sizeof};
    use crate::pymalloc;
    use crate::runtime::{freelist, list, start};

    fn fresh(release: Release) -> AddressSpace {
        start::start(release.profile(), 1 << 30).unwrap()
    }

    /// Keys that are not str, with any hash: empty lists.
    fn some_keys(m: &mut AddressSpace, n: usize) -> Vec<(Addr, i64)> {
        (0..n).map(|i| (list::new(m, &[]).unwrap(), i64::try_from(i * i * 37 % 1009).unwrap())).collect()
    }

    #[test]
    fn a_thousand_inserts_and_deletions_keep_the_table_sound() {
        for release in Release::ALL {
            let mut m = fresh(release);
            let dict = new(&mut m).unwrap();
            let keys = some_keys(&mut m, 1000);
            for &(key, hash) in &keys {
                set_item(&mut m, dict, key, hash, key).unwrap();
            }
            assert_eq!(check(&m, dict), Ok(None));
            assert_eq!(sizeof(&m, dict).unwrap(), 48 + 32 + 4096 + 1365 * 24);
            for &(key, hash) in keys.iter().step_by(2) {
                assert!(delete_item(&mut m, dict, key, hash).unwrap());
            }
            assert_eq!(check(&m, dict), Ok(None));
            let left: Vec<Addr> = items(&m, dict).unwrap().iter().map(|item| item.key).collect();
            assert!(left.iter().copied().eq(keys.iter().skip(1).step_by(2).map(|&(key, _)| key)));
            clear(&mut m, dict).unwrap();
            assert_eq!((check(&m, dict), sizeof(&m, dict)), (Ok(None), Ok(48)));
            assert_eq!(crate::object::head::refcount(&m, keys[1].0), Ok(Some(1)));
        }
    }

    #[test]
    fn a_damaged_index_or_count_is_noticed() {
        let mut m = fresh(Release::Cp314);
        let dict = new(&mut m).unwrap();
        for (key, hash) in some_keys(&mut m, 4) {
            set_item(&mut m, dict, key, hash, key).unwrap();
        }
        let keys = keys(&m, dict).unwrap();
        let slot = keys.slot_of(&m, 0, 0).unwrap();
        tables::set_index(&mut m, keys, slot, DUMMY).unwrap();
        assert!(check(&m, dict).unwrap().is_some());
        tables::set_index(&mut m, keys, slot, 0).unwrap();
        assert_eq!(check(&m, dict), Ok(None));
        MA_USED.write(&mut m, dict, 3).unwrap();
        assert!(check(&m, dict).unwrap().is_some());
    }

    #[test]
    fn a_dict_that_dies_gives_everything_back() {
        for release in Release::ALL {
            let mut m = fresh(release);
            let (key, hash) = some_keys(&mut m, 1)[0];
            let before = pymalloc::statistics(&m).unwrap();
            let dict = new(&mut m).unwrap();
            for i in 0..100 {
                set_item(&mut m, dict, key, hash + i, key).unwrap();
                delete_item(&mut m, dict, key, hash + i).unwrap();
            }
            set_item(&mut m, dict, key, hash, key).unwrap();
            refcount::decref(&mut m, dict, Addr::NULL).unwrap();
            freelist::clear_all(&mut m).unwrap();
            assert_eq!(pymalloc::statistics(&m).unwrap().allocated_bytes, before.allocated_bytes, "{release:?}");
        }
    }
}
