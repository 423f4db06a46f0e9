//! Every variable of `tests/truth/types-VERSION.json` made in the model and compared with what the real interpreter had:
//! size, flags, tracked state, count, pre-header and the object's own bytes (the first 96 of them). Pointers are compared by
//! what they point to: a variable, None, a small int, a type, a place inside the object, or just something that is not NULL.
#![allow(clippy::unwrap_used, clippy::many_single_char_names, reason = "helpers of tests; the recording's names")]

#[path = "common/classes.rs"]
mod classes;
#[path = "common/program.rs"]
mod program;

use std::collections::BTreeMap;
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use program::Module;
use serde_json::Value;
use terrarium::abi::{Release, TypeId};
use terrarium::ids::Addr;
use terrarium::mem::AddressSpace;
use terrarium::object::head::{self, OB_REFCNT, OB_TYPE, tp};
use terrarium::object::int::Value as Int;
use terrarium::object::repr::repr;
use terrarium::object::singleton::{EMPTY_STR, EMPTY_TUPLE, NONE, TRUE};
use terrarium::object::{blocks, gc_head, sizeof};
use terrarium::runtime::generator::StackEntry;
use terrarium::runtime::{
    attributes, bytearray, bytes, cell, class, dict, exception, float, function, gc, generator, hash, instance, int, list,
    method, module, range, refcount, set, slice, str, tuple, weakref,
};

fn recording(release: Release) -> Value {
    let text = match release {
        Release::Cp311 => include_str!("truth/types-3.11.7.json"),
        Release::Cp312 => include_str!("truth/types-3.12.1.json"),
        Release::Cp313 => include_str!("truth/types-3.13.18.json"),
        Release::Cp314 => include_str!("truth/types-3.14.10.json"),
        Release::Cp315 => include_str!("truth/types-3.15.2.json"),
    };
    serde_json::from_str(text).unwrap()
}

/// Bytes that are not compared: type (`*` for all), offset, mask of what is, why.
const NOT_COMPARED: [(&str, u64, u64, &str); 9] = [
    ("str", 32, 0xff, "state: only the low byte is ever written; the rest is what lay there"),
    ("dict", 24, 0, "ma_version_tag (to 3.13): a count of all changes of all dicts since start-up"),
    ("generator", 48, 0, "gi_exc_state.previous_item: written when the generator first runs (3.12 on)"),
    ("generator", 56, 0, "gi_exc_state.previous_item (3.11), gi_origin_or_finalizer: written for coroutines only"),
    (
        "generator",
        64,
        0xff00_0000,
        "gi_hooks_inited, gi_closed, gi_running_async: written for async generators only; 3.11: origin",
    ),
    ("generator", 72, 0xff00_0000, "the same in 3.11; a pointer that is compared in the other releases"),
    ("generator", 80, 0, "3.12 on: frame.previous is written when it runs"),
    ("module", 24, 0, "md_def: the C definition of a module written in C"),
    ("function", 1000, 0, "func_version: a counter, behind the 96 bytes"),
];

fn mask(type_name: &str, release: Release, offset: u64) -> u64 {
    let early = release == Release::Cp311;
    match (type_name, offset) {
        ("generator", 48 | 80) if early => u64::MAX,
        ("generator", 64) if early => 0,
        ("generator", 72) if !early => u64::MAX,
        ("module", 24) if release == Release::Cp315 => u64::MAX,
        ("dict", 24) if release >= Release::Cp314 => u64::MAX,
        _ => NOT_COMPARED.iter().find(|row| row.0 == type_name && row.1 == offset).map_or(u64::MAX, |row| row.2),
    }
}

/// The program's namespace, and what the recorder's code objects hold.
struct Program {
    m: AddressSpace,
    module: Module,
    names: BTreeMap<String, Addr>,
    /// Constants tuples of the statements' code objects.
    constants: Vec<Addr>,
}

impl Program {
    /// `name = obj`, which takes the reference.
    fn bind(&mut self, name: &str, obj: Addr) {
        let m = &mut self.m;
        let key = str::name(m, name).unwrap();
        let hashed = hash(m, key).unwrap();
        dict::set_item(m, self.module.globals, key, hashed, obj).unwrap();
        refcount::decref(m, key, Addr::NULL).unwrap();
        refcount::decref(m, obj, Addr::NULL).unwrap();
        self.names.insert(name.to_owned(), obj);
    }

