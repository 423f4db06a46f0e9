// The table of objects and the list of names: everything that the pictures show, as text.

import { byId, counted, disable, enlarger, grouped, h, keepingFocus, unhurried } from './dom.js';
import { countOf, generationText, reference } from './selected.js';
import { idText, targetText } from './session.js';

/** @typedef {import('./session.js').Session} Session */
/** @typedef {import('./api.js').Row} Row */

const PAGE = 200;
/** References written out in one row. */
const REFERENCES = 4;

/** @param {Session} session */
export function mountTable(session) {
  const root = byId('table');
  let offset = 0;
  let total = 0;
  let startup = false;
  const filter = h('input', { type: 'search', placeholder: 'find: id, type, value', 'aria-label': 'Find objects in the table' });
  const all = h('input', { type: 'checkbox', id: 'startup' });
  const first = h('button', { type: 'button', class: 'icon', 'aria-label': 'First objects' }, '«');
  const back = h('button', { type: 'button', class: 'icon', 'aria-label': 'Earlier objects' }, '‹');
  const on = h('button', { type: 'button', class: 'icon', 'aria-label': 'Later objects' }, '›');
  const end = h('button', { type: 'button', class: 'icon', 'aria-label': 'Last objects' }, '»');
  byId('table-tools').append(h('label', { class: 'field-inline' }, all, h('span', {}, 'start-up objects')), filter, first, back, on, end,
    enlarger(/** @type {HTMLElement} */ (root.closest('.lists')), 'the table'));

  /** @returns {{ total: number, rows: Row[] }} */
  const read = () => session.ask((p) => p.rows({ startup, offset, limit: PAGE, references: REFERENCES, find: filter.value }), { total: 0, rows: [] });
  /** The page with an object, as far as the table lists it: ids rise along the rows. @param {number} id */
  const pageOf = (id) => session.ask((p) => {
    const at = (/** @type {number} */ offset) => p.rows({ startup, offset, limit: 1, references: 0, find: filter.value });
    let [low, high] = [0, at(0).total];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((at(middle).rows[0]?.id ?? id) < id) low = middle + 1;
      else high = middle;
    }
    return at(low).rows[0]?.id === id ? Math.floor(low / PAGE) * PAGE : undefined;
  }, undefined);
  const render = () => keepingFocus(root, () => {
    let page = read();
    if (offset > 0 && page.rows.length === 0) {
      offset = Math.max(0, Math.floor((page.total - 1) / PAGE) * PAGE);
      page = read();
    }
    const last = offset + page.rows.length;
    byId('table-note').textContent = page.total > PAGE
      ? `${grouped(offset + 1)} to ${grouped(last)} of ${grouped(page.total)}`
      : counted(page.total, 'object');
    const [start, stop] = [offset === 0, last >= page.total];
    disable([[back, start], [on, stop], [first, start], [end, stop]], root);
    for (const button of [first, back, on, end]) button.hidden = page.total <= PAGE;
    total = page.total;
    show(page.rows);
  });
  const head = h('tr');
  const body = h('tbody');
  root.append(h('table', {}, h('caption', { class: 'hidden' }, 'Objects in the heap'), h('thead', {}, head), body));
  /** What each row says, and its element, by id: a row that says the same stays. @type {Map<number, { text: string, line: HTMLElement }>} */
  let lines = new Map();
  /** @param {Row[]} rows */
  const show = (rows) => {
    const { selected } = session;
    const collecting = session.collecting !== undefined;
    root.classList.toggle('collecting', collecting);
    const columns = COLUMNS.filter(([name]) => name !== 'gc_refs' || collecting);
    if (head.childElementCount !== columns.length) head.replaceChildren(...columns.map(([name, kind]) => h('th', { scope: 'col', class: kind || undefined }, name)));
    const before = lines;
    lines = new Map(rows.map((row) => {
      const text = `${collecting} ${JSON.stringify(row)}`;
      const known = before.get(row.id);
      return [row.id, known?.text === text ? known : { text, line: tableRow(session, row, collecting) }];
    }));
    for (const [id, { line }] of before) if (lines.get(id)?.line !== line) line.remove();
    let at = body.firstElementChild;
    for (const [id, { line }] of lines) {
      if (line === at) at = at.nextElementSibling;
      else body.insertBefore(line, at);
      if (id === selected) line.setAttribute('aria-current', 'true');
      else line.removeAttribute('aria-current');
    }
  };
  /** @param {number} to */
  const turn = (to) => { offset = Math.max(0, to); render(); root.scrollTop = 0; };
  filter.addEventListener('input', unhurried(() => turn(0)));
  all.addEventListener('change', () => { startup = all.checked; turn(0); });
  first.addEventListener('click', () => turn(0));
  end.addEventListener('click', () => turn(Math.floor((total - 1) / PAGE) * PAGE));
  back.addEventListener('click', () => turn(offset - PAGE));
  on.addEventListener('click', () => turn(offset + PAGE));
  root.addEventListener('click', (event) => {
    const target = /** @type {Element} */ (event.target);
    const row = target.closest('button') ? null : target.closest('tr[data-id]');
    if (row instanceof HTMLElement) session.select(Number(row.dataset['id']));
  });
  session.on((change) => {
    if (change === 'heap') render();
    else if (change === 'selection') {
      const { selected } = session;
      if (selected !== undefined && !root.querySelector(`tr[data-id="${selected}"]`)) {
        const page = pageOf(selected);
        if (page !== undefined && page !== offset) turn(page);
      }
      mark(session, root);
    }
  });
  render();
}

