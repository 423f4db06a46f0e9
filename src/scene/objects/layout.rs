//! Where objects stand. Columns by distance from the names; what has stood somewhere stays there; what is new goes to the
//! free place next to what holds it. Boxes of a column never overlap: what grows pushes down what is below.

use super::super::geometry::{Rect, limit, num, ordered, rect, whole};
use super::super::state::{MOST_COLUMNS, Spot, Table, Tables};
use super::grid::grid;
use super::groups::{Group, groups};
use crate::ids::Serial;
use crate::ids::gather::{Gather as _, Grow as _};
use crate::snapshot::{BRIEF_ABOVE, Family, Object, Role, Root, Slot, Snapshot};

// Lengths in world units: css px at scale 1.
/// Width of a box.
pub(super) const BOX_W: f64 = 176.0;
/// Heights of a box's parts: its head, the line with the value, a row; and of a box that is one line.
pub(super) const HEADER_H: f64 = 26.0;
pub(super) const VALUE_H: f64 = 18.0;
pub(super) const ROW_H: f64 = 22.0;
pub(super) const LEAF_H: f64 = 30.0;
/// Between a box's edge and its text.
pub(super) const PADDING: f64 = 12.0;
/// A name or handle: where its column is, its size, and the gap to the next one.
pub(super) const CHIP_X: f64 = 16.0;
pub(super) const CHIP_W: f64 = 104.0;
pub(super) const CHIP_H: f64 = 26.0;
pub(super) const CHIP_GAP: f64 = 8.0;
/// Where the first column of boxes and the top of all columns are.
pub(super) const FIRST_X: f64 = 168.0;
pub(super) const TOP: f64 = 44.0;
/// From one column of boxes to the next.
const PITCH: f64 = 240.0;
/// Between boxes of a column: a holder caption below one, the caption of a group above the next.
const GAP: f64 = 52.0;
/// Slots shown of a container.
const SLOTS_SHOWN: usize = 8;
/// More objects than this are small boxes in a grid.
pub(super) const MANY: usize = 400;
/// More objects than this are squares, which need no text.
pub(super) const VERY_MANY: usize = BRIEF_ABOVE;

/// How much of an object is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scene) enum Mode {
    /// Boxes with rows.
    Full,
    /// Boxes with a line of text.
    Small,
    /// Squares.
    Dots,
}

/// Which rows an object's box has.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    /// Indices of the slots that have a row.
    pub(super) rows: Vec<usize>,
    /// Indices of the slots that share the last row.
    pub(super) more: Vec<usize>,
    /// Whether there is a line with the value.
    pub(super) value_line: bool,
    /// Neither rows nor value line: all in one line.
    pub(super) leaf: bool,
    /// Height of the box.
    pub(super) height: f64,
}

/// Where everything stands, world units.
#[derive(Clone, Debug)]
pub(in crate::scene) struct Layout {
    pub(super) mode: Mode,
    /// By index into [`Snapshot::objects`]; without width where an object is folded.
    pub(super) boxes: Vec<Rect>,
    pub(super) shapes: Vec<Shape>,
    /// By index into [`Snapshot::roots`].
    pub(super) chips: Vec<Rect>,
    pub(super) groups: Vec<Group>,
    pub(super) bounds: Rect,
    /// Of a grid.
    pub(super) cells_in_row: usize,
}

impl Layout {
    /// Whether an object has a place of its own.
    pub(super) fn shows(&self, object: usize) -> bool {
        self.boxes.get(object).is_some_and(|own| own.w > 0.0)
    }
}

/// The slots of an object that a picture shows: neither empty ones nor those that say again what is written elsewhere (a
/// built-in type is in the header).
pub(super) fn shown_slots(object: &Object) -> impl Iterator<Item = usize> + '_ {
    // A key that was left out is named by the label of its value.
    let idle = |s: &Slot| s.target_text.is_empty() || matches!(s.role, Role::Type | Role::Key);
    let shown = move |(_, s): &(usize, &Slot)| s.target.is_some() || !idle(s);
    object.slots.iter().enumerate().filter(shown).map(|(k, _)| k)
}

