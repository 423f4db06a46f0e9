//! Random programs of the heap's own commands against what real CPythons did in each: allocator calls in order, every word of
//! every block that is there afterwards, the collector's counts, statistics and lists. Every third command is undone and done
//! again before it is compared.
//!
//! The recording has digests. To see where a program differs, have the recorder write the states themselves into a folder, a file
//! for each release, and name the folder in the variable HEAP_PROGRAMS.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "common/specs.rs"]
mod specs;

use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use terrarium::abi::space::{ARENA_FLOOR, RAW_START};
use terrarium::abi::{Release, TypeId};
use terrarium::event::Event;
use terrarium::heap::{Heap, Place, Problem, Spec, roots};
use terrarium::ids::{Addr, Serial};
use terrarium::mem::AddressSpace;
use terrarium::object::{singleton, type_object};
use terrarium::runtime::gc::{self, state};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const RECORDING: &str = include_str!("truth/heap-programs.jsonl");

/// A class of the recorder: name, `__slots__`, bases.
type Class = (&'static str, Option<&'static [&'static str]>, &'static [usize]);

const CLASSES: [Class; 12] = [
    ("C0", None, &[]),
    ("C1", None, &[0]),
    ("C2", Some(&["r", "p", "q"]), &[]),
    ("C3", None, &[2]),
    ("C4", Some(&["a", "__dict__"]), &[]),
    ("C5", Some(&["b", "__weakref__", "a"]), &[]),
    ("C6", Some(&["z", "p"]), &[2]),
    ("C7", None, &[0, 3]),
    ("C8", Some(&["s"]), &[0]),
    ("C9", Some(&[]), &[]),
    ("CA", Some(&["__weakref__", "__dict__"]), &[]),
    ("CB", Some(&["m", "k"]), &[4]),
];
/// Which of them have keys that instances share, as the recorder watches them.
const WITH_DICT: [&str; 8] = ["C0", "C1", "C3", "C4", "C7", "C8", "CA", "CB"];
/// A table of shared keys: header, 64 indices, 30 entries.
const SHARED_KEYS_BYTES: u64 = 32 + 64 + 30 * 16;
/// More handles than a program makes, so that their array does not grow while it runs.
const HANDLES: usize = 300;

/// Names of objects that have no block of their own, by address.
type Known = BTreeMap<u64, String>;

/// What of a block is not compared: bits for the bytes of words, and everything from a word on.
#[derive(Default)]
struct Mask {
    bytes: BTreeMap<usize, u8>,
    from: Option<usize>,
}

impl Mask {
    /// `word.bytes,word.bytes,word-`
    fn parse(text: &str) -> Mask {
        let mut mask = Mask::default();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            match part.split_once('.') {
                Some((word, bytes)) => {
                    mask.bytes.insert(word.parse().unwrap(), u8::from_str_radix(bytes, 16).unwrap());
                }
                None => mask.from = Some(part.trim_end_matches('-').parse().unwrap()),
            }
        }
        mask
    }

    fn of(&self, word: usize) -> u8 {
        if self.from.is_some_and(|from| word >= from) { 0xff } else { self.bytes.get(&word).copied().unwrap_or(0) }
    }
}

struct Run {
    heap: Heap,
    ids: BTreeMap<u64, Serial>,
    known: Known,
    watched: Vec<(Addr, u64)>,
    /// Classes die at the end of a program: then what was watched of them is not there any more.
    lost: bool,
    blocks: Vec<Option<(Addr, u64)>>,
    masks: BTreeMap<i64, Mask>,
    base: Vec<u64>,
}

fn read(m: &AddressSpace, at: Addr, bytes: u64) -> Vec<u8> {
    let mut out = vec![0; usize::try_from(bytes).unwrap()];
    m.read_bytes(at, &mut out).unwrap();
    out
}

fn static_names(heap: &mut Heap, known: &mut Known) {
    for row in TypeId::ALL {
        known.insert(row.id.addr().0, format!("type:{}", row.name));
    }
    for (at, name) in [
        (singleton::NONE, "None"),
        (singleton::bool_of(true), "True"),
        (singleton::bool_of(false), "False"),
        (singleton::ELLIPSIS, "Ellipsis"),
        (singleton::NOT_IMPLEMENTED, "NotImplemented"),
        (singleton::EMPTY_TUPLE, "()"),
        (singleton::EMPTY_BYTES, "b''"),
        (terrarium::abi::space::EMPTY_KEYS, "empty_keys"),
    ] {
        known.insert(at.0, name.to_owned());
    }
    let small = if heap.memory().profile.release >= Release::Cp315 { 1025 } else { 257 };
    let mut name = |spec: Spec, name: String| {
        let id = heap.create(&spec).unwrap();
        known.insert(heap.address(id).unwrap().0, name);
        heap.drop_handle(id).unwrap();
    };
    for n in -5..small {
        name(Spec::Int(n.to_string()), format!("int:{n}"));
    }
    for n in 0..=255_u8 {
        name(Spec::Str(char::from(n).to_string()), format!("chr:{n}"));
        name(Spec::Bytes(vec![n]), format!("byte:{n}"));
    }
    name(Spec::Str(String::new()), "''".to_owned());
}

