//! Every byte of an object, named: for the bytes view and the details pane.
//!
//! Names come from CPython's structs ([`structs`]), from the object's own slots, and from what a type keeps behind its struct
//! (digits, characters, items). What is left over is room that was asked for and not used, or slack up to the block's end.

use super::labels::{self, SlotLabels};
use super::take::{block_bytes, occupied};
use super::{DetailBlock, Details, FieldView, HeldBy, Holder, Purpose};
use crate::abi::{ManagedDict, RefcountWord, structs};
use crate::heap::{CommandError, Heap, check, live, roots, type_name};
use crate::ids::gather::{Gather as _, Grow as _};
use crate::ids::text::Owned as _;
use crate::ids::{Addr, Serial, sort};
use crate::mem::{AddressSpace, Fault};
use crate::object::blocks::{self, OwnBlock, Part};
use crate::object::gc_head::{COLLECTING, POINTER, REFS_SHIFT, object_of};
use crate::object::head::{INLINE_VALUES, OB_TYPE, is_static_type, preheader_bytes, refcount, tp, type_flags, type_of};
use crate::object::keys::{DK_NENTRIES, DK_USABLE};
use crate::object::type_object::ht_cached_keys;
use crate::object::{self, Kind, Slots, Walk, keys, list, str, values};
use crate::runtime::gc::state;

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

/// The struct of a kind.
fn struct_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Plain | Kind::Instance | Kind::Frame | Kind::MethodWrapper | Kind::Property | Kind::MappingProxy => "PyObject",
        Kind::Module => "PyModuleObject",
        Kind::Int => "PyLongObject",
        Kind::Float => "PyFloatObject",
        Kind::Complex => "PyComplexObject",
        Kind::Str => "PyASCIIObject",
        Kind::Bytes => "PyBytesObject",
        Kind::ByteArray => "PyByteArrayObject",
        Kind::Tuple => "PyTupleObject",
        Kind::List => "PyListObject",
        Kind::Dict => "PyDictObject",
        Kind::Set => "PySetObject",
        Kind::Slice => "PySliceObject",
        Kind::Range => "PyRangeObject",
        Kind::Cell => "PyCellObject",
        Kind::Function => "PyFunctionObject",
        Kind::Method => "PyMethodObject",
        Kind::BuiltinFunction => "PyCFunctionObject",
        Kind::WeakRef => "_PyWeakReference",
        Kind::Code => "PyCodeObject",
        Kind::Generator => "PyGenObject",
        Kind::Descriptor => "PyDescrObject",
        Kind::Traceback => "PyTracebackObject",
        Kind::Exception => "PyBaseExceptionObject",
        Kind::Type => "PyTypeObject",
    }
}

/// Offsets and names of the struct's fields that the release has, ascending.
fn struct_fields(m: &AddressSpace, obj: Addr, kind: Kind) -> Result<Vec<(u64, &'static str)>, Fault> {
    let release = m.profile.release;
    let mut names = vec![struct_name(kind)];
    if matches!(kind, Kind::Int | Kind::Bytes | Kind::ByteArray | Kind::Tuple | Kind::List | Kind::Type | Kind::Code) {
        names.add("PyVarObject");
    }
    if kind == Kind::Str && object::str::char_kind(m, obj)? != object::str::CharKind::Ascii {
        names.add("PyCompactUnicodeObject");
    }
    if kind == Kind::Type && !is_static_type(obj) {
        names.add("PyHeapTypeObject");
    }
    let fields = names.iter().flat_map(|name| structs::fields(name));
    let mut found: Vec<_> = fields.filter_map(|field| field.offset(release).map(|offset| (offset, field.name))).gather();
    sort::few(&mut found, |a, b| a < b);
    found.dedup_by_key(|&mut (offset, _)| offset);
    Ok(found)
}

