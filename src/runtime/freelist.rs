//! Free lists: memory of dead objects that waits for the next object of the same type, last in, first out. A hit or a push
//! is invisible to pymalloc and to the collector's counts. All of it lies at [`space::FREELIST_STATE`].
//!
//! ```text
//!  per list, 16 bytes:   0 head: first object (linked lists) or array | 8 count
//!  linked lists thread through a word of the waiting object: see [`Link`]
//! ```
//! Source: 3.13 Objects/*.c (`numfree`), 3.14 Include/internal/pycore_freelist.h.

use crate::abi::{Release, space};
use crate::event::Event;
use crate::ids::Addr;
use crate::ids::gather::Gather as _;
use crate::mem::{AddressSpace, Fault, Field};
use crate::object::gc_head::GC_HEAD_BYTES;
use crate::object::head::{OB_TYPE, preheader_bytes};
use crate::pymalloc;

/// Which free list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FreeList {
    /// float
    Float,
    /// int of one digit (3.14 on)
    Int,
    /// list
    List,
    /// dict
    Dict,
    /// keys tables of 8 slots that hold only strings; blocks, not objects
    DictKeys,
    /// slice (one object)
    Slice,
    /// range (3.14 on)
    Range,
    /// complex (3.15)
    Complex,
    /// bound method (3.14 on)
    Method,
    /// builtin function or method (3.14 on)
    BuiltinFunction,
    /// tuples of this length, 1 to 20
    Tuple(u8),
}

/// Through which word a waiting object leads to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    /// The first word: the count is overwritten (3.14 on).
    FirstWord,
    /// `ob_type` (float before 3.14).
    ObType,
    /// The first item of a tuple, `ob_item[0]` (before 3.14).
    FirstItem,
    /// An array of pointers beside the object (list, dict, keys before 3.14).
    Array,
}

const HEAD: Field<Addr> = Field::new("freelist", 0);
const COUNT: Field<u64> = Field::new("size", 8);
/// Ten types, and tuples of 20 lengths.
const LISTS: u64 = 10 + 20;
/// Behind the list heads: an array of 80 pointers for each list that has [`Link::Array`].
const ARRAY: u64 = LISTS * 16;
const ARRAY_BYTES: u64 = 80 * 8;
const _: () = assert!(ARRAY + 4 * ARRAY_BYTES <= 0x1000, "four arrays (list, dict, keys, slice) fit the page");

impl FreeList {
    /// All lists.
    fn all() -> impl Iterator<Item = FreeList> {
        use FreeList::{BuiltinFunction, Complex, Dict, DictKeys, Float, Int, List, Method, Range, Slice, Tuple};
        [Float, Int, List, Dict, DictKeys, Slice, Range, Complex, Method, BuiltinFunction].into_iter().chain((1..=20).map(Tuple))
    }

    /// In the order in which a full collection empties them; before 3.14 it leaves the one slice. Source: 3.12
    /// Modules/gcmodule.c:`clear_freelists`, 3.14 Objects/object.c:`_PyObject_ClearFreeLists`.
    fn clearing_order(release: Release) -> impl Iterator<Item = FreeList> {
        use FreeList::{BuiltinFunction, Complex, Dict, DictKeys, Float, Int, List, Method, Range, Slice};
        let (before_tuples, behind): (&[FreeList], &[FreeList]) = match release {
            Release::Cp311 | Release::Cp312 => (&[], &[Float, Complex, List, Dict, DictKeys]),
            Release::Cp313 => (&[Float, Complex], &[List, Dict, DictKeys]),
            Release::Cp314 | Release::Cp315 => {
                (&[Float, Complex], &[List, Dict, DictKeys, Slice, Range, Int, BuiltinFunction, Method])
            }
        };
        let tuples = (1..=20).map(FreeList::Tuple);
        before_tuples.iter().copied().chain(tuples).chain(behind.iter().copied())
    }

    /// The type whose memory waits here.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            FreeList::Float => "float",
            FreeList::Int => "int",
            FreeList::List => "list",
            FreeList::Dict => "dict",
            FreeList::DictKeys => "dict keys",
            FreeList::Slice => "slice",
            FreeList::Range => "range",
            FreeList::Complex => "complex",
            FreeList::Method => "method",
            FreeList::BuiltinFunction => "builtin_function_or_method",
            FreeList::Tuple(_) => "tuple",
        }
    }

    #[inline(always)]
    fn index(self) -> u64 {
        match self {
            FreeList::Float => 0,
            FreeList::Int => 1,
            FreeList::List => 2,
            FreeList::Dict => 3,
            FreeList::DictKeys => 4,
            FreeList::Slice => 5,
            FreeList::Range => 6,
            FreeList::Complex => 7,
            FreeList::Method => 8,
            FreeList::BuiltinFunction => 9,
            FreeList::Tuple(len) => 9 + u64::from(len),
        }
    }

    #[inline(always)]
    fn state(self) -> Addr {
        space::FREELIST_STATE.offset(self.index() * 16)
    }

    #[inline(always)]
    fn limit(self, m: &AddressSpace) -> u64 {
        let limits = &m.profile.freelists;
        u64::from(match self {
            FreeList::Float => limits.float,
            FreeList::Int => limits.int,
            FreeList::List => limits.list,
            FreeList::Dict => limits.dict,
            FreeList::DictKeys => limits.dict_keys,
            FreeList::Slice => limits.slice,
            FreeList::Range => limits.range,
            FreeList::Complex => limits.complex,
            FreeList::Method => limits.method,
            FreeList::BuiltinFunction => limits.builtin_function,
            FreeList::Tuple(_) => limits.tuple,
        })
    }

    fn link(self, m: &AddressSpace) -> Link {
        match self {
            _ if m.profile.freelists.linked => Link::FirstWord,
            FreeList::Float => Link::ObType,
            FreeList::Tuple(_) => Link::FirstItem,
            _ => Link::Array,
        }
    }

    /// Where the pointer to the object that waits behind `obj` (at rank `count`, 0 first) lies.
    fn link_slot(self, m: &AddressSpace, obj: Addr, count: u64) -> Addr {
        match self.link(m) {
            Link::FirstWord => obj,
            Link::ObType => OB_TYPE.at(obj),
            Link::FirstItem => obj.offset(m.profile.sizes.tuple_items),
            Link::Array => space::FREELIST_STATE.offset(ARRAY + self.array_rank() * ARRAY_BYTES + count * 8),
        }
    }

    /// Which of the arrays is its own.
    fn array_rank(self) -> u64 {
        self.index().saturating_sub(FreeList::List.index())
    }

    /// Bytes in front of the address that is listed: from the block's start to the object.
    fn block_offset(self) -> u64 {
        match self {
            FreeList::List
            | FreeList::Dict
            | FreeList::Slice
            | FreeList::Method
            | FreeList::BuiltinFunction
            | FreeList::Tuple(_) => GC_HEAD_BYTES,
            _ => 0,
        }
    }
}

