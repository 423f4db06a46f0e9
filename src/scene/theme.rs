//! Colours by meaning. A scene names meanings; a painter looks them up, so light, dark and forced colours are one scene.

use crate::ids::text::Owned as _;
use crate::snapshot::{Family, Purpose};

/// A colour by what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// The page.
    Paper,
    /// The picture's ground.
    Panel,
    /// Text.
    Ink,
    /// Lesser text.
    Soft,
    /// Decoration that carries no meaning.
    Faint,
    /// Hair lines.
    Line,
    /// Quiet areas.
    Grid,
    /// Selection and pointer.
    Accent,
    /// Ground of what changed in this step.
    Mark,
    /// Outline of what changed in this step.
    MarkLine,
    /// Unreachable.
    Dead,
    /// int, float, ...
    Number,
    /// str
    Text,
    /// bytes
    Bytes,
    /// list, tuple
    Sequence,
    /// dict
    Mapping,
    /// set
    Set,
    /// instances
    Instance,
    /// classes
    Class,
    /// functions
    Callable,
    /// other objects
    Other,
    /// GC head
    BGc,
    /// count
    BCount,
    /// type pointer
    BType,
    /// payload
    BPayload,
    /// bookkeeping
    BBook,
    /// room
    BRoom,
    /// slack
    BSlack,
}

impl Paint {
    /// How many there are.
    pub const COUNT: usize = 28;

    /// What a page calls them, in their order.
    pub const NAMES: [&str; Paint::COUNT] = [
        "paper", "panel", "ink", "soft", "faint", "line", "grid", "accent", "mark", "markLine", "dead", "number", "text",
        "bytes", "sequence", "mapping", "set", "instance", "class", "callable", "other", "bGc", "bCount", "bType", "bPayload",
        "bBook", "bRoom", "bSlack",
    ];

    /// Opaque.
    #[must_use]
    pub const fn solid(self) -> Tone {
        Tone { paint: self, alpha: 1.0 }
    }

    /// Partly opaque.
    #[must_use]
    pub const fn tint(self, alpha: f64) -> Tone {
        Tone { paint: self, alpha }
    }
}

impl From<Family> for Paint {
    fn from(family: Family) -> Paint {
        match family {
            Family::Number => Paint::Number,
            Family::Text => Paint::Text,
            Family::Bytes => Paint::Bytes,
            Family::Sequence => Paint::Sequence,
            Family::Mapping => Paint::Mapping,
            Family::Set => Paint::Set,
            Family::Instance => Paint::Instance,
            Family::Class => Paint::Class,
            Family::Callable => Paint::Callable,
            Family::Other => Paint::Other,
        }
    }
}

impl From<Purpose> for Paint {
    fn from(purpose: Purpose) -> Paint {
        match purpose {
            Purpose::GcHead => Paint::BGc,
            Purpose::Count => Paint::BCount,
            Purpose::Type => Paint::BType,
            Purpose::Payload => Paint::BPayload,
            Purpose::PreHeader | Purpose::Bookkeeping => Paint::BBook,
            Purpose::Room => Paint::BRoom,
            Purpose::Slack => Paint::BSlack,
        }
    }
}

/// A colour and how opaque it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tone {
    /// The colour.
    pub paint: Paint,
    /// 0 to 1.
    pub alpha: f64,
}

/// The colours and fonts of a page, as CSS writes them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Theme {
    /// In the order of [`Paint`].
    pub colors: [String; Paint::COUNT],
    /// Font family of proportional text.
    pub font: String,
    /// Font family of monospaced text.
    pub mono: String,
    /// Forced colours: tints are left out, outlines and hatching carry the meaning.
    pub patterns: bool,
}

impl Theme {
    /// The CSS colour.
    #[must_use]
    pub fn color(&self, paint: Paint) -> &str {
        &self.colors[paint as usize]
    }

    /// Dark ink on light ground.
    #[must_use]
    pub fn light() -> Theme {
        Theme::of(&[
            "#faf9f6", "#ffffff", "#1d2329", "#56606a", "#9aa3ab", "#dcd9d1", "#f1efe9", "#2f6db3", "#ffe9a8", "#b07d00",
            "#868c93", "#1d7f7b", "#9a5b00", "#8a6d00", "#0068a3", "#b3461f", "#a33a7c", "#6b40b0", "#59626c", "#3f7a26",
            "#666c72", "#cbb8ea", "#a9cdf0", "#bfe0c4", "#fbe3a6", "#f4cbb5", "#ecebe6", "#dcdbd5",
        ])
    }

    /// Light ink on dark ground.
    #[must_use]
    pub fn dark() -> Theme {
        Theme::of(&[
            "#14181c", "#1b2026", "#e8ecef", "#a3adb6", "#6d7781", "#38414a", "#252c34", "#6ea8e6", "#4a3d12", "#d9a400",
            "#7e8892", "#63c9c3", "#eeb04e", "#d8c25a", "#5fb1e8", "#f0906c", "#e58ac2", "#b594f2", "#9aa5b1", "#8fcf72",
            "#a9aeb4", "#4b3b6b", "#23486d", "#28503a", "#5d4a17", "#5f3524", "#2b333b", "#39424b",
        ])
    }

    fn of(colors: &[&str; Paint::COUNT]) -> Theme {
        Theme {
            colors: colors.map(str::owned),
            font: "Inter, 'Source Sans 3', system-ui, 'DejaVu Sans', sans-serif".owned(),
            mono: "'JetBrains Mono', 'DejaVu Sans Mono', ui-monospace, monospace".owned(),
            patterns: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Paint;

    #[test]
    fn a_theme_has_the_name_and_the_colour_of_each_paint_at_its_place() {
        assert_eq!(Paint::BSlack as usize + 1, Paint::COUNT);
        for paint in
            [Paint::Paper, Paint::Soft, Paint::MarkLine, Paint::Dead, Paint::Set, Paint::Other, Paint::BGc, Paint::BSlack]
        {
            let name = Paint::NAMES[paint as usize];
            assert_eq!(name[..1].to_uppercase() + &name[1..], format!("{paint:?}"));
        }
    }
}
