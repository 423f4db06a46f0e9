//! Attributes of instances: values over the keys that their class shares, a dict over these values once somebody asks for
//! `__dict__`, and a dict of its own once there are too many or other than str keys.
//!
//! ```text
//!   values valid, no dict     -> materialize ->  values valid, dict over them    -> (new key, no room) -> dict of its own
//!   3.11, 3.12: the dict takes the block over;   3.13 on: `ma_values` points into the instance (`embedded`)
//! ```
//! Source: Objects/dictobject.c, Objects/object.c:`_PyObject_GenericSetAttrWithDict`.

use super::{dict, gc, keys as tables, refcount, values};
use crate::abi::ManagedDict;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::dict::{MA_KEYS, MA_USED, MA_VALUES, find};
use crate::object::head::{INLINE_VALUES, MANAGED_DICT, tp, type_flags, type_of};
use crate::object::instance::{WORD_3, WORD_4, dict_of, dict_slot, values_of};
use crate::object::keys::{DK_USABLE, Keys, SHARED_KEYS_LOG2_SIZE, SHARED_KEYS_MAX_SIZE};
use crate::object::type_object::ht_cached_keys;
use crate::object::values::{CAPACITY, VALID, inline_bytes, slot};

/// `_PyDict_NewKeysForClass`: the table that the instances of a class share, for `ht_cached_keys`. It holds the names of
/// `__static_attributes__`, sorted, from 3.14 on (none before): their hashes are known.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new_shared_keys(m: &mut AddressSpace, static_attributes: &[Addr]) -> Result<Addr, Fault> {
    let keys = tables::new_shared(m, SHARED_KEYS_LOG2_SIZE, SHARED_KEYS_MAX_SIZE)?;
    for &name in static_attributes {
        let hash = crate::object::str::HASH.read(m, name)?;
        split_index(m, keys, name, hash)?;
    }
    Ok(keys.at)
}

/// `_PyInlineValuesSize`: bytes that a new instance of `class` needs behind `tp_basicsize`; 0 if the class does not keep
/// values there.
///
/// # Errors
/// A fault if there is no class.
pub fn inline_values_bytes(m: &AddressSpace, class: Addr) -> Result<u64, Fault> {
    if type_flags(m, class)? & INLINE_VALUES == 0 {
        return Ok(0);
    }
    Ok(inline_bytes(shared_keys(m, class)?.shared_size(m)?))
}

/// Values of a new instance: its own block before 3.13, behind it since. The shared keys lose one usable entry, down to 1.
/// (`_PyObject_InitializeDict`, `_PyObject_InitInlineValues`)
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn init_values(m: &mut AddressSpace, obj: Addr) -> Result<(), Fault> {
    let class = type_of(m, obj)?;
    let needed = match m.profile.managed_dict {
        ManagedDict::ValuesPointer | ManagedDict::Tagged => MANAGED_DICT,
        ManagedDict::Inline => INLINE_VALUES,
    };
    if type_flags(m, class)? & needed == 0 {
        return Ok(());
    }
    let keys = shared_keys(m, class)?;
    let usable = keys.usable(m)?;
    if usable > 1 {
        DK_USABLE.write(m, keys.at, usable - 1)?;
    }
    let n = keys.shared_size(m)?;
    match m.profile.managed_dict {
        ManagedDict::Inline => {
            values::init_embedded(m, inline_values(m, obj)?, n)?;
            m.write(obj.back(WORD_3), Addr::NULL)
        }
        ManagedDict::ValuesPointer => {
            let held = values::new(m, n)?;
            m.write(obj.back(WORD_4), held)
        }
        ManagedDict::Tagged => {
            let held = values::new(m, n)?;
            m.write(obj.back(WORD_3), held.0 - 1)
        }
    }
}

