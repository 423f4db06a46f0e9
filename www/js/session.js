// The one playground of the page: every command and every reading goes through here, so that undo steps, errors and panics
// are handled in one place.

/** @typedef {import('./api.js').Playground} Playground */
/** @typedef {import('./api.js').Row} Row */
/** @typedef {import('./engine.js').Engine} Engine */
/** @typedef {'heap' | 'fresh' | 'selection' | 'hover' | 'theme' | 'camera'} Change what a listener may have to redraw for; 'fresh'
 *  follows 'heap' where it is another heap altogether */
/** @typedef {{ sentence: string, error: { code: string, sentence: string } | null }} Said */

/** So many rows are read at once for the pickers. */
const LISTED = 1000;

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
    /** Playground steps per action of the page: naming at creation is one action of three steps. @type {{ steps: number, label: string | null }[]} */
    this.done = [];
    /** @type {{ steps: number, label: string | null }[]} */
    this.undone = [];
    /** What the reader asked for by creating it, whether or not it was there already. @type {Set<number>} */
    this.made = new Set();
    /** Whether a collection is stopped half way. */
    this.collecting = false;
    /** What the last stepped collection examines. @type {0 | 1 | 2} */
    this.examined = 2;
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
    this.playground.select(this.playground.names()[0]?.object ?? undefined); // so that no picture is empty
    this.done = [];
    this.undone = [];
    this.collecting = false;
    this.collected = null;
    this.hovered = undefined;
    this.made.clear();
    this.said = { sentence: [preface, this.playground.sentence()].filter(Boolean).join(' '), error: null };
    this.emit('heap');
    this.emit('fresh');
  }

  /**
   * One action of the reader, of one or more commands. If one fails, those before it are taken back and the error is said.
   * @template T
   * @param {((playground: Playground) => T)[]} commands
   * @param {string} [label] for undo, where several commands make one action
   * @returns {T | undefined} the first command's result
   */
  act(commands, label) {
    /** @type {T | undefined} */
    let first;
    const sentences = [];
    let steps = 0;
    try {
      for (const command of commands) {
        const result = command(this.playground);
        if (steps === 0) first = result;
        steps += 1;
        sentences.push(this.playground.sentence());
      }
    } catch (error) {
      if (!this.fail(error)) return undefined;
      if (steps > 0) this.undone = []; // what could be done again was given up by the commands that went well
      for (; steps > 0; steps -= 1) this.playground.undo();
      this.emit('heap');
      return undefined;
    }
    this.done.push({ steps, label: label ?? null });
    this.undone = [];
    this.said = { sentence: sentences.join(' '), error: null };
    this.forgetDead();
    this.emit('heap');
    return first;
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

  /** Says what went wrong; false if the playground is lost. @param {unknown} error */
  fail(error) {
    if (isPanic(error)) {
      this.panicked?.(error instanceof Error ? error.message : String(error));
      return false;
    }
    const sentence = error instanceof Error ? error.message : String(error);
    const code = /** @type {{ code?: unknown } | null} */ (error)?.code;
    this.say({ code: typeof code === 'string' ? code : 'page', sentence });
    return true;
  }

  /** @param {{ code: string, sentence: string }} error */
  say(error) {
    this.said = { ...this.said, error };
    this.emit('selection');
  }

  undo() {
    this.travel(this.done, this.undone, (playground) => playground.undo());
  }

  redo() {
    this.travel(this.undone, this.done, (playground) => playground.redo());
  }

  /**
   * @param {{ steps: number, label: string | null }[]} from
   * @param {{ steps: number, label: string | null }[]} to
   * @param {(playground: Playground) => boolean} step
   */
  travel(from, to, step) {
    const action = from.pop();
    if (!action) return;
    try {
      for (let left = action.steps; left > 0; left -= 1) step(this.playground);
    } catch (error) {
      this.fail(error);
      return;
    }
    to.push(action);
    this.said = { sentence: this.playground.sentence(), error: null };
    this.collected = null;
    this.forgetDead();
    this.collecting = this.objects().some((row) => row.gcRefs !== null);
    this.emit('heap');
  }

  /** What undo would take back. */
  undoLabel() {
    const action = this.done.at(-1);
    return action && (action.label ?? this.ask((p) => p.undoLabel(), undefined) ?? 'the last action');
  }

  /** What redo would do again. */
  redoLabel() {
    const action = this.undone.at(-1);
    return action && (action.label ?? this.ask((p) => p.redoLabel(), undefined) ?? 'the next action');
  }

  /** @param {0 | 1 | 2} generation */
  collect(generation) {
    const result = this.act([(p) => p.collect(generation)]);
    if (result) {
      this.collected = { ...result, generation };
      this.emit('heap');
    }
  }

  /** @param {0 | 1 | 2} generation */
  startCollection(generation) {
    this.collected = null;
    this.act([(p) => { p.startCollection(generation); this.collecting = true; this.examined = generation; }]);
  }

  /** @param {'object' | 'phase'} grain */
  stepCollection(grain) {
    this.act([(p) => { this.collecting = p.stepCollection(grain); }]);
  }

  finishCollection() {
    const result = this.act([(p) => p.finishCollection()]);
    if (!result) return;
    this.collecting = false;
    this.collected = { ...result, generation: this.examined };
    this.emit('heap');
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

  /** The objects of the reader, oldest first, at most {@link LISTED}. @returns {Row[]} */
  objects() {
    return this.cached('objects', (p) => p.rows({ startup: false, offset: 0, limit: LISTED }).rows, /** @type {Row[]} */ ([]));
  }

  /**
   * What a command can be given: the reader's objects, and those made at start-up (None, small ints, interned text) that the
   * reader named or asked for.
   * @returns {Row[]}
   */
  choices() {
    return this.cached('choices', (p) => {
      const listed = this.objects();
      const known = new Set(listed.map((row) => row.id));
      const wanted = new Set([...this.made, ...p.names().map(({ object }) => object)]);
      const shared = [...wanted].filter((id) => id !== null && !known.has(id)).map((id) => this.row(/** @type {number} */ (id)));
      return [...listed, ...shared.filter((row) => row !== undefined)];
    }, /** @type {Row[]} */ ([]));
  }

  /** How many objects of the reader there are. */
  total() {
    return this.cached('total', (p) => p.rows({ startup: false, offset: 0, limit: 0 }).total, 0);
  }

  /**
   * An object's row with everything that it refers to, also what was made at start-up, which other rows leave out.
   * @param {Row} row
   * @returns {Row}
   */
  fullRow(row) {
    if (row.startup) return row;
    return this.cached(`full row ${row.id}`, (p) => {
      // The reader's objects stand before those of start-up, in the same order.
      const at = this.objects().findIndex(({ id }) => id === row.id);
      const found = at < 0 ? undefined : p.rows({ startup: true, offset: at, limit: 1 }).rows[0];
      return found?.id === row.id ? { ...found, changed: row.changed, refcountBefore: row.refcountBefore} : row;
    }, row);
  }

  /** One object's row, wherever it is; ids rise along the rows. @param {number} id @returns {Row | undefined} */
  row(id) {
    return this.cached(`row ${id}`, (p) => {
      const listed = this.objects().find((row) => row.id === id);
      if (listed) return listed;
      for (const startup of [false, true]) {
        let low = 0;
        let high = p.rows({ startup, offset: 0, limit: 0 }).total;
        while (low < high) {
          const middle = (low + high) >>> 1;
          const [row] = p.rows({ startup, offset: middle, limit: 1 }).rows;
          if (!row || row.id === id) return row;
          if (row.id < id) low = middle + 1;
          else high = middle;
        }
      }
      return undefined;
    }, undefined);
  }
}

/** A trap of the wasm module, as opposed to a mistake that the model explains. @param {unknown} error */
function isPanic(error) {
  return error instanceof WebAssembly.RuntimeError;
}

/** Ids of objects made at start-up begin here; they have no number that a reader would know. */
const STARTUP = 2 ** 28;

/** `#3`, or `start-up 3`. @param {number} id */
export function idText(id) {
  return id < STARTUP ? `#${id}` : `start-up ${id - STARTUP}`;
}

/** `list #3`. @param {{ type: string, id: number }} row */
export function title(row) {
  return `${row.type} ${idText(row.id)}`;
}

/** `list 2 items #3`: what a reference leads to. @param {{ id: number | null, text: string }} reference */
export function targetText({ id, text }) {
  if (id === null || id >= STARTUP) return text;
  return `${text.length > 24 ? text.replace(/ .*/s, '') : text} ${idText(id)}`; // a long one is found by its number
}

/** `#3 list [1, 2]`, as pickers list it. @param {Row} row */
export function optionText(row) {
  return `${idText(row.id)} ${row.type}${row.value && row.value !== row.type ? ` ${row.value}` : ''}`;
}
