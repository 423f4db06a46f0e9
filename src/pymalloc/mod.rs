//! pymalloc: CPython's allocator for small blocks, and beside it [`raw`], which stands for the C library's.
//!
//! ```text
//!  arena, 1 MiB                                    pool, 16 KiB, of one size class
//! +------+--------+--------+-----+---------+      +--------+-------+-------+-------+-----+-------------+
//! | lost | pool 0 | pool 1 | ... | pool 62 |      | header | block | block | block | ... | never carved|
//! +------+--------+--------+-----+---------+      +--------+-------+-------+-------+-----+-------------+
//!        ^ 16 KiB aligned  ^ pool_address         0        48              ^ nextoffset
//! ```
//!
//! A pool is in one of these states:
//!
//! ```text
//!                 first block                        last block taken
//!   never carved ------------> used (in usedpools) -----------------> full (in no list)
//!                               ^  |             ^                     |
//!            the arena's first  |  | last block  '---------------------'
//!            free pool is taken |  v freed          a block was freed: to the FRONT of its class
//!                              empty (in the arena's freepools)
//! ```
//!
//! Invariants, all of which [`check()`] verifies:
//! - a used pool's free list is never empty: when its last entry goes, one more block is carved, or the pool is full;
//! - every block below `nextoffset` is live or in the free list, and `count` is the number of live ones;
//! - `usable_arenas` is ascending in `nfreepools`, so that allocation fills the fullest arena and the emptiest can be given back.
//!
//! All state lies in the bytes, at `abi::space::OBMALLOC_STATE`, in the raw block that holds the `arenas` vector, in pool headers
//! and in free blocks; nothing is kept in Rust. So restoring memory restores the allocator.
//!
//! Source: 3.15 Objects/obmalloc.c (`pymalloc_alloc`, `pymalloc_free`, `pymalloc_realloc`); unchanged since 3.10. Not modelled:
//! the radix tree that answers `address_in_range` (see [`is_mine`]), the debug hooks and mimalloc.

mod arena;
mod check;
mod fast;
pub mod layout;
pub mod raw;
mod stats;
mod view;

pub use check::{Broken, check};
pub use layout::{blocks_per_pool, class_size, pool_of, size_class};
pub use stats::{ClassStatistics, Statistics, allocated_blocks, statistics};
pub use view::{
    Arena, Block, BlockState, Blocks, Pool, PoolState, arenas, block_containing, blocks, next_block, own_block, pool, pools,
    usable_arenas, used_pools,
};

use crate::abi::space::{ARENA_FLOOR, ARENA_TOP, OBMALLOC_STATE};
use crate::event::Event;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use layout::{NB_SMALL_SIZE_CLASSES, POOL_OVERHEAD, POOL_SIZE, pool_header, state, usedpools_head};

/// How arenas lie unless [`set_arena_misalignment`] says otherwise: `mmap` returns any page, so usually an arena does not start
/// at a pool's boundary and has 63 pools.
pub const DEFAULT_ARENA_MISALIGNMENT: u64 = 0xf_e000;

/// Makes an empty allocator, raw heap included. The static region must be mapped.
///
/// # Errors
/// A fault if the state is not mapped.
pub fn initialize(m: &mut AddressSpace) -> Result<(), Fault> {
    m.fill(OBMALLOC_STATE, state::SIZE, 0)?;
    for szidx in 0..NB_SMALL_SIZE_CLASSES {
        let head = usedpools_head(szidx);
        pool_header::NEXTPOOL.write(m, head, head)?;
        pool_header::PREVPOOL.write(m, head, head)?;
    }
    state::ARENA_MISALIGNMENT.write(m, OBMALLOC_STATE, DEFAULT_ARENA_MISALIGNMENT)?;
    raw::initialize(m)
}

/// Lets the arenas that will be taken from now on start `bytes` behind a multiple of 1 MiB (taken modulo 1 MiB). If that is a
/// multiple of 16 KiB, they have 64 pools, otherwise 63.
///
/// # Errors
/// A fault if the state is not mapped.
pub fn set_arena_misalignment(m: &mut AddressSpace, bytes: u64) -> Result<(), Fault> {
    state::ARENA_MISALIGNMENT.write(m, OBMALLOC_STATE, bytes % layout::ARENA_SIZE)
}

