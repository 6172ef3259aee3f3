//! Things by id, shared until one of them changes.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// Things by id. A copy costs nothing until one of the two changes: stores are copied before they are changed, so that
/// what was can be had back, and most changes are of one table.
#[derive(Debug, Clone)]
pub struct Table<T>(Arc<BTreeMap<String, T>>);

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Deref for Table<T> {
    type Target = BTreeMap<String, T>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<T: Clone> DerefMut for Table<T> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        Arc::make_mut(&mut self.0)
    }
}

impl<T> FromIterator<(String, T)> for Table<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(things: I) -> Self {
        Self(Arc::new(things.into_iter().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_does_not_follow_what_it_was_copied_from() {
        let mut table: Table<u8> = [("a".to_owned(), 1)].into_iter().collect();
        let copy = table.clone();
        table.insert("b".to_owned(), 2);
        *table.get_mut("a").unwrap() = 3;
        assert_eq!((copy.len(), copy["a"], table.len(), table["a"]), (1, 1, 2, 3));
    }
}
