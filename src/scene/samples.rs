//! Snapshots made by hand, for tests.

use super::{Paint, Theme};
use crate::abi::Release;
use crate::ids::{Addr, Serial};
use crate::snapshot::{
    Arena, Block, BlockState, Collection, DetailBlock, Details, Family, FieldView, GcState, Generation, HeldBy, Holder, Object,
    Pool, PoolState, Purpose, Role, Root, Slot, Snapshot,
};

/// The page's theme by its light colours.
pub(crate) fn light() -> Theme {
    page_theme(0)
}

/// The page's theme by its dark colours.
pub(crate) fn dark() -> Theme {
    page_theme(1)
}

/// Colours and fonts as the page's style sheet has them: `--mark-line: light-dark(#c98f00, #d9a400);`.
fn page_theme(which: usize) -> Theme {
    const SHEET: &str = include_str!("../../www/colours.css");
    let variable = |name: &str| {
        let start = format!("  --{name}: ");
        SHEET.split_once(&start).unwrap_or_else(|| panic!("colours.css has no {start}")).1.split_once(';').unwrap().0
    };
    let colors = Paint::NAMES.map(|name| {
        let kebab: String =
            name.chars().flat_map(|c| [c.is_uppercase().then_some('-'), Some(c.to_ascii_lowercase())]).flatten().collect();
        let both = variable(&kebab).strip_prefix("light-dark(").unwrap().strip_suffix(')').unwrap();
        both.split(", ").nth(which).unwrap().to_owned()
    });
    Theme { colors, font: variable("font").to_owned(), mono: variable("mono").to_owned(), patterns: false }
}

pub(crate) fn empty() -> Snapshot {
    let generation = |threshold| Generation { count: 0, threshold, size: 0, members: Vec::new() };
    Snapshot {
        brief: false,
        release: Release::Cp314,
        objects: Vec::new(),
        roots: Vec::new(),
        arenas: Vec::new(),
        generations: [generation(2000), generation(10), generation(10), generation(0)],
        collection: None,
        startup_hidden: 214,
        gc_enabled: true,
        long_lived_total: 0,
        long_lived_pending: 0,
        unbound: Vec::new(),
    }
}

/// Adds an object and says which index it has. Serials have gaps, as they do in a heap.
pub(crate) fn add(s: &mut Snapshot, type_name: &str, family: Family, value: &str, refcount: Option<u64>) -> usize {
    let n = u32::try_from(s.objects.len()).unwrap();
    let container = !matches!(family, Family::Number | Family::Text | Family::Bytes);
    s.objects.push(Object {
        id: Serial(3 + n * 2),
        addr: Addr(0x7fff_f760_a2c0 + u64::from(n) * 0x150),
        type_name: type_name.into(),
        name: String::new(),
        family,
        value: value.to_owned(),
        refcount,
        refcount_before: refcount,
        changed: false,
        startup: false,
        reachable: true,
        gc: container.then_some(GcState { generation: Some(0), gc_refs: None, unreachable: false }),
        getsizeof_bytes: 56,
        occupies_bytes: 64,
        slots: Vec::new(),
        hidden_slots: 0,
    });
    s.objects.len() - 1
}

/// Adds a class, a function or a module, which has a name of its own.
pub(crate) fn add_named(s: &mut Snapshot, type_name: &str, family: Family, name: &str, refcount: u64) -> usize {
    let added = add(s, type_name, family, &format!("<{type_name} {name}>"), Some(refcount));
    s.objects[added].name = name.to_owned();
    added
}

/// What a slot with this label is.
fn role(label: &str) -> Role {
    match label.as_bytes() {
        b"type" => Role::Type,
        b"member" => Role::Member,
        b".__dict__" => Role::Dict,
        [b'.', ..] => Role::Attribute,
        [b'k', b'e', b'y', b' ', ..] => Role::Key,
        [b'[', b'\'', ..] => Role::Value(None),
        [b'[', ..] => Role::Item(label[1..label.len() - 1].parse().unwrap_or(0)),
        _ => Role::Field,
    }
}

pub(crate) fn refer(s: &mut Snapshot, from: usize, label: &str, to: usize) {
    let target = &s.objects[to];
    let (text, id) = (format!("{} {}", target.type_name, target.value), Some(target.id));
    let at = s.objects[from].addr.offset(24 + 8 * s.objects[from].slots.len() as u64);
    s.objects[from].slots.push(Slot { role: role(label), label: label.to_owned(), at, target: Some(to), id, target_text: text });
}

