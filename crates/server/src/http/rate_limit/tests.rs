//! Buckets: what they let through, and how much memory they take.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::*;

fn buckets(rate: &str) -> Buckets {
    Buckets::new(rate.parse().unwrap())
}

fn address(number: u32) -> IpAddr {
    Ipv4Addr::from_bits(number).into()
}

#[test]
fn rates() {
    let rate = |text: &str| text.parse::<Rate>().ok().map(|r| (r.every.as_micros(), r.burst));
    for (text, expected) in [
        ("5/s", Some((200_000, 5))),
        ("5/s:20", Some((200_000, 20))),
        ("30/m", Some((2_000_000, 30))),
        ("1/m:1", Some((60_000_000, 1))),
        ("1000000/s", Some((1, 1_000_000))),
        ("0/s", None),
        ("5/s:0", None),
        ("5", None),
        ("5/h", None),
        ("+5/s", None),
        ("5/s:", None),
        ("5.5/s", None),
        ("1000001/s", None),
        ("", None),
    ] {
        assert_eq!(rate(text), expected, "{text:?}");
    }
}

#[test]
fn a_burst_and_then_as_many_as_the_rate_and_each_refusal_says_how_long() {
    let buckets = buckets("2/s:3");
    let at = |millis: u64| buckets.began + Duration::from_millis(millis);
    let take = |millis| buckets.take(address(1), at(millis)).map_err(|wait| wait.as_millis());
    for (millis, expected) in [
        (0, Ok(())),
        (0, Ok(())),
        (0, Ok(())),
        (0, Err(500)),
        (400, Err(100)),
        (500, Ok(())),
        (500, Err(500)),
        (999, Err(1)),
        (1_000, Ok(())),
        (60_000, Ok(())), // full again, and not fuller than that
        (60_000, Ok(())),
        (60_000, Ok(())),
        (60_000, Err(500)),
    ] {
        assert_eq!(take(millis), expected, "at {millis} ms");
    }
    assert_eq!(buckets.take(address(2), at(0)), Ok(()), "another address has its own");
}

#[test]
fn an_address_is_its_own_client_in_ipv4_and_its_network_in_ipv6() {
    let of = |text: &str| key(text.parse().unwrap());
    assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    assert_eq!(of("192.0.2.1"), of("::ffff:192.0.2.1"));
    assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff:ffff:ffff:ffff"));
    assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    for odd in ["::", "::1", "0.0.0.0", "255.255.255.255"] {
        assert_ne!(of(odd), 0, "{odd}");
    }
}

#[test]
fn a_million_addresses_take_no_more_memory_than_one() {
    let buckets = buckets("1/m:2");
    let places: usize = buckets.sets.len() * PLACES;
    let bytes = size_of_val(&*buckets.sets);
    assert!(bytes <= 3 * 1024 * 1024, "{bytes} bytes");
    let now = buckets.began;
    let mut refused = 0;
    for number in 0..1_000_000 {
        refused += usize::from(buckets.take(address(number), now).is_err());
        let network = Ipv6Addr::from_bits(u128::from(number) << 64 | 0x2001 << 112);
        refused += usize::from(buckets.take(network.into(), now).is_err());
    }
    assert_eq!(refused, 0, "each of them asked once");
    assert_eq!(buckets.sets.len() * PLACES, places);
    let used = buckets.sets.iter().flat_map(|set| *set.lock().unwrap()).filter(|b| b.key != 0);
    assert_eq!(used.count(), places, "all places are in use, and there are no more");
}

#[test]
fn whoever_has_asked_too_much_is_not_forgotten_for_those_whose_buckets_are_full() {
    let buckets = buckets("1/m:2");
    let began = buckets.began;
    let later = began + Duration::from_secs(120);
    for number in 0..100_000 {
        buckets.take(address(number), began).unwrap();
    }
    // Their buckets are full again by now; this one's is empty.
    let guilty = address(u32::MAX);
    buckets.take(guilty, later).unwrap();
    buckets.take(guilty, later).unwrap();
    for number in 100_000..150_000 {
        buckets.take(address(number), later).unwrap();
    }
    assert!(buckets.take(guilty, later).is_err());
}
