//! Connections: slow ones, too many of them, broken ones, and what keep-alive promises.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use rustix::process::Signal;

use crate::harness::{Client, Launch, Server, Stock, Stopwatch, eventually};

const PATIENCE: Duration = Duration::from_secs(10);

/// A connection without a client library between.
struct Raw(TcpStream);

impl Raw {
    fn to(server: &Client) -> Self {
        let stream = TcpStream::connect(&server.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.0.write_all(bytes.as_ref()).unwrap();
        self
    }

    /// Everything until the server closes the connection.
    #[track_caller]
    fn rest(&mut self) -> String {
        let mut bytes = Vec::new();
        match self.0.read_to_end(&mut bytes) {
            Ok(_) => {}
            // A reset closes it as well.
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {}
            Err(error) => panic!("{error}, after {:?}", String::from_utf8_lossy(&bytes)),
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// One answer: its status and body. The connection stays open.
    #[track_caller]
    fn answer(&mut self) -> (u16, String) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.0.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        let length =
            head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        self.0.read_exact(&mut body).unwrap();
        (status(&head), String::from_utf8(body).unwrap())
    }
}

#[track_caller]
fn status(answer: &str) -> u16 {
    let status = answer.split(' ').nth(1);
    status.unwrap_or_else(|| panic!("no answer: {answer:?}")).parse().unwrap()
}

fn hold_request(product: i64, extra: &str) -> String {
    let body = format!(r#"{{"product_id":{product},"qty":1}}"#);
    let length = body.len();
    format!("POST /api/holds HTTP/1.1\r\nHost: x\r\n{extra}Content-Length: {length}\r\n\r\n{body}")
}

#[test]
fn a_header_that_dawdles_is_cut_off() {
    let server = Launch::new().arg("--header-timeout", "300ms").start();
    let waiting = Stopwatch::start();
    let mut silent = Raw::to(&server);
    let mut slow = Raw::to(&server);
    slow.send("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    for connection in [&mut slow, &mut silent] {
        let said = connection.rest();
        assert!(said.is_empty() || status(&said) == 408, "{said}");
    }
    assert!(waiting.elapsed() < Duration::from_secs(5), "{:?}", waiting.elapsed());
    server.get("/healthz").send().expect_status(200);
}

#[test]
fn a_body_that_dawdles_is_cut_off() {
    let server = Launch::new().arg("--body-timeout", "300ms").start();
    let product = server.units(10);
    let mut slow = Raw::to(&server);
    slow.send("POST /api/holds HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n\r\n{\"prod");
    let waiting = Stopwatch::start();
    let said = slow.rest();
    assert!(said.is_empty() || status(&said) == 408, "{said}");
    assert!(waiting.elapsed() < Duration::from_secs(5), "{:?}", waiting.elapsed());
    assert_eq!(server.stock(product), Stock::of(10, 0, 0));
}

#[test]
fn connections_beyond_the_limit_wait_or_are_turned_away() {
    let server = Launch::new().arg("--max-connections", "4").start();
    let mut open: Vec<Raw> = (0..4)
        .map(|_| {
            let mut raw = Raw::to(&server);
            raw.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
            assert_eq!(raw.answer().0, 200);
            raw
        })
        .collect();
    let mut fifth = Raw::to(&server);
    fifth.0.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let _ = fifth.0.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    let mut bytes = [0; 512];
    let read = fifth.0.read(&mut bytes).unwrap_or(0);
    let said = String::from_utf8_lossy(&bytes[..read]).into_owned();
    assert!(said.is_empty() || status(&said) == 503, "{said}");
    // Those inside are still served, and a place that becomes free is given away.
    for raw in &mut open {
        raw.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_eq!(raw.answer().0, 200);
    }
    drop(open);
    eventually(PATIENCE, "a place becomes free", || {
        let answer = server.get("/healthz").try_send();
        answer.is_ok_and(|answer| answer.status == 200).then_some(())
    });
}

#[test]
fn one_connection_carries_many_requests() {
    let server = Server::start();
    let product = server.units(1000);
    let mut raw = Raw::to(&server);
    for _ in 0..200 {
        raw.send(hold_request(product, ""));
        assert_eq!(raw.answer().0, 201);
        // A refusal does not end it.
        raw.send("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_eq!(raw.answer().0, 404);
    }
    assert_eq!(server.stock(product), Stock::of(800, 200, 0));
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = Server::start();
    let product = server.units(100);
    let mut raw = Raw::to(&server);
    let mut batch = String::new();
    for _ in 0..10 {
        batch += &hold_request(product, "");
        batch += "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n";
    }
    raw.send(batch);
    for _ in 0..10 {
        assert_eq!(raw.answer().0, 201);
        assert_eq!(raw.answer().0, 404);
    }
    assert_eq!(server.stock(product), Stock::of(90, 10, 0));
}

#[test]
fn requests_of_all_kinds_may_follow_each_other_on_one_connection() {
    let server = Server::start();
    let product = server.units(100);
    let body = format!(r#"{{"product_id":{product},"qty":1}}"#);
    let chunks = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let chunked = "POST /api/holds HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    let mut raw = Raw::to(&server);
    raw.send(hold_request(product, ""))
        .send(format!("GET /api/products/{product} HTTP/1.1\r\nHost: x\r\n\r\n"))
        .send("PUT /api/holds HTTP/1.1\r\nHost: x\r\n\r\n")
        .send(hold_request(product, ""))
        .send(format!("{chunked}{chunks}"))
        .send("GET /api/products/x HTTP/1.1\r\nHost: x\r\n\r\n")
        .send(hold_request(product, "Connection: close\r\n"))
        .send(hold_request(product, ""));
    for status in [201, 200, 405, 201, 201, 404, 201] {
        assert_eq!(raw.answer().0, status);
    }
    assert_eq!(raw.rest(), "", "what follows the last request is not answered");
    assert_eq!(server.stock(product), Stock::of(96, 4, 0));
}

#[test]
fn a_request_may_come_in_pieces() {
    let server = Server::start();
    let product = server.units(100);
    let request = hold_request(product, "");
    let mut raw = Raw::to(&server);
    let mut held = 0;
    // Between two pieces another connection is answered, so that each piece is read by itself.
    for cut in [1, 20, request.find("\r\n\r\n").unwrap() + 4, request.len() - 1] {
        let (one, two) = request.split_at(cut);
        raw.send(one);
        server.get("/healthz").send().expect_status(200);
        raw.send(two);
        assert_eq!(raw.answer().0, 201, "cut at {cut}");
        held += 1;
    }
    assert_eq!(server.stock(product), Stock::of(100 - held, held, 0));
}

#[test]
fn head_says_what_get_would_and_has_no_body() {
    let server = Server::start();
    let product = server.units(10);
    let mut raw = Raw::to(&server);
    raw.send(format!(
        "HEAD /api/products/{product} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    ));
    let said = raw.rest();
    assert_eq!(status(&said), 200);
    assert!(said.ends_with("\r\n\r\n"), "{said}");
    assert!(said.contains("content-length: ") && !said.contains("content-length: 0"), "{said}");
}

#[test]
fn a_stopping_server_says_which_answer_is_the_last() {
    let mut server = Server::start();
    let product = server.units(10);
    let mut idle = Raw::to(&server);
    idle.send(hold_request(product, ""));
    assert_eq!(idle.answer().0, 201);
    let mut half = Raw::to(&server);
    let request = hold_request(product, "");
    let (one, two) = request.split_at(request.len() - 1);
    half.send(one);
    // Asked afterwards and answered, so the half has been read.
    server.get("/healthz").send().expect_status(200);
    server.signal(Signal::TERM);
    assert_eq!(idle.rest(), "", "a connection without a request just ends");
    half.send(two);
    let said = half.rest();
    assert!(said.contains("connection: close\r\n"), "{said}");
    assert_eq!(server.ended().code(), Some(0));
}

#[test]
fn a_connection_closes_when_its_client_says_so() {
    let server = Server::start();
    let mut raw = Raw::to(&server);
    raw.send("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert_eq!(status(&raw.rest()), 200);
    let mut old = Raw::to(&server);
    old.send("GET /healthz HTTP/1.0\r\n\r\n");
    assert_eq!(status(&old.rest()), 200);
}

#[test]
fn a_body_in_chunks_is_a_body() {
    let server = Server::start();
    let product = server.units(10);
    let body = format!(r#"{{"product_id":{product},"qty":1}}"#);
    let (one, two) = body.split_at(7);
    let mut raw = Raw::to(&server);
    raw.send("POST /api/holds HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    raw.send(format!("{:x}\r\n{one}\r\n", one.len()));
    raw.send(format!("{:x}\r\n{two}\r\n0\r\n\r\n", two.len()));
    assert_eq!(raw.answer().0, 201);

    // Chunks cannot smuggle in more than 64 KiB.
    let mut raw = Raw::to(&server);
    raw.send("POST /api/holds HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    let chunk = format!("4000\r\n{}\r\n", " ".repeat(0x4000));
    raw.send(chunk.repeat(5)).send("0\r\n\r\n");
    assert_eq!(raw.answer().0, 413);

    // Nor does a body without end keep the server reading.
    let mut raw = Raw::to(&server);
    raw.send("POST /api/holds HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    let sent = (0..10_000).take_while(|_| raw.0.write_all(chunk.as_bytes()).is_ok()).count();
    assert!(sent < 10_000, "160 MiB were taken");
    assert_eq!(server.stock(product), Stock::of(9, 1, 0));
}

#[test]
fn a_client_that_asks_before_sending_is_told_to_go_on() {
    let server = Server::start();
    let product = server.units(10);
    let request = hold_request(product, "Expect: 100-continue\r\n");
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut raw = Raw::to(&server);
    raw.send(format!("{head}\r\n\r\n"));
    assert_eq!(raw.answer().0, 100);
    raw.send(body);
    assert_eq!(raw.answer().0, 201);
}

/// A hold in one chunk, which these headers say is coded in some way.
fn in_coding(product: i64, headers: &str) -> String {
    let body = format!(r#"{{"product_id": {product}, "qty": 1}}"#);
    let length = body.len();
    format!(
        "POST /api/holds HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n"
    )
}

#[test]
fn what_is_not_http_is_refused_and_hurts_nobody() {
    let server = Server::start();
    let product = server.units(10);
    let long = "x".repeat(200_000);
    let many: String = (0..500).map(|i| format!("X-{i}: {i}\r\n")).collect();
    for garbage in [
        "GARBAGE\r\n\r\n".to_owned(),
        "\0\0\0\0\r\n\r\n".to_owned(),
        "GET / HTTP/9.9\r\n\r\n".to_owned(),
        "GET /\u{7f} HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost: x\r\nBroken header\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost: x\r\nX-Null: a\0b\r\n\r\n".to_owned(),
        "POST /api/holds HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n".to_owned(),
        "POST /api/holds HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n".to_owned(),
        "POST /api/holds HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{"
            .to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        "GET /healthz HTTP/1.1\r\n\r\n".to_owned(),
        "GET /healthz HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n".to_owned(),
        "GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n".to_owned(),
        in_coding(product, "Transfer-Encoding: gzip, chunked"),
        in_coding(product, "Transfer-Encoding: chunked\r\nContent-Encoding: gzip"),
        format!("GET /{long} HTTP/1.1\r\nHost: x\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: x\r\nX-Long: {long}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: x\r\n{many}\r\n"),
    ] {
        let mut raw = Raw::to(&server);
        // The server may close before it has read everything.
        let _ = raw.0.write_all(garbage.as_bytes());
        let _ = raw.0.shutdown(Shutdown::Write);
        let said = raw.rest();
        let shown = &garbage[..garbage.len().min(60)];
        assert!(
            said.is_empty() || (400..500).contains(&status(&said)),
            "{shown:?} was answered {said:?}"
        );
    }
    assert_eq!(server.stock(product), Stock::of(10, 0, 0));
    server.place(product, 1).send().expect(201);
    assert!(!server.printed().contains("ERROR"), "{}", server.printed());
}

#[test]
fn a_request_cannot_hide_another_in_its_body() {
    let server = Server::start();
    let product = server.units(10);
    let hidden = hold_request(product, "");
    let request = format!(
        "POST /api/orders HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\
         Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
        hidden.len() + 5
    );
    let mut raw = Raw::to(&server);
    let _ = raw.0.write_all(request.as_bytes());
    let _ = raw.0.shutdown(Shutdown::Write);
    // RFC 9112 §6.1: refuse it, or answer by the chunks and close; never both lengths at once.
    let said = raw.rest();
    let accepted = said.matches("HTTP/1.1 201").count();
    assert_eq!(accepted, 0, "{said}");
    assert_eq!(server.stock(product), Stock::of(10, 0, 0));
}

/// Requests after which two readers could disagree on where the next begins. None of them may make
/// the server take a hold that stands in its body, or answer more than once.
#[test]
fn a_request_that_could_end_in_two_places_smuggles_nothing() {
    let server = Server::start();
    let product = server.units(10);
    let hidden = hold_request(product, "");
    let length = hidden.len();
    for framing in [
        format!("Content-Length: 0\r\nContent-Length: {length}"),
        format!("Content-Length: {length}\r\nContent-Length: 0"),
        format!("Content-Length: 0, {length}"),
        format!("Content-Length: +{length}"),
        format!("Content-Length: {length}\r\n "),
        format!("Content-Length : {length}"),
        format!("Content-Length:\r\n {length}"),
        format!("Content-Length: 0{length}"),
        format!("X: y\nContent-Length: {length}"),
        format!("X: y\rContent-Length: {length}"),
        format!("Content-Length: {length}\r\nTransfer-Encoding: chunked"),
        format!("Transfer-Encoding: chunked\r\nContent-Length: {length}"),
        format!("Transfer-Encoding : chunked\r\nContent-Length: {length}"),
        format!("Transfer-Encoding: xchunked\r\nContent-Length: {length}"),
    ] {
        let mut raw = Raw::to(&server);
        let request = format!("POST /api/orders HTTP/1.1\r\nHost: x\r\n{framing}\r\n\r\n{hidden}");
        let _ = raw.0.write_all(request.as_bytes());
        let _ = raw.0.shutdown(Shutdown::Write);
        let said = raw.rest();
        assert!(!said.contains("HTTP/1.1 201"), "{framing:?}: {said}");
        assert!(said.matches("HTTP/1.1 ").count() <= 1, "{framing:?}: {said}");
    }
    assert_eq!(server.stock(product), Stock::of(10, 0, 0));
}

#[test]
fn a_client_that_hangs_up_does_not_cancel_its_command() {
    let server = Server::start();
    let product = server.units(100);
    for _ in 0..20 {
        let mut raw = Raw::to(&server);
        raw.send(hold_request(product, ""));
        raw.0.shutdown(Shutdown::Write).unwrap();
    }
    eventually(PATIENCE, "every command was decided", || {
        (server.stock(product) == Stock::of(80, 20, 0)).then_some(())
    });
}

#[test]
fn half_a_request_has_no_effect() {
    let server = Server::start();
    let product = server.units(10);
    let request = hold_request(product, "");
    for length in [1, 10, 40, request.len() - 1] {
        let mut raw = Raw::to(&server);
        raw.send(&request.as_bytes()[..length]);
        raw.0.shutdown(Shutdown::Write).unwrap();
        let said = raw.rest();
        assert!(said.is_empty() || (400..500).contains(&status(&said)), "{said}");
    }
    assert_eq!(server.stock(product), Stock::of(10, 0, 0));
}
