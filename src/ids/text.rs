//! Putting text together by calls: the library's `concat`, `join` and `to_owned` are copied to each place that uses them.

use core::fmt::{self, Write as _};

use super::gather::Grow as _;

/// Appends the parts to `out`.
#[inline(never)]
pub fn push(out: &mut String, parts: &[&str]) {
    for part in parts {
        out.push_str(part);
    }
}

/// The parts, one behind the other.
#[inline(never)]
#[must_use]
pub fn cat(parts: &[&str]) -> String {
    let mut out = String::new();
    push(&mut out, parts);
    out
}

/// The parts with `between` between each two.
#[inline(never)]
#[must_use]
pub fn joined(parts: &[String], between: &str) -> String {
    let mut out = String::new();
    for (i, part) in parts.iter().enumerate() {
        push(&mut out, &[if i > 0 { between } else { "" }, part]);
    }
    out
}

/// `1 byte`, `2 bytes`
#[inline(never)]
#[must_use]
pub fn several(n: u64, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// Bytes as text: `c0 a2`
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digit = |n: u8| char::from_digit(u32::from(n), 16).unwrap_or('0');
    let mut out = String::with_capacity(3 * bytes.len());
    for (i, byte) in bytes.iter().enumerate() {
        if i > 0 {
            out.add(' ');
        }
        out.add(digit(byte >> 4));
        out.add(digit(byte & 15));
    }
    out
}

/// [`ToOwned`] as a call.
pub trait Owned {
    /// The same text, owned.
    fn owned(&self) -> String;
}

impl Owned for str {
    #[inline(never)]
    fn owned(&self) -> String {
        self.to_owned()
    }
}

/// Appending as a call.
pub trait Append {
    /// Appends a text, as `push_str`.
    fn put(&mut self, text: &str);
    /// Appends a formatted text, as `write!`.
    fn say(&mut self, what: fmt::Arguments<'_>);
}

impl Append for String {
    #[inline(never)]
    fn put(&mut self, text: &str) {
        self.push_str(text);
    }

    #[inline(never)]
    fn say(&mut self, what: fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _written = self.write_fmt(what);
    }
}
