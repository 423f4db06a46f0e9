//! Reading what the allocator's bytes say: for views and statistics. Nothing here changes anything.

use super::layout::{
    ARENA_SIZE, MAX_POOLS_IN_ARENA, POOL_OVERHEAD, POOL_SIZE, arena_object, blocks_per_pool, class_size, pool_header, pool_of,
    state, usedpools_head,
};
use super::{NB_SMALL_SIZE_CLASSES, arena::arena_at, raw};
use crate::abi::space::OBMALLOC_STATE;
use crate::ids::Addr;
use crate::ids::gather::Gather as _;
use crate::mem::{AddressSpace, Fault};

/// An arena that is held, as its `arena_object` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arena {
    /// Index in the `arenas` vector.
    pub index: u32,
    /// The `arena_object`.
    pub object: Addr,
    /// First byte of the arena.
    pub address: Addr,
    /// The next pool to be carved off.
    pub pool_address: Addr,
    /// Pools that are free or were never carved off.
    pub nfreepools: u32,
    /// All pools.
    pub ntotalpools: u32,
    /// The free pool that will be taken next, or NULL.
    pub freepools: Addr,
}

impl Arena {
    /// Its first pool.
    #[must_use]
    pub const fn first_pool(&self) -> Addr {
        Addr(self.address.0.next_multiple_of(POOL_SIZE))
    }

    /// The pool number `index` by address.
    #[must_use]
    pub const fn pool_at(&self, index: u32) -> Addr {
        self.first_pool().offset(index as u64 * POOL_SIZE)
    }

    /// Bytes at both ends that belong to no pool.
    #[must_use]
    pub const fn lost_bytes(&self) -> u64 {
        ARENA_SIZE - self.ntotalpools as u64 * POOL_SIZE
    }
}

/// In which of its states a pool is. Source: Include/internal/pycore_obmalloc.h, "Pool table".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PoolState {
    /// Some blocks are live, some are not: in `usedpools`.
    Used,
    /// All blocks are live: in no list.
    Full,
    /// No block is live: in its arena's `freepools`.
    Empty,
    /// Not carved off its arena yet: no header.
    Untouched,
}

/// A pool, as its header says. The numbers of an untouched pool mean nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// First byte, where the header is.
    pub address: Addr,
    /// Derived from the header and the arena.
    pub state: PoolState,
    /// Live blocks (`ref.count`).
    pub count: u32,
    /// Head of the free list, or NULL.
    pub freeblock: Addr,
    /// Next pool in the list it is in.
    pub nextpool: Addr,
    /// Previous pool in the list it is in.
    pub prevpool: Addr,
    /// Index of its arena.
    pub arenaindex: u32,
    /// Size class; `DUMMY_SIZE_IDX` if it never had one.
    pub szidx: u32,
    /// Bytes to the first block that was never handed out.
    pub nextoffset: u32,
    /// Largest valid `nextoffset`.
    pub maxnextoffset: u32,
}

impl Pool {
    /// Bytes in a block.
    #[must_use]
    pub const fn block_size(&self) -> u64 {
        class_size(self.szidx)
    }

    /// Bytes behind the last block that are too few for another.
    #[must_use]
    pub const fn tail_bytes(&self) -> u64 {
        (POOL_SIZE - POOL_OVERHEAD) % self.block_size()
    }
}

/// In which of its states a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockState {
    /// Allocated.
    Live,
    /// In the free list; 0 is handed out next.
    Free(u32),
    /// Beyond the pool's `nextoffset`: never handed out.
    Uncarved,
}

/// A block of a pool or of the raw heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its pool; `None` if it is raw.
    pub pool: Option<Addr>,
    /// First byte.
    pub start: Addr,
    /// Usable bytes.
    pub bytes: u64,
    /// What it is. Free raw blocks have no rank: it is 0.
    pub state: BlockState,
}

/// The blocks of one pool, by address.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Blocks {
    /// The first block.
    pub first: Addr,
    /// Bytes in each.
    pub block_size: u64,
    /// One for each block.
    pub states: Vec<BlockState>,
}

/// The arenas that are held, by index.
///
/// # Errors
/// A fault if the allocator's state is not mapped.
pub fn arenas(m: &AddressSpace) -> Result<Vec<Arena>, Fault> {
    let vector = state::ARENAS.read(m, OBMALLOC_STATE)?;
    let mut found = Vec::new();
    for index in 0..state::MAXARENAS.read(m, OBMALLOC_STATE)? {
        let arena = arena(m, vector, index)?;
        if !arena.address.is_null() {
            found.push(arena);
        }
    }
    Ok(found)
}

