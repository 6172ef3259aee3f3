//! The closed lists of the scenario format. `scenarios/README.md` explains every word; a test holds it to that.

use super::read::{Word, words};
use crate::case::Level;
use plumbline_fake_server::exchange::{ChangeVerb, Service};
use plumbline_fake_server::store::{Kind, Refusal, Verb};
use plumbline_protocol::{Capability, ClientKind, ErrorClass};

words! {
    /// A revision of the contract.
    pub enum Revision: "revision of the contract" {
        /// core f48436d, identity v1.16.1, region v1.16.0
        S1 = "S1",
        /// core v1.18.0, identity v1.17.8, region v1.19.0
        S2 = "S2",
    }
}

words! {
    /// The type of a client's key.
    pub(crate) enum Key: "key type" {
        /// RSA, 2048 bits.
        Rsa2048 = "rsa-2048",
        /// RSA, 4096 bits.
        Rsa4096 = "rsa-4096",
        /// ECDSA on P-256.
        P256 = "p-256",
        /// ECDSA on P-384.
        P384 = "p-384",
        /// Ed25519.
        Ed25519 = "ed25519",
    }
}

impl Key {
    /// The word for it.
    pub(crate) fn name(self) -> &'static str {
        Self::WORDS.iter().find(|(_, key)| *key == self).map_or("", |(name, _)| name)
    }
}

words! {
    /// What the client's certificate is like.
    pub(crate) enum ClientCertificate: "kind of client certificate" {
        /// As the platform gives it.
        Valid = "valid",
        /// None is configured.
        None = "none",
        /// Its time is over.
        Expired = "expired",
        /// Its time is yet to come.
        NotYetValid = "not-yet-valid",
        /// It is for servers only.
        WrongUse = "wrong-use",
        /// An authority that nobody trusts signed it.
        OtherCa = "other-ca",
    }
}

words! {
    /// Which authorities the client is told to trust.
    pub(crate) enum Trust: "kind of trust" {
        /// The platform's.
        Platform = "platform",
        /// Another one, so that the server cannot be trusted.
        Other = "other",
        /// Both, with rubbish between the certificates.
        Bundle = "bundle",
        /// None is named: the system's roots.
        System = "system",
    }
}

words! {
    /// What a secret is like.
    pub(crate) enum SecretShape: "shape of a secret" {
        /// As it should be.
        Valid = "valid",
        /// There is none of that name.
        Absent = "absent",
        /// Its type is `Opaque`.
        WrongType = "wrong-type",
        /// It has no `tls.crt`; what belongs there is in `ca.crt`.
        NoCertificate = "no-certificate",
        /// It has no `tls.key`.
        NoKey = "no-key",
        /// Its `tls.crt` is empty.
        EmptyCertificate = "empty-certificate",
        /// Its `tls.crt` is no PEM.
        GarbageCertificate = "garbage-certificate",
        /// Its `tls.key` is no PEM.
        GarbageKey = "garbage-key",
        /// Its `tls.key` belongs to another certificate.
        ForeignKey = "foreign-key",
        /// Its `tls.crt` holds the leaf and the authority that signed it.
        Chain = "chain",
        /// It is as it should be, but the client is given its name without a namespace.
        NoNamespace = "no-namespace",
    }
}

words! {
    /// How the base address is written.
    pub(crate) enum Address: "form of an address" {
        /// `https://localhost:1`
        Plain = "plain",
        /// `https://localhost:1/`
        TrailingSlash = "trailing-slash",
        /// `https://127.0.0.1:1`
        Ip = "ip",
        /// `HTTPS://localhost:1`
        UpperCaseScheme = "upper-case-scheme",
        /// `localhost:1`
        NoScheme = "no-scheme",
        /// Nothing at all.
        Empty = "empty",
    }
}

