//! Colours by meaning. A scene names meanings; a painter looks them up, so light, dark and forced colours are one scene.

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
    /// Bytes view: GC head.
    BGc,
    /// Bytes view: count.
    BCount,
    /// Bytes view: type pointer.
    BType,
    /// Bytes view: payload.
    BPayload,
    /// Bytes view: bookkeeping.
    BBook,
    /// Bytes view: room.
    BRoom,
    /// Bytes view: slack.
    BSlack,
}

impl Paint {
    /// How many there are.
    pub const COUNT: usize = Paint::BSlack as usize + 1;

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
}

#[cfg(test)]
mod tests {
    use super::Paint;

    #[test]
    fn a_theme_has_the_name_and_the_colour_of_each_paint_at_its_place() {
        for paint in
            [Paint::Paper, Paint::Soft, Paint::MarkLine, Paint::Dead, Paint::Set, Paint::Other, Paint::BGc, Paint::BSlack]
        {
            let name = Paint::NAMES[paint as usize];
            assert_eq!(name[..1].to_uppercase() + &name[1..], format!("{paint:?}"));
        }
    }
}
