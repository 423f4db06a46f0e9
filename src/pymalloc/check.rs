//! The integrity walk: every invariant of pymalloc and of the raw heap, from the bytes alone.

use core::fmt;

use super::layout::{
    ARENA_SIZE, DUMMY_SIZE_IDX, MAX_POOLS_IN_ARENA, NB_SMALL_SIZE_CLASSES, POOL_OVERHEAD, POOL_SIZE, arena_object,
    blocks_per_pool, nfp2lasta, pool_header, state, usedpools_head,
};
use super::view::{Arena, BlockState, Pool, PoolState, arenas, blocks, pools, usable_arenas, used_pools};
use super::{raw, statistics};
use crate::abi::space::OBMALLOC_STATE;
use crate::ids::gather::Gather as _;
use crate::ids::{Addr, sort};
use crate::mem::{AddressSpace, Fault, Why};

/// An invariant that does not hold: where, and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The structure concerned.
    pub at: Addr,
    /// What is wrong, without a full stop.
    pub what: &'static str,
    /// The access that failed during the walk, if that is how it was found.
    pub fault: Option<Why>,
}

impl Broken {
    pub(super) const fn new(at: Addr, what: &'static str) -> Broken {
        Broken { at, what, fault: None }
    }
}

impl From<Fault> for Broken {
    fn from(fault: Fault) -> Broken {
        let at = match fault.why() {
            Why::NotMapped(at) | Why::Misaligned(at) | Why::Corrupt(at, _) | Why::TooDeep(at) => at,
            Why::OutOfMemory(_) => Addr::NULL,
        };
        Broken { at, what: "a link of the allocator leads astray", fault: Some(fault.why()) }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}.", self.at, self.what)?;
        match self.fault {
            Some(why) => write!(f, " {why}"),
            None => Ok(()),
        }
    }
}

fn require(holds: bool, at: Addr, what: &'static str) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(Broken::new(at, what)) }
}

/// Verifies the whole allocator.
///
/// # Errors
/// The first invariant that does not hold.
pub fn check(m: &AddressSpace) -> Result<(), Broken> {
    let held = arenas(m)?;
    let mut used = [0_u64; NB_SMALL_SIZE_CLASSES as usize];
    for arena in &held {
        check_arena(m, arena, &mut used)?;
    }
    for (&pools, szidx) in used.iter().zip(0..) {
        check_used_pools(m, szidx, pools)?;
    }
    check_usable_arenas(m, &held)?;
    check_unused_arena_objects(m, &held)?;
    check_mapped(m, &held)?;
    let s = statistics(m)?;
    require(s.total_bytes() == s.arena_bytes(), OBMALLOC_STATE, "the statistics do not add up to the size of all arenas")?;
    raw::check(m)
}

/// What is mapped in the arenas' region is just the arenas that are held.
fn check_mapped(m: &AddressSpace, held: &[Arena]) -> Result<(), Broken> {
    let mut addresses: Vec<Addr> = held.iter().map(|arena| arena.address).gather();
    sort::addresses(&mut addresses);
    let mut mapped = m.mapped().iter().filter(|range| super::is_mine(range.start));
    for address in addresses {
        let found = mapped.next().is_some_and(|range| range.start == address && range.bytes == ARENA_SIZE);
        require(found, address, "an arena's memory is not mapped, or memory between arenas is")?;
    }
    require(mapped.next().is_none(), OBMALLOC_STATE, "memory is mapped that belongs to no arena")
}

fn check_arena(m: &AddressSpace, arena: &Arena, used: &mut [u64]) -> Result<(), Broken> {
    let at = arena.object;
    let aligned = arena.first_pool() == arena.address;
    require(arena.ntotalpools == MAX_POOLS_IN_ARENA - u32::from(!aligned), at, "ntotalpools does not fit the arena's address")?;
    require(arena.nfreepools <= arena.ntotalpools, at, "nfreepools is more than ntotalpools")?;
    let end = arena.pool_at(arena.ntotalpools);
    let carved_ok = arena.pool_address > arena.first_pool() && arena.pool_address <= end;
    require(carved_ok && arena.pool_address.0.is_multiple_of(POOL_SIZE), at, "pool_address is outside the arena")?;
    let (mut empty, mut untouched) = (0, 0);
    for pool in pools(m, arena)? {
        match pool.state {
            PoolState::Untouched => untouched += 1,
            PoolState::Empty => empty += 1,
            PoolState::Used => {
                if let Some(n) = usize::try_from(pool.szidx).ok().and_then(|szidx| used.get_mut(szidx)) {
                    *n += 1;
                }
            }
            PoolState::Full => {}
        }
        if pool.state != PoolState::Untouched {
            require(pool.arenaindex == arena.index, pool.address, "a pool's arenaindex is not its arena's index")?;
            check_pool(m, &pool)?;
        }
    }
    require(empty + untouched == arena.nfreepools, at, "nfreepools is not the number of free and never carved pools")?;
    check_freepools(m, arena, empty)
}

