//! The namespace, ancestors and subclasses of a new class: `type_new_set_attrs`, `PyType_Ready`.

use super::Shape;
use crate::abi::{TypeId, space};
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::head::{MANAGED_DICT, is_static_type, tp, type_flags, type_of};
use crate::object::int::Value;
use crate::object::singleton::NONE;
use crate::object::type_object::{
    TP_BASES, TP_DICT, TP_DOC, TP_FINALIZE, TP_GETSET, TP_MRO, TP_SUBCLASSES, ht_cached_keys, ht_qualname, ht_slots, member,
};
use crate::object::{Kind, dict as dict_view, str as text, tuple as tuple_view};
use crate::pymalloc;
use crate::runtime::interp::COMMON_DESCRIPTORS;
use crate::runtime::{attributes, descriptor, dict, hash, int, refcount, standin, str, tuple, weakref, wrappers};

/// Functions that become static or class methods without a decorator. (`type_new_staticmethod`, `type_new_classmethod`)
const IMPLICIT: [(&str, TypeId); 3] =
    [("__new__", TypeId::StaticMethod), ("__init_subclass__", TypeId::ClassMethod), ("__class_getitem__", TypeId::ClassMethod)];

/// `type_new_set_names`, `type_new_set_doc`: name, qualified name (which leaves the namespace), doc string.
pub(super) fn names(m: &mut AddressSpace, class: Addr, name: Addr) -> Result<(), Fault> {
    let namespace = TP_DICT.read(m, class)?;
    let qualname = dict::get_named(m, namespace, "__qualname__")?.unwrap_or(name);
    refcount::assign(m, ht_qualname(m).at(class), qualname)?;
    dict::delete_named(m, namespace, "__qualname__")?;
    str::keep_utf8(m, name)?;
    let form = text::utf8_block(m, name)?;
    let characters = if let Some((start, _)) = form { start } else { text::data(m, name)? };
    tp::NAME.write(m, class, characters)?;
    if let Some(doc) = dict::get_named(m, namespace, "__doc__")?
        && type_of(m, doc)? == TypeId::Str.addr()
    {
        let bytes = text::value(m, doc)?.into_bytes();
        let block = pymalloc::malloc(m, bytes.len() as u64 + 1)?;
        m.write_bytes(block, &bytes)?;
        m.write(block.offset(bytes.len() as u64), 0_u8)?;
        TP_DOC.write(m, class, block)?;
    }
    for (name, kind) in IMPLICIT {
        if let Some(value) = dict::get_named(m, namespace, name)?
            && Kind::of(m, value)? == Kind::Function
        {
            let wrapper = wrappers::method_wrapper(m, kind, value)?;
            dict::set_named(m, namespace, name, wrapper)?;
            refcount::decref(m, wrapper, Addr::NULL)?;
        }
    }
    for cell in ["__classcell__", "__classdictcell__"] {
        dict::delete_named(m, namespace, cell)?;
    }
    Ok(())
}

/// `PyType_Ready` and what `type_new` does around it.
pub(super) fn ready(m: &mut AddressSpace, class: Addr, ancestors: &[Addr], shape: &Shape) -> Result<(), Fault> {
    let shared = m.profile.features.shared_descriptors;
    if shared {
        common_descriptors(m, class, shape)?;
    }
    let mut order = vec![class];
    order.extend_from_slice(ancestors);
    let mro = tuple::tracked(m, &order)?;
    refcount::store(m, TP_MRO.at(class), mro)?;
    members(m, class, shape)?;
    if !shared {
        own_descriptors(m, class, shape)?;
    }
    let namespace = TP_DICT.read(m, class)?;
    if dict::get_named(m, namespace, "__doc__")?.is_none() {
        dict::set_named(m, namespace, "__doc__", NONE)?;
    }
    // `type_ready_set_hash`
    if dict::get_named(m, namespace, "__eq__")?.is_some() && dict::get_named(m, namespace, "__hash__")?.is_none() {
        dict::set_named(m, namespace, "__hash__", NONE)?;
    }
    if dict::get_named(m, namespace, "__del__")?.is_some() {
        TP_FINALIZE.write(m, class, standin::slot(TP_FINALIZE.offset_bytes))?;
    }
    let keys_first = m.profile.features.shared_keys_before_subclasses;
    if keys_first {
        shared_keys(m, class)?;
    }
    for base in super::items(m, TP_BASES.read(m, class)?)? {
        add_subclass(m, base, class)?;
    }
    if !keys_first {
        shared_keys(m, class)?;
    }
    Ok(())
}

/// `type_add_members`: a descriptor for each slot.
fn members(m: &mut AddressSpace, class: Addr, shape: &Shape) -> Result<(), Fault> {
    let slots = ht_slots(m).read(m, class)?;
    for (index, _) in (0..).zip(&shape.members) {
        let name: Addr = m.read(tuple_view::slot(m, slots, index))?;
        let definition = member(m, class, index);
        let descriptor = descriptor::new(m, TypeId::MemberDescriptor, class, name, definition)?;
        // `PyDescr_NewMember` makes a string of the name for a moment, unless it has one character.
        let again = text::value(m, name)?;
        let again = str::name(m, &again)?;
        refcount::decref(m, again, Addr::NULL)?;
        let hash = hash::of_text(m, name)?;
        let namespace = TP_DICT.read(m, class)?;
        dict::set_item(m, namespace, name, hash, descriptor)?;
        refcount::decref(m, descriptor, Addr::NULL)?;
    }
    Ok(())
}

