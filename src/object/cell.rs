//! `PyCellObject`: one reference that closures share. Source: Include/cpython/cellobject.h.

use super::Fault;
use super::slots::Span;
use crate::ids::Addr;
use crate::mem::Field;

/// `ob_ref`: the contents, NULL while empty.
pub const OB_REF: Field<Addr> = Field::new("ob_ref", 16);
/// `sizeof(PyCellObject)`
pub const CELL_BYTES: u64 = 24;

#[allow(clippy::unnecessary_wraps, reason = "one signature for all `span` functions")]
pub(super) fn span(cell: Addr, stage: u32) -> Result<Option<Span>, Fault> {
    Ok((stage == 0).then_some(Span::one(OB_REF.at(cell))))
}
