//! `wasm-pack.toml`, the project's build manifest.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::shell;

/// One call of `wasm-pack build`.
#[derive(Hash)]
pub struct Build {
    pub target: String,
    /// Relative to the project's top folder.
    pub out_dir: PathBuf,
    pub out_name: String,
    /// wasm-pack reads them in Cargo.toml, which a test compares with these.
    pub wasm_opt: Vec<String>,
}

/// A browser that can run the tests.
pub struct Browser {
    /// wasm-pack's name for it.
    pub name: String,
    pub required: bool,
    pub commands: Vec<String>,
    pub drivers: Vec<String>,
    pub debian_packages: Vec<String>,
}

/// The whole file, checked.
pub struct Manifest {
    pub wasm_pack: String,
    pub wasm_bindgen_cli: String,
    pub rust_target: String,
    pub node_major: u64,
    pub builds: Vec<Build>,
    pub browsers: Vec<Browser>,
    pub webdriver_capabilities: PathBuf,
    pub web_suite_seconds: u64,
    pub page_test_seconds: u64,
    pub wasm_gzip_bytes: u64,
    pub page_gzip_bytes: u64,
    pub port: u16,
    /// The header's value.
    pub content_security_policy: String,
    /// Stage, then suite, then the least number of tests.
    pub minimum_tests: BTreeMap<String, BTreeMap<String, u64>>,
}

/// Where the manifest lies.
pub fn path() -> PathBuf {
    shell::root().join("wasm-pack.toml")
}

impl Manifest {
    pub fn load() -> Result<Self, String> {
        let text = std::fs::read_to_string(path()).map_err(|error| format!("wasm-pack.toml: {error}"))?;
        Self::parse(&text).map_err(|message| format!("wasm-pack.toml: {message}"))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let all: Table = text.parse().map_err(|error| format!("{error}"))?;
        let tools = table(&all, "tools")?;
        let timeouts = table(&all, "timeouts")?;
        let size = table(&all, "size")?;
        Ok(Self {
            wasm_pack: string(tools, "wasm-pack")?,
            wasm_bindgen_cli: string(tools, "wasm-bindgen-cli")?,
            rust_target: string(tools, "rust-target")?,
            node_major: number(tools, "node-major")?,
            builds: tables(&all, "build")?.into_iter().map(build).collect::<Result<_, _>>()?,
            browsers: tables(&all, "browser")?.into_iter().map(browser).collect::<Result<_, _>>()?,
            webdriver_capabilities: string(table(&all, "webdriver")?, "capabilities")?.into(),
            web_suite_seconds: number(timeouts, "web-suite-seconds")?,
            page_test_seconds: number(timeouts, "page-test-seconds")?,
            wasm_gzip_bytes: number(size, "wasm-gzip")?,
            page_gzip_bytes: number(size, "page-gzip")?,
            port: u16::try_from(number(table(&all, "serve")?, "port")?).map_err(|_| "serve.port is no port")?,
            content_security_policy: policy(table(&all, "content-security-policy")?)?,
            minimum_tests: minimum_tests(&all)?,
        })
    }

    /// The build that the page loads.
    pub fn page_build(&self) -> Result<&Build, String> {
        let web = self.builds.iter().find(|build| build.target == "web");
        web.ok_or_else(|| "wasm-pack.toml has no [[build]] with target = \"web\"".to_owned())
    }

    /// The browser that drives the page tests.
    pub fn page_browser(&self) -> Result<&Browser, String> {
        self.browsers.first().ok_or_else(|| "wasm-pack.toml has no [[browser]]".to_owned())
    }
}

fn build(all: &Table) -> Result<Build, String> {
    Ok(Build {
        target: string(all, "target")?,
        out_dir: Path::new(&string(all, "out-dir")?).to_path_buf(),
        out_name: string(all, "out-name")?,
        wasm_opt: strings(all, "wasm-opt")?,
    })
}

fn browser(all: &Table) -> Result<Browser, String> {
    Ok(Browser {
        name: string(all, "name")?,
        required: get(all, "required")?.as_bool().ok_or("`required` is not true or false")?,
        commands: strings(all, "commands")?,
        drivers: strings(all, "drivers")?,
        debian_packages: strings(all, "debian-packages")?,
    })
}

fn policy(all: &Table) -> Result<String, String> {
    let directives = all.keys().map(|name| Ok(format!("{name} {}", strings(all, name)?.join(" "))));
    Ok(directives.collect::<Result<Vec<_>, String>>()?.join("; "))
}

fn minimum_tests(all: &Table) -> Result<BTreeMap<String, BTreeMap<String, u64>>, String> {
    let stages = table(all, "minimum-tests")?;
    let mut minimum = BTreeMap::new();
    for stage in stages.keys() {
        let suites = table(stages, stage)?;
        let least = |name: &String| Ok::<_, String>((name.clone(), number(suites, name)?));
        minimum.insert(stage.clone(), suites.keys().map(least).collect::<Result<_, _>>()?);
    }
    Ok(minimum)
}

fn get<'a>(all: &'a Table, key: &str) -> Result<&'a Value, String> {
    all.get(key).ok_or_else(|| format!("`{key}` is missing"))
}

