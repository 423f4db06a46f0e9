//! Several accesses for one lookup: the start of an aligned 16 KiB window and one address in it. That is what an allocator
//! touches: a pool's header and a block.

use super::{AddressSpace, CHUNK_BYTES, CHUNK_LEN, Fault, Field, PAGE_LEN, Word};
use crate::ids::Addr;

/// Bytes in a window, and its alignment.
pub const WINDOW_BYTES: u64 = 1 << 14;
const WINDOW_LEN: usize = 1 << 14;
const PAGES_PER_WINDOW: usize = WINDOW_LEN / PAGE_LEN;
const _: () = assert!(WINDOW_LEN as u64 == WINDOW_BYTES, "one number, two types");
const _: () = assert!(64 % PAGES_PER_WINDOW == 0, "a window's bits lie in one word of Slot::clean");

/// A window and one address in it, writable at both: in the window's first page and in the eight bytes at the address. Both pages
/// are saved already if there is a checkpoint.
#[derive(Debug)]
pub struct Window<'a> {
    bytes: &'a mut [u8; WINDOW_LEN],
    at: usize,
}

impl AddressSpace {
    /// The window that contains `addr`, a multiple of 8.
    ///
    /// # Errors
    /// [`Fault::NotMapped`], [`Fault::Misaligned`].
    #[inline(always)]
    pub fn window(&mut self, addr: Addr) -> Result<Window<'_>, Fault> {
        const ALIGN_MASK: u64 = 7;
        let index = Self::slot_index(addr);
        if self.slots[index].base != addr.0 & (!(CHUNK_BYTES - 1) | ALIGN_MASK) {
            return Err(self.fault(addr, ALIGN_MASK));
        }
        let slot = &mut self.slots[index];
        let Some(chunk) = &mut slot.data else { return Err(Fault::NotMapped(addr)) };
        let at = Self::offset_in_chunk(addr);
        let page = at / PAGE_LEN;
        // No bit of the word is set unless there is a checkpoint.
        if slot.clean[(page >> 6) & 3] != 0 {
            for page in [at / WINDOW_LEN * PAGES_PER_WINDOW, page] {
                if slot.clean[(page >> 6) & 3] & 1 << (page & 63) != 0 {
                    self.undo.save_page(slot.base, chunk, &mut slot.clean, page);
                }
            }
        }
        let (windows, _) = chunk.as_chunks_mut::<WINDOW_LEN>();
        let bytes = &mut windows[(at / WINDOW_LEN) & (CHUNK_LEN / WINDOW_LEN - 1)];
        Ok(Window { bytes, at: at & (WINDOW_LEN - 8) })
    }
}

impl Window<'_> {
    /// A field of the struct at the window's start.
    ///
    /// # Errors
    /// [`Fault::NotMapped`] if the struct is larger than a page: never for a field of a pool's header.
    #[inline(always)]
    pub fn first<T: Word>(&self, field: Field<T>) -> Result<T, Fault> {
        self.load(Self::offset(field))
    }

    /// Writes a field of the struct at the window's start.
    ///
    /// # Errors
    /// As [`Window::first`].
    #[inline(always)]
    pub fn set_first<T: Word>(&mut self, field: Field<T>, value: T) -> Result<(), Fault> {
        self.store(Self::offset(field), value)
    }

    /// Writes the word at the address that the window was asked for.
    ///
    /// # Errors
    /// Never: the address was looked up.
    #[inline(always)]
    pub fn set_here(&mut self, value: Addr) -> Result<(), Fault> {
        self.store(self.at, value)
    }

    /// The word at `addr`, which must be in this window and a multiple of 8; only the bits that say where in a window are used.
    ///
    /// # Errors
    /// Never: the whole window is mapped.
    #[inline(always)]
    pub fn word(&self, addr: Addr) -> Result<Addr, Fault> {
        #[allow(clippy::cast_possible_truncation, reason = "masked to 14 bits")]
        let at = addr.0 as usize & (WINDOW_LEN - 8);
        self.load(at)
    }

    #[inline(always)]
    fn offset<T: Word>(field: Field<T>) -> usize {
        #[allow(clippy::cast_possible_truncation, reason = "masked to the first page, which is saved")]
        let offset = field.offset_bytes as usize & (PAGE_LEN - T::BYTES as usize);
        offset
    }

    // Offsets are masked so that a word fits behind them; the compiler sees it and leaves the error out.
    #[inline(always)]
    fn load<T: Word>(&self, at: usize) -> Result<T, Fault> {
        T::load(&self.bytes[at..]).ok_or(Fault::NotMapped(Addr::NULL))
    }

    #[inline(always)]
    fn store<T: Word>(&mut self, at: usize, value: T) -> Result<(), Fault> {
        value.store(&mut self.bytes[at..]).ok_or(Fault::NotMapped(Addr::NULL))
    }
}
