//! Random programs on dicts, sets, lists and instances' attributes, with checkpoints: after every step each table is sound, the
//! contents are those of a plain list of pairs, and going back and forth brings everything back; at the end nothing is left.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "common/classes.rs"]
mod classes;

use proptest::prelude::*;
use terrarium::abi::{Release, TypeId};
use terrarium::ids::Addr;
use terrarium::mem::AddressSpace;
use terrarium::object::{dict as dicts, gc_head, head, instance as instances, set as sets};
use terrarium::runtime::{attributes, dict, freelist, gc, hash, instance, int, list, refcount, set, start::start, str, tuple};

/// Keys that a program draws from: strings first, then numbers, of which some collide.
const KEYS: usize = 48;
const STRINGS: usize = 36;

#[derive(Clone, Copy, Debug)]
enum Op {
    /// `d[k] = k2`
    Set(usize, usize),
    SetDefault(usize, usize),
    Delete(usize),
    PopItem,
    Clear,
    Copy,
    Update(usize, usize),
    Add(usize),
    Discard(usize),
    PopSet,
    ClearSet,
    CopySet,
    Difference(usize, usize),
    /// `o.k = k2`
    Assign(usize, usize),
    Unassign(usize),
    /// `o.__dict__`
    Materialize,
    /// `o.__dict__[k] = k2`, strings or not
    AssignInDict(usize, usize),
    /// `o.__dict__ = {}`
    NewDict,
    NewInstance,
    Collect(u8),
    Checkpoint,
    Undo,
    Redo,
}

fn op() -> impl Strategy<Value = Op> {
    let (k, s) = (0..KEYS, 0..STRINGS);
    prop_oneof![
        12 => (k.clone(), k.clone()).prop_map(|(k, v)| Op::Set(k, v)),
        2 => (k.clone(), k.clone()).prop_map(|(k, v)| Op::SetDefault(k, v)),
        6 => k.clone().prop_map(Op::Delete),
        2 => Just(Op::PopItem),
        1 => Just(Op::Clear),
        1 => Just(Op::Copy),
        2 => (k.clone(), 0_usize..20).prop_map(|(k, n)| Op::Update(k, n)),
        10 => k.clone().prop_map(Op::Add),
        5 => k.clone().prop_map(Op::Discard),
        2 => Just(Op::PopSet),
        1 => Just(Op::ClearSet),
        1 => Just(Op::CopySet),
        1 => (k.clone(), 0_usize..20).prop_map(|(k, n)| Op::Difference(k, n)),
        12 => (s.clone(), k.clone()).prop_map(|(k, v)| Op::Assign(k, v)),
        4 => s.prop_map(Op::Unassign),
        2 => Just(Op::Materialize),
        2 => (k.clone(), k).prop_map(|(k, v)| Op::AssignInDict(k, v)),
        1 => Just(Op::NewDict),
        2 => Just(Op::NewInstance),
        1 => (0_u8..3).prop_map(Op::Collect),
        2 => Just(Op::Checkpoint),
        2 => Just(Op::Undo),
        1 => Just(Op::Redo),
    ]
}

/// What a plain program would hold: pairs in order of insertion.
type Pairs = Vec<(usize, usize)>;

#[derive(Clone, Debug, PartialEq)]
struct Expected {
    dict: Pairs,
    set: Vec<usize>,
    attributes: Pairs,
    addresses: [Addr; 3],
}

fn put(pairs: &mut Pairs, key: usize, value: usize) {
    match pairs.iter_mut().find(|(k, _)| *k == key) {
        Some((_, old)) => *old = value,
        None => pairs.push((key, value)),
    }
}

fn take(pairs: &mut Pairs, key: usize) -> bool {
    let before = pairs.len();
    pairs.retain(|(k, _)| *k != key);
    pairs.len() < before
}

struct World {
    m: AddressSpace,
    class: Addr,
    keys: Vec<(Addr, i64)>,
    /// Lists, so that dicts become tracked; one for each key.
    values: Vec<Addr>,
    now: Expected,
    back: Vec<Expected>,
    ahead: Vec<Expected>,
}

impl World {
    fn new(release: Release) -> World {
        let mut m = start(release.profile(), 1 << 28).unwrap();
        let m2 = &mut m;
        let module = str::name(m2, "__main__").unwrap();
        let class = classes::class(m2, "C", Addr::NULL, &[], Addr::NULL);
        let key = |m: &mut AddressSpace, i: usize| {
            let collide = [8, 16, 1 << 20, -8, 3, 5, 7, 1 << 40, 24, -1, -2, 0];
            let key = if i < STRINGS { str::name(m, &format!("k{i}")) } else { int::from_i64(m, collide[i - STRINGS]) }.unwrap();
            (key, hash(m, key).unwrap())
        };
        let keys = (0..KEYS).map(|i| key(m2, i)).collect();
        let value = |m: &mut AddressSpace, i| if i % 3 == 0 { list::new(m, &[]) } else { tuple::new(m, &[module]) };
        let values = (0..KEYS).map(|i| value(m2, i).unwrap()).collect();
        let addresses = [dict::new(m2).unwrap(), set::new(m2, TypeId::Set).unwrap(), instance::new(m2, class, 0).unwrap()];
        let now = Expected { dict: Vec::new(), set: Vec::new(), attributes: Vec::new(), addresses };
        World { m, class, keys, values, now, back: Vec::new(), ahead: Vec::new() }
    }

