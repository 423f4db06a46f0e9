//! What crosses the boundary, and its conversion. Ids are numbers, addresses text.
#![allow(clippy::struct_excessive_bools, reason = "plain objects of JavaScript, field by field")]

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use wasm_bindgen::JsValue;

use super::error::{Thrown, bad_argument};
use crate::heap::{Place, Spec};
use crate::ids::Serial;
use crate::scene::{Hit, Theme};
use crate::snapshot::{self, DetailBlock, Details, FieldView, Holder, PoolState, Purpose};

/// A plain object from JavaScript.
pub(super) fn take<T: DeserializeOwned>(value: JsValue, what: &str) -> Result<T, Thrown> {
    serde_wasm_bindgen::from_value(value).map_err(|error| bad_argument(&format!("Not {what}: {error}.")))
}

/// A plain object for JavaScript.
pub(super) fn give<T: Serialize>(value: &T) -> Result<JsValue, Thrown> {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    value.serialize(&serializer).map_err(|error| Thrown::from(JsValue::from(error)))
}

/// `Spec` of the type declarations.
#[derive(Deserialize)]
#[serde(tag = "type")]
pub(super) enum SpecDto {
    None,
    #[serde(rename = "bool")]
    Bool {
        value: bool,
    },
    Ellipsis,
    NotImplemented,
    #[serde(rename = "int")]
    Int {
        value: String,
    },
    #[serde(rename = "float")]
    Float {
        value: f64,
    },
    #[serde(rename = "complex")]
    Complex {
        real: f64,
        imag: f64,
    },
    #[serde(rename = "str")]
    Str {
        value: String,
    },
    #[serde(rename = "bytes")]
    Bytes {
        value: Vec<u8>,
    },
    #[serde(rename = "bytearray")]
    ByteArray {
        value: Vec<u8>,
    },
    #[serde(rename = "list")]
    List {
        items: Vec<u32>,
    },
    #[serde(rename = "tuple")]
    Tuple {
        items: Vec<u32>,
    },
    #[serde(rename = "set")]
    Set {
        items: Vec<u32>,
    },
    #[serde(rename = "frozenset")]
    FrozenSet {
        items: Vec<u32>,
    },
    #[serde(rename = "dict")]
    Dict {
        entries: Vec<(u32, u32)>,
    },
    #[serde(rename = "slice")]
    Slice {
        start: u32,
        stop: u32,
        step: u32,
    },
    #[serde(rename = "range")]
    Range {
        start: String,
        stop: String,
        step: String,
    },
    #[serde(rename = "class")]
    Class {
        name: String,
        slots: Option<Vec<String>>,
        #[serde(default)]
        bases: Vec<u32>,
    },
    #[serde(rename = "instance")]
    Instance {
        class: u32,
    },
    #[serde(rename = "cell")]
    Cell {
        contents: Option<u32>,
    },
    #[serde(rename = "function")]
    Function {
        name: String,
        #[serde(default)]
        defaults: Vec<u32>,
        #[serde(default)]
        closure: Vec<u32>,
    },
    #[serde(rename = "method")]
    Method {
        function: u32,
        #[serde(rename = "self")]
        receiver: u32,
    },
    #[serde(rename = "module")]
    Module {
        name: String,
    },
    #[serde(rename = "exception")]
    Exception {
        class: String,
        args: Vec<u32>,
    },
    #[serde(rename = "weakref")]
    WeakRef {
        object: u32,
    },
    #[serde(rename = "object")]
    Object,
}

fn ids(ids: Vec<u32>) -> Vec<Serial> {
    ids.into_iter().map(Serial).collect()
}

