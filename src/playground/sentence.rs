//! What a command did to counts and memory and why, in plain words: the same for the eye and for a screen reader.
#![allow(clippy::format_push_string, reason = "a few sentences per command; writing to a String would leave results to ignore")]

use crate::event::Event;
use crate::heap::{CommandError, Heap, Place, roots};
use crate::ids::gather::Gather as _;
use crate::ids::gather::Grow as _;
use crate::ids::text::Append as _;
use crate::ids::text::Owned as _;
use crate::ids::text::{self, joined};
use crate::ids::{Addr, Serial, map::Map, sort};
use crate::object;
use crate::object::blocks::{self, OwnBlock, Part};
use crate::object::gc_head::{GC_HEAD_BYTES, GC_PREV, REFS_SHIFT, head_of};
use crate::object::head::refcount;
use crate::pymalloc;
use crate::runtime::gc::machine::{self, Outcome, Phase};
use crate::snapshot::{Family, Role, Slot, Snapshot, called, key_text, slot_label};

/// A sentence looks at this many changed objects, and asks this often who a slot belongs to, at most: it stays quick after
/// large commands, and no more than [`NAMED`] are told one by one in any case.
const MOST_EXAMINED: usize = 100;
/// How many objects a sentence names before it only counts.
const NAMED: usize = 3;

/// An object as sentences call it: `list #3`, `class Node #5`, `None`.
pub(super) fn name(heap: &Heap, obj: Addr) -> Result<String, CommandError> {
    called(heap.memory(), obj)
}

/// A place of an object as a reader writes it: `list #3[1]`, `Node #4.next`.
pub(super) fn slot(heap: &Heap, holder: &str, place: &Place) -> Result<String, CommandError> {
    Ok(match place {
        Place::Append => format!("the last item of {holder}"),
        Place::Index(index) => format!("{holder}[{index}]"),
        Place::Key(key) => format!("{holder}[{}]", key_text(heap.memory(), heap.address(*key)?)?),
        Place::Attribute(attribute) => format!("{holder}.{attribute}"),
        Place::Member => format!("the member of {holder}"),
        Place::Cell => format!("the contents of {holder}"),
    })
}

/// What was created, or was there already, and what holds it.
pub(super) fn made(heap: &Heap, id: Serial, bound: Option<&str>) -> Result<String, CommandError> {
    let what = name(heap, heap.address(id)?)?;
    let new = !id.is_of_startup() && heap.events().iter().any(|e| matches!(e, Event::Born(_, born) if *born == id));
    Ok(match (new, bound) {
        (true, None) => format!("Made {what}; the page holds it by a handle."),
        (true, Some(bound)) => format!("Made {what}; the name {bound} holds it."),
        (false, holder) => {
            let now = holder
                .map_or_else(|| "the page now holds it too".to_owned(), |bound| format!("the name {bound} now refers to it"));
            format!("{what} was there already: there is one such object, and {now}.{}", immortal(heap, id)?)
        }
    })
}

/// What a link made.
pub(super) fn linked(heap: &Heap, holder: &str, place: &Place, held: &str) -> Result<String, CommandError> {
    Ok(match place {
        Place::Append => format!("{held} is the last item of {holder} now."),
        Place::Member => format!("{held} is a member of {holder} now."),
        Place::Cell => format!("{holder} contains {held} now."),
        _ => format!("{} refers to {held} now.", slot(heap, holder, place)?),
    })
}

/// Whether every slot that the last command had refer to an object did so before.
pub(super) fn untouched(heap: &Heap, id: Serial) -> Result<bool, CommandError> {
    let obj = heap.address(id)?;
    let sum = Account::of(heap.events());
    let slots = sum.counts.get(obj.0).map_or(&[][..], |change| &change.slots);
    Ok(lasting(slots).is_empty() && refcount(heap.memory(), obj)?.is_some())
}

/// Why no count is told of an object, if it has none.
pub(super) fn immortal(heap: &Heap, id: Serial) -> Result<&'static str, CommandError> {
    let counted = refcount(heap.memory(), heap.address(id)?)?.is_some();
    Ok(if counted { "" } else { " It is immortal: nobody counts references to it." })
}

/// A slot that took a reference to an object, or gave one up.
#[derive(Clone, Copy)]
struct SlotChange {
    slot: Addr,
    gained: bool,
}

