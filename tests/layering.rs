//! The arrows between the folders of `src` only point down, the browser's crates stay at the top, and nothing below the top
//! can come out differently from one run to the next. ARCHITECTURE.md says the same in words.
#![cfg(not(target_family = "wasm"))]
#![expect(clippy::unwrap_used, reason = "a test stops at what it cannot read")]

use std::fs;
use std::path::{Path, PathBuf};

/// Each layer with the layers it may name, lowest first. A layer need not exist yet.
const LAYERS: [(&str, &[&str]); 15] = [
    ("ids", &[]),
    ("abi", &["ids"]),
    ("event", &["ids"]),
    ("mem", &["ids", "abi", "event"]),
    ("pymalloc", &["ids", "abi", "event", "mem"]),
    ("object", &["ids", "abi", "event", "mem"]),
    ("runtime", &["ids", "abi", "event", "mem", "pymalloc", "object"]),
    ("heap", &["ids", "abi", "event", "mem", "pymalloc", "object", "runtime"]),
    ("python", &["ids", "abi", "event", "mem", "pymalloc", "object", "runtime", "heap"]),
    ("history", &["ids", "abi", "event", "mem", "heap", "python"]),
    ("snapshot", &["ids", "abi", "event", "mem", "pymalloc", "object", "runtime", "heap"]),
    ("scene", &["ids", "snapshot"]),
    ("paint", &["ids", "scene"]),
    (
        "playground",
        &[
            "ids", "abi", "event", "mem", "pymalloc", "object", "runtime", "heap", "python", "history", "snapshot", "scene",
            "paint",
        ],
    ),
    ("wasm", &["ids", "abi", "heap", "snapshot", "scene", "paint", "playground"]),
];

/// Crates that exist only in a browser, and what else belongs to the boundary.
const BOUNDARY_CRATES: [&str; 6] =
    ["web_sys", "js_sys", "wasm_bindgen", "serde", "serde_wasm_bindgen", "console_error_panic_hook"];

/// The only places that may name them.
const BOUNDARY: [&str; 2] = ["src/wasm", "src/paint/canvas"];

/// Names whose use could make two runs differ, or needs a machine that a browser tab is not.
const NOT_REPEATABLE: [&str; 12] = [
    "HashMap",
    "HashSet",
    "RandomState",
    "DefaultHasher",
    "SystemTime",
    "Instant",
    "time",
    "thread",
    "rand",
    "fs",
    "env",
    "process",
];

/// File, name and reason of each use that is all right.
const REPEATABLE_ALL_THE_SAME: [(&str, &str, &str); 0] = [];

/// A word or a mark of a source file, without comments, strings and characters.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Token {
    text: String,
    line: usize,
}

/// Splits Rust into words, `::` and single marks.
fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let mut found = Vec::new();
    let (mut i, mut line) = (0, 1);
    while i < chars.len() {
        let end = skip_blank(&chars, i).unwrap_or_else(|| word_end(&chars, i));
        if skip_blank(&chars, i).is_none() {
            found.push(Token { text: chars[i..end].iter().collect(), line });
        }
        line += chars[i..end].iter().filter(|c| **c == '\n').count();
        i = end;
    }
    found
}

