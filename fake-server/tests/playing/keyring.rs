//! The certificates that the world asks a test to make.

use std::thread;

use plumbline_fake_server::world::{Certificate, World};
use plumbline_vectors::Keyring;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, RsaKeySize};

/// Makes every certificate of the world, each with a key of its own.
pub(crate) fn make(world: &World) -> Keyring {
    let made: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> =
            world.certificates.iter().map(|c| scope.spawn(move || (c, certificate(c)))).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().expect("making a certificate does not panic"))
            .collect()
    });
    let mut keyring = Keyring::default();
    for (certificate, (pem, key)) in made {
        keyring.add_certificate(&certificate.name, &pem, &key).expect("the key was just made");
    }
    keyring
}

/// A certificate that signed itself, and its key: behind an ingress nobody asks who vouches for it.
fn certificate(wanted: &Certificate) -> (String, String) {
    let key = match wanted.key.as_str() {
        "rsa-2048" => KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048),
        "ecdsa-p256" => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256),
        other => panic!("the world asks for a key of type `{other}`"),
    }
    .expect("keys can be made");
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, wanted.common_name.as_str());
    if wanted.validity == "expired" {
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    }
    let certificate = params.self_signed(&key).expect("a certificate can be signed");
    (certificate.pem(), key.serialize_pem())
}
