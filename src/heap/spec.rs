//! What a command can ask for.

use crate::ids::Serial;

/// What to create. Objects are named by their ids.
#[derive(Clone, Debug, PartialEq)]
pub enum Spec {
    /// `None`
    None,
    /// `True`, `False`
    Bool(bool),
    /// `...`
    Ellipsis,
    /// `NotImplemented`
    NotImplemented,
    /// An int, as decimal text of any length with an optional sign.
    Int(String),
    /// A float.
    Float(f64),
    /// A complex: real and imaginary part.
    Complex(f64, f64),
    /// A str, interned if it looks like an identifier (as a constant in source code is).
    Str(String),
    /// A bytes object.
    Bytes(Vec<u8>),
    /// A bytearray.
    ByteArray(Vec<u8>),
    /// A list display. One of more than 30 items is made by appending, as the compiler does it, so it has room for more.
    List(Vec<Serial>),
    /// A tuple.
    Tuple(Vec<Serial>),
    /// A set.
    Set(Vec<Serial>),
    /// A frozenset.
    FrozenSet(Vec<Serial>),
    /// A dict display.
    Dict(Vec<(Serial, Serial)>),
    /// A slice: start, stop, step.
    Slice(Serial, Serial, Serial),
    /// A range: start, stop, step as decimal text.
    Range(String, String, String),
    /// A class statement with an empty body.
    Class {
        /// `__name__`
        name: String,
        /// `__slots__`, if given.
        slots: Option<Vec<String>>,
        /// Base classes; none means object.
        bases: Vec<Serial>,
    },
    /// An instance of a class made here.
    Instance(Serial),
    /// A cell, empty or not.
    Cell(Option<Serial>),
    /// A function with an empty body.
    Function {
        /// `__name__`
        name: String,
        /// Default values.
        defaults: Vec<Serial>,
        /// Cells.
        closure: Vec<Serial>,
    },
    /// A bound method: function and `__self__`.
    Method(Serial, Serial),
    /// A module.
    Module(String),
    /// An exception of a builtin class: name of the class, args.
    Exception(String, Vec<Serial>),
    /// `weakref.ref(object)`
    WeakRef(Serial),
    /// `object()`
    Object,
}

/// Where in a container a reference goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Behind the last item of a list.
    Append,
    /// An item of a list that exists.
    Index(u64),
    /// The value of a key of a dict.
    Key(Serial),
    /// An attribute of an instance, a class, a function or a module.
    Attribute(String),
    /// A member of a set.
    Member,
    /// The contents of a cell.
    Cell,
}

/// What [`super::Heap::link`] accepts for one object.
#[allow(clippy::struct_excessive_bools, reason = "one answer for each place")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// [`Place::Append`]
    pub append: bool,
    /// [`Place::Index`] below this.
    pub indices: u64,
    /// [`Place::Key`]
    pub keyed: bool,
    /// [`Place::Attribute`]
    pub attribute: bool,
    /// [`Place::Member`]
    pub member: bool,
    /// [`Place::Cell`]
    pub cell: bool,
}
