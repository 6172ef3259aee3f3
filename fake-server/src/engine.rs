//! The decision on one request: every layer in the recorded order, then the operation, synchronously.

mod admitted;

use std::sync::Arc;

use bytes::Bytes;
use plumbline_openapi::{Document, Operation};

pub use admitted::{Admitted, OnBehalfOf, Rights};

use crate::acl::Acl;
use crate::api::public::{self, Visit};
use crate::api::{self, Call};
use crate::contract::Contract;
use crate::deviation::Deviation;
use crate::exchange::{Answer, Decision, Incoming, Layer, Response, Service};
use crate::middleware::access::{self, Asked, Incomputable, Kept};
use crate::middleware::answer_validation::Fitted;
use crate::middleware::authentication::{self, Caller, Shown, authenticate};
use crate::middleware::bearer::{Counted, Judge};
use crate::middleware::by_way_of_identity::{self, Passports};
use crate::middleware::certificate::Readings;
use crate::middleware::envelope::{Delivery, Refusal, Refused};
use crate::middleware::impersonation::Acting;
use crate::middleware::passport::Wanted;
use crate::middleware::principal::Principal;
use crate::middleware::target::Target;
use crate::middleware::{certificate, cors, path_parameters, principal, routing, trace, validation};
use crate::repaired::{self, Defects, Holders};
use crate::store::clock::{Clock, Ids};
use crate::store::{Store, StoreFault};
use crate::world::World;

/// How an engine behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Where ids and trace ids come from: the same seed gives the same ones.
    pub seed: u64,
    /// What becomes of an answer that the document does not declare.
    pub undeclared: Undeclared,
    /// What the services promise.
    pub contract: Contract,
    /// In which rule they differ from what was recorded; none: in none.
    pub deviation: Option<Deviation>,
    /// Whether their known defects are served.
    pub defects: Defects,
    /// What is remembered of requests for whoever goes on with them.
    pub remembered: Remembered,
}

/// What is remembered of requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Remembered {
    /// Nothing: a request is decided on, and that is all.
    #[default]
    Nothing,
    /// What a service knows of the latest one that was let in: see [`Engine::admitted`].
    Latest,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            undeclared: Undeclared::Abort,
            contract: Contract::default(),
            deviation: None,
            defects: Defects::default(),
            remembered: Remembered::default(),
        }
    }
}

/// What becomes of an answer that does not fit the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Undeclared {
    /// The connection is closed instead, as the real services do unless told otherwise.
    Abort,
    /// It is sent.
    Send,
}

/// Both services over one store. Deterministic: the same world, options and requests give the same decisions.
#[derive(Debug, Clone)]
pub struct Engine {
    world: Arc<World>,
    options: Options,
    store: Store,
    ids: Ids,
    clock: Clock,
    identity_lists: Kept,
    region_lists: Kept,
    passports: Passports,
    counted: Counted,
    holders: Holders,
    readings: Readings,
    fitted: Fitted,
    admitted: Option<Admitted>,
}

impl Engine {
    /// An engine on a fresh copy of that world.
    #[must_use]
    pub fn new(world: Arc<World>, options: Options) -> Self {
        let store = Store::seeded(&world);
        let clock = Clock::at(world.epoch);
        let ids = Ids::seeded(options.seed);
        Self {
            world,
            options,
            store,
            ids,
            clock,
            identity_lists: Kept::default(),
            region_lists: Kept::default(),
            passports: Passports::default(),
            counted: Counted::default(),
            holders: Holders::default(),
            readings: Readings::default(),
            fitted: Fitted::default(),
            admitted: None,
        }
    }

    /// The world it began with.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The state as it is.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What a service knows of the latest request, if it was let in and [`Options::remembered`] says so; none also when
    /// nobody had to be known.
    #[must_use]
    pub fn admitted(&self) -> Option<&Admitted> {
        self.admitted.as_ref()
    }

