//! `deduce_unreachable` for a collection that nobody watches: it leaves the bytes that `machine` leaves after `update_refs`,
//! `subtract_refs` and `move_unreachable`, without their intermediate states.
//!
//! A walk along a list of the collector waits for each object to know the next one, and `gc_refs` of what an object refers to may
//! lie anywhere. So the first walk writes down where the objects are, in order, and `gc_refs` stands beside memory ([`Notes`]),
//! where a hundred times as many fit into a processor's cache. Whatever is not examined has the note 0, so a reference to it
//! needs no look at the object.
//!
//! ```text
//!  note    0          not examined, or reached and linked: nothing asks for it any more
//!          1..=127    gc_refs + 1
//!          128..=254  gc_refs is in a table, at this number - 128: it began above 126
//!          255        set aside
//! ```
//!
//! The loops over lists call nothing, for the reason that [`AddressSpace::get_in_arena`] gives. They stop in front of any other
//! object, [`Examined`] handles that, and they go on behind it. They also stop after [`BATCH`] objects: browsers optimize a
//! function only after some calls, and never while it runs.

use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault, Granule, Notes, arena_word};
use crate::object::gc_head::{COLLECTING, FINALIZED, GC_NEXT, GC_PREV, UNREACHABLE, head_of, object_of};
use crate::object::head::{OB_REFCNT, OB_TYPE, count_masks, count_of, is_immortal_word};
use crate::object::list::{OB_ITEM, len};
use crate::object::{Slots, Walk};

const BATCH: usize = 512;
const LIST: Addr = TypeId::List.addr();

/// `gc_refs` 0.
const ZERO: u8 = 1;
const NOT_ZERO: u8 = 2;
/// `gc_refs` above this begins in a table, at the note less [`LARGE`].
const SMALL: u64 = 126;
const LARGE: u8 = 128;
const MOST_LARGE: usize = 127;
const ASIDE: u8 = 255;

/// How many objects the two lists have afterwards.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// Objects in `young`.
    pub(super) kept: u64,
    /// Whether any examined object is not a list.
    pub(super) others: bool,
    /// Objects that left `young`.
    pub(super) unreachable: u64,
}

/// Moves what cannot be reached from outside of `young` from there to `unreachable`, marked as `move_unreachable` marks it; if
/// all are lists, to `garbage` instead, as it is after the phases up to `handle_resurrected_objects`: lists have no finalizers
/// and no weak references, so nothing runs in between and a second look finds what the first one found. All three are list heads.
///
/// `None`, and nothing has changed, if `young` has an immortal object, or more than [`MOST_LARGE`] objects with more than
/// [`SMALL`] references: the machine knows what to do with them.
pub(super) fn deduce_unreachable(
    m: &mut AddressSpace,
    young: Addr,
    unreachable: Addr,
    garbage: Addr,
) -> Result<Option<Found>, Fault> {
    let mut set = Examined { notes: m.take_notes(), heads: Vec::new(), large: Vec::new(), came_back: Vec::new(), others: false };
    let found = set.deduce(m, young, unreachable, garbage);
    if !matches!(found, Ok(Some(_))) {
        set.forget();
    }
    m.return_notes(set.notes);
    found
}

/// The batch that begins at `at`.
fn batch(all: &[Granule], at: usize) -> &[Granule] {
    &all[at..all.len().min(at + BATCH)]
}

/// The examined objects.
struct Examined {
    notes: Notes,
    /// Where their heads are, in the order of the list.
    heads: Vec<Granule>,
    /// Those whose `gc_refs` are in a table, and what they begin with.
    large: Vec<(Granule, u64)>,
    /// The heads of those that came back, in this order.
    came_back: Vec<Granule>,
    /// Whether any of them is not a list.
    others: bool,
}

