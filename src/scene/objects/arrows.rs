//! How references run from slots to objects, so that they can be told apart: each enters its object at a place of its own,
//! those to the right go straight there unless boxes stand in their way, those within a column bow out to the right, those back
//! to the left pass between the boxes of their own column and of those that they cross.

use super::super::geometry::{Point, Rect, at, limit, num, ordered, rect};
use super::layout::{Layout, ROW_H, row_top};
use crate::ids::gather::{Gather as _, Grow as _};
use crate::snapshot::{Role, Snapshot};

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
    /// At which height it passes boxes, if it does.
    level: Option<f64>,
    /// Where it turns to that height, and from it; or how far it bows out.
    turns: [f64; 2],
}

/// How long a bend is where a reference turns.
const BEND: f64 = 12.0;
/// How far from boxes references pass them, above and below.
const ABOVE: f64 = 9.0;
const BELOW: f64 = 22.0;
/// How far apart lines are that run beside each other, and how many may.
const LANE: f64 = 4.0;
const LANES: usize = 9;

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
            push(&mut edges, (snapshot, layout), Source::Root(i), (start, *chip), t, false);
        }
    }
    for (i, (object, (own, shape))) in snapshot.objects.iter().zip(layout.boxes.iter().zip(&layout.shapes)).enumerate() {
        for (row, k) in shape.rows.iter().chain(&shape.more).enumerate() {
            let shared = row >= shape.rows.len();
            let row = row.min(shape.rows.len());
            let Some(slot) = object.slots.get(*k) else { continue };
            let quiet = slot.role == Role::Type && focus != Some(i) && focus != slot.target;
            if let Some(t) = slot.target.filter(|_| !quiet) {
                let start = at(own.right(), own.y + row_top(shape, row) + ROW_H / 2.0);
                push(&mut edges, (snapshot, layout), Source::Object(i), (start, *own), t, shared);
            }
        }
    }
    arrive(&mut edges, layout);
    route(&mut edges, layout);
    edges
}

fn push(
    edges: &mut Vec<Edge>,
    (snapshot, layout): (&Snapshot, &Layout),
    source: Source,
    (start, from): (Point, Rect),
    target: usize,
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
    edges.add(Edge { source, target, start, end, shared, from, way, level: None, turns: [0.0; 2] });
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

/// Leads what passes boxes along a level that is free of them: what goes back passes its own column at least.
fn route(edges: &mut [Edge], layout: &Layout) {
    let mut runs = Vec::new();
    for edge in edges {
        let (s, e) = (edge.start, edge.end);
        let (left, right) = match edge.way {
            Way::Forward => (edge.from.right(), e.x - 8.0),
            Way::Back => (e.x, edge.from.right() + 1.0),
            Way::Column => {
                let nearest = 22.0 + LANE * ((e.y - s.y).abs() / 120.0).floor().min(3.0);
                edge.turns[0] = lane(&mut runs, s.x + nearest, LANE, (s.y, e.y));
                continue;
            }
        };
        let passed: Vec<&Rect> = layout.boxes.iter().filter(|b| b.w > 0.0 && b.x > left && b.right() < right).gather();
        // Below a box there is room for who holds it.
        let blocked = |low: f64, high: f64| passed.iter().any(|b| b.y - ABOVE < high && b.bottom() + BELOW > low);
        if edge.way == Way::Forward && !blocked(s.y.min(e.y), s.y.max(e.y)) {
            continue;
        }
        // Neighbours differ in height.
        let beside = LANE * num(runs.len() / 2 % 4);
        let mut levels = vec![e.y];
        for b in &passed {
            levels.add(b.y - ABOVE - beside);
            levels.add(b.bottom() + BELOW + beside);
        }
        let mut shortest = f64::INFINITY;
        for level in levels {
            let way = (level - s.y).abs() + (level - e.y).abs();
            if way + 1.0 < shortest && !blocked(level, level) {
                (shortest, edge.level) = (way, Some(level));
            }
        }
        if let Some(level) = edge.level {
            // The first lane is inside the outline of a group, which is 16 beside its boxes.
            let side = if edge.way == Way::Forward { -1.0 } else { 1.0 };
            edge.turns =
                [lane(&mut runs, s.x + 10.0, LANE, (s.y, level)), lane(&mut runs, e.x + side * 22.0, side * LANE, (e.y, level))];
        }
    }
}

/// Takes the first lane of a gap that is free between two heights, if one is left: at `x`, or further steps away.
fn lane(runs: &mut Vec<Rect>, x: f64, step: f64, (one, other): (f64, f64)) -> f64 {
    let mut run = rect(x, one.min(other), LANE - 0.5, (one - other).abs());
    for _ in 0..LANES {
        if !runs.iter().any(|taken| taken.meets(&run)) {
            break;
        }
        run.x += step;
    }
    runs.add(run);
    run.x
}

/// A line along these points, each level with the next or below or above it, with round corners.
fn rounded(points: &[Point]) -> Vec<[Point; 3]> {
    let mut curves = Vec::new();
    for corner in points.windows(3) {
        let &[before, c, after] = corner else { continue };
        let toward = |p: Point| {
            let far = (p.x - c.x).abs() + (p.y - c.y).abs();
            let part = BEND.min(far / 2.0) / far.max(1.0);
            at(c.x + part * (p.x - c.x), c.y + part * (p.y - c.y))
        };
        let (from, to) = (toward(before), toward(after));
        curves.add([from, from, from]);
        curves.add([c, c, to]);
    }
    // Straight on from the last corner: painters take an arrow head's direction from the last control point.
    let last = curves.last().map_or(points.first(), |[.., to]| Some(to)).copied();
    if let (Some(from), Some(&end)) = (last, points.last()) {
        curves.add([from, from, end]);
    }
    curves
}

impl Edge {
    /// The curve from the start on.
    pub(super) fn curves(&self) -> Vec<[Point; 3]> {
        let (s, e) = (self.start, self.end);
        let [out, gate] = self.turns;
        if let Some(level) = self.level {
            return rounded(&[s, at(out, s.y), at(out, level), at(gate, level), at(gate, e.y), e]);
        }
        if self.way == Way::Column {
            let bow = (out - s.x).min(54.0) / 0.75;
            return vec![[at(s.x + bow, s.y), at(e.x + bow, e.y), e]];
        }
        let reach = limit(0.5 * (e.x - s.x), 18.0, 110.0);
        vec![[at(s.x + reach, s.y), at(e.x - reach, e.y), e]]
    }
}
