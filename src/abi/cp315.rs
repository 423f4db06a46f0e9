//! CPython 3.15.2, 64-bit Linux. Sizes and offsets from its debug information, limits from its headers, behaviour measured.

use super::{
    CollectorRules, CollectorStart, FreeListLimits, ImmortalInCollection, IntHeader, ListShrink, ManagedDict, Profile,
    RefcountWord, Release, Sizes, Tracking, Trashcan,
};

/// CPython 3.15.2.
pub(super) const PROFILE: Profile = Profile {
    release: Release::Cp315,
    name: "3.15",
    version: "3.15.2",
    refcount: RefcountWord::Flags,
    static_refcnt: 0x0005_0000_c000_0000,
    small_int_max: 1024,
    int_header: IntHeader::TagWithSmallFlag,
    managed_dict: ManagedDict::Inline,
    tuple_tracking: Tracking::WhenNeeded,
    dict_tracking: Tracking::AtBirth,
    frozenset_tracking: Tracking::WhenNeeded,
    list_shrink: ListShrink::HalfAbove32,
    collector: CollectorRules {
        thresholds: [2000, 10, 10],
        start: CollectorStart::EvalBreaker,
        immortal: ImmortalInCollection::Untracked,
        untracks_dicts: false,
        late_weakrefs: true,
    },
    trashcan: Trashcan::MachineStack,
    sizes: Sizes {
        ascii_data: 40,
        compact_data: 56,
        utf8_length: 40,
        unicode: 64,
        tuple_items: 32,
        function: 152,
        module: 104,
        bytearray: 64,
        type_object: 424,
        heap_type: 944,
        code: 208,
    },
    freelists: FreeListLimits {
        float: 100,
        int: 100,
        tuple: 2000,
        list: 80,
        dict: 80,
        dict_keys: 80,
        slice: 1,
        range: 6,
        complex: 100,
        method: 20,
        builtin_function: 16,
        linked: true,
        tuple_20_lost: false,
    },
};
