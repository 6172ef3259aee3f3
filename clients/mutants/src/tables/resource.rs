//! How a resource's principal is rebuilt and signed.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderValue;
use plumbline_protocol::{ClientKind, Principal, Resource};
use plumbline_reference::{Presents, PrincipalCodec};
use rustls::SignatureScheme;
use rustls::sign::SigningKey;

use crate::Mutant;
use crate::broken::Broken;

pub(super) const ORGANIZATION: &str = "unikorn-cloud.org/organization";
pub(super) const PROJECT: &str = "unikorn-cloud.org/project";
const CREATOR: &str = "unikorn-cloud.org/creator";
const TWINS: [&str; 3] = [
    "principal.unikorn-cloud.org/organization",
    "principal.unikorn-cloud.org/project",
    "principal.unikorn-cloud.org/creator",
];

pub(super) const TABLE: &[Mutant] = &[
    Mutant {
        id: "twins-ignored",
        story: "takes no notice of labels and annotations prefixed with `principal.`",
        build: || {
            Broken::call(|_, call| {
                maps(call.resource.as_mut(), |map| {
                    TWINS.iter().for_each(|twin| drop(map.remove(*twin)));
                })
            })
        },
    },
    Mutant {
        id: "twins-correct-only",
        story: "uses a twin only where there is a plain value to replace",
        build: || {
            Broken::call(|_, call| {
                maps(call.resource.as_mut(), |map| {
                    for (twin, plain) in TWINS.iter().zip([ORGANIZATION, PROJECT, CREATOR]) {
                        if !map.contains_key(plain) {
                            map.remove(*twin);
                        }
                    }
                })
            })
        },
    },
    Mutant {
        id: "twins-empty-ignored",
        story: "takes an empty twin for none",
        build: || {
            Broken::call(|_, call| {
                maps(call.resource.as_mut(), |map| {
                    map.retain(|key, value| !TWINS.contains(&key.as_str()) || !value.is_empty());
                })
            })
        },
    },
    Mutant {
        id: "twins-all-or-none",
        story: "forgets the plain values of a map in which one twin stands",
        build: || {
            Broken::call(|_, call| {
                maps(call.resource.as_mut(), |map| {
                    if TWINS.iter().any(|twin| map.contains_key(*twin)) {
                        map.retain(|key, _| ![ORGANIZATION, PROJECT, CREATOR].contains(&key.as_str()));
                    }
                })
            })
        },
    },
    Mutant {
        id: "modifier-for-creator",
        story: "signs for whoever changed the resource last",
        build: || {
            Broken::call(|_, call| {
                maps(call.resource.as_mut(), |map| {
                    if let Some(modifier) = map.get("unikorn-cloud.org/modifier").cloned() {
                        map.insert(CREATOR.to_owned(), modifier);
                    }
                })
            })
        },
    },
    Mutant {
        id: "creator-made-up",
        story: "signs for `system` where a resource names no creator",
        build: || {
            Broken::call(|_, call| {
                let Some(resource) = &mut call.resource else { return };
                if call.client == ClientKind::Controller && resource.labels.is_some() {
                    let annotations = resource.annotations.get_or_insert_default();
                    annotations.entry(CREATOR.to_owned()).or_insert_with(|| "system".to_owned());
                }
            })
        },
    },
    Mutant {
        id: "missing-maps-are-empty",
        story: "takes a resource without labels or annotations for one with empty ones",
        build: || {
            Broken::call(|_, call| {
                if let Some(resource) = &mut call.resource {
                    resource.labels.get_or_insert_default();
                    resource.annotations.get_or_insert_default();
                }
            })
        },
    },
    Mutant {
        id: "empty-maps-are-missing",
        story: "takes empty labels or annotations for missing ones",
        build: || {
            Broken::call(|_, call| {
                let Some(resource) = &mut call.resource else { return };
                for map in [&mut resource.labels, &mut resource.annotations] {
                    *map = map.take().filter(|map| !map.is_empty());
                }
            })
        },
    },
    Mutant {
        id: "controller-for-the-caller",
        story: "lets a controller act for the caller in its context",
        build: || {
            Broken::call(|_, call| {
                if call.client == ClientKind::Controller
                    && let Some(principal) = &call.context.principal
                    && let Some(resource) = &mut call.resource
                {
                    let labels = resource.labels.get_or_insert_default();
                    for (twin, value) in
                        [(TWINS[0], &principal.organization_id), (TWINS[1], &principal.project_id)]
                    {
                        labels.insert(twin.to_owned(), value.clone().unwrap_or_default());
                    }
                    let annotations = resource.annotations.get_or_insert_default();
                    annotations.insert(TWINS[2].to_owned(), principal.actor.clone().unwrap_or_default());
                }
            })
        },
    },
    Mutant {
        id: "controller-for-the-first-resource",
        story: "signs for the first resource that it was given, whichever comes later",
        build: || Broken::layer(|| crate::layers::Sticky::new("x-principal", crate::layers::Given::Always)),
    },
    Mutant {
        id: "controller-unsigned",
        story: "sends a resource's principal without a signature",
        build: || {
            Broken::request(|request| {
                let payload = request.headers.get("x-principal").and_then(|value| {
                    let payload = value.to_str().ok()?.split('.').nth(1)?;
                    HeaderValue::from_str(payload).ok()
                });
                if let Some(payload) = payload {
                    request.headers.insert("x-principal", payload);
                }
            })
        },
    },
    Mutant {
        id: "signature-names-its-key",
        story: "names the key in the signature's header",
        build: || {
            Broken::principals(Signed {
                header: r#"{"alg":"PS512","kid":"client"}"#,
                schemes: &[SignatureScheme::RSA_PSS_SHA512],
            })
        },
    },
    Mutant {
        id: "signature-ps256",
        story: "signs by PS256",
        build: || {
            Broken::principals(Signed {
                header: r#"{"alg":"PS256"}"#,
                schemes: &[SignatureScheme::RSA_PSS_SHA256],
            })
        },
    },
    Mutant {
        id: "signature-rs512",
        story: "signs by RS512 and says PS512",
        build: || {
            Broken::principals(Signed {
                header: r#"{"alg":"PS512"}"#,
                schemes: &[SignatureScheme::RSA_PKCS1_SHA512],
            })
        },
    },
    Mutant {
        id: "signature-by-any-key",
        story: "signs with a key of any type",
        build: || {
            Broken::principals(Signed {
                header: r#"{"alg":"PS512"}"#,
                schemes: &[
                    SignatureScheme::RSA_PSS_SHA512,
                    SignatureScheme::ECDSA_NISTP256_SHA256,
                    SignatureScheme::ECDSA_NISTP384_SHA384,
                    SignatureScheme::ED25519,
                ],
            })
        },
    },
    Mutant {
        id: "signature-on-any-connection",
        story: "sends a signed request over whichever connection is open",
        build: || Broken::request(|request| request.presents = Presents::Any),
    },
];

