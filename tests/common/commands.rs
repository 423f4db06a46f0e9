//! The commands of the recorded programs `gc-graphs.jsonl`, `gc-auto.jsonl` and `alloc-programs.jsonl`.

#[path = "classes.rs"]
mod classes;

use serde_json::Value;
use std::collections::BTreeMap;
use terrarium::abi::{Release, TypeId};
use terrarium::ids::Addr;
use terrarium::mem::AddressSpace;
use terrarium::object::head::type_of;
use terrarium::object::int::{LV_TAG, OB_DIGIT};
use terrarium::object::{Kind, instance as instances, int as ints, list as lists};
use terrarium::runtime::gc::{machine, state};
use terrarium::runtime::{
    self, alloc, attributes, bytes, dict, float, instance, int, list, refcount, set, start::start, str, tuple,
};

/// Bytes of what `2**40 + k` asks for: as many digits as the larger operand has and one for the carry.
const SUM_BYTES: u64 = 24 + 3 * 4;

/// A started interpreter and what the recorders had there: constants, two classes, and a list of handles that the
/// collector does not know.
pub(crate) struct Commands {
    pub(crate) m: AddressSpace,
    /// What each number stands for while its handle is there.
    pub(crate) handles: BTreeMap<u64, Addr>,
    node: Addr,
    inst: Addr,
    prefix: Addr,
    euro: Addr,
    /// `2**40`
    giga: Addr,
    b: Addr,
    /// Attribute names, made before: looking them up does not ask for memory.
    names: BTreeMap<String, Addr>,
}

impl Commands {
    pub(crate) fn new(release: Release) -> Commands {
        let mut m = start(release.profile(), 1 << 28).unwrap();
        state::ENABLED.write(&mut m, state::STATE, 0).unwrap();
        let prefix = str::constant(&mut m, "prefix").unwrap();
        let euro = str::constant(&mut m, "\u{20ac}").unwrap();
        let giga = int::from_i64(&mut m, 1 << 40).unwrap();
        let b = bytes::new(&mut m, b"bytes").unwrap();
        let names: BTreeMap<String, Addr> =
            "abcdefghpq".chars().map(|c| (c.to_string(), str::name(&mut m, &c.to_string()).unwrap())).collect();
        let slots = tuple::new(&mut m, &["h", "p", "q"].map(|name| names[name])).unwrap();
        let node = classes::class(&mut m, "Node", Addr::NULL, &[("__slots__", slots)], Addr::NULL);
        refcount::decref(&mut m, slots, Addr::NULL).unwrap();
        let inst = classes::class(&mut m, "Inst", Addr::NULL, &[], Addr::NULL);
        let mut made = Commands { m, handles: BTreeMap::new(), node, inst, prefix, euro, giga, b, names };
        made.collect_twice();
        made
    }

    /// What the recorders did before each program: nothing waits on a free list and the counts are 0 then.
    pub(crate) fn collect_twice(&mut self) {
        for _ in 0..2 {
            machine::collect(&mut self.m, 2).unwrap();
        }
    }

    pub(crate) fn at(&self, number: &Value) -> Addr {
        self.handles[&number.as_u64().unwrap()]
    }

