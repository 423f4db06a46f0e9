//! The simulated 64-bit address space: chunks of 1 MiB in two regions (`mem/region.rs`), checked access to typed words, and a log
//! of the pages that were written since the last checkpoint, so that any change can be taken back.
//!
//! ```text
//!  address   63            47                       20         12         3   0
//!           +-------------+-------------------------+----------+----------+---+
//!           |      0      |          chunk          |   page   |   word   |   |
//!           +-------------+-------------------------+----------+----------+---+
//!                                                    256 pages of 4 KiB in a chunk
//! ```
//!
//! Everything that the model's algorithms read lies in these bytes, allocator and collector state included, so a
//! checkpoint of the bytes is a checkpoint of the model. Only [`Births`] stands beside them: identities for the page,
//! which no algorithm reads.

mod births;
mod fault;
mod field;
mod notes;
mod region;
mod undo;
mod window;

pub use births::{Births, WindowBirths};
pub use fault::{Fault, Why};
pub use field::{Field, Word};
pub use notes::{Granule, Notes, arena_word};
pub use window::{WINDOW_BYTES, WINDOW_LEN, Window, Windows};

use crate::abi::Profile;
use crate::abi::space::{ARENA_FLOOR, HIGH_END, RAW_START};
use crate::event::Log;
use crate::ids::{Addr, Serial};
use region::Regions;
use undo::{Layer, Undo};

/// Bytes in a chunk.
pub const CHUNK_BYTES: u64 = 1 << 20;
/// Bytes in a page of the undo log.
pub const PAGE_BYTES: u64 = 1 << 12;
/// Both as lengths of arrays.
const CHUNK_LEN: usize = 1 << 20;
const PAGE_LEN: usize = 1 << 12;
const _: () = assert!(CHUNK_LEN as u64 == CHUNK_BYTES && PAGE_LEN as u64 == PAGE_BYTES, "one number, two types");

/// Where the chunk that `addr` lies in starts.
const fn chunk_of(addr: Addr) -> Addr {
    Addr(addr.0 & !(CHUNK_BYTES - 1))
}

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

    /// The starts of the chunks that it touches.
    fn chunks(self) -> impl Iterator<Item = Addr> {
        (chunk_of(self.start).0..self.end().0).step_by(CHUNK_LEN).map(Addr)
    }
}

/// CPython's memory, with the release it belongs to and the log of what happens to it.
#[derive(Debug)]
pub struct AddressSpace {
    /// The release whose layouts the bytes follow.
    pub profile: &'static Profile,
    /// The events that happened while somebody recorded them.
    pub log: Log,
    /// Which object lives where, for the page; no algorithm reads it.
    pub births: Births,
    regions: Regions,
    mapped: Vec<Range>,
    limit_bytes: u64,
    notes: Notes,
    undo: Undo,
    /// Whether there is a checkpoint. If there is none, no page is clean, so that a write need not look at it.
    saving: bool,
}

impl AddressSpace {
    /// An empty space. `limit_bytes` bounds the sum of all mapped ranges.
    #[must_use]
    pub fn new(profile: &'static Profile, limit_bytes: u64) -> AddressSpace {
        AddressSpace {
            profile,
            log: Log::default(),
            births: Births::default(),
            regions: Regions::default(),
            mapped: Vec::new(),
            limit_bytes,
            notes: Notes::default(),
            undo: Undo::default(),
            saving: false,
        }
    }

    #[inline(always)]
    fn offset_in_chunk(addr: Addr) -> usize {
        #[allow(clippy::cast_possible_truncation, reason = "masked to 20 bits")]
        let offset = addr.0 as usize & (CHUNK_LEN - 1);
        offset
    }

    /// The bytes of the mapped chunk that `addr` lies in.
    #[inline(always)]
    fn chunk(&self, addr: Addr) -> Option<&[u8]> {
        let (region, number) = self.regions.of(addr);
        region.bytes(number).filter(|_| region.is_there(number))
    }

