//! `cargo xtask bench --python PATH`: the model in Node against a real CPython, both in one run. What is measured is in
//! benches/ratios.mjs.

use std::process::Command;

use crate::manifest::Manifest;
use crate::{shell, tools, wasm};

/// What to measure against, and how.
#[derive(Debug, PartialEq, Eq)]
pub struct Options {
    python: String,
    /// Where pictures go, if anywhere.
    svg: Option<String>,
    /// Numbers of containers; all three if none is given.
    sizes: Vec<String>,
}

impl Options {
    /// `--python PATH [--svg DIR] [N...]`
    pub fn parse(args: &[String]) -> Result<Options, String> {
        let (mut python, mut svg, mut sizes) = (None, None, Vec::new());
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--python" => python = Some(args.next().ok_or("--python needs a path")?.clone()),
                "--svg" => svg = Some(args.next().ok_or("--svg needs a folder")?.clone()),
                size if size.parse::<u32>().is_ok_and(|n| n > 1) => sizes.push(size.to_owned()),
                other => return Err(format!("`{other}` is no number of containers")),
            }
        }
        Ok(Options { python: python.ok_or("bench needs --python PATH")?, svg, sizes })
    }
}

/// Builds the bench module and the page's package, and prints the ratios.
pub fn run(manifest: &Manifest, options: &Options) -> Result<bool, String> {
    let node = tools::node(manifest)?;
    wasm::build(manifest)?;
    let bindgen = tools::wasm_tools(manifest)?.bin.join("wasm-bindgen");
    let target = &manifest.rust_target;
    shell::run(shell::cargo().args(["build", "--release", "--package", "terrarium-bench", "--target", target]))?;
    let module = shell::target_dir().join(target).join("release/terrarium_bench.wasm");
    let package = shell::target_dir().join("bench");
    shell::run(Command::new(bindgen).args(["--target", "nodejs", "--out-dir"]).arg(&package).arg(&module))?;
    // Measured as it is delivered.
    let optimized = package.join("terrarium_bench_bg.wasm");
    let page = manifest.page_build()?;
    let mut wasm_opt = Command::new(tools::page_packages(manifest)?.join("wasm-opt"));
    shell::run(wasm_opt.arg(&optimized).arg("-o").arg(&optimized).args(&page.wasm_opt))?;
    let mut command = Command::new(node);
    command.arg(shell::root().join("benches/ratios.mjs")).arg(package.join("terrarium_bench.js"));
    command.arg(shell::root().join(&page.out_dir)).arg(&options.python);
    if let Some(folder) = &options.svg {
        command.args(["--svg", folder]);
    }
    shell::run(command.args(&options.sizes))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        Options::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn arguments_are_understood_in_any_order_or_named() {
        let options = parse("1000 --svg docs --python python3 20").unwrap();
        assert_eq!(options.sizes, ["1000", "20"]);
        assert_eq!((options.python.as_str(), options.svg.as_deref()), ("python3", Some("docs")));
        for wrong in ["", "1000", "--python", "--python p --svg", "--python p many", "--python p 1"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
