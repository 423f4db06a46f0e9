//! What differs between the releases, as data: sizes, offsets, limits, thresholds, and for each algorithm that differs an enum.
//! Every `match` on it is exhaustive, so the compiler lists the places that a new variant has to be taught to.

mod cp311;
mod cp312;
mod cp313;
mod cp314;
mod cp315;
mod features;
mod identifiers;
pub mod space;
pub mod structs;
mod type_pointers;
mod types;

pub use features::Features;
pub use types::{TypeId, TypeRow};

/// A CPython release. Its data are those of one patch release, the one that was recorded, on 64-bit Linux.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Release {
    /// 3.11.7
    Cp311,
    /// 3.12.1
    Cp312,
    /// 3.13.18
    Cp313,
    /// 3.14.10
    #[default]
    Cp314,
    /// 3.15.2
    Cp315,
}

impl Release {
    /// All releases, oldest first. `release as usize` is the index here and in every table with a column for each release.
    pub const ALL: [Release; 5] = [Release::Cp311, Release::Cp312, Release::Cp313, Release::Cp314, Release::Cp315];

    /// The release's data.
    #[must_use]
    pub const fn profile(self) -> &'static Profile {
        match self {
            Release::Cp311 => &cp311::PROFILE,
            Release::Cp312 => &cp312::PROFILE,
            Release::Cp313 => &cp313::PROFILE,
            Release::Cp314 => &cp314::PROFILE,
            Release::Cp315 => &cp315::PROFILE,
        }
    }

    /// The release called `name`, as `3.14`.
    #[must_use]
    pub fn named(name: &str) -> Option<Release> {
        Release::ALL.into_iter().find(|r| r.profile().name == name)
    }
}

/// How the first word of an object holds its reference count, and which counts are immortal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefcountWord {
    /// `Py_ssize_t ob_refcnt`, all 64 bits; nothing is immortal (3.11).
    Plain,
    /// `uint32_t` in the low half; immortal if it is negative as `int32_t`, and not counted then (3.12, 3.13).
    /// Source: 3.12 Include/object.h:`_Py_IsImmortal`.
    Low32,
    /// `uint32_t ob_refcnt`, `uint16_t ob_overflow`, `uint16_t ob_flags` (3.14, 3.15). Immortal if `ob_refcnt` >= 2^31;
    /// increments stop at 3 << 30. Source: 3.15 Include/object.h:`struct _object`,
    /// Include/refcount.h:`Py_INCREF`.
    Flags,
}

/// How an int holds its sign and its number of digits. Source: Include/cpython/longintrepr.h.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntHeader {
    /// `ob_size`: the number of digits, negative for negative ints (3.11).
    SignedSize,
    /// `lv_tag`: digits << 3 | sign (0 positive, 1 zero, 2 negative) (3.12, 3.13).
    Tag,
    /// The same, and bit 2 set in small ints (3.14, 3.15).
    TagWithSmallFlag,
}

/// Where the attributes of an instance without `__slots__` lie; words are counted from the object's address.
/// Source: Include/internal/pycore_object.h:`_PyObject_DictOrValuesPointer`, `_PyObject_ManagedDictPointer`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManagedDict {
    /// Word -4: pointer to a values block; word -3: dict pointer (3.11).
    ValuesPointer,
    /// Word -4: weakref list; word -3: the values' address - 1 (odd), or a dict pointer (even) (3.12).
    Tagged,
    /// Word -4: weakref list; word -3: dict pointer; values inline behind the object (3.13 and later).
    Inline,
}

/// When a container enters the collector's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracking {
    /// At birth; the collector may untrack it later.
    AtBirth,
    /// A tuple or frozenset only if it holds something that could be part of a cycle; a dict as soon as it does.
    WhenNeeded,
}

/// When a list's item array shrinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListShrink {
    /// Whenever less than half is used; `del l[i]` too (3.11, 3.12).
    Half,
    /// The same, but `del l[i]` never shrinks (3.13).
    HalfNotOnDelete,
    /// Whenever less than half is used and room for more than 32 items is allocated (3.14.9 and 3.15.1 on). gh-158592.
    HalfAbove32,
}

/// Where the collector is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CollectorStart {
    /// Inside the allocation that passes the threshold, before the new object is tracked (3.11).
    InsideAllocation,
    /// A bit is set; the next check of the eval breaker collects (3.12 and later).
    EvalBreaker,
}

/// What the collector does with immortal containers that it meets in `update_refs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImmortalInCollection {
    /// Nothing is immortal (3.11).
    None,
    /// Moved to the permanent generation.
    ToPermanent,
    /// Untracked.
    Untracked,
}

