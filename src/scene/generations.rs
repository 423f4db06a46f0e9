//! The generations view: the collector's lists in order, its counts against their thresholds, and the rules in words.

use super::geometry::{Rect, Size, at, limit, num, rect};
use super::legend::{self, Mark};
use super::objects::{index_of, title};
use super::pen::Pen;
use super::state::ViewState;
use super::text::{Anchor, TextStyle, cat, count, grouped, joined, number, plural, push};
use super::theme::Paint;
use super::{Scene, Stroke, Target, View};
use crate::ids::gather::{Gather as _, Grow as _};
use crate::ids::text::{Append as _, Owned as _};
use crate::snapshot::{Collection, Generation, Snapshot};

const MARGIN: f64 = 14.0;
const HEAD: TextStyle = TextStyle::sans(13.0).bold();
const BODY: TextStyle = TextStyle::sans(12.0);
const CHIP: TextStyle = TextStyle::mono(12.0);
const CHIP_H: f64 = 23.0;
const LINK_W: f64 = 16.0;
/// Longer lists are squares.
const CHIPS: usize = 300;
/// Left of a meter.
const LABEL_W: f64 = 78.0;
/// A pane this low leaves it to the page to say what the last step did.
const LOW: f64 = 420.0;

/// What is collected when, for the generation with this index.
#[must_use]
pub fn rule(s: &Snapshot, g: usize) -> String {
    let threshold = |g: usize| s.generations.get(g).map_or(0, |g| g.threshold);
    let n = grouped(u64::from(threshold(g)));
    match g {
        0 if !s.gc_enabled => "The collector is disabled: nothing is collected unless gc.collect() is called.".owned(),
        0 if threshold(0) == 0 => "Threshold 0: nothing is collected unless gc.collect() is called.".owned(),
        0 => cat(&["Containers allocated minus deallocated since its last collection. Above ", &n, " a collection starts."]),
        1 => cat(&["Collections of generation 0 since its last one. Above ", &n, ", the next that starts takes this one too."]),
        2 => cat(&[
            "Collections of generation 1 since its last one. Above ",
            &n,
            " it is collected too, once the objects pending (those that came here since) are a quarter of those that survived it.",
        ]),
        _ => "Moved here by gc.freeze() or immortal: no collection looks at them.".owned(),
    }
}

const NAMES: [&str; 4] = ["generation 0 · young", "generation 1", "generation 2 · old", "permanent generation"];

/// Lays out from above and draws at the same time; without a pen it only measures.
struct Column<'a> {
    snapshot: &'a Snapshot,
    width: f64,
    low: bool,
    y: f64,
    selected: Option<usize>,
    hovered: Option<usize>,
    /// Where the selected object's chip is.
    spot: Option<Rect>,
}

/// Makes the picture.
pub(super) fn build(snapshot: &Snapshot, state: &mut ViewState, size: Size) -> Scene {
    let entries = legend_entries(snapshot, state);
    let room = Size { w: size.w, h: (size.h - legend::height(&entries, size)).max(40.0) };
    let (selected, hovered) = (index_of(snapshot, state.selected), index_of(snapshot, state.hovered));
    let fresh = || Column { snapshot, width: size.w - 2.0 * MARGIN, low: size.h < LOW, y: 10.0, selected, hovered, spot: None };
    let mut measured = fresh();
    measured.all(&mut Pen::new(super::Camera::default(), Size { w: 0.0, h: 0.0 }));
    let bounds = rect(0.0, 0.0, size.w, measured.y);
    let camera = state.settle(View::Generations, &bounds, measured.spot, room, (1.0, 1.0));
    let mut pen = Pen::new(camera, size);
    fresh().all(&mut pen);
    legend::draw(&mut pen, &entries, size, &bounds);
    pen.finish(size, bounds)
}

