//! The exported API in a real browser: `cargo xtask test web`.
#![cfg(target_family = "wasm")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::float_cmp,
    clippy::cast_possible_truncation,
    clippy::many_single_char_names,
    reason = "a test stops at what it does not expect; ids are whole numbers"
)]

use js_sys::{Array, Function, Object, Reflect, Uint8Array, Uint32Array};
use terrarium::abi::Release;
use terrarium::ids::Addr;
use terrarium::runtime::gc::machine::collect;
use terrarium::runtime::gc::members;
use terrarium::runtime::{list, refcount, start};
use terrarium::wasm::{Playground, on_panic};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

wasm_bindgen_test_configure!(run_in_browser);

fn playground(release: &str) -> Playground {
    Playground::new(&release.into(), JsValue::UNDEFINED).unwrap()
}

/// An object literal.
fn object(entries: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (key, value) in entries {
        Reflect::set(&object, &(*key).into(), value).unwrap();
    }
    object.into()
}

fn items(ids: &[f64]) -> JsValue {
    ids.iter().map(|&id| JsValue::from_f64(id)).collect::<Array>().into()
}

fn list(p: &Playground, ids: &[f64]) -> f64 {
    p.create(object(&[("type", "list".into()), ("items", items(ids))])).unwrap()
}

fn text(p: &Playground, value: &str) -> f64 {
    p.create(object(&[("type", "str".into()), ("value", value.into())])).unwrap()
}

fn append() -> JsValue {
    object(&[("kind", "append".into())])
}

fn get(value: &JsValue, key: &str) -> JsValue {
    Reflect::get(value, &key.into()).unwrap()
}

fn number(value: &JsValue, key: &str) -> f64 {
    get(value, key).as_f64().unwrap()
}

/// The code of what a call threw; it must be an `Error` with a sentence.
fn code<T>(result: Result<T, JsValue>) -> String {
    let Err(thrown) = result else { panic!("nothing was thrown") };
    let error: js_sys::Error = thrown.dyn_into().unwrap();
    let message = String::from(error.message());
    assert!(message.ends_with('.'), "a sentence: {message}");
    get(&error, "code").as_string().unwrap()
}

fn row(p: &Playground, id: f64) -> JsValue {
    let rows: Array = get(&p.rows(JsValue::UNDEFINED).unwrap(), "rows").dyn_into().unwrap();
    rows.iter().find(|row| number(row, "id") == id).unwrap()
}

fn releases() -> [&'static str; Release::ALL.len()] {
    Release::ALL.map(|release| release.profile().name)
}

#[wasm_bindgen_test]
fn a_list_lives_as_long_as_its_name() {
    for release in releases() {
        let p = playground(release);
        let a = list(&p, &[]);
        p.bind(&"a".into(), a).unwrap();
        assert_eq!(number(&row(&p, a), "refcount"), 2.0, "name and handle");
        p.drop(a).unwrap();
        assert_eq!(number(&row(&p, a), "refcount"), 1.0);
        p.unbind(&"a".into()).unwrap();
        assert_eq!(code(p.details(a)), "dead-object");
        assert!(p.sentence().unwrap().contains("died"), "{}", p.sentence().unwrap());
        p.check().unwrap();
    }
}

#[wasm_bindgen_test]
fn a_cycle_waits_for_the_collector() {
    for release in releases() {
        let p = playground(release);
        let (a, b) = (list(&p, &[]), list(&p, &[]));
        p.link(a, append(), b).unwrap();
        p.link(b, append(), a).unwrap();
        p.drop(a).unwrap();
        p.drop(b).unwrap();
        assert_eq!(get(&row(&p, a), "reachable"), JsValue::FALSE);
        let found = p.collect(2.0).unwrap();
        assert_eq!(number(&found, "collected"), 2.0);
        let types: Array = get(&found, "byType").dyn_into().unwrap();
        assert_eq!((get(&types.get(0), "type").as_string().unwrap().as_str(), number(&types.get(0), "count")), ("list", 2.0));
        assert_eq!(code(p.details(a)), "dead-object");
        assert!(p.undo().unwrap());
        assert_eq!(number(&row(&p, a), "refcount"), 1.0, "back again");
        assert!(p.redo().unwrap());
        assert_eq!(code(p.holders(a)), "dead-object");
    }
}

