//! What every layer shares: newtypes for addresses and objects, and sorting, maps and text in little code.

pub mod gather;
pub mod map;
pub mod sort;
pub mod text;

use core::fmt;

/// An address in the simulated 64-bit address space, in bytes. `Addr::NULL` is C's `NULL`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Addr(pub u64);

impl Addr {
    /// C's `NULL`.
    pub const NULL: Addr = Addr(0);

    /// Whether this is `NULL`.
    #[must_use]
    pub const fn is_null(self) -> bool {
        self.0 == 0
    }

    /// The address `bytes` further up (wrapping, as pointer arithmetic does).
    #[must_use]
    pub const fn offset(self, bytes: u64) -> Addr {
        Addr(self.0.wrapping_add(bytes))
    }

    /// The address `bytes` further down.
    #[must_use]
    pub const fn back(self, bytes: u64) -> Addr {
        Addr(self.0.wrapping_sub(bytes))
    }
}

impl fmt::Display for Addr {
    /// As Python's `hex(id(x))` writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:x}", self.0)
    }
}

/// The birth number of an object: unique in one heap, never used again, so an address that is reused
/// does not make two objects one. 0 is no object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serial(pub u32);

impl Serial {
    /// Objects made at start-up are numbered from here on, so that the user's begin with 1.
    pub const FIRST_OF_STARTUP: Serial = Serial(1 << 28);

    /// Whether the object was made at start-up.
    #[must_use]
    pub const fn is_of_startup(self) -> bool {
        self.0 >= Serial::FIRST_OF_STARTUP.0
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.checked_sub(Serial::FIRST_OF_STARTUP.0) {
            Some(of_startup) => write!(f, "start-up {of_startup}"),
            None => write!(f, "#{}", self.0),
        }
    }
}
