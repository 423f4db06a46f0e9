//! Painters: they play a scene's display list and decide nothing.

#[cfg(target_family = "wasm")]
pub mod canvas;
pub mod svg;

use crate::ids::text::Append as _;
use crate::scene::{Point, Stroke, Tone};

/// Tints weaker than this are left out with forced colours: there they would be as loud as the rest.
const FAINTEST_FORCED: f64 = 0.5;

/// How opaque a tone is drawn; `None`: not at all.
fn alpha(tone: Tone, forced: bool) -> Option<f64> {
    match tone.alpha {
        a if forced => (a >= FAINTEST_FORCED).then_some(1.0),
        a => (a > 0.0).then_some(a),
    }
}

/// Writes a number with at most two decimals.
fn decimal(out: &mut String, value: f64) {
    #[expect(clippy::cast_possible_truncation, reason = "css px are far below 2^53, and `as` saturates")]
    let hundredths = (value * 100.0).round() as i64;
    if hundredths < 0 {
        out.push('-');
    }
    let hundredths = hundredths.unsigned_abs();
    out.put(&(hundredths / 100).to_string());
    let rest = hundredths % 100;
    if rest != 0 {
        out.put(if rest < 10 { ".0" } else { "." });
        out.put(&(if rest.is_multiple_of(10) { rest / 10 } else { rest }).to_string());
    }
}

/// The lines of a hatched area; with forced colours they are the only mark and are drawn in full.
fn hatching(tone: Tone, forced: bool) -> Stroke {
    let tone = if forced { tone.paint.solid() } else { tone };
    Stroke { tone, width: if forced { 0.8 } else { 1.6 }, dash: None }
}

/// The two back corners of an arrow head of length `head` at `tip`, coming from `from`.
fn head_corners(from: Point, tip: Point, head: f64) -> [Point; 2] {
    let (dx, dy) = (tip.x - from.x, tip.y - from.y);
    let length = (dx * dx + dy * dy).sqrt();
    let (ux, uy) = if length > 1e-9 { (dx / length, dy / length) } else { (1.0, 0.0) };
    let base = Point { x: tip.x - ux * head, y: tip.y - uy * head };
    let half = 0.45 * head;
    [Point { x: base.x - uy * half, y: base.y + ux * half }, Point { x: base.x + uy * half, y: base.y - ux * half }]
}

/// Where the line into an arrow head comes from: the last point of the curve that is not its end.
fn comes_from(start: Point, curve: &[Point; 3]) -> Point {
    let [a, b, end] = *curve;
    let apart = |p: Point| (p.x - end.x).abs() + (p.y - end.y).abs() > 0.01;
    if apart(b) {
        b
    } else if apart(a) {
        a
    } else {
        start
    }
}

#[cfg(test)]
mod tests;
