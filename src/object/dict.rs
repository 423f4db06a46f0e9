//! `PyDictObject`: counts and two pointers; what it holds is in its keys table ([`super::keys`]) or, if the keys are shared by
//! a class, in a values block ([`super::values`]).
//!
//! ```text
//!   0 ob_refcnt | 8 ob_type | 16 ma_used | 24 ma_version_tag | 32 ma_keys -> keys table | 40 ma_values, NULL if combined
//! ```
//! Source: Include/cpython/dictobject.h.

use super::keys::{DK_REFCNT, DUMMY, EMPTY, Keys, KeysKind, SHARED_KEYS_MAX_SIZE, table_bytes, usable_fraction};
use super::slots::{Span, Walk};
use super::{Fault, values};
use crate::ids::Addr;
use crate::mem::{AddressSpace, Field};

/// `ma_used`: `len(dict)`.
pub const MA_USED: Field<u64> = Field::new("ma_used", 16);
/// `ma_version_tag` (to 3.13: changes with every change of any dict; 3.12 and 3.13: watchers in the low bits), `_ma_watcher_tag`
/// (3.14 on: only watchers).
pub const MA_VERSION_TAG: Field<u64> = Field::new("ma_version_tag", 24);
/// `ma_keys`
pub const MA_KEYS: Field<Addr> = Field::new("ma_keys", 32);
/// `ma_values`
pub const MA_VALUES: Field<Addr> = Field::new("ma_values", 40);
/// `sizeof(PyDictObject)`
pub const DICT_BYTES: u64 = 48;

/// `dict_traverse`: values in table order; behind each, if keys can be other than str, its key. `dict_dealloc`: key and value
/// of each entry; of a split table the values in the order of the shared keys, unless they belong to an instance.
/// Source: Objects/dictobject.c.
pub(super) fn span(m: &AddressSpace, dict: Addr, walk: Walk, stage: u32) -> Result<Option<Span>, Fault> {
    let keys = keys(m, dict)?;
    let n = keys.nentries(m)?;
    let held = MA_VALUES.read(m, dict)?;
    if !held.is_null() {
        let skipped = walk == Walk::Owned && values::is_embedded(m, held)?;
        return Ok(match stage {
            0 => Some(Span::up(values::slot(m, held, 0), if skipped { 0 } else { n })),
            1 if walk == Walk::Owned && owns_shared(m, keys)? => Some(Span { at: keys.key_at(0), step: 16, count: n }),
            _ => None,
        });
    }
    Ok(match (keys.kind, walk) {
        (KeysKind::General, _) if u64::from(stage) >= n => None,
        (KeysKind::General, Walk::Traverse) => Some(Span::down(keys.key_at(u64::from(stage)), 2)),
        (KeysKind::General, Walk::Owned) => Some(Span::up(keys.key_at(u64::from(stage)), 2)),
        _ if stage > 0 => None,
        (_, Walk::Traverse) => Some(Span { at: keys.value_at(0), step: 16, count: n }),
        (_, Walk::Owned) => Some(Span::up(keys.key_at(0), n.wrapping_mul(2))),
    })
}

/// Whether a dict with shared keys is the last one that uses them: their class is gone.
///
/// # Errors
/// A fault if there is no table.
pub fn owns_shared(m: &AddressSpace, keys: Keys) -> Result<bool, Fault> {
    Ok(keys.kind == KeysKind::Split && DK_REFCNT.read(m, keys.at)? == 1)
}

/// The keys table of a dict.
///
/// # Errors
/// A fault if there is no dict.
#[inline]
pub fn keys(m: &AddressSpace, dict: Addr) -> Result<Keys, Fault> {
    let at = MA_KEYS.read(m, dict)?;
    Keys::load(m, at)
}

/// `len(dict)`
///
/// # Errors
/// A fault if there is no dict.
#[inline]
pub fn len(m: &AddressSpace, dict: Addr) -> Result<u64, Fault> {
    MA_USED.read(m, dict)
}

/// `_PyDict_HasSplitTable`
///
/// # Errors
/// A fault if there is no dict.
pub fn is_split(m: &AddressSpace, dict: Addr) -> Result<bool, Fault> {
    Ok(!MA_VALUES.read(m, dict)?.is_null())
}

