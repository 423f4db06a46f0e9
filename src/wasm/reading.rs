//! What can be read of the heap without a picture.

use js_sys::{Array, Float64Array, Object, Reflect, Uint8Array, Uint16Array, Uint32Array};
use wasm_bindgen::prelude::*;

use super::error::error;
use super::given::Rows;
use super::{Playground, answer, given, id, value};
use crate::heap::check;
use crate::ids::gather::Grow as _;
use crate::snapshot;

/// Rows handed out at once unless the caller says otherwise.
const ROWS_LISTED: u32 = 200;

#[wasm_bindgen]
impl Playground {
    /// The objects as rows of a table, by id; 200 at a time unless `limit` says otherwise.
    ///
    /// ```js
    /// playground.loadDemo();
    /// const { total, rows } = playground.rows({ offset: 0, limit: 2 });
    /// rows.length; // 2
    /// total > 2; // true
    /// playground.rows({ type: "str", find: "hello" }).total; // 1
    /// ```
    #[wasm_bindgen(unchecked_return_type = "{ total: number; rows: Row[] }")]
    pub fn rows(&self, #[wasm_bindgen(unchecked_param_type = "Rows | undefined")] options: JsValue) -> Result<JsValue, JsValue> {
        let options = if options.is_undefined() { Rows::default() } else { Rows::read(&options)? };
        let model = self.model()?;
        let snapshot = if options.startup { model.everything() } else { model.snapshot() }?;
        let objects = options.filtered(model.heap(), snapshot)?;
        let wanted =
            objects.iter().skip(options.offset.unwrap_or(0) as usize).take(options.limit.unwrap_or(ROWS_LISTED) as usize);
        let mut rows = Vec::new();
        for object in wanted {
            rows.add(snapshot::spelled(model.heap(), snapshot, object)?);
        }
        Ok(value::object(|fields| {
            fields.number("total", objects.len() as u64);
            fields.array("rows", &rows, |fields, row| answer::row(fields, row, options.references()));
        })?)
    }

    /// One object as a row of the table, also one made at start-up.
    ///
    /// ```js
    /// const list = playground.create({ type: "list", items: [] });
    /// playground.bind("a", list);
    /// playground.row(list).refcount; // 2
    /// playground.link(list, { kind: "append" }, list);
    /// const [item] = playground.row(list).references;
    /// playground.unlink(list, item.place);
    /// playground.row(list).references.length; // 0
    /// ```
    #[wasm_bindgen(unchecked_return_type = "Row")]
    pub fn row(&self, object: f64) -> Result<JsValue, JsValue> {
        let object = id(object)?;
        let model = self.model()?;
        let object = model.object(object)?;
        Ok(value::object(|fields| answer::row(fields, &object, given::REFERENCES_LISTED as usize))?)
    }

    /// The names of `__main__` in order.
    #[wasm_bindgen(unchecked_return_type = "{ name: string; object: ObjectId | null; text: string }[]")]
    pub fn names(&self) -> Result<JsValue, JsValue> {
        let model = self.model()?;
        let heap = model.heap();
        let mut names = Vec::new();
        for (name, object) in heap.names()? {
            let text = snapshot::in_a_word(heap.memory(), object)?;
            names.add((name, heap.memory().births.at(object), text));
        }
        Ok(value::array(names, |fields, (name, object, text)| {
            fields.text("name", &name);
            fields.id("object", object);
            fields.text("text", &text);
        })?)
    }

    /// Everything about an object: every byte with its meaning, and who holds it.
    ///
    /// ```js
    /// const list = playground.create({ type: "list", items: [] });
    /// const [block] = playground.details(list).blocks;
    /// block.fields.map(({ name }) => name).includes("ob_size"); // true
    /// block.fields.reduce((sum, { size }) => sum + size, 0) === block.size; // true
    /// ```
    #[wasm_bindgen(unchecked_return_type = "Details")]
    pub fn details(&self, object: f64) -> Result<JsValue, JsValue> {
        let object = id(object)?;
        let details = self.model()?.details(object)?;
        Ok(value::object(|fields| answer::details(fields, &details))?)
    }

    /// Who holds an object: one entry for each reference, so they add up to its count.
    #[wasm_bindgen(unchecked_return_type = "Holder[]")]
    pub fn holders(&self, object: f64) -> Result<JsValue, JsValue> {
        let object = id(object)?;
        let model = self.model()?;
        let details = model.details(object)?;
        Ok(value::array(&details.holders, answer::holder)?)
    }

    /// The whole heap as typed arrays, start-up objects too.
    /// They are copies: later commands do not change them.
    ///
    /// ```js
    /// const { type, types, getsizeof } = playground.columns();
    /// type.length === getsizeof.length; // true
    /// types.includes("int"); // true
    /// ```
    #[wasm_bindgen(unchecked_return_type = "Columns")]
    pub fn columns(&self) -> Result<JsValue, JsValue> {
        let columns = snapshot::columns(self.model()?.heap())?;
        let types: Array = columns.types.iter().map(|name| JsValue::from_str(name)).collect();
        let object = Object::new();
        for (name, column) in [
            ("id", JsValue::from(Uint32Array::from(&columns.id[..]))),
            ("address", Float64Array::from(&columns.address[..]).into()),
            ("type", Uint16Array::from(&columns.type_index[..]).into()),
            ("types", types.into()),
            ("refcount", Uint32Array::from(&columns.refcount[..]).into()),
            ("generation", Uint8Array::from(&columns.generation[..]).into()),
            ("getsizeof", Uint32Array::from(&columns.getsizeof[..]).into()),
            ("flags", Uint8Array::from(&columns.flags[..]).into()),
        ] {
            Reflect::set(&object, &name.into(), &column)?;
        }
        Ok(object.into())
    }

    /// Arenas and pools.
    #[wasm_bindgen(unchecked_return_type = "ArenaInfo[]")]
    pub fn pools(&self) -> Result<JsValue, JsValue> {
        Ok(value::array(&self.model()?.snapshot()?.arenas, answer::arena)?)
    }

    /// The collector's generations, the permanent one last.
    #[wasm_bindgen(unchecked_return_type = "GenerationInfo[]")]
    pub fn generations(&self) -> Result<JsValue, JsValue> {
        let model = self.model()?;
        Ok(answer::generations(model.snapshot()?)?)
    }

    /// Figures of the allocator and the collector.
    #[wasm_bindgen(unchecked_return_type = "Statistics")]
    pub fn statistics(&self) -> Result<JsValue, JsValue> {
        let model = self.model()?;
        let statistics = model.statistics()?;
        let objects = &model.snapshot()?.objects;
        let bytes_mapped = model.heap().memory().mapped_bytes();
        Ok(value::object(|fields| answer::statistics(fields, &statistics, bytes_mapped, objects))?)
    }

    /// Proves the heap sound, or throws an error with code `integrity` that says what is not.
    pub fn check(&self) -> Result<(), JsValue> {
        check(self.model()?.heap().memory()).map_err(|broken| error("integrity", &broken.to_string()))
    }
}
