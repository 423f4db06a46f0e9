//! The façade as the page uses it: random programs of commands on every release. `check()` runs inside after each command.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use proptest::prelude::*;
use terrarium::abi::Release;
use terrarium::heap::{CommandError, Heap, Place, Spec, check};
use terrarium::ids::Serial;
use terrarium::playground::Playground;
use terrarium::runtime::gc::machine::Grain;
use terrarium::scene::{Size, View};
use terrarium::snapshot::{self, Startup};

const LIMIT: u64 = 64 << 20;

fn heap(release: Release) -> Heap {
    Heap::new(release, LIMIT).unwrap()
}

#[test]
fn the_demo_has_a_shared_list_and_a_pair_that_a_collection_finds() {
    for release in Release::ALL {
        let mut page = Playground::new(release, LIMIT).unwrap();
        page.load_demo().unwrap();
        let lost: Vec<_> =
            page.snapshot().unwrap().objects.iter().filter(|o| !o.reachable).map(|o| o.type_name.to_string()).collect();
        assert_eq!(lost, ["list", "list"], "{release:?}");
        let shared = page.snapshot().unwrap().objects.iter().find(|o| &*o.type_name == "list").unwrap().clone();
        assert_eq!(shared.refcount, Some(3), "two names and a tuple");
        assert_eq!(page.details(shared.id).unwrap().holders.len(), 3);
        for view in [View::Objects, View::Pools, View::Generations, View::Bytes] {
            let scene = page.scene(view, Size { w: 800.0, h: 600.0 }).unwrap();
            assert!(!scene.items.is_empty());
        }
        let found = page.collect(2).unwrap();
        assert_eq!((found.outcome.collected, found.by_type), (2, vec![("list".to_owned(), 2)]));
        assert!(page.snapshot().unwrap().objects.iter().all(|o| o.reachable));
        assert!(page.undo().unwrap());
        assert_eq!(page.snapshot().unwrap().objects.iter().filter(|o| !o.reachable).count(), 2);
        assert!(page.redo().unwrap());
        assert!(page.snapshot().unwrap().objects.iter().all(|o| o.reachable));
    }
}

/// What there is to make of every kind of object.
fn one_of_each(page: &mut Playground) -> Vec<Spec> {
    let number = page.create(&Spec::Int("70000".to_owned())).unwrap();
    let cell = page.create(&Spec::Cell(Some(number))).unwrap();
    let class = page.create(&Spec::Class { name: "Node".to_owned(), slots: None, bases: Vec::new() }).unwrap();
    let function = Spec::Function { name: "f".to_owned(), defaults: vec![number], closure: vec![cell] };
    let function = page.create(&function).unwrap();
    vec![
        Spec::None,
        Spec::Bool(true),
        Spec::Float(1.5),
        Spec::Complex(1.0, 2.0),
        Spec::Str("é 日".to_owned()),
        Spec::Bytes(vec![1]),
        Spec::ByteArray(Vec::new()),
        Spec::ByteArray(vec![1, 2]),
        Spec::List(Vec::new()),
        Spec::Tuple(vec![number]),
        Spec::Set(Vec::new()),
        Spec::Set(vec![number]),
        Spec::FrozenSet(Vec::new()),
        Spec::FrozenSet(vec![number]),
        Spec::Dict(Vec::new()),
        Spec::Dict(vec![(number, number)]),
        Spec::Slice(number, number, number),
        Spec::Range("0".to_owned(), "10".to_owned(), "-3".to_owned()),
        Spec::Instance(class),
        Spec::Method(function, number),
        Spec::Module("m".to_owned()),
        Spec::Exception("ValueError".to_owned(), vec![number]),
        Spec::WeakRef(class),
        Spec::Object,
    ]
}