/// False if [`push`] would find the list full: a look without a call, which answers true where it cannot tell.
#[inline(always)]
pub(super) fn has_room(m: &AddressSpace, list: FreeList) -> bool {
    COUNT.get_in_arena(m, list.state()).is_none_or(|count| count < list.limit(m))
}

/// Puts a dead object aside. False if the list is full (or the release has none): the caller frees the memory.
///
/// # Errors
/// A fault if the object is not there.
pub fn push(m: &mut AddressSpace, list: FreeList, obj: Addr) -> Result<bool, Fault> {
    let state = list.state();
    let count = COUNT.read(m, state)?;
    if count >= list.limit(m) {
        return Ok(false);
    }
    let slot = list.link_slot(m, obj, count);
    if list.link(m) == Link::Array {
        m.write(slot, obj)?;
    } else {
        let next = HEAD.read(m, state)?;
        m.write(slot, next)?;
        HEAD.write(m, state, obj)?;
    }
    COUNT.write(m, state, count + 1)?;
    m.record_death(obj.back(list.block_offset()));
    m.log.note(|| Event::FreeListPush(obj));
    Ok(true)
}

/// Takes the object that was put aside last. The caller starts its new life.
///
/// # Errors
/// A fault if the list is not sound.
pub fn pop(m: &mut AddressSpace, list: FreeList) -> Result<Option<Addr>, Fault> {
    let state = list.state();
    let count = COUNT.read(m, state)?;
    if count == 0 || (matches!(list, FreeList::Tuple(20)) && m.profile.freelists.tuple_20_lost) {
        return Ok(None);
    }
    let obj = if list.link(m) == Link::Array {
        m.read(list.link_slot(m, Addr::NULL, count - 1))?
    } else {
        let obj = HEAD.read(m, state)?;
        let next: Addr = m.read(list.link_slot(m, obj, count))?;
        HEAD.write(m, state, next)?;
        obj
    };
    COUNT.write(m, state, count - 1)?;
    m.log.note(|| Event::FreeListPop(obj));
    Ok(Some(obj))
}

/// `_PyObject_ClearFreeLists`: gives all waiting memory back to pymalloc, as a full collection does.
///
/// # Errors
/// A fault if a list is not sound.
pub fn clear_all(m: &mut AddressSpace) -> Result<(), Fault> {
    for list in FreeList::clearing_order(m.profile.release) {
        for obj in waiting(m, list)? {
            if list.block_offset() == preheader_bytes(crate::object::head::HAVE_GC) {
                super::gc::count_deallocation(m)?;
            }
            pymalloc::free(m, obj.back(list.block_offset()))?;
        }
        HEAD.write(m, list.state(), Addr::NULL)?;
        COUNT.write(m, list.state(), 0)?;
    }
    Ok(())
}

/// The objects that wait in `list`, the next to be taken first.
///
/// # Errors
/// A fault if the list is not sound.
pub fn waiting(m: &AddressSpace, list: FreeList) -> Result<Vec<Addr>, Fault> {
    let mut count = COUNT.read(m, list.state())?;
    let mut objects = Vec::new();
    let mut at = HEAD.read(m, list.state())?;
    while count > 0 {
        if list.link(m) == Link::Array {
            at = m.read(list.link_slot(m, Addr::NULL, count - 1))?;
            objects.push(at);
        } else {
            objects.push(at);
            at = m.read(list.link_slot(m, at, count))?;
        }
        count -= 1;
    }
    Ok(objects)
}

/// Every waiting block: its start, and the list it waits in.
///
/// # Errors
/// A fault if a list is not sound.
pub fn all_waiting(m: &AddressSpace) -> Result<Vec<(Addr, FreeList)>, Fault> {
    let mut blocks = Vec::new();
    for list in FreeList::all() {
        waiting(m, list)?.into_iter().map(|obj| (obj.back(list.block_offset()), list)).gather_into(&mut blocks);
    }
    Ok(blocks)
}
