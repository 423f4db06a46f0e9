//! What CPython does to objects: birth, reference counts, deallocation, free lists, the cyclic collector, and each type's
//! own operations. One layer, because CPython's functions for these call each other in circles. All state lies in memory.
//!
//! A function that returns a [`crate::mem::Fault`] may have done a part of its work: `heap` takes a checkpoint before each
//! command and rolls back. As in [`crate::object`], an address is taken to be that of the right kind of object.

pub mod alloc;
pub mod attributes;
pub mod bytearray;
pub mod bytes;
pub mod cell;
pub mod class;
pub mod code;
pub mod dealloc;
pub mod descriptor;
pub mod dict;
pub mod exception;
pub mod float;
pub mod freelist;
pub mod function;
pub mod gc;
pub mod generator;
mod generic;
pub mod hash;
pub mod instance;
pub mod int;
pub mod interned;
pub mod interp;
mod keys;
pub mod list;
pub mod method;
pub mod module;
pub mod native;
pub mod range;
pub mod refcount;
pub mod set;
pub mod slice;
pub mod standin;
pub mod start;
mod statics;
pub mod str;
mod trashcan;
pub mod tuple;
mod values;
pub mod weakref;
pub mod wrappers;

pub use hash::{HashError, hash};
