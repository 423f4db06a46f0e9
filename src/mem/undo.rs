//! Layers of saved pages. A layer holds what memory was at its checkpoint where it differs from what it became;
//! exchanging the two goes back, exchanging again goes forward.

use crate::ids::map::Map;
use std::collections::VecDeque;

use super::births::BirthLayer;
use super::{AddressSpace, CHUNK_BYTES, PAGE_BYTES, PAGE_LEN, Range, chunk_of};
use crate::ids::Addr;

/// Saved pages may take this much host memory; beyond it the oldest checkpoints are forgotten.
const CAP_BYTES: u64 = 64 << 20;

type Page = Box<[u8; PAGE_LEN]>;

/// What differs between memory at a checkpoint and memory at the next one (or now).
#[derive(Debug, Default)]
pub(super) struct Layer {
    /// Old content of pages written since, by page address.
    pub(super) pages: Map<Page>,
    /// Chunks that did not exist then.
    pub(super) made: Vec<Addr>,
    /// Chunks that existed then and were dropped since, with their bytes. A base may stand in both lists: dropped, then made
    /// anew.
    pub(super) dropped: Vec<(Addr, Box<[u8]>)>,
    pub(super) mapped: Vec<Range>,
    pub(super) births: BirthLayer,
}

impl Layer {
    fn held_bytes(&self) -> u64 {
        self.pages.len() as u64 * PAGE_BYTES + self.dropped.len() as u64 * CHUNK_BYTES
    }
}

/// Layers that lead back (oldest first) and, after an undo, layers that lead forward again (the next one last).
#[derive(Debug, Default)]
pub(super) struct Undo {
    back: VecDeque<Layer>,
    ahead: Vec<Layer>,
    /// Bytes that all layers of `back` hold but the newest, which still grows with each page that is saved.
    settled_bytes: u64,
}

impl Undo {
    pub(super) fn begin(&mut self, mapped: Vec<Range>, births: BirthLayer) {
        self.ahead.clear();
        self.push_back(Layer { mapped, births, ..Layer::default() });
        while self.settled_bytes > CAP_BYTES
            && let Some(oldest) = self.back.pop_front()
        {
            self.settled_bytes -= oldest.held_bytes();
        }
    }

    /// Called by the first write to a page since the newest checkpoint: `at` lies in it, `chunk` is what is there now.
    #[cold]
    pub(super) fn save_page(&mut self, at: Addr, chunk: &[u8]) {
        self.ahead.clear();
        let Some(layer) = self.back.back_mut() else { return };
        // After an undo, pages of a chunk that the layer made are clean too. The layer's pages are of chunks that were there
        // before.
        if layer.made.contains(&chunk_of(at)) {
            return;
        }
        let page = at.0 & !(PAGE_BYTES - 1);
        let start = AddressSpace::offset_in_chunk(Addr(page));
        layer.pages.get_or_insert_with(page, || {
            let mut saved = Box::new([0; PAGE_LEN]);
            saved.copy_from_slice(&chunk[start..start + PAGE_LEN]);
            saved
        });
    }

    pub(super) fn chunk_made(&mut self, base: Addr) {
        self.ahead.clear();
        if let Some(layer) = self.back.back_mut() {
            layer.made.push(base);
        }
    }

    /// Called before the chunk goes: `bytes` is what is there now.
    pub(super) fn chunk_dropped(&mut self, base: Addr, bytes: Option<&[u8]>) {
        self.ahead.clear();
        let Some(layer) = self.back.back_mut() else { return };
        match layer.made.iter().position(|&b| b == base) {
            Some(at) => {
                layer.made.swap_remove(at);
            }
            None => layer.dropped.extend(bytes.map(|bytes| (base, bytes.into()))),
        }
    }

    /// Where the birth tables are saved that change after the newest checkpoint.
    pub(super) fn births(&mut self) -> Option<&mut BirthLayer> {
        self.back.back_mut().map(|layer| &mut layer.births)
    }

    pub(super) fn pop_back(&mut self) -> Option<Layer> {
        let newest = self.back.pop_back();
        self.settled_bytes -= self.back.back().map_or(0, Layer::held_bytes);
        newest
    }

    pub(super) fn push_back(&mut self, layer: Layer) {
        self.settled_bytes += self.back.back().map_or(0, Layer::held_bytes);
        self.back.push_back(layer);
    }

    pub(super) fn pop_redo(&mut self) -> Option<Layer> {
        self.ahead.pop()
    }

    pub(super) fn push_redo(&mut self, layer: Layer) {
        self.ahead.push(layer);
    }

    pub(super) fn clear(&mut self) {
        self.back.clear();
        self.settled_bytes = 0;
        self.ahead.clear();
    }

    pub(super) fn depth(&self) -> (usize, usize) {
        (self.back.len(), self.ahead.len())
    }
}
