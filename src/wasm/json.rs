//! Answers for JavaScript are written as JSON, and `JSON.parse` makes plain objects of it: one call crosses the boundary, where
//! building them property by property takes one for each, and more code.

use core::fmt::Write as _;

use js_sys::JSON;
use wasm_bindgen::JsValue;

use super::error::Thrown;
use crate::ids::Serial;

/// JSON as it is being written. Commas come by themselves.
#[derive(Default)]
pub(super) struct Json(String);

/// A plain object with the properties that `write` writes.
pub(super) fn object(write: impl FnOnce(&mut Json)) -> Result<JsValue, Thrown> {
    let mut json = Json::default();
    json.0.push('{');
    write(&mut json);
    json.0.push('}');
    json.parse()
}

/// An array of a plain object for each item.
pub(super) fn array<T>(items: impl IntoIterator<Item = T>, write: impl FnMut(&mut Json, T)) -> Result<JsValue, Thrown> {
    let mut json = Json::default();
    json.objects(items, write);
    json.parse()
}

impl Json {
    fn parse(&self) -> Result<JsValue, Thrown> {
        Ok(JSON::parse(&self.0)?)
    }

    /// A comma, unless nothing stands before.
    fn separate(&mut self) {
        if !matches!(self.0.as_bytes().last(), None | Some(b'{' | b'[')) {
            self.0.push(',');
        }
    }

    #[inline(never)]
    fn name(&mut self, name: &str) {
        self.separate();
        self.0.push('"');
        self.0.push_str(name);
        self.0.push_str("\":");
    }

    /// A property as JSON has it.
    fn raw(&mut self, name: &str, value: &str) {
        self.name(name);
        self.0.push_str(value);
    }

    /// `name: "value"`
    #[inline(never)]
    pub(super) fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        self.0.push('"');
        for c in value.chars() {
            match c {
                '"' | '\\' => self.0.extend(['\\', c]),
                '\0'..' ' => drop(write!(self.0, "\\u{:04x}", u32::from(c))),
                _ => self.0.push(c),
            }
        }
        self.0.push('"');
    }

    /// `name: value`
    #[inline(never)]
    pub(super) fn number(&mut self, name: &str, value: u64) {
        self.raw(name, &value.to_string());
    }

    /// `name: value`, or null
    #[inline(never)]
    pub(super) fn number_if(&mut self, name: &str, value: Option<u64>) {
        match value {
            Some(value) => self.number(name, value),
            None => self.null(name),
        }
    }

    /// `name: null`
    pub(super) fn null(&mut self, name: &str) {
        self.raw(name, "null");
    }

    /// `name: -3`
    pub(super) fn signed(&mut self, name: &str, value: i64) {
        self.raw(name, &value.to_string());
    }

    /// The number of an object, or null
    pub(super) fn id(&mut self, name: &str, id: Option<Serial>) {
        self.number_if(name, id.map(|id| u64::from(id.0)));
    }

    /// `name: value`
    pub(super) fn flag(&mut self, name: &str, value: bool) {
        self.raw(name, if value { "true" } else { "false" });
    }

    /// `name: [1, 2]`
    pub(super) fn numbers(&mut self, name: &str, values: impl IntoIterator<Item = u32>) {
        self.name(name);
        self.0.push('[');
        for value in values {
            self.separate();
            self.0.push_str(&value.to_string());
        }
        self.0.push(']');
    }

    /// `name: { ... }`
    pub(super) fn object(&mut self, name: &str, write: impl FnOnce(&mut Json)) {
        self.name(name);
        self.0.push('{');
        write(self);
        self.0.push('}');
    }

    /// `name: [{ ... }, { ... }]`
    pub(super) fn array<T>(&mut self, name: &str, items: impl IntoIterator<Item = T>, write: impl FnMut(&mut Json, T)) {
        self.name(name);
        self.objects(items, write);
    }

    fn objects<T>(&mut self, items: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut Json, T)) {
        self.0.push('[');
        for item in items {
            self.separate();
            self.0.push('{');
            write(self, item);
            self.0.push('}');
        }
        self.0.push(']');
    }
}
