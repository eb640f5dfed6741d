//! Selling without a server: a hold in a few lines.
//!
//! `cargo run -p doorbuster-engine --example place_hold`

use std::error::Error;

use doorbuster_domain::{
    Command, CreateProduct, Effect, PlaceHold, Price, ProductName, Quantity, Terms, TotalStock,
};
use doorbuster_engine::{Clock, Engine, MemoryStore, Options, Trace, Unobserved};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "an example shows what it did")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (engine, shop) =
        Engine::new(MemoryStore::new(), Unobserved, Clock::system(), Options::default());
    let running = tokio::spawn(engine.run(std::future::pending()));

    let terms = Terms::new(ProductName::new("Limited Edition")?, Price::new(9_999).ok_or("price")?);
    let total = TotalStock::new(100).ok_or("stock")?;
    let create = Command::CreateProduct(CreateProduct { id: None, terms, total });
    let Effect::Product(product) = shop.submit(create, Trace::none()).await?? else {
        return Err("creating a product makes a product".into());
    };

    let place = Command::PlaceHold(PlaceHold {
        hold_id: shop.fresh_hold_id(product.id),
        product_id: product.id,
        qty: Quantity::new(2).ok_or("quantity")?,
        customer_id: None,
        idempotency_key: None,
    });
    match shop.submit(place, Trace::none()).await? {
        Ok(effect) => println!("two units are held: {effect:?}"),
        Err(refusal) => println!("no hold: {refusal}"),
    }
    let left = shop.product(product.id).map(|published| published.product.available());
    assert_eq!(left, Some(98));

    drop(shop); // an engine that nobody can reach any more stops
    Ok(running.await??)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_example_runs() {
        super::main().unwrap();
    }
}
