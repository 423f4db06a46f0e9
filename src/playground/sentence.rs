//! What a command did to counts and memory and why, in plain words: the same for the eye and for a screen reader.
#![allow(clippy::format_push_string, reason = "a few sentences per command; writing to a String would leave results to ignore")]

mod account;
mod causes;
pub(super) mod collector;

use crate::event::Event;
use crate::heap::{CommandError, Heap, Place, roots};
use crate::ids::gather::{Gather as _, Grow as _};
use crate::ids::text::{self, Append as _, Owned as _, joined};
use crate::ids::{Addr, Serial, sort};
use crate::object;
use crate::object::blocks::{self, Part};
use crate::object::head::refcount;
use crate::snapshot::{Family, Snapshot, called, key_text};
use account::{Account, Death, SlotChange, lasting};
use causes::reasons;

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