impl Run {
    fn new(release: Release) -> Run {
        let mut heap = Heap::new(release, 1 << 28).unwrap();
        heap.set_gc_enabled(false).unwrap();
        let mut known = Known::new();
        static_names(&mut heap, &mut known);
        let mut ids: BTreeMap<u64, Serial> = BTreeMap::new();
        for (n, (name, slots, bases)) in (0..).zip(CLASSES) {
            let slots = slots.map(|names| names.iter().map(|&s| s.to_owned()).collect());
            let bases = bases.iter().map(|&b| ids[&u64::try_from(b).unwrap()]).collect();
            ids.insert(n, heap.create(&Spec::Class { name: name.to_owned(), slots, bases }).unwrap());
        }
        ids.insert(12, heap.create(&Spec::Function { name: "f".to_owned(), defaults: vec![], closure: vec![] }).unwrap());
        let names =
            (0..36).map(|i| format!("n{i}")).chain((0..14).map(|i| format!("v{i}"))).chain((0..60).map(|i| format!("mod{i}")));
        for text in names.chain("rpqazbsmk".chars().map(String::from)) {
            let id = heap.create(&Spec::Str(text.clone())).unwrap();
            known.entry(heap.address(id).unwrap().0).or_insert(format!("name:{text}"));
        }
        // A slice that waits for the next one, which the recorder left.
        let none = heap.create(&Spec::None).unwrap();
        let slice = heap.create(&Spec::Slice(none, none, none)).unwrap();
        heap.drop_handle(slice).unwrap();
        for _ in 0..HANDLES {
            heap.create(&Spec::None).unwrap();
        }
        let none = heap.id(singleton::NONE).unwrap();
        heap.drop_handle(none).unwrap();
        let mut watched = Vec::new();
        for (&n, &id) in &ids {
            let at = heap.address(id).unwrap();
            known.insert(at.0, format!("s{n}"));
            if n < 12 {
                watched.push((at, 8));
            }
        }
        for (n, (name, ..)) in (0..).zip(CLASSES) {
            if WITH_DICT.contains(&name) {
                let class = heap.address(ids[&n]).unwrap();
                let keys = type_object::ht_cached_keys(heap.memory()).read(heap.memory(), class).unwrap();
                if !keys.is_null() {
                    watched.push((keys, SHARED_KEYS_BYTES));
                }
            }
        }
        watched.push((heap.address(ids[&12]).unwrap(), 8));
        let namespace = roots::namespace(heap.memory()).unwrap();
        known.insert(namespace.0, "N".to_owned());
        watched.push((namespace.offset(16), 8));
        for (i, (at, _)) in watched.iter().enumerate() {
            known.entry(at.0).or_insert(format!("w{i}"));
        }
        for _ in 0..2 {
            heap.collect(2).unwrap();
        }
        heap.forget_history();
        Run { heap, ids, known, watched, lost: false, blocks: vec![], masks: BTreeMap::new(), base: vec![] }
    }

    /// Back to before the last program, by undoing all of it; automatic collection if there are thresholds, with everything that
    /// is there before frozen.
    fn reset(&mut self, thresholds: &Value) {
        while self.heap.undo() {}
        self.blocks.clear();
        self.masks.clear();
        self.ids.retain(|&n, _| n < 13);
        self.lost = false;
        if let Some(thresholds) = thresholds.as_array() {
            self.heap.freeze().unwrap();
            self.heap.collect(2).unwrap();
            self.heap.collect(2).unwrap();
            let thresholds: Vec<u32> = thresholds.iter().map(|t| u32::try_from(t.as_u64().unwrap()).unwrap()).collect();
            self.heap.set_thresholds(thresholds.try_into().unwrap()).unwrap();
            self.heap.set_gc_enabled(true).unwrap();
        }
        self.base = self.now();
    }

