//! The result as one page of HTML with everything in it: nothing is fetched from anywhere.

mod chart;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::figures::{grouped, latency, length, rate};
use super::judge::{Judgement, Kind};
use super::measure::{AnswerCount, Step};
use super::options::{Pace, Settings};
use super::outcome::{LAG, Outcome, PERCENTILES, quantile};
use super::schedule::Schedule;
use super::text::{summary, verdict};

/// Written for both light and dark, and for paper.
const STYLE: &str = include_str!("style.css");

/// The page.
pub(super) fn page(outcome: &Outcome) -> String {
    let title = format!("Doorbuster bench: {}", outcome.settings.scenario.name());
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "Doorbuster " span.quiet { "bench" } " " (outcome.settings.scenario.name()) }
                    p.quiet { (outcome.at) " · " (outcome.server) " · " (load(&outcome.settings)) }
                }
                (banner(&outcome.judgement))
                (headline(outcome))
                @for warning in outcome.warnings() { p.warning { (warning) } }
                (charts(outcome))
                section.pair {
                    (answers(outcome))
                    (latencies(outcome))
                }
                section.pair {
                    (judgement(&outcome.judgement))
                    (settings(&outcome.settings))
                }
                footer.quiet {
                    "Latency is counted "
                    @match outcome.settings.pace {
                        Pace::Open(_) => "from when each visitor was due, so a server that stalls is \
                                          charged with everyone who came meanwhile (open loop).",
                        Pace::Closed(_) => "from when each request was sent; each connection waited \
                                            for its answer before the next (closed loop).",
                    }
                    " doorbuster " (env!("CARGO_PKG_VERSION"))
                }
            }
        }
    };
    markup.into_string()
}

/// What load it was, in a few words.
fn load(settings: &Settings) -> String {
    let connections = grouped(settings.connections as u64);
    match settings.pace {
        Pace::Open(Schedule::Rate { per_second, .. }) => {
            format!("{} visitors/s over {connections} connections", rate(per_second))
        }
        Pace::Open(Schedule::Crowd { count, .. }) => {
            let stock = u64::from(settings.stock) * settings.crowd.products as u64;
            format!(
                "{} buyers for {} units over {connections} connections",
                grouped(count),
                grouped(stock),
            )
        }
        Pace::Closed(_) => format!("{connections} connections, as fast as they are answered"),
    }
}

