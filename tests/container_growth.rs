//! At which lengths lists, dicts and sets change the size of their memory, against `tests/truth/growth.jsonl`.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use serde_json::Value;
use terrarium::abi::{Release, TypeId};
use terrarium::ids::Addr;
use terrarium::mem::AddressSpace;
use terrarium::object::singleton::NONE;
use terrarium::object::{dict as dicts, list as lists, set as sets, sizeof};
use terrarium::runtime::{dict, hash, int, list, refcount, set, start::start, str};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The lines of the recording for this release: case and changes of size.
fn cases(release: Release, what: &str) -> Vec<(String, Vec<(u64, u64)>)> {
    let lines = include_str!("truth/growth.jsonl").lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let here = lines.filter(|case| {
        case["what"] == what && case["releases"].as_array().unwrap().iter().any(|v| v == release.profile().version)
    });
    here.map(|case| {
        let changes = case["changes"].as_array().unwrap().iter();
        let pair = |p: &Value| (p[0].as_u64().unwrap(), p[1].as_u64().unwrap());
        (case["case"].as_str().unwrap().to_owned(), changes.map(pair).collect())
    })
    .collect()
}

/// The first of each run of equal sizes.
fn changes(sizes: impl Iterator<Item = (u64, u64)>) -> Vec<(u64, u64)> {
    let mut out: Vec<(u64, u64)> = Vec::new();
    for (n, size) in sizes {
        if out.last().is_none_or(|&(_, last)| last != size) {
            out.push((n, size));
        }
    }
    out
}

fn key(m: &mut AddressSpace, i: i64) -> (Addr, i64) {
    let key = int::from_i64(m, i).unwrap();
    (key, hash(m, key).unwrap())
}

fn let_go(m: &mut AddressSpace, obj: Addr) {
    refcount::decref(m, obj, Addr::NULL).unwrap();
}

fn put(m: &mut AddressSpace, d: Addr, i: i64) {
    let (key, hash) = key(m, i);
    dict::set_item(m, d, key, hash, NONE).unwrap();
    let_go(m, key);
}

fn add(m: &mut AddressSpace, s: Addr, i: i64) {
    let (key, hash) = key(m, i);
    set::add(m, s, key, hash).unwrap();
    let_go(m, key);
}

fn new_list(m: &mut AddressSpace) -> Addr {
    list::new(m, &[]).unwrap()
}

fn new_set(m: &mut AddressSpace) -> Addr {
    set::new(m, TypeId::Set).unwrap()
}

/// Container, step and number of steps of a case; `None` if it is about something else.
type Grow = (fn(&mut AddressSpace) -> Addr, fn(&mut AddressSpace, Addr, i64), i64);

fn grow(case: &str) -> Option<Grow> {
    Some(match case {
        "list.append" => (new_list, |m, l, _| list::append(m, l, NONE).unwrap(), 300_000),
        "list.insert(0)" => (new_list, |m, l, _| list::insert(m, l, 0, NONE).unwrap(), 3000),
        "list.extend of 3" => (new_list, |m, l, _| list::extend(m, l, &[NONE; 3]).unwrap(), 20_000),
        "list += list of 7" => (new_list, |m, l, _| list::extend(m, l, &[NONE; 7]).unwrap(), 5000),
        "dict int keys" => (|m| dict::new(m).unwrap(), put, 300_000),
        "dict str keys" => (|m| dict::new(m).unwrap(), put_text, 300_000),
        "set.add" => (new_set, add, 300_000),
        _ => return None,
    })
}

fn put_text(m: &mut AddressSpace, d: Addr, i: i64) {
    let key = str::new(m, &format!("k{i}")).unwrap();
    let hash = hash(m, key).unwrap();
    dict::set_item(m, d, key, hash, NONE).unwrap();
    let_go(m, key);
}

fn filled(m: &mut AddressSpace, container: Addr, step: fn(&mut AddressSpace, Addr, i64), n: i64) -> Addr {
    for i in 0..n {
        step(m, container, i);
    }
    container
}

fn appended(m: &mut AddressSpace, n: i64) -> Addr {
    let l = new_list(m);
    filled(m, l, |m, l, _| list::append(m, l, NONE).unwrap(), n)
}

type Shrink = (fn(&mut AddressSpace) -> Addr, fn(&mut AddressSpace, Addr));

fn shrink(case: &str) -> Option<Shrink> {
    fn pop_at(m: &mut AddressSpace, l: Addr, index: u64) {
        let item = list::pop(m, l, index).unwrap();
        let_go(m, item);
    }
    Some(match case {
        "list.pop" => (|m| appended(m, 70_000), |m, l| pop_at(m, l, lists::len(m, l).unwrap() - 1)),
        "list.pop(0)" => (|m| appended(m, 3000), |m, l| pop_at(m, l, 0)),
        "del l[-1]" => (|m| appended(m, 70_000), |m, l| list::delete_item(m, l, lists::len(m, l).unwrap() - 1).unwrap()),
        "del l[-3:]" => (
            |m| appended(m, 9000),
            |m, l| {
                let n = lists::len(m, l).unwrap();
                list::set_slice(m, l, n.saturating_sub(3), n, &[]).unwrap();
            },
        ),
        "dict.popitem" => (
            |m| made_dict(m, 5000),
            |m, d| {
                let (key, value) = dict::pop_item(m, d).unwrap().unwrap();
                let_go(m, key);
                let_go(m, value);
            },
        ),
        "set.pop" => (
            |m| made_set(m, 5000),
            |m, s| {
                let item = set::pop(m, s).unwrap().unwrap();
                let_go(m, item);
            },
        ),
        _ => return None,
    })
}

