// The harness itself: that it sees a real page, and that what goes wrong on a page fails the test.

import assert from 'node:assert/strict';
import { openPage, pageTest } from './harness.mjs';

pageTest('the server sends wasm as wasm, with the policy, and never from a cache', { path: 'package.json' }, async ({ page, url }) => {
  const response = await page.request.get(new URL('pkg/terrarium_bg.wasm', url).href);
  const headers = response.headers();
  assert.equal(response.status(), 200);
  assert.equal(headers['content-type'], 'application/wasm');
  assert.equal(headers['cache-control'], 'no-store');
  assert.match(headers['content-security-policy'], /script-src 'self' 'wasm-unsafe-eval'/);
  assert.deepEqual([...(await response.body()).subarray(0, 4)], [0x00, 0x61, 0x73, 0x6d]);
});

pageTest('files outside the page are not served', { path: 'package.json' }, async ({ page, url }) => {
  for (const path of ['node_modules/axe-core/package.json', '.npmrc', '%2e%2e/Cargo.toml', 'absent.js']) {
    assert.equal((await page.request.get(`${url.replace('package.json', '')}${path}`)).status(), 404, path);
  }
});

pageTest('inline script is refused, and the refusal is noticed', { path: 'package.json', expectErrors: true }, async ({ page, errors }) => {
  await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'globalThis.ran = true';
    document.body.append(script);
  });
  assert.equal(await page.evaluate(() => globalThis.ran), undefined);
  assert.match(errors.join('\n'), /content security policy/i);
});

pageTest('a thrown error, a logged error and a missing file are noticed', { path: 'package.json', expectErrors: true }, async ({ page, errors }) => {
  await page.evaluate(() => {
    console.error('said aloud');
    setTimeout(() => { throw new Error('thrown away'); });
    return fetch('/absent.js');
  });
  await page.waitForTimeout(100);
  const said = errors.join('\n');
  assert.match(said, /console: said aloud/);
  assert.match(said, /thrown: Error: thrown away/);
  assert.match(said, /response: 404 \S+absent\.js/);
});

pageTest('each page is a visitor of its own', { path: 'package.json' }, async ({ page }) => {
  await page.evaluate(() => localStorage.setItem('seen', 'yes'));
  const other = await openPage({ path: 'package.json' });
  assert.equal(await other.page.evaluate(() => localStorage.getItem('seen')), null);
  await other.close();
});
