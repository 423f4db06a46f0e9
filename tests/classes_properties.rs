//! Random programs of classes, instances, attributes, slots, weak references, functions and collections, on all releases:
//! after each step every count is the number of slots that hold the object, every weak reference is in its referent's list,
//! and when all names are gone and a full collection ran, memory is as it was.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::many_single_char_names, reason = "helpers of tests")]

#[path = "common/program.rs"]
mod program;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use terrarium::abi::{Release, TypeId, space};
use terrarium::ids::Addr;
use terrarium::mem::AddressSpace;
use terrarium::object::head::{self, OB_TYPE, is_static_type, type_of};
use terrarium::object::singleton::{EMPTY_TUPLE, NONE};
use terrarium::object::weakref::{WR_OBJECT, references_to};
use terrarium::object::{Kind, Slots, Walk};
use terrarium::pymalloc;
use terrarium::runtime::{
    attributes, cell, class, dict, exception, freelist, function, gc, generator, hash, instance, interp, list, method, module,
    refcount, start, str, tuple, weakref, wrappers,
};

const NAMES: [&str; 5] = ["alpha", "beta", "gamma", "p", "q"];

struct World {
    m: AddressSpace,
    /// References that lie in no slot of the heap.
    handles: Vec<Addr>,
    globals: Addr,
    main: Addr,
}

type Step = (u8, u8, u8, u8);

impl World {
    fn new(release: Release) -> World {
        let mut m = start::start(release.profile(), 1 << 28).unwrap();
        let main = str::name(&mut m, "__main__").unwrap();
        let globals = dict::new(&mut m).unwrap();
        World { m, handles: Vec::new(), globals, main }
    }

    /// What the interpreter keeps for ever once it was needed: interned names, dicts of subclasses.
    fn warm_up(&mut self) {
        for (a, b, c) in (0..6).flat_map(|a| (0..5).flat_map(move |b| (0..6).map(move |c| (a, b, c)))) {
            self.new_class(a, b, c);
        }
        for step in (2..19).flat_map(|op| (0..=7).map(move |a| (op, a, a, a))) {
            self.step(step);
        }
        self.end();
    }

    fn pick(&self, n: u8) -> Addr {
        if self.handles.is_empty() { NONE } else { self.handles[usize::from(n) % self.handles.len()] }
    }

    fn pick_kind(&self, n: u8, wanted: Kind) -> Option<Addr> {
        let of: Vec<Addr> = self.handles.iter().copied().filter(|&obj| Kind::of(&self.m, obj).unwrap() == wanted).collect();
        (!of.is_empty()).then(|| of[usize::from(n) % of.len()])
    }

    fn keep(&mut self, obj: Addr) {
        self.handles.push(obj);
    }

    fn drop_handle(&mut self, n: u8) {
        if !self.handles.is_empty() {
            let index = usize::from(n) % self.handles.len();
            let obj = self.handles.swap_remove(index);
            refcount::decref(&mut self.m, obj, Addr::NULL).unwrap();
        }
    }

    fn new_class(&mut self, a: u8, b: u8, c: u8) {
        let static_bases = [TypeId::Exception, TypeId::List, TypeId::Dict, TypeId::OSError, TypeId::Tuple];
        let mut bases = Vec::new();
        match a % 6 {
            0 | 1 => {}
            2 => bases.push(static_bases[usize::from(b) % static_bases.len()].addr()),
            3 | 4 => bases.extend(self.pick_kind(b, Kind::Type)),
            _ => bases.extend([b, c].iter().filter_map(|&n| self.pick_kind(n, Kind::Type))),
        }
        let slots: Option<&[&str]> = match c % 6 {
            0 => Some(&[]),
            1 => Some(&["p"]),
            2 => Some(&["q", "p", "__weakref__"]),
            3 => Some(&["q", "__dict__"]),
            _ => None,
        };
        let m = &mut self.m;
        let bases = if bases.is_empty() { Addr::NULL } else { tuple::new(m, &bases).unwrap() };
        let slots = slots.map(|names| program::names(m, names));
        let function = self.handles.iter().copied().find(|&obj| Kind::of(m, obj).unwrap() == Kind::Function);
        let mut body: Vec<(&str, Addr)> = Vec::new();
        body.extend(slots.map(|slots| ("__slots__", slots)));
        body.extend(function.filter(|_| b.is_multiple_of(2)).map(|function| ("method", function)));
        let attributes = program::names(m, &["alpha", "beta"]);
        let statement = class::Statement {
            name: "C",
            qualname: (c.is_multiple_of(3)).then_some("outer.<locals>.C"),
            module: self.main,
            bases,
            first_line: i64::from(a) * 50,
            body: &body,
            static_attributes: if a.is_multiple_of(2) { attributes } else { EMPTY_TUPLE },
        };
        let made = class::statement(m, &statement).unwrap();
        for held in [bases, attributes].into_iter().chain(slots) {
            if !held.is_null() {
                refcount::decref(m, held, Addr::NULL).unwrap();
            }
        }
        if let Ok(class) = made {
            self.keep(class);
        }
    }

