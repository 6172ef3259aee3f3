//! A fake identity and region service that decides as the real ones were recorded to decide.
//!
//! It listens on loopback with real mutual TLS, keeps state, refuses what the services refuse in the services' own
//! words, and records every connection and exchange; certificates, keys, tokens and signatures by role only. It knows
//! nothing of scenarios and verdicts: anybody who tests a client of the two services can use it by itself.
//!
//! ```
//! use plumbline_fake_server::exchange::Response;
//! use plumbline_fake_server::fault::{Fault, Rule};
//! use plumbline_fake_server::pki::TrustAnchor;
//! use plumbline_fake_server::world::World;
//! use plumbline_fake_server::{FakeServer, Pki, Service, Setup};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Keys are slow to make: share one `Pki` among all tests of a process. Servers cost next to nothing.
//! let pki = Pki::of(&World::shared())?;
//! let server = FakeServer::start(Setup::new(pki.clone())).await?;
//! server.inject(Rule::nth(1, Fault::reply(Response::empty(503))));
//!
//! let authority = pki.authority_pem(TrustAnchor::Platform);
//! let service = pki.credential("kubernetes")?;
//! let client = MyClient::new(
//!     &server.endpoint(Service::Identity),
//!     authority,
//!     service.certificate_pem(),
//!     &service.private_key_pem(),
//! );
//! client.list_organizations().await?;
//!
//! let recording = server.finish().await;
//! assert_eq!(recording.exchanges.len(), 2, "the client asks once more after a 503");
//! assert_eq!(recording.exchanges[1].answer.as_ref().map(|answer| answer.status), Some(200));
//! # Ok(())
//! # }
//! # use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
//! # use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
//! # struct MyClient { address: String, tls: tokio_rustls::TlsConnector }
//! # impl MyClient {
//! #     fn new(endpoint: &str, authority: &str, certificate: &str, key: &str) -> Self {
//! #         let mut roots = rustls::RootCertStore::empty();
//! #         roots.add(CertificateDer::from_pem_slice(authority.as_bytes()).unwrap()).unwrap();
//! #         let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
//! #         let config = rustls::ClientConfig::builder_with_provider(provider)
//! #             .with_safe_default_protocol_versions().unwrap()
//! #             .with_root_certificates(roots)
//! #             .with_client_auth_cert(
//! #                 vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()],
//! #                 PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
//! #             ).unwrap();
//! #         let address = endpoint.trim_start_matches("https://").to_owned();
//! #         Self { address, tls: std::sync::Arc::new(config).into() }
//! #     }
//! #     async fn list_organizations(&self) -> std::io::Result<()> {
//! #         for _ in 0..2 {
//! #             let tcp = tokio::net::TcpStream::connect(&self.address).await?;
//! #             let mut stream = self.tls.connect("localhost".try_into().unwrap(), tcp).await?;
//! #             let request = "GET /api/v1/organizations HTTP/1.1\r\nHost: localhost\r\nX-Principal: e30\r\n\
//! #                 Connection: close\r\n\r\n";
//! #             stream.write_all(request.as_bytes()).await?;
//! #             stream.read_to_end(&mut Vec::new()).await?;
//! #         }
//! #         Ok(())
//! #     }
//! # }
//! ```
//!
//! | where | what |
//! |---|---|
//! | [`server`] | begin here: [`FakeServer`], what it is started with and what can be done to it |
//! | [`record`] | what it saw: connections, exchanges, changes |
//! | [`fault`] | what may go wrong, as data; gates instead of sleeps |
//! | [`pki`] | authorities and certificates, right ones and wrong ones |
//! | [`ingress`] | how a listener meets its clients: TLS versions, certificates wanted, passed on or refused |
//! | [`token`] | bearer tokens: those of the world by name |
//! | [`serve`](mod@serve) | the same as a program |
//! | [`deviation`] | deployments that differ in one rule, for those who look for differences |
//! | [`engine`] | the decision alone, without a network: request in, decision out |
//! | [`exchange`], [`world`], [`store`], [`contract`] | what the engine decides on: requests, the state before and after, the API documents |
//!
//! A request goes through the ingress (TLS, who the client is, headers that only the ingress may set), meets the fault
//! that a test put in its way, is decided on by the engine, one request at a time, and is recorded; the answer then
//! leaves as the fault has it, as a rule whole.

mod acl;
mod api;
pub mod contract;
pub mod deviation;
pub mod engine;
pub mod exchange;
pub mod fault;
pub mod ingress;
mod middleware;
pub mod pki;
pub mod record;
pub mod repaired;
mod redact;
pub mod serve;
pub mod server;
pub mod store;
pub mod token;
mod wire;
pub mod world;

pub use exchange::Service;
pub use pki::Pki;
pub use serve::{ServeOptions, serve};
pub use server::{FakeServer, Setup};