/// What bounds the depth of nested deallocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trashcan {
    /// `Py_TRASHCAN_BEGIN` counts to 50 (3.11, 3.12). Source: 3.12 Objects/object.c:`_PyTrash_UNWIND_LEVEL`.
    Nesting50,
    /// Deposits while the C recursion left is at most 50, empties when above 100 (3.13). Source: 3.13
    /// Include/cpython/object.h:`Py_TRASHCAN_HEADROOM`.
    RecursionLeft,
    /// Inside `_Py_Dealloc`, by the machine's stack (3.14, 3.15); only GC types, untracked while waiting.
    MachineStack(&'static StackBytes),
}

/// Bytes of the machine's stack in the recorded build: what is left when the outermost deallocation begins, and what lies
/// between one `_Py_Dealloc` and the next one inside of it where the builds differ, by the type that dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StackBytes {
    /// Left at the beginning, of 8 MiB down to the soft limit.
    pub at_start: u64,
    /// An exception while its `args` die, which are given up before the function takes the rest of its stack.
    pub exception_args: u64,
    /// set, frozenset
    pub set: u64,
    /// An exception.
    pub exception: u64,
    /// module
    pub module: u64,
    /// generator
    pub generator: u64,
    /// An instance with `__slots__` and without a dict.
    pub instance_with_slots: u64,
}

/// Sizes and offsets that differ, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// `PyASCIIObject`: where an ASCII string's characters start.
    pub ascii_data: u64,
    /// `PyCompactUnicodeObject`: where another compact string's characters start.
    pub compact_data: u64,
    /// `offsetof(PyCompactUnicodeObject, utf8_length)`; `utf8` is the word behind.
    pub utf8_length: u64,
    /// `PyUnicodeObject`: `tp_basicsize` of `str`.
    pub unicode: u64,
    /// `offsetof(PyTupleObject, ob_item)`; `tp_basicsize` of `tuple`.
    pub tuple_items: u64,
    /// `PyFunctionObject`.
    pub function: u64,
    /// `PyModuleObject`.
    pub module: u64,
    /// `PyByteArrayObject`.
    pub bytearray: u64,
    /// `PyTypeObject`.
    pub type_object: u64,
    /// `PyHeapTypeObject`: `tp_basicsize` of `type`.
    pub heap_type: u64,
    /// `offsetof(PyCodeObject, co_code_adaptive)`: `tp_basicsize` of `code`.
    pub code: u64,
}

/// How many objects can wait in each free list; 0 where the release has no such list.
#[derive(Clone, Copy, Debug)]
pub struct FreeListLimits {
    /// float
    pub float: u32,
    /// int of one digit
    pub int: u32,
    /// tuple, for each length from 1 to 20
    pub tuple: u32,
    /// list
    pub list: u32,
    /// dict
    pub dict: u32,
    /// dict keys tables of 8 slots that hold only strings
    pub dict_keys: u32,
    /// slice
    pub slice: u32,
    /// range
    pub range: u32,
    /// complex
    pub complex: u32,
    /// bound method
    pub method: u32,
    /// builtin function, method of a builtin type
    pub builtin_function: u32,
    /// Linked through the object's first word (3.14 on) instead of kept in arrays.
    pub linked: bool,
    /// Tuples of length 20 are stored but never found again (3.11, 3.12): gh-121439.
    pub tuple_20_lost: bool,
}

/// Rules of the cyclic collector.
#[derive(Clone, Copy, Debug)]
pub struct CollectorRules {
    /// `threshold` of the three generations, from the youngest.
    pub thresholds: [u32; 3],
    /// Where an automatic collection starts.
    pub start: CollectorStart,
    /// What happens to immortal containers.
    pub immortal: ImmortalInCollection,
    /// Full collections untrack dicts that hold nothing trackable (3.11 to 3.13).
    pub untracks_dicts: bool,
    /// Weak references without callback are cleared after the resurrection check (3.15), not before finalizers.
    pub late_weakrefs: bool,
}

/// Everything that a release fixes.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// The release.
    pub release: Release,
    /// As users say it: `3.14`.
    pub name: &'static str,
    /// The patch release that the recordings are of: `3.14.10`.
    pub version: &'static str,
    /// What the first word of objects means.
    pub refcount: RefcountWord,
    /// `ob_refcnt` of objects in static data, the whole word.
    pub static_refcnt: u64,
    /// The largest of the small ints (the smallest is -5).
    pub small_int_max: i64,
    /// What the header of ints means.
    pub int_header: IntHeader,
    /// Where instances have their attributes.
    pub managed_dict: ManagedDict,
    /// When tuples enter the collector's lists.
    pub tuple_tracking: Tracking,
    /// When dicts do.
    pub dict_tracking: Tracking,
    /// When frozensets do.
    pub frozenset_tracking: Tracking,
    /// When lists shrink.
    pub list_shrink: ListShrink,
    /// The collector's rules.
    pub collector: CollectorRules,
    /// What bounds nested deallocation.
    pub trashcan: Trashcan,
    /// Sizes and offsets of structs.
    pub sizes: Sizes,
    /// Lengths of free lists.
    pub freelists: FreeListLimits,
    /// What it does where a yes or no says it all.
    pub features: Features,
}
