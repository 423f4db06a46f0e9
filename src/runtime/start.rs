//! Start-up: static data as it lies in the executable, allocator, collector.

use super::{gc, statics};
use crate::abi::{Profile, space};
use crate::mem::{AddressSpace, Fault};
use crate::pymalloc;

/// A started interpreter: static types, singletons, an empty heap. `limit_bytes` bounds all mapped memory.
///
/// # Errors
/// [`Fault::OutOfMemory`] if the limit is below what start-up needs.
pub fn start(profile: &'static Profile, limit_bytes: u64) -> Result<AddressSpace, Fault> {
    let mut m = AddressSpace::new(profile, limit_bytes);
    m.map(space::STATIC_START, space::STATIC_BYTES)?;
    pymalloc::initialize(&mut m)?;
    gc::initialize(&mut m)?;
    statics::write_all(&mut m)?;
    super::keys::initialize(&mut m)?;
    Ok(m)
}
