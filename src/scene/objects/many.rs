//! Many objects: boxes with a line of text, or squares, in a grid; arrows only of what is selected or pointed at.

use super::super::geometry::{Point, Rect, at, num, rect};
use super::super::pen::Pen;
use super::super::text::Anchor;
use super::super::theme::Paint;
use super::super::{Stroke, Target};
use super::grid::{self, SMALL_H};
use super::layout::{Mode, base_in};
use super::marks::FAMILIES;
use super::words::{count_text, title};
use super::{LABEL, Picture};
use crate::ids::gather::Grow as _;
use crate::snapshot::{Object, Snapshot};

/// An object with more references than that has marks instead of arrows, among many objects.
pub(super) const MOST_ARROWS: usize = 60;

/// What squares look like: as the families, or hollow.
const LOOKS: usize = FAMILIES.len() + 1;
const HOLLOW: usize = FAMILIES.len();

/// The look of a square that stands for so many objects of each look.
fn look_of(votes: &[usize; LOOKS]) -> Option<usize> {
    let most = votes.iter().enumerate().fold((None, 0), |best, (look, &n)| if n > best.1 { (Some(look), n) } else { best }).0;
    if votes[HOLLOW] > 0 { Some(HOLLOW) } else { most }
}

impl Picture<'_> {
    /// Many objects: small boxes with a line of text, or squares; arrows of what is selected or pointed at.
    pub(super) fn many(&self, pen: &mut Pen) {
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
        let side = grid::squares_in_one(pen.camera.scale);
        let columns = self.layout.cells_in_row.div_ceil(side).max(1);
        let mut votes: Vec<[usize; LOOKS]> = Vec::new();
        for (object, own) in all() {
            let (row, column) = grid::cell_of(own);
            let place = row / side * columns + column / side;
            if votes.len() <= place {
                votes.resize(place + 1, [0; LOOKS]);
            }
            votes[place][if object.reachable { object.family as usize } else { HOLLOW }] += 1;
        }
        let looks: Vec<Option<usize>> = votes.iter().map(look_of).collect();
        let (pitch, gap) = (grid::DOT_PITCH * num(side), grid::DOT_GAP * num(side));
        for look in 0..LOOKS {
            let mut at = 0;
            while at < looks.len() {
                let mut end = at + 1;
                if looks[at] == Some(look) {
                    while side > 1 && end % columns != 0 && looks.get(end) == Some(&Some(look)) {
                        end += 1;
                    }
                    let corner = grid::dot(at / columns, at % columns, pitch);
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
pub(super) fn linked(snapshot: &Snapshot, object: usize) -> Vec<usize> {
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
    pen.text(at(own.right() - 5.0, own.y + base_in(SMALL_H)), &count, style, Paint::Soft);
    let room = own.w - 16.0 - LABEL.width(&count);
    pen.text_in(at(own.x + 6.0, own.y + base_in(SMALL_H)), &title(object), room, LABEL, paint);
}
