//! Classes and instances against `tests/truth/class-anatomy.jsonl`: every word of a fresh class that is data, the order of
//! its namespace, counts, what a collection finds, and each instance's block and values.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "common/program.rs"]
mod program;

use serde_json::Value;
use terrarium::abi::{Release, TypeId};
use terrarium::event::Event;
use terrarium::ids::Addr;
use terrarium::mem::AddressSpace;
use terrarium::object::head::{self, OB_TYPE, tp};
use terrarium::object::singleton::NONE;
use terrarium::object::type_object::{
    TP_BASES, TP_DICT, TP_MRO, TP_WEAKLIST, ht_cached_keys, ht_name, ht_qualname, ht_slots, sizeof,
};
use terrarium::object::{blocks, dict, gc_head, keys, str as text};
use terrarium::runtime::dict as dict_made;
use terrarium::runtime::{attributes, class, freelist, gc, instance, refcount, str, tuple};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const FILE: &str = include_str!("truth/class-anatomy.jsonl");

fn releases(case: &Value) -> Vec<Release> {
    let names = case["releases"].as_array().unwrap();
    Release::ALL.into_iter().filter(|r| names.iter().any(|n| n.as_str() == Some(r.profile().version))).collect()
}

/// A started interpreter with the classes that the recorder's namespace has.
struct World {
    m: AddressSpace,
    module: Addr,
    function: Addr,
    b: Addr,
    base_with_slots: Addr,
    /// Constants of class bodies, which were untracked long ago.
    xy: Addr,
    bxy: Addr,
    pq: Addr,
    p_weakref: Addr,
    p_dict: Addr,
}

impl World {
    fn new(release: Release) -> World {
        let mut m = terrarium::runtime::start::start(release.profile(), 1 << 28).unwrap();
        let module = str::name(&mut m, "__main__").unwrap();
        let globals = dict_made::new(&mut m).unwrap();
        let function = program::function(&mut m, program::Module { globals, builtins: globals }, "f", &["self"], 1);
        let mut world = World {
            m,
            module,
            function,
            b: Addr::NULL,
            base_with_slots: Addr::NULL,
            xy: Addr::NULL,
            bxy: Addr::NULL,
            pq: Addr::NULL,
            p_weakref: Addr::NULL,
            p_dict: Addr::NULL,
        };
        // `tp_subclasses` of these types exists in every real interpreter.
        for base in ["list_subclass", "exception"] {
            world.make(base);
        }
        world.xy = world.names(&["x", "y"]);
        world.bxy = world.names(&["b", "x", "y"]);
        world.pq = world.names(&["q", "p"]);
        world.p_weakref = world.names(&["p", "__weakref__"]);
        world.p_dict = world.names(&["p", "__dict__"]);
        gc::machine::collect(&mut world.m, 2).unwrap();
        world.b = world.class("B", Addr::NULL, &[], Addr::NULL);
        let empty = terrarium::object::singleton::EMPTY_TUPLE;
        world.base_with_slots = world.class("S", Addr::NULL, &[("__slots__", empty)], Addr::NULL);
        world
    }

    fn class(&mut self, name: &str, bases: Addr, body: &[(&str, Addr)], attributes: Addr) -> Addr {
        let statement = class::Statement {
            name,
            qualname: None,
            module: self.module,
            bases,
            first_line: 1,
            body,
            static_attributes: attributes,
        };
        class::statement(&mut self.m, &statement).unwrap().unwrap()
    }

    fn names(&mut self, names: &[&str]) -> Addr {
        let items: Vec<Addr> = names.iter().map(|n| str::name(&mut self.m, n).unwrap()).collect();
        tuple::new(&mut self.m, &items).unwrap()
    }