    /// Moves the clock forward.
    pub fn advance(&mut self, by: std::time::Duration) {
        self.clock = Clock::at(self.clock.now().saturating_add(by).unwrap_or(self.clock.now()));
    }

    /// The state, to be changed by other hands than those of requests. Lists that are kept do not follow it: see
    /// [`Engine::restart`].
    pub fn store_mut(&mut self) -> &mut Store {
        &mut self.store
    }

    /// Sets the clock; until then it stands at the world's epoch.
    pub fn set_clock(&mut self, clock: Clock) {
        self.clock = clock;
    }

    /// Lets the store refuse an access to come.
    pub fn refuse(&mut self, fault: StoreFault) {
        self.store.door.refuse(fault);
    }

    /// Lets the store refuse an access that the next request makes; forgotten once that is decided.
    pub fn refuse_once(&mut self, fault: StoreFault) {
        self.store.door.refuse_once(fault);
    }

    /// Takes away refusals that were not reached.
    pub fn forgive(&mut self) {
        self.store.door.clear();
    }

    /// Begins anew, as if nothing had ever been asked.
    pub fn reset(&mut self) {
        let clock = self.clock;
        *self = Self::new(Arc::clone(&self.world), self.options);
        self.clock = clock;
    }

    /// Forgets what the services keep in memory only: the access lists that they have asked for, and which tokens they
    /// have found to count.
    pub fn restart(&mut self) {
        (self.identity_lists, self.region_lists) = (Kept::default(), Kept::default());
        (self.counted, self.passports) = (Counted::default(), Passports::default());
    }

