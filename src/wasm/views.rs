//! The views: drawing them, what lies at a point, selection and cameras.

use wasm_bindgen::prelude::*;
use web_sys::CanvasRenderingContext2d;

use super::error::{Thrown, bad_argument};
use super::{Playground, answer, given, id, value};
use crate::ids::Serial;
use crate::paint::{canvas, svg};
use crate::playground::Step;
use crate::scene::{self, Point, Size, View};

fn view_called(name: &JsValue) -> Result<View, Thrown> {
    match name.as_string().as_deref() {
        Some("objects") => Ok(View::Objects),
        Some("pools") => Ok(View::Pools),
        Some("generations") => Ok(View::Generations),
        Some("bytes") => Ok(View::Bytes),
        _ => Err(bad_argument("The views are objects, pools, generations and bytes.")),
    }
}

fn finite(value: f64, what: &str) -> Result<f64, Thrown> {
    if value.is_finite() { Ok(value) } else { Err(bad_argument(&format!("{what} must be a finite number."))) }
}

fn read_frame(value: &JsValue) -> Result<(Size, f64, scene::Theme), Thrown> {
    let ([width, height, dpr], theme) = given::frame(value)?;
    let size = Size { w: finite(width, "The width")?, h: finite(height, "The height")? };
    Ok((size, finite(dpr, "The device pixel ratio")?, theme))
}

fn optional_id(value: &JsValue) -> Result<Option<Serial>, Thrown> {
    if value.is_undefined() || value.is_null() {
        return Ok(None);
    }
    value.as_f64().ok_or_else(|| bad_argument("That is not the id of an object.")).and_then(id).map(Some)
}

#[wasm_bindgen]
impl Playground {
    /// Draws a view. The canvas must be `width * dpr` by `height * dpr` pixels.
    ///
    /// ```js
    /// playground.loadDemo();
    /// const [width, height, dpr] = [640, 360, devicePixelRatio];
    /// canvas.width = width * dpr;
    /// canvas.height = height * dpr;
    /// playground.draw(canvas.getContext("2d"), "objects", { width, height, dpr, theme });
    /// ```
    pub fn draw(
        &self,
        #[wasm_bindgen(unchecked_param_type = "CanvasRenderingContext2D")] context: &JsValue,
        #[wasm_bindgen(unchecked_param_type = "View")] view: &JsValue,
        #[wasm_bindgen(unchecked_param_type = "Frame")] frame: JsValue,
    ) -> Result<(), JsValue> {
        let Some(context) = context.dyn_ref::<CanvasRenderingContext2d>() else {
            return Err(bad_argument("draw needs the 2d context of a canvas.").into());
        };
        let (view, (size, dpr, theme)) = (view_called(view)?, read_frame(&frame)?);
        // The borrow ends with this statement: nothing is held while the canvas is drawn on.
        let scene = self.model()?.scene(view, size)?;
        canvas::draw(context, &scene, &theme, dpr)
    }

    /// What lies at a point (css pixels) of a view as it was drawn last.
    #[wasm_bindgen(unchecked_return_type = "Hit | undefined")]
    pub fn hit(&self, #[wasm_bindgen(unchecked_param_type = "View")] view: &JsValue, x: f64, y: f64) -> Result<JsValue, JsValue> {
        let view = view_called(view)?;
        match self.model()?.hit(view, x, y)? {
            Some(hit) => Ok(value::object(|fields| answer::hit(fields, &hit))?),
            None => Ok(JsValue::UNDEFINED),
        }
    }

    /// A view as a standalone SVG document.
    ///
    /// ```js
    /// playground.loadDemo();
    /// const picture = playground.svg("pools", { width: 640, height: 360, dpr: 1, theme });
    /// picture.startsWith("<svg"); // true
    /// ```
    pub fn svg(
        &self,
        #[wasm_bindgen(unchecked_param_type = "View")] view: &JsValue,
        #[wasm_bindgen(unchecked_param_type = "Frame")] frame: JsValue,
    ) -> Result<String, JsValue> {
        let (view, (size, _, theme)) = (view_called(view)?, read_frame(&frame)?);
        let mut model = self.model()?;
        let scene = model.scene(view, size)?;
        let title = model.describe(view)?;
        Ok(svg::svg(&scene, &theme, &title))
    }

    /// What a view shows now, in words: the text alternative of its canvas.
    pub fn describe(&self, #[wasm_bindgen(unchecked_param_type = "View")] view: &JsValue) -> Result<String, JsValue> {
        let view = view_called(view)?;
        Ok(self.model()?.describe(view)?)
    }

    /// Selects an object in all views, or nothing.
    pub fn select(&self, #[wasm_bindgen(unchecked_param_type = "ObjectId | undefined")] object: &JsValue) -> Result<(), JsValue> {
        let object = optional_id(object)?;
        Ok(self.model()?.select(object)?)
    }

    /// The selected object.
    #[wasm_bindgen(getter)]
    pub fn selected(&self) -> Result<Option<f64>, JsValue> {
        Ok(self.model()?.view().selected.map(|id| f64::from(id.0)))
    }

    /// The object under the pointer, or nothing.
    pub fn hover(&self, #[wasm_bindgen(unchecked_param_type = "ObjectId | undefined")] object: &JsValue) -> Result<(), JsValue> {
        let object = optional_id(object)?;
        Ok(self.model()?.hover(object)?)
    }

    /// Moves a view's picture, in css pixels.
    pub fn pan(&self, #[wasm_bindgen(unchecked_param_type = "View")] view: &JsValue, dx: f64, dy: f64) -> Result<(), JsValue> {
        let view = view_called(view)?;
        self.model()?.view_mut().pan(view, finite(dx, "The distance")?, finite(dy, "The distance")?);
        Ok(())
    }

    /// Scales a view around a point (css pixels), which stays where it is.
    pub fn zoom(
        &self,
        #[wasm_bindgen(unchecked_param_type = "View")] view: &JsValue,
        factor: f64,
        x: f64,
        y: f64,
    ) -> Result<(), JsValue> {
        let view = view_called(view)?;
        let around = Point { x: finite(x, "The point")?, y: finite(y, "The point")? };
        self.model()?.view_mut().zoom(view, finite(factor, "The factor")?, around);
        Ok(())
    }

    /// Fits a view's picture to its canvas again, from its next drawing on, as small as stays readable. With `more`, a picture
    /// that fits so already shows everything, however small; and one that shows everything becomes readable again.
    pub fn fit(&self, #[wasm_bindgen(unchecked_param_type = "View")] view: &JsValue, more: Option<bool>) -> Result<(), JsValue> {
        let view = view_called(view)?;
        self.model()?.view_mut().fit(view, more.unwrap_or(false));
        Ok(())
    }

    /// The object that an arrow key leads to: one it refers to, one that refers to it, the next or the previous one.
    #[wasm_bindgen(unchecked_return_type = "ObjectId | undefined")]
    pub fn neighbour(
        &self,
        object: f64,
        #[wasm_bindgen(unchecked_param_type = "\"referent\" | \"referrer\" | \"next\" | \"previous\"")] direction: &JsValue,
    ) -> Result<Option<f64>, JsValue> {
        let object = id(object)?;
        let step = match direction.as_string().as_deref() {
            Some("referent") => Step::Referent,
            Some("referrer") => Step::Referrer,
            Some("next") => Step::Next,
            Some("previous") => Step::Previous,
            _ => return Err(bad_argument("The directions are referent, referrer, next and previous.").into()),
        };
        let found = self.model()?.neighbour(object, step)?;
        Ok(found.map(|id| f64::from(id.0)))
    }
}
