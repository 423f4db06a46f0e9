//! The raw heap: what `PyMem_RawMalloc` and requests over 512 bytes get. A plain boundary-tag allocator in the bytes; it is not a
//! model of glibc's `malloc`, which differs from machine to machine. Only sizes and contents of raw blocks mean anything.
//!
//! ```text
//!   chunk            p = what the caller has                     next chunk
//!   v                v                                           v
//!   +---------+------+-----+-----+-----------------------+-------+------+----
//!   |prev_size| size | fd  | bk  |      (unused)         |prev_size| size | ...
//!   +---------+------+-----+-----+-----------------------+-------+------+----
//!   0         8      16    24                                    size
//! ```
//!
//! - `size` is a multiple of 16; bit 0 of the word says that the chunk before is in use, bit 1 that this one is.
//! - `prev_size` is defined only behind a free chunk; in a live chunk the caller's bytes reach to the next chunk's `size`,
//!   so a block of n bytes costs n + 8, rounded up to 16.
//! - `fd` and `bk` link free chunks of one bin. No two free chunks touch, and none touches `top`.
//! - `top` is the last chunk: the unused rest of the heap, in no bin. It grows and shrinks by whole MiB that are mapped and
//!   unmapped.
//!
//! Bins hold sizes: one for each multiple of 16 below 512, then eight to each power of two. A bitmap says which are not empty,
//! so taking and freeing cost a constant number of accesses.

use crate::abi::space::{ARENA_FLOOR, RAW_START, RAW_STATE};
use crate::event::Event;
use crate::ids::Addr;
use crate::mem::{AddressSpace, CHUNK_BYTES, Fault, Field, Why};

use super::check::Broken;

/// Fields of the heap's state at [`RAW_STATE`].
pub mod state {
    use super::{Addr, Field};

    /// 256 words: the first free chunk of each bin.
    pub const BINS: Field<Addr> = Field::new("bins", 0);
    /// Four words: bit b is set if and only if bin b is not empty.
    pub const BINMAP: Field<u64> = Field::new("binmap", 2048);
    /// The last chunk; NULL while nothing is mapped.
    pub const TOP: Field<Addr> = Field::new("top", 2080);
    /// Behind the last mapped byte.
    pub const END: Field<Addr> = Field::new("end", 2088);
    /// Live chunks.
    pub const LIVE_BLOCKS: Field<u64> = Field::new("live_blocks", 2096);
    /// Bytes in live chunks, with their tags.
    pub const LIVE_BYTES: Field<u64> = Field::new("live_bytes", 2104);
    /// Bytes that the state takes.
    pub const SIZE: u64 = 2112;
}

/// Fields of a chunk.
pub mod chunk {
    use super::{Addr, Field};

    /// Size of the chunk before, if that is free.
    pub const PREV_SIZE: Field<u64> = Field::new("prev_size", 0);
    /// Size and two bits.
    pub const SIZE: Field<u64> = Field::new("size", 8);
    /// Next free chunk of the bin.
    pub const FD: Field<Addr> = Field::new("fd", 16);
    /// Previous free chunk of the bin; NULL in the first.
    pub const BK: Field<Addr> = Field::new("bk", 24);
}

const PREV_IN_USE: u64 = 1;
const IN_USE: u64 = 2;
const FLAGS: u64 = 15;
/// From a chunk to its payload, in bytes.
const TAG_BYTES: u64 = 16;
/// A free chunk has all four words, so none is smaller, in bytes.
const MIN_CHUNK: u64 = 32;
/// Requests of this many bytes and more are refused: a place in a region (`mem/region.rs`) reaches no further.
const LARGEST: u64 = 1 << 32;
/// `top` gives memory back when it has this many bytes, down to less than one [`CHUNK_BYTES`] above `KEPT_BYTES`.
const TRIM_BYTES: u64 = 2 * CHUNK_BYTES;
const KEPT_BYTES: u64 = CHUNK_BYTES / 2;

const EXACT_BINS: u32 = 32;
const BIN_COUNT: u32 = 256;
const _: () = assert!(EXACT_BINS + (33 - 9) * 8 <= BIN_COUNT, "sizes up to LARGEST have a bin");
const _: () = assert!(RAW_START.0.is_multiple_of(CHUNK_BYTES), "ranges are whole chunks of memory");

