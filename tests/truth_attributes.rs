//! Attributes of instances against the steps in `tests/truth/class-anatomy.jsonl`: each word of the instance, its values with
//! their order, its dict and the shared keys after every assignment, deletion and use of `__dict__`.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "common/classes.rs"]
mod classes;

use serde_json::Value;
use terrarium::abi::{ManagedDict, Release, TypeId};
use terrarium::ids::Addr;
use terrarium::mem::AddressSpace;
use terrarium::object::dict::{self as dicts, MA_KEYS, MA_VALUES};
use terrarium::object::head::{MANAGED_DICT, type_flags};
use terrarium::object::instance::{dict_slot, values_of};
use terrarium::object::keys::{DK_KIND, DK_LOG2_SIZE, DK_NENTRIES, DK_REFCNT, DK_USABLE};
use terrarium::object::type_object::ht_cached_keys;
use terrarium::object::{Kind, gc_head, int as ints, str as texts, values};
use terrarium::runtime::{attributes, dict, gc, hash, instance, int, refcount, start::start, str, tuple};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const CASES: [&str; 4] = ["empty", "init", "list_subclass", "slots_dict"];

/// A class of one case and an instance of it.
struct World {
    m: AddressSpace,
    class: Addr,
    obj: Addr,
}

fn names(m: &mut AddressSpace, names: &[&str]) -> Addr {
    let items: Vec<Addr> = names.iter().map(|n| str::name(m, n).unwrap()).collect();
    tuple::new(m, &items).unwrap()
}

impl World {
    fn new(release: Release, case: &str) -> World {
        let mut m = start(release.profile(), 1 << 28).unwrap();
        let base = if case == "list_subclass" { TypeId::List.addr() } else { Addr::NULL };
        let slots = names(&mut m, &["p", "__dict__"]);
        let static_attributes = if case == "init" { names(&mut m, &["x", "y"]) } else { Addr::NULL };
        let body = [("__slots__", slots)];
        let body: &[_] = if case == "slots_dict" { &body } else { &[] };
        let class = classes::class(&mut m, "C", base, body, static_attributes);
        World { m, class, obj: Addr::NULL }
    }

    fn name(&mut self, text: &str) -> (Addr, i64) {
        let name = str::name(&mut self.m, text).unwrap();
        (name, hash(&mut self.m, name).unwrap())
    }

    fn number(&mut self, text: &str) -> Addr {
        int::from_i64(&mut self.m, text.parse().unwrap()).unwrap()
    }

    fn new_instance(&mut self, case: &str) {
        if !self.obj.is_null() {
            refcount::decref(&mut self.m, self.obj, Addr::NULL).unwrap();
        }
        self.obj = instance::new(&mut self.m, self.class, 0).unwrap();
        if case == "init" {
            self.step("o.x = 1");
            self.step("o.y = 2");
        }
    }

    fn materialized(&mut self) -> Addr {
        attributes::materialize(&mut self.m, self.obj).unwrap().unwrap()
    }

    /// One statement of the recording.
    fn step(&mut self, what: &str) {
        let quoted = |text: &str| text.trim_matches(['[', ']', '"']).to_owned();
        match what.split(' ').collect::<Vec<_>>()[..] {
            ["o.__dict__"] => drop(self.materialized()),
            ["o.__dict__.clear()"] => {
                let d = self.materialized();
                dict::clear(&mut self.m, d).unwrap();
            }
            ["o.__dict__.popitem()"] => {
                let d = self.materialized();
                let (key, value) = dict::pop_item(&mut self.m, d).unwrap().unwrap();
                refcount::decref(&mut self.m, key, Addr::NULL).unwrap();
                refcount::decref(&mut self.m, value, Addr::NULL).unwrap();
            }
            ["del", "o.__dict__"] => assert!(attributes::set_dict(&mut self.m, self.obj, Addr::NULL).unwrap()),
            ["o.__dict__", "=", ..] => {
                let d = dict::new(&mut self.m).unwrap();
                if what.contains('q') {
                    let ((key, hash), one) = (self.name("q"), self.number("1"));
                    dict::set_item(&mut self.m, d, key, hash, one).unwrap();
                }
                assert!(attributes::set_dict(&mut self.m, self.obj, d).unwrap());
                refcount::decref(&mut self.m, d, Addr::NULL).unwrap();
            }
            ["del", item] if item.starts_with("o.__dict__[") => {
                let (key, hash) = self.name(&quoted(&item["o.__dict__".len()..]));
                let d = self.materialized();
                assert!(dict::delete_item(&mut self.m, d, key, hash).unwrap());
            }
            [item, "=", value] if item.starts_with("o.__dict__[") => {
                let text = &item["o.__dict__".len()..];
                let value = self.number(value);
                let key = if text.contains('"') { self.name(&quoted(text)).0 } else { self.number(&quoted(text)) };
                let key_hash = hash(&mut self.m, key).unwrap();
                let d = self.materialized();
                dict::set_item(&mut self.m, d, key, key_hash, value).unwrap();
            }
            ["del", name] => {
                let (key, hash) = self.name(&name[2..]);
                assert!(attributes::delete(&mut self.m, self.obj, key, hash).unwrap());
            }
            [name, "=", value] => {
                let ((key, hash), value) = (self.name(&name[2..]), self.number(value));
                assert!(attributes::set(&mut self.m, self.obj, key, hash, value).unwrap());
                assert_eq!(attributes::get(&self.m, self.obj, key, hash).unwrap().map(|(found, _)| found), Some(value));
            }
            _ => panic!("{what}"),
        }
    }
}

