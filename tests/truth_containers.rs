//! Dicts and lists against recorded random programs: the whole table or array after every step, word by word.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[allow(dead_code, reason = "another test uses the rest")]
#[path = "common/literal.rs"]
mod literal;

use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use terrarium::abi::{Release, space};
use terrarium::ids::Addr;
use terrarium::mem::AddressSpace;
use terrarium::object::dict::{MA_KEYS, MA_USED, MA_VALUES};
use terrarium::object::keys::{DK_LOG2_INDEX_BYTES, Keys, KeysKind};
use terrarium::object::list::{ALLOCATED, OB_ITEM};
use terrarium::pymalloc;
use terrarium::runtime::{self, dict, list, start::start};

const RECORDING: &str = include_str!("truth/containers.jsonl");

/// One program on one release: the objects that its texts stand for.
struct Replay {
    m: AddressSpace,
    objects: BTreeMap<String, (Addr, i64)>,
    texts: BTreeMap<u64, String>,
}

impl Replay {
    fn new(release: Release) -> Replay {
        let m = start(release.profile(), 1 << 30).unwrap();
        Replay { m, objects: BTreeMap::new(), texts: BTreeMap::new() }
    }

    /// The one object of a key or item in the recording, and its hash.
    fn object(&mut self, json: &Value) -> (Addr, i64) {
        // Beyond 64 bits a JSON number loses digits; the programs have one such key.
        let text = if json.is_f64() { "18446744073709551619".to_owned() } else { json.to_string() };
        if let Some(&known) = self.objects.get(&text) {
            return known;
        }
        let obj = match json {
            Value::String(s) => runtime::str::constant(&mut self.m, s).unwrap(),
            _ => literal::make(&mut self.m, &text).unwrap(),
        };
        let hash = runtime::hash(&mut self.m, obj).unwrap();
        self.objects.insert(text.clone(), (obj, hash));
        self.texts.insert(obj.0, text);
        (obj, hash)
    }

    fn text(&self, addr: u64) -> &str {
        self.texts.get(&addr).map_or("unknown", String::as_str)
    }

    /// The state of a dict as the recording writes it.
    fn dict_state(&self, at: Addr) -> String {
        let m = &self.m;
        let used = MA_USED.read(m, at).unwrap();
        assert!(MA_VALUES.read(m, at).unwrap().is_null());
        let table = MA_KEYS.read(m, at).unwrap();
        let keys = Keys::load(m, table).unwrap();
        let (usable, nentries) = (keys.usable(m).unwrap(), keys.nentries(m).unwrap());
        let kind = match keys.kind {
            KeysKind::General => 0,
            KeysKind::Unicode => 1,
            KeysKind::Split => 2,
        };
        let letter = if table == space::EMPTY_KEYS { "E" } else { "K" };
        let index_bytes = DK_LOG2_INDEX_BYTES.read(m, table).unwrap();
        let mut out = format!("{letter} {used} {} {index_bytes} {kind} {usable} {nentries} [", keys.log2_size);
        if letter == "K" {
            for i in 0..1 << keys.log2_size {
                let comma = if i > 0 { "," } else { "" };
                write!(out, "{comma}{}", keys.index(m, i).unwrap()).unwrap();
            }
        }
        let words = keys.kind.entry_bytes() / 8;
        let mut entries = Vec::new();
        for ix in 0..usable + nentries {
            let word = |k: u64| m.read::<u64>(keys.entries.offset((ix * words + k) * 8)).unwrap();
            let all: Vec<u64> = (0..words).map(word).collect();
            let (key, value) = (all[all.len() - 2], all[all.len() - 1]);
            let signed: Vec<String> = all.iter().map(|w| w.cast_signed().to_string()).collect();
            let blank = all.iter().all(|&w| w == 0);
            entries.push(match (ix < nentries, blank) {
                (false, true) => "0".to_owned(),
                (false, false) => format!("?{}", signed.join(":")),
                (true, true) => "_".to_owned(),
                (true, false) if value == 0 => format!("_{}", signed.join(":")),
                _ => format!("{}={}", self.text(key), self.text(value)),
            });
        }
        while entries.last().is_some_and(|e| e == "0") {
            entries.pop();
        }
        write!(out, "] {{{}}}", entries.join(",")).unwrap();
        out
    }

