//! Access to memory for the few functions that decide how long everything takes: several accesses for one lookup, and no call.
//! The allocator has its own kind, [`Windows`].

use super::{AddressSpace, CHUNK_BYTES, CHUNK_LEN, Fault, Field, PAGE_LEN, Word};
use crate::abi::space::HIGH_END;
use crate::ids::Addr;
use crate::mem::region::{Place, high_number, is_clean};

/// Bytes in a window, and its alignment.
pub const WINDOW_BYTES: u64 = 1 << 14;
/// [`WINDOW_BYTES`] as the length of an array.
pub const WINDOW_LEN: usize = 1 << 14;
const _: () = assert!(WINDOW_LEN as u64 == WINDOW_BYTES, "one number, two types");

/// Arenas and static data, cut into windows of the size of a pool. The allocator touches a pool's header and one of its blocks,
/// which lie in one window, and sometimes a word in the header of another pool.
///
/// Every instruction counts here. A processor waits for memory that is used at random, and how many accesses it has under way at
/// a time follows from how many operations fit into the some hundred instructions that it looks ahead.
#[derive(Debug)]
pub struct Windows<'a> {
    all: &'a mut [[u8; WINDOW_LEN]],
    /// See [`is_clean`].
    clean: &'a [u64],
    saving: bool,
}

/// A window: what lies at its start, and words in it.
#[derive(Debug)]
pub struct Window<'a>(&'a mut [u8; WINDOW_LEN]);

/// Accesses to arenas and static data that give up where more than an access is needed: `None` or `false` if `addr` is elsewhere
/// or not aligned, or if a page must be saved first. They call nothing, so that a caller keeps everything in registers and begins
/// again in another function when they give up. Compilers for wasm do not treat a call as cold: they write every value to the
/// stack for it.
///
/// An arena that was given back reads as zeros here (no object, no pool in use), where [`AddressSpace::read`] returns a fault.
impl AddressSpace {
    /// The word at `addr`.
    #[must_use]
    #[inline(always)]
    pub fn get_in_arena<T: Word>(&self, addr: Addr) -> Option<T> {
        let (word, at) = within_word::<T>(addr)?;
        T::load(&self.regions.high.high_words::<1>(word)?[0][at..])
    }

    /// [`AddressSpace::read`] for the few places that decide how long everything takes: inlined as far as
    /// [`AddressSpace::get_in_arena`] goes.
    ///
    /// # Errors
    /// [`Fault::NotMapped`], [`Fault::Misaligned`].
    #[inline(always)]
    pub fn read_fast<T: Word>(&self, addr: Addr) -> Result<T, Fault> {
        if let Some(word) = self.get_in_arena(addr) { Ok(word) } else { self.read(addr) }
    }

    /// [`AddressSpace::write`], as [`AddressSpace::read_fast`].
    ///
    /// # Errors
    /// [`Fault::NotMapped`], [`Fault::Misaligned`].
    #[inline(always)]
    pub fn write_fast<T: Word>(&mut self, addr: Addr, value: T) -> Result<(), Fault> {
        if self.put_in_arena(addr, value) { Ok(()) } else { self.write(addr, value) }
    }

    /// The bytes of the window that contains `addr`: a whole pool, to be read with one lookup.
    #[must_use]
    pub fn window_bytes(&self, addr: Addr) -> Option<&[u8; WINDOW_LEN]> {
        self.chunk(addr)?.as_chunks().0.get(Self::offset_in_chunk(addr) / WINDOW_LEN)
    }

    /// `N` words in a row at `addr`.
    #[must_use]
    #[inline(always)]
    pub fn get_words_in_arena<const N: usize>(&self, addr: Addr) -> Option<[u64; N]> {
        self.regions.high.high_words(addr).map(|words| words.map(u64::from_le_bytes))
    }

    /// The word at `addr`, in the raw heap too.
    #[must_use]
    #[inline(always)]
    pub fn get_word(&self, addr: Addr) -> Option<u64> {
        let [word] = self.regions.words(addr, 1)?.first_chunk()?;
        Some(u64::from_le_bytes(*word))
    }

    /// `N` words in a row at `addr`, to be read and written.
    #[inline(always)]
    pub fn ready_words<const N: usize>(&mut self, addr: Addr) -> Option<&mut [[u8; 8]; N]> {
        if self.saving && self.is_clean(addr, N) {
            return None;
        }
        self.regions.high.high_words_mut(addr)
    }

    /// Whether a page of `words` words at `addr` must be saved before it is written.
    #[inline(always)]
    fn is_clean(&self, addr: Addr, words: usize) -> bool {
        self.regions.high.is_any_clean(high_number(addr), Self::offset_in_chunk(addr), words)
    }

    /// `n` words in a row in arenas, static data or the raw heap. `None` if `addr` is elsewhere or not aligned, or if they do not lie
    /// in one chunk of an arena.
    #[must_use]
    #[inline]
    pub fn words(&self, addr: Addr, n: u64) -> Option<&[[u8; 8]]> {
        self.regions.words(addr, n)
    }

