//! The pools view: arenas, their pools, and the blocks of the pools that matter at the moment, all to proportion.

use super::geometry::{Rect, Size, at, limit, num, rect, whole};
use super::legend::{self, Mark};
use super::objects::{index_of, title};
use super::pen::Pen;
use super::state::ViewState;
use super::text::{Anchor, TextStyle, cat, count, grouped, number, plural, push};
use super::theme::{Paint, Tone};
use super::{Scene, Stroke, Target, View};
use crate::ids::gather::{Gather as _, Grow as _};
use crate::ids::text::{Append as _, Owned as _};
use crate::snapshot::{Arena, Block, BlockState, Pool, PoolState, Snapshot};

/// `ARENA_SIZE` and `POOL_SIZE`. Source: Include/internal/pycore_obmalloc.h.
const ARENA_BYTES: u64 = 1 << 20;
const POOL_BYTES: u64 = 1 << 14;
/// `POOL_OVERHEAD`
const HEADER_BYTES: u64 = 48;

const MARGIN: f64 = 14.0;
const POOLS_IN_ROW: usize = 16;
const CELL_GAP: f64 = 3.0;
const CELL_H: f64 = 26.0;
const CAPTION: TextStyle = TextStyle::sans(12.0);
const DIGITS: TextStyle = TextStyle::mono(11.0);
/// Pools whose blocks are drawn below their arena, at most.
const OPENED: usize = 4;
/// From this width on (css px), a pool's blocks are drawn inside its cell.
const CELL_WITH_BLOCKS: f64 = 90.0;

fn units(n: u64) -> f64 {
    num(usize::try_from(n).unwrap_or(usize::MAX))
}

/// Bytes behind the last block.
fn over(pool: &Pool) -> u64 {
    (POOL_BYTES - HEADER_BYTES).saturating_sub(u64::from(pool.block_bytes) * u64::from(pool.blocks_total))
}

/// What lives in a block: its owner at least, where the snapshot does not say more.
pub(super) fn block_label(snapshot: &Snapshot, block: &Block) -> String {
    match block.owner.and_then(|o| snapshot.objects.get(o)) {
        Some(owner) if block.label.is_empty() => title(owner),
        _ => block.label.clone(),
    }
}

/// What a pool is, in words.
pub(super) fn label(pool: &Pool, index: usize) -> String {
    let mut out = cat(&["pool ", &number(count(index)), " · "]);
    if pool.state == PoolState::Untouched {
        out.put("never used");
        return out;
    }
    let (used, total) = (number(u64::from(pool.blocks_in_use)), number(u64::from(pool.blocks_total)));
    push(&mut out, &[&number(u64::from(pool.block_bytes)), "-byte blocks · ", &used, " of ", &total, " in use"]);
    match pool.state {
        PoolState::Full => out.put(" · full"),
        PoolState::Empty => out.put(" · empty, back in its arena"),
        PoolState::Used | PoolState::Untouched => {}
    }
    if over(pool) > 0 {
        push(&mut out, &[" · ", &plural(over(pool), "byte"), " left over"]);
    }
    out
}

fn arena_label(arena: &Arena, index: usize) -> String {
    let in_use = arena.pools.iter().filter(|p| matches!(p.state, PoolState::Used | PoolState::Full)).count();
    let mut out = cat(&["arena ", &number(count(index)), " · ", &arena.addr.to_string(), " · "]);
    push(&mut out, &[&number(count(in_use)), " of ", &number(u64::from(arena.total_pools)), " pools of 16 KiB in use"]);
    if arena.misaligned_bytes > 0 {
        out.put(" · 16 KiB lost to alignment");
    }
    out
}

/// The pools whose blocks are shown: of the selected object, else of what changed last, else the first in use.
fn opened(snapshot: &Snapshot, selected: Option<usize>) -> Vec<(usize, usize)> {
    let with = |wanted: &dyn Fn(&Pool) -> bool| -> Vec<(usize, usize)> {
        let pools =
            snapshot.arenas.iter().enumerate().flat_map(|(a, arena)| arena.pools.iter().enumerate().map(move |(p, q)| (a, p, q)));
        pools.filter(|(_, _, pool)| wanted(pool)).map(|(a, p, _)| (a, p)).take(OPENED).gather()
    };
    let owned = |pool: &Pool, test: &dyn Fn(usize) -> bool| pool.blocks.iter().any(|b| b.owner.is_some_and(test));
    let mut found = match selected {
        Some(i) => with(&|pool| owned(pool, &|o| o == i)),
        None => Vec::new(),
    };
    if found.is_empty() {
        found = with(&|pool| owned(pool, &|o| snapshot.objects.get(o).is_some_and(|o| o.changed)));
        found.truncate(1);
    }
    if found.is_empty() {
        found = with(&|pool| pool.state == PoolState::Used);
        found.truncate(1);
    }
    found
}

