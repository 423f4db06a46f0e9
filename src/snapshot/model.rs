//! The vocabulary of the views: what one heap looked like at one moment, in plain structs.
//!
//! Objects are named by their [`Serial`] (`id`), which is never used again; indices into [`Snapshot::objects`] hold for this
//! snapshot only. Sizes in bytes.

use std::rc::Rc;

use crate::abi::Release;
use crate::ids::text::{Owned as _, cat};
use crate::ids::{Addr, Serial};
pub use crate::pymalloc::{BlockState, PoolState};

/// One moment of one heap.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The release whose memory this is.
    pub release: Release,
    /// Whether the snapshot has too many objects for anybody to read all their texts, which take longer than all else. If so,
    /// these are empty: values; labels and target texts of slots; labels of blocks that belong to shown objects. Slots to objects
    /// that are not shown are only counted. [`super::spelled`] gives one object in full.
    pub brief: bool,
    /// Objects, by `id` ascending.
    pub objects: Vec<Object>,
    /// Slots outside any object that hold a reference: names and page handles, in order.
    pub roots: Vec<Root>,
    /// Arenas by address ascending.
    pub arenas: Vec<Arena>,
    /// Generations 0, 1, 2 and the permanent one.
    pub generations: [Generation; 4],
    /// The collection that is stopped half way, if there is one.
    pub collection: Option<Collection>,
    /// `gc.isenabled()`
    pub gc_enabled: bool,
    /// `long_lived_total`: objects that survived the last full collection.
    pub long_lived_total: u64,
    /// `long_lived_pending`: objects that survived a collection of generation 1 since then. A full collection waits until
    /// this is at least a quarter of the total.
    pub long_lived_pending: u64,
    /// Names that the last command unbound.
    pub unbound: Vec<String>,
    /// How many objects made at start-up were left out.
    pub startup_hidden: u32,
}

/// What an object is, as far as colour and shape go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// int, bool, float, complex
    Number,
    /// str
    Text,
    /// bytes, bytearray
    Bytes,
    /// list, tuple
    Sequence,
    /// dict
    Mapping,
    /// set, frozenset
    Set,
    /// Instances of heap types, object()
    Instance,
    /// type
    Class,
    /// function, method, cell, code, generator
    Callable,
    /// None, Ellipsis, NotImplemented, slice, range, module, exception, weakref and whatever else
    Other,
}

/// One object.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Birth serial.
    pub id: Serial,
    /// What `id()` gives.
    pub addr: Addr,
    /// `type(x).__name__`
    pub type_name: Rc<str>,
    /// `__name__` of a class, a function or a module; empty for everything else.
    pub name: String,
    /// Colour and shape.
    pub family: Family,
    /// `repr(x)`, cut to about 40 characters with an ellipsis; containers say how many items they hold.
    pub value: String,
    /// `ob_refcnt`; `None` if immortal.
    pub refcount: Option<u64>,
    /// `ob_refcnt` before the last command if it changed (and the object existed).
    pub refcount_before: Option<u64>,
    /// Born or changed in any byte by the last command.
    pub changed: bool,
    /// Made at start-up, not by the user.
    pub startup: bool,
    /// Reachable from a root (names, handles, the interpreter).
    pub reachable: bool,
    /// The collector's view; `None` if the type has no GC head.
    pub gc: Option<GcState>,
    /// `sys.getsizeof(x)`
    pub getsizeof_bytes: u64,
    /// All blocks that belong to the object alone (item array, keys table, values): what it occupies, rounding included.
    pub occupies_bytes: u64,
    /// References that the object holds, in the order of its `tp_traverse`, type last.
    pub slots: Vec<Slot>,
    /// How many more it holds, to objects that are not shown.
    pub hidden_slots: u64,
}

impl Object {
    /// What stands in front of its name: `class` for a class that a program made, else the type's name.
    #[must_use]
    pub fn word(&self) -> &str {
        if self.family == Family::Class && !self.startup { "class" } else { &self.type_name }
    }

