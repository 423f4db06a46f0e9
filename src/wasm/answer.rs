//! Answers to JavaScript, as the type declarations name them. Ids are numbers, addresses text.

use wasm_bindgen::JsValue;

use super::error::Thrown;
use super::value::{self, Fields};
use crate::ids::text::{self, Append as _};
use crate::playground::{Collected, Statistics};
use crate::scene::{self, Hit};
use crate::snapshot::{
    Arena, BlockState, DetailBlock, Details, FieldView, HeldBy, Holder, Object, Pool, PoolState, Purpose, Role, Slot, Snapshot,
};

/// `Row`: one object, with as many references as `most`; the others are only counted.
pub(super) fn row(fields: &mut Fields, object: &Object, most: usize) {
    let generation = object.gc.and_then(|gc| gc.generation);
    fields.id("id", Some(object.id));
    fields.address("address", object.addr);
    fields.text("type", &object.type_name);
    fields.text("called", &object.called());
    fields.text("value", &object.value);
    fields.number_if("refcount", object.refcount);
    fields.number_if("refcountBefore", object.refcount_before);
    fields.number_if("generation", generation.map(u64::from));
    fields.flag("tracked", generation.is_some());
    fields.flag("reachable", object.reachable);
    fields.flag("startup", object.startup);
    fields.flag("changed", object.changed);
    fields.number("getsizeof", object.getsizeof_bytes);
    fields.number("occupies", object.occupies_bytes);
    fields.array("references", object.slots.iter().take(most), reference);
    fields.number("hiddenReferences", object.hidden_slots + object.slots.len().saturating_sub(most) as u64);
    fields.number_if("gcRefs", object.gc.and_then(|gc| gc.gc_refs));
    fields.flag("unreachable", object.gc.is_some_and(|gc| gc.unreachable));
}

/// `Reference`
fn reference(fields: &mut Fields, slot: &Slot) {
    fields.text("label", &slot.label);
    fields.id("id", slot.id);
    fields.text("text", &slot.target_text);
    fields.object_if("place", place(slot));
}

/// `Place`, where `link` and `unlink` reach the slot.
fn place(slot: &Slot) -> Option<Fields> {
    let mut place = Fields::default();
    let kind = match slot.role {
        Role::Item(index) => {
            place.number("index", index);
            "index"
        }
        Role::Value(key) => {
            place.id("key", Some(key?));
            "key"
        }
        Role::Attribute => {
            place.text("name", slot.label.get(1..)?);
            "attribute"
        }
        Role::Member => {
            place.id("member", slot.id);
            "member"
        }
        Role::Contents => "cell",
        Role::Type | Role::Key | Role::Dict | Role::Field => return None,
    };
    place.text("kind", kind);
    Some(place)
}

/// `Holder`
pub(super) fn holder(fields: &mut Fields, holder: &Holder) {
    let (kind, id) = match holder.by {
        HeldBy::Object(id) => ("object", Some(id)),
        HeldBy::Name => ("name", None),
        HeldBy::Handle => ("handle", None),
        HeldBy::Interpreter => ("interpreter", None),
    };
    fields.text("kind", kind);
    fields.id("id", id);
    fields.text("text", &holder.text);
    fields.address("address", holder.at);
}

/// `Details`
pub(super) fn details(fields: &mut Fields, details: &Details) {
    fields.id("id", Some(details.id));
    fields.address("address", details.addr);
    fields.text("type", &details.type_name);
    fields.text("value", &details.value);
    fields.number("getsizeof", details.getsizeof_bytes);
    fields.number("occupies", details.occupies_bytes);
    fields.number("overhead", details.overhead_bytes);
    fields.array("holders", &details.holders, holder);
    fields.array("blocks", &details.blocks, block);
}

fn block(fields: &mut Fields, block: &DetailBlock) {
    fields.text("name", block.name);
    fields.address("address", block.addr);
    fields.number("asked", block.asked_bytes);
    fields.number("size", block.block_bytes);
    fields.array("fields", &block.fields, field);
}

fn field(fields: &mut Fields, field: &FieldView) {
    fields.signed("offset", field.offset);
    fields.number("size", field.size_bytes);
    fields.text("name", &field.name);
    fields.text("hex", &hex(field));
    fields.text("meaning", &field.meaning);
    fields.text("purpose", purpose(field.purpose));
    fields.id("target", field.target);
}

/// Bytes as text: `c0 a2`, with an ellipsis if there are more.
fn hex(field: &FieldView) -> String {
    let mut text = text::hex(&field.bytes);
    if (field.bytes.len() as u64) < field.size_bytes {
        text.put(" …");
    }
    text
}

const fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::PreHeader => "pre-header",
        Purpose::GcHead => "gc-head",
        Purpose::Count => "count",
        Purpose::Type => "type",
        Purpose::Bookkeeping => "bookkeeping",
        Purpose::Payload => "payload",
        Purpose::Room => "room",
        Purpose::Slack => "slack",
    }
}