/// The value of attribute `name` (whose hash is `hash`) in the instance itself, and its slot.
///
/// # Errors
/// A fault if the instance is not sound.
pub fn get(m: &AddressSpace, obj: Addr, name: Addr, hash: i64) -> Result<Option<(Addr, Addr)>, Fault> {
    if let Some(held) = values_of(m, obj)? {
        let keys = shared_keys(m, type_of(m, obj)?)?;
        let Some(ix) = keys.find(m, name, hash)? else { return Ok(None) };
        let at = slot(m, held, ix);
        let value: Addr = m.read(at)?;
        return Ok((!value.is_null()).then_some((value, at)));
    }
    let Some(dict) = dict_of(m, obj)? else { return Ok(None) };
    match find(m, dict, name, hash)? {
        Some(at) => Ok(Some((m.read(at)?, at))),
        None => Ok(None),
    }
}

/// `obj.name = value`, past all descriptors. `hash` is the name's. False if the type's instances have no attributes.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn set(m: &mut AddressSpace, obj: Addr, name: Addr, hash: i64, value: Addr) -> Result<bool, Fault> {
    if let Some(held) = values_of(m, obj)? {
        return store(m, obj, held, name, hash, value).map(|()| true);
    }
    let Some(dict) = dict_or_new(m, obj)? else { return Ok(false) };
    dict::set_item(m, dict, name, hash, value)?;
    Ok(true)
}

/// `del obj.name`, past all descriptors. False if there is no such attribute; an instance with values then has a slot for it
/// all the same, as in CPython.
///
/// # Errors
/// A fault if the instance is not sound.
pub fn delete(m: &mut AddressSpace, obj: Addr, name: Addr, hash: i64) -> Result<bool, Fault> {
    if let Some(held) = values_of(m, obj)? {
        let keys = shared_keys(m, type_of(m, obj)?)?;
        let Some(ix) = split_index(m, keys, name, hash)? else { return Ok(false) };
        let at = slot(m, held, ix);
        let old: Addr = m.read(at)?;
        if old.is_null() {
            return Ok(false);
        }
        m.write(at, Addr::NULL)?;
        values::delete_from_order(m, held, ix)?;
        count_in_dict(m, obj, u64::wrapping_sub)?;
        return refcount::decref(m, old, at).map(|()| true);
    }
    let Some(dict) = dict_of(m, obj)? else { return Ok(false) };
    dict::delete_item(m, dict, name, hash)
}

/// `insert_into_splitdictkeys`: the index of `name`, added if there is room.
fn split_index(m: &mut AddressSpace, keys: Keys, name: Addr, hash: i64) -> Result<Option<u64>, Fault> {
    if let Some(ix) = keys.find(m, name, hash)? {
        return Ok(Some(ix));
    }
    if keys.usable(m)? == 0 { Ok(None) } else { tables::add_entry(m, keys, name, hash).map(Some) }
}

/// `_PyObject_StoreInstanceAttribute`, for an instance whose values `held` are valid.
fn store(m: &mut AddressSpace, obj: Addr, held: Addr, name: Addr, hash: i64, value: Addr) -> Result<(), Fault> {
    let keys = shared_keys(m, type_of(m, obj)?)?;
    let Some(ix) = split_index(m, keys, name, hash)? else {
        let Some(dict) = materialize(m, obj)? else { return Err(Fault::Corrupt(obj, "instance")) };
        return dict::set_item(m, dict, name, hash, value);
    };
    if let Some(dict) = dict_of(m, obj)? {
        dict::maintain_tracking(m, dict, name, value)?;
    }
    let at = slot(m, held, ix);
    let old: Addr = m.read(at)?;
    refcount::assign(m, at, value)?;
    if old.is_null() {
        values::add_to_order(m, held, ix)?;
        return count_in_dict(m, obj, u64::wrapping_add);
    }
    refcount::decref(m, old, at)
}

/// The dict over the instance's values, if there is one, has one item more or less.
fn count_in_dict(m: &mut AddressSpace, obj: Addr, change: fn(u64, u64) -> u64) -> Result<(), Fault> {
    let Some(dict) = dict_of(m, obj)? else { return Ok(()) };
    let used = MA_USED.read(m, dict)?;
    MA_USED.write(m, dict, change(used, 1))
}

