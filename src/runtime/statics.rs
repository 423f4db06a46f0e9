//! Objects in static data, as they are at the end of start-up. In 3.11 they are counted too: their counts begin with
//! `static_refcnt`, for which there is no slot. References that static objects hold to each other (`ob_type`, `tp_base`) are not
//! counted.
//!
//! Type objects have their name, sizes, flags, offsets and base, and stand-ins for C functions and structures. `tp_dict`,
//! `tp_mro`, `tp_bases`, `tp_cache`, `tp_subclasses` and `tp_weaklist` are NULL: CPython makes their objects at start-up, and no
//! operation here reads them. `tp_version_tag` is 0: it depends on which attributes were looked up.

use super::{bytes, hash, int, interned, interned::How, standin, str};
use crate::abi::{TypeId, TypeRow, space};
use crate::ids::Addr;
use crate::ids::gather::Gather as _;
use crate::mem::{AddressSpace, Fault, Field};
use crate::object::hash::Sequence;
use crate::object::head::{OB_REFCNT, OB_TYPE, tp};
use crate::object::int::{SMALL_INT_MIN, Value, small};
use crate::object::str::{STATE, STATIC_OR_READY, latin1, utf8, utf8_length};
use crate::object::{bytes as bytes_layout, singleton, tuple};

const TP_VECTORCALL_OFFSET: Field<u64> = Field::new("tp_vectorcall_offset", 56);
/// In a static latin-1 string's stride, behind the string: its UTF-8 form (3.12 on).
const UTF8_OFFSET: u64 = 80;

/// Static objects are at least this many bytes apart.
const STATIC_STEP: u64 = 16;

/// Writes all of them.
pub(super) fn write_all(m: &mut AddressSpace) -> Result<(), Fault> {
    for row in TypeId::ALL {
        type_object(m, row)?;
    }
    singletons(m)?;
    for n in SMALL_INT_MIN..=m.profile.small_int_max {
        if let Some(at) = small(m, n) {
            object(m, at, TypeId::Int)?;
            int::write(m, at, &Value::from(n), true)?;
        }
    }
    for byte in 0..=u8::MAX {
        let at = bytes_layout::one(byte);
        object(m, at, TypeId::Bytes)?;
        bytes::write(m, at, &[byte])?;
    }
    interned::initialize(m)?;
    strings(m)
}

fn object(m: &mut AddressSpace, at: Addr, tp: TypeId) -> Result<(), Fault> {
    m.record_birth(at, 0, STATIC_STEP);
    OB_REFCNT.write(m, at, m.profile.static_refcnt)?;
    OB_TYPE.write(m, at, tp.addr())
}

fn type_object(m: &mut AddressSpace, row: &TypeRow) -> Result<(), Fault> {
    let (at, release) = (row.id.addr(), m.profile.release);
    object(m, at, TypeId::Type)?;
    let name = space::NAMES.offset(row.id as u64 * space::NAME_STRIDE);
    m.write_bytes(name, row.name.as_bytes())?;
    tp::NAME.write(m, at, name)?;
    tp::BASICSIZE.write(m, at, row.basicsize(release))?;
    tp::ITEMSIZE.write(m, at, u64::from(row.itemsize))?;
    tp::FLAGS.write(m, at, row.flags(release))?;
    tp::DICTOFFSET.write(m, at, row.dictoffset(release).cast_signed())?;
    tp::WEAKLISTOFFSET.write(m, at, row.weaklistoffset(release))?;
    TP_VECTORCALL_OFFSET.write(m, at, row.vectorcall_offset(release))?;
    for offset in row.id.c_pointers(release) {
        m.write(at.offset(offset), standin::slot(offset))?;
    }
    if row.id == TypeId::Object { Ok(()) } else { tp::BASE.write(m, at, row.base.addr()) }
}

fn singletons(m: &mut AddressSpace) -> Result<(), Fault> {
    object(m, singleton::NONE, TypeId::NoneType)?;
    object(m, singleton::ELLIPSIS, TypeId::Ellipsis)?;
    object(m, singleton::NOT_IMPLEMENTED, TypeId::NotImplementedType)?;
    for value in [false, true] {
        object(m, singleton::bool_of(value), TypeId::Bool)?;
        // bool has no small-int flag: `_PyLong_TRUE_TAG`, `_PyLong_FALSE_TAG`.
        int::write(m, singleton::bool_of(value), &Value::from(i64::from(value)), false)?;
    }
    object(m, singleton::EMPTY_BYTES, TypeId::Bytes)?;
    bytes::write(m, singleton::EMPTY_BYTES, &[])?;
    object(m, singleton::EMPTY_TUPLE, TypeId::Tuple)?;
    if tuple::has_hash(m) {
        // `_PyTuple_HASH_EMPTY`
        tuple::OB_HASH.write(m, singleton::EMPTY_TUPLE, Sequence::default().tuple(0))?;
    }
    Ok(())
}

/// '', the one-character strings, the identifiers. From 3.13 on all are interned at start-up, before that identifiers and ''.
fn strings(m: &mut AddressSpace) -> Result<(), Fault> {
    string(m, singleton::EMPTY_STR, &[])?;
    interned::intern(m, singleton::EMPTY_STR, How::Mortal)?;
    for (index, name) in (0..).zip(m.profile.release.identifiers()) {
        let at = space::IDENTIFIERS.offset(index * space::LATIN1_STRIDE);
        let chars: Vec<u32> = name.chars().map(u32::from).gather();
        string(m, at, &chars)?;
        interned::intern(m, at, How::Mortal)?;
    }
    for c in 0..=u8::MAX {
        let at = latin1(c);
        string(m, at, &[u32::from(c)])?;
        if c >= 0x80 && m.profile.features.latin1_utf8 {
            let mut form = [0; 2];
            let form = char::from(c).encode_utf8(&mut form);
            m.write_bytes(at.offset(UTF8_OFFSET), form.as_bytes())?;
            utf8(m).write(m, at, at.offset(UTF8_OFFSET))?;
            utf8_length(m).write(m, at, 2)?;
        }
        if m.profile.features.latin1_interned {
            interned::intern(m, at, How::Mortal)?;
        }
    }
    Ok(())
}

fn string(m: &mut AddressSpace, at: Addr, chars: &[u32]) -> Result<(), Fault> {
    object(m, at, TypeId::Str)?;
    str::write(m, at, chars)?;
    let state = STATE.read(m, at)?;
    STATE.write(m, at, state | STATIC_OR_READY)?;
    if chars.is_empty() {
        hash::of_text(m, at)?;
    }
    Ok(())
}
