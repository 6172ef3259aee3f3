//! How the fake's listeners meet clients, from what a scenario says of them.

use plumbline_fake_server::exchange::Service;
use plumbline_fake_server::ingress::{ClientCertificates as Treatment, Protocol, TlsSetup};
use plumbline_fake_server::pki::{Authority, Leaf, Lifetime};

use super::credentials::key_type;
use crate::scenario::setup::{ListenerSetup, ServerSetup};
use crate::scenario::words::{ClientCertificates, Listens, ServerCertificate};

/// The setup of one service's listener; `called` is the service that the case calls.
pub(super) fn listener(setup: &ServerSetup, service: Service, called: Service) -> TlsSetup {
    let named = match service {
        Service::Identity => setup.identity.as_ref(),
        Service::Region => setup.region.as_ref(),
    };
    let other = setup.other.as_ref().filter(|_| service != called);
    let layers: Vec<&ListenerSetup> = [Some(&setup.both), named, other].into_iter().flatten().collect();
    let mut tls = TlsSetup::default();
    for layer in layers {
        apply(layer, &mut tls);
    }
    tls
}

fn apply(setup: &ListenerSetup, tls: &mut TlsSetup) {
    if let Some(key) = &setup.key {
        tls.certificate.key = key_type(key.value);
    }
    if let Some(kind) = &setup.certificate {
        tls.certificate = certificate(kind.value, Leaf { key: tls.certificate.key, ..Leaf::server() });
    }
    if let Some(listens) = &setup.listens {
        tls.protocol = match listens.value {
            Listens::Tls13 => Protocol::Tls13,
            Listens::Tls12 => Protocol::Tls12,
            Listens::Plain => Protocol::Plain,
            Listens::Mute => Protocol::Mute,
            Listens::No => Protocol::Nothing,
        };
    }
    if let Some(treatment) = &setup.client_certificates {
        tls.clients = match treatment.value {
            ClientCertificates::Optional => Treatment::Optional,
            ClientCertificates::PassedOn => Treatment::PassedOn,
            ClientCertificates::Refused => Treatment::Refused,
            ClientCertificates::Required => Treatment::Required,
            ClientCertificates::NotAsked => Treatment::NotAsked,
        };
    }
}

pub(super) fn certificate(kind: ServerCertificate, usual: Leaf) -> Leaf {
    match kind {
        ServerCertificate::Valid => usual,
        ServerCertificate::Expired => Leaf { lifetime: Lifetime::Expired, ..usual },
        ServerCertificate::NotYetValid => Leaf { lifetime: Lifetime::NotYetValid, ..usual },
        ServerCertificate::WrongName => {
            let elsewhere = "elsewhere.example.test".to_owned();
            Leaf { common_name: elsewhere.clone(), names: vec![elsewhere], ..usual }
        }
        ServerCertificate::NameOnly => Leaf { names: Vec::new(), ..usual },
        ServerCertificate::OtherCa => Leaf { authority: Authority::Other, ..usual },
        ServerCertificate::SelfSigned => Leaf { authority: Authority::Itself, ..usual },
    }
}
