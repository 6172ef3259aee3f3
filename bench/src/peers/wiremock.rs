//! wiremock, which brings a thread of its own.

use std::net::SocketAddr;

use wiremock::matchers::{method, path};
use wiremock::{MockServer, ResponseTemplate};

use super::Canned;

/// A mock server with one mock.
pub(crate) struct Mock {
    pub(crate) address: SocketAddr,
    _server: MockServer,
}

/// Gives that answer to GET requests for that path.
pub(crate) async fn mock(target: &str, answer: &Canned) -> Mock {
    // Not from wiremock's pool, whose servers have served others before.
    let server = MockServer::builder().start().await;
    let mut template = ResponseTemplate::new(answer.status.as_u16()).set_body_bytes(answer.body.to_vec());
    for (name, value) in &answer.headers {
        template = template.insert_header(name.clone(), value.clone());
    }
    wiremock::Mock::given(method("GET")).and(path(target)).respond_with(template).mount(&server).await;
    Mock { address: *server.address(), _server: server }
}