impl Examined {
    fn deduce(&mut self, m: &mut AddressSpace, young: Addr, unreachable: Addr, garbage: Addr) -> Result<Option<Found>, Fault> {
        if !self.update_refs(m, young)? {
            return Ok(None);
        }
        self.subtract_refs(m)?;
        let (mark, aside) = if self.others { (UNREACHABLE, unreachable) } else { (0, garbage) };
        self.make_ready(m, [young, aside])?;
        let (mut kept, mut aside) = (Chain::new(young, 0, 0), Chain::new(aside, mark, COLLECTING));
        let left = self.link_reachable(m, &mut kept)?;
        if left > 0 {
            self.link_aside(m, &mut aside)?;
        }
        Ok(Some(Found { kept: kept.close(m)?, others: self.others, unreachable: aside.close(m)? }))
    }

    /// Saves the pages of all heads, if there is a checkpoint.
    fn make_ready(&self, m: &mut AddressSpace, lists: [Addr; 2]) -> Result<(), Fault> {
        let heads = self.heads.iter().map(|&head| self.notes.addr(head));
        if m.is_saving() { lists.into_iter().chain(heads).try_for_each(|head| m.make_ready(head)) } else { Ok(()) }
    }

    /// False if there is an object that only the machine can handle.
    fn update_refs(&mut self, m: &AddressSpace, young: Addr) -> Result<bool, Fault> {
        let mut gc = Addr(GC_NEXT.read(m, young)?);
        while gc != young {
            let first = self.heads.len();
            self.heads.resize(first + BATCH, Granule::default());
            let lists;
            (lists, gc) =
                note_lists(m.arena_words(), count_masks(m.profile.refcount).1, gc, &mut self.heads[first..], &mut self.notes);
            self.heads.truncate(first + lists);
            if lists < BATCH && gc != young {
                if !self.note_other(m, gc)? {
                    return Ok(false);
                }
                gc = Addr(GC_NEXT.read(m, gc)?);
            }
        }
        Ok(true)
    }

    /// Notes what [`note_lists`] stopped at. False if only the machine can handle it.
    fn note_other(&mut self, m: &AddressSpace, gc: Addr) -> Result<bool, Fault> {
        let obj = object_of(gc);
        let (kind, word) = (m.profile.refcount, OB_REFCNT.read(m, obj)?);
        let refs = count_of(kind, word);
        let (head, note) = self.notes.find(gc).ok_or_else(|| Fault::NotMapped(gc))?;
        if is_immortal_word(kind, word) || refs > SMALL && self.large.len() == MOST_LARGE {
            return Ok(false);
        }
        if refs > SMALL {
            *note = LARGE + low_byte(self.large.len() as u64);
            self.large.push((head, refs));
        } else {
            *note = ZERO + low_byte(refs);
        }
        self.heads.push(head);
        self.others |= OB_TYPE.read(m, obj)? != LIST;
        Ok(true)
    }

    /// Sets all notes back to 0.
    fn forget(&mut self) {
        for &head in &self.heads {
            if let Some(note) = self.notes.of(head) {
                *note = 0;
            }
        }
    }

    fn subtract_refs(&mut self, m: &AddressSpace) -> Result<(), Fault> {
        let mut subtract = Subtract { large: [0; 128], wrong: None };
        for (refs, &(_, first)) in subtract.large.iter_mut().zip(&self.large) {
            *refs = first;
        }
        let mut at = 0;
        while at < self.heads.len() {
            let heads = batch(&self.heads, at);
            let done = subtract_lists(m.arena_words(), heads, &mut self.notes, &mut subtract);
            at += done;
            if let Some(&head) = heads.get(done) {
                visit_any(m, head, &mut self.notes, &mut subtract)?;
                at += 1;
            }
        }
        // All that is asked from now on is whether it is 0.
        for (refs, &(head, _)) in subtract.large.iter().zip(&self.large) {
            if let Some(note) = self.notes.of(head) {
                *note = if *refs == 0 { ZERO } else { NOT_ZERO };
            }
        }
        let reason = "reference count: more references than counted";
        subtract.wrong.map_or(Ok(()), |head| Err(Fault::Corrupt(object_of(self.notes.addr(head)), reason)))
    }

