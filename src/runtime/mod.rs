//! What CPython does to objects: birth, reference counts, deallocation, free lists, the cyclic collector, and each type's
//! own operations. One folder, because these really call each other. All state lies in memory.

pub mod alloc;
pub mod attributes;
pub mod bytearray;
pub mod bytes;
pub mod cell;
pub mod dealloc;
pub mod dict;
pub mod float;
pub mod freelist;
pub mod gc;
pub mod hash;
pub mod int;
pub mod interned;
mod keys;
pub mod list;
pub mod range;
pub mod refcount;
pub mod slice;
pub mod start;
mod statics;
pub mod str;
pub mod tuple;
mod values;

pub use hash::{HashError, hash};
