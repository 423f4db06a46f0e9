//! Start-up: static data as it lies in the executable, allocator, collector.

use super::gc;
use crate::abi::{Profile, TypeId, space};
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault, Field};
use crate::object::head::{OB_REFCNT, OB_TYPE, tp};
use crate::pymalloc;

const TP_DICTOFFSET: Field<u64> = Field::new("tp_dictoffset", 288);
const TP_WEAKLISTOFFSET: Field<u64> = Field::new("tp_weaklistoffset", 208);
const TP_VECTORCALL_OFFSET: Field<u64> = Field::new("tp_vectorcall_offset", 56);
const TP_BASE: Field<Addr> = Field::new("tp_base", 256);

/// A started interpreter: static types, singletons, an empty heap. `limit_bytes` bounds all mapped memory.
///
/// # Errors
/// [`Fault::OutOfMemory`] if the limit is below what start-up needs.
pub fn start(profile: &'static Profile, limit_bytes: u64) -> Result<AddressSpace, Fault> {
    let mut m = AddressSpace::new(profile, limit_bytes);
    m.map(space::STATIC_START, space::STATIC_BYTES)?;
    pymalloc::initialize(&mut m)?;
    gc::initialize(&mut m)?;
    static_types(&mut m)?;
    Ok(m)
}

fn static_types(m: &mut AddressSpace) -> Result<(), Fault> {
    let release = m.profile.release;
    for row in TypeId::ALL {
        let at = row.id.addr();
        OB_REFCNT.write(m, at, m.profile.static_refcnt)?;
        OB_TYPE.write(m, at, TypeId::Type.addr())?;
        tp::BASICSIZE.write(m, at, row.basicsize(release))?;
        tp::ITEMSIZE.write(m, at, u64::from(row.itemsize))?;
        tp::FLAGS.write(m, at, row.flags(release))?;
        TP_DICTOFFSET.write(m, at, row.dictoffset(release))?;
        TP_WEAKLISTOFFSET.write(m, at, row.weaklistoffset(release))?;
        TP_VECTORCALL_OFFSET.write(m, at, row.vectorcall_offset(release))?;
        if row.id != TypeId::Object {
            TP_BASE.write(m, at, row.base.addr())?;
        }
    }
    Ok(())
}