impl Column<'_> {
    fn all(&mut self, pen: &mut Pen) {
        let s = self.snapshot;
        if let Some(collection) = &s.collection {
            self.collection(pen, collection);
        }
        self.meters(pen);
        for (g, generation) in s.generations.iter().enumerate() {
            if g < 3 || generation.size > 0 {
                self.generation(pen, g, generation);
            }
        }
    }

    fn paragraph(&mut self, pen: &mut Pen, text: &str, style: TextStyle, paint: Paint, lines: usize) {
        for line in style.wrap(text, self.width, lines) {
            self.y += 17.0;
            pen.text(at(MARGIN, self.y - 4.0), &line, style, paint);
        }
    }

    fn generation(&mut self, pen: &mut Pen, g: usize, generation: &Generation) {
        self.y += 20.0;
        let base = self.y - 4.0;
        pen.text(at(MARGIN, base), NAMES.get(g).copied().unwrap_or_default(), HEAD, Paint::Ink);
        if self.snapshot.collection.as_ref().is_some_and(|c| usize::from(c.generation) == g) {
            self.paragraph(pen, "is being collected: its objects are in the lists above", BODY, Paint::Soft, 2);
        } else {
            self.members(pen, generation);
        }
        self.paragraph(pen, &rule(self.snapshot, g), BODY, Paint::Soft, 4);
        self.y += 8.0;
        pen.line(at(MARGIN, self.y), at(MARGIN + self.width, self.y), Stroke::solid(Paint::Line, 1.0));
    }

    fn members(&mut self, pen: &mut Pen, generation: &Generation) {
        self.list(pen, &generation.members, false);
        let shown = u32::try_from(generation.members.len()).unwrap_or(u32::MAX);
        let hidden = u64::from(generation.size.saturating_sub(shown));
        if hidden > 0 {
            let also = if shown > 0 { "and " } else { "" };
            let text = cat(&[also, &plural(hidden, "object"), " of the interpreter, not shown"]);
            self.paragraph(pen, &text, BODY, Paint::Soft, 2);
        } else if shown == 0 {
            self.paragraph(pen, "empty", BODY, Paint::Soft, 1);
        }
    }

    /// All that decides about the next collection, before the lists.
    fn meters(&mut self, pen: &mut Pen) {
        let s = self.snapshot;
        let labels = ["0 · young", "1", "2 · old"];
        for (label, generation) in labels.into_iter().zip(&s.generations) {
            let (count, threshold) = (u64::from(generation.count), u64::from(generation.threshold));
            let text = cat(&[&grouped(count), " of ", &grouped(threshold)]);
            self.meter(pen, label, count, threshold, &text);
        }
        let (pending, need) = (s.long_lived_pending, s.long_lived_total / 4);
        let text = cat(&[grouped(pending).as_str(), " of ", &grouped(need), " (25 % of ", &grouped(s.long_lived_total), ")"]);
        self.meter(pen, "pending", pending, need, &text);
        self.y += 6.0;
        pen.line(at(MARGIN, self.y), at(MARGIN + self.width, self.y), Stroke::solid(Paint::Line, 1.0));
    }

    /// How far a count is from its threshold; beyond it, the bar is full and has a mark at the end.
    fn meter(&mut self, pen: &mut Pen, label: &str, count: u64, threshold: u64, text: &str) {
        self.y += 19.0;
        let base = self.y - 4.0;
        pen.text_in(at(MARGIN, base), label, LABEL_W - 4.0, BODY.bold(), Paint::Ink);
        let right = limit(CHIP.width(text) + 10.0, 96.0, self.width * 0.6);
        pen.text_in(at(MARGIN + self.width, base), text, right, CHIP.anchored(Anchor::End), Paint::Ink);
        let area = rect(MARGIN + LABEL_W, self.y - 13.0, (self.width - LABEL_W - right).max(10.0), 10.0);
        pen.rect(area, 5.0, Some(Paint::Grid.solid()), Some(Stroke::solid(Paint::Soft, 0.8)));
        let float = |n: u64| num(usize::try_from(n).unwrap_or(usize::MAX));
        if count > 0 && threshold > 0 {
            let w = limit(area.w * float(count) / float(threshold), 4.0, area.w);
            pen.fill(rect(area.x, area.y, w, area.h), 5.0, Paint::Accent.solid());
        }
        if count > threshold && threshold > 0 {
            pen.fill(rect(area.right() - 3.0, area.y - 2.0, 3.0, area.h + 4.0), 1.0, Paint::Ink.solid());
        }
    }

    fn collection(&mut self, pen: &mut Pen, collection: &Collection) {
        let top = self.y;
        self.y += 22.0;
        let head = cat(&["collecting generation ", &number(u64::from(collection.generation)), " · ", &collection.phase]);
        pen.text_in(at(MARGIN, self.y - 5.0), &head, self.width, HEAD, Paint::Ink);
        if !self.low {
            self.paragraph(pen, &collection.sentence, BODY, Paint::Ink, 5);
        }
        let young = collection.young.as_ref().map(|young| ("young: what is examined", young));
        for (name, members) in young.into_iter().chain([("unreachable: what is set aside", &collection.unreachable)]) {
            self.y += 20.0;
            pen.text_in(at(MARGIN, self.y - 4.0), name, self.width, BODY.bold(), Paint::Ink);
            self.list(pen, members, true);
            if members.is_empty() {
                self.paragraph(pen, "empty", BODY, Paint::Soft, 1);
            }
        }
        self.y += 8.0;
        let around = rect(4.0, top, self.width + 2.0 * MARGIN - 8.0, self.y - top);
        pen.outline(around, 10.0, Stroke::solid(Paint::Accent, 1.4));
        self.y += 8.0;
    }

    /// A list in its order: chips joined by arrows, or squares when there are many.
    fn list(&mut self, pen: &mut Pen, members: &[usize], refs: bool) {
        if members.is_empty() {
            return;
        }
        let (mut x, right) = (MARGIN, MARGIN + self.width);
        let squares = members.len() > CHIPS;
        self.y += 5.0;
        for (n, i) in members.iter().enumerate() {
            let Some(object) = self.snapshot.objects.get(*i) else { continue };
            let text = if squares { String::new() } else { self.chip_text(*i, refs) };
            let (w, h, gap) = if squares { (9.0, 9.0, 2.0) } else { (CHIP.width(&text) + 20.0, CHIP_H, LINK_W) };
            let w = w.min(self.width);
            if x > MARGIN && x + w > right {
                x = MARGIN;
                self.y += h + if squares { 2.0 } else { 8.0 };
            }
            let place = rect(x, self.y, w, h);
            if pen.sees(&place.grown(LINK_W)) {
                let paint = Paint::from(object.family);
                if squares {
                    pen.fill(place, 1.5, paint.solid());
                } else {
                    self.chip(pen, *i, place, &text);
                    if n + 1 < members.len() {
                        let (from, to) = (at(place.right(), place.center().y), at(place.right() + LINK_W, place.center().y));
                        pen.path(from, &[[from, to, to]], Stroke::solid(Paint::Soft, 1.3), 6.0);
                    }
                }
                pen.hit(place, Target::Object(*i));
            }
            if self.selected == Some(*i) {
                self.spot = self.spot.or(Some(place));
                pen.selection(place.grown(2.0), 5.0);
            } else if self.hovered == Some(*i) {
                pen.outline(place.grown(2.0), 6.0, Stroke::solid(Paint::Accent, 1.4));
            }
            x += w + gap;
        }
        self.y += if squares { 13.0 } else { CHIP_H + 6.0 };
    }

    fn chip_text(&self, i: usize, refs: bool) -> String {
        let Some(object) = self.snapshot.objects.get(i) else { return String::new() };
        let mut text = title(object);
        if refs && let Some(n) = object.gc.and_then(|g| g.gc_refs) {
            text.put(" · gc_refs ");
            text.put(&number(n));
        }
        if self.is_now(i) {
            text.insert_str(0, "▶ ");
        }
        text
    }

    /// Whether the collector looks at the object.
    fn is_now(&self, i: usize) -> bool {
        self.snapshot.collection.as_ref().is_some_and(|c| c.at == Some(i))
    }

    fn chip(&self, pen: &mut Pen, i: usize, place: Rect, text: &str) {
        let Some(object) = self.snapshot.objects.get(i) else { return };
        let paint = Paint::from(object.family);
        let mut stroke = Stroke::solid(if object.reachable { paint } else { Paint::Dead }, 1.4);
        pen.fill(place, 5.0, Paint::Panel.solid());
        if !object.reachable {
            pen.hatch(place, Paint::Dead.tint(0.22));
            pen.fill(rect(place.x + 10.0, place.y + 4.0, place.w - 14.0, place.h - 8.0), 3.0, Paint::Panel.tint(0.85));
            stroke = stroke.dashed(4.0);
        }
        pen.outline(place, 5.0, stroke);
        pen.fill(rect(place.x + 4.0, place.y + 5.0, 4.0, place.h - 10.0), 1.5, paint.solid());
        pen.text_in(at(place.x + 13.0, place.y + 16.0), text, place.w - 18.0, CHIP, Paint::Ink);
        if object.changed {
            pen.outline(place.grown(2.0), 6.0, Stroke::solid(Paint::MarkLine, 2.2));
        } else if self.is_now(i) {
            pen.outline(place.grown(2.0), 6.0, Stroke::solid(Paint::Accent, 2.0));
        }
    }
}

