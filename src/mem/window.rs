//! The allocator's own way to memory, several accesses for one lookup: the start of an aligned 16 KiB window and one address in it. That is what an allocator
//! touches: a pool's header and a block.

use super::{AddressSpace, CHUNK_LEN, Fault, Field, PAGE_LEN, Word};
use crate::ids::Addr;
use crate::mem::region::high_number;

/// Bytes in a window, and its alignment.
pub const WINDOW_BYTES: u64 = 1 << 14;
/// The same as the length of an array.
pub const WINDOW_LEN: usize = 1 << 14;
const _: () = assert!(WINDOW_LEN as u64 == WINDOW_BYTES, "one number, two types");

/// A window and one address in it, writable at both: in the window's first page and in the eight bytes at the address. If there is a
/// checkpoint, both pages are saved already.
#[derive(Debug)]
pub struct Window<'a> {
    bytes: &'a mut [u8; WINDOW_LEN],
    at: usize,
}

/// Accesses to arenas and static data that do nothing if they would have to do more than access: `None` or `false` if `addr` is
/// elsewhere or not aligned, or if a page must be saved first. They call nothing, so a caller that then starts anew in another
/// function keeps everything in registers; compilers for wasm know no cold calls and would write every value to the stack for them.
///
/// An arena that was given back reads as zeros here, where [`AddressSpace::read`] has a fault: no object, no pool that is in use.
impl AddressSpace {
    /// A word.
    #[must_use]
    #[inline(always)]
    pub fn get<T: Word>(&self, addr: Addr) -> Option<T> {
        if !addr.0.is_multiple_of(T::BYTES) {
            return None;
        }
        T::load(&self.regions.high.bytes(high_number(addr))?[Self::offset_in_chunk(addr)..])
    }

    /// [`AddressSpace::read`] for the few places that decide how long everything takes: inlined as far as [`AddressSpace::get`] goes.
    ///
    /// # Errors
    /// [`Fault::NotMapped`], [`Fault::Misaligned`].
    #[inline(always)]
    pub fn read_fast<T: Word>(&self, addr: Addr) -> Result<T, Fault> {
        if let Some(word) = self.get(addr) { Ok(word) } else { self.read(addr) }
    }

    /// [`AddressSpace::write`], as [`AddressSpace::read_fast`].
    ///
    /// # Errors
    /// [`Fault::NotMapped`], [`Fault::Misaligned`].
    #[inline(always)]
    pub fn write_fast<T: Word>(&mut self, addr: Addr, value: T) -> Result<(), Fault> {
        if self.put(addr, value) { Ok(()) } else { self.write(addr, value) }
    }

    /// The bytes of the window that contains `addr`: a whole pool, to be read with one lookup.
    #[must_use]
    pub fn window_bytes(&self, addr: Addr) -> Option<&[u8; WINDOW_LEN]> {
        self.chunk(addr)?.as_chunks().0.get(Self::offset_in_chunk(addr) / WINDOW_LEN)
    }

    /// `N` words in a row.
    #[must_use]
    #[inline(always)]
    pub fn get_words<const N: usize>(&self, addr: Addr) -> Option<[u64; N]> {
        if !addr.0.is_multiple_of(8) {
            return None;
        }
        let chunk = self.regions.high.bytes(high_number(addr))?;
        let words = chunk[Self::offset_in_chunk(addr) & !7..].as_chunks().0;
        words.first_chunk().map(|words| words.map(u64::from_le_bytes))
    }

    /// `N` words in a row, to be read and written.
    #[inline(always)]
    pub fn ready_words<const N: usize>(&mut self, addr: Addr) -> Option<&mut [[u8; 8]; N]> {
        if !addr.0.is_multiple_of(8) {
            return None;
        }
        let (number, at) = (high_number(addr), Self::offset_in_chunk(addr) & !7);
        if self.saving {
            let (page, last) = (at / PAGE_LEN, (at + N * 8 - 1) / PAGE_LEN);
            if page != last || self.regions.high.is_clean(number, page) {
                return None;
            }
        }
        self.regions.high.bytes_mut(number)?[at..].as_chunks_mut().0.first_chunk_mut()
    }

