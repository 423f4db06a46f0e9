use super::layout::{Layout, folded, layout};
use crate::ids::Serial;
use crate::scene::{Item, Point, Rect, Size, View, ViewState, build, samples};
use crate::snapshot::{Family, Snapshot};

const W: f64 = 690.0;
const H: f64 = 600.0;

/// A heap by a seeded random walk: lists, instances and numbers, some unreachable, some with many slots.
fn random(seed: u64, count: usize) -> Snapshot {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = move |n: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % n.max(1)
    };
    let mut s = samples::empty();
    for i in 0..count {
        let (name, family) = [("list", Family::Sequence), ("Node", Family::Instance), ("int", Family::Number)][next(3)];
        samples::add(&mut s, name, family, "value", Some(1));
        s.objects[i].reachable = next(4) > 0;
        s.objects[i].changed = next(5) == 0;
    }
    for _ in 0..count * 2 {
        let (from, to, label) = (next(count), next(count), next(40));
        samples::refer(&mut s, from, &format!("[{label}]"), to);
    }
    for i in 0..count / 3 {
        let to = next(count);
        samples::name(&mut s, &format!("n{i}"), to);
    }
    s
}

fn overlaps(rects: &[Rect]) -> usize {
    let pairs = rects.iter().enumerate().flat_map(|(i, a)| rects[i + 1..].iter().map(move |b| (a, b)));
    pairs.filter(|(a, b)| a.meets(b)).count()
}

fn lay(s: &Snapshot, width: f64) -> Layout {
    layout(s, folded(s, None), &mut Default::default(), (width, H))
}

#[test]
fn no_two_boxes_overlap_at_any_width() {
    for seed in 0..60 {
        for width in [320.0, 360.0, 690.0, 1440.0] {
            let l = lay(&random(seed, 3 + usize::try_from(seed).unwrap()), width);
            let all: Vec<Rect> = l.boxes.iter().chain(&l.chips).copied().collect();
            assert_eq!(overlaps(&all), 0, "seed {seed}, width {width}");
        }
    }
    for count in [401, 1200, 3001] {
        assert_eq!(overlaps(&lay(&random(1, count), W).boxes), 0, "{count}");
    }
}

#[test]
fn hatched_areas_cover_the_unreachable_and_nothing_that_lives() {
    for seed in 0..60 {
        let s = random(seed, 30);
        let l = lay(&s, W);
        let areas: Vec<&Rect> = l.groups.iter().flat_map(|g| &g.areas).collect();
        for (o, b) in s.objects.iter().zip(&l.boxes) {
            assert_eq!(areas.iter().any(|a| a.contains(b.center())), !o.reachable, "seed {seed} {}", o.id);
            assert!(o.reachable || areas.iter().any(|a| a.union(b) == **a), "seed {seed}: {} sticks out", o.id);
            assert!(!o.reachable || !areas.iter().any(|a| a.meets(b)), "seed {seed}: {} is covered", o.id);
        }
        let bytes: u64 = l.groups.iter().map(|g| g.bytes).sum();
        assert_eq!(bytes, s.objects.iter().filter(|o| !o.reachable).map(|o| o.occupies_bytes).sum::<u64>());
    }
}

#[test]
fn what_stands_stays_when_something_is_added_or_goes() {
    for seed in 0..40 {
        let mut s = random(seed, 25);
        let mut tables = Default::default();
        let before = layout(&s, folded(&s, None), &mut tables, (W, H));
        let new = samples::add(&mut s, "int", Family::Number, "1", Some(1));
        samples::name(&mut s, "new", new);
        let after = layout(&s, folded(&s, None), &mut tables, (W, H));
        assert_eq!(before.boxes[..], after.boxes[..25], "seed {seed}");
        assert_eq!(before.chips[..], after.chips[..before.chips.len()], "seed {seed}");
        assert_eq!(overlaps(&after.boxes), 0);
        // The last goes and comes back, as by undo and redo.
        let gone = s.objects.pop().unwrap();
        let root = s.roots.pop().unwrap();
        assert_eq!(layout(&s, folded(&s, None), &mut tables, (W, H)).boxes, before.boxes);
        s.objects.push(gone);
        s.roots.push(root);
        assert_eq!(layout(&s, folded(&s, None), &mut tables, (W, H)).boxes, after.boxes);
    }
}

