//! The collector against a slow and obvious one: mark what is reachable, object by object. Graphs are made by random commands on
//! all releases; and stopping a collection anywhere, with undo and redo in between, leaves the same bytes as running through.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use std::collections::{BTreeMap, BTreeSet};
use terrarium::abi::Release;
use terrarium::heap::{CommandError, Heap, Place, Problem, Spec, live, roots};
use terrarium::ids::{Addr, Serial};
use terrarium::object::head::{is_gc, is_static_type, type_of};
use terrarium::object::{Slots, Walk};
use terrarium::runtime::gc::machine::Grain;
use terrarium::runtime::gc::members;

const LIMIT: u64 = 64 << 20;
const NAMES: [&str; 3] = ["a", "b", "c"];

/// One command; objects are chosen by number among those made so far.
#[derive(Clone, Debug)]
enum Op {
    Create(u8, usize, usize),
    Link(usize, u8, usize),
    Unlink(usize, u8),
    Bind(usize, usize),
    Unbind(usize),
    Drop(usize),
    Collect(u8),
    Undo,
    Redo,
}

fn op() -> impl Strategy<Value = Op> {
    let n = 0usize..48;
    prop_oneof![
        7 => (0u8..12, n.clone(), n.clone()).prop_map(|(k, a, b)| Op::Create(k, a, b)),
        14 => (n.clone(), 0u8..4, n.clone()).prop_map(|(a, p, b)| Op::Link(a, p, b)),
        1 => (n.clone(), 0u8..4).prop_map(|(a, p)| Op::Unlink(a, p)),
        1 => (0usize..3, n.clone()).prop_map(|(k, a)| Op::Bind(k, a)),
        1 => (0usize..3).prop_map(Op::Unbind),
        2 => n.prop_map(Op::Drop),
        1 => (0u8..3).prop_map(Op::Collect),
        1 => Just(Op::Undo),
        1 => Just(Op::Redo),
    ]
}

struct World {
    heap: Heap,
    /// The objects that were there before the program: they live as long as the interpreter.
    own: Vec<Addr>,
    made: Vec<Serial>,
}

impl World {
    fn new(release: Release) -> World {
        let mut heap = Heap::new(release, LIMIT).unwrap();
        heap.set_gc_enabled(false).unwrap();
        let mut made = vec![heap.create(&Spec::Int("7".to_owned())).unwrap()];
        let slots = Some(["p", "q"].map(str::to_owned).to_vec());
        made.push(heap.create(&Spec::Class { name: "C".to_owned(), slots: None, bases: vec![] }).unwrap());
        made.push(heap.create(&Spec::Class { name: "S".to_owned(), slots, bases: vec![] }).unwrap());
        let mut own = Vec::new();
        live::each(heap.memory(), |obj, _| own.push(obj)).unwrap();
        World { heap, own, made }
    }

    /// One of the latest objects that live.
    fn pick(&self, k: usize) -> Serial {
        let alive: Vec<Serial> = self.made.iter().rev().take(12).copied().filter(|&id| self.heap.address(id).is_ok()).collect();
        if alive.is_empty() { self.made[0] } else { alive[k % alive.len()] }
    }

    /// The page gives up all objects but the int and the classes: random graphs hang together, so what one name holds is
    /// much of them.
    fn let_go(&mut self) {
        for &id in self.made.iter().skip(3) {
            // Some are dead or held by names only.
            drop(self.heap.drop_handle(id));
        }
        for name in &NAMES[1..] {
            drop(self.heap.unbind(name));
        }
    }

    fn spec(&self, k: u8, a: usize, b: usize) -> Spec {
        let (a, b) = (self.pick(a), self.pick(b));
        match k {
            0 | 1 => Spec::List(vec![a]),
            2 => Spec::Tuple(vec![a, b]),
            3 => Spec::Dict(vec![(self.made[0], a)]),
            4 | 5 => Spec::Instance(self.made[1]),
            6 | 7 => Spec::Instance(self.made[2]),
            8 => Spec::Set(vec![a]),
            9 => Spec::Cell(Some(a)),
            10 => Spec::Exception("ValueError".to_owned(), vec![a]),
            _ => Spec::Function { name: "f".to_owned(), defaults: vec![a, b], closure: vec![] },
        }
    }

    /// The place of an object that the random number `p` means.
    fn place(&self, object: Serial, p: u8) -> Place {
        let Ok(places) = self.heap.places(object) else { return Place::Append };
        match p {
            _ if places.append => Place::Append,
            _ if places.keyed => Place::Key(self.made[0]),
            _ if places.member => Place::Member,
            _ if places.cell => Place::Cell,
            p => Place::Attribute(["p", "q", "r", "s"][usize::from(p) % 4].to_owned()),
        }
    }

