//! What stands at the start of every object, and in front of those that the collector knows.
//!
//! ```text
//!  -32        -24         -16         -8           0            8          16
//!   +----------+-----------+-----------+------------+------------+----------+------
//!   |   pre-header: see    | _gc_next  |  _gc_prev  | ob_refcnt  | ob_type  | ob_size or the
//!   |   `abi::ManagedDict` |           |            |            |          | type's own fields
//!   +----------+-----------+-----------+------------+------------+----------+------
//!    managed types only      GC types only            <- id(x)
//! ```

use crate::abi::{RefcountWord, TypeId};
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault, Field};

/// `ob_refcnt`, the whole word; see [`RefcountWord`] for what its bits mean.
pub const OB_REFCNT: Field<u64> = Field::new("ob_refcnt", 0);
/// `ob_type`
pub const OB_TYPE: Field<Addr> = Field::new("ob_type", 8);
/// `ob_size` of `PyVarObject`s
pub const OB_SIZE: Field<i64> = Field::new("ob_size", 16);
/// Bytes of `PyObject`.
pub const OBJECT_BYTES: u64 = 16;

/// `tp_flags`: has a GC head. Source: Include/object.h.
pub const HAVE_GC: u64 = 1 << 14;
/// `tp_flags`: attribute values lie behind the object (3.13 on).
pub const INLINE_VALUES: u64 = 1 << 2;
/// `tp_flags`: the weakref list is in the pre-header (3.12 on).
pub const MANAGED_WEAKREF: u64 = 1 << 3;
/// `tp_flags`: the dict is in the pre-header.
pub const MANAGED_DICT: u64 = 1 << 4;
/// `tp_flags`: allows subclasses.
pub const BASETYPE: u64 = 1 << 10;
/// `tp_flags`: `PyType_Ready` is done.
pub const READY: u64 = 1 << 12;
/// `tp_flags`: made at run time, counted by its instances.
pub const HEAPTYPE: u64 = 1 << 9;
/// Bytes of the two words that managed types have in front of the GC head.
pub const MANAGED_BYTES: u64 = 16;

/// Fields of type objects that lie at the same offsets in all releases.
pub mod tp {
    use super::{Addr, Field};
    /// `tp_name`
    pub const NAME: Field<Addr> = Field::new("tp_name", 24);
    /// `tp_basicsize`
    pub const BASICSIZE: Field<u64> = Field::new("tp_basicsize", 32);
    /// `tp_itemsize`
    pub const ITEMSIZE: Field<u64> = Field::new("tp_itemsize", 40);
    /// `tp_flags`
    pub const FLAGS: Field<u64> = Field::new("tp_flags", 168);
    /// `tp_weaklistoffset`: negative for the word in the pre-header (3.12 on).
    pub const WEAKLISTOFFSET: Field<u64> = Field::new("tp_weaklistoffset", 208);
    /// `tp_base`
    pub const BASE: Field<Addr> = Field::new("tp_base", 256);
    /// `tp_dictoffset`: negative if managed or counted from the end.
    pub const DICTOFFSET: Field<i64> = Field::new("tp_dictoffset", 288);
}

/// The type object of `obj`.
///
/// # Errors
/// A fault if there is no object.
#[inline]
pub fn type_of(m: &AddressSpace, obj: Addr) -> Result<Addr, Fault> {
    OB_TYPE.read(m, obj)
}

/// `tp_flags` of a type object.
///
/// # Errors
/// A fault if there is no type object.
#[inline]
pub fn type_flags(m: &AddressSpace, tp: Addr) -> Result<u64, Fault> {
    tp::FLAGS.read(m, tp)
}

/// Whether `tp` is a static type.
#[must_use]
#[inline]
pub fn is_static_type(tp: Addr) -> bool {
    crate::abi::space::is_static(tp)
}

/// The static type that `tp` is or derives from.
///
/// # Errors
/// A fault if there is no type object.
pub fn native_type(m: &AddressSpace, tp: Addr) -> Result<TypeId, Fault> {
    let mut at = tp;
    while !is_static_type(at) {
        at = tp::BASE.read(m, at)?;
    }
    TypeId::at(at).ok_or_else(|| Fault::Corrupt(tp, "type"))
}

/// `PyObject_IS_GC`: whether `obj` has a GC head. Static type objects have none though their type's flag is set.
///
/// # Errors
/// A fault if there is no object.
#[inline]
pub fn is_gc(m: &AddressSpace, obj: Addr) -> Result<bool, Fault> {
    let tp = type_of(m, obj)?;
    Ok(type_flags(m, tp)? & HAVE_GC != 0 && !(tp == TypeId::Type.addr() && is_static_type(obj)))
}

/// Bytes in front of objects of a type with these flags. Source: Include/internal/pycore_object.h:`_PyType_PreHeaderSize`.
#[must_use]
pub const fn preheader_bytes(flags: u64) -> u64 {
    let managed = if flags & (MANAGED_DICT | MANAGED_WEAKREF) != 0 { MANAGED_BYTES } else { 0 };
    let gc = if flags & HAVE_GC != 0 { super::gc_head::GC_HEAD_BYTES } else { 0 };
    managed + gc
}

/// The count as Python code sees it (`sys.getrefcount` less its argument): the low half from 3.12 on.
#[must_use]
#[inline]
pub const fn count_of(word: RefcountWord, bits: u64) -> u64 {
    match word {
        RefcountWord::Plain => bits,
        RefcountWord::Low32 | RefcountWord::Flags => bits & 0xffff_ffff,
    }
}

/// Masks of the bits in a count's word: those that make the object immortal, and those that count. [`is_immortal_word`] and
/// [`count_of`] without a branch, for loops.
#[must_use]
#[inline(always)]
pub const fn count_masks(word: RefcountWord) -> (u64, u64) {
    match word {
        RefcountWord::Plain => (0, u64::MAX),
        RefcountWord::Low32 | RefcountWord::Flags => (1 << 31, 0xffff_ffff),
    }
}

/// `_Py_IsImmortal`. Source: 3.12 Include/object.h, 3.15 Include/refcount.h.
#[must_use]
#[inline]
pub const fn is_immortal_word(word: RefcountWord, bits: u64) -> bool {
    match word {
        RefcountWord::Plain => false,
        RefcountWord::Low32 | RefcountWord::Flags => bits & 0x8000_0000 != 0,
    }
}

/// The reference count of `obj`, `None` if it is immortal.
///
/// # Errors
/// A fault if there is no object.
pub fn refcount(m: &AddressSpace, obj: Addr) -> Result<Option<u64>, Fault> {
    let (word, bits) = (m.profile.refcount, OB_REFCNT.read(m, obj)?);
    Ok((!is_immortal_word(word, bits)).then_some(count_of(word, bits)))
}
