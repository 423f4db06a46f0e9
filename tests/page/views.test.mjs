// Pictures, table and details show the same object; pointer and keys move in them.

import assert from 'node:assert/strict';
import { pageTest } from './harness.mjs';
import { create, drawn, model, names, opened, pixels, pointOf, row, rows, sentence } from './playground.mjs';

const selected = (page) => model(page, (playground) => playground.selected);
const marked = (page) => page.locator('#table tr[aria-current="true"]').getAttribute('data-id');

pageTest('a click in any picture selects the object everywhere', async ({ page }) => {
  await opened(page);
  const list = await create(page, 'list', {}, 'one');
  const other = await create(page, 'list', {}, 'two');
  for (const view of ['objects', 'pools', 'generations']) {
    for (const id of [list, other]) {
      await drawn(page);
      const at = await pointOf(page, view, id);
      assert.ok(at, `${view} has a place for list #${id}`);
      await page.mouse.move(at.x, at.y);
      assert.match(await page.locator(`#${view}-hover`).innerText(), new RegExp(`#${id}`));
      await page.mouse.click(at.x, at.y);
      assert.equal(await selected(page), id, view);
      assert.equal(await marked(page), String(id), view);
      assert.match(await page.locator('#selected-title').innerText(), new RegExp(`list #${id}$`));
      assert.match(await page.locator('#bytes-note').innerText(), new RegExp(`list #${id} `));
    }
  }
  await page.locator(`#table tr[data-id="${list}"] td`).first().click();
  assert.equal(await selected(page), list);
  await page.keyboard.press('Escape');
  assert.equal(await selected(page), undefined);
});

pageTest('the details add up: holders to the count, fields to the block', async ({ page }) => {
  await opened(page);
  const all = await rows(page);
  const shared = all.filter(({ refcount, type }) => type === 'list' && refcount !== null).sort((a, b) => b.refcount - a.refcount)[0];
  await page.locator(`#table tr[data-id="${shared.id}"] th button`).click();
  assert.equal(await page.getByRole('list', { name: `Held by ${shared.refcount} references: its count` }).locator('li').count(), shared.refcount);
  assert.match(await page.locator('#getrefcount').innerText(), new RegExp(`^sys\\.getrefcount\\(a\\) says ${shared.refcount + 1}:`));
  await page.locator('#bytes-pane').getByRole('button', { name: 'Text' }).click();
  const details = await model(page, (playground, _session, id) => playground.details(id), shared.id);
  const shown = await page.locator('#bytes-text table').evaluateAll((tables) => tables.map((table) => (
    [...table.querySelectorAll('tbody tr')].map((line) => [...line.children].map((cell) => cell.textContent)))));
  assert.equal(shown.length, details.blocks.length);
  details.blocks.forEach((block, at) => {
    assert.equal(shown[at].length, block.fields.length);
    assert.equal(shown[at].reduce((sum, cells) => sum + Number(cells[1]), 0), block.size, `${block.name}: every byte is explained`);
  });
  const count = shown[0].find((cells) => cells[2] === 'ob_refcnt');
  assert.ok(count, 'ob_refcnt is a field');
  assert.equal(Number.parseInt(count[3].slice(0, 2), 16), shared.refcount);
  assert.match(await page.locator('#bytes-note').innerText(), new RegExp(`getsizeof ${shared.getsizeof} · occupies ${shared.occupies}`));
});

pageTest('pools and generations are there as text', async ({ page }) => {
  await opened(page);
  await page.locator('#pools-pane').getByRole('button', { name: 'Text' }).click();
  const arenas = await model(page, (playground) => playground.pools());
  const touched = arenas.flatMap(({ pools }) => pools).filter(({ state }) => state !== 'untouched');
  assert.equal(await page.locator('#pools-text tbody tr').count(), touched.length);
  const inUse = await page.locator('#pools-text tbody tr td:nth-child(4)').allInnerTexts();
  assert.deepEqual(inUse, touched.map((pool) => `${pool.inUse} of ${pool.total}`));
  await page.locator('#generations-pane').getByRole('button', { name: 'Text' }).click();
  const generations = await model(page, (playground) => playground.generations());
  for (const [at, { ids, rule }] of generations.entries()) {
    const item = page.locator('#generations-text li').nth(at);
    assert.equal(await item.locator('button').count(), Math.min(200, ids.length));
    assert.ok((await item.innerText()).includes(rule));
  }
  assert.ok(!await page.locator('#pools-stage').isVisible(), 'the text is in place of the picture');
  await page.locator('#pools-pane').getByRole('button', { name: 'Text' }).click();
  assert.ok((await pixels(page, 'pools')).colours > 5 && await page.locator('#pools-stage').isVisible(), 'which comes back');
});

