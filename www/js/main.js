// The page: loads the model, makes the panes, and lets every part know what changed.

import { mountCollector } from './collector.js';
import { mountCreate } from './create.js';
import { byId, byIdAs, disable, h, keepingFocus } from './dom.js';
import { Engine } from './engine.js';
import { mountKeys } from './keys.js';
import { LinkDialog } from './link.js';
import { mountMemory } from './memory.js';
import { idOf, Pane } from './pane.js';
import { mountSelected } from './selected.js';
import { Session } from './session.js';
import { mountNames, mountTable } from './table.js';
import { themeSwitch } from './theme.js';

/** @typedef {import('./api.js').ReleaseName} ReleaseName */
/** @typedef {import('./api.js').View} View */

/** @type {ReleaseName} */
const DEFAULT = '3.14';

/** @type {[View, string][]} */
const VIEWS = [['objects', 'Objects'], ['generations', 'Generations'], ['bytes', 'Bytes'], ['pools', 'Pools']];

/** The session of the page, once it stands. @type {Promise<Session>} */
export const ready = open();

async function open() {
  const engine = await Engine.load();
  const session = new Session(engine, DEFAULT);
  session.start();
  mount(session);
  engine.prepare();
  return session;
}

ready.catch((error) => {
  byId('sentence').textContent = '';
  byId('error').textContent = `The model could not be loaded: ${error instanceof Error ? error.message : String(error)}`;
});

/** @param {Session} session */
function mount(session) {
  const panes = new Map(VIEWS.map(([view, name]) => [view, new Pane(session, view, name, {
    stage: byId(`${view}-stage`), hover: byId(`${view}-hover`), tools: byId(`${view}-tools`),
  })]));
  const objects = /** @type {Pane} */ (panes.get('objects'));
  const link = new LinkDialog(session);
  mountSentence(session);
  mountReleases(session);
  const create = mountCreate(session);
  const selected = mountSelected(session, { link: (from) => link.open(from) });
  mountCollector(session);
  mountMemory(session);
  mountTable(session);
  mountNames(session);
  mountPanic(session);
  mountObjects(session, objects, link, selected);
  mountTry(session);
  mountSave(session, panes);
  for (const [view, pane] of panes) if (view !== 'objects') mountPicture(session, pane);
  themeSwitch(() => session.emit('theme'));

  /** @param {(id: number) => void} action */
  const withSelected = (action) => () => {
    const id = session.selected;
    if (id === undefined) session.say({ code: 'page', sentence: 'Select an object first: click one, or choose one in the table.' });
    else action(id);
  };
  const { sheet } = mountKeys({
    undo: () => session.undo(),
    redo: () => session.redo(),
    leave: () => objects.stage.focus(),
    single: {
      c: create.focus,
      l: withSelected((id) => link.open(id)),
      n: withSelected(() => selected.focusName()),
      g: () => session.collect(2),
      '.': () => { if (session.collecting) session.stepCollection('object'); },
      t: () => byId('table').focus(),
      o: () => objects.stage.focus(),
      escape: () => {
        const big = document.querySelector('.big [data-enlarge]');
        if (big instanceof HTMLElement) big.click();
        else session.select(undefined);
      },
    },
  });
  byId('help').addEventListener('click', sheet);
  byId('undo').addEventListener('click', () => session.undo());
  byId('redo').addEventListener('click', () => session.redo());
  session.emit('heap');
}

/** @param {Session} session */
function mountSentence(session) {
  const sentence = byId('sentence');
  const error = byId('error');
  const undo = byIdAs('undo', HTMLButtonElement);
  const redo = byIdAs('redo', HTMLButtonElement);
  sentence.addEventListener('animationend', () => sentence.classList.remove('fresh'));
  session.on((change) => {
    if (change !== 'heap' && change !== 'selection') return;
    const { said } = session;
    if (sentence.textContent !== said.sentence) {
      sentence.textContent = said.sentence;
      sentence.classList.add('fresh');
    }
    if (error.textContent !== (said.error?.sentence ?? '')) error.textContent = said.error?.sentence ?? '';
    if (said.error) error.dataset['code'] = said.error.code;
    else delete error.dataset['code'];
    const [back, on] = [session.undoLabel(), session.redoLabel()];
    button(undo, 'Undo', back);
    button(redo, 'Redo', on);
    disable([[undo, back === undefined], [redo, on === undefined]], byId('objects-stage'));
  });
  /** @param {HTMLButtonElement} element @param {string} verb @param {string | undefined} label */
  function button(element, verb, label) {
    element.title = label === undefined ? '' : `${verb}: ${label}`;
    element.setAttribute('aria-label', label === undefined ? verb : `${verb}: ${label}`);
  }
}

/** @param {Session} session */
function mountReleases(session) {
  const select = byIdAs('release', HTMLSelectElement);
  const releases = session.engine.package.Playground.releases();
  select.replaceChildren(...releases.map(({ name }) => h('option', { value: name, selected: name === session.release }, name)));
  const note = () => { byId('release-note').textContent = `compared with CPython ${session.playground.version}, 64-bit Linux`; };
  select.addEventListener('change', () => {
    const found = releases.find(({ name }) => name === select.value);
    if (!found) return;
    try {
      session.open(found.name, `A fresh heap as CPython ${found.version} lays it out; the earlier heap is gone, and so are its undo steps.`);
    } catch (error) {
      session.fail(error);
    }
    select.value = session.release;
    note();
  });
  note();
}

/**
 * @param {Session} session
 * @param {Pane} pane
 * @param {LinkDialog} link
 * @param {ReturnType<typeof mountSelected>} selected
 */
