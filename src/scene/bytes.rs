//! The bytes view: the blocks of the selected object to scale, every byte with its meaning.

use super::geometry::{Rect, Size, at, num, rect};
use super::legend;
use super::pen::Pen;
use super::state::ViewState;
use super::text::{Anchor, TextStyle, cat, count, grouped, joined, number, plural, push, serial};
use super::theme::Paint;
use super::{Scene, Stroke, Target, View};
use crate::ids::gather::{Gather as _, Grow as _};
use crate::ids::text::{Append as _, Owned as _, hex};
use crate::snapshot::{DetailBlock, Details, FieldView, Purpose, Snapshot};

const MARGIN: f64 = 14.0;
const HEAD: TextStyle = TextStyle::sans(13.0).bold();
const BODY: TextStyle = TextStyle::sans(12.0);
const HEX: TextStyle = TextStyle::mono(12.0);
/// Where 16 bytes fit into a row only if they are small.
const SMALL_HEX: TextStyle = TextStyle::mono(10.5);
const OFFSET: TextStyle = TextStyle::mono(11.0);
const CELL_H: f64 = 21.0;
/// Fields of the same kind behind one another beyond this many are folded into one.
const UNFOLDED: usize = 8;
/// A picture lower than this is for the rows: what the pane's head says is not said again.
const LOW: f64 = 320.0;
/// Room for the offsets at the left.
const OFFSETS_W: f64 = 42.0;

/// What the bytes are there for, in words.
const fn purpose_word(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::PreHeader => "pre-header",
        Purpose::GcHead => "GC head",
        Purpose::Count => "count",
        Purpose::Type => "type",
        Purpose::Bookkeeping => "bookkeeping",
        Purpose::Payload => "stored",
        Purpose::Room => "room",
        Purpose::Slack => "rounding",
    }
}

/// A stretch of bytes in a row: one field, or many folded ones.
struct Piece<'a> {
    /// Index of its (first) field.
    index: usize,
    field: &'a FieldView,
    offset: i64,
    bytes: u64,
    /// How many fields it stands for.
    fields: usize,
}

/// One row of the picture.
enum Line<'a> {
    /// Pieces side by side, to scale.
    Cells(Vec<Piece<'a>>),
    /// More bytes than a row has.
    Run(Piece<'a>),
}

fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Rows of `per_row` bytes. Long fields and long series of equal ones are rows of their own.
fn lines(block: &DetailBlock, per_row: u64) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut row: Vec<Piece<'_>> = Vec::new();
    let mut filled = 0;
    let mut i = 0;
    while let Some(field) = block.fields.get(i) {
        let series = series(block, i);
        let (count, bytes) = if series.0 > UNFOLDED + 1 || field.purpose == Purpose::Room && series.0 > 2 {
            series
        } else {
            (1, field.size_bytes)
        };
        let shown = count > 1 && field.purpose == Purpose::Payload;
        let piece = Piece { index: i, field, offset: field.offset, bytes, fields: count };
        if shown {
            // The first of a long series of items are written out.
            let head = block.fields.get(i..i + UNFOLDED).unwrap_or_default();
            for (k, field) in head.iter().enumerate() {
                let piece = Piece { index: i + k, field, offset: field.offset, bytes: field.size_bytes, fields: 1 };
                put(&mut lines, &mut row, &mut filled, piece, per_row);
            }
            let used: u64 = head.iter().map(|f| f.size_bytes).sum();
            let first = block.fields.get(i + UNFOLDED).unwrap_or(field);
            let rest = Piece {
                index: i + UNFOLDED,
                field: first,
                offset: first.offset,
                bytes: bytes.saturating_sub(used),
                fields: count - UNFOLDED,
            };
            put(&mut lines, &mut row, &mut filled, rest, per_row);
        } else {
            put(&mut lines, &mut row, &mut filled, piece, per_row);
        }
        i += count;
    }
    if !row.is_empty() {
        lines.add(Line::Cells(row));
    }
    lines
}

fn put<'a>(lines: &mut Vec<Line<'a>>, row: &mut Vec<Piece<'a>>, filled: &mut u64, piece: Piece<'a>, per_row: u64) {
    let alone = piece.bytes > per_row || piece.fields > 1;
    if !row.is_empty() && (alone || *filled + piece.bytes > per_row) {
        lines.add(Line::Cells(core::mem::take(row)));
        *filled = 0;
    }
    if alone {
        lines.add(Line::Run(piece));
    } else {
        *filled += piece.bytes;
        row.add(piece);
        if *filled >= per_row {
            lines.add(Line::Cells(core::mem::take(row)));
            *filled = 0;
        }
    }
}

