//! Taking a snapshot of a heap.

use super::labels::{self, SlotLabels};
use super::{Collection, Family, GcState, Generation, Object, Root, Slot, Snapshot};
use crate::event::Event;
use crate::heap::{CommandError, Heap, check, live, roots, type_name};
use crate::ids::{Addr, Serial, map::Map, sort};
use crate::mem::{AddressSpace, Fault};
use crate::object::gc_head::{COLLECTING, GC_NEXT, GC_PREV, REFS_SHIFT, UNREACHABLE, head_of};
use crate::object::head::{is_gc, is_static_type, refcount, type_of};
use crate::object::{self, Kind, Slots, Walk, blocks};
use crate::pymalloc;
use crate::runtime::gc::machine::{self, Phase};
use crate::runtime::gc::{list_members, state};

/// Slots to objects that are not shown are listed up to this many per object.
const HIDDEN_SLOTS_MAX: usize = 256;

/// All live objects by address, and which of them are shown.
pub(super) struct Index {
    /// Address, serial; ascending by address.
    live: Vec<(Addr, Serial)>,
    /// For each of `live`: its place in the snapshot's objects.
    shown: Vec<Option<usize>>,
}

impl Index {
    fn new(heap: &Heap, startup: bool) -> Result<Index, CommandError> {
        let mut live = Vec::new();
        live::each(heap.memory(), |obj, serial| live.push((obj, serial)))?;
        sort::by_key(&mut live, |&(obj, _)| obj.0);
        let mut by_serial: Vec<(Serial, usize)> = live.iter().enumerate().map(|(at, &(_, serial))| (serial, at)).collect();
        by_serial.retain(|&(serial, _)| startup || !serial.is_of_startup());
        sort::by_key(&mut by_serial, |&(serial, _)| u64::from(serial.0));
        let mut shown = vec![None; live.len()];
        for (place, &(_, at)) in by_serial.iter().enumerate() {
            shown[at] = Some(place);
        }
        Ok(Index { live, shown })
    }

    fn at(&self, obj: Addr) -> Option<usize> {
        self.live.binary_search_by_key(&obj, |&(addr, _)| addr).ok()
    }

    /// The place of `obj` in the snapshot's objects.
    pub(super) fn place(&self, obj: Addr) -> Option<usize> {
        self.at(obj).and_then(|at| self.shown.get(at).copied().flatten())
    }

    /// The object that lives at `obj`, if one does.
    pub(super) fn serial(&self, obj: Addr) -> Option<Serial> {
        self.at(obj).and_then(|at| self.live.get(at)).map(|&(_, serial)| serial)
    }
}

/// Takes a snapshot; objects made at start-up are left out unless `startup`.
///
/// # Errors
/// A fault if the heap is not sound.
pub fn take(heap: &Heap, startup: bool) -> Result<Snapshot, CommandError> {
    let m = heap.memory();
    let index = Index::new(heap, startup)?;
    let reached = reachable(m, &index)?;
    let changes = Changes::new(heap);
    let generations = generations(m)?;
    let running = machine::phase(m)?;
    let mut objects = Vec::new();
    let mut order: Vec<(usize, usize)> =
        index.shown.iter().enumerate().filter_map(|(at, place)| place.map(|place| (place, at))).collect();
    sort::by_key(&mut order, |&(place, _)| place as u64);
    for (_, at) in order {
        let Some(&(obj, id)) = index.live.get(at) else { continue };
        let kind = Kind::of(m, obj)?;
        let (slots, hidden_slots) = slots(m, obj, kind, &index)?;
        let own = if is_static_type(obj) { Vec::new() } else { blocks::of(m, obj)? };
        objects.push(Object {
            id,
            addr: obj,
            type_name: type_name(m, obj)?,
            family: labels::family(kind),
            value: labels::value(m, obj, kind)?,
            refcnt: refcount(m, obj)?,
            refcnt_before: changes.count_before(obj),
            changed: changes.touched(obj, &own),
            startup: id.is_of_startup(),
            reachable: reached.get(at).copied().unwrap_or(false),
            gc: gc_state(m, obj, &generations, running)?,
            getsizeof_bytes: object::sizeof(m, obj)?,
            occupies_bytes: occupied(m, &own)?,
            slots,
            hidden_slots,
        });
    }
    Ok(Snapshot {
        release: m.profile.release,
        startup_hidden: u32::try_from(index.live.len() - objects.len()).unwrap_or(u32::MAX),
        objects,
        roots: root_views(heap, &index)?,
        arenas: super::pools::arenas(m, &index)?,
        generations: generation_views(m, &index, &generations)?,
        collection: collection(m, &index, running)?,
        gc_enabled: state::ENABLED.read(m, state::STATE)? != 0,
        long_lived_total: state::LONG_LIVED_TOTAL.read(m, state::STATE)?,
        long_lived_pending: state::LONG_LIVED_PENDING.read(m, state::STATE)?,
        unbound: Vec::new(),
    })
}

