//! Which objects there are.

use crate::abi::space;
use crate::ids::{Addr, Serial, sort};
use crate::mem::{AddressSpace, Fault};
use crate::pymalloc::layout::POOL_OVERHEAD;
use crate::pymalloc::{self, raw};

const STATIC_SPAN_BYTES: u64 = 1 << 14;

/// Calls `each` with every live object and its serial: arenas by address, then large blocks, then static data.
///
/// # Errors
/// A fault if the allocator's structures are not sound.
pub fn each(m: &AddressSpace, mut each: impl FnMut(Addr, Serial)) -> Result<(), Fault> {
    for arena in pymalloc::arenas(m)? {
        for pool in pymalloc::pools(m, &arena)? {
            if pool.count == 0 {
                continue;
            }
            let size = pool.block_size();
            let first = pool.address.offset(POOL_OVERHEAD);
            let carved = u64::from(pool.nextoffset).saturating_sub(POOL_OVERHEAD) / size;
            m.births.in_span(pool.address, (0..carved).map(|k| first.offset(k * size)), &mut each);
        }
    }
    for block in raw::blocks(m)?.into_iter().filter(|b| b.live) {
        m.births.in_span(block.start, core::iter::once(block.start), &mut each);
    }
    for span in (0..space::STATIC_BYTES).step_by(1 << 14).map(|offset| space::STATIC_START.offset(offset)) {
        m.births.in_span(span, (0..STATIC_SPAN_BYTES / 16).map(|k| span.offset(k * 16)), &mut each);
    }
    Ok(())
}

/// Every live object with its serial, by serial.
///
/// # Errors
/// A fault if the allocator's structures are not sound.
pub fn by_serial(m: &AddressSpace) -> Result<Vec<(Serial, Addr)>, Fault> {
    let mut objects = Vec::new();
    each(m, |obj, serial| objects.push((serial, obj)))?;
    sort::by_key(&mut objects, |&(serial, _)| u64::from(serial.0));
    Ok(objects)
}