/// What happened to the count of an object that lives on.
#[derive(Default)]
struct Change {
    from_to: Option<(u64, u64)>,
    /// Without the references of the running operation, which are in no slot.
    slots: Vec<SlotChange>,
}

/// An object that was there before the command and died in it.
#[derive(Clone, Copy)]
struct Death {
    id: Serial,
    tp: Addr,
    /// Where its last reference was; `None` if the running operation had it.
    last_slot: Option<Addr>,
}

/// What the events of one command add up to.
#[derive(Default)]
struct Account {
    counts: Map<Change>,
    /// What came into being.
    born: Map<()>,
    died: Vec<Death>,
    /// Of the objects that were there before, the first whose count became 0.
    first_at_zero: Option<Addr>,
    /// Its place in `died`.
    first_death: usize,
    blocks_freed: usize,
    /// Blocks that came into a free list in this command: whether they still wait there.
    kept_in_free_lists: Map<bool>,
    arenas_taken: usize,
    arenas_returned: usize,
    /// Bytes of the blocks for which pools were taken.
    pools_taken: Vec<u64>,
    pools_freed: usize,
    /// A collection that started and ended.
    collected: Option<(u8, u64)>,
    started: bool,
}

impl Account {
    fn of(events: &[Event]) -> Account {
        let mut sum = Account::default();
        for event in events {
            match *event {
                Event::Count { object, slot, from, to } => {
                    let change = sum.counts.get_or_insert_with(object.0, Change::default);
                    change.from_to.get_or_insert((from, to)).1 = to;
                    if !slot.is_null() {
                        change.slots.add(SlotChange { slot, gained: to > from });
                    }
                    if to == 0 && sum.born.get(object.0).is_none() {
                        sum.first_at_zero.get_or_insert(object);
                    }
                }
                Event::Died(object, serial, tp) => {
                    let last_slot = sum.counts.get(object.0).and_then(|change| change.slots.last()).map(|last| last.slot);
                    sum.counts.insert(object.0, Change::default());
                    // What also came into being in this command is of no account.
                    if sum.born.get(object.0).is_none() {
                        if sum.first_at_zero == Some(object) {
                            sum.first_death = sum.died.len();
                        }
                        sum.died.add(Death { id: serial, tp, last_slot });
                    }
                }
                Event::Born(object, _) => {
                    sum.counts.insert(object.0, Change::default());
                    sum.born.insert(object.0, ());
                }
                Event::Freed(block) => {
                    sum.blocks_freed += 1;
                    // A full collection empties the free lists. The object is the block's start, or behind a GC head.
                    for object in [block, block.offset(GC_HEAD_BYTES)] {
                        if let Some(waits) = sum.kept_in_free_lists.get_mut(object.0) {
                            *waits = false;
                        }
                    }
                }
                Event::FreeListPush(block) => drop(sum.kept_in_free_lists.insert(block.0, true)),
                Event::ArenaTaken(_) => sum.arenas_taken += 1,
                Event::ArenaReturned(_) => sum.arenas_returned += 1,
                Event::PoolTaken(_, szidx) => sum.pools_taken.add(pymalloc::class_size(szidx)),
                Event::PoolFreed(_) => sum.pools_freed += 1,
                Event::CollectionStarted(_) => sum.started = true,
                Event::CollectionEnded(generation, collected, _) => sum.collected = Some((generation, collected)),
                _ => {}
            }
        }
        sort::by_key(&mut sum.pools_taken, |&bytes| bytes);
        sum.pools_taken.dedup();
        sum
    }
}

/// The changes of slots that gained more references to an object than they gave up, or fewer: the others held it only while the
/// command ran, or hold it as before.
fn lasting(slots: &[SlotChange]) -> Vec<SlotChange> {
    let mut balances: Map<i64> = Map::default();
    for change in slots {
        *balances.get_or_insert_with(change.slot.0, || 0) += if change.gained { 1 } else { -1 };
    }
    let mut lasting = Vec::new();
    for change in slots {
        if balances.get(change.slot.0) != Some(&0) {
            lasting.add(*change);
        }
    }
    lasting
}

