//! What is to become of the rows, for people.

use std::fmt::Write as _;

use super::Unread;
use super::plan::{Fate, Plan, Shelf};

/// How many orders are named one by one.
const MAX_NAMED: usize = 50;

/// The plan as text.
pub(super) fn told(plan: &Plan, unread: &Unread) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail; so below.
    let _ = writeln!(
        text,
        "{:>10} {:>13} {:>13} {:>13} {:>13} {:>13}  name",
        "product", "total", "available", "holds", "pending", "sold"
    );
    for shelf in &plan.products {
        let Shelf { row, total, held, pending, sold, .. } = shelf;
        let total = u64::from(total.get());
        let available = total - held - pending - sold;
        let name = &row.terms.name;
        let _ = writeln!(
            text,
            "{:>10} {total:>13} {available:>13} {held:>13} {pending:>13} {sold:>13}  {name}",
            row.id.get()
        );
    }
    let count = |fates: &[Fate]| plan.orders.iter().filter(|o| fates.contains(&o.fate)).count();
    let _ = writeln!(
        text,
        "orders: {} pending, {} paid, {} cancelled, {} expired, {} refund_due; live holds: {}; \
         payment events: {}",
        count(&[Fate::Pending]),
        count(&[Fate::Paid]),
        count(&[Fate::Cancelled, Fate::GivenUp]),
        count(&[Fate::Expired]),
        count(&[Fate::RefundDue]),
        plan.holds.iter().filter(|hold| hold.fits).count(),
        plan.orders.iter().map(|order| order.reports.len()).sum::<usize>() + plan.strays.len(),
    );
    notes(&mut text, plan, unread);
    for shelf in plan.products.iter().filter(|shelf| shelf.is_oversold()) {
        let [sold, pending, held] = shelf.claimed;
        let _ = writeln!(
            text,
            "oversold: product {} has {} units, of which {sold} were paid, {pending} ordered and \
             {held} held",
            shelf.row.id, shelf.old_total
        );
    }
    excess(&mut text, plan);
    text.trim_end().to_owned()
}

/// What came otherwise than the old rows say, or not at all.
fn notes(text: &mut String, plan: &Plan, unread: &Unread) {
    let left_out = &plan.left_out;
    let notes = [
        (left_out.ended_holds, "holds left out, which had ended or expired"),
        (left_out.used_holds, "holds left out, which were used for orders that are not there"),
        (left_out.dropped_holds, "live holds left out, as you wished"),
        (left_out.shared_holds, "orders shared a hold with another one; each has one of its own"),
        (left_out.paid_after_all, "orders were paid, as their webhooks say, and not as they do"),
        (plan.strays.len(), "events of orders that are not there; they wait for them"),
        (left_out.events_of_no_order, "events left out, which name no order"),
        (
            left_out.unclear_events,
            "events left out, which had no effect yet: a repeat will have it",
        ),
        (left_out.repeated_events, "events left out, which are there twice"),
    ];
    for (count, note) in notes.into_iter().filter(|(count, _)| *count > 0) {
        let _ = writeln!(text, "note: {count} {note}");
    }
    if !unread.columns.is_empty() {
        let _ = writeln!(text, "columns not read: {}", unread.columns.join(", "));
    }
    if !unread.files.is_empty() {
        let _ = writeln!(text, "files not read: {}", unread.files.join(", "));
    }
}

/// The orders that there are no units for.
fn excess(text: &mut String, plan: &Plan) {
    let mut left = MAX_NAMED;
    for order in &plan.orders {
        let becomes = match order.fate {
            Fate::RefundDue => "was paid, and would be refund_due",
            Fate::GivenUp => "was pending, and would be cancelled",
            Fate::Paid | Fate::Pending | Fate::Cancelled | Fate::Expired => continue,
        };
        if left == 0 {
            let _ = writeln!(text, "  and more");
            return;
        }
        left -= 1;
        let product = plan.products[order.shelf].row.id;
        let (old, qty) = (&order.old, order.qty);
        let _ = writeln!(text, "  order {old} of {qty} units of product {product} {becomes}");
    }
    let dropped = plan.holds.iter().filter(|hold| !hold.fits).count();
    if dropped > 0 {
        let _ = writeln!(text, "  {dropped} live holds would be left out");
    }
}
