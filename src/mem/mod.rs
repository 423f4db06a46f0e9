//! The simulated 64-bit address space: sparse 1 MiB chunks, typed checked access, and a log of the pages
//! that were written since the last checkpoint, so that any change can be taken back.
//!
//! ```text
//!  address   63        52        32        20        12         3  0
//!           +-----------+---------+---------+---------+---------+--+
//!           |     0     |   tag   |  slot   |  page   |   word  |  |
//!           +-----------+---------+---------+---------+---------+--+
//!                                 4096 slots of 1 MiB, each split in 256 pages of 4 KiB
//! ```
//!
//! A chunk's slot is bits 20..32 of its address. The three regions of [`crate::abi::space`] lie so that no two
//! chunks want the same slot, which makes the directory a translation buffer that never misses: one load, one
//! compare that checks region and alignment together.
//!
//! Everything that the model's algorithms read lies in these bytes, allocator and collector state included, so a
//! checkpoint of the bytes is a checkpoint of the model. Only [`Births`] stands beside them: identities for the page,
//! which no algorithm reads.

mod births;
mod fault;
mod field;
mod undo;
mod window;

pub use births::{Births, WindowBirths};
pub use fault::{Fault, Why};
pub use field::{Field, Word};
pub use window::{WINDOW_BYTES, WINDOW_LEN, Window};

use crate::abi::Profile;
use crate::event::Log;
use crate::ids::{Addr, Serial};
use undo::{Layer, Undo};

/// Bytes in a chunk.
pub const CHUNK_BYTES: u64 = 1 << 20;
/// Bytes in a page of the undo log.
pub const PAGE_BYTES: u64 = 1 << 12;
/// The same as lengths of arrays.
const CHUNK_LEN: usize = 1 << 20;
const PAGE_LEN: usize = 1 << 12;
const _: () = assert!(CHUNK_LEN as u64 == CHUNK_BYTES && PAGE_LEN as u64 == PAGE_BYTES, "one number, two types");
const PAGES_PER_CHUNK: u64 = CHUNK_BYTES / PAGE_BYTES;
const SLOTS: usize = 4096;
const _: () = assert!(PAGES_PER_CHUNK == 256, "Slot::clean has 256 bits");

type Chunk = Box<[u8; CHUNK_LEN]>;

/// One entry of the directory. `base == NO_BASE` exactly if `data` is `None`.
#[derive(Debug)]
#[repr(align(64))]
struct Slot {
    base: u64,
    data: Option<Chunk>,
    /// Bit p: page p has not been written since the last checkpoint, so the next write to it must save it first.
    clean: [u64; 4],
}

const NO_BASE: u64 = u64::MAX;
const EMPTY: Slot = Slot { base: NO_BASE, data: None, clean: [0; 4] };

/// A mapped range: start and length in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// First address.
    pub start: Addr,
    /// Length in bytes.
    pub bytes: u64,
}

impl Range {
    /// The address behind the last one.
    #[must_use]
    pub const fn end(self) -> Addr {
        self.start.offset(self.bytes)
    }
}

/// CPython's memory, with the release it belongs to and the log of what happens to it.
#[derive(Debug)]
pub struct AddressSpace {
    /// The release whose layouts the bytes follow.
    pub profile: &'static Profile,
    /// What happened, as far as somebody wants to know.
    pub log: Log,
    /// Birth numbers of objects, for the page.
    pub births: Births,
    slots: Box<[Slot; SLOTS]>,
    mapped: Vec<Range>,
    limit_bytes: u64,
    undo: Undo,
    /// False: every bit of every `Slot::clean` is 0, there is no need to look.
    saving: bool,
}

impl AddressSpace {
    /// An empty space. `limit_bytes` bounds the sum of all mapped ranges.
    #[must_use]
    pub fn new(profile: &'static Profile, limit_bytes: u64) -> AddressSpace {
        let slots: Box<[Slot]> = (0..SLOTS).map(|_| EMPTY).collect();
        #[allow(clippy::large_stack_arrays, reason = "never made: the length is right")]
        let slots = slots.try_into().unwrap_or_else(|_| Box::new([EMPTY; SLOTS]));
        AddressSpace {
            profile,
            log: Log::default(),
            births: Births::default(),
            slots,
            mapped: Vec::new(),
            limit_bytes,
            undo: Undo::default(),
            saving: false,
        }
    }

