//! What a viewer has done to the views: cameras, selection, pointer, and where objects were put.

use super::View;
use super::geometry::{Camera, Framing, Point, Rect, Size, at, limit};
use crate::ids::Serial;
use crate::ids::gather::Grow as _;
use crate::ids::text::Owned as _;

/// Zoom limits.
const SCALE: (f64, f64) = (0.02, 12.0);
/// The scale of a picture that was not fitted to its room yet: larger than any that is.
const UNFITTED: f64 = 2.0;

/// The changeable part of the views. Draws never read anything else besides the snapshot.
#[derive(Clone, Debug, Default)]
pub struct ViewState {
    /// The object selected in all views.
    pub selected: Option<Serial>,
    /// The object under the pointer.
    pub hovered: Option<Serial>,
    cameras: [Camera; View::COUNT],
    /// Views that shall move so that the selected object is visible.
    reveal: [bool; View::COUNT],
    /// Where objects stand in the objects view.
    pub(super) tables: Tables,
}

/// The most columns of boxes that a picture of objects has.
pub(super) const MOST_COLUMNS: usize = 6;

/// Where things stand, for each number of columns; 0 is the grid of many objects.
pub(super) type Tables = [Table; 1 + MOST_COLUMNS];

/// Where things stand. Deterministic: a function of the snapshots that were drawn, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    /// By serial, which is also the order in which they come.
    objects: Vec<(Serial, Spot)>,
    /// Upper edge of a name's chip; handles by their object.
    roots: Vec<(String, Serial, f64)>,
    /// Cells in a row of the grid.
    pub(super) cells_in_row: usize,
}

/// Where an object stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spot {
    /// Column, or cell of the grid.
    pub(super) cell: usize,
    /// Upper edge; 0 in the grid.
    pub(super) y: f64,
}

impl Table {
    pub(super) fn spot(&self, id: Serial) -> Option<Spot> {
        let place = self.objects.binary_search_by(|e| e.0.cmp(&id)).ok()?;
        self.objects.get(place).map(|e| e.1)
    }

    pub(super) fn put(&mut self, id: Serial, spot: Spot) {
        match self.objects.binary_search_by(|e| e.0.cmp(&id)) {
            Ok(place) => self.objects[place].1 = spot,
            Err(place) => self.objects.insert(place, (id, spot)),
        }
    }

    pub(super) fn clear(&mut self) {
        self.objects.clear();
    }

    /// The cells of these objects, by serial ascending, where they have one.
    pub(super) fn cells(&self, ids: impl Iterator<Item = Serial>) -> Vec<Option<usize>> {
        let mut known = self.objects.iter().peekable();
        let mut cell = |id| {
            while known.next_if(|e| e.0 < id).is_some() {}
            known.next_if(|e| e.0 == id).map(|e| e.1.cell)
        };
        ids.map(&mut cell).collect()
    }

    /// Only these objects, by serial ascending, have these cells.
    pub(super) fn set_cells(&mut self, cells: impl Iterator<Item = (Serial, Option<usize>)>) {
        self.objects.clear();
        self.objects.extend(cells.filter_map(|(id, cell)| Some((id, Spot { cell: cell?, y: 0.0 }))));
    }

    pub(super) fn root(&self, name: &str, id: Serial) -> Option<f64> {
        self.roots.iter().find(|r| r.1 == id && r.0 == name).map(|r| r.2)
    }

    pub(super) fn put_root(&mut self, name: &str, id: Serial, y: f64) {
        match self.roots.iter_mut().find(|r| r.1 == id && r.0 == name) {
            Some(entry) => entry.2 = y,
            None => self.roots.add((name.owned(), id, y)),
        }
    }
}

impl ViewState {
    /// A fresh state: nothing selected, everything framed.
    #[must_use]
    pub fn new() -> ViewState {
        ViewState::default()
    }

    /// Selects an object in all views and brings it into sight.
    pub fn select(&mut self, id: Option<Serial>) {
        self.selected = id;
        self.reveal = [id.is_some(); View::COUNT];
    }

    /// The camera of a view.
    #[must_use]
    pub fn camera(&self, view: View) -> Camera {
        self.cameras[view as usize]
    }

    pub(super) fn set_camera(&mut self, view: View, camera: Camera) {
        self.cameras[view as usize] = camera;
    }

