//! Answers to JavaScript, as the type declarations name them. Ids are numbers, addresses text.

use wasm_bindgen::JsValue;

use super::error::Thrown;
use super::json::{self, Json};
use crate::ids::Serial;
use crate::playground::{Collected, Statistics};
use crate::scene::Hit;
use crate::snapshot::{
    Arena, BlockState, DetailBlock, Details, FieldView, Holder, Object, Pool, PoolState, Purpose, Slot, Snapshot,
};

/// `Row`: one object, with as many references as `most`; the others are only counted.
pub(super) fn row(json: &mut Json, object: &Object, most: usize) {
    let generation = object.gc.and_then(|gc| gc.generation);
    json.id("id", Some(object.id));
    json.text("address", &object.addr.to_string());
    json.text("type", &object.type_name);
    json.text("value", &object.value);
    json.number_if("refcount", object.refcnt);
    json.number_if("refcountBefore", object.refcnt_before);
    json.number_if("generation", generation.map(u64::from));
    json.flag("tracked", generation.is_some());
    json.flag("reachable", object.reachable);
    json.flag("startup", object.startup);
    json.flag("changed", object.changed);
    json.number("getsizeof", object.getsizeof_bytes);
    json.number("occupies", object.occupies_bytes);
    json.array("references", object.slots.iter().take(most), reference);
    json.number("hiddenReferences", object.hidden_slots + object.slots.len().saturating_sub(most) as u64);
    json.number_if("gcRefs", object.gc.and_then(|gc| gc.gc_refs));
    json.flag("unreachable", object.gc.is_some_and(|gc| gc.unreachable));
}

fn reference(json: &mut Json, slot: &Slot) {
    json.text("label", &slot.label);
    json.id("id", slot.id);
    json.text("text", &slot.target_text);
}

/// `Holder`
pub(super) fn holder(json: &mut Json, holder: &Holder) {
    json.id("id", holder.holder);
    json.text("text", &holder.text);
    json.text("address", &holder.at.to_string());
}

/// `Details`
pub(super) fn details(json: &mut Json, details: &Details) {
    json.id("id", Some(details.id));
    json.text("address", &details.addr.to_string());
    json.text("type", &details.type_name);
    json.text("value", &details.value);
    json.number("getsizeof", details.getsizeof_bytes);
    json.number("occupies", details.occupies_bytes);
    json.number("overhead", details.overhead_bytes);
    json.array("holders", &details.holders, holder);
    json.array("blocks", &details.blocks, block);
}

fn block(json: &mut Json, block: &DetailBlock) {
    json.text("name", block.name);
    json.text("address", &block.addr.to_string());
    json.number("asked", block.asked_bytes);
    json.number("size", block.block_bytes);
    json.array("fields", &block.fields, field);
}

fn field(json: &mut Json, field: &FieldView) {
    json.signed("offset", field.offset);
    json.number("size", field.size_bytes);
    json.text("name", &field.name);
    json.text("hex", &hex(field));
    json.text("meaning", &field.meaning);
    json.text("purpose", purpose(field.purpose));
    json.id("target", field.target);
}