/// Where the blank, comment, string or character that begins at `i` ends.
fn skip_blank(chars: &[char], i: usize) -> Option<usize> {
    let at = |k: usize| chars.get(k).copied().unwrap_or(' ');
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    match at(i) {
        c if c.is_whitespace() => Some(i + 1),
        '/' if at(i + 1) == '/' => Some((i..chars.len()).find(|k| at(*k) == '\n').unwrap_or(chars.len())),
        '/' if at(i + 1) == '*' => {
            let (mut k, mut depth) = (i + 2, 1);
            while k < chars.len() && depth > 0 {
                match (at(k), at(k + 1)) {
                    ('*', '/') => (k, depth) = (k + 2, depth - 1),
                    ('/', '*') => (k, depth) = (k + 2, depth + 1),
                    _ => k += 1,
                }
            }
            Some(k)
        }
        '"' => Some(string_end(chars, i + 1)),
        'r' | 'b' | 'c' if i == 0 || !is_word(at(i - 1)) => {
            let mut k = i + 1 + usize::from(at(i) != 'r' && at(i + 1) == 'r');
            let hashes = (k..chars.len()).take_while(|k| at(*k) == '#').count();
            k += hashes;
            let raw = at(k - hashes - 1) == 'r';
            match at(k) {
                '"' if raw => {
                    let ends = |k: &usize| at(*k) == '"' && (1..=hashes).all(|n| at(*k + n) == '#');
                    Some((k + 1..chars.len()).find(ends).map_or(chars.len(), |k| k + 1 + hashes))
                }
                '"' if hashes == 0 => Some(string_end(chars, k + 1)),
                _ => None,
            }
        }
        // A character has its closing quote at once; a lifetime has none.
        '\'' if at(i + 1) == '\\' => Some((i + 3..chars.len()).find(|k| at(*k) == '\'').map_or(i + 3, |k| k + 1)),
        '\'' if at(i + 2) == '\'' => Some(i + 3),
        '\'' => Some((i + 1..chars.len()).find(|k| !is_word(at(*k))).unwrap_or(chars.len())),
        _ => None,
    }
}

/// Where the string whose text begins at `i` ends.
fn string_end(chars: &[char], mut i: usize) -> usize {
    while i < chars.len() && chars[i] != '"' {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    (i + 1).min(chars.len())
}

fn word_end(chars: &[char], i: usize) -> usize {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    if is_word(chars[i]) {
        return (i..chars.len()).find(|k| !is_word(chars[*k])).unwrap_or(chars.len());
    }
    if chars[i] == ':' && chars.get(i + 1) == Some(&':') { i + 2 } else { i + 1 }
}

/// Where the bracket that opens at `i` closes, one past it.
fn after_bracket(all: &[Token], i: usize) -> usize {
    let mut depth = 0_usize;
    for (k, token) in all.iter().enumerate().skip(i) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return k + 1;
        }
    }
    all.len()
}

fn is(all: &[Token], i: usize, texts: &[&str]) -> bool {
    texts.iter().enumerate().all(|(n, text)| all.get(i + n).is_some_and(|token| token.text == *text))
}

/// The source with what is compiled for tests only taken out: that may look wherever it likes.
struct Source {
    tokens: Vec<Token>,
    /// The modules in files of their own that are compiled for tests only.
    test_modules: Vec<String>,
}

fn without_tests(all: &[Token]) -> Source {
    let mut source = Source { tokens: Vec::new(), test_modules: Vec::new() };
    let mut i = 0;
    while i < all.len() {
        let only =
            is(all, i, &["#", "[", "cfg", "(", "test", ")"]) || is(all, i, &["#", "[", "cfg", "(", "all", "(", "test", ","]);
        if !only {
            source.tokens.push(all[i].clone());
            i += 1;
            continue;
        }
        // Its attributes, then the item up to its semicolon or body.
        while is(all, i, &["#"]) {
            i = after_bracket(all, i + 1);
        }
        while i < all.len() && !is(all, i, &[";"]) && !is(all, i, &["{"]) {
            if is(all, i, &["mod"]) && is(all, i + 2, &[";"]) {
                source.test_modules.push(all[i + 1].text.clone());
            }
            i = if is(all, i, &["("]) || is(all, i, &["["]) { after_bracket(all, i) } else { i + 1 };
        }
        i = after_bracket(all, i);
    }
    source
}

