//! The blocks of memory that belong to one object: the one it lies in, and those that its fields point to.

use super::head::{is_static_type, preheader_bytes, tp, type_flags, type_of};
use super::{Fault, Kind, bytearray, bytes, code, dict, generator, instance, int, list, set, str, tuple, type_object, values};
use crate::ids::Addr;
use crate::ids::gather::Grow as _;
use crate::mem::AddressSpace;

/// What a block is to the object that owns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The object itself, with what stands in front of it.
    Object,
    /// A list's items.
    ItemArray,
    /// A dict's own keys.
    KeysTable,
    /// Attribute values in the order of shared keys.
    Values,
    /// The keys that a class's instances share.
    SharedKeys,
    /// A set's entries, once they are too many for the object.
    SetTable,
    /// The characters of a str that is not compact.
    Characters,
    /// A str's UTF-8 form.
    Utf8Form,
    /// A bytearray's bytes, where no bytes object holds them.
    Bytes,
    /// A class's doc string for C.
    DocString,
}

impl Part {
    /// As readers call it: `object`, `item array`, ...
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Part::Object => "object",
            Part::ItemArray => "item array",
            Part::KeysTable => "keys table",
            Part::Values => "values",
            Part::SharedKeys => "shared keys",
            Part::SetTable => "table",
            Part::Characters => "characters",
            Part::Utf8Form => "UTF-8 form",
            Part::Bytes => "bytes",
            Part::DocString => "doc string",
        }
    }
}

/// A block that an object owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnBlock {
    /// What it is for.
    pub part: Part,
    /// First byte.
    pub start: Addr,
    /// Bytes asked for.
    pub asked_bytes: u64,
}

impl OwnBlock {
    /// Whether `addr` lies in it.
    #[must_use]
    pub fn contains(&self, addr: Addr) -> bool {
        addr >= self.start && addr < self.start.offset(self.asked_bytes)
    }
}

/// The block of `obj` that `addr` lies in.
///
/// # Errors
/// A fault if the object's bytes are not sound.
pub fn around(m: &AddressSpace, obj: Addr, addr: Addr) -> Result<Option<OwnBlock>, Fault> {
    Ok(of(m, obj)?.into_iter().find(|block| block.contains(addr)))
}

/// The blocks of `obj`, the one it lies in first.
///
/// # Errors
/// A fault if the object's bytes are not sound.
pub fn of(m: &AddressSpace, obj: Addr) -> Result<Vec<OwnBlock>, Fault> {
    let kind = Kind::of(m, obj)?;
    let is_static = kind == Kind::Type && is_static_type(obj);
    let pre = if is_static { 0 } else { preheader_bytes(type_flags(m, type_of(m, obj)?)?) };
    let mut blocks = vec![OwnBlock { part: Part::Object, start: obj.back(pre), asked_bytes: pre + object_bytes(m, obj, kind)? }];
    more_blocks(m, obj, kind, &mut blocks)?;
    Ok(blocks)
}

/// Bytes that were asked for for the object itself, pre-header not counted.
fn object_bytes(m: &AddressSpace, obj: Addr, kind: Kind) -> Result<u64, Fault> {
    match kind {
        Kind::Tuple => tuple::sizeof(m, obj),
        Kind::Int => Ok(int::block_bytes(int::digit_count(m, obj)?)),
        Kind::Str => str::object_bytes(m, obj),
        Kind::Bytes => bytes::sizeof(m, obj),
        Kind::Type if is_static_type(obj) => Ok(m.profile.sizes.type_object),
        Kind::Type => type_object::member_count(m, obj).map(|members| type_object::class_bytes(m, members)),
        Kind::Code => code::sizeof(m, obj),
        Kind::Generator => generator::sizeof(m, obj),
        Kind::Instance => instance::object_bytes(m, obj),
        _ => tp::BASICSIZE.read(m, type_of(m, obj)?),
    }
}

/// The blocks that the object's fields point to.
fn more_blocks(m: &AddressSpace, obj: Addr, kind: Kind, blocks: &mut Vec<OwnBlock>) -> Result<(), Fault> {
    match kind {
        Kind::List => {
            let start = list::OB_ITEM.read(m, obj)?;
            if !start.is_null() {
                blocks.add(OwnBlock {
                    part: Part::ItemArray,
                    start,
                    asked_bytes: list::ALLOCATED.read(m, obj)?.saturating_mul(8),
                });
            }
        }
        Kind::Str => {
            let parts = [(Part::Utf8Form, str::utf8_block(m, obj)?), (Part::Characters, str::data_block(m, obj)?)];
            for (part, block) in parts {
                if let Some((start, asked_bytes)) = block {
                    blocks.add(OwnBlock { part, start, asked_bytes });
                }
            }
        }
        Kind::ByteArray if !bytearray::has_bytes_object(m) => {
            let start = bytearray::OB_BYTES.read(m, obj)?;
            if !start.is_null() {
                blocks.add(OwnBlock { part: Part::Bytes, start, asked_bytes: bytearray::OB_ALLOC.read(m, obj)? });
            }
        }
        Kind::Dict => dict_blocks(m, obj, blocks)?,
        Kind::Type => {
            if let Some((start, asked_bytes)) = type_object::cached_keys_block(m, obj)? {
                blocks.add(OwnBlock { part: Part::SharedKeys, start, asked_bytes });
            }
            if let Some((start, asked_bytes)) = type_object::doc_block(m, obj)? {
                blocks.add(OwnBlock { part: Part::DocString, start, asked_bytes });
            }
        }
        Kind::Instance => {
            if let Some((start, asked_bytes)) = instance::values_block(m, obj)? {
                blocks.add(OwnBlock { part: Part::Values, start, asked_bytes });
            }
            let native = Kind::native(m, obj)?;
            if native != Kind::Instance {
                more_blocks(m, obj, native, blocks)?;
            }
        }
        Kind::Set => {
            if let Some((start, asked_bytes)) = set::own_table(m, obj)? {
                blocks.add(OwnBlock { part: Part::SetTable, start, asked_bytes });
            }
        }
        _ => {}
    }
    Ok(())
}

/// A keys table of its own; values that belong to no instance.
fn dict_blocks(m: &AddressSpace, dict: Addr, blocks: &mut Vec<OwnBlock>) -> Result<(), Fault> {
    if let Some((start, asked_bytes)) = dict::own_table(m, dict)? {
        blocks.add(OwnBlock { part: Part::KeysTable, start, asked_bytes });
    }
    let held = dict::MA_VALUES.read(m, dict)?;
    if !held.is_null() && !values::is_embedded(m, held)? {
        let (start, asked_bytes) = values::own_block(m, held, dict::keys(m, dict)?.shared_size(m)?)?;
        blocks.add(OwnBlock { part: Part::Values, start, asked_bytes });
    }
    Ok(())
}
