//! The collector as a machine: `gc_collect_main`, cut into phases that can be stopped after each object.
//!
//! ```text
//!  Merge -> UpdateRefs -> SubtractRefs -> MoveUnreachable -> Untrack -> MoveSurvivors -> LegacyFinalizers -> Weakrefs -> Finalize
//!        -> AgainUpdateRefs -> AgainSubtractRefs -> AgainMoveUnreachable -> MoveResurrected -> LateWeakrefs -> DeleteGarbage
//!        -> ClearFreeLists -> Statistics -> Idle
//! ```
//! Phase, cursor and lists lie in memory ([`super::state`]), so a machine that is stopped can be checkpointed, and stopping
//! everywhere gives the same bytes as running through.
//! Source: 3.13 Python/gc.c (`gc_collect_main`), 3.12 Modules/gcmodule.c (the same).

use super::state::{
    COLLECTING as RUNNING, CURSOR, CURSOR_PREV, FINAL_LIST, FOUND, GENERATION, LEFT, LONG_LIVED_PENDING, LONG_LIVED_TOTAL,
    NUM_GENERATIONS, PERMANENT, PHASE, STATE, UNREACHABLE_LIST, add_to_stats, count, head, set_count,
};
use super::{fast, links};
use crate::abi::{ImmortalInCollection, TypeId};
use crate::event::Event;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::gc_head::{
    COLLECTING, FINALIZED, GC_NEXT, GC_PREV, POINTER, REFS_SHIFT, UNREACHABLE, head_of, next, object_of, prev, set_prev,
};
use crate::object::head::{OB_SIZE, count_of, is_gc, is_immortal_word};
use crate::object::{Slots, Walk};
use crate::runtime::{dealloc, freelist, refcount, weakref};

/// Where the machine is. The numbers are what [`PHASE`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum Phase {
    /// No collection.
    Idle,
    /// Younger generations are appended to the one that is collected.
    Merge,
    /// `update_refs`: `gc_refs` = count, for each object.
    UpdateRefs,
    /// `subtract_refs`: less the references from inside the set.
    SubtractRefs,
    /// `move_unreachable`: those left with `gc_refs` 0 are set aside, unless something reachable refers to them.
    MoveUnreachable,
    /// `untrack_tuples`, and in full collections of 3.11 to 3.13 `untrack_dicts`.
    Untrack,
    /// Survivors join the next older generation.
    MoveSurvivors,
    /// `move_legacy_finalizers`: flags are cleared; objects with `tp_del` would be set aside.
    LegacyFinalizers,
    /// `handle_weakrefs`
    Weakrefs,
    /// `finalize_garbage`
    Finalize,
    /// `handle_resurrected_objects`: the three steps once more on the unreachable set.
    AgainUpdateRefs,
    /// See [`Phase::AgainUpdateRefs`].
    AgainSubtractRefs,
    /// See [`Phase::AgainUpdateRefs`].
    AgainMoveUnreachable,
    /// What finalizers resurrected joins the older generation.
    MoveResurrected,
    /// 3.15: weak references without callback are cleared only now.
    LateWeakrefs,
    /// `delete_garbage`: `tp_clear` on each.
    DeleteGarbage,
    /// A full collection empties the free lists.
    ClearFreeLists,
    /// Counts for `gc.get_stats()`.
    Statistics,
}

impl Phase {
    /// All phases in the order in which they come: each at the index that [`PHASE`] holds.
    pub const ALL: [Phase; 18] = [
        Phase::Idle,
        Phase::Merge,
        Phase::UpdateRefs,
        Phase::SubtractRefs,
        Phase::MoveUnreachable,
        Phase::Untrack,
        Phase::MoveSurvivors,
        Phase::LegacyFinalizers,
        Phase::Weakrefs,
        Phase::Finalize,
        Phase::AgainUpdateRefs,
        Phase::AgainSubtractRefs,
        Phase::AgainMoveUnreachable,
        Phase::MoveResurrected,
        Phase::LateWeakrefs,
        Phase::DeleteGarbage,
        Phase::ClearFreeLists,
        Phase::Statistics,
    ];

