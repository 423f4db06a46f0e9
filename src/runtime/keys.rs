//! Keys tables: making, counting, growing. Source: Objects/dictobject.c.

use super::freelist::{self, FreeList};
use super::refcount;
use crate::abi::{RefcountWord, space};
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::keys::{
    DK_INDICES_OFFSET, DK_KIND, DK_NENTRIES, DK_REFCNT, DK_USABLE, EMPTY, Keys, KeysKind, LOG_MINSIZE, Probe,
    empty_keys_log2_index_bytes, empty_keys_refcnt, log2_index_bytes, table_bytes, usable_fraction,
};
use crate::pymalloc;

/// Writes `empty_keys_struct`, as it lies in the executable.
///
/// # Errors
/// A fault if static data is not mapped.
pub(super) fn initialize(m: &mut AddressSpace) -> Result<(), Fault> {
    let at = space::EMPTY_KEYS;
    let release = m.profile.release;
    let log2_index_bytes = empty_keys_log2_index_bytes(release);
    DK_REFCNT.write(m, at, empty_keys_refcnt(release))?;
    m.write(at.offset(8), u64::from_le_bytes([0, log2_index_bytes, KeysKind::Unicode as u8, 0, 1, 0, 0, 0]))?;
    m.fill(at.offset(DK_INDICES_OFFSET), 8, 0xff)
}

/// `new_keys_object`: an empty table of 2^`log2_size` slots, with one reference.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub(super) fn new(m: &mut AddressSpace, log2_size: u8, unicode: bool) -> Result<Keys, Fault> {
    let kind = if unicode { KeysKind::Unicode } else { KeysKind::General };
    let bytes = table_bytes(log2_size, kind);
    let recycled = if unicode && log2_size == LOG_MINSIZE { freelist::pop(m, FreeList::DictKeys)? } else { None };
    let at = match recycled {
        Some(at) => at,
        None => pymalloc::malloc(m, bytes)?,
    };
    let index_bytes = log2_index_bytes(log2_size);
    DK_REFCNT.write(m, at, 1)?;
    m.write(at.offset(8), u64::from_le_bytes([log2_size, index_bytes, kind as u8, 0, 0, 0, 0, 0]))?;
    DK_USABLE.write(m, at, usable_fraction(1 << log2_size))?;
    DK_NENTRIES.write(m, at, 0)?;
    let entries = at.offset(DK_INDICES_OFFSET + (1 << index_bytes));
    m.fill(at.offset(DK_INDICES_OFFSET), 1 << index_bytes, 0xff)?;
    m.fill(entries, bytes - (entries.0 - at.0), 0)?;
    Ok(Keys { at, log2_size, kind, entries })
}

/// `_PyDict_NewKeysForClass`: the table that instances of a class share.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub(super) fn new_shared(m: &mut AddressSpace, log2_size: u8, usable: u64) -> Result<Keys, Fault> {
    let keys = new(m, log2_size, true)?;
    DK_USABLE.write(m, keys.at, usable)?;
    DK_KIND.write(m, keys.at, KeysKind::Split as u8)?;
    Ok(Keys { kind: KeysKind::Split, ..keys })
}

/// Whether `dk_refcnt` is left alone: the shared empty keys are immortal from 3.12 on.
fn is_immortal(m: &AddressSpace, at: Addr) -> bool {
    at == space::EMPTY_KEYS && m.profile.refcount != RefcountWord::Plain
}

/// `dictkeys_incref`
///
/// # Errors
/// A fault if there is no table.
pub(super) fn incref(m: &mut AddressSpace, at: Addr) -> Result<(), Fault> {
    if is_immortal(m, at) {
        return Ok(());
    }
    let n = DK_REFCNT.read(m, at)?;
    DK_REFCNT.write(m, at, n + 1)
}

