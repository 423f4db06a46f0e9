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
    /// [`Paint::Paper`]
    pub paper: String,
    /// [`Paint::Panel`]
    pub panel: String,
    /// [`Paint::Ink`]
    pub ink: String,
    /// [`Paint::Soft`]
    pub soft: String,
    /// [`Paint::Faint`]
    pub faint: String,
    /// [`Paint::Line`]
    pub line: String,
    /// [`Paint::Grid`]
    pub grid: String,
    /// [`Paint::Accent`]
    pub accent: String,
    /// [`Paint::Mark`]
    pub mark: String,
    /// [`Paint::MarkLine`]
    pub mark_line: String,
    /// [`Paint::Dead`]
    pub dead: String,
    /// [`Paint::Number`]
    pub number: String,
    /// [`Paint::Text`]
    pub text: String,
    /// [`Paint::Bytes`]
    pub bytes: String,
    /// [`Paint::Sequence`]
    pub sequence: String,
    /// [`Paint::Mapping`]
    pub mapping: String,
    /// [`Paint::Set`]
    pub set: String,
    /// [`Paint::Instance`]
    pub instance: String,
    /// [`Paint::Class`]
    pub class: String,
    /// [`Paint::Callable`]
    pub callable: String,
    /// [`Paint::Other`]
    pub other: String,
    /// [`Paint::BGc`]
    pub b_gc: String,
    /// [`Paint::BCount`]
    pub b_count: String,
    /// [`Paint::BType`]
    pub b_type: String,
    /// [`Paint::BPayload`]
    pub b_payload: String,
    /// [`Paint::BBook`]
    pub b_book: String,
    /// [`Paint::BRoom`]
    pub b_room: String,
    /// [`Paint::BSlack`]
    pub b_slack: String,
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
        match paint {
            Paint::Paper => &self.paper,
            Paint::Panel => &self.panel,
            Paint::Ink => &self.ink,
            Paint::Soft => &self.soft,
            Paint::Faint => &self.faint,
            Paint::Line => &self.line,
            Paint::Grid => &self.grid,
            Paint::Accent => &self.accent,
            Paint::Mark => &self.mark,
            Paint::MarkLine => &self.mark_line,
            Paint::Dead => &self.dead,
            Paint::Number => &self.number,
            Paint::Text => &self.text,
            Paint::Bytes => &self.bytes,
            Paint::Sequence => &self.sequence,
            Paint::Mapping => &self.mapping,
            Paint::Set => &self.set,
            Paint::Instance => &self.instance,
            Paint::Class => &self.class,
            Paint::Callable => &self.callable,
            Paint::Other => &self.other,
            Paint::BGc => &self.b_gc,
            Paint::BCount => &self.b_count,
            Paint::BType => &self.b_type,
            Paint::BPayload => &self.b_payload,
            Paint::BBook => &self.b_book,
            Paint::BRoom => &self.b_room,
            Paint::BSlack => &self.b_slack,
        }
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

    /// Colours in the order of [`Paint`].
    fn of(colors: &[&str; 28]) -> Theme {
        let [
            paper,
            panel,
            ink,
            soft,
            faint,
            line,
            grid,
            accent,
            mark,
            mark_line,
            dead,
            number,
            text,
            bytes,
            sequence,
            mapping,
            set,
            instance,
            class,
            callable,
            other,
            b_gc,
            b_count,
            b_type,
            b_payload,
            b_book,
            b_room,
            b_slack,
        ] = colors.map(str::to_owned);
        Theme {
            paper,
            panel,
            ink,
            soft,
            faint,
            line,
            grid,
            accent,
            mark,
            mark_line,
            dead,
            number,
            text,
            bytes,
            sequence,
            mapping,
            set,
            instance,
            class,
            callable,
            other,
            b_gc,
            b_count,
            b_type,
            b_payload,
            b_book,
            b_room,
            b_slack,
            font: "Inter, 'Source Sans 3', system-ui, 'DejaVu Sans', sans-serif".owned(),
            mono: "'JetBrains Mono', 'DejaVu Sans Mono', ui-monospace, monospace".owned(),
            patterns: false,
        }
    }
}
