//! Every byte of an object, named: for the bytes view and the details pane.
//!
//! Names come from CPython's structs ([`structs`]), from the object's own slots, and from what a type keeps behind its struct
//! (digits, characters, items). What is left over is room that was asked for and not used, or slack up to the block's end.

use super::labels::{self, SlotLabels};
use super::take::{block_bytes, occupied};
use super::{DetailBlock, Details, FieldView, HeldBy, Holder, Purpose, Role};
use crate::abi::structs::{self, Struct, StructField};
use crate::abi::{ManagedDict, RefcountWord, TypeId};
use crate::heap::{CommandError, Heap, check, live, roots, type_name};
use crate::ids::gather::{Gather as _, Grow as _};
use crate::ids::text::{Owned as _, cat, push, several};
use crate::ids::{Addr, Serial, sort};
use crate::mem::{AddressSpace, Fault};
use crate::object::blocks::{self, OwnBlock, Part};
use crate::object::gc_head::{COLLECTING, GC_NEXT, POINTER, REFS_SHIFT, UNREACHABLE, object_of};
use crate::object::head::{
    INLINE_VALUES, OB_TYPE, is_static_type, native_type, preheader_bytes, refcount, tp, type_flags, type_of,
};
use crate::object::keys::{DK_NENTRIES, DK_USABLE};
use crate::object::singleton::SET_DUMMY;
use crate::object::type_object::ht_cached_keys;
use crate::object::{self, Kind, Slots, Walk, keys, list, str, values};
use crate::runtime::gc::{machine, state};

/// The first fields of a block are named one by one, up to this many; the rest are one field.
const NAMED_FIELDS: usize = 512;
/// Bytes of a field that are copied at most; the others are only counted.
const SHOWN_BYTES: u64 = 64;

/// A field before its bytes are read: offset from the block's start.
struct Named {
    start: u64,
    bytes: u64,
    name: String,
    purpose: Purpose,
}

/// Fields as they are found.
#[derive(Default)]
struct Found(Vec<Named>);

impl Found {
    #[inline(never)]
    fn put(&mut self, start: u64, bytes: u64, name: &str, purpose: Purpose) {
        self.0.add(Named { start, bytes, name: name.owned(), purpose });
    }
}

/// The struct that an object begins with: of an instance, that of the static type which its class derives from.
fn struct_of(m: &AddressSpace, obj: Addr) -> Result<Struct, Fault> {
    Ok(match Kind::native(m, obj)? {
        Kind::Plain
        | Kind::Instance
        | Kind::Frame
        | Kind::MethodWrapper
        | Kind::Property
        | Kind::MappingProxy
        | Kind::Traceback => Struct::Object,
        Kind::Module => Struct::Module,
        Kind::Int => Struct::Long,
        Kind::Float => Struct::Float,
        Kind::Complex => Struct::Complex,
        Kind::Str if str::STATE.read(m, obj)? & str::COMPACT == 0 => Struct::Unicode,
        Kind::Str if str::char_kind(m, obj)? == str::CharKind::Ascii => Struct::Ascii,
        Kind::Str => Struct::CompactUnicode,
        Kind::Bytes => Struct::Bytes,
        Kind::ByteArray => Struct::ByteArray,
        Kind::Tuple => Struct::Tuple,
        Kind::List => Struct::List,
        Kind::Dict => Struct::Dict,
        Kind::Set => Struct::Set,
        Kind::Slice => Struct::Slice,
        Kind::Range => Struct::Range,
        Kind::Cell => Struct::Cell,
        Kind::Function => Struct::Function,
        Kind::Method => Struct::Method,
        Kind::BuiltinFunction => Struct::BuiltinFunction,
        Kind::WeakRef => Struct::WeakRef,
        Kind::Code => Struct::Code,
        Kind::Generator => Struct::Generator,
        Kind::Descriptor => Struct::Descriptor,
        Kind::Exception => {
            let id = native_type(m, type_of(m, obj)?)?;
            let own = [
                (TypeId::StopIteration, Struct::StopIteration),
                (TypeId::SystemExit, Struct::SystemExit),
                (TypeId::NameError, Struct::NameError),
                (TypeId::AttributeError, Struct::AttributeError),
                (TypeId::ImportError, Struct::ImportError),
                (TypeId::OSError, Struct::OSError),
                (TypeId::SyntaxError, Struct::SyntaxError),
            ];
            own.iter().find(|&&(base, _)| id.is_subtype(base)).map_or(Struct::BaseException, |&(_, own)| own)
        }
        Kind::Type if is_static_type(obj) => Struct::Type,
        Kind::Type => Struct::HeapType,
    })
}

/// The struct's words and their names, for labels: `func_globals`.
pub(super) fn field_names(m: &AddressSpace, obj: Addr) -> Result<Vec<(Addr, Role, String)>, Fault> {
    let fields = structs::fields(struct_of(m, obj)?, m.profile.release);
    Ok(fields.iter().map(|field| (obj.offset(field.offset), Role::Field, field.name.owned())).gather())
}

/// Everything about one object.
///
/// # Errors
/// Unknown or dead object.
pub fn details(heap: &Heap, id: Serial) -> Result<Details, CommandError> {
    let m = heap.memory();
    let obj = heap.address(id)?;
    let kind = Kind::of(m, obj)?;
    let own = if is_static_type(obj) { static_block(m, obj, kind)? } else { blocks::of(m, obj)? };
    let (mut views, mut overhead) = (Vec::new(), 0);
    for block in &own {
        let (view, payload) = block_view(m, obj, kind, block)?;
        overhead += view.block_bytes - payload;
        views.add(view);
    }
    Ok(Details {
        id,
        addr: obj,
        type_name: type_name(m, obj)?,
        value: labels::value(m, obj, kind)?,
        getsizeof_bytes: object::sizeof(m, obj)?,
        occupies_bytes: if is_static_type(obj) { views.iter().map(|b| b.block_bytes).sum() } else { occupied(m, &own)? },
        overhead_bytes: overhead,
        blocks: views,
        holders: holders(heap, obj)?,
    })
}

