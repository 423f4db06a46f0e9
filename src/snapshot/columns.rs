//! The whole heap as columns: what charts and large tables need, without a string per object.
//!
//! Rows go through arenas by address, then large blocks, then static data. Generations are found from the young lists and the
//! permanent one; what is tracked and on none of them is in generation 2, so the longest list need not be walked.

use crate::heap::{CommandError, Heap, live};
use crate::ids::{Addr, Serial, map::Map, sort};
use crate::mem::Fault;
use crate::object;
use crate::object::gc_head::{GC_NEXT, head_of};
use crate::object::head::{HAVE_GC, OB_REFCNT, count_of, is_immortal_word, is_static_type, type_flags, type_of};
use crate::runtime::gc::{list_members, state};

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

struct KnownType {
    index: u16,
    has_gc: bool,
}

/// Gathers the columns.
///
/// # Errors
/// A fault if the heap is not sound.
pub fn columns(heap: &Heap) -> Result<Columns, CommandError> {
    let m = heap.memory();
    let mut young: Vec<(Addr, u8)> = Vec::new();
    for generation in [0, 1, state::PERMANENT] {
        young.extend(list_members(m, state::head(generation))?.into_iter().map(|obj| (obj, generation)));
    }
    sort::by_key(&mut young, |&(obj, _)| obj.0);
    let mut out = Columns::default();
    let mut known: Map<KnownType> = Map::default();
    let mut failed: Result<(), Fault> = Ok(());
    live::each(m, |obj, serial| {
        if failed.is_ok() {
            failed = row(heap, obj, serial, &young, &mut known, &mut out);
        }
    })?;
    failed?;
    Ok(out)
}

fn row(
    heap: &Heap,
    obj: Addr,
    serial: Serial,
    young: &[(Addr, u8)],
    known: &mut Map<KnownType>,
    out: &mut Columns,
) -> Result<(), Fault> {
    let m = heap.memory();
    let tp = type_of(m, obj)?;
    if known.get(tp.0).is_none() {
        let index = u16::try_from(out.types.len()).unwrap_or(u16::MAX);
        out.types.push(object::type_name(m, tp)?);
        known.insert(tp.0, KnownType { index, has_gc: type_flags(m, tp)? & HAVE_GC != 0 });
    }
    let Some(kind) = known.get(tp.0) else { return Ok(()) };
    let has_gc = kind.has_gc && !(is_static_type(obj) && crate::object::Kind::of(m, obj)? == crate::object::Kind::Type);
    let tracked = has_gc && GC_NEXT.read(m, head_of(obj))? != 0;
    let generation = match young.binary_search_by_key(&obj, |&(addr, _)| addr) {
        _ if !tracked => UNTRACKED,
        Ok(at) => young.get(at).map_or(UNTRACKED, |&(_, generation)| generation),
        Err(_) => 2,
    };
    let (word, bits) = (m.profile.refcount, OB_REFCNT.read(m, obj)?);
    let count = if is_immortal_word(word, bits) {
        IMMORTAL
    } else {
        u32::try_from(count_of(word, bits)).unwrap_or(IMMORTAL - 1).min(IMMORTAL - 1)
    };
    out.id.push(serial.0);
    #[allow(clippy::cast_precision_loss, reason = "addresses are below 2^53")]
    out.address.push(obj.0 as f64);
    out.type_index.push(kind.index);
    out.refcount.push(count);
    out.generation.push(generation);
    out.getsizeof.push(u32::try_from(object::sizeof(m, obj)?).unwrap_or(u32::MAX));
    out.flags.push(u8::from(serial.is_of_startup()));
    Ok(())
}
