//! `PyFloatObject` and `PyComplexObject`: C doubles. Source: Include/cpython/floatobject.h, complexobject.h.

use crate::mem::Field;

/// `ob_fval`
pub const OB_FVAL: Field<f64> = Field::new("ob_fval", 16);
/// `sizeof(PyFloatObject)`
pub const FLOAT_BYTES: u64 = 24;
/// `cval.real`
pub const REAL: Field<f64> = Field::new("cval.real", 16);
/// `cval.imag`
pub const IMAG: Field<f64> = Field::new("cval.imag", 24);
/// `sizeof(PyComplexObject)`
pub const COMPLEX_BYTES: u64 = 32;
