//! Products: what is on sale.

use doorbuster_domain::{
    ChangeProduct, Command, CreateProduct, Currency, Effect, ProductCode, ProductId, ProductName,
    Refusal, StockChange, Terms,
};

use super::answer::{self, Answer, Location};
use super::call::{Call, another_command};
use super::input::Fields;
use super::input::cursor::EntryNumber;
use super::input::list::PageOf;
use super::input::value::{
    added_stock, boolean, currency, extensions, price, product_id, quantity, seconds, text,
    timestamp, total_stock,
};
use super::openapi::{examples, requests};
use super::problem::Problem;
use super::resources::{JournalEntryJson, List, ProductJson};

/// List products
///
/// All products in the order of their ids.
#[utoipa::path(
    get, path = "/api/products", tag = "storefront", operation_id = "listProducts",
    params(requests::Page),
    responses((
        status = 200, description = "One page of products", body = List<ProductJson<'_>>,
        example = json!(examples::list(&examples::product()))
    ))
)]
pub(super) async fn list(call: Call<'_>) -> Answer {
    let mut query = call.query();
    let page = PageOf::<ProductId>::of(&mut query);
    query.finish(Some(()))?;
    let mut products = call.app.engine.products(page.after, page.fetch());
    let next_cursor = page.cut(&mut products, |published| published.product.id);
    let now = call.now();
    let data = products.iter().map(|published| ProductJson::of(&published.product, now));
    answer::ok(&List { data: data.collect(), next_cursor })
}

/// Get a product
///
/// The product with its stock as of the last commit: whoever has an answer to a write also reads
/// its effect here.
#[utoipa::path(
    get, path = "/api/products/{product_id}", tag = "storefront", operation_id = "getProduct",
    params(requests::ProductPath),
    responses((
        status = 200, description = "The product", body = ProductJson<'_>,
        example = json!(examples::product())
    ))
)]
pub(super) async fn show(call: Call<'_>) -> Answer {
    let published = call.app.engine.product(call.product_id()?).ok_or(Refusal::ProductNotFound)?;
    answer::ok(&ProductJson::of(&published.product, call.now()))
}

/// What `POST /api/products` takes.
pub(super) const CREATE: &[&str] = &[
    "name",
    "total_stock",
    "price",
    "currency",
    "code",
    "id",
    "opens_at",
    "closes_at",
    "max_per_customer",
    "hold_seconds",
    "payment_seconds",
    "max_extensions",
];

/// Put a product on sale
///
/// Without `opens_at` and `closes_at` it is open at once and never closes. Without `id` it gets the
/// one above the highest in use.
#[utoipa::path(
    post, path = "/api/products", tag = "admin", operation_id = "createProduct",
    security(("admin_key" = [])),
    request_body(content = requests::NewProduct, example = json!(examples::new_product())),
    responses((
        status = 201, description = "The product, with its address", body = ProductJson<'_>,
        headers(("Location" = String, description = "The product's address")),
        example = json!(examples::product())
    ))
)]
pub(super) async fn create(call: Call<'_>) -> Answer {
    let create = read_creation(call.fields(CREATE)?)?;
    let Effect::Product(product) = call.submit(Command::CreateProduct(create)).await? else {
        return Err(another_command());
    };
    answer::created(Location::Product(product.id), &ProductJson::of(&product, call.now()))
}

/// What a request to put a product on sale asks for.
///
/// # Errors
/// When a field is wrong.
pub(super) fn read_creation(mut fields: Fields<'_>) -> Result<CreateProduct, Problem> {
    let name = fields.required("name", text(ProductName::new));
    let total = fields.required("total_stock", total_stock);
    let unit_price = fields.required("price", price);
    let unit_currency = fields.optional("currency", currency);
    let code = fields.optional("code", text(ProductCode::new));
    let id = fields.optional("id", product_id);
    let opens_at = fields.optional("opens_at", timestamp);
    let closes_at = fields.optional("closes_at", timestamp);
    let max_per_customer = fields.optional("max_per_customer", quantity);
    let hold_seconds = fields.optional("hold_seconds", seconds);
    let payment_seconds = fields.optional("payment_seconds", seconds);
    let max_extensions = fields.optional("max_extensions", extensions);
    let (name, (unit_price, total)) = fields.finish(name.zip(unit_price.zip(total)))?;

    let terms = Terms {
        currency: unit_currency.unwrap_or(Currency::USD),
        code,
        opens_at,
        closes_at,
        max_per_customer,
        hold_seconds: hold_seconds.unwrap_or(Terms::DEFAULT_HOLD_SECONDS),
        payment_seconds: payment_seconds.unwrap_or(Terms::DEFAULT_PAYMENT_SECONDS),
        max_extensions: max_extensions.unwrap_or(Terms::DEFAULT_MAX_EXTENSIONS),
        ..Terms::new(name, unit_price)
    };
    Ok(CreateProduct { id, terms, total })
}

