//! How many tests ran, read off what the test programs print, and how many had to.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::manifest::{self, Manifest};

/// One test program's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suite {
    pub name: String,
    pub passed: u64,
    pub failed: u64,
    /// Tests that were there but did not run.
    pub ignored: u64,
    /// Whether a result was printed at all: a browser test program that finds nothing to do prints none, and ends well.
    pub reported: bool,
}

impl Suite {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), passed: 0, failed: 0, ignored: 0, reported: false }
    }

    /// A check that is not made of tests: it counts as one.
    pub fn check(name: &str) -> Self {
        Self { passed: 1, reported: true, ..Self::new(name) }
    }
}

/// The suites in what `cargo test` or `wasm-pack test` printed.
pub fn of_cargo(text: &str) -> Vec<Suite> {
    let mut suites: Vec<Suite> = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(program) = line.strip_prefix("Running ").and_then(|rest| rest.strip_suffix(')')) {
            let Some((_, path)) = program.rsplit_once('(') else {
                continue;
            };
            suites.push(Suite::new(program_name(path)));
        } else if let Some(name) = line.strip_prefix("Doc-tests ") {
            suites.push(Suite::new(&format!("doc-{name}")));
        } else if let Some(result) = line.strip_prefix("test result: ") {
            // Documentation tests print one result for the merged ones and one for the rest: they add up.
            let Some(suite) = suites.last_mut() else {
                continue;
            };
            suite.reported = true;
            suite.passed += count_before(result, "passed");
            suite.failed += count_before(result, "failed");
            suite.ignored += count_before(result, "ignored") + count_before(result, "filtered out");
        }
    }
    suites
}

/// `target/debug/deps/layering-0123456789abcdef` is `layering`.
fn program_name(path: &str) -> &str {
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    file.rsplit_once('-').map_or(file, |(name, _)| name)
}

/// The 3 of `ok. 3 passed; 0 failed`.
fn count_before(text: &str, word: &str) -> u64 {
    let before = text.split(';').find_map(|part| part.trim().strip_suffix(word));
    before.and_then(|part| part.split_whitespace().last()?.parse().ok()).unwrap_or(0)
}

/// The suite in what `node --test` wrote in TAP.
pub fn of_tap(name: &str, text: &str) -> Suite {
    let mut suite = Suite::new(name);
    // A file without a test passes as one test, called like the file.
    let empty = text.lines().any(|line| line.starts_with("ok ") && line.strip_suffix(".mjs").is_some());
    for line in text.lines().filter(|_| !empty) {
        let Some((word, number)) = line.strip_prefix("# ").and_then(|rest| rest.split_once(' ')) else {
            continue;
        };
        let Ok(number) = number.parse::<u64>() else {
            continue;
        };
        match word {
            "pass" => {
                suite.passed = number;
                suite.reported = true;
            }
            "fail" | "cancelled" => suite.failed += number,
            "skipped" | "todo" => suite.ignored += number,
            _ => {}
        }
    }
    suite
}

/// What is wrong with the counts of a stage. `expected` are suites that have to be among them.
pub fn problems(manifest: &Manifest, stage: &str, suites: &[Suite], expected: &[String]) -> Vec<String> {
    let minimum = |name: &str| manifest.minimum_tests.get(stage).and_then(|all| all.get(name)).copied();
    let listed = manifest.minimum_tests.get(stage).into_iter().flat_map(BTreeMap::keys);
    let mut problems = Vec::new();
    for name in listed.chain(expected) {
        if !suites.iter().any(|suite| suite.name == *name) {
            problems.push(format!("{name}: did not run"));
        }
    }
    for suite in suites {
        let name = &suite.name;
        let at_least = minimum(name).unwrap_or(u64::from(!name.starts_with("doc-")));
        if !suite.reported {
            problems.push(format!("{name}: ran no test"));
        } else if suite.passed + suite.failed < at_least {
            let ran = suite.passed + suite.failed;
            problems.push(format!("{name}: ran {ran} tests, at least {at_least} were expected (wasm-pack.toml)"));
        }
        if suite.ignored > 0 {
            problems.push(format!("{name}: {} tests were left out", suite.ignored));
        }
    }
    problems.sort();
    problems.dedup();
    problems
}

