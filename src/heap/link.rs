//! Linking and unlinking: names, items, entries, attributes, members, cells.

use super::{CommandError, Heap, Place, Places, Problem, roots, type_name};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::ids::gather::Gather as _;
use crate::ids::text::Owned as _;
use crate::mem::{AddressSpace, Fault};
use crate::object::head::{tp, type_of};
use crate::object::{Kind, cell, instance, list as list_layout, module, repr};
use crate::runtime::hash::HashError;
use crate::runtime::{attributes, dict, list, refcount, set, str};

/// Longest key that a sentence quotes, in characters.
const QUOTED: usize = 40;

/// A [`Place`] with its objects found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum At {
    Append,
    Index(u64),
    Key(Addr),
    Attribute(String),
    Member,
    Cell,
}

impl At {
    pub(super) fn resolve(heap: &Heap, place: &Place) -> Result<At, CommandError> {
        Ok(match place {
            Place::Append => At::Append,
            Place::Index(index) => At::Index(*index),
            Place::Key(key) => At::Key(heap.address(*key)?),
            Place::Attribute(name) => {
                identifier(name)?;
                At::Attribute(name.clone())
            }
            Place::Member => At::Member,
            Place::Cell => At::Cell,
        })
    }

    /// What an object without such a place lacks: `place` of [`Problem::NoSuchPlace`].
    const fn what(&self) -> &'static str {
        match self {
            At::Append | At::Index(_) => "items that can be set",
            At::Key(_) => "keys",
            At::Attribute(_) => "attributes that the model can set",
            At::Member => "members that can be added",
            At::Cell => "contents that can be set: it is not a cell",
        }
    }
}

/// Words that cannot be names. Source: Lib/keyword.py, the same in all releases.
const KEYWORDS: &str = "False None True and as assert async await break class continue def del elif else except finally for from \
    global if import in is lambda nonlocal not or pass raise return try while with yield";

/// Python's rule for names, for ASCII: Python folds other letters to one of their forms (NFKC), which is not modelled.
pub(super) fn identifier(name: &str) -> Result<(), CommandError> {
    let starts = name.bytes().next().is_some_and(|c| c == b'_' || c.is_ascii_alphabetic());
    let goes_on = name.bytes().all(|c| c == b'_' || c.is_ascii_alphanumeric());
    let is_keyword = KEYWORDS.split_ascii_whitespace().any(|word| word == name);
    if starts && goes_on && !is_keyword { Ok(()) } else { Err(Problem::BadName(name.owned()).refused()) }
}

/// `hash(obj)`, or the sentence why not.
pub(super) fn hash(m: &mut AddressSpace, obj: Addr) -> Result<i64, CommandError> {
    crate::runtime::hash::hash(m, obj).map_err(|error| match error {
        HashError::Unhashable(culprit, why) => match type_name(m, culprit) {
            Ok(type_name) => Problem::Unhashable { type_name, why }.refused(),
            Err(error) => error,
        },
        HashError::Fault(fault) => fault.into(),
    })
}

/// Calls `body` with the interned string of `name` and its hash; the string is held until `body` returns.
fn with_name<T>(
    m: &mut AddressSpace,
    name: &str,
    body: impl FnOnce(&mut AddressSpace, Addr, i64) -> Result<T, CommandError>,
) -> Result<T, CommandError> {
    let text = str::name(m, name)?;
    let hash = crate::runtime::hash::of_text(m, text)?;
    let done = body(m, text, hash);
    refcount::decref(m, text, Addr::NULL)?;
    done
}

pub(super) fn bind(m: &mut AddressSpace, name: &str, obj: Addr) -> Result<(), CommandError> {
    let namespace = roots::namespace(m)?;
    with_name(m, name, |m, text, hash| Ok(dict::set_item(m, namespace, text, hash, obj)?))
}

pub(super) fn unbind(m: &mut AddressSpace, name: &str) -> Result<(), CommandError> {
    let namespace = roots::namespace(m)?;
    let was_bound = with_name(m, name, |m, text, hash| Ok(dict::delete_item(m, namespace, text, hash)?))?;
    if was_bound { Ok(()) } else { Err(Problem::UnboundName(name.owned()).refused()) }
}

