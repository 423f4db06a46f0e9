//! `range`. Source: Objects/rangeobject.c.

use super::{alloc, freelist, freelist::FreeList, int, refcount};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::int::Value;
use crate::object::range::{LENGTH, RANGE_BYTES, START, STEP, STOP};

/// `range(start, stop, step)` for a step that is not 0. The ints come first, the length last of them.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new(m: &mut AddressSpace, start: i64, stop: i64, step: i64) -> Result<Addr, Fault> {
    let mut parts = [Addr::NULL; 4];
    let values = [Value::from(start), Value::from(stop), Value::from(step), Value::from(length(start, stop, step))];
    for (part, value) in parts.iter_mut().zip(&values) {
        *part = int::new(m, value)?;
    }
    let range = match freelist::pop(m, FreeList::Range)? {
        Some(range) => {
            alloc::new_reference(m, range, RANGE_BYTES)?;
            range
        }
        None => alloc::new_object(m, TypeId::Range.addr(), RANGE_BYTES)?,
    };
    for (field, part) in [START, STOP, STEP, LENGTH].into_iter().zip(parts) {
        refcount::store(m, field.at(range), part)?;
    }
    Ok(range)
}

/// `compute_range_length`
fn length(start: i64, stop: i64, step: i64) -> u64 {
    let (low, high) = if step < 0 { (stop, start) } else { (start, stop) };
    if low >= high || step == 0 { 0 } else { (low.abs_diff(high) - 1) / step.unsigned_abs() + 1 }
}

/// The end of `range_dealloc`.
pub(super) fn finish(m: &mut AddressSpace, range: Addr) -> Result<(), Fault> {
    if freelist::push(m, FreeList::Range, range)? { Ok(()) } else { alloc::free_object(m, range) }
}