/// The block that the allocator itself needs: the `arenas` vector, in the raw heap.
///
/// # Errors
/// A fault if the allocator's state is not mapped.
pub fn own_block(m: &AddressSpace) -> Result<Option<Addr>, Fault> {
    let vector = state::ARENAS.read(m, OBMALLOC_STATE)?;
    Ok((!vector.is_null()).then_some(vector))
}

fn arena(m: &AddressSpace, vector: Addr, index: u32) -> Result<Arena, Fault> {
    let object = arena_at(vector, index);
    Ok(Arena {
        index,
        object,
        address: arena_object::ADDRESS.read(m, object)?,
        pool_address: arena_object::POOL_ADDRESS.read(m, object)?,
        nfreepools: arena_object::NFREEPOOLS.read(m, object)?,
        ntotalpools: arena_object::NTOTALPOOLS.read(m, object)?,
        freepools: arena_object::FREEPOOLS.read(m, object)?,
    })
}

/// Indices of the arenas in `usable_arenas`, in its order: the first serves the next pool.
///
/// # Errors
/// [`Fault::Corrupt`] if the list has a cycle.
pub fn usable_arenas(m: &AddressSpace) -> Result<Vec<u32>, Fault> {
    let vector = state::ARENAS.read(m, OBMALLOC_STATE)?;
    let maxarenas = state::MAXARENAS.read(m, OBMALLOC_STATE)?;
    let mut found = Vec::new();
    let mut object = state::USABLE_ARENAS.read(m, OBMALLOC_STATE)?;
    while !object.is_null() {
        let index = u32::try_from(object.0.wrapping_sub(vector.0) / super::layout::ARENA_OBJECT_SIZE).unwrap_or(u32::MAX);
        if index >= maxarenas || found.len() > maxarenas as usize {
            return Err(Fault::Corrupt(object, "list usable_arenas"));
        }
        found.push(index);
        object = arena_object::NEXTARENA.read(m, object)?;
    }
    Ok(found)
}

/// The pools of an arena, by address.
///
/// # Errors
/// A fault if the arena is not held.
pub fn pools(m: &AddressSpace, arena: &Arena) -> Result<Vec<Pool>, Fault> {
    (0..arena.ntotalpools.min(MAX_POOLS_IN_ARENA)).map(|index| pool_in(m, arena, arena.pool_at(index))).try_gather()
}

/// The pool whose header is at `address`, or `None` if no arena has a pool there.
///
/// # Errors
/// A fault if the allocator's state is not mapped.
pub fn pool(m: &AddressSpace, address: Addr) -> Result<Option<Pool>, Fault> {
    match arena_of(m, address)? {
        Some(arena) if address.0.is_multiple_of(POOL_SIZE) => pool_in(m, &arena, address).map(Some),
        _ => Ok(None),
    }
}

fn pool_in(m: &AddressSpace, arena: &Arena, address: Addr) -> Result<Pool, Fault> {
    let count = pool_header::COUNT.read(m, address)?;
    let freeblock = pool_header::FREEBLOCK.read(m, address)?;
    let state = if address >= arena.pool_address {
        PoolState::Untouched
    } else if count == 0 {
        PoolState::Empty
    } else if freeblock.is_null() {
        PoolState::Full
    } else {
        PoolState::Used
    };
    Ok(Pool {
        address,
        state,
        count,
        freeblock,
        nextpool: pool_header::NEXTPOOL.read(m, address)?,
        prevpool: pool_header::PREVPOOL.read(m, address)?,
        arenaindex: pool_header::ARENAINDEX.read(m, address)?,
        szidx: pool_header::SZIDX.read(m, address)?,
        nextoffset: pool_header::NEXTOFFSET.read(m, address)?,
        maxnextoffset: pool_header::MAXNEXTOFFSET.read(m, address)?,
    })
}

/// The arena one of whose pools contains `addr`.
fn arena_of(m: &AddressSpace, addr: Addr) -> Result<Option<Arena>, Fault> {
    let ranges = m.mapped();
    let Some(range) = ranges.partition_point(|r| r.start <= addr).checked_sub(1).and_then(|at| ranges.get(at)) else {
        return Ok(None);
    };
    let first = Addr(range.start.0.next_multiple_of(POOL_SIZE));
    let pool = pool_of(addr);
    if !super::is_mine(range.start) || pool < first || pool.offset(POOL_SIZE) > range.end() {
        return Ok(None);
    }
    let vector = state::ARENAS.read(m, OBMALLOC_STATE)?;
    // All pools of the arena have the same index, but only carved ones have a header. The first always has one.
    let index = pool_header::ARENAINDEX.read(m, first)?;
    if index >= state::MAXARENAS.read(m, OBMALLOC_STATE)? {
        return Ok(None);
    }
    let arena = arena(m, vector, index)?;
    Ok((arena.address == range.start).then_some(arena))
}

