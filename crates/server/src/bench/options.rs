//! The options of `doorbuster bench`, and what they come to.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{RangedI64ValueParser, RangedU64ValueParser};
use clap::{ArgAction, Args};

use super::quantities::Quantities;
use super::scenario::{Crowd, ENDLESS_STOCK, Scenario};
use super::schedule::Schedule;
use super::share::Share;
use super::target::Target;
use crate::config::{Secret, at_least, duration, webhook_secret};

const EXAMPLES: &str = "\
Examples:
  doorbuster bench sellout --self
      a server of its own; 10,000 buyers come at once for 100 units
  doorbuster bench checkout --self --rate 2000 --duration 30s --report checkout.html
      2,000 buyers a second hold, order and pay; a page to show to others
  doorbuster bench holds --self --closed --connections 256
      as many holds as the server can make durable
  doorbuster bench mixed --url http://127.0.0.1:8000 --admin-key KEY --webhook-secret whsec_...
      against a running server, on products of its own

Exit code: 0 all is well; 1 the judgement found units oversold, lost or doubled, or something else \
that must not be; 2 wrong options, or a run that could not be made or judged.

--admin-key and --webhook-secret are also the variables DOORBUSTER_ADMIN_KEY and \
DOORBUSTER_WEBHOOK_SECRET and the keys of the server's configuration file.";

/// The command line of `doorbuster bench`.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct BenchArgs {
    /// What the visitors come for
    #[arg(value_enum, default_value = "checkout")]
    pub(super) scenario: Scenario,

    #[command(flatten)]
    pub(super) server: ServerArgs,
    #[command(flatten)]
    pub(super) load: LoadArgs,
    #[command(flatten)]
    pub(super) crowd: CrowdArgs,
    #[command(flatten)]
    pub(super) result: ResultArgs,

    /// The server's configuration file, for the key and the secret [variable: DOORBUSTER_CONFIG]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Server")]
pub(super) struct ServerArgs {
    /// The server to load, such as http://127.0.0.1:8000
    #[arg(long, value_name = "URL", conflicts_with = "self")]
    pub(super) url: Option<Target>,

    /// Start a server for this run: its own process, a fresh database, stopped afterwards
    #[arg(long = "self", id = "self")]
    pub(super) own: bool,

    /// Where the database of --self is made [default: the system's temporary directory]
    #[arg(long, value_name = "DIRECTORY", conflicts_with = "url")]
    pub(super) directory: Option<PathBuf>,

    /// The server's admin key: products are made with it, and the judgement reads with it
    #[arg(long, value_name = "KEY")]
    pub(super) admin_key: Option<Secret>,

    /// The secret to sign payment webhooks with [default: they are sent unsigned]
    #[arg(long, value_name = "SECRET", value_delimiter = ',', action = ArgAction::Append,
        value_parser = webhook_secret)]
    pub(super) webhook_secret: Vec<Secret>,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Load")]
pub(super) struct LoadArgs {
    /// Visitors a second; each does all that the scenario asks [default: 1000]
    #[arg(long, value_name = "N", conflicts_with = "closed",
        value_parser = RangedU64ValueParser::<u32>::new().range(1..=10_000_000))]
    pub(super) rate: Option<u32>,

    /// How long the rate takes to rise from nothing, or a sellout's crowd to arrive
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration)]
    pub(super) ramp: Duration,

    /// How long visitors come before it counts. They are judged, but not measured
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration)]
    pub(super) warm_up: Duration,

    /// How long visitors come; a sellout ends earlier when everyone was served [default: 10s,
    /// sellout 60s]
    #[arg(long, value_name = "TIME", value_parser = at_least(Duration::from_millis(1)))]
    pub(super) duration: Option<Duration>,

    /// Closed loop: each connection asks again as soon as it is answered. Shows the maximum
    /// throughput; its latencies are flattered by every wait
    #[arg(long)]
    pub(super) closed: bool,

    /// Connections to the server
    #[arg(long, value_name = "N", default_value = "64",
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=100_000))]
    pub(super) connections: usize,

    /// Threads that make the load [default: half of the cores]
    #[arg(long, value_name = "N",
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=256))]
    pub(super) threads: Option<usize>,

    /// How long an answer may take; after that nobody knows what became of the request
    #[arg(long, value_name = "TIME", default_value = "10s",
        value_parser = at_least(Duration::from_millis(1)))]
    pub(super) timeout: Duration,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Visitors")]
