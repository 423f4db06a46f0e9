//! Sizes, offsets and inequalities of pymalloc: `struct pool_header`, `struct arena_object`, `struct _obmalloc_state`.
//! The same on 64-bit 3.11 to 3.15. Source: 3.15 `Include/internal/pycore_obmalloc.h`.

use crate::abi::space::OBMALLOC_STATE;
use crate::ids::Addr;
use crate::mem::Field;

/// `ALIGNMENT`: of every block, and the distance of two size classes, in bytes.
pub const ALIGNMENT: u64 = 16;
/// `SMALL_REQUEST_THRESHOLD`: the largest request that a pool serves, in bytes.
pub const SMALL_REQUEST_THRESHOLD: u64 = 512;
/// `NB_SMALL_SIZE_CLASSES`.
pub const NB_SMALL_SIZE_CLASSES: u32 = 32;
/// `POOL_SIZE` in bytes; also the alignment of pools.
pub const POOL_SIZE: u64 = 1 << 14;
/// `ARENA_SIZE` in bytes.
pub const ARENA_SIZE: u64 = 1 << 20;
/// `MAX_POOLS_IN_ARENA`.
pub const MAX_POOLS_IN_ARENA: u32 = 64;
/// `POOL_OVERHEAD`: `sizeof(struct pool_header)`, where a pool's first block starts.
pub const POOL_OVERHEAD: u64 = 48;
/// `DUMMY_SIZE_IDX`: `szidx` of a pool that never had a class.
pub const DUMMY_SIZE_IDX: u32 = 0xffff;
/// `INITIAL_ARENA_OBJECTS`: length of the `arenas` vector at first; it doubles.
pub const INITIAL_ARENA_OBJECTS: u32 = 16;
/// `sizeof(struct arena_object)`.
pub const ARENA_OBJECT_SIZE: u64 = 48;

const _: () = assert!(SMALL_REQUEST_THRESHOLD == ALIGNMENT * NB_SMALL_SIZE_CLASSES as u64, "32 classes, 16 bytes apart");
const _: () =
    assert!(POOL_SIZE * MAX_POOLS_IN_ARENA as u64 == ARENA_SIZE, "as pycore_obmalloc.h has it: a whole number of pools");
const _: () = assert!(POOL_OVERHEAD.is_multiple_of(ALIGNMENT), "the first block is aligned");
const _: () = assert!(POOL_OVERHEAD + 2 * SMALL_REQUEST_THRESHOLD <= POOL_SIZE, "init_pool carves two blocks");

/// Fields of `struct pool_header`.
pub mod pool_header {
    use super::{Addr, Field};

    /// Number of allocated blocks; the union's `_padding` makes it 8 bytes.
    pub const COUNT: Field<u32> = Field::new("ref.count", 0);
    /// Head of the pool's free list; each free block's first word is the next one.
    pub const FREEBLOCK: Field<Addr> = Field::new("freeblock", 8);
    /// Next pool of the class in `usedpools`, or of the arena's `freepools`.
    pub const NEXTPOOL: Field<Addr> = Field::new("nextpool", 16);
    /// Previous pool of the class in `usedpools`.
    pub const PREVPOOL: Field<Addr> = Field::new("prevpool", 24);
    /// Index of the pool's arena in the `arenas` vector.
    pub const ARENAINDEX: Field<u32> = Field::new("arenaindex", 32);
    /// Index of the pool's size class.
    pub const SZIDX: Field<u32> = Field::new("szidx", 36);
    /// Bytes from the pool's start to its first block that was never handed out.
    pub const NEXTOFFSET: Field<u32> = Field::new("nextoffset", 40);
    /// Largest valid `nextoffset`.
    pub const MAXNEXTOFFSET: Field<u32> = Field::new("maxnextoffset", 44);
}

/// Fields of `struct arena_object`.
pub mod arena_object {
    use super::{Addr, Field};

    /// The arena's first byte; NULL if and only if this entry has no arena.
    pub const ADDRESS: Field<Addr> = Field::new("address", 0);
    /// The next pool to be carved off, aligned.
    pub const POOL_ADDRESS: Field<Addr> = Field::new("pool_address", 8);
    /// Free pools and pools that were never carved off.
    pub const NFREEPOOLS: Field<u32> = Field::new("nfreepools", 16);
    /// All pools of the arena: 64, or 63 if its address is no multiple of the pool size.
    pub const NTOTALPOOLS: Field<u32> = Field::new("ntotalpools", 20);
    /// Singly linked through `nextpool`.
    pub const FREEPOOLS: Field<Addr> = Field::new("freepools", 24);
    /// Next in `usable_arenas` or `unused_arena_objects`; meaningless while all pools are in use.
    pub const NEXTARENA: Field<Addr> = Field::new("nextarena", 32);
    /// Previous in `usable_arenas`; meaningless elsewhere.
    pub const PREVARENA: Field<Addr> = Field::new("prevarena", 40);
}

/// Fields of `struct _obmalloc_state` at [`OBMALLOC_STATE`], without the radix tree (see [`super::is_mine`]).
pub mod state {
    use super::{Addr, Field};

