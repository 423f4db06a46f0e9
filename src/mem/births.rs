//! Which object lives at an address: birth serials, in tables beside memory. For identities on the page only.
//!
//! A table serves one 16 KiB span of addresses (a pool) and has one entry for each `1 << shift` bytes. The blocks there
//! are at least that large, so no two objects share an entry.

use std::collections::BTreeMap;

use super::CHUNK_BYTES;
use crate::ids::{Addr, Serial};

const SPAN_BYTES: u64 = 1 << 14;
const SPANS_PER_CHUNK: usize = (CHUNK_BYTES / SPAN_BYTES) as usize;
const CHUNKS: usize = 4096;

/// The serials of one span.
#[derive(Clone, Debug)]
pub(super) struct Table {
    shift: u32,
    /// The epoch in which this table was last saved, so that it is saved once a checkpoint.
    epoch: u32,
    serials: Box<[u32]>,
}

/// The tables that changed since a checkpoint as they were then, by span, and the counter.
#[derive(Debug, Default)]
pub(super) struct BirthLayer {
    pub(super) tables: BTreeMap<u64, Option<Table>>,
    pub(super) last: u32,
}

type Chunk = Box<[Option<Table>; SPANS_PER_CHUNK]>;

/// Birth serials by address.
#[derive(Debug)]
pub struct Births {
    /// By bits 20..32 of the address, as `AddressSpace`'s directory.
    chunks: Vec<Option<Chunk>>,
    last: u32,
    epoch: u32,
}

impl Default for Births {
    fn default() -> Self {
        Births { chunks: (0..CHUNKS).map(|_| None).collect(), last: 0, epoch: 0 }
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
    /// Gives the object born at `addr`, in a block of `block_bytes` bytes, the next serial. `saved` is the newest
    /// checkpoint's layer, if there is one.
    pub(super) fn record(&mut self, addr: Addr, block_bytes: u64, saved: Option<&mut BirthLayer>) -> Serial {
        self.last = self.last.wrapping_add(1);
        let (chunk, span) = place(addr.0);
        let shift = block_bytes.clamp(16, SPAN_BYTES).ilog2();
        let Some(tables) = self.chunks.get_mut(chunk) else { return Serial(self.last) };
        let table = &mut tables.get_or_insert_with(|| Box::new([const { None }; SPANS_PER_CHUNK]))[span];
        if let Some(layer) = saved
            && table.as_ref().is_none_or(|t| t.epoch != self.epoch)
        {
            layer.tables.entry(addr.0 & !(SPAN_BYTES - 1)).or_insert_with(|| table.clone());
        }
        let table = match table {
            Some(table) if table.shift == shift => table,
            other => {
                let serials = vec![0; entry(SPAN_BYTES - 1, shift) + 1].into_boxed_slice();
                other.insert(Table { shift, epoch: 0, serials })
            }
        };
        table.epoch = self.epoch;
        if let Some(entry) = table.serials.get_mut(entry(addr.0, shift)) {
            *entry = self.last;
        }
        Serial(self.last)
    }

    /// The serial of the object last born at `addr`. Only meaningful while an object lives there.
    #[must_use]
    pub fn at(&self, addr: Addr) -> Option<Serial> {
        let (chunk, span) = place(addr.0);
        let table = self.chunks.get(chunk)?.as_ref()?[span].as_ref()?;
        let serial = *table.serials.get(entry(addr.0, table.shift))?;
        (serial != 0).then_some(Serial(serial))
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
        tables.map(|t| t.serials.len() as u64 * 4).sum()
    }

    /// The layer that a checkpoint starts with.
    pub(super) fn begin(&mut self) -> BirthLayer {
        self.epoch = self.epoch.wrapping_add(1);
        BirthLayer { tables: BTreeMap::new(), last: self.last }
    }

    /// Exchanges the tables with those of `layer`.
    pub(super) fn swap(&mut self, layer: &mut BirthLayer) {
        self.epoch = self.epoch.wrapping_add(1);
        core::mem::swap(&mut self.last, &mut layer.last);
        for (&address, old) in &mut layer.tables {
            let (chunk, span) = place(address);
            if let Some(Some(tables)) = self.chunks.get_mut(chunk) {
                core::mem::swap(&mut tables[span], old);
            }
        }
    }
}
