//! Which objects live, by birth serial, in tables beside memory. For identities on the page only: no algorithm of the model
//! reads them, and `check()` holds them against the bytes.
//!
//! A table serves one 16 KiB span of addresses (a pool) and has one entry for each `1 << shift` bytes. The blocks there
//! are at least that large, so no two blocks start in the same entry. Where an entry is wider than 16 bytes, the pool's block
//! size says where in it a block can start: without that, an object behind a pre-header could be taken for its neighbour.
//!
//! ```text
//!  entry   31                              2 1        0
//!          +--------------------------------+----------+
//!          | serial, 0: no object here      | pre / 16 |   pre: bytes from the block's start to the object
//!          +--------------------------------+----------+
//! ```

use super::CHUNK_BYTES;
use crate::ids::{Addr, Serial, map::Map};

const SPAN_BYTES: u64 = 1 << 14;
const SPANS_PER_CHUNK: usize = (CHUNK_BYTES / SPAN_BYTES) as usize;
const CHUNKS: usize = 4096;
/// Blocks above this many bytes are not in pools.
const LARGE_BYTES: u64 = 512;
/// Where the first block of a pool starts: behind its header.
const FIRST_BLOCK: u64 = 48;
const PRE_BITS: u32 = 2;
const PRE: u32 = 3;

/// The serials of one span.
#[derive(Clone, Debug)]
pub(super) struct Table {
    shift: u32,
    /// Bytes from one block of the pool to the next.
    block_bytes: u64,
    /// The epoch in which this table was last saved, so that it is saved once a checkpoint.
    epoch: u32,
    entries: Box<[u32]>,
}

impl Table {
    /// Whether a block can start at this address.
    fn can_start(&self, addr: u64) -> bool {
        let offset = addr % SPAN_BYTES;
        self.shift == 4 || (offset >= FIRST_BLOCK && (offset - FIRST_BLOCK).is_multiple_of(self.block_bytes))
    }
}

/// The tables that changed since a checkpoint as they were then, by span, and the counter.
#[derive(Debug, Default)]
pub(super) struct BirthLayer {
    pub(super) tables: Map<Option<Table>>,
    pub(super) last: u32,
}

/// The births in one window of memory.
#[derive(Clone, Copy, Debug)]
pub struct WindowBirths<'a> {
    shift: u32,
    entries: &'a [u32],
}

impl WindowBirths<'_> {
    /// The object in the block that starts `block` bytes into the window: how far into the window it lies, its serial.
    #[must_use]
    #[inline(always)]
    pub fn object(&self, block: usize) -> Option<(usize, Serial)> {
        let bits = *self.entries.get(block >> self.shift)?;
        let serial = bits >> PRE_BITS;
        (serial != 0).then_some((block + (bits & PRE) as usize * 16, Serial(serial)))
    }
}

type Chunk = Box<[Option<Table>; SPANS_PER_CHUNK]>;

/// Birth serials by address.
#[derive(Debug)]
pub struct Births {
    /// By bits 20..32 of the address.
    chunks: Vec<Option<Chunk>>,
    last: u32,
    epoch: u32,
}

impl Default for Births {
    fn default() -> Self {
        Births { chunks: (0..CHUNKS).map(|_| None).collect(), last: Serial::FIRST_OF_STARTUP.0, epoch: 0 }
    }
}

fn place(addr: u64) -> (usize, usize) {
    let (chunk, span) = ((addr / CHUNK_BYTES) % CHUNKS as u64, (addr % CHUNK_BYTES) / SPAN_BYTES);
    #[allow(clippy::cast_possible_truncation, reason = "below CHUNKS and SPANS_PER_CHUNK")]
    (chunk as usize, span as usize)
}

fn entry(addr: u64, shift: u32) -> usize {
    #[allow(clippy::cast_possible_truncation, reason = "below SPAN_BYTES")]
    let entry = ((addr % SPAN_BYTES) >> shift) as usize;
    entry
}

impl Births {
    /// Gives the object that was born `pre_bytes` into the block at `block` the next serial. `saved` is the newest
    /// checkpoint's layer, if there is one.
    pub(super) fn record(&mut self, block: Addr, pre_bytes: u64, block_bytes: u64, saved: Option<&mut BirthLayer>) -> Serial {
        self.last = self.last.wrapping_add(1);
        // Blocks of a pool have one size class. Above 512 bytes there is no pool: blocks of any size may lie beside this one.
        let rounded = block_bytes.next_multiple_of(16).max(16);
        let shift = if rounded > LARGE_BYTES { 4 } else { rounded.ilog2() };
        #[allow(clippy::cast_possible_truncation, reason = "two bits: 0, 16 or 32 bytes")]
        let pre = (pre_bytes / 16) as u32 & PRE;
        let (serial, epoch) = (self.last, self.epoch);
        if let Some(table) = self.saved_table(block, saved) {
            let table = match table {
                Some(table) if table.shift == shift => {
                    table.block_bytes = rounded;
                    table
                }
                other => {
                    let entries = vec![0; entry(SPAN_BYTES - 1, shift) + 1].into_boxed_slice();
                    other.insert(Table { shift, block_bytes: rounded, epoch: 0, entries })
                }
            };
            if let Some(entry) = table.entries.get_mut(entry(block.0, shift)) {
                *entry = serial << PRE_BITS | pre;
            }
            table.epoch = epoch;
        }
        Serial(serial)
    }

