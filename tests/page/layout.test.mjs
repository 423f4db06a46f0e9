// Nothing overlaps or overflows, everything has a name, and keys are sheeted and scoped.

import assert from 'node:assert/strict';
import { accessibilityViolations, pageTest } from './harness.mjs';
import { create, drawn, model, opened, pixels, pointOf } from './playground.mjs';

const PANES = ['.bar', '.say', '#objects-pane', '#actions', '#pools-pane', '#bytes-pane', '#generations-pane', '#names-pane', '#table-pane'];

/** Pairs of panes that share pixels, and elements that stick out of the window. */
function trouble(page) {
  return page.evaluate((panes) => {
    const found = [];
    const sticky = getComputedStyle(document.querySelector('.say')).position === 'sticky';
    const clip = (element) => {
      const box = element.getBoundingClientRect();
      const frame = element.closest('.memory') && getComputedStyle(element.closest('.memory')).overflowY === 'auto'
        ? element.closest('.memory').getBoundingClientRect()
        : { top: -1e9, bottom: 1e9 };
      return { left: box.left, right: box.right, top: Math.max(box.top, frame.top), bottom: Math.min(box.bottom, frame.bottom) };
    };
    const boxes = panes.filter((pane) => !(sticky && pane === '.say')).map((pane) => [pane, clip(document.querySelector(pane))]);
    for (const [at, [one, a]] of boxes.entries()) {
      const scrolledAway = document.querySelector(one).closest('.memory') !== null && a.bottom - a.top < 24;
      if (a.right - a.left < 100 || (a.bottom - a.top < 24 && !scrolledAway)) found.push(`${one} has no room`);
      for (const [two, b] of boxes.slice(at + 1)) {
        if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1) found.push(`${one} over ${two}`);
      }
    }
    if (document.documentElement.scrollWidth > innerWidth) found.push(`the page is ${document.documentElement.scrollWidth} wide`);
    for (const element of document.querySelectorAll('button, input, select, summary, h2, #sentence')) {
      const box = element.getBoundingClientRect();
      if (box.width === 0 || element.closest('.scroll, dialog, .hidden, legend, .astext')) continue;
      if (box.right > innerWidth + 1 || box.left < -1) found.push(`${element.tagName} ${element.id || element.textContent.trim().slice(0, 20)} sticks out`);
      const pane = element.closest('.pane, .bar').getBoundingClientRect();
      if (box.right > pane.right + 1 || box.left < pane.left - 1) found.push(`${element.tagName} ${element.textContent.trim().slice(0, 20)} leaves its pane`);
      const small = element.matches('button, select, summary') && !element.closest('label');
      if (small && (box.width < 23.5 || box.height < 23.5)) found.push(`${element.textContent.trim().slice(0, 20)} is ${box.width}×${box.height}`);
    }
    const siblings = [...document.querySelectorAll('.bar > *, .head > * > *')].filter((element) => element.getBoundingClientRect().width > 0);
    for (const [at, one] of siblings.entries()) {
      for (const two of siblings.slice(at + 1)) {
        if (one.parentElement !== two.parentElement) continue;
        const [a, b] = [one.getBoundingClientRect(), two.getBoundingClientRect()];
        if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1) {
          found.push(`${one.textContent.trim().slice(0, 20)} over ${two.textContent.trim().slice(0, 20)}`);
        }
      }
    }
    return found;
  }, PANES);
}

for (const [width, height] of [[360, 740], [768, 1024], [1024, 768], [1280, 720], [1440, 900], [1920, 1080]]) {
  pageTest(`at ${width} px nothing overlaps or sticks out`, { viewport: { width, height } }, async ({ page }) => {
    await opened(page);
    assert.deepEqual(await trouble(page), []);
    await create(page, 'str', { Value: 'a rather long text that no pane is wide enough for, '.repeat(4) }, 'a_name_that_is_long_enough_to_be_cut_somewhere');
    await page.locator('#collector').getByRole('button', { name: 'Step by step' }).click();
    await drawn(page);
    assert.deepEqual(await trouble(page), []);
    if (width < 900) {
      await page.mouse.wheel(0, 900);
      await drawn(page);
      const box = await page.locator('#sentence').boundingBox();
      assert.ok(box.y >= 0 && box.y + 20 < height, 'the sentence stays in sight');
    }
  });
}

