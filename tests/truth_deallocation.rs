//! The order in which long chains die, with each release's trashcan, against the recording.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use serde_json::{Value, json};
use std::collections::BTreeMap;
use terrarium::abi::Release;
use terrarium::event::Event;
use terrarium::ids::Addr;
use terrarium::mem::AddressSpace;
use terrarium::object::singleton::NONE;
use terrarium::runtime::{self, dict, int, list, refcount, start::start, str, tuple};

const RECORDING: &str = include_str!("truth/dealloc-order.jsonl");
/// Deeper ones break where the machine's stack ends in 3.14 and 3.15, which is not the same everywhere.
const DEEPEST: u64 = 20_000;

/// One link: a container of a leaf and the next link, in the order that the case names. It takes over both references.
fn link(m: &mut AddressSpace, case: &str, leaf: Addr, next: Addr) -> Option<Addr> {
    let pair = match case {
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
        _ => return None,
    }
    .unwrap();
    refcount::decref(m, leaf, Addr::NULL).unwrap();
    refcount::decref(m, next, Addr::NULL).unwrap();
    Some(pair)
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
            let (mut leaves, mut links) = (BTreeMap::new(), BTreeMap::new());
            let mut root = NONE;
            refcount::incref(&mut m, root, Addr::NULL).unwrap();
            for n in (0..depth).rev() {
                let leaf = int::from_i64(&mut m, 1_000_000 + n.cast_signed()).unwrap();
                leaves.insert(leaf.0, n);
                let Some(made) = link(&mut m, case, leaf, root) else { break };
                root = made;
                links.insert(root.0, n);
            }
            if links.is_empty() {
                continue;
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
    assert!(compared > 400, "{compared}");
}