    fn new_instance(&mut self, a: u8) {
        let Some(class) = self.pick_kind(a, Kind::Type) else { return };
        let native = head::native_type(&self.m, class).unwrap();
        let m = &mut self.m;
        let obj = match native.kind() {
            Kind::Exception => exception::new(m, class, EMPTY_TUPLE).unwrap(),
            // A dict's table is made by its own `tp_new`.
            Kind::Dict | Kind::Type => return,
            _ => instance::new(m, class, 0).unwrap(),
        };
        self.keep(obj);
    }

    fn attribute(&mut self, a: u8, b: u8, c: u8, deletes: bool) {
        let Some(obj) = self.pick_kind(a, Kind::Instance) else { return };
        let value = self.pick(b);
        let m = &mut self.m;
        let name = str::name(m, NAMES[usize::from(c) % NAMES.len()]).unwrap();
        let hashed = hash(m, name).unwrap();
        if deletes {
            attributes::delete(m, obj, name, hashed).unwrap();
        } else {
            attributes::set(m, obj, name, hashed, value).unwrap();
        }
        refcount::decref(m, name, Addr::NULL).unwrap();
    }

    fn slot(&mut self, a: u8, b: u8, c: u8) {
        let Some(obj) = self.pick_kind(a, Kind::Instance) else { return };
        let value = self.pick(b);
        let mut at = type_of(&self.m, obj).unwrap();
        for _ in 0..c % 3 {
            let base = head::tp::BASE.read(&self.m, at).unwrap();
            at = if is_static_type(base) { at } else { base };
        }
        if let Ok(slot) = instance::slot(&self.m, obj, at, u64::from(c % 2)) {
            refcount::replace(&mut self.m, slot, value).unwrap();
        }
    }

    fn weak(&mut self, a: u8, b: u8) {
        let (obj, callback) = (self.pick(a), if b.is_multiple_of(3) { self.pick(b) } else { Addr::NULL });
        if let Some(reference) = weakref::new(&mut self.m, obj, callback).unwrap() {
            self.keep(reference);
        }
    }

    fn other(&mut self, a: u8, b: u8) {
        use terrarium::object::function::{FUNC_CLOSURE, FUNC_DEFAULTS, FUNC_DICT};
        let (x, y) = (self.pick(a), self.pick(b));
        let namespace = program::Module { globals: self.globals, builtins: self.globals };
        let m = &mut self.m;
        let made = match a % 8 {
            0 => {
                let function = program::function(m, namespace, "outer.inner", &["x"], 2);
                let (cell, attributes) = (cell::new(m, y).unwrap(), dict::new(m).unwrap());
                let (closure, defaults) = (tuple::new(m, &[cell]).unwrap(), tuple::new(m, &[x, y]).unwrap());
                for (field, part) in [(FUNC_CLOSURE, closure), (FUNC_DEFAULTS, defaults), (FUNC_DICT, attributes)] {
                    function::set(m, function, field, part).unwrap();
                    refcount::decref(m, part, Addr::NULL).unwrap();
                }
                refcount::decref(m, cell, Addr::NULL).unwrap();
                function
            }
            1 => method::new(m, x, y).unwrap(),
            2 => {
                let function = program::function(m, namespace, "generator", &["x", "y"], 3);
                let stack = [generator::StackEntry::Object(x)];
                let generator = generator::new(m, function, &[y], &stack).unwrap();
                refcount::decref(m, function, Addr::NULL).unwrap();
                generator
            }
            3 => wrappers::property(m, [x, Addr::NULL, y, NONE]).unwrap(),
            4 => wrappers::builtin(m, x, y).unwrap(),
            5 => wrappers::method_wrapper(m, TypeId::ClassMethod, x).unwrap(),
            6 => {
                let name = str::name(m, "module").unwrap();
                let module = module::new(m, name).unwrap();
                refcount::decref(m, name, Addr::NULL).unwrap();
                module
            }
            _ => {
                let args = tuple::new(m, &[x, y]).unwrap();
                let kinds = [TypeId::OSError, TypeId::StopIteration, TypeId::SystemExit, TypeId::KeyError];
                let made = exception::new(m, kinds[usize::from(b) % 4].addr(), args).unwrap();
                refcount::decref(m, args, Addr::NULL).unwrap();
                made
            }
        };
        self.keep(made);
    }

