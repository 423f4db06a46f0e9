//! Collecting in little code. The library's `collect` takes the first item and the size hint apart from its loop, so that each
//! use holds the iterator's code several times.

/// `collect` and `extend` for vectors, in one loop.
pub trait Gather: Iterator + Sized {
    /// All items, in a new vector.
    fn gather(self) -> Vec<Self::Item> {
        let mut all = Vec::new();
        self.gather_into(&mut all);
        all
    }

    /// Appends all items to `all`.
    fn gather_into(self, all: &mut Vec<Self::Item>) {
        for item in self {
            all.add(item);
        }
    }

    /// All items, or the first error.
    ///
    /// # Errors
    /// The first error of the iterator; the items before it are dropped.
    fn try_gather<T, E>(self) -> Result<Vec<T>, E>
    where
        Self: Iterator<Item = Result<T, E>>,
    {
        let mut all = Vec::new();
        for item in self {
            all.add(item?);
        }
        Ok(all)
    }
}

impl<I: Iterator> Gather for I {}

/// `push` as a call: one copy of it for each type of item, not one for each use.
pub trait Grow<T> {
    /// Appends `item`.
    fn add(&mut self, item: T);
}

impl<T> Grow<T> for Vec<T> {
    #[inline(never)]
    fn add(&mut self, item: T) {
        self.push(item);
    }
}

impl Grow<char> for String {
    #[inline(never)]
    fn add(&mut self, item: char) {
        self.push(item);
    }
}