words! {
    /// What the server's certificate is like.
    pub(crate) enum ServerCertificate: "kind of server certificate" {
        /// As it should be.
        Valid = "valid",
        /// Its time is over.
        Expired = "expired",
        /// Its time is yet to come.
        NotYetValid = "not-yet-valid",
        /// It is for another name.
        WrongName = "wrong-name",
        /// It names its host in the common name only.
        NameOnly = "name-only",
        /// An authority that nobody trusts signed it.
        OtherCa = "other-ca",
        /// It signed itself.
        SelfSigned = "self-signed",
    }
}

words! {
    /// What a listener speaks.
    pub(crate) enum Listens: "way to listen" {
        /// TLS 1.3.
        Tls13 = "tls-1.3",
        /// TLS 1.2 only.
        Tls12 = "tls-1.2",
        /// HTTP without TLS.
        Plain = "plain",
        /// Nothing: connections are taken, and nothing is ever said.
        Mute = "mute",
        /// Nothing listens.
        No = "no",
    }
}

words! {
    /// What the ingress does about client certificates.
    pub(crate) enum ClientCertificates: "way to treat client certificates" {
        /// Asks; one that does not verify gets the ingress's 400 page.
        Optional = "optional",
        /// Asks; one that does not verify is passed on as failed.
        PassedOn = "passed-on",
        /// Asks; one that does not verify fails the handshake.
        Refused = "refused",
        /// Demands one that verifies.
        Required = "required",
        /// Does not ask.
        NotAsked = "not-asked",
    }
}

words! {
    /// Yes or no.
    pub(crate) enum YesNo: "`yes` or `no`" {
        /// Yes.
        Yes = "yes",
        /// No.
        No = "no",
    }
}

words! {
    /// Whether the calls of a step ask to act as their principals.
    pub(crate) enum Impersonate: "way to impersonate" {
        /// All of them.
        Yes = "yes",
        /// None of them.
        No = "no",
        /// The second, the fourth, …
        EveryOther = "every-other",
    }
}

words! {
    /// What the services promise.
    pub(crate) enum Contract: "contract" {
        /// What the platform has published.
        Published = "published",
        /// A revision of ours, in which a resource has one allocation: docs/keyed-allocations.md.
        Keyed = "keyed",
    }
}

words! {
    /// Where an answer ends too early.
    pub(crate) enum Cut: "place to cut" {
        /// The request is read; nothing is answered.
        BeforeAnswer = "before-answer",
        /// As before, with a reset instead of a close.
        Reset = "reset",
        /// In the middle of the headers.
        InHead = "in-head",
        /// In the middle of the body, short of its declared length.
        InBody = "in-body",
        /// In a chunked body, before its last chunk.
        InChunks = "in-chunks",
    }
}

words! {
    /// Until when an answer is held back.
    pub(crate) enum Hold: "time to hold an answer" {
        /// For ever: until the client gives up.
        Forever = "forever",
        /// Half of the body comes, and nothing more until the client gives up.
        InBody = "in-body",
        /// Until every call of the step has its request there.
        UntilAll = "until-all",
    }
}

words! {
    /// Where a redirect leads.
    pub(crate) enum Target: "place to redirect to" {
        /// The same path on the same listener.
        Same = "same-host",
        /// The same path on the other service's listener.
        Other = "other-host",
        /// The same path on a port where nothing listens.
        Closed = "closed-port",
        /// The same path of the same listener, in plain HTTP.
        Plain = "plain-http",
        /// Something that is no address.
        Garbage = "garbage",
    }
}

words! {
    /// When a call is cancelled.
    pub(crate) enum Cancel: "time to cancel" {
        /// As soon as its request is being held.
        WhenHeld = "when-held",
    }
}

words! {
    /// How a value is looked at when not compared.
    pub(crate) enum Presence: "way to look at a value" {
        /// It must not be there.
        Absent = "absent",
        /// It must be there, whatever it is.
        Present = "present",
    }
}