/// Writes the counts reached into wasm-pack.toml where they are higher than what is there.
pub fn raise(manifest: &Manifest, reached: &BTreeMap<String, Vec<Suite>>) -> Result<(), String> {
    let mut minimum = manifest.minimum_tests.clone();
    for (stage, suites) in reached {
        let stage = minimum.entry(stage.clone()).or_default();
        for suite in suites {
            let least = stage.entry(suite.name.clone()).or_default();
            *least = suite.passed.max(*least);
        }
    }
    let path = manifest::path();
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let (head, _) = text.split_once("[minimum-tests.").ok_or("wasm-pack.toml has no [minimum-tests.]")?;
    std::fs::write(&path, format!("{head}{}", tables(&minimum))).map_err(|error| format!("{}: {error}", path.display()))
}

fn tables(minimum: &BTreeMap<String, BTreeMap<String, u64>>) -> String {
    let mut text = String::new();
    for (stage, suites) in minimum.iter().filter(|(_, suites)| !suites.is_empty()) {
        let gap = if text.is_empty() { "" } else { "\n" };
        let _ = writeln!(text, "{gap}[minimum-tests.{stage}]");
        for (name, least) in suites {
            let _ = writeln!(text, "{name} = {least}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARGO: &str = "
     Running unittests src/lib.rs (target/debug/deps/terrarium-0a1b)

running 2 tests
test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

     Running tests/web.rs (/t/wasm32-unknown-unknown/debug/deps/web-77.wasm)
no tests to run!
     Running tests/two-words.rs (/t/deps/two-words-77)
test result: FAILED. 5 passed; 1 failed; 3 ignored; 0 filtered out
   Doc-tests terrarium
test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 4 filtered out; finished in 0.00s
";

    fn suite(name: &str, passed: u64, failed: u64, ignored: u64) -> Suite {
        Suite { name: name.into(), passed, failed, ignored, reported: true }
    }

    #[test]
    fn cargo_suites_are_told_apart() {
        let silent = Suite::new("web");
        let expected = [suite("terrarium", 2, 0, 0), silent, suite("two-words", 5, 1, 3), suite("doc-terrarium", 3, 0, 5)];
        assert_eq!(of_cargo(CARGO), expected);
    }

    #[test]
    fn tap_counts_are_read() {
        let text = "ok 1 - x\n# tests 9\n# pass 4\n# fail 2\n# cancelled 1\n# skipped 1\n# todo 1\n# a 5 of\n";
        assert_eq!(of_tap("page", text), suite("page", 4, 3, 2));
        assert!(!of_tap("page", "TAP version 13\n").reported);
        assert!(!of_tap("page", "ok 1 - /a/tests/page/page.test.mjs\n# tests 1\n# pass 1\n").reported);
    }

    #[test]
    fn a_quiet_suite_is_a_problem() {
        let mut manifest = Manifest::load().unwrap();
        let minimum = BTreeMap::from([("layering".to_owned(), 3), ("gone".to_owned(), 1)]);
        manifest.minimum_tests = BTreeMap::from([("native".to_owned(), minimum)]);
        let suites = [suite("layering", 2, 0, 0), Suite::new("web"), suite("new", 0, 0, 0), suite("skips", 1, 0, 2)];
        let found = problems(&manifest, "native", &suites, &["absent".to_owned()]);
        let expected = [
            "absent: did not run",
            "gone: did not run",
            "layering: ran 2 tests, at least 3 were expected (wasm-pack.toml)",
            "new: ran 0 tests, at least 1 were expected (wasm-pack.toml)",
            "skips: 2 tests were left out",
            "web: ran no test",
        ];
        assert_eq!(found, expected);
        assert!(problems(&manifest, "page", &[suite("page", 1, 0, 0), suite("doc-x", 0, 0, 0)], &[]).is_empty());
    }

    #[test]
    fn minimum_tables_read_back() {
        let minimum = BTreeMap::from([
            ("native".to_owned(), BTreeMap::from([("a".to_owned(), 1), ("b-c".to_owned(), 2)])),
            ("none".to_owned(), BTreeMap::new()),
            ("web".to_owned(), BTreeMap::from([("web".to_owned(), 3)])),
        ]);
        let text = tables(&minimum);
        assert_eq!(text, "[minimum-tests.native]\na = 1\nb-c = 2\n\n[minimum-tests.web]\nweb = 3\n");
    }
}