/// A block of the raw heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawBlock {
    /// Where the caller's bytes begin.
    pub start: Addr,
    /// Usable bytes.
    pub bytes: u64,
    /// Whether it is allocated.
    pub live: bool,
}

/// Makes an empty heap. The static region must be mapped.
///
/// # Errors
/// A fault if the state is not mapped.
pub fn initialize(m: &mut AddressSpace) -> Result<(), Fault> {
    m.fill(RAW_STATE, state::SIZE, 0)?;
    state::END.write(m, RAW_STATE, RAW_START)
}

/// `PyMem_RawMalloc`: at least one byte.
///
/// # Errors
/// [`Fault::OutOfMemory`]; nothing has changed then.
pub fn malloc(m: &mut AddressSpace, nbytes: u64) -> Result<Addr, Fault> {
    let need = chunk_size(nbytes)?;
    let taken = match take_from_bins(m, need)? {
        Some(taken) => taken,
        None => take_from_top(m, need)?,
    };
    let size = size_at(m, taken)?;
    account(m, 1, size)?;
    let p = taken.offset(TAG_BYTES);
    m.log.note(|| Event::Allocated(p, nbytes));
    Ok(p)
}

/// `PyMem_RawCalloc`.
///
/// # Errors
/// [`Fault::OutOfMemory`]; nothing has changed then.
pub fn calloc(m: &mut AddressSpace, nelem: u64, elsize: u64) -> Result<Addr, Fault> {
    let nbytes = nelem.checked_mul(elsize).ok_or_else(|| Fault::OutOfMemory(u64::MAX))?;
    let p = malloc(m, nbytes)?;
    m.fill(p, nbytes, 0)?;
    Ok(p)
}

/// `PyMem_RawRealloc`: in place if it shrinks, or if what lies behind is free. `p` may be NULL.
///
/// # Errors
/// [`Fault::OutOfMemory`]; the old block is untouched then. [`Fault::Corrupt`] if `p` is no live raw block.
pub fn realloc(m: &mut AddressSpace, p: Addr, nbytes: u64) -> Result<Addr, Fault> {
    if p.is_null() {
        return malloc(m, nbytes);
    }
    let chunk = live_chunk(m, p)?;
    let need = chunk_size(nbytes)?;
    let size = size_at(m, chunk)?;
    if grow_in_place(m, chunk, size, need)? {
        let grown = size_at(m, chunk)?;
        let kept = give_back_tail(m, chunk, grown, need)?;
        account(m, 0, kept.wrapping_sub(size))?;
        trim(m)?;
        return Ok(p);
    }
    let new = malloc(m, nbytes)?;
    m.copy(p, new, (size - 8).min(nbytes))?;
    free(m, p)?;
    Ok(new)
}

/// `PyMem_RawFree`. `p` may be NULL.
///
/// # Errors
/// [`Fault::Corrupt`] if `p` is no live raw block.
pub fn free(m: &mut AddressSpace, p: Addr) -> Result<(), Fault> {
    if p.is_null() {
        return Ok(());
    }
    let chunk = live_chunk(m, p)?;
    let size = size_at(m, chunk)?;
    account(m, u64::MAX, size.wrapping_neg())?;
    release(m, chunk, size)?;
    m.log.note(|| Event::Freed(p));
    trim(m)
}

/// Usable bytes of the live block at `p` (`malloc_usable_size`).
///
/// # Errors
/// [`Fault::Corrupt`] if `p` is no live raw block.
pub fn size_of(m: &AddressSpace, p: Addr) -> Result<u64, Fault> {
    let chunk = live_chunk(m, p)?;
    Ok(size_at(m, chunk)? - 8)
}

/// Live blocks, and the bytes they take with their tags.
///
/// # Errors
/// A fault if the state is not mapped.
pub fn live(m: &AddressSpace) -> Result<(u64, u64), Fault> {
    Ok((state::LIVE_BLOCKS.read(m, RAW_STATE)?, state::LIVE_BYTES.read(m, RAW_STATE)?))
}

