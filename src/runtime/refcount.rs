//! `Py_INCREF` and `Py_DECREF`, always with the slot that causes them.
//!
//! A function that makes an object returns it with one reference that belongs to the caller and lies in no slot yet;
//! [`store`] puts such a reference into a slot without counting, [`assign`] counts.

use super::dealloc;
use crate::abi::RefcountWord;
use crate::event::Event;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::head::{OB_REFCNT, count_of};

/// Immortal objects of 3.14 on have at least this count, and increments stop there. Source: 3.15 Include/refcount.h.
const IMMORTAL_INITIAL: u64 = 3 << 30;
const LOW: u64 = 0xffff_ffff;

/// `Py_INCREF(obj)`, for a reference in `slot` (NULL: held by the running operation).
///
/// # Errors
/// A fault if there is no object.
#[inline(never)]
pub fn incref(m: &mut AddressSpace, obj: Addr, slot: Addr) -> Result<(), Fault> {
    let word: u64 = m.read_fast(OB_REFCNT.at(obj))?;
    let new = match m.profile.refcount {
        RefcountWord::Plain => word + 1,
        RefcountWord::Low32 => {
            let low = (word + 1) & LOW;
            if low == 0 {
                return Ok(());
            }
            word & !LOW | low
        }
        RefcountWord::Flags => {
            if word & LOW >= IMMORTAL_INITIAL {
                return Ok(());
            }
            word + 1
        }
    };
    m.write_fast(OB_REFCNT.at(obj), new)?;
    note(m, obj, slot, word, new);
    Ok(())
}

/// The count goes down by one. True if it reached 0 and the object must die. Immortal objects are left alone.
#[inline(always)]
pub(super) fn drop_count(m: &mut AddressSpace, obj: Addr, slot: Addr) -> Result<bool, Fault> {
    let kind = m.profile.refcount;
    let word = match m.ready_words(OB_REFCNT.at(obj)) {
        Some([word]) => {
            let before = u64::from_le_bytes(*word);
            if let Some(counted) = counted(kind, before)
                && counted != 0
            {
                *word = (before - 1).to_le_bytes();
            }
            before
        }
        None => drop_saved(m, obj)?,
    };
    let Some(counted) = counted(kind, word) else { return Ok(false) };
    if counted == 0 {
        return Err(Fault::Corrupt(obj, "reference count"));
    }
    note(m, obj, slot, word, word - 1);
    Ok(counted == 1)
}

/// What is counted; `None` if nothing is: the object is immortal.
#[inline(always)]
const fn counted(kind: RefcountWord, word: u64) -> Option<u64> {
    match kind {
        RefcountWord::Plain => Some(word),
        RefcountWord::Low32 | RefcountWord::Flags => {
            if word & 0x8000_0000 == 0 {
                Some(word & LOW)
            } else {
                None
            }
        }
    }
}

/// [`drop_count`], where a page must be saved or the object is in the raw heap: the word before.
#[inline(never)]
fn drop_saved(m: &mut AddressSpace, obj: Addr) -> Result<u64, Fault> {
    let word = OB_REFCNT.read(m, obj)?;
    if counted(m.profile.refcount, word).is_some_and(|counted| counted != 0) {
        OB_REFCNT.write(m, obj, word - 1)?;
    }
    Ok(word)
}

/// `Py_DECREF(obj)`, for a reference that was in `slot` (NULL: held by the running operation).
///
/// # Errors
/// A fault if there is no object, or its count is 0 already.
#[inline(never)]
pub fn decref(m: &mut AddressSpace, obj: Addr, slot: Addr) -> Result<(), Fault> {
    if drop_count(m, obj, slot)? { dealloc::dealloc(m, obj) } else { Ok(()) }
}

/// Counts `obj` and writes it to `slot`, which held nothing.
///
/// # Errors
/// A fault if slot or object are not there.
#[inline]
pub fn assign(m: &mut AddressSpace, slot: Addr, obj: Addr) -> Result<(), Fault> {
    m.write(slot, obj)?;
    incref(m, obj, slot)
}

/// Moves a reference that the caller owns into `slot`, which held nothing.
///
/// # Errors
/// A fault if the slot is not there.
#[inline]
pub fn store(m: &mut AddressSpace, slot: Addr, obj: Addr) -> Result<(), Fault> {
    m.write(slot, obj)
}

/// `Py_XSETREF(slot, Py_NewRef(obj))`: counts the new one, writes it, then gives up the old one.
///
/// # Errors
/// A fault if slot or objects are not there.
pub fn replace(m: &mut AddressSpace, slot: Addr, obj: Addr) -> Result<(), Fault> {
    let old: Addr = m.read(slot)?;
    assign(m, slot, obj)?;
    if old.is_null() { Ok(()) } else { decref(m, old, slot) }
}

/// `Py_CLEAR(slot)`: writes NULL, then gives up what was there.
///
/// # Errors
/// A fault if slot or object are not there.
pub fn clear(m: &mut AddressSpace, slot: Addr) -> Result<(), Fault> {
    let old: Addr = m.read(slot)?;
    if old.is_null() {
        return Ok(());
    }
    m.write(slot, Addr::NULL)?;
    decref(m, old, slot)
}

#[inline(always)]
fn note(m: &mut AddressSpace, object: Addr, slot: Addr, from: u64, to: u64) {
    if m.log.is_recording() {
        let word = m.profile.refcount;
        m.log.note(|| Event::Count { object, slot, from: count_of(word, from), to: count_of(word, to) });
    }
}
