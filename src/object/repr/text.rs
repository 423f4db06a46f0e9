//! Quotes and escapes. Source: Objects/unicodeobject.c:`unicode_repr`, Objects/bytesobject.c:`PyBytes_Repr`.

use core::fmt::Write;

use super::Out;
use super::printable::is_printable;
use crate::abi::{Features, Release};

/// Single quotes, unless there are single quotes and no double ones inside.
fn quote_for(contains: impl Fn(u32) -> bool) -> char {
    if contains(u32::from('\'')) && !contains(u32::from('"')) { '"' } else { '\'' }
}

/// `repr` of text.
pub(super) fn str(out: &mut Out, chars: &[u32], release: Release) {
    let quote = quote_for(|c| chars.contains(&c));
    out.push(quote);
    for &c in chars {
        if out.is_full() {
            return;
        }
        match char::from_u32(c) {
            Some(shown) if shown == quote || shown == '\\' => out.escape(shown),
            Some('\t') => out.escape('t'),
            Some('\n') => out.escape('n'),
            Some('\r') => out.escape('r'),
            Some(shown) if is_printable(c, release) => out.push(shown),
            _ => escaped(out, c),
        }
    }
    out.push(quote);
}

fn escaped(out: &mut Out, c: u32) {
    // Writing to an `Out` cannot fail.
    let _ = match c {
        0..0x100 => write!(out, "\\x{c:02x}"),
        0x100..0x1_0000 => write!(out, "\\u{c:04x}"),
        _ => write!(out, "\\U{c:08x}"),
    };
}

/// `repr` of bytes.
pub(super) fn bytes(out: &mut Out, bytes: &[u8]) {
    let quote = quote_for(|c| bytes.iter().any(|&b| u32::from(b) == c));
    quoted(out, bytes, quote, |b| char::from(b) == quote);
}

/// What stands in the parentheses of a bytearray's `repr`.
/// Source: Objects/bytearrayobject.c:`bytearray_repr`.
pub(super) fn bytearray(out: &mut Out, value: &[u8], features: &Features) {
    if features.bytearray_repr_as_bytes {
        return bytes(out, value);
    }
    let quote = quote_for(|c| value.iter().any(|&b| u32::from(b) == c));
    quoted(out, value, quote, |b| b == b'\'');
}

fn quoted(out: &mut Out, bytes: &[u8], quote: char, is_escaped: impl Fn(u8) -> bool) {
    out.push('b');
    out.push(quote);
    for &b in bytes {
        if out.is_full() {
            return;
        }
        match b {
            b'\\' => out.escape('\\'),
            b'\t' => out.escape('t'),
            b'\n' => out.escape('n'),
            b'\r' => out.escape('r'),
            b if is_escaped(b) => out.escape(char::from(b)),
            0x20..0x7f => out.push(char::from(b)),
            b => escaped(out, u32::from(b)),
        }
    }
    out.push(quote);
}
