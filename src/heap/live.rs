//! Walks over all live objects, window by window.

use crate::abi::space::ARENA_FLOOR;
use crate::ids::{Addr, Serial, sort};
use crate::mem::{AddressSpace, Fault, WINDOW_BYTES, WINDOW_LEN, WindowBirths};
use crate::pymalloc::layout::{POOL_OVERHEAD, POOL_SIZE, pool_header};
use crate::pymalloc::{self, class_size};

const _: () = assert!(POOL_SIZE == WINDOW_BYTES, "a window of an arena is a pool");
/// Where objects outside pools may start: at multiples of this.
const STEP_BYTES: u64 = 16;

/// A 16 KiB window of memory that has had objects: in an arena a pool.
#[derive(Debug)]
pub struct Window<'a> {
    /// Its first address.
    pub start: Addr,
    /// Its bytes. An object outside of pools may end in the next window.
    pub bytes: &'a [u8; WINDOW_LEN],
    births: WindowBirths<'a>,
    /// Bytes from the window's start to where the first block can start.
    first: usize,
    /// Bytes from there to the end of the last block.
    length: usize,
    /// Bytes from one block to the next.
    step: usize,
}

impl Window<'_> {
    /// How many blocks there are: at least as many as objects.
    #[must_use]
    pub const fn most_objects(&self) -> usize {
        self.length.div_ceil(self.step)
    }

    /// The live objects by address: how many bytes into the window each lies, and its serial.
    #[inline(always)]
    pub fn objects(&self) -> impl Iterator<Item = (usize, Serial)> {
        let blocks = (0..self.most_objects()).map(|block| self.first + block * self.step);
        blocks.filter_map(|block| self.births.object(block))
    }
}

/// The windows with objects: arenas by address, then large blocks, then static data.
///
/// # Errors
/// [`Fault::Corrupt`] if a pool's header does not say what lies in the pool.
pub fn windows(m: &AddressSpace) -> Result<Vec<Window<'_>>, Fault> {
    let ranges = m.mapped();
    let (large, others) = ranges.split_at(ranges.partition_point(|range| range.start < ARENA_FLOOR));
    let (arenas, statics) = others.split_at(others.partition_point(|range| pymalloc::is_mine(range.start)));
    let mut windows = Vec::new();
    for range in arenas.iter().chain(large).chain(statics) {
        // What an arena has in front of its first pool and behind its last one is lost: no window, no births.
        let first = range.start.0.next_multiple_of(WINDOW_BYTES);
        for start in (first..range.end().0).step_by(WINDOW_LEN).map(Addr) {
            if let Some(births) = m.births.in_window(start) {
                windows.push(window(m, start, births)?);
            }
        }
    }
    Ok(windows)
}

fn window<'a>(m: &'a AddressSpace, start: Addr, births: WindowBirths<'a>) -> Result<Window<'a>, Fault> {
    let bytes = m.window_bytes(start).ok_or_else(|| Fault::NotMapped(start))?;
    let (first, end, step) = if pymalloc::is_mine(start) {
        let end = u64::from(pool_header::NEXTOFFSET.read(m, start)?);
        (POOL_OVERHEAD, end, class_size(pool_header::SZIDX.read(m, start)?))
    } else {
        (0, WINDOW_BYTES, STEP_BYTES)
    };
    let [first, end, step] = [first, end, step].map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
    if end > WINDOW_LEN {
        return Err(Fault::Corrupt(start, "pool"));
    }
    Ok(Window { start, bytes, births, first, length: end.saturating_sub(first), step })
}

/// Calls `each` with every live object and its serial: arenas by address, then large blocks, then static data.
///
/// # Errors
/// As [`windows`].
pub fn each(m: &AddressSpace, mut each: impl FnMut(Addr, Serial)) -> Result<(), Fault> {
    for window in windows(m)? {
        for (at, serial) in window.objects() {
            each(window.start.offset(at as u64), serial);
        }
    }
    Ok(())
}

/// Every live object with its serial, by serial.
///
/// # Errors
/// As [`windows`].
pub fn by_serial(m: &AddressSpace) -> Result<Vec<(Serial, Addr)>, Fault> {
    let mut objects = Vec::new();
    each(m, |obj, serial| objects.push((serial, obj)))?;
    sort::by_key(&mut objects, |&(serial, _)| u64::from(serial.0));
    Ok(objects)
}
