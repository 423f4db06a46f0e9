//! Making objects from a [`Spec`].

use super::{CommandError, Heap, Problem, Spec, display, link};
use crate::abi::TypeId;
use crate::ids::gather::{Gather as _, Grow as _};
use crate::ids::text::{Owned as _, cat};
use crate::ids::{Addr, Serial};
use crate::mem::AddressSpace;
use crate::object::function::{FUNC_CLOSURE, FUNC_DEFAULTS};
use crate::object::head::{OBJECT_BYTES, is_static_type, type_of};
use crate::object::int::Value;
use crate::object::{Kind, int as int_view, singleton};
use crate::runtime::class::{self, Statement};
use crate::runtime::{
    alloc, bytearray, bytes, cell, code, exception, float, function, instance, int, interp, method, module, range, refcount,
    slice, str, tuple, weakref,
};

/// The instructions of a function body: as many as `pass` compiles to, two bytes each, all 0, because nothing runs them.
const EMPTY_BODY: [u8; 6] = [0; 6];

/// The addresses of the objects that a spec names, in its order.
pub(super) struct Parts(Vec<Addr>);

impl Parts {
    /// Looks the objects up, before the command begins.
    pub(super) fn resolve(heap: &Heap, spec: &Spec) -> Result<Parts, CommandError> {
        let ids: Vec<Serial> = match spec {
            Spec::List(ids) | Spec::Tuple(ids) | Spec::Set(ids) | Spec::FrozenSet(ids) | Spec::Exception(_, ids) => ids.clone(),
            Spec::Dict(entries) => entries.iter().flat_map(|&(key, value)| [key, value]).gather(),
            Spec::Slice(a, b, c) => vec![*a, *b, *c],
            Spec::Class { bases, .. } => bases.clone(),
            Spec::Instance(id) | Spec::WeakRef(id) => vec![*id],
            Spec::Cell(contents) => contents.iter().copied().gather(),
            Spec::Function { defaults, closure, .. } => defaults.iter().chain(closure).copied().gather(),
            Spec::Method(function, self_) => vec![*function, *self_],
            _ => Vec::new(),
        };
        Ok(Parts(ids.into_iter().map(|id| heap.address(id)).try_gather()?))
    }

    /// The one object of a spec that names one.
    fn only(&self) -> Result<Addr, CommandError> {
        self.0.first().copied().ok_or_else(|| Problem::BadValue("Nothing was given.".owned()).refused())
    }
}

/// A static object, with a reference for the caller.
fn shared(m: &mut AddressSpace, obj: Addr) -> Result<Addr, CommandError> {
    refcount::incref(m, obj, Addr::NULL)?;
    Ok(obj)
}

/// Makes what `spec` says, with one reference for the caller.
pub(super) fn create(m: &mut AddressSpace, spec: &Spec, parts: &Parts) -> Result<Addr, CommandError> {
    let objects = &parts.0[..];
    Ok(match spec {
        Spec::None => shared(m, singleton::NONE)?,
        Spec::Bool(value) => shared(m, singleton::bool_of(*value))?,
        Spec::Ellipsis => shared(m, singleton::ELLIPSIS)?,
        Spec::NotImplemented => shared(m, singleton::NOT_IMPLEMENTED)?,
        Spec::Int(text) => int::new(m, &whole(text)?)?,
        Spec::Float(value) => float::new(m, *value)?,
        Spec::Complex(real, imag) => float::new_complex(m, *real, *imag)?,
        Spec::Str(text) => str::constant(m, text)?,
        Spec::Bytes(value) => bytes::new(m, value)?,
        Spec::ByteArray(value) => bytearray::new(m, value)?,
        Spec::List(_) => display::list(m, objects)?,
        Spec::Tuple(_) => display::tuple(m, objects)?,
        Spec::Set(_) => display::set(m, objects)?,
        Spec::FrozenSet(_) => display::frozen_set(m, objects)?,
        Spec::Dict(_) => display::dict(m, objects)?,
        Spec::Slice(..) => match *objects {
            [start, stop, step] => slice::new(m, start, stop, step)?,
            _ => return Err(Problem::BadValue("A slice has start, stop and step.".owned()).refused()),
        },
        Spec::Range(start, stop, step) => new_range(m, start, stop, step)?,
        Spec::Class { name, slots, .. } => new_class(m, name, slots.as_deref(), objects)?,
        Spec::Instance(_) => {
            let tp = parts.only()?;
            heap_class(m, tp)?;
            instance::new(m, tp, 0)?
        }
        Spec::Cell(_) => cell::new(m, objects.first().copied().unwrap_or_default())?,
        Spec::Function { name, defaults, .. } => {
            let (defaults, closure) = objects.split_at(defaults.len().min(objects.len()));
            new_function(m, name, defaults, closure)?
        }
        Spec::Method(..) => match *objects {
            [function, self_] => {
                wanted(m, function, TypeId::Function, "function to bind")?;
                method::new(m, function, self_)?
            }
            _ => return Err(Problem::BadValue("A method has a function and an object.".owned()).refused()),
        },
        Spec::Module(name) => {
            link::identifier(name)?;
            let name = str::constant(m, name)?;
            let module = module::new(m, name)?;
            give_up(m, name)?;
            module
        }
        Spec::Exception(name, _) => new_exception(m, name, objects)?,
        Spec::WeakRef(_) => {
            let object = parts.only()?;
            if let Some(reference) = weakref::new(m, object, Addr::NULL)? {
                reference
            } else {
                let name = super::type_name(m, object)?;
                return Err(Problem::BadValue(format!("This {name} cannot be referred to weakly.")).refused());
            }
        }
        Spec::Object => alloc::new_object(m, TypeId::Object.addr(), OBJECT_BYTES)?,
    })
}