    /// `pools.used`: 64 words, two for each size class. See [`super::usedpools_head`].
    pub const USED: Field<Addr> = Field::new("pools.used", 0);
    /// The vector of `arena_object`s, in raw memory.
    pub const ARENAS: Field<Addr> = Field::new("mgmt.arenas", 512);
    /// Its length.
    pub const MAXARENAS: Field<u32> = Field::new("mgmt.maxarenas", 520);
    /// `arena_object`s without an arena, singly linked, last given back first.
    pub const UNUSED_ARENA_OBJECTS: Field<Addr> = Field::new("mgmt.unused_arena_objects", 528);
    /// Arenas with available pools, doubly linked, ascending by `nfreepools`.
    pub const USABLE_ARENAS: Field<Addr> = Field::new("mgmt.usable_arenas", 536);
    /// 65 words. See [`super::nfp2lasta`].
    pub const NFP2LASTA: Field<Addr> = Field::new("mgmt.nfp2lasta", 544);
    /// Arenas held now.
    pub const NARENAS_CURRENTLY_ALLOCATED: Field<u64> = Field::new("mgmt.narenas_currently_allocated", 1064);
    /// Arenas ever taken.
    pub const NTIMES_ARENA_ALLOCATED: Field<u64> = Field::new("mgmt.ntimes_arena_allocated", 1072);
    /// The most arenas ever held at once.
    pub const NARENAS_HIGHWATER: Field<u64> = Field::new("mgmt.narenas_highwater", 1080);
    /// Blocks that `PyObject_Malloc` passed on to the C library and that are not freed.
    pub const RAW_ALLOCATED_BLOCKS: Field<u64> = Field::new("mgmt.raw_allocated_blocks", 1088);
    /// Not CPython's: the next arena's address modulo 1 MiB, in bytes. What the kernel decides, the model must be told.
    pub const ARENA_MISALIGNMENT: Field<u64> = Field::new("(model) arena_misalignment", 1096);
    /// Bytes that the state takes.
    pub const SIZE: u64 = 1104;
}

/// The pool list of size class `szidx`, as a `struct pool_header` of which only two fields exist:
///
/// ```text
///            usedpools_head(i)
///            v
///  ... ------+-----------+-----------+-----------+-----------+------ ...
///            |(count)    |(freeblock)| nextpool  | prevpool  |
///  ... ------+-----------+-----------+-----------+-----------+------ ...
///             words 2i-2    2i-1        2i          2i+1       of usedpools
/// ```
///
/// The first two words belong to the class before, so they must not be touched. An empty list points to its own head.
#[must_use]
#[inline(always)]
pub const fn usedpools_head(szidx: u32) -> Addr {
    OBMALLOC_STATE.offset(szidx as u64 * 16).back(16)
}

/// Where `nfp2lasta[nfreepools]` lies: the last arena in `usable_arenas` with that many free pools, or NULL.
#[must_use]
pub const fn nfp2lasta(nfreepools: u32) -> Addr {
    state::NFP2LASTA.at(OBMALLOC_STATE).offset(nfreepools as u64 * 8)
}

/// The size class that serves a request of `nbytes`, or `None` if the C library does: for 0 and for more than 512 bytes.
#[must_use]
#[inline(always)]
pub const fn size_class(nbytes: u64) -> Option<u32> {
    let szidx = nbytes.wrapping_sub(1) / ALIGNMENT;
    #[allow(clippy::cast_possible_truncation, reason = "below 32")]
    if szidx < NB_SMALL_SIZE_CLASSES as u64 { Some(szidx as u32) } else { None }
}

/// `INDEX2SIZE`: bytes in a block of class `szidx`.
#[must_use]
#[inline(always)]
pub const fn class_size(szidx: u32) -> u64 {
    (szidx as u64 + 1) * ALIGNMENT
}

/// `NUMBLOCKS`: blocks in a pool of class `szidx`.
#[must_use]
pub const fn blocks_per_pool(szidx: u32) -> u32 {
    #[allow(clippy::cast_possible_truncation, reason = "at most 1021")]
    let n = ((POOL_SIZE - POOL_OVERHEAD) / class_size(szidx)) as u32;
    n
}

/// `POOL_ADDR`: the pool that `block` lies in.
#[must_use]
#[inline(always)]
pub const fn pool_of(block: Addr) -> Addr {
    Addr(block.0 & !(POOL_SIZE - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_those_of_cpython() {
        assert_eq!(size_class(0), None);
        assert_eq!(size_class(1), Some(0));
        assert_eq!(size_class(16), Some(0));
        assert_eq!(size_class(17), Some(1));
        assert_eq!(size_class(512), Some(31));
        assert_eq!(size_class(513), None);
        let blocks: Vec<u32> = [16, 32, 48, 64, 512].map(|n| blocks_per_pool(size_class(n).unwrap())).to_vec();
        assert_eq!(blocks, [1021, 510, 340, 255, 31]);
    }
}
