//! Each allocator call that recorded programs cause: what objects are made of, free lists, growth, and the order of freeing
//! all at once.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use serde_json::Value;
use std::collections::BTreeMap;
use terrarium::abi::{Release, TypeId};
use terrarium::event::Event;
use terrarium::ids::Addr;
use terrarium::mem::AddressSpace;
use terrarium::object::head::type_of;
use terrarium::runtime::gc::{machine, state};
use terrarium::runtime::{self, bytes, dict, float, int, list, refcount, start::start, str, tuple};

const RECORDING: &str = include_str!("truth/alloc-programs.jsonl");
/// Commands for containers that are not replayed here, and two whose results CPython asks memory for by other routes.
const OTHER_KINDS: [&str; 6] = ["set", "node", "inst", "vars", "big", "pop"];

struct Replay {
    m: AddressSpace,
    handles: BTreeMap<u64, Addr>,
    prefix: Addr,
    euro: Addr,
    b: Addr,
}

impl Replay {
    fn new(release: Release) -> Replay {
        let mut m = start(release.profile(), 1 << 28).unwrap();
        state::ENABLED.write(&mut m, state::STATE, 0).unwrap();
        let prefix = str::constant(&mut m, "prefix").unwrap();
        let euro = str::constant(&mut m, "\u{20ac}").unwrap();
        let b = bytes::new(&mut m, b"bytes").unwrap();
        for _ in 0..2 {
            machine::collect(&mut m, 2).unwrap();
        }
        Replay { m, handles: BTreeMap::new(), prefix, euro, b }
    }

    fn at(&self, number: &Value) -> Addr {
        self.handles[&number.as_u64().unwrap()]
    }

    fn make(&mut self, name: &str, op: &[Value]) -> Option<Addr> {
        let text = op.get(2).and_then(Value::as_str).unwrap_or("").to_owned();
        let k = op.get(2).and_then(Value::as_i64).unwrap_or(0);
        let items: Vec<Addr> = if name.starts_with("tuple") { op[2..].iter().map(|n| self.at(n)).collect() } else { vec![] };
        let m = &mut self.m;
        // Nothing appended: the same object once more.
        let same = |obj: Addr, m: &mut AddressSpace| refcount::incref(m, obj, Addr::NULL).map(|()| obj);
        Some(
            match name {
                "list" => list::new(m, &[]),
                "dict" => dict::new(m),
                "tuple1" | "tuple2" | "tuple3" => tuple::new(m, &items),
                "int" => int::from_i64(m, 1_000_000 + k),
                "float" => float::new(m, 0.5 + f64::from(i32::try_from(k).unwrap())),
                "str" if text.is_empty() => same(self.prefix, m),
                "str" => str::new(m, &format!("prefix{text}")),
                "ucs2" if text.is_empty() => same(self.euro, m),
                "ucs2" => str::new(m, &format!("\u{20ac}{text}")),
                "bytes" if text.is_empty() => same(self.b, m),
                "bytes" => bytes::new(m, format!("bytes{text}").as_bytes()),
                _ => return None,
            }
            .unwrap(),
        )
    }

    fn key(&mut self, key: &Value) -> (Addr, i64) {
        let obj = match key {
            Value::String(name) => str::constant(&mut self.m, name).unwrap(),
            _ => int::from_i64(&mut self.m, key.as_i64().unwrap()).unwrap(),
        };
        (obj, runtime::hash(&mut self.m, obj).unwrap())
    }

    fn run(&mut self, op: &[Value]) {
        let name = op[0].as_str().unwrap();
        if let Some(made) = self.make(name, op) {
            self.handles.insert(op[1].as_u64().unwrap(), made);
            return;
        }
        if name == "collect" {
            machine::collect(&mut self.m, u8::try_from(op[1].as_u64().unwrap()).unwrap()).unwrap();
            return;
        }
        let at = self.at(&op[1]);
        let is_dict = type_of(&self.m, at).unwrap() == TypeId::Dict.addr();
        match name {
            "append" => {
                let item = self.at(&op[2]);
                list::append(&mut self.m, at, item).unwrap();
            }
            "insert" => {
                let item = self.at(&op[3]);
                list::insert(&mut self.m, at, op[2].as_u64().unwrap(), item).unwrap();
            }
            "put" => {
                let ((key, hash), value) = (self.key(&op[2]), self.at(&op[3]));
                dict::set_item(&mut self.m, at, key, hash, value).unwrap();
            }
            "del" if is_dict => {
                let (key, hash) = self.key(&op[2]);
                assert!(dict::delete_item(&mut self.m, at, key, hash).unwrap());
            }
            "del" => list::delete_item(&mut self.m, at, op[2].as_u64().unwrap()).unwrap(),
            "clear" if is_dict => dict::clear(&mut self.m, at).unwrap(),
            "clear" => list::clear(&mut self.m, at).unwrap(),
            "drop" => {
                self.handles.remove(&op[1].as_u64().unwrap());
                refcount::decref(&mut self.m, at, Addr::NULL).unwrap();
            }
            _ => panic!("{name}"),
        }
    }
}

