//! What a server is told to run when it starts for the first time: whether it looks like what cloud-init reads.

use crate::middleware::envelope::Refusal;

/// What cloud-init tells its formats by, at the beginning of the first line.
const MARKS: [&str; 6] =
    ["## template: jinja", "#cloud-config", "#!", "#cloud-boothook", "#include", "#part-handler"];
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Who must be able to read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// The server.
    Server,
    /// The platform too, which adds something of its own.
    Platform,
}

/// Refuses what no cloud-init would recognize.
pub(super) fn check(data: &[u8], reader: Reader) -> Result<(), Refusal> {
    if data.is_empty() {
        return Ok(());
    }
    let trouble = if data.starts_with(&GZIP) {
        (reader == Reader::Platform)
            .then_some("gzip userData cannot be combined with managed cloud-init augmentation")
    } else {
        text_trouble(&String::from_utf8_lossy(data))
    };
    match trouble {
        None => Ok(()),
        Some(why) => {
            Err(Refusal::unprocessable(format!("userData must be a recognized cloud-init format: {why}")))
        }
    }
}

fn text_trouble(text: &str) -> Option<&'static str> {
    let content_type = content_type(text).unwrap_or_default();
    if content_type.starts_with("multipart/") {
        let boundary = content_type.split(';').any(|parameter| parameter.trim().starts_with("boundary="));
        return (!boundary).then_some("multipart userData boundary missing");
    }
    let first = text.lines().next().unwrap_or_default().trim();
    (!MARKS.iter().any(|mark| first.starts_with(mark))).then_some(
        "unsupported userData format: first line must identify a cloud-init payload \
         (e.g. #cloud-config, #!, or a multipart Content-Type header)",
    )
}

/// The media type of a MIME message (RFC 2045 §5), in lower case.
fn content_type(text: &str) -> Option<String> {
    let head = text.lines().take_while(|line| !line.trim().is_empty());
    let fields = head.map(|line| line.split_once(':')).collect::<Option<Vec<_>>>()?;
    let field = fields.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("Content-Type"))?;
    Some(field.1.trim().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn admits(data: &[u8], server: bool, platform: bool) {
        assert_eq!(check(data, Reader::Server).is_ok(), server);
        assert_eq!(check(data, Reader::Platform).is_ok(), platform);
    }

    #[test]
    fn formats_of_cloud_init_are_admitted() {
        admits(b"", true, true);
        admits(b"#cloud-config\nusers: []\n", true, true);
        admits(b"#!/bin/sh\n", true, true);
        admits(b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x--\n", true, true);
        admits(&[0x1f, 0x8b, 8], true, false);
    }

    #[test]
    fn anything_else_is_not() {
        admits(b"hello", false, false);
        admits(b"\n#cloud-config", false, false);
        admits(b"Content-Type: multipart/mixed\n\n", false, false);
    }
}