    /// `name = constant`: the statement's code object holds it too, and its hash is known.
    fn constant(&mut self, name: &str, obj: Addr) {
        hash(&mut self.m, obj).unwrap();
        let held = tuple::new(&mut self.m, &[obj]).unwrap();
        self.constants.push(held);
        self.bind(name, obj);
    }

    fn int(&mut self, value: i64) -> Addr {
        int::from_i64(&mut self.m, value).unwrap()
    }

    fn set_attribute(&mut self, obj: Addr, name: &str, value: Addr) {
        let m = &mut self.m;
        let key = str::name(m, name).unwrap();
        let hashed = hash(m, key).unwrap();
        assert!(attributes::set(m, obj, key, hashed, value).unwrap());
        refcount::decref(m, key, Addr::NULL).unwrap();
    }

    fn scalars(&mut self) {
        let zero = self.int(0);
        self.constant("i0", zero);
        let i1 = self.int(12345);
        self.constant("i1", i1);
        let i2 = self.int(-7);
        self.constant("i2", i2);
        for (name, digits) in [("i3", "1073741824"), ("i4", "18446744073709551616")] {
            let value = int::new(&mut self.m, &Int::from_decimal(digits).unwrap()).unwrap();
            self.constant(name, value);
        }
        let f = float::new(&mut self.m, 2.5).unwrap();
        self.constant("f", f);
        for (name, obj) in [("b", TRUE), ("n", NONE), ("s0", EMPTY_STR)] {
            refcount::incref(&mut self.m, obj, Addr::NULL).unwrap();
            self.constant(name, obj);
        }
        for (name, text) in [("s1", "hello world"), ("s2", "h\u{e9}llo w"), ("s3", "\u{20ac} uro"), ("s4", "\u{1f600} grin")] {
            let made = str::constant(&mut self.m, text).unwrap();
            self.constant(name, made);
        }
        let y = bytes::new(&mut self.m, b"bytes!").unwrap();
        self.constant("y", y);
        let ba = bytearray::new(&mut self.m, b"ba").unwrap();
        self.bind("ba", ba);
    }

    fn containers(&mut self) {
        refcount::incref(&mut self.m, EMPTY_TUPLE, Addr::NULL).unwrap();
        self.constant("t0", EMPTY_TUPLE);
        let [one, two, three, four] = [1, 2, 3, 4].map(|n| self.int(n));
        let m = &mut self.m;
        let (x, two_float) = (str::name(m, "x").unwrap(), float::new(m, 2.0).unwrap());
        let t = tuple::new(m, &[one, x, two_float]).unwrap();
        refcount::decref(m, two_float, Addr::NULL).unwrap();
        self.constant("t", t);
        gc::machine::collect(&mut self.m, 2).unwrap();
        let m = &mut self.m;
        let l0 = list::new(m, &[]).unwrap();
        // The three constants are put in by `extend`, which grows as three appends do.
        let l = list::new(m, &[]).unwrap();
        for item in [one, two, three, four] {
            list::append(m, l, item).unwrap();
        }
        let d0 = dict::new(m).unwrap();
        let (d, e) = (dict::new(m).unwrap(), dict::new(m).unwrap());
        for (key, value) in [("a", one), ("b", two)] {
            let key = str::name(m, key).unwrap();
            let hashed = hash(m, key).unwrap();
            dict::set_item(m, d, key, hashed, value).unwrap();
        }
        dict::set_item(m, e, one, 1, two).unwrap();
        let st = set::new(m, TypeId::Set).unwrap();
        for (item, hashed) in [(one, 1), (two, 2), (three, 3)] {
            set::add(m, st, item, hashed).unwrap();
        }
        let fs = set::new_frozen(m, &[(one, 1), (two, 2)]).unwrap();
        for (name, obj) in [("l0", l0), ("l", l), ("d0", d0), ("d", d), ("e", e), ("st", st), ("fs", fs)] {
            self.bind(name, obj);
        }
    }

    fn class(&mut self, name: &str, body: &[(&str, Addr)], attributes: &[&str]) -> Addr {
        let m = &mut self.m;
        let names = program::names(m, attributes);
        classes::class(m, name, Addr::NULL, body, names)
    }