    /// The collector's counts, statistics and lengths of lists, by how they changed.
    fn collector(&self) -> Vec<i64> {
        let mut row: Vec<i64> =
            self.now().iter().zip(&self.base).map(|(now, base)| now.wrapping_sub(*base).cast_signed()).collect();
        if self.lost {
            row[3] = 0; // what start-up left is untracked in more than one place then
        }
        row
    }

    fn now(&self) -> Vec<u64> {
        let m = self.heap.memory();
        let mut row: Vec<u64> = (0..3).map(|g| u64::from(state::count(m, g).unwrap())).collect();
        row.extend([state::LONG_LIVED_TOTAL, state::LONG_LIVED_PENDING].map(|field| field.read(m, state::STATE).unwrap()));
        row.extend((0..3).flat_map(|g| state::stats(m, g).unwrap()));
        row.extend((0..2).map(|g| gc::members(m, g).unwrap().len() as u64));
        row
    }

    fn id(&self, number: &Value) -> Serial {
        self.ids[&number.as_u64().unwrap()]
    }

    /// Does one command; what it did to memory.
    fn run(&mut self, op: &[Value]) -> Vec<Event> {
        if let Some(spec) = specs::spec(op, |number| self.id(number)) {
            let id = self.heap.create(&spec).unwrap_or_else(|e| panic!("{op:?}: {e}"));
            self.ids.insert(op[1].as_u64().unwrap(), id);
            return self.heap.events().to_vec();
        }
        let name = op[0].as_str().unwrap();
        self.lost |= name == "drop" && op[1].as_u64().unwrap() < 13;
        let attribute = || Place::Attribute(op[2].as_str().unwrap().to_owned());
        let a = op.get(1).and_then(Value::as_u64).and_then(|n| self.ids.get(&n).copied()).unwrap_or_default();
        let heap = &mut self.heap;
        let of = |n: usize| self.ids[&op[n].as_u64().unwrap()];
        let done = match name {
            "append" => heap.link(a, &Place::Append, of(2)),
            "setitem" => heap.link(a, &Place::Index(op[2].as_u64().unwrap()), of(3)),
            "delitem" => heap.unlink(a, &Place::Index(op[2].as_u64().unwrap())),
            "put" => heap.link(a, &Place::Key(of(2)), of(3)),
            "delkey" => heap.unlink(a, &Place::Key(of(2))),
            "add" => heap.link(a, &Place::Member, of(2)),
            "remove" => heap.unlink_member(a, of(2)),
            "attr" => heap.link(a, &attribute(), of(3)),
            "delattr" => heap.unlink(a, &attribute()),
            "setcell" => heap.link(a, &Place::Cell, of(2)),
            "delcell" => heap.unlink(a, &Place::Cell),
            "bind" => heap.bind(op[1].as_str().unwrap(), of(2)),
            "unbind" => heap.unbind(op[1].as_str().unwrap()),
            "drop" => match heap.drop_handle(a) {
                // A shared object, which an earlier number stood for too.
                Err(e) if matches!(e.problem(), Problem::NoHandle(_)) => return vec![],
                done => done,
            },
            "threshold" => heap.set_thresholds([0, 1, 2].map(|i| u32::try_from(op[1][i].as_u64().unwrap()).unwrap())),
            "enable" | "disable" => heap.set_gc_enabled(name == "enable"),
            "freeze" => heap.freeze(),
            "collect" => heap.collect(op[1].as_u64().unwrap()).map(drop),
            "start" => return vec![],
            _ => panic!("{name}"),
        };
        done.unwrap_or_else(|e| panic!("{op:?}: {e}"));
        self.heap.events().to_vec()
    }

