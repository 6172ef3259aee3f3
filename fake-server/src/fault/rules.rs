//! The rules in force, and how often each was reached.

use super::{Fault, Occurrence, Requests, Rule};
use crate::engine::Engine;
use crate::exchange::Incoming;

/// Names a rule in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleId(u64);

/// Rules in the order they were injected.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    last: u64,
    armed: Vec<Armed>,
}

#[derive(Debug)]
struct Armed {
    id: RuleId,
    rule: Rule,
    /// Requests it was about.
    seen: u64,
    /// Requests that met its fault.
    met: u64,
}

impl Rules {
    pub(crate) fn inject(&mut self, rule: Rule) -> RuleId {
        self.last += 1;
        let id = RuleId(self.last);
        self.armed.push(Armed { id, rule, seen: 0, met: 0 });
        id
    }

    /// Takes a rule away and says how many requests met its fault; none: there is no such rule.
    pub(crate) fn withdraw(&mut self, id: RuleId) -> Option<u64> {
        let place = self.armed.iter().position(|armed| armed.id == id)?;
        Some(self.armed.remove(place).met)
    }

    /// The fault that a request meets: of the rules that are for it, the first. The others count it all the same.
    pub(crate) fn meet(&mut self, incoming: &Incoming) -> Option<Fault> {
        let mut fault = None;
        for armed in self.armed.iter_mut().filter(|armed| fits(&armed.rule.requests, incoming)) {
            armed.seen += 1;
            let due = match armed.rule.occurrence {
                Occurrence::Each => true,
                Occurrence::Nth(nth) => armed.seen == nth,
                Occurrence::First(count) => armed.seen <= count,
            };
            if due && fault.is_none() {
                armed.met += 1;
                fault = Some(armed.rule.fault.clone());
            }
        }
        fault
    }
}

fn fits(requests: &Requests, incoming: &Incoming) -> bool {
    let Requests { service, method, target_prefix, operation } = requests;
    service.is_none_or(|service| service == incoming.service)
        && method.as_ref().is_none_or(|method| *method == incoming.method)
        && target_prefix.as_ref().is_none_or(|prefix| incoming.target.starts_with(prefix))
        && operation.as_ref().is_none_or(|operation| Engine::operation(incoming) == Some(operation))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::exchange::{Response, Service};

    fn incoming(method: &str, target: &str) -> Incoming {
        Incoming {
            service: Service::Identity,
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    fn reply(status: u16) -> Fault {
        Fault::reply(Response { status, headers: Vec::new(), body: Bytes::new() })
    }

    #[track_caller]
    fn meets(rules: &mut Rules, request: &Incoming, expected: Option<u16>) {
        let status = rules.meet(request).and_then(|fault| fault.reply).map(|reply| reply.status);
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