    fn run(&mut self, op: &Op) -> Result<(), CommandError> {
        match *op {
            Op::Create(k, a, b) => {
                let made = self.heap.create(&self.spec(k, a, b))?;
                self.made.push(made);
                Ok(())
            }
            Op::Link(a, p, b) => {
                let from = self.pick(a);
                self.heap.link(from, &self.place(from, p), self.pick(b))
            }
            Op::Unlink(a, p) => {
                let from = self.pick(a);
                self.heap.unlink(from, &self.place(from, p))
            }
            Op::Bind(k, a) => self.heap.bind(NAMES[k % 3], self.pick(a)),
            Op::Unbind(k) => self.heap.unbind(NAMES[k % 3]),
            // The int and the classes stay.
            Op::Drop(a) if self.made[..3].contains(&self.pick(a)) => Ok(()),
            Op::Drop(a) => self.heap.drop_handle(self.pick(a)),
            Op::Collect(generation) => self.heap.collect(u64::from(generation)).map(drop),
            Op::Undo => {
                // Not what `new` made.
                if self.heap.undo_depth().0 > 4 {
                    self.heap.undo();
                }
                Ok(())
            }
            Op::Redo => {
                self.heap.redo();
                Ok(())
            }
        }
    }
}

fn referents(heap: &Heap, obj: Addr, walk: Walk) -> Vec<Addr> {
    let mut slots = Slots::of(heap.memory(), obj, walk).unwrap();
    core::iter::from_fn(|| slots.next(heap.memory()).unwrap()).map(|(_, to)| to).collect()
}

/// Every live object with what it refers to, type included.
fn objects(heap: &Heap) -> Vec<(Addr, Serial, Vec<Addr>)> {
    let mut all = Vec::new();
    live::each(heap.memory(), |obj, serial| all.push((obj, serial))).unwrap();
    let with_type = |obj: Addr| {
        let mut to = referents(heap, obj, Walk::Owned);
        let tp = type_of(heap.memory(), obj).unwrap();
        if !is_static_type(tp) && !to.contains(&tp) {
            to.push(tp);
        }
        to
    };
    all.into_iter().map(|(obj, serial)| (obj, serial, with_type(obj))).collect()
}

/// What the page and the interpreter hold by themselves.
fn held(world: &World) -> Vec<Addr> {
    let m = world.heap.memory();
    let mut held: Vec<Addr> = roots::handle_slots(m).unwrap().map(|slot| m.read(slot).unwrap()).collect();
    held.push(roots::namespace(m).unwrap());
    held.extend(&world.own);
    held
}

/// Everything on from `todo`, within `known` edges.
fn closure(mut todo: Vec<Addr>, edges: &BTreeMap<Addr, Vec<Addr>>) -> BTreeSet<Addr> {
    let mut found = BTreeSet::new();
    while let Some(obj) = todo.pop() {
        if let Some(to) = edges.get(&obj)
            && found.insert(obj)
        {
            todo.extend(to);
        }
    }
    found
}

/// The model: what a collection of `generation` must find, by marking. It looks at the objects of this and the younger
/// generations only; whatever anything else refers to stays, and what that refers to. References that an object owns but does not
/// show to the collector count as from outside.
fn garbage(world: &World, generation: u8) -> BTreeSet<Addr> {
    let m = world.heap.memory();
    let examined: BTreeMap<Addr, Vec<Addr>> = (0..=generation)
        .flat_map(|g| members(m, g).unwrap())
        .map(|obj| (obj, referents(&world.heap, obj, Walk::Traverse)))
        .collect();
    let mut outside = held(world);
    for (obj, _, mut owned) in objects(&world.heap) {
        for shown in examined.get(&obj).into_iter().flatten() {
            if let Some(at) = owned.iter().position(|to| to == shown) {
                owned.swap_remove(at);
            }
        }
        outside.append(&mut owned);
    }
    let stays = closure(outside, &examined);
    examined.into_keys().filter(|obj| !stays.contains(obj)).collect()
}

/// The objects of the program that anything the page or the interpreter holds leads to, whatever the generations say.
fn reachable(world: &World) -> BTreeSet<Addr> {
    let edges = objects(&world.heap).into_iter().map(|(obj, _, to)| (obj, to)).collect();
    closure(held(world), &edges)
}

fn alive(world: &World) -> BTreeMap<Addr, Serial> {
    objects(&world.heap).into_iter().map(|(obj, serial, _)| (obj, serial)).collect()
}

