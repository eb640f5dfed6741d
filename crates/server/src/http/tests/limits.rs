//! Connections: what they may take, how long they may take it, and how they end.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::sync::oneshot;

use super::*;
use crate::http::connection::Connections;
use crate::http::{ServeOptions, serve};

const HEADER_TIMEOUT: Duration = Duration::from_secs(5);

/// Room for whatever either side writes in these tests.
const PIPE: usize = 4 * 1024 * 1024;

/// A connection to the shop.
fn connect(shop: &Shop) -> DuplexStream {
    let (client, server) = duplex(PIPE);
    let connections = Connections::new(shop.app.clone(), None, HEADER_TIMEOUT);
    tokio::spawn(connections.serve_requests(server, PEER));
    client
}

/// Everything the server says until it closes the connection.
async fn rest(client: &mut DuplexStream) -> String {
    let mut said = Vec::new();
    let _ = client.read_to_end(&mut said).await; // a reset ends it as well
    String::from_utf8(said).unwrap()
}

fn place_hold() -> Vec<u8> {
    let body = r#"{"product_id":1,"qty":1}"#;
    format!("POST /api/holds HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_sends_no_request_is_closed_in_time() {
    let shop = Shop::open().await;
    for sent in ["", "GET /healthz HTTP/1.1\r\nhost: "] {
        let started = tokio::time::Instant::now();
        let mut client = connect(&shop);
        client.write_all(sent.as_bytes()).await.unwrap();
        assert_eq!(rest(&mut client).await, "");
        assert_eq!(started.elapsed().as_secs(), HEADER_TIMEOUT.as_secs(), "{sent:?}");
    }
    let mut client = connect(&shop);
    let started = tokio::time::Instant::now();
    client.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert!(rest(&mut client).await.starts_with("HTTP/1.1 200 OK\r\n"));
    assert_eq!(started.elapsed().as_secs(), HEADER_TIMEOUT.as_secs(), "it stays open for another");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stalls_is_answered_408_and_has_no_effect() {
    let shop = Shop::open().await;
    let mut client = connect(&shop);
    let request = place_hold();
    client.write_all(&request[..request.len() - 1]).await.unwrap();
    let said = rest(&mut client).await;
    assert!(said.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{said}");
    assert!(said.contains("\r\nconnection: close\r\n"));
    assert!(said.contains("\"code\":\"request_timeout\""));
    assert_eq!(shop.get("/api/products/1").await.body["held_stock"], 0);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_too_large_is_answered_413_however_it_is_sent() {
    let shop = Shop::open().await;
    let declared = format!("content-length: 70000\r\n\r\n{}", " ".repeat(70_000));
    let chunked = format!(
        "transfer-encoding: chunked\r\n\r\n{}0\r\n\r\n",
        format!("3e8\r\n{}\r\n", " ".repeat(1_000)).repeat(70)
    );
    let endless =
        format!("transfer-encoding: chunked\r\n\r\n200000\r\n{}", " ".repeat(0x0020_0000));
    for body in [declared, chunked, endless] {
        let mut client = connect(&shop);
        let request = format!("POST /api/holds HTTP/1.1\r\nhost: x\r\n{body}");
        client.write_all(request.as_bytes()).await.unwrap();
        let said = rest(&mut client).await;
        assert!(said.starts_with("HTTP/1.1 413 Payload Too Large\r\n"), "{said}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_request_is_told_so() {
    let shop = Shop::open().await;
    let long = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "a".repeat(16 * 1024));
    let many = format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "x: 1\r\n".repeat(200));
    let chunk = "POST /api/holds HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nx\r\n";
    for (sent, status) in [
        ("GARBAGE\r\n\r\n", "400"),
        ("GET / HTTP/3.0\r\n\r\n", "400"),
        (&*long, "431"),
        (&*many, "431"),
        (chunk, "400"),
    ] {
        let mut client = connect(&shop);
        client.write_all(sent.as_bytes()).await.unwrap();
        let said = rest(&mut client).await;
        assert!(said.starts_with(&format!("HTTP/1.1 {status} ")), "{said}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_does_not_wait_for_the_next_request() {
    let shop = Shop::open().await;
    let mut client = connect(&shop);
    client.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\nGET /hea").await.unwrap();
    let mut status = [0; 12];
    tokio::time::timeout(Duration::from_secs(1), client.read_exact(&mut status))
        .await
        .expect("it is answered at once")
        .unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_goes_away_does_not_cancel_its_command() {
    let shop = Shop::open().await;
    let mut client = connect(&shop);
    client.write_all(&place_hold()).await.unwrap();
    drop(client);
    for _ in 0..1_000 {
        if shop.get("/api/products/1").await.body["held_stock"] == 1 {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("the hold was not placed");
}

#[tokio::test(start_paused = true)]
async fn requests_sent_together_are_answered_in_order() {
    let shop = Shop::open().await;
    let mut client = connect(&shop);
    let mut requests = place_hold();
    requests.extend(b"GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n");
    requests.extend(b"HEAD /healthz HTTP/1.1\r\nhost: x\r\n\r\n");
    client.write_all(&requests).await.unwrap();
    let said = rest(&mut client).await;
    let statuses: Vec<_> = said.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
    assert_eq!(statuses, ["201", "404", "200"]);
    assert!(said.ends_with("\r\n\r\n"), "HEAD is answered without a body: {said}");
    assert!(said.rsplit("HTTP/1.1").next().unwrap().contains("content-length: 15\r\n"));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stops_finishes_the_request_and_closes() {
    let shop = Shop::open().await;
    let mut client = connect(&shop);
    let request = place_hold();
    let (first, last) = request.split_at(request.len() - 1);
    client.write_all(first).await.unwrap();
    tokio::task::yield_now().await;
    shop.app.stop();
    tokio::task::yield_now().await;
    client.write_all(last).await.unwrap();
    let said = rest(&mut client).await;
    assert!(said.starts_with("HTTP/1.1 201 Created\r\n"), "{said}");
    assert!(said.contains("\r\nconnection: close\r\n"));
}

/// A server on a port of its own, and what makes it stop.
fn serve_shop(shop: &Shop, max_connections: usize) -> (SocketAddr, oneshot::Sender<()>, Served) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let app = shop.app.clone();
    let options = ServeOptions {
        workers: 2,
        max_connections,
        header_timeout: Duration::from_secs(60),
        drain_timeout: Duration::from_secs(60),
    };
    let served = std::thread::spawn(move || {
        serve(listener, &app, None, options, async {
            let _ = stopped.await;
        })
    });
    (address, stop, served)
}

type Served = std::thread::JoinHandle<std::io::Result<()>>;

/// The status of an answer on this connection.
fn ask(stream: &mut TcpStream) -> String {
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    String::from_utf8(status.to_vec()).unwrap()
}

#[tokio::test]
async fn at_the_limit_connections_wait_until_others_end() {
    let shop = Shop::open().await;
    let (address, stop, served) = serve_shop(&shop, 2);
    let mut first = TcpStream::connect(address).unwrap();
    let mut second = TcpStream::connect(address).unwrap();
    assert_eq!(ask(&mut first), "HTTP/1.1 200");
    assert_eq!(ask(&mut second), "HTTP/1.1 200");

    let mut third = TcpStream::connect(address).unwrap(); // into the system's queue
    third.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    third.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    assert!(third.read(&mut [0]).is_err(), "nobody answers yet");
    drop(first);
    third.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut status = [0; 12];
    third.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");

    stop.send(()).unwrap();
    served.join().unwrap().unwrap();
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
}

#[tokio::test]
async fn when_it_stops_idle_connections_end_at_once() {
    let shop = Shop::open().await;
    let (address, stop, served) = serve_shop(&shop, 10);
    let mut idle = TcpStream::connect(address).unwrap();
    assert_eq!(ask(&mut idle), "HTTP/1.1 200");
    stop.send(()).unwrap();
    served.join().unwrap().unwrap();
    let mut rest = Vec::new();
    idle.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    idle.read_to_end(&mut rest).unwrap();
}
