//! Birth and end of an object's memory: `PyObject_Malloc`, `_PyObject_GC_New`, `PyObject_GC_Del`.

use super::freelist::{self, FreeList};
use super::gc;
use crate::abi::TypeId;
use crate::event::Event;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::gc_head::head_of;
use crate::object::head::{HAVE_GC, OB_REFCNT, OB_TYPE, is_static_type, preheader_bytes, type_flags, type_of};
use crate::pymalloc;

/// A new object of `bytes` bytes (pre-header not counted) with one reference that belongs to the caller. Its fields behind
/// `ob_type` are whatever lay there; GC objects are not tracked yet. A heap type is counted.
///
/// 3.11 may collect in here, before the object exists for the collector.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new_object(m: &mut AddressSpace, tp: Addr, bytes: u64) -> Result<Addr, Fault> {
    let flags = type_flags(m, tp)?;
    let pre = preheader_bytes(flags);
    let block = pymalloc::malloc_fast(m, pre + bytes)?;
    let obj = block.offset(pre);
    if flags & HAVE_GC != 0 {
        m.fill(block, pre, 0)?;
        gc::count_allocation(m)?;
    }
    OB_TYPE.write(m, obj, tp)?;
    if !is_static_type(tp) {
        super::refcount::incref(m, tp, OB_TYPE.at(obj))?;
    }
    begin_life(m, obj, pre, pre + bytes)?;
    Ok(obj)
}

/// A new object of a static type that has a free list: the one that waits there, or else as [`new_object`].
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub(super) fn recycled_or_new(m: &mut AddressSpace, list: FreeList, tp: TypeId, bytes: u64) -> Result<Addr, Fault> {
    let Some(obj) = freelist::pop(m, list)? else { return new_object(m, tp.addr(), bytes) };
    // Before 3.14 the list of floats is linked through this word.
    OB_TYPE.write(m, obj, tp.addr())?;
    new_reference(m, obj, bytes)?;
    Ok(obj)
}

/// Puts a dead object into its free list, or frees its memory if the list is full.
///
/// # Errors
/// A fault if there is no object.
pub(super) fn recycle_or_free(m: &mut AddressSpace, list: FreeList, obj: Addr) -> Result<(), Fault> {
    if freelist::push(m, list, obj)? { Ok(()) } else { free_object(m, obj) }
}

/// `_Py_NewReference`, for an object whose memory comes from a free list: the count is 1, a new life starts. `ob_type` must be
/// right; `bytes` is the size of the object, pre-header not counted.
///
/// # Errors
/// A fault if there is no object.
pub(super) fn new_reference(m: &mut AddressSpace, obj: Addr, bytes: u64) -> Result<(), Fault> {
    let pre = preheader_bytes(type_flags(m, type_of(m, obj)?)?);
    begin_life(m, obj, pre, pre + bytes)
}

fn begin_life(m: &mut AddressSpace, obj: Addr, pre_bytes: u64, block_bytes: u64) -> Result<(), Fault> {
    OB_REFCNT.write(m, obj, 1)?;
    let serial = m.record_birth(obj.back(pre_bytes), pre_bytes, block_bytes);
    m.log.note(|| Event::Born(obj, serial));
    Ok(())
}

/// Frees the memory of an object whose references are gone: `tp_free`, that is `PyObject_GC_Del` or `PyObject_Free`.
///
/// # Errors
/// A fault if there is no object.
pub fn free_object(m: &mut AddressSpace, obj: Addr) -> Result<(), Fault> {
    let flags = type_flags(m, type_of(m, obj)?)?;
    if flags & HAVE_GC != 0 {
        gc::count_deallocation(m)?;
    }
    free_block(m, obj.back(preheader_bytes(flags)))
}

/// `PyObject_GC_Del`, for an object without managed pre-header.
///
/// # Errors
/// A fault if there is no object.
#[inline(always)]
pub(super) fn free_gc_object(m: &mut AddressSpace, obj: Addr) -> Result<(), Fault> {
    gc::count_deallocation(m)?;
    free_block(m, head_of(obj))
}

#[inline(always)]
fn free_block(m: &mut AddressSpace, block: Addr) -> Result<(), Fault> {
    m.record_death(block);
    pymalloc::free_fast(m, block)
}
