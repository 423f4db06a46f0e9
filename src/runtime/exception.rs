//! Exceptions as structures: made with their arguments, not raised. Source: Objects/exceptions.c.

use super::{generic, refcount, tuple};
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::mem::{AddressSpace, Fault};
use crate::object::exception::{ARGS, BASE_BYTES, VALUE, WRITTEN};
use crate::object::head::native_type;
use crate::object::singleton::NONE;
use crate::object::tuple as tuple_view;

/// `tp(*items)` for a builtin exception type: from 3.14 on `BaseException_vectorcall` makes the tuple of arguments after the
/// exception, for types that have no `tp_new` of their own; else the call made it before.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn call(m: &mut AddressSpace, id: TypeId, items: &[Addr]) -> Result<Addr, Fault> {
    use TypeId as T;
    const BY_NEW: [TypeId; 8] = [
        T::AttributeError,
        T::ImportError,
        T::MemoryError,
        T::NameError,
        T::OSError,
        T::StopIteration,
        T::SystemExit,
        T::SyntaxError,
    ];
    let first = m.profile.features.exception_vectorcall && !BY_NEW.iter().any(|&base| id.is_subtype(base));
    if first {
        let exception = generic::alloc(m, id.addr(), 0)?;
        let args = tuple::packed(m, items)?;
        refcount::store(m, ARGS.at(exception), args)?;
        return Ok(exception);
    }
    let args = tuple::packed(m, items)?;
    let exception = new(m, id.addr(), args)?;
    refcount::decref(m, args, Addr::NULL)?;
    Ok(exception)
}

/// `tp(*args)` for an exception type or class; `args` is a tuple (borrowed). Sets the fields that `tp_init` of the type takes
/// from it.
///
/// # Errors
/// [`Fault::OutOfMemory`].
pub fn new(m: &mut AddressSpace, tp: Addr, args: Addr) -> Result<Addr, Fault> {
    let exception = generic::alloc(m, tp, 0)?;
    refcount::assign(m, ARGS.at(exception), args)?;
    let id = native_type(m, tp)?;
    let n = tuple_view::len(m, args)?;
    let arg = |m: &AddressSpace, i: u64| m.read::<Addr>(tuple_view::slot(m, args, i));
    if id.is_subtype(TypeId::OSError) {
        WRITTEN.write(m, exception, -1)?;
        os_error(m, exception, args, n)?;
    } else if id.is_subtype(TypeId::StopIteration) {
        let value = if n > 0 { arg(m, 0)? } else { NONE };
        refcount::assign(m, VALUE.at(exception), value)?;
    } else if id.is_subtype(TypeId::SystemExit) && n > 0 {
        let code = if n == 1 { arg(m, 0)? } else { args };
        refcount::assign(m, VALUE.at(exception), code)?;
    } else if id.is_subtype(TypeId::ImportError) && n == 1 || id.is_subtype(TypeId::SyntaxError) && n > 0 {
        // `msg` is the first field of both.
        let message = arg(m, 0)?;
        refcount::assign(m, VALUE.at(exception), message)?;
    }
    Ok(exception)
}

/// `oserror_parse_args`: errno, strerror, filename and filename2 from two to five arguments; with a file name `args` keeps two.
/// (The fourth argument, `winerror`, is ignored.)
fn os_error(m: &mut AddressSpace, exception: Addr, args: Addr, n: u64) -> Result<(), Fault> {
    if !(2..=5).contains(&n) {
        return Ok(());
    }
    for (field, index) in [(0, 0), (1, 1), (2, 2), (3, 4)] {
        if index < n {
            let value: Addr = m.read(tuple_view::slot(m, args, index))?;
            // Where there is no first file name, there is no second.
            if index >= 2 && value == NONE {
                break;
            }
            refcount::assign(m, exception.offset(BASE_BYTES + field * 8), value)?;
        }
    }
    if n > 2 && !m.read::<Addr>(exception.offset(BASE_BYTES + 16))?.is_null() {
        let two = [0, 1].map(|i| m.read::<Addr>(tuple_view::slot(m, args, i)));
        let short = tuple::new(m, &[two[0]?, two[1]?])?;
        refcount::replace(m, ARGS.at(exception), short)?;
        refcount::decref(m, short, Addr::NULL)?;
    }
    Ok(())
}
