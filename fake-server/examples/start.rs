//! How long a server takes to start, and to answer its first request: `cargo run --example start`.
//!
//! Figures to look at, not to assert: what a machine under load makes of them says nothing about the fake.

use std::error::Error;
use std::io::Write as _;
use std::time::{Duration, Instant};

use plumbline_fake_server::world::World;
use plumbline_fake_server::{FakeServer, Pki, Setup};

const STARTS: usize = 500;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let begun = now();
    let pki = Pki::of(&World::shared())?;
    pki.warm()?;
    say(&format!("every certificate of the world: {:?}", begun.elapsed()))?;

    let mut starts = Vec::with_capacity(STARTS);
    let mut ends = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        let begun = now();
        let server = FakeServer::start(Setup::new(pki.clone())).await?;
        starts.push(begun.elapsed());
        let begun = now();
        server.finish().await;
        ends.push(begun.elapsed());
    }
    say(&format!("start:  {}", summary(starts)))?;
    say(&format!("finish: {}", summary(ends)))?;
    Ok(())
}

fn summary(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    format!("least {:?}, median {:?}, 95 of 100 within {:?}, most {:?}", at(0), at(50), at(95), at(100))
}

#[expect(clippy::disallowed_methods, reason = "measuring time is what this is for")]
fn now() -> Instant {
    Instant::now()
}

fn say(line: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{line}")
}