/// Where the parts of the picture go, world units.
struct Plan {
    width: f64,
    cell_w: f64,
    /// Per arena: the grid's upper edge, and the opened pools with their caption's upper edge.
    arenas: Vec<(f64, Vec<(usize, f64)>)>,
    height: f64,
}

impl Plan {
    fn new(snapshot: &Snapshot, opened: &[(usize, usize)], width: f64) -> Plan {
        let cell_w = limit((width - 2.0 * MARGIN) / num(POOLS_IN_ROW + 1) - CELL_GAP, 12.0, 60.0);
        let mut plan = Plan { width, cell_w, arenas: Vec::new(), height: 12.0 };
        for (a, arena) in snapshot.arenas.iter().enumerate() {
            plan.height += 17.0 * num(plan.lines(&arena_label(arena, a)).len()) + 6.0;
            let grid = plan.height;
            plan.height += num(arena.pools.len().div_ceil(POOLS_IN_ROW)) * plan.row_h() + 10.0;
            let mut open = Vec::new();
            for (_, p) in opened.iter().filter(|o| o.0 == a) {
                if let Some(pool) = arena.pools.get(*p) {
                    open.add((*p, plan.height));
                    let strip = Strip::wide(pool, plan.width);
                    plan.height += 17.0 * num(plan.lines(&label(pool, *p)).len()) + 6.0 + strip.height() + 18.0;
                }
            }
            plan.arenas.add((grid, open));
            plan.height += 10.0;
        }
        plan
    }

    /// Whether the size of a pool's blocks is written below its cell.
    fn sizes(&self) -> bool {
        self.cell_w >= 26.0
    }

    fn row_h(&self) -> f64 {
        CELL_H + CELL_GAP + if self.sizes() { 14.0 } else { 0.0 }
    }

    fn lines(&self, text: &str) -> Vec<String> {
        CAPTION.wrap(text, self.width - 2.0 * MARGIN, 3)
    }

    fn cell(&self, grid: f64, arena: &Arena, p: usize) -> Rect {
        // The bytes lost in front of the first pool are drawn to proportion, in a column of their own.
        let lost = if arena.misaligned_bytes > 0 {
            units(arena.misaligned_bytes) / units(POOL_BYTES) * self.cell_w + CELL_GAP
        } else {
            0.0
        };
        let (row, column) = (p / POOLS_IN_ROW, p % POOLS_IN_ROW);
        let x = MARGIN + lost + num(column) * (self.cell_w + CELL_GAP);
        rect(x, grid + num(row) * self.row_h(), self.cell_w, CELL_H)
    }
}

/// A pool's bytes in rows: header, blocks, rest. A row ends with a whole block.
struct Strip {
    /// px per byte.
    scale: f64,
    /// Width of a row.
    width: f64,
    block_w: f64,
    header_w: f64,
    /// Blocks in the first row and in others.
    first: usize,
    others: usize,
    rows: usize,
    /// Rows with a block that was carved; the others are low.
    carved: usize,
    row_h: f64,
    low_h: f64,
    gap: f64,
}

impl Strip {
    fn new(pool: &Pool, width: f64, scale: f64) -> Strip {
        let block_w = f64::from(pool.block_bytes.max(16)) * scale;
        let header_w = units(HEADER_BYTES) * scale;
        let others = whole(width / block_w).max(1);
        let first = whole((width - header_w) / block_w);
        let rest = pool.blocks.len().saturating_sub(first);
        let mut strip = Strip {
            scale,
            width,
            block_w,
            header_w,
            first,
            others,
            rows: 1 + rest.div_ceil(others),
            carved: 1,
            row_h: 18.0,
            low_h: 6.0,
            gap: 4.0,
        };
        let last = pool.blocks.iter().rposition(|b| b.state != BlockState::Uncarved).unwrap_or(0);
        // The row with the next block to carve is high, too.
        strip.carved = (strip.row(last + 1) + 1).min(strip.rows);
        strip
    }

    /// Below an arena: 16-byte blocks are at least 6 px wide.
    fn wide(pool: &Pool, width: f64) -> Strip {
        let width = width - 2.0 * MARGIN;
        Strip::new(pool, width, limit(width * 8.0 / units(POOL_BYTES), 0.375, 0.8))
    }

