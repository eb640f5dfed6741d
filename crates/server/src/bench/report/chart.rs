//! Charts as inline SVG.

use maud::{Markup, html};

use crate::bench::figures::{grouped, latency};
use crate::bench::measure::{Step, Tally};
use crate::bench::timeline::{Point, Timeline};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 270.0;
const LEFT: f64 = 66.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 30.0;

/// A line or area of a chart, in the coordinates of its axes.
struct Series {
    name: &'static str,
    /// Which of the style's colours.
    colour: usize,
    look: Look,
    points: Vec<(f64, f64)>,
    /// The lower edge of a stacked area.
    base: Vec<f64>,
}

#[derive(Clone, Copy, PartialEq)]
enum Look {
    Line,
    /// A line with a light area below it.
    Area,
    /// One of several areas on top of each other.
    Stack,
}

/// Ticks on an axis, about.
const TICKS: f64 = 6.0;

/// An axis: from where to where, and what stands beside it.
struct Axis {
    from: f64,
    to: f64,
    ticks: Vec<(f64, String)>,
}

impl Axis {
    fn place(&self, value: f64, length: f64) -> f64 {
        let span = (self.to - self.from).max(f64::MIN_POSITIVE);
        ((value - self.from) / span).clamp(0.0, 1.0) * length
    }

    /// From 0 to a bit above `most`, with round numbers.
    fn linear(most: f64, label: impl Fn(f64) -> String) -> Self {
        let most = most.max(1e-9);
        let rough = most / TICKS;
        let decade = 10_f64.powf(rough.log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * decade);
        let step = steps.into_iter().find(|step| *step >= rough).unwrap_or(decade * 10.0);
        let count = (most / step).ceil().max(1.0);
        let mut ticks = Vec::new();
        let mut value = 0.0;
        while value <= count * step + step / 2.0 {
            ticks.push((value, label(value)));
            value += step;
        }
        Self { from: 0.0, to: count * step, ticks }
    }

    /// The decimal logarithm of latencies in microseconds.
    fn latencies(least_us: f64, most_us: f64) -> Self {
        let (from, to) = (least_us.max(1.0).log10().floor(), most_us.max(10.0).log10().ceil());
        let mut ticks = Vec::new();
        let mut decade = from;
        while decade <= to {
            ticks.push((decade, decade_label(decade)));
            decade += 1.0;
        }
        Self { from, to: to.max(from + 1.0), ticks }
    }
}

fn decade_label(decade: f64) -> String {
    let us = 10_f64.powf(decade).round();
    match us {
        us if us < 1e3 => format!("{us} µs"),
        us if us < 1e6 => format!("{} ms", us / 1e3),
        us => format!("{} s", us / 1e6),
    }
}

fn path(series: &Series, x: &Axis, y: &Axis) -> (String, String) {
    let (width, height) = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
    let at = |(px, py): (f64, f64)| (LEFT + x.place(px, width), TOP + height - y.place(py, height));
    let mut line = String::new();
    for (index, point) in series.points.iter().enumerate() {
        let (px, py) = at(*point);
        let command = if index == 0 { 'M' } else { 'L' };
        line += &format!("{command}{px:.1} {py:.1}");
    }
    if series.points.len() == 1 {
        line += "h0"; // drawn as a dot
    }
    let mut area = line.clone();
    for (index, (px, _)) in series.points.iter().enumerate().rev() {
        let base = series.base.get(index).copied().unwrap_or(y.from);
        let (px, py) = at((*px, base));
        area += &format!("L{px:.1} {py:.1}");
    }
    area.push('Z');
    (line, area)
}