/// A resource that remembers a principal.
pub(super) fn remembering(principal: &Principal) -> Resource {
    let map = |entries: [(&str, &Option<String>); 2]| {
        let entries = entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value.clone()?)));
        Some(entries.collect::<BTreeMap<_, _>>())
    };
    Resource {
        group: "compute.unikorn-cloud.org".to_owned(),
        kind: "ComputeCluster".to_owned(),
        plural: "computeclusters".to_owned(),
        name: "live".to_owned(),
        labels: map([(ORGANIZATION, &principal.organization_id), (PROJECT, &principal.project_id)]),
        annotations: map([(CREATOR, &principal.actor), ("unset", &None)]),
    }
}

fn maps(resource: Option<&mut Resource>, change: fn(&mut BTreeMap<String, String>)) {
    let Some(resource) = resource else { return };
    [&mut resource.labels, &mut resource.annotations].into_iter().flatten().for_each(change);
}

/// Signs by other algorithms, the first that the key knows.
struct Signed {
    header: &'static str,
    schemes: &'static [SignatureScheme],
}

impl PrincipalCodec for Signed {
    fn protected_header(&self) -> &str {
        self.header
    }

    fn sign(&self, key: &dyn SigningKey, message: &[u8]) -> Option<Result<Vec<u8>, rustls::Error>> {
        Some(key.choose_scheme(self.schemes)?.sign(message))
    }

    fn plain(&self, json: &str) -> String {
        URL_SAFE_NO_PAD.encode(json)
    }
}
