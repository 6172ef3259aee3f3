//! Which requests meet which fault.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::counted::Counted;
use super::{Fault, Requests, Rule};
use crate::contract::Contract;
use crate::engine::Engine;
use crate::exchange::Incoming;

/// Names a rule in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleId(u64);

/// The rules for requests.
#[derive(Debug, Default)]
pub(crate) struct Rules(Counted<Requests, Fault>);

impl Rules {
    pub(crate) fn inject(&mut self, rule: Rule) -> RuleId {
        RuleId(self.0.inject(rule.requests, rule.occurrence, rule.fault))
    }

    pub(crate) fn withdraw(&mut self, id: RuleId) -> Option<u64> {
        self.0.withdraw(id.0)
    }

    /// The fault that a request meets.
    pub(crate) fn meet(&mut self, contract: Contract, incoming: &Incoming) -> Option<Fault> {
        self.0.meet(|requests| fits(requests, contract, incoming))
    }
}

fn fits(requests: &Requests, contract: Contract, incoming: &Incoming) -> bool {
    let Requests { service, method, target_prefix, operation, principal } = requests;
    service.is_none_or(|service| service == incoming.service)
        && method.as_ref().is_none_or(|method| *method == incoming.method)
        && target_prefix.as_ref().is_none_or(|prefix| incoming.target.starts_with(prefix))
        && operation.as_ref().is_none_or(|operation| Engine::operation(contract, incoming) == Some(operation))
        && principal.as_ref().is_none_or(|principal| carried(incoming).as_ref() == Some(principal))
}

/// The JSON of a request's principal: all of the header, or the middle part of a JWS.
fn carried(incoming: &Incoming) -> Option<Value> {
    let text = incoming.header("X-Principal")?;
    let payload = text.split('.').nth(1).unwrap_or(text);
    let json = URL_SAFE_NO_PAD.decode(payload).ok()?;
    serde_json::from_slice(&json).ok()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::exchange::{Response, Service};
    use crate::fault::Occurrence;

    fn incoming(method: &str, target: &str) -> Incoming {
        Incoming {
            service: Service::Identity,
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    #[test]
    fn a_rule_can_be_about_one_principal_in_either_encoding() {
        let mut rules = Rules::default();
        let alice = serde_json::json!({ "actor": "alice" });
        rules.inject(Rule::each(reply(503)).on(Requests { principal: Some(alice), ..Requests::default() }));
        let carrying = |text: &str| {
            let mut request = incoming("GET", "/a");
            request.headers.push(("X-Principal".to_owned(), Bytes::copy_from_slice(text.as_bytes())));
            request
        };
        let (alice, bob) =
            (URL_SAFE_NO_PAD.encode(r#"{"actor":"alice"}"#), URL_SAFE_NO_PAD.encode(r#"{"actor":"bob"}"#));
        meets(&mut rules, &carrying(&alice), Some(503));
        meets(&mut rules, &carrying(&format!("e30.{alice}.c2ln")), Some(503));
        meets(&mut rules, &carrying(&bob), None);
        meets(&mut rules, &incoming("GET", "/a"), None);
    }

    fn reply(status: u16) -> Fault {
        Fault::reply(Response { status, headers: Vec::new(), body: Bytes::new() })
    }

    #[track_caller]
    fn meets(rules: &mut Rules, request: &Incoming, expected: Option<u16>) {
        let status =
            rules.meet(Contract::Published, request).and_then(|fault| fault.reply).map(|reply| reply.status);
        assert_eq!(status, expected);
    }

    #[test]
    fn occurrences_are_counted_from_the_injection_and_by_kind_of_request() {
        let mut rules = Rules::default();
        meets(&mut rules, &incoming("GET", "/a"), None);
        let puts = Requests { method: Some("PUT".to_owned()), ..Requests::default() };
        let second = rules.inject(Rule::nth(2, reply(503)).on(puts));

        meets(&mut rules, &incoming("PUT", "/a"), None);
        meets(&mut rules, &incoming("GET", "/a"), None);
        meets(&mut rules, &incoming("PUT", "/b"), Some(503));
        meets(&mut rules, &incoming("PUT", "/b"), None);
        assert_eq!(rules.withdraw(second), Some(1));
        assert_eq!(rules.withdraw(second), None);
    }

    #[test]
    fn a_rule_can_begin_somewhere_and_stay() {
        let mut rules = Rules::default();
        let later = rules.inject(Rule { occurrence: Occurrence::From(2), ..Rule::each(reply(503)) });

        meets(&mut rules, &incoming("GET", "/a"), None);
        meets(&mut rules, &incoming("GET", "/a"), Some(503));
        meets(&mut rules, &incoming("GET", "/a"), Some(503));
        assert_eq!(rules.withdraw(later), Some(2));
    }

    #[test]
    fn operations_go_by_their_ids() {
        let id = "identity.projects.delete".to_owned();
        let mut rules = Rules::default();
        rules.inject(Rule::each(reply(503)).on(Requests { operation: Some(id), ..Requests::default() }));

        meets(&mut rules, &incoming("DELETE", "/api/v1/organizations/1/projects/2"), Some(503));
        meets(&mut rules, &incoming("GET", "/api/v1/organizations/1/projects/2"), None);
        meets(&mut rules, &incoming("DELETE", "/api/v1/organizations/1/projects"), None);
        meets(&mut rules, &incoming("DELETE", "%"), None);
    }

    #[test]
    fn the_first_rule_wins_and_the_others_count() {
        let mut rules = Rules::default();
        let prefix = Requests { target_prefix: Some("/a".to_owned()), ..Requests::default() };
        rules.inject(Rule { occurrence: Occurrence::First(1), ..Rule::each(reply(500)) }.on(prefix));
        rules.inject(Rule::nth(2, reply(501)));
        let each = rules.inject(Rule::each(reply(502)));

        meets(&mut rules, &incoming("GET", "/a"), Some(500));
        meets(&mut rules, &incoming("GET", "/a"), Some(501));
        meets(&mut rules, &incoming("GET", "/a"), Some(502));
        assert_eq!(rules.withdraw(each), Some(1));
    }
}
