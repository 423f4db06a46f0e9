//! `deduce_unreachable` for a collection that nobody looks at: what `update_refs`, `subtract_refs` and `move_unreachable` leave in
//! memory, without the steps between. The same bytes as from `machine`, where each step can be seen.
//!
//! A walk along the list must wait for each object to know the next one. So the first walk numbers the objects, and the rest goes by
//! number: an object's number stands in its `_gc_prev` where `gc_refs` would, and `gc_refs` stands in a table that lives as long as
//! the call.
//!
//! What is inlined knows only lists that hold lists, and calls nothing, for the reason that [`AddressSpace::get_in_arena`] gives: it stops in
//! front of anything else, [`Examined`] deals with that, and it goes on. It also stops after [`BATCH`] objects: browsers compile a
//! function well only after it was called some times, and never while it runs.

use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault, Place};
use crate::object::gc_head::{COLLECTING, FINALIZED, GC_NEXT, GC_PREV, REFS_SHIFT, UNREACHABLE, head_of, object_of};
use crate::object::head::{HAVE_GC, count_of, is_gc, is_immortal_word, tp};
use crate::object::{Slots, Walk};

const POINTER: u64 = !3;
const BATCH: usize = 512;
const LIST: Addr = TypeId::List.addr();
/// Words of `PyGC_Head` and a list's head, `ob_size` and `ob_item`.
const LIST_WORDS: usize = 6;

/// What `gc_refs` is no more when an object was looked at: reachable.
const KEPT: u32 = u32::MAX;
/// Set aside, but reachable after all: at the end of `young`.
const CAME_BACK: u32 = u32::MAX - 1;
/// Set aside.
const ASIDE: u32 = u32::MAX - 2;

/// What there is in the two lists afterwards.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// Objects in `young`.
    pub(super) kept: u64,
    /// Whether any of all objects is something else than a list.
    pub(super) others: bool,
    /// Objects that are not in `young` any more.
    pub(super) unreachable: u64,
}

/// Moves what cannot be reached from outside of `young` from there to `unreachable`, marked as `move_unreachable` marks it; if all
/// are lists, to `garbage` instead, as it is after the phases up to `handle_resurrected_objects`: lists have no finalizers and no
/// weak references, so nothing runs in between and a second look finds what the first one found. All three are list heads.
///
/// `None`, and nothing has changed, if `young` has an immortal object: the machine knows what to do with it.
pub(super) fn deduce_unreachable(
    m: &mut AddressSpace,
    young: Addr,
    unreachable: Addr,
    garbage: Addr,
) -> Result<Option<Found>, Fault> {
    let mut set = Examined::default();
    if !set.number(m, young)? {
        return set.give_up(m, young).map(|()| None);
    }
    set.subtract_refs(m)?;
    set.find_reachable(m)?;
    let (mark, aside) = if set.others { (UNREACHABLE, unreachable) } else { (0, garbage) };
    let (mut kept, mut aside) = (Chain::new(young, 0, 0), Chain::new(aside, mark, COLLECTING));
    for first in (0..set.heads.len()).step_by(BATCH) {
        link(m, batch(&set.heads, first), batch(&set.refs, first), &mut kept, &mut aside)?;
    }
    for first in (0..set.came_back.len()).step_by(BATCH) {
        link_behind(m, batch(&set.came_back, first), &mut kept)?;
    }
    Ok(Some(Found { kept: kept.close(m)?, others: set.others, unreachable: aside.close(m)? }))
}

/// Up to [`BATCH`] of `all`, from `first` on.
fn batch<T>(all: &[T], first: usize) -> &[T] {
    all.get(first..all.len().min(first + BATCH)).unwrap_or(&[])
}

/// The examined objects by number, in the order of the list.
#[derive(Default)]
struct Examined {
    /// Where their heads are.
    heads: Vec<Place>,
    /// `gc_refs`, or one of the marks above.
    refs: Vec<u32>,
    /// The heads of those that came back, in this order.
    came_back: Vec<Place>,
    /// Whether there is anything else than lists.
    others: bool,
}

