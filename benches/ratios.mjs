// `cargo xtask bench --python PATH`: the model in WebAssembly against a real CPython, case by case in turn, in one run. The machine
// may be loaded, so what counts is the shortest of several runs on either side; only the ratios mean anything.
// node benches/ratios.mjs BENCH_PACKAGE PAGE_PACKAGE PYTHON [--svg DIR] [SIZE...]
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { svg, table, together } from './report.mjs';

const [benchPackage, pagePackage, python, ...rest] = process.argv.slice(2);
const folder = rest[0] === '--svg' ? rest.splice(0, 2)[1] : null;
const sizes = rest.length ? rest.map(Number) : [10_000, 100_000, 1_000_000];
const bench = createRequire(import.meta.url)(benchPackage);
const page = await import(pathToFileURL(join(pagePackage, 'terrarium.js')).href);
const pageWasm = readFileSync(join(pagePackage, 'terrarium_bg.wasm'));
const body = (name) => fileURLToPath(new URL(`bodies/${name}`, import.meta.url));
const count = (n) => n.toLocaleString('en');

/** What a program printed; an error with its words if it did not end well. */
function output(program, ...args) {
  const run = spawnSync(program, args.map(String), { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${run.stderr || run.error}`);
  return run.stdout.trim();
}

const release = output(python, '-c', 'import platform; print("CPython", platform.python_version())');

/** The shortest of `times` runs, which must all have had the right result. */
function least(times, measure) {
  const runs = Array.from({ length: times }, measure);
  // A wrong result is no time.
  if (runs.some(Number.isNaN)) throw new Error('a measured run went wrong');
  return Math.min(...runs);
}

/** The shortest of each, measured in turn so that all meet the same load. */
function inTurn(turns, ...measures) {
  const runs = Array.from({ length: turns }, () => measures.map((measure) => measure()));
  return measures.map((_, at) => Math.min(...runs.map((run) => run[at])));
}

function collections() {
  const cases = ['pairs alive', 'random alive', 'two-cycles garbage', 'random half garbage', 'ring garbage'];
  const rows = sizes.flatMap((n) => cases.map((name) => {
    const times = Math.max(2, Math.min(25, 600_000 / n));
    const native = () => Number(output(python, body('collection.py'), name, n, times));
    const [ours, theirs] = inTurn(2, () => least(times, () => bench.collection(name, n)), native);
    return { name: `${name}, ${count(n)}`, ours, theirs, aim: 1.2 };
  }));
  return [{ name: 'collection', title: 'Full collection', short: 'collection', unit: 'ns per container', ours: 'wasm', theirs: release, mean: 0.8, rows }];
}

/** The C body as a library, or null and why it could not be made. */
function allocationLibrary() {
  const library = join(dirname(benchPackage), 'allocation.so');
  const compiler = process.env.CC || 'cc';
  const run = spawnSync(compiler, ['-O2', '-shared', '-fPIC', body('allocation.c'), '-o', library], { encoding: 'utf8' });
  if (run.status === 0) return library;
  console.log(`allocation: skipped. CPython's side of it has to be compiled, and \`${compiler}\` says: ${run.stderr || run.error}\n`);
  return null;
}

function allocations() {
  const library = allocationLibrary();
  if (!library) return [];
  const [steps, times] = [200_000, 8];
  const runs = [1_000, 10_000, 100_000].map((live) => {
    const native = () => Number(output(python, body('allocation.py'), library, live, steps, times));
    const [plain, recorded] = [false, true].map((record) => () => least(times, () => bench.allocation(live, steps, record)));
    return [`${count(live)} live`, ...inTurn(6, plain, native, recorded)];
  });
  const section = { title: 'Allocation, 1 to 512 bytes', short: 'allocation', unit: 'ns per operation' };
  return [
    {
      ...section, name: 'allocation', ours: 'wasm', theirs: release,
      rows: runs.map(([name, plain, native]) => ({ name, ours: plain, theirs: native, aim: 1 })),
    },
    {
      ...section, name: 'allocation-recorded', title: `${section.title}, each operation recorded`, short: 'allocation, recorded',
      ours: 'recorded', theirs: 'plain', rows: runs.map(([name, plain, , recorded]) => ({ name, ours: recorded, theirs: plain, aim: 2 })),
    },
  ];
}

/** What a heap takes of the host's memory: resident, all of WebAssembly memory, and what CPython would have mapped, in MB. */
const heapBytes = (heap) => output(process.execPath, body('../bytes.cjs'), benchPackage, heap).split(' ').map((text) => Number(text) / 1e6);

function bytes() {
  const heaps = [['a new Playground', 'playground'], ...[0, 1_000, 10_000, 100_000, 1_000_000].map((n) => [`${count(n)} lists`, n])];
  let found;
  try {
    found = heaps.map(([name, heap]) => [name, ...heapBytes(heap)]);
  } catch (error) {
    console.log(`memory of a heap: skipped. Only Linux says how much of WebAssembly memory was touched. ${error.message}\n`);
    return [];
  }
  const rows = found.map(([name, ours, , theirs]) => ({ name, ours, theirs, aim: 1.25 + 2 / theirs }));
  const note = `WebAssembly memory, most of it never touched: ${found.map(([, , size]) => size.toFixed(0)).join(', ')} MB`;
  return [{ name: 'bytes', title: 'Memory of a heap', short: 'memory', unit: 'MB', ours: 'resident', theirs: 'mapped by CPython', rows, note }];
}

/** Makes `n` objects, each held by the page: lists, or six kinds in turn. */
function fill(playground, n, kinds) {
  let last = playground.create({ type: 'list', items: [] });
  const specs = [
    () => ({ type: 'list', items: [] }),
    (i) => ({ type: 'float', value: i + 0.5 }),
    (i) => ({ type: 'str', value: `s${i}` }),
    () => ({ type: 'tuple', items: [last, last] }),
    (i) => ({ type: 'int', value: String(1000 + i) }),
    () => ({ type: 'dict', entries: [] }),
  ].slice(0, kinds);
  for (let i = 1; i < n; i++) last = playground.create(specs[i % kinds](i));
}

function columns() {
  page.initSync({ module: pageWasm });
  const rows = [['lists', 1], ['of six types', 6]].map(([name, kinds]) => {
    const playground = new page.Playground();
    fill(playground, 100_000, kinds);
    const ours = least(100, () => {
      const start = performance.now();
      const { id } = playground.columns();
      return id.length < 100_000 ? NaN : performance.now() - start;
    });
    playground.free();
    return { name: `100,000 ${name}`, ours, theirs: 1, aim: 1 };
  });
  return [{ name: 'columns', title: 'Columns gathered and handed to JS', short: 'columns', unit: 'ms', ours: 'wasm', theirs: 'aim', rows }];
}

function size() {
  const rows = [{ name: 'terrarium_bg.wasm, gzip -9', ours: gzipSync(pageWasm, { level: 9 }).length / 1000, theirs: 150, aim: 1 }];
  return [{ name: 'size', title: 'Size', short: 'size', unit: 'kB', ours: 'wasm', theirs: 'aim', rows }];
}

/** What would overflow the stack if anything here called itself: each must come to its end, on Node's default stack. */
function deep() {
  const million = 1_000_000;
  const cases = {
    'a ring of a million lists, collected': () => bench.collection('ring garbage', million),
    'a million nested lists, freed': () => bench.nesting(million, false),
    'a million nested lists, collected': () => bench.nesting(million, true),
  };
  return Object.entries(cases).map(([name, run]) => {
    try {
      const ns = run();
      return `${name}: ${Number.isNaN(ns) ? 'NO' : `yes, in ${ns.toFixed(0)} ms`}`;
    } catch (error) {
      return `${name}: NO, ${error.message}`;
    }
  });
}

const when = new Date().toISOString().slice(0, 10);
const caption = `${when}, ${cpus()[0]?.model.trim()}, Node ${process.versions.node}, ${release}`;
console.log(`${caption}\n`);

function draw(section) {
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${section.name}.svg`), svg(section, caption));
}

const sections = [];
for (const measure of [size, bytes, allocations, collections, columns]) {
  for (const section of measure()) {
    console.log(`${table(section)}\n`);
    draw(section);
    sections.push(section);
  }
}
draw(together(sections));
console.log(deep().join('\n'));
