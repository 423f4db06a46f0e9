//! The measured bodies, for Node: each export runs one case once and returns nanoseconds per unit.

#[path = "../../bodies/allocation.rs"]
mod allocation;
#[path = "../../bodies/collection.rs"]
mod collection;

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