    /// The state of a list as the recording writes it.
    fn list_state(&self, at: Addr) -> String {
        let n = terrarium::object::list::len(&self.m, at).unwrap();
        let array = OB_ITEM.read(&self.m, at).unwrap();
        let letter = if array.is_null() { "N" } else { "A" };
        let item = |i: u64| self.text(self.m.read::<u64>(array.offset(i * 8)).unwrap());
        let items: Vec<&str> = (0..n).map(item).collect();
        format!("{n} {} {letter} [{}]", ALLOCATED.read(&self.m, at).unwrap(), items.join(","))
    }

    /// Does one operation; `None` if the model has no such command.
    fn dict_step(&mut self, at: Addr, op: &[Value]) -> Option<Addr> {
        let name = op[0].as_str().unwrap();
        match name {
            "set" | "setdefault" => {
                let ((key, hash), (value, _)) = (self.object(&op[1]), self.object(&op[2]));
                if name == "set" {
                    dict::set_item(&mut self.m, at, key, hash, value).unwrap();
                } else {
                    dict::set_default(&mut self.m, at, key, hash, value).unwrap();
                }
            }
            "del" | "pop" => {
                let (key, hash) = self.object(&op[1]);
                if name == "del" {
                    assert!(dict::delete_item(&mut self.m, at, key, hash).unwrap());
                } else {
                    assert!(dict::pop(&mut self.m, at, key, hash).unwrap().is_some());
                }
            }
            "popitem" => assert!(dict::pop_item(&mut self.m, at).unwrap().is_some()),
            "clear" => dict::clear(&mut self.m, at).unwrap(),
            "copy" => return Some(dict::copy(&mut self.m, at).unwrap()),
            "dict" => {
                let made = dict::call(&mut self.m).unwrap();
                dict::update(&mut self.m, made, at).unwrap();
                return Some(made);
            }
            "update" => {
                let other = dict::new(&mut self.m).unwrap();
                self.set_all(other, &op[1]);
                dict::update(&mut self.m, at, other).unwrap();
            }
            "update_list" => self.set_all(at, &op[1]),
            "fromkeys" => {
                let made = dict::call(&mut self.m).unwrap();
                let (value, _) = self.object(&op[2]);
                for key in op[1].as_array().unwrap() {
                    let (key, hash) = self.object(key);
                    dict::set_item(&mut self.m, made, key, hash, value).unwrap();
                }
                return Some(made);
            }
            "fill" | "drop" => {
                let (zero, _) = self.object(&Value::from(0));
                let strings = self.texts.values().any(|t| t.starts_with('"')) || op.len() > 3;
                for i in op[1].as_u64().unwrap()..op[2].as_u64().unwrap() {
                    let (key, hash) = self.object(&if strings { Value::from(format!("k{i}")) } else { Value::from(i) });
                    if name == "fill" {
                        dict::set_item(&mut self.m, at, key, hash, zero).unwrap();
                    } else {
                        assert!(dict::delete_item(&mut self.m, at, key, hash).unwrap());
                    }
                }
            }
            _ => return None,
        }
        Some(at)
    }

    fn set_all(&mut self, at: Addr, pairs: &Value) {
        for pair in pairs.as_array().unwrap() {
            let ((key, hash), (value, _)) = (self.object(&pair[0]), self.object(&pair[1]));
            dict::set_item(&mut self.m, at, key, hash, value).unwrap();
        }
    }