    /// The class statement of a recorded case; the reference belongs to the caller.
    fn make(&mut self, case: &str) -> Addr {
        let f = self.function;
        let static_list = TypeId::List.addr();
        let with_bases = |world: &mut World, base: Addr, body: &[(&str, Addr)]| {
            let second = [world.b];
            let second = if matches!(case, "second_base" | "two_bases") { &second[..] } else { &[] };
            let bases = tuple::new(&mut world.m, &[&[base], second].concat()).unwrap();
            if !gc_head::is_tracked(&world.m, bases).unwrap() {
                gc::track(&mut world.m, bases).unwrap();
            }
            let class = world.class("C", bases, body, Addr::NULL);
            refcount::decref(&mut world.m, bases, Addr::NULL).unwrap();
            class
        };
        match case {
            "empty" => self.class("C", Addr::NULL, &[], Addr::NULL),
            "init" => self.class("C", Addr::NULL, &[("__init__", f)], self.xy),
            "init_unsorted" => self.class("C", Addr::NULL, &[("__init__", f), ("set", f)], self.bxy),
            "slots" => self.class("C", Addr::NULL, &[("__slots__", self.pq)], Addr::NULL),
            "slots_none" => {
                let empty = terrarium::object::singleton::EMPTY_TUPLE;
                self.class("C", Addr::NULL, &[("__slots__", empty)], Addr::NULL)
            }
            "slots_weakref" => self.class("C", Addr::NULL, &[("__slots__", self.p_weakref)], Addr::NULL),
            "slots_dict" => self.class("C", Addr::NULL, &[("__slots__", self.p_dict)], Addr::NULL),
            "list_subclass" => with_bases(self, static_list, &[]),
            "subclass" => with_bases(self, self.b, &[]),
            "second_base" => with_bases(self, self.base_with_slots, &[("__slots__", self.pq)]),
            "sub_of_slots" | "two_bases" => with_bases(self, self.base_with_slots, &[]),
            "attribute" => {
                let five = terrarium::runtime::int::from_i64(&mut self.m, 5).unwrap();
                self.class("C", Addr::NULL, &[("a", five), ("f", f)], Addr::NULL)
            }
            "del" => self.class("C", Addr::NULL, &[("__del__", f)], Addr::NULL),
            "exception" => with_bases(self, TypeId::Exception.addr(), &[]),
            other => panic!("an unknown case: {other}"),
        }
    }
}

fn field(words: &Value, offset: u64) -> Option<&str> {
    let row = words.as_array().unwrap().iter().find(|row| row[0].as_u64() == Some(offset))?;
    row[2].as_str()
}

/// A word as the recording writes it, as far as it is data or a pointer that can be named.
fn word_text(m: &AddressSpace, class: Addr, offset: u64, recorded: &str) -> String {
    let word: u64 = m.read(class.offset(offset)).unwrap();
    let at = Addr(word);
    if !recorded.starts_with('@') {
        return format!("{word:x}");
    }
    if at == TP_MRO.read(m, class).unwrap() {
        return "@mro".into();
    }
    if at == TP_BASES.read(m, class).unwrap() {
        return "@bases".into();
    }
    if at == TP_DICT.read(m, class).unwrap() {
        return "@tp_dict".into();
    }
    if let Some(id) = TypeId::at(at) {
        return format!("@type:{}", id.row().name);
    }
    if word > class.0 && word < class.0 + m.profile.sizes.heap_type + 40 {
        return format!("inside+{}", word - class.0 + 16);
    }
    if at == ht_name(m).read(m, class).unwrap() || at == ht_qualname(m).read(m, class).unwrap() {
        return format!("@str:'{}'", text::value(m, at).unwrap());
    }
    if at == ht_slots(m).read(m, class).unwrap() {
        return "slots".into();
    }
    if at == ht_cached_keys(m).read(m, class).unwrap() {
        return "keys".into();
    }
    if at == TP_WEAKLIST.read(m, class).unwrap() {
        return "weakref".into();
    }
    if word == 0 { "0".into() } else { "other".into() }
}