fn figure(title: &str, series: &[Series], x: &Axis, y: &Axis, x_name: &str) -> Markup {
    let (width, height) = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
    let paths: Vec<_> = series.iter().map(|series| path(series, x, y)).collect();
    html! {
        figure {
            figcaption {
                (title)
                @if series.len() > 1 {
                    @for series in series {
                        span.legend { i class=(format!("s{}", series.colour)) {} (series.name) }
                    }
                }
            }
            svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(title) {
                @for (value, label) in &y.ticks {
                    @let py = format!("{:.1}", TOP + height - y.place(*value, height));
                    line.grid x1=(LEFT) x2=(WIDTH - RIGHT) y1=(py) y2=(py) {}
                    text x=(LEFT - 8.0) y=(py) text-anchor="end" dominant-baseline="middle" {
                        (label)
                    }
                }
                @for (value, label) in &x.ticks {
                    @let px = format!("{:.1}", LEFT + x.place(*value, width));
                    text x=(px) y=(HEIGHT - BOTTOM + 18.0) text-anchor="middle" { (label) }
                }
                text x=(WIDTH - RIGHT) y=(TOP + 8.0) text-anchor="end" { (x_name) }
                @for (series, (line, area)) in series.iter().zip(paths) {
                    @let colour = format!("s{}", series.colour);
                    @match series.look {
                        Look::Stack => path class=(format!("stack {colour}")) d=(area) {},
                        Look::Line => path class=(format!("line {colour}")) d=(line) {},
                        Look::Area => {
                            path class=(format!("area {colour}")) d=(area) {}
                            path class=(format!("line {colour}")) d=(line) {}
                        }
                    }
                }
            }
        }
    }
}

/// Points worth showing: the last stretch is often too short to say anything.
fn shown(timeline: &Timeline) -> Vec<&Point> {
    let points = &timeline.points;
    let usual = points.first().map_or(0, |first| first.to_us - first.from_us);
    let is_whole = |point: &&Point| points.len() < 3 || point.to_us - point.from_us > usual / 2;
    points.iter().filter(is_whole).collect()
}

#[expect(clippy::cast_precision_loss, reason = "coordinates of a chart")]
const fn float(number: u64) -> f64 {
    number as f64
}

fn middle_s(point: &Point) -> f64 {
    float(point.from_us + point.to_us) / 2e6
}

fn seconds_axis(timeline: &Timeline) -> Axis {
    let end = timeline.points.last().map_or(0, |last| last.to_us);
    let label = |value: f64| format!("{} s", (value * 1e3).round() / 1e3);
    let mut axis = Axis::linear(float(end) / 1e6, label);
    axis.to = float(end) / 1e6;
    axis.ticks.retain(|(value, _)| *value <= axis.to);
    axis
}

fn count_label(value: f64) -> String {
    if value.fract() == 0.0 { grouped(whole(value)) } else { format!("{value}") }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts on an axis are never negative and far below 2^53"
)]
const fn whole(value: f64) -> u64 {
    value as u64
}

/// Requests a second over time.
pub(super) fn throughput(timeline: &Timeline) -> Markup {
    let points: Vec<_> =
        shown(timeline).into_iter().map(|point| (middle_s(point), point.per_second())).collect();
    let most = points.iter().map(|(_, y)| *y).fold(0.0, f64::max);
    let series = Series { name: "", colour: 0, look: Look::Area, points, base: Vec::new() };
    let y = Axis::linear(most, count_label);
    figure("Requests a second", &[series], &seconds_axis(timeline), &y, "")
}

/// Median, 99th percentile and maximum over time.
pub(super) fn latency_over_time(timeline: &Timeline) -> Markup {
    let points = shown(timeline);
    let answered: Vec<_> = points.into_iter().filter(|point| point.requests > 0).collect();
    let series = |name, colour, of: fn(&Point) -> u64| Series {
        name,
        colour,
        look: Look::Line,
        points: answered
            .iter()
            .map(|point| (middle_s(point), float(of(point)).max(1.0).log10()))
            .collect(),
        base: Vec::new(),
    };
    let series = [
        series("max", 4, |point| point.max_us),
        series("p99", 1, |point| point.p99_us),
        series("median", 0, |point| point.p50_us),
    ];
    let least = answered.iter().map(|point| point.p50_us).min().unwrap_or(1);
    let most = answered.iter().map(|point| point.max_us).max().unwrap_or(1);
    let y = Axis::latencies(float(least), float(most));
    figure("Latency over time", &series, &seconds_axis(timeline), &y, "")
}

