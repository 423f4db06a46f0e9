//! CPython's memory, byte for byte.
//!
//! The bytes are the state: objects, GC heads, pool headers and free lists lie in a simulated 64-bit address space, laid out
//! as the chosen CPython release lays them out, and every algorithm reads and writes those bytes.
//!
//! A folder is a layer and uses only layers before it: [`ids`], [`abi`], [`event`], [`mem`], [`pymalloc`], [`object`],
//! [`runtime`], [`heap`], [`snapshot`], [`scene`], [`paint`], [`playground`], `wasm`. ARCHITECTURE.md says which uses which.
//!
//! [`heap::Heap`] is the place to begin: a heap with commands that can be undone.
//!
//! ```
//! use terrarium::abi::Release;
//! use terrarium::heap::{DEFAULT_LIMIT_BYTES, Heap, Place, Spec};
//!
//! let mut heap = Heap::new(Release::Cp314, DEFAULT_LIMIT_BYTES)?;
//! let list = heap.create(&Spec::List(Vec::new()))?; // held by a page handle
//! heap.link(list, &Place::Append, list)?; // and by its own item
//! heap.drop_handle(list)?;
//! assert!(heap.address(list).is_ok(), "its count is 1: only the collector can free it");
//! assert_eq!(heap.collect(2)?.collected, 1);
//! assert!(heap.address(list).is_err());
//! assert!(heap.undo());
//! assert!(heap.address(list).is_ok(), "its bytes are back");
//! # Ok::<(), terrarium::heap::CommandError>(())
//! ```

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
