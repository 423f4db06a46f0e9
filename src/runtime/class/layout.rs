//! What a new class's instances look like: slots, dict, weakref list, and the fields of the class that say so.
//! Source: Objects/typeobject.c (`type_new_slots`, `type_new_descriptors`, `type_new_alloc`, `inherit_special`).

use super::Refusal;
use crate::abi::{ManagedDict, Release, TypeId};
use crate::ids::gather::Gather as _;
use crate::ids::text::Owned as _;
use crate::ids::{Addr, sort};
use crate::mem::{AddressSpace, Fault};
use crate::object::head::{
    BASETYPE, HAVE_GC, HEAPTYPE, INLINE_VALUES, MANAGED_DICT, MANAGED_WEAKREF, READY, is_static_type, tp, type_flags, type_of,
};
use crate::object::type_object::{MEMBER_NAME, MEMBER_OFFSET, MEMBER_TYPE, T_OBJECT_EX, TP_MEMBERS, member};
use crate::object::{Kind, str as text, tuple as tuple_view};
use crate::runtime::{dict, list, refcount, standin, str, tuple};

/// `tp_flags` that say which native type a class derives from, and how it takes part in pattern matching: inherited.
const INHERITED: u64 = 0xff40_0060;

/// What the class adds to its base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// `__slots__` is bound in the class.
    pub has_slots: bool,
    /// Sorted names in `__slots__`, `__dict__` and `__weakref__` left out.
    pub members: Vec<String>,
    /// Instances get a dict that the base's do not have.
    pub add_dict: bool,
    /// Instances get a weakref list that the base's do not have.
    pub add_weak: bool,
}

/// `type_new_slots`. `base` is the best of `bases`.
pub(super) fn plan(
    m: &mut AddressSpace,
    class: Addr,
    base: Addr,
    bases: &[Addr],
    namespace: Addr,
) -> Result<Result<Shape, Refusal>, Fault> {
    let may_add_dict = tp::DICTOFFSET.read(m, base)? == 0;
    let may_add_weak = tp::WEAKLISTOFFSET.read(m, base)? == 0 && tp::ITEMSIZE.read(m, base)? == 0;
    let Some(slots) = dict::get_named(m, namespace, "__slots__")? else {
        return Ok(Ok(Shape { has_slots: false, members: Vec::new(), add_dict: may_add_dict, add_weak: may_add_weak }));
    };
    let names = match names_in(m, slots)? {
        Ok(names) => names,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut shape = Shape { has_slots: true, members: Vec::new(), add_dict: false, add_weak: false };
    if !names.is_empty() && tp::ITEMSIZE.read(m, base)? != 0 {
        return Ok(Err(Refusal::SlotsOfVariableSize));
    }
    let class = text::value(m, class)?;
    for name in names {
        match name.as_str() {
            "__dict__" if !may_add_dict || shape.add_dict => return Ok(Err(Refusal::SlotTwice(name))),
            "__dict__" => shape.add_dict = true,
            "__weakref__" if !may_add_weak || shape.add_weak => return Ok(Err(Refusal::SlotTwice(name))),
            "__weakref__" => shape.add_weak = true,
            _ => {
                let name = mangled(&class, &name);
                if dict::get_named(m, namespace, &name)?.is_some() && name != "__qualname__" && name != "__classcell__" {
                    return Ok(Err(Refusal::SlotConflict(name)));
                }
                shape.members.push(name);
            }
        }
    }
    // `type_new_slots_bases`: what only other bases give their instances has to be made here.
    for &other in bases.iter().filter(|&&other| other != base) {
        shape.add_dict |= may_add_dict && tp::DICTOFFSET.read(m, other)? != 0;
        shape.add_weak |= may_add_weak && tp::WEAKLISTOFFSET.read(m, other)? != 0;
    }
    // Python compares str by code points, as Rust compares UTF-8.
    sort::few(&mut shape.members, |a, b| a < b);
    Ok(Ok(shape))
}

/// `_Py_Mangle`: a private name gets the class's name in front.
fn mangled(class: &str, name: &str) -> String {
    let class = class.trim_start_matches('_');
    if !name.starts_with("__") || name.ends_with("__") || class.is_empty() {
        return name.owned();
    }
    format!("_{class}{name}")
}

/// The names in `__slots__`: a str is one name, a tuple or list several.
fn names_in(m: &AddressSpace, slots: Addr) -> Result<Result<Vec<String>, Refusal>, Fault> {
    let one = |at: Addr| -> Result<Option<String>, Fault> {
        if type_of(m, at)? != TypeId::Str.addr() {
            return Ok(None);
        }
        let name = text::value(m, at)?;
        // Names are ASCII everywhere in the model.
        let starts = !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit());
        let is_name = starts && name.bytes().all(|c| c == b'_' || c.is_ascii_alphanumeric());
        Ok(is_name.then_some(name))
    };
    let items: Vec<Addr> = match Kind::of(m, slots)? {
        Kind::Str => vec![slots],
        Kind::Tuple => super::items(m, slots)?,
        Kind::List => {
            let n = crate::object::list::len(m, slots)?;
            (0..n).map(|i| m.read(crate::object::list::slot(m, slots, i)?)).try_gather()?
        }
        _ => return Ok(Err(Refusal::SlotName)),
    };
    let mut names = Vec::new();
    for item in items {
        match one(item)? {
            Some(name) => names.push(name),
            None => return Ok(Err(Refusal::SlotName)),
        }
    }
    Ok(Ok(names))
}

