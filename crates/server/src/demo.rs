//! `doorbuster serve --demo`: a sale on a fresh temporary database, and the lines to try it with.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::{Context, anyhow};
use doorbuster_domain::{Command, CreateProduct, Price, ProductId, ProductName, Terms, TotalStock};

use crate::admin_key;
use crate::config::{Database, ServeConfig};
use crate::serve::{Server, say, submit};
use crate::telemetry;

const NAME: &str = "Limited Edition Flash Sale Item";
const UNITS: u32 = 100;
const PRICE_CENTS: u64 = 9_999;

/// Runs the demonstration until it is told to stop; then its database goes.
pub(crate) fn run(mut config: ServeConfig) -> anyhow::Result<()> {
    let directory = tempfile::Builder::new().prefix("doorbuster-demo-").tempdir()?;
    config.database.database = Database::Sqlite(directory.path().join("demo.db"));
    config.access.allow_unsigned_webhooks = true;
    let key = match &config.access.admin_key {
        Some(key) => key.clone(),
        None => admin_key::generate()?.parse().map_err(|error: String| anyhow!(error))?,
    };
    let text_key = key.expose().to_owned();
    config.access.admin_key = Some(key);

    let _log = telemetry::init_logging(&config.log)?;
    let server = Server::start(&config)?;
    submit(server.handle(), put_on_sale()?)?.context("the demonstration's product")?;
    say(&guide(&server.url(reachable(server.address)), &text_key))?;
    server.run()?;
    directory.close().context("the temporary database could not be removed")
}

fn put_on_sale() -> anyhow::Result<Command> {
    let out_of_range = || anyhow!("the demonstration's product is out of range");
    let name = ProductName::new(NAME)?;
    let price = Price::new(PRICE_CENTS).ok_or_else(out_of_range)?;
    Ok(Command::CreateProduct(CreateProduct {
        id: ProductId::new(1),
        terms: Terms::new(name, price),
        total: TotalStock::new(UNITS).ok_or_else(out_of_range)?,
    }))
}

/// Where this machine reaches a server that listens there: maybe on every address it has.
fn reachable(address: SocketAddr) -> SocketAddr {
    let host = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        _ => IpAddr::V4(Ipv4Addr::LOCALHOST),
    };
    SocketAddr::new(host, address.port())
}

/// What to try, with the real address and key. Every line works when pasted as it stands into bash
/// or zsh, so headings have no character that either would take for its own.
fn guide(url: &str, key: &str) -> String {
    let post = |path: &str, body: &str| {
        format!("curl -s {url}{path} -H 'Content-Type: application/json' -d {body}")
    };
    // Shows an answer and keeps one field of it for the next line.
    let keep = |name: &str, field: &str| {
        let find = format!(r#"sed 's/.*"{field}":"\([^"]*\)".*/\1/'"#);
        format!(r#"echo "$ANSWER"; {name}=$(echo "$ANSWER" | {find})"#)
    };
    let place = post("/api/holds", r#"'{"product_id": 1, "qty": 2}'"#);
    let keep_hold = keep("HOLD", "hold_id");
    let order = post("/api/orders", r#""{\"hold_id\": \"$HOLD\"}""#);
    let keep_order = keep("ORDER", "order_id");
    let event = r#"\"event_id\": \"pay-$ORDER\", \"order_id\": \"$ORDER\", \"status\": \"paid\""#;
    let pay = post("/api/payments/webhook", &format!(r#""{{{event}}}""#));
    let click = post("/api/holds", r#"'{"product_id": 1, "qty": 1}'"#);
    let click = click.replacen("-s ", r"-s -o /dev/null -w '%{http_code}\n' ", 1);
    format!(
        r#"
Doorbuster: {UNITS} units of "{NAME}" are on sale for 99.99 USD.
The database is temporary and goes when you stop the server with Ctrl-C.

  listening on {url}
  API          {url}/docs
  admin key    {key}

Open another terminal and paste, one after the other:

# 1. What is on sale
curl -s {url}/api/products/1; echo

# 2. A buyer takes two units: a hold for two minutes
ANSWER=$({place}); {keep_hold}

# 3. The hold becomes an order
ANSWER=$({order}); {keep_order}

# 4. The payment provider reports that it was paid
{pay}; echo

# 5. Providers repeat themselves: a duplicate, without a second effect
{pay}; echo

# 6. The rush: 200 buyers, 50 at a time, for the 98 units left
seq 200 | xargs -P 50 -I{{}} {click} | sort | uniq -c

# 7. Sold out: 98 held, 2 sold, none too many. In two minutes the 98 are back
curl -s {url}/api/products/1; echo

# 8. The audit recounts every rule from the rows and the journal
curl -s -H 'Authorization: Bearer {key}' {url}/api/audit; echo
"#
    )
}
