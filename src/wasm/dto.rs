//! What crosses the boundary, and its conversion. Ids are numbers, addresses text.
#![allow(clippy::struct_excessive_bools, reason = "plain objects of JavaScript, field by field")]

use crate::ids::text::Append as _;
use js_sys::{Array, Reflect, Uint8Array};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};

use super::error::{Thrown, bad_argument};
use crate::heap::{Heap, Place, Spec};
use crate::ids::Serial;
use crate::ids::gather::Gather as _;
use crate::ids::text::cat;
use crate::scene::{Hit, Paint, Theme};
use crate::snapshot::{self, DetailBlock, Details, FieldView, Holder, PoolState, Purpose, Snapshot};

/// An argument that is a plain object, and what it should describe. Read by name: derived readers would be a tenth of the module.
pub(super) struct Given<'a> {
    object: &'a JsValue,
    what: &'static str,
}

impl<'a> Given<'a> {
    pub(super) fn new(object: &'a JsValue, what: &'static str) -> Result<Given<'a>, Thrown> {
        let given = Given { object, what };
        if object.is_object() { Ok(given) } else { Err(given.not(what)) }
    }

    #[cold]
    fn not(&self, problem: &str) -> Thrown {
        bad_argument(&cat(&["Not ", self.what, ": ", problem, "."]))
    }

    /// A property that may be missing.
    fn option(&self, name: &str) -> Result<Option<JsValue>, Thrown> {
        let value = Reflect::get(self.object, &name.into()).map_err(|_| self.not(name))?;
        Ok((!value.is_undefined() && !value.is_null()).then_some(value))
    }

    fn property<T>(&self, name: &str, read: impl FnOnce(&JsValue) -> Option<T>) -> Result<T, Thrown> {
        self.option(name)?.as_ref().and_then(read).ok_or_else(|| self.not(name))
    }

    fn optional<T>(&self, name: &str, read: impl FnOnce(&JsValue) -> Option<T>) -> Result<Option<T>, Thrown> {
        self.option(name)?.map(|value| read(&value).ok_or_else(|| self.not(name))).transpose()
    }

    fn text(&self, name: &str) -> Result<String, Thrown> {
        self.property(name, JsValue::as_string)
    }

    fn number(&self, name: &str) -> Result<f64, Thrown> {
        self.property(name, JsValue::as_f64)
    }

    fn id(&self, name: &str) -> Result<Serial, Thrown> {
        self.property(name, serial)
    }

    fn ids(&self, name: &str) -> Result<Vec<Serial>, Thrown> {
        self.property(name, serials)
    }

    fn ids_or_none(&self, name: &str) -> Result<Vec<Serial>, Thrown> {
        Ok(self.optional(name, serials)?.unwrap_or_default())
    }
}

/// A whole number from 0 to 2^32 - 1, as ids, indices and thresholds are.
pub(super) fn whole(value: f64) -> Option<u32> {
    if value.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&value) {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
        return Some(value as u32);
    }
    None
}

fn integer(value: &JsValue) -> Option<u32> {
    value.as_f64().and_then(whole)
}

fn serial(value: &JsValue) -> Option<Serial> {
    integer(value).map(Serial)
}

fn array<T>(value: &JsValue, read: impl Fn(&JsValue) -> Option<T>) -> Option<Vec<T>> {
    value.dyn_ref::<Array>()?.iter().map(|item| read(&item).ok_or(())).try_gather().ok()
}

fn serials(value: &JsValue) -> Option<Vec<Serial>> {
    array(value, serial)
}

fn bytes(value: &JsValue) -> Option<Vec<u8>> {
    match value.dyn_ref::<Uint8Array>() {
        Some(bytes) => Some(bytes.to_vec()),
        None => array(value, |item| u8::try_from(integer(item)?).ok()),
    }
}

fn pair(value: &JsValue) -> Option<(Serial, Serial)> {
    match serials(value)?[..] {
        [key, value] => Some((key, value)),
        _ => None,
    }
}

