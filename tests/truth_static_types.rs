//! The static type objects against those of the five interpreters at the end of start-up.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeMap;
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use terrarium::abi::{Release, TypeId};
use terrarium::heap::Heap;
use terrarium::ids::Addr;
use terrarium::mem::AddressSpace;
use terrarium::object::head::{HEAPTYPE, OB_REFCNT, OB_SIZE, OB_TYPE, tp, type_flags};
use terrarium::object::repr::type_label;
use terrarium::object::sizeof;
use terrarium::runtime::start::start;
use terrarium::snapshot;

/// Words that are not compared: offset, reason.
const NOT_COMPARED: [(u64, &str); 8] = [
    (264, "tp_dict: its dict is not made; from 3.12 on it is not in the type object anyway"),
    (336, "tp_bases: the tuple is not made"),
    (344, "tp_mro: the tuple is not made"),
    (352, "tp_cache"),
    (360, "tp_subclasses: those of the real start-up"),
    (368, "tp_weaklist: those of the real start-up"),
    (384, "tp_version_tag: depends on the attributes that were looked up"),
    (408, "tp_watched, tp_versions_used: the same"),
];

fn number(text: &str) -> u64 {
    text.strip_prefix("0x").map_or_else(|| text.parse().unwrap(), |hex| u64::from_str_radix(hex, 16).unwrap())
}

fn word(m: &AddressSpace, at: Addr, offset: u64) -> u64 {
    m.read(at.offset(offset)).unwrap()
}

/// What is 0 in the model and not in CPython must not pass for CPython's 0 on the page.
#[test]
fn details_say_what_of_a_static_type_is_not_modelled() {
    let mut lines = include_str!("truth/static-types.tsv").lines();
    let columns: Vec<&str> = lines.next().unwrap().trim_start_matches('#').split('\t').collect();
    let rows: Vec<BTreeMap<&str, &str>> = lines.map(|l| columns.iter().copied().zip(l.split('\t')).collect()).collect();
    let mut said = 0;
    for release in Release::ALL {
        let heap = Heap::new(release, 64 << 20).unwrap();
        let recorded = |name: &str| rows.iter().find(|r| r["release"] == release.profile().version && r["tp_name"] == name);
        for known in TypeId::ALL {
            let words = number(recorded(known.name).unwrap()["nonnull_words"]);
            let id = heap.memory().births.at(known.id.addr()).unwrap();
            for field in &snapshot::details(&heap, id).unwrap().blocks[0].fields {
                let word = field.offset.cast_unsigned() / 8 * 8;
                let is_named = NOT_COMPARED.iter().any(|(offset, _)| *offset == word);
                let says = field.meaning.contains("not modelled");
                // `tp_watched` is a byte of its own in the last of these words: nothing watches.
                if is_named && words >> (word / 8) & 1 != 0 && !["tp_watched", "unused"].contains(&&*field.name) {
                    assert!(says, "{release:?} {}: {} is {:?}", known.name, field.name, field.meaning);
                }
                // Those whose word is NULL in every static type are NULL, not unknown.
                let null = ["tp_cache"].contains(&&*field.name)
                    || release > Release::Cp311 && ["tp_dict", "tp_weaklist"].contains(&&*field.name);
                // Only 3.11 counts references to static types, those of start-up too.
                let counted = field.name == "ob_refcnt";
                assert!(!counted || says == (release == Release::Cp311), "{release:?} {}: {}", known.name, field.meaning);
                assert!(!says || !null && is_named || counted, "{release:?} {}: {}", known.name, field.name);
                said += u32::from(says);
            }
        }
    }
    assert!(said > 1200, "{said}");
}

#[test]
fn static_types_are_those_of_the_recording() {
    let mut lines = include_str!("truth/static-types.tsv").lines();
    let columns: Vec<&str> = lines.next().unwrap().trim_start_matches('#').split('\t').collect();
    let rows: Vec<BTreeMap<&str, &str>> = lines.map(|l| columns.iter().copied().zip(l.split('\t')).collect()).collect();
    for release in Release::ALL {
        let m = start(release.profile(), 1 << 28).unwrap();
        for known in TypeId::ALL {
            let row = rows.iter().find(|r| r["release"] == release.profile().version && r["tp_name"] == known.name).unwrap();
            let at = known.id.addr();
            let context = format!("{release:?} {}", known.name);
            assert_eq!(row["heap"], "0", "{context}");
            assert_eq!(type_label(&m, at).unwrap(), row["tp_name"], "{context}");
            assert_eq!(OB_TYPE.read(&m, at).unwrap(), TypeId::named(row["ob_type"]).unwrap().addr(), "{context}");
            assert_eq!(OB_SIZE.read(&m, at).unwrap().cast_unsigned(), number(row["ob_size"]), "{context}");
            for (offset, column) in [
                (32, "tp_basicsize"),
                (40, "tp_itemsize"),
                (56, "tp_vectorcall_offset"),
                (208, "tp_weaklistoffset"),
                (288, "tp_dictoffset"),
            ] {
                assert_eq!(word(&m, at, offset), number(row[column]), "{context} {column}");
            }
            let valid_version_tag = 1 << 19;
            let flags = type_flags(&m, at).unwrap();
            assert_eq!(flags | valid_version_tag, number(row["tp_flags"]) | valid_version_tag, "{context}");
            assert_eq!(flags & HEAPTYPE, 0, "{context}");
            let base = TypeId::named(row["tp_base"]).map_or(Addr::NULL, TypeId::addr);
            assert_eq!(tp::BASE.read(&m, at).unwrap(), base, "{context}");
            // In 3.11 the counts are real ones, of that start-up.
            if release != Release::Cp311 {
                assert_eq!(OB_REFCNT.read(&m, at).unwrap(), number(row["ob_refcnt"]), "{context}");
            }
            // `sys.getsizeof` counts a pre-header that is not there.
            let counted = if release <= Release::Cp312 { 16 } else { 0 };
            assert_eq!(sizeof(&m, at).unwrap(), number(row["sizeof"]) + counted, "{context}");
            for offset in (0..number(row["sizeof"])).step_by(8) {
                if !NOT_COMPARED.iter().any(|(skipped, _)| *skipped == offset) {
                    let recorded = number(row["nonnull_words"]) >> (offset / 8) & 1 != 0;
                    assert_eq!(word(&m, at, offset) != 0, recorded, "{context} at {offset}");
                }
            }
        }
    }
}
