//! What the views look like: layout, display list and hit areas, from a snapshot and nothing else. No drawing happens here;
//! painters play the list. Text has fixed metrics, so native and wasm make the same scene.

mod bytes;
mod generations;
mod geometry;
mod legend;
mod objects;
mod pen;
mod pools;
#[cfg(test)]
pub(crate) mod samples;
mod state;
#[cfg(test)]
mod tests;
mod text;
mod theme;

pub use generations::rule;
pub use geometry::{Camera, Framing, Point, Rect, Size, at, hatch_lines, rect};
pub use state::ViewState;
pub use text::{Anchor, TextStyle};
pub use theme::{Paint, Theme, Tone};

use crate::ids::{Addr, Serial};
use crate::snapshot::{Details, Slot, Snapshot};

/// The pictures there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Names, objects and references.
    Objects,
    /// Arenas, pools and blocks.
    Pools,
    /// The collector's lists.
    Generations,
    /// The selected object, byte for byte.
    Bytes,
}

impl View {
    /// How many views there are: the length of arrays with an entry for each.
    pub const COUNT: usize = View::Bytes as usize + 1;
}

/// A line's look; lengths in the space of what it belongs to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    /// Colour.
    pub tone: Tone,
    /// Thickness.
    pub width: f64,
    /// Length of dashes (gaps are 0.75 of it), if it has any.
    pub dash: Option<f64>,
}

impl Stroke {
    /// An opaque, unbroken line.
    #[must_use]
    pub const fn solid(paint: Paint, width: f64) -> Stroke {
        Stroke { tone: paint.solid(), width, dash: None }
    }

    /// The same, dashed.
    #[must_use]
    pub const fn dashed(self, dash: f64) -> Stroke {
        Stroke { dash: Some(dash), ..self }
    }
}

/// One thing to draw; all lengths in css px.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A rectangle with rounded corners.
    Rect {
        /// Where.
        rect: Rect,
        /// Of its corners.
        radius: f64,
        /// Inside.
        fill: Option<Tone>,
        /// Outline.
        stroke: Option<Stroke>,
    },
    /// A circle.
    Circle {
        /// Its middle.
        center: Point,
        /// Its radius.
        radius: f64,
        /// Inside.
        fill: Option<Tone>,
        /// Outline.
        stroke: Option<Stroke>,
    },
    /// Text on one line.
    Text {
        /// The anchor, on the baseline.
        at: Point,
        /// The text.
        text: String,
        /// Font.
        style: TextStyle,
        /// Colour.
        paint: Paint,
        /// The room that it may take; painters condense what is wider.
        width: f64,
    },
    /// Cubic curves one behind the other.
    Path {
        /// Where it starts.
        start: Point,
        /// Two control points and an end, each.
        curves: Vec<[Point; 3]>,
        /// The line.
        stroke: Stroke,
        /// Length of the arrow head at the end; 0: none.
        head: f64,
    },
    /// Diagonal lines, see [`hatch_lines`].
    Hatch {
        /// Where.
        rect: Rect,
        /// Between lines.
        spacing: f64,
        /// Colour.
        tone: Tone,
    },
    /// What follows is drawn only in here.
    Clip(Rect),
    /// Ends the last [`Item::Clip`].
    Unclip,
}

/// What an area of the picture stands for: indices into the snapshot that the scene was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// [`Snapshot::objects`]
    Object(usize),
    /// An object's slot.
    Slot(usize, usize),
    /// [`Snapshot::roots`]
    Root(usize),
    /// Arena, pool.
    Pool(usize, usize),
    /// Arena, pool, block.
    Block(usize, usize, usize),
    /// Block and field of the [`Details`].
    Field(usize, usize),
}

/// An area of the picture that stands for something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HitArea {
    /// css px.
    pub rect: Rect,
    /// What it stands for.
    pub target: Target,
}

