//! `PyDictKeysObject`: the table of keys behind a dict, or behind all instances of a class.
//!
//! ```text
//!    0 dk_refcnt | 8 dk_log2_size, 9 dk_log2_index_bytes, 10 dk_kind | 12 dk_version u32 | 16 dk_usable | 24 dk_nentries
//!   32 dk_indices: 2^dk_log2_size integers of 1, 2 or 4 bytes in 2^dk_log2_index_bytes bytes: entry, -1 empty, -2 dummy
//!   .. entries, two thirds of the slots: (me_hash, me_key, me_value) or, if all keys are str, (me_key, me_value)
//! ```
//! Source: Include/internal/pycore_dict.h.

use super::{Fault, equal, str};
use crate::abi::Release;
use crate::abi::space::EMPTY_KEYS;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Field};

/// `dk_refcnt`: dicts and classes that use the table.
pub const DK_REFCNT: Field<u64> = Field::new("dk_refcnt", 0);
/// `dk_log2_size`: of the number of slots.
pub const DK_LOG2_SIZE: Field<u8> = Field::new("dk_log2_size", 8);
/// `dk_log2_index_bytes`: of the bytes of the indices.
pub const DK_LOG2_INDEX_BYTES: Field<u8> = Field::new("dk_log2_index_bytes", 9);
/// `dk_kind`: see [`KeysKind`].
pub const DK_KIND: Field<u8> = Field::new("dk_kind", 10);
/// `dk_version`: for the specializing interpreter, 0 after any change.
pub const DK_VERSION: Field<u32> = Field::new("dk_version", 12);
/// `dk_usable`: entries that may still be added.
pub const DK_USABLE: Field<u64> = Field::new("dk_usable", 16);
/// `dk_nentries`: entries that were added, deleted ones too.
pub const DK_NENTRIES: Field<u64> = Field::new("dk_nentries", 24);
/// Offset of `dk_indices`: bytes of the header.
pub const DK_INDICES_OFFSET: u64 = 32;
/// Log2 of the fewest slots. (`PyDict_LOG_MINSIZE`)
pub const LOG_MINSIZE: u8 = 3;
/// Entries of a class's shared keys at most. (`SHARED_KEYS_MAX_SIZE`)
pub const SHARED_KEYS_MAX_SIZE: u64 = 30;
/// Log2 of the slots of a class's shared keys. (`NEXT_LOG2_SHARED_KEYS_MAX_SIZE`)
pub const SHARED_KEYS_LOG2_SIZE: u8 = 6;
/// Index of a slot that never held an entry. (`DKIX_EMPTY`)
pub const EMPTY: i64 = -1;
/// Index of a slot whose entry was deleted. (`DKIX_DUMMY`)
pub const DUMMY: i64 = -2;
const PERTURB_SHIFT: u32 = 5;

/// `DictKeysKind`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum KeysKind {
    /// Any keys, with their hashes.
    General = 0,
    /// Only `str` keys; their hashes are in the strings.
    Unicode = 1,
    /// As `Unicode`, shared; the values are in the instances.
    Split = 2,
}

impl KeysKind {
    /// Bytes of an entry.
    #[must_use]
    pub const fn entry_bytes(self) -> u64 {
        match self {
            KeysKind::General => 24,
            KeysKind::Unicode | KeysKind::Split => 16,
        }
    }
}

/// Where a keys table lies and what never changes while it lives.
#[derive(Clone, Copy, Debug)]
pub struct Keys {
    /// The table.
    pub at: Addr,
    /// `dk_log2_size`
    pub log2_size: u8,
    /// `dk_kind`
    pub kind: KeysKind,
    /// `dk_entries`
    pub entries: Addr,
}

/// `USABLE_FRACTION`: how many entries a table with this many slots has room for.
#[must_use]
pub const fn usable_fraction(slots: u64) -> u64 {
    (slots << 1) / 3
}

/// `calculate_log2_keysize`: log2 of the fewest slots, a power of two and 8 at least, that are `min_slots` or more. Up to 3.12
/// the result stands for twice as many for 1 to 7 and for a power of two above 8, because CPython wrote `minsize | 8` for a
/// maximum.
#[must_use]
pub fn log2_keysize(release: Release, min_slots: u64) -> u8 {
    let least = match release {
        Release::Cp311 | Release::Cp312 => min_slots | 8,
        Release::Cp313 | Release::Cp314 | Release::Cp315 => min_slots.max(8),
    };
    u8::try_from(u64::BITS - ((least - 1) | 7).leading_zeros()).unwrap_or(u8::MAX)
}

