//! References at fixed offsets: for most types a list of fields says everything.

use super::Fault;
use super::slots::Span;
use crate::ids::Addr;
use crate::mem::Field;

/// The `stage`-th of these fields as a span of one slot.
#[allow(clippy::unnecessary_wraps, reason = "one signature for all `span` functions")]
#[inline]
pub(super) fn nth(obj: Addr, fields: &[Field<Addr>], stage: u32) -> Result<Option<Span>, Fault> {
    Ok(fields.get(stage as usize).map(|field| Span::one(field.at(obj))))
}
