// A canvas that Rust draws: its size, its one pending frame, and what pointer, wheel, touch and keys do on it.

import { enlarger, h, recall, remember } from './dom.js';
import { readTheme } from './theme.js';
import { idText, title } from './session.js';

/** @typedef {import('./session.js').Session} Session */
/** @typedef {import('./api.js').View} View */
/** @typedef {import('./api.js').Hit} Hit */
/** @typedef {{ x: number, y: number }} Point */
/** @typedef {(from: Hit, to: Hit | undefined, at: Point) => void} Dropped at: in the window's coordinates */

/** A press that moves less is a click. */
const DRAG_PX = 5;
const ZOOM_STEP = 1.25;
const PAN_STEP_PX = 48;
const SVG = 'http://www.w3.org/2000/svg';

export class Pane {
  /**
   * @param {Session} session
   * @param {View} view
   * @param {string} name as the reader sees it
   * @param {{ stage: HTMLElement, hover: HTMLElement, tools: HTMLElement }} parts
   */
  constructor(session, view, name, parts) {
    this.session = session;
    this.view = view;
    this.name = name;
    this.stage = parts.stage;
    this.line = parts.hover;
    this.canvas = h('canvas', { role: 'img' });
    this.stage.append(this.canvas);
    this.context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext('2d'));
    this.theme = readTheme();
    this.pending = 0;
    /** Pointers that are down. @type {Map<number, Point>} */
    this.pointers = new Map();
    /** @type {{ at: Point, last: Point, hit: Hit | undefined, moved: boolean, left: boolean } | null} */
    this.press = null;
    /** @type {Dropped | null} */
    this.dropped = null;
    /** @type {SVGPathElement | null} */
    this.thread = null;
    /** What the last drawing that failed said. @type {string | undefined} */
    this.failed = undefined;
    /** Whether the pane was fitted to a size yet. */
    this.fitted = false;

    this.stage.tabIndex = 0;
    this.stage.setAttribute('role', 'application');
    this.stage.setAttribute('aria-roledescription', 'picture');
    this.stage.setAttribute('aria-label', `${name}, picture`);
    this.stage.setAttribute('aria-keyshortcuts', '+ - 0 ArrowLeft ArrowRight ArrowUp ArrowDown');
    parts.tools.append(
      this.tool('−', `Zoom out of ${name}`, () => this.zoomBy(1 / ZOOM_STEP), 'zoom'),
      this.tool('+', `Zoom into ${name}`, () => this.zoomBy(ZOOM_STEP), 'zoom'),
      this.tool('Fit', `Fit ${name} to its pane; again: all, however small`, () => this.fit(true), 'zoom'),
      enlarger(/** @type {HTMLElement} */ (this.stage.closest('.pane')), name, () => {
        this.draw();
        this.fit();
      }),
    );
    if (this.stage.closest('.memory')) parts.tools.parentElement?.prepend(this.folder());

