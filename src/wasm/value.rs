//! What answers to JavaScript are made of: one type for all of them, filled field by field. A type for each answer, with a
//! derived `Serialize`, would add several kilobytes to the module.

use serde::ser::{Serialize, SerializeStruct, Serializer};
use wasm_bindgen::JsValue;

use super::error::Thrown;
use crate::ids::gather::{Gather as _, Grow as _};
use crate::ids::text::Owned as _;
use crate::ids::{Addr, Serial};

enum Value {
    Null,
    Flag(bool),
    Number(u64),
    Signed(i64),
    Text(String),
    Numbers(Vec<u32>),
    Object(Fields),
    Array(Vec<Fields>),
}

/// A plain object: names and values in order.
#[derive(Default)]
pub(super) struct Fields(Vec<(&'static str, Value)>);

/// A plain object with the fields that `fill` adds.
pub(super) fn object(fill: impl FnOnce(&mut Fields)) -> Result<JsValue, Thrown> {
    let mut fields = Fields::default();
    fill(&mut fields);
    Value::Object(fields).give()
}

/// An array of a plain object for each item.
pub(super) fn array<T>(items: impl IntoIterator<Item = T>, fill: impl FnMut(&mut Fields, T)) -> Result<JsValue, Thrown> {
    Value::array(items, fill).give()
}

impl Value {
    fn array<T>(items: impl IntoIterator<Item = T>, mut fill: impl FnMut(&mut Fields, T)) -> Value {
        let mut objects = Vec::new();
        for item in items {
            let mut fields = Fields::default();
            fill(&mut fields, item);
            objects.add(fields);
        }
        Value::Array(objects)
    }

    #[inline(never)]
    fn give(&self) -> Result<JsValue, Thrown> {
        let serializer = serde_wasm_bindgen::Serializer::json_compatible();
        self.serialize(&serializer).map_err(|error| Thrown::from(JsValue::from(error)))
    }
}

impl Fields {
    #[inline(never)]
    fn add(&mut self, name: &'static str, value: Value) {
        self.0.push((name, value));
    }

    /// `name: "value"`
    #[inline(never)]
    pub(super) fn text(&mut self, name: &'static str, value: &str) {
        self.add(name, Value::Text(value.owned()));
    }

    /// `name: "0x7ffff7602000"`
    #[inline(never)]
    pub(super) fn address(&mut self, name: &'static str, addr: Addr) {
        self.add(name, Value::Text(addr.to_string()));
    }

    /// `name: value`
    #[inline(never)]
    pub(super) fn number(&mut self, name: &'static str, value: u64) {
        self.add(name, Value::Number(value));
    }

    /// `name: value`, or null
    #[inline(never)]
    pub(super) fn number_if(&mut self, name: &'static str, value: Option<u64>) {
        self.add(name, value.map_or(Value::Null, Value::Number));
    }

    /// `name: -3`
    pub(super) fn signed(&mut self, name: &'static str, value: i64) {
        self.add(name, Value::Signed(value));
    }

    /// The number of an object, or null.
    #[inline(never)]
    pub(super) fn id(&mut self, name: &'static str, id: Option<Serial>) {
        self.number_if(name, id.map(|id| u64::from(id.0)));
    }

    /// `name: true`
    #[inline(never)]
    pub(super) fn flag(&mut self, name: &'static str, value: bool) {
        self.add(name, Value::Flag(value));
    }

    /// `name: null`
    pub(super) fn null(&mut self, name: &'static str) {
        self.add(name, Value::Null);
    }

    /// `name: [1, 2]`
    pub(super) fn numbers(&mut self, name: &'static str, values: impl IntoIterator<Item = u32>) {
        self.add(name, Value::Numbers(values.into_iter().gather()));
    }

    /// `name: { ... }`, or null
    pub(super) fn object_if(&mut self, name: &'static str, fields: Option<Fields>) {
        self.add(name, fields.map_or(Value::Null, Value::Object));
    }

    /// `name: [{ ... }, { ... }]`
    pub(super) fn array<T>(&mut self, name: &'static str, items: impl IntoIterator<Item = T>, fill: impl FnMut(&mut Fields, T)) {
        self.add(name, Value::array(items, fill));
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("", self.0.len())?;
        for (name, value) in &self.0 {
            object.serialize_field(name, value)?;
        }
        object.end()
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_none(),
            Value::Flag(value) => serializer.serialize_bool(*value),
            Value::Number(value) => serializer.serialize_u64(*value),
            Value::Signed(value) => serializer.serialize_i64(*value),
            Value::Text(value) => serializer.serialize_str(value),
            Value::Numbers(values) => serializer.collect_seq(values),
            Value::Object(fields) => fields.serialize(serializer),
            Value::Array(objects) => serializer.collect_seq(objects),
        }
    }
}