    /// Moves the picture by css px.
    pub fn pan(&mut self, view: View, dx: f64, dy: f64) {
        if dx.is_finite() && dy.is_finite() {
            let camera = &mut self.cameras[view as usize];
            camera.origin.x -= limit(dx, -1e6, 1e6) / camera.scale;
            camera.origin.y -= limit(dy, -1e6, 1e6) / camera.scale;
            camera.framing = Framing::Moved;
        }
    }

    /// Scales the picture around a point (css px).
    pub fn zoom(&mut self, view: View, factor: f64, around: Point) {
        if !(factor.is_finite() && factor > 0.0 && around.x.is_finite() && around.y.is_finite()) {
            return;
        }
        let camera = &mut self.cameras[view as usize];
        let kept = camera.to_world(around);
        camera.scale = limit(camera.scale * factor, SCALE.0, SCALE.1);
        camera.origin = at(kept.x - around.x / camera.scale, kept.y - around.y / camera.scale);
        camera.framing = Framing::Moved;
    }

    /// Frames everything again. With `more`, what is framed already is framed the other way: whole instead of readable, or back.
    pub fn fit(&mut self, view: View, more: bool) {
        let camera = &mut self.cameras[view as usize];
        let framing = if more && camera.framing == Framing::Readable { Framing::Whole } else { Framing::Readable };
        *camera = Camera { scale: UNFITTED, framing, ..Camera::default() };
    }

    /// The camera for the next picture. Until the viewer moves it, it frames `bounds`, in steps: as long as everything is
    /// visible and not much too small, the picture stays where it is. If the selection changed since the last picture, it
    /// moves as little as needed so that `spot`, where the selected object is, is visible. The picture is never smaller than the
    /// first of `scales`, and larger than 1 only if all of it is visible at the second.
    pub(super) fn settle(&mut self, view: View, bounds: &Rect, spot: Option<Rect>, room: Size, scales: (f64, f64)) -> Camera {
        let (smallest, largest) = scales;
        let mut camera = self.camera(view);
        let whole = (room.w / bounds.w.max(1.0)).min(room.h / bounds.h.max(1.0));
        if whole >= smallest && camera.framing == Framing::Whole {
            camera.framing = Framing::Readable;
        }
        let smallest = if camera.framing == Framing::Whole { SCALE.0 } else { smallest };
        // If not everything fits in a readable size, the viewer moves up and down: then the width decides.
        let wanted = if whole < smallest { room.w / bounds.w.max(1.0) } else { whole };
        let best = if whole >= largest { largest } else { limit(wanted, smallest, 1.0) };
        // Narrower than the room: not quite at the edge.
        let edge = bounds.x - limit((room.w / best - bounds.w) / 2.0, 0.0, 40.0);
        if camera.framing != Framing::Moved {
            let kept = camera.scale <= 1.000_1 * best && camera.scale >= best / 1.3;
            let seen = camera.rect_to_css(bounds).grown(-0.5);
            let inside = seen.x >= -1.0 && seen.y >= -1.0 && seen.right() <= room.w && seen.bottom() <= room.h;
            if !kept || (whole >= best && !inside) {
                camera = Camera { scale: best, origin: at(edge, bounds.y), ..camera };
            }
        }
        let (w, h) = (room.w / camera.scale, room.h / camera.scale);
        if core::mem::take(&mut self.reveal[view as usize])
            && let Some(spot) = spot
        {
            let seen = camera.rect_to_css(&spot.grown(24.0).within(bounds));
            let shift =
                |low: f64, high: f64, room: f64| if low < 0.0 || high - low > room { low } else { (high - room).max(0.0) };
            camera.origin.x += shift(seen.x, seen.right(), room.w) / camera.scale;
            camera.origin.y += shift(seen.y, seen.bottom(), room.h) / camera.scale;
        }
        if camera.framing == Framing::Moved {
            // A picture that was pushed out of sight cannot be found again: keep 48 px of it.
            let keep = 48.0 / camera.scale;
            camera.origin.x = camera.origin.x.min(bounds.right() - keep).max(bounds.x + keep - w);
            camera.origin.y = camera.origin.y.min(bounds.bottom() - keep).max(bounds.y + keep - h);
        } else if whole < best || camera.scale > whole {
            camera.origin.x = camera.origin.x.min(bounds.right() - w).max(edge);
            camera.origin.y = camera.origin.y.min(bounds.bottom() - h).max(bounds.y);
        }
        self.set_camera(view, camera);
        camera
    }
}
