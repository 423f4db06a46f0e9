//! Text of floats and complex numbers. Source: Python/pystrtod.c:`format_float_short`, Objects/complexobject.c:`complex_repr`.

use crate::ids::text::{Append as _, Owned as _};
use crate::object::int::Value;

/// `repr(x)` of a float.
#[must_use]
pub fn float(x: f64) -> String {
    let mut text = short(x);
    if x.is_finite() && !text.contains(['.', 'e']) {
        text.put(".0");
    }
    text
}

/// `repr(complex(real, imag))`
pub(super) fn complex(real: f64, imag: f64) -> String {
    if real == 0.0 && real.is_sign_positive() {
        return short(imag) + "j";
    }
    let plus = if imag.is_sign_positive() || imag.is_nan() { "+" } else { "" };
    format!("({}{plus}{}j)", short(real), short(imag))
}

/// The shortest decimal digits that read back as `x`; with an exponent below 1e-4 and from 1e16 on.
fn short(x: f64) -> String {
    if x.is_nan() {
        return "nan".owned();
    }
    let sign = if x.is_sign_negative() { "-" } else { "" };
    if x.is_infinite() {
        return format!("{sign}inf");
    }
    let (digits, exponent) = shortest(x.abs());
    if (-4..16).contains(&exponent) {
        return sign.owned() + &fixed(&digits, exponent);
    }
    let (first, rest) = digits.split_at_checked(1).unwrap_or((&digits, ""));
    let point = if rest.is_empty() { "" } else { "." };
    let way = if exponent < 0 { '-' } else { '+' };
    format!("{sign}{first}{point}{rest}e{way}{:02}", exponent.unsigned_abs())
}

/// `d.ddd` times ten to the `exponent`, written out.
fn fixed(digits: &str, exponent: i32) -> String {
    let Ok(before) = usize::try_from(exponent) else {
        return format!("0.{}{digits}", "0".repeat(exponent.unsigned_abs() as usize - 1));
    };
    match digits.split_at_checked(before + 1) {
        Some((_, "")) => digits.owned(),
        Some((before, after)) => format!("{before}.{after}"),
        None => digits.owned() + &"0".repeat(before + 1 - digits.len()),
    }
}

/// The digits that are the fewest and, of those, the nearest to `x`, and the power of ten of the first: `("15", 0)` for 1.5.
/// Source: Python/dtoa.c:`_Py_dg_dtoa`, mode 0, without its speed: the library's own formatting would be larger than all of
/// `repr`.
fn shortest(x: f64) -> (String, i32) {
    let bits = x.to_bits();
    let (biased, fraction) = (bits >> 52, bits & ((1 << 52) - 1));
    let mantissa = if biased == 0 { fraction } else { fraction | 1 << 52 };
    if mantissa == 0 {
        return ("0".owned(), 0);
    }
    // Fourths of the last place: what lies between these reads back as x. Below a power of two, places are half as wide.
    let below = if fraction == 0 && biased > 1 { 1 } else { 2 };
    let all = [4 * mantissa - below, 4 * mantissa, 4 * mantissa + 2];
    #[allow(clippy::cast_possible_truncation, reason = "eleven bits")]
    let exponent = biased.max(1) as i32 - 1077;
    let (base, power) = if exponent < 0 { (5, exponent.unsigned_abs()) } else { (2, exponent.unsigned_abs()) };
    // Whole numbers of 10^exponent, or of 1.
    let decimals = all.map(|fourths| Value::from(fourths).times_power(base, power, false).to_string());
    let len = decimals[2].len();
    let [low, middle, high] = decimals.map(|text| "0".repeat(len - text.len()) + &text);
    let reads_back = |text: &str| {
        let ends_count = mantissa % 2 == 0;
        text.len() == len && *low <= *text && *text <= *high && (ends_count || *low != *text && *text != *high)
    };
    for n in 1..len {
        let Some((head, rest)) = middle.split_at_checked(n) else { break };
        let zeros = "0".repeat(len - n);
        let down: u64 = head.parse().unwrap_or(0);
        let [down, up] = [down, down + 1].map(|head| format!("{head:0n$}{zeros}"));
        // Halfway between both the even one is taken.
        let half = "5".owned() + &"0".repeat(len - n - 1);
        let upward = *rest > *half || *rest == *half && head.ends_with(['1', '3', '5', '7', '9']);
        let (near, far) = if upward { (up, down) } else { (down, up) };
        if let Some(found) = [near, far].iter().find(|text| reads_back(text)) {
            return significant(found, exponent);
        }
    }
    significant(&middle, exponent)
}

/// Without zeros around; `exponent` is that of the last digit if it is below 0.
fn significant(decimals: &str, exponent: i32) -> (String, i32) {
    let digits = decimals.trim_start_matches('0');
    let first = i32::try_from(digits.len()).unwrap_or(0) - 1 + exponent.min(0);
    (digits.trim_end_matches('0').owned(), first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn halfway_the_even_digit_is_taken() {
        // What Python prints.
        assert_eq!(short(1_125_899_906_842_624.0 + 0.25), "1125899906842624.2");
        assert_eq!(short(1_125_899_906_842_624.0 + 0.75), "1125899906842624.8");
        assert_eq!(short(5e-324), "5e-324");
        assert_eq!(short(f64::MAX), "1.7976931348623157e+308");
        assert_eq!(short(-1e22), "-1e+22");
        assert_eq!(short(9_007_199_254_740_992.0), "9007199254740992");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn digits_read_back_and_are_no_more_than_the_library_s(bits in any::<u64>(), power in 0..2046_u64) {
            for x in [f64::from_bits(bits), f64::from_bits(power << 52), f64::from_bits((bits >> 12) % 100_000).recip()] {
                if x.is_finite() {
                    let x = x.abs();
                    // Which digits, where two are as near, the library decides in its own way, and Python as it is recorded.
                    let (digits, exponent) = shortest(x);
                    let (first, rest) = digits.split_at(1);
                    let text = format!("{first}.{rest}e{exponent}");
                    prop_assert_eq!(text.parse::<f64>(), Ok(x), "{}", text);
                    let library = format!("{x:e}");
                    prop_assert_eq!(digits.len(), library.bytes().take_while(|&b| b != b'e').filter(u8::is_ascii_digit).count());
                }
            }
        }
    }
}
