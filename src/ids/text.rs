//! Text put together by calls: the library's `concat` and `join` are copied to where they are used.

use core::fmt::{self, Write as _};

/// Appends the parts.
#[inline(never)]
pub fn push(out: &mut String, parts: &[&str]) {
    for part in parts {
        out.push_str(part);
    }
}

/// The parts in one text.
#[inline(never)]
#[must_use]
pub fn cat(parts: &[&str]) -> String {
    let mut out = String::new();
    push(&mut out, parts);
    out
}

/// The texts with something between them.
#[inline(never)]
#[must_use]
pub fn joined(parts: &[String], between: &str) -> String {
    let mut out = String::new();
    for (i, part) in parts.iter().enumerate() {
        push(&mut out, &[if i > 0 { between } else { "" }, part]);
    }
    out
}

/// [`ToOwned`] as a call; the library's is copied to the hundred places where it is used.
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

/// Appending as a call, likewise.
pub trait Append {
    /// `push_str`
    fn put(&mut self, text: &str);
    /// `write!`
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