/// A static object lies in the executable's data, not in a block. This is the block it would have asked for.
fn static_block(m: &AddressSpace, obj: Addr, kind: Kind) -> Result<Vec<OwnBlock>, Fault> {
    let pre = if kind == Kind::Type { 0 } else { preheader_bytes(type_flags(m, type_of(m, obj)?)?) };
    let asked_bytes = if kind == Kind::Type { m.profile.sizes.type_object } else { object::sizeof(m, obj)? };
    Ok(vec![OwnBlock { part: Part::Object, start: obj.back(pre), asked_bytes }])
}

/// How many bytes an instance's block was asked for beyond its values, for one more than `capacity` says: they are counted after
/// the allocation, once the shared keys have given up one of several usable entries (typeobject.c:`_PyType_AllocNoTrack`,
/// dictobject.c:`_PyObject_InitInlineValues`). That was so where several are usable still or the keys have shrunk since, and
/// where `left` bytes behind the last value are more than rounding. Else the bytes do not tell.
fn spare_bytes(m: &AddressSpace, obj: Addr, kind: Kind, left: u64) -> Result<u64, Fault> {
    let class = type_of(m, obj)?;
    if kind != Kind::Instance || type_flags(m, class)? & INLINE_VALUES == 0 {
        return Ok(0);
    }
    let keys = ht_cached_keys(m).read(m, class)?;
    let usable = DK_USABLE.read(m, keys)?;
    let capacity = u64::from(values::CAPACITY.read(m, obj.offset(tp::BASICSIZE.read(m, class)?))?);
    let made_with_more = left >= 16 || usable > 1 || capacity > usable + DK_NENTRIES.read(m, keys)?;
    Ok(if made_with_more { values::inline_bytes(capacity + 1) - values::inline_bytes(capacity) } else { 0 })
}

/// A block, and how many bytes of it are payload.
fn block_view(m: &AddressSpace, obj: Addr, kind: Kind, block: &OwnBlock) -> Result<(DetailBlock, u64), CommandError> {
    let fixed = is_static_type(obj);
    let block_bytes = if fixed { block.asked_bytes } else { block_bytes(m, block)? };
    let mut block = *block;
    let left = block_bytes.saturating_sub(block.asked_bytes);
    let spare = match block.part {
        Part::Object => spare_bytes(m, obj, kind, left)?,
        // Up to 3.12 the block does not say for how many values it was made: for so many at least that it is no larger.
        Part::Values if left >= 16 => left - 8,
        _ => 0,
    };
    let counted = block.asked_bytes;
    block.asked_bytes += spare;
    let block = &block;
    let mut found = Found::default();
    slot_fields(m, obj, kind, block, &mut found)?;
    match block.part {
        Part::Object => object_fields(m, obj, kind, block, &mut found)?,
        Part::KeysTable | Part::SharedKeys => keys_fields(m, block, &mut found)?,
        Part::SetTable => set_fields(m, obj, block, &mut found)?,
        Part::Values => {
            if let Some(values) = values_at(m, obj, kind)? {
                values_fields(m, values, block.start, &mut found)?;
            }
        }
        Part::Bytes => {
            let start = object::bytearray::OB_START.read(m, obj)?.0.wrapping_sub(block.start.0);
            found.put(start, object::bytearray::len(m, obj)? + 1, "characters", Purpose::Payload);
        }
        Part::Characters | Part::Utf8Form | Part::DocString => {
            found.put(0, block.asked_bytes, "characters", Purpose::Payload);
        }
        Part::ItemArray => {}
    }
    if spare > 0 {
        found.put(counted, spare, "spare value", Purpose::Room);
    }
    let Found(mut named) = found;
    // A slot's own label says more than the name of the field that it lies in.
    sort::by_key(&mut named, |field| field.start << 1 | u64::from(field.purpose != Purpose::Payload));
    let origin = if block.part == Part::Object { obj.0.wrapping_sub(block.start.0).cast_signed() } else { 0 };
    let mut end = 0;
    named.retain(|field| {
        let fits = field.start >= end && field.start + field.bytes <= block_bytes;
        end = if fits { field.start + field.bytes } else { end };
        fits
    });
    let payload = named.iter().filter(|f| f.purpose == Purpose::Payload).map(|f| f.bytes).sum();
    fold(&mut named);
    let mut fields = Vec::new();
    let mut at = 0;
    for field in named {
        room(m, obj, block, at, field.start, origin, &mut fields)?;
        at = field.start + field.bytes;
        fields.add(view(m, obj, block, field, origin)?);
    }
    room(m, obj, block, at, block_bytes, origin, &mut fields)?;
    if block.part == Part::Object {
        say_what_is_not_modelled(m, obj, &mut fields);
    }
    Ok((DetailBlock { name: block.part.name(), addr: block.start, asked_bytes: block.asked_bytes, block_bytes, fields }, payload))
}

/// Says so in the fields that are 0 here and not in CPython. Static types' own objects are made by a start-up that does not run
/// here (from 3.12 on the interpreter holds some of them, and `tp_subclasses` a number); versions count what the whole process
/// did.
fn say_what_is_not_modelled(m: &AddressSpace, obj: Addr, fields: &mut [FieldView]) {
    let own_state = m.profile.features.static_types_own_state;
    for field in fields.iter_mut().filter(|field| field.bytes.iter().all(|&byte| byte == 0)) {
        let why = match field.name.as_str() {
            "tp_version_tag" | "tp_versions_used" | "func_version" | "co_version" | "ma_version_tag" => {
                "a number that depends on the whole process"
            }
            "tp_bases" | "tp_mro" if is_static_type(obj) => "a tuple that start-up makes",
            "tp_dict" if is_static_type(obj) && own_state => "a dict that start-up makes",
            "tp_subclasses" | "tp_weaklist" if is_static_type(obj) && own_state => "what start-up leaves",
            "tp_subclasses" if is_static_type(obj) => "the number of this type among the static ones",
            _ => continue,
        };
        field.meaning = cat(&["0, not modelled: ", why]);
    }
}

