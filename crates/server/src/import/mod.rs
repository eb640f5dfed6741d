//! `doorbuster import`: an old shop's tables become a sale.
//!
//! `table` reads files, `value` what stands in them and `rows` whole rows, by the names that the
//! old systems use; `link` finds out which row means which, `plan` and `allocate` what is to become
//! of them, and `replay` does it, in a file of its own. Only when that is audited it takes its
//! place, or is copied to PostgreSQL. So an import that fails leaves nothing.

mod allocate;
mod ids;
mod link;
mod plan;
mod replay;
mod report;
mod rows;
mod table;
mod value;

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use clap::Args;
use doorbuster_domain::{AuditReport, Currency, ProductId, Seconds};
use doorbuster_engine::Clock;
use doorbuster_stores::sqlite::audit_file;
use jiff::tz::TimeZone;
use uuid::Uuid;

use self::ids::Ids;
use self::link::Currencies;
use self::plan::{Choices, Old, Plan};
use self::rows::{Reading, Stock};
use self::table::{Problem, Problems, Table};
use self::value::Amounts;
use crate::config::Database;
use crate::copy;
use crate::serve::say;

const EXAMPLES: &str = "\
Examples:
  doorbuster import --from export --stock unsold --check
      what would become of export/products.tsv, holds.tsv, orders.tsv and payment_webhooks.tsv
  doorbuster import --from export --stock unsold --to sqlite:sale.db
      does it; which id became which is in export/ids.csv
  doorbuster import --from export --to postgres://USER:PASSWORD@HOST/DATABASE --oversold refund
      to PostgreSQL; orders paid beyond the stock become refund_due, the latest first

docs/LARAVEL.md says how the files are exported and which columns they may have.";

/// The command line of `doorbuster import`.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ImportArgs {
    /// The folder with the old tables, as CSV or tab-separated
    #[arg(long, value_name = "DIR")]
    from: PathBuf,

    /// Where they go: sqlite:PATH of a new file, or postgres://… without any sale yet
    #[arg(long, value_name = "URL", required_unless_present = "check")]
    to: Option<Database>,

    /// Only tell what would become of them
    #[arg(long)]
    check: bool,

    /// What the column stock counts: total (all units), unsold (it falls with a payment) or
    /// available (it falls with a hold)
    #[arg(long, value_name = "WHAT", hide_possible_values = true)]
    stock: Option<Stock>,

    /// What an amount without a decimal point counts: major (dollars) or minor units (cents)
    #[arg(long, value_name = "UNITS", hide_possible_values = true)]
    amounts: Option<Amounts>,

    /// The currency of products that name none
    #[arg(long, value_name = "CODE", default_value = "USD", value_parser = value::currency)]
    currency: Currency,

    /// The zone of times without one: UTC, a name such as Europe/Berlin, or an offset
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = value::time_zone)]
    time_zone: TimeZone,

    /// Where more was sold than there was: refuse, or refund (the latest become refund_due)
    #[arg(long, value_name = "WHAT", default_value = "refuse", hide_possible_values = true)]
    oversold: Oversold,

    /// Leave live holds behind: their units are on sale again
    #[arg(long)]
    drop_holds: bool,

    /// How long new holds last, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "120", value_parser = seconds)]
    hold_seconds: Seconds,

    /// How long orders wait for their payment, in seconds; pending ones from now on
    #[arg(long, value_name = "SECONDS", default_value = "600", value_parser = seconds)]
    payment_seconds: Seconds,

    /// Where to write which id became which [default: ids.csv in the folder]
    #[arg(long, value_name = "FILE")]
    ids: Option<PathBuf>,

    /// The namespace of new ids, as ids.csv of an import before has it; keep it secret
    #[arg(long, value_name = "UUID")]
    id_namespace: Option<Uuid>,
}

/// What to do where the old shop gave away more than there was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Oversold {
    Refuse,
    Refund,
}

fn seconds(text: &str) -> Result<Seconds, String> {
    let seconds = text.parse().ok().and_then(Seconds::new);
    seconds.ok_or_else(|| "must be a whole number from 1 to 2592000".to_owned())
}

