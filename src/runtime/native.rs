//! What `tp_new` of a static base writes into a new instance of a class that derives from it, so that the instance is a sound
//! empty dict, set, str, ... Source: `dict_new`, `make_new_set`, `unicode_subtype_new`, `long_subtype_new`.

use super::{bytes, dict, instance, int, refcount, set, str};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::bytearray::{OB_BYTES, OB_BYTES_OBJECT, OB_START, has_bytes_object};
use crate::object::bytes::OB_SVAL;
use crate::object::head::{native_type, type_of};
use crate::object::int::Value;
use crate::object::{singleton, tuple};

/// Gives a new instance, whose memory is zeroed, the value that its static type has without arguments: `dict()`, `str()`, ...
pub(super) fn init(m: &mut AddressSpace, obj: Addr) -> Result<(), Fault> {
    match native_type(m, type_of(m, obj)?)? {
        TypeId::Dict => dict::init_empty(m, obj),
        TypeId::Set | TypeId::FrozenSet => set::make_empty(m, obj),
        TypeId::Str => str::copy_into(m, obj, singleton::EMPTY_STR),
        TypeId::Int => int::write(m, obj, &Value::default(), false),
        TypeId::Bytes => bytes::write(m, obj, &[]),
        TypeId::Tuple if tuple::has_hash(m) => tuple::OB_HASH.write(m, obj, -1),
        TypeId::ByteArray if has_bytes_object(m) => {
            refcount::assign(m, OB_BYTES_OBJECT.at(obj), singleton::EMPTY_BYTES)?;
            OB_BYTES.write(m, obj, OB_SVAL.at(singleton::EMPTY_BYTES))?;
            OB_START.write(m, obj, OB_SVAL.at(singleton::EMPTY_BYTES))
        }
        _ => Ok(()),
    }
}

/// `class(text)` for a class that derives from str, with the characters of the string `text`.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new_str(m: &mut AddressSpace, class: Addr, text: Addr) -> Result<Addr, Fault> {
    let obj = instance::bare(m, class, 0)?;
    str::copy_into(m, obj, text)?;
    Ok(obj)
}