/// `0*3 @int:1` as single words.
fn expand(text: &str) -> Vec<&str> {
    text.split(' ')
        .flat_map(|token| match token.split_once('*') {
            Some((word, n)) => vec![word; n.parse().unwrap()],
            None => vec![token],
        })
        .collect()
}

fn is_word(m: &AddressSpace, at: Addr, token: &str) -> bool {
    let word: u64 = m.read(at).unwrap();
    match token.strip_prefix("@int:") {
        Some(n) => ints::small(m, n.parse().unwrap()) == Some(Addr(word)),
        None => u64::from_str_radix(token, 16) == Ok(word),
    }
}

impl World {
    fn dict(&self) -> Option<Addr> {
        let slot = dict_slot(&self.m, self.obj).unwrap()?;
        let word: u64 = self.m.read(slot).unwrap();
        (word != 0 && (word & 1 == 0 || self.m.profile.managed_dict != ManagedDict::Tagged)).then_some(Addr(word))
    }

    /// The words of the instance as far as they are data. How many were compared.
    fn compare_words(&self, text: &str, context: &str) -> usize {
        let flags = type_flags(&self.m, self.class).unwrap();
        let pre = if flags & MANAGED_DICT != 0 { 32 } else { 16 };
        let mut compared = 0;
        for (token, i) in expand(text).into_iter().zip(0..) {
            let at = self.obj.back(pre).offset(i * 8);
            match token {
                "gc" | "count" | "@C" => continue,
                "@self.__dict__" => assert_eq!(self.m.read(at), Ok(self.dict().unwrap()), "{context} word {i}"),
                "@values" => assert_eq!(self.m.read(at).ok(), values_of(&self.m, self.obj).unwrap(), "{context} word {i}"),
                "@values-1" => {
                    let held = values_of(&self.m, self.obj).unwrap().unwrap();
                    assert_eq!(self.m.read(at), Ok(held.0 - 1), "{context} word {i}");
                }
                _ => assert!(is_word(&self.m, at, token), "{context} word {i}: {token}"),
            }
            compared += 1;
        }
        compared
    }

    /// 3.11, 3.12: the values block and the bytes in front of it that are in use.
    fn compare_values(&self, step: &Value, context: &str) {
        let Some(text) = step["values"].as_str() else { return };
        let held = values_of(&self.m, self.obj).unwrap().or_else(|| MA_VALUES.read(&self.m, self.dict()?).ok()).unwrap();
        for (token, i) in expand(text).into_iter().zip(0..) {
            assert!(!held.is_null(), "{context} {text}");
            assert!(is_word(&self.m, held.offset(i * 8), token), "{context} value {i}: {token}");
        }
        let prefix = step["values_prefix"].as_str().unwrap();
        let in_use = values::len(&self.m, held).unwrap() + 2;
        for i in 0..in_use {
            let byte: u8 = self.m.read(held.back(i + 1)).unwrap();
            let end = prefix.len() - 2 * usize::try_from(i).unwrap();
            assert_eq!(format!("{byte:02x}"), prefix[end - 2..end], "{context} prefix byte {i}");
        }
    }