pub(super) fn names(m: &AddressSpace) -> Result<Vec<(String, Addr)>, CommandError> {
    let items = crate::object::dict::items(m, roots::namespace(m)?)?;
    items.into_iter().map(|item| Ok((crate::object::str::value(m, item.key)?, item.value))).try_gather()
}

/// Why `obj` has no such place: its type is immutable, or has none of these.
fn no_such_place(m: &AddressSpace, obj: Addr, place: &At) -> Result<CommandError, CommandError> {
    let type_name = type_name(m, obj)?;
    Ok(match (Kind::of(m, obj)?, place) {
        (Kind::Tuple, At::Append | At::Index(_)) | (Kind::Str | Kind::Bytes | Kind::Int | Kind::Float, _) => {
            Problem::Immutable(type_name).refused()
        }
        (Kind::Set, At::Member) => Problem::Immutable(type_name).refused(),
        _ => Problem::NoSuchPlace { type_name, place: place.what() }.refused(),
    })
}

fn is_mutable_set(m: &AddressSpace, obj: Addr) -> Result<bool, Fault> {
    Ok(type_of(m, obj)? == TypeId::Set.addr())
}

fn existing_index(m: &AddressSpace, list: Addr, index: u64) -> Result<u64, CommandError> {
    let len = list_layout::len(m, list)?;
    if index < len { Ok(index) } else { Err(Problem::IndexOutOfRange { index, len }.refused()) }
}

/// Instances with a dict, values or `__slots__`, and modules. Attributes of classes and functions are left to programs.
fn can_have_attributes(m: &AddressSpace, obj: Addr, kind: Kind) -> Result<bool, Fault> {
    Ok(match kind {
        Kind::Module => true,
        Kind::Instance => instance::dict_slot(m, obj)?.is_some() || !instance::member_slots(m, obj)?.is_empty(),
        _ => false,
    })
}

/// The slot that `__slots__` gives a name. It comes before the dict, as its descriptor is a data descriptor.
fn member_slot(m: &AddressSpace, obj: Addr, kind: Kind, name: &str) -> Result<Option<Addr>, Fault> {
    if kind != Kind::Instance {
        return Ok(None);
    }
    instance::member_slot(m, obj, name)
}

/// Whether a descriptor of the type answers for this name, so that it is not kept with the other attributes.
fn has_descriptor(m: &AddressSpace, obj: Addr, kind: Kind, name: &str) -> Result<bool, Fault> {
    Ok(match name {
        "__class__" => true,
        "__dict__" => kind == Kind::Module || instance::dict_slot(m, obj)?.is_some(),
        "__weakref__" => kind == Kind::Instance && tp::WEAKLISTOFFSET.read(m, type_of(m, obj)?)? != 0,
        _ => false,
    })
}

fn not_through_descriptor(m: &AddressSpace, obj: Addr, kind: Kind, name: &str) -> Result<(), CommandError> {
    if has_descriptor(m, obj, kind, name)? {
        let why = format!("{name} is not kept as other attributes are: it cannot be set or deleted here.");
        return Err(Problem::BadValue(why).refused());
    }
    Ok(())
}

fn set_attribute(m: &mut AddressSpace, obj: Addr, kind: Kind, name: &str, to: Addr) -> Result<(), CommandError> {
    if let Some(slot) = member_slot(m, obj, kind, name)? {
        return Ok(refcount::replace(m, slot, to)?);
    }
    not_through_descriptor(m, obj, kind, name)?;
    let was_set = with_name(m, name, |m, text, hash| {
        if kind == Kind::Module {
            let namespace = module::MD_DICT.read(m, obj)?;
            dict::set_item(m, namespace, text, hash, to)?;
            return Ok(true);
        }
        Ok(attributes::set(m, obj, text, hash, to)?)
    })?;
    if was_set { Ok(()) } else { Err(Problem::NoSuchAttribute(name.owned()).refused()) }
}

