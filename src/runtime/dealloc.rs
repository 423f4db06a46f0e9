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

mod nest;

use super::freelist::FreeList;
use super::gc::state::{DELETE_LATER, STATE};
use super::refcount::drop_count;
use super::{
    alloc, attributes, bytearray, class, dict, float, gc, instance, int, list, method, range, refcount, set, slice, str,
    trashcan, tuple, weakref, wrappers,
};
use crate::abi::TypeId;
use crate::event::Event;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::gc_head::{head_of, prev, set_prev};
use crate::object::head::{self, OB_TYPE};
use crate::object::{Kind, Slots, Walk};
use crate::pymalloc;
use nest::{Dying, Nest, Stop};

/// `tp_dealloc(obj)` for an object whose count is 0, and of all that dies with it.
///
/// # Errors
/// A fault if the bytes are not sound.
#[inline(never)]
pub fn dealloc(m: &mut AddressSpace, obj: Addr) -> Result<(), Fault> {
    if m.is_watched() {
        return dealloc_any(m, obj);
    }
    let Some(list) = nest::begin(m, obj) else { return dealloc_any(m, obj) };
    // Most lists die alone.
    let mut nest = Nest::new(list);
    let stop = nest.run(m, 1, 0);
    if matches!(stop, Stop::Empty) && m.get_word(DELETE_LATER.at(STATE)) == Some(0) {
        return Ok(());
    }
    dealloc_nest(m, nest, stop)
}

/// `delete_garbage` for lists, while nobody watches. Stops at garbage that is no list, with `None`, or at a list that it cleared
/// and that lives on, which it returns.
///
/// # Errors
/// A fault if the bytes are not sound.
pub fn delete_lists(m: &mut AddressSpace) -> Result<Option<Addr>, Fault> {
    let Some(mut nest) = Nest::of_garbage(m) else { return Ok(None) };
    // What is cleared is not dying yet.
    let most = 1 + trashcan::lists_that_fit(m, 0);
    loop {
        let stop = nest.run(m, most, 0);
        let is_over = match stop {
            Stop::Empty => return Ok(None),
            Stop::Pause | Stop::Left => false,
            Stop::Array => {
                nest.free_array(m)?;
                false
            }
            Stop::Lives(list) => return Ok(Some(list)),
            Stop::Last(list) => {
                dealloc(m, list)?;
                !nest.leave(m)
            }
            Stop::Memory(list) => {
                list::free_memory(m, list)?;
                !nest.leave(m)
            }
            Stop::Dies(item)
                if nest.len() < most
                    && let Some(list) = nest::begin(m, item) =>
            {
                nest.enter(list);
                false
            }
            Stop::Dies(_) | Stop::Other => match (nest.take_inner(), stop) {
                (Some(inner), stop) => {
                    dealloc_nest(m, inner, stop)?;
                    false
                }
                (None, Stop::Dies(item)) => {
                    dealloc(m, item)?;
                    false
                }
                (None, _) => {
                    clear_rest(m, nest.innermost())?;
                    !nest.leave(m)
                }
            },
        };
        if is_over {
            return Ok(None);
        }
    }
}

/// The rest of `list_clear`, and giving up the reference that was held for it.
fn clear_rest(m: &mut AddressSpace, Dying { list, items, left }: Dying) -> Result<(), Fault> {
    for slot in (0..left).rev().map(|at| items.offset(at * 8)) {
        let item = m.read(slot)?;
        if item != Addr::NULL {
            refcount::decref(m, item, slot)?;
        }
    }
    pymalloc::free(m, items)?;
    refcount::decref(m, list, Addr::NULL)
}

/// [`dealloc`] in every case.
#[inline(never)]
fn dealloc_any(m: &mut AddressSpace, obj: Addr) -> Result<(), Fault> {
    let mut run = Run::default();
    run.begin(m, obj)?;
    run.finish(m)
}

/// Goes on with lists that are dying already.
#[inline(never)]
fn dealloc_nest(m: &mut AddressSpace, nest: Nest, stop: Stop) -> Result<(), Fault> {
    let mut run = Run::default();
    run.go_on_with_lists(m, nest, stop)?;
    run.finish(m)
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

    /// [`Stack::pop`], if that is a list.
    fn pop_list(&mut self) -> Option<Frame> {
        if self.top.as_ref()?.slots.kind() == Kind::List { self.pop() } else { None }
    }

    fn len(&self) -> usize {
        self.below.len() + usize::from(self.top.is_some())
    }
}

