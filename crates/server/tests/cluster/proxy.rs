//! A network that breaks: between a node and its database, cut at any byte.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

use crate::wire::{Talk, Wire};

/// How the server says that a COMMIT is done: CommandComplete (PostgreSQL 15 §55.7).
const COMMITTED: &[u8] = b"C\0\0\0\x0bCOMMIT\0";

/// What a node sends, and gets, until all its statements are prepared, about.
const PREPARED: f64 = 16_000.0;

/// Passes connections on, and cuts them while it is told to.
pub(crate) struct Proxy {
    /// Where it listens.
    pub(crate) address: String,
    state: Arc<State>,
    accepting: Option<JoinHandle<()>>,
}

struct State {
    target: String,
    /// Hears all that passes, if anybody does.
    wire: Option<Wire>,
    cutting: AtomicBool,
    /// The next answer to a COMMIT ends all connections, and there are no new ones.
    ending: AtomicBool,
    ended: AtomicBool,
    closed: AtomicBool,
    cuts: AtomicUsize,
    /// Cuts between a COMMIT and its answer.
    answers: AtomicUsize,
}

/// When a connection's direction is cut.
enum Cut {
    Never,
    /// After so many more bytes.
    After(usize),
    /// In the place of the answer to a COMMIT, after so many others.
    InPlaceOfAnswer(usize),
}

impl Proxy {
    /// In front of the server at `target`.
    pub(crate) fn start(target: &str) -> Self {
        Self::hearing(target, None)
    }

    /// The same, and somebody hears what passes.
    pub(crate) fn hearing(target: &str, wire: Option<Wire>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let state = Arc::new(State {
            target: target.to_owned(),
            wire,
            cutting: AtomicBool::new(false),
            ending: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            cuts: AtomicUsize::new(0),
            answers: AtomicUsize::new(0),
        });
        let shared = state.clone();
        let accepting = Some(thread::spawn(move || accept(&listener, &shared)));
        Self { address, state, accepting }
    }

    /// Cuts connections from now on, or lets them be.
    pub(crate) fn cut(&self, cutting: bool) {
        self.state.cutting.store(cutting, Ordering::SeqCst);
        self.state.ended.store(false, Ordering::SeqCst);
    }

    /// Ends everything in the place of the next answer to a COMMIT, until cutting is over.
    pub(crate) fn cut_at_the_next_commit(&self) {
        self.state.ending.store(true, Ordering::SeqCst);
    }

    /// How many it has cut.
    pub(crate) fn cuts(&self) -> usize {
        self.state.cuts.load(Ordering::SeqCst)
    }

    /// How many of those between a COMMIT and its answer.
    pub(crate) fn lost_answers(&self) -> usize {
        self.state.answers.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.state.closed.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(&self.address); // wakes it up; it may have ended
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join(); // what it had to say, the test has heard
        }
    }
}

fn accept(listener: &TcpListener, state: &Arc<State>) {
    for client in listener.incoming() {
        if state.closed.load(Ordering::SeqCst) {
            return;
        }
        if state.ended.load(Ordering::SeqCst) {
            continue;
        }
        // A client that has gone, or a server that is not there: the client sees a cut.
        let Ok(client) = client else { continue };
        let Ok(server) = TcpStream::connect(&state.target) else { continue };
        let _ = (client.set_nodelay(true), server.set_nodelay(true)); // faster, where it works
        let (up, down) = draw();
        let back = (server.try_clone().unwrap(), client.try_clone().unwrap());
        let talk = state.wire.as_ref().map(Wire::begin);
        let (shared, ears) = (state.clone(), talk.clone());
        let ask = move |bytes: &[u8]| ears.iter().for_each(|talk| Talk::asked(talk, bytes));
        thread::spawn(move || pump(client, server, up, &shared, ask));
        let shared = state.clone();
        let answer = move |bytes: &[u8]| talk.iter().for_each(|talk| Talk::answered(talk, bytes));
        thread::spawn(move || pump(back.0, back.1, down, &shared, answer));
    }
}

/// Where a new connection is cut, to the server and from it.
fn draw() -> (Cut, Cut) {
    // Some as soon as they begin, most where batches are on their way.
    let beyond = if fastrand::u8(..) < 24 { 0.0 } else { PREPARED };
    let bytes = beyond + 2_f64.powf(fastrand::f64() * 15.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number")]
    let bytes = bytes as usize;
    match fastrand::u8(..4) {
        0 => (Cut::After(bytes), Cut::Never),
        1 => (Cut::Never, Cut::After(bytes)),
        _ => (Cut::Never, Cut::InPlaceOfAnswer(fastrand::usize(..6))),
    }
}

impl State {
    /// Where everything is to end, if it is in these bytes.
    fn end(&self, bytes: &[u8]) -> Option<usize> {
        if !self.ending.load(Ordering::SeqCst) {
            return None;
        }
        let at = bytes.windows(COMMITTED.len()).position(|at| at == COMMITTED)?;
        self.ending.store(false, Ordering::SeqCst);
        self.ended.store(true, Ordering::SeqCst);
        Some(at)
    }
}

impl Cut {
    /// How many of these bytes still get through, if the cut is here.
    fn here(&mut self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Never => None,
            Self::After(left) if *left < bytes.len() => Some(*left),
            Self::After(left) => {
                *left -= bytes.len();
                None
            }
            Self::InPlaceOfAnswer(others) => {
                let mut found =
                    bytes.windows(COMMITTED.len()).enumerate().filter(|(_, at)| *at == COMMITTED);
                let mut at = found.next()?.0;
                while *others > 0 {
                    *others -= 1;
                    at = found.next()?.0;
                }
                Some(at)
            }
        }
    }
}

/// Passes bytes on until either side ends, or the cut; each is heard before it is passed on.
fn pump(
    mut from: TcpStream,
    mut to: TcpStream,
    mut cut: Cut,
    state: &State,
    mut hear: impl FnMut(&[u8]),
) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes) {
        if state.ended.load(Ordering::SeqCst) {
            break;
        }
        let cutting = state.cutting.load(Ordering::SeqCst);
        let here = if cutting { cut.here(&bytes[..read]) } else { None };
        let here = here.or_else(|| state.end(&bytes[..read]));
        hear(&bytes[..here.unwrap_or(read)]);
        if to.write_all(&bytes[..here.unwrap_or(read)]).is_err() {
            break;
        }
        if here.is_some() {
            state.cuts.fetch_add(1, Ordering::SeqCst);
            if bytes[here.unwrap_or(read)..read].starts_with(COMMITTED) {
                state.answers.fetch_add(1, Ordering::SeqCst);
            }
            break;
        }
    }
    // Both sides see the end; whoever has seen it already does not mind.
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}
