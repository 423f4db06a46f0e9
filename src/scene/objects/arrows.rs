//! How references run from slots to objects, so that they can be told apart: each enters its object at a place of its own,
//! those to the right go straight there, those within a column bow out to the right, those back to the left pass below or
//! above their own box.

use super::super::geometry::{Point, Rect, at, limit, num, ordered};
use super::layout::{Layout, row_top};
use crate::ids::gather::Grow as _;
use crate::snapshot::{Slot, Snapshot};

/// Where a reference starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// Index into the roots.
    Root(usize),
    /// Index into the objects.
    Object(usize),
}

/// A reference that is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) source: Source,
    pub(super) target: usize,
    /// Where it leaves its box or chip.
    pub(super) start: Point,
    /// Where it arrives.
    pub(super) end: Point,
    /// One of several slots in a shared row.
    pub(super) shared: bool,
    /// The box that it leaves.
    from: Rect,
    way: Way,
    lane: usize,
}

/// How long a bend is where a reference turns between two columns.
const BEND: f64 = 24.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Forward,
    Column,
    Back,
}

/// The references that have a start and an end in the picture; those to types only from or to the object `focus`: each instance
/// has one, its row says which, and all of them would cross everything else.
pub(super) fn edges(snapshot: &Snapshot, layout: &Layout, focus: Option<usize>) -> Vec<Edge> {
    let mut edges = Vec::new();
    for (i, (root, chip)) in snapshot.roots.iter().zip(&layout.chips).enumerate() {
        if let Some(t) = root.target {
            let start = at(chip.right(), chip.center().y);
            push(&mut edges, (snapshot, layout), Source::Root(i), (start, *chip), t, 0, false);
        }
    }
    for (i, (object, (own, shape))) in snapshot.objects.iter().zip(layout.boxes.iter().zip(&layout.shapes)).enumerate() {
        for (row, k) in shape.rows.iter().chain(&shape.more).enumerate() {
            let shared = row >= shape.rows.len();
            let row = row.min(shape.rows.len());
            let Some(slot) = object.slots.get(*k) else { continue };
            let quiet = is_type(slot) && focus != Some(i) && focus != slot.target;
            if let Some(t) = slot.target.filter(|_| !quiet) {
                let start = at(own.right(), own.y + row_top(shape, row) + 11.0);
                push(&mut edges, (snapshot, layout), Source::Object(i), (start, *own), t, row, shared);
            }
        }
    }
    arrive(&mut edges, layout);
    edges
}

/// Whether a slot is an object's `ob_type`.
pub(super) fn is_type(slot: &Slot) -> bool {
    slot.label == "type"
}

fn push(
    edges: &mut Vec<Edge>,
    (snapshot, layout): (&Snapshot, &Layout),
    source: Source,
    (start, from): (Point, Rect),
    target: usize,
    lane: usize,
    shared: bool,
) {
    let Some(to) = layout.boxes.get(target).filter(|to| to.w > 0.0 && from.w > 0.0) else { return };
    let way = if to.x > from.right() {
        Way::Forward
    } else if (to.x - from.x).abs() < 1.0 {
        Way::Column
    } else {
        Way::Back
    };
    // In front of the ring of what changed.
    let ring = if snapshot.objects.get(target).is_some_and(|o| o.changed) { 5.5 } else { 0.0 };
    let end = if way == Way::Forward { at(to.x - ring, to.y) } else { at(to.right() + ring, to.y) };
    edges.add(Edge { source, target, start, end, shared, from, way, lane });
}

/// Gives each arrival its own place on the side of the box: from above in the order in which they come.
fn arrive(edges: &mut [Edge], layout: &Layout) {
    let side = |e: &Edge| (e.target, e.way != Way::Forward);
    let key = |i: usize| edges.get(i).map(|e| (side(e), e.start.y, e.start.x));
    let order = ordered(edges.len(), &|a, b| key(a) < key(b));
    let mut first = 0;
    while first < order.len() {
        let key = edges.get(order[first]).map(side);
        let same = order[first..].iter().take_while(|i| edges.get(**i).map(side) == key).count().max(1);
        for (n, i) in order[first..first + same].iter().enumerate() {
            let Some(edge) = edges.get_mut(*i) else { continue };
            let Some(to) = layout.boxes.get(edge.target) else { continue };
            // Around the header's middle; only as far apart as the box is high.
            let step = (9.0_f64).min((to.h - 21.0) / num(same));
            // At the right, below the badge.
            let highest = if edge.way == Way::Forward { 7.0 } else { 14.0 };
            let first_y = (13.0 - step * num(same - 1) / 2.0).max(highest);
            edge.end.y = to.y + first_y + step * num(n);
        }
        first += same;
    }
}

impl Edge {
    /// The curve from the start on.
    pub(super) fn curves(&self) -> Vec<[Point; 3]> {
        let (s, e) = (self.start, self.end);
        match self.way {
            Way::Forward => {
                let reach = limit(0.5 * (e.x - s.x), 18.0, 110.0);
                vec![[at(s.x + reach, s.y), at(e.x - reach, e.y), e]]
            }
            Way::Column => {
                let bow = (26.0 + 0.05 * (e.y - s.y).abs() + 5.0 * num(self.lane % 6)).min(62.0);
                vec![[at(s.x + bow, s.y), at(e.x + bow, e.y), e]]
            }
            Way::Back => {
                let lane = 7.0 + 3.0 * num(self.lane % 4);
                let below = e.y >= self.from.center().y;
                let level = if below { self.from.bottom() + lane } else { self.from.y - lane - 6.0 };
                let turn = at(self.from.right() - 16.0, level);
                let leave = at(self.from.x + 10.0, level);
                let reach = limit(0.5 * (leave.x - e.x), 24.0, 110.0);
                let out = [at(s.x + 26.0, s.y), at(s.x + 26.0, level), turn];
                let far = e.y - level;
                if far.abs() < 2.0 * BEND {
                    return vec![out, [turn, leave, leave], [at(leave.x - reach, level), at(e.x + reach, e.y), e]];
                }
                // Up or down between the columns, so that it crosses no box of its own one.
                let between = self.from.x - 14.0 - 4.0 * num(self.lane % 4);
                let bend = BEND.copysign(far);
                let (first, last) = (at(between, level + bend), at(between, e.y - bend));
                vec![
                    out,
                    [turn, leave, leave],
                    [at(between, level), at(between, level), first],
                    [first, last, last],
                    [at(between, e.y), at(limit(between - BEND, e.x + 6.0, between), e.y), e],
                ]
            }
        }
    }
}
