// The collector's panel: whole collections, collections by steps, thresholds, freezing.

import { byId, counted, h, keepingFocus } from './dom.js';
import { reference } from './selected.js';
import { title } from './session.js';

/** @typedef {import('./session.js').Session} Session */
/** @typedef {0 | 1 | 2} Generation */

const GENERATIONS = /** @type {const} */ ([0, 1, 2]);

/** @param {Session} session */
export function mountCollector(session) {
  const root = byId('collector');
  /** The generation that a stepped collection starts with. @type {Generation} */
  let chosen = 2;
  const render = () => keepingFocus(root, () => {
    root.replaceChildren(
      h('div', { class: 'line' },
        h('span', { class: 'hint' }, 'Collect'),
        ...GENERATIONS.map((generation) => h('button', {
          type: 'button', 'data-key': `collect ${generation}`, disabled: session.collecting,
          'aria-label': `Collect gen ${generation}`, title: `gc.collect(${generation})`, onclick: () => session.collect(generation),
        }, `gen ${generation}`))),
      ...stepping(session, chosen, (generation) => { chosen = generation; }),
      ...found(session),
      settings(session),
    );
  });
  session.on((change) => {
    if (change === 'heap') render();
  });
  render();
}

/** @param {Session} session @param {Generation} chosen @param {(generation: Generation) => void} choose @returns {Node[]} */
function stepping(session, chosen, choose) {
  if (!session.collecting) {
    const select = h('select', { id: 'step-generation', 'data-key': 'step generation', 'aria-label': 'Generation to collect step by step' },
      ...GENERATIONS.map((generation) => h('option', { value: String(generation), selected: generation === chosen }, `generation ${generation}`)));
    select.addEventListener('change', () => choose(/** @type {Generation} */ (Number(select.value))));
    return [h('div', { class: 'line stepper' },
      select,
      h('button', {
        type: 'button', 'data-key': 'step start', onclick: () => session.startCollection(/** @type {Generation} */ (Number(select.value))),
      }, 'Step by step'))];
  }
  return [
    h('div', { class: 'line stepper' },
      h('button', { type: 'button', class: 'main', 'data-key': 'step object', 'aria-keyshortcuts': '.', onclick: () => session.stepCollection('object') }, 'Next object'),
      h('button', { type: 'button', 'data-key': 'step phase', onclick: () => session.stepCollection('phase') }, 'Next phase'),
      h('button', { type: 'button', 'data-key': 'step start', onclick: () => session.finishCollection() }, 'Finish')),
    refsTable(session),
  ];
}

/** What the collector has worked out so far. @param {Session} session */
function refsTable(session) {
  const rows = session.objects().filter((row) => row.gcRefs !== null || row.unreachable);
  if (rows.length === 0) return h('p', { class: 'hint' }, 'No object has gc_refs at this point.');
  return h('table', { class: 'plain', id: 'gc-refs' },
    h('caption', { class: 'hint' }, 'gc_refs: the references that the collector can’t explain by containers of the same generation'),
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'object'), h('th', { scope: 'col', class: 'n' }, 'count'),
      h('th', { scope: 'col', class: 'n' }, 'gc_refs'), h('th', { scope: 'col' }, 'list'))),
    h('tbody', {}, ...rows.slice(0, 200).map((row) => h('tr', { 'data-object': row.id },
      h('th', { scope: 'row' }, reference(session, row.id, title(row), `gc ${row.id}`)),
      h('td', { class: 'n' }, row.refcount ?? '∞'),
      h('td', { class: 'n' }, row.gcRefs ?? '–'),
      h('td', {}, row.unreachable ? 'unreachable' : 'young')))));
}

/** @param {Session} session @returns {Node[]} */
function found(session) {
  const { collected } = session;
  if (!collected) return [];
  const types = collected.byType.map(({ type, count }) => `${count} ${type}`).join(', ');
  return [h('p', { class: 'hint', id: 'collected' },
    `gc.collect(${collected.generation}) returned ${collected.collected + collected.uncollectable}: `
    + `${counted(collected.collected, 'object')} collected${types ? ` (${types})` : ''}`
    + `${collected.uncollectable ? `, ${collected.uncollectable} uncollectable` : ''}.`)];
}

/** @param {Session} session */
function settings(session) {
  const statistics = session.cached('statistics', (p) => p.statistics(), /** @type {import('./api.js').Statistics | null} */ (null));
  const thresholds = statistics?.thresholds ?? [];
  const inputs = GENERATIONS.map((generation) => h('input', {
    class: 'num', inputmode: 'numeric', value: String(thresholds[generation] ?? ''), 'aria-label': `Threshold ${generation}`, 'data-key': `threshold ${generation}`,
  }));
  const form = h('form', { class: 'line' }, h('span', { class: 'hint' }, 'Thresholds'), ...inputs, h('button', { type: 'submit', 'data-key': 'threshold set' }, 'Set'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const values = inputs.map((input) => (/^\s*\d+\s*$/.test(input.value) ? Number(input.value) : NaN));
    const [t0, t1, t2] = values;
    if (t0 === undefined || t1 === undefined || t2 === undefined || values.some(Number.isNaN)) {
      session.say({ code: 'form', sentence: 'Thresholds are three whole numbers; 0 for the first one switches automatic collection off.' });
      return;
    }
    session.act([(p) => p.setThreshold(t0, t1, t2)]);
  });
  /** @param {string} text @param {string} title @param {(p: import('./api.js').Playground) => void} command */
  const button = (text, title, command) => h('button', {
    type: 'button', class: 'small', 'data-key': text, title, onclick: () => session.act([command]),
  }, text);
  return h('div', { class: 'rows' },
    form,
    h('div', { class: 'line' },
      button('Enable', 'gc.enable(): collect by itself', (p) => p.setGcEnabled(true)),
      button('Disable', 'gc.disable()', (p) => p.setGcEnabled(false)),
      button('Freeze', 'gc.freeze(): move everything tracked to the permanent generation', (p) => p.freeze()),
      button('Unfreeze', 'gc.unfreeze()', (p) => p.unfreeze())));
}
