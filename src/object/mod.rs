//! Typed views over the bytes of objects: one file per type with its layout, where its references lie, its size and its
//! `repr`. Nothing here changes a count.
//!
//! Functions take an address to be that of the object they are for, as C does with a pointer, and do not check its type. "A fault
//! if there is no list" means that a word of a list was read where no memory is mapped or no word can lie.

pub mod blocks;
pub mod bytearray;
pub mod bytes;
pub mod cell;
pub mod code;
pub mod descriptor;
pub mod dict;
pub mod equal;
pub mod exception;
mod fields;
pub mod float;
pub mod function;
pub mod gc_head;
pub mod generator;
pub mod hash;
pub mod head;
pub mod instance;
pub mod int;
pub mod keys;
pub mod kind;
pub mod list;
pub mod method;
pub mod module;
pub mod range;
pub mod repr;
pub mod set;
pub mod singleton;
pub mod sizeof;
pub mod slice;
pub mod slots;
pub mod str;
pub mod tuple;
pub mod type_object;
pub mod values;
pub mod weakref;
pub mod wrappers;

use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
pub use equal::equal;
pub use kind::Kind;
pub use repr::{own_name, repr, type_name};
pub use sizeof::{SizeRule, sizeof};
pub use slots::{Slots, Span, Walk};

/// A copy of the `bytes` bytes from `at` on.
fn copy_out(m: &AddressSpace, at: Addr, bytes: u64) -> Result<Vec<u8>, Fault> {
    let too_long = |_| Fault::Corrupt(at, "length");
    // The last byte is read first: a corrupt length must be a fault before it is a huge vector.
    if bytes > 0 {
        m.read::<u8>(at.offset(bytes - 1))?;
    }
    let mut out = vec![0; usize::try_from(bytes).map_err(too_long)?];
    m.read_bytes(at, &mut out)?;
    Ok(out)
}