/// `name(*args)` for a builtin exception type.
fn new_exception(m: &mut AddressSpace, name: &str, args: &[Addr]) -> Result<Addr, CommandError> {
    let refused = |why: String| Err(Problem::BadValue(why).refused());
    match TypeId::named(name).filter(|id| id.is_subtype(TypeId::BaseException)) {
        Some(id) if id.is_subtype(TypeId::SyntaxError) && args.len() == 2 => {
            let why = "The second argument of SyntaxError is a tuple with the place of the error, which the model does not read.";
            refused(why.owned())
        }
        Some(TypeId::OSError) if has_type_of_its_own(m, args)? => {
            let why = "OSError with this number makes an object of another class, such as FileNotFoundError, which the model \
                does not have.";
            refused(why.owned())
        }
        Some(id) => Ok(exception::call(m, id, args)?),
        None => refused(format!("{name} is not a builtin exception that the model can make.")),
    }
}

/// The keys of `errnomap` on Linux but `ETIMEDOUT`: errnos for which OSError makes a subclass. Source: Objects/exceptions.c.
const ERRNO_MAP: [i64; 17] = [11, 114, 115, 32, 108, 10, 103, 111, 104, 17, 2, 21, 20, 4, 13, 1, 3];
/// `ETIMEDOUT`
const ETIMEDOUT: i64 = 110;

/// Whether `OSError(*args)` makes an object of a class below OSError. Source: Objects/exceptions.c:`OSError_new`.
fn has_type_of_its_own(m: &AddressSpace, args: &[Addr]) -> Result<bool, CommandError> {
    let [errno, _, rest @ ..] = args else { return Ok(false) };
    if rest.len() > 3 || Kind::of(m, *errno)? != Kind::Int {
        return Ok(false);
    }
    let number = int_view::value(m, *errno)?.to_i64();
    Ok(number.is_some_and(|n| n == ETIMEDOUT || ERRNO_MAP.contains(&n)))
}

/// The int that a text is.
fn whole(text: &str) -> Result<Value, CommandError> {
    Value::from_decimal(text.trim()).ok_or_else(|| Problem::BadValue(format!("'{text}' is not a whole number.")).refused())
}

fn new_range(m: &mut AddressSpace, start: &str, stop: &str, step: &str) -> Result<Addr, CommandError> {
    let part = |text: &str| {
        let small = whole(text)?.to_i64();
        small.ok_or_else(|| Problem::BadValue("The model makes ranges of numbers below 2**63 only.".owned()).refused())
    };
    let (start, stop, step) = (part(start)?, part(stop)?, part(step)?);
    if step == 0 {
        return Err(Problem::BadValue("The step of a range cannot be 0.".owned()).refused());
    }
    Ok(range::new(m, start, stop, step)?)
}

fn give_up(m: &mut AddressSpace, obj: Addr) -> Result<(), CommandError> {
    Ok(refcount::decref(m, obj, Addr::NULL)?)
}

