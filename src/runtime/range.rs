//! `range`. Source: Objects/rangeobject.c.

use super::{alloc, freelist::FreeList, int, refcount};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::int::{DIGIT_BITS, Value};
use crate::object::range::{LENGTH, RANGE_BYTES, START, STEP, STOP};

/// `range(start, stop, step)` for a step that is not 0. The four ints are made before the range, the length last.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new(m: &mut AddressSpace, start: i64, stop: i64, step: i64) -> Result<Addr, Fault> {
    let mut parts = [Addr::NULL; 4];
    for (part, value) in parts.iter_mut().zip([start, stop, step]) {
        *part = int::new(m, &Value::from(value))?;
    }
    parts[3] = length_object(m, start, stop, step)?;
    let range = alloc::recycled_or_new(m, FreeList::Range, TypeId::Range, RANGE_BYTES)?;
    for (field, part) in [START, STOP, STEP, LENGTH].into_iter().zip(parts) {
        refcount::store(m, field.at(range), part)?;
    }
    Ok(range)
}

/// `compute_range_length`: 3.11 computes with objects, one for each step of the formula. These short-lived ints are made here
/// too, because the allocator sees them, if one digit holds each of them.
fn length_object(m: &mut AddressSpace, start: i64, stop: i64, step: i64) -> Result<Addr, Fault> {
    let length = length(start, stop, step);
    let span = start.abs_diff(stop);
    if !m.profile.features.range_length_by_objects || span >> DIGIT_BITS != 0 || step.unsigned_abs() >> DIGIT_BITS != 0 {
        return int::new(m, &Value::from(length));
    }
    let negated = if step < 0 { Some(int::new(m, &Value::from(step.unsigned_abs()))?) } else { None };
    let mut temporaries = Vec::new();
    if length > 0 {
        for value in [span, span - 1, length - 1] {
            temporaries.push(int::new(m, &Value::from(value))?);
        }
    }
    let made = int::new(m, &Value::from(length))?;
    // They die in the order quotient, difference - 1, negated step, difference.
    if let Some(negated) = negated {
        temporaries.insert(temporaries.len().min(1), negated);
    }
    while let Some(temporary) = temporaries.pop() {
        refcount::decref(m, temporary, Addr::NULL)?;
    }
    Ok(made)
}

fn length(start: i64, stop: i64, step: i64) -> u64 {
    let (low, high) = if step < 0 { (stop, start) } else { (start, stop) };
    if low >= high || step == 0 { 0 } else { (low.abs_diff(high) - 1) / step.unsigned_abs() + 1 }
}

/// The end of `range_dealloc`.
pub(super) fn finish(m: &mut AddressSpace, range: Addr) -> Result<(), Fault> {
    alloc::recycle_or_free(m, FreeList::Range, range)
}
