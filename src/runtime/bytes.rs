//! `bytes`. Source: Objects/bytesobject.c.

use super::{alloc, refcount};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::bytes::{OB_SHASH, OB_SVAL, bytes_for, one};
use crate::object::head::OB_SIZE;
use crate::object::singleton;

/// `PyBytes_FromStringAndSize`: the interpreter's own object if there is at most one byte.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new(m: &mut AddressSpace, value: &[u8]) -> Result<Addr, Fault> {
    let own = match *value {
        [] => Some(singleton::EMPTY_BYTES),
        [byte] => Some(one(byte)),
        _ => None,
    };
    if let Some(own) = own {
        refcount::incref(m, own, Addr::NULL)?;
        return Ok(own);
    }
    let bytes = alloc::new_object(m, TypeId::Bytes.addr(), bytes_for(value.len() as u64))?;
    write(m, bytes, value)?;
    Ok(bytes)
}

/// Writes all fields behind `ob_type`: the size, no hash yet, the bytes and a NUL.
pub(super) fn write(m: &mut AddressSpace, bytes: Addr, value: &[u8]) -> Result<(), Fault> {
    let n = value.len() as u64;
    OB_SIZE.write(m, bytes, n.cast_signed())?;
    OB_SHASH.write(m, bytes, -1)?;
    m.write_bytes(OB_SVAL.at(bytes), value)?;
    m.write(OB_SVAL.at(bytes).offset(n), 0_u8)
}
