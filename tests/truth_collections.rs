//! The collector against recorded random graphs of lists, dicts, sets, tuples and instances: return values, counts, the order of
//! every generation's list, which objects are untracked, and each refcount. Every line of the recordings is replayed.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "common/commands.rs"]
mod commands;

use commands::Commands;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use terrarium::abi::Release;
use terrarium::ids::Addr;
use terrarium::object::head::OB_REFCNT;
use terrarium::object::{Slots, Walk, gc_head};
use terrarium::runtime::gc::{self, machine, policy, state};
use terrarium::runtime::refcount;
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const RECORDING: &str = include_str!("truth/gc-graphs.jsonl");
const AUTOMATIC: &str = include_str!("truth/gc-auto.jsonl");
const THRESHOLDS: &str = include_str!("truth/gc-thresholds.jsonl");
/// The list of the permanent generation follows those of the three others.
const PERMANENT: u8 = 3;

/// One recorder's interpreter: it runs all programs of its release, one after the other, so that later ones meet the classes'
/// shared keys as earlier ones left them.
struct Graph {
    commands: Commands,
    /// The number of the object that was last made at an address.
    numbers: BTreeMap<u64, u64>,
}

impl Graph {
    fn new(release: Release) -> Graph {
        Graph { commands: Commands::new(release), numbers: BTreeMap::new() }
    }

    /// What the last program held is given up, and what the recorder did before each program is done.
    fn prepare(&mut self, freeze: bool) {
        for (_, obj) in core::mem::take(&mut self.commands.handles) {
            refcount::decref(&mut self.commands.m, obj, Addr::NULL).unwrap();
        }
        self.numbers.clear();
        if freeze {
            gc::freeze(&mut self.commands.m).unwrap();
        } else {
            gc::unfreeze(&mut self.commands.m).unwrap();
        }
        self.commands.collect_twice();
    }

    /// Does one command; false if it is one of those that only ask.
    fn run(&mut self, op: &[Value]) -> bool {
        let done = self.commands.run(op);
        match op[0].as_str().unwrap() {
            "freeze" => gc::freeze(&mut self.commands.m).unwrap(),
            "unfreeze" => gc::unfreeze(&mut self.commands.m).unwrap(),
            "list" | "dict" | "set" | "node" | "inst" | "vars" | "tuple1" | "tuple2" | "tuple3" => {
                self.numbers.insert(self.commands.at(&op[1]).0, op[1].as_u64().unwrap());
            }
            _ => {}
        }
        done
    }

    fn counts(&self) -> Value {
        json!([0, 1, 2].map(|g| state::count(&self.commands.m, g).unwrap()))
    }

    /// `gc.get_stats()`: collections, collected and uncollectable of each generation.
    fn stats(&self) -> [[u64; 3]; 3] {
        [0, 1, 2].map(|g| state::stats(&self.commands.m, g).unwrap())
    }

    /// `long_lived_total` and `long_lived_pending`
    fn long_lived(&self) -> [u64; 2] {
        [state::LONG_LIVED_TOTAL, state::LONG_LIVED_PENDING].map(|field| field.read(&self.commands.m, state::STATE).unwrap())
    }

    fn set_thresholds(&mut self, recorded: &Value) {
        for (generation, to) in (0..3).zip(recorded.as_array().unwrap()) {
            let to = u32::try_from(to.as_u64().unwrap()).unwrap();
            state::set_threshold(&mut self.commands.m, generation, to).unwrap();
        }
    }

    fn enable(&mut self, on: bool) {
        state::ENABLED.write(&mut self.commands.m, state::STATE, u32::from(on)).unwrap();
    }

    /// The objects of the program in a generation's list, by number.
    fn list(&self, generation: u8) -> Vec<u64> {
        let members = gc::members(&self.commands.m, generation).unwrap();
        members.iter().filter_map(|obj| self.numbers.get(&obj.0).copied()).collect()
    }

