// Choosing objects: one from a list, or several in order.

import { grouped, h, unhurried } from './dom.js';
import { optionText, title } from './session.js';

/** @typedef {import('./session.js').Session} Session */
/** @typedef {import('./api.js').Row} Row */

/** With fewer objects there is nothing to narrow. */
const FILTER_FROM = 25;

let serial = 0;

/**
 * A list of one choice, with a field to narrow it once it is long.
 * @param {Session} session
 * @param {{ label: string, key: string, type?: string, value?: number | undefined, none?: string, rows?: number }} options
 *   `type`: only objects of this type; `none` offers the choice of no object, under that text
 */
export function objectPicker(session, options) {
  const id = `pick-${(serial += 1)}`;
  const select = h('select', { id, 'data-key': options.key, size: options.rows });
  const filter = h('input', {
    type: 'search', placeholder: 'find: id, type, value', 'aria-label': `${options.label}: narrow the list`, 'data-key': `${options.key} filter`,
  });
  const note = h('span', { class: 'hint', role: 'note' });
  let wanted = options.value;

  const fill = () => {
    const { total, rows } = session.choices({ words: filter.value, type: options.type });
    filter.hidden = total < FILTER_FROM && filter.value === '';
    const shown = [...rows];
    const kept = wanted === undefined ? undefined : session.row(wanted);
    if (kept && !filter.value && (options.type === undefined || kept.type === options.type) && shown.every(({ id }) => id !== wanted)) shown.push(kept);
    select.replaceChildren(
      ...(options.none === undefined ? [] : [h('option', { value: '' }, options.none)]),
      ...shown.map((row) => h('option', { value: String(row.id), selected: row.id === wanted }, optionText(row))),
    );
    const left = total - shown.length;
    note.textContent = left > 0 ? `${grouped(left)} more: narrow the list` : shown.length === 0 ? 'nothing fitting exists yet' : '';
    note.hidden = note.textContent === '';
  };
  filter.addEventListener('input', unhurried(fill));
  select.addEventListener('change', () => { wanted = select.value === '' ? undefined : Number(select.value); });
  fill();

  return {
    id,
    select,
    element: h('div', { class: 'rows' }, filter, select, note),
    fill,
    /** @returns {number | undefined} */
    value: () => (select.value === '' ? undefined : Number(select.value)),
  };
}

/**
 * A sequence of objects, any of them as often as wanted, in the order in which they were added.
 * @param {Session} session
 * @param {{ label: string, key: string, none: string, type?: string }} options
 */
export function sequencePicker(session, options) {
  /** @type {number[]} */
  let chosen = [];
  const picker = objectPicker(session, { label: options.label, key: options.key, ...(options.type ? { type: options.type } : {}) });
  const chips = h('ul', { class: 'chips', 'aria-label': options.label });
  const add = h('button', { type: 'button', class: 'small', 'data-key': `${options.key} add` }, 'Add');
  const render = () => {
    chosen = chosen.filter((id) => session.row(id) !== undefined);
    chips.replaceChildren(...chosen.map((id, at) => {
      const row = /** @type {Row} */ (session.row(id));
      return h('li', { class: 'chip' }, h('span', {}, `${title(row)} ${row.value}`), h('button', {
        type: 'button', 'aria-label': `Leave out ${title(row)}, item ${at}`, 'data-key': `${options.key} chip ${at}`,
        onclick: () => {
          chosen.splice(at, 1);
          render();
          const next = chips.querySelectorAll('button')[Math.min(at, chosen.length - 1)] ?? add;
          next.focus();
        },
      }, '×'));
    }));
    if (chosen.length === 0) chips.replaceChildren(h('li', { class: 'hint' }, options.none));
  };
  add.addEventListener('click', () => {
    const id = picker.value();
    if (id === undefined) return;
    chosen.push(id);
    render();
  });
  render();
  return {
    id: picker.id,
    element: h('div', { class: 'rows' }, chips, h('div', { class: 'beside' }, picker.element, add)),
    /** The list may have changed. */
    fill: () => { picker.fill(); render(); },
    value: () => [...chosen],
    clear: () => { chosen = []; render(); },
  };
}
