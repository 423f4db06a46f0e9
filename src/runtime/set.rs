//! `set` and `frozenset`. Source: Objects/setobject.c.
//!
//! Functions that look a key up take its hash, because computing it can fail: the caller has done that already.

mod algebra;

use super::{alloc, gc, refcount};
use crate::abi::{Tracking, TypeId};
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::equal;
use crate::object::set::{
    ENTRY_BYTES, Entry, FILL, FINGER, HASH, MASK, MINSIZE, Probe, SET_BYTES, SMALLTABLE, TABLE, USED, WEAKREFLIST, entries,
    entry_at, find, is_small, next,
};
use crate::object::singleton::SET_DUMMY;
use crate::pymalloc;
pub use algebra::{copy, difference_update, intersection, symmetric_difference_update, union, update, update_from_dict};

/// A table that grows gets room for four times its items, above this number of items for twice.
const LARGE: u64 = 50_000;

/// `make_new_set(type, NULL)`: empty, tracked.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new(m: &mut AddressSpace, tp: TypeId) -> Result<Addr, Fault> {
    let set = alloc::new_object(m, tp.addr(), SET_BYTES)?;
    gc::track(m, set)?;
    make_empty(m, set)?;
    FINGER.write(m, set, 0)?;
    WEAKREFLIST.write(m, set, Addr::NULL)?;
    Ok(set)
}

/// `frozenset(keys)`, from keys with their hashes. A frozenset that is filled in another way needs [`frozen`] afterwards.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new_frozen(m: &mut AddressSpace, keys: &[(Addr, i64)]) -> Result<Addr, Fault> {
    let set = new(m, TypeId::FrozenSet)?;
    for &(key, hash) in keys {
        add(m, set, key, hash)?;
    }
    frozen(m, set)?;
    Ok(set)
}

/// Ends the making of a frozenset that has all its items: from 3.15 on it is untracked if none of them could be part of a cycle.
/// (`_PyFrozenSet_MaybeUntrack`)
///
/// # Errors
/// A fault if there is no set.
pub fn frozen(m: &mut AddressSpace, set: Addr) -> Result<(), Fault> {
    if m.profile.frozenset_tracking == Tracking::AtBirth {
        return Ok(());
    }
    for Entry { key, .. } in entries(m, set)? {
        if gc::may_be_tracked(m, key)? {
            return Ok(());
        }
    }
    gc::untrack_if_tracked(m, set)
}

/// `set_empty_to_minsize`
pub(super) fn make_empty(m: &mut AddressSpace, set: Addr) -> Result<(), Fault> {
    m.fill(SMALLTABLE.at(set), MINSIZE * ENTRY_BYTES, 0)?;
    FILL.write(m, set, 0)?;
    USED.write(m, set, 0)?;
    MASK.write(m, set, MINSIZE - 1)?;
    TABLE.write(m, set, SMALLTABLE.at(set))?;
    HASH.write(m, set, -1)
}

/// `set.add(key)` (`set_add_entry`). False if it was in the set already. The last dummy on the way to the first empty slot is
/// used again.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn add(m: &mut AddressSpace, set: Addr, key: Addr, hash: i64) -> Result<bool, Fault> {
    let (table, mask) = (TABLE.read(m, set)?, MASK.read(m, set)?);
    let mut probe = Probe::new(hash, mask);
    let mut dummy = None;
    let empty = loop {
        let at = entry_at(table, probe.slot);
        let its_hash: i64 = m.read(at.offset(8))?;
        if its_hash == 0 && m.read::<Addr>(at)?.is_null() {
            break at;
        }
        if its_hash == hash {
            let here: Addr = m.read(at)?;
            if here == key || equal(m, here, key)? {
                return Ok(false);
            }
        } else if its_hash == -1 {
            dummy = Some(at);
        }
        probe.next(table)?;
    };
    let at = dummy.unwrap_or(empty);
    refcount::assign(m, at, key)?;
    m.write(at.offset(8), hash)?;
    let used = USED.read(m, set)? + 1;
    USED.write(m, set, used)?;
    if dummy.is_some() {
        return Ok(true);
    }
    let fill = FILL.read(m, set)? + 1;
    FILL.write(m, set, fill)?;
    if fill * 5 >= mask * 3 {
        resize(m, set, grown(used))?;
    }
    Ok(true)
}

const fn grown(used: u64) -> u64 {
    if used > LARGE { used * 2 } else { used * 4 }
}

