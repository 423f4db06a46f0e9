// The package that wasm-bindgen makes (www/pkg) as the page names its types: what the page is checked against is what Rust exports.

import type * as terrarium from '../pkg/terrarium.js';

export type {
  Collected, Collecting, Details, FieldInfo, Frame, GenerationInfo, Hit, Holder, PhaseName, Place, Places, Playground, Reference, ReleaseName, Row, Rows, Spec, Statistics, Theme, View,
} from '../pkg/terrarium.js';
export type ArenaInfo = terrarium.ArenaInfo;
export type Name = ReturnType<terrarium.Playground['names']>[number];
/** The module itself. */
export type Package = typeof terrarium;