    /// Whether `_gc_prev` of what is examined holds `gc_refs`.
    #[must_use]
    pub const fn has_gc_refs(self) -> bool {
        match self {
            Phase::UpdateRefs
            | Phase::SubtractRefs
            | Phase::MoveUnreachable
            | Phase::AgainUpdateRefs
            | Phase::AgainSubtractRefs
            | Phase::AgainMoveUnreachable => true,
            Phase::Idle
            | Phase::Merge
            | Phase::Untrack
            | Phase::MoveSurvivors
            | Phase::LegacyFinalizers
            | Phase::Weakrefs
            | Phase::Finalize
            | Phase::MoveResurrected
            | Phase::LateWeakrefs
            | Phase::DeleteGarbage
            | Phase::ClearFreeLists
            | Phase::Statistics => false,
        }
    }

    /// CPython's name for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Phase::Idle => "idle",
            Phase::Merge => "gc_list_merge",
            Phase::UpdateRefs | Phase::AgainUpdateRefs => "update_refs",
            Phase::SubtractRefs | Phase::AgainSubtractRefs => "subtract_refs",
            Phase::MoveUnreachable | Phase::AgainMoveUnreachable => "move_unreachable",
            Phase::Untrack => "untrack_tuples",
            Phase::MoveSurvivors => "move survivors",
            Phase::LegacyFinalizers => "move_legacy_finalizers",
            Phase::Weakrefs | Phase::LateWeakrefs => "handle_weakrefs",
            Phase::Finalize => "finalize_garbage",
            Phase::MoveResurrected => "handle_resurrected_objects",
            Phase::DeleteGarbage => "delete_garbage",
            Phase::ClearFreeLists => "clear_freelists",
            Phase::Statistics => "statistics",
        }
    }
}

/// How far a step goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// One object of the current phase (phases without objects count as one).
    Object,
    /// To the end of the current phase.
    Phase,
}

/// What a collection found, in objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Objects found unreachable and cleared.
    pub collected: u64,
    /// Objects found unreachable that cannot be cleared.
    pub uncollectable: u64,
}

/// The phase that the next step is part of.
///
/// # Errors
/// [`Fault::Corrupt`] if the bytes name no phase.
pub fn phase(m: &AddressSpace) -> Result<Phase, Fault> {
    let number = PHASE.read(m, STATE)?;
    Phase::ALL.get(number as usize).copied().ok_or_else(|| Fault::Corrupt(PHASE.at(STATE), "collector state"))
}

/// The generation that is collected.
///
/// # Errors
/// A fault if the interpreter was not started.
pub fn generation(m: &AddressSpace) -> Result<u8, Fault> {
    u8::try_from(GENERATION.read(m, STATE)?).map_err(|_| Fault::Corrupt(GENERATION.at(STATE), "collector state"))
}

/// The object that the next step looks at, in phases that go through objects.
///
/// # Errors
/// A fault if the interpreter was not started.
pub fn looks_at(m: &AddressSpace) -> Result<Option<Addr>, Fault> {
    let list = match phase(m)? {
        Phase::UpdateRefs | Phase::SubtractRefs | Phase::MoveUnreachable => head(generation(m)?),
        Phase::AgainUpdateRefs | Phase::AgainSubtractRefs | Phase::AgainMoveUnreachable => UNREACHABLE_LIST,
        Phase::DeleteGarbage => FINAL_LIST,
        _ => return Ok(None),
    };
    let cursor = CURSOR.read(m, STATE)?;
    Ok((cursor != list).then(|| object_of(cursor)))
}

/// `gc.collect(generation)`, from start to end.
///
/// # Errors
/// A fault if the heap is not sound, or if a collection is stopped half way.
pub fn collect(m: &mut AddressSpace, generation: u8) -> Result<Outcome, Fault> {
    start(m, generation)?;
    finish(m)
}

/// Runs a collection that was started to its end.
///
/// # Errors
/// A fault if the heap is not sound.
pub fn finish(m: &mut AddressSpace) -> Result<Outcome, Fault> {
    if phase(m)? == Phase::Merge {
        run(m, false)?;
    }
    // Without a log nobody sees the steps in between.
    if phase(m)? == Phase::UpdateRefs && !m.log.is_recording() {
        deduce_unreachable(m)?;
    }
    while phase(m)? != Phase::Idle {
        run(m, false)?;
    }
    outcome(m)
}

/// What the last collection found.
///
/// # Errors
/// A fault if the interpreter was not started.
pub fn outcome(m: &AddressSpace) -> Result<Outcome, Fault> {
    Ok(Outcome { collected: FOUND.read(m, STATE)?, uncollectable: LEFT.read(m, STATE)? })
}

