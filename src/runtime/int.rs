//! `int` and `bool`. Source: Objects/longobject.c.

use super::{alloc, freelist::FreeList, refcount};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::head;
use crate::object::int::{LV_TAG, OB_DIGIT, Value, block_bytes, digit_count, header_word, small};

/// An int of this value: the interpreter's own one if it is small.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new(m: &mut AddressSpace, value: &Value) -> Result<Addr, Fault> {
    if let Some(own) = value.to_i64().and_then(|n| small(m, n)) {
        refcount::incref(m, own, Addr::NULL)?;
        return Ok(own);
    }
    let bytes = block_bytes(value.digits.len() as u64);
    let int = match value.digits[..] {
        [_] => alloc::recycled_or_new(m, FreeList::Int, TypeId::Int, bytes)?,
        _ => alloc::new_object(m, TypeId::Int.addr(), bytes)?,
    };
    write(m, int, value, false)?;
    Ok(int)
}

/// [`new`] for a machine word.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn from_i64(m: &mut AddressSpace, value: i64) -> Result<Addr, Fault> {
    new(m, &Value::from(value))
}

/// Header and digits; 0 has one digit 0.
pub(super) fn write(m: &mut AddressSpace, int: Addr, value: &Value, small: bool) -> Result<(), Fault> {
    let word = header_word(m, value, small);
    LV_TAG.write(m, int, word)?;
    OB_DIGIT.write(m, int, 0)?;
    for (i, &digit) in (0..).zip(&value.digits) {
        m.write(OB_DIGIT.at(int).offset(i * 4), digit)?;
    }
    Ok(())
}

/// The end of `long_dealloc`: ints of one digit wait for the next one (3.14 on), if their type is int itself.
pub(super) fn finish(m: &mut AddressSpace, int: Addr) -> Result<(), Fault> {
    if head::type_of(m, int)? == TypeId::Int.addr() && digit_count(m, int)? <= 1 {
        return alloc::recycle_or_free(m, FreeList::Int, int);
    }
    alloc::free_object(m, int)
}