impl Examined {
    /// `update_refs`. False at an immortal object.
    fn number(&mut self, m: &mut AddressSpace, young: Addr) -> Result<bool, Fault> {
        let mut gc = Addr(GC_NEXT.read(m, young)?);
        while gc != young {
            let first = self.heads.len();
            self.heads.resize(first + BATCH, Place::default());
            self.refs.resize(first + BATCH, 0);
            let n;
            (n, gc) = number_lists(m, (gc, young), first, &mut self.heads[first..], &mut self.refs[first..]);
            self.heads.truncate(first + n);
            self.refs.truncate(first + n);
            if n < BATCH && gc != young {
                let Some(next) = self.number_one(m, gc)? else { return Ok(false) };
                gc = next;
            }
        }
        Ok(true)
    }

    /// What [`number_lists`] stopped at; the next one's head.
    fn number_one(&mut self, m: &mut AddressSpace, gc: Addr) -> Result<Option<Addr>, Fault> {
        let [next, prev, refcnt, tp] = m.read_words(gc)?;
        let place = m.place(gc, 1).ok_or_else(|| Fault::NotMapped(gc))?;
        let refs = u32::try_from(count_of(m.profile.refcount, refcnt)).unwrap_or(KEPT);
        if is_immortal_word(m.profile.refcount, refcnt) || refs >= ASIDE {
            return Ok(None);
        }
        GC_PREV.write(m, gc, prev & FINALIZED | COLLECTING | (self.heads.len() as u64) << REFS_SHIFT)?;
        self.heads.push(place);
        self.refs.push(refs);
        self.others |= Addr(tp) != LIST;
        Ok(Some(Addr(next)))
    }

    /// Undoes [`Examined::number`].
    fn give_up(&self, m: &mut AddressSpace, young: Addr) -> Result<(), Fault> {
        let mut before = young;
        for gc in self.heads.iter().map(|place| place.addr()) {
            let flags = GC_PREV.read(m, gc)? & FINALIZED;
            GC_PREV.write(m, gc, before.0 | flags)?;
            before = gc;
        }
        Ok(())
    }

    fn subtract_refs(&mut self, m: &AddressSpace) -> Result<(), Fault> {
        let mut cursor = Cursor::START;
        while cursor.at < self.heads.len() {
            cursor = subtract_lists(m, &self.heads, &mut self.refs, cursor);
            visit_other(m, &self.heads, &mut self.refs, &mut cursor, &mut Subtract)?;
        }
        Ok(())
    }

    /// `move_unreachable`, as far as marks and `came_back` tell.
    fn find_reachable(&mut self, m: &AddressSpace) -> Result<(), Fault> {
        let mut numbers = vec![0; self.heads.len()];
        self.came_back.reserve(self.heads.len());
        let mut reach = Reach { came_back: &mut numbers, n: 0 };
        let mut cursor = Cursor::START;
        while cursor.at < self.heads.len() {
            cursor = reach_in_order(m, &self.heads, &mut self.refs, cursor, &mut reach);
            visit_other(m, &self.heads, &mut self.refs, &mut cursor, &mut reach)?;
        }
        // Then what came back, for as long as more comes.
        cursor = Cursor::START;
        while cursor.at < reach.n {
            let new = reach.came_back.get(self.came_back.len()..reach.n).unwrap_or(&[]);
            look_up(&self.heads, new, &mut self.came_back);
            cursor = reach_lists(m, &self.came_back, &mut self.refs, cursor, &mut reach);
            visit_other(m, &self.came_back, &mut self.refs, &mut cursor, &mut reach)?;
        }
        Ok(())
    }
}

/// Appends the heads with these numbers, all of which there are.
#[inline(never)]
fn look_up(heads: &[Place], numbers: &[u32], to: &mut Vec<Place>) {
    to.extend(numbers.iter().map(|&number| heads.get(number as usize).copied().unwrap_or_default()));
}

/// Where a walk through what objects refer to is.
#[derive(Clone, Copy, Debug)]
struct Cursor {
    /// Index of the object.
    at: usize,
    /// How many of its items are still to be visited; `None` if it was not begun.
    left: Option<usize>,
    /// Whether the next step is for [`visit_other`].
    is_other: bool,
}

impl Cursor {
    const START: Cursor = Cursor::before(0);

    const fn before(at: usize) -> Cursor {
        Cursor { at, left: None, is_other: false }
    }
}

/// What is done with a reference to an examined object.
trait Visit {
    /// `refs` is the object's `gc_refs`. False, and nothing was done, if it cannot be.
    fn visit(&mut self, refs: &mut u32, number: u32) -> bool;
}

/// `visit_decref`
struct Subtract;

