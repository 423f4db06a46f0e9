//! What the legend says of the picture: the marks and colours that occur in it.

use super::super::legend::Mark;
use super::super::state::ViewState;
use super::super::theme::Paint;
use super::many::{MOST_ARROWS, linked};
use super::{index_of, layout};
use crate::ids::gather::Grow as _;
use crate::snapshot::{Family, Object, Snapshot};

/// What the legend calls them, by the number of the family.
pub(super) const FAMILIES: [(Family, &str); 10] = [
    (Family::Number, "number"),
    (Family::Text, "str"),
    (Family::Bytes, "bytes"),
    (Family::Sequence, "list, tuple"),
    (Family::Mapping, "dict"),
    (Family::Set, "set"),
    (Family::Instance, "instance"),
    (Family::Class, "class"),
    (Family::Callable, "function"),
    (Family::Other, "other"),
];

/// The marks that occur in the picture.
pub(super) fn entries(snapshot: &Snapshot, state: &ViewState, width: f64, folded: bool) -> Vec<(Mark, &'static str)> {
    let many = snapshot.objects.len() > layout::MANY;
    let dots = snapshot.objects.len() > layout::VERY_MANY;
    let any = |test: fn(&Object) -> bool| snapshot.objects.iter().any(test);
    let mut entries = Vec::new();
    let selected = index_of(snapshot, state.selected);
    if many && selected.is_some_and(|i| linked(snapshot, i).len() > MOST_ARROWS) {
        let mark = if dots { Mark::Sign("▣") } else { Mark::Tinted(Paint::Accent) };
        entries.add((mark, "linked with the selected object, too many for arrows"));
    } else if many {
        entries.add((Mark::Sign("→"), "references of the selected object"));
    }
    if dots {
        entries.add((Mark::Sign("▪"), "zoomed out: several objects in one"));
    } else if many {
        entries.add((Mark::Sign("1"), "references to the object"));
    } else {
        entries.add((Mark::Badge("2"), "references to the object"));
        if snapshot.collection.is_some() {
            entries.add((Mark::GcRefs("gc_refs 1"), "the collector's copy of the count"));
            entries.add((Mark::Sign("✕"), "tentatively unreachable"));
            entries.add((Mark::Sign("▶"), "looked at now"));
        }
        entries.add((Mark::Arrow, "slot and what it refers to"));
    }
    if !dots && any(|o| o.refcount.is_none()) {
        entries.add((Mark::Badge("∞"), "immortal"));
    }
    if any(|o| o.changed) || snapshot.roots.iter().any(|r| r.changed) {
        entries.add((Mark::Changed, "changed in this step"));
    }
    if any(|o| !o.reachable) {
        entries.add((if dots { Mark::Outlined(Paint::Dead) } else { Mark::Hatched }, "unreachable, not collected"));
    }
    if snapshot.roots.iter().any(|r| r.is_handle) {
        entries.add((Mark::Dashed, "page handle"));
    }
    if state.selected.is_some() {
        entries.add((Mark::Selected, "selected"));
    }
    if folded {
        let classes = any(|o| o.family == Family::Class);
        let what = if classes { "class insides folded: select the class" } else { "folded: what only the interpreter holds" };
        entries.add((Mark::Sign("…"), what));
    }
    if width >= 600.0 {
        families(snapshot, dots, &mut entries);
    }
    entries
}

/// The colours in use; the type's name says the same in each box.
fn families(snapshot: &Snapshot, dots: bool, entries: &mut Vec<(Mark, &'static str)>) {
    let mut used = [false; FAMILIES.len()];
    for object in &snapshot.objects {
        used[object.family as usize] = true;
    }
    for ((family, name), _) in FAMILIES.into_iter().zip(used).filter(|(_, used)| *used) {
        entries.add((if dots { Mark::Filled(family.into()) } else { Mark::Outlined(family.into()) }, name));
    }
}