    new ResizeObserver(() => this.resized()).observe(this.stage);
    this.listen();
    session.on((change) => {
      if (change === 'theme') this.theme = readTheme();
      if (change === 'fresh') this.refit();
      else this.redraw();
    });
  }

  /** @param {string} text @param {string} label @param {() => void} action @param {string} [kind] */
  tool(text, label, action, kind = '') {
    return h('button', { type: 'button', class: `icon ${kind}`, 'aria-label': label, title: label, onclick: action }, text);
  }

  /** Leaves only the pane's head, which gives the other panes its room. */
  folder() {
    const pane = /** @type {HTMLElement} */ (this.stage.closest('.pane'));
    const button = this.tool('', `Show ${this.name}`, () => show(pane.classList.contains('folded')), 'fold');
    /** @param {boolean} open */
    const show = (open) => {
      pane.classList.toggle('folded', !open);
      button.textContent = open ? '▾' : '▸';
      button.setAttribute('aria-expanded', String(open));
      remember(`fold ${this.view}`, open ? '' : 'folded');
    };
    show(recall(`fold ${this.view}`) !== 'folded');
    return button;
  }

  /** @returns {import('./api.js').Frame} */
  frame() {
    const box = this.stage.getBoundingClientRect();
    const dpr = devicePixelRatio || 1;
    // Whole pixels of the screen, so that all of the canvas is painted anew.
    const whole = (/** @type {number} */ size) => Math.round(size * dpr) / dpr;
    return { width: whole(box.width), height: whole(box.height), dpr, theme: this.theme };
  }

  resized() {
    if (!this.fitted) this.refit();
    this.redraw();
  }

  /** A heap that this pane has not shown yet: the view learns its size from a frame, and only then can it be fitted. */
  refit() {
    this.fitted = this.stage.clientWidth > 0;
    if (!this.fitted) return;
    this.draw();
    this.fit();
  }

  /** Draws once, at the next frame. */
  redraw() {
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => {
      this.pending = 0;
      this.draw();
    });
  }

  draw() {
    const frame = this.frame();
    if (frame.width < 1 || frame.height < 1) return;
    const width = Math.max(1, Math.round(frame.width * frame.dpr));
    const height = Math.max(1, Math.round(frame.height * frame.dpr));
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    this.session.ask((p) => p.draw(this.context, this.view, frame), undefined, (message) => {
      if (message !== this.failed) console.error(`${this.name} can't be drawn: ${message}`);
      this.failed = message;
    });
    const text = this.session.cached(`describe ${this.view} ${this.session.selected}`, (p) => p.describe(this.view), this.name);
    if (this.canvas.getAttribute('aria-label') !== text) this.canvas.setAttribute('aria-label', text || this.name);
  }

  /** @param {boolean} [more] whether what fits already shall show all, however small */
  fit(more = false) {
    this.session.ask((p) => p.fit(this.view, more), undefined);
    this.redraw();
  }

  /** @param {number} factor @param {Point} [at] */
  zoomBy(factor, at) {
    const { width, height } = this.stage.getBoundingClientRect();
    const { x, y } = at ?? { x: width / 2, y: height / 2 };
    this.session.ask((p) => p.zoom(this.view, factor, x, y), undefined);
    this.redraw();
  }

  /** @param {number} dx @param {number} dy */
  panBy(dx, dy) {
    this.session.ask((p) => p.pan(this.view, dx, dy), undefined);
    this.redraw();
  }

  /** The picture as a file. */
  svg() {
    return this.session.ask((p) => p.svg(this.view, { ...this.frame(), dpr: 1 }), '');
  }

  /** In the stage's coordinates. @param {{ clientX: number, clientY: number }} event @returns {Point} */
  point(event) {
    const box = this.stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  /** @param {Point} at @returns {Hit | undefined} */
  hit(at) {
    return this.session.ask((p) => p.hit(this.view, at.x, at.y), undefined);
  }

  listen() {
    const { stage } = this;
    stage.addEventListener('pointerdown', (event) => this.down(event));
    stage.addEventListener('pointermove', (event) => this.move(event));
    stage.addEventListener('pointerup', (event) => this.up(event));
    stage.addEventListener('pointercancel', (event) => this.cancel(event));
    stage.addEventListener('pointerleave', () => { if (!this.press) this.pointAt(undefined); });
    stage.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    // One finger on empty space scrolls the page; on an object it links, and two fingers pan and zoom the picture.
    stage.addEventListener('touchstart', (event) => {
      const touch = event.touches[0];
      if (event.touches.length > 1 || (touch && this.dropped && this.hit(this.point(touch)))) event.preventDefault();
    }, { passive: false });
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (event.button !== 0) return;
    const at = this.point(event);
    this.pointers.set(event.pointerId, at);
    try {
      this.stage.setPointerCapture(event.pointerId);
    } catch {
      // a pointer that was made by a script can't be captured; it works all the same
    }
    this.press = this.pointers.size === 1 ? { at, last: at, hit: this.hit(at), moved: false, left: false } : null;
    this.dropThread();
  }

  /** @param {PointerEvent} event */
  move(event) {
    const at = this.point(event);
    if (this.pointers.size === 2 && this.pointers.has(event.pointerId)) {
      this.pinch(event.pointerId, at);
      return;
    }
    if (!this.press) {
      this.pointAt(this.hit(at));
      return;
    }
    const { press } = this;
    if (!press.moved && Math.hypot(at.x - press.at.x, at.y - press.at.y) < DRAG_PX) return;
    press.moved = true;
    if (this.dropped && press.hit && canLink(press.hit)) {
      const over = this.hit(at);
      if (idOf(over) !== idOf(press.hit)) press.left = true;
      this.pointAt(over);
      this.drawThread(press.at, at);
    } else {
      this.stage.classList.add('panning');
      this.panBy(at.x - press.last.x, at.y - press.last.y);
    }
    press.last = at;
  }

  /** @param {number} id @param {Point} at */
  pinch(id, at) {
    const before = [...this.pointers.values()];
    this.pointers.set(id, at);
    const after = [...this.pointers.values()];
    const [a0, b0, a1, b1] = [before[0], before[1], after[0], after[1]];
    if (!a0 || !b0 || !a1 || !b1) return;
    const middle = { x: (a1.x + b1.x) / 2, y: (a1.y + b1.y) / 2 };
    this.panBy(middle.x - (a0.x + b0.x) / 2, middle.y - (a0.y + b0.y) / 2);
    const apart = Math.hypot(a0.x - b0.x, a0.y - b0.y);
    if (apart > 1) this.zoomBy(Math.hypot(a1.x - b1.x, a1.y - b1.y) / apart, middle);
  }

  /** @param {PointerEvent} event */
  up(event) {
    const { press } = this;
    this.cancel(event);
    if (!press) return;
    const at = this.point(event);
    if (!press.moved) {
      this.session.select(idOf(press.hit));
    } else if (this.dropped && press.hit && canLink(press.hit)) {
      const over = this.hit(at);
      if (idOf(over) !== undefined && (press.left || idOf(over) !== idOf(press.hit))) {
        this.dropped(press.hit, over, { x: event.clientX, y: event.clientY });
      }
    }
  }

  /** @param {PointerEvent} event */
  cancel(event) {
    this.pointers.delete(event.pointerId);
    this.press = null;
    this.stage.classList.remove('panning');
    this.dropThread();
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    // Where the page scrolls under the picture, the wheel is the page's until the picture has the focus.
    if (!event.ctrlKey && document.activeElement !== this.stage && scrolls(this.stage)) return;
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    if (event.shiftKey) this.panBy(-(event.deltaX || event.deltaY) * lines, 0);
    else if (this.view !== 'objects' && !event.ctrlKey) this.panBy(-event.deltaX * lines, -event.deltaY * lines); // read like a page
    else this.zoomBy(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0015)), this.point(event));
  }

  /** Shows what is under the pointer. @param {Hit | undefined} hit */
  pointAt(hit) {
    this.stage.classList.toggle('over-object', idOf(hit) !== undefined);
    this.session.hover(idOf(hit));
    this.line.textContent = hit ? this.hitText(hit) : '';
  }

  /** @param {Hit} hit */
  hitText(hit) {
    switch (hit.kind) {
      case 'block':
      case 'pool': return `${hit.label} · ${hit.address}`;
      case 'field': return hit.meaning ? `${hit.name}: ${hit.meaning}` : hit.name;
      case 'name': return `name ${hit.name} → ${this.objectText(hit.id)}`;
      case 'handle': return `the page's handle → ${this.objectText(hit.id)}`;
      default: return `${hit.slot ? `${hit.slot.label} of ` : ''}${this.objectText(hit.id)}${this.dropped ? ' · drag to link' : ''}`;
    }
  }

  /** @param {number | null} id */
  objectText(id) {
    if (id === null) return 'an object that is not shown';
    const row = this.session.row(id);
    if (!row) return idText(id);
    const count = row.refcount === null ? 'immortal' : `count ${row.refcount}`;
    return `${title(row)} ${row.value} · ${count}${row.reachable ? '' : ' · unreachable'} · ${row.address}`;
  }

  /** @param {Point} from @param {Point} to */
  drawThread(from, to) {
    if (!this.thread) {
      const svg = document.createElementNS(SVG, 'svg');
      svg.setAttribute('aria-hidden', 'true');
      const end = document.createElementNS(SVG, 'circle');
      end.setAttribute('class', 'thread-end');
      end.setAttribute('r', '5');
      this.thread = document.createElementNS(SVG, 'path');
      this.thread.setAttribute('class', 'thread');
      svg.append(this.thread, end);
      this.stage.append(svg);
      this.stage.classList.add('linking');
    }
    this.thread.setAttribute('d', `M${from.x} ${from.y}L${to.x} ${to.y}`);
    const end = this.thread.nextElementSibling;
    end?.setAttribute('cx', String(to.x));
    end?.setAttribute('cy', String(to.y));
  }

  dropThread() {
    this.thread?.parentElement?.remove();
    this.thread = null;
    this.stage.classList.remove('linking');
  }

  /** Zooming and panning by key; true if the key was one of those. @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    switch (event.key) {
      case '+': case '=': this.zoomBy(ZOOM_STEP); return true;
      case '-': this.zoomBy(1 / ZOOM_STEP); return true;
      case '0': this.fit(true); return true;
      case 'ArrowLeft': this.panBy(PAN_STEP_PX, 0); return true;
      case 'ArrowRight': this.panBy(-PAN_STEP_PX, 0); return true;
      case 'ArrowUp': this.panBy(0, PAN_STEP_PX); return true;
      case 'ArrowDown': this.panBy(0, -PAN_STEP_PX); return true;
      default: return false;
    }
  }
}

/** Whether the page, or a part of it around an element, scrolls down. @param {HTMLElement} element */
function scrolls(element) {
  const overflow = (/** @type {HTMLElement} */ part) => getComputedStyle(part).overflowY;
  for (let at = element.parentElement; at; at = at.parentElement) {
    if (at.scrollHeight <= at.clientHeight + 1) continue;
    if (at === document.documentElement) return overflow(document.body) !== 'hidden';
    if (/auto|scroll/.test(overflow(at))) return true;
  }
  return false;
}

/** The object that a hit is about. @param {Hit | undefined} hit @returns {number | undefined} */
export function idOf(hit) {
  return hit && 'id' in hit && hit.id !== null ? hit.id : undefined;
}

/** Arrows start at objects, their slots, and names. @param {Hit} hit */
function canLink(hit) {
  return hit.kind === 'object' || hit.kind === 'name';
}
