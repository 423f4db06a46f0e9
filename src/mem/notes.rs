//! Memory by granules, for walks over many objects: 16 bytes each, what objects are aligned to, so that no two start in the same one. Beside
//! each granule there is a byte, where a walk can note something. Nothing of the model stands there: all are 0 except during a walk.

use super::region::{Region, high_offset};
use super::{AddressSpace, CHUNK_LEN, Fault};
use crate::abi::space::{HIGH_END, RAW_START};
use crate::ids::Addr;

const GRANULE_BYTES: u64 = 16;
const GRANULE_LEN: usize = 16;

/// A granule's number: in the high part from the end downwards, in the low part from the start upwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Granule(u32);

/// Set in those of the low part.
const LOW: u32 = 1 << 31;

impl Granule {
    /// The granule that starts at `addr`.
    #[must_use]
    pub fn at(addr: Addr) -> Option<Granule> {
        let limit = LOW as usize;
        let high = index(from_end(addr), limit).and_then(|at| u32::try_from(at).ok());
        high.or_else(|| Some(u32::try_from(index(from_start(addr), limit)?).ok()? | LOW)).map(Granule)
    }

    /// Where it starts.
    #[must_use]
    #[inline(always)]
    pub const fn addr(self) -> Addr {
        let distance = (self.0 & !LOW) as u64 * GRANULE_BYTES;
        if self.0 & LOW == 0 { Addr(HIGH_END.0 - GRANULE_BYTES - distance) } else { Addr(RAW_START.0 + distance) }
    }

    /// How far it is from `other`, for [`Granule::later`].
    #[must_use]
    #[inline(always)]
    pub const fn since(self, other: Granule) -> u32 {
        self.0.wrapping_sub(other.0)
    }

    /// The one that is so far away.
    #[must_use]
    #[inline(always)]
    pub const fn later(self, distance: u32) -> Granule {
        Granule(self.0.wrapping_add(distance))
    }

    /// Which of [`AddressSpace::arena_words`] is its first; behind the end if it is in the low part.
    #[must_use]
    #[inline(always)]
    pub const fn word(self) -> usize {
        // Chunks go down, but not what is in them.
        (self.0 as usize ^ (CHUNK_LEN / GRANULE_LEN - 1)) * 2
    }
}

const fn from_end(addr: Addr) -> u64 {
    (HIGH_END.0 - GRANULE_BYTES).wrapping_sub(addr.0)
}

const fn from_start(addr: Addr) -> u64 {
    addr.0.wrapping_sub(RAW_START.0)
}

/// How many granules a distance is, if they are whole and less than `limit`: the low bits become the highest.
#[inline(always)]
fn index(distance: u64, limit: usize) -> Option<usize> {
    let at = distance.rotate_right(GRANULE_BYTES.ilog2());
    #[allow(clippy::cast_possible_truncation, reason = "below limit")]
    (at < limit as u64).then_some(at as usize)
}

/// The bytes beside memory, from [`AddressSpace::take_notes`].
#[derive(Debug, Default)]
pub struct Notes {
    high: Vec<u8>,
    low: Vec<u8>,
}

impl Notes {
    /// The granule at `addr` and the byte beside it; `None` if `addr` is elsewhere or not aligned.
    #[inline(always)]
    pub fn find(&mut self, addr: Addr) -> Option<(Granule, &mut u8)> {
        #[allow(clippy::cast_possible_truncation, reason = "both are shorter than 2^31")]
        if let Some(at) = index(from_end(addr), self.high.len()) {
            return Some((Granule(at as u32), self.high.get_mut(at)?));
        }
        self.find_low(addr)
    }

    #[inline(always)]
    fn find_low(&mut self, addr: Addr) -> Option<(Granule, &mut u8)> {
        let at = index(from_start(addr), self.low.len())?;
        #[allow(clippy::cast_possible_truncation, reason = "shorter than 2^31")]
        Some((Granule(at as u32 | LOW), self.low.get_mut(at)?))
    }

    /// The byte beside a granule that was found.
    #[inline(always)]
    pub fn of(&mut self, granule: Granule) -> Option<&mut u8> {
        let at = (granule.0 & !LOW) as usize;
        if granule.0 & LOW == 0 { self.high.get_mut(at) } else { self.low.get_mut(at) }
    }
}

impl AddressSpace {
    /// The notes, all 0, for as much memory as there is now. They have to come back, all 0 again, by [`AddressSpace::return_notes`].
    pub fn take_notes(&mut self) -> Notes {
        let mut notes = core::mem::take(&mut self.notes);
        for (table, region) in [(&mut notes.high, &self.regions.high), (&mut notes.low, &self.regions.low)] {
            table.resize(granules(region), 0);
        }
        notes
    }

    /// Keeps the notes for the next walk.
    pub fn return_notes(&mut self, notes: Notes) {
        debug_assert!(notes.high.iter().chain(&notes.low).all(|&note| note == 0), "a walk left notes behind");
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
