//! Watches a run: gathers what its threads measure, looks at the stock, and hears Ctrl-C.

use std::time::Duration;

use tokio::sync::watch;

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
    let mut looking = admin.another();
    let products = &products[..products.len().min(MOST_PRODUCTS)];
    let (mut all, mut stretch, mut spare) = <(Tally, Tally, Tally)>::default();
    loop {
        tokio::select! {
            () = tokio::time::sleep(timeline.stretch()) => {}
            () = over(load) => {}
        }
        let is_over = load.is_over();
        stretch.clear();
        for recorder in &load.recorders {
            recorder.take(&mut spare);
            stretch.absorb(&spare);
        }
        let now_us = load.bell.elapsed_us();
        all.absorb(&stretch);
        let stock = tokio::time::timeout(LOOK_TIMEOUT, fetch::stock(&mut looking, products));
        let stock: Option<Stock> = stock.await.ok().and_then(Result::ok);
        if now_us > 0 {
            timeline.add(now_us, &stretch, stock);
            progress.measured(now_us, &stretch, &all, stock);
        }
        if is_over {
            return Observed { tally: all, timeline };
        }
    }
}

/// How soon the end of a run is noticed.
const NOTICE: Duration = Duration::from_millis(5);

async fn over(load: &Load) {
    while !load.is_over() {
        tokio::time::sleep(NOTICE).await;
    }
}

/// The first Ctrl-C ends the load, which is then judged. Returns at the second, which ends
/// everything.
pub(super) async fn interrupts(stop: &watch::Sender<bool>) {
    let _ = tokio::signal::ctrl_c().await; // where it cannot be heard, nobody can ask
    stop.send_replace(true);
    let _ = tokio::signal::ctrl_c().await;
}
