// The examples in the package's type declarations, which come from the doc comments of src/wasm, do what they say: a line
// `expression; // value` has that value, and `statement; // throws "code"` throws an error with that code.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { pageTest } from './harness.mjs';

const declarations = readFileSync(new URL('../../www/pkg/terrarium.d.ts', import.meta.url), 'utf8');
const examples = [...declarations.matchAll(/^ *\* ```js\n((?: *\*.*\n)*?) *\* ```$/gm)]
  .map(([, lines]) => lines.replace(/^ *\* ?/gm, ''));

/** The example with each promise as a call of `holds` or `throws`. */
const checked = (code) => code
  .replace(/^(.+); \/\/ throws (.+)$/gm, 'throws(() => $1, $2);')
  .replace(/^(.+); \/\/ (.+)$/gm, 'holds($1, $2);');

test('there are examples, and most promise something', () => {
  assert.ok(examples.length >= 15, `${examples.length}`);
  assert.ok(examples.filter((code) => checked(code) !== code).length >= examples.length - 1);
});

pageTest('every example does what it says', { path: 'package.json' }, async ({ page }) => {
  const wrong = [];
  await page.evaluate(async () => {
    const style = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: '/colours.css' });
    await new Promise((loaded) => { style.onload = loaded; document.head.append(style); });
  });
  for (const code of examples) {
    const own = code.includes('new Playground(') ? '' : 'const playground = new Playground();';
    const found = await page.evaluate(`(async () => {
      const { default: init, Playground } = await import('/pkg/terrarium.js');
      const { readTheme } = await import('/js/theme.js');
      await init();
      const canvas = document.createElement('canvas');
      const theme = readTheme();
      const wrong = [];
      const holds = (found, said) => {
        const [is, should] = [found, said].map((value) => JSON.stringify(value));
        if (is !== should) wrong.push(is + ', not ' + should);
      };
      const throws = (run, code) => {
        try { run(); } catch (error) { return holds(error.code, code); }
        wrong.push('nothing was thrown, not ' + code);
      };
      ${own}
      try { ${checked(code)} playground.check(); } catch (error) { wrong.push(String(error)); }
      return wrong;
    })()`);
    if (found.length > 0) wrong.push(`${found.join('\n')}\nin\n${code}`);
  }
  assert.equal(wrong.join('\n'), '');
});