/// The slot of the value that belongs to entry `ix` of the dict's keys.
///
/// # Errors
/// A fault if there is no dict.
#[inline]
pub fn value_slot(m: &AddressSpace, dict: Addr, keys: Keys, ix: u64) -> Result<Addr, Fault> {
    if keys.kind != KeysKind::Split {
        return Ok(keys.value_at(ix));
    }
    let held = MA_VALUES.read(m, dict)?;
    Ok(values::slot(m, held, ix))
}

/// The slot of the value for `key`, of the hash `hash`; `None` if the dict has no such key.
///
/// # Errors
/// A fault if the dict is not sound.
pub fn find(m: &AddressSpace, dict: Addr, key: Addr, hash: i64) -> Result<Option<Addr>, Fault> {
    let keys = keys(m, dict)?;
    let Some(ix) = keys.find(m, key, hash)? else { return Ok(None) };
    let slot = value_slot(m, dict, keys, ix)?;
    Ok((!m.read::<Addr>(slot)?.is_null()).then_some(slot))
}

/// An item of a dict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its entry's index in the keys table.
    pub ix: u64,
    /// The key.
    pub key: Addr,
    /// Where the reference to the key lies: in the table, which may be a class's.
    pub key_slot: Addr,
    /// The value.
    pub value: Addr,
    /// Where the reference to the value lies.
    pub value_slot: Addr,
}

/// `PyDict_Next`: the item at position `*position` or the next one behind, in order of insertion; `*position` then is behind it.
/// Begin with 0.
///
/// # Errors
/// A fault if the dict is not sound.
pub fn next(m: &AddressSpace, dict: Addr, position: &mut u64) -> Result<Option<Item>, Fault> {
    let keys = keys(m, dict)?;
    if is_split(m, dict)? {
        if *position >= len(m, dict)? {
            return Ok(None);
        }
        let ix = values::order(m, MA_VALUES.read(m, dict)?, *position)?;
        *position += 1;
        return item(m, dict, keys, ix).map(Some);
    }
    let n = keys.nentries(m)?;
    while *position < n {
        let item = item(m, dict, keys, *position)?;
        *position += 1;
        if !item.value.is_null() {
            return Ok(Some(item));
        }
    }
    Ok(None)
}

fn item(m: &AddressSpace, dict: Addr, keys: Keys, ix: u64) -> Result<Item, Fault> {
    let (key_slot, value_slot) = (keys.key_at(ix), value_slot(m, dict, keys, ix)?);
    Ok(Item { ix, key: m.read(key_slot)?, key_slot, value: m.read(value_slot)?, value_slot })
}

/// All items in order of insertion.
///
/// # Errors
/// A fault if the dict is not sound.
pub fn items(m: &AddressSpace, dict: Addr) -> Result<Vec<Item>, Fault> {
    let (mut items, mut position) = (Vec::new(), 0);
    while let Some(item) = next(m, dict, &mut position)? {
        items.push(item);
    }
    Ok(items)
}

/// `dict.__sizeof__()` in bytes: with the keys table unless it is shared. (`_PyDict_SizeOf`)
///
/// # Errors
/// A fault if there is no dict.
pub fn sizeof(m: &AddressSpace, dict: Addr) -> Result<u64, Fault> {
    let keys = keys(m, dict)?;
    let mut bytes = DICT_BYTES;
    if is_split(m, dict)? {
        bytes += keys.shared_size(m)? * 8;
    }
    // `dk_refcnt` is 1 unless other dicts, or a class, use the table.
    if !keys.is_empty_keys() && DK_REFCNT.read(m, keys.at)? == 1 {
        bytes += table_bytes(keys.log2_size, keys.kind);
    }
    Ok(bytes)
}

/// The bytes of the dict's own keys table; `None` if the table is shared.
///
/// # Errors
/// A fault if there is no dict.
pub fn own_table(m: &AddressSpace, dict: Addr) -> Result<Option<(Addr, u64)>, Fault> {
    let keys = keys(m, dict)?;
    let own = !keys.is_empty_keys() && (keys.kind != KeysKind::Split || owns_shared(m, keys)?);
    Ok(own.then(|| (keys.at, table_bytes(keys.log2_size, keys.kind))))
}