    /// `move_unreachable`: links what it leaves in `young`, in its order. Returns how many objects are set aside.
    fn link_reachable(&mut self, m: &mut AddressSpace, kept: &mut Chain) -> Result<usize, Fault> {
        self.came_back.resize(self.heads.len(), Granule::default());
        let mut reach = Reach { came_back: &mut self.came_back, n: 0 };
        let mut at = 0;
        while at < self.heads.len() {
            let heads = batch(&self.heads, at);
            let done = reach_in_order(m.arena_words_mut(), heads, &mut self.notes, &mut reach, kept);
            at += done;
            if let Some(&head) = heads.get(done) {
                reach_any(m, head, &mut self.notes, &mut reach, kept)?;
                at += 1;
            }
        }
        // Then what came back, for as long as more comes.
        let mut n = reach.n;
        at = 0;
        while at < n {
            let (known, rest) = self.came_back.split_at_mut(n);
            let mut reach = Reach { came_back: rest, n: 0 };
            let heads = batch(known, at);
            let done = reach_lists(m.arena_words_mut(), heads, &mut self.notes, &mut reach, kept);
            at += done;
            if let Some(&head) = heads.get(done) {
                reach_any(m, head, &mut self.notes, &mut reach, kept)?;
                at += 1;
            }
            n += reach.n;
        }
        Ok(self.heads.len() - kept.len)
    }

    /// Links those that are still set aside into their list. Sets their notes back to 0.
    fn link_aside(&mut self, m: &mut AddressSpace, aside: &mut Chain) -> Result<(), Fault> {
        let mut at = 0;
        while at < self.heads.len() {
            let heads = batch(&self.heads, at);
            let done = link_aside(m.arena_words_mut(), heads, &mut self.notes, aside);
            at += done;
            if let Some(&head) = heads.get(done) {
                aside.append(m, self.notes.take(head))?;
                at += 1;
            }
        }
        Ok(())
    }
}

/// What is done with a reference.
trait Visit {
    /// `note` stands beside the head of what is referred to.
    fn visit(&mut self, note: &mut u8, head: Granule);
}

/// `visit_decref`
struct Subtract {
    /// `gc_refs` of those above [`SMALL`].
    large: [u64; 128],
    /// The head of an object that more references lead to than it counts.
    wrong: Option<Granule>,
}

impl Visit for Subtract {
    #[inline(always)]
    fn visit(&mut self, note: &mut u8, head: Granule) {
        if (ZERO + 1..LARGE).contains(note) {
            *note -= 1;
        } else if *note >= LARGE {
            let refs = &mut self.large[usize::from(*note - LARGE)];
            if *refs == 0 {
                self.wrong = Some(head);
            }
            *refs = refs.wrapping_sub(1);
        } else if *note == ZERO {
            self.wrong = Some(head);
        }
    }
}

/// `visit_reachable`
struct Reach<'a> {
    /// Room for those that come back.
    came_back: &'a mut [Granule],
    /// How many they are.
    n: usize,
}

impl Reach<'_> {
    /// A copy for a loop, which keeps it in registers; [`Reach::n`] has to be written back.
    #[inline(always)]
    fn reborrow(&mut self) -> Reach<'_> {
        Reach { came_back: self.came_back, n: self.n }
    }
}

impl Visit for Reach<'_> {
    #[inline(always)]
    fn visit(&mut self, note: &mut u8, head: Granule) {
        if *note == ZERO {
            *note = NOT_ZERO;
        } else if *note == ASIDE
            && let Some(next) = self.came_back.get_mut(self.n)
        {
            (*note, *next) = (0, head);
            self.n += 1;
        }
    }
}

