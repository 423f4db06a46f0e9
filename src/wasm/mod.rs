//! The exported API: `Playground` for JavaScript. Arguments are checked here; everything else is [`crate::playground`].
//!
//! All methods take `&self`, and the state is borrowed only while the model works, never while JavaScript runs: a context that
//! calls back during `draw` is served, and an exception that it throws leaves nothing locked.
//!
//! # Errors
//! Every method can throw: an `Error` with a sentence and a stable `code`, see [`crate::heap::CommandError`] and `bad-argument`,
//! `busy`, `integrity`.
#![allow(clippy::missing_errors_doc, reason = "said once above for all exports")]
#![allow(clippy::must_use_candidate, reason = "JavaScript has no such thing")]
#![allow(clippy::needless_pass_by_value, reason = "JavaScript's values arrive by value")]

mod answer;
mod error;
mod given;
mod value;

use crate::ids::text::Owned as _;
use core::cell::{OnceCell, RefCell, RefMut};

use js_sys::{Array, Float64Array, Function, Object, Reflect, Uint8Array, Uint16Array, Uint32Array};
use wasm_bindgen::prelude::*;
use web_sys::CanvasRenderingContext2d;

use crate::abi::Release;
use crate::heap::{DEFAULT_LIMIT_BYTES, Grain, check};
use crate::ids::Serial;
use crate::ids::gather::Grow as _;
use crate::ids::text::cat;
use crate::paint::{canvas, svg};
use crate::playground::{Playground as Model, Step};
use crate::scene::{self, Point, Size, View};
use crate::snapshot;
use error::{Thrown, bad_argument, error};
use given::Rows;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("types.ts");

thread_local! {
    static ON_PANIC: RefCell<Option<Function>> = const { RefCell::new(None) };
    static HOOK: OnceCell<()> = const { OnceCell::new() };
}

/// Tells `callback` the message of a panic, should one ever happen. No object of this module may be used afterwards: load the
/// module again and start over.
#[wasm_bindgen(js_name = onPanic)]
pub fn on_panic(#[wasm_bindgen(unchecked_param_type = "(message: string) => void")] callback: &JsValue) -> Result<(), JsValue> {
    let callback = callback.dyn_ref::<Function>().cloned().ok_or_else(|| error("bad-argument", "onPanic needs a function."))?;
    ON_PANIC.with(|slot| slot.replace(Some(callback)));
    Ok(())
}

fn install_hook() {
    HOOK.with(|once| {
        once.get_or_init(|| {
            std::panic::set_hook(Box::new(|info| {
                console_error_panic_hook::hook(info);
                let callback = ON_PANIC.with(|slot| slot.try_borrow().ok().and_then(|c| c.clone()));
                if let Some(callback) = callback {
                    // The page is told; if its callback throws too, the console has the message already.
                    let _told = callback.call1(&JsValue::NULL, &info.to_string().into());
                }
            }));
        });
    });
}

/// Rows handed out at once unless the caller says otherwise.
const ROWS_LISTED: u32 = 200;

/// A heap of one CPython release, with views on it.
///
/// Objects are numbers, ids that are never used again. A call that cannot be done throws an `Error` with a sentence for people
/// and a stable `code` (`bad-argument`, `unknown-object`, `dead-object`, `immutable`, `unhashable`, `out-of-memory`, ...), and
/// has changed nothing. `free()` gives the heap's memory back.
///
/// ```js
/// const playground = new Playground("3.14");
/// const list = playground.create({ type: "list", items: [] });
/// playground.bind("a", list);
/// playground.link(list, { kind: "append" }, list);
/// playground.unbind("a");
/// playground.drop(list);
/// playground.collect(2).collected; // 1
/// ```
#[wasm_bindgen]
pub struct Playground {
    model: RefCell<Model>,
}

fn whole(value: f64, what: &str) -> Result<u32, Thrown> {
    given::whole(value).ok_or_else(|| bad_argument(&cat(&["That is not ", what, "."])))
}

fn id(value: f64) -> Result<Serial, Thrown> {
    whole(value, "the id of an object").map(Serial)
}

fn optional_id(value: &JsValue) -> Result<Option<Serial>, Thrown> {
    if value.is_undefined() || value.is_null() {
        return Ok(None);
    }
    value.as_f64().ok_or_else(|| bad_argument("That is not the id of an object.")).and_then(id).map(Some)
}

fn text(value: &JsValue, what: &str) -> Result<String, Thrown> {
    value.as_string().ok_or_else(|| bad_argument(&format!("{what} must be a string.")))
}

