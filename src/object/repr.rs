//! `repr(obj)` as CPython prints it, cut to a number of characters. Reads bytes only: a `__repr__` of a class is not run.

mod named;
mod number;
mod printable;
mod text;

use core::fmt::{self, Write};

use super::{Fault, Kind, bytearray, bytes, dict, float, head, int, list, range, set, singleton, slice, str, tuple};
use crate::ids::Addr;
use crate::ids::gather::Grow as _;
use crate::mem::{AddressSpace, Field};
pub(in crate::object) use named::c_string;
pub use named::{own_name, type_label, type_name};
pub use number::float;
pub use printable::is_printable;

/// What stands at the end of a text that was cut.
const CUT: char = '…';
/// `sys.int_info.default_max_str_digits`: `repr` of a longer int raises ValueError.
const MAX_DECIMALS: usize = 4300;
/// An int of more digits (of 30 bits) than this has more decimals than [`MAX_DECIMALS`]; its text need not be made.
const MAX_DIGITS: u64 = 477;

/// `repr(obj)`, cut to `limit_chars` characters, of which `…` is then the last, or the last but one before the closing quote of
/// text. The work grows with `limit_chars`, not with the object.
///
/// # Errors
/// A fault if there is no object or its bytes are not sound.
pub fn repr(m: &AddressSpace, obj: Addr, limit_chars: usize) -> Result<String, Fault> {
    let mut writer = Writer { m, out: Out { text: String::new(), left: limit_chars, full: false }, open: Vec::new() };
    writer.object(obj)?;
    let mut text = writer.out.text;
    if writer.out.full {
        text.pop();
        // So that it can be told from text which ends with the mark.
        match *text.as_bytes() {
            [b'b', quote @ (b'\'' | b'"'), _, ..] | [quote @ (b'\'' | b'"'), _, _, ..] => {
                text.pop();
                text.add(CUT);
                text.add(char::from(quote));
            }
            _ => text.add(CUT),
        }
    }
    Ok(text)
}

/// Text up to a number of characters.
struct Out {
    text: String,
    left: usize,
    /// Whether something was left out for want of room.
    full: bool,
}

impl Out {
    fn push(&mut self, c: char) {
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                self.text.add(c);
            }
            None => self.full = true,
        }
    }

    fn escape(&mut self, c: char) {
        self.push('\\');
        self.push(c);
    }

    const fn is_full(&self) -> bool {
        self.full
    }
}

impl fmt::Write for Out {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().for_each(|c| self.push(c));
        Ok(())
    }
}

struct Writer<'m> {
    m: &'m AddressSpace,
    out: Out,
    /// `Py_ReprEnter`: the containers whose `repr` is being written. Each wrote a character already, so their number
    /// is bounded by the limit.
    open: Vec<Addr>,
}

