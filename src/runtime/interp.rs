//! What the interpreter itself holds, at [`space::INTERP_STATE`]: the roots that are neither names nor handles.

use super::dict;
use crate::abi::space;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault, Field};

/// The two descriptors that all classes of 3.15 share: `__dict__`, then `__weakref__`. Made with the first class that has one.
pub(super) const COMMON_DESCRIPTORS: [Field<Addr>; 2] =
    [Field::new("dict_descriptor", 0x100), Field::new("weakref_descriptor", 0x108)];
/// The dict of the `builtins` module, which every function refers to. The model has no builtins, so it is empty.
const BUILTINS: Field<Addr> = Field::new("builtins", 0x200);

/// Makes what the interpreter holds from the start.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn initialize(m: &mut AddressSpace) -> Result<(), Fault> {
    let builtins = dict::new(m)?;
    BUILTINS.write(m, space::INTERP_STATE, builtins)
}

/// The dict of `builtins`.
///
/// # Errors
/// A fault if the interpreter was not started.
pub fn builtins(m: &AddressSpace) -> Result<Addr, Fault> {
    BUILTINS.read(m, space::INTERP_STATE)
}

/// The slots of strong references that the interpreter holds; they may be NULL.
#[must_use]
pub fn root_slots() -> [Addr; 3] {
    let [dict, weakref] = COMMON_DESCRIPTORS;
    [dict, weakref, BUILTINS].map(|field| field.at(space::INTERP_STATE))
}
