//! The whole heap as columns: what charts and large tables need, without a string per object.
//!
//! Rows go through arenas by address, then large blocks, then static data, one 16 KiB window of memory at a time, so that a row
//! costs a few loads and stores. Generations are found from the collector's lists, the longest of which need not be walked.

use crate::abi::RefcountWord;
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

    fn extend(&mut self, rows: &Rows) {
        let count = rows.count.min(ROWS);
        self.id.extend_from_slice(&rows.id[..count]);
        self.address.extend_from_slice(&rows.address[..count]);
        self.type_index.extend_from_slice(&rows.type_index[..count]);
        self.refcount.extend_from_slice(&rows.refcount[..count]);
        self.generation.extend_from_slice(&rows.generation[..count]);
        self.getsizeof.extend_from_slice(&rows.getsizeof[..count]);
        self.flags.extend_from_slice(&rows.flags[..count]);
    }
}

/// Where objects can start in a window: at multiples of 16.
const PLACES: usize = WINDOW_LEN / 16;
/// Room for rows: for those of one window and [`FEW`] before them.
const ROWS: usize = 2 * PLACES;
/// More rows than these are copied and forgotten: fewer copies, and what is written again and again stays at hand.
const FEW: usize = 512;

/// Rows, gathered where the processor has them at hand and then copied.
struct Rows {
    count: usize,
    /// How many bytes into its window each object lies.
    at: [u16; ROWS],
    id: [u32; ROWS],
    address: [f64; ROWS],
    type_index: [u16; ROWS],
    refcount: [u32; ROWS],
    generation: [u8; ROWS],
    getsizeof: [u32; ROWS],
    flags: [u8; ROWS],
}

const NO_ROWS: Rows = Rows {
    count: 0,
    at: [0; ROWS],
    id: [0; ROWS],
    address: [0.0; ROWS],
    type_index: [0; ROWS],
    refcount: [0; ROWS],
    generation: [0; ROWS],
    getsizeof: [0; ROWS],
    flags: [0; ROWS],
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
        read(m, window, &mut types, &generations, &mut rows)?;
        if rows.count > FEW {
            out.extend(&rows);
            rows.count = 0;
        }
    }
    out.extend(&rows);
    out.types = types.names;
    Ok(out)
}

/// What is the same for all objects of a window.
#[derive(Clone, Copy)]
struct Common<'a> {
    m: &'a AddressSpace,
    refcount: RefcountWord,
    bytes: &'a [u8; WINDOW_LEN],
    marks: &'a Marks,
    /// The generation of tracked objects without a mark.
    others: u8,
    is_static: bool,
}

/// Adds the objects of a window, at most [`PLACES`]: first where they are, then what their heads hold. Each loop is small enough
/// to keep all its values in registers.
fn read(
    m: &AddressSpace,
    window: &live::Window,
    types: &mut Types,
    generations: &Generations,
    rows: &mut Rows,
) -> Result<(), Fault> {
    let common = Common {
        m,
        refcount: m.profile.refcount,
        bytes: window.bytes,
        marks: generations.marks(window.start),
        others: generations.others,
        is_static: is_static_type(window.start),
    };
    let mut row = rows.count;
    rows.add_places(window);
    loop {
        row = rows.read_usual(common, &types.recent, row);
        if row >= rows.count {
            return Ok(());
        }
        let at = usize::from(rows.at[row % ROWS]);
        let obj = window.start.offset(at as u64);
        let head = near_head_words(window.bytes, at).copied().unwrap_or_else(|| far_head_words(m, obj));
        let known = types.get(obj, type_word(&head))?;
        let size = match known.size.bytes(m, words_behind(&head)) {
            Some(bytes) => bytes,
            None => known.size.ask(m, obj)?,
        };
        rows.set(row, common, &head, known, size);
        row += 1;
    }
}

impl Rows {
    /// Adds where the objects of a window are.
    #[inline(never)]
    fn add_places(&mut self, window: &live::Window) {
        let mut count = self.count;
        // One loop; `for` would make another one in it, of entries without an object.
        window.objects().for_each(|(at, serial)| {
            let row = count % ROWS;
            #[allow(clippy::cast_possible_truncation, reason = "below WINDOW_LEN")]
            let in_window = at as u16;
            self.at[row] = in_window;
            self.id[row] = serial.0;
            self.flags[row] = u8::from(serial.is_of_startup());
            #[allow(clippy::cast_precision_loss, reason = "addresses are below 2^53")]
            // Signed: processors have no instruction for unsigned ones.
            let exact = window.start.offset(at as u64).0.cast_signed() as f64;
            self.address[row] = exact;
            count += 1;
        });
        self.count = count;
    }

    /// Reads heads from row `first` on, up to one for which something must be called, and returns that row. A call in the loop
    /// would keep its values out of registers.
    #[inline(never)]
    fn read_usual(&mut self, common: Common, types: &[KnownType; RECENT_TYPES], first: usize) -> usize {
        for row in first..self.count {
            let Some(head) = near_head_words(common.bytes, usize::from(self.at[row % ROWS])) else { return row };
            let tp = type_word(head);
            let known = &types[recent_place(tp)];
            if known.tp != tp {
                return row;
            }
            let Some(size) = known.size.bytes(common.m, words_behind(head)) else { return row };
            self.set(row, common, head, known, size);
        }
        self.count
    }

    #[inline(always)]
    fn set(&mut self, row: usize, common: Common, head: &HeadWords, known: &KnownType, size: u64) {
        let row = row % ROWS;
        let [gc_next, _, bits, ..] = head.map(u64::from_le_bytes);
        let (word, is_tracked) = (common.refcount, known.has_gc && gc_next != 0 && !common.is_static);
        self.type_index[row] = known.index;
        self.refcount[row] = if is_immortal_word(word, bits) { IMMORTAL } else { clamped(count_of(word, bits), IMMORTAL - 1) };
        self.getsizeof[row] = clamped(size, u32::MAX);
        self.generation[row] = if is_tracked {
            match common.marks[usize::from(self.at[row]) / 16 % PLACES] {
                0 => common.others,
                mark => mark - 1,
            }
        } else {
            UNTRACKED
        };
    }
}

fn clamped(n: u64, most: u32) -> u32 {
    u32::try_from(n).map_or(most, |n| n.min(most))
}

/// Two words of the GC head, if there is one, and six of the object, if it has as many: what lies there.
type HeadWords = [[u8; 8]; 8];

/// `ob_type`
#[inline(always)]
const fn type_word([_, _, _, tp, ..]: &HeadWords) -> u64 {
    u64::from_le_bytes(*tp)
}

/// The words behind `ob_type`.
#[inline(always)]
fn words_behind([_, _, _, _, words @ ..]: &HeadWords) -> [u64; 4] {
    words.map(u64::from_le_bytes)
}

/// `None` at the border of a window.
#[inline(always)]
fn near_head_words(bytes: &[u8; WINDOW_LEN], at: usize) -> Option<&HeadWords> {
    bytes.get(at.wrapping_sub(HEAD_LEN)..)?.as_chunks().0.first_chunk()
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

/// Where the type at `tp` is among those met lately.
#[inline(always)]
fn recent_place(tp: u64) -> usize {
    #[allow(clippy::cast_possible_truncation, reason = "masked")]
    let place = (tp >> 9) as usize % RECENT_TYPES;
    place
}

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
    fn get(&mut self, obj: Addr, tp: u64) -> Result<&KnownType, Fault> {
        let place = recent_place(tp);
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
}
