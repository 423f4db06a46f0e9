//! The two parts of the address space. Each is one piece of host memory, so an address becomes a place in it by subtraction: no
//! table stands between the model's pointers and its bytes.
//!
//! ```text
//!  RAW_START                           ARENA_FLOOR                                ARENA_TOP      HIGH_END
//!  | chunk 0 | chunk 1 | ...  ->            <- ... | chunk 2 | chunk 1 | chunk 0: static data |
//!  '-------------- low ---------------'     '------------------- high ------------------------'
//! ```
//!
//! Invariant: a chunk that no mapped range needs is 0 throughout, so that a walk which does not ask whether it is mapped finds no
//! object there.

use super::{CHUNK_BYTES, CHUNK_LEN, PAGE_LEN, WINDOW_LEN};
use crate::abi::space::{ARENA_FLOOR, HIGH_END, RAW_START};
use crate::ids::Addr;

/// Windows that are asked for when the first chunk is made: 128 MiB. What was never written costs no host memory, and up to there
/// a new chunk moves nothing.
const AT_ONCE: usize = (128 << 20) / WINDOW_LEN;
const PAGES_PER_CHUNK: usize = CHUNK_LEN / PAGE_LEN;
const _: () = assert!(PAGES_PER_CHUNK == 256, "Clean has 256 bits");
const WINDOWS_PER_CHUNK: usize = CHUNK_LEN / WINDOW_LEN;
type Chunk = [[u8; WINDOW_LEN]; WINDOWS_PER_CHUNK];
/// Bit p: page p has not been written since the last checkpoint, so the next write to it must save it first.
type Clean = [u64; PAGES_PER_CHUNK / 64];

/// Both parts of the address space.
#[derive(Debug, Default)]
pub(super) struct Regions {
    pub(super) low: Region,
    pub(super) high: Region,
}

impl Regions {
    /// The part that `addr` is in, and the number of its chunk there.
    pub(super) fn of(&self, addr: Addr) -> (&Region, u64) {
        if addr >= ARENA_FLOOR { (&self.high, high_number(addr)) } else { (&self.low, low_number(addr)) }
    }

    /// [`Regions::of`], to be changed.
    pub(super) fn of_mut(&mut self, addr: Addr) -> (&mut Region, u64) {
        if addr >= ARENA_FLOOR { (&mut self.high, high_number(addr)) } else { (&mut self.low, low_number(addr)) }
    }

    /// `n` words in a row that are in one chunk or in the low part, mapped or not.
    #[inline(always)]
    pub(super) fn words(&self, addr: Addr, n: u64) -> Option<&[[u8; 8]]> {
        let len = usize::try_from(n).ok()?;
        match Place::high(addr, n) {
            Some(at) => self.high.words(at, len),
            None => self.low.words(Place::low(addr)?, len),
        }
    }

    /// Marks all pages clean, or all dirty.
    pub(super) fn set_all(&mut self, is_clean: bool) {
        self.low.set_all(is_clean);
        self.high.set_all(is_clean);
    }
}

/// The number of the low chunk that `addr` lies in; larger than that of any chunk if it is not in the low part.
const fn low_number(addr: Addr) -> u64 {
    addr.0.wrapping_sub(RAW_START.0) / CHUNK_BYTES
}

/// The number of the high chunk that `addr` lies in; larger than that of any chunk if it is not in the high part.
#[inline(always)]
pub(super) const fn high_number(addr: Addr) -> u64 {
    (HIGH_END.0 - 1).wrapping_sub(addr.0) / CHUNK_BYTES
}

/// How far into the high part `addr` lies; larger than any part if it does not.
#[inline(always)]
pub(super) const fn high_offset(addr: Addr) -> u64 {
    // Number of the chunk and offset in it at once: chunks are numbered downwards, but the bytes of a chunk lie upwards in it.
    (HIGH_END.0 - 1).wrapping_sub(addr.0) ^ (CHUNK_BYTES - 1)
}

/// Which word of its part's host memory the word at an address is. It may be behind the end.
#[derive(Clone, Copy)]
pub(super) struct Place(u32);

impl Place {
    /// In the high part: the place of the first of `n` words at `addr`, if it is aligned and they lie in one chunk.
    #[inline(always)]
    pub(super) fn high(addr: Addr, n: u64) -> Option<Place> {
        let is_in_one = n == 1 || n <= CHUNK_BYTES / 8 && addr.0 % CHUNK_BYTES <= CHUNK_BYTES - 8 * n;
        if is_in_one { Place::of(high_offset(addr)) } else { None }
    }

    /// In the low part, where chunks lie in the order of their addresses.
    fn low(addr: Addr) -> Option<Place> {
        Place::of(addr.0.wrapping_sub(RAW_START.0))
    }

    #[inline(always)]
    fn of(offset: u64) -> Option<Place> {
        #[allow(clippy::cast_possible_truncation, reason = "below 2^29")]
        (offset & !0xffff_fff8 == 0).then_some(Place(offset as u32 / 8))
    }

    #[inline(always)]
    const fn index(self) -> usize {
        self.0 as usize
    }

    /// Number of its page, counted in host memory.
    #[inline(always)]
    pub(super) const fn page(self) -> usize {
        self.index() / (PAGE_LEN / 8)
    }
}

/// One part: its chunks by number, and which of them are mapped.
#[derive(Debug, Default)]
pub(super) struct Region {
    windows: Vec<[u8; WINDOW_LEN]>,
    is_there: Vec<bool>,
    clean: Vec<Clean>,
}