/// The chain of waiting objects while it is destroyed.
#[derive(Clone, Copy)]
struct Chain {
    /// How many frames were there before.
    bottom: usize,
    /// What it adds to [`Run::depth`].
    depth: u64,
}

#[derive(Default)]
struct Run {
    frames: Stack,
    /// How deep the trashcan thinks that it is, see [`trashcan`].
    depth: u64,
    chain: Option<Chain>,
}

impl Run {
    /// Until nothing is left to be done.
    fn finish(&mut self, m: &mut AddressSpace) -> Result<(), Fault> {
        while let Some(frame) = &mut self.frames.top {
            if frame.slots.kind() == Kind::List && !m.is_watched() && self.go_on_with_top(m)? {
                continue;
            }
            let Some(frame) = &mut self.frames.top else { break };
            match frame.slots.next(m)? {
                Some((slot, child)) => {
                    if frame.slots.kind() == Kind::Exception {
                        let depth = trashcan::depth_in_exception(m, frame.slots.object(), slot)?;
                        self.depth = self.depth - frame.depth + depth;
                        frame.depth = depth;
                    }
                    if drop_count(m, child, slot)? {
                        self.begin(m, child)?;
                    }
                }
                None => self.end(m)?,
            }
        }
        Ok(())
    }

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

    /// The lists at the top, not too many, are taken from there and destroyed as [`Run::go_on_with_lists`] does.
    fn go_on_with_top(&mut self, m: &mut AddressSpace) -> Result<bool, Fault> {
        let bottom = self.chain.map_or(0, |chain| chain.bottom);
        let mut lists = Vec::new();
        while lists.len() < nest::BATCH
            && self.frames.len() > bottom
            && let Some(Frame { slots, depth }) = self.frames.pop_list()
        {
            let (items, left) = slots.rest_of_list();
            lists.push(Dying { list: slots.object(), items, left });
            self.depth -= depth;
        }
        lists.reverse();
        let Some(nest) = Nest::of(lists) else { return Ok(false) };
        self.go_on_with_lists(m, nest, Stop::Pause)
    }

    /// Destroys lists, and lists that die because of them, for as long as all is as usual. False if the next
    /// step of the one that is then at the top is for others.
    fn go_on_with_lists(&mut self, m: &mut AddressSpace, mut nest: Nest, mut stop: Stop) -> Result<bool, Fault> {
        let depth = trashcan::list_depth(m);
        let most = trashcan::lists_that_fit(m, self.depth);
        let least = if self.chain.is_none() { trashcan::lists_when_enough(m, self.depth) } else { 0 };
        let mut waits = self.chain.is_none() && !m.read_fast::<Addr>(DELETE_LATER.at(STATE))?.is_null();
        loop {
            match stop {
                Stop::Empty => return self.empty_trashcan(m, depth).map(|()| true),
                Stop::Memory(list) => {
                    list::free_memory(m, list)?;
                    if !nest.leave(m) {
                        stop = Stop::Empty;
                        continue;
                    }
                    if nest.len() == least && waits {
                        stop = Stop::Left;
                        continue;
                    }
                }
                Stop::Dies(item) if let Some(list) = nest::begin(m, item) => {
                    if nest.len() < most {
                        nest.enter(list);
                    } else {
                        deposit(m, item)?;
                        waits = true;
                    }
                }
                Stop::Left => {
                    waits = false;
                    destroy_chain(m, self.depth + depth * nest.len() as u64)?;
                }
                Stop::Array => nest.free_array(m)?,
                Stop::Pause => {}
                Stop::Dies(_) | Stop::Other | Stop::Lives(_) | Stop::Last(_) => break,
            }
            stop = nest.run(m, most, if waits { least } else { 0 });
        }
        for Dying { list, items, left } in nest.take_lists() {
            self.frames.push(Frame { slots: Slots::of_list(list, items, left), depth });
            self.depth += depth;
        }
        match stop {
            Stop::Dies(item) => self.begin(m, item).map(|()| true),
            _ => Ok(false),
        }
    }

