//! Addresses, TLS, and connections.

use std::sync::Arc;

use http::Method;
use http::header::{CONNECTION, HeaderValue};
use plumbline_reference::{Credentials, Error, ExchangeFuture, Layer, Next, Outgoing, TlsParts};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::io::AsyncWriteExt as _;

use crate::Mutant;
use crate::broken::Broken;
use crate::layers::Resend;

pub(super) const TABLE: &[Mutant] = &[
    Mutant {
        id: "trusts-everybody",
        story: "does not check the server's certificate",
        build: || Broken::credentials(Trusting { forgives: |_| true, schemes: None }),
    },
    Mutant {
        id: "trusts-unknown-authorities",
        story: "trusts a server whoever signed its certificate",
        build: || {
            Broken::credentials(Trusting {
                forgives: |error| matches!(error, CertificateError::UnknownIssuer),
                schemes: None,
            })
        },
    },
    Mutant {
        id: "trusts-expired-servers",
        story: "trusts a server whose certificate has expired",
        build: || {
            Broken::credentials(Trusting {
                forgives: |error| {
                    matches!(error, CertificateError::Expired | CertificateError::ExpiredContext { .. })
                },
                schemes: None,
            })
        },
    },
    Mutant {
        id: "trusts-servers-too-early",
        story: "trusts a server whose certificate is not valid yet",
        build: || {
            Broken::credentials(Trusting {
                forgives: |error| {
                    matches!(
                        error,
                        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. }
                    )
                },
                schemes: None,
            })
        },
    },
    Mutant {
        id: "trusts-any-name",
        story: "trusts a server whatever name its certificate is for",
        build: || {
            Broken::credentials(Trusting {
                forgives: |error| {
                    matches!(
                        error,
                        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
                    )
                },
                schemes: None,
            })
        },
    },
    Mutant {
        id: "trusts-p-256-only",
        story: "trusts servers with P-256 keys only",
        build: || {
            Broken::credentials(Trusting {
                forgives: |_| false,
                schemes: Some(&[SignatureScheme::ECDSA_NISTP256_SHA256]),
            })
        },
    },
    Mutant {
        id: "tls-1.2-spoken",
        story: "speaks TLS 1.2 with a server that speaks nothing newer",
        build: || Broken::credentials(Versions),
    },
    Mutant {
        id: "http-2-offered",
        story: "offers HTTP/2",
        build: || {
            Broken::credentials(Configured(|config| {
                config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
            }))
        },
    },
    Mutant {
        id: "server-name-left-out",
        story: "does not name the host in the handshake",
        build: || Broken::credentials(Configured(|config| config.enable_sni = false)),
    },
    Mutant {
        id: "certificate-not-presented",
        story: "presents no certificate in the handshake",
        build: || Broken::credentials(Anonymous),
    },
    Mutant {
        id: "addresses-by-name",
        story: "calls a server by its name when it was given its address",
        build: || {
            Broken::session(|session| {
                for endpoint in [&mut session.endpoints.identity, &mut session.endpoints.region] {
                    *endpoint = endpoint.replace("127.0.0.1", "localhost");
                }
            })
        },
    },
    Mutant {
        id: "address-scheme-guessed",
        story: "guesses the scheme of an address that has none",
        build: || {
            Broken::session(|session| {
                for endpoint in [&mut session.endpoints.identity, &mut session.endpoints.region] {
                    if !endpoint.contains("://") && !endpoint.is_empty() {
                        *endpoint = format!("https://{endpoint}");
                    }
                }
            })
        },
    },
    Mutant {
        id: "address-scheme-in-lower-case-only",
        story: "does not know a scheme in capitals",
        build: || {
            Broken::session(|session| {
                for endpoint in [&mut session.endpoints.identity, &mut session.endpoints.region] {
                    *endpoint = endpoint.replace("HTTPS", "xhttps");
                }
            })
        },
    },
    Mutant {
        id: "falls-back-to-plain-http",
        story: "says its request in plain HTTP to a server that knows no TLS",
        build: || Broken::layer(|| Plain),
    },
    Mutant {
        id: "handshakes-tried-again",
        story: "tries a handshake that failed a second time",
        build: || {
            Broken::layer(|| Resend {
                when: |_, outcome| {
                    matches!(
                        outcome,
                        Err(Error::Tls { .. } | Error::ServerUntrusted { .. } | Error::ConnectionLost { .. })
                    )
                },
                times: 2,
            })
        },
    },
    Mutant {
        id: "connections-not-reused",
        story: "dials for every call",
        build: || {
            Broken::request(|request| {
                request.headers.insert(CONNECTION, HeaderValue::from_static("close"));
            })
        },
    },
    Mutant {
        id: "writes-dial",
        story: "dials again for every write",
        build: || {
            Broken::request(|request| {
                if request.method != Method::GET {
                    request.headers.insert(CONNECTION, HeaderValue::from_static("close"));
                }
            })
        },
    },
    Mutant {
        id: "lost-writes-sent-again",
        story: "sends a write again whose connection was lost",
        build: || {
            Broken::layer(|| Resend {
                when: |verb, outcome| {
                    verb != Method::GET && matches!(outcome, Err(Error::ConnectionLost { .. }))
                },
                times: 2,
            })
        },
    },
    Mutant {
        id: "lost-reads-sent-for-ever",
        story: "sends a read again as often as its connection is lost",
        build: || {
            Broken::layer(|| Resend {
                when: |verb, outcome| {
                    verb == Method::GET && matches!(outcome, Err(Error::ConnectionLost { .. }))
                },
                times: 5,
            })
        },
    },
    Mutant {
        id: "reads-sent-twice",
        story: "sends every read twice, to be sure",
        build: || {
            Broken::layer(|| Resend {
                when: |verb, outcome| verb == Method::GET && outcome.is_ok(),
                times: 2,
            })
        },
    },
    Mutant {
        id: "writes-sent-twice",
        story: "sends every write twice, to be sure",
        build: || {
            Broken::layer(|| Resend {
                when: |verb, outcome| verb != Method::GET && outcome.is_ok(),
                times: 2,
            })
        },
    },
    Mutant {
        id: "calls-for-both-services-to-one",
        story: "sends the region service's calls to identity",
        build: || Broken::session(|session| session.endpoints.region.clone_from(&session.endpoints.identity)),
    },
    Mutant {
        id: "ingress-headers-sent",
        story: "sends the ingress's header with the result of the certificate's verification",
        build: || {
            Broken::request(|request| {
                request.headers.insert("ssl-client-verify", HeaderValue::from_static("SUCCESS"));
            })
        },
    },
    Mutant {
        id: "principal-as-bearer-token",
        story: "sends the principal as a bearer token, too",
        build: || {
            Broken::request(|request| {
                let token = request.headers.get("x-principal").and_then(|value| value.to_str().ok());
                if let Some(value) =
                    token.and_then(|token| HeaderValue::from_str(&format!("Bearer {token}")).ok())
                {
                    request.headers.insert(http::header::AUTHORIZATION, value);
                }
            })
        },
    },
];

