//! Random programs in which much is refused, against what real CPythons refused and what was there at the end: tracking, sizes,
//! lengths, counts, which slots of instances are set, layouts of classes.
//!
//! To try more programs, have the recorder write into a folder, a file for each release, and name it in the variable REFUSALS.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "common/specs.rs"]
mod specs;

use serde_json::{Value, json};
use std::collections::BTreeMap;
use terrarium::abi::Release;
use terrarium::heap::{CommandError, Heap, Place, Spec, roots, type_name};
use terrarium::ids::Serial;
use terrarium::object::{Kind, dict, gc_head, head, list, set, sizeof, tuple, type_object};
use terrarium::runtime::weakref;
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const RECORDING: &str = include_str!("truth/refusals.jsonl");

struct Run {
    heap: Heap,
    none: Serial,
    ids: BTreeMap<u64, Serial>,
}

impl Run {
    fn new(release: Release) -> Run {
        let mut heap = Heap::new(release, 1 << 28).unwrap();
        heap.set_gc_enabled(false).unwrap();
        let none = heap.create(&Spec::None).unwrap();
        Run { heap, none, ids: BTreeMap::new() }
    }

    fn id(&self, number: &Value) -> Serial {
        number.as_u64().and_then(|n| self.ids.get(&n)).copied().unwrap_or(self.none)
    }

    /// Does one operation; what a collection returned.
    fn run(&mut self, op: &[Value]) -> Result<String, CommandError> {
        if let Some(spec) = specs::spec(op, |number| self.id(number)) {
            let id = self.heap.create(&spec)?;
            self.ids.insert(op[1].as_u64().unwrap(), id);
            return Ok(".".to_owned());
        }
        let attribute = || Place::Attribute(op[2].as_str().unwrap().to_owned());
        let of = |n: usize| self.id(&op[n]);
        let (a, heap) = (of(1), &mut self.heap);
        match op[0].as_str().unwrap() {
            "append" => heap.link(a, &Place::Append, self.ids.get(&op[2].as_u64().unwrap()).copied().unwrap_or(self.none))?,
            "setitem" => {
                let to = self.ids.get(&op[3].as_u64().unwrap()).copied().unwrap_or(self.none);
                heap.link(a, &Place::Index(op[2].as_u64().unwrap()), to)?;
            }
            "delitem" => heap.unlink(a, &Place::Index(op[2].as_u64().unwrap()))?,
            "pop" => heap.unlink(a, &Place::Append)?,
            "put" | "delkey" | "add" | "remove" | "attr" | "setcell" | "delattr" | "delcell" => self.link(op, attribute)?,
            "drop" => {
                let number = op[1].as_u64().unwrap();
                if let Some(id) = self.ids.remove(&number)
                    && !self.ids.values().any(|&other| other == id)
                {
                    self.heap.drop_handle(id)?;
                }
            }
            "collect" => {
                let done = heap.collect(op[1].as_u64().unwrap())?;
                return Ok((done.collected + done.uncollectable).to_string());
            }
            name => panic!("{name}"),
        }
        Ok(".".to_owned())
    }

    fn link(&mut self, op: &[Value], attribute: impl Fn() -> Place) -> Result<(), CommandError> {
        let (a, b, c) =
            (self.id(&op[1]), op.get(2).map_or(self.none, |n| self.id(n)), op.get(3).map_or(self.none, |n| self.id(n)));
        match op[0].as_str().unwrap() {
            "put" => self.heap.link(a, &Place::Key(b), c),
            "delkey" => self.heap.unlink(a, &Place::Key(b)),
            "add" => self.heap.link(a, &Place::Member, b),
            "remove" => self.heap.unlink_member(a, b),
            "attr" => self.heap.link(a, &attribute(), c),
            "delattr" => self.heap.unlink(a, &attribute()),
            "setcell" => self.heap.link(a, &Place::Cell, b),
            _ => self.heap.unlink(a, &Place::Cell),
        }
    }

