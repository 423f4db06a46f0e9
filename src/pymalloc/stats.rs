//! What `sys._debugmallocstats` prints and `sys.getallocatedblocks` returns.
//! Source: 3.15 Objects/obmalloc.c (`_PyObject_DebugMallocStats`, `_PyInterpreterState_GetAllocatedBlocks`).

use super::layout::{
    ARENA_SIZE, NB_SMALL_SIZE_CLASSES, POOL_OVERHEAD, POOL_SIZE, blocks_per_pool, class_size, pool_header, state,
};
use super::view::{PoolState, arenas, pools};
use crate::abi::space::OBMALLOC_STATE;
use crate::mem::{AddressSpace, Fault};

/// One line of the table of size classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClassStatistics {
    /// "size": bytes in a block.
    pub size: u64,
    /// "num pools": pools with a live block.
    pub pools: u64,
    /// "blocks in use".
    pub blocks_in_use: u64,
    /// "avail blocks": the other blocks of those pools, those that were never carved included.
    pub blocks_available: u64,
}

/// The whole report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// By `szidx`.
    pub classes: [ClassStatistics; NB_SMALL_SIZE_CLASSES as usize],
    /// "# arenas allocated total".
    pub arenas_allocated_total: u64,
    /// "# arenas reclaimed".
    pub arenas_reclaimed: u64,
    /// "# arenas highwater mark".
    pub arenas_highwater: u64,
    /// "# arenas allocated current".
    pub arenas_current: u64,
    /// "# bytes in allocated blocks".
    pub allocated_bytes: u64,
    /// "# bytes in available blocks".
    pub available_bytes: u64,
    /// "unused pools": free or never carved off.
    pub unused_pools: u64,
    /// "# bytes lost to pool headers".
    pub pool_header_bytes: u64,
    /// "# bytes lost to quantization": behind the last block of a pool.
    pub quantization_bytes: u64,
    /// "# bytes lost to arena alignment".
    pub arena_alignment_bytes: u64,
}

impl Statistics {
    /// "Total": all of the above. Equal to the size of all arenas, as [`super::check()`] verifies.
    #[must_use]
    pub const fn total_bytes(&self) -> u64 {
        self.allocated_bytes
            + self.available_bytes
            + self.unused_pools * POOL_SIZE
            + self.pool_header_bytes
            + self.quantization_bytes
            + self.arena_alignment_bytes
    }

    /// Bytes in all arenas.
    #[must_use]
    pub const fn arena_bytes(&self) -> u64 {
        self.arenas_current * ARENA_SIZE
    }
}

/// Counts everything by walking all pools.
///
/// # Errors
/// [`Fault::Corrupt`] if a pool in use has no valid size class.
pub fn statistics(m: &AddressSpace) -> Result<Statistics, Fault> {
    let mut s = Statistics::default();
    for (class, szidx) in s.classes.iter_mut().zip(0..) {
        class.size = class_size(szidx);
    }
    for arena in arenas(m)? {
        s.arenas_current += 1;
        s.unused_pools += u64::from(arena.nfreepools);
        s.arena_alignment_bytes += arena.lost_bytes();
        for pool in pools(m, &arena)? {
            if matches!(pool.state, PoolState::Empty | PoolState::Untouched) {
                continue;
            }
            let class = usize::try_from(pool.szidx).ok().and_then(|szidx| s.classes.get_mut(szidx));
            let class = class.ok_or_else(|| Fault::Corrupt(pool_header::SZIDX.at(pool.address), "size class"))?;
            let available = u64::from(blocks_per_pool(pool.szidx)).saturating_sub(u64::from(pool.count));
            class.pools += 1;
            class.blocks_in_use += u64::from(pool.count);
            class.blocks_available += available;
            s.quantization_bytes += pool.tail_bytes();
        }
    }
    for class in &s.classes {
        s.allocated_bytes += class.blocks_in_use * class.size;
        s.available_bytes += class.blocks_available * class.size;
        s.pool_header_bytes += class.pools * POOL_OVERHEAD;
    }
    s.arenas_allocated_total = state::NTIMES_ARENA_ALLOCATED.read(m, OBMALLOC_STATE)?;
    s.arenas_reclaimed = s.arenas_allocated_total.saturating_sub(s.arenas_current);
    s.arenas_highwater = state::NARENAS_HIGHWATER.read(m, OBMALLOC_STATE)?;
    Ok(s)
}

/// `sys.getallocatedblocks()`: live blocks of all pools and raw blocks that `PyObject_Malloc` took.
///
/// # Errors
/// A fault if the allocator's state is not mapped.
pub fn allocated_blocks(m: &AddressSpace) -> Result<u64, Fault> {
    let mut n = state::RAW_ALLOCATED_BLOCKS.read(m, OBMALLOC_STATE)?;
    for arena in arenas(m)? {
        let mut pool = arena.first_pool();
        while pool < arena.pool_address {
            n += u64::from(pool_header::COUNT.read(m, pool)?);
            pool = pool.offset(POOL_SIZE);
        }
    }
    Ok(n)
}