    #[inline(always)]
    fn slot_index(addr: Addr) -> usize {
        #[allow(clippy::cast_possible_truncation, reason = "masked to 12 bits")]
        let index = (addr.0 >> 20) as usize & (SLOTS - 1);
        index
    }

    #[inline(always)]
    fn offset_in_chunk(addr: Addr) -> usize {
        #[allow(clippy::cast_possible_truncation, reason = "masked to 20 bits")]
        let offset = addr.0 as usize & (CHUNK_LEN - 1);
        offset
    }

    /// Reads a word.
    ///
    /// # Errors
    /// [`Fault::NotMapped`], [`Fault::Misaligned`].
    // One copy for each type, called: inlined at each of some thousand places it would be most of the program.
    #[inline(never)]
    pub fn read<T: Word>(&self, addr: Addr) -> Result<T, Fault> {
        self.get(addr).ok_or_else(|| self.fault(addr, u64::from(T::BYTES) - 1))
    }

    /// Reads a word; `None` where [`AddressSpace::read`] has a fault. Inlined, and calls nothing: for the few loops that decide
    /// how long everything takes.
    #[must_use]
    #[inline(always)]
    pub fn get<T: Word>(&self, addr: Addr) -> Option<T> {
        let align_mask = u64::from(T::BYTES) - 1;
        let slot = &self.slots[Self::slot_index(addr)];
        // One compare for both: the chunk's base has no low bits, so a misaligned address differs too.
        if slot.base != addr.0 & (!(CHUNK_BYTES - 1) | align_mask) {
            return None;
        }
        let chunk = slot.data.as_ref()?;
        T::load(&chunk[Self::offset_in_chunk(addr) & !(T::BYTES as usize - 1)..])
    }

    /// Writes a word.
    ///
    /// # Errors
    /// [`Fault::NotMapped`], [`Fault::Misaligned`].
    #[inline(never)]
    pub fn write<T: Word>(&mut self, addr: Addr, value: T) -> Result<(), Fault> {
        let align_mask = u64::from(T::BYTES) - 1;
        let slot = &mut self.slots[Self::slot_index(addr)];
        if slot.base == addr.0 & (!(CHUNK_BYTES - 1) | align_mask)
            && let Some(chunk) = &mut slot.data
        {
            let at = Self::offset_in_chunk(addr) & !(T::BYTES as usize - 1);
            let page = at >> 12;
            if self.saving && slot.clean[(page >> 6) & 3] & (1 << (page & 63)) != 0 {
                self.undo.save_page(slot.base, chunk, &mut slot.clean, page);
            }
            if value.store(&mut chunk[at..]).is_some() {
                return Ok(());
            }
        }
        Err(self.fault(addr, align_mask))
    }

    /// Reads `N` words in a row with one look at the directory.
    ///
    /// # Errors
    /// [`Fault::NotMapped`], [`Fault::Misaligned`].
    pub fn read_words<const N: usize>(&self, addr: Addr) -> Result<[u64; N], Fault> {
        let slot = &self.slots[Self::slot_index(addr)];
        let at = Self::offset_in_chunk(addr) & !7;
        if slot.base == addr.0 & (!(CHUNK_BYTES - 1) | 7)
            && let Some(chunk) = &slot.data
            && let Some(words) = chunk[at..].as_chunks().0.first_chunk::<N>()
        {
            return Ok(words.map(u64::from_le_bytes));
        }
        self.read_words_apart(addr)
    }

    /// [`AddressSpace::read_words`] across the border of two chunks.
    #[cold]
    fn read_words_apart<const N: usize>(&self, addr: Addr) -> Result<[u64; N], Fault> {
        let mut words = [0; N];
        for (at, word) in (0..).zip(words.iter_mut()) {
            *word = self.read(addr.offset(at * 8))?;
        }
        Ok(words)
    }

    #[cold]
    fn fault(&self, addr: Addr, align_mask: u64) -> Fault {
        let base = addr.0 & !(CHUNK_BYTES - 1);
        if self.slots[Self::slot_index(addr)].base == base && addr.0 & align_mask != 0 {
            Fault::Misaligned(addr)
        } else {
            Fault::NotMapped(addr)
        }
    }

