//! The whole heap as columns: what charts and large tables need, without a string per object.
//!
//! Rows go through arenas by address, then large blocks, then static data, one 16 KiB window of memory at a time, so that a row
//! costs a few loads and stores. Generations are found from the collector's lists, the longest of which need not be walked.

use crate::heap::{CommandError, Heap, live};
use crate::ids::{Addr, map::Map};
use crate::mem::{AddressSpace, Fault, WINDOW_BYTES, WINDOW_LEN};
use crate::object::gc_head::{self, GC_HEAD_BYTES, object_of};
use crate::object::head::{HAVE_GC, count_of, is_immortal_word, is_static_type, type_flags};
use crate::object::{self, SizeRule};
use crate::runtime::gc::{machine, state};

/// [`Columns::refcount`] of immortal objects.
pub const IMMORTAL: u32 = u32::MAX;
/// [`Columns::generation`] of objects that the collector does not track.
pub const UNTRACKED: u8 = u8::MAX;

/// One entry per object in each column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    /// Birth serial.
    pub id: Vec<u32>,
    /// Address; below 2^53, so exact.
    pub address: Vec<f64>,
    /// Index into [`Columns::types`].
    pub type_index: Vec<u16>,
    /// `type(x).__name__` of each type that occurs.
    pub types: Vec<String>,
    /// `ob_refcnt`, at most 2^32 - 2; or [`IMMORTAL`].
    pub refcount: Vec<u32>,
    /// 0, 1, 2, 3 for permanent; or [`UNTRACKED`].
    pub generation: Vec<u8>,
    /// `sys.getsizeof(x)`, at most 2^32 - 1.
    pub getsizeof: Vec<u32>,
    /// Bit 0: made at start-up.
    pub flags: Vec<u8>,
}

impl Columns {
    fn with_capacity(rows: usize) -> Columns {
        Columns {
            id: Vec::with_capacity(rows),
            address: Vec::with_capacity(rows),
            type_index: Vec::with_capacity(rows),
            types: Vec::new(),
            refcount: Vec::with_capacity(rows),
            generation: Vec::with_capacity(rows),
            getsizeof: Vec::with_capacity(rows),
            flags: Vec::with_capacity(rows),
        }
    }

    /// Adds the first `count` rows.
    fn extend(&mut self, rows: &Rows, count: usize) {
        self.id.extend_from_slice(&rows.id[..count]);
        self.address.extend_from_slice(&rows.address[..count]);
        self.type_index.extend_from_slice(&rows.type_index[..count]);
        self.refcount.extend_from_slice(&rows.refcount[..count]);
        self.generation.extend_from_slice(&rows.generation[..count]);
        self.getsizeof.extend_from_slice(&rows.getsizeof[..count]);
        self.flags.extend_from_slice(&rows.flags[..count]);
    }
}

/// Objects are at multiples of 16: so many places are in a window.
const PLACES: usize = WINDOW_LEN / 16;

/// The rows of one window, gathered where the processor has them at hand and then copied.
struct Rows {
    id: [u32; PLACES],
    address: [f64; PLACES],
    type_index: [u16; PLACES],
    refcount: [u32; PLACES],
    generation: [u8; PLACES],
    getsizeof: [u32; PLACES],
    flags: [u8; PLACES],
}

const NO_ROWS: Rows = Rows {
    id: [0; PLACES],
    address: [0.0; PLACES],
    type_index: [0; PLACES],
    refcount: [0; PLACES],
    generation: [0; PLACES],
    getsizeof: [0; PLACES],
    flags: [0; PLACES],
};

/// Gathers the columns.
///
/// # Errors
/// A fault if the heap is not sound.
pub fn columns(heap: &Heap) -> Result<Columns, CommandError> {
    let m = heap.memory();
    let windows = live::windows(m)?;
    let generations = Generations::find(m)?;
    let mut types = Types { m, names: Vec::new(), known: Map::default(), recent: [NO_TYPE; RECENT_TYPES] };
    let mut out = Columns::with_capacity(windows.iter().map(live::Window::most_objects).sum());
    let mut rows = NO_ROWS;
    for window in &windows {
        let count = read(m, window, &mut types, &generations, &mut rows)?;
        out.extend(&rows, count);
    }
    out.types = types.names;
    Ok(out)
}

/// Reads the objects of a window: how many there are.
#[inline(never)]
fn read(
    m: &AddressSpace,
    window: &live::Window,
    types: &mut Types,
    generations: &Generations,
    rows: &mut Rows,
) -> Result<usize, Fault> {
    let word = m.profile.refcount;
    let marks = generations.marks(window.start);
    let mut count = 0;
    for (at, serial) in window.objects() {
        let obj = window.start.offset(at as u64);
        let far;
        let head = if let Some(near) = near_head_words(window, at) {
            near
        } else {
            far = far_head_words(m, obj);
            &far
        };
        let [gc_next, _, bits, tp, words @ ..] = head.map(u64::from_le_bytes);
        let known = types.get(obj, tp)?;
        let size = match known.size.bytes(m, words) {
            Some(bytes) => bytes,
            None => known.size.ask(m, obj)?,
        };
        let is_tracked = known.has_gc && gc_next != 0 && !is_static_type(obj);
        let row = count % PLACES;
        rows.id[row] = serial.0;
        #[allow(clippy::cast_precision_loss, reason = "addresses are below 2^53")]
        // Signed: processors have no instruction for unsigned ones.
        let exact = obj.0.cast_signed() as f64;
        rows.address[row] = exact;
        rows.type_index[row] = known.index;
        rows.refcount[row] = if is_immortal_word(word, bits) { IMMORTAL } else { clamped(count_of(word, bits), IMMORTAL - 1) };
        rows.generation[row] = if is_tracked { generations.of(marks, at) } else { UNTRACKED };
        rows.getsizeof[row] = clamped(size, u32::MAX);
        rows.flags[row] = u8::from(serial.is_of_startup());
        count += 1;
    }
    Ok(count)
}

