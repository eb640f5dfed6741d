//! What is put on sale for a run: products of its own, so that a server with other data can be
//! loaded, and judged by these alone.

use anyhow::{Context, bail};
use hyper::Method;
use serde_json::{Value, json};

use super::account::{ClientAccount, ToldHold};
use super::admin::{Admin, ProductState};
use super::options::Settings;
use super::requests::hold_body;
use super::scenario::Scenario;
use super::told::HoldAnswer;

/// The most units that one hold can take.
const LARGEST_HOLD: u32 = 1_000_000;

/// Puts the products of a run on sale. What had to be taken beforehand is in the account.
///
/// # Errors
/// When the server does not answer, or refuses.
pub(super) async fn open(
    admin: &mut Admin,
    settings: &Settings,
) -> anyhow::Result<(Vec<u64>, ClientAccount)> {
    let body = json!({
        "name": format!("Bench {}", settings.scenario.name()),
        "total_stock": settings.stock,
        "price": 9_999,
        "hold_seconds": settings.hold_seconds,
        "payment_seconds": settings.payment_seconds,
    });
    let body = body.to_string();
    let mut products = Vec::with_capacity(settings.crowd.products);
    for _ in 0..settings.crowd.products {
        let made = admin.read::<ProductState>(Method::POST, "/api/products", body.as_bytes()).await;
        products.push(made.context("cannot put a product on sale")?.id);
    }
    admin.requests.show(&products);
    if settings.scenario.pays() {
        check_webhooks(admin).await?;
    }
    let mut account = ClientAccount::default();
    if settings.scenario == Scenario::Soldout {
        for product in &products {
            sell_out(admin, *product, settings, &mut account).await?;
        }
    }
    Ok((products, account))
}

/// Whether the server will believe the webhooks of this run.
async fn check_webhooks(admin: &mut Admin) -> anyhow::Result<()> {
    if admin.try_webhook().await? != 401 {
        return Ok(());
    }
    match admin.requests.signs() {
        true => bail!(
            "the server does not believe webhooks signed with this secret: give the one it was \
             started with, by --webhook-secret or DOORBUSTER_WEBHOOK_SECRET"
        ),
        false => bail!(
            "the server takes no unsigned webhooks: give its secret by --webhook-secret or \
             DOORBUSTER_WEBHOOK_SECRET, or start it with --allow-unsigned-webhooks"
        ),
    }
}

/// Takes all units of a product.
async fn sell_out(
    admin: &mut Admin,
    product_id: u64,
    settings: &Settings,
    account: &mut ClientAccount,
) -> anyhow::Result<()> {
    let mut left = settings.stock;
    while left > 0 {
        let qty = left.min(LARGEST_HOLD);
        let body = hold_body(product_id, qty, None);
        let hold = admin.read::<HoldAnswer>(Method::POST, "/api/holds", body.as_bytes()).await?;
        account.holds.push(ToldHold {
            hold_id: hold.hold_id,
            product_id,
            qty: hold.qty,
            asked_qty: qty,
            from_ms: 0,
            until_ms: settings.hold_seconds.saturating_mul(1000),
        });
        left -= qty;
    }
    Ok(())
}

/// Takes the products of a run off sale: nobody is to buy them by mistake.
pub(super) async fn close(admin: &mut Admin, products: &[u64]) -> anyhow::Result<()> {
    for id in products {
        let path = format!("/api/products/{id}");
        admin.read::<Value>(Method::PATCH, &path, br#"{"paused":true}"#).await?;
    }
    Ok(())
}
