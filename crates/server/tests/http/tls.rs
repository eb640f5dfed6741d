//! Encryption: who speaks to the server, with which certificate, and how that is renewed.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::json;

use crate::harness::{
    Authority, Files, Home, Launch, Purchase, STOCK, Server, Stock, assert_rows_are_as_told,
    at_once, eventually, said,
};

/// Longer than the server takes to see that files have changed.
const NOTICED: Duration = Duration::from_secs(30);

/// A server with a certificate, and what it is made with.
struct Encrypted {
    authority: Authority,
    files: Files,
    server: Server,
}

impl Encrypted {
    fn start() -> Self {
        Self::with(|launch| launch)
    }

    fn with(more: impl FnOnce(Launch) -> Launch) -> Self {
        let (home, authority) = (Home::new(), Authority::new());
        let files = Files::of(&home);
        files.write(&authority.issue());
        let launch = files.of_launch(Launch::on(&home)).trusting(&authority.root());
        Self { server: more(launch).start(), files, authority }
    }

    /// An encrypted connection by a client of our own, which tells whom it is connected with.
    fn connect(&self) -> StreamOwned<ClientConnection, TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(der(&self.authority.root())).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let stream = TcpStream::connect(&self.server.address).unwrap();
        stream.set_read_timeout(Some(NOTICED)).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock).unwrap();
        }
        stream
    }

    /// The certificate that a new connection gets.
    fn presented(&self) -> CertificateDer<'static> {
        self.connect().conn.peer_certificates().unwrap()[0].clone()
    }
}

fn der(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
}

const ASK: &[u8] = b"GET /api/products HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Asks on a connection that is open, and stays on it.
fn ask(stream: &mut StreamOwned<ClientConnection, TcpStream>) -> String {
    stream.write_all(ASK).unwrap();
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    while !answer.ends_with(b"}") {
        let length = stream.read(&mut piece).unwrap();
        assert_ne!(length, 0, "closed after {:?}", String::from_utf8_lossy(&answer));
        answer.extend_from_slice(&piece[..length]);
    }
    String::from_utf8(answer).unwrap()
}

#[test]
fn everything_is_as_it_is_without() {
    let Encrypted { mut server, .. } = Encrypted::start();
    let product = server.product(json!({"total_stock": STOCK}));
    let bought = at_once(4, |buyer| {
        let plans = (0..12).map(|n| {
            let mut purchase = Purchase::new(&buyer.to_string(), n, product);
            while !purchase.is_complete() && purchase.step(&server) {}
            purchase
        });
        plans.collect::<Vec<_>>()
    });
    let mut bought: Vec<_> = bought.into_iter().flatten().collect();
    for purchase in &mut bought {
        purchase.verify_and_go_on(&server);
    }
    assert_rows_are_as_told(&server, &[product], &bought);

    // An answer that is larger than what one record of TLS, or a socket, takes.
    let page = server.get("/openapi.json").send();
    assert!(page.status == 200 && page.body.len() > 64 * 1024, "{}", page.body.len());
    assert!(page.value()["paths"].is_object());
    // A body that does not fit into one record either.
    let long = json!({"product_id": product, "qty": 1, "customer_id": "x".repeat(40_000)});
    server.post("/api/holds").json(&long).send().problem(422, "validation_failed");

    assert_eq!(server.terminate().code(), Some(0));
}

#[test]
fn other_peoples_clients_agree_and_are_told_which_protocol_it_is() {
    let encrypted = Encrypted::start();
    let root = encrypted.server.home().file("root.pem");
    fs::write(&root, encrypted.authority.root()).unwrap();
    let url = format!("https://{}/healthz", encrypted.server.address);
    for version in [["--tlsv1.2", "--tls-max", "1.2"], ["--tlsv1.3", "--tls-max", "1.3"]] {
        let curl = Command::new("curl")
            .args(["-sS", "-w", "%{http_version} %{http_code}", "-o"])
            .args(["/dev/null", "--http2", "--cacert"])
            .arg(&root)
            .args(version)
            .arg(&url)
            .output()
            .unwrap();
        assert_eq!(said(&curl), "1.1 200", "{version:?}");
    }
    let curl = Command::new("curl").args(["-sS", &url]).output().unwrap();
    assert!(said(&curl).contains("certificate"), "{}", said(&curl));
}