/// Starts a collection without taking a step.
///
/// # Errors
/// A fault if one is stopped half way.
pub fn start(m: &mut AddressSpace, generation: u8) -> Result<(), Fault> {
    if phase(m)? != Phase::Idle || generation >= NUM_GENERATIONS {
        return Err(Fault::Corrupt(STATE, "collector state: a collection is running"));
    }
    m.log.note(|| Event::CollectionStarted(generation));
    RUNNING.write(m, STATE, 1)?;
    GENERATION.write(m, STATE, u32::from(generation))?;
    FOUND.write(m, STATE, 0)?;
    LEFT.write(m, STATE, 0)?;
    PHASE.write(m, STATE, Phase::Merge as u32)
}

/// Takes one step. False if that ended the collection.
///
/// # Errors
/// A fault if the heap is not sound.
pub fn step(m: &mut AddressSpace, grain: Grain) -> Result<bool, Fault> {
    if phase(m)? != Phase::Idle {
        run(m, grain == Grain::Object)?;
    }
    Ok(phase(m)? != Phase::Idle)
}

/// The phases up to `move_unreachable` in one go. If there are only lists, also the phases up to `DeleteGarbage`, which have
/// nothing to do then.
fn deduce_unreachable(m: &mut AddressSpace) -> Result<(), Fault> {
    let generation = generation(m)?;
    let young = head(generation);
    let Some(found) = fast::deduce_unreachable(m, young, UNREACHABLE_LIST, FINAL_LIST)? else { return Ok(()) };
    if found.others {
        return enter(m, Phase::MoveUnreachable, young);
    }
    move_survivors(m, generation, found.kept)?;
    FOUND.write(m, STATE, found.unreachable)?;
    enter(m, Phase::LateWeakrefs, young)
}

/// Runs the current phase, to its end or for one object.
fn run(m: &mut AddressSpace, once: bool) -> Result<(), Fault> {
    let (phase, generation) = (phase(m)?, generation(m)?);
    let young = head(generation);
    let (list, aside) = match phase {
        Phase::AgainUpdateRefs | Phase::AgainSubtractRefs | Phase::AgainMoveUnreachable => (UNREACHABLE_LIST, FINAL_LIST),
        _ => (young, UNREACHABLE_LIST),
    };
    let more = match phase {
        Phase::UpdateRefs | Phase::AgainUpdateRefs => update_refs(m, list, once)?,
        Phase::SubtractRefs | Phase::AgainSubtractRefs => subtract_refs(m, list, once)?,
        Phase::MoveUnreachable | Phase::AgainMoveUnreachable => move_unreachable(m, list, aside, once)?,
        Phase::DeleteGarbage => delete_garbage(m, older(generation), once)?,
        _ => {
            whole_phase(m, phase, generation)?;
            false
        }
    };
    if more { Ok(()) } else { enter(m, phase, young) }
}

/// The phases that cannot stop after each object.
fn whole_phase(m: &mut AddressSpace, phase: Phase, generation: u8) -> Result<(), Fault> {
    let young = head(generation);
    match phase {
        Phase::Merge => merge_younger(m, generation),
        Phase::Untrack => untrack(m, young, generation),
        Phase::MoveSurvivors => {
            let size = links::size(m, young)?;
            move_survivors(m, generation, size)
        }
        Phase::LegacyFinalizers => clear_unreachable_mask(m, UNREACHABLE_LIST),
        Phase::Weakrefs => weakrefs(m, UNREACHABLE_LIST, m.profile.collector.late_weakrefs),
        Phase::LateWeakrefs if m.profile.collector.late_weakrefs => weakrefs(m, FINAL_LIST, false),
        Phase::Finalize => prepare_second_look(m),
        Phase::MoveResurrected => {
            clear_unreachable_mask(m, FINAL_LIST)?;
            links::merge(m, UNREACHABLE_LIST, older(generation))?;
            let found = links::size(m, FINAL_LIST)?;
            FOUND.write(m, STATE, found)
        }
        Phase::ClearFreeLists if generation == NUM_GENERATIONS - 1 => freelist::clear_all(m),
        Phase::Statistics => {
            let Outcome { collected, uncollectable } = outcome(m)?;
            m.log.note(|| Event::CollectionEnded(generation, collected, uncollectable));
            add_to_stats(m, generation, collected, uncollectable)
        }
        _ => Ok(()),
    }
}

