//! Generators as structures: made, held, freed; not run yet. Source: Objects/genobject.c (`make_gen`).

use super::{alloc, gc, refcount};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::ids::gather::Gather as _;
use crate::mem::{AddressSpace, Fault, Field};
use crate::object::code::{co_nlocalsplus, co_stacksize};
use crate::object::function::{FUNC_BUILTINS, FUNC_CODE, FUNC_GLOBALS, FUNC_NAME, FUNC_QUALNAME};
use crate::object::generator::{STACKREF_NULL, STACKREF_NUMBER, STACKREF_UNCOUNTED, bytes, layout};
use crate::object::head::{OB_REFCNT, is_immortal_word};

/// An entry of a frame's value stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StackEntry {
    /// A reference (borrowed from the caller).
    Object(Addr),
    /// 3.15: a number in place of an object, such as the position of a loop over a list.
    Number(u32),
}

/// What a call of a generator function gives: `function` has been called with these `arguments`, which are its first locals.
/// `stack` is what lies on the value stack when the frame becomes a generator: nothing, but for loops over lists in 3.15.
///
/// # Errors
/// [`Fault::OutOfMemory`]; [`Fault::Corrupt`] if there are more arguments than locals, or more entries than stack.
pub fn new(m: &mut AddressSpace, function: Addr, arguments: &[Addr], stack: &[StackEntry]) -> Result<Addr, Fault> {
    let release = m.profile.release;
    let code = FUNC_CODE.read(m, function)?;
    let locals = u64::from(co_nlocalsplus(release).read(m, code)?);
    let words = locals + u64::from(co_stacksize(release).read(m, code)?);
    let top = locals + stack.len() as u64;
    if arguments.len() as u64 > locals || top > words {
        return Err(Fault::Corrupt(function, "call: more arguments than locals"));
    }
    let l = layout(release);
    let generator = alloc::new_object(m, TypeId::Generator.addr(), bytes(release, words))?;
    m.fill(generator.offset(16), bytes(release, words) - 16, 0)?;
    let (name, qualname) = (FUNC_NAME.read(m, function)?, FUNC_QUALNAME.read(m, function)?);
    for (field, object) in [(l.name, name), (l.qualname, qualname), (l.f_funcobj, function), (l.f_code, code)] {
        refcount::assign(m, field.at(generator), object)?;
    }
    if let Some(field) = l.code {
        refcount::assign(m, field.at(generator), code)?;
    }
    let (globals, builtins) = (FUNC_GLOBALS.read(m, function)?, FUNC_BUILTINS.read(m, function)?);
    l.f_globals.write(m, generator, globals)?;
    Field::new("f_builtins", l.f_globals.offset_bytes + 8).write(m, generator, builtins)?;
    l.frame_state.write(m, generator, l.created)?;
    if l.tagged {
        m.write(generator.offset(l.stacktop), generator.offset(l.localsplus + top * 8))?;
    } else {
        let n = u32::try_from(top).map_err(|_| Fault::Corrupt(code, "code object"))?;
        m.write(generator.offset(l.stacktop), n)?;
    }
    let given = arguments.iter().map(|&argument| Some(StackEntry::Object(argument)));
    let empty = (arguments.len() as u64..locals).map(|_| None);
    let entries: Vec<Option<StackEntry>> = given.chain(empty).chain(stack.iter().copied().map(Some)).gather();
    for (index, entry) in (0..).zip(entries) {
        write_local(m, generator.offset(l.localsplus + index * 8), l.tagged, entry)?;
    }
    gc::track(m, generator)?;
    Ok(generator)
}

/// `_PyStackRef`: references to immortal objects are tagged and not counted, from 3.14 on.
fn write_local(m: &mut AddressSpace, slot: Addr, tagged: bool, entry: Option<StackEntry>) -> Result<(), Fault> {
    match entry {
        None => m.write(slot, if tagged { STACKREF_NULL } else { 0 }),
        Some(StackEntry::Number(number)) => m.write(slot, u64::from(number) << 2 | STACKREF_NUMBER),
        Some(StackEntry::Object(obj)) if tagged && is_immortal_word(m.profile.refcount, OB_REFCNT.read(m, obj)?) => {
            m.write(slot, obj.0 | STACKREF_UNCOUNTED)
        }
        Some(StackEntry::Object(obj)) => refcount::assign(m, slot, obj),
    }
}
