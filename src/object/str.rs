//! `PyASCIIObject`, `PyCompactUnicodeObject`, `PyUnicodeObject`: text with 1, 2 or 4 bytes for each character.
//!
//! ```text
//!  3.12 on                                                                     3.11
//!   0 ob_refcnt | 8 ob_type | 16 length | 24 hash | 32 state   40 data (ASCII)   40 wstr  48 data (ASCII)
//!   40 utf8_length | 48 utf8 | 56 data (others)                                  48 utf8_length  56 utf8  64 wstr_length  72 data
//!
//!   state, one byte (the three behind it are never written):
//!     7                    6       5         4 3 2     1 0
//!    +--------------------+-------+---------+---------+----------+
//!    | static; 3.11 ready | ascii | compact | 1, 2, 4 | interned |
//!    +--------------------+-------+---------+---------+----------+
//! ```
//! A subclass's instance is not compact: its characters lie in a block of their own. Source: Include/cpython/unicodeobject.h.

use super::Fault;
use crate::abi::space;
use crate::ids::Addr;
use crate::ids::gather::Gather as _;
use crate::mem::{AddressSpace, Field};

/// `length` in characters
pub const LENGTH: Field<u64> = Field::new("length", 16);
/// `hash`: -1 until asked for.
pub const HASH: Field<i64> = Field::new("hash", 24);
/// `state`: the byte that has meaning.
pub const STATE: Field<u8> = Field::new("state", 32);
/// `wstr` (3.11)
pub const WSTR: Field<Addr> = Field::new("wstr", 40);
/// `wstr_length` (3.11)
pub const WSTR_LENGTH: Field<u64> = Field::new("wstr_length", 64);

/// `state` bits 0 and 1: how the string is interned.
pub const INTERNED_MASK: u8 = 3;
/// Interned, and freed like any other object. (`SSTATE_INTERNED_MORTAL`)
pub const INTERNED_MORTAL: u8 = 1;
/// Interned for ever. (`SSTATE_INTERNED_IMMORTAL`)
pub const INTERNED_IMMORTAL: u8 = 2;
/// Interned and in static data (3.12 on). (`SSTATE_INTERNED_IMMORTAL_STATIC`)
pub const INTERNED_STATIC: u8 = 3;
/// `state` bit 5
pub const COMPACT: u8 = 1 << 5;
/// `state` bit 6
pub const ASCII: u8 = 1 << 6;
/// `state` bit 7: in static data (3.12 on); always set in 3.11 (`ready`).
pub const STATIC_OR_READY: u8 = 1 << 7;
const KIND_SHIFT: u32 = 2;

/// Bytes for each character: 1, 2 or 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CharKind {
    /// Below U+0080: one byte, in the short layout.
    Ascii,
    /// Below U+0100: one byte.
    Latin1,
    /// Below U+10000: two bytes.
    Ucs2,
    /// Four bytes.
    Ucs4,
}

impl CharKind {
    /// The narrowest kind that holds this character.
    #[must_use]
    pub const fn of(c: u32) -> CharKind {
        match c {
            0..0x80 => CharKind::Ascii,
            0x80..0x100 => CharKind::Latin1,
            0x100..0x1_0000 => CharKind::Ucs2,
            _ => CharKind::Ucs4,
        }
    }

    /// Bytes for each character.
    #[must_use]
    pub const fn char_bytes(self) -> u64 {
        match self {
            CharKind::Ascii | CharKind::Latin1 => 1,
            CharKind::Ucs2 => 2,
            CharKind::Ucs4 => 4,
        }
    }

    /// `state` of a compact string of this kind, neither interned nor static.
    #[must_use]
    pub const fn state(self, m: &AddressSpace) -> u8 {
        let (kind, ascii) = match self {
            CharKind::Ascii => (1, ASCII),
            CharKind::Latin1 => (1, 0),
            CharKind::Ucs2 => (2, 0),
            CharKind::Ucs4 => (4, 0),
        };
        kind << KIND_SHIFT | COMPACT | ascii | if m.profile.features.str_wstr { STATIC_OR_READY } else { 0 }
    }

    /// Offset of a compact string's characters.
    #[must_use]
    pub const fn data_offset(self, m: &AddressSpace) -> u64 {
        match self {
            CharKind::Ascii => m.profile.sizes.ascii_data,
            _ => m.profile.sizes.compact_data,
        }
    }
}

/// `utf8_length`; not in compact ASCII strings.
#[must_use]
pub const fn utf8_length(m: &AddressSpace) -> Field<u64> {
    Field::new("utf8_length", m.profile.sizes.utf8_length)
}

/// `utf8`: the UTF-8 form once somebody asked for it; not in compact ASCII strings.
#[must_use]
pub const fn utf8(m: &AddressSpace) -> Field<Addr> {
    Field::new("utf8", m.profile.sizes.utf8_length + 8)
}

/// `data` of a string that is not compact.
#[must_use]
pub const fn data_pointer(m: &AddressSpace) -> Field<Addr> {
    Field::new("data", m.profile.sizes.compact_data)
}

/// Which characters it has room for.
///
/// # Errors
/// A fault if there is no string.
pub fn char_kind(m: &AddressSpace, text: Addr) -> Result<CharKind, Fault> {
    let state = STATE.read(m, text)?;
    match state >> KIND_SHIFT & 7 {
        1 if state & ASCII != 0 => Ok(CharKind::Ascii),
        1 => Ok(CharKind::Latin1),
        2 => Ok(CharKind::Ucs2),
        4 => Ok(CharKind::Ucs4),
        _ => Err(Fault::Corrupt(text, "str")),
    }
}