/// `type_add_getset`: `__dict__` and `__weakref__`, each class its own.
fn own_descriptors(m: &mut AddressSpace, class: Addr, shape: &Shape) -> Result<(), Fault> {
    if shape.add_dict || shape.add_weak {
        TP_GETSET.write(m, class, standin::GETSETS)?;
    }
    let namespace = TP_DICT.read(m, class)?;
    for (added, name, definition) in wanted(shape) {
        if added {
            let descriptor = getset(m, class, name, definition)?;
            dict::set_named(m, namespace, name, descriptor)?;
            refcount::decref(m, descriptor, Addr::NULL)?;
        }
    }
    Ok(())
}

const fn wanted(shape: &Shape) -> [(bool, &'static str, Addr); 2] {
    [(shape.add_dict, "__dict__", standin::GETSET_DICT), (shape.add_weak, "__weakref__", standin::GETSET_WEAKREF)]
}

/// `PyDescr_NewGetSet`; the caller owns it.
fn getset(m: &mut AddressSpace, class: Addr, name: &str, definition: Addr) -> Result<Addr, Fault> {
    // The descriptor is allocated before its name is looked up; `descriptor::new` gets the name at once.
    let key = str::name(m, name)?;
    let descriptor = descriptor::new(m, TypeId::GetSetDescriptor, class, key, definition)?;
    refcount::decref(m, key, Addr::NULL)?;
    Ok(descriptor)
}

/// 3.15: the same two descriptors, of `object`, are put into every namespace. Made with the first class.
fn common_descriptors(m: &mut AddressSpace, class: Addr, shape: &Shape) -> Result<(), Fault> {
    let namespace = TP_DICT.read(m, class)?;
    for ((added, name, definition), field) in wanted(shape).into_iter().zip(COMMON_DESCRIPTORS) {
        if !added {
            continue;
        }
        let slot = field.at(space::INTERP_STATE);
        if m.read::<Addr>(slot)?.is_null() {
            let descriptor = getset(m, TypeId::Object.addr(), name, definition)?;
            refcount::store(m, slot, descriptor)?;
        }
        let descriptor: Addr = m.read(slot)?;
        dict::set_named(m, namespace, name, descriptor)?;
    }
    Ok(())
}

/// `_PyDict_NewKeysForClass`; since 3.14 filled with the names in `__static_attributes__`.
fn shared_keys(m: &mut AddressSpace, class: Addr) -> Result<(), Fault> {
    if type_flags(m, class)? & MANAGED_DICT == 0 {
        return Ok(());
    }
    let mut names = Vec::new();
    if m.profile.features.keys_from_static_attributes {
        let namespace = TP_DICT.read(m, class)?;
        if let Some(tuple) = dict::get_named(m, namespace, "__static_attributes__")?
            && type_of(m, tuple)? == TypeId::Tuple.addr()
        {
            for name in super::items(m, tuple)? {
                if type_of(m, name)? == TypeId::Str.addr() {
                    hash::of_text(m, name)?;
                    names.push(name);
                }
            }
        }
    }
    let table = attributes::new_shared_keys(m, &names)?;
    ht_cached_keys(m).write(m, class, table)
}

/// `add_subclass`: under the class's address, a weak reference to it.
fn add_subclass(m: &mut AddressSpace, base: Addr, class: Addr) -> Result<(), Fault> {
    let key = int::new(m, &Value::from(class.0))?;
    let reference = weakref::new(m, class, Addr::NULL)?.ok_or_else(|| Fault::Corrupt(class, "class"))?;
    let slot = TP_SUBCLASSES.at(base);
    if m.read::<Addr>(slot)?.is_null() {
        let known = dict::new(m)?;
        refcount::store(m, slot, known)?;
    }
    let known: Addr = m.read(slot)?;
    let hash = hash_of(m, key)?;
    dict::set_item(m, known, key, hash, reference)?;
    refcount::decref(m, reference, Addr::NULL)?;
    refcount::decref(m, key, Addr::NULL)
}

/// `remove_subclass`: a dict that is empty then goes, but that of a static type stays.
pub(super) fn remove_subclass(m: &mut AddressSpace, base: Addr, class: Addr) -> Result<(), Fault> {
    let slot = TP_SUBCLASSES.at(base);
    let known: Addr = m.read(slot)?;
    if known.is_null() {
        return Ok(());
    }
    let key = int::new(m, &Value::from(class.0))?;
    let hash = hash_of(m, key)?;
    dict::delete_item(m, known, key, hash)?;
    refcount::decref(m, key, Addr::NULL)?;
    if !is_static_type(base) && dict_view::len(m, known)? == 0 {
        refcount::clear(m, slot)?;
    }
    Ok(())
}

fn hash_of(m: &mut AddressSpace, key: Addr) -> Result<i64, Fault> {
    hash::hash(m, key).map_err(|error| match error {
        hash::HashError::Fault(fault) => fault,
        hash::HashError::Unhashable(at, _) => Fault::Corrupt(at, "int"),
    })
}
