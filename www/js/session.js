// The one playground of the page: every command and every reading goes through here, so that undo steps, errors and panics
// are handled in one place.

/** @typedef {import('./api.js').Playground} Playground */
/** @typedef {import('./api.js').Row} Row */
/** @typedef {import('./engine.js').Engine} Engine */
/** @typedef {'heap' | 'fresh' | 'selection' | 'hover' | 'theme' | 'camera'} Change what a listener may have to redraw for; 'fresh'
 *  follows 'heap' where it is another heap altogether */
/** @typedef {{ sentence: string, error: { code: string, sentence: string } | null }} Said */
/** What the reader did: the command can be run again, on a heap in the same state, and then does the same.
 *  @typedef {{ command: (playground: Playground) => unknown, label: string | undefined, sentence: string }} Action `sentence`: what was said then */

/** A list on the page has this many entries at most; then it says how many more there are. */
export const LISTED = 200;

export class Session {
  /** @param {Engine} engine @param {import('./api.js').ReleaseName} release */
  constructor(engine, release) {
    this.engine = engine;
    /** @type {Playground} */
    this.playground = new engine.package.Playground(release, undefined);
    this.release = release;
    /** @type {((change: Change) => void)[]} */
    this.listeners = [];
    /** @type {Said} */
    this.said = { sentence: '', error: null };
    /** @type {Action[]} */
    this.done = [];
    /** @type {Action[]} */
    this.undone = [];
    /** Whether what stands here was done again after a panic, and nothing since. */
    this.revived = false;
    /** What the reader asked for by creating it, whether or not it was there already. @type {Set<number>} */
    this.made = new Set();
    /** What the last whole collection found. @type {import('./api.js').Collected & { generation: number } | null} */
    this.collected = null;
    /** @type {Map<string, unknown>} */
    this.cache = new Map();
    /** @type {((message: string) => void) | null} */
    this.panicked = null;
    /** Under the keyboard's cursor or the pointer. @type {number | undefined} */
    this.hovered = undefined;
  }

  /** @param {(change: Change) => void} listener */
  on(listener) {
    this.listeners.push(listener);
  }

  /** @param {Change} change */
  emit(change) {
    if (change === 'heap') this.cache.clear();
    for (const listener of this.listeners) listener(change);
  }

  /** A new heap with the prepared objects. @param {import('./api.js').ReleaseName} release @param {string} [preface] */
  open(release, preface = '') {
    const fresh = new this.engine.package.Playground(release, undefined);
    try {
      this.playground.free();
    } catch {
      // after a panic its memory is gone with the module it lived in
    }
    this.playground = fresh;
    this.release = release;
    this.start(preface);
  }

  /** Fills a heap that was just made. @param {string} [preface] */
  start(preface = '') {
    this.playground.loadDemo();
    this.done = [];
    this.undone = [];
    this.collected = null;
    this.hovered = undefined;
    this.revived = false;
    this.made.clear();
    this.said = { sentence: [preface, this.playground.sentence()].filter(Boolean).join(' '), error: null };
    this.emit('heap');
    this.emit('fresh');
  }

  /**
   * After a panic: a heap of the same release, and everything that was done, done again. The same commands give the same
   * bytes and ids, so the reader finds what was there; only what made the model stop is not.
   * @returns {string} what became of the reader's work
   */
  revive() {
    const actions = this.done;
    const again = this.revived;
    this.open(this.release);
    if (again || actions.length === 0) {
      this.said.sentence = again
        ? 'A fresh heap: the model stopped once more at what had been done before, so that was left out.'
        : 'A fresh heap. Nothing had been done before the model stopped, so nothing is lost.';
    } else {
      for (const action of actions) {
        try {
          action.command(this.playground);
        } catch {
          break;
        }
        this.done.push(action);
      }
      this.revived = true;
      this.forgetDead();
      const [all, kept] = [actions.length, this.done.length];
      this.said.sentence = kept === all
        ? `${all === 1 ? 'The one action' : `All ${all} actions`} before that ${all === 1 ? 'was' : 'were'} done again, with the same objects at the same addresses. `
          + 'Only the one at which the model stopped is missing.'
        : `${kept} of ${all} actions before that were done again, as far as that was possible.`;
    }
    this.emit('heap');
    return this.said.sentence;
  }