/// The names that a path or a group of paths begins with at `i`: `a::b` gives a, `{a::b, c}` gives a and c.
fn first_names(all: &[Token], i: usize) -> Vec<&str> {
    if !is(all, i, &["{"]) {
        return all.get(i).map(|token| token.text.as_str()).into_iter().collect();
    }
    let end = after_bracket(all, i);
    let mut names = Vec::new();
    let mut k = i;
    while k + 1 < end {
        if is(all, k, &["{"]) && k > i {
            k = after_bracket(all, k);
            continue;
        }
        if k == i || is(all, k, &[","]) {
            names.extend(first_names(all, k + 1).first().copied().filter(|name| *name != "}"));
        }
        k += 1;
    }
    names
}

/// The folders of `src` that a file names, each with its line. `depth` is how many `super` lead to the crate.
fn named_layers(all: &[Token], depth: usize) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (i, token) in all.iter().enumerate() {
        let after = match token.text.as_str() {
            "crate" if is(all, i + 1, &["::"]) => i + 2,
            "super" if i < 2 || !is(all, i - 2, &["super", "::"]) => {
                let supers = (0..all.len()).take_while(|n| is(all, i + 2 * n, &["super", "::"])).count();
                if supers < depth.max(1) {
                    continue;
                }
                i + 2 * supers
            }
            _ => continue,
        };
        found.extend(first_names(all, after).into_iter().map(|name| (token.line, name)));
    }
    found
}

/// The layer of a path below `src`; `None` for lib.rs.
fn layer_of(file: &str) -> Option<&str> {
    let inside = file.strip_prefix("src/").unwrap_or(file);
    let first = inside.split('/').next().unwrap_or(inside);
    (first != "lib.rs").then(|| first.strip_suffix(".rs").unwrap_or(first))
}

/// How many modules deep a file's own module lies below the crate.
fn depth_of(file: &str) -> usize {
    let inside = file.strip_prefix("src/").unwrap_or(file);
    let folders = inside.matches('/').count();
    if inside.ends_with("/mod.rs") || inside == "lib.rs" { folders } else { folders + 1 }
}

/// What a source file does that its place does not allow.
fn violations(file: &str, source: &str) -> Vec<String> {
    let all = without_tests(&tokens(source)).tokens;
    let mut found = Vec::new();
    let layer = layer_of(file);
    if let Some(layer) = layer {
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
            return vec![format!("{file}: `{layer}` has no place in the table of layers (tests/layering.rs)")];
        };
        for (line, name) in named_layers(&all, depth_of(file)) {
            if name != layer && !allowed.contains(&name) {
                found.push(format!("{file}:{line}: {layer} may not use {name}"));
            }
        }
    }
    if layer != Some("abi") {
        let compared = compared_releases(&all);
        found.extend(compared.map(|line| format!("{file}:{line}: only abi compares releases: see abi/features.rs")));
    }
    let boundary = BOUNDARY.iter().any(|place| file.starts_with(place));
    for token in &all {
        let (text, line) = (token.text.as_str(), token.line);
        if !boundary && BOUNDARY_CRATES.contains(&text) {
            found.push(format!("{file}:{line}: only {} may name {text}", BOUNDARY.join(" and ")));
        }
        let excused = REPEATABLE_ALL_THE_SAME.iter().any(|(place, name, _)| *place == file && *name == text);
        if layer != Some("wasm") && NOT_REPEATABLE.contains(&text) && !excused && is_path(&all, token) {
            found.push(format!("{file}:{line}: {text} may differ from one run to the next, or is not there in a browser"));
        }
    }
    found
}

/// The lines that name a release elsewhere than in an arm of a `match`, where the compiler asks for each release.
fn compared_releases(all: &[Token]) -> impl Iterator<Item = usize> + '_ {
    let release = |i: usize| is(all, i, &["Release", "::"]) && all.get(i + 2).is_some_and(|name| name.text.starts_with("Cp"));
    let in_arm = |i: usize| is(all, i + 3, &["|"]) || is(all, i + 3, &["=", ">"]);
    (0..all.len()).filter(move |&i| release(i) && !in_arm(i)).map(|i| all[i].line)
}

