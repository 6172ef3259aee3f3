//! The OpenAPI documents that the fake serves and is held to, read once a process.

use plumbline_openapi::Document;
use std::sync::OnceLock;

use crate::exchange::Service;

const IDENTITY: &str = include_str!("../openapi/identity.yaml");
const REGION: &str = include_str!("../openapi/region.yaml");
const COMMON: (&str, &str) = ("common.yaml", include_str!("../openapi/common.yaml"));

/// A service's document.
#[must_use]
pub fn document(service: Service) -> &'static Document {
    static IDENTITY_DOCUMENT: OnceLock<Document> = OnceLock::new();
    static REGION_DOCUMENT: OnceLock<Document> = OnceLock::new();
    match service {
        Service::Identity => IDENTITY_DOCUMENT.get_or_init(|| load("identity.yaml", IDENTITY)),
        Service::Region => REGION_DOCUMENT.get_or_init(|| load("region.yaml", REGION)),
    }
}

/// Reads both documents and compiles what is in them ahead, so that no request waits for that.
pub(crate) fn warm() {
    for service in [Service::Identity, Service::Region] {
        document(service).compile().expect("the embedded documents are compiled by a test");
    }
}

fn load(name: &str, text: &str) -> Document {
    Document::load(name, &[(name, text), COMMON]).expect("the embedded documents are loaded by a test")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_documents_load_with_unique_ids() {
        for (service, operations) in [(Service::Identity, 51), (Service::Region, 74)] {
            let document = document(service);
            document.compile().expect("every schema is one");
            assert_eq!(document.operations().len(), operations);
            let mut ids: Vec<_> = document.operations().iter().map(|operation| &operation.id).collect();
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), operations);
        }
    }
}
