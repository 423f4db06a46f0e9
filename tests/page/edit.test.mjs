// Commands by pointer and by key, and what they do to counts.

import assert from 'node:assert/strict';
import { pageTest } from './harness.mjs';
import { cells, create, drag, drawn, model, names, opened, pointOf, row, rows, sentence } from './playground.mjs';

/** Type of the form, values by label, type(x).__name__, sys.getsizeof(x) of CPython 3.14.10. */
const TYPES = [
  ['list', {}, 'list', 56], ['tuple', {}, 'tuple', 48], ['dict', {}, 'dict', 64], ['set', {}, 'set', 216], ['frozenset', {}, 'frozenset', 216],
  ['int', { Value: '-1000' }, 'int', 28], ['str', { Value: 'hello' }, 'str', 46], ['float', { Value: '-1.5e300' }, 'float', 24],
  ['complex', { Real: '1', Imaginary: '-inf' }, 'complex', 32], ['bool', { Value: 'True' }, 'bool', 28], ['bytes', { Value: 'spam' }, 'bytes', 37],
  ['bytearray', { Value: '0x73 70 61 6d' }, 'bytearray', 61], ['class', { Name: 'Point', __slots__: 'x, y' }, 'type', null],
  ['object', {}, 'object', 16], ['exception', { Class: 'ValueError' }, 'ValueError', 88], ['module', { Name: 'eggs' }, 'module', 72],
  ['function', { Name: 'f' }, 'function', 168], ['cell', {}, 'cell', 40], ['None', {}, 'NoneType', 16], ['Ellipsis', {}, 'ellipsis', 16],
  ['NotImplemented', {}, 'NotImplementedType', 16], ['range', { Start: '0', Stop: '10', Step: '-3' }, 'range', 48],
];

pageTest('objects of every type that needs no other are created as CPython sizes them', async ({ page }) => {
  await opened(page);
  for (const [type, values, called, size] of TYPES) {
    const id = await create(page, type, values, 'it');
    assert.equal(await page.locator('#error').innerText(), '', type);
    const made = (await model(page, (playground) => playground.rows({ startup: true, limit: 100000 }).rows)).find((each) => each.id === id);
    assert.equal(made.type, called);
    if (size !== null) assert.equal(made.getsizeof, size, `sys.getsizeof of ${type}`);
    assert.equal((await names(page)).it, id);
    if (id < 2 ** 28 && made.refcountBefore !== null) assert.equal(made.refcountBefore, made.refcount, 'nothing but the name came to hold it');
    assert.match(await page.locator('#selected-title').innerText(), new RegExp(id < 2 ** 28 ? `#${id}$` : `start-up ${id - 2 ** 28}$`));
  }
  await model(page, (playground) => playground.check());
});

pageTest('objects that refer to others are created from lists of what exists', async ({ page }) => {
  await opened(page);
  const text = await create(page, 'str', { Value: 'a key' });
  const number = await create(page, 'int', { Value: '4711' });
  const form = page.locator('#create');

  await page.locator('#new-type').selectOption('list');
  for (const id of [number, text, number]) {
    await form.getByLabel('Items').last().selectOption(String(id));
    await form.getByRole('button', { name: 'Add', exact: true }).click();
  }
  await form.getByRole('button', { name: 'Create', exact: true }).click();
  const list = await model(page, (playground) => playground.selected);
  assert.deepEqual((await row(page, list)).references.filter(({ label }) => label.startsWith('[')).map(({ id }) => id), [number, text, number]);
  assert.equal((await row(page, number)).refcount, 3, 'the handle and two items');

  await page.locator('#new-type').selectOption('dict');
  await form.getByLabel('Key', { exact: true }).selectOption(String(text));
  await form.getByLabel('Value', { exact: true }).selectOption(String(list));
  await form.getByRole('button', { name: 'Add entry' }).click();
  await form.getByRole('button', { name: 'Create', exact: true }).click();
  const dict = await row(page, await model(page, (playground) => playground.selected));
  assert.equal(dict.type, 'dict');
  assert.ok(dict.references.some(({ id }) => id === text) && dict.references.some(({ id }) => id === list));

  const made = {};
  const pick = async (type, values) => { made[type] = await create(page, type, values); assert.equal(await page.locator('#error').innerText(), '', type); };
  await pick('class', { Name: 'Node' });
  await pick('instance', { Class: String(made.class) });
  await pick('cell', { Contents: String(list) });
  await pick('function', { Name: 'f' });
  await pick('method', { Function: String(made.function), self: String(made.instance) });
  await pick('weakref', { Object: String(made.instance) });
  await pick('slice', { Start: String(number), Stop: String(number), Step: String(number) });
  assert.equal((await row(page, made.instance)).type, 'Node');
  assert.equal((await row(page, made.instance)).getsizeof, 48);
  assert.equal((await row(page, made.instance)).refcount, 2, 'handle and method, not the weak reference');
  assert.equal((await row(page, number)).refcount, 6);
  await model(page, (playground) => playground.check());
});

