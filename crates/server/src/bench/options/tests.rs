use clap::Parser;

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    bench: BenchArgs,
}

fn settings(line: &str) -> Result<Settings, String> {
    let words = std::iter::once("bench").chain(line.split_whitespace());
    let line = Line::try_parse_from(words).map_err(|error| error.to_string())?;
    line.bench.settings()
}

#[test]
fn defaults_fit_the_scenario() {
    let checkout = settings("--self").unwrap();
    assert_eq!(checkout.scenario, Scenario::Checkout);
    assert_eq!(checkout.stock, ENDLESS_STOCK);
    let Pace::Open(schedule) = checkout.pace else { panic!("{:?}", checkout.pace) };
    assert_eq!(schedule.count(), 10_000, "1,000 a second for ten seconds");

    let warm = settings("holds --self --rate 10 --warm-up 2s --duration 3s --ramp 4s").unwrap();
    let Pace::Open(schedule) = warm.pace else { panic!("{:?}", warm.pace) };
    assert_eq!(schedule.count(), 30, "the warm-up comes before the duration");

    let sellout = settings("sellout --self").unwrap();
    assert_eq!((sellout.stock, sellout.crowd.buyers), (100, Some(10_000)));
    assert_eq!(sellout.pace, Pace::Open(Schedule::Crowd { count: 10_000, spread_us: 0 }));
    assert_eq!(settings("holds --self --closed").unwrap().pace, Pace::Closed(u64::MAX));
    assert_eq!(settings("sellout --self --closed --buyers 5").unwrap().pace, Pace::Closed(5));
    assert_eq!(settings("holds --self --connections 1 --threads 9").unwrap().threads, 1);
}

#[test]
fn what_makes_no_sense_is_refused_with_a_way_out() {
    for (line, says) in [
        ("holds", "--self"),
        ("holds --url http://127.0.0.1:8000", "--admin-key"),
        ("holds --self --url http://127.0.0.1:8000", "--self"),
        ("sellout --self --rate 5", "--buyers"),
        ("holds --self --closed --rate 5", "--closed"),
        ("holds --self --closed --ramp 1s", "--ramp"),
        ("holds --self --ramp 2s --duration 1s", "--ramp"),
        ("sellout --self --warm-up 1s", "--warm-up"),
        ("holds --self --failed 5%", "checkout"),
        ("browse --self --abandoned 0.1", "checkout"),
        ("checkout --self --late 2", "0 to 1"),
        ("holds --self --quantity 0", "quantities"),
        ("holds --self --connections 0", "1..=100000"),
        ("holds --self --rate 0", "1..=10000000"),
        ("holds --self --duration 0s", "at least"),
        ("holds --self --products 0", "1..=10000"),
        ("holds --self --stock 0", "1..=1000000000"),
        ("rush --self", "sellout"),
        ("holds --url https://shop.example", "TLS"),
    ] {
        let error = settings(line).map(|_| ()).unwrap_err();
        assert!(error.contains(says), "{line}: {error}");
    }
}
