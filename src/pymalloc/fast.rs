//! The usual case of `pymalloc_alloc` and `pymalloc_free`, once more, for speed: the same bytes as the functions in `mod.rs`, or
//! `None` and nothing that they would not write again. They take over whenever a page must be saved for a checkpoint, a pool is
//! taken or given back, the block is raw, or something is broken.
//!
//! Nothing is called here; [`AddressSpace::ready_window`] says why.

use super::layout::{NB_SMALL_SIZE_CLASSES, pool_header, pool_of, size_class, usedpools_head};
use super::{class_bytes, is_mine};
use crate::ids::Addr;
use crate::mem::{AddressSpace, Window};

/// Whether the pool became full, or usable again.
pub(super) type PoolChanged = bool;

/// A block of a pool that is in use.
#[inline(always)]
pub(super) fn malloc(m: &mut AddressSpace, nbytes: u64) -> Option<(Addr, PoolChanged)> {
    let szidx = size_class(nbytes)?;
    let head = usedpools_head(szidx);
    let pool = pool_header::NEXTPOOL.get_in_arena(m, head)?;
    if pool == head {
        return None;
    }
    let mut window = m.ready_window(pool)?;
    let block = window.first(pool_header::FREEBLOCK)?;
    let count = window.first(pool_header::COUNT)?;
    let next = window.word(block)?;
    if pool_of(block) != pool {
        return None;
    }
    let (mut freeblock, mut is_full) = (next, false);
    if next.is_null() {
        let nextoffset = window.first(pool_header::NEXTOFFSET)?;
        if nextoffset <= window.first(pool_header::MAXNEXTOFFSET)? {
            freeblock = pool.offset(u64::from(nextoffset));
            window = m.ready_window(freeblock)?;
            window.set_here(Addr::NULL)?;
            window.set_first(pool_header::NEXTOFFSET, nextoffset.wrapping_add(class_bytes(szidx)))?;
        } else {
            let second = window.first(pool_header::NEXTPOOL)?;
            window = full_pool(m, pool, head, second)?;
            is_full = true;
        }
    }
    window.set_first(pool_header::COUNT, count.wrapping_add(1))?;
    window.set_first(pool_header::FREEBLOCK, freeblock)?;
    Some((block, is_full))
}

/// Unlinks the pool that is about to become full. It serves, so it is the first of its list and what is before it is the head.
#[inline(always)]
fn full_pool(m: &mut AddressSpace, pool: Addr, head: Addr, second: Addr) -> Option<Window<'_>> {
    if !m.is_ready(pool_header::NEXTPOOL.at(head)) || !m.put_in_arena(pool_header::PREVPOOL.at(second), head) {
        return None;
    }
    m.put_in_arena(pool_header::NEXTPOOL.at(head), second);
    m.ready_window(pool)
}

/// Frees a block of a pool that keeps others.
#[inline(always)]
pub(super) fn free(m: &mut AddressSpace, p: Addr) -> Option<PoolChanged> {
    if !is_mine(p) {
        return None;
    }
    let mut window = m.ready_window(p)?;
    let lastfree = window.first(pool_header::FREEBLOCK)?;
    let count = window.first(pool_header::COUNT)?;
    if count <= 1 || lastfree == p {
        return None;
    }
    if lastfree.is_null() {
        let szidx = window.first(pool_header::SZIDX)?;
        window = usable_pool(m, p, szidx)?;
    }
    window.set_here(lastfree)?;
    window.set_first(pool_header::FREEBLOCK, p)?;
    window.set_first(pool_header::COUNT, count - 1)?;
    Some(lastfree.is_null())
}

/// Puts the full pool of `p` at the front of its class.
#[inline(always)]
fn usable_pool(m: &mut AddressSpace, p: Addr, szidx: u32) -> Option<Window<'_>> {
    if szidx >= NB_SMALL_SIZE_CLASSES {
        return None;
    }
    let (head, pool) = (usedpools_head(szidx), pool_of(p));
    let first = pool_header::NEXTPOOL.get_in_arena(m, head)?;
    if !m.is_ready(pool_header::NEXTPOOL.at(head)) || !m.put_in_arena(pool_header::PREVPOOL.at(first), pool) {
        return None;
    }
    m.put_in_arena(pool_header::NEXTPOOL.at(head), pool);
    let mut window = m.ready_window(p)?;
    window.set_first(pool_header::NEXTPOOL, first)?;
    window.set_first(pool_header::PREVPOOL, head)?;
    Some(window)
}