fn check_pool(m: &AddressSpace, pool: &Pool) -> Result<(), Broken> {
    let at = pool.address;
    if pool.szidx == DUMMY_SIZE_IDX {
        return require(pool.state == PoolState::Empty, at, "a pool in use has no size class");
    }
    require(pool.szidx < NB_SMALL_SIZE_CLASSES, at, "szidx is no size class")?;
    let size = pool.block_size();
    let carved = u64::from(pool.nextoffset).wrapping_sub(POOL_OVERHEAD);
    require(u64::from(pool.maxnextoffset) == POOL_SIZE - size, at, "maxnextoffset does not fit the size class")?;
    let most = u64::from(blocks_per_pool(pool.szidx)) * size;
    let at_block = carved.is_multiple_of(size) && carved >= 2 * size && carved <= most;
    require(at_block, at, "nextoffset is not at a block")?;
    let (mut live, mut uncarved) = (0, 0);
    for state in blocks(m, pool)?.states {
        live += u32::from(state == BlockState::Live);
        uncarved += u32::from(state == BlockState::Uncarved);
    }
    require(live == pool.count, at, "count is not the number of carved blocks that are not in the free list")?;
    require(pool.state != PoolState::Full || uncarved == 0, at, "a pool without free block has blocks that were never carved")
}

fn check_freepools(m: &AddressSpace, arena: &Arena, empty: u32) -> Result<(), Broken> {
    let mut at = arena.freepools;
    let mut listed = 0;
    while !at.is_null() {
        let inside = arena.first_pool() <= at && at < arena.pool_address && at.0.is_multiple_of(POOL_SIZE);
        require(inside, at, "an entry of freepools is no carved pool of the arena")?;
        require(pool_header::COUNT.read(m, at)? == 0, at, "a pool in freepools has live blocks")?;
        listed += 1;
        require(listed <= empty, at, "freepools does not end")?;
        at = pool_header::NEXTPOOL.read(m, at)?;
    }
    require(listed == empty, arena.object, "an empty pool is not in freepools")
}

fn check_used_pools(m: &AddressSpace, szidx: u32, expected: u64) -> Result<(), Broken> {
    let head = usedpools_head(szidx);
    let mut prev = head;
    let list = used_pools(m, szidx)?;
    for &pool in &list {
        require(pool_header::PREVPOOL.read(m, pool)? == prev, pool, "prevpool does not lead back in usedpools")?;
        require(pool_header::SZIDX.read(m, pool)? == szidx, pool, "a pool is in usedpools under another size class")?;
        let partly = pool_header::COUNT.read(m, pool)? > 0 && !pool_header::FREEBLOCK.read(m, pool)?.is_null();
        require(partly, pool, "a pool in usedpools is full or empty")?;
        prev = pool;
    }
    require(pool_header::PREVPOOL.read(m, head)? == prev, head, "prevpool does not lead back in usedpools")?;
    require(list.len() as u64 == expected, head, "a partly used pool is not in usedpools")
}

fn check_usable_arenas(m: &AddressSpace, held: &[Arena]) -> Result<(), Broken> {
    let mut last_with = [Addr::NULL; MAX_POOLS_IN_ARENA as usize + 1];
    let (mut prev, mut least) = (Addr::NULL, 1);
    let order = usable_arenas(m)?;
    for index in &order {
        let found = held.binary_search_by_key(index, |arena| arena.index).ok().and_then(|at| held.get(at));
        let Some(arena) = found else {
            return Err(Broken::new(OBMALLOC_STATE, "usable_arenas has an entry without arena"));
        };
        let at = arena.object;
        require(arena.nfreepools >= least, at, "usable_arenas is not ascending in nfreepools from 1 on")?;
        require(arena_object::PREVARENA.read(m, at)? == prev, at, "prevarena does not lead back in usable_arenas")?;
        if let Some(last) = usize::try_from(arena.nfreepools).ok().and_then(|n| last_with.get_mut(n)) {
            *last = at;
        }
        (prev, least) = (at, arena.nfreepools);
    }
    let usable = held.iter().filter(|arena| arena.nfreepools > 0).count();
    require(usable == order.len(), OBMALLOC_STATE, "an arena with available pools is not in usable_arenas")?;
    for (&last, n) in last_with.iter().zip(0..) {
        require(
            m.read::<Addr>(nfp2lasta(n))? == last,
            nfp2lasta(n),
            "nfp2lasta does not name the last arena with so many free pools",
        )?;
    }
    let wholly_free = held.iter().filter(|arena| arena.nfreepools == arena.ntotalpools).count();
    require(wholly_free <= 1, OBMALLOC_STATE, "more than one wholly free arena is kept")
}

fn check_unused_arena_objects(m: &AddressSpace, held: &[Arena]) -> Result<(), Broken> {
    let maxarenas = u64::from(state::MAXARENAS.read(m, OBMALLOC_STATE)?);
    let mut at = state::UNUSED_ARENA_OBJECTS.read(m, OBMALLOC_STATE)?;
    let mut unused = 0;
    while !at.is_null() {
        require(arena_object::ADDRESS.read(m, at)?.is_null(), at, "unused_arena_objects has an entry with an arena")?;
        unused += 1;
        require(unused <= maxarenas, at, "unused_arena_objects does not end")?;
        at = arena_object::NEXTARENA.read(m, at)?;
    }
    let now = held.len() as u64;
    require(unused + now == maxarenas, OBMALLOC_STATE, "an arena_object without arena is not in unused_arena_objects")?;
    let counted = state::NARENAS_CURRENTLY_ALLOCATED.read(m, OBMALLOC_STATE)?;
    require(counted == now, OBMALLOC_STATE, "narenas_currently_allocated is not the number of arenas")?;
    let highwater = state::NARENAS_HIGHWATER.read(m, OBMALLOC_STATE)?;
    let total = state::NTIMES_ARENA_ALLOCATED.read(m, OBMALLOC_STATE)?;
    require(now <= highwater && highwater <= total, OBMALLOC_STATE, "the counts of arenas contradict each other")
}
