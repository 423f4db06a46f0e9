//! Arguments from JavaScript. Ids are numbers.

use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use super::error::{Thrown, bad_argument};
use crate::heap::{Heap, Place, Spec};
use crate::ids::Serial;
use crate::ids::gather::{Gather as _, Grow as _};
use crate::ids::text::cat;
use crate::scene::{Paint, Theme};
use crate::snapshot::{self, Snapshot};

/// An argument that is a plain object, and what it should describe. Its properties are read by name; readers derived by serde
/// would be a tenth of the module.
pub(super) struct Given<'a> {
    object: &'a JsValue,
    what: &'static str,
}

impl<'a> Given<'a> {
    pub(super) fn new(object: &'a JsValue, what: &'static str) -> Result<Given<'a>, Thrown> {
        let given = Given { object, what };
        if object.is_object() { Ok(given) } else { Err(given.not(what)) }
    }

    #[cold]
    fn not(&self, problem: &str) -> Thrown {
        bad_argument(&cat(&["Not ", self.what, ": ", problem, "."]))
    }

    /// A property that may be missing.
    fn option(&self, name: &str) -> Result<Option<JsValue>, Thrown> {
        let value = Reflect::get(self.object, &name.into()).map_err(|_| self.not(name))?;
        Ok((!value.is_undefined() && !value.is_null()).then_some(value))
    }

    fn property<T>(&self, name: &str, read: impl FnOnce(&JsValue) -> Option<T>) -> Result<T, Thrown> {
        self.option(name)?.as_ref().and_then(read).ok_or_else(|| self.not(name))
    }

    fn optional<T>(&self, name: &str, read: impl FnOnce(&JsValue) -> Option<T>) -> Result<Option<T>, Thrown> {
        self.option(name)?.map(|value| read(&value).ok_or_else(|| self.not(name))).transpose()
    }

    fn text(&self, name: &str) -> Result<String, Thrown> {
        self.property(name, JsValue::as_string)
    }

    fn number(&self, name: &str) -> Result<f64, Thrown> {
        self.property(name, JsValue::as_f64)
    }

    fn id(&self, name: &str) -> Result<Serial, Thrown> {
        self.property(name, serial)
    }

    fn ids(&self, name: &str) -> Result<Vec<Serial>, Thrown> {
        self.property(name, serials)
    }

    fn ids_or_none(&self, name: &str) -> Result<Vec<Serial>, Thrown> {
        Ok(self.optional(name, serials)?.unwrap_or_default())
    }
}

/// The whole number from 0 to 2^32 - 1 that `value` is: ids, indices and thresholds are such numbers.
pub(super) fn whole(value: f64) -> Option<u32> {
    if value.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&value) {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
        return Some(value as u32);
    }
    None
}

fn integer(value: &JsValue) -> Option<u32> {
    value.as_f64().and_then(whole)
}

fn serial(value: &JsValue) -> Option<Serial> {
    integer(value).map(Serial)
}

fn array<T>(value: &JsValue, read: impl Fn(&JsValue) -> Option<T>) -> Option<Vec<T>> {
    value.dyn_ref::<Array>()?.iter().map(|item| read(&item).ok_or(())).try_gather().ok()
}

fn serials(value: &JsValue) -> Option<Vec<Serial>> {
    array(value, serial)
}

fn bytes(value: &JsValue) -> Option<Vec<u8>> {
    match value.dyn_ref::<Uint8Array>() {
        Some(bytes) => Some(bytes.to_vec()),
        None => array(value, |item| u8::try_from(integer(item)?).ok()),
    }
}

fn pair(value: &JsValue) -> Option<(Serial, Serial)> {
    match serials(value)?[..] {
        [key, value] => Some((key, value)),
        _ => None,
    }
}

/// `Spec` of the type declarations.
pub(super) fn spec(value: &JsValue) -> Result<Spec, Thrown> {
    let given = Given::new(value, "something that can be created")?;
    let ids = |name| given.ids(name);
    Ok(match given.text("type")?.as_str() {
        "None" => Spec::None,
        "bool" => Spec::Bool(given.property("value", JsValue::as_bool)?),
        "Ellipsis" => Spec::Ellipsis,
        "NotImplemented" => Spec::NotImplemented,
        "int" => Spec::Int(given.text("value")?),
        "float" => Spec::Float(given.number("value")?),
        "complex" => Spec::Complex(given.number("real")?, given.number("imag")?),
        "str" => Spec::Str(given.text("value")?),
        "bytes" => Spec::Bytes(given.property("value", bytes)?),
        "bytearray" => Spec::ByteArray(given.property("value", bytes)?),
        "list" => Spec::List(ids("items")?),
        "tuple" => Spec::Tuple(ids("items")?),
        "set" => Spec::Set(ids("items")?),
        "frozenset" => Spec::FrozenSet(ids("items")?),
        "dict" => Spec::Dict(given.property("entries", |entries| array(entries, pair))?),
        "slice" => Spec::Slice(given.id("start")?, given.id("stop")?, given.id("step")?),
        "range" => Spec::Range(given.text("start")?, given.text("stop")?, given.text("step")?),
        "class" => Spec::Class {
            name: given.text("name")?,
            slots: given.optional("slots", |slots| array(slots, JsValue::as_string))?,
            bases: given.ids_or_none("bases")?,
        },
        "instance" => Spec::Instance(given.id("class")?),
        "cell" => Spec::Cell(given.optional("contents", serial)?),
        "function" => Spec::Function {
            name: given.text("name")?,
            defaults: given.ids_or_none("defaults")?,
            closure: given.ids_or_none("closure")?,
        },
        "method" => Spec::Method(given.id("function")?, given.id("self")?),
        "module" => Spec::Module(given.text("name")?),
        "exception" => Spec::Exception(given.text("class")?, ids("args")?),
        "weakref" => Spec::WeakRef(given.id("object")?),
        "object" => Spec::Object,
        _ => return Err(given.not("type")),
    })
}

