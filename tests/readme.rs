//! README.md does not claim more than the tests do.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "a test stops at what it cannot read")]

use std::fs;
use std::path::{Path, PathBuf};

use terrarium::abi::Release;

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str) -> Vec<PathBuf> {
    fs::read_dir(top().join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn recordings_that_no_test_reads_are_named() {
    let readme = fs::read_to_string(top().join("README.md")).unwrap();
    let unread =
        readme.lines().skip_while(|line| !line.starts_with("Recorded but not replayed yet")).take_while(|line| !line.is_empty());
    let unread: String = unread.collect();
    let rust = |path: &PathBuf| path.extension().is_some_and(|end| end == "rs") && !path.ends_with("readme.rs");
    let sources: Vec<_> = ["tests", "src/abi"].into_iter().flat_map(files).filter(rust).collect();
    let sources: String = sources.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let mut recordings = 0;
    for path in files("tests/truth") {
        let name = path.file_name().unwrap().to_str().unwrap();
        let is_program = path.extension().is_some_and(|end| end == "py" || end == "md");
        // Every trace in the folder is replayed, whatever its name.
        if is_program || name.starts_with("pymalloc-") {
            continue;
        }
        recordings += 1;
        let family = name.split('-').next().unwrap();
        let is_named = unread.contains(&format!("`{name}`")) || unread.contains(&format!("`{family}-*`"));
        assert!(sources.contains(&format!("truth/{name}")) || is_named, "no test reads {name}, and README does not say so");
    }
    assert!(recordings > 20, "{recordings}");
}

#[test]
fn the_releases_are_those_of_the_model() {
    let readme = fs::read_to_string(top().join("README.md")).unwrap();
    for release in Release::ALL {
        let profile = release.profile();
        let default = if release == Release::default() { " (default)" } else { "" };
        let row = format!("| {}{default} | {} |", profile.name, profile.version);
        assert!(readme.contains(&row), "{row}");
    }
}
