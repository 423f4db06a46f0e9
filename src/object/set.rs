//! `PySetObject`, for set and frozenset: an open table of keys with their hashes, in the object while it has 8 slots.
//!
//! ```text
//!   16 fill (with dummies) | 24 used | 32 mask | 40 table | 48 hash (frozenset, -1 until asked for) | 56 finger | 64 smalltable
//!   entry:  0 key, NULL or the dummy | 8 hash, 0 or -1
//! ```
//! Source: Include/cpython/setobject.h, Objects/setobject.c.

use super::singleton::SET_DUMMY;
use super::slots::Span;
use super::{Fault, equal, head, str};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Field};

/// `fill`: slots that are not empty, dummies too.
pub const FILL: Field<u64> = Field::new("fill", 16);
/// `used`: `len(set)`.
pub const USED: Field<u64> = Field::new("used", 24);
/// `mask`: slots less one.
pub const MASK: Field<u64> = Field::new("mask", 32);
/// `table`: [`SMALLTABLE`] of the same set, or a block of its own.
pub const TABLE: Field<Addr> = Field::new("table", 40);
/// `hash`: of a frozenset.
pub const HASH: Field<i64> = Field::new("hash", 48);
/// `finger`: where `pop` begins to look.
pub const FINGER: Field<u64> = Field::new("finger", 56);
/// `smalltable`: the first slot.
pub const SMALLTABLE: Field<u64> = Field::new("smalltable", 64);
/// `weakreflist`
pub const WEAKREFLIST: Field<Addr> = Field::new("weakreflist", 192);
/// `sizeof(PySetObject)`
pub const SET_BYTES: u64 = 200;
/// Slots of `smalltable`. (`PySet_MINSIZE`)
pub const MINSIZE: u64 = 8;
/// Bytes of an entry.
pub const ENTRY_BYTES: u64 = 16;
/// Slots behind the first that are looked at before the hash decides again. (`LINEAR_PROBES`)
const LINEAR_PROBES: u64 = 9;
const PERTURB_SHIFT: u32 = 5;

/// `set_traverse`, `set_dealloc`: in table order, dummies left out.
pub(super) fn span(m: &AddressSpace, set: Addr, stage: u32) -> Result<Option<Span>, Fault> {
    let (table, slots) = (TABLE.read(m, set)?, MASK.read(m, set)?.wrapping_add(1));
    if FILL.read(m, set)? == USED.read(m, set)? {
        return Ok((stage == 0).then_some(Span { at: table, step: ENTRY_BYTES, count: slots }));
    }
    let slot = u64::from(stage);
    if slot >= slots {
        return Ok(None);
    }
    let at = entry_at(table, slot);
    Ok(Some(if m.read::<Addr>(at)? == SET_DUMMY { Span::EMPTY } else { Span::one(at) }))
}

/// Where entry `slot` of a table lies; its key comes first.
#[must_use]
#[inline]
pub const fn entry_at(table: Addr, slot: u64) -> Addr {
    table.offset(slot * ENTRY_BYTES)
}

/// `len(set)`
///
/// # Errors
/// A fault if there is no set.
pub fn len(m: &AddressSpace, set: Addr) -> Result<u64, Fault> {
    USED.read(m, set)
}

/// Whether the table lies in the object.
///
/// # Errors
/// A fault if there is no set.
pub fn is_small(m: &AddressSpace, set: Addr) -> Result<bool, Fault> {
    Ok(TABLE.read(m, set)? == SMALLTABLE.at(set))
}

/// The block of a table of its own: start and bytes.
///
/// # Errors
/// A fault if there is no set.
pub fn own_table(m: &AddressSpace, set: Addr) -> Result<Option<(Addr, u64)>, Fault> {
    Ok(if is_small(m, set)? { None } else { Some((TABLE.read(m, set)?, (MASK.read(m, set)? + 1) * ENTRY_BYTES)) })
}

/// `set.__sizeof__()` in bytes.
///
/// # Errors
/// A fault if there is no set.
pub fn sizeof(m: &AddressSpace, set: Addr) -> Result<u64, Fault> {
    Ok(SET_BYTES + own_table(m, set)?.map_or(0, |(_, bytes)| bytes))
}

/// The slots that a hash leads to, in order: runs of ten neighbours, then a jump.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Probe {
    /// The current slot.
    pub(crate) slot: u64,
    run: u64,
    start: u64,
    perturb: u64,
    mask: u64,
    left: u64,
}

impl Probe {
    #[inline]
    pub(crate) const fn new(hash: i64, mask: u64) -> Probe {
        let perturb = hash.cast_unsigned();
        let start = perturb & mask;
        // Once perturb is 0 (after 13 jumps) the jumps visit every slot, so a sound table ends the walk before.
        Probe { slot: start, run: Self::run_at(start, mask), start, perturb, mask, left: mask + 16 }
    }