function mountObjects(session, pane, link, selected) {
  pane.stage.setAttribute('aria-label', 'Objects, picture. Arrow keys follow references, Enter selects.');
  pane.dropped = (from, to, at) => {
    const target = idOf(to);
    if (target === undefined) return;
    if (from.kind === 'name') session.act((p) => p.bind(from.name, target));
    else if (from.kind === 'object') link.open(from.id, { to: target, place: from.slot?.place, at });
  };
  /** @type {Record<string, 'referent' | 'referrer' | 'next' | 'previous'>} */
  const ways = { ArrowRight: 'referent', ArrowLeft: 'referrer', ArrowDown: 'next', ArrowUp: 'previous' };
  pane.stage.addEventListener('keydown', (event) => {
    const way = ways[event.key];
    if (way && !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey) {
      walk(session, pane, way);
    } else if (event.key === 'Enter' && session.hovered !== undefined) {
      if (session.hovered === session.selected) selected.focus();
      else session.select(session.hovered);
    } else if (!pane.key(event)) {
      return;
    }
    event.preventDefault();
  });
  const note = byId('objects-note');
  session.on((change) => {
    if (change !== 'heap' && change !== 'selection') return;
    const text = session.cached(`describe objects ${session.selected}`, (p) => p.describe('objects'), '').split('.', 1)[0] ?? '';
    note.title = text;
    note.textContent = text.replace(/^(\d+) \w+ /, '$1 ').replace(' inside classes and the interpreter', '').replace('made at start-up', 'of start-up');
  });
}

/** What a newcomer may do first, as buttons that do it. @param {Session} session */
function mountTry(session) {
  const root = byId('try');
  const render = () => keepingFocus(root, () => {
    const name = session.names()[0]?.name;
    const lost = session.statistics()?.unreachable ?? 0;
    /** @param {string} key @param {string} text @param {() => void} onclick */
    const button = (key, text, onclick) => h('button', { type: 'button', class: 'small', 'data-key': key, onclick }, text);
    root.replaceChildren(
      h('span', {}, 'Try:'),
      session.collecting
        ? button('try step', 'next object', () => session.stepCollection('object'))
        : button('try step', lost ? `watch the collector find ${lost === 2 ? 'the lost pair' : 'lost objects'}` : 'watch a collection step by step', () => session.startCollection(2)),
      name === undefined || session.collecting ? '' : button('try del', `del ${name.length > 14 ? `${name.slice(0, 13)}…` : name}`, () => session.act((p) => p.unbind(name))),
      h('span', {}, session.collecting ? 'and watch gc_refs: what stays above 0 is held from outside.' : 'or drag a box onto another.'));
  });
  session.on((change) => { if (change === 'heap') render(); });
  render();
}

/** One step of the keyboard's cursor. @param {Session} session @param {Pane} pane @param {'referent' | 'referrer' | 'next' | 'previous'} way */
function walk(session, pane, way) {
  const from = session.hovered ?? session.selected;
  const to = from === undefined
    ? session.ask((p) => p.rows({ limit: 1 }).rows[0]?.id, undefined)
    : session.ask((p) => p.neighbour(from, way), undefined);
  const text = to === undefined ? `nothing ${way === 'referent' ? 'it refers to' : way === 'referrer' ? 'refers to it' : 'further'}` : pane.objectText(to);
  if (to !== undefined) session.hover(to);
  pane.line.textContent = text;
  byId('announcer').textContent = text;
}

/** @param {Session} session @param {Pane} pane */
function mountPicture(session, pane) {
  pane.stage.addEventListener('keydown', (event) => {
    if (pane.key(event)) event.preventDefault();
  });
  if (pane.view === 'bytes') session.on((change) => { if (change === 'selection') pane.fit(); });
}

/** @param {Session} session @param {Map<View, Pane>} panes */
function mountSave(session, panes) {
  let current = /** @type {Pane} */ (panes.get('objects'));
  for (const pane of panes.values()) {
    const choose = () => {
      current = pane;
      byId('save-svg-view').textContent = `of ${pane.name}`;
    };
    pane.stage.addEventListener('pointerdown', choose);
    pane.stage.addEventListener('focus', choose);
  }
  byId('save-svg').addEventListener('click', () => {
    const text = current.svg();
    if (!text) return;
    const address = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }));
    h('a', { href: address, download: `terrarium-${session.release}-${current.view}.svg` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  });
}

/** @param {Session} session */
function mountPanic(session) {
  const dialog = byIdAs('panic-dialog', HTMLDialogElement);
  let renewing = false;
  session.panicked = (message) => {
    if (renewing) return;
    renewing = true;
    // The hook's message says more than the trap's.
    queueMicrotask(() => recover(session.engine.message ?? message));
  };
  /** @param {string} message */
  async function recover(message) {
    const fate = h('p', { id: 'panic-fate', role: 'status' }, 'What you did is being done again…');
    dialog.replaceChildren(
      h('h2', { id: 'panic-title' }, 'The model stopped'),
      h('p', {}, 'Something happened that the model did not expect. That is a defect in Terrarium, not in what you did.'),
      fate,
      h('pre', { class: 'mono', tabindex: '0' }, message),
      h('div', { class: 'line end' }, h('button', { type: 'button', class: 'main', onclick: () => dialog.close() }, 'Go on')));
    if (!dialog.open) dialog.showModal();
    try {
      await session.engine.renew();
      fate.textContent = session.revive();
    } catch (error) {
      fate.textContent = `The model could not be started again (${error instanceof Error ? error.message : error}). Reload the page.`;
      session.say({ code: 'panic', sentence: fate.textContent });
    } finally {
      renewing = false;
    }
  }
}