/// Who a slot belongs to, as a sentence says it.
struct Owner {
    name: String,
    /// What the slot is, and its label; `None` if the name says all, or the slot is not there any more.
    label: Option<(Role, String)>,
    /// All slots of this block have the same owner.
    block: Option<OwnBlock>,
}

impl Owner {
    fn named(name: String) -> Owner {
        Owner { name, label: None, block: None }
    }
}

/// Who a slot belongs to; `None` if nobody knows.
fn owner(heap: &Heap, snapshot: &Snapshot, sum: &Account, slot: Addr) -> Result<Option<Owner>, CommandError> {
    let m = heap.memory();
    if roots::is_handle(m, slot)? {
        return Ok(Some(Owner::named("the page's handle".owned())));
    }
    let namespace = roots::namespace(m)?;
    if blocks::around(m, namespace, slot)?.is_some() {
        let bound = object::dict::items(m, namespace)?.into_iter().find(|item| item.value_slot == slot);
        let name = match (bound, snapshot.unbound.as_slice()) {
            (Some(item), _) => format!("the name {}", object::str::value(m, item.key)?),
            (None, [name]) => format!("the name {name}"),
            (None, _) => "a name".owned(),
        };
        return Ok(Some(Owner::named(name)));
    }
    for candidate in snapshot.objects.iter().filter(|object| object.changed) {
        let Some(block) = blocks::around(m, candidate.addr, slot)? else { continue };
        let is_there = candidate.slots.iter().any(|s| s.at == slot);
        let label = if is_there { Some(slot_label(heap, candidate, slot)?) } else { None };
        return Ok(Some(Owner { name: name(heap, candidate.addr)?, label, block: Some(block) }));
    }
    Ok(match sum.died.as_slice() {
        [] => None,
        [dead] => Some(Owner::named(format!("{}, which died", name_of_dead(heap, dead)?))),
        _ => Some(Owner::named("what died".owned())),
    })
}

/// Where a reference to `obj` stands whose slot moved with a table that was made anew: a slot in a new block that no count was
/// changed for.
fn moved(heap: &Heap, snapshot: &Snapshot, obj: Addr, slots: &[SlotChange]) -> Result<Option<Addr>, CommandError> {
    for holder in snapshot.objects.iter().filter(|object| object.changed) {
        for &Slot { at: slot, .. } in &holder.slots {
            let is_new = |event: &Event| matches!(*event, Event::Allocated(at, bytes) if slot >= at && slot < at.offset(bytes));
            if heap.memory().read::<Addr>(slot)? == obj
                && slots.iter().all(|known| known.slot != slot)
                && heap.events().iter().any(is_new)
            {
                return Ok(Some(slot));
            }
        }
    }
    Ok(None)
}

/// What changed a count: an owner whose slots gained references, or gave some up.
struct Reason {
    owner: Owner,
    gained: bool,
    times: usize,
}

/// Why the count of `obj` changed: `+1 for list #1[0], −1 for the name a`. Empty if not every slot can be told.
fn reasons(heap: &Heap, snapshot: &Snapshot, sum: &Account, obj: Addr, slots: &[SlotChange]) -> Result<String, CommandError> {
    let (mut found, mut examined): (Vec<Reason>, usize) = (Vec::new(), 0);
    for SlotChange { slot, gained } in lasting(slots) {
        let same = |known: &&mut Reason| known.gained == gained && known.owner.block.is_some_and(|block| block.contains(slot));
        if let Some(known) = found.iter_mut().find(same) {
            known.owner.label = None;
            known.times += 1;
            continue;
        }
        examined += 1;
        if examined > MOST_EXAMINED {
            return Ok(String::new());
        }
        let mut who = owner(heap, snapshot, sum, slot)?;
        if who.is_none()
            && gained
            && let Some(slot) = moved(heap, snapshot, obj, slots)?
        {
            who = owner(heap, snapshot, sum, slot)?;
        }
        let Some(owner) = who else { return Ok(String::new()) };
        match found.iter_mut().find(|known| known.owner.name == owner.name && known.gained == gained) {
            Some(known) => {
                known.owner.label = None;
                known.times += 1;
            }
            None => found.add(Reason { owner, gained, times: 1 }),
        }
    }
    let mut parts = Vec::new();
    for Reason { owner: Owner { name, label, .. }, gained, times } in found.iter().take(NAMED) {
        let sign = if *gained { '+' } else { '−' };
        parts.add(match label {
            None | Some((Role::Member, _)) => format!("{sign}{times} for {name}"),
            Some((role, label)) if role.is_written_behind() => format!("{sign}{times} for {name}{label}"),
            Some((_, label)) => format!("{sign}{times} for the {label} of {name}"),
        });
    }
    let mut text = joined(&parts, ", ");
    if found.len() > NAMED {
        text.say(format_args!(" and {} more", several(found.len() - NAMED, "holder")));
    }
    Ok(text)
}

