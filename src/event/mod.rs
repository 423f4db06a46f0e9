//! The vocabulary of what happens to memory. The code that changes bytes notes the events; a [`Log`] that is off costs it one
//! branch.

use crate::ids::{Addr, Serial};

/// Something that happened to memory. The address of an object is what `id()` gives, that of a slot is where a reference is
/// stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A block was taken: address, bytes asked for.
    Allocated(Addr, u64),
    /// A block was given back: address.
    Freed(Addr),
    /// A pool was taken for a size class: pool, `szidx`.
    PoolTaken(Addr, u32),
    /// A pool has no free block any more and leaves `usedpools`.
    PoolFull(Addr),
    /// A full pool has a free block again and enters `usedpools` at the front.
    PoolUsable(Addr),
    /// The last block of a pool was freed; the pool goes back to its arena.
    PoolFreed(Addr),
    /// An arena was taken from the system: address.
    ArenaTaken(Addr),
    /// An arena was given back to the system: address.
    ArenaReturned(Addr),
    /// An object was born: address, serial.
    Born(Addr, Serial),
    /// An object died (its `tp_dealloc` finished): address, serial, address of its type.
    Died(Addr, Serial, Addr),
    /// An object's reference count changed: object, the slot that caused it (or NULL), before, after.
    Count {
        /// The object that is counted.
        object: Addr,
        /// Where the reference was stored or removed; NULL for a reference held by the running operation.
        slot: Addr,
        /// `ob_refcnt` before.
        from: u64,
        /// `ob_refcnt` after.
        to: u64,
    },
    /// An object entered the collector's youngest generation.
    Tracked(Addr),
    /// An object left the collector's lists.
    Untracked(Addr),
    /// An object's memory went to a free list instead of the allocator.
    FreeListPush(Addr),
    /// An object's memory came from a free list.
    FreeListPop(Addr),
    /// A collection of this generation started.
    CollectionStarted(u8),
    /// During a collection: `gc_refs` of an object changed because `by` refers to it (NULL: it was set from the count).
    GcRefs {
        /// The object.
        object: Addr,
        /// `gc_refs` before.
        from: u64,
        /// `gc_refs` after.
        to: u64,
        /// The container in the examined set that refers to it.
        by: Addr,
    },
    /// During a collection: an object became tentatively unreachable (true) or reachable again (false).
    Unreachable(Addr, bool),
    /// A collection ended: generation, collected, uncollectable.
    CollectionEnded(u8, u64, u64),
}

/// Events in order, as long as somebody records.
#[derive(Debug, Default)]
pub struct Log {
    recording: bool,
    events: Vec<Event>,
}

impl Log {
    /// Starts recording with an empty list.
    pub fn start(&mut self) {
        self.recording = true;
        self.events.clear();
    }

    /// Stops recording and hands out what happened.
    pub fn stop(&mut self) -> Vec<Event> {
        self.recording = false;
        core::mem::take(&mut self.events)
    }

    /// Whether events are recorded: to be asked where making an event takes work.
    #[must_use]
    #[inline(always)]
    pub const fn is_recording(&self) -> bool {
        self.recording
    }

    /// What was recorded so far.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Notes an event if recording.
    #[inline(always)]
    pub fn note(&mut self, event: impl FnOnce() -> Event) {
        if self.recording {
            let event = event();
            self.events.push(event);
        }
    }
}
