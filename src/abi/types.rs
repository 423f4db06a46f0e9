//! The static types: what their type objects say in each release. Read from the type objects of the five interpreters at the
//! end of start-up (`tests/truth/static-types.tsv`).

use super::Release;
use super::space::{TYPE_STRIDE, TYPES};
use crate::ids::Addr;

/// A static type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum TypeId {
    /// `object`
    Object,
    /// `type`
    Type,
    /// `int`
    Int,
    /// `bool`
    Bool,
    /// `NoneType`
    NoneType,
    /// `NotImplementedType`
    NotImplementedType,
    /// `ellipsis`
    Ellipsis,
    /// `float`
    Float,
    /// `complex`
    Complex,
    /// `str`
    Str,
    /// `bytes`
    Bytes,
    /// `bytearray`
    ByteArray,
    /// `tuple`
    Tuple,
    /// `list`
    List,
    /// `dict`
    Dict,
    /// `set`
    Set,
    /// `frozenset`
    FrozenSet,
    /// `slice`
    Slice,
    /// `range`
    Range,
    /// `cell`
    Cell,
    /// `function`
    Function,
    /// `method`
    Method,
    /// `builtin_function_or_method`
    BuiltinFunction,
    /// `module`
    Module,
    /// `weakref.ReferenceType`
    WeakRef,
    /// `code`
    Code,
    /// `generator`
    Generator,
    /// `getset_descriptor`
    GetSetDescriptor,
    /// `member_descriptor`
    MemberDescriptor,
    /// `wrapper_descriptor`
    WrapperDescriptor,
    /// `method_descriptor`
    MethodDescriptor,
    /// `classmethod`
    ClassMethod,
    /// `staticmethod`
    StaticMethod,
    /// `property`
    Property,
    /// `mappingproxy`
    MappingProxy,
    /// `traceback`
    Traceback,
    /// `frame`
    Frame,
    /// `BaseException`
    BaseException,
    /// `Exception`
    Exception,
    /// `ArithmeticError`
    ArithmeticError,
    /// `AttributeError`
    AttributeError,
    /// `EOFError`
    EOFError,
    /// `ImportError`
    ImportError,
    /// `IndexError`
    IndexError,
    /// `KeyError`
    KeyError,
    /// `KeyboardInterrupt`
    KeyboardInterrupt,
    /// `LookupError`
    LookupError,
    /// `MemoryError`
    MemoryError,
    /// `NameError`
    NameError,
    /// `OSError`
    OSError,
    /// `OverflowError`
    OverflowError,
    /// `RecursionError`
    RecursionError,
    /// `ReferenceError`
    ReferenceError,
    /// `RuntimeError`
    RuntimeError,
    /// `StopIteration`
    StopIteration,
    /// `SyntaxError`
    SyntaxError,
    /// `SystemExit`
    SystemExit,
    /// `TypeError`
    TypeError,
    /// `UnboundLocalError`
    UnboundLocalError,
    /// `ValueError`
    ValueError,
    /// `Warning`
    Warning,
    /// `ZeroDivisionError`
    ZeroDivisionError,
}

/// What the type object of a static type says.
#[derive(Clone, Copy, Debug)]
pub struct TypeRow {
    /// The type that the row is of.
    pub id: TypeId,
    /// `tp_name`
    pub name: &'static str,
    /// `tp_base`
    pub base: TypeId,
    /// `tp_basicsize` per release, in bytes.
    basicsize: [u16; 5],
    /// `tp_itemsize` in bytes, the same in all releases.
    pub itemsize: u8,
    /// `tp_flags` per release.
    flags: [u32; 5],
    /// `tp_dictoffset`, `tp_weaklistoffset`, `tp_vectorcall_offset` per release.
    offsets: [[u16; 3]; 5],
}

