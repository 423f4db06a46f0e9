//! The allocator's own way to memory, several accesses for one lookup: the start of an aligned 16 KiB window and one address in it. That is what an allocator
//! touches: a pool's header and a block.

use super::{AddressSpace, CHUNK_BYTES, CHUNK_LEN, Field, PAGE_LEN, Word};
use crate::ids::Addr;

/// Bytes in a window, and its alignment.
pub const WINDOW_BYTES: u64 = 1 << 14;
/// The same as the length of an array.
pub const WINDOW_LEN: usize = 1 << 14;
const PAGES_PER_WINDOW: usize = WINDOW_LEN / PAGE_LEN;
const _: () = assert!(WINDOW_LEN as u64 == WINDOW_BYTES, "one number, two types");
const _: () = assert!(64 % PAGES_PER_WINDOW == 0, "a window's bits lie in one word of Slot::clean");

/// A window and one address in it, writable at both: in the window's first page and in the eight bytes at the address. If there is a
/// checkpoint, both pages are saved already.
#[derive(Debug)]
pub struct Window<'a> {
    bytes: &'a mut [u8; WINDOW_LEN],
    at: usize,
}

/// Accesses that do nothing if they would have to do more than access: `None` or `false` if `addr` is not mapped or not aligned, or
/// if a page must be saved first. They call nothing, so a caller that then starts anew in another function keeps everything in
/// registers; compilers for wasm know no cold calls and would write every value to the stack for them.
impl AddressSpace {
    /// The window that contains `addr`, a multiple of 8.
    #[inline(always)]
    pub fn ready_window(&mut self, addr: Addr) -> Option<Window<'_>> {
        let slot = &mut self.slots[Self::slot_index(addr)];
        let at = Self::offset_in_chunk(addr);
        let chunk = slot.data.as_mut().filter(|_| slot.base == addr.0 & (!(CHUNK_BYTES - 1) | 7))?;
        if self.saving {
            let page = at / PAGE_LEN;
            let first_page = at / WINDOW_LEN * PAGES_PER_WINDOW;
            if slot.clean[(page >> 6) & 3] & (1 << (page & 63) | 1 << (first_page & 63)) != 0 {
                return None;
            }
        }
        let (windows, _) = chunk.as_chunks_mut::<WINDOW_LEN>();
        let bytes = &mut windows[(at / WINDOW_LEN) & (CHUNK_LEN / WINDOW_LEN - 1)];
        Some(Window { bytes, at: at & (WINDOW_LEN - 8) })
    }

    /// The bytes of the window that contains `addr`: a whole pool, to be read with one lookup.
    #[must_use]
    pub fn window_bytes(&self, addr: Addr) -> Option<&[u8; WINDOW_LEN]> {
        let slot = &self.slots[Self::slot_index(addr)];
        let chunk = slot.data.as_ref().filter(|_| slot.base == addr.0 & !(CHUNK_BYTES - 1))?;
        chunk.as_chunks().0.get(Self::offset_in_chunk(addr) / WINDOW_LEN)
    }

    /// `N` words in a row.
    #[must_use]
    #[inline(always)]
    pub fn get_words<const N: usize>(&self, addr: Addr) -> Option<[u64; N]> {
        let slot = &self.slots[Self::slot_index(addr)];
        if slot.base != addr.0 & (!(CHUNK_BYTES - 1) | 7) {
            return None;
        }
        let words = slot.data.as_ref()?[Self::offset_in_chunk(addr) & !7..].as_chunks().0;
        words.first_chunk().map(|words| words.map(u64::from_le_bytes))
    }

    /// `N` words in a row, to be read and written.
    #[inline(always)]
    pub fn ready_words<const N: usize>(&mut self, addr: Addr) -> Option<&mut [[u8; 8]; N]> {
        let slot = &mut self.slots[Self::slot_index(addr)];
        if slot.base != addr.0 & (!(CHUNK_BYTES - 1) | 7) {
            return None;
        }
        let at = Self::offset_in_chunk(addr) & !7;
        if self.saving {
            let (page, last) = (at / PAGE_LEN, (at + N * 8 - 1) / PAGE_LEN);
            if page != last || slot.clean[(page >> 6) & 3] >> (page & 63) & 1 != 0 {
                return None;
            }
        }
        slot.data.as_mut()?[at..].as_chunks_mut().0.first_chunk_mut()
    }

    /// Whether [`AddressSpace::write_ready`] would write a word at `addr`, a multiple of 8.
    #[must_use]
    #[inline(always)]
    pub fn is_ready(&self, addr: Addr) -> bool {
        let slot = &self.slots[Self::slot_index(addr)];
        let page = Self::offset_in_chunk(addr) / PAGE_LEN;
        slot.data.is_some()
            && slot.base == addr.0 & (!(CHUNK_BYTES - 1) | 7)
            && !(self.saving && slot.clean[(page >> 6) & 3] >> (page & 63) & 1 != 0)
    }

    /// Writes a word at `addr`, a multiple of 8.
    #[inline(always)]
    pub fn write_ready(&mut self, addr: Addr, value: Addr) -> bool {
        if !self.is_ready(addr) {
            return false;
        }
        let slot = &mut self.slots[Self::slot_index(addr)];
        let at = Self::offset_in_chunk(addr) & (CHUNK_LEN - 8);
        slot.data.as_mut().is_some_and(|chunk| value.store(&mut chunk[at..]).is_some())
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