/// The recording's text in the same terms.
fn recorded_text(recorded: &str, offset: u64, m: &AddressSpace) -> String {
    let sizes = &m.profile.sizes;
    let inside = [80, 96, 104, 112, 160, 240].contains(&offset);
    if inside && recorded.starts_with("@block") {
        return format!("inside+{}", recorded.split('+').nth(1).unwrap());
    }
    if offset == sizes.type_object + 440 + 8 && recorded != "0" {
        return "slots".into();
    }
    if offset == sizes.type_object + 440 + 24 && recorded != "0" {
        return "keys".into();
    }
    if offset == 368 {
        return "weakref".into();
    }
    if recorded == "@B" || recorded == "@S" || recorded == "@static" || recorded.contains(".tp_") {
        return "other".into();
    }
    recorded.into()
}

#[test]
fn every_word_of_a_class_is_as_recorded() {
    let (mut words, mut left_out) = (0, std::collections::BTreeSet::new());
    for line in FILE.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let name = case["case"].as_str().unwrap();
        for release in releases(&case) {
            let mut world = World::new(release);
            let class = world.make(name);
            let m = &world.m;
            let recorded = &case["type_words"];
            let last = m.profile.sizes.heap_type - if release == Release::Cp311 { 8 } else { 16 };
            for offset in (8..m.profile.sizes.heap_type).step_by(8) {
                let expected = field(recorded, offset).unwrap_or("0");
                // tp_version_tag; _spec_cache: volatile. C functions of a static base other than object: stand-ins are those of object.
                if offset == 384 || offset >= last {
                    continue;
                }
                let native = head::native_type(m, class).unwrap();
                let expected = recorded_text(expected, offset, m);
                let found = word_text(m, class, offset, field(recorded, offset).unwrap_or("0"));
                if native != TypeId::Object && (expected == "other") != (found == "other") {
                    left_out.insert((native.row().name, offset));
                    continue;
                }
                assert_eq!(found, expected, "{release:?} {name} at {offset}");
                words += 1;
            }
            let members = head::OB_SIZE.read(m, class).unwrap();
            let bytes = m.profile.sizes.heap_type + 40 * members.cast_unsigned();
            assert_eq!(Some(bytes), case["type_bytes"].as_u64());
            for index in 0..members.cast_unsigned() {
                let at = m.profile.sizes.heap_type + 40 * index;
                for word in [8, 16, 24, 32] {
                    let found: u64 = m.read(class.offset(at + word)).unwrap();
                    assert_eq!(format!("{found:x}"), field(recorded, at + word).unwrap_or("0"), "{release:?} {name} member");
                }
            }
        }
    }
    println!("{words} words compared; C functions of other static bases left out: {left_out:?}");
    assert!(words > 5000);
}

#[test]
fn namespace_counts_and_collector_order_are_as_recorded() {
    for line in FILE.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let name = case["case"].as_str().unwrap();
        for release in releases(&case) {
            let mut world = World::new(release);
            let before = gc::members(&world.m, 0).unwrap();
            let class = world.make(name);
            let m = &world.m;
            let context = format!("{release:?} {name}");
            // Our own reference is the only one that lies in no slot; it stands for the name `C`.
            let expected = u64::from_str_radix(case["refcounts"]["class"].as_str().unwrap(), 16).unwrap();
            assert_eq!(head::refcount(m, class).unwrap(), Some(expected), "{context}");
            for (field, key) in [(TP_MRO, "mro"), (TP_BASES, "bases"), (TP_DICT, "tp_dict")] {
                let at = field.read(m, class).unwrap();
                assert_eq!(head::refcount(m, at).unwrap(), Some(1), "{context} {key}");
            }
            let entries = dict::items(m, TP_DICT.read(m, class).unwrap()).unwrap();
            let found: Vec<(String, &str)> = entries
                .iter()
                .map(|item| {
                    let value = TypeId::at(OB_TYPE.read(m, item.value).unwrap()).unwrap();
                    (text::value(m, item.key).unwrap(), value.row().name)
                })
                .collect();
            let expected: Vec<(String, &str)> = case["dict"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| (row[0].as_str().unwrap().into(), row[1].as_str().unwrap()))
                .collect();
            assert_eq!(found, expected, "{context}");
            for (item, row) in entries.iter().zip(case["dict"].as_array().unwrap()) {
                let tracked = head::is_gc(m, item.value).unwrap() && gc_head::is_tracked(m, item.value).unwrap();
                assert_eq!(Some(tracked), row[3].as_bool(), "{context} {row}");
            }
            let order: Vec<String> =
                gc::members(m, 0).unwrap().into_iter().filter(|obj| !before.contains(obj)).map(|obj| kind_name(m, obj)).collect();
            let expected: Vec<String> = case["gen0"]
                .as_array()
                .unwrap()
                .iter()
                .map(|o| o.as_str().unwrap().split(':').next().unwrap().to_owned())
                .filter(|o| o != "function")
                .collect();
            let order: Vec<String> = order.into_iter().filter(|o| o != "function").collect();
            assert_eq!(order, expected, "{context}");
        }
    }
}

