//! What nodes and their database say to each other, as a proxy between them hears it.
//!
//! An exchange begins when the node sends something while it waits for nothing, and is over when
//! the server has been ready as often as it was asked to be (PostgreSQL 15 §55.2.3).

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// All connections.
#[derive(Clone, Default)]
pub(crate) struct Wire(Arc<Mutex<Vec<Arc<Mutex<Talk>>>>>);

/// What one exchange asked for: the texts of its statements.
pub(crate) type Exchange = Vec<Arc<str>>;

/// One connection.
#[derive(Default)]
pub(crate) struct Talk {
    node: Messages,
    server: Messages,
    /// Whether the first message was there, which has no kind.
    started: bool,
    /// The texts of prepared statements by their names.
    prepared: HashMap<String, Arc<str>>,
    /// What is open, or was last.
    exchange: Exchange,
    is_open: bool,
    /// Something was sent since the server was last asked to be ready.
    is_unfinished: bool,
    /// How often the server has still to be ready.
    awaited: usize,
    /// The exchanges of the transaction that is open.
    transaction: Option<Vec<Exchange>>,
    committed: Vec<Vec<Exchange>>,
}

/// The bytes of one direction that are not a whole message yet.
#[derive(Default)]
struct Messages(Vec<u8>);

impl Messages {
    /// The next message: its kind, if it has one, and its contents.
    fn next(&mut self, has_kind: bool) -> Option<(u8, Vec<u8>)> {
        let begin = usize::from(has_kind);
        let length = self.0.get(begin..begin + 4)?.try_into().unwrap();
        let end = begin + usize::try_from(u32::from_be_bytes(length)).unwrap();
        let contents = self.0.get(begin + 4..end)?.to_vec();
        let kind = if has_kind { self.0[0] } else { 0 };
        self.0.drain(..end);
        Some((kind, contents))
    }
}

/// The first texts of a message, each of which ends in a zero.
fn texts<const N: usize>(contents: &[u8]) -> [String; N] {
    let mut texts = contents.split(|byte| *byte == 0);
    std::array::from_fn(|_| String::from_utf8(texts.next().unwrap().to_vec()).unwrap())
}

impl Wire {
    /// A connection begins.
    pub(crate) fn begin(&self) -> Arc<Mutex<Talk>> {
        let talk = Arc::<Mutex<Talk>>::default();
        self.0.lock().unwrap().push(talk.clone());
        talk
    }

    /// The transactions that were committed since this was last asked, with their exchanges.
    pub(crate) fn committed(&self) -> Vec<Vec<Exchange>> {
        let talks = self.0.lock().unwrap();
        talks.iter().flat_map(|talk| std::mem::take(&mut talk.lock().unwrap().committed)).collect()
    }
}

impl Talk {
    /// The node has sent this.
    pub(crate) fn asked(talk: &Mutex<Self>, bytes: &[u8]) {
        let mut talk = talk.lock().unwrap();
        talk.node.0.extend_from_slice(bytes);
        while let Some((kind, contents)) = {
            let has_kind = talk.started;
            talk.node.next(has_kind)
        } {
            talk.started = true;
            talk.ask(kind, &contents);
        }
    }

    /// The server has answered this.
    pub(crate) fn answered(talk: &Mutex<Self>, bytes: &[u8]) {
        let mut talk = talk.lock().unwrap();
        talk.server.0.extend_from_slice(bytes);
        while let Some((kind, _)) = talk.server.next(true) {
            if kind == b'Z' {
                talk.awaited -= 1;
                if talk.awaited == 0 {
                    talk.is_open = talk.is_unfinished;
                    talk.end();
                }
            }
        }
    }

    fn ask(&mut self, kind: u8, contents: &[u8]) {
        if !std::mem::replace(&mut self.is_open, true) {
            self.exchange.clear();
        }
        self.is_unfinished = true;
        match kind {
            b'P' => {
                let [name, text] = texts(contents);
                self.prepared.insert(name, text.into());
            }
            b'B' => {
                let [_, name] = texts(contents);
                self.exchange.push(self.prepared[&name].clone());
            }
            b'Q' => {
                let [text] = texts(contents);
                self.exchange.push(text.into());
            }
            _ => {}
        }
        // What begins a connection, a query, and the end of prepared statements.
        if [0, b'Q', b'S'].contains(&kind) {
            self.is_unfinished = false;
            self.awaited += 1;
        }
    }

    /// An exchange is over.
    fn end(&mut self) {
        let exchange = std::mem::take(&mut self.exchange);
        let has = |word: &str| exchange.iter().any(|text| text.trim_start().starts_with(word));
        let (begins, commits) = (has("BEGIN"), has("COMMIT"));
        if begins {
            self.transaction = Some(Vec::new());
        }
        let Some(transaction) = &mut self.transaction else { return };
        transaction.push(exchange);
        if commits {
            self.committed.extend(self.transaction.take());
        }
    }
}