    /// Inside a cell.
    fn inside(pool: &Pool, cell: &Rect) -> Strip {
        let mut strip = Strip::new(pool, cell.w, cell.w * 6.0 / units(POOL_BYTES));
        strip.row_h = cell.h / num(strip.rows);
        strip.gap = 0.12 * strip.row_h;
        strip.row_h -= strip.gap;
        strip.low_h = strip.row_h;
        strip.carved = strip.rows;
        strip
    }

    fn height(&self) -> f64 {
        self.top(self.rows)
    }

    /// Upper edge of a row.
    fn top(&self, row: usize) -> f64 {
        let high = row.min(self.carved);
        num(high) * (self.row_h + self.gap) + num(row - high) * (self.low_h + 0.5 * self.gap)
    }

    fn row(&self, i: usize) -> usize {
        if i < self.first { 0 } else { 1 + (i - self.first) / self.others }
    }

    fn block(&self, origin: Rect, i: usize) -> Rect {
        let row = self.row(i);
        let x = if row == 0 { self.header_w + num(i) * self.block_w } else { num((i - self.first) % self.others) * self.block_w };
        let h = if row < self.carved { self.row_h } else { self.low_h };
        rect(origin.x + x, origin.y + self.top(row), self.block_w, h)
    }
}

/// Makes the picture.
pub(super) fn build(snapshot: &Snapshot, state: &mut ViewState, size: Size) -> Scene {
    let selected = index_of(snapshot, state.selected);
    let hovered = index_of(snapshot, state.hovered);
    let opened = opened(snapshot, selected);
    let entries = legend_entries(snapshot, &opened);
    let room = Size { w: size.w, h: (size.h - legend::height(&entries, size)).max(40.0) };
    let plan = Plan::new(snapshot, &opened, size.w);
    let bounds = rect(0.0, 0.0, plan.width, plan.height);
    let spot = selected.and_then(|i| spot_of(snapshot, &plan, i));
    let camera = state.settle(View::Pools, &bounds, spot, room, (1.0, 1.0));
    let mut pen = Pen::new(camera, size);
    let map = Map { snapshot, plan: &plan, opened: &opened, selected, hovered };
    if snapshot.arenas.is_empty() {
        pen.text_in(at(MARGIN, 32.0), "No arena yet: nothing was allocated.", size.w - 2.0 * MARGIN, CAPTION, Paint::Soft);
    }
    for (a, (arena, (grid, open))) in snapshot.arenas.iter().zip(&plan.arenas).enumerate() {
        map.arena(&mut pen, a, arena, *grid);
        for (p, top) in open {
            if let Some(pool) = arena.pools.get(*p) {
                map.open(&mut pen, (a, *p), pool, *top);
            }
        }
    }
    legend::draw(&mut pen, &entries, size, &bounds);
    pen.finish(size, bounds)
}

/// The first block of an object in an opened pool.
fn spot_of(snapshot: &Snapshot, plan: &Plan, object: usize) -> Option<Rect> {
    for (arena, (_, open)) in snapshot.arenas.iter().zip(&plan.arenas) {
        for (p, top) in open {
            let pool = arena.pools.get(*p)?;
            if let Some(b) = pool.blocks.iter().position(|b| b.owner == Some(object)) {
                let strip = Strip::wide(pool, plan.width);
                let caption = 17.0 * num(plan.lines(&label(pool, *p)).len()) + 11.0;
                return Some(strip.block(rect(MARGIN, top + caption, strip.width, 0.0), b));
            }
        }
    }
    None
}

struct Map<'a> {
    snapshot: &'a Snapshot,
    plan: &'a Plan,
    opened: &'a [(usize, usize)],
    selected: Option<usize>,
    hovered: Option<usize>,
}

