//! How deep deallocation may nest before the next object has to wait, and what each type adds to the depth.
//!
//! Up to 3.13 the deallocators of some types count levels. From 3.14 on `_Py_Dealloc` asks how much of the machine's stack is
//! left, whatever the type; so how deep it comes depends on the compiler, the size of the stack and what lies on it already.
//! The bytes here are those of the recorded builds (x86-64, GCC 16, a main thread's 8 MiB), taken from where their chains
//! break; the first break of a chain moves by a level or two with the environment.
//! Source: 3.12 Objects/object.c (`_PyTrash_begin`), 3.13 Include/cpython/object.h, 3.14 Objects/object.c (`_Py_Dealloc`).

use crate::abi::{StackBytes, Trashcan};
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::exception::ARGS;
use crate::object::head::{self, type_of};
use crate::object::type_object::member_count;
use crate::object::{Kind, dict, instance};

/// Depths of nested deallocation: in levels, from 3.14 on in bytes of the machine's stack.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// The depth at which nothing is left.
    pub(super) whole: u64,
    /// An object that begins to die with less than this left has to wait.
    pub(super) least: u64,
    /// What waits is destroyed when this much is left again.
    pub(super) enough: u64,
    /// What the function that destroys the waiting objects itself adds to the depth.
    pub(super) chain: u64,
}

/// The limits of this release.
#[inline]
pub(super) const fn limits(m: &AddressSpace) -> Limits {
    match m.profile.trashcan {
        // `_PyTrash_UNWIND_LEVEL`; emptied at the outermost level only, whatever lies below that.
        Trashcan::Nesting50 => Limits { whole: 50, least: 1, enough: 50, chain: 1 },
        // `Py_C_RECURSION_LIMIT` of a release build on 64-bit Linux, less the two (`PY_EVAL_C_STACK_UNITS`) that the code at the
        // top takes; `Py_TRASHCAN_HEADROOM`.
        Trashcan::RecursionLeft => Limits { whole: 9_998, least: 51, enough: 101, chain: 1 },
        // Two and four units of `_PyOS_STACK_MARGIN_SHIFT`.
        Trashcan::MachineStack(stack) => Limits { whole: stack.at_start, least: 2 << 14, enough: 4 << 14, chain: 64 },
    }
}

/// What the deallocation of `obj` adds to the depth while what it refers to dies; 0 if its type has no trashcan.
#[inline]
pub(super) fn depth_of(m: &AddressSpace, obj: Addr, kind: Kind) -> Result<u64, Fault> {
    match m.profile.trashcan {
        // `subtype_dealloc` counts a level and then calls the base's deallocator, which counts one too.
        Trashcan::RecursionLeft if kind == Kind::Instance => {
            let native = Kind::native(m, obj)?;
            Ok(1 + u64::from(native != Kind::Instance && has_trashcan(native)))
        }
        Trashcan::Nesting50 | Trashcan::RecursionLeft => Ok(u64::from(has_trashcan(kind))),
        Trashcan::MachineStack(stack) => frame_bytes(m, stack, obj, kind),
    }
}

/// How many lists may be dying within each other at this depth; the next one has to wait.
pub(super) fn lists_that_fit(m: &AddressSpace, depth: u64) -> usize {
    let limits = limits(m);
    1 + lists_in(m, (limits.whole - limits.least).saturating_sub(depth))
}

/// The waiting objects are destroyed when the lists that die within each other at this depth are no more than this.
pub(super) fn lists_when_enough(m: &AddressSpace, depth: u64) -> usize {
    let limits = limits(m);
    lists_in(m, (limits.whole - limits.enough).saturating_sub(depth))
}

/// How many lists fit into a depth.
fn lists_in(m: &AddressSpace, depth: u64) -> usize {
    usize::try_from(depth / list_depth(m)).unwrap_or(usize::MAX)
}

const LIST_FRAME_BYTES: u64 = 80;

/// [`depth_of`] a list.
pub(super) const fn list_depth(m: &AddressSpace) -> u64 {
    match m.profile.trashcan {
        Trashcan::Nesting50 | Trashcan::RecursionLeft => 1,
        Trashcan::MachineStack(_) => LIST_FRAME_BYTES,
    }
}

/// Types whose `tp_dealloc` has `Py_TRASHCAN_BEGIN`. Source: 3.12 Objects/*.c.
const fn has_trashcan(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::List
            | Kind::Tuple
            | Kind::Dict
            | Kind::Set
            | Kind::Instance
            | Kind::BuiltinFunction
            | Kind::Frame
            | Kind::Traceback
            | Kind::Exception
    )
}

/// What an exception adds to the depth while the object in `slot` dies.
pub(super) fn depth_in_exception(m: &AddressSpace, obj: Addr, slot: Addr) -> Result<u64, Fault> {
    match m.profile.trashcan {
        Trashcan::MachineStack(stack) if slot == ARGS.at(obj) => Ok(stack.exception_args),
        _ => depth_of(m, obj, Kind::Exception),
    }
}

/// Bytes of stack from one `_Py_Dealloc` to the next one inside of it (3.14 on).
fn frame_bytes(m: &AddressSpace, stack: &StackBytes, obj: Addr, kind: Kind) -> Result<u64, Fault> {
    match kind {
        Kind::List | Kind::Tuple => Ok(LIST_FRAME_BYTES),
        Kind::Dict => Ok(if dict::is_split(m, obj)? || dict::keys(m, obj)?.is_unicode() { 112 } else { 176 }),
        Kind::Set => Ok(stack.set),
        Kind::Exception => Ok(stack.exception),
        Kind::Function => Ok(128),
        Kind::Module => Ok(stack.module),
        Kind::Generator => Ok(stack.generator),
        Kind::Instance => {
            let native = Kind::native(m, obj)?;
            if native != Kind::Instance {
                return Ok(112 + frame_bytes(m, stack, obj, native)?);
            }
            if instance::dict_of(m, obj)?.is_some() {
                return Ok(240);
            }
            if member_count(m, type_of(m, obj)?)? > 0 { Ok(stack.instance_with_slots) } else { Ok(112) }
        }
        _ => Ok(if head::is_gc(m, obj)? { 96 } else { 0 }),
    }
}
