//! `_Py_Dealloc`: what happens when a count reaches 0, at once and depth first.
//!
//! CPython recurses: `tp_dealloc` of a list gives up its items, and an item whose count reaches 0 runs its own `tp_dealloc`
//! before the next item is looked at. Here the C stack is a stack of `Frame`s, so that depth costs no host stack, and the
//! trashcan's rules count frames where CPython counts calls.
//!
//! ```text
//!  begin(obj)  untrack; into the trashcan if too deep
//!  each owned slot in tp_dealloc's order: count down; at 0 begin(child) and go on with the child
//!  finish(obj) own blocks freed, then the object's memory (or its free list), then its heap type counted down
//! ```

use super::freelist::FreeList;
use super::gc::state::{DELETE_LATER, STATE};
use super::refcount::drop_count;
use super::{
    alloc, attributes, bytearray, class, dict, float, gc, instance, int, list, method, range, set, slice, str, trashcan, tuple,
    weakref, wrappers,
};
use crate::abi::TypeId;
use crate::event::Event;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::gc_head::{head_of, prev, set_prev};
use crate::object::head::{self, OB_TYPE};
use crate::object::{Kind, Slots, Walk};

/// `tp_dealloc(obj)` for an object whose count is 0, and of all that dies with it.
///
/// # Errors
/// A fault if the bytes are not sound.
#[inline(never)]
pub fn dealloc(m: &mut AddressSpace, obj: Addr) -> Result<(), Fault> {
    // A list that dies alone: what most deaths come to. It is not deep enough for the trashcan, and nothing waits there.
    let Some((array, len)) = begin_list(m, obj)? else { return dealloc_all(m, obj, None) };
    for left in (0..len).rev() {
        let slot = array.offset(left * 8);
        let child: Addr = m.read_fast(slot)?;
        if !child.is_null() && drop_count(m, child, slot)? {
            return dealloc_all(m, child, Some((obj, array, left)));
        }
    }
    end_list(m, obj)
}

/// [`dealloc`] in every case. `within`: the list that is dying, its items, and how many it has still to give up.
#[inline(never)]
fn dealloc_all(m: &mut AddressSpace, obj: Addr, within: Option<(Addr, Addr, u64)>) -> Result<(), Fault> {
    let mut run = Run { frames: Stack::default(), depth: 0, chain: None };
    if let Some((list, array, left)) = within {
        run.depth = trashcan::depth_of(m, list, Kind::List)?;
        run.frames.push(Frame { slots: Slots::of_list(list, array, left), depth: run.depth });
    }
    run.begin(m, obj)?;
    while let Some(frame) = &mut run.frames.top {
        match frame.slots.next(m)? {
            Some((slot, child)) => {
                if drop_count(m, child, slot)? {
                    run.begin(m, child)?;
                }
            }
            None => run.end(m)?,
        }
    }
    Ok(())
}

/// One `tp_dealloc` that has begun.
struct Frame {
    slots: Slots,
    /// What it adds to [`Run::depth`].
    depth: u64,
}

/// What C's stack would hold. Most deaths need one frame only, and nothing from the host's heap.
#[derive(Default)]
struct Stack {
    top: Option<Frame>,
    below: Vec<Frame>,
}

impl Stack {
    #[inline(always)]
    fn push(&mut self, frame: Frame) {
        if let Some(below) = self.top.replace(frame) {
            self.below.push(below);
        }
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<Frame> {
        let top = self.top.take();
        self.top = self.below.pop();
        top
    }

    fn len(&self) -> usize {
        self.below.len() + usize::from(self.top.is_some())
    }
}

struct Run {
    frames: Stack,
    /// How deep the trashcan thinks that it is, see [`trashcan`].
    depth: u64,
    /// While the waiting chain is destroyed: how many frames were there before, and what that adds to the depth.
    chain: Option<(usize, u64)>,
}

impl Run {
    fn begin(&mut self, m: &mut AddressSpace, obj: Addr) -> Result<(), Fault> {
        let slots = if let Some((array, len)) = begin_list(m, obj)? {
            Slots::of_list(obj, array, len)
        } else {
            if head::is_gc(m, obj)? {
                gc::untrack_if_tracked(m, obj)?;
            }
            Slots::of(m, obj, Walk::Owned)?
        };
        let depth = trashcan::depth_of(m, obj, slots.kind())?;
        if depth > 0 {
            let limits = trashcan::limits(m);
            if limits.whole.saturating_sub(self.depth) < limits.least {
                return deposit(m, obj);
            }
            self.depth += depth;
        }
        if slots.kind() == Kind::List {
            self.frames.push(Frame { slots, depth });
            return Ok(());
        }
        let callbacks = before_references(m, obj, slots.kind())?;
        self.frames.push(Frame { slots, depth });
        // Callbacks of weak references die before what the object holds, the first one first.
        for callback in callbacks.into_iter().rev() {
            if drop_count(m, callback, Addr::NULL)? {
                self.begin(m, callback)?;
            }
        }
        Ok(())
    }

    fn end(&mut self, m: &mut AddressSpace) -> Result<(), Fault> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        let (obj, kind) = (frame.slots.object(), frame.slots.kind());
        if kind == Kind::List {
            end_list(m, obj)?;
        } else {
            let tp = head::type_of(m, obj)?;
            note_death(m, obj, tp);
            finish(m, obj, kind)?;
            if !head::is_static_type(tp) && drop_count(m, tp, OB_TYPE.at(obj))? {
                self.begin(m, tp)?;
            }
        }
        self.depth -= frame.depth;
        if frame.depth > 0 || self.chain.is_some() { self.empty_trashcan(m, frame.depth) } else { Ok(()) }
    }

