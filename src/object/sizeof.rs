//! `sys.getsizeof`: `__sizeof__` of each kind, and the pre-header.

use super::{Fault, Kind, bytearray, code, dict, generator, head, int, list, set, str, type_object};
use crate::abi::Release;
use crate::ids::Addr;
use crate::mem::AddressSpace;

/// `sys.getsizeof(obj)` in bytes. Blocks that `__sizeof__` does not know (values of instances) are not counted.
///
/// # Errors
/// A fault if there is no object.
pub fn sizeof(m: &AddressSpace, obj: Addr) -> Result<u64, Fault> {
    let flags = head::type_flags(m, head::type_of(m, obj)?)?;
    // Static type objects have no pre-header, though it is counted up to 3.12. Source: Python/sysmodule.c:`_PySys_GetSizeOf`.
    let is_static = m.profile.release >= Release::Cp313 && head::is_static_type(obj) && Kind::of(m, obj)? == Kind::Type;
    Ok(own(m, obj)? + if is_static { 0 } else { head::preheader_bytes(flags) })
}

/// `obj.__sizeof__()`. An instance has the one of the static type that its class derives from.
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