    /// Begins to destroy what waits, or goes on with it, if this is the place; `depth` is what the frame that just ended had
    /// added.
    fn empty_trashcan(&mut self, m: &mut AddressSpace, depth: u64) -> Result<(), Fault> {
        // `++trash_delete_nesting`, `--c_recursion_remaining` around the whole loop. Source: 3.12 and 3.13
        // Objects/object.c:`_PyTrash_thread_destroy_chain`.
        if let Some(chain) = self.chain {
            if self.frames.len() != chain.bottom {
                return Ok(());
            }
            let waiting = withdraw(m)?;
            if waiting.is_none() {
                self.chain = None;
                self.depth -= chain.depth;
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
            self.chain = Some(Chain { bottom: self.frames.len(), depth: added });
            self.depth += added;
            return self.begin(m, waiting);
        }
        Ok(())
    }
}

/// `_PyTrash_thread_destroy_chain` at the end of a list's death, at this depth: destroys all that waits. What dies within it is
/// too deep to do the same.
fn destroy_chain(m: &mut AddressSpace, depth: u64) -> Result<(), Fault> {
    let Some(waiting) = withdraw(m)? else { return Ok(()) };
    let added = trashcan::limits(m).chain;
    let mut run = Run { depth: depth + added, chain: Some(Chain { bottom: 0, depth: added }), ..Run::default() };
    run.begin(m, waiting)?;
    run.finish(m)
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

#[cfg(test)]
mod tests {
    use crate::abi::Release;
    use crate::ids::Addr;
    use crate::mem::AddressSpace;
    use crate::runtime::{list, refcount, start, tuple};
    use proptest::prelude::*;

    /// Puts what was made last into something new, or what was made before that too.
    #[derive(Clone, Copy, Debug)]
    enum Wrap {
        Lists(u32),
        Tuple,
        Both,
        /// Items above 512 bytes lie in the raw heap.
        Wide,
    }

    fn wrap() -> impl Strategy<Value = Wrap> {
        prop_oneof![
            6 => (1_u32..90).prop_map(Wrap::Lists),
            1 => (9_000_u32..12_000).prop_map(Wrap::Lists),
            2 => Just(Wrap::Tuple),
            6 => Just(Wrap::Both),
            1 => Just(Wrap::Wide),
        ]
    }

    fn held(m: &mut AddressSpace, items: &[Addr]) -> Addr {
        let outer = list::new(m, items).unwrap();
        for &item in items {
            refcount::decref(m, item, Addr::NULL).unwrap();
        }
        outer
    }

    fn build(m: &mut AddressSpace, wraps: &[Wrap]) -> Addr {
        let mut made = vec![list::new(m, &[]).unwrap()];
        for &wrap in wraps {
            let last = made.pop().unwrap();
            let outer = match wrap {
                Wrap::Lists(n) => (0..n).fold(last, |inner, _| held(m, &[inner])),
                Wrap::Tuple => {
                    let outer = tuple::new(m, &[last]).unwrap();
                    refcount::decref(m, last, Addr::NULL).unwrap();
                    outer
                }
                Wrap::Both => {
                    let before = made.pop().unwrap_or_else(|| list::new(m, &[]).unwrap());
                    held(m, &[before, last])
                }
                Wrap::Wide => {
                    let mut items: Vec<Addr> = (0..99).map(|_| list::new(m, &[]).unwrap()).collect();
                    items[50] = last;
                    let outer = list::new(m, &items).unwrap();
                    for item in items {
                        refcount::decref(m, item, Addr::NULL).unwrap();
                    }
                    outer
                }
            };
            made.push(outer);
            if matches!(wrap, Wrap::Lists(_)) {
                made.push(list::new(m, &[]).unwrap());
            }
        }
        held(m, &made)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn lists_leave_the_same_bytes_whether_anybody_watches(wraps in proptest::collection::vec(wrap(), 1..24)) {
            for release in [Release::Cp311, Release::Cp313, Release::Cp315] {
                let [seen, unseen] = [true, false].map(|watched| {
                    let mut m = start::start(release.profile(), 1 << 28).unwrap();
                    let top = build(&mut m, &wraps);
                    if watched {
                        m.log.start();
                    }
                    refcount::decref(&mut m, top, Addr::NULL).unwrap();
                    m.all_bytes()
                });
                prop_assert!(seen == unseen, "{release:?}");
            }
        }
    }
}