    fn compare_dict(&self, expected: &Value, context: &str) {
        let m = &self.m;
        let Some(d) = self.dict() else {
            assert!(expected.is_null(), "{context}: a dict");
            return;
        };
        assert_eq!(dicts::check(m, d), Ok(None), "{context}");
        let table = MA_KEYS.read(m, d).unwrap();
        let number = |name: &str| expected[name].as_u64();
        assert_eq!(dicts::len(m, d).ok(), number("used"), "{context}");
        assert_eq!(DK_LOG2_SIZE.read(m, table).ok().map(u64::from), number("log2_size"), "{context}");
        assert_eq!(DK_KIND.read(m, table).ok().map(u64::from), number("kind"), "{context}");
        assert_eq!(DK_USABLE.read(m, table).ok(), number("usable"), "{context}");
        assert_eq!(DK_NENTRIES.read(m, table).ok(), number("nentries"), "{context}");
        // 3.11 counts the shared empty keys in every empty dict of the process.
        if table != terrarium::abi::space::EMPTY_KEYS || m.profile.release != Release::Cp311 {
            assert_eq!(DK_REFCNT.read(m, table).ok(), number("dk_refcnt"), "{context}");
        }
        let held = MA_VALUES.read(m, d).unwrap();
        let place = match held {
            Addr::NULL => None,
            _ if values::is_embedded(m, held).unwrap() => Some("inline"),
            _ => Some("block"),
        };
        assert_eq!(place, expected["values"].as_str(), "{context}");
        assert_eq!(Some(gc_head::is_tracked(m, d).unwrap()), expected["tracked"].as_bool(), "{context} tracked");
        let items = dicts::items(m, d).unwrap();
        match &expected["items"] {
            Value::Array(list) => {
                let found: Vec<(String, Option<i64>)> = items
                    .iter()
                    .map(|item| {
                        let key = match Kind::of(m, item.key).unwrap() {
                            Kind::Str => texts::value(m, item.key).unwrap(),
                            _ => ints::to_i64(m, item.key).unwrap().unwrap().to_string(),
                        };
                        (key, ints::to_i64(m, item.value).unwrap())
                    })
                    .collect();
                let expected: Vec<(String, Option<i64>)> =
                    list.iter().map(|pair| (pair[0].to_string().replace('"', ""), pair[1].as_i64())).collect();
                assert_eq!(found, expected, "{context}");
            }
            count => assert_eq!(Some(items.len() as u64), count.as_u64(), "{context}"),
        }
    }

    fn compare(&self, step: &Value, context: &str) -> usize {
        let m = &self.m;
        self.compare_values(step, context);
        self.compare_dict(&step["dict"], context);
        let table = ht_cached_keys(m).read(m, self.class).unwrap();
        for (field, name) in [(DK_REFCNT, "dk_refcnt"), (DK_USABLE, "usable"), (DK_NENTRIES, "nentries")] {
            assert_eq!(field.read(m, table).ok(), step["shared_keys"][name].as_u64(), "{context} shared {name}");
        }
        assert_eq!(terrarium::object::sizeof(m, self.obj).ok(), step["getsizeof"].as_u64(), "{context}");
        self.compare_words(step["words"].as_str().unwrap(), context)
    }
}

#[test]
fn every_step_leaves_the_recorded_words() {
    let mut compared = 0;
    for line in include_str!("truth/class-anatomy.jsonl").lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let name = case["case"].as_str().unwrap();
        if !CASES.contains(&name) {
            continue;
        }
        let here = |r: &Release| case["releases"].as_array().unwrap().iter().any(|v| v == r.profile().version);
        for release in Release::ALL.into_iter().filter(here) {
            let mut world = World::new(release, name);
            for (nth, program) in case["instances"]["steps"].as_array().unwrap().iter().enumerate() {
                for step in program.as_array().unwrap() {
                    let what = step["do"].as_str().unwrap();
                    match what {
                        "" => world.new_instance(name),
                        _ => world.step(what),
                    }
                    gc::machine::collect(&mut world.m, 2).unwrap();
                    compared += world.compare(step, &format!("{release:?} {name} program {nth} `{what}`"));
                }
            }
        }
    }
    assert!(compared > 20_000, "{compared}");
}
