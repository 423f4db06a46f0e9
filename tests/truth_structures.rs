//! Every word of fresh functions, generators, instances, exceptions, weak references, modules and wrappers against
//! `tests/truth/object-words.jsonl`; pointers by what they point to, bytes that CPython never wrote left out.
#![allow(clippy::unwrap_used, clippy::many_single_char_names, reason = "helpers of tests; names of the recording")]

#[path = "common/classes.rs"]
mod classes;
#[path = "common/program.rs"]
mod program;

use std::collections::BTreeMap;
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use program::Module;
use serde_json::Value as Json;
use terrarium::abi::{Release, TypeId};
use terrarium::ids::Addr;
use terrarium::mem::AddressSpace;
use terrarium::object::function::{FUNC_CLOSURE, FUNC_CODE, FUNC_DEFAULTS};
use terrarium::object::head::{is_gc, preheader_bytes, type_flags, type_of};
use terrarium::object::repr::repr;
use terrarium::object::singleton::{EMPTY_TUPLE, NONE};
use terrarium::object::{blocks, gc_head, int as int_view, sizeof};
use terrarium::runtime::{
    attributes, cell, class, dict, exception, function, generator, hash, instance, int, list, method, module, refcount, start,
    str, tuple, weakref, wrappers,
};

/// The recorder's namespace, as far as these cases use it.
struct World {
    m: AddressSpace,
    module: Module,
    names: BTreeMap<&'static str, Addr>,
    classes: BTreeMap<&'static str, Addr>,
}

impl World {
    fn new(release: Release) -> World {
        let mut m = start::start(release.profile(), 1 << 28).unwrap();
        let (globals, builtins, glob) = (dict::new(&mut m).unwrap(), dict::new(&mut m).unwrap(), dict::new(&mut m).unwrap());
        let module = Module { globals, builtins };
        let mut world = World { m, module, names: BTreeMap::new(), classes: BTreeMap::new() };
        let name = str::name(&mut world.m, "__main__").unwrap();
        let key = str::name(&mut world.m, "__name__").unwrap();
        let hashed = hash(&mut world.m, key).unwrap();
        dict::set_item(&mut world.m, globals, key, hashed, name).unwrap();
        let a = int::from_i64(&mut world.m, 123_456).unwrap();
        let one = int_view::small(&world.m, 1).unwrap();
        let l = list::new(&mut world.m, &[one]).unwrap();
        // What the compilers say that `yield` needs.
        let stacksize = if release == Release::Cp311 { 1 } else { 2 };
        let g = program::function(&mut world.m, module, "g", &[], stacksize);
        let d = dict::new(&mut world.m).unwrap();
        for (name, obj) in [
            ("a", a),
            ("l", l),
            ("g", g),
            ("d", d),
            ("glob", glob),
            ("namespace", globals),
            ("builtins", builtins),
            ("__name__", name),
        ] {
            world.names.insert(name, obj);
        }
        let init = world.function("I2.__init__", &["self"]);
        let (pq, pw) = (program::names(&mut world.m, &["p", "q"]), program::names(&mut world.m, &["p", "__weakref__"]));
        let xy = program::names(&mut world.m, &["x", "y"]);
        world.class("I", Addr::NULL, &[], Addr::NULL);
        world.class("I2", Addr::NULL, &[("__init__", init)], xy);
        world.class("P", Addr::NULL, &[("__slots__", pq)], Addr::NULL);
        world.class("W", Addr::NULL, &[("__slots__", pw)], Addr::NULL);
        world.class("L", TypeId::List.addr(), &[], Addr::NULL);
        world.class("E", TypeId::Exception.addr(), &[], Addr::NULL);
        let (i, w) = (world.classes["I"], world.classes["W"]);
        let o = instance::new(&mut world.m, i, 0).unwrap();
        let w = instance::new(&mut world.m, w, 0).unwrap();
        world.names.extend([("o", o), ("w", w)]);
        world
    }

    fn function(&mut self, qualname: &str, locals: &[&str]) -> Addr {
        program::function(&mut self.m, self.module, qualname, locals, 2)
    }

    fn class(&mut self, name: &'static str, base: Addr, body: &[(&str, Addr)], static_attributes: Addr) {
        let made = classes::class(&mut self.m, name, base, body, static_attributes);
        self.classes.insert(name, made);
    }

    fn raised(&mut self, id: TypeId, args: &[Addr]) -> Addr {
        let args = if args.is_empty() { EMPTY_TUPLE } else { tuple::new(&mut self.m, args).unwrap() };
        exception::new(&mut self.m, id.addr(), args).unwrap()
    }

