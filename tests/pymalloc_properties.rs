//! Random programs of malloc, calloc, realloc and free, with checkpoints: after every step the allocator is sound, every live
//! block holds what was written to it, and going back and forth brings everything back.

#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use terrarium::abi::{Release, space};
use terrarium::event::Event;
use terrarium::ids::Addr;
use terrarium::mem::{AddressSpace, Fault, Why};
use terrarium::pymalloc::{self, BlockState, PoolState, raw};

#[derive(Clone, Debug)]
enum Op {
    /// Blocks, bytes each.
    Malloc(usize, u64),
    Calloc(u64),
    /// Which block, new size.
    Realloc(usize, u64),
    /// The first of them, distance to the next, how many.
    Free(usize, usize, usize),
    RawMalloc(u64),
    /// Which block is written to, as objects are all the time.
    Write(usize),
    Checkpoint,
    Undo,
    Redo,
    Misalign(u64),
}

fn size() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0_u64..40, 6 => 1_u64..513, 2 => 500_u64..3000, 1 => 3000_u64..600_000, 1 => Just(1 << 21)]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (1_usize..6, size()).prop_map(|(n, size)| Op::Malloc(n, size)),
        2 => (2000_usize..5000, 400_u64..513).prop_map(|(n, size)| Op::Malloc(n, size)),
        2 => size().prop_map(Op::Calloc),
        6 => (any::<usize>(), size()).prop_map(|(k, size)| Op::Realloc(k, size)),
        4 => (any::<usize>(), 0_usize..9, 1_usize..9).prop_map(|(k, step, n)| Op::Free(k, step, n)),
        3 => (any::<usize>(), 1_usize..9, 500_usize..6000).prop_map(|(k, step, n)| Op::Free(k, step, n)),
        1 => size().prop_map(Op::RawMalloc),
        6 => any::<usize>().prop_map(Op::Write),
        2 => Just(Op::Checkpoint),
        2 => Just(Op::Undo),
        1 => Just(Op::Redo),
        1 => (0_u64..256).prop_map(|page| Op::Misalign(page << 12)),
    ]
}

/// A block that the program holds, filled with `fill`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Held {
    at: Addr,
    bytes: u64,
    fill: u8,
    raw: bool,
}

#[derive(Debug)]
struct World {
    m: AddressSpace,
    held: Vec<Held>,
    back: Vec<Vec<Held>>,
    ahead: Vec<Vec<Held>>,
    fills: u8,
}

impl World {
    fn new(limit_bytes: u64) -> World {
        let mut m = AddressSpace::new(Release::Cp314.profile(), limit_bytes);
        m.map(space::STATIC_START, space::STATIC_BYTES).unwrap();
        pymalloc::initialize(&mut m).unwrap();
        World { m, held: Vec::new(), back: Vec::new(), ahead: Vec::new(), fills: 0 }
    }

    fn hold(&mut self, at: Addr, bytes: u64, raw: bool) {
        self.fills = self.fills.wrapping_add(1);
        self.m.fill(at, bytes, self.fills).unwrap();
        self.held.push(Held { at, bytes, fill: self.fills, raw });
        self.ahead.clear();
    }

    /// Panics if the block does not hold what was written; only its first `bytes` bytes are compared.
    fn verify(&self, block: Held, bytes: u64) {
        let mut found = vec![0; usize::try_from(bytes.min(block.bytes)).unwrap()];
        self.m.read_bytes(block.at, &mut found).unwrap();
        assert!(found.iter().all(|&byte| byte == block.fill), "{block:?} was overwritten");
    }

