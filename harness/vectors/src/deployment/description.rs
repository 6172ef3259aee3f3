//! What a person says of a deployment: what plays which part of the recorded world there.
//!
//! ```toml
//! authority = "ca.pem"
//!
//! [hosts]
//! identity = "identity.my-platform.example"
//!
//! [certificates.kubernetes]
//! certificate = "kubernetes.pem"
//! key = "kubernetes-key.pem"
//!
//! [tokens.alice]
//! environment = "ALICE_TOKEN"
//!
//! [parts]
//! "000000a0-0000-4000-8000-000000000001" = "5bb6f2a4-7d55-4f0c-8d2d-0f3c5a9e1b77"
//! "alice@acme.test" = "ann@my-company.example"
//! ```
//!
//! Files are named from the description's own folder. Nothing of a key or a token is ever shown.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fmt, fs, io};

use serde::Deserialize;

use super::route::Route;
use super::translation::{Ambiguous, Translation};
use crate::Keyring;
use crate::credentials::KeyError;
use crate::tls::{Clients, Shown, TlsClientError};
use crate::vector::Service;

/// What a person says of a deployment, its files read.
#[derive(Clone)]
pub struct Description {
    authority: String,
    hosts: Hosts,
    certificates: BTreeMap<String, Certificate>,
    tokens: BTreeMap<String, String>,
    parts: Option<BTreeMap<String, String>>,
    unserved: Vec<Route>,
}

#[derive(Clone)]
struct Certificate {
    pem: String,
    key: Option<String>,
    ingress: Ingress,
}

