//! Addresses that stand in for C functions and C structures of the executable: what `tp_dealloc` or `vectorcall` point to.
//! They are told apart from each other and from NULL, and mean nothing else.

use crate::abi::space::CODE;
use crate::ids::Addr;

const STEP: u64 = 16;

/// `_PyFunction_Vectorcall`
pub const VECTORCALL_FUNCTION: Addr = CODE.offset(STEP);
/// `method_vectorcall`
pub const VECTORCALL_METHOD: Addr = CODE.offset(2 * STEP);
/// `weakref_vectorcall`
pub const VECTORCALL_WEAKREF: Addr = CODE.offset(3 * STEP);
/// `cfunction_vectorcall_*`
pub const VECTORCALL_BUILTIN: Addr = CODE.offset(4 * STEP);
/// `PyMethodDef` of a builtin function.
pub const METHOD_DEF: Addr = CODE.offset(5 * STEP);
/// `subtype_getset` for `__dict__`.
pub const GETSET_DICT: Addr = CODE.offset(6 * STEP);
/// `subtype_getset` for `__weakref__`.
pub const GETSET_WEAKREF: Addr = CODE.offset(7 * STEP);
/// `subtype_getsets_full` and its shorter forms.
pub const GETSETS: Addr = CODE.offset(8 * STEP);

/// The function in the slot of a type object that lies `offset` bytes in.
#[must_use]
pub const fn slot(offset: u64) -> Addr {
    CODE.offset((16 + offset / 8) * STEP)
}
