//! CPython's memory, byte for byte.
//!
//! The bytes are the state: objects, GC heads, pool headers and free lists lie in a simulated 64-bit address space, laid out
//! as the chosen CPython release lays them out, and every algorithm reads and writes those bytes.
//!
//! A folder is a layer and uses only layers before it: [`ids`], [`abi`], [`event`], [`mem`], [`pymalloc`], [`object`],
//! [`runtime`], [`heap`], [`snapshot`], [`scene`], [`paint`], [`playground`], `wasm`. ARCHITECTURE.md says which uses which.
//! [`heap::Heap`] is the place to begin: a heap with commands that can be undone.

pub mod abi;
pub mod event;
pub mod heap;
pub mod ids;
pub mod mem;
pub mod object;
pub mod paint;
pub mod playground;
pub mod pymalloc;
pub mod runtime;
pub mod scene;
pub mod snapshot;
#[cfg(target_family = "wasm")]
pub mod wasm;