fn delete_attribute(m: &mut AddressSpace, obj: Addr, kind: Kind, name: &str) -> Result<(), CommandError> {
    let missing = || Problem::NoSuchAttribute(name.owned()).refused();
    if let Some(slot) = member_slot(m, obj, kind, name)? {
        if m.read::<Addr>(slot)?.is_null() {
            return Err(missing());
        }
        return Ok(refcount::clear(m, slot)?);
    }
    not_through_descriptor(m, obj, kind, name)?;
    let was_set = with_name(m, name, |m, text, hash| {
        if kind == Kind::Module {
            let namespace = module::MD_DICT.read(m, obj)?;
            return Ok(dict::delete_item(m, namespace, text, hash)?);
        }
        Ok(attributes::delete(m, obj, text, hash)?)
    })?;
    if was_set { Ok(()) } else { Err(missing()) }
}

pub(super) fn link(m: &mut AddressSpace, from: Addr, place: &At, to: Addr) -> Result<(), CommandError> {
    let kind = Kind::of(m, from)?;
    match (kind, place) {
        (Kind::List, At::Append) => Ok(list::append(m, from, to)?),
        (Kind::List, At::Index(index)) => {
            let index = existing_index(m, from, *index)?;
            Ok(list::set_item(m, from, index, to)?)
        }
        (Kind::Dict, At::Key(key)) => {
            let hash = hash(m, *key)?;
            Ok(dict::set_item(m, from, *key, hash, to)?)
        }
        (Kind::Set, At::Member) if is_mutable_set(m, from)? => {
            let hash = hash(m, to)?;
            set::add(m, from, to, hash)?;
            Ok(())
        }
        (Kind::Cell, At::Cell) => Ok(refcount::replace(m, cell::OB_REF.at(from), to)?),
        (_, At::Attribute(name)) if can_have_attributes(m, from, kind)? => set_attribute(m, from, kind, name, to),
        _ => Err(no_such_place(m, from, place)?),
    }
}

pub(super) fn unlink(m: &mut AddressSpace, from: Addr, place: &At) -> Result<(), CommandError> {
    let kind = Kind::of(m, from)?;
    match (kind, place) {
        (Kind::List, At::Append) => {
            let len = list_layout::len(m, from)?;
            let last = len.checked_sub(1).ok_or_else(|| Problem::IndexOutOfRange { index: 0, len }.refused())?;
            Ok(list::delete_item(m, from, last)?)
        }
        (Kind::List, At::Index(index)) => {
            let index = existing_index(m, from, *index)?;
            Ok(list::delete_item(m, from, index)?)
        }
        (Kind::Dict, At::Key(key)) => {
            let hash = hash(m, *key)?;
            if dict::delete_item(m, from, *key, hash)? {
                Ok(())
            } else {
                Err(Problem::NoSuchKey(repr(m, *key, QUOTED)?).refused())
            }
        }
        (Kind::Cell, At::Cell) if cell::OB_REF.read(m, from)?.is_null() => Err(Problem::EmptyCell.refused()),
        (Kind::Cell, At::Cell) => Ok(refcount::clear(m, cell::OB_REF.at(from))?),
        (_, At::Attribute(name)) if can_have_attributes(m, from, kind)? => delete_attribute(m, from, kind, name),
        _ => Err(no_such_place(m, from, place)?),
    }
}

pub(super) fn unlink_member(m: &mut AddressSpace, from: Addr, member: Addr) -> Result<(), CommandError> {
    if !is_mutable_set(m, from)? {
        return Err(no_such_place(m, from, &At::Member)?);
    }
    // `set_remove` looks for a set as a frozenset, which is what a member equal to it is.
    let hash = if is_mutable_set(m, member)? { crate::runtime::hash::of_members(m, member)? } else { hash(m, member)? };
    if set::discard(m, from, member, hash)? { Ok(()) } else { Err(Problem::NoSuchMember(repr(m, member, QUOTED)?).refused()) }
}

pub(super) fn places(m: &AddressSpace, from: Addr) -> Result<Places, CommandError> {
    let kind = Kind::of(m, from)?;
    Ok(Places {
        append: kind == Kind::List,
        indices: if kind == Kind::List { list_layout::len(m, from)? } else { 0 },
        keyed: kind == Kind::Dict,
        attribute: can_have_attributes(m, from, kind)?,
        member: is_mutable_set(m, from)?,
        cell: kind == Kind::Cell,
    })
}
