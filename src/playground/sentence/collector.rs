//! What a collection, or one step of it, did.

use super::{NAMED, name, objects};
use crate::event::Event;
use crate::heap::{CommandError, Heap};
use crate::ids::gather::{Gather as _, Grow as _};
use crate::ids::text::{Append as _, Owned as _, joined};
use crate::ids::{Addr, map::Map, sort};
use crate::object;
use crate::object::gc_head::{GC_PREV, REFS_SHIFT, head_of};
use crate::runtime::gc::machine::{self, Outcome, Phase};
use crate::runtime::gc::{is_list_empty, state};

/// When a collection starts by itself, as the collector's switch and its thresholds are.
pub(in super::super) fn automatic(heap: &Heap) -> Result<String, CommandError> {
    let m = heap.memory();
    let threshold = state::threshold(m, 0)?;
    Ok(if state::ENABLED.read(m, state::STATE)? == 0 {
        "no collection starts by itself while the collector is disabled.".owned()
    } else if threshold == 0 {
        "no collection starts by itself while the first threshold is 0.".owned()
    } else {
        format!("generation 0 is collected when its count is above {threshold}.")
    })
}

/// What collected objects were, by type, adding up to `gc.collect()`'s result as far as they died in this command.
pub(in super::super) fn collected_types(heap: &Heap) -> Result<Vec<(String, u64)>, CommandError> {
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
pub(in super::super) fn collection(
    heap: &Heap,
    generation: u64,
    outcome: Outcome,
    types: &[(String, u64)],
) -> Result<String, CommandError> {
    let older = if generation == 0 { 1 } else { 2 };
    let call = format!("gc.collect({generation}) returned {}", outcome.collected + outcome.uncollectable);
    let none_kept = is_list_empty(heap.memory(), state::head(older))?;
    let kept = if none_kept { String::new() } else { format!(" What it kept is in generation {older} now.") };
    if outcome.collected == 0 {
        return Ok(format!("{call}: it found nothing that is unreachable.{kept}"));
    }
    let list: Vec<String> = types.iter().map(|(name, n)| format!("{n} × {name}")).gather();
    // Where earlier steps found or freed some of them, the rest by type would not add up.
    let all = types.iter().map(|&(_, n)| n).sum::<u64>() == outcome.collected;
    let list = if all { format!(" ({})", joined(&list, ", ")) } else { String::new() };
    Ok(format!("{call}: {} found unreachable and freed{list}.{kept}", objects(outcome.collected)))
}

/// That a collection by steps is over, and its result.
pub(in super::super) fn finished(heap: &Heap) -> String {
    let ended = heap.events().iter().find_map(|event| match *event {
        Event::CollectionEnded(generation, collected, uncollectable) => Some((generation, collected + uncollectable)),
        _ => None,
    });
    ended.map_or_else(String::new, |(generation, found)| {
        format!(" The collection is finished; gc.collect({generation}) would have returned {found}.")
    })
}

/// The object that the next step of a collection looks at, and its `gc_refs`.
pub(in super::super) fn looked_at(heap: &Heap) -> Result<Option<(String, u64)>, CommandError> {
    let m = heap.memory();
    let Some(obj) = machine::looks_at(m)? else { return Ok(None) };
    Ok(Some((name(heap, obj)?, GC_PREV.read(m, head_of(obj))? >> REFS_SHIFT)))
}

/// What a step, of a `full` collection or another, did of which no event tells: `at` was looked at, unless the step went to the
/// end of its phase.
pub(in super::super) fn quiet(phase: Phase, at: Option<&(String, u64)>, full: bool) -> String {
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
pub(in super::super) fn step(heap: &Heap) -> Result<String, CommandError> {
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
