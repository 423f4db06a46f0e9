//! `str`. Source: Objects/unicodeobject.c.

use super::{alloc, hash, interned, interned::How, refcount};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::ids::gather::Gather as _;
use crate::mem::{AddressSpace, Fault};
use crate::object::singleton;
use crate::object::str::{
    COMPACT, CharKind, HASH, INTERNED_MASK, INTERNED_MORTAL, LENGTH, STATE, WSTR, WSTR_LENGTH, bytes_for, char_kind, data,
    data_block, data_pointer, latin1, len, utf8, utf8_block, utf8_length,
};
use crate::pymalloc;

/// A string made at run time: the interpreter's own one if it has at most one character below U+0100.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new(m: &mut AddressSpace, text: &str) -> Result<Addr, Fault> {
    let chars: Vec<u32> = text.chars().map(u32::from).gather();
    from_chars(m, &chars)
}

/// [`new`] from code points, lone surrogates included.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn from_chars(m: &mut AddressSpace, chars: &[u32]) -> Result<Addr, Fault> {
    let own = match *chars {
        [] => Some(singleton::EMPTY_STR),
        [c] => u8::try_from(c).ok().map(latin1),
        _ => None,
    };
    if let Some(own) = own {
        refcount::incref(m, own, Addr::NULL)?;
        return Ok(own);
    }
    let kind = kind_of(chars);
    let bytes = bytes_for(m, kind, chars.len() as u64);
    let text = alloc::new_object(m, TypeId::Str.addr(), bytes)?;
    write(m, text, chars)?;
    Ok(text)
}

/// A string constant of a program: its hash is known, and it is interned if it looks like a name.
/// Source: Objects/codeobject.c:`intern_constants`.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn constant(m: &mut AddressSpace, text: &str) -> Result<Addr, Fault> {
    if text.bytes().all(|c| c == b'_' || c.is_ascii_alphanumeric()) {
        return interned(m, text, How::Mortal);
    }
    let new = new(m, text)?;
    hash::of_text(m, new)?;
    Ok(new)
}

/// A name in a program (of a variable, attribute, function, class), interned for as long as the release does it.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn name(m: &mut AddressSpace, text: &str) -> Result<Addr, Fault> {
    interned(m, text, How::Immortal)
}

/// The interned string of an ASCII text. No memory is asked for if there is one: the compiler, which made and gave up another,
/// ran before.
fn interned(m: &mut AddressSpace, text: &str, how: How) -> Result<Addr, Fault> {
    let found = if text.is_ascii() { interned::find_ascii(m, text)? } else { None };
    let own = match found {
        Some(own) => {
            refcount::incref(m, own, Addr::NULL)?;
            own
        }
        None => new(m, text)?,
    };
    interned::intern(m, own, how)
}

fn kind_of(chars: &[u32]) -> CharKind {
    CharKind::of(chars.iter().copied().max().unwrap_or(0))
}

/// All fields of a compact string behind `ob_type`, and its characters.
pub(super) fn write(m: &mut AddressSpace, text: Addr, chars: &[u32]) -> Result<(), Fault> {
    let kind = kind_of(chars);
    LENGTH.write(m, text, chars.len() as u64)?;
    HASH.write(m, text, -1)?;
    STATE.write(m, text, kind.state(m))?;
    let at = text.offset(kind.data_offset(m));
    if kind != CharKind::Ascii {
        utf8_length(m).write(m, text, 0)?;
        utf8(m).write(m, text, Addr::NULL)?;
    }
    if m.profile.features.str_wstr {
        // `wchar_t` has 4 bytes, so that four-byte text is its own wide form.
        let wide = kind == CharKind::Ucs4;
        WSTR.write(m, text, if wide { at } else { Addr::NULL })?;
        if kind != CharKind::Ascii {
            WSTR_LENGTH.write(m, text, if wide { chars.len() as u64 } else { 0 })?;
        }
    }
    let stored: Vec<u8> = chars.iter().chain(&[0]).flat_map(|c| narrow(*c, kind)).gather();
    m.write_bytes(at, &stored)
}

/// The characters of `text`, in a block of their own, for an instance of a class that derives from str; a hash that `text` has
/// is taken over, the UTF-8 form of ASCII is shared. (`unicode_subtype_new`)
pub(super) fn copy_into(m: &mut AddressSpace, obj: Addr, text: Addr) -> Result<(), Fault> {
    let (kind, n) = (char_kind(m, text)?, len(m, text)?);
    LENGTH.write(m, obj, n)?;
    let hash = HASH.read(m, text)?;
    HASH.write(m, obj, hash)?;
    STATE.write(m, obj, kind.state(m) & !COMPACT)?;
    let bytes = (n + 1) * kind.char_bytes();
    let block = pymalloc::malloc(m, bytes)?;
    let from = data(m, text)?;
    m.copy(from, block, bytes)?;
    data_pointer(m).write(m, obj, block)?;
    if kind == CharKind::Ascii {
        utf8_length(m).write(m, obj, n)?;
        utf8(m).write(m, obj, block)?;
    }
    if m.profile.features.str_wstr && kind == CharKind::Ucs4 {
        WSTR.write(m, obj, block)?;
        WSTR_LENGTH.write(m, obj, n)?;
    }
    Ok(())
}

fn narrow(c: u32, kind: CharKind) -> impl Iterator<Item = u8> {
    let width = match kind {
        CharKind::Ascii | CharKind::Latin1 => 1,
        CharKind::Ucs2 => 2,
        CharKind::Ucs4 => 4,
    };
    c.to_le_bytes().into_iter().take(width)
}

/// `PyUnicode_AsUTF8AndSize`: from now on the string keeps its UTF-8 form. Nothing happens for ASCII.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn keep_utf8(m: &mut AddressSpace, text: Addr) -> Result<(), Fault> {
    if char_kind(m, text)? == CharKind::Ascii || !utf8(m).read(m, text)?.is_null() {
        return Ok(());
    }
    let form = crate::object::str::value(m, text)?;
    let n = form.len() as u64;
    let block = pymalloc::malloc(m, n + 1)?;
    m.write_bytes(block, form.as_bytes())?;
    m.write(block.offset(n), 0_u8)?;
    utf8(m).write(m, text, block)?;
    utf8_length(m).write(m, text, n)
}

/// What `unicode_dealloc` does before it frees the object: out of the interned strings, own blocks freed.
pub(super) fn free_parts(m: &mut AddressSpace, text: Addr) -> Result<(), Fault> {
    let state = STATE.read(m, text)?;
    if state & INTERNED_MASK == INTERNED_MORTAL {
        interned::forget(m, text)?;
    }
    for (block, _) in [utf8_block(m, text)?, data_block(m, text)?].into_iter().flatten() {
        pymalloc::free(m, block)?;
    }
    Ok(())
}

/// The end of `unicode_dealloc`.
pub(super) fn finish(m: &mut AddressSpace, text: Addr) -> Result<(), Fault> {
    free_parts(m, text)?;
    alloc::free_object(m, text)
}
