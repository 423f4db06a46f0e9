//! What the events of one command add up to.

use crate::event::Event;
use crate::ids::gather::Grow as _;
use crate::ids::{Addr, Serial, map::Map, sort};
use crate::object::gc_head::GC_HEAD_BYTES;
use crate::pymalloc;

/// A slot that took a reference to an object, or gave one up.
#[derive(Clone, Copy)]
pub(super) struct SlotChange {
    pub(super) slot: Addr,
    pub(super) gained: bool,
}

/// What happened to the count of an object that lives on.
#[derive(Default)]
pub(super) struct Change {
    pub(super) from_to: Option<(u64, u64)>,
    /// Without the references of the running operation, which are in no slot.
    pub(super) slots: Vec<SlotChange>,
}

/// An object that was there before the command and died in it.
#[derive(Clone, Copy)]
pub(super) struct Death {
    pub(super) id: Serial,
    pub(super) tp: Addr,
    /// Where its last reference was; `None` if the running operation had it.
    pub(super) last_slot: Option<Addr>,
}

/// What the events of one command add up to.
#[derive(Default)]
pub(super) struct Account {
    pub(super) counts: Map<Change>,
    /// What came into being.
    pub(super) born: Map<()>,
    pub(super) died: Vec<Death>,
    /// Of the objects that were there before, the first whose count became 0.
    pub(super) first_at_zero: Option<Addr>,
    /// Its place in `died`.
    pub(super) first_death: usize,
    pub(super) blocks_freed: usize,
    /// Blocks that came into a free list in this command: whether they still wait there.
    pub(super) kept_in_free_lists: Map<bool>,
    pub(super) arenas_taken: usize,
    pub(super) arenas_returned: usize,
    /// Bytes of the blocks for which pools were taken.
    pub(super) pools_taken: Vec<u64>,
    pub(super) pools_freed: usize,
    /// A collection that started and ended.
    pub(super) collected: Option<(u8, u64)>,
    pub(super) started: bool,
}

impl Account {
    pub(super) fn of(events: &[Event]) -> Account {
        let mut sum = Account::default();
        for event in events {
            match *event {
                Event::Count { object, slot, from, to } => {
                    let change = sum.counts.get_or_insert_with(object.0, Change::default);
                    change.from_to.get_or_insert((from, to)).1 = to;
                    if !slot.is_null() {
                        change.slots.add(SlotChange { slot, gained: to > from });
                    }
                    if to == 0 && sum.born.get(object.0).is_none() {
                        sum.first_at_zero.get_or_insert(object);
                    }
                }
                Event::Died(object, serial, tp) => {
                    let last_slot = sum.counts.get(object.0).and_then(|change| change.slots.last()).map(|last| last.slot);
                    sum.counts.insert(object.0, Change::default());
                    // What also came into being in this command is of no account.
                    if sum.born.get(object.0).is_none() {
                        if sum.first_at_zero == Some(object) {
                            sum.first_death = sum.died.len();
                        }
                        sum.died.add(Death { id: serial, tp, last_slot });
                    }
                }
                Event::Born(object, _) => {
                    sum.counts.insert(object.0, Change::default());
                    sum.born.insert(object.0, ());
                }
                Event::Freed(block) => {
                    sum.blocks_freed += 1;
                    // A full collection empties the free lists. The object is the block's start, or behind a GC head.
                    for object in [block, block.offset(GC_HEAD_BYTES)] {
                        if let Some(waits) = sum.kept_in_free_lists.get_mut(object.0) {
                            *waits = false;
                        }
                    }
                }
                Event::FreeListPush(block) => drop(sum.kept_in_free_lists.insert(block.0, true)),
                Event::ArenaTaken(_) => sum.arenas_taken += 1,
                Event::ArenaReturned(_) => sum.arenas_returned += 1,
                Event::PoolTaken(_, szidx) => sum.pools_taken.add(pymalloc::class_size(szidx)),
                Event::PoolFreed(_) => sum.pools_freed += 1,
                Event::CollectionStarted(_) => sum.started = true,
                Event::CollectionEnded(generation, collected, _) => sum.collected = Some((generation, collected)),
                _ => {}
            }
        }
        sort::by_key(&mut sum.pools_taken, |&bytes| bytes);
        sum.pools_taken.dedup();
        sum
    }
}

/// The changes of slots that gained more references to an object than they gave up, or fewer: the others held it only while the
/// command ran, or hold it as before.
pub(super) fn lasting(slots: &[SlotChange]) -> Vec<SlotChange> {
    let mut balances: Map<i64> = Map::default();
    for change in slots {
        *balances.get_or_insert_with(change.slot.0, || 0) += if change.gained { 1 } else { -1 };
    }
    let mut lasting = Vec::new();
    for change in slots {
        if balances.get(change.slot.0) != Some(&0) {
            lasting.add(*change);
        }
    }
    lasting
}
