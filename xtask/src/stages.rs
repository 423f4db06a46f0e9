//! `cargo xtask test`: every test there is, in stages that can also be run one by one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::counts::{self, Suite};
use crate::manifest::{Browser, Manifest};
use crate::{serve, shell, tools, wasm};

/// What a stage has found so far.
#[derive(Default)]
struct Report {
    suites: Vec<Suite>,
    /// Suites that have to be among `suites` besides those of the manifest.
    expected: Vec<String>,
    problems: Vec<String>,
}

impl Report {
    /// Runs a command that is one check.
    fn check(&mut self, name: &str, command: &mut Command) -> Result<(), String> {
        shell::run(command)?;
        self.suites.push(Suite::check(name));
        Ok(())
    }
}

type Stage = fn(&Manifest, &mut Report) -> Result<(), String>;

/// In the order in which they are worth knowing about.
const STAGES: [(&str, Stage); 10] = [
    ("tools", all_tools),
    ("fmt", fmt),
    ("clippy", clippy),
    ("native", native),
    ("replay", replay),
    ("web", web),
    ("size", size),
    ("types", types),
    ("page", page),
    ("doc", doc),
];

/// Runs the stages called `names`, or all; whether all went well.
pub fn run(manifest: &Manifest, names: &[&str], raise: bool) -> Result<bool, String> {
    if let Some(unknown) = names.iter().find(|name| !STAGES.iter().any(|(stage, _)| stage == *name)) {
        let known = STAGES.map(|(stage, _)| stage).join(" ");
        return Err(format!("there is no stage `{unknown}`: {known}"));
    }
    let mut reached = BTreeMap::new();
    let mut lines = Vec::new();
    let (mut passed, mut failed) = (0, 0);
    for (name, stage) in STAGES.iter().filter(|(name, _)| names.is_empty() || names.contains(name)) {
        println!("\n=== {name} ===");
        let started = Instant::now();
        let mut report = Report::default();
        if let Err(message) = stage(manifest, &mut report) {
            report.problems.push(message);
        }
        report.problems.extend(counts::problems(manifest, name, &report.suites, &report.expected));
        let stage_passed: u64 = report.suites.iter().map(|suite| suite.passed).sum();
        let stage_failed: u64 = report.suites.iter().map(|suite| suite.failed).sum();
        // A stage can go wrong without a test that fails; then the stage itself is what failed.
        let stage_failed = stage_failed.max(u64::from(!report.problems.is_empty()));
        passed += stage_passed;
        failed += stage_failed;
        let seconds = started.elapsed().as_secs_f32();
        lines.push(format!("{name:<8}{stage_passed:>6} passed {stage_failed:>4} failed {seconds:>7.1} s"));
        for problem in &report.problems {
            lines.push(format!("    {problem}"));
        }
        if stage_failed > 0 {
            lines.push(format!("    again: cargo xtask test {name}"));
        }
        reached.insert((*name).to_owned(), report.suites);
        if *name == "tools" && stage_failed > 0 {
            // Half of the rest would fail for the same reason, some of it after many minutes.
            break;
        }
    }
    println!("\n=== summary ===\n{}", lines.join("\n"));
    println!("{passed} passed, {failed} failed");
    if raise && failed == 0 {
        reached.retain(|stage, _| ["native", "replay", "web", "page"].contains(&stage.as_str()));
        counts::raise(manifest, &reached)?;
    }
    Ok(failed == 0)
}

fn all_tools(manifest: &Manifest, _: &mut Report) -> Result<(), String> {
    tools::all(manifest)
}

fn fmt(_: &Manifest, report: &mut Report) -> Result<(), String> {
    report.check("fmt", shell::cargo().args(["fmt", "--all", "--check"]))
}

fn clippy(manifest: &Manifest, report: &mut Report) -> Result<(), String> {
    let deny = ["--", "-D", "warnings"];
    let mut host = shell::cargo();
    let host = host.args(["clippy", "--workspace", "--all-targets"]).args(deny);
    let mut wasm = shell::cargo();
    wasm.args(["clippy", "--lib", "--target", &manifest.rust_target]).args(web_test_arguments()?);
    // Both are worth knowing about, so the first one's failure does not hide the second.
    let on_host = report.check("host", host);
    report.check("wasm", wasm.args(deny))?;
    on_host
}

fn native(_: &Manifest, report: &mut Report) -> Result<(), String> {
    let mut cargo = shell::cargo();
    // The same random programs in each run; `cargo test` by itself looks for new ones.
    cargo.args(["test", "--workspace", "--no-fail-fast"]).env("PROPTEST_RNG_SEED", "20261122");
    let transcript = shell::tee(&mut cargo)?;
    // Browser tests are empty programs here; the web stage runs them.
    let browser_tests = names_in("tests", "web", ".rs")?;
    report.suites = counts::of_cargo(&transcript.text);
    report.suites.retain(|suite| !browser_tests.contains(&suite.name));
    report.expected = names_in("tests", "", ".rs")?;
    report.expected.retain(|name| !browser_tests.contains(name));
    if transcript.success { Ok(()) } else { Err("cargo test failed".to_owned()) }
}

