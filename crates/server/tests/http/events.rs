//! Streams of what happens: products for anyone, the journal for whoever has a key.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{
    ADMIN_KEY, Client, Events, Launch, Server, Stopwatch, at_once, eventually, now_millis, text,
};

/// Longer than a stream that has something to say waits.
const SOON: Duration = Duration::from_secs(1);

fn path(product: i64) -> String {
    format!("/api/products/{product}/events")
}

fn watch(server: &Client, product: i64) -> Events {
    Events::open(server, &path(product), "")
}

fn follow(server: &Client, from: &str) -> Events {
    Events::with_key(server, &format!("/api/admin/events?last_event_id={from}"), ADMIN_KEY)
}

#[test]
fn a_listener_sees_the_product_as_it_is_and_every_change() {
    let server = Server::start();
    let product = server.units(10);
    let mut events = watch(&server, product);
    for line in ["HTTP/1.1 200 OK", "text/event-stream", "no-store", "nosniff"] {
        assert!(events.head.contains(line), "{}", events.head);
    }
    let shown = || server.get(&format!("/api/products/{product}")).send().expect(200);
    for _ in 0..3 {
        let event = events.event();
        assert_eq!(event.name, "product");
        assert_eq!(event.value(), shown());
        assert_eq!(event.id, shown()["version"].to_string());
        server.place(product, 1).send().expect(201);
    }
    let status = |event: &Value| text(&event["status"]).to_owned();
    assert_eq!(status(&events.event().value()), "open");
    let path = format!("/api/products/{product}");
    server.patch(&path).admin().json(&json!({"paused": true})).send().expect(200);
    assert_eq!(status(&events.event().value()), "paused");
}

#[test]
fn a_crowd_of_changes_comes_as_few_events_and_the_last_is_the_truth() {
    let server = Server::start();
    let product = server.units(2_000);
    let mut listeners: Vec<_> = (0..20).map(|_| watch(&server, product)).collect();
    let watch = Stopwatch::start();
    at_once(4, |_| {
        for _ in 0..250 {
            server.place(product, 1).send().expect(201);
        }
    });
    let took = watch.elapsed();
    let most = 2 + took.as_millis() / 100;
    for events in &mut listeners {
        let mut seen = Vec::new();
        while seen.last() != Some(&1_000) {
            let product = events.event().value();
            let units = |name: &str| product[name].as_u64().unwrap();
            assert_eq!(units("available_stock") + units("held_stock"), 2_000, "{product}");
            seen.push(units("available_stock"));
        }
        assert!(seen.is_sorted_by(|before, after| before > after), "{seen:?}");
        assert!(seen.len() as u128 <= most, "{} in {took:?}", seen.len());
    }
}

#[test]
fn a_status_that_changes_with_time_is_an_event_too() {
    let server = Server::start();
    let at = |after| jiff::Timestamp::from_millisecond(now_millis() + after).unwrap().to_string();
    let window = json!({"total_stock": 1, "opens_at": at(700), "closes_at": at(1_500)});
    let mut events = watch(&server, server.product(window));
    let seen = [(); 3].map(|()| text(&events.event().value()["status"]).to_owned());
    assert_eq!(seen, ["scheduled", "open", "closed"]);
}

#[test]
fn who_comes_back_is_sent_what_is_new_only() {
    let server = Server::start();
    let product = server.units(10);
    let first = watch(&server, product).event();

    let mut again = Events::open(&server, &path(product), &format!("Last-Event-ID: {}", first.id));
    server.place(product, 1).send().expect(201);
    let event = again.event();
    assert_eq!(event.value()["available_stock"], 9);

    // What it does not have is sent at once, by the parameter too.
    let old = format!("{}?last_event_id={}", path(product), first.id);
    assert_eq!(Events::open(&server, &old, "").event(), event);
    // An id from a future that is not ours: after a while the truth is told all the same.
    let mut future = Events::open(&server, &path(product), "Last-Event-ID: 1000000");
    assert_eq!(future.event(), event);

    for wrong in ["Last-Event-ID: soon", "Last-Event-ID: -1"] {
        let head = Events::open(&server, &path(product), wrong).head;
        assert!(head.starts_with("HTTP/1.1 422 "), "{head}");
    }
    server.get(&path(999)).send().problem(404, "product_not_found");
    server.get(&format!("{}?since=1", path(product))).send().problem(422, "validation_failed");
}

#[test]
fn a_stopping_server_ends_its_streams_and_says_when_to_come_back() {
    let mut server = Server::start();
    let product = server.units(10);
    let mut events = watch(&server, product);
    let mut journal = follow(&server, "");
    events.event();
    journal.told_id();
    let watch = Stopwatch::start();
    assert_eq!(server.terminate().code(), Some(0));
    assert!(watch.elapsed() < Duration::from_secs(5), "streams held it up: {:?}", watch.elapsed());
    assert_eq!(events.next_event(), None);
    assert_eq!(journal.next_event(), None);
}