    fn run(&mut self, op: &Op) -> Result<(), Fault> {
        match *op {
            Op::Malloc(n, size) => {
                for _ in 0..n {
                    let at = pymalloc::malloc(&mut self.m, size)?;
                    self.hold(at, size, false);
                }
            }
            Op::Calloc(size) => {
                let at = pymalloc::calloc(&mut self.m, 1, size)?;
                self.verify(Held { at, bytes: size, fill: 0, raw: false }, size);
                self.hold(at, size, false);
            }
            Op::RawMalloc(size) => {
                let at = raw::malloc(&mut self.m, size)?;
                assert!(raw::size_of(&self.m, at)? >= size.max(1));
                self.hold(at, size, true);
            }
            Op::Realloc(k, size) if !self.held.is_empty() => {
                let k = k % self.held.len();
                let old = self.held[k];
                let realloc = if old.raw { raw::realloc } else { pymalloc::realloc };
                let at = realloc(&mut self.m, old.at, size)?;
                self.held.swap_remove(k);
                self.verify(Held { at, ..old }, size);
                self.hold(at, size, old.raw);
            }
            Op::Free(k, step, n) => {
                let mut k = k;
                for _ in 0..n.min(self.held.len()) {
                    k = (k % self.held.len() + step) % self.held.len();
                    let block = self.held.swap_remove(k);
                    self.verify(block, u64::MAX);
                    let free = if block.raw { raw::free } else { pymalloc::free };
                    free(&mut self.m, block.at)?;
                    self.ahead.clear();
                }
            }
            Op::Checkpoint => {
                self.m.checkpoint();
                self.back.push(self.held.clone());
                self.ahead.clear();
            }
            Op::Undo => {
                if self.m.undo() {
                    self.ahead.push(core::mem::replace(&mut self.held, self.back.pop().unwrap()));
                }
            }
            Op::Redo => {
                if self.m.redo() {
                    self.back.push(core::mem::replace(&mut self.held, self.ahead.pop().unwrap()));
                }
            }
            Op::Misalign(bytes) => {
                pymalloc::set_arena_misalignment(&mut self.m, bytes)?;
                self.ahead.clear();
            }
            Op::Write(k) if !self.held.is_empty() => {
                let k = k % self.held.len();
                let block = self.held[k];
                if block.bytes == 0 {
                    return Ok(());
                }
                self.held.swap_remove(k);
                self.verify(block, u64::MAX);
                self.hold(block.at, block.bytes, block.raw);
            }
            Op::Realloc(..) | Op::Write(_) => {}
        }
        Ok(())
    }

    /// All that must hold after every step.
    fn check(&self) {
        if let Err(broken) = pymalloc::check(&self.m) {
            panic!("{broken}");
        }
        let ours = self.held.iter().filter(|block| !block.raw).count() as u64;
        assert_eq!(pymalloc::allocated_blocks(&self.m), Ok(ours), "sys.getallocatedblocks");
        let mut order = self.held.clone();
        order.sort_by_key(|block| block.at);
        for pair in order.windows(2) {
            assert!(pair[0].at.offset(pair[0].bytes) <= pair[1].at, "{pair:?} overlap");
        }
        assert!(order.iter().all(|block| block.at.0.is_multiple_of(16)), "blocks are aligned");
    }

    /// The program ends: what every block holds is right, and freeing all leaves an empty allocator.
    fn finish(mut self) {
        for block in core::mem::take(&mut self.held) {
            self.verify(block, u64::MAX);
            let found = pymalloc::block_containing(&self.m, block.at).unwrap().unwrap();
            assert_eq!((found.start, found.state), (block.at, BlockState::Live));
            assert!(found.bytes >= block.bytes);
            let free = if block.raw { raw::free } else { pymalloc::free };
            free(&mut self.m, block.at).unwrap();
        }
        self.check();
        let s = pymalloc::statistics(&self.m).unwrap();
        assert!(s.arenas_current <= 1, "one empty arena may stay");
        assert_eq!(s.allocated_bytes, 0);
        let vector = u64::from(s.arenas_highwater > 0 || raw::live(&self.m).unwrap().0 > 0);
        assert_eq!(raw::live(&self.m).unwrap().0, vector, "only the arenas vector is left in the raw heap");
    }
}

/// What the events say about pools and arenas.
#[derive(Debug, Default, PartialEq)]
struct Told {
    pools: BTreeMap<Addr, (PoolState, u32)>,
    arenas: BTreeSet<Addr>,
    live: BTreeSet<Addr>,
}

impl Told {
    fn hear(&mut self, event: Event) {
        match event {
            Event::Allocated(at, _) => assert!(self.live.insert(at), "{at} was live"),
            Event::Freed(at) => assert!(self.live.remove(&at), "{at} was not live"),
            Event::PoolTaken(pool, szidx) => drop(self.pools.insert(pool, (PoolState::Used, szidx))),
            Event::PoolFull(pool) => self.pools.get_mut(&pool).unwrap().0 = PoolState::Full,
            Event::PoolUsable(pool) => self.pools.get_mut(&pool).unwrap().0 = PoolState::Used,
            Event::PoolFreed(pool) => assert_eq!(self.pools.remove(&pool).unwrap().0, PoolState::Used),
            Event::ArenaTaken(arena) => assert!(self.arenas.insert(arena)),
            Event::ArenaReturned(arena) => assert!(self.arenas.remove(&arena)),
            other => panic!("{other:?} is none of the allocator's"),
        }
    }