    /// [`AddressSpace::chunk`], with the page at `addr` saved if need be and ready to be written.
    #[inline(always)]
    fn chunk_to_write(&mut self, addr: Addr) -> Option<&mut [u8]> {
        let (region, number) = self.regions.of_mut(addr);
        if !region.is_there(number) {
            return None;
        }
        let page = Self::offset_in_chunk(addr) / PAGE_LEN;
        if self.saving && region.is_clean(number, page) {
            self.undo.save_page(addr, region.bytes(number)?);
            region.set_dirty(number, page);
        }
        region.bytes_mut(number)
    }

    /// Reads a word.
    ///
    /// # Errors
    /// [`Fault::NotMapped`], [`Fault::Misaligned`].
    #[inline(always)]
    pub fn read<T: Word>(&self, addr: Addr) -> Result<T, Fault> {
        let word = self.word(addr);
        Fault::of_last_read().map_or(Ok(word), Err)
    }

    /// The word at `addr`; zero if there is none, and then [`Fault::of_last_read`] is the reason.
    // A call, one copy for each type: inlined at its thousands of uses it would be most of the module. It returns the word alone,
    // because a word comes back in a register and a `Result` through memory, which takes more code at each use.
    #[inline(never)]
    fn word<T: Word>(&self, addr: Addr) -> T {
        let place = if addr.0.is_multiple_of(T::BYTES) { self.chunk(addr) } else { None };
        let word = place.and_then(|chunk| T::load(&chunk[Self::offset_in_chunk(addr)..]));
        Fault::note_read(word.is_some());
        word.unwrap_or_else(|| {
            self.fault(addr, T::BYTES);
            T::ZERO
        })
    }

    /// Writes a word.
    ///
    /// # Errors
    /// [`Fault::NotMapped`], [`Fault::Misaligned`].
    // A call, as `word` is.
    #[inline(never)]
    pub fn write<T: Word>(&mut self, addr: Addr, value: T) -> Result<(), Fault> {
        if addr.0.is_multiple_of(T::BYTES)
            && let Some(chunk) = self.chunk_to_write(addr)
            && value.store(&mut chunk[Self::offset_in_chunk(addr)..]).is_some()
        {
            return Ok(());
        }
        Err(self.fault(addr, T::BYTES))
    }

    /// Reads `N` words in a row.
    ///
    /// # Errors
    /// [`Fault::NotMapped`], [`Fault::Misaligned`].
    pub fn read_words<const N: usize>(&self, addr: Addr) -> Result<[u64; N], Fault> {
        let mut words = [0; N];
        for (at, word) in (0..).zip(words.iter_mut()) {
            *word = self.read(addr.offset(at * 8))?;
        }
        Ok(words)
    }

    #[cold]
    fn fault(&self, addr: Addr, align: u64) -> Fault {
        if self.chunk(addr).is_some() && !addr.0.is_multiple_of(align) { Fault::Misaligned(addr) } else { Fault::NotMapped(addr) }
    }

