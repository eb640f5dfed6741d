//! A reader of server-sent events (WHATWG HTML §9.2.6), on a connection of its own.

use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use super::Client;

/// Longer than a stream may be silent.
const SILENCE: Duration = Duration::from_secs(40);

/// What came of a stream: an event, or what else a client may hear.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) data: String,
    pub(crate) id: String,
    /// A line that clients leave out.
    pub(crate) comment: bool,
}

impl Event {
    pub(crate) fn value(&self) -> Value {
        serde_json::from_str(&self.data).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// An open stream.
pub(crate) struct Events {
    reader: BufReader<TcpStream>,
    pub(crate) head: String,
    text: String,
    /// Whether silence is taken for the end.
    impatient: bool,
    /// The last id that was sent, with which a client comes back.
    pub(crate) last_id: String,
}

impl Events {
    /// Opens a stream; `header` is one line of the request, or none.
    pub(crate) fn open(server: &Client, path: &str, header: &str) -> Self {
        let mut stream = TcpStream::connect(&server.address).unwrap();
        stream.set_read_timeout(Some(SILENCE)).unwrap();
        let header = if header.is_empty() { String::new() } else { format!("{header}\r\n") };
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n{header}\r\n").unwrap();
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
        }
        Self { reader, head, text: String::new(), impatient: false, last_id: String::new() }
    }

    /// The same for whoever has this key.
    pub(crate) fn with_key(server: &Client, path: &str, key: &str) -> Self {
        Self::open(server, path, &format!("Authorization: Bearer {key}"))
    }

    /// Takes a silence of this length for the end.
    pub(crate) fn until_silent_for(self, limit: Duration) -> Self {
        self.reader.get_ref().set_read_timeout(Some(limit)).unwrap();
        Self { impatient: true, ..self }
    }

    /// The next block, whatever it is; `None`: the stream has ended as it should.
    pub(crate) fn block(&mut self) -> Option<Event> {
        while !self.text.contains("\n\n") {
            let chunk = self.chunk()?;
            self.text.push_str(&chunk);
        }
        let (block, rest) = self.text.split_once("\n\n").unwrap();
        let mut event = Event::default();
        for line in block.lines() {
            match line.split_once(": ").unwrap_or((line, "")) {
                ("", _) => event.comment = true,
                ("event", name) => event.name = name.into(),
                ("data", data) => event.data = data.into(),
                ("id", id) => {
                    event.id = id.into();
                    self.last_id = id.into();
                }
                ("retry", after) => assert!(after.parse::<u32>().unwrap() >= 500, "{after}"),
                (field, _) => panic!("there is no field {field:?}: {block}"),
            }
        }
        self.text = rest.to_owned();
        Some(event)
    }

    /// The next event that a client is told of.
    pub(crate) fn next_event(&mut self) -> Option<Event> {
        std::iter::from_fn(|| self.block()).find(|event| !event.data.is_empty())
    }

    /// The next event, which there must be.
    #[track_caller]
    pub(crate) fn event(&mut self) -> Event {
        self.next_event().expect("the stream goes on")
    }

    /// Reads on until the position of everything so far was told.
    pub(crate) fn told_id(&mut self) -> String {
        let told = std::iter::from_fn(|| self.block()).find(|block| !block.id.is_empty());
        told.unwrap().id
    }

    /// One chunk (RFC 9112 §7.1); `None`: the last.
    fn chunk(&mut self) -> Option<String> {
        let mut length = String::new();
        match self.reader.read_line(&mut length) {
            Err(error) if self.impatient && error.kind() == ErrorKind::WouldBlock => return None,
            read => read.unwrap(),
        };
        let length = usize::from_str_radix(length.trim_end(), 16).unwrap();
        let mut chunk = vec![0; length + 2];
        self.reader.read_exact(&mut chunk).unwrap();
        assert!(chunk.ends_with(b"\r\n"));
        chunk.truncate(length);
        (length > 0).then(|| String::from_utf8(chunk).unwrap())
    }
}