/// `obj.__dict__`: the instance's dict, made if there is none yet; the reference is the instance's. `None` if the type has
/// none. (`_PyObject_GetDictPtr`, `PyObject_GenericGetDict`)
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn materialize(m: &mut AddressSpace, obj: Addr) -> Result<Option<Addr>, Fault> {
    if let Some(dict) = dict_of(m, obj)? {
        return Ok(Some(dict));
    }
    let Some(held) = values_of(m, obj)? else {
        // In 3.11 a managed dict that is only asked for does not share the class's keys.
        let managed = type_flags(m, type_of(m, obj)?)? & MANAGED_DICT != 0;
        if managed && m.profile.managed_dict == ManagedDict::ValuesPointer {
            let dict = dict::new(m)?;
            m.write(obj.back(WORD_3), dict)?;
            return Ok(Some(dict));
        }
        return dict_or_new(m, obj);
    };
    let dict = over_values(m, obj, held)?;
    if m.profile.managed_dict == ManagedDict::ValuesPointer {
        m.write(obj.back(WORD_4), Addr::NULL)?;
    }
    m.write(obj.back(WORD_3), dict)?;
    Ok(Some(dict))
}

/// `make_dict_from_instance_attributes`
fn over_values(m: &mut AddressSpace, obj: Addr, held: Addr) -> Result<Addr, Fault> {
    let keys = shared_keys(m, type_of(m, obj)?)?;
    let (mut used, mut tracks) = (0, false);
    for ix in 0..keys.nentries(m)? {
        let value: Addr = m.read(slot(m, held, ix))?;
        if !value.is_null() {
            used += 1;
            tracks |= gc::may_be_tracked(m, value)?;
        }
    }
    tables::incref(m, keys.at)?;
    let dict = dict::over(m, keys.at, held, used)?;
    if tracks && m.profile.dict_tracking == crate::abi::Tracking::WhenNeeded {
        gc::track(m, dict)?;
    }
    Ok(dict)
}

/// The dict of an instance without valid values, made if it is missing: over the class's keys if it has some.
fn dict_or_new(m: &mut AddressSpace, obj: Addr) -> Result<Option<Addr>, Fault> {
    let Some(at) = dict_slot(m, obj)? else { return Ok(None) };
    let dict: Addr = m.read(at)?;
    if !dict.is_null() {
        return Ok(Some(dict));
    }
    let class = type_of(m, obj)?;
    let dict = match cached_keys(m, class)? {
        Some(keys) => {
            let keys = Keys::load(m, keys)?;
            let held = values::new(m, keys.shared_size(m)?)?;
            tables::incref(m, keys.at)?;
            dict::over(m, keys.at, held, 0)?
        }
        None => dict::new(m)?,
    };
    refcount::store(m, at, dict)?;
    Ok(Some(dict))
}

/// `obj.__dict__ = dict`, or `del obj.__dict__` with NULL. False if the type has none. (`PyObject_GenericSetDict`,
/// `_PyObject_SetManagedDict`)
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn set_dict(m: &mut AddressSpace, obj: Addr, dict: Addr) -> Result<bool, Fault> {
    let Some(at) = dict_slot(m, obj)? else { return Ok(false) };
    match (values_of(m, obj)?, m.profile.managed_dict) {
        (Some(held), ManagedDict::Inline) => {
            let old: Addr = m.read(at)?;
            m.write(at, dict)?;
            count_new(m, dict, at)?;
            if old.is_null() {
                give_up_inline(m, held)?;
            } else {
                detach(m, old, held)?;
                refcount::decref(m, old, at)?;
            }
        }
        (held, _) => {
            if held.is_some() {
                materialize(m, obj)?;
            }
            let old: Addr = m.read(at)?;
            m.write(at, dict)?;
            count_new(m, dict, at)?;
            if !old.is_null() {
                refcount::decref(m, old, at)?;
            }
        }
    }
    Ok(true)
}

fn count_new(m: &mut AddressSpace, dict: Addr, at: Addr) -> Result<(), Fault> {
    if dict.is_null() { Ok(()) } else { refcount::incref(m, dict, at) }
}

