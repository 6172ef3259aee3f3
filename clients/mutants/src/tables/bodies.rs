//! What is written into bodies and queries, and read out of answers.

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode};
use serde_json::{Value, json};

use super::references::target;
use crate::Mutant;
use crate::broken::Broken;

pub(super) const TABLE: &[Mutant] = &[
    Mutant {
        id: "amounts-as-floats",
        story: "writes amounts as floating-point numbers",
        build: || {
            Broken::request(|request| {
                body(&mut request.body, |value| {
                    amounts(value, |amounts| {
                        for number in amounts
                            .iter_mut()
                            .filter_map(Value::as_object_mut)
                            .flat_map(|amount| amount.values_mut())
                        {
                            #[allow(
                                clippy::cast_possible_truncation,
                                reason = "the loss is what is wrong with it"
                            )]
                            if let Some(float) = number.as_f64() {
                                *number = json!(float as i64);
                            }
                        }
                    })
                })
            })
        },
    },
    Mutant {
        id: "amounts-of-zero-left-out",
        story: "leaves out amounts of zero",
        build: || {
            Broken::request(|request| {
                body(&mut request.body, |value| {
                    amounts(value, |amounts| {
                        for amount in amounts.iter_mut().filter_map(Value::as_object_mut) {
                            amount.retain(|_, number| number.as_i64() != Some(0));
                        }
                    })
                })
            })
        },
    },
    Mutant {
        id: "amounts-empty-left-out",
        story: "leaves out an empty list of amounts",
        build: || {
            Broken::request(|request| {
                body(&mut request.body, |value| {
                    if let Some(spec) = value.get_mut("spec").and_then(Value::as_object_mut) {
                        spec.retain(|key, list| {
                            key != "allocations" || list.as_array().is_none_or(|list| !list.is_empty())
                        });
                    }
                })
            })
        },
    },
    Mutant {
        id: "amounts-sorted",
        story: "sorts amounts by kind",
        build: || {
            Broken::request(|request| {
                body(&mut request.body, |value| {
                    amounts(value, |amounts| {
                        amounts.sort_by_key(|amount| amount["kind"].to_string());
                    })
                })
            })
        },
    },
    Mutant {
        id: "amounts-cut",
        story: "returns no more than one amount of an allocation",
        build: || {
            Broken::answer(|_, received| {
                body(&mut received.body, |value| {
                    amounts(value, |amounts| {
                        amounts.truncate(1);
                    })
                })
            })
        },
    },
    Mutant {
        id: "descriptions-left-out",
        story: "does not send descriptions",
        build: || {
            Broken::request(|request| {
                body(&mut request.body, |value| {
                    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
                        metadata.remove("description");
                    }
                })
            })
        },
    },
    Mutant {
        id: "bodies-in-ascii",
        story: "replaces what is not ASCII in bodies by question marks",
        build: || {
            Broken::request(|request| {
                let text = String::from_utf8_lossy(&request.body).into_owned();
                let ascii: String = text.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect();
                request.body = ascii.into();
            })
        },
    },
    Mutant {
        id: "content-type-on-reads",
        story: "says a content type where there is no content",
        build: || {
            Broken::request(|request| {
                let kind = HeaderValue::from_static("application/json");
                request.headers.insert(http::header::CONTENT_TYPE, kind);
            })
        },
    },
    Mutant {
        id: "content-type-left-out",
        story: "does not say what its bodies are",
        build: || Broken::request(|request| drop(request.headers.remove(http::header::CONTENT_TYPE))),
    },
    Mutant {
        id: "body-on-deletions",
        story: "sends an empty object with deletions",
        build: || {
            Broken::request(|request| {
                if request.method == Method::DELETE {
                    request.body = Bytes::from_static(b"{}");
                    let kind = HeaderValue::from_static("application/json");
                    request.headers.insert(http::header::CONTENT_TYPE, kind);
                }
            })
        },
    },
    Mutant {
        id: "filters-joined",
        story: "joins several ids to filter by with commas",
        build: || Broken::request(|request| target(request, joined)),
    },
    Mutant {
        id: "filters-left-out",
        story: "lists without its filters",
        build: || {
            Broken::request(|request| {
                target(request, |path| path.split('?').next().unwrap_or_default().to_owned());
            })
        },
    },
    Mutant {
        id: "lists-cut",
        story: "returns the first thing of a list only",
        build: || {
            Broken::answer(|_, received| {
                body(&mut received.body, |value| {
                    if let Some(list) = value.as_array_mut() {
                        list.truncate(1);
                    }
                })
            })
        },
    },
    Mutant {
        id: "lists-sorted-by-name",
        story: "returns lists in an order of its own",
        build: || {
            Broken::answer(|_, received| {
                body(&mut received.body, |value| {
                    if let Some(list) = value.as_array_mut() {
                        list.sort_by_key(|thing| std::cmp::Reverse(thing["metadata"]["name"].to_string()));
                    }
                })
            })
        },
    },
    Mutant {
        id: "deleted-things-hidden",
        story: "leaves out of a list what is being deleted",
        build: || {
            Broken::answer(|_, received| {
                body(&mut received.body, |value| {
                    if let Some(list) = value.as_array_mut() {
                        list.retain(|thing| thing["metadata"]["deletionTime"].is_null());
                    }
                })
            })
        },
    },
    Mutant {
        id: "unknown-members-refused",
        story: "refuses a thing that has members which it does not know",
        build: || {
            Broken::answer(|_, received| {
                let strange = |thing: &Value| {
                    let known = ["metadata", "spec", "status"];
                    let states =
                        ["unknown", "provisioning", "provisioned", "deprovisioning", "error", "pending"];
                    let state = thing["metadata"]["provisioningStatus"].as_str();
                    state.is_some_and(|state| !states.contains(&state))
                        || thing.as_object().is_some_and(|members| {
                            members.contains_key("metadata")
                                && members.keys().any(|key| !known.contains(&key.as_str()))
                        })
                };
                if serde_json::from_slice::<Value>(&received.body).is_ok_and(|thing| strange(&thing)) {
                    received.body = Bytes::from_static(b"{}");
                }
            })
        },
    },
    Mutant { id: "reads-touch", story: "writes back what it has read", build: || Broken::layer(|| Touch) },
    Mutant {
        id: "deletions-of-missing-things-succeed",
        story: "takes every deletion that finds nothing for success",
        build: || {
            Broken::answer(|asked, received| {
                if asked.starts_with("DELETE ") && received.head.status == StatusCode::NOT_FOUND {
                    received.head.status = if asked.contains("/references/") {
                        StatusCode::NO_CONTENT
                    } else {
                        StatusCode::ACCEPTED
                    };
                }
            })
        },
    },
    Mutant {
        id: "reads-from-memory",
        story: "answers a read from memory, whoever asks",
        build: || Broken::layer(crate::layers::Cached::default),
    },
    Mutant {
        id: "quantities-lowered",
        story: "sends quantities that are one too small",
        build: || {
            Broken::request(|request| {
                body(&mut request.body, |value| {
                    for quota in value.get_mut("quotas").and_then(Value::as_array_mut).into_iter().flatten() {
                        if let Some(quantity) = quota["quantity"].as_i64() {
                            quota["quantity"] = json!(quantity - 1);
                        }
                    }
                })
            })
        },
    },
];