impl Map<'_> {
    fn arena(&self, pen: &mut Pen, a: usize, arena: &Arena, grid: f64) {
        let lines = self.plan.lines(&arena_label(arena, a));
        let mut y = grid - 6.0 - 17.0 * num(lines.len()) + 13.0;
        for line in lines {
            pen.text(at(MARGIN, y), &line, CAPTION, Paint::Ink);
            y += 17.0;
        }
        let cell_w = self.plan.cell_w;
        let lost = |pen: &mut Pen, x: f64, y: f64, bytes: u64| {
            let area = rect(x, y, units(bytes) / units(POOL_BYTES) * cell_w, CELL_H);
            pen.fill(area, 1.0, Paint::BSlack.solid());
            pen.hatch(area, Paint::Dead.solid());
        };
        if arena.misaligned_bytes > 0 {
            lost(pen, MARGIN, grid, arena.misaligned_bytes);
        }
        for (p, pool) in arena.pools.iter().enumerate() {
            let cell = self.plan.cell(grid, arena, p);
            if pen.sees(&cell) {
                self.cell(pen, (a, p), pool, cell);
            }
        }
        let used = arena.misaligned_bytes + POOL_BYTES * u64::from(arena.total_pools);
        if used < ARENA_BYTES
            && let Some(last) = arena.pools.len().checked_sub(1)
        {
            let cell = self.plan.cell(grid, arena, last);
            lost(pen, cell.right() + CELL_GAP, cell.y, ARENA_BYTES - used);
        }
    }

    fn cell(&self, pen: &mut Pen, (a, p): (usize, usize), pool: &Pool, cell: Rect) {
        let close = cell.w * pen.camera.scale >= CELL_WITH_BLOCKS;
        let ground = if pool.state == PoolState::Untouched { Paint::Panel } else { Paint::Grid };
        pen.fill(cell, 3.0, ground.solid());
        pen.hit(cell, Target::Pool(a, p));
        match pool.state {
            PoolState::Untouched => {}
            _ if close => self.blocks(pen, (a, p), pool, cell, &Strip::inside(pool, &cell.grown(-1.5)), false),
            PoolState::Empty => pen.line(
                at(cell.x + 4.0, cell.center().y),
                at(cell.right() - 4.0, cell.center().y),
                Stroke::solid(Paint::Soft, 1.2),
            ),
            PoolState::Used | PoolState::Full => {
                let level = f64::from(pool.blocks_in_use) / f64::from(pool.blocks_total.max(1));
                let h = ((cell.h - 3.0) * level).max(1.5);
                pen.fill(rect(cell.x + 1.5, cell.bottom() - 1.5 - h, cell.w - 3.0, h), 2.0, dominant(pool));
            }
        }
        let mut stroke = Stroke::solid(if pool.state == PoolState::Untouched { Paint::Line } else { Paint::Soft }, 1.0);
        if pool.state == PoolState::Full {
            stroke.width = 1.8;
        }
        pen.outline(cell, 3.0, stroke);
        if self.plan.sizes() && pool.state != PoolState::Untouched {
            let style = DIGITS.anchored(Anchor::Middle);
            pen.text(at(cell.center().x, cell.bottom() + 11.5), &number(u64::from(pool.block_bytes)), style, Paint::Soft);
        }
        if self.opened.contains(&(a, p)) {
            pen.selection(cell.grown(2.0), 4.5);
        }
    }

    /// A pool's caption and its blocks.
    fn open(&self, pen: &mut Pen, key: (usize, usize), pool: &Pool, top: f64) {
        let mut y = top + 13.0;
        for line in self.plan.lines(&label(pool, key.1)) {
            pen.text(at(MARGIN, y), &line, CAPTION, Paint::Ink);
            y += 17.0;
        }
        let strip = Strip::wide(pool, self.plan.width);
        self.blocks(pen, key, pool, rect(MARGIN, y - 2.0, strip.width, strip.height()), &strip, true);
    }

    fn blocks(&self, pen: &mut Pen, (a, p): (usize, usize), pool: &Pool, area: Rect, strip: &Strip, wide: bool) {
        let header = rect(area.x, area.y, strip.header_w, strip.row_h);
        pen.rect(header, 2.0, Some(Paint::BBook.solid()), Some(Stroke::solid(Paint::Soft, 1.0)));
        pen.hit(header, Target::Pool(a, p));
        let word = if header.w * pen.camera.scale >= 48.0 { "header" } else { "H" };
        let room = header.w * pen.camera.scale;
        note(pen, &header, word, room, Paint::Ink);
        uncarved(pen, pool, area, strip);
        for (b, block) in pool.blocks.iter().enumerate() {
            let place = strip.block(area, b);
            if pen.sees(&place) {
                let gap = if strip.block_w > 12.0 { 1.0 } else { 0.5 };
                let inner = rect(place.x + gap, place.y, place.w - 2.0 * gap, place.h);
                self.block(pen, block, inner);
                pen.hit(place, Target::Block(a, p, b));
            }
        }
        if over(pool) > 0 && !pool.blocks.is_empty() {
            let last = strip.block(area, pool.blocks.len() - 1);
            let w = (units(over(pool)) * strip.scale).min(area.right() - last.right());
            if w > 0.5 {
                let rest = rect(last.right(), last.y, w, last.h);
                pen.fill(rest, 0.0, Paint::BSlack.solid());
                pen.hatch(rest, Paint::Dead.solid());
            }
        }
        if wide {
            order(pen, pool, area, strip);
        }
        // Rings lie over the neighbours.
        for (b, block) in pool.blocks.iter().enumerate() {
            let Some(owner) = block.owner else { continue };
            let place = strip.block(area, b);
            if self.snapshot.objects.get(owner).is_some_and(|o| o.changed) {
                pen.outline(place.grown(1.0), 3.0, Stroke::solid(Paint::MarkLine, 2.2));
            }
            if self.selected == Some(owner) {
                pen.selection(place.grown(2.5), 4.0);
            } else if self.hovered == Some(owner) {
                pen.outline(place.grown(1.5), 3.0, Stroke::solid(Paint::Accent, 1.6));
            }
        }
    }

    fn block(&self, pen: &mut Pen, block: &Block, place: Rect) {
        let room = place.w * pen.camera.scale;
        match block.state {
            BlockState::Live => {
                pen.fill(place, 2.0, live(block));
                if block.owner.is_some() {
                    note(pen, &place, &block_label(self.snapshot, block), room, Paint::Panel);
                }
            }
            BlockState::Free(rank) => {
                let next = rank == 0;
                let stroke = if next { Stroke::solid(Paint::Accent, 2.0) } else { Stroke::solid(Paint::Soft, 1.0).dashed(2.5) };
                pen.rect(place, 2.0, Some(Paint::Panel.solid()), Some(stroke));
                let number = number(u64::from(rank) + 1);
                let text = if next && room > 44.0 { "next".owned() } else { number };
                note(pen, &place, &text, room, if next { Paint::Accent } else { Paint::Soft });
            }
            BlockState::Uncarved => pen.outline(place, 2.0, Stroke::solid(Paint::Line, 1.0)),
        }
    }
}