/// Joins the fields behind the first [`NAMED_FIELDS`] into one.
fn fold(named: &mut Vec<Named>) {
    if let (Some(start), Some(last)) = (named.get(NAMED_FIELDS).map(|field| field.start), named.last()) {
        let (bytes, more) = (last.start + last.bytes - start, named.len() - NAMED_FIELDS);
        named.truncate(NAMED_FIELDS);
        named.add(Named { start, bytes, name: format!("{more} more"), purpose: Purpose::Payload });
    }
}

/// What no field covers, from `from` to `to`: unused room, then slack behind what was asked for.
fn room(
    m: &AddressSpace,
    obj: Addr,
    block: &OwnBlock,
    from: u64,
    to: u64,
    origin: i64,
    fields: &mut Vec<FieldView>,
) -> Result<(), CommandError> {
    let asked = block.asked_bytes.clamp(from, to.max(from));
    let parts = [(from, asked, "unused", Purpose::Room), (asked, to, "up to the block's end", Purpose::Slack)];
    for (start, end, name, purpose) in parts.into_iter().filter(|(start, end, ..)| start < end) {
        let field = Named { start, bytes: end - start, name: name.owned(), purpose };
        fields.add(view(m, obj, block, field, origin)?);
    }
    Ok(())
}

fn view(m: &AddressSpace, obj: Addr, block: &OwnBlock, field: Named, origin: i64) -> Result<FieldView, CommandError> {
    let at = block.start.offset(field.start);
    let mut bytes = vec![0; usize::try_from(field.bytes.min(SHOWN_BYTES)).unwrap_or(0)];
    m.read_bytes(at, &mut bytes)?;
    let (meaning, target) = meaning(m, obj, at, &field, &bytes)?;
    Ok(FieldView {
        offset: field.start.cast_signed() - origin,
        bytes,
        size_bytes: field.bytes,
        name: field.name,
        meaning,
        purpose: field.purpose,
        target,
    })
}

/// What the bytes of a field say.
fn meaning(m: &AddressSpace, obj: Addr, at: Addr, field: &Named, bytes: &[u8]) -> Result<(String, Option<Serial>), CommandError> {
    let bits = bytes.iter().take(8).rev().fold(0, |bits: u64, &byte| bits << 8 | u64::from(byte));
    let text = match (field.purpose, field.name.as_str()) {
        (Purpose::Room, name) if name.starts_with('.') => "not set".owned(),
        (Purpose::Room, _) => cat(&[&several(field.bytes, "byte"), " asked for and not used"]),
        (Purpose::Slack, _) => cat(&[&several(field.bytes, "byte"), " that rounding adds"]),
        (Purpose::Count, "ob_refcnt") => match refcount(m, at)? {
            Some(n) if m.profile.refcount == RefcountWord::Plain && is_static_type(at) => {
                cat(&[&several(n, "reference"), "; start-up's are not modelled"])
            }
            Some(n) => several(n, "reference"),
            None => "immortal, never counted".owned(),
        },
        (_, "ob_flags") => flags(bits, "immortal  static"),
        (_, "tp_flags") => flags(bits, TP_FLAGS),
        (_, "ob_fval" | "cval.real" | "cval.imag") => object::repr::float(f64::from_bits(bits)),
        (_, "characters" | "ob_sval") => match Kind::of(m, obj)? {
            Kind::Type => "tp_doc".owned(),
            kind => cat(&[&labels::value(m, obj, kind)?, ", then 0"]),
        },
        (_, "_gc_next") if bits == 0 => "untracked".owned(),
        // What was set aside is linked both ways again, and all of it once `gc_refs` have done.
        (_, "_gc_prev")
            if bits & COLLECTING != 0 && machine::phase(m)?.has_gc_refs() && GC_NEXT.read(m, at.back(8))? & UNREACHABLE == 0 =>
        {
            cat(&["gc_refs ", &(bits >> REFS_SHIFT).to_string()])
        }
        (_, "_gc_next" | "_gc_prev") if bits & POINTER != 0 => return Ok(neighbour_in_list(m, Addr(bits & POINTER))),
        // Never an object: a block, or the set's own small table. Births are kept by block, so they could take that one for the
        // set.
        (_, "table") => pointer(Addr(bits)),
        (_, "ob_size") if Kind::native(m, obj)? == Kind::Int => {
            let sign = if bits == 0 { 1 } else { bits >> 62 };
            size_of_int(bits.cast_signed().unsigned_abs(), sign)
        }
        (_, "long_value.lv_tag") => size_of_int(bits >> 3, bits & 3),
        (_, "ob_digit") if field.bytes > 4 => cat(&[&several(field.bytes / 4, "digit"), " of 30 bits, the lowest first"]),
        // Any number, so it may look like an address.
        (_, name) if name.ends_with("hash") && name != "tp_hash" => {
            if bits == u64::MAX {
                "not computed".owned()
            } else {
                bits.cast_signed().to_string()
            }
        }
        (_, "dk_log2_size") => several(1 << (bits & 63), "slot"),
        (_, "dk_log2_index_bytes") => several(1 << (bits & 63), "byte"),
        (_, "dk_kind") => match bits {
            0 => "any keys",
            1 => "only str keys",
            _ => "shared keys",
        }
        .owned(),
        (_, "dk_indices") => "numbers of entries; -1: none, -2: deleted".owned(),
        (_, "dummy") => "removed member".owned(),
        (_, "insertion order") => "which value was set first, second and so on".owned(),
        (_, "PyMemberDef") => cat(&[&several(field.bytes / 40 - 1, "slot"), ", then 0"]),
        (_, "state") if field.bytes == 4 => state_of_str(m, bits),
        _ if field.bytes == 8 => return Ok(pointer_or_number(m, bits)),
        _ if field.bytes > 8 && bytes.iter().all(|&byte| byte == 0) => "all 0".owned(),
        _ => bits.to_string(),
    };
    Ok((text, None))
}