/// Changes a body of JSON; any other stays.
pub(super) fn body(bytes: &mut Bytes, change: impl FnOnce(&mut Value)) {
    let Ok(mut value) = serde_json::from_slice::<Value>(bytes) else { return };
    let before = value.clone();
    change(&mut value);
    if value != before {
        *bytes = value.to_string().into();
    }
}

fn amounts(value: &mut Value, change: impl FnOnce(&mut Vec<Value>)) {
    let list =
        value.get_mut("spec").and_then(|spec| spec.get_mut("allocations")).and_then(Value::as_array_mut);
    if let Some(list) = list {
        change(list);
    }
}

/// `a=1&a=2&b=3` as `a=1,2&b=3`.
fn joined(path: &str) -> String {
    let Some((path, query)) = path.split_once('?') else { return path.to_owned() };
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        match pairs.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) => values.push_str(&format!("%2C{value}")),
            None => pairs.push((name.to_owned(), value.to_owned())),
        }
    }
    let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{path}?{}", pairs.join("&"))
}

struct Touch;

impl plumbline_reference::Layer for Touch {
    fn exchange<'a>(
        &'a self,
        request: plumbline_reference::Outgoing,
        next: plumbline_reference::Next<'a>,
    ) -> plumbline_reference::ExchangeFuture<'a> {
        Box::pin(async move {
            let received = next.send(request.clone()).await?;
            if request.operation.name.starts_with("read a") && received.head.status == StatusCode::OK {
                let mut back = request;
                back.method = Method::PUT;
                back.body = received.body.clone();
                let kind = HeaderValue::from_static("application/json");
                back.headers.insert(http::header::CONTENT_TYPE, kind);
                let _whatever = next.send(back).await;
            }
            Ok(received)
        })
    }
}