fn shape(object: &Object, folded: &[bool]) -> Shape {
    let mut rows: Vec<usize> = shown_slots(object).gather();
    let mut more = if rows.len() > SLOTS_SHOWN + 1 { rows.split_off(SLOTS_SHOWN) } else { Vec::new() };
    if object.family == Family::Class {
        // What makes up a class is folded with the objects that it consists of.
        let own = |k: &usize| object.slots.get(*k).is_none_or(|s| s.target.is_none_or(|t| folded.get(t) == Some(&true)));
        if folded.contains(&true) {
            let (inner, outer) = rows.iter().chain(&more).copied().partition(own);
            (rows, more) = (outer, inner);
        }
    }
    let own_value = !object.value.is_empty() && !object.value.starts_with('<');
    let counts = matches!(object.family, Family::Sequence | Family::Mapping | Family::Set);
    let value_line = !(rows.is_empty() && more.is_empty())
        && match object.family {
            Family::Instance => own_value,
            _ if !object.name.is_empty() => false,
            _ => !object.value.is_empty() && (!counts || !more.is_empty()),
        };
    let leaf = rows.is_empty() && more.is_empty();
    let lines = num(rows.len() + usize::from(!more.is_empty()));
    let value_height = if value_line { VALUE_H } else { 0.0 };
    let height = if leaf { LEAF_H } else { HEADER_H + value_height + ROW_H * lines };
    Shape { rows, more, value_line, leaf, height }
}

/// Which objects a picture leaves out until one of them or a class is selected: those that only a class holds (its dict, its
/// bases, its descriptors), and those that only the interpreter holds. They would bury what a program made.
pub(super) fn folded(snapshot: &Snapshot, selected: Option<usize>) -> Vec<bool> {
    let count = snapshot.objects.len();
    if count > MANY {
        return vec![false; count];
    }
    let is_class = |i: usize| snapshot.objects.get(i).is_some_and(|o| o.family == Family::Class);
    let targets = |i: usize| snapshot.objects.get(i).into_iter().flat_map(|o| o.slots.iter().filter_map(|s| s.target));
    let spread = |mut todo: Vec<usize>, through_classes: bool| {
        let mut seen = vec![false; count];
        while let Some(i) = todo.pop() {
            if i < count && !core::mem::replace(&mut seen[i], true) && (through_classes || !is_class(i)) {
                targets(i).gather_into(&mut todo);
            }
        }
        seen
    };
    let classes = (0..count).filter(|i| is_class(*i));
    let of_classes = spread(classes.clone().flat_map(targets).gather(), true);
    let dead = (0..count).filter(|i| snapshot.objects.get(*i).is_some_and(|o| !o.reachable) && !of_classes[*i]);
    let plain = spread(snapshot.roots.iter().filter_map(|r| r.target).chain(dead).gather(), false);
    let mut folded: Vec<bool> = plain.iter().map(|seen| !seen).gather();
    for class in classes.filter(|i| of_classes[*i] || snapshot.objects.get(*i).is_some_and(|o| !o.reachable)) {
        folded[class] = false;
    }
    if selected.is_some_and(|i| is_class(i) || folded.get(i) == Some(&true)) {
        folded.fill(false);
    }
    folded
}

/// The baseline of a line of text in the middle of something of this height, from its upper edge.
pub(super) const fn base_in(height: f64) -> f64 {
    height / 2.0 + 4.5
}

/// Upper edge of row `i` of a box, from the box's upper edge.
pub(super) fn row_top(shape: &Shape, i: usize) -> f64 {
    HEADER_H + if shape.value_line { VALUE_H } else { 0.0 } + ROW_H * num(i)
}

/// How many columns of boxes are readable in a picture of this width.
fn columns_for(width: f64) -> usize {
    whole((width / 0.8 - FIRST_X - 16.0 + (PITCH - BOX_W)) / PITCH).clamp(1, MOST_COLUMNS)
}

fn column_x(column: usize) -> f64 {
    FIRST_X + PITCH * num(column)
}