/// `update_refs` from `gc` on, for lists with few references. Returns how many it noted and where it stopped.
///
/// Objects mostly follow each other at one distance. So the next one is guessed, and its words are read before `_gc_next`
/// arrives.
#[inline(never)]
fn note_lists(words: &[[u8; 8]], counted: u64, mut gc: Addr, heads: &mut [Granule], notes: &mut Notes) -> (usize, Addr) {
    let mut lists = 0;
    let Some((mut granule, _)) = notes.find(gc) else { return (0, gc) };
    let mut distance = 0;
    for head in heads {
        let Some(note) = notes.of(granule) else { break };
        let Some([next, _, refcnt, tp]) = first_words(words, granule) else { break };
        let refs = refcnt & counted;
        // What would be the type of the list's own head points to a head. The bit of immortal objects makes a large count.
        if Addr(tp) != LIST || refs > SMALL {
            break;
        }
        (*head, *note) = (granule, ZERO + low_byte(refs));
        lists += 1;
        gc = Addr(next);
        let guess = granule.later(distance);
        if guess.addr_in_arena() == gc {
            granule = guess;
        } else {
            let Some((found, _)) = notes.find(gc) else { break };
            (distance, granule) = (found.since(granule), found);
        }
    }
    (lists, gc)
}

#[inline(always)]
const fn low_byte(n: u64) -> u8 {
    n.to_le_bytes()[0]
}

/// `PyGC_Head` and what follows; `None` in the raw heap.
#[inline(always)]
fn first_words<const N: usize>(words: &[[u8; 8]], head: Granule) -> Option<[u64; N]> {
    Some(words.get(head.word()..head.word() + N)?.first_chunk()?.map(u64::from_le_bytes))
}

/// The items of the list behind a head; `None` if it is no list, or they are in the raw heap.
#[inline(always)]
fn items_of(words: &[[u8; 8]], head: Granule) -> Option<&[[u8; 8]]> {
    let [_, _, _, tp, len, items] = first_words(words, head)?;
    if Addr(tp) != LIST {
        return None;
    }
    if len == 0 {
        return Some(&[]);
    }
    let first = arena_word(Addr(items));
    #[allow(clippy::cast_possible_truncation, reason = "compared before")]
    let items = if first < words.len() as u64 { words.get(first as usize..)? } else { return None };
    #[allow(clippy::cast_possible_truncation, reason = "compared before")]
    if len <= items.len() as u64 { items.get(..len as usize) } else { None }
}

#[inline(always)]
fn visit_items(items: &[[u8; 8]], notes: &mut Notes, visitor: &mut impl Visit) {
    for item in items.iter().rev() {
        if let Some((head, note)) = notes.find(head_of(Addr(u64::from_le_bytes(*item)))) {
            visitor.visit(note, head);
        }
    }
}

/// `subtract_refs` for lists. Returns how many it did.
#[inline(never)]
fn subtract_lists(words: &[[u8; 8]], heads: &[Granule], notes: &mut Notes, subtract: &mut Subtract) -> usize {
    let mut done = 0;
    for &head in heads {
        let Some(items) = items_of(words, head) else { break };
        visit_items(items, notes, subtract);
        done += 1;
    }
    done
}

/// `move_unreachable` for lists that were in `young` when it began. Returns how many it did.
#[inline(never)]
fn reach_in_order(words: &mut [[u8; 8]], heads: &[Granule], notes: &mut Notes, reach: &mut Reach, kept: &mut Chain) -> usize {
    let (mut reach_now, mut last, mut done) = (reach.reborrow(), kept.last, 0);
    let mut kept_now = 0;
    for &head in heads {
        let Some(note) = notes.of(head) else { break };
        if *note == ZERO {
            *note = ASIDE;
        } else {
            let Some(items) = items_of(words, head) else { break };
            // Nobody asks for its note any more.
            *note = 0;
            visit_items(items, notes, &mut reach_now);
            let Some(linked) = link(words, last, head, (0, 0)) else { break };
            last = linked;
            kept_now += 1;
        }
        done += 1;
    }
    let n = reach_now.n;
    (reach.n, kept.last, kept.len) = (n, last, kept.len + kept_now);
    done
}

