//! `rangeobject`: four int objects. Source: Objects/rangeobject.c.

use super::Fault;
use super::slots::Span;
use crate::ids::Addr;
use crate::mem::Field;

/// `start`
pub const START: Field<Addr> = Field::new("start", 16);
/// `stop`
pub const STOP: Field<Addr> = Field::new("stop", 24);
/// `step`
pub const STEP: Field<Addr> = Field::new("step", 32);
/// `length`
pub const LENGTH: Field<Addr> = Field::new("length", 40);
/// `sizeof(rangeobject)`
pub const RANGE_BYTES: u64 = 48;

/// `range_dealloc` gives up start, stop, step, length. The collector does not know ranges.
#[allow(clippy::unnecessary_wraps, reason = "one signature for all `span` functions")]
pub(super) fn span(range: Addr, stage: u32) -> Result<Option<Span>, Fault> {
    Ok((stage == 0).then_some(Span::up(START.at(range), 4)))
}
