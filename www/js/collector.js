// The collector's controls: whole collections, collections by steps, thresholds, freezing.

import { byId, counted, h, keepingFocus } from './dom.js';

/** @typedef {import('./session.js').Session} Session */
/** @typedef {0 | 1 | 2} Generation */

const GENERATIONS = /** @type {const} */ ([0, 1, 2]);

/** What each phase does, for who has not read gcmodule.c. @type {Record<import('./api.js').PhaseName, string>} */
const PHASES = {
  gc_list_merge: 'this generation and the younger ones become the one list that is examined',
  update_refs: 'each object’s count is copied to its gc_refs',
  subtract_refs: 'each object takes 1 off the gc_refs of what it refers to: what stays above 0 is held from outside',
  move_unreachable: 'what has gc_refs above 0, and all it leads to, stays; the rest is set aside as unreachable',
  untrack_tuples: 'tuples that can’t be part of a cycle leave the collector’s lists',
  'move survivors': 'what stays joins the next older generation, if there is one',
  move_legacy_finalizers: 'what has an old tp_del can’t be collected',
  handle_weakrefs: 'weak references to what was set aside are cleared',
  finalize_garbage: 'finalizers of what was set aside would run now',
  handle_resurrected_objects: 'what a finalizer brought back to life goes back',
  delete_garbage: 'each object’s tp_clear lets go of what it refers to: counts fall to 0 and the objects die',
  clear_freelists: 'a full collection empties the free lists',
  statistics: 'the counts for gc.get_stats() are added up',
};

/** @param {Session} session */
export function mountCollector(session) {
  const root = byId('collector');
  const pane = byId('generations-pane');
  /** What is collected next. @type {Generation} */
  let chosen = 2;
  let open = false;
  const render = () => keepingFocus(root, () => {
    const { collecting } = session;
    pane.classList.toggle('collecting', collecting !== undefined);
    const more = h('button', {
      type: 'button', class: 'icon', 'data-key': 'settings', 'aria-label': 'Thresholds, disable, freeze', title: 'thresholds, disable, freeze', 'aria-expanded': String(open), 'aria-controls': 'gc-settings',
      onclick: () => { open = !open; render(); },
    }, '⚙');
    root.replaceChildren(
      ...(collecting ? stepping(session, collecting) : starting(session, chosen, (generation) => { chosen = generation; }, more)),
      ...found(session),
      ...(open && !collecting ? [settings(session)] : []),
    );
  });
  session.on((change) => {
    if (change === 'heap') render();
  });
  render();
}

/** @param {Session} session @param {Generation} chosen @param {(generation: Generation) => void} choose @param {Node} more @returns {Node[]} */
function starting(session, chosen, choose, more) {
  const select = h('select', { id: 'collect-generation', 'data-key': 'generation', 'aria-label': 'Generation to collect' },
    ...GENERATIONS.map((generation) => h('option', { value: String(generation), selected: generation === chosen }, generation === 2 ? 'gen 2: all' : `gen ${generation}`)));
  const value = () => /** @type {Generation} */ (Number(select.value));
  select.addEventListener('change', () => choose(value()));
  return [h('div', { class: 'line stepper' },
    select,
    h('button', { type: 'button', class: 'main', 'data-key': 'collect', 'aria-keyshortcuts': 'G', title: 'gc.collect(generation)', onclick: () => session.collect(value()) }, 'Collect'),
    h('button', { type: 'button', 'data-key': 'step', onclick: () => session.startCollection(value()) }, 'Step by step'),
    more)];
}

/** @param {Session} session @param {import('./api.js').Collecting} collecting @returns {Node[]} */
function stepping(session, { generation, phase }) {
  return [
    h('div', { class: 'line stepper' },
      h('button', { type: 'button', class: 'main', 'data-key': 'step', 'aria-keyshortcuts': '.', onclick: () => session.stepCollection('object') }, 'Next object ', h('kbd', { 'aria-hidden': 'true' }, '.')),
      h('button', { type: 'button', 'data-key': 'phase', onclick: () => session.stepCollection('phase') }, 'Next phase'),
      h('button', { type: 'button', 'data-key': 'collect', onclick: () => session.finishCollection() }, 'Finish')),
    h('p', { class: 'hint', id: 'phase' }, 'Collecting generation ', String(generation), ', next: ', h('code', {}, phase), `: ${PHASES[phase]}.`),
  ];
}

/** @param {Session} session @returns {Node[]} */
function found(session) {
  const { collected } = session;
  if (!collected) return [];
  // Where earlier steps found or freed some of them, the rest by type would not add up.
  const all = collected.byType.reduce((sum, { count }) => sum + count, 0) === collected.collected;
  const types = all ? collected.byType.map(({ type, count }) => `${count} × ${type}`).join(', ') : '';
  return [h('p', { class: 'hint', id: 'collected' },
    `gc.collect(${collected.generation}) returned ${collected.collected + collected.uncollectable}: `
    + `${counted(collected.collected, 'object')} collected${types ? ` (${types})` : ''}`
    + `${collected.uncollectable ? `, ${collected.uncollectable} uncollectable` : ''}.`)];
}

/** @param {Session} session */
function settings(session) {
  const statistics = session.statistics();
  const thresholds = statistics?.thresholds ?? [];
  const inputs = GENERATIONS.map((generation) => h('input', {
    class: 'num', inputmode: 'numeric', value: String(thresholds[generation] ?? ''), 'aria-label': `Threshold ${generation}`, 'data-key': `threshold ${generation}`,
  }));
  const form = h('form', { class: 'line' }, h('span', { class: 'hint' }, 'thresholds'), ...inputs, h('button', { type: 'submit', 'data-key': 'threshold set' }, 'Set'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const values = inputs.map((input) => (/^\s*\d+\s*$/.test(input.value) ? Number(input.value) : NaN));
    const [t0, t1, t2] = values;
    if (t0 === undefined || t1 === undefined || t2 === undefined || values.some(Number.isNaN)) {
      session.say({ code: 'form', sentence: 'Thresholds are three whole numbers; 0 for the first one switches automatic collection off.' });
      return;
    }
    session.act((p) => p.setThreshold(t0, t1, t2));
  });
  /** @param {string} text @param {string} title @param {(p: import('./api.js').Playground) => void} command @param {string} [key] */
  const button = (text, title, command, key = text) => h('button', {
    type: 'button', class: 'small', 'data-key': key, title, onclick: () => session.act(command),
  }, text);
  return h('div', { class: 'rows', id: 'gc-settings' },
    form,
    h('div', { class: 'line mono' },
      statistics?.gcEnabled
        ? button('gc.disable()', 'no collection starts by itself', (p) => p.setGcEnabled(false), 'enable')
        : button('gc.enable()', 'collections start by themselves', (p) => p.setGcEnabled(true), 'enable'),
      button('gc.freeze()', 'move everything tracked to the permanent generation', (p) => p.freeze()),
      button('gc.unfreeze()', 'move the permanent generation to generation 2', (p) => p.unfreeze())));
}