fn clamped(n: u64, most: u32) -> u32 {
    u32::try_from(n).map_or(most, |n| n.min(most))
}

/// Two words of the GC head, if there is one, and five of the object, if it has as many: what lies there.
type HeadWords = [[u8; 8]; 7];

/// `None` at the border of a window.
#[inline(always)]
fn near_head_words<'a>(window: &live::Window<'a>, at: usize) -> Option<&'a HeadWords> {
    window.bytes.get(at.wrapping_sub(HEAD_LEN)..)?.as_chunks().0.first_chunk()
}

/// 0 for those behind the end of memory.
#[cold]
fn far_head_words(m: &AddressSpace, obj: Addr) -> HeadWords {
    let mut words = HeadWords::default();
    for (offset, word) in (0..).step_by(8).zip(&mut words) {
        *word = m.read(obj.back(GC_HEAD_BYTES).offset(offset)).unwrap_or(0_u64).to_le_bytes();
    }
    words
}

/// [`GC_HEAD_BYTES`] as a length.
const HEAD_LEN: usize = 16;
const _: () = assert!(HEAD_LEN as u64 == GC_HEAD_BYTES, "one number, two types");

/// What all objects of a type have in common.
#[derive(Clone, Copy)]
struct KnownType {
    tp: u64,
    size: SizeRule,
    index: u16,
    has_gc: bool,
}

/// So many types are found without a search.
const RECENT_TYPES: usize = 64;
/// No type lies at an odd address.
const NO_TYPE: KnownType = KnownType { tp: 1, size: SizeRule::Own, index: 0, has_gc: false };

/// The types that were met.
struct Types<'a> {
    m: &'a AddressSpace,
    names: Vec<String>,
    known: Map<KnownType>,
    /// Those met lately, by some bits of their addresses: static types lie 512 bytes apart.
    recent: [KnownType; RECENT_TYPES],
}

impl Types<'_> {
    /// The type at `tp`, of which `obj` is.
    #[inline(always)]
    fn get(&mut self, obj: Addr, tp: u64) -> Result<&KnownType, Fault> {
        #[allow(clippy::cast_possible_truncation, reason = "masked")]
        let place = (tp >> 9) as usize % RECENT_TYPES;
        if self.recent[place].tp != tp {
            self.recent[place] = self.find(obj, tp)?;
        }
        Ok(&self.recent[place])
    }

    #[inline(never)]
    fn find(&mut self, obj: Addr, tp: u64) -> Result<KnownType, Fault> {
        if let Some(&known) = self.known.get(tp) {
            return Ok(known);
        }
        let (m, index) = (self.m, u16::try_from(self.names.len()).unwrap_or(u16::MAX));
        self.names.push(object::type_name(m, Addr(tp))?);
        let has_gc = type_flags(m, Addr(tp))? & HAVE_GC != 0;
        let known = KnownType { tp, size: SizeRule::of(m, obj)?, index, has_gc };
        self.known.insert(tp, known);
        Ok(known)
    }
}

/// One more than the generation of each object of a window that was met, 0 for the others.
type Marks = [u8; PLACES];
const NO_MARKS: &Marks = &[0; PLACES];

/// In which generation tracked objects are.
struct Generations {
    marks: Vec<Marks>,
    /// Which entry of `marks` a window has, by its address.
    places: Map<usize>,
    /// The generation of those that were not met.
    others: u8,
}

impl Generations {
    /// Walks all lists of the collector side by side, until one at most is not at its end.
    fn find(m: &AddressSpace) -> Result<Generations, Fault> {
        let mut lists = [0, 1, 2, state::PERMANENT].map(|generation| (state::head(generation), generation)).to_vec();
        if machine::phase(m)? != machine::Phase::Idle {
            // Set aside for the time being, they still belong to the generation that is collected.
            let generation = machine::generation(m)?;
            lists.extend([state::UNREACHABLE_LIST, state::FINAL_LIST].map(|list| (list, generation)));
        }
        let mut walks = Vec::new();
        for (list, generation) in lists {
            walks.push((list, gc_head::next(m, list)?, generation));
        }
        let mut found = Generations { marks: Vec::new(), places: Map::default(), others: 2 };
        loop {
            walks.retain(|&(list, at, _)| at != list);
            if walks.len() < 2 {
                break;
            }
            for (_, at, generation) in &mut walks {
                found.mark(object_of(*at), *generation);
                *at = gc_head::next(m, *at)?;
            }
        }
        found.others = walks.first().map_or(2, |&(_, _, generation)| generation);
        Ok(found)
    }

    fn mark(&mut self, obj: Addr, generation: u8) {
        let new = self.marks.len();
        let place = *self.places.get_or_insert_with(obj.0 & !(WINDOW_BYTES - 1), || new);
        if place == new {
            self.marks.push(*NO_MARKS);
        }
        #[allow(clippy::cast_possible_truncation, reason = "below PLACES")]
        let at = (obj.0 % WINDOW_BYTES / 16) as usize;
        if let Some(marks) = self.marks.get_mut(place) {
            marks[at] = generation + 1;
        }
    }

    fn marks(&self, window: Addr) -> &Marks {
        self.places.get(window.0).and_then(|&place| self.marks.get(place)).unwrap_or(NO_MARKS)
    }

    /// The generation of the tracked object that lies `at` bytes into the window with these marks.
    #[inline(always)]
    fn of(&self, marks: &Marks, at: usize) -> u8 {
        match marks[at / 16 % PLACES] {
            0 => self.others,
            mark => mark - 1,
        }
    }
}
