//! Points, rectangles and the camera. World units are css px at zoom 1; scenes hand out css px; device px are the painter's.

use crate::ids::gather::Grow as _;
/// A place, in the space that its holder names.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}

/// A rectangle, in the space that its holder names.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

/// Width and height in css px.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

/// Shorthand.
#[must_use]
pub const fn at(x: f64, y: f64) -> Point {
    Point { x, y }
}

/// Shorthand.
#[must_use]
pub const fn rect(x: f64, y: f64, w: f64, h: f64) -> Rect {
    Rect { x, y, w, h }
}

impl Rect {
    /// Right edge.
    #[must_use]
    pub fn right(&self) -> f64 {
        self.x + self.w
    }

    /// Lower edge.
    #[must_use]
    pub fn bottom(&self) -> f64 {
        self.y + self.h
    }

    /// The middle.
    #[must_use]
    pub fn center(&self) -> Point {
        at(self.x + self.w / 2.0, self.y + self.h / 2.0)
    }

    /// Whether the point lies inside or on the edge.
    #[must_use]
    pub fn contains(&self, p: Point) -> bool {
        p.x >= self.x && p.x <= self.right() && p.y >= self.y && p.y <= self.bottom()
    }

    /// Whether the insides meet.
    #[must_use]
    pub fn meets(&self, other: &Rect) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    /// Larger by `by` on every side.
    #[must_use]
    pub fn grown(&self, by: f64) -> Rect {
        rect(self.x - by, self.y - by, self.w + 2.0 * by, self.h + 2.0 * by)
    }

    /// What both cover; without width or height if they are apart.
    #[must_use]
    pub fn within(&self, other: &Rect) -> Rect {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        rect(x, y, (self.right().min(other.right()) - x).max(0.0), (self.bottom().min(other.bottom()) - y).max(0.0))
    }

    /// The smallest rectangle around both.
    #[must_use]
    pub fn union(&self, other: &Rect) -> Rect {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        rect(x, y, self.right().max(other.right()) - x, self.bottom().max(other.bottom()) - y)
    }
}

/// Who decides what a view shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// The view frames its contents, as small as stays readable.
    #[default]
    Readable,
    /// The view frames its contents, however small.
    Whole,
    /// The viewer panned or zoomed.
    Moved,
}

/// What part of the world a view shows: css = (world - origin) * scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// css px per world unit.
    pub scale: f64,
    /// The world point in the upper left corner.
    pub origin: Point,
    /// Who decides about the other two.
    pub framing: Framing,
}

impl Default for Camera {
    fn default() -> Camera {
        Camera { scale: 1.0, origin: at(0.0, 0.0), framing: Framing::Readable }
    }
}

impl Camera {
    /// World to css px.
    #[must_use]
    pub fn to_css(&self, p: Point) -> Point {
        at((p.x - self.origin.x) * self.scale, (p.y - self.origin.y) * self.scale)
    }

    /// css px to world.
    #[must_use]
    pub fn to_world(&self, p: Point) -> Point {
        at(p.x / self.scale + self.origin.x, p.y / self.scale + self.origin.y)
    }

    /// World to css px.
    #[must_use]
    pub fn rect_to_css(&self, r: &Rect) -> Rect {
        let p = self.to_css(at(r.x, r.y));
        rect(p.x, p.y, r.w * self.scale, r.h * self.scale)
    }
}

/// `x`, or the limit that it is beyond. (`f64::clamp` brings a panic and the code that prints floats.)
#[must_use]
pub(super) fn limit(x: f64, low: f64, high: f64) -> f64 {
    if x > low { if x > high { high } else { x } } else { low }
}

/// A count as a length. Counts here are far below 2^32.
#[must_use]
pub(super) fn num(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::from(u32::MAX), f64::from)
}

/// The whole part of a length as a count, 0 for what is negative or not a number.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates, and nothing larger is drawn")]
#[must_use]
pub(super) fn whole(x: f64) -> usize {
    limit(x, 0.0, 1e9) as usize
}

/// 0 to `n` in order: merge sort, so equals stay as they are. One small function for all orders of the views, since each use
/// of the library's sorts is several KiB of wasm.
#[must_use]
pub(super) fn ordered(n: usize, before: &dyn Fn(usize, usize) -> bool) -> Vec<usize> {
    let mut from: Vec<usize> = (0..n).collect();
    let mut to: Vec<usize> = Vec::with_capacity(n);
    let mut width = 1;
    while width < n {
        to.clear();
        for run in from.chunks(2 * width) {
            let (mut left, mut right) = run.split_at(width.min(run.len()));
            while let (Some((l, rest)), Some((r, others))) = (left.split_first(), right.split_first()) {
                if before(*r, *l) {
                    to.add(*r);
                    right = others;
                } else {
                    to.add(*l);
                    left = rest;
                }
            }
            to.extend_from_slice(left);
            to.extend_from_slice(right);
        }
        core::mem::swap(&mut from, &mut to);
        width *= 2;
    }
    from
}

/// The diagonal lines of a hatched rectangle, from lower left to upper right, `spacing` apart, cut at its edges.
pub fn hatch_lines(r: &Rect, spacing: f64, mut line: impl FnMut(Point, Point)) {
    let spacing = spacing.max(2.0);
    // Lines x + y = c, aligned with the plane and not with the rectangle, so that neighbours continue each other.
    let mut c = ((r.x + r.y) / spacing).floor() * spacing + spacing;
    let end = r.right() + r.bottom();
    while c < end {
        let from = if c - r.bottom() >= r.x { at(c - r.bottom(), r.bottom()) } else { at(r.x, c - r.x) };
        let to = if c - r.y <= r.right() { at(c - r.y, r.y) } else { at(r.right(), c - r.right()) };
        line(from, to);
        c += spacing;
    }
}
