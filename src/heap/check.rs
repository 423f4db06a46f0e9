//! The one integrity walk: what must hold of the bytes after every command.
//!
//! Counts equal the slots that hold references; the collector's lists are sound and hold exactly what is tracked; every live
//! block belongs to one object, free list or table, which fits into it; allocator, dicts, sets and the lists of weak references
//! are sound in themselves. Not proved: values (floats, digits, characters, hashes that only the object itself keeps), room that
//! nobody uses, versions and caches of the interpreter, code, pointers to C functions, and which text is interned.

use core::fmt;

use super::{live, roots};
use crate::abi::RefcountWord;
use crate::ids::gather::{Gather as _, Grow as _};
use crate::ids::text::Owned as _;
use crate::ids::{Addr, sort};
use crate::mem::{AddressSpace, Fault};
use crate::object::gc_head::{COLLECTING, FINALIZED, GC_NEXT, GC_PREV, POINTER, head_of, next, prev};
use crate::object::head::{self, OB_REFCNT, is_gc, is_immortal_word, is_static_type};
use crate::object::keys::{Keys, KeysKind};
use crate::object::{Kind, Slots, Walk, blocks, dict, hash, list, str, type_object, weakref};
use crate::pymalloc::{self, raw};
use crate::runtime::gc::{machine, state};
use crate::runtime::{freelist, interned, interp};

/// What does not hold, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The object, block or list.
    pub at: Addr,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.what)
    }
}

impl From<Fault> for Broken {
    fn from(fault: Fault) -> Self {
        Broken { at: Addr::NULL, what: fault.to_string() }
    }
}

#[cold]
#[inline(never)]
fn broken<T>(at: Addr, what: &str) -> Result<T, Broken> {
    Err(Broken { at, what: what.owned() })
}

