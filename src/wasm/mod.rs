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
mod commands;
mod error;
mod given;
mod reading;
mod value;
mod views;

use core::cell::{OnceCell, RefCell, RefMut};

use js_sys::Function;
use wasm_bindgen::prelude::*;

use crate::abi::Release;
use crate::heap::DEFAULT_LIMIT_BYTES;
use crate::ids::Serial;
use crate::ids::text::{Owned as _, cat};
use crate::playground::Playground as Model;
use error::{Thrown, bad_argument, error};

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

fn text(value: &JsValue, what: &str) -> Result<String, Thrown> {
    value.as_string().ok_or_else(|| bad_argument(&format!("{what} must be a string.")))
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