/// What a pool mostly holds.
fn dominant(pool: &Pool) -> Tone {
    let mut counts = [0_u32; 10];
    for family in pool.blocks.iter().filter(|b| b.state == BlockState::Live).filter_map(|b| b.family) {
        counts[family as usize] += 1;
    }
    let most = pool.blocks.iter().filter_map(|b| b.family).max_by_key(|f| counts[*f as usize]);
    most.map_or(Paint::Other.tint(0.55), |f| Paint::from(f).solid())
}

fn live(block: &Block) -> Tone {
    match (block.family, block.owner) {
        (Some(family), Some(_)) => Paint::from(family).solid(),
        (Some(family), None) => Paint::from(family).tint(0.55),
        (None, _) => Paint::Other.tint(0.5),
    }
}

/// Text of constant size in the middle of a place, if there is room (css px).
fn note(pen: &mut Pen, place: &Rect, text: &str, room: f64, paint: Paint) {
    let size = 11.0 / pen.camera.scale.max(0.001);
    let style = TextStyle { size, ..DIGITS }.anchored(Anchor::Middle);
    let shown = DIGITS.fit(text, room - 3.0);
    let enough = shown == text || shown.chars().count() > 4;
    if enough && place.h * pen.camera.scale >= 13.0 {
        pen.text(at(place.center().x, place.center().y + 0.36 * size), &shown, style, paint);
    }
}

/// Hatches what was never carved, row by row, and marks where carving goes on.
fn uncarved(pen: &mut Pen, pool: &Pool, area: Rect, strip: &Strip) {
    let Some(first) = pool.blocks.iter().position(|b| b.state == BlockState::Uncarved) else { return };
    let mut from = first;
    while from < pool.blocks.len() {
        let row = strip.row(from);
        let mut to = from;
        while to + 1 < pool.blocks.len() && strip.row(to + 1) == row {
            to += 1;
        }
        pen.hatch(strip.block(area, from).union(&strip.block(area, to)), Paint::Dead.tint(0.35));
        from = to + 1;
    }
    let place = strip.block(area, first);
    pen.fill(rect(place.x - 1.25, place.y - 2.0, 2.5, place.h + 4.0), 1.0, Paint::Ink.solid());
}

