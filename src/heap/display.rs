//! What `[a, b]`, `(a, b)`, `{a, b}` and `{a: b}` do. One instruction makes a short one from the items on the stack. A long one
//! the compiler makes empty and fills item by item, so that a long list has room for more. Source: 3.13 Python/compile.c
//! (`starunpack_helper`, `compiler_dict`), 3.14 Python/codegen.c.

use super::{CommandError, link};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::AddressSpace;
use crate::object::head::type_of;
use crate::pymalloc;
use crate::runtime::{dict, list, refcount, set, tuple};

/// A display with at most this many objects is made from the stack.
const STACK_USE_GUIDELINE: usize = 30;
/// A longer dict display is made of dicts of this many pairs, which are merged.
const PAIRS_AT_ONCE: usize = STACK_USE_GUIDELINE / 2 + 2;
/// From 3.14 on, more objects of the stack than this are first copied to a block of their own. Source: 3.14
/// Python/ceval_macros.h.
const MAX_STACKREF_SCRATCH: u64 = 10;

/// `[a, b, ...]`
pub(super) fn list(m: &mut AddressSpace, items: &[Addr]) -> Result<Addr, CommandError> {
    if items.len() <= STACK_USE_GUIDELINE {
        return Ok(list::new(m, items)?);
    }
    Ok(list::appended(m, items)?)
}

/// `(a, b, ...)`; a long one was a list first.
pub(super) fn tuple(m: &mut AddressSpace, items: &[Addr]) -> Result<Addr, CommandError> {
    if items.len() <= STACK_USE_GUIDELINE {
        return Ok(tuple::packed(m, items)?);
    }
    let list = list(m, items)?;
    let tuple = tuple::new(m, items)?;
    refcount::decref(m, list, Addr::NULL)?;
    Ok(tuple)
}

/// `{a, b, ...}`
pub(super) fn set(m: &mut AddressSpace, members: &[Addr]) -> Result<Addr, CommandError> {
    let set = set::new(m, TypeId::Set)?;
    fill(m, set, members)?;
    Ok(set)
}

/// `frozenset((a, b, ...))`
pub(super) fn frozen_set(m: &mut AddressSpace, members: &[Addr]) -> Result<Addr, CommandError> {
    let set = set::new(m, TypeId::FrozenSet)?;
    fill(m, set, members)?;
    set::frozen(m, set)?;
    Ok(set)
}

/// Each member is hashed when it is added: the hash of a range makes a tuple.
fn fill(m: &mut AddressSpace, set: Addr, members: &[Addr]) -> Result<(), CommandError> {
    for &member in members {
        let hash = link::hash(m, member)?;
        set::add(m, set, member, hash)?;
    }
    Ok(())
}

/// `{a: b, ...}`
pub(super) fn dict(m: &mut AddressSpace, keys_and_values: &[Addr]) -> Result<Addr, CommandError> {
    let mut parts = keys_and_values.as_chunks::<2>().0.chunks(PAIRS_AT_ONCE);
    let dict = part(m, parts.next().unwrap_or_default())?;
    for pairs in parts {
        let more = part(m, pairs)?;
        dict::update(m, dict, more)?;
        refcount::decref(m, more, Addr::NULL)?;
    }
    Ok(dict)
}

/// `BUILD_MAP` from the stack, presized, or empty and then `MAP_ADD`.
fn part(m: &mut AddressSpace, pairs: &[[Addr; 2]]) -> Result<Addr, CommandError> {
    if 2 * pairs.len() > STACK_USE_GUIDELINE {
        let dict = dict::new(m)?;
        return insert(m, dict, pairs);
    }
    let mut unicode = true;
    for &[key, _] in pairs {
        unicode &= type_of(m, key)? == TypeId::Str.addr();
    }
    // `STACKREFS_TO_PYOBJECTS`
    let on_stack = 2 * pairs.len() as u64;
    let copies = m.profile.features.map_copies_stack && on_stack > MAX_STACKREF_SCRATCH;
    let copy = if copies { Some(pymalloc::malloc(m, (on_stack + 1) * 8)?) } else { None };
    let dict = dict::new_presized(m, pairs.len() as u64, unicode)?;
    insert(m, dict, pairs)?;
    copy.map_or(Ok(()), |copy| pymalloc::free(m, copy))?;
    Ok(dict)
}

fn insert(m: &mut AddressSpace, dict: Addr, pairs: &[[Addr; 2]]) -> Result<Addr, CommandError> {
    for &[key, value] in pairs {
        let hash = link::hash(m, key)?;
        dict::set_item(m, dict, key, hash, value)?;
    }
    Ok(dict)
}