    fn classes(&mut self) {
        let init = program::function(&mut self.m, self.module, "C.__init__", &["self"], 2);
        let c_class = self.class("C", &[("__init__", init)], &["x", "y"]);
        refcount::decref(&mut self.m, init, Addr::NULL).unwrap();
        self.bind("C", c_class);
        let slots = program::names(&mut self.m, &["p", "q"]);
        let s_class = self.class("S", &[("__slots__", slots)], &[]);
        self.bind("S", s_class);
        let c = instance::new(&mut self.m, c_class, 0).unwrap();
        let [one, two] = [1, 2].map(|n| self.int(n));
        self.set_attribute(c, "x", one);
        self.set_attribute(c, "y", two);
        self.bind("c", c);
        let o = instance::new(&mut self.m, s_class, 0).unwrap();
        let slot = instance::slot(&self.m, o, s_class, 0).unwrap();
        refcount::assign(&mut self.m, slot, one).unwrap();
        self.bind("o", o);
    }

    fn functions(&mut self) {
        use terrarium::object::function::{FUNC_CLOSURE, FUNC_DEFAULTS};
        let two = self.int(2);
        let m = &mut self.m;
        let main = self.module;
        let fun = program::function(m, main, "fn", &["a", "b"], 1);
        let defaults = tuple::new(m, &[two]).unwrap();
        function::set(m, fun, FUNC_DEFAULTS, defaults).unwrap();
        let clos = program::function(m, main, "clos", &["v", "inner"], 2);
        let v = list::new(m, &[]).unwrap();
        let ce = cell::new(m, v).unwrap();
        let closure = tuple::new(m, &[ce]).unwrap();
        let cl = program::function(m, main, "clos.<locals>.inner", &["v"], 1);
        function::set(m, cl, FUNC_CLOSURE, closure).unwrap();
        for held in [defaults, closure, v] {
            refcount::decref(m, held, Addr::NULL).unwrap();
        }
        for (name, obj) in [("fn", fun), ("clos", clos), ("cl", cl), ("ce", ce)] {
            self.bind(name, obj);
        }
        let (class, c) = (self.names["C"], self.names["c"]);
        let init = class::own_attribute(&mut self.m, class, "__init__").unwrap().unwrap();
        let bound = method::new(&mut self.m, init, c).unwrap();
        self.bind("m", bound);
        self.generator();
    }

    /// `g = (z for z in l)`: its first local is an iterator over `l`, for which the list stands; 3.15 loops over the list itself.
    fn generator(&mut self) {
        let (l, main) = (self.names["l"], self.module);
        let m = &mut self.m;
        let late = m.profile.release == Release::Cp315;
        let genexpr = program::function(m, main, "<genexpr>", &[".0", "z"], if late { 4 } else { 2 });
        let stack: &[StackEntry] = if late { &[StackEntry::Object(l), StackEntry::Number(0)] } else { &[] };
        let g = generator::new(m, genexpr, &[l], stack).unwrap();
        refcount::decref(m, genexpr, Addr::NULL).unwrap();
        self.bind("g", g);
    }

    fn others(&mut self) {
        let c = self.names["c"];
        let [zero, one, two, ten] = [0, 1, 2, 10].map(|n| self.int(n));
        assert!(zero != ten);
        let m = &mut self.m;
        let name = str::constant(m, "weakref").unwrap();
        let weakref_module = module::new(m, name).unwrap();
        // `sys.modules` holds it too.
        refcount::incref(m, weakref_module, Addr::NULL).unwrap();
        let w = weakref::new(m, c, Addr::NULL).unwrap().unwrap();
        let sl = slice::new(m, one, two, NONE).unwrap();
        let r = range::new(m, 0, 10, 1).unwrap();
        let v = str::name(m, "v").unwrap();
        let args = tuple::new(m, &[v]).unwrap();
        let ex = exception::new(m, TypeId::ValueError.addr(), args).unwrap();
        refcount::decref(m, args, Addr::NULL).unwrap();
        let ob = instance::new(m, TypeId::Object.addr(), 0).unwrap();
        for (name, obj) in [("weakref", weakref_module), ("w", w), ("sl", sl), ("r", r), ("ex", ex), ("ob", ob)] {
            self.bind(name, obj);
        }
    }
}

fn run(release: Release) -> Program {
    let mut m = terrarium::runtime::start::start(release.profile(), 1 << 28).unwrap();
    let (globals, builtins) = (dict::new(&mut m).unwrap(), dict::new(&mut m).unwrap());
    let module = Module { globals, builtins };
    let mut program = Program { m, module, names: BTreeMap::new(), constants: Vec::new() };
    let name = str::constant(&mut program.m, "__main__").unwrap();
    program.bind("__name__", name);
    program.names.clear();
    program.scalars();
    program.containers();
    program.classes();
    program.functions();
    program.others();
    program
}