/// Whether `p`, a block that some allocator handed out, is pymalloc's. CPython asks a radix tree of arenas
/// (`address_in_range`); here arenas and the raw heap have regions of their own, so the address tells.
#[must_use]
#[inline(always)]
pub fn is_mine(p: Addr) -> bool {
    p.0.wrapping_sub(ARENA_FLOOR.0) < ARENA_TOP.0 - ARENA_FLOOR.0
}

/// Bytes of the block at `p`, for which [`is_mine`] must hold: its pool's block size.
///
/// # Errors
/// A fault if there is no pool.
pub fn block_bytes(m: &AddressSpace, p: Addr) -> Result<u64, Fault> {
    Ok(class_size(pool_header::SZIDX.read(m, pool_of(p))?))
}

/// `PyObject_Malloc`, `PyMem_Malloc`.
///
/// # Errors
/// [`Fault::OutOfMemory`]; nothing that was allocated has changed then.
#[inline(always)]
pub fn malloc(m: &mut AddressSpace, nbytes: u64) -> Result<Addr, Fault> {
    let block = malloc_or_null(m, nbytes);
    if block.is_null() { Err(Fault::last()) } else { Ok(block) }
}

/// [`malloc`] for the few places that decide how long everything takes: inlined.
///
/// # Errors
/// As [`malloc`].
#[inline(always)]
pub fn malloc_fast(m: &mut AddressSpace, nbytes: u64) -> Result<Addr, Fault> {
    if !m.is_watched()
        && let Some((block, _)) = fast::malloc::<false>(m, nbytes)
    {
        return Ok(block);
    }
    malloc(m, nbytes)
}

/// NULL if there was a fault: a block in a register takes less time and code than a `Result`, which comes in memory.
#[inline(never)]
fn malloc_or_null(m: &mut AddressSpace, nbytes: u64) -> Addr {
    match fast::malloc::<false>(m, nbytes) {
        Some((block, is_full)) => {
            note_allocated(m, block, nbytes, is_full);
            block
        }
        None => malloc_saving(m, nbytes),
    }
}

#[inline(always)]
fn note_allocated(m: &mut AddressSpace, block: Addr, nbytes: u64, is_full: bool) {
    if is_full {
        m.log.note(|| Event::PoolFull(pool_of(block)));
    }
    m.log.note(|| Event::Allocated(block, nbytes));
}

/// [`malloc_or_null`] where pages may have to be saved, and whatever else the usual case left.
#[inline(never)]
fn malloc_saving(m: &mut AddressSpace, nbytes: u64) -> Addr {
    match fast::malloc::<true>(m, nbytes) {
        Some((block, is_full)) => {
            note_allocated(m, block, nbytes, is_full);
            block
        }
        None => malloc_any(m, nbytes).unwrap_or(Addr::NULL),
    }
}

/// [`malloc`] in every case.
#[inline(never)]
fn malloc_any(m: &mut AddressSpace, nbytes: u64) -> Result<Addr, Fault> {
    if let Some(szidx) = size_class(nbytes)
        && let Some(block) = pymalloc_alloc(m, szidx)?
    {
        m.log.note(|| Event::Allocated(block, nbytes));
        return Ok(block);
    }
    let block = raw::malloc(m, nbytes)?;
    let n = state::RAW_ALLOCATED_BLOCKS.read(m, OBMALLOC_STATE)?;
    state::RAW_ALLOCATED_BLOCKS.write(m, OBMALLOC_STATE, n.wrapping_add(1))?;
    Ok(block)
}

/// `PyObject_Calloc`: `nelem * elsize` zero bytes.
///
/// # Errors
/// [`Fault::OutOfMemory`]; nothing that was allocated has changed then.
pub fn calloc(m: &mut AddressSpace, nelem: u64, elsize: u64) -> Result<Addr, Fault> {
    let nbytes = nelem.checked_mul(elsize).ok_or_else(|| Fault::OutOfMemory(u64::MAX))?;
    let block = malloc(m, nbytes)?;
    m.fill(block, nbytes, 0)?;
    Ok(block)
}

