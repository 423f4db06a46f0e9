//! `cargo xtask bench --python PATH`: benches/wasm in Node against a real CPython, both in one run.

use std::process::Command;

use crate::manifest::Manifest;
use crate::{shell, tools};

/// Builds the bench module and prints the ratios; `sizes` are numbers of containers, all three if none is given.
pub fn run(manifest: &Manifest, python: &str, sizes: &[String]) -> Result<bool, String> {
    let node = tools::node(manifest)?;
    let bindgen = tools::wasm_tools(manifest)?.bin.join("wasm-bindgen");
    let target = &manifest.rust_target;
    shell::run(shell::cargo().args(["build", "--release", "--package", "terrarium-bench", "--target", target]))?;
    let module = shell::target_dir().join(target).join("release/terrarium_bench.wasm");
    let package = shell::target_dir().join("bench");
    shell::run(Command::new(bindgen).args(["--target", "nodejs", "--out-dir"]).arg(&package).arg(&module))?;
    let script = shell::root().join("benches/ratios.mjs");
    shell::run(Command::new(node).arg(script).arg(package.join("terrarium_bench.js")).arg(python).args(sizes))?;
    Ok(true)
}
