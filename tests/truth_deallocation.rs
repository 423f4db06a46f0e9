//! The order in which long chains die, with each release's trashcan, against the recording.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "common/classes.rs"]
mod classes;

use serde_json::{Value, json};
use std::collections::BTreeMap;
use terrarium::abi::Release;
use terrarium::event::Event;
use terrarium::ids::Addr;
use terrarium::mem::AddressSpace;
use terrarium::object::instance as instances;
use terrarium::object::singleton::NONE;
use terrarium::runtime::{self, attributes, dict, instance, int, list, refcount, start::start, str, tuple};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const RECORDING: &str = include_str!("truth/dealloc-order.jsonl");
/// Deeper ones break where the machine's stack ends in 3.14 and 3.15, which is not the same everywhere.
const DEEPEST: u64 = 20_000;

/// The class whose instances are the links of a case.
fn class_of(m: &mut AddressSpace, case: &str) -> Option<Addr> {
    let slots = tuple_of_names(m, &["a", "b"]);
    let body = [("__slots__", slots)];
    let (body, static_attributes): (&[_], _) = match case.split(' ').next()? {
        "instance" => (&[], tuple_of_names(m, &["n", "x"])),
        "slots" => (&body, Addr::NULL),
        _ => return None,
    };
    Some(classes::class(m, "C", Addr::NULL, body, static_attributes))
}

fn tuple_of_names(m: &mut AddressSpace, names: &[&str]) -> Addr {
    let names: Vec<Addr> = names.iter().map(|name| str::name(m, name).unwrap()).collect();
    tuple::new(m, &names).unwrap()
}

fn instance_of(m: &mut AddressSpace, class: Addr, case: &str, leaf: Addr, next: Addr) -> Addr {
    let made = instance::new(m, class, 0).unwrap();
    let parts = match case {
        "instance leaf first" => [("x", leaf), ("n", next)],
        "instance next first" => [("n", next), ("x", leaf)],
        "slots (a leaf, b next)" => [("a", leaf), ("b", next)],
        _ => [("a", next), ("b", leaf)],
    };
    for (name, value) in parts {
        let slot = instances::named_slots(m, made).unwrap().into_iter().find(|(_, own)| own == name).filter(|_| name < "n");
        if let Some((slot, _)) = slot {
            refcount::assign(m, slot, value).unwrap();
        } else {
            let key = str::name(m, name).unwrap();
            let hash = runtime::hash(m, key).unwrap();
            assert!(attributes::set(m, made, key, hash, value).unwrap());
            refcount::decref(m, key, Addr::NULL).unwrap();
        }
    }
    made
}

/// One link: a container of a leaf and the next link, in the order that the case names. It takes over both references.
fn link(m: &mut AddressSpace, class: Option<Addr>, case: &str, leaf: Addr, next: Addr) -> Addr {
    let pair = match case {
        _ if let Some(class) = class => Ok(instance_of(m, class, case, leaf, next)),
        "list [leaf, next]" => list::new(m, &[leaf, next]),
        "list [next, leaf]" => list::new(m, &[next, leaf]),
        "tuple (leaf, next)" => tuple::new(m, &[leaf, next]),
        "tuple (next, leaf)" => tuple::new(m, &[next, leaf]),
        "list and tuple" => {
            let inner = tuple::new(m, &[next]).unwrap();
            let outer = list::new(m, &[leaf, inner]);
            refcount::decref(m, inner, Addr::NULL).unwrap();
            outer
        }
        "dict leaf first" | "dict next first" => {
            let made = dict::new(m).unwrap();
            let both = if case == "dict leaf first" { [("x", leaf), ("n", next)] } else { [("n", next), ("x", leaf)] };
            for (name, value) in both {
                let key = str::constant(m, name).unwrap();
                let hash = runtime::hash(m, key).unwrap();
                dict::set_item(m, made, key, hash, value).unwrap();
            }
            Ok(made)
        }
        _ => panic!("{case}"),
    }
    .unwrap();
    refcount::decref(m, leaf, Addr::NULL).unwrap();
    refcount::decref(m, next, Addr::NULL).unwrap();
    pair
}

/// Runs of neighbours, as the recording abbreviates an order.
fn runs(order: &[u64]) -> Vec<[u64; 2]> {
    let mut found: Vec<[u64; 2]> = Vec::new();
    for &n in order {
        match found.last_mut() {
            Some([first, last]) if n.abs_diff(*last) == 1 && (first == last || (n > *last) == (*last > *first)) => *last = n,
            _ => found.push([n, n]),
        }
    }
    found
}

#[test]
fn chains_die_in_the_recorded_order() {
    let mut compared = 0;
    for line in RECORDING.lines() {
        let recorded: Value = serde_json::from_str(line).unwrap();
        if recorded["what"] != "chain" || recorded["depth"].as_u64().unwrap() > DEEPEST {
            continue;
        }
        let (case, depth) = (recorded["case"].as_str().unwrap(), recorded["depth"].as_u64().unwrap());
        for release in Release::ALL {
            if !recorded["releases"].as_array().unwrap().iter().any(|r| r == release.profile().version) {
                continue;
            }
            let mut m = start(release.profile(), 1 << 28).unwrap();
            let class = class_of(&mut m, case);
            let (mut leaves, mut links) = (BTreeMap::new(), BTreeMap::new());
            let mut root = NONE;
            refcount::incref(&mut m, root, Addr::NULL).unwrap();
            for n in (0..depth).rev() {
                let leaf = int::from_i64(&mut m, 1_000_000 + n.cast_signed()).unwrap();
                leaves.insert(leaf.0, n);
                root = link(&mut m, class, case, leaf, root);
                links.insert(root.0, n);
            }
            m.log.start();
            refcount::decref(&mut m, root, Addr::NULL).unwrap();
            let died: Vec<u64> =
                m.log.stop().iter().filter_map(|e| if let Event::Died(obj, ..) = e { Some(obj.0) } else { None }).collect();
            for (field, numbers) in [("leaves", &leaves), ("containers", &links)] {
                let order: Vec<u64> = died.iter().filter_map(|obj| numbers.get(obj).copied()).collect();
                assert_eq!(order.len() as u64, depth);
                let found = runs(&order);
                let shown = json!(found[..found.len().min(16)]);
                assert_eq!(shown, recorded[field], "{release:?} {case} {depth} {field}: {} runs", found.len());
            }
            compared += 1;
        }
    }
    assert!(compared > 900, "{compared}");
}