/// Whether the next write to page `page` must save it first.
#[inline(always)]
pub(super) fn is_clean(clean: &[u64], page: usize) -> bool {
    clean.get(page / 64).is_some_and(|bits| bits >> (page % 64) & 1 != 0)
}

#[inline(always)]
fn index(number: u64) -> Option<usize> {
    usize::try_from(number).ok()
}

impl Region {
    /// `n` words in a row, there or not.
    #[inline(always)]
    fn words(&self, at: Place, n: usize) -> Option<&[[u8; 8]]> {
        self.windows.as_flattened().as_chunks().0.get(at.index()..at.index() + n)
    }

    /// [`Region::words`], to be written: [`Region::is_clean`] must be false for the pages that are written.
    #[inline(always)]
    fn words_mut(&mut self, at: Place, n: usize) -> Option<&mut [[u8; 8]]> {
        self.windows.as_flattened_mut().as_chunks_mut().0.get_mut(at.index()..at.index() + n)
    }

    /// `N` words in a row at `addr` in the high part, mapped or not.
    #[inline(always)]
    pub(super) fn high_words<const N: usize>(&self, addr: Addr) -> Option<&[[u8; 8]; N]> {
        self.words(Place::high(addr, N as u64)?, N)?.first_chunk()
    }

    /// [`Region::high_words`], to be written.
    #[inline(always)]
    pub(super) fn high_words_mut<const N: usize>(&mut self, addr: Addr) -> Option<&mut [[u8; 8]; N]> {
        self.words_mut(Place::high(addr, N as u64)?, N)?.first_chunk_mut()
    }

    /// All words, mapped or not.
    #[inline(always)]
    pub(super) fn all_words(&self) -> &[[u8; 8]] {
        self.windows.as_flattened().as_chunks().0
    }

    /// [`Region::all_words`], to be written: no page may be clean.
    #[inline(always)]
    pub(super) fn all_words_mut(&mut self) -> &mut [[u8; 8]] {
        self.windows.as_flattened_mut().as_chunks_mut().0
    }

    /// The bytes of a chunk that is or was mapped.
    #[inline(always)]
    pub(super) fn bytes(&self, number: u64) -> Option<&[u8]> {
        self.windows.as_chunks().0.get(index(number)?).map(|chunk: &Chunk| chunk.as_flattened())
    }

    /// [`Region::bytes`], to be written: [`Region::is_clean`] must be false for the pages that are written.
    #[inline(always)]
    pub(super) fn bytes_mut(&mut self, number: u64) -> Option<&mut [u8]> {
        self.windows.as_chunks_mut().0.get_mut(index(number)?).map(|chunk: &mut Chunk| chunk.as_flattened_mut())
    }

    /// Whether some mapped range needs this chunk.
    pub(super) fn is_there(&self, number: u64) -> bool {
        index(number).and_then(|at| self.is_there.get(at)).is_some_and(|there| *there)
    }

    /// Whether the next write to this page must save it first.
    #[inline(always)]
    pub(super) fn is_clean(&self, number: u64, page: usize) -> bool {
        let clean = index(number).and_then(|at| self.clean.get(at));
        clean.is_some_and(|clean| is_clean(clean, page % PAGES_PER_CHUNK))
    }

    /// All windows, to be written, with the bits that [`is_clean`] reads: a page that is clean must be saved before it is
    /// written.
    #[inline(always)]
    pub(super) fn windows(&mut self) -> (&mut [[u8; WINDOW_LEN]], &[u64]) {
        (&mut self.windows, self.clean.as_flattened())
    }

    /// Whether one of the pages with these words must be saved before it is written, `at` bytes into a chunk. True if they go on
    /// behind the chunk.
    #[inline(always)]
    pub(super) fn is_any_clean(&self, number: u64, at: usize, words: usize) -> bool {
        let (first, last) = (at / PAGE_LEN, (at + 8 * words - 1) / PAGE_LEN);
        self.is_clean(number, first) || first != last && (last >= PAGES_PER_CHUNK || self.is_clean(number, last))
    }

    /// Notes that the page is saved and may be written.
    pub(super) fn set_dirty(&mut self, number: u64, page: usize) {
        if let Some(clean) = index(number).and_then(|at| self.clean.get_mut(at)) {
            clean[(page / 64) & 3] &= !(1 << (page % 64));
        }
    }

    fn set_all(&mut self, is_clean: bool) {
        self.clean.fill([if is_clean { u64::MAX } else { 0 }; 4]);
    }

    /// Makes a chunk; its pages are dirty.
    pub(super) fn add(&mut self, number: u64) -> Option<&mut [u8]> {
        let at = index(number)?;
        if at >= self.is_there.len() {
            if self.windows.capacity() == 0 {
                // If the host has no room for so much, the vector grows step by step.
                drop(self.windows.try_reserve_exact(AT_ONCE));
            }
            self.windows.resize((at + 1) * WINDOWS_PER_CHUNK, [0; WINDOW_LEN]);
            self.is_there.resize(at + 1, false);
            self.clean.resize(at + 1, [0; 4]);
        }
        *self.is_there.get_mut(at)? = true;
        *self.clean.get_mut(at)? = [0; 4];
        self.bytes_mut(number)
    }

    /// Takes a chunk away and zeroes it.
    pub(super) fn remove(&mut self, number: u64) {
        if let Some(there) = index(number).and_then(|at| self.is_there.get_mut(at)) {
            *there = false;
        }
        if let Some(chunk) = self.bytes_mut(number) {
            chunk.fill(0);
        }
    }

    /// Bytes of host memory that are in use.
    pub(super) fn host_bytes(&self) -> u64 {
        self.windows.len() as u64 * WINDOW_LEN as u64
    }
}
