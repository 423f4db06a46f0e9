//! Objects that exist once and lie in static data. From 3.12 on they are immortal.

use crate::abi::space;
use crate::ids::Addr;

const STRIDE: u64 = 128;
/// Room for a GC head in front of each (the empty tuple has one).
const OBJECT_OFFSET: u64 = 64;

const fn at(index: u64) -> Addr {
    space::SINGLETONS.offset(index * STRIDE + OBJECT_OFFSET)
}

/// `None`
pub const NONE: Addr = at(0);
/// `True`
pub const TRUE: Addr = at(1);
/// `False`
pub const FALSE: Addr = at(2);
/// `...`
pub const ELLIPSIS: Addr = at(3);
/// `NotImplemented`
pub const NOT_IMPLEMENTED: Addr = at(4);
/// `''`
pub const EMPTY_STR: Addr = at(5);
/// `b''`
pub const EMPTY_BYTES: Addr = at(6);
/// `()`
pub const EMPTY_TUPLE: Addr = at(7);
/// `_dummy_struct`: what a set's table holds where an item was removed. Only an address: its bytes are 0 and it is not counted.
pub const SET_DUMMY: Addr = at(8);

/// `True` or `False`
#[must_use]
pub const fn bool_of(value: bool) -> Addr {
    if value { TRUE } else { FALSE }
}