    /// The object whose block starts at `block` died.
    #[inline]
    pub(super) fn forget(&mut self, block: Addr, saved: Option<&mut BirthLayer>) {
        if saved.is_some() {
            let epoch = self.epoch;
            if let Some(Some(table)) = self.saved_table(block, saved) {
                table.epoch = epoch;
            }
        }
        let (chunk, span) = place(block.0);
        if let Some(Some(tables)) = self.chunks.get_mut(chunk)
            && let Some(table) = &mut tables[span]
            && let Some(entry) = table.entries.get_mut(entry(block.0, table.shift))
        {
            *entry = 0;
        }
    }

    /// The table for `block`, saved in the checkpoint's layer if it was not yet. `None` outside the directory.
    #[inline(always)]
    fn saved_table(&mut self, block: Addr, saved: Option<&mut BirthLayer>) -> Option<&mut Option<Table>> {
        let (chunk, span) = place(block.0);
        let tables = self.chunks.get_mut(chunk)?;
        let table = &mut tables.get_or_insert_with(|| Box::new([const { None }; SPANS_PER_CHUNK]))[span];
        if let Some(layer) = saved
            && table.as_ref().is_none_or(|t| t.epoch != self.epoch)
        {
            layer.tables.get_or_insert_with(block.0 & !(SPAN_BYTES - 1), || table.clone());
        }
        Some(table)
    }

    /// The serial of the object that lives at `obj`.
    #[must_use]
    pub fn at(&self, obj: Addr) -> Option<Serial> {
        (0..=2).find_map(|pre: u32| {
            let block = obj.back(u64::from(pre) * 16);
            let (chunk, span) = place(block.0);
            let table = self.chunks.get(chunk)?.as_ref()?[span].as_ref()?;
            let bits = *table.entries.get(entry(block.0, table.shift))?;
            (table.can_start(block.0) && bits >> PRE_BITS != 0 && bits & PRE == pre).then_some(Serial(bits >> PRE_BITS))
        })
    }

    /// The births in the 16 KiB window of memory that `addr` lies in; `None` if there never was one.
    #[must_use]
    pub fn in_window(&self, addr: Addr) -> Option<WindowBirths<'_>> {
        let (chunk, span) = place(addr.0);
        let table = self.chunks.get(chunk)?.as_ref()?[span].as_ref()?;
        Some(WindowBirths { shift: table.shift, entries: &table.entries })
    }

    /// Start-up is over: births are numbered from 1 now.
    pub fn end_startup(&mut self) {
        self.last = 0;
    }

    /// The serial that was given last.
    #[must_use]
    pub const fn last(&self) -> Serial {
        Serial(self.last)
    }

    /// Host memory in use, in bytes.
    #[must_use]
    pub fn host_bytes(&self) -> u64 {
        let tables = self.chunks.iter().flatten().flat_map(|c| c.iter().flatten());
        tables.map(|t| t.entries.len() as u64 * 4).sum()
    }

    /// The layer that a checkpoint starts with.
    pub(super) fn begin(&mut self) -> BirthLayer {
        self.epoch = self.epoch.wrapping_add(1);
        BirthLayer { tables: Map::default(), last: self.last }
    }

    /// Exchanges the tables with those of `layer`.
    pub(super) fn swap(&mut self, layer: &mut BirthLayer) {
        self.epoch = self.epoch.wrapping_add(1);
        core::mem::swap(&mut self.last, &mut layer.last);
        for (address, old) in layer.tables.iter_mut() {
            let (chunk, span) = place(address);
            if let Some(Some(tables)) = self.chunks.get_mut(chunk) {
                core::mem::swap(&mut tables[span], old);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_behind_a_pre_header_is_not_its_neighbour() {
        for (bytes, n) in [(32_u64, 500), (48, 300), (64, 250), (80, 200), (144, 100), (512, 31)] {
            let mut births = Births::default();
            let block = |k: u64| Addr(0x7fff_f700_0000 + FIRST_BLOCK + k * bytes);
            let pre = |k: u64| [32, 0, 16, 0, 32, 16, 16, 0, 0, 32][(k % 10) as usize].min(bytes - 16);
            let serials: Vec<_> = (0..n).map(|k| births.record(block(k), pre(k), bytes, None)).collect();
            for (k, &serial) in (0..n).zip(&serials) {
                assert_eq!(births.at(block(k).offset(pre(k))), Some(serial), "{bytes} {k}");
                for wrong in [0, 16, 32].into_iter().filter(|&wrong| wrong != pre(k) && wrong < bytes) {
                    assert_eq!(births.at(block(k).offset(wrong)), None, "{bytes} {k} {wrong}");
                }
            }
        }
    }
}
