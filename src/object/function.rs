//! `PyFunctionObject`. Up to `func_annotations` all releases agree; behind it fields were added.
//!
//! ```text
//!             120              128              136              144
//!  3.11       vectorcall       func_version
//!  3.12-3.13  func_typeparams  vectorcall       func_version
//!  3.14-3.15  func_annotate    func_typeparams  vectorcall       func_version
//! ```
//! Source: Include/cpython/funcobject.h.

use super::slots::{Span, Walk};
use super::{Fault, fields};
use crate::abi::Release;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Field};

/// `func_globals`
pub const FUNC_GLOBALS: Field<Addr> = Field::new("func_globals", 16);
/// `func_builtins`
pub const FUNC_BUILTINS: Field<Addr> = Field::new("func_builtins", 24);
/// `func_name`
pub const FUNC_NAME: Field<Addr> = Field::new("func_name", 32);
/// `func_qualname`
pub const FUNC_QUALNAME: Field<Addr> = Field::new("func_qualname", 40);
/// `func_code`
pub const FUNC_CODE: Field<Addr> = Field::new("func_code", 48);
/// `func_defaults`: a tuple or NULL.
pub const FUNC_DEFAULTS: Field<Addr> = Field::new("func_defaults", 56);
/// `func_kwdefaults`: a dict or NULL.
pub const FUNC_KWDEFAULTS: Field<Addr> = Field::new("func_kwdefaults", 64);
/// `func_closure`: a tuple of cells or NULL.
pub const FUNC_CLOSURE: Field<Addr> = Field::new("func_closure", 72);
/// `func_doc`
pub const FUNC_DOC: Field<Addr> = Field::new("func_doc", 80);
/// `func_dict`
pub const FUNC_DICT: Field<Addr> = Field::new("func_dict", 88);
/// `func_weakreflist`
pub const FUNC_WEAKREFLIST: Field<Addr> = Field::new("func_weakreflist", 96);
/// `func_module`
pub const FUNC_MODULE: Field<Addr> = Field::new("func_module", 104);
/// `func_annotations`
pub const FUNC_ANNOTATIONS: Field<Addr> = Field::new("func_annotations", 112);
/// `func_annotate`
const fn func_annotate(release: Release) -> Option<Field<Addr>> {
    match release {
        Release::Cp311 | Release::Cp312 | Release::Cp313 => None,
        Release::Cp314 | Release::Cp315 => Some(Field::new("func_annotate", 120)),
    }
}

/// `func_typeparams`
#[must_use]
pub const fn func_typeparams(release: Release) -> Option<Field<Addr>> {
    match release {
        Release::Cp311 => None,
        Release::Cp312 | Release::Cp313 => Some(Field::new("func_typeparams", 120)),
        Release::Cp314 | Release::Cp315 => Some(Field::new("func_typeparams", 128)),
    }
}

/// `vectorcall`; `func_version` is the word behind it.
#[must_use]
pub fn vectorcall(m: &AddressSpace) -> Field<Addr> {
    Field::new("vectorcall", m.profile.sizes.function - 16)
}

/// References in the order of `func_traverse`: the same in all releases but for what a release does not have.
const TRAVERSE: [Field<Addr>; 11] = [
    FUNC_CODE,
    FUNC_GLOBALS,
    FUNC_BUILTINS,
    FUNC_MODULE,
    FUNC_DEFAULTS,
    FUNC_KWDEFAULTS,
    FUNC_DOC,
    FUNC_NAME,
    FUNC_DICT,
    FUNC_CLOSURE,
    FUNC_ANNOTATIONS,
];

/// What `func_clear` gives up, and `func_dealloc` first; then it gives up [`KEPT`]. Source: Objects/funcobject.c.
pub const CLEARED: [Field<Addr>; 9] = [
    FUNC_GLOBALS,
    FUNC_BUILTINS,
    FUNC_MODULE,
    FUNC_DEFAULTS,
    FUNC_KWDEFAULTS,
    FUNC_DOC,
    FUNC_DICT,
    FUNC_CLOSURE,
    FUNC_ANNOTATIONS,
];

/// What a function always has: only `func_dealloc` gives it up.
pub const KEPT: [Field<Addr>; 3] = [FUNC_CODE, FUNC_NAME, FUNC_QUALNAME];

/// The fields that this release has behind `func_annotations`.
#[must_use]
pub fn added(release: Release) -> [Option<Field<Addr>>; 2] {
    [func_annotate(release), func_typeparams(release)]
}

pub(super) fn span(m: &AddressSpace, function: Addr, walk: Walk, stage: u32) -> Result<Option<Span>, Fault> {
    let (first, last): (&[Field<Addr>], &[Field<Addr>]) = match walk {
        Walk::Traverse => (&TRAVERSE, &[FUNC_QUALNAME]),
        Walk::Owned => (&CLEARED, &KEPT),
    };
    let (n, added) = (u32::try_from(first.len()).unwrap_or(u32::MAX), added(m.profile.release));
    match stage.checked_sub(n) {
        None => fields::nth(function, first, stage),
        Some(at @ 0..2) => {
            Ok(Some(added.get(at as usize).copied().flatten().map_or(Span::EMPTY, |field| Span::one(field.at(function)))))
        }
        Some(at) => fields::nth(function, last, at - 2),
    }
}
