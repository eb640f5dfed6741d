//! What visitors come for.

use clap::ValueEnum;

use super::options::Shares;
use super::quantities::Quantities;

/// A kind of run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// A crowd for few units, all at the bell; whoever gets some goes on to pay
    Sellout,
    /// Holds on endless stock, nothing else
    Holds,
    /// Hold, order, signed payment webhook, on plenty of stock
    Checkout,
    /// Holds on a product that has nothing left
    Soldout,
    /// Looks at products
    Browse,
    /// Seven visitors of ten look, three check out
    Mixed,
}

/// Of ten visitors of the mixed scenario, so many only look.
const LOOKERS_OF_TEN: u32 = 7;

/// The most stock that a product can have.
pub(super) const ENDLESS_STOCK: u32 = 1_000_000_000;

/// What one visitor does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Visit {
    /// Which product, as an index.
    pub(super) product: usize,
    /// Which customer, where customers have names.
    pub(super) customer: Option<u64>,
    /// What for.
    pub(super) purpose: Purpose,
}

/// What a visitor comes for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Looks at the product.
    Look,
    /// Takes units, and may go on.
    Buy {
        /// How many units.
        qty: u32,
        /// What happens after the hold; `None`: nothing.
        then: Option<Payment>,
    },
}

/// How a buyer with a hold goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Payment {
    /// The payment fails.
    pub(super) failed: bool,
    /// The provider tells it twice, the second time at once on another connection.
    pub(super) duplicate: bool,
    /// It arrives when the order has been cancelled.
    pub(super) late: bool,
    /// It arrives before the order exists.
    pub(super) early: bool,
}

impl Scenario {
    /// Its name on the command line and in reports.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Sellout => "sellout",
            Self::Holds => "holds",
            Self::Checkout => "checkout",
            Self::Soldout => "soldout",
            Self::Browse => "browse",
            Self::Mixed => "mixed",
        }
    }

    /// Whether payments are part of it.
    pub(super) const fn pays(self) -> bool {
        match self {
            Self::Sellout | Self::Checkout | Self::Mixed => true,
            Self::Holds | Self::Soldout | Self::Browse => false,
        }
    }

    /// Units of each product where the operator names none.
    pub(super) const fn default_stock(self) -> u32 {
        match self {
            Self::Sellout => 100,
            Self::Soldout => 1,
            Self::Holds | Self::Checkout | Self::Browse | Self::Mixed => ENDLESS_STOCK,
        }
    }

    /// What visitor number `index` does. It follows from the seed and the number alone, however the
    /// visitors are dealt to threads.
    pub(super) fn visit(self, index: u64, crowd: &Crowd) -> Visit {
        let random = &mut fastrand::Rng::with_seed(crowd.seed ^ index.wrapping_mul(GOLDEN));
        let product = random.usize(0..crowd.products);
        let customer = match (self, crowd.buyers) {
            (_, None) => None,
            // Everyone in the crowd comes once.
            (Self::Sellout, Some(_)) => Some(index),
            (_, Some(buyers)) => Some(random.u64(0..buyers)),
        };
        let looks = match self {
            Self::Browse => true,
            Self::Mixed => random.u32(0..10) < LOOKERS_OF_TEN,
            Self::Sellout | Self::Holds | Self::Checkout | Self::Soldout => false,
        };
        if looks {
            return Visit { product, customer, purpose: Purpose::Look };
        }
        let qty = crowd.quantities.draw(random);
        let then = (self.pays() && !crowd.shares.abandoned.draw(random))
            .then(|| Payment::draw(&crowd.shares, random));
        Visit { product, customer, purpose: Purpose::Buy { qty, then } }
    }
}

/// 2^64 divided by the golden ratio: spreads consecutive numbers over all seeds.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// Who comes, as far as the options say.
#[derive(Clone, Debug)]
pub(super) struct Crowd {
    pub(super) seed: u64,
    pub(super) products: usize,
    pub(super) buyers: Option<u64>,
    pub(super) quantities: Quantities,
    pub(super) shares: Shares,
}

impl Payment {
    fn draw(shares: &Shares, random: &mut fastrand::Rng) -> Self {
        let failed = shares.failed.draw(random);
        let duplicate = shares.duplicate.draw(random);
        let early = shares.early.draw(random);
        // What came before the order cannot come after its end as well.
        let late = shares.late.draw(random) && !early;
        Self { failed, duplicate, late, early }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crowd(seed: u64) -> Crowd {
        let half = "0.5".parse().unwrap();
        let shares =
            Shares { abandoned: half, failed: half, duplicate: half, late: half, early: half };
        Crowd { seed, products: 3, buyers: Some(7), quantities: "1-4".parse().unwrap(), shares }
    }

    #[test]
    fn a_seed_decides_everything_and_another_decides_otherwise() {
        let visits = |seed| -> Vec<Visit> {
            (0..100).map(|index| Scenario::Mixed.visit(index, &crowd(seed))).collect()
        };
        assert_eq!(visits(1), visits(1));
        assert_ne!(visits(1), visits(2));
    }

    #[test]
    fn every_kind_of_visitor_comes_and_none_that_cannot_be() {
        let visits: Vec<Visit> =
            (0..1000).map(|index| Scenario::Mixed.visit(index, &crowd(1))).collect();
        let looking = visits.iter().filter(|visit| visit.purpose == Purpose::Look).count();
        assert!((600..800).contains(&looking), "{looking}");
        let payments: Vec<Payment> = visits
            .iter()
            .filter_map(|visit| match visit.purpose {
                Purpose::Look => None,
                Purpose::Buy { then, .. } => then,
            })
            .collect();
        for kind in [
            |payment: &Payment| payment.failed,
            |payment: &Payment| payment.duplicate,
            |payment: &Payment| payment.late,
            |payment: &Payment| payment.early,
        ] {
            assert!(payments.iter().any(kind) && !payments.iter().all(kind));
        }
        assert!(!payments.iter().any(|payment| payment.late && payment.early));
        for scenario in [Scenario::Holds, Scenario::Soldout] {
            assert!((0..100).all(|index| matches!(
                scenario.visit(index, &crowd(1)).purpose,
                Purpose::Buy { then: None, .. }
            )));
        }
    }
}
