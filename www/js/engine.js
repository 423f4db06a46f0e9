// Loading the wasm package, and loading it again after a panic.
//
// A module that panicked is not to be trusted, and wasm-bindgen's glue keeps one instance per JavaScript module. So a second
// copy of the glue (the same file under another query) is loaded once the page stands, ready for the day it is needed, also
// without a network; the compiled wasm is kept and only instantiated anew.

/** @typedef {import('./api.js').Package} Package */

const GLUE = new URL('../pkg/terrarium.js', import.meta.url);
const WASM = new URL('../pkg/terrarium_bg.wasm', import.meta.url);

export class Engine {
  /** @param {Package} loaded @param {WebAssembly.Module} module */
  constructor(loaded, module) {
    this.package = loaded;
    this.module = module;
    this.copies = 0;
    /** @type {Promise<Package> | null} */
    this.spare = null;
    /** What the panic hook said last. @type {string | null} */
    this.message = null;
    this.listen();
  }

  static async load() {
    const [module, loaded] = await Promise.all([compile(), /** @type {Promise<Package>} */ (import(GLUE.href))]);
    await loaded.default({ module_or_path: module });
    return new Engine(loaded, module);
  }

  /** Has the next copy at hand. */
  prepare() {
    this.copies += 1;
    this.spare = import(`${GLUE.href}?copy=${this.copies}`);
    this.spare.catch(() => { this.spare = null; });
  }

  /** A fresh instance in place of one that panicked. */
  async renew() {
    if (!this.spare) this.prepare();
    const next = await /** @type {Promise<Package>} */ (this.spare);
    await next.default({ module_or_path: this.module });
    this.package = next;
    this.message = null;
    this.listen();
    this.prepare();
  }

  listen() {
    this.package.onPanic((message) => { this.message = message; });
  }
}

async function compile() {
  const response = await fetch(WASM);
  if (!response.ok) throw new Error(`${WASM.pathname} is missing (${response.status})`);
  try {
    return await WebAssembly.compileStreaming(response.clone());
  } catch {
    return await WebAssembly.compile(await response.arrayBuffer()); // a server that calls wasm something else
  }
}
