//! What a wrong access to memory is: a value with a sentence, never a panic.

use core::fmt;

use crate::ids::Addr;

/// Why an operation on the simulated memory could not be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No region is mapped at this address.
    NotMapped(Addr),
    /// The address is not a multiple of the access's size.
    Misaligned(Addr),
    /// The memory limit of the model would be passed by a request of this many bytes.
    OutOfMemory(u64),
    /// The bytes at this address break an invariant of the structure named.
    Corrupt(Addr, &'static str),
    /// Objects nest so deep here that CPython raises RecursionError.
    TooDeep(Addr),
}

impl Fault {
    /// A code that stays the same in all later versions.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Fault::NotMapped(_) => "not-mapped",
            Fault::Misaligned(_) => "misaligned",
            Fault::OutOfMemory(_) => "out-of-memory",
            Fault::Corrupt(..) => "corrupt",
            Fault::TooDeep(_) => "too-deep",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::NotMapped(at) => write!(f, "No memory is mapped at {at}."),
            Fault::Misaligned(at) => write!(f, "{at} is not aligned for this access."),
            Fault::OutOfMemory(bytes) => {
                write!(f, "The memory limit leaves no room for {bytes} bytes more.")
            }
            Fault::Corrupt(at, what) => write!(f, "The bytes at {at} are not a sound {what}."),
            Fault::TooDeep(at) => write!(f, "Objects nest too deep at {at}: maximum recursion depth exceeded."),
        }
    }
}
