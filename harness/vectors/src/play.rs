//! The player: every vector in a world of its own, several at a time, verdicts in the recorded order.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::Value;

use crate::book::Line;
use crate::compare::{Difference, compare};
use crate::credentials::Credentials;
use crate::message::{Builder, Hop};
use crate::placeholder::Bindings;
use crate::scope::Scope;
use crate::target::{Answer, Response, Seen, Target, TargetError, Turn, World};
use crate::vector::{Expected, Service, Step, Vector};

/// How vectors are played.
#[derive(Debug, Clone, Copy)]
pub struct PlayOptions {
    /// How many at a time.
    pub jobs: NonZeroUsize,
}

/// What came of all of them, in the recorded order.
#[derive(Debug, Default)]
pub struct Report {
    /// One for each line that was given.
    pub played: Vec<Played>,
}

/// What came of one vector.
#[derive(Debug)]
pub struct Played {
    /// The vector's id.
    pub id: String,
    /// Its service.
    pub service: Service,
    /// Its group.
    pub group: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The vector itself; none: it could not be read.
    pub vector: Option<Vector>,
    /// What was seen of its steps, as far as they were played.
    pub seen: Vec<Seen>,
}

/// What came of one vector.
#[derive(Debug)]
pub enum Verdict {
    /// Every step was answered as recorded.
    Agrees,
    /// A step was answered otherwise; steps after it were not played.
    Differs(Box<Mismatch>),
    /// It was not played, and why.
    NotServed(String),
    /// It could not be played: the harness's trouble.
    Broken(TargetError),
}

/// A step that was answered otherwise than recorded.
#[derive(Debug)]
pub struct Mismatch {
    /// Which step, from 1.
    pub step: usize,
    /// What was asked.
    pub request: String,
    /// Where the answer differs.
    pub differences: Vec<Difference>,
    /// The recorded body and the seen one, as text, when the body is among what differs.
    pub bodies: Option<(String, String)>,
}

/// Plays these lines against `target`.
pub fn play<T: Target>(
    target: &T,
    credentials: &dyn Credentials,
    lines: &[Line<'_>],
    options: &PlayOptions,
) -> Report {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(line) = lines.get(index) else { return done };
            done.push((index, play_line(target, credentials, line)));
        }
    };
    let mut done: Vec<(usize, Played)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..options.jobs.get()).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("playing a vector does not panic"))
            .collect()
    });
    done.sort_by_key(|(index, _)| *index);
    Report { played: done.into_iter().map(|(_, played)| played).collect() }
}

fn play_line<T: Target>(target: &T, credentials: &dyn Credentials, line: &Line<'_>) -> Played {
    let vector = line.vector();
    let mut seen = Vec::new();
    let verdict = match &vector {
        Err(_) => Verdict::Broken(format!("read recorded vector `{}`", line.id).into()),
        Ok(vector) => match target.scope(vector) {
            Scope::Played => {
                play_vector(target, credentials, vector, &mut seen).unwrap_or_else(Verdict::Broken)
            }
            Scope::NotServed(reason) => Verdict::NotServed(reason),
        },
    };
    Played {
        id: line.id.to_owned(),
        service: line.service,
        group: line.group.to_owned(),
        verdict,
        vector: vector.ok(),
        seen,
    }
}

fn play_vector<T: Target>(
    target: &T,
    credentials: &dyn Credentials,
    vector: &Vector,
    all: &mut Vec<Seen>,
) -> Result<Verdict, TargetError> {
    let mut world = target.world(vector)?;
    let mut bindings = Bindings::default();
    let hop = world.hop();
    for (index, step) in vector.steps.iter().enumerate() {
        let request = world.request(&step.request);
        let message = Builder::new(credentials, hop).build(vector.service, &request, &bindings)?;
        all.push(world.ask(&Turn {
            service: vector.service,
            message: &message,
            peer: step.request.peer.as_deref().filter(|_| hop == Hop::Ingress),
            fault: step.fault.as_ref(),
        })?);
        let seen = &all[index];
        let differences = compare(step, seen, &mut bindings);
        if !differences.is_empty() {
            return Ok(Verdict::Differs(Box::new(Mismatch {
                step: index + 1,
                request: format!("{} {}", message.method, message.target),
                bodies: bodies(step, &seen.answer, &differences),
                differences,
            })));
        }
    }
    Ok(Verdict::Agrees)
}

/// Both bodies as text, when one holds more than its difference says.
fn bodies(step: &Step, answer: &Answer, differences: &[Difference]) -> Option<(String, String)> {
    let differs = differences.iter().any(|difference| difference.at.starts_with("body"));
    match (&step.response, answer) {
        (Expected::Response(recorded), Answer::Response(seen)) if differs => {
            let recorded = recorded.body.as_ref().map(pretty).unwrap_or_default();
            Some((recorded, pretty_bytes(seen)))
        }
        _ => None,
    }
}