    /// Whether [`AddressSpace::put`] would write a word at each of these addresses: none lies in the raw heap, as class objects do, and
    /// no page must be saved first.
    #[must_use]
    #[inline(always)]
    pub fn are_ready<const N: usize>(&self, addrs: [Addr; N]) -> bool {
        addrs.into_iter().all(|addr| self.is_ready(addr))
    }

    /// Whether [`AddressSpace::put`] would write a word at `addr`.
    #[must_use]
    #[inline(always)]
    pub fn is_ready(&self, addr: Addr) -> bool {
        let number = high_number(addr);
        addr.0.is_multiple_of(8)
            && self.regions.high.bytes(number).is_some()
            && !(self.saving && self.regions.high.is_clean(number, Self::offset_in_chunk(addr) / PAGE_LEN))
    }

    /// Writes a word.
    #[inline(always)]
    pub fn put<T: Word>(&mut self, addr: Addr, value: T) -> bool {
        let (number, at) = (high_number(addr), Self::offset_in_chunk(addr));
        if !addr.0.is_multiple_of(T::BYTES) || self.saving && self.regions.high.is_clean(number, at / PAGE_LEN) {
            return false;
        }
        self.regions.high.bytes_mut(number).is_some_and(|chunk| value.store(&mut chunk[at..]).is_some())
    }

    /// The window that contains `addr`.
    #[inline(always)]
    pub fn ready_window(&mut self, addr: Addr) -> Option<Window<'_>> {
        if !addr.0.is_multiple_of(8) {
            return None;
        }
        let (number, at) = (high_number(addr), Self::offset_in_chunk(addr));
        if self.saving {
            let first_page = at / WINDOW_LEN * (WINDOW_LEN / PAGE_LEN);
            if self.regions.high.is_clean(number, first_page) || self.regions.high.is_clean(number, at / PAGE_LEN) {
                return None;
            }
        }
        let (windows, _) = self.regions.high.bytes_mut(number)?.as_chunks_mut();
        let bytes = &mut windows[(at / WINDOW_LEN) & (CHUNK_LEN / WINDOW_LEN - 1)];
        Some(Window { bytes, at: at & (WINDOW_LEN - 8) })
    }
}

impl Window<'_> {
    /// A field of the struct at the window's start; `None` if the struct is larger than a page.
    #[must_use]
    #[inline(always)]
    pub fn first<T: Word>(&self, field: Field<T>) -> Option<T> {
        T::load(&self.bytes[Self::offset(field)..])
    }

    /// Writes a field of the struct at the window's start; `None` if the struct is larger than a page.
    #[inline(always)]
    pub fn set_first<T: Word>(&mut self, field: Field<T>, value: T) -> Option<()> {
        value.store(&mut self.bytes[Self::offset(field)..])
    }

    /// Writes the word at the address that the window was asked for.
    #[inline(always)]
    pub fn set_here(&mut self, value: Addr) -> Option<()> {
        value.store(&mut self.bytes[self.at..])
    }

    /// The word at `addr`, which must be in this window and a multiple of 8; only the bits that say where in a window are used.
    #[must_use]
    #[inline(always)]
    pub fn word(&self, addr: Addr) -> Option<Addr> {
        #[allow(clippy::cast_possible_truncation, reason = "masked to 14 bits")]
        let at = addr.0 as usize & (WINDOW_LEN - 8);
        Addr::load(&self.bytes[at..])
    }

    // Masked so that a word fits behind it: the compiler leaves all `None`s out.
    #[inline(always)]
    fn offset<T: Word>(field: Field<T>) -> usize {
        #[allow(clippy::cast_possible_truncation, reason = "masked to the first page, which is saved")]
        let offset = field.offset_bytes as usize & (PAGE_LEN - T::BYTES as usize);
        offset
    }
}