#[wasm_bindgen_test]
fn a_collection_can_be_walked() {
    let p = playground("3.14");
    let a = list(&p, &[]);
    p.link(a, append(), a).unwrap();
    p.drop(a).unwrap();
    p.start_collection(0.0).unwrap();
    assert_eq!(code(p.collect(0.0)), "collection-running");
    let mut refs = Vec::new();
    while p.step_collection(&"object".into()).unwrap() {
        if p.details(a).is_ok() {
            refs.extend(get(&row(&p, a), "gcRefs").as_f64());
        }
    }
    assert!(refs.contains(&1.0) && refs.contains(&0.0), "gc_refs went from 1 to 0: {refs:?}");
    assert_eq!(code(p.step_collection(&"object".into())), "no-collection");
    assert_eq!(code(p.details(a)), "dead-object");
}

#[wasm_bindgen_test]
fn a_stopped_collection_is_told_also_after_undo() {
    let p = playground("3.14");
    let a = list(&p, &[]);
    let phase = || get(&p.collecting().unwrap(), "phase").as_string().unwrap();
    assert!(p.collecting().unwrap().is_undefined());
    p.start_collection(1.0).unwrap();
    assert_eq!(number(&p.collecting().unwrap(), "generation"), 1.0);
    let mut phases = vec![phase()];
    while p.step_collection(&"phase".into()).unwrap() {
        phases.push(phase());
    }
    assert!(p.collecting().unwrap().is_undefined());
    assert_eq!(phases[..4], ["gc_list_merge", "update_refs", "subtract_refs", "move_unreachable"]);
    for name in phases.iter().rev() {
        p.undo().unwrap();
        assert_eq!(phase(), *name);
    }
    p.undo().unwrap();
    assert!(p.collecting().unwrap().is_undefined(), "before the collection was started");
    p.redo().unwrap();
    assert_eq!(phase(), phases[0]);
    assert!(p.details(a).is_ok());
}

#[wasm_bindgen_test]
fn rows_are_read_by_id_by_words_and_by_type() {
    let p = playground("3.14");
    p.load_demo().unwrap();
    let big = list(&p, &[]);
    let word = text(&p, "needle in a heap");
    for _ in 0..400 {
        p.link(big, append(), word).unwrap();
    }
    assert_eq!(number(&p.row(word).unwrap(), "refcount"), 401.0);
    assert_eq!(get(&p.row(word).unwrap(), "value"), get(&row(&p, word), "value"));
    let references = |row: &JsValue| get(row, "references").dyn_into::<Array>().unwrap();
    let whole = p.row(big).unwrap();
    assert_eq!(f64::from(references(&whole).length()) + number(&whole, "hiddenReferences"), 400.0);
    assert!(number(&whole, "hiddenReferences") > 0.0);
    // What start-up made has an id as well.
    let none = p.create(object(&[("type", "None".into())])).unwrap();
    p.link(big, object(&[("kind", "index".into()), ("index", 0.into())]), none).unwrap();
    assert_eq!(number(&references(&row(&p, big)).get(0), "id"), none);
    assert_eq!(get(&p.row(none).unwrap(), "value").as_string().unwrap(), "None");
    let find = |options: &[(&str, JsValue)]| {
        let found = p.rows(object(options)).unwrap();
        let rows: Array = get(&found, "rows").dyn_into().unwrap();
        (number(&found, "total"), rows.iter().map(|row| number(&row, "id")).collect::<Vec<_>>(), rows.get(0))
    };
    assert_eq!(find(&[("find", "NEEDLE heap".into())]).1, [word]);
    assert_eq!(find(&[("find", format!("#{big} list").into())]).1, [big]);
    assert_eq!(find(&[("find", "needle haystack".into())]).0, 0.0);
    let lists = find(&[("type", "list".into()), ("limit", 1.into()), ("offset", 1.into()), ("references", 1.into())]);
    assert_eq!((lists.0, lists.1.len(), references(&lists.2).length()), (4.0, 1, 1));
    assert!(find(&[("type", "str".into()), ("startup", true.into()), ("limit", 0.into())]).0 > 100.0);
    p.drop(word).unwrap();
    p.drop(big).unwrap();
    assert_eq!(code(p.row(word)), "dead-object");
    assert_eq!(code(p.row(999_999.0)), "unknown-object");
    assert_eq!(code(p.row(f64::NAN)), "bad-argument");
    assert_eq!(code(p.rows(object(&[("find", 3.into())]))), "bad-argument");
}

