//! What some releases do and others do not: each a yes or no that has a name, so that no other file compares releases.

/// What a release does. In brackets: the releases that say yes.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "facts that do not depend on each other")]
pub struct Features {
    /// Strings have `wstr`, and bit 7 of their state says `ready` instead of `static` (3.11).
    pub str_wstr: bool,
    /// The static one-character strings from U+0080 on hold their UTF-8 form (3.12 on).
    pub latin1_utf8: bool,
    /// Start-up interns the static one-character strings (3.13 on).
    pub latin1_interned: bool,
    /// Whatever is interned becomes immortal (3.12).
    pub interning_immortalizes: bool,
    /// `repr` of a bytearray is that of bytes; before, it escapes single quotes in double ones too (3.15).
    pub bytearray_repr_as_bytes: bool,
    /// `hash(None)` is a constant; before, that of its address (3.12 on).
    pub none_hash_constant: bool,
    /// Slices have a hash (3.12 on).
    pub slice_hash: bool,
    /// The length of a range is computed with int objects (3.11).
    pub range_length_by_objects: bool,
    /// `pop` of a list's only item gives the item array up; before, it leaves one without room (3.12 on).
    pub list_pop_clears: bool,
    /// `list_dealloc` sets `ob_item` to NULL when it has freed the array (3.14 on).
    pub list_forgets_array: bool,
    /// `dict_merge` clones a table for a dict that had shared keys too (3.11, 3.12).
    pub dict_clones_over_split: bool,
    /// `BUILD_MAP` copies a long stretch of the stack before it makes the dict (3.14 on).
    pub map_copies_stack: bool,
    /// Inline values become NULL when a dict takes them over; 3.13 leaves the pointers (3.14 on).
    pub moved_values_nulled: bool,
    /// A class's weak reference list is a field of its own behind those of its base (3.11).
    pub weaklist_field: bool,
    /// `ht_slots` may be an empty tuple (3.11 to 3.14).
    pub empty_slots_kept: bool,
    /// Classes share the descriptors of `__dict__` and `__weakref__`, which name no owner (3.15).
    pub shared_descriptors: bool,
    /// A class has its shared keys before its bases have it among their subclasses (3.15).
    pub shared_keys_before_subclasses: bool,
    /// A class statement stores `__firstlineno__` and `__static_attributes__` (3.13 on).
    pub class_notes: bool,
    /// A class's shared keys begin with its `__static_attributes__` (3.14 on).
    pub keys_from_static_attributes: bool,
    /// A class body with a function makes a cell, `__classdictcell__` (3.14 on).
    pub class_dict_cell: bool,
    /// `tp_dict`, `tp_subclasses` and `tp_weaklist` of static types are in the type and not in the interpreter (3.11).
    pub static_types_own_state: bool,
    /// `sys.getsizeof` of a static type adds a pre-header that is not there (3.11, 3.12).
    pub static_type_size_with_preheader: bool,
    /// Exceptions are made by `BaseException_vectorcall`: the object before its `args` (3.14 on).
    pub exception_vectorcall: bool,
    /// A function's first constant is its doc string only if the code's flags say so (3.14 on).
    pub docstring_flag: bool,
    /// `classmethod` and `staticmethod` copy the function's annotations, for which it makes a dict (3.11 to 3.13).
    pub wrappers_copy_annotations: bool,
    /// A property takes over its getter's doc string even if that is None (3.11).
    pub property_doc_none: bool,
}
