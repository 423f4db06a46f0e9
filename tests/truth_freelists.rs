//! Free lists against `tests/truth/freelists.jsonl`: how many dead objects of each kind are kept and which are taken again, and
//! what making and dropping one object of each kind asks of the allocator and does to the collector's count.
#![allow(clippy::unwrap_used, clippy::many_single_char_names, reason = "helpers of tests; names of the recording")]

#[path = "common/classes.rs"]
mod classes;
#[path = "common/program.rs"]
mod program;

use std::collections::{BTreeMap, BTreeSet};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use program::Module;
use serde_json::{Value as Json, json};
use terrarium::abi::{Release, TypeId};
use terrarium::event::Event;
use terrarium::ids::Addr;
use terrarium::mem::AddressSpace;
use terrarium::object::function::{FUNC_CLOSURE, FUNC_DEFAULTS};
use terrarium::object::head::{OB_TYPE, is_gc, preheader_bytes, type_flags, type_of};
use terrarium::object::singleton::{EMPTY_TUPLE, NONE};
use terrarium::object::{blocks, gc_head, int as ints, sizeof, tuple as tuples, type_name};
use terrarium::runtime::gc::{machine, state};
use terrarium::runtime::{
    alloc, attributes, bytearray, bytes, cell, dict, exception, float, function, generator, hash, instance, int, list, method,
    module, range, refcount, set, slice, start, str, tuple, weakref, wrappers,
};

const RECORDING: &str = include_str!("truth/freelists.jsonl");
/// How many objects of a kind are made and dropped, how many are made again.
const MANY: usize = 2600;
const AGAIN: usize = 40;

/// What the model does not make: whole kinds, and cases that differ by how they were made.
const NOT_MADE: [(&str, &str); 25] = [
    ("range iterator", "no iterators"),
    ("list iterator", "no iterators"),
    ("tuple iterator", "no iterators"),
    ("set iterator", "no iterators"),
    ("str iterator", "no iterators"),
    ("dict key iterator", "no iterators"),
    ("dict view", "no views"),
    ("method-wrapper", "no wrappers of C slots"),
    ("super", "no super objects"),
    ("memoryview", "no buffers"),
    ("memoryview(y)", "no buffers"),
    ("super(I, o)", "no super objects"),
    ("iter(l)", "no iterators"),
    ("iter(t)", "no iterators"),
    ("iter(r)", "no iterators"),
    ("iter(d)", "no iterators"),
    ("reversed(l)", "no iterators"),
    ("d.keys()", "no views"),
    ("d.items()", "no views"),
    ("a * a * a", "arithmetic: a product has room for a digit that it then does not need"),
    ("list(r)", "a call of the type, which passes the free list by; lists are displays here"),
    ("range(a)", "it would share `a`; ranges here have numbers of their own"),
    ("tuple(r)", "from an iterator: tracked although nothing in it is"),
    ("dict 6 str", "the display is filled step by step in 3.14 and 3.15 and presized before"),
    ("complex(a, 1)", "a call of the type, which passes 3.15's free list by"),
];
/// These wrap iterators.
const ITERATORS: [&str; 6] = ["zip", "enumerate", "map", "zip(l, l)", "enumerate(l)", "map(g, l)"];

/// The names that the recorded expressions use.
struct World {
    m: AddressSpace,
    module: Module,
    names: BTreeMap<&'static str, Addr>,
    classes: BTreeMap<&'static str, Addr>,
}

