//! Typed views over the bytes of objects: one file per type with its layout, where its references lie, its size and its
//! `repr`. Nothing here changes a count.

pub mod blocks;
pub mod cell;
pub mod gc_head;
pub mod head;
pub mod kind;
pub mod list;
pub mod slice;
pub mod slots;
pub mod tuple;

use crate::mem::Fault;
pub use kind::Kind;
pub use slots::{Slots, Span, Walk};