/// The tables, and the names that their files may have.
const PRODUCTS: &[&str] = &["products"];
const HOLDS: &[&str] = &["holds", "reservations"];
const ORDERS: &[&str] = &["orders"];
const EVENTS: &[&str] = &[
    "payment_webhooks",
    "payment_events",
    "payment_webhook_logs",
    "payment_webhook_events",
    "webhook_events",
    "webhook_logs",
    "webhooks",
    "idempotency_keys",
    "payments",
];
const ENDINGS: [&str; 3] = ["csv", "tsv", "txt"];

/// Imports, or tells what an import would do.
pub(crate) fn run(args: &ImportArgs) -> anyhow::Result<()> {
    if let Some(Database::Sqlite(path)) = args.to.as_ref().filter(|_| !args.check)
        && path.exists()
    {
        bail!("{} is there already: an import makes a new file", path.display());
    }
    let ids_path = args.ids.clone().unwrap_or_else(|| args.from.join("ids.csv"));
    let mut ids = Ids::new(args.id_namespace, (!args.check).then_some(&*ids_path))?;
    let choices = Choices {
        now: Clock::system().now(),
        drop_holds: args.drop_holds,
        hold_seconds: args.hold_seconds,
        payment_seconds: args.payment_seconds,
    };
    let mut problems = Problems::default();
    let (old, unread) = read(args, &choices, &mut problems)?;
    // Without the rows that could not be read, others would seem to be wrong as well.
    problems.none()?;
    let plan = plan::plan(old, &choices, &mut ids, &mut problems);
    problems.none()?;
    say(&report::told(&plan, &unread))?;
    if args.oversold == Oversold::Refuse && plan.products.iter().any(plan::Shelf::is_oversold) {
        bail!(
            "more was sold or promised than there was; --oversold refund makes the excess \
             refund_due. Nothing was imported"
        );
    }
    carry_out(args, &plan, &choices, ids, &ids_path)
}

/// Makes the database, and puts it where it is to be.
fn carry_out(
    args: &ImportArgs,
    plan: &Plan,
    choices: &Choices,
    ids: Ids,
    ids_path: &Path,
) -> anyhow::Result<()> {
    // Beside the new file, which it becomes; what is copied or thrown away may be anywhere.
    let beside = match &args.to {
        Some(Database::Sqlite(path)) if !args.check => path
            .parent()
            .map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder }),
        _ => None,
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix("doorbuster-import-");
    let folder = beside.map_or_else(|| builder.tempdir(), |folder| builder.tempdir_in(folder));
    let folder = folder.context("no folder for the new database can be made")?;
    let file = folder.path().join("import.db");
    replay::replay(plan, choices, &file).context("the rows cannot be imported")?;
    let report = audit_file(&file).map_err(|error| anyhow!(error))?;
    agrees(plan, &report)?;
    let Some(to) = args.to.as_ref().filter(|_| !args.check) else {
        return say("checked: all ten rules would hold. Nothing was imported");
    };
    ids.keep()?;
    let placed = match to {
        Database::Sqlite(path) => place(&file, path),
        Database::Postgres(address) => copy::copy_file(&file, address).map(|_| ()),
    };
    if let Err(error) = placed {
        let _ = std::fs::remove_file(ids_path); // it would tell of ids that are nowhere
        return Err(error).with_context(|| format!("database {to}"));
    }
    say(&format!(
        "imported to {to}: all ten rules hold. {} says which id became which; keep it from others",
        ids_path.display()
    ))
}

