//! The ingress: who the client is, and who says so.

mod support;

use plumbline_fake_server::record::{Handshake, Verified};
use support::{Client, DEADLINE, pki, server};

#[tokio::test]
async fn a_handshake_is_recorded() {
    let server = server().await;
    let compute = pki().credential("compute").unwrap();
    let client = Client { alpn: vec![b"h2".to_vec(), b"http/1.1".to_vec()], ..Client::with(&compute) };
    client.get(&server, "/nowhere").await.unwrap();

    server.all_closed(DEADLINE).await.unwrap();
    let recording = server.finish().await;
    assert_eq!(
        recording.connections[0].handshake,
        Handshake::Done {
            version: "1.3".to_owned(),
            alpn: None,
            sni: Some("localhost".to_owned()),
            offered_alpn: vec!["h2".to_owned(), "http/1.1".to_owned()],
            peer: Some("compute".to_owned()),
            verified: Verified::Success,
        }
    );
    assert_eq!(recording.exchanges[0].request.target, "/nowhere");
}
