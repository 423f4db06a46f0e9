// The form that creates objects: one small form per type.

import { byId, byIdAs, h, keepingFocus } from './dom.js';
import { objectPicker, sequencePicker } from './picker.js';
import { idText } from './session.js';

/** @typedef {import('./session.js').Session} Session */
/** @typedef {import('./api.js').Spec} Spec */
/** @typedef {import('./api.js').Row} Row */
/** @typedef {{ label: string, id: string, element: Node, value: () => unknown, fill?: () => void }} Part a field of a form */
/** @typedef {{ parts: (session: Session) => Record<string, Part>, spec: (values: Record<string, any>) => Spec | string }} Form
 *  `spec` gives what to create, or what is wrong with the values */

/** @param {string} label @param {string} value @param {Record<string, unknown>} [more] @returns {Part} */
function textPart(label, value, more = {}) {
  const id = `new-${label.replace(/\W+/g, '-').toLowerCase()}`;
  const input = h('input', { id, value, 'data-key': id, autocomplete: 'off', spellcheck: 'false', ...more });
  return { label, id, element: input, value: () => input.value };
}

/** @param {string} label @param {string[]} choices @returns {Part} */
function choicePart(label, choices) {
  const id = `new-${label.toLowerCase()}`;
  const select = h('select', { id, 'data-key': id }, ...choices.map((choice) => h('option', { value: choice }, choice)));
  return { label, id, element: select, value: () => select.value };
}

/** @param {Session} session @param {string} label @param {string} [type] @param {string} [none] @returns {Part} */
function objectPart(session, label, type, none) {
  const picker = objectPicker(session, {
    label, key: `new ${label}`, ...(type ? { type } : {}), ...(none === undefined ? {} : { none }),
  });
  return { label, id: picker.id, element: picker.element, value: picker.value, fill: picker.fill };
}

/** @param {Session} session @param {string} label @param {string} none @param {string} [type] @returns {Part} */
function objectsPart(session, label, none, type) {
  const picker = sequencePicker(session, { label, key: `new ${label}`, none, ...(type ? { type } : {}) });
  return { label, id: picker.id, element: picker.element, value: picker.value, fill: picker.fill };
}

/** @param {Session} session @returns {Part} */
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