/// A plain object for JavaScript.
pub(super) fn give<T: Serialize>(value: &T) -> Result<JsValue, Thrown> {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    value.serialize(&serializer).map_err(|error| Thrown::from(JsValue::from(error)))
}

/// `Spec` of the type declarations.
pub(super) fn spec(value: &JsValue) -> Result<Spec, Thrown> {
    let given = Given::new(value, "something that can be created")?;
    let ids = |name| given.ids(name);
    Ok(match given.text("type")?.as_str() {
        "None" => Spec::None,
        "bool" => Spec::Bool(given.property("value", JsValue::as_bool)?),
        "Ellipsis" => Spec::Ellipsis,
        "NotImplemented" => Spec::NotImplemented,
        "int" => Spec::Int(given.text("value")?),
        "float" => Spec::Float(given.number("value")?),
        "complex" => Spec::Complex(given.number("real")?, given.number("imag")?),
        "str" => Spec::Str(given.text("value")?),
        "bytes" => Spec::Bytes(given.property("value", bytes)?),
        "bytearray" => Spec::ByteArray(given.property("value", bytes)?),
        "list" => Spec::List(ids("items")?),
        "tuple" => Spec::Tuple(ids("items")?),
        "set" => Spec::Set(ids("items")?),
        "frozenset" => Spec::FrozenSet(ids("items")?),
        "dict" => Spec::Dict(given.property("entries", |entries| array(entries, pair))?),
        "slice" => Spec::Slice(given.id("start")?, given.id("stop")?, given.id("step")?),
        "range" => Spec::Range(given.text("start")?, given.text("stop")?, given.text("step")?),
        "class" => Spec::Class {
            name: given.text("name")?,
            slots: given.optional("slots", |slots| array(slots, JsValue::as_string))?,
            bases: given.ids_or_none("bases")?,
        },
        "instance" => Spec::Instance(given.id("class")?),
        "cell" => Spec::Cell(given.optional("contents", serial)?),
        "function" => Spec::Function {
            name: given.text("name")?,
            defaults: given.ids_or_none("defaults")?,
            closure: given.ids_or_none("closure")?,
        },
        "method" => Spec::Method(given.id("function")?, given.id("self")?),
        "module" => Spec::Module(given.text("name")?),
        "exception" => Spec::Exception(given.text("class")?, ids("args")?),
        "weakref" => Spec::WeakRef(given.id("object")?),
        "object" => Spec::Object,
        _ => return Err(given.not("type")),
    })
}

/// `Place` of the type declarations: the place, and the member that `unlink` means.
pub(super) fn place(value: &JsValue) -> Result<(Place, Option<Serial>), Thrown> {
    let given = Given::new(value, "a place")?;
    let place = match given.text("kind")?.as_str() {
        "append" => Place::Append,
        "index" => Place::Index(u64::from(given.property("index", integer)?)),
        "key" => Place::Key(given.id("key")?),
        "attribute" => Place::Attribute(given.text("name")?),
        "member" => return Ok((Place::Member, given.optional("member", serial)?)),
        "cell" => Place::Cell,
        _ => return Err(given.not("kind")),
    };
    Ok((place, None))
}

/// `memoryLimitBytes` of the options of a playground.
pub(super) fn memory_limit_bytes(value: &JsValue) -> Result<Option<f64>, Thrown> {
    Given::new(value, "options")?.optional("memoryLimitBytes", JsValue::as_f64)
}

/// References of one row that are listed unless the caller says otherwise.
pub(super) const REFERENCES: u32 = 256;

/// Which rows are asked for.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) startup: bool,
    pub(super) offset: Option<u32>,
    pub(super) limit: Option<u32>,
    references: Option<u32>,
    find: Option<String>,
    of_type: Option<String>,
}