/// `class name(*bases): __slots__ = (...)`
fn new_class(m: &mut AddressSpace, name: &str, slots: Option<&[String]>, bases: &[Addr]) -> Result<Addr, CommandError> {
    link::identifier(name)?;
    for &base in bases {
        heap_class(m, base)?;
    }
    let slots = slots.map(|names| slot_names(m, names)).transpose()?;
    let module = str::constant(m, "__main__")?;
    let base_tuple = if bases.is_empty() { Addr::NULL } else { tuple::new(m, bases)? };
    let body: Vec<(&str, Addr)> = slots.iter().map(|&slots| ("__slots__", slots)).gather();
    let statement =
        Statement { name, qualname: None, module, bases: base_tuple, first_line: 1, body: &body, static_attributes: Addr::NULL };
    let class = class::statement(m, &statement)?.map_err(|refusal| Problem::BadValue(refusal.to_string()).refused())?;
    for temporary in [Some(module), (!base_tuple.is_null()).then_some(base_tuple), slots].into_iter().flatten() {
        give_up(m, temporary)?;
    }
    Ok(class)
}

fn slot_names(m: &mut AddressSpace, names: &[String]) -> Result<Addr, CommandError> {
    let mut texts = Vec::new();
    for name in names {
        link::identifier(name)?;
        if name.starts_with("__") && name.ends_with("__") && !matches!(&name[..], "__dict__" | "__weakref__") {
            let why = cat(&[
                "A slot called ",
                name,
                " would take the place of what CPython looks up in classes; that is not modelled.",
            ]);
            return Err(Problem::BadValue(why).refused());
        }
        texts.add(str::name(m, name)?);
    }
    let slots = tuple::tracked(m, &texts)?;
    texts.into_iter().try_for_each(|text| give_up(m, text))?;
    Ok(slots)
}

/// `def name(...): pass` with these default values and cells.
fn new_function(m: &mut AddressSpace, name: &str, defaults: &[Addr], closure: &[Addr]) -> Result<Addr, CommandError> {
    link::identifier(name)?;
    for &cell in closure {
        wanted(m, cell, TypeId::Cell, "cell in a function's closure")?;
    }
    let name = str::name(m, name)?;
    let filename = str::constant(m, "<terrarium>")?;
    let consts = tuple::new(m, &[singleton::NONE])?;
    let arguments = u32::try_from(defaults.len()).unwrap_or(u32::MAX);
    let parts = code::Parts {
        name,
        qualname: name,
        filename,
        consts,
        names: singleton::EMPTY_TUPLE,
        localsplusnames: singleton::EMPTY_TUPLE,
        localspluskinds: singleton::EMPTY_BYTES,
        linetable: singleton::EMPTY_BYTES,
        exceptiontable: singleton::EMPTY_BYTES,
        flags: 3,
        firstlineno: 1,
        arguments: [arguments, 0, 0],
        variables: [arguments, 0, u32::try_from(closure.len()).unwrap_or(u32::MAX)],
        nlocalsplus: 0,
        stacksize: 1,
        instructions: &EMPTY_BODY,
    };
    let code = code::new(m, &parts)?;
    let (globals, builtins) = (super::roots::namespace(m)?, interp::builtins(m)?);
    let function = function::new(m, code, globals, builtins)?;
    for (field, items) in [(FUNC_DEFAULTS, defaults), (FUNC_CLOSURE, closure)] {
        if !items.is_empty() {
            let items = tuple::new(m, items)?;
            function::set(m, function, field, items)?;
            give_up(m, items)?;
        }
    }
    for temporary in [name, filename, consts, code] {
        give_up(m, temporary)?;
    }
    Ok(function)
}

/// Refuses what is no class that was made here.
fn heap_class(m: &AddressSpace, tp: Addr) -> Result<(), CommandError> {
    if Kind::of(m, tp)? == Kind::Type && !is_static_type(tp) {
        Ok(())
    } else {
        Err(Problem::NotAClass(super::type_name(m, tp)?).refused())
    }
}

/// Refuses an object that is not of this type: `place` says what it was meant for.
fn wanted(m: &AddressSpace, obj: Addr, id: TypeId, place: &'static str) -> Result<(), CommandError> {
    if type_of(m, obj)? == id.addr() {
        return Ok(());
    }
    Err(Problem::BadValue(format!("A {place} is needed, not a {}.", super::type_name(m, obj)?)).refused())
}
