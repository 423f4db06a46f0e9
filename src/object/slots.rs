//! The references that an object holds, slot by slot, in the order in which CPython's own functions go through them.
//!
//! Each kind of object says where its references lie as a sequence of [`Span`]s; everything that follows references
//! (collector, deallocation, integrity check, holders, views) goes through this one door.

use super::Fault;
use super::kind::Kind;
use crate::ids::Addr;
use crate::mem::AddressSpace;

/// Which references, in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walk {
    /// Those that `tp_traverse` visits, in its order: what the collector sees.
    Traverse,
    /// All strong references that `tp_dealloc` gives up, in its order. The type of an instance is not among them:
    /// it is given up after the memory.
    Owned,
}

/// Slots at equal distances. An empty span is allowed and does not end a walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first slot.
    pub at: Addr,
    /// Bytes from one slot to the next; may be negative (two's complement).
    pub step: u64,
    /// How many slots.
    pub count: u64,
}

impl Span {
    /// No slot in this stage; the walk goes on to the next one.
    pub const EMPTY: Span = Span { at: Addr::NULL, step: 0, count: 0 };

    /// One slot.
    #[must_use]
    pub const fn one(at: Addr) -> Span {
        Span { at, step: 0, count: 1 }
    }

    /// `count` pointers from `at` upwards.
    #[must_use]
    pub const fn up(at: Addr, count: u64) -> Span {
        Span { at, step: 8, count }
    }

    /// `count` pointers that start at `at`, the last one first.
    #[must_use]
    pub const fn down(at: Addr, count: u64) -> Span {
        Span { at: at.offset(count.wrapping_mul(8).wrapping_sub(8)), step: 8_u64.wrapping_neg(), count }
    }
}

/// A walk over the non-NULL references of one object. It borrows nothing: memory may be read and written between steps.
#[derive(Clone, Copy, Debug)]
pub struct Slots {
    obj: Addr,
    kind: Kind,
    walk: Walk,
    stage: u32,
    span: Span,
    done: bool,
}

impl Slots {
    /// The references of `obj`.
    ///
    /// # Errors
    /// A fault if there is no object.
    #[inline]
    pub fn of(m: &AddressSpace, obj: Addr, walk: Walk) -> Result<Slots, Fault> {
        Ok(Slots { obj, kind: Kind::of(m, obj)?, walk, stage: 0, span: Span::EMPTY, done: false })
    }

    /// The items of a list, from the last to the first.
    #[must_use]
    #[inline(always)]
    pub const fn of_list(list: Addr, array: Addr, len: u64) -> Slots {
        Slots { obj: list, kind: Kind::List, walk: Walk::Owned, stage: 1, span: Span::down(array, len), done: true }
    }

    /// The items of a list, and how many of them are still to come.
    #[must_use]
    pub const fn rest_of_list(&self) -> (Addr, u64) {
        let Span { at, count, .. } = self.span;
        (at.offset(8_u64.wrapping_sub(count.wrapping_mul(8))), count)
    }

    /// The kind of the object that is walked.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The object that is walked.
    #[must_use]
    pub const fn object(&self) -> Addr {
        self.obj
    }

    /// The next slot that is not NULL, and what it refers to.
    ///
    /// # Errors
    /// A fault if the object's bytes are not sound.
    #[inline(always)]
    pub fn next(&mut self, m: &AddressSpace) -> Result<Option<(Addr, Addr)>, Fault> {
        loop {
            while self.span.count > 0 {
                let slot = self.span.at;
                self.span.at = slot.offset(self.span.step);
                self.span.count -= 1;
                let target: Addr = m.read_fast(slot)?;
                if !target.is_null() {
                    return Ok(Some((slot, target)));
                }
            }
            if self.done || !self.advance(m)? {
                return Ok(None);
            }
        }
    }

    /// Goes to the next stage. False behind the last.
    fn advance(&mut self, m: &AddressSpace) -> Result<bool, Fault> {
        let Some(span) = super::kind::span(m, self.obj, self.kind, self.walk, self.stage)? else {
            self.done = true;
            return Ok(false);
        };
        self.span = span;
        self.stage += 1;
        Ok(true)
    }
}
