//! Taking a snapshot of a heap.

use crate::ids::text::Owned as _;
use std::rc::Rc;

use super::labels::{self, SlotLabels};
use super::pools::Owners;
use super::{Collection, GcState, Generation, Object, Role, Root, Slot, Snapshot};
use crate::event::Event;
use crate::heap::{CommandError, Heap, check, live, roots, type_name};
use crate::ids::gather::{Gather as _, Grow as _};
use crate::ids::{Addr, Serial, map::Map, sort};
use crate::mem::{AddressSpace, Fault};
use crate::object::gc_head::{COLLECTING, GC_NEXT, GC_PREV, REFS_SHIFT, UNREACHABLE, head_of};
use crate::object::head::{OB_TYPE, is_gc, is_static_type, refcount, type_of};
use crate::object::{self, Kind, Slots, Walk, blocks};
use crate::pymalloc;
use crate::runtime::gc::machine::{self, Phase};
use crate::runtime::gc::{list_members, state};

/// Slots to objects that are not shown are listed up to this many per object.
const HIDDEN_SLOTS_MAX: usize = 256;
/// A snapshot of more objects than this is [`Snapshot::brief`].
pub const BRIEF_ABOVE: usize = 3000;

/// All live objects.
pub(super) struct Index {
    /// The serial at each address. Those made at start-up come last, so that a position here is a place in the snapshot's
    /// objects.
    live: Map<Serial>,
    /// How many are shown.
    shown: usize,
}

impl Index {
    fn new(heap: &Heap, startup: Startup) -> Result<Index, CommandError> {
        let mut live = Map::default();
        let mut shown = 0;
        for (serial, obj) in live::by_serial(heap.memory())? {
            live.insert(obj.0, serial);
            shown += usize::from(startup == Startup::Shown || !serial.is_of_startup());
        }
        Ok(Index { live, shown })
    }

    fn at(&self, obj: Addr) -> Option<usize> {
        self.live.position(obj.0)
    }

    /// The place of `obj` in the snapshot's objects.
    pub(super) fn place(&self, obj: Addr) -> Option<usize> {
        self.at(obj).filter(|&at| at < self.shown)
    }

    /// The object that lives at `obj`, if one does.
    pub(super) fn serial(&self, obj: Addr) -> Option<Serial> {
        self.live.get(obj.0).copied()
    }
}

/// What is known of the whole heap before its objects are read one by one.
struct Taking<'a> {
    m: &'a AddressSpace,
    index: Index,
    /// By position in the index: whether a root leads there, and the generation of what is tracked.
    reached: Vec<bool>,
    generations: Vec<Option<u8>>,
    changes: Changes,
    running: Phase,
    /// `tp_name` by type.
    names: Map<Rc<str>>,
    brief: bool,
}

/// Whether a snapshot shows the objects that start-up made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Startup {
    /// They are only counted, and named where something refers to them.
    Hidden,
    /// They are among the objects.
    Shown,
}

/// Takes a snapshot.
///
/// # Errors
/// A fault if the heap is not sound.
pub fn take(heap: &Heap, startup: Startup) -> Result<Snapshot, CommandError> {
    let index = Index::new(heap, startup)?;
    let brief = index.shown > BRIEF_ABOVE;
    read(heap, index, brief)
}

