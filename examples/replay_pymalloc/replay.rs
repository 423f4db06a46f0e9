//! Replays a recorded trace of a real pymalloc on the model and compares every address and every arena event.
//!
//! A trace has one line for each operation, `index,op,slot,size,where`: op `m`, `r` or `f` (malloc, realloc, free); where
//! `A<serial>:<offset>` (arena and offset in it), `raw` (the C library's) or `-` (nothing). Before it stand the arena events of
//! that operation: `#arena+ SERIAL misalign=N` (taken; N bytes behind a boundary) and `#arena- SERIAL` (given back). Behind it may
//! stand what `sys._debugmallocstats()` and `sys.getallocatedblocks()` said then: `#stats` and, for each size class in use,
//! `size:pools:blocks in use:avail blocks`, then `;name=value` for each other figure. Other lines that start with `#` are remarks.

use std::collections::BTreeMap;
use std::fmt;

use terrarium::abi::{Release, space};
use terrarium::event::Event;
use terrarium::ids::Addr;
use terrarium::mem::{AddressSpace, Fault};
use terrarium::pymalloc::{
    self, ClassStatistics, Statistics,
    layout::{ARENA_SIZE, POOL_SIZE},
};

/// More than any trace needs.
const LIMIT_BYTES: u64 = 2 << 30;
/// No trace has more slots.
const SLOTS: usize = 1 << 24;

/// What came out.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Operations replayed.
    pub(crate) operations: u64,
    /// Times that the statistics were compared.
    pub(crate) statistics: u64,
    /// Operations that differed in any way, and broken invariants at the end.
    pub(crate) differences: u64,
    /// The first differences, one sentence each.
    pub(crate) first: Vec<String>,
}

/// A line that is no line of a trace.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    /// Counted from 1.
    pub(crate) line: usize,
    /// What was expected.
    pub(crate) expected: &'static str,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: expected {}", self.line, self.expected)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Where {
    Arena { serial: u32, offset: u64 },
    Raw,
    Nothing,
}

impl fmt::Display for Where {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Where::Arena { serial, offset } => write!(f, "A{serial}:{offset}"),
            Where::Raw => f.write_str("raw"),
            Where::Nothing => f.write_str("-"),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ArenaEvent {
    Taken(u32),
    Returned(u32),
}

#[derive(Clone, Copy, Debug)]
enum Op {
    Malloc,
    Realloc,
    Free,
}

/// The allocator under test, with the names that the trace gives to things.
struct Player {
    m: AddressSpace,
    slots: Vec<Addr>,
    /// Arenas that are held: address to serial.
    serials: BTreeMap<u64, u32>,
    next_serial: u32,
}

/// Replays `trace`.
///
/// # Errors
/// The first line that is not one of a trace.
pub(crate) fn replay(trace: &str) -> Result<Report, Malformed> {
    let mut report = Report::default();
    let mut player = Player::new().map_err(|_| Malformed { line: 0, expected: "room for an allocator" })?;
    let mut expected_events = Vec::new();
    for (at, text) in trace.lines().enumerate() {
        let malformed = |expected| Malformed { line: at + 1, expected };
        if let Some(recorded) = text.strip_prefix("#stats") {
            report.statistics += 1;
            if let Some(wrong) = player.statistics_line(recorded) {
                report.note(format!("line {}: CPython{recorded}: {wrong}", at + 1));
            }
            continue;
        }
        if let Some(remark) = text.strip_prefix('#') {
            expected_events.extend(player.arena_line(remark).map_err(malformed)?);
            continue;
        }
        if text.is_empty() {
            continue;
        }
        let (op, slot, size, expected) = operation(text).map_err(malformed)?;
        let outcome = player.play(op, slot, size);
        let events = player.arena_events();
        report.operations += 1;
        let wrong = match outcome {
            Err(fault) => Some(format!("{fault}")),
            Ok(got) if got != expected => Some(format!("CPython {expected}, model {got}")),
            Ok(_) if events != expected_events => Some(format!("CPython {expected_events:?}, model {events:?}")),
            Ok(_) => None,
        };
        if let Some(wrong) = wrong {
            report.note(format!("line {}: {text}: {wrong}", at + 1));
        }
        expected_events.clear();
    }
    if let Err(broken) = pymalloc::check(&player.m) {
        report.note(format!("after the last operation: {broken}"));
    }
    Ok(report)
}

impl Report {
    fn note(&mut self, sentence: String) {
        self.differences += 1;
        if self.first.len() < 20 {
            self.first.push(sentence);
        }
    }
}

impl Player {
    fn new() -> Result<Player, Fault> {
        let mut m = AddressSpace::new(Release::default().profile(), LIMIT_BYTES);
        m.map(space::STATIC_START, space::STATIC_BYTES)?;
        pymalloc::initialize(&mut m)?;
        Ok(Player { m, slots: Vec::new(), serials: BTreeMap::new(), next_serial: 0 })
    }

    /// Understands an arena line, and lets the next arena be misaligned as it says.
    fn arena_line(&mut self, remark: &str) -> Result<Option<ArenaEvent>, &'static str> {
        if let Some(rest) = remark.strip_prefix("arena+ ") {
            let parts = rest.split_once(" misalign=");
            let parts = parts.and_then(|(serial, n)| Some((serial.parse().ok()?, n.trim_end().parse().ok()?)));
            let (serial, misalignment) = parts.ok_or("#arena+ SERIAL misalign=N")?;
            pymalloc::set_arena_misalignment(&mut self.m, misalignment).map_err(|_| "a sound allocator")?;
            return Ok(Some(ArenaEvent::Taken(serial)));
        }
        if let Some(rest) = remark.strip_prefix("arena- ") {
            return Ok(Some(ArenaEvent::Returned(rest.trim_end().parse().map_err(|_| "#arena- SERIAL")?)));
        }
        Ok(None)
    }

