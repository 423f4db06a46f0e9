//! Whole sets at once. Source: Objects/setobject.c.

use super::{add, clear, discard, frozen, grown, insert_clean, new, resize};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::head::type_of;
use crate::object::set::{Entry, FILL, MASK, TABLE, USED, entries, entry_at, find, len, next};
use crate::object::{dict, keys};
use crate::runtime::refcount;

fn type_id(m: &AddressSpace, set: Addr) -> Result<TypeId, Fault> {
    Ok(if type_of(m, set)? == TypeId::FrozenSet.addr() { TypeId::FrozenSet } else { TypeId::Set })
}

/// `set.copy()`, `set(other)`, `frozenset(other)` for a set: a new set of type `tp`.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn copy(m: &mut AddressSpace, other: Addr, tp: TypeId) -> Result<Addr, Fault> {
    let set = new(m, tp)?;
    update(m, set, other)?;
    if tp == TypeId::FrozenSet {
        frozen(m, set)?;
    }
    Ok(set)
}

/// `set.update(other)` for another set (`set_merge`). Into an empty set of the same size the table is copied as it is.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn update(m: &mut AddressSpace, set: Addr, other: Addr) -> Result<(), Fault> {
    let others = len(m, other)?;
    if other == set || others == 0 {
        return Ok(());
    }
    if (FILL.read(m, set)? + others) * 5 >= MASK.read(m, set)? * 3 {
        let used = len(m, set)?;
        resize(m, set, (used + others) * 2)?;
    }
    let (table, mask) = (TABLE.read(m, set)?, MASK.read(m, set)?);
    if FILL.read(m, set)? > 0 {
        // A copy of the entries will do: adding gives up no reference, so nothing can change `other` meanwhile.
        for Entry { key, hash, .. } in entries(m, other)? {
            add(m, set, key, hash)?;
        }
        return Ok(());
    }
    let alike = mask == MASK.read(m, other)? && FILL.read(m, other)? == others;
    let theirs = TABLE.read(m, other)?;
    for Entry { at, key, hash } in entries(m, other)? {
        let at = if alike {
            let at = entry_at(table, (at.0 - theirs.0) / entry_at(Addr::NULL, 1).0);
            m.write(at, key)?;
            m.write(at.offset(8), hash)?;
            at
        } else {
            insert_clean(m, table, mask, key, hash)?
        };
        refcount::incref(m, key, at)?;
    }
    FILL.write(m, set, others)?;
    USED.write(m, set, others)
}

/// `set.update(dict)`: its keys.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn update_from_dict(m: &mut AddressSpace, set: Addr, other: Addr) -> Result<(), Fault> {
    let others = dict::len(m, other)?;
    if (FILL.read(m, set)? + others) * 5 >= MASK.read(m, set)? * 3 {
        let used = len(m, set)?;
        resize(m, set, (used + others) * 2)?;
    }
    let table: keys::Keys = dict::keys(m, other)?;
    let mut position = 0;
    while let Some(dict::Item { ix, key, .. }) = dict::next(m, other, &mut position)? {
        let hash = table.hash(m, ix)?;
        add(m, set, key, hash)?;
    }
    Ok(())
}

/// `set | other`, of the type of `set`.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn union(m: &mut AddressSpace, set: Addr, other: Addr) -> Result<Addr, Fault> {
    let result = new(m, type_id(m, set)?)?;
    update(m, result, set)?;
    update(m, result, other)?;
    Ok(result)
}

/// `set & other`, of the type of `set`: the smaller one is gone through.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn intersection(m: &mut AddressSpace, set: Addr, other: Addr) -> Result<Addr, Fault> {
    let tp = type_id(m, set)?;
    let result = new(m, tp)?;
    if set == other {
        update(m, result, set)?;
        return Ok(result);
    }
    let (large, small) = if len(m, other)? > len(m, set)? { (other, set) } else { (set, other) };
    for Entry { key, hash, .. } in entries(m, small)? {
        if find(m, large, key, hash)?.is_some() {
            add(m, result, key, hash)?;
        }
    }
    Ok(result)
}

/// `set.difference_update(other)` for another set; then, if a quarter of the table is dummies, a table without them.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn difference_update(m: &mut AddressSpace, set: Addr, other: Addr) -> Result<(), Fault> {
    if set == other {
        return clear(m, set);
    }
    // If `other` is much larger than the set, only what both have is gone through.
    let shared = if len(m, other)? >> 3 > len(m, set)? { Some(intersection(m, set, other)?) } else { None };
    let mut position = 0;
    while let Some(Entry { key, hash, .. }) = next(m, shared.unwrap_or(other), &mut position)? {
        refcount::incref(m, key, Addr::NULL)?;
        discard(m, set, key, hash)?;
        refcount::decref(m, key, Addr::NULL)?;
    }
    if let Some(shared) = shared {
        refcount::decref(m, shared, Addr::NULL)?;
    }
    let used = len(m, set)?;
    if FILL.read(m, set)? - used <= MASK.read(m, set)? / 4 {
        return Ok(());
    }
    resize(m, set, grown(used))
}

/// `set.symmetric_difference_update(other)` for another set.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn symmetric_difference_update(m: &mut AddressSpace, set: Addr, other: Addr) -> Result<(), Fault> {
    if set == other {
        return clear(m, set);
    }
    let mut position = 0;
    while let Some(Entry { key, hash, .. }) = next(m, other, &mut position)? {
        refcount::incref(m, key, Addr::NULL)?;
        if !discard(m, set, key, hash)? {
            add(m, set, key, hash)?;
        }
        refcount::decref(m, key, Addr::NULL)?;
    }
    Ok(())
}