fn read(heap: &Heap, index: Index, brief: bool) -> Result<Snapshot, CommandError> {
    let m = heap.memory();
    let running = machine::phase(m)?;
    let mut taking = Taking {
        m,
        reached: reachable(m, &index)?,
        generations: generations(m, &index)?,
        changes: Changes::new(heap),
        running,
        names: Map::default(),
        brief,
        index,
    };
    let mut owners = Owners::default();
    let mut objects = Vec::with_capacity(taking.index.shown);
    for at in 0..taking.index.live.len() {
        let Some((obj, &id)) = taking.index.live.entry(at) else { break };
        let obj = Addr(obj);
        let own = if is_static_type(obj) { Vec::new() } else { blocks::of(m, obj)? };
        let is_shown = at < taking.index.shown;
        let name = if is_shown && brief { None } else { Some(name_of(m, obj, id)?) };
        super::pools::note(&mut owners, &own, is_shown.then_some(at), name.as_deref(), labels::family(Kind::of(m, obj)?));
        if is_shown {
            objects.push(taking.object(at, obj, id, &own)?);
        }
    }
    let index = &taking.index;
    Ok(Snapshot {
        release: m.profile.release,
        brief,
        startup_hidden: u32::try_from(index.live.len() - objects.len()).unwrap_or(u32::MAX),
        objects,
        roots: root_views(heap, index)?,
        arenas: super::pools::arenas(m, owners)?,
        generations: generation_views(m, index, &taking.generations)?,
        collection: collection(m, index, running)?,
        gc_enabled: state::ENABLED.read(m, state::STATE)? != 0,
        long_lived_total: state::LONG_LIVED_TOTAL.read(m, state::STATE)?,
        long_lived_pending: state::LONG_LIVED_PENDING.read(m, state::STATE)?,
        unbound: Vec::new(),
    })
}

impl Taking<'_> {
    fn object(&mut self, at: usize, obj: Addr, id: Serial, own: &[blocks::OwnBlock]) -> Result<Object, CommandError> {
        let (m, index) = (self.m, &self.index);
        let kind = Kind::of(m, obj)?;
        let (slots, hidden_slots) = slots(m, obj, kind, &|target| (index.place(target), index.serial(target)), self.brief)?;
        let tp = type_of(m, obj)?;
        let type_name = if let Some(known) = self.names.get(tp.0) {
            Rc::clone(known)
        } else {
            let new: Rc<str> = object::type_name(m, tp)?.into();
            self.names.insert(tp.0, Rc::clone(&new));
            new
        };
        Ok(Object {
            id,
            addr: obj,
            type_name,
            name: object::own_name(m, obj)?.unwrap_or_default(),
            family: labels::family(kind),
            value: if self.brief { String::new() } else { labels::value(m, obj, kind)? },
            refcount: refcount(m, obj)?,
            refcount_before: self.changes.count_before(obj),
            changed: self.changes.touched(obj, own),
            startup: id.is_of_startup(),
            reachable: self.reached.get(at).copied().unwrap_or(false),
            gc: gc_state(m, obj, self.generations.get(at).copied().flatten(), self.running)?,
            getsizeof_bytes: object::sizeof(m, obj)?,
            occupies_bytes: match own {
                [] if kind == Kind::Type => m.profile.sizes.type_object,
                [] => object::sizeof(m, obj)?,
                _ => occupied(m, own)?,
            },
            slots,
            hidden_slots,
        })
    }
}

/// An object of a snapshot with all its texts and slots, also if the snapshot is brief.
///
/// # Errors
/// A fault if the heap is not the one that the snapshot was taken of.
pub fn spelled(heap: &Heap, snapshot: &Snapshot, object: &Object) -> Result<Object, CommandError> {
    let m = heap.memory();
    let mut spelled = object.clone();
    if snapshot.brief {
        let kind = Kind::of(m, object.addr)?;
        let who = |target: Addr| {
            let id = m.births.at(target);
            (id.and_then(|id| snapshot.objects.binary_search_by_key(&id, |o| o.id).ok()), id)
        };
        spelled.value = labels::value(m, object.addr, kind)?;
        (spelled.slots, spelled.hidden_slots) = slots(m, object.addr, kind, &who, false)?;
    }
    Ok(spelled)
}

/// [`Object::value`], also if the snapshot is brief.
///
/// # Errors
/// As [`spelled`].
pub fn value(heap: &Heap, object: &Object) -> Result<String, CommandError> {
    let m = heap.memory();
    Ok(labels::value(m, object.addr, Kind::of(m, object.addr)?)?)
}

