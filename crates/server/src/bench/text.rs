//! The result for people.

use std::fmt::Write as _;

use super::figures::{counted, grouped, latency, length, rate};
use super::judge::{Judgement, Kind};
use super::measure::Step;
use super::outcome::{LAG, Outcome, quantile};

/// The result as lines of text.
pub(super) fn text(outcome: &Outcome) -> String {
    let mut text = String::new();
    let tally = &outcome.tally;
    let _ = writeln!(
        text, // writing to a String cannot fail; so below
        "{} against {}: {} and {} in {}, {} requests/s\n",
        outcome.settings.scenario.name(),
        outcome.server,
        counted(tally.visitors, "visitor"),
        counted(tally.requests(), "request"),
        length(outcome.took_us),
        rate(outcome.per_second()),
    );
    let _ = writeln!(
        text,
        "{:<10} {:>12} {:>10} {:>10} {:>10} {:>10} {:>10}",
        "latency", "answers", "p50", "p90", "p99", "p99.9", "max"
    );
    let steps = Step::ALL.map(|step| (step.name(), &tally.steps[step as usize]));
    for (name, histogram) in steps.into_iter().chain([(LAG, &tally.lag)]) {
        if histogram.is_empty() {
            continue;
        }
        let _ = write!(text, "{name:<10} {:>12}", grouped(histogram.len()));
        for percentile in [50.0, 90.0, 99.0, 99.9, 100.0] {
            let _ = write!(text, " {:>10}", latency(quantile(histogram, percentile)));
        }
        text.push('\n');
    }
    text.push('\n');
    let mut answers = tally.answers.clone();
    answers.sort_by_key(|answer| (answer.step, std::cmp::Reverse(answer.count)));
    for answer in answers {
        let status = if answer.status == 0 { "-".to_owned() } else { answer.status.to_string() };
        let (step, count) = (answer.step.name(), grouped(answer.count));
        let _ = writeln!(text, "{step:<10} {count:>12}  {status} {}", answer.kind);
    }
    for warning in outcome.warnings() {
        let _ = writeln!(text, "\n{warning}");
    }
    let _ = write!(text, "\n{}", verdict(&outcome.judgement));
    text
}

/// The judgement in words.
pub(super) fn verdict(judgement: &Judgement) -> String {
    let compared = &judgement.compared;
    let mut text = format!(
        "Judgement: {}. Compared {}, {}, {} and {}.",
        summary(judgement),
        counted(compared.holds, "acknowledged hold"),
        counted(compared.orders, "order"),
        counted(compared.deliveries, "webhook"),
        counted(compared.journal_entries, "journal entry").replace("entrys", "entries"),
    );
    if judgement.unknown > 0 {
        let unknown = counted(judgement.unknown, "request");
        let _ = write!(text, " {unknown} got no answer and may have been done or not.");
    }
    if judgement.elsewhere > 0 {
        let broken = counted(judgement.elsewhere, "rule violation");
        let _ = write!(text, " The server's audit has {broken} on products of others.");
    }
    for finding in &judgement.findings {
        let _ = write!(text, "\n  {}: {}", finding.kind.name(), finding.text);
    }
    let all: u64 = Kind::ALL.iter().map(|kind| judgement.count(*kind).cases).sum();
    let more = all - judgement.findings.len() as u64;
    if more > 0 {
        let _ = write!(text, "\n  and {} more", grouped(more));
    }
    text
}

/// What was found, by kind.
pub(super) fn summary(judgement: &Judgement) -> String {
    if judgement.is_ok() {
        return "nothing oversold, lost or doubled".to_owned();
    }
    let wrong = Kind::ALL.iter().filter_map(|kind| {
        let count = judgement.count(*kind);
        let units = counted(count.units, "unit");
        let cases = grouped(count.cases);
        match (count.cases, kind) {
            (0, _) => None,
            (_, Kind::Oversold) => Some(format!("{units} OVERSOLD")),
            (_, Kind::Lost) => Some(format!("{cases} LOST ({units})")),
            (_, Kind::Doubled) => Some(format!("{cases} DOUBLED ({units})")),
            (_, Kind::Unexpected) => Some(format!("{cases} unexpected")),
        }
    });
    wrong.collect::<Vec<_>>().join(", ")
}