#[test]
fn every_kind_of_object_has_details_that_cover_its_blocks() {
    for release in Release::ALL {
        let mut page = Playground::new(release, LIMIT).unwrap();
        for spec in one_of_each(&mut page) {
            let id = page.create(&spec).unwrap();
            let details = page.details(id).unwrap_or_else(|error| panic!("{release:?} {spec:?}: {error}"));
            for block in &details.blocks {
                assert_eq!(block.fields.iter().map(|f| f.size_bytes).sum::<u64>(), block.block_bytes, "{release:?} {spec:?}");
            }
        }
        for object in snapshot::take(page.heap(), Startup::Shown).unwrap().objects {
            assert!(
                page.details(object.id).is_ok(),
                "{release:?} {} {}: {:?}",
                object.type_name,
                object.id,
                page.details(object.id)
            );
        }
    }
}

/// One command, with its objects chosen by number among those made so far.
#[derive(Clone, Debug)]
enum Op {
    Create(u8, usize, usize),
    Link(usize, u8, usize, usize),
    Unlink(usize, u8, usize),
    Bind(u8, usize),
    Unbind(u8),
    Drop(usize),
    Collect(u8),
    Step(u8),
    Undo,
    Redo,
}

fn op() -> impl Strategy<Value = Op> {
    let n = 0usize..64;
    prop_oneof![
        6 => (0u8..26, n.clone(), n.clone()).prop_map(|(k, a, b)| Op::Create(k, a, b)),
        6 => (n.clone(), 0u8..6, n.clone(), n.clone()).prop_map(|(a, p, k, b)| Op::Link(a, p, k, b)),
        2 => (n.clone(), 0u8..7, n.clone()).prop_map(|(a, p, k)| Op::Unlink(a, p, k)),
        2 => (0u8..4, n.clone()).prop_map(|(k, a)| Op::Bind(k, a)),
        1 => (0u8..4).prop_map(Op::Unbind),
        4 => n.prop_map(Op::Drop),
        1 => (0u8..3).prop_map(Op::Collect),
        1 => (0u8..3).prop_map(Op::Step),
        1 => Just(Op::Undo),
        1 => Just(Op::Redo),
    ]
}

fn spec(k: u8, a: Serial, b: Serial) -> Spec {
    match k {
        0 => Spec::None,
        1 => Spec::Bool(true),
        2 => Spec::Int(format!("{}", u64::from(a.0) * 1_000_003)),
        3 => Spec::Int("-123456789012345678901234567890".to_owned()),
        4 => Spec::Float(2.5),
        5 => Spec::Complex(1.0, -2.0),
        6 => Spec::Str(format!("name{}", a.0 % 7)),
        7 => Spec::Str("grüße €".to_owned()),
        8 => Spec::Bytes(vec![1; (a.0 % 700) as usize]),
        9 => Spec::ByteArray(vec![2; (a.0 % 40) as usize]),
        10 => Spec::List(vec![a, b, a]),
        11 => Spec::Tuple(vec![a, b]),
        12 => Spec::Set(vec![a, b]),
        13 => Spec::FrozenSet(vec![a]),
        14 => Spec::Dict(vec![(a, b), (b, a)]),
        15 => Spec::Slice(a, b, a),
        16 => Spec::Range("0".to_owned(), "1000".to_owned(), "3".to_owned()),
        17 => Spec::Class { name: "C".to_owned(), slots: None, bases: vec![] },
        18 => Spec::Class { name: "S".to_owned(), slots: Some(vec!["q".to_owned(), "p".to_owned()]), bases: vec![] },
        19 => Spec::Class { name: "D".to_owned(), slots: None, bases: vec![a] },
        20 => Spec::Instance(a),
        21 => Spec::Cell(Some(a)),
        22 => Spec::Function { name: "f".to_owned(), defaults: vec![a], closure: vec![] },
        23 => Spec::Module("m".to_owned()),
        24 => Spec::Exception("ValueError".to_owned(), vec![a, b]),
        _ => Spec::WeakRef(a),
    }
}

