//! The usual case of `pymalloc_alloc` and `pymalloc_free`, once more, for speed: the same bytes as the functions in `mod.rs`, or
//! `None` and nothing that they would not write again. They take over whenever a page must be saved for a checkpoint, a pool is
//! taken or given back, the block is raw, or something is broken.
//!
//! That a pool becomes full, or usable again, is usual too: with many blocks alive nearly every operation does that.
//!
//! Nothing is called here; [`AddressSpace::get_in_arena`] says why. Each function is compiled twice, because most instructions of
//! the one that saves pages find out whether it has to; [`crate::mem::Windows`] says why that counts.

use super::class_bytes;
use super::layout::{NB_SMALL_SIZE_CLASSES, POOL_SIZE, pool_header, pool_of, size_class, usedpools_head};
use crate::ids::Addr;
use crate::mem::{AddressSpace, Windows};

/// Whether the pool became full, or usable again.
pub(super) type PoolChanged = bool;

/// A block of a pool that is in use. `None` while pages may have to be saved, unless `SAVING`.
#[inline(always)]
pub(super) fn malloc<const SAVING: bool>(m: &mut AddressSpace, nbytes: u64) -> Option<(Addr, PoolChanged)> {
    let szidx = size_class(nbytes)?;
    let head = usedpools_head(szidx);
    let before = pool_header::NEXTPOOL.at(head);
    let mut windows = m.windows(SAVING)?;
    let pool = windows.with(before)?.word(before)?;
    if pool == head || SAVING && !windows.are_ready([pool]) {
        return None;
    }
    let at = windows.number(pool)?;
    let mut header = windows.at(at)?;
    let block = header.first(pool_header::FREEBLOCK)?;
    let count = header.first(pool_header::COUNT)?;
    let mut freeblock = header.word(block)?;
    if block.0 ^ pool.0 >= POOL_SIZE {
        return None;
    }
    if freeblock.is_null() {
        let nextoffset = header.first(pool_header::NEXTOFFSET)?;
        if nextoffset <= header.first(pool_header::MAXNEXTOFFSET)? {
            freeblock = pool.offset(u64::from(nextoffset));
            if SAVING && !windows.are_ready([freeblock]) {
                return None;
            }
            header = windows.at(at)?;
            header.set_word(freeblock, Addr::NULL)?;
            header.set_first(pool_header::NEXTOFFSET, nextoffset.wrapping_add(class_bytes(szidx)))?;
        } else {
            // It serves, so it is the first of its list and what is before it is the head.
            let second = header.first(pool_header::NEXTPOOL)?;
            let behind = pool_header::PREVPOOL.at(second);
            if SAVING && !windows.are_ready([before, behind]) {
                return None;
            }
            windows.with(behind)?.set_word(behind, head)?;
            windows.with(before)?.set_word(before, second)?;
            header = windows.at(at)?;
        }
    }
    header.set_first(pool_header::COUNT, count.wrapping_add(1))?;
    header.set_first(pool_header::FREEBLOCK, freeblock)?;
    Some((block, freeblock.is_null()))
}

/// Frees a block of a pool that keeps others. `None` while pages may have to be saved, unless `SAVING`.
#[inline(always)]
pub(super) fn free<const SAVING: bool>(m: &mut AddressSpace, p: Addr) -> Option<PoolChanged> {
    let mut windows = m.windows(SAVING)?;
    if SAVING && !windows.are_ready([p, pool_of(p)]) {
        return None;
    }
    let at = windows.number(p).filter(|&at| at >= Windows::FIRST_OF_ARENAS)?;
    let mut header = windows.at(at)?;
    let lastfree = header.first(pool_header::FREEBLOCK)?;
    let count = header.first(pool_header::COUNT)?;
    if count <= 1 || lastfree == p {
        return None;
    }
    if lastfree.is_null() {
        // It was full: it goes to the front of its class.
        let szidx = header.first(pool_header::SZIDX)?;
        if szidx >= NB_SMALL_SIZE_CLASSES {
            return None;
        }
        let head = usedpools_head(szidx);
        let before = pool_header::NEXTPOOL.at(head);
        let first = windows.with(before)?.word(before)?;
        let behind = pool_header::PREVPOOL.at(first);
        if SAVING && !windows.are_ready([before, behind]) {
            return None;
        }
        windows.with(behind)?.set_word(behind, pool_of(p))?;
        windows.with(before)?.set_word(before, pool_of(p))?;
        header = windows.at(at)?;
        header.set_first(pool_header::NEXTPOOL, first)?;
        header.set_first(pool_header::PREVPOOL, head)?;
    }
    header.set_word(p, lastfree)?;
    header.set_first(pool_header::FREEBLOCK, p)?;
    header.set_first(pool_header::COUNT, count - 1)?;
    Some(lastfree.is_null())
}
