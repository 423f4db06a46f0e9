//! Commands: each is one step that can be undone, and sets `sentence()`. One that throws changes nothing.

use wasm_bindgen::prelude::*;

use super::error::bad_argument;
use super::{Playground, answer, given, id, text, value, whole};
use crate::heap::Grain;

#[wasm_bindgen]
impl Playground {
    /// Makes an object, which a page handle then holds.
    /// Objects that exist once only (small ints, None, ...) are given out again under the id they have.
    ///
    /// ```js
    /// const number = playground.create({ type: "int", value: "12345678901234567890" });
    /// const list = playground.create({ type: "list", items: [number, number] });
    /// playground.details(list).getsizeof; // 72
    /// playground.holders(number).length; // 3
    /// ```
    #[wasm_bindgen(unchecked_return_type = "ObjectId")]
    pub fn create(&self, #[wasm_bindgen(unchecked_param_type = "Spec")] spec: JsValue) -> Result<f64, JsValue> {
        let spec = given::spec(&spec)?;
        Ok(f64::from(self.model()?.create(&spec)?.0))
    }

    /// Makes an object that a name of `__main__` holds instead of a handle, as `name = ...` does.
    ///
    /// ```js
    /// const list = playground.createNamed({ type: "list", items: [] }, "a");
    /// playground.row(list).refcount; // 1
    /// ```
    #[wasm_bindgen(js_name = createNamed, unchecked_return_type = "ObjectId")]
    pub fn create_named(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Spec")] spec: JsValue,
        #[wasm_bindgen(unchecked_param_type = "string")] name: &JsValue,
    ) -> Result<f64, JsValue> {
        let (spec, name) = (given::spec(&spec)?, text(name, "The name")?);
        Ok(f64::from(self.model()?.create_named(&spec, &name)?.0))
    }

    /// Binds a name of `__main__`, or rebinds it.
    ///
    /// ```js
    /// const one = playground.create({ type: "float", value: 1.5 });
    /// playground.bind("x", one);
    /// playground.names().map(({ name }) => name); // ["x"]
    /// ```
    pub fn bind(&self, #[wasm_bindgen(unchecked_param_type = "string")] name: &JsValue, object: f64) -> Result<(), JsValue> {
        let (name, object) = (text(name, "The name")?, id(object)?);
        Ok(self.model()?.bind(&name, object)?)
    }

    /// `del name`
    pub fn unbind(&self, #[wasm_bindgen(unchecked_param_type = "string")] name: &JsValue) -> Result<(), JsValue> {
        let name = text(name, "The name")?;
        Ok(self.model()?.unbind(&name)?)
    }

    /// Gives up the page's handles of an object.
    /// If nothing else holds it, it dies, and its id throws `dead-object` from then on.
    ///
    /// ```js
    /// const list = playground.create({ type: "list", items: [] });
    /// playground.drop(list);
    /// playground.sentence().includes("died"); // true
    /// ```
    pub fn drop(&self, object: f64) -> Result<(), JsValue> {
        let object = id(object)?;
        Ok(self.model()?.drop_handle(object)?)
    }

    /// Stores a reference to `to` in `from`.
    /// `places` says what an object takes.
    ///
    /// ```js
    /// const key = playground.create({ type: "str", value: "self" });
    /// const dict = playground.create({ type: "dict", entries: [] });
    /// playground.link(dict, { kind: "key", key }, dict);
    /// playground.details(dict).value; // "1 entry"
    /// playground.link(dict, { kind: "append" }, dict); // throws "no-such-place"
    /// ```
    pub fn link(
        &self,
        from: f64,
        #[wasm_bindgen(unchecked_param_type = "Place")] place: JsValue,
        to: f64,
    ) -> Result<(), JsValue> {
        let place = given::place(&place)?;
        let (from, to) = (id(from)?, id(to)?);
        Ok(self.model()?.link(from, &place.place, to)?)
    }

    /// Removes the reference at a place. `append` means the last item; `member` says which.
    ///
    /// ```js
    /// const pi = playground.create({ type: "float", value: 3.14159 });
    /// const set = playground.create({ type: "set", items: [pi] });
    /// playground.unlink(set, { kind: "member", member: pi });
    /// playground.unlink(set, { kind: "member", member: pi }); // throws "no-such-member"
    /// ```
    pub fn unlink(&self, from: f64, #[wasm_bindgen(unchecked_param_type = "Place")] place: JsValue) -> Result<(), JsValue> {
        let place = given::place(&place)?;
        let from = id(from)?;
        let mut model = self.model()?;
        Ok(match place.member {
            Some(member) => model.unlink_member(from, member),
            None => model.unlink(from, &place.place),
        }?)
    }

    /// Which places `link` accepts for an object.
    #[wasm_bindgen(unchecked_return_type = "Places")]
    pub fn places(&self, from: f64) -> Result<JsValue, JsValue> {
        let from = id(from)?;
        let p = self.model()?.places(from)?;
        Ok(value::object(|fields| {
            fields.flag("append", p.append);
            fields.number("indices", p.indices);
            fields.flag("keyed", p.keyed);
            fields.flag("attribute", p.attribute);
            fields.flag("member", p.member);
            fields.flag("cell", p.cell);
        })?)
    }