impl Rows {
    pub(super) fn read(value: &JsValue) -> Result<Rows, Thrown> {
        let given = Given::new(value, "options")?;
        let startup = given.optional("startup", JsValue::as_bool)?.unwrap_or(false);
        Ok(Rows {
            startup,
            offset: given.optional("offset", integer)?,
            limit: given.optional("limit", integer)?,
            references: given.optional("references", integer)?,
            find: given.optional("find", JsValue::as_string)?,
            of_type: given.optional("type", JsValue::as_string)?,
        })
    }

    /// How many references of one object are listed.
    pub(super) fn references(&self) -> usize {
        self.references.unwrap_or(REFERENCES) as usize
    }

    /// The objects that are asked for: of the type, and with each word somewhere in their id, type, value or address.
    pub(super) fn filtered<'a>(&self, heap: &Heap, snapshot: &'a Snapshot) -> Result<Vec<&'a snapshot::Object>, Thrown> {
        let find = self.find.as_deref().unwrap_or_default().to_ascii_lowercase();
        let mut fitting = Vec::new();
        for object in &snapshot.objects {
            if self.of_type.as_ref().is_some_and(|name| *object.type_name != **name) {
                continue;
            }
            if !find.is_empty() {
                let value = snapshot::value(heap, object)?;
                let parts = [&object.id.to_string(), " ", &object.type_name, " ", &value, " ", &object.addr.to_string()];
                let text = cat(&parts).to_ascii_lowercase();
                // Not `contains`: the library's search is fast, and large.
                let has = |word: &str| text.as_bytes().windows(word.len()).any(|at| at == word.as_bytes());
                if !find.split_ascii_whitespace().all(has) {
                    continue;
                }
            }
            fitting.push(object);
        }
        Ok(fitting)
    }
}

/// `Frame` of the type declarations: width, height, device pixel ratio, colours.
pub(super) fn frame(value: &JsValue) -> Result<([f64; 3], Theme), Thrown> {
    let given = Given::new(value, "a frame")?;
    let sizes = [given.number("width")?, given.number("height")?, given.number("dpr")?];
    given.property("theme", |theme| Some(theme.clone())).and_then(|value| Ok((sizes, theme(&value)?)))
}

#[derive(Serialize)]
pub(super) struct ReferenceDto {
    label: String,
    id: Option<u32>,
    text: String,
}

/// `Row` of the type declarations.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RowDto {
    id: u32,
    address: String,
    #[serde(rename = "type")]
    type_name: String,
    value: String,
    refcount: Option<u64>,
    refcount_before: Option<u64>,
    generation: Option<u8>,
    tracked: bool,
    reachable: bool,
    startup: bool,
    changed: bool,
    getsizeof: u64,
    occupies: u64,
    references: Vec<ReferenceDto>,
    hidden_references: u64,
    gc_refs: Option<u64>,
    unreachable: bool,
}

impl RowDto {
    /// With as many references as `most`; the others are only counted.
    pub(super) fn new(object: &snapshot::Object, most: usize) -> RowDto {
        let references = object.slots.iter().take(most).map(|slot| ReferenceDto {
            label: slot.label.clone(),
            id: slot.id.map(|id| id.0),
            text: slot.target_text.clone(),
        });
        RowDto {
            id: object.id.0,
            address: object.addr.to_string(),
            type_name: object.type_name.to_string(),
            value: object.value.clone(),
            refcount: object.refcnt,
            refcount_before: object.refcnt_before,
            generation: object.gc.and_then(|gc| gc.generation),
            tracked: object.gc.is_some_and(|gc| gc.generation.is_some()),
            reachable: object.reachable,
            startup: object.startup,
            changed: object.changed,
            getsizeof: object.getsizeof_bytes,
            occupies: object.occupies_bytes,
            references: references.gather(),
            hidden_references: object.hidden_slots + object.slots.len().saturating_sub(most) as u64,
            gc_refs: object.gc.and_then(|gc| gc.gc_refs),
            unreachable: object.gc.is_some_and(|gc| gc.unreachable),
        }
    }
}

#[derive(Serialize)]
pub(super) struct PageOfRows {
    pub(super) total: usize,
    pub(super) rows: Vec<RowDto>,
}

