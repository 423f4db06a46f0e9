//! The whole heap as columns: what charts and large tables need, without a string per object.
//!
//! Rows go through arenas by address, then large blocks, then static data. Generations are found from the young lists and the
//! permanent one; what is tracked and on none of them is in generation 2, so the longest list need not be walked.

use crate::heap::{CommandError, Heap, live};
use crate::ids::{Addr, Serial, map::Map, sort};
use crate::mem::{AddressSpace, Fault};
use crate::object::gc_head::{GC_NEXT, head_of};
use crate::object::head::{HAVE_GC, OB_REFCNT, count_of, is_immortal_word, is_static_type, type_flags};
use crate::object::list::ALLOCATED;
use crate::object::{self, Kind};
use crate::runtime::gc::{list_members, machine, state};

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

/// What all objects of a type have in common.
#[derive(Clone, Copy)]
struct KnownType {
    tp: Addr,
    index: u16,
    has_gc: bool,
    size: Size,
}

/// How `sys.getsizeof` comes about.
#[derive(Clone, Copy)]
enum Size {
    /// The same for all objects of the type.
    Fixed(u64),
    /// So much, and the room in the item array.
    List(u64),
    /// Depends on the object.
    Own,
}

/// Gathers rows; what the last row needed is likely to serve the next.
struct Gatherer<'a> {
    m: &'a AddressSpace,
    /// Objects that are not in generation 2, by address, and where they are.
    elsewhere: Vec<(Addr, u8)>,
    /// Objects of `elsewhere` below the last row's.
    below: usize,
    types: Map<KnownType>,
    last: Option<KnownType>,
    out: Columns,
}

/// Gathers the columns.
///
/// # Errors
/// A fault if the heap is not sound.
pub fn columns(heap: &Heap) -> Result<Columns, CommandError> {
    let m = heap.memory();
    let mut elsewhere: Vec<(Addr, u8)> = Vec::new();
    for generation in [0, 1, state::PERMANENT] {
        elsewhere.extend(list_members(m, state::head(generation))?.into_iter().map(|obj| (obj, generation)));
    }
    if machine::phase(m)? != machine::Phase::Idle {
        // Set aside for the time being, they still belong to the generation that is collected.
        let generation = machine::generation(m)?;
        for list in [state::UNREACHABLE_LIST, state::FINAL_LIST] {
            elsewhere.extend(list_members(m, list)?.into_iter().map(|obj| (obj, generation)));
        }
    }
    sort::by_key(&mut elsewhere, |&(obj, _)| obj.0);
    let mut rows = Gatherer { m, elsewhere, below: 0, types: Map::default(), last: None, out: Columns::default() };
    let mut failed: Result<(), Fault> = Ok(());
    live::each(m, |obj, serial| {
        if failed.is_ok() {
            failed = rows.add(obj, serial);
        }
    })?;
    failed?;
    Ok(rows.out)
}

impl Gatherer<'_> {
    fn add(&mut self, obj: Addr, serial: Serial) -> Result<(), Fault> {
        let m = self.m;
        let [bits, tp] = m.read_words(OB_REFCNT.at(obj))?;
        let known = match self.last {
            Some(known) if known.tp.0 == tp => known,
            _ => self.known(obj, Addr(tp))?,
        };
        let tracked = known.has_gc && !is_static_type(obj) && GC_NEXT.read(m, head_of(obj))? != 0;
        let generation = if tracked { self.generation(obj) } else { UNTRACKED };
        let word = m.profile.refcount;
        let count = if is_immortal_word(word, bits) {
            IMMORTAL
        } else {
            u32::try_from(count_of(word, bits)).unwrap_or(IMMORTAL - 1).min(IMMORTAL - 1)
        };
        let size = match known.size {
            Size::Fixed(bytes) => bytes,
            Size::List(bytes) => bytes + ALLOCATED.read(m, obj)? * 8,
            Size::Own => object::sizeof(m, obj)?,
        };
        let out = &mut self.out;
        out.id.push(serial.0);
        #[allow(clippy::cast_precision_loss, reason = "addresses are below 2^53")]
        out.address.push(obj.0 as f64);
        out.type_index.push(known.index);
        out.refcount.push(count);
        out.generation.push(generation);
        out.getsizeof.push(u32::try_from(size).unwrap_or(u32::MAX));
        out.flags.push(u8::from(serial.is_of_startup()));
        Ok(())
    }

    /// The type `tp`, of which `obj` is.
    fn known(&mut self, obj: Addr, tp: Addr) -> Result<KnownType, Fault> {
        if let Some(&known) = self.types.get(tp.0) {
            self.last = Some(known);
            return Ok(known);
        }
        let (m, index) = (self.m, u16::try_from(self.out.types.len()).unwrap_or(u16::MAX));
        self.out.types.push(object::type_name(m, tp)?);
        let size = match Kind::of(m, obj)? {
            Kind::List => Size::List(object::sizeof(m, obj)? - ALLOCATED.read(m, obj)? * 8),
            Kind::Plain
            | Kind::Float
            | Kind::Complex
            | Kind::Slice
            | Kind::Range
            | Kind::Cell
            | Kind::Method
            | Kind::Function => Size::Fixed(object::sizeof(m, obj)?),
            _ => Size::Own,
        };
        let known = KnownType { tp, index, has_gc: type_flags(m, tp)? & HAVE_GC != 0, size };
        self.types.insert(tp.0, known);
        self.last = Some(known);
        Ok(known)
    }

    /// The generation of a tracked object. Rows come mostly in the order of addresses, so the search goes on where it was.
    fn generation(&mut self, obj: Addr) -> u8 {
        let at = |k: usize| self.elsewhere.get(k).map(|&(addr, _)| addr);
        let fits = |k: usize| {
            let above_left = k.checked_sub(1).is_none_or(|left| at(left).is_some_and(|a| a < obj));
            above_left && at(k).is_none_or(|a| a >= obj)
        };
        let below = if fits(self.below) {
            self.below
        } else if fits(self.below + 1) {
            self.below + 1
        } else {
            self.elsewhere.partition_point(|&(addr, _)| addr < obj)
        };
        self.below = below;
        match self.elsewhere.get(below) {
            Some(&(addr, generation)) if addr == obj => generation,
            _ => 2,
        }
    }
}