pageTest('the table shows several objects in a low window, and more when it is enlarged', { viewport: { width: 1280, height: 720 } }, async ({ page }) => {
  await opened(page);
  const whole = () => page.evaluate(() => {
    const frame = document.getElementById('table').getBoundingClientRect();
    return [...document.querySelectorAll('#table tbody tr')].filter((line) => line.getBoundingClientRect().bottom <= Math.min(frame.bottom, innerHeight) + 1).length;
  });
  assert.ok(await whole() >= 4, `${await whole()} rows`);
  const large = page.getByRole('button', { name: 'Enlarge the table' });
  await large.click();
  assert.equal(await whole(), await page.locator('#table tbody tr').count());
  await page.getByRole('button', { name: 'Enlarge Bytes' }).evaluate((button) => button.click());
  assert.equal(await large.getAttribute('aria-pressed'), 'false', 'one part at a time');
  await large.evaluate((button) => button.click());
  await page.keyboard.press('Escape');
  assert.equal(await large.getAttribute('aria-pressed'), 'false');
});

for (const colorScheme of ['light', 'dark']) {
  pageTest(`axe-core finds nothing, ${colorScheme}`, { colorScheme }, async ({ page }) => {
    await opened(page);
    assert.deepEqual(await accessibilityViolations(page), []);
    await create(page, 'list', {}, 'x');
    await create(page, 'int', { Value: 'wrong' });
    for (const view of ['pools', 'bytes', 'generations']) await page.locator(`#${view}-pane`).getByRole('button', { name: 'Text' }).click();
    await page.locator('#collector').getByRole('button', { name: 'Step by step' }).click();
    await page.locator('#collector').getByRole('button', { name: 'Next object' }).click();
    await page.waitForTimeout(1000); // the sentence's colour fades
    assert.deepEqual(await accessibilityViolations(page), []);
    await page.locator('#collector').getByRole('button', { name: 'Finish' }).click();
    await page.locator('#help').click();
    assert.deepEqual(await accessibilityViolations(page), []);
    await page.keyboard.press('Escape');
    await page.locator('#selected').getByRole('button', { name: /^Link to/ }).click();
    assert.deepEqual(await accessibilityViolations(page), []);
  });
}

pageTest('axe-core finds nothing on a narrow screen', { viewport: { width: 360, height: 740 } }, async ({ page }) => {
  await opened(page);
  assert.deepEqual(await accessibilityViolations(page), []);
});

pageTest('forced colours: every picture is drawn, with the system’s colours', { forcedColors: 'active' }, async ({ page }) => {
  await opened(page);
  await drawn(page);
  const theme = await model(page, async () => (await import('/js/theme.js')).readTheme());
  assert.equal(theme.patterns, true);
  assert.equal(theme.number, theme.ink);
  const main = await page.locator('button.main').first().evaluate((button) => [getComputedStyle(button).color, getComputedStyle(button).backgroundColor]);
  assert.notEqual(main[0], main[1]);
  assert.deepEqual(await trouble(page), []);
});

pageTest('with reduced motion nothing moves by itself', { reducedMotion: 'reduce' }, async ({ page }) => {
  await opened(page);
  await create(page, 'list');
  assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
});

pageTest('? lists the keys; single keys rest in fields and can be switched off', async ({ page }) => {
  await opened(page);
  await page.locator('#new-bind').focus();
  await page.keyboard.type('cl?');
  assert.equal(await page.locator('#new-bind').inputValue(), 'cl?');
  assert.equal(await page.locator('dialog[open]').count(), 0);
  await page.locator('#objects-stage').focus();
  await page.keyboard.press('?');
  const sheet = page.locator('#keys-dialog');
  await sheet.waitFor();
  assert.ok(await sheet.locator('dt').count() >= 12);
  await sheet.getByLabel('single-letter keys').uncheck();
  await sheet.getByRole('button', { name: 'Close' }).click();
  await page.locator('#objects-stage').focus();
  await page.keyboard.press('?');
  assert.equal(await page.locator('dialog[open]').count(), 0);
  await page.keyboard.press('c');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'objects-stage');
});

