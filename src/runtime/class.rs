//! Classes: `type(name, bases, namespace)`, which a class statement ends with, and the end of a class.
//! Source: Objects/typeobject.c (`type_new_impl`, `PyType_Ready`, `type_dealloc`).

mod bases;
mod layout;
mod ready;
mod statement;

use super::{alloc, dict, gc, keys, refcount, tuple, weakref};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::ids::gather::Gather as _;
use crate::mem::{AddressSpace, Fault};
use crate::object::head::{OB_SIZE, is_static_type, tp};
use crate::object::keys::DK_REFCNT;
use crate::object::tuple as tuple_view;
use crate::object::type_object::{TP_BASES, TP_DICT, TP_DOC, TP_MRO, class_bytes, ht_cached_keys, ht_module, ht_name, ht_slots};
use crate::pymalloc;
pub use bases::{Refusal, best_base, linearize, mro};
pub use layout::Shape;
pub use statement::{Statement, statement};

/// `type(name, bases, namespace)`: `name` a str, `bases` a tuple of types or NULL for none, `namespace` a dict with
/// `__module__`, `__qualname__` and whatever the class's body bound. All are borrowed; the namespace is copied.
///
/// # Errors
/// [`Fault::OutOfMemory`]. The inner error says why CPython raises TypeError; nothing is changed then.
pub fn new(m: &mut AddressSpace, name: Addr, bases: Addr, namespace: Addr) -> Result<Result<Addr, Refusal>, Fault> {
    let given = items(m, bases)?;
    let object = [TypeId::Object.addr()];
    let list = if given.is_empty() { &object[..] } else { &given[..] };
    let base = match best_base(m, list)? {
        Ok(base) => base,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Some(order) = linearize(m, list)? else { return Ok(Err(Refusal::Order)) };
    let shape = match layout::plan(m, name, base, list, namespace)? {
        Ok(shape) => shape,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let bases =
        if given.is_empty() { tuple::tracked(m, &object)? } else { refcount::incref(m, bases, Addr::NULL).map(|()| bases)? };
    let copy = dict::copy(m, namespace)?;
    let slots = layout::slots_tuple(m, &shape)?;
    let class = allocate(m, &shape)?;
    refcount::store(m, TP_BASES.at(class), bases)?;
    refcount::assign(m, tp::BASE.at(class), base)?;
    refcount::store(m, TP_DICT.at(class), copy)?;
    refcount::assign(m, ht_name(m).at(class), name)?;
    if let Some(slots) = slots {
        refcount::store(m, ht_slots(m).at(class), slots)?;
    }
    layout::write(m, class, base, &shape)?;
    ready::names(m, class, name)?;
    ready::ready(m, class, &order, &shape)?;
    Ok(Ok(class))
}

/// The items of a tuple; none for NULL.
fn items(m: &AddressSpace, tuple: Addr) -> Result<Vec<Addr>, Fault> {
    if tuple.is_null() {
        return Ok(Vec::new());
    }
    (0..tuple_view::len(m, tuple)?).map(|i| m.read(tuple_view::slot(m, tuple, i))).try_gather()
}

/// `type_new_alloc`: zeroed, with room for the members and the one that ends them, tracked at once.
fn allocate(m: &mut AddressSpace, shape: &Shape) -> Result<Addr, Fault> {
    let members = shape.members.len() as u64;
    let bytes = class_bytes(m, members);
    let class = alloc::new_object(m, TypeId::Type.addr(), bytes)?;
    m.fill(class.offset(16), bytes - 16, 0)?;
    OB_SIZE.write(m, class, members.cast_signed())?;
    gc::track(m, class)?;
    Ok(class)
}

/// What `type_dealloc` does before it gives up references: the bases forget the class, weak references are cleared. The
/// callbacks' references belong to the caller.
pub(super) fn before_references(m: &mut AddressSpace, class: Addr) -> Result<Vec<Addr>, Fault> {
    let bases = TP_BASES.read(m, class)?;
    for base in items(m, bases)? {
        ready::remove_subclass(m, base, class)?;
    }
    let callbacks = weakref::clear_all(m, class)?;
    // Keys that instances' dicts still share stay alive with them.
    let field = ht_cached_keys(m);
    let shared = field.read(m, class)?;
    if !shared.is_null() && DK_REFCNT.read(m, shared)? > 1 {
        field.write(m, class, Addr::NULL)?;
        keys::decref(m, shared)?;
    }
    Ok(callbacks)
}

/// The end of `type_dealloc`.
pub(super) fn finish(m: &mut AddressSpace, class: Addr) -> Result<(), Fault> {
    let doc = TP_DOC.read(m, class)?;
    if !doc.is_null() {
        pymalloc::free(m, doc)?;
    }
    let shared = ht_cached_keys(m).read(m, class)?;
    if !shared.is_null() {
        keys::decref_emptied(m, shared)?;
    }
    alloc::free_object(m, class)
}

/// `type_clear`: the namespace is emptied, then module and mro go; that breaks every cycle through a class.
pub(super) fn clear(m: &mut AddressSpace, class: Addr) -> Result<(), Fault> {
    if is_static_type(class) {
        return Ok(());
    }
    let namespace = TP_DICT.read(m, class)?;
    if !namespace.is_null() {
        dict::clear(m, namespace)?;
    }
    refcount::clear(m, ht_module(m).at(class))?;
    refcount::clear(m, TP_MRO.at(class))
}

/// The value that the class itself has for `name` in its namespace, borrowed.
///
/// # Errors
/// A fault if there is no class.
pub fn own_attribute(m: &mut AddressSpace, class: Addr, name: &str) -> Result<Option<Addr>, Fault> {
    let namespace = TP_DICT.read(m, class)?;
    if namespace.is_null() { Ok(None) } else { dict::get_named(m, namespace, name) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::Release;
    use crate::object::{Slots, Walk, blocks, dict as dict_view, head};
    use crate::runtime::{attributes, hash, instance, list, start, str};

    fn statement_of<'a>(module: Addr, bases: Addr, body: &'a [(&'a str, Addr)]) -> Statement<'a> {
        Statement { name: "C", qualname: None, module, bases, first_line: 1, body, static_attributes: Addr::NULL }
    }

    #[test]
    fn a_dict_that_outlives_instance_and_class_keeps_the_shared_keys() {
        for release in Release::ALL {
            let mut m = start::start(release.profile(), 1 << 28).unwrap();
            let module = str::name(&mut m, "__main__").unwrap();
            let class = statement(&mut m, &statement_of(module, Addr::NULL, &[])).unwrap().unwrap();
            let obj = instance::new(&mut m, class, 0).unwrap();
            let (name, value) = (str::constant(&mut m, "mortal_name").unwrap(), list::new(&mut m, &[]).unwrap());
            let hashed = hash(&mut m, name).unwrap();
            attributes::set(&mut m, obj, name, hashed, value).unwrap();
            let dict = attributes::materialize(&mut m, obj).unwrap().unwrap();
            refcount::incref(&mut m, dict, Addr::NULL).unwrap();
            refcount::decref(&mut m, obj, Addr::NULL).unwrap();
            refcount::decref(&mut m, class, Addr::NULL).unwrap();
            gc::machine::collect(&mut m, 2).unwrap();
            assert_eq!(dict_view::find(&m, dict, name, hashed).unwrap().map(|slot| m.read(slot)), Some(Ok(value)));
            let mut owned = Vec::new();
            let mut slots = Slots::of(&m, dict, Walk::Owned).unwrap();
            while let Some((_, target)) = slots.next(&m).unwrap() {
                owned.push(target);
            }
            assert_eq!(owned, [value, name], "{release:?}");
            assert_eq!(blocks::of(&m, dict).unwrap().len(), 3, "{release:?}: dict, keys, values");
            refcount::decref(&mut m, dict, Addr::NULL).unwrap();
            for left in [name, value] {
                let counted = head::refcount(&m, left).unwrap();
                assert!(counted.is_none_or(|count| count == 1), "{release:?} {counted:?}");
            }
        }
    }

    #[test]
    fn impossible_classes_are_refused_and_change_nothing() {
        for release in Release::ALL {
            let mut m = start::start(release.profile(), 1 << 28).unwrap();
            let module = str::name(&mut m, "__main__").unwrap();
            let a = statement(&mut m, &statement_of(module, Addr::NULL, &[])).unwrap().unwrap();
            let line = tuple::new(&mut m, &[a]).unwrap();
            let b = statement(&mut m, &statement_of(module, line, &[])).unwrap().unwrap();
            let x = str::name(&mut m, "x").unwrap();
            let dunder = str::name(&mut m, "__dict__").unwrap();
            let [slot, twice] = [&[x][..], &[dunder]].map(|names| tuple::new(&mut m, names).unwrap());
            let cases = [
                (vec![TypeId::Bool.addr()], None, Refusal::NotABase(TypeId::Bool.addr())),
                (vec![TypeId::List.addr(), TypeId::Dict.addr()], None, Refusal::Layout),
                (vec![a, b], None, Refusal::Order),
                (vec![a, a], None, Refusal::Twice(a)),
                (vec![TypeId::Tuple.addr()], Some(slot), Refusal::SlotsOfVariableSize),
                (vec![a], Some(twice), Refusal::SlotTwice("__dict__".into())),
            ];
            for (bases, slots, expected) in cases {
                let bases = tuple::new(&mut m, &bases).unwrap();
                let body: Vec<(&str, Addr)> = slots.map(|slots| ("__slots__", slots)).into_iter().collect();
                let before = pymalloc::statistics(&m).unwrap().allocated_bytes;
                let found = statement(&mut m, &statement_of(module, bases, &body)).unwrap();
                assert_eq!(found.as_ref().err(), Some(&expected), "{release:?}");
                assert!(expected.to_string().ends_with('.'), "a sentence: {expected}");
                let after = pymalloc::statistics(&m).unwrap().allocated_bytes;
                assert!(after <= before + 64 + 120, "{release:?} {expected:?}: only the namespace waits in free lists");
            }
            let both = vec![("__slots__", slot), ("x", module)];
            assert_eq!(
                statement(&mut m, &statement_of(module, Addr::NULL, &both)).unwrap(),
                Err(Refusal::SlotConflict("x".into()))
            );
        }
    }
}