fn legend_entries(snapshot: &Snapshot, state: &ViewState) -> Vec<(Mark, &'static str)> {
    let mut entries = vec![(Mark::Sign("→"), "next in the list")];
    if snapshot.objects.iter().any(|o| !o.reachable && o.gc.is_some()) {
        entries.add((Mark::Hatched, "unreachable, not collected"));
    }
    if snapshot.objects.iter().any(|o| o.changed) {
        entries.add((Mark::Changed, "changed in this step"));
    }
    if state.selected.is_some() {
        entries.add((Mark::Selected, "selected"));
    }
    if snapshot.collection.is_some() {
        entries.add((Mark::Sign("▶"), "looked at now"));
    }
    entries
}

/// The picture as text.
pub(super) fn describe(snapshot: &Snapshot) -> String {
    let mut out = String::new();
    let list = |members: &[usize]| -> String {
        let shown = members.iter().take(12).filter_map(|i| snapshot.objects.get(*i)).map(title);
        let mut names = joined(&shown.gather(), ", ");
        if members.len() > 12 {
            push(&mut names, &[" and ", &number(count(members.len() - 12)), " more"]);
        }
        if names.is_empty() { "nothing".owned() } else { names }
    };
    if let Some(c) = &snapshot.collection {
        push(&mut out, &["Collecting generation ", &number(u64::from(c.generation)), ", ", &c.phase, ". ", &c.sentence]);
        if let Some(young) = &c.young {
            push(&mut out, &[" Examined: ", &list(young), "."]);
        }
        push(&mut out, &[" Tentatively unreachable: ", &list(&c.unreachable), ". "]);
    }
    for (g, generation) in snapshot.generations.iter().enumerate().filter(|(g, n)| *g < 3 || n.size > 0) {
        push(&mut out, &["Generation ", &number(count(g)), ": "]);
        if g < 3 {
            push(&mut out, &[&number(u64::from(generation.count)), " of ", &number(u64::from(generation.threshold))]);
            out.put(", ");
        }
        out.put(&plural(u64::from(generation.size), "object"));
        push(&mut out, &[", shown: ", &list(&generation.members), ". "]);
    }
    let (pending, total) = (snapshot.long_lived_pending, snapshot.long_lived_total);
    push(
        &mut out,
        &["A full collection also needs ", &grouped(total / 4), " pending objects; there are ", &grouped(pending), "."],
    );
    out
}
