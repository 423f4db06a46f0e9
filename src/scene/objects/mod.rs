//! The objects view: names and handles at the left, objects as boxes with slots, references as arrows.

mod arrows;
mod layout;
#[cfg(test)]
mod tests;

use crate::ids::gather::Grow as _;
use crate::ids::text::Append as _;
use crate::ids::text::Owned as _;
use arrows::{Edge, Source};
use layout::{HEADER_H, LEAF_STYLE, Layout, Mode, Shape, VALUE_H, row_top};

use super::geometry::{Point, Rect, Size, at, limit, num, rect};
use super::legend::{self, Mark};
use super::pen::Pen;
use super::state::ViewState;
use super::text::{self, Anchor, TextStyle, cat, joined, number, plural, push, serial};
use super::theme::Paint;
use super::{Scene, Stroke, Target, View};
use crate::ids::gather::Gather as _;
use crate::snapshot::{Family, Object, Role, Snapshot};

const LABEL: TextStyle = TextStyle::mono(12.0);
const SMALL: TextStyle = TextStyle::sans(11.0);

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

/// An object with more references than that has marks instead of arrows, among many objects.
const MOST_ARROWS: usize = 60;

/// Who holds each object: how many slots, and the first of them.
struct Holders(Vec<(usize, Option<(Source, usize)>)>);