    /// Copies bytes out of memory.
    ///
    /// # Errors
    /// [`Fault::NotMapped`]; `out` is then partly filled.
    pub fn read_bytes(&self, addr: Addr, out: &mut [u8]) -> Result<(), Fault> {
        let mut at = addr;
        let mut rest = out;
        while !rest.is_empty() {
            let chunk = self.chunk(at)?;
            let start = Self::offset_in_chunk(at);
            let n = rest.len().min(chunk.len() - start);
            let (now, later) = rest.split_at_mut(n);
            now.copy_from_slice(&chunk[start..start + n]);
            at = at.offset(n as u64);
            rest = later;
        }
        Ok(())
    }

    /// Copies bytes into memory.
    ///
    /// # Errors
    /// [`Fault::NotMapped`]; memory is then partly written.
    pub fn write_bytes(&mut self, addr: Addr, bytes: &[u8]) -> Result<(), Fault> {
        let mut rest = bytes;
        self.for_each_piece(addr, bytes.len() as u64, |piece| {
            let (now, later) = rest.split_at(piece.len());
            piece.copy_from_slice(now);
            rest = later;
        })
    }

    /// Sets `bytes` bytes from `addr` to `value`, as `memset` does.
    ///
    /// # Errors
    /// [`Fault::NotMapped`]; memory is then partly written.
    pub fn fill(&mut self, addr: Addr, bytes: u64, value: u8) -> Result<(), Fault> {
        self.for_each_piece(addr, bytes, |piece| piece.fill(value))
    }

    /// Moves `bytes` bytes, as `memmove` does.
    ///
    /// # Errors
    /// [`Fault::NotMapped`]; memory is then partly written.
    pub fn copy(&mut self, from: Addr, to: Addr, bytes: u64) -> Result<(), Fault> {
        let mut buffer = [0; PAGE_LEN];
        let mut done = 0;
        while done < bytes {
            #[allow(clippy::cast_possible_truncation, reason = "at most a page")]
            let n = (bytes - done).min(PAGE_BYTES) as usize;
            // Upward moves that overlap go from the end, so that no byte is read after it was overwritten.
            let at = if to.0 > from.0 { bytes - done - n as u64 } else { done };
            self.read_bytes(from.offset(at), &mut buffer[..n])?;
            self.write_bytes(to.offset(at), &buffer[..n])?;
            done += n as u64;
        }
        Ok(())
    }

    fn chunk(&self, addr: Addr) -> Result<&Chunk, Fault> {
        let slot = &self.slots[Self::slot_index(addr)];
        match &slot.data {
            Some(chunk) if slot.base == addr.0 & !(CHUNK_BYTES - 1) => Ok(chunk),
            _ => Err(Fault::NotMapped(addr)),
        }
    }

    fn for_each_piece(&mut self, addr: Addr, bytes: u64, mut each: impl FnMut(&mut [u8])) -> Result<(), Fault> {
        let mut at = addr;
        let end = addr.offset(bytes);
        while at < end {
            let slot = &mut self.slots[Self::slot_index(at)];
            let start = Self::offset_in_chunk(at);
            let Some(chunk) = slot.data.as_mut().filter(|_| slot.base == at.0 & !(CHUNK_BYTES - 1)) else {
                return Err(Fault::NotMapped(at));
            };
            #[allow(clippy::cast_possible_truncation, reason = "at most what is left of a page")]
            let n = (end.0 - at.0).min(PAGE_BYTES - at.0 % PAGE_BYTES) as usize;
            let page = start >> 12;
            if slot.clean[page >> 6] & (1 << (page & 63)) != 0 {
                self.undo.save_page(slot.base, chunk, &mut slot.clean, page);
            }
            each(&mut chunk[start..start + n]);
            at = at.offset(n as u64);
        }
        Ok(())
    }
}

/// Mapping, as the operating system does it.
impl AddressSpace {
    /// The mapped ranges, ascending, touching ones kept apart.
    #[must_use]
    pub fn mapped(&self) -> &[Range] {
        &self.mapped
    }

    /// Sum of all mapped ranges in bytes.
    #[must_use]
    pub fn mapped_bytes(&self) -> u64 {
        self.mapped.iter().map(|r| r.bytes).sum()
    }