#[test]
fn a_client_that_does_not_encrypt_is_told_so() {
    let encrypted = Encrypted::start();
    let mut stream = TcpStream::connect(&encrypted.server.address).unwrap();
    stream.write_all(ASK).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{answer}");
    assert!(body.contains("https://"), "{answer}");
}

#[test]
fn who_says_nothing_or_nonsense_is_not_waited_for() {
    let encrypted = Encrypted::with(|launch| launch.arg("--header-timeout", "300ms"));
    // The first record of a handshake that would go on for another 16 KiB.
    for begun in [&b""[..], b"\x16", b"\x16\x03\x01\x40\x00\x01", &[0x16; 5], &[0xff; 300]] {
        let mut stream = TcpStream::connect(&encrypted.server.address).unwrap();
        stream.set_read_timeout(Some(NOTICED)).unwrap();
        stream.write_all(begun).unwrap();
        let mut rest = Vec::new();
        // Closed or reset: whatever was not read of what we sent decides which.
        let _ = stream.read_to_end(&mut rest);
    }
    // One that is in the middle of it keeps nobody from stopping.
    let _stalled = TcpStream::connect(&encrypted.server.address).unwrap();
    encrypted.server.product(json!({"total_stock": 1}));
}

#[test]
fn a_renewed_certificate_is_taken_up_without_a_restart() {
    let encrypted = Encrypted::start();
    let server = &encrypted.server;
    let product = server.units(10);
    let mut open = encrypted.connect();
    assert!(ask(&mut open).contains("\"available_stock\":10"));

    // By itself.
    let second = encrypted.authority.issue();
    assert_ne!(encrypted.presented(), der(&second.0));
    encrypted.files.write(&second);
    eventually(NOTICED, "the new certificate is used", || {
        (encrypted.presented() == der(&second.0)).then_some(())
    });
    server.logged(&["a new certificate"]);

    // A key that does not fit: the one in use stays.
    let third = encrypted.authority.issue();
    fs::write(&encrypted.files.chain, &third.0).unwrap();
    server.signal(Signal::HUP);
    let line = server.logged(&["kept", "does not fit"]);
    assert!(line.contains("key.pem"), "{line}");
    assert_eq!(encrypted.presented(), der(&second.0));

    // And at once when told so.
    fs::write(&encrypted.files.key, &third.1).unwrap();
    server.signal(Signal::HUP);
    eventually(Duration::from_secs(5), "the new certificate is used", || {
        (encrypted.presented() == der(&third.0)).then_some(())
    });
    server.signal(Signal::HUP);
    server.logged(&["the same as before"]);

    fs::remove_file(&encrypted.files.key).unwrap();
    server.signal(Signal::HUP);
    server.logged(&["kept", "No such file"]);

    // Connections that were open go on.
    server.place(product, 1).send().expect(201);
    assert!(ask(&mut open).contains("\"available_stock\":9"));
    assert_eq!(server.stock(product), Stock::of(9, 1, 0));
}

#[test]
fn a_stopping_server_says_goodbye() {
    let mut encrypted = Encrypted::start();
    let mut open = encrypted.connect();
    ask(&mut open);
    let _stalled = TcpStream::connect(&encrypted.server.address).unwrap();
    assert_eq!(encrypted.server.terminate().code(), Some(0));
    // TLS's own end (RFC 8446 §6.1): without it this is an error, as a cut connection would be.
    assert_eq!(open.read(&mut [0; 16]).unwrap(), 0);
}

#[test]
fn files_that_cannot_be_used_are_refused_at_the_start() {
    let home = Home::new();
    let authority = Authority::new();
    let files = Files::of(&home);
    let start = || said(&files.of_launch(Launch::on(&home)).output());
    assert!(start().contains("chain.pem: No such file"), "{}", start());
    let (chain, key) = authority.issue();
    files.write(&(key.clone(), key.clone()));
    assert!(start().contains("chain.pem: there is no certificate"), "{}", start());
    files.write(&(chain.clone(), chain.clone()));
    assert!(start().contains("key.pem: there is no private key"), "{}", start());
    files.write(&(chain, authority.issue().1));
    assert!(start().contains("does not fit"), "{}", start());

    let alone = Launch::on(&home).arg("--tls-key", "key.pem").output();
    assert_eq!(alone.status.code(), Some(2));
    assert!(said(&alone).contains("--tls-certificate"), "{}", said(&alone));
}
