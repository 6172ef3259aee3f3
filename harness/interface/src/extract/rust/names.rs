//! Under which paths an item can be reached from outside, and by which of them it is called.

use std::collections::{BTreeMap, BTreeSet};

use rustdoc_types::{Attribute, Crate, Id, Item, ItemEnum, Use, Visibility};

/// How every item that can be named is named.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// All paths of an item of this crate, the one that it is called by first.
    paths: BTreeMap<Id, Vec<Vec<String>>>,
    /// Items of other crates that can be had here, by path: which one, and how.
    pub(super) foreign: BTreeMap<String, Foreign>,
}

/// An item of another crate that can be had under a path of this one.
#[derive(Debug, Clone)]
pub(super) struct Foreign {
    /// The item, unless it is a primitive type.
    pub(super) id: Option<Id>,
    /// The path that was written.
    pub(super) source: String,
    /// Whether everything in it can be had.
    pub(super) glob: bool,
}

/// No chain of re-exports that anybody wrote is longer.
const LONGEST_CHAIN: usize = 32;
/// Modules can re-export each other, so that paths have no end: beyond these no one is looked for.
const LONGEST_PATH: usize = 24;
const MOST_PATHS: usize = 200_000;

impl Names {
    /// Walks all that is public, from the root on.
    pub(super) fn of(document: &Crate) -> Self {
        let mut walk = Walk { document, names: Self::default(), open: Vec::new(), steps: 0 };
        walk.module(document.root, &mut Vec::new());
        let mut names = walk.names;
        for (id, paths) in &mut names.paths {
            // Where it is defined, if that can be named; or else by the shortest way to it.
            let defined = document.paths.get(id).and_then(|summary| summary.path.get(1..));
            let place = |path: &Vec<String>| (Some(path.as_slice()) != defined, path.len());
            paths.sort_by(|one, other| (place(one), one).cmp(&(place(other), other)));
            paths.dedup();
        }
        names
    }

    /// The path that an item is called by, relative to the crate.
    pub(super) fn name(&self, id: Id) -> Option<String> {
        self.paths.get(&id).and_then(|paths| paths.first()).map(|path| path.join("::"))
    }

    /// Every other path of it.
    pub(super) fn others(&self, id: Id) -> impl Iterator<Item = String> {
        self.paths.get(&id).into_iter().flatten().skip(1).map(|path| path.join("::"))
    }

    /// Everything that can be named.
    pub(super) fn items(&self) -> impl Iterator<Item = Id> {
        self.paths.keys().copied()
    }
}

/// Whether an item is left out of the crate's pages.
pub(super) fn hidden(item: &Item) -> bool {
    item.attrs.iter().any(|attribute| {
        matches!(attribute, Attribute::Other(text) if text.starts_with("#[doc(") && text.contains("hidden"))
    })
}

struct Walk<'a> {
    document: &'a Crate,
    names: Names,
    /// The modules that are being walked, so that a re-export of one of them ends.
    open: Vec<Id>,
    steps: usize,
}

impl<'a> Walk<'a> {
    fn module(&mut self, id: Id, path: &mut Vec<String>) {
        let Some(ItemEnum::Module(module)) = self.document.index.get(&id).map(|item| &item.inner) else {
            return;
        };
        if self.open.contains(&id) || path.len() > LONGEST_PATH {
            return;
        }
        self.open.push(id);
        let explicit: BTreeSet<String> = module.items.iter().filter_map(|id| self.own_name(*id)).collect();
        for child in &module.items {
            self.child(*child, path, &|_| true);
        }
        // What stands in a module itself hides what a glob brings.
        for child in &module.items {
            self.glob(*child, path, &|name| !explicit.contains(name));
        }
        self.open.pop();
    }

    /// What a module's own declarations and named re-exports make public.
    fn child(&mut self, id: Id, path: &mut Vec<String>, wanted: &dyn Fn(&str) -> bool) {
        let Some(item) = self.public(id) else { return };
        match &item.inner {
            ItemEnum::Use(import) if import.is_glob => {}
            ItemEnum::Use(import) if wanted(&import.name) => {
                path.push(import.name.clone());
                self.import(import, path);
                path.pop();
            }
            ItemEnum::Use(_) | ItemEnum::Impl(_) => {}
            _ => {
                let Some(name) = item.name.clone().filter(|name| wanted(name)) else { return };
                path.push(name);
                self.found(id, path);
                path.pop();
            }
        }
    }

    fn glob(&mut self, id: Id, path: &mut Vec<String>, wanted: &dyn Fn(&str) -> bool) {
        let Some(item) = self.public(id) else { return };
        let ItemEnum::Use(import) = &item.inner else { return };
        if !import.is_glob {
            return;
        }
        let target = import.id.and_then(|id| self.document.index.get(&id).map(|item| (id, item)));
        match target {
            Some((id, Item { inner: ItemEnum::Module(module), .. })) => {
                if self.open.contains(&id) || path.len() > LONGEST_PATH {
                    return;
                }
                self.open.push(id);
                for child in &module.items {
                    self.child(*child, path, wanted);
                }
                for child in &module.items {
                    self.glob(*child, path, wanted);
                }
                self.open.pop();
            }
            Some((_, Item { inner: ItemEnum::Enum(variants), .. })) => {
                for variant in &variants.variants {
                    let name = self.document.index.get(variant).and_then(|item| item.name.clone());
                    if let Some(name) = name.filter(|name| wanted(name)) {
                        path.push(name);
                        self.record(*variant, path);
                        path.pop();
                    }
                }
            }
            Some(_) | None => {
                let key = path.iter().map(String::as_str).chain(["*"]).collect::<Vec<_>>().join("::");
                let foreign = Foreign { id: import.id, source: import.source.clone(), glob: true };
                self.names.foreign.insert(format!("{key} {}", import.source), foreign);
            }
        }
    }

    fn import(&mut self, import: &Use, path: &mut Vec<String>) {
        let mut target = import.id;
        for _ in 0..LONGEST_CHAIN {
            let Some(id) = target else { break };
            match self.document.index.get(&id).map(|item| (&item.inner, item.crate_id)) {
                Some((ItemEnum::Use(next), _)) if !next.is_glob => target = next.id,
                Some((_, 0)) => return self.found(id, path),
                Some(_) | None => break,
            }
        }
        let foreign = Foreign { id: target, source: import.source.clone(), glob: false };
        self.names.foreign.insert(path.join("::"), foreign);
    }

    fn found(&mut self, id: Id, path: &mut Vec<String>) {
        self.record(id, path);
        self.module(id, path);
    }

    fn record(&mut self, id: Id, path: &[String]) {
        self.steps += 1;
        if self.steps <= MOST_PATHS {
            self.names.paths.entry(id).or_default().push(path.to_vec());
        }
    }

    fn public(&self, id: Id) -> Option<&'a Item> {
        let item = self.document.index.get(&id)?;
        matches!(item.visibility, Visibility::Public).then_some(item)
    }

    fn own_name(&self, id: Id) -> Option<String> {
        let item = self.document.index.get(&id)?;
        match &item.inner {
            ItemEnum::Use(import) => (!import.is_glob).then(|| import.name.clone()),
            _ => item.name.clone(),
        }
    }
}
