use std::collections::VecDeque;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::yield_now;

use super::*;

/// What the server does on a connection; after the last deed it closes it.
#[derive(Clone, Copy)]
enum Deed {
    /// Reads a request.
    Hear,
    Say(&'static str),
    /// Keeps the connection as it is.
    Wait,
}

use Deed::{Hear, Say, Wait};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const LAST: &str = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nlast";
const BEFORE: &str = "HTTP/1.1 100 Continue\r\n\r\n";

/// More connections than any of these tests opens.
const MANY: usize = 16;

/// A server that does on each connection what its script says.
struct Script {
    connection: Connection,
    /// Gets the number of each connection that is over.
    over: mpsc::Receiver<usize>,
}

impl Script {
    async fn start(connections: &[&[Deed]]) -> Self {
        Self::within(Duration::from_secs(60), connections).await
    }

    async fn within(limit: Duration, connections: &[&[Deed]]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let mut scripts: VecDeque<_> = connections.iter().map(|deeds| deeds.to_vec()).collect();
        let (tell, over) = mpsc::channel(MANY);
        tokio::spawn(async move {
            let mut number = 0;
            while let Some(deeds) = scripts.pop_front() {
                let (stream, _) = listener.accept().await.unwrap();
                serve(stream, &deeds).await;
                number += 1;
                tell.send(number).await.unwrap();
            }
        });
        Self { connection: Connection::new(&target, limit), over }
    }

    /// The status and body of the next answer.
    async fn ask(&mut self) -> Result<(u16, String), NoAnswer> {
        self.connection.request().extend_from_slice(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n");
        let answer = self.connection.send().await?;
        Ok((answer.status, String::from_utf8(answer.body.to_vec()).unwrap()))
    }

    /// Waits until a connection is over, and the runtime has heard of what came on it.
    async fn until_over(&mut self, number: usize) {
        assert_eq!(self.over.recv().await, Some(number));
        yield_now().await;
    }
}

async fn serve(mut stream: TcpStream, deeds: &[Deed]) {
    for deed in deeds {
        match deed {
            Hear => {
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    assert!(stream.read_buf(&mut request).await.unwrap() > 0, "no request came");
                }
            }
            Say(text) => stream.write_all(text.as_bytes()).await.unwrap(),
            Wait => std::future::pending().await,
        }
    }
}

fn ok(body: &str) -> Result<(u16, String), NoAnswer> {
    Ok((200, body.to_owned()))
}

#[tokio::test]
async fn a_connection_is_asked_again_until_the_server_has_enough() {
    let first = [Hear, Say(OK), Hear, Say(BEFORE), Say(OK), Hear, Say(LAST)];
    let mut script = Script::start(&[&first, &[Hear, Say(OK)]]).await;
    for body in ["ok", "ok", "last", "ok"] {
        assert_eq!(script.ask().await, ok(body));
    }
    script.until_over(1).await;
    script.until_over(2).await;
}

#[tokio::test]
async fn what_cannot_have_reached_the_server_is_sent_again() {
    // A connection that was closed while idle, and one on which something came unasked.
    let second = [Hear, Say(OK), Say("HTTP/1.1 408 Request Timeout\r\n\r\n")];
    let mut script = Script::start(&[&[Hear, Say(OK)], &second, &[Hear, Say(LAST)]]).await;
    assert_eq!(script.ask().await, ok("ok"));
    script.until_over(1).await;
    assert_eq!(script.ask().await, ok("ok"));
    script.until_over(2).await;
    assert_eq!(script.ask().await, ok("last"));
}

#[tokio::test]
async fn what_may_have_reached_the_server_is_not_sent_again() {
    for said in
        ["", "HTTP/1.1 200 OK\r\ncontent-le", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\no"]
    {
        let mut script = Script::start(&[&[Hear, Say(said)], &[Hear, Say(LAST)]]).await;
        assert_eq!(script.ask().await, Err(NoAnswer::Broken), "{said:?}");
        script.until_over(1).await;
        assert_eq!(script.ask().await, ok("last"), "{said:?}");
    }
}

#[tokio::test]
async fn what_is_not_http_ends_the_connection() {
    let mut script = Script::start(&[&[Hear, Say("220 mail\r\n")], &[Hear, Say(LAST)]]).await;
    assert_eq!(script.ask().await, Err(NoAnswer::NotHttp));
    assert_eq!(script.ask().await, ok("last"));
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_given_up() {
    for said in ["", "HTTP/1.1 200 OK\r\n"] {
        let limit = Duration::from_millis(20);
        let mut script = Script::within(limit, &[&[Hear, Say(said), Wait]]).await;
        assert_eq!(script.ask().await, Err(NoAnswer::TimedOut), "{said:?}");
        assert!(script.connection.stream.is_none(), "a late answer would be taken for the next");
    }
}

#[tokio::test]
async fn nobody_who_listens_is_told_apart_from_no_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let mut connection = Connection::new(&target, Duration::from_secs(60));
    let refused = NoAnswer::NotConnected(ErrorKind::ConnectionRefused);
    assert_eq!(connection.send().await.map(|answer| answer.status), Err(refused));
}

#[tokio::test(start_paused = true)]
async fn each_answer_has_the_whole_time_though_there_is_one_timer() {
    let mut timer = Timer { limit: Duration::from_secs(10), at: None, sleep: None };
    let mut context = Context::from_waker(std::task::Waker::noop());
    for _ in 0..3 {
        timer.begin();
        assert!(timer.poll(&mut context).is_pending());
        tokio::time::advance(Duration::from_secs(6)).await;
        assert!(timer.poll(&mut context).is_pending(), "six of ten seconds, again and again");
    }
    tokio::time::advance(Duration::from_secs(4)).await;
    assert!(timer.poll(&mut context).is_ready());
}
