//! Readers of the snapshot and several who publish: the engine, and whoever follows other nodes.

use shuttle::thread;

use crate::in_many_orders;
use crate::shop::{TICKET, product};
use crate::snapshot::{Published, Snapshot};
use crate::sync::Arc;

/// A ticket of which as many units are held as its revision says.
fn revised(revision: u64) -> Published {
    let held = u32::try_from(revision).unwrap();
    Published { product: product(TICKET, held, revision), next_deadline: None, revision }
}

/// Looks `times` times, and sees whole products of which none is older than the one before.
fn watch(snapshot: &Snapshot, times: usize) -> u64 {
    let mut last = 0;
    for _ in 0..times {
        let Some(seen) = snapshot.product(TICKET) else { continue };
        assert_eq!(u64::from(seen.product.held), seen.revision, "half a product");
        assert!(seen.revision >= last, "revision {} after {last}", seen.revision);
        last = seen.revision;
    }
    last
}

#[test]
fn of_two_publishers_the_later_revision_stays_and_no_reader_sees_an_earlier_one_again() {
    in_many_orders(|| {
        let snapshot = Arc::new(Snapshot::default());
        // Nobody has published the product before: they meet where it is created, too.
        let publishers = [[1, 3, 4], [2, 3, 5]].map(|revisions| {
            let snapshot = snapshot.clone();
            thread::spawn(move || {
                for revision in revisions {
                    snapshot.publish(revised(revision));
                    let seen = snapshot.product(TICKET).unwrap().revision;
                    assert!(seen >= revision, "published {revision}, and reads {seen}");
                }
            })
        });
        let readers = [(); 2].map(|()| {
            let snapshot = snapshot.clone();
            thread::spawn(move || watch(&snapshot, 5))
        });
        publishers.into_iter().for_each(|publisher| publisher.join().unwrap());
        for reader in readers {
            reader.join().unwrap();
        }
        assert_eq!(snapshot.product(TICKET).unwrap().revision, 5);
        assert_eq!(snapshot.products(None, 10).len(), 1);
    });
}

#[test]
fn the_one_publisher_of_unnumbered_products_is_never_behind_itself() {
    in_many_orders(|| {
        let snapshot = Arc::new(Snapshot::default());
        let reader = {
            let snapshot = snapshot.clone();
            thread::spawn(move || {
                let mut last = 0;
                for _ in 0..6 {
                    let seen = snapshot.product(TICKET).map_or(0, |it| it.product.version);
                    assert!(seen >= last, "version {seen} after {last}");
                    last = seen;
                }
            })
        };
        for version in 1..=4 {
            let product = product(TICKET, 1, version);
            snapshot.publish(Published { product, next_deadline: None, revision: 0 });
            assert_eq!(snapshot.product(TICKET).unwrap().product.version, version);
        }
        reader.join().unwrap();
    });
}