/// Proves the heap sound.
///
/// # Errors
/// The first thing that does not hold.
pub fn check(m: &AddressSpace) -> Result<(), Broken> {
    pymalloc::check(m).map_err(|b| Broken { at: b.at, what: b.what.owned() })?;
    let mut objects = Vec::new();
    live::each(m, |obj, _| objects.add(obj))?;
    sort::addresses(&mut objects);
    counts(m, &objects)?;
    lists(m, &objects)?;
    own_blocks(m, &objects)?;
    for &obj in &objects {
        match Kind::of(m, obj)? {
            Kind::Dict => sound(obj, dict::check(m, obj)?)?,
            Kind::Set => sound(obj, crate::object::set::check(m, obj)?)?,
            Kind::WeakRef => sound(obj, weakref::check(m, obj)?)?,
            Kind::Str if !is_static_type(obj) && !text_is_sound(m, obj)? => {
                return broken(obj, "the length or the hash of a text does not fit");
            }
            Kind::List if list::len(m, obj)? > list::ALLOCATED.read(m, obj)? => {
                return broken(obj, "a list is longer than its item array");
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a text's length is possible, and its hash, once asked for, that of its characters.
fn text_is_sound(m: &AddressSpace, text: Addr) -> Result<bool, Fault> {
    let hash = str::HASH.read(m, text)?;
    Ok(str::len(m, text)? >> 32 == 0 && (hash == -1 || hash == hash::of_bytes(&str::stored(m, text, u64::MAX)?)))
}

fn sound(at: Addr, wrong: Option<&'static str>) -> Result<(), Broken> {
    wrong.map_or(Ok(()), |what| broken(at, what))
}

/// Calls `each` with every slot outside objects that holds a strong reference, and what it holds.
///
/// # Errors
/// A fault if the heap was not started.
pub fn root_slots(m: &AddressSpace, mut each: impl FnMut(Addr, Addr)) -> Result<(), Fault> {
    let slots = interp::root_slots().into_iter().chain([roots::namespace_slot()]).chain(roots::handle_slots(m)?);
    for slot in slots {
        let target: Addr = m.read(slot)?;
        if !target.is_null() {
            each(slot, target);
        }
    }
    Ok(())
}

/// Each count equals the number of slots that hold the object.
fn counts(m: &AddressSpace, objects: &[Addr]) -> Result<(), Broken> {
    let mut targets = Vec::new();
    root_slots(m, |_, target| targets.add(target))?;
    for &obj in objects {
        let mut slots = Slots::of(m, obj, Walk::Owned)?;
        while let Some((_, target)) = slots.next(m)? {
            targets.add(target);
        }
        let tp = head::type_of(m, obj)?;
        if !is_static_type(tp) {
            targets.add(tp);
        }
    }
    for table in orphaned_tables(m, objects)? {
        for ix in 0..table.nentries(m)? {
            targets.add(table.key(m, ix)?);
        }
    }
    sort::addresses(&mut targets);
    let mut rest = &targets[..];
    for &obj in objects {
        if let Some(&first) = rest.first()
            && first < obj
        {
            return broken(first, "a slot refers to it, but no object lives there");
        }
        let held = rest.iter().take_while(|&&t| t == obj).count();
        rest = &rest[held..];
        count_is(m, obj, held as u64)?;
    }
    match rest.first() {
        Some(&target) => broken(target, "a slot refers to it, but no object lives there"),
        None => Ok(()),
    }
}

fn count_is(m: &AddressSpace, obj: Addr, held: u64) -> Result<(), Broken> {
    let (word, bits) = (m.profile.refcount, OB_REFCNT.read(m, obj)?);
    if is_immortal_word(word, bits) {
        // At run time only interned text becomes immortal.
        let may_be = is_static_type(obj) || Kind::of(m, obj)? == Kind::Str;
        return if may_be { Ok(()) } else { broken(obj, "it is immortal, but nothing made it so") };
    }
    if word == RefcountWord::Plain && is_static_type(obj) {
        return Ok(());
    }
    // The whole word: the half that does not count is 0.
    if bits == held { Ok(()) } else { broken(obj, &format!("ob_refcnt is {bits}, but {held} slots hold it")) }
}

/// Shared keys tables whose class is gone and that two dicts or more still use: no object alone owns them, so their names are
/// no object's slots.
fn orphaned_tables(m: &AddressSpace, objects: &[Addr]) -> Result<Vec<Keys>, Fault> {
    let (mut used, mut of_classes) = (Vec::new(), Vec::new());
    for &obj in objects {
        match Kind::of(m, obj)? {
            Kind::Dict => used.add(dict::MA_KEYS.read(m, obj)?),
            Kind::Type => of_classes.extend(type_object::cached_keys_block(m, obj)?.map(|(start, _)| start)),
            _ => {}
        }
    }
    sort::addresses(&mut used);
    used.dedup();
    sort::addresses(&mut of_classes);
    let mut orphaned = Vec::new();
    for at in used {
        let table = Keys::load(m, at)?;
        if table.kind == KeysKind::Split && of_classes.binary_search(&at).is_err() && !dict::owns_shared(m, table)? {
            orphaned.add(table);
        }
    }
    Ok(orphaned)
}

/// Every list is sound, and the tracked objects are exactly its members.
fn lists(m: &AddressSpace, objects: &[Addr]) -> Result<(), Broken> {
    let two_way = matches!(machine::phase(m)?, machine::Phase::Idle);
    let mut members = Vec::new();
    let heads = [
        state::head(0),
        state::head(1),
        state::head(2),
        state::head(state::PERMANENT),
        state::UNREACHABLE_LIST,
        state::FINAL_LIST,
    ];
    for list in heads {
        let (mut before, mut at) = (list, next(m, list)?);
        while at != list {
            if members.len() > objects.len() {
                return broken(list, "a list of the collector is endless");
            }
            if two_way
                && (prev(m, at)? != before || GC_PREV.read(m, at)? & COLLECTING != 0 || GC_NEXT.read(m, at)? & !POINTER != 0)
            {
                return broken(at, "the links of a collector's list do not fit, or a collection's flag was left behind");
            }
            members.add(at);
            before = at;
            at = next(m, at)?;
        }
        if two_way && prev(m, list)? != before {
            return broken(list, "a collector's list does not end where its head says");
        }
    }
    sort::addresses(&mut members);
    let mut tracked = Vec::new();
    for &obj in objects {
        if is_gc(m, obj)? && GC_NEXT.read(m, head_of(obj))? != 0 {
            tracked.add(head_of(obj));
        } else if is_gc(m, obj)? && GC_PREV.read(m, head_of(obj))? & !FINALIZED != 0 {
            return broken(obj, "it is untracked, but its _gc_prev is set");
        }
    }
    sort::addresses(&mut tracked);
    match members.iter().zip(&tracked).find(|(a, b)| a != b) {
        Some((&member, &object)) => broken(member.min(object), "on a collector's list but not tracked, or tracked but on none"),
        None if members.len() != tracked.len() => {
            broken(state::STATE, "the collector's lists and the tracked objects differ in number")
        }
        None => Ok(()),
    }
}

/// Each live block of the allocators has an owner, and each block that something owns is live.
fn own_blocks(m: &AddressSpace, objects: &[Addr]) -> Result<(), Broken> {
    let mut owned = Vec::new();
    for &obj in objects {
        if !is_static_type(obj) {
            for block in blocks::of(m, obj)? {
                if pymalloc::is_mine(block.start) && block.asked_bytes > pymalloc::block_bytes(m, block.start)? {
                    return broken(obj, "it reaches beyond its block");
                }
                owned.add(block.start);
            }
        }
    }
    orphaned_tables(m, objects)?.into_iter().map(|table| table.at).gather_into(&mut owned);
    freelist::all_waiting(m)?.into_iter().map(|(block, _)| block).gather_into(&mut owned);
    [interned::own_block(m)?, roots::own_block(m)?, pymalloc::own_block(m)?].into_iter().flatten().gather_into(&mut owned);
    sort::addresses(&mut owned);
    // A keys table may be shared between dicts and their class.
    owned.dedup();
    let mut live = Vec::new();
    for arena in pymalloc::arenas(m)? {
        for pool in pymalloc::pools(m, &arena)?.iter().filter(|p| p.count > 0) {
            let blocks = pymalloc::blocks(m, pool)?;
            let starts = (0..).zip(&blocks.states).filter(|(_, state)| matches!(state, pymalloc::BlockState::Live));
            starts.map(|(k, _)| blocks.first.offset(k * blocks.block_size)).gather_into(&mut live);
        }
    }
    raw::blocks(m)?.into_iter().filter(|b| b.live).map(|b| b.start).gather_into(&mut live);
    sort::addresses(&mut live);
    match live.iter().zip(&owned).find(|(a, b)| a != b) {
        Some((&block, &owner)) if block < owner => broken(block, "a live block that nothing owns: it leaked"),
        Some((_, &owner)) => broken(owner, "something owns a block that is not live"),
        None if live.len() > owned.len() => broken(live[owned.len()], "a live block that nothing owns: it leaked"),
        None if live.len() < owned.len() => broken(owned[live.len()], "something owns a block that is not live"),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::Release;
    use crate::heap::{Heap, Place, Spec};
    use crate::runtime::{attributes, refcount};

    const LIMIT: u64 = 64 << 20;

    /// Each dict outlives its instance and the class, whose keys table the two still share.
    #[test]
    fn keys_that_only_dicts_share_are_counted_once() {
        for release in Release::ALL {
            let mut heap = Heap::new(release, LIMIT).unwrap();
            let class = heap.create(&Spec::Class { name: "C".to_owned(), slots: None, bases: vec![] }).unwrap();
            let value = heap.create(&Spec::List(vec![])).unwrap();
            let objects = [0; 2].map(|_| heap.create(&Spec::Instance(class)).unwrap());
            for object in objects {
                heap.link(object, &Place::Attribute("name_of_its_own".to_owned()), value).unwrap();
            }
            for object in objects {
                let obj = heap.address(object).unwrap();
                let dict = attributes::materialize(&mut heap.m, obj).unwrap().unwrap();
                refcount::incref(&mut heap.m, dict, Addr::NULL).unwrap();
                roots::hold(&mut heap.m, dict).unwrap();
            }
            for id in objects.into_iter().chain([class]) {
                heap.drop_handle(id).unwrap();
            }
            heap.collect(2).unwrap();
            assert_eq!(check(heap.memory()), Ok(()), "{release:?}");
        }
    }

    /// A heap with containers, classes, instances, functions and references of every kind, and all words of its blocks.
    fn built(release: Release) -> (Heap, Vec<Addr>) {
        let mut heap = Heap::new(release, LIMIT).unwrap();
        let mut make = |spec: Spec| heap.create(&spec).unwrap();
        let float = make(Spec::Float(1.5));
        let items = (0..6).map(|n| make(Spec::Int((100_000 + n).to_string()))).collect::<Vec<_>>();
        let text = make(Spec::Str("two words".to_owned()));
        let wide = make(Spec::Str("Ω Ω".to_owned()));
        let list = make(Spec::List(vec![float; 5]));
        let tuple = make(Spec::Tuple(vec![list, text]));
        make(Spec::Set(items[..3].to_vec()));
        make(Spec::Set(items.clone()));
        make(Spec::FrozenSet(items.clone()));
        make(Spec::Dict(vec![(text, list), (wide, float)]));
        make(Spec::Dict(items.iter().map(|&item| (item, float)).collect()));
        let class = |slots| Spec::Class { name: "Node".to_owned(), slots, bases: vec![] };
        let plain = make(class(None));
        let slotted = make(class(Some(vec!["a".to_owned(), "__weakref__".to_owned()])));
        let nodes = [plain, plain, slotted].map(|class| make(Spec::Instance(class)));
        let cell = make(Spec::Cell(Some(float)));
        let function = make(Spec::Function { name: "f".to_owned(), defaults: vec![float], closure: vec![cell] });
        make(Spec::Method(function, list));
        make(Spec::Module("m".to_owned()));
        make(Spec::WeakRef(nodes[0]));
        make(Spec::Bytes(b"spam".to_vec()));
        make(Spec::ByteArray(b"spam".to_vec()));
        make(Spec::Slice(float, float, tuple));
        make(Spec::Range("1".to_owned(), "5".to_owned(), "2".to_owned()));
        make(Spec::Exception("OSError".to_owned(), vec![float, text]));
        make(Spec::Exception("StopIteration".to_owned(), vec![list]));
        for node in nodes {
            heap.link(node, &Place::Attribute("a".to_owned()), tuple).unwrap();
        }
        let made = live::by_serial(&heap.m).unwrap().into_iter().filter(|(serial, _)| !serial.is_of_startup());
        let blocks = made.flat_map(|(_, obj)| blocks::of(&heap.m, obj).unwrap());
        let words = blocks.flat_map(|block| (0..block.asked_bytes / 8).map(move |i| block.start.offset(i * 8))).collect();
        (heap, words)
    }

    /// Whatever one word of an object says, `check` gives an answer. What it does not notice are values, room that nobody uses,
    /// what only the running interpreter looks at, and pointers to C functions.
    #[test]
    fn no_word_makes_it_panic() {
        let mut seed = 1_u64;
        for release in Release::ALL {
            let (mut heap, words) = built(release);
            assert_eq!(check(&heap.m), Ok(()));
            let (mut tried, mut noticed) = (0, 0);
            for &at in &words {
                let before: u64 = heap.m.read(at).unwrap();
                let mut next = || {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    seed >> 16
                };
                let other = words[usize::try_from(next() >> 16).unwrap() % words.len()].0;
                let values = [0, u64::MAX, 1 << 63, before ^ 1 << (next() % 64), next(), other, u64::MAX >> 3];
                for after in [values[usize::try_from(next() % 7).unwrap()], values[usize::try_from(next() % 7).unwrap()]] {
                    if after != before {
                        heap.m.write(at, after).unwrap();
                        tried += 1;
                        noticed += u32::from(check(&heap.m).is_err());
                    }
                }
                heap.m.write(at, before).unwrap();
            }
            assert_eq!(check(&heap.m), Ok(()), "{release:?}");
            assert!(noticed > tried / 2, "{release:?}: {noticed} of {tried}");
        }
    }

    #[test]
    fn what_is_wrong_is_found_and_named() {
        type Damage = fn(&mut Heap, Addr);
        let damage: [(&str, Damage); 11] = [
            ("slots hold it", |heap, list| OB_REFCNT.write(&mut heap.m, list, 7).unwrap()),
            ("slots hold it", |heap, list| {
                let bits = OB_REFCNT.read(&heap.m, list).unwrap();
                OB_REFCNT.write(&mut heap.m, list, bits | 1 << 40).unwrap();
            }),
            ("made it so", |heap, list| {
                // In 3.11 nothing is immortal: the same bits are a count.
                OB_REFCNT.write(&mut heap.m, list, 0xffff_ffff).unwrap();
            }),
            ("longer than its item array", |heap, list| crate::object::list::ALLOCATED.write(&mut heap.m, list, 0).unwrap()),
            ("empty slot of a set", |heap, _| {
                let set = heap.create(&Spec::Set(vec![])).unwrap();
                let set = heap.address(set).unwrap();
                heap.m.write(crate::object::set::SMALLTABLE.at(set).offset(8), 1_u64).unwrap();
            }),
            ("hash of a text", |heap, _| {
                let text = heap.create(&Spec::Str("two words".to_owned())).unwrap();
                let text = heap.address(text).unwrap();
                str::HASH.write(&mut heap.m, text, 1).unwrap();
            }),
            ("links", |heap, list| GC_PREV.write(&mut heap.m, head_of(list), 0x10).unwrap()),
            ("leaked", |heap, _| assert!(pymalloc::malloc(&mut heap.m, 48).is_ok())),
            ("no object lives there", |heap, list| {
                let items = crate::object::list::OB_ITEM.read(&heap.m, list).unwrap();
                heap.m.write(items, list.offset(16)).unwrap();
            }),
            ("beyond its block", |heap, list| crate::object::list::ALLOCATED.write(&mut heap.m, list, 5).unwrap()),
            ("does not lead to it", |heap, _| {
                let set = heap.create(&Spec::Set(vec![])).unwrap();
                let reference = heap.create(&Spec::WeakRef(set)).unwrap();
                let reference = heap.address(reference).unwrap();
                weakref::WR_PREV.write(&mut heap.m, reference, reference).unwrap();
            }),
        ];
        for release in Release::ALL {
            for (expected, break_it) in damage {
                let mut heap = Heap::new(release, LIMIT).unwrap();
                let item = heap.create(&Spec::Float(1.5)).unwrap();
                let list = heap.create(&Spec::List(vec![item])).unwrap();
                let list = heap.address(list).unwrap();
                break_it(&mut heap, list);
                let what = check(heap.memory()).unwrap_err().what;
                let expected = if release == Release::Cp311 && expected == "made it so" { "slots hold it" } else { expected };
                assert!(what.contains(expected), "{release:?} {expected}: {what}");
            }
        }
    }
}
