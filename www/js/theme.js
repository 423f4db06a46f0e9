// The colours of style.css as the pictures' Theme, and the switch between light and dark.

import { byId, recall, remember } from './dom.js';

const COLOURS = /** @type {const} */ ([
  'paper', 'panel', 'ink', 'soft', 'faint', 'line', 'grid', 'accent', 'mark', 'markLine', 'dead', 'number', 'text', 'bytes',
  'sequence', 'mapping', 'set', 'instance', 'class', 'callable', 'other', 'bGc', 'bCount', 'bType', 'bPayload', 'bBook', 'bRoom',
  'bSlack',
]);

/** `markLine` is `--mark-line`. @param {string} name */
function variable(name) {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/**
 * Reads the variables as they apply now: a colour asked back from an element is resolved, whatever it was written as.
 * @returns {import('./api.js').Theme}
 */
export function readTheme() {
  const probe = document.createElement('span');
  probe.hidden = true;
  probe.style.setProperty('forced-color-adjust', 'none');
  document.body.append(probe);
  const style = getComputedStyle(document.documentElement);
  /** @type {Record<string, string | boolean>} */
  const theme = {};
  for (const name of COLOURS) {
    probe.style.color = `var(${variable(name)})`;
    theme[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  theme['font'] = style.getPropertyValue('--font').trim();
  theme['mono'] = style.getPropertyValue('--mono').trim();
  theme['patterns'] = matchMedia('(forced-colors: active)').matches;
  return /** @type {import('./api.js').Theme} */ (/** @type {unknown} */ (theme));
}

/**
 * Sets up the switch; `changed` runs whenever the colours do.
 * @param {() => void} changed
 */
export function themeSwitch(changed) {
  const group = byId('theme');
  /** @param {string} choice */
  const apply = (choice) => {
    if (choice === 'auto') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = choice;
  };
  const stored = recall('theme');
  for (const input of group.querySelectorAll('input')) {
    input.checked = input.value === (stored ?? 'auto');
    input.addEventListener('change', () => {
      apply(input.value);
      remember('theme', input.value);
      changed();
    });
  }
  if (stored === 'light' || stored === 'dark') apply(stored);
  for (const query of ['(prefers-color-scheme: dark)', '(forced-colors: active)']) {
    matchMedia(query).addEventListener('change', changed);
  }
}