/// The name of the struct field at `slot`, for labels: `.func_globals`.
pub(super) fn field_name(m: &AddressSpace, obj: Addr, slot: Addr) -> Result<String, Fault> {
    let offset = slot.0.wrapping_sub(obj.0);
    let fields = struct_fields(m, obj, Kind::of(m, obj)?)?;
    let found = fields.iter().find(|&&(at, _)| at == offset);
    Ok(found.map_or_else(|| format!("word at {}", offset.cast_signed()), |(_, name)| (*name).owned()))
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
    let spare = if block.part == Part::Object { spare_bytes(m, obj, kind, left)? } else { 0 };
    let counted = block.asked_bytes;
    block.asked_bytes += spare;
    let block = &block;
    let slots = slot_fields(m, obj, kind, block)?;
    let mut named = match block.part {
        Part::Object => object_fields(m, obj, kind, block)?,
        Part::KeysTable => keys_fields(m, block)?,
        Part::Values => match values_at(m, obj, kind)? {
            Some(values) => values_fields(m, values, block.start)?,
            None => Vec::new(),
        },
        Part::Characters | Part::Utf8Form | Part::Bytes => {
            vec![Named { start: 0, bytes: block.asked_bytes, name: "characters".owned(), purpose: Purpose::Payload }]
        }
        Part::ItemArray | Part::SharedKeys | Part::SetTable | Part::DocString => Vec::new(),
    };
    if spare > 0 {
        named.add(Named { start: counted, bytes: spare, name: "spare value".owned(), purpose: Purpose::Room });
    }
    sort::few(&mut named, |a, b| a.start < b.start);
    named.dedup_by_key(|field| field.start);
    // A slot's own label says more than the name of the field that it lies in, unless that is a cell's `ob_ref`.
    let mut others = Vec::new();
    for slot in slots {
        match named.binary_search_by_key(&slot.start, |f| f.start).ok().and_then(|at| named.get_mut(at)) {
            Some(field) if kind == Kind::Cell => field.purpose = Purpose::Payload,
            Some(field) => *field = slot,
            None => others.add(slot),
        }
    }
    named.append(&mut others);
    sort::by_key(&mut named, |field| field.start);
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
        room(m, block, at, field.start, origin, &mut fields)?;
        at = field.start + field.bytes;
        fields.add(view(m, block, field, origin)?);
    }
    room(m, block, at, block_bytes, origin, &mut fields)?;
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
        field.meaning = format!("0, not modelled: {why}");
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
        fields.add(view(m, block, field, origin)?);
    }
    Ok(())
}

