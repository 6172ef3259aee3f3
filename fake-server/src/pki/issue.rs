//! Authorities, and how they issue.

use std::net::IpAddr;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, SanType, SerialNumber, date_time_ymd,
};
use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256};

use super::keys::generate;
use super::{KeyType, Leaf, PkiError, Purpose};

/// An authority: a self-signed certificate that signs others.
pub(super) struct Root {
    issuer: CertifiedIssuer<'static, KeyPair>,
    pem: String,
}

impl Root {
    pub(super) fn new(name: &str) -> Result<Self, PkiError> {
        let role = || format!("authority {name}");
        // P-256: the authority's kind of key shows nowhere on the wire, and this one verifies fast.
        let key = generate(KeyType::EcdsaP256).map_err(|source| PkiError::Key { role: role(), source })?;
        let issuer = CertifiedIssuer::self_signed(authority(name), key)
            .map_err(|source| PkiError::Issue { role: role(), source })?;
        let pem = issuer.pem();
        Ok(Self { issuer, pem })
    }

    pub(super) fn issue(&self, leaf: &Leaf, key: &KeyPair) -> Result<Certificate, rcgen::Error> {
        params(leaf)?.signed_by(key, &self.issuer)
    }

    pub(super) fn pem(&self) -> &str {
        &self.pem
    }

    pub(super) fn der(&self) -> &CertificateDer<'static> {
        self.issuer.der()
    }
}

/// A leaf that no authority vouches for.
pub(super) fn self_signed(leaf: &Leaf, key: &KeyPair) -> Result<Certificate, rcgen::Error> {
    params(leaf)?.self_signed(key)
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = subject(&format!("plumbline {name} authority"));
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    // Around every lifetime of a leaf, so that only the leaf's own dates ever decide.
    params.not_before = date_time_ymd(2019, 1, 1);
    params.not_after = date_time_ymd(2099, 12, 31);
    params
}

fn params(leaf: &Leaf) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name = subject(&leaf.common_name);
    params.subject_alt_names = leaf.names.iter().map(|name| alternative(name)).collect::<Result<_, _>>()?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![match leaf.purpose {
        Purpose::Client => ExtendedKeyUsagePurpose::ClientAuth,
        Purpose::Server => ExtendedKeyUsagePurpose::ServerAuth,
        Purpose::Other => ExtendedKeyUsagePurpose::CodeSigning,
    }];
    let (first, after) = leaf.lifetime.years();
    params.not_before = date_time_ymd(first, 1, 1);
    params.not_after = date_time_ymd(after, 1, 1);
    params.use_authority_key_identifier_extension = true;
    params.serial_number = Some(serial(leaf));
    Ok(params)
}

/// A serial number that follows from what the certificate says: leaves may share a key, never a serial number.
fn serial(leaf: &Leaf) -> SerialNumber {
    let mut bytes = Sha256::digest(format!("{leaf:?}"))[..16].to_vec();
    // RFC 5280 §4.1.2.2: positive.
    bytes[0] = bytes[0] & 0x7f | 0x40;
    SerialNumber::from(bytes)
}

fn subject(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    if !common_name.is_empty() {
        name.push(DnType::CommonName, common_name);
    }
    name
}

fn alternative(name: &str) -> Result<SanType, rcgen::Error> {
    match name.parse::<IpAddr>() {
        Ok(address) => Ok(SanType::IpAddress(address)),
        Err(_) => Ok(SanType::DnsName(name.try_into()?)),
    }
}
