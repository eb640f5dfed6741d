//! A server that is broken on purpose: a proxy in front of an honest one, which changes what is
//! asked or answered.

use std::io::{BufRead, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// A request on its way, and its answer on the way back.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    /// Method and path: `POST /api/holds`.
    pub(crate) call: String,
    pub(crate) request: String,
    /// 0 until it is answered.
    pub(crate) status: u16,
    pub(crate) answer: String,
}

impl Exchange {
    pub(crate) fn is_answered(&self) -> bool {
        self.status != 0
    }

    /// Answers without asking the server.
    pub(crate) fn make_up(&mut self, status: u16, answer: String) {
        self.status = status;
        self.answer = answer;
    }
}

type Cheat = dyn Fn(&mut Exchange) + Send + Sync;

/// The proxy. It ends with the process; its connections end with their clients.
pub(crate) struct Crook {
    pub(crate) url: String,
}

impl Crook {
    /// Stands before the server at `address`. `cheat` sees each exchange twice: with its request,
    /// and once more with its answer.
    pub(crate) fn before(
        address: &str,
        cheat: impl Fn(&mut Exchange) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (address, cheat): (Arc<str>, Arc<Cheat>) = (address.into(), Arc::new(cheat));
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (address, cheat, client) = (address.clone(), cheat.clone(), client.unwrap());
                // Either side may hang up at any time.
                std::thread::spawn(move || relay(&client, &address, &*cheat).ok());
            }
        });
        Self { url }
    }
}

fn relay(client: &TcpStream, address: &str, cheat: &Cheat) -> std::io::Result<()> {
    let server = TcpStream::connect(address)?;
    server.set_nodelay(true)?;
    client.set_nodelay(true)?;
    let (mut from_client, mut from_server) = (BufReader::new(client), BufReader::new(&server));
    while let Some((head, request)) = message(&mut from_client)? {
        let call = head[0].rsplit_once(' ').map_or("", |(call, _)| call).to_owned();
        let mut exchange = Exchange { call, request, ..Exchange::default() };
        cheat(&mut exchange);
        let mut answer_head = vec!["HTTP/1.1 201 Made up".to_owned()];
        if !exchange.is_answered() {
            send(&server, &head, &exchange.request)?;
            let Some((head, answer)) = message(&mut from_server)? else { return Ok(()) };
            let status = head[0].split(' ').nth(1).unwrap().parse().unwrap();
            exchange.make_up(status, answer);
            answer_head = head;
            cheat(&mut exchange);
        }
        send(client, &answer_head, &exchange.answer)?;
    }
    Ok(())
}

/// The lines of the head, and the body; `None` at the end of the connection.
fn message(from: &mut impl BufRead) -> std::io::Result<Option<(Vec<String>, String)>> {
    let mut head = Vec::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        head.push(line);
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    Ok(Some((head, String::from_utf8(body).unwrap())))
}

fn send(mut to: &TcpStream, head: &[String], body: &str) -> std::io::Result<()> {
    let mut text = String::new();
    for line in head.iter().filter(|line| !line.to_lowercase().starts_with("content-length:")) {
        text += &format!("{line}\r\n");
    }
    text += &format!("content-length: {}\r\n\r\n{body}", body.len());
    to.write_all(text.as_bytes())
}
