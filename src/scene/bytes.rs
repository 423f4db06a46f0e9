//! The bytes view.
use super::Scene;
use super::geometry::{Camera, Size, rect};
use super::pen::Pen;
use super::state::ViewState;
use crate::snapshot::{Details, Snapshot};

pub(super) fn build(_s: &Snapshot, _d: Option<&Details>, _st: &mut ViewState, size: Size) -> Scene {
    Pen::new(Camera::default(), size).finish(size, rect(0.0, 0.0, size.w, size.h))
}
pub(super) fn describe(_d: Option<&Details>) -> String {
    String::new()
}