/// All blocks of the heap by address, without `top`.
///
/// # Errors
/// [`Fault::Corrupt`] if the chunks do not end at `top`.
pub fn blocks(m: &AddressSpace) -> Result<Vec<RawBlock>, Fault> {
    let mut found = Vec::new();
    for_each_block(m, |block| {
        found.push(block);
        true
    })?;
    Ok(found)
}

/// The block whose usable bytes contain `addr`. Takes one step for each block before it.
///
/// # Errors
/// [`Fault::Corrupt`] if the chunks do not end at `top`.
pub fn block_containing(m: &AddressSpace, addr: Addr) -> Result<Option<RawBlock>, Fault> {
    let mut found = None;
    for_each_block(m, |block| {
        if block.start <= addr && addr < block.start.offset(block.bytes) {
            found = Some(block);
        }
        block.start <= addr
    })?;
    Ok(found)
}

/// Whether `addr` lies in the region of the raw heap.
#[must_use]
pub fn is_raw(addr: Addr) -> bool {
    RAW_START <= addr && addr < ARENA_FLOOR
}

fn for_each_block(m: &AddressSpace, mut each: impl FnMut(RawBlock) -> bool) -> Result<(), Fault> {
    let top = state::TOP.read(m, RAW_STATE)?;
    if top.is_null() {
        return Ok(());
    }
    let mut at = RAW_START;
    while at < top {
        let word = chunk::SIZE.read(m, at)?;
        let size = word & !FLAGS;
        if size < MIN_CHUNK || size > top.0 - at.0 {
            return Err(Fault::Corrupt(at, "raw chunk"));
        }
        let live = word & IN_USE != 0;
        // A free chunk's last word is the boundary tag.
        let bytes = if live { size - 8 } else { size - TAG_BYTES };
        if !each(RawBlock { start: at.offset(TAG_BYTES), bytes, live }) {
            return Ok(());
        }
        at = at.offset(size);
    }
    Ok(())
}

/// Size of the chunk that serves a request.
fn chunk_size(nbytes: u64) -> Result<u64, Fault> {
    if nbytes >= LARGEST {
        return Err(Fault::OutOfMemory(nbytes));
    }
    Ok((nbytes + 8).next_multiple_of(16).max(MIN_CHUNK))
}

/// The chunk of the caller's bytes at `p`; a fault if they are not allocated.
fn live_chunk(m: &AddressSpace, p: Addr) -> Result<Addr, Fault> {
    let chunk = p.back(TAG_BYTES);
    let word = chunk::SIZE.read(m, chunk)?;
    if !is_raw(p) || !p.0.is_multiple_of(16) || word & IN_USE == 0 {
        return Err(Fault::Corrupt(p, "live raw block"));
    }
    Ok(chunk)
}

fn size_at(m: &AddressSpace, at: Addr) -> Result<u64, Fault> {
    Ok(chunk::SIZE.read(m, at)? & !FLAGS)
}

/// Adds to the totals, wrapping: `u64::MAX` blocks is one less.
fn account(m: &mut AddressSpace, blocks: u64, bytes: u64) -> Result<(), Fault> {
    let (live_blocks, live_bytes) = live(m)?;
    state::LIVE_BLOCKS.write(m, RAW_STATE, live_blocks.wrapping_add(blocks))?;
    state::LIVE_BYTES.write(m, RAW_STATE, live_bytes.wrapping_add(bytes))
}

/// The bin that a free chunk of this size is kept in.
fn bin_of(size: u64) -> u32 {
    #[allow(clippy::cast_possible_truncation, reason = "below 32; three bits")]
    if size < 512 {
        (size >> 4) as u32
    } else {
        let power = size.ilog2();
        EXACT_BINS + (power - 9) * 8 + ((size >> (power - 3)) & 7) as u32
    }
}

fn bin_slot(bin: u32) -> Addr {
    state::BINS.at(RAW_STATE).offset(u64::from(bin) * 8)
}

fn binmap_word(bin: u32) -> Addr {
    state::BINMAP.at(RAW_STATE).offset(u64::from(bin / 64) * 8)
}