impl Holders {
    fn of(snapshot: &Snapshot) -> Holders {
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
    fn caption(&self, snapshot: &Snapshot, index: usize) -> String {
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

/// Makes the picture.
pub(super) fn build(snapshot: &Snapshot, state: &mut ViewState, size: Size) -> Scene {
    let selected = index_of(snapshot, state.selected);
    let folded = layout::folded(snapshot, selected);
    let entries = legend_entries(snapshot, state, size.w, folded.contains(&true));
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
            let base = chip.y + 17.5;
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

    fn object(&self, pen: &mut Pen, i: usize, object: &Object, own: Rect, shape: &Shape) {
        let family = Paint::from(object.family);
        let doubtful = object.gc.is_some_and(|g| g.unreachable);
        let mut stroke = Stroke::solid(family, 1.6);
        if doubtful {
            stroke = stroke.dashed(5.0);
        }
        pen.rect(own, 8.0, Some(Paint::Panel.solid()), None);
        if shape.leaf {
            pen.fill(own, 8.0, family.tint(0.07));
        } else {
            pen.clip(rect(own.x, own.y, own.w, HEADER_H));
            pen.fill(rect(own.x, own.y, own.w, HEADER_H + 12.0), 8.0, family.tint(0.12));
            pen.unclip();
        }
        pen.outline(own, 8.0, stroke);
        pen.hit(own, Target::Object(i));
        if shape.leaf {
            leaf_text(pen, object, own);
        } else {
            self.rows(pen, i, object, own, shape);
        }
        if object.changed {
            pen.outline(own.grown(4.5), 11.0, Stroke::solid(Paint::MarkLine, 2.8));
        }
        if self.selected == Some(i) {
            pen.selection(own.grown(if object.changed { 8.5 } else { 4.5 }), 12.0);
        } else if self.hovered == Some(i) {
            pen.outline(own.grown(2.5), 10.0, Stroke::solid(Paint::Accent, 1.4));
        }
        self.badges(pen, i, object, own);
    }

    fn rows(&self, pen: &mut Pen, i: usize, object: &Object, own: Rect, shape: &Shape) {
        let (left, right) = (own.x + 12.0, own.right() - 12.0);
        let family = Paint::from(object.family);
        let bold = LABEL.bold();
        let name = bold.fit(&object.called(), own.w - if object.name.is_empty() { 70.0 } else { 54.0 });
        let behind = left + bold.width(&name) + 7.0;
        pen.text(at(left, own.y + 18.5), &name, bold, family);
        pen.text_in(at(behind, own.y + 18.5), &serial(object.id), right - behind, SMALL, Paint::Soft);
        if shape.value_line {
            let y = own.y + HEADER_H + VALUE_H - 4.5;
            pen.text_in(at(left, y), &object.value, own.w - 24.0, LABEL, Paint::Soft);
        }
        for (row, k) in shape.rows.iter().enumerate() {
            let top = own.y + row_top(shape, row);
            pen.line(at(own.x, top), at(own.right(), top), Stroke::solid(Paint::Line, 1.0));
            let Some(slot) = object.slots.get(*k) else { continue };
            let area = rect(own.x, top, own.w, layout::ROW_H);
            pen.hit(area, Target::Slot(i, *k));
            let drawn = slot.target.is_some_and(|t| self.layout.boxes.get(t).is_some_and(|to| to.w > 0.0));
            if drawn && slot.role != Role::Type {
                pen.text_in(at(left, top + 15.5), &slot.label, own.w - 46.0, LABEL, Paint::Ink);
                self.dot(pen, at(right - 2.0, top + 11.0), own.right(), slot.target);
            } else {
                let label = LABEL.fit(&slot.label, (own.w - 24.0) * 0.6);
                let room = own.w - 32.0 - LABEL.width(&label);
                pen.text(at(left, top + 15.5), &label, LABEL, Paint::Ink);
                let style = LABEL.anchored(Anchor::End);
                let class = slot.target.filter(|_| drawn).and_then(|t| self.snapshot.objects.get(t)).map(title);
                pen.text_in(at(right, top + 15.5), class.as_ref().unwrap_or(&slot.target_text), room, style, Paint::Soft);
            }
        }
        if !shape.more.is_empty() {
            let top = own.y + row_top(shape, shape.rows.len());
            pen.line(at(own.x, top), at(own.right(), top), Stroke::solid(Paint::Line, 1.0));
            let text = cat(&["… ", &number(text::count(shape.more.len())), " more"]);
            pen.text_in(at(left, top + 15.5), &text, own.w - 46.0, LABEL, Paint::Soft);
            let drawn = |t: usize| self.layout.boxes.get(t).is_some_and(|to| to.w > 0.0);
            let arrows = shape.more.iter().any(|k| object.slots.get(*k).is_some_and(|s| s.target.is_some_and(drawn)));
            if arrows {
                self.dot(pen, at(right - 2.0, top + 11.0), own.right(), None);
            }
        }
    }

    /// The slot's dot and the line to the box's edge, where the arrow goes on.
    fn dot(&self, pen: &mut Pen, center: Point, edge: f64, target: Option<usize>) {
        let paint = target.map_or(Paint::Soft, |t| self.paint_of(t));
        pen.line(center, at(edge, center.y), Stroke::solid(paint, 1.4));
        pen.circle(center, 3.6, Some(paint.solid()), Some(Stroke::solid(Paint::Panel, 1.0)));
    }

    /// The count at the upper right corner; the collector's number at the upper left one.
    fn badges(&self, pen: &mut Pen, i: usize, object: &Object, own: Rect) {
        let text = count_text(object);
        let style = TextStyle::mono(12.0);
        let w = (style.width(&text) + 14.0).max(24.0);
        let pill = rect(own.right() + 8.0 - w, own.y - 13.0, w, 19.0);
        if object.refcount_before.is_some_and(|b| Some(b) != object.refcount) {
            pen.pill(pill, &text, Paint::Mark.solid(), Stroke::solid(Paint::MarkLine, 1.8), Paint::Ink, 12.0);
        } else {
            let paint = Paint::from(object.family);
            pen.pill(pill, &text, paint.solid(), Stroke::solid(Paint::Panel, 1.2), Paint::Panel, 12.0);
        }
        if let Some(gc) = object.gc
            && let Some(refs) = gc.gc_refs
        {
            let now = self.snapshot.collection.as_ref().is_some_and(|c| c.at == Some(i));
            let doubt = if gc.unreachable { " ✕" } else { "" };
            let text = cat(&[if now { "▶ " } else { "" }, "gc_refs ", &number(refs), doubt]);
            let w = TextStyle::mono(11.0).width(&text) + 14.0;
            legend::gc_refs(pen, rect(own.x + 8.0, own.y - 15.0, w, 18.0), &text);
        }
    }

    /// Who holds it, below the box: where that is the question.
    fn caption(&self, pen: &mut Pen, i: usize, object: &Object, own: Rect, holders: &Holders) {
        let asked = !object.reachable || self.selected == Some(i) || self.hovered == Some(i);
        if asked {
            let text = SMALL.fit(&holders.caption(self.snapshot, i), own.w + 10.0);
            if !text.is_empty() {
                // Below the rings.
                let below = if self.selected == Some(i) { 19.5 } else { 17.0 };
                let base = at(own.x + 4.0, own.bottom() + below);
                pen.fill(rect(base.x - 3.0, base.y - 10.5, SMALL.width(&text) + 6.0, 14.0), 4.0, Paint::Panel.tint(0.92));
                pen.text(base, &text, SMALL, Paint::Soft);
            }
        }
    }

    /// Many objects: small boxes with a line of text, or squares; arrows of what is selected or pointed at.
    fn many(&self, pen: &mut Pen) {
        let dots = self.layout.mode == Mode::Dots;
        self.chips(pen);
        let focus = self.hovered.or(self.selected);
        for (root, chip) in self.snapshot.roots.iter().zip(&self.layout.chips).take(40) {
            if let Some(to) = root.target.and_then(|t| self.layout.boxes.get(t)) {
                let (from, to) = (at(chip.right(), chip.center().y), at(to.x, to.center().y));
                let half = f64::midpoint(from.x, to.x);
                pen.path(from, &[[at(half, from.y), at(half, to.y), to]], Stroke::solid(Paint::Soft, 1.2), 7.0);
            }
        }
        if !dots {
            let thin = Stroke { tone: Paint::Soft.tint(0.3), width: 1.0, dash: None };
            self.straight(pen, thin, 0.0, |from, _| {
                self.snapshot.objects.get(from).is_some_and(|o| o.slots.len() <= MOST_ARROWS)
            });
        }
        if dots {
            self.dots(pen);
        } else {
            self.smalls(pen);
        }
        if let Some(focus) = focus {
            let linked = linked(self.snapshot, focus);
            if linked.len() > MOST_ARROWS {
                for own in linked.iter().filter_map(|&i| self.layout.boxes.get(i)) {
                    if dots {
                        pen.fill(own.grown(-3.0), 0.0, Paint::Panel.solid());
                    } else {
                        pen.fill(*own, 5.0, Paint::Accent.tint(0.2));
                    }
                }
            } else {
                self.straight(pen, Stroke::solid(Paint::Accent, 1.8), 8.0, |from, to| from == focus || to == focus);
            }
            if let Some(own) = self.layout.boxes.get(focus) {
                pen.selection(own.grown(3.0), 4.0);
            }
        }
    }

    fn smalls(&self, pen: &mut Pen) {
        for (i, (object, own)) in self.snapshot.objects.iter().zip(&self.layout.boxes).enumerate() {
            if pen.sees(own) {
                small(pen, object, *own);
                if object.changed {
                    pen.outline(own.grown(1.5), 6.0, Stroke::solid(Paint::MarkLine, 2.0));
                }
                pen.hit(*own, Target::Object(i));
            }
        }
    }

    /// One colour after the other, since changing colours is what costs a painter time. What is unreachable is hollow. Where
    /// squares would be too small to be told apart, one stands for several, in the colour of most of them, and hollow if any
    /// of them is unreachable; and neighbours of one colour are drawn as one, as it is their number that costs time then.
    fn dots(&self, pen: &mut Pen) {
        let all = || self.snapshot.objects.iter().zip(&self.layout.boxes);
        let side = layout::squares_in_one(pen.camera.scale);
        let columns = self.layout.cells_in_row.div_ceil(side).max(1);
        let mut votes: Vec<[usize; LOOKS]> = Vec::new();
        for (object, own) in all() {
            let (row, column) = layout::cell_of(own);
            let place = row / side * columns + column / side;
            if votes.len() <= place {
                votes.resize(place + 1, [0; LOOKS]);
            }
            votes[place][if object.reachable { object.family as usize } else { HOLLOW }] += 1;
        }
        let looks: Vec<Option<usize>> = votes.iter().map(look_of).collect();
        let (pitch, gap) = (layout::DOT_PITCH * num(side), layout::DOT_GAP * num(side));
        for look in 0..LOOKS {
            let mut at = 0;
            while at < looks.len() {
                let mut end = at + 1;
                if looks[at] == Some(look) {
                    while side > 1 && end % columns != 0 && looks.get(end) == Some(&Some(look)) {
                        end += 1;
                    }
                    let corner = layout::dot(at / columns, at % columns, pitch);
                    let own = rect(corner.x, corner.y, num(end - at) * pitch - gap, pitch - gap);
                    match FAMILIES.get(look) {
                        Some((family, _)) => pen.fill(own, 1.5, Paint::from(*family).solid()),
                        None => pen.outline(own.grown(-1.0), 1.5, Stroke::solid(Paint::Dead, 2.0)),
                    }
                }
                at = end;
            }
        }
        for (i, (object, own)) in all().enumerate() {
            if object.changed {
                pen.outline(own.grown(1.5), 3.0, Stroke::solid(Paint::MarkLine, 2.0));
            }
            pen.hit(*own, Target::Object(i));
        }
    }

    /// Straight references between the middles of objects.
    fn straight(&self, pen: &mut Pen, stroke: Stroke, head: f64, wanted: impl Fn(usize, usize) -> bool) {
        for (i, object) in self.snapshot.objects.iter().enumerate() {
            for t in object.slots.iter().filter_map(|s| s.target).filter(|t| wanted(i, *t)) {
                if let (Some(from), Some(to)) = (self.layout.boxes.get(i), self.layout.boxes.get(t)) {
                    let start = from.center();
                    let end = rim(start, to);
                    let half = at(f64::midpoint(start.x, end.x), f64::midpoint(start.y, end.y));
                    pen.path(start, &[[start, half, end]], stroke, head);
                }
            }
        }
    }
}

/// What an object refers to and what refers to it, once for each reference.
fn linked(snapshot: &Snapshot, object: usize) -> Vec<usize> {
    let mut linked = Vec::new();
    for (i, other) in snapshot.objects.iter().enumerate() {
        for target in other.slots.iter().filter_map(|s| s.target) {
            if i == object {
                linked.add(target);
            } else if target == object {
                linked.add(i);
            }
        }
    }
    linked
}

/// Where a straight line from outside to the middle of a box meets its edge.
fn rim(from: Point, to: &Rect) -> Point {
    let middle = to.center();
    let (dx, dy) = (from.x - middle.x, from.y - middle.y);
    let outside = (dx.abs() / (to.w / 2.0)).max(dy.abs() / (to.h / 2.0)).max(1.0);
    at(middle.x + dx / outside, middle.y + dy / outside)
}

/// A box with one line of text.
fn small(pen: &mut Pen, object: &Object, own: Rect) {
    let paint = Paint::from(object.family);
    if object.reachable {
        pen.rect(own, 5.0, Some(Paint::Panel.solid()), Some(Stroke::solid(paint, 1.4)));
    } else {
        pen.fill(own, 5.0, Paint::Panel.solid());
        pen.hatch(own, Paint::Dead.tint(0.3));
        pen.outline(own, 5.0, Stroke::solid(Paint::Dead, 1.4).dashed(4.0));
    }
    let count = count_text(object);
    let style = LABEL.anchored(Anchor::End);
    pen.text(at(own.right() - 5.0, own.y + 15.5), &count, style, Paint::Soft);
    let room = own.w - 16.0 - LABEL.width(&count);
    pen.text_in(at(own.x + 6.0, own.y + 15.5), &title(object), room, LABEL, paint);
}

/// All of a leaf in one line: type, value, and the serial where there is room.
fn leaf_text(pen: &mut Pen, object: &Object, own: Rect) {
    let (left, base) = (own.x + 12.0, own.y + 19.5);
    let bold = LEAF_STYLE.bold();
    let value = if object.name.is_empty() { &object.value } else { &object.name };
    let kind = bold.fit(object.word(), own.w - 60.0);
    pen.text(at(left, base), &kind, bold, object.family.into());
    let behind = left + bold.width(&kind) + 8.0;
    let room = own.right() - 12.0 - behind;
    pen.text_in(at(behind, base), value, room, LEAF_STYLE, Paint::Ink);
    let serial = serial(object.id);
    let left_over = room - LEAF_STYLE.width(value) - 8.0;
    if SMALL.width(&serial) <= left_over {
        pen.text(at(own.right() - 12.0, base), &serial, SMALL.anchored(Anchor::End), Paint::Soft);
    }
}

/// The marks that occur in the picture.
fn legend_entries(snapshot: &Snapshot, state: &ViewState, width: f64, folded: bool) -> Vec<(Mark, &'static str)> {
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

/// What squares look like: as the families, or hollow.
const LOOKS: usize = FAMILIES.len() + 1;
const HOLLOW: usize = FAMILIES.len();

/// The look of a square that stands for so many objects of each look.
fn look_of(votes: &[usize; LOOKS]) -> Option<usize> {
    let most = votes.iter().enumerate().fold((None, 0), |best, (look, &n)| if n > best.1 { (Some(look), n) } else { best }).0;
    if votes[HOLLOW] > 0 { Some(HOLLOW) } else { most }
}

/// What the legend calls them, by the number of the family.
const FAMILIES: [(Family, &str); 10] = [
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

/// The picture as text.
pub(super) fn describe(snapshot: &Snapshot, state: &ViewState) -> String {
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
