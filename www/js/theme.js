// The colours of colours.css as the pictures' Theme, and the switch between light and dark.

import { byId, recall, remember } from './dom.js';

/** @typedef {import('./api.js').Theme} Theme */

/** The variable of each colour. @type {Record<Exclude<keyof Theme, 'font' | 'mono' | 'patterns'>, string>} */
const COLOURS = {
  paper: '--paper', panel: '--panel', ink: '--ink', soft: '--soft', faint: '--faint', line: '--line', grid: '--grid', accent: '--accent',
  mark: '--mark', markLine: '--mark-line', dead: '--dead', number: '--number', text: '--text', bytes: '--bytes',
  sequence: '--sequence', mapping: '--mapping', set: '--set', instance: '--instance', class: '--class', callable: '--callable',
  other: '--other', bGc: '--b-gc', bCount: '--b-count', bType: '--b-type', bPayload: '--b-payload', bBook: '--b-book',
  bRoom: '--b-room', bSlack: '--b-slack',
};

/**
 * Reads the variables as they apply now: a colour asked back from an element is resolved, whatever it was written as.
 * @returns {Theme}
 */
export function readTheme() {
  const style = getComputedStyle(document.documentElement);
  if (!style.getPropertyValue(COLOURS.paper)) throw new Error('The page lacks the variables of colours.css: link it.');
  const probe = document.createElement('span');
  probe.hidden = true;
  probe.style.setProperty('forced-color-adjust', 'none');
  document.body.append(probe);
  const colours = Object.entries(COLOURS).map(([name, variable]) => {
    probe.style.color = `var(${variable})`;
    return [name, getComputedStyle(probe).color];
  });
  probe.remove();
  return {
    .../** @type {typeof COLOURS} */ (Object.fromEntries(colours)),
    font: style.getPropertyValue('--font').trim(),
    mono: style.getPropertyValue('--mono').trim(),
    patterns: matchMedia('(forced-colors: active)').matches,
  };
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
