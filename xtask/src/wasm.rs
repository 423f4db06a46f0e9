//! Building the wasm package with wasm-pack, unless it is already there for exactly these sources.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::manifest::{Build, Manifest};
use crate::{shell, tools};

/// Builds every target of the manifest.
pub fn build(manifest: &Manifest) -> Result<(), String> {
    // First what takes no time to find missing.
    tools::node(manifest)?;
    let tools = tools::wasm_tools(manifest)?;
    let commands = tools::page_packages(manifest)?;
    if !commands.join("wasm-opt").exists() {
        return Err(format!("{} has no wasm-opt: remove www/node_modules and try again", commands.display()));
    }
    let path = shell::path_with(&[tools.bin.clone(), commands])?;
    for build in &manifest.builds {
        let sources = fingerprint(build)?;
        let out_dir = shell::root().join(&build.out_dir);
        let stamp = out_dir.join(".sources");
        let wasm = out_dir.join(format!("{}_bg.wasm", build.out_name));
        if wasm.is_file() && std::fs::read_to_string(&stamp).is_ok_and(|built| built == sources) {
            continue;
        }
        // Without its stamp a package that is half written will not be taken for a whole one.
        let _ = std::fs::remove_file(&stamp);
        shell::run(wasm_pack(&tools.wasm_pack, build).env("PATH", &path))?;
        std::fs::write(&stamp, &sources).map_err(|error| format!("{}: {error}", stamp.display()))?;
    }
    Ok(())
}

fn wasm_pack(program: &Path, build: &Build) -> Command {
    let mut command = Command::new(program);
    command.current_dir(shell::root()).env("WASM_PACK_CACHE", shell::target_dir().join("wasm-pack-cache"));
    // no-install: take only the tools on the PATH, download none.
    command.args(["build", "--release", "--no-pack", "--mode", "no-install", "--target", &build.target]);
    command.arg("--out-dir").arg(shell::root().join(&build.out_dir)).args(["--out-name", &build.out_name]);
    command
}

/// Changes whenever something changes that the wasm package is made from.
fn fingerprint(build: &Build) -> Result<String, String> {
    let root = shell::root();
    let mut files = files_below(&root.join("src"))?;
    files.extend(["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "www/package-lock.json"].map(|name| root.join(name)));
    let mut hasher = DefaultHasher::new();
    build.hash(&mut hasher);
    for file in files {
        file.hash(&mut hasher);
        std::fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// All files below `folder`, in order of their paths.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let trouble = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(trouble)? {
        let path = entry.map_err(trouble)?.path();
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
