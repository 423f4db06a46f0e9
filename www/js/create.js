// The form that creates objects: one small form per type.

import { byId, byIdAs, h, keepingFocus } from './dom.js';
import { objectPicker, sequencePicker } from './picker.js';
import { idText } from './session.js';

/** @typedef {import('./session.js').Session} Session */
/** @typedef {import('./api.js').Spec} Spec */
/** @typedef {import('./api.js').Row} Row */
/** A field of a form. `fill` renews what it offers to choose from.
 *  @template T
 *  @typedef {{ label: string, id: string, element: Node, value: () => T, fill?: () => void }} Part */
/** @typedef {Record<string, Part<unknown>>} Parts */
/** What the fields say. @template {Parts} P @typedef {{ [name in keyof P]: ReturnType<P[name]['value']> }} Values */
/** A form on the page: its fields, and what they ask for or what is wrong with them.
 *  @typedef {{ parts: Part<unknown>[], spec: () => Spec | string }} OpenForm */
/** @typedef {(session: Session) => OpenForm} Form */

/**
 * @template {Parts} P
 * @param {(session: Session) => P} make
 * @param {(values: Values<P>) => Spec | string} spec what to create, or what is wrong with the values
 * @returns {Form}
 */
function form(make, spec) {
  return (session) => {
    const parts = make(session);
    const values = () => /** @type {Values<P>} */ (Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.value()])));
    return { parts: Object.values(parts), spec: () => spec(values()) };
  };
}

/** @param {string} label @param {string} value @param {Record<string, unknown>} [more] @returns {Part<string>} */
function textPart(label, value, more = {}) {
  const id = `new-${label.replace(/\W+/g, '-').toLowerCase()}`;
  const input = h('input', { id, value, 'data-key': id, autocomplete: 'off', spellcheck: 'false', ...more });
  return { label, id, element: input, value: () => input.value };
}

/** @param {string} label @param {string[]} choices @returns {Part<string>} */
function choicePart(label, choices) {
  const id = `new-${label.toLowerCase()}`;
  const select = h('select', { id, 'data-key': id }, ...choices.map((choice) => h('option', { value: choice }, choice)));
  return { label, id, element: select, value: () => select.value };
}

/** @param {Session} session @param {string} label @param {string} [type] @param {string} [none] @returns {Part<number | undefined>} */
function objectPart(session, label, type, none) {
  const picker = objectPicker(session, {
    label, key: `new ${label}`, ...(type ? { type } : {}), ...(none === undefined ? {} : { none }),
  });
  return { label, id: picker.id, element: picker.element, value: picker.value, fill: picker.fill };
}

/** @param {Session} session @param {string} label @param {string} none @param {string} [type] @returns {Part<number[]>} */
function objectsPart(session, label, none, type) {
  const picker = sequencePicker(session, { label, key: `new ${label}`, none, ...(type ? { type } : {}) });
  return { label, id: picker.id, element: picker.element, value: picker.value, fill: picker.fill };
}

/** @param {Session} session @returns {Part<[number, number][]>} */
function entriesPart(session) {
  const key = objectPicker(session, { label: 'Key', key: 'new key' });
  const value = objectPicker(session, { label: 'Value', key: 'new value' });
  /** @type {[number, number][]} */
  let entries = [];
  const chips = h('ul', { class: 'chips', 'aria-label': 'Entries' });
  const add = h('button', { type: 'button', class: 'small', 'data-key': 'new entry add' }, 'Add entry');
  const render = () => {
    entries = entries.filter((entry) => entry.every((id) => session.row(id) !== undefined));
    chips.replaceChildren(...entries.map(([from, to], at) => h('li', { class: 'chip' }, h('span', {}, `${idText(from)}: ${idText(to)}`), h('button', {
      type: 'button', 'aria-label': `Leave out entry ${at}`, onclick: () => { entries.splice(at, 1); render(); add.focus(); },
    }, '×'))));
    if (entries.length === 0) chips.replaceChildren(h('li', { class: 'hint' }, 'no entries: {}'));
  };
  add.addEventListener('click', () => {
    const pair = [key.value(), value.value()];
    if (pair[0] !== undefined && pair[1] !== undefined) entries.push([pair[0], pair[1]]);
    render();
  });
  render();
  return {
    label: 'Entries',
    id: '',
    element: h('div', { class: 'rows' }, chips,
      h('div', { class: 'pair' }, h('label', { for: key.id }, 'Key'), key.element, h('label', { for: value.id }, 'Value'), value.element),
      h('div', {}, add)),
    value: () => entries,
    fill: () => { key.fill(); value.fill(); render(); },
  };
}

