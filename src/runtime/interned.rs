//! The table of interned strings: one string object for each text that is a name.
//!
//! An open hash table of pointers with linear probing in static data; if it gets too full, a larger one in a block of its own.
//! Its pointers are not counted, as the interned dict's are not. An empty slot is NULL, `REMOVED` one that was used.
//! Source: Objects/unicodeobject.c:`PyUnicode_InternInPlace`, `intern_common`.

use super::{hash, refcount};
use crate::abi::{RefcountWord, space};
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault, Field};
use crate::object::equal;
use crate::object::hash::of_bytes;
use crate::object::head::OB_REFCNT;
use crate::object::str::{
    INTERNED_IMMORTAL, INTERNED_MASK, INTERNED_MORTAL, INTERNED_STATIC, STATE, STATIC_OR_READY, is_interned, len, stored,
};
use crate::pymalloc;

const TABLE: Field<Addr> = Field::new("table", 0);
const MASK: Field<u64> = Field::new("mask", 8);
/// Slots that are not NULL.
const FILL: Field<u64> = Field::new("fill", 16);
const AT: Addr = space::INTERNED_STATE;
const REMOVED: Addr = Addr(1);

/// How long an interned string lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// As long as a reference to it is counted somewhere: constants, `sys.intern`. (3.12 makes them immortal.)
    Mortal,
    /// For ever: names in programs (3.12 on).
    Immortal,
}

/// Makes the empty table in static data.
pub(super) fn initialize(m: &mut AddressSpace) -> Result<(), Fault> {
    TABLE.write(m, AT, space::INTERNED)?;
    MASK.write(m, AT, space::INTERNED_SLOTS - 1)
}

/// `PyUnicode_InternInPlace`: the one string object of this text, which may be `text` itself. Takes the caller's reference to
/// `text` and gives one to the result.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn intern(m: &mut AddressSpace, text: Addr, how: How) -> Result<Addr, Fault> {
    let found = if is_interned(m, text)? { Some(text) } else { find(m, text)? };
    if let Some(own) = found {
        if how == How::Immortal || m.profile.features.interning_immortalizes {
            immortalize(m, own)?;
        }
        if own != text {
            refcount::incref(m, own, Addr::NULL)?;
            refcount::decref(m, text, Addr::NULL)?;
        }
        return Ok(own);
    }
    insert(m, text)?;
    let state = STATE.read(m, text)? & !INTERNED_MASK;
    if !m.profile.features.str_wstr && state & STATIC_OR_READY != 0 {
        STATE.write(m, text, state | INTERNED_STATIC)?;
        return Ok(text);
    }
    STATE.write(m, text, state | INTERNED_MORTAL)?;
    if how == How::Immortal || m.profile.features.interning_immortalizes {
        immortalize(m, text)?;
    }
    Ok(text)
}

/// Makes a mortal interned string immortal. Any other string stays as it is, and so do all in 3.11.
fn immortalize(m: &mut AddressSpace, text: Addr) -> Result<(), Fault> {
    let state = STATE.read(m, text)?;
    let word = match m.profile.refcount {
        RefcountWord::Plain => return Ok(()),
        RefcountWord::Low32 => 0xffff_ffff,
        RefcountWord::Flags => 0x0001_0000_c000_0000,
    };
    if state & INTERNED_MASK != INTERNED_MORTAL {
        return Ok(());
    }
    STATE.write(m, text, state & !INTERNED_MASK | INTERNED_IMMORTAL)?;
    OB_REFCNT.write(m, text, word)
}

/// Probes from `hash` on, up to the first entry for which `stop` is true or to an empty slot: the slot and its entry (or NULL).
fn probe(m: &AddressSpace, hash: i64, mut stop: impl FnMut(Addr) -> Result<bool, Fault>) -> Result<(Addr, Addr), Fault> {
    let (table, mask) = (TABLE.read(m, AT)?, MASK.read(m, AT)?);
    let mut index = hash.cast_unsigned() & mask;
    loop {
        let slot = table.offset(index * 8);
        let entry: Addr = m.read(slot)?;
        if entry.is_null() || (entry != REMOVED && stop(entry)?) {
            return Ok((slot, entry));
        }
        index = (index + 1) & mask;
    }
}

/// The interned string equal to `text`.
fn find(m: &mut AddressSpace, text: Addr) -> Result<Option<Addr>, Fault> {
    let hash = hash::of_text(m, text)?;
    let (_, entry) = probe(m, hash, |entry| equal(m, entry, text))?;
    Ok((!entry.is_null()).then_some(entry))
}

/// The interned string of an ASCII text.
pub(super) fn find_ascii(m: &AddressSpace, text: &str) -> Result<Option<Addr>, Fault> {
    let (_, entry) = probe(m, of_bytes(text.as_bytes()), |entry| {
        Ok(len(m, entry)? == text.len() as u64 && stored(m, entry, u64::MAX)? == text.as_bytes())
    })?;
    Ok((!entry.is_null()).then_some(entry))
}

/// Puts a string that is not there into the table.
fn insert(m: &mut AddressSpace, text: Addr) -> Result<(), Fault> {
    let (fill, mask) = (FILL.read(m, AT)?, MASK.read(m, AT)?);
    if (fill + 1) * 3 > (mask + 1) * 2 {
        grow(m)?;
    }
    let hash = hash::of_text(m, text)?;
    let (slot, _) = probe(m, hash, |_| Ok(false))?;
    m.write(slot, text)?;
    let fill = FILL.read(m, AT)?;
    FILL.write(m, AT, fill + 1)
}

/// A new table without removed entries, twice as large if a third is in use.
fn grow(m: &mut AddressSpace) -> Result<(), Fault> {
    let (old, slots, entries) = (TABLE.read(m, AT)?, MASK.read(m, AT)? + 1, all(m)?);
    let wanted = if entries.len() as u64 * 3 > slots { slots * 2 } else { slots };
    let new = pymalloc::calloc(m, wanted, 8)?;
    TABLE.write(m, AT, new)?;
    MASK.write(m, AT, wanted - 1)?;
    FILL.write(m, AT, 0)?;
    for entry in entries {
        insert(m, entry)?;
    }
    if old == space::INTERNED { Ok(()) } else { pymalloc::free(m, old) }
}

/// Takes a mortal interned string, which dies, out of the table.
pub(super) fn forget(m: &mut AddressSpace, text: Addr) -> Result<(), Fault> {
    let hash = hash::of_text(m, text)?;
    let (slot, entry) = probe(m, hash, |entry| Ok(entry == text))?;
    if entry.is_null() {
        return Err(Fault::Corrupt(text, "interned string"));
    }
    m.write(slot, REMOVED)
}

/// The block that the table lies in, if it outgrew static data.
///
/// # Errors
/// A fault if the interpreter was not started.
pub fn own_block(m: &AddressSpace) -> Result<Option<Addr>, Fault> {
    let table = TABLE.read(m, AT)?;
    Ok((table != space::INTERNED).then_some(table))
}

/// The interned strings, in the table's order.
///
/// # Errors
/// A fault if the interpreter was not started.
pub fn all(m: &AddressSpace) -> Result<Vec<Addr>, Fault> {
    let (table, mask) = (TABLE.read(m, AT)?, MASK.read(m, AT)?);
    let mut found = Vec::new();
    for index in 0..=mask {
        let entry: Addr = m.read(table.offset(index * 8))?;
        if !entry.is_null() && entry != REMOVED {
            found.push(entry);
        }
    }
    Ok(found)
}