impl TypeId {
    /// A row for each type, in the order of their addresses, which is that of the variants.
    pub const ALL: &'static [TypeRow] = &[
        TypeRow {
            id: TypeId::Object,
            name: "object",
            base: TypeId::Object,
            basicsize: [16, 16, 16, 16, 16],
            itemsize: 0,
            flags: [0x0008_1500, 0x0008_1502, 0x1502, 0x1502, 0x1502],
            offsets: [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
        },
        TypeRow {
            id: TypeId::Type,
            name: "type",
            base: TypeId::Object,
            basicsize: [904, 920, 928, 936, 944],
            itemsize: 40,
            flags: [0x8008_5d00, 0x8088_5d02, 0x8080_5d02, 0x8080_5d02, 0x8080_5d02],
            offsets: [[264, 368, 400], [264, 368, 400], [264, 368, 400], [264, 368, 400], [264, 368, 400]],
        },
        TypeRow {
            id: TypeId::Int,
            name: "int",
            base: TypeId::Object,
            basicsize: [24, 24, 24, 24, 24],
            itemsize: 4,
            flags: [0x0148_1500, 0x0148_1502, 0x0140_1502, 0x0140_1502, 0x0140_1502],
            offsets: [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
        },
        TypeRow {
            id: TypeId::Bool,
            name: "bool",
            base: TypeId::Int,
            basicsize: [32, 24, 24, 24, 24],
            itemsize: 4,
            flags: [0x0148_1100, 0x0148_1102, 0x0140_1102, 0x0140_1102, 0x0140_1102],
            offsets: [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
        },
        TypeRow {
            id: TypeId::NoneType,
            name: "NoneType",
            base: TypeId::Object,
            basicsize: [16, 16, 16, 16, 16],
            itemsize: 0,
            flags: [0x0008_1100, 0x0008_1102, 0x1102, 0x1102, 0x1102],
            offsets: [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
        },
        TypeRow {
            id: TypeId::NotImplementedType,
            name: "NotImplementedType",
            base: TypeId::Object,
            basicsize: [16, 16, 16, 16, 16],
            itemsize: 0,
            flags: [0x1100, 0x0008_1102, 0x1102, 0x1102, 0x1102],
            offsets: [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
        },
        TypeRow {
            id: TypeId::Ellipsis,
            name: "ellipsis",
            base: TypeId::Object,
            basicsize: [16, 16, 16, 16, 16],
            itemsize: 0,
            flags: [0x1100, 0x0008_1102, 0x1102, 0x1102, 0x1102],
            offsets: [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
        },
        TypeRow {
            id: TypeId::Float,
            name: "float",
            base: TypeId::Object,
            basicsize: [24, 24, 24, 24, 24],
            itemsize: 0,
            flags: [0x0040_1500, 0x0048_1502, 0x0040_1502, 0x0040_1502, 0x0040_1502],
            offsets: [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
        },
        TypeRow {
            id: TypeId::Complex,
            name: "complex",
            base: TypeId::Object,
            basicsize: [32, 32, 32, 32, 32],
            itemsize: 0,
            flags: [0x1500, 0x0008_1502, 0x1502, 0x1502, 0x1502],
            offsets: [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
        },
        TypeRow {
            id: TypeId::Str,
            name: "str",
            base: TypeId::Object,
            basicsize: [80, 64, 64, 64, 64],
            itemsize: 0,
            flags: [0x1048_1500, 0x1048_1502, 0x1040_1502, 0x1040_1502, 0x1040_1502],
            offsets: [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
        },
        TypeRow {
            id: TypeId::Bytes,
            name: "bytes",
            base: TypeId::Object,
            basicsize: [33, 33, 33, 33, 33],
            itemsize: 1,
            flags: [0x0848_1500, 0x0848_1502, 0x0840_1502, 0x0840_1502, 0x0840_1502],
            offsets: [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
        },
        TypeRow {
            id: TypeId::ByteArray,
            name: "bytearray",
            base: TypeId::Object,
            basicsize: [56, 56, 56, 56, 64],
            itemsize: 0,
            flags: [0x0040_1500, 0x0048_1502, 0x0040_1502, 0x0040_1502, 0x0040_1502],
            offsets: [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
        },
        TypeRow {
            id: TypeId::Tuple,
            name: "tuple",
            base: TypeId::Object,
            basicsize: [24, 24, 24, 32, 32],
            itemsize: 8,
            flags: [0x0448_5520, 0x0448_5522, 0x0440_5522, 0x0440_5522, 0x0440_5522],
            offsets: [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
        },
        TypeRow {
            id: TypeId::List,
            name: "list",
            base: TypeId::Object,
            basicsize: [40, 40, 40, 40, 40],
            itemsize: 0,
            flags: [0x0248_5520, 0x0248_5522, 0x0240_5522, 0x0240_5522, 0x0240_5522],
            offsets: [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
        },
        TypeRow {
            id: TypeId::Dict,
            name: "dict",
            base: TypeId::Object,
            basicsize: [48, 48, 48, 48, 48],
            itemsize: 0,
            flags: [0x2048_5540, 0x2048_5542, 0x2040_5542, 0x2040_5542, 0x2040_5542],
            offsets: [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
        },
        TypeRow {
            id: TypeId::Set,
            name: "set",
            base: TypeId::Object,
            basicsize: [200, 200, 200, 200, 200],
            itemsize: 0,
            flags: [0x0040_5500, 0x0048_5502, 0x0040_5502, 0x0040_5502, 0x0040_5502],
            offsets: [[0, 192, 0], [0, 192, 0], [0, 192, 0], [0, 192, 0], [0, 192, 0]],
        },
        TypeRow {
            id: TypeId::FrozenSet,
            name: "frozenset",
            base: TypeId::Object,
            basicsize: [200, 200, 200, 200, 200],
            itemsize: 0,
            flags: [0x0040_5500, 0x0048_5502, 0x0040_5502, 0x0040_5502, 0x0040_5502],
            offsets: [[0, 192, 0], [0, 192, 0], [0, 192, 0], [0, 192, 0], [0, 192, 0]],
        },
        TypeRow {
            id: TypeId::Slice,
            name: "slice",
            base: TypeId::Object,
            basicsize: [40, 40, 40, 40, 40],
            itemsize: 0,
            flags: [0x5100, 0x0008_5102, 0x5102, 0x5102, 0x5102],
            offsets: [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
        },
        TypeRow {
            id: TypeId::Range,
            name: "range",
            base: TypeId::Object,
            basicsize: [48, 48, 48, 48, 48],
            itemsize: 0,
            flags: [0x1120, 0x0008_1122, 0x1122, 0x1122, 0x1122],
            offsets: [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
        },
        TypeRow {
            id: TypeId::Cell,
            name: "cell",
            base: TypeId::Object,
            basicsize: [24, 24, 24, 24, 24],
            itemsize: 0,
            flags: [0x5100, 0x0008_5102, 0x5102, 0x5102, 0x5102],
            offsets: [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
        },
        TypeRow {
            id: TypeId::Function,
            name: "function",
            base: TypeId::Object,
            basicsize: [136, 144, 144, 152, 152],
            itemsize: 0,
            flags: [0x000a_5900, 0x000a_5902, 0x0002_5902, 0x0002_5902, 0x0002_5902],
            offsets: [[88, 96, 120], [88, 96, 128], [88, 96, 128], [88, 96, 136], [88, 96, 136]],
        },
        TypeRow {
            id: TypeId::Method,
            name: "method",
            base: TypeId::Object,
            basicsize: [48, 48, 48, 48, 48],
            itemsize: 0,
            flags: [0x5900, 0x0008_5902, 0x5902, 0x5902, 0x5902],
            offsets: [[0, 32, 40], [0, 32, 40], [0, 32, 40], [0, 32, 40], [0, 32, 40]],
        },
        TypeRow {
            id: TypeId::BuiltinFunction,
            name: "builtin_function_or_method",
            base: TypeId::Object,
            basicsize: [56, 56, 56, 56, 56],
            itemsize: 0,
            flags: [0x0008_5980, 0x0008_5982, 0x5982, 0x5982, 0x5982],
            offsets: [[0, 40, 48], [0, 40, 48], [0, 40, 48], [0, 40, 48], [0, 40, 48]],
        },
        TypeRow {
            id: TypeId::Module,
            name: "module",
            base: TypeId::Object,
            basicsize: [56, 56, 56, 56, 104],
            itemsize: 0,
            flags: [0x0008_5500, 0x0008_5502, 0x5502, 0x5502, 0x5502],
            offsets: [[16, 40, 0], [16, 40, 0], [16, 40, 0], [16, 40, 0], [16, 32, 0]],
        },
        TypeRow {
            id: TypeId::WeakRef,
            name: "weakref.ReferenceType",
            base: TypeId::Object,
            basicsize: [64, 64, 64, 64, 64],
            itemsize: 0,
            flags: [0x5d00, 0x0008_5d02, 0x5d02, 0x5d02, 0x5d02],
            offsets: [[0, 0, 56], [0, 0, 56], [0, 0, 56], [0, 0, 56], [0, 0, 56]],
        },
        TypeRow {
            id: TypeId::Code,
            name: "code",
            base: TypeId::Object,
            basicsize: [184, 192, 200, 208, 208],
            itemsize: 2,
            flags: [0x1100, 0x0008_1102, 0x1102, 0x1102, 0x1102],
            offsets: [[0, 144, 0], [0, 144, 0], [0, 144, 0], [0, 144, 0], [0, 144, 0]],
        },
        TypeRow {
            id: TypeId::Generator,
            name: "generator",
            base: TypeId::Object,
            basicsize: [152, 144, 144, 152, 152],
            itemsize: 8,
            flags: [0x0008_5180, 0x0008_5182, 0x5182, 0x5182, 0x5182],
            offsets: [[0, 24, 0], [0, 16, 0], [0, 16, 0], [0, 16, 0], [0, 16, 0]],
        },
        TypeRow {
            id: TypeId::GetSetDescriptor,
            name: "getset_descriptor",
            base: TypeId::Object,
            basicsize: [48, 48, 48, 48, 48],
            itemsize: 0,
            flags: [0x0008_5180, 0x0008_5182, 0x5182, 0x5182, 0x5182],
            offsets: [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
        },
        TypeRow {
            id: TypeId::MemberDescriptor,
            name: "member_descriptor",
            base: TypeId::Object,
            basicsize: [48, 48, 48, 48, 48],
            itemsize: 0,
            flags: [0x0008_5180, 0x0008_5182, 0x5182, 0x5182, 0x5182],
            offsets: [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
        },
        TypeRow {
            id: TypeId::WrapperDescriptor,
            name: "wrapper_descriptor",
            base: TypeId::Object,
            basicsize: [56, 56, 56, 56, 56],
            itemsize: 0,
            flags: [0x0002_5180, 0x000a_5182, 0x0002_5182, 0x0002_5182, 0x0002_5182],
            offsets: [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
        },
        TypeRow {
            id: TypeId::MethodDescriptor,
            name: "method_descriptor",
            base: TypeId::Object,
            basicsize: [56, 56, 56, 56, 56],
            itemsize: 0,
            flags: [0x0002_5980, 0x000a_5982, 0x0002_5982, 0x0002_5982, 0x0002_5982],
            offsets: [[0, 0, 48], [0, 0, 48], [0, 0, 48], [0, 0, 48], [0, 0, 48]],
        },
        TypeRow {
            id: TypeId::ClassMethod,
            name: "classmethod",
            base: TypeId::Object,
            basicsize: [32, 32, 32, 32, 32],
            itemsize: 0,
            flags: [0x0008_5500, 0x0008_5502, 0x5502, 0x5502, 0x5502],
            offsets: [[24, 0, 0], [24, 0, 0], [24, 0, 0], [24, 0, 0], [24, 0, 0]],
        },
        TypeRow {
            id: TypeId::StaticMethod,
            name: "staticmethod",
            base: TypeId::Object,
            basicsize: [32, 32, 32, 32, 32],
            itemsize: 0,
            flags: [0x0008_5500, 0x0008_5502, 0x5502, 0x5502, 0x5502],
            offsets: [[24, 0, 0], [24, 0, 0], [24, 0, 0], [24, 0, 0], [24, 0, 0]],
        },
        TypeRow {
            id: TypeId::Property,
            name: "property",
            base: TypeId::Object,
            basicsize: [64, 64, 64, 64, 64],
            itemsize: 0,
            flags: [0x0008_5500, 0x0008_5502, 0x5502, 0x5502, 0x5502],
            offsets: [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
        },
        TypeRow {
            id: TypeId::MappingProxy,
            name: "mappingproxy",
            base: TypeId::Object,
            basicsize: [24, 24, 24, 24, 24],
            itemsize: 0,
            flags: [0x0008_5140, 0x0008_5142, 0x5142, 0x5142, 0x5142],
            offsets: [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
        },
        TypeRow {
            id: TypeId::Traceback,
            name: "traceback",
            base: TypeId::Object,
            basicsize: [40, 40, 40, 40, 40],
            itemsize: 0,
            flags: [0x0008_5100, 0x0008_5102, 0x5102, 0x5102, 0x5102],
            offsets: [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
        },
        TypeRow {
            id: TypeId::Frame,
            name: "frame",
            base: TypeId::Object,
            basicsize: [120, 120, 136, 152, 152],
            itemsize: 8,
            flags: [0x5180, 0x0008_5182, 0x5182, 0x5182, 0x5182],
            offsets: [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
        },
        TypeRow {
            id: TypeId::BaseException,
            name: "BaseException",
            base: TypeId::Object,
            basicsize: [72, 72, 72, 72, 72],
            itemsize: 0,
            flags: [0x4008_5500, 0x4008_5502, 0x4000_5502, 0x4000_5502, 0x4000_5502],
            offsets: [[16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0]],
        },
        TypeRow {
            id: TypeId::Exception,
            name: "Exception",
            base: TypeId::BaseException,
            basicsize: [72, 72, 72, 72, 72],
            itemsize: 0,
            flags: [0x4008_5500, 0x4008_5502, 0x4000_5502, 0x4000_5502, 0x4000_5502],
            offsets: [[16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0]],
        },
        TypeRow {
            id: TypeId::ArithmeticError,
            name: "ArithmeticError",
            base: TypeId::Exception,
            basicsize: [72, 72, 72, 72, 72],
            itemsize: 0,
            flags: [0x4000_5500, 0x4008_5502, 0x4000_5502, 0x4000_5502, 0x4000_5502],
            offsets: [[16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0]],
        },
        TypeRow {
            id: TypeId::AttributeError,
            name: "AttributeError",
            base: TypeId::Exception,
            basicsize: [88, 88, 88, 88, 88],
            itemsize: 0,
            flags: [0x4008_5500, 0x4008_5502, 0x4000_5502, 0x4000_5502, 0x4000_5502],
            offsets: [[16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0]],
        },
        TypeRow {
            id: TypeId::EOFError,
            name: "EOFError",
            base: TypeId::Exception,
            basicsize: [72, 72, 72, 72, 72],
            itemsize: 0,
            flags: [0x4000_5500, 0x4008_5502, 0x4000_5502, 0x4000_5502, 0x4000_5502],
            offsets: [[16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0]],
        },
        TypeRow {
            id: TypeId::ImportError,
            name: "ImportError",
            base: TypeId::Exception,
            basicsize: [96, 104, 104, 104, 104],
            itemsize: 0,
            flags: [0x4000_5500, 0x4008_5502, 0x4000_5502, 0x4000_5502, 0x4000_5502],
            offsets: [[16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0]],
        },
        TypeRow {
            id: TypeId::IndexError,
            name: "IndexError",
            base: TypeId::LookupError,
            basicsize: [72, 72, 72, 72, 72],
            itemsize: 0,
            flags: [0x4000_5500, 0x4008_5502, 0x4000_5502, 0x4000_5502, 0x4000_5502],
            offsets: [[16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0]],
        },
        TypeRow {
            id: TypeId::KeyError,
            name: "KeyError",
            base: TypeId::LookupError,
            basicsize: [72, 72, 72, 72, 72],
            itemsize: 0,
            flags: [0x4000_5500, 0x4008_5502, 0x4000_5502, 0x4000_5502, 0x4000_5502],
            offsets: [[16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0]],
        },
        TypeRow {
            id: TypeId::KeyboardInterrupt,
            name: "KeyboardInterrupt",
            base: TypeId::BaseException,
            basicsize: [72, 72, 72, 72, 72],
            itemsize: 0,
            flags: [0x4000_5500, 0x4008_5502, 0x4000_5502, 0x4000_5502, 0x4000_5502],
            offsets: [[16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0]],
        },
        TypeRow {
            id: TypeId::LookupError,
            name: "LookupError",
            base: TypeId::Exception,
            basicsize: [72, 72, 72, 72, 72],
            itemsize: 0,
            flags: [0x4000_5500, 0x4008_5502, 0x4000_5502, 0x4000_5502, 0x4000_5502],
            offsets: [[16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0]],
        },
        TypeRow {
            id: TypeId::MemoryError,
            name: "MemoryError",
            base: TypeId::Exception,
            basicsize: [72, 72, 72, 72, 72],
            itemsize: 0,
            flags: [0x4000_5500, 0x4008_5502, 0x4000_5502, 0x4000_5502, 0x4000_5502],
            offsets: [[16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0]],
        },
        TypeRow {
            id: TypeId::NameError,
            name: "NameError",
            base: TypeId::Exception,
            basicsize: [80, 80, 80, 80, 80],
            itemsize: 0,
            flags: [0x4000_5500, 0x4008_5502, 0x4000_5502, 0x4000_5502, 0x4000_5502],
            offsets: [[16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0]],
        },
        TypeRow {
            id: TypeId::OSError,
            name: "OSError",
            base: TypeId::Exception,
            basicsize: [112, 112, 112, 112, 112],
            itemsize: 0,
            flags: [0x4000_5500, 0x4008_5502, 0x4000_5502, 0x4000_5502, 0x4000_5502],
            offsets: [[16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0]],
        },
        TypeRow {
            id: TypeId::OverflowError,
            name: "OverflowError",
            base: TypeId::ArithmeticError,
            basicsize: [72, 72, 72, 72, 72],
            itemsize: 0,
            flags: [0x4000_5500, 0x4008_5502, 0x4000_5502, 0x4000_5502, 0x4000_5502],
            offsets: [[16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0]],
        },
        TypeRow {
            id: TypeId::RecursionError,
            name: "RecursionError",
            base: TypeId::RuntimeError,
            basicsize: [72, 72, 72, 72, 72],
            itemsize: 0,
            flags: [0x4000_5500, 0x4008_5502, 0x4000_5502, 0x4000_5502, 0x4000_5502],
            offsets: [[16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0]],
        },
        TypeRow {
            id: TypeId::ReferenceError,
            name: "ReferenceError",
            base: TypeId::Exception,
            basicsize: [72, 72, 72, 72, 72],
            itemsize: 0,
            flags: [0x4000_5500, 0x4008_5502, 0x4000_5502, 0x4000_5502, 0x4000_5502],
            offsets: [[16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0]],
        },
        TypeRow {
            id: TypeId::RuntimeError,
            name: "RuntimeError",
            base: TypeId::Exception,
            basicsize: [72, 72, 72, 72, 72],
            itemsize: 0,
            flags: [0x4000_5500, 0x4008_5502, 0x4000_5502, 0x4000_5502, 0x4000_5502],
            offsets: [[16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0]],
        },
        TypeRow {
            id: TypeId::StopIteration,
            name: "StopIteration",
            base: TypeId::Exception,
            basicsize: [80, 80, 80, 80, 80],
            itemsize: 0,
            flags: [0x4000_5500, 0x4008_5502, 0x4000_5502, 0x4000_5502, 0x4000_5502],
            offsets: [[16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0]],
        },
        TypeRow {
            id: TypeId::SyntaxError,
            name: "SyntaxError",
            base: TypeId::Exception,
            basicsize: [136, 136, 136, 144, 144],
            itemsize: 0,
            flags: [0x4000_5500, 0x4008_5502, 0x4000_5502, 0x4000_5502, 0x4000_5502],
            offsets: [[16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0]],
        },
        TypeRow {
            id: TypeId::SystemExit,
            name: "SystemExit",
            base: TypeId::BaseException,
            basicsize: [80, 80, 80, 80, 80],
            itemsize: 0,
            flags: [0x4000_5500, 0x4008_5502, 0x4000_5502, 0x4000_5502, 0x4000_5502],
            offsets: [[16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0]],
        },
        TypeRow {
            id: TypeId::TypeError,
            name: "TypeError",
            base: TypeId::Exception,
            basicsize: [72, 72, 72, 72, 72],
            itemsize: 0,
            flags: [0x4000_5500, 0x4008_5502, 0x4000_5502, 0x4000_5502, 0x4000_5502],
            offsets: [[16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0]],
        },
        TypeRow {
            id: TypeId::UnboundLocalError,
            name: "UnboundLocalError",
            base: TypeId::NameError,
            basicsize: [80, 80, 80, 80, 80],
            itemsize: 0,
            flags: [0x4000_5500, 0x4008_5502, 0x4000_5502, 0x4000_5502, 0x4000_5502],
            offsets: [[16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0]],
        },
        TypeRow {
            id: TypeId::ValueError,
            name: "ValueError",
            base: TypeId::Exception,
            basicsize: [72, 72, 72, 72, 72],
            itemsize: 0,
            flags: [0x4008_5500, 0x4008_5502, 0x4000_5502, 0x4000_5502, 0x4000_5502],
            offsets: [[16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0]],
        },
        TypeRow {
            id: TypeId::Warning,
            name: "Warning",
            base: TypeId::Exception,
            basicsize: [72, 72, 72, 72, 72],
            itemsize: 0,
            flags: [0x4000_5500, 0x4008_5502, 0x4000_5502, 0x4000_5502, 0x4000_5502],
            offsets: [[16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0]],
        },
        TypeRow {
            id: TypeId::ZeroDivisionError,
            name: "ZeroDivisionError",
            base: TypeId::ArithmeticError,
            basicsize: [72, 72, 72, 72, 72],
            itemsize: 0,
            flags: [0x4000_5500, 0x4008_5502, 0x4000_5502, 0x4000_5502, 0x4000_5502],
            offsets: [[16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0], [16, 0, 0]],
        },
    ];

    /// Where the type object lies.
    #[must_use]
    pub const fn addr(self) -> Addr {
        Addr(TYPES.0 + self as u64 * TYPE_STRIDE)
    }

    /// Its row of [`TypeId::ALL`].
    #[must_use]
    pub const fn row(self) -> &'static TypeRow {
        &Self::ALL[self as usize]
    }

    /// The static type whose type object lies at `addr`.
    #[must_use]
    pub fn at(addr: Addr) -> Option<TypeId> {
        let (index, rest) = (addr.0.wrapping_sub(TYPES.0) / TYPE_STRIDE, addr.0.wrapping_sub(TYPES.0) % TYPE_STRIDE);
        if rest != 0 {
            return None;
        }
        Self::ALL.get(usize::try_from(index).ok()?).map(|row| row.id)
    }

    /// The static type called `name` (`tp_name`).
    #[must_use]
    pub fn named(name: &str) -> Option<TypeId> {
        Self::ALL.iter().find(|row| row.name == name).map(|row| row.id)
    }

    /// Whether this is `base` or derives from it.
    #[must_use]
    pub fn is_subtype(self, base: TypeId) -> bool {
        let mut at = self;
        while at != base && at != TypeId::Object {
            at = at.row().base;
        }
        at == base
    }
}

impl TypeRow {
    /// `tp_basicsize` in bytes.
    #[must_use]
    pub fn basicsize(&self, release: Release) -> u64 {
        u64::from(self.basicsize[release as usize])
    }

    /// `tp_flags` at the end of start-up.
    #[must_use]
    pub fn flags(&self, release: Release) -> u64 {
        u64::from(self.flags[release as usize])
    }

    /// `tp_dictoffset` in bytes, 0 for none.
    #[must_use]
    pub fn dictoffset(&self, release: Release) -> u64 {
        u64::from(self.offsets[release as usize][0])
    }

    /// `tp_weaklistoffset` in bytes, 0 for none.
    #[must_use]
    pub fn weaklistoffset(&self, release: Release) -> u64 {
        u64::from(self.offsets[release as usize][1])
    }

    /// `tp_vectorcall_offset` in bytes, 0 for none.
    #[must_use]
    pub fn vectorcall_offset(&self, release: Release) -> u64 {
        u64::from(self.offsets[release as usize][2])
    }
}
