//! Pictures as they were looked at and found good: `BLESS=1 cargo test --lib goldens` makes them anew.

use std::fs;
use std::path::Path;

use super::svg::svg;
use crate::scene::{self, Size, Theme, View, ViewState, samples};
use crate::snapshot::{Details, Snapshot};

fn picture(view: View, s: &Snapshot, d: Option<&Details>, selected: Option<usize>, size: (f64, f64), theme: &Theme) -> String {
    let mut state = ViewState::new();
    state.select(selected.map(|i| s.objects[i].id));
    let scene = scene::build(view, s, d, &mut state, Size { w: size.0, h: size.1 });
    svg(&scene, theme, &scene::describe(view, s, d, &state))
}

const WIDE: (f64, f64) = (690.0, 640.0);
const NARROW: (f64, f64) = (360.0, 640.0);

/// Name and picture of every golden.
fn all() -> Vec<(&'static str, String)> {
    use View::{Bytes, Generations, Objects, Pools};
    let (light, dark) = (Theme::light(), Theme::dark());
    let forced = Theme { patterns: true, ..Theme::light() };
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
        ("objects-500", picture(Objects, &samples::many(500), None, Some(9), WIDE, &light)),
        ("objects-4000", picture(Objects, &samples::many(4000), None, Some(9), WIDE, &dark)),
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