pub(crate) fn refer_hidden(s: &mut Snapshot, from: usize, label: &str, text: &str) {
    let at = s.objects[from].addr.offset(24 + 8 * s.objects[from].slots.len() as u64);
    let (label, target_text) = (label.to_owned(), text.to_owned());
    s.objects[from].slots.push(Slot { role: role(&label), label, at, target: None, id: None, target_text });
}

pub(crate) fn name(s: &mut Snapshot, name: &str, to: usize) {
    let target_text = s.objects[to].type_name.to_string();
    s.roots.push(Root { name: name.to_owned(), is_handle: false, target: Some(to), target_text, changed: false });
}

pub(crate) fn handle(s: &mut Snapshot, to: usize) {
    let target_text = s.objects[to].type_name.to_string();
    s.roots.push(Root { name: "handle".to_owned(), is_handle: true, target: Some(to), target_text, changed: false });
}

/// A name for an object, a list held twice, a class, and a pair that only holds itself; the pair lost its last name just now.
pub(crate) fn story() -> Snapshot {
    let mut s = empty();
    let class = add_named(&mut s, "type", Family::Class, "Node", 7);
    let a = add(&mut s, "Node", Family::Instance, "<Node object>", Some(1));
    let b = add(&mut s, "Node", Family::Instance, "<Node object>", Some(1));
    let text_a = add(&mut s, "str", Family::Text, "'a'", None);
    let text_b = add(&mut s, "str", Family::Text, "'b'", None);
    let shared = add(&mut s, "list", Family::Sequence, "3 items", Some(2));
    let table = add(&mut s, "dict", Family::Mapping, "2 items", Some(1));
    let big = add(&mut s, "int", Family::Number, "1000000007", Some(3));
    refer_hidden(&mut s, class, ".__dict__", "mappingproxy");
    refer_hidden(&mut s, class, "type", "type type");
    for (node, label, other) in [(a, text_a, b), (b, text_b, a)] {
        refer(&mut s, node, ".name", label);
        refer(&mut s, node, ".next", other);
        refer(&mut s, node, "type", class);
    }
    refer_hidden(&mut s, shared, "[0]", "int 1");
    refer(&mut s, shared, "[1]", big);
    refer(&mut s, shared, "[2]", text_a);
    refer_hidden(&mut s, shared, "type", "type list");
    refer_hidden(&mut s, table, "key 'shared'", "str 'shared'");
    refer(&mut s, table, "['shared']", shared);
    refer(&mut s, table, "['n']", big);
    refer_hidden(&mut s, table, "type", "type dict");
    name(&mut s, "Node", class);
    name(&mut s, "table", table);
    name(&mut s, "shared", shared);
    handle(&mut s, big);
    let empty_name = Root { name: "x".into(), is_handle: false, target: None, target_text: "None".into(), changed: true };
    s.roots.push(empty_name);
    for i in [a, b] {
        s.objects[i].reachable = false;
        s.objects[i].occupies_bytes = 320;
    }
    s.objects[b].changed = true;
    s.objects[b].refcount_before = Some(2);
    s.unbound = vec!["b".to_owned()];
    memory(&mut s);
    s
}

/// A list of a hundred numbers, many kinds of leaf, long names, and a chain that is longer than the picture is wide.
pub(crate) fn crowd() -> Snapshot {
    let mut s = empty();
    let list = add(&mut s, "list", Family::Sequence, "100 items", Some(1));
    for i in 0..100 {
        if i == 3 {
            let n = add(&mut s, "float", Family::Number, "3.141592653589793", Some(1));
            refer(&mut s, list, "[3]", n);
        } else {
            refer_hidden(&mut s, list, &format!("[{i}]"), &format!("int {i}"));
        }
    }
    name(&mut s, "a_rather_long_variable_name", list);
    let mut previous = add(&mut s, "AVeryLongClassNameIndeedForANode", Family::Instance, "<object>", Some(1));
    name(&mut s, "chain", previous);
    for i in 0..7 {
        let node = add(&mut s, "Node", Family::Instance, "<Node object>", Some(1 + i));
        refer(&mut s, previous, ".next_element_with_a_long_name", node);
        refer(&mut s, node, ".previous", previous);
        previous = node;
    }
    refer(&mut s, previous, ".me", previous);
    let set = add(&mut s, "set", Family::Set, "1 item", Some(1));
    let bytes = add(&mut s, "bytes", Family::Bytes, "b'\\x00\\xff and a lot of other characters…'", Some(2));
    refer(&mut s, set, "member", bytes);
    handle(&mut s, set);
    handle(&mut s, bytes);
    let function = add_named(&mut s, "function", Family::Callable, "main", 1);
    let module = add_named(&mut s, "module", Family::Other, "gc", 1);
    refer(&mut s, function, "cell", set);
    name(&mut s, "main", function);
    name(&mut s, "gc", module);
    s.objects[set].changed = true;
    memory(&mut s);
    s
}

