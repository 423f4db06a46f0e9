//! Arenas: taken from the system, handed out pool by pool, given back when all their pools are free.
//!
//! `usable_arenas` is ascending in `nfreepools`; `nfp2lasta[n]` is the last arena in it with n free pools, so an arena whose
//! count grows by one needs one move, just behind the last with its old count:
//!
//! ```text
//!  nfreepools   1     3     3     3     9          the middle 3 becomes 4:    1    3    3    4    9
//!  nfp2lasta    [1]              [3]   [9]                                   [1]       [3]  [4]  [9]
//! ```
//!
//! Source: 3.15 Objects/obmalloc.c (`new_arena`, `allocate_from_new_pool`, `insert_to_freepool`).

use super::layout::{
    ARENA_OBJECT_SIZE, ARENA_SIZE, DUMMY_SIZE_IDX, INITIAL_ARENA_OBJECTS, MAX_POOLS_IN_ARENA, POOL_SIZE, arena_object, nfp2lasta,
    pool_header, state,
};
use super::raw;
use crate::abi::space::{ARENA_FLOOR, ARENA_TOP, OBMALLOC_STATE};
use crate::event::Event;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault, Why};

/// The `arena_object` number `index` of a vector at `arenas`.
pub(super) fn arena_at(arenas: Addr, index: u32) -> Addr {
    arenas.offset(u64::from(index) * ARENA_OBJECT_SIZE)
}

/// The first half of obmalloc.c:`allocate_from_new_pool`: takes a pool off the arena with the fewest free ones, a recycled one
/// first. `None` if there is none and the system gives no arena.
pub(super) fn take_pool(m: &mut AddressSpace) -> Result<Option<Addr>, Fault> {
    let mut arena = state::USABLE_ARENAS.read(m, OBMALLOC_STATE)?;
    if arena.is_null() {
        let Some(new) = new_arena(m)? else { return Ok(None) };
        arena = new;
        arena_object::NEXTARENA.write(m, arena, Addr::NULL)?;
        arena_object::PREVARENA.write(m, arena, Addr::NULL)?;
        state::USABLE_ARENAS.write(m, OBMALLOC_STATE, arena)?;
        let nfreepools = arena_object::NFREEPOOLS.read(m, arena)?;
        m.write(nfp2lasta(nfreepools), arena)?;
    }
    // The head has the fewest free pools of all, so with one fewer it is still the head.
    let nfreepools = arena_object::NFREEPOOLS.read(m, arena)?;
    if nfreepools == 0 || nfreepools > MAX_POOLS_IN_ARENA {
        return Err(Fault::Corrupt(arena, "entry of usable_arenas"));
    }
    if m.read::<Addr>(nfp2lasta(nfreepools))? == arena {
        m.write(nfp2lasta(nfreepools), Addr::NULL)?;
    }
    if nfreepools > 1 {
        m.write(nfp2lasta(nfreepools - 1), arena)?;
    }
    let mut pool = arena_object::FREEPOOLS.read(m, arena)?;
    if pool.is_null() {
        pool = carve_pool(m, arena)?;
    } else {
        let next = pool_header::NEXTPOOL.read(m, pool)?;
        arena_object::FREEPOOLS.write(m, arena, next)?;
    }
    arena_object::NFREEPOOLS.write(m, arena, nfreepools - 1)?;
    if nfreepools == 1 {
        let next = arena_object::NEXTARENA.read(m, arena)?;
        state::USABLE_ARENAS.write(m, OBMALLOC_STATE, next)?;
        if !next.is_null() {
            arena_object::PREVARENA.write(m, next, Addr::NULL)?;
        }
    }
    Ok(Some(pool))
}

/// Gives the arena's next untouched pool a header.
fn carve_pool(m: &mut AddressSpace, arena: Addr) -> Result<Addr, Fault> {
    let pool = arena_object::POOL_ADDRESS.read(m, arena)?;
    let arenas = state::ARENAS.read(m, OBMALLOC_STATE)?;
    let index = arena.0.wrapping_sub(arenas.0) / ARENA_OBJECT_SIZE;
    pool_header::ARENAINDEX.write(m, pool, u32::try_from(index).unwrap_or(u32::MAX))?;
    pool_header::SZIDX.write(m, pool, DUMMY_SIZE_IDX)?;
    arena_object::POOL_ADDRESS.write(m, arena, pool.offset(POOL_SIZE))?;
    Ok(pool)
}

