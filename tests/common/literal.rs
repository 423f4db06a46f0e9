//! Makes the model's objects from the Python expressions in the recordings.

use terrarium::abi::TypeId;
use terrarium::ids::Addr;
use terrarium::mem::AddressSpace;
use terrarium::object::int::Value;
use terrarium::object::singleton;
use terrarium::runtime::{self, bytes, float, int, list, range, refcount, set, slice, str, tuple};

/// The object that `expression` (a literal, or a call of a few constructors with literals) makes, with one reference;
/// `None` for what is not known here.
pub(crate) fn make(m: &mut AddressSpace, expression: &str) -> Option<Addr> {
    let mut parser = Parser { m, rest: expression };
    let made = parser.item()?;
    parser.rest.trim().is_empty().then_some(made)
}

/// The characters that a string expression of strings.tsv gives: a literal, or one of the calls that the recorder uses.
pub(crate) fn chars_of(expression: &str) -> Vec<u32> {
    let ascii = |text: &str| text.chars().map(u32::from).collect();
    let literals = literals(expression);
    let upper = |chars: &[u32]| chars.iter().map(|&c| if c < 0x80 { c & !0x20 } else { c - 0x20 }).collect();
    match expression {
        "'%d' % 7" => ascii("7"),
        "str(12)" => ascii("12"),
        "str(12345)" => ascii("12345"),
        "chr(65)" => vec![65],
        "chr(233)" => vec![233],
        "chr(0x100)" => vec![0x100],
        "chr(0x1f600)" => vec![0x1f600],
        "repr(1.5)" => ascii("1.5"),
        "'x y'.upper()" | "sys.intern('wi th'.upper())" => ascii(if expression.starts_with('s') { "WI TH" } else { "X Y" }),
        "'abc'[:0]" => vec![],
        "'abc'[1:2]" => ascii("b"),
        "'abc'[:2]" => ascii("ab"),
        "'\\u0100a'[1:]" => ascii("a"),
        "'q' * 41" => vec![u32::from('q'); 41],
        "'q' * 600" => vec![u32::from('q'); 600],
        "list(namespace('glob_' 'al'))[0]" => ascii("glob_al"),
        "'ab' 'cd'.lower()" => ascii("abcd"),
        _ if expression.contains("upper()") => upper(&literals[0]),
        _ if expression.contains(".join(") => literals[1..].join(&literals[0][..]),
        _ => literals[0].clone(),
    }
}

/// The quoted texts in an expression.
fn literals(expression: &str) -> Vec<Vec<u32>> {
    let mut found = Vec::new();
    let mut rest = expression;
    while let Some(at) = rest.find(['\'', '"']) {
        rest = &rest[at..];
        match quoted(&mut rest) {
            Some(text) => found.push(text),
            None => break,
        }
    }
    found
}

struct Parser<'a> {
    m: &'a mut AddressSpace,
    rest: &'a str,
}