fn push_bin(m: &mut AddressSpace, at: Addr, size: u64) -> Result<(), Fault> {
    let bin = bin_of(size);
    let first: Addr = m.read(bin_slot(bin))?;
    chunk::FD.write(m, at, first)?;
    chunk::BK.write(m, at, Addr::NULL)?;
    if first.is_null() {
        let map: u64 = m.read(binmap_word(bin))?;
        m.write(binmap_word(bin), map | 1 << (bin % 64))?;
    } else {
        chunk::BK.write(m, first, at)?;
    }
    m.write(bin_slot(bin), at)
}

fn unlink_bin(m: &mut AddressSpace, at: Addr, size: u64) -> Result<(), Fault> {
    let (next, prev) = (chunk::FD.read(m, at)?, chunk::BK.read(m, at)?);
    if !next.is_null() {
        chunk::BK.write(m, next, prev)?;
    }
    if !prev.is_null() {
        return chunk::FD.write(m, prev, next);
    }
    let bin = bin_of(size);
    m.write(bin_slot(bin), next)?;
    if next.is_null() {
        let map: u64 = m.read(binmap_word(bin))?;
        m.write(binmap_word(bin), map & !(1 << (bin % 64)))?;
    }
    Ok(())
}

/// The first bin from `bin` on that is not empty.
fn first_filled_bin(m: &AddressSpace, bin: u32) -> Result<Option<u32>, Fault> {
    let mut from = bin;
    while from < BIN_COUNT {
        let map = m.read::<u64>(binmap_word(from))? >> (from % 64);
        if map != 0 {
            return Ok(Some(from + map.trailing_zeros()));
        }
        from = (from / 64 + 1) * 64;
    }
    Ok(None)
}

/// Takes a free chunk of at least `need` bytes and marks it live. A few chunks of its own bin may be too small; all in the next
/// bins are large enough.
fn take_from_bins(m: &mut AddressSpace, need: u64) -> Result<Option<Addr>, Fault> {
    let bin = bin_of(need);
    let mut candidate: Addr = m.read(bin_slot(bin))?;
    for _ in 0..4 {
        if candidate.is_null() || size_at(m, candidate)? >= need {
            break;
        }
        candidate = chunk::FD.read(m, candidate)?;
    }
    if candidate.is_null() || size_at(m, candidate)? < need {
        let Some(bin) = first_filled_bin(m, bin + 1)? else { return Ok(None) };
        candidate = m.read(bin_slot(bin))?;
    }
    let size = size_at(m, candidate)?;
    unlink_bin(m, candidate, size)?;
    let prev = chunk::SIZE.read(m, candidate)? & PREV_IN_USE;
    chunk::SIZE.write(m, candidate, size | prev | IN_USE)?;
    set_prev_in_use(m, candidate.offset(size))?;
    give_back_tail(m, candidate, size, need)?;
    Ok(Some(candidate))
}

fn set_prev_in_use(m: &mut AddressSpace, at: Addr) -> Result<(), Fault> {
    let word = chunk::SIZE.read(m, at)?;
    chunk::SIZE.write(m, at, word | PREV_IN_USE)
}

/// Cuts a live chunk of `size` bytes to `need`, if a chunk can be made of the rest. The result is its size now.
fn give_back_tail(m: &mut AddressSpace, at: Addr, size: u64, need: u64) -> Result<u64, Fault> {
    if size < need + MIN_CHUNK {
        return Ok(size);
    }
    let word = chunk::SIZE.read(m, at)?;
    chunk::SIZE.write(m, at, need | word & FLAGS)?;
    let tail = at.offset(need);
    chunk::SIZE.write(m, tail, (size - need) | PREV_IN_USE | IN_USE)?;
    release(m, tail, size - need)?;
    Ok(need)
}

/// Makes `need` bytes at the start of `top` a live chunk.
fn take_from_top(m: &mut AddressSpace, need: u64) -> Result<Addr, Fault> {
    let top = ensure_top(m, need)?;
    let word = chunk::SIZE.read(m, top)?;
    chunk::SIZE.write(m, top, need | word & PREV_IN_USE | IN_USE)?;
    set_top(m, top.offset(need), (word & !FLAGS) - need)?;
    Ok(top)
}

/// `top` starts at `at`, behind a live chunk.
fn set_top(m: &mut AddressSpace, at: Addr, size: u64) -> Result<(), Fault> {
    chunk::SIZE.write(m, at, size | PREV_IN_USE)?;
    state::TOP.write(m, RAW_STATE, at)
}

