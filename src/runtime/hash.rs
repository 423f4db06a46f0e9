//! `PyObject_Hash`: computes, and caches where CPython does: str, bytes, frozenset, from 3.14 on tuple.

use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::hash::{Sequence, Unordered, of_address, of_bytes, of_complex, of_float, of_int};
use crate::object::method::{IM_FUNC, IM_SELF};
use crate::object::{Kind, bytes, float, head, int, range, set, singleton, slice, str, tuple, weakref};
use crate::runtime::refcount;

/// Why there is no hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashError {
    /// This object, perhaps deep inside, has none, and why: `TypeError`, or what CPython takes it from is not modelled.
    Unhashable(Addr, &'static str),
    /// The bytes are not sound.
    Fault(Fault),
}

impl From<Fault> for HashError {
    fn from(fault: Fault) -> Self {
        HashError::Fault(fault)
    }
}

/// None from 3.12 on. Source: Objects/object.c:`none_hash`.
const NONE_HASH: i64 = 0xfca8_6420;

/// Why lists and the like have no hash.
const CHANGES: &str = "it can change";
/// Why a weak reference that was never asked has none. Source: Objects/weakrefobject.c:`weakref_hash_lock_held`.
const GONE: &str = "what it referred to is gone";
/// Code is hashed by its contents, a builtin function by the address of its C function.
const NOT_MODELLED: &str = "what CPython makes it from is not modelled";

/// A tuple or slice whose items are being hashed. Frames stand for the C stack, so that depth costs no host stack.
struct Frame {
    obj: Addr,
    is_tuple: bool,
    first: Addr,
    done: u64,
    len: u64,
    acc: Sequence,
}

/// `hash(obj)`
///
/// # Errors
/// [`HashError::Unhashable`].
pub fn hash(m: &mut AddressSpace, obj: Addr) -> Result<i64, HashError> {
    let mut frames: Vec<Frame> = Vec::new();
    let mut at = obj;
    loop {
        let mut known = match leaf(m, at)? {
            Leaf::Hash(hash) => Some(hash),
            Leaf::Items(frame) => {
                frames.push(frame);
                None
            }
        };
        // A hash goes into that of the sequence around it, and so on outwards, until a sequence has another item.
        at = loop {
            if let Some(hash) = known {
                let Some(frame) = frames.last_mut() else { return Ok(hash) };
                frame.acc.push(hash);
            }
            match next_item(m, &mut frames)? {
                Step::Item(item) => break item,
                Step::Done(whole) => known = Some(whole),
            }
        };
    }
}

enum Step {
    Item(Addr),
    Done(i64),
}

/// The next item of the innermost sequence; behind the last one the sequence's hash, and the sequence is done.
fn next_item(m: &mut AddressSpace, frames: &mut Vec<Frame>) -> Result<Step, Fault> {
    let Some(frame) = frames.last_mut() else { return Ok(Step::Done(0)) };
    if frame.done < frame.len {
        frame.done += 1;
        return Ok(Step::Item(m.read(frame.first.offset((frame.done - 1) * 8))?));
    }
    let hash = if frame.is_tuple { frame.acc.tuple(frame.len) } else { frame.acc.slice() };
    if frame.is_tuple && tuple::has_hash(m) {
        tuple::OB_HASH.write(m, frame.obj, hash)?;
    }
    frames.pop();
    Ok(Step::Done(hash))
}

enum Leaf {
    Hash(i64),
    Items(Frame),
}