#[test]
fn a_box_that_grows_pushes_down_only_its_own_column() {
    let mut s = samples::crowd();
    let mut tables = Default::default();
    let before = layout(&s, folded(&s, None), &mut tables, (1000.0, H));
    let grown = s.objects.iter().position(|o| &*o.type_name == "set").unwrap();
    for i in 0..6 {
        samples::refer_hidden(&mut s, grown, &format!("member {i}"), "int 1");
    }
    let after = layout(&s, folded(&s, None), &mut tables, (1000.0, H));
    assert_eq!(overlaps(&after.boxes), 0);
    assert!(after.boxes[grown].h > before.boxes[grown].h);
    for (a, b) in before.boxes.iter().zip(&after.boxes) {
        assert!(a.x.total_cmp(&b.x).is_eq());
        assert!(a.y <= b.y);
        if a.x > before.boxes[grown].x || a.y < before.boxes[grown].y {
            assert_eq!(a.y.to_bits(), b.y.to_bits());
        }
    }
}

#[test]
fn cells_of_a_grid_are_kept_and_taken_again() {
    let mut s = random(5, 600);
    let mut tables = Default::default();
    let before = layout(&s, folded(&s, None), &mut tables, (W, H));
    // Objects that hold nothing and that nothing holds can go without changing indices: the last one.
    let last = s.objects.len() - 1;
    for o in &mut s.objects {
        o.slots.retain(|slot| slot.target != Some(last));
    }
    s.roots.retain(|r| r.target != Some(last));
    s.objects.pop();
    let without = layout(&s, folded(&s, None), &mut tables, (W, H));
    assert_eq!(before.boxes[..last], without.boxes[..]);
    let new = samples::add(&mut s, "int", Family::Number, "1", Some(1));
    s.objects[new].id = Serial(9_999_999);
    let with = layout(&s, folded(&s, None), &mut tables, (W, H));
    assert_eq!(with.boxes[..last], without.boxes[..]);
    assert_eq!(with.boxes[new], before.boxes[last]);
}

#[test]
fn layout_is_a_function_of_what_was_seen() {
    for seed in 0..10 {
        let s = random(seed, 40);
        let (mut one, mut two) = (Default::default(), Default::default());
        for _ in 0..2 {
            let (a, b) = (layout(&s, folded(&s, None), &mut one, (W, H)), layout(&s, folded(&s, None), &mut two, (W, H)));
            assert_eq!((a.boxes, a.chips), (b.boxes, b.chips));
        }
    }
}

/// A class with what belongs to it, an instance, and a leak of the same class.
fn with_class() -> Snapshot {
    let mut s = samples::empty();
    let class = samples::add_named(&mut s, "type", Family::Class, "Node", 4);
    let dict = samples::add(&mut s, "dict", Family::Mapping, "6 entries", Some(1));
    let text = samples::add(&mut s, "str", Family::Text, "'kept'", Some(2));
    let node = samples::add(&mut s, "Node", Family::Instance, "<Node>", Some(1));
    let leak = samples::add(&mut s, "Node", Family::Instance, "<Node>", Some(1));
    let inner = samples::add(&mut s, "int", Family::Number, "99999", Some(1));
    samples::refer(&mut s, class, "tp_dict", dict);
    samples::refer(&mut s, dict, "['kept']", text);
    samples::refer(&mut s, dict, "['n']", inner);
    samples::refer(&mut s, node, "type", class);
    samples::refer(&mut s, node, ".text", text);
    samples::refer(&mut s, leak, ".me", leak);
    samples::refer(&mut s, leak, "type", class);
    samples::name(&mut s, "Node", class);
    samples::name(&mut s, "n", node);
    s.objects[leak].reachable = false;
    s
}

#[test]
fn the_insides_of_classes_are_folded_until_asked_for() {
    let s = with_class();
    assert_eq!(folded(&s, None), [false, true, false, false, false, true]);
    assert_eq!(folded(&s, Some(3)), folded(&s, None), "another object is selected");
    for asked in [0, 1, 5] {
        assert_eq!(folded(&s, Some(asked)), [false; 6], "the class or its insides are selected");
    }
    let mut tables = Default::default();
    let before = layout(&s, folded(&s, None), &mut tables, (W, H));
    let open = layout(&s, folded(&s, Some(0)), &mut tables, (W, H));
    assert_eq!(before.boxes.iter().filter(|b| b.w > 0.0).count(), 4);
    assert_eq!(open.boxes.iter().filter(|b| b.w > 0.0).count(), 6);
    assert_eq!(overlaps(&open.boxes), 0);
    for i in [2, 3, 4] {
        assert!(open.boxes[i].y >= before.boxes[i].y && open.boxes[i].x.to_bits() == before.boxes[i].x.to_bits());
    }
}

