//! `repr` of objects that say what they are instead of what they hold: `<class 'int'>`, `<function f at 0x...>`.

use super::Writer;
use crate::abi::TypeId;
use crate::ids::Addr;
use crate::ids::text::Owned as _;
use crate::mem::{AddressSpace, Fault, Field};
use crate::object::code::{CO_FILENAME, CO_NAME, co_firstlineno};
use crate::object::descriptor::{D_NAME, D_TYPE};
use crate::object::exception::ARGS;
use crate::object::function::{FUNC_NAME, FUNC_QUALNAME};
use crate::object::method::{IM_FUNC, IM_SELF};
use crate::object::module::md_name;
use crate::object::type_object::{TP_DICT, ht_qualname};
use crate::object::weakref::WR_OBJECT;
use crate::object::wrappers::{CM_CALLABLE, MAPPING};
use crate::object::{Kind, cell, dict, generator, head, singleton, str, tuple};

/// Longest name that is read.
const MAX_NAME: u64 = 1 << 10;

/// A C string.
pub(in crate::object) fn c_string(m: &AddressSpace, at: Addr) -> Result<String, Fault> {
    let mut text = String::new();
    for i in 0..MAX_NAME {
        match m.read::<u8>(at.offset(i))? {
            0 => break,
            byte @ ..0x80 => text.push(char::from(byte)),
            _ => return Err(Fault::Corrupt(at, "C string")),
        }
    }
    Ok(text)
}

/// The text of a name; `?` if it is missing or not a string.
fn name(m: &AddressSpace, text: Addr) -> Result<String, Fault> {
    if text.is_null() || Kind::native(m, text)? != Kind::Str {
        return Ok("?".owned());
    }
    let to_char = |c| char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER);
    Ok(str::chars(m, text, MAX_NAME)?.into_iter().map(to_char).collect())
}

/// `type.__name__`: `tp_name` behind the last dot. (`_PyType_Name`)
///
/// # Errors
/// A fault if there is no type object.
pub fn type_name(m: &AddressSpace, tp: Addr) -> Result<String, Fault> {
    let full = tp_name(m, tp)?;
    let start = full.bytes().rposition(|byte| byte == b'.').map_or(0, |dot| dot + 1);
    Ok(full.get(start..).unwrap_or_default().owned())
}

/// The name of its own that a class, a function or a module has: `__name__`; `None` for everything else.
///
/// # Errors
/// A fault if there is no object.
pub fn own_name(m: &AddressSpace, obj: Addr) -> Result<Option<String>, Fault> {
    let field = match Kind::of(m, obj)? {
        Kind::Type => return type_name(m, obj).map(Some),
        Kind::Function => FUNC_NAME,
        Kind::Module => md_name(m.profile.release),
        _ => return Ok(None),
    };
    name(m, field.read(m, obj)?).map(Some)
}

/// `type(obj).__name__`
pub(super) fn short_name(m: &AddressSpace, obj: Addr) -> Result<String, Fault> {
    type_name(m, head::type_of(m, obj)?)
}

fn tp_name(m: &AddressSpace, tp: Addr) -> Result<String, Fault> {
    c_string(m, head::tp::NAME.read(m, tp)?)
}

/// `__module__.__qualname__` of a type, the module left out if it is `builtins`.
///
/// # Errors
/// A fault if there is no type object.
pub fn type_label(m: &AddressSpace, tp: Addr) -> Result<String, Fault> {
    if head::is_static_type(tp) {
        return tp_name(m, tp);
    }
    let qualname = name(m, ht_qualname(m).read(m, tp)?)?;
    let namespace = TP_DICT.read(m, tp)?;
    let mut position = 0;
    while !namespace.is_null()
        && let Some(item) = dict::next(m, namespace, &mut position)?
    {
        if name(m, item.key)? == "__module__" {
            let module = name(m, item.value)?;
            return Ok(if module == "builtins" { qualname } else { format!("{module}.{qualname}") });
        }
    }
    Ok(qualname)
}

