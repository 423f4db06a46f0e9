//! `PyByteArrayObject`: the bytes lie in a block of its own (3.15: in a bytes object of its own), perhaps not at its start.
//!
//! ```text
//!   16 ob_size | 24 ob_alloc | 32 ob_bytes | 40 ob_start | 48 ob_exports | 56 ob_bytes_object (3.15)
//!
//!   ob_bytes       ob_start                         ob_bytes + ob_alloc
//!      | removed     | ob_size bytes | NUL | room        |
//! ```
//! Source: Include/cpython/bytearrayobject.h.

use super::slots::Span;
use super::{Fault, bytes, head};
use crate::ids::Addr;
use crate::mem::{AddressSpace, Field};

/// `ob_alloc`: how many bytes there is room for, up to 3.14 with the NUL at the end.
pub const OB_ALLOC: Field<u64> = Field::new("ob_alloc", 24);
/// `ob_bytes`: where the room begins.
pub const OB_BYTES: Field<Addr> = Field::new("ob_bytes", 32);
/// `ob_start`: where the first byte is.
pub const OB_START: Field<Addr> = Field::new("ob_start", 40);
/// `ob_exports`: how many buffers are lent.
pub const OB_EXPORTS: Field<u64> = Field::new("ob_exports", 48);
/// `ob_bytes_object` (3.15): the bytes object whose bytes these are.
pub const OB_BYTES_OBJECT: Field<Addr> = Field::new("ob_bytes_object", 56);

/// Whether this release keeps the bytes in a bytes object.
#[must_use]
pub const fn has_bytes_object(m: &AddressSpace) -> bool {
    m.profile.sizes.bytearray > OB_BYTES_OBJECT.offset_bytes
}

#[allow(clippy::unnecessary_wraps, reason = "one signature for all `span` functions")]
pub(super) fn span(m: &AddressSpace, array: Addr, stage: u32) -> Result<Option<Span>, Fault> {
    Ok((stage == 0 && has_bytes_object(m)).then_some(Span::one(OB_BYTES_OBJECT.at(array))))
}

/// `len(array)`
///
/// # Errors
/// A fault if there is no bytearray.
pub fn len(m: &AddressSpace, array: Addr) -> Result<u64, Fault> {
    Ok(head::OB_SIZE.read(m, array)?.cast_unsigned())
}

/// The first `at_most` bytes.
///
/// # Errors
/// A fault if there is no bytearray.
pub fn value(m: &AddressSpace, array: Addr, at_most: u64) -> Result<Vec<u8>, Fault> {
    super::copy_out(m, OB_START.read(m, array)?, len(m, array)?.min(at_most))
}

/// What `bytearray.__sizeof__()` counts besides the object itself, in bytes.
///
/// # Errors
/// A fault if there is no bytearray.
pub fn room_bytes(m: &AddressSpace, array: Addr) -> Result<u64, Fault> {
    let alloc = OB_ALLOC.read(m, array)?;
    Ok(if has_bytes_object(m) && alloc > 0 { bytes::bytes_for(alloc) } else { alloc })
}