/// Bytes as text: `c0 a2`, with an ellipsis if there are more.
fn hex(field: &FieldView) -> String {
    let mut text = String::new();
    for byte in &field.bytes {
        if !text.is_empty() {
            text.push(' ');
        }
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('?'));
        }
    }
    if (field.bytes.len() as u64) < field.size_bytes {
        text.push_str(" …");
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
pub(super) fn arena(json: &mut Json, arena: &Arena) {
    json.text("address", &arena.addr.to_string());
    json.number("freePools", arena.free_pools.into());
    json.number("totalPools", arena.total_pools.into());
    json.array("pools", &arena.pools, pool);
}

fn pool(json: &mut Json, pool: &Pool) {
    json.text("address", &pool.addr.to_string());
    let state = match pool.state {
        PoolState::Untouched => "untouched",
        PoolState::Empty => "empty",
        PoolState::Used => "used",
        PoolState::Full => "full",
    };
    json.text("state", state);
    json.number("blockBytes", pool.block_bytes.into());
    json.number("inUse", pool.blocks_in_use.into());
    json.number("total", pool.blocks_total.into());
    match pool.blocks.iter().find(|block| block.state == BlockState::Free(0)) {
        Some(block) => json.text("nextFree", &block.addr.to_string()),
        None => json.null("nextFree"),
    }
}

/// `GenerationInfo`, one for each generation.
pub(super) fn generations(snapshot: &Snapshot) -> Result<JsValue, Thrown> {
    const RULES: [(&str, &str); 4] = [
        ("0", "counts allocations of containers less deallocations; above the threshold a collection starts"),
        ("1", "counts collections of generation 0 since its own last one"),
        (
            "2",
            "counts collections of generation 1; and runs only if a quarter as many objects wait as survived the last full collection",
        ),
        ("permanent", "never examined: gc.freeze() puts objects here"),
    ];
    json::array(snapshot.generations.iter().zip(RULES), |json, (generation, (name, rule))| {
        json.text("name", name);
        json.number("count", generation.count.into());
        json.number("threshold", generation.threshold.into());
        json.number("size", generation.size.into());
        json.text("rule", rule);
        json.numbers("ids", generation.members.iter().filter_map(|&at| snapshot.objects.get(at)).map(|object| object.id.0));
    })
}

/// `Collected`
pub(super) fn collected(found: &Collected) -> Result<JsValue, Thrown> {
    json::object(|json| {
        json.number("collected", found.outcome.collected);
        json.number("uncollectable", found.outcome.uncollectable);
        json.array("byType", &found.by_type, |json, (type_name, count)| {
            json.text("type", type_name);
            json.number("count", *count);
        });
    })
}

/// `Statistics`
pub(super) fn statistics(json: &mut Json, s: &Statistics, bytes_mapped: u64, objects: &[Object]) {
    let classes = &s.pymalloc.classes;
    json.number("allocatedBlocks", s.allocated_blocks);
    json.number("poolBlocks", classes.iter().map(|class| class.blocks_in_use).sum());
    json.number("rawBlocks", s.raw_blocks);
    json.number("arenas", s.pymalloc.arenas_current);
    json.number("arenasHighwater", s.pymalloc.arenas_highwater);
    json.number("pools", classes.iter().map(|class| class.pools).sum());
    json.number("bytesInUse", s.pymalloc.allocated_bytes);
    json.number("bytesMapped", bytes_mapped);
    json.number("objects", objects.len() as u64);
    json.number("unreachable", objects.iter().filter(|object| !object.reachable).count() as u64);
    json.numbers("counts", s.counts);
    json.numbers("thresholds", s.thresholds);
    json.number("longLivedTotal", s.long_lived_total);
    json.number("longLivedPending", s.long_lived_pending);
    json.flag("gcEnabled", s.gc_enabled);
    json.array("gcStats", s.gc_stats, |json, [collections, collected, uncollectable]| {
        json.number("collections", collections);
        json.number("collected", collected);
        json.number("uncollectable", uncollectable);
    });
    json.array("classes", classes, |json, class| {
        json.number("size", class.size);
        json.number("pools", class.pools);
        json.number("used", class.blocks_in_use);
        json.number("free", class.blocks_available);
    });
}

/// `Hit`
pub(super) fn hit(json: &mut Json, hit: &Hit) {
    let kind = match hit {
        Hit::Object { .. } => "object",
        Hit::Name { .. } => "name",
        Hit::Handle { .. } => "handle",
        Hit::Block { .. } => "block",
        Hit::Pool { .. } => "pool",
        Hit::Field { .. } => "field",
    };
    json.text("kind", kind);
    match hit {
        Hit::Object { id, slot } => {
            json.id("id", Some(*id));
            if let Some((label, id)) = slot {
                json.object("slot", |json| labelled(json, label, *id));
            }
        }
        Hit::Name { name, id } => {
            json.text("name", name);
            json.id("id", *id);
        }
        Hit::Handle { id } => json.id("id", *id),
        Hit::Block { addr, id, label } => {
            json.text("address", &addr.to_string());
            labelled(json, label, *id);
        }
        Hit::Pool { addr, label } => {
            json.text("address", &addr.to_string());
            json.text("label", label);
        }
        Hit::Field { name, meaning, id } => {
            json.text("name", name);
            json.text("meaning", meaning);
            json.id("id", *id);
        }
    }
}

fn labelled(json: &mut Json, label: &str, id: Option<Serial>) {
    json.text("label", label);
    json.id("id", id);
}
