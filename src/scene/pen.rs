//! Puts world coordinates through the camera, leaves out what is not visible, and collects the display list.

use super::geometry::{Camera, Point, Rect, Size, at, rect};
use super::text::{Anchor, TextStyle};
use super::theme::{Paint, Tone};
use super::{HitArea, Item, Scene, Stroke, Target};
use crate::ids::text::Owned as _;

/// Smaller text than this (css px) cannot be read and is left out.
const SMALLEST_TEXT: f64 = 5.0;

/// Collects a scene. Its methods stay calls: there are hundreds of them, and inlined they would double the views in wasm.
pub(super) struct Pen {
    items: Vec<Item>,
    hits: Vec<HitArea>,
    /// The camera in use.
    pub(super) camera: Camera,
    /// What of the picture is visible, css px.
    pub(super) view: Rect,
}

impl Pen {
    pub(super) fn new(camera: Camera, size: Size) -> Pen {
        Pen { items: Vec::new(), hits: Vec::new(), camera, view: rect(0.0, 0.0, size.w, size.h) }
    }

    pub(super) fn finish(self, size: Size, bounds: Rect) -> Scene {
        Scene { items: self.items, hits: self.hits, size, bounds, camera: self.camera }
    }

    /// Whether a world rectangle is on screen.
    #[inline(never)]
    pub(super) fn sees(&self, r: &Rect) -> bool {
        self.camera.rect_to_css(r).meets(&self.view)
    }

    fn stroke(&self, stroke: Stroke) -> Stroke {
        let scale = self.camera.scale.max(0.5);
        Stroke { width: stroke.width * scale, dash: stroke.dash.map(|d| d * scale), ..stroke }
    }

    #[inline(never)]
    pub(super) fn rect(&mut self, r: Rect, radius: f64, fill: Option<Tone>, stroke: Option<Stroke>) {
        let rect = self.camera.rect_to_css(&r);
        if rect.grown(4.0).meets(&self.view) {
            let stroke = stroke.map(|s| self.stroke(s));
            self.items.push(Item::Rect { rect, radius: radius * self.camera.scale, fill, stroke });
        }
    }

    #[inline(never)]
    pub(super) fn fill(&mut self, r: Rect, radius: f64, tone: Tone) {
        self.rect(r, radius, Some(tone), None);
    }

    #[inline(never)]
    pub(super) fn outline(&mut self, r: Rect, radius: f64, stroke: Stroke) {
        self.rect(r, radius, None, Some(stroke));
    }

    #[inline(never)]
    pub(super) fn hatch(&mut self, r: Rect, tone: Tone) {
        let rect = self.camera.rect_to_css(&r);
        if rect.meets(&self.view) {
            self.items.push(Item::Hatch { rect, spacing: 6.0, tone });
        }
    }

    #[inline(never)]
    pub(super) fn circle(&mut self, center: Point, radius: f64, fill: Option<Tone>, stroke: Option<Stroke>) {
        let center = self.camera.to_css(center);
        let radius = radius * self.camera.scale;
        if rect(center.x - radius, center.y - radius, 2.0 * radius, 2.0 * radius).meets(&self.view) {
            let stroke = stroke.map(|s| self.stroke(s));
            self.items.push(Item::Circle { center, radius, fill, stroke });
        }
    }

    /// Cubic curves one behind the other, each two control points and an end; `head` is the length of an arrow head.
    #[inline(never)]
    pub(super) fn path(&mut self, start: Point, curves: &[[Point; 3]], stroke: Stroke, head: f64) {
        let start = self.camera.to_css(start);
        let mut around = rect(start.x, start.y, 0.0, 0.0);
        let mut curves = curves.to_vec();
        for p in curves.iter_mut().flatten() {
            *p = self.camera.to_css(*p);
            around = around.union(&rect(p.x, p.y, 0.0, 0.0));
        }
        if around.grown(8.0).meets(&self.view) {
            let stroke = self.stroke(stroke);
            self.items.push(Item::Path { start, curves, stroke, head: head * self.camera.scale });
        }
    }

    #[inline(never)]
    pub(super) fn line(&mut self, from: Point, to: Point, stroke: Stroke) {
        self.path(from, &[[from, to, to]], stroke, 0.0);
    }

    /// Text on one line, its baseline at `p`.
    #[inline(never)]
    pub(super) fn text(&mut self, p: Point, text: &str, style: TextStyle, paint: Paint) {
        self.text_owned(p, text.owned(), style, paint);
    }

    /// Text on one line, cut to `max` world units.
    #[inline(never)]
    pub(super) fn text_in(&mut self, p: Point, text: &str, max: f64, style: TextStyle, paint: Paint) {
        self.text_owned(p, style.fit(text, max), style, paint);
    }

    fn text_owned(&mut self, p: Point, text: String, style: TextStyle, paint: Paint) {
        let scale = self.camera.scale;
        let style = TextStyle { size: style.size * scale, ..style };
        if text.is_empty() || style.size < SMALLEST_TEXT {
            return;
        }
        let p = self.camera.to_css(p);
        let width = style.width(&text);
        let left = match style.anchor {
            Anchor::Start => p.x,
            Anchor::Middle => p.x - width / 2.0,
            Anchor::End => p.x - width,
        };
        if rect(left, p.y - style.size, width, 1.3 * style.size).meets(&self.view) {
            self.items.push(Item::Text { at: p, text, style, paint, width });
        }
    }

    #[inline(never)]
    pub(super) fn hit(&mut self, r: Rect, target: Target) {
        let rect = self.camera.rect_to_css(&r);
        if rect.meets(&self.view) {
            self.hits.push(HitArea { rect, target });
        }
    }

    /// What follows is drawn only inside this world rectangle, until [`Pen::unclip`].
    #[inline(never)]
    pub(super) fn clip(&mut self, r: Rect) {
        self.items.push(Item::Clip(self.camera.rect_to_css(&r)));
    }

    pub(super) fn unclip(&mut self) {
        self.items.push(Item::Unclip);
    }

    /// The ring around what is selected: an outline with a square at each corner, so that it is not known by colour alone.
    #[inline(never)]
    pub(super) fn selection(&mut self, r: Rect, radius: f64) {
        self.outline(r, radius, Stroke::solid(Paint::Accent, 2.2));
        for (x, y) in [(r.x, r.y), (r.right(), r.y), (r.x, r.bottom()), (r.right(), r.bottom())] {
            self.fill(rect(x - 3.0, y - 3.0, 6.0, 6.0), 1.0, Paint::Accent.solid());
        }
    }

    /// A pill with text around `center` (width by its text), for counts.
    #[inline(never)]
    pub(super) fn pill(&mut self, r: Rect, text: &str, fill: Tone, stroke: Stroke, ink: Paint, size: f64) {
        self.rect(r, r.h / 2.0, Some(fill), Some(stroke));
        let style = TextStyle::mono(size).anchored(Anchor::Middle);
        self.text(at(r.x + r.w / 2.0, r.y + r.h / 2.0 + 0.36 * size), text, style, ink);
    }
}