#[test]
fn whoever_watches_leaves_places_for_those_who_buy() {
    let server = Launch::new().arg("--max-connections", "8").start();
    let product = server.units(10);
    let mut open: Vec<_> = (0..4).map(|_| watch(&server, product)).collect();
    let full = server.get(&path(product)).send();
    assert_eq!(full.header("retry-after"), Some("1"));
    assert_eq!(full.header("connection"), Some("close"), "its place is for those who buy");
    full.problem(503, "overloaded");
    server.place(product, 1).send().expect(201);
    let metrics = server.get("/metrics").send().text();
    assert!(metrics.contains("doorbuster_event_streams{kind=\"product\"} 4"), "{metrics}");
    open.pop();
    eventually(Duration::from_secs(20), "a place is free again", || {
        // Whoever has gone is noticed when something is to be written.
        server.place(product, 1).send();
        let events = watch(&server, product);
        events.head.starts_with("HTTP/1.1 200").then_some(())
    });
}

/// The journal of each product by the lists of the API: number, and all that an entry says.
fn journals(server: &Client, products: &[i64]) -> BTreeMap<(i64, u64), Value> {
    let mut all = BTreeMap::new();
    for product in products {
        let mut cursor = String::new();
        loop {
            let path = format!("/api/products/{product}/journal?limit=200{cursor}");
            let page = server.get(&path).admin().send().expect(200);
            for entry in page["data"].as_array().unwrap() {
                all.insert((*product, entry["seq"].as_u64().unwrap()), entry.clone());
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
    }
    all
}

/// Takes up an event of the journal; whether it was new.
fn take(all: &mut BTreeMap<(i64, u64), Value>, event: &Value) -> bool {
    let mut entry = event.clone();
    let product = entry.as_object_mut().unwrap().remove("product_id").unwrap().as_i64().unwrap();
    let seq = entry["seq"].as_u64().unwrap();
    let before = all.range(..=(product, seq)).next_back();
    let follows =
        seq == 1 || before.is_some_and(|((of, last), _)| *of == product && last + 1 >= seq);
    assert!(follows, "entry {seq} of product {product} came before its time");
    let same = all.insert((product, seq), entry.clone());
    assert!(same.as_ref().is_none_or(|same| *same == entry), "{same:?} {entry}");
    same.is_none()
}

#[test]
fn nothing_of_the_journal_is_skipped_however_often_the_stream_breaks() {
    let mut server = Server::start();
    let products: Vec<i64> = (0..3).map(|_| server.units(100_000)).collect();
    let buy = |server: &Client, count: usize| {
        at_once(3, |buyer| {
            for n in 0..count {
                let product = products[(buyer + n) % products.len()];
                let hold = server.place(product, 1).send().expect(201);
                if n % 3 == 0 {
                    let hold = format!("/api/holds/{}", text(&hold["hold_id"]));
                    server.delete(&hold).send().expect(200);
                }
            }
        });
    };
    buy(&server, 500); // more than a page is there already
    let mut all = BTreeMap::new();
    let (mut id, mut twice, mut rounds) = ("0".to_owned(), 0, 0);
    for restart in [false, true] {
        if restart {
            server.kill();
            server = server.again();
        }
        std::thread::scope(|scope| {
            let buyers = scope.spawn(|| buy(&server, 300));
            let mut length = 1;
            while !buyers.is_finished() {
                // It breaks anywhere: after one event, after some, and before its first id.
                let mut events = follow(&server, &id).until_silent_for(SOON);
                for _ in 0..length {
                    let Some(event) = events.next_event() else { break };
                    assert_eq!(event.name, "journal");
                    twice += usize::from(!take(&mut all, &event.value()));
                }
                length = (length * 7 + 3) % 997;
                id = events.last_id;
                rounds += 1;
            }
        });
    }
    let expected = journals(&server, &products);
    let mut events = follow(&server, &id);
    while all.len() < expected.len() {
        take(&mut all, &events.event().value());
    }
    assert!(all == expected);
    println!("{} entries in {rounds} streams, {twice} twice", all.len());

    // From now on, and from the end: nothing old.
    for from_now in [true, false] {
        let end = follow(&server, "").told_id();
        let mut events = follow(&server, if from_now { "" } else { &end });
        events.told_id();
        server.place(products[0], 1).send().expect(201);
        assert!(take(&mut all, &events.event().value()));
    }
    let wrong = "/api/admin/events?last_event_id=nonsense!";
    server.get(wrong).admin().send().problem(422, "validation_failed");
}

/// A database that was restored from a backup has a journal that the client knows more of.
#[test]
fn whoever_has_seen_more_than_there_is_begins_again() {
    let before = Server::start();
    let product = before.units(10);
    for _ in 0..3 {
        before.place(product, 1).send().expect(201);
    }
    let id = follow(&before, "").told_id();
    let restored = Server::start();
    assert_eq!(restored.units(10), product);
    restored.place(product, 1).send().expect(201);

    let mut events = follow(&restored, &id);
    assert_eq!(events.told_id(), id, "maybe this node is only late");
    let reset = events.event();
    assert_eq!((&*reset.name, &*reset.data), ("reset", "{}"));
    let numbers = [events.event(), events.event()].map(|event| event.value()["seq"].clone());
    assert_eq!(numbers, [json!(1), json!(2)]);
    assert_ne!(events.told_id(), id);
    restored.place(product, 1).send().expect(201);
    assert_eq!(events.event().value()["seq"], 3);
}
