//! The hand-written TypeScript types name what the model has: releases, phases, views and colours.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a test stops at what it cannot read")]

use std::collections::BTreeSet;

use terrarium::abi::Release;
use terrarium::runtime::gc::machine::Phase;
use terrarium::scene::{Paint, View};

const TYPES: &str = include_str!("../src/wasm/types.ts");

/// What stands between `from` and the next `to`.
fn between(from: &str, to: char) -> &'static str {
    TYPES.split_once(from).unwrap().1.split_once(to).unwrap().0
}

/// The quoted texts of the union type called `name`.
fn union_of(name: &str) -> BTreeSet<&'static str> {
    between(&format!("export type {name} ="), ';').split('"').skip(1).step_by(2).collect()
}

#[test]
fn the_types_name_each_release_phase_and_view() {
    assert_eq!(union_of("ReleaseName"), Release::ALL.iter().map(|release| release.profile().name).collect());
    let phases = Phase::ALL.iter().filter(|phase| **phase != Phase::Idle);
    assert_eq!(union_of("PhaseName"), phases.map(|phase| phase.name()).collect());
    assert_eq!(union_of("View").len(), View::COUNT);
}

#[test]
fn a_theme_has_the_colour_of_each_paint() {
    let theme = between("export interface Theme {", '}');
    let texts = theme.split(';').filter_map(|field| field.trim().strip_suffix(": string"));
    let fonts = ["font", "mono"];
    assert_eq!(texts.collect::<BTreeSet<_>>(), Paint::NAMES.into_iter().chain(fonts).collect());
}