    /// Bytes of host memory that hold mapped chunks.
    #[must_use]
    pub fn host_bytes(&self) -> u64 {
        self.slots.iter().filter(|s| s.data.is_some()).count() as u64 * CHUNK_BYTES
    }

    /// Maps `bytes` zero bytes at `start`.
    ///
    /// # Errors
    /// [`Fault::OutOfMemory`] past the limit, [`Fault::NotMapped`] if a chunk's slot is taken by another region
    /// (the regions of `abi::space` never do that).
    pub fn map(&mut self, start: Addr, bytes: u64) -> Result<(), Fault> {
        if self.mapped_bytes() + bytes > self.limit_bytes {
            return Err(Fault::OutOfMemory(bytes));
        }
        let range = Range { start, bytes };
        let bases = (start.0 & !(CHUNK_BYTES - 1)..range.end().0).step_by(CHUNK_LEN);
        // All or nothing.
        for base in bases.clone() {
            if ![NO_BASE, base].contains(&self.slots[Self::slot_index(Addr(base))].base) {
                return Err(Fault::NotMapped(Addr(base)));
            }
        }
        for base in bases {
            let slot = &mut self.slots[Self::slot_index(Addr(base))];
            if slot.base == NO_BASE {
                *slot = Slot { base, data: Some(zero_chunk()), clean: [0; 4] };
                self.undo.chunk_made(base);
            }
        }
        let at = self.mapped.partition_point(|r| r.start < start);
        self.mapped.insert(at, range);
        self.fill(start, bytes, 0)
    }

    /// Unmaps the range that was mapped at `start`. Chunks that no range needs any more are given back.
    ///
    /// # Errors
    /// [`Fault::NotMapped`] if no range starts there.
    pub fn unmap(&mut self, start: Addr) -> Result<(), Fault> {
        let Some(at) = self.mapped.iter().position(|r| r.start == start) else {
            return Err(Fault::NotMapped(start));
        };
        let range = self.mapped.remove(at);
        for base in (start.0 & !(CHUNK_BYTES - 1)..range.end().0).step_by(CHUNK_LEN) {
            let used = self.mapped.iter().any(|r| r.start.0 < base + CHUNK_BYTES && r.end().0 > base);
            if !used {
                let slot = core::mem::replace(&mut self.slots[Self::slot_index(Addr(base))], EMPTY);
                self.undo.chunk_dropped(base, slot.data);
            }
        }
        Ok(())
    }

    /// Whether all of `bytes` bytes from `addr` are mapped.
    #[must_use]
    pub fn is_mapped(&self, addr: Addr, bytes: u64) -> bool {
        let mut at = addr;
        let Some(end) = addr.0.checked_add(bytes) else { return false };
        for range in &self.mapped {
            if range.start <= at && at < range.end() {
                at = range.end();
            }
        }
        at.0 >= end
    }
}

/// Taking back what was done.
impl AddressSpace {
    /// Starts a new layer: [`AddressSpace::undo`] returns to this moment. What had been undone cannot be redone any more.
    pub fn checkpoint(&mut self) {
        let (mapped, births) = (self.mapped.clone(), self.births.begin());
        self.undo.begin(mapped, births);
        self.saving = true;
        for slot in self.slots.iter_mut().filter(|s| s.data.is_some()) {
            slot.clean = [u64::MAX; 4];
        }
    }

    /// Takes back everything since the newest checkpoint. False if there is none.
    pub fn undo(&mut self) -> bool {
        match self.undo.pop_back() {
            Some(layer) => {
                let forward = self.swap(layer);
                self.undo.push_redo(forward);
                true
            }
            None => false,
        }
    }

    /// Does again what the last [`AddressSpace::undo`] took back. False if there is nothing.
    pub fn redo(&mut self) -> bool {
        match self.undo.pop_redo() {
            Some(layer) => {
                let back = self.swap(layer);
                self.undo.push_back(back);
                true
            }
            None => false,
        }
    }

    /// Takes back everything since the newest checkpoint and forgets it: as if it had never been tried.
    pub fn rollback(&mut self) -> bool {
        match self.undo.pop_back() {
            Some(layer) => {
                drop(self.swap(layer));
                true
            }
            None => false,
        }
    }

