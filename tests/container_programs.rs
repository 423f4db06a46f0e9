//! Dicts, sets and lists against recorded random programs of five releases: each table, index and capacity after each step.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use serde_json::Value;
use std::collections::BTreeMap;
use terrarium::abi::{Release, TypeId};
use terrarium::ids::Addr;
use terrarium::mem::AddressSpace;
use terrarium::object::int::Value as Int;
use terrarium::object::keys::{DK_LOG2_INDEX_BYTES, DK_LOG2_SIZE, KeysKind};
use terrarium::object::list::{ALLOCATED, OB_ITEM};
use terrarium::object::set::{FILL, FINGER, HASH, MASK, TABLE, USED, entry_at};
use terrarium::object::singleton::SET_DUMMY;
use terrarium::object::{dict as dicts, head, list as lists, set as sets};
use terrarium::runtime::{dict, hash, int, list, refcount, set, start::start, str};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The one number of the recording that serde_json cannot hold, and what stands for it while it is parsed.
const BEYOND: &str = "18446744073709551619";
const MARK: &str = "18446744073709551557";

/// One interpreter, and the objects that a recorded program names, by their JSON text.
struct World {
    m: AddressSpace,
    by_name: BTreeMap<String, Addr>,
    names: BTreeMap<Addr, String>,
}

impl World {
    fn new(release: Release) -> World {
        World { m: start(release.profile(), 1 << 30).unwrap(), by_name: BTreeMap::new(), names: BTreeMap::new() }
    }

    /// The object with this JSON text: the same one each time, held by the test.
    fn object(&mut self, value: &Value) -> Addr {
        let name = value.to_string().replace(MARK, BEYOND);
        if let Some(&obj) = self.by_name.get(&name) {
            return obj;
        }
        let obj = match value {
            Value::String(text) => str::new(&mut self.m, text).unwrap(),
            _ => int::new(&mut self.m, &Int::from_decimal(&name).unwrap()).unwrap(),
        };
        self.by_name.insert(name.clone(), obj);
        self.names.insert(obj, name);
        obj
    }

    fn hashed(&mut self, value: &Value) -> (Addr, i64) {
        let obj = self.object(value);
        (obj, hash(&mut self.m, obj).unwrap())
    }

    fn objects(&mut self, values: &Value) -> Vec<Addr> {
        values.as_array().unwrap().iter().map(|v| self.object(v)).collect()
    }

    fn name(&self, obj: Addr) -> &str {
        self.names.get(&obj).map_or("unknown", String::as_str)
    }

    fn replace(&mut self, old: &mut Addr, new: Addr) {
        refcount::decref(&mut self.m, *old, Addr::NULL).unwrap();
        *old = new;
    }

    fn drop_reference(&mut self, obj: Addr) {
        refcount::decref(&mut self.m, obj, Addr::NULL).unwrap();
    }

    /// `json.loads`'s integers from `first` up to, not including, `end`.
    fn range(&mut self, end: &Value) -> Vec<Addr> {
        (0..end.as_i64().unwrap()).map(|n| self.object(&Value::from(n))).collect()
    }

    fn big_keys(&mut self, id: &str, op: &[Value]) -> Vec<(Addr, i64)> {
        let text = id.ends_with("str");
        let keys = op[1].as_i64().unwrap()..op[2].as_i64().unwrap();
        keys.map(|n| self.hashed(&if text { Value::from(format!("k{n}")) } else { Value::from(n) })).collect()
    }
}

fn digest(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, c| (h ^ u64::from(c)).wrapping_mul(0x100_0000_01b3));
    format!("{hash:016x}")
}

