//! The tools that the commands need: found, installed into the target folder, or asked for by name.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::manifest::{Browser, Manifest};
use crate::shell;

/// wasm-pack and wasm-bindgen-cli of the pinned versions, with the Rust target they build for.
pub struct WasmTools {
    pub wasm_pack: PathBuf,
    /// The folder with `wasm-bindgen` and `wasm-bindgen-test-runner`; it belongs on wasm-pack's PATH.
    pub bin: PathBuf,
}

/// Finds or installs everything, what is quickly missed first.
pub fn all(manifest: &Manifest) -> Result<(), String> {
    node(manifest)?;
    for browser in &manifest.browsers {
        find_browser(browser)?;
    }
    wasm_tools(manifest)?;
    page_packages(manifest)?;
    Ok(())
}

/// Finds or installs what `wasm-pack` needs.
///
/// `TERRARIUM_TOOLS` may name a folder with a `bin` that already holds them (as `cargo install --root` fills it).
pub fn wasm_tools(manifest: &Manifest) -> Result<WasmTools, String> {
    rust_target(&manifest.rust_target)?;
    let own = shell::target_dir().join("tools");
    let roots: Vec<PathBuf> = std::env::var_os("TERRARIUM_TOOLS").map(PathBuf::from).into_iter().chain([own]).collect();
    let wasm_pack = crate_binary(&roots, "wasm-pack", "wasm-pack", &manifest.wasm_pack)?;
    let bindgen = crate_binary(&roots, "wasm-bindgen-cli", "wasm-bindgen", &manifest.wasm_bindgen_cli)?;
    // Hundreds of megabytes that only the installation needed.
    let _ = std::fs::remove_dir_all(build_dir());
    let bin = bindgen.parent().map_or_else(PathBuf::new, Path::to_path_buf);
    Ok(WasmTools { wasm_pack, bin })
}

/// `binary` of exactly `version` in one of `roots`, installed into the last of them if none has it.
fn crate_binary(roots: &[PathBuf], package: &str, binary: &str, version: &str) -> Result<PathBuf, String> {
    let file = format!("{binary}{}", std::env::consts::EXE_SUFFIX);
    let has_version = |path: &PathBuf| {
        let printed = shell::output(Command::new(path).arg("--version")).unwrap_or_default();
        printed.split_whitespace().nth(1) == Some(version)
    };
    if let Some(path) = roots.iter().map(|root| root.join("bin").join(&file)).find(has_version) {
        return Ok(path);
    }
    let root = roots.last().ok_or("no folder for tools")?;
    println!("Installing {package} {version} into {} (once; takes some minutes)", root.display());
    let install = |locked: &[&str]| {
        let mut cargo = shell::cargo();
        cargo.args(["install", "--quiet", "--force", package, "--version", version]).args(locked);
        shell::run(cargo.arg("--root").arg(root).arg("--target-dir").arg(build_dir()))
    };
    // The versions its authors released it with; if one of those was withdrawn since, whatever cargo chooses.
    install(&["--locked"]).or_else(|message| {
        println!("{message}; trying again with the newest versions of what it is made of");
        install(&[])
    })?;
    let path = root.join("bin").join(&file);
    if has_version(&path) { Ok(path) } else { Err(format!("{} is not {version}", path.display())) }
}

fn build_dir() -> PathBuf {
    shell::target_dir().join("tools-build")
}

/// Adds the Rust target if the toolchain lacks it.
fn rust_target(target: &str) -> Result<(), String> {
    let rustc = || Command::new("rustc");
    let libraries = shell::output(rustc().args(["--print", "target-libdir", "--target", target]).current_dir(shell::root()))
        .ok_or("rustc is missing: install Rust with rustup")?;
    if Path::new(libraries.trim()).is_dir() {
        return Ok(());
    }
    if shell::which("rustup").is_none() {
        return Err(format!(
            "the Rust target {target} is missing, and there is no rustup to add it: install Rust with rustup, or add the target as your system's Rust packages do"
        ));
    }
    shell::run(Command::new("rustup").args(["target", "add", target]).current_dir(shell::root()))
}

/// Checks that Node.js is new enough and has npm.
pub fn node(manifest: &Manifest) -> Result<PathBuf, String> {
    let wanted = manifest.node_major;
    let node = shell::which("node").ok_or_else(|| format!("Node.js is missing: install version {wanted} or newer"))?;
    let version = shell::output(Command::new(&node).arg("--version")).unwrap_or_default();
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|part| part.parse::<u64>().ok());
    match major {
        Some(major) if major >= wanted => Ok(node),
        _ => Err(format!("Node.js is {}, too old: install version {wanted} or newer", version.trim())),
    }
}

/// Installs the page's packages if they are not those of `www/package-lock.json`; the folder of their commands.
pub fn page_packages(manifest: &Manifest) -> Result<PathBuf, String> {
    node(manifest)?;
    let npm = shell::which("npm").ok_or("npm is missing: it usually comes with Node.js, or as your system's package npm")?;
    let www = shell::root().join("www");
    let commands = www.join("node_modules/.bin");
    let lock = std::fs::read(www.join("package-lock.json")).map_err(|error| format!("www/package-lock.json: {error}"))?;
    // A copy of the lock file that the packages were installed by.
    let stamp = www.join("node_modules/.terrarium-lock.json");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(commands);
    }
    println!("Installing the page's packages");
    shell::run(Command::new(npm).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&www))?;
    std::fs::write(&stamp, lock).map_err(|error| format!("{}: {error}", stamp.display()))?;
    Ok(commands)
}

/// A browser and its driver on this machine.
pub struct Installed {
    pub command: PathBuf,
    pub driver: PathBuf,
}

/// Finds a browser; installs a required one on Debian as root. `None`: it is not here and need not be.
///
/// `CHROME`, `CHROMEDRIVER`, `FIREFOX` and `GECKODRIVER` may name the programs.
pub fn find_browser(browser: &Browser) -> Result<Option<Installed>, String> {
    if let Some(found) = look_for(browser) {
        return Ok(Some(found));
    }
    if !browser.required {
        return Ok(None);
    }
    let packages = browser.debian_packages.join(" ");
    if shell::which("apt-get").is_some() && is_root() && !browser.debian_packages.is_empty() {
        println!("Installing {packages} with apt-get");
        let apt = || {
            let mut apt = Command::new("apt-get");
            apt.env("DEBIAN_FRONTEND", "noninteractive");
            apt
        };
        shell::run(apt().args(["update", "--quiet"]))?;
        shell::run(apt().args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(&browser.debian_packages))?;
        if let Some(found) = look_for(browser) {
            return Ok(Some(found));
        }
    }
    let upper = browser.name.to_uppercase();
    Err(format!(
        "the tests need one of {} and its driver {} of the same release. On Debian, as root: apt-get install {packages}. \
         Elsewhere install both and put them on the PATH, or name them in the variables {upper} and {}.",
        browser.commands.join(", "),
        browser.drivers.join(", "),
        browser.drivers.join(", ").to_uppercase(),
    ))
}

fn look_for(browser: &Browser) -> Option<Installed> {
    let find = |variable: String, names: &[String]| {
        std::env::var_os(variable).map_or_else(|| names.iter().find_map(shell::which), shell::which)
    };
    let driver_variable = browser.drivers.first()?.to_uppercase();
    Some(Installed {
        command: find(browser.name.to_uppercase(), &browser.commands)?,
        driver: find(driver_variable, &browser.drivers)?,
    })
}

fn is_root() -> bool {
    shell::output(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0")
}