pub(super) struct CrowdArgs {
    /// How many in the crowd of a sellout [default: 10000]; elsewhere from how many customers the
    /// visitors are drawn [default: they have no names]
    #[arg(long, value_name = "N",
        value_parser = RangedU64ValueParser::<u64>::new().range(1..=100_000_000))]
    pub(super) buyers: Option<u64>,

    /// Products on sale, each visitor coming for one
    #[arg(long, value_name = "N", default_value = "1",
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=10_000))]
    pub(super) products: usize,

    /// Units of each product [default: sellout 100, soldout 1, else a billion]
    #[arg(long, value_name = "UNITS",
        value_parser = RangedI64ValueParser::<u32>::new().range(1..=ENDLESS_STOCK.into()))]
    pub(super) stock: Option<u32>,

    /// Units that a buyer takes: 1, 1-4, or weighted 1:70,2:20,4:10
    #[arg(long, value_name = "UNITS", default_value = "1")]
    pub(super) quantity: Quantities,

    /// How long a hold lasts
    #[arg(long, value_name = "SECONDS", default_value = "120",
        value_parser = RangedU64ValueParser::<u32>::new().range(1..=2_592_000))]
    pub(super) hold_seconds: u32,

    /// How long an order waits for its payment
    #[arg(long, value_name = "SECONDS", default_value = "600",
        value_parser = RangedU64ValueParser::<u32>::new().range(1..=2_592_000))]
    pub(super) payment_seconds: u32,

    #[command(flatten)]
    pub(super) shares: Shares,

    /// What the random choices follow from
    #[arg(long, value_name = "N", default_value = "1")]
    pub(super) seed: u64,
}

/// Which parts of the buyers do something out of the ordinary.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Shares {
    /// The share of buyers who never come back after their hold: 0.05 or 5%
    #[arg(long, value_name = "SHARE", default_value = "0")]
    pub(super) abandoned: Share,

    /// The share of payments that fail
    #[arg(long, value_name = "SHARE", default_value = "0")]
    pub(super) failed: Share,

    /// The share of webhooks delivered twice, at once on two connections
    #[arg(long, value_name = "SHARE", default_value = "0")]
    pub(super) duplicate: Share,

    /// The share of webhooks that arrive when their order has been cancelled
    #[arg(long, value_name = "SHARE", default_value = "0")]
    pub(super) late: Share,

    /// The share of webhooks that arrive before their order
    #[arg(long, value_name = "SHARE", default_value = "0")]
    pub(super) early: Share,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Result")]
pub(super) struct ResultArgs {
    /// Print the result as JSON (docs/BENCH.md lists its fields)
    #[arg(long)]
    pub(super) json: bool,

    /// Write the result as one self-contained HTML page
    #[arg(long, value_name = "FILE")]
    pub(super) report: Option<PathBuf>,
}

/// What is to be done, checked.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) scenario: Scenario,
    pub(super) pace: Pace,
    pub(super) ramp: Duration,
    /// How long visitors come before it is measured.
    pub(super) warm_up: Duration,
    pub(super) duration: Duration,
    pub(super) connections: usize,
    pub(super) threads: usize,
    pub(super) timeout: Duration,
    pub(super) crowd: Crowd,
    pub(super) stock: u32,
    pub(super) hold_seconds: u32,
    pub(super) payment_seconds: u32,
}

/// What decides when the next request starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Pace {
    /// The schedule.
    Open(Schedule),
    /// The answer before; at most so many visitors.
    Closed(u64),
}

/// The longest that a hold can last: thirty days.
const LONGEST_SECONDS: u32 = 2_592_000;