/// `clear_inline_values`: no longer valid, and each given up in turn. Their number stays as it was.
fn give_up_inline(m: &mut AddressSpace, held: Addr) -> Result<(), Fault> {
    VALID.write(m, held, 0)?;
    clear_slots(m, held, u64::from(CAPACITY.read(m, held)?))
}

fn clear_slots(m: &mut AddressSpace, held: Addr, n: u64) -> Result<(), Fault> {
    for ix in 0..n {
        refcount::clear(m, slot(m, held, ix))?;
    }
    Ok(())
}

/// `detach_dict_from_object`: the dict gets a block with copies of the instance's values, which are then invalid.
fn detach(m: &mut AddressSpace, dict: Addr, held: Addr) -> Result<(), Fault> {
    if MA_VALUES.read(m, dict)? != held {
        return Ok(());
    }
    let n = Keys::load(m, MA_KEYS.read(m, dict)?)?.shared_size(m)?;
    let copy = values::copy(m, held, n)?;
    MA_VALUES.write(m, dict, copy)?;
    values::invalidate(m, held)
}

/// `PyObject_ClearManagedDict`, `_PyObject_ClearInstanceAttributes`: what `tp_clear` does to attributes.
///
/// # Errors
/// [`Fault::OutOfMemory`] if a dict that lives on needs a copy of the values.
pub fn clear(m: &mut AddressSpace, obj: Addr) -> Result<(), Fault> {
    let held = values_of(m, obj)?;
    match (held, m.profile.managed_dict) {
        (Some(held), ManagedDict::ValuesPointer) => {
            let n = shared_keys(m, type_of(m, obj)?)?.nentries(m)?;
            clear_slots(m, held, n)?;
        }
        (Some(held), ManagedDict::Tagged) => {
            let n = shared_keys(m, type_of(m, obj)?)?.nentries(m)?;
            clear_slots(m, held, n)?;
            m.write(obj.back(WORD_3), Addr::NULL)?;
            values::free(m, held)?;
        }
        (Some(held), ManagedDict::Inline) => match dict_of(m, obj)? {
            Some(dict) => detach(m, dict, held)?,
            None => give_up_inline(m, held)?,
        },
        (None, _) => {}
    }
    match dict_slot(m, obj)? {
        Some(at) => refcount::clear(m, at),
        None => Ok(()),
    }
}

/// What a dying instance does before its attributes are given up: a dict over inline values gets its own copy of them, so that
/// it can outlive the instance.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn before_references(m: &mut AddressSpace, obj: Addr) -> Result<(), Fault> {
    if m.profile.managed_dict == ManagedDict::Inline
        && let (Some(held), Some(dict)) = (values_of(m, obj)?, dict_of(m, obj)?)
    {
        detach(m, dict, held)?;
    }
    Ok(())
}

/// What a dying instance does after its attributes were given up: a values block of its own is freed. (3.11, 3.12)
///
/// # Errors
/// A fault if there is no instance.
pub fn finish(m: &mut AddressSpace, obj: Addr) -> Result<(), Fault> {
    match (values_of(m, obj)?, m.profile.managed_dict) {
        (Some(held), ManagedDict::ValuesPointer | ManagedDict::Tagged) => values::free(m, held),
        _ => Ok(()),
    }
}

fn cached_keys(m: &AddressSpace, class: Addr) -> Result<Option<Addr>, Fault> {
    if crate::object::head::is_static_type(class) {
        return Ok(None);
    }
    let keys = ht_cached_keys(m).read(m, class)?;
    Ok((!keys.is_null()).then_some(keys))
}

fn shared_keys(m: &AddressSpace, class: Addr) -> Result<Keys, Fault> {
    match cached_keys(m, class)? {
        Some(keys) => Keys::load(m, keys),
        None => Err(Fault::Corrupt(class, "class: its shared keys")),
    }
}

fn inline_values(m: &AddressSpace, obj: Addr) -> Result<Addr, Fault> {
    Ok(obj.offset(tp::BASICSIZE.read(m, type_of(m, obj)?)?))
}