/// Lays out a snapshot without what is [`folded`], keeping what `tables` remembers and adding to it.
pub(in crate::scene) fn layout(
    snapshot: &Snapshot,
    folded: Vec<bool>,
    tables: &mut Tables,
    (width, height): (f64, f64),
) -> Layout {
    let count = snapshot.objects.len();
    if count > MANY {
        return grid(snapshot, &mut tables[0], width, height);
    }
    let columns = columns_for(width);
    let table = &mut tables[columns];
    let shapes: Vec<Shape> = snapshot.objects.iter().map(|o| shape(o, &folded)).gather();
    let mut placing =
        Placing { columns: vec![Vec::new(); columns], spots: vec![None; count], chips: vec![None; snapshot.roots.len()], folded };
    placing.remembered(snapshot, &shapes, table);
    placing.fresh(snapshot, &shapes);
    let mut boxes = Vec::with_capacity(count);
    for (i, object) in snapshot.objects.iter().enumerate() {
        if placing.folded.get(i) == Some(&true) {
            boxes.add(Rect::default());
            continue;
        }
        let spot = placing.spots.get(i).copied().flatten().unwrap_or(Spot { cell: 0, y: TOP });
        table.put(object.id, spot);
        boxes.add(rect(column_x(spot.cell), spot.y, BOX_W, shapes.get(i).map_or(LEAF_H, |s| s.height)));
    }
    let mut chips = Vec::with_capacity(snapshot.roots.len());
    for (i, root) in snapshot.roots.iter().enumerate() {
        let y = placing.chips.get(i).copied().flatten().unwrap_or(TOP);
        table.put_root(&root.name, root_id(snapshot, root), y);
        chips.add(rect(CHIP_X, y, CHIP_W, CHIP_H));
    }
    let groups = groups(snapshot, &boxes, &chips);
    let bounds = bounds_of(&boxes, &chips, &groups);
    Layout { mode: Mode::Full, boxes, shapes, chips, groups, bounds, cells_in_row: 0 }
}

/// Everything that must be visible, with room for what hangs over edges.
pub(super) fn bounds_of(boxes: &[Rect], chips: &[Rect], groups: &[Group]) -> Rect {
    let mut bounds = rect(0.0, 0.0, CHIP_X + CHIP_W + 16.0, TOP + CHIP_H);
    for r in chips {
        bounds = bounds.union(r);
    }
    for r in boxes.iter().filter(|r| r.w > 0.0) {
        bounds = bounds.union(&rect(r.x, r.y - 16.0, r.w + 52.0, r.h + 40.0));
    }
    for r in groups.iter().flat_map(|g| &g.areas) {
        bounds = bounds.union(&r.grown(10.0));
    }
    rect(bounds.x, bounds.y, bounds.w + 6.0, bounds.h + 10.0)
}

/// What a root is remembered by besides its name: handles all have the same.
fn root_id(snapshot: &Snapshot, root: &Root) -> Serial {
    let target = root.target.filter(|_| root.is_handle).and_then(|t| snapshot.objects.get(t));
    target.map_or(Serial(0), |o| o.id)
}

/// A stretch of a column that is taken: upper and lower edge.
type Taken = (f64, f64);

/// The free place nearest to `desired` for something of height `h` with `gap` around it.
fn free_place(taken: &[Taken], desired: f64, h: f64, gap: f64) -> f64 {
    let mut best: Option<f64> = None;
    let mut from = TOP;
    for i in 0..=taken.len() {
        let until = taken.get(i).map_or(f64::INFINITY, |t| t.0 - gap - h);
        if from <= until {
            let y = limit(desired, from, until);
            if best.is_none_or(|b| (y - desired).abs() < (b - desired).abs()) {
                best = Some(y);
            }
        }
        if let Some(t) = taken.get(i) {
            from = from.max(t.1 + gap);
        }
    }
    best.unwrap_or(from)
}

fn take(taken: &mut Vec<Taken>, y: f64, h: f64) {
    let place = taken.partition_point(|t| t.0 < y);
    taken.insert(place, (y, y + h));
}

struct Placing {
    columns: Vec<Vec<Taken>>,
    spots: Vec<Option<Spot>>,
    chips: Vec<Option<f64>>,
    /// Objects that have no place.
    folded: Vec<bool>,
}

impl Placing {
    /// Puts back what has stood somewhere, from above, pushing down what would overlap.
    fn remembered(&mut self, snapshot: &Snapshot, shapes: &[Shape], table: &Table) {
        let known: Vec<(usize, Spot)> = snapshot
            .objects
            .iter()
            .enumerate()
            .filter(|(i, _)| self.folded.get(*i) == Some(&false))
            .filter_map(|(i, o)| Some((i, table.spot(o.id)?)))
            .gather();
        let above = |a: usize, b: usize| known[a].1.y < known[b].1.y;
        for (i, spot) in ordered(known.len(), &above).into_iter().filter_map(|n| known.get(n).copied()) {
            let (Some(taken), Some(shape)) = (self.columns.get_mut(spot.cell), shapes.get(i)) else { continue };
            let y = taken.last().map_or(spot.y, |t| spot.y.max(t.1 + GAP));
            taken.add((y, y + shape.height));
            self.spots[i] = Some(Spot { y, ..spot });
        }
        let known: Vec<(usize, f64)> =
            snapshot.roots.iter().enumerate().filter_map(|(i, r)| Some((i, table.root(&r.name, root_id(snapshot, r))?))).gather();
        let mut below = f64::NEG_INFINITY;
        for (i, y) in ordered(known.len(), &|a, b| known[a].1 < known[b].1).into_iter().filter_map(|n| known.get(n).copied()) {
            let y = y.max(below);
            below = y + CHIP_H + CHIP_GAP;
            self.chips[i] = Some(y);
        }
    }

