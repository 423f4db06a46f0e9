//! A wrong access to memory is a value with a stable code and a sentence, never a panic.

use core::cell::Cell;
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

/// An operation could not be done. Nearly every function of the model hands faults on, at some ten thousand `?`, so the value is
/// empty; the [`Why`] of the newest fault stands beside it, in a variable of its own, as C's `errno` does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fault(());

thread_local! {
    static LAST: Cell<Why> = const { Cell::new(Why::NotMapped(Addr::NULL)) };
    static READ_FAILED: Cell<bool> = const { Cell::new(false) };
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
        LAST.set(why);
        Fault(())
    }

    /// Notes whether the last read found a word.
    #[inline(always)]
    pub(super) fn note_read(is_there: bool) {
        READ_FAILED.set(!is_there);
    }

    /// The fault of the last read, if it found no word. Its reason was noted by [`Fault::new`].
    #[inline(always)]
    pub(super) fn of_last_read() -> Option<Fault> {
        READ_FAILED.get().then_some(Fault(()))
    }

    /// The newest fault once more, for callers of functions that report any fault as NULL.
    #[must_use]
    pub(crate) const fn last() -> Fault {
        Fault(())
    }

    /// The reason. It must be asked for before anything else is tried, because the next fault takes its place.
    #[must_use]
    pub fn why(self) -> Why {
        LAST.get()
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.why(), f)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.why(), f)
    }
}

impl Why {
    /// A code that stays the same in all later versions.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Why::NotMapped(_) => "not-mapped",
            Why::Misaligned(_) => "misaligned",
            Why::OutOfMemory(_) => "out-of-memory",
            Why::Corrupt(..) => "corrupt",
            Why::TooDeep(_) => "too-deep",
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::NotMapped(at) => write!(f, "No memory is mapped at {at}."),
            Why::Misaligned(at) => write!(f, "{at} is not aligned for this access."),
            Why::OutOfMemory(bytes) => {
                write!(f, "The memory limit leaves no room for {bytes} more bytes.")
            }
            Why::Corrupt(at, what) => write!(f, "The bytes at {at} are not a sound {what}."),
            Why::TooDeep(at) => write!(f, "Objects are nested too deeply at {at}: maximum recursion depth exceeded."),
        }
    }
}