/// The pair of [`story`] in a collection that is stopped in `subtract_refs`.
pub(crate) fn collecting() -> Snapshot {
    let mut s = story();
    for (i, refs, unreachable) in [(0, 3, false), (1, 0, true), (2, 0, false), (5, 1, false), (6, 1, false)] {
        s.objects[i].gc = Some(GcState { generation: Some(0), gc_refs: Some(refs), unreachable });
        s.objects[i].changed = false;
        s.objects[i].refcount_before = s.objects[i].refcount;
    }
    s.collection = Some(Collection {
        generation: 0,
        phase: "move_unreachable".to_owned(),
        at: Some(2),
        young: Some(vec![0, 2, 5, 6]),
        unreachable: vec![1],
        sentence:
            "Node #5 has gc_refs 0: no reference from outside the young list was found, so it moves to unreachable for now."
                .to_owned(),
    });
    s.generations[0].members.clear();
    s.generations[0].size = 0;
    s
}

/// `n` objects in a tree, every seventh of them unreachable.
pub(crate) fn many(n: usize) -> Snapshot {
    let mut s = empty();
    for i in 0..n {
        let family = [Family::Sequence, Family::Mapping, Family::Instance, Family::Number, Family::Text][i % 5];
        let type_name = ["list", "dict", "Node", "int", "str"][i % 5];
        add(&mut s, type_name, family, "…", Some(1));
        s.objects[i].reachable = i % 7 != 6;
        if i > 0 {
            refer(&mut s, (i - 1) / 4, "[0]", i);
        }
    }
    name(&mut s, "root", 0);
    s
}

/// Arenas, pools, blocks and lists that fit the objects.
fn memory(s: &mut Snapshot) {
    let base = 0x7fff_f75f_e000_u64;
    let first = (base + 0x3fff) & !0x3fff;
    let sizes = [16_u32, 32, 48, 64, 80, 96, 112, 320, 416, 512, 64, 48, 32, 176];
    let mut pools: Vec<Pool> = Vec::new();
    for i in 0..63_u64 {
        let addr = Addr(first + i * 0x4000);
        let kind = usize::try_from(i).unwrap();
        let pool = match sizes.get(kind) {
            Some(size) => pool(addr, *size, kind, s),
            None => Pool {
                addr,
                state: PoolState::Untouched,
                szidx: 0,
                block_bytes: 0,
                blocks_in_use: 0,
                blocks_total: 0,
                blocks: Vec::new(),
            },
        };
        pools.push(pool);
    }
    let lost = first - base;
    s.arenas.push(Arena { addr: Addr(base), misaligned_bytes: lost, free_pools: 63 - 14, total_pools: 63, pools });
    let tracked: Vec<usize> = (0..s.objects.len()).filter(|i| s.objects[*i].gc.is_some()).collect();
    s.generations[0] = Generation { count: 41, threshold: 2000, size: 5, members: tracked };
    s.generations[1].count = 3;
    s.generations[2] = Generation { count: 1, threshold: 10, size: 5210, members: Vec::new() };
    s.long_lived_total = 5210;
    s.long_lived_pending = 322;
}