  /**
   * One action of the reader. If it fails, nothing has changed, and the error is said.
   * @template T
   * @param {(playground: Playground) => T} command
   * @param {string} [label] for undo, where it says more than the model's own
   * @param {0 | 1 | 2} [generation] the whole collection that the command is
   * @returns {T | undefined} the command's result
   */
  act(command, label, generation) {
    let result;
    let sentence;
    try {
      result = command(this.playground);
      sentence = this.playground.sentence();
    } catch (error) {
      this.fail(error);
      return undefined;
    }
    this.done.push({ command, label, sentence });
    this.undone = [];
    this.revived = false;
    this.said = { sentence, error: null };
    this.collected = generation === undefined ? null : { .../** @type {import('./api.js').Collected} */ (result), generation };
    this.forgetDead();
    this.emit('heap');
    return result;
  }

  /**
   * Asks for something that changes nothing; a mistake gives `fallback`.
   * @template T
   * @param {(playground: Playground) => T} question
   * @param {T} fallback
   * @param {(message: string) => void} [failed]
   * @returns {T}
   */
  ask(question, fallback, failed) {
    try {
      return question(this.playground);
    } catch (error) {
      if (isPanic(error)) this.fail(error);
      else failed?.(error instanceof Error ? error.message : String(error));
      return fallback;
    }
  }

  /**
   * The same, kept until the heap changes.
   * @template T
   * @param {string} key
   * @param {(playground: Playground) => T} question
   * @param {T} fallback
   * @returns {T}
   */
  cached(key, question, fallback) {
    if (!this.cache.has(key)) this.cache.set(key, this.ask(question, fallback));
    return /** @type {T} */ (this.cache.get(key));
  }

  /** Says what went wrong, or that the playground is lost. @param {unknown} error */
  fail(error) {
    const sentence = error instanceof Error ? error.message : String(error);
    if (isPanic(error)) {
      this.panicked?.(sentence);
      return;
    }
    const code = /** @type {{ code?: unknown } | null} */ (error)?.code;
    this.say({ code: typeof code === 'string' ? code : 'page', sentence });
  }

  /** @param {{ code: string, sentence: string }} error */
  say(error) {
    this.said = { ...this.said, error };
    this.emit('selection');
  }

  undo() {
    const label = this.undoLabel();
    this.travel(this.done, this.undone, (playground) => playground.undo(), () => `Undone: ${label}. Every byte is as it was before that.`);
  }

  redo() {
    this.travel(this.undone, this.done, (playground) => playground.redo(), ({ sentence }) => `Done again: ${sentence}`);
  }

  /**
   * @param {Action[]} from
   * @param {Action[]} to
   * @param {(playground: Playground) => boolean} step
   * @param {(action: Action) => string} told
   */
  travel(from, to, step, told) {
    const action = from.at(-1);
    if (!action) return;
    try {
      if (!step(this.playground)) {
        this.say({ code: 'page', sentence: 'That is as far as undo goes: what was done before was forgotten, to save memory.' });
        return;
      }
    } catch (error) {
      this.fail(error);
      return;
    }
    from.pop();
    to.push(action);
    this.said = { sentence: told(action), error: null };
    this.collected = null;
    this.forgetDead();
    this.emit('heap');
  }

  /** The collection that is stopped half way. @returns {import('./api.js').Collecting | undefined} */
  get collecting() {
    return this.cached('collecting', (p) => p.collecting, undefined);
  }

  /** What undo would take back: nothing, too, where the model forgot it to save memory. */
  undoLabel() {
    const label = this.ask((p) => p.undoLabel(), undefined);
    return label && (this.done.at(-1)?.label ?? label);
  }

  /** What redo would do again. */
  redoLabel() {
    const label = this.ask((p) => p.redoLabel(), undefined);
    return label && (this.undone.at(-1)?.label ?? label);
  }

  /** @param {0 | 1 | 2} generation */
  collect(generation) {
    this.act((p) => p.collect(generation), undefined, generation);
  }

  /** @param {0 | 1 | 2} generation */
  startCollection(generation) {
    this.collected = null;
    this.act((p) => p.startCollection(generation));
  }

  /** @param {'object' | 'phase'} grain */
  stepCollection(grain) {
    this.act((p) => p.stepCollection(grain));
  }

  finishCollection() {
    this.act((p) => p.finishCollection(), undefined, this.collecting?.generation);
  }

