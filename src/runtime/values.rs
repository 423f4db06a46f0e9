//! Values blocks: making, ordering, freeing. Source: Objects/dictobject.c.

use super::refcount;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::values::{
    CAPACITY, EMBEDDED, SIZE, VALID, block_bytes, has_header, len, len_at, order, order_at, own_block, prefix_bytes, slot,
};
use crate::pymalloc;

/// `new_values`: a block of its own for `n` values, all NULL.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub(super) fn new(m: &mut AddressSpace, n: u64) -> Result<Addr, Fault> {
    let block = pymalloc::malloc(m, block_bytes(m, n))?;
    let values = if has_header(m) {
        CAPACITY.write(m, block, byte(block, n)?)?;
        SIZE.write(m, block, 0)?;
        // `valid` and the bytes behind it are left as they were.
        EMBEDDED.write(m, block, 0)?;
        block
    } else {
        let values = block.offset(prefix_bytes(n));
        m.write(values.back(1), byte(block, prefix_bytes(n))?)?;
        m.write(values.back(2), 0_u8)?;
        values
    };
    m.fill(slot(m, values, 0), n * 8, 0)?;
    Ok(values)
}

/// The first words of inline values with room for `n`. (`_PyObject_InitInlineValues`)
///
/// # Errors
/// A fault if there is no instance.
pub(super) fn init_embedded(m: &mut AddressSpace, values: Addr, n: u64) -> Result<(), Fault> {
    CAPACITY.write(m, values, byte(values, n)?)?;
    SIZE.write(m, values, 0)?;
    EMBEDDED.write(m, values, 1)?;
    VALID.write(m, values, 1)?;
    m.fill(slot(m, values, 0), n * 8, 0)
}

fn byte(at: Addr, n: u64) -> Result<u8, Fault> {
    u8::try_from(n).map_err(|_| Fault::Corrupt(at, "values block"))
}

/// `_PyDictValues_AddToInsertionOrder`
///
/// # Errors
/// A fault if there are no values.
pub(super) fn add_to_order(m: &mut AddressSpace, values: Addr, ix: u64) -> Result<(), Fault> {
    let n = len(m, values)?;
    let at = order_at(m, values, n)?;
    m.write(at, byte(values, ix)?)?;
    m.write(len_at(m, values), byte(values, n + 1)?)
}

/// `delete_index_from_values`
///
/// # Errors
/// A fault if `ix` is not among the values that are set.
pub(super) fn delete_from_order(m: &mut AddressSpace, values: Addr, ix: u64) -> Result<(), Fault> {
    let n = len(m, values)?;
    let mut found = false;
    for i in 0..n {
        let here = order(m, values, i)?;
        if found {
            let at = order_at(m, values, i - 1)?;
            m.write(at, byte(values, here)?)?;
        }
        found |= here == ix;
    }
    if !found {
        return Err(Fault::Corrupt(values, "values block: its insertion order"));
    }
    m.write(len_at(m, values), byte(values, n - 1)?)
}

/// `free_values`, for a block of its own.
///
/// # Errors
/// A fault if there are no values.
pub(super) fn free(m: &mut AddressSpace, values: Addr) -> Result<(), Fault> {
    let (start, _) = own_block(m, values, 0)?;
    pymalloc::free(m, start)
}

/// The references were moved elsewhere: inline values are not valid any more, and from 3.14 on NULL. (3.13 leaves the pointers.)
///
/// # Errors
/// A fault if there are no values.
pub(super) fn invalidate(m: &mut AddressSpace, values: Addr) -> Result<(), Fault> {
    VALID.write(m, values, 0)?;
    if !m.profile.features.moved_values_nulled {
        return Ok(());
    }
    let n = u64::from(CAPACITY.read(m, values)?);
    m.fill(slot(m, values, 0), n * 8, 0)
}

/// Gives up the first `n` values: all slots are NULL before the first object can die.
///
/// # Errors
/// A fault if there are no values.
pub(super) fn clear(m: &mut AddressSpace, values: Addr, n: u64) -> Result<(), Fault> {
    let mut held = Vec::new();
    for ix in 0..n {
        let at = slot(m, values, ix);
        held.push((m.read::<Addr>(at)?, at));
        m.write(at, Addr::NULL)?;
    }
    m.write(len_at(m, values), 0_u8)?;
    for (value, at) in held {
        if !value.is_null() {
            refcount::decref(m, value, at)?;
        }
    }
    Ok(())
}

/// `copy_values`: a block of its own with the same order and the references, which are not counted: the caller moves or counts
/// them. `n` is what the shared keys have room for (3.11, 3.12: as many are copied).
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub(super) fn copy(m: &mut AddressSpace, values: Addr, n: u64) -> Result<Addr, Fault> {
    let n = if has_header(m) { u64::from(CAPACITY.read(m, values)?) } else { n };
    let copy = new(m, n)?;
    let size = len(m, values)?;
    m.write(len_at(m, copy), byte(values, size)?)?;
    if has_header(m) {
        m.copy(order_at(m, values, 0)?, order_at(m, copy, 0)?, n)?;
    } else {
        // Order bytes, used or not, as far as the new prefix has room.
        let bytes = prefix_bytes(n) - 2;
        m.copy(values.back(2 + bytes), copy.back(2 + bytes), bytes)?;
    }
    m.copy(slot(m, values, 0), slot(m, copy, 0), n * 8)?;
    Ok(copy)
}