/// Arrows along the start of the free list where the blocks are too small for numbers.
fn order(pen: &mut Pen, pool: &Pool, area: Rect, strip: &Strip) {
    const SHOWN: usize = 9;
    let widest = DIGITS.width("99");
    if strip.block_w * pen.camera.scale >= widest + 4.0 {
        return;
    }
    let mut list = [None; SHOWN];
    for (b, block) in pool.blocks.iter().enumerate() {
        if let BlockState::Free(rank) = block.state
            && let Some(entry) = usize::try_from(rank).ok().and_then(|r| list.get_mut(r))
        {
            *entry = Some(strip.block(area, b));
        }
    }
    for pair in list.windows(2) {
        let [Some(from), Some(to)] = pair else { break };
        let (start, end) = (at(from.center().x, from.y + 2.0), at(to.center().x, to.y + 1.0));
        let lift = 9.0 + 0.04 * (end.x - start.x).abs();
        let curve = [at(start.x, start.y - lift), at(end.x, end.y - lift), end];
        pen.path(start, &[curve], Stroke::solid(Paint::Accent, 1.2), 5.5);
    }
}

fn legend_entries(snapshot: &Snapshot, opened: &[(usize, usize)]) -> Vec<(Mark, &'static str)> {
    let pools = || snapshot.arenas.iter().flat_map(|a| &a.pools);
    let shown: Vec<&Pool> =
        opened.iter().filter_map(|(a, p)| snapshot.arenas.get(*a).and_then(|arena| arena.pools.get(*p))).gather();
    let some = |test: &dyn Fn(&Block) -> bool| shown.iter().any(|p| p.blocks.iter().any(test));
    let mut entries = vec![(Mark::Level, "pool and how full it is")];
    if pools().any(|p| p.state == PoolState::Empty) {
        entries.add((Mark::Sign("–"), "given back"));
    }
    entries.add((Mark::Selected, "shown below, selected"));
    entries.add((Mark::Sign("H"), "header, 48 bytes"));
    if some(&|b| b.owner.is_some()) {
        entries.add((Mark::Filled(Paint::Instance), "object, by type"));
    }
    if some(&|b| b.state == BlockState::Live && b.owner.is_none()) {
        entries.add((Mark::Tinted(Paint::Other), "start-up"));
    }
    if some(&|b| matches!(b.state, BlockState::Free(_))) {
        entries.add((Mark::Outlined(Paint::Accent), "next free"));
        entries.add((Mark::Dashed, "free, in this order"));
    }
    if some(&|b| b.state == BlockState::Uncarved) {
        entries.add((Mark::Hatched, "never carved"));
        entries.add((Mark::Bar, "nextoffset"));
    }
    if snapshot.arenas.iter().any(|a| a.misaligned_bytes > 0) || shown.iter().any(|p| over(p) > 0) {
        entries.add((Mark::Lost, "unusable"));
    }
    if snapshot.objects.iter().any(|o| o.changed) {
        entries.add((Mark::Changed, "changed in this step"));
    }
    entries
}

/// The picture as text.
pub(super) fn describe(snapshot: &Snapshot, state: &ViewState) -> String {
    let selected = index_of(snapshot, state.selected);
    let mut out = plural(count(snapshot.arenas.len()), "arena");
    out.add('.');
    for (a, arena) in snapshot.arenas.iter().enumerate().take(6) {
        out.add(' ');
        out.put(&arena_label(arena, a));
        out.add('.');
    }
    for (a, p) in opened(snapshot, selected) {
        let Some(pool) = snapshot.arenas.get(a).and_then(|arena| arena.pools.get(p)) else { continue };
        let free = pool.blocks.iter().filter(|b| matches!(b.state, BlockState::Free(_))).count();
        let uncarved = pool.blocks.iter().filter(|b| b.state == BlockState::Uncarved).count();
        push(&mut out, &[" Shown: ", &label(pool, p), ", ", &number(count(free)), " in the free list, "]);
        push(&mut out, &[&number(count(uncarved)), " never carved."]);
        if let Some(next) = pool.blocks.iter().find(|b| b.state == BlockState::Free(0)) {
            push(&mut out, &[" The next one handed out is ", &next.addr.to_string(), "."]);
        }
        if let Some(object) = selected.and_then(|i| snapshot.objects.get(i)) {
            for block in pool.blocks.iter().filter(|b| b.owner == selected) {
                push(&mut out, &[" ", &block_label(snapshot, block), " lies at ", &block.addr.to_string(), "."]);
            }
            push(&mut out, &[" Together ", &title(object), " occupies ", &grouped(object.occupies_bytes), " bytes."]);
        }
    }
    out
}
