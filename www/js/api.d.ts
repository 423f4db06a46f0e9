// What the page uses of the package that wasm-bindgen makes (www/pkg). Ids are birth serials; addresses are text.

export type ReleaseName = "3.11" | "3.12" | "3.13" | "3.14" | "3.15";
export type View = "objects" | "pools" | "generations" | "bytes";
export type Generation = 0 | 1 | 2;

export type Spec =
  | { type: "None" } | { type: "bool"; value: boolean } | { type: "Ellipsis" } | { type: "NotImplemented" }
  | { type: "int"; value: string }
  | { type: "float"; value: number } | { type: "complex"; real: number; imag: number }
  | { type: "str"; value: string } | { type: "bytes"; value: number[] } | { type: "bytearray"; value: number[] }
  | { type: "list" | "tuple" | "set" | "frozenset"; items: number[] }
  | { type: "dict"; entries: [number, number][] }
  | { type: "slice"; start: number; stop: number; step: number }
  | { type: "range"; start: string; stop: string; step: string }
  | { type: "class"; name: string; slots?: string[]; bases?: number[] } | { type: "instance"; class: number }
  | { type: "cell"; contents?: number } | { type: "function"; name: string; defaults?: number[]; closure?: number[] }
  | { type: "method"; function: number; self: number } | { type: "module"; name: string }
  | { type: "exception"; class: string; args: number[] } | { type: "weakref"; object: number } | { type: "object" };

export type Place =
  | { kind: "append" } | { kind: "index"; index: number } | { kind: "key"; key: number } | { kind: "attribute"; name: string }
  | { kind: "member"; member?: number } | { kind: "cell" };

export interface Places { append: boolean; indices: number; keyed: boolean; attribute: boolean; member: boolean; cell: boolean }
export interface Reference { label: string; id: number | null; text: string }
export interface Row {
  id: number; address: string; type: string; value: string; refcount: number | null; refcountBefore?: number;
  generation: number | null; tracked: boolean; reachable: boolean; startup: boolean; changed: boolean;
  getsizeof: number; occupies: number; references: Reference[]; gcRefs?: number; unreachable?: boolean;
}
export interface Name { name: string; object: number; text: string }
export interface Holder { id: number | null; text: string; address: string }
export interface Field { offset: number; size: number; name: string; hex: string; meaning: string; purpose: string; target: number | null }
export interface Block { name: string; address: string; asked: number; size: number; fields: Field[] }
export interface Details {
  id: number; address: string; type: string; value: string; getsizeof: number; occupies: number; overhead: number;
  holders: Holder[]; blocks: Block[];
}
export interface PoolInfo {
  address: string; state: "untouched" | "empty" | "used" | "full"; blockBytes: number; inUse: number; total: number;
  nextFree: string | null;
}
export interface ArenaInfo { address: string; freePools: number; totalPools: number; pools: PoolInfo[] }
export interface GenerationInfo { name: string; count: number; threshold: number; size: number; rule: string; ids: number[] }
export interface Statistics {
  allocatedBlocks: number; poolBlocks: number; rawBlocks: number; arenas: number; arenasHighwater: number; pools: number;
  bytesInUse: number; bytesMapped: number; objects: number; unreachable: number; counts: number[]; thresholds: number[];
  longLivedTotal: number; longLivedPending: number; gcStats: { collections: number; collected: number; uncollectable: number }[];
  classes: { size: number; pools: number; used: number; free: number }[];
}
export interface Collected { collected: number; uncollectable: number; byType: { type: string; count: number }[] }
export interface Theme {
  paper: string; panel: string; ink: string; soft: string; faint: string; line: string; grid: string; accent: string;
  mark: string; markLine: string; dead: string; number: string; text: string; bytes: string; sequence: string; mapping: string;
  set: string; instance: string; class: string; callable: string; other: string;
  bGc: string; bCount: string; bType: string; bPayload: string; bBook: string; bRoom: string; bSlack: string;
  font: string; mono: string; patterns: boolean;
}
export interface Frame { width: number; height: number; dpr: number; theme: Theme }
export type Hit =
  | { kind: "object"; id: number; slot?: { label: string; id: number | null } }
  | { kind: "name"; name: string; id: number } | { kind: "handle"; id: number }
  | { kind: "block"; address: string; id: number | null; label: string } | { kind: "pool"; address: string; label: string }
  | { kind: "field"; name: string; meaning: string; id: number | null };

export interface Playground {
  free(): void;
  readonly release: ReleaseName;
  readonly version: string;
  loadDemo(): void;
  create(spec: Spec): number;
  bind(name: string, object: number): void;
  unbind(name: string): void;
  drop(object: number): void;
  link(from: number, place: Place, to: number): void;
  unlink(from: number, place: Place): void;
  collect(generation: Generation): Collected;
  startCollection(generation: Generation): void;
  stepCollection(grain: "object" | "phase"): boolean;
  finishCollection(): void;
  setThreshold(t0: number, t1: number, t2: number): void;
  setGcEnabled(on: boolean): void;
  freeze(): void;
  unfreeze(): void;
  undo(): boolean;
  redo(): boolean;
  undoLabel(): string | undefined;
  redoLabel(): string | undefined;
  sentence(): string;
  places(from: number): Places;
  rows(options?: { startup?: boolean; offset?: number; limit?: number }): { total: number; rows: Row[] };
  names(): Name[];
  details(object: number): Details;
  holders(object: number): Holder[];
  pools(): ArenaInfo[];
  generations(): GenerationInfo[];
  statistics(): Statistics;
  check(): void;
  draw(context: CanvasRenderingContext2D, view: View, frame: Frame): void;
  hit(view: View, x: number, y: number): Hit | undefined;
  svg(view: View, frame: Frame): string;
  select(object: number | undefined): void;
  readonly selected: number | undefined;
  hover(object: number | undefined): void;
  pan(view: View, dx: number, dy: number): void;
  zoom(view: View, factor: number, x: number, y: number): void;
  fit(view: View): void;
  neighbour(object: number, direction: "referent" | "referrer" | "next" | "previous"): number | undefined;
  describe(view: View): string;
}

/** The module itself, as `wasm-bindgen --target web` writes it. */
export interface Package {
  default(options: { module_or_path: WebAssembly.Module }): Promise<unknown>;
  Playground: {
    new (release?: ReleaseName, options?: { memoryLimitBytes?: number }): Playground;
    releases(): { name: ReleaseName; version: string }[];
  };
  onPanic(callback: (message: string) => void): void;
}
