//! What can be wrong with a command: a stable code and a sentence that a learner understands.

use core::fmt;

use crate::ids::Serial;
use crate::mem::Fault;

/// Why a command was refused. Every byte is then as it was before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandError {
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
    /// Objects of this type have no hash, so they cannot be keys or members.
    Unhashable(String),
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
    /// A value that cannot be made, and why.
    BadValue(String),
    /// The object is not held by the page.
    NoHandle(Serial),
    /// The object is not a class whose instances the model can make, or not one that can be a base.
    NotAClass(String),
    /// Generations are 0, 1 and 2.
    BadGeneration(u64),
    /// Commands that change the heap must wait until the collection that is stopped half way is finished.
    CollectionRunning,
    /// No collection is stopped half way.
    NoCollection,
    /// Memory: out of it, or an access that no command should make.
    Fault(Fault),
}

impl CommandError {
    /// A code that stays the same in all later versions.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            CommandError::UnknownObject(_) => "unknown-object",
            CommandError::DeadObject(_) => "dead-object",
            CommandError::NoSuchPlace { .. } => "no-such-place",
            CommandError::Immutable(_) => "immutable",
            CommandError::Unhashable(_) => "unhashable",
            CommandError::IndexOutOfRange { .. } => "index-out-of-range",
            CommandError::NoSuchKey(_) => "no-such-key",
            CommandError::NoSuchMember(_) => "no-such-member",
            CommandError::NoSuchAttribute(_) => "no-such-attribute",
            CommandError::EmptyCell => "empty-cell",
            CommandError::UnboundName(_) => "unbound-name",
            CommandError::BadName(_) => "bad-name",
            CommandError::BadValue(_) => "bad-value",
            CommandError::NoHandle(_) => "no-handle",
            CommandError::NotAClass(_) => "not-a-class",
            CommandError::BadGeneration(_) => "bad-generation",
            CommandError::CollectionRunning => "collection-running",
            CommandError::NoCollection => "no-collection",
            CommandError::Fault(fault) => fault.why().code(),
        }
    }
}

impl From<Fault> for CommandError {
    fn from(fault: Fault) -> Self {
        CommandError::Fault(fault)
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CommandError::UnknownObject(id) => write!(f, "There is no object {id}."),
            CommandError::DeadObject(id) => {
                write!(f, "Object {id} is gone: its last reference was given up and its memory was freed.")
            }
            CommandError::NoSuchPlace { type_name, place } => write!(f, "A {type_name} has no {place}."),
            CommandError::Immutable(type_name) => write!(f, "A {type_name} cannot be changed after it was made."),
            CommandError::Unhashable(type_name) => {
                write!(f, "A {type_name} has no hash, because it can change; it cannot be a key or a member of a set.")
            }
            CommandError::IndexOutOfRange { index, len } => write!(f, "There is no item {index}: the length is {len}."),
            CommandError::NoSuchKey(key) => write!(f, "The dict has no key {key}."),
            CommandError::NoSuchMember(member) => write!(f, "The set has no member {member}."),
            CommandError::NoSuchAttribute(name) => write!(f, "The object has no attribute {name}."),
            CommandError::EmptyCell => write!(f, "The cell is empty."),
            CommandError::UnboundName(name) => write!(f, "The name {name} is not bound to anything."),
            CommandError::BadName(name) => {
                write!(
                    f,
                    "'{name}' is not a name that can be used here: ASCII letters, digits and _ only, not a digit first, and no keyword."
                )
            }
            CommandError::BadValue(why) => write!(f, "{why}"),
            CommandError::NoHandle(id) => write!(f, "The page does not hold object {id} itself."),
            CommandError::NotAClass(type_name) => write!(f, "A class made here is needed, not a {type_name}."),
            CommandError::BadGeneration(n) => write!(f, "There is no generation {n}: they are 0, 1 and 2."),
            CommandError::CollectionRunning => write!(f, "A collection is stopped half way; finish it first."),
            CommandError::NoCollection => write!(f, "No collection is stopped half way."),
            CommandError::Fault(fault) => write!(f, "{fault}"),
        }
    }
}