/// Goes from `phase` to the next one and sets the cursor.
fn enter(m: &mut AddressSpace, phase: Phase, young: Addr) -> Result<(), Fault> {
    let to = Phase::ALL.get(phase as usize + 1).copied().unwrap_or(Phase::Idle);
    PHASE.write(m, STATE, to as u32)?;
    let list = match to {
        Phase::UpdateRefs | Phase::SubtractRefs | Phase::MoveUnreachable => young,
        Phase::AgainUpdateRefs | Phase::AgainSubtractRefs | Phase::AgainMoveUnreachable => UNREACHABLE_LIST,
        Phase::DeleteGarbage => FINAL_LIST,
        Phase::Idle => return RUNNING.write(m, STATE, 0),
        _ => return Ok(()),
    };
    let first = next(m, list)?;
    CURSOR.write(m, STATE, first)?;
    CURSOR_PREV.write(m, STATE, list)
}

/// Where survivors of a generation go.
const fn older(generation: u8) -> Addr {
    head(if generation + 1 < NUM_GENERATIONS { generation + 1 } else { generation })
}

fn merge_younger(m: &mut AddressSpace, generation: u8) -> Result<(), Fault> {
    if generation + 1 < NUM_GENERATIONS {
        let n = count(m, generation + 1)?;
        set_count(m, generation + 1, n + 1)?;
    }
    for younger in 0..=generation {
        set_count(m, younger, 0)?;
    }
    for younger in 0..generation {
        links::merge(m, head(younger), head(generation))?;
    }
    Ok(())
}

/// `PyGC_Head` and the head of the object behind it: what most steps look at, read at once.
struct Node {
    next: u64,
    prev: u64,
    refcnt: u64,
    tp: Addr,
}

impl Node {
    #[inline]
    fn at(m: &AddressSpace, gc: Addr) -> Result<Node, Fault> {
        let [next, prev, refcnt, tp] = m.read_words(gc)?;
        Ok(Node { next, prev, refcnt, tp: Addr(tp) })
    }

    /// The node in front of `obj`, `None` if the object has no GC head.
    #[inline]
    fn of(m: &AddressSpace, obj: Addr) -> Result<Option<Node>, Fault> {
        let node = Node::at(m, head_of(obj))?;
        let has_head = node.tp == TypeId::List.addr() || is_gc(m, obj)?;
        Ok(has_head.then_some(node))
    }

    const fn refs(&self) -> u64 {
        self.prev >> REFS_SHIFT
    }
}

/// Calls `visit` with what a container refers to: `tp_traverse`. Lists, the most common, need no registry.
#[inline]
fn traverse(
    m: &mut AddressSpace,
    obj: Addr,
    tp: Addr,
    mut visit: impl FnMut(&mut AddressSpace, Addr) -> Result<(), Fault>,
) -> Result<(), Fault> {
    if tp == TypeId::List.addr() {
        let [len, items] = m.read_words(OB_SIZE.at(obj))?;
        for index in (0..len).rev() {
            let child: Addr = m.read(Addr(items).offset(index * 8))?;
            if !child.is_null() {
                visit(m, child)?;
            }
        }
        return Ok(());
    }
    let mut slots = Slots::of(m, obj, Walk::Traverse)?;
    while let Some((_, child)) = slots.next(m)? {
        visit(m, child)?;
    }
    Ok(())
}

/// `update_refs`. True if it stopped before the end.
fn update_refs(m: &mut AddressSpace, list: Addr, once: bool) -> Result<bool, Fault> {
    let mut gc = CURSOR.read(m, STATE)?;
    while gc != list {
        let node = Node::at(m, gc)?;
        let obj = object_of(gc);
        if is_immortal_word(m.profile.refcount, node.refcnt) {
            match m.profile.collector.immortal {
                ImmortalInCollection::ToPermanent => links::move_to(m, gc, head(PERMANENT))?,
                ImmortalInCollection::Untracked => super::untrack(m, obj)?,
                ImmortalInCollection::None => {}
            }
        } else {
            let refs = count_of(m.profile.refcount, node.refcnt);
            GC_PREV.write(m, gc, node.prev & FINALIZED | COLLECTING | refs << REFS_SHIFT)?;
            m.log.note(|| Event::GcRefs { object: obj, from: refs, to: refs, by: Addr::NULL });
        }
        gc = Addr(node.next);
        if once {
            break;
        }
    }
    CURSOR.write(m, STATE, gc)?;
    Ok(gc != list)
}

