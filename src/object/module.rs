//! `PyModuleObject`. Source: Include/internal/pycore_moduleobject.h.
//!
//! ```text
//!  3.11-3.14  16 md_dict | 24 md_def   | 32 md_state | 40 md_weaklist | 48 md_name
//!  3.15       16 md_dict | 24 md_state | 32 md_weaklist | 40 md_name | 48 state that only C modules use
//! ```

use super::slots::{Span, Walk};
use super::{Fault, fields};
use crate::abi::{Release, TypeId};
use crate::ids::Addr;
use crate::mem::{AddressSpace, Field};

/// `md_dict`: the namespace.
pub const MD_DICT: Field<Addr> = Field::new("md_dict", 16);

/// `md_name`
#[must_use]
pub const fn md_name(release: Release) -> Field<Addr> {
    match release {
        Release::Cp311 | Release::Cp312 | Release::Cp313 | Release::Cp314 => Field::new("md_name", 48),
        Release::Cp315 => Field::new("md_name", 40),
    }
}

/// `md_weaklist`
#[must_use]
pub fn md_weaklist(release: Release) -> Field<Addr> {
    Field::new("md_weaklist", TypeId::Module.row().weaklistoffset(release))
}

/// `module_traverse` visits the namespace; `module_dealloc` gives up namespace, then name. Source: Objects/moduleobject.c.
pub(super) fn span(m: &AddressSpace, module: Addr, walk: Walk, stage: u32) -> Result<Option<Span>, Fault> {
    match walk {
        Walk::Traverse => fields::nth(module, &[MD_DICT], stage),
        Walk::Owned => fields::nth(module, &[MD_DICT, md_name(m.profile.release)], stage),
    }
}
