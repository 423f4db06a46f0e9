//! Pictures as they were looked at and found good: `BLESS=1 cargo test --lib goldens` makes them anew.

use std::fs;
use std::path::Path;

use super::svg::svg;
use crate::scene::{self, Paint, Size, Theme, View, ViewState, samples};
use crate::snapshot::{Details, Snapshot};

fn picture(view: View, s: &Snapshot, d: Option<&Details>, selected: Option<usize>, size: (f64, f64), theme: &Theme) -> String {
    let mut state = ViewState::new();
    state.select(selected.map(|i| s.objects[i].id));
    let scene = scene::build(view, s, d, &mut state, Size { w: size.0, h: size.1 });
    svg(&scene, theme, &scene::describe(view, s, d, &state))
}

/// Part of a picture of many objects.
fn near(s: &Snapshot, factor: f64, theme: &Theme) -> String {
    let (view, size) = (View::Objects, Size { w: WIDE.0, h: 360.0 });
    let mut state = ViewState::new();
    state.select(Some(s.objects[9].id));
    let _ = scene::build(view, s, None, &mut state, size);
    state.zoom(view, factor, scene::at(0.0, 0.0));
    svg(&scene::build(view, s, None, &mut state, size), theme, "part")
}

const WIDE: (f64, f64) = (690.0, 640.0);
const NARROW: (f64, f64) = (360.0, 640.0);

/// Name and picture of every golden.
fn all() -> Vec<(&'static str, String)> {
    use View::{Bytes, Generations, Objects, Pools};
    let (light, dark) = (samples::light(), samples::dark());
    let forced = Theme { patterns: true, ..samples::light() };
    let (story, crowd, collecting) = (samples::story(), samples::crowd(), samples::collecting());
    let details = samples::details();
    let d = Some(&details);
    vec![
        ("objects-light", picture(Objects, &story, None, Some(5), WIDE, &light)),
        ("objects-dark", picture(Objects, &story, None, None, (1440.0, 640.0), &dark)),
        ("objects-narrow", picture(Objects, &story, None, Some(2), NARROW, &light)),
        ("objects-forced", picture(Objects, &story, None, Some(2), WIDE, &forced)),
        ("objects-empty", picture(Objects, &samples::empty(), None, None, WIDE, &light)),
        ("objects-crowd", picture(Objects, &crowd, None, None, (1000.0, 1100.0), &light)),
        ("objects-crowd-narrow", picture(Objects, &crowd, None, None, (360.0, 900.0), &dark)),
        ("objects-collecting", picture(Objects, &collecting, None, None, WIDE, &dark)),
        ("objects-500", near(&samples::many(500), 2.2, &light)),
        ("objects-4000", near(&samples::many(4000), 3.0, &dark)),
        ("pools-light", picture(Pools, &story, None, Some(2), (440.0, 640.0), &light)),
        ("pools-dark", picture(Pools, &crowd, None, None, (1440.0, 640.0), &dark)),
        ("pools-narrow", picture(Pools, &story, None, None, NARROW, &light)),
        ("generations-light", picture(Generations, &story, None, Some(2), (440.0, 640.0), &light)),
        ("generations-collecting", picture(Generations, &collecting, None, None, WIDE, &dark)),
        ("generations-narrow", picture(Generations, &crowd, None, None, NARROW, &light)),
        ("bytes-light", picture(Bytes, &story, d, Some(2), (560.0, 640.0), &light)),
        ("bytes-dark", picture(Bytes, &story, d, Some(2), (1440.0, 640.0), &dark)),
        ("bytes-narrow", picture(Bytes, &story, d, Some(2), NARROW, &light)),
        ("bytes-empty", picture(Bytes, &story, None, None, NARROW, &dark)),
    ]
}

#[test]
fn goldens() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens");
    let mut wrong = Vec::new();
    for (name, picture) in all() {
        let path = folder.join(name).with_extension("svg");
        if std::env::var_os("BLESS").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &picture).unwrap();
        }
        if fs::read_to_string(&path).unwrap_or_default() != picture {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "pictures changed: {wrong:?}; look at them, then BLESS=1");
}