fn kind_name(m: &AddressSpace, obj: Addr) -> String {
    let name = TypeId::at(OB_TYPE.read(m, obj).unwrap()).unwrap().row().name;
    name.rsplit('.').next().unwrap().to_owned()
}

#[test]
fn a_class_that_nobody_holds_is_collected_as_recorded() {
    for line in FILE.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let name = case["case"].as_str().unwrap();
        for release in releases(&case) {
            for (index, collects_first) in [false, true].into_iter().enumerate() {
                let mut world = World::new(release);
                let warm = world.make(name);
                refcount::decref(&mut world.m, warm, Addr::NULL).unwrap();
                gc::machine::collect(&mut world.m, 2).unwrap();
                let class = world.make(name);
                if collects_first {
                    gc::machine::collect(&mut world.m, 2).unwrap();
                }
                refcount::decref(&mut world.m, class, Addr::NULL).unwrap();
                let found = gc::machine::collect(&mut world.m, 2).unwrap().collected;
                // The methods of the recorded classes were theirs alone; here one function serves all.
                let methods = case["dict"].as_array().unwrap().iter().filter(|row| row[1] == "function").count() as u64;
                assert_eq!(Some(found + methods), case["collected"][index].as_u64(), "{release:?} {name} {collects_first}");
            }
        }
    }
}

#[test]
fn instances_take_the_recorded_blocks() {
    let mut compared = 0;
    for line in FILE.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let name = case["case"].as_str().unwrap();
        let Some(first) = case["instances"]["first"].as_array() else { continue };
        for release in releases(&case) {
            let mut world = World::new(release);
            let class = world.make(name);
            for (nth, row) in first.iter().enumerate() {
                let context = format!("{release:?} {name} instance {nth}");
                if name == "exception" {
                    continue;
                }
                let obj = instance::new(&mut world.m, class, 0).unwrap();
                let order: &[&str] = match name {
                    "init" => &["x", "y"],
                    "init_unsorted" => &["y", "x"],
                    _ => &[],
                };
                for attribute in order {
                    let m = &mut world.m;
                    let key = str::name(m, attribute).unwrap();
                    let hash = terrarium::runtime::hash(m, key).unwrap();
                    assert!(attributes::set(m, obj, key, hash, NONE).unwrap());
                }
                let m = &world.m;
                let asked: Vec<u64> =
                    row["blocks"].as_array().unwrap().iter().map(|b| b[1].as_u64().unwrap().div_ceil(16)).collect();
                let own: Vec<u64> = blocks::of(m, obj).unwrap().iter().map(|b| block_class(m, b.start)).collect();
                assert_eq!(own, asked, "{context}");
                assert_eq!(terrarium::object::sizeof(m, obj).ok(), row["getsizeof"].as_u64(), "{context}");
                if row["shared_keys"].is_object() {
                    let table = ht_cached_keys(m).read(m, class).unwrap();
                    for (field, key) in
                        [(keys::DK_USABLE, "usable"), (keys::DK_NENTRIES, "nentries"), (keys::DK_REFCNT, "dk_refcnt")]
                    {
                        assert_eq!(field.read(m, table).ok(), row["shared_keys"][key].as_u64(), "{context} {key}");
                    }
                }
                compared += 1;
            }
            let m = &world.m;
            assert_eq!(Some(head::refcount(m, class).unwrap().unwrap() > 1), Some(true));
            assert!(sizeof(m, class).unwrap() >= m.profile.sizes.heap_type);
            assert!(tp::BASICSIZE.read(m, class).unwrap() >= 16);
        }
    }
    assert!(compared > 450, "{compared}");
}