/// Whether a name that is also an ordinary word stands in a path: `std::time`, not a variable `time`.
fn is_path(all: &[Token], token: &Token) -> bool {
    if token.text.starts_with(char::is_uppercase) {
        return true;
    }
    let places = all.iter().enumerate().filter(|(_, other)| *other == token);
    places.into_iter().any(|(i, _)| {
        let after_std = i >= 2 && is(all, i - 2, &["std", "::"]);
        let in_group = is(all, i + 1, &["::"]) && i > 0 && (is(all, i - 1, &["{"]) || is(all, i - 1, &[","]));
        after_std || in_group || (token.text == "rand" && is(all, i + 1, &["::"]))
    })
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(path);
        }
    }
}

/// Every file of `src`, as a path from the top folder, and its text. Files compiled for tests only are left out.
fn all_sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    sources(&root.join("src"), &mut paths);
    paths.sort();
    let inside = |path: PathBuf| {
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
        (name, fs::read_to_string(path).unwrap())
    };
    let mut all: Vec<(String, String)> = paths.into_iter().map(inside).collect();
    let tests: Vec<String> = all.iter().flat_map(|(file, source)| test_files(file, source)).collect();
    all.retain(|(file, _)| !tests.iter().any(|test| file.strip_prefix(test).is_some_and(|rest| rest.starts_with(['.', '/']))));
    all
}

/// The modules that a file declares for tests only, as paths without the ending.
fn test_files(file: &str, source: &str) -> Vec<String> {
    let own = file.strip_suffix(".rs").unwrap_or(file);
    let folder = own.strip_suffix("/mod").or_else(|| own.strip_suffix("/lib")).unwrap_or(own);
    without_tests(&tokens(source)).test_modules.into_iter().map(|name| format!("{folder}/{name}")).collect()
}