/// How many fields from `i` on are of the same kind and size, and their bytes.
fn series(block: &DetailBlock, i: usize) -> (usize, u64) {
    let rest = block.fields.get(i..).unwrap_or_default();
    let Some(first) = rest.first() else { return (0, 0) };
    let same = rest.iter().take_while(|f| f.purpose == first.purpose && f.size_bytes == first.size_bytes);
    same.fold((0, 0), |(n, bytes), f| (n + 1, bytes + f.size_bytes))
}

/// `00 × 216` for a run of equal bytes, the first bytes and how many there are otherwise.
fn run_text(piece: &Piece<'_>, equal: Option<u8>, hex_style: TextStyle, max: f64) -> String {
    let count = grouped(piece.bytes);
    if let Some(byte) = equal {
        return cat(&[hex(&[byte]).as_str(), " × ", &count]);
    }
    let tail = cat(&[" … ", &count, " bytes"]);
    let mut shown = piece.field.bytes.as_slice();
    while !shown.is_empty() && hex_style.width(&hex(shown)) + hex_style.width(&tail) > max {
        shown = shown.split_last().map_or(&[], |(_, rest)| rest);
    }
    hex(shown) + &tail
}

/// What a field is and means, as far as it says both.
fn meaning(field: &FieldView) -> String {
    let between = if field.meaning.starts_with('→') { " " } else { ": " };
    if field.meaning.is_empty() { field.name.clone() } else { cat(&[&field.name, between, &field.meaning]) }
}

struct Column<'a> {
    details: &'a Details,
    width: f64,
    low: bool,
    y: f64,
}

/// Makes the picture.
pub(super) fn build(snapshot: &Snapshot, details: Option<&Details>, state: &mut ViewState, size: Size) -> Scene {
    let Some(details) = details else { return invitation(snapshot, size) };
    let low = size.h < LOW;
    let width = (size.w - 2.0 * MARGIN).min(900.0);
    let mut measured = Column { details, width, low, y: 2.0 };
    measured.all(&mut Pen::new(super::Camera::default(), Size { w: 0.0, h: 0.0 }));
    let bounds = rect(0.0, 0.0, size.w, measured.y + 8.0);
    let camera = state.settle(View::Bytes, &bounds, None, size, (1.0, 1.0));
    let mut pen = Pen::new(camera, size);
    Column { details, width, low, y: 2.0 }.all(&mut pen);
    // Each row says what its colours mean, so there is nothing left to explain.
    legend::draw(&mut pen, &[], size, &bounds);
    pen.finish(size, bounds)
}

fn invitation(snapshot: &Snapshot, size: Size) -> Scene {
    let mut pen = Pen::new(super::Camera::default(), size);
    let text = if snapshot.objects.is_empty() {
        "Nothing is selected. Create an object to see its bytes here."
    } else {
        "Nothing is selected. Choose an object in any view or in the table to see its bytes here, to scale."
    };
    let style = TextStyle::sans(13.0);
    for (i, line) in style.wrap(text, size.w - 40.0, 6).iter().enumerate() {
        pen.text(at(20.0, 40.0 + 20.0 * num(i)), line, style, Paint::Soft);
    }
    let bounds = rect(0.0, 0.0, size.w, size.h);
    pen.finish(size, bounds)
}

