use super::{Framing, Hit, Item, Paint, Scene, Size, Stroke, Target, View, ViewState, at, build, describe, samples, target_at};
use crate::snapshot::{BlockState, Details, Family, Snapshot};

const VIEWS: [View; View::COUNT] = [View::Objects, View::Pools, View::Generations, View::Bytes];
const SIZES: [(f64, f64); 4] = [(320.0, 480.0), (360.0, 640.0), (690.0, 600.0), (1440.0, 900.0)];

fn show(view: View, s: &Snapshot, d: Option<&Details>, state: &mut ViewState, size: (f64, f64)) -> Scene {
    build(view, s, d, state, Size { w: size.0, h: size.1 })
}

fn hit(scene: &Scene, x: f64, y: f64, s: &Snapshot, d: Option<&Details>) -> Option<Hit> {
    target_at(&scene.hits, at(x, y))?.resolve(s, d)
}

/// A picture so large that nothing is cut off.
fn whole(view: View, s: &Snapshot, d: Option<&Details>) -> Scene {
    show(view, s, d, &mut ViewState::new(), (690.0, 3000.0))
}

#[test]
fn the_middle_of_every_object_slot_and_name_is_found_again() {
    for s in [samples::story(), samples::crowd(), samples::collecting(), samples::many(500), samples::many(3500)] {
        let scene = whole(View::Objects, &s, None);
        let mut seen = vec![0; s.objects.len()];
        for area in &scene.hits {
            let c = area.rect.center();
            // The header's middle for a box: rows lie over its own middle.
            let top = at(c.x, area.rect.y + 6.0_f64.min(area.rect.h / 2.0));
            match area.target {
                Target::Object(i) => {
                    seen[i] += 1;
                    assert_eq!(hit(&scene, top.x, top.y, &s, None), Some(Hit::Object { id: s.objects[i].id, slot: None }));
                }
                Target::Slot(i, k) => {
                    let slot = &s.objects[i].slots[k];
                    let found = hit(&scene, area.rect.right() - 14.0, c.y, &s, None);
                    assert_eq!(found, Some(Hit::Object { id: s.objects[i].id, slot: Some(slot.clone()) }));
                }
                Target::Root(i) => {
                    let id = s.roots[i].target.map(|t| s.objects[t].id);
                    let name = s.roots[i].name.clone();
                    let wanted = if s.roots[i].is_handle { Hit::Handle { id } } else { Hit::Name { name, id } };
                    assert_eq!(hit(&scene, c.x, c.y, &s, None), Some(wanted));
                }
                other => panic!("{other:?}"),
            }
        }
        assert!(seen.iter().all(|n| *n == 1), "every object once");
    }
}

#[test]
fn the_middle_of_every_block_is_found_again() {
    let mut s = samples::story();
    for index in [1, 2, 3, 7, 9] {
        // Make the pool that is shown the first one in use.
        for object in &mut s.objects {
            object.changed = false;
        }
        let mut shown = s.clone();
        let pool = shown.arenas[0].pools[index].clone();
        shown.arenas[0].pools = vec![pool];
        shown.arenas[0].pools[0].state = crate::snapshot::PoolState::Used;
        let scene = whole(View::Pools, &shown, None);
        let mut seen = 0;
        for area in &scene.hits {
            let c = area.rect.center();
            if let Target::Block(a, p, b) = area.target {
                let block = &shown.arenas[a].pools[p].blocks[b];
                let id = block.owner.map(|o| shown.objects[o].id);
                let wanted = Hit::Block { addr: block.addr, id, label: block.label.clone() };
                assert_eq!(hit(&scene, c.x, c.y, &shown, None), Some(wanted));
                seen += 1;
            }
        }
        assert_eq!(seen, shown.arenas[0].pools[0].blocks.len(), "every block of pool {index}");
    }
}

