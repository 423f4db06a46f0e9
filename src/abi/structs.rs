//! Names, offsets and sizes of the fields of CPython's structs, for the bytes view: laid out from their declarations as a C
//! compiler does it, which a test holds against the debug information and the headers of each release
//! (`tests/truth/struct-layouts.txt`, `struct-sizes.txt`).

use super::Release;
use crate::ids::gather::Grow as _;

/// A field of a struct in one release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StructField {
    /// CPython's name.
    pub name: &'static str,
    /// Bytes from the start of the struct.
    pub offset: u64,
    /// `sizeof`; 0 for the items that follow a struct, of which there are as many as the object has.
    pub bytes: u64,
}

/// Defines [`Struct`], and from the same rows the text that [`fields`] reads.
macro_rules! structs {
    ($($name:ident $in_c:literal $base:literal $fields:literal)*) => {
        /// A struct of CPython.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Struct {
            $(#[doc = concat!("`", $in_c, "`")] $name,)*
        }

        const STRUCTS: &str = concat!($($base, " ", $fields, "\n",)*);

        /// By number: the struct and its name in C.
        #[cfg(test)]
        pub(crate) const ALL: &[(Struct, &str)] = &[$((Struct::$name, $in_c),)*];
    };
}

// Name here and in C, the number (from 0) of the struct that it begins with, its own fields. `:N` behind a field: its bytes, if
// they are not 8. `+NN` and `-NN` behind that: the first and the last release that has it, as the second part of its number.
// Source: Include/ and Include/internal/ of each release.
structs! {
    Object "PyObject" "-" "ob_refcnt-13 ob_refcnt:4+14 ob_overflow:2+14 ob_flags:2+14 ob_type"
    Var "PyVarObject" "0" "ob_size"
    Long "PyLongObject" "0" "ob_size-11 long_value.lv_tag+12 ob_digit:0"
    Float "PyFloatObject" "0" "ob_fval"
    Complex "PyComplexObject" "0" "cval.real cval.imag"
    Ascii "PyASCIIObject" "0" "length hash state:4 wstr-11"
    CompactUnicode "PyCompactUnicodeObject" "5" "utf8_length utf8 wstr_length-11"
    Unicode "PyUnicodeObject" "6" "data"
    Bytes "PyBytesObject" "1" "ob_shash ob_sval:0"
    ByteArray "PyByteArrayObject" "1" "ob_alloc ob_bytes ob_start ob_exports ob_bytes_object+15"
    Tuple "PyTupleObject" "1" "ob_hash+14 ob_item:0"
    List "PyListObject" "1" "ob_item allocated"
    Dict "PyDictObject" "0" "ma_used ma_version_tag-13 _ma_watcher_tag+14 ma_keys ma_values"
    DictKeys "PyDictKeysObject" "-" "\
        dk_refcnt dk_log2_size:1 dk_log2_index_bytes:1 dk_kind:1 dk_version:4 dk_usable dk_nentries dk_indices:0"
    DictValues "PyDictValues" "-" "capacity:1+13 size:1+13 embedded:1+13 valid:1+13 values"
    Set "PySetObject" "0" "fill used mask table hash finger smalltable:128 weakreflist"
    Slice "PySliceObject" "0" "start stop step"
    Range "PyRangeObject" "0" "start stop step length"
    Cell "PyCellObject" "0" "ob_ref"
    Function "PyFunctionObject" "0" "\
        func_globals func_builtins func_name func_qualname func_code func_defaults func_kwdefaults func_closure func_doc \
        func_dict func_weakreflist func_module func_annotations func_annotate+14 func_typeparams+12 vectorcall \
        func_version:4"
    Method "PyMethodObject" "0" "im_func im_self im_weakreflist vectorcall"
    BuiltinFunction "PyCFunctionObject" "0" "m_ml m_self m_module m_weakreflist vectorcall"
    Module "PyModuleObject" "0" "md_dict md_def-14 md_state md_weaklist md_name"
    WeakRef "_PyWeakReference" "0" "wr_object wr_callback hash wr_prev wr_next vectorcall"
    Descriptor "PyDescrObject" "0" "d_type d_name d_qualname d_getset"
    Generator "PyGenObject" "0" "\
        gi_code-11 gi_weakreflist gi_name gi_qualname gi_exc_state:16 gi_origin_or_finalizer gi_hooks_inited:1 gi_closed:1 \
        gi_running_async:1 gi_frame_state:1 gi_iframe:0"
    BaseException "PyBaseExceptionObject" "0" "dict args notes traceback context cause suppress_context:1"
    StopIteration "PyStopIterationObject" "26" "value"
    SystemExit "PySystemExitObject" "26" "code"
    NameError "PyNameErrorObject" "26" "name"
    AttributeError "PyAttributeErrorObject" "26" "obj name"
    ImportError "PyImportErrorObject" "26" "msg name path name_from+12"
    OSError "PyOSErrorObject" "26" "myerrno strerror filename filename2 written"
    SyntaxError "PySyntaxErrorObject" "26" "\
        msg filename lineno offset end_lineno end_offset text print_file_and_line metadata+14"
    Type "PyTypeObject" "1" "\
        tp_name tp_basicsize tp_itemsize tp_dealloc tp_vectorcall_offset tp_getattr tp_setattr tp_as_async tp_repr \
        tp_as_number tp_as_sequence tp_as_mapping tp_hash tp_call tp_str tp_getattro tp_setattro tp_as_buffer tp_flags \
        tp_doc tp_traverse tp_clear tp_richcompare tp_weaklistoffset tp_iter tp_iternext tp_methods tp_members tp_getset \
        tp_base tp_dict tp_descr_get tp_descr_set tp_dictoffset tp_init tp_alloc tp_new tp_free tp_is_gc tp_bases tp_mro \
        tp_cache tp_subclasses tp_weaklist tp_del tp_version_tag:4 tp_finalize tp_vectorcall tp_watched:1+12 \
        tp_versions_used:2+13 _tp_iteritem+15"
    HeapType "PyHeapTypeObject" "34" "\
        as_async:32 as_number:288 as_mapping:24 as_sequence:80 as_buffer:16 ht_name ht_slots ht_qualname ht_cached_keys \
        ht_module _ht_tpname ht_token+14 _spec_cache-11 _spec_cache:16+12-12 _spec_cache:24+13"
    Code "PyCodeObject" "1" "\
        co_consts co_names co_exceptiontable co_flags:4 co_warmup:2-11 _co_linearray_entry_size:2-11 co_argcount:4 \
        co_posonlyargcount:4 co_kwonlyargcount:4 co_stacksize:4 co_firstlineno:4 co_nlocalsplus:4 co_framesize:4+12 \
        co_nlocals:4 co_nplaincellvars:4-11 co_ncellvars:4 co_nfreevars:4 co_version:4+12 co_localsplusnames \
        co_localspluskinds co_filename co_name co_qualname co_linetable co_weakreflist _co_code-11 co_executors+13 \
        _co_linearray-11 _co_cached+12 _co_instrumentation_version+12 _co_monitoring+12 _co_unique_id+14 \
        _co_firsttraceable:4 co_extra co_code_adaptive:0"
}

