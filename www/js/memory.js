// What the pictures of pools, bytes and generations show, as text: notes in their heads and lists below them.

import { byId, counted, grouped, h, keepingFocus } from './dom.js';
import { reference } from './selected.js';
import { idText, LISTED, title } from './session.js';

/** @typedef {import('./session.js').Session} Session */
/** @typedef {import('./api.js').ArenaInfo} ArenaInfo */
/** @typedef {import('./api.js').GenerationInfo} GenerationInfo */

/** The class of a field's colour: that which the picture has for it. @type {Record<import('./api.js').FieldInfo['purpose'], string>} */
const PURPOSE_CLASSES = {
  'pre-header': 'purpose-book', 'gc-head': 'purpose-gc', count: 'purpose-count', type: 'purpose-type', bookkeeping: 'purpose-book',
  payload: 'purpose-payload', room: 'purpose-room', slack: 'purpose-slack',
};

/** @param {Session} session */
export function mountMemory(session) {
  text(session, 'pools', () => poolsText(session), () => poolsNote(session));
  text(session, 'bytes', () => bytesText(session), () => bytesNote(session));
  text(session, 'generations', () => generationsText(session), () => generationsNote(session));
}

/**
 * Fills the note now and the list only while it is open.
 * @param {Session} session
 * @param {string} view
 * @param {() => Node[]} list
 * @param {() => string} note
 */
function text(session, view, list, note) {
  const head = byId(`${view}-note`);
  const body = byId(`${view}-text`);
  const toggle = h('button', { type: 'button', class: 'icon', 'aria-expanded': 'false', 'aria-controls': body.id, 'aria-label': `Text: ${body.ariaLabel}`, title: `${body.ariaLabel}, in place of the picture` }, 'Text');
  byId(`${view}-tools`).prepend(toggle);
  const render = () => {
    head.textContent = note();
    head.title = head.textContent;
    if (body.hidden) body.replaceChildren();
    else keepingFocus(body, () => body.replaceChildren(...list()));
  };
  toggle.addEventListener('click', () => {
    body.hidden = !body.hidden;
    toggle.setAttribute('aria-expanded', String(!body.hidden));
    render();
  });
  session.on((change) => {
    if (change === 'heap' || (change === 'selection' && view === 'bytes')) render();
  });
  render();
}

/** @param {Session} session */
function poolsNote(session) {
  const figures = session.statistics();
  return figures ? `${counted(figures.arenas, 'arena')} · ${counted(figures.pools, 'pool')} · ${counted(figures.allocatedBlocks, 'block')}` : '';
}

/** @param {Session} session @returns {Node[]} */
function poolsText(session) {
  const figures = session.statistics();
  const arenas = session.cached('pools', (p) => p.pools(), /** @type {ArenaInfo[]} */ ([]));
  const summary = figures && h('p', {},
    `${counted(figures.bytesInUse, 'byte')} in use in ${counted(figures.arenas, 'arena')} of 1 MiB; `
    + `${counted(figures.poolBlocks, 'block')} in pools, ${figures.rawBlocks} above 512 bytes.`);
  return [summary, ...arenas.map((arena, at) => {
    const touched = arena.pools.filter(({ state }) => state !== 'untouched');
    const untouched = arena.pools.length - touched.length;
    return h('div', {},
      h('h3', {}, `Arena ${at} at ${arena.address}: ${arena.freePools} of ${counted(arena.totalPools, 'pool')} free`),
      h('table', { class: 'plain' },
        h('thead', {}, h('tr', {}, ...['pool', 'state', 'block', 'in use', 'next free'].map((name) => h('th', { scope: 'col' }, name)))),
        h('tbody', {}, ...touched.map((pool) => h('tr', {},
          h('th', { scope: 'row', class: 'mono' }, pool.address),
          h('td', {}, pool.state),
          h('td', { class: 'n' }, pool.blockBytes),
          h('td', { class: 'n' }, `${pool.inUse} of ${pool.total}`),
          h('td', { class: 'mono' }, pool.nextFree ?? '–'))))),
      untouched ? h('p', { class: 'hint' }, `${counted(untouched, 'pool')} never used`) : '');
  })].filter((part) => part !== null);
}

/** @param {Session} session */
function selectedDetails(session) {
  const id = session.selected;
  return id === undefined ? null : session.details(id);
}

/** @param {Session} session */
function bytesNote(session) {
  const id = session.selected;
  const row = id === undefined ? undefined : session.row(id);
  return row
    ? `${title(row)} · getsizeof ${grouped(row.getsizeof)} · occupies ${grouped(row.occupies)}`
    : 'select an object';
}

/** @param {Session} session @returns {Node[]} */
function bytesText(session) {
  const details = selectedDetails(session);
  if (!details) return [h('p', { class: 'hint' }, 'Select an object to see its bytes.')];
  return [
    h('p', {}, `sys.getsizeof says ${counted(details.getsizeof, 'byte')}; it occupies ${counted(details.occupies, 'byte')}, `
      + `of which ${counted(details.overhead, 'byte')} are not what was stored.`),
    ...details.blocks.map((block, which) => h('div', {},
      h('h3', {}, `${block.name} at ${block.address}: ${counted(block.asked, 'byte')} asked for, ${grouped(block.size)} given`),
      h('table', { class: 'plain fields' },
        h('thead', {}, h('tr', {}, ...['offset', 'size', 'field', 'bytes', 'meaning'].map((name) => h('th', { scope: 'col' }, name)))),
        h('tbody', {}, ...block.fields.map((field, at) => h('tr', {},
          h('td', { class: 'n' }, field.offset),
          h('td', { class: 'n' }, field.size),
          h('th', { scope: 'row' }, h('span', { class: `swatch ${PURPOSE_CLASSES[field.purpose]}`, 'aria-hidden': 'true' }), field.name),
          h('td', { class: 'mono hex' }, field.hex),
          h('td', {}, field.target === null ? field.meaning : reference(session, field.target, field.meaning, `field ${which} ${at}`)))))))),
  ];
}

/** @param {Session} session */
function generations(session) {
  return session.cached('generations', (p) => p.generations(), /** @type {GenerationInfo[]} */ ([]));
}

/** @param {Session} session */
function generationsNote(session) {
  const figures = session.statistics();
  return figures ? `${figures.gcEnabled ? 'counts' : 'disabled ·'} ${figures.counts.map(grouped).join(' · ')} of ${figures.thresholds.map(grouped).join(' · ')}` : '';
}

/** @param {Session} session @returns {Node[]} */
function generationsText(session) {
  return [h('ul', {}, ...generations(session).map((generation, which) => h('li', {},
    h('h3', {}, `${generation.name.length > 1 ? 'Permanent generation' : `Generation ${generation.name}`}: ${generation.threshold ? `count ${generation.count} of ${generation.threshold}, ` : ''}${counted(generation.size, 'object')}`),
    h('p', { class: 'hint' }, generation.rule),
    h('p', {}, ...generation.ids.slice(0, LISTED).map((id) => {
      const row = session.row(id);
      return reference(session, id, row ? title(row) : idText(id), `generation ${which} ${id}`);
    }), generation.ids.length > LISTED ? ` and ${grouped(generation.ids.length - LISTED)} more` : '',
      generation.size > generation.ids.length ? ` and ${grouped(generation.size - generation.ids.length)} of the interpreter` : ''))))];
}
