//! How wide text is: fixed tables, so that a scene is the same everywhere. They are those of wide fonts; painters get the
//! width as a limit, so that no font runs out of its box.

use super::geometry::num;
use crate::ids::Serial;
use crate::ids::gather::Grow as _;
use crate::ids::text::{Append as _, Owned as _};
pub(super) use crate::ids::text::{cat, joined, push};

/// How text looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextStyle {
    /// Height in px.
    pub size: f64,
    /// The monospaced font and not the proportional one.
    pub mono: bool,
    /// Bold.
    pub bold: bool,
    /// Struck through.
    pub struck: bool,
    /// Which point of the text its position names.
    pub anchor: Anchor,
}

/// Which point of a text its position names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The left end.
    Start,
    /// The middle.
    Middle,
    /// The right end.
    End,
}

impl TextStyle {
    /// Monospaced, from the left.
    #[must_use]
    pub const fn mono(size: f64) -> TextStyle {
        TextStyle { size, mono: true, bold: false, struck: false, anchor: Anchor::Start }
    }

    /// Proportional, from the left.
    #[must_use]
    pub const fn sans(size: f64) -> TextStyle {
        TextStyle { size, mono: false, bold: false, struck: false, anchor: Anchor::Start }
    }

    /// The same, bold.
    #[must_use]
    pub const fn bold(self) -> TextStyle {
        TextStyle { bold: true, ..self }
    }

    /// The same, elsewhere anchored.
    #[must_use]
    pub const fn anchored(self, anchor: Anchor) -> TextStyle {
        TextStyle { anchor, ..self }
    }

    /// Width of a text in px.
    #[inline(never)]
    #[must_use]
    pub fn width(&self, text: &str) -> f64 {
        if self.mono && text.is_ascii() {
            return num(text.len()) * 0.602 * self.size;
        }
        let ems: f64 = text.chars().map(|c| if self.mono { mono_em(c) } else { sans_em(c) }).sum();
        ems * self.size * if self.bold && !self.mono { 1.09 } else { 1.0 }
    }

    /// The text, or as much of it as fits with an ellipsis; empty if not even that does.
    #[inline(never)]
    #[must_use]
    pub fn fit(&self, text: &str, max: f64) -> String {
        if self.width(text) <= max {
            return text.owned();
        }
        let room = max - self.width("…");
        if room < 0.0 {
            return String::new();
        }
        let mut used = 0.0;
        let mut kept = String::new();
        let mut buffer = [0; 4];
        for c in text.chars() {
            used += self.width(c.encode_utf8(&mut buffer));
            if used > room {
                break;
            }
            kept.add(c);
        }
        kept.truncate(kept.trim_end().len());
        kept.add('…');
        kept
    }

    /// The text in lines that fit, broken at spaces; the last of at most `lines` lines gets an ellipsis where text is left.
    #[inline(never)]
    #[must_use]
    pub fn wrap(&self, text: &str, max: f64, lines: usize) -> Vec<String> {
        let mut done: Vec<String> = Vec::new();
        let mut line = String::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (word, behind) = rest.split_once(' ').unwrap_or((rest, ""));
            let longer = if line.is_empty() { word.owned() } else { cat(&[&line, " ", word]) };
            if line.is_empty() || self.width(&longer) <= max {
                line = longer;
                rest = behind;
            } else if done.len() + 1 < lines {
                done.add(self.fit(&line, max));
                line.clear();
            } else {
                line.add(' ');
                line.put(rest);
                break;
            }
        }
        if !line.is_empty() {
            done.add(self.fit(&line, max));
        }
        done
    }
}

/// Advance in a monospaced font; what such fonts lack comes from wider ones.
fn mono_em(c: char) -> f64 {
    match c {
        '\u{0300}'..='\u{036f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 0.0,
        '\u{0}'..='\u{10ff}' => 0.602,
        '…' | '→' | '←' | '↑' | '↓' | '∞' | '–' | '—' | '‘' | '’' | '“' | '”' | '−' | '≥' | '✕' | '▶' => {
            0.61
        }
        _ => 1.3,
    }
}

/// Advance in a proportional font, after `DejaVu Sans`, the widest of the usual ones.
fn sans_em(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | 'I' | '\'' => 0.3,
        ' ' | '.' | ',' | ':' | ';' | '|' | '·' => 0.34,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '-' | '/' | '\\' | '!' => 0.41,
        's' | 'c' | 'z' | '"' | '_' | '?' | '*' => 0.55,
        'm' | '%' | 'W' | '@' => 0.99,
        'w' | '→' | '∞' | '+' | '=' | '<' | '>' | '×' | '≥' | '#' => 0.84,
        'M' | 'O' | 'Q' | 'G' | 'D' | 'H' | 'N' => 0.8,
        'A'..='Z' => 0.7,
        '…' | '▶' | '✕' => 1.0,
        '\u{0}'..='\u{2fff}' => 0.64,
        _ => 1.3,
    }
}

/// Digits, thousands apart by `between`.
#[inline(never)]
fn digits(mut n: u64, between: &str) -> String {
    // 2^64 has 20 digits.
    let mut places = ['0'; 20];
    let mut used = 0;
    for place in &mut places {
        *place = char::from_digit(u32::try_from(n % 10).unwrap_or(0), 10).unwrap_or('0');
        n /= 10;
        used += 1;
        if n == 0 {
            break;
        }
    }
    let mut out = String::new();
    for (i, digit) in places.iter().enumerate().take(used).rev() {
        out.add(*digit);
        if i > 0 && i.is_multiple_of(3) {
            out.put(between);
        }
    }
    out
}

/// `1720`
#[inline(never)]
#[must_use]
pub(super) fn number(n: u64) -> String {
    digits(n, "")
}

/// How many, as a number.
#[must_use]
pub(super) fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// `1,720`
#[inline(never)]
#[must_use]
pub(super) fn grouped(n: u64) -> String {
    digits(n, ",")
}

/// `#12`
#[inline(never)]
#[must_use]
pub(super) fn serial(id: Serial) -> String {
    id.to_string()
}

/// `1 byte`, `2 bytes`.
#[inline(never)]
#[must_use]
pub(super) fn plural(n: u64, noun: &str) -> String {
    cat(&[&grouped(n), " ", noun, if n == 1 { "" } else { "s" }])
}
