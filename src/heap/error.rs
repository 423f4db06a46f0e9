//! What can be wrong with a command: a stable code and a sentence that a learner understands.

use core::fmt;

use crate::ids::Serial;
use crate::mem::{Fault, Why};

/// A command was refused, for the reason inside; every byte is as it was before. Boxed, because each `?` on its way copies it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandError(Box<Problem>);

/// Why a command was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// No object ever had this id.
    UnknownObject(Serial),
    /// The object with this id was freed.
    DeadObject(Serial),
    /// Objects of this type have no such place.
    NoSuchPlace {
        /// `type(x).__name__`
        type_name: String,
        /// What was asked for: `items that can be appended`, ...
        place: &'static str,
    },
    /// Objects of this type are never changed.
    Immutable(String),
    /// The object has no hash, so it cannot be a key or a member.
    Unhashable {
        /// The object's type.
        type_name: String,
        /// `it can change`, ...
        why: &'static str,
    },
    /// The index is not below the length.
    IndexOutOfRange {
        /// The index that was given.
        index: u64,
        /// `len(x)`
        len: u64,
    },
    /// The dict has no such key.
    NoSuchKey(String),
    /// The set has no such member.
    NoSuchMember(String),
    /// The object has no such attribute.
    NoSuchAttribute(String),
    /// The cell is empty.
    EmptyCell,
    /// No such name is bound.
    UnboundName(String),
    /// Not a Python identifier.
    BadName(String),
    /// A value that cannot be made: the sentence that says why.
    BadValue(String),
    /// The object is not held by the page.
    NoHandle(Serial),
    /// A class that was made here is needed, to derive from or to make an instance of; this is the type of what was given.
    NotAClass(String),
    /// Generations are 0, 1 and 2.
    BadGeneration(u64),
    /// Commands that change the heap must wait until the collection that is stopped half way is finished.
    CollectionRunning,
    /// No collection is stopped half way.
    NoCollection,
    /// Memory: out of it, or an access that no command should make.
    Fault(Why),
}

impl Problem {
    /// The error with this reason.
    #[cold]
    #[inline(never)]
    #[must_use]
    pub fn refused(self) -> CommandError {
        CommandError(Box::new(self))
    }
}

impl CommandError {
    /// The reason.
    #[must_use]
    pub const fn problem(&self) -> &Problem {
        &self.0
    }

    /// A code that stays the same in all later versions.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.problem() {
            Problem::UnknownObject(_) => "unknown-object",
            Problem::DeadObject(_) => "dead-object",
            Problem::NoSuchPlace { .. } => "no-such-place",
            Problem::Immutable(_) => "immutable",
            Problem::Unhashable { .. } => "unhashable",
            Problem::IndexOutOfRange { .. } => "index-out-of-range",
            Problem::NoSuchKey(_) => "no-such-key",
            Problem::NoSuchMember(_) => "no-such-member",
            Problem::NoSuchAttribute(_) => "no-such-attribute",
            Problem::EmptyCell => "empty-cell",
            Problem::UnboundName(_) => "unbound-name",
            Problem::BadName(_) => "bad-name",
            Problem::BadValue(_) => "bad-value",
            Problem::NoHandle(_) => "no-handle",
            Problem::NotAClass(_) => "not-a-class",
            Problem::BadGeneration(_) => "bad-generation",
            Problem::CollectionRunning => "collection-running",
            Problem::NoCollection => "no-collection",
            Problem::Fault(why) => why.code(),
        }
    }
}

impl From<Fault> for CommandError {
    #[cold]
    #[inline(never)]
    fn from(fault: Fault) -> Self {
        Problem::Fault(fault.why()).refused()
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problem() {
            Problem::UnknownObject(id) => write!(f, "There is no object {id}."),
            Problem::DeadObject(id) => {
                write!(f, "Object {id} is gone: its last reference was given up and its memory was freed.")
            }
            Problem::NoSuchPlace { type_name, place } => write!(f, "This {type_name} has no {place}."),
            Problem::Immutable(type_name) => write!(f, "This {type_name} cannot be changed once it is made."),
            Problem::Unhashable { type_name, why } => {
                write!(f, "This {type_name} has no hash, because {why}; it cannot be a key or a member of a set.")
            }
            Problem::IndexOutOfRange { index, len } => write!(f, "There is no item {index}: the length is {len}."),
            Problem::NoSuchKey(key) => write!(f, "The dict has no key {key}."),
            Problem::NoSuchMember(member) => write!(f, "The set has no member {member}."),
            Problem::NoSuchAttribute(name) => write!(f, "The object has no attribute {name}."),
            Problem::EmptyCell => write!(f, "The cell is empty."),
            Problem::UnboundName(name) => write!(f, "The name {name} is not bound to anything."),
            Problem::BadName(name) => {
                write!(
                    f,
                    "'{name}' cannot be a name here: a name has only ASCII letters, digits and _, does not begin with a digit, and is no keyword."
                )
            }
            Problem::BadValue(why) => write!(f, "{why}"),
            Problem::NoHandle(id) => write!(f, "The page does not hold object {id} itself."),
            Problem::NotAClass(type_name) => write!(f, "A class made here is needed; this is of type {type_name}."),
            Problem::BadGeneration(n) => write!(f, "There is no generation {n}: they are 0, 1 and 2."),
            Problem::CollectionRunning => write!(f, "A collection is stopped half way; finish it first."),
            Problem::NoCollection => write!(f, "No collection is stopped half way."),
            Problem::Fault(why) => write!(f, "{why}"),
        }
    }
}