/// `ArenaInfo`
pub(super) fn arena(fields: &mut Fields, arena: &Arena) {
    fields.address("address", arena.addr);
    fields.number("freePools", arena.free_pools.into());
    fields.number("totalPools", arena.total_pools.into());
    fields.array("pools", &arena.pools, pool);
}

fn pool(fields: &mut Fields, pool: &Pool) {
    fields.address("address", pool.addr);
    let state = match pool.state {
        PoolState::Untouched => "untouched",
        PoolState::Empty => "empty",
        PoolState::Used => "used",
        PoolState::Full => "full",
    };
    fields.text("state", state);
    fields.number("blockBytes", pool.block_bytes.into());
    fields.number("inUse", pool.blocks_in_use.into());
    fields.number("total", pool.blocks_total.into());
    match pool.blocks.iter().find(|block| block.state == BlockState::Free(0)) {
        Some(block) => fields.address("nextFree", block.addr),
        None => fields.null("nextFree"),
    }
}

/// `GenerationInfo`, one for each generation.
pub(super) fn generations(snapshot: &Snapshot) -> Result<JsValue, Thrown> {
    const NAMES: [&str; 4] = ["0", "1", "2", "permanent"];
    value::array(snapshot.generations.iter().zip(NAMES).enumerate(), |fields, (at, (generation, name))| {
        fields.text("name", name);
        fields.number("count", generation.count.into());
        fields.number("threshold", generation.threshold.into());
        fields.number("size", generation.size.into());
        fields.text("rule", &scene::rule(snapshot, at));
        fields.numbers("ids", generation.members.iter().filter_map(|&at| snapshot.objects.get(at)).map(|object| object.id.0));
    })
}

/// `Collected`
pub(super) fn collected(found: &Collected) -> Result<JsValue, Thrown> {
    value::object(|fields| {
        fields.number("collected", found.outcome.collected);
        fields.number("uncollectable", found.outcome.uncollectable);
        fields.array("byType", &found.by_type, |fields, (type_name, count)| {
            fields.text("type", type_name);
            fields.number("count", *count);
        });
    })
}

/// `Statistics`
pub(super) fn statistics(fields: &mut Fields, s: &Statistics, bytes_mapped: u64, objects: &[Object]) {
    let classes = &s.pymalloc.classes;
    fields.number("allocatedBlocks", s.allocated_blocks);
    fields.number("poolBlocks", classes.iter().map(|class| class.blocks_in_use).sum());
    fields.number("rawBlocks", s.raw_blocks);
    fields.number("arenas", s.pymalloc.arenas_current);
    fields.number("arenasHighwater", s.pymalloc.arenas_highwater);
    fields.number("pools", classes.iter().map(|class| class.pools).sum());
    fields.number("bytesInUse", s.pymalloc.allocated_bytes);
    fields.number("bytesMapped", bytes_mapped);
    fields.number("objects", objects.len() as u64);
    fields.number("unreachable", objects.iter().filter(|object| !object.reachable).count() as u64);
    fields.numbers("counts", s.counts);
    fields.numbers("thresholds", s.thresholds);
    fields.number("longLivedTotal", s.long_lived_total);
    fields.number("longLivedPending", s.long_lived_pending);
    fields.flag("gcEnabled", s.gc_enabled);
    fields.array("gcStats", s.gc_stats, |fields, [collections, collected, uncollectable]| {
        fields.number("collections", collections);
        fields.number("collected", collected);
        fields.number("uncollectable", uncollectable);
    });
    fields.array("classes", classes, |fields, class| {
        fields.number("size", class.size);
        fields.number("pools", class.pools);
        fields.number("used", class.blocks_in_use);
        fields.number("free", class.blocks_available);
    });
}

/// `Hit`
pub(super) fn hit(fields: &mut Fields, hit: &Hit) {
    let kind = match hit {
        Hit::Object { .. } => "object",
        Hit::Name { .. } => "name",
        Hit::Handle { .. } => "handle",
        Hit::Block { .. } => "block",
        Hit::Pool { .. } => "pool",
        Hit::Field { .. } => "field",
    };
    fields.text("kind", kind);
    match hit {
        Hit::Object { id, slot } => {
            fields.id("id", Some(*id));
            if let Some(slot) = slot {
                let mut found = Fields::default();
                reference(&mut found, slot);
                fields.object_if("slot", Some(found));
            }
        }
        Hit::Name { name, id } => {
            fields.text("name", name);
            fields.id("id", *id);
        }
        Hit::Handle { id } => fields.id("id", *id),
        Hit::Block { addr, id, label } => {
            fields.address("address", *addr);
            fields.text("label", label);
            fields.id("id", *id);
        }
        Hit::Pool { addr, label } => {
            fields.address("address", *addr);
            fields.text("label", label);
        }
        Hit::Field { name, meaning, id } => {
            fields.text("name", name);
            fields.text("meaning", meaning);
            fields.id("id", *id);
        }
    }
}