pageTest('every control is reached by Tab and shows its focus', async ({ page }) => {
  await opened(page);
  await page.locator('#table tbody th button').first().click();
  const wanted = await page.evaluate(() => [...document.querySelectorAll('button:not(:disabled), select, input, summary, .stage')]
    .filter((element) => element.getBoundingClientRect().width > 0 && !element.closest('dialog') && !(element.type === 'radio' && !element.checked)).length);
  await page.evaluate(() => { document.activeElement.blur(); scrollTo(0, 0); });
  await page.locator('.skip').focus();
  const seen = new Set();
  for (let presses = 0; presses < 2 * wanted + 20; presses += 1) {
    await page.keyboard.press('Tab');
    const state = await page.evaluate(() => {
      const { activeElement: active } = document;
      if (active === document.body) return null;
      const shows = (element) => getComputedStyle(element).outlineStyle !== 'none' && Number.parseFloat(getComputedStyle(element).outlineWidth) >= 2;
      active.dataset.reached ??= String(Math.random());
      return {
        id: active.dataset.reached, control: active.matches('button, select, input, summary, .stage'), text: active.outerHTML.slice(0, 80),
        visible: shows(active) || (active.nextElementSibling !== null && shows(active.nextElementSibling)),
      };
    });
    if (!state) break;
    assert.ok(state.visible, `${state.text} shows no focus`);
    if (state.control) seen.add(state.id);
  }
  assert.equal(seen.size, wanted);
});

pageTest('every action by keyboard alone; the focus is never lost', async ({ page }) => {
  await opened(page);
  const press = async (...keys) => {
    for (const key of keys) {
      await page.keyboard.press(key);
      const lost = await page.evaluate(() => document.activeElement === document.body || !document.activeElement.getClientRects().length);
      assert.equal(lost, false, `${key} lost the focus`);
    }
  };
  const on = async (locator, ...keys) => {
    await locator.focus();
    await press(...keys);
  };
  const button = (where, name) => page.locator(where).getByRole('button', { name, exact: true });
  const choose = (select, value) => page.locator(select).evaluate((element, value) => { element.focus(); element.value = value; element.dispatchEvent(new Event('change')); }, value);
  const state = () => model(page, (playground) => [playground.rows({ limit: 0 }).total, playground.names().map(({ name }) => name).join(' ')].join(' '));

  await page.locator('#objects-stage').focus();
  await press('c');
  await choose('#new-type', 'list');
  await on(page.locator('#new-bind'), 'x', 'Enter');
  await choose('#new-type', 'int');
  await page.locator('#create').getByLabel('Value').fill('98765');
  await press('Enter');
  const made = await model(page, (playground) => playground.selected);
  await page.locator('#objects-stage').focus();
  await press('n', 'y', 'Enter');
  await on(button('#selected', 'Drop handle'), 'Enter');
  assert.match(await state(), / y$/);
  await press('Escape');
  await on(page.locator('#objects-stage'), 'ArrowDown', 'ArrowDown', 'ArrowDown', 'Enter', 'l'); // list #3
  assert.equal(await page.locator('#error').innerText(), '');
  await page.locator('#link-dialog').waitFor();
  await page.locator('#link-dialog').getByLabel('Refer to').selectOption(String(made));
  await on(page.locator('#link-dialog').getByRole('button', { name: 'Link', exact: true }), 'Enter');
  assert.equal(await page.locator('dialog[open]').count(), 0);
  await on(page.locator('#selected button', { hasText: 'Unlink' }).last(), 'Enter');
  for (const name of ['a', 'b', 'pair', 'x', 'y']) await on(button('#names', `Delete the name ${name}`), 'Enter');
  assert.match(await state(), /^\d+ $/);
  await choose('#collect-generation', '1');
  await on(button('#collector', 'Collect'), 'Enter');
  await choose('#collect-generation', '2');
  await on(button('#collector', 'Step by step'), 'Enter', 'Enter', '.', '.');
  await on(button('#collector', 'Next phase'), ...Array(16).fill('Enter'));
  await on(button('#collector', 'Step by step'), 'Enter');
  await on(button('#collector', 'Finish'), 'Enter', 'g');
  await on(button('#collector', 'Thresholds, disable, freeze'), 'Enter');
  for (const name of ['gc.disable()', 'gc.enable()', 'gc.freeze()', 'gc.unfreeze()', 'Set']) await on(button('#collector', name), 'Enter');
  for (const view of ['generations', 'bytes', 'pools']) {
    const pane = page.locator(`#${view}-pane`);
    await on(pane.getByRole('button', { name: 'Text' }), 'Enter', 'Enter');
    await on(pane.getByRole('button', { name: /^Show/ }), 'Enter');
    assert.equal(await pane.locator('.stage').isVisible(), false, 'folded');
    await press('Enter');
    await on(pane.getByRole('button', { name: /^Enlarge/ }), 'Enter', 'Escape');
    await on(pane.locator('.stage'), '+', '-', '0', 'ArrowDown');
  }
  await on(page.locator('#table').getByRole('button').first(), 'Enter', 't');
  const done = await state();
  await page.locator('#undo').focus();
  for (let presses = 0; await page.locator('#undo').isEnabled(); presses += 1) {
    assert.ok(presses < 80, 'undo comes to an end');
    await on(page.locator('#undo'), 'Enter');
  }
  assert.match(await state(), / a b pair$/, 'everything is undone');
  while (await page.locator('#redo').isEnabled()) await on(page.locator('#redo'), 'Enter');
  assert.equal(await state(), done);
  await press('?', 'Escape');
  await on(page.locator('#release'), 'ArrowUp');
  assert.match(await state(), / a b pair$/, 'a fresh heap of another release');
});

