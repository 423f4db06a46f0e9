//! Several items at once: `pop`, slices, `extend`, `+`, `*=`. Source: Objects/listobject.c.

use super::{append, clear, new, resize};
use crate::ids::Addr;
use crate::ids::gather::Gather as _;
use crate::mem::{AddressSpace, Fault};
use crate::object::head::OB_SIZE;
use crate::object::list::{ALLOCATED, OB_ITEM, len, slot};
use crate::pymalloc;
use crate::runtime::refcount;

/// `list.pop(index)`, for an index below `len`: the item, whose reference then belongs to the caller. The last item leaves a
/// zero-size array in 3.11, none later.
///
/// # Errors
/// A fault if there is no list.
pub fn pop(m: &mut AddressSpace, list: Addr, index: u64) -> Result<Addr, Fault> {
    let n = len(m, list)?;
    let at = slot(m, list, index)?;
    let item: Addr = m.read(at)?;
    if n == 1 && m.profile.features.list_pop_clears {
        refcount::incref(m, item, Addr::NULL)?;
        clear(m, list)?;
        return Ok(item);
    }
    m.copy(at.offset(8), at, (n - 1 - index) * 8)?;
    resize(m, list, n - 1)?;
    Ok(item)
}

/// The items, in order.
///
/// # Errors
/// A fault if there is no list.
pub fn items(m: &AddressSpace, list: Addr) -> Result<Vec<Addr>, Fault> {
    let (array, n) = (OB_ITEM.read(m, list)?, len(m, list)?);
    (0..n).map(|i| m.read(array.offset(i * 8))).try_gather()
}

/// A list that began empty and to which `items` were appended one by one: its array grows step by step first, and the items are
/// stored afterwards, so that the event of each count names the slot where the item stays.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn appended(m: &mut AddressSpace, items: &[Addr]) -> Result<Addr, Fault> {
    let list = new(m, &[])?;
    for n in 0..items.len() as u64 {
        OB_SIZE.write(m, list, n.cast_signed())?;
        if n == ALLOCATED.read(m, list)? {
            resize(m, list, n + 1)?;
        }
    }
    OB_SIZE.write(m, list, (items.len() as u64).cast_signed())?;
    for (index, &item) in (0..).zip(items) {
        let at = slot(m, list, index)?;
        refcount::assign(m, at, item)?;
    }
    Ok(list)
}

/// `list[low:high] = items` (`list_ass_slice`), for 0 <= low <= high <= len; with no items `del list[low:high]`, and what
/// `remove` does. The items that leave are given up last, from the end.
///
/// # Errors
/// [`Fault::OutOfMemory`]; the list is unchanged then.
pub fn set_slice(m: &mut AddressSpace, list: Addr, low: u64, high: u64, items: &[Addr]) -> Result<(), Fault> {
    let (n, added, removed) = (len(m, list)?, items.len() as u64, high - low);
    let after = n - removed + added;
    if after == 0 {
        return clear(m, list);
    }
    let array = OB_ITEM.read(m, list)?;
    let mut recycled = Vec::new();
    for at in (low..high).map(|i| array.offset(i * 8)) {
        recycled.push((m.read::<Addr>(at)?, at));
    }
    if added < removed {
        m.copy(array.offset(high * 8), array.offset((low + added) * 8), (n - high) * 8)?;
        resize(m, list, after)?;
    } else if added > removed {
        resize(m, list, after)?;
        let array = OB_ITEM.read(m, list)?;
        m.copy(array.offset(high * 8), array.offset((low + added) * 8), (n - high) * 8)?;
    }
    for (index, &item) in (low..).zip(items) {
        let at = slot(m, list, index)?;
        refcount::assign(m, at, item)?;
    }
    for (item, at) in recycled.into_iter().rev() {
        refcount::decref(m, item, at)?;
    }
    Ok(())
}

/// `del list[start::step]` up to `count` items, with a step of at least 2. (`list_ass_subscript`)
///
/// # Errors
/// A fault if there is no list.
pub fn delete_stepped(m: &mut AddressSpace, list: Addr, start: u64, step: u64, count: u64) -> Result<(), Fault> {
    if count == 0 {
        return Ok(());
    }
    let mut kept = Vec::new();
    let mut garbage = Vec::new();
    for (item, i) in items(m, list)?.into_iter().zip(0..) {
        let goes = i >= start && (i - start).is_multiple_of(step) && (i - start) / step < count;
        if goes { garbage.push((item, slot(m, list, i)?)) } else { kept.push(item) }
    }
    for (&item, i) in kept.iter().zip(0..) {
        let at = slot(m, list, i)?;
        m.write(at, item)?;
    }
    OB_SIZE.write(m, list, (kept.len() as u64).cast_signed())?;
    resize(m, list, kept.len() as u64)?;
    for (item, at) in garbage {
        refcount::decref(m, item, at)?;
    }
    Ok(())
}

