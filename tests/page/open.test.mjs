// The page as it opens: never empty, nothing wrong said, the same in the DOM as in the model.

import assert from 'node:assert/strict';
import { pageTest } from './harness.mjs';
import { cells, create, drawn, model, names, opened, pixels, rows, sentence } from './playground.mjs';

pageTest('it opens with a name, a shared list and a cycle, a sentence, and four drawn pictures', async ({ page }) => {
  await opened(page);
  const all = await rows(page);
  const bound = await names(page);
  assert.ok(Object.keys(bound).length >= 1, 'a name');
  const shared = all.find((each) => each.type === 'list' && each.refcount >= 2);
  assert.ok(shared && shared.reachable, 'a shared list');
  assert.ok(Object.values(bound).filter((id) => id === shared.id).length >= 1);
  assert.match(await sentence(page), new RegExp(`\\b${shared.refcount}\\b`), 'the sentence gives its count');
  const reaches = (from, goal, seen = new Set()) => all.find(({ id }) => id === from)?.references.some(({ id, label }) => (
    id !== null && label !== 'type' && !seen.has(id) && (id === goal || (seen.add(id), reaches(id, goal, seen)))));
  assert.ok(all.some(({ id, reachable }) => !reachable && reaches(id, id)), 'a cycle that is lost');
  assert.ok((await sentence(page)).length > 20);
  assert.match(await page.locator('#try').innerText(), /^Try/);
  await drawn(page);
  for (const view of ['objects', 'pools', 'generations']) {
    assert.ok((await pixels(page, view)).colours > 3, `${view} is drawn`);
    assert.ok((await page.locator(`#${view}-stage canvas`).getAttribute('aria-label')).length > 10, `${view} is described`);
  }
  await model(page, (playground) => playground.check());
});

pageTest('the table says of every object what the model says', async ({ page }) => {
  await opened(page);
  await create(page, 'int', { Value: '123456789012345678901234567890' }, 'big');
  const all = await rows(page);
  assert.equal(await page.locator('#table tbody tr').count(), all.length);
  for (const each of all) {
    const shown = await cells(page, each.id);
    assert.equal(shown.type, each.type);
    assert.equal(shown.value, each.value);
    assert.equal(shown.count.split(' → ').at(-1), each.refcount === null ? '∞' : String(each.refcount));
    assert.equal(shown.getsizeof.replaceAll(',', ''), String(each.getsizeof));
    assert.equal(shown.occupies.replaceAll(',', ''), String(each.occupies));
    assert.equal(shown.reachable, each.reachable ? 'yes' : 'no');
    assert.equal(shown.address, each.address);
    assert.equal(await page.locator(`#table tr[data-id="${each.id}"] td.references button`).count(),
      each.references.slice(0, 12).filter(({ id }) => id !== null).length);
  }
  const big = all.find(({ value }) => value.startsWith('1234567890'));
  assert.equal(big.getsizeof, 40, 'sys.getsizeof of an int of 97 bits');
});

pageTest('another release opens a fresh heap, laid out as that release does', async ({ page }) => {
  await opened(page);
  assert.match(await page.locator('#release-note').innerText(), /3\.14\.10/);
  await create(page, 'tuple');
  const size = () => model(page, (playground) => playground.rows({ startup: true, limit: 100000 }).rows.find(({ id }) => id === playground.selected).getsizeof);
  assert.equal(await size(), 48, 'an empty tuple of 3.14');
  assert.equal(await page.locator('#undo').isDisabled(), false);
  await page.locator('#release').selectOption('3.12');
  assert.match(await page.locator('#release-note').innerText(), /3\.12\.1/);
  assert.match(await sentence(page), /undo/);
  assert.equal(await page.locator('#undo').isDisabled(), true);
  await create(page, 'tuple');
  assert.equal(await size(), 40, 'an empty tuple of 3.12');
  for (const release of ['3.11', '3.13', '3.15']) {
    await page.locator('#release').selectOption(release);
    assert.equal(await model(page, (playground) => playground.release), release);
    assert.ok((await rows(page)).length > 3, release);
  }
});

pageTest('once loaded it needs no network', async ({ page, context, errors }) => {
  await opened(page);
  await page.waitForLoadState('networkidle');
  await context.setOffline(true);
  const id = await create(page, 'list', {}, 'offline');
  assert.equal((await names(page)).offline, id);
  await page.locator('#release').selectOption('3.13');
  await page.getByRole('radio', { name: 'Dark' }).check();
  await page.locator('#help').click();
  await page.locator('#keys-dialog').getByRole('button', { name: 'Close' }).click();
  await drawn(page);
  assert.deepEqual(errors, []);
});