fn view(m: &AddressSpace, block: &OwnBlock, field: Named, origin: i64) -> Result<FieldView, CommandError> {
    let at = block.start.offset(field.start);
    let mut bytes = vec![0; usize::try_from(field.bytes.min(SHOWN_BYTES)).unwrap_or(0)];
    m.read_bytes(at, &mut bytes)?;
    let (meaning, target) = meaning(m, at, &field, &bytes)?;
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
fn meaning(m: &AddressSpace, at: Addr, field: &Named, bytes: &[u8]) -> Result<(String, Option<Serial>), CommandError> {
    let bits = bytes.iter().take(8).rev().fold(0, |bits: u64, &byte| bits << 8 | u64::from(byte));
    let plain = |text: String| Ok((text, None));
    match (field.purpose, field.name.as_str()) {
        (Purpose::Room, _) => plain(format!("{} bytes asked for and not used", field.bytes)),
        (Purpose::Slack, _) => plain(format!("{} bytes that rounding adds", field.bytes)),
        (Purpose::Count, "ob_refcnt") => plain(match refcount(m, at)? {
            Some(1) => "1 reference".owned(),
            Some(n) => format!("{n} references"),
            None => "immortal, never counted".owned(),
        }),
        (_, "ob_fval" | "cval.real" | "cval.imag") => plain(object::repr::float(f64::from_bits(bits))),
        (_, "characters" | "ob_sval") => plain(quoted(bytes, field.bytes)),
        (_, "_gc_next") if bits == 0 => plain("untracked".owned()),
        (_, "_gc_prev") if bits & COLLECTING != 0 => plain(format!("gc_refs {}", bits >> REFS_SHIFT)),
        (_, "_gc_next" | "_gc_prev") => Ok(neighbour_in_list(m, Addr(bits & POINTER))),
        // Never an object: a block, or the set's own small table. Births are kept by block, so they could take that one for the
        // set.
        (_, "table") => plain(format!("→ {}", Addr(bits))),
        (_, "long_value.lv_tag") => plain(tag_of_int(bits)),
        (_, "ob_digit") if field.bytes > 4 => plain(format!("{} digits of 30 bits, the lowest first", field.bytes / 4)),
        (_, "hash" | "ob_hash" | "ob_shash") if bits == u64::MAX => plain("not computed yet".owned()),
        (_, "dk_indices") => plain("the hash table: numbers of entries; ff: none".owned()),
        (_, "insertion order") => plain("which value was set first, second and so on".owned()),
        (_, "state") => plain(state_of_str(bits)),
        _ if field.bytes == 8 => Ok(pointer_or_number(m, bits)),
        _ => plain(format!("{bits}")),
    }
}

/// `lv_tag` in words: the number of digits above three bits, of which the lower two are the sign.
fn tag_of_int(bits: u64) -> String {
    let sign = match bits & 3 {
        0 => "positive",
        1 => "zero",
        _ => "negative",
    };
    let digits = bits >> 3;
    format!("{digits} digit{}, {sign}", if digits == 1 { "" } else { "s" })
}

/// A str's bit field in words.
fn state_of_str(bits: u64) -> String {
    let has = |mask: u8, word: &'static str| if bits & u64::from(mask) == 0 { "" } else { word };
    let size = match bits >> 2 & 7 {
        1 => "1 byte",
        2 => "2 bytes",
        _ => "4 bytes",
    };
    format!("{size} per character{}{}", has(str::ASCII, ", ASCII"), has(str::INTERNED_MASK, ", interned"))
}

/// What a link of a generation's list leads to: the head of an object, or of the list.
fn neighbour_in_list(m: &AddressSpace, head: Addr) -> (String, Option<Serial>) {
    if let Some(generation) = (0..=state::PERMANENT).find(|&generation| state::head(generation) == head) {
        let list =
            if generation == state::PERMANENT { "the permanent generation".owned() } else { format!("generation {generation}") };
        return (format!("→ head of {list}"), None);
    }
    let obj = object_of(head);
    match (m.births.at(obj), labels::called(m, obj)) {
        (Some(serial), Ok(name)) => (format!("→ {name}"), Some(serial)),
        _ => (format!("→ {head}"), None),
    }
}

fn quoted(bytes: &[u8], size_bytes: u64) -> String {
    let text: String = bytes.iter().map(|&b| if b.is_ascii_graphic() || b == b' ' { char::from(b) } else { '·' }).collect();
    let more = if bytes.len() as u64 == size_bytes { "" } else { "…" };
    format!("‘{text}{more}’")
}

fn pointer_or_number(m: &AddressSpace, bits: u64) -> (String, Option<Serial>) {
    if bits == 0 {
        return ("0".owned(), None);
    }
    // Births are kept by block, so a pointer into a block can look like its object; it has no type there.
    if let Some(serial) = m.births.at(Addr(bits))
        && let Ok(name) = labels::in_a_word(m, Addr(bits))
    {
        return (format!("→ {name}"), Some(serial));
    }
    let mapped = m.is_mapped(Addr(bits), 1);
    (if mapped { format!("→ {}", Addr(bits)) } else { bits.cast_signed().to_string() }, None)
}

/// Pre-header, GC head, object head, struct, and what the type keeps behind its struct.
fn object_fields(m: &AddressSpace, obj: Addr, kind: Kind, block: &OwnBlock) -> Result<Vec<Named>, Fault> {
    let pre = obj.0.wrapping_sub(block.start.0);
    let mut fields = Vec::new();
    let mut word = |start: u64, bytes: u64, name: &str, purpose: Purpose| {
        fields.add(Named { start, bytes, name: name.owned(), purpose });
    };
    if pre >= 32 {
        let (first, second) = match m.profile.managed_dict {
            ManagedDict::ValuesPointer => ("values", "dict"),
            ManagedDict::Tagged => ("weakrefs", "dict or values"),
            ManagedDict::Inline => ("weakrefs", "dict"),
        };
        word(0, 8, first, Purpose::PreHeader);
        word(8, 8, second, Purpose::PreHeader);
    }
    if pre >= 16 {
        word(pre - 16, 8, "_gc_next", Purpose::GcHead);
        word(pre - 8, 8, "_gc_prev", Purpose::GcHead);
    }
    if m.profile.refcount == RefcountWord::Flags {
        word(pre, 4, "ob_refcnt", Purpose::Count);
        word(pre + 4, 2, "ob_overflow", Purpose::Count);
        word(pre + 6, 2, "ob_flags", Purpose::Count);
    } else {
        word(pre, 8, "ob_refcnt", Purpose::Count);
    }
    word(pre + OB_TYPE.offset_bytes, 8, "ob_type", Purpose::Type);
    let own = struct_fields(m, obj, kind)?;
    let behind = behind_struct(m, obj, kind)?;
    for (rank, &(offset, name)) in own.iter().enumerate() {
        let next = own.get(rank + 1).map_or(offset + 8, |&(next, _)| next).min(offset + 8);
        if behind.as_ref().is_none_or(|(start, ..)| offset < *start) {
            word(pre + offset, next - offset, name, purpose_of(name));
        }
    }
    if let Some((start, bytes, name)) = behind {
        word(pre + start, bytes, name, Purpose::Payload);
    }
    let weakrefs = tp::WEAKLISTOFFSET.read(m, type_of(m, obj)?)?;
    if kind == Kind::Instance && weakrefs.cast_signed() > 0 {
        word(pre + weakrefs, 8, "weakrefs", Purpose::Bookkeeping);
    }
    if kind == Kind::Instance && type_flags(m, type_of(m, obj)?)? & INLINE_VALUES != 0 {
        let values = obj.offset(tp::BASICSIZE.read(m, type_of(m, obj)?)?);
        fields.append(&mut values_fields(m, values, block.start)?);
    }
    Ok(fields)
}

/// The values of an instance, or of a dict that shares its keys, in a block of their own.
fn values_at(m: &AddressSpace, obj: Addr, kind: Kind) -> Result<Option<Addr>, Fault> {
    if kind == Kind::Dict { object::dict::MA_VALUES.read(m, obj).map(Some) } else { object::instance::values_of(m, obj) }
}

/// What a `PyDictValues` has beside the values: its header, and the order in which they were set (up to 3.12 in front of them,
/// with how many there are and its own length). `start` is that of the block.
fn values_fields(m: &AddressSpace, values: Addr, start: Addr) -> Result<Vec<Named>, Fault> {
    let from = values.0.wrapping_sub(start.0);
    let field = |start: u64, bytes: u64, name: &str| Named { start, bytes, name: name.owned(), purpose: Purpose::Bookkeeping };
    if !values::has_header(m) {
        return Ok(vec![field(0, from, "insertion order")]);
    }
    let mut fields = (0..).zip(["capacity", "size", "embedded", "valid"]).map(|(at, name)| field(from + at, 1, name)).gather();
    let capacity = u64::from(values::CAPACITY.read(m, values)?);
    let order = from + values::HEADER_BYTES + capacity * 8;
    fields.add(field(order, capacity.next_multiple_of(8), "insertion order"));
    Ok(fields)
}

/// What stands behind the struct as one run of data: offset, bytes, name.
fn behind_struct(m: &AddressSpace, obj: Addr, kind: Kind) -> Result<Option<(u64, u64, &'static str)>, Fault> {
    let from = |data: Addr| data.0.wrapping_sub(obj.0);
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
        _ => None,
    })
}

