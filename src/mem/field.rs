//! Typed fields of C structs: a name and an offset, read and written through the address space.

use core::marker::PhantomData;

use super::{AddressSpace, Fault};
use crate::ids::Addr;

/// An integer or a pointer as it lies in memory, little endian.
pub trait Word: Copy {
    /// Size and alignment in bytes: 1, 2, 4 or 8.
    const BYTES: u64;
    /// The word whose bits are all 0.
    const ZERO: Self;
    /// The word at the start of `bytes`; `None` if they are too few.
    fn load(bytes: &[u8]) -> Option<Self>;
    /// Writes the word to the start of `bytes`; `None` if they are too few.
    fn store(self, bytes: &mut [u8]) -> Option<()>;
}

// One implementation for each width: a copy whose length is not a constant would be a call to `memcpy` for every access.
macro_rules! word {
    ($($type:ty, $bytes:literal);*) => {$(
        impl Word for $type {
            const BYTES: u64 = $bytes;
            const ZERO: Self = 0 as $type;
            #[inline(always)]
            fn load(bytes: &[u8]) -> Option<Self> {
                bytes.first_chunk::<$bytes>().map(|word| <$type>::from_le_bytes(*word))
            }
            #[inline(always)]
            fn store(self, bytes: &mut [u8]) -> Option<()> {
                bytes.first_chunk_mut::<$bytes>().map(|word| *word = self.to_le_bytes())
            }
        }
    )*};
}
word!(u8, 1; u16, 2; u32, 4; u64, 8; i8, 1; i16, 2; i32, 4; i64, 8; f64, 8);

impl Word for Addr {
    const BYTES: u64 = 8;
    const ZERO: Self = Addr::NULL;
    #[inline(always)]
    fn load(bytes: &[u8]) -> Option<Self> {
        u64::load(bytes).map(Addr)
    }
    #[inline(always)]
    fn store(self, bytes: &mut [u8]) -> Option<()> {
        self.0.store(bytes)
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
    #[inline]
    pub fn read(self, m: &AddressSpace, base: Addr) -> Result<T, Fault> {
        m.read(self.at(base))
    }

    /// Reads the field of the struct at `base`; see [`AddressSpace::get_in_arena`].
    #[must_use]
    #[inline(always)]
    pub fn get_in_arena(self, m: &AddressSpace, base: Addr) -> Option<T> {
        m.get_in_arena(self.at(base))
    }

    /// Writes the field of the struct at `base`.
    ///
    /// # Errors
    /// A fault if the field is not mapped or not aligned.
    #[inline]
    pub fn write(self, m: &mut AddressSpace, base: Addr, value: T) -> Result<(), Fault> {
        m.write(self.at(base), value)
    }
}