impl Visit for Subtract {
    #[inline(always)]
    fn visit(&mut self, refs: &mut u32, _number: u32) -> bool {
        let is_right = *refs != 0;
        *refs = refs.wrapping_sub(u32::from(is_right));
        is_right
    }
}

/// `visit_reachable`
struct Reach<'a> {
    /// The numbers of those that came back.
    came_back: &'a mut [u32],
    /// How many they are.
    n: usize,
}

impl Visit for Reach<'_> {
    #[inline(always)]
    fn visit(&mut self, refs: &mut u32, number: u32) -> bool {
        if *refs == 0 {
            *refs = 1;
        } else if *refs == ASIDE
            && let Some(next) = self.came_back.get_mut(self.n)
        {
            (*refs, *next) = (CAME_BACK, number);
            self.n += 1;
        }
        true
    }
}

/// `update_refs` from `gc` on, for lists: how many, and where it stopped.
#[inline(never)]
fn number_lists(
    m: &mut AddressSpace,
    (mut gc, young): (Addr, Addr),
    first: usize,
    heads: &mut [Place],
    refs: &mut [u32],
) -> (usize, Addr) {
    let word = m.profile.refcount;
    let mut n = 0;
    for (head, refs) in heads.iter_mut().zip(refs) {
        if gc == young {
            break;
        }
        let Some(place) = m.place(gc, LIST_WORDS as u64) else { break };
        let Some([next, prev, refcnt, tp]) = m.ready_words_at(place) else { break };
        let [next, refcnt, tp] = [*next, *refcnt, *tp].map(u64::from_le_bytes);
        let count = count_of(word, refcnt);
        if Addr(tp) != LIST || is_immortal_word(word, refcnt) || count >= u64::from(ASIDE) {
            break;
        }
        *prev = (u64::from_le_bytes(*prev) & FINALIZED | COLLECTING | ((first + n) as u64) << REFS_SHIFT).to_le_bytes();
        #[allow(clippy::cast_possible_truncation, reason = "below ASIDE")]
        let count = count as u32;
        (*head, *refs) = (place, count);
        n += 1;
        gc = Addr(next);
    }
    (n, gc)
}

/// The items of the list behind a head; `None` if it is no list.
#[inline(always)]
fn items_of(m: &AddressSpace, head: Place) -> Option<&[[u8; 8]]> {
    let [_, _, _, tp, len, items] = m.words_at(head, LIST_WORDS)?.first_chunk()?;
    let [tp, len, items] = [*tp, *len, *items].map(u64::from_le_bytes);
    if Addr(tp) != LIST {
        return None;
    }
    if len == 0 {
        return Some(&[]);
    }
    m.words_at(m.place(Addr(items), len)?, usize::try_from(len).ok()?)
}

/// Visits what the object at the cursor refers to. False if it stopped.
#[inline(always)]
fn visit_list(m: &AddressSpace, head: Place, refs: &mut [u32], cursor: &mut Cursor, visitor: &mut impl Visit) -> bool {
    cursor.is_other = true;
    let Some(items) = items_of(m, head) else { return false };
    let mut left = cursor.left.unwrap_or(items.len()).min(items.len());
    for item in items[..left].iter().rev() {
        let child = Addr(u64::from_le_bytes(*item));
        if !child.is_null() {
            let Some([prev, _, tp]) = m.get_words_in_arena(child.back(8)) else { break };
            // Of what has no GC head, any bit may lie there.
            let is_gc = || tp::FLAGS.get_in_arena(m, Addr(tp)).is_none_or(|flags| flags & HAVE_GC != 0);
            if prev & COLLECTING != 0 && (Addr(tp) == LIST || is_gc()) {
                #[allow(clippy::cast_possible_truncation, reason = "a number, if it is a list's")]
                let number = (prev >> REFS_SHIFT) as u32;
                let Some(refs) = refs.get_mut(number as usize) else { break };
                if Addr(tp) != LIST || !visitor.visit(refs, number) {
                    break;
                }
            }
        }
        left -= 1;
    }
    if left > 0 {
        cursor.left = Some(left);
        return false;
    }
    *cursor = Cursor::before(cursor.at + 1);
    true
}

/// Visits what a batch of objects from the cursor on refers to; where it stopped.
#[inline(always)]
fn visit_lists(m: &AddressSpace, heads: &[Place], refs: &mut [u32], from: Cursor, visitor: &mut impl Visit) -> Cursor {
    let mut cursor = from;
    for &head in batch(heads, from.at) {
        if !visit_list(m, head, refs, &mut cursor, visitor) {
            break;
        }
    }
    cursor
}

