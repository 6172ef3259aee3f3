//! The self-test for those who write a driver: each rule of the protocol, tried against a real fake.
//!
//! It judges the driver, not the client: rules ask for what any client does, one at a time, and say what was expected.

mod desk;
mod lifecycles;
mod rules;

use crate::drive::{NotStarted, ProcessDriver, Program};
use desk::Desk;
pub use desk::SetupError;
pub use rules::Rule;

/// One rule, tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The rule.
    pub rule: Rule,
    /// What came of it.
    pub ruling: Ruling,
    /// The last lines that the driver wrote on standard error meanwhile.
    pub said: Vec<String>,
}

/// What came of trying a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// The driver keeps it.
    Held,
    /// It does not; this was seen instead.
    Broken(String),
    /// It could not be tried, and why.
    NotTried(String),
}

/// Starts the program and tries every rule; when it does not start, there is no more than the first.
///
/// # Errors
///
/// The fake could not be set up.
pub async fn check(program: Program) -> Result<Vec<Tried>, SetupError> {
    let limits = program.limits;
    let driver = match Box::pin(ProcessDriver::start(program)).await {
        Ok(driver) => driver,
        Err(NotStarted { broken, said }) => {
            return Ok(vec![Tried { rule: Rule::Starts, ruling: Ruling::Broken(broken.to_string()), said }]);
        }
    };
    let mut desk = Desk::set_up(driver, limits).await?;
    let mut tried = vec![Tried { rule: Rule::Starts, ruling: Ruling::Held, said: Vec::new() }];
    let mut opens = true;
    for rule in Rule::ALL.into_iter().skip(1) {
        // Each would wait as long for what cannot come, and say the same.
        if !opens && rule.takes_a_session() {
            let ruling = Ruling::NotTried("it takes a session, and none opens".to_owned());
            tried.push(Tried { rule, ruling, said: Vec::new() });
            continue;
        }
        let ruling = match Box::pin(rules::try_one(rule, &mut desk)).await {
            Ok(()) => Ruling::Held,
            Err(ruling) => ruling,
        };
        let (said, trouble) = desk.tidy_up().await;
        let ruling = match (ruling, trouble) {
            (Ruling::Held, Some(trouble)) => Ruling::Broken(trouble),
            (Ruling::Broken(seen), Some(trouble)) if !seen.contains(&trouble) => {
                Ruling::Broken(format!("{seen}\nand then: {trouble}"))
            }
            (ruling, _) => ruling,
        };
        // One that opens and cannot close can still be tried by the other rules.
        opens &= rule != Rule::Opens || desk.opens;
        tried.push(Tried { rule, ruling, said });
    }
    Ok(tried)
}