impl From<SpecDto> for Spec {
    fn from(dto: SpecDto) -> Spec {
        match dto {
            SpecDto::None => Spec::None,
            SpecDto::Bool { value } => Spec::Bool(value),
            SpecDto::Ellipsis => Spec::Ellipsis,
            SpecDto::NotImplemented => Spec::NotImplemented,
            SpecDto::Int { value } => Spec::Int(value),
            SpecDto::Float { value } => Spec::Float(value),
            SpecDto::Complex { real, imag } => Spec::Complex(real, imag),
            SpecDto::Str { value } => Spec::Str(value),
            SpecDto::Bytes { value } => Spec::Bytes(value),
            SpecDto::ByteArray { value } => Spec::ByteArray(value),
            SpecDto::List { items } => Spec::List(ids(items)),
            SpecDto::Tuple { items } => Spec::Tuple(ids(items)),
            SpecDto::Set { items } => Spec::Set(ids(items)),
            SpecDto::FrozenSet { items } => Spec::FrozenSet(ids(items)),
            SpecDto::Dict { entries } => Spec::Dict(entries.into_iter().map(|(k, v)| (Serial(k), Serial(v))).collect()),
            SpecDto::Slice { start, stop, step } => Spec::Slice(Serial(start), Serial(stop), Serial(step)),
            SpecDto::Range { start, stop, step } => Spec::Range(start, stop, step),
            SpecDto::Class { name, slots, bases } => Spec::Class { name, slots, bases: ids(bases) },
            SpecDto::Instance { class } => Spec::Instance(Serial(class)),
            SpecDto::Cell { contents } => Spec::Cell(contents.map(Serial)),
            SpecDto::Function { name, defaults, closure } => {
                Spec::Function { name, defaults: ids(defaults), closure: ids(closure) }
            }
            SpecDto::Method { function, receiver } => Spec::Method(Serial(function), Serial(receiver)),
            SpecDto::Module { name } => Spec::Module(name),
            SpecDto::Exception { class, args } => Spec::Exception(class, ids(args)),
            SpecDto::WeakRef { object } => Spec::WeakRef(Serial(object)),
            SpecDto::Object => Spec::Object,
        }
    }
}

/// `Place` of the type declarations.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum PlaceDto {
    Append,
    Index { index: u32 },
    Key { key: u32 },
    Attribute { name: String },
    Member { member: Option<u32> },
    Cell,
}

impl PlaceDto {
    /// The place, and the member that `unlink` means.
    pub(super) fn split(self) -> (Place, Option<Serial>) {
        match self {
            PlaceDto::Append => (Place::Append, None),
            PlaceDto::Index { index } => (Place::Index(u64::from(index)), None),
            PlaceDto::Key { key } => (Place::Key(Serial(key)), None),
            PlaceDto::Attribute { name } => (Place::Attribute(name), None),
            PlaceDto::Member { member } => (Place::Member, member.map(Serial)),
            PlaceDto::Cell => (Place::Cell, None),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OptionsDto {
    pub(super) memory_limit_bytes: Option<f64>,
}

#[derive(Deserialize, Default)]
pub(super) struct RowsDto {
    #[serde(default)]
    pub(super) startup: bool,
    pub(super) offset: Option<u32>,
    pub(super) limit: Option<u32>,
}

/// `Frame` of the type declarations.
#[derive(Deserialize)]
pub(super) struct FrameDto {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) dpr: f64,
    pub(super) theme: ThemeDto,
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
    pub(super) fn new(object: &snapshot::Object, all: &[snapshot::Object]) -> RowDto {
        let references = object.slots.iter().map(|slot| ReferenceDto {
            label: slot.label.clone(),
            id: slot.target.and_then(|at| all.get(at)).map(|target| target.id.0),
            text: slot.target_text.clone(),
        });
        RowDto {
            id: object.id.0,
            address: object.addr.to_string(),
            type_name: object.type_name.clone(),
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
            references: references.collect(),
            hidden_references: object.hidden_slots,
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
            fields: block.fields.iter().map(FieldDto::from).collect(),
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
            holders: details.holders.iter().map(HolderDto::from).collect(),
            blocks: details.blocks.iter().map(BlockDto::from).collect(),
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
            pools: pools.collect(),
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

/// `Theme` of the type declarations, field by field.
macro_rules! theme {
    ($($field:ident),*) => {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub(super) struct ThemeDto { $($field: String,)* #[serde(default)] patterns: bool }

        impl From<ThemeDto> for Theme {
            fn from(dto: ThemeDto) -> Theme {
                Theme { $($field: dto.$field,)* patterns: dto.patterns }
            }
        }
    };
}
theme!(
    paper, panel, ink, soft, faint, line, grid, accent, mark, mark_line, dead, number, text, bytes, sequence, mapping, set,
    instance, class, callable, other, b_gc, b_count, b_type, b_payload, b_book, b_room, b_slack, font, mono
);

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