fn purpose_of(name: &str) -> Purpose {
    match name {
        "ob_fval" | "cval.real" | "cval.imag" => Purpose::Payload,
        _ => Purpose::Bookkeeping,
    }
}

/// The table's header, its indices; entries come from the slots.
fn keys_fields(m: &AddressSpace, block: &OwnBlock) -> Result<Vec<Named>, Fault> {
    let table = keys::Keys::load(m, block.start)?;
    let release = m.profile.release;
    let own: Vec<_> =
        structs::fields("PyDictKeysObject").iter().filter_map(|f| f.offset(release).map(|at| (at, f.name))).gather();
    let mut fields = Vec::new();
    for (rank, &(start, name)) in own.iter().enumerate() {
        let end = own.get(rank + 1).map_or_else(|| table.key_at(0).0 - block.start.0, |&(next, _)| next);
        fields.add(Named { start, bytes: end - start, name: name.owned(), purpose: Purpose::Bookkeeping });
    }
    if !table.is_unicode() {
        // General entries begin with the hash; `key_at` is behind it.
        if let Some(indices) = fields.last_mut() {
            indices.bytes -= 8;
        }
        for ix in 0..table.nentries(m)? {
            let start = table.hash_at(ix).0 - block.start.0;
            fields.add(Named { start, bytes: 8, name: "me_hash".owned(), purpose: Purpose::Bookkeeping });
        }
    }
    Ok(fields)
}

