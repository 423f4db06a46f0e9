//! Names and offsets of the fields of CPython's structs, for the bytes view. From the debug information of each release
//! (`tests/truth/struct-layouts.txt`, which a test holds against this table).

use super::Release;

/// A field: its name, and its offset in bytes in each release, some of which may lack it.
#[derive(Clone, Copy, Debug)]
pub struct StructField {
    /// CPython's name.
    pub name: &'static str,
    offsets: [u16; 5],
}

/// The offset of a field that a release lacks.
const ABSENT: u16 = u16::MAX;

impl StructField {
    /// Bytes from the start of the struct, `None` if the release has no such field.
    #[must_use]
    pub fn offset(&self, release: Release) -> Option<u64> {
        let offset = self.offsets[release as usize];
        (offset != ABSENT).then_some(u64::from(offset))
    }
}

const fn at(name: &'static str, offsets: [u16; 5]) -> StructField {
    StructField { name, offsets }
}

const fn same(name: &'static str, offset: u16) -> StructField {
    at(name, [offset; 5])
}

/// The fields of the struct called `name`, in the order of the newest release; empty if there is no such struct.
/// `ob_base` is left out.
#[must_use]
pub fn fields(name: &str) -> &'static [StructField] {
    STRUCTS.iter().find(|(own, _)| *own == name).map_or(&[], |(_, fields)| fields)
}

