//! `PyTypeObject` and `PyHeapTypeObject`: static types and classes.
//!
//! ```text
//!    24 tp_name | 32 tp_basicsize | 40 tp_itemsize | ... | 168 tp_flags | 176 tp_doc | ... | 240 tp_members | 256 tp_base | 264 tp_dict
//!   288 tp_dictoffset | ... | 336 tp_bases | 344 tp_mro | 352 tp_cache | 360 tp_subclasses | 368 tp_weaklist | ...
//!   only classes, from the end of the above (`sizes.type_object`):
//!   as_async 32 | as_number 288 | as_mapping 24 | as_sequence 80 | as_buffer 16 bytes
//!   ht_name | ht_slots | ht_qualname | ht_cached_keys | ht_module | _ht_tpname | (3.14: ht_token) | _spec_cache
//!   from `sizes.heap_type`: one PyMemberDef of 40 bytes for each name in `__slots__`, and one that ends them
//! ```
//! Source: Include/cpython/object.h.

use super::keys::{DK_NENTRIES, Keys, table_bytes};
use super::slots::{Span, Walk};
use super::{Fault, fields, head};
use crate::ids::Addr;
use crate::mem::{AddressSpace, Field};

pub use super::head::tp;

/// `tp_doc`: a block of its own, or NULL.
pub const TP_DOC: Field<Addr> = Field::new("tp_doc", 176);
/// `tp_members`
pub const TP_MEMBERS: Field<Addr> = Field::new("tp_members", 240);
/// `tp_getset`: the definitions of getset descriptors.
pub const TP_GETSET: Field<Addr> = Field::new("tp_getset", 248);
/// `tp_dict`
pub const TP_DICT: Field<Addr> = Field::new("tp_dict", 264);
/// `tp_bases`
pub const TP_BASES: Field<Addr> = Field::new("tp_bases", 336);
/// `tp_mro`
pub const TP_MRO: Field<Addr> = Field::new("tp_mro", 344);
/// `tp_cache`: not used any more.
pub const TP_CACHE: Field<Addr> = Field::new("tp_cache", 352);
/// `tp_subclasses`: a dict from the classes' addresses to weak references, or NULL.
pub const TP_SUBCLASSES: Field<Addr> = Field::new("tp_subclasses", 360);
/// `tp_weaklist`
pub const TP_WEAKLIST: Field<Addr> = Field::new("tp_weaklist", 368);
/// `tp_finalize`
pub const TP_FINALIZE: Field<Addr> = Field::new("tp_finalize", 392);
/// Bytes of the tables of C functions between the two structs.
pub const TABLES_BYTES: u64 = 440;

/// `sizeof(PyMemberDef)`: `tp_itemsize` of `type`.
pub const MEMBER_BYTES: u64 = 40;
/// `PyMemberDef.name`
pub const MEMBER_NAME: Field<Addr> = Field::new("name", 0);
/// `PyMemberDef.type`
pub const MEMBER_TYPE: Field<u32> = Field::new("type", 8);
/// `PyMemberDef.offset`, from the start of the instance.
pub const MEMBER_OFFSET: Field<u64> = Field::new("offset", 16);
/// `Py_T_OBJECT_EX`: a reference that may be NULL.
pub const T_OBJECT_EX: u32 = 16;

/// A field of `PyHeapTypeObject`, by its rank behind the tables.
fn ht(m: &AddressSpace, name: &'static str, rank: u64) -> Field<Addr> {
    Field::new(name, m.profile.sizes.type_object + TABLES_BYTES + rank * 8)
}

/// `ht_name`
#[must_use]
pub fn ht_name(m: &AddressSpace) -> Field<Addr> {
    ht(m, "ht_name", 0)
}

/// `ht_slots`: a tuple of the names in `__slots__`, sorted, or NULL.
#[must_use]
pub fn ht_slots(m: &AddressSpace) -> Field<Addr> {
    ht(m, "ht_slots", 1)
}

/// `ht_qualname`
#[must_use]
pub fn ht_qualname(m: &AddressSpace) -> Field<Addr> {
    ht(m, "ht_qualname", 2)
}

/// `ht_cached_keys`: the keys that all instances share, or NULL.
#[must_use]
pub fn ht_cached_keys(m: &AddressSpace) -> Field<Addr> {
    ht(m, "ht_cached_keys", 3)
}

