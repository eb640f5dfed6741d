//! The engine as a library: from several threads, without HTTP.

use doorbuster_domain::{Effect, Refusal};
use doorbuster_engine::{Clock, Engine, Options, Reader, SubmitError, Trace, Unobserved};
use tokio::runtime::Builder;

use crate::shop::{hold, order, paid, selling, terms};

const UNITS: u32 = 500;
const THREADS: u128 = 4;
const BUYERS: u128 = 200;

#[test]
fn several_threads_with_runtimes_of_their_own_sell_every_unit_once() {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let store = runtime.block_on(selling(UNITS, terms()));
    let reader = store.reader();
    let (engine, handle) = Engine::new(store, Unobserved, Clock::system(), Options::default());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let engine = std::thread::spawn(move || {
        runtime.block_on(engine.run(async {
            let _ = stopped.await; // a test that fails stops its engine too
        }))
    });
    let sold: u32 = std::thread::scope(|threads| {
        let buyers: Vec<_> = (0..THREADS)
            .map(|thread| {
                let handle = handle.clone();
                threads.spawn(move || {
                    let runtime = Builder::new_current_thread().build().unwrap();
                    runtime.block_on(buys(&handle, thread))
                })
            })
            .collect();
        buyers.into_iter().map(|buyer| buyer.join().unwrap()).sum()
    });
    assert_eq!(sold, UNITS);
    stop.send(()).unwrap();
    engine.join().unwrap().unwrap();
    let late = Builder::new_current_thread().build().unwrap();
    let answer = late.block_on(handle.submit(hold(1, 1), Trace::none()));
    assert_eq!(answer, Err(SubmitError::Unavailable));
    let audit = late.block_on(reader.audit()).unwrap();
    assert!(audit.is_ok(), "{audit:#?}");
    assert_eq!(audit.products[0].recorded.sold, UNITS);
}

/// Buys one unit for each buyer of a thread, and says how many it got.
async fn buys(handle: &doorbuster_engine::Handle, thread: u128) -> u32 {
    let mut sold = 0;
    for buyer in 1..=BUYERS {
        let n = thread * BUYERS + buyer;
        match handle.submit(hold(n, 1), Trace::none()).await.unwrap() {
            Ok(_) => {}
            Err(refusal) => {
                assert_eq!(refusal, Refusal::InsufficientStock { available: 0 });
                continue;
            }
        }
        handle.submit(order(n), Trace::none()).await.unwrap().unwrap();
        let event = paid(&n.to_string(), n);
        let paid = handle.submit(event, Trace::none()).await.unwrap().unwrap();
        assert!(matches!(paid, Effect::Payment(_)));
        sold += 1;
    }
    sold
}
