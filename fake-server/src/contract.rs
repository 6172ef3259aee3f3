//! The OpenAPI documents that the fake serves and is held to, read once a process.

use plumbline_openapi::Document;
use std::sync::OnceLock;

use crate::exchange::Service;

const IDENTITY: (&str, &str) = ("identity.yaml", include_str!("../openapi/identity.yaml"));
const KEYED: (&str, &str) = ("keyed.yaml", include_str!("../openapi/keyed.yaml"));
const REGION: (&str, &str) = ("region.yaml", include_str!("../openapi/region.yaml"));
const COMMON: (&str, &str) = ("common.yaml", include_str!("../openapi/common.yaml"));

/// What the services promise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Contract {
    /// What the platform has published.
    #[default]
    Published,
    /// A revision of ours: a project has at most one allocation for a resource, so that its creation is safe to try
    /// again, and it can be found by the resource.
    Keyed,
}

impl Contract {
    /// A service's document.
    #[must_use]
    pub fn document(self, service: Service) -> &'static Document {
        static PUBLISHED_IDENTITY: OnceLock<Document> = OnceLock::new();
        static KEYED_IDENTITY: OnceLock<Document> = OnceLock::new();
        static ANY_REGION: OnceLock<Document> = OnceLock::new();
        match (service, self) {
            (Service::Identity, Self::Published) => PUBLISHED_IDENTITY.get_or_init(identity),
            (Service::Identity, Self::Keyed) => {
                KEYED_IDENTITY.get_or_init(|| identity().amended(load(&[KEYED, IDENTITY, COMMON])))
            }
            (Service::Region, Self::Published | Self::Keyed) => {
                ANY_REGION.get_or_init(|| load(&[REGION, COMMON]))
            }
        }
    }
}

/// The texts of the documents: of one service by file, the service's own first.
#[must_use]
pub fn texts(service: Service) -> [(&'static str, &'static str); 2] {
    match service {
        Service::Identity => [IDENTITY, COMMON],
        Service::Region => [REGION, COMMON],
    }
}

/// The text of what the revision of ours changes in identity's document.
#[must_use]
pub fn revision() -> (&'static str, &'static str) {
    KEYED
}

/// A service's document, as published.
#[must_use]
pub fn document(service: Service) -> &'static Document {
    Contract::Published.document(service)
}

/// Reads both published documents and compiles what is in them ahead, so that no request waits for that.
pub(crate) fn warm() {
    for service in [Service::Identity, Service::Region] {
        document(service).compile().expect("the embedded documents are compiled by a test");
    }
}

fn identity() -> Document {
    load(&[IDENTITY, COMMON])
}

/// Loads the first of some documents.
fn load(sources: &[(&str, &str)]) -> Document {
    let (name, _) = sources[0];
    Document::load(name, sources).expect("the embedded documents are loaded by a test")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_loads_with_unique_ids() {
        let documents = [
            (Contract::Published, Service::Identity, 51),
            (Contract::Keyed, Service::Identity, 52),
            (Contract::Published, Service::Region, 74),
            (Contract::Keyed, Service::Region, 74),
        ];
        for (contract, service, operations) in documents {
            let document = contract.document(service);
            document.compile().expect("every schema is one");
            assert_eq!(document.operations().len(), operations);
            let mut ids: Vec<_> = document.operations().iter().map(|operation| &operation.id).collect();
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), operations);
        }
    }
}