/// obmalloc.c:`new_arena`. Only called while `usable_arenas` is empty. `None` if the system has no memory.
fn new_arena(m: &mut AddressSpace) -> Result<Option<Addr>, Fault> {
    let mut arena = state::UNUSED_ARENA_OBJECTS.read(m, OBMALLOC_STATE)?;
    if arena.is_null() {
        match grow_arenas(m) {
            Ok(first) => arena = first,
            Err(fault) if matches!(fault.why(), Why::OutOfMemory(_)) => return Ok(None),
            Err(fault) => return Err(fault),
        }
    }
    let Some(address) = map_arena(m)? else { return Ok(None) };
    let rest = arena_object::NEXTARENA.read(m, arena)?;
    state::UNUSED_ARENA_OBJECTS.write(m, OBMALLOC_STATE, rest)?;
    let held = state::NARENAS_CURRENTLY_ALLOCATED.read(m, OBMALLOC_STATE)? + 1;
    let taken = state::NTIMES_ARENA_ALLOCATED.read(m, OBMALLOC_STATE)? + 1;
    state::NARENAS_CURRENTLY_ALLOCATED.write(m, OBMALLOC_STATE, held)?;
    state::NTIMES_ARENA_ALLOCATED.write(m, OBMALLOC_STATE, taken)?;
    if held > state::NARENAS_HIGHWATER.read(m, OBMALLOC_STATE)? {
        state::NARENAS_HIGHWATER.write(m, OBMALLOC_STATE, held)?;
    }
    let first_pool = Addr(address.0.next_multiple_of(POOL_SIZE));
    let npools = MAX_POOLS_IN_ARENA - u32::from(first_pool != address);
    arena_object::ADDRESS.write(m, arena, address)?;
    arena_object::FREEPOOLS.write(m, arena, Addr::NULL)?;
    arena_object::POOL_ADDRESS.write(m, arena, first_pool)?;
    arena_object::NFREEPOOLS.write(m, arena, npools)?;
    arena_object::NTOTALPOOLS.write(m, arena, npools)?;
    m.log.note(|| Event::ArenaTaken(address));
    Ok(Some(arena))
}

/// Doubles the `arenas` vector. It may move: no pointer into it exists while both lists of `arena_object`s are empty.
fn grow_arenas(m: &mut AddressSpace) -> Result<Addr, Fault> {
    let old = state::MAXARENAS.read(m, OBMALLOC_STATE)?;
    let new = if old == 0 { INITIAL_ARENA_OBJECTS } else { old.saturating_mul(2) };
    let arenas = state::ARENAS.read(m, OBMALLOC_STATE)?;
    let arenas = raw::realloc(m, arenas, u64::from(new) * ARENA_OBJECT_SIZE)?;
    state::ARENAS.write(m, OBMALLOC_STATE, arenas)?;
    for index in old..new {
        let arena = arena_at(arenas, index);
        arena_object::ADDRESS.write(m, arena, Addr::NULL)?;
        let next = if index + 1 < new { arena_at(arenas, index + 1) } else { Addr::NULL };
        arena_object::NEXTARENA.write(m, arena, next)?;
    }
    let first = arena_at(arenas, old);
    state::UNUSED_ARENA_OBJECTS.write(m, OBMALLOC_STATE, first)?;
    state::MAXARENAS.write(m, OBMALLOC_STATE, new)?;
    Ok(first)
}