impl World {
    fn new(release: Release) -> World {
        let mut m = start::start(release.profile(), 1 << 28).unwrap();
        let (globals, builtins) = (dict::new(&mut m).unwrap(), dict::new(&mut m).unwrap());
        let module = Module { globals, builtins };
        let mut world = World { m, module, names: BTreeMap::new(), classes: BTreeMap::new() };
        let [pq, v] = [&["p", "q"][..], &["v"]].map(|names| program::names(&mut world.m, names));
        let body: [(&'static str, Option<TypeId>, Option<Addr>, Addr); 8] = [
            ("I", None, None, Addr::NULL),
            ("I1", None, None, v),
            ("P", None, Some(pq), Addr::NULL),
            ("P1", None, Some(v), Addr::NULL),
            ("L", Some(TypeId::List), None, Addr::NULL),
            ("K", Some(TypeId::Dict), None, Addr::NULL),
            ("T", Some(TypeId::Tuple), Some(EMPTY_TUPLE), Addr::NULL),
            ("F", Some(TypeId::Float), Some(EMPTY_TUPLE), Addr::NULL),
        ];
        for (name, base, slots, static_attributes) in body {
            let body: Vec<_> = slots.into_iter().map(|slots| ("__slots__", slots)).collect();
            let class = classes::class(&mut world.m, name, base.map_or(Addr::NULL, TypeId::addr), &body, static_attributes);
            world.classes.insert(name, class);
        }
        let m = &mut world.m;
        let a = int::from_i64(m, 123_456).unwrap();
        let f = float::new(m, 2.5).unwrap();
        let s = str::new(m, "pq").unwrap();
        let [one, two] = [1, 2].map(|n| ints::small(m, n).unwrap());
        let l = list::new(m, &[one, two]).unwrap();
        let d = dict::new(m).unwrap();
        for (name, value) in [("u", one), ("v", two)] {
            set_entry(m, d, name, value);
        }
        let g = program::function(m, module, "g", &[], if release == Release::Cp311 { 1 } else { 2 });
        let print = wrappers::builtin(m, Addr::NULL, Addr::NULL).unwrap();
        let o = instance::new(m, world.classes["I"], 0).unwrap();
        world.names.extend([("a", a), ("f", f), ("s", s), ("l", l), ("d", d), ("g", g), ("o", o), ("print", print)]);
        for _ in 0..40 {
            for name in ["I", "I1"] {
                let obj = world.instance(name);
                world.drop(obj);
            }
        }
        world
    }

    fn drop(&mut self, obj: Addr) {
        refcount::decref(&mut self.m, obj, Addr::NULL).unwrap();
    }

    /// An instance; of I1 and P1 with their attribute, for which the interpreter makes a tuple of arguments.
    fn instance(&mut self, name: &str) -> Addr {
        let a = self.names["a"];
        let arguments = (name == "I1" || name == "P1").then(|| tuple::new(&mut self.m, &[a]).unwrap());
        let made = instance::new(&mut self.m, self.classes[name], 0).unwrap();
        if name == "I1" {
            let key = str::name(&mut self.m, "v").unwrap();
            let hashed = hash(&mut self.m, key).unwrap();
            attributes::set(&mut self.m, made, key, hashed, a).unwrap();
        }
        if name == "P1" {
            let slot = instance::slot(&self.m, made, self.classes[name], 0).unwrap();
            refcount::assign(&mut self.m, slot, a).unwrap();
        }
        if let Some(arguments) = arguments {
            self.drop(arguments);
        }
        made
    }

    /// `made` has taken references of its own.
    fn given(&mut self, parts: &[Addr], made: Addr) -> Addr {
        for &part in parts {
            self.drop(part);
        }
        made
    }

    /// What a call of a type needs besides: the tuple of its arguments, which is dropped afterwards.
    fn called(&mut self, arguments: &[Addr], make: impl FnOnce(&mut World) -> Addr) -> Addr {
        let tuple = tuple::new(&mut self.m, arguments).unwrap();
        let made = make(self);
        self.given(&[tuple], made)
    }

    fn closure(&mut self, contents: Addr) -> Addr {
        let made = self.function();
        let cell = cell::new(&mut self.m, contents).unwrap();
        let closure = tuple::new(&mut self.m, &[cell]).unwrap();
        function::set(&mut self.m, made, FUNC_CLOSURE, closure).unwrap();
        self.given(&[cell, closure], made)
    }

    /// A function with the code and the names of `g`.
    fn function(&mut self) -> Addr {
        let g = self.names["g"];
        let code = terrarium::object::function::FUNC_CODE.read(&self.m, g).unwrap();
        function::new(&mut self.m, code, self.module.globals, self.module.builtins).unwrap()
    }

    fn frozen(&mut self, n: i64) -> Addr {
        let items: Vec<(Addr, i64)> = (0..n).map(|k| (ints::small(&self.m, k).unwrap(), k)).collect();
        set::new_frozen(&mut self.m, &items).unwrap()
    }

    /// The `i`-th object of a kind, with one reference.
    fn kind(&mut self, kind: &str, i: usize) -> Option<Addr> {
        let [a, l, d, g, o] = ["a", "l", "d", "g", "o"].map(|name| self.names[name]);
        let n = i64::try_from(i).unwrap();
        let m = &mut self.m;
        if let Some(len) = kind.strip_prefix("tuple of ") {
            return tuple::new(m, &vec![NONE; len.parse().unwrap()]).ok();
        }
        let five = ints::small(m, 5).unwrap();
        Some(match kind {
            "object()" => alloc::new_object(m, TypeId::Object.addr(), 16).unwrap(),
            "float" => float::new(m, f64::from(u32::try_from(i).unwrap())).unwrap(),
            "float subclass" => instance::new(m, self.classes["F"], 0).unwrap(),
            "complex" => float::new_complex(m, f64::from(u32::try_from(i).unwrap()), 1.5).unwrap(),
            "int of 1 digit" => int::from_i64(m, 100_000 + n).unwrap(),
            "int of 1 digit, negative" => int::from_i64(m, -100_000 - n).unwrap(),
            "int of 2 digits" => int::from_i64(m, (1 << 40) + n).unwrap(),
            "int of 3 digits" => {
                int::new(m, &terrarium::object::int::Value::from_decimal(&format!("11805916207174113{i:05}")).unwrap()).unwrap()
            }
            "str" => str::new(m, &format!("x{i}")).unwrap(),
            "bytes" => bytes::new(m, &[1, 2, u8::try_from(i & 255).unwrap()]).unwrap(),
            "bytearray" => bytearray::new(m, &vec![0; i & 7]).unwrap(),
            "list []" => list::new(m, &[]).unwrap(),
            "list [i]" => list::new(m, &[NONE]).unwrap(),
            "list subclass" => instance::new(m, self.classes["L"], 0).unwrap(),
            "dict {}" => dict::new(m).unwrap(),
            "dict 1 str" => {
                let made = dict::new(m).unwrap();
                set_entry(m, made, "a", NONE);
                made
            }
            "dict 1 int" => {
                let made = dict::new(m).unwrap();
                dict::set_item(m, made, five, 5, NONE).unwrap();
                made
            }
            "set" => set::new(m, TypeId::Set).unwrap(),
            "frozenset" => self.frozen(1),
            "slice" => slice::new(m, NONE, five, NONE).unwrap(),
            "range" => range::new(m, 2, 9, 1).unwrap(),
            "bound method" => method::new(m, g, five).unwrap(),
            "builtin method" => wrappers::builtin(m, l, Addr::NULL).unwrap(),
            "cell" => cell::new(m, NONE).unwrap(),
            "function" => {
                let globals = dict::new(m).unwrap();
                let code = terrarium::object::function::FUNC_CODE.read(m, g).unwrap();
                let made = function::new(m, code, globals, self.module.builtins).unwrap();
                self.given(&[globals], made)
            }
            "closure" => self.closure(a),
            "generator" => generator::new(m, g, &[], &[]).unwrap(),
            "instance" => self.instance("I"),
            "slots instance" => self.instance("P"),
            "exception" => exception::new(m, TypeId::ValueError.addr(), EMPTY_TUPLE).unwrap(),
            "weakref" => {
                let print = self.names["print"];
                weakref::new(m, o, print).unwrap().unwrap()
            }
            "property" => wrappers::property(m, [Addr::NULL; 4]).unwrap(),
            "classmethod" => wrappers::method_wrapper(m, TypeId::ClassMethod, g).unwrap(),
            "staticmethod" => wrappers::method_wrapper(m, TypeId::StaticMethod, g).unwrap(),
            "module" => {
                let name = str::name(m, "m").unwrap();
                let made = module::new(m, name).unwrap();
                self.given(&[name], made)
            }
            "mappingproxy" => wrappers::mappingproxy(m, d).unwrap(),
            "tuple subclass" => {
                let made = instance::new(m, self.classes["T"], 2).unwrap();
                for (index, item) in [(0, five), (1, NONE)] {
                    let slot = tuples::slot(m, made, index);
                    refcount::assign(m, slot, item).unwrap();
                }
                made
            }
            _ => return None,
        })
    }

    /// What an expression makes, with one reference, and what the interpreter makes on the way.
    fn expression(&mut self, source: &str) -> Option<Addr> {
        let [a, f, s, l, d, g, o] = ["a", "f", "s", "l", "d", "g", "o"].map(|name| self.names[name]);
        let m = &mut self.m;
        let [one, two, five] = [1, 2, 5].map(|n| ints::small(m, n).unwrap());
        Some(match source {
            "[]" => list::new(m, &[]).unwrap(),
            "[a]" => list::new(m, &[a]).unwrap(),
            "[a, a]" => list::new(m, &[a, a]).unwrap(),
            "[a, a, a]" => list::new(m, &[a, a, a]).unwrap(),
            "[1, 2, 3]" => {
                let made = list::new(m, &[]).unwrap();
                list::extend(m, made, &[one, two, five]).unwrap();
                made
            }
            "[i for i in r]" => {
                let made = list::new(m, &[]).unwrap();
                for item in [one, two, five, one, two] {
                    list::append(m, made, item).unwrap();
                }
                made
            }
            "{}" => dict::new(m).unwrap(),
            "{'k': a}" => dict_of(m, &["k"]),
            "{a: 1}" => {
                let made = dict::new(m).unwrap();
                dict::set_item(m, made, a, 123_456, one).unwrap();
                made
            }
            "{'a': 1, 'b': 2, 'c': 3, 'd': 4, 'e': 5, 'f': 6}" => {
                let made = dict::new_presized(m, 6, true).unwrap();
                for name in ["a", "b", "c", "d", "e", "f"] {
                    set_entry(m, made, name, one);
                }
                made
            }
            "dict(a=1)" => {
                let made = dict::call(m).unwrap();
                set_entry(m, made, "a", one);
                made
            }
            "d.copy()" => dict::copy(m, d).unwrap(),
            "set()" => set::new(m, TypeId::Set).unwrap(),
            "{a}" | "{a, f, s, 1, 2}" => {
                let made = set::new(m, TypeId::Set).unwrap();
                for item in if source == "{a}" { vec![a] } else { vec![a, f, s, one, two] } {
                    let hashed = hash(m, item).unwrap();
                    set::add(m, made, item, hashed).unwrap();
                }
                made
            }
            "frozenset()" => self.frozen(0),
            "frozenset(r)" => self.frozen(5),
            "(a,)" => tuple::new(m, &[a]).unwrap(),
            "(a, f)" => tuple::new(m, &[a, f]).unwrap(),
            "(a, l)" => tuple::new(m, &[a, l]).unwrap(),
            "slice(a)" | "slice(l)" => {
                let stop = if source == "slice(a)" { a } else { l };
                let make = |world: &mut World| slice::new(&mut world.m, NONE, stop, NONE).unwrap();
                self.called(&[stop], make)
            }
            "range(9)" => range::new(m, 0, 9, 1).unwrap(),
            "l.append" => wrappers::builtin(m, l, Addr::NULL).unwrap(),
            "p.m" => method::new(m, g, o).unwrap(),
            "lambda: 0" => self.function(),
            "lambda v=a: v" => {
                let made = self.function();
                let defaults = tuple::new(&mut self.m, &[a]).unwrap();
                function::set(&mut self.m, made, FUNC_DEFAULTS, defaults).unwrap();
                self.given(&[defaults], made)
            }
            "clos(l)" => self.closure(l),
            "g()" => generator::new(m, g, &[], &[]).unwrap(),
            "I()" | "P()" | "L()" | "K()" => self.instance(&source[..1]),
            "I1(a)" | "P1(a)" => self.instance(&source[..2]),
            "L([a])" => {
                let argument = list::new(m, &[a]).unwrap();
                let made = self.called(&[argument], |world| {
                    let made = world.instance("L");
                    list::extend(&mut world.m, made, &[a]).unwrap();
                    made
                });
                self.given(&[argument], made)
            }
            "object()" | "property()" => return self.kind(source.trim_end_matches("()"), 0).or_else(|| self.kind(source, 0)),
            _ => return self.scalar(source).or_else(|| self.wrapper(source)),
        })
    }

    /// [`World::expression`] for calls of types whose objects hold another one.
    fn wrapper(&mut self, source: &str) -> Option<Addr> {
        let [a, s, d, g, o, print] = ["a", "s", "d", "g", "o", "print"].map(|name| self.names[name]);
        let m = &mut self.m;
        let two = ints::small(m, 2).unwrap();
        Some(match source {
            "ValueError()" => exception::new(m, TypeId::ValueError.addr(), EMPTY_TUPLE).unwrap(),
            "ValueError(a)" | "KeyError(\"k\", 2)" => {
                let (id, items) =
                    if source == "ValueError(a)" { (TypeId::ValueError, vec![a]) } else { (TypeId::KeyError, vec![s, two]) };
                let args = tuple::new(m, &items).unwrap();
                let made = exception::new(m, id.addr(), args).unwrap();
                self.given(&[args], made)
            }
            "ref(o)" => self.called(&[o], |world| weakref::new(&mut world.m, o, Addr::NULL).unwrap().unwrap()),
            "ref(o, print)" => self.called(&[o, print], |world| weakref::new(&mut world.m, o, print).unwrap().unwrap()),
            "classmethod(g)" | "staticmethod(g)" => {
                let kind = if source.starts_with('c') { TypeId::ClassMethod } else { TypeId::StaticMethod };
                self.called(&[g], |world| wrappers::method_wrapper(&mut world.m, kind, g).unwrap())
            }
            "Module('m')" => {
                let name = str::name(m, "m").unwrap();
                let made = self.called(&[name], |world| module::new(&mut world.m, name).unwrap());
                self.given(&[name], made)
            }
            "Cell(a)" => self.called(&[a], |world| cell::new(&mut world.m, a).unwrap()),
            "Proxy(d)" => self.called(&[d], |world| wrappers::mappingproxy(&mut world.m, d).unwrap()),
            _ => return None,
        })
    }

    /// [`World::expression`] for what contains nothing.
    fn scalar(&mut self, source: &str) -> Option<Addr> {
        let a = self.names["a"];
        let m = &mut self.m;
        let borrowed = |m: &mut AddressSpace, obj: Addr| refcount::incref(m, obj, Addr::NULL).map(|()| obj);
        Some(match source {
            "None" => borrowed(m, NONE).unwrap(),
            "5" => borrowed(m, ints::small(m, 5).unwrap()).unwrap(),
            "()" => borrowed(m, EMPTY_TUPLE).unwrap(),
            "a + 1" => int::from_i64(m, 123_457).unwrap(),
            "a * a" => int::from_i64(m, 123_456 * 123_456).unwrap(),
            "f + 1.5" => float::new(m, 4.0).unwrap(),
            "f * 1j" => float::new_complex(m, 0.0, 2.5).unwrap(),
            "s + 'y'" => str::new(m, "pqy").unwrap(),
            "s * 30" => str::new(m, &"pq".repeat(30)).unwrap(),
            "'%d' % a" => str::new(m, "123456").unwrap(),
            "str(a)" if m.profile.release >= Release::Cp313 => str::new(m, "123456").unwrap(),
            "str(a)" => self.called(&[a], |world| str::new(&mut world.m, "123456").unwrap()),
            "y + b'z'" => bytes::new(m, b"\x01\x02\x03z").unwrap(),
            "bytearray(b\"ab\")" => self.called(&[NONE], |world| bytearray::new(&mut world.m, b"ab").unwrap()),
            _ => return None,
        })
    }

    /// The start of an object's own block.
    fn block(&self, obj: Addr) -> Addr {
        blocks::of(&self.m, obj).unwrap()[0].start
    }

    /// As the recorder tells what a freed block was: by a type where one would be.
    fn freed(&self, block: Addr) -> String {
        let known: BTreeSet<Addr> = self.classes.values().copied().chain(TypeId::ALL.iter().map(|row| row.id.addr())).collect();
        for pre in [0, 16, 32] {
            let Ok(tp) = OB_TYPE.read(&self.m, block.offset(pre)) else { continue };
            if known.contains(&tp) && preheader_bytes(type_flags(&self.m, tp).unwrap()) == pre {
                let name = type_name(&self.m, tp).unwrap();
                return format!("free {}", name.rsplit('.').next().unwrap());
            }
        }
        "free block".to_owned()
    }
}

fn set_entry(m: &mut AddressSpace, d: Addr, name: &str, value: Addr) {
    let key = str::name(m, name).unwrap();
    let hashed = hash(m, key).unwrap();
    dict::set_item(m, d, key, hashed, value).unwrap();
    refcount::decref(m, key, Addr::NULL).unwrap();
}

fn dict_of(m: &mut AddressSpace, names: &[&str]) -> Addr {
    let made = dict::new(m).unwrap();
    for name in names {
        set_entry(m, made, name, NONE);
    }
    made
}

fn is_not_made(case: &str) -> bool {
    ITERATORS.contains(&case) || NOT_MADE.iter().any(|(name, _)| *name == case)
}

/// What the recorder did for one kind, as it reports it.
fn limit(world: &mut World, kind: &str) -> Option<Json> {
    let mut held = Vec::new();
    for i in 0..MANY {
        held.push(world.kind(kind, i)?);
    }
    let starts: Vec<Addr> = held.iter().map(|&obj| world.block(obj)).collect();
    machine::collect(&mut world.m, 2).unwrap();
    world.m.log.start();
    for &obj in held.iter().rev() {
        world.drop(obj);
    }
    let again: Vec<Addr> = (0..AGAIN).map(|i| world.kind(kind, i).unwrap()).collect();
    let freed: Vec<Addr> =
        world.m.log.stop().iter().filter_map(|e| if let Event::Freed(block) = e { Some(*block) } else { None }).collect();
    let gone: BTreeSet<Addr> = freed.iter().copied().collect();
    let kept: Vec<usize> = (0..MANY).filter(|&i| !gone.contains(&starts[i])).collect();
    let own: BTreeSet<Addr> = starts.iter().copied().collect();
    let parts =
        freed.iter().filter(|&&block| !own.contains(&block) && (kind == "bytearray" || world.freed(block) != "free str")).count();
    let places: BTreeMap<Addr, usize> = starts.iter().copied().zip(0..).collect();
    let back: Vec<Option<usize>> = again.iter().map(|&obj| places.get(&world.block(obj)).copied()).collect();
    let reused = back.iter().flatten().filter(|i| kept.contains(i)).count();
    let in_order = back[..reused].iter().map(|i| i.unwrap()).eq(kept[..reused].iter().copied());
    for obj in again {
        world.drop(obj);
    }
    let reuse = if kept.is_empty() { "none" } else { "last in, first out" };
    assert!(kept.is_empty() || in_order, "{kind}: {back:?}");
    let which: Vec<usize> = kept.first().into_iter().chain(kept.last()).copied().collect();
    Some(json!({ "kept": kept.len(), "which": which, "reused_of_40": reused, "reuse": reuse, "parts_freed": parts }))
}

#[test]
fn as_many_are_kept_and_taken_again_as_recorded() {
    let (mut compared, mut left_out, mut wrong) = (0, BTreeSet::new(), Vec::new());
    for release in Release::ALL {
        let mut world = World::new(release);
        for line in RECORDING.lines() {
            let recorded: Json = serde_json::from_str(line).unwrap();
            let case = recorded["case"].as_str().unwrap();
            let is_of = recorded["releases"].as_array().unwrap().iter().any(|r| r == release.profile().version);
            if recorded["what"] != "limit" || !is_of {
                continue;
            }
            if is_not_made(case) {
                left_out.insert(case.to_owned());
                continue;
            }
            let made = limit(&mut world, case).unwrap_or_else(|| panic!("{case} is neither made nor listed"));
            for field in ["kept", "which", "reused_of_40", "reuse"] {
                // A call of the type does not take from 3.15's list, which arithmetic does.
                if case == "complex" && field == "reused_of_40" && release == Release::Cp315 {
                    continue;
                }
                if made[field] != recorded[field] {
                    wrong.push(format!("{release:?} {case} {field}: CPython {}, model {}", recorded[field], made[field]));
                }
                compared += 1;
            }
            // The recorder's own loops free one to three blocks, or one for each object made again; 3.11 throws into each
            // generator to end it, which makes and frees an exception and a traceback.
            let (theirs, mine) = (recorded["parts_freed"].as_u64().unwrap(), made["parts_freed"].as_u64().unwrap());
            let is_ended = case == "generator" && release == Release::Cp311;
            let own = theirs.wrapping_sub(if is_ended { mine + 2 * MANY as u64 } else { mine });
            if !matches!(own, 1..=4 | 40..=43 | 81..=83) {
                wrong.push(format!("{release:?} {case} parts: CPython {theirs}, model {mine}"));
            }
            compared += 1;
        }
    }
    assert!(wrong.is_empty(), "{} of {compared}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared > 1300, "{compared}");
    assert!(left_out.len() > 10, "{left_out:?}");
}

/// A size as the allocator sees it: `o56` and `m56` alike, in classes of 16 bytes.
fn size_class(block: &str) -> u64 {
    block[1..].parse::<u64>().unwrap().div_ceil(16) * 16
}

/// Blocks allocated and still there in classes, blocks freed by what they were, and by how much the youngest generation's
/// count changed, while `body` ran.
fn effect(world: &mut World, body: impl FnOnce(&mut World)) -> (Vec<u64>, Vec<String>, i64) {
    let before = state::count(&world.m, 0).unwrap();
    world.m.log.start();
    body(world);
    let events = world.m.log.stop();
    let after = state::count(&world.m, 0).unwrap();
    let (mut live, mut freed) = (BTreeMap::new(), Vec::new());
    for event in events {
        match event {
            Event::Allocated(block, bytes) => drop(live.insert(block, bytes.div_ceil(16) * 16)),
            Event::Freed(block) if live.remove(&block).is_none() => freed.push(world.freed(block)),
            _ => {}
        }
    }
    let mut sizes: Vec<u64> = live.into_values().collect();
    sizes.sort_unstable();
    (sizes, freed, i64::from(after) - i64::from(before))
}

/// What is recorded of one step, in the same form.
fn recorded_effect(step: &Json) -> (Vec<u64>, Vec<String>, i64) {
    let blocks: Vec<&str> = step["blocks"].as_array().unwrap().iter().map(|b| b.as_str().unwrap()).collect();
    let (freed, made): (Vec<&str>, Vec<&str>) = blocks.into_iter().partition(|block| block.starts_with("free "));
    let mut sizes: Vec<u64> = made.into_iter().map(size_class).collect();
    sizes.sort_unstable();
    // The object domain's blocks that are no objects, and those of the memory domain.
    let freed = freed.into_iter().map(|block| if block == "free o" { "free block" } else { block }.to_owned()).collect();
    (sizes, freed, step["count0"].as_i64().unwrap())
}

#[test]
fn making_and_dropping_has_the_recorded_effect() {
    let (mut compared, mut left_out, mut wrong) = (0, BTreeSet::new(), Vec::new());
    for line in RECORDING.lines() {
        let recorded: Json = serde_json::from_str(line).unwrap();
        let case = recorded["case"].as_str().unwrap();
        if recorded["what"] != "effect" {
            continue;
        }
        if is_not_made(case) {
            left_out.insert(case.to_owned());
            continue;
        }
        for release in Release::ALL {
            if !recorded["releases"].as_array().unwrap().iter().any(|r| r == release.profile().version) {
                continue;
            }
            let mut world = World::new(release);
            let waiting = slice::new(&mut world.m, NONE, NONE, NONE).unwrap();
            world.drop(waiting);
            machine::collect(&mut world.m, 2).unwrap();
            for _ in 0..300 {
                // So that the count can fall.
                set::new(&mut world.m, TypeId::Set).unwrap();
            }
            // What the recorder itself had dropped last: a slice long ago, a range just now.
            if case.starts_with("range(") && release >= Release::Cp314 {
                let waiting = range::new(&mut world.m, 0, 1, 1).unwrap();
                world.drop(waiting);
            }
            let mut note = |step: &str, got: (Vec<u64>, Vec<String>, i64)| {
                let theirs = recorded_effect(&recorded[step]);
                if got != theirs {
                    wrong.push(format!("{release:?} {case}, {step}: CPython {theirs:?}, model {got:?}"));
                }
            };
            // Two steps twice; type, size and whether it is tracked.
            compared += 7;
            for label in ["fresh", "again"] {
                let mut made = Addr::NULL;
                let effect_of_making = effect(&mut world, |world| {
                    made = world.expression(case).unwrap_or_else(|| panic!("{case} is neither made nor listed"));
                });
                note(&format!("{label} make"), effect_of_making);
                let effect_of_dropping = effect(&mut world, |world| world.drop(made));
                note(&format!("{label} drop"), effect_of_dropping);
                if label == "fresh" {
                    let obj = world.expression(case).unwrap();
                    let m = &world.m;
                    let tracked = is_gc(m, obj).unwrap() && gc_head::is_tracked(m, obj).unwrap();
                    assert_eq!(recorded["tracked"], tracked, "{release:?} {case}: tracked");
                    assert_eq!(recorded["getsizeof"], sizeof(m, obj).unwrap(), "{release:?} {case}: size");
                    let name = type_name(m, type_of(m, obj).unwrap()).unwrap();
                    assert_eq!(recorded["type"], name.rsplit('.').next().unwrap(), "{release:?} {case}: type");
                    world.drop(obj);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {compared}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared > 1500, "{compared}");
    assert!(left_out.len() > 10, "{left_out:?}");
}