    /// `gc.collect(generation)`
    ///
    /// ```js
    /// const list = playground.create({ type: "list", items: [] });
    /// playground.link(list, { kind: "append" }, list);
    /// playground.drop(list);
    /// playground.collect(2).byType; // [{ type: "list", count: 1 }]
    /// ```
    #[wasm_bindgen(unchecked_return_type = "Collected")]
    pub fn collect(&self, generation: f64) -> Result<JsValue, JsValue> {
        let generation = u64::from(whole(generation, "a generation")?);
        let found = self.model()?.collect(generation)?;
        Ok(answer::collected(&found)?)
    }

    /// Starts a collection to step through.
    #[wasm_bindgen(js_name = startCollection)]
    pub fn start_collection(&self, generation: f64) -> Result<(), JsValue> {
        let generation = u64::from(whole(generation, "a generation")?);
        Ok(self.model()?.start_collection(generation)?)
    }

    /// Takes one step: to the next object, or to the end of the phase. False once the collection is finished.
    /// Each step can be undone. Until the end, commands that change objects throw `collection-running`.
    ///
    /// ```js
    /// playground.loadDemo();
    /// playground.startCollection(2);
    /// let steps = 1;
    /// while (playground.stepCollection("object")) steps += 1;
    /// steps > 20; // true
    /// playground.statistics().unreachable; // 0
    /// ```
    #[wasm_bindgen(js_name = stepCollection)]
    pub fn step_collection(
        &self,
        #[wasm_bindgen(unchecked_param_type = "\"object\" | \"phase\"")] grain: &JsValue,
    ) -> Result<bool, JsValue> {
        let grain = match grain.as_string().as_deref() {
            Some("object") => Grain::Object,
            Some("phase") => Grain::Phase,
            _ => return Err(bad_argument("A step is an \"object\" or a \"phase\".").into()),
        };
        Ok(self.model()?.step_collection(grain)?)
    }

    /// Runs the collection to its end.
    #[wasm_bindgen(js_name = finishCollection, unchecked_return_type = "Collected")]
    pub fn finish_collection(&self) -> Result<JsValue, JsValue> {
        let found = self.model()?.finish_collection()?;
        Ok(answer::collected(&found)?)
    }

    /// The collection that is stopped half way, also after `undo` and `redo`: what it collects and in which phase it is.
    ///
    /// ```js
    /// playground.startCollection(2);
    /// playground.collecting; // { generation: 2, phase: "gc_list_merge" }
    /// playground.undo();
    /// playground.collecting; // undefined
    /// ```
    #[wasm_bindgen(getter, unchecked_return_type = "Collecting | undefined")]
    pub fn collecting(&self) -> Result<JsValue, JsValue> {
        let Some((generation, phase)) = self.model()?.collecting()? else { return Ok(JsValue::UNDEFINED) };
        Ok(value::object(|fields| {
            fields.number("generation", generation.into());
            fields.text("phase", phase);
        })?)
    }

    /// `gc.set_threshold(...)`
    ///
    /// ```js
    /// playground.setThreshold(2, 10, 10);
    /// playground.statistics().thresholds; // [2, 10, 10]
    /// ```
    #[wasm_bindgen(js_name = setThreshold)]
    pub fn set_threshold(&self, threshold0: f64, threshold1: f64, threshold2: f64) -> Result<(), JsValue> {
        let mut thresholds = [0; 3];
        for (slot, value) in thresholds.iter_mut().zip([threshold0, threshold1, threshold2]) {
            *slot = whole(value, "a threshold")?.min(i32::MAX.cast_unsigned());
        }
        Ok(self.model()?.set_thresholds(thresholds)?)
    }

    /// `gc.enable()`, `gc.disable()`
    #[wasm_bindgen(js_name = setGcEnabled)]
    pub fn set_gc_enabled(&self, on: bool) -> Result<(), JsValue> {
        Ok(self.model()?.set_gc_enabled(on)?)
    }

    /// `gc.freeze()`
    pub fn freeze(&self) -> Result<(), JsValue> {
        Ok(self.model()?.freeze()?)
    }

    /// `gc.unfreeze()`
    pub fn unfreeze(&self) -> Result<(), JsValue> {
        Ok(self.model()?.unfreeze()?)
    }

    /// Takes back the last command. False if there is none.
    ///
    /// ```js
    /// const list = playground.create({ type: "list", items: [] });
    /// playground.bind("a", list);
    /// playground.undoLabel(); // "name a"
    /// playground.undo(); // true
    /// playground.names().length; // 0
    /// playground.redo(); // true
    /// ```
    pub fn undo(&self) -> Result<bool, JsValue> {
        Ok(self.model()?.undo()?)
    }

    /// Does again what was undone last. False if there is nothing.
    pub fn redo(&self) -> Result<bool, JsValue> {
        Ok(self.model()?.redo()?)
    }

    /// What `undo` would take back.
    #[wasm_bindgen(js_name = undoLabel)]
    pub fn undo_label(&self) -> Result<Option<String>, JsValue> {
        Ok(self.model()?.undo_label().map(str::to_owned))
    }

    /// What `redo` would do again.
    #[wasm_bindgen(js_name = redoLabel)]
    pub fn redo_label(&self) -> Result<Option<String>, JsValue> {
        Ok(self.model()?.redo_label().map(str::to_owned))
    }

    /// What the last command did to counts and memory and why. Plain text.
    pub fn sentence(&self) -> Result<String, JsValue> {
        Ok(self.model()?.sentence()?)
    }
}
