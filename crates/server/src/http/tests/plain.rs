//! The lean way and hyper answer the same requests with the same bytes, however they arrive, and
//! whatever is said to them.

use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

use super::*;
use crate::http::connection::Connections;
use crate::http::plain::Unanswered;

const HEADER_TIMEOUT: Duration = Duration::from_secs(30);

/// Between two pieces of a request, when the rest is waited for and when it is not any more. Time
/// stands still in these tests until everyone waits, and then jumps.
const SOON: Duration = Duration::from_millis(1);
const LATE: Duration = Duration::from_millis(200);

/// Who reads.
#[derive(Clone, Copy, Debug)]
enum Reader {
    Lean,
    Hyper,
}

/// What a fresh shop says to these pieces of a conversation, with what is different each time made
/// the same.
async fn told(reader: Reader, pieces: &[&[u8]], between: Duration) -> String {
    let shop =
        Shop::with(&Settings { cors_origins: vec!["https://shop.example"], ..Settings::default() });
    let product = json!({"name": "Ten units", "total_stock": 10, "price": 9999, "id": 1});
    assert_eq!(shop.admin("POST", "/api/products", &product).await.status, 201);
    let connections = Connections::new(shop.app.clone(), None, HEADER_TIMEOUT);
    let (mut client, server) = duplex(1024 * 1024);
    let serving = tokio::spawn(async move {
        match reader {
            Reader::Lean => connections.serve_requests(server, PEER).await,
            Reader::Hyper => {
                let _ = connections.serve_on(server, PEER, Unanswered::default()).await;
            }
        }
    });
    say(&mut client, pieces, between).await;
    let mut bytes = Vec::new();
    client.read_to_end(&mut bytes).await.unwrap();
    serving.await.unwrap();
    made_alike(&String::from_utf8_lossy(&bytes))
}

async fn say(client: &mut DuplexStream, pieces: &[&[u8]], between: Duration) {
    for (number, piece) in pieces.iter().enumerate() {
        if number > 0 {
            tokio::time::sleep(between).await;
        }
        if client.write_all(piece).await.is_err() {
            return; // the server has heard enough
        }
    }
    let _ = client.shutdown().await;
}

/// hyper's own refusal of what is not HTTP. It closes the connection with it or, when such a thing
/// follows other requests closely, without.
const NOT_HTTP: &str = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// The text without dates, and with all ids the same.
fn made_alike(text: &str) -> String {
    const ID: usize = 36;
    let mut alike = String::new();
    for line in text.split_inclusive("\r\n").filter(|line| !line.starts_with("date: ")) {
        let mut rest = line;
        while let Some(first) = rest.chars().next() {
            let is_id = rest.get(..ID).is_some_and(|id| uuid::Uuid::try_parse(id).is_ok());
            let length = if is_id { ID } else { first.len_utf8() };
            alike.push_str(if is_id { "{id}" } else { &rest[..length] });
            rest = &rest[length..];
        }
    }
    if alike.ends_with(NOT_HTTP) {
        alike.truncate(alike.len() - NOT_HTTP.len());
    }
    alike
}