fn pool(addr: Addr, size: u32, kind: usize, s: &Snapshot) -> Pool {
    let total = (16_384 - 48) / size;
    let carved = [total, total, total * 4 / 5, total / 3, 3, total][kind % 6].max(7).min(total);
    let mut blocks = Vec::new();
    let (mut used, mut rank) = (0, 0);
    for i in 0..total {
        let free = i < carved && (kind == 9 || (kind % 6 != 1 && i * 7 % 11 == 3));
        let owner = if kind == 7 && i < 8 { s.objects.get(i as usize).map(|_| i as usize) } else { None };
        let state = if i >= carved {
            BlockState::Uncarved
        } else if free {
            rank += 1;
            BlockState::Free(rank - 1)
        } else {
            used += 1;
            BlockState::Live
        };
        let live = state == BlockState::Live;
        let owner = if live { owner } else { None };
        let family = if live { owner.map(|o| s.objects[o].family) } else { None };
        let label = match (live, owner) {
            (true, Some(o)) => format!("{} {}", s.objects[o].type_name, s.objects[o].id),
            (true, None) => "list (start-up)".to_owned(),
            _ => String::new(),
        };
        blocks.push(Block { addr: addr.offset(u64::from(48 + i * size)), state, owner, label, family });
    }
    let state = match (used, blocks.iter().all(|b| b.state == BlockState::Live)) {
        (0, _) => PoolState::Empty,
        (_, true) => PoolState::Full,
        _ => PoolState::Used,
    };
    Pool { addr, state, szidx: size / 16 - 1, block_bytes: size, blocks_in_use: used, blocks_total: total, blocks }
}

/// The second node of [`story`], as 3.14 lays it out.
pub(crate) fn details() -> Details {
    let field = |offset: i64, bytes: &[u8], name: &str, meaning: &str, purpose| FieldView {
        offset,
        bytes: bytes.to_vec(),
        size_bytes: bytes.len() as u64,
        name: name.to_owned(),
        meaning: meaning.to_owned(),
        purpose,
        target: None,
    };
    let pointer = |low: u8| [low, 0xa2, 0x61, 0xf7, 0xff, 0x7f, 0, 0];
    let mut fields = vec![
        field(-32, &[0; 8], "weakref list", "NULL: nothing refers weakly", Purpose::PreHeader),
        field(-24, &[0; 8], "dict pointer", "NULL: attributes lie in the values", Purpose::PreHeader),
        field(-16, &pointer(0xc0), "_gc_next", "→ Node #5", Purpose::GcHead),
        field(-8, &pointer(0x70), "_gc_prev", "→ Node #9 · flags 0", Purpose::GcHead),
        field(0, &[1, 0, 0, 0], "ob_refcnt", "1 reference", Purpose::Count),
        field(4, &[0, 0], "ob_overflow", "0", Purpose::Count),
        field(6, &[0, 0], "ob_flags", "0", Purpose::Count),
        field(8, &pointer(0x10), "ob_type", "→ class Node", Purpose::Type),
        field(16, &[0x1d], "capacity", "29 values", Purpose::Bookkeeping),
        field(17, &[2], "size", "2 values", Purpose::Bookkeeping),
        field(18, &[1], "embedded", "yes", Purpose::Bookkeeping),
        field(19, &[1], "valid", "yes", Purpose::Bookkeeping),
        field(20, &[0; 4], "padding", "", Purpose::Slack),
        field(24, &pointer(0x48), "values[0]", ".name → str #11 'b'", Purpose::Payload),
        field(32, &pointer(0xc0), "values[1]", ".next → Node #5", Purpose::Payload),
    ];
    fields[14].target = Some(Serial(5));
    for i in 2..29 {
        fields.push(field(24 + 8 * i, &[0; 8], &format!("values[{i}]"), "free", Purpose::Room));
    }
    fields.push(field(256, &[0; 32], "order", "00 01 then free", Purpose::Bookkeeping));
    let block = DetailBlock { name: "object", addr: Addr(0x7fff_f761_a3f0), asked_bytes: 320, block_bytes: 320, fields };
    let long = FieldView {
        offset: 0,
        bytes: (0..64).collect(),
        size_bytes: 200,
        name: "ob_item".into(),
        meaning: "25 references".into(),
        purpose: Purpose::Payload,
        target: None,
    };
    let slack = field(200, &[0xcd; 8], "slack", "up to the block's end", Purpose::Slack);
    let items = DetailBlock {
        name: "item array",
        addr: Addr(0x7fff_f762_0030),
        asked_bytes: 200,
        block_bytes: 208,
        fields: vec![long, slack],
    };
    Details {
        id: Serial(7),
        addr: Addr(0x7fff_f761_a410),
        type_name: "Node".to_owned(),
        value: "<Node object>".to_owned(),
        getsizeof_bytes: 48,
        occupies_bytes: 528,
        overhead_bytes: 240,
        blocks: vec![block, items],
        holders: vec![Holder { by: HeldBy::Object(Serial(5)), text: "Node #5 .next".into(), at: Addr(0x7fff_f761_a2e0) }],
    }
}