/// What a word is, in terms that both sides have.
#[derive(Debug, PartialEq, Eq)]
enum Word {
    Number(u64),
    Variable(String),
    SmallInt(i64),
    Type(String),
    Inside(u64),
    /// A pointer to something without a name.
    Something,
}

/// Who lives where, on one side.
struct Atlas {
    variables: BTreeMap<u64, String>,
    types: BTreeMap<u64, String>,
    small_ints: u64,
    small_int_max: i64,
}

impl Atlas {
    fn name(&self, word: u64, object: u64) -> Word {
        if let Some(name) = self.variables.get(&word) {
            return Word::Variable(name.clone());
        }
        if let Some(name) = self.types.get(&word) {
            return Word::Type(name.clone());
        }
        let from_minus_five = word.wrapping_sub(self.small_ints);
        let count = (self.small_int_max + 6).cast_unsigned();
        if from_minus_five.is_multiple_of(32) && from_minus_five / 32 < count {
            return Word::SmallInt((from_minus_five / 32).cast_signed() - 5);
        }
        if word > object && word - object < 1500 {
            return Word::Inside(word - object);
        }
        let is_pointer = (0x40_0000..0x8000_0000).contains(&word) || (0x5500_0000_0000..0x8000_0000_0000).contains(&word);
        if is_pointer { Word::Something } else { Word::Number(word) }
    }
}

fn recorded_atlas(vars: &serde_json::Map<String, Value>, release: Release) -> Atlas {
    let mut variables = BTreeMap::new();
    let mut types = BTreeMap::new();
    for (name, var) in vars {
        let address = var["addr"].as_u64().unwrap();
        // Names of the same object: the first is enough, but i0 is found as a small int.
        if name != "i0" && name != "i2" {
            variables.entry(address).or_insert_with(|| name.clone());
        }
        types.insert(bytes_word(var, 8), var["type"].as_str().unwrap().to_owned());
    }
    for class in ["C", "S"] {
        types.remove(&vars[class]["addr"].as_u64().unwrap());
    }
    let small_ints = vars["i0"]["addr"].as_u64().unwrap() - 5 * 32;
    Atlas { variables, types, small_ints, small_int_max: release.profile().small_int_max }
}

fn model_atlas(program: &Program) -> Atlas {
    let skip = ["i0", "i2"];
    let named = program.names.iter().filter(|(name, _)| !skip.contains(&name.as_str()));
    let mut variables = BTreeMap::new();
    for (name, obj) in named {
        variables.entry(obj.0).or_insert_with(|| name.clone());
    }
    let types = TypeId::ALL.iter().map(|row| (row.id.addr().0, row.name.to_owned())).collect();
    let small_ints = terrarium::abi::space::SMALL_INTS.0;
    Atlas { variables, types, small_ints, small_int_max: program.m.profile.small_int_max }
}

fn raw_bytes(var: &Value) -> Vec<u8> {
    let text = var["bytes"].as_str().unwrap();
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
}

fn bytes_word(var: &Value, offset: usize) -> u64 {
    u64::from_le_bytes(raw_bytes(var)[offset..offset + 8].try_into().unwrap())
}

/// Counts in 3.11 of what the whole interpreter shares.
const SHARED: [&str; 6] = ["i0", "b", "n", "s0", "t0", "i2"];

