//! Lists against recorded random programs: length, capacity and items after every step.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[allow(dead_code, reason = "another test uses the rest")]
#[path = "common/literal.rs"]
mod literal;

use serde_json::Value;
use std::collections::BTreeMap;
use terrarium::abi::Release;
use terrarium::ids::Addr;
use terrarium::mem::AddressSpace;
use terrarium::object::list::{ALLOCATED, OB_ITEM};
use terrarium::pymalloc;
use terrarium::runtime::{list, start::start, str};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const RECORDING: &str = include_str!("truth/containers.jsonl");

/// One program on one release: the objects that its texts stand for.
struct Replay {
    m: AddressSpace,
    objects: BTreeMap<String, Addr>,
    texts: BTreeMap<u64, String>,
}

impl Replay {
    fn new(release: Release) -> Replay {
        let m = start(release.profile(), 1 << 30).unwrap();
        Replay { m, objects: BTreeMap::new(), texts: BTreeMap::new() }
    }

    /// The one object of an item in the recording.
    fn object(&mut self, json: &Value) -> Addr {
        // Beyond 64 bits a JSON number loses digits; the programs have one such key.
        let text = if json.is_f64() { "18446744073709551619".to_owned() } else { json.to_string() };
        if let Some(&known) = self.objects.get(&text) {
            return known;
        }
        let obj = match json {
            Value::String(s) => str::constant(&mut self.m, s).unwrap(),
            _ => literal::make(&mut self.m, &text).unwrap(),
        };
        self.objects.insert(text.clone(), obj);
        self.texts.insert(obj.0, text);
        obj
    }

    fn text(&self, addr: u64) -> &str {
        self.texts.get(&addr).map_or("unknown", String::as_str)
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
    fn list_step(&mut self, at: Addr, op: &[Value]) -> Option<Addr> {
        match op[0].as_str().unwrap() {
            "append" => {
                let item = self.object(&op[1]);
                list::append(&mut self.m, at, item).unwrap();
            }
            "insert" => {
                let item = self.object(&op[2]);
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
        let items: Vec<Addr> = items.iter().map(|item| self.object(item)).collect();
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

/// Where the model has no such operation, a program goes on from the next state that is recorded in full.
#[test]
fn lists_have_the_arrays_of_the_recording() {
    let mut compared = 0;
    for line in RECORDING.lines() {
        let program: Value = serde_json::from_str(line).unwrap();
        if program["kind"] != "list" {
            continue;
        }
        for release in Release::ALL {
            if !program["releases"].as_array().unwrap().iter().any(|r| r == release.profile().version) {
                continue;
            }
            let mut replay = Replay::new(release);
            let mut at = Some(list::new(&mut replay.m, &[]).unwrap());
            for (n, step) in program["steps"].as_array().unwrap().iter().enumerate() {
                let expected = step[1].as_str().unwrap();
                let Some(now) = at.and_then(|at| replay.list_step(at, step[0].as_array().unwrap())) else {
                    at = replay.adopt_list(expected);
                    continue;
                };
                at = Some(now);
                let state = replay.list_state(now);
                let same = expected == state || expected == digest(&state);
                assert!(same, "{release:?} {} step {n} {}:\n  {expected}\n  {state}", program["id"], step[0]);
                compared += 1;
            }
        }
    }
    assert!(compared > 6000, "{compared}");
}
