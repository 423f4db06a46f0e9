//! Text of floats and complex numbers. Source: Python/pystrtod.c:`format_float_short`, Objects/complexobject.c:`complex_repr`.

/// `repr(x)` of a float.
pub(super) fn float(x: f64) -> String {
    let mut text = short(x);
    if x.is_finite() && !text.contains(['.', 'e']) {
        text.push_str(".0");
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
    if !x.is_finite() {
        return match (x.is_nan(), x > 0.0) {
            (true, _) => "nan",
            (_, true) => "inf",
            _ => "-inf",
        }
        .to_owned();
    }
    // `{:e}` has the shortest digits: `d.ddde-N`.
    let scientific = format!("{x:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        return fixed(mantissa, exponent);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

/// `-d.ddd` times ten to the `exponent`, written out.
fn fixed(mantissa: &str, exponent: i32) -> String {
    let (sign, digits) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest.replace('.', "")),
        None => ("", mantissa.replace('.', "")),
    };
    let whole = usize::try_from(exponent + 1).unwrap_or(0);
    if exponent < 0 {
        let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
        return format!("{sign}0.{zeros}{digits}");
    }
    match digits.split_at_checked(whole) {
        Some((_, "")) => sign.to_owned() + &digits,
        Some((before, after)) => format!("{sign}{before}.{after}"),
        None => format!("{sign}{digits}{}", "0".repeat(whole - digits.len())),
    }
}