/// Lets `top` have `need` bytes and a header of its own behind. Maps whole MiB, one range each, so that they can be unmapped one
/// by one.
fn ensure_top(m: &mut AddressSpace, need: u64) -> Result<Addr, Fault> {
    let mut top = state::TOP.read(m, RAW_STATE)?;
    let size = if top.is_null() { 0 } else { size_at(m, top)? };
    if size >= need + MIN_CHUNK {
        return Ok(top);
    }
    let end = state::END.read(m, RAW_STATE)?;
    let missing = (need + MIN_CHUNK - size).next_multiple_of(CHUNK_BYTES);
    let mut mapped = 0;
    while mapped < missing {
        if m.map(end.offset(mapped), CHUNK_BYTES).is_err() {
            while mapped > 0 {
                mapped -= CHUNK_BYTES;
                m.unmap(end.offset(mapped))?;
            }
            return Err(Fault::OutOfMemory(missing));
        }
        mapped += CHUNK_BYTES;
    }
    state::END.write(m, RAW_STATE, end.offset(mapped))?;
    if top.is_null() {
        top = RAW_START;
    }
    set_top(m, top, size + mapped)?;
    Ok(top)
}

/// Makes a live chunk free, together with free neighbours.
fn release(m: &mut AddressSpace, at: Addr, size: u64) -> Result<(), Fault> {
    let (mut start, mut total) = (at, size);
    let word = chunk::SIZE.read(m, at)?;
    if word & PREV_IN_USE == 0 {
        let prev_size = chunk::PREV_SIZE.read(m, at)?;
        start = at.back(prev_size);
        total += prev_size;
        unlink_bin(m, start, prev_size)?;
    }
    let next = at.offset(size);
    let next_word = chunk::SIZE.read(m, next)?;
    if next == state::TOP.read(m, RAW_STATE)? {
        // What lies before a free chunk is live, or the heap's start.
        return set_top(m, start, total + (next_word & !FLAGS));
    }
    if next_word & IN_USE == 0 {
        let next_size = next_word & !FLAGS;
        unlink_bin(m, next, next_size)?;
        total += next_size;
    }
    let behind = start.offset(total);
    let behind_word = chunk::SIZE.read(m, behind)?;
    chunk::SIZE.write(m, behind, behind_word & !PREV_IN_USE)?;
    chunk::PREV_SIZE.write(m, behind, total)?;
    chunk::SIZE.write(m, start, total | PREV_IN_USE)?;
    push_bin(m, start, total)
}

/// Lets a live chunk swallow what is free behind it, if it then has `need` bytes. The result says whether it has.
fn grow_in_place(m: &mut AddressSpace, at: Addr, size: u64, need: u64) -> Result<bool, Fault> {
    if size >= need {
        return Ok(true);
    }
    let next = at.offset(size);
    let word = chunk::SIZE.read(m, at)?;
    let next_size = size_at(m, next)?;
    if next == state::TOP.read(m, RAW_STATE)? {
        match ensure_top(m, need - size) {
            Ok(_) => {}
            // There may be room elsewhere.
            Err(fault) if matches!(fault.why(), Why::OutOfMemory(_)) => return Ok(false),
            Err(fault) => return Err(fault),
        }
        let left = size_at(m, next)? - (need - size);
        chunk::SIZE.write(m, at, need | word & FLAGS)?;
        set_top(m, at.offset(need), left)?;
        return Ok(true);
    }
    if chunk::SIZE.read(m, next)? & IN_USE != 0 || size + next_size < need {
        return Ok(false);
    }
    unlink_bin(m, next, next_size)?;
    chunk::SIZE.write(m, at, (size + next_size) | word & FLAGS)?;
    set_prev_in_use(m, next.offset(next_size))?;
    Ok(true)
}

/// Gives the end of a large `top` back to the system.
fn trim(m: &mut AddressSpace) -> Result<(), Fault> {
    let top = state::TOP.read(m, RAW_STATE)?;
    let mut size = size_at(m, top)?;
    if size < TRIM_BYTES {
        return Ok(());
    }
    let mut end = state::END.read(m, RAW_STATE)?;
    while size >= CHUNK_BYTES + KEPT_BYTES {
        size -= CHUNK_BYTES;
        end = end.back(CHUNK_BYTES);
        m.unmap(end)?;
    }
    state::END.write(m, RAW_STATE, end)?;
    set_top(m, top, size)
}

