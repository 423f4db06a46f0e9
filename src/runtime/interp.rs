//! What the interpreter itself holds, at [`space::INTERP_STATE`]: the roots that are neither names nor handles.

use super::{class, dict, interned};
use crate::abi::space;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault, Field};

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
///
/// # Errors
/// A fault if the interpreter was not started.
pub fn root_slots(_: &AddressSpace) -> Result<Vec<Addr>, Fault> {
    let mut slots = class::common_descriptor_slots().to_vec();
    slots.push(BUILTINS.at(space::INTERP_STATE));
    Ok(slots)
}

/// Blocks of memory that the interpreter owns itself.
///
/// # Errors
/// A fault if the interpreter was not started.
pub fn own_blocks(m: &AddressSpace) -> Result<Option<Addr>, Fault> {
    interned::own_block(m)
}