    /// What it is called, its number left out: `list`, `class Node`, `function f`.
    #[must_use]
    pub fn called(&self) -> String {
        if self.name.is_empty() { self.type_name.owned() } else { cat(&[self.word(), " ", &self.name]) }
    }
}

/// What the collector knows of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GcState {
    /// 0, 1, 2, 3 for permanent; `None` while untracked.
    pub generation: Option<u8>,
    /// `gc_refs`, while a collection that examines the object is stopped half way.
    pub gc_refs: Option<u64>,
    /// Tentatively unreachable in that collection.
    pub unreachable: bool,
}

/// What a slot is in its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// `ob_type`
    Type,
    /// The item of a list or tuple at an index.
    Item(u64),
    /// The value of a dict under a key.
    Value(Option<Serial>),
    /// A key of a dict.
    Key,
    /// An attribute of an instance, by name.
    Attribute,
    /// `__dict__` of an instance.
    Dict,
    /// A member of a set or frozenset.
    Member,
    /// What a cell contains.
    Contents,
    /// Any other field of the struct, or what belongs to it.
    Field,
}

impl Role {
    /// Whether the label is written right behind what the object is called, as Python writes it: `[0]`, `.name`.
    #[must_use]
    pub const fn is_written_behind(self) -> bool {
        matches!(self, Role::Item(_) | Role::Value(_) | Role::Attribute | Role::Dict)
    }
}

/// A reference inside an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// What it is in the object.
    pub role: Role,
    /// The same as a reader writes it after the object's name: `[0]`, `['key']`, `.name`, `key 'a'`, `member`, `type`.
    pub label: String,
    /// Where the pointer lies.
    pub at: Addr,
    /// Index of the target in [`Snapshot::objects`]; `None` if it was left out (start-up) or the slot is empty.
    pub target: Option<usize>,
    /// The target, also where it was left out.
    pub id: Option<Serial>,
    /// The target in a few words, also where it was left out: `type list`, `int 5`; empty for an empty slot.
    pub target_text: String,
}

/// A name or a page handle.
#[derive(Clone, Debug, PartialEq)]
pub struct Root {
    /// The name, or `handle` for a page handle.
    pub name: String,
    /// Whether this is a page handle and not a name.
    pub is_handle: bool,
    /// Index into [`Snapshot::objects`]; `None` if left out.
    pub target: Option<usize>,
    /// The target in a few words, where it was left out.
    pub target_text: String,
    /// Bound or rebound by the last command.
    pub changed: bool,
}

/// One arena.
#[derive(Clone, Debug, PartialEq)]
pub struct Arena {
    /// `arena_object.address`
    pub addr: Addr,
    /// Bytes in front of the first pool, lost to alignment.
    pub misaligned_bytes: u64,
    /// `nfreepools`
    pub free_pools: u32,
    /// `ntotalpools`
    pub total_pools: u32,
    /// Pools by address, `total_pools` of them.
    pub pools: Vec<Pool>,
}

/// One pool of 16 KiB.
#[derive(Clone, Debug, PartialEq)]
pub struct Pool {
    /// Address of the header.
    pub addr: Addr,
    /// What it is.
    pub state: PoolState,
    /// Size class; meaningful unless untouched.
    pub szidx: u32,
    /// Bytes of a block.
    pub block_bytes: u32,
    /// `ref.count`: blocks in use.
    pub blocks_in_use: u32,
    /// Blocks that fit.
    pub blocks_total: u32,
    /// Blocks by address; empty for untouched pools.
    pub blocks: Vec<Block>,
}

/// One block.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// First byte.
    pub addr: Addr,
    /// What it is.
    pub state: BlockState,
    /// The object that owns it (index into [`Snapshot::objects`]), if it is shown.
    pub owner: Option<usize>,
    /// What lives there: `list #3`, `items of list #3`, `keys of dict #7`, `list (start-up)`, `in the free list of list`.
    pub label: String,
    /// Colour, where the owner is known.
    pub family: Option<Family>,
}

