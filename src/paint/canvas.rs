//! Plays a scene on a canvas.

use crate::ids::text::Append as _;
use wasm_bindgen::JsValue;
use web_sys::{CanvasRenderingContext2d, js_sys::Array};

use super::{alpha, comes_from, decimal, hatching, head_corners};
use crate::scene::{Anchor, Item, Paint, Point, Rect, Scene, Stroke, TextStyle, Theme, Tone, hatch_lines};

/// Draws the scene. `dpr`: device px per css px; the canvas must have `size * dpr` device px.
///
/// # Errors
/// What the canvas throws.
pub fn draw(context: &CanvasRenderingContext2d, scene: &Scene, theme: &Theme, dpr: f64) -> Result<(), JsValue> {
    let mut canvas =
        Canvas { context, theme, fill: None, stroke: None, alpha: 1.0, font: None, dash: None, clips: 0, open: None };
    context.save();
    context.set_transform(dpr, 0.0, 0.0, dpr, 0.0, 0.0)?;
    context.set_global_alpha(1.0);
    canvas.plain_line()?;
    canvas.ink(Paint::Panel.solid());
    context.fill_rect(0.0, 0.0, scene.size.w, scene.size.h);
    let done = scene.items.iter().try_for_each(|item| canvas.item(item));
    canvas.close();
    for _ in 0..=canvas.clips {
        context.restore();
    }
    done
}

/// Remembers what is set, because setting costs more than drawing.
struct Canvas<'a> {
    context: &'a CanvasRenderingContext2d,
    theme: &'a Theme,
    fill: Option<Paint>,
    stroke: Option<Paint>,
    alpha: f64,
    font: Option<(f64, bool, bool)>,
    dash: Option<f64>,
    clips: u32,
    /// A path that is begun and not yet stroked: lines of the same look behind one another are one path, as it is strokes
    /// that cost time.
    open: Option<Stroke>,
}