fn banner(judgement: &Judgement) -> Markup {
    let class = if judgement.is_ok() { "banner good" } else { "banner bad" };
    html! {
        div class=(class) {
            strong { (if judgement.is_ok() { "✓ " } else { "✗ " }) (capitalized(&summary(judgement))) }
            span {
                "The client's account of " (grouped(judgement.compared.holds)) " holds, "
                (grouped(judgement.compared.orders)) " orders and "
                (grouped(judgement.compared.deliveries)) " webhooks against the server's rows, \
                 journal and audit."
            }
        }
    }
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn headline(outcome: &Outcome) -> Markup {
    let all = outcome.tally.latency();
    let card = |value: &str, name: &str| {
        html! { div.card { div.value { (value) } div.quiet { (name) } } }
    };
    html! {
        section.cards {
            (card(&rate(outcome.per_second()), "requests a second"))
            (card(&latency(quantile(&all, 50.0)), "median latency"))
            (card(&latency(quantile(&all, 99.0)), "99th percentile"))
            (card(&latency(quantile(&all, 99.9)), "99.9th percentile"))
            (card(&grouped(outcome.tally.requests()), "requests"))
            (card(&length(outcome.took_us), "from the bell to the last answer"))
        }
    }
}

fn charts(outcome: &Outcome) -> Markup {
    html! {
        section.pair {
            (chart::throughput(&outcome.timeline))
            (chart::latency_over_time(&outcome.timeline))
        }
        section.pair {
            (chart::percentiles(&outcome.tally))
            (chart::stock(&outcome.timeline))
        }
    }
}

fn answers(outcome: &Outcome) -> Markup {
    let mut answers: Vec<&AnswerCount> = outcome.tally.answers.iter().collect();
    answers.sort_by_key(|answer| (answer.step, std::cmp::Reverse(answer.count)));
    let most = answers.iter().map(|answer| answer.count).max().unwrap_or(1).max(1);
    html! {
        figure {
            figcaption { "Answers by kind" }
            table.answers {
                @for answer in answers {
                    tr {
                        td { (answer.step.name()) }
                        td { @if answer.status != 0 { (answer.status) " " } (answer.kind) }
                        td.number { (grouped(answer.count)) }
                        td.bar {
                            div class=(if answer.status == 0 || answer.status >= 500 { "none" }
                                       else if answer.status >= 400 { "no" } else { "yes" })
                                style=(format!("width:{}%", percent(answer.count, most))) {}
                        }
                    }
                }
            }
        }
    }
}

/// What part of `most` it is, and never nothing.
fn percent(count: u64, most: u64) -> u64 {
    (count.saturating_mul(100) / most).max(1)
}

fn latencies(outcome: &Outcome) -> Markup {
    let tally = &outcome.tally;
    let steps = Step::ALL.map(|step| (step.name(), &tally.steps[step as usize]));
    let rows = steps.into_iter().chain([(LAG, &tally.lag)]);
    html! {
        figure {
            figcaption { "Latency by request" }
            table {
                tr {
                    th {}
                    @for percentile in PERCENTILES { th.number { "p" (percentile) } }
                    th.number { "max" }
                }
                @for (name, histogram) in rows.filter(|(_, histogram)| !histogram.is_empty()) {
                    tr {
                        td { (name) }
                        @for percentile in PERCENTILES {
                            td.number { (latency(quantile(histogram, percentile))) }
                        }
                        td.number { (latency(histogram.max())) }
                    }
                }
            }
        }
    }
}

fn judgement(judgement: &Judgement) -> Markup {
    html! {
        figure {
            figcaption { "The judgement" }
            table {
                tr { th {} th.number { "cases" } th.number { "units" } }
                @for kind in Kind::ALL {
                    tr class=(if judgement.count(kind).cases > 0 { "wrong" } else { "" }) {
                        td { (kind.name()) }
                        td.number { (grouped(judgement.count(kind).cases)) }
                        td.number { (grouped(judgement.count(kind).units)) }
                    }
                }
                tr {
                    td { "no answer" }
                    td.number { (grouped(judgement.unknown)) }
                    td {}
                }
            }
            p.verdict { (verdict(judgement)) }
        }
    }
}

fn settings(settings: &Settings) -> Markup {
    let crowd = &settings.crowd;
    let shares = &crowd.shares;
    let whole = |name: &'static str, value: u64| (name, grouped(value));
    let mut rows = vec![
        ("scenario", settings.scenario.name().to_owned()),
        ("load", load(settings)),
        ("duration, at most", format!("{:?}", settings.duration)),
        whole("generator threads", settings.threads as u64),
        whole("products", crowd.products as u64),
        whole("units of each", settings.stock.into()),
        ("units a buyer takes", crowd.quantities.to_string()),
        ("hold lasts", format!("{} s", settings.hold_seconds)),
        ("seed", crowd.seed.to_string()),
    ];
    if !settings.ramp.is_zero() {
        rows.push(("ramp", format!("{:?}", settings.ramp)));
    }
    if !settings.warm_up.is_zero() {
        rows.push(("warm-up", format!("{:?}", settings.warm_up)));
    }
    if let Some(buyers) = crowd.buyers {
        rows.push(whole("buyers", buyers));
    }
    if settings.scenario.pays() {
        rows.push(("order waits", format!("{} s", settings.payment_seconds)));
        rows.push(("abandoned holds", shares.abandoned.to_string()));
        rows.push(("failed payments", shares.failed.to_string()));
        let [twice, late, early] = [shares.duplicate, shares.late, shares.early];
        rows.push(("webhooks twice, late, early", format!("{twice}, {late}, {early}")));
    }
    html! {
        figure {
            figcaption { "Settings" }
            table {
                @for (name, value) in rows { tr { td { (name) } td.number { (value) } } }
            }
        }
    }
}

#[cfg(test)]
mod tests;
