//! `cell`. Source: Objects/cellobject.c.

use super::{alloc, gc, refcount};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::cell::{CELL_BYTES, OB_REF};

/// `PyCell_New(contents)`; NULL makes an empty cell.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new(m: &mut AddressSpace, contents: Addr) -> Result<Addr, Fault> {
    let cell = alloc::new_object(m, TypeId::Cell.addr(), CELL_BYTES)?;
    OB_REF.write(m, cell, Addr::NULL)?;
    if !contents.is_null() {
        refcount::assign(m, OB_REF.at(cell), contents)?;
    }
    gc::track(m, cell)?;
    Ok(cell)
}