/// `ht_module`: NULL for classes that a class statement made.
#[must_use]
pub fn ht_module(m: &AddressSpace) -> Field<Addr> {
    ht(m, "ht_module", 4)
}

/// `PyHeapType_GET_MEMBERS`: the definition of the `index`-th name in `__slots__`.
#[must_use]
pub fn member(m: &AddressSpace, class: Addr, index: u64) -> Addr {
    class.offset(m.profile.sizes.heap_type + index * MEMBER_BYTES)
}

/// How many names `__slots__` has, `__dict__` and `__weakref__` not counted.
///
/// # Errors
/// A fault if there is no class.
pub fn member_count(m: &AddressSpace, class: Addr) -> Result<u64, Fault> {
    Ok(head::OB_SIZE.read(m, class)?.cast_unsigned())
}

/// Stage of [`span`] that gives up the names in the shared keys.
const KEYS_STAGE: u32 = 9;

/// `type_traverse`; `type_dealloc`. A static type holds only its subclasses' dict.
/// Source: Objects/typeobject.c.
pub(super) fn span(m: &AddressSpace, class: Addr, walk: Walk, stage: u32) -> Result<Option<Span>, Fault> {
    if head::is_static_type(class) {
        return fields::nth(class, &[TP_SUBCLASSES], stage);
    }
    if walk == Walk::Traverse {
        return fields::nth(class, &[TP_DICT, TP_CACHE, TP_MRO, TP_BASES, tp::BASE, ht_module(m)], stage);
    }
    match stage {
        0..KEYS_STAGE => {
            let held = [tp::BASE, TP_DICT, TP_BASES, TP_MRO, TP_CACHE, TP_SUBCLASSES, ht_name(m), ht_qualname(m), ht_slots(m)];
            fields::nth(class, &held, stage)
        }
        KEYS_STAGE => {
            let keys = ht_cached_keys(m).read(m, class)?;
            if keys.is_null() {
                return Ok(Some(Span::EMPTY));
            }
            let table = Keys::load(m, keys)?;
            Ok(Some(Span { at: table.key_at(0), step: table.kind.entry_bytes(), count: DK_NENTRIES.read(m, keys)? }))
        }
        _ => fields::nth(class, &[ht_module(m)], stage - KEYS_STAGE - 1),
    }
}

/// The block of the keys that instances share: start and bytes.
///
/// # Errors
/// A fault if there is no class.
pub fn cached_keys_block(m: &AddressSpace, class: Addr) -> Result<Option<(Addr, u64)>, Fault> {
    if head::is_static_type(class) {
        return Ok(None);
    }
    let keys = ht_cached_keys(m).read(m, class)?;
    if keys.is_null() {
        return Ok(None);
    }
    let table = Keys::load(m, keys)?;
    Ok(Some((keys, table_bytes(table.log2_size, table.kind))))
}

/// Bytes of the block of a class with `members` names in `__slots__`, pre-header not counted: one definition more ends them.
#[must_use]
pub fn class_bytes(m: &AddressSpace, members: u64) -> u64 {
    m.profile.sizes.heap_type + (members + 1) * MEMBER_BYTES
}

/// `type.__sizeof__(class)` in bytes: with the shared keys, without the members.
///
/// # Errors
/// A fault if there is no type.
pub fn sizeof(m: &AddressSpace, class: Addr) -> Result<u64, Fault> {
    if head::is_static_type(class) {
        return Ok(m.profile.sizes.type_object);
    }
    let keys = cached_keys_block(m, class)?.map_or(0, |(_, bytes)| bytes);
    Ok(m.profile.sizes.heap_type + keys)
}

/// The block of the doc string: start and bytes.
///
/// # Errors
/// A fault if there is no class.
pub fn doc_block(m: &AddressSpace, class: Addr) -> Result<Option<(Addr, u64)>, Fault> {
    let start = TP_DOC.read(m, class)?;
    if head::is_static_type(class) || start.is_null() {
        return Ok(None);
    }
    let mut bytes = 1;
    while m.read::<u8>(start.offset(bytes - 1))? != 0 {
        bytes += 1;
    }
    Ok(Some((start, bytes)))
}