pageTest('arrow keys walk along references and Enter selects', async ({ page }) => {
  await opened(page);
  const inner = await create(page, 'str', { Value: 'inner' });
  const outer = await create(page, 'list', {}, 'outer');
  await model(page, (playground, session, [from, to]) => { session.act(() => playground.link(from, { kind: 'append' }, to)); }, [outer, inner]);
  await model(page, (_playground, session, id) => session.select(id), outer);
  await page.locator('#objects-stage').focus();
  await page.keyboard.press('ArrowRight');
  assert.match(await page.locator('#objects-hover').innerText(), new RegExp(`str #${inner} `));
  assert.equal(await page.locator('#announcer').innerText(), await page.locator('#objects-hover').innerText());
  assert.equal(await selected(page), outer, 'walking does not select');
  await page.keyboard.press('Enter');
  assert.equal(await selected(page), inner);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  assert.equal(await selected(page), outer);
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'selected-title');
});

pageTest('a picture zooms, moves and fits by wheel, drag, key and button', async ({ page }) => {
  await opened(page);
  await drawn(page);
  const first = (await pixels(page, 'objects')).sum;
  const differs = async (what, other) => {
    await drawn(page);
    const now = (await pixels(page, 'objects')).sum;
    assert.notEqual(now, other, what);
    return now;
  };
  const stage = await page.locator('#objects-stage').boundingBox();
  await page.mouse.move(stage.x + stage.width / 2, stage.y + stage.height / 2);
  await page.mouse.wheel(0, -240);
  const zoomed = await differs('wheel', first);
  const corner = { x: stage.x + stage.width - 6, y: stage.y + stage.height - 6 };
  await page.mouse.move(corner.x, corner.y);
  await page.mouse.down();
  await page.mouse.move(corner.x - 90, corner.y - 60, { steps: 3 });
  await page.mouse.up();
  const moved = await differs('drag', zoomed);
  await page.locator('#objects-stage').focus();
  await page.keyboard.press('-');
  const smaller = await differs('-', moved);
  await page.keyboard.press('Shift+ArrowLeft');
  await differs('Shift+ArrowLeft', smaller);
  await page.keyboard.press('0');
  await page.mouse.move(1, 1);
  await drawn(page);
  const fitted = (await pixels(page, 'objects')).sum;
  await page.getByRole('button', { name: 'Zoom into Objects' }).click();
  await differs('+', fitted);
  await page.getByRole('button', { name: 'Fit Objects to its pane' }).click();
  await page.mouse.move(1, 1);
  await drawn(page);
  assert.equal((await pixels(page, 'objects')).sum, fitted, 'fit is fit');
});

pageTest('to fit again shows the whole heap, and once more what can be read', async ({ page }) => {
  await opened(page);
  await model(page, (playground, session) => {
    for (let at = 0; at < 16; at += 1) session.act((p) => p.createNamed({ type: 'list', items: [] }, `name${at}`));
  });
  const ids = Object.entries(await names(page)).filter(([name]) => name.startsWith('name')).map(([, id]) => id);
  const seen = async () => {
    await drawn(page);
    const points = [];
    for (const id of ids) points.push(await pointOf(page, 'objects', id));
    return points.filter(Boolean).length;
  };
  await page.getByRole('button', { name: 'Fit Objects to its pane' }).click();
  assert.equal(await seen(), ids.length, 'all of it');
  await page.locator('#objects-stage').press('0');
  const readable = await seen();
  assert.ok(readable < ids.length, `${readable} are large enough to be read`);
  await page.locator('#objects-stage').press('0');
  assert.equal(await seen(), ids.length, 'all of it again');
});