    /// What an object refers to.
    fn referents(&self, obj: Addr) -> Vec<Addr> {
        let m = &self.commands.m;
        let mut slots = Slots::of(m, obj, Walk::Traverse).unwrap();
        core::iter::from_fn(|| slots.next(m).unwrap()).map(|(_, target)| target).collect()
    }

    /// The state in the recording's form, without what a collection returned.
    fn look(&self) -> Value {
        let mut lists: Vec<Vec<u64>> = (0..=PERMANENT).map(|g| self.list(g)).collect();
        let mut alive: BTreeSet<u64> = BTreeSet::new();
        let mut todo: Vec<Addr> = (0..=PERMANENT).flat_map(|g| gc::members(&self.commands.m, g).unwrap()).collect();
        todo.extend(self.commands.handles.values());
        while let Some(obj) = todo.pop() {
            if self.numbers.contains_key(&obj.0) && alive.insert(obj.0) {
                todo.extend(self.referents(obj));
            }
        }
        let mut untracked: Vec<u64> = Vec::new();
        let mut counted: Vec<(u64, u64)> = Vec::new();
        for &at in &alive {
            let number = self.numbers[&at];
            // The low half counts in every release.
            counted.push((number, OB_REFCNT.read(&self.commands.m, Addr(at)).unwrap() & 0xffff_ffff));
            if !gc_head::is_tracked(&self.commands.m, Addr(at)).unwrap() {
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

/// The programs that `release` ran, in the order in which it ran them.
fn programs(recording: &str, release: Release) -> impl Iterator<Item = Value> {
    let version = release.profile().version;
    recording
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(move |recorded| recorded["releases"].as_array().unwrap().iter().any(|r| r == version))
}

/// By how much statistics grew.
fn grown(before: &[[u64; 3]; 3], after: &[[u64; 3]; 3]) -> Vec<Vec<u64>> {
    before.iter().zip(after).map(|(b, a)| b.iter().zip(a).map(|(b, a)| a - b).collect()).collect()
}

/// The commands of a program of `gc-thresholds.jsonl`, as its recorder's `expand` makes them.
fn expand(runs: &Value) -> Vec<Vec<Value>> {
    let (mut ops, mut held, mut made) = (Vec::new(), VecDeque::new(), 0_u64);
    for run in runs.as_array().unwrap() {
        let (what, n) = (run[0].as_str().unwrap(), run[1].as_u64().unwrap());
        let drop = |number: u64| vec![json!("drop"), json!(number)];
        match what {
            "first" => ops.extend((0..n).map(|_| drop(held.pop_front().unwrap()))),
            "last" => ops.extend((0..n).map(|_| drop(held.pop_back().unwrap()))),
            "half" => {
                ops.extend(held.iter().skip(1).step_by(2).map(|&number| drop(number)));
                held = held.into_iter().step_by(2).collect();
            }
            _ => {
                for _ in 0..n {
                    match held.back() {
                        Some(&last) if what == "tuple1" => ops.push(vec![json!(what), json!(made), json!(last)]),
                        Some(_) if what != "ring" => ops.push(vec![json!(what), json!(made)]),
                        _ => ops.push(vec![json!("list"), json!(made)]),
                    }
                    if what == "ring" {
                        ops.push(vec![json!("append"), json!(made), json!(made)]);
                    }
                    held.push_back(made);
                    made += 1;
                }
            }
        }
    }
    ops
}

/// Counts, `long_lived_total` and `long_lived_pending` at each command of large programs that changes any but the first count.
#[test]
fn large_programs_collect_at_the_recorded_commands() {
    let (mut commands, mut changes) = (0_u64, 0_u64);
    for release in Release::ALL {
        let mut graph = Graph::new(release);
        let own = json!([0, 1, 2].map(|g| state::threshold(&graph.commands.m, g).unwrap()));
        let mut replayed = 0;
        for recorded in programs(THRESHOLDS, release) {
            graph.prepare(true);
            let thresholds = &recorded["thresholds"];
            graph.set_thresholds(if thresholds.is_null() { &own } else { thresholds });
            graph.enable(true);
            let mut expected = recorded["changes"].as_array().unwrap().iter();
            let ops = expand(&recorded["runs"]);
            let mut last = json!([0, 0, 0, 0]);
            for (n, op) in ops.iter().enumerate() {
                graph.commands.run(op);
                policy::run_requested(&mut graph.commands.m).unwrap();
                let (counts, [total, pending]) = (graph.counts(), graph.long_lived());
                let now = json!([counts[1], counts[2], total, pending]);
                if now != last || n == ops.len() - 1 {
                    let found = json!([n, counts[0], counts[1], counts[2], total, pending]);
                    assert_eq!(Some(&found), expected.next(), "{release:?} program {} command {n} {op:?}", recorded["id"]);
                    last = now;
                    changes += 1;
                }
                commands += 1;
            }
            assert_eq!(expected.next(), None, "{release:?} program {}", recorded["id"]);
            graph.enable(false);
            gc::unfreeze(&mut graph.commands.m).unwrap();
            replayed += 1;
        }
        assert_eq!(replayed, 16, "{release:?}: each program of the recorder");
    }
    assert!(commands > 2_000_000 && changes > 3000, "{commands} {changes}");
}

#[test]
fn automatic_collections_start_when_the_recording_says() {
    let (mut compared, mut steps) = (0_u64, 0_u64);
    for release in Release::ALL {
        let mut graph = Graph::new(release);
        let mut replayed = 0;
        for recorded in programs(AUTOMATIC, release) {
            graph.prepare(true);
            graph.set_thresholds(&recorded["thresholds"]);
            graph.enable(true);
            let at_first = graph.stats();
            for (n, entry) in recorded["program"].as_array().unwrap().iter().enumerate() {
                let place = format!("{release:?} program {} step {n} {}", recorded["id"], entry[0]);
                graph.run(entry[0].as_array().unwrap());
                policy::run_requested(&mut graph.commands.m).unwrap();
                assert_eq!(graph.counts(), entry[1], "{place}");
                steps += 1;
                if let Some(expected) = entry.get(2) {
                    let mut found = graph.look();
                    let fields = found.as_object_mut().unwrap();
                    fields.remove("count");
                    fields["lists"].as_array_mut().unwrap().truncate(3);
                    fields.insert("long_lived".to_owned(), json!(graph.long_lived()));
                    fields.insert("stats".to_owned(), json!(grown(&at_first, &graph.stats())));
                    assert_eq!(found, *expected, "{place}");
                    compared += 1;
                }
            }
            graph.enable(false);
            gc::unfreeze(&mut graph.commands.m).unwrap();
            replayed += 1;
        }
        assert_eq!(replayed, 27, "{release:?}: each program of the recorder");
    }
    assert!(compared > 3000 && steps > 15_000, "{compared} {steps}");
}

#[test]
fn collections_leave_what_the_recording_says() {
    let (mut collections, mut garbage) = (0_u64, 0_u64);
    for release in Release::ALL {
        let mut graph = Graph::new(release);
        let mut replayed = 0;
        for recorded in programs(RECORDING, release) {
            graph.prepare(false);
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
                    let statistics = graph.stats();
                    let outcome = machine::collect(&mut graph.commands.m, generation).unwrap();
                    let returns = outcome.collected + outcome.uncollectable;
                    assert_eq!(json!(returns), fields.remove("returns").unwrap(), "{place}");
                    let grown = grown(&statistics, &graph.stats());
                    assert_eq!(json!(grown[usize::from(generation)]), fields.remove("stats").unwrap(), "{place}");
                    assert_eq!(grown.iter().flatten().sum::<u64>(), 1 + returns, "{place}: only its own generation's");
                    collections += 1;
                    garbage += returns;
                }
                assert_eq!(graph.look(), expected, "{place}");
            }
            replayed += 1;
        }
        assert_eq!(replayed, 200, "{release:?}: each program of the recorder");
    }
    assert!(collections > 8000 && garbage > 3000, "{collections} {garbage}");
}