/// A description that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DescriptionError {
    /// A file cannot be read.
    #[error("read `{}`", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is no description.
    #[error("read the description of a deployment")]
    Parse(#[source] Box<toml::de::Error>),
    /// A token is said in two places, or in none.
    #[error("find token `{0}`: expected either `file` or `environment`")]
    Token(String),
    /// A token's variable is not set.
    #[error("find token `{token}`: the environment has no variable `{variable}`")]
    Variable {
        /// Whose.
        token: String,
        /// Which variable.
        variable: String,
    },
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// An operation is not written as `SERVICE METHOD /path`.
    #[error("read `{0}` among what is not served: expected `SERVICE METHOD /path`")]
    Route(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    authority: PathBuf,
    #[serde(default)]
    hosts: Hosts,
    #[serde(default)]
    certificates: BTreeMap<String, CertificateFiles>,
    #[serde(default)]
    tokens: BTreeMap<String, TokenSource>,
    parts: Option<BTreeMap<String, String>>,
    #[serde(default)]
    unserved: Vec<String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hosts {
    identity: Option<String>,
    region: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CertificateFiles {
    certificate: PathBuf,
    key: Option<PathBuf>,
    #[serde(default)]
    ingress: Ingress,
}

/// What the ingress does with whoever shows a certificate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Ingress {
    /// It lets him by.
    #[default]
    Accepts,
    /// It does not, as with one that has expired; it may still be quoted.
    Refuses,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenSource {
    file: Option<PathBuf>,
    environment: Option<String>,
}

impl Description {
    /// Reads a description and the files that it names.
    ///
    /// # Errors
    ///
    /// When a file is not there, or is not what it should be.
    pub fn read(path: &Path) -> Result<Self, DescriptionError> {
        let text = read(path)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let file: File = toml::from_str(&text).map_err(|source| DescriptionError::Parse(Box::new(source)))?;
        let certificates = file.certificates.into_iter().map(|(name, files)| {
            let pem = read(&folder.join(files.certificate))?;
            let key = files.key.map(|key| read(&folder.join(key))).transpose()?;
            Ok((name, Certificate { pem, key, ingress: files.ingress }))
        });
        let tokens = file.tokens.into_iter().map(|(name, source)| {
            let token = source.read(folder, &name)?;
            Ok((name, token))
        });
        Ok(Self {
            authority: read(&folder.join(file.authority))?,
            hosts: file.hosts,
            certificates: certificates.collect::<Result<_, DescriptionError>>()?,
            tokens: tokens.collect::<Result<_, DescriptionError>>()?,
            parts: file.parts,
            unserved: file.unserved.iter().map(|text| route(text)).collect::<Result<_, _>>()?,
        })
    }

    /// The name that a service is called by there, if the description says one.
    pub(super) fn host(&self, service: Service) -> Option<&str> {
        match service {
            Service::Identity => self.hosts.identity.as_deref(),
            Service::Region => self.hosts.region.as_deref(),
        }
    }

    /// Texts here and there; `hosts` are the names of identity and region there.
    pub(super) fn translation(&self, hosts: &[String; 2]) -> Result<Translation, Ambiguous> {
        let parts = self.parts.iter().flatten().map(|(ours, theirs)| (ours.as_str(), theirs.as_str()));
        let [identity, region] = hosts;
        let named =
            [(Service::Identity.host(), identity.as_str()), (Service::Region.host(), region.as_str())];
        // One ingress may stand before both services: then its name in an answer is the one that was asked.
        let named = named.into_iter().take(if identity == region { 1 } else { 2 });
        Translation::new(parts.chain(named))
    }

    pub(super) fn clients(&self) -> Result<Clients, TlsClientError> {
        let shown = self.certificates.iter().filter_map(|(name, certificate)| {
            let key = certificate.key.as_deref().filter(|_| certificate.ingress == Ingress::Accepts)?;
            Some((name.as_str(), Shown { certificate: &certificate.pem, key }))
        });
        Clients::new(&self.authority, shown)
    }

    pub(super) fn keyring(&self) -> Result<Keyring, DescriptionError> {
        let mut keyring = Keyring::default();
        for (name, certificate) in &self.certificates {
            match &certificate.key {
                Some(key) => keyring.add_certificate(name, &certificate.pem, key)?,
                None => keyring.add_quoted(name, &certificate.pem),
            }
        }
        for (name, token) in &self.tokens {
            keyring.add_token(name, token);
        }
        Ok(keyring)
    }

    /// Why nobody can show that certificate; none: somebody can.
    pub(super) fn cannot_show(&self, name: &str) -> Option<String> {
        match self.certificates.get(name) {
            None => Some(format!("there is no certificate `{name}`")),
            Some(it) if it.ingress == Ingress::Refuses => {
                Some(format!("an ingress lets nobody by with the certificate `{name}`"))
            }
            Some(it) if it.key.is_none() => Some(format!("there is no key to the certificate `{name}`")),
            Some(_) => None,
        }
    }

    /// Why nobody can quote that certificate.
    pub(super) fn cannot_quote(&self, name: &str) -> Option<String> {
        (!self.certificates.contains_key(name)).then(|| format!("there is no certificate `{name}`"))
    }

    /// Why nobody can sign as that certificate's holder.
    pub(super) fn cannot_sign(&self, name: &str) -> Option<String> {
        let key = self.certificates.get(name).and_then(|it| it.key.as_ref());
        key.is_none().then(|| format!("there is no key to the certificate `{name}`"))
    }

    /// Why nobody has that token.
    pub(super) fn has_no_token(&self, name: &str) -> Option<String> {
        (!self.tokens.contains_key(name)).then(|| format!("there is no token `{name}`"))
    }

    /// Whether somebody or something plays the part of that recorded id or name.
    pub(super) fn plays(&self, part: &str) -> bool {
        self.parts.as_ref().is_none_or(|parts| parts.contains_key(part))
    }

    /// Operations that are not served there.
    pub(super) fn unserved(&self) -> &[Route] {
        &self.unserved
    }
}

impl fmt::Debug for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let certificates: Vec<_> = self.certificates.keys().collect();
        let tokens: Vec<_> = self.tokens.keys().collect();
        f.debug_struct("Description")
            .field("certificates", &certificates)
            .field("tokens", &tokens)
            .finish_non_exhaustive()
    }
}

impl TokenSource {
    fn read(self, folder: &Path, name: &str) -> Result<String, DescriptionError> {
        match (self.file, self.environment) {
            (Some(file), None) => Ok(read(&folder.join(file))?.trim().to_owned()),
            (None, Some(variable)) => env::var(&variable)
                .map(|token| token.trim().to_owned())
                .map_err(|_unset_or_no_text| DescriptionError::Variable { token: name.to_owned(), variable }),
            _ => Err(DescriptionError::Token(name.to_owned())),
        }
    }
}

fn route(text: &str) -> Result<Route, DescriptionError> {
    let mut words = text.split_whitespace();
    let (service, method, template) = (words.next(), words.next(), words.next());
    let service = match service {
        Some("identity") => Some(Service::Identity),
        Some("region") => Some(Service::Region),
        _ => None,
    };
    match (service, method, template, words.next()) {
        (Some(service), Some(method), Some(template), None) if template.starts_with('/') => {
            Ok(Route { service, method: method.to_owned(), template: template.to_owned() })
        }
        _ => Err(DescriptionError::Route(text.to_owned())),
    }
}

fn read(path: &Path) -> Result<String, DescriptionError> {
    fs::read_to_string(path).map_err(|source| DescriptionError::Read { path: path.to_owned(), source })
}