/// `Place` of the type declarations.
pub(super) struct GivenPlace {
    pub(super) place: Place,
    /// The member that `unlink` means.
    pub(super) member: Option<Serial>,
}

pub(super) fn place(value: &JsValue) -> Result<GivenPlace, Thrown> {
    let given = Given::new(value, "a place")?;
    let mut member = None;
    let place = match given.text("kind")?.as_str() {
        "append" => Place::Append,
        "index" => Place::Index(u64::from(given.property("index", integer)?)),
        "key" => Place::Key(given.id("key")?),
        "attribute" => Place::Attribute(given.text("name")?),
        "member" => {
            member = given.optional("member", serial)?;
            Place::Member
        }
        "cell" => Place::Cell,
        _ => return Err(given.not("kind")),
    };
    Ok(GivenPlace { place, member })
}

/// `memoryLimitBytes` of the options of a playground.
pub(super) fn memory_limit_bytes(value: &JsValue) -> Result<Option<f64>, Thrown> {
    Given::new(value, "options")?.optional("memoryLimitBytes", JsValue::as_f64)
}

/// References of one row that are listed unless the caller says otherwise.
pub(super) const REFERENCES_LISTED: u32 = 256;

/// Which rows are asked for.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) startup: bool,
    pub(super) offset: Option<u32>,
    pub(super) limit: Option<u32>,
    references: Option<u32>,
    find: Option<String>,
    of_type: Option<String>,
}

impl Rows {
    pub(super) fn read(value: &JsValue) -> Result<Rows, Thrown> {
        let given = Given::new(value, "options")?;
        let startup = given.optional("startup", JsValue::as_bool)?.unwrap_or(false);
        Ok(Rows {
            startup,
            offset: given.optional("offset", integer)?,
            limit: given.optional("limit", integer)?,
            references: given.optional("references", integer)?,
            find: given.optional("find", JsValue::as_string)?,
            of_type: given.optional("type", JsValue::as_string)?,
        })
    }

    /// How many references of one object are listed.
    pub(super) fn references(&self) -> usize {
        self.references.unwrap_or(REFERENCES_LISTED) as usize
    }

    /// The objects that are asked for: of the type, and with each word somewhere in their id, type, value or address.
    pub(super) fn filtered<'a>(&self, heap: &Heap, snapshot: &'a Snapshot) -> Result<Vec<&'a snapshot::Object>, Thrown> {
        let find = self.find.as_deref().unwrap_or_default().to_ascii_lowercase();
        let mut fitting = Vec::new();
        for object in &snapshot.objects {
            if self.of_type.as_ref().is_some_and(|name| *object.type_name != **name) {
                continue;
            }
            if !find.is_empty() {
                let value = snapshot::value(heap, object)?;
                let parts = [&object.id.to_string(), " ", &object.type_name, " ", &value, " ", &object.addr.to_string()];
                let text = cat(&parts).to_ascii_lowercase();
                // Not `contains`: the library's search is fast, and large.
                let has = |word: &str| text.as_bytes().windows(word.len()).any(|at| at == word.as_bytes());
                if !find.split_ascii_whitespace().all(has) {
                    continue;
                }
            }
            fitting.add(object);
        }
        Ok(fitting)
    }
}

/// `Frame` of the type declarations: width, height, device pixel ratio, colours.
pub(super) fn frame(value: &JsValue) -> Result<([f64; 3], Theme), Thrown> {
    let given = Given::new(value, "a frame")?;
    let sizes = [given.number("width")?, given.number("height")?, given.number("dpr")?];
    let colors = given.property("theme", |value| Some(value.clone()))?;
    Ok((sizes, theme(&colors)?))
}

/// `Theme` of the type declarations.
fn theme(value: &JsValue) -> Result<Theme, Thrown> {
    let given = Given::new(value, "a theme")?;
    let mut theme = Theme { patterns: given.optional("patterns", JsValue::as_bool)?.unwrap_or(false), ..Theme::default() };
    for (name, color) in Paint::NAMES.into_iter().zip(&mut theme.colors) {
        *color = given.text(name)?;
    }
    theme.font = given.text("font")?;
    theme.mono = given.text("mono")?;
    Ok(theme)
}
