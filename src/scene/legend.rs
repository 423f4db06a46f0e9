//! The line under a picture that explains its marks.

use super::Stroke;
use super::geometry::{Camera, Framing, Rect, Size, at, rect};
use super::pen::Pen;
use super::text::{Anchor, TextStyle};
use super::theme::Paint;
use crate::ids::gather::Grow as _;

/// A mark as the picture draws it, small.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mark {
    /// A count badge with this text.
    Badge(&'static str),
    /// The collector's number.
    GcRefs(&'static str),
    /// Ring of what changed.
    Changed,
    /// Ring of the selected object.
    Selected,
    /// Hatched ground with a dashed outline.
    Hatched,
    /// A dashed chip.
    Dashed,
    /// Dot and arrow.
    Arrow,
    /// A cell filled to some level.
    Level,
    /// An upright bar.
    Bar,
    /// Densely hatched.
    Lost,
    /// A box filled weakly.
    Tinted(Paint),
    /// A letter or sign.
    Sign(&'static str),
    /// A filled box of this colour.
    Filled(Paint),
    /// An outlined box of this colour.
    Outlined(Paint),
}

/// Height of a line of the legend.
const LINE: f64 = 19.0;
const MARGIN: f64 = 14.0;
/// Above and below the lines together.
const PADDING: f64 = 12.0;
const STYLE: TextStyle = TextStyle::sans(11.5);
/// A legend takes at most this share of the picture's height,
const MOST_OF_HEIGHT: f64 = 0.21;
/// and none of a picture lower than this: a small pane is for the picture.
const LOW: f64 = 230.0;
/// Less than this out of sight at the right, or below, is only a margin.
const MARGIN_RIGHT: f64 = 60.0;
const MARGIN_BELOW: f64 = 14.0;

fn mark_width(mark: Mark) -> f64 {
    match mark {
        Mark::Badge(text) | Mark::GcRefs(text) => TextStyle::mono(11.0).width(text) + 12.0,
        Mark::Sign(text) => TextStyle::mono(12.0).width(text),
        Mark::Arrow => 26.0,
        _ => 16.0,
    }
}

/// Where each entry goes (its left end and its line), and how many lines there are; the last entries are left out where there
/// is no room for another line.
fn place(entries: &[(Mark, &str)], size: Size) -> (Vec<(f64, f64)>, f64) {
    let most = if size.h < LOW { 0.0 } else { ((MOST_OF_HEIGHT * size.h - PADDING) / LINE).floor() };
    if most < 1.0 || entries.is_empty() {
        return (Vec::new(), 0.0);
    }
    let (mut x, mut line) = (MARGIN, 0.0);
    let mut places = Vec::with_capacity(entries.len());
    for (mark, text) in entries {
        let w = mark_width(*mark) + 6.0 + STYLE.width(text);
        if x > MARGIN && x + w > size.w - MARGIN {
            if line + 1.0 >= most {
                break;
            }
            (x, line) = (MARGIN, line + 1.0);
        }
        places.add((x, line));
        x += w + 18.0;
    }
    (places, line + 1.0)
}

/// How much of the picture's height the legend takes.
pub(super) fn height(entries: &[(Mark, &str)], size: Size) -> f64 {
    let lines = place(entries, size).1;
    if lines < 1.0 { 0.0 } else { lines * LINE + PADDING }
}

/// Says at the lower edge, if a part of the picture is out of sight below or at the right, that there is more.
fn more(pen: &mut Pen, seen: &Rect, size: Size, bottom: f64) {
    let text = match (seen.bottom() > bottom + MARGIN_BELOW, seen.right() > size.w + MARGIN_RIGHT) {
        (false, false) => return,
        (true, false) => "▾",
        (false, true) => "▸",
        (true, true) => "▾ ▸",
    };
    // In the margin, where a picture that fits its width has nothing that this could cover.
    let w = STYLE.width(text) + 2.0;
    let own = rect(size.w - w - 1.0, bottom - 24.0, w, 19.0);
    pen.rect(own, 5.0, Some(Paint::Panel.solid()), Some(Stroke::solid(Paint::Line, 1.0)));
    pen.text(at(own.x + 1.0, own.y + 13.5), text, STYLE, Paint::Soft);
}

/// Draws the legend along the picture's lower edge, over everything. `bounds` is the whole picture, world units.
pub(super) fn draw(pen: &mut Pen, entries: &[(Mark, &str)], size: Size, bounds: &Rect) {
    let seen = pen.camera.rect_to_css(bounds);
    let camera = core::mem::take(&mut pen.camera);
    pen.camera = Camera { framing: Framing::Moved, ..Camera::default() };
    let h = height(entries, size);
    more(pen, &seen, size, size.h - h);
    if h <= 0.0 {
        pen.camera = camera;
        return;
    }
    let top = size.h - h;
    pen.fill(rect(0.0, top, size.w, h), 0.0, Paint::Panel.solid());
    pen.line(at(0.0, top), at(size.w, top), Stroke::solid(Paint::Line, 1.0));
    let (places, _) = place(entries, size);
    for ((mark, text), (x, line)) in entries.iter().zip(places) {
        let middle = top + PADDING / 2.0 + (line + 0.5) * LINE;
        draw_mark(pen, *mark, x, middle);
        let left = x + mark_width(*mark) + 6.0;
        pen.text_in(at(left, middle + 4.0), text, size.w - left - 4.0, STYLE, Paint::Soft);
    }
    pen.camera = camera;
}

fn draw_mark(pen: &mut Pen, mark: Mark, x: f64, middle: f64) {
    let w = mark_width(mark);
    let small = rect(x, middle - 6.0, w, 12.0);
    let pill = rect(x, middle - 8.0, w, 16.0);
    match mark {
        Mark::Badge(text) => {
            pen.pill(pill, text, Paint::Other.solid(), Stroke::solid(Paint::Panel, 1.0), Paint::Panel, 11.0);
        }
        Mark::GcRefs(text) => gc_refs(pen, pill, text),
        Mark::Changed => pen.outline(small, 3.0, Stroke::solid(Paint::MarkLine, 2.6)),
        Mark::Selected => pen.selection(small, 2.0),
        Mark::Hatched => {
            pen.hatch(small, Paint::Dead.tint(0.6));
            pen.outline(small, 3.0, Stroke::solid(Paint::Dead, 1.2).dashed(3.0));
        }
        Mark::Level => {
            pen.rect(small, 3.0, Some(Paint::Grid.solid()), Some(Stroke::solid(Paint::Soft, 1.0)));
            pen.fill(rect(x + 1.5, middle - 0.5, w - 3.0, 5.0), 1.5, Paint::Other.tint(0.7));
        }
        Mark::Bar => pen.fill(rect(x + 7.0, middle - 8.0, 2.5, 16.0), 1.0, Paint::Ink.solid()),
        Mark::Lost => {
            pen.fill(small, 1.0, Paint::BSlack.solid());
            pen.hatch(small, Paint::Dead.solid());
        }
        Mark::Tinted(paint) => pen.rect(small, 2.0, Some(paint.tint(0.5)), Some(Stroke::solid(Paint::Line, 1.0))),
        Mark::Dashed => pen.outline(small, 3.0, Stroke::solid(Paint::Soft, 1.2).dashed(3.0)),
        Mark::Arrow => {
            pen.circle(at(x + 4.0, middle), 3.4, Some(Paint::Soft.solid()), None);
            let (from, to) = (at(x + 7.0, middle), at(x + w, middle));
            pen.path(from, &[[from, at(x + 16.0, middle), to]], Stroke::solid(Paint::Soft, 1.4), 7.0);
        }
        Mark::Sign(text) => {
            pen.text(at(x, middle + 4.0), text, TextStyle::mono(12.0).anchored(Anchor::Start), Paint::Ink);
        }
        Mark::Filled(paint) => pen.rect(small, 2.0, Some(paint.solid()), Some(Stroke::solid(Paint::Line, 1.0))),
        Mark::Outlined(paint) => pen.rect(small, 2.0, Some(Paint::Panel.solid()), Some(Stroke::solid(paint, 1.8))),
    }
}

/// The pill with the collector's number.
pub(super) fn gc_refs(pen: &mut Pen, r: Rect, text: &str) {
    pen.pill(r, text, Paint::Panel.solid(), Stroke::solid(Paint::Accent, 1.4), Paint::Ink, 11.0);
}
