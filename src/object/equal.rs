//! `==` for what can be a key: numbers across types, text, bytes, tuples, frozensets, ranges, slices, bound methods, weak
//! references; everything else is equal only to itself.

use super::method::{IM_FUNC, IM_SELF};
use super::singleton::NONE;
use super::weakref::WR_OBJECT;
use super::{Fault, Kind, bytes, float, int, range, set, slice, str, tuple};
use crate::ids::{Addr, sort};
use crate::mem::{AddressSpace, Field};

/// Comparisons nest at most this deep. Source: `Py_EnterRecursiveCall` in Objects/object.c:`PyObject_RichCompare`.
const RECURSION_LIMIT: u32 = 1000;

/// `a is b or a == b`
///
/// # Errors
/// [`Fault::TooDeep`] where CPython raises RecursionError; a fault if the bytes are not sound.
pub fn equal(m: &AddressSpace, a: Addr, b: Addr) -> Result<bool, Fault> {
    compare(m, a, b, RECURSION_LIMIT)
}

fn compare(m: &AddressSpace, a: Addr, b: Addr, depth: u32) -> Result<bool, Fault> {
    if a == b {
        return Ok(true);
    }
    let Some(depth) = depth.checked_sub(1) else { return Err(Fault::TooDeep(a)) };
    match (Kind::native(m, a)?, Kind::native(m, b)?) {
        (Kind::Str, Kind::Str) => texts(m, a, b),
        (Kind::Int, Kind::Int) => ints(m, a, b),
        (Kind::Int | Kind::Float | Kind::Complex, Kind::Int | Kind::Float | Kind::Complex) => numbers(m, a, b),
        (Kind::Bytes, Kind::Bytes) => {
            Ok(bytes::len(m, a)? == bytes::len(m, b)? && bytes::value(m, a, u64::MAX)? == bytes::value(m, b, u64::MAX)?)
        }
        (Kind::Tuple, Kind::Tuple) => {
            let n = tuple::len(m, a)?;
            if n != tuple::len(m, b)? {
                return Ok(false);
            }
            pairs(m, tuple::slot(m, a, 0), tuple::slot(m, b, 0), n, depth)
        }
        (Kind::Slice, Kind::Slice) => pairs(m, slice::START.at(a), slice::START.at(b), 3, depth),
        (Kind::Range, Kind::Range) => ranges(m, a, b),
        (Kind::Set, Kind::Set) => sets(m, a, b, depth),
        (Kind::Method, Kind::Method) => {
            Ok(IM_FUNC.read(m, a)? == IM_FUNC.read(m, b)? && IM_SELF.read(m, a)? == IM_SELF.read(m, b)?)
        }
        (Kind::WeakRef, Kind::WeakRef) => {
            let (a, b) = (WR_OBJECT.read(m, a)?, WR_OBJECT.read(m, b)?);
            Ok(a != NONE && b != NONE && compare(m, a, b, depth)?)
        }
        _ => Ok(false),
    }
}

/// Whether `n` slots from `a` and from `b` hold equal objects, pair by pair.
fn pairs(m: &AddressSpace, a: Addr, b: Addr, n: u64, depth: u32) -> Result<bool, Fault> {
    for at in (0..n).map(|i| i * 8) {
        if !compare(m, m.read(a.offset(at))?, m.read(b.offset(at))?, depth)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn texts(m: &AddressSpace, a: Addr, b: Addr) -> Result<bool, Fault> {
    let n = str::len(m, a)?;
    if n != str::len(m, b)? || str::char_kind(m, a)? != str::char_kind(m, b)? {
        return Ok(false);
    }
    let (mut at, mut other) = (str::data(m, a)?, str::data(m, b)?);
    let mut left = n * str::char_kind(m, a)?.char_bytes();
    while left >= 8 {
        if m.read::<u64>(at)? != m.read::<u64>(other)? {
            return Ok(false);
        }
        (at, other, left) = (at.offset(8), other.offset(8), left - 8);
    }
    while left > 0 {
        if m.read::<u8>(at)? != m.read::<u8>(other)? {
            return Ok(false);
        }
        (at, other, left) = (at.offset(1), other.offset(1), left - 1);
    }
    Ok(true)
}

fn ints(m: &AddressSpace, a: Addr, b: Addr) -> Result<bool, Fault> {
    let n = int::digit_count(m, a)?;
    if n != int::digit_count(m, b)? || int::is_negative(m, a)? != int::is_negative(m, b)? {
        return Ok(false);
    }
    for i in 0..n {
        if int::digit(m, a, i)? != int::digit(m, b, i)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A real number for comparison: a float without fraction is an integer, so that 1 == 1.0.
#[derive(PartialEq)]
enum Real {
    Integer(int::Value),
    Float(f64),
}

fn real(x: f64) -> Real {
    int::Value::from_f64(x).map_or(Real::Float(x), Real::Integer)
}

fn parts(m: &AddressSpace, obj: Addr) -> Result<(Real, f64), Fault> {
    Ok(match Kind::native(m, obj)? {
        Kind::Int => (Real::Integer(int::value(m, obj)?), 0.0),
        Kind::Float => (real(float::OB_FVAL.read(m, obj)?), 0.0),
        _ => (real(float::REAL.read(m, obj)?), float::IMAG.read(m, obj)?),
    })
}

fn numbers(m: &AddressSpace, a: Addr, b: Addr) -> Result<bool, Fault> {
    Ok(parts(m, a)? == parts(m, b)?)
}

/// As sequences: equal lengths, then starts unless empty, then steps if there are two or more. Source: Objects/rangeobject.c.
fn ranges(m: &AddressSpace, a: Addr, b: Addr) -> Result<bool, Fault> {
    let part = |field: Field<Addr>, of: Addr| int::value(m, field.read(m, of)?);
    let length = part(range::LENGTH, a)?;
    if length != part(range::LENGTH, b)? {
        return Ok(false);
    }
    if length == int::Value::default() {
        return Ok(true);
    }
    if part(range::START, a)? != part(range::START, b)? {
        return Ok(false);
    }
    Ok(length == int::Value::from(1_i64) || part(range::STEP, a)? == part(range::STEP, b)?)
}

fn sets(m: &AddressSpace, a: Addr, b: Addr, depth: u32) -> Result<bool, Fault> {
    if set::len(m, a)? != set::len(m, b)? {
        return Ok(false);
    }
    let mut others = set::entries(m, b)?;
    sort::by_key(&mut others, |entry| entry.hash.cast_unsigned());
    let mut position = 0;
    while let Some(entry) = set::next(m, a, &mut position)? {
        let first = others.partition_point(|other| other.hash.cast_unsigned() < entry.hash.cast_unsigned());
        let mut found = false;
        for other in others.iter().skip(first).take_while(|other| other.hash == entry.hash) {
            found = found || compare(m, entry.key, other.key, depth)?;
        }
        if !found {
            return Ok(false);
        }
    }
    Ok(true)
}