/// The bytes that blocks take, rounding included.
pub(super) fn occupied(m: &AddressSpace, own: &[blocks::OwnBlock]) -> Result<u64, Fault> {
    own.iter().try_fold(0, |sum, block| Ok(sum + block_bytes(m, block)?))
}

/// What a block takes: as much as its pool's blocks have, or 16-byte steps above 512. In a pool it is not rounded from what
/// was asked for, since the bytes of an instance do not tell whether there was room for one value more.
pub(super) fn block_bytes(m: &AddressSpace, block: &blocks::OwnBlock) -> Result<u64, Fault> {
    if pymalloc::is_mine(block.start) {
        pymalloc::block_bytes(m, block.start)
    } else {
        Ok(block.asked_bytes.next_multiple_of(16))
    }
}

fn slots(m: &AddressSpace, obj: Addr, kind: Kind, index: &Index) -> Result<(Vec<Slot>, u64), CommandError> {
    let names = SlotLabels::of(m, obj, kind)?;
    let mut seen = Vec::new();
    for walk in [Walk::Traverse, Walk::Owned] {
        let mut slots = Slots::of(m, obj, walk)?;
        while let Some(found) = slots.next(m)? {
            seen.push(found);
        }
    }
    let mut known = Map::default();
    seen.retain(|&(at, _)| known.insert(at.0, ()));
    // Items are listed from the first to the last, though `tp_traverse` goes the other way.
    if matches!(kind, Kind::List | Kind::Tuple) {
        sort::by_key(&mut seen, |&(at, _)| at.0);
    }
    let (mut slots, mut hidden) = (Vec::new(), 0);
    for (at, target) in seen {
        let place = index.place(target);
        if place.is_none() && slots.len() >= HIDDEN_SLOTS_MAX {
            hidden += 1;
            continue;
        }
        let label = names.label(m, obj, kind, at)?;
        slots.push(Slot { label, at, target: place, id: index.serial(target), target_text: labels::in_a_word(m, target)? });
    }
    Ok((slots, hidden))
}

/// For each live object: whether a root leads to it.
fn reachable(m: &AddressSpace, index: &Index) -> Result<Vec<bool>, Fault> {
    let mut reached = vec![false; index.live.len()];
    let mut todo = Vec::new();
    check::root_slots(m, |_, target| todo.push(target))?;
    // Static objects live for ever; a static type holds the dict of its subclasses.
    todo.extend(index.live.iter().map(|&(obj, _)| obj).filter(|&obj| is_static_type(obj)));
    while let Some(obj) = todo.pop() {
        let Some(at) = index.at(obj) else { continue };
        if core::mem::replace(&mut reached[at], true) {
            continue;
        }
        let mut slots = Slots::of(m, obj, Walk::Owned)?;
        while let Some((_, target)) = slots.next(m)? {
            todo.push(target);
        }
        todo.push(type_of(m, obj)?);
    }
    // Immortal objects need nobody to hold them.
    for (at, &(obj, _)) in index.live.iter().enumerate() {
        reached[at] |= refcount(m, obj)?.is_none();
    }
    Ok(reached)
}

/// What the last command changed.
struct Changes {
    before: Map<Option<u64>>,
    slots: Vec<Addr>,
    born: Vec<Addr>,
}

impl Changes {
    fn new(heap: &Heap) -> Changes {
        let (mut before, mut slots, mut born) = (Map::default(), Vec::new(), Vec::new());
        for event in heap.events() {
            match *event {
                Event::Count { object, slot, from, .. } => {
                    before.get_or_insert_with(object.0, || None).get_or_insert(from);
                    slots.push(slot);
                }
                Event::Born(object, _) => {
                    before.insert(object.0, None);
                    born.push(object);
                }
                _ => {}
            }
        }
        sort::by_key(&mut slots, |slot| slot.0);
        sort::addresses(&mut born);
        Changes { before, slots, born }
    }

    fn count_before(&self, obj: Addr) -> Option<u64> {
        if self.born.binary_search(&obj).is_ok() { None } else { self.before.get(obj.0).copied().flatten() }
    }

    fn touched(&self, obj: Addr, own: &[blocks::OwnBlock]) -> bool {
        let holds = |b: &blocks::OwnBlock| {
            let first = self.slots.partition_point(|&slot| slot < b.start);
            self.slots.get(first).is_some_and(|&slot| slot < b.start.offset(b.asked_bytes))
        };
        self.born.binary_search(&obj).is_ok() || self.before.get(obj.0).is_some_and(Option::is_some) || own.iter().any(holds)
    }
}

/// The generation of each tracked object, by address.
type Generations = Map<u8>;