/** `68 65 6c` or text. @param {string} text @returns {number[] | string} */
function parseBytes(text) {
  const hex = text.match(/^\s*0x([0-9a-f\s]*)$/i);
  if (!hex) return [...new TextEncoder().encode(text)];
  const digits = (hex[1] ?? '').replace(/\s+/g, '');
  if (digits.length % 2) return 'Two hexadecimal digits make a byte; one is left over.';
  return (digits.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
}

/** As `float()` reads it. @param {string} text @param {string} what @returns {number | string} */
function parseFloatText(text, what) {
  const bare = text.trim().toLowerCase();
  const special = bare.match(/^([+-]?)(inf|infinity|nan)$/);
  if (special) return special[2] === 'nan' ? NaN : special[1] === '-' ? -Infinity : Infinity;
  if (!/^[+-]?(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(e[+-]?\d+)?$/.test(bare)) return `${what} is not a number: write 1.5, 1e-9, inf or nan.`;
  return Number(bare.replaceAll('_', ''));
}

/** @param {'bytes' | 'bytearray'} type @returns {Form} */
function bytesForm(type) {
  return {
    parts: () => ({ value: textPart('Value', 'spam', { 'aria-describedby': 'new-hint' }), hint: hintPart('text, or 0x and hexadecimal digits') }),
    spec: ({ value }) => {
      const bytes = parseBytes(value);
      return typeof bytes === 'string' ? bytes : { type, value: bytes };
    },
  };
}

/** @param {string} text @returns {Part} */
function hintPart(text) {
  return { label: '', id: 'new-hint', element: h('span', { class: 'hint', id: 'new-hint' }, text), value: () => undefined };
}

/** @param {'list' | 'tuple' | 'set' | 'frozenset'} type @param {string} empty @returns {Form} */
function itemsForm(type, empty) {
  return { parts: (session) => ({ items: objectsPart(session, 'Items', `no items: ${empty}`) }), spec: ({ items }) => ({ type, items }) };
}

/** @param {'None' | 'Ellipsis' | 'NotImplemented' | 'object'} type @param {string} hint @returns {Form} */
function plainForm(type, hint) {
  return { parts: () => ({ hint: hintPart(hint) }), spec: () => ({ type }) };
}

/** @param {unknown} value @param {string} missing @param {(value: number) => Spec} make */
function needed(value, missing, make) {
  return typeof value === 'number' ? make(value) : missing;
}

/** @type {Record<string, Record<string, Form>>} */
const FORMS = {
  Containers: {
    list: itemsForm('list', '[]'),
    tuple: itemsForm('tuple', '()'),
    dict: { parts: (session) => ({ entries: entriesPart(session) }), spec: ({ entries }) => ({ type: 'dict', entries }) },
    set: itemsForm('set', 'set()'),
    frozenset: itemsForm('frozenset', 'frozenset()'),
  },
  'Numbers and text': {
    int: {
      parts: () => ({ value: textPart('Value', '1000', { inputmode: 'numeric' }) }),
      spec: ({ value }) => (/^\s*[+-]?\d+(_\d+)*\s*$/.test(value)
        ? { type: 'int', value: value.replaceAll('_', '').trim() }
        : 'An int is written with decimal digits and perhaps a sign, as in -42.'),
    },
    str: { parts: () => ({ value: textPart('Value', 'hello') }), spec: ({ value }) => ({ type: 'str', value }) },
    float: {
      parts: () => ({ value: textPart('Value', '1.5', { inputmode: 'decimal' }) }),
      spec: ({ value }) => {
        const number = parseFloatText(value, 'The value');
        return typeof number === 'string' ? number : { type: 'float', value: number };
      },
    },
    complex: {
      parts: () => ({ real: textPart('Real', '1', { inputmode: 'decimal' }), imag: textPart('Imaginary', '2', { inputmode: 'decimal' }) }),
      spec: (values) => {
        const real = parseFloatText(values['real'], 'The real part');
        const imag = parseFloatText(values['imag'], 'The imaginary part');
        if (typeof real === 'string') return real;
        return typeof imag === 'string' ? imag : { type: 'complex', real, imag };
      },
    },
    bool: { parts: () => ({ value: choicePart('Value', ['True', 'False']) }), spec: ({ value }) => ({ type: 'bool', value: value === 'True' }) },
    bytes: bytesForm('bytes'),
    bytearray: bytesForm('bytearray'),
  },
  'Classes and instances': {
    class: {
      parts: (session) => ({
        name: textPart('Name', 'Node'),
        slots: textPart('__slots__', '', { placeholder: 'none; or: left, right' }),
        bases: objectsPart(session, 'Bases', 'object', 'type'),
      }),
      spec: ({ name, slots, bases }) => ({
        type: 'class',
        name: name.trim(),
        ...(slots.trim() ? { slots: slots.split(/[\s,]+/).filter(Boolean) } : {}),
        ...(bases.length ? { bases } : {}),
      }),
    },
    instance: {
      parts: (session) => ({ class: objectPart(session, 'Class', 'type') }),
      spec: (values) => needed(values['class'], 'Create a class first; then it can have instances.', (id) => ({ type: 'instance', class: id })),
    },
    object: plainForm('object', 'object(): 16 bytes, a count and a type'),
    exception: {
      parts: (session) => ({ class: textPart('Class', 'ValueError'), args: objectsPart(session, 'Arguments', 'no arguments') }),
      spec: (values) => ({ type: 'exception', class: values['class'].trim(), args: values['args'] }),
    },
    module: { parts: () => ({ name: textPart('Name', 'spam') }), spec: ({ name }) => ({ type: 'module', name: name.trim() }) },
  },
  Functions: {
    function: {
      parts: (session) => ({
        name: textPart('Name', 'f'),
        defaults: objectsPart(session, 'Defaults', 'no default values'),
        closure: objectsPart(session, 'Closure', 'no cells', 'cell'),
      }),
      spec: ({ name, defaults, closure }) => ({
        type: 'function', name: name.trim(), ...(defaults.length ? { defaults } : {}), ...(closure.length ? { closure } : {}),
      }),
    },
    method: {
      parts: (session) => ({ function: objectPart(session, 'Function', 'function'), self: objectPart(session, 'self') }),
      spec: (values) => needed(values['function'], 'Create a function first; a method binds it to an object.', (id) => (
        { type: 'method', function: id, self: values['self'] })),
    },
    cell: {
      parts: (session) => ({ contents: objectPart(session, 'Contents', undefined, '(empty)') }),
      spec: ({ contents }) => ({ type: 'cell', ...(contents === undefined ? {} : { contents }) }),
    },
    weakref: {
      parts: (session) => ({ object: objectPart(session, 'Object') }),
      spec: ({ object }) => needed(object, 'A weak reference needs an object to refer to.', (id) => ({ type: 'weakref', object: id })),
    },
  },
  'Singletons and ranges': {
    None: plainForm('None', 'there is one None; creating it gives that one'),
    Ellipsis: plainForm('Ellipsis', 'the one object that ... stands for'),
    NotImplemented: plainForm('NotImplemented', 'the one NotImplemented'),
    range: {
      parts: () => ({ start: textPart('Start', '0'), stop: textPart('Stop', '10'), step: textPart('Step', '1') }),
      spec: ({ start, stop, step }) => {
        const bad = [start, stop, step].find((text) => !/^\s*[+-]?\d+\s*$/.test(text));
        return bad === undefined ? { type: 'range', start: start.trim(), stop: stop.trim(), step: step.trim() } : `“${bad}” is not an int.`;
      },
    },
    slice: {
      parts: (session) => ({ start: objectPart(session, 'Start'), stop: objectPart(session, 'Stop'), step: objectPart(session, 'Step') }),
      spec: ({ start, stop, step }) => needed(start, 'A slice refers to three objects; create None or an int first.', () => (
        { type: 'slice', start, stop, step })),
    },
  },
};

/** @param {Session} session */
export function mountCreate(session) {
  const form = byIdAs('create', HTMLFormElement);
  const card = byIdAs('create-card', HTMLDetailsElement);
  const type = h('select', { id: 'new-type', 'data-key': 'new-type' }, ...Object.entries(FORMS).map(([group, forms]) => (
    h('optgroup', { label: group }, ...Object.keys(forms).map((name) => h('option', { value: name }, name))))));
  const fields = h('div', { class: 'rows' });
  const name = h('input', { id: 'new-bind', 'data-key': 'new-bind', placeholder: 'optional', autocomplete: 'off', spellcheck: 'false' });
  const wrong = h('p', { class: 'wrong', id: 'new-wrong' });
  form.append(
    h('div', { class: 'row' }, h('label', { for: 'new-type' }, 'Type'), type),
    fields,
    h('div', { class: 'row' }, h('label', { for: 'new-bind' }, 'Name it'), name),
    wrong,
    h('div', { class: 'line' }, h('button', { type: 'submit', class: 'main', 'data-key': 'new-submit' }, 'Create')),
  );

  /** @type {Record<string, Part>} */
  let parts = {};
  const current = () => {
    for (const forms of Object.values(FORMS)) if (Object.hasOwn(forms, type.value)) return forms[type.value];
    return undefined;
  };
  const build = () => {
    parts = current()?.parts(session) ?? {};
    fields.replaceChildren(...Object.values(parts).map((part) => (part.label
      ? h('div', { class: 'row' }, part.id ? h('label', { for: part.id }, part.label) : h('span', { class: 'label' }, part.label), part.element)
      : part.element)));
    explain('');
  };
  /** Beside the fields, and at the wrong one for who can't see beside. @param {string} sentence @param {Element | null} [field] */
  const explain = (sentence, field = fields.querySelector('input:not([type="search"]), select')) => {
    wrong.textContent = sentence;
    for (const marked of form.querySelectorAll('[aria-invalid]')) {
      marked.removeAttribute('aria-invalid');
      if (marked.getAttribute('aria-describedby') === 'new-wrong') marked.removeAttribute('aria-describedby');
    }
    if (!sentence) return;
    field?.setAttribute('aria-invalid', 'true');
    field?.setAttribute('aria-describedby', 'new-wrong');
  };
  type.addEventListener('change', build);

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const values = Object.fromEntries(Object.entries(parts).map(([key, part]) => [key, part.value()]));
    const spec = current()?.spec(values) ?? 'There is no such type.';
    if (typeof spec === 'string') {
      explain(spec);
      session.say({ code: 'form', sentence: spec });
      return;
    }
    const wanted = name.value.trim();
    const id = session.act([(p) => {
      const made = wanted ? p.createNamed(spec, wanted) : p.create(spec);
      session.made.add(made);
      return made;
    }], `create ${spec.type}${wanted ? ` ${wanted}` : ''}`);
    if (typeof id === 'number') {
      explain('');
      name.value = '';
      session.select(id);
    } else if (session.said.error) {
      explain(session.said.error.sentence, session.said.error.code === 'bad-name' ? name : undefined);
    }
  });

  session.on((change) => {
    if (change === 'heap') keepingFocus(fields, () => { for (const part of Object.values(parts)) part.fill?.(); });
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