/// Gives the file its name, if nobody else has it.
fn place(file: &Path, path: &Path) -> anyhow::Result<()> {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    // Whoever reads a file may leave an empty one.
    if std::fs::metadata(log).is_ok_and(|log| log.len() > 0) {
        bail!("the new file's log was not copied to it");
    }
    std::fs::hard_link(file, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()?;
    Ok(())
}

/// Whether what came out is what was told.
fn agrees(plan: &Plan, report: &AuditReport) -> anyhow::Result<()> {
    if let Some(violation) = report.violations.first() {
        bail!("the import would break rule {}: {violation:?}", violation.rule);
    }
    for shelf in &plan.products {
        let id: ProductId = shelf.row.id;
        let found = report.products.iter().find(|product| product.product_id == id);
        let found = found.with_context(|| format!("product {id} is missing"))?.recorded;
        let told = (shelf.total.get(), shelf.pending + shelf.held, shelf.sold);
        if told != (found.total, found.held.into(), found.sold.into()) {
            bail!("product {id} was to have {told:?} units in all, held and sold, not {found:?}");
        }
    }
    Ok(())
}

/// Columns and files that nobody asked for.
pub(super) struct Unread {
    columns: Vec<String>,
    files: Vec<String>,
}

/// Reads all tables.
fn read(
    args: &ImportArgs,
    choices: &Choices,
    problems: &mut Problems,
) -> anyhow::Result<(Old, Unread)> {
    let reading = Reading {
        now: choices.now,
        zone: args.time_zone.clone(),
        currency: args.currency,
        amounts: args.amounts,
        stock: args.stock,
    };
    let mut folder = Folder::open(&args.from)?;
    let mut old = Old::at(choices.now);
    let mut columns = Vec::new();
    let Some(path) = folder.take(PRODUCTS)? else {
        bail!("{} has no products.csv or products.tsv", args.from.display());
    };
    old.products = with(&path, &mut old.files[0], &mut columns, problems, |table, problems| {
        rows::products(table, &reading, problems)
    });
    if let Some(path) = folder.take(HOLDS)? {
        old.holds = with(&path, &mut old.files[1], &mut columns, problems, |table, problems| {
            rows::holds(table, &reading, problems)
        });
    }
    if let Some(path) = folder.take(ORDERS)? {
        let prices = Currencies::of(&old, args.currency);
        old.orders = with(&path, &mut old.files[2], &mut columns, problems, |table, problems| {
            rows::orders(table, &reading, |product, hold| prices.of_order(product, hold), problems)
        });
    }
    if let Some(path) = folder.take(EVENTS)? {
        let mut name = String::new();
        old.events = with(&path, &mut name, &mut columns, problems, |table, problems| {
            rows::events(table, &reading, problems)
        });
    }
    Ok((old, Unread { columns, files: folder.rest() }))
}

/// The rows of one file, and the columns that were not asked for.
fn with<T>(
    path: &Path,
    name: &mut String,
    columns: &mut Vec<String>,
    problems: &mut Problems,
    read: impl FnOnce(&mut Table, &mut Problems) -> Result<Vec<T>, Problem>,
) -> Vec<T> {
    let rows = Table::open(path).and_then(|mut table| {
        name.clone_from(&table.file);
        let rows = read(&mut table, problems)?;
        columns.extend(table.unknown().iter().map(|column| format!("{}: {column}", table.file)));
        Ok(rows)
    });
    rows.unwrap_or_else(|problem| {
        problems.add(problem);
        Vec::new()
    })
}

/// The folder's files that may be tables.
struct Folder(Vec<PathBuf>);

impl Folder {
    fn open(path: &Path) -> anyhow::Result<Self> {
        let files = std::fs::read_dir(path).and_then(|entries| {
            entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()
        });
        let mut files = files.with_context(|| format!("folder {}", path.display()))?;
        files.retain(|file| {
            let ending = file.extension().and_then(|ending| ending.to_str());
            ending.is_some_and(|ending| ENDINGS.contains(&ending))
        });
        files.sort();
        Ok(Self(files))
    }

    /// Takes the file of the table with one of these names.
    fn take(&mut self, names: &[&str]) -> anyhow::Result<Option<PathBuf>> {
        for name in names {
            let named = |file: &&PathBuf| file.file_stem().is_some_and(|stem| stem == *name);
            let found: Vec<PathBuf> = self.0.iter().filter(named).cloned().collect();
            if let [one, other, ..] = &found[..] {
                bail!("{} and {} are the same table", one.display(), other.display());
            }
            if let Some(file) = found.into_iter().next() {
                self.0.retain(|other| *other != file);
                return Ok(Some(file));
            }
        }
        Ok(None)
    }

    /// Files that are no table.
    fn rest(self) -> Vec<String> {
        let names = self.0.iter().filter_map(|file| file.file_name());
        names.map(|name| name.to_string_lossy().into_owned()).collect()
    }
}
