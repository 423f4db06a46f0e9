
/** The number of an object's birth; it is never used again. */
export type ObjectId = number;
export type ReleaseName = "3.11" | "3.12" | "3.13" | "3.14" | "3.15";
export type View = "objects" | "pools" | "generations" | "bytes";
/** What to create; ids name existing objects. An int and the parts of a range are decimal text, since they may be of any size. */
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
/** Where in an object a reference lies. `append` is behind the last item; `member` names the set's member, for `unlink` only. */
export type Place =
  | { kind: "append" } | { kind: "index"; index: number } | { kind: "key"; key: ObjectId } | { kind: "attribute"; name: string }
  | { kind: "member"; member?: ObjectId } | { kind: "cell" };
/** Which places `link` accepts for an object; `indices` is the length of a list, 0 for others. */
export interface Places { append: boolean; indices: number; keyed: boolean; attribute: boolean; member: boolean; cell: boolean }
/** What `gc.collect()` says, and the collected objects by `type(x).__name__`. */
export interface Collected { collected: number; uncollectable: number; byType: { type: string; count: number }[] }
/**
 * What an object refers to, `id` and in words as `text`; `label` is written behind the object's name: `[0]`, `.name`, `key 'a'`.
 * `place` is where `link` and `unlink` find it, `null` where they do not reach.
 */
export interface Reference { label: string; id: ObjectId | null; text: string; place: Place | null }
/** One object. Addresses are text, as Python's `hex(id(x))` writes them. */
export interface Row {
  id: ObjectId; address: string; type: string;
  /** The type, or of what has a name of its own that: `list`, `class Node`, `function f`. */
  called: string;
  /** `repr(x)`, cut to 40 characters; of containers how many items they have. */
  value: string;
  /** `null`: immortal. */
  refcount: number | null;
  /** The count before the last command, if that changed it. */
  refcountBefore: number | null;
  /** 0, 1, 2, or 3 for the permanent generation; `null`: not tracked. */
  generation: number | null; tracked: boolean;
  /** From a name, a handle or the interpreter. */
  reachable: boolean;
  /** Made at start-up. */
  startup: boolean;
  /** Made or changed by the last command. */
  changed: boolean;
  /** `sys.getsizeof(x)`, in bytes. */
  getsizeof: number;
  /** Bytes of all blocks that belong to the object alone, as large as the allocator makes them. */
  occupies: number;
  references: Reference[];
  /** How many more references it holds than are listed. */
  hiddenReferences: number;
  /** `gc_refs`, while a collection that examines the object is stopped half way. */
  gcRefs: number | null;
  /** Tentatively unreachable in that collection. */
  unreachable: boolean;
}
/** Which rows: `find` are words of an object's id, type, value or address; `references` is the most that a row lists (256). */
export interface Rows { startup?: boolean; offset?: number; limit?: number; type?: string; find?: string; references?: number }
/** What a collection does, mostly as CPython's functions are called. */
export type PhaseName =
  | "gc_list_merge" | "update_refs" | "subtract_refs" | "move_unreachable" | "untrack_tuples" | "move survivors"
  | "move_legacy_finalizers" | "handle_weakrefs" | "finalize_garbage" | "handle_resurrected_objects" | "delete_garbage"
  | "clear_freelists" | "statistics";