    /// Compares what a command did with the recorded calls, and notes where the blocks are.
    fn calls(&mut self, calls: &str, happened: &[Event]) -> Result<(), String> {
        let calls: Vec<&str> = calls.split_whitespace().collect();
        // A block that was there before the program is not in the recording: the one slice that waits for the next.
        let mut known: Vec<Addr> = self.blocks.iter().flatten().map(|b| b.0).collect();
        known.extend(happened.iter().filter_map(|e| if let Event::Allocated(at, _) = e { Some(*at) } else { None }));
        let counts = |e: &&Event| match e {
            Event::Allocated(..) => true,
            Event::Freed(at) => known.contains(at),
            _ => false,
        };
        let mut events = happened.iter().filter(counts).peekable();
        for call in &calls {
            // A block of the interpreter's own.
            if *call == "h" {
                self.blocks.push(None);
                continue;
            }
            let number = |text: &str| text.parse::<u64>().map_err(|e| format!("{text}: {e}"));
            let index = |text: &str| text.parse::<usize>().map_err(|e| format!("{text}: {e}"));
            if let Some(freed) = call.strip_prefix('f') {
                let at = self.blocks[index(freed)?].take().unwrap().0;
                match events.next() {
                    Some(Event::Freed(p)) if *p == at => {}
                    other => return Err(format!("{call}, at {at:?}: {other:?}")),
                }
            } else if let Some(resized) = call.strip_prefix('r') {
                let (block, size) = resized.split_once(':').unwrap();
                let block = index(block)?;
                let (old, moves) = (self.blocks[block].unwrap().0, size.ends_with('!'));
                let size = number(size.trim_end_matches('!'))?;
                let is_raw = (RAW_START..ARENA_FLOOR).contains(&old);
                let happens = if is_raw { matches!(events.peek(), Some(Event::Allocated(_, n)) if *n == size) } else { moves };
                let mut at = old;
                if happens {
                    match events.next() {
                        Some(Event::Allocated(p, n)) if class(*n) == class(size) => at = *p,
                        other => return Err(format!("{call}: {other:?}")),
                    }
                    match events.next() {
                        Some(Event::Freed(p)) if *p == old => {}
                        other => return Err(format!("{call}: {other:?}")),
                    }
                }
                self.blocks[block] = Some((at, size));
            } else {
                match (events.next(), number(&call[1..])?) {
                    (Some(Event::Allocated(p, n)), size) if class(*n) == class(size) => self.blocks.push(Some((*p, size))),
                    (other, _) => return Err(format!("{call}: {other:?}")),
                }
            }
        }
        events.next().map_or(Ok(()), |extra| Err(format!("not in the recording: {extra:?}")))
    }

    /// Every block that is there, as the recorder writes them.
    fn state(&self) -> BTreeMap<i64, String> {
        let mut spans: Vec<(u64, u64, i64)> = Vec::new();
        for (i, &(at, bytes)) in (1..).zip(&self.watched).filter(|_| !self.lost) {
            spans.push((at.0, bytes, -i));
        }
        for (i, block) in (0..).zip(&self.blocks) {
            if let Some((at, bytes)) = block {
                spans.push((at.0, *bytes, i));
            }
        }
        spans.sort_unstable();
        let m = self.heap.memory();
        let name = |w: u64| -> String {
            if w < 1 << 20 {
                return format!("{w:x}");
            }
            if let Some(name) = self.known.get(&w) {
                return name.clone();
            }
            let i = spans.partition_point(|&(at, ..)| at <= w);
            if let Some(&(at, bytes, number)) = i.checked_sub(1).map(|i| &spans[i])
                && w < at + bytes
            {
                return format!("@{number}+{}", w - at);
            }
            if m.mapped().iter().any(|r| (r.start.0..r.end().0).contains(&w)) {
                return format!("ext+{}", w & 3);
            }
            format!("{w:x}")
        };
        spans
            .iter()
            .map(|&(at, bytes, number)| {
                let data = read(m, Addr(at), bytes);
                let none = Mask::default();
                let mask = self.masks.get(&number).unwrap_or(&none);
                let word = |(i, chunk): (usize, &[u8])| match (mask.of(i), <[u8; 8]>::try_from(chunk)) {
                    (0xff, _) => "..".to_owned(),
                    (0, Ok(word)) => name(u64::from_le_bytes(word)),
                    (mask, _) => masked(mask, chunk),
                };
                let words: Vec<String> = data.chunks(8).enumerate().map(word).collect();
                (number, words.join(" "))
            })
            .collect()
    }

    /// What the recorder takes the digest of.
    fn whole(&self) -> String {
        let row: Vec<String> = self.collector().iter().map(i64::to_string).collect();
        let mut text = row.join(" ");
        for (number, words) in self.state() {
            write!(text, "\n{number} {words}").unwrap();
        }
        text
    }
}

/// Bytes one by one, those of the mask left out.
fn masked(mask: u8, bytes: &[u8]) -> String {
    let byte = |(i, b): (usize, &u8)| if mask >> i & 1 != 0 { "..".to_owned() } else { format!("{b:02x}") };
    format!("={}", bytes.iter().enumerate().map(byte).collect::<String>())
}

/// A size as the allocator sees it: pymalloc's classes are 16 bytes apart.
fn class(bytes: u64) -> u64 {
    if bytes <= 512 { bytes.div_ceil(16) * 16 } else { bytes }
}

fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, c| (h ^ u64::from(c)).wrapping_mul(0x100_0000_01b3))
}