/// The state as the recording writes it.
fn dict_state(w: &World, d: Addr) -> String {
    let m = &w.m;
    let keys = dicts::keys(m, d).unwrap();
    let (usable, nentries) = (keys.usable(m).unwrap(), keys.nentries(m).unwrap());
    let empty = keys.is_empty_keys();
    let slots = if empty { 0 } else { keys.slots() };
    let indices: Vec<String> = (0..slots).map(|i| keys.index(m, i).unwrap().to_string()).collect();
    let words = keys.kind.entry_bytes() / 8;
    let mut entries: Vec<String> = (0..usable + nentries)
        .map(|ix| {
            let at = keys.entries.offset(ix * words * 8);
            let raw: Vec<i64> = (0..words).map(|i| m.read(at.offset(i * 8)).unwrap()).collect();
            let value: Addr = m.read(keys.value_at(ix)).unwrap();
            let (used, zero) = (ix < nentries, raw.iter().all(|&word| word == 0));
            let text = || raw.iter().map(ToString::to_string).collect::<Vec<_>>().join(":");
            match (used, zero) {
                (false, true) => "0".into(),
                (false, false) => format!("?{}", text()),
                (true, true) => "_".into(),
                (true, false) if value.is_null() => format!("_{}", text()),
                (true, false) => format!("{}={}", w.name(keys.key(m, ix).unwrap()), w.name(value)),
            }
        })
        .collect();
    while entries.last().is_some_and(|last| last == "0") {
        entries.pop();
    }
    let kind = u8::from(keys.kind != KeysKind::General);
    let (log2_size, log2_bytes) = (DK_LOG2_SIZE.read(m, keys.at).unwrap(), DK_LOG2_INDEX_BYTES.read(m, keys.at).unwrap());
    let used = dicts::len(m, d).unwrap();
    let whose = if empty { 'E' } else { 'K' };
    let (indices, entries) = (indices.join(","), entries.join(","));
    format!("{whose} {used} {log2_size} {log2_bytes} {kind} {usable} {nentries} [{indices}] {{{entries}}}")
}

fn dict_from_pairs(w: &mut World, pairs: &Value) -> Addr {
    let other = dict::new(&mut w.m).unwrap();
    for pair in pairs.as_array().unwrap() {
        let ((key, hash), value) = (w.hashed(&pair[0]), w.object(&pair[1]));
        dict::set_item(&mut w.m, other, key, hash, value).unwrap();
    }
    other
}

fn dict_step(w: &mut World, id: &str, op: &[Value], d: &mut Addr) {
    match op[0].as_str().unwrap() {
        "set" => {
            let ((key, hash), value) = (w.hashed(&op[1]), w.object(&op[2]));
            dict::set_item(&mut w.m, *d, key, hash, value).unwrap();
        }
        "setdefault" => {
            let ((key, hash), value) = (w.hashed(&op[1]), w.object(&op[2]));
            dict::set_default(&mut w.m, *d, key, hash, value).unwrap();
        }
        "del" => {
            let (key, hash) = w.hashed(&op[1]);
            assert!(dict::delete_item(&mut w.m, *d, key, hash).unwrap());
        }
        "pop" => {
            let (key, hash) = w.hashed(&op[1]);
            let value = dict::pop(&mut w.m, *d, key, hash).unwrap().unwrap();
            w.drop_reference(value);
        }
        "popitem" => {
            let (key, value) = dict::pop_item(&mut w.m, *d).unwrap().unwrap();
            w.drop_reference(key);
            w.drop_reference(value);
        }
        "clear" => dict::clear(&mut w.m, *d).unwrap(),
        "copy" => {
            let copy = dict::copy(&mut w.m, *d).unwrap();
            w.replace(d, copy);
        }
        "dict" => {
            let new = dict::call(&mut w.m).unwrap();
            dict::update(&mut w.m, new, *d).unwrap();
            w.replace(d, new);
        }
        "fromkeys" => {
            let new = dict::call(&mut w.m).unwrap();
            let value = w.object(&op[2]);
            for key in op[1].as_array().unwrap() {
                let (key, hash) = w.hashed(key);
                dict::set_item(&mut w.m, new, key, hash, value).unwrap();
            }
            w.replace(d, new);
        }
        "update" => {
            let other = dict_from_pairs(w, &op[1]);
            dict::update(&mut w.m, *d, other).unwrap();
            w.drop_reference(other);
        }
        "update_list" => {
            for pair in op[1].as_array().unwrap() {
                let ((key, hash), value) = (w.hashed(&pair[0]), w.object(&pair[1]));
                dict::set_item(&mut w.m, *d, key, hash, value).unwrap();
            }
        }
        "fill" => {
            let zero = w.object(&Value::from(0));
            for (key, hash) in w.big_keys(id, op) {
                dict::set_item(&mut w.m, *d, key, hash, zero).unwrap();
            }
        }
        "drop" => {
            for (key, hash) in w.big_keys(id, op) {
                assert!(dict::delete_item(&mut w.m, *d, key, hash).unwrap());
            }
        }
        other => panic!("{other}"),
    }
}

