//! Lists that die while nobody watches, and lists that die with them: `list_dealloc` with few checks and no call. It handles the
//! usual cases and stops in front of every other one, which is left to the general code in `dealloc.rs`.

use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::gc_head::{GC_NEXT, head_of, object_of};
use crate::object::head::{OB_REFCNT, OB_SIZE, OB_TYPE, count_masks};
use crate::object::list::{ALLOCATED, OB_ITEM};
use crate::pymalloc;
use crate::runtime::freelist::{self, FreeList};
use crate::runtime::gc::state::FINAL_LIST;
use crate::runtime::{gc, list};

/// After this many deaths there is a pause: browsers optimize a function only after some calls, and never while it runs.
pub(super) const BATCH: usize = 512;

/// A list that is dying.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Dying {
    pub(super) list: Addr,
    pub(super) items: Addr,
    /// How many items it has still to give up, the last one first.
    pub(super) left: u64,
}

/// Dying lists, each because of the one around it.
pub(super) struct Nest {
    innermost: Dying,
    /// The first [`Nest::depth`] of these are dying, the outermost first; the rest is room. Not a stack with `push`, because a
    /// call would cost [`Nest::run`] its registers.
    around: Vec<Dying>,
    depth: usize,
    garbage: Garbage,
}

/// What a nest has to do with `delete_garbage`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Garbage {
    No,
    /// The outermost list is garbage that is cleared: it is not dying yet, and something holds it that is in no slot.
    Cleared,
    /// The outermost list was garbage. There may be more.
    Dies,
}

/// Why it stopped.
pub(super) enum Stop {
    /// All are dead.
    Empty,
    /// The count of this object reached 0, and the general code has to destroy it, or there was no room for it.
    Dies(Addr),
    /// The general code has to give up the next item of the innermost list.
    Other,
    /// The innermost list gave up its items, and the general code has to free its array.
    Array,
    /// Of the innermost list only the memory is left, and the general code has to free it.
    Memory(Addr),
    /// This garbage was cleared and the reference to it given up, and something else refers to it.
    Lives(Addr),
    /// This garbage was cleared, and giving up the reference to it lets it die; the general code has to destroy it.
    Last(Addr),
    /// So many are left.
    Left,
    /// Nothing is in its way.
    Pause,
}

impl Nest {
    pub(super) const fn new(list: Dying) -> Nest {
        Nest { innermost: list, around: Vec::new(), depth: 0, garbage: Garbage::No }
    }

    /// Of the first garbage, then of all that follows; `None` if there is none or if the first is no list.
    pub(super) fn of_garbage(m: &mut AddressSpace) -> Option<Nest> {
        Some(Nest { innermost: next_garbage(m)?, around: Vec::new(), depth: 0, garbage: Garbage::Cleared })
    }

    /// What is dying within the garbage that is cleared, and that garbage, which goes on alone. `None` if nothing is.
    pub(super) fn take_inner(&mut self) -> Option<Nest> {
        if self.depth == 0 {
            return None;
        }
        let mut inner = self.take_lists();
        self.innermost = inner.remove(0);
        Nest::of(inner)
    }

    /// The innermost list.
    pub(super) const fn innermost(&self) -> Dying {
        self.innermost
    }

    /// From the outermost to the innermost; `None` if there are none.
    pub(super) fn of(mut lists: Vec<Dying>) -> Option<Nest> {
        let innermost = lists.pop()?;
        Some(Nest { innermost, depth: lists.len(), around: lists, garbage: Garbage::No })
    }

    pub(super) const fn len(&self) -> usize {
        self.depth + 1
    }

    /// Goes on with the one around, or with the next garbage. False if there is none.
    #[inline(always)]
    pub(super) fn leave(&mut self, m: &mut AddressSpace) -> bool {
        let mut next = None;
        if let Some(depth) = self.depth.checked_sub(1) {
            self.depth = depth;
            next = self.around.get(depth).copied();
        }
        if next.is_none() && self.garbage != Garbage::No {
            next = next_garbage(m);
            self.garbage = Garbage::Cleared;
        }
        self.innermost = next.unwrap_or(self.innermost);
        next.is_some()
    }

    /// Another list dies because of the innermost one.
    pub(super) fn enter(&mut self, list: Dying) {
        if self.depth == self.around.len() {
            self.around.resize(8 + 2 * self.depth, Dying::default());
        }
        self.enter_if_room(list);
    }

    /// The same; false, and nothing was done, if there is no room.
    #[inline(always)]
    fn enter_if_room(&mut self, list: Dying) -> bool {
        let Some(place) = self.around.get_mut(self.depth) else { return false };
        (*place, self.innermost) = (self.innermost, list);
        self.depth += 1;
        true
    }

    /// All dying lists, the outermost first.
    pub(super) fn take_lists(&mut self) -> Vec<Dying> {
        let mut lists = core::mem::take(&mut self.around);
        lists.truncate(core::mem::take(&mut self.depth));
        lists.push(self.innermost);
        lists
    }