#[test]
fn each_layer_uses_only_what_is_below_it() {
    let sources = all_sources();
    assert!(sources.iter().any(|(file, _)| file == "src/lib.rs"));
    let found: Vec<String> = sources.iter().flat_map(|(file, source)| violations(file, source)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_table_points_down() {
    for (i, (layer, allowed)) in LAYERS.iter().enumerate() {
        for name in *allowed {
            assert!(LAYERS[..i].iter().any(|(lower, _)| lower == name), "{layer} uses {name}, which is not below it");
        }
    }
}

#[test]
fn every_excuse_is_needed_and_has_a_reason() {
    let sources = all_sources();
    for (file, name, reason) in REPEATABLE_ALL_THE_SAME {
        let source = sources.iter().find(|(path, _)| path == file).map(|(_, source)| source);
        assert!(
            source.is_some_and(|source| without_tests(&tokens(source)).tokens.iter().any(|token| token.text == name)),
            "{file}: {name}"
        );
        assert!(reason.len() > 20, "{file}: {name}: {reason}");
    }
}

#[test]
fn architecture_shows_the_same_table() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md")).unwrap();
    for (layer, allowed) in LAYERS {
        let uses = if allowed.is_empty() { "nothing".to_owned() } else { allowed.join(", ") };
        assert!(
            text.lines().any(|line| {
                let cells: Vec<&str> = line.split('|').map(str::trim).collect();
                cells.get(1) == Some(&format!("`{layer}`").as_str()) && cells.iter().any(|cell| *cell == uses)
            }),
            "ARCHITECTURE.md has no row `{layer}` with `{uses}`"
        );
    }
}

#[test]
fn upward_uses_are_found() {
    let mem = |source: &str| violations("src/mem/undo.rs", source);
    assert_eq!(mem("use crate::heap::Heap;"), ["src/mem/undo.rs:1: mem may not use heap"]);
    assert_eq!(mem("\nfn f() { crate::runtime::gc(); }"), ["src/mem/undo.rs:2: mem may not use runtime"]);
    assert_eq!(mem("use crate::{ids::Addr, heap::{Heap, self}, abi};"), ["src/mem/undo.rs:1: mem may not use heap"]);
    assert_eq!(mem("use super::super::object::size;"), ["src/mem/undo.rs:1: mem may not use object"]);
    assert_eq!(violations("src/mem/mod.rs", "use super::object;"), ["src/mem/mod.rs:1: mem may not use object"]);
    assert_eq!(violations("src/ids.rs", "use super::abi;"), ["src/ids.rs:1: ids may not use abi"]);
    assert_eq!(violations("src/scene/a.rs", "use crate::heap;"), ["src/scene/a.rs:1: scene may not use heap"]);
    assert_eq!(violations("src/helper/mod.rs", "").len(), 1);
    assert!(mem("use crate::{ids, abi::{Profile, heap}, mem::Fault}; use super::Field; use super::heap;").is_empty());
    assert!(mem("// crate::heap\n/* crate::heap /* */ */ const S: &str = \"crate::heap\"; let c = '\"'; let l: &'a str = r#\"crate::heap \" \"#;").is_empty());
    assert!(mem("#[cfg(test)]\n#[allow(x)]\nmod tests { use crate::heap::Heap; fn f() { {} } }").is_empty());
    assert_eq!(mem("#[cfg(test)] use crate::heap;\nuse crate::heap;"), ["src/mem/undo.rs:2: mem may not use heap"]);
    assert_eq!(
        test_files("src/mem/mod.rs", "#[cfg(test)]\npub(crate) mod samples;\nmod a; #[cfg(test)] mod b {}"),
        ["src/mem/samples"]
    );
    assert_eq!(test_files("src/mem/undo.rs", "#[cfg(test)] mod tests;"), ["src/mem/undo/tests"]);
    assert_eq!(mem("#[cfg(not(test))]\nuse crate::heap;"), ["src/mem/undo.rs:2: mem may not use heap"]);
}

#[test]
fn a_release_that_is_compared_is_found() {
    let runtime = |source: &str| violations("src/runtime/list.rs", source).len();
    assert_eq!(runtime("if m.profile.release >= Release::Cp314 { }"), 1);
    assert_eq!(runtime("matches!(release, Release::Cp314 | Release::Cp315)"), 1);
    assert_eq!(runtime("match release { Release::Cp311 | Release::Cp312 => 1, Release::Cp313 => 2 }"), 0);
    assert_eq!(runtime("Release::ALL; Release::default(); #[cfg(test)] mod tests { fn f() { g(Release::Cp314) } }"), 0);
    assert!(violations("src/abi/mod.rs", "Release::Cp314").is_empty());
}

#[test]
fn the_browser_and_the_clock_are_found_below_the_top() {
    for source in ["use web_sys::Window;", "#[wasm_bindgen::prelude::wasm_bindgen]", "#[derive(serde::Serialize)]"] {
        assert!(!violations("src/playground/mod.rs", source).is_empty(), "{source}");
        assert!(violations("src/wasm/mod.rs", source).is_empty(), "{source}");
        assert!(violations("src/paint/canvas.rs", source).is_empty(), "{source}");
        assert!(!violations("src/paint/svg.rs", source).is_empty(), "{source}");
    }
    for source in
        ["use std::collections::HashMap;", "let s: HashSet<u8>;", "std::time::Duration", "use std::{fs::File};", "rand::random()"]
    {
        assert_eq!(violations("src/runtime/gc.rs", source).len(), 1, "{source}");
    }
    assert!(violations("src/runtime/gc.rs", "let time = 1; process(time); self.fs").is_empty());
}

/// The same bytes natively and in a browser: what is compared with recordings is compared there too.
#[test]
fn browsers_run_all_that_reads_recordings() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let in_browsers = fs::read_to_string(tests.join("web_truth.rs")).unwrap();
    let mut seen = 0;
    for entry in fs::read_dir(&tests).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_str().unwrap();
        if path.is_file() && fs::read_to_string(&path).unwrap().contains("include_str!(\"truth/") {
            assert!(in_browsers.contains(&format!("#[path = \"{file}\"]")), "{file} is not in web_truth.rs");
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen}");
}