  /** @param {number | undefined} id */
  select(id) {
    try {
      this.playground.select(id);
    } catch (error) {
      this.fail(error);
      return;
    }
    this.hovered = id;
    this.emit('selection');
  }

  /** @param {number | undefined} id */
  hover(id) {
    if (id === this.hovered) return;
    this.hovered = id;
    this.ask((p) => p.hover(id), undefined);
    this.emit('hover');
  }

  get selected() {
    return this.ask((p) => p.selected, undefined);
  }

  /** A selection of something that is no more is no selection. */
  forgetDead() {
    this.cache.clear();
    const id = this.selected;
    if (id !== undefined && this.row(id) === undefined) this.ask((p) => p.select(undefined), undefined);
    if (this.hovered !== undefined && this.row(this.hovered) === undefined) this.hovered = undefined;
  }

  /**
   * What a command can be given: the reader's objects, and those made at start-up (None, small ints, interned text) that the
   * reader named or asked for.
   * @param {{ words?: string, type?: string | undefined }} [wanted]
   * @returns {{ total: number, rows: Row[] }} the first {@link LISTED}, and how many there are
   */
  choices({ words = '', type } = {}) {
    return this.cached(`choices ${type} ${words}`, (p) => {
      const ask = { startup: false, offset: 0, limit: LISTED, references: 0, find: words, ...(type === undefined ? {} : { type }) };
      const { total, rows } = p.rows(ask);
      const wanted = new Set([...this.made, ...this.names().map(({ object }) => object)]);
      const shared = [...wanted].filter((id) => id !== null && id >= STARTUP).map((id) => this.row(/** @type {number} */ (id)))
        .filter((row) => row !== undefined && (type === undefined || row.type === type));
      const found = matching(/** @type {Row[]} */ (shared), words);
      return { total: total + found.length, rows: [...rows, ...found] };
    }, { total: 0, rows: [] });
  }

  /** How many objects of the reader there are. */
  total() {
    return this.cached('total', (p) => p.rows({ startup: false, offset: 0, limit: 0 }).total, 0);
  }

  /** @returns {import('./api.js').Statistics | null} */
  statistics() {
    return this.cached('statistics', (p) => p.statistics(), null);
  }

  /** @returns {import('./api.js').Name[]} */
  names() {
    return this.cached('names', (p) => p.names(), []);
  }

  /** @param {number} id @returns {import('./api.js').Details | null} */
  details(id) {
    return this.cached(`details ${id}`, (p) => p.details(id), null);
  }

  /** One object's row, wherever it was made. @param {number} id @returns {Row | undefined} */
  row(id) {
    return this.cached(`row ${id}`, (p) => p.row(id), undefined);
  }
}

/** Objects whose id, type, value or address have the words. @param {Row[]} rows @param {string} words */
function matching(rows, words) {
  const wanted = words.trim().toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    const text = `${optionText(row)} ${row.address}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

/** A trap of the wasm module or an overflow of the stack, as opposed to a mistake that the model explains. @param {unknown} error */
function isPanic(error) {
  const overflow = error instanceof RangeError || (error instanceof Error && error.name === 'InternalError'); // Firefox's name
  return error instanceof WebAssembly.RuntimeError || overflow;
}

/** Ids of objects made at start-up begin here; they have no number that a reader would know. */
const STARTUP = 2 ** 28;

/** `#3`, or `start-up 3`. @param {number} id */
export function idText(id) {
  return id < STARTUP ? `#${id}` : `start-up ${id - STARTUP}`;
}

/** `list #3`, `class Node #5`. @param {{ called: string, id: number }} row */
export function title(row) {
  return `${row.called} ${idText(row.id)}`;
}

/** How much a container holds: where what refers to it is listed, its number says more. */
const LENGTH = / \d+ (?:items?|entry|entries|members?)$/;

/** `list #3`, `int 257 #1`: what a reference leads to. @param {{ id: number | null, text: string }} reference */
export function targetText({ id, text: full }) {
  if (id === null || id >= STARTUP) return full;
  const text = full.replace(LENGTH, '');
  return `${text.length > 24 && !text.startsWith('class ') ? text.replace(/ .*/s, '') : text} ${idText(id)}`; // a long one is found by its number
}

/** `#3 list [1, 2]`, as pickers list it. @param {Row} row */
export function optionText({ id, called, type, value }) {
  return `${idText(id)} ${called}${value && value !== type && called === type ? ` ${value}` : ''}`;
}
