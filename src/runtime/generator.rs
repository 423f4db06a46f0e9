//! Generators as structures: made, held, freed; not run yet. Source: Objects/genobject.c (`make_gen`).

use super::{alloc, gc, refcount};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault, Field};
use crate::object::code::{co_nlocalsplus, co_stacksize};
use crate::object::function::{FUNC_BUILTINS, FUNC_CODE, FUNC_GLOBALS, FUNC_NAME, FUNC_QUALNAME};
use crate::object::generator::{STACKREF_NULL, STACKREF_UNCOUNTED, bytes, layout};
use crate::object::head::{OB_REFCNT, is_immortal_word};

/// What a call of a generator function gives: `function` has been called with these `arguments`, which are its first locals.
///
/// # Errors
/// [`Fault::OutOfMemory`]; [`Fault::Corrupt`] if there are more arguments than locals.
pub fn new(m: &mut AddressSpace, function: Addr, arguments: &[Addr]) -> Result<Addr, Fault> {
    let release = m.profile.release;
    let code = FUNC_CODE.read(m, function)?;
    let locals = u64::from(co_nlocalsplus(release).read(m, code)?);
    if arguments.len() as u64 > locals {
        return Err(Fault::Corrupt(function, "call: more arguments than locals"));
    }
    let words = locals + u64::from(co_stacksize(release).read(m, code)?);
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
    let top = generator.offset(l.localsplus + locals * 8);
    if l.tagged {
        m.write(generator.offset(l.stacktop), top)?;
    } else {
        let n = u32::try_from(locals).map_err(|_| Fault::Corrupt(code, "code object"))?;
        m.write(generator.offset(l.stacktop), n)?;
    }
    for index in 0..locals {
        let slot = generator.offset(l.localsplus + index * 8);
        match usize::try_from(index).ok().and_then(|index| arguments.get(index)) {
            None if l.tagged => m.write(slot, STACKREF_NULL)?,
            None => {}
            Some(&argument) if l.tagged && is_immortal_word(m.profile.refcount, OB_REFCNT.read(m, argument)?) => {
                m.write(slot, argument.0 | STACKREF_UNCOUNTED)?;
            }
            Some(&argument) => refcount::assign(m, slot, argument)?,
        }
    }
    gc::track(m, generator)?;
    Ok(generator)
}