/// The state as the recording writes it.
fn set_state(w: &World, s: Addr) -> String {
    let m = &w.m;
    let field = |f: terrarium::mem::Field<u64>| f.read(m, s).unwrap();
    let (table, mask) = (TABLE.read(m, s).unwrap(), field(MASK));
    assert_eq!((sets::is_small(m, s).unwrap(), HASH.read(m, s).unwrap()), (mask == 7, -1));
    let slots: Vec<String> = (0..=mask)
        .map(|slot| {
            let at = entry_at(table, slot);
            let (key, hash): (Addr, i64) = (m.read(at).unwrap(), m.read(at.offset(8)).unwrap());
            match (key, hash) {
                (Addr::NULL, 0) => String::new(),
                (Addr::NULL, _) => format!("?{hash}"),
                (SET_DUMMY, -1) => "x".into(),
                (SET_DUMMY, _) => format!("x{hash}"),
                _ => w.name(key).into(),
            }
        })
        .collect();
    format!("{} {} {mask} {} [{}]", field(FILL), field(USED), field(FINGER), slots.join(","))
}

fn set_from(w: &mut World, keys: &Value) -> Addr {
    let other = set::new(&mut w.m, TypeId::Set).unwrap();
    for key in keys.as_array().unwrap() {
        let (key, hash) = w.hashed(key);
        set::add(&mut w.m, other, key, hash).unwrap();
    }
    other
}

fn set_step(w: &mut World, id: &str, op: &[Value], s: &mut Addr) {
    match op[0].as_str().unwrap() {
        "add" => {
            let (key, hash) = w.hashed(&op[1]);
            set::add(&mut w.m, *s, key, hash).unwrap();
        }
        "discard" | "remove" => {
            let (key, hash) = w.hashed(&op[1]);
            set::discard(&mut w.m, *s, key, hash).unwrap();
        }
        "pop" => {
            let popped = set::pop(&mut w.m, *s).unwrap().unwrap();
            let named = w.object(&op[1]);
            assert_eq!(popped, named, "what pop takes");
            w.drop_reference(popped);
        }
        "clear" => set::clear(&mut w.m, *s).unwrap(),
        "copy" => {
            let copy = set::copy(&mut w.m, *s, TypeId::Set).unwrap();
            w.replace(s, copy);
        }
        "update" => {
            for key in op[1].as_array().unwrap() {
                let (key, hash) = w.hashed(key);
                set::add(&mut w.m, *s, key, hash).unwrap();
            }
        }
        "fill" => {
            for (key, hash) in w.big_keys(id, op) {
                set::add(&mut w.m, *s, key, hash).unwrap();
            }
        }
        "drop" => {
            for (key, hash) in w.big_keys(id, op) {
                assert!(set::discard(&mut w.m, *s, key, hash).unwrap());
            }
        }
        with_set => {
            let other = set_from(w, &op[1]);
            match with_set {
                "update_set" => set::update(&mut w.m, *s, other).unwrap(),
                "difference_update" => set::difference_update(&mut w.m, *s, other).unwrap(),
                "symmetric_difference_update" => set::symmetric_difference_update(&mut w.m, *s, other).unwrap(),
                _ => {
                    let new = match with_set {
                        "union" => set::union(&mut w.m, *s, other),
                        "intersection" => set::intersection(&mut w.m, *s, other),
                        "set" => set::copy(&mut w.m, other, TypeId::Set),
                        _ => panic!("{with_set}"),
                    };
                    w.replace(s, new.unwrap());
                }
            }
            w.drop_reference(other);
        }
    }
}