/// `move_unreachable` for lists that came back. Returns how many it did.
#[inline(never)]
fn reach_lists(words: &mut [[u8; 8]], heads: &[Granule], notes: &mut Notes, reach: &mut Reach, kept: &mut Chain) -> usize {
    let (mut reach_now, mut last, mut done) = (reach.reborrow(), kept.last, 0);
    for &head in heads {
        let Some(items) = items_of(words, head) else { break };
        visit_items(items, notes, &mut reach_now);
        let Some(linked) = link(words, last, head, (0, 0)) else { break };
        last = linked;
        done += 1;
    }
    let n = reach_now.n;
    (reach.n, kept.last, kept.len) = (n, last, kept.len + done);
    done
}

/// `move_unreachable` for one object of any type that stays in `young`.
fn reach_any(m: &mut AddressSpace, head: Granule, notes: &mut Notes, reach: &mut Reach, kept: &mut Chain) -> Result<(), Fault> {
    visit_any(m, head, notes, reach)?;
    kept.append(m, notes.take(head))
}

/// Links those that are set aside into their list. Returns how many it looked at.
#[inline(never)]
fn link_aside(words: &mut [[u8; 8]], heads: &[Granule], notes: &mut Notes, aside: &mut Chain) -> usize {
    let (bits, mut last, mut done) = ((aside.mark, aside.flag), aside.last, 0);
    let mut linked_now = 0;
    for &head in heads {
        let Some(note) = notes.of(head) else { break };
        if *note == ASIDE {
            let Some(linked) = link(words, last, head, bits) else { break };
            (*note, last) = (0, linked);
            linked_now += 1;
        }
        done += 1;
    }
    (aside.last, aside.len) = (last, aside.len + linked_now);
    done
}

/// [`visit_items`] of a list that is long enough for a function of its own.
#[inline(never)]
fn visit_long(items: &[[u8; 8]], notes: &mut Notes, visitor: &mut impl Visit) {
    visit_items(items, notes, visitor);
}

/// Visits what an object refers to, whatever it is.
#[inline(never)]
fn visit_any(m: &AddressSpace, head: Granule, notes: &mut Notes, visitor: &mut impl Visit) -> Result<(), Fault> {
    let obj = object_of(notes.addr(head));
    if OB_TYPE.read(m, obj)? == LIST
        && let Some(items) = m.words(OB_ITEM.read(m, obj)?, len(m, obj)?)
    {
        visit_long(items, notes, visitor);
        return Ok(());
    }
    let mut slots = Slots::of(m, obj, Walk::Traverse)?;
    while let Some((_, child)) = slots.next(m)? {
        if let Some((head, note)) = notes.find(head_of(child)) {
            visitor.visit(note, head);
        }
    }
    Ok(())
}

/// Links an object behind `last`, sets `mark` in the `_gc_next` that leads to it and `flag` in its `_gc_prev`, and returns it as
/// the new last one. `None`, and nothing was done, if not both are in arenas.
#[inline(always)]
fn link(words: &mut [[u8; 8]], last: Addr, head: Granule, (mark, flag): (u64, u64)) -> Option<Addr> {
    let (gc, prev) = (head.addr_in_arena(), head.word() + 1);
    let finalized = u64::from_le_bytes(*words.get(prev)?) & FINALIZED;
    let next = usize::try_from(arena_word(last)).ok()?;
    *words.get_mut(next)? = (gc.0 | mark).to_le_bytes();
    *words.get_mut(prev)? = (finalized | last.0 | flag).to_le_bytes();
    Some(gc)
}

/// A list of the collector that is being written, front to back.
struct Chain {
    head: Addr,
    /// What is set in each `_gc_next`.
    mark: u64,
    /// What is set in each `_gc_prev`.
    flag: u64,
    last: Addr,
    len: usize,
}

impl Chain {
    const fn new(head: Addr, mark: u64, flag: u64) -> Chain {
        Chain { head, mark, flag, last: head, len: 0 }
    }

    fn append(&mut self, m: &mut AddressSpace, gc: Addr) -> Result<(), Fault> {
        let before = self.last;
        GC_NEXT.write(m, before, gc.0 | self.mark)?;
        let finalized = GC_PREV.read(m, gc)? & FINALIZED;
        GC_PREV.write(m, gc, finalized | before.0 | self.flag)?;
        self.last = gc;
        self.len += 1;
        Ok(())
    }

