//! Thousands of clients who send a byte now and then, or nothing, while others buy.

use std::io::Write;
use std::net::TcpStream;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use rustix::process::{Resource, getrlimit, setrlimit};
use serde_json::Value;

use crate::harness::{Client, Server, campaign, eventually, measured};

/// How many there are; more with `DAWDLERS`, up to what the server takes and the system allows.
const DAWDLERS: usize = 3_000;

/// How long nobody has to wait, with or without them. How much of that there really is, is printed:
/// it belongs to the machine.
const LIMIT_US: u64 = 1_000_000;

/// Lets this process have as many connections as it may.
fn raise_limit(least: usize) {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
    let most = limit.maximum.unwrap_or(u64::MAX);
    assert!(most > least as u64, "at most {most} open files: ask for fewer DAWDLERS");
}

/// What the `n`th of them sends before it dawdles.
fn beginning(n: usize) -> &'static [u8] {
    match n % 3 {
        0 => b"POST /api/holds HTTP/1.1\r\nHost: shop\r\nX-Slow: ",
        1 => {
            b"POST /api/holds HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n\
               Content-Length: 10000\r\n\r\n{\"qty\": "
        }
        _ => b"", // and never anything else
    }
}

/// How long the slowest of a hundred buyers waits, in µs; all of them are served.
fn p99(client: &Client) -> u64 {
    let result =
        measured(client, "holds --rate 200 --duration 4s --warm-up 500ms --connections 32");
    let answers = result["answers"].as_array().unwrap();
    let served = |answer: &Value| answer["status"] == 201 && answer["kind"] == "placed";
    assert!(!answers.is_empty() && answers.iter().all(served), "{answers:?}");
    result["latency"]["p99_us"].as_u64().unwrap()
}

#[test]
fn a_crowd_that_dawdles_does_not_hold_buyers_up() {
    let count = campaign("DAWDLERS", DAWDLERS);
    raise_limit(count + 200);
    let server = Server::start();
    let alone = p99(&server);

    let mut dawdlers: Vec<TcpStream> = (0..count)
        .map(|n| {
            let mut stream = TcpStream::connect(&server.address).unwrap();
            stream.write_all(beginning(n)).unwrap();
            stream
        })
        .collect();
    eventually(Duration::from_secs(20), "all of them are connected", || {
        let metrics = server.get("/metrics").send().text();
        let line =
            metrics.lines().find_map(|line| line.strip_prefix("doorbuster_http_connections "));
        let open: usize = line.unwrap().parse().unwrap();
        (open >= count).then_some(())
    });
    let (over, is_over) = sync_channel::<()>(0);
    let crowded = thread::scope(|scope| {
        scope.spawn(move || {
            while is_over.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
                for (n, stream) in dawdlers.iter_mut().enumerate() {
                    if n % 3 < 2 {
                        let _ = stream.write_all(b"1"); // the server may have lost patience
                    }
                }
            }
        });
        let crowded = p99(&server);
        drop(over);
        crowded
    });
    println!("p99 {alone} µs alone, {crowded} µs beside {count} who dawdle");
    assert!(crowded < LIMIT_US, "{crowded} µs beside them, {alone} µs alone");
    server.hold(server.units(1), 1);
}
