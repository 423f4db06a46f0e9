// Keys: undo and redo everywhere, single letters outside fields (they can be switched off), the sheet that lists them.

import { byIdAs, h, recall, remember } from './dom.js';

/** @typedef {{ keys: string, text: string }} Line */

/** @type {Line[]} */
const LINES = [
  { keys: 'Ctrl+Z', text: 'undo' },
  { keys: 'Ctrl+Shift+Z, Ctrl+Y', text: 'redo' },
  { keys: 'C', text: 'create an object' },
  { keys: 'L', text: 'link from the selected object' },
  { keys: 'N', text: 'name the selected object' },
  { keys: 'G', text: 'collect generation 2' },
  { keys: '.', text: 'next object of a collection by steps' },
  { keys: 'T', text: 'to the table of objects' },
  { keys: 'O', text: 'to the picture of objects' },
  { keys: '?', text: 'this sheet' },
  { keys: 'Esc', text: 'leave a field; take back what is enlarged, else select nothing; close a dialog' },
  { keys: '→ ←', text: 'in Objects: to what it refers to, to what refers to it' },
  { keys: '↓ ↑', text: 'in Objects: next and previous object' },
  { keys: 'Enter', text: 'in Objects: select it; again: to its details' },
  { keys: 'Shift + arrows', text: 'in Objects: move the picture (elsewhere arrows alone)' },
  { keys: '+ − 0', text: 'in a picture: zoom in, out, fit (again: all of it)' },
];

/**
 * @param {{ undo: () => void, redo: () => void, leave: () => void, single: Record<string, () => void> }} actions `leave`: out of a field
 */
export function mountKeys(actions) {
  const dialog = byIdAs('keys-dialog', HTMLDialogElement);
  let singles = recall('single-keys') !== 'off';
  const toggle = h('input', { type: 'checkbox', id: 'single-keys', checked: singles });
  toggle.addEventListener('change', () => {
    singles = toggle.checked;
    remember('single-keys', singles ? 'on' : 'off');
  });
  dialog.classList.add('wide');
  dialog.append(
    h('h2', { id: 'keys-title' }, 'Keys'),
    h('dl', { class: 'keys' }, ...LINES.map(({ keys, text }) => h('div', {}, h('dt', { class: 'line' }, ...keys.split(', ').map((each) => h('kbd', {}, each))), h('dd', {}, text)))),
    h('p', { class: 'hint' }, 'With the mouse: drag from an object, or from one of its slots, to another object to link them; drag from a name to bind it elsewhere; drag empty space to move; turn the wheel to zoom, in the smaller pictures with Ctrl.'),
    h('div', { class: 'line end' },
      h('label', { class: 'field-inline' }, toggle, h('span', {}, 'single-letter keys')),
      h('button', { type: 'button', class: 'main', onclick: () => dialog.close() }, 'Close')),
  );
  const sheet = () => { if (!dialog.open) dialog.showModal(); };

  document.addEventListener('keydown', (event) => {
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && !event.altKey) {
      if (inText(event.target)) return; // a field has its own undo
      if (key === 'z' && !event.shiftKey) actions.undo();
      else if ((key === 'z' && event.shiftKey) || key === 'y') actions.redo();
      else return;
      event.preventDefault();
      return;
    }
    if (event.altKey || event.metaKey || event.defaultPrevented || document.querySelector('dialog[open]')) return;
    if (key === 'escape' && inText(event.target)) actions.leave();
    if (!singles || inField(event.target)) return;
    const action = key === '?' ? sheet : actions.single[key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  return { sheet };
}

/** @param {EventTarget | null} target */
function inField(target) {
  return target instanceof HTMLElement && target.matches('input, select, textarea, [contenteditable]');
}

/** @param {EventTarget | null} target */
function inText(target) {
  return target instanceof HTMLElement && target.matches('input:not([type="radio"]):not([type="checkbox"]), textarea');
}