/// `len(text)` in characters
///
/// # Errors
/// A fault if there is no string.
pub fn len(m: &AddressSpace, text: Addr) -> Result<u64, Fault> {
    LENGTH.read(m, text)
}

/// Where its characters lie. (`PyUnicode_DATA`)
///
/// # Errors
/// A fault if there is no string.
pub fn data(m: &AddressSpace, text: Addr) -> Result<Addr, Fault> {
    if STATE.read(m, text)? & COMPACT == 0 {
        return data_pointer(m).read(m, text);
    }
    Ok(text.offset(char_kind(m, text)?.data_offset(m)))
}

/// The first `at_most` characters' bytes as they are stored.
///
/// # Errors
/// A fault if there is no string.
pub fn stored(m: &AddressSpace, text: Addr, at_most: u64) -> Result<Vec<u8>, Fault> {
    let chars = len(m, text)?.min(at_most);
    super::copy_out(m, data(m, text)?, chars * char_kind(m, text)?.char_bytes())
}

/// The code points of the first `at_most` characters.
///
/// # Errors
/// A fault if there is no string.
pub fn chars(m: &AddressSpace, text: Addr, at_most: u64) -> Result<Vec<u32>, Fault> {
    let bytes = stored(m, text, at_most)?;
    Ok(match char_kind(m, text)?.char_bytes() {
        1 => bytes.into_iter().map(u32::from).gather(),
        2 => bytes.as_chunks().0.iter().map(|&c| u32::from(u16::from_le_bytes(c))).gather(),
        _ => bytes.as_chunks().0.iter().map(|&c| u32::from_le_bytes(c)).gather(),
    })
}

/// The text; a lone surrogate, which Rust's strings cannot hold, becomes U+FFFD.
///
/// # Errors
/// A fault if there is no string.
pub fn value(m: &AddressSpace, text: Addr) -> Result<String, Fault> {
    let to_char = |c| char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER);
    Ok(chars(m, text, u64::MAX)?.into_iter().map(to_char).collect())
}

/// Whether it is interned.
///
/// # Errors
/// A fault if there is no string.
pub fn is_interned(m: &AddressSpace, text: Addr) -> Result<bool, Fault> {
    Ok(STATE.read(m, text)? & INTERNED_MASK != 0)
}

/// The interpreter's own string of this one character below U+0100.
#[must_use]
pub const fn latin1(c: u8) -> Addr {
    space::LATIN1.offset(c as u64 * space::LATIN1_STRIDE)
}

/// Bytes of a compact string of `len` characters of this kind.
#[must_use]
pub const fn bytes_for(m: &AddressSpace, kind: CharKind, len: u64) -> u64 {
    len.wrapping_add(1).wrapping_mul(kind.char_bytes()).wrapping_add(kind.data_offset(m))
}

/// Bytes of the object itself.
///
/// # Errors
/// A fault if there is no string.
pub fn object_bytes(m: &AddressSpace, text: Addr) -> Result<u64, Fault> {
    let compact = STATE.read(m, text)? & COMPACT != 0;
    Ok(if compact { bytes_for(m, char_kind(m, text)?, len(m, text)?) } else { m.profile.sizes.unicode })
}

/// The characters' block and its size, if the string is not compact.
///
/// # Errors
/// A fault if there is no string.
pub fn data_block(m: &AddressSpace, text: Addr) -> Result<Option<(Addr, u64)>, Fault> {
    if STATE.read(m, text)? & COMPACT != 0 {
        return Ok(None);
    }
    Ok(Some((data(m, text)?, (len(m, text)? + 1) * char_kind(m, text)?.char_bytes())))
}

/// The UTF-8 form's block and its size, if there is one and it is not the characters themselves.
///
/// # Errors
/// A fault if there is no string.
pub fn utf8_block(m: &AddressSpace, text: Addr) -> Result<Option<(Addr, u64)>, Fault> {
    if STATE.read(m, text)? & (COMPACT | ASCII) == COMPACT | ASCII {
        return Ok(None);
    }
    let form = utf8(m).read(m, text)?;
    let own = !form.is_null() && form != data(m, text)?;
    Ok(if own { Some((form, utf8_length(m).read(m, text)? + 1)) } else { None })
}

/// [`sizeof`] by `length` and `state`, for strings that are compact and ASCII.
#[must_use]
#[inline(always)]
pub const fn compact_ascii_bytes(m: &AddressSpace, length: u64, state: u8) -> Option<u64> {
    if state & (COMPACT | ASCII) == COMPACT | ASCII { Some(bytes_for(m, CharKind::Ascii, length)) } else { None }
}

/// `str.__sizeof__()` in bytes. Source: Objects/unicodeobject.c:`unicode_sizeof`.
///
/// # Errors
/// A fault if there is no string.
pub fn sizeof(m: &AddressSpace, text: Addr) -> Result<u64, Fault> {
    let more = |block: Option<(Addr, u64)>| block.map_or(0, |(_, bytes)| bytes);
    Ok(object_bytes(m, text)? + more(data_block(m, text)?) + more(utf8_block(m, text)?))
}
