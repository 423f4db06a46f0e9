// Building DOM without markup: text stays text, whatever it holds.

/**
 * An element. Attributes: `class`, `data-…`, `aria-…`; `true` is an empty attribute, `false` and `undefined` leave it out;
 * `onclick` and the like take a function; `value`, `checked`, `selected` and `disabled` are set as properties.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node | string | number | null | undefined | false)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false || value === null) continue;
    if (typeof value === 'function') element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (name === 'value' || name === 'checked' || name === 'selected' || name === 'disabled') Reflect.set(element, name, value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) element.append(typeof child === 'number' ? String(child) : child);
  }
  return element;
}

/**
 * The element with this id, which index.html promises.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no #${id}`);
  return found;
}

/**
 * The same, of a kind.
 * @template {typeof HTMLElement} T
 * @param {string} id
 * @param {T} kind
 * @returns {InstanceType<T>}
 */
export function byIdAs(id, kind) {
  const found = byId(id);
  if (!(found instanceof kind)) throw new Error(`#${id} is not a ${kind.name}`);
  return /** @type {InstanceType<T>} */ (found);
}

/** How far what is rendered anew was scrolled. To ask an element would have the browser lay the page out each time.
 * @type {WeakMap<HTMLElement, number>} */
const places = new WeakMap();

/**
 * Runs `render`, which replaces what `root` holds, without losing the reader's place: the element with the same `data-key`
 * gets the focus back, or else the root's first focusable one.
 * @param {HTMLElement} root
 * @param {() => void} render
 */
export function keepingFocus(root, render) {
  const active = document.activeElement;
  const inside = active instanceof HTMLElement && root.contains(active) && active !== root;
  const key = inside ? active.dataset['key'] : undefined;
  if (!places.has(root)) {
    places.set(root, root.scrollTop);
    root.addEventListener('scroll', () => places.set(root, root.scrollTop), { passive: true });
  }
  const scroll = places.get(root) ?? 0;
  render();
  if (scroll > 0) root.scrollTop = scroll;
  if (!inside || root.contains(active)) return;
  const again = key === undefined ? null : root.querySelector(`[data-key="${CSS.escape(key)}"]:not(:disabled)`);
  const target = again ?? root.querySelector('button:not(:disabled), input, select, [tabindex="-1"]') ?? root;
  if (target instanceof HTMLElement) target.focus({ preventScroll: true });
}

/**
 * Switches buttons off and on; the focus goes from one that is off now to another that is on, or else to `otherwise`.
 * @param {[HTMLButtonElement, boolean][]} buttons each with whether it is off
 * @param {HTMLElement} otherwise
 */
export function disable(buttons, otherwise) {
  const active = document.activeElement;
  for (const [button, off] of buttons) button.disabled = off;
  if (buttons.some(([button, off]) => off && button === active)) (buttons.find(([, off]) => !off)?.[0] ?? otherwise).focus({ preventScroll: true });
}

/**
 * A button that gives a part of the page more room, and takes it back; whatever else is large becomes small.
 * @param {HTMLElement} part
 * @param {string} name
 * @param {() => void} [changed]
 */
export function enlarger(part, name, changed) {
  const button = h('button', { type: 'button', class: 'icon', 'aria-label': `Enlarge ${name}`, title: `Enlarge ${name}`, 'aria-pressed': 'false', 'data-enlarge': true, onclick: () => {
    for (const other of document.querySelectorAll('.big [data-enlarge]')) if (other !== button && other instanceof HTMLElement) other.click();
    button.setAttribute('aria-pressed', String(part.classList.toggle('big')));
    changed?.();
  } }, '⤢');
  return button;
}

/** Longer than a frame: then typing would falter. */
const SLOW_MS = 16;
/** Between two keys of a word. */
const PAUSE_MS = 160;

/**
 * `action` for each key that is typed: at once, or where that took long the last time, once the typing pauses.
 * @param {() => void} action
 */
export function unhurried(action) {
  let took = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  const run = () => {
    const began = performance.now();
    action();
    took = performance.now() - began;
  };
  return () => {
    clearTimeout(waiting);
    if (took > SLOW_MS) waiting = setTimeout(run, PAUSE_MS);
    else run();
  };
}

/** A number with commas between thousands. @param {number} value */
export function grouped(value) {
  return Number.isInteger(value) ? String(value).replace(/\B(?=(\d{3})+$)/g, ',') : String(value);
}

/** `1 byte`, `48 bytes`. @param {number} count @param {string} one */
export function counted(count, one) {
  return `${grouped(count)} ${one}${count === 1 ? '' : 's'}`;
}

/** Remembered between visits, where the browser lets us. @param {string} key @returns {string | null} */
export function recall(key) {
  try {
    return localStorage.getItem(`terrarium.${key}`);
  } catch {
    return null; // sandboxed frames have no storage
  }
}

/** @param {string} key @param {string} value */
export function remember(key, value) {
  try {
    localStorage.setItem(`terrarium.${key}`, value);
  } catch {
    // sandboxed frames have no storage: the choice lasts as long as the page
  }
}