/// The size class of a block, in units of 16 bytes, from its pool's header.
fn block_class(m: &AddressSpace, block: Addr) -> u64 {
    let szidx: u32 = m.read(Addr(block.0 & !0x3fff).offset(36)).unwrap();
    u64::from(szidx) + 1
}

#[test]
fn a_class_statement_takes_the_recorded_blocks_in_order() {
    let mut compared = 0;
    for line in FILE.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let name = case["case"].as_str().unwrap();
        for release in releases(&case) {
            let mut world = World::new(release);
            // Descriptors that all classes of 3.15 share exist in every real interpreter.
            for warm in ["empty", "slots_weakref"] {
                let class = world.make(warm);
                refcount::decref(&mut world.m, class, Addr::NULL).unwrap();
            }
            // Names in the source are strings of its code object.
            for known in ["C", "set", "__init__", "__del__", "a", "f", "p", "q"] {
                str::name(&mut world.m, known).unwrap();
            }
            gc::machine::collect(&mut world.m, 2).unwrap();
            world.m.log.start();
            world.make(name);
            let events = world.m.log.stop();
            let m = &world.m;
            let waiting: Vec<Addr> = freelist::all_waiting(m).unwrap().into_iter().map(|(start, _)| start).collect();
            let mut held: Vec<(Addr, u64)> = Vec::new();
            for event in events {
                match event {
                    Event::Allocated(at, bytes) => held.push((at, bytes)),
                    Event::Freed(at) => held.retain(|&(block, _)| block != at),
                    _ => {}
                }
            }
            let held: Vec<u64> = held.into_iter().filter(|(at, _)| !waiting.contains(at)).map(|(_, bytes)| bytes).collect();
            assert_eq!(held, held_blocks(&case), "{release:?} {name}");
            compared += held.len();
        }
    }
    println!("{compared} blocks in order");
    assert!(compared > 400, "{compared}");
}

/// Sizes of the blocks that are held after the recorded statement, in order. Methods are left out: the recorded classes make
/// them in the statement, here one function serves all. The recorder takes a dict of subclasses, which no traversal visits, for
/// one on a free list, but knows that it holds its table.
fn held_blocks(case: &Value) -> Vec<u64> {
    let blocks = case["blocks"].as_array().unwrap();
    let holders: Vec<&str> =
        blocks.iter().flat_map(|block| block[4].as_array().unwrap()).map(|holder| holder.as_str().unwrap()).collect();
    let is_held = |block: &&Value| {
        let what = block[2].as_str().unwrap_or_default();
        let unseen = what.starts_with("dict@") && holders.iter().any(|holder| holder.starts_with(&format!("{what}+")));
        (block[3] == "held" || unseen) && !is_method(what)
    };
    let size = |block: &Value| block[0].as_u64().or_else(|| block[0].as_array()?.last()?.as_u64());
    blocks.iter().filter(is_held).map(|block| size(block).unwrap()).collect()
}

fn is_method(what: &str) -> bool {
    matches!(what, "C.__init__" | "C.set" | "C.f" | "C.__del__")
}
