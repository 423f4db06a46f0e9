//! What the page says after each of many commands, held against `goldens/sentences.txt`; `BLESS=1` writes it anew.
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::fmt::Write as _;
use std::path::Path;

use terrarium::abi::Release;
use terrarium::heap::{CommandError, Place, Spec};
use terrarium::ids::Serial;
use terrarium::playground::Playground;
use terrarium::runtime::gc::machine::Grain;

struct Teller {
    p: Playground,
    text: String,
}

impl Teller {
    fn say<T>(&mut self, what: &str, run: impl FnOnce(&mut Playground) -> Result<T, CommandError>) -> Option<T> {
        let done = run(&mut self.p);
        let told = match &done {
            Ok(_) => self.p.sentence().unwrap(),
            Err(error) => error.to_string(),
        };
        for (text, adds_up) in counts(&told) {
            assert_ne!(adds_up, Some(false), "{text}");
        }
        writeln!(self.text, "{what}\n    {told}").unwrap();
        done.ok()
    }

    fn make(&mut self, what: &str, spec: &Spec) -> Serial {
        self.say(what, |p| p.create(spec)).unwrap()
    }
}

/// Every count whose change is told, and whether the reasons add up to it; `None` if not all reasons are named.
fn counts(told: &str) -> Vec<(String, Option<bool>)> {
    let texts = told.split(". ").filter(|text| text.contains(": count "));
    let number = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>().parse::<i64>().unwrap();
    let adds_up = |text: &str| {
        let (change, reasons) = text.split_once(": count ").unwrap().1.split_once(" → ").unwrap();
        let sum = |sign| reasons.split(sign).skip(1).map(number).sum::<i64>();
        let is_whole = !reasons.contains("more holder");
        is_whole.then(|| number(reasons) - number(change) == sum(", +") - sum(", −"))
    };
    texts.map(|text| (text.to_owned(), adds_up(text))).collect()
}

#[test]
fn the_reasons_of_a_new_class_add_up() {
    for release in Release::ALL {
        let mut t = Teller { p: Playground::new(release, 1 << 28).unwrap(), text: String::new() };
        let class = |slots: Option<&[&str]>| Spec::Class {
            name: "Node".to_owned(),
            slots: slots.map(|slots| slots.iter().map(|&name| name.to_owned()).collect()),
            bases: Vec::new(),
        };
        let mut seen = 0;
        for spec in [class(None), class(Some(&["x", "y"])), class(Some(&["__weakref__"]))] {
            t.make("class", &spec);
            for (text, adds_up) in counts(&t.p.sentence().unwrap()) {
                assert_eq!(adds_up, Some(true), "{release:?} {text}");
                seen += 1;
            }
        }
        assert!(seen >= 3, "{release:?}");
    }
}

/// A StopIteration holds its first argument once more than the tuple of its arguments does.
#[test]
fn many_slots_are_told_by_their_owners() {
    for release in Release::ALL {
        let mut t = Teller { p: Playground::new(release, 1 << 28).unwrap(), text: String::new() };
        let value = t.make("[]", &Spec::List(Vec::new()));
        t.make("list", &Spec::List(vec![value; 1000]));
        let told = t.p.sentence().unwrap();
        assert!(told.contains("count 1 → 1001, +1000 for list"), "{release:?} {told}");
        t.make("StopIteration", &Spec::Exception("StopIteration".to_owned(), vec![value; 150]));
        let told = t.p.sentence().unwrap();
        assert!(told.contains("count 1001 → 1152, +150 for tuple"), "{release:?} {told}");
        assert!(told.contains(", +1 for the value of StopIteration"), "{release:?} {told}");
    }
}

fn attribute(name: &str) -> Place {
    Place::Attribute(name.to_owned())
}

fn lists_and_names(t: &mut Teller) {
    let list = t.make("[]", &Spec::List(Vec::new()));
    t.say("a = list", |p| p.bind("a", list));
    t.say("b = list", |p| p.bind("b", list));
    t.say("let go of the list", |p| p.drop_handle(list));
    let text = t.make("'hello world'", &Spec::Str("hello world".to_owned()));
    t.say("a.append(text)", |p| p.link(list, &Place::Append, text));
    t.say("a.append(text)", |p| p.link(list, &Place::Append, text));
    t.say("a[1] = text", |p| p.link(list, &Place::Index(1), text));
    t.say("let go of the text", |p| p.drop_handle(text));
    t.say("a[0] = a", |p| p.link(list, &Place::Index(0), list));
    t.say("del a[1]", |p| p.unlink(list, &Place::Index(1)));
    t.say("b = b", |p| p.bind("b", list));
    t.say("del a", |p| p.unbind("a"));
    t.say("del b", |p| p.unbind("b"));
    t.say("gc.collect()", |p| p.collect(2));
    t.say("gc.collect(0)", |p| p.collect(0));
}

