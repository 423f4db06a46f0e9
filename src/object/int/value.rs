//! Integers of any size outside memory: what constructors take and views read.

use crate::ids::gather::Gather as _;
use core::fmt;

use super::DIGIT_BITS;

const DIGIT_MASK: u64 = (1 << DIGIT_BITS) - 1;
/// Decimal digits that are converted at once.
const CHUNK_LEN: usize = 9;
const CHUNK: u64 = 1_000_000_000;

/// An integer: sign and magnitude, as `PyLongObject` has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Value {
    /// Below 0. Never set for 0.
    pub negative: bool,
    /// 30-bit digits, the lowest first, the highest not 0; none for 0.
    pub digits: Vec<u32>,
}

#[allow(clippy::cast_possible_truncation, reason = "masked to 30 bits")]
const fn low_digit(bits: u64) -> u32 {
    (bits & DIGIT_MASK) as u32
}

/// `digits * factor + more`
fn multiply_add(digits: &mut Vec<u32>, factor: u64, more: u64) {
    let mut carry = more;
    for digit in digits.iter_mut() {
        let sum = u64::from(*digit) * factor + carry;
        *digit = low_digit(sum);
        carry = sum >> DIGIT_BITS;
    }
    if carry != 0 {
        digits.push(low_digit(carry));
    }
}

impl Value {
    fn trimmed(negative: bool, mut digits: Vec<u32>) -> Value {
        while digits.last() == Some(&0) {
            digits.pop();
        }
        Value { negative: negative && !digits.is_empty(), digits }
    }

    fn from_magnitude(negative: bool, magnitude: u64) -> Value {
        let digits = (0..3).map(|i| low_digit(magnitude >> (i * DIGIT_BITS))).gather();
        Value::trimmed(negative, digits)
    }

    /// The integer that decimal text names: an optional sign, digits, single underscores between digits.
    #[must_use]
    pub fn from_decimal(text: &str) -> Option<Value> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if text.starts_with('_') || text.ends_with('_') || text.as_bytes().windows(2).any(|two| two == b"__") {
            return None;
        }
        let mut decimals = Vec::with_capacity(text.len());
        for byte in text.bytes().filter(|&b| b != b'_') {
            decimals.push(byte.checked_sub(b'0').filter(|&d| d < 10)?);
        }
        if decimals.is_empty() {
            return None;
        }
        let mut digits: Vec<u32> = Vec::with_capacity(decimals.len() / CHUNK_LEN + 1);
        let first = decimals.len() % CHUNK_LEN;
        let (head, tail) = decimals.split_at(first);
        for chunk in core::iter::once(head).chain(tail.chunks(CHUNK_LEN)) {
            multiply_add(&mut digits, CHUNK, chunk.iter().fold(0, |n, &d| n * 10 + u64::from(d)));
        }
        Some(Value::trimmed(negative, digits))
    }

    /// The value of a finite float without fraction.
    #[must_use]
    pub fn from_f64(x: f64) -> Option<Value> {
        if !x.is_finite() || x.trunc().to_bits() != x.to_bits() {
            return None;
        }
        let bits = x.to_bits();
        let exponent = i64::from(u32::try_from(bits >> 52 & 0x7ff).ok()?) - 1075;
        if exponent == -1075 {
            return Some(Value::default());
        }
        let mantissa = bits & ((1 << 52) - 1) | 1 << 52;
        Some(match u32::try_from(exponent) {
            Ok(exponent) => Value::from(mantissa).times_power(2, exponent, x < 0.0),
            Err(_) => Value::from_magnitude(x < 0.0, mantissa >> exponent.unsigned_abs().min(63)),
        })
    }

    /// The magnitude times `base` to the `power`, below 0 if `negative`.
    #[must_use]
    pub fn times_power(mut self, base: u64, power: u32, negative: bool) -> Value {
        for _ in 0..power {
            multiply_add(&mut self.digits, base, 0);
        }
        Value { negative, ..self }
    }

    /// The value if it fits.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        if self.bit_length() > 64 {
            return None;
        }
        let magnitude = self.digits.iter().rev().fold(0, |n, &d| n << DIGIT_BITS | u64::from(d));
        if self.negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
    }

    /// `int.bit_length()`
    #[must_use]
    pub fn bit_length(&self) -> u64 {
        match self.digits.split_last() {
            None => 0,
            Some((top, rest)) => rest.len() as u64 * u64::from(DIGIT_BITS) + u64::from(32 - top.leading_zeros()),
        }
    }
}

impl From<i64> for Value {
    fn from(n: i64) -> Value {
        Value::from_magnitude(n < 0, n.unsigned_abs())
    }
}

impl From<u64> for Value {
    fn from(n: u64) -> Value {
        Value::from_magnitude(false, n)
    }
}

impl fmt::Display for Value {
    /// As `str(n)`. The work grows with the square of the length.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut chunks = Vec::new();
        let mut rest = self.digits.clone();
        while !rest.is_empty() {
            let mut remainder = 0;
            for digit in rest.iter_mut().rev() {
                let n = remainder << DIGIT_BITS | u64::from(*digit);
                *digit = low_digit(n / CHUNK);
                remainder = n % CHUNK;
            }
            chunks.push(remainder);
            while rest.last() == Some(&0) {
                rest.pop();
            }
        }
        if self.negative {
            f.write_str("-")?;
        }
        write!(f, "{}", chunks.pop().unwrap_or(0))?;
        chunks.iter().rev().try_for_each(|chunk| write!(f, "{chunk:09}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_text_comes_back() {
        for text in ["0", "1", "-1", "1073741823", "1073741824", "-1152921504606846976", "18446744073709551616"] {
            assert_eq!(Value::from_decimal(text).unwrap().to_string(), text);
        }
        for wrong in ["", "-", "_1", "1__2", "1_", "0x1", "1.0", "--1", " 1"] {
            assert_eq!(Value::from_decimal(wrong), None, "{wrong}");
        }
        assert_eq!(Value::from_decimal("1_000").unwrap().to_i64(), Some(1000));
    }

    #[test]
    fn i64_comes_back() {
        for n in [0_i64, 1, -1, 1 << 30, -(1 << 30), i64::MAX, i64::MIN] {
            assert_eq!(Value::from(n).to_i64(), Some(n));
            assert_eq!(Value::from(n).to_string(), n.to_string());
        }
        assert_eq!(Value::from_decimal("9223372036854775808").unwrap().to_i64(), None);
        assert_eq!(Value::from_decimal("-9223372036854775808").unwrap().to_i64(), Some(i64::MIN));
    }

    #[test]
    fn floats_are_exact() {
        assert_eq!(Value::from_f64(-3.0), Some(Value::from(-3_i64)));
        assert_eq!(Value::from_f64(0.5), None);
        assert_eq!(Value::from_f64(-0.0), Some(Value::default()));
        assert_eq!(Value::from_f64(1e22).unwrap().to_string(), "10000000000000000000000");
        assert_eq!(Value::from_f64(9_007_199_254_740_993.0).unwrap().to_i64(), Some(9_007_199_254_740_992));
        assert_eq!(Value::from_f64(f64::NAN), None);
    }
}