    fn replace(&mut self, which: usize, new: Addr) {
        refcount::decref(&mut self.m, self.now.addresses[which], Addr::NULL).unwrap();
        self.now.addresses[which] = new;
    }

    fn let_go(&mut self, obj: Addr) {
        refcount::decref(&mut self.m, obj, Addr::NULL).unwrap();
    }

    fn dict_op(&mut self, op: Op) {
        let d = self.now.addresses[0];
        match op {
            Op::Set(k, v) => {
                dict::set_item(&mut self.m, d, self.keys[k].0, self.keys[k].1, self.values[v]).unwrap();
                put(&mut self.now.dict, k, v);
            }
            Op::SetDefault(k, v) => {
                dict::set_default(&mut self.m, d, self.keys[k].0, self.keys[k].1, self.values[v]).unwrap();
                if !self.now.dict.iter().any(|p| p.0 == k) {
                    put(&mut self.now.dict, k, v);
                }
            }
            Op::Delete(k) => {
                let found = dict::delete_item(&mut self.m, d, self.keys[k].0, self.keys[k].1).unwrap();
                assert_eq!(take(&mut self.now.dict, k), found);
            }
            Op::PopItem => {
                let popped = dict::pop_item(&mut self.m, d).unwrap();
                let expected = self.now.dict.pop().map(|(k, v)| (self.keys[k].0, self.values[v]));
                assert_eq!(popped, expected);
                for obj in popped.into_iter().flat_map(|(k, v)| [k, v]) {
                    self.let_go(obj);
                }
            }
            Op::Clear => {
                dict::clear(&mut self.m, d).unwrap();
                self.now.dict.clear();
            }
            Op::Copy => {
                let copy = dict::copy(&mut self.m, d).unwrap();
                self.replace(0, copy);
            }
            Op::Update(first, n) => {
                let other = dict::new(&mut self.m).unwrap();
                for k in (0..n).map(|i| (first + i * 5) % KEYS) {
                    dict::set_item(&mut self.m, other, self.keys[k].0, self.keys[k].1, self.values[k]).unwrap();
                    put(&mut self.now.dict, k, k);
                }
                dict::update(&mut self.m, d, other).unwrap();
                self.let_go(other);
            }
            _ => self.set_op(op),
        }
    }

    fn set_op(&mut self, op: Op) {
        let s = self.now.addresses[1];
        match op {
            Op::Add(k) => {
                let added = set::add(&mut self.m, s, self.keys[k].0, self.keys[k].1).unwrap();
                assert_eq!(added, !self.now.set.contains(&k));
                if added {
                    self.now.set.push(k);
                }
            }
            Op::Discard(k) => {
                let found = set::discard(&mut self.m, s, self.keys[k].0, self.keys[k].1).unwrap();
                assert_eq!(found, self.now.set.contains(&k));
                self.now.set.retain(|&i| i != k);
            }
            Op::PopSet => {
                let popped = set::pop(&mut self.m, s).unwrap();
                assert_eq!(popped.is_none(), self.now.set.is_empty());
                if let Some(obj) = popped {
                    self.now.set.retain(|&k| self.keys[k].0 != obj);
                    self.let_go(obj);
                }
            }
            Op::ClearSet => {
                set::clear(&mut self.m, s).unwrap();
                self.now.set.clear();
            }
            Op::CopySet => {
                let copy = set::copy(&mut self.m, s, TypeId::Set).unwrap();
                self.replace(1, copy);
            }
            Op::Difference(first, n) => {
                let other = set::new(&mut self.m, TypeId::Set).unwrap();
                let gone: Vec<usize> = (0..n).map(|i| (first + i * 5) % KEYS).collect();
                for &k in &gone {
                    set::add(&mut self.m, other, self.keys[k].0, self.keys[k].1).unwrap();
                }
                set::difference_update(&mut self.m, s, other).unwrap();
                self.let_go(other);
                self.now.set.retain(|k| !gone.contains(k));
            }
            _ => self.attribute_op(op),
        }
    }

