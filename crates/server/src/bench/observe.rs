//! Watches a run: gathers what its threads measure, looks at the stock, and hears Ctrl-C.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::timeout;

use super::admin::Admin;
use super::fetch;
use super::load::Load;
use super::measure::Tally;
use super::progress::Progress;
use super::timeline::{Stock, Timeline};

/// The stock is looked at for so many products at most: looking must not become a load.
const MOST_PRODUCTS: usize = 16;

/// How long a look at the stock may take, after which this one is left out.
const LOOK_TIMEOUT: Duration = Duration::from_millis(500);

/// The pause between two looks at the stock.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// What was gathered.
pub(super) struct Observed {
    pub(super) tally: Tally,
    pub(super) timeline: Timeline,
}

/// Watches `load` to its end.
pub(super) async fn watch(
    load: &Load,
    admin: &Admin,
    products: &[u64],
    mut timeline: Timeline,
    progress: &mut Progress,
) -> Observed {
    let stock = Rc::new(Cell::new(timeline.stock_before));
    let looking = look_again(admin.another(), products.to_vec(), stock.clone());
    let looking = tokio::task::spawn_local(looking);
    let (mut all, mut stretch, mut spare) = <(Tally, Tally, Tally)>::default();
    loop {
        let is_over = tokio::select! {
            () = tokio::time::sleep(timeline.stretch()) => false,
            () = over(load) => true,
        };
        let now_us = load.bell.elapsed_us().saturating_sub(load.from_us);
        stretch.clear();
        for recorder in &load.recorders {
            recorder.take(&mut spare);
            stretch.absorb(&spare);
        }
        all.absorb(&stretch);
        if is_over {
            looking.abort();
            stock.set(look(&mut admin.another(), products).await.or(stock.get()));
        }
        if now_us > 0 {
            timeline.add(now_us, &stretch, stock.get());
            progress.measured(now_us, &stretch, &all, stock.get());
        }
        if is_over {
            return Observed { tally: all, timeline };
        }
    }
}

/// Looks at the stock again and again, beside the watching: a slow answer must not hold it up.
async fn look_again(mut admin: Admin, products: Vec<u64>, stock: Rc<Cell<Option<Stock>>>) {
    loop {
        if let Some(seen) = look(&mut admin, &products).await {
            stock.set(Some(seen));
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

/// The stock, unless it takes too long to see.
pub(super) async fn look(admin: &mut Admin, products: &[u64]) -> Option<Stock> {
    let products = &products[..products.len().min(MOST_PRODUCTS)];
    timeout(LOOK_TIMEOUT, fetch::stock(admin, products)).await.ok()?.ok()
}

/// How soon the end of a run is noticed.
const NOTICE: Duration = Duration::from_millis(5);

async fn over(load: &Load) {
    while !load.is_over() {
        tokio::time::sleep(NOTICE).await;
    }
}

/// The first Ctrl-C (or SIGTERM) ends the load, which is then judged. Returns at the second, which
/// ends everything.
///
/// # Errors
/// When signals cannot be heard.
pub(super) async fn interrupts(stop: &watch::Sender<bool>) -> std::io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    for _ in 0..2 {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        stop.send_replace(true);
    }
    Ok(())
}
