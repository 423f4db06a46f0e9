//! Which of CPython's layouts an object has, and the registry that leads from a kind to its file.

use super::slots::{Span, Walk};
use super::{
    Fault, bytearray, cell, code, descriptor, dict, exception, function, generator, head, instance, list, method, module, range,
    set, slice, tuple, type_object, weakref, wrappers,
};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::AddressSpace;

/// The layout of an object. Types that share a layout share a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Only a head: `object()`, None, NotImplemented, Ellipsis.
    Plain,
    /// int, bool
    Int,
    /// float
    Float,
    /// complex
    Complex,
    /// str
    Str,
    /// bytes
    Bytes,
    /// bytearray
    ByteArray,
    /// tuple
    Tuple,
    /// list
    List,
    /// dict
    Dict,
    /// set, frozenset
    Set,
    /// slice
    Slice,
    /// range
    Range,
    /// cell
    Cell,
    /// function
    Function,
    /// bound method
    Method,
    /// builtin function or method
    BuiltinFunction,
    /// module
    Module,
    /// `weakref.ref`
    WeakRef,
    /// code
    Code,
    /// generator
    Generator,
    /// getset, member, wrapper and method descriptors
    Descriptor,
    /// classmethod, staticmethod
    MethodWrapper,
    /// property
    Property,
    /// mappingproxy
    MappingProxy,
    /// traceback
    Traceback,
    /// frame
    Frame,
    /// Exceptions of static types
    Exception,
    /// Type objects, static ones too
    Type,
    /// Instances of heap types
    Instance,
}

impl TypeId {
    /// The layout of this type's instances.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            TypeId::Object | TypeId::NoneType | TypeId::NotImplementedType | TypeId::Ellipsis => Kind::Plain,
            TypeId::Type => Kind::Type,
            TypeId::Int | TypeId::Bool => Kind::Int,
            TypeId::Float => Kind::Float,
            TypeId::Complex => Kind::Complex,
            TypeId::Str => Kind::Str,
            TypeId::Bytes => Kind::Bytes,
            TypeId::ByteArray => Kind::ByteArray,
            TypeId::Tuple => Kind::Tuple,
            TypeId::List => Kind::List,
            TypeId::Dict => Kind::Dict,
            TypeId::Set | TypeId::FrozenSet => Kind::Set,
            TypeId::Slice => Kind::Slice,
            TypeId::Range => Kind::Range,
            TypeId::Cell => Kind::Cell,
            TypeId::Function => Kind::Function,
            TypeId::Method => Kind::Method,
            TypeId::BuiltinFunction => Kind::BuiltinFunction,
            TypeId::Module => Kind::Module,
            TypeId::WeakRef => Kind::WeakRef,
            TypeId::Code => Kind::Code,
            TypeId::Generator => Kind::Generator,
            TypeId::GetSetDescriptor | TypeId::MemberDescriptor | TypeId::WrapperDescriptor | TypeId::MethodDescriptor => {
                Kind::Descriptor
            }
            TypeId::ClassMethod | TypeId::StaticMethod => Kind::MethodWrapper,
            TypeId::Property => Kind::Property,
            TypeId::MappingProxy => Kind::MappingProxy,
            TypeId::Traceback => Kind::Traceback,
            TypeId::Frame => Kind::Frame,
            _ => Kind::Exception,
        }
    }
}

impl Kind {
    /// The kind of the object at `obj`.
    ///
    /// # Errors
    /// A fault if there is no object.
    #[inline]
    pub fn of(m: &AddressSpace, obj: Addr) -> Result<Kind, Fault> {
        let tp = head::type_of(m, obj)?;
        if head::is_static_type(tp) {
            TypeId::at(tp).map(TypeId::kind).ok_or_else(|| Fault::Corrupt(obj, "object"))
        } else {
            Ok(Kind::Instance)
        }
    }

    /// The kind whose operations the object at `obj` has: an instance's is that of the static type which its class derives
    /// from, so that an instance of a subclass of int counts as an int.
    ///
    /// # Errors
    /// A fault if there is no object.
    pub fn native(m: &AddressSpace, obj: Addr) -> Result<Kind, Fault> {
        let native = head::native_type(m, head::type_of(m, obj)?)?;
        Ok(if native == TypeId::Object && Kind::of(m, obj)? == Kind::Instance { Kind::Instance } else { native.kind() })
    }
}

/// Where the references of an object of this kind lie: the `stage`-th span, `None` behind the last.
///
/// # Errors
/// A fault if the object's bytes are not sound.
#[inline]
pub fn span(m: &AddressSpace, obj: Addr, kind: Kind, walk: Walk, stage: u32) -> Result<Option<Span>, Fault> {
    match kind {
        Kind::List => list::span(m, obj, stage),
        Kind::Tuple => tuple::span(m, obj, stage),
        Kind::Dict => dict::span(m, obj, walk, stage),
        Kind::Set => set::span(m, obj, stage),
        Kind::Cell => cell::span(obj, stage),
        Kind::Slice => slice::span(obj, walk, stage),
        Kind::Range => range::span(obj, stage),
        Kind::ByteArray => bytearray::span(m, obj, stage),
        _ => other(m, obj, kind, walk, stage),
    }
}

fn other(m: &AddressSpace, obj: Addr, kind: Kind, walk: Walk, stage: u32) -> Result<Option<Span>, Fault> {
    match kind {
        Kind::Instance => instance::span(m, obj, walk, stage),
        Kind::Type => type_object::span(m, obj, walk, stage),
        Kind::Function => function::span(m, obj, walk, stage),
        Kind::Method => method::span(obj, stage),
        Kind::Code => code::span(obj, stage),
        Kind::Generator => generator::span(m, obj, walk, stage),
        Kind::Module => module::span(m, obj, walk, stage),
        Kind::WeakRef => weakref::span(obj, stage),
        Kind::Descriptor => descriptor::span(obj, walk, stage),
        Kind::Exception => exception::span(m, obj, head::native_type(m, head::type_of(m, obj)?)?, stage),
        Kind::BuiltinFunction | Kind::MethodWrapper | Kind::Property | Kind::MappingProxy | Kind::Traceback => {
            wrappers::span(obj, kind, stage)
        }
        _ => Ok(None),
    }
}