    fn make(&mut self, name: &str, op: &[Value]) -> Option<Addr> {
        let text = op.get(2).and_then(Value::as_str).unwrap_or("").to_owned();
        let k = op.get(2).and_then(Value::as_i64).unwrap_or(0);
        let items: Vec<Addr> = if name.starts_with("tuple") { op[2..].iter().map(|n| self.at(n)).collect() } else { vec![] };
        let of = if name == "vars" { self.at(&op[2]) } else { Addr::NULL };
        let m = &mut self.m;
        // Nothing appended, or something there already: the same object once more.
        let same = |obj: Addr, m: &mut AddressSpace| refcount::incref(m, obj, Addr::NULL).map(|()| obj);
        Some(
            match name {
                "list" => list::new(m, &[]),
                "dict" => dict::new(m),
                "set" => set::new(m, TypeId::Set),
                "node" => {
                    let node = instance::new(m, self.node, 0).unwrap();
                    let h = int::from_i64(m, k).unwrap();
                    refcount::store(m, slot(m, node, "h"), h).unwrap();
                    Ok(node)
                }
                "inst" => instance::new(m, self.inst, 0),
                "vars" => {
                    let dict = attributes::materialize(m, of).unwrap().unwrap();
                    same(dict, m)
                }
                "tuple1" | "tuple2" | "tuple3" => tuple::new(m, &items),
                "int" => int::from_i64(m, 1_000_000 + k),
                "big" => Ok(sum(m, self.giga, k)),
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
            Value::String(name) => self.names[name],
            _ => int::from_i64(&mut self.m, key.as_i64().unwrap()).unwrap(),
        };
        (obj, runtime::hash(&mut self.m, obj).unwrap())
    }

    /// `hash(item)`: that of a `Node` is its `h`.
    fn hash(&mut self, item: Addr) -> i64 {
        if type_of(&self.m, item).unwrap() == self.node {
            let h: Addr = self.m.read(slot(&self.m, item, "h")).unwrap();
            return ints::value(&self.m, h).unwrap().to_i64().unwrap();
        }
        runtime::hash(&mut self.m, item).unwrap()
    }

    fn attribute(&mut self, obj: Addr, name: &Value, to: Option<Addr>) {
        let (name, hash) = self.key(name);
        let m = &mut self.m;
        if type_of(m, obj).unwrap() == self.node {
            let slot = slot(m, obj, &terrarium::object::str::value(m, name).unwrap());
            match to {
                Some(value) => refcount::replace(m, slot, value).unwrap(),
                None => refcount::clear(m, slot).unwrap(),
            }
            return;
        }
        assert!(match to {
            Some(value) => attributes::set(m, obj, name, hash, value).unwrap(),
            None => attributes::delete(m, obj, name, hash).unwrap(),
        });
    }

    /// Does one command; false if it is one that only collects or looks, which is the caller's to do.
    pub(crate) fn run(&mut self, op: &[Value]) -> bool {
        let name = op[0].as_str().unwrap();
        if let Some(made) = self.make(name, op) {
            self.handles.insert(op[1].as_u64().unwrap(), made);
            return true;
        }
        if matches!(name, "collect" | "look" | "freeze" | "unfreeze") {
            return false;
        }
        let at = self.at(&op[1]);
        let kind = Kind::of(&self.m, at).unwrap();
        match name {
            "append" => {
                let item = self.at(&op[2]);
                list::append(&mut self.m, at, item).unwrap();
            }
            "insert" => {
                let item = self.at(&op[3]);
                list::insert(&mut self.m, at, op[2].as_u64().unwrap(), item).unwrap();
            }
            "pop" => {
                let len = lists::len(&self.m, at).unwrap();
                let last = list::pop(&mut self.m, at, len - 1).unwrap();
                refcount::decref(&mut self.m, last, Addr::NULL).unwrap();
            }
            "put" => {
                let ((key, hash), value) = (self.key(&op[2]), self.at(&op[3]));
                dict::set_item(&mut self.m, at, key, hash, value).unwrap();
            }
            "add" => {
                let item = self.at(&op[2]);
                let hash = self.hash(item);
                set::add(&mut self.m, at, item, hash).unwrap();
            }
            "attr" => {
                let value = self.at(&op[3]);
                self.attribute(at, &op[2], Some(value));
            }
            "delattr" => self.attribute(at, &op[2], None),
            "del" if kind == Kind::Dict => {
                let (key, hash) = self.key(&op[2]);
                assert!(dict::delete_item(&mut self.m, at, key, hash).unwrap());
            }
            "del" => list::delete_item(&mut self.m, at, op[2].as_u64().unwrap()).unwrap(),
            "clear" => match kind {
                Kind::Dict => dict::clear(&mut self.m, at).unwrap(),
                Kind::Set => set::clear(&mut self.m, at).unwrap(),
                _ => list::clear(&mut self.m, at).unwrap(),
            },
            "drop" => {
                self.handles.remove(&op[1].as_u64().unwrap());
                refcount::decref(&mut self.m, at, Addr::NULL).unwrap();
            }
            _ => panic!("{name}"),
        }
        true
    }
}

/// Where an instance has one of its class's `__slots__`.
fn slot(m: &AddressSpace, obj: Addr, name: &str) -> Addr {
    instances::named_slots(m, obj).unwrap().into_iter().find(|(_, own)| own == name).unwrap().0
}

/// `giga + k` as `x_add` makes it: the digit for the carry stays part of the block.
fn sum(m: &mut AddressSpace, giga: Addr, k: i64) -> Addr {
    let tag = LV_TAG.read(m, giga).unwrap();
    let digits: u64 = m.read(OB_DIGIT.at(giga)).unwrap();
    let made = alloc::new_object(m, TypeId::Int.addr(), SUM_BYTES).unwrap();
    LV_TAG.write(m, made, tag).unwrap();
    m.write(OB_DIGIT.at(made), digits + u64::try_from(k).unwrap()).unwrap();
    made
}
