//! `PyLongObject`: sign, number of digits, 30-bit digits, the lowest first; room for at least one.
//!
//! ```text
//!                            16                          24
//!   3.11        ... ob_type | ob_size: +-digits         | ob_digit[0] u32 | ob_digit[1] ...
//!   3.12, 3.13  ... ob_type | lv_tag: digits << 3 | sign | ob_digit[0] u32 | ob_digit[1] ...
//!   3.14, 3.15  the same, lv_tag bit 2 set in small ints       sign: 0 positive, 1 zero, 2 negative
//! ```
//! Source: Include/cpython/longintrepr.h.

mod value;

use super::{Fault, head};
use crate::abi::{IntHeader, space};
use crate::ids::Addr;
use crate::ids::gather::Gather as _;
use crate::mem::{AddressSpace, Field};
pub use value::Value;

/// `lv_tag` (3.12 on); `ob_size` in 3.11.
pub const LV_TAG: Field<u64> = Field::new("lv_tag", 16);
/// `ob_digit[0]`
pub const OB_DIGIT: Field<u32> = Field::new("ob_digit", 24);
/// Bits in a digit. (`PyLong_SHIFT`)
pub const DIGIT_BITS: u32 = 30;
/// The smallest of the small ints.
pub const SMALL_INT_MIN: i64 = -5;

const SIGN: u64 = 3;
const ZERO: u64 = 1;
const NEGATIVE: u64 = 2;
const SMALL: u64 = 4;
const SIZE_SHIFT: u32 = 3;

/// The word at 16 for an int of this value. `small`: one of the interpreter's small ints, True or False.
#[must_use]
pub fn header_word(m: &AddressSpace, value: &Value, small: bool) -> u64 {
    let n = value.digits.len() as u64;
    let sign = match (n, value.negative) {
        (0, _) => ZERO,
        (_, true) => NEGATIVE,
        (_, false) => 0,
    };
    match m.profile.int_header {
        IntHeader::SignedSize if value.negative => n.wrapping_neg(),
        IntHeader::SignedSize => n,
        IntHeader::TagWithSmallFlag if small => n << SIZE_SHIFT | sign | SMALL,
        IntHeader::Tag | IntHeader::TagWithSmallFlag => n << SIZE_SHIFT | sign,
    }
}

/// How many digits the value has: 0 for 0.
///
/// # Errors
/// A fault if there is no int.
pub fn digit_count(m: &AddressSpace, int: Addr) -> Result<u64, Fault> {
    Ok(digits_of(m.profile.int_header, LV_TAG.read(m, int)?))
}

/// [`digit_count`] by the word at 16.
#[must_use]
#[inline]
pub const fn digits_of(header: IntHeader, word: u64) -> u64 {
    match header {
        IntHeader::SignedSize => word.cast_signed().unsigned_abs(),
        IntHeader::Tag | IntHeader::TagWithSmallFlag => word >> SIZE_SHIFT,
    }
}

/// Whether the value is below 0.
///
/// # Errors
/// A fault if there is no int.
pub fn is_negative(m: &AddressSpace, int: Addr) -> Result<bool, Fault> {
    let word = LV_TAG.read(m, int)?;
    Ok(match m.profile.int_header {
        IntHeader::SignedSize => word.cast_signed() < 0,
        IntHeader::Tag | IntHeader::TagWithSmallFlag => word & SIGN == NEGATIVE,
    })
}

/// Digit `index`, counted from the lowest.
///
/// # Errors
/// A fault if there is no int or it is shorter.
pub fn digit(m: &AddressSpace, int: Addr, index: u64) -> Result<u32, Fault> {
    m.read(OB_DIGIT.at(int).offset(index * 4))
}

/// The value, of any size.
///
/// # Errors
/// A fault if there is no int.
pub fn value(m: &AddressSpace, int: Addr) -> Result<Value, Fault> {
    let digits = (0..digit_count(m, int)?).map(|i| digit(m, int, i)).try_gather()?;
    Ok(Value { negative: is_negative(m, int)?, digits })
}

/// The value if it fits.
///
/// # Errors
/// A fault if there is no int.
pub fn to_i64(m: &AddressSpace, int: Addr) -> Result<Option<i64>, Fault> {
    if digit_count(m, int)? > 3 { Ok(None) } else { Ok(value(m, int)?.to_i64()) }
}

/// The interpreter's own int of this value, if it is a small one.
#[must_use]
pub fn small(m: &AddressSpace, value: i64) -> Option<Addr> {
    (SMALL_INT_MIN..=m.profile.small_int_max)
        .contains(&value)
        .then(|| space::SMALL_INTS.offset((value - SMALL_INT_MIN).cast_unsigned() * space::SMALL_INT_STRIDE))
}

/// `int.__sizeof__()` in bytes.
///
/// # Errors
/// A fault if there is no int.
pub fn sizeof(m: &AddressSpace, int: Addr) -> Result<u64, Fault> {
    Ok(bytes_for(digit_count(m, int)?))
}

/// What `__sizeof__` says of an int with `digits` digits.
#[must_use]
pub fn bytes_for(digits: u64) -> u64 {
    digits.max(1).wrapping_mul(4).wrapping_add(head::OBJECT_BYTES + 8)
}

/// Bytes that are asked for for such an int: at least `sizeof(PyLongObject)`, which is padded.
#[must_use]
pub fn block_bytes(digits: u64) -> u64 {
    bytes_for(digits.max(2))
}
