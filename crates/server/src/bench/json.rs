//! The result as JSON. Fields are only ever added; `docs/BENCH.md` lists them.

use hdrhistogram::Histogram;
use serde_json::{Map, Value, json};

use super::judge::Kind;
use super::measure::Step;
use super::options::{Pace, Settings};
use super::outcome::{Outcome, PERCENTILES, quantile};

/// The result for programs.
pub(super) fn json(outcome: &Outcome) -> Value {
    let tally = &outcome.tally;
    let mut steps = Map::new();
    for step in Step::ALL {
        let latency = &tally.steps[step as usize];
        if !latency.is_empty() {
            steps.insert(step.name().into(), latency_json(latency));
        }
    }
    let answers: Vec<Value> = tally
        .answers
        .iter()
        .map(|answer| {
            json!({
                "step": answer.step.name(),
                "status": answer.status,
                "kind": answer.kind,
                "count": answer.count,
            })
        })
        .collect();
    json!({
        "ok": outcome.judgement.is_ok(),
        "server": outcome.server,
        "at": outcome.at,
        "settings": settings(&outcome.settings),
        "seconds": seconds(outcome.took_us),
        "visitors": tally.visitors,
        "requests": tally.requests(),
        "requests_per_second": outcome.per_second(),
        "latency": latency_json(&tally.latency()),
        "steps": steps,
        "answers": answers,
        "generator": {
            "lag_p50_us": quantile(&tally.lag, 50.0),
            "lag_p99_us": quantile(&tally.lag, 99.0),
            "lag_max_us": tally.lag.max(),
            "waited_for_connection": tally.waited,
            "left_out": outcome.left_out,
            "interrupted": outcome.interrupted,
        },
        "warnings": outcome.warnings(),
        "timeline": timeline(outcome),
        "judgement": judgement(outcome),
    })
}

#[expect(clippy::cast_precision_loss, reason = "a time for people and charts")]
fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}

fn latency_json(latency: &Histogram<u64>) -> Value {
    let mut fields = Map::new();
    fields.insert("count".into(), latency.len().into());
    for percentile in PERCENTILES {
        let name = format!("p{}_us", percentile.to_string().replace('.', "_"));
        fields.insert(name, quantile(latency, percentile).into());
    }
    fields.insert("max_us".into(), latency.max().into());
    fields.insert("mean_us".into(), latency.mean().into());
    fields.into()
}

fn settings(settings: &Settings) -> Value {
    let crowd = &settings.crowd;
    let (mode, visitors) = match settings.pace {
        Pace::Open(schedule) => ("open", Some(schedule.count())),
        Pace::Closed(_) => ("closed", None),
    };
    let rate = match settings.pace {
        Pace::Open(super::schedule::Schedule::Rate { per_second, .. }) => Some(per_second),
        Pace::Open(super::schedule::Schedule::Crowd { .. }) | Pace::Closed(_) => None,
    };
    json!({
        "scenario": settings.scenario.name(),
        "mode": mode,
        "rate": rate,
        "planned_visitors": visitors,
        "ramp_seconds": settings.ramp.as_secs_f64(),
        "warm_up_seconds": settings.warm_up.as_secs_f64(),
        "duration_seconds": settings.duration.as_secs_f64(),
        "connections": settings.connections,
        "threads": settings.threads,
        "timeout_seconds": settings.timeout.as_secs_f64(),
        "buyers": crowd.buyers,
        "products": crowd.products,
        "stock": settings.stock,
        "quantity": crowd.quantities.to_string(),
        "hold_seconds": settings.hold_seconds,
        "payment_seconds": settings.payment_seconds,
        "abandoned": crowd.shares.abandoned.get(),
        "failed": crowd.shares.failed.get(),
        "duplicate": crowd.shares.duplicate.get(),
        "late": crowd.shares.late.get(),
        "early": crowd.shares.early.get(),
        "seed": crowd.seed,
    })
}

fn timeline(outcome: &Outcome) -> Vec<Value> {
    let points = outcome.timeline.points.iter();
    points
        .map(|point| {
            json!({
                "from_seconds": seconds(point.from_us),
                "to_seconds": seconds(point.to_us),
                "requests": point.requests,
                "p50_us": point.p50_us,
                "p99_us": point.p99_us,
                "max_us": point.max_us,
                "stock": point.stock.map(|stock| json!({
                    "available": stock.available,
                    "held": stock.held,
                    "sold": stock.sold,
                })),
            })
        })
        .collect()
}

fn judgement(outcome: &Outcome) -> Value {
    let judgement = &outcome.judgement;
    let mut fields = Map::new();
    fields.insert("ok".into(), judgement.is_ok().into());
    for kind in Kind::ALL {
        let count = judgement.count(kind);
        let count = json!({"cases": count.cases, "units": count.units});
        fields.insert(kind.name().into(), count);
    }
    fields.insert("unknown".into(), judgement.unknown.into());
    fields.insert("violations_elsewhere".into(), judgement.elsewhere.into());
    let compared = &judgement.compared;
    fields.insert(
        "compared".into(),
        json!({
            "holds": compared.holds,
            "orders": compared.orders,
            "deliveries": compared.deliveries,
            "journal_entries": compared.journal_entries,
        }),
    );
    let findings = judgement.findings.iter();
    let findings = findings
        .map(|finding| json!({"kind": finding.kind.name(), "text": finding.text}))
        .collect::<Vec<_>>();
    fields.insert("findings".into(), findings.into());
    fields.into()
}