    /// What the model says otherwise than a recorded line of statistics. That the radix tree is not modelled shows in the lines
    /// of the "arena map", and in the second "Total", which is theirs: these are passed over.
    fn statistics_line(&self, recorded: &str) -> Option<String> {
        let (statistics, blocks) = match (pymalloc::statistics(&self.m), pymalloc::allocated_blocks(&self.m)) {
            (Ok(statistics), Ok(blocks)) => (statistics, blocks),
            (Err(fault), _) | (_, Err(fault)) => return Some(format!("{fault}")),
        };
        let mut figures = recorded.trim().split(';');
        let classes: Vec<String> = statistics.classes.iter().filter(|class| class.pools > 0).map(class_figures).collect();
        if figures.next().unwrap_or_default().trim() != classes.join(" ") {
            return Some(format!("model {}", classes.join(" ")));
        }
        let figures: Vec<(&str, &str)> = figures.filter_map(|figure| figure.rsplit_once('=')).collect();
        for (name, value) in model_figures(&statistics, blocks) {
            let recorded = figures.iter().find(|(known, _)| *known == name);
            if recorded.and_then(|(_, value)| value.parse().ok()) != Some(value) {
                return Some(format!("model {name}={value}"));
            }
        }
        None
    }

    fn play(&mut self, op: Op, slot: usize, size: u64) -> Result<Where, Fault> {
        if self.slots.len() <= slot {
            self.slots.resize(slot + 1, Addr::NULL);
        }
        let held = self.slots[slot];
        self.m.log.start();
        let block = match op {
            Op::Malloc => pymalloc::malloc(&mut self.m, size)?,
            Op::Realloc => pymalloc::realloc(&mut self.m, held, size)?,
            Op::Free => {
                pymalloc::free(&mut self.m, held)?;
                Addr::NULL
            }
        };
        self.slots[slot] = block;
        Ok(self.place(block))
    }

    fn place(&mut self, block: Addr) -> Where {
        if block.is_null() {
            return Where::Nothing;
        }
        // An arena that was taken just now has no serial before its event is read.
        self.name_new_arenas();
        match self.serials.range(..=block.0).next_back() {
            Some((&address, &serial)) if block.0 - address < ARENA_SIZE => Where::Arena { serial, offset: block.0 - address },
            _ => Where::Raw,
        }
    }

    fn name_new_arenas(&mut self) {
        for event in self.m.log.events() {
            if let Event::ArenaTaken(address) = event {
                self.serials.insert(address.0, self.next_serial);
                self.next_serial += 1;
            }
        }
    }

    /// The arena events of the last operation, by serial.
    fn arena_events(&mut self) -> Vec<ArenaEvent> {
        let mut events = Vec::new();
        for event in self.m.log.events() {
            match event {
                Event::ArenaTaken(address) => {
                    events.extend(self.serials.get(&address.0).map(|&serial| ArenaEvent::Taken(serial)));
                }
                Event::ArenaReturned(address) => {
                    events.extend(self.serials.remove(&address.0).map(ArenaEvent::Returned));
                }
                _ => {}
            }
        }
        events
    }
}

/// A line of the table of size classes.
fn class_figures(class: &ClassStatistics) -> String {
    format!("{}:{}:{}:{}", class.size, class.pools, class.blocks_in_use, class.blocks_available)
}

/// What stands below that table, under the names that CPython prints.
fn model_figures(s: &Statistics, blocks: u64) -> [(String, u64); 12] {
    [
        ("arenas allocated total".into(), s.arenas_allocated_total),
        ("arenas reclaimed".into(), s.arenas_reclaimed),
        ("arenas highwater mark".into(), s.arenas_highwater),
        ("arenas allocated current".into(), s.arenas_current),
        ("bytes in allocated blocks".into(), s.allocated_bytes),
        ("bytes in available blocks".into(), s.available_bytes),
        (format!("{} unused pools * {POOL_SIZE} bytes", s.unused_pools), s.unused_pools * POOL_SIZE),
        ("bytes lost to pool headers".into(), s.pool_header_bytes),
        ("bytes lost to quantization".into(), s.quantization_bytes),
        ("bytes lost to arena alignment".into(), s.arena_alignment_bytes),
        ("Total".into(), s.total_bytes()),
        ("getallocatedblocks".into(), blocks),
    ]
}

fn operation(text: &str) -> Result<(Op, usize, u64, Where), &'static str> {
    let mut parts = text.trim_end().split(',');
    let mut part = || parts.next().ok_or("index,op,slot,size,where");
    part()?.parse::<u64>().map_err(|_| "a number as index")?;
    let op = match part()? {
        "m" => Op::Malloc,
        "r" => Op::Realloc,
        "f" => Op::Free,
        _ => return Err("m, r or f as operation"),
    };
    let slot = part()?.parse().map_err(|_| "a number as slot")?;
    let size = part()?.parse().map_err(|_| "a number as size")?;
    let expected = part()?;
    if parts.next().is_some() {
        return Err("index,op,slot,size,where and no more");
    }
    let place = match expected {
        "raw" => Where::Raw,
        "-" => Where::Nothing,
        _ => {
            let place = expected.strip_prefix('A').and_then(|rest| rest.split_once(':'));
            let place = place.and_then(|(serial, offset)| Some((serial.parse().ok()?, offset.parse().ok()?)));
            let (serial, offset) = place.ok_or("A<serial>:<offset>, raw or -")?;
            Where::Arena { serial, offset }
        }
    };
    if slot >= SLOTS {
        return Err("a slot below 16777216");
    }
    Ok((op, slot, size, place))
}