/// The bits of `tp_flags` from the lowest on: what follows `Py_TPFLAGS_`. Source: Include/object.h, Include/cpython/object.h.
const TP_FLAGS: &str = "HAVE_FINALIZE STATIC_BUILTIN INLINE_VALUES MANAGED_WEAKREF MANAGED_DICT SEQUENCE MAPPING \
DISALLOW_INSTANTIATION IMMUTABLETYPE HEAPTYPE BASETYPE HAVE_VECTORCALL READY READYING HAVE_GC   METHOD_DESCRIPTOR HAVE_VERSION_TAG \
VALID_VERSION_TAG IS_ABSTRACT  MATCH_SELF ITEMS_AT_END LONG_SUBCLASS LIST_SUBCLASS TUPLE_SUBCLASS BYTES_SUBCLASS \
UNICODE_SUBCLASS DICT_SUBCLASS BASE_EXC_SUBCLASS TYPE_SUBCLASS";

/// The names of the bits that are set; `names` has one for each bit.
fn flags(bits: u64, names: &str) -> String {
    let mut text = String::new();
    for (bit, name) in (0..).zip(names.split(' ')) {
        if bits >> bit & 1 != 0 {
            let between = if text.is_empty() { "" } else { ", " };
            push(&mut text, &[between, name]);
        }
    }
    if text.is_empty() { "none".owned() } else { text }
}

/// The number of an int's digits and its sign (0 positive, 1 zero) in words.
fn size_of_int(digits: u64, sign: u64) -> String {
    let sign = match sign {
        0 => ", positive",
        1 => ", zero",
        _ => ", negative",
    };
    cat(&[&several(digits, "digit"), sign])
}

/// A str's bit field in words.
fn state_of_str(m: &AddressSpace, bits: u64) -> String {
    let has = |mask: u8, word: &'static str| if bits & u64::from(mask) == 0 { "" } else { word };
    cat(&[
        &several(bits >> 2 & 7, "byte"),
        " per character",
        has(str::ASCII, ", ASCII"),
        has(str::INTERNED_MASK, ", interned"),
        has(str::STATIC_OR_READY, if m.profile.features.str_wstr { ", ready" } else { ", static" }),
    ])
}

fn pointer(to: Addr) -> String {
    cat(&["→ ", &to.to_string()])
}

/// What a link of a generation's list leads to: the head of an object, or of the list.
fn neighbour_in_list(m: &AddressSpace, head: Addr) -> (String, Option<Serial>) {
    if let Some(generation) = (0..=state::PERMANENT).find(|&generation| state::head(generation) == head) {
        let list = ["generation 0", "generation 1", "generation 2"].get(usize::from(generation));
        return (cat(&["→ head of ", list.unwrap_or(&"the permanent generation")]), None);
    }
    let obj = object_of(head);
    match (m.births.at(obj), labels::called(m, obj)) {
        (Some(serial), Ok(name)) => (cat(&["→ ", &name]), Some(serial)),
        _ => (pointer(head), None),
    }
}

fn pointer_or_number(m: &AddressSpace, bits: u64) -> (String, Option<Serial>) {
    // Births are kept by block, so a pointer into a block can look like its object; it has no type there.
    if let Some(serial) = m.births.at(Addr(bits))
        && let Ok(name) = labels::in_a_word(m, Addr(bits))
    {
        return (cat(&["→ ", &name]), Some(serial));
    }
    let mapped = m.is_mapped(Addr(bits), 1);
    (if mapped { pointer(Addr(bits)) } else { bits.cast_signed().to_string() }, None)
}

/// Pre-header, GC head, object head, struct, and what the type keeps behind its struct.
fn object_fields(m: &AddressSpace, obj: Addr, kind: Kind, block: &OwnBlock, found: &mut Found) -> Result<(), Fault> {
    let pre = obj.0.wrapping_sub(block.start.0);
    if pre >= 32 {
        let (first, second) = match m.profile.managed_dict {
            ManagedDict::ValuesPointer => ("values", "dict"),
            ManagedDict::Tagged => ("weakrefs", "dict or values"),
            ManagedDict::Inline => ("weakrefs", "dict"),
        };
        found.put(0, 8, first, Purpose::PreHeader);
        found.put(8, 8, second, Purpose::PreHeader);
    }
    if pre >= 16 {
        found.put(pre - 16, 8, "_gc_next", Purpose::GcHead);
        found.put(pre - 8, 8, "_gc_prev", Purpose::GcHead);
    }
    let native = Kind::native(m, obj)?;
    let small_set = native == Kind::Set && object::set::is_small(m, obj)?;
    if small_set {
        set_fields(m, obj, block, found)?;
    }
    for StructField { name, offset, bytes } in structs::fields(struct_of(m, obj)?, m.profile.release) {
        let purpose = match name {
            "ob_refcnt" | "ob_overflow" | "ob_flags" => Purpose::Count,
            "ob_type" => Purpose::Type,
            "ob_fval" | "cval.real" | "cval.imag" => Purpose::Payload,
            // Its entries are named one by one.
            "smalltable" if small_set => continue,
            "smalltable" => Purpose::Room,
            _ => Purpose::Bookkeeping,
        };
        if bytes > 0 {
            found.put(pre + offset, bytes, name, purpose);
        }
    }
    if let Some((start, bytes, name)) = behind_struct(m, obj, kind, block)? {
        found.put(pre + start, bytes, name, if kind == Kind::Type { Purpose::Bookkeeping } else { Purpose::Payload });
    }
    if kind == Kind::Instance {
        let tp = type_of(m, obj)?;
        let weakrefs = tp::WEAKLISTOFFSET.read(m, tp)?;
        if weakrefs.cast_signed() > 0 {
            found.put(pre + weakrefs, 8, "weakrefs", Purpose::Bookkeeping);
        }
        for (slot, name) in object::instance::member_slots(m, obj)? {
            found.put(slot.0.wrapping_sub(block.start.0), 8, &cat(&[".", &name]), Purpose::Room);
        }
        if type_flags(m, tp)? & INLINE_VALUES != 0 {
            let values = obj.offset(tp::BASICSIZE.read(m, tp)?);
            values_fields(m, values, block.start, found)?;
        }
    }
    Ok(())
}

