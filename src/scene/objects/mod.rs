//! The objects view: names and handles at the left, objects as boxes with slots, references as arrows.

mod arrows;
mod boxes;
mod grid;
mod groups;
mod layout;
mod many;
mod marks;
#[cfg(test)]
mod tests;
mod words;

use super::geometry::{Rect, Size, at, limit, num, rect};
use super::legend;
use super::pen::Pen;
use super::state::ViewState;
use super::text::{self, Anchor, TextStyle, cat, plural};
use super::theme::Paint;
use super::{Scene, Stroke, Target, View};
use crate::snapshot::Snapshot;
use arrows::{Edge, Source};
use layout::{CHIP_H, Layout, Mode, base_in};
use words::Holders;
pub(super) use words::{describe, title};

const LABEL: TextStyle = TextStyle::mono(12.0);
const SMALL: TextStyle = TextStyle::sans(11.0);

/// Makes the picture.
pub(super) fn build(snapshot: &Snapshot, state: &mut ViewState, size: Size) -> Scene {
    let selected = index_of(snapshot, state.selected);
    let folded = layout::folded(snapshot, selected);
    let entries = marks::entries(snapshot, state, size.w, folded.contains(&true));
    let nothing = snapshot.roots.is_empty() && snapshot.unbound.is_empty() && !folded.contains(&false);
    let room = Size { w: size.w, h: (size.h - legend::height(&entries, size)).max(40.0) };
    let layout = layout::layout(snapshot, folded, &mut state.tables, (size.w, room.h));
    let smallest = if layout.mode == Mode::Full { 0.8 } else { 0.05 };
    let spot = selected.and_then(|i| layout.boxes.get(i).copied());
    let largest = limit(room.w / 800.0, 1.0, 1.4);
    let camera = state.settle(View::Objects, &layout.bounds, spot, room, (smallest, largest));
    let mut pen = Pen::new(camera, size);
    let view = Picture { snapshot, layout: &layout, selected, hovered: index_of(snapshot, state.hovered) };
    if nothing {
        let text = "No objects yet. What you create appears here, with every reference to it.";
        for (i, line) in TextStyle::sans(13.0).wrap(text, size.w - 40.0, 4).iter().enumerate() {
            pen.text(at(20.0, 72.0 + 20.0 * num(i)), line, TextStyle::sans(13.0), Paint::Soft);
        }
    }
    match layout.mode {
        Mode::Full => view.full(&mut pen),
        Mode::Small | Mode::Dots => view.many(&mut pen),
    }
    legend::draw(&mut pen, &entries, size, &layout.bounds);
    pen.finish(size, layout.bounds)
}

/// Index of an object in the snapshot.
pub(in crate::scene) fn index_of(snapshot: &Snapshot, id: Option<crate::ids::Serial>) -> Option<usize> {
    let id = id?;
    snapshot.objects.binary_search_by(|o| o.id.cmp(&id)).ok()
}

struct Picture<'a> {
    snapshot: &'a Snapshot,
    layout: &'a Layout,
    selected: Option<usize>,
    hovered: Option<usize>,
}