fn compare(program: &Program, name: &str, var: &Value, atlases: (&Atlas, &Atlas), skipped: &mut Vec<String>) -> u64 {
    let m = &program.m;
    let release = m.profile.release;
    let obj = *program.names.get(name).unwrap_or_else(|| panic!("the program binds {name}"));
    let context = format!("{} {name}", m.profile.version);
    let class = OB_TYPE.read(m, obj).unwrap();
    let type_name = var["type"].as_str().unwrap();
    assert_eq!(sizeof(m, obj).ok(), var["sizeof"].as_u64(), "{context}: sys.getsizeof");
    assert_eq!(tp::BASICSIZE.read(m, class).ok(), var["basicsize"].as_u64(), "{context}: tp_basicsize");
    assert_eq!(tp::ITEMSIZE.read(m, class).ok(), var["itemsize"].as_u64(), "{context}: tp_itemsize");
    // Bit 19 says whether some attribute of the type was looked up; `type` itself is abstract for a moment at start-up.
    let volatile = 1 << 19;
    let flags = tp::FLAGS.read(m, class).unwrap() & !volatile;
    assert_eq!(flags, var["flags"].as_u64().unwrap() & !volatile, "{context}: tp_flags");
    let is_gc = head::is_gc(m, obj).unwrap();
    let tracked = is_gc && gc_head::is_tracked(m, obj).unwrap();
    assert_eq!(Some(tracked), var["tracked"].as_bool(), "{context}: tracked");
    let shared_early = release == Release::Cp311 && SHARED.contains(&name) && name != "i2";
    if shared_early {
        skipped.push(format!("{context}: count of an object that all of 3.11 shares"));
    } else {
        let word = OB_REFCNT.read(m, obj).unwrap();
        assert_eq!(format!("{word:x}"), format!("{:x}", bytes_word(var, 0)), "{context}: ob_refcnt");
    }
    if let Some(pre) = var["pre"].as_array() {
        for (index, word) in (0..).zip(pre) {
            let found: u64 = m.read(obj.back(32 - 8 * index)).unwrap();
            let expected = atlases.0.name(word.as_u64().unwrap(), var["addr"].as_u64().unwrap());
            assert_eq!(atlases.1.name(found, obj.0), expected, "{context}: word -{}", 4 - index);
        }
    }
    let own = blocks::of(m, obj).unwrap()[0].asked_bytes - head::preheader_bytes(if is_gc { flags } else { 0 });
    let recorded = raw_bytes(var);
    let length = recorded.len().min(usize::try_from(own).unwrap());
    let mut words = 0;
    for offset in (8..length).step_by(8) {
        let part = |bytes: &[u8]| {
            let mut word = [0; 8];
            let n = 8.min(length - offset);
            word[..n].copy_from_slice(&bytes[offset..offset + n]);
            u64::from_le_bytes(word)
        };
        let at = offset as u64;
        let mask = mask(type_name, release, at);
        let mut found = vec![0; length];
        m.read_bytes(obj, &mut found).unwrap();
        let expected = atlases.0.name(part(&recorded) & mask, var["addr"].as_u64().unwrap());
        let found = atlases.1.name(part(&found) & mask, obj.0);
        assert_eq!(found, expected, "{context} ({type_name}) at {offset}");
        words += 1;
    }
    words
}

#[test]
fn every_object_has_the_recorded_header_and_bytes() {
    let (mut objects, mut words, mut skipped) = (0, 0, Vec::new());
    for release in Release::ALL {
        let program = run(release);
        let recording = recording(release);
        let steps = recording["steps"].as_array().unwrap();
        let vars = steps.last().unwrap()["vars"].as_object().unwrap();
        let atlases = (recorded_atlas(vars, release), model_atlas(&program));
        for (name, var) in vars {
            words += compare(&program, name, var, (&atlases.0, &atlases.1), &mut skipped);
            objects += 1;
        }
        assert_eq!(program.names.len(), vars.len(), "the same variables");
    }
    println!("{objects} objects, {words} words. Not compared:");
    for (type_name, offset, _, why) in NOT_COMPARED {
        println!("  {type_name} at {offset}: {why}");
    }
    for line in skipped {
        println!("  {line}");
    }
    assert!(objects >= 5 * 39 && words > 900, "{objects} objects, {words} words");
}

#[test]
fn the_program_leaves_nothing_behind() {
    for release in Release::ALL {
        let mut program = run(release);
        let m = &mut program.m;
        dict::clear(m, program.module.globals).unwrap();
        for held in program.constants.drain(..) {
            refcount::decref(m, held, Addr::NULL).unwrap();
        }
        // `sys.modules`
        let weakref_module = program.names["weakref"];
        refcount::decref(m, weakref_module, Addr::NULL).unwrap();
        gc::machine::collect(m, 2).unwrap();
        for held in [program.module.globals, program.module.builtins] {
            refcount::decref(m, held, Addr::NULL).unwrap();
        }
        let left: Vec<String> = gc::members(m, 2).unwrap().into_iter().map(|obj| repr(m, obj, 80).unwrap()).collect();
        // The dict of `object`'s subclasses, and what all classes of 3.15 share.
        let expected: &[&str] = match release {
            Release::Cp311 | Release::Cp312 | Release::Cp313 | Release::Cp314 => &["{}"],
            Release::Cp315 => &["{}", "<attribute '__dict__'>", "<attribute '__weakref__'>"],
        };
        let mut sorted = left.clone();
        sorted.sort_by_key(String::len);
        assert_eq!(sorted, expected, "{release:?}");
    }
}