/// `estimate_log2_keysize`: log2 of the slots that have room for `n` entries.
#[must_use]
pub fn log2_keysize_for(release: Release, n: u64) -> u8 {
    log2_keysize(release, n.saturating_mul(3).saturating_add(1) / 2)
}

/// `dk_log2_index_bytes` of a table with 2^`log2_size` slots.
#[must_use]
pub const fn log2_index_bytes(log2_size: u8) -> u8 {
    match log2_size {
        0..8 => log2_size,
        8..16 => log2_size + 1,
        _ => log2_size + 2,
    }
}

/// Bytes of a table. (`_PyDict_KeysSize`)
#[must_use]
pub const fn table_bytes(log2_size: u8, kind: KeysKind) -> u64 {
    DK_INDICES_OFFSET + (1 << log2_index_bytes(log2_size)) + usable_fraction(1 << log2_size) * kind.entry_bytes()
}

/// The first word of the keys that all empty dicts share: immortal, except in 3.11, where it counts.
#[must_use]
pub const fn empty_keys_refcnt(release: Release) -> u64 {
    match release {
        Release::Cp311 => 1,
        Release::Cp312 | Release::Cp313 => 0xffff_ffff,
        Release::Cp314 | Release::Cp315 => 1 << 63,
    }
}

/// `dk_log2_index_bytes` of those keys, whose indices take 8 bytes in all releases.
#[must_use]
pub const fn empty_keys_log2_index_bytes(release: Release) -> u8 {
    match release {
        Release::Cp311 | Release::Cp312 => 0,
        Release::Cp313 | Release::Cp314 | Release::Cp315 => 3,
    }
}

impl Keys {
    /// The table at `at`.
    ///
    /// # Errors
    /// A fault if there is no table.
    #[inline]
    pub fn load(m: &AddressSpace, at: Addr) -> Result<Keys, Fault> {
        let word: u64 = m.read(at.offset(8))?;
        let [log2_size, index_bytes, kind, ..] = word.to_le_bytes();
        let kind = match kind {
            0 => KeysKind::General,
            1 => KeysKind::Unicode,
            2 => KeysKind::Split,
            _ => return Err(Fault::Corrupt(at, "keys table")),
        };
        if log2_size > 31 || index_bytes > 33 {
            return Err(Fault::Corrupt(at, "keys table"));
        }
        Ok(Keys { at, log2_size, kind, entries: at.offset(DK_INDICES_OFFSET + (1 << index_bytes)) })
    }

    /// Whether these are the keys that all empty dicts share.
    #[must_use]
    #[inline]
    pub fn is_empty_keys(self) -> bool {
        self.at == EMPTY_KEYS
    }

    /// `DK_IS_UNICODE`
    #[must_use]
    #[inline]
    pub fn is_unicode(self) -> bool {
        self.kind != KeysKind::General
    }

    /// `DK_SIZE`: slots.
    #[must_use]
    #[inline]
    pub const fn slots(self) -> u64 {
        1 << self.log2_size
    }

    /// `dk_nentries`
    ///
    /// # Errors
    /// A fault if there is no table.
    #[inline]
    pub fn nentries(self, m: &AddressSpace) -> Result<u64, Fault> {
        DK_NENTRIES.read(m, self.at)
    }

    /// `dk_usable`
    ///
    /// # Errors
    /// A fault if there is no table.
    #[inline]
    pub fn usable(self, m: &AddressSpace) -> Result<u64, Fault> {
        DK_USABLE.read(m, self.at)
    }

    /// `shared_keys_usable_size`: values that a new instance has room for.
    ///
    /// # Errors
    /// A fault if there is no table.
    pub fn shared_size(self, m: &AddressSpace) -> Result<u64, Fault> {
        Ok(self.usable(m)? + self.nentries(m)?)
    }

    /// Where slot `i`'s index lies.
    #[must_use]
    pub const fn index_at(self, i: u64) -> Addr {
        let shift = match self.log2_size {
            0..8 => 0,
            8..16 => 1,
            _ => 2,
        };
        self.at.offset(DK_INDICES_OFFSET + (i << shift))
    }

    /// `dictkeys_get_index`
    ///
    /// # Errors
    /// A fault if there is no table.
    #[inline]
    pub fn index(self, m: &AddressSpace, i: u64) -> Result<i64, Fault> {
        let at = self.index_at(i);
        Ok(match self.log2_size {
            0..8 => i64::from(m.read::<i8>(at)?),
            8..16 => i64::from(m.read::<i16>(at)?),
            _ => i64::from(m.read::<i32>(at)?),
        })
    }

