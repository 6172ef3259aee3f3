//! Asks the engine, and holds what it decides to what must hold of anything.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_fake_server::contract;
use plumbline_fake_server::engine::{Engine, Options};
use plumbline_fake_server::exchange::{Answer, ChangeVerb, Decision, Incoming, Layer, Response};
use plumbline_fake_server::repaired::Defects;
use plumbline_fake_server::world::World;
use plumbline_fake_server::{Pki, exchange::Service};
use plumbline_player::{incoming, keyring};
use plumbline_vectors::message::{Builder, Hop};
use plumbline_vectors::{Bindings, Keyring};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use crate::defects;
use crate::generate::{self, Asked, MADE};
use crate::less;

/// Texts shorter than this stand in many an answer by chance.
const TELLING: usize = 9;

/// A world to ask in, and what to ask with.
pub(crate) struct Ground {
    world: Arc<World>,
    keyring: Keyring,
    fresh: Engine,
    defects: Defects,
}

impl Ground {
    pub(crate) fn new(defects: Defects) -> Self {
        let world = World::shared();
        let pki = Pki::of(&world).expect("this machine can make keys");
        let keyring = keyring::of(&world, &pki).expect("the world's credentials can be made");
        let fresh = Engine::new(Arc::clone(&world), Options { defects, ..Options::default() });
        Self { world, keyring, fresh, defects }
    }

    pub(crate) fn world(&self) -> &World {
        &self.world
    }

    pub(crate) fn operations(&self) -> impl Iterator<Item = &'static str> {
        let services = [Service::Identity, Service::Region];
        services
            .into_iter()
            .flat_map(|service| contract::document(service).operations())
            .map(|it| it.id.as_str())
    }

    /// How often each operation was reached by sequences made by chance, and succeeded.
    pub(crate) fn reached(&self, sequences: usize) -> BTreeMap<String, usize> {
        let mut runner = TestRunner::new_with_rng(Config::default(), generate::chance());
        let sequence = proptest::collection::vec(generate::asked(&self.world), 1..9);
        let mut reached = BTreeMap::new();
        for _ in 0..sequences {
            let mut asking = Asking::begin(self);
            for asked in sequence.new_tree(&mut runner).expect("nothing is filtered").current() {
                let Some(incoming) = asking.message(&asked) else { continue };
                let decision = asking.decide(&incoming);
                let Some(operation) = &decision.operation else { continue };
                *reached.entry(operation.clone()).or_default() += usize::from(status(&decision) < 400);
            }
        }
        reached
    }

    /// Asks one after another.
    pub(crate) fn hold(&self, sequence: &[Asked]) -> Result<(), String> {
        let mut asking = Asking::begin(self);
        for (at, asked) in sequence.iter().enumerate() {
            let Some(incoming) = asking.message(asked) else { continue };
            let before = asking.engine.clone();
            let decision = asking.decide(&incoming);
            let case = Case {
                asking: &asking,
                earlier: &sequence[..at],
                asked,
                incoming: &incoming,
                before: &before,
                decision: &decision,
                defects: self.defects,
            };
            case.hold().map_err(|broken| format!("{broken}\n{}", case.describe(&asked.operation)))?;
        }
        Ok(())
    }
}

/// A sequence under way.
struct Asking<'a> {
    ground: &'a Ground,
    engine: Engine,
    made: String,
}

impl<'a> Asking<'a> {
    fn begin(ground: &'a Ground) -> Self {
        let made = "00000000-0000-4000-8000-00000000eeee".to_owned();
        Self { ground, engine: ground.fresh.clone(), made }
    }

    /// None: the credentials cannot be made, as when a key of another type is to sign.
    fn message(&self, asked: &Asked) -> Option<Incoming> {
        let mut request = asked.request.clone();
        request.path = request.path.replace(MADE, &self.made);
        let builder = Builder::new(&self.ground.keyring, Hop::Service);
        let message = builder.build(asked.service, &request, &Bindings::default()).ok()?;
        Some(incoming(asked.service, &message))
    }

