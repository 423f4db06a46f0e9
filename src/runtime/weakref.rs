//! Weak references: making, and clearing when the referent dies or is found to be garbage. Callbacks are held but not called yet.
//! Source: Objects/weakrefobject.c.

use super::{alloc, gc, refcount, standin};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::head::type_of;
use crate::object::singleton::NONE;
use crate::object::weakref::{
    HASH, VECTORCALL, WEAKREF_BYTES, WR_CALLBACK, WR_NEXT, WR_OBJECT, WR_PREV, list_slot, references_to,
};

/// `weakref.ref(referent, callback)`, and `PyWeakref_NewRef`; `callback` NULL for none: then there is at most one reference,
/// which is given out again. `None` if the referent's type cannot be referred to weakly.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new(m: &mut AddressSpace, referent: Addr, callback: Addr) -> Result<Option<Addr>, Fault> {
    let Some(list) = list_slot(m, referent)? else { return Ok(None) };
    if callback.is_null()
        && let Some(basic) = basic(m, list)?
    {
        refcount::incref(m, basic, Addr::NULL)?;
        return Ok(Some(basic));
    }
    let reference = alloc::new_object(m, TypeId::WeakRef.addr(), WEAKREF_BYTES)?;
    WR_OBJECT.write(m, reference, referent)?;
    WR_CALLBACK.write(m, reference, Addr::NULL)?;
    HASH.write(m, reference, -1)?;
    VECTORCALL.write(m, reference, standin::VECTORCALL_WEAKREF)?;
    if !callback.is_null() {
        refcount::assign(m, WR_CALLBACK.at(reference), callback)?;
    }
    // `insert_head` for the basic reference, or if there is none; else `insert_after` it.
    let before = if callback.is_null() { None } else { basic(m, list)? };
    let slot = before.map_or(list, |before| WR_NEXT.at(before));
    let behind: Addr = m.read(slot)?;
    WR_PREV.write(m, reference, before.unwrap_or(Addr::NULL))?;
    WR_NEXT.write(m, reference, behind)?;
    m.write(slot, reference)?;
    if !behind.is_null() {
        WR_PREV.write(m, behind, reference)?;
    }
    gc::track(m, reference)?;
    Ok(Some(reference))
}

/// `get_basic_refs`: the first of the list if it is an exact `weakref.ref` without callback.
fn basic(m: &AddressSpace, list: Addr) -> Result<Option<Addr>, Fault> {
    let first: Addr = m.read(list)?;
    let is_basic = !first.is_null() && type_of(m, first)? == TypeId::WeakRef.addr() && WR_CALLBACK.read(m, first)?.is_null();
    Ok(is_basic.then_some(first))
}

/// Whether the referent lives.
///
/// # Errors
/// A fault if there is no weak reference.
pub fn is_alive(m: &AddressSpace, reference: Addr) -> Result<bool, Fault> {
    Ok(WR_OBJECT.read(m, reference)? != NONE)
}

/// `_PyWeakref_ClearRef`: the reference leaves its referent's list and refers to nothing; it keeps its callback.
///
/// # Errors
/// A fault if the list is not sound.
pub fn clear_ref(m: &mut AddressSpace, reference: Addr) -> Result<(), Fault> {
    let referent = WR_OBJECT.read(m, reference)?;
    if referent == NONE {
        return Ok(());
    }
    let list = list_slot(m, referent)?.ok_or(Fault::Corrupt(reference, "weak reference"))?;
    let (before, behind) = (WR_PREV.read(m, reference)?, WR_NEXT.read(m, reference)?);
    if m.read::<Addr>(list)? == reference {
        m.write(list, behind)?;
    }
    WR_OBJECT.write(m, reference, NONE)?;
    if !before.is_null() {
        WR_NEXT.write(m, before, behind)?;
    }
    if !behind.is_null() {
        WR_PREV.write(m, behind, before)?;
    }
    WR_PREV.write(m, reference, Addr::NULL)?;
    WR_NEXT.write(m, reference, Addr::NULL)
}

/// `PyObject_ClearWeakRefs`, when `obj` dies: all references to it are cleared. Their callbacks, whose references then belong to
/// the caller, would be called now, in this order.
///
/// # Errors
/// A fault if the list is not sound.
pub(super) fn clear_all(m: &mut AddressSpace, obj: Addr) -> Result<Vec<Addr>, Fault> {
    let mut callbacks = Vec::new();
    for reference in references_to(m, obj)? {
        clear_ref(m, reference)?;
        let callback = WR_CALLBACK.read(m, reference)?;
        if !callback.is_null() {
            WR_CALLBACK.write(m, reference, Addr::NULL)?;
            callbacks.push(callback);
        }
    }
    Ok(callbacks)
}

/// `handle_weakrefs` for one unreachable object: references to it are cleared, and it itself if it is one. With
/// `only_with_callback`, references without callback stay for later (3.15).
///
/// # Errors
/// A fault if the list is not sound.
pub(super) fn handle_garbage(m: &mut AddressSpace, obj: Addr, only_with_callback: bool) -> Result<(), Fault> {
    if type_of(m, obj)? == TypeId::WeakRef.addr() {
        clear_ref(m, obj)?;
    }
    for reference in references_to(m, obj)? {
        if !only_with_callback || !WR_CALLBACK.read(m, reference)?.is_null() {
            clear_ref(m, reference)?;
        }
    }
    Ok(())
}

/// `gc_clear`, and the beginning of `weakref_dealloc`.
///
/// # Errors
/// A fault if the list is not sound.
pub(super) fn clear(m: &mut AddressSpace, reference: Addr) -> Result<(), Fault> {
    clear_ref(m, reference)?;
    refcount::clear(m, WR_CALLBACK.at(reference))
}
