//! Where many objects stand: in cells of a grid.

use super::super::geometry::{Point, Rect, at, num, rect, whole};
use super::super::state::Table;
use super::layout::{CHIP_GAP, CHIP_H, CHIP_W, CHIP_X, FIRST_X, Layout, Mode, TOP, VERY_MANY, bounds_of};
use crate::ids::gather::{Gather as _, Grow as _};
use crate::snapshot::Snapshot;

/// A box with one line of text, and what is between two of them.
const SMALL_W: f64 = 104.0;
pub(super) const SMALL_H: f64 = 22.0;
const SMALL_GAP: f64 = 10.0;
/// How far apart squares are, and how much of that is between them.
pub(super) const DOT_PITCH: f64 = 13.0;
pub(super) const DOT_GAP: f64 = 3.0;
/// Squares that are less than that apart on the screen (css px) are drawn several in one.
const FINEST: f64 = 3.5;

/// How many squares in each direction are drawn as one at this scale.
pub(super) fn squares_in_one(scale: f64) -> usize {
    whole((FINEST / (DOT_PITCH * scale)).ceil()).max(1)
}

/// The upper left corner of a square of a grid with this pitch.
pub(super) fn dot(row: usize, column: usize, pitch: f64) -> Point {
    at(FIRST_X + num(column) * pitch, TOP + num(row) * pitch)
}

/// Row and column of a square.
pub(super) fn cell_of(own: &Rect) -> (usize, usize) {
    (whole((own.y - TOP) / DOT_PITCH), whole((own.x - FIRST_X) / DOT_PITCH))
}

/// Many objects: cells of a grid, in the order in which they were first seen; a free cell is taken again.
pub(super) fn grid(snapshot: &Snapshot, table: &mut Table, width: f64, height: f64) -> Layout {
    let count = snapshot.objects.len();
    let dot = DOT_PITCH - DOT_GAP;
    let (mode, w, h, gap) =
        if count > VERY_MANY { (Mode::Dots, dot, dot, DOT_GAP) } else { (Mode::Small, SMALL_W, SMALL_H, SMALL_GAP) };
    let (cell_w, cell_h) = (w + gap, h + gap);
    // As many cells in a row as make the picture's proportions, until there are twice as many objects.
    let wanted = whole((num(count) * cell_h * width.max(1.0) / (cell_w * height.max(1.0))).sqrt()).max(4);
    if table.cells_in_row < wanted / 2 || table.cells_in_row > wanted * 2 {
        table.cells_in_row = wanted;
        table.clear();
    }
    let mut taken = vec![false; 2 * count + 1];
    let mut cells = table.cells(snapshot.objects.iter().map(|o| o.id));
    for cell in &mut cells {
        match cell.and_then(|cell| taken.get_mut(cell)) {
            Some(taken) if !*taken => *taken = true,
            _ => *cell = None,
        }
    }
    if cells.contains(&None) {
        let mut free = 0;
        breadth_first(snapshot, &mut |i| {
            if cells[i].is_none() {
                while core::mem::replace(&mut taken[free], true) {
                    free += 1;
                }
                cells[i] = Some(free);
            }
        });
    }
    let row = table.cells_in_row.max(1);
    let mut boxes = Vec::with_capacity(count);
    for cell in cells.iter().map(|cell| cell.unwrap_or(0)) {
        boxes.add(rect(FIRST_X + num(cell % row) * cell_w, TOP + num(cell / row) * cell_h, w, h));
    }
    table.set_cells(snapshot.objects.iter().map(|o| o.id).zip(cells));
    let chips: Vec<Rect> =
        (0..snapshot.roots.len()).map(|i| rect(CHIP_X, TOP + num(i) * (CHIP_H + CHIP_GAP), CHIP_W, CHIP_H)).gather();
    let bounds = bounds_of(&boxes, &chips, &[]);
    Layout { mode, boxes, shapes: Vec::new(), chips, groups: Vec::new(), bounds, cells_in_row: row }
}

/// Visits every object once: from the names outwards, then the rest by birth.
fn breadth_first(snapshot: &Snapshot, visit: &mut dyn FnMut(usize)) {
    let mut seen = vec![false; snapshot.objects.len()];
    let mut queue: Vec<usize> = Vec::new();
    let starts = snapshot.roots.iter().filter_map(|r| r.target).chain(0..snapshot.objects.len());
    for start in starts {
        queue.clear();
        queue.add(start);
        let mut next = 0;
        while let Some(i) = queue.get(next).copied() {
            next += 1;
            let Some(object) = snapshot.objects.get(i) else { continue };
            if core::mem::replace(&mut seen[i], true) {
                continue;
            }
            visit(i);
            object.slots.iter().filter_map(|s| s.target).filter(|t| seen.get(*t) == Some(&false)).gather_into(&mut queue);
        }
    }
}