/// Walks through a document: tags balanced, attributes quoted, only known entities, no character that XML forbids.
fn well_formed(text: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let (words, tag) = rest.split_at(start);
        if words.contains('>')
            || words.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "").replace("&quot;", "").contains('&')
        {
            return Err(format!("text {words:?}"));
        }
        // A `>` inside a quoted attribute does not end the tag.
        let mut quoted = false;
        let end = tag.find(|c| {
            quoted ^= c == '"';
            c == '>' && !quoted
        });
        let end = end.ok_or("open tag")?;
        let inside = &tag[1..end];
        if inside.matches('"').count() % 2 != 0 || inside[1..].contains('<') {
            return Err(format!("tag {inside:?}"));
        }
        let name = inside.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
        if inside.starts_with('/') {
            if open.pop() != Some(name) {
                return Err(format!("</{name}> closes nothing"));
            }
        } else if !inside.ends_with('/') {
            open.push(name);
        }
        rest = &tag[end + 1..];
    }
    let forbidden = |c: char| (c < ' ' && c != '\n') || c == '\u{fffe}' || c == '\u{ffff}';
    if text.contains(forbidden) {
        return Err("forbidden character".to_owned());
    }
    if open.is_empty() && rest.trim().is_empty() { Ok(()) } else { Err(format!("left open: {open:?} {rest:?}")) }
}

#[test]
fn pictures_are_well_formed_whatever_programs_store() {
    for (name, picture) in all() {
        assert_eq!(well_formed(&picture), Ok(()), "{name}");
    }
    let nasty = [
        "<script>alert(1)</script>",
        "\"/><g onload='x'>",
        "&lt;&#0;]]>",
        "\u{0}\u{1b}\u{ffff}\n\t",
        "é漢字🙂\u{202e}\u{301}",
        "${x}`",
    ];
    for evil in nasty {
        let mut s = samples::story();
        for object in &mut s.objects {
            object.type_name = evil.into();
            if !object.name.is_empty() {
                object.name = evil.to_owned();
            }
            object.value = evil.to_owned();
            for slot in &mut object.slots {
                slot.label = evil.to_owned();
                slot.target_text = evil.to_owned();
            }
        }
        for root in &mut s.roots {
            root.name = evil.to_owned();
        }
        let mut d = samples::details();
        d.blocks[0].fields[3].name = evil.to_owned();
        d.blocks[0].fields[4].meaning = evil.to_owned();
        let mut bad = Theme { font: "x}</style><script>".to_owned(), ..samples::light() };
        bad.colors[Paint::Ink as usize] = evil.to_owned();
        for view in [View::Objects, View::Pools, View::Generations, View::Bytes] {
            let picture = picture(view, &s, Some(&d), Some(2), NARROW, &bad);
            assert_eq!(well_formed(&picture), Ok(()), "{view:?} {evil:?}");
            assert!(!picture.contains("<script") && !picture.contains("<g onload"));
        }
    }
}

#[test]
fn numbers_are_short_and_exact() {
    for (value, text) in [
        (0.0, "0"),
        (-0.004, "0"),
        (1.5, "1.5"),
        (-2.25, "-2.25"),
        (3.049, "3.05"),
        (10.1, "10.1"),
        (7.004, "7"),
        (1e6, "1000000"),
    ] {
        let mut out = String::new();
        super::decimal(&mut out, value);
        assert_eq!(out, text);
    }
}

#[test]
fn forced_colours_drop_tints_and_keep_hatching() {
    let s = samples::story();
    let forced = Theme { patterns: true, ..samples::light() };
    let picture = picture(View::Objects, &s, None, None, WIDE, &forced);
    assert!(!picture.contains("opacity"), "nothing is half transparent");
    assert!(picture.contains("stroke-width=\"0.8\""), "hatching is there");
}
