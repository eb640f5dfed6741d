//! Many more buyers than the server can serve: it serves as many as it can, and refuses the others
//! at once.

use std::time::Duration;

use serde_json::Value;

use crate::harness::{Disk, Home, Launch, Stopwatch, campaign, measured};

/// How long the crowd comes; a minute and more with `OVERLOAD_SECONDS`.
const SECONDS: usize = 6;

/// What the crowd is of what can be served.
const TIMES: f64 = 10.0;

/// How much less than before may be served while the others are refused.
const LESS: f64 = 0.8;

/// Memory that refusals may take, whatever their number.
const MEMORY_KIB: u64 = 32 * 1024;

/// The disk is so slow that its speed is all that counts: a batch of 8 in a little over 20 ms.
fn slow_server(disk: &Disk) -> Launch {
    let home = Home::new();
    let launch = Launch::on(&home).arg("--batch", "8").arg("--mailbox", "128");
    disk.of(&home, launch, "slow", 1)
}

/// How many answers of this status and kind there were a second.
fn rate(result: &Value, status: u64, kind: &str) -> f64 {
    let answers = result["answers"].as_array().unwrap().iter();
    let of_kind = answers.filter(|answer| answer["status"] == status && answer["kind"] == kind);
    let count: f64 = of_kind.map(|answer| answer["count"].as_f64().unwrap()).sum();
    count / result["seconds"].as_f64().unwrap()
}

#[test]
fn a_crowd_of_ten_times_too_many_takes_nothing_from_those_who_are_served() {
    let disk = Disk::new();
    let server = slow_server(&disk).start();
    let alone = measured(&server, "holds --closed --connections 64 --duration 3s");
    let most = rate(&alone, 201, "placed");
    let before = server.peak_memory_kib();

    let seconds = campaign("OVERLOAD_SECONDS", SECONDS);
    let crowd =
        format!("holds --rate {} --connections 512 --duration {seconds}s", (most * TIMES).round());
    let result = measured(&server, &crowd);
    let clock = Stopwatch::start();
    server.get("/readyz").send().expect_status(200);
    server.hold(server.units(1), 1);
    assert!(clock.elapsed() < Duration::from_secs(1), "it recovers in {:?}", clock.elapsed());

    let served = rate(&result, 201, "placed");
    let refused = rate(&result, 503, "overloaded");
    let others = result["requests_per_second"].as_f64().unwrap() - served - refused;
    let (median, slowest) = (&result["latency"]["p50_us"], &result["latency"]["p99_us"]);
    println!("{most:.0}/s alone; then {served:.0}/s served and {refused:.0}/s refused");
    println!("half of all answers within {median} µs, 99 % within {slowest} µs");
    assert!(others.abs() < 1.0, "{}", result["answers"]);
    assert!(refused > served, "{}", result["answers"]);
    assert!(served >= LESS * most, "{served:.0}/s of {most:.0}/s");
    // Whoever is served waits for up to sixteen batches; most are refused, and must not.
    assert!(median.as_u64() < Some(100_000), "half of all wait for {median} µs");
    let grown = server.peak_memory_kib() - before;
    assert!(grown < MEMORY_KIB, "{grown} KiB more for {refused:.0} refusals a second");
}
