// node bytes.cjs BENCH_PACKAGE LISTS: makes a heap of so many lists, or a new Playground, in a process of its own, since WebAssembly
// memory never shrinks. Prints in bytes how much of that memory the operating system holds, its size, and what CPython would have
// mapped for such a heap.
const { readFileSync } = require('node:fs');

const [bench, lists] = [require(process.argv[2]), process.argv[3]];
const playground = lists === 'playground' ? new bench.Playground('3.13') : null;
const mapped = playground ? playground.statistics().bytesMapped : bench.heap_bytes(Number(lists));
const size = bench.memory_bytes();

/** Pages of WebAssembly memory that were never touched are only addresses: what the kernel says is there. */
function resident() {
  const mappings = readFileSync('/proc/self/smaps', 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  const ours = mappings.filter((text) => text.includes(' rw') && Number(text.match(/^Size: +(\d+) kB/m)?.[1]) * 1024 === size);
  if (ours.length !== 1) throw new Error(`${ours.length} mappings could be the WebAssembly memory of ${size} bytes`);
  return Number(ours[0].match(/^Rss: +(\d+) kB/m)[1]) * 1024;
}

console.log(resident(), size, mapped);
