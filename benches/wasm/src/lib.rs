//! The measured bodies, for Node: each export runs one case once and returns nanoseconds per unit, NaN if the result was wrong.

#[path = "../../bodies/allocation.rs"]
mod allocation;
#[path = "../../bodies/bytes.rs"]
mod bytes;
#[path = "../../bodies/collection.rs"]
mod collection;
#[path = "../../bodies/nesting.rs"]
mod nesting;

use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::wasm_bindgen;

fn now_ns() -> f64 {
    js_sys::Reflect::get(&js_sys::global(), &"performance".into())
        .ok()
        .and_then(|p| js_sys::Reflect::get(&p, &"now".into()).ok().map(|f| (p, f)))
        .and_then(|(p, f)| js_sys::Function::from(f).call0(&p).ok())
        .and_then(|ms| ms.as_f64())
        .unwrap_or(f64::NAN)
        * 1e6
}

/// Nanoseconds per container of one full collection of `n` containers; see `bodies/collection.rs` for the cases.
#[wasm_bindgen]
#[must_use]
pub fn collection(case: &str, n: u32) -> f64 {
    let Some(mut m) = collection::build(case, n) else { return f64::NAN };
    let begin = now_ns();
    collection::run(&mut m);
    let end = now_ns();
    if collection::is_right(&m, case, n) { (end - begin) / f64::from(n) } else { f64::NAN }
}

/// Nanoseconds per operation of `steps` steps (two operations each) with `live` blocks alive, after as many steps to warm up; with
/// all events recorded if `recorded`. The same steps as `bodies/allocation.c` on a real pymalloc.
#[wasm_bindgen]
#[must_use]
pub fn allocation(live: u32, steps: u32, recorded: bool) -> f64 {
    let Ok(mut body) = allocation::Allocation::new(live) else { return f64::NAN };
    let mut run = || if recorded { body.run_recorded(steps) } else { body.run(steps) };
    if run().is_err() {
        return f64::NAN;
    }
    let begin = now_ns();
    let outcome = run();
    let end = now_ns();
    if outcome.is_ok() { (end - begin) / (2.0 * f64::from(steps)) } else { f64::NAN }
}

/// Nanoseconds per list until `n` nested lists are freed: by a collection if `garbage`, else by the last count.
#[wasm_bindgen]
#[must_use]
pub fn nesting(n: u32, garbage: bool) -> f64 {
    let Some((mut m, outermost)) = nesting::build(n) else { return f64::NAN };
    let begin = now_ns();
    let is_right = if garbage { nesting::collect(&mut m, outermost) } else { nesting::free(&mut m, outermost) };
    let end = now_ns();
    if is_right { (end - begin) / f64::from(n) } else { f64::NAN }
}

/// Makes a heap of `n` lists and keeps it: bytes that CPython has mapped for such a heap. (That the model maps the same arenas is
/// what its tests hold against recordings.)
#[wasm_bindgen]
#[must_use]
pub fn heap_bytes(n: u32) -> f64 {
    let Ok(m) = bytes::build(n) else { return f64::NAN };
    #[allow(clippy::cast_precision_loss, reason = "below 2^53")]
    let mapped = m.mapped_bytes() as f64;
    std::mem::forget(m);
    mapped
}

/// Bytes of WebAssembly memory.
#[wasm_bindgen]
#[must_use]
pub fn memory_bytes() -> f64 {
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    f64::from(memory.buffer().unchecked_into::<js_sys::ArrayBuffer>().byte_length())
}
