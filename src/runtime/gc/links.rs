//! The collector's lists: `gc_list_*`. Heads and members are `PyGC_Head`s; lists are circular.
//! Source: 3.13 Python/gc.c, 3.12 Modules/gcmodule.c.

use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::gc_head::{COLLECTING, GC_NEXT, GC_PREV, next, prev, set_prev};

/// `gc_list_init`
pub(super) fn init(m: &mut AddressSpace, list: Addr) -> Result<(), Fault> {
    GC_NEXT.write(m, list, list.0)?;
    GC_PREV.write(m, list, list.0)
}

/// `gc_list_is_empty`
///
/// # Errors
/// A fault if there is no list.
pub fn is_empty(m: &AddressSpace, list: Addr) -> Result<bool, Fault> {
    Ok(next(m, list)? == list)
}

/// `gc_list_append`: `node` is on no list.
#[inline]
pub(super) fn append(m: &mut AddressSpace, node: Addr, list: Addr) -> Result<(), Fault> {
    let last = prev(m, list)?;
    set_prev(m, node, last)?;
    GC_NEXT.write(m, last, node.0)?;
    GC_NEXT.write(m, node, list.0)?;
    GC_PREV.write(m, list, node.0)
}

/// Takes `node` out of its list, without marking it untracked.
#[inline]
pub(super) fn unlink(m: &mut AddressSpace, node: Addr) -> Result<(), Fault> {
    let (before, behind) = (prev(m, node)?, next(m, node)?);
    GC_NEXT.write(m, before, behind.0)?;
    set_prev(m, behind, before)
}

/// `gc_list_move`
pub(super) fn move_to(m: &mut AddressSpace, node: Addr, list: Addr) -> Result<(), Fault> {
    unlink(m, node)?;
    append(m, node, list)
}

/// `gc_list_merge`: all of `from` behind all of `to`; `from` is empty afterwards.
pub(super) fn merge(m: &mut AddressSpace, from: Addr, to: Addr) -> Result<(), Fault> {
    if is_empty(m, from)? {
        return Ok(());
    }
    let (to_tail, from_head, from_tail) = (prev(m, to)?, next(m, from)?, prev(m, from)?);
    GC_NEXT.write(m, to_tail, from_head.0)?;
    set_prev(m, from_head, to_tail)?;
    GC_NEXT.write(m, from_tail, to.0)?;
    GC_PREV.write(m, to, from_tail.0)?;
    init(m, from)
}

/// `gc_list_size`
pub(super) fn size(m: &AddressSpace, list: Addr) -> Result<u64, Fault> {
    let (mut n, mut at) = (0, next(m, list)?);
    while at != list {
        n += 1;
        at = next(m, at)?;
    }
    Ok(n)
}

/// `gc_clear_collecting`
pub(super) fn clear_collecting(m: &mut AddressSpace, node: Addr) -> Result<(), Fault> {
    let bits = GC_PREV.read(m, node)?;
    GC_PREV.write(m, node, bits & !COLLECTING)
}
