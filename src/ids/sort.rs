//! Sorting in little code: the library's sorts add four kilobytes to the WebAssembly module for each type.

use super::Addr;

/// Sorts addresses, ascending.
#[inline(never)]
pub fn addresses(items: &mut [Addr]) {
    by_key(items, |at| at.0);
}

/// Sorts by a number, ascending: heapsort, in place, n log n at worst. Not stable, but the same input always gives the same
/// order.
pub fn by_key<T>(items: &mut [T], key: impl Fn(&T) -> u64) {
    if items.is_sorted_by_key(&key) {
        return;
    }
    // First a heap with the largest entry at the front; then the largest of the rest goes behind the rest, until none is left.
    for root in (0..items.len() / 2).rev() {
        sift_down(items, root, &key);
    }
    for end in (1..items.len()).rev() {
        items.swap(0, end);
        sift_down(&mut items[..end], 0, &key);
    }
}

#[inline(never)]
fn sift_down<T>(items: &mut [T], mut root: usize, key: &impl Fn(&T) -> u64) {
    loop {
        let left = 2 * root + 1;
        let Some(first) = items.get(left) else { return };
        let (first, second) = (key(first), items.get(left + 1).map(key));
        let (child, largest) = match second {
            Some(second) if second > first => (left + 1, second),
            _ => (left, first),
        };
        if items.get(root).is_none_or(|item| key(item) >= largest) {
            return;
        }
        items.swap(root, child);
        root = child;
    }
}

/// Sorts a few entries by insertion; equal ones keep their order.
pub fn few<T>(items: &mut [T], less: impl Fn(&T, &T) -> bool) {
    for end in 1..items.len() {
        let mut at = end;
        while at > 0 && less(&items[at], &items[at - 1]) {
            items.swap(at, at - 1);
            at -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_sort_as_the_library_does(mut items in proptest::collection::vec(0u64..60, 0..80)) {
            let mut sorted = items.clone();
            sorted.sort_unstable();
            let mut pairs: Vec<(u64, usize)> = items.iter().copied().zip(0..).collect();
            let mut stable = pairs.clone();
            stable.sort_by_key(|pair| pair.0);
            super::few(&mut pairs, |a, b| a.0 < b.0);
            prop_assert_eq!(pairs, stable);
            super::by_key(&mut items, |&item| item);
            prop_assert_eq!(items, sorted);
        }
    }
}