impl Column<'_> {
    /// How many bytes a row has, and how large they are written.
    fn rows(&self) -> (u64, TextStyle) {
        let fits = |style: TextStyle, edges: f64| self.width >= OFFSETS_W + style.width(&"00 ".repeat(16)) + edges;
        match () {
            () if fits(HEX, 40.0) => (16, HEX),
            () if fits(SMALL_HEX, 16.0) => (16, SMALL_HEX),
            () => (8, HEX),
        }
    }

    fn all(&mut self, pen: &mut Pen) {
        let d = self.details;
        if !self.low {
            self.y += 18.0;
            let name = cat(&[d.type_name.as_str(), " ", &serial(d.id), "  ", &d.value]);
            pen.text_in(at(MARGIN, self.y - 4.0), &name, self.width, HEAD, Paint::Ink);
        }
        for line in BODY.wrap(&sizes(d), self.width, 4) {
            self.y += 17.0;
            pen.text(at(MARGIN, self.y - 4.0), &line, BODY, Paint::Ink);
        }
        self.y += 4.0;
        for (b, block) in d.blocks.iter().enumerate() {
            self.block(pen, b, block);
        }
    }

    fn block(&mut self, pen: &mut Pen, b: usize, block: &DetailBlock) {
        self.y += 20.0;
        let mut caption = cat(&[block.name, " · ", &block.addr.to_string(), " · "]);
        caption.put(&plural(block.block_bytes, "byte"));
        if block.block_bytes != block.asked_bytes {
            push(&mut caption, &[", ", &grouped(block.asked_bytes), " asked for"]);
        }
        pen.text_in(at(MARGIN, self.y - 5.0), &caption, self.width, BODY.bold(), Paint::Ink);
        self.overview(pen, b, block);
        for line in lines(block, self.rows().0) {
            match line {
                Line::Cells(pieces) => self.cells(pen, b, &pieces),
                Line::Run(piece) => self.run(pen, b, block, &piece),
            }
        }
        self.y += 6.0;
    }

    /// The whole block as one bar, to scale.
    fn overview(&mut self, pen: &mut Pen, b: usize, block: &DetailBlock) {
        let total: u64 = block.fields.iter().map(|f| f.size_bytes).sum();
        let unit = self.width / num(usize::try_from(total.max(1)).unwrap_or(usize::MAX));
        let area = rect(MARGIN, self.y, self.width, 14.0);
        let mut x = area.x;
        let mut start = 0;
        while let Some(field) = block.fields.get(start) {
            // One stretch for neighbours of the same purpose.
            let same = block.fields.get(start..).unwrap_or_default().iter().take_while(|f| f.purpose == field.purpose);
            let (count, bytes) = same.fold((0, 0), |(n, sum), f| (n + 1, sum + f.size_bytes));
            let w = unit * num(usize::try_from(bytes).unwrap_or(usize::MAX));
            let place = rect(x, area.y, w, area.h);
            pen.fill(place, 0.0, Paint::from(field.purpose).solid());
            if matches!(field.purpose, Purpose::Slack | Purpose::Room) {
                pen.hatch(place, Paint::Dead.tint(if field.purpose == Purpose::Slack { 0.9 } else { 0.4 }));
            }
            pen.line(at(place.right(), area.y), at(place.right(), area.bottom()), Stroke::solid(Paint::Panel, 1.0));
            pen.hit(place, Target::Field(b, start));
            x += w;
            start += count;
        }
        pen.outline(area, 0.0, Stroke::solid(Paint::Soft, 1.0));
        self.y += 20.0;
    }

    fn offset(&self, pen: &mut Pen, offset: i64) {
        let text = cat(&[if offset < 0 { "-" } else { "+" }, &number(offset.unsigned_abs())]);
        pen.text(at(MARGIN + OFFSETS_W - 8.0, self.y + 14.5), &text, OFFSET.anchored(Anchor::End), Paint::Soft);
    }

    fn cells(&mut self, pen: &mut Pen, b: usize, pieces: &[Piece<'_>]) {
        let Some(first) = pieces.first() else { return };
        self.offset(pen, first.offset);
        let (left, w) = (MARGIN + OFFSETS_W, self.width - OFFSETS_W);
        let (per_row, style) = self.rows();
        let unit = w / num(usize::try_from(per_row).unwrap_or(16));
        for piece in pieces {
            let start = usize::try_from(piece.offset - first.offset).unwrap_or(0);
            let bytes = usize::try_from(piece.bytes).unwrap_or(0);
            let place = rect(left + unit * num(start), self.y, unit * num(bytes), CELL_H);
            cell(pen, b, piece, place, &hex(&piece.field.bytes), style);
        }
        self.y += CELL_H + 1.0;
        self.words(pen, pieces);
    }

    /// Names and meanings of the fields of a row, and what they are there for.
    fn words(&mut self, pen: &mut Pen, pieces: &[Piece<'_>]) {
        let mut purposes: Vec<String> = pieces.iter().map(|p| purpose_word(p.field.purpose).owned()).gather();
        purposes.dedup();
        let text: Vec<String> = pieces.iter().map(|p| meaning(p.field)).gather();
        self.explain(pen, &joined(&text, " · "), &joined(&purposes, " · "));
    }

    /// Under a row: what its bytes are, and at the right what they are there for.
    fn explain(&mut self, pen: &mut Pen, text: &str, purpose: &str) {
        let lines = BODY.wrap(text, self.width - OFFSETS_W - BODY.width(purpose) - 10.0, 3);
        for (i, line) in lines.iter().enumerate() {
            self.y += 15.0;
            pen.text(at(MARGIN + OFFSETS_W + 4.0, self.y - 3.0), line, BODY, Paint::Soft);
            if i == 0 {
                pen.text(at(MARGIN + self.width, self.y - 3.0), purpose, BODY.anchored(Anchor::End), Paint::Soft);
            }
        }
        self.y += 5.0;
    }

    /// Bytes that are folded into one row.
    fn run(&mut self, pen: &mut Pen, b: usize, block: &DetailBlock, piece: &Piece<'_>) {
        self.offset(pen, piece.offset);
        let place = rect(MARGIN + OFFSETS_W, self.y, self.width - OFFSETS_W, CELL_H);
        let equal = equal_byte(block, piece);
        let style = self.rows().1;
        cell(pen, b, piece, place, &run_text(piece, equal, style, place.w - 14.0), style);
        self.y += CELL_H + 1.0;
        let text = if piece.fields > 1 {
            let what = match piece.field.purpose {
                Purpose::Room => "free places",
                _ => "more fields",
            };
            let last = (piece.offset + signed(piece.bytes) - 1).unsigned_abs();
            let mut text = cat(&[&grouped(count(piece.fields)), " ", what]);
            push(&mut text, &[": ", &piece.field.name, " and on, up to +", &number(last)]);
            text
        } else {
            meaning(piece.field)
        };
        self.explain(pen, &text, purpose_word(piece.field.purpose));
    }
}

/// Bytes in their colour, with what they are.
fn cell(pen: &mut Pen, b: usize, piece: &Piece<'_>, place: Rect, text: &str, style: TextStyle) {
    let purpose = piece.field.purpose;
    let inner = rect(place.x + 0.75, place.y, place.w - 1.5, place.h);
    pen.fill(inner, 3.0, Paint::from(purpose).solid());
    if purpose == Purpose::Slack {
        pen.hatch(inner, Paint::Dead.tint(0.35));
    }
    let base = at(inner.x + 5.0, inner.y + 15.0);
    let max = inner.w - 6.0;
    if style.width(text) <= max {
        pen.text(base, text, style, Paint::Ink);
    } else {
        let small = TextStyle { size: style.size.min(11.0), ..style };
        pen.text_in(at(inner.x + 3.0, base.y), text, inner.w - 3.0, small, Paint::Ink);
    }
    pen.hit(place, Target::Field(b, piece.index));
}

/// The byte that all of a piece consists of, if it is known in full.
fn equal_byte(block: &DetailBlock, piece: &Piece<'_>) -> Option<u8> {
    let fields = block.fields.get(piece.index..piece.index + piece.fields)?;
    let first = *fields.first()?.bytes.first()?;
    let known = |f: &FieldView| signed(f.size_bytes) == i64::try_from(f.bytes.len()).unwrap_or(-1);
    fields.iter().all(|f| known(f) && f.bytes.iter().all(|b| *b == first)).then_some(first)
}

/// `sys.getsizeof says 72 · occupies 80: 16 stored, 32 only because types are dynamic (GC head, count, type), ...`
fn sizes(d: &Details) -> String {
    use Purpose::{Bookkeeping, Count, GcHead, Payload, PreHeader, Room, Slack, Type};
    let of = |purposes: &[Purpose]| -> u64 {
        let fields = d.blocks.iter().flat_map(|block| &block.fields);
        fields.filter(|field| purposes.contains(&field.purpose)).map(|field| field.size_bytes).sum()
    };
    let dynamic = match (of(&[PreHeader]), of(&[GcHead])) {
        (0, 0) => "only because types are dynamic (count, type)",
        (0, _) => "only because types are dynamic (GC head, count, type)",
        _ => "only because types are dynamic (pre-header, GC head, count, type)",
    };
    let parts = [
        (&[Payload][..], "stored"),
        (&[PreHeader, GcHead, Count, Type], dynamic),
        (&[Bookkeeping], "bookkeeping"),
        (&[Room], "room"),
        (&[Slack], "rounding"),
    ];
    let mut out = cat(&["sys.getsizeof says ", &grouped(d.getsizeof_bytes), " · occupies ", &grouped(d.occupies_bytes)]);
    let mut between = ": ";
    for (bytes, what) in parts.into_iter().map(|(purposes, what)| (of(purposes), what)).filter(|(bytes, _)| *bytes > 0) {
        push(&mut out, &[between, &grouped(bytes), " ", what]);
        between = ", ";
    }
    out
}

/// The picture as text.
pub(super) fn describe(details: Option<&Details>) -> String {
    let Some(d) = details else { return "Nothing is selected.".owned() };
    let mut out = cat(&[d.type_name.as_str(), " ", &serial(d.id), ", ", &d.value, ": ", &sizes(d), "."]);
    for block in &d.blocks {
        push(&mut out, &[" ", block.name, " at ", &block.addr.to_string(), ", ", &plural(block.block_bytes, "byte"), ":"]);
        let mut start = 0;
        while let Some(field) = block.fields.get(start) {
            let same = block.fields.get(start..).unwrap_or_default().iter().take_while(|f| f.purpose == field.purpose);
            let (count, bytes) = same.fold((0, 0), |(n, sum), f| (n + 1, sum + f.size_bytes));
            let comma = if start == 0 { " " } else { ", " };
            push(&mut out, &[comma, &grouped(bytes), " ", purpose_word(field.purpose)]);
            start += count;
        }
        out.add('.');
    }
    out
}
