// The collector on the page: cycles greyed, stepped, collected.

import assert from 'node:assert/strict';
import { pageTest } from './harness.mjs';
import { cells, create, model, opened, row, rows, sentence } from './playground.mjs';

/** One collection by mouse. */
async function collect(page, generation) {
  await page.locator('#collector').getByLabel('Generation to collect').selectOption(String(generation));
  await page.locator('#collector').getByRole('button', { name: 'Collect', exact: true }).click();
}

/** Two lists that hold each other and nothing else; their ids. */
async function cycle(page) {
  await collect(page, 2); // what the page opened with is no matter here
  const a = await create(page, 'list');
  const b = await create(page, 'list');
  await model(page, (playground, session, [a, b]) => {
    session.act(() => playground.link(a, { kind: 'append' }, b));
    session.act(() => playground.link(b, { kind: 'append' }, a));
  }, [a, b]);
  for (const id of [a, b]) {
    await page.locator(`#table tr[data-id="${id}"] th button`).click();
    await page.locator('#selected').getByRole('button', { name: 'Drop handle' }).click();
  }
  return [a, b];
}

pageTest('a cycle that nothing holds stays, greyed, until a collection', async ({ page }) => {
  await opened(page);
  const [a, b] = await cycle(page);
  for (const id of [a, b]) {
    assert.equal((await row(page, id)).reachable, false);
    assert.equal((await row(page, id)).refcount, 1);
    assert.equal((await cells(page, id)).reachable, 'no');
    assert.match(await page.locator(`#table tr[data-id="${id}"]`).getAttribute('class'), /dead/);
  }
  const before = (await rows(page)).length;
  await collect(page, 2);
  assert.equal(await row(page, a), undefined);
  assert.equal(await row(page, b), undefined);
  assert.equal((await rows(page)).length, before - 2);
  assert.match(await page.locator('#collected').innerText(), /returned 2: 2 objects collected \(2 × list\)/);
  assert.ok((await sentence(page)).length > 10);
  await page.locator('#undo').click();
  assert.equal((await row(page, a)).reachable, false, 'undo brings the garbage back');
});

pageTest('generation 0 collects what is young and leaves what is old', async ({ page }) => {
  await opened(page);
  const [a] = await cycle(page);
  assert.equal((await row(page, a)).generation, 0);
  await collect(page, 0);
  assert.equal(await row(page, a), undefined);
  const kept = await create(page, 'list');
  await collect(page, 0);
  assert.equal((await row(page, kept)).generation, 1);
  assert.equal((await cells(page, kept)).generation, '1');
  await collect(page, 1);
  assert.equal((await row(page, kept)).generation, 2);
});

pageTest('stepping a collection shows gc_refs as they fall and the garbage found', async ({ page }) => {
  await opened(page);
  const [a, b] = await cycle(page);
  await page.locator('#collector').getByRole('button', { name: 'Step by step' }).click();
  const seen = new Set();
  const phases = new Set();
  for (let steps = 0; steps < 400 && await page.locator('#collector').getByRole('button', { name: 'Next object' }).count() > 0; steps += 1) {
    const found = await row(page, a);
    if (found) {
      const shown = await cells(page, a);
      seen.add(`${shown.gc_refs} ${shown.generation} ${shown.reachable}`);
      assert.equal(shown.gc_refs, String(found.gcRefs ?? '–'));
      const { phase } = await model(page, (playground) => playground.collecting);
      assert.match(await page.locator('#phase').innerText(), new RegExp(`^Collecting generation 2, next: ${phase}: .{20}`));
      phases.add(phase);
    }
    await page.keyboard.press('.');
  }
  assert.ok(seen.has('1 2 no'), `update_refs copied the count: ${[...seen]}`);
  assert.ok(seen.has('0 2 no'), `subtract_refs took the cycle's reference away: ${[...seen]}`);
  assert.ok(seen.has('0 set aside no'), `move_unreachable set it aside: ${[...seen]}`);
  assert.deepEqual([...phases].slice(0, 4), ['gc_list_merge', 'update_refs', 'subtract_refs', 'move_unreachable']);
  assert.equal(await page.locator('#table th', { hasText: 'gc_refs' }).count(), 0, 'no collection, no gc_refs');
  assert.equal(await row(page, a), undefined);
  assert.equal(await row(page, b), undefined);
  assert.equal(await page.locator('#collector').getByRole('button', { name: 'Step by step' }).count(), 1);
});

pageTest('a collection goes by phases, is finished at once, and is undone', async ({ page }) => {
  await opened(page);
  const [a] = await cycle(page);
  await page.locator('#collector').getByRole('button', { name: 'Step by step' }).click();
  const said = new Set([await sentence(page)]);
  await page.locator('#collector').getByRole('button', { name: 'Next phase' }).click();
  said.add(await sentence(page));
  await page.locator('#collector').getByRole('button', { name: 'Next phase' }).click();
  said.add(await sentence(page));
  assert.equal(said.size, 3, [...said].join('\n'));
  await page.locator('#collector').getByRole('button', { name: 'Finish' }).click();
  assert.equal(await row(page, a), undefined);
  await page.keyboard.press('Control+z');
  const phase = await page.locator('#phase').innerText();
  assert.match(phase, /subtract_refs/, 'undone into the middle of the collection, the page knows where it stands');
  for (const key of ['Control+z', 'Control+z', 'Control+z']) await page.keyboard.press(key);
  assert.equal(await page.locator('#phase').count(), 0, 'undone to before it began');
  assert.equal((await row(page, a)).reachable, false);
  for (const key of ['Control+y', 'Control+y', 'Control+y']) await page.keyboard.press(key);
  assert.equal(await page.locator('#phase').innerText(), phase, 'and done again');
  await model(page, (playground) => playground.check());
});

pageTest('thresholds, enable, disable, freeze and unfreeze', async ({ page }) => {
  await opened(page);
  assert.deepEqual(await model(page, (playground) => playground.statistics().thresholds), [2000, 10, 10]);
  await page.locator('#collector').getByRole('button', { name: 'Thresholds, disable, freeze' }).click();
  for (const [at, value] of [[0, '700'], [1, '5'], [2, '4']]) await page.getByLabel(`Threshold ${at}`).fill(value);
  await page.locator('#collector').getByRole('button', { name: 'Set', exact: true }).click();
  assert.deepEqual(await model(page, (playground) => playground.statistics().thresholds), [700, 5, 4]);
  assert.match(await page.locator('#generations-note').innerText(), /700 · 5 · 4/);
  await page.getByLabel('Threshold 0').fill('many');
  await page.locator('#collector').getByRole('button', { name: 'Set', exact: true }).click();
  assert.match(await page.locator('#error').innerText(), /whole numbers/);
  const id = await create(page, 'list');
  await page.locator('#collector').getByRole('button', { name: 'gc.freeze()' }).click();
  assert.equal((await cells(page, id)).generation, 'permanent');
  await page.locator('#collector').getByRole('button', { name: 'gc.unfreeze()' }).click();
  assert.equal((await cells(page, id)).generation, '2');
  for (const [name, enabled] of [['gc.disable()', false], ['gc.enable()', true]]) {
    const before = await sentence(page);
    await page.locator('#collector').getByRole('button', { name }).click();
    assert.notEqual(await sentence(page), before);
    assert.equal(await model(page, (playground) => playground.statistics().gcEnabled), enabled);
    assert.equal(await page.locator('#generations-note').innerText().then((note) => note.startsWith('disabled')), !enabled);
  }
});