fn place(p: u8, k: Serial) -> Place {
    match p {
        0 | 1 => Place::Append,
        2 => Place::Index(u64::from(k.0 % 3)),
        3 => Place::Key(k),
        4 => Place::Attribute(["next", "p", "x"][k.0 as usize % 3].to_owned()),
        5 => Place::Member,
        _ => Place::Cell,
    }
}

struct World {
    heap: Heap,
    made: Vec<Serial>,
}

impl World {
    fn pick(&self, k: usize) -> Serial {
        if self.made.is_empty() { Serial(1) } else { self.made[k % self.made.len()] }
    }

    fn run(&mut self, op: &Op) -> Result<(), CommandError> {
        let name = |k: u8| ["a", "b", "c", "d"][k as usize % 4];
        match *op {
            Op::Create(k, a, b) => {
                let spec = spec(k, self.pick(a), self.pick(b));
                let id = if a % 3 == 0 { self.heap.create_named(&spec, name(k))? } else { self.heap.create(&spec)? };
                self.made.push(id);
                Ok(())
            }
            Op::Link(from, p, k, to) => self.heap.link(self.pick(from), &place(p, self.pick(k)), self.pick(to)),
            Op::Unlink(from, 6, k) => self.heap.unlink_member(self.pick(from), self.pick(k)),
            Op::Unlink(from, p, k) => self.heap.unlink(self.pick(from), &place(p, self.pick(k))),
            Op::Bind(k, a) => self.heap.bind(name(k), self.pick(a)),
            Op::Unbind(k) => self.heap.unbind(name(k)),
            Op::Drop(a) => self.heap.drop_handle(self.pick(a)),
            Op::Collect(g) => self.heap.collect(u64::from(g)).map(drop),
            Op::Step(g) => {
                self.heap.start_collection(u64::from(g))?;
                while self.heap.step_collection(if g == 0 { Grain::Phase } else { Grain::Object })? {}
                Ok(())
            }
            Op::Undo => {
                self.heap.undo();
                Ok(())
            }
            Op::Redo => {
                self.heap.redo();
                Ok(())
            }
        }
    }
}

/// All that a failed command must leave alone.
fn bytes(heap: &Heap) -> Vec<Vec<u8>> {
    let m = heap.memory();
    let read = |r: &terrarium::mem::Range| {
        let mut bytes = vec![0; usize::try_from(r.bytes).unwrap()];
        m.read_bytes(r.start, &mut bytes).unwrap();
        bytes
    };
    m.mapped().iter().map(read).collect()
}

/// The columns are gathered on a path of their own; what they say must be what the snapshot says.
fn columns_say_what_rows_say(heap: &Heap) {
    let columns = snapshot::columns(heap).unwrap();
    let rows = snapshot::take(heap, Startup::Shown).unwrap().objects;
    assert_eq!(columns.id.len(), rows.len());
    for (at, id) in columns.id.iter().enumerate() {
        let row = &rows[rows.binary_search_by_key(&Serial(*id), |o| o.id).unwrap()];
        let generation = row.gc.and_then(|gc| gc.generation).unwrap_or(snapshot::UNTRACKED);
        let count = row.refcount.map_or(snapshot::IMMORTAL, |n| u32::try_from(n).unwrap());
        let (size, type_name) = (u64::from(columns.getsizeof[at]), &columns.types[usize::from(columns.type_index[at])]);
        #[allow(clippy::cast_precision_loss, reason = "below 2^53")]
        let address = row.addr.0 as f64;
        assert_eq!((columns.address[at].to_bits(), columns.flags[at]), (address.to_bits(), u8::from(row.startup)), "{row:?}");
        assert_eq!((columns.generation[at], columns.refcount[at], size), (generation, count, row.getsizeof_bytes), "{row:?}");
        assert_eq!(**type_name, *row.type_name);
    }
}

