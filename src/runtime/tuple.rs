//! `tuple`: made whole, never changed. Source: Objects/tupleobject.c.

use super::{alloc, freelist::FreeList, gc, refcount};
use crate::abi::{Tracking, TypeId};
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::gc_head::is_tracked;
use crate::object::head::{HAVE_GC, OB_SIZE, type_flags, type_of};
use crate::object::singleton::EMPTY_TUPLE;
use crate::object::tuple::{OB_HASH, has_hash, len, slot};

/// Longest tuple that has a free list. Source: `PyTuple_MAXSAVESIZE`.
const MAX_SAVED_LEN: u64 = 20;

/// `PyTuple_FromArray(items)` for at least one item (the empty tuple is a singleton).
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new(m: &mut AddressSpace, items: &[Addr]) -> Result<Addr, Fault> {
    let n = items.len() as u64;
    let bytes = m.profile.sizes.tuple_items + n * 8;
    let tuple = match list_for(n) {
        Some(list) => alloc::recycled_or_new(m, list, TypeId::Tuple, bytes)?,
        None => alloc::new_object(m, TypeId::Tuple.addr(), bytes)?,
    };
    OB_SIZE.write(m, tuple, n.cast_signed())?;
    if has_hash(m) {
        OB_HASH.write(m, tuple, -1)?;
    }
    for (at, &item) in (0..).zip(items) {
        let slot = slot(m, tuple, at);
        refcount::assign(m, slot, item)?;
    }
    let tracked = match m.profile.tuple_tracking {
        Tracking::AtBirth => true,
        Tracking::WhenNeeded => any_of_gc_type(m, items)?,
    };
    if tracked {
        gc::track(m, tuple)?;
    }
    Ok(tuple)
}

/// [`new`], or `()` for no items, with a reference for the caller.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn packed(m: &mut AddressSpace, items: &[Addr]) -> Result<Addr, Fault> {
    if !items.is_empty() {
        return new(m, items);
    }
    refcount::incref(m, EMPTY_TUPLE, Addr::NULL)?;
    Ok(EMPTY_TUPLE)
}

/// [`packed`] as `PyTuple_Pack` does it, or a constant is made: tracked at birth in every release.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn tracked(m: &mut AddressSpace, items: &[Addr]) -> Result<Addr, Fault> {
    let tuple = packed(m, items)?;
    if !items.is_empty() && !is_tracked(m, tuple)? {
        gc::track(m, tuple)?;
    }
    Ok(tuple)
}

/// `maybe_tracked` of any item: only the types are asked, so an untracked tuple or a static type counts too, which a collection
/// then sees to be of no concern. (`_PyTuple_MaybeUntrack`)
fn any_of_gc_type(m: &AddressSpace, items: &[Addr]) -> Result<bool, Fault> {
    for &item in items {
        if type_flags(m, type_of(m, item)?)? & HAVE_GC != 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The free list of tuples of this length.
fn list_for(n: u64) -> Option<FreeList> {
    u8::try_from(n).ok().filter(|&n| n > 0 && u64::from(n) <= MAX_SAVED_LEN).map(FreeList::Tuple)
}

/// The end of `tuple_dealloc`: items are given up already.
pub(super) fn finish(m: &mut AddressSpace, tuple: Addr) -> Result<(), Fault> {
    match list_for(len(m, tuple)?) {
        Some(list) => alloc::recycle_or_free(m, list, tuple),
        None => alloc::free_object(m, tuple),
    }
}
