// What the page tests share: the model behind the page, and the reader's ways to act on it.

/** Runs `body(playground, session, argument)` in the page against the model it shows. */
export function model(page, body, argument) {
  // As text for the debugger: the page's content security policy lets nothing in the page evaluate text.
  return page.evaluate(`(async () => {
    const session = await (await import('/js/main.js')).ready;
    return (${body})(session.playground, session, ${JSON.stringify(argument)});
  })()`);
}

/** Waits until the page stands. */
export async function opened(page) {
  await page.waitForFunction(() => document.querySelector('#table tbody tr') ?? document.querySelector('#error:not(:empty)'));
  const wrong = await page.locator('#error').innerText();
  if (wrong) throw new Error(`the page says: ${wrong}`);
}

export const sentence = (page) => page.locator('#sentence').innerText();
export const rows = (page) => model(page, (playground) => playground.rows({ startup: false, limit: 100000 }).rows);
export const row = async (page, id) => (await rows(page)).find((candidate) => candidate.id === id);
export const names = (page) => model(page, (playground) => Object.fromEntries(playground.names().map(({ name, object }) => [name, object])));

/** The cells of the table's row of an object, by column. */
export function cells(page, id) {
  return page.locator(`#table tr[data-id="${id}"]`).evaluate((line) => {
    const heads = [...line.closest('table').querySelectorAll('thead th')].map((head) => head.textContent);
    return Object.fromEntries([...line.children].map((cell, at) => [heads[at], cell.textContent.trim()]));
  });
}

/** Fills the form that creates objects, by label, and sends it; the new object's id. */
export async function create(page, type, values = {}, name = '') {
  await page.locator('#new-type').selectOption(type);
  for (const [label, value] of Object.entries(values)) {
    const field = page.locator('#create').getByLabel(label, { exact: true });
    if (await field.evaluate((element) => element.tagName === 'SELECT')) await field.selectOption(value);
    else await field.fill(value);
  }
  await page.locator('#new-bind').fill(name);
  await page.locator('#create').getByRole('button', { name: 'Create', exact: true }).click();
  return model(page, (playground) => playground.selected);
}

/** A point of a picture, in the window, at which the hit test answers with this object; `undefined` if there is none. */
export async function pointOf(page, view, id) {
  const at = await model(page, (playground, _session, [view, id]) => {
    const stage = document.getElementById(`${view}-stage`);
    const box = stage.getBoundingClientRect();
    const found = [];
    for (let y = 2; y < box.height; y += 3) {
      for (let x = 2; x < box.width; x += 3) {
        const hit = playground.hit(view, x, y);
        if (hit && hit.id === id && !['name', 'handle', 'field'].includes(hit.kind) && !hit.slot) found.push({ x, y });
      }
    }
    return found[Math.floor(found.length / 2)];
  }, [view, id]);
  if (!at) return undefined;
  await page.locator(`#${view}-stage`).scrollIntoViewIfNeeded();
  const box = await page.locator(`#${view}-stage`).boundingBox();
  return { x: box.x + at.x, y: box.y + at.y };
}

/** Drags with the mouse. */
export async function drag(page, from, to) {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 4 });
  await page.mouse.move(to.x, to.y, { steps: 4 });
  await page.mouse.up();
}

/** Lets pending frames be drawn. */
export const drawn = (page) => page.evaluate(() => new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(done));
}));

/** What a canvas shows, as a number that differs where a pixel does. */
export function pixels(page, view) {
  return page.locator(`#${view}-stage canvas`).evaluate((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let sum = 0;
    const colours = new Set();
    for (let at = 0; at < data.length; at += 4) {
      const pixel = (data[at] << 16) | (data[at + 1] << 8) | data[at + 2];
      sum = (Math.imul(sum, 31) + pixel) | 0;
      colours.add(pixel);
    }
    return { sum, colours: colours.size };
  });
}