/// The state as the recording writes it.
fn list_state(w: &World, l: Addr) -> String {
    let m = &w.m;
    let array = if OB_ITEM.read(m, l).unwrap().is_null() { 'N' } else { 'A' };
    let items: Vec<&str> = list::items(m, l).unwrap().into_iter().map(|item| w.name(item)).collect();
    format!("{} {} {array} [{}]", items.len(), ALLOCATED.read(m, l).unwrap(), items.join(","))
}

fn sorted(w: &World, mut items: Vec<Addr>) -> Vec<Addr> {
    // No recorded list with both numbers and strings is sorted.
    let key = |obj: &Addr| (w.name(*obj).parse::<i128>().ok(), w.name(*obj));
    items.sort_by(|a, b| key(a).cmp(&key(b)));
    items
}

fn list_step(w: &mut World, _id: &str, op: &[Value], l: &mut Addr) {
    let number = |i: usize| op[i].as_u64().unwrap();
    match op[0].as_str().unwrap() {
        "append" => {
            let item = w.object(&op[1]);
            list::append(&mut w.m, *l, item).unwrap();
        }
        "insert" => {
            let item = w.object(&op[2]);
            list::insert(&mut w.m, *l, number(1), item).unwrap();
        }
        "pop" | "pop_at" => {
            let last = lists::len(&w.m, *l).unwrap() - 1;
            let item = list::pop(&mut w.m, *l, if op.len() > 1 { number(1) } else { last }).unwrap();
            w.drop_reference(item);
        }
        "del" => list::delete_item(&mut w.m, *l, number(1)).unwrap(),
        "remove" => {
            let item = w.object(&op[1]);
            let at = list::items(&w.m, *l).unwrap().iter().position(|&i| i == item).unwrap() as u64;
            list::set_slice(&mut w.m, *l, at, at + 1, &[]).unwrap();
        }
        "del_slice" => list::set_slice(&mut w.m, *l, number(1), number(2), &[]).unwrap(),
        "set_slice" => {
            let items = w.objects(&op[3]);
            list::set_slice(&mut w.m, *l, number(1), number(2), &items).unwrap();
        }
        "del_step" => {
            let (from, to, step) = (number(1), number(2), number(3));
            list::delete_stepped(&mut w.m, *l, from, step, to.saturating_sub(from).div_ceil(step)).unwrap();
        }
        "extend" => {
            let items = w.objects(&op[1]);
            list::extend(&mut w.m, *l, &items).unwrap();
        }
        "extend_range" | "extend_generator" => {
            let items = w.range(&op[1]);
            let hint = if op[0] == "extend_range" { number(1) } else { 8 };
            list::extend_from_iterator(&mut w.m, *l, hint, &items).unwrap();
        }
        "repeat" => list::repeat(&mut w.m, *l, number(1)).unwrap(),
        "clear" => list::clear(&mut w.m, *l).unwrap(),
        "reverse" => {
            let items: Vec<Addr> = list::items(&w.m, *l).unwrap().into_iter().rev().collect();
            list::reorder(&mut w.m, *l, &items).unwrap();
        }
        "sort" => {
            let items = sorted(w, list::items(&w.m, *l).unwrap());
            list::reorder(&mut w.m, *l, &items).unwrap();
        }
        _ => new_list_step(w, op, l),
    }
}

