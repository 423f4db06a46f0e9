//! Numbers, text and bytes against the recordings of five releases.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "common/literal.rs"]
mod literal;

use literal::make;
use terrarium::abi::Release;
use terrarium::ids::Addr;
use terrarium::mem::AddressSpace;
use terrarium::runtime::{HashError, hash, start::start};

fn fresh(release: Release) -> AddressSpace {
    start(release.profile(), 1 << 28).unwrap()
}

/// The rows of a recording that are of this release, without the first column.
fn rows(recording: &str, release: Release) -> impl Iterator<Item = Vec<&str>> {
    let version = release.profile().version;
    recording.lines().filter_map(move |line| line.strip_prefix(version)?.strip_prefix('\t').map(|l| l.split('\t').collect()))
}

#[test]
fn hashes_are_those_of_the_recording() {
    for release in Release::ALL {
        let mut m = fresh(release);
        let mut compared = 0;
        for row in rows(include_str!("truth/hashes.tsv"), release) {
            let (expression, expected) = (row[0], row[1]);
            // Contain the hash of an address, which differs from one build to the next.
            let by_address = matches!(expression, "..." | "NotImplemented" | "object" | "int");
            let none = ["None", "(None,)", "range(0, 0)", "range(0, 1)", "range(2, 3)", "range(7, 7)"].contains(&expression);
            if by_address || (release == Release::Cp311 && none) || expression.starts_with("frozenset") {
                continue;
            }
            let obj = make(&mut m, expression).unwrap_or_else(|| panic!("{expression}"));
            match (hash(&mut m, obj), expected) {
                (Err(HashError::Unhashable(_)), "unhashable") => {}
                (found, _) => assert_eq!(found.unwrap().to_string(), expected, "{release:?} {expression}"),
            }
            assert!(obj != Addr::NULL);
            compared += 1;
        }
        assert!(compared > 70, "{compared}");
    }
}