/// `ht_slots`: a list is made, sorted, and becomes a tuple; the caller owns the tuple.
pub(super) fn slots_tuple(m: &mut AddressSpace, shape: &Shape) -> Result<Option<Addr>, Fault> {
    if !shape.has_slots || (shape.members.is_empty() && !m.profile.features.empty_slots_kept) {
        return Ok(None);
    }
    let mut names = Vec::new();
    for name in &shape.members {
        names.push(str::name(m, name)?);
    }
    let scratch = list::new(m, &names)?;
    let slots = tuple::packed(m, &names)?;
    refcount::decref(m, scratch, Addr::NULL)?;
    for name in names {
        refcount::decref(m, name, Addr::NULL)?;
    }
    Ok(Some(slots))
}

/// Sizes, offsets and flags of the class, and its members.
pub(super) fn write(m: &mut AddressSpace, class: Addr, base: Addr, shape: &Shape) -> Result<(), Fault> {
    let base_flags = type_flags(m, base)?;
    let item = tp::ITEMSIZE.read(m, base)?;
    let mut size = tp::BASICSIZE.read(m, base)?;
    if !shape.members.is_empty() {
        // Slots are aligned; only a base whose items are smaller has an odd size.
        size = size.next_multiple_of(8);
    }
    write_members(m, class, shape, size)?;
    size += shape.members.len() as u64 * 8;
    let mut flags = HEAPTYPE | BASETYPE | READY | HAVE_GC | base_flags & INHERITED;
    let (mut dictoffset, mut weaklistoffset) = (tp::DICTOFFSET.read(m, base)?, tp::WEAKLISTOFFSET.read(m, base)?);
    if !is_static_type(base) {
        flags |= base_flags & (MANAGED_DICT | MANAGED_WEAKREF);
    }
    match m.profile.managed_dict {
        ManagedDict::ValuesPointer => {
            if shape.add_dict && item != 0 {
                dictoffset = -8;
                size += 8;
            }
            if shape.add_weak {
                weaklistoffset = size;
                size += 8;
            }
            if shape.add_dict && item == 0 {
                flags |= MANAGED_DICT;
                dictoffset = -(size.cast_signed()) - 24;
            }
        }
        ManagedDict::Tagged | ManagedDict::Inline => {
            if shape.add_dict {
                flags |= MANAGED_DICT;
                dictoffset = -1;
            }
            if shape.add_weak {
                flags |= MANAGED_WEAKREF;
                weaklistoffset = 32_u64.wrapping_neg();
            }
        }
    }
    if has_inline_values(m.profile.release, flags, size, item) {
        flags |= INLINE_VALUES;
    }
    tp::FLAGS.write(m, class, flags)?;
    tp::BASICSIZE.write(m, class, size)?;
    tp::ITEMSIZE.write(m, class, item)?;
    tp::DICTOFFSET.write(m, class, dictoffset)?;
    tp::WEAKLISTOFFSET.write(m, class, weaklistoffset)?;
    write_tables(m, class)?;
    write_functions(m, class, base)
}

/// 3.13: only behind instances that have nothing else; since 3.14 behind all that have no items.
const fn has_inline_values(release: Release, flags: u64, size: u64, item: u64) -> bool {
    flags & MANAGED_DICT != 0
        && match release {
            Release::Cp311 | Release::Cp312 => false,
            Release::Cp313 => size == 16,
            Release::Cp314 | Release::Cp315 => item == 0,
        }
}

fn write_members(m: &mut AddressSpace, class: Addr, shape: &Shape, first: u64) -> Result<(), Fault> {
    TP_MEMBERS.write(m, class, member(m, class, 0))?;
    let slots = crate::object::type_object::ht_slots(m).read(m, class)?;
    for (index, _) in (0..).zip(&shape.members) {
        let at = member(m, class, index);
        let name: Addr = m.read(tuple_view::slot(m, slots, index))?;
        let characters = text::data(m, name)?;
        MEMBER_NAME.write(m, at, characters)?;
        MEMBER_TYPE.write(m, at, T_OBJECT_EX)?;
        MEMBER_OFFSET.write(m, at, first + index * 8)?;
    }
    Ok(())
}

/// `tp_as_async` and so on point to the class's own tables.
fn write_tables(m: &mut AddressSpace, class: Addr) -> Result<(), Fault> {
    // Offsets of the pointers, and of the tables behind `PyTypeObject`.
    for (pointer, table) in [(80, 0), (96, 32), (112, 320), (104, 344), (160, 424)] {
        m.write(class.offset(pointer), class.offset(m.profile.sizes.type_object + table))?;
    }
    Ok(())
}

/// The C functions that every class has: those of instances, and what it inherits from `object` or its base.
fn write_functions(m: &mut AddressSpace, class: Addr, base: Addr) -> Result<(), Fault> {
    // tp_dealloc, tp_repr, tp_hash, tp_str, tp_getattro, tp_setattro, tp_traverse, tp_clear, tp_richcompare, tp_iternext,
    // tp_init, tp_alloc, tp_new, tp_free
    for offset in [48, 88, 120, 136, 144, 152, 184, 192, 200, 224, 296, 304, 312, 320] {
        m.write(class.offset(offset), standin::slot(offset))?;
    }
    if !is_static_type(base) {
        let finalize = crate::object::type_object::TP_FINALIZE;
        let inherited = finalize.read(m, base)?;
        finalize.write(m, class, inherited)?;
    }
    Ok(())
}
