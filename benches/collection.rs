//! `cargo bench --bench collection`: one full collection natively, by case and number of lists. In wasm, beside a real CPython:
//! `cargo xtask bench`.

#[path = "bodies/collection.rs"]
mod collection;

const CASES: [&str; 5] = ["pairs alive", "random alive", "two-cycles garbage", "random half garbage", "ring garbage"];

fn main() {
    divan::main();
}

#[divan::bench(args = CASES, consts = [10_000, 100_000], sample_count = 20)]
fn full<const N: u32>(bencher: divan::Bencher, case: &str) {
    // The time of a collection with a wrong result means nothing.
    let is_right = collection::build(case, N).is_some_and(|mut m| {
        collection::run(&mut m);
        collection::is_right(&m, case, N)
    });
    assert!(is_right, "{case}, {N}: the collection went wrong");
    let built = || collection::build(case, N);
    bencher.counter(divan::counter::ItemsCount::new(N)).with_inputs(built).bench_local_refs(|m| m.as_mut().map(collection::run));
}