    /// Copies bytes out of memory.
    ///
    /// # Errors
    /// [`Fault::NotMapped`]; `out` is then partly filled.
    pub fn read_bytes(&self, addr: Addr, out: &mut [u8]) -> Result<(), Fault> {
        let mut at = addr;
        let mut rest = out;
        while !rest.is_empty() {
            let chunk = self.chunk(at).ok_or_else(|| Fault::NotMapped(at))?;
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

    fn for_each_piece(&mut self, addr: Addr, bytes: u64, mut each: impl FnMut(&mut [u8])) -> Result<(), Fault> {
        let mut at = addr;
        let end = addr.offset(bytes);
        while at < end {
            let start = Self::offset_in_chunk(at);
            #[allow(clippy::cast_possible_truncation, reason = "at most what is left of a page")]
            let n = (end.0 - at.0).min(PAGE_BYTES - at.0 % PAGE_BYTES) as usize;
            let chunk = self.chunk_to_write(at).ok_or_else(|| Fault::NotMapped(at))?;
            each(&mut chunk[start..start + n]);
            at = at.offset(n as u64);
        }
        Ok(())
    }
}

/// Mapping, as `mmap` and `munmap` do it.
impl AddressSpace {
    /// The mapped ranges, ascending. Ranges that touch are not joined.
    #[must_use]
    pub fn mapped(&self) -> &[Range] {
        &self.mapped
    }

    /// Sum of all mapped ranges in bytes.
    #[must_use]
    pub fn mapped_bytes(&self) -> u64 {
        self.mapped.iter().map(|r| r.bytes).sum()
    }

    /// Bytes of host memory that the chunks take.
    #[must_use]
    pub fn host_bytes(&self) -> u64 {
        self.regions.low.host_bytes() + self.regions.high.host_bytes()
    }

    /// Maps `bytes` zero bytes at `start`.
    ///
    /// # Errors
    /// [`Fault::OutOfMemory`] past the limit, [`Fault::NotMapped`] outside of both regions.
    pub fn map(&mut self, start: Addr, bytes: u64) -> Result<(), Fault> {
        if self.mapped_bytes() + bytes > self.limit_bytes {
            return Err(Fault::OutOfMemory(bytes));
        }
        let range = Range { start, bytes };
        let is_inside = |low: Addr, high: Addr| low <= start && start.0.checked_add(bytes).is_some_and(|end| end <= high.0);
        if !is_inside(RAW_START, ARENA_FLOOR) && !is_inside(ARENA_FLOOR, HIGH_END) {
            return Err(Fault::NotMapped(start));
        }
        for base in range.chunks() {
            let (region, number) = self.regions.of_mut(base);
            if region.is_there(number) {
                let part = base.max(start);
                self.fill(part, range.end().min(base.offset(CHUNK_BYTES)).0 - part.0, 0)?;
            } else {
                region.add(number);
                self.undo.chunk_made(base);
            }
        }
        let at = self.mapped.partition_point(|r| r.start < start);
        self.mapped.insert(at, range);
        Ok(())
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
        for base in range.chunks() {
            if !self.mapped.iter().any(|r| r.start.0 < base.0 + CHUNK_BYTES && r.end() > base) {
                let (region, number) = self.regions.of_mut(base);
                self.undo.chunk_dropped(base, region.bytes(number));
                region.remove(number);
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

#[cfg(test)]
impl AddressSpace {
    /// Everything that is mapped.
    pub(crate) fn all_bytes(&self) -> Vec<Vec<u8>> {
        let bytes_of = |range: &Range| {
            let mut bytes = vec![0; usize::try_from(range.bytes).unwrap()];
            self.read_bytes(range.start, &mut bytes).unwrap();
            bytes
        };
        self.mapped.iter().map(bytes_of).collect()
    }
}

/// Taking back what was done.
impl AddressSpace {
    /// Starts a new layer: [`AddressSpace::undo`] returns to this moment. What was undone before cannot be redone any more.
    pub fn checkpoint(&mut self) {
        let (mapped, births) = (self.mapped.clone(), self.births.begin());
        self.undo.begin(mapped, births);
        self.saving = true;
        self.regions.set_all(true);
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
        self.regions.set_all(false);
    }

    /// How many times [`AddressSpace::undo`], and how many times [`AddressSpace::redo`], will succeed in a row.
    #[must_use]
    pub fn undo_depth(&self) -> (usize, usize) {
        self.undo.depth()
    }

    /// Exchanges memory with what `layer` holds. The result is the layer that leads back.
    fn swap(&mut self, layer: Layer) -> Layer {
        let mut back = Layer { mapped: layer.mapped, births: layer.births, ..Layer::default() };
        for base in layer.made {
            let (region, number) = self.regions.of_mut(base);
            back.dropped.extend(region.bytes(number).map(|bytes| (base, bytes.into())));
            region.remove(number);
        }
        for (base, bytes) in layer.dropped {
            let (region, number) = self.regions.of_mut(base);
            if let Some(chunk) = region.add(number) {
                chunk.copy_from_slice(&bytes);
                back.made.push(base);
            }
        }
        for (address, mut page) in layer.pages.into_entries() {
            let at = Addr(address);
            let (region, number) = self.regions.of_mut(at);
            if let Some(chunk) = region.bytes_mut(number) {
                let start = Self::offset_in_chunk(at);
                chunk[start..start + PAGE_LEN].swap_with_slice(&mut page[..]);
            }
            // The way back removes this chunk as a whole, so its pages need not be kept.
            if !back.made.contains(&chunk_of(at)) {
                back.pages.insert(address, page);
            }
        }
        core::mem::swap(&mut self.mapped, &mut back.mapped);
        self.births.swap(&mut back.births);
        self.regions.set_all(true);
        back
    }

    /// Gives the object born `pre_bytes` into the block at `block` its serial.
    pub fn record_birth(&mut self, block: Addr, pre_bytes: u64, block_bytes: u64) -> Serial {
        self.births.record(block, pre_bytes, block_bytes, self.undo.births())
    }

    /// Forgets the object in the block at `block`, which died.
    #[inline]
    pub fn record_death(&mut self, block: Addr) {
        let saved = if self.saving { self.undo.births() } else { None };
        self.births.forget(block, saved);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::Release;
    use crate::abi::space::ARENA_TOP;
    use proptest::prelude::*;

    const BASE: Addr = RAW_START;

    fn space() -> AddressSpace {
        AddressSpace::new(Release::Cp314.profile(), 64 << 20)
    }

    #[test]
    fn reads_what_was_written_in_every_width() {
        let mut m = space();
        m.map(BASE, 0x1000).unwrap();
        m.write(BASE.offset(8), 0x1122_3344_5566_7788_u64).unwrap();
        assert_eq!(m.read::<u8>(BASE.offset(9)), Ok(0x77));
        assert_eq!(m.read::<u16>(BASE.offset(10)), Ok(0x5566));
        assert_eq!(m.read::<i32>(BASE.offset(12)), Ok(0x1122_3344));
        assert_eq!(m.read::<Addr>(BASE.offset(8)), Ok(Addr(0x1122_3344_5566_7788)));
    }

    #[test]
    fn bad_accesses_are_values() {
        let mut m = space();
        m.map(BASE, 0x1000).unwrap();
        for outside in
            [Addr(0x1_0000), RAW_START.back(0x1000), ARENA_FLOOR.back(0x1000), HIGH_END.back(0x1000), Addr(u64::MAX - 0xfff)]
        {
            assert_eq!(m.map(outside, 0x2000).map_err(Fault::why), Err(Why::NotMapped(outside)));
            assert_eq!(m.read::<u64>(outside).map_err(Fault::why), Err(Why::NotMapped(outside)));
        }
        assert_eq!(m.read::<u64>(BASE.offset(4)).map_err(Fault::why), Err(Why::Misaligned(BASE.offset(4))));
        assert_eq!(m.read::<u64>(BASE.offset(CHUNK_BYTES)).map_err(Fault::why), Err(Why::NotMapped(BASE.offset(CHUNK_BYTES))));
        assert_eq!(m.write::<u8>(Addr::NULL, 1).map_err(Fault::why), Err(Why::NotMapped(Addr::NULL)));
        assert_eq!(m.map(BASE.offset(4 << 20), 65 << 20).map_err(Fault::why), Err(Why::OutOfMemory(65 << 20)));
        assert_eq!(m.unmap(BASE.offset(0x1000)).map_err(Fault::why), Err(Why::NotMapped(BASE.offset(0x1000))));
    }

    #[test]
    fn an_arena_given_back_is_not_there() {
        let mut m = space();
        let [arena, below] = [ARENA_TOP.back(2 << 20), ARENA_TOP.back(3 << 20)];
        m.map(below, 1 << 20).unwrap();
        m.map(arena, 1 << 20).unwrap();
        m.write(arena.offset(8), 7_u64).unwrap();
        m.write(below.offset((1 << 20) - 8), 8_u64).unwrap();
        assert_eq!(
            (m.get_in_arena(arena.offset(8)), m.get_words_in_arena(below.offset((1 << 20) - 16))),
            (Some(7_u64), Some([0, 8]))
        );
        assert_eq!(
            m.get_words_in_arena::<3>(below.offset((1 << 20) - 16)),
            None,
            "chunks that touch in host memory are not neighbours"
        );
        m.unmap(arena).unwrap();
        assert_eq!(
            (m.read::<u64>(arena).map_err(Fault::why), m.get_in_arena(arena.offset(8))),
            (Err(Why::NotMapped(arena)), Some(0_u64))
        );
        assert_eq!(m.read(below.offset((1 << 20) - 8)), Ok(8_u64));
    }

    #[test]
    fn pieces_cross_chunks() {
        let mut m = space();
        m.map(BASE.offset(0xf_f000), 0x3000).unwrap();
        let text: Vec<u8> = (0..=255).cycle().take(9000).collect();
        m.write_bytes(BASE.offset(0xf_f123), &text).unwrap();
        let mut back = vec![0; 9000];
        m.read_bytes(BASE.offset(0xf_f123), &mut back).unwrap();
        assert_eq!(back, text);
        m.copy(BASE.offset(0xf_f123), BASE.offset(0xf_f125), 9000).unwrap();
        m.read_bytes(BASE.offset(0xf_f125), &mut back).unwrap();
        assert_eq!(back, text, "memmove upwards over itself");
    }

    #[test]
    fn a_chunk_dropped_and_made_anew_comes_back_as_it_was() {
        let mut m = space();
        m.map(BASE, 0x1000).unwrap();
        m.write(BASE, 1_u64).unwrap();
        m.checkpoint();
        m.unmap(BASE).unwrap();
        m.map(BASE, 0x1000).unwrap();
        m.checkpoint();
        m.write(BASE, 2_u64).unwrap();
        assert!(m.undo());
        // What this page holds now is nothing that the older checkpoint knows.
        m.write(BASE, 3_u64).unwrap();
        assert!(m.undo());
        assert_eq!(m.read::<u64>(BASE), Ok(1));
    }

    /// All that a checkpoint must bring back.
    fn state(m: &AddressSpace) -> (Vec<Range>, Vec<Vec<u8>>, Option<Serial>) {
        let bytes = m.mapped().iter().map(|r| {
            let mut bytes = vec![0; usize::try_from(r.bytes).unwrap()];
            m.read_bytes(r.start, &mut bytes).unwrap();
            bytes
        });
        (m.mapped().to_vec(), bytes.collect(), m.births.at(BASE.offset(0x40)))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn undo_and_redo_bring_every_byte_back(steps in proptest::collection::vec(proptest::collection::vec((0u8..5, 0u64..6, any::<u64>()), 1..6), 1..8)) {
            let mut m = space();
            m.map(BASE, 0x2000).unwrap();
            let mut states = vec![state(&m)];
            for step in &steps {
                m.checkpoint();
                for &(op, k, v) in step {
                    let start = [BASE.offset(0x20_0000), ARENA_TOP.back(0x80_0000)][(v % 2) as usize].offset(k * 0xf_f000);
                    match op {
                        0 => drop(m.map(start, 0x3000)),
                        1 => drop(m.unmap(start)),
                        2 => drop(m.write(BASE.offset(k * 0x400), v)),
                        3 => drop(m.write(start.offset(v % 0x300 * 8), v)),
                        _ if v % 3 == 0 => m.record_death(BASE.offset(0x40)),
                        _ => drop(m.record_birth(BASE.offset(0x40), 0, 16 << k)),
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
            m.write(BASE, 7_u64).unwrap();
            prop_assert!(!m.redo(), "a write after undo leaves nothing to redo");
        }
    }
}