fn several(n: usize, what: &str) -> String {
    text::several(u64::try_from(n).unwrap_or(u64::MAX), what)
}

fn objects(n: u64) -> String {
    text::several(n, "object")
}

/// The names as a sentence lists them: `a, b and c`.
fn listed(names: &[String]) -> String {
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", joined(others, ", ")),
        _ => joined(names, ""),
    }
}

/// What a command was about, as far as what followed from it is told in another way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// Objects, names, settings, a step.
    Heap,
    /// A whole collection: it did not start by itself, and its result is told already.
    Collection,
}

/// An object that lives on and has another count than before.
struct Counted<'a> {
    obj: Addr,
    from: u64,
    to: u64,
    slots: &'a [SlotChange],
}

/// Sentences about what followed from a command: counts, deaths, memory.
pub(super) fn consequences(heap: &Heap, snapshot: &Snapshot, about: About) -> Result<String, CommandError> {
    let m = heap.memory();
    let sum = Account::of(heap.events());
    let mut changed: Vec<Counted> = Vec::new();
    for (obj, change) in sum.counts.iter() {
        if let Some((from, to)) = change.from_to
            && from != to
            && m.births.at(Addr(obj)).is_some_and(|serial| !serial.is_of_startup())
        {
            changed.add(Counted { obj: Addr(obj), from, to, slots: &change.slots });
        }
    }
    sort::by_key(&mut changed, |counted| counted.obj.0);
    let mut text = counts(heap, snapshot, &sum, &changed)?;
    if let (Some((generation, collected)), true, About::Heap) = (sum.collected, sum.started, about) {
        text.say(format_args!(
            " The count of generation 0 was above its threshold, so a collection of generation {generation} started by itself: it found {} unreachable.",
            objects(collected)
        ));
    }
    if !sum.died.is_empty() {
        text.say(format_args!(" {}", deaths(heap, snapshot, &sum)?));
    }
    text.put(&grown(heap, snapshot, &sum)?);
    text.put(&memory(&sum));
    text.put(&lost(heap, snapshot, &changed)?);
    Ok(text)
}

/// Which counts changed, from what to what, and why.
fn counts(heap: &Heap, snapshot: &Snapshot, sum: &Account, changed: &[Counted]) -> Result<String, CommandError> {
    let m = heap.memory();
    let mut text = String::new();
    let namespace = blocks::of(m, roots::namespace(m)?)?;
    for &Counted { obj, from, to, slots } in changed.iter().take(NAMED) {
        // The first reference to what was made is told already: the name took it over from the running operation.
        let of_name = |slot: Addr| namespace.iter().any(|block| block.contains(slot));
        let is_told = |slot: Addr| sum.born.get(obj.0).is_some() && of_name(slot);
        let slots = slots.iter().filter(|change| !is_told(change.slot)).copied().gather();
        let why = reasons(heap, snapshot, sum, obj, &slots)?;
        let gained = slots.iter().filter(|change| change.gained).count() as u64;
        let given_up = slots.len() as u64 - gained;
        text.say(format_args!(" {}: count {from} → {to}", name(heap, obj)?));
        if !why.is_empty() {
            // Who made it held it meanwhile, which is in no slot.
            let of_operation = if from + gained == to + given_up + 1 { ", −1 for the operation itself" } else { "" };
            text.say(format_args!(", {why}{of_operation}"));
        }
        text.put(".");
    }
    if changed.len() > NAMED {
        text.say(format_args!(" {} changed as well.", several(changed.len() - NAMED, "other count")));
    }
    Ok(text)
}