/// [`Slot::role`] and [`Slot::label`] of a slot, also if the snapshot is brief.
///
/// # Errors
/// As [`spelled`].
pub fn slot_label(heap: &Heap, object: &Object, slot: Addr) -> Result<(Role, String), CommandError> {
    let m = heap.memory();
    let kind = Kind::of(m, object.addr)?;
    Ok(SlotLabels::of(m, object.addr, kind)?.label(m, object.addr, kind, slot)?)
}

/// The bytes that blocks take, rounding included.
pub(super) fn occupied(m: &AddressSpace, own: &[blocks::OwnBlock]) -> Result<u64, Fault> {
    own.iter().try_fold(0, |sum, block| Ok(sum + block_bytes(m, block)?))
}

/// Bytes that a block takes: the block size of its pool, or outside of pools what was asked for, rounded up to 16. In a pool the
/// request itself is not rounded, because the bytes of an instance do not tell whether it was made with room for one value more.
pub(super) fn block_bytes(m: &AddressSpace, block: &blocks::OwnBlock) -> Result<u64, Fault> {
    if pymalloc::is_mine(block.start) {
        pymalloc::block_bytes(m, block.start)
    } else {
        Ok(block.asked_bytes.next_multiple_of(16))
    }
}

/// The slots of an object; `who` says which place in the snapshot an object has, and its serial. If `brief`, only those that lead
/// to objects that are shown, without texts; of the others there is only the number.
fn slots(
    m: &AddressSpace,
    obj: Addr,
    kind: Kind,
    who: &dyn Fn(Addr) -> (Option<usize>, Option<Serial>),
    brief: bool,
) -> Result<(Vec<Slot>, u64), CommandError> {
    let mut seen = Vec::new();
    let walks = if brief { &[Walk::Owned][..] } else { &[Walk::Traverse, Walk::Owned] };
    for &walk in walks {
        let mut slots = Slots::of(m, obj, walk)?;
        while let Some(found) = slots.next(m)? {
            seen.push(found);
        }
    }
    if brief {
        seen.push((OB_TYPE.at(obj), type_of(m, obj)?));
    } else {
        let mut known = Map::default();
        seen.retain(|&(at, _)| known.insert(at.0, ()));
    }
    // Items are listed from the first to the last, though both walks go the other way.
    if matches!(kind, Kind::List | Kind::Tuple) {
        seen.reverse();
        sort::by_key(&mut seen, |&(at, _)| at.0);
    }
    let names = if brief { SlotLabels::default() } else { SlotLabels::of(m, obj, kind)? };
    let (mut slots, mut hidden) = (Vec::new(), 0);
    for (at, target) in seen {
        let (place, id) = who(target);
        if place.is_none() && (brief || slots.len() >= HIDDEN_SLOTS_MAX) {
            hidden += 1;
            continue;
        }
        let (role, label) = if brief { (Role::Field, String::new()) } else { names.label(m, obj, kind, at)? };
        let target_text = if brief { String::new() } else { labels::in_a_word(m, target)? };
        slots.add(Slot { role, label, at, target: place, id, target_text });
    }
    Ok((slots, hidden))
}