/// The entries of a set's table: behind each member its hash, and where members were.
fn set_fields(m: &AddressSpace, set: Addr, block: &OwnBlock, found: &mut Found) -> Result<(), Fault> {
    let (table, mask) = (object::set::TABLE.read(m, set)?, object::set::MASK.read(m, set)?);
    for slot in 0..=mask {
        let at = object::set::entry_at(table, slot);
        let (key, start): (Addr, u64) = (m.read(at)?, at.0.wrapping_sub(block.start.0));
        if key == SET_DUMMY {
            found.put(start, 16, "dummy", Purpose::Bookkeeping);
        } else if !key.is_null() {
            found.put(start + 8, 8, "hash", Purpose::Bookkeeping);
        }
    }
    Ok(())
}

/// The values of an instance, or of a dict that shares its keys, in a block of their own.
fn values_at(m: &AddressSpace, obj: Addr, kind: Kind) -> Result<Option<Addr>, Fault> {
    if kind == Kind::Dict { object::dict::MA_VALUES.read(m, obj).map(Some) } else { object::instance::values_of(m, obj) }
}

/// What a `PyDictValues` has beside the values: its header, and the order in which they were set (up to 3.12 in front of them,
/// with how many there are and its own length). `start` is that of the block.
fn values_fields(m: &AddressSpace, values: Addr, start: Addr, found: &mut Found) -> Result<(), Fault> {
    let from = values.0.wrapping_sub(start.0);
    let (order, bytes) = if values::has_header(m) {
        for field in structs::fields(Struct::DictValues, m.profile.release).iter().filter(|field| field.bytes == 1) {
            found.put(from + field.offset, 1, field.name, Purpose::Bookkeeping);
        }
        let capacity = u64::from(values::CAPACITY.read(m, values)?);
        (from + values::HEADER_BYTES + capacity * 8, capacity.next_multiple_of(8))
    } else {
        (0, from)
    };
    found.put(order, bytes, "insertion order", Purpose::Bookkeeping);
    Ok(())
}

/// What stands behind the struct as one run of data: offset, bytes, name.
fn behind_struct(m: &AddressSpace, obj: Addr, kind: Kind, block: &OwnBlock) -> Result<Option<(u64, u64, &'static str)>, Fault> {
    let from = |data: Addr| data.0.wrapping_sub(obj.0);
    // To the end of what was asked for.
    let rest = |start: u64| block.asked_bytes.saturating_sub(obj.0.wrapping_sub(block.start.0) + start);
    Ok(match kind {
        Kind::Int => {
            let digits = object::int::digit_count(m, obj)?.max(1);
            Some((object::int::OB_DIGIT.offset_bytes, digits * 4, "ob_digit"))
        }
        Kind::Str => {
            let kind = object::str::char_kind(m, obj)?;
            let chars = (object::str::len(m, obj)? + 1) * kind.char_bytes();
            let start = from(object::str::data(m, obj)?);
            (start == kind.data_offset(m)).then_some((start, chars, "characters"))
        }
        Kind::Bytes => Some((object::bytes::OB_SVAL.offset_bytes, object::bytes::len(m, obj)? + 1, "ob_sval")),
        Kind::Code => {
            let start = structs::fields(Struct::Code, m.profile.release).last().map_or(0, |field| field.offset);
            Some((start, rest(start), "co_code_adaptive"))
        }
        Kind::Type if !is_static_type(obj) => {
            let start = m.profile.sizes.heap_type;
            Some((start, rest(start), "PyMemberDef"))
        }
        _ => None,
    })
}

/// The table's header, its indices; entries come from the slots.
fn keys_fields(m: &AddressSpace, block: &OwnBlock, found: &mut Found) -> Result<(), Fault> {
    let table = keys::Keys::load(m, block.start)?;
    for field in structs::fields(Struct::DictKeys, m.profile.release) {
        let bytes = if field.bytes == 0 { table.entries.0 - block.start.0 - field.offset } else { field.bytes };
        found.put(field.offset, bytes, field.name, Purpose::Bookkeeping);
    }
    for ix in 0..table.nentries(m)? {
        let start = table.key_at(ix).0 - block.start.0;
        if table.key(m, ix)?.is_null() {
            found.put(start, 16, "deleted entry", Purpose::Room);
        }
        if !table.is_unicode() {
            found.put(start - 8, 8, "me_hash", Purpose::Bookkeeping);
        }
    }
    Ok(())
}