    fn step(&mut self, (op, a, b, c): Step) {
        match op {
            0 | 1 => self.new_class(a, b, c),
            2 | 3 => self.new_instance(a),
            4 | 5 => self.attribute(a, b, c, false),
            6 => self.attribute(a, b, c, true),
            7 => self.slot(a, b, c),
            8 => self.weak(a, b),
            9 => self.drop_handle(a),
            10 => {
                gc::machine::collect(&mut self.m, a % 3).unwrap();
            }
            11 => {
                let item = self.pick(a);
                let list = list::new(&mut self.m, &[item]).unwrap();
                list::append(&mut self.m, list, list).unwrap();
                self.keep(list);
            }
            12 => {
                if let Some(obj) = self.pick_kind(a, Kind::Instance)
                    && let Some(dict) = attributes::materialize(&mut self.m, obj).unwrap()
                    && b.is_multiple_of(2)
                {
                    refcount::incref(&mut self.m, dict, Addr::NULL).unwrap();
                    self.keep(dict);
                }
            }
            13 => {
                if let Some(obj) = self.pick_kind(a, Kind::Instance) {
                    let dict = dict::new(&mut self.m).unwrap();
                    attributes::set_dict(&mut self.m, obj, dict).unwrap();
                    refcount::decref(&mut self.m, dict, Addr::NULL).unwrap();
                }
            }
            14 | 15 => self.short_life(a, b, c),
            _ => self.other(a, b),
        }
    }

    /// An instance that only a weak reference remembers, and perhaps itself.
    fn short_life(&mut self, a: u8, b: u8, c: u8) {
        let before = self.handles.len();
        self.new_instance(a);
        let Some(&obj) = self.handles.get(before) else { return };
        let callback = if b.is_multiple_of(2) { Addr::NULL } else { self.pick(c) };
        let found = weakref::new(&mut self.m, obj, callback).unwrap();
        if c.is_multiple_of(2) {
            let m = &mut self.m;
            let name = str::name(m, "itself").unwrap();
            let hashed = hash(m, name).unwrap();
            attributes::set(m, obj, name, hashed, obj).unwrap();
            refcount::decref(m, name, Addr::NULL).unwrap();
        }
        self.handles.extend(found);
        let obj = self.handles.remove(before);
        refcount::decref(&mut self.m, obj, Addr::NULL).unwrap();
    }

    fn end(&mut self) {
        while !self.handles.is_empty() {
            self.drop_handle(0);
        }
        gc::machine::collect(&mut self.m, 2).unwrap();
        gc::machine::collect(&mut self.m, 2).unwrap();
        freelist::clear_all(&mut self.m).unwrap();
    }