/// One generation of the collector.
#[derive(Clone, Debug, PartialEq)]
pub struct Generation {
    /// `count` (0 for the permanent one).
    pub count: u32,
    /// `threshold` (0 for the permanent one).
    pub threshold: u32,
    /// How many objects its list holds, start-up ones included.
    pub size: u32,
    /// Objects shown, in list order: indices into [`Snapshot::objects`].
    pub members: Vec<usize>,
}

/// A collection that is stopped half way.
#[derive(Clone, Debug, PartialEq)]
pub struct Collection {
    /// The generation that is collected.
    pub generation: u8,
    /// The phase that the next step is part of, in CPython's words: `update_refs`, `subtract_refs`, ...
    pub phase: String,
    /// The object the machine looks at, if any: index into [`Snapshot::objects`].
    pub at: Option<usize>,
    /// Objects still in the young list, in order; `None` once they have joined the next older generation.
    pub young: Option<Vec<usize>>,
    /// Objects moved to `unreachable`, in order.
    pub unreachable: Vec<usize>,
    /// What the last step did and why, in one sentence.
    pub sentence: String,
}

/// Everything about one object, for the bytes view and the details pane.
#[derive(Clone, Debug, PartialEq)]
pub struct Details {
    /// The object.
    pub id: Serial,
    /// What `id()` gives.
    pub addr: Addr,
    /// `type(x).__name__`
    pub type_name: String,
    /// `repr(x)`, cut.
    pub value: String,
    /// `sys.getsizeof(x)`
    pub getsizeof_bytes: u64,
    /// All its own blocks, rounding included.
    pub occupies_bytes: u64,
    /// Of that: there only because types are dynamic (GC head, count, type pointer, pre-header, hash cache, over-allocation
    /// and rounding), not payload.
    pub overhead_bytes: u64,
    /// The object's blocks: first the one with the object, then item array, keys, values.
    pub blocks: Vec<DetailBlock>,
    /// Who holds it, adding up to its count.
    pub holders: Vec<Holder>,
}

/// One block of an object with every byte explained.
#[derive(Clone, Debug, PartialEq)]
pub struct DetailBlock {
    /// `object`, `item array`, `keys table`, `values`
    pub name: &'static str,
    /// First byte.
    pub addr: Addr,
    /// Bytes asked for.
    pub asked_bytes: u64,
    /// Bytes of the block (size class).
    pub block_bytes: u64,
    /// Fields in address order, together covering the block.
    pub fields: Vec<FieldView>,
}

/// What a field is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Pre-header of managed dict and weakrefs.
    PreHeader,
    /// `PyGC_Head`.
    GcHead,
    /// `ob_refcnt`.
    Count,
    /// `ob_type`.
    Type,
    /// Bookkeeping of the type: sizes, hashes, pointers to own blocks, indices.
    Bookkeeping,
    /// What the program stored: digits, characters, references to items.
    Payload,
    /// Asked for but unused: over-allocation, room for more attributes.
    Room,
    /// Behind what was asked for, up to the block's end.
    Slack,
}

/// One field.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldView {
    /// Bytes from the object's address (negative in front of it); for other blocks from the block's start.
    pub offset: i64,
    /// Its bytes as they lie in memory (cut after 64; `size_bytes` says how many there are).
    pub bytes: Vec<u8>,
    /// How long it is.
    pub size_bytes: u64,
    /// CPython's name.
    pub name: String,
    /// What the bytes mean: `2 references`, `→ list #4`, `3 items`.
    pub meaning: String,
    /// What it is there for.
    pub purpose: Purpose,
    /// The object it points to, if it is a pointer to one.
    pub target: Option<Serial>,
}

/// What a slot that holds a reference is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldBy {
    /// This object.
    Object(Serial),
    /// The namespace of `__main__`, as a name.
    Name,
    /// The page.
    Handle,
    /// The interpreter.
    Interpreter,
}

/// One slot that holds a reference to the object.
#[derive(Clone, Debug, PartialEq)]
pub struct Holder {
    /// What it is part of.
    pub by: HeldBy,
    /// With name: `name a`, `list #3[2]`, `page handle`.
    pub text: String,
    /// Where the pointer lies.
    pub at: Addr,
}