/// The object's slots that lie in this block.
fn slot_fields(m: &AddressSpace, obj: Addr, kind: Kind, block: &OwnBlock) -> Result<Vec<Named>, CommandError> {
    let names = SlotLabels::of(m, obj, kind)?;
    let mut fields = Vec::new();
    let mut slots = Slots::of(m, obj, Walk::Owned)?;
    while let Some((slot, _)) = slots.next(m)? {
        if block.contains(slot) {
            let (_, name) = names.label(m, obj, kind, slot)?;
            fields.add(Named { start: slot.0 - block.start.0, bytes: 8, name, purpose: Purpose::Payload });
        }
    }
    // A list's array may hold pointers behind its length: room, whatever they say.
    if kind == Kind::List && block.part == Part::ItemArray {
        let len = list::len(m, obj)?;
        fields.retain(|f| f.start < len * 8);
    }
    Ok(fields)
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
            holders.add(Holder { by: HeldBy::Object(serial), text: format!("{name}{space}{label}"), at: slot });
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
            let text = format!("name {}", object::str::value(m, item.key)?);
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
            let tag = if release == Release::Cp311 { None } else { Some("3 digits, negative".owned()) };
            assert_eq!(meaning(large, "long_value.lv_tag"), tag);
            assert_eq!(meaning(ascii, "state").unwrap(), "1 byte per character, ASCII");
            assert_eq!(meaning(wide, "state").unwrap(), "2 bytes per character");
            assert_eq!(meaning(bytes, "ob_shash").unwrap(), "not computed yet");
            assert!(meaning(dict, "dk_indices").unwrap().starts_with("the hash table"));
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
        for release in [Release::Cp313, Release::Cp314, Release::Cp315] {
            let mut page = Heap::new(release, 1 << 26).unwrap();
            let class = page.create(&Spec::Class { name: "Node".into(), slots: None, bases: Vec::new() }).unwrap();
            let nodes: Vec<(Serial, Vec<Event>)> =
                (0..33).map(|_| (page.create(&Spec::Instance(class)).unwrap(), page.events().to_vec())).collect();
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
}