    /// A run that would pass the end of the table is not begun.
    const fn run_at(start: u64, mask: u64) -> u64 {
        if start + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 }
    }

    /// The next slot; a fault if all were visited.
    #[inline]
    pub(crate) fn next(&mut self, table: Addr) -> Result<(), Fault> {
        if self.run > 0 {
            self.run -= 1;
            self.slot += 1;
            return Ok(());
        }
        if self.left == 0 {
            return Err(Fault::Corrupt(table, "set table: no slot is empty"));
        }
        self.left -= 1;
        self.perturb >>= PERTURB_SHIFT;
        self.start = self.start.wrapping_mul(5).wrapping_add(1).wrapping_add(self.perturb) & self.mask;
        self.slot = self.start;
        self.run = Self::run_at(self.start, self.mask);
        Ok(())
    }
}

/// `set_lookkey`: the slot of the entry that equals `key`.
///
/// # Errors
/// A fault if the table is not sound.
#[inline]
pub fn find(m: &AddressSpace, set: Addr, key: Addr, hash: i64) -> Result<Option<u64>, Fault> {
    let table = TABLE.read(m, set)?;
    let mut probe = Probe::new(hash, MASK.read(m, set)?);
    loop {
        let at = entry_at(table, probe.slot);
        let (here, its_hash): (Addr, i64) = (m.read(at)?, m.read(at.offset(8))?);
        if its_hash == 0 && here.is_null() {
            return Ok(None);
        }
        if its_hash == hash && (here == key || equal(m, here, key)?) {
            return Ok(Some(probe.slot));
        }
        probe.next(table)?;
    }
}

/// An item of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where the reference lies.
    pub at: Addr,
    /// The item.
    pub key: Addr,
    /// Its hash.
    pub hash: i64,
}

/// `set_next`: the item in slot `*position` or the next one behind; `*position` then is behind it. Begin with 0.
///
/// # Errors
/// A fault if the table is not there.
pub fn next(m: &AddressSpace, set: Addr, position: &mut u64) -> Result<Option<Entry>, Fault> {
    let (table, mask) = (TABLE.read(m, set)?, MASK.read(m, set)?);
    while *position <= mask {
        let at = entry_at(table, *position);
        *position += 1;
        let key: Addr = m.read(at)?;
        if !key.is_null() && key != SET_DUMMY {
            return Ok(Some(Entry { at, key, hash: m.read(at.offset(8))? }));
        }
    }
    Ok(None)
}

/// All items in table order.
///
/// # Errors
/// A fault if the table is not there.
pub fn entries(m: &AddressSpace, set: Addr) -> Result<Vec<Entry>, Fault> {
    let (mut all, mut position) = (Vec::new(), 0);
    while let Some(entry) = next(m, set, &mut position)? {
        all.push(entry);
    }
    Ok(all)
}

/// The integrity walk of one set: what is wrong, as a clause without a full stop.
///
/// # Errors
/// A fault if a pointer of the set leads astray.
pub fn check(m: &AddressSpace, set: Addr) -> Result<Option<&'static str>, Fault> {
    let (mask, table) = (MASK.read(m, set)?, TABLE.read(m, set)?);
    if mask.wrapping_add(1).count_ones() != 1 || mask < MINSIZE - 1 || is_small(m, set)? != (mask == MINSIZE - 1) {
        return Ok(Some("a set's mask does not fit its table"));
    }
    let (mut fill, mut used) = (0, 0);
    for slot in 0..=mask {
        let at = entry_at(table, slot);
        let (key, hash): (Addr, i64) = (m.read(at)?, m.read(at.offset(8))?);
        if key.is_null() {
            if hash != 0 {
                return Ok(Some("an empty slot of a set has a hash"));
            }
            continue;
        }
        fill += 1;
        if key == SET_DUMMY {
            if hash != -1 {
                return Ok(Some("a dummy of a set has a hash"));
            }
            continue;
        }
        used += 1;
        if hash == -1 || !hash_fits(m, key, hash)? {
            return Ok(Some("the hash of a set's item is wrong"));
        }
        if find(m, set, key, hash)? != Some(slot) {
            return Ok(Some("the probe sequence of a set's item does not end at it"));
        }
    }
    if (fill, used) != (FILL.read(m, set)?, USED.read(m, set)?) {
        return Ok(Some("fill or used are not the numbers of a set's entries"));
    }
    Ok((fill > mask).then_some("a set's table has no empty slot"))
}

/// Whether `hash` is that of `key`, as far as the key itself knows it: a str does.
pub(super) fn hash_fits(m: &AddressSpace, key: Addr, hash: i64) -> Result<bool, Fault> {
    Ok(head::type_of(m, key)? != TypeId::Str.addr() || str::HASH.read(m, key)? == hash)
}