pageTest('a heap of thousands stays usable: pages of 200, narrowing, one frame for many changes', async ({ page }) => {
  await opened(page);
  await model(page, (playground, session) => {
    for (let at = 0; at < 450; at += 1) playground.create({ type: 'int', value: String(10_000 + at) });
    session.emit('heap');
  });
  const length = await model(page, (playground) => playground.rows({ startup: false, limit: 0 }).total);
  assert.ok(length >= 450);
  assert.equal(await page.locator('#table tbody tr').count(), 200);
  await page.getByRole('button', { name: 'Later objects' }).click();
  await page.getByRole('button', { name: 'Later objects' }).click();
  assert.equal(await page.locator('#table tbody tr').count(), length - 400);
  await page.getByLabel('Find objects in the table').fill('int 10449');
  assert.equal(await page.locator('#table tbody tr').count(), 1);
  await page.locator('#table tbody th button').click();
  assert.equal((await row(page, await selected(page))).value, '10449');
  const draws = await model(page, async (playground, session) => {
    let calls = 0;
    const { draw } = playground;
    playground.draw = (context, view, frame) => { calls += view === 'objects' ? 1 : 0; return draw.call(playground, context, view, frame); };
    for (let at = 0; at < 20; at += 1) session.emit('camera');
    await new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); });
    delete playground.draw;
    return calls;
  });
  assert.equal(draws, 1);
});

pageTest('a hundred thousand objects: 200 rows at a time, all counted, each found', async ({ page }) => {
  await opened(page);
  const big = await model(page, (playground, session) => {
    const list = playground.create({ type: 'list', items: [] });
    playground.bind('big', list);
    for (let at = 0; at < 50_000; at += 1) {
      const item = playground.create({ type: 'list', items: [] });
      playground.link(list, { kind: 'append' }, item);
      playground.drop(item);
    }
    const items = playground.columns().id.filter((id) => id > list && id < 2 ** 28);
    for (let at = 0; at < 50; at += 1) playground.create({ type: 'tuple', items: [...items.subarray(1000 * at, 1000 * at + 1000)] });
    for (let at = 0; at < 49_950; at += 1) playground.create({ type: 'int', value: String(100_000 + at) });
    session.act(() => playground.drop(list));
    return list;
  });
  const total = await model(page, (playground) => playground.rows({ limit: 0 }).total);
  assert.ok(total >= 100_000, String(total));
  const grouped = (value) => value.toLocaleString('en-US');
  const note = page.locator('#table-note');
  assert.equal(await note.innerText(), `1 to 200 of ${grouped(total)}`);
  await page.getByRole('button', { name: 'Last objects' }).click();
  assert.match(await note.innerText(), new RegExp(`to ${grouped(total)} of ${grouped(total)}$`));
  assert.ok(await page.locator('#table tbody tr').count() <= 200);
  await page.getByLabel('Find objects in the table').fill('int 149949');
  assert.equal(await note.innerText(), '1 object');
  await page.getByLabel('Find objects in the table').fill('');

  // Selected anywhere, the row is there; and an action reads no more than the page shows.
  await model(page, (playground, session, id) => session.select(id), big);
  assert.equal(await page.locator(`#table tr[data-id="${big}"]`).getAttribute('aria-current'), 'true');
  assert.match(await page.locator('#selected').innerText(), /Holds 50.000 references/);
  assert.match(await page.locator(`#table tr[data-id="${big}"]`).innerText(), /50000 items[^]*\[0\] → list #\d+ +\[1\] → /, 'texts are there where they are read');
  const seen = await model(page, async (playground, session) => {
    let rows = 0;
    let references = 0;
    const read = playground.rows;
    playground.rows = (options) => {
      const found = read.call(playground, options);
      rows += found.rows.length;
      for (const row of found.rows) references += row.references.length;
      return found;
    };
    const began = performance.now();
    session.act((p) => p.bind('again', p.selected));
    const acted = performance.now() - began;
    await new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); });
    delete playground.rows;
    return { rows, references, acted };
  });
  assert.ok(seen.rows <= 2 * 200 && seen.references <= 4 * 200, JSON.stringify(seen));
  assert.ok(seen.acted < 2500, `an action takes ${seen.acted} ms`);
  await page.locator('#undo').click();
  assert.match(await sentence(page), /^Undone: name again/);
});