impl Writer<'_> {
    fn put(&mut self, text: &str) {
        // Writing to an `Out` cannot fail.
        let _ = self.out.write_str(text);
    }

    fn object(&mut self, obj: Addr) -> Result<(), Fault> {
        if self.out.is_full() {
            return Ok(());
        }
        let m = self.m;
        // Read one character more than there is room for: it shows that the text was cut.
        let most = self.out.left as u64 + 1;
        match Kind::native(m, obj)? {
            Kind::Int => self.int(obj)?,
            Kind::Float => self.put(&number::float(float::OB_FVAL.read(m, obj)?)),
            Kind::Complex => self.put(&number::complex(float::REAL.read(m, obj)?, float::IMAG.read(m, obj)?)),
            Kind::Str => text::str(&mut self.out, &str::chars(m, obj, most)?, m.profile.release),
            Kind::Bytes => text::bytes(&mut self.out, &bytes::value(m, obj, most)?),
            Kind::ByteArray => {
                self.put(&named::short_name(m, obj)?);
                self.put("(");
                text::bytearray(&mut self.out, &bytearray::value(m, obj, most)?, &m.profile.features);
                self.put(")");
            }
            Kind::Tuple | Kind::List | Kind::Dict | Kind::Set => self.container(obj)?,
            Kind::Range => self.range(obj)?,
            Kind::Slice => self.call("slice", &[slice::START, slice::STOP, slice::STEP], obj)?,
            Kind::Plain => match obj {
                singleton::NONE => self.put("None"),
                singleton::ELLIPSIS => self.put("Ellipsis"),
                singleton::NOT_IMPLEMENTED => self.put("NotImplemented"),
                _ => self.named(obj)?,
            },
            _ => self.named(obj)?,
        }
        Ok(())
    }

    fn int(&mut self, obj: Addr) -> Result<(), Fault> {
        let m = self.m;
        if head::type_of(m, obj)? == crate::abi::TypeId::Bool.addr() {
            self.put(if obj == singleton::TRUE { "True" } else { "False" });
            return Ok(());
        }
        let digits = int::digit_count(m, obj)?;
        if digits <= MAX_DIGITS {
            let text = int::value(m, obj)?.to_string();
            if text.trim_start_matches('-').len() <= MAX_DECIMALS {
                self.put(&text);
                return Ok(());
            }
        }
        let bits = (digits - 1) * u64::from(int::DIGIT_BITS);
        self.put(&format!("<int of more than {bits} bits>"));
        Ok(())
    }

    /// A container that may hold itself.
    fn container(&mut self, obj: Addr) -> Result<(), Fault> {
        let kind = Kind::native(self.m, obj)?;
        let again = self.open.contains(&obj);
        self.open.push(obj);
        match kind {
            Kind::Tuple if again => self.put("(...)"),
            Kind::List if again => self.put("[...]"),
            Kind::Dict if again => self.put("{...}"),
            Kind::Tuple => {
                let n = tuple::len(self.m, obj)?;
                self.put("(");
                self.items(tuple::slot(self.m, obj, 0), n)?;
                self.put(if n == 1 { ",)" } else { ")" });
            }
            Kind::List => {
                self.put("[");
                self.items(list::OB_ITEM.read(self.m, obj)?, list::len(self.m, obj)?)?;
                self.put("]");
            }
            Kind::Dict => self.dict(obj)?,
            _ => self.set(obj, again)?,
        }
        self.open.pop();
        Ok(())
    }

    fn items(&mut self, first: Addr, n: u64) -> Result<(), Fault> {
        for i in 0..n {
            if self.out.is_full() {
                break;
            }
            if i > 0 {
                self.put(", ");
            }
            self.object(self.m.read(first.offset(i * 8))?)?;
        }
        Ok(())
    }

    fn dict(&mut self, dict: Addr) -> Result<(), Fault> {
        self.put("{");
        let (mut position, mut first) = (0, true);
        while let Some(item) = dict::next(self.m, dict, &mut position)?
            && !self.out.is_full()
        {
            if !first {
                self.put(", ");
            }
            first = false;
            self.object(item.key)?;
            self.put(": ");
            self.object(item.value)?;
        }
        self.put("}");
        Ok(())
    }

    /// `{1}`, `set()`, `frozenset({1})`; a subclass has its name. Source: Objects/setobject.c:`set_repr`.
    fn set(&mut self, set: Addr, again: bool) -> Result<(), Fault> {
        let m = self.m;
        let name = named::short_name(m, set)?;
        if again || set::len(m, set)? == 0 {
            self.put(&name);
            self.put(if again { "(...)" } else { "()" });
            return Ok(());
        }
        let bare = name == "set";
        if !bare {
            self.put(&name);
            self.put("(");
        }
        self.put("{");
        let (mut position, mut first) = (0, true);
        while let Some(entry) = set::next(m, set, &mut position)?
            && !self.out.is_full()
        {
            if !first {
                self.put(", ");
            }
            first = false;
            self.object(entry.key)?;
        }
        self.put(if bare { "}" } else { "})" });
        Ok(())
    }

    /// The step is left out if it is 1.
    fn range(&mut self, range: Addr) -> Result<(), Fault> {
        let step = range::STEP.read(self.m, range)?;
        let parts = [range::START, range::STOP, range::STEP];
        let shown = if int::to_i64(self.m, step)? == Some(1) { &parts[..2] } else { &parts };
        self.call("range", shown, range)
    }

    fn call(&mut self, name: &str, arguments: &[Field<Addr>], of: Addr) -> Result<(), Fault> {
        self.put(name);
        for (i, field) in arguments.iter().enumerate() {
            self.put(if i == 0 { "(" } else { ", " });
            self.object(field.read(self.m, of)?)?;
        }
        self.put(")");
        Ok(())
    }
}
