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
    assert!(traces.len() >= 7, "the recorded traces are there");
    for path in traces {
        let report = replay::replay(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(report.differences, 0, "{}: {:#?}", path.display(), report.first);
        assert!(report.operations > 100, "{} is a whole trace", path.display());
    }
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
