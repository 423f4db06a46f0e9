//! What a wrong access to memory is: a value with a sentence, never a panic.

use core::cell::RefCell;
use core::fmt;

use crate::ids::Addr;

/// Why an operation on the simulated memory could not be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
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

/// A [`Why`] as one word: nearly every function of the model hands faults on, and whatever they weigh is copied at each of some
/// ten thousand `?`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault(&'static Why);

/// A fault that is one of the last so many is not stored again, so that being out of memory over and over costs none.
const REMEMBERED: usize = 64;

thread_local! {
    static LAST: RefCell<Vec<&'static Why>> = const { RefCell::new(Vec::new()) };
}

#[allow(non_snake_case, reason = "they read as the variants that they stand for")]
impl Fault {
    /// [`Why::NotMapped`]
    #[must_use]
    pub fn NotMapped(at: Addr) -> Fault {
        Fault::new(Why::NotMapped(at))
    }

    /// [`Why::Misaligned`]
    #[must_use]
    pub fn Misaligned(at: Addr) -> Fault {
        Fault::new(Why::Misaligned(at))
    }

    /// [`Why::OutOfMemory`]
    #[must_use]
    pub fn OutOfMemory(bytes: u64) -> Fault {
        Fault::new(Why::OutOfMemory(bytes))
    }

    /// [`Why::Corrupt`]
    #[must_use]
    #[cold]
    #[inline(never)]
    pub fn Corrupt(at: Addr, what: &'static str) -> Fault {
        Fault::new(Why::Corrupt(at, what))
    }

    /// [`Why::TooDeep`]
    #[must_use]
    pub fn TooDeep(at: Addr) -> Fault {
        Fault::new(Why::TooDeep(at))
    }
}

impl Fault {
    #[cold]
    #[inline(never)]
    fn new(why: Why) -> Fault {
        LAST.with_borrow_mut(|last| {
            if let Some(known) = last.iter().find(|known| ***known == why) {
                return Fault(known);
            }
            let stored: &'static Why = Box::leak(Box::new(why));
            if last.len() == REMEMBERED {
                last.remove(0);
            }
            last.push(stored);
            Fault(stored)
        })
    }

    /// What happened.
    #[must_use]
    pub const fn why(self) -> Why {
        *self.0
    }

    /// A code that stays the same in all later versions.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self.0 {
            Why::NotMapped(_) => "not-mapped",
            Why::Misaligned(_) => "misaligned",
            Why::OutOfMemory(_) => "out-of-memory",
            Why::Corrupt(..) => "corrupt",
            Why::TooDeep(_) => "too-deep",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Why::NotMapped(at) => write!(f, "No memory is mapped at {at}."),
            Why::Misaligned(at) => write!(f, "{at} is not aligned for this access."),
            Why::OutOfMemory(bytes) => {
                write!(f, "The memory limit leaves no room for {bytes} bytes more.")
            }
            Why::Corrupt(at, what) => write!(f, "The bytes at {at} are not a sound {what}."),
            Why::TooDeep(at) => write!(f, "Objects nest too deep at {at}: maximum recursion depth exceeded."),
        }
    }
}