/// `PyObject_Realloc`: the block keeps its address if `nbytes` fit it and are more than three quarters of it. A raw block stays
/// raw for ever. `p` may be NULL.
///
/// # Errors
/// [`Fault::OutOfMemory`]; the old block is untouched then.
pub fn realloc(m: &mut AddressSpace, p: Addr, nbytes: u64) -> Result<Addr, Fault> {
    if p.is_null() {
        return malloc(m, nbytes);
    }
    if !is_mine(p) {
        return raw::realloc(m, p, nbytes);
    }
    let mut size = class_size(pool_header::SZIDX.read(m, pool_of(p))?);
    if nbytes <= size {
        if 4 * nbytes > 3 * size {
            return Ok(p);
        }
        size = nbytes;
    }
    let block = malloc(m, nbytes)?;
    m.copy(p, block, size)?;
    free(m, p)?;
    Ok(block)
}

/// `PyObject_Free`, `PyMem_Free`. `p` may be NULL.
///
/// # Errors
/// A fault if `p` is no live block and that could be seen at once (freed twice in a row, in an empty pool, not mapped).
#[inline(never)]
pub fn free(m: &mut AddressSpace, p: Addr) -> Result<(), Fault> {
    match fast::free::<false>(m, p) {
        Some(is_usable) => {
            note_freed(m, p, is_usable);
            Ok(())
        }
        None => free_saving(m, p),
    }
}

/// [`free`] for the few places that decide how long everything takes: inlined.
///
/// # Errors
/// As [`free`].
#[inline(always)]
pub fn free_fast(m: &mut AddressSpace, p: Addr) -> Result<(), Fault> {
    if !m.is_watched() && fast::free::<false>(m, p).is_some() {
        return Ok(());
    }
    free(m, p)
}

/// [`free`] while nobody watches, if it is the usual case; otherwise false, and nothing was done.
#[inline(always)]
pub fn free_unwatched(m: &mut AddressSpace, p: Addr) -> bool {
    fast::free::<false>(m, p).is_some()
}

#[inline(always)]
fn note_freed(m: &mut AddressSpace, p: Addr, is_usable: bool) {
    if is_usable {
        m.log.note(|| Event::PoolUsable(pool_of(p)));
    }
    m.log.note(|| Event::Freed(p));
}

/// [`free`] where pages may have to be saved, and whatever else the usual case left.
#[inline(never)]
fn free_saving(m: &mut AddressSpace, p: Addr) -> Result<(), Fault> {
    match fast::free::<true>(m, p) {
        Some(is_usable) => {
            note_freed(m, p, is_usable);
            Ok(())
        }
        None => free_any(m, p),
    }
}

/// [`free`] in every case.
#[inline(never)]
fn free_any(m: &mut AddressSpace, p: Addr) -> Result<(), Fault> {
    if is_mine(p) {
        pymalloc_free(m, p)?;
        m.log.note(|| Event::Freed(p));
        return Ok(());
    }
    if p.is_null() {
        return Ok(());
    }
    raw::free(m, p)?;
    let n = state::RAW_ALLOCATED_BLOCKS.read(m, OBMALLOC_STATE)?;
    state::RAW_ALLOCATED_BLOCKS.write(m, OBMALLOC_STATE, n.wrapping_sub(1))
}

/// obmalloc.c:`pymalloc_alloc`. `None` if the system gives no arena.
fn pymalloc_alloc(m: &mut AddressSpace, szidx: u32) -> Result<Option<Addr>, Fault> {
    let head = usedpools_head(szidx);
    let pool = pool_header::NEXTPOOL.read(m, head)?;
    if pool == head {
        return allocate_from_new_pool(m, szidx);
    }
    let count = pool_header::COUNT.read(m, pool)?;
    let block = pool_header::FREEBLOCK.read(m, pool)?;
    if pool_of(block) != pool {
        return Err(Fault::Corrupt(pool, "pool: its free list leads out of it"));
    }
    let next: Addr = m.read(block)?;
    pool_header::COUNT.write(m, pool, count.wrapping_add(1))?;
    pool_header::FREEBLOCK.write(m, pool, next)?;
    if next.is_null() {
        extend_pool(m, pool, szidx)?;
    }
    Ok(Some(block))
}

/// obmalloc.c:`pymalloc_pool_extend`: the free list just became empty. Carves one more block, or the pool is full.
fn extend_pool(m: &mut AddressSpace, pool: Addr, szidx: u32) -> Result<(), Fault> {
    let nextoffset = pool_header::NEXTOFFSET.read(m, pool)?;
    if nextoffset <= pool_header::MAXNEXTOFFSET.read(m, pool)? {
        let block = pool.offset(u64::from(nextoffset));
        pool_header::FREEBLOCK.write(m, pool, block)?;
        pool_header::NEXTOFFSET.write(m, pool, nextoffset.wrapping_add(class_bytes(szidx)))?;
        return m.write(block, Addr::NULL);
    }
    unlink_pool(m, pool)?;
    m.log.note(|| Event::PoolFull(pool));
    Ok(())
}

