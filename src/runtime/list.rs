//! `list`: growth, shrinking, items. Source: Objects/listobject.c.

mod bulk;

use super::{alloc, freelist, freelist::FreeList, gc, refcount};
use crate::abi::{ListShrink, TypeId};
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::head::OB_SIZE;
use crate::object::list::{ALLOCATED, LIST_BYTES, OB_ITEM, len, slot};
use crate::pymalloc;
pub use bulk::{appended, concat, delete_stepped, extend, extend_from_iterator, items, pop, reorder, repeat, set_slice, slice};

/// `PyList_New(items)` with all items set: the array is exactly as long as needed, the list is tracked.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new(m: &mut AddressSpace, items: &[Addr]) -> Result<Addr, Fault> {
    let list = alloc::recycled_or_new(m, FreeList::List, TypeId::List, LIST_BYTES)?;
    let n = items.len() as u64;
    let array = if n == 0 { Addr::NULL } else { pymalloc::malloc(m, n * 8)? };
    OB_ITEM.write(m, list, array)?;
    OB_SIZE.write(m, list, n.cast_signed())?;
    ALLOCATED.write(m, list, n)?;
    for (at, &item) in (0..).zip(items) {
        refcount::assign(m, array.offset(at * 8), item)?;
    }
    gc::track(m, list)?;
    Ok(list)
}

/// `list_resize`: room for `n` items. Grows to (n + n/8 + 6) & ~3, shrinks by the release's rule; to nothing, a zero-size block
/// stays.
fn resize(m: &mut AddressSpace, list: Addr, n: u64) -> Result<(), Fault> {
    let allocated = ALLOCATED.read(m, list)?;
    let keeps = n <= allocated
        && match m.profile.list_shrink {
            ListShrink::Half | ListShrink::HalfNotOnDelete => n >= allocated >> 1,
            ListShrink::HalfAbove32 => n >= allocated >> 1 || allocated <= 32,
        };
    if keeps {
        return OB_SIZE.write(m, list, n.cast_signed());
    }
    let old_len = len(m, list)?;
    let mut room = (n + (n >> 3) + 6) & !3;
    if n.saturating_sub(old_len) > room - n {
        room = (n + 3) & !3;
    }
    if n == 0 {
        room = 0;
    }
    let array = OB_ITEM.read(m, list)?;
    let array = if array.is_null() { pymalloc::malloc(m, room * 8)? } else { pymalloc::realloc(m, array, room * 8)? };
    OB_ITEM.write(m, list, array)?;
    OB_SIZE.write(m, list, n.cast_signed())?;
    ALLOCATED.write(m, list, room)
}

/// `list.append(item)`
///
/// # Errors
/// [`Fault::OutOfMemory`]; the list is unchanged then.
pub fn append(m: &mut AddressSpace, list: Addr, item: Addr) -> Result<(), Fault> {
    let n = len(m, list)?;
    if n < ALLOCATED.read(m, list)? {
        OB_SIZE.write(m, list, (n + 1).cast_signed())?;
    } else {
        resize(m, list, n + 1)?;
    }
    let at = slot(m, list, n)?;
    refcount::assign(m, at, item)
}

/// `list.insert(index, item)`; an index behind the end appends.
///
/// # Errors
/// [`Fault::OutOfMemory`]; the list is unchanged then.
pub fn insert(m: &mut AddressSpace, list: Addr, index: u64, item: Addr) -> Result<(), Fault> {
    let n = len(m, list)?;
    let index = index.min(n);
    resize(m, list, n + 1)?;
    let at = slot(m, list, index)?;
    m.copy(at, at.offset(8), (n - index) * 8)?;
    refcount::assign(m, at, item)
}

/// `list[index] = item`, for an index below `len`.
///
/// # Errors
/// A fault if there is no list.
pub fn set_item(m: &mut AddressSpace, list: Addr, index: u64, item: Addr) -> Result<(), Fault> {
    let at = slot(m, list, index)?;
    refcount::replace(m, at, item)
}

/// `del list[index]`, for an index below `len`. Before the item dies it is out of the list.
///
/// # Errors
/// A fault if there is no list.
pub fn delete_item(m: &mut AddressSpace, list: Addr, index: u64) -> Result<(), Fault> {
    let n = len(m, list)?;
    let at = slot(m, list, index)?;
    let item: Addr = m.read(at)?;
    let keeps_array = match m.profile.list_shrink {
        ListShrink::Half if n == 1 => return clear(m, list),
        ListShrink::Half => false,
        ListShrink::HalfNotOnDelete => true,
        ListShrink::HalfAbove32 => ALLOCATED.read(m, list)? <= 32,
    };
    m.copy(at.offset(8), at, (n - 1 - index) * 8)?;
    if keeps_array {
        OB_SIZE.write(m, list, (n - 1).cast_signed())?;
    } else {
        resize(m, list, n - 1)?;
    }
    refcount::decref(m, item, at)
}

/// `list.clear()`: the list is empty first, then its items are given up, the last one first, then the array is freed.
/// Source: `list_clear`.
///
/// # Errors
/// A fault if there is no list.
pub fn clear(m: &mut AddressSpace, list: Addr) -> Result<(), Fault> {
    let Some((array, n)) = take_items(m, list)? else { return Ok(()) };
    for index in (0..n).rev() {
        let at = array.offset(index * 8);
        let item = m.read_fast(at)?;
        refcount::decref(m, item, at)?;
    }
    pymalloc::free(m, array)
}

/// The item array and how many items there are; the list is empty afterwards. `None` if it has no array.
#[inline(always)]
fn take_items(m: &mut AddressSpace, list: Addr) -> Result<Option<(Addr, u64)>, Fault> {
    // `ob_size`, `ob_item`, `allocated`
    if let Some(fields) = m.ready_words(OB_SIZE.at(list)) {
        let [len, items, _] = fields.map(u64::from_le_bytes);
        if items != 0 {
            *fields = [[0; 8]; 3];
        }
        return Ok((items != 0).then_some((Addr(items), len)));
    }
    let (array, n) = (OB_ITEM.read(m, list)?, len(m, list)?);
    if array.is_null() {
        return Ok(None);
    }
    OB_SIZE.write(m, list, 0)?;
    OB_ITEM.write(m, list, Addr::NULL)?;
    ALLOCATED.write(m, list, 0)?;
    Ok(Some((array, n)))
}

/// Whether `list_dealloc` sets the pointer to the array to NULL after it freed it.
#[inline(always)]
pub(super) fn forgets_array(m: &AddressSpace) -> bool {
    m.profile.features.list_forgets_array
}

/// The end of `list_dealloc`: items are given up already.
pub(super) fn finish(m: &mut AddressSpace, list: Addr) -> Result<(), Fault> {
    let array: Addr = m.read_fast(OB_ITEM.at(list))?;
    if !array.is_null() {
        pymalloc::free(m, array)?;
        if forgets_array(m) {
            m.write_fast(OB_ITEM.at(list), Addr::NULL)?;
        }
    }
    free_memory(m, list)
}

/// The very end: the array is freed already.
pub(super) fn free_memory(m: &mut AddressSpace, list: Addr) -> Result<(), Fault> {
    if freelist::has_room(m, FreeList::List) && freelist::push(m, FreeList::List, list)? {
        return Ok(());
    }
    alloc::free_gc_object(m, list)
}