/** @param {Session} session @param {HTMLElement} root */
function mark(session, root) {
  root.querySelector('tr[aria-current]')?.removeAttribute('aria-current');
  const { selected } = session;
  const row = selected === undefined ? null : root.querySelector(`tr[data-id="${selected}"]`);
  row?.setAttribute('aria-current', 'true');
  const frame = root.getBoundingClientRect();
  const box = row?.getBoundingClientRect();
  if (box && (box.top < frame.top + 28 || box.bottom > frame.bottom)) root.scrollTop += box.top - frame.top - frame.height / 3;
}

const COLUMNS = /** @type {const} */ ([
  ['id', ''], ['type', ''], ['value', ''], ['count', 'n'], ['gc_refs', 'n'], ['references', ''], ['generation', 'n'], ['reachable', ''],
  ['getsizeof', 'n'], ['occupies', 'n'], ['address', ''],
]);

/** @param {Session} session @param {Row} row @param {boolean} collecting */
function tableRow(session, row, collecting) {
  return h('tr', { 'data-id': row.id, class: row.reachable ? undefined : 'dead' },
    h('th', { scope: 'row' }, reference(session, row.id, idText(row.id), `row ${row.id}`)),
    h('td', { class: 'type', title: row.type }, row.type),
    h('td', { class: 'value mono', title: row.value }, shortValue(row.value)),
    h('td', { class: 'n' }, countOf(row)),
    collecting && h('td', { class: 'n' }, row.gcRefs ?? '–'),
    h('td', { class: 'references' }, ...references(session, row)),
    h('td', { class: 'n' }, generationText(row)),
    h('td', {}, row.reachable ? 'yes' : 'no'),
    h('td', { class: 'n' }, grouped(row.getsizeof)),
    h('td', { class: 'n' }, grouped(row.occupies)),
    h('td', { class: 'mono address' }, row.address));
}

/** `<Node object>` for `<__main__.Node object at 0x7ffff7e24050>`: the table has a column for addresses. @param {string} value */
function shortValue(value) {
  return value.startsWith('<') ? value.replace(/__main__\.| at 0x[0-9a-f]+/g, '') : value;
}

/** `type list`, not `type type list`. @param {import('./api.js').Reference} ref */
function plainText(ref) {
  return ref.text.startsWith(`${ref.label} `) ? ref.text : `${ref.label} ${ref.text}`;
}

/** @param {Session} session @param {Row} row @returns {(Node | string)[]} */
function references(session, row) {
  const shown = row.references.slice(0, REFERENCES).map((ref, at) => (ref.id === null
    ? h('span', { class: 'quiet mono' }, `${plainText(ref)} `)
    : h('span', {}, reference(session, ref.id, `${ref.label} → ${targetText(ref)}`, `row ${row.id} ref ${at}`), ' ')));
  const left = row.hiddenReferences + row.references.length - shown.length;
  return left > 0 ? [...shown, `and ${grouped(left)} more`] : shown;
}

/** @param {Session} session */
export function mountNames(session) {
  const root = byId('names');
  const render = () => keepingFocus(root, () => {
    const names = session.names();
    root.replaceChildren(names.length === 0 ? h('p', { class: 'hint' }, 'no names') : h('ul', { class: 'chips' }, ...names.map(({ name, object, text }) => h('li', { class: 'chip', 'data-name': name },
      h('code', {}, name),
      object === null ? h('span', {}, `→ ${text}`) : reference(session, object, `→ ${targetText({ id: object, text })}`, `name ${name}`),
      h('button', {
        type: 'button', 'aria-label': `Delete the name ${name}`, title: `del ${name}`, 'data-key': `del ${name}`,
        onclick: () => session.act((p) => p.unbind(name)),
      }, '×')))));
  });
  session.on((change) => {
    if (change === 'heap') render();
  });
  render();
}
