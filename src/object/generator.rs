//! `PyGenObject`: a generator with its frame inside.
//!
//! ```text
//!  3.11       16 gi_code | 24 gi_weakreflist | 32 gi_name | 40 gi_qualname | 48 gi_exc_state | ... | 75 gi_frame_state | 80 frame
//!  3.12 on    16 gi_weakreflist | 24 gi_name | 32 gi_qualname | 40 gi_exc_state | ... | 67 gi_frame_state | 72 frame
//!
//!  frame      3.11  0 f_func  | 8 f_globals | 16 f_builtins | 24 f_locals | 32 f_code    | 40 frame_obj | ... | 64 stacktop
//!             3.12  0 f_code  | 8 previous  | 16 f_funcobj  | 24 f_globals | 32 f_builtins | 40 f_locals | 48 frame_obj
//!                   | 56 prev_instr | 64 stacktop (3.14 on: stackpointer) | 72 (3.14 on: 80) localsplus
//! ```
//! From 3.14 on, locals are tagged: bit 0 is set in NULL and in references to immortal objects, which are not counted;
//! bits 0 and 1 in small numbers. Source: Include/internal/pycore_frame.h, Include/internal/pycore_stackref.h.

use super::Fault;
use super::slots::{Span, Walk};
use crate::abi::Release;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Field};

/// Where this release's fields lie, from the start of the generator.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// `gi_code` (3.11): counted besides the frame's own reference.
    pub code: Option<Field<Addr>>,
    /// `gi_weakreflist`
    pub weakreflist: Field<Addr>,
    /// `gi_name`
    pub name: Field<Addr>,
    /// `gi_qualname`
    pub qualname: Field<Addr>,
    /// `gi_exc_state.exc_value`; the word behind it is `previous_item`.
    pub exc_value: Field<Addr>,
    /// `gi_frame_state`
    pub frame_state: Field<i8>,
    /// `f_func`, `f_funcobj`
    pub f_funcobj: Field<Addr>,
    /// `f_code`, `f_executable`
    pub f_code: Field<Addr>,
    /// `f_globals`: borrowed from the function; `f_builtins` is the word behind it.
    pub f_globals: Field<Addr>,
    /// `f_locals`
    pub f_locals: Field<Addr>,
    /// `frame_obj`
    pub frame_obj: Field<Addr>,
    /// `stacktop` as a number (`u32`) or, from 3.14 on, `stackpointer` as an address.
    pub stacktop: u64,
    /// `localsplus[0]`
    pub localsplus: u64,
    /// `gi_frame_state` of a generator that was not started: `FRAME_CREATED`.
    pub created: i8,
    /// `localsplus` is tagged and `stackpointer` an address.
    pub tagged: bool,
}

const CP311: Layout = Layout {
    code: Some(Field::new("gi_code", 16)),
    weakreflist: Field::new("gi_weakreflist", 24),
    name: Field::new("gi_name", 32),
    qualname: Field::new("gi_qualname", 40),
    exc_value: Field::new("exc_value", 48),
    frame_state: Field::new("gi_frame_state", 75),
    f_funcobj: Field::new("f_func", 80),
    f_code: Field::new("f_code", 112),
    f_globals: Field::new("f_globals", 88),
    f_locals: Field::new("f_locals", 104),
    frame_obj: Field::new("frame_obj", 120),
    stacktop: 144,
    localsplus: 152,
    created: -2,
    tagged: false,
};

const CP312: Layout = Layout {
    code: None,
    weakreflist: Field::new("gi_weakreflist", 16),
    name: Field::new("gi_name", 24),
    qualname: Field::new("gi_qualname", 32),
    exc_value: Field::new("exc_value", 40),
    frame_state: Field::new("gi_frame_state", 67),
    f_funcobj: Field::new("f_funcobj", 88),
    f_code: Field::new("f_executable", 72),
    f_globals: Field::new("f_globals", 96),
    f_locals: Field::new("f_locals", 112),
    frame_obj: Field::new("frame_obj", 120),
    stacktop: 136,
    localsplus: 144,
    created: -2,
    tagged: false,
};

