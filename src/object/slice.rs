//! `PySliceObject`: three references that are never NULL. Source: Include/sliceobject.h.

use super::Fault;
use super::slots::{Span, Walk};
use crate::ids::Addr;
use crate::mem::Field;

/// `start`
pub const START: Field<Addr> = Field::new("start", 16);
/// `stop`
pub const STOP: Field<Addr> = Field::new("stop", 24);
/// `step`
pub const STEP: Field<Addr> = Field::new("step", 32);
/// `sizeof(PySliceObject)`
pub const SLICE_BYTES: u64 = 40;

/// `slice_traverse` goes start, stop, step; `slice_dealloc` gives up step, start, stop. Source: Objects/sliceobject.c.
#[allow(clippy::unnecessary_wraps, reason = "one signature for all `span` functions")]
pub(super) fn span(slice: Addr, walk: Walk, stage: u32) -> Result<Option<Span>, Fault> {
    Ok(match (walk, stage) {
        (Walk::Traverse, 0) => Some(Span::up(START.at(slice), 3)),
        (Walk::Owned, 0) => Some(Span::one(STEP.at(slice))),
        (Walk::Owned, 1) => Some(Span::up(START.at(slice), 2)),
        _ => None,
    })
}
