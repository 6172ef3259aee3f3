//! How a live request's principal is written.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use http::Method;
use plumbline_protocol::{ClientKind, Principal as Given};
use plumbline_reference::{Principal, PrincipalCodec};
use serde_json::{Map, Value};

use crate::Mutant;
use crate::broken::Broken;
use crate::layers::{Given as To, Sticky};

const PRINCIPAL: &str = "x-principal";

pub(super) const TABLE: &[Mutant] = &[
    Mutant {
        id: "principal-padded",
        story: "pads the principal's base64",
        build: || Broken::principals(Encoded(|json| URL_SAFE.encode(json))),
    },
    Mutant {
        id: "principal-standard-alphabet",
        story: "writes the principal in base64 with `+` and `/`",
        build: || Broken::principals(Encoded(|json| STANDARD_NO_PAD.encode(json))),
    },
    Mutant {
        id: "principal-bare-json",
        story: "sends the principal's JSON as it is",
        build: || Broken::principals(Encoded(str::to_owned)),
    },
    Mutant {
        id: "principal-first-stays",
        story: "sends the first caller's principal for every later one",
        build: || Broken::layer(|| Sticky::new(PRINCIPAL, To::Always)),
    },
    Mutant {
        id: "principal-empty-members-sent",
        story: "writes members that hold nothing as empty text",
        build: || {
            Broken::principals(Members(|members| {
                for member in ["organizationId", "projectId", "actor"] {
                    members.entry(member).or_insert_with(|| "".into());
                }
            }))
        },
    },
    Mutant {
        id: "principal-type-invented",
        story: "takes an actor without a type for a user",
        build: || {
            Broken::principals(Members(|members| {
                if members.contains_key("actor") {
                    members.entry("type").or_insert_with(|| "user".into());
                }
            }))
        },
    },
    Mutant {
        id: "principal-type-always-user",
        story: "sends every actor as a user",
        build: || {
            Broken::principals(Members(|members| {
                if let Some(kind) = members.get_mut("type") {
                    *kind = "user".into();
                }
            }))
        },
    },
    Mutant {
        id: "principal-organizations-left-out",
        story: "leaves out the organizations that an actor belongs to",
        build: || Broken::principals(Members(|members| drop(members.remove("organizationIds")))),
    },
    Mutant {
        id: "principal-project-left-out",
        story: "leaves out the project that an actor acts in",
        build: || Broken::principals(Members(|members| drop(members.remove("projectId")))),
    },
    Mutant {
        id: "principal-cut",
        story: "cuts what is longer than a thousand characters",
        build: || Broken::principals(Texts(|text| text.chars().take(1000).collect())),
    },
    Mutant {
        id: "principal-ascii-only",
        story: "replaces what is not ASCII by question marks",
        build: || {
            Broken::principals(Texts(|text| {
                text.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect()
            }))
        },
    },
    Mutant {
        id: "principal-lower-case",
        story: "puts ids and names into lower case",
        build: || Broken::principals(Texts(str::to_lowercase)),
    },
    Mutant {
        id: "principal-html-escaped",
        story: "escapes `<`, `>` and `&` as a web page does",
        build: || {
            Broken::principals(Texts(|text| {
                text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
            }))
        },
    },
    Mutant {
        id: "principal-control-characters-dropped",
        story: "drops control characters from names",
        build: || Broken::principals(Texts(|text| text.chars().filter(|c| !c.is_control()).collect())),
    },
    Mutant {
        id: "principal-path-cleaned",
        story: "drops dots and slashes from ids",
        build: || Broken::principals(Texts(|text| text.replace("../", ""))),
    },
    Mutant {
        id: "principal-missing-is-empty",
        story: "makes a call for nobody with an empty principal",
        build: || {
            Broken::call(|_, call| {
                if call.client == ClientKind::Api {
                    call.context.principal.get_or_insert_with(Given::default);
                }
            })
        },
    },
    Mutant {
        id: "principal-on-reads-only",
        story: "sends the principal with reads only",
        build: || {
            Broken::request(|request| {
                if request.method != Method::GET {
                    request.headers.remove(PRINCIPAL);
                }
            })
        },
    },
    Mutant {
        id: "principal-twice",
        story: "sends the principal in two headers",
        build: || {
            Broken::request(|request| {
                if let Some(value) = request.headers.get(PRINCIPAL).cloned() {
                    request.headers.append(PRINCIPAL, value);
                }
            })
        },
    },
    Mutant {
        id: "principal-empty-left-out",
        story: "sends no principal when it holds nothing",
        build: || {
            Broken::request(|request| {
                let empty = URL_SAFE_NO_PAD.encode("{}");
                if request.headers.get(PRINCIPAL).is_some_and(|value| value.as_bytes() == empty.as_bytes()) {
                    request.headers.remove(PRINCIPAL);
                }
            })
        },
    },
    Mutant {
        id: "principal-signed-for-live-requests",
        story: "signs a live request's principal, since it has the key",
        build: || {
            Broken::call(|_, call| {
                let Some(principal) = call.context.principal.clone() else { return };
                if call.client == ClientKind::Api && call.resource.is_none() {
                    call.client = ClientKind::Controller;
                    call.resource = Some(super::resource::remembering(&principal));
                }
            })
        },
    },
];

/// Encodes the JSON differently.
struct Encoded(fn(&str) -> String);

impl PrincipalCodec for Encoded {
    fn plain(&self, json: &str) -> String {
        (self.0)(json)
    }
}

/// Writes other members.
struct Members(fn(&mut Map<String, Value>));

impl PrincipalCodec for Members {
    fn json(&self, principal: &Principal) -> String {
        changed(principal, self.0)
    }
}

/// Writes other texts.
struct Texts(fn(&str) -> String);

impl PrincipalCodec for Texts {
    fn json(&self, principal: &Principal) -> String {
        changed(principal, |members| {
            members.values_mut().for_each(|value| {
                if let Value::String(text) = value {
                    *text = (self.0)(text);
                }
            });
        })
    }
}

fn changed(principal: &Principal, change: impl FnOnce(&mut Map<String, Value>)) -> String {
    let mut json = serde_json::to_value(principal).expect("a principal is text all through");
    change(json.as_object_mut().expect("a principal is an object"));
    json.to_string()
}
