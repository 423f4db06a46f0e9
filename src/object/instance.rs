//! Instances of classes: the layout of the nearest static base, then `__slots__` of each class from base to derived.
//!
//! ```text
//!   -32 | -24            words of the managed pre-header, see `abi::ManagedDict`
//!    16 or the static base's size: slots of the oldest class, in the order of sorted names; ...; slots of the class itself
//!    tp_basicsize: values of the attributes (3.13 on, flag INLINE_VALUES)
//! ```
//! Source: Objects/typeobject.c (`subtype_traverse`, `subtype_dealloc`), Include/internal/pycore_object.h.

use super::head::{INLINE_VALUES, MANAGED_DICT, OB_SIZE, OB_TYPE, is_static_type, tp, type_flags, type_of};
use super::keys::{DK_NENTRIES, DK_USABLE};
use super::slots::{Span, Walk};
use super::type_object::{MEMBER_NAME, MEMBER_OFFSET, ht_cached_keys, member, member_count};
use super::{Fault, Kind, exception, values};
use crate::abi::{ManagedDict, TypeId};
use crate::ids::Addr;
use crate::ids::gather::Grow as _;
use crate::mem::AddressSpace;

/// Bytes from word -4 to the instance: the values' address in 3.11, later the weakref list.
pub const WORD_4: u64 = 32;
/// Bytes from word -3 to the instance: the dict, in 3.12 also the values' address - 1.
pub const WORD_3: u64 = 24;

/// Where the attribute values of `obj` lie while no dict of its own holds them; `None` if it has no such values.
///
/// # Errors
/// A fault if there is no instance.
pub fn values_of(m: &AddressSpace, obj: Addr) -> Result<Option<Addr>, Fault> {
    let tp = type_of(m, obj)?;
    let flags = type_flags(m, tp)?;
    if flags & MANAGED_DICT == 0 {
        return Ok(None);
    }
    Ok(match m.profile.managed_dict {
        ManagedDict::ValuesPointer => m.read::<Addr>(obj.back(WORD_4)).map(|at| (!at.is_null()).then_some(at))?,
        ManagedDict::Tagged => {
            let word: u64 = m.read(obj.back(WORD_3))?;
            (word & 1 != 0).then_some(Addr(word).offset(1))
        }
        ManagedDict::Inline if flags & INLINE_VALUES != 0 => {
            let at = obj.offset(tp::BASICSIZE.read(m, tp)?);
            (values::VALID.read(m, at)? != 0).then_some(at)
        }
        ManagedDict::Inline => None,
    })
}

/// The slot of the instance's dict; `None` if its type gives it none. In 3.12 it may hold values instead: see [`values_of`].
///
/// # Errors
/// A fault if there is no instance.
pub fn dict_slot(m: &AddressSpace, obj: Addr) -> Result<Option<Addr>, Fault> {
    let class = type_of(m, obj)?;
    if type_flags(m, class)? & MANAGED_DICT != 0 {
        return Ok(Some(obj.back(WORD_3)));
    }
    let offset = tp::DICTOFFSET.read(m, class)?;
    Ok(match offset {
        0 => None,
        1.. => Some(obj.offset(offset.cast_unsigned())),
        // 3.11, variable size: counted from the end of the items. (`_PyObject_DictPointer`)
        _ => {
            let items = OB_SIZE.read(m, obj)?.unsigned_abs();
            let bytes = tp::BASICSIZE.read(m, class)? + items * tp::ITEMSIZE.read(m, class)?;
            Some(obj.offset(bytes.next_multiple_of(8)).offset(offset.cast_unsigned()))
        }
    })
}

/// The dict that the instance has now, over its values or of its own; `None` if there is none.
///
/// # Errors
/// A fault if there is no instance.
pub fn dict_of(m: &AddressSpace, obj: Addr) -> Result<Option<Addr>, Fault> {
    let Some(at) = dict_slot(m, obj)? else { return Ok(None) };
    let word: u64 = m.read(at)?;
    let is_dict = word != 0 && !(m.profile.managed_dict == ManagedDict::Tagged && word & 1 != 0);
    Ok(is_dict.then_some(Addr(word)))
}

/// The span of the slots that `class` itself adds.
fn own_slots(m: &AddressSpace, obj: Addr, class: Addr) -> Result<Span, Fault> {
    match member_count(m, class)? {
        0 => Ok(Span::EMPTY),
        n => Ok(Span::up(obj.offset(MEMBER_OFFSET.read(m, member(m, class, 0))?), n)),
    }
}

/// Slots of the class, then of its bases; values; dict; (collector) the class; then what the static base holds.
pub(super) fn span(m: &AddressSpace, obj: Addr, walk: Walk, stage: u32) -> Result<Option<Span>, Fault> {
    let mut class = type_of(m, obj)?;
    let mut rest = stage;
    while !is_static_type(class) {
        if rest == 0 {
            return own_slots(m, obj, class).map(Some);
        }
        rest -= 1;
        class = tp::BASE.read(m, class)?;
    }
    match rest {
        0 => values_span(m, obj, walk).map(Some),
        1 => dict_span(m, obj, class).map(Some),
        2 if walk == Walk::Traverse => Ok(Some(Span::one(OB_TYPE.at(obj)))),
        2 => Ok(Some(Span::EMPTY)),
        _ => base_span(m, obj, class, walk, rest - 3),
    }
}