/// The object's slots that lie in this block.
fn slot_fields(m: &AddressSpace, obj: Addr, kind: Kind, block: &OwnBlock, found: &mut Found) -> Result<(), CommandError> {
    let names = SlotLabels::of(m, obj, kind)?;
    // A list's array may hold pointers behind its length: room, whatever they say.
    let end = if kind == Kind::List && block.part == Part::ItemArray { list::len(m, obj)? * 8 } else { block.asked_bytes };
    let mut slots = Slots::of(m, obj, Walk::Owned)?;
    while let Some((slot, _)) = slots.next(m)? {
        if block.contains(slot) && slot.0 - block.start.0 < end {
            let name = if kind == Kind::Cell { "ob_ref".owned() } else { names.label(m, obj, kind, slot)?.1 };
            found.put(slot.0 - block.start.0, 8, &name, Purpose::Payload);
        }
    }
    Ok(())
}

/// Who holds `obj`: one entry for each slot, so that they add up to its count.
///
/// # Errors
/// A fault if the heap is not sound.
pub fn holders(heap: &Heap, obj: Addr) -> Result<Vec<Holder>, CommandError> {
    let m = heap.memory();
    let mut holders = holders_outside(m, obj)?;
    let namespace = roots::namespace(m)?;
    for (serial, from) in live::by_serial(m)? {
        let kind = Kind::of(m, from)?;
        let mut at = Vec::new();
        let mut slots = Slots::of(m, from, Walk::Owned)?;
        while let Some((slot, target)) = slots.next(m)? {
            if target == obj && !(from == namespace && holders.iter().any(|h| h.at == slot)) {
                at.add(slot);
            }
        }
        if type_of(m, from)? == obj && !is_static_type(obj) {
            at.add(OB_TYPE.at(from));
        }
        if at.is_empty() {
            continue;
        }
        sort::by_key(&mut at, |slot| slot.0);
        let names = SlotLabels::of(m, from, kind)?;
        let name = labels::called(m, from)?;
        for slot in at {
            let (role, label) = names.label(m, from, kind, slot)?;
            let space = if role.is_written_behind() { "" } else { " " };
            holders.add(Holder { by: HeldBy::Object(serial), text: cat(&[&name, space, &label]), at: slot });
        }
    }
    Ok(holders)
}

