use std::time::Duration;

use super::*;
use crate::bench::judge::Finding;
use crate::bench::measure::Recorder;
use crate::bench::measure::Tally;
use crate::bench::scenario::{Crowd, Scenario};
use crate::bench::timeline::{Stock, Timeline};

fn outcome() -> Outcome {
    let recorder = Recorder::default();
    for latency_us in 1..1000 {
        recorder.answered(Step::Hold, (201, "placed"), 0, latency_us);
    }
    recorder.answered(Step::Hold, (409, "<script>alert(1)</script>"), 0, 10);
    let mut tally = Tally::default();
    recorder.take(&mut tally);
    let mut timeline = Timeline::new(None, None);
    for second in 1..5 {
        let stock = Stock { available: 100 - second, held: second, sold: 0 };
        timeline.add(second * 1_000_000, &tally, Some(stock));
    }
    Outcome {
        settings: Settings {
            scenario: Scenario::Sellout,
            pace: Pace::Open(Schedule::Crowd { count: 1000, spread_us: 0 }),
            ramp: Duration::ZERO,
            warm_up: Duration::ZERO,
            duration: Duration::from_secs(60),
            connections: 64,
            threads: 1,
            timeout: Duration::from_secs(10),
            crowd: Crowd {
                seed: 1,
                products: 1,
                buyers: Some(1000),
                quantities: "1-4".parse().unwrap(),
                shares: Default::default(),
            },
            stock: 100,
            hold_seconds: 120,
            payment_seconds: 600,
        },
        server: "http://shop.example:80".into(),
        at: "2026-11-27 09:00:00 UTC".into(),
        took_us: 4_000_000,
        tally,
        timeline,
        left_out: 0,
        interrupted: false,
        in_memory: false,
        judgement: Judgement::default(),
    }
}

#[test]
fn a_page_stands_alone_and_escapes_what_it_shows() {
    let page = page(&outcome());
    for elsewhere in ["src=", "href=", "url(", "@import", "<script"] {
        assert!(!page.contains(elsewhere), "{elsewhere}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)"));
    assert!(!page.contains("NaN") && !page.contains("inf "), "a chart has no place for it");
    assert_eq!(page.matches("<svg").count(), 4);
    for shown in ["Nothing oversold, lost or doubled", "1,000 buyers for 100 units", "99.9%"] {
        assert!(page.contains(shown), "{shown}");
    }
}

#[test]
fn a_run_that_proves_little_says_so() {
    let nothing = "The server acknowledged nothing at all";
    let weaker = "requests, 11 got no answer";
    for (scenario, answer, unknown, warned) in [
        (Scenario::Holds, (201, "placed"), 0, ""),
        (Scenario::Holds, (201, "placed"), 10, ""),
        (Scenario::Holds, (201, "placed"), 11, weaker),
        (Scenario::Holds, (201, "unreadable"), 0, nothing),
        (Scenario::Holds, (409, "insufficient_stock"), 0, nothing),
        (Scenario::Holds, (0, "not_connected"), 0, nothing),
        (Scenario::Soldout, (409, "insufficient_stock"), 0, ""),
        (Scenario::Soldout, (409, "product_not_on_sale"), 0, nothing),
        (Scenario::Browse, (200, "shown"), 0, ""),
    ] {
        let recorder = Recorder::default();
        for _ in 0..1000 {
            recorder.answered(Step::Hold, answer, 0, 10);
        }
        let mut outcome = outcome();
        outcome.tally = Tally::default();
        recorder.take(&mut outcome.tally);
        outcome.settings.scenario = scenario;
        outcome.judgement.unknown = unknown;
        let warnings = outcome.warnings().join("\n");
        let fits = if warned.is_empty() { warnings.is_empty() } else { warnings.contains(warned) };
        assert!(fits, "{scenario:?} {answer:?} {unknown}: {warnings}");
    }
}

#[test]
fn a_run_without_any_answer_still_has_a_page() {
    let empty =
        Outcome { tally: Tally::default(), timeline: Timeline::new(None, None), ..outcome() };
    let page = page(&empty);
    assert!(!page.contains("NaN"), "{page}");
}

#[test]
fn a_failed_judgement_is_what_one_sees_first() {
    let mut outcome = outcome();
    outcome.judgement.lost.cases = 1;
    outcome.judgement.lost.units = 2;
    let text = "hold 1 of 2 units was acknowledged and is not on the server".to_owned();
    outcome.judgement.findings.push(Finding { kind: Kind::Lost, text: text.clone() });
    let page = page(&outcome);
    assert!(page.contains("banner bad") && page.contains("1 LOST (2 units)"));
    assert!(page.contains(&text));
    let said = crate::bench::text::text(&outcome);
    assert!(said.contains("1 LOST (2 units)") && said.contains(&text), "{said}");
    let json = crate::bench::json::json(&outcome);
    assert_eq!(json["ok"], false);
    assert_eq!(json["judgement"]["lost"]["units"], 2);
    assert_eq!(json["judgement"]["findings"][0]["text"], text);
}

#[test]
fn what_spoils_the_numbers_is_said() {
    let mut late = outcome();
    assert_eq!(late.warnings(), Vec::<String>::new());
    // The latencies are a millisecond and less.
    for (lag_us, is_told) in [(100, false), (200, false), (300, true), (100_000, true)] {
        late.tally.lag = outcome().tally.lag;
        late.tally.lag.saturating_record(lag_us);
        assert_eq!(late.warnings().join("\n").contains("fell behind"), is_told, "{lag_us}");
    }
    let shown = crate::bench::text::text(&late);
    assert!(shown.contains("own lag"), "{shown}");
    assert!(page(&late).contains("own lag"));
    late.left_out = 7;
    late.in_memory = true;
    let warnings = late.warnings().join("\n");
    for part in ["fell behind", "7 visitors", "tmpfs"] {
        assert!(warnings.contains(part), "{part} is not in {warnings}");
    }
}

#[test]
fn every_field_of_the_json_is_documented() {
    let mut outcome = outcome();
    let text = String::new();
    outcome.judgement.findings.push(Finding { kind: Kind::Lost, text });
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/BENCH.md");
    let page = std::fs::read_to_string(page).unwrap();
    let mut fields = Vec::new();
    names(&crate::bench::json::json(&outcome), &mut fields);
    assert!(fields.len() > 50, "{fields:?}");
    for field in fields {
        assert!(page.contains(&format!("`{field}`")), "{field} is not in docs/BENCH.md");
    }
}

/// The names of all fields.
fn names(value: &serde_json::Value, found: &mut Vec<String>) {
    if let Some(fields) = value.as_object() {
        found.extend(fields.keys().cloned());
        fields.values().for_each(|value| names(value, found));
    }
    for value in value.as_array().into_iter().flatten() {
        names(value, found);
    }
}