/// `dictkeys_decref`: with the last reference the keys and values of all entries go, in order, then the table.
///
/// # Errors
/// A fault if there is no table.
pub(crate) fn decref(m: &mut AddressSpace, at: Addr) -> Result<(), Fault> {
    if !drop_count(m, at)? {
        return Ok(());
    }
    let keys = Keys::load(m, at)?;
    for ix in 0..keys.nentries(m)? {
        for slot in [keys.key_at(ix), keys.value_at(ix)] {
            let held: Addr = m.read(slot)?;
            if !held.is_null() {
                refcount::decref(m, held, slot)?;
            }
        }
    }
    free(m, keys)
}

/// `dictkeys_decref` of a table whose entries were given up already.
///
/// # Errors
/// A fault if there is no table.
pub(super) fn decref_emptied(m: &mut AddressSpace, at: Addr) -> Result<(), Fault> {
    if drop_count(m, at)? { free(m, Keys::load(m, at)?) } else { Ok(()) }
}

fn drop_count(m: &mut AddressSpace, at: Addr) -> Result<bool, Fault> {
    if is_immortal(m, at) {
        return Ok(false);
    }
    let n = DK_REFCNT.read(m, at)?;
    if n == 0 {
        return Err(Fault::Corrupt(at, "keys table: its count"));
    }
    DK_REFCNT.write(m, at, n - 1)?;
    Ok(n == 1)
}

/// `free_keys_object`
///
/// # Errors
/// A fault if there is no table.
pub(super) fn free(m: &mut AddressSpace, keys: Keys) -> Result<(), Fault> {
    let kept = keys.log2_size == LOG_MINSIZE && keys.is_unicode() && freelist::push(m, FreeList::DictKeys, keys.at)?;
    if kept { Ok(()) } else { pymalloc::free(m, keys.at) }
}

/// `dictkeys_set_index`
///
/// # Errors
/// A fault if there is no table.
#[inline]
pub(super) fn set_index(m: &mut AddressSpace, keys: Keys, slot: u64, ix: i64) -> Result<(), Fault> {
    let at = keys.index_at(slot);
    let bits = ix.cast_unsigned();
    // Narrow words take the low bits.
    #[allow(clippy::cast_possible_truncation, reason = "entries of a table of this size fit its indices")]
    match keys.log2_size {
        0..8 => m.write(at, bits as u8),
        8..16 => m.write(at, bits as u16),
        _ => m.write(at, bits as u32),
    }
}

/// `build_indices`: slots for the first `n` entries of a table that has no index yet.
///
/// # Errors
/// A fault if there is no table.
pub(super) fn build_indices(m: &mut AddressSpace, keys: Keys, n: u64) -> Result<(), Fault> {
    for ix in 0..n {
        let mut probe = Probe::new(keys.hash(m, ix)?, keys.log2_size);
        while keys.index(m, probe.slot)? != EMPTY {
            probe.next(keys.at)?;
        }
        set_index(m, keys, probe.slot, ix.cast_signed())?;
    }
    Ok(())
}

/// Adds an entry behind the last one. The value's slot is left as it is.
///
/// # Errors
/// A fault if there is no table, or no room.
#[inline]
pub(super) fn add_entry(m: &mut AddressSpace, keys: Keys, key: Addr, hash: i64) -> Result<u64, Fault> {
    let (usable, ix) = (keys.usable(m)?, keys.nentries(m)?);
    if usable == 0 {
        return Err(Fault::Corrupt(keys.at, "keys table: no usable entry"));
    }
    let slot = keys.free_slot(m, hash)?;
    set_index(m, keys, slot, ix.cast_signed())?;
    if !keys.is_unicode() {
        m.write(keys.hash_at(ix), hash)?;
    }
    refcount::assign(m, keys.key_at(ix), key)?;
    DK_USABLE.write(m, keys.at, usable - 1)?;
    DK_NENTRIES.write(m, keys.at, ix + 1)?;
    Ok(ix)
}