/// That an object which lost a reference cannot be reached any more, though its count is not 0.
fn lost(heap: &Heap, snapshot: &Snapshot, changed: &[Counted]) -> Result<String, CommandError> {
    let is_lost = |obj: Addr| snapshot.objects.iter().any(|o| o.addr == obj && !o.reachable);
    let lost_now = changed.iter().take(MOST_EXAMINED).find(|counted| counted.to < counted.from && is_lost(counted.obj));
    let (Some(&Counted { obj: lost, .. }), None) = (lost_now, &snapshot.collection) else { return Ok(String::new()) };
    // What the collector counts: of the others none can be part of a cycle.
    let tracked = snapshot.objects.iter().filter(|o| !o.reachable && o.gc.is_some_and(|gc| gc.generation.is_some()));
    let (n, others) = tracked.fold((0, 0), |(n, others), o| (n + 1, others + usize::from(o.addr != lost)));
    let why = if others == 0 { "it refers to itself" } else { "a cycle of references leads to it" };
    let lost = name(heap, lost)?;
    let mut text = format!(" {lost} is unreachable now but not freed: {why}, so its count cannot reach 0.");
    // Classes hold things that the collector is not shown (`type_traverse`): those it does not find.
    let classes = snapshot.objects.iter().any(|o| !o.reachable && o.family == Family::Class);
    text.put(&match n {
        _ if n == 1 || classes => " The collector can find that.".owned(),
        n => format!(" The collector can find {} that are unreachable.", several(n, "object")),
    });
    Ok(text)
}

/// What was there before and has a new block for what it holds: a list that grew, a table made anew.
fn grown(heap: &Heap, snapshot: &Snapshot, sum: &Account) -> Result<String, CommandError> {
    let m = heap.memory();
    let mut text = String::new();
    let changed = snapshot.objects.iter().filter(|object| object.changed).map(|object| object.addr);
    for obj in changed.chain([roots::namespace(m)?]).take(MOST_EXAMINED) {
        if sum.born.get(obj.0).is_some() {
            continue;
        }
        for block in blocks::of(m, obj)? {
            let is_new = heap.events().iter().any(|event| matches!(*event, Event::Allocated(at, _) if at == block.start));
            if block.part != Part::Object && is_new {
                let name = name(heap, obj)?;
                let (the, name) = name.strip_prefix("the ").map_or(("", name.as_str()), |rest| ("The ", rest));
                text.say(format_args!(" {the}{name} has a new {} of {} bytes.", block.part.name(), block.asked_bytes));
            }
        }
    }
    Ok(text)
}

/// What was taken from the system and from arenas, and given back.
fn memory(sum: &Account) -> String {
    let mut text = String::new();
    for (n, what) in [(sum.arenas_taken, "taken from"), (sum.arenas_returned, "given back to")] {
        if n > 0 {
            text.say(format_args!(" {} of 1 MiB {what} the system.", several(n, "arena")));
        }
    }
    if !sum.pools_taken.is_empty() {
        let sizes: Vec<String> = sum.pools_taken.iter().map(u64::to_string).gather();
        text.say(format_args!(" No pool had room for blocks of {} bytes: a new one was taken", listed(&sizes)));
        text.put(if sizes.len() == 1 { "." } else { " for each." });
    }
    if sum.pools_freed > 0 {
        text.say(format_args!(" {} emptied and went back to the arena.", several(sum.pools_freed, "pool")));
    }
    text
}

/// `list #3`, though there is no such object any more.
fn name_of_dead(heap: &Heap, dead: &Death) -> Result<String, CommandError> {
    Ok(format!("{} {}", object::type_name(heap.memory(), dead.tp)?, dead.id))
}

