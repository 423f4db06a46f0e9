// The table and the pictures of `cargo xtask bench`. Nothing is measured here.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { geometricMean, isMet, short, summary, svg, table, together } from '../../benches/report.mjs';

const section = {
  name: 'walks', title: 'Walks', unit: 'ns', ours: 'wasm', theirs: 'CPython', mean: 0.8,
  rows: [{ name: 'short & sweet', ours: 5, theirs: 10, aim: 1.2 }, { name: 'long', ours: 400, theirs: 200, aim: 1.2 }],
};

test('numbers have three digits', () => {
  assert.deepEqual([1234.5, 99.95, 9.994, 0.5].map(short), ['1235', '100.0', '9.99', '0.50']);
  assert.equal(geometricMean([0.5, 2]).toFixed(9), '1.000000000');
});

test('the table has a line for each case, says which aims were missed, and sums up', () => {
  assert.equal(table(section), [
    'Walks, ns      wasm  CPython  ratio   aim',
    'short & sweet  5.00     10.0   0.50  1.20',
    'long            400      200   2.00  1.20  missed',
    'geometric mean 1.00 (aim 0.80), largest 2.00',
  ].join('\n'));
  assert.deepEqual(summary({ ...section, mean: undefined }), []);
  assert.deepEqual(section.rows.map(isMet), [true, false]);
});

test('the picture has a bar to scale and a line for each case, and says the same in words', () => {
  const picture = svg(section, 'today <here>');
  const bars = [...picture.matchAll(/<rect class="(met|missed)" x="(\d+)" y="\d+" width="([\d.]+)"/g)].map((bar) => [bar[1], Number(bar[3])]);
  assert.deepEqual(bars.map(([kind]) => kind), ['met', 'missed']);
  assert.ok(Math.abs(bars[1][1] / bars[0][1] - 4) < 0.02, `${bars}`);
  const [aim] = picture.match(/class="aim" x1="([\d.]+)"/).slice(1).map(Number);
  const left = Number(picture.match(/<rect class="met" x="(\d+)"/)[1]);
  assert.ok(Math.abs((aim - left) / bars[0][1] - 1.2 / 0.5) < 0.02, `${aim}`);
  assert.ok(picture.includes('short &#38; sweet 0.50, aim 1.20; long 2.00, aim 1.20'));
  assert.ok(picture.includes('today &#60;here&#62;'));
  assert.ok(picture.includes('prefers-color-scheme: dark'));
});

test('all sections together are shares of what is allowed', () => {
  const { rows } = together([section, { ...section, mean: undefined, short: 'w' }]);
  assert.deepEqual(rows.map((row) => row.name), ['Walks: short & sweet', 'Walks: long', 'Walks: geometric mean', 'w: short & sweet', 'w: long']);
  assert.deepEqual(rows.map((row) => (row.ours / row.theirs).toFixed(3)), ['0.417', '1.667', '1.250', '0.417', '1.667']);
  assert.ok(table({ ...section, note: 'Uphill.' }).endsWith('\nUphill.'));
});