    /// Begins to destroy what waits, or goes on with it, if this is the place; `depth` is what the frame that just ended had added.
    fn empty_trashcan(&mut self, m: &mut AddressSpace, depth: u64) -> Result<(), Fault> {
        // `++trash_delete_nesting`, `--c_recursion_remaining` around the whole loop. Source: 3.12 and 3.13
        // Objects/object.c:`_PyTrash_thread_destroy_chain`.
        if let Some((bottom, added)) = self.chain {
            if self.frames.len() != bottom {
                return Ok(());
            }
            let waiting = withdraw(m)?;
            if waiting.is_none() {
                self.chain = None;
                self.depth -= added;
            }
            return waiting.map_or(Ok(()), |waiting| self.begin(m, waiting));
        }
        let limits = trashcan::limits(m);
        let is_free = |depth| limits.whole.saturating_sub(depth) >= limits.enough;
        // Of a frame that counted two levels (3.13) the inner one ends first, and may be high enough already.
        let inner = u64::from(depth == 2);
        let added = if inner > 0 && is_free(self.depth + inner) { limits.chain + inner } else { limits.chain };
        if is_free(self.depth)
            && let Some(waiting) = withdraw(m)?
        {
            self.chain = Some((self.frames.len(), added));
            self.depth += added;
            return self.begin(m, waiting);
        }
        Ok(())
    }
}

/// The beginning of `list_dealloc`, of what dies most often: the items and how many. `None` if `obj` is no list.
#[inline(always)]
fn begin_list(m: &mut AddressSpace, obj: Addr) -> Result<Option<(Addr, u64)>, Fault> {
    let Some([next, _, _, tp, len, items]) = m.get_words_in_arena(head_of(obj)) else { return Ok(None) };
    if Addr(tp) != TypeId::List.addr() {
        return Ok(None);
    }
    if next != 0 {
        gc::untrack(m, obj)?;
    }
    Ok(Some((Addr(items), len)))
}

/// The end of `list_dealloc`.
#[inline(always)]
fn end_list(m: &mut AddressSpace, obj: Addr) -> Result<(), Fault> {
    note_death(m, obj, TypeId::List.addr());
    list::finish(m, obj)
}

#[inline(always)]
fn note_death(m: &mut AddressSpace, obj: Addr, tp: Addr) {
    if m.log.is_recording() {
        let serial = m.births.at(obj).unwrap_or_default();
        m.log.note(|| Event::Died(obj, serial, tp));
    }
}

/// `_PyTrash_thread_deposit_object`: the waiting objects form a chain through `_gc_prev`.
fn deposit(m: &mut AddressSpace, obj: Addr) -> Result<(), Fault> {
    let first = DELETE_LATER.read(m, STATE)?;
    set_prev(m, head_of(obj), first)?;
    DELETE_LATER.write(m, STATE, obj)
}

fn withdraw(m: &mut AddressSpace) -> Result<Option<Addr>, Fault> {
    let obj: Addr = m.read_fast(DELETE_LATER.at(STATE))?;
    if obj.is_null() {
        return Ok(None);
    }
    let next = prev(m, head_of(obj))?;
    DELETE_LATER.write(m, STATE, next)?;
    Ok(Some(obj))
}

/// What `tp_dealloc` does before it gives up references; the callbacks of weak references that nobody holds any more.
fn before_references(m: &mut AddressSpace, obj: Addr, kind: Kind) -> Result<Vec<Addr>, Fault> {
    match kind {
        Kind::WeakRef => weakref::clear_ref(m, obj).map(|()| Vec::new()),
        Kind::Type => class::before_references(m, obj),
        Kind::Instance => {
            let callbacks = weakref::clear_all(m, obj)?;
            attributes::before_references(m, obj)?;
            Ok(callbacks)
        }
        Kind::Function | Kind::Method | Kind::Module | Kind::BuiltinFunction | Kind::Generator | Kind::Code | Kind::Set => {
            weakref::clear_all(m, obj)
        }
        _ => Ok(Vec::new()),
    }
}

/// What `tp_dealloc` does after it gave up references: own blocks, then the object's memory.
fn finish(m: &mut AddressSpace, obj: Addr, kind: Kind) -> Result<(), Fault> {
    match kind {
        Kind::List => list::finish(m, obj),
        Kind::Dict => dict::finish(m, obj),
        Kind::Set => set::finish(m, obj),
        Kind::Tuple => tuple::finish(m, obj),
        Kind::Slice => slice::finish(m, obj),
        Kind::Int => int::finish(m, obj),
        Kind::Float => float::finish(m, obj, FreeList::Float),
        Kind::Complex => float::finish(m, obj, FreeList::Complex),
        Kind::Str => str::finish(m, obj),
        Kind::Range => range::finish(m, obj),
        Kind::ByteArray => bytearray::finish(m, obj),
        Kind::Method => method::finish(m, obj),
        Kind::BuiltinFunction => wrappers::finish_builtin(m, obj),
        Kind::Type => class::finish(m, obj),
        Kind::Instance => instance::finish(m, obj),
        _ => alloc::free_object(m, obj),
    }
}
