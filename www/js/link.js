// Links: choosing where a reference goes.

import { byIdAs, h } from './dom.js';
import { objectPicker } from './picker.js';
import { title } from './session.js';

/** @typedef {import('./session.js').Session} Session */
/** @typedef {import('./api.js').Place} Place */
/** @typedef {import('./api.js').Places} Places */
/** @typedef {{ id: string, text: string, input?: HTMLElement, place: () => Place | string }} Option */

const NOWHERE = { append: false, indices: 0, keyed: false, attribute: false, member: false, cell: false };

/**
 * What `link` accepts for an object.
 * @param {Session} session
 * @param {Places} places
 * @returns {Option[]}
 */
function optionsFor(session, places) {
  /** @type {Option[]} */
  const options = [];
  if (places.append) options.push({ id: 'append', text: 'append at the end', place: () => ({ kind: 'append' }) });
  if (places.indices > 0) {
    const input = h('input', { type: 'number', min: 0, max: places.indices - 1, step: 1, value: '0', 'aria-label': 'Index to replace' });
    options.push({
      id: 'index', text: 'in place of item', input,
      place: () => (Number.isSafeInteger(input.valueAsNumber) && input.valueAsNumber >= 0
        ? { kind: 'index', index: input.valueAsNumber }
        : 'An index is a whole number from 0.'),
    });
  }
  if (places.keyed) {
    const picker = objectPicker(session, { label: 'Key', key: 'link key' });
    picker.select.setAttribute('aria-label', 'Key');
    options.push({
      id: 'key', text: 'under the key', input: picker.element,
      place: () => {
        const key = picker.value();
        return key === undefined ? 'Create an object that can be the key first.' : { kind: 'key', key };
      },
    });
  }
  if (places.attribute) {
    const input = h('input', { value: '', placeholder: 'next', 'aria-label': 'Attribute name', autocomplete: 'off', spellcheck: 'false' });
    options.push({ id: 'attribute', text: 'as the attribute', input, place: () => ({ kind: 'attribute', name: input.value.trim() || 'next' }) });
  }
  if (places.member) options.push({ id: 'member', text: 'as a member', place: () => ({ kind: 'member' }) });
  if (places.cell) options.push({ id: 'cell', text: 'as the contents of the cell', place: () => ({ kind: 'cell' }) });
  return options;
}

/** The dialog of the page in which every link is made. */
export class LinkDialog {
  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    this.dialog = byIdAs('link-dialog', HTMLDialogElement);
    this.dialog.addEventListener('click', (event) => {
      if (event.target === this.dialog) this.dialog.close(); // the backdrop
    });
    // Back to where the reader was, also where the button that opened it was drawn anew.
    this.dialog.addEventListener('close', () => {
      const again = this.opener && document.querySelector(`[data-key="${CSS.escape(this.opener)}"]`);
      if (again instanceof HTMLElement && (document.activeElement === document.body || !document.activeElement)) again.focus();
    });
    /** @type {string | undefined} */
    this.opener = undefined;
  }

  /**
   * @param {number} from
   * @param {{ to?: number | undefined, place?: Place | null | undefined, at?: import('./pane.js').Point }} [given] `place`: where
   *   a drag began; `at`: where to stand
   */
  open(from, given = {}) {
    const { session, dialog } = this;
    const row = session.row(from);
    if (!row) return;
    const places = session.ask((p) => p.places(from), NOWHERE);
    const options = optionsFor(session, places);
    if (options.length === 0) {
      session.act((p) => p.link(from, { kind: 'append' }, given.to ?? from)); // the model says why not
      return;
    }
    const active = document.activeElement;
    this.opener = active instanceof HTMLElement ? active.dataset['key'] ?? undefined : undefined;
    const to = objectPicker(session, { label: 'Object', key: 'link to', value: given.to });
    const wrong = h('p', { class: 'wrong', id: 'link-wrong', role: 'alert' });
    const preferred = this.preferred(options, given.place);
    const choices = options.map((option) => {
      const radio = h('input', { type: 'radio', name: 'place', value: option.id, checked: option === preferred, id: `place-${option.id}` });
      option.input?.addEventListener('focusin', () => { radio.checked = true; });
      return h('div', { class: 'line' }, h('label', { for: radio.id }, radio, option.text), option.input);
    });
    const form = h('form', { method: 'dialog', novalidate: true },
      h('div', { class: 'row' }, h('label', { for: to.id }, 'Refer to'), to.element),
      h('fieldset', { class: 'options' }, h('legend', { class: 'hint' }, 'where'), ...choices),
      wrong,
      h('div', { class: 'line end' },
        h('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel'),
        h('button', { type: 'submit', class: 'main' }, 'Link')));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const checked = form.querySelector('input[name="place"]:checked');
      const option = options.find(({ id }) => checked instanceof HTMLInputElement && id === checked.value);
      const place = option?.place() ?? 'Choose where the reference goes.';
      const target = to.value();
      if (typeof place === 'string' || target === undefined) {
        wrong.textContent = typeof place === 'string' ? place : 'Choose an object.';
        return;
      }
      session.act((p) => p.link(from, place, target));
      if (session.said.error) wrong.textContent = session.said.error.sentence;
      else dialog.close();
    });
    dialog.replaceChildren(h('h2', { id: 'link-title' }, `Link from ${title(row)}`), form);
    this.place(given.at);
    dialog.showModal();
    const first = given.to === undefined ? to.select : form.querySelector('input[name="place"]:checked');
    if (first instanceof HTMLElement) first.focus();
  }

  /** @param {Option[]} options @param {Place | null | undefined} place */
  preferred(options, place) {
    const option = place && options.find(({ id }) => id === place.kind);
    if (!place || !option) return options[0];
    const input = option.input?.matches('input, select') ? option.input : option.input?.querySelector('select');
    if (input instanceof HTMLInputElement || input instanceof HTMLSelectElement) {
      if (place.kind === 'index') input.value = String(place.index);
      if (place.kind === 'key') input.value = String(place.key);
      if (place.kind === 'attribute') input.value = place.name;
    }
    return option;
  }

  /** Near the end of a drag, inside the window. @param {import('./pane.js').Point | undefined} at */
  place(at) {
    const { style, classList } = this.dialog;
    classList.toggle('placed', at !== undefined);
    if (!at) {
      style.removeProperty('left');
      style.removeProperty('top');
      return;
    }
    style.left = `${Math.max(8, Math.min(at.x + 8, innerWidth - 340))}px`;
    style.top = `${Math.max(8, Math.min(at.y + 8, innerHeight - 300))}px`;
  }
}