fn view_called(name: &JsValue) -> Result<View, Thrown> {
    match name.as_string().as_deref() {
        Some("objects") => Ok(View::Objects),
        Some("pools") => Ok(View::Pools),
        Some("generations") => Ok(View::Generations),
        Some("bytes") => Ok(View::Bytes),
        _ => Err(bad_argument("The views are objects, pools, generations and bytes.")),
    }
}

fn finite(value: f64, what: &str) -> Result<f64, Thrown> {
    if value.is_finite() { Ok(value) } else { Err(bad_argument(&format!("{what} must be a finite number."))) }
}

fn read_frame(value: &JsValue) -> Result<(Size, f64, scene::Theme), Thrown> {
    let ([width, height, dpr], theme) = given::frame(value)?;
    let size = Size { w: finite(width, "The width")?, h: finite(height, "The height")? };
    Ok((size, finite(dpr, "The device pixel ratio")?, theme))
}

impl Playground {
    fn model(&self) -> Result<RefMut<'_, Model>, JsValue> {
        self.model.try_borrow_mut().map_err(|_| error("busy", "The playground is at work; call it again afterwards."))
    }
}

#[wasm_bindgen]
impl Playground {
    /// An empty heap. The release is `"3.14"` unless another is named; memory is limited to 1 GiB unless the options say
    /// otherwise.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_param_type = "ReleaseName | undefined")] release: &JsValue,
        #[wasm_bindgen(unchecked_param_type = "{ memoryLimitBytes?: number } | undefined")] options: JsValue,
    ) -> Result<Playground, JsValue> {
        install_hook();
        let release = if release.is_undefined() {
            Release::default()
        } else {
            let name = text(release, "The release")?;
            Release::named(&name).ok_or_else(|| bad_argument(&format!("There is no model of CPython {name}.")))?
        };
        let mut limit = DEFAULT_LIMIT_BYTES;
        if !options.is_undefined()
            && let Some(bytes) = given::memory_limit_bytes(&options)?
        {
            limit = u64::from(whole(bytes, "a number of bytes below 4 GiB")?);
        }
        Ok(Playground { model: RefCell::new(Model::new(release, limit)?) })
    }

    /// The releases that can be chosen, oldest first.
    #[wasm_bindgen(unchecked_return_type = "{ name: ReleaseName; version: string }[]")]
    pub fn releases() -> Result<JsValue, JsValue> {
        Ok(value::array(Release::ALL, |fields, release| {
            fields.text("name", release.profile().name);
            fields.text("version", release.profile().version);
        })?)
    }

    /// The release, as `3.14`.
    #[wasm_bindgen(getter, unchecked_return_type = "ReleaseName")]
    pub fn release(&self) -> Result<String, JsValue> {
        Ok(self.model()?.heap().memory().profile.name.owned())
    }

    /// The patch release that the model was compared with, as `3.14.10`.
    #[wasm_bindgen(getter)]
    pub fn version(&self) -> Result<String, JsValue> {
        Ok(self.model()?.heap().memory().profile.version.owned())
    }

    /// Fills an empty heap with the prepared objects: names, a shared list, a cycle. There is nothing to undo afterwards.
    #[wasm_bindgen(js_name = loadDemo)]
    pub fn load_demo(&self) -> Result<(), JsValue> {
        Ok(self.model()?.load_demo()?)
    }
}

/// Commands: each is one step that can be undone, and sets `sentence()`. One that throws changes nothing.
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

/// Reading.
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

/// The views.
#[wasm_bindgen]
impl Playground {
    /// Draws a view. The canvas must be `width * dpr` by `height * dpr` pixels.
    ///
    /// ```js
    /// playground.loadDemo();
    /// const [width, height, dpr] = [640, 360, devicePixelRatio];
    /// canvas.width = width * dpr;
    /// canvas.height = height * dpr;
    /// playground.draw(canvas.getContext("2d"), "objects", { width, height, dpr, theme });
    /// ```
    pub fn draw(
        &self,
        #[wasm_bindgen(unchecked_param_type = "CanvasRenderingContext2D")] context: &JsValue,
        #[wasm_bindgen(unchecked_param_type = "View")] view: &JsValue,
        #[wasm_bindgen(unchecked_param_type = "Frame")] frame: JsValue,
    ) -> Result<(), JsValue> {
        let Some(context) = context.dyn_ref::<CanvasRenderingContext2d>() else {
            return Err(bad_argument("draw needs the 2d context of a canvas.").into());
        };
        let (view, (size, dpr, theme)) = (view_called(view)?, read_frame(&frame)?);
        // The borrow ends with this statement: nothing is held while the canvas is drawn on.
        let scene = self.model()?.scene(view, size)?;
        canvas::draw(context, &scene, &theme, dpr)
    }