/// The allocation traces recorded from CPython, each address compared.
fn replay(_: &Manifest, report: &mut Report) -> Result<(), String> {
    let mut suite = Suite { passed: 0, ..Suite::check("pymalloc") };
    for trace in names_in("tests/truth", "pymalloc-", ".csv")? {
        let path = format!("tests/truth/{trace}.csv");
        let mut cargo = shell::cargo();
        let transcript = shell::tee(cargo.args(["run", "--quiet", "--example", "replay_pymalloc", "--", &path]))?;
        let last = transcript.text.lines().last().unwrap_or_default();
        let replayed = last.strip_suffix(" operations, 0 differences").and_then(|count| count.parse::<u64>().ok());
        if transcript.success && replayed.is_some_and(|count| count > 0) {
            suite.passed += 1;
        } else {
            suite.failed += 1;
            report.problems.push(format!("`{}` ended with `{last}`", shell::line(&cargo)));
        }
    }
    report.suites.push(suite);
    Ok(())
}

/// `wasm-pack test --headless` in each browser.
fn web(manifest: &Manifest, report: &mut Report) -> Result<(), String> {
    report.expected = names_in("tests", "web", ".rs")?;
    if report.expected.is_empty() {
        return Err("there is no tests/web*.rs".to_owned());
    }
    let tools = tools::wasm_tools(manifest)?;
    for browser in &manifest.browsers {
        let Some(installed) = tools::find_browser(browser)? else {
            println!("{} is skipped: no {} or no {}", browser.name, browser.commands[0], browser.drivers.join(", "));
            continue;
        };
        println!("{}: {} with {}", browser.name, installed.command.display(), installed.driver.display());
        let transcript = shell::tee(&mut wasm_pack_test(manifest, &tools, browser, &installed)?)?;
        let suites = counts::of_cargo(&transcript.text);
        if !transcript.success {
            report.problems.push(format!("wasm-pack test failed in {}", browser.name));
        }
        // Each browser has to run every suite, not only one of them.
        let missing = report.expected.iter().filter(|name| !suites.iter().any(|suite| suite.name == **name));
        report.problems.extend(missing.map(|name| format!("{name}: did not run in {}", browser.name)));
        report.suites.extend(suites);
    }
    Ok(())
}

fn wasm_pack_test(
    manifest: &Manifest,
    tools: &tools::WasmTools,
    browser: &Browser,
    installed: &tools::Installed,
) -> Result<Command, String> {
    let mut command = Command::new(&tools.wasm_pack);
    command.current_dir(shell::root());
    // The test runner takes the first driver variable it knows, whichever browser was asked for.
    for variable in ["GECKODRIVER", "SAFARIDRIVER", "CHROMEDRIVER", "MSEDGEDRIVER"] {
        command.env_remove(variable);
    }
    command
        .env("PATH", shell::path_with(std::slice::from_ref(&tools.bin))?)
        .env("WASM_PACK_CACHE", shell::target_dir().join("wasm-pack-cache"))
        .env("WASM_BINDGEN_TEST_TIMEOUT", manifest.web_suite_seconds.to_string())
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", capabilities(manifest, browser, &installed.command)?);
    command.args(["test", "--headless", "--mode", "no-install"]).arg(format!("--{}", browser.name));
    command.arg(format!("--{}", browser.drivers.first().map_or("", String::as_str))).arg(&installed.driver);
    command.arg(".").args(web_test_arguments()?);
    Ok(command)
}

/// A copy of the capabilities that also names the browser's program, so that the driver starts this one and no other, and lets it be
/// busy as long as a suite may take: the driver's own limit is 30 s, and tests that do not wait run in one go.
fn capabilities(manifest: &Manifest, browser: &Browser, program: &Path) -> Result<PathBuf, String> {
    let source = shell::root().join(&manifest.webdriver_capabilities);
    let text = std::fs::read_to_string(&source).map_err(|error| format!("{}: {error}", source.display()))?;
    let options = if browser.name == "firefox" { "\"moz:firefoxOptions\": {" } else { "\"goog:chromeOptions\": {" };
    if !text.contains(options) {
        return Err(format!("{} has no {options}", source.display()));
    }
    let named = text.replace(options, &format!("{options}\n    \"binary\": {:?},", program.display().to_string()));
    let milliseconds = manifest.web_suite_seconds * 1000;
    let patient = format!("{{\n  \"timeouts\": {{\"script\": {milliseconds}, \"pageLoad\": {milliseconds}}},");
    let named = named.replacen('{', &patient, 1);
    let copy = shell::target_dir().join(format!("webdriver-{}.json", browser.name));
    std::fs::write(&copy, named).map_err(|error| format!("{}: {error}", copy.display()))?;
    Ok(copy)
}