    fn list_step(&mut self, at: Addr, op: &[Value]) -> Option<Addr> {
        match op[0].as_str().unwrap() {
            "append" => {
                let (item, _) = self.object(&op[1]);
                list::append(&mut self.m, at, item).unwrap();
            }
            "insert" => {
                let (item, _) = self.object(&op[2]);
                list::insert(&mut self.m, at, op[1].as_u64().unwrap(), item).unwrap();
            }
            "del" => list::delete_item(&mut self.m, at, op[1].as_u64().unwrap()).unwrap(),
            "clear" => list::clear(&mut self.m, at).unwrap(),
            _ => return None,
        }
        Some(at)
    }
}

impl Replay {
    /// A new list in a recorded state, in place of an operation that the model does not have; `None` if only the state's
    /// digest is known.
    fn adopt_list(&mut self, state: &str) -> Option<Addr> {
        let (head, items) = state.split_once(" [")?;
        let head: Vec<&str> = head.split(' ').collect();
        let items: Vec<Value> = serde_json::from_str(&format!("[{items}")).unwrap();
        let items: Vec<Addr> = items.iter().map(|item| self.object(item).0).collect();
        let allocated: u64 = head[1].parse().unwrap();
        let made = list::new(&mut self.m, &items).unwrap();
        let array = OB_ITEM.read(&self.m, made).unwrap();
        if head[2] == "A" {
            let m = &mut self.m;
            let bytes = allocated * 8;
            let array = if array.is_null() { pymalloc::malloc(m, bytes) } else { pymalloc::realloc(m, array, bytes) };
            OB_ITEM.write(m, made, array.unwrap()).unwrap();
            ALLOCATED.write(m, made, allocated).unwrap();
        }
        Some(made)
    }
}

/// FNV-1a 64, as the recording abbreviates long states.
fn digest(text: &str) -> String {
    let step = |h: u64, b: u8| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
    format!("#{:016x}", text.bytes().fold(0xcbf2_9ce4_8422_2325, step))
}

/// Compares the steps of all programs of a kind with the model. Where the model has no such operation, it goes on from the
/// next state that is recorded in full. How many steps were compared, and the first difference of each program.
fn replay(kind: &str) -> (u64, Vec<String>) {
    let (mut compared, mut differences) = (0, Vec::new());
    for line in RECORDING.lines() {
        let program: Value = serde_json::from_str(line).unwrap();
        if program["kind"] != kind {
            continue;
        }
        for release in Release::ALL {
            if !program["releases"].as_array().unwrap().iter().any(|r| r == release.profile().version) {
                continue;
            }
            let mut replay = Replay::new(release);
            if program["id"] == "dict-big-str" {
                replay.object(&Value::from("k0"));
            }
            let made = if kind == "dict" { dict::new(&mut replay.m) } else { list::new(&mut replay.m, &[]) };
            let mut at = Some(made.unwrap());
            for (n, step) in program["steps"].as_array().unwrap().iter().enumerate() {
                let op = step[0].as_array().unwrap();
                let expected = step[1].as_str().unwrap();
                let next = at.and_then(|at| if kind == "dict" { replay.dict_step(at, op) } else { replay.list_step(at, op) });
                let Some(now) = next else {
                    assert_eq!(kind, "list");
                    at = replay.adopt_list(expected);
                    continue;
                };
                at = next;
                let state = if kind == "dict" { replay.dict_state(now) } else { replay.list_state(now) };
                compared += 1;
                if expected != state && expected != digest(&state) {
                    differences.push(format!("{release:?} {} step {n} {:?}:\n  {expected}\n  {state}", program["id"], step[0]));
                    break;
                }
            }
        }
    }
    (compared, differences)
}

#[test]
fn dicts_have_the_tables_of_the_recording() {
    let (compared, differences) = replay("dict");
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences[..differences.len().min(6)].join("\n"));
    assert!(compared > 19_000, "{compared}");
}

#[test]
fn lists_have_the_arrays_of_the_recording() {
    let (compared, differences) = replay("list");
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences[..differences.len().min(6)].join("\n"));
    assert!(compared > 6000, "{compared}");
}