/// The integrity walk of one dict (`_PyDict_CheckConsistency` and more): what is wrong, as a clause without a full stop.
///
/// # Errors
/// A fault if a pointer of the dict leads astray.
pub fn check(m: &AddressSpace, dict: Addr) -> Result<Option<&'static str>, Fault> {
    let keys = keys(m, dict)?;
    let used = len(m, dict)?;
    if is_split(m, dict)? != (keys.kind == KeysKind::Split) {
        return Ok(Some("a dict has values of its own but keys of its own too, or neither"));
    }
    if let Some(wrong) = check_table(m, keys)? {
        return Ok(Some(wrong));
    }
    if is_split(m, dict)? {
        return check_values(m, MA_VALUES.read(m, dict)?, keys, used);
    }
    if !keys.is_empty_keys() && DK_REFCNT.read(m, keys.at)? != 1 {
        return Ok(Some("the keys table of a combined dict is counted more than once"));
    }
    let mut live = 0;
    for ix in 0..keys.nentries(m)? {
        let (key, value) = (keys.key(m, ix)?, m.read::<Addr>(keys.value_at(ix))?);
        if key.is_null() != value.is_null() {
            return Ok(Some("an entry of a dict has a key without a value, or a value without a key"));
        }
        live += u64::from(!key.is_null());
    }
    Ok((live != used).then_some("ma_used is not the number of a dict's items"))
}

/// The integrity walk of a keys table: indices and entries lead to each other, and the probe sequence of every key ends at its
/// entry.
///
/// # Errors
/// A fault if a pointer of the table leads astray.
pub fn check_table(m: &AddressSpace, keys: Keys) -> Result<Option<&'static str>, Fault> {
    if keys.is_empty_keys() {
        return Ok((keys.nentries(m)? != 0).then_some("the shared empty keys are not empty"));
    }
    let (usable, n) = (keys.usable(m)?, keys.nentries(m)?);
    if usable.saturating_add(n) > usable_fraction(keys.slots()) {
        return Ok(Some("dk_usable and dk_nentries together are more than two thirds of the slots"));
    }
    let mut reached = 0;
    for slot in 0..keys.slots() {
        match keys.index(m, slot)? {
            EMPTY | DUMMY => {}
            ix => match u64::try_from(ix) {
                Ok(ix) if ix < n && !keys.key(m, ix)?.is_null() => reached += 1,
                _ => return Ok(Some("an index of a keys table leads to no entry")),
            },
        }
    }
    let mut entries = 0;
    for ix in 0..n {
        let key = keys.key(m, ix)?;
        if key.is_null() {
            continue;
        }
        entries += 1;
        let hash = keys.hash(m, ix)?;
        if hash == -1 || !super::set::hash_fits(m, key, hash)? {
            return Ok(Some("the hash of a key in a table is not the key's"));
        }
        if keys.find(m, key, hash)? != Some(ix) {
            return Ok(Some("the probe sequence of a key does not end at its entry"));
        }
    }
    Ok((entries != reached).then_some("a keys table has more or fewer entries than indices"))
}

/// Values of an instance, or of a dict with shared keys: `used` of them are set, and the order names each once.
///
/// # Errors
/// A fault if the values are not there.
pub fn check_values(m: &AddressSpace, held: Addr, keys: Keys, used: u64) -> Result<Option<&'static str>, Fault> {
    let n = keys.nentries(m)?;
    if used > SHARED_KEYS_MAX_SIZE || values::len(m, held)? != used {
        return Ok(Some("a values block's size is not the number of attributes"));
    }
    let mut seen = 0_u64;
    for i in 0..used {
        let ix = values::order(m, held, i)?;
        if ix >= n || seen & 1 << ix != 0 || m.read::<Addr>(values::slot(m, held, ix))?.is_null() {
            return Ok(Some("the insertion order of attributes names one twice or one that is not set"));
        }
        seen |= 1 << ix;
    }
    for ix in 0..n {
        if seen & 1 << ix == 0 && !m.read::<Addr>(values::slot(m, held, ix))?.is_null() {
            return Ok(Some("an attribute is set but not in the insertion order"));
        }
    }
    Ok(None)
}
