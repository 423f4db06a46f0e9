//! Memory in granules of 16 bytes, for walks over many objects. Objects are aligned to 16, so no two start in the same granule.
//! Each granule has a byte beside memory where a walk can note something. No state of the model is kept there: all notes are 0
//! except during a walk.
//!
//! ```text
//!  notes    | high part, from its end downwards | low part, from its start upwards |
//!  granule  0                                   high                              len
//! ```

use super::region::{Region, high_offset};
use super::{AddressSpace, CHUNK_LEN, Fault};
use crate::abi::space::{HIGH_END, RAW_START};
use crate::ids::Addr;

const GRANULE_BYTES: u64 = 16;
const GRANULE_LEN: usize = 16;
/// Where the first granule starts.
const TOP: Addr = Addr(HIGH_END.0 - GRANULE_BYTES);

/// The number of a granule and of its note. Valid while the notes are taken: numbers in the low part depend on the high part's
/// length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Granule(u32);

impl Granule {
    /// The index of its first word in [`AddressSpace::arena_words`]; behind their end if it is in the low part.
    #[must_use]
    #[inline(always)]
    pub const fn word(self) -> usize {
        // Chunks go down, but not what is in them.
        (self.0 as usize ^ (CHUNK_LEN / GRANULE_LEN - 1)) * 2
    }

    /// Where it starts, if [`Granule::word`] is there.
    #[must_use]
    #[inline(always)]
    pub const fn addr_in_arena(self) -> Addr {
        TOP.back(self.0 as u64 * GRANULE_BYTES)
    }

    /// How far it is from `other`, for [`Granule::later`].
    #[must_use]
    #[inline(always)]
    pub const fn since(self, other: Granule) -> u32 {
        self.0.wrapping_sub(other.0)
    }

    /// The granule at this distance.
    #[must_use]
    #[inline(always)]
    pub const fn later(self, distance: u32) -> Granule {
        Granule(self.0.wrapping_add(distance))
    }
}

/// A distance in granules, if it is a whole number below `limit`. Rotated, a remainder becomes the highest bits.
#[inline(always)]
fn granules_in(distance: u64, limit: usize) -> Option<usize> {
    let at = distance.rotate_right(GRANULE_BYTES.ilog2());
    #[allow(clippy::cast_possible_truncation, reason = "below limit")]
    (at < limit as u64).then_some(at as usize)
}

/// The bytes beside memory, from [`AddressSpace::take_notes`].
#[derive(Debug, Default)]
pub struct Notes {
    bytes: Vec<u8>,
    high: usize,
}

impl Notes {
    /// The granule at `addr` and the byte beside it; `None` if `addr` is not aligned or not in memory. `addr` must be what a slot
    /// of a sound heap can hold.
    // One comparison: an address right below the high part, where no memory is, would get a number of the low part.
    #[inline(always)]
    pub fn find(&mut self, addr: Addr) -> Option<(Granule, &mut u8)> {
        #[allow(clippy::cast_possible_truncation, reason = "shorter than 2^31")]
        if let Some(at) = granules_in(TOP.0.wrapping_sub(addr.0), self.bytes.len()) {
            return Some((Granule(at as u32), self.bytes.get_mut(at)?));
        }
        self.find_low(addr)
    }

    #[inline(always)]
    fn find_low(&mut self, addr: Addr) -> Option<(Granule, &mut u8)> {
        let at = self.high + granules_in(addr.0.wrapping_sub(RAW_START.0), self.bytes.len() - self.high)?;
        #[allow(clippy::cast_possible_truncation, reason = "shorter than 2^31")]
        Some((Granule(at as u32), self.bytes.get_mut(at)?))
    }

    /// The byte beside a granule.
    #[inline(always)]
    pub fn of(&mut self, granule: Granule) -> Option<&mut u8> {
        self.bytes.get_mut(granule.0 as usize)
    }

    /// Where a granule starts; its note is 0 then.
    pub fn take(&mut self, granule: Granule) -> Addr {
        if let Some(note) = self.of(granule) {
            *note = 0;
        }
        self.addr(granule)
    }

    /// Where a granule starts.
    #[must_use]
    pub fn addr(&self, granule: Granule) -> Addr {
        match (granule.0 as usize).checked_sub(self.high) {
            Some(at) => RAW_START.offset(at as u64 * GRANULE_BYTES),
            None => granule.addr_in_arena(),
        }
    }
}

impl AddressSpace {
    /// The notes, all 0, for all memory that there is now. They have to be returned, all 0 again, by
    /// [`AddressSpace::return_notes`].
    pub fn take_notes(&mut self) -> Notes {
        let mut notes = core::mem::take(&mut self.notes);
        notes.high = granules(&self.regions.high);
        notes.bytes.resize(notes.high + granules(&self.regions.low), 0);
        notes
    }

    /// Keeps the notes for the next walk.
    pub fn return_notes(&mut self, notes: Notes) {
        debug_assert!(notes.bytes.iter().all(|&note| note == 0), "a walk left notes behind");
        self.notes = notes;
    }

    /// All words of arenas and static data, those that are not mapped 0; see [`Granule::word`].
    #[must_use]
    #[inline(always)]
    pub fn arena_words(&self) -> &[[u8; 8]] {
        self.regions.high.all_words()
    }

    /// The same, to be written where [`AddressSpace::make_ready`] allows it.
    #[inline(always)]
    pub fn arena_words_mut(&mut self) -> &mut [[u8; 8]] {
        self.regions.high.all_words_mut()
    }

    /// Whether there is a checkpoint, so that pages have to be saved before they are written.
    #[must_use]
    pub const fn is_saving(&self) -> bool {
        self.saving
    }

    /// Saves the page at `addr`, if that is to be done before it is written.
    ///
    /// # Errors
    /// [`Fault::NotMapped`]
    pub fn make_ready(&mut self, addr: Addr) -> Result<(), Fault> {
        if self.chunk_to_write(addr).is_some() { Ok(()) } else { Err(Fault::NotMapped(addr)) }
    }
}

/// Which of [`AddressSpace::arena_words`] lies at `addr`; behind the end if it is elsewhere or not aligned.
#[inline(always)]
#[must_use]
pub fn arena_word(addr: Addr) -> u64 {
    high_offset(addr).rotate_right(3)
}

fn granules(region: &Region) -> usize {
    usize::try_from(region.host_bytes() / GRANULE_BYTES).unwrap_or(usize::MAX)
}