#[test]
fn columns_tell_of_every_kind_size_and_generation() {
    for release in Release::ALL {
        let mut page = Playground::new(release, LIMIT).unwrap();
        let number = page.create(&Spec::Int("-".to_owned() + &"7".repeat(90))).unwrap();
        // The first of its type that is met may be a large one.
        page.create(&Spec::Bytes(vec![1; 557])).unwrap();
        columns_say_what_rows_say(page.heap());
        for round in 0_u8..3 {
            for spec in one_of_each(&mut page) {
                page.create(&spec).unwrap();
            }
            // Blocks outside pools; some lie across the border of two windows.
            for n in 0..40 {
                page.create(&Spec::Tuple(vec![number; 64 + n])).unwrap();
                page.create(&Spec::Str("\u{e9}".repeat(500 + n))).unwrap();
                page.create(&Spec::Int("9".repeat(5000))).unwrap();
            }
            columns_say_what_rows_say(page.heap());
            match round {
                0 => page.freeze().map(drop),
                1 => page.collect(1).map(drop),
                _ => page.start_collection(0).map(drop),
            }
            .unwrap();
            columns_say_what_rows_say(page.heap());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, max_shrink_iters: 60, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]
    #[test]
    fn random_programs_leave_a_sound_heap_and_nothing_behind(ops in proptest::collection::vec(op(), 1..120), r in 0usize..5) {
        let mut world = World { heap: heap(Release::ALL[r]), made: Vec::new() };
        for op in &ops {
            let before = bytes(&world.heap);
            if world.run(op).is_err() {
                prop_assert!(before == bytes(&world.heap), "a refused command changed bytes: {:?}", op);
            }
            prop_assert_eq!(check(world.heap.memory()), Ok(()), "after {:?}", op);
        }
        columns_say_what_rows_say(&world.heap);
        drop(world.heap.finish_collection());
        for name in ["a", "b", "c", "d"] {
            drop(world.heap.unbind(name));
        }
        for &id in &world.made {
            drop(world.heap.drop_handle(id));
        }
        world.heap.collect(2).unwrap();
        // What the interpreter itself keeps: subclasses of object, interned strings of 3.12, the descriptors of 3.15.
        let left: Vec<_> = snapshot::take(&world.heap, Startup::Hidden).unwrap().objects.into_iter().filter(|o| !o.reachable).collect();
        prop_assert!(left.is_empty(), "still there: {:?}", left);
    }
}

#[test]
fn out_of_memory_is_an_error_that_changes_nothing() {
    for release in Release::ALL {
        let mut heap = Heap::new(release, 8 << 20).unwrap();
        let mut made = Vec::new();
        let error = loop {
            let before = bytes(&heap);
            match heap.create(&Spec::Bytes(vec![1; 300_000])) {
                Ok(id) => made.push(id),
                Err(error) => {
                    assert!(before == bytes(&heap));
                    break error;
                }
            }
        };
        assert_eq!(error.code(), "out-of-memory");
        assert!(made.len() > 3);
        heap.drop_handle(made[0]).unwrap();
        heap.create(&Spec::Bytes(vec![2; 300_000])).unwrap();
    }
}

/// The first instance of a class has room for 30 attributes, and says 29: its block tells what it takes.
#[test]
fn an_object_occupies_the_block_that_it_got() {
    let mut p = Playground::new(Release::Cp314, 1 << 30).unwrap();
    let class = p.create(&Spec::Class { name: "Node".to_owned(), slots: None, bases: Vec::new() }).unwrap();
    for bytes in [336, 320, 320] {
        let id = p.create(&Spec::Instance(class)).unwrap();
        assert_eq!(p.object(id).unwrap().occupies_bytes, bytes);
        let details = p.details(id).unwrap();
        assert_eq!((details.getsizeof_bytes, details.occupies_bytes), (48, bytes));
        let fields = &details.blocks[0].fields;
        assert_eq!(fields.iter().map(|f| f.size_bytes).sum::<u64>(), bytes);
        let pools = &p.snapshot().unwrap().arenas[0].pools;
        let at = details.blocks[0].addr;
        let pool = pools.iter().find(|pool| pool.blocks.iter().any(|block| block.addr == at)).unwrap();
        assert_eq!(u64::from(pool.block_bytes), bytes);
    }
}

/// CPython sets `__class__` and `__dict__` through descriptors, calls special methods that may be slots, and picks another class for an OSError with a known number.
#[test]
fn what_python_does_in_another_way_is_refused() {
    for release in Release::ALL {
        let mut heap = Heap::new(release, 1 << 28).unwrap();
        let class = |slots: Option<&str>| Spec::Class {
            name: "Node".to_owned(),
            slots: slots.map(|name| vec![name.to_owned()]),
            bases: Vec::new(),
        };
        let plain = heap.create(&class(None)).unwrap();
        let node = heap.create(&Spec::Instance(plain)).unwrap();
        assert_eq!(heap.create(&class(Some("__init__"))).unwrap_err().code(), "bad-value", "{release:?}");
        let own = heap.create(&class(Some("__class"))).unwrap();
        let slotted = heap.create(&Spec::Instance(own)).unwrap();
        let module = heap.create(&Spec::Module("m".to_owned())).unwrap();
        for (object, name, is_set) in [
            (node, "__class__", false),
            (node, "__dict__", false),
            (node, "__weakref__", false),
            (node, "__doc__", true),
            (slotted, "_Node__class", true),
            (slotted, "__class__", false),
            (module, "__class__", false),
            (module, "__dict__", false),
            (module, "__weakref__", true),
        ] {
            let place = Place::Attribute(name.to_owned());
            let result = heap.link(object, &place, node);
            assert_eq!(result.as_ref().err().map(CommandError::code), (!is_set).then_some("bad-value"), "{release:?} {name}");
            assert_eq!(heap.unlink(object, &place).is_ok(), is_set, "{release:?} {name}");
        }
        // CPython hashes code by its contents.
        heap.create(&Spec::Function { name: "f".to_owned(), defaults: Vec::new(), closure: Vec::new() }).unwrap();
        let objects = snapshot::take(&heap, Startup::Hidden).unwrap().objects;
        let code = objects.iter().find(|object| &*object.type_name == "code").unwrap().id;
        assert_eq!(heap.create(&Spec::Set(vec![code])).unwrap_err().code(), "unhashable", "{release:?}");
        let [found, other] = ["2", "5"].map(|number| heap.create(&Spec::Int(number.to_owned())).unwrap());
        for (name, args, is_made) in [
            ("OSError", vec![found, node], false),
            ("OSError", vec![found], true),
            ("OSError", vec![other, node], true),
            ("SyntaxError", vec![node, node], false),
            ("SyntaxError", vec![node], true),
        ] {
            let made = heap.create(&Spec::Exception(name.to_owned(), args));
            assert_eq!(made.is_ok(), is_made, "{release:?} {name}");
        }
    }
}

/// What `gc.is_tracked` says in all five releases of a tuple with these items: from 3.14 on the item's type decides.
#[test]
fn a_tuple_is_tracked_at_birth_for_the_type_of_an_item() {
    for release in Release::ALL {
        let mut heap = Heap::new(release, 1 << 28).unwrap();
        let number = heap.create(&Spec::Int("1000".to_owned())).unwrap();
        let empty = heap.create(&Spec::Tuple(Vec::new())).unwrap();
        for (item, is_tracked) in [(number, release < Release::Cp314), (empty, true)] {
            let tuple = heap.create(&Spec::Tuple(vec![item])).unwrap();
            let at = heap.address(tuple).unwrap();
            assert_eq!(terrarium::object::gc_head::is_tracked(heap.memory(), at), Ok(is_tracked), "{release:?}");
        }
    }
}
