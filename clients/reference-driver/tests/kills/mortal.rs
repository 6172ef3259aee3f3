//! Passes messages between a harness and a driver, and kills both at a moment of its choice.

use std::fs::OpenOptions;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex};

use rustix::process::{Signal, kill_current_process_group};

/// The first argument that makes this program a mortal driver; then come the folder, the seed and the driver's command.
pub(crate) const WORD: &str = "mortal-driver";

/// A process is killed in one of its first so many messages of one direction, which are those of about eight cases.
const MESSAGES: u64 = 24;

/// The places within a message: before its first byte, after each of its sixteenths, after the last byte.
const PLACES: u64 = 17;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Heard,
    Said,
}

/// When a process is killed.
#[derive(Debug, Clone, Copy)]
struct Moment {
    direction: Direction,
    /// Which message, from 1.
    message: u64,
    /// How many [`PLACES`] of it are passed on.
    place: u64,
}

impl Moment {
    /// The moment of the process of that number.
    fn of(seed: u64, number: u64) -> Self {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(number);
        let mut choose = |from: u64| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (mixed ^ (mixed >> 31)) % from
        };
        let direction = if choose(2) == 0 { Direction::Heard } else { Direction::Said };
        Self { direction, message: 1 + choose(MESSAGES), place: choose(PLACES) }
    }

    /// How many bytes of a message are passed on before the kill; none: all, and there is no kill.
    fn bytes(self, direction: Direction, message: u64, length: usize) -> Option<usize> {
        let due = (direction, message) == (self.direction, self.message);
        let place = usize::try_from(self.place).unwrap();
        due.then(|| length * place / usize::try_from(PLACES - 1).unwrap())
    }
}

/// What the process is at, for the campaign to read once it was killed.
#[derive(Debug)]
struct Note {
    path: PathBuf,
    moment: Moment,
    /// Sessions opened, from the first byte of the message on, and closed, with the last byte of the answer.
    opened: usize,
    closed: usize,
}

/// Runs the driver until it ends, or until both are killed.
pub(crate) fn run(mut words: impl Iterator<Item = String>) -> ExitCode {
    let folder = PathBuf::from(words.next().unwrap());
    let seed = words.next().unwrap().parse().unwrap();
    let (number, path) = claim(&folder);
    let moment = Moment::of(seed, number);
    let note = Arc::new(Mutex::new(Note { path, moment, opened: 0, closed: 0 }));
    let mut driver = Command::new(words.next().unwrap())
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (input, output) = (driver.stdin.take().unwrap(), driver.stdout.take().unwrap());
    let noted = Arc::clone(&note);
    // Not waited for: a driver that ends by itself does so whether or not the harness has more to say.
    std::thread::spawn(move || pass(Direction::Heard, io::stdin(), input, &noted));
    pass(Direction::Said, output, io::stdout(), &note);
    match driver.wait().unwrap().success() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Takes the next number, which is a new file in the folder.
fn claim(folder: &Path) -> (u64, PathBuf) {
    for number in 0.. {
        let path = folder.join(number.to_string());
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(_) => return (number, path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => panic!("claim a number: {error}"),
        }
    }
    unreachable!("there is always another number")
}

fn pass(direction: Direction, from: impl Read, mut to: impl Write, note: &Mutex<Note>) {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    for message in 1.. {
        line.clear();
        if from.read_until(b'\n', &mut line).unwrap_or(0) == 0 {
            return;
        }
        let due = {
            let mut note = note.lock().unwrap();
            let due = note.moment.bytes(direction, message, line.len());
            note.passes(&line, due.unwrap_or(line.len()));
            due
        };
        let passed = to.write_all(&line[..due.unwrap_or(line.len())]).and_then(|()| to.flush());
        match (due, passed) {
            (Some(_), _) => note.lock().unwrap().kill(),
            (None, Ok(())) => {}
            (None, Err(_)) => return,
        }
    }
}

impl Note {
    /// So many bytes of a line are about to be passed on.
    fn passes(&mut self, line: &[u8], bytes: usize) {
        let is = |kind: &str| line.starts_with(format!(r#"{{"type":"{kind}""#).as_bytes());
        let whole = bytes == line.len();
        self.opened += usize::from(is("open") && bytes > 0);
        self.closed += usize::from((is("closed") || is("refused")) && whole);
    }

    fn kill(&self) {
        let Moment { direction, message, place } = self.moment;
        let text = format!("{} {direction:?} {message} {place}\n", self.opened - self.closed);
        std::fs::write(&self.path, text).unwrap();
        kill_current_process_group(Signal::KILL).unwrap();
    }
}
