//! A map whose keys are numbers (addresses, serials), in order of insertion. The library's ordered map adds ten kilobytes to the
//! WebAssembly module for each type of value.

/// Values by number.
#[derive(Clone, Debug)]
pub struct Map<V> {
    keys: Keys,
    values: Vec<V>,
}

/// The part that is the same for every type of value: open addressing, at most three quarters full.
#[derive(Clone, Debug, Default)]
struct Keys {
    keys: Vec<u64>,
    /// Position in `keys` + 1, or 0 for an empty slot. Its length is 0 or a power of two.
    table: Vec<u32>,
}

impl Keys {
    /// The slot of `table` where `key` stands or would stand, and its position.
    fn find(&self, key: u64) -> (usize, Option<usize>) {
        let mask = self.table.len().wrapping_sub(1);
        // Fibonacci hashing: the high half of the product depends on all bits of the key.
        #[allow(clippy::cast_possible_truncation, reason = "the high half")]
        let mut slot = (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & mask;
        while let Some(&rank @ 1..) = self.table.get(slot) {
            let at = rank as usize - 1;
            if self.keys.get(at) == Some(&key) {
                return (slot, Some(at));
            }
            slot = (slot + 1) & mask;
        }
        (slot, None)
    }

    /// The position of `key`, which is new at the end if it was not there.
    fn find_or_insert(&mut self, key: u64) -> usize {
        if let (_, Some(at)) = self.find(key) {
            return at;
        }
        let at = self.keys.len();
        self.keys.push(key);
        if self.keys.len() * 4 > self.table.len() * 3 {
            self.table = vec![0; (self.table.len() * 2).max(16)];
            for at in 0..=at {
                self.place(at);
            }
        } else {
            self.place(at);
        }
        at
    }

    /// Enters the key at position `at` into the table. It must not be there yet.
    fn place(&mut self, at: usize) {
        let slot = self.keys.get(at).map(|&key| self.find(key).0);
        if let Some(entry) = slot.and_then(|slot| self.table.get_mut(slot)) {
            *entry = u32::try_from(at + 1).unwrap_or(0);
        }
    }
}

impl<V> Default for Map<V> {
    fn default() -> Self {
        Map { keys: Keys::default(), values: Vec::new() }
    }
}

impl<V> Map<V> {
    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: u64) -> Option<&V> {
        self.keys.find(key).1.and_then(|at| self.values.get(at))
    }

    /// The value of `key`, to be changed.
    pub fn get_mut(&mut self, key: u64) -> Option<&mut V> {
        self.keys.find(key).1.and_then(|at| self.values.get_mut(at))
    }

    /// How many keys were there before `key`, if it is there.
    #[must_use]
    pub fn position(&self, key: u64) -> Option<usize> {
        self.keys.find(key).1
    }

    /// The key at this position, and its value.
    #[must_use]
    pub fn entry(&self, position: usize) -> Option<(u64, &V)> {
        self.keys.keys.get(position).copied().zip(self.values.get(position))
    }

    /// The value of `key`, made if there is none.
    pub fn get_or_insert_with(&mut self, key: u64, make: impl FnOnce() -> V) -> &mut V {
        let at = self.keys.find_or_insert(key);
        if at >= self.values.len() {
            self.values.push(make());
        }
        &mut self.values[at]
    }

    /// Sets the value of `key`. True if it had none before.
    pub fn insert(&mut self, key: u64, value: V) -> bool {
        let at = self.keys.find_or_insert(key);
        if let Some(old) = self.values.get_mut(at) {
            *old = value;
            return false;
        }
        self.values.push(value);
        true
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Keys and values, in the order of insertion.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &V)> {
        self.keys.keys.iter().copied().zip(&self.values)
    }

    /// As [`Map::iter`], to change the values.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (u64, &mut V)> {
        self.keys.keys.iter().copied().zip(&mut self.values)
    }

    /// Keys and values, in the order of insertion.
    pub fn into_entries(self) -> impl Iterator<Item = (u64, V)> {
        self.keys.keys.into_iter().zip(self.values)
    }
}

#[cfg(test)]
mod tests {
    use super::Map;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn does_what_the_library_does(steps in proptest::collection::vec((0u64..200, any::<u32>()), 0..300)) {
            let (mut map, mut model) = (Map::default(), BTreeMap::new());
            for &(key, value) in &steps {
                let key = key << 20;
                if value % 2 == 0 {
                    prop_assert_eq!(map.insert(key, value), model.insert(key, value).is_none());
                } else {
                    prop_assert_eq!(map.get_or_insert_with(key, || value), model.entry(key).or_insert(value));
                }
                prop_assert_eq!(map.get(key + 1), None);
            }
            prop_assert_eq!(map.len(), model.len());
            for (key, value) in &model {
                prop_assert_eq!(map.get(*key), Some(value));
            }
            prop_assert_eq!(map.into_entries().collect::<BTreeMap<_, _>>(), model);
        }
    }
}