pageTest('colours follow the switch and the system, also on the canvas', { colorScheme: 'light' }, async ({ page }) => {
  await opened(page);
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await paper();
  await drawn(page);
  const drawnLight = (await pixels(page, 'objects')).sum;
  await page.getByRole('radio', { name: 'Dark' }).check();
  await drawn(page);
  const dark = await paper();
  assert.notEqual(dark, light);
  assert.notEqual((await pixels(page, 'objects')).sum, drawnLight);
  await page.reload();
  await opened(page);
  assert.equal(await paper(), dark, 'remembered');
  await page.getByRole('radio', { name: 'Auto' }).check();
  assert.equal(await paper(), light);
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.equal(await paper(), dark);
});

pageTest('the current view is saved as SVG', async ({ page, context }) => {
  await opened(page);
  for (const [view, name] of [['objects', 'Objects'], ['pools', 'Pools'], ['generations', 'Generations']]) {
    await page.locator(`#${view}-stage`).focus();
    assert.match(await page.locator('#save-svg').innerText(), new RegExp(name));
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#save-svg').click()]);
    assert.equal(download.suggestedFilename(), `terrarium-3.14-${view}.svg`);
    let text = '';
    for await (const chunk of await download.createReadStream()) text += chunk;
    assert.match(text, /^(<\?xml[^>]*>\s*)?<svg /);
    const blank = await context.newPage(); // the page's policy refuses the style in it, which is for whoever opens the file
    const broken = await blank.evaluate((svg) => new DOMParser().parseFromString(svg, 'image/svg+xml').querySelector('parsererror')?.textContent, text);
    assert.equal(broken, undefined);
    await blank.close();
  }
});

/** The next command traps, as after a panic in Rust, whose hook has said `message` to the page. */
const trapNext = (page, message) => model(page, (playground, session, message) => {
  const { engine } = session;
  const real = engine.package;
  let tell; // what the page gave to the hook
  engine.package = { ...real, onPanic: (callback) => { tell = callback; } };
  engine.listen();
  engine.package = real;
  const { prototype } = real.Playground;
  const { create } = prototype;
  prototype.create = () => {
    prototype.create = create;
    if (message) tell(message);
    throw new WebAssembly.RuntimeError('unreachable');
  };
}, message);

pageTest('after a panic the message is shown and what was done is done again, also offline', { expectErrors: true }, async ({ page, context }) => {
  await opened(page);
  await page.waitForLoadState('networkidle');
  await context.setOffline(true);
  const dialog = page.locator('#panic-dialog');
  for (const [round, message] of [[1, ''], [2, 'panicked at src/mem/mod.rs:1:1']]) {
    const kept = await create(page, 'str', { Value: `kept ${round}` }, `kept${round}`);
    await page.locator('#names').getByRole('button', { name: `Delete the name ${round === 1 ? 'a' : 'b'}`, exact: true }).click();
    const before = await rows(page);
    await trapNext(page, message);
    await page.locator('#create').getByRole('button', { name: 'Create', exact: true }).click();
    await dialog.getByText(message || 'unreachable').waitFor();
    await dialog.getByText(`All ${2 * round} actions before that were done again`).waitFor();
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('dialog[open]').count(), 0);
    assert.deepEqual(await rows(page), before, `round ${round}: the same objects at the same addresses`);
    assert.equal((await names(page))[`kept${round}`], kept);
    await page.locator('#undo').click();
    assert.ok((await names(page))[round === 1 ? 'a' : 'b'], 'what was done again can be undone');
    await page.locator('#redo').click();
    if (round === 1) await context.setOffline(false);
  }
  const id = await create(page, 'list', {}, 'after');
  assert.equal((await names(page)).after, id);
});

pageTest('a panic that what was done brings about again ends in a fresh heap', { expectErrors: true }, async ({ page }) => {
  await opened(page);
  await create(page, 'list', {}, 'x');
  for (const expected of ['The one action before that was done again', 'A fresh heap: the model stopped once more']) {
    await trapNext(page, '');
    await page.locator('#create').getByRole('button', { name: 'Create', exact: true }).click();
    await page.locator('#panic-dialog').getByText(expected).waitFor();
    await page.locator('#panic-dialog').getByRole('button', { name: 'Go on' }).click();
  }
  assert.equal((await names(page)).x, undefined);
  assert.equal(await page.locator('#undo').isDisabled(), true);
});

pageTest('an overflow of the stack is a panic, too, not a message of the model', { expectErrors: true }, async ({ page }) => {
  await opened(page);
  await model(page, (playground, session) => {
    const { prototype } = session.engine.package.Playground;
    prototype.unbind = function unbind(name) { return this.unbind(`${name}x`) + 1; };
  });
  await page.locator('#names').getByRole('button', { name: 'Delete the name a', exact: true }).click();
  await page.locator('#panic-dialog').getByText('Maximum call stack').waitFor();
  await page.locator('#panic-dialog').getByText('Nothing had been done before').waitFor();
  await page.locator('#panic-dialog').getByRole('button', { name: 'Go on' }).click();
  await page.locator('#names').getByRole('button', { name: 'Delete the name a', exact: true }).click();
  assert.equal((await names(page)).a, undefined);
});
