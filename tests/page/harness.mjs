// What every page test stands on: the page as `cargo xtask serve` serves it, in the system's own Chromium.
//
//     import assert from 'node:assert/strict';
//     import { pageTest } from './harness.mjs';
//
//     pageTest('it opens', async ({ page }) => { assert.equal(await page.title(), 'Terrarium'); });
//
// A test fails as well if the page logged an error, threw, broke its content security policy or asked for a file that
// is not there. Run with `cargo xtask test page`; a single file also runs with `node --test`, once the package is built.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const require = createRequire(new URL('../../www/package.json', import.meta.url));
const { chromium } = require('playwright-core');

const TIMEOUT_MS = 1000 * Number(process.env.TERRARIUM_PAGE_TEST_SECONDS ?? 60);
const COMMANDS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Everything that has to be closed, in the order in which it was opened. */
const closers = [];
after(async () => {
  for (const close of closers.reverse()) await close();
});

/** The value that `make` gives, made at the first call. */
function once(make) {
  let value;
  return () => (value ??= make());
}

/** The address of the server that `cargo xtask test` started, or of one started here. */
const address = once(async () => {
  if (process.env.TERRARIUM_URL) return process.env.TERRARIUM_URL;
  const server = spawn('cargo', ['xtask', 'serve', '--no-build', '--port', '0'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  closers.push(() => server.kill());
  let printed = '';
  for await (const chunk of server.stdout) {
    printed += chunk;
    const found = printed.match(/http:\/\/\S+/);
    if (found) return found[0];
  }
  throw new Error('`cargo xtask serve` ended without an address');
});

/** One browser for all tests of a file. */
const browser = once(async () => {
  const executablePath = process.env.CHROME ?? COMMANDS.find(existsSync);
  const capabilities = JSON.parse(readFileSync(`${root}tests/webdriver.json`, 'utf8'));
  const launched = await chromium.launch({ executablePath, args: capabilities['goog:chromeOptions'].args });
  closers.push(() => launched.close());
  return launched;
});

/**
 * Opens the page in a browser context of its own.
 *
 * @param {object} [options] `path` below the server's address ('' is the playground), and whatever playwright's
 *   `newContext` takes: viewport, colorScheme, reducedMotion, forcedColors, hasTouch, locale, permissions, ...
 * @returns {Promise<{page: import('playwright-core').Page, context: import('playwright-core').BrowserContext,
 *   url: string, errors: string[], close: () => Promise<void>}>} `errors` fills while the page lives
 */
export async function openPage({ path = '', ...options } = {}) {
  const url = new URL(path, await address()).href;
  const context = await (await browser()).newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(TIMEOUT_MS / 3);
  const errors = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => errors.push(`thrown: ${error.stack ?? error}`));
  page.on('requestfailed', (request) => errors.push(`request: ${request.url()} ${request.failure()?.errorText}`));
  page.on('response', (response) => {
    if (response.status() >= 400) errors.push(`response: ${response.status()} ${response.url()}`);
  });
  await page.goto(url);
  return { page, context, url, errors, close: () => context.close() };
}

/**
 * A test with an open page. `options` are those of `openPage`; `expectErrors: true` leaves it to the body to look at
 * `errors`, for a test that breaks something on purpose.
 */
export function pageTest(name, options, body) {
  if (typeof options === 'function') return pageTest(name, {}, options);
  const { expectErrors = false, ...open } = options;
  return test(name, { timeout: TIMEOUT_MS }, async (t) => {
    const opened = await openPage(open);
    try {
      await body({ ...opened, t });
      if (!expectErrors && opened.errors.length > 0) {
        throw new Error(`the page reported errors:\n${opened.errors.join('\n')}`);
      }
    } catch (error) {
      // What the page said usually explains why the body did not find what it looked for.
      if (opened.errors.length > 0) t.diagnostic(opened.errors.join('\n'));
      throw error;
    } finally {
      await opened.close();
    }
  });
}

/** axe-core's violations on the page as it is now, one line per element. */
export async function accessibilityViolations(page, options = {}) {
  // Evaluated by the debugger, which the page's content security policy does not bind; a script element would be.
  await page.evaluate(readFileSync(require.resolve('axe-core'), 'utf8'));
  const { violations } = await page.evaluate((given) => globalThis.axe.run(document, given), options);
  return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')}`));
}
