//! `cargo bench --bench allocation`: pymalloc natively, a thousand steps of two operations each, by the number of blocks that are
//! alive; then with each operation recorded. In wasm, beside a real CPython: `cargo xtask bench`.

#[path = "bodies/allocation.rs"]
mod allocation;

const STEPS: u32 = 1000;

fn main() {
    divan::main();
}

/// A heap with `live` blocks, warmed up. Never `None`, because they fit.
fn body(live: u32) -> Option<allocation::Allocation> {
    let mut body = allocation::Allocation::new(live).ok()?;
    body.run(300_000).ok()?;
    Some(body)
}

#[divan::bench(args = [1_000, 10_000, 100_000])]
fn plain(bencher: divan::Bencher, live: u32) {
    let Some(mut body) = body(live) else { return };
    bencher.counter(divan::counter::ItemsCount::new(2 * STEPS)).bench_local(|| body.run(STEPS));
}

#[divan::bench(args = [1_000, 10_000, 100_000])]
fn recorded(bencher: divan::Bencher, live: u32) {
    let Some(mut body) = body(live) else { return };
    bencher.counter(divan::counter::ItemsCount::new(2 * STEPS)).bench_local(|| body.run_recorded(STEPS));
}
