//! `PyBytesObject`: the bytes lie in the object, a NUL behind them. Source: Include/cpython/bytesobject.h.

use super::{Fault, head};
use crate::abi::space;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Field};

/// `ob_shash`: -1 until asked for.
pub const OB_SHASH: Field<i64> = Field::new("ob_shash", 24);
/// `ob_sval`
pub const OB_SVAL: Field<u8> = Field::new("ob_sval", 32);

/// `len(bytes)`
///
/// # Errors
/// A fault if there is no bytes object.
pub fn len(m: &AddressSpace, bytes: Addr) -> Result<u64, Fault> {
    Ok(head::OB_SIZE.read(m, bytes)?.cast_unsigned())
}

/// The first `at_most` bytes.
///
/// # Errors
/// A fault if there is no bytes object.
pub fn value(m: &AddressSpace, bytes: Addr, at_most: u64) -> Result<Vec<u8>, Fault> {
    super::copy_out(m, OB_SVAL.at(bytes), len(m, bytes)?.min(at_most))
}

/// The interpreter's own object for one byte.
#[must_use]
pub const fn one(byte: u8) -> Addr {
    space::BYTES1.offset(byte as u64 * space::BYTE_STRIDE)
}

/// `bytes.__sizeof__()` in bytes.
///
/// # Errors
/// A fault if there is no bytes object.
pub fn sizeof(m: &AddressSpace, bytes: Addr) -> Result<u64, Fault> {
    Ok(bytes_for(len(m, bytes)?))
}

/// Bytes of a bytes object of this length.
#[must_use]
pub const fn bytes_for(len: u64) -> u64 {
    len.wrapping_add(OB_SVAL.offset_bytes + 1)
}
