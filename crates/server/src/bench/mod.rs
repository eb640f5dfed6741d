//! `doorbuster bench`: a load generator, and the judge of what the server said meanwhile.
//!
//! | module | what |
//! |---|---|
//! | `options`, `target`, `quantities`, `share` | what the operator asks for |
//! | `scenario`, `schedule` | who comes for what, and when |
//! | `embedded`, `sale` | a server of its own; products on sale for the run |
//! | `load`, `gate`, `alarm`, `visitor` | making the load |
//! | `connection`, `requests`, `answer`, `chunks`, `told` | asking, and reading what is answered |
//! | `account` | what the client was told |
//! | `fetch`, `rows`, `server_account` | what the server has |
//! | `judge` | the comparison of the two |
//! | `measure`, `timeline`, `progress` | numbers on the way |
//! | `outcome`, `text`, `json`, `report` | the result |

mod account;
mod admin;
mod alarm;
mod answer;
mod chunks;
mod connection;
mod embedded;
mod fetch;
mod figures;
mod gate;
mod json;
mod judge;
mod load;
mod measure;
mod observe;
mod options;
mod outcome;
mod progress;
mod quantities;
mod report;
mod requests;
mod rows;
mod sale;
mod scenario;
mod schedule;
mod server_account;
mod share;
mod target;
mod text;
mod time;
mod timeline;
mod told;
mod visitor;

use std::cell::Cell;
use std::fs::OpenOptions;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use doorbuster_engine::Clock;
use tokio::runtime::{self, LocalOptions};
use tokio::sync::watch;

use crate::cli::complain;
use crate::serve::{open_files, say};

use account::ClientAccount;
use admin::Admin;
pub(crate) use connection::{Answer, Connection, NoAnswer};
use embedded::Embedded;
use load::{Load, Plan};
pub(crate) use options::BenchArgs;
use options::Settings;
use outcome::Outcome;
use progress::Progress;
pub(crate) use requests::Requests;
use scenario::Scenario;
use server_account::ServerAccount;
pub(crate) use target::Target;
use time::Bell;
use timeline::Timeline;
pub(crate) use told::{HoldAnswer, OrderAnswer, code};

/// Exit code where the judgement found something wrong.
const JUDGED: u8 = 1;

/// Exit code where options are wrong, or a run could not be made or judged.
const NOT_MADE: u8 = 2;

/// Makes a run, and prints what it came to.
pub(crate) fn run(args: &BenchArgs) -> ExitCode {
    let settings = match args.settings() {
        Ok(settings) => settings,
        Err(why) => {
            complain(&anyhow!(why));
            return ExitCode::from(NOT_MADE);
        }
    };
    match bench(args, settings) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(JUDGED),
        Err(error) => {
            complain(&error);
            ExitCode::from(NOT_MADE)
        }
    }
}

/// Whether the judgement found nothing wrong.
fn bench(args: &BenchArgs, settings: Settings) -> anyhow::Result<bool> {
    open_files::allow(settings.connections);
    if let Some(file) = &args.result.report {
        // Found out before the run rather than after it. What is there stays until there is more.
        let opened = OpenOptions::new().append(true).create(true).open(file);
        opened.with_context(|| format!("--report {}", file.display()))?;
    }
    let mut runtime = runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build_local(LocalOptions::default())?;
    let outcome = runtime.block_on(make(args, settings))?;
    let is_ok = outcome.judgement.is_ok();
    match show(args, &outcome) {
        // The exit code is to say first of all that the server was wrong.
        Err(error) if !is_ok => complain(&error),
        shown => shown?,
    }
    Ok(is_ok)
}

/// Prints the result, then writes the report: where either is in the way, the other is still there.
fn show(args: &BenchArgs, outcome: &Outcome) -> anyhow::Result<()> {
    let said = say(&match args.result.json {
        true => json::json(outcome).to_string(),
        false => text::text(outcome),
    });
    let written = match &args.result.report {
        Some(file) => std::fs::write(file, report::page(outcome))
            .with_context(|| format!("--report {}", file.display())),
        None => Ok(()),
    };
    said.and(written)
}

