//! The collector against recorded random graphs of lists, dicts and tuples: return values, counts, the order of every
//! generation's list, which objects are untracked, and each refcount.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use terrarium::abi::{Release, TypeId};
use terrarium::ids::Addr;
use terrarium::mem::AddressSpace;
use terrarium::object::head::{OB_REFCNT, type_of};
use terrarium::object::{dict as dict_layout, gc_head, list as list_layout, tuple as tuple_layout};
use terrarium::runtime::gc::{self, machine, policy, state};
use terrarium::runtime::{dict, int, list, refcount, start::start, tuple};

const RECORDING: &str = include_str!("truth/gc-graphs.jsonl");
const AUTOMATIC: &str = include_str!("truth/gc-auto.jsonl");
/// Commands of the recordings for containers that are not replayed here.
const OTHER_KINDS: [&str; 4] = ["set", "node", "inst", "vars"];
/// The list of the permanent generation follows those of the three others.
const PERMANENT: u8 = 3;

struct Graph {
    m: AddressSpace,
    /// What each number stands for while its handle is there.
    handles: BTreeMap<u64, Addr>,
    /// The number of the object that was last made at an address.
    numbers: BTreeMap<u64, u64>,
}

impl Graph {
    fn new(release: Release) -> Graph {
        let mut m = start(release.profile(), 1 << 28).unwrap();
        state::ENABLED.write(&mut m, state::STATE, 0).unwrap();
        for _ in 0..2 {
            machine::collect(&mut m, 2).unwrap();
        }
        Graph { m, handles: BTreeMap::new(), numbers: BTreeMap::new() }
    }

    fn at(&self, number: &Value) -> Addr {
        self.handles[&number.as_u64().unwrap()]
    }

    /// Does one command; false if it is one of those that only ask.
    fn run(&mut self, op: &[Value]) -> bool {
        let name = op[0].as_str().unwrap();
        let made = match name {
            "list" => Some(list::new(&mut self.m, &[]).unwrap()),
            "dict" => Some(dict::new(&mut self.m).unwrap()),
            "tuple1" | "tuple2" | "tuple3" => {
                let items: Vec<Addr> = op[2..].iter().map(|n| self.at(n)).collect();
                Some(tuple::new(&mut self.m, &items).unwrap())
            }
            _ => None,
        };
        if let Some(made) = made {
            let number = op[1].as_u64().unwrap();
            self.handles.insert(number, made);
            self.numbers.insert(made.0, number);
            return true;
        }
        if !matches!(name, "append" | "put" | "del" | "clear" | "drop") {
            match name {
                "freeze" => gc::freeze(&mut self.m).unwrap(),
                "unfreeze" => gc::unfreeze(&mut self.m).unwrap(),
                _ => {}
            }
            return false;
        }
        let at = self.at(&op[1]);
        let is_dict = type_of(&self.m, at).unwrap() == TypeId::Dict.addr();
        match name {
            "append" => {
                let item = self.at(&op[2]);
                list::append(&mut self.m, at, item).unwrap();
            }
            "put" => {
                let (key, hash, value) = (self.key(&op[2]), op[2].as_i64().unwrap(), self.at(&op[3]));
                dict::set_item(&mut self.m, at, key, hash, value).unwrap();
            }
            "del" if is_dict => {
                let (key, hash) = (self.key(&op[2]), op[2].as_i64().unwrap());
                assert!(dict::delete_item(&mut self.m, at, key, hash).unwrap());
            }
            "del" => list::delete_item(&mut self.m, at, op[2].as_u64().unwrap()).unwrap(),
            "clear" if is_dict => dict::clear(&mut self.m, at).unwrap(),
            "clear" => list::clear(&mut self.m, at).unwrap(),
            _ => {
                self.handles.remove(&op[1].as_u64().unwrap());
                refcount::decref(&mut self.m, at, Addr::NULL).unwrap();
            }
        }
        true
    }

    /// A small int, which is its own hash.
    fn key(&mut self, key: &Value) -> Addr {
        int::from_i64(&mut self.m, key.as_i64().unwrap()).unwrap()
    }

    fn counts(&self) -> Value {
        json!([0, 1, 2].map(|g| state::count(&self.m, g).unwrap()))
    }

    /// The objects of the program in a generation's list, by number.
    fn list(&self, generation: u8) -> Vec<u64> {
        gc::members(&self.m, generation).unwrap().iter().filter_map(|obj| self.numbers.get(&obj.0).copied()).collect()
    }

    /// What an object refers to, as far as it is of the program.
    fn items(&self, obj: Addr) -> Vec<Addr> {
        let m = &self.m;
        let ty = type_of(m, obj).unwrap();
        if ty == TypeId::Dict.addr() {
            return dict_layout::items(m, obj).unwrap().iter().map(|item| item.value).collect();
        }
        if ty == TypeId::List.addr() {
            let n = list_layout::len(m, obj).unwrap();
            return (0..n).map(|i| m.read(list_layout::slot(m, obj, i).unwrap()).unwrap()).collect();
        }
        let n = tuple_layout::len(m, obj).unwrap();
        (0..n).map(|i| m.read(tuple_layout::slot(m, obj, i)).unwrap()).collect()
    }