/// Every struct by name.
pub const STRUCTS: &[(&str, &[StructField])] = &[
    ("PyLongObject", &[at("long_value.lv_tag", [ABSENT, 16, 16, 16, 16]), at("ob_digit", [24, ABSENT, ABSENT, ABSENT, ABSENT])]),
    (
        "PyASCIIObject",
        &[same("length", 16), same("hash", 24), same("state", 32), at("wstr", [40, ABSENT, ABSENT, ABSENT, ABSENT])],
    ),
    (
        "PyCompactUnicodeObject",
        &[
            at("utf8_length", [48, 40, 40, 40, 40]),
            at("utf8", [56, 48, 48, 48, 48]),
            at("wstr_length", [64, ABSENT, ABSENT, ABSENT, ABSENT]),
        ],
    ),
    ("PyBytesObject", &[same("ob_shash", 24), same("ob_sval", 32)]),
    ("PyTupleObject", &[at("ob_hash", [ABSENT, ABSENT, ABSENT, 24, 24]), at("ob_item", [24, 24, 24, 32, 32])]),
    ("PyListObject", &[same("ob_item", 24), same("allocated", 32)]),
    (
        "PyDictObject",
        &[
            same("ma_used", 16),
            at("ma_version_tag", [24, 24, 24, ABSENT, ABSENT]),
            at("_ma_watcher_tag", [ABSENT, ABSENT, ABSENT, 24, 24]),
            same("ma_keys", 32),
            same("ma_values", 40),
        ],
    ),
    (
        "PyDictKeysObject",
        &[
            same("dk_refcnt", 0),
            same("dk_log2_size", 8),
            same("dk_log2_index_bytes", 9),
            same("dk_kind", 10),
            same("dk_version", 12),
            same("dk_usable", 16),
            same("dk_nentries", 24),
            same("dk_indices", 32),
        ],
    ),
    (
        "PyDictValues",
        &[
            at("capacity", [ABSENT, ABSENT, 0, 0, 0]),
            at("size", [ABSENT, ABSENT, 1, 1, 1]),
            at("embedded", [ABSENT, ABSENT, 2, 2, 2]),
            at("valid", [ABSENT, ABSENT, 3, 3, 3]),
            at("values", [0, 0, 8, 8, 8]),
        ],
    ),
    (
        "PySetObject",
        &[
            same("fill", 16),
            same("used", 24),
            same("mask", 32),
            same("table", 40),
            same("hash", 48),
            same("finger", 56),
            same("smalltable", 64),
            same("weakreflist", 192),
        ],
    ),
    (
        "PyFunctionObject",
        &[
            same("func_globals", 16),
            same("func_builtins", 24),
            same("func_name", 32),
            same("func_qualname", 40),
            same("func_code", 48),
            same("func_defaults", 56),
            same("func_kwdefaults", 64),
            same("func_closure", 72),
            same("func_doc", 80),
            same("func_dict", 88),
            same("func_weakreflist", 96),
            same("func_module", 104),
            same("func_annotations", 112),
            at("func_annotate", [ABSENT, ABSENT, ABSENT, 120, 120]),
            at("func_typeparams", [ABSENT, 120, 120, 128, 128]),
            at("vectorcall", [120, 128, 128, 136, 136]),
            at("func_version", [128, 136, 136, 144, 144]),
        ],
    ),
    ("PyMethodObject", &[same("im_func", 16), same("im_self", 24), same("im_weakreflist", 32), same("vectorcall", 40)]),
    ("PyCellObject", &[same("ob_ref", 16)]),
    (
        "PyModuleObject",
        &[
            same("md_dict", 16),
            at("md_def", [24, 24, 24, 24, ABSENT]),
            at("md_state", [32, 32, 32, 32, 24]),
            at("md_weaklist", [40, 40, 40, 40, 32]),
            at("md_name", [48, 48, 48, 48, 40]),
        ],
    ),
    (
        "PyGenObject",
        &[
            at("gi_code", [16, ABSENT, ABSENT, ABSENT, ABSENT]),
            at("gi_weakreflist", [24, 16, 16, 16, 16]),
            at("gi_name", [32, 24, 24, 24, 24]),
            at("gi_qualname", [40, 32, 32, 32, 32]),
            at("gi_exc_state", [48, 40, 40, 40, 40]),
            at("gi_origin_or_finalizer", [64, 56, 56, 56, 56]),
            at("gi_hooks_inited", [72, 64, 64, 64, 64]),
            at("gi_closed", [73, 65, 65, 65, 65]),
            at("gi_running_async", [74, 66, 66, 66, 66]),
            at("gi_frame_state", [75, 67, 67, 67, 67]),
            at("gi_iframe", [80, 72, 72, 72, 72]),
        ],
    ),
    (
        "_PyWeakReference",
        &[
            same("wr_object", 16),
            same("wr_callback", 24),
            same("hash", 32),
            same("wr_prev", 40),
            same("wr_next", 48),
            same("vectorcall", 56),
        ],
    ),
    ("PySliceObject", &[same("start", 16), same("stop", 24), same("step", 32)]),
    (
        "PyBaseExceptionObject",
        &[
            same("dict", 16),
            same("args", 24),
            same("notes", 32),
            same("traceback", 40),
            same("context", 48),
            same("cause", 56),
            same("suppress_context", 64),
        ],
    ),
    (
        "PyHeapTypeObject",
        &[
            at("as_async", [408, 416, 416, 416, 424]),
            at("as_number", [440, 448, 448, 448, 456]),
            at("as_mapping", [728, 736, 736, 736, 744]),
            at("as_sequence", [752, 760, 760, 760, 768]),
            at("as_buffer", [832, 840, 840, 840, 848]),
            at("ht_name", [848, 856, 856, 856, 864]),
            at("ht_slots", [856, 864, 864, 864, 872]),
            at("ht_qualname", [864, 872, 872, 872, 880]),
            at("ht_cached_keys", [872, 880, 880, 880, 888]),
            at("ht_module", [880, 888, 888, 888, 896]),
            at("_ht_tpname", [888, 896, 896, 896, 904]),
            at("ht_token", [ABSENT, ABSENT, ABSENT, 904, 912]),
            at("_spec_cache", [896, 904, 904, 912, 920]),
        ],
    ),
    (
        "PyTypeObject",
        &[
            same("tp_name", 24),
            same("tp_basicsize", 32),
            same("tp_itemsize", 40),
            same("tp_dealloc", 48),
            same("tp_vectorcall_offset", 56),
            same("tp_getattr", 64),
            same("tp_setattr", 72),
            same("tp_as_async", 80),
            same("tp_repr", 88),
            same("tp_as_number", 96),
            same("tp_as_sequence", 104),
            same("tp_as_mapping", 112),
            same("tp_hash", 120),
            same("tp_call", 128),
            same("tp_str", 136),
            same("tp_getattro", 144),
            same("tp_setattro", 152),
            same("tp_as_buffer", 160),
            same("tp_flags", 168),
            same("tp_doc", 176),
            same("tp_traverse", 184),
            same("tp_clear", 192),
            same("tp_richcompare", 200),
            same("tp_weaklistoffset", 208),
            same("tp_iter", 216),
            same("tp_iternext", 224),
            same("tp_methods", 232),
            same("tp_members", 240),
            same("tp_getset", 248),
            same("tp_base", 256),
            same("tp_dict", 264),
            same("tp_descr_get", 272),
            same("tp_descr_set", 280),
            same("tp_dictoffset", 288),
            same("tp_init", 296),
            same("tp_alloc", 304),
            same("tp_new", 312),
            same("tp_free", 320),
            same("tp_is_gc", 328),
            same("tp_bases", 336),
            same("tp_mro", 344),
            same("tp_cache", 352),
            same("tp_subclasses", 360),
            same("tp_weaklist", 368),
            same("tp_del", 376),
            same("tp_version_tag", 384),
            same("tp_finalize", 392),
            same("tp_vectorcall", 400),
            at("tp_watched", [ABSENT, 408, 408, 408, 408]),
            at("tp_versions_used", [ABSENT, ABSENT, 410, 410, 410]),
            at("_tp_iteritem", [ABSENT, ABSENT, ABSENT, ABSENT, 416]),
        ],
    ),
    (
        "PyCodeObject",
        &[
            same("co_consts", 24),
            same("co_names", 32),
            same("co_exceptiontable", 40),
            same("co_flags", 48),
            at("co_warmup", [52, ABSENT, ABSENT, ABSENT, ABSENT]),
            at("co_argcount", [56, 52, 52, 52, 52]),
            at("_co_linearray_entry_size", [54, ABSENT, ABSENT, ABSENT, ABSENT]),
            at("co_posonlyargcount", [60, 56, 56, 56, 56]),
            at("co_kwonlyargcount", [64, 60, 60, 60, 60]),
            at("co_stacksize", [68, 64, 64, 64, 64]),
            at("co_firstlineno", [72, 68, 68, 68, 68]),
            at("co_nlocalsplus", [76, 72, 72, 72, 72]),
            at("co_framesize", [ABSENT, 76, 76, 76, 76]),
            same("co_nlocals", 80),
            at("co_nplaincellvars", [84, ABSENT, ABSENT, ABSENT, ABSENT]),
            at("co_ncellvars", [88, 84, 84, 84, 84]),
            at("co_nfreevars", [92, 88, 88, 88, 88]),
            at("co_version", [ABSENT, 92, 92, 92, 92]),
            same("co_localsplusnames", 96),
            same("co_localspluskinds", 104),
            same("co_filename", 112),
            same("co_name", 120),
            same("co_qualname", 128),
            same("co_linetable", 136),
            same("co_weakreflist", 144),
            at("_co_code", [152, ABSENT, ABSENT, ABSENT, ABSENT]),
            at("co_executors", [ABSENT, ABSENT, 152, 152, 152]),
            at("_co_linearray", [160, ABSENT, ABSENT, ABSENT, ABSENT]),
            at("_co_cached", [ABSENT, 152, 160, 160, 160]),
            at("_co_instrumentation_version", [ABSENT, 160, 168, 168, 168]),
            at("_co_monitoring", [ABSENT, 168, 176, 176, 176]),
            at("_co_unique_id", [ABSENT, ABSENT, ABSENT, 184, 184]),
            at("_co_firsttraceable", [168, 176, 184, 192, 192]),
            at("co_extra", [176, 184, 192, 200, 200]),
            at("co_code_adaptive", [184, 192, 200, 208, 208]),
        ],
    ),
    ("PyTracebackObject", &[same("tb_next", 16), same("tb_frame", 24), same("tb_lasti", 32), same("tb_lineno", 36)]),
    (
        "PyByteArrayObject",
        &[
            same("ob_alloc", 24),
            same("ob_bytes", 32),
            same("ob_start", 40),
            same("ob_exports", 48),
            at("ob_bytes_object", [ABSENT, ABSENT, ABSENT, ABSENT, 56]),
        ],
    ),
    (
        "PyCFunctionObject",
        &[same("m_ml", 16), same("m_self", 24), same("m_module", 32), same("m_weakreflist", 40), same("vectorcall", 48)],
    ),
    ("PyFloatObject", &[same("ob_fval", 16)]),
    ("PyComplexObject", &[same("cval.real", 16), same("cval.imag", 24)]),
    ("PyRangeObject", &[same("start", 16), same("stop", 24), same("step", 32), same("length", 40)]),
    ("PyDescrObject", &[same("d_type", 16), same("d_name", 24), same("d_qualname", 32), same("d_getset", 40)]),
    ("PyVarObject", &[same("ob_size", 16)]),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Offsets of a struct in a release: the line of that release, or of the last one before it.
    fn recorded(of_struct: &str, release: Release) -> Vec<(&str, u64)> {
        let lines = of_struct.lines().filter_map(|line| line.trim().split_once(": "));
        let last = lines.take_while(|(name, _)| Release::named(name).unwrap() <= release).last();
        let fields = last.map_or("", |(_, fields)| fields).split(' ').filter_map(|field| field.split_once('@'));
        fields.map(|(name, offset)| (name.split('[').next().unwrap(), offset.parse().unwrap())).collect()
    }

    #[test]
    fn every_field_lies_where_the_debug_information_of_its_release_says() {
        let text = include_str!("../../tests/truth/struct-layouts.txt");
        let mut compared = 0;
        for of_struct in text.split("# ").skip(1) {
            let (name, lines) = of_struct.split_once('\n').unwrap();
            let own = fields(name.strip_prefix("struct ").unwrap_or(name));
            for release in Release::ALL {
                let recorded = recorded(lines, release);
                for field in own {
                    let outer = field.name.split('.').next().unwrap();
                    let found = recorded.iter().find(|(name, _)| *name == outer).map(|&(_, offset)| offset);
                    assert_eq!(field.offset(release), found, "{release:?} {name}.{}", field.name);
                    compared += 1;
                }
            }
        }
        assert!(compared > 1000, "{compared}");
    }
}