/// The server of a run, and what opens it.
async fn make(args: &BenchArgs, settings: Settings) -> anyhow::Result<Outcome> {
    let server = &args.server;
    let embedded = server
        .own
        .then(|| Embedded::start(server.directory.as_deref(), settings.connections))
        .transpose()?;
    let (target, key, secret, name) = match (&embedded, &server.url, &server.admin_key) {
        (Some(own), _, _) => {
            let name = "a server of its own".to_owned();
            (&own.target, &own.admin_key, Some(&own.webhook_secret), name)
        }
        (None, Some(url), Some(key)) => (url, key, server.webhook_secret.first(), url.to_string()),
        (None, _, _) => return Err(anyhow!("no server was named")),
    };
    let requests = Requests::new(target, key.expose(), secret)?;
    let mut admin = Admin::new(target, requests);
    let at = Clock::system().now().as_millis();
    let at = jiff::Timestamp::from_millisecond(at).context("the time")?;
    let at = at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();

    let stop = watch::Sender::new(false);
    let mut outcome = tokio::select! {
        outcome = judged(&mut admin, target, settings, &stop) => outcome?,
        heard = observe::interrupts(&stop) => {
            heard.context("signals")?;
            bail!("ended before it was judged")
        }
    };
    outcome.server = name;
    outcome.at = at;
    outcome.in_memory = embedded.as_ref().is_some_and(Embedded::is_in_memory);
    if let Some(embedded) = embedded {
        embedded.stop()?;
    }
    Ok(outcome)
}

/// How often the progress of the judgement is told.
const JUDGING_PROGRESS: Duration = Duration::from_secs(1);

/// Opens the sale, makes the load, and judges.
async fn judged(
    admin: &mut Admin,
    target: &target::Target,
    settings: Settings,
    stop: &watch::Sender<bool>,
) -> anyhow::Result<Outcome> {
    let (products, mut client) = sale::open(admin, &settings).await?;
    let plan = Plan {
        settings: settings.clone(),
        target: target.clone(),
        requests: admin.requests.clone(),
        products: products.clone(),
    };
    let mut progress = Progress::new();
    let sellout = settings.scenario == Scenario::Sellout;
    let stock = observe::look(admin, &products).await;
    let timeline = Timeline::new((!sellout).then_some(settings.duration), stock);
    let load = Load::start(&plan, &stop.subscribe())?;
    let bell = load.bell;
    let observed = observe::watch(&load, admin, &products, timeline, &mut progress).await;
    let part = load.finish()?;
    client.absorb(part.account);

    let server = fetched(admin, &plan, &client, bell, &mut progress).await;
    progress.end();
    let server = server.context("the run cannot be judged")?;
    let judgement = judge::judge(&client, &server);
    sale::close(admin, &products).await?;
    Ok(Outcome {
        settings,
        server: String::new(),
        at: String::new(),
        took_us: observed.tally.last_us,
        tally: observed.tally,
        timeline: observed.timeline,
        left_out: part.left_out,
        interrupted: *stop.borrow(),
        in_memory: false,
        judgement,
    })
}

/// The server's account, with progress while it is read.
async fn fetched(
    admin: &mut Admin,
    plan: &Plan,
    client: &ClientAccount,
    bell: Bell,
    progress: &mut Progress,
) -> anyhow::Result<ServerAccount> {
    let rows = Rc::new(Cell::new(0));
    let total = plan.settings.stock;
    let fetch = fetch::fetch(admin, &plan.products, total, client, (bell, &rows));
    let mut fetch = std::pin::pin!(fetch);
    loop {
        tokio::select! {
            fetched = &mut fetch => return fetched,
            () = tokio::time::sleep(JUDGING_PROGRESS) => {
                let rows = figures::grouped(rows.get());
                progress.say(&format!("judging: {rows} of the server's rows read"));
            }
        }
    }
}
