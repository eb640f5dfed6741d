//! `doorbuster serve --demo`: a sale on a fresh temporary database, a shop to buy in, and the lines
//! to try it with.

mod crowd;
mod guide;
mod provider;
mod shop;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::{Context, anyhow};
use doorbuster_domain::{Command, CreateProduct, Price, ProductId, ProductName, Terms, TotalStock};

use crate::admin_key;
use crate::config::{Database, Secret, ServeConfig};
use crate::serve::{Server, say, submit};
use crate::signature;
use crate::telemetry;

pub(crate) use crowd::{CrowdState, MOST_BUYERS, Tally};
pub(crate) use provider::{Account, Delivery, Ending, Payment};
pub(crate) use shop::{Busy, NotSent, Shop, UNITS as SHOP_UNITS, product_id as shop_product_id};

const NAME: &str = "Limited Edition Flash Sale Item";
const UNITS: u32 = 100;
const PRICE_CENTS: u64 = 9_999;

/// Runs the demonstration until it is told to stop; then its database goes.
pub(crate) fn run(mut config: ServeConfig) -> anyhow::Result<()> {
    let directory = tempfile::Builder::new().prefix("doorbuster-demo-").tempdir()?;
    config.database.database = Database::Sqlite(directory.path().join("demo.db"));
    config.access.allow_unsigned_webhooks = true;
    let given = config.access.admin_key.take();
    let key = given.map_or_else(|| secret(admin_key::generate()), Ok)?;
    config.access.admin_key = Some(key.clone());
    let given = config.access.webhook_secret.first().cloned();
    let webhook_secret = match given {
        Some(given) => given,
        None => {
            let made = secret(signature::fresh_secret())?;
            config.access.webhook_secret.push(made.clone());
            made
        }
    };

    let _log = telemetry::init_logging(&config.log)?;
    // The provider and the crowd of the shop speak without encryption.
    let (shop, backstage) = match config.tls.files() {
        Some(_) => (None, None),
        None => {
            let (shop, backstage) = shop::open();
            (Some(shop), Some(backstage))
        }
    };
    let server = Server::start_with(&config, shop)?;
    submit(server.handle(), put_on_sale()?)?.context("the demonstration's product")?;
    let address = reachable(server.address);
    let has_shop = backstage.is_some();
    if let Some(backstage) = backstage {
        submit(server.handle(), shop::put_on_sale()?)?.context("the demo shop's product")?;
        backstage.start(address, &key, &webhook_secret)?;
    }
    say(&guide::guide(&server.url(address), key.expose(), has_shop))?;
    server.run()?;
    directory.close().context("the temporary database could not be removed")
}

/// What was made as a secret.
fn secret(made: Result<String, getrandom::Error>) -> anyhow::Result<Secret> {
    made.context("no randomness")?.parse().map_err(|error: String| anyhow!(error))
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
