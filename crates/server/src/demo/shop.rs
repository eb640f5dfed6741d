//! What the demo shop sells, and its handle for HTTP. Whoever a shop needs and does not have on one
//! machine works backstage: a payment provider and a crowd of buyers.

use std::net::SocketAddr;

use anyhow::{Context, anyhow};
use doorbuster_domain::{
    Command, CreateProduct, OrderId, Price, ProductCode, ProductId, ProductName, Seconds, Terms,
    Timestamp, TotalStock,
};
use doorbuster_engine::Clock;
use tokio::runtime::{self, LocalOptions};
use tokio::sync::mpsc;
use tokio::task::spawn_local;

use super::crowd::{Crowd, CrowdState};
use super::provider::{Account, Payment, Provider};
use crate::bench::{Requests, Target};
use crate::config::Secret;

/// What the shop's product is called.
const NAME: &str = "Doors Open";

/// The operator's code for it.
const CODE: &str = "DEMO-SHOP";

/// How many there are each time the doors open: few enough for a crowd to take them in seconds.
pub(crate) const UNITS: u32 = 24;

const PRICE_CENTS: u64 = 3_900;

/// Long enough to choose how to pay, short enough to watch a hold run out.
const HOLD_SECONDS: u32 = 45;

/// Short, so that a payment which comes too late can be watched.
const PAYMENT_SECONDS: u32 = 20;

/// How much may wait to be begun backstage; whoever asks for more is told that it is too much.
const MOST_WAITING: usize = 64;

/// The product's id: the one after that of the lines to paste.
pub(crate) fn product_id() -> Option<ProductId> {
    ProductId::new(2)
}

/// Puts the product on sale.
pub(super) fn put_on_sale() -> anyhow::Result<Command> {
    let out_of_range = || anyhow!("the demo shop's product is out of range");
    let price = Price::new(PRICE_CENTS).ok_or_else(out_of_range)?;
    let mut terms = Terms::new(ProductName::new(NAME)?, price);
    terms.code = Some(ProductCode::new(CODE)?);
    terms.hold_seconds = Seconds::new(HOLD_SECONDS).ok_or_else(out_of_range)?;
    terms.payment_seconds = Seconds::new(PAYMENT_SECONDS).ok_or_else(out_of_range)?;
    Ok(Command::CreateProduct(CreateProduct {
        id: product_id(),
        terms,
        total: TotalStock::new(UNITS).ok_or_else(out_of_range)?,
    }))
}

/// Something to be begun backstage.
enum Job {
    Pay(Payment),
    Crowd(u32),
}

/// As much waits to be begun as may.
#[derive(Debug)]
pub(crate) struct Busy;

/// A crowd is there already.
#[derive(Debug)]
pub(crate) enum NotSent {
    Running,
    Busy,
}

/// The shop as HTTP sees it.
pub(crate) struct Shop {
    jobs: mpsc::Sender<Job>,
    provider: Provider,
    crowd: Crowd,
}

/// What works behind the shop, not yet begun.
pub(super) struct Backstage {
    jobs: mpsc::Receiver<Job>,
    provider: Provider,
    crowd: Crowd,
}

/// A shop and what works behind it.
pub(super) fn open() -> (Shop, Backstage) {
    let (sender, jobs) = mpsc::channel(MOST_WAITING);
    let (provider, crowd) = (Provider::default(), Crowd::default());
    let shop = Shop { jobs: sender, provider: provider.clone(), crowd: crowd.clone() };
    (shop, Backstage { jobs, provider, crowd })
}

impl Shop {
    /// Has the provider pay an order. An order is paid in one way: whoever asks again, even with
    /// another ending, learns what became of the first.
    pub(crate) fn pay(&self, payment: Payment) -> Result<Account, Busy> {
        let order_id = payment.order_id;
        if let Some(account) = self.provider.account(order_id) {
            return Ok(account);
        }
        // A place first: what is noted is also done.
        let place = self.jobs.try_reserve().map_err(|_| Busy)?;
        let account = self.provider.begin(&payment).ok_or(Busy)?;
        place.send(Job::Pay(payment));
        Ok(account)
    }

    /// What the provider has sent for an order.
    pub(crate) fn deliveries(&self, order_id: OrderId) -> Option<Account> {
        self.provider.account(order_id)
    }

    /// Sends a crowd of so many buyers, if none is there.
    pub(crate) fn send_crowd(&self, buyers: u32, now: Timestamp) -> Result<CrowdState, NotSent> {
        let place = self.jobs.try_reserve().map_err(|_| NotSent::Busy)?;
        let state = self.crowd.gather(buyers, now).ok_or(NotSent::Running)?;
        place.send(Job::Crowd(buyers));
        Ok(state)
    }

    /// How the last crowd fares, if there was one.
    pub(crate) fn crowd(&self) -> Option<CrowdState> {
        self.crowd.state()
    }
}

impl Backstage {
    /// Begins to work, on a thread of its own, against the server at `address`. Nobody waits for
    /// its end: everything it does is a request that the server answers or not.
    pub(super) fn start(
        self,
        address: SocketAddr,
        admin_key: &Secret,
        webhook_secret: &Secret,
    ) -> anyhow::Result<()> {
        let url = format!("http://{address}");
        let target: Target = url.parse().map_err(|error: &str| anyhow!(error))?;
        let requests = Requests::new(&target, admin_key.expose(), Some(webhook_secret))?;
        let mut runtime = runtime::Builder::new_current_thread();
        runtime.enable_all();
        std::thread::Builder::new()
            .name("backstage".into())
            .spawn(move || match runtime.build_local(LocalOptions::default()) {
                Ok(runtime) => runtime.block_on(self.work(&target, &requests)),
                Err(error) => tracing::error!(%error, "the demo shop has no provider"),
            })
            .context("the demo shop's thread")?;
        Ok(())
    }

    async fn work(mut self, target: &Target, requests: &Requests) {
        while let Some(job) = self.jobs.recv().await {
            let (target, requests) = (target.clone(), requests.clone());
            match job {
                Job::Pay(payment) => {
                    let provider = self.provider.clone();
                    spawn_local(async move {
                        provider.carry_out(payment, &target, &requests, &Clock::system()).await;
                    });
                }
                Job::Crowd(buyers) => {
                    let crowd = self.crowd.clone();
                    spawn_local(async move { crowd.run(buyers, &target, &requests).await });
                }
            }
        }
    }
}
