//! `float` and `complex`. Source: Objects/floatobject.c, Objects/complexobject.c.

use super::{alloc, freelist::FreeList};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::float::{COMPLEX_BYTES, FLOAT_BYTES, IMAG, OB_FVAL, REAL};

/// `PyFloat_FromDouble`
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new(m: &mut AddressSpace, value: f64) -> Result<Addr, Fault> {
    let float = alloc::recycled_or_new(m, FreeList::Float, TypeId::Float, FLOAT_BYTES)?;
    OB_FVAL.write(m, float, value)?;
    Ok(float)
}

/// `PyComplex_FromCComplex`
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new_complex(m: &mut AddressSpace, real: f64, imag: f64) -> Result<Addr, Fault> {
    let complex = alloc::recycled_or_new(m, FreeList::Complex, TypeId::Complex, COMPLEX_BYTES)?;
    REAL.write(m, complex, real)?;
    IMAG.write(m, complex, imag)?;
    Ok(complex)
}

/// The end of `float_dealloc` and `complex_dealloc`.
pub(super) fn finish(m: &mut AddressSpace, obj: Addr, list: FreeList) -> Result<(), Fault> {
    alloc::recycle_or_free(m, list, obj)
}
