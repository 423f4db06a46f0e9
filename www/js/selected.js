// The selected object: what it is, who holds it, what it holds, and everything that can be done with it.

import { byId, byIdAs, counted, grouped, h, keepingFocus } from './dom.js';
import { LISTED, targetText, title } from './session.js';

/** @typedef {import('./session.js').Session} Session */
/** @typedef {import('./api.js').Row} Row */
/** @typedef {import('./api.js').Details} Details */

/**
 * A button that selects an object.
 * @param {Session} session
 * @param {number} id
 * @param {string} text
 * @param {string} key
 */
export function reference(session, id, text, key) {
  return h('button', { type: 'button', class: 'ref', 'data-key': key, 'data-object': id, onclick: () => session.select(id) }, text);
}

/** `3`, or `2 → 3` after a change. @param {Row} row @returns {Node} */
export function countOf(row) {
  if (row.refcount === null) return h('span', {}, '∞');
  if (row.refcountBefore === null || row.refcountBefore === row.refcount) return h('span', {}, grouped(row.refcount));
  return h('span', { class: 'changed' }, `${grouped(row.refcountBefore)} → ${grouped(row.refcount)}`);
}

/** @param {Row} row */
export function generationText(row) {
  if (row.unreachable) return 'set aside'; // in no generation's list for now
  return row.generation === 3 ? 'permanent' : String(row.generation ?? 'untracked');
}

/**
 * @param {Session} session
 * @param {{ link: (from: number) => void }} actions
 */
export function mountSelected(session, actions) {
  const root = byId('selected');
  const render = () => keepingFocus(root, () => {
    const id = session.selected;
    const row = id === undefined ? undefined : session.row(id);
    root.replaceChildren(...(row ? card(session, row, actions) : nothing()));
  });
  session.on((change) => {
    if (change === 'heap' || change === 'selection') render();
  });
  render();
  return {
    focus: () => {
      const first = root.querySelector('h2');
      if (first instanceof HTMLElement) first.focus();
      root.scrollIntoView({ block: 'nearest' });
    },
    focusName: () => byId('selected').querySelector('input')?.focus(),
  };
}

function nothing() {
  return [
    h('div', { class: 'title' }, h('h2', { id: 'selected-title', tabindex: '-1' }, 'No object selected')),
    h('p', { class: 'hint' }, 'Click an object in any picture, or choose one in the table.'),
  ];
}

/**
 * @param {Session} session
 * @param {Row} row
 * @param {{ link: (from: number) => void }} actions
 */
function card(session, row, actions) {
  const details = session.details(row.id);
  return [
    h('div', { class: 'title' },
      h('h2', { id: 'selected-title', tabindex: '-1' }, `Selected: ${title(row)}`),
      h('span', { class: 'quiet mono' }, row.address)),
    h('p', { class: 'value' }, row.value),
    row.reachable ? null : h('p', { class: 'dead-note' }, 'No name and no handle leads here: unreachable, but not yet collected.'),
    facts(row, details),
    buttons(session, row, details, actions),
    naming(session, row),
    holders(session, row, details),
    held(session, row),
  ].filter((part) => part !== null);
}

/** @param {Row} row @param {Details | null} details */
function facts(row, details) {
  /** @param {string} label @param {string} title @param {Node | string} value */
  const fact = (label, title, value) => h('span', { title }, `${label} `, h('b', {}, value));
  return h('p', { class: 'facts' },
    fact('count', 'how many references lead to it; at 0 it dies', countOf(row)),
    fact('generation', 'the collector’s list that it is in; untracked: in none', generationText(row)),
    row.gcRefs === null ? null : fact('gc_refs', 'the collector’s copy of the count', String(row.gcRefs)),
    fact('getsizeof', 'what sys.getsizeof() says', counted(row.getsizeof, 'byte')),
    fact('occupies', 'all its blocks, with the GC head and what rounding adds', counted(row.occupies, 'byte')),
    details && fact('overhead', 'what it occupies beside what was stored', counted(details.overhead, 'byte')));
}