pageTest('where a search takes long, it waits for a pause in the typing', async ({ page }) => {
  await opened(page);
  const field = page.getByLabel('Find objects in the table');
  /** What was searched for while `text` was typed, each search taking `slow` ms, until `found` rows are left. */
  const typed = async (text, slow, found) => {
    await field.fill('');
    await page.waitForFunction(() => document.querySelectorAll('#table tbody tr').length === 7);
    await model(page, (playground, session, slow) => {
      session.searches = [];
      playground.rows = (options) => {
        if (options.find) session.searches.push(options.find);
        for (const began = performance.now(); performance.now() - began < slow;);
        return Object.getPrototypeOf(playground).rows.call(playground, options);
      };
    }, slow);
    // Key by key in one task, in which no pause can be over: between keys of a driver one could be, on a busy machine.
    await field.evaluate((input, text) => {
      for (const character of text) {
        input.value += character;
        input.dispatchEvent(new Event('input', { bubbles: true }));
      }
    }, text);
    await page.waitForFunction((found) => document.querySelectorAll('#table tbody tr').length === found, found);
    return model(page, (playground, session) => { delete playground.rows; return session.searches; });
  };
  assert.equal((await typed('list', 0, 3)).at(-1), 'list');
  const slow = await typed('tuple', 60, 1);
  assert.ok(slow.length <= 2 && slow.at(-1) === 'tuple', `a slow one is not: ${slow}`);
});

pageTest('what links a generation’s list leads to is called by its name', async ({ page }) => {
  await opened(page);
  for (const release of ['3.11', '3.12', '3.13', '3.14', '3.15']) {
    await page.locator('#release').selectOption(release);
    const said = await model(page, (playground) => playground.rows({ startup: true, limit: 100000 }).rows.filter(({ generation }) => generation !== null)
      .flatMap(({ id }) => playground.details(id).blocks.flatMap(({ fields }) => fields)).filter(({ name }) => /^_gc_/.test(name)).map(({ meaning }) => meaning));
    assert.ok(said.includes('→ the namespace of __main__'), `${release}: ${said}`);
    assert.ok(said.every((text) => /^→ (head of generation 0|the namespace of \w+|\w+ #\d+)$/.test(text)), `${release}: ${said}`);
  }
});

pageTest('what is there only because types are dynamic adds up to what is named', async ({ page }) => {
  await opened(page);
  for (const [release, named] of [['3.11', 'pre-header, GC head, count, type'], ['3.14', 'pre-header, GC head, count, type']]) {
    await page.locator('#release').selectOption(release);
    const node = await create(page, 'class', { Name: 'Node' });
    for (const [id, parts] of [[await create(page, 'instance', { Class: String(node) }), named], [3, 'GC head, count, type'], [1, 'count, type']]) {
      const { said, sum } = await model(page, (playground, session, id) => {
        session.select(id);
        const { fields } = playground.details(id).blocks[0];
        const sum = fields.filter(({ purpose }) => ['pre-header', 'gc-head', 'count', 'type'].includes(purpose)).reduce((all, { size }) => all + size, 0);
        return { said: playground.describe('bytes'), sum };
      }, id);
      assert.ok(said.includes(`${sum} only because types are dynamic (${parts})`), `${release} #${id}: ${sum} of ${said}`);
    }
  }
});

pageTest('a low window still shows the first rows of Bytes: the object’s head and what it stores', { viewport: { width: 1280, height: 720 } }, async ({ page }) => {
  await opened(page);
  const seen = await model(page, async (playground, session) => {
    session.select(playground.names().find(({ name }) => name === 'a').object);
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const { width, height } = document.getElementById('bytes-stage').getBoundingClientRect();
    const found = new Set();
    for (let y = 97; y < height; y += 3) for (let x = 60; x < width; x += 12) found.add(playground.hit('bytes', x, y)?.name);
    return [...found];
  });
  for (const name of ['_gc_next', 'ob_refcnt', 'ob_type', 'ob_item']) assert.ok(seen.includes(name), `${name} of ${seen}`);
});
