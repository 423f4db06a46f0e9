//! The recordings of real CPythons once more in a browser, where lengths have 32 bits and another compiler makes the code: what is
//! equal natively is equal there, byte for byte.
#![cfg(target_family = "wasm")]
#![allow(clippy::duplicate_mod, reason = "each of these files is a program of its own elsewhere, with its helpers")]

use wasm_bindgen_test::wasm_bindgen_test_configure;

// A worker: the page's own thread stays free to answer the driver, and each test is told when it ends.
wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[path = "container_growth.rs"]
mod container_growth;
#[path = "container_programs.rs"]
mod container_programs;
#[path = "truth_allocations.rs"]
mod truth_allocations;
#[path = "truth_attributes.rs"]
mod truth_attributes;
#[path = "truth_classes.rs"]
mod truth_classes;
#[path = "truth_collections.rs"]
mod truth_collections;
#[path = "truth_deallocation.rs"]
mod truth_deallocation;
#[path = "truth_deaths.rs"]
mod truth_deaths;
#[path = "truth_freelists.rs"]
mod truth_freelists;
#[path = "truth_getsizeof.rs"]
mod truth_getsizeof;
#[path = "truth_heap.rs"]
mod truth_heap;
#[path = "truth_lists.rs"]
mod truth_lists;
#[path = "truth_nesting.rs"]
mod truth_nesting;
#[path = "truth_objects.rs"]
mod truth_objects;
#[path = "truth_programs.rs"]
mod truth_programs;
#[path = "truth_refusals.rs"]
mod truth_refusals;
#[path = "truth_scalars.rs"]
mod truth_scalars;
#[path = "truth_static_types.rs"]
mod truth_static_types;
#[path = "truth_structures.rs"]
mod truth_structures;
#[path = "truth_types.rs"]
mod truth_types;