/** @param {Session} session @param {Row} row @param {Details | null} details @param {{ link: (from: number) => void }} actions */
function buttons(session, row, details, actions) {
  const hasHandle = details?.holders.some(({ kind }) => kind === 'handle') ?? false;
  return h('div', { class: 'line' },
    h('button', { type: 'button', 'data-key': 'do link', 'aria-keyshortcuts': 'L', onclick: () => actions.link(row.id) }, 'Link to… ', h('kbd', { 'aria-hidden': 'true' }, 'L')),
    h('button', {
      type: 'button', 'data-key': 'do drop', disabled: !hasHandle,
      title: 'The page holds what it created until its handle is dropped', onclick: () => session.act((p) => p.drop(row.id)),
    }, 'Drop handle'));
}

/** @param {Session} session @param {Row} row */
function naming(session, row) {
  const names = namesOf(session, row);
  const input = h('input', { id: 'bind-name', 'data-key': 'bind name', placeholder: 'name', autocomplete: 'off', spellcheck: 'false', 'aria-label': `Name for ${title(row)}` });
  const form = h('form', { class: 'line' }, input, h('button', { type: 'submit', 'data-key': 'bind submit' }, 'Bind name'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const name = input.value.trim();
    session.act((p) => p.bind(name, row.id));
    if (!session.said.error) return;
    const again = byIdAs('bind-name', HTMLInputElement); // the card was made anew
    again.value = name;
    again.setAttribute('aria-invalid', 'true');
    again.setAttribute('aria-describedby', 'error');
  });
  return h('div', { class: 'rows' }, form, names.length === 0 ? null : h('ul', { class: 'chips', 'aria-label': `Names of ${title(row)}` },
    ...names.map(({ name }) => h('li', { class: 'chip' }, h('span', { class: 'mono' }, name), h('button', {
      type: 'button', 'aria-label': `Delete the name ${name}`, title: `del ${name}`, 'data-key': `unbind ${name}`,
      onclick: () => session.act((p) => p.unbind(name)),
    }, '×')))));
}

/** @param {Session} session @param {Row} row @param {Details | null} details */
function holders(session, row, details) {
  const list = details?.holders ?? [];
  const named = namesOf(session, row)[0];
  const sum = row.refcount === null
    ? 'Immortal: its references are not counted'
    : `Held by ${list.length} of ${row.refcount}`;
  return h('div', {},
    h('h3', { id: 'holders-title' }, row.refcount !== null && list.length === row.refcount ? `Held by ${counted(list.length, 'reference')}: its count` : sum),
    h('ul', { class: 'refs', 'aria-labelledby': 'holders-title' }, ...list.map((holder, at) => h('li', {},
      holder.id === null
        ? h('span', { class: 'label fill' }, holder.text)
        : h('span', { class: 'fill' }, reference(session, holder.id, holder.text, `holder ${at}`))))),
    // True of names of a module in all five releases.
    row.refcount === null || !named ? null : h('p', { class: 'hint', id: 'getrefcount' },
      h('code', {}, `sys.getrefcount(${named.name})`), ` says ${grouped(row.refcount + 1)}: +1 for the call.`));
}

/** @param {Session} session @param {Row} row */
function namesOf(session, row) {
  return session.names().filter(({ object }) => object === row.id);
}

/** @param {Session} session @param {Row} row */
function held(session, row) {
  const left = row.hiddenReferences + Math.max(0, row.references.length - LISTED);
  return h('div', {},
    h('h3', { id: 'held-title' }, `Holds ${counted(row.references.length + row.hiddenReferences, 'reference')}`),
    h('ul', { class: 'refs', 'aria-labelledby': 'held-title' }, ...row.references.slice(0, LISTED).map((ref, at) => {
      const { place } = ref;
      return h('li', {},
        h('span', { class: 'label' }, ref.label),
        h('span', { class: 'fill' }, ref.id === null ? h('span', { class: 'label' }, ref.text || 'empty') : reference(session, ref.id, targetText(ref), `ref ${at}`)),
        place && h('button', {
          type: 'button', class: 'small', 'data-key': `unlink ${at}`, 'aria-label': `Unlink ${ref.label}`,
          onclick: () => session.act((p) => p.unlink(row.id, place)),
        }, 'Unlink'));
    })),
    left > 0 ? h('p', { class: 'hint' }, `and ${grouped(left)} more`) : null);
}
