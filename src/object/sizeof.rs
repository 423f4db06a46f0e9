//! `sys.getsizeof`: `__sizeof__` of each kind, and the pre-header.

use super::{Fault, Kind, bytearray, code, dict, generator, head, int, list, set, str, type_object};
use crate::abi::space::EMPTY_KEYS;
use crate::ids::Addr;
use crate::mem::AddressSpace;

/// `sys.getsizeof(obj)` in bytes. Blocks that `__sizeof__` does not know (values of instances) are not counted.
///
/// # Errors
/// A fault if there is no object.
pub fn sizeof(m: &AddressSpace, obj: Addr) -> Result<u64, Fault> {
    let flags = head::type_flags(m, head::type_of(m, obj)?)?;
    // Static type objects have no pre-header, though some releases count one. Source: Python/sysmodule.c:`_PySys_GetSizeOf`.
    let is_bare =
        !m.profile.features.static_type_size_with_preheader && head::is_static_type(obj) && Kind::of(m, obj)? == Kind::Type;
    Ok(own(m, obj)? + if is_bare { 0 } else { head::preheader_bytes(flags) })
}

/// `obj.__sizeof__()`; an instance inherits it from the static type that its class derives from.
fn own(m: &AddressSpace, obj: Addr) -> Result<u64, Fault> {
    let basic = head::tp::BASICSIZE.read(m, head::type_of(m, obj)?)?;
    Ok(match Kind::native(m, obj)? {
        Kind::Int => int::sizeof(m, obj)?,
        Kind::Str => str::sizeof(m, obj)?,
        Kind::List => basic + list::ALLOCATED.read(m, obj)? * 8,
        Kind::Dict => basic - dict::DICT_BYTES + dict::sizeof(m, obj)?,
        Kind::ByteArray => basic + bytearray::room_bytes(m, obj)?,
        Kind::Set => basic + set::own_table(m, obj)?.map_or(0, |(_, bytes)| bytes),
        Kind::Type => type_object::sizeof(m, obj)?,
        Kind::Code => code::sizeof(m, obj)?,
        Kind::Generator => generator::sizeof(m, obj)?,
        _ => basic + items_bytes(m, obj)?,
    })
}

/// `object.__sizeof__` adds `ob_size` items. Source: Objects/typeobject.c:`object___sizeof___impl`.
fn items_bytes(m: &AddressSpace, obj: Addr) -> Result<u64, Fault> {
    let item = head::tp::ITEMSIZE.read(m, head::type_of(m, obj)?)?;
    Ok(if item == 0 { 0 } else { head::OB_SIZE.read(m, obj)?.unsigned_abs() * item })
}

/// How [`sizeof`] of any object of one type follows from the four words behind its `ob_type`, for loops over many objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizeRule {
    /// All objects of the type have this many bytes.
    Fixed(u64),
    /// The first number of bytes, and the second for each item that the word at 16 (`ob_size`) counts.
    Items(u64, u64),
    /// This many bytes, and a pointer for each item that the word at 32 (a list's `allocated`) counts.
    Room(u64),
    /// This many bytes, and 4 for each digit of an int, at least one.
    Digits(u64),
    /// A string: compact ASCII by its length; any other has to be asked.
    Text,
    /// This many bytes, and what [`dict::sizeof`] says: the words alone tell only while the dict has the shared empty keys.
    Dict(u64),
    /// No rule: each object has to be asked.
    Own,
}

const POINTER_BYTES: u64 = 8;
const DIGIT_BYTES: u64 = 4;

impl SizeRule {
    /// The rule of `obj`'s type.
    ///
    /// # Errors
    /// A fault if there is no object.
    pub fn of(m: &AddressSpace, obj: Addr) -> Result<SizeRule, Fault> {
        // An object that has no such words may lie at the end of mapped memory.
        let [items, room] = [16, 32].map(|offset| m.read(obj.offset(offset)).unwrap_or(0_u64));
        let whole = sizeof(m, obj)?;
        let item = head::tp::ITEMSIZE.read(m, head::type_of(m, obj)?)?;
        Ok(match Kind::native(m, obj)? {
            Kind::Int => SizeRule::Digits(whole - int::digits_of(m.profile.int_header, items).max(1) * DIGIT_BYTES),
            Kind::Str => SizeRule::Text,
            Kind::List => SizeRule::Room(whole - room * POINTER_BYTES),
            Kind::Dict => SizeRule::Dict(whole - dict::sizeof(m, obj)?),
            Kind::ByteArray | Kind::Set | Kind::Type | Kind::Code | Kind::Generator => SizeRule::Own,
            _ if item == 0 => SizeRule::Fixed(whole),
            _ => SizeRule::Items(whole - items.cast_signed().unsigned_abs() * item, item),
        })
    }

    /// `sys.getsizeof` of an object with these words at 16, 24, 32 and 40; `None` if they do not tell, see [`SizeRule::ask`].
    #[must_use]
    #[inline(always)]
    pub fn bytes(self, m: &AddressSpace, words: [u64; 4]) -> Option<u64> {
        let [items, _, room, _] = words;
        match self {
            SizeRule::Fixed(bytes) => Some(bytes),
            SizeRule::Items(bytes, each) => Some(bytes + items.cast_signed().unsigned_abs() * each),
            SizeRule::Room(bytes) => Some(bytes + room * POINTER_BYTES),
            SizeRule::Digits(bytes) => Some(bytes + int::digits_of(m.profile.int_header, items).max(1) * DIGIT_BYTES),
            SizeRule::Text => str::compact_ascii_bytes(m, items, room.to_le_bytes()[0]),
            SizeRule::Dict(bytes) => {
                let [_, _, keys, values] = words;
                (keys == EMPTY_KEYS.0 && values == 0).then_some(bytes + dict::DICT_BYTES)
            }
            SizeRule::Own => None,
        }
    }

    /// `sys.getsizeof(obj)`, where [`SizeRule::bytes`] cannot tell.
    ///
    /// # Errors
    /// A fault if there is no object.
    pub fn ask(self, m: &AddressSpace, obj: Addr) -> Result<u64, Fault> {
        match self {
            SizeRule::Dict(bytes) => Ok(bytes + dict::sizeof(m, obj)?),
            _ => sizeof(m, obj),
        }
    }
}