    /// Ends the list and returns how many objects it has.
    fn close(self, m: &mut AddressSpace) -> Result<u64, Fault> {
        GC_NEXT.write(m, self.last, self.head.0 | self.mark)?;
        let first = GC_NEXT.read(m, self.head)?;
        GC_NEXT.write(m, self.head, first & !self.mark)?;
        GC_PREV.write(m, self.head, self.last.0)?;
        Ok(self.len as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::MOST_LARGE;
    use crate::abi::Release;
    use crate::ids::Addr;
    use crate::object::int;
    use crate::runtime::gc::machine::collect;
    use crate::runtime::{dict, list, refcount, start};
    use proptest::prelude::*;

    #[derive(Clone, Copy, PartialEq)]
    enum Watch {
        Nobody,
        /// Somebody who may take it back.
        Undo,
        /// Somebody who wants to know each step: the walks here are not taken.
        Events,
    }
    use Watch::{Events, Nobody, Undo};

    /// All bytes after two collections of a heap of lists that are linked like this and in part kept; one in `dicts` is a dict.
    fn after(release: Release, links: &[(usize, usize)], kept: &[bool], dicts: usize, watch: Watch) -> Vec<Vec<u8>> {
        let mut m = start::start(release.profile(), 1 << 28).unwrap();
        let is_dict = |at: usize| at % dicts == dicts - 1;
        let new = |at| if is_dict(at) { dict::new(&mut m) } else { list::new(&mut m, &[]) };
        let objects: Vec<Addr> = (0..kept.len()).map(new).map(Result::unwrap).collect();
        for (hash, &(from, to)) in (0..).zip(links) {
            let (from, to) = (from % objects.len(), objects[to % objects.len()]);
            if is_dict(from) {
                let key = int::small(&m, hash % 200).unwrap();
                dict::set_item(&mut m, objects[from], key, hash % 200, to).unwrap();
            } else {
                list::append(&mut m, objects[from], to).unwrap();
            }
        }
        for (&object, _) in objects.iter().zip(kept).filter(|(_, kept)| !**kept) {
            refcount::decref(&mut m, object, Addr::NULL).unwrap();
        }
        let before = m.all_bytes();
        match watch {
            Nobody => {}
            Undo => m.checkpoint(),
            Events => m.log.start(),
        }
        collect(&mut m, 1).unwrap();
        collect(&mut m, 2).unwrap();
        let after = m.all_bytes();
        if watch == Undo {
            assert!(m.undo() && m.all_bytes() == before);
        }
        after
    }

    #[test]
    fn counts_of_any_size_and_items_anywhere_give_the_same_bytes_too() {
        // So many lists with more references than a note can hold, from lists whose items lie in arenas and in the raw heap.
        for hubs in [2, MOST_LARGE, MOST_LARGE + 9] {
            for outside in [0, 1] {
                let links: Vec<_> = (0..hubs).flat_map(|hub| [(hubs + 9, 1), (hub, hub + 1), (hub + 1, hub)]).collect();
                let many = links.repeat(70);
                let mut kept = vec![false; hubs + 100];
                kept[hubs] = outside == 1;
                for release in [Release::Cp311, Release::Cp314] {
                    let [unseen, saved, seen] =
                        [Nobody, Undo, Events].map(|watch| after(release, &many, &kept, usize::MAX, watch));
                    assert!(unseen == saved && saved == seen, "{hubs} {outside}");
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn the_same_bytes_as_step_by_step(
            links in proptest::collection::vec((0usize..900, 0usize..900), 0..1500),
            kept in proptest::collection::vec(proptest::bool::weighted(0.1), 1..900),
            dicts in prop_oneof![Just(usize::MAX), 2_usize..100],
        ) {
            for release in [Release::Cp311, Release::Cp313, Release::Cp315] {
                let [unseen, saved, seen] = [Nobody, Undo, Events].map(|watch| after(release, &links, &kept, dicts, watch));
                prop_assert!(unseen == saved && saved == seen);
            }
        }
    }
}