/// For each live object: whether a root leads to it.
fn reachable(m: &AddressSpace, index: &Index) -> Result<Vec<bool>, Fault> {
    let mut reached = vec![false; index.live.len()];
    let mut todo = Vec::new();
    check::root_slots(m, |_, target| todo.push(target))?;
    // Static objects live for ever; a static type holds the dict of its subclasses.
    index.live.iter().map(|(obj, _)| Addr(obj)).filter(|&obj| is_static_type(obj)).gather_into(&mut todo);
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
    for ((obj, _), reached) in index.live.iter().zip(&mut reached) {
        *reached |= refcount(m, Addr(obj))?.is_none();
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
                    slots.add(slot);
                }
                Event::Born(object, _) => {
                    before.insert(object.0, None);
                    born.add(object);
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

/// The generation of each tracked object, by position in the index.
fn generations(m: &AddressSpace, index: &Index) -> Result<Vec<Option<u8>>, Fault> {
    let mut of = vec![None; index.live.len()];
    let mut note = |list: Addr, generation: u8| -> Result<(), Fault> {
        for at in list_members(m, list)?.into_iter().filter_map(|obj| index.at(obj)) {
            of[at] = Some(generation);
        }
        Ok(())
    };
    for generation in 0..=state::PERMANENT {
        note(state::head(generation), generation)?;
    }
    // While a collection is stopped, what was set aside still belongs to the generation that is collected.
    for list in [state::UNREACHABLE_LIST, state::FINAL_LIST] {
        note(list, machine::generation(m)?)?;
    }
    Ok(of)
}

fn gc_state(m: &AddressSpace, obj: Addr, generation: Option<u8>, running: Phase) -> Result<Option<GcState>, Fault> {
    if !is_gc(m, obj)? {
        return Ok(None);
    }
    let (forward, back) = (GC_NEXT.read(m, head_of(obj))?, GC_PREV.read(m, head_of(obj))?);
    let unreachable = forward & UNREACHABLE != 0;
    let gc_refs = (running.has_gc_refs() && back & COLLECTING != 0).then_some(if unreachable { 0 } else { back >> REFS_SHIFT });
    let unreachable = unreachable || (running > Phase::MoveUnreachable && back & COLLECTING != 0);
    Ok(Some(GcState { generation, gc_refs, unreachable }))
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
        .gather();
    let mut views = Vec::new();
    let namespace = object::dict::items(m, roots::namespace(m)?)?;
    let text = |place: Option<usize>, target| if place.is_none() { labels::in_a_word(m, target) } else { Ok(String::new()) };
    for item in namespace {
        let place = index.place(item.value);
        views.add(Root {
            name: object::str::value(m, item.key)?,
            is_handle: false,
            target: place,
            target_text: text(place, item.value)?,
            changed: stored.contains(&item.value_slot),
        });
    }
    for slot in roots::handle_slots(m)? {
        let target: Addr = m.read(slot)?;
        let place = index.place(target);
        views.add(Root {
            name: "handle".owned(),
            is_handle: true,
            target: place,
            target_text: text(place, target)?,
            changed: false,
        });
    }
    Ok(views)
}

fn generation_views(m: &AddressSpace, index: &Index, of: &[Option<u8>]) -> Result<[Generation; 4], Fault> {
    let mut views = Vec::new();
    for generation in 0..=state::PERMANENT {
        let members = list_members(m, state::head(generation))?;
        let counted = generation < state::NUM_GENERATIONS;
        views.add(Generation {
            count: if counted { state::count(m, generation)? } else { 0 },
            threshold: if counted { state::threshold(m, generation)? } else { 0 },
            size: u32::try_from(of.iter().filter(|&&g| g == Some(generation)).count()).unwrap_or(u32::MAX),
            members: members.into_iter().filter_map(|obj| index.place(obj)).gather(),
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
        Ok(list_members(m, list)?.into_iter().filter_map(|obj| index.place(obj)).gather())
    };
    let mut unreachable = places(state::UNREACHABLE_LIST)?;
    unreachable.append(&mut places(state::FINAL_LIST)?);
    Ok(Some(Collection {
        generation,
        phase: running.name().owned(),
        at: machine::looks_at(m)?.and_then(|obj| index.place(obj)),
        young: if running > Phase::MoveSurvivors { None } else { Some(places(state::head(generation))?) },
        unreachable,
        sentence: String::new(),
    }))
}

/// What lives at `obj`, for labels of blocks: `list #3`, or `list (start-up)` without the cost of a value.
fn name_of(m: &AddressSpace, obj: Addr, id: Serial) -> Result<String, CommandError> {
    if let Some(name) = labels::namespace(m, obj)? {
        return Ok(name.owned());
    }
    let name = type_name(m, obj)?;
    Ok(if id.is_of_startup() { format!("{name} (start-up)") } else { format!("{name} {id}") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::Release;
    use crate::heap::{Place, Spec};
    use crate::snapshot::{Arena, BlockState, Family};

    /// The brief snapshot of a heap, and the one in full.
    fn both(heap: &Heap) -> [Snapshot; 2] {
        [true, false].map(|brief| read(heap, Index::new(heap, Startup::Hidden).unwrap(), brief).unwrap())
    }

    #[test]
    fn a_brief_snapshot_lacks_only_texts_and_each_object_can_be_spelled() {
        for release in Release::ALL {
            let mut page = Heap::new(release, 1 << 26).unwrap();
            let class = page.create(&Spec::Class { name: "Node".into(), slots: None, bases: Vec::new() }).unwrap();
            let node = page.create(&Spec::Instance(class)).unwrap();
            page.link(node, &Place::Attribute("me".into()), node).unwrap();
            let key = page.create(&Spec::Str("key".into())).unwrap();
            page.create(&Spec::Dict(vec![(key, node)])).unwrap();
            page.create(&Spec::Set(vec![key, node])).unwrap();
            let list = page.create(&Spec::List(vec![key, node, key])).unwrap();
            page.bind("a", list).unwrap();
            page.create(&Spec::Int("257".into())).unwrap();
            let [brief, full] = both(&page);
            assert!(brief.brief && !full.brief);
            assert!(brief.objects.iter().any(|o| o.value.is_empty()), "there is something left out");
            for (short, long) in brief.objects.iter().zip(&full.objects) {
                assert_eq!(spelled(&page, &brief, short).unwrap(), *long, "{release:?}");
                assert_eq!(value(&page, short).unwrap(), long.value);
                let targets = |o: &Object| {
                    let mut found: Vec<_> = o.slots.iter().filter(|s| s.target.is_some()).map(|s| (s.at, s.target)).collect();
                    found.sort_unstable();
                    found
                };
                assert_eq!(targets(short), targets(long), "{release:?} {}", long.id);
                for slot in &long.slots {
                    assert_eq!(slot_label(&page, short, slot.at).unwrap(), (slot.role, slot.label.clone()));
                }
            }
            let blocks = |arenas: &[Arena]| -> Vec<(Addr, BlockState, Option<usize>, Option<Family>)> {
                let pools = arenas.iter().flat_map(|arena| &arena.pools);
                pools.flat_map(|pool| &pool.blocks).map(|b| (b.addr, b.state, b.owner, b.family)).collect()
            };
            assert_eq!(blocks(&brief.arenas), blocks(&full.arenas));
            assert_eq!(
                (brief.objects.len(), &brief.roots, &brief.generations),
                (full.objects.len(), &full.roots, &full.generations)
            );
        }
    }

    #[test]
    fn what_has_joined_an_older_generation_is_not_examined_any_more() {
        for release in Release::ALL {
            let mut page = Heap::new(release, 1 << 26).unwrap();
            page.create(&Spec::List(Vec::new())).unwrap();
            page.start_collection(2).unwrap();
            let mut examined = Vec::new();
            while let Some(collection) = take(&page, Startup::Hidden).unwrap().collection {
                examined.push((collection.phase, collection.young.map(|young| young.len())));
                page.step_collection(crate::heap::Grain::Phase).unwrap();
            }
            let (before, after) = examined.split_at(examined.iter().position(|(_, young)| young.is_none()).unwrap());
            assert!(before.len() > 3 && before.iter().skip(1).all(|(_, young)| *young == Some(1)), "{release:?} {before:?}");
            assert!(after.len() > 3 && after.iter().all(|(_, young)| young.is_none()), "{release:?} {after:?}");
            assert_eq!(before.last().unwrap().0, "move survivors", "{release:?}");
        }
    }
}