/// `subtract_refs`
#[inline(never)]
fn subtract_lists(m: &AddressSpace, heads: &[Place], refs: &mut [u32], from: Cursor) -> Cursor {
    visit_lists(m, heads, refs, from, &mut Subtract)
}

/// `move_unreachable`, what it does with objects that came back.
#[inline(never)]
fn reach_lists(m: &AddressSpace, heads: &[Place], refs: &mut [u32], from: Cursor, reach: &mut Reach) -> Cursor {
    visit_lists(m, heads, refs, from, reach)
}

/// `move_unreachable`, what it does with the objects that were in the list before it began.
#[inline(never)]
fn reach_in_order(m: &AddressSpace, heads: &[Place], refs: &mut [u32], from: Cursor, reach: &mut Reach) -> Cursor {
    let mut cursor = from;
    for &head in batch(heads, from.at) {
        if cursor.left.is_none()
            && let Some(mark) = refs.get_mut(cursor.at)
        {
            if *mark == 0 {
                *mark = ASIDE;
                cursor.at += 1;
                continue;
            }
            *mark = KEPT;
        }
        if !visit_list(m, head, refs, &mut cursor, reach) {
            break;
        }
    }
    cursor
}

/// One step of any of the three that is not for them: an item that is no list, or all that another object refers to.
#[inline(never)]
fn visit_other(
    m: &AddressSpace,
    heads: &[Place],
    refs: &mut [u32],
    cursor: &mut Cursor,
    visitor: &mut dyn Visit,
) -> Result<(), Fault> {
    let Some(&head) = heads.get(cursor.at).filter(|_| cursor.is_other) else { return Ok(()) };
    let obj = object_of(head.addr());
    cursor.is_other = false;
    if let Some(left) = cursor.left {
        let array = crate::object::list::OB_ITEM.read(m, obj)?;
        cursor.left = Some(left - 1);
        return visit_child(m, m.read(array.offset((left as u64 - 1) * 8))?, refs, visitor);
    }
    cursor.at += 1;
    let mut slots = Slots::of(m, obj, Walk::Traverse)?;
    while let Some((_, child)) = slots.next(m)? {
        visit_child(m, child, refs, visitor)?;
    }
    Ok(())
}

fn visit_child(m: &AddressSpace, child: Addr, refs: &mut [u32], visitor: &mut dyn Visit) -> Result<(), Fault> {
    if !is_gc(m, child)? {
        return Ok(());
    }
    let prev = GC_PREV.read(m, head_of(child))?;
    if prev & COLLECTING == 0 {
        return Ok(());
    }
    let number = u32::try_from(prev >> REFS_SHIFT).unwrap_or(u32::MAX);
    let is_right = refs.get_mut(number as usize).is_some_and(|refs| visitor.visit(refs, number));
    let wrong = || Fault::Corrupt(child, "reference count: more references than counted");
    if is_right { Ok(()) } else { Err(wrong()) }
}

/// Puts a batch of objects into the lists they belong to; those that came back come later.
#[inline(never)]
fn link(m: &mut AddressSpace, heads: &[Place], refs: &[u32], kept: &mut Chain, aside: &mut Chain) -> Result<(), Fault> {
    for (&place, &refs) in heads.iter().zip(refs) {
        match refs {
            ASIDE => aside.append(m, place)?,
            KEPT => kept.append(m, place)?,
            _ => {}
        }
    }
    Ok(())
}

/// Puts a batch of objects behind one list.
#[inline(never)]
fn link_behind(m: &mut AddressSpace, heads: &[Place], list: &mut Chain) -> Result<(), Fault> {
    heads.iter().try_for_each(|&place| list.append(m, place))
}

/// A list of the collector that is being written, one object behind: the last one's words are known when the next one is.
struct Chain {
    head: Addr,
    /// What is set in each `_gc_next`.
    mark: u64,
    /// What is set in each `_gc_prev`.
    flag: u64,
    /// The last object's head, and the address before it.
    last: Option<(Place, Addr)>,
    len: u64,
}

impl Chain {
    const fn new(head: Addr, mark: u64, flag: u64) -> Chain {
        Chain { head, mark, flag, last: None, len: 0 }
    }