/// Operations that give a new list.
fn new_list_step(w: &mut World, op: &[Value], l: &mut Addr) {
    let made = match op[0].as_str().unwrap() {
        "add" => {
            let items = w.objects(&op[1]);
            let other = list::new(&mut w.m, &items).unwrap();
            let made = list::concat(&mut w.m, *l, other).unwrap();
            w.drop_reference(other);
            made
        }
        "slice" => list::slice(&mut w.m, *l, op[1].as_u64().unwrap(), op[2].as_u64().unwrap()).unwrap(),
        "copy" => list::slice(&mut w.m, *l, 0, u64::MAX).unwrap(),
        "list" => {
            let items = list::items(&w.m, *l).unwrap();
            let made = list::new(&mut w.m, &[]).unwrap();
            list::extend(&mut w.m, made, &items).unwrap();
            made
        }
        name => {
            let items = w.range(&op[1]);
            let made = list::new(&mut w.m, &[]).unwrap();
            // From 3.15 on the compiler makes a loop of appends of list(generator expression).
            let appends = name == "comprehension" || (name == "list_generator" && w.m.profile.release == Release::Cp315);
            if appends {
                for &item in &items {
                    list::append(&mut w.m, made, item).unwrap();
                }
            } else {
                let hint = if name == "list_range" { items.len() as u64 } else { 8 };
                list::extend_from_iterator(&mut w.m, made, hint, &items).unwrap();
            }
            made
        }
    };
    w.replace(l, made);
}

/// Replays every program of this kind that this release is recorded with. How many steps were compared.
fn replay(
    release: Release,
    kind: &str,
    make: fn(&mut World) -> Addr,
    step: fn(&mut World, &str, &[Value], &mut Addr),
    state: fn(&World, Addr) -> String,
    check: fn(&AddressSpace, Addr),
) -> usize {
    let mut compared = 0;
    for line in include_str!("truth/containers.jsonl").lines() {
        let program: Value = serde_json::from_str(&line.replace(BEYOND, MARK)).unwrap();
        let here = program["releases"].as_array().unwrap().iter().any(|r| r == release.profile().version);
        if program["kind"] != kind || !here {
            continue;
        }
        let id = program["id"].as_str().unwrap();
        let mut w = World::new(release);
        let mut container = make(&mut w);
        for (number, recorded) in program["steps"].as_array().unwrap().iter().enumerate() {
            let op = recorded[0].as_array().unwrap();
            step(&mut w, id, op, &mut container);
            let text = state(&w, container);
            let expected = recorded[1].as_str().unwrap().replace(MARK, BEYOND);
            let found = if expected.starts_with('#') { format!("#{}", digest(&text)) } else { text.clone() };
            assert_eq!(found, expected, "{release:?} {id} step {number} {op:?}: {text}");
            check(&w.m, container);
            compared += 1;
        }
        w.drop_reference(container);
        for &obj in w.names.keys() {
            let count = head::refcount(&w.m, obj).unwrap();
            let shared = terrarium::abi::space::is_static(obj);
            assert!(shared || count == Some(1), "{id}: {} is counted {count:?}", w.name(obj));
        }
    }
    compared
}

#[test]
fn dicts_have_the_tables_of_the_recording() {
    for release in Release::ALL {
        let compared = replay(
            release,
            "dict",
            |w| dict::new(&mut w.m).unwrap(),
            dict_step,
            dict_state,
            |m, d| {
                assert_eq!(dicts::check(m, d), Ok(None));
            },
        );
        assert!(compared > 3000, "{compared}");
    }
}

#[test]
fn sets_have_the_tables_of_the_recording() {
    for release in Release::ALL {
        let make = |w: &mut World| set::new(&mut w.m, TypeId::Set).unwrap();
        let compared = replay(release, "set", make, set_step, set_state, |m, s| assert_eq!(sets::check(m, s), Ok(None)));
        assert!(compared > 3000, "{compared}");
    }
}

#[test]
fn lists_have_the_arrays_of_the_recording() {
    for release in Release::ALL {
        let make = |w: &mut World| list::new(&mut w.m, &[]).unwrap();
        let compared = replay(release, "list", make, list_step, list_state, |m, l| {
            assert!(ALLOCATED.read(m, l).unwrap() >= lists::len(m, l).unwrap());
        });
        assert!(compared > 3000, "{compared}");
    }
}