/// The pools of size class `szidx` in `usedpools`, in its order: the first serves the next block.
///
/// # Errors
/// [`Fault::Corrupt`] if the list does not come back to its head.
pub fn used_pools(m: &AddressSpace, szidx: u32) -> Result<Vec<Addr>, Fault> {
    let head = usedpools_head(szidx.min(NB_SMALL_SIZE_CLASSES - 1));
    let most = u64::from(state::MAXARENAS.read(m, OBMALLOC_STATE)?) * u64::from(MAX_POOLS_IN_ARENA);
    let mut found = Vec::new();
    let mut at = pool_header::NEXTPOOL.read(m, head)?;
    while at != head {
        if found.len() as u64 >= most {
            return Err(Fault::Corrupt(at, "list in usedpools"));
        }
        found.push(at);
        at = pool_header::NEXTPOOL.read(m, at)?;
    }
    Ok(found)
}

/// The block that the next request of class `szidx` gets, or `None` if a pool must be taken for it first.
///
/// # Errors
/// A fault if the allocator's state is not mapped.
pub fn next_block(m: &AddressSpace, szidx: u32) -> Result<Option<Addr>, Fault> {
    let head = usedpools_head(szidx.min(NB_SMALL_SIZE_CLASSES - 1));
    let pool = pool_header::NEXTPOOL.read(m, head)?;
    if pool == head { Ok(None) } else { pool_header::FREEBLOCK.read(m, pool).map(Some) }
}

/// The blocks of a pool by address; none if it is untouched.
///
/// # Errors
/// [`Fault::Corrupt`] if the free list leaves the pool's blocks or does not end.
pub fn blocks(m: &AddressSpace, pool: &Pool) -> Result<Blocks, Fault> {
    let mut blocks = Blocks::default();
    if pool.state == PoolState::Untouched || pool.szidx >= NB_SMALL_SIZE_CLASSES {
        return Ok(blocks);
    }
    blocks.first = pool.address.offset(POOL_OVERHEAD);
    blocks.block_size = pool.block_size();
    let carved = (u64::from(pool.nextoffset).saturating_sub(POOL_OVERHEAD)) / blocks.block_size;
    let n = blocks_per_pool(pool.szidx);
    blocks.states = (0..u64::from(n)).map(|i| if i < carved { BlockState::Live } else { BlockState::Uncarved }).gather();
    let mut at = pool.freeblock;
    for rank in 0..=n {
        if at.is_null() {
            return Ok(blocks);
        }
        let offset = at.0.wrapping_sub(blocks.first.0);
        let index = usize::try_from(offset / blocks.block_size).unwrap_or(usize::MAX);
        match blocks.states.get_mut(index) {
            Some(state) if *state == BlockState::Live && offset.is_multiple_of(blocks.block_size) => {
                *state = BlockState::Free(rank);
            }
            _ => break,
        }
        at = m.read(at)?;
    }
    Err(Fault::Corrupt(at, "entry of a pool's free list"))
}

/// The block that contains `addr`, of a pool or of the raw heap; `None` for headers, tails, lost bytes and other memory. In the
/// raw heap this takes a step for each block before it.
///
/// # Errors
/// [`Fault::Corrupt`] if a list that must be walked is broken.
pub fn block_containing(m: &AddressSpace, addr: Addr) -> Result<Option<Block>, Fault> {
    if raw::is_raw(addr) {
        let block = raw::block_containing(m, addr)?;
        return Ok(block.map(|block| Block {
            pool: None,
            start: block.start,
            bytes: block.bytes,
            state: if block.live { BlockState::Live } else { BlockState::Free(0) },
        }));
    }
    let Some(pool) = pool(m, pool_of(addr))? else { return Ok(None) };
    let blocks = blocks(m, &pool)?;
    if addr < blocks.first || blocks.states.is_empty() {
        return Ok(None);
    }
    let index = (addr.0 - blocks.first.0) / blocks.block_size;
    let state = usize::try_from(index).ok().and_then(|index| blocks.states.get(index));
    Ok(state.map(|&state| Block {
        pool: Some(pool.address),
        start: blocks.first.offset(index * blocks.block_size),
        bytes: blocks.block_size,
        state,
    }))
}