/** A collection that is stopped half way; the phase is the one that the next step is part of. */
export interface Collecting { generation: 0 | 1 | 2; phase: PhaseName }
/** A reference to an object: what holds it (`id` where that is an object), in words, and where it lies. */
export interface Holder { kind: "object" | "name" | "handle" | "interpreter"; id: ObjectId | null; text: string; address: string }
/** A field of a block. */
export interface FieldInfo {
  /** Bytes from the object's address, negative in front of it; in other blocks from the block's start. */
  offset: number;
  /** In bytes. */
  size: number;
  /** CPython's name. */
  name: string;
  /** At most 64 of its bytes, in the order of their addresses. */
  hex: string;
  meaning: string;
  purpose: "pre-header" | "gc-head" | "count" | "type" | "bookkeeping" | "payload" | "room" | "slack";
  /** The object that it points to. */
  target: ObjectId | null;
}
/** Everything about an object. */
export interface Details {
  id: ObjectId; address: string; type: string; value: string;
  /** See `Row`. */
  getsizeof: number; occupies: number;
  /** Bytes of `occupies` that are no payload: heads, bookkeeping, room and rounding. */
  overhead: number;
  /** As many as its count. */
  holders: Holder[];
  /** The block of the object first. `asked` bytes were asked for, the block has `size`; the fields cover it. */
  blocks: { name: string; address: string; asked: number; size: number; fields: FieldInfo[] }[];
}
/** One entry for each object, all columns in the same order. */
export interface Columns {
  id: Uint32Array; address: Float64Array;
  /** Index into `types`. */
  type: Uint16Array; types: string[];
  /** 0xffffffff: immortal. */
  refcount: Uint32Array;
  /** 255: untracked, 3: permanent. */
  generation: Uint8Array;
  /** In bytes. */
  getsizeof: Uint32Array;
  /** Bit 0: made at start-up. */
  flags: Uint8Array;
}
/** An arena of 1 MiB. `inUse` and `total` count blocks of `blockBytes`; `nextFree` is handed out next. */
export interface ArenaInfo {
  address: string; freePools: number; totalPools: number;
  pools: { address: string; state: "untouched" | "empty" | "used" | "full"; blockBytes: number; inUse: number; total: number; nextFree: string | null }[];
}
/** A generation: `gc.get_count()` and `gc.get_threshold()`, how many objects its list has, and which of yours, in its order. */
export interface GenerationInfo { name: string; count: number; threshold: number; size: number; rule: string; ids: ObjectId[] }
export interface Statistics {
  /** `sys.getallocatedblocks()`: the blocks of pools and the raw blocks. */
  allocatedBlocks: number; poolBlocks: number; rawBlocks: number;
  /** Arenas held now, and the most ever held. */
  arenas: number; arenasHighwater: number;
  /** Pools with a block in use. */
  pools: number;
  /** Bytes of pools' blocks in use, and bytes of all memory that is mapped. */
  bytesInUse: number; bytesMapped: number;
  /** Objects without those of start-up, and how many of them nothing reaches. */
  objects: number; unreachable: number;
  /** `gc.get_count()` and `gc.get_threshold()`. */
  counts: number[]; thresholds: number[];
  /** Objects that survived the last full collection, and those that came from generation 1 since. */
  longLivedTotal: number; longLivedPending: number;
  gcEnabled: boolean;
  /** `gc.get_stats()` */
  gcStats: { collections: number; collected: number; uncollectable: number }[];
  /** By size class: bytes of a block, pools, blocks in use and free. */
  classes: { size: number; pools: number; used: number; free: number }[];
}
/** Colours and fonts as CSS writes them. */
export interface Theme {
  paper: string; panel: string; ink: string; soft: string; faint: string; line: string; grid: string; accent: string; mark: string;
  markLine: string; dead: string; number: string; text: string; bytes: string; sequence: string; mapping: string; set: string;
  instance: string; class: string; callable: string; other: string; bGc: string; bCount: string; bType: string; bPayload: string;
  bBook: string; bRoom: string; bSlack: string; font: string; mono: string;
  /** Forced colours: no tints, outlines and hatching instead. False if it is left out. */
  patterns?: boolean;
}
/** Width and height in css pixels; `dpr` is the number of device pixels for each. */
export interface Frame { width: number; height: number; dpr: number; theme: Theme }
/** What lies at a point of a view. */
export type Hit =
  | { kind: "object"; id: ObjectId; slot?: Reference }
  | { kind: "name"; name: string; id: ObjectId | null } | { kind: "handle"; id: ObjectId | null }
  | { kind: "block"; address: string; id: ObjectId | null; label: string } | { kind: "pool"; address: string; label: string }
  | { kind: "field"; name: string; meaning: string; id: ObjectId | null };
/** Every error that this package throws on purpose. */
export interface TerrariumError extends Error { code: string }