/// Requests of all kinds, plain and not.
fn requests() -> Vec<Vec<u8>> {
    let hold = r#"{"product_id":1,"qty":1}"#;
    let post = |path: &str, extra: &str, body: &str| {
        let length = body.len();
        format!("POST {path} HTTP/1.1\r\nHost: x\r\n{extra}Content-Length: {length}\r\n\r\n{body}")
    };
    let get =
        |target: &str, extra: &str| format!("GET {target} HTTP/1.1\r\nHost: x\r\n{extra}\r\n");
    let chunks = format!("{:x}\r\n{hold}\r\n0\r\n\r\n", hold.len());
    let mut all = vec![
        post("/api/holds", "Content-Type: application/json\r\n", hold),
        post("/api/holds", "idempotency-key: one\r\n", hold),
        post("/api/holds", "X-Request-Id: mine\r\nContent-Type: text/plain\r\n", hold),
        post("/api/holds", "", r#"{"product_id":1,"qty":11}"#),
        post("/api/holds", "Connection: keep-alive\r\nOrigin: https://shop.example\r\n", "{}"),
        post("/api/holds", "", "not json"),
        post("/api/holds", "", ""),
        post("/api/payments/webhook", "webhook-signature: v1,x\r\n", "{}"),
        get("/api/products/1", ""),
        get("/api/products/1", "Origin: https://elsewhere.example\r\n"),
        get("/api/products/1?unknown=1", ""),
        get("/api/products?limit=1", ""),
        get("/api/orders", "Authorization: Bearer test-key\r\n"),
        get("/api/orders", ""),
        get("/nowhere", ""),
        get("/", ""),
        get("/docs", ""),
        get("/docs/swagger-ui.css", ""),
        get("http://x/api/products/1", ""),
        get("/api/products/1", "Connection: close\r\n"),
        get("/api/products/1", "Connection: Upgrade\r\nUpgrade: websocket\r\n"),
        format!("DELETE /api/holds/x HTTP/1.1\r\nHost: x\r\n\r\n"),
        format!("PATCH /api/holds HTTP/1.1\r\nHost: x\r\n\r\n"),
        format!("PUT /api/holds HTTP/1.1\r\nHost: x\r\n\r\n"),
        format!("HEAD /api/products/1 HTTP/1.1\r\nHost: x\r\n\r\n"),
        format!("OPTIONS /api/holds HTTP/1.1\r\nHost: x\r\nOrigin: https://shop.example\r\n\r\n"),
        format!("GET /api/products/1 HTTP/1.1\r\n\r\n"),
        format!("GET /api/products/1 HTTP/1.0\r\nHost: x\r\n\r\n"),
        format!("GET /api/products/1 HTTP/1.1\nHost: x\n\n"),
        format!(
            "POST /api/holds HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"
        ),
        format!(
            "POST /api/holds HTTP/1.1\r\nHost: x\r\nContent-Length: +{}\r\n\r\n{hold}",
            hold.len()
        ),
        post("/api/holds", "Transfer-Encoding: chunked\r\n", hold),
        post("/api/holds", "Content-Length: 3\r\n", hold),
        post("/api/holds", "Expect: 100-continue\r\n", hold),
        post("/api/holds", "", &format!("{hold}{}", " ".repeat(9_000))),
        post("/api/holds", "", &" ".repeat(70_000)),
        get("/api/products/1", &format!("X-Long: {}\r\n", "x".repeat(9_000))),
        "GARBAGE\r\n\r\n".into(),
    ];
    all.iter_mut().map(|request| std::mem::take(request).into_bytes()).collect()
}

#[track_caller]
fn assert_alike(lean: &str, hyper: &str, conversation: &[u8]) {
    let shown = String::from_utf8_lossy(&conversation[..conversation.len().min(2_000)]);
    assert_eq!(lean, hyper, "to {shown:?}");
}

#[tokio::test(start_paused = true)]
async fn every_request_gets_the_answer_that_hyper_gives() {
    for request in requests() {
        let lean = told(Reader::Lean, &[&request], SOON).await;
        let hyper = told(Reader::Hyper, &[&request], SOON).await;
        assert_alike(&lean, &hyper, &request);
    }
}

#[tokio::test(start_paused = true)]
async fn wherever_a_request_is_cut_in_two_its_answer_is_the_same() {
    for request in requests().iter().filter(|request| request.len() < 400) {
        let whole = told(Reader::Hyper, &[request], SOON).await;
        for cut in 1..request.len() {
            let (one, two) = request.split_at(cut);
            for between in [SOON, LATE] {
                let lean = told(Reader::Lean, &[one, two], between).await;
                assert_alike(&lean, &whole, request);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn half_a_request_is_answered_as_hyper_does() {
    for request in requests().iter().filter(|request| request.len() < 400) {
        for length in 0..request.len() {
            let half = &request[..length];
            let lean = told(Reader::Lean, &[half], SOON).await;
            let hyper = told(Reader::Hyper, &[half], SOON).await;
            assert_alike(&lean, &hyper, half);
        }
    }
}

/// A change to a conversation that its sender did not mean.
#[derive(Clone, Debug)]
enum Damage {
    None,
    Insert(usize, &'static [u8]),
    Remove(usize),
    Replace(usize, u8),
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let length = bytes.len();
        match *self {
            Self::None => {}
            Self::Insert(at, what) => {
                let at = at % (length + 1);
                bytes.splice(at..at, what.iter().copied());
            }
            Self::Remove(at) => {
                bytes.remove(at % length);
            }
            Self::Replace(at, byte) => bytes[at % length] = byte,
        }
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    let inserted: Vec<&[u8]> = vec![
        b"\r",
        b"\n",
        b"\r\n",
        b" ",
        b"\t",
        b":",
        b",",
        b"+",
        b"0",
        b"\0",
        b"\x7f",
        b"\xff",
        b"\r\n ",
        b"Content-Length: 5\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"X: y\r\n",
        b"\r\n\r\n",
    ];
    prop_oneof![
        2 => Just(Damage::None),
        3 => (any::<usize>(), select(inserted)).prop_map(|(at, what)| Damage::Insert(at, what)),
        1 => any::<usize>().prop_map(Damage::Remove),
        1 => (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Damage::Replace(at, byte)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_conversation_goes_as_it_goes_with_hyper(
        said in prop::collection::vec(select(requests()), 1..6),
        damages in prop::collection::vec(damage(), 0..3),
        mut cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..3),
    ) {
        let mut conversation = said.concat();
        for damage in &damages {
            damage.apply(&mut conversation);
        }
        cuts.sort_by_key(|cut| cut.index(conversation.len()));
        let mut pieces = Vec::new();
        let mut from = 0;
        for cut in cuts {
            let cut = cut.index(conversation.len());
            pieces.push(&conversation[from..cut]);
            from = cut;
        }
        pieces.push(&conversation[from..]);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let lean = told(Reader::Lean, &pieces, SOON).await;
            let hyper = told(Reader::Hyper, &pieces, SOON).await;
            prop_assert_eq!(lean, hyper);
            Ok(())
        })?;
    }
}