    fn put(&mut self, shapes: &[Shape], i: usize, column: usize, desired: f64) {
        if self.spots.get(i).is_none_or(Option::is_some) || self.folded.get(i) == Some(&true) {
            return;
        }
        let column = column.min(self.columns.len().saturating_sub(1));
        let h = shapes.get(i).map_or(LEAF_H, |s| s.height);
        if let Some(taken) = self.columns.get_mut(column) {
            let y = free_place(taken, desired, h, GAP);
            take(taken, y, h);
            self.spots[i] = Some(Spot { cell: column, y });
        }
    }

    fn put_chip(&mut self, i: usize, desired: f64) {
        let mut taken: Vec<Taken> = Vec::new();
        for y in self.chips.iter().flatten() {
            take(&mut taken, *y, CHIP_H);
        }
        self.chips[i] = Some(free_place(&taken, desired, CHIP_H, CHIP_GAP));
    }

    fn lowest(&self) -> f64 {
        self.columns.iter().filter_map(|c| c.last()).map(|t| t.1).fold(TOP - GAP, f64::max)
    }

    /// Finds places for what is new: names and what they hold, then outwards, then what nothing reaches.
    fn fresh(&mut self, snapshot: &Snapshot, shapes: &[Shape]) {
        let mut seen = vec![false; snapshot.objects.len()];
        let mut queue = Vec::new();
        for (i, root) in snapshot.roots.iter().enumerate() {
            let chip = self.chips.get(i).copied().flatten();
            let below = self.chips.iter().flatten().fold(TOP - CHIP_H - CHIP_GAP, |a, b| a.max(*b)) + CHIP_H + CHIP_GAP;
            if let Some(t) = root.target {
                self.put(shapes, t, 0, chip.unwrap_or(below));
                if seen.get(t) == Some(&false) {
                    seen[t] = true;
                    queue.add(t);
                }
            }
            if chip.is_none() {
                let aim = root.target.and_then(|t| self.spots.get(t).copied().flatten()).filter(|s| s.cell == 0);
                self.put_chip(i, aim.map_or(below, |s| s.y));
            }
        }
        self.outwards(snapshot, shapes, &mut seen, &mut queue);
        for start in 0..snapshot.objects.len() {
            if !seen[start] && self.folded.get(start) == Some(&false) {
                seen[start] = true;
                let y = self.lowest() + GAP;
                self.put(shapes, start, 0, y);
                queue.add(start);
                self.outwards(snapshot, shapes, &mut seen, &mut queue);
            }
        }
    }

    /// Breadth first, emptying the queue: each object in the column behind its first holder, level with the slot.
    fn outwards(&mut self, snapshot: &Snapshot, shapes: &[Shape], seen: &mut [bool], queue: &mut Vec<usize>) {
        let mut next = 0;
        while let Some(i) = queue.get(next).copied() {
            next += 1;
            let (Some(object), Some(shape)) = (snapshot.objects.get(i), shapes.get(i)) else { continue };
            let Spot { cell: column, y } = self.spots.get(i).copied().flatten().unwrap_or(Spot { cell: 0, y: TOP });
            for (row, k) in shape.rows.iter().chain(&shape.more).enumerate() {
                let Some(t) = object.slots.get(*k).and_then(|s| s.target) else { continue };
                if seen.get(t) != Some(&false) || self.folded.get(t) == Some(&true) {
                    continue;
                }
                seen[t] = true;
                queue.add(t);
                let level = y + row_top(shape, row.min(shape.rows.len())) - 2.0;
                let last = column + 1 >= self.columns.len();
                self.put(shapes, t, column + 1, if last { level.max(y + shape.height + GAP) } else { level });
            }
        }
        queue.clear();
    }
}
