//! What the store was before its last changes.

use std::fmt;
use std::sync::Arc;

use crate::store::Store;
use crate::store::resource::Resource;

/// How each change is undone, oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct History(Vec<Undo>);

#[derive(Clone)]
struct Undo(Arc<dyn Fn(&mut Store) + Send + Sync>);

impl History {
    /// Notes what a thing was before it changes; none: it was not there.
    pub(crate) fn note<T: Resource>(&mut self, id: &str, was: Option<T>) {
        let id = id.to_owned();
        self.0.push(Undo(Arc::new(move |store| {
            let table = T::table_mut(store);
            match &was {
                Some(thing) => table.insert(id.clone(), thing.clone()),
                None => table.remove(&id),
            };
        })));
    }

    /// Undoes so many changes, or all there were.
    pub(crate) fn undo(self, changes: usize, store: &mut Store) {
        self.0.iter().rev().take(changes).for_each(|Undo(undo)| undo(store));
    }
}

impl fmt::Debug for Undo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Undo")
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use crate::store::{Allocation, Project, Store, Verb};
    use crate::world::World;

    /// What a store holds of what the test changes.
    fn held(store: &Store) -> String {
        format!("{:?} {:?}", store.projects, store.allocations)
    }

    #[test]
    fn any_number_of_changes_can_be_undone_and_the_store_stays_as_it_is() {
        let mut store = Store::seeded(&World::shared());
        let mut states = vec![held(&store)];
        let (id, project) = store.projects.first_key_value().unwrap();
        let (id, mut project) = (id.clone(), project.clone());
        project.holders = vec!["a.b/c".to_owned()];
        let mut project = store.write(Verb::Update, project).unwrap();
        states.push(held(&store));
        store.delete(Timestamp::UNIX_EPOCH, &id, |_: &Project| true).unwrap();
        states.push(held(&store));
        project = store.get(&project.meta.id).unwrap();
        project.holders.clear();
        store.write(Verb::Update, project).unwrap();
        states.push(held(&store));
        let mut row: Allocation = store.allocations.first_key_value().unwrap().1.clone();
        store.delete(Timestamp::UNIX_EPOCH, &row.meta.id, |_: &Allocation| true).unwrap();
        states.push(held(&store));
        "new".clone_into(&mut row.meta.id);
        store.create(row).unwrap();
        states.push(held(&store));

        for (undone, state) in states.iter().rev().enumerate() {
            assert_eq!(held(&store.before(undone)), *state, "{undone} changes ago");
        }
        assert_eq!(held(&store.before(100)), states[0]);
        assert_eq!(held(&store), states[5]);
    }
}