/// Every word of every closed list, with what it is.
#[must_use]
pub fn vocabulary() -> Vec<(&'static str, &'static str)> {
    fn of<W: Word>() -> impl Iterator<Item = (&'static str, &'static str)> {
        W::WORDS.iter().map(|(word, _)| (W::WHAT, *word))
    }
    let ours = of::<Revision>().chain(of::<Key>()).chain(of::<ClientCertificate>()).chain(of::<Trust>());
    let ours = ours.chain(of::<SecretShape>()).chain(of::<Address>()).chain(of::<ServerCertificate>());
    let ours = ours.chain(of::<Listens>()).chain(of::<ClientCertificates>()).chain(of::<Impersonate>());
    let ours = ours.chain(of::<Cut>()).chain(of::<Hold>()).chain(of::<Target>()).chain(of::<Cancel>());
    let theirs = of::<Level>().chain(of::<Service>()).chain(of::<ClientKind>()).chain(of::<Capability>());
    let theirs = theirs.chain(of::<ErrorClass>()).chain(of::<ChangeVerb>()).chain(of::<Verb>());
    let names = super::lint::CHECKS.iter().map(|name| ("check", *name));
    let rules = super::lint::STANDING.iter().map(|name| ("standing rule", *name));
    ours.chain(of::<Presence>())
        .chain(theirs)
        .chain(of::<Kind>())
        .chain(of::<Refusal>())
        .chain(names)
        .chain(rules)
        .collect()
}

/// A closed list that another crate's enum already is.
macro_rules! foreign_words {
    ($name:ident: $what:literal { $($variant:ident = $word:literal,)+ }) => {
        impl Word for $name {
            const WHAT: &'static str = $what;
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),+];
        }
    };
}

foreign_words!(Level: "level" { Must = "must", Should = "should", });
foreign_words!(Service: "API" { Identity = "identity", Region = "region", });
foreign_words!(ClientKind: "kind of client" { Api = "api", Controller = "controller", });
foreign_words!(Capability: "capability" {
    ApiClient = "api-client",
    ControllerClient = "controller-client",
    TraceContext = "trace-context",
    CertificatePropagation = "certificate-propagation",
    Impersonation = "impersonation",
    PlatformSecrets = "platform-secrets",
    AnonymousTls = "anonymous-tls",
    Reload = "reload",
    Clock = "clock",
    CallTimeout = "call-timeout",
    Cancel = "cancel",
    Concurrent = "concurrent",
    Converge = "converge",
    Crash = "crash",
    GiveUp = "give-up",
    VirtualWait = "virtual-wait",
    ReadsRequests = "reads-requests",
});
foreign_words!(ErrorClass: "error class" {
    SecretNotFound = "secret-not-found",
    SecretFormat = "secret-format",
    KeyType = "key-type",
    NoPrincipal = "no-principal",
    ResourceInconsistent = "resource-inconsistent",
    InvalidArgument = "invalid-argument",
    Connect = "connect",
    ServerUntrusted = "server-untrusted",
    Tls = "tls",
    ConnectionLost = "connection-lost",
    Timeout = "timeout",
    Protocol = "protocol",
    Api = "api",
    UnexpectedStatus = "unexpected-status",
    MalformedAnswer = "malformed-answer",
    Redirect = "redirect",
    TooLarge = "too-large",
    Other = "other",
});
foreign_words!(ChangeVerb: "kind of change" { Created = "created", Updated = "updated", Deleted = "deleted", });
foreign_words!(Verb: "verb of the store" {
    Get = "get",
    List = "list",
    Create = "create",
    Update = "update",
    Patch = "patch",
    Delete = "delete",
});
foreign_words!(Kind: "kind of thing in the store" {
    Organization = "organization",
    Project = "project",
    Allocation = "allocation",
    Quota = "quota",
    QuotaMetadata = "quota-metadata",
    Group = "group",
    Role = "role",
    User = "user",
    OrganizationUser = "organization-user",
    ServiceAccount = "service-account",
    Place = "place",
    Region = "region",
    Network = "network",
    CloudIdentity = "cloud-identity",
});
foreign_words!(Refusal: "refusal of the store" {
    Conflict = "conflict",
    Internal = "internal",
    NotFound = "not-found",
    Exists = "exists",
});