fn deaths(heap: &Heap, snapshot: &Snapshot, sum: &Account) -> Result<String, CommandError> {
    let mut text = String::new();
    let collecting = snapshot.collection.is_some() || sum.collected.is_some();
    if collecting {
        text.put("tp_clear took away the references among what was unreachable, so counts fell to 0");
    } else {
        let mut others = sum.died.clone();
        let Some(first) = (sum.first_death < others.len()).then(|| others.remove(sum.first_death)) else { return Ok(text) };
        let why = match first.last_slot {
            Some(slot) => reasons(heap, snapshot, &Account::default(), Addr::NULL, &[SlotChange { slot, gained: false }])?,
            None => String::new(),
        };
        let made = if why.is_empty() { "" } else { " makes its " };
        text.say(format_args!("{}: {why}{made}count 0, so it died at once", name_of_dead(heap, &first)?));
        let mut names = others.iter().take(NAMED).map(|dead| name_of_dead(heap, dead)).try_gather()?;
        if others.len() > NAMED {
            names.add(format!("{} more", others.len() - NAMED));
        }
        if !names.is_empty() {
            let their_counts = if names.len() == 1 { "its count" } else { "their counts" };
            text.say(format_args!(", and with it {}, as {their_counts} fell to 0", listed(&names)));
        }
    }
    let kept = sum.kept_in_free_lists.iter().filter(|&(_, &waits)| waits).count();
    text += &match (sum.blocks_freed, kept) {
        (0, 0) => ".".owned(),
        (freed, 0) => {
            let full = sum.collected.is_some_and(|(generation, _)| generation == 2);
            format!("; {} freed{}.", several(freed, "block"), if full { ", including what free lists held" } else { "" })
        }
        (0, kept) => format!("; {} kept in a free list for the next of its kind.", several(kept, "block")),
        (freed, kept) => format!("; {} freed, {} kept in free lists.", several(freed, "block"), several(kept, "block")),
    };
    Ok(text)
}

/// What collected objects were, by type, adding up to `gc.collect()`'s result as far as they died in this command.
pub(super) fn collected_types(heap: &Heap) -> Result<Vec<(String, u64)>, CommandError> {
    let mut found = Map::default();
    let mut types: Vec<(String, u64)> = Vec::new();
    for event in heap.events() {
        match *event {
            Event::Unreachable(obj, true) => drop(found.insert(obj.0, true)),
            Event::Unreachable(obj, false) => drop(found.insert(obj.0, false)),
            Event::Died(obj, _, tp) if found.get(obj.0) == Some(&true) => {
                found.insert(obj.0, false);
                let name = object::type_name(heap.memory(), tp)?;
                match types.iter_mut().find(|(of, _)| *of == name) {
                    Some((_, count)) => *count += 1,
                    None => types.add((name, 1)),
                }
            }
            _ => {}
        }
    }
    sort::few(&mut types, |a, b| a.0 < b.0);
    Ok(types)
}

/// `gc.collect()` in words.
pub(super) fn collection(generation: u64, outcome: Outcome, types: &[(String, u64)]) -> String {
    let older = (generation + 1).min(2);
    let call = format!("gc.collect({generation}) returned {}", outcome.collected + outcome.uncollectable);
    let kept = format!("What it kept is in generation {older} now.");
    if outcome.collected == 0 {
        return format!("{call}: it found nothing that is unreachable. {kept}");
    }
    let list: Vec<String> = types.iter().map(|(name, n)| format!("{n} × {name}")).gather();
    // Where earlier steps found or freed some of them, the rest by type would not add up.
    let all = types.iter().map(|&(_, n)| n).sum::<u64>() == outcome.collected;
    let list = if all { format!(" ({})", joined(&list, ", ")) } else { String::new() };
    format!("{call}: {} found unreachable and freed{list}. {kept}", objects(outcome.collected))
}

/// That a collection by steps is over, and its result.
pub(super) fn finished(heap: &Heap) -> String {
    let ended = heap.events().iter().find_map(|event| match *event {
        Event::CollectionEnded(generation, collected, uncollectable) => Some((generation, collected + uncollectable)),
        _ => None,
    });
    ended.map_or_else(String::new, |(generation, found)| {
        format!(" The collection is finished; gc.collect({generation}) would have returned {found}.")
    })
}

/// The object that the next step of a collection looks at, and its `gc_refs`.
pub(super) fn looked_at(heap: &Heap) -> Result<Option<(String, u64)>, CommandError> {
    let m = heap.memory();
    let Some(obj) = machine::looks_at(m)? else { return Ok(None) };
    Ok(Some((name(heap, obj)?, GC_PREV.read(m, head_of(obj))? >> REFS_SHIFT)))
}

