//! What CPython does to objects: birth, reference counts, deallocation, free lists, the cyclic collector, and each type's
//! own operations. One folder, because these really call each other. All state lies in memory.

pub mod alloc;
pub mod cell;
pub mod dealloc;
pub mod freelist;
pub mod gc;
pub mod list;
pub mod refcount;
pub mod slice;
pub mod start;
pub mod tuple;
