//! Micro-benchmarks of what HTTP adds to a call: reading a request, writing an answer.
//!
//! `cargo bench -p doorbuster`

#[path = "workload.rs"]
#[expect(dead_code, reason = "orders and payments are for the other benchmarks")]
mod workload;

use divan::{Bencher, black_box};
use doorbuster::http::measured;
use doorbuster_domain::{
    Effect, Hold, HoldId, Ledger, Product, ProductId, Seconds, Timestamp, decide,
};
use uuid::Uuid;

const NOW: Timestamp = Timestamp::from_millis(1_795_770_000_000);

/// As wrk sends it.
const PLACE_HOLD: &[u8] = b"POST /api/holds HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\
    Content-Type: application/json\r\nContent-Length: 27\r\n\r\n{\"product_id\": 1, \"qty\": 1}";

/// As a browser sends it.
const GET_PRODUCT: &[u8] = b"GET /api/products/1 HTTP/1.1\r\nHost: shop.example\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n\
    Accept: application/json, text/plain, */*\r\nAccept-Language: en-US,en;q=0.5\r\n\
    Accept-Encoding: gzip, deflate, br, zstd\r\nReferer: https://shop.example/sale\r\n\
    Origin: https://shop.example\r\nConnection: keep-alive\r\nSec-Fetch-Dest: empty\r\n\
    Sec-Fetch-Mode: cors\r\nSec-Fetch-Site: same-site\r\nPriority: u=4\r\n\r\n";

fn main() {
    divan::main();
}

#[divan::bench]
fn read_hold(bencher: Bencher<'_, '_>) {
    read(bencher, PLACE_HOLD);
}

#[divan::bench]
fn read_browsers_request(bencher: Bencher<'_, '_>) {
    read(bencher, GET_PRODUCT);
}

fn read(bencher: Bencher<'_, '_>, request: &[u8]) {
    assert_eq!(measured::read_request(request), Some(request.len()));
    bencher.bench_local(|| measured::read_request(black_box(request)));
}

#[divan::bench]
fn write_hold(bencher: Bencher<'_, '_>) {
    let (_, hold) = product_and_hold();
    let mut output = Vec::new();
    bencher.bench_local(|| {
        output.clear();
        measured::write_hold(black_box(&hold), NOW, &mut output);
    });
    assert!(output.starts_with(b"HTTP/1.1 201 "));
}

#[divan::bench]
fn write_product(bencher: Bencher<'_, '_>) {
    let (product, _) = product_and_hold();
    let mut output = Vec::new();
    bencher.bench_local(|| {
        output.clear();
        measured::write_product(black_box(&product), NOW, &mut output);
    });
    assert!(output.starts_with(b"HTTP/1.1 200 "));
}

fn product_and_hold() -> (Product, Hold) {
    let product_id = ProductId::new(1).expect("one is a product id");
    let create = workload::create_product(product_id, Seconds::MAX);
    let place = workload::place_hold(product_id, HoldId::new(Uuid::from_u64_pair(1, 2)));
    let mut ledger = Ledger::new();
    let mut effect = |command| decide(&mut ledger, NOW, &command).expect("it is accepted");
    match (effect(create), effect(place)) {
        (Effect::Product(product), Effect::Hold { hold, .. }) => (product, hold),
        other => panic!("not a product and a hold: {other:?}"),
    }
}
