// `cargo xtask bench --python PATH`: the model in wasm against a real CPython, case by case in turn, in one run. The machine may be
// loaded, so what counts is the shortest of several runs on either side; only the ratios mean anything.
// node benches/ratios.mjs PACKAGE PYTHON [SIZE...]
import { createRequire } from "node:module";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const [pkg, python, ...given] = process.argv.slice(2);
const bench = createRequire(import.meta.url)(pkg);
const body = fileURLToPath(new URL("collection.py", import.meta.url));
const sizes = given.length ? given.map(Number) : [10_000, 100_000, 1_000_000];
const cases = ["pairs alive", "random alive", "two-cycles garbage", "random half garbage", "ring garbage"];

function cpython(name, n, times) {
  const run = spawnSync(python, [body, name, String(n), String(times)], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(run.stderr || String(run.error));
  return Number(run.stdout);
}

const least = (times, measure) => Math.min(...Array.from({ length: times }, measure));
console.log("full collection, ns per container".padEnd(44), "wasm".padStart(8), "CPython".padStart(8), "ratio".padStart(8));
const ratios = [];
for (const n of sizes) {
  for (const name of cases) {
    const times = n < 1_000_000 ? 5 : 2;
    // In turn, so that both sides meet the same load.
    let [ours, theirs] = [Infinity, Infinity];
    for (let turn = 0; turn < 2; turn++) {
      ours = Math.min(ours, least(times, () => bench.collection(name, n)));
      theirs = Math.min(theirs, cpython(name, n, times));
    }
    // A wrong result is no time.
    if (!Number.isFinite(ours)) throw new Error(`${name}, ${n}: the collection went wrong`);
    ratios.push(ours / theirs);
    console.log(`${name}, ${n}`.padEnd(44), ours.toFixed(1).padStart(8), theirs.toFixed(1).padStart(8), (ours / theirs).toFixed(2).padStart(8));
  }
}
const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
console.log(`geometric mean ${mean.toFixed(2)} (aim: 0.8), largest ${Math.max(...ratios).toFixed(2)} (aim: 1.2)`);
for (const live of [1_000, 10_000, 100_000]) {
  const [plain, recorded] = [false, true].map((record) => least(3, () => bench.allocation(live, 200_000, record)));
  console.log(`allocation, ${live} live: ${plain.toFixed(1)} ns per operation, ${recorded.toFixed(1)} recorded (CPython's: benches/bodies/allocation.c)`);
}
