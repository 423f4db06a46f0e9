//! CPython 3.11.7, 64-bit Linux. Sizes and offsets from its debug information, limits from its headers, behaviour measured.

use super::{
    CollectorRules, CollectorStart, FreeListLimits, ImmortalInCollection, IntHeader, ListShrink, ManagedDict, Profile,
    RefcountWord, Release, Sizes, Tracking, Trashcan,
};

/// CPython 3.11.7.
pub(super) const PROFILE: Profile = Profile {
    release: Release::Cp311,
    name: "3.11",
    version: "3.11.7",
    refcount: RefcountWord::Plain,
    static_refcnt: 999_999_999,
    small_int_max: 256,
    int_header: IntHeader::SignedSize,
    managed_dict: ManagedDict::ValuesPointer,
    tuple_tracking: Tracking::AtBirth,
    dict_tracking: Tracking::WhenNeeded,
    frozenset_tracking: Tracking::AtBirth,
    list_shrink: ListShrink::Half,
    collector: CollectorRules {
        thresholds: [700, 10, 10],
        start: CollectorStart::InsideAllocation,
        immortal: ImmortalInCollection::None,
        untracks_dicts: true,
        late_weakrefs: false,
    },
    trashcan: Trashcan::Nesting50,
    sizes: Sizes {
        ascii_data: 48,
        compact_data: 72,
        utf8_length: 48,
        unicode: 80,
        tuple_items: 24,
        function: 136,
        module: 56,
        bytearray: 56,
        type_object: 408,
        heap_type: 904,
        code: 184,
    },
    freelists: FreeListLimits {
        float: 100,
        int: 0,
        tuple: 2000,
        list: 80,
        dict: 80,
        dict_keys: 80,
        slice: 1,
        range: 0,
        complex: 0,
        method: 0,
        builtin_function: 0,
        linked: false,
        tuple_20_lost: true,
    },
};