    fn decide(&mut self, incoming: &Incoming) -> Decision {
        let decision = self.engine.decide(incoming);
        let mut made = decision.changes.iter().filter(|change| change.verb == ChangeVerb::Created);
        if let Some(made) = made.next_back() {
            self.made.clone_from(&made.id);
        }
        decision
    }
}

/// One request, the state it met and what was decided.
pub(crate) struct Case<'a> {
    asking: &'a Asking<'a>,
    earlier: &'a [Asked],
    pub(crate) asked: &'a Asked,
    pub(crate) incoming: &'a Incoming,
    before: &'a Engine,
    pub(crate) decision: &'a Decision,
    defects: Defects,
}

impl Case<'_> {
    fn hold(&self) -> Result<(), String> {
        self.nobody_is_blamed_for_another()?;
        self.declared()?;
        self.refusals_leave_no_effect()?;
        self.refusals_quote_nobody()?;
        self.does_not_depend_on_who_asked_before()?;
        self.whoever_shows_nothing_gets_nothing()?;
        self.leaving_something_out_opens_nothing()?;
        self.losing_a_role_opens_nothing()?;
        Ok(())
    }

    /// The known defect that excuses something, unless they are repaired.
    fn known(&self, defect: fn(&Self) -> Option<&'static str>) -> Option<&'static str> {
        defect(self).filter(|_| self.defects == Defects::Kept)
    }

    /// Whether somebody asked before by a token in which he is called like a service.
    pub(crate) fn follows_a_namesake(&self) -> bool {
        let world = self.asking.ground.world();
        let tokens = self.earlier.iter().filter_map(|it| world.tokens.get(it.request.bearer.as_ref()?));
        tokens.into_iter().any(|token| world.system_accounts.contains_key(&token.subject))
    }

    pub(crate) fn response(&self) -> &Response {
        let (Answer::Response(response) | Answer::Abort(response)) = &self.decision.answer;
        response
    }

    /// No 5xx, and no connection that is cut.
    fn nobody_is_blamed_for_another(&self) -> Result<(), String> {
        let cut = matches!(self.decision.answer, Answer::Abort(_));
        if !cut && self.response().status < 500 {
            return Ok(());
        }
        match self.known(defects::blames_itself) {
            Some(_defect) => Ok(()),
            None if cut => Err("the connection is cut".to_owned()),
            None => Err("the server blames itself for what its caller sent".to_owned()),
        }
    }

    /// A status that is sent is one that the document declares.
    fn declared(&self) -> Result<(), String> {
        let Some(id) = &self.decision.operation else { return Ok(()) };
        let Answer::Response(response) = &self.decision.answer else { return Ok(()) };
        let document = contract::document(self.incoming.service);
        let declared =
            document.operation(id).is_none_or(|it| it.replies.contains_key(&response.status.to_string()));
        // What comes before the operation is no matter of its own; a malformed request is one of any operation.
        let before = self.decision.layer < Layer::Handler || self.incoming.method == "OPTIONS";
        if declared || before || response.status == 400 {
            return Ok(());
        }
        Err(format!("{} is no status of {id}", response.status))
    }

    fn refusals_leave_no_effect(&self) -> Result<(), String> {
        let nothing_left = self.response().status < 400 || self.decision.changes.is_empty();
        if nothing_left || self.known(defects::leaves_something).is_some() {
            return Ok(());
        }
        Err(format!("a refusal with {} changed {:?}", self.response().status, self.decision.changes))
    }

    /// No text of the request's body or credentials stands in a refusal, and so none can be lured out of a log.
    fn refusals_quote_nobody(&self) -> Result<(), String> {
        if self.response().status < 400 || self.known(defects::quotes).is_some() {
            return Ok(());
        }
        let answer = String::from_utf8_lossy(&self.response().body).into_owned();
        let secrets = ["Authorization", "X-Principal", "Unikorn-Client-Certificate", "Ssl-Client-Cert"];
        let secrets = secrets.iter().filter_map(|name| self.incoming.header(name)).map(str::to_owned);
        let body =
            serde_json::from_slice::<Value>(&self.incoming.body).map(|body| texts(&body)).unwrap_or_default();
        match secrets.chain(body).find(|text| text.len() >= TELLING && answer.contains(text.as_str())) {
            None => Ok(()),
            Some(quoted) => Err(format!("a refusal quotes {quoted:?}: {answer}")),
        }
    }

    /// What the services keep in memory of earlier requests must not show.
    fn does_not_depend_on_who_asked_before(&self) -> Result<(), String> {
        let mut forgetful = self.before.clone();
        forgetful.restart();
        let again = forgetful.decide(self.incoming);
        let same = (again.layer, status(&again)) == (self.decision.layer, status(self.decision));
        if same || self.known(defects::remembers).is_some() {
            return Ok(());
        }
        Err(format!("asked of a server that remembers nobody: {} by {:?}", status(&again), again.layer))
    }

    fn whoever_shows_nothing_gets_nothing(&self) -> Result<(), String> {
        let credentials = [
            "Authorization",
            "Ssl-Client-Cert",
            "Ssl-Client-Verify",
            "Unikorn-Client-Certificate",
            "X-Principal",
        ];
        let mut bare = self.incoming.clone();
        bare.headers.retain(|(name, _)| !credentials.iter().any(|it| it.eq_ignore_ascii_case(name)));
        let secured = Engine::operation(contract::Contract::Published, self.incoming)
            .and_then(|id| contract::document(self.incoming.service).operation(id))
            .is_some_and(|operation| operation.secured);
        if !secured || self.incoming.method == "OPTIONS" {
            return Ok(());
        }
        let decision = self.before.clone().decide(&bare);
        if status(&decision) < 400 {
            Err(format!("without any credential: {}", status(&decision)))
        } else {
            Ok(())
        }
    }

    /// What is denied stays denied when less is shown.
    fn leaving_something_out_opens_nothing(&self) -> Result<(), String> {
        if !self.is_denied() {
            return Ok(());
        }
        for (what, less) in less::requests(&self.asked.request) {
            let less = Asked { request: less, ..self.asked.clone() };
            let Some(less) = self.asking.message(&less) else { continue };
            let decision = self.before.clone().decide(&less);
            if status(&decision) < 300 {
                return Err(format!("denied, and done without {what}: {}", status(&decision)));
            }
        }
        Ok(())
    }

    /// What is denied stays denied when its actor loses the roles of a group. Nothing that is kept of him may hide it.
    fn losing_a_role_opens_nothing(&self) -> Result<(), String> {
        let actor = less::actor(self.asking.ground.world(), &self.asked.request);
        let Some(actor) = actor.filter(|_| self.is_denied()) else { return Ok(()) };
        for group in less::groups_of(self.before.store(), &actor) {
            let mut less = self.before.clone();
            less.restart();
            let known = less.store_mut().groups.get_mut(&group).expect("it was found there");
            let roles = std::mem::take(&mut known.roles);
            // Whoever is given a role that does not exist is locked out, repaired or not (S-08).
            let is_role = |id: &String| self.asking.ground.world().roles.values().any(|role| role.id == *id);
            let decision = less.decide(self.incoming);
            if status(&decision) < 300 && roles.iter().all(is_role) {
                return Err(format!("denied, and done without the roles {roles:?}: {}", status(&decision)));
            }
        }
        Ok(())
    }

    /// Refused for who asks, by whatever status the services say so; not for what he says of somebody else.
    fn is_denied(&self) -> bool {
        match self.decision.layer {
            Layer::Authentication | Layer::AccessList => true,
            Layer::Handler => matches!(self.response().status, 401 | 403),
            _ => false,
        }
    }

    fn describe(&self, operation: &str) -> String {
        let headers = self.incoming.headers.iter();
        let headers: String = headers
            .map(|(name, value)| format!("  {name}: {:.120}\n", String::from_utf8_lossy(value)))
            .collect();
        format!(
            "{operation}: {} {}\n{headers}  {}\n{} by {:?}: {}",
            self.incoming.method,
            self.incoming.target,
            String::from_utf8_lossy(&self.incoming.body),
            self.response().status,
            self.decision.layer,
            String::from_utf8_lossy(&self.response().body),
        )
    }
}

fn status(decision: &Decision) -> u16 {
    let (Answer::Response(response) | Answer::Abort(response)) = &decision.answer;
    response.status
}

/// Every text in a value.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(members) => members.values().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}
