//! Collecting in few instructions: the library's `collect` asks for sizes first and takes the first item by itself, each time
//! with a copy of all that the iterator does.

/// Collecting into a vector.
pub trait Gather: Iterator + Sized {
    /// All items.
    fn gather(self) -> Vec<Self::Item> {
        let mut all = Vec::new();
        self.gather_into(&mut all);
        all
    }

    /// All items behind those that are in `all`.
    fn gather_into(self, all: &mut Vec<Self::Item>) {
        for item in self {
            all.add(item);
        }
    }

    /// All items, or the first error.
    ///
    /// # Errors
    /// That of the iterator.
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

/// Pushing by a call, one for each type of item and not one for each use.
pub trait Grow<T> {
    /// `push`
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