fn pretty(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => serde_json::to_string_pretty(value).expect("a value is JSON"),
    }
}

fn pretty_bytes(response: &Response) -> String {
    serde_json::from_slice::<Value>(&response.body)
        .map_or_else(|_| String::from_utf8_lossy(&response.body).into_owned(), |value| pretty(&value))
}

impl Report {
    /// Ids of the vectors that differ.
    #[must_use]
    pub fn differing(&self) -> Vec<&str> {
        self.played
            .iter()
            .filter(|p| matches!(p.verdict, Verdict::Differs(_)))
            .map(|p| p.id.as_str())
            .collect()
    }

    /// How many vectors got an answer.
    #[must_use]
    pub fn count(&self) -> usize {
        self.played.iter().filter(|p| matches!(p.verdict, Verdict::Agrees | Verdict::Differs(_))).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::Book;
    use crate::credentials::Keyring;
    use crate::vector::State;

    /// Answers everything with 200, and counts the steps in its header.
    struct Counter;

    struct Count(u32);

    impl Target for Counter {
        type World = Count;

        fn scope(&self, vector: &Vector) -> Scope {
            match vector.group.as_str() {
                "other" => Scope::NotServed("of another group".to_owned()),
                _ => Scope::Played,
            }
        }

        fn world(&self, _: &Vector) -> Result<Count, TargetError> {
            Ok(Count(0))
        }
    }

    impl World for Count {
        fn hop(&self) -> Hop {
            Hop::Service
        }

        fn ask(&mut self, turn: &Turn<'_>) -> Result<Seen, TargetError> {
            if turn.message.method == "BREAK" {
                return Err("the wire is cut".into());
            }
            self.0 += 1;
            let headers = vec![("Count".to_owned(), self.0.to_string())];
            let response = Response { status: 200, headers, body: "".into() };
            Ok(Seen { answer: Answer::Response(response), state: Some(State::default()) })
        }
    }

    fn line(id: &str, group: &str, steps: &[(&str, u32)]) -> String {
        let steps: Vec<_> = steps
            .iter()
            .map(|(method, count)| {
                format!(
                    r#"{{"request":{{"method":"{method}","path":"/"}},"response":{{"status":200,"headers":{{"Count":"{count}"}}}}}}"#
                )
            })
            .collect();
        format!(
            r#"{{"id":"{id}","service":"identity","group":"{group}","world":"base","steps":[{}]}}{}"#,
            steps.join(","),
            "\n"
        )
    }

    fn played(text: String, jobs: usize) -> Report {
        let book = Book::parse(text).unwrap();
        let lines: Vec<_> = book.lines().collect();
        let options = PlayOptions { jobs: NonZeroUsize::new(jobs).unwrap() };
        play(&Counter, &Keyring::default(), &lines, &options)
    }

    #[test]
    fn each_vector_starts_from_a_fresh_world_and_stays_in_its_place() {
        let text: String = (0..50).map(|i| line(&i.to_string(), "auth", &[("GET", 1), ("GET", 2)])).collect();
        let report = played(text, 4);
        assert!(report.played.iter().all(|p| matches!(p.verdict, Verdict::Agrees)));
        let ids: Vec<_> = report.played.iter().map(|p| p.id.clone()).collect();
        assert_eq!(ids, (0..50).map(|i| i.to_string()).collect::<Vec<_>>());
        assert_eq!(report.count(), 50);
    }

    #[test]
    fn the_first_step_that_differs_ends_a_vector() {
        let report = played(line("a", "auth", &[("GET", 1), ("PUT", 3), ("BREAK", 3)]), 1);
        assert_eq!(report.differing(), ["a"]);
        let Verdict::Differs(mismatch) = &report.played[0].verdict else { panic!("it differs") };
        assert_eq!((mismatch.step, mismatch.request.as_str()), (2, "PUT /"));
        assert_eq!(mismatch.differences[0].to_string(), r#"headers.Count: expected "3", saw "2""#);
        assert_eq!(mismatch.bodies, None);
    }

    #[test]
    fn what_is_not_played_is_neither_right_nor_wrong() {
        let report = played(line("a", "other", &[("GET", 9)]) + &line("b", "auth", &[("BREAK", 1)]), 2);
        assert!(
            matches!(&report.played[0].verdict, Verdict::NotServed(reason) if reason == "of another group")
        );
        assert!(
            matches!(&report.played[1].verdict, Verdict::Broken(error) if error.to_string() == "the wire is cut")
        );
        assert_eq!((report.count(), report.differing().len()), (0, 0));
    }
}
