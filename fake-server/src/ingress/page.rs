//! Pages that the ingress answers with by itself, as nginx words them.

use bytes::Bytes;

use crate::exchange::Response;

/// The page for a client certificate that does not verify.
pub(crate) fn certificate_error() -> Response {
    page(400, "400 The SSL certificate error", "<center>The SSL certificate error</center>\r\n")
}

/// The page for what is no HTTP request.
pub(crate) fn bad_request() -> Response {
    page(400, "400 Bad Request", "")
}

/// The page for a body beyond the limit.
pub(crate) fn too_large() -> Response {
    page(413, "413 Request Entity Too Large", "")
}

fn page(status: u16, title: &str, detail: &str) -> Response {
    let heading = if status == 400 { "400 Bad Request" } else { title };
    let body = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{heading}</h1></center>\r\n\
         {detail}<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    Response {
        status,
        headers: vec![
            ("Content-Type".to_owned(), "text/html".to_owned()),
            ("Connection".to_owned(), "close".to_owned()),
        ],
        body: Bytes::from(body),
    }
}