impl Picture<'_> {
    fn full(&self, pen: &mut Pen) {
        let edges = arrows::edges(self.snapshot, self.layout, self.hovered.or(self.selected));
        let holders = Holders::of(self.snapshot);
        self.groups(pen);
        // All arrows are below the boxes, so that no text is crossed out; those that matter are above the others.
        for edge in edges.iter().filter(|e| !self.lit(e) && !e.shared) {
            self.edge(pen, edge, false);
        }
        for edge in edges.iter().filter(|e| self.lit(e)) {
            self.edge(pen, edge, true);
        }
        self.group_captions(pen);
        self.chips(pen);
        for (i, object) in self.snapshot.objects.iter().enumerate() {
            if let (Some(own), Some(shape)) = (self.layout.boxes.get(i), self.layout.shapes.get(i))
                && own.w > 0.0
                && pen.sees(&own.grown(24.0))
            {
                self.object(pen, i, object, *own, shape);
                self.caption(pen, i, object, *own, &holders);
            }
        }
    }

    /// Whether the pointer or the selection is at either end.
    fn lit(&self, edge: &Edge) -> bool {
        let touches = |i: Option<usize>| i.is_some_and(|i| edge.target == i || edge.source == Source::Object(i));
        touches(self.hovered) || (self.hovered.is_none() && touches(self.selected))
    }

    fn groups(&self, pen: &mut Pen) {
        for group in &self.layout.groups {
            for area in &group.areas {
                pen.fill(*area, 14.0, Paint::Grid.tint(0.45));
                pen.hatch(*area, Paint::Dead.tint(0.22));
                pen.outline(*area, 14.0, Stroke::solid(Paint::Dead, 1.3).dashed(5.0));
            }
        }
    }

    /// What the hatched areas are, over the arrows.
    fn group_captions(&self, pen: &mut Pen) {
        for group in &self.layout.groups {
            if let Some(area) = group.areas.first() {
                let size = plural(group.bytes, "byte");
                let count = plural(text::count(group.count), "object");
                let cycle = if group.count == 1 { "its own cycle" } else { "their own cycle" };
                let full = cat(&["unreachable, kept alive only by ", cycle, " · ", &size, " in ", &count]);
                let short = cat(&["unreachable · ", &size, " in ", &count]);
                let max = area.w - 24.0;
                let text = if SMALL.width(&full) <= max { full } else { SMALL.fit(&short, max) };
                let base = at(area.x + 12.0, area.y + 14.0);
                pen.fill(rect(base.x - 4.0, base.y - 10.0, SMALL.width(&text) + 8.0, 13.5), 4.0, Paint::Panel.tint(0.85));
                pen.text(base, &text, SMALL, Paint::Soft);
            }
        }
    }

    fn edge(&self, pen: &mut Pen, edge: &Edge, lit: bool) {
        let alive = |i: usize| self.snapshot.objects.get(i).is_some_and(|o| o.reachable);
        let paint = match edge.source {
            _ if lit => Paint::Accent,
            Source::Object(i) if !alive(i) => Paint::Dead,
            Source::Root(_) => Paint::Soft,
            Source::Object(_) => self.paint_of(edge.target),
        };
        let curves = edge.curves();
        let width = if lit { 2.2 } else { 1.4 };
        // A casing in the ground's colour shows which of two crossing arrows is above.
        pen.path(edge.start, &curves, Stroke { tone: Paint::Panel.tint(0.85), width: width + 2.6, dash: None }, 0.0);
        let fade = if self.hovered.is_some() && !lit { 0.5 } else { 1.0 };
        let dash = if edge.shared { Some(4.0) } else { None };
        pen.path(edge.start, &curves, Stroke { tone: paint.tint(fade), width, dash }, if lit { 9.0 } else { 8.0 });
    }

    fn paint_of(&self, index: usize) -> Paint {
        self.snapshot.objects.get(index).map_or(Paint::Other, |o| o.family.into())
    }

    fn chips(&self, pen: &mut Pen) {
        pen.text(at(16.0, 30.0), "__main__", SMALL.bold(), Paint::Soft);
        for (i, (root, chip)) in self.snapshot.roots.iter().zip(&self.layout.chips).enumerate() {
            if !pen.sees(chip) {
                continue;
            }
            let line = if root.changed { Paint::MarkLine } else { Paint::Soft };
            let mut stroke = Stroke::solid(line, if root.changed { 2.2 } else { 1.0 });
            if root.is_handle {
                stroke = stroke.dashed(4.0);
            }
            let ground = if root.changed { Paint::Mark } else { Paint::Grid };
            pen.rect(*chip, 6.0, Some(ground.solid()), Some(stroke));
            let base = chip.y + base_in(CHIP_H);
            let room = chip.w - 20.0;
            if root.is_handle {
                pen.text_in(at(chip.x + 10.0, base), "handle", room, SMALL, Paint::Soft);
            } else if root.target.is_none() && !root.target_text.is_empty() {
                let name = LABEL.fit(&root.name, room * 0.55);
                let rest = room - LABEL.width(&name) - 8.0;
                pen.text(at(chip.x + 10.0, base), &name, LABEL, Paint::Ink);
                let style = LABEL.anchored(Anchor::End);
                pen.text_in(at(chip.right() - 10.0, base), &root.target_text, rest, style, Paint::Soft);
            } else {
                pen.text_in(at(chip.x + 10.0, base), &root.name, room, LABEL, Paint::Ink);
            }
            pen.hit(*chip, Target::Root(i));
        }
        let below = self.layout.chips.iter().map(Rect::bottom).fold(36.0, f64::max);
        let struck = TextStyle { struck: true, ..LABEL };
        for (i, name) in self.snapshot.unbound.iter().take(4).enumerate() {
            let y = below + 22.0 + 20.0 * num(i);
            let shown = struck.fit(name, 56.0);
            pen.text(at(26.0, y), &shown, struck, Paint::Soft);
            pen.text(at(34.0 + struck.width(&shown), y), "gone", SMALL, Paint::Soft);
        }
    }
}