fn size(manifest: &Manifest, report: &mut Report) -> Result<(), String> {
    wasm::build(manifest)?;
    let build = manifest.page_build()?;
    let package = shell::root().join(&build.out_dir);
    let module = package.join(format!("{}_bg.wasm", build.out_name));
    let www = shell::root().join("www");
    let mut page = vec![package.join(format!("{}.js", build.out_name))];
    page.extend(wasm::files_below(&www)?.into_iter().filter(|file| is_page_file(&www, file)));
    for (name, files, budget) in [("wasm", vec![module], manifest.wasm_gzip_bytes), ("page", page, manifest.page_gzip_bytes)] {
        let bytes = gzipped(manifest, &files)?;
        println!("{name}: {bytes} bytes gzipped, {budget} allowed");
        if bytes > budget {
            report.problems.push(format!("{name}: {bytes} bytes gzipped, {budget} allowed by wasm-pack.toml"));
        } else {
            report.suites.push(Suite::check(name));
        }
    }
    Ok(())
}

fn is_page_file(www: &Path, file: &Path) -> bool {
    let inside = file.strip_prefix(www).unwrap_or(file);
    let own = !inside.starts_with("node_modules") && !inside.starts_with("pkg");
    own && file.extension().is_some_and(|kind| ["html", "js", "mjs", "css"].iter().any(|page| kind == *page))
}

/// The sum of the files' sizes, each packed by itself as a server would.
fn gzipped(manifest: &Manifest, files: &[PathBuf]) -> Result<u64, String> {
    const SCRIPT: &str = "const {gzipSync} = require('zlib'), {readFileSync} = require('fs');
        console.log(process.argv.slice(1).reduce((sum, file) => sum + gzipSync(readFileSync(file), {level: 9}).length, 0))";
    let mut node = Command::new(tools::node(manifest)?);
    let printed = shell::output(node.arg("--eval").arg(SCRIPT).arg("--").args(files));
    let bytes = printed.and_then(|text| text.trim().parse::<u64>().ok()).filter(|bytes| *bytes > 0);
    bytes.ok_or_else(|| format!("gzip of {files:?} gave no size"))
}

/// The page's scripts against the package's types.
fn types(manifest: &Manifest, report: &mut Report) -> Result<(), String> {
    wasm::build(manifest)?;
    let tsc = tools::page_packages(manifest)?.join("tsc");
    report.check("types", Command::new(tsc).args(["--noEmit", "--project", "www"]).current_dir(shell::root()))
}

/// `node --test` over tests/page, each file with a browser of its own.
fn page(manifest: &Manifest, report: &mut Report) -> Result<(), String> {
    report.expected = names_in("tests/page", "", ".test.mjs")?;
    if report.expected.is_empty() {
        return Err("there is no tests/page/*.test.mjs".to_owned());
    }
    wasm::build(manifest)?;
    let browser = manifest.page_browser()?;
    let installed = tools::find_browser(browser)?.ok_or_else(|| format!("{} is missing", browser.name))?;
    let server = serve::Server::bind(manifest, Some(0))?;
    let url = server.url();
    std::thread::spawn(move || server.run());
    let node = tools::node(manifest)?;
    for name in report.expected.clone() {
        let tap = shell::target_dir().join(format!("page-{name}.tap"));
        let mut command = Command::new(&node);
        command.current_dir(shell::root()).env("TERRARIUM_URL", &url).env("CHROME", &installed.command);
        command.env("TERRARIUM_PAGE_TEST_SECONDS", manifest.page_test_seconds.to_string());
        command.args(["--test", "--test-reporter=spec", "--test-reporter-destination=stdout", "--test-reporter=tap"]);
        command.arg(format!("--test-reporter-destination={}", tap.display())).arg(format!("tests/page/{name}.test.mjs"));
        let success = shell::tee(&mut command)?.success;
        let text = std::fs::read_to_string(&tap).map_err(|error| format!("{}: {error}", tap.display()))?;
        report.suites.push(counts::of_tap(&name, &text));
        if !success {
            report.problems.push(format!("tests/page/{name}.test.mjs failed"));
        }
    }
    Ok(())
}

fn doc(manifest: &Manifest, report: &mut Report) -> Result<(), String> {
    // For the wasm target, where every module is part of the library.
    let mut cargo = shell::cargo();
    cargo.args(["doc", "--no-deps", "--lib", "--target", &manifest.rust_target]);
    report.check("doc", cargo.env("RUSTDOCFLAGS", "-D warnings"))
}

/// `--test web*` if there is any such test, for cargo stops at a pattern without a match.
fn web_test_arguments() -> Result<&'static [&'static str], String> {
    Ok(if names_in("tests", "web", ".rs")?.is_empty() { &[] } else { &["--test", "web*"] })
}

/// The files directly in `folder` that begin and end like this, without the ending, in order.
fn names_in(folder: &str, beginning: &str, ending: &str) -> Result<Vec<String>, String> {
    let path = shell::root().join(folder);
    if !path.is_dir() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let fitting = names.filter(|name| name.starts_with(beginning));
    let mut found: Vec<String> = fitting.filter_map(|name| name.strip_suffix(ending).map(str::to_owned)).collect();
    found.sort();
    Ok(found)
}