    /// `&DK_ENTRIES(keys)[ix].me_key`
    #[must_use]
    #[inline]
    pub const fn key_at(self, ix: u64) -> Addr {
        match self.kind {
            KeysKind::General => self.entries.offset(ix * 24 + 8),
            KeysKind::Unicode | KeysKind::Split => self.entries.offset(ix * 16),
        }
    }

    /// `&DK_ENTRIES(keys)[ix].me_value`
    #[must_use]
    #[inline]
    pub const fn value_at(self, ix: u64) -> Addr {
        self.key_at(ix).offset(8)
    }

    /// `&DK_ENTRIES(keys)[ix].me_hash`, for general tables.
    #[must_use]
    #[inline]
    pub const fn hash_at(self, ix: u64) -> Addr {
        self.entries.offset(ix * 24)
    }

    /// The key of entry `ix`, NULL if it was deleted.
    ///
    /// # Errors
    /// A fault if there is no table.
    #[inline]
    pub fn key(self, m: &AddressSpace, ix: u64) -> Result<Addr, Fault> {
        m.read(self.key_at(ix))
    }

    /// The hash of entry `ix`, which must have a key.
    ///
    /// # Errors
    /// A fault if there is no table.
    #[inline]
    pub fn hash(self, m: &AddressSpace, ix: u64) -> Result<i64, Fault> {
        if self.is_unicode() { str::HASH.read(m, self.key(m, ix)?) } else { m.read(self.hash_at(ix)) }
    }

    /// `_Py_dict_lookup` in a table: the entry whose key equals `key`, of the hash `hash`.
    /// Source: Objects/dictobject.c:`do_lookup`.
    ///
    /// # Errors
    /// A fault if the table is not sound.
    #[inline]
    pub fn find(self, m: &AddressSpace, key: Addr, hash: i64) -> Result<Option<u64>, Fault> {
        let mut probe = Probe::new(hash, self.log2_size);
        loop {
            let ix = self.index(m, probe.slot)?;
            if ix == EMPTY {
                return Ok(None);
            }
            if let Ok(ix) = u64::try_from(ix) {
                let found = self.key(m, ix)?;
                if found == key || (self.hash(m, ix)? == hash && equal(m, found, key)?) {
                    return Ok(Some(ix));
                }
            }
            probe.next(self.at)?;
        }
    }

    /// `find_empty_slot`: the slot for a key that is not in the table. A dummy is used again.
    ///
    /// # Errors
    /// A fault if the table is not sound.
    #[inline]
    pub fn free_slot(self, m: &AddressSpace, hash: i64) -> Result<u64, Fault> {
        let mut probe = Probe::new(hash, self.log2_size);
        while self.index(m, probe.slot)? >= 0 {
            probe.next(self.at)?;
        }
        Ok(probe.slot)
    }

    /// `lookdict_index`: the slot that leads to entry `ix`, of the hash `hash`.
    ///
    /// # Errors
    /// A fault if no slot does.
    pub fn slot_of(self, m: &AddressSpace, hash: i64, ix: u64) -> Result<u64, Fault> {
        let mut probe = Probe::new(hash, self.log2_size);
        loop {
            match self.index(m, probe.slot)? {
                found if u64::try_from(found) == Ok(ix) => return Ok(probe.slot),
                EMPTY => return Err(Fault::Corrupt(self.at, "keys table: an entry has no slot")),
                _ => probe.next(self.at)?,
            }
        }
    }
}

/// The slots that a hash leads to, in order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Probe {
    /// The current slot.
    pub(crate) slot: u64,
    perturb: u64,
    mask: u64,
    left: u64,
}

impl Probe {
    #[inline]
    pub(crate) const fn new(hash: i64, log2_size: u8) -> Probe {
        let mask = (1 << log2_size) - 1;
        let perturb = hash.cast_unsigned();
        // Once perturb is 0 (after 13 steps) the recurrence visits every slot, so a sound table ends the walk before.
        Probe { slot: perturb & mask, perturb, mask, left: mask + 16 }
    }

    /// The next slot; a fault if all were visited.
    #[inline]
    pub(crate) fn next(&mut self, table: Addr) -> Result<(), Fault> {
        if self.left == 0 {
            return Err(Fault::Corrupt(table, "keys table: no slot is empty"));
        }
        self.left -= 1;
        self.perturb >>= PERTURB_SHIFT;
        self.slot = self.slot.wrapping_mul(5).wrapping_add(self.perturb).wrapping_add(1) & self.mask;
        Ok(())
    }
}
