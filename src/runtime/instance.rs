//! Instances of classes: birth, and what `subtype_dealloc` and `subtype_clear` do beside giving up references.
//! Source: Objects/typeobject.c, Objects/dictobject.c.

use super::{alloc, attributes, bytearray, generic, native, refcount, str};
use crate::abi::{ManagedDict, TypeId};
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::head::{INLINE_VALUES, MANAGED_DICT, is_static_type, native_type, tp, type_flags, type_of};
use crate::object::type_object::{MEMBER_OFFSET, member, member_count};
use crate::object::{Kind, list as list_view};
use crate::pymalloc;

/// `tp_new(class)` without `__init__`, for a class or static type whose instances have `items` items (tuple subclasses; else 0).
/// What the static base needs is written, everything else behind the head is NULL; the class is counted.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new(m: &mut AddressSpace, class: Addr, items: u64) -> Result<Addr, Fault> {
    let obj = bare(m, class, items)?;
    native::init(m, obj)?;
    Ok(obj)
}

/// [`new`] before its static base has written anything: everything behind the head is NULL.
pub(super) fn bare(m: &mut AddressSpace, class: Addr, items: u64) -> Result<Addr, Fault> {
    let flags = type_flags(m, class)?;
    let with_values = flags & MANAGED_DICT != 0
        && match m.profile.managed_dict {
            // Only `object_new` makes values. (`_PyObject_InitializeDict`)
            ManagedDict::ValuesPointer | ManagedDict::Tagged => native_type(m, class)? == TypeId::Object,
            ManagedDict::Inline => flags & INLINE_VALUES != 0,
        };
    if !with_values {
        return generic::alloc(m, class, items);
    }
    // The block is as large as the shared keys were before this instance takes one entry off them.
    let more = attributes::inline_values_bytes(m, class)?;
    let obj = generic::alloc_no_track(m, class, items, more)?;
    attributes::init_values(m, obj)?;
    generic::track(m, class, obj)?;
    Ok(obj)
}

/// Where the slot named by the `index`-th member of `class` lies in `obj`.
///
/// # Errors
/// A fault if there is no such member.
pub fn slot(m: &AddressSpace, obj: Addr, class: Addr, index: u64) -> Result<Addr, Fault> {
    if is_static_type(class) || index >= member_count(m, class)? {
        return Err(Fault::Corrupt(class, "class: it has no such slot"));
    }
    Ok(obj.offset(MEMBER_OFFSET.read(m, member(m, class, index))?))
}

/// `subtype_clear`: slots, derived class first; then the managed dict or values; then the static base's own part.
pub(super) fn clear(m: &mut AddressSpace, obj: Addr) -> Result<(), Fault> {
    let mut class = type_of(m, obj)?;
    while !is_static_type(class) {
        for index in 0..member_count(m, class)? {
            let slot = slot(m, obj, class, index)?;
            refcount::clear(m, slot)?;
        }
        class = tp::BASE.read(m, class)?;
    }
    attributes::clear(m, obj)?;
    let base = native_type(m, type_of(m, obj)?)?;
    super::gc::clear_as(m, obj, base.kind())
}

/// Blocks that belong to the instance and whose references are given up already: values (3.11, 3.12), and what the static base
/// has. The end of `subtype_dealloc`.
pub(super) fn finish(m: &mut AddressSpace, obj: Addr) -> Result<(), Fault> {
    attributes::finish(m, obj)?;
    match native_type(m, type_of(m, obj)?)?.kind() {
        Kind::List => {
            let array = list_view::OB_ITEM.read(m, obj)?;
            if !array.is_null() {
                pymalloc::free(m, array)?;
            }
        }
        Kind::Dict => super::dict::finish_table(m, obj)?,
        Kind::Set => super::set::finish_table(m, obj)?,
        Kind::Str => str::free_parts(m, obj)?,
        Kind::ByteArray => bytearray::free_block(m, obj)?,
        _ => {}
    }
    alloc::free_object(m, obj)
}
