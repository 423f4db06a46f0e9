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

/// `weakref.ref(referent, callback)`, and `PyWeakref_NewRef`; `callback` is NULL for none. There is at most one reference without
/// callback, the basic one, which is returned again if it exists. `None` if objects of this type cannot be referred to weakly.
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
    let list = list_slot(m, referent)?.ok_or_else(|| Fault::Corrupt(reference, "weak reference"))?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::Release;
    use crate::object::head::refcount as count;
    use crate::object::weakref::references_to;
    use crate::runtime::gc::machine::{Grain, Phase, collect, phase, start, step};
    use crate::runtime::{class, instance, list, start as interp, str};

    /// An interpreter with a class; its instances can be referred to weakly.
    fn with_class(release: Release) -> (AddressSpace, Addr) {
        let mut m = interp::start(release.profile(), 1 << 28).unwrap();
        let module = str::name(&mut m, "__main__").unwrap();
        let statement = class::Statement {
            name: "C",
            qualname: None,
            module,
            bases: Addr::NULL,
            first_line: 1,
            body: &[],
            static_attributes: Addr::NULL,
        };
        let class = class::statement(&mut m, &statement).unwrap().unwrap();
        (m, class)
    }

    fn let_go(m: &mut AddressSpace, obj: Addr) {
        refcount::decref(m, obj, Addr::NULL).unwrap();
    }

    #[test]
    fn the_basic_reference_is_first_and_given_out_again() {
        for release in Release::ALL {
            let (mut m, class) = with_class(release);
            let obj = instance::new(&mut m, class, 0).unwrap();
            let callback = list::new(&mut m, &[]).unwrap();
            let first = new(&mut m, obj, callback).unwrap().unwrap();
            let basic = new(&mut m, obj, Addr::NULL).unwrap().unwrap();
            let second = new(&mut m, obj, callback).unwrap().unwrap();
            assert_eq!(new(&mut m, obj, Addr::NULL), Ok(Some(basic)), "{release:?}");
            assert_eq!(count(&m, basic), Ok(Some(2)));
            // Newest behind the basic one: `weakref.getweakrefs` says the same.
            assert_eq!(references_to(&m, obj).unwrap(), [basic, second, first], "{release:?}");
            let_go(&mut m, second);
            assert_eq!(references_to(&m, obj).unwrap(), [basic, first]);
            let_go(&mut m, obj);
            assert!(!is_alive(&m, basic).unwrap() && !is_alive(&m, first).unwrap());
            assert_eq!(count(&m, callback), Ok(Some(1)), "{release:?}: dead references give their callbacks up");
        }
    }

    #[test]
    fn what_has_no_list_cannot_be_referred_to() {
        for release in Release::ALL {
            let (mut m, class) = with_class(release);
            let list = list::new(&mut m, &[]).unwrap();
            assert_eq!(new(&mut m, list, Addr::NULL), Ok(None));
            assert!(new(&mut m, class, Addr::NULL).unwrap().is_some(), "{release:?}: a class can");
        }
    }

    #[test]
    fn references_to_garbage_are_cleared_before_finalizers_or_in_3_15_after_them() {
        for release in Release::ALL {
            for with_callback in [false, true] {
                let (mut m, class) = with_class(release);
                let obj = instance::new(&mut m, class, 0).unwrap();
                let cycle = list::new(&mut m, &[obj]).unwrap();
                list::append(&mut m, cycle, cycle).unwrap();
                let callback = if with_callback { list::new(&mut m, &[]).unwrap() } else { Addr::NULL };
                let reference = new(&mut m, obj, callback).unwrap().unwrap();
                let_go(&mut m, obj);
                let_go(&mut m, cycle);
                start(&mut m, 2).unwrap();
                while phase(&m) != Ok(Phase::Finalize) {
                    assert_eq!(step(&mut m, Grain::Phase), Ok(true));
                }
                let late = release == Release::Cp315 && !with_callback;
                assert_eq!(is_alive(&m, reference), Ok(late), "{release:?} {with_callback}");
                while step(&mut m, Grain::Object).unwrap() {}
                assert_eq!(is_alive(&m, reference), Ok(false), "{release:?} {with_callback}");
                assert_eq!(collect(&mut m, 2).unwrap().collected, 0);
            }
        }
    }
}