pageTest('a link is made by dragging from object to object', async ({ page }) => {
  await opened(page);
  const from = await create(page, 'list', {}, 'box');
  const to = await create(page, 'str', { Value: 'dragged' }, 'thing');
  await page.getByRole('button', { name: 'Fit Objects to its pane' }).click();
  await drawn(page);
  await drag(page, await pointOf(page, 'objects', from), await pointOf(page, 'objects', to));
  const dialog = page.locator('#link-dialog');
  assert.equal(await dialog.locator('h2').innerText(), `Link from list #${from}`);
  assert.equal(await dialog.getByLabel('Refer to').inputValue(), String(to));
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  assert.deepEqual((await row(page, from)).references.filter(({ label }) => label === '[0]').map(({ id }) => id), [to]);
  assert.equal((await row(page, to)).refcount, 2);
  assert.match((await cells(page, to)).count, /^1 → 2$/);
  assert.equal((await row(page, from)).getsizeof, 88, 'an appended list has room for four');
});

pageTest('a link, a name and their removal by keyboard alone', async ({ page }) => {
  await opened(page);
  const from = await create(page, 'list');
  const to = await create(page, 'int', { Value: '5000' });
  await model(page, (_playground, session, id) => session.select(id), from);
  await page.locator('#objects-stage').focus();
  await page.keyboard.press('l');
  const dialog = page.locator('#link-dialog');
  await dialog.waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'SELECT');
  await page.keyboard.type(`#${to}`);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  assert.equal((await row(page, to)).refcount, 2);

  await page.locator('#objects-stage').focus();
  await page.keyboard.press('n');
  await page.keyboard.type('kept');
  await page.keyboard.press('Enter');
  assert.equal((await names(page)).kept, from);
  assert.equal((await row(page, from)).refcount, 2);
  await page.keyboard.press('Escape');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'objects-stage', 'out of the field, where letters are keys again');
  assert.equal(await model(page, (playground) => playground.selected), from, 'still selected');
  await page.locator('#selected').getByRole('button', { name: 'Drop handle' }).press('Enter');
  assert.equal((await row(page, from)).refcount, 1);
  await page.locator('#selected').getByRole('button', { name: 'Unlink [0]' }).press('Enter');
  assert.equal((await row(page, to)).refcount, 1);
  assert.ok(await page.evaluate(() => document.querySelector('#selected').contains(document.activeElement)), 'the focus stays near');
  await page.locator('#names').getByRole('button', { name: 'Delete the name kept' }).press('Enter');
  assert.equal(await row(page, from), undefined, 'the last reference is gone, and so is the list');
  assert.equal((await names(page)).kept, undefined);
});