/// `subtract_refs`. True if it stopped before the end.
fn subtract_refs(m: &mut AddressSpace, list: Addr, once: bool) -> Result<bool, Fault> {
    let mut gc = CURSOR.read(m, STATE)?;
    while gc != list {
        let node = Node::at(m, gc)?;
        let obj = object_of(gc);
        traverse(m, obj, node.tp, |m, child| visit_decref(m, child, obj))?;
        gc = Addr(node.next);
        if once {
            break;
        }
    }
    CURSOR.write(m, STATE, gc)?;
    Ok(gc != list)
}

/// `visit_decref`: one reference to `child` comes from inside the set.
fn visit_decref(m: &mut AddressSpace, child: Addr, by: Addr) -> Result<(), Fault> {
    let Some(node) = Node::of(m, child)? else { return Ok(()) };
    if node.prev & COLLECTING == 0 {
        return Ok(());
    }
    let from = node.refs();
    if from == 0 {
        return Err(Fault::Corrupt(child, "reference count: more references than counted"));
    }
    GC_PREV.write(m, head_of(child), node.prev - (1 << REFS_SHIFT))?;
    m.log.note(|| Event::GcRefs { object: child, from, to: from - 1, by });
    Ok(())
}

/// `move_unreachable`. While it runs, `young` is linked forwards only up to the cursor's left neighbour, and `unreachable`'s
/// members carry the mask in `_gc_next`. True if it stopped before the end.
fn move_unreachable(m: &mut AddressSpace, young: Addr, unreachable: Addr, once: bool) -> Result<bool, Fault> {
    let mut gc = CURSOR.read(m, STATE)?;
    let mut before = CURSOR_PREV.read(m, STATE)?;
    while gc != young {
        let obj = object_of(gc);
        let node = Node::at(m, gc)?;
        if node.refs() != 0 {
            traverse(m, obj, node.tp, |m, child| visit_reachable(m, child, young, obj))?;
            GC_PREV.write(m, gc, node.prev & FINALIZED | before.0)?;
            before = gc;
            // Not `node.next`: objects may have come back to the end of `young` behind this one.
            gc = next(m, gc)?;
        } else {
            GC_NEXT.write(m, before, node.next)?;
            let last = prev(m, unreachable)?;
            GC_NEXT.write(m, last, gc.0 | UNREACHABLE)?;
            GC_PREV.write(m, gc, node.prev & (FINALIZED | COLLECTING) | last.0)?;
            GC_NEXT.write(m, gc, unreachable.0 | UNREACHABLE)?;
            GC_PREV.write(m, unreachable, gc.0)?;
            m.log.note(|| Event::Unreachable(obj, true));
            gc = Addr(node.next);
        }
        if once {
            break;
        }
    }
    CURSOR.write(m, STATE, gc)?;
    CURSOR_PREV.write(m, STATE, before)?;
    if gc != young {
        return Ok(true);
    }
    GC_PREV.write(m, young, before.0)?;
    let first = GC_NEXT.read(m, unreachable)? & !UNREACHABLE;
    GC_NEXT.write(m, unreachable, first)?;
    Ok(false)
}

/// `visit_reachable`: `child` is referred to by the reachable object `by`.
fn visit_reachable(m: &mut AddressSpace, child: Addr, young: Addr, by: Addr) -> Result<(), Fault> {
    let Some(node) = Node::of(m, child)? else { return Ok(()) };
    if node.prev & COLLECTING == 0 || (node.next & UNREACHABLE == 0 && node.refs() != 0) {
        return Ok(());
    }
    let gc = head_of(child);
    if node.next & UNREACHABLE != 0 {
        // It had gc_refs 0 when the walk came by; now it is known to be reachable: back to the end of `young`.
        let (left, right) = (Addr(node.prev & POINTER), Addr(node.next & !UNREACHABLE));
        GC_NEXT.write(m, left, node.next)?;
        set_prev(m, right, left)?;
        links::append(m, gc, young)?;
        m.log.note(|| Event::Unreachable(child, false));
    }
    GC_PREV.write(m, gc, node.prev & (FINALIZED | COLLECTING) | 1 << REFS_SHIFT)?;
    m.log.note(|| Event::GcRefs { object: child, from: 0, to: 1, by });
    Ok(())
}

