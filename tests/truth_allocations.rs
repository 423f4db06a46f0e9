//! Each allocator call that recorded programs cause: what objects are made of, free lists, growth, and the order of freeing
//! all at once.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "common/commands.rs"]
mod commands;

use commands::Commands;
use serde_json::Value;
use terrarium::abi::Release;
use terrarium::abi::space::{ARENA_FLOOR, RAW_START};
use terrarium::event::Event;
use terrarium::ids::Addr;
use terrarium::runtime::gc::machine;
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const RECORDING: &str = include_str!("truth/alloc-programs.jsonl");

/// Does one command, a collection too.
fn run(commands: &mut Commands, op: &[Value]) {
    if !commands.run(op) {
        machine::collect(&mut commands.m, u8::try_from(op[1].as_u64().unwrap()).unwrap()).unwrap();
    }
}

/// A size as the allocator sees it: pymalloc's classes are 16 bytes apart.
fn class(bytes: u64) -> u64 {
    if bytes <= 512 { bytes.div_ceil(16) * 16 } else { bytes }
}

/// Whether a block lies in the raw heap, below all arenas.
fn is_raw(block: Addr) -> bool {
    (RAW_START..ARENA_FLOOR).contains(&block)
}

/// Compares what one command did with the recorded calls; `blocks` holds, by the recording's numbers, where they are.
fn compare(calls: &str, happened: &[Event], blocks: &mut Vec<Option<Addr>>, hidden: bool) -> Result<(), String> {
    let calls: Vec<&str> = calls.split_whitespace().collect();
    let mut events = happened.iter().filter(|e| matches!(e, Event::Allocated(..) | Event::Freed(_))).peekable();
    let last = calls.len().saturating_sub(2);
    for (n, call) in calls.iter().enumerate() {
        // From 3.12 on a collection makes a string before and one after it, for callbacks.
        if hidden && (n < 2 || n >= last) {
            if call.starts_with('o') {
                blocks.push(None);
            }
            continue;
        }
        let number = |text: &str| text.parse::<u64>().map_err(|e| format!("{text}: {e}"));
        let index = |text: &str| text.parse::<usize>().map_err(|e| format!("{text}: {e}"));
        let mut next = || events.next().ok_or_else(|| format!("nothing happened for {call}"));
        if let Some(freed) = call.strip_prefix('f') {
            let at = blocks[index(freed)?].unwrap();
            match next()? {
                Event::Freed(p) if *p == at => {}
                other => return Err(format!("{call}, at {at:?}: {other:?}")),
            }
        } else if let Some(resized) = call.strip_prefix('r') {
            let (block, size) = resized.split_once(':').unwrap();
            let (old, moves) = (blocks[index(block)?].unwrap(), size.ends_with('!'));
            let size = number(size.trim_end_matches('!'))?;
            // Whether a block of the C library's heap can grow where it is differs from machine to machine.
            let happens = if is_raw(old) { matches!(events.peek(), Some(Event::Allocated(..))) } else { moves };
            if !happens {
                continue;
            }
            match events.next() {
                Some(Event::Allocated(p, n)) if class(*n) == class(size) => blocks[index(block)?] = Some(*p),
                other => return Err(format!("{call}: {other:?}")),
            }
            match events.next() {
                Some(Event::Freed(p)) if *p == old => {}
                other => return Err(format!("{call}: {other:?}")),
            }
        } else {
            match (next()?, number(&call[1..])?) {
                (Event::Allocated(p, n), size) if class(*n) == class(size) => blocks.push(Some(*p)),
                (other, _) => return Err(format!("{call}: {other:?}")),
            }
        }
    }
    events.next().map_or(Ok(()), |extra| Err(format!("not in the recording: {extra:?}")))
}

#[test]
fn programs_ask_the_allocator_for_what_the_recording_says() {
    for release in Release::ALL {
        let (mut commands, mut replayed) = (0_u64, 0);
        for line in RECORDING.lines() {
            let recorded: Value = serde_json::from_str(line).unwrap();
            if !recorded["releases"].as_array().unwrap().iter().any(|r| r == release.profile().version) {
                continue;
            }
            let mut replay = Commands::new(release);
            let mut blocks = Vec::new();
            for (n, op) in recorded["program"].as_array().unwrap().iter().enumerate() {
                let op = op.as_array().unwrap();
                replay.m.log.start();
                run(&mut replay, &op[..op.len() - 1]);
                let happened = replay.m.log.stop();
                let hidden = op[0] == "collect" && release >= Release::Cp312;
                let result = compare(op.last().unwrap().as_str().unwrap(), &happened, &mut blocks, hidden);
                assert!(result.is_ok(), "{release:?} program {} command {n} {op:?}: {}", recorded["id"], result.unwrap_err());
                commands += 1;
            }
            replayed += 1;
        }
        assert_eq!(replayed, 84, "{release:?}: each program of the recorder");
        assert!(commands > 9000, "{release:?}: {commands}");
    }
}
