//! What a command did to counts and memory and why, in plain words: the same for the eye and for a screen reader.
#![allow(clippy::format_push_string, reason = "a few sentences per command; writing to a String would leave results to ignore")]

use crate::event::Event;
use crate::heap::{CommandError, Heap, roots, type_name};
use crate::ids::{Addr, Serial, map::Map, sort};
use crate::object;
use crate::runtime::gc::machine::Outcome;
use crate::snapshot::Snapshot;

/// Of so many objects that lost a reference it is seen whether they can still be reached.
const MANY: usize = 100;
/// How many objects a sentence names before it only counts.
const NAMED: usize = 3;

/// An object as sentences call it: `list #3`.
pub(super) fn name(heap: &Heap, obj: Addr) -> Result<String, CommandError> {
    let type_name = type_name(heap.memory(), obj)?;
    Ok(match heap.memory().births.at(obj) {
        Some(serial) if !serial.is_of_startup() => format!("{type_name} {serial}"),
        _ if obj == roots::namespace(heap.memory())? => "the namespace of __main__".to_owned(),
        _ => crate::snapshot::in_a_word(heap.memory(), obj)?,
    })
}

/// What the events of one command add up to.
struct Account {
    /// First and last count of objects that live on, and the slot of the last change.
    counts: Map<Option<(u64, u64)>>,
    died: Vec<(Serial, Addr)>,
    born: usize,
    blocks_taken: usize,
    blocks_freed: usize,
    kept_in_free_lists: usize,
    arenas_taken: usize,
    arenas_returned: usize,
    pools_taken: usize,
    pools_freed: usize,
}

impl Account {
    fn of(events: &[Event]) -> Account {
        let mut sum = Account {
            counts: Map::default(),
            died: Vec::new(),
            born: 0,
            blocks_taken: 0,
            blocks_freed: 0,
            kept_in_free_lists: 0,
            arenas_taken: 0,
            arenas_returned: 0,
            pools_taken: 0,
            pools_freed: 0,
        };
        for event in events {
            match *event {
                Event::Count { object, from, to, .. } => {
                    sum.counts.get_or_insert_with(object.0, || None).get_or_insert((from, to)).1 = to;
                }
                Event::Died(object, serial, tp) => {
                    sum.counts.insert(object.0, None);
                    sum.died.push((serial, tp));
                }
                Event::Born(object, _) => {
                    sum.counts.insert(object.0, None);
                    sum.born += 1;
                }
                Event::Allocated(..) => sum.blocks_taken += 1,
                Event::Freed(_) => sum.blocks_freed += 1,
                Event::FreeListPush(_) => sum.kept_in_free_lists += 1,
                Event::ArenaTaken(_) => sum.arenas_taken += 1,
                Event::ArenaReturned(_) => sum.arenas_returned += 1,
                Event::PoolTaken(..) => sum.pools_taken += 1,
                Event::PoolFreed(_) => sum.pools_freed += 1,
                _ => {}
            }
        }
        sum
    }
}

fn several(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// Sentences about what followed from a command: counts, deaths, memory.
pub(super) fn consequences(heap: &Heap, snapshot: &Snapshot) -> Result<String, CommandError> {
    let m = heap.memory();
    let sum = Account::of(heap.events());
    let mut text = String::new();
    let mine = |obj: &Addr| m.births.at(*obj).is_some_and(|serial| !serial.is_of_startup());
    let counts = sum.counts.iter().filter_map(|(obj, change)| change.map(|change| (Addr(obj), change)));
    let mut changed: Vec<_> = counts.filter(|(obj, (from, to))| from != to && mine(obj)).collect();
    sort::by_key(&mut changed, |(obj, _)| obj.0);
    for &(obj, (from, to)) in changed.iter().take(NAMED) {
        text += &format!(" {}: count {from} → {to}.", name(heap, obj)?);
    }
    if changed.len() > NAMED {
        text += &format!(" {} counts changed more.", changed.len() - NAMED);
    }
    if !sum.died.is_empty() {
        text += &format!(" {}", deaths(heap, &sum)?);
    }
    for (n, what) in [
        (sum.arenas_taken, "taken from the system: an arena of 1 MiB"),
        (sum.arenas_returned, "given back to the system: an arena of 1 MiB"),
    ] {
        if n > 0 {
            text += &format!(" {}.", capital(what));
        }
    }
    if sum.pools_taken > 0 {
        text += &format!(" {} of 16 KiB newly in use.", capital(&several(sum.pools_taken, "pool")));
    }
    if sum.pools_freed > 0 {
        text += &format!(" {} emptied and went back to the arena.", capital(&several(sum.pools_freed, "pool")));
    }
    let is_lost = |obj: Addr| snapshot.objects.iter().any(|o| o.addr == obj && !o.reachable);
    let lost_now = changed.iter().take(MANY).any(|&(obj, (from, to))| to < from && is_lost(obj));
    let n = snapshot.objects.iter().filter(|o| !o.reachable).count();
    if lost_now && snapshot.collection.is_none() {
        let (are, they) = if n == 1 {
            ("is", "it refers to itself, so its count")
        } else {
            ("are", "they refer to each other, so their counts")
        };
        text += &format!(
            " {} {are} unreachable now but not freed: {they} cannot reach 0. The collector can find that.",
            capital(&several(n, "object"))
        );
    }
    Ok(text)
}

fn deaths(heap: &Heap, sum: &Account) -> Result<String, CommandError> {
    let mut names = Vec::new();
    for &(serial, tp) in sum.died.iter().take(NAMED) {
        names.push(format!("{} {serial}", object::type_name(heap.memory(), tp)?));
    }
    let mut who = names.join(", ");
    if sum.died.len() > NAMED {
        who += &format!(" and {} more", sum.died.len() - NAMED);
    }
    let mut text = if sum.died.len() == 1 {
        format!("{who}: count 0, so it died at once")
    } else {
        format!("{who} died at once, as soon as their counts were 0")
    };
    let kept = sum.kept_in_free_lists;
    text += &match (sum.blocks_freed, kept) {
        (0, 0) => ".".to_owned(),
        (freed, 0) => format!("; {} freed.", several(freed, "block")),
        (0, kept) => format!("; {} kept in a free list for the next of its kind.", several(kept, "block")),
        (freed, kept) => format!("; {} freed, {} kept in free lists.", several(freed, "block"), several(kept, "block")),
    };
    Ok(text)
}

/// The first letter large.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
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
                    None => types.push((name, 1)),
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
    let call = format!("gc.collect({generation}) returned {}", outcome.collected + outcome.uncollectable);
    if outcome.collected == 0 {
        return format!("{call}: everything in the generations it examined is reachable from outside of them.");
    }
    let list: Vec<String> = types.iter().map(|(name, n)| format!("{n} {name}")).collect();
    format!(
        "{call}: {} found unreachable and freed ({}).",
        several(usize::try_from(outcome.collected).unwrap_or(usize::MAX), "object"),
        list.join(", ")
    )
}

/// One step of a collection: what the machine looked at and what came of it.
pub(super) fn step(heap: &Heap) -> Result<String, CommandError> {
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
            parts.push(part);
        } else {
            more += 1;
        }
    }
    let mut text = parts.join("; ");
    if more > 0 {
        text += &format!("; and {more} more like these");
    }
    Ok(if text.is_empty() { text } else { text + "." })
}