    /// Forgets all checkpoints; writes are no longer saved.
    pub fn forget_checkpoints(&mut self) {
        self.undo.clear();
        self.saving = false;
        for slot in self.slots.iter_mut() {
            slot.clean = [0; 4];
        }
    }

    /// How many checkpoints [`AddressSpace::undo`] and [`AddressSpace::redo`] can go to.
    #[must_use]
    pub fn undo_depth(&self) -> (usize, usize) {
        self.undo.depth()
    }

    /// Bytes of host memory that saved pages take.
    #[must_use]
    pub fn undo_bytes(&self) -> u64 {
        self.undo.held_bytes()
    }

    /// Exchanges memory with what `layer` holds. The result is the layer that leads back.
    fn swap(&mut self, layer: Layer) -> Layer {
        let mut back = Layer { mapped: layer.mapped, births: layer.births, ..Layer::default() };
        for base in layer.made {
            let slot = core::mem::replace(&mut self.slots[Self::slot_index(Addr(base))], EMPTY);
            back.dropped.extend(slot.data.map(|data| (base, data)));
        }
        for (base, data) in layer.dropped {
            self.slots[Self::slot_index(Addr(base))] = Slot { base, data: Some(data), clean: [0; 4] };
            back.made.push(base);
        }
        for (address, mut page) in layer.pages.into_entries() {
            let start = Self::offset_in_chunk(Addr(address));
            if let Some(chunk) = &mut self.slots[Self::slot_index(Addr(address))].data {
                chunk[start..start + page.len()].swap_with_slice(&mut page[..]);
            }
            // The way back removes this chunk as a whole, so its pages need not be kept.
            if !back.made.contains(&(address & !(CHUNK_BYTES - 1))) {
                back.pages.insert(address, page);
            }
        }
        core::mem::swap(&mut self.mapped, &mut back.mapped);
        self.births.swap(&mut back.births);
        for slot in self.slots.iter_mut().filter(|s| s.data.is_some()) {
            slot.clean = [u64::MAX; 4];
        }
        back
    }

    /// Gives the object born `pre_bytes` into the block at `block` its serial.
    pub fn record_birth(&mut self, block: Addr, pre_bytes: u64, block_bytes: u64) -> Serial {
        self.births.record(block, pre_bytes, block_bytes, self.undo.births())
    }

    /// The object in the block at `block` died.
    #[inline]
    pub fn record_death(&mut self, block: Addr) {
        self.births.forget(block, self.undo.births());
    }
}