/// Changes the usual TLS.
struct Configured(fn(&mut ClientConfig));

impl Credentials for Configured {
    fn tls(&self, parts: TlsParts) -> ClientConfig {
        let mut config = plumbline_reference::Standard.tls(parts);
        (self.0)(&mut config);
        config
    }
}

struct Anonymous;

impl Credentials for Anonymous {
    fn tls(&self, parts: TlsParts) -> ClientConfig {
        plumbline_reference::Standard.tls(TlsParts { identity: None, ..parts })
    }
}

struct Versions;

impl Credentials for Versions {
    fn tls(&self, parts: TlsParts) -> ClientConfig {
        let builder = ClientConfig::builder_with_provider(parts.provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .expect("the provider knows both")
            .with_root_certificates(parts.roots);
        match parts.identity {
            Some(identity) => {
                builder.with_client_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(identity)))
            }
            None => builder.with_no_client_auth(),
        }
    }
}

/// Overlooks some of what may be wrong with a server's certificate.
#[derive(Clone, Copy)]
struct Trusting {
    forgives: fn(&CertificateError) -> bool,
    schemes: Option<&'static [SignatureScheme]>,
}

impl Credentials for Trusting {
    fn tls(&self, parts: TlsParts) -> ClientConfig {
        let usual = WebPkiServerVerifier::builder_with_provider(
            Arc::clone(&parts.roots),
            Arc::clone(&parts.provider),
        );
        let usual = usual.build().ok();
        let schemes = match self.schemes {
            Some(schemes) => schemes.to_vec(),
            None => parts.provider.signature_verification_algorithms.supported_schemes(),
        };
        let mut config = plumbline_reference::Standard.tls(parts);
        let verifier = Verifier { usual, schemes, forgives: self.forgives };
        config.dangerous().set_certificate_verifier(Arc::new(verifier));
        config
    }
}

#[derive(Debug)]
struct Verifier {
    usual: Option<Arc<WebPkiServerVerifier>>,
    schemes: Vec<SignatureScheme>,
    forgives: fn(&CertificateError) -> bool,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(usual) = &self.usual else { return Err(CertificateError::UnknownIssuer.into()) };
        match usual.verify_server_cert(end_entity, intermediates, name, ocsp, now) {
            Err(rustls::Error::InvalidCertificate(error)) if (self.forgives)(&error) => {
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}

struct Plain;

impl Layer for Plain {
    fn exchange<'a>(&'a self, request: Outgoing, next: Next<'a>) -> ExchangeFuture<'a> {
        Box::pin(async move {
            let outcome = next.send(request.clone()).await;
            let Err(Error::Tls { .. } | Error::Protocol { .. }) = &outcome else { return outcome };
            let host = request.headers.get(http::header::HOST).and_then(|value| value.to_str().ok());
            if let Some(host) = host
                && let Ok(mut stream) = tokio::net::TcpStream::connect(host).await
            {
                let mut text = format!("{} {} HTTP/1.1\r\nHost: {host}\r\n", request.method, request.target);
                if let Some(principal) =
                    request.headers.get("x-principal").and_then(|value| value.to_str().ok())
                {
                    text.push_str(&format!("X-Principal: {principal}\r\n"));
                }
                text.push_str("\r\n");
                let _whatever = stream.write_all(text.as_bytes()).await;
            }
            outcome
        })
    }
}