#[wasm_bindgen_test]
fn text_comes_back_as_it_is() {
    let p = playground("3.14");
    let id = text(&p, "\"\\\n\u{1}'\u{20ac}\u{1f600}");
    assert_eq!(get(&row(&p, id), "value").as_string().unwrap(), "'\"\\\\\\n\\x01\\'\u{20ac}\u{1f600}'");
    let details = p.details(id).unwrap();
    let block = Array::from(&get(&details, "blocks")).get(0);
    let offset = |field: JsValue| number(&field, "offset");
    assert!(Array::from(&get(&block, "fields")).iter().map(offset).is_sorted());
    let holder = Array::from(&p.holders(id).unwrap()).get(0);
    assert_eq!(get(&holder, "kind"), JsValue::from("handle"));
    assert!(get(&holder, "id").is_null(), "a handle is no object");
}

#[wasm_bindgen_test]
fn a_panic_reaches_the_callback_with_its_message() {
    let _installs_the_hook = playground("3.14");
    let heard = Array::new();
    on_panic(&Function::new_no_args("throw 1")).unwrap();
    let push: Function = get(&heard, "push").dyn_into().unwrap();
    on_panic(&push.bind0(&heard)).unwrap();
    let panics = Closure::<dyn Fn()>::new(|| panic!("the needle is gone"));
    // The trap that ends a panic is an exception on the other side; caught there, this test lives on.
    let caught = Function::new_with_args("panics", "try { panics(); } catch (error) { return error; }")
        .call1(&JsValue::NULL, panics.as_ref())
        .unwrap();
    assert_eq!(js_sys::Error::from(caught).name(), "RuntimeError");
    assert_eq!(heard.length(), 1, "the last callback hears it, once");
    let message = heard.get(0).as_string().unwrap();
    assert!(message.contains("the needle is gone") && message.contains("web.rs"), "{message}");
    assert_eq!(code(on_panic(&JsValue::from_f64(1.0))), "bad-argument");
}

/// So many levels: one call for each would overflow any browser's stack.
const DEEP: u64 = 1_000_000;

#[wasm_bindgen_test]
fn nesting_and_a_ring_are_freed_on_the_browsers_own_stack() {
    for release in [Release::Cp311, Release::Cp314] {
        let mut m = start::start(release.profile(), 1 << 30).unwrap();
        let let_go = |m: &mut _, obj| refcount::decref(m, obj, Addr::NULL).unwrap();
        let first = list::new(&mut m, &[]).unwrap();
        let mut outer = first;
        for _ in 1..DEEP {
            let inner = outer;
            outer = list::new(&mut m, &[inner]).unwrap();
            let_go(&mut m, inner);
        }
        assert_eq!(collect(&mut m, 2).unwrap().collected, 0);
        let_go(&mut m, outer);
        assert!(members(&m, 2).unwrap().is_empty(), "{release:?}: nested lists die from the outside in");

        let first = list::new(&mut m, &[]).unwrap();
        let mut last = first;
        for _ in 1..DEEP {
            let node = list::new(&mut m, &[]).unwrap();
            list::append(&mut m, last, node).unwrap();
            let_go(&mut m, node);
            last = node;
        }
        list::append(&mut m, last, first).unwrap();
        let_go(&mut m, first);
        assert_eq!(collect(&mut m, 2).unwrap().collected, DEEP, "{release:?}");
    }
}

