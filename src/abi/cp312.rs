//! CPython 3.12.1, 64-bit Linux. Sizes and offsets from its debug information, limits from its headers, behaviour measured.

use super::{
    CollectorRules, CollectorStart, FreeListLimits, ImmortalInCollection, IntHeader, ListShrink, ManagedDict, Profile,
    RefcountWord, Release, Sizes, Tracking, Trashcan,
};

/// CPython 3.12.1.
pub(super) const PROFILE: Profile = Profile {
    release: Release::Cp312,
    name: "3.12",
    version: "3.12.1",
    refcount: RefcountWord::Low32,
    static_refcnt: 0xffff_ffff,
    small_int_max: 256,
    int_header: IntHeader::Tag,
    managed_dict: ManagedDict::Tagged,
    tuple_tracking: Tracking::AtBirth,
    dict_tracking: Tracking::WhenNeeded,
    frozenset_tracking: Tracking::AtBirth,
    list_shrink: ListShrink::Half,
    collector: CollectorRules {
        thresholds: [700, 10, 10],
        start: CollectorStart::EvalBreaker,
        immortal: ImmortalInCollection::ToPermanent,
        untracks_dicts: true,
        late_weakrefs: false,
    },
    trashcan: Trashcan::Nesting50,
    sizes: Sizes {
        ascii_data: 40,
        compact_data: 56,
        utf8_length: 40,
        unicode: 64,
        tuple_items: 24,
        function: 144,
        module: 56,
        bytearray: 56,
        type_object: 416,
        heap_type: 920,
        code: 192,
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
