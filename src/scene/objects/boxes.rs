//! An object as a box: its head, its value, a row for each slot, its count, and who holds it.

use super::super::geometry::{Point, Rect, at, rect};
use super::super::legend;
use super::super::pen::Pen;
use super::super::text::{self, Anchor, TextStyle, cat, number, serial};
use super::super::theme::Paint;
use super::super::{Stroke, Target};
use super::layout::{HEADER_H, LEAF_H, PADDING, ROW_H, Shape, VALUE_H, base_in, row_top};
use super::words::{Holders, count_text, title};
use super::{LABEL, Picture, SMALL};
use crate::snapshot::{Object, Role};

/// The baseline of a box's head: one below the middle, as the badges reach into it.
const HEADER_BASE: f64 = 18.5;
/// What the dot of a row that has an arrow takes of the row.
const DOT_ROOM: f64 = 22.0;

impl Picture<'_> {
    pub(super) fn object(&self, pen: &mut Pen, i: usize, object: &Object, own: Rect, shape: &Shape) {
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
        let (left, right) = (own.x + PADDING, own.right() - PADDING);
        let family = Paint::from(object.family);
        let bold = LABEL.bold();
        let name = bold.fit(&object.called(), own.w - if object.name.is_empty() { 70.0 } else { 54.0 });
        let behind = left + bold.width(&name) + 7.0;
        pen.text(at(left, own.y + HEADER_BASE), &name, bold, family);
        pen.text_in(at(behind, own.y + HEADER_BASE), &serial(object.id), right - behind, SMALL, Paint::Soft);
        if shape.value_line {
            let y = own.y + HEADER_H + VALUE_H - 4.5;
            pen.text_in(at(left, y), &object.value, own.w - 2.0 * PADDING, LABEL, Paint::Soft);
        }
        for (row, k) in shape.rows.iter().enumerate() {
            let top = own.y + row_top(shape, row);
            pen.line(at(own.x, top), at(own.right(), top), Stroke::solid(Paint::Line, 1.0));
            let Some(slot) = object.slots.get(*k) else { continue };
            let area = rect(own.x, top, own.w, ROW_H);
            pen.hit(area, Target::Slot(i, *k));
            let drawn = slot.target.is_some_and(|t| self.layout.shows(t));
            if drawn && slot.role != Role::Type {
                pen.text_in(at(left, top + base_in(ROW_H)), &slot.label, own.w - 2.0 * PADDING - DOT_ROOM, LABEL, Paint::Ink);
                self.dot(pen, at(right - 2.0, top + ROW_H / 2.0), own.right(), slot.target);
            } else {
                let label = LABEL.fit(&slot.label, (own.w - 2.0 * PADDING) * 0.6);
                let room = own.w - 32.0 - LABEL.width(&label);
                pen.text(at(left, top + base_in(ROW_H)), &label, LABEL, Paint::Ink);
                let style = LABEL.anchored(Anchor::End);
                let class = slot.target.filter(|_| drawn).and_then(|t| self.snapshot.objects.get(t)).map(title);
                pen.text_in(
                    at(right, top + base_in(ROW_H)),
                    class.as_ref().unwrap_or(&slot.target_text),
                    room,
                    style,
                    Paint::Soft,
                );
            }
        }
        if !shape.more.is_empty() {
            let top = own.y + row_top(shape, shape.rows.len());
            pen.line(at(own.x, top), at(own.right(), top), Stroke::solid(Paint::Line, 1.0));
            let text = cat(&["… ", &number(text::count(shape.more.len())), " more"]);
            pen.text_in(at(left, top + base_in(ROW_H)), &text, own.w - 2.0 * PADDING - DOT_ROOM, LABEL, Paint::Soft);
            let mut targets = shape.more.iter().filter_map(|k| object.slots.get(*k)?.target);
            let arrows = targets.any(|t| self.layout.shows(t));
            if arrows {
                self.dot(pen, at(right - 2.0, top + ROW_H / 2.0), own.right(), None);
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
        let w = (LABEL.width(&text) + 14.0).max(24.0);
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
    pub(super) fn caption(&self, pen: &mut Pen, i: usize, object: &Object, own: Rect, holders: &Holders) {
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
}

/// All of a leaf in one line: type, value, and the serial where there is room.
fn leaf_text(pen: &mut Pen, object: &Object, own: Rect) {
    let (left, base) = (own.x + PADDING, own.y + base_in(LEAF_H));
    let bold = LABEL.bold();
    let value = if object.name.is_empty() { &object.value } else { &object.name };
    let kind = bold.fit(object.word(), own.w - 60.0);
    pen.text(at(left, base), &kind, bold, object.family.into());
    let behind = left + bold.width(&kind) + 8.0;
    let room = own.right() - PADDING - behind;
    pen.text_in(at(behind, base), value, room, LABEL, Paint::Ink);
    let serial = serial(object.id);
    let left_over = room - LABEL.width(value) - 8.0;
    if SMALL.width(&serial) <= left_over {
        pen.text(at(own.right() - PADDING, base), &serial, SMALL.anchored(Anchor::End), Paint::Soft);
    }
}