/// What lies under a point, in full.
#[derive(Clone, Debug, PartialEq)]
pub enum Hit {
    /// An object, perhaps one of its slots.
    Object {
        /// The object.
        id: Serial,
        /// The slot.
        slot: Option<Slot>,
    },
    /// A name.
    Name {
        /// The name.
        name: String,
        /// What it is bound to, if that is shown.
        id: Option<Serial>,
    },
    /// A page handle.
    Handle {
        /// The object it holds.
        id: Option<Serial>,
    },
    /// A block of a pool.
    Block {
        /// First byte.
        addr: Addr,
        /// Its owner.
        id: Option<Serial>,
        /// What lives there.
        label: String,
    },
    /// A pool.
    Pool {
        /// Its header.
        addr: Addr,
        /// What it is.
        label: String,
    },
    /// A field of the selected object.
    Field {
        /// CPython's name.
        name: String,
        /// What its bytes mean.
        meaning: String,
        /// What it points to.
        id: Option<Serial>,
    },
}

impl Target {
    /// What the target is in the snapshot (and the details) of its scene.
    #[must_use]
    pub fn resolve(self, snapshot: &Snapshot, details: Option<&Details>) -> Option<Hit> {
        let id_of = |index: Option<usize>| index.and_then(|i| snapshot.objects.get(i)).map(|o| o.id);
        Some(match self {
            Target::Object(i) => Hit::Object { id: snapshot.objects.get(i)?.id, slot: None },
            Target::Slot(i, k) => {
                let object = snapshot.objects.get(i)?;
                let slot = object.slots.get(k)?;
                Hit::Object { id: object.id, slot: Some(slot.clone()) }
            }
            Target::Root(i) => {
                let root = snapshot.roots.get(i)?;
                let id = id_of(root.target);
                if root.is_handle { Hit::Handle { id } } else { Hit::Name { name: root.name.clone(), id } }
            }
            Target::Pool(a, p) => {
                let pool = snapshot.arenas.get(a)?.pools.get(p)?;
                Hit::Pool { addr: pool.addr, label: pools::label(pool, p) }
            }
            Target::Block(a, p, b) => {
                let block = snapshot.arenas.get(a)?.pools.get(p)?.blocks.get(b)?;
                Hit::Block { addr: block.addr, id: id_of(block.owner), label: pools::block_label(snapshot, block) }
            }
            Target::Field(b, f) => {
                let field = details?.blocks.get(b)?.fields.get(f)?;
                Hit::Field { name: field.name.clone(), meaning: field.meaning.clone(), id: field.target }
            }
        })
    }
}

/// A picture: what to draw, in order, and what is where.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// From back to front.
    pub items: Vec<Item>,
    /// From back to front.
    pub hits: Vec<HitArea>,
    /// The picture, css px.
    pub size: Size,
    /// Everything that could be seen by panning, world units.
    pub bounds: Rect,
    /// Through which it was seen.
    pub camera: Camera,
}

/// What lies in front at a point in css px, of the areas of a scene.
#[must_use]
pub fn target_at(areas: &[HitArea], point: Point) -> Option<Target> {
    areas.iter().rev().find(|area| area.rect.contains(point)).map(|area| area.target)
}

/// Makes the picture of a view. `details` are those of the selected object; only the bytes view needs them.
#[must_use]
pub fn build(view: View, snapshot: &Snapshot, details: Option<&Details>, state: &mut ViewState, size: Size) -> Scene {
    let sane = |v: f64| if v.is_finite() { geometry::limit(v, 1.0, 32_768.0) } else { 1.0 };
    let size = Size { w: sane(size.w), h: sane(size.h) };
    match view {
        View::Objects => objects::build(snapshot, state, size),
        View::Pools => pools::build(snapshot, state, size),
        View::Generations => generations::build(snapshot, state, size),
        View::Bytes => bytes::build(snapshot, details, state, size),
    }
}

/// What the picture of a view shows, as text.
#[must_use]
pub fn describe(view: View, snapshot: &Snapshot, details: Option<&Details>, state: &ViewState) -> String {
    match view {
        View::Objects => objects::describe(snapshot, state),
        View::Pools => pools::describe(snapshot, state),
        View::Generations => generations::describe(snapshot),
        View::Bytes => bytes::describe(details),
    }
}