/// How often a latency was exceeded, on a logarithmic scale.
pub(super) fn percentiles(tally: &Tally) -> Markup {
    const POINTS_A_NINE: u32 = 25;
    let steps: Vec<_> = Step::ALL
        .iter()
        .map(|step| (step, &tally.steps[*step as usize]))
        .filter(|(_, histogram)| !histogram.is_empty())
        .collect();
    let most_nines = |count: u64| float(count.max(10)).log10().min(6.0);
    let series: Vec<_> = steps
        .iter()
        .enumerate()
        .map(|(colour, (step, histogram))| {
            let points = (0..=6 * POINTS_A_NINE)
                .map(|at| f64::from(at) / f64::from(POINTS_A_NINE))
                .filter(|nines| *nines <= most_nines(histogram.len()))
                .map(|nines| {
                    let us = histogram.value_at_quantile(1.0 - 10_f64.powf(-nines));
                    (nines, float(us).max(1.0).log10())
                });
            let points = points.collect();
            Series { name: step.name(), colour, look: Look::Line, points, base: Vec::new() }
        })
        .collect();
    let to = steps.iter().map(|(_, histogram)| most_nines(histogram.len())).fold(1.0, f64::max);
    let named = [("50%", 0.301), ("90%", 1.0), ("99%", 2.0), ("99.9%", 3.0), ("99.99%", 4.0)];
    let more = [("99.999%", 5.0), ("99.9999%", 6.0)];
    let ticks = named.into_iter().chain(more).filter(|(_, nines)| *nines <= to);
    let ticks = ticks.map(|(label, nines)| (nines, label.to_owned())).collect();
    let x = Axis { from: 0.0, to, ticks };
    let least = steps.iter().map(|(_, histogram)| histogram.min()).min().unwrap_or(1);
    let most = steps.iter().map(|(_, histogram)| histogram.max()).max().unwrap_or(1);
    let y = Axis::latencies(float(least), float(most));
    let title = format!("Latency by percentile, up to {}", latency(most));
    figure(&title, &series, &x, &y, "")
}

/// Endless stock would hide what happens to the little that moves.
const ENDLESS_FACTOR: u64 = 20;

/// Sold, held and available units over time.
pub(super) fn stock(timeline: &Timeline) -> Markup {
    let before = timeline.stock_before.map(|stock| (0.0, stock));
    let seen = timeline.points.iter();
    let seen = seen.filter_map(|point| Some((float(point.to_us) / 1e6, point.stock?)));
    let points: Vec<_> = before.into_iter().chain(seen).collect();
    let moved = points.iter().map(|(_, stock)| stock.held + stock.sold).max().unwrap_or(0);
    let left = points.last().map_or(0, |(_, stock)| stock.available);
    let endless = left / ENDLESS_FACTOR > moved;
    let mut base = vec![0.0; points.len()];
    let mut series = Vec::new();
    for (name, colour) in [("sold", 2), ("held", 1), ("available", 0)] {
        if name == "available" && endless {
            continue;
        }
        let units = points.iter().map(|(_, stock)| match name {
            "sold" => stock.sold,
            "held" => stock.held,
            _ => stock.available,
        });
        let tops: Vec<f64> = units.zip(&base).map(|(units, base)| float(units) + base).collect();
        let points = points.iter().map(|(x, _)| *x).zip(tops.iter().copied()).collect();
        series.push(Series { name, colour, look: Look::Stack, points, base });
        base = tops;
    }
    let most = base.iter().copied().fold(0.0, f64::max);
    let y = Axis::linear(most, count_label);
    let title = if endless { "Units taken (stock is plenty)" } else { "Stock" };
    figure(title, &series, &seconds_axis(timeline), &y, "")
}