fn leaf(m: &mut AddressSpace, obj: Addr) -> Result<Leaf, HashError> {
    let items = |is_tuple, first, len| Leaf::Items(Frame { obj, is_tuple, first, done: 0, len, acc: Sequence::default() });
    Ok(Leaf::Hash(match Kind::native(m, obj)? {
        Kind::Str => of_text(m, obj)?,
        Kind::Int => of_int(&int::value(m, obj)?),
        Kind::Float => of_float(float::OB_FVAL.read(m, obj)?, obj),
        Kind::Complex => of_complex(float::REAL.read(m, obj)?, float::IMAG.read(m, obj)?, obj),
        Kind::Bytes => of_bytes_object(m, obj)?,
        Kind::Tuple => {
            let cached = if tuple::has_hash(m) { tuple::OB_HASH.read(m, obj)? } else { -1 };
            if cached == -1 {
                return Ok(items(true, tuple::slot(m, obj, 0), tuple::len(m, obj)?));
            }
            cached
        }
        Kind::Slice if m.profile.features.slice_hash => return Ok(items(false, slice::START.at(obj), 3)),
        Kind::Range => of_range(m, obj)?,
        Kind::Set if head::native_type(m, head::type_of(m, obj)?)? == TypeId::FrozenSet => of_frozenset(m, obj)?,
        Kind::Method => {
            let hash = of_address(IM_SELF.read(m, obj)?) ^ of_address(IM_FUNC.read(m, obj)?);
            if hash == -1 { -2 } else { hash }
        }
        Kind::WeakRef => of_weakref(m, obj)?,
        Kind::List | Kind::Dict | Kind::Set | Kind::ByteArray | Kind::Slice | Kind::MappingProxy | Kind::Cell => {
            return Err(HashError::Unhashable(obj, CHANGES));
        }
        Kind::Code | Kind::BuiltinFunction => return Err(HashError::Unhashable(obj, NOT_MODELLED)),
        _ => of_plain(m, obj),
    }))
}

fn of_plain(m: &AddressSpace, obj: Addr) -> i64 {
    if obj == singleton::NONE && m.profile.features.none_hash_constant { NONE_HASH } else { of_address(obj) }
}

/// `hash(text)`, cached in the string.
///
/// # Errors
/// A fault if there is no string.
pub fn of_text(m: &mut AddressSpace, text: Addr) -> Result<i64, Fault> {
    let cached = str::HASH.read(m, text)?;
    if cached != -1 {
        return Ok(cached);
    }
    let hash = of_bytes(&str::stored(m, text, u64::MAX)?);
    str::HASH.write(m, text, hash)?;
    Ok(hash)
}

fn of_bytes_object(m: &mut AddressSpace, obj: Addr) -> Result<i64, Fault> {
    let cached = bytes::OB_SHASH.read(m, obj)?;
    if cached != -1 {
        return Ok(cached);
    }
    let hash = of_bytes(&bytes::value(m, obj, u64::MAX)?);
    bytes::OB_SHASH.write(m, obj, hash)?;
    Ok(hash)
}

/// That of the tuple (length, start or None, step or None), which is made for it. Source: Objects/rangeobject.c:`range_hash`.
fn of_range(m: &mut AddressSpace, range: Addr) -> Result<i64, Fault> {
    let mut parts = [range::LENGTH.read(m, range)?, singleton::NONE, singleton::NONE];
    let length = int::value(m, parts[0])?.to_i64();
    for ((part, field), least) in parts.iter_mut().skip(1).zip([range::START, range::STEP]).zip(1..) {
        if length.is_none_or(|n| n >= least) {
            *part = field.read(m, range)?;
        }
    }
    let mut acc = Sequence::default();
    for part in parts {
        acc.push(if part == singleton::NONE { of_plain(m, part) } else { of_int(&int::value(m, part)?) });
    }
    let hash = acc.tuple(3);
    let made = super::tuple::new(m, &parts)?;
    if tuple::has_hash(m) {
        tuple::OB_HASH.write(m, made, hash)?;
    }
    refcount::decref(m, made, Addr::NULL)?;
    Ok(hash)
}

/// That of what it refers to, from the first time on; a dead one that was never asked has none.
fn of_weakref(m: &mut AddressSpace, reference: Addr) -> Result<i64, HashError> {
    let (mut known, referent) = (weakref::HASH.read(m, reference)?, weakref::WR_OBJECT.read(m, reference)?);
    if known == -1 {
        if referent == singleton::NONE {
            return Err(HashError::Unhashable(reference, GONE));
        }
        known = hash(m, referent)?;
        weakref::HASH.write(m, reference, known)?;
    }
    Ok(known)
}

fn of_frozenset(m: &mut AddressSpace, frozen: Addr) -> Result<i64, Fault> {
    let mut hash = set::HASH.read(m, frozen)?;
    if hash == -1 {
        hash = of_members(m, frozen)?;
        set::HASH.write(m, frozen, hash)?;
    }
    Ok(hash)
}

/// What a frozenset of these members hashes to.
///
/// # Errors
/// A fault if there is no set.
pub fn of_members(m: &AddressSpace, set: Addr) -> Result<i64, Fault> {
    let (mut acc, mut position) = (Unordered::default(), 0);
    while let Some(entry) = set::next(m, set, &mut position)? {
        acc.push(entry.hash);
    }
    Ok(acc.frozenset(set::len(m, set)?))
}