/// `list_preallocate_exact`: an array for a list that has none, of an even number of items.
fn preallocate(m: &mut AddressSpace, list: Addr, n: u64) -> Result<(), Fault> {
    let room = n.next_multiple_of(2);
    let array = pymalloc::malloc(m, room * 8)?;
    OB_ITEM.write(m, list, array)?;
    ALLOCATED.write(m, list, room)
}

/// `list.extend(items)`, for a list or tuple with these items; also `list(items)` on an empty list.
///
/// # Errors
/// [`Fault::OutOfMemory`]; the list is unchanged then.
pub fn extend(m: &mut AddressSpace, list: Addr, items: &[Addr]) -> Result<(), Fault> {
    let (n, added) = (len(m, list)?, items.len() as u64);
    if added == 0 {
        return Ok(());
    }
    if OB_ITEM.read(m, list)?.is_null() {
        preallocate(m, list, added)?;
        OB_SIZE.write(m, list, added.cast_signed())?;
    } else {
        resize(m, list, n + added)?;
    }
    for (index, &item) in (n..).zip(items) {
        let at = slot(m, list, index)?;
        refcount::assign(m, at, item)?;
    }
    Ok(())
}

/// `list.extend(iterator)`, of an iterator that gives these items and whose length hint is `hint` (8 if it has none): room for
/// the hint first, trimmed at the end.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn extend_from_iterator(m: &mut AddressSpace, list: Addr, hint: u64, items: &[Addr]) -> Result<(), Fault> {
    let n = len(m, list)?;
    if !OB_ITEM.read(m, list)?.is_null() {
        resize(m, list, n + hint)?;
        OB_SIZE.write(m, list, n.cast_signed())?;
    } else if hint > 0 {
        preallocate(m, list, hint)?;
    }
    for &item in items {
        append(m, list, item)?;
    }
    let n = len(m, list)?;
    if n < ALLOCATED.read(m, list)? { resize(m, list, n) } else { Ok(()) }
}

/// `list *= times` (`list_inplace_repeat`).
///
/// # Errors
/// [`Fault::OutOfMemory`]; the list is unchanged then.
pub fn repeat(m: &mut AddressSpace, list: Addr, times: u64) -> Result<(), Fault> {
    let n = len(m, list)?;
    if n == 0 || times == 1 {
        return Ok(());
    }
    if times == 0 {
        return clear(m, list);
    }
    resize(m, list, n.checked_mul(times).ok_or_else(|| Fault::OutOfMemory(u64::MAX))?)?;
    for index in n..n * times {
        let item: Addr = m.read(slot(m, list, index - n)?)?;
        let at = slot(m, list, index)?;
        refcount::assign(m, at, item)?;
    }
    Ok(())
}

/// `list[low:high]`, `list.copy()`: a new list whose array is exactly as long.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn slice(m: &mut AddressSpace, list: Addr, low: u64, high: u64) -> Result<Addr, Fault> {
    let all = items(m, list)?;
    let part: Vec<Addr> = all.into_iter().zip(0..).filter(|&(_, i)| i >= low && i < high).map(|(item, _)| item).gather();
    new(m, &part)
}

/// `list + other`: a new list whose array is exactly as long.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn concat(m: &mut AddressSpace, list: Addr, other: Addr) -> Result<Addr, Fault> {
    let mut all = items(m, list)?;
    all.append(&mut items(m, other)?);
    new(m, &all)
}

/// Puts the items in another order: `order` holds each of them as often as the list does. `reverse()` and `sort()` end so.
///
/// # Errors
/// A fault if there is no list.
pub fn reorder(m: &mut AddressSpace, list: Addr, order: &[Addr]) -> Result<(), Fault> {
    for (index, &item) in (0..).zip(order) {
        let at = slot(m, list, index)?;
        m.write(at, item)?;
    }
    Ok(())
}
