//! The page's own slots: the namespace of `__main__` and the handles, at [`space::HEAP_STATE`].
//!
//! ```text
//!   0 namespace: the dict of __main__ | 8 handles -> array of `allocated` pointers in raw memory, the first `used` set | 16 used | 24 allocated
//! ```

use crate::abi::space;
use crate::ids::Addr;
use crate::ids::gather::Grow as _;
use crate::mem::{AddressSpace, Fault, Field};
use crate::pymalloc::raw;
use crate::runtime::{dict, refcount};

const STATE: Addr = space::HEAP_STATE;
/// The dict of `__main__`.
pub const NAMESPACE: Field<Addr> = Field::new("__main__.__dict__", 0);
const HANDLES: Field<Addr> = Field::new("handles", 8);
const USED: Field<u64> = Field::new("handles used", 16);
const ALLOCATED: Field<u64> = Field::new("handles allocated", 24);

/// Makes an empty namespace and no handles.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn initialize(m: &mut AddressSpace) -> Result<(), Fault> {
    let namespace = dict::new(m)?;
    NAMESPACE.write(m, STATE, namespace)
}

/// The block of the array of handles, if there is one.
///
/// # Errors
/// A fault if the heap was not started.
pub fn own_block(m: &AddressSpace) -> Result<Option<Addr>, Fault> {
    let array = HANDLES.read(m, STATE)?;
    Ok((!array.is_null()).then_some(array))
}

/// The slot of the namespace dict.
#[must_use]
pub const fn namespace_slot() -> Addr {
    NAMESPACE.at(STATE)
}

/// The namespace dict.
///
/// # Errors
/// A fault if the heap was not started.
pub fn namespace(m: &AddressSpace) -> Result<Addr, Fault> {
    NAMESPACE.read(m, STATE)
}

/// The slots of all handles, in no particular order.
///
/// # Errors
/// A fault if the heap was not started.
pub fn handle_slots(m: &AddressSpace) -> Result<impl Iterator<Item = Addr> + use<>, Fault> {
    let (array, used) = (HANDLES.read(m, STATE)?, USED.read(m, STATE)?);
    Ok((0..used).map(move |k| array.offset(k * 8)))
}

/// Whether a slot is, or was, that of a page handle.
///
/// # Errors
/// A fault if the heap was not started.
pub fn is_handle(m: &AddressSpace, slot: Addr) -> Result<bool, Fault> {
    let array = HANDLES.read(m, STATE)?;
    Ok(slot >= array && slot < array.offset(8 * ALLOCATED.read(m, STATE)?))
}

/// The slots of page handles that hold `obj`.
///
/// # Errors
/// A fault if the heap was not started.
pub fn handles_of(m: &AddressSpace, obj: Addr) -> Result<Vec<Addr>, Fault> {
    let mut slots = Vec::new();
    for slot in handle_slots(m)? {
        if m.read::<Addr>(slot)? == obj {
            slots.add(slot);
        }
    }
    Ok(slots)
}

/// Moves a reference that the caller owns into a new handle.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn hold(m: &mut AddressSpace, obj: Addr) -> Result<(), Fault> {
    let (array, used, allocated) = (HANDLES.read(m, STATE)?, USED.read(m, STATE)?, ALLOCATED.read(m, STATE)?);
    let array = if used < allocated {
        array
    } else {
        let room = (allocated * 2).max(16);
        let array = if array.is_null() { raw::malloc(m, room * 8)? } else { raw::realloc(m, array, room * 8)? };
        HANDLES.write(m, STATE, array)?;
        ALLOCATED.write(m, STATE, room)?;
        array
    };
    refcount::store(m, array.offset(used * 8), obj)?;
    USED.write(m, STATE, used + 1)
}

/// Gives up the handle in `slot`. The handle that was made last takes its place.
///
/// # Errors
/// A fault if the heap was not started.
pub fn let_go(m: &mut AddressSpace, slot: Addr) -> Result<(), Fault> {
    let (array, used) = (HANDLES.read(m, STATE)?, USED.read(m, STATE)?);
    let last = array.offset(used.saturating_sub(1) * 8);
    let obj: Addr = m.read(slot)?;
    let moved: Addr = m.read(last)?;
    m.write(slot, moved)?;
    m.write(last, Addr::NULL)?;
    USED.write(m, STATE, used.saturating_sub(1))?;
    refcount::decref(m, obj, slot)
}