impl Parser<'_> {
    fn eat(&mut self, token: &str) -> bool {
        match self.rest.trim_start().strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn own(&mut self, obj: Addr) -> Option<Addr> {
        refcount::incref(self.m, obj, Addr::NULL).ok()?;
        Some(obj)
    }

    fn item(&mut self) -> Option<Addr> {
        self.rest = self.rest.trim_start();
        for (name, value) in [
            ("None", singleton::NONE),
            ("True", singleton::TRUE),
            ("False", singleton::FALSE),
            ("...", singleton::ELLIPSIS),
            ("NotImplemented", singleton::NOT_IMPLEMENTED),
        ] {
            if self.eat(name) {
                return self.own(value);
            }
        }
        if self.eat("float('inf')") {
            return float::new(self.m, f64::INFINITY).ok();
        }
        if self.eat("float('-inf')") {
            return float::new(self.m, f64::NEG_INFINITY).ok();
        }
        if self.eat("range(") {
            let parts = self.items(")")?;
            let n = parts.iter().map(|&p| terrarium::object::int::to_i64(self.m, p).ok()?).collect::<Option<Vec<i64>>>()?;
            return match n[..] {
                [stop] => range::new(self.m, 0, stop, 1).ok(),
                [start, stop] => range::new(self.m, start, stop, 1).ok(),
                [start, stop, step] => range::new(self.m, start, stop, step).ok(),
                _ => None,
            };
        }
        if self.eat("slice(") {
            let parts = self.items(")")?;
            return match parts[..] {
                [start, stop, step] => slice::new(self.m, start, stop, step).ok(),
                _ => None,
            };
        }
        if self.eat("frozenset(") {
            let items = if self.eat("{") { self.items("}")? } else { Vec::new() };
            self.eat(")");
            let mut hashed = Vec::new();
            for item in items {
                hashed.push((item, runtime::hash(self.m, item).ok()?));
            }
            return set::new_frozen(self.m, &hashed).ok();
        }
        if self.eat("[") {
            let items = self.items("]")?;
            return list::new(self.m, &items).ok();
        }
        for id in TypeId::ALL {
            let is_name = self.rest.strip_prefix(id.name).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()));
            if is_name && self.eat(id.name) {
                return self.own(id.id.addr());
            }
        }
        let first = self.rest.chars().next()?;
        match first {
            '(' => self.parenthesis(),
            '\'' | '"' => {
                let chars = self.quoted()?;
                str::from_chars(self.m, &chars).ok()
            }
            'b' if self.rest.len() > 1 && matches!(self.rest.as_bytes()[1], b'\'' | b'"') => {
                self.rest = &self.rest[1..];
                let value: Vec<u8> = self.quoted()?.into_iter().filter_map(|c| u8::try_from(c).ok()).collect();
                bytes::new(self.m, &value).ok()
            }
            '-' | '0'..='9' => self.number(),
            _ => None,
        }
    }

    fn items(&mut self, end: &str) -> Option<Vec<Addr>> {
        let mut items = Vec::new();
        while !self.eat(end) {
            items.push(self.item()?);
            self.eat(",");
        }
        Some(items)
    }

    /// `(1+2j)`, which is one number, or a tuple.
    fn parenthesis(&mut self) -> Option<Addr> {
        let whole = self.rest;
        self.eat("(");
        if let Some(end) = whole.find(')')
            && whole[1..end].ends_with('j')
        {
            let split = whole[2..end].rfind(['+', '-']).map(|at| at + 2)?;
            let (real, imag) = (whole[1..split].parse().ok()?, whole[split..end - 1].parse().ok()?);
            self.rest = &whole[end + 1..];
            return float::new_complex(self.m, real, imag).ok();
        }
        let items = self.items(")")?;
        if items.is_empty() { self.own(singleton::EMPTY_TUPLE) } else { tuple::new(self.m, &items).ok() }
    }

    fn number(&mut self) -> Option<Addr> {
        let is_part = |(i, c): &(usize, char)| {
            c.is_ascii_digit() || ".eE".contains(*c) || ("+-".contains(*c) && (*i == 0 || self.rest[..*i].ends_with('e')))
        };
        let len = self.rest.char_indices().take_while(is_part).count();
        let (text, rest) = self.rest.split_at(len);
        self.rest = rest;
        if self.eat("j") {
            return float::new_complex(self.m, 0.0, text.parse().ok()?).ok();
        }
        if text.contains(['.', 'e']) {
            return float::new(self.m, text.parse().ok()?).ok();
        }
        int::new(self.m, &Value::from_decimal(text)?).ok()
    }

    fn quoted(&mut self) -> Option<Vec<u32>> {
        quoted(&mut self.rest)
    }
}

/// A quoted text without prefix, as code points.
fn quoted(rest: &mut &str) -> Option<Vec<u32>> {
    let mut chars = rest.chars();
    let quote = chars.next()?;
    let mut found = Vec::new();
    loop {
        let c = match chars.next()? {
            c if c == quote => break,
            '\\' => match chars.next()? {
                'n' => 10,
                't' => 9,
                'r' => 13,
                'x' => hex(&mut chars, 2)?,
                'u' => hex(&mut chars, 4)?,
                'U' => hex(&mut chars, 8)?,
                other => u32::from(other),
            },
            c => u32::from(c),
        };
        found.push(c);
    }
    *rest = chars.as_str();
    Some(found)
}

fn hex(chars: &mut core::str::Chars<'_>, digits: usize) -> Option<u32> {
    let text: String = chars.take(digits).collect();
    u32::from_str_radix(&text, 16).ok()
}
