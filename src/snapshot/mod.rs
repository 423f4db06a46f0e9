//! The immutable read model that the views draw from, and how it is taken from a heap.

mod columns;
mod fields;
mod labels;
mod model;
mod pools;
mod take;

pub use columns::{Columns, IMMORTAL, UNTRACKED, columns};
pub use fields::{details, holders};
pub use labels::{called, in_a_word, key_text};
pub use model::*;
pub use take::{BRIEF_ABOVE, Startup, slot_label, spelled, take, value};