/// Does command `n`, undoes every third and does it again; the allocator calls have to be the recorded ones.
fn step(run: &mut Run, n: usize, op: &Value, calls: &str) -> Result<(), String> {
    let happened = run.run(op.as_array().unwrap());
    run.calls(calls, &happened)?;
    if n % 3 == 2 {
        assert!(run.heap.undo() && run.heap.redo());
    }
    Ok(())
}

#[test]
fn each_command_leaves_the_bytes_that_the_recording_says() {
    for release in Release::ALL {
        let version = release.profile().version;
        let (mut run, mut program, mut steps) = (Run::new(release), Value::Null, 0);
        for line in RECORDING.lines() {
            let recorded: Value = serde_json::from_str(line).unwrap();
            if !recorded["releases"].as_array().unwrap().iter().any(|r| r == version) {
                continue;
            }
            if recorded["program"].is_array() {
                program = recorded;
                continue;
            }
            assert_eq!(recorded["id"], program["id"]);
            run.reset(&program["thresholds"]);
            let ops = program["program"].as_array().unwrap();
            for (n, (op, expected)) in ops.iter().zip(recorded["steps"].as_array().unwrap()).enumerate() {
                let [digest, calls, masks] = [0, 1, 2].map(|i| expected[i].as_str().unwrap());
                let place = format!("{version}, program {}, command {n}, {op}", program["id"]);
                step(&mut run, n, op, calls).unwrap_or_else(|e| panic!("{place}: {e}"));
                for mask in masks.split_whitespace() {
                    let (number, text) = mask.split_once(':').unwrap();
                    run.masks.insert(number.parse().unwrap(), Mask::parse(text));
                }
                assert_eq!(format!("{:08x}", fnv(&run.whole()) & 0xffff_ffff), digest, "{place}");
                steps += 1;
            }
        }
        assert!(steps > 800, "{version}: {steps} commands");
    }
}

/// The words of a block as recorded in full, where `..` is any byte.
#[cfg(not(target_family = "wasm"))]
fn same(own: &str, recorded: &str) -> bool {
    own.split(' ').count() == recorded.split(' ').count()
        && own.split(' ').zip(recorded.split(' ')).all(|(own, recorded)| {
            let word = u64::from_str_radix(own, 16).map_or_else(|_| own.to_owned(), |word| masked(0, &word.to_le_bytes()));
            let byte = |i: usize| recorded.get(i..i + 2) == Some("..") || recorded.get(i..i + 2) == word.get(i..i + 2);
            // Bytes that are not written can make the model's word look like an address.
            let partly = recorded.starts_with('=') && recorded.contains("..");
            own == recorded
                || recorded == ".."
                || partly && (!word.starts_with('=') || word.len() == recorded.len() && (1..word.len()).step_by(2).all(byte))
        })
}

#[cfg(not(target_family = "wasm"))]
#[test]
fn states_of_a_folder_if_one_is_named_are_the_same() {
    let Ok(folder) = std::env::var("HEAP_PROGRAMS") else { return };
    let mut differ = 0;
    for release in Release::ALL {
        let version = release.profile().version;
        let Ok(text) = std::fs::read_to_string(format!("{folder}/{version}")) else { continue };
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let (mut run, mut steps) = (Run::new(release), 0);
        'programs: for pair in lines.chunks(2) {
            run.reset(&pair[0]["thresholds"]);
            let mut state: BTreeMap<i64, String> = BTreeMap::new();
            for (n, (op, expected)) in
                pair[0]["program"].as_array().unwrap().iter().zip(pair[1]["steps"].as_array().unwrap()).enumerate()
            {
                steps += 1;
                let mut wrong = step(&mut run, n, op, expected[0].as_str().unwrap()).err().unwrap_or_default();
                if expected[1] != Value::from(run.collector()) {
                    write!(wrong, "\n collector {:?}\n recorded  {}", run.collector(), expected[1]).unwrap();
                }
                for (number, text) in expected[2].as_object().unwrap() {
                    state.insert(number.parse().unwrap(), text.as_str().unwrap().to_owned());
                }
                if wrong.is_empty() {
                    let own = run.state();
                    state.retain(|&number, _| number >= 0 || !run.lost);
                    for (number, text) in own.iter().filter(|(number, text)| !state.get(number).is_some_and(|s| same(text, s))) {
                        write!(wrong, "\n block {number}\n  {text}\n  {:?}", state.get(number)).unwrap();
                    }
                }
                if !wrong.is_empty() {
                    println!("{version}, program {}, command {n}, {op}: {wrong}", pair[0]["id"]);
                    differ += 1;
                    continue 'programs;
                }
            }
        }
        println!("{version}: {} programs, {steps} commands", lines.len() / 2);
    }
    assert_eq!(differ, 0, "programs that differ");
}