/// Tags and bins agree: chunks end at `top`, flags name their neighbours, each free chunk is in its bin once, totals hold.
pub(super) fn check(m: &AddressSpace) -> Result<(), Broken> {
    let mut end = RAW_START;
    for range in m.mapped().iter().filter(|range| is_raw(range.start)) {
        if range.start != end || range.bytes != CHUNK_BYTES {
            return Err(Broken::new(range.start, "the raw heap's memory is not a row of mapped MiB"));
        }
        end = range.end();
    }
    if state::END.read(m, RAW_STATE)? != end {
        return Err(Broken::new(end, "the raw heap does not end where its mapped memory does"));
    }
    let top = state::TOP.read(m, RAW_STATE)?;
    if top.is_null() {
        return Ok(());
    }
    let (mut at, mut prev_free_size, mut free, mut live_now) = (RAW_START, None, 0_u64, (0_u64, 0_u64));
    while at <= top {
        let word = chunk::SIZE.read(m, at)?;
        let size = word & !FLAGS;
        if (word & PREV_IN_USE == 0) != prev_free_size.is_some() {
            return Err(Broken::new(at, "a raw chunk's tag is wrong about whether the chunk before it is free"));
        }
        if let Some(prev) = prev_free_size
            && chunk::PREV_SIZE.read(m, at)? != prev
        {
            return Err(Broken::new(at, "a raw chunk's prev_size is not the size of the free chunk before it"));
        }
        if at == top {
            let end = state::END.read(m, RAW_STATE)?;
            if at.offset(size) != end || word & IN_USE != 0 || prev_free_size.is_some() {
                return Err(Broken::new(at, "the raw heap's top is not one free chunk up to the end of the heap"));
            }
            break;
        }
        if size < MIN_CHUNK || size > top.0 - at.0 {
            return Err(Broken::new(at, "a raw chunk's size leads past the top of the heap"));
        }
        prev_free_size = None;
        if word & IN_USE == 0 {
            free += 1;
            prev_free_size = Some(size);
            if word & PREV_IN_USE == 0 {
                return Err(Broken::new(at, "two free raw chunks touch"));
            }
        } else {
            live_now = (live_now.0 + 1, live_now.1 + size);
        }
        at = at.offset(size);
    }
    if live_now != live(m)? {
        return Err(Broken::new(RAW_STATE, "the raw heap's totals are not those of its live chunks"));
    }
    check_bins(m, free)
}

fn check_bins(m: &AddressSpace, free: u64) -> Result<(), Broken> {
    let mut listed = 0;
    for bin in 0..BIN_COUNT {
        let mut prev = Addr::NULL;
        let mut at: Addr = m.read(bin_slot(bin))?;
        let mapped = m.read::<u64>(binmap_word(bin))? & 1 << (bin % 64) != 0;
        if mapped == at.is_null() {
            return Err(Broken::new(binmap_word(bin), "the raw heap's binmap is wrong about an empty bin"));
        }
        while !at.is_null() {
            let word = chunk::SIZE.read(m, at)?;
            if word & IN_USE != 0 || bin_of(word & !FLAGS) != bin || chunk::BK.read(m, at)? != prev {
                return Err(Broken::new(at, "an entry of a raw bin is not a free chunk of the bin's size, linked both ways"));
            }
            listed += 1;
            if listed > free {
                return Err(Broken::new(at, "the raw bins list more chunks than are free"));
            }
            prev = at;
            at = chunk::FD.read(m, at)?;
        }
    }
    if listed != free {
        return Err(Broken::new(RAW_STATE, "a free raw chunk is in no bin"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_ascending_and_cover_every_size() {
        let mut last = 0;
        for size in (MIN_CHUNK..70_000).step_by(16).chain((17..33).map(|p| 1 << p)) {
            let bin = bin_of(size);
            assert!(bin >= last, "bins ascend with sizes at {size}");
            assert!(bin < BIN_COUNT, "a bin for {size}");
            last = bin;
        }
    }
}