fn scalars_and_tables(t: &mut Teller) {
    t.make("5", &Spec::Int("5".to_owned()));
    let none = t.make("None", &Spec::None);
    t.say("n = None", |p| p.bind("n", none));
    let float = t.make("1.5", &Spec::Float(1.5));
    t.say("let go of the float", |p| p.drop_handle(float));
    let float = t.make("2.5", &Spec::Float(2.5));
    let large = t.make("10 ** 20", &Spec::Int("100000000000000000000".to_owned()));
    let dict = t.make("{}", &Spec::Dict(Vec::new()));
    let key = t.make("'key'", &Spec::Str("key".to_owned()));
    t.say("dict['key'] = large", |p| p.link(dict, &Place::Key(key), large));
    t.say("dict['key'] = float", |p| p.link(dict, &Place::Key(key), float));
    t.say("del dict['key']", |p| p.unlink(dict, &Place::Key(key)));
    t.say("dict[dict] = float", |p| p.link(dict, &Place::Key(dict), float));
    let set = t.make("{large}", &Spec::Set(vec![large]));
    t.say("set.add(float)", |p| p.link(set, &Place::Member, float));
    t.say("set.add(float)", |p| p.link(set, &Place::Member, float));
    t.say("set.remove(float)", |p| p.unlink_member(set, float));
    let tuple = t.make("(large, float)", &Spec::Tuple(vec![large, float]));
    t.say("tuple.append(float)", |p| p.link(tuple, &Place::Append, float));
    t.say("n = tuple", |p| p.bind("n", tuple));
    t.say("let go of the tuple", |p| p.drop_handle(tuple));
    t.say("n = large, which only lets go of the tuple", |p| p.bind("n", large));
    t.make("[float] * 200", &Spec::List(vec![float; 200]));
    t.make("()", &Spec::Tuple(Vec::new()));
    let inner = t.make("[[]]", &Spec::List(Vec::new()));
    let middle = t.make("[[]]", &Spec::List(vec![inner]));
    let outer = t.make("[[[]]]", &Spec::List(vec![middle]));
    t.say("let go of the innermost", |p| p.drop_handle(inner));
    t.say("let go of the middle", |p| p.drop_handle(middle));
    t.say("let go of the outermost", |p| p.drop_handle(outer));
}

fn classes_and_cycles(t: &mut Teller) {
    let class = t.make("class Node", &Spec::Class { name: "Node".to_owned(), slots: None, bases: Vec::new() });
    t.say("Node = class", |p| p.bind("Node", class));
    let x = t.make("Node()", &Spec::Instance(class));
    let y = t.make("Node()", &Spec::Instance(class));
    t.say("x.next = y", |p| p.link(x, &attribute("next"), y));
    t.say("y.back = x", |p| p.link(y, &attribute("back"), x));
    t.make("weakref.ref(y)", &Spec::WeakRef(y));
    t.say("let go of x", |p| p.drop_handle(x));
    t.say("let go of y", |p| p.drop_handle(y));
    t.say("a collection by steps", |p| p.start_collection(2));
    for _ in 0..2 {
        t.say("next phase", |p| p.step_collection(Grain::Phase));
    }
    for _ in 0..3 {
        t.say("next object", |p| p.step_collection(Grain::Object));
    }
    t.say("next phase", |p| p.step_collection(Grain::Phase));
    t.say("create a list", |p| p.create(&Spec::List(Vec::new())));
    for _ in 0..2 {
        t.say("next object", |p| p.step_collection(Grain::Object));
    }
    while t.say("next phase", |p| p.step_collection(Grain::Phase)) == Some(true) {}
    t.say("undo", Playground::undo);
    t.say("redo", Playground::redo);
}

fn mistakes_and_cells(t: &mut Teller) {
    let class = t.make("class A", &Spec::Class { name: "A".to_owned(), slots: None, bases: Vec::new() });
    t.say("B = class B", |p| p.create_named(&Spec::Class { name: "B".to_owned(), slots: None, bases: Vec::new() }, "B"));
    let number = t.make("10 ** 9", &Spec::Int("1000000000".to_owned()));
    t.say("A.x = number", |p| p.link(class, &attribute("x"), number));
    t.say("number.append(number)", |p| p.link(number, &Place::Append, number));
    t.say("weakref.ref(number)", |p| p.create(&Spec::WeakRef(number)));
    let cell = t.make("a cell", &Spec::Cell(None));
    t.say("the cell contains the number", |p| p.link(cell, &Place::Cell, number));
    t.say("the cell is emptied", |p| p.unlink(cell, &Place::Cell));
    t.say("the cell is emptied again", |p| p.unlink(cell, &Place::Cell));
    let list = t.make("[]", &Spec::List(Vec::new()));
    t.say("list.append(list)", |p| p.link(list, &Place::Append, list));
    t.say("let go of the list", |p| p.drop_handle(list));
    for generation in 0..3 {
        t.say("a collection by steps", |p| p.start_collection(generation));
        while phase(t) != Some("delete_garbage") {
            t.p.step_collection(Grain::Phase).unwrap();
        }
        if generation == 1 {
            while t.say("next phase", |p| p.step_collection(Grain::Phase)) == Some(true) {}
        } else {
            t.say("the rest of it", Playground::finish_collection);
        }
    }
}

