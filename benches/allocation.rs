//! `cargo bench --bench allocation [LIVE...]`: pymalloc natively, for each number of live blocks the ns per operation, and the same
//! with an event recorded for each. The medians of 15 runs.

use std::time::Instant;

use terrarium::mem::Fault;

#[path = "bodies/allocation.rs"]
mod allocation;

const STEPS: u32 = 300_000;

fn main() {
    let mut sizes: Vec<u32> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = vec![1_000, 10_000, 100_000];
    }
    for live in sizes {
        match (median_ns(live, false), median_ns(live, true)) {
            (Ok(plain), Ok(recorded)) => println!("{live} {plain:.2} {recorded:.2}"),
            (Err(fault), _) | (_, Err(fault)) => println!("{live} {fault}"),
        }
    }
}

fn median_ns(live: u32, record: bool) -> Result<f64, Fault> {
    let mut body = allocation::Allocation::new(live)?;
    body.run(STEPS)?;
    let mut runs = Vec::new();
    for _ in 0..15 {
        let start = Instant::now();
        if record {
            body.run_recorded(STEPS)?;
        } else {
            body.run(STEPS)?;
        }
        runs.push(start.elapsed().as_secs_f64() * 1e9 / (2.0 * f64::from(STEPS)));
    }
    runs.sort_by(f64::total_cmp);
    Ok(runs[runs.len() / 2])
}
