//! What a certificate says.

use std::fmt;
use std::str::FromStr;

/// A certificate that an authority of this run issues. Two equal values are the same certificate.
///
/// Every role has a key of its own for each key type, so a signature tells its role; two leaves of one role and key
/// type share the key, as a renewal does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leaf {
    /// The name by which recordings speak of it.
    pub role: String,
    /// The subject's common name; empty: the subject has none.
    pub common_name: String,
    /// DNS names and IP addresses it is for; empty: it names its subject by the common name only.
    pub names: Vec<String>,
    /// The kind of key.
    pub key: KeyType,
    /// What it may be used for.
    pub purpose: Purpose,
    /// When it is valid.
    pub lifetime: Lifetime,
    /// Who issues it.
    pub authority: Authority,
}

impl Leaf {
    /// A client certificate as the platform gives its services: RSA-2048, by common name.
    #[must_use]
    pub fn client(role: &str, common_name: &str) -> Self {
        Self {
            role: role.to_owned(),
            common_name: common_name.to_owned(),
            names: Vec::new(),
            key: KeyType::Rsa2048,
            purpose: Purpose::Client,
            lifetime: Lifetime::Valid,
            authority: Authority::Platform,
        }
    }

    /// The certificate of the fake's own listeners: P-256, for `localhost` and the loopback addresses.
    #[must_use]
    pub fn server() -> Self {
        Self {
            role: "server".to_owned(),
            common_name: "localhost".to_owned(),
            names: ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec(),
            key: KeyType::EcdsaP256,
            purpose: Purpose::Server,
            lifetime: Lifetime::Valid,
            authority: Authority::Platform,
        }
    }
}

/// Who issues a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Authority {
    /// The authority that the platform's services and clients trust.
    Platform,
    /// An authority that nobody was told to trust.
    Other,
    /// Nobody: it signs itself.
    Itself,
}

/// The kind of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyType {
    /// RSA, 2048 bits; slow to make, so made once a role.
    Rsa2048,
    /// RSA, 4096 bits; very slow to make, so made once a role and only when asked for.
    Rsa4096,
    /// ECDSA on P-256.
    EcdsaP256,
    /// ECDSA on P-384.
    EcdsaP384,
    /// Ed25519.
    Ed25519,
}

impl KeyType {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Rsa2048, Self::Rsa4096, Self::EcdsaP256, Self::EcdsaP384, Self::Ed25519];

    /// Its name in world files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rsa2048 => "rsa-2048",
            Self::Rsa4096 => "rsa-4096",
            Self::EcdsaP256 => "ecdsa-p256",
            Self::EcdsaP384 => "ecdsa-p384",
            Self::Ed25519 => "ed25519",
        }
    }

    /// Whether keys of this kind sign principals (PS512).
    #[must_use]
    pub fn is_rsa(self) -> bool {
        matches!(self, Self::Rsa2048 | Self::Rsa4096)
    }
}

impl fmt::Display for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for KeyType {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Self::ALL.into_iter().find(|key| key.name() == text).ok_or_else(|| UnknownName {
            what: "key type",
            name: text.to_owned(),
            known: Self::ALL.map(Self::name).join("`, `"),
        })
    }
}

/// What a certificate may be used for, by its extended key usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Authenticating a client.
    Client,
    /// Authenticating a server.
    Server,
    /// Neither: signing code.
    Other,
}

/// When a certificate is valid. The dates are fixed, so that no run depends on the day it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lifetime {
    /// From 2024 to the end of 2098.
    Valid,
    /// In 2020 only.
    Expired,
    /// In 2098 only.
    NotYetValid,
}

impl Lifetime {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Valid, Self::Expired, Self::NotYetValid];

    /// Its name in world files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Expired => "expired",
            Self::NotYetValid => "not-yet-valid",
        }
    }

    /// The first year, and the one after the last.
    pub(crate) fn years(self) -> (i32, i32) {
        match self {
            Self::Valid => (2024, 2099),
            Self::Expired => (2020, 2021),
            Self::NotYetValid => (2098, 2099),
        }
    }
}

impl FromStr for Lifetime {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Self::ALL.into_iter().find(|lifetime| lifetime.name() == text).ok_or_else(|| UnknownName {
            what: "validity",
            name: text.to_owned(),
            known: Self::ALL.map(Self::name).join("`, `"),
        })
    }
}

/// A word that is none of a closed list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} `{name}`: expected one of `{known}`")]
pub struct UnknownName {
    what: &'static str,
    name: String,
    known: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for key in KeyType::ALL {
            assert_eq!(key.name().parse(), Ok(key));
        }
        for lifetime in Lifetime::ALL {
            assert_eq!(lifetime.name().parse(), Ok(lifetime));
        }
    }

    #[test]
    fn an_unknown_name_is_told_with_the_known_ones() {
        let error = "dsa".parse::<KeyType>().unwrap_err().to_string();
        insta::assert_snapshot!(error, @"unknown key type `dsa`: expected one of `rsa-2048`, `rsa-4096`, `ecdsa-p256`, `ecdsa-p384`, `ed25519`");
    }
}