fn values_span(m: &AddressSpace, obj: Addr, walk: Walk) -> Result<Span, Fault> {
    let Some(at) = values_of(m, obj)? else { return Ok(Span::EMPTY) };
    let n = if values::has_header(m) {
        // A live `__dict__` visits them itself. Source: `PyObject_VisitManagedDict`.
        if walk == Walk::Traverse && !m.read::<Addr>(obj.back(WORD_3))?.is_null() {
            return Ok(Span::EMPTY);
        }
        u64::from(values::CAPACITY.read(m, at)?)
    } else {
        DK_NENTRIES.read(m, ht_cached_keys(m).read(m, type_of(m, obj)?)?)?
    };
    Ok(Span::up(values::slot(m, at, 0), n))
}

fn dict_span(m: &AddressSpace, obj: Addr, static_base: Addr) -> Result<Span, Fault> {
    let class = type_of(m, obj)?;
    let managed = type_flags(m, class)? & MANAGED_DICT != 0;
    if managed && m.profile.managed_dict == ManagedDict::Tagged && m.read::<u64>(obj.back(WORD_3))? & 1 != 0 {
        return Ok(Span::EMPTY);
    }
    // A dict that the static base has already is the base's business.
    if !managed && tp::DICTOFFSET.read(m, class)? == tp::DICTOFFSET.read(m, static_base)? {
        return Ok(Span::EMPTY);
    }
    Ok(dict_slot(m, obj)?.map_or(Span::EMPTY, Span::one))
}

fn base_span(m: &AddressSpace, obj: Addr, base: Addr, walk: Walk, stage: u32) -> Result<Option<Span>, Fault> {
    let id = TypeId::at(base).ok_or_else(|| Fault::Corrupt(base, "base of a type"))?;
    match id.kind() {
        Kind::Plain | Kind::Instance => Ok(None),
        Kind::Exception => exception::span(m, obj, id, stage),
        kind => super::kind::span(m, obj, kind, walk, stage),
    }
}

/// Bytes of an instance's own block, pre-header not counted. Of inline values `capacity` are counted; the block may have been
/// made with room for one more.
///
/// # Errors
/// A fault if there is no instance.
pub fn object_bytes(m: &AddressSpace, obj: Addr) -> Result<u64, Fault> {
    let class = type_of(m, obj)?;
    let basic = tp::BASICSIZE.read(m, class)?;
    if type_flags(m, class)? & INLINE_VALUES != 0 {
        return Ok(basic + values::inline_bytes(u64::from(values::CAPACITY.read(m, obj.offset(basic))?)));
    }
    let item = tp::ITEMSIZE.read(m, class)?;
    // One item more than there are: see `PyType_GenericAlloc`.
    let items = if item == 0 { 0 } else { OB_SIZE.read(m, obj)?.unsigned_abs().wrapping_add(1) };
    Ok(items.wrapping_mul(item).wrapping_add(basic).wrapping_add(7) & !7)
}

/// The values block of an instance of 3.11 or 3.12: start and bytes.
///
/// # Errors
/// A fault if there is no instance.
pub fn values_block(m: &AddressSpace, obj: Addr) -> Result<Option<(Addr, u64)>, Fault> {
    if values::has_header(m) {
        return Ok(None);
    }
    let Some(at) = values_of(m, obj)? else { return Ok(None) };
    let keys = ht_cached_keys(m).read(m, type_of(m, obj)?)?;
    values::own_block(m, at, DK_NENTRIES.read(m, keys)?.wrapping_add(DK_USABLE.read(m, keys)?)).map(Some)
}

/// The slots that `__slots__` of the instance's classes give it, base first, and their names. They may be NULL.
///
/// # Errors
/// A fault if there is no instance.
pub fn member_slots(m: &AddressSpace, obj: Addr) -> Result<Vec<(Addr, String)>, Fault> {
    let mut named = Vec::new();
    let mut class = type_of(m, obj)?;
    while !is_static_type(class) {
        for index in (0..member_count(m, class)?).rev() {
            let definition = member(m, class, index);
            let name = super::repr::c_string(m, MEMBER_NAME.read(m, definition)?)?;
            named.add((obj.offset(MEMBER_OFFSET.read(m, definition)?), name));
        }
        class = tp::BASE.read(m, class)?;
    }
    named.reverse();
    Ok(named)
}

/// The slot that the class nearest to the instance's own gives to `name`; a class may have named it twice, then the first.
///
/// # Errors
/// A fault if there is no instance.
pub fn member_slot(m: &AddressSpace, obj: Addr, name: &str) -> Result<Option<Addr>, Fault> {
    let mut class = type_of(m, obj)?;
    while !is_static_type(class) {
        for index in 0..member_count(m, class)? {
            let definition = member(m, class, index);
            if super::repr::c_string(m, MEMBER_NAME.read(m, definition)?)? == name {
                return Ok(Some(obj.offset(MEMBER_OFFSET.read(m, definition)?)));
            }
        }
        class = tp::BASE.read(m, class)?;
    }
    Ok(None)
}

/// The slots of an instance that have a name of their own and the name: [`member_slots`], then the attributes in its values, in
/// the order of the shared keys. They may be NULL. What a dict holds is not among them.
///
/// # Errors
/// A fault if there is no instance.
pub fn named_slots(m: &AddressSpace, obj: Addr) -> Result<Vec<(Addr, String)>, Fault> {
    let mut named = member_slots(m, obj)?;
    if let Some(held) = values_of(m, obj)? {
        let keys = super::keys::Keys::load(m, ht_cached_keys(m).read(m, type_of(m, obj)?)?)?;
        for ix in 0..keys.nentries(m)? {
            named.add((values::slot(m, held, ix), super::str::value(m, keys.key(m, ix)?)?));
        }
    }
    Ok(named)
}
