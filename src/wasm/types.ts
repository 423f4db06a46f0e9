
/** Births are numbered: an object's id is never used again. */
export type ObjectId = number;
export type ReleaseName = "3.11" | "3.12" | "3.13" | "3.14" | "3.15";
export type View = "objects" | "pools" | "generations" | "bytes";
/** What to create; ids refer to existing objects. */
export type Spec =
  | { type: "None" } | { type: "bool"; value: boolean } | { type: "Ellipsis" } | { type: "NotImplemented" }
  | { type: "int"; value: string }
  | { type: "float"; value: number } | { type: "complex"; real: number; imag: number }
  | { type: "str"; value: string }
  | { type: "bytes" | "bytearray"; value: Uint8Array | number[] }
  | { type: "list" | "tuple" | "set" | "frozenset"; items: ObjectId[] }
  | { type: "dict"; entries: [ObjectId, ObjectId][] }
  | { type: "slice"; start: ObjectId; stop: ObjectId; step: ObjectId }
  | { type: "range"; start: string; stop: string; step: string }
  | { type: "class"; name: string; slots?: string[]; bases?: ObjectId[] } | { type: "instance"; class: ObjectId }
  | { type: "cell"; contents?: ObjectId } | { type: "function"; name: string; defaults?: ObjectId[]; closure?: ObjectId[] }
  | { type: "method"; function: ObjectId; self: ObjectId } | { type: "module"; name: string }
  | { type: "exception"; class: string; args: ObjectId[] } | { type: "weakref"; object: ObjectId } | { type: "object" };
/** Where a link goes. `member` is only for unlink: which member of the set. */
export type Place =
  | { kind: "append" } | { kind: "index"; index: number } | { kind: "key"; key: ObjectId } | { kind: "attribute"; name: string }
  | { kind: "member"; member?: ObjectId } | { kind: "cell" };
export interface Places { append: boolean; indices: number; keyed: boolean; attribute: boolean; member: boolean; cell: boolean }
export interface Collected { collected: number; uncollectable: number; byType: { type: string; count: number }[] }
export interface Row {
  id: ObjectId; address: string; type: string; value: string;
  /** `null`: immortal. */
  refcount: number | null;
  refcountBefore: number | null; generation: number | null; tracked: boolean; reachable: boolean; startup: boolean; changed: boolean;
  getsizeof: number; occupies: number;
  references: { label: string; id: ObjectId | null; text: string }[];
  /** How many more references it holds than are listed. */
  hiddenReferences: number;
  gcRefs: number | null; unreachable: boolean;
}
/** Which rows: `find` are words of an object's id, type, value or address; `references` is the most that a row lists (256). */
export interface Rows { startup?: boolean; offset?: number; limit?: number; type?: string; find?: string; references?: number }
/** A collection that is stopped half way; the phase is the one that the next step is part of. */
export interface Collecting { generation: 0 | 1 | 2; phase: string }
export interface Holder { id: ObjectId | null; text: string; address: string }
export interface FieldInfo {
  /** Bytes from the object's address; negative in front of it. */
  offset: number; size: number; name: string; hex: string; meaning: string;
  purpose: "pre-header" | "gc-head" | "count" | "type" | "bookkeeping" | "payload" | "room" | "slack";
  target: ObjectId | null;
}
export interface Details {
  id: ObjectId; address: string; type: string; value: string; getsizeof: number; occupies: number; overhead: number;
  holders: Holder[];
  blocks: { name: string; address: string; asked: number; size: number; fields: FieldInfo[] }[];
}
export interface Columns {
  id: Uint32Array; address: Float64Array; type: Uint16Array; types: string[];
  /** 0xffffffff: immortal. */
  refcount: Uint32Array;
  /** 255: untracked, 3: permanent. */
  generation: Uint8Array;
  getsizeof: Uint32Array;
  /** Bit 0: made at start-up. */
  flags: Uint8Array;
}
export interface ArenaInfo {
  address: string; freePools: number; totalPools: number;
  pools: { address: string; state: "untouched" | "empty" | "used" | "full"; blockBytes: number; inUse: number; total: number; nextFree: string | null }[];
}
export interface GenerationInfo { name: string; count: number; threshold: number; size: number; rule: string; ids: ObjectId[] }
export interface Statistics {
  allocatedBlocks: number; poolBlocks: number; rawBlocks: number; arenas: number; arenasHighwater: number; pools: number;
  bytesInUse: number; bytesMapped: number; objects: number; unreachable: number; counts: number[]; thresholds: number[];
  longLivedTotal: number; longLivedPending: number; gcEnabled: boolean;
  gcStats: { collections: number; collected: number; uncollectable: number }[];
  classes: { size: number; pools: number; used: number; free: number }[];
}
/** Colours and fonts as CSS writes them. */
export interface Theme {
  paper: string; panel: string; ink: string; soft: string; faint: string; line: string; grid: string; accent: string; mark: string;
  markLine: string; dead: string; number: string; text: string; bytes: string; sequence: string; mapping: string; set: string;
  instance: string; class: string; callable: string; other: string; bGc: string; bCount: string; bType: string; bPayload: string;
  bBook: string; bRoom: string; bSlack: string; font: string; mono: string;
  /** Forced colours: no tints, outlines and hatching instead. */
  patterns: boolean;
}
/** Size in css pixels. */
export interface Frame { width: number; height: number; dpr: number; theme: Theme }
export type Hit =
  | { kind: "object"; id: ObjectId; slot?: { label: string; id: ObjectId | null } }
  | { kind: "name"; name: string; id: ObjectId | null } | { kind: "handle"; id: ObjectId | null }
  | { kind: "block"; address: string; id: ObjectId | null; label: string } | { kind: "pool"; address: string; label: string }
  | { kind: "field"; name: string; meaning: string; id: ObjectId | null };
/** Every error that this package throws on purpose. */
export interface TerrariumError extends Error { code: string }