    /// The id of the operation that a request is for; none: it is for none. Decides nothing.
    #[must_use]
    pub fn operation(contract: Contract, incoming: &Incoming) -> Option<&'static str> {
        let target = Target::parse(&incoming.target).ok()?;
        let resolved = routing::resolve(contract.document(incoming.service), incoming, &target).ok()?;
        Some(&resolved.operation.id)
    }

    /// Decides on one request.
    pub fn decide(&mut self, incoming: &Incoming) -> Decision {
        self.admitted = None;
        let mut decision = match (self.options.deviation, self.options.defects) {
            (Some(deviation), _) => self.deviating(deviation, incoming),
            (None, Defects::Kept) => self.answered(incoming),
            (None, Defects::Repaired) => self.repaired(incoming),
        };
        self.store.door.passed();
        if incoming.method == "HEAD" {
            let (Answer::Response(response) | Answer::Abort(response)) = &mut decision.answer;
            response.body.clear();
        }
        decision
    }

    /// Decides on one request; one that only reads, as if the last `lag` changes of the store had not been made yet.
    /// What the services keep of it in memory is as if it had never been asked.
    pub fn decide_stale(&mut self, incoming: &Incoming, lag: u32) -> Decision {
        if !matches!(incoming.method.as_str(), "GET" | "HEAD") {
            return self.decide(incoming);
        }
        let store = self.store.before(usize::try_from(lag).unwrap_or(usize::MAX));
        let mut past = Self { store, ..self.clone() };
        let decision = past.decide(incoming);
        // What comes next is not decided in the past.
        self.ids = past.ids;
        self.store.door = past.store.door;
        decision
    }

    /// Decides as a deployment does that differs in a rule.
    fn deviating(&mut self, deviation: Deviation, incoming: &Incoming) -> Decision {
        let taken = deviation.taken_for(incoming);
        let mut decision = self.answered(taken.as_ref().unwrap_or(incoming));
        if let (Answer::Response(response), Ok(target)) =
            (&mut decision.answer, Target::parse(&incoming.target))
        {
            let document = self.options.contract.document(incoming.service);
            deviation.said(incoming, &document.methods(&target.path), response);
        }
        decision
    }

    fn deviates(&self, deviation: Deviation) -> bool {
        self.options.deviation == Some(deviation)
    }

    /// Decides as a server does that has none of the known defects.
    fn repaired(&mut self, incoming: &Incoming) -> Decision {
        let incoming = &*repaired::canonical(incoming);
        // What is kept of one caller serves no other.
        self.restart();
        let before = self.store.clone();
        let document = self.options.contract.document(incoming.service);
        let operation = Self::operation(self.options.contract, incoming);
        // What is open to everybody is open to who shows too much.
        let is_open = operation.and_then(|id| document.operation(id)).is_some_and(|it| !it.secured);
        let mut decision = if !is_open && repaired::forbids(&self.world, &self.holders, incoming) {
            let trace = trace::caller_trace(incoming).unwrap_or_else(|| self.ids.trace());
            let refused = Refusal::forbidden("the caller may not do this").by(Layer::AccessList);
            refused.decision(operation, &trace, earned())
        } else {
            self.answered(incoming)
        };
        let operation = decision.operation.as_deref().and_then(|id| document.operation(id));
        let (Answer::Response(response) | Answer::Abort(response)) = decision.answer;
        let response =
            repaired::answer(incoming, decision.layer, operation, self.store.door.refused(), response);
        if response.status >= 400 {
            // What is refused has not been done, nor a part of it (E-01).
            self.store.return_to(before);
            decision.changes.clear();
        }
        repaired::note(&mut self.holders, incoming, response.status);
        Decision { answer: Answer::Response(response), ..decision }
    }

    fn answered(&mut self, incoming: &Incoming) -> Decision {
        let Ok(target) = Target::parse(&incoming.target) else {
            return Decision::of(Layer::Routing, None, unreadable());
        };
        if incoming.method == "OPTIONS" && incoming.target == "*" {
            // The HTTP library answers for the server as a whole.
            return Decision::of(Layer::Routing, None, Response::empty(200));
        }
        let given = trace::caller_trace(incoming).filter(|_| !self.deviates(Deviation::TraceAlwaysFresh));
        let trace = given.unwrap_or_else(|| self.ids.trace());
        let document = self.options.contract.document(incoming.service);
        if incoming.method == "OPTIONS" && self.deviates(Deviation::PreflightBeforeRouting) {
            return Decision::of(Layer::Cors, None, cors::preflight(document, &target));
        }
        let route = match routing::resolve(document, incoming, &target) {
            Ok(route) => route,
            Err(refused) => return refused.decision(None, &trace, Vec::new()),
        };
        if incoming.method == "OPTIONS" {
            let response = cors::preflight(document, &target);
            return Decision::of(Layer::Cors, Some(&route.operation.id), response);
        }
        let request = Request { incoming, target: &target, document, trace: &trace };
        let mut decision = match self.authorized(request, &route) {
            Ok(Answer::Response(response)) => self.sent(route.operation, response),
            Ok(answer @ Answer::Abort(_)) => Decision {
                layer: Layer::Handler,
                operation: Some(route.operation.id.clone()),
                answer,
                changes: Vec::new(),
            },
            Err(refused) => refused.decision(Some(&route.operation.id), &trace, earned()),
        };
        decision.changes = self.store.take_changes();
        decision
    }

    /// Everything between CORS and the answer.
    fn authorized(
        &mut self,
        request: Request<'_>,
        route: &routing::Resolved<'static>,
    ) -> Result<Answer, Refused> {
        let Request { incoming, target, document, trace } = request;
        let dispatched = routing::dispatch(document, &incoming.method, target, route)?;
        let mut bound = path_parameters::bind(&dispatched, target);
        if !self.deviates(Deviation::PathAfterCredentials) {
            bound = Ok(bound?);
        }
        let standing = certificate::extract(incoming)?;
        if !route.operation.secured {
            validation::check(route.operation, incoming, target)?;
            return Ok(self.visited(request, &dispatched.operation.id));
        }

        let host = self.host(incoming, target);
        let shown = Shown::of(incoming, standing, &host)?;
        let named = |name: &str| route.parameters.get(name).map(String::as_str).unwrap_or_default();
        let wanted = Wanted {
            organization: named("organizationID"),
            project: named("projectID"),
            ..Wanted::default()
        };
        let mut caller = self.authenticated(incoming, shown, wanted, &host)?;
        let readings = &mut self.readings;
        if self.options.deviation == Some(Deviation::CommonNameAnyCase) {
            caller.subject = caller.subject.to_ascii_lowercase();
        }
        let (principal, acting) = principal::of_request(readings, incoming, &caller, &route.parameters)?;
        let mut bound = bound?;
        if self.deviates(Deviation::IdsAsSpelt) {
            bound = path_parameters::as_spelt(&dispatched, &bound);
        }
        let asked =
            Asked { caller: &caller, principal: &principal, acting, organization: wanted.organization };
        if self.deviates(Deviation::BodyBeforeAccessList) {
            validation::check(route.operation, incoming, target)?;
        }
        let acl = match self.access_list(incoming.service, asked, shown) {
            Ok(acl) => acl,
            Err(_) if self.deviates(Deviation::StrangersLetBy) => Arc::default(),
            Err(refusal) => return Err(refusal.by(Layer::AccessList)),
        };
        if self.options.remembered == Remembered::Latest {
            self.admitted = Some(Admitted::of(incoming, &principal, acting, standing));
        }
        if !self.deviates(Deviation::BodyUnchecked) {
            validation::check(route.operation, incoming, target)?;
        }

        let authorized = Authorized { caller: &caller, principal: &principal, acting, acl: &acl };
        Ok(answered(self.carry_out(request, dispatched.operation, &bound, authorized), trace))
    }

    /// What anybody may ask for.
    fn visited(&mut self, request: Request<'_>, operation: &str) -> Answer {
        let host = self.host(request.incoming, request.target);
        let judge = Judge {
            world: &self.world,
            store: &mut self.store,
            counted: &mut self.counted,
            now: self.clock.now(),
        };
        let mut visit = Visit {
            judge,
            ids: &mut self.ids,
            readings: &mut self.readings,
            incoming: request.incoming,
            target: request.target,
            host: &host,
        };
        answered(public::serve(operation, &mut visit), request.trace)
    }

    fn carry_out(
        &mut self,
        request: Request<'_>,
        operation: &Operation,
        bound: &path_parameters::Bound,
        authorized: Authorized<'_>,
    ) -> Option<Result<api::Reply, Refusal>> {
        let mut call = Call {
            contract: self.options.contract,
            world: &self.world,
            store: &mut self.store,
            ids: &mut self.ids,
            counted: &mut self.counted,
            now: self.clock.now(),
            caller: authorized.caller,
            principal: authorized.principal,
            acting: authorized.acting,
            acl: authorized.acl,
            path: bound,
            target: request.target,
            body: &request.incoming.body,
        };
        api::serve(&operation.id, &mut call)
    }

    /// Who calls. Region has identity exchange a token for where the caller wants to act.
    fn authenticated(
        &mut self,
        incoming: &Incoming,
        shown: Shown<'_>,
        wanted: Wanted<'_>,
        host: &str,
    ) -> Result<Caller, Refused> {
        let mut judge = Judge {
            world: &self.world,
            store: &mut self.store,
            counted: &mut self.counted,
            now: self.clock.now(),
        };
        let (ids, passports) = (&mut self.ids, &mut self.passports);
        authenticate(&mut self.readings, incoming, shown, host, |readings, token| match incoming.service {
            Service::Identity => judge
                .caller(token, readings, shown.certificate)
                .map_err(|why| authentication::refusal(host, why)),
            Service::Region => passports.caller(&mut judge, ids, token, wanted, host),
        })
    }

    /// The caller's access list. Region asks identity for it, which keeps lists of its own.
    fn access_list(
        &mut self,
        service: Service,
        asked: Asked<'_>,
        shown: Shown<'_>,
    ) -> Result<Arc<Acl>, Refusal> {
        let now = self.clock.now();
        let anybody;
        let key = match self.options.deviation {
            Some(Deviation::CacheWithoutImpersonation) => Asked { acting: Acting::AsItself, ..asked },
            Some(Deviation::CacheWithoutOrganization) => Asked { organization: "", ..asked },
            Some(Deviation::CacheWithoutCaller) => {
                anybody = Caller { subject: String::new(), ..asked.caller.clone() };
                Asked { caller: &anybody, ..asked }
            }
            _ => asked,
        };
        let identity = &mut self.identity_lists;
        match service {
            Service::Identity => {
                let (world, store) = (&self.world, &mut self.store);
                let list = identity.get_or(now, key, || access::compute(world, store, asked).map(Arc::new));
                list.map_err(|_why: Incomputable| Refusal::internal())
            }
            Service::Region => {
                let (world, store, counted) = (&self.world, &mut self.store, &mut self.counted);
                let mut judge = Judge { world, store, counted, now };
                let readings = &mut self.readings;
                self.region_lists.get_or(now, key, || {
                    by_way_of_identity::access_list(&mut judge, readings, identity, asked, shown)
                })
            }
        }
    }

    /// An operation's answer on its way out: one that the document does not declare is not sent.
    fn sent(&mut self, operation: &Operation, response: Response) -> Decision {
        let fits = self.fitted.check(operation, &response).is_ok();
        if fits || self.options.undeclared == Undeclared::Send {
            return Decision::of(Layer::Handler, Some(&operation.id), response);
        }
        Decision {
            layer: Layer::AnswerValidation,
            operation: Some(operation.id.clone()),
            answer: Answer::Abort(response),
            changes: Vec::new(),
        }
    }

    /// The name by which the caller knows this server.
    fn host(&self, incoming: &Incoming, target: &Target) -> String {
        let own = match incoming.service {
            Service::Identity => &self.world.identity_host,
            Service::Region => &self.world.region_host,
        };
        let named = target.authority.as_deref().or_else(|| incoming.header("Host"));
        named.filter(|host| !host.is_empty()).unwrap_or(own).to_owned()
    }
}