fn made_dict(m: &mut AddressSpace, n: i64) -> Addr {
    let d = dict::new(m).unwrap();
    filled(m, d, put, n)
}

fn made_set(m: &mut AddressSpace, n: i64) -> Addr {
    let s = new_set(m);
    filled(m, s, add, n)
}

fn from_iterator(m: &mut AddressSpace, n: i64, hint: u64) -> Addr {
    let l = new_list(m);
    list::extend_from_iterator(m, l, hint, &vec![NONE; usize::try_from(n).unwrap()]).unwrap();
    l
}

/// What the expression of a case makes for `n`.
fn make(m: &mut AddressSpace, case: &str, n: i64) -> Option<Addr> {
    let len = u64::try_from(n).unwrap();
    let nones = vec![NONE; usize::try_from(n).unwrap()];
    Some(match case {
        "list(range(n))" | "[*range(n)]" | "sorted" => from_iterator(m, n, len),
        "comprehension" => appended(m, n),
        "list(generator)" if m.profile.release == Release::Cp315 => appended(m, n),
        "list(generator)" => from_iterator(m, n, 8),
        "list(tuple)" => {
            let l = new_list(m);
            list::extend(m, l, &nones).unwrap();
            l
        }
        "[None] * n" => list::new(m, &nones).unwrap(),
        "l[:n]" => {
            let l = appended(m, 2000);
            list::slice(m, l, 0, len).unwrap()
        }
        "l + l" => {
            let l = list::new(m, &nones).unwrap();
            list::concat(m, l, l).unwrap()
        }
        "set(range(n))" | "set comprehension" | "set(list)" => made_set(m, n),
        "set(set)" | "set.copy" => {
            let s = made_set(m, n);
            set::copy(m, s, TypeId::Set).unwrap()
        }
        "frozenset(set)" => {
            let s = made_set(m, n);
            set::copy(m, s, TypeId::FrozenSet).unwrap()
        }
        "dict comprehension" | "dict.fromkeys(range)" | "dict(pairs)" | "dict(zip)" => made_dict(m, n),
        "dict.fromkeys(set)" => {
            let s = made_set(m, n);
            dict::from_keys_of_set(m, s, NONE).unwrap()
        }
        "dict(dict)" | "{**d}" => {
            let d = made_dict(m, n);
            let new = if case == "{**d}" { dict::new(m) } else { dict::call(m) }.unwrap();
            dict::update(m, new, d).unwrap();
            new
        }
        "dict.copy" => {
            let d = made_dict(m, n);
            dict::copy(m, d).unwrap()
        }
        "d | d" => {
            let (d, other) = (made_dict(m, n), dict::new(m).unwrap());
            filled(m, other, |m, d, i| put(m, d, -i), n);
            let new = dict::copy(m, d).unwrap();
            dict::update(m, new, other).unwrap();
            new
        }
        _ => return None,
    })
}

fn measured(m: &AddressSpace, container: Addr) -> (u64, u64) {
    let n = match terrarium::object::Kind::of(m, container).unwrap() {
        terrarium::object::Kind::List => lists::len(m, container),
        terrarium::object::Kind::Dict => dicts::len(m, container),
        _ => sets::len(m, container),
    };
    (n.unwrap(), sizeof(m, container).unwrap())
}

#[test]
fn containers_grow_at_the_recorded_lengths() {
    for release in Release::ALL {
        let mut compared = 0;
        for (case, expected) in cases(release, "grow") {
            let Some((make, step, count)) = grow(&case) else { continue };
            let mut m = start(release.profile(), 1 << 30).unwrap();
            let container = make(&mut m);
            let first = measured(&m, container);
            let sizes = (0..count).map(|i| {
                step(&mut m, container, i);
                measured(&m, container)
            });
            assert_eq!(changes(core::iter::once(first).chain(sizes)), expected, "{release:?} {case}");
            compared += 1;
        }
        assert_eq!(compared, 7);
    }
}

#[test]
fn containers_shrink_at_the_recorded_lengths() {
    for release in Release::ALL {
        let mut compared = 0;
        for (case, expected) in cases(release, "shrink") {
            let Some((make, step)) = shrink(&case) else { continue };
            let mut m = start(release.profile(), 1 << 30).unwrap();
            let container = make(&mut m);
            let mut sizes = vec![measured(&m, container)];
            while sizes.last().unwrap().0 > 0 {
                step(&mut m, container);
                sizes.push(measured(&m, container));
            }
            assert_eq!(changes(sizes.into_iter()), expected, "{release:?} {case}");
            compared += 1;
        }
        assert_eq!(compared, 6);
    }
}

#[test]
fn new_containers_have_the_recorded_sizes() {
    for release in Release::ALL {
        let mut compared = 0;
        for (case, expected) in cases(release, "make") {
            let mut m = start(release.profile(), 1 << 30).unwrap();
            if make(&mut m, &case, 0).is_none() {
                continue;
            }
            let sizes = (0..200).map(|n| {
                let made = make(&mut m, &case, n).unwrap();
                (u64::try_from(n).unwrap(), sizeof(&m, made).unwrap())
            });
            assert_eq!(changes(sizes), expected, "{release:?} {case}");
            compared += 1;
        }
        assert_eq!(compared, 24);
    }
}