    /// The state in the recording's form, without what a collection returned.
    fn look(&self) -> Value {
        let mut lists: Vec<Vec<u64>> = (0..=PERMANENT).map(|g| self.list(g)).collect();
        let mut alive: BTreeSet<u64> = BTreeSet::new();
        let mut todo: Vec<Addr> = (0..=PERMANENT).flat_map(|g| gc::members(&self.m, g).unwrap()).collect();
        todo.extend(self.handles.values());
        while let Some(obj) = todo.pop() {
            if self.numbers.contains_key(&obj.0) && alive.insert(obj.0) {
                todo.extend(self.items(obj));
            }
        }
        let mut untracked: Vec<u64> = Vec::new();
        let mut counted: Vec<(u64, u64)> = Vec::new();
        for &at in &alive {
            let number = self.numbers[&at];
            // The low half counts in every release.
            counted.push((number, OB_REFCNT.read(&self.m, Addr(at)).unwrap() & 0xffff_ffff));
            if !gc_head::is_tracked(&self.m, Addr(at)).unwrap() {
                untracked.push(number);
            }
        }
        counted.sort_unstable();
        untracked.sort_unstable();
        if lists[3].is_empty() {
            lists.truncate(3);
        }
        json!({ "count": self.counts(), "lists": lists, "untracked": untracked, "refcounts": counted })
    }
}

/// Whether the model's containers of this test are enough for the program.
fn is_replayed(program: &Value) -> bool {
    program["program"].as_array().unwrap().iter().all(|op| !OTHER_KINDS.contains(&op[0].as_str().unwrap()))
}

#[test]
fn automatic_collections_start_when_the_recording_says() {
    let (mut compared, mut steps) = (0_u64, 0_u64);
    for line in AUTOMATIC.lines() {
        let recorded: Value = serde_json::from_str(line).unwrap();
        let program = recorded["program"].as_array().unwrap();
        if program.iter().any(|entry| OTHER_KINDS.contains(&entry[0][0].as_str().unwrap())) {
            continue;
        }
        for release in Release::ALL {
            if !recorded["releases"].as_array().unwrap().iter().any(|r| r == release.profile().version) {
                continue;
            }
            let mut graph = Graph::new(release);
            for (generation, to) in (0..3).zip(recorded["thresholds"].as_array().unwrap()) {
                let to = u32::try_from(to.as_u64().unwrap()).unwrap();
                state::set_threshold(&mut graph.m, generation, to).unwrap();
            }
            state::ENABLED.write(&mut graph.m, state::STATE, 1).unwrap();
            for (n, entry) in program.iter().enumerate() {
                let place = format!("{release:?} program {} step {n} {}", recorded["id"], entry[0]);
                graph.run(entry[0].as_array().unwrap());
                policy::run_requested(&mut graph.m).unwrap();
                assert_eq!(graph.counts(), entry[1], "{place}");
                steps += 1;
                if let Some(expected) = entry.get(2) {
                    let mut found = graph.look();
                    let fields = found.as_object_mut().unwrap();
                    fields.remove("count");
                    let total = state::LONG_LIVED_TOTAL.read(&graph.m, state::STATE).unwrap();
                    let pending = state::LONG_LIVED_PENDING.read(&graph.m, state::STATE).unwrap();
                    fields.insert("long_lived".to_owned(), json!([total, pending]));
                    assert_eq!(found, *expected, "{place}");
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 1000 && steps > 4000, "{compared} {steps}");
}

#[test]
fn collections_leave_what_the_recording_says() {
    let (mut collections, mut garbage) = (0_u64, 0_u64);
    for line in RECORDING.lines() {
        let recorded: Value = serde_json::from_str(line).unwrap();
        if !is_replayed(&recorded) {
            continue;
        }
        for release in Release::ALL {
            if !recorded["releases"].as_array().unwrap().iter().any(|r| r == release.profile().version) {
                continue;
            }
            let mut graph = Graph::new(release);
            for (n, op) in recorded["program"].as_array().unwrap().iter().enumerate() {
                let op = op.as_array().unwrap();
                if graph.run(op) {
                    continue;
                }
                let mut expected = op.last().unwrap().clone();
                let place = format!("{release:?} program {} step {n} {}", recorded["id"], op[0]);
                if op[0] == "collect" {
                    let fields = expected.as_object_mut().unwrap();
                    assert_eq!(graph.counts(), fields.remove("before").unwrap(), "{place}");
                    let generation = u8::try_from(op[1].as_u64().unwrap()).unwrap();
                    let outcome = machine::collect(&mut graph.m, generation).unwrap();
                    let returns = outcome.collected + outcome.uncollectable;
                    assert_eq!(json!(returns), fields.remove("returns").unwrap(), "{place}");
                    collections += 1;
                    garbage += returns;
                }
                assert_eq!(graph.look(), expected, "{place}");
            }
        }
    }
    assert!(collections > 3000 && garbage > 1000, "{collections} {garbage}");
}