    /// What lies at a point (css pixels) of a view as it was drawn last.
    #[wasm_bindgen(unchecked_return_type = "Hit | undefined")]
    pub fn hit(&self, #[wasm_bindgen(unchecked_param_type = "View")] view: &JsValue, x: f64, y: f64) -> Result<JsValue, JsValue> {
        let view = view_called(view)?;
        match self.model()?.hit(view, x, y)? {
            Some(hit) => Ok(value::object(|fields| answer::hit(fields, &hit))?),
            None => Ok(JsValue::UNDEFINED),
        }
    }

    /// A view as a standalone SVG document.
    ///
    /// ```js
    /// playground.loadDemo();
    /// const picture = playground.svg("pools", { width: 640, height: 360, dpr: 1, theme });
    /// picture.startsWith("<svg"); // true
    /// ```
    pub fn svg(
        &self,
        #[wasm_bindgen(unchecked_param_type = "View")] view: &JsValue,
        #[wasm_bindgen(unchecked_param_type = "Frame")] frame: JsValue,
    ) -> Result<String, JsValue> {
        let (view, (size, _, theme)) = (view_called(view)?, read_frame(&frame)?);
        let mut model = self.model()?;
        let scene = model.scene(view, size)?;
        let title = model.describe(view)?;
        Ok(svg::svg(&scene, &theme, &title))
    }

    /// What a view shows now, in words: the text alternative of its canvas.
    pub fn describe(&self, #[wasm_bindgen(unchecked_param_type = "View")] view: &JsValue) -> Result<String, JsValue> {
        let view = view_called(view)?;
        Ok(self.model()?.describe(view)?)
    }

    /// Selects an object in all views, or nothing.
    pub fn select(&self, #[wasm_bindgen(unchecked_param_type = "ObjectId | undefined")] object: &JsValue) -> Result<(), JsValue> {
        let object = optional_id(object)?;
        Ok(self.model()?.select(object)?)
    }

    /// The selected object.
    #[wasm_bindgen(getter)]
    pub fn selected(&self) -> Result<Option<f64>, JsValue> {
        Ok(self.model()?.view().selected.map(|id| f64::from(id.0)))
    }

    /// The object under the pointer, or nothing.
    pub fn hover(&self, #[wasm_bindgen(unchecked_param_type = "ObjectId | undefined")] object: &JsValue) -> Result<(), JsValue> {
        let object = optional_id(object)?;
        Ok(self.model()?.hover(object)?)
    }

    /// Moves a view's picture, in css pixels.
    pub fn pan(&self, #[wasm_bindgen(unchecked_param_type = "View")] view: &JsValue, dx: f64, dy: f64) -> Result<(), JsValue> {
        let view = view_called(view)?;
        self.model()?.view_mut().pan(view, finite(dx, "The distance")?, finite(dy, "The distance")?);
        Ok(())
    }

    /// Scales a view around a point (css pixels), which stays where it is.
    pub fn zoom(
        &self,
        #[wasm_bindgen(unchecked_param_type = "View")] view: &JsValue,
        factor: f64,
        x: f64,
        y: f64,
    ) -> Result<(), JsValue> {
        let view = view_called(view)?;
        let around = Point { x: finite(x, "The point")?, y: finite(y, "The point")? };
        self.model()?.view_mut().zoom(view, finite(factor, "The factor")?, around);
        Ok(())
    }

    /// Fits a view's picture to its canvas again, from its next drawing on, as small as stays readable. With `more`, a picture
    /// that fits so already shows everything, however small; and one that shows everything becomes readable again.
    pub fn fit(&self, #[wasm_bindgen(unchecked_param_type = "View")] view: &JsValue, more: Option<bool>) -> Result<(), JsValue> {
        let view = view_called(view)?;
        self.model()?.view_mut().fit(view, more.unwrap_or(false));
        Ok(())
    }

    /// The object that an arrow key leads to: one it refers to, one that refers to it, the next or the previous one.
    #[wasm_bindgen(unchecked_return_type = "ObjectId | undefined")]
    pub fn neighbour(
        &self,
        object: f64,
        #[wasm_bindgen(unchecked_param_type = "\"referent\" | \"referrer\" | \"next\" | \"previous\"")] direction: &JsValue,
    ) -> Result<Option<f64>, JsValue> {
        let object = id(object)?;
        let step = match direction.as_string().as_deref() {
            Some("referent") => Step::Referent,
            Some("referrer") => Step::Referrer,
            Some("next") => Step::Next,
            Some("previous") => Step::Previous,
            _ => return Err(bad_argument("The directions are referent, referrer, next and previous.").into()),
        };
        let found = self.model()?.neighbour(object, step)?;
        Ok(found.map(|id| f64::from(id.0)))
    }
}