impl Writer<'_> {
    /// Objects whose `repr` is not made of what they hold.
    pub(super) fn named(&mut self, obj: Addr) -> Result<(), Fault> {
        let m = self.m;
        match Kind::native(m, obj)? {
            Kind::Type => self.put(&format!("<class '{}'>", type_label(m, obj)?)),
            Kind::Function => self.put(&format!("<function {} at {obj}>", name(m, FUNC_QUALNAME.read(m, obj)?)?)),
            Kind::Method => self.bound_method(obj)?,
            Kind::Cell => self.cell(obj)?,
            Kind::WeakRef => self.weakref(obj)?,
            Kind::Exception => self.exception(obj)?,
            Kind::MethodWrapper => self.wrapper(obj, CM_CALLABLE, ["<", ">"])?,
            Kind::MappingProxy => self.wrapper(obj, MAPPING, ["", ""])?,
            Kind::Descriptor => self.descriptor(obj)?,
            Kind::Generator => {
                self.put(&format!(
                    "<generator object {} at {obj}>",
                    name(m, generator::layout(m.profile.release).qualname.read(m, obj)?)?
                ));
            }
            Kind::Code => {
                let (file, line) = (name(m, CO_FILENAME.read(m, obj)?)?, co_firstlineno(m.profile.release).read(m, obj)?);
                let code = name(m, CO_NAME.read(m, obj)?)?;
                self.put(&format!("<code object {code} at {obj}, file \"{file}\", line {line}>"));
            }
            Kind::Module => self.put(&format!("<module '{}'>", name(m, md_name(m.profile.release).read(m, obj)?)?)),
            _ => self.put(&format!("<{} object at {obj}>", type_label(m, head::type_of(m, obj)?)?)),
        }
        Ok(())
    }

    /// Source: Objects/classobject.c:`method_repr`.
    fn bound_method(&mut self, method: Addr) -> Result<(), Fault> {
        let m = self.m;
        let function = IM_FUNC.read(m, method)?;
        let is_function = Kind::native(m, function)? == Kind::Function;
        let label = if is_function { name(m, FUNC_QUALNAME.read(m, function)?)? } else { "?".owned() };
        self.put(&format!("<bound method {label} of "));
        self.inside(method, IM_SELF.read(m, method)?)?;
        self.put(">");
        Ok(())
    }

    fn cell(&mut self, obj: Addr) -> Result<(), Fault> {
        let held = cell::OB_REF.read(self.m, obj)?;
        if held.is_null() {
            self.put(&format!("<cell at {obj}: empty>"));
        } else {
            let held_type = tp_name(self.m, head::type_of(self.m, held)?)?;
            self.put(&format!("<cell at {obj}: {held_type} object at {held}>"));
        }
        Ok(())
    }

    /// Source: Objects/weakrefobject.c:`weakref_repr`.
    fn weakref(&mut self, obj: Addr) -> Result<(), Fault> {
        let m = self.m;
        let target = WR_OBJECT.read(m, obj)?;
        if target.is_null() || target == singleton::NONE {
            self.put(&format!("<weakref at {obj}; dead>"));
            return Ok(());
        }
        self.put(&format!("<weakref at {obj}; to '{}' at {target}", tp_name(m, head::type_of(m, target)?)?));
        match Kind::native(m, target)? {
            Kind::Type => self.put(&format!(" ({})", tp_name(m, target)?)),
            Kind::Function => self.put(&format!(" ({})", name(m, FUNC_NAME.read(m, target)?)?)),
            _ => {}
        }
        self.put(">");
        Ok(())
    }

    /// The arguments in parentheses. Source: Objects/exceptions.c:`BaseException_repr`.
    fn exception(&mut self, obj: Addr) -> Result<(), Fault> {
        let m = self.m;
        let args = ARGS.read(m, obj)?;
        self.put(&short_name(m, obj)?);
        if args.is_null() {
            return Ok(());
        }
        if tuple::len(m, args)? != 1 {
            return self.object(args);
        }
        self.put("(");
        self.inside(obj, m.read(tuple::slot(m, args, 0))?)?;
        self.put(")");
        Ok(())
    }

    /// `repr` of something that `obj` shows, which may lead back to `obj`: CPython asks only containers for that, so `obj` is
    /// shown once more inside of one. A circle without any, where CPython raises RecursionError, ends with dots.
    fn inside(&mut self, obj: Addr, shown: Addr) -> Result<(), Fault> {
        let since = self.open.iter().rposition(|&open| open == obj).map_or(&[][..], |at| &self.open[at..]);
        let mut ends = !since.is_empty();
        for &open in since {
            ends &= !matches!(Kind::native(self.m, open)?, Kind::List | Kind::Tuple | Kind::Dict | Kind::Set);
        }
        if ends {
            self.put("...");
            return Ok(());
        }
        self.open.push(obj);
        self.object(shown)?;
        self.open.pop();
        Ok(())
    }

    /// `<classmethod(...)>`, `mappingproxy(...)`: the type, and in parentheses what the field holds.
    fn wrapper(&mut self, obj: Addr, field: Field<Addr>, [open, close]: [&str; 2]) -> Result<(), Fault> {
        let wrapped = field.read(self.m, obj)?;
        self.put(open);
        self.put(&short_name(self.m, obj)?);
        self.put("(");
        if !wrapped.is_null() {
            self.inside(obj, wrapped)?;
        }
        self.put(")");
        self.put(close);
        Ok(())
    }

    /// Source: Objects/descrobject.c:`getset_repr` and its neighbours.
    fn descriptor(&mut self, obj: Addr) -> Result<(), Fault> {
        let m = self.m;
        let what = match TypeId::at(head::type_of(m, obj)?) {
            Some(TypeId::MemberDescriptor) => "member",
            Some(TypeId::WrapperDescriptor) => "slot wrapper",
            Some(TypeId::MethodDescriptor) => "method",
            _ => "attribute",
        };
        self.put(&format!("<{what} '{}'", name(m, D_NAME.read(m, obj)?)?));
        let owner = D_TYPE.read(m, obj)?;
        let is_shared = m.profile.features.shared_descriptors && owner == TypeId::Object.addr();
        if !owner.is_null() && !is_shared {
            self.put(&format!(" of '{}' objects", tp_name(m, owner)?));
        }
        self.put(">");
        Ok(())
    }
}