/// Maps an arena in the highest gap below [`ARENA_TOP`] that fits, as `mmap` does. `None` if there is no memory.
fn map_arena(m: &mut AddressSpace) -> Result<Option<Addr>, Fault> {
    let misalignment = state::ARENA_MISALIGNMENT.read(m, OBMALLOC_STATE)? % ARENA_SIZE;
    let highest_below = |end: Addr| Addr(((end.0 - ARENA_SIZE - misalignment) & !(ARENA_SIZE - 1)) + misalignment);
    let mut start = highest_below(ARENA_TOP);
    for range in m.mapped().iter().rev().filter(|r| super::is_mine(r.start)) {
        if start >= range.end() {
            break;
        }
        start = highest_below(range.start.min(start.offset(ARENA_SIZE)));
    }
    if start < ARENA_FLOOR {
        return Ok(None);
    }
    match m.map(start, ARENA_SIZE) {
        Ok(()) => Ok(Some(start)),
        Err(fault) if matches!(fault.why(), Why::OutOfMemory(_)) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// obmalloc.c:`insert_to_freepool`: the last block of `pool`, which is in no list now, was freed.
#[cold]
#[inline(never)]
pub(super) fn insert_to_freepool(m: &mut AddressSpace, pool: Addr) -> Result<(), Fault> {
    let arenas = state::ARENAS.read(m, OBMALLOC_STATE)?;
    let arena = arena_at(arenas, pool_header::ARENAINDEX.read(m, pool)?);
    let next_free = arena_object::FREEPOOLS.read(m, arena)?;
    pool_header::NEXTPOOL.write(m, pool, next_free)?;
    arena_object::FREEPOOLS.write(m, arena, pool)?;

    let old = arena_object::NFREEPOOLS.read(m, arena)?;
    if old >= MAX_POOLS_IN_ARENA {
        return Err(Fault::Corrupt(arena, "arena_object"));
    }
    let new = old + 1;
    let last_of_old: Addr = m.read(nfp2lasta(old))?;
    if last_of_old == arena {
        let prev = arena_object::PREVARENA.read(m, arena)?;
        let same = !prev.is_null() && arena_object::NFREEPOOLS.read(m, prev)? == old;
        m.write(nfp2lasta(old), if same { prev } else { Addr::NULL })?;
    }
    arena_object::NFREEPOOLS.write(m, arena, new)?;

    if new == 1 {
        return insert_front(m, arena);
    }
    if new == arena_object::NTOTALPOOLS.read(m, arena)? && !arena_object::NEXTARENA.read(m, arena)?.is_null() {
        return give_back(m, arena);
    }
    if m.read::<Addr>(nfp2lasta(new))?.is_null() {
        m.write(nfp2lasta(new), arena)?;
    }
    if last_of_old == arena {
        return Ok(());
    }
    unlink_arena(m, arena)?;
    let next = arena_object::NEXTARENA.read(m, last_of_old)?;
    arena_object::PREVARENA.write(m, arena, last_of_old)?;
    arena_object::NEXTARENA.write(m, arena, next)?;
    arena_object::NEXTARENA.write(m, last_of_old, arena)?;
    if !next.is_null() {
        arena_object::PREVARENA.write(m, next, arena)?;
    }
    Ok(())
}

/// All pools were in use; one is free now, and no arena can have fewer.
fn insert_front(m: &mut AddressSpace, arena: Addr) -> Result<(), Fault> {
    let next = state::USABLE_ARENAS.read(m, OBMALLOC_STATE)?;
    arena_object::NEXTARENA.write(m, arena, next)?;
    arena_object::PREVARENA.write(m, arena, Addr::NULL)?;
    if !next.is_null() {
        arena_object::PREVARENA.write(m, next, arena)?;
    }
    state::USABLE_ARENAS.write(m, OBMALLOC_STATE, arena)?;
    if m.read::<Addr>(nfp2lasta(1))?.is_null() {
        m.write(nfp2lasta(1), arena)?;
    }
    Ok(())
}

/// Gives a wholly free arena back to the system. The last in `usable_arenas` is never given back, so that one that empties and
/// fills does not cost system calls (bpo-37257).
fn give_back(m: &mut AddressSpace, arena: Addr) -> Result<(), Fault> {
    unlink_arena(m, arena)?;
    let unused = state::UNUSED_ARENA_OBJECTS.read(m, OBMALLOC_STATE)?;
    arena_object::NEXTARENA.write(m, arena, unused)?;
    state::UNUSED_ARENA_OBJECTS.write(m, OBMALLOC_STATE, arena)?;
    let address = arena_object::ADDRESS.read(m, arena)?;
    arena_object::ADDRESS.write(m, arena, Addr::NULL)?;
    let held = state::NARENAS_CURRENTLY_ALLOCATED.read(m, OBMALLOC_STATE)?;
    state::NARENAS_CURRENTLY_ALLOCATED.write(m, OBMALLOC_STATE, held.wrapping_sub(1))?;
    m.unmap(address)?;
    m.log.note(|| Event::ArenaReturned(address));
    Ok(())
}

/// Takes an arena out of `usable_arenas`.
fn unlink_arena(m: &mut AddressSpace, arena: Addr) -> Result<(), Fault> {
    let next = arena_object::NEXTARENA.read(m, arena)?;
    let prev = arena_object::PREVARENA.read(m, arena)?;
    if prev.is_null() {
        state::USABLE_ARENAS.write(m, OBMALLOC_STATE, next)?;
    } else {
        arena_object::NEXTARENA.write(m, prev, next)?;
    }
    if !next.is_null() {
        arena_object::PREVARENA.write(m, next, prev)?;
    }
    Ok(())
}
