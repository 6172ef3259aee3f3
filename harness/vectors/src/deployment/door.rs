//! What restores the world of a deployment: whoever starts it in a test brings it.

use tokio::net::TcpStream;

use super::authority;
use crate::message::Message;
use crate::target::Answer;
use crate::wire::{self, WireError};

/// Where a POST restores the world, access lists that were kept included, and is answered 204 once that is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    host: String,
    port: u16,
    path: String,
}

/// Why the world was not restored.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// It is no such address.
    #[error("`{0}` is no address that a world is restored at: expected `http://HOST:PORT/PATH`")]
    Address(String),
    /// Nobody is there.
    #[error("connect to what restores the world")]
    Connect(#[source] std::io::Error),
    /// What it says is no answer.
    #[error("ask for the world to be restored")]
    Ask(#[from] WireError),
    /// It says that it did not.
    #[error("restore the world: expected 204, saw {0}")]
    Refused(String),
}

impl std::str::FromStr for Door {
    type Err = DoorError;

    fn from_str(text: &str) -> Result<Self, DoorError> {
        let error = || DoorError::Address(text.to_owned());
        let rest = text.strip_prefix("http://").ok_or_else(error)?;
        let (start, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = authority(start, "", 80).ok_or_else(error)?;
        if path.contains([' ', '#']) {
            return Err(error());
        }
        Ok(Self { host, port, path: if path.is_empty() { "/".to_owned() } else { path.to_owned() } })
    }
}

impl Door {
    /// Restores the world.
    ///
    /// # Errors
    ///
    /// When nobody is there, or says anything but 204.
    pub async fn reset(&self) -> Result<(), DoorError> {
        let mut stream =
            TcpStream::connect((self.host.as_str(), self.port)).await.map_err(DoorError::Connect)?;
        let message = Message {
            method: "POST".to_owned(),
            target: self.path.clone(),
            headers: vec![("Host".to_owned(), format!("{}:{}", self.host, self.port))],
            body: "".into(),
        };
        match wire::exchange(&mut stream, &message).await? {
            Answer::Response(response) if response.status == 204 => Ok(()),
            Answer::Response(response) => Err(DoorError::Refused(response.status.to_string())),
            Answer::Aborted => Err(DoorError::Refused("no answer".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_door_is_an_address_with_a_path() {
        let door: Door = "http://127.0.0.1:9000/reset?all".parse().unwrap();
        assert_eq!((door.host.as_str(), door.port, door.path.as_str()), ("127.0.0.1", 9000, "/reset?all"));
        assert_eq!("http://localhost".parse::<Door>().unwrap().path, "/");
        for text in ["https://localhost/", "http://", "http://a/ b", "localhost:1"] {
            assert!(text.parse::<Door>().is_err(), "{text}");
        }
    }
}
