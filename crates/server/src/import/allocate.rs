//! Who gets the units that there are.

use doorbuster_domain::TotalStock;

use super::plan::{Fate, Plan, Shelf};
use super::rows::Stock;
use super::table::{Problem, Problems};

/// Who comes first when there is not enough for all.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    Paid,
    Pending,
    Held,
}

/// Gives out the units: paid orders first, then pending ones, then holds, each in order of time.
pub(super) fn allocate(plan: &mut Plan, file: &str, problems: &mut Problems) {
    let mut claims = Vec::new();
    for (place, order) in plan.orders.iter().enumerate() {
        match order.fate {
            Fate::Paid => claims.push((order.shelf, Claim::Paid, order.ended_at, place)),
            Fate::Pending => claims.push((order.shelf, Claim::Pending, order.ordered_at, place)),
            Fate::RefundDue | Fate::GivenUp | Fate::Cancelled | Fate::Expired => {}
        }
    }
    for (place, hold) in plan.holds.iter().enumerate() {
        claims.push((hold.shelf, Claim::Held, hold.placed_at, place));
    }
    claims.sort_unstable();
    let qty = |plan: &Plan, claim: Claim, place: usize| {
        let (orders, holds) = (&plan.orders, &plan.holds);
        let qty = if claim == Claim::Held { holds[place].qty } else { orders[place].qty };
        u64::from(qty.get())
    };
    for &(shelf, claim, _, place) in &claims {
        let units = qty(plan, claim, place);
        plan.products[shelf].claimed[claim as usize] += units;
    }
    for shelf in &mut plan.products {
        count_total(shelf, file, problems);
    }
    for (shelf, claim, _, place) in claims {
        let units = qty(plan, claim, place);
        let shelf = &mut plan.products[shelf];
        let given = shelf.sold + shelf.pending + shelf.held;
        let fits = given + units <= u64::from(shelf.total.get());
        match claim {
            Claim::Paid if fits => shelf.sold += units,
            Claim::Paid => plan.orders[place].fate = Fate::RefundDue,
            Claim::Pending if fits => shelf.pending += units,
            Claim::Pending => plan.orders[place].fate = Fate::GivenUp,
            Claim::Held if fits => shelf.held += units,
            Claim::Held => plan.holds[place].fits = false,
        }
    }
}

/// All units of a product, from what its stock counts and what had been taken off it.
fn count_total(shelf: &mut Shelf, file: &str, problems: &mut Problems) {
    let gone = match shelf.row.counts {
        Stock::Total => 0,
        Stock::Unsold => shelf.gone.with_payments,
        Stock::Available => shelf.gone.with_holds,
    };
    let gone = i64::try_from(gone).unwrap_or(i64::MAX);
    shelf.old_total = shelf.row.stock.saturating_add(gone);
    let total = u32::try_from(shelf.old_total.max(0)).ok().and_then(TotalStock::new);
    match total {
        Some(total) => shelf.total = total,
        None => problems.add(Problem {
            file: file.to_owned(),
            line: Some(shelf.row.line),
            column: Some("stock".into()),
            why: "comes to more than 1000000000 units with those that are sold".into(),
        }),
    }
}
