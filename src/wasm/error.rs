//! Failures as JavaScript sees them: an `Error` with a sentence and a stable `code`.

use js_sys::Reflect;
use wasm_bindgen::{JsError, JsValue};

use crate::heap::CommandError;

/// An error with a code.
pub(super) fn error(code: &str, sentence: &str) -> JsValue {
    let error = JsValue::from(JsError::new(sentence));
    // A fresh, extensible object: setting a property on it cannot fail.
    let _set = Reflect::set(&error, &"code".into(), &code.into());
    error
}

/// What the readers of arguments and the writers of answers fail with; exports throw the value inside.
pub(super) struct Thrown(JsValue);

impl From<CommandError> for Thrown {
    #[cold]
    #[inline(never)]
    fn from(failure: CommandError) -> Self {
        Thrown(error(failure.code(), &failure.to_string()))
    }
}

impl From<CommandError> for JsValue {
    fn from(failure: CommandError) -> Self {
        Thrown::from(failure).0
    }
}

impl From<JsValue> for Thrown {
    fn from(value: JsValue) -> Self {
        Thrown(value)
    }
}

impl From<Thrown> for JsValue {
    fn from(thrown: Thrown) -> Self {
        thrown.0
    }
}

/// An argument that is not what the types say.
#[cold]
#[inline(never)]
pub(super) fn bad_argument(what: &str) -> Thrown {
    Thrown(error("bad-argument", what))
}