/// Live containers made since the start.
fn containers(world: &World) -> BTreeSet<Addr> {
    let m = world.heap.memory();
    alive(world).into_keys().filter(|&obj| is_gc(m, obj).unwrap()).collect()
}

fn bytes(heap: &Heap) -> Vec<(Addr, Vec<u8>)> {
    let m = heap.memory();
    let read = |r: &terrarium::mem::Range| {
        let mut bytes = vec![0; usize::try_from(r.bytes).unwrap()];
        m.read_bytes(r.start, &mut bytes).unwrap();
        (r.start, bytes)
    };
    m.mapped().iter().map(read).collect()
}

fn grown(release: Release, ops: &[Op]) -> World {
    let mut world = World::new(release);
    for op in ops {
        // Refused commands change nothing.
        drop(world.run(op));
    }
    world.let_go();
    world
}

/// Collects `generation` and holds the result against the model. How many objects were found.
fn collect_and_compare(world: &mut World, generation: u8) -> u64 {
    let (expected, before) = (garbage(world, generation), alive(world));
    let reached = reachable(world);
    let found = world.heap.collect(u64::from(generation)).unwrap();
    assert_eq!((found.collected, found.uncollectable), (expected.len() as u64, 0), "{expected:?}");
    let after = alive(world);
    for (obj, serial) in &before {
        let lives = after.get(obj) == Some(serial);
        assert!(!(lives && expected.contains(obj)), "{obj:?} is garbage and lives");
        assert!(lives || !reached.contains(obj), "{obj:?} was reachable and is gone");
    }
    if generation == 2 {
        let kept: BTreeSet<Addr> = containers(world);
        assert!(kept.is_subset(&reached), "{:?}", kept.difference(&reached));
    }
    expected.len() as u64
}

/// Steps through a collection, undoing and redoing steps as `choices` say.
fn wander(heap: &mut Heap, generation: u8, choices: &[u8]) {
    heap.start_collection(u64::from(generation)).unwrap();
    let started = heap.undo_depth().0;
    for choice in choices {
        match choice {
            0 | 1 if heap.undo_depth().0 > started => drop(heap.undo()),
            2 => drop(heap.redo()),
            3 => drop(heap.step_collection(Grain::Phase)),
            _ => drop(heap.step_collection(Grain::Object)),
        }
    }
    match heap.finish_collection() {
        Ok(_) => {}
        Err(error) if *error.problem() == Problem::NoCollection => {}
        Err(error) => panic!("{error:?}"),
    }
}

fn config(cases: u32) -> ProptestConfig {
    let rng_seed = proptest::test_runner::RngSeed::Fixed(11);
    ProptestConfig { cases, max_shrink_iters: 200, failure_persistence: None, rng_seed, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(8))]
    #[test]
    fn collections_free_exactly_what_marking_does_not_reach(ops in proptest::collection::vec(op(), 40..140), middle in 0u8..3) {
        for release in Release::ALL {
            let mut world = grown(release, &ops);
            collect_and_compare(&mut world, middle);
            collect_and_compare(&mut world, 1);
            collect_and_compare(&mut world, 2);
        }
    }

    #[test]
    fn stopping_anywhere_leaves_the_same_bytes(
        ops in proptest::collection::vec(op(), 40..100), generation in 0u8..3, choices in proptest::collection::vec(0u8..12, 0..120),
    ) {
        for release in Release::ALL {
            let mut world = grown(release, &ops);
            let before = bytes(&world.heap);
            world.heap.collect(u64::from(generation)).unwrap();
            let after = bytes(&world.heap);
            assert!(world.heap.undo());
            assert!(before == bytes(&world.heap), "{release:?}: undo of a whole collection");
            wander(&mut world.heap, generation, &choices);
            assert!(after == bytes(&world.heap), "{release:?}: a collection that was stopped in between");
            // And after each single object.
            while world.heap.undo_depth().0 > 4 && before != bytes(&world.heap) {
                world.heap.undo();
            }
            assert!(before == bytes(&world.heap), "{release:?}: undo of all steps");
            world.heap.start_collection(u64::from(generation)).unwrap();
            while world.heap.step_collection(Grain::Object).unwrap() {}
            assert!(after == bytes(&world.heap), "{release:?}: a collection of single steps");
        }
    }
}

#[test]
fn the_programs_make_garbage() {
    let mut runner = proptest::test_runner::TestRunner::new(config(8));
    let strategy = proptest::collection::vec(op(), 120..140);
    let mut found = 0;
    for _ in 0..8 {
        let ops = strategy.new_tree(&mut runner).unwrap().current();
        found += collect_and_compare(&mut grown(Release::Cp313, &ops), 2);
    }
    assert!(found > 50, "{found}");
}