fn generations(m: &AddressSpace) -> Result<Generations, Fault> {
    let mut of = Generations::default();
    for generation in 0..=state::PERMANENT {
        for obj in list_members(m, state::head(generation))? {
            of.insert(obj.0, generation);
        }
    }
    // While a collection is stopped, what was set aside still belongs to the generation that is collected.
    for list in [state::UNREACHABLE_LIST, state::FINAL_LIST] {
        for obj in list_members(m, list)? {
            of.insert(obj.0, machine::generation(m)?);
        }
    }
    Ok(of)
}

fn gc_state(m: &AddressSpace, obj: Addr, generations: &Generations, running: Phase) -> Result<Option<GcState>, Fault> {
    if !is_gc(m, obj)? {
        return Ok(None);
    }
    let (forward, back) = (GC_NEXT.read(m, head_of(obj))?, GC_PREV.read(m, head_of(obj))?);
    let unreachable = forward & UNREACHABLE != 0;
    let counts = matches!(
        running,
        Phase::UpdateRefs
            | Phase::SubtractRefs
            | Phase::MoveUnreachable
            | Phase::AgainUpdateRefs
            | Phase::AgainSubtractRefs
            | Phase::AgainMoveUnreachable
    );
    let gc_refs = (counts && back & COLLECTING != 0).then_some(if unreachable { 0 } else { back >> REFS_SHIFT });
    let unreachable = unreachable || (running > Phase::MoveUnreachable && back & COLLECTING != 0);
    Ok(Some(GcState { generation: generations.get(obj.0).copied(), gc_refs, unreachable }))
}

fn root_views(heap: &Heap, index: &Index) -> Result<Vec<Root>, CommandError> {
    let m = heap.memory();
    let stored: Vec<Addr> = heap
        .events()
        .iter()
        .filter_map(|event| match *event {
            Event::Count { slot, from, to, .. } if to > from && !slot.is_null() => Some(slot),
            _ => None,
        })
        .collect();
    let mut views = Vec::new();
    let namespace = object::dict::items(m, roots::namespace(m)?)?;
    for item in namespace {
        views.push(Root {
            name: object::str::value(m, item.key)?,
            is_handle: false,
            target: index.place(item.value),
            target_text: labels::in_a_word(m, item.value)?,
            changed: stored.contains(&item.value_slot),
        });
    }
    for slot in roots::handle_slots(m)? {
        let target: Addr = m.read(slot)?;
        views.push(Root {
            name: "handle".to_owned(),
            is_handle: true,
            target: index.place(target),
            target_text: labels::in_a_word(m, target)?,
            changed: false,
        });
    }
    Ok(views)
}

fn generation_views(m: &AddressSpace, index: &Index, of: &Generations) -> Result<[Generation; 4], Fault> {
    let mut views = Vec::new();
    for generation in 0..=state::PERMANENT {
        let members = list_members(m, state::head(generation))?;
        let counted = generation < state::NUM_GENERATIONS;
        views.push(Generation {
            count: if counted { state::count(m, generation)? } else { 0 },
            threshold: if counted { state::threshold(m, generation)? } else { 0 },
            size: u32::try_from(of.iter().filter(|&(_, &g)| g == generation).count()).unwrap_or(u32::MAX),
            members: members.into_iter().filter_map(|obj| index.place(obj)).collect(),
        });
    }
    views.try_into().map_err(|_| Fault::Corrupt(state::STATE, "collector state"))
}

fn collection(m: &AddressSpace, index: &Index, running: Phase) -> Result<Option<Collection>, CommandError> {
    if running == Phase::Idle {
        return Ok(None);
    }
    let generation = machine::generation(m)?;
    let places = |list: Addr| -> Result<Vec<usize>, Fault> {
        Ok(list_members(m, list)?.into_iter().filter_map(|obj| index.place(obj)).collect())
    };
    let mut unreachable = places(state::UNREACHABLE_LIST)?;
    unreachable.extend(places(state::FINAL_LIST)?);
    Ok(Some(Collection {
        generation,
        phase: running.name().to_owned(),
        at: machine::looks_at(m)?.and_then(|obj| index.place(obj)),
        young: places(state::head(generation))?,
        unreachable,
        sentence: String::new(),
    }))
}

/// What lives at `obj`, for labels of blocks: `list #3`, or `list (start-up)`.
pub(super) fn name_of(m: &AddressSpace, obj: Addr, index: &Index) -> Result<(String, Family), CommandError> {
    let kind = Kind::of(m, obj)?;
    let name = type_name(m, obj)?;
    let label = match index.serial(obj) {
        Some(serial) if !serial.is_of_startup() => format!("{name} {serial}"),
        _ => format!("{name} (start-up)"),
    };
    Ok((label, labels::family(kind)))
}
