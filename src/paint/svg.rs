//! A scene as a standalone SVG document.

use super::{alpha, comes_from, decimal, hatching, head_corners};
use crate::ids::text::{Append as _, cat};
use crate::scene::{Anchor, Item, Paint, Point, Rect, Scene, Stroke, TextStyle, Theme, Tone, hatch_lines};

/// The document. `title` is its text alternative.
#[must_use]
pub fn svg(scene: &Scene, theme: &Theme, title: &str) -> String {
    let mut out = Out { text: String::with_capacity(64 * scene.items.len() + 512), theme, clips: 0, open: 0 };
    out.push("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\"");
    out.number("width", scene.size.w);
    out.number("height", scene.size.h);
    out.push(" viewBox=\"0 0 ");
    out.digits(scene.size.w);
    out.push(" ");
    out.digits(scene.size.h);
    out.push("\"><title>");
    out.escaped(title);
    out.push("</title>");
    out.push("<style>text{white-space:pre;font-family:");
    out.css_family(&theme.font);
    out.push("}.m{font-family:");
    out.css_family(&theme.mono);
    out.push("}</style>\n");
    out.push("<rect width=\"100%\" height=\"100%\"");
    out.attribute("fill", theme.color(Paint::Panel));
    out.push("/>\n");
    for item in &scene.items {
        out.item(item);
    }
    for _ in 0..out.open {
        out.push("</g>");
    }
    out.push("</svg>\n");
    out.text
}

struct Out<'a> {
    text: String,
    theme: &'a Theme,
    clips: u32,
    open: u32,
}

impl Out<'_> {
    #[inline(never)]
    fn push(&mut self, text: &str) {
        self.text.put(text);
    }

    /// Characters that XML 1.0 forbids become U+FFFD.
    fn escaped(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.push("&amp;"),
                '<' => self.push("&lt;"),
                '>' => self.push("&gt;"),
                '"' => self.push("&quot;"),
                '\u{9}' | '\u{a}' | '\u{d}' => self.text.push(' '),
                '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => self.text.push('\u{fffd}'),
                _ => self.text.push(c),
            }
        }
    }

    /// A font list inside a style sheet: no way out of the declaration.
    fn css_family(&mut self, family: &str) {
        let plain = |c: &char| c.is_ascii_alphanumeric() || !c.is_ascii() || matches!(c, ' ' | ',' | '-' | '\'' | '_');
        self.text.extend(family.chars().filter(plain));
    }

    fn digits(&mut self, value: f64) {
        decimal(&mut self.text, value);
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.push(" ");
        self.push(name);
        self.push("=\"");
        self.escaped(value);
        self.push("\"");
    }

    fn number(&mut self, name: &str, value: f64) {
        self.push(" ");
        self.push(name);
        self.push("=\"");
        self.digits(value);
        self.push("\"");
    }

    fn point(&mut self, command: &str, p: Point) {
        self.push(command);
        self.digits(p.x);
        self.push(" ");
        self.digits(p.y);
    }

    fn rect(&mut self, r: &Rect) {
        self.number("x", r.x);
        self.number("y", r.y);
        self.number("width", r.w);
        self.number("height", r.h);
    }

    fn tone(&mut self, name: &str, opacity: &str, tone: Tone) {
        let Some(alpha) = alpha(tone, self.theme.patterns) else {
            self.attribute(name, "none");
            return;
        };
        let theme = self.theme;
        self.attribute(name, theme.color(tone.paint));
        if alpha < 1.0 {
            self.number(opacity, alpha);
        }
    }

    fn stroke(&mut self, stroke: Stroke) {
        self.tone("stroke", "stroke-opacity", stroke.tone);
        self.number("stroke-width", stroke.width);
        if let Some(dash) = stroke.dash {
            self.push(" stroke-dasharray=\"");
            self.digits(dash);
            self.push(" ");
            self.digits(0.75 * dash);
            self.push("\"");
        }
    }

    fn fill_and_stroke(&mut self, fill: Option<Tone>, stroke: Option<Stroke>) {
        match fill {
            Some(tone) => self.tone("fill", "fill-opacity", tone),
            None => self.attribute("fill", "none"),
        }
        if let Some(stroke) = stroke {
            self.stroke(stroke);
        }
        self.push("/>\n");
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Rect { rect, radius, fill, stroke } => {
                self.push("<rect");
                self.rect(rect);
                if *radius > 0.0 {
                    self.number("rx", radius.min(rect.w / 2.0).min(rect.h / 2.0));
                }
                self.fill_and_stroke(*fill, *stroke);
            }
            Item::Circle { center, radius, fill, stroke } => {
                self.push("<circle");
                self.number("cx", center.x);
                self.number("cy", center.y);
                self.number("r", *radius);
                self.fill_and_stroke(*fill, *stroke);
            }
            Item::Text { at, text, style, paint, .. } => self.words(*at, text, *style, paint.solid()),
            Item::Path { start, curves, stroke, head } => self.path(*start, curves, *stroke, *head),
            Item::Hatch { rect, spacing, tone } => {
                self.push("<path d=\"");
                hatch_lines(rect, *spacing, |from, to| {
                    self.point("M", from);
                    self.point("L", to);
                });
                self.push("\" fill=\"none\"");
                self.stroke(hatching(*tone, self.theme.patterns));
                self.push("/>\n");
            }
            Item::Clip(rect) => {
                self.clips += 1;
                self.open += 1;
                let id = cat(&["c", &self.clips.to_string()]);
                self.push("<clipPath");
                self.attribute("id", &id);
                self.push("><rect");
                self.rect(rect);
                self.push("/></clipPath><g");
                self.attribute("clip-path", &cat(&["url(#", &id, ")"]));
                self.push(">\n");
            }
            Item::Unclip => {
                if self.open > 0 {
                    self.open -= 1;
                    self.push("</g>\n");
                }
            }
        }
    }

    fn words(&mut self, p: Point, text: &str, style: TextStyle, tone: Tone) {
        self.push("<text");
        if style.mono {
            self.attribute("class", "m");
        }
        self.number("x", p.x);
        self.number("y", p.y);
        self.number("font-size", style.size);
        if style.bold {
            self.attribute("font-weight", "600");
        }
        if style.struck {
            self.attribute("text-decoration", "line-through");
        }
        match style.anchor {
            Anchor::Start => {}
            Anchor::Middle => self.attribute("text-anchor", "middle"),
            Anchor::End => self.attribute("text-anchor", "end"),
        }
        self.tone("fill", "fill-opacity", tone);
        self.push(">");
        self.escaped(text);
        self.push("</text>\n");
    }

    fn path(&mut self, start: Point, curves: &[[Point; 3]], stroke: Stroke, head: f64) {
        self.push("<path d=\"");
        self.point("M", start);
        for [a, b, end] in curves {
            self.point("C", *a);
            self.point(" ", *b);
            self.point(" ", *end);
        }
        self.push("\" fill=\"none\"");
        self.stroke(stroke);
        self.push("/>\n");
        if let Some(last) = curves.last()
            && head > 0.0
        {
            let [_, _, tip] = *last;
            let [left, right] = head_corners(comes_from(start, last), tip, head);
            self.push("<path d=\"");
            self.point("M", tip);
            self.point("L", left);
            self.point("L", right);
            self.push("Z\"");
            self.tone("fill", "fill-opacity", stroke.tone);
            self.push("/>\n");
        }
    }
}