/// The holders of `obj` that are in no object: names of `__main__` (whose entries a reader sees as names), page handles, the
/// interpreter.
fn holders_outside(m: &AddressSpace, obj: Addr) -> Result<Vec<Holder>, CommandError> {
    let mut holders = Vec::new();
    for item in object::dict::items(m, roots::namespace(m)?)? {
        if item.value == obj {
            let text = cat(&["name ", &object::str::value(m, item.key)?]);
            holders.add(Holder { by: HeldBy::Name, text, at: item.value_slot });
        }
    }
    for slot in roots::handles_of(m, obj)? {
        holders.add(Holder { by: HeldBy::Handle, text: "page handle".owned(), at: slot });
    }
    let mut others = Vec::new();
    check::root_slots(m, |slot, target| {
        if target == obj {
            others.add(slot);
        }
    })?;
    for at in others {
        if !holders.iter().any(|h| h.at == at) {
            holders.add(Holder { by: HeldBy::Interpreter, text: "the interpreter".owned(), at });
        }
    }
    Ok(holders)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::Release;
    use crate::event::Event;
    use crate::heap::{Place, Spec};

    /// What the field of this name of an object says, and what it is there for; `None` without such a field.
    fn said(heap: &Heap, id: Serial, name: &str) -> Option<(String, Purpose)> {
        let found = details(heap, id).unwrap();
        let field = found.blocks.iter().flat_map(|b| &b.fields).find(|f| f.name == name)?;
        Some((field.meaning.clone(), field.purpose))
    }

    #[test]
    fn what_is_packed_is_said_in_words() {
        for release in Release::ALL {
            let mut page = Heap::new(release, 1 << 26).unwrap();
            let mut make = |spec: Spec| page.create(&spec).unwrap();
            let large = make(Spec::Int("-123456789012345678901".into()));
            let [ascii, wide] = ["two words", "Ω Ω"].map(|text| make(Spec::Str(text.into())));
            let dict = make(Spec::Dict(vec![(ascii, wide)]));
            let bytes = make(Spec::Bytes(b"spam".to_vec()));
            let meaning = |id, name| said(&page, id, name).map(|(meaning, _)| meaning);
            assert_eq!(meaning(large, "ob_digit").unwrap(), "3 digits of 30 bits, the lowest first");
            let sized = if release == Release::Cp311 { "ob_size" } else { "long_value.lv_tag" };
            assert_eq!(meaning(large, sized).unwrap(), "3 digits, negative");
            let ready = if release == Release::Cp311 { ", ready" } else { "" };
            assert_eq!(meaning(ascii, "state").unwrap(), format!("1 byte per character, ASCII{ready}"));
            assert_eq!(meaning(wide, "state").unwrap(), format!("2 bytes per character{ready}"));
            assert_eq!(meaning(wide, "characters").unwrap(), "'Ω Ω', then 0");
            assert_eq!(meaning(bytes, "ob_sval").unwrap(), "b'spam', then 0");
            assert_eq!(meaning(bytes, "ob_shash").unwrap(), "not computed");
            assert!(meaning(dict, "dk_indices").unwrap().starts_with("numbers of entries"));
            assert_eq!(meaning(dict, "dk_kind").unwrap(), "only str keys");
            assert_eq!(meaning(dict, "dk_log2_size").unwrap(), "8 slots");
            if release >= Release::Cp314 {
                assert_eq!(meaning(dict, "ob_flags").unwrap(), "none");
                let small = page.id(object::int::small(page.memory(), 5).unwrap()).unwrap();
                assert_eq!(said(&page, small, "ob_flags").unwrap().0, "immortal, static");
            }
        }
    }

    /// One object of each kind that the page can make, used a little.
    fn one_of_each(page: &mut Heap) -> Vec<Serial> {
        let mut made = Vec::new();
        let mut make = |page: &mut Heap, spec: Spec| {
            made.push(page.create(&spec).unwrap());
            *made.last().unwrap()
        };
        let float = make(page, Spec::Float(1.5));
        let items = (0..6).map(|n| make(page, Spec::Int((100_000 + n).to_string()))).collect::<Vec<_>>();
        for text in ["spam", "a b", "é é", "Ω Ω", "😀 x", ""] {
            make(page, Spec::Str(text.into()));
        }
        let list = make(page, Spec::List(vec![float; 5]));
        page.link(list, &Place::Append, float).unwrap();
        for spec in [Spec::Set, Spec::FrozenSet] {
            let small = make(page, spec(items[..3].to_vec()));
            make(page, spec(items.clone()));
            if page.places(small).unwrap().member {
                page.unlink_member(small, items[0]).unwrap();
            }
        }
        let dict = make(page, Spec::Dict(items.iter().map(|&item| (item, float)).collect()));
        page.unlink(dict, &Place::Key(items[2])).unwrap();
        let tuple = make(page, Spec::Tuple(vec![float]));
        let class = |slots: &[&str]| {
            let slots = (!slots.is_empty()).then(|| slots.iter().map(|&s| s.to_owned()).collect());
            Spec::Class { name: "Node".into(), slots, bases: vec![] }
        };
        for slots in [&[][..], &["b", "a", "__weakref__"], &["a", "__dict__"]] {
            let class = make(page, class(slots));
            let node = make(page, Spec::Instance(class));
            page.link(node, &Place::Attribute("a".into()), tuple).unwrap();
        }
        let cell = make(page, Spec::Cell(Some(float)));
        let function = Spec::Function { name: "f".into(), defaults: vec![float], closure: vec![cell] };
        let function = make(page, function);
        for spec in [
            Spec::Complex(1.0, -2.0),
            Spec::Bytes(b"spam".to_vec()),
            Spec::ByteArray(b"spam".to_vec()),
            Spec::Slice(float, float, tuple),
            Spec::Range("1".into(), "5".into(), "2".into()),
            Spec::Cell(None),
            Spec::Method(function, list),
            Spec::Module("m".into()),
            Spec::WeakRef(class_of(page, function)),
            Spec::Object,
        ] {
            make(page, spec);
        }
        let names = ["ValueError", "StopIteration", "SystemExit", "NameError", "AttributeError", "ImportError", "OSError"];
        for name in names.into_iter().chain(["SyntaxError"]) {
            make(page, Spec::Exception(name.into(), vec![float]));
        }
        made
    }

    fn class_of(page: &Heap, id: Serial) -> Serial {
        page.id(type_of(page.memory(), page.address(id).unwrap()).unwrap()).unwrap()
    }

    /// Struct by struct, what the view says of a field is what the headers of the release say: name, offset, size.
    #[test]
    fn each_field_has_the_name_the_place_and_the_size_that_the_headers_give_it() {
        let text = include_str!("../../tests/truth/struct-sizes.txt");
        for (release, of_release) in Release::ALL.into_iter().zip(text.split("# ").skip(1)) {
            let mut page = Heap::new(release, 1 << 26).unwrap();
            let mut compared = 0;
            for id in one_of_each(&mut page) {
                let obj = page.address(id).unwrap();
                let found = details(&page, id).unwrap();
                for block in &found.blocks {
                    let mut end = block.fields.first().unwrap().offset;
                    for field in &block.fields {
                        assert_eq!(field.offset, end, "{release:?} {} {}", found.type_name, field.name);
                        assert!(field.name != "word", "{release:?} {} {}", found.type_name, field.name);
                        end += i64::try_from(field.size_bytes).unwrap();
                    }
                }
                let of = match struct_of(page.memory(), obj).unwrap() {
                    Struct::HeapType => Struct::Type,
                    of => of,
                };
                let name = structs::ALL.iter().find(|&&(known, _)| known == of).unwrap().1;
                let recorded = of_release.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
                for word in recorded.unwrap_or_default().split(' ').filter(|word| !word.is_empty()) {
                    let (name, place) = word.split_once('@').unwrap();
                    let (offset, bytes) = place.split_once(':').unwrap();
                    let (offset, bytes): (i64, u64) = (offset.parse().unwrap(), bytes.parse().unwrap());
                    let field = found.blocks[0].fields.iter().find(|f| f.offset == offset && f.name == name);
                    let field = field.unwrap_or_else(|| panic!("{release:?} {} has no {name} at {offset}", found.type_name));
                    assert_eq!(field.size_bytes, bytes, "{release:?} {} {name}", found.type_name);
                    compared += 1;
                }
            }
            assert!(compared > 250, "{release:?} {compared}");
        }
    }

    #[test]
    fn the_bits_of_tp_flags_have_the_names_of_the_headers() {
        let text = include_str!("../../tests/truth/struct-sizes.txt");
        let names = text.lines().filter_map(|line| line.strip_prefix("tp_flags "));
        for word in names.flat_map(|line| line.split(' ')) {
            let (name, bit) = word.split_once('@').unwrap();
            let bit: u32 = bit.split_once(':').unwrap().0.parse().unwrap();
            assert_eq!(flags(1 << bit, TP_FLAGS), name);
        }
    }

    /// What a set or a keys table needs for each entry is no room that nobody uses, and a hash is never taken for an address.
    #[test]
    fn hashes_stand_beside_what_they_are_of() {
        for release in Release::ALL {
            let mut page = Heap::new(release, 1 << 26).unwrap();
            let float = page.create(&Spec::Float(2.5)).unwrap();
            let addr = page.address(float).unwrap();
            let like = page.create(&Spec::Int(addr.0.to_string())).unwrap();
            let set = page.create(&Spec::Set(vec![like])).unwrap();
            let dict = page.create(&Spec::Dict(vec![(like, float)])).unwrap();
            for (id, name) in [(set, "hash"), (dict, "me_hash")] {
                let found = details(&page, id).unwrap();
                let fields = found.blocks.iter().flat_map(|b| &b.fields).filter(|f| f.name == name);
                let said: Vec<_> = fields.map(|f| f.meaning.clone()).collect();
                assert_eq!(said.last(), Some(&addr.0.to_string()), "{release:?}");
            }
        }
    }

    #[test]
    fn holders_are_listed_in_the_order_of_their_slots() {
        let mut page = Heap::new(Release::Cp314, 1 << 26).unwrap();
        let item = page.create(&Spec::Float(2.5)).unwrap();
        page.create(&Spec::List(vec![item; 3])).unwrap();
        let texts: Vec<_> = details(&page, item).unwrap().holders.into_iter().map(|h| h.text).collect();
        assert_eq!(texts, ["page handle", "list #2[0]", "list #2[1]", "list #2[2]"]);
    }

    /// Nothing that CPython uses is said to be unused.
    #[test]
    fn attributes_lie_among_what_keeps_their_order_and_the_weak_references() {
        for release in Release::ALL {
            let mut page = Heap::new(release, 1 << 26).unwrap();
            let class = page.create(&Spec::Class { name: "Node".into(), slots: None, bases: Vec::new() }).unwrap();
            let node = page.create(&Spec::Instance(class)).unwrap();
            page.link(node, &Place::Attribute("a".into()), class).unwrap();
            page.link(node, &Place::Attribute("b".into()), class).unwrap();
            let found = details(&page, node).unwrap();
            let of = |name: &str| found.blocks.iter().flat_map(|b| &b.fields).filter(|f| f.name == name).collect::<Vec<_>>();
            let [order] = of("insertion order")[..] else { panic!("{release:?}: one order of insertion") };
            let (set, bytes) = (order.bytes.len(), &order.bytes);
            match release {
                Release::Cp311 | Release::Cp312 => {
                    assert_eq!(bytes[set - 4..], [1, 0, 2, u8::try_from(set).unwrap()], "b, a, 2 values, own length");
                }
                _ => assert_eq!(bytes[..3], [0, 1, 0], "a, b and none"),
            }
            assert_eq!(of("weakrefs").len(), 1, "{release:?}");
            for block in &found.blocks {
                assert_eq!(
                    block.asked_bytes.next_multiple_of(16),
                    block.block_bytes,
                    "{release:?}: no class of sizes is skipped"
                );
            }
            let unused: u64 = of("unused").iter().map(|f| f.size_bytes).sum();
            assert_eq!(unused % 8, if release < Release::Cp313 { 0 } else { 4 }, "room for values, and what aligns them");
        }
    }

    /// What is said to have been asked for is what the allocator was asked, as far as the bytes can tell: of the instance that
    /// took the shared keys' last spare entry they do not.
    #[test]
    fn the_spare_value_of_an_instance_is_not_taken_for_rounding() {
        for release in Release::ALL {
            let mut page = Heap::new(release, 1 << 26).unwrap();
            let class = page.create(&Spec::Class { name: "Node".into(), slots: None, bases: Vec::new() }).unwrap();
            let nodes: Vec<(Serial, Vec<Event>)> =
                (0..33).map(|_| (page.create(&Spec::Instance(class)).unwrap(), page.events().to_vec())).collect();
            for block in nodes.iter().flat_map(|(node, _)| details(&page, *node).unwrap().blocks) {
                assert_eq!(block.asked_bytes.next_multiple_of(16), block.block_bytes, "{release:?}: {}", block.name);
            }
            if release < Release::Cp313 {
                assert!(said(&page, nodes[0].0, "spare value").is_some(), "{release:?}: 29 values; those made now have fewer");
                continue;
            }
            let right: Vec<bool> = nodes
                .iter()
                .map(|(node, events)| {
                    let block = &details(&page, *node).unwrap().blocks[0];
                    events.contains(&Event::Allocated(block.addr, block.asked_bytes))
                })
                .collect();
            let expected: Vec<bool> = (0..33).map(|i| i != 28).collect();
            assert_eq!(right, expected, "{release:?}");
            let says = |i: usize| said(&page, nodes[i].0, "spare value");
            for spare in [0, 1, 27] {
                assert_eq!(says(spare), Some(("8 bytes asked for and not used".owned(), Purpose::Room)), "{release:?} {spare}");
            }
            assert_eq!(says(32), None, "the keys had none to give up");
        }
    }

    /// While a collection is stopped, `_gc_prev` is read as `gc_refs` only where and as long as it holds them.
    #[test]
    fn a_link_is_not_read_as_gc_refs() {
        for release in Release::ALL {
            let mut page = Heap::new(release, 1 << 26).unwrap();
            let kept = page.create(&Spec::List(Vec::new())).unwrap();
            let lost = page.create(&Spec::List(vec![kept])).unwrap();
            page.link(lost, &Place::Append, lost).unwrap();
            page.drop_handle(lost).unwrap();
            page.start_collection(2).unwrap();
            let (mut refs, mut links) = (0, 0);
            while page.step_collection(crate::heap::Grain::Object).unwrap() {
                for id in [kept, lost] {
                    let Some((says, _)) = page.address(id).ok().and_then(|_| said(&page, id, "_gc_prev")) else { continue };
                    match says.strip_prefix("gc_refs ") {
                        Some(number) => {
                            assert!(number.parse::<u64>().unwrap() < 4, "{release:?}: {says}");
                            refs += 1;
                        }
                        None => links += 1,
                    }
                }
            }
            assert!(refs > 4 && links > 4, "{release:?}: {refs} {links}");
        }
    }
}
