//! Every recorded trace of a real pymalloc gives the same addresses and arena events on the model.

#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "../examples/replay_pymalloc/replay.rs"]
mod replay;

use std::path::PathBuf;

fn traces() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/truth");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_trace = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with("pymalloc-") && path.extension().is_some_and(|extension| extension == "csv")
    };
    let mut traces: Vec<PathBuf> = entries.filter(is_trace).collect();
    traces.sort();
    traces
}

#[test]
fn recorded_traces_give_no_difference() {
    let traces = traces();
    assert!(traces.len() >= 14, "the recorded traces are there");
    let mut statistics = 0;
    for path in traces {
        let report = replay::replay(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(report.differences, 0, "{}: {:#?}", path.display(), report.first);
        assert!(report.operations > 100, "{} is a whole trace", path.display());
        statistics += report.statistics;
    }
    assert!(statistics >= 110, "{statistics} times what sys._debugmallocstats said");
}

#[test]
fn a_wrong_trace_is_seen() {
    let right = "#arena+ 0 misalign=4096\n0,m,0,16,A0:12336\n1,m,1,16,A0:12352\n2,m,2,600,raw\n3,f,0,0,-\n";
    assert_eq!(replay::replay(right).unwrap().differences, 0);
    for (from, to) in
        [("A0:12336", "A0:12352"), ("A0:12352", "raw"), ("raw", "A0:0"), ("#arena+ 0", "#arena+ 1"), ("3,f", "#arena- 0\n3,f")]
    {
        assert!(replay::replay(&right.replace(from, to)).unwrap().differences > 0, "{from} became {to}");
    }
}

/// What a real one (3.11.7) said after one `malloc(16)` and one of 600 bytes; each figure matters.
#[test]
fn wrong_statistics_are_seen() {
    let figures = [
        "arenas allocated total=1",
        "arenas reclaimed=0",
        "arenas highwater mark=1",
        "arenas allocated current=1",
        "bytes in allocated blocks=16",
        "bytes in available blocks=16320",
        "62 unused pools * 16384 bytes=1015808",
        "bytes lost to pool headers=48",
        "bytes lost to quantization=0",
        "bytes lost to arena alignment=16384",
        "Total=1048576",
        "getallocatedblocks=2",
    ];
    let trace = |class: &str, figures: &str| {
        format!("#arena+ 0 misalign=4096\n0,m,0,16,A0:12336\n1,m,1,600,raw\n#stats {class};{figures}\n")
    };
    let report = replay::replay(&trace("16:1:1:1020", &figures.join(";"))).unwrap();
    assert_eq!((report.statistics, report.differences), (1, 0), "{:?}", report.first);
    for class in ["32:1:1:1020", "16:2:1:1020", "16:1:2:1020", "16:1:1:1019", "16:1:1:1020 32:1:1:509", ""] {
        assert_eq!(replay::replay(&trace(class, &figures.join(";"))).unwrap().differences, 1, "{class}");
    }
    for figure in figures {
        let (name, value) = figure.rsplit_once('=').unwrap();
        let wrong = format!("{name}={}", value.parse::<u64>().unwrap() + 1);
        let text = figures.join(";").replace(figure, &wrong);
        assert_eq!(replay::replay(&trace("16:1:1:1020", &text)).unwrap().differences, 1, "{wrong}");
    }
}

#[test]
fn what_is_no_trace_is_refused_with_its_line() {
    for (text, line) in [
        ("0,m,0,16,A0:12336\n1,x,0,16,raw\n", 2),
        ("#arena+ x misalign=0\n", 1),
        ("0,m,0,16\n", 1),
        ("0,m,0,16,raw,1\n", 1),
        ("#remark\n\n0,m,99999999999,16,raw\n", 3),
        ("0,m,0,16,A0\n", 1),
    ] {
        assert_eq!(replay::replay(text).unwrap_err().line, line, "{text}");
    }
}