    /// Writes the word at `addr`; false if nothing was written.
    #[inline(always)]
    pub fn put_in_arena<T: Word>(&mut self, addr: Addr, value: T) -> bool {
        let Some((word, at)) = within_word::<T>(addr) else { return false };
        self.ready_words::<1>(word).is_some_and(|[word]| value.store(&mut word[at..]).is_some())
    }

    /// Whether somebody wants to know what changes: pages may have to be saved, or events are recorded.
    #[must_use]
    #[inline(always)]
    pub const fn is_watched(&self) -> bool {
        self.saving | self.log.is_recording()
    }

    /// All windows, to be read and written. `None` while pages may have to be saved, unless `even_saving`: then
    /// [`Windows::are_ready`] must be asked.
    #[inline(always)]
    pub fn windows(&mut self, even_saving: bool) -> Option<Windows<'_>> {
        let (all, clean) = self.regions.high.windows();
        (even_saving || !self.saving).then_some(Windows { all, clean, saving: self.saving })
    }
}

/// The word that contains the smaller word at `addr`, and where in it. `None` if that is not aligned.
#[inline(always)]
fn within_word<T: Word>(addr: Addr) -> Option<(Addr, usize)> {
    #[allow(clippy::cast_possible_truncation, reason = "below 8")]
    let at = (addr.0 & 7 & !(T::BYTES - 1)) as usize;
    addr.0.is_multiple_of(T::BYTES).then_some((Addr(addr.0 & !7), at))
}

impl Windows<'_> {
    /// Whether the pages of these words may be written: none must be saved first.
    #[must_use]
    #[inline(always)]
    pub fn are_ready<const N: usize>(&self, words: [Addr; N]) -> bool {
        !self.saving || words.iter().all(|&word| Place::high(word, 1).is_some_and(|at| !is_clean(self.clean, at.page())))
    }

    /// The number of the window with the word at `addr`. `None` if it is not aligned or elsewhere.
    #[must_use]
    #[inline(always)]
    pub fn number(&self, addr: Addr) -> Option<usize> {
        // Chunks are numbered downwards, but their bytes lie upwards. An address that is not aligned or outside becomes a large
        // number.
        let word = ((HIGH_END.0 - 1).wrapping_sub(addr.0) ^ (CHUNK_BYTES - 1)).rotate_right(3);
        let number = word / (WINDOW_BYTES / 8);
        #[allow(clippy::cast_possible_truncation, reason = "below a length")]
        (number < self.all.len() as u64).then_some(number as usize)
    }

    /// The window with this number.
    #[inline(always)]
    pub fn at(&mut self, number: usize) -> Option<Window<'_>> {
        self.all.get_mut(number).map(Window)
    }

    /// The window with the word at `addr`.
    #[inline(always)]
    pub fn with(&mut self, addr: Addr) -> Option<Window<'_>> {
        self.at(self.number(addr)?)
    }

    /// The number of the first window of arenas. The windows of static data come before it.
    pub const FIRST_OF_ARENAS: usize = CHUNK_LEN / WINDOW_LEN;
}

/// No access fails: all offsets are masked, and the compiler leaves the `None`s out.
impl Window<'_> {
    /// A field of the struct at the window's start, which is smaller than a page.
    #[must_use]
    #[inline(always)]
    pub fn first<T: Word>(&self, field: Field<T>) -> Option<T> {
        T::load(&self.0[Self::offset(field)..])
    }

    /// Writes a field of the struct at the window's start.
    #[inline(always)]
    pub fn set_first<T: Word>(&mut self, field: Field<T>, value: T) -> Option<()> {
        value.store(&mut self.0[Self::offset(field)..])
    }

    /// The word at `addr`, which must be in this window and a multiple of 8; only the bits that say where in a window are used.
    #[must_use]
    #[inline(always)]
    pub fn word(&self, addr: Addr) -> Option<Addr> {
        Addr::load(&self.0[Self::place_of(addr)..])
    }

    /// Writes the word at `addr`, as [`Window::word`].
    #[inline(always)]
    pub fn set_word(&mut self, addr: Addr, value: Addr) -> Option<()> {
        value.store(&mut self.0[Self::place_of(addr)..])
    }

    #[inline(always)]
    fn place_of(addr: Addr) -> usize {
        #[allow(clippy::cast_possible_truncation, reason = "masked to 14 bits")]
        let at = addr.0 as usize & (WINDOW_LEN - 8);
        at
    }

    #[inline(always)]
    fn offset<T: Word>(field: Field<T>) -> usize {
        #[allow(clippy::cast_possible_truncation, reason = "masked to the first page")]
        let offset = field.offset_bytes as usize & (PAGE_LEN - T::BYTES as usize);
        offset
    }
}