#[test]
fn every_field_is_found_again() {
    let (s, details) = (samples::story(), samples::details());
    for width in [360.0, 690.0] {
        let scene = show(View::Bytes, &s, Some(&details), &mut ViewState::new(), (width, 3000.0));
        let mut seen = 0;
        for area in &scene.hits {
            let Target::Field(b, f) = area.target else { panic!("{:?}", area.target) };
            let field = &details.blocks[b].fields[f];
            let c = area.rect.center();
            let wanted = Hit::Field { name: field.name.clone(), meaning: field.meaning.clone(), id: field.target };
            assert_eq!(hit(&scene, c.x, c.y, &s, Some(&details)), Some(wanted));
            seen += 1;
        }
        assert!(seen > 20, "{seen}");
    }
}

#[test]
fn blocks_are_to_scale_and_do_not_overlap() {
    let s = samples::story();
    let scene = whole(View::Pools, &s, None);
    let blocks: Vec<_> = scene.hits.iter().filter(|h| matches!(h.target, Target::Block(..))).collect();
    let Target::Block(_, p, _) = blocks[0].target else { unreachable!() };
    let size = f64::from(s.arenas[0].pools[p].block_bytes);
    let header = scene.hits.iter().find(|h| h.target == Target::Pool(0, p) && h.rect.h < 20.0).unwrap();
    for (i, a) in blocks.iter().enumerate() {
        assert!((a.rect.w / header.rect.w - size / 48.0).abs() < 1e-9);
        assert!(!blocks[i + 1..].iter().any(|b| a.rect.grown(-1e-6).meets(&b.rect)));
    }
}

#[test]
fn text_keeps_its_size_and_stays_in_the_picture() {
    let d = samples::details();
    for s in [samples::empty(), samples::story(), samples::crowd(), samples::collecting()] {
        for view in VIEWS {
            for size in SIZES {
                let scene = show(view, &s, Some(&d), &mut ViewState::new(), size);
                for item in &scene.items {
                    let Item::Text { text, style, width, at: p, .. } = item else { continue };
                    assert!(style.size >= 11.0 * scene.camera.scale.min(1.0) - 1e-9, "{view:?} {text}: {}", style.size);
                    let left = match style.anchor {
                        super::Anchor::Start => p.x,
                        super::Anchor::Middle => p.x - width / 2.0,
                        super::Anchor::End => p.x - width,
                    };
                    let fits = left >= -0.5 && left + width <= size.0 + 0.5;
                    assert!(fits || view == View::Objects, "{view:?} at {}: {text}", size.0);
                }
            }
        }
    }
}

#[test]
fn pictures_do_not_depend_on_chance() {
    let d = samples::details();
    for view in VIEWS {
        let s = samples::crowd();
        let one = show(view, &s, Some(&d), &mut ViewState::new(), (690.0, 600.0));
        let two = show(view, &s, Some(&d), &mut ViewState::new(), (690.0, 600.0));
        assert!(one == two, "{view:?}");
    }
}

#[test]
fn a_second_look_is_the_same_picture() {
    let d = samples::details();
    for s in [samples::story(), samples::crowd(), samples::many(500)] {
        for view in VIEWS {
            for size in SIZES {
                let mut state = ViewState::new();
                state.select(Some(s.objects[2].id));
                let one = show(view, &s, Some(&d), &mut state, size);
                let two = show(view, &s, Some(&d), &mut state, size);
                assert_eq!(one.camera, two.camera, "{view:?} {size:?}");
                assert!(one == two, "{view:?} {size:?}");
            }
        }
    }
}

#[test]
fn cameras_keep_the_point_under_the_pointer_and_cannot_be_broken() {
    let s = samples::crowd();
    let mut state = ViewState::new();
    let scene = show(View::Objects, &s, None, &mut state, (690.0, 600.0));
    let under = scene.camera.to_world(at(200.0, 150.0));
    state.zoom(View::Objects, 1.5, at(200.0, 150.0));
    let scene = show(View::Objects, &s, None, &mut state, (690.0, 600.0));
    let css = scene.camera.to_css(under);
    assert!((css.x - 200.0).abs() < 1e-6 && (css.y - 150.0).abs() < 1e-6);
    for bad in [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e300] {
        state.zoom(View::Objects, bad, at(bad, 0.0));
        state.pan(View::Objects, bad, bad);
        let scene = show(View::Objects, &s, None, &mut state, (bad, bad));
        assert!(scene.camera.scale.is_finite() && scene.camera.origin.x.is_finite());
        assert!(bad.is_finite() || hit(&scene, bad, bad, &s, None).is_none(), "{bad}");
    }
    state.pan(View::Objects, 1e6, 1e6);
    let scene = show(View::Objects, &s, None, &mut state, (690.0, 600.0));
    let seen = scene.camera.rect_to_css(&scene.bounds);
    assert!(seen.x < 690.0 && seen.y < 600.0, "something is still to be seen");
    state.fit(View::Objects, false);
    assert_eq!(state.camera(View::Objects).framing, Framing::Readable);
}

