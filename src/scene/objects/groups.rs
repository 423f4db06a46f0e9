//! Where unreachable objects that hold each other stand: areas that cover nothing else.

use super::super::geometry::{Rect, ordered, rect};
use crate::ids::gather::{Gather as _, Grow as _};
use crate::snapshot::Snapshot;

/// Unreachable objects that hold each other.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// Hatched areas.
    pub(super) areas: Vec<Rect>,
    /// How many objects.
    pub(super) count: usize,
    /// What they occupy together.
    pub(super) bytes: u64,
}

/// Unreachable objects by connection, with the areas that lie behind them.
pub(super) fn groups(snapshot: &Snapshot, boxes: &[Rect], chips: &[Rect]) -> Vec<Group> {
    let dead: Vec<bool> = snapshot.objects.iter().zip(boxes).map(|(o, r)| !o.reachable && r.w > 0.0).gather();
    if !dead.contains(&true) {
        return Vec::new();
    }
    let is_dead = |i: usize| dead.get(i).copied().unwrap_or(false);
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); dead.len()];
    for (i, object) in snapshot.objects.iter().enumerate().filter(|(i, _)| is_dead(*i)) {
        for t in object.slots.iter().filter_map(|s| s.target).filter(|t| is_dead(*t)) {
            next[i].add(t);
            next[t].add(i);
        }
    }
    let living: Vec<Rect> = boxes
        .iter()
        .enumerate()
        .filter(|(i, r)| !is_dead(*i) && r.w > 0.0)
        .map(|(_, r)| r.grown(3.0))
        .chain(chips.iter().copied())
        .gather();
    let mut seen = vec![false; dead.len()];
    let mut groups: Vec<Group> = Vec::new();
    for start in (0..dead.len()).filter(|i| is_dead(*i)) {
        let mut members = Vec::new();
        let mut stack = vec![start];
        while let Some(i) = stack.pop() {
            if !core::mem::replace(&mut seen[i], true) {
                members.add(i);
                stack.extend_from_slice(&next[i]);
            }
        }
        if members.is_empty() {
            continue;
        }
        let area = |i: &usize| boxes.get(*i).map(|r| rect(r.x - 13.0, r.y - 31.0, r.w + 29.0, r.h + 54.0));
        let bytes = members.iter().filter_map(|i| snapshot.objects.get(*i)).map(|o| o.occupies_bytes).sum();
        let loose: Vec<Rect> = members.iter().filter_map(area).gather();
        let above = |a: usize, b: usize| (loose[a].y, loose[a].x) < (loose[b].y, loose[b].x);
        let mut areas: Vec<Rect> = ordered(loose.len(), &above).into_iter().filter_map(|n| loose.get(n).copied()).gather();
        let taken: Vec<Rect> = groups.iter().flat_map(|g| g.areas.iter().copied()).gather();
        join(&mut areas, &living, &taken);
        groups.add(Group { areas, count: members.len(), bytes });
    }
    groups
}

/// Makes one area of two as long as what is around both covers nothing else.
fn join(areas: &mut Vec<Rect>, living: &[Rect], taken: &[Rect]) {
    let mut i = 0;
    while i < areas.len() {
        let mut j = i + 1;
        while j < areas.len() {
            let both = areas[i].union(&areas[j]);
            let clear = |others: &[Rect]| !others.iter().any(|r| r.meets(&both));
            if clear(living) && clear(taken) {
                areas[i] = both;
                areas.remove(j);
                j = i + 1;
            } else {
                j += 1;
            }
        }
        i += 1;
    }
}