pageTest('a folded pane gives its room to the others, and is still folded at the next visit', async ({ page }) => {
  await opened(page);
  const height = (view) => page.locator(`#${view}-pane`).boundingBox().then((box) => box.height);
  const before = await height('bytes');
  await page.getByRole('button', { name: 'Show Pools' }).click();
  await drawn(page);
  assert.ok(await height('pools') < 50 && await height('bytes') > before + 50, `${before} → ${await height('bytes')}`);
  await page.reload();
  await opened(page);
  assert.ok(await height('pools') < 50);
  assert.equal(await page.getByRole('button', { name: 'Show Pools' }).getAttribute('aria-expanded'), 'false');
  await page.getByRole('button', { name: 'Show Pools' }).click();
  await drawn(page);
  assert.ok((await pixels(page, 'pools')).colours > 5, 'and drawn again when it is shown');
});

pageTest('at 200 % zoom nothing overlaps, and the pictures are as sharp as the screen', { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }, async ({ page }) => {
  await opened(page);
  assert.deepEqual(await trouble(page), []);
  const { canvas, css } = await page.locator('#objects-stage canvas').evaluate((canvas) => ({ canvas: canvas.width, css: canvas.getBoundingClientRect().width }));
  assert.equal(canvas, Math.round(2 * css));
  await page.locator('#objects-pane').evaluate((pane) => pane.scrollIntoView());
  const [say, stage, jump] = await Promise.all(['.say', '#objects-stage', '.jump'].map((part) => page.locator(part).boundingBox()));
  const visible = Math.min(say.y, stage.y + stage.height) - Math.max(stage.y, jump.y + jump.height);
  assert.ok(visible > 150, `the sentence leaves ${visible} px to the picture`);
});

pageTest('on a touch screen a finger that drags from object to object links them', { viewport: { width: 400, height: 800 }, hasTouch: true, isMobile: true }, async ({ page, context }) => {
  await opened(page);
  await drawn(page);
  const [from, to] = [await pointOf(page, 'objects', 4), await pointOf(page, 'objects', 3)];
  await model(page, (playground, session) => session.select(4)); // a tuple takes nothing: the model says so
  const touch = await context.newCDPSession(page);
  const drag = async (a, b) => {
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [a] });
    for (const part of [0.2, 0.5, 0.8, 1]) {
      await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [{ x: a.x + part * (b.x - a.x), y: a.y + part * (b.y - a.y) }] });
    }
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  };
  const scrolled = await page.evaluate(() => scrollY);
  await drag(from, to);
  assert.match(await page.locator('#error').innerText(), /tuple cannot be changed/);
  await drag(to, from);
  await page.locator('#link-dialog').waitFor();
  assert.equal(await page.locator('#link-dialog').getByLabel('Refer to').inputValue(), '4');
  await page.locator('#link-dialog').getByRole('button', { name: 'Link', exact: true }).tap();
  assert.match(await page.locator('#sentence').innerText(), /tuple #4 is the last item of list #3 now.*\+1 for list #3\[2\]/);
  assert.equal(await page.evaluate(() => scrollY), scrolled, 'the page stayed where it was');
});