/// A routed request.
#[derive(Clone, Copy)]
struct Request<'a> {
    incoming: &'a Incoming,
    target: &'a Target,
    document: &'static Document,
    trace: &'a str,
}

/// What is known of a caller once every layer has let him by.
#[derive(Clone, Copy)]
struct Authorized<'a> {
    caller: &'a Caller,
    principal: &'a Principal,
    acting: Acting,
    acl: &'a Acl,
}

/// What an operation answers.
fn answered(answered: Option<Result<api::Reply, Refusal>>, trace: &str) -> Answer {
    match answered.expect("whatever the documents describe is served, as tests try") {
        Ok(reply) => Answer::Response(reply.answer(earned())),
        Err(refusal) if refusal.delivery == Delivery::Lost => Answer::Abort(refusal.answer(trace, earned())),
        Err(refusal) => Answer::Response(refusal.answer(trace, earned())),
    }
}

impl Decision {
    fn of(layer: Layer, operation: Option<&str>, response: Response) -> Self {
        let operation = operation.map(str::to_owned);
        Self { layer, operation, answer: Answer::Response(response), changes: Vec::new() }
    }
}

impl Refused {
    fn decision(self, operation: Option<&str>, trace: &str, base: Vec<(String, String)>) -> Decision {
        Decision::of(self.layer, operation, self.refusal.answer(trace, base))
    }
}

/// Header lines that every routed request has earned.
fn earned() -> Vec<(String, String)> {
    vec![(cors::ALLOW_ORIGIN.0.to_owned(), cors::ALLOW_ORIGIN.1.to_owned())]
}

/// What the HTTP library says to a request line that it cannot read.
fn unreadable() -> Response {
    let headers = vec![("Content-Type".to_owned(), "text/plain; charset=utf-8".to_owned())];
    Response { status: 400, headers, body: Bytes::from_static(b"400 Bad Request") }
}
