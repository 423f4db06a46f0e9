//! Names for readers: of objects in a few words, of slots as one would write them in Python.

use super::{Family, Role};
use crate::heap::{CommandError, roots, type_name};
use crate::ids::gather::Grow as _;
use crate::ids::text::{Owned as _, cat};
use crate::ids::{Addr, sort};
use crate::mem::{AddressSpace, Fault};
use crate::object::head::{OB_TYPE, is_static_type, type_of};
use crate::object::{self, Kind, dict, instance, list, tuple};
use crate::runtime::interp;

/// How many characters of a value a picture shows.
pub(super) const VALUE_CHARS: usize = 40;
/// How many characters of a key a label or a sentence shows.
const KEY_CHARS: usize = 24;

/// Colour and shape of an object.
pub(super) fn family(kind: Kind) -> Family {
    match kind {
        Kind::Int | Kind::Float | Kind::Complex => Family::Number,
        Kind::Str => Family::Text,
        Kind::Bytes | Kind::ByteArray => Family::Bytes,
        Kind::List | Kind::Tuple => Family::Sequence,
        Kind::Dict => Family::Mapping,
        Kind::Set => Family::Set,
        Kind::Instance | Kind::Plain => Family::Instance,
        Kind::Type => Family::Class,
        Kind::Function | Kind::Method | Kind::Cell | Kind::Code | Kind::Generator | Kind::BuiltinFunction => Family::Callable,
        _ => Family::Other,
    }
}

/// What a box says under its type: `repr`, or for containers how much they hold.
pub(super) fn value(m: &AddressSpace, obj: Addr, kind: Kind) -> Result<String, Fault> {
    let counted = |n: u64, one: &str, more: &str| format!("{n} {}", if n == 1 { one } else { more });
    Ok(match kind {
        Kind::List => counted(list::len(m, obj)?, "item", "items"),
        Kind::Tuple => counted(tuple::len(m, obj)?, "item", "items"),
        Kind::Dict => counted(dict::len(m, obj)?, "entry", "entries"),
        Kind::Set => counted(object::set::len(m, obj)?, "member", "members"),
        _ => object::repr(m, obj, VALUE_CHARS)?,
    })
}

/// An object in a few words, where it is not drawn: `int 5`, `type list`.
///
/// # Errors
/// A fault if there is no object.
pub fn in_a_word(m: &AddressSpace, obj: Addr) -> Result<String, CommandError> {
    let name = type_name(m, obj)?;
    let kind = Kind::of(m, obj)?;
    if let Some(own) = object::own_name(m, obj)? {
        let word = if kind == Kind::Type && !is_static_type(obj) { "class" } else { &name };
        return Ok(if word == own { own } else { cat(&[word, " ", &own]) });
    }
    let value = value(m, obj, kind)?;
    let says_all = matches!(value.as_str(), "None" | "True" | "False" | "Ellipsis" | "NotImplemented") && name != "str";
    Ok(if says_all { value } else { cat(&[&name, " ", &value]) })
}

/// The namespaces of the interpreter, which no number of their own tells apart.
pub(super) fn namespace(m: &AddressSpace, obj: Addr) -> Result<Option<&'static str>, Fault> {
    Ok(match obj {
        _ if obj == roots::namespace(m)? => Some("the namespace of __main__"),
        _ if obj == interp::builtins(m)? => Some("the namespace of builtins"),
        _ => None,
    })
}

/// An object as sentences call it: `list #3`, `class Node #5`, `None`.
///
/// # Errors
/// A fault if there is no object.
pub fn called(m: &AddressSpace, obj: Addr) -> Result<String, CommandError> {
    if let Some(name) = namespace(m, obj)? {
        return Ok(name.owned());
    }
    let kind = Kind::of(m, obj)?;
    Ok(match m.births.at(obj) {
        Some(serial) if !serial.is_of_startup() => {
            let (class, tp) = if kind == Kind::Type { ("class ", obj) } else { ("", type_of(m, obj)?) };
            format!("{class}{} {serial}", object::type_name(m, tp)?)
        }
        _ if kind == Kind::Tuple && tuple::len(m, obj)? == 0 => "tuple ()".owned(),
        _ => in_a_word(m, obj)?,
    })
}

/// A key as it stands in brackets: its `repr`, or where that is only an address, what the key is called.
///
/// # Errors
/// A fault if there is no object.
pub fn key_text(m: &AddressSpace, key: Addr) -> Result<String, CommandError> {
    let text = object::repr(m, key, KEY_CHARS)?;
    if text.starts_with('<') { called(m, key) } else { Ok(text) }
}

/// The slots of one object and how a reader would write each after the object's name.
#[derive(Default)]
pub(super) struct SlotLabels {
    named: Vec<(Addr, Role, String)>,
}

impl SlotLabels {
    /// Prepares the labels of `obj`.
    pub(super) fn of(m: &AddressSpace, obj: Addr, kind: Kind) -> Result<SlotLabels, CommandError> {
        let mut named = Vec::new();
        match kind {
            Kind::Dict => {
                for item in dict::items(m, obj)? {
                    let key = key_text(m, item.key)?;
                    named.add((item.value_slot, Role::Value(m.births.at(item.key)), cat(&["[", &key, "]"])));
                    named.add((item.key_slot, Role::Key, cat(&["key ", &key])));
                }
            }
            Kind::Instance => {
                for (slot, name) in instance::named_slots(m, obj)? {
                    named.add((slot, Role::Attribute, cat(&[".", &name])));
                }
                if let Some(slot) = instance::dict_slot(m, obj)? {
                    named.add((slot, Role::Dict, ".__dict__".owned()));
                }
            }
            Kind::Type => {
                if let Some((table, _)) = object::type_object::cached_keys_block(m, obj)? {
                    let keys = object::keys::Keys::load(m, table)?;
                    for ix in 0..keys.nentries(m)? {
                        let key = object::repr(m, keys.key(m, ix)?, KEY_CHARS)?;
                        named.add((keys.key_at(ix), Role::Field, cat(&["shared key ", &key])));
                    }
                }
            }
            _ => {}
        }
        if !matches!(kind, Kind::List | Kind::Tuple | Kind::Set | Kind::Cell | Kind::Dict) {
            named.append(&mut super::fields::field_names(m, obj)?);
        }
        sort::by_key(&mut named, |(slot, ..)| slot.0);
        Ok(SlotLabels { named })
    }

    /// What one slot is, and its label.
    pub(super) fn label(&self, m: &AddressSpace, obj: Addr, kind: Kind, slot: Addr) -> Result<(Role, String), Fault> {
        if slot == OB_TYPE.at(obj) {
            return Ok((Role::Type, "type".owned()));
        }
        let item = |first: Addr| {
            let index = slot.0.wrapping_sub(first.0) / 8;
            (Role::Item(index), format!("[{index}]"))
        };
        Ok(match kind {
            Kind::List => item(list::OB_ITEM.read(m, obj)?),
            Kind::Tuple => item(tuple::slot(m, obj, 0)),
            Kind::Set => (Role::Member, "member".owned()),
            Kind::Cell => (Role::Contents, "contents".owned()),
            _ => match self.named.binary_search_by_key(&slot, |(at, ..)| *at).ok().and_then(|at| self.named.get(at)) {
                Some((_, role, label)) => (*role, label.clone()),
                None => (Role::Field, "word".owned()),
            },
        })
    }
}