#[wasm_bindgen_test]
fn every_mistake_has_its_code_and_changes_nothing() {
    let p = playground("3.14");
    let (a, tuple) = (list(&p, &[]), p.create(object(&[("type", "tuple".into()), ("items", items(&[]))])).unwrap());
    let dict = p.create(object(&[("type", "dict".into()), ("entries", Array::new().into())])).unwrap();
    let set = p.create(object(&[("type", "set".into()), ("items", items(&[]))])).unwrap();
    let cell = p.create(object(&[("type", "cell".into())])).unwrap();
    let word = text(&p, "not interned!");
    let before = p.statistics().unwrap();
    let index = |i: f64| object(&[("kind", "index".into()), ("index", i.into())]);
    let attribute = |name: &str| object(&[("kind", "attribute".into()), ("name", name.into())]);
    let key = |id: f64| object(&[("kind", "key".into()), ("key", id.into())]);
    let member = |id: f64| object(&[("kind", "member".into()), ("member", id.into())]);
    let spec = |kind: &str, value: &str| object(&[("type", kind.into()), ("value", value.into())]);
    let cases: Vec<(&str, Result<(), JsValue>)> = vec![
        ("unknown-object", p.link(999_999.0, append(), a)),
        ("bad-argument", p.link(f64::NAN, append(), a)),
        ("bad-argument", p.link(-1.0, append(), a)),
        ("bad-argument", p.link(1e300, append(), a)),
        ("bad-argument", p.link(a, JsValue::NULL, a)),
        ("immutable", p.link(tuple, append(), a)),
        ("immutable", p.link(word, append(), a)),
        ("no-such-place", p.link(dict, append(), a)),
        ("no-such-place", p.link(a, attribute("x"), a)),
        ("unhashable", p.link(dict, key(a), a)),
        ("unhashable", p.link(set, object(&[("kind", "member".into())]), a)),
        ("index-out-of-range", p.link(a, index(0.0), a)),
        ("bad-argument", p.link(a, index(-1.0), a)),
        ("no-such-key", p.unlink(dict, key(word))),
        ("no-such-member", p.unlink(set, member(word))),
        ("empty-cell", p.unlink(cell, object(&[("kind", "cell".into())]))),
        ("unbound-name", p.unbind(&"nothing".into())),
        ("bad-name", p.bind(&"1a".into(), a)),
        ("bad-name", p.bind(&"".into(), a)),
        ("bad-name", p.bind(&"class".into(), a)),
        ("bad-name", p.bind(&"ﬁ".into(), a)),
        ("bad-argument", p.bind(&JsValue::from_f64(3.0), a)),
        ("bad-name", p.create_named(spec("int", "12"), &"1a".into()).map(drop)),
        ("bad-argument", p.create_named(spec("int", "12"), &JsValue::UNDEFINED).map(drop)),
        ("bad-value", p.create(spec("int", "12x")).map(drop)),
        ("bad-argument", p.create(spec("nonsense", "")).map(drop)),
        ("bad-argument", p.create(JsValue::from_str("list")).map(drop)),
        ("not-a-class", p.create(object(&[("type", "instance".into()), ("class", a.into())])).map(drop)),
        ("bad-generation", p.collect(3.0).map(drop)),
        ("bad-argument", p.collect(f64::INFINITY).map(drop)),
        ("no-collection", p.finish_collection().map(drop)),
        ("bad-argument", p.draw(&JsValue::NULL, &"objects".into(), JsValue::UNDEFINED)),
        ("bad-argument", p.pan(&"nowhere".into(), 1.0, 1.0)),
        ("bad-argument", p.zoom(&"objects".into(), f64::NAN, 0.0, 0.0)),
    ];
    for (at, (expected, result)) in cases.into_iter().enumerate() {
        assert_eq!(code(result), expected, "case {at}");
    }
    p.check().unwrap();
    assert_eq!(number(&p.statistics().unwrap(), "allocatedBlocks"), number(&before, "allocatedBlocks"));
    p.drop(cell).unwrap();
    assert_eq!(code(p.drop(cell)), "dead-object");
    p.bind(&"a".into(), a).unwrap();
    p.drop(a).unwrap();
    assert_eq!(code(p.drop(a)), "no-handle");
    assert_eq!(code(Playground::new(&"2.7".into(), JsValue::UNDEFINED).map(drop)), "bad-argument");
    let small = object(&[("memoryLimitBytes", JsValue::from_f64(1024.0))]);
    assert_eq!(code(Playground::new(&"3.14".into(), small).map(drop)), "out-of-memory");
}

