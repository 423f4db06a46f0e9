//! `PyType_GenericAlloc`: zeroed memory for an object of any type, tracked at once.

use super::{alloc, gc};
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::head::{HAVE_GC, INLINE_VALUES, OB_SIZE, tp, type_flags};

/// A new object of `items` items (0 for types of fixed size), with room for `more` bytes behind it. Not tracked yet.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub(super) fn alloc_no_track(m: &mut AddressSpace, class: Addr, items: u64, more: u64) -> Result<Addr, Fault> {
    let item = tp::ITEMSIZE.read(m, class)?;
    // One item more than asked for: some types end their items with a sentinel.
    let items_bytes = if item == 0 { 0 } else { (items + 1) * item };
    let bytes = (tp::BASICSIZE.read(m, class)? + items_bytes).next_multiple_of(8) + more;
    let obj = alloc::new_object(m, class, bytes)?;
    m.fill(obj.offset(16), bytes - 16, 0)?;
    if item != 0 {
        OB_SIZE.write(m, obj, items.cast_signed())?;
    }
    Ok(obj)
}

/// `PyType_GenericAlloc(class, items)`, for types whose instances have no values behind them.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub(super) fn alloc(m: &mut AddressSpace, class: Addr, items: u64) -> Result<Addr, Fault> {
    debug_assert!(type_flags(m, class)? & INLINE_VALUES == 0, "instances with values are made by `instance`");
    let obj = alloc_no_track(m, class, items, 0)?;
    track(m, class, obj)?;
    Ok(obj)
}

/// Tracks a new object if its type is one for the collector.
///
/// # Errors
/// A fault if there is no object.
pub(super) fn track(m: &mut AddressSpace, class: Addr, obj: Addr) -> Result<(), Fault> {
    if type_flags(m, class)? & HAVE_GC != 0 { gc::track(m, obj) } else { Ok(()) }
}