#[test]
fn to_fit_again_shows_all_however_small_and_back() {
    let (crowd, story) = (samples::crowd(), samples::story());
    let mut state = ViewState::new();
    let size = (360.0, 400.0);
    let readable = show(View::Objects, &crowd, None, &mut state, size).camera;
    state.fit(View::Objects, true);
    let scene = show(View::Objects, &crowd, None, &mut state, size);
    let seen = scene.camera.rect_to_css(&scene.bounds);
    assert!(scene.camera.scale < readable.scale && seen.x >= -1.0 && seen.right() <= 361.0 && seen.bottom() <= 401.0, "{seen:?}");
    let objects = |scene: &Scene| scene.hits.iter().filter(|h| matches!(h.target, Target::Object(_))).count();
    assert_eq!(objects(&scene), objects(&whole(View::Objects, &crowd, None)));
    state.fit(View::Objects, true);
    assert_eq!(show(View::Objects, &crowd, None, &mut state, size).camera, readable);
    // Where all is readable there is only one way.
    state.fit(View::Objects, true);
    show(View::Objects, &story, None, &mut state, (1400.0, 900.0));
    assert_eq!(state.camera(View::Objects).framing, Framing::Readable);
}

#[test]
fn the_selected_object_is_brought_into_sight() {
    let s = samples::crowd();
    let last = s.objects.iter().rposition(|o| &*o.type_name == "Node").unwrap();
    let mut state = ViewState::new();
    let scene = show(View::Objects, &s, None, &mut state, (360.0, 400.0));
    assert!(!scene.hits.iter().any(|h| h.target == Target::Object(last)));
    state.select(Some(s.objects[last].id));
    let scene = show(View::Objects, &s, None, &mut state, (360.0, 400.0));
    assert!(scene.hits.iter().any(|h| h.target == Target::Object(last) && h.rect.y >= 0.0 && h.rect.bottom() <= 350.0));
}

#[test]
fn a_legend_leaves_a_small_pane_to_the_picture() {
    let s = samples::story();
    let says = |h: f64| {
        let scene = show(View::Generations, &s, None, &mut ViewState::new(), (390.0, h));
        scene.items.iter().any(|item| matches!(item, Item::Text { text, .. } if text == "next in the list"))
    };
    assert!(says(400.0) && !says(120.0));
}

#[test]
fn blocks_appear_inside_the_cells_when_near() {
    let s = samples::story();
    let mut state = ViewState::new();
    let before = show(View::Pools, &s, None, &mut state, (690.0, 600.0));
    let count =
        |scene: &Scene, pool| scene.hits.iter().filter(|h| matches!(h.target, Target::Block(_, p, _) if p == pool)).count();
    assert_eq!(count(&before, 2), 0);
    let cell = before.hits.iter().find(|h| h.target == Target::Pool(0, 2)).unwrap().rect.center();
    state.zoom(View::Pools, 8.0, cell);
    state.pan(View::Pools, 200.0, 200.0);
    let near = show(View::Pools, &s, None, &mut state, (690.0, 600.0));
    assert_eq!(count(&near, 2), s.arenas[0].pools[2].blocks.len());
}

#[test]
fn unbound_and_foreign_indices_do_no_harm() {
    let mut s = samples::story();
    for object in &mut s.objects {
        for slot in &mut object.slots {
            slot.target = slot.target.map(|t| t + 1000);
        }
    }
    s.roots[0].target = Some(77_777);
    s.generations[0].members.push(5_000_000);
    s.arenas[0].pools[7].blocks[0].owner = Some(999);
    for view in VIEWS {
        let mut state = ViewState::new();
        let _ = show(view, &s, None, &mut state, (690.0, 600.0));
        let _ = describe(view, &s, None, &state);
    }
}