fn table<'a>(all: &'a Table, key: &str) -> Result<&'a Table, String> {
    get(all, key)?.as_table().ok_or_else(|| format!("`{key}` is not a table"))
}

fn tables<'a>(all: &'a Table, key: &str) -> Result<Vec<&'a Table>, String> {
    let values = get(all, key)?.as_array().ok_or_else(|| format!("`{key}` is not a list of tables"))?;
    values.iter().map(|value| value.as_table().ok_or_else(|| format!("`{key}` is not a table"))).collect()
}

fn string(all: &Table, key: &str) -> Result<String, String> {
    Ok(get(all, key)?.as_str().ok_or_else(|| format!("`{key}` is not a text"))?.to_owned())
}

fn strings(all: &Table, key: &str) -> Result<Vec<String>, String> {
    let values = get(all, key)?.as_array().ok_or_else(|| format!("`{key}` is not a list"))?;
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(|| format!("`{key}` holds a non-text"));
    values.iter().map(text).collect()
}

fn number(all: &Table, key: &str) -> Result<u64, String> {
    let value = get(all, key)?.as_integer().and_then(|value| u64::try_from(value).ok());
    value.ok_or_else(|| format!("`{key}` is not a whole number from 0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str) -> Table {
        std::fs::read_to_string(shell::root().join(name)).unwrap().parse().unwrap()
    }

    /// The version that Cargo.lock has for `package`.
    fn locked(package: &str) -> String {
        let lock = read("Cargo.lock");
        let packages = tables(&lock, "package").unwrap();
        let found: Vec<_> = packages.iter().filter(|all| string(all, "name").unwrap() == package).collect();
        assert_eq!(found.len(), 1, "{package} in Cargo.lock");
        string(found[0], "version").unwrap()
    }

    #[test]
    fn the_first_line_says_that_wasm_pack_does_not_read_it() {
        let text = std::fs::read_to_string(path()).unwrap();
        let first = text.lines().next().unwrap();
        assert!(first.starts_with("# wasm-pack does not read this file"), "{first}");
    }

    #[test]
    fn wasm_bindgen_cli_is_the_release_in_cargo_lock() {
        assert_eq!(Manifest::load().unwrap().wasm_bindgen_cli, locked("wasm-bindgen"));
    }

    #[test]
    fn cargo_toml_pins_the_browser_crates_exactly_as_locked() {
        let cargo = read("Cargo.toml");
        let wasm = table(table(&cargo, "target").unwrap(), "cfg(target_family = \"wasm\")").unwrap();
        for section in ["dependencies", "dev-dependencies"] {
            let crates = table(wasm, section).unwrap();
            assert!(!crates.is_empty(), "{section}");
            for (name, value) in crates {
                let version = value.as_str().or_else(|| value.get("version").and_then(Value::as_str));
                assert_eq!(version, Some(format!("={}", locked(name)).as_str()), "{name}");
            }
        }
    }

    #[test]
    fn wasm_opt_arguments_are_those_of_cargo_toml() {
        let cargo = read("Cargo.toml");
        let path = ["package", "metadata", "wasm-pack", "profile", "release"];
        let profile = path.iter().fold(&cargo, |all, key| table(all, key).unwrap());
        let manifest = Manifest::load().unwrap();
        assert!(!manifest.builds.is_empty());
        for build in &manifest.builds {
            assert_eq!(build.wasm_opt, strings(profile, "wasm-opt").unwrap(), "{}", build.target);
        }
    }

    #[test]
    fn the_rust_target_is_in_the_toolchain_file() {
        let toolchain = read("rust-toolchain.toml");
        let targets = strings(table(&toolchain, "toolchain").unwrap(), "targets").unwrap();
        assert!(targets.contains(&Manifest::load().unwrap().rust_target));
    }

    #[test]
    fn the_page_allows_wasm_and_nothing_inline() {
        let policy = Manifest::load().unwrap().content_security_policy;
        assert!(policy.contains("script-src 'self' 'wasm-unsafe-eval';"), "{policy}");
        assert!(!policy.contains("'unsafe-inline'") && !policy.contains("'unsafe-eval'"), "{policy}");
    }

    #[test]
    fn the_node_release_is_the_one_the_page_asks_for() {
        let package = std::fs::read_to_string(shell::root().join("www/package.json")).unwrap();
        let wanted = format!("\"node\": \">={}\"", Manifest::load().unwrap().node_major);
        assert!(package.contains(&wanted), "www/package.json does not say {wanted}");
    }

    #[test]
    fn what_is_wrong_in_the_file_is_named() {
        let text = std::fs::read_to_string(path()).unwrap();
        let error = |text: &str| Manifest::parse(text).map(|_| ()).unwrap_err();
        assert_eq!(error(&text.replace("port = 8080", "port = 99999")), "serve.port is no port");
        assert_eq!(error(&text.replace("wasm-gzip =", "wasm-gz =")), "`wasm-gzip` is missing");
        assert_eq!(error(&text.replace("[\"chromedriver\"]", "7")), "`drivers` is not a list");
    }
}