impl Canvas<'_> {
    fn opacity(&mut self, tone: Tone) -> bool {
        let Some(alpha) = alpha(tone, self.theme.patterns) else { return false };
        if (alpha - self.alpha).abs() > 1e-9 {
            self.alpha = alpha;
            self.context.set_global_alpha(alpha);
        }
        true
    }

    /// Whether there is something to fill.
    fn ink(&mut self, tone: Tone) -> bool {
        if self.fill != Some(tone.paint) {
            self.fill = Some(tone.paint);
            self.context.set_fill_style_str(self.theme.color(tone.paint));
        }
        self.opacity(tone)
    }

    fn plain_line(&self) -> Result<(), JsValue> {
        self.context.set_line_dash(&Array::new())
    }

    /// Whether there is something to stroke.
    fn line(&mut self, stroke: Stroke) -> Result<bool, JsValue> {
        if self.stroke != Some(stroke.tone.paint) {
            self.stroke = Some(stroke.tone.paint);
            self.context.set_stroke_style_str(self.theme.color(stroke.tone.paint));
        }
        self.context.set_line_width(stroke.width);
        if self.dash != stroke.dash {
            self.dash = stroke.dash;
            match stroke.dash {
                Some(dash) => self.context.set_line_dash(&Array::of2(&dash.into(), &(0.75 * dash).into()))?,
                None => self.plain_line()?,
            }
        }
        Ok(self.opacity(stroke.tone))
    }

    fn close(&mut self) {
        if self.open.take().is_some() {
            self.context.stroke();
        }
    }

    fn item(&mut self, item: &Item) -> Result<(), JsValue> {
        if !matches!(item, Item::Path { stroke, .. } if self.open == Some(*stroke)) {
            self.close();
        }
        match item {
            Item::Rect { rect, radius, fill, stroke } => self.rect(rect, *radius, *fill, *stroke),
            Item::Circle { center, radius, fill, stroke } => {
                self.context.begin_path();
                self.context.arc(center.x, center.y, *radius, 0.0, core::f64::consts::TAU)?;
                self.finish(*fill, *stroke)
            }
            Item::Text { at, text, style, paint, width } => self.words(*at, text, *style, *paint, *width),
            Item::Path { start, curves, stroke, head } => self.path(*start, curves, *stroke, *head),
            Item::Hatch { rect, spacing, tone } => {
                if self.line(hatching(*tone, self.theme.patterns))? {
                    self.context.begin_path();
                    hatch_lines(rect, *spacing, |from, to| {
                        self.context.move_to(from.x, from.y);
                        self.context.line_to(to.x, to.y);
                    });
                    self.context.stroke();
                }
                Ok(())
            }
            Item::Clip(rect) => {
                self.context.save();
                self.clips += 1;
                self.context.begin_path();
                self.context.rect(rect.x, rect.y, rect.w, rect.h);
                self.context.clip();
                Ok(())
            }
            Item::Unclip => {
                if self.clips > 0 {
                    self.clips -= 1;
                    self.context.restore();
                    self.forget()?;
                }
                Ok(())
            }
        }
    }

    /// After a restore nothing is known of what is set.
    fn forget(&mut self) -> Result<(), JsValue> {
        (self.fill, self.stroke, self.font, self.dash, self.alpha) = (None, None, None, None, 1.0);
        self.context.set_global_alpha(1.0);
        self.plain_line()
    }

    fn finish(&mut self, fill: Option<Tone>, stroke: Option<Stroke>) -> Result<(), JsValue> {
        if let Some(tone) = fill
            && self.ink(tone)
        {
            self.context.fill();
        }
        if let Some(stroke) = stroke
            && self.line(stroke)?
        {
            self.context.stroke();
        }
        Ok(())
    }

    fn rect(&mut self, r: &Rect, radius: f64, fill: Option<Tone>, stroke: Option<Stroke>) -> Result<(), JsValue> {
        let radius = radius.min(r.w / 2.0).min(r.h / 2.0);
        if radius < 0.75 && stroke.is_none() {
            if let Some(tone) = fill
                && self.ink(tone)
            {
                self.context.fill_rect(r.x, r.y, r.w, r.h);
            }
            return Ok(());
        }
        self.context.begin_path();
        if radius < 0.75 {
            self.context.rect(r.x, r.y, r.w, r.h);
        } else {
            // Not every browser has roundRect.
            self.context.move_to(r.x + radius, r.y);
            self.context.arc_to(r.right(), r.y, r.right(), r.bottom(), radius)?;
            self.context.arc_to(r.right(), r.bottom(), r.x, r.bottom(), radius)?;
            self.context.arc_to(r.x, r.bottom(), r.x, r.y, radius)?;
            self.context.arc_to(r.x, r.y, r.right(), r.y, radius)?;
            self.context.close_path();
        }
        self.finish(fill, stroke)
    }

    fn words(&mut self, p: Point, text: &str, style: TextStyle, paint: Paint, width: f64) -> Result<(), JsValue> {
        let font = (style.size, style.mono, style.bold);
        if self.font != Some(font) {
            self.font = Some(font);
            let family = if style.mono { &self.theme.mono } else { &self.theme.font };
            let mut css = String::from(if style.bold { "600 " } else { "" });
            decimal(&mut css, style.size);
            css.put("px ");
            css.put(family);
            self.context.set_font(&css);
        }
        self.context.set_text_align(match style.anchor {
            Anchor::Start => "left",
            Anchor::Middle => "center",
            Anchor::End => "right",
        });
        if self.ink(paint.solid()) {
            self.context.fill_text_with_max_width(text, p.x, p.y, width + 1.0)?;
        }
        if style.struck {
            let left = match style.anchor {
                Anchor::Start => p.x,
                Anchor::Middle => p.x - width / 2.0,
                Anchor::End => p.x - width,
            };
            self.context.fill_rect(left, p.y - 0.32 * style.size, width, 1.2);
        }
        Ok(())
    }

    fn path(&mut self, start: Point, curves: &[[Point; 3]], stroke: Stroke, head: f64) -> Result<(), JsValue> {
        if self.open.is_none() {
            if !self.line(stroke)? {
                return Ok(());
            }
            self.context.begin_path();
            self.open = Some(stroke);
        }
        self.context.move_to(start.x, start.y);
        for [a, b, end] in curves {
            self.context.bezier_curve_to(a.x, a.y, b.x, b.y, end.x, end.y);
        }
        if let Some(last) = curves.last()
            && head > 0.0
        {
            self.close();
            self.ink(stroke.tone);
            let [_, _, tip] = *last;
            let [left, right] = head_corners(comes_from(start, last), tip, head);
            self.context.begin_path();
            self.context.move_to(tip.x, tip.y);
            self.context.line_to(left.x, left.y);
            self.context.line_to(right.x, right.y);
            self.context.close_path();
            self.context.fill();
        }
        Ok(())
    }
}
