//! What a scenario says, held against what there is, and against itself.
//!
//! Whatever passes here can be played: every name stands for something. That a client which does nothing passes no
//! scenario is tried out, in [`crate::idle`].

use std::collections::BTreeSet;

use plumbline_fake_server::repaired::DEFECTS;
use plumbline_protocol::{ClientKind, ErrorClass, Principal, Purpose};
use serde_json::Value;

use super::Scenario;
use super::answer::{Commit, Deviation};
use super::expect::{
    ExpectPrincipal, ExpectRequest, ExpectRequests, OutcomeKind, PrincipalValue, RoleExpect, TextExpect,
};
use super::fixtures::Fixtures;
use super::node::Span;
use super::operation::{Called, Known};
use super::problem::{Problem, suggest};
use super::read::{At, Problems};
use super::serving::{Form, Serving};
use super::setup::{CertificateText, ClientSetup};
use super::step::{Action, CallStep, Principals, ResourceSource, Step, Trace};
use super::words::{Cut, Hold, Impersonate};

/// Named checks. The modules that hold them are below this one; a test there keeps the lists the same.
pub(crate) const CHECKS: &[&str] = &[
    "each-caller-once",
    "one-connection",
    "continues-trace",
    "error-names-trace",
    "bare-signature",
    "each-answer-to-its-caller",
    "failures-are-their-own",
    "span-of-its-own",
    "nothing-else-carried-on",
    "offers-only-http-1.1",
];
/// Standing rules, likewise.
pub(crate) const STANDING: &[&str] = &[
    "standing/no-ingress-header",
    "standing/one-principal",
    "standing/impersonation",
    "standing/certificate",
    "standing/trace",
    "standing/no-authorization",
    "standing/tls-1.3",
    "standing/content-type",
    "standing/redirect-keeps-secrets",
    "standing/error-keeps-secrets",
    "standing/token-stays-inside",
    "standing/document",
    "standing/nothing-left",
];

/// The members of a principal.
const MEMBERS: &[&str] = &["organizationId", "organizationIds", "projectId", "type", "actor"];

/// Everything that is wrong with a scenario.
pub(crate) fn lint(scenario: &Scenario, fixtures: &Fixtures) -> Vec<Problem> {
    let mut lint = Lint::new(scenario, fixtures);
    lint.placeholders();
    lint.whole();
    lint.parts();
    lint.problems
}

/// The same for steps that expect nothing, because something else than their expectations is judged.
pub(crate) fn lint_steps(scenario: &Scenario, fixtures: &Fixtures) -> Vec<Problem> {
    let mut lint = Lint::new(scenario, fixtures);
    lint.placeholders();
    lint.parts();
    lint.problems
}

/// What the steps before have brought about.
#[derive(Default)]
struct SoFar {
    called: Option<()>,
    resource: Option<()>,
    closed: Option<()>,
}

struct Lint<'a> {
    scenario: &'a Scenario,
    fixtures: &'a Fixtures,
    problems: Problems,
    /// Every role that a certificate of the case can have.
    roles: BTreeSet<String>,
}

impl<'a> Lint<'a> {
    fn new(scenario: &'a Scenario, fixtures: &'a Fixtures) -> Self {
        Self { scenario, fixtures, problems: Vec::new(), roles: roles(scenario, fixtures) }
    }

    /// The setup, and every step.
    fn parts(&mut self) {
        let scenario = self.scenario;
        self.client(&scenario.setup.client);
        let mut so_far = SoFar::default();
        for step in &scenario.steps {
            self.step(step, &mut so_far);
        }
    }

    fn say(&mut self, span: &Span, message: impl Into<String>, help: &str) {
        self.problems.push(Problem::new(span, message).help(help));
    }

