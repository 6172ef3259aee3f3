//! Whether a trait can be implemented outside its crate.

use rustdoc_types::{GenericBound, ItemEnum, Trait, Type, Visibility};

use super::types::Writer;

/// A trait is sealed when implementing it takes something that others cannot name: a supertrait that has no public path,
/// or a type of that sort in a method that must be written.
pub(super) fn sealed(writer: &Writer<'_>, it: &Trait) -> bool {
    let bounds = it.bounds.iter().any(|bound| match bound {
        GenericBound::TraitBound { trait_, .. } => closed(writer, trait_.id),
        GenericBound::Outlives(_) | GenericBound::Use(_) => false,
    });
    bounds
        || it.items.iter().any(|id| {
            let inner = writer.document.index.get(id).map(|item| &item.inner);
            match inner {
                Some(ItemEnum::Function(function)) if !function.has_body => {
                    function.sig.inputs.iter().any(|(_, type_)| unnameable(writer, type_))
                }
                _ => false,
            }
        })
}

/// A trait of this crate that has no public path, or is sealed itself.
fn closed(writer: &Writer<'_>, id: rustdoc_types::Id) -> bool {
    let Some(item) = writer.document.index.get(&id).filter(|item| item.crate_id == 0) else { return false };
    let ItemEnum::Trait(it) = &item.inner else { return false };
    // A blanket implementation lets everybody in through another door.
    let blanket = it.implementations.iter().any(|id| {
        let inner = writer.document.index.get(id).map(|item| &item.inner);
        matches!(inner, Some(ItemEnum::Impl(it)) if matches!(it.for_, Type::Generic(_)))
    });
    writer.names.name(id).is_none() && !blanket
}

fn unnameable(writer: &Writer<'_>, type_: &Type) -> bool {
    match type_ {
        Type::ResolvedPath(path) => {
            let here = writer.document.index.get(&path.id).filter(|item| item.crate_id == 0);
            here.is_some_and(|item| {
                writer.names.name(path.id).is_none() || !matches!(item.visibility, Visibility::Public)
            })
        }
        Type::BorrowedRef { type_, .. } => unnameable(writer, type_),
        _ => false,
    }
}