#[derive(Serialize)]
pub(super) struct NameDto {
    pub(super) name: String,
    pub(super) object: Option<u32>,
    pub(super) text: String,
}

#[derive(Serialize)]
pub(super) struct HolderDto {
    id: Option<u32>,
    text: String,
    address: String,
}

impl From<&Holder> for HolderDto {
    fn from(holder: &Holder) -> HolderDto {
        HolderDto { id: holder.holder.map(|id| id.0), text: holder.text.clone(), address: holder.at.to_string() }
    }
}

#[derive(Serialize)]
pub(super) struct FieldDto {
    offset: i64,
    size: u64,
    name: String,
    hex: String,
    meaning: String,
    purpose: &'static str,
    target: Option<u32>,
}

/// Bytes as text: `c0 a2`, with an ellipsis if there are more.
fn hex(field: &FieldView) -> String {
    let mut text: String = field.bytes.iter().enumerate().fold(String::new(), |mut text, (k, byte)| {
        if k > 0 {
            text.push(' ');
        }
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('?'));
        }
        text
    });
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

impl From<&FieldView> for FieldDto {
    fn from(field: &FieldView) -> FieldDto {
        FieldDto {
            offset: field.offset,
            size: field.size_bytes,
            name: field.name.clone(),
            hex: hex(field),
            meaning: field.meaning.clone(),
            purpose: purpose(field.purpose),
            target: field.target.map(|id| id.0),
        }
    }
}

#[derive(Serialize)]
pub(super) struct BlockDto {
    name: &'static str,
    address: String,
    asked: u64,
    size: u64,
    fields: Vec<FieldDto>,
}

