//! Which base a class is laid out by, and in which order its ancestors are asked: `best_base`, `mro_implementation`.

use core::fmt;

use crate::abi::TypeId;
use crate::ids::Addr;
use crate::ids::gather::Gather as _;
use crate::mem::{AddressSpace, Fault};
use crate::object::head::{BASETYPE, HEAPTYPE, is_static_type, tp, type_flags};
use crate::object::type_object::{TP_MRO, member_count};

/// Why CPython refuses to make a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A base does not allow subclasses (bool, slice, function).
    NotABase(Addr),
    /// Two bases need different layouts.
    Layout,
    /// No order of the ancestors respects all bases.
    Order,
    /// A base is given twice.
    Twice(Addr),
    /// `__slots__` for a type whose instances have items of their own size (int, tuple, bytes).
    SlotsOfVariableSize,
    /// `__slots__` names `__dict__` or `__weakref__` though the bases have it, or names it twice.
    SlotTwice(String),
    /// A name in `__slots__` is also bound in the class.
    SlotConflict(String),
    /// `__slots__` holds something that is not an identifier.
    SlotName,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::NotABase(base) => {
                let name = TypeId::at(*base).map_or("this type", |id| id.row().name);
                write!(f, "'{name}' cannot be a base class.")
            }
            Refusal::Layout => f.write_str("These bases need different memory layouts: one instance cannot have both."),
            Refusal::Order => f.write_str("There is no order of these bases that respects the order of their own bases."),
            Refusal::Twice(_) => f.write_str("A base class is given twice."),
            Refusal::SlotsOfVariableSize => {
                f.write_str("Instances of this base vary in size, so there is no fixed place for __slots__.")
            }
            Refusal::SlotTwice(name) => write!(f, "__slots__ names {name}, which instances have already."),
            Refusal::SlotConflict(name) => write!(f, "'{name}' in __slots__ is also bound in the class."),
            Refusal::SlotName => f.write_str("__slots__ holds something that is not a name."),
        }
    }
}

/// Whether `tp` is `base` or derives from it by layout. (`PyType_IsSubtype` along `tp_base`)
fn derives(m: &AddressSpace, mut tp: Addr, base: Addr) -> Result<bool, Fault> {
    while !tp.is_null() {
        if tp == base {
            return Ok(true);
        }
        tp = tp::BASE.read(m, tp)?;
    }
    Ok(false)
}

/// `solid_base`: the nearest ancestor whose instances have a layout of their own.
fn solid_base(m: &AddressSpace, tp: Addr) -> Result<Addr, Fault> {
    let mut at = tp;
    loop {
        let base = tp::BASE.read(m, at)?;
        if base.is_null() || shape_differs(m, at, base)? {
            return Ok(at);
        }
        at = base;
    }
}

/// `shape_differs`, `extra_ivars`: a weakref list that a class added behind its base's fields (3.11) does not count.
fn shape_differs(m: &AddressSpace, tp: Addr, base: Addr) -> Result<bool, Fault> {
    let (mut size, base_size) = (tp::BASICSIZE.read(m, tp)?, tp::BASICSIZE.read(m, base)?);
    if tp::ITEMSIZE.read(m, tp)? != 0 || tp::ITEMSIZE.read(m, base)? != 0 {
        // 3.11 adds the dict of such a class as a field, which does not count.
        let own_dict = tp::DICTOFFSET.read(m, tp)? == -8 && tp::DICTOFFSET.read(m, base)? == 0;
        return Ok(size - if own_dict { 8 } else { 0 } != base_size || tp::ITEMSIZE.read(m, tp)? != tp::ITEMSIZE.read(m, base)?);
    }
    let (weak, base_weak) = (tp::WEAKLISTOFFSET.read(m, tp)?, tp::WEAKLISTOFFSET.read(m, base)?);
    let added = m.profile.features.weaklist_field && type_flags(m, tp)? & HEAPTYPE != 0;
    if added && weak != 0 && base_weak == 0 && weak + 8 == size {
        size -= 8;
    }
    Ok(size != base_size || (!is_static_type(tp) && member_count(m, tp)? != 0))
}

/// `best_base`: the base whose layout the class continues.
///
/// # Errors
/// A fault if a base is no type.
pub fn best_base(m: &AddressSpace, bases: &[Addr]) -> Result<Result<Addr, Refusal>, Fault> {
    let mut best: Option<(Addr, Addr)> = None;
    for (at, &base) in bases.iter().enumerate() {
        if type_flags(m, base)? & BASETYPE == 0 {
            return Ok(Err(Refusal::NotABase(base)));
        }
        if bases.iter().take(at).any(|&other| other == base) {
            return Ok(Err(Refusal::Twice(base)));
        }
        let candidate = solid_base(m, base)?;
        match best {
            None => best = Some((candidate, base)),
            Some((winner, _)) if derives(m, winner, candidate)? => {}
            Some((winner, _)) if derives(m, candidate, winner)? => best = Some((candidate, base)),
            Some(_) => return Ok(Err(Refusal::Layout)),
        }
    }
    Ok(best.map(|(_, base)| base).ok_or(Refusal::Layout))
}

/// `tp_mro` of a type as a list. Static types' is their line of bases.
///
/// # Errors
/// A fault if there is no type.
pub fn mro(m: &AddressSpace, class: Addr) -> Result<Vec<Addr>, Fault> {
    if !is_static_type(class) {
        return super::items(m, TP_MRO.read(m, class)?);
    }
    let (mut line, mut at) = (Vec::new(), class);
    while !at.is_null() {
        line.push(at);
        at = tp::BASE.read(m, at)?;
    }
    Ok(line)
}

/// `mro_implementation`: the ancestors of a class with these bases, itself left out; `None` if there is no order.
/// (`pmerge`: the first class that is in no list's tail comes next.)
///
/// # Errors
/// A fault if a base is no type.
pub fn linearize(m: &AddressSpace, bases: &[Addr]) -> Result<Option<Vec<Addr>>, Fault> {
    let mut lists: Vec<Vec<Addr>> = bases.iter().map(|&base| mro(m, base)).try_gather()?;
    if lists.len() == 1 {
        return Ok(lists.pop());
    }
    lists.push(bases.to_vec());
    let mut order = Vec::new();
    loop {
        lists.retain(|list| !list.is_empty());
        if lists.is_empty() {
            return Ok(Some(order));
        }
        let in_tail = |class: Addr| lists.iter().any(|list| list.iter().skip(1).any(|&other| other == class));
        let Some(next) = lists.iter().filter_map(|list| list.first().copied()).find(|&class| !in_tail(class)) else {
            return Ok(None);
        };
        order.push(next);
        for list in &mut lists {
            if list.first() == Some(&next) {
                list.remove(0);
            }
        }
    }
}