fn zero_chunk() -> Chunk {
    let bytes: Box<[u8]> = vec![0; CHUNK_LEN].into_boxed_slice();
    #[allow(clippy::large_stack_arrays, reason = "never made: the length is right")]
    bytes.try_into().unwrap_or_else(|_| Box::new([0; CHUNK_LEN]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::Release;
    use proptest::prelude::*;

    fn space() -> AddressSpace {
        AddressSpace::new(Release::Cp314.profile(), 64 << 20)
    }

    #[test]
    fn reads_what_was_written_in_every_width() {
        let mut m = space();
        m.map(Addr(0x10_0000), 0x1000).unwrap();
        m.write(Addr(0x10_0008), 0x1122_3344_5566_7788_u64).unwrap();
        assert_eq!(m.read::<u8>(Addr(0x10_0009)), Ok(0x77));
        assert_eq!(m.read::<u16>(Addr(0x10_000a)), Ok(0x5566));
        assert_eq!(m.read::<i32>(Addr(0x10_000c)), Ok(0x1122_3344));
        assert_eq!(m.read::<Addr>(Addr(0x10_0008)), Ok(Addr(0x1122_3344_5566_7788)));
    }

    #[test]
    fn bad_accesses_are_values() {
        let mut m = space();
        m.map(Addr(0x10_0000), 0x1000).unwrap();
        let taken_further_on = Addr(0x1_0000_000f_f000);
        assert_eq!(m.map(taken_further_on, 0x2000), Err(Fault::NotMapped(Addr(0x1_0000_0010_0000))));
        assert_eq!(m.read::<u64>(taken_further_on), Err(Fault::NotMapped(taken_further_on)), "all or nothing");
        assert_eq!(m.read::<u64>(Addr(0x10_0004)), Err(Fault::Misaligned(Addr(0x10_0004))));
        assert_eq!(m.read::<u64>(Addr(0x1_0000_0010_0000)), Err(Fault::NotMapped(Addr(0x1_0000_0010_0000))));
        assert_eq!(m.write::<u8>(Addr::NULL, 1), Err(Fault::NotMapped(Addr::NULL)));
        assert_eq!(m.map(Addr(0x40_0000), 65 << 20), Err(Fault::OutOfMemory(65 << 20)));
        assert_eq!(m.unmap(Addr(0x10_1000)), Err(Fault::NotMapped(Addr(0x10_1000))));
    }

    #[test]
    fn pieces_cross_chunks() {
        let mut m = space();
        m.map(Addr(0x1f_f000), 0x3000).unwrap();
        let text: Vec<u8> = (0..=255).cycle().take(9000).collect();
        m.write_bytes(Addr(0x1f_f123), &text).unwrap();
        let mut back = vec![0; 9000];
        m.read_bytes(Addr(0x1f_f123), &mut back).unwrap();
        assert_eq!(back, text);
        m.copy(Addr(0x1f_f123), Addr(0x1f_f125), 9000).unwrap();
        m.read_bytes(Addr(0x1f_f125), &mut back).unwrap();
        assert_eq!(back, text, "memmove upwards over itself");
    }

    #[test]
    fn a_chunk_dropped_and_made_anew_comes_back_as_it_was() {
        let mut m = space();
        m.map(Addr(0x10_0000), 0x1000).unwrap();
        m.write(Addr(0x10_0000), 1_u64).unwrap();
        m.checkpoint();
        m.unmap(Addr(0x10_0000)).unwrap();
        m.map(Addr(0x10_0000), 0x1000).unwrap();
        m.checkpoint();
        m.write(Addr(0x10_0000), 2_u64).unwrap();
        assert!(m.undo());
        // What this page holds now is nothing that the older checkpoint knows.
        m.write(Addr(0x10_0000), 3_u64).unwrap();
        assert!(m.undo());
        assert_eq!(m.read::<u64>(Addr(0x10_0000)), Ok(1));
    }

    /// All that a checkpoint must bring back.
    fn state(m: &AddressSpace) -> (Vec<Range>, Vec<Vec<u8>>, Option<Serial>) {
        let bytes = m.mapped().iter().map(|r| {
            let mut bytes = vec![0; usize::try_from(r.bytes).unwrap()];
            m.read_bytes(r.start, &mut bytes).unwrap();
            bytes
        });
        (m.mapped().to_vec(), bytes.collect(), m.births.at(Addr(0x10_0040)))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn undo_and_redo_bring_every_byte_back(steps in proptest::collection::vec(proptest::collection::vec((0u8..5, 0u64..6, any::<u64>()), 1..6), 1..8)) {
            let mut m = space();
            m.map(Addr(0x10_0000), 0x2000).unwrap();
            let mut states = vec![state(&m)];
            for step in &steps {
                m.checkpoint();
                for &(op, k, v) in step {
                    let start = Addr(0x30_0000 + k * 0xf_f000);
                    match op {
                        0 => drop(m.map(start, 0x3000)),
                        1 => drop(m.unmap(start)),
                        2 => drop(m.write(Addr(0x10_0000 + k * 0x400), v)),
                        3 => drop(m.write(start.offset(v % 0x300 * 8), v)),
                        _ if v % 3 == 0 => m.record_death(Addr(0x10_0040)),
                        _ => drop(m.record_birth(Addr(0x10_0040), 0, 16 << k)),
                    }
                }
                states.push(state(&m));
            }
            for expected in states.iter().rev().skip(1) {
                prop_assert!(m.undo());
                prop_assert_eq!(&state(&m), expected);
            }
            prop_assert!(!m.undo());
            for expected in states.iter().skip(1) {
                prop_assert!(m.redo());
                prop_assert_eq!(&state(&m), expected);
            }
            prop_assert!(m.undo());
            m.write(Addr(0x10_0000), 7_u64).unwrap();
            prop_assert!(!m.redo(), "a write after undo leaves nothing to redo");
        }
    }
}
