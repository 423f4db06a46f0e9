//! The pools view.
use super::Scene;
use super::geometry::{Camera, Size, rect};
use super::pen::Pen;
use super::state::ViewState;
use crate::snapshot::{Pool, Snapshot};

pub(super) fn label(_pool: &Pool, _index: usize) -> String {
    String::new()
}
pub(super) fn build(_s: &Snapshot, _st: &mut ViewState, size: Size) -> Scene {
    Pen::new(Camera::default(), size).finish(size, rect(0.0, 0.0, size.w, size.h))
}
pub(super) fn describe(_s: &Snapshot, _st: &ViewState) -> String {
    String::new()
}