    /// What the recorder's `look` says of one number.
    fn look(&self, id: Serial, expected: &Value) -> Value {
        let m = self.heap.memory();
        let obj = self.heap.address(id).unwrap();
        let kind = Kind::of(m, obj).unwrap();
        let tp = head::type_of(m, obj).unwrap();
        let of_heap_type = !head::is_static_type(tp);
        let name = if of_heap_type { "instance".to_owned() } else { type_name(m, obj).unwrap() };
        let tracked = head::is_gc(m, obj).unwrap() && gc_head::is_tracked(m, obj).unwrap();
        let mut row = vec![json!(name), json!(tracked), json!(sizeof::sizeof(m, obj).unwrap())];
        if expected[1].is_null() {
            row[1] = Value::Null;
        }
        let len = match kind {
            Kind::List => Some(list::len(m, obj)),
            Kind::Tuple => Some(tuple::len(m, obj)),
            Kind::Dict => Some(dict::len(m, obj)),
            Kind::Set => Some(set::len(m, obj)),
            _ => None,
        };
        row.extend(len.map(|len| json!(len.unwrap())));
        if row.len() < expected.as_array().unwrap().len() {
            let others = head::refcount(m, obj).unwrap().map(|count| count - roots::handles_of(m, obj).unwrap().len() as u64);
            row.push(if expected[row.len()].is_null() { Value::Null } else { json!(others) });
        }
        match kind {
            Kind::WeakRef => row.push(json!(weakref::is_alive(m, obj).unwrap())),
            Kind::Instance if of_heap_type => {
                let words = head::tp::BASICSIZE.read(m, tp).unwrap() / 8;
                let set = |&i: &u64| m.read::<u64>(obj.offset(8 * i)).unwrap() != 0;
                row.push(json!((2..words).filter(set).collect::<Vec<u64>>()));
            }
            Kind::Type => {
                row.push(json!(head::tp::BASICSIZE.read(m, obj).unwrap()));
                row.push(json!(head::tp::DICTOFFSET.read(m, obj).unwrap().max(-1)));
                row.push(json!(head::tp::WEAKLISTOFFSET.read(m, obj).unwrap().cast_signed()));
                let order = type_object::TP_MRO.read(m, obj).unwrap();
                let names = (0..tuple::len(m, order).unwrap()).map(|i| m.read(tuple::slot(m, order, i)).unwrap());
                row.push(names.map(|tp| terrarium::object::type_name(m, tp).unwrap()).collect::<Vec<_>>().into());
            }
            _ => {}
        }
        row.into()
    }
}

/// Whether the model's code tells of the same mistake.
fn is_told(code: &str, exception: &str) -> bool {
    match exception {
        "T" => ["unhashable", "immutable", "no-such-place", "bad-value", "not-a-class"].contains(&code),
        "K" => ["no-such-key", "no-such-member"].contains(&code),
        "I" => code == "index-out-of-range",
        "A" => ["no-such-attribute", "no-such-place", "immutable", "bad-value"].contains(&code),
        "V" => ["bad-value", "empty-cell"].contains(&code),
        _ => false,
    }
}

/// The differences of one program.
fn replay(release: Release, program: &Value, recorded: &Value) -> (usize, Vec<String>) {
    let (mut run, mut wrong, mut compared) = (Run::new(release), Vec::new(), 0);
    let place = format!("{} program {}", release.profile().version, program["id"]);
    let outcomes = recorded["outcomes"].as_str().unwrap().split(' ');
    for (n, (op, expected)) in program["program"].as_array().unwrap().iter().zip(outcomes).enumerate() {
        if expected == "-" {
            continue;
        }
        compared += 1;
        let same = match run.run(op.as_array().unwrap()) {
            Ok(done) if done == expected => continue,
            Ok(done) => format!("model {done}"),
            Err(error) if is_told(error.code(), expected) => continue,
            Err(error) => format!("model {}: {error}", error.code()),
        };
        wrong.push(format!("{place}, command {n}, {op}: CPython {expected}, {same}"));
        return (compared, wrong);
    }
    run.heap.collect(2).unwrap();
    for (number, expected) in (0..).zip(recorded["end"].as_array().unwrap()) {
        let own = match run.ids.get(&number) {
            Some(&id) if !expected.is_null() => run.look(id, expected),
            Some(&id) if id != run.none => json!("something"),
            _ => Value::Null,
        };
        compared += 1;
        if own != *expected {
            wrong.push(format!("{place}, number {number} at the end:\n CPython {expected}\n model   {own}"));
        }
    }
    (compared, wrong)
}

/// How much was compared on a release, and what differed.
fn replay_all(release: Release, recording: &str) -> (usize, Vec<String>) {
    let (mut wrong, mut compared, mut program) = (Vec::new(), 0, Value::Null);
    for line in recording.lines() {
        let recorded: Value = serde_json::from_str(line).unwrap();
        let version = release.profile().version;
        if recorded["releases"].as_array().is_some_and(|releases| !releases.iter().any(|r| r == version)) {
            continue;
        }
        if recorded["program"].is_array() {
            program = recorded;
            continue;
        }
        let (n, differences) = replay(release, &program, &recorded);
        compared += n;
        wrong.extend(differences);
    }
    (compared, wrong)
}

#[test]
fn the_model_refuses_what_cpython_refuses() {
    for release in Release::ALL {
        let (compared, wrong) = replay_all(release, RECORDING);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(compared > 1500, "{release:?}: {compared}");
    }
}

#[cfg(not(target_family = "wasm"))]
#[test]
fn programs_of_a_folder_if_one_is_named_are_the_same() {
    let Ok(folder) = std::env::var("REFUSALS") else { return };
    let (mut compared, mut wrong) = (0, Vec::new());
    for release in Release::ALL {
        let recording = std::fs::read_to_string(format!("{folder}/{}", release.profile().version)).unwrap();
        let (n, differences) = replay_all(release, &recording);
        compared += n;
        wrong.extend(differences);
    }
    println!("{compared} compared");
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
}
