//! `cargo run --release --example replay_pymalloc -- TRACE.csv`: does the model's pymalloc do what a real one did?
//!
//! Prints the first differences and, last, `N operations, D differences`. Exit status 1 if D > 0, 2 if the file is no trace.

use std::process::ExitCode;

mod replay;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(path), None) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: replay_pymalloc TRACE.csv");
        return ExitCode::from(2);
    };
    let trace = match std::fs::read_to_string(&path) {
        Ok(trace) => trace,
        Err(error) => {
            eprintln!("{path}: {error}");
            return ExitCode::from(2);
        }
    };
    match replay::replay(&trace) {
        Ok(report) => {
            for sentence in &report.first {
                println!("{sentence}");
            }
            if report.statistics > 0 {
                println!("{} times the statistics", report.statistics);
            }
            println!("{} operations, {} differences", report.operations, report.differences);
            ExitCode::from(u8::from(report.differences > 0))
        }
        Err(malformed) => {
            eprintln!("{path}: {malformed}");
            ExitCode::from(2)
        }
    }
}