    fn attribute_op(&mut self, op: Op) {
        let o = self.now.addresses[2];
        match op {
            Op::Assign(k, v) => {
                assert!(attributes::set(&mut self.m, o, self.keys[k].0, self.keys[k].1, self.values[v]).unwrap());
                put(&mut self.now.attributes, k, v);
            }
            Op::Unassign(k) => {
                let found = attributes::delete(&mut self.m, o, self.keys[k].0, self.keys[k].1).unwrap();
                assert_eq!(take(&mut self.now.attributes, k), found);
            }
            Op::Materialize => drop(attributes::materialize(&mut self.m, o).unwrap().unwrap()),
            Op::AssignInDict(k, v) => {
                let d = attributes::materialize(&mut self.m, o).unwrap().unwrap();
                dict::set_item(&mut self.m, d, self.keys[k].0, self.keys[k].1, self.values[v]).unwrap();
                put(&mut self.now.attributes, k, v);
            }
            Op::NewDict => {
                let d = dict::new(&mut self.m).unwrap();
                assert!(attributes::set_dict(&mut self.m, o, d).unwrap());
                self.let_go(d);
                self.now.attributes.clear();
            }
            Op::NewInstance => {
                let new = instance::new(&mut self.m, self.class, 0).unwrap();
                self.replace(2, new);
                self.now.attributes.clear();
            }
            Op::Collect(generation) => drop(gc::machine::collect(&mut self.m, generation).unwrap()),
            Op::Checkpoint => {
                self.m.checkpoint();
                self.back.push(self.now.clone());
            }
            Op::Undo if self.m.undo() => {
                let then = self.back.pop().unwrap();
                self.ahead.push(core::mem::replace(&mut self.now, then));
            }
            Op::Redo if self.m.redo() => {
                let then = self.ahead.pop().unwrap();
                self.back.push(core::mem::replace(&mut self.now, then));
            }
            _ => {}
        }
    }

    fn pairs_of(&self, d: Addr) -> Vec<(Addr, Addr)> {
        dicts::items(&self.m, d).unwrap().iter().map(|item| (item.key, item.value)).collect()
    }

    fn verify(&self, op: Op) {
        let m = &self.m;
        let [d, s, o] = self.now.addresses;
        let named =
            |pairs: &Pairs| -> Vec<(Addr, Addr)> { pairs.iter().map(|&(k, v)| (self.keys[k].0, self.values[v])).collect() };
        assert_eq!(dicts::check(m, d), Ok(None), "{op:?}");
        assert_eq!(self.pairs_of(d), named(&self.now.dict), "{op:?}");
        assert_eq!(sets::check(m, s), Ok(None), "{op:?}");
        let mut found: Vec<Addr> = sets::entries(m, s).unwrap().iter().map(|entry| entry.key).collect();
        let mut expected: Vec<Addr> = self.now.set.iter().map(|&k| self.keys[k].0).collect();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{op:?}");
        for &(k, v) in &self.now.attributes {
            let value = attributes::get(m, o, self.keys[k].0, self.keys[k].1).unwrap();
            assert_eq!(value.map(|(found, _)| found), Some(self.values[v]), "{op:?}");
        }
        let slot = instances::dict_slot(m, o).unwrap().unwrap();
        let word: u64 = m.read(slot).unwrap();
        if word != 0 && word & 1 == 0 {
            assert_eq!(dicts::check(m, Addr(word)), Ok(None), "{op:?}");
            assert_eq!(self.pairs_of(Addr(word)), named(&self.now.attributes), "{op:?}");
        }
        // A dict that holds a list is tracked, in every release.
        let holds_list = self.now.dict.iter().any(|&(_, v)| v % 3 == 0);
        assert!(!holds_list || gc_head::is_tracked(m, d).unwrap(), "{op:?}");
    }

    /// Everything is given up: each key and value is held once, by the test, and no block is left over.
    fn finish(mut self) {
        for obj in self.now.addresses {
            self.let_go(obj);
        }
        for obj in self.values.iter().chain(self.keys[STRINGS..].iter().map(|(key, _)| key)) {
            let count = head::refcount(&self.m, *obj).unwrap();
            assert!(terrarium::abi::space::is_static(*obj) || count == Some(1), "{obj} is counted {count:?}");
        }
        freelist::clear_all(&mut self.m).unwrap();
        terrarium::pymalloc::check(&self.m).unwrap();
    }
}

fn run(release: Release, program: &[Op]) {
    let mut world = World::new(release);
    for &op in program {
        // A new step after something was undone: what could be redone is forgotten.
        if !matches!(op, Op::Undo | Op::Redo) && !world.ahead.is_empty() {
            world.ahead.clear();
            world.dict_op(Op::Checkpoint);
        }
        world.dict_op(op);
        world.verify(op);
    }
    world.finish();
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: proptest::test_runner::RngSeed::Fixed(7), cases: if cfg!(debug_assertions) { 100 } else { 400 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tables_stay_sound_and_say_what_plain_lists_say(program in prop::collection::vec(op(), 1..300), which in 0_usize..5) {
        run(Release::ALL[which], &program);
    }
}