pageTest('on a touch screen: a tap selects, two fingers zoom', { viewport: { width: 400, height: 800 }, hasTouch: true, isMobile: true }, async ({ page, context }) => {
  await opened(page);
  await drawn(page);
  const tapped = await model(page, (playground) => {
    const box = document.getElementById('objects-stage').getBoundingClientRect();
    for (let y = 2; y < box.height; y += 3) {
      for (let x = 2; x < box.width; x += 3) {
        const hit = playground.hit('objects', x, y);
        if (hit?.kind === 'object') return { x: box.left + x + 2, y: box.top + y + 2, id: hit.id };
      }
    }
    return undefined;
  });
  await page.touchscreen.tap(tapped.x, tapped.y);
  assert.equal(await model(page, (playground) => playground.selected), tapped.id);

  await drawn(page);
  const before = (await pixels(page, 'objects')).sum;
  const box = await page.locator('#objects-stage').boundingBox();
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const fingers = (apart) => [{ x: middle.x - apart, y: middle.y, id: 0 }, { x: middle.x + apart, y: middle.y, id: 1 }];
  const touch = await context.newCDPSession(page);
  await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: fingers(30) });
  for (const apart of [40, 60, 90]) await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: fingers(apart) });
  await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await drawn(page);
  assert.notEqual((await pixels(page, 'objects')).sum, before);
  assert.equal(await model(page, (playground) => playground.selected), tapped.id, 'a pinch selects nothing');
});

pageTest('each picture has one name, wherever it is named', async ({ page }) => {
  await opened(page);
  for (const [view, name] of Object.entries({ objects: 'Objects', generations: 'Generations', bytes: 'Bytes', pools: 'Pools' })) {
    const pane = page.locator(`#${view}-pane`);
    assert.equal(await pane.locator('h2').innerText(), name);
    assert.equal(await page.locator(`.jump a[href="#${view}-pane"]`).textContent(), name);
    assert.equal(await pane.getByRole('button', { name: `Enlarge ${name}` }).count(), 1);
    await page.locator(`#${view}-stage`).focus();
    assert.equal(await page.locator('#save-svg-view').innerText(), `of ${name}`);
  }
});

for (const [width, wanted] of [[360, ['id', 'type', 'value', 'count']], [1280, ['references', 'generation']], [1440, ['references', 'getsizeof', 'occupies']], [1920, ['references', 'address']]]) {
  pageTest(`at ${width} px the table shows ${wanted.join(', ')} whole without scrolling`, { viewport: { width, height: 900 } }, async ({ page }) => {
    await opened(page);
    const inside = await page.evaluate(() => {
      const frame = document.getElementById('table').getBoundingClientRect();
      return [...document.querySelectorAll('#table th[scope="col"]')].filter((head) => head.getBoundingClientRect().right <= frame.right + 1).map((head) => head.textContent);
    });
    for (const name of wanted) assert.ok(inside.includes(name), `${name} of ${inside}`);
    const cut = await page.locator('#table td.references').evaluateAll((cells) => cells.map((cell) => cell.getBoundingClientRect().width));
    assert.ok(Math.min(...cut) >= 145, 'a reference has room');
  });
}

pageTest('at 1440 px, in the middle of a collection, the table still shows sizes and says what an instance is', async ({ page }) => {
  await opened(page);
  await create(page, 'class', { Name: 'Node' }, 'Node');
  const node = await create(page, 'instance', {}, 'node');
  const table = () => page.evaluate((id) => {
    const frame = document.getElementById('table').getBoundingClientRect();
    const value = document.querySelector(`#table tr[data-id="${id}"] .value`);
    return {
      hidden: [...document.querySelectorAll('#table th[scope="col"]')].filter((head) => head.getBoundingClientRect().right > frame.right + 1).map((head) => head.textContent),
      value: value.textContent, title: value.title, whole: value.scrollWidth <= value.clientWidth,
    };
  }, node);
  await page.locator('#collector').getByRole('button', { name: 'Step by step' }).click();
  for (let phases = 0; phases < 3; phases += 1) await page.locator('#collector').getByRole('button', { name: 'Next phase' }).click();
  const shown = await table();
  assert.deepEqual(shown.hidden, ['address']);
  assert.equal(shown.value, '<Node object>');
  assert.ok(shown.whole, 'not cut');
  assert.match(shown.title, /^<__main__\.Node object at 0x[0-9a-f]+>$/, 'all of it is a pointer away');
});
