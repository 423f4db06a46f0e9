//! `bytearray`: growth, shrinking, removal at the front without moving. Source: Objects/bytearrayobject.c.

use super::{alloc, refcount};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::bytearray::{OB_ALLOC, OB_BYTES, OB_BYTES_OBJECT, OB_EXPORTS, OB_START, has_bytes_object, len};
use crate::object::bytes::{OB_SHASH, OB_SVAL, bytes_for};
use crate::object::head::OB_SIZE;
use crate::object::singleton::EMPTY_BYTES;
use crate::pymalloc;

/// `bytearray(value)`
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new(m: &mut AddressSpace, value: &[u8]) -> Result<Addr, Fault> {
    let bytes = m.profile.sizes.bytearray;
    let array = alloc::new_object(m, TypeId::ByteArray.addr(), bytes)?;
    OB_SIZE.write(m, array, 0)?;
    OB_EXPORTS.write(m, array, 0)?;
    if has_bytes_object(m) {
        use_bytes_object(m, array, EMPTY_BYTES, 0)?;
    } else {
        use_block(m, array, Addr::NULL, 0)?;
    }
    resize(m, array, value.len() as u64)?;
    let start = OB_START.read(m, array)?;
    m.write_bytes(start, value)?;
    Ok(array)
}

fn use_block(m: &mut AddressSpace, array: Addr, block: Addr, alloc: u64) -> Result<(), Fault> {
    OB_BYTES.write(m, array, block)?;
    OB_START.write(m, array, block)?;
    OB_ALLOC.write(m, array, alloc)
}

fn use_bytes_object(m: &mut AddressSpace, array: Addr, bytes: Addr, alloc: u64) -> Result<(), Fault> {
    OB_BYTES_OBJECT.write(m, array, bytes)?;
    use_block(m, array, OB_SVAL.at(bytes), alloc)
}

/// `PyByteArray_Resize`: grows by an eighth and a few bytes if little is missing, otherwise to just what is needed; shrinks to
/// what is needed if less than half is in use.
///
/// # Errors
/// [`Fault::OutOfMemory`]; the array is unchanged then.
pub fn resize(m: &mut AddressSpace, array: Addr, n: u64) -> Result<(), Fault> {
    let old = len(m, array)?;
    if n == old {
        return Ok(());
    }
    let (alloc, block, start) = (OB_ALLOC.read(m, array)?, OB_BYTES.read(m, array)?, OB_START.read(m, array)?);
    let offset = start.0 - block.0;
    // Room for the NUL counts where no bytes object provides it.
    let nul = u64::from(!has_bytes_object(m));
    let wanted = if n + offset + nul <= alloc {
        let empties = n == 0 && has_bytes_object(m);
        if n >= alloc / 2 && !empties {
            OB_SIZE.write(m, array, n.cast_signed())?;
            return m.write(start.offset(n), 0_u8);
        }
        n + nul
    } else if n * 8 <= alloc * 9 {
        n + (n >> 3) + if n < 9 { 3 } else { 6 }
    } else {
        n + nul
    };
    if has_bytes_object(m) {
        if offset > 0 {
            m.copy(start, block, n.min(old))?;
        }
        let bytes = resize_bytes(m, OB_BYTES_OBJECT.read(m, array)?, wanted)?;
        use_bytes_object(m, array, bytes, wanted)?;
    } else {
        let block = new_block(m, block, start, wanted, n.min(old))?;
        use_block(m, array, block, wanted)?;
    }
    OB_SIZE.write(m, array, n.cast_signed())?;
    let start = OB_START.read(m, array)?;
    m.write(start.offset(n), 0_u8)
}

/// The block with room for `wanted` bytes; one whose front was removed is not reused.
fn new_block(m: &mut AddressSpace, block: Addr, start: Addr, wanted: u64, keep: u64) -> Result<Addr, Fault> {
    if block.is_null() {
        return pymalloc::malloc(m, wanted);
    }
    if start == block {
        return pymalloc::realloc(m, block, wanted);
    }
    let new = pymalloc::malloc(m, wanted)?;
    m.copy(start, new, keep)?;
    pymalloc::free(m, block)?;
    Ok(new)
}

/// `_PyBytes_Resize`, for a bytes object that nobody else has, or the empty one.
fn resize_bytes(m: &mut AddressSpace, bytes: Addr, n: u64) -> Result<Addr, Fault> {
    if n == 0 {
        refcount::decref(m, bytes, Addr::NULL)?;
        return Ok(EMPTY_BYTES);
    }
    let new = if bytes == EMPTY_BYTES {
        alloc::new_object(m, TypeId::Bytes.addr(), bytes_for(n))?
    } else {
        let moved = pymalloc::realloc(m, bytes, bytes_for(n))?;
        alloc::new_reference(m, moved, bytes_for(n))?;
        moved
    };
    OB_SIZE.write(m, new, n.cast_signed())?;
    OB_SHASH.write(m, new, -1)?;
    m.write(OB_SVAL.at(new).offset(n), 0_u8)?;
    Ok(new)
}

/// `array += value`, `array.extend(value)`, and `append` for one byte.
///
/// # Errors
/// [`Fault::OutOfMemory`]; the array is unchanged then.
pub fn extend(m: &mut AddressSpace, array: Addr, value: &[u8]) -> Result<(), Fault> {
    let n = len(m, array)?;
    resize(m, array, n + value.len() as u64)?;
    let start = OB_START.read(m, array)?;
    m.write_bytes(start.offset(n), value)
}

/// `del array[:n]`, for n up to the length: the start moves.
///
/// # Errors
/// A fault if there is no bytearray.
pub fn delete_front(m: &mut AddressSpace, array: Addr, n: u64) -> Result<(), Fault> {
    let (start, old) = (OB_START.read(m, array)?, len(m, array)?);
    OB_START.write(m, array, start.offset(n))?;
    resize(m, array, old - n)
}

/// The end of `bytearray_dealloc`: a bytes object of its own is given up already.
pub(super) fn finish(m: &mut AddressSpace, array: Addr) -> Result<(), Fault> {
    free_block(m, array)?;
    alloc::free_object(m, array)
}

/// Frees what [`finish`] frees beside the object.
pub(super) fn free_block(m: &mut AddressSpace, array: Addr) -> Result<(), Fault> {
    let block = OB_BYTES.read(m, array)?;
    if has_bytes_object(m) || block.is_null() { Ok(()) } else { pymalloc::free(m, block) }
}