/// The phase of the collection that runs.
fn phase(t: &Teller) -> Option<&'static str> {
    t.p.collecting().unwrap().map(|(_, phase)| phase)
}

fn automatic(t: &mut Teller) {
    t.say("gc.set_threshold(3, 10, 10)", |p| p.set_thresholds([3, 10, 10]));
    let list = t.make("[]", &Spec::List(Vec::new()));
    t.say("list.append(list)", |p| p.link(list, &Place::Append, list));
    t.say("let go of the list", |p| p.drop_handle(list));
    for _ in 0..4 {
        t.make("{}", &Spec::Dict(Vec::new()));
    }
    t.say("x = {}", |p| p.create_named(&Spec::Dict(Vec::new()), "x"));
    t.say("x = 5", |p| p.create_named(&Spec::Int("5".into()), "x"));
    t.say("x y = {}", |p| p.create_named(&Spec::Dict(Vec::new()), "x y"));
    t.say("gc.set_threshold(0, 10, 10)", |p| p.set_thresholds([0, 10, 10]));
    t.say("gc.disable()", |p| p.set_gc_enabled(false));
    t.say("gc.set_threshold(7, 10, 10)", |p| p.set_thresholds([7, 10, 10]));
    t.say("gc.enable()", |p| p.set_gc_enabled(true));
    t.say("gc.set_threshold(0, 10, 10)", |p| p.set_thresholds([0, 10, 10]));
    t.say("gc.enable()", |p| p.set_gc_enabled(true));
    t.say("gc.freeze()", Playground::freeze);
    t.say("gc.collect()", |p| p.collect(2));
    t.say("gc.unfreeze()", Playground::unfreeze);
    t.say("gc.collect()", |p| p.collect(2));
}

#[test]
fn every_command_is_told_with_the_reason_of_each_count() {
    let p = Playground::new(Release::Cp314, 1 << 30).unwrap();
    let mut t = Teller { p, text: String::new() };
    lists_and_names(&mut t);
    scalars_and_tables(&mut t);
    classes_and_cycles(&mut t);
    mistakes_and_cells(&mut t);
    automatic(&mut t);
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/sentences.txt");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&golden, &t.text).unwrap();
    }
    let told = std::fs::read_to_string(&golden).unwrap();
    for (now, before) in t.text.lines().zip(told.lines()) {
        assert_eq!(now, before);
    }
    assert_eq!(t.text.lines().count(), told.lines().count());
}

/// The number of lost objects that is told is the one that a collection returns.
#[test]
fn what_the_collector_can_find_is_what_it_finds() {
    for release in Release::ALL {
        let mut p = Playground::new(release, 1 << 28).unwrap();
        let mut lists = [0; 2].map(|_| p.create(&Spec::List(Vec::new())).unwrap());
        let key = p.create(&Spec::Str("a key".into())).unwrap();
        let dict = p.create(&Spec::Dict(vec![(key, lists[0])])).unwrap();
        p.link(lists[0], &Place::Append, dict).unwrap();
        p.link(lists[1], &Place::Append, lists[1]).unwrap();
        let class = p.create(&Spec::Class { name: "Node".into(), slots: None, bases: Vec::new() }).unwrap();
        let derived = p.create(&Spec::Class { name: "Sub".into(), slots: None, bases: vec![class] }).unwrap();
        let node = p.create(&Spec::Instance(derived)).unwrap();
        p.link(node, &Place::Attribute("me".into()), node).unwrap();
        lists.reverse();
        let mut numbers = Vec::new();
        for lost in [lists[0], lists[1], dict, node, derived, class] {
            p.drop_handle(lost).unwrap();
            let told = p.sentence().unwrap();
            let number = told.split("The collector can find ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok());
            let found = p.collect(2).unwrap().outcome.collected;
            p.undo().unwrap();
            if let Some(number) = number {
                assert_eq!(found, number, "{release:?}: {told}");
                numbers.push(number);
            }
            assert!(number.is_some() || lost != dict, "{told}");
        }
        assert_eq!(numbers[0], 3, "{release:?}: the list that holds itself, the other with its dict");
    }
}