/// What a step, of a `full` collection or another, did of which no event tells: `at` was looked at, unless the step went to the
/// end of its phase.
pub(super) fn quiet(phase: Phase, at: Option<&(String, u64)>, full: bool) -> String {
    let text = match (phase, at) {
        (Phase::SubtractRefs | Phase::AgainSubtractRefs, Some((name, _))) => {
            return format!("{name} refers to nothing that is examined.");
        }
        (Phase::MoveUnreachable | Phase::AgainMoveUnreachable, Some((name, refs))) => {
            return format!("{name}: gc_refs is {refs}, so it is reachable and stays, and with it all that it leads to.");
        }
        (Phase::Merge, _) => "all that is examined is one list now.",
        (Phase::Untrack, _) => "there is no tuple to untrack.",
        (Phase::MoveSurvivors, _) => "what stays is in the next older generation now, or still in the oldest.",
        (Phase::LegacyFinalizers, _) => "nothing set aside has an old tp_del.",
        (Phase::Weakrefs | Phase::LateWeakrefs, _) => "weak references to what was set aside are cleared now, if there are any.",
        (Phase::Finalize, _) => "nothing set aside has a finalizer.",
        (Phase::MoveResurrected, _) => "nothing came back to life.",
        (Phase::ClearFreeLists, _) if full => "the free lists are empty now.",
        (Phase::ClearFreeLists, _) => "only a full collection empties the free lists.",
        (Phase::Statistics, _) => "gc.get_stats() counts this collection now.",
        _ => "nothing is left to do.",
    };
    text.owned()
}

/// What one container took off the `gc_refs` of what it refers to, if that is what the step did.
fn subtracted(heap: &Heap) -> Result<Option<String>, CommandError> {
    let (mut container, mut seen) = (None, Vec::<(Addr, u64, u64)>::new());
    for event in heap.events() {
        let Event::GcRefs { object, from, to, by } = *event else { continue };
        if to >= from || by.is_null() || *container.get_or_insert(by) != by {
            return Ok(None);
        }
        match seen.iter_mut().find(|(other, ..)| *other == object) {
            Some((.., last)) => *last = to,
            None => seen.add((object, from, to)),
        }
    }
    let Some(by) = container else { return Ok(None) };
    let mut text = format!("{} is examined too, so its references do not come from outside and are taken off", name(heap, by)?);
    for (at, &(object, from, to)) in seen.iter().take(NAMED).enumerate() {
        text.say(format_args!("{} {}, gc_refs {from} → {to}", if at == 0 { ":" } else { ";" }, name(heap, object)?));
    }
    if seen.len() > NAMED {
        text.say(format_args!("; and {} more", seen.len() - NAMED));
    }
    Ok(Some(text + "."))
}

/// One step of a collection: what the machine looked at and what came of it.
pub(super) fn step(heap: &Heap) -> Result<String, CommandError> {
    if let Some(text) = subtracted(heap)? {
        return Ok(text);
    }
    let mut parts = Vec::new();
    let mut more = 0;
    for event in heap.events() {
        let part = match *event {
            Event::GcRefs { object, to, by, .. } if by.is_null() => {
                format!("{}: gc_refs = {to}, its reference count", name(heap, object)?)
            }
            Event::GcRefs { object, from, to, by } if to < from => {
                format!(
                    "{}: gc_refs {from} → {to}, because {}, which is examined too, refers to it",
                    name(heap, object)?,
                    name(heap, by)?
                )
            }
            Event::GcRefs { object, to, by, .. } => {
                format!("{}: gc_refs {to}, because {} is reachable and refers to it", name(heap, object)?, name(heap, by)?)
            }
            Event::Unreachable(object, true) => {
                format!("{}: gc_refs is 0, so it is set aside as tentatively unreachable", name(heap, object)?)
            }
            Event::Unreachable(object, false) => format!("{} is reachable after all and goes back", name(heap, object)?),
            Event::Died(_, serial, tp) => format!("{} {serial} died", object::type_name(heap.memory(), tp)?),
            Event::Untracked(object) if heap.memory().births.at(object).is_some() => {
                format!("{} is untracked: it holds nothing that could be part of a cycle", name(heap, object)?)
            }
            _ => continue,
        };
        if parts.len() < NAMED {
            parts.add(part);
        } else {
            more += 1;
        }
    }
    let mut text = joined(&parts, "; ");
    if more > 0 {
        text.say(format_args!("; and {more} more like these"));
    }
    Ok(if text.is_empty() { text } else { text + "." })
}