/** The bytes that `0x68 65 6c` or text stands for, or what is wrong with it. @param {string} text @returns {number[] | string} */
function parseBytes(text) {
  const hex = text.match(/^\s*0x([0-9a-f\s]*)$/i);
  if (!hex) return [...new TextEncoder().encode(text)];
  const digits = (hex[1] ?? '').replace(/\s+/g, '');
  if (digits.length % 2) return 'Two hexadecimal digits make a byte; one is left over.';
  return (digits.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
}

/** The number as `float()` reads it, or what is wrong with it. @param {string} text @param {string} what @returns {number | string} */
function parseFloatText(text, what) {
  const bare = text.trim().toLowerCase();
  const special = bare.match(/^([+-]?)(inf|infinity|nan)$/);
  if (special) return special[2] === 'nan' ? NaN : special[1] === '-' ? -Infinity : Infinity;
  if (!/^[+-]?(\d+(_\d+)*\.?(\d+(_\d+)*)?|\.\d+(_\d+)*)(e[+-]?\d+(_\d+)*)?$/.test(bare)) return `${what} is not a number: write 1.5, 1e-9, inf or nan.`;
  return Number(bare.replaceAll('_', ''));
}

/** @param {'bytes' | 'bytearray'} type @returns {Form} */
function bytesForm(type) {
  return form(
    () => ({ value: textPart('Value', 'spam', { 'aria-describedby': 'new-hint' }), hint: hintPart('text, or 0x and hexadecimal digits') }),
    ({ value }) => {
      const bytes = parseBytes(value);
      return typeof bytes === 'string' ? bytes : { type, value: bytes };
    },
  );
}

/** @param {string} text @returns {Part<undefined>} */
function hintPart(text) {
  return { label: '', id: 'new-hint', element: h('span', { class: 'hint', id: 'new-hint' }, text), value: () => undefined };
}

/** @param {'list' | 'tuple' | 'set' | 'frozenset'} type @param {string} empty @returns {Form} */
function itemsForm(type, empty) {
  return form((session) => ({ items: objectsPart(session, 'Items', `no items: ${empty}`) }), ({ items }) => ({ type, items }));
}

/** @param {'None' | 'Ellipsis' | 'NotImplemented' | 'object'} type @param {string} hint @returns {Form} */
function plainForm(type, hint) {
  return form(() => ({ hint: hintPart(hint) }), () => ({ type }));
}

/** By group and type. @type {Record<string, Record<string, Form>>} */
const FORMS = {
  Containers: {
    list: itemsForm('list', '[]'),
    tuple: itemsForm('tuple', '()'),
    dict: form((session) => ({ entries: entriesPart(session) }), ({ entries }) => ({ type: 'dict', entries })),
    set: itemsForm('set', 'set()'),
    frozenset: itemsForm('frozenset', 'frozenset()'),
  },
  'Numbers and text': {
    int: form(
      () => ({ value: textPart('Value', '1000', { inputmode: 'numeric' }) }),
      ({ value }) => (/^\s*[+-]?\d+(_\d+)*\s*$/.test(value)
        ? { type: 'int', value: value.replaceAll('_', '').trim() }
        : 'An int is written with decimal digits and perhaps a sign, as in -42.'),
    ),
    str: form(() => ({ value: textPart('Value', 'hello') }), ({ value }) => ({ type: 'str', value })),
    float: form(
      () => ({ value: textPart('Value', '1.5', { inputmode: 'decimal' }) }),
      ({ value }) => {
        const number = parseFloatText(value, 'The value');
        return typeof number === 'string' ? number : { type: 'float', value: number };
      },
    ),
    complex: form(
      () => ({ real: textPart('Real', '1', { inputmode: 'decimal' }), imag: textPart('Imaginary', '2', { inputmode: 'decimal' }) }),
      (values) => {
        const real = parseFloatText(values.real, 'The real part');
        const imag = parseFloatText(values.imag, 'The imaginary part');
        if (typeof real === 'string') return real;
        return typeof imag === 'string' ? imag : { type: 'complex', real, imag };
      },
    ),
    bool: form(() => ({ value: choicePart('Value', ['True', 'False']) }), ({ value }) => ({ type: 'bool', value: value === 'True' })),
    bytes: bytesForm('bytes'),
    bytearray: bytesForm('bytearray'),
  },
  'Classes and instances': {
    class: form(
      (session) => ({
        name: textPart('Name', 'Node'),
        slots: textPart('__slots__', '', { placeholder: 'none; or: left, right' }),
        bases: objectsPart(session, 'Bases', 'object', 'type'),
      }),
      ({ name, slots, bases }) => ({
        type: 'class',
        name: name.trim(),
        ...(slots.trim() ? { slots: slots.split(/[\s,]+/).filter(Boolean) } : {}),
        ...(bases.length ? { bases } : {}),
      }),
    ),
    instance: form(
      (session) => ({ type: objectPart(session, 'Class', 'type') }),
      ({ type }) => (type === undefined ? 'Create a class first; then it can have instances.' : { type: 'instance', class: type }),
    ),
    object: plainForm('object', 'object(): 16 bytes, a count and a type'),
    exception: form(
      (session) => ({ type: textPart('Class', 'ValueError'), args: objectsPart(session, 'Arguments', 'no arguments') }),
      ({ type, args }) => ({ type: 'exception', class: type.trim(), args }),
    ),
    module: form(() => ({ name: textPart('Name', 'spam') }), ({ name }) => ({ type: 'module', name: name.trim() })),
  },
  Functions: {
    function: form(
      (session) => ({
        name: textPart('Name', 'f'),
        defaults: objectsPart(session, 'Defaults', 'no default values'),
        closure: objectsPart(session, 'Closure', 'no cells', 'cell'),
      }),
      ({ name, defaults, closure }) => ({
        type: 'function', name: name.trim(), ...(defaults.length ? { defaults } : {}), ...(closure.length ? { closure } : {}),
      }),
    ),
    method: form(
      (session) => ({ function: objectPart(session, 'Function', 'function'), self: objectPart(session, 'self') }),
      ({ function: bound, self }) => (bound === undefined || self === undefined
        ? 'Create a function first; a method binds it to an object.'
        : { type: 'method', function: bound, self }),
    ),
    cell: form(
      (session) => ({ contents: objectPart(session, 'Contents', undefined, '(empty)') }),
      ({ contents }) => ({ type: 'cell', ...(contents === undefined ? {} : { contents }) }),
    ),
    weakref: form(
      (session) => ({ object: objectPart(session, 'Object') }),
      ({ object }) => (object === undefined ? 'A weak reference needs an object to refer to.' : { type: 'weakref', object }),
    ),
  },
  'Singletons and ranges': {
    None: plainForm('None', 'there is one None; creating it gives that one'),
    Ellipsis: plainForm('Ellipsis', 'the one object that ... stands for'),
    NotImplemented: plainForm('NotImplemented', 'the one NotImplemented'),
    range: form(
      () => ({ start: textPart('Start', '0'), stop: textPart('Stop', '10'), step: textPart('Step', '1') }),
      ({ start, stop, step }) => {
        const bad = [start, stop, step].find((text) => !/^\s*[+-]?\d+\s*$/.test(text));
        return bad === undefined ? { type: 'range', start: start.trim(), stop: stop.trim(), step: step.trim() } : `“${bad}” is not an int.`;
      },
    ),
    slice: form(
      (session) => ({ start: objectPart(session, 'Start'), stop: objectPart(session, 'Stop'), step: objectPart(session, 'Step') }),
      ({ start, stop, step }) => (start === undefined || stop === undefined || step === undefined
        ? 'A slice refers to three objects; create None or an int first.'
        : { type: 'slice', start, stop, step }),
    ),
  },
};

/** @param {Session} session */
export function mountCreate(session) {
  const root = byIdAs('create', HTMLFormElement);
  const card = byIdAs('create-card', HTMLDetailsElement);
  const type = h('select', { id: 'new-type', 'data-key': 'new-type' }, ...Object.entries(FORMS).map(([group, forms]) => (
    h('optgroup', { label: group }, ...Object.keys(forms).map((name) => h('option', { value: name }, name))))));
  const fields = h('div', { class: 'rows' });
  const name = h('input', { id: 'new-bind', 'data-key': 'new-bind', placeholder: 'optional', autocomplete: 'off', spellcheck: 'false' });
  const wrong = h('p', { class: 'wrong', id: 'new-wrong' });
  root.append(
    h('div', { class: 'row' }, h('label', { for: 'new-type' }, 'Type'), type),
    fields,
    h('div', { class: 'row' }, h('label', { for: 'new-bind' }, 'Name it'), name),
    wrong,
    h('div', { class: 'line' }, h('button', { type: 'submit', class: 'main', 'data-key': 'new-submit' }, 'Create')),
  );

  const byType = new Map(Object.values(FORMS).flatMap((forms) => Object.entries(forms)));
  /** @type {OpenForm | undefined} */
  let current;
  const build = () => {
    current = byType.get(type.value)?.(session);
    fields.replaceChildren(...(current?.parts ?? []).map((part) => (part.label
      ? h('div', { class: 'row' }, part.id ? h('label', { for: part.id }, part.label) : h('span', { class: 'label' }, part.label), part.element)
      : part.element)));
    explain('');
  };
  /** Beside the fields, and at the wrong one for who can't see beside. @param {string} sentence @param {Element | null} [field] */
  const explain = (sentence, field = fields.querySelector('input:not([type="search"]), select')) => {
    wrong.textContent = sentence;
    for (const marked of root.querySelectorAll('[aria-invalid]')) {
      marked.removeAttribute('aria-invalid');
      if (marked.getAttribute('aria-describedby') === 'new-wrong') marked.removeAttribute('aria-describedby');
    }
    if (!sentence) return;
    field?.setAttribute('aria-invalid', 'true');
    field?.setAttribute('aria-describedby', 'new-wrong');
  };
  type.addEventListener('change', build);

  root.addEventListener('submit', (event) => {
    event.preventDefault();
    const spec = current?.spec() ?? 'There is no such type.';
    if (typeof spec === 'string') {
      explain(spec);
      session.say({ code: 'form', sentence: spec });
      return;
    }
    const wanted = name.value.trim();
    const id = session.act((p) => {
      const made = wanted ? p.createNamed(spec, wanted) : p.create(spec);
      session.made.add(made);
      return made;
    }, `create ${spec.type}${wanted ? ` ${wanted}` : ''}`);
    if (typeof id === 'number') {
      explain('');
      name.value = '';
      session.select(id);
    } else if (session.said.error) {
      explain(session.said.error.sentence, session.said.error.code === 'bad-name' ? name : undefined);
    }
  });

  session.on((change) => {
    if (change !== 'heap') return;
    explain('');
    keepingFocus(fields, () => { for (const part of current?.parts ?? []) part.fill?.(); });
  });
  build();
  return {
    /** Brings the reader to the form. */
    focus: () => {
      card.open = true;
      byId('new-type').focus();
    },
  };
}
