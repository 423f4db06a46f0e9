//! The immutable read model that the views draw from.

mod model;

pub use model::*;