    /// A name that nothing has.
    fn unknown<'n>(&mut self, what: &str, name: &At<String>, known: impl IntoIterator<Item = &'n str>) {
        let known: Vec<&str> = known.into_iter().collect();
        if !known.contains(&name.value.as_str()) {
            let problem = Problem::new(&name.span, format!("there is no {what} `{}`", name.value));
            self.problems.push(problem.help(suggest(&name.value, known)));
        }
    }

    /// Angle brackets that stand for nothing, wherever they are.
    fn placeholders(&mut self) {
        let text = &self.scenario.source.text;
        for (line_start, line) in lines(text) {
            let line = line.split(" #").next().unwrap_or(line);
            if line.trim_start().starts_with('#') {
                continue;
            }
            for (name, help) in self.fixtures.unknown_placeholders(line) {
                let at = line_start + line.find(&name).unwrap_or(0);
                let message = format!("`{name}` stands for nothing");
                self.problems.push(Problem::new(&(at..at + name.len()), message).help(help));
            }
        }
    }

    fn whole(&mut self) {
        let scenario = self.scenario;
        let start = 0..0;
        if scenario.steps.iter().all(|step| step.expect == Default::default()) {
            let span = scenario.steps.first().map_or(start.clone(), |step| step.span.clone());
            self.say(&span, "the scenario expects nothing", "give one of its steps an `expect`");
        }
        if !scenario.steps.iter().any(|step| matches!(step.action, Action::Call(_))) {
            let span = scenario.steps.first().map_or(start, |step| step.span.clone());
            self.say(&span, "the scenario calls nothing", "`- call: list`");
        }
        for waived in &scenario.waives {
            self.unknown("standing rule", waived, STANDING.iter().copied());
        }
        for shown in &scenario.shows {
            self.unknown("known defect", shown, DEFECTS.iter().copied());
        }
        let short = calls(scenario).any(|call| matches!(call.called.value, Called::Either(..)));
        if let Some(api) = scenario.apis.first().filter(|_| !short) {
            let help = "an operation such as `list`, or leave `apis` out";
            self.say(&api.span, "no step calls an operation that each API has", help);
        }
        twice(&scenario.apis, "API", &mut self.problems);
        twice(&scenario.keys, "key type", &mut self.problems);
    }

    fn client(&mut self, setup: &ClientSetup) {
        if let Some(role) = &setup.role
            && !self.fixtures.roles.contains_key(&role.value)
        {
            let known: Vec<&str> = self.fixtures.roles.keys().map(String::as_str).collect();
            self.unknown("role", role, known);
        }
    }

    fn step(&mut self, step: &Step, so_far: &mut SoFar) {
        match &step.action {
            Action::Call(call) => {
                if so_far.closed.is_some() {
                    self.say(&step.span, "the client is closed by now", "`- reopen: yes` builds it anew");
                }
                self.call(call, so_far);
                self.expectations(step, Some(call), so_far);
                so_far.called = Some(());
            }
            Action::Secrets(setup) => {
                self.rotation(setup);
                self.expectations(step, None, so_far);
            }
            Action::Reopen(setup) => {
                self.client(setup);
                so_far.closed = None;
                self.expectations(step, None, so_far);
            }
            Action::Close => {
                so_far.closed = Some(());
                self.expectations(step, None, so_far);
            }
            Action::Advance(_) | Action::Server(_) => self.expectations(step, None, so_far),
        }
    }

    /// A replaced certificate may have a role of its own making.
    fn rotation(&mut self, setup: &ClientSetup) {
        for (what, span) in [
            ("address", setup.address.as_ref().map(|at| &at.span)),
            ("reload", setup.reload.as_ref().map(|at| &at.span)),
            ("call-timeout", setup.call_timeout.as_ref().map(|at| &at.span)),
        ] {
            if let Some(span) = span {
                let help = "only certificates and authorities change behind a client's back; see `reopen`";
                self.say(span, format!("`{what}` is no secret"), help);
            }
        }
    }

    fn call(&mut self, call: &CallStep, so_far: &mut SoFar) {
        for known in self.operations(call) {
            if let Some(client) = call.client.as_ref().filter(|at| !known.clients.contains(&at.value)) {
                let message = format!("no client of that kind has `{}`", known.name);
                self.say(&client.span, message, "references are always a controller's");
            }
        }
        // Arguments of the one API's operation do not disturb the other's.
        let known = self.operations(call);
        let taken: Vec<&str> = known.iter().flat_map(|known| known.arguments).copied().collect();
        for (name, at) in call.arguments.iter().filter(|(name, _)| !taken.contains(&name.as_str())) {
            let problem = Problem::new(&at.span, format!("`{}` takes no `{name}`", known[0].name));
            self.problems.push(problem.help(suggest(name, taken.iter().copied())));
        }
        if let Some(At { value: Value::String(name), span }) = call.arguments.get("token") {
            let world = crate::stage::world();
            let name = At { value: name.clone(), span: span.clone() };
            self.unknown("token", &name, world.tokens.keys().map(String::as_str));
        }
        self.principals(call);
        if let Some(Trace::Named(name)) = &call.trace {
            self.unknown("trace", name, self.fixtures.traces.keys().map(String::as_str));
        }
        for certificate in &call.certificates {
            if let CertificateText::Role(role) | CertificateText::Unescaped(role) = certificate {
                self.unknown("role", role, self.fixtures.roles.keys().map(String::as_str));
            }
        }
        if let Some(serving) = &call.serving {
            self.serving(call, serving);
        }
        self.resource(call, so_far);
        for answer in &call.answer {
            if matches!(answer.deviation, Some(Deviation::Cut(Cut::InBody))) && answer.commit == Commit::No {
                self.say(
                    &answer.span,
                    "what the server did not do it does not answer with a body",
                    "`commit: yes`",
                );
            }
        }
        let holds = |hold: Hold| call.answer.iter().any(|answer| answer.hold == Some(hold));
        if let Some(cancel) = call.cancel.as_ref().filter(|_| !holds(Hold::Forever) && !holds(Hold::InBody)) {
            self.say(
                &cancel.span,
                "no request is held, so nothing would be cancelled",
                "`answer: {hold: forever}`",
            );
        }
        if let Some(count) = call.concurrent.as_ref().filter(|at| at.value == 0 || at.value > 500) {
            self.say(&count.span, format!("{} calls at once make no sense", count.value), "from 1 to 500");
        }
    }

    /// The request that is served says what the call's context holds.
    fn serving(&mut self, call: &CallStep, serving: &Serving) {
        let written = call.principal.is_some()
            || call.impersonate != Impersonate::No
            || call.trace.is_some()
            || !call.certificates.is_empty();
        if written {
            let help =
                "`as`, `impersonate`, `trace` and `certificate` are the request's: put them below `serving`";
            self.say(&serving.span, "the step says twice what the call's context holds", help);
        }
        let alone = call.concurrent.as_ref().is_none_or(|at| at.value == 1) && call.attempts.is_none();
        let controller = call.client.as_ref().is_some_and(|at| at.value == ClientKind::Controller);
        if !alone || controller {
            self.say(
                &serving.span,
                "a request is served by one call of the API client",
                "leave `serving` out",
            );
        }
        if serving.form == Form::Signed && serving.peer.is_none() {
            self.say(&serving.span, "nobody's key signs the principal", "`peer: kubernetes`");
        }
        let handed_on = serving.certificate.iter().filter_map(|certificate| match certificate {
            CertificateText::Role(role) | CertificateText::Unescaped(role) => Some(role),
            CertificateText::Literal(_) | CertificateText::None => None,
        });
        for role in serving.peer.iter().chain(handed_on) {
            self.unknown("role", role, self.fixtures.roles.keys().map(String::as_str));
        }
        if let Some(bearer) = &serving.bearer {
            let world = crate::stage::world();
            self.unknown("token", bearer, world.tokens.keys().map(String::as_str));
        }
        if let Some(Trace::Named(name)) = &serving.trace {
            self.unknown("trace", name, self.fixtures.traces.keys().map(String::as_str));
        }
        self.principals_of(serving.principal.as_ref(), 1);
    }

    fn operations(&self, call: &CallStep) -> Vec<&'static Known> {
        let apis: Vec<_> = self.scenario.apis.iter().map(|at| Some(at.value)).collect();
        let apis = if apis.is_empty() { vec![None] } else { apis };
        apis.into_iter().map(|api| call.called.value.on(api)).collect()
    }

    fn principals(&mut self, call: &CallStep) {
        let several = call.concurrent.as_ref().map_or(1, |at| at.value);
        self.principals_of(call.principal.as_ref(), several);
        if call.impersonate == Impersonate::EveryOther && several <= 1 {
            let help = "`concurrent: 50` makes several calls";
            self.say(&call.called.span, "one call is not every other one", help);
        }
    }

    fn principals_of(&mut self, principals: Option<&Principals>, calls: u64) {
        let several = calls > 1;
        let help = "`concurrent: 50` makes several calls";
        match principals {
            Some(Principals::Named(names)) => {
                if let Some(second) = names.get(1).filter(|_| !several) {
                    self.say(&second.span, "one call has one principal", help);
                }
                for name in names {
                    self.unknown("principal", name, self.fixtures.principals.keys().map(String::as_str));
                }
            }
            Some(Principals::Numbered(span)) if !several => {
                self.say(span, "one call has one principal", help)
            }
            Some(Principals::Inline(at)) => {
                let filled = self.fixtures.fill(&at.value, &[]);
                let members = at.value.as_object().into_iter().flat_map(serde_json::Map::keys);
                for member in members.filter(|member| !MEMBERS.contains(&member.as_str())) {
                    let problem = Problem::new(&at.span, format!("a principal has no `{member}`"));
                    self.problems.push(problem.help(suggest(member, MEMBERS.iter().copied())));
                }
                if let Err(error) = serde_json::from_value::<Principal>(filled) {
                    let help = "`organizationId`, `organizationIds`, `projectId`, `type`, `actor`";
                    self.say(&at.span, format!("no principal: {error}"), help);
                }
            }
            Some(Principals::Numbered(_) | Principals::None(_)) | None => {}
        }
    }

    fn resource(&mut self, call: &CallStep, so_far: &mut SoFar) {
        match &call.resource {
            Some(ResourceSource::Named(name)) => {
                self.unknown("resource", name, self.fixtures.resources.keys().map(String::as_str));
            }
            Some(ResourceSource::Like(change)) => {
                self.unknown("resource", &change.like, self.fixtures.resources.keys().map(String::as_str));
            }
            Some(ResourceSource::AsLeft(span)) if so_far.resource.is_none() => {
                self.say(span, "no call before this one had a resource", "name one: `resource: cluster`");
            }
            Some(ResourceSource::AsLeft(_)) | None => {}
        }
        let needed =
            self.operations(call).iter().any(|known| known.resource == super::operation::Needs::Resource);
        let controller = call.client.as_ref().is_some_and(|at| at.value == ClientKind::Controller);
        if call.resource.is_some() || needed || controller {
            so_far.resource = Some(());
        }
    }

    fn expectations(&mut self, step: &Step, call: Option<&CallStep>, so_far: &SoFar) {
        let expect = &step.expect;
        for check in &expect.checks {
            self.unknown("check", check, CHECKS.iter().copied());
        }
        if let Some(ExpectRequests::Each(entries)) = &expect.requests {
            entries.value.iter().for_each(|entry| self.request(entry));
        }
        for handshake in expect.handshakes.iter().flat_map(|at| &at.value) {
            self.role(handshake.peer.as_ref());
        }
        for count in [&expect.connections, &expect.open_connections].into_iter().flatten() {
            if count.at_least > count.at_most {
                self.say(&count.span, "no number is at least this and at most that", "the smaller one first");
            }
        }
        if call.is_none() {
            self.without_call(step);
        }
        self.contradictions(step, call, so_far);
    }

    fn without_call(&mut self, step: &Step) {
        let help = "only a `call` has one";
        if let Some(outcome) = &step.expect.outcome {
            self.say(&outcome.span, "the step has no outcome", help);
        }
        if let Some(value) = &step.expect.value {
            self.say(&value.span, "the step returns no value", help);
        }
        if step.expect.resource.is_some() {
            self.say(&step.span, "the step has no resource", help);
        }
    }

    fn request(&mut self, entry: &ExpectRequest) {
        self.role(entry.peer.as_ref());
        self.role(entry.certificate.as_ref());
        let value = match &entry.principal {
            Some(ExpectPrincipal::Plain(value)) => Some(value),
            Some(ExpectPrincipal::Signed { value, by }) => {
                let by = by.clone().map(RoleExpect::Role);
                self.role(by.as_ref());
                Some(value)
            }
            Some(ExpectPrincipal::Absent(_)) | None => None,
        };
        if let Some(PrincipalValue::Named(name)) = value {
            self.unknown("principal", name, self.fixtures.principals.keys().map(String::as_str));
        }
    }

    fn role(&mut self, expected: Option<&RoleExpect>) {
        if let Some(RoleExpect::Role(role)) = expected {
            let known: Vec<String> = self.roles.iter().cloned().collect();
            self.unknown("role", role, known.iter().map(String::as_str));
        }
    }

    /// Expectations that cannot hold together.
    fn contradictions(&mut self, step: &Step, call: Option<&CallStep>, so_far: &SoFar) {
        let expect = &step.expect;
        let most = expect.requests.as_ref().map_or(u64::MAX, most_requests);
        let least = expect.requests.as_ref().map_or(0, least_requests);
        let outcome = expect.outcome.as_ref();
        let ok = outcome.filter(|outcome| outcome.kind == OutcomeKind::Ok);
        // Whose a token is may be known from before.
        let kept = call.is_some_and(|call| {
            self.operations(call).iter().any(|known| known.purpose() == Purpose::Authorization)
        });
        if let Some(ok) = ok.filter(|_| most == 0 && !kept) {
            self.say(
                &ok.span,
                "a call cannot succeed without a request",
                "expect an error, or `requests: 1`",
            );
        }
        if let (Some(value), Some(outcome)) = (&expect.value, outcome.filter(|_| ok.is_none())) {
            let help = "only success returns a value";
            self.say(&value.span, "a value is expected of a call that does not succeed", help);
            self.say(&outcome.span, "here it is expected to fail", help);
        }
        if let Some(changes) =
            expect.changes.as_ref().filter(|changes| !changes.value.is_empty() && most == 0)
        {
            self.say(&changes.span, "nothing changes without a request", "`changes: none`");
        }
        let opened = expect.connections.as_ref();
        if let Some(count) = opened.filter(|count| count.at_most == 0 && least > 0 && so_far.called.is_none())
        {
            self.say(&count.span, "the first request needs a connection", "`connections: 1`");
        }
        if let (Some(count), Some(handshakes)) = (opened, &expect.handshakes) {
            let number = u64::try_from(handshakes.value.len()).unwrap_or(u64::MAX);
            if !(count.at_least..=count.at_most).contains(&number) {
                let message = format!("{number} handshakes contradict the number of connections");
                self.say(&handshakes.span, message, "each connection has one handshake");
            }
        }
        if let (Some(_), Some(ExpectRequests::Each(entries))) = (call, &expect.requests) {
            self.statuses(step, entries.value.last());
        }
    }

    /// The last answer and the outcome.
    fn statuses(&mut self, step: &Step, last: Option<&ExpectRequest>) {
        let (Some(outcome), Some(status)) =
            (&step.expect.outcome, last.and_then(|entry| entry.status.as_ref()))
        else {
            return;
        };
        match &outcome.kind {
            OutcomeKind::Ok if status.value >= 400 && status.value != 404 => {
                let message = format!("a call answered with {} does not succeed", status.value);
                self.say(&outcome.span, message, "expect an error, or another status");
            }
            OutcomeKind::Error { status: Some(told), .. } if told.value != status.value => {
                let message = format!(
                    "the error's status cannot be {} when the answer's is {}",
                    told.value, status.value
                );
                self.say(&told.span, message, "the same status in both places");
            }
            OutcomeKind::Error { classes, texts, .. } => {
                let api = classes.iter().any(|class| class.value == ErrorClass::Api) || classes.is_empty();
                let code = texts.iter().find_map(|(member, text)| match text {
                    TextExpect::Exact(at) if *member == super::expect::ErrorText::Code => Some(at),
                    TextExpect::Exact(_) | TextExpect::Presence(_) => None,
                });
                if let Some(code) = code.filter(|_| !api) {
                    self.say(&code.span, "only an error of class `api` has a code", "`error: api`");
                }
            }
            OutcomeKind::Ok | OutcomeKind::Cancelled | OutcomeKind::Any => {}
        }
    }
}

