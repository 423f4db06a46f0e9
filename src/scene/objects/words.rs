//! What the picture says of objects in words, and the picture as text.

use super::super::state::ViewState;
use super::super::text::{self, cat, joined, number, plural, push, serial};
use super::arrows::Source;
use super::{index_of, layout};
use crate::ids::gather::{Gather as _, Grow as _};
use crate::ids::text::{Append as _, Owned as _};
use crate::snapshot::{Object, Role, Snapshot};

/// `list #3`, `class Node #5`
pub(in crate::scene) fn title(object: &Object) -> String {
    cat(&[&object.called(), " ", &serial(object.id)])
}

/// The count as its badge says it: `2`, `2→1`, `∞`.
pub(super) fn count_text(object: &Object) -> String {
    let Some(count) = object.refcount else { return "∞".owned() };
    match object.refcount_before {
        Some(before) if before != count => cat(&[&number(before), "→", &number(count)]),
        _ => number(count),
    }
}

/// Who holds each object: how many slots, and the first of them.
pub(super) struct Holders(Vec<(usize, Option<(Source, usize)>)>);

impl Holders {
    pub(super) fn of(snapshot: &Snapshot) -> Holders {
        let mut all = vec![(0, None); snapshot.objects.len()];
        let mut note = |target: Option<usize>, source: Source, slot: usize| {
            if let Some(entry) = target.and_then(|t| all.get_mut(t)) {
                let (count, first) = entry;
                *count += 1;
                if first.is_none() {
                    *first = Some((source, slot));
                }
            }
        };
        for (i, root) in snapshot.roots.iter().enumerate() {
            note(root.target, Source::Root(i), 0);
        }
        for (i, object) in snapshot.objects.iter().enumerate() {
            for (k, slot) in object.slots.iter().enumerate() {
                note(slot.target, Source::Object(i), k);
            }
        }
        Holders(all)
    }

    /// `held by Node #4 .next and 2 more`
    pub(super) fn caption(&self, snapshot: &Snapshot, index: usize) -> String {
        let Some((count, Some((source, slot)))) = self.0.get(index) else { return String::new() };
        let mut out = "held by ".owned();
        match source {
            Source::Root(i) => {
                let Some(root) = snapshot.roots.get(*i) else { return String::new() };
                out.put(if root.is_handle { "a page handle" } else { &root.name });
            }
            Source::Object(i) => {
                let Some(object) = snapshot.objects.get(*i) else { return String::new() };
                out.put(&title(object));
                if let Some(slot) = object.slots.get(*slot) {
                    out.put(if matches!(slot.role, Role::Item(_) | Role::Value(_)) { "" } else { " " });
                    out.put(&slot.label);
                }
            }
        }
        if *count > 1 {
            out.put(" and ");
            out.put(&number(text::count(count - 1)));
            out.put(" more");
        }
        out
    }
}

/// The picture as text.
pub(in crate::scene) fn describe(snapshot: &Snapshot, state: &ViewState) -> String {
    let folded = layout::folded(snapshot, index_of(snapshot, state.selected)).iter().filter(|f| **f).count();
    let mut out = plural(text::count(snapshot.objects.len() - folded), "object");
    out.put(" shown");
    if folded > 0 {
        push(&mut out, &[", ", &number(text::count(folded)), " inside classes and the interpreter folded"]);
    }
    push(&mut out, &[", ", &number(u64::from(snapshot.startup_hidden)), " made at start-up hidden."]);
    let names: Vec<_> = snapshot.roots.iter().filter(|r| !r.is_handle).gather();
    if !names.is_empty() {
        out.put(" Names: ");
        for (i, root) in names.iter().take(12).enumerate() {
            if i > 0 {
                out.put(", ");
            }
            out.put(&root.name);
            out.put(" is ");
            match root.target.and_then(|t| snapshot.objects.get(t)) {
                Some(object) => out.put(&title(object)),
                None => out.put(&root.target_text),
            }
        }
        if names.len() > 12 {
            out.put(" and ");
            out.put(&number(text::count(names.len() - 12)));
            out.put(" more");
        }
        out.add('.');
    }
    let dead = snapshot.objects.iter().filter(|o| !o.reachable);
    let (count, bytes) = dead.fold((0, 0), |(n, b), o| (n + 1, b + o.occupies_bytes));
    if count > 0 {
        push(&mut out, &[" Unreachable but not collected: ", &plural(count, "object"), ", ", &plural(bytes, "byte"), "."]);
    }
    let changed: Vec<String> = snapshot.objects.iter().filter(|o| o.changed).take(6).map(title).gather();
    if !changed.is_empty() {
        push(&mut out, &[" Changed in this step: ", &joined(&changed, ", "), "."]);
    }
    if let Some((i, object)) = index_of(snapshot, state.selected).and_then(|i| Some((i, snapshot.objects.get(i)?))) {
        let held = Holders::of(snapshot).caption(snapshot, i);
        let count = object.refcount.map_or("immortal".owned(), |n| plural(n, "reference"));
        push(&mut out, &[" Selected: ", &title(object), ", "]);
        if !object.value.is_empty() {
            push(&mut out, &[&object.value, ", "]);
        }
        out.put(&count);
        if !held.is_empty() {
            out.put(", ");
            out.put(&held);
        }
        out.add('.');
    }
    out
}