pageTest('links go by index, key, attribute, member and cell, and away again', async ({ page }) => {
  await opened(page);
  const to = await create(page, 'float', { Value: '2.5' });
  const key = await create(page, 'str', { Value: 'k' });
  const node = await create(page, 'class', { Name: 'Node' });
  const made = {
    instance: await create(page, 'instance', { Class: String(node) }), dict: await create(page, 'dict'), set: await create(page, 'set'),
    cell: await create(page, 'cell'), list: await create(page, 'list'),
  };
  const dialog = page.locator('#link-dialog');
  const before = (await row(page, to)).refcount;
  const link = async (from, place, fill) => {
    await model(page, (_playground, session, id) => session.select(id), from);
    await page.locator('#selected').getByRole('button', { name: /^Link to/ }).click();
    await dialog.getByLabel('Refer to').selectOption(String(to));
    await dialog.getByLabel(place).check();
    await fill?.();
    await dialog.getByRole('button', { name: 'Link', exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
    return (await row(page, from)).references.find(({ id }) => id === to);
  };
  assert.equal((await link(made.instance, 'as the attribute', () => dialog.getByLabel('Attribute name').fill('next'))).label, '.next');
  assert.ok(await link(made.dict, 'under the key', () => dialog.getByLabel('Key', { exact: true }).selectOption(String(key))));
  assert.ok(await link(made.set, 'as a member'));
  assert.ok(await link(made.cell, 'as the contents of the cell'));
  assert.equal((await link(made.list, 'append at the end')).label, '[0]');
  await link(made.list, 'in place of item', () => dialog.getByLabel('Index to replace').fill('0'));
  assert.equal((await row(page, to)).refcount, before + 5);
  for (const from of Object.values(made)) {
    await model(page, (_playground, session, id) => session.select(id), from);
    const line = page.locator('#selected li').filter({ has: page.locator(`button[data-object="${to}"]`) });
    await line.getByRole('button', { name: /^Unlink/ }).click();
    assert.equal((await row(page, from)).references.some(({ id }) => id === to), false);
  }
  assert.equal((await row(page, to)).refcount, before);
  await model(page, (playground) => playground.check());
});

pageTest('every action is undone and done again, step by step, to the same heap', async ({ page }) => {
  await opened(page);
  const picture = () => model(page, (playground) => JSON.stringify([playground.rows({ startup: true, limit: 100000 }).rows.map(({ id, address, refcount, references }) => [id, address, refcount, references]), playground.names()]));
  const history = [await picture()];
  const to = await create(page, 'str', { Value: 'x y' });
  history.push(await picture());
  const list = await create(page, 'list', {}, 'named');
  history.push(await picture());
  await model(page, (playground, session, [from, target]) => { session.act(() => playground.link(from, { kind: 'append' }, target)); }, [list, to]);
  history.push(await picture());
  await page.locator('#names').getByRole('button', { name: 'Delete the name named' }).click();
  history.push(await picture());
  assert.match(await page.locator('#undo').getAttribute('aria-label'), /^Undo: ./);
  await page.locator('#objects-stage').focus();
  const said = [];
  for (let at = history.length - 2; at >= 0; at -= 1) {
    await page.keyboard.press('Control+z');
    assert.equal(await picture(), history[at], `back to ${at}`);
    const undone = ['create str', 'create list named', 'link list #\\d+ to str #\\d+', 'del named'][at];
    assert.match(await sentence(page), new RegExp(`^Undone: ${undone}\\. Every byte is as it was before that\\.$`));
    said.unshift(await model(page, (_, session) => session.undone.at(-1).sentence));
  }
  assert.equal(await page.locator('#undo').isDisabled(), true);
  for (let at = 1; at < history.length; at += 1) {
    if (at % 2) await page.keyboard.press('Control+Shift+Z');
    else await page.keyboard.press('Control+y');
    assert.equal(await picture(), history[at], `on to ${at}`);
    assert.equal(await sentence(page), `Done again: ${said[at - 1]}`, 'with what followed from it');
  }
  assert.equal(await page.locator('#redo').isDisabled(), true);
  await page.locator('#undo').click();
  assert.equal(await picture(), history.at(-2));
});

pageTest('what was forgotten to save memory is not offered to be undone', async ({ page }) => {
  await opened(page);
  // A full collection writes the GC head of each of these: some megabytes to be undone.
  await model(page, (playground) => { for (let at = 0; at < 60_000; at += 1) playground.create({ type: 'list', items: [] }); });
  const collections = 24;
  await model(page, (_, session, times) => { for (let at = 0; at < times; at += 1) session.collect(2); }, collections);
  await page.locator('#objects-stage').focus();
  let undone = 0;
  for (; await page.locator('#undo').isEnabled(); undone += 1) {
    assert.ok(undone < collections, 'the first ones are forgotten');
    await page.keyboard.press('Control+z');
  }
  assert.ok(undone > 0);
  assert.equal(await page.locator('#error').innerText(), '', 'each was undone');
  const before = await sentence(page);
  await page.keyboard.press('Control+z');
  assert.match(await page.locator('#error').innerText(), /^That is as far as undo goes/);
  assert.equal(await sentence(page), before);
  await page.keyboard.press('Control+y');
  assert.match(await sentence(page), /^Done again: gc\.collect/);
  assert.equal(await page.locator('#undo').isEnabled(), true, 'and back again');
});

pageTest('mistakes are sentences with a code, beside the field too, and change nothing', async ({ page }) => {
  await opened(page);
  const before = await rows(page);
  const text = await create(page, 'str', { Value: 'fixed' });
  const after = await rows(page);
  const wrong = page.locator('#new-wrong');
  const error = page.locator('#error');

  await create(page, 'int', { Value: 'twelve' });
  assert.match(await wrong.innerText(), /digits/);
  assert.equal(await error.getAttribute('data-code'), 'form');
  assert.equal(await page.locator('#create').getByLabel('Value').getAttribute('aria-invalid'), 'true');
  await create(page, 'int', { Value: '7000' }, 'not a name');
  assert.ok((await error.innerText()).length > 20);
  assert.match(await error.getAttribute('data-code'), /^[a-z]+(-[a-z]+)*$/);
  assert.equal(await wrong.innerText(), await error.innerText());
  assert.equal(await page.locator('#new-bind').getAttribute('aria-invalid'), 'true');
  assert.deepEqual((await rows(page)).map(({ id, refcount }) => [id, refcount]), after.map(({ id, refcount }) => [id, refcount]), 'the create was taken back with its name');

  await model(page, (_playground, session, id) => session.select(id), text);
  await page.locator('#selected').getByRole('button', { name: /^Link to/ }).click();
  assert.match(await error.innerText(), /str/);
  assert.notEqual(await error.getAttribute('data-code'), 'form');
  await page.locator('#undo').click();
  assert.equal(await error.innerText(), '');
  assert.deepEqual((await rows(page)).map(({ id, refcount }) => [id, refcount]), before.map(({ id, refcount }) => [id, refcount]));
});

pageTest('a name that is refused stays in its field, to be mended', async ({ page }) => {
  await opened(page);
  const field = page.getByRole('textbox', { name: /^Name for/ });
  await field.fill('1x');
  await field.press('Enter');
  assert.match(await page.locator('#error').innerText(), /'1x' cannot be a name/);
  assert.equal(await field.inputValue(), '1x');
  assert.equal(await field.getAttribute('aria-invalid'), 'true');
  await field.fill('x1');
  await field.press('Enter');
  assert.ok('x1' in await names(page));
  assert.equal(await page.locator('#error').innerText(), '');
});

pageTest('what is created with a name is held by it alone, in one step', async ({ page }) => {
  await opened(page);
  const id = await create(page, 'list', {}, 'a');
  assert.equal((await cells(page, id)).count, '1', 'not 2 → 1 for a handle that nobody saw');
  assert.match(await sentence(page), /^Made list #\d+; the name a holds it\. list #\d+: count 3 → 2, −1 for the name a\./);
  assert.deepEqual(await page.locator('#selected .refs').first().locator('li').allInnerTexts(), ['name a']);
  await page.locator('#undo').click();
  assert.equal(await row(page, id), undefined);
});

pageTest('of keys that look alike where they are cut, the right one is taken away', async ({ page }) => {
  await opened(page);
  const start = 'the same for as long as a label shows';
  const keys = [await create(page, 'str', { Value: `${start}, one` }), await create(page, 'str', { Value: `${start}, two` })];
  const values = [await create(page, 'float', { Value: '1.25' }), await create(page, 'float', { Value: '2.25' })];
  const dict = await create(page, 'dict');
  await model(page, (playground, session, [dict, keys, values]) => {
    for (const at of [0, 1]) session.act((p) => p.link(dict, { kind: 'key', key: keys[at] }, values[at]));
    session.select(dict);
  }, [dict, keys, values]);
  const line = page.locator('#selected li').filter({ has: page.locator(`button[data-object="${values[1]}"]`) });
  assert.equal(await line.locator('.label').innerText(), "['the same for as long …']", 'with its closing quote');
  await line.getByRole('button', { name: /^Unlink/ }).click();
  assert.deepEqual((await row(page, dict)).references.filter(({ label }) => label.startsWith('[')).map(({ id }) => id), [values[0]]);

  // A key without a text of its own is called what it is called elsewhere.
  const node = await create(page, 'class', { Name: 'Node' });
  const instance = await create(page, 'instance', { Class: String(node) });
  await model(page, (playground, session, [dict, key, value]) => {
    session.act((p) => p.link(dict, { kind: 'key', key }, value));
  }, [dict, instance, values[1]]);
  assert.ok((await row(page, dict)).references.some(({ label }) => label === `[Node #${instance}]`));
  assert.match(await sentence(page), new RegExp(`^dict #${dict}\\[Node #${instance}\\] refers to float #${values[1]} now`));
});

pageTest('what was wrong in the form is not said any longer once something else was done', async ({ page }) => {
  await opened(page);
  await create(page, 'list', {}, 'x');
  await create(page, 'int', { Value: '12.5' });
  assert.match(await page.locator('#new-wrong').innerText(), /^An int is written/);
  await page.locator('#undo').click();
  assert.equal(await page.locator('#new-wrong').innerText(), '');
  assert.equal(await page.locator('#create [aria-invalid]').count(), 0);
});