/// `set_insert_clean`: puts a key that is not there into a table without dummies. The reference is the caller's to count.
fn insert_clean(m: &mut AddressSpace, table: Addr, mask: u64, key: Addr, hash: i64) -> Result<Addr, Fault> {
    let mut probe = Probe::new(hash, mask);
    loop {
        let at = entry_at(table, probe.slot);
        if m.read::<Addr>(at)?.is_null() {
            m.write(at, key)?;
            m.write(at.offset(8), hash)?;
            return Ok(at);
        }
        probe.next(table)?;
    }
}

/// `set_table_resize`: the smallest table with more than `min_used` slots, without dummies.
///
/// # Errors
/// [`Fault::OutOfMemory`]; the set is unchanged then.
fn resize(m: &mut AddressSpace, set: Addr, min_used: u64) -> Result<(), Fault> {
    let slots = (min_used + 1).next_power_of_two().max(MINSIZE);
    let (old, small) = (TABLE.read(m, set)?, SMALLTABLE.at(set));
    let (fill, used) = (FILL.read(m, set)?, USED.read(m, set)?);
    if slots == MINSIZE && old == small && fill == used {
        return Ok(());
    }
    let table = if slots == MINSIZE { small } else { pymalloc::malloc(m, slots * ENTRY_BYTES)? };
    let items = entries(m, set)?;
    m.fill(table, slots * ENTRY_BYTES, 0)?;
    MASK.write(m, set, slots - 1)?;
    TABLE.write(m, set, table)?;
    FILL.write(m, set, used)?;
    for Entry { key, hash, .. } in items {
        insert_clean(m, table, slots - 1, key, hash)?;
    }
    if old == small { Ok(()) } else { pymalloc::free(m, old) }
}

/// `set.discard(key)` (`set_discard_entry`). False if it was not in the set.
///
/// # Errors
/// A fault if the set is not sound.
pub fn discard(m: &mut AddressSpace, set: Addr, key: Addr, hash: i64) -> Result<bool, Fault> {
    let Some(slot) = find(m, set, key, hash)? else { return Ok(false) };
    let at = entry_at(TABLE.read(m, set)?, slot);
    let own = make_dummy(m, set, at)?;
    refcount::decref(m, own, at)?;
    Ok(true)
}

/// Makes the entry at `at` a dummy. The caller takes over its reference.
fn make_dummy(m: &mut AddressSpace, set: Addr, at: Addr) -> Result<Addr, Fault> {
    let key: Addr = m.read(at)?;
    m.write(at, SET_DUMMY)?;
    m.write(at.offset(8), -1_i64)?;
    let used = USED.read(m, set)?;
    USED.write(m, set, used - 1)?;
    Ok(key)
}

/// `set.pop()`: the item in the first slot from the finger on, whose reference then belongs to the caller; `None` if the set is
/// empty.
///
/// # Errors
/// A fault if the set is not sound.
pub fn pop(m: &mut AddressSpace, set: Addr) -> Result<Option<Addr>, Fault> {
    if USED.read(m, set)? == 0 {
        return Ok(None);
    }
    let mask = MASK.read(m, set)?;
    let mut position = FINGER.read(m, set)? & mask;
    let mut found = next(m, set, &mut position)?;
    if found.is_none() {
        position = 0;
        found = next(m, set, &mut position)?;
    }
    let Some(Entry { at, .. }) = found else { return Err(Fault::Corrupt(set, "set: used")) };
    let key = make_dummy(m, set, at)?;
    FINGER.write(m, set, position)?;
    Ok(Some(key))
}

/// `set.clear()`, also `tp_clear`: the set is empty before the first item can die. (`set_clear_internal`)
///
/// # Errors
/// A fault if the set is not sound.
pub fn clear(m: &mut AddressSpace, set: Addr) -> Result<(), Fault> {
    if is_small(m, set)? && FILL.read(m, set)? == 0 {
        return Ok(());
    }
    let (items, table) = (entries(m, set)?, TABLE.read(m, set)?);
    let small = is_small(m, set)?;
    make_empty(m, set)?;
    for Entry { at, key, .. } in items {
        refcount::decref(m, key, at)?;
    }
    if small { Ok(()) } else { pymalloc::free(m, table) }
}

/// The end of `set_dealloc`: items are given up already.
pub(super) fn finish(m: &mut AddressSpace, set: Addr) -> Result<(), Fault> {
    finish_table(m, set)?;
    alloc::free_object(m, set)
}

/// Frees what [`finish`] frees beside the object.
pub(super) fn finish_table(m: &mut AddressSpace, set: Addr) -> Result<(), Fault> {
    if is_small(m, set)? {
        return Ok(());
    }
    let table = TABLE.read(m, set)?;
    pymalloc::free(m, table)
}