/// The fields of a struct, those of the structs that it begins with first.
#[must_use]
pub fn fields(of: Struct, release: Release) -> Vec<StructField> {
    let mut fields = Vec::new();
    lay_out(of as u64, 11 + release as u64, &mut fields);
    fields
}

/// Appends the fields of a struct; the offset behind the last.
fn lay_out(of: u64, release: u64, fields: &mut Vec<StructField>) -> u64 {
    let mut end = 0;
    for (_, line) in (0..).zip(STRUCTS.split('\n')).filter(|&(number, _)| number == of) {
        let mut words = line.split(' ');
        if let Some(Ok(base)) = words.next().map(str::parse) {
            end = lay_out(base, release, fields);
        }
        for word in words {
            let (name, [bytes, first, last]) = declared(word);
            if release < first || release > last {
                continue;
            }
            // Pointers and structs of them are aligned to 8 bytes, what is smaller to its own size.
            let offset = end.next_multiple_of(if matches!(bytes, 1 | 2 | 4) { bytes } else { 8 });
            fields.add(StructField { name, offset, bytes });
            end = offset + bytes;
        }
    }
    end
}

/// The name of a field, how many bytes it has, and its first and last release.
fn declared(word: &'static str) -> (&'static str, [u64; 3]) {
    let (mut name, mut numbers) = (word.len(), [8, 0, 99]);
    let mut number = None;
    for (at, byte) in word.bytes().enumerate() {
        let mark = match byte {
            b':' => 0,
            b'+' => 1,
            b'-' => 2,
            _ => {
                if let Some(of) = number.and_then(|mark: usize| numbers.get_mut(mark)) {
                    *of = *of * 10 + u64::from(byte & 15);
                }
                continue;
            }
        };
        name = name.min(at);
        number = Some(mark);
        if let Some(of) = numbers.get_mut(mark) {
            *of = 0;
        }
    }
    (word.get(..name).unwrap_or(word), numbers)
}

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

    fn named(in_c: &str) -> Option<Struct> {
        ALL.iter().find(|&&(_, name)| name == in_c).map(|&(of, _)| of)
    }

    #[test]
    fn every_field_lies_where_the_debug_information_of_its_release_says() {
        let text = include_str!("../../tests/truth/struct-layouts.txt");
        let mut compared = 0;
        for of_struct in text.split("# ").skip(1) {
            let (name, lines) = of_struct.split_once('\n').unwrap();
            let Some(of) = named(name.strip_prefix("struct ").unwrap_or(name)) else { continue };
            for release in Release::ALL {
                let own = fields(of, release);
                for (field, offset) in recorded(lines, release) {
                    // What a struct begins with is told as that struct's own; a union of the count and its parts has no name.
                    if matches!(field, "ob_base" | "_base" | "ht_type" | "union") {
                        continue;
                    }
                    let outer = |f: &&StructField| f.name.split('.').next() == Some(field);
                    let found = own.iter().find(outer).map(|f| f.offset);
                    assert_eq!(found, Some(offset), "{release:?} {name}.{field}");
                    compared += 1;
                }
            }
        }
        assert!(compared > 800, "{compared}");
    }

    #[test]
    fn every_field_is_as_large_as_the_headers_of_its_release_make_it() {
        let text = include_str!("../../tests/truth/struct-sizes.txt");
        let mut release = Release::Cp311;
        let mut compared = 0;
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("# ") {
                release = Release::named(name).unwrap();
                continue;
            }
            let (of_struct, recorded) = line.split_once(' ').unwrap();
            if of_struct == "tp_flags" {
                continue;
            }
            for word in recorded.split(' ') {
                let (name, place) = word.split_once('@').unwrap();
                let (offset, bytes) = place.split_once(':').unwrap();
                let Some(of) = named(of_struct) else { continue };
                let own = fields(of, release);
                let found = own.iter().find(|f| f.name == name).unwrap_or_else(|| panic!("{release:?} {of_struct}.{name}"));
                assert_eq!(found.offset.to_string(), offset, "{release:?} {of_struct}.{name}");
                assert!(found.bytes == 0 || found.bytes.to_string() == bytes, "{release:?} {of_struct}.{name} {bytes}");
                compared += 1;
            }
        }
        assert!(compared > 900, "{compared}");
    }
}