impl From<&DetailBlock> for BlockDto {
    fn from(block: &DetailBlock) -> BlockDto {
        BlockDto {
            name: block.name,
            address: block.addr.to_string(),
            asked: block.asked_bytes,
            size: block.block_bytes,
            fields: block.fields.iter().map(FieldDto::from).gather(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct DetailsDto {
    id: u32,
    address: String,
    #[serde(rename = "type")]
    type_name: String,
    value: String,
    getsizeof: u64,
    occupies: u64,
    overhead: u64,
    holders: Vec<HolderDto>,
    blocks: Vec<BlockDto>,
}

impl From<&Details> for DetailsDto {
    fn from(details: &Details) -> DetailsDto {
        DetailsDto {
            id: details.id.0,
            address: details.addr.to_string(),
            type_name: details.type_name.clone(),
            value: details.value.clone(),
            getsizeof: details.getsizeof_bytes,
            occupies: details.occupies_bytes,
            overhead: details.overhead_bytes,
            holders: details.holders.iter().map(HolderDto::from).gather(),
            blocks: details.blocks.iter().map(BlockDto::from).gather(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PoolDto {
    address: String,
    state: &'static str,
    block_bytes: u32,
    in_use: u32,
    total: u32,
    next_free: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ArenaDto {
    address: String,
    free_pools: u32,
    total_pools: u32,
    pools: Vec<PoolDto>,
}

impl From<&snapshot::Arena> for ArenaDto {
    fn from(arena: &snapshot::Arena) -> ArenaDto {
        let pools = arena.pools.iter().map(|pool| PoolDto {
            address: pool.addr.to_string(),
            state: match pool.state {
                PoolState::Untouched => "untouched",
                PoolState::Empty => "empty",
                PoolState::Used => "used",
                PoolState::Full => "full",
            },
            block_bytes: pool.block_bytes,
            in_use: pool.blocks_in_use,
            total: pool.blocks_total,
            next_free: pool.blocks.iter().find(|b| b.state == snapshot::BlockState::Free(0)).map(|b| b.addr.to_string()),
        });
        ArenaDto {
            address: arena.addr.to_string(),
            free_pools: arena.free_pools,
            total_pools: arena.total_pools,
            pools: pools.gather(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct GenerationDto {
    pub(super) name: &'static str,
    pub(super) count: u32,
    pub(super) threshold: u32,
    pub(super) size: u32,
    pub(super) rule: &'static str,
    pub(super) ids: Vec<u32>,
}

#[derive(Serialize)]
pub(super) struct TypeCount {
    #[serde(rename = "type")]
    pub(super) type_name: String,
    pub(super) count: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CollectedDto {
    pub(super) collected: u64,
    pub(super) uncollectable: u64,
    pub(super) by_type: Vec<TypeCount>,
}

#[derive(Serialize)]
pub(super) struct PlacesDto {
    pub(super) append: bool,
    pub(super) indices: u64,
    pub(super) keyed: bool,
    pub(super) attribute: bool,
    pub(super) member: bool,
    pub(super) cell: bool,
}

#[derive(Serialize)]
pub(super) struct GcStatsDto {
    pub(super) collections: u64,
    pub(super) collected: u64,
    pub(super) uncollectable: u64,
}

#[derive(Serialize)]
pub(super) struct ClassDto {
    pub(super) size: u64,
    pub(super) pools: u64,
    pub(super) used: u64,
    pub(super) free: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StatisticsDto {
    pub(super) allocated_blocks: u64,
    pub(super) pool_blocks: u64,
    pub(super) raw_blocks: u64,
    pub(super) arenas: u64,
    pub(super) arenas_highwater: u64,
    pub(super) pools: u64,
    pub(super) bytes_in_use: u64,
    pub(super) bytes_mapped: u64,
    pub(super) objects: usize,
    pub(super) unreachable: usize,
    pub(super) counts: Vec<u32>,
    pub(super) thresholds: Vec<u32>,
    pub(super) long_lived_total: u64,
    pub(super) long_lived_pending: u64,
    pub(super) gc_enabled: bool,
    pub(super) gc_stats: Vec<GcStatsDto>,
    pub(super) classes: Vec<ClassDto>,
}

#[derive(Serialize)]
pub(super) struct ReleaseDto {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
}

/// `Theme` of the type declarations.
fn theme(value: &JsValue) -> Result<Theme, Thrown> {
    let given = Given::new(value, "a theme")?;
    let mut theme = Theme { patterns: given.optional("patterns", JsValue::as_bool)?.unwrap_or(false), ..Theme::default() };
    for (name, color) in Paint::NAMES.into_iter().zip(&mut theme.colors) {
        *color = given.text(name)?;
    }
    theme.font = given.text("font")?;
    theme.mono = given.text("mono")?;
    Ok(theme)
}

#[derive(Serialize)]
pub(super) struct SlotHitDto {
    label: String,
    id: Option<u32>,
}

/// `Hit` of the type declarations.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum HitDto {
    Object {
        id: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        slot: Option<SlotHitDto>,
    },
    Name {
        name: String,
        id: Option<u32>,
    },
    Handle {
        id: Option<u32>,
    },
    Block {
        address: String,
        id: Option<u32>,
        label: String,
    },
    Pool {
        address: String,
        label: String,
    },
    Field {
        name: String,
        meaning: String,
        id: Option<u32>,
    },
}

impl From<Hit> for HitDto {
    fn from(hit: Hit) -> HitDto {
        let number = |id: Option<Serial>| id.map(|id| id.0);
        match hit {
            Hit::Object { id, slot } => {
                HitDto::Object { id: id.0, slot: slot.map(|(label, id)| SlotHitDto { label, id: number(id) }) }
            }
            Hit::Name { name, id } => HitDto::Name { name, id: number(id) },
            Hit::Handle { id } => HitDto::Handle { id: number(id) },
            Hit::Block { addr, id, label } => HitDto::Block { address: addr.to_string(), id: number(id), label },
            Hit::Pool { addr, label } => HitDto::Pool { address: addr.to_string(), label },
            Hit::Field { name, meaning, id } => HitDto::Field { name, meaning, id: number(id) },
        }
    }
}