/// `untrack_tuples` and `untrack_dicts`.
fn untrack(m: &mut AddressSpace, young: Addr, generation: u8) -> Result<(), Fault> {
    let dicts = generation == NUM_GENERATIONS - 1 && m.profile.collector.untracks_dicts;
    let mut gc = next(m, young)?;
    while gc != young {
        let [next, _, _, tp] = m.read_words(gc)?;
        let (obj, tp) = (object_of(gc), Addr(tp));
        let is_candidate = tp == TypeId::Tuple.addr() || (dicts && tp == TypeId::Dict.addr());
        if is_candidate && holds_nothing_trackable(m, obj)? {
            super::untrack(m, obj)?;
        }
        gc = Addr(next);
    }
    Ok(())
}

/// `_PyTuple_MaybeUntrack`, `_PyDict_MaybeUntrack`: no reference to anything that could be part of a cycle.
fn holds_nothing_trackable(m: &AddressSpace, obj: Addr) -> Result<bool, Fault> {
    let mut slots = Slots::of(m, obj, Walk::Traverse)?;
    while let Some((_, child)) = slots.next(m)? {
        if super::may_be_tracked(m, child)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `size` survivors join the next older generation, or stay in the oldest; the `long_lived_*` counts follow.
fn move_survivors(m: &mut AddressSpace, generation: u8, size: u64) -> Result<(), Fault> {
    let young = head(generation);
    if generation == NUM_GENERATIONS - 1 {
        LONG_LIVED_PENDING.write(m, STATE, 0)?;
        return LONG_LIVED_TOTAL.write(m, STATE, size);
    }
    if generation == NUM_GENERATIONS - 2 {
        let pending = LONG_LIVED_PENDING.read(m, STATE)? + size;
        LONG_LIVED_PENDING.write(m, STATE, pending)?;
    }
    links::merge(m, young, older(generation))
}

/// `clear_unreachable_mask`, which `move_legacy_finalizers` does on its way.
fn clear_unreachable_mask(m: &mut AddressSpace, list: Addr) -> Result<(), Fault> {
    let mut gc = next(m, list)?;
    while gc != list {
        let behind = next(m, gc)?;
        GC_NEXT.write(m, gc, behind.0)?;
        gc = behind;
    }
    Ok(())
}

/// `handle_weakrefs`, `clear_weakrefs`: no weak reference leads to garbage any more. Callbacks are not called yet.
fn weakrefs(m: &mut AddressSpace, list: Addr, only_with_callback: bool) -> Result<(), Fault> {
    let mut gc = next(m, list)?;
    while gc != list {
        weakref::handle_garbage(m, object_of(gc), only_with_callback)?;
        gc = next(m, gc)?;
    }
    Ok(())
}

/// `handle_resurrected_objects`, first lines: the set is ready for the three steps again.
fn prepare_second_look(m: &mut AddressSpace) -> Result<(), Fault> {
    let mut gc = next(m, UNREACHABLE_LIST)?;
    while gc != UNREACHABLE_LIST {
        links::clear_collecting(m, gc)?;
        gc = next(m, gc)?;
    }
    Ok(())
}

/// `delete_garbage`: `tp_clear` of each; what survives it joins the older generation. True if it stopped before the end.
fn delete_garbage(m: &mut AddressSpace, old: Addr, once: bool) -> Result<bool, Fault> {
    loop {
        let cleared = if once || m.is_watched() { None } else { dealloc::delete_lists(m)? };
        let gc = Addr(m.read_fast(GC_NEXT.at(FINAL_LIST))?);
        if gc == FINAL_LIST {
            CURSOR.write(m, STATE, gc)?;
            return Ok(false);
        }
        let obj = object_of(gc);
        if cleared.is_none() {
            refcount::incref(m, obj, Addr::NULL)?;
            super::clear::clear(m, obj)?;
            refcount::decref(m, obj, Addr::NULL)?;
        }
        if m.read_fast::<u64>(GC_NEXT.at(FINAL_LIST))? == gc.0 {
            links::clear_collecting(m, gc)?;
            links::move_to(m, gc, old)?;
        }
        if once {
            let first = next(m, FINAL_LIST)?;
            CURSOR.write(m, STATE, first)?;
            return Ok(first != FINAL_LIST);
        }
    }
}