#[wasm_bindgen_test]
fn out_of_memory_is_an_error_and_the_heap_goes_on() {
    let limit = object(&[("memoryLimitBytes", JsValue::from_f64(8_388_608.0))]);
    let p = Playground::new(&"3.14".into(), limit).unwrap();
    let mut made = Vec::new();
    let big = || object(&[("type", "bytes".into()), ("value", Uint8Array::new_with_length(300_000).into())]);
    let refused = loop {
        match p.create(big()) {
            Ok(id) => made.push(id),
            Err(error) => break Err::<(), _>(error),
        }
    };
    assert_eq!(code(refused), "out-of-memory");
    assert!(made.len() > 3);
    p.check().unwrap();
    p.drop(made[0]).unwrap();
    p.create(big()).unwrap();
    p.check().unwrap();
}

fn canvas() -> (HtmlCanvasElement, CanvasRenderingContext2d) {
    let document = js_sys::Reflect::get(&js_sys::global(), &"document".into()).unwrap();
    let create: js_sys::Function = get(&document, "createElement").dyn_into().unwrap();
    let canvas: HtmlCanvasElement = create.call1(&document, &"canvas".into()).unwrap().dyn_into().unwrap();
    canvas.set_width(800);
    canvas.set_height(600);
    let context = canvas.get_context("2d").unwrap().unwrap().dyn_into().unwrap();
    (canvas, context)
}

fn frame() -> JsValue {
    const NAMES: [&str; 28] = [
        "paper", "panel", "ink", "soft", "faint", "line", "grid", "accent", "mark", "markLine", "dead", "number", "text",
        "bytes", "sequence", "mapping", "set", "instance", "class", "callable", "other", "bGc", "bCount", "bType", "bPayload",
        "bBook", "bRoom", "bSlack",
    ];
    let mut theme: Vec<(&str, JsValue)> = NAMES.iter().map(|name| (*name, "#102030".into())).collect();
    theme.extend([("font", "sans-serif".into()), ("mono", "monospace".into()), ("patterns", JsValue::FALSE)]);
    object(&[("width", 800.into()), ("height", 600.into()), ("dpr", 1.into()), ("theme", object(&theme))])
}

/// How many pixels are not transparent.
fn painted(context: &CanvasRenderingContext2d) -> usize {
    let read: js_sys::Function = get(context, "getImageData").dyn_into().unwrap();
    let data = read.apply(context, &Array::of4(&0.into(), &0.into(), &800.into(), &600.into())).unwrap();
    let bytes: js_sys::Uint8ClampedArray = get(&data, "data").dyn_into().unwrap();
    bytes.to_vec().as_chunks::<4>().0.iter().filter(|pixel| pixel[3] > 0).count()
}

#[wasm_bindgen_test]
fn every_view_leaves_pixels_on_a_real_canvas() {
    for release in releases() {
        let p = playground(release);
        p.load_demo().unwrap();
        for view in ["objects", "pools", "generations", "bytes"] {
            let (_canvas, context) = canvas();
            p.draw(&context, &view.into(), frame()).unwrap();
            assert!(painted(&context) > 2_000, "{release} {view}: {}", painted(&context));
            assert!(p.svg(&view.into(), frame()).unwrap().starts_with("<svg"));
            assert!(p.describe(&view.into()).unwrap().len() > 20);
        }
    }
}