    fn read(m: &AddressSpace) -> Told {
        let mut told = Told::default();
        for arena in pymalloc::arenas(m).unwrap() {
            told.arenas.insert(arena.address);
            for pool in pymalloc::pools(m, &arena).unwrap() {
                if matches!(pool.state, PoolState::Used | PoolState::Full) {
                    told.pools.insert(pool.address, (pool.state, pool.szidx));
                    let blocks = pymalloc::blocks(m, &pool).unwrap();
                    let live = (0..).zip(&blocks.states).filter(|(_, state)| **state == BlockState::Live);
                    told.live.extend(live.map(|(i, _)| blocks.first.offset(i * blocks.block_size)));
                }
            }
        }
        let raw = raw::blocks(m).unwrap();
        told.live.extend(raw.iter().filter(|block| block.live).map(|block| block.start));
        told
    }
}

/// After a checkpoint the pages of two pools may be saved again when the table of pools is not.
#[test]
fn a_pool_becomes_usable_and_full_right_after_a_checkpoint() {
    let mut world = World::new(64 << 20);
    world.run(&Op::Malloc(33, 512)).unwrap();
    let (full, serves) = (world.held[0].at, world.held[32].at);
    let checkpoint = |world: &mut World| {
        world.run(&Op::Checkpoint).unwrap();
        world.m.write(full.offset(8), 7_u64).unwrap();
        world.m.write(serves.offset(8), 7_u64).unwrap();
    };
    let pools = |world: &World| {
        world.check();
        pymalloc::used_pools(&world.m, 31).unwrap()
    };
    let both = [pymalloc::pool_of(full), pymalloc::pool_of(serves)];

    checkpoint(&mut world);
    pymalloc::free(&mut world.m, full).unwrap();
    let freed = world.held.remove(0);
    assert_eq!(pools(&world), both);

    checkpoint(&mut world);
    assert_eq!(pymalloc::malloc(&mut world.m, 512), Ok(full));
    world.held.push(freed);
    assert_eq!(pools(&world), both[1..]);

    world.run(&Op::Undo).unwrap();
    assert_eq!(pools(&world), both);
    world.run(&Op::Undo).unwrap();
    assert_eq!(pools(&world), both[1..]);
    world.finish();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_programs_keep_the_allocator_sound(ops in proptest::collection::vec(op(), 1..60)) {
        let mut world = World::new(256 << 20);
        for op in &ops {
            world.run(op).unwrap();
            world.check();
        }
        world.finish();
    }

    #[test]
    fn events_tell_all_that_happens_to_blocks_pools_and_arenas(ops in proptest::collection::vec(op(), 1..60)) {
        let mut world = World::new(256 << 20);
        let mut told = Told::default();
        for op in ops.iter().filter(|op| !matches!(op, Op::Checkpoint | Op::Undo | Op::Redo)) {
            world.m.log.start();
            world.run(op).unwrap();
            for event in world.m.log.stop() {
                told.hear(event);
            }
            prop_assert_eq!(&told, &Told::read(&world.m));
        }
    }

    #[test]
    fn out_of_memory_changes_nothing_that_was_allocated(ops in proptest::collection::vec(op(), 1..60), limit in 1_u64..9) {
        let mut world = World::new(limit << 20);
        for op in &ops {
            match world.run(op) {
                Ok(()) => {}
                // A failure before the first write leaves what can be redone.
                Err(fault) if matches!(fault.why(), Why::OutOfMemory(_)) => world.ahead.truncate(world.m.undo_depth().1),
                Err(fault) => panic!("{op:?}: {fault}"),
            }
            world.check();
        }
        world.finish();
    }

    #[test]
    fn the_same_program_gives_the_same_bytes_after_undo(ops in proptest::collection::vec(op(), 1..30), again in proptest::collection::vec(op(), 1..20)) {
        let plain = |ops: &[Op]| -> Vec<Op> {
            ops.iter().filter(|op| !matches!(op, Op::Checkpoint | Op::Undo | Op::Redo)).cloned().collect()
        };
        let mut world = World::new(256 << 20);
        for op in &plain(&ops) {
            world.run(op).unwrap();
        }
        world.run(&Op::Checkpoint).unwrap();
        for op in &plain(&again) {
            world.run(op).unwrap();
        }
        let first = world.held.iter().map(|block| block.at).collect::<Vec<_>>();
        world.run(&Op::Undo).unwrap();
        world.check();
        for op in &plain(&again) {
            world.run(op).unwrap();
        }
        prop_assert_eq!(first, world.held.iter().map(|block| block.at).collect::<Vec<_>>());
        world.finish();
    }
}
