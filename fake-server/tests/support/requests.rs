//! Requests that a client with every permission may send.

/// Adds a reference to a project.
pub(crate) const ADD: &str = "PUT /api/v1/organizations/000000a0-0000-4000-8000-000000000001/projects/\
                              000000b0-0000-4000-8000-000000000001/references/a.b%252Fc HTTP/1.1\r\n\
                              Host: localhost\r\nX-Principal: e30\r\nContent-Length: 0\r\n\r\n";

/// Reads that project.
pub(crate) const READ: &str = "GET /api/v1/organizations/000000a0-0000-4000-8000-000000000001/projects/\
                               000000b0-0000-4000-8000-000000000001 HTTP/1.1\r\nHost: localhost\r\n\
                               X-Principal: e30\r\n\r\n";

/// Where that project's part of the ledger is.
pub(crate) const ALLOCATIONS: &str = "/api/v1/organizations/000000a0-0000-4000-8000-000000000001/projects/\
                                      000000b0-0000-4000-8000-000000000001/allocations";

/// Enters a row in it.
pub(crate) fn allocate() -> String {
    let body = r#"{"metadata":{"name":"undefined"},"spec":{"kind":"a.b","id":"c","allocations":[]}}"#;
    format!(
        "POST {ALLOCATIONS} HTTP/1.1\r\nHost: localhost\r\nX-Principal: e30\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}