#[wasm_bindgen_test]
fn what_was_drawn_can_be_hit() {
    let p = playground("3.14");
    p.load_demo().unwrap();
    let (_canvas, context) = canvas();
    p.draw(&context, &"objects".into(), frame()).unwrap();
    let mut kinds = std::collections::BTreeSet::new();
    for x in (0..800).step_by(6) {
        for y in (0..600).step_by(6) {
            let hit = p.hit(&"objects".into(), f64::from(x), f64::from(y)).unwrap();
            if !hit.is_undefined() {
                kinds.insert(get(&hit, "kind").as_string().unwrap());
            }
        }
    }
    assert!(kinds.contains("object") && kinds.contains("name"), "{kinds:?}");
}

#[wasm_bindgen_test]
fn columns_are_typed_arrays_of_the_whole_heap() {
    let p = playground("3.14");
    let ids: Vec<f64> = (0..100).map(|_| list(&p, &[])).collect();
    let columns = p.columns().unwrap();
    let id: Uint32Array = get(&columns, "id").dyn_into().unwrap();
    let counts: Uint32Array = get(&columns, "refcount").dyn_into().unwrap();
    let at = id.to_vec().iter().position(|&i| f64::from(i) == ids[50]).unwrap();
    assert_eq!(counts.to_vec()[at], 1);
    assert_eq!(id.length(), counts.length());
}

/// xorshift64*
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) % n
    }

    fn number(&mut self, made: &[f64]) -> f64 {
        const ODD: [f64; 8] = [f64::NAN, f64::INFINITY, -1.0, 0.0, 1.5, 4_294_967_296.0, 1e300, 0.000_1];
        match self.below(4) {
            0 => ODD[self.below(8) as usize],
            _ if made.is_empty() => 1.0,
            _ => made[self.below(made.len() as u64) as usize],
        }
    }

    fn value(&mut self, made: &[f64]) -> JsValue {
        match self.below(12) {
            0 => JsValue::UNDEFINED,
            1 => JsValue::NULL,
            2 => JsValue::TRUE,
            3 => "objects".into(),
            4 => "\u{1F600}\u{0}x".into(),
            5 => Array::new().into(),
            6 => object(&[("type", "dict".into())]),
            7 => object(&[("type", "list".into()), ("items", items(&[self.number(made), self.number(made)]))]),
            8 => object(&[("type", "instance".into()), ("class", self.number(made).into())]),
            9 => object(&[("kind", "key".into()), ("key", self.number(made).into())]),
            10 => object(&[("kind", "index".into()), ("index", self.number(made).into())]),
            _ => self.number(made).into(),
        }
    }
}

#[wasm_bindgen_test]
fn no_input_makes_it_panic() {
    let (_canvas, context) = canvas();
    for (seed, release) in (1..).zip(releases()) {
        let mut r = Random(seed);
        let p = playground(release);
        let mut made = Vec::new();
        for _ in 0..400 {
            let (a, b) = (r.number(&made), r.number(&made));
            let (v, w) = (r.value(&made), r.value(&made));
            // Only panics count; errors are what most of these deserve.
            match r.below(27) {
                0..4 => made.extend(p.create(v).ok()),
                4 => drop(p.bind(&v, a)),
                5 => drop(p.unbind(&v)),
                6 => drop(p.drop(a)),
                7 | 8 => drop(p.link(a, v, b)),
                9 => drop(p.unlink(a, v)),
                10 => drop(p.places(a)),
                11 => drop(p.collect(a)),
                12 => drop(p.start_collection(a)),
                13 => drop(p.step_collection(&v)),
                14 => drop(p.finish_collection()),
                15 => drop(p.set_threshold(a, b, a)),
                16 => drop(p.undo()),
                17 => drop(p.redo()),
                18 => drop(p.rows(v)),
                19 => drop(p.details(a)),
                20 => drop(p.columns()),
                21 => drop(p.draw(&context, &v, frame())),
                22 => drop(p.draw(&v, &"objects".into(), w)),
                23 => drop(p.hit(&v, a, b)),
                24 => drop((p.select(&v), p.hover(&w))),
                25 => made.extend(p.create_named(v, &w).ok()),
                _ => drop((p.zoom(&"objects".into(), a, b, a), p.pan(&"pools".into(), a, b), p.neighbour(a, &v), p.svg(&v, w))),
            }
        }
        p.check().unwrap();
    }
}
