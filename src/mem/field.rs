//! Typed fields of C structs: a name and an offset, read and written through the address space.

use core::marker::PhantomData;

use super::{AddressSpace, Fault};
use crate::ids::Addr;

/// An integer or a pointer as it lies in memory, little endian.
pub trait Word: Copy {
    /// Size and alignment in bytes: 1, 2, 4 or 8.
    const BYTES: u32;
    /// From the low bits.
    fn from_bits(bits: u64) -> Self;
    /// To the low bits.
    fn to_bits(self) -> u64;
}

macro_rules! word {
    ($($type:ty, $unsigned:ty);*) => {$(
        impl Word for $type {
            const BYTES: u32 = <$type>::BITS / 8;
            #[inline(always)]
            #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_lossless,
                reason = "taking the low bits is what reading a narrower field means")]
            fn from_bits(bits: u64) -> Self { bits as $unsigned as $type }
            #[inline(always)]
            #[allow(clippy::cast_sign_loss, clippy::cast_lossless, reason = "the bits, not the value")]
            fn to_bits(self) -> u64 { self as $unsigned as u64 }
        }
    )*};
}
word!(u8, u8; u16, u16; u32, u32; u64, u64; i8, u8; i16, u16; i32, u32; i64, u64);

impl Word for Addr {
    const BYTES: u32 = 8;
    #[inline(always)]
    fn from_bits(bits: u64) -> Self {
        Addr(bits)
    }
    #[inline(always)]
    fn to_bits(self) -> u64 {
        self.0
    }
}

impl Word for f64 {
    const BYTES: u32 = 8;
    fn from_bits(bits: u64) -> Self {
        f64::from_bits(bits)
    }
    fn to_bits(self) -> u64 {
        f64::to_bits(self)
    }
}

/// A field of a struct: CPython's name, the offset in bytes from the struct's start, the type.
#[derive(Debug)]
pub struct Field<T> {
    /// CPython's name of the field.
    pub name: &'static str,
    /// Bytes from the start of the struct.
    pub offset_bytes: u64,
    of: PhantomData<T>,
}

impl<T> Clone for Field<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Field<T> {}

impl<T: Word> Field<T> {
    /// The field `name` at `offset_bytes`.
    #[must_use]
    pub const fn new(name: &'static str, offset_bytes: u64) -> Self {
        Field { name, offset_bytes, of: PhantomData }
    }

    /// Where the field lies in the struct at `base`: the slot, if it holds a reference.
    #[must_use]
    #[inline(always)]
    pub const fn at(self, base: Addr) -> Addr {
        base.offset(self.offset_bytes)
    }

    /// Reads the field of the struct at `base`.
    ///
    /// # Errors
    /// A fault if the field is not mapped or not aligned.
    #[inline(always)]
    pub fn read(self, m: &AddressSpace, base: Addr) -> Result<T, Fault> {
        m.read(self.at(base))
    }

    /// Writes the field of the struct at `base`.
    ///
    /// # Errors
    /// A fault if the field is not mapped or not aligned.
    #[inline(always)]
    pub fn write(self, m: &mut AddressSpace, base: Addr, value: T) -> Result<(), Fault> {
        m.write(self.at(base), value)
    }
}
