//! What `benches/http.rs` measures: reading a request and writing an answer, each by itself. Not an
//! interface for anyone else.

use doorbuster_domain::{Hold, Product, Timestamp};
use tokio::time::Instant;

use super::answer::{self, Answer, Location};
use super::head::Headers;
use super::plain;
use super::request_id::RequestId;
use super::resources::{HoldJson, ProductJson};
use super::respond::Answered;

/// Finds the plain request that these bytes begin with; how many of them it takes.
#[must_use]
pub fn read_request(bytes: &[u8]) -> Option<usize> {
    plain::plain_length(bytes)
}

/// Appends the answer to a request that placed this hold.
pub fn write_hold(hold: &Hold, now: Timestamp, output: &mut Vec<u8>) {
    write(answer::created(Location::Hold(hold.id), &HoldJson::of(hold, now)), now, output);
}

/// Appends the answer to a request for this product.
pub fn write_product(product: &Product, now: Timestamp, output: &mut Vec<u8>) {
    write(answer::ok(&ProductJson::of(product, now)), now, output);
}

fn write(answer: Answer, now: Timestamp, output: &mut Vec<u8>) {
    let mut response = answer.unwrap_or_else(|problem| problem.into_response(now));
    answer::protect(&mut response);
    let request_id = RequestId::of(Headers::of(&[]), now);
    let answered = Answered { response, request_id, at: Instant::now() };
    plain::encode(&answered, || now, output);
}
