//! `PyDictValues`: attribute values of one instance, in the order of the class's shared keys, with the order of insertion as
//! bytes.
//!
//! ```text
//!   3.11, 3.12  own block:  .. order[1] order[0] | size u8 | prefix bytes u8 || values[0] values[1] ...
//!   3.13 on     behind the instance, or own block:  capacity u8, size u8, embedded u8, valid u8 | 8 values[0] ... | order[0] ..
//! ```
//! In 3.11 and 3.12 a pointer to a values block points to `values[0]`. Source: Include/internal/pycore_dict.h.

use super::Fault;
use crate::abi::ManagedDict;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Field};

/// `capacity` (3.13 on): how many values there is room for.
pub const CAPACITY: Field<u8> = Field::new("capacity", 0);
/// `size` (3.13 on): how many are set.
pub const SIZE: Field<u8> = Field::new("size", 1);
/// `embedded` (3.13 on): 1 if they lie behind the instance.
pub const EMBEDDED: Field<u8> = Field::new("embedded", 2);
/// `valid` (3.13 on): 0 once the attributes are elsewhere.
pub const VALID: Field<u8> = Field::new("valid", 3);
/// Bytes of the header (3.13 on).
pub const HEADER_BYTES: u64 = 8;

/// Whether values have a header (3.13 on) rather than a prefix.
#[must_use]
#[inline]
pub fn has_header(m: &AddressSpace) -> bool {
    matches!(m.profile.managed_dict, ManagedDict::Inline)
}

/// Bytes of a block of its own for `n` values. (`new_values`)
#[must_use]
pub fn block_bytes(m: &AddressSpace, n: u64) -> u64 {
    if has_header(m) { inline_bytes(n) } else { prefix_bytes(n) + n * 8 }
}

/// Bytes in front of `n` values (3.11, 3.12): order, size, prefix size.
#[must_use]
pub const fn prefix_bytes(n: u64) -> u64 {
    (n + 2).next_multiple_of(8)
}

/// Bytes that `n` values take behind an instance (3.13 on). (`_PyInlineValuesSize`)
#[must_use]
pub const fn inline_bytes(n: u64) -> u64 {
    n.next_multiple_of(8) + (n + 1) * 8
}

/// Where value `ix` lies.
#[must_use]
#[inline]
pub fn slot(m: &AddressSpace, values: Addr, ix: u64) -> Addr {
    values.offset(if has_header(m) { HEADER_BYTES } else { 0 } + ix * 8)
}

/// How many values are set.
///
/// # Errors
/// A fault if there are no values.
pub fn len(m: &AddressSpace, values: Addr) -> Result<u64, Fault> {
    Ok(u64::from(m.read::<u8>(len_at(m, values))?))
}

/// Where [`len`] is stored.
#[must_use]
pub fn len_at(m: &AddressSpace, values: Addr) -> Addr {
    if has_header(m) { SIZE.at(values) } else { values.back(2) }
}

/// Where the index of the `i`-th attribute in order of insertion lies.
///
/// # Errors
/// A fault if there are no values.
pub fn order_at(m: &AddressSpace, values: Addr, i: u64) -> Result<Addr, Fault> {
    Ok(if has_header(m) {
        let capacity = u64::from(CAPACITY.read(m, values)?);
        values.offset(HEADER_BYTES + capacity * 8 + i)
    } else {
        values.back(3 + i)
    })
}

/// `get_index_from_order`: the index of the `i`-th attribute in order of insertion.
///
/// # Errors
/// A fault if there are no values.
pub fn order(m: &AddressSpace, values: Addr, i: u64) -> Result<u64, Fault> {
    let at = order_at(m, values, i)?;
    Ok(u64::from(m.read::<u8>(at)?))
}

/// Whether the values lie behind their instance.
///
/// # Errors
/// A fault if there are no values.
pub fn is_embedded(m: &AddressSpace, values: Addr) -> Result<bool, Fault> {
    Ok(has_header(m) && EMBEDDED.read(m, values)? != 0)
}

/// The block of values that are not embedded: start and bytes asked for. In 3.11 and 3.12 the block does not say for how many
/// values it was made, so the caller does by `n`: what the shared keys have room for now, which may be a few fewer.
///
/// # Errors
/// A fault if there are no values.
pub fn own_block(m: &AddressSpace, values: Addr, n: u64) -> Result<(Addr, u64), Fault> {
    if has_header(m) {
        return Ok((values, inline_bytes(u64::from(CAPACITY.read(m, values)?))));
    }
    let prefix = u64::from(m.read::<u8>(values.back(1))?);
    Ok((values.back(prefix), n.wrapping_mul(8).wrapping_add(prefix)))
}