    /// Everything that can be reached from handles, roots and the collector's lists, with the slots that hold it.
    fn holders(&self) -> BTreeMap<Addr, u64> {
        let m = &self.m;
        let mut held: BTreeMap<Addr, u64> = BTreeMap::new();
        let mut open: Vec<Addr> = (0..4).flat_map(|generation| gc::members(m, generation).unwrap()).collect();
        for &obj in self.handles.iter().chain([&self.globals, &self.main]) {
            *held.entry(obj).or_default() += 1;
            open.push(obj);
        }
        for slot in interp::root_slots() {
            let obj: Addr = m.read(slot).unwrap();
            if !obj.is_null() {
                *held.entry(obj).or_default() += 1;
                open.push(obj);
            }
        }
        open.extend(TypeId::ALL.iter().map(|row| row.id.addr()));
        let mut seen = BTreeSet::new();
        while let Some(obj) = open.pop() {
            if !seen.insert(obj) {
                continue;
            }
            held.entry(obj).or_default();
            let tp = OB_TYPE.read(m, obj).unwrap();
            if !is_static_type(tp) {
                *held.entry(tp).or_default() += 1;
                open.push(tp);
            }
            let mut slots = Slots::of(m, obj, Walk::Owned).unwrap();
            while let Some((_, target)) = slots.next(m).unwrap() {
                *held.entry(target).or_default() += 1;
                open.push(target);
            }
        }
        held
    }

    fn check(&self) {
        let m = &self.m;
        let held = self.holders();
        for (&obj, &slots) in &held {
            if space::is_static(obj) {
                continue;
            }
            if let Some(count) = head::refcount(m, obj).unwrap() {
                let what = terrarium::object::repr::repr(m, obj, 60).unwrap();
                assert_eq!(count, slots, "{} {what}: count and slots", m.profile.name);
            }
            if Kind::of(m, obj).unwrap() == Kind::WeakRef {
                let referent = WR_OBJECT.read(m, obj).unwrap();
                assert!(referent == NONE || references_to(m, referent).unwrap().contains(&obj), "a weak reference is lost");
                assert!(referent == NONE || held.contains_key(&referent), "a weak reference leads to nothing");
            }
            if !matches!(Kind::of(m, obj).unwrap(), Kind::Plain | Kind::Int) {
                for reference in references_to(m, obj).unwrap() {
                    assert_eq!(WR_OBJECT.read(m, reference), Ok(obj), "a list of weak references has another's");
                }
            }
        }
    }
}

fn blocks_in_use(m: &AddressSpace) -> u64 {
    pymalloc::statistics(m).unwrap().allocated_bytes
}

/// Large tuples and class objects lie in the raw heap, lists in arenas: the collector's walks over lists must see where their
/// neighbours are, also while there is no checkpoint.
#[test]
fn large_objects_between_dying_lists_stay_linked() {
    for release in Release::ALL {
        let mut world = World::new(release);
        gc::machine::collect(&mut world.m, 2).unwrap();
        for pattern in 0_u32..64 {
            let m = &mut world.m;
            for at in 0..6 {
                let cycle = list::new(m, &[]).unwrap();
                list::append(m, cycle, cycle).unwrap();
                if pattern >> at & 1 != 0 {
                    let large = tuple::new(m, &[cycle; 70]).unwrap();
                    list::append(m, cycle, large).unwrap();
                    refcount::decref(m, large, Addr::NULL).unwrap();
                }
                refcount::decref(m, cycle, Addr::NULL).unwrap();
            }
            let found = gc::machine::collect(m, 2).unwrap();
            assert_eq!(found.collected, 6 + u64::from(pattern.count_ones()), "{release:?} {pattern:06b}");
            assert_eq!(gc::machine::collect(m, 2).unwrap().collected, 0, "{release:?} {pattern:06b}");
            world.check();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn counts_are_slots_and_nothing_stays(
        release in 0_usize..5,
        steps in proptest::collection::vec((0u8..19, any::<u8>(), any::<u8>(), any::<u8>()), 1..120),
    ) {
        let mut world = World::new(Release::ALL[release]);
        world.warm_up();
        let before = (blocks_in_use(&world.m), gc::members(&world.m, 2).unwrap().len());
        for &step in &steps {
            world.step(step);
            world.check();
        }
        world.end();
        world.check();
        let after = (blocks_in_use(&world.m), gc::members(&world.m, 2).unwrap().len());
        prop_assert_eq!(before, after, "memory after the program, on {}", world.m.profile.name);
    }
}