/// An empty picture says so, also where what is left is folded.
#[test]
fn a_picture_without_boxes_and_names_says_what_will_be_there() {
    let says = |s: &Snapshot| {
        let scene = build(View::Objects, s, None, &mut ViewState::new(), Size { w: W, h: H });
        scene.items.iter().any(|item| matches!(item, Item::Text { text, .. } if text.starts_with("No objects yet.")))
    };
    let mut s = samples::empty();
    assert!(says(&s));
    samples::add(&mut s, "str", Family::Text, "'pair'", None);
    assert_eq!(folded(&s, None), [true], "the text of a name that is gone");
    assert!(says(&s));
    samples::name(&mut s, "a", 0);
    assert!(!says(&s));
}

/// Points along the curves of an edge.
fn along(edge: &super::arrows::Edge) -> Vec<Point> {
    let (mut from, mut points) = (edge.start, Vec::new());
    for [a, b, c] in edge.curves() {
        for step in 0..=20 {
            let t = f64::from(step) / 20.0;
            let mix = |p: f64, q: f64, r: f64, s: f64| {
                (1.0 - t).powi(3) * p + 3.0 * t * (1.0 - t).powi(2) * q + 3.0 * t * t * (1.0 - t) * r + t.powi(3) * s
            };
            points.push(Point { x: mix(from.x, a.x, b.x, c.x), y: mix(from.y, a.y, b.y, c.y) });
        }
        from = c;
    }
    points
}

/// Calls `look` with every reference in pictures of random heaps: which heap, its layout, the reference.
fn each_random_edge(mut look: impl FnMut(u64, &Layout, &super::arrows::Edge)) {
    for seed in 0..40 {
        let s = random(seed, 30);
        let l = lay(&s, 1440.0);
        for edge in super::arrows::edges(&s, &l, None) {
            look(seed, &l, &edge);
        }
    }
}

#[test]
fn arrows_between_columns_pass_beside_the_boxes() {
    let mut passed = 0;
    each_random_edge(|seed, l, edge| {
        let to = l.boxes[edge.target];
        // Within a column arrows bow out into the gap.
        for (i, own) in l.boxes.iter().enumerate().filter(|(_, b)| (to.x - edge.start.x).abs() > 60.0 + b.w) {
            assert!(
                i == edge.target || !along(edge).iter().any(|p| own.grown(-1.0).contains(*p)),
                "seed {seed}: from {:?} to {} crosses {i}",
                edge.source,
                edge.target
            );
            passed += 1;
        }
    });
    assert!(passed > 1000);
}

#[test]
fn arrow_heads_point_at_their_boxes() {
    let mut seen = 0;
    each_random_edge(|seed, l, edge| {
        let Some(&[_, before, end]) = edge.curves().last() else { panic!("seed {seed}: an arrow without a curve") };
        let (to, own) = (end.x - before.x, l.boxes[edge.target]);
        assert!((end.y - before.y).abs() < 0.01 && to.abs() > 1.0, "seed {seed}: {before:?} {end:?}");
        assert_eq!(to > 0.0, end.x < own.center().x, "seed {seed}: it comes from outside");
        seen += 1;
    });
    assert!(seen > 500, "{seen}");
}

/// Of each reference that is led around boxes the upright lines: where, from where to where.
fn upright(edge: &super::arrows::Edge) -> Vec<(f64, f64, f64)> {
    let (mut from, mut lines) = (edge.start, Vec::new());
    for [control, _, to] in edge.curves() {
        if control == to && (from.x - to.x).abs() < 0.01 {
            lines.push((to.x, from.y.min(to.y), from.y.max(to.y)));
        }
        from = to;
    }
    lines
}

#[test]
fn upright_lines_of_references_do_not_lie_on_each_other() {
    let (mut lines, mut shared) = (0, 0);
    for seed in 0..40 {
        let s = random(seed, 16);
        let l = lay(&s, 1440.0);
        let edges = super::arrows::edges(&s, &l, None);
        for (i, one) in edges.iter().enumerate() {
            for other in &edges[i + 1..] {
                let on = |a: &(f64, f64, f64), b: &(f64, f64, f64)| (a.0 - b.0).abs() < 3.0 && a.1 < b.2 && b.1 < a.2;
                shared += upright(one)
                    .iter()
                    .flat_map(|a| upright(other).into_iter().map(move |b| (*a, b)))
                    .filter(|(a, b)| on(a, b))
                    .count();
            }
            lines += upright(one).len();
        }
    }
    assert!(lines > 200 && shared == 0, "{shared} of {lines}");
}