/// What `PATCH /api/products/{product_id}` takes.
pub(super) const CHANGE: &[&str] = &[
    "name",
    "total_stock",
    "add_stock",
    "price",
    "currency",
    "code",
    "opens_at",
    "closes_at",
    "paused",
    "max_per_customer",
    "hold_seconds",
    "payment_seconds",
    "max_extensions",
];

/// Change a product
///
/// What is absent stays as it is; `null` clears `opens_at`, `closes_at`, `max_per_customer` or
/// `code`. Give the stock as `total_stock` or change it by `add_stock` (negative takes units away),
/// not both. A changed price, limit or window binds new holds only.
#[utoipa::path(
    patch, path = "/api/products/{product_id}", tag = "admin", operation_id = "changeProduct",
    security(("admin_key" = [])),
    params(requests::ProductPath),
    request_body(
        content = requests::ProductChange,
        example = json!({"add_stock": 50, "closes_at": null})
    ),
    responses((
        status = 200, description = "The product as it is now", body = ProductJson<'_>,
        example = json!(examples::product())
    ))
)]
pub(super) async fn change(call: Call<'_>) -> Answer {
    let product_id = call.product_id()?;
    let change = read_change(product_id, call.fields(CHANGE)?)?;
    let Effect::Product(product) = call.submit(Command::ChangeProduct(change)).await? else {
        return Err(another_command());
    };
    answer::ok(&ProductJson::of(&product, call.now()))
}

/// What a request to change a product asks for.
///
/// # Errors
/// When a field is wrong.
pub(super) fn read_change(
    product_id: ProductId,
    mut fields: Fields<'_>,
) -> Result<ChangeProduct, Problem> {
    if fields.has("total_stock") && fields.has("add_stock") {
        fields.wrong("add_stock", "cannot be given together with total_stock");
    }
    let set_total = fields.change("total_stock", total_stock).map(StockChange::SetTotal);
    let add_stock = fields.change("add_stock", added_stock).map(StockChange::Add);
    let change = ChangeProduct {
        product_id,
        name: fields.change("name", text(ProductName::new)),
        code: fields.clearable("code", text(ProductCode::new)),
        price: fields.change("price", price),
        currency: fields.change("currency", currency),
        opens_at: fields.clearable("opens_at", timestamp),
        closes_at: fields.clearable("closes_at", timestamp),
        paused: fields.change("paused", boolean),
        max_per_customer: fields.clearable("max_per_customer", quantity),
        hold_seconds: fields.change("hold_seconds", seconds),
        payment_seconds: fields.change("payment_seconds", seconds),
        max_extensions: fields.change("max_extensions", extensions),
        stock: set_total.or(add_stock),
    };
    fields.finish(Some(change))
}

/// Read a product's journal
///
/// Every change to the product's stock, in order, with the counters as they are after it.
#[utoipa::path(
    get, path = "/api/products/{product_id}/journal", tag = "admin",
    operation_id = "listJournal", security(("admin_key" = [])),
    params(requests::ProductPath, requests::Page),
    responses((
        status = 200, description = "One page of entries, oldest first",
        body = List<JournalEntryJson<'_>>,
        example = json!(examples::list(&examples::journal_entry()))
    ))
)]
pub(super) async fn journal(call: Call<'_>) -> Answer {
    let product_id = call.product_id()?;
    let mut query = call.query();
    let page = PageOf::<EntryNumber>::of(&mut query);
    query.finish(Some(()))?;
    if call.app.engine.product(product_id).is_none() {
        return Err(Refusal::ProductNotFound.into());
    }
    let after = page.after.map_or(0, |EntryNumber(seq)| seq);
    let mut entries = call.app.reader.journal(product_id, after, page.fetch()).await?;
    let next_cursor = page.cut(&mut entries, |entry| EntryNumber(entry.seq));
    let data = entries.iter().map(JournalEntryJson::of).collect();
    answer::ok(&List { data, next_cursor })
}