    fn made(&mut self, case: &str) -> Option<Addr> {
        let [a, l, g, o, w, d] = ["a", "l", "g", "o", "w", "d"].map(|name| self.names[name]);
        let two = int_view::small(&self.m, 2).unwrap();
        let (k, no) = (str::name(&mut self.m, "k").unwrap(), str::name(&mut self.m, "no").unwrap());
        Some(match case {
            "lambda: 0" => self.function("<lambda>", &[]),
            "lambda v=a: v" => {
                let made = self.function("<lambda>", &["v"]);
                let defaults = tuple::new(&mut self.m, &[a]).unwrap();
                function::set(&mut self.m, made, FUNC_DEFAULTS, defaults).unwrap();
                made
            }
            "clos(l)" => {
                let made = self.function("clos.<locals>.inner", &["v"]);
                let cell = cell::new(&mut self.m, l).unwrap();
                let closure = tuple::new(&mut self.m, &[cell]).unwrap();
                function::set(&mut self.m, made, FUNC_CLOSURE, closure).unwrap();
                made
            }
            "Function(code, glob)" => {
                let (code, glob) = (FUNC_CODE.read(&self.m, g).unwrap(), self.names["glob"]);
                function::new(&mut self.m, code, glob, self.module.builtins).unwrap()
            }
            "g()" => generator::new(&mut self.m, g, &[], &[]).unwrap(),
            "I2.__init__.__get__(o)" => method::new(&mut self.m, g, o).unwrap(),
            "l.append" => wrappers::builtin(&mut self.m, l, Addr::NULL).unwrap(),
            "I()" => instance::new(&mut self.m, self.classes["I"], 0).unwrap(),
            "I2()" => {
                let made = instance::new(&mut self.m, self.classes["I2"], 0).unwrap();
                let five = int_view::small(&self.m, 5).unwrap();
                for (name, value) in [("x", NONE), ("y", five)] {
                    let key = str::name(&mut self.m, name).unwrap();
                    let hashed = hash(&mut self.m, key).unwrap();
                    attributes::set(&mut self.m, made, key, hashed, value).unwrap();
                }
                made
            }
            "P()" => instance::new(&mut self.m, self.classes["P"], 0).unwrap(),
            "W()" => instance::new(&mut self.m, self.classes["W"], 0).unwrap(),
            "L()" => instance::new(&mut self.m, self.classes["L"], 0).unwrap(),
            "ValueError()" => self.raised(TypeId::ValueError, &[]),
            "ValueError(a)" => self.raised(TypeId::ValueError, &[a]),
            "KeyError(\"k\", 2)" => self.raised(TypeId::KeyError, &[k, two]),
            // OSError itself becomes FileNotFoundError for this number, which the model has not; the layout is the same.
            "OSError(2, \"no\")" => self.raised(TypeId::OSError, &[two, no]),
            "StopIteration(a)" => self.raised(TypeId::StopIteration, &[a]),
            "E(a)" => {
                let args = tuple::new(&mut self.m, &[a]).unwrap();
                exception::new(&mut self.m, self.classes["E"], args).unwrap()
            }
            "ref(o)" => weakref::new(&mut self.m, o, Addr::NULL).unwrap().unwrap(),
            "ref(w)" => weakref::new(&mut self.m, w, Addr::NULL).unwrap().unwrap(),
            "ref(o, print)" => {
                let print = wrappers::builtin(&mut self.m, Addr::NULL, Addr::NULL).unwrap();
                weakref::new(&mut self.m, o, print).unwrap().unwrap()
            }
            "property()" => wrappers::property(&mut self.m, [Addr::NULL; 4]).unwrap(),
            "property(g)" => wrappers::property(&mut self.m, [g, Addr::NULL, Addr::NULL, Addr::NULL]).unwrap(),
            "classmethod(g)" => wrappers::method_wrapper(&mut self.m, TypeId::ClassMethod, g).unwrap(),
            "staticmethod(g)" => wrappers::method_wrapper(&mut self.m, TypeId::StaticMethod, g).unwrap(),
            "Proxy(d)" => wrappers::mappingproxy(&mut self.m, d).unwrap(),
            "Module('m')" => {
                let name = str::name(&mut self.m, "m").unwrap();
                module::new(&mut self.m, name).unwrap()
            }
            "I.__dict__[\"__dict__\"]" => class::own_attribute(&mut self.m, self.classes["I"], "__dict__").unwrap().unwrap(),
            "P.p" => class::own_attribute(&mut self.m, self.classes["P"], "p").unwrap().unwrap(),
            _ => return None,
        })
    }