const DEFAULT_RATE: u32 = 1000;
const DEFAULT_BUYERS: u64 = 10_000;
const DEFAULT_DURATION: Duration = Duration::from_secs(10);
const SELLOUT_DURATION: Duration = Duration::from_secs(60);

impl BenchArgs {
    /// Checks what clap cannot, and puts defaults in.
    ///
    /// # Errors
    /// What is wrong, for the operator.
    pub(super) fn settings(&self) -> Result<Settings, String> {
        let Self { scenario, load, crowd, .. } = self;
        self.check()?;
        let sellout = *scenario == Scenario::Sellout;
        let duration = load.duration.unwrap_or(match sellout {
            true => SELLOUT_DURATION,
            false => DEFAULT_DURATION,
        });
        let buyers = crowd.buyers.or(sellout.then_some(DEFAULT_BUYERS));
        let pace = match (load.closed, sellout) {
            (true, true) => Pace::Closed(buyers.unwrap_or(DEFAULT_BUYERS)),
            (true, false) => Pace::Closed(u64::MAX),
            (false, true) => {
                let spread_us = u64::try_from(load.ramp.as_micros()).unwrap_or(u64::MAX);
                let count = buyers.unwrap_or(DEFAULT_BUYERS);
                Pace::Open(Schedule::Crowd { count, spread_us })
            }
            (false, false) => {
                let rate = f64::from(load.rate.unwrap_or(DEFAULT_RATE));
                Pace::Open(Schedule::rate(rate, load.ramp, load.warm_up.saturating_add(duration)))
            }
        };
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let threads = load.threads.unwrap_or(cores / 2).clamp(1, load.connections);
        Ok(Settings {
            scenario: *scenario,
            pace,
            ramp: load.ramp,
            warm_up: load.warm_up,
            duration,
            connections: load.connections,
            threads,
            timeout: load.timeout,
            crowd: Crowd {
                seed: crowd.seed,
                products: crowd.products,
                buyers,
                quantities: crowd.quantity.clone(),
                shares: crowd.shares.clone(),
            },
            stock: crowd.stock.unwrap_or_else(|| scenario.default_stock()),
            // What is taken before a run on nothing must stay taken.
            hold_seconds: match *scenario == Scenario::Soldout {
                true => LONGEST_SECONDS,
                false => crowd.hold_seconds,
            },
            payment_seconds: crowd.payment_seconds,
        })
    }

    fn check(&self) -> Result<(), String> {
        let Self { scenario, server, load, crowd, .. } = self;
        let name = scenario.name();
        match (&server.url, server.own) {
            (None, false) => {
                return Err("say which server: --url http://127.0.0.1:8000 for a running one, \
                            or --self to start one for this run"
                    .into());
            }
            (Some(_), false) if server.admin_key.is_none() => {
                return Err("--url needs the server's admin key, to put products on sale and to \
                            read what became of them: --admin-key or DOORBUSTER_ADMIN_KEY"
                    .into());
            }
            (_, true) | (Some(_), false) => {}
        }
        if *scenario == Scenario::Sellout && load.rate.is_some() {
            return Err("a sellout has no --rate: everyone comes at the bell; --buyers says how \
                        many, --ramp within which time"
                .into());
        }
        if *scenario == Scenario::Sellout && !load.warm_up.is_zero() {
            return Err("a sellout has no --warm-up: it is over once everyone has come".into());
        }
        if load.closed && !load.ramp.is_zero() {
            return Err("--closed has no schedule, so no --ramp either".into());
        }
        if load.duration.is_some_and(|duration| load.ramp > load.warm_up.saturating_add(duration)) {
            return Err("--ramp is longer than --warm-up and --duration together".into());
        }
        let shares = &crowd.shares;
        for (flag, share) in [
            ("--abandoned", shares.abandoned),
            ("--failed", shares.failed),
            ("--duplicate", shares.duplicate),
            ("--late", shares.late),
            ("--early", shares.early),
        ] {
            if !scenario.pays() && !share.is_none() {
                return Err(format!(
                    "{flag} is about orders and payments, which {name} does not have; sellout, \
                     checkout and mixed do"
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