/// `PyStackRef_NULL`: an empty tagged local.
pub const STACKREF_NULL: u64 = 1;
/// `Py_TAG_REFCNT`: set in a tagged reference that is not counted.
pub const STACKREF_UNCOUNTED: u64 = 1;

/// `Py_INT_TAG`: the tag of a small number (3.15).
pub const STACKREF_NUMBER: u64 = 3;

/// The layout of this release's generators.
#[must_use]
pub const fn layout(release: Release) -> Layout {
    match release {
        Release::Cp311 => CP311,
        Release::Cp312 => CP312,
        Release::Cp313 => Layout { created: -3, ..CP312 },
        Release::Cp314 => Layout { created: -3, localsplus: 152, tagged: true, ..CP312 },
        Release::Cp315 => Layout { created: 0, localsplus: 152, tagged: true, ..CP312 },
    }
}

/// How many words of `localsplus` are in use: locals, cells, free variables and the value stack.
///
/// # Errors
/// A fault if there is no generator.
pub fn in_use(m: &AddressSpace, generator: Addr) -> Result<u64, Fault> {
    let layout = layout(m.profile.release);
    if layout.tagged {
        let top: u64 = m.read(generator.offset(layout.stacktop))?;
        Ok(top.saturating_sub(generator.offset(layout.localsplus).0) / 8)
    } else {
        Ok(u64::from(m.read::<u32>(generator.offset(layout.stacktop))?))
    }
}

/// Bytes of a generator with room for `words` words of `localsplus`.
#[must_use]
pub const fn bytes(release: Release, words: u64) -> u64 {
    layout(release).localsplus + words * 8
}

/// `gen_traverse`: name, qualname, then the frame; `gen_dealloc`: the frame, then exception, name, qualname.
/// Locals die from the first to the last up to 3.13, from the last to the first since.
/// Source: Objects/genobject.c, Python/frame.c.
pub(super) fn span(m: &AddressSpace, generator: Addr, walk: Walk, stage: u32) -> Result<Option<Span>, Fault> {
    let l = layout(m.profile.release);
    let n = u32::try_from(in_use(m, generator)?).map_err(|_| Fault::Corrupt(generator, "generator"))?;
    let first_local = if walk == Walk::Traverse { 7 } else { 0 };
    if let Some(index) = stage.checked_sub(first_local).filter(|&index| index < n) {
        let index = if walk == Walk::Owned && l.tagged { n - 1 - index } else { index };
        let slot = generator.offset(l.localsplus + u64::from(index) * 8);
        let counted = !l.tagged || m.read::<u64>(slot)? & STACKREF_UNCOUNTED == 0;
        return Ok(Some(if counted { Span::one(slot) } else { Span::EMPTY }));
    }
    let at = if stage < first_local { stage } else { stage - n };
    let field = match (walk, at) {
        (Walk::Traverse, 0) | (Walk::Owned, 4) => l.code,
        (Walk::Traverse, 1) | (Walk::Owned, 6) => Some(l.name),
        (Walk::Traverse, 2) | (Walk::Owned, 7) => Some(l.qualname),
        (Walk::Traverse, 3) | (Walk::Owned, 0) => Some(l.frame_obj),
        (Walk::Traverse, 4) | (Walk::Owned, 1) => Some(l.f_locals),
        (Walk::Traverse, 5) | (Walk::Owned, 2) => Some(l.f_funcobj),
        (Walk::Traverse, 6) | (Walk::Owned, 3) => Some(l.f_code),
        (Walk::Traverse, 7) | (Walk::Owned, 5) => Some(l.exc_value),
        _ => return Ok(None),
    };
    Ok(Some(field.map_or(Span::EMPTY, |field| Span::one(field.at(generator)))))
}

/// `generator.__sizeof__()` in bytes: the variable part is counted in `co_nlocalsplus + co_stacksize` words.
///
/// # Errors
/// A fault if there is no generator.
pub fn sizeof(m: &AddressSpace, generator: Addr) -> Result<u64, Fault> {
    let release = m.profile.release;
    let code = layout(release).f_code.read(m, generator)?;
    let words = super::code::co_nlocalsplus(release).read(m, code)? + super::code::co_stacksize(release).read(m, code)?;
    Ok(bytes(release, u64::from(words)))
}