    /// What [`Stop::Array`] asks for; no frame is made of the innermost list before [`Nest::run`] went on with it.
    pub(super) fn free_array(&mut self, m: &mut AddressSpace) -> Result<(), Fault> {
        let Dying { list, items, .. } = self.innermost;
        self.innermost.items = Addr::NULL;
        pymalloc::free(m, items)?;
        if list::forgets_array(m) { OB_ITEM.write(m, list, Addr::NULL) } else { Ok(()) }
    }

    /// Destroys as much as it can, never more than `most` lists deep, until `least` are left.
    #[inline(never)]
    pub(super) fn run(&mut self, m: &mut AddressSpace, most: usize, least: usize) -> Stop {
        for _ in 0..BATCH {
            while self.innermost.left > 0 {
                let Some((item, dies)) = give_up(m, self.innermost) else { return Stop::Other };
                self.innermost.left -= 1;
                if !dies {
                    continue;
                }
                if self.len() >= most || self.depth == self.around.len() {
                    return Stop::Dies(item);
                }
                let Some(list) = begin(m, item) else { return Stop::Dies(item) };
                self.enter_if_room(list);
            }
            let Dying { list, items, .. } = self.innermost;
            if !items.is_null() {
                if !pymalloc::free_unwatched(m, items) {
                    return Stop::Array;
                }
                if list::forgets_array(m) {
                    m.put_in_arena(OB_ITEM.at(list), Addr::NULL);
                }
            }
            if self.garbage == Garbage::Cleared && self.depth == 0 {
                self.garbage = Garbage::Dies;
                if lose(m, OB_REFCNT.at(list)) != Some(true) {
                    return Stop::Lives(list);
                }
                let Some(dying) = begin(m, list) else { return Stop::Last(list) };
                self.innermost = dying;
            }
            if freelist::has_room(m, FreeList::List) || !free_memory(m, list) {
                return Stop::Memory(list);
            }
            if !self.leave(m) {
                return Stop::Empty;
            }
            if self.len() == least {
                return Stop::Left;
            }
        }
        Stop::Pause
    }
}

/// The next garbage, if it is a list: the beginning of its `list_clear`, for which a reference is held.
#[inline(always)]
fn next_garbage(m: &mut AddressSpace) -> Option<Dying> {
    let gc = Addr(m.get_in_arena(GC_NEXT.at(FINAL_LIST))?);
    if gc == FINAL_LIST {
        return None;
    }
    let obj = object_of(gc);
    let mut windows = m.windows(false)?;
    let mut list = windows.with(obj)?;
    if list.word(OB_TYPE.at(obj))? != TypeId::List.addr() {
        return None;
    }
    let taken = Dying { list: obj, items: list.word(OB_ITEM.at(obj))?, left: list.word(OB_SIZE.at(obj))?.0 };
    // What is collected is not immortal.
    list.set_word(OB_REFCNT.at(obj), list.word(OB_REFCNT.at(obj))?.offset(1))?;
    list.set_word(OB_SIZE.at(obj), Addr::NULL)?;
    list.set_word(OB_ITEM.at(obj), Addr::NULL)?;
    list.set_word(ALLOCATED.at(obj), Addr::NULL)?;
    Some(taken)
}

/// Counts the last item down that was not given up: which it is, NULL if there is none, and whether it dies.
#[inline(always)]
fn give_up(m: &mut AddressSpace, from: Dying) -> Option<(Addr, bool)> {
    let item = Addr(m.get_word(from.items.offset((from.left - 1) * 8))?);
    if item.is_null() { Some((item, false)) } else { Some((item, lose(m, OB_REFCNT.at(item))?)) }
}

/// Counts down: whether that was the last reference.
#[inline(always)]
fn lose(m: &mut AddressSpace, refcnt: Addr) -> Option<bool> {
    let (immortal, counted) = count_masks(m.profile.refcount);
    let mut windows = m.windows(false)?;
    let mut window = windows.with(refcnt)?;
    let word = window.word(refcnt)?;
    if word.0 & immortal != 0 {
        return Some(false);
    }
    if word.0 & counted == 0 {
        return None;
    }
    window.set_word(refcnt, Addr(word.0 - 1))?;
    Some(word.0 & counted == 1)
}

/// The beginning of `list_dealloc`: a list is out of its generation. `None`, and nothing was done, if it is no list.
#[inline(always)]
pub(super) fn begin(m: &mut AddressSpace, obj: Addr) -> Option<Dying> {
    let gc = head_of(obj);
    let mut windows = m.windows(false)?;
    let node = windows.with(gc)?;
    if node.word(OB_TYPE.at(obj))? != TypeId::List.addr() {
        return None;
    }
    let list = Dying { list: obj, items: node.word(OB_ITEM.at(obj))?, left: node.word(OB_SIZE.at(obj))?.0 };
    if !node.word(GC_NEXT.at(gc))?.is_null() {
        gc::untrack_unwatched(m, gc)?;
    }
    Some(list)
}

/// `PyObject_GC_Del`. False, and nothing was done, if the general code has to do it.
#[inline(always)]
fn free_memory(m: &mut AddressSpace, list: Addr) -> bool {
    let block = head_of(list);
    if !pymalloc::free_unwatched(m, block) {
        return false;
    }
    gc::count_deallocation_unwatched(m);
    m.record_death(block);
    true
}
