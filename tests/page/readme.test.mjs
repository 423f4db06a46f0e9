// The JavaScript in README.md does what its comments say: `console.log(x); // y` has to print y.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { pageTest } from './harness.mjs';

const www = new URL('../../www/', import.meta.url);
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const examples = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);

/** What the comments of an example promise, in order. */
const promised = (code) => [...code.matchAll(/console\.log\(.*\); \/\/ (.+)$/gm)].map(([, text]) => text);

test('README has two examples, and they promise something', () => {
  assert.equal(examples.length, 2);
  for (const code of examples) assert.notEqual(promised(code).length, 0);
});

test('the first example prints what it says', async (t) => {
  const [code] = examples;
  const printed = [];
  t.mock.method(console, 'log', (...values) => printed.push(values.join(' ')));
  const folder = mkdtempSync(join(tmpdir(), 'terrarium-readme-'));
  try {
    // Node cannot fetch files: the module's bytes are handed over instead.
    const bytes = `{ module_or_path: (await import('node:fs')).readFileSync(new URL(${JSON.stringify(new URL('pkg/terrarium_bg.wasm', www).href)})) }`;
    const file = join(folder, 'example.mjs');
    writeFileSync(file, code.replaceAll('"./', `"${www.href}`).replace('init()', `init(${bytes})`));
    await import(pathToFileURL(file).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
  assert.deepEqual(printed, promised(code));
});

pageTest('the second example draws on a page of its own', { path: 'package.json' }, async ({ page }) => {
  const code = examples[1].replace(/^import (.+) from (".+");$/gm, (_, names, from) =>
    names.startsWith('init, ') ? `const { default: init, ${names.slice(7)} = await import(${from.replace('"./', '"/')});`
      : `const ${names} = await import(${from.replace('"./', '"/')});`);
  const bare = await page.evaluate(async () => {
    const { readTheme } = await import('/js/theme.js');
    try { return readTheme(); } catch (error) { return error.message; }
  });
  assert.match(String(bare), /colours\.css/, 'without colours it says what is missing, and draws nothing black on black');
  const printed = [];
  page.on('console', (message) => printed.push(message.text()));
  await page.evaluate(async () => {
    document.body.innerHTML = '<canvas></canvas>';
    const style = document.createElement('link');
    style.rel = 'stylesheet';
    style.href = '/colours.css';
    await new Promise((loaded) => { style.onload = loaded; document.head.append(style); });
  });
  await page.evaluate(`(async () => {${code}})()`);
  assert.deepEqual(printed, promised(examples[1]));
  const colours = await page.evaluate(() => {
    const canvas = document.querySelector('canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  });
  assert.ok(colours > 20, `${colours} colours`);
});