    fn is_named(&self, name: &str, word: u64) -> bool {
        let m = &self.m;
        let at = Addr(word);
        match name.split_once(':') {
            Some(("type", "FileNotFoundError")) => at == TypeId::OSError.addr(),
            Some(("type", name)) => at == self.classes.get(name).copied().unwrap_or_else(|| static_type(name)),
            Some(("int", n)) => Some(at) == int_view::small(m, n.parse().unwrap()),
            Some(("str", quoted)) => repr(m, at, 100).unwrap() == quoted,
            Some(("tuple", _)) => at == EMPTY_TUPLE,
            Some(_) => false,
            None => match self.names.get(name) {
                Some(&obj) => at == obj,
                None if name == "None" => at == NONE,
                None if name == "static" || name == "other" || name.starts_with("block") => !at.is_null(),
                None => type_of(m, at) == Ok(static_type(name)),
            },
        }
    }

    fn same(&self, recorded: &str, word: u64) -> bool {
        match recorded.strip_prefix('@') {
            Some(name) => self.is_named(name, word),
            None if recorded == "gc" => word != 0,
            None => {
                let (digits, value) = (format!("{recorded:0>16}"), format!("{word:016x}"));
                let pairs = digits.as_bytes().chunks(2).zip(value.as_bytes().chunks(2));
                pairs.into_iter().all(|(a, b)| a == b".." || a == b)
            }
        }
    }
}

/// A static type by the last part of its name.
fn static_type(name: &str) -> Addr {
    TypeId::ALL.iter().find(|row| row.name.rsplit('.').next() == Some(name)).unwrap().id.addr()
}

fn words(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for word in text.split(' ') {
        match word.split_once('*') {
            Some(("0", n)) => found.extend(vec!["0"; n.parse().unwrap()]),
            _ => found.push(word),
        }
    }
    found
}

/// Whether a word is not compared. `func_version` is a counter of all functions; the frame behind a generator's namespaces holds
/// addresses of instructions.
fn is_excused(line: &Json, word: usize, count: usize) -> bool {
    match line["type"].as_str().unwrap() {
        "function" => word == count - 1,
        "generator" => word >= 15,
        _ => false,
    }
}

#[test]
fn every_word_of_fresh_structures_is_as_recorded() {
    let (mut objects, mut compared) = (0, 0);
    for line in include_str!("truth/object-words.jsonl").lines() {
        let line: Json = serde_json::from_str(line).unwrap();
        let case = line["case"].as_str().unwrap();
        for release in Release::ALL {
            if !line["releases"].as_array().unwrap().iter().any(|r| r == release.profile().version) {
                continue;
            }
            let mut world = World::new(release);
            let Some(obj) = world.made(case) else { continue };
            let m = &world.m;
            let context = format!("{release:?} {case}");
            let flags = type_flags(m, type_of(m, obj).unwrap()).unwrap();
            let pre = preheader_bytes(flags);
            assert_eq!(line["pre"], pre, "{context}: pre-header");
            assert_eq!(line["getsizeof"], sizeof(m, obj).unwrap(), "{context}: size");
            assert_eq!(line["tracked"], is_gc(m, obj).unwrap() && gc_head::is_tracked(m, obj).unwrap(), "{context}: tracked");
            let (start, text) = if let Some(text) = line["shared"].as_str() {
                (obj, text)
            } else {
                let block = line["blocks"].as_array().unwrap().iter().find(|block| block[2] == "x").unwrap();
                let own = blocks::of(m, obj).unwrap()[0];
                assert_eq!(own.start, obj.back(pre), "{context}: start");
                // An instance's block has room for one value more than its values say.
                let asked = block[1].as_u64().unwrap();
                assert!(asked == own.asked_bytes || asked == own.asked_bytes + 8, "{context}: {asked} {own:?}");
                (own.start, block[3].as_str().unwrap())
            };
            let recorded = words(text);
            for (index, &expected) in recorded.iter().enumerate() {
                let at = start.offset(8 * index as u64);
                if is_excused(&line, index, recorded.len()) || (line["shared"].is_string() && index == 0) {
                    continue;
                }
                let word: u64 = m.read(at).unwrap();
                assert!(world.same(expected, word), "{context}: word {index} is {word:x}, not {expected}");
                compared += 1;
            }
            objects += 1;
            refcount::incref(&mut world.m, obj, Addr::NULL).unwrap();
        }
    }
    println!("{objects} objects, {compared} words");
    assert!(objects > 140 && compared > 1500, "{objects} objects, {compared} words");
}
