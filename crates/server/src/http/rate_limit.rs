//! Limits per client address: how many holds and orders one may ask for in a while.
//!
//! Each address has a bucket of tokens that fills up evenly; a request takes one. Of a bucket only
//! the time is kept at which it will be full (the generic cell rate algorithm, ITU-T I.371), so a
//! full one is the same as none, and its place is free for another address. There are so many
//! places and no more, whoever comes.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hyper::Method;
use tokio::time::Instant;

use super::client_address::Proxies;
use super::head::Headers;
use super::problem::Problem;
use super::router::Route;

/// How many sets of places a limit has: with [`PLACES`], room for 131,072 addresses that asked for
/// something lately, in 2 MiB.
const SETS: usize = 16_384;

/// How many addresses share a set. When all of theirs are in use, the fullest bucket gives way.
const PLACES: usize = 8;

/// The most tokens a bucket may have, and get in its time.
const MAX_TOKENS: u32 = 1_000_000;

/// How many requests an address may make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How long it takes until there is one more token.
    every: Duration,
    /// How many there are at most.
    burst: u32,
}

impl FromStr for Rate {
    type Err = &'static str;

    /// `5/s`, `30/m`, or with a burst of its own, `5/s:20`; otherwise it is what comes in the unit.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "must be a rate such as 5/s, 30/m, or 5/s:20 with a burst of 20";
        let (rate, burst) = text.split_once(':').map_or((text, None), |(r, b)| (r, Some(b)));
        let (tokens, unit) = rate.split_once('/').ok_or(WRONG)?;
        let unit = match unit {
            "s" => Duration::from_secs(1),
            "m" => Duration::from_secs(60),
            _ => return Err(WRONG),
        };
        let number = |text: &str| {
            let number = text.parse().ok().filter(|number| (1..=MAX_TOKENS).contains(number));
            number.filter(|_| text.bytes().all(|byte| byte.is_ascii_digit())).ok_or(WRONG)
        };
        let tokens: u32 = number(tokens)?;
        Ok(Self { every: unit / tokens, burst: burst.map_or(Ok(tokens), number)? })
    }
}

/// Which limits there are.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// For `POST /api/holds`.
    pub holds: Option<Rate>,
    /// For `POST /api/orders`.
    pub orders: Option<Rate>,
    /// Who may say in `X-Forwarded-For` whom a request is from.
    pub trusted_proxies: Vec<super::Network>,
}

/// The limits in force.
pub(super) struct RateLimits {
    holds: Option<Buckets>,
    orders: Option<Buckets>,
    proxies: Proxies,
}

impl RateLimits {
    /// `None` where there are none: then nothing is done for any request.
    pub(super) fn new(limits: Limits) -> Option<Self> {
        if limits.holds.is_none() && limits.orders.is_none() {
            return None;
        }
        let holds = limits.holds.map(Buckets::new);
        let orders = limits.orders.map(Buckets::new);
        Some(Self { holds, orders, proxies: Proxies::new(limits.trusted_proxies) })
    }

    /// Lets a request through that `peer` sent at `now`, or not.
    pub(super) fn admit(
        &self,
        route: &Route,
        peer: IpAddr,
        headers: Headers<'_>,
        now: Instant,
    ) -> Result<(), Problem> {
        let buckets = match (&route.method, route.path) {
            (&Method::POST, "/api/holds") => &self.holds,
            (&Method::POST, "/api/orders") => &self.orders,
            _ => return Ok(()),
        };
        let Some(buckets) = buckets else { return Ok(()) };
        let client = self.proxies.client(peer, headers);
        buckets.take(client, now).map_err(|wait| Problem::RateLimited { wait })
    }
}

/// The buckets of one limit.
struct Buckets {
    /// Between two tokens, in nanoseconds.
    every: u64,
    /// How far in the future a bucket may be full for there to be a token in it.
    slack: u64,
    began: Instant,
    /// Seeded afresh, so that nobody can choose addresses that share a set with another's.
    hasher: RandomState,
    sets: Box<[Mutex<[Bucket; PLACES]>]>,
}

/// When an address's bucket will be full, in nanoseconds since the server began.
#[derive(Clone, Copy, Default)]
struct Bucket {
    key: u64,
    full_at: u64,
}

impl Buckets {
    fn new(rate: Rate) -> Self {
        let every = nanoseconds(rate.every).max(1);
        Self {
            every,
            slack: every.saturating_mul(u64::from(rate.burst.saturating_sub(1))),
            began: Instant::now(),
            hasher: RandomState::default(),
            sets: (0..SETS).map(|_| Mutex::default()).collect(),
        }
    }

    /// Takes a token of this client's, or says how long there is none.
    fn take(&self, client: IpAddr, now: Instant) -> Result<(), Duration> {
        let key = key(client);
        let now = nanoseconds(now.saturating_duration_since(self.began));
        let set = usize::try_from(self.hasher.hash_one(key)).unwrap_or(usize::MAX) % SETS;
        let mut set = self.sets[set].lock().unwrap_or_else(PoisonError::into_inner);
        let known = set.iter().position(|bucket| bucket.key == key);
        let place = match known {
            Some(place) => &mut set[place],
            None => {
                // The first is there: a set has places.
                let [first, others @ ..] = &mut *set;
                let fullest =
                    others.iter_mut().fold(first, |a, b| if b.full_at < a.full_at { b } else { a });
                *fullest = Bucket { key, full_at: 0 };
                fullest
            }
        };
        let full_at = place.full_at.max(now);
        if full_at - now > self.slack {
            return Err(Duration::from_nanos(full_at - now - self.slack));
        }
        place.full_at = full_at.saturating_add(self.every);
        Ok(())
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// What an address has its bucket by. Of IPv6 it is the network: whoever has one address there has
/// all 2^64 of them (RFC 6177). IPv4 stands where only multicast groups do, which send nothing; no
/// key is 0.
fn key(client: IpAddr) -> u64 {
    const IPV4: u64 = 0xffff_ffff_0000_0000;
    match client.to_canonical() {
        IpAddr::V4(address) => IPV4 | u64::from(address.to_bits()),
        IpAddr::V6(address) => {
            let network = u64::try_from(address.to_bits() >> 64).unwrap_or(u64::MAX);
            network.max(1)
        }
    }
}

#[cfg(test)]
mod tests;