    #[inline(always)]
    fn append(&mut self, m: &mut AddressSpace, place: Place) -> Result<(), Fault> {
        let before = if let Some((last, before)) = self.last {
            self.write(m, last, place.addr(), before)?;
            last.addr()
        } else {
            GC_NEXT.write(m, self.head, place.addr().0)?;
            self.head
        };
        self.last = Some((place, before));
        self.len += 1;
        Ok(())
    }

    #[inline(always)]
    fn write(&self, m: &mut AddressSpace, place: Place, next: Addr, before: Addr) -> Result<(), Fault> {
        let (next, prev) = (next.0 | self.mark, before.0 | self.flag);
        if let Some([own_next, own_prev]) = m.ready_words_at(place) {
            *own_next = next.to_le_bytes();
            *own_prev = (u64::from_le_bytes(*own_prev) & FINALIZED | prev).to_le_bytes();
            return Ok(());
        }
        let gc = place.addr();
        let finalized = GC_PREV.read(m, gc)? & FINALIZED;
        GC_NEXT.write(m, gc, next)?;
        GC_PREV.write(m, gc, finalized | prev)
    }

    /// How many there are.
    fn close(self, m: &mut AddressSpace) -> Result<u64, Fault> {
        let last = if let Some((last, before)) = self.last {
            self.write(m, last, self.head, before)?;
            last.addr()
        } else {
            GC_NEXT.write(m, self.head, self.head.0)?;
            self.head
        };
        GC_PREV.write(m, self.head, last.0)?;
        Ok(self.len)
    }
}

/// `_PyObject_GC_UNTRACK`; `None` if nothing was done.
#[inline(always)]
pub(super) fn untrack(m: &mut AddressSpace, node: Addr) -> Option<()> {
    let node = m.place(node, 2)?;
    let [next, prev] = *m.words_at(node, 2)?.first_chunk()?;
    let [next, prev] = [next, prev].map(u64::from_le_bytes);
    let (before, behind) = (Addr(prev & POINTER), Addr(next & POINTER));
    let (before_place, behind_place) = (m.place(before, 2)?, m.place(behind, 2)?);
    if ![node, before_place, behind_place].into_iter().all(|place| m.is_ready_at(place)) {
        return None;
    }
    let [next_before, _] = m.ready_words_at(before_place)?;
    *next_before = behind.0.to_le_bytes();
    let [_, prev_behind] = m.ready_words_at(behind_place)?;
    *prev_behind = (u64::from_le_bytes(*prev_behind) & !POINTER | before.0).to_le_bytes();
    *m.ready_words_at(node)? = [[0; 8], (prev & FINALIZED).to_le_bytes()];
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::abi::Release;
    use crate::ids::Addr;
    use crate::mem::AddressSpace;
    use crate::runtime::gc::machine::collect;
    use crate::runtime::{list, refcount, start};
    use proptest::prelude::*;

    /// All bytes after two collections of a heap of lists linked like this, some of them kept.
    fn after(release: Release, links: &[(usize, usize)], kept: &[bool], recorded: bool) -> Vec<Vec<u8>> {
        let mut m = start::start(release.profile(), 1 << 28).unwrap();
        let lists: Vec<Addr> = kept.iter().map(|_| list::new(&mut m, &[]).unwrap()).collect();
        for &(from, to) in links {
            list::append(&mut m, lists[from % lists.len()], lists[to % lists.len()]).unwrap();
        }
        for (&list, _) in lists.iter().zip(kept).filter(|(_, kept)| !**kept) {
            refcount::decref(&mut m, list, Addr::NULL).unwrap();
        }
        if recorded {
            // The walks here are for when nobody looks.
            m.log.start();
        }
        collect(&mut m, 1).unwrap();
        collect(&mut m, 2).unwrap();
        bytes(&m)
    }

    fn bytes(m: &AddressSpace) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        for range in m.mapped() {
            let mut bytes = vec![0; usize::try_from(range.bytes).unwrap()];
            m.read_bytes(range.start, &mut bytes).unwrap();
            all.push(bytes);
        }
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn the_same_bytes_as_step_by_step(
            links in proptest::collection::vec((0usize..900, 0usize..900), 0..1500),
            kept in proptest::collection::vec(proptest::bool::weighted(0.1), 1..900),
        ) {
            for release in [Release::Cp311, Release::Cp313, Release::Cp315] {
                prop_assert!(after(release, &links, &kept, false) == after(release, &links, &kept, true));
            }
        }
    }
}
