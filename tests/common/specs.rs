//! What the recorders of whole programs write for an object that is made.

use serde_json::Value;
use terrarium::heap::Spec;
use terrarium::ids::Serial;

/// The object that an operation makes, of those that `id` finds by their numbers; `None` for other operations.
pub(crate) fn spec(op: &[Value], id: impl Fn(&Value) -> Serial) -> Option<Spec> {
    let all = |numbers: &Value| -> Vec<Serial> { numbers.as_array().unwrap().iter().map(&id).collect() };
    let text = |n: usize| op[n].as_str().unwrap().to_owned();
    let float = |n: usize| text(n).parse::<f64>().unwrap();
    let hex = |n: usize| -> Vec<u8> {
        let text = text(n);
        (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
    };
    Some(match op[0].as_str().unwrap() {
        "int" => Spec::Int(text(2)),
        "float" => Spec::Float(float(2)),
        "complex" => Spec::Complex(float(2), float(3)),
        "str" => Spec::Str(text(2)),
        "bytes" => Spec::Bytes(hex(2)),
        "bytearray" => Spec::ByteArray(hex(2)),
        "range" => Spec::Range(op[2].to_string(), op[3].to_string(), op[4].to_string()),
        "constant" => match text(2).as_str() {
            "None" => Spec::None,
            "True" => Spec::Bool(true),
            "False" => Spec::Bool(false),
            "..." => Spec::Ellipsis,
            _ => Spec::NotImplemented,
        },
        "list" => Spec::List(all(&op[2])),
        "tuple" => Spec::Tuple(all(&op[2])),
        "set" => Spec::Set(all(&op[2])),
        "frozenset" => Spec::FrozenSet(all(&op[2])),
        "dict" => Spec::Dict(op[2].as_array().unwrap().iter().map(|p| (id(&p[0]), id(&p[1]))).collect()),
        "instance" => Spec::Instance(id(&op[2])),
        "class" => Spec::Class {
            name: text(2),
            slots: op[3].as_array().map(|names| names.iter().map(|name| name.as_str().unwrap().to_owned()).collect()),
            bases: all(&op[4]),
        },
        "cell" => Spec::Cell((!op[2].is_null()).then(|| id(&op[2]))),
        "function" => Spec::Function { name: text(2), defaults: all(&op[3]), closure: all(&op[4]) },
        "method" => Spec::Method(id(&op[2]), id(&op[3])),
        "module" => Spec::Module(text(2)),
        "exception" => Spec::Exception(text(2), all(&op[3])),
        "weakref" => Spec::WeakRef(id(&op[2])),
        "slice" => Spec::Slice(id(&op[2]), id(&op[3]), id(&op[4])),
        "object" => Spec::Object,
        _ => return None,
    })
}