/// A size as the allocator sees it: pymalloc's classes are 16 bytes apart.
fn class(bytes: u64) -> u64 {
    if bytes <= 512 { bytes.div_ceil(16) * 16 } else { bytes }
}

/// Compares what one command did with the recorded calls; `blocks` holds, by the recording's numbers, where they are.
fn compare(calls: &str, happened: &[Event], blocks: &mut Vec<Option<Addr>>, hidden: bool) -> Result<(), String> {
    let calls: Vec<&str> = calls.split_whitespace().collect();
    let mut events = happened.iter().filter(|e| matches!(e, Event::Allocated(..) | Event::Freed(_)));
    let last = calls.len().saturating_sub(2);
    for (n, call) in calls.iter().enumerate() {
        // From 3.12 on a collection makes a string before and one after it, for callbacks.
        if hidden && (n < 2 || n >= last) {
            if call.starts_with('o') {
                blocks.push(None);
            }
            continue;
        }
        let number = |text: &str| text.parse::<u64>().map_err(|e| format!("{text}: {e}"));
        let index = |text: &str| text.parse::<usize>().map_err(|e| format!("{text}: {e}"));
        let mut next = || events.next().ok_or_else(|| format!("nothing happened for {call}"));
        if let Some(freed) = call.strip_prefix('f') {
            let at = blocks[index(freed)?].unwrap();
            match next()? {
                Event::Freed(p) if *p == at => {}
                other => return Err(format!("{call}, at {at:?}: {other:?}")),
            }
        } else if let Some(resized) = call.strip_prefix('r') {
            let (block, size) = resized.split_once(':').unwrap();
            let Some(size) = size.strip_suffix('!') else { continue };
            let old = blocks[index(block)?].unwrap();
            match (next()?, number(size)?) {
                (Event::Allocated(p, n), size) if class(*n) == class(size) => blocks[index(block)?] = Some(*p),
                (other, _) => return Err(format!("{call}: {other:?}")),
            }
            match next()? {
                Event::Freed(p) if *p == old => {}
                other => return Err(format!("{call}: {other:?}")),
            }
        } else {
            match (next()?, number(&call[1..])?) {
                (Event::Allocated(p, n), size) if class(*n) == class(size) => blocks.push(Some(*p)),
                (other, _) => return Err(format!("{call}: {other:?}")),
            }
        }
    }
    events.next().map_or(Ok(()), |extra| Err(format!("not in the recording: {extra:?}")))
}

#[test]
fn programs_ask_the_allocator_for_what_the_recording_says() {
    let mut commands = 0_u64;
    for line in RECORDING.lines() {
        let recorded: Value = serde_json::from_str(line).unwrap();
        let program = recorded["program"].as_array().unwrap();
        if program.iter().any(|op| OTHER_KINDS.contains(&op[0].as_str().unwrap())) {
            continue;
        }
        for release in Release::ALL {
            if !recorded["releases"].as_array().unwrap().iter().any(|r| r == release.profile().version) {
                continue;
            }
            let mut replay = Replay::new(release);
            let mut blocks = Vec::new();
            for (n, op) in program.iter().enumerate() {
                let op = op.as_array().unwrap();
                replay.m.log.start();
                replay.run(&op[..op.len() - 1]);
                let happened = replay.m.log.stop();
                let hidden = op[0] == "collect" && release >= Release::Cp312;
                let result = compare(op.last().unwrap().as_str().unwrap(), &happened, &mut blocks, hidden);
                assert!(result.is_ok(), "{release:?} program {} command {n} {op:?}: {}", recorded["id"], result.unwrap_err());
                commands += 1;
            }
        }
    }
    assert!(commands > 9000, "{commands}");
}