#[test]
fn text_alternatives_say_what_the_picture_shows() {
    let (s, d) = (samples::story(), samples::details());
    let mut state = ViewState::new();
    state.select(Some(s.objects[2].id));
    let text = describe(View::Objects, &s, None, &state);
    for part in [
        "8 objects shown, 214 made at start-up hidden",
        "shared is list #13",
        "x is None",
        "Unreachable but not collected: 2 objects, 640 bytes",
        "Changed in this step: Node #7",
        "Selected: Node #7",
        "1 reference, held by Node #5 .next",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let text = describe(View::Pools, &s, None, &state);
    for part in ["arena 0", "63 pools of 16 KiB", "pool 7 · 320-byte blocks", "Node #7 lies at 0x"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let text = describe(View::Generations, &samples::collecting(), None, &state);
    for part in [
        "Collecting generation 0, move_unreachable",
        "Tentatively unreachable: Node #5",
        "Generation 2: 1 of 10, 5,210 objects",
        "1,302 pending",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let text = describe(View::Bytes, &s, Some(&d), &state);
    for part in [
        "getsizeof says 48",
        "occupies 528: 216 stored, 48 only because types are dynamic",
        "36 bookkeeping",
        "16 GC head",
        "216 room",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn next_free_block_and_frontier_are_marked() {
    let mut s = samples::story();
    for object in &mut s.objects {
        object.changed = false;
    }
    let scene = whole(View::Pools, &s, None);
    let Some(Target::Block(_, p, _)) = scene.hits.iter().map(|h| h.target).find(|t| matches!(t, Target::Block(..))) else {
        panic!()
    };
    assert!(s.arenas[0].pools[p].blocks.iter().any(|b| b.state == BlockState::Free(0)));
    let next = |i: &&Item| matches!(i, Item::Rect { stroke: Some(Stroke { tone, dash: None, .. }), fill: Some(f), .. } if tone.paint == Paint::Accent && f.paint == Paint::Panel);
    assert!(scene.items.iter().filter(next).count() >= 1);
}

/// Relative luminance and contrast as WCAG 2 defines them.
fn contrast(a: &str, b: &str) -> f64 {
    let part = |s: &str, i: usize| {
        let v = f64::from(u8::from_str_radix(&s[i..i + 2], 16).unwrap()) / 255.0;
        if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    };
    let light = |s: &str| 0.2126 * part(s, 1) + 0.7152 * part(s, 3) + 0.0722 * part(s, 5) + 0.05;
    let (a, b) = (light(a), light(b));
    a.max(b) / a.min(b)
}

#[test]
fn colours_can_be_told_from_their_ground() {
    use Paint::{Accent, Dead, Grid, Ink, Mark, MarkLine, Panel, Soft};
    let families = [
        Family::Number,
        Family::Text,
        Family::Bytes,
        Family::Sequence,
        Family::Mapping,
        Family::Set,
        Family::Instance,
        Family::Class,
        Family::Callable,
        Family::Other,
    ]
    .map(Paint::from);
    let grounds = [Paint::BGc, Paint::BCount, Paint::BType, Paint::BPayload, Paint::BBook, Paint::BRoom, Paint::BSlack];
    for theme in [samples::light(), samples::dark()] {
        let ok = |a: Paint, b: Paint, least: f64| {
            let found = contrast(theme.color(a), theme.color(b));
            assert!(found >= least, "{a:?} on {b:?}: {found:.2} of {least}");
        };
        for (a, b) in [(Ink, Panel), (Soft, Panel), (Ink, Grid), (Soft, Grid), (Ink, Mark), (Soft, Mark), (Accent, Panel)] {
            ok(a, b, 4.5);
        }
        for family in families {
            ok(family, Panel, 4.5);
        }
        for ground in grounds {
            ok(Ink, ground, 4.5);
        }
        for line in [MarkLine, Dead] {
            ok(line, Panel, 3.0);
        }
    }
}

/// Not a limit of time, which machines differ in, but of what a picture of ten thousand objects consists of.
#[test]
fn ten_thousand_objects_are_all_visible_and_cheap() {
    let s = samples::many(10_000);
    let mut state = ViewState::new();
    let scene = show(View::Objects, &s, None, &mut state, (690.0, 600.0));
    assert_eq!(scene.hits.iter().filter(|h| matches!(h.target, Target::Object(_))).count(), 10_000);
    assert!(scene.items.len() < 10_200, "{}", scene.items.len());
    if std::env::var_os("MEASURE").is_some() {
        for (view, n) in [
            (View::Objects, 10_000),
            (View::Objects, 3000),
            (View::Objects, 400),
            (View::Generations, 10_000),
            (View::Pools, 400),
        ] {
            let mut s = samples::many(n);
            s.arenas = samples::story().arenas;
            s.generations[0].members = (0..n).collect();
            let mut state = ViewState::new();
            let _ = show(view, &s, None, &mut state, (690.0, 600.0));
            let start = std::time::Instant::now();
            for _ in 0..10 {
                let _ = show(view, &s, None, &mut state, (690.0, 600.0));
            }
            println!("{view:?} {n}: {:?}", start.elapsed() / 10);
        }
    }
}

#[test]
fn an_object_that_refers_to_thousands_has_marks_instead_of_arrows() {
    let mut s = samples::many(10_000);
    let paths = |s: &Snapshot| {
        let mut state = ViewState::new();
        state.select(Some(s.objects[5].id));
        let scene = show(View::Objects, s, None, &mut state, (690.0, 600.0));
        let text = scene.items.iter().any(|i| matches!(i, Item::Text { text, .. } if text.starts_with("linked with")));
        (scene.items.iter().filter(|i| matches!(i, Item::Path { .. })).count(), text)
    };
    for to in 100..150 {
        samples::refer(&mut s, 5, "[0]", to);
    }
    let few = paths(&s);
    assert!(few.0 >= 50 && !few.1, "{few:?}");
    for to in 200..3000 {
        samples::refer(&mut s, 5, "[0]", to);
    }
    let many = paths(&s);
    assert!(many.0 < 50 && many.1, "{many:?}");
    // Small boxes: the thin lines of the others stay.
    let mut s = samples::many(500);
    let others = paths(&s).0;
    for to in 100..400 {
        samples::refer(&mut s, 5, "[0]", to);
    }
    let some = paths(&s);
    assert!(some.0 <= others && some.1, "{some:?}, without these {others}");
}

/// Where a text is, with the height of its letters.
fn text_area(item: &Item) -> Option<(super::Rect, &str)> {
    let Item::Text { text, style, width, at: p, .. } = item else { return None };
    let left = match style.anchor {
        super::Anchor::Start => p.x,
        super::Anchor::Middle => p.x - width / 2.0,
        super::Anchor::End => p.x - width,
    };
    Some((super::rect(left, p.y - 0.75 * style.size, *width, 0.95 * style.size), text))
}

#[test]
fn no_two_texts_overlap_and_none_leaves_its_box() {
    let d = samples::details();
    for (n, s) in [samples::story(), samples::crowd(), samples::collecting(), samples::many(401)].iter().enumerate() {
        for view in VIEWS {
            for (width, _) in SIZES {
                for selected in [None, Some(2)] {
                    let mut state = ViewState::new();
                    state.select(selected.map(|i: usize| s.objects[i].id));
                    let scene = show(view, s, Some(&d), &mut state, (width, 4000.0));
                    let texts: Vec<_> = scene.items.iter().filter_map(text_area).collect();
                    for (i, (a, one)) in texts.iter().enumerate() {
                        for (b, two) in &texts[i + 1..] {
                            assert!(!a.grown(-0.5).meets(b), "sample {n} {view:?} at {width}: {one:?} over {two:?}");
                        }
                        for area in &scene.hits {
                            // Badges hang over the upper edge.
                            let inside = area.rect.contains(at(a.x + 1.0, a.bottom())) && a.y > area.rect.y + 2.0;
                            let fits = a.right() <= area.rect.right() + 0.5;
                            assert!(!inside || fits, "sample {n} {view:?} at {width}: {one:?} leaves its box");
                        }
                    }
                }
            }
        }
    }
}