fn calls(scenario: &Scenario) -> impl Iterator<Item = &CallStep> {
    scenario.steps.iter().filter_map(Step::call)
}

/// Roles of the world, of replaced certificates, and those that the scenario gives itself.
fn roles(scenario: &Scenario, fixtures: &Fixtures) -> BTreeSet<String> {
    let mut roles: BTreeSet<String> = fixtures.roles.keys().cloned().collect();
    roles.insert("rotated".to_owned());
    for step in &scenario.steps {
        if let Action::Secrets(setup) | Action::Reopen(setup) = &step.action {
            roles.extend(setup.role.iter().map(|at| at.value.clone()));
        }
    }
    roles
}

fn most_requests(expect: &ExpectRequests) -> u64 {
    match expect {
        ExpectRequests::Count(count) => count.at_most,
        ExpectRequests::Each(entries) => u64::try_from(entries.value.len()).unwrap_or(u64::MAX),
    }
}

fn least_requests(expect: &ExpectRequests) -> u64 {
    match expect {
        ExpectRequests::Count(count) => count.at_least,
        ExpectRequests::Each(entries) => u64::try_from(entries.value.len()).unwrap_or(u64::MAX),
    }
}

fn twice<T: PartialEq>(values: &[At<T>], what: &str, problems: &mut Problems) {
    for (place, at) in values.iter().enumerate() {
        if values[..place].iter().any(|before| before.value == at.value) {
            problems.push(Problem::new(&at.span, format!("the same {what} twice")).help("once is enough"));
        }
    }
}

/// Lines and where they begin.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split('\n').scan(0, |start, line| {
        let at = *start;
        *start += line.len() + 1;
        Some((at, line))
    })
}