/// [`class_size`] as offsets in pools are stored.
const fn class_bytes(szidx: u32) -> u32 {
    (szidx + 1) << 4
}

/// obmalloc.c:`allocate_from_new_pool`: the class has no pool with a free block.
#[cold]
#[inline(never)]
fn allocate_from_new_pool(m: &mut AddressSpace, szidx: u32) -> Result<Option<Addr>, Fault> {
    let Some(pool) = arena::take_pool(m)? else { return Ok(None) };
    let head = usedpools_head(szidx);
    pool_header::NEXTPOOL.write(m, head, pool)?;
    pool_header::PREVPOOL.write(m, head, pool)?;
    pool_header::NEXTPOOL.write(m, pool, head)?;
    pool_header::PREVPOOL.write(m, pool, head)?;
    pool_header::COUNT.write(m, pool, 1)?;
    m.log.note(|| Event::PoolTaken(pool, szidx));
    if pool_header::SZIDX.read(m, pool)? == szidx {
        // It had this class before: the free list it had when it became empty is still good.
        let block = pool_header::FREEBLOCK.read(m, pool)?;
        let next: Addr = m.read(block)?;
        pool_header::FREEBLOCK.write(m, pool, next)?;
        return Ok(Some(block));
    }
    let size = class_bytes(szidx);
    let block = pool.offset(POOL_OVERHEAD);
    let second = block.offset(u64::from(size));
    #[allow(clippy::cast_possible_truncation, reason = "offsets in a pool")]
    let (first_offset, end) = (POOL_OVERHEAD as u32, POOL_SIZE as u32);
    pool_header::SZIDX.write(m, pool, szidx)?;
    pool_header::NEXTOFFSET.write(m, pool, first_offset + 2 * size)?;
    pool_header::MAXNEXTOFFSET.write(m, pool, end - size)?;
    pool_header::FREEBLOCK.write(m, pool, second)?;
    m.write(second, Addr::NULL)?;
    Ok(Some(block))
}

/// obmalloc.c:`pymalloc_free`.
fn pymalloc_free(m: &mut AddressSpace, p: Addr) -> Result<(), Fault> {
    let pool = pool_of(p);
    let lastfree = pool_header::FREEBLOCK.read(m, pool)?;
    let count = pool_header::COUNT.read(m, pool)?;
    if count == 0 || lastfree == p {
        return Err(Fault::Corrupt(p, "live block: it was freed before"));
    }
    m.write(p, lastfree)?;
    pool_header::FREEBLOCK.write(m, pool, p)?;
    pool_header::COUNT.write(m, pool, count - 1)?;
    if lastfree.is_null() {
        return insert_to_usedpool(m, pool);
    }
    if count == 1 {
        unlink_pool(m, pool)?;
        m.log.note(|| Event::PoolFreed(pool));
        return arena::insert_to_freepool(m, pool);
    }
    Ok(())
}

/// obmalloc.c:`insert_to_usedpool`: a full pool has a free block again.
fn insert_to_usedpool(m: &mut AddressSpace, pool: Addr) -> Result<(), Fault> {
    let head = usedpools_head(pool_header::SZIDX.read(m, pool)?);
    let first = pool_header::NEXTPOOL.read(m, head)?;
    pool_header::NEXTPOOL.write(m, pool, first)?;
    pool_header::PREVPOOL.write(m, pool, head)?;
    pool_header::NEXTPOOL.write(m, head, pool)?;
    pool_header::PREVPOOL.write(m, first, pool)?;
    m.log.note(|| Event::PoolUsable(pool));
    Ok(())
}

/// Takes a pool out of the `usedpools` list of its class.
fn unlink_pool(m: &mut AddressSpace, pool: Addr) -> Result<(), Fault> {
    let next = pool_header::NEXTPOOL.read(m, pool)?;
    let prev = pool_header::PREVPOOL.read(m, pool)?;
    pool_header::PREVPOOL.write(m, next, prev)?;
    pool_header::NEXTPOOL.write(m, prev, next)
}
