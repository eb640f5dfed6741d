//! Lanes: several engines over one store, each deciding the commands of some of the products.
//!
//! A product's commands go to one lane, so that they share batches instead of waiting for each
//! other's locks. Most commands name a hold or an order only, so an id that the server makes
//! carries a mark of its product, eight of the 74 bits that would be random otherwise. A lane is a
//! matter of speed: the store's locks make it right whichever lane decides.

use doorbuster_domain::{Command, OrderId, ProductId};
use uuid::Uuid;

/// How many lanes there can be: as many as marks.
const MOST: usize = 256;

/// Where the mark is in an id: the low eight bits of `rand_a` of a version 7 UUID (RFC 9562 §5.7).
const MARK_SHIFT: u32 = 64;

/// A number of lanes: a power of two up to 256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lanes(usize);

/// There cannot be so many lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the number of lanes is a power of two up to {MOST}, not {0}")]
pub struct NotLanes(usize);

impl Lanes {
    /// So many lanes.
    ///
    /// # Errors
    /// When it is not a power of two, or above 256.
    pub const fn new(lanes: usize) -> Result<Self, NotLanes> {
        if lanes.is_power_of_two() && lanes <= MOST {
            Ok(Self(lanes))
        } else {
            Err(NotLanes(lanes))
        }
    }

    /// How many.
    #[must_use]
    pub const fn get(self) -> usize {
        self.0
    }

    /// The lane of a product, from 0.
    #[must_use]
    pub fn of_product(self, id: ProductId) -> usize {
        lane_of_product(id, self.0)
    }
}

/// What ids of a product's holds and orders are marked with.
pub(crate) const fn mark_of_product(id: ProductId) -> u8 {
    id.get().to_le_bytes()[0]
}

/// The mark of an id; of one that somebody else made, any.
pub(crate) const fn mark_of(id: Uuid) -> u8 {
    id.as_u128().to_le_bytes()[MARK_SHIFT as usize / 8]
}

/// The id with this mark.
pub(crate) const fn marked(id: Uuid, mark: u8) -> Uuid {
    let rest = id.as_u128() & !(0xff << MARK_SHIFT);
    Uuid::from_u128(rest | (mark as u128) << MARK_SHIFT)
}

/// The lane of a product. The number of lanes is a power of two.
pub(crate) fn lane_of_product(id: ProductId, lanes: usize) -> usize {
    usize::from(mark_of_product(id)) % lanes
}

/// The lane that a command belongs to. The number of lanes is a power of two.
pub(crate) fn lane_of(command: &Command, lanes: usize) -> usize {
    let of_order = |id: &OrderId| mark_of(id.uuid());
    let mark = match command {
        Command::PlaceHold(place) => mark_of_product(place.product_id),
        Command::ReleaseHold(id) | Command::ExtendHold(id) => mark_of(id.uuid()),
        Command::CreateOrder(create) => mark_of(create.hold_id.uuid()),
        Command::CancelOrder(id) => of_order(id),
        Command::RecordPayment(report) => of_order(&report.order_id),
        Command::RefundOrder(refund) => of_order(&refund.order_id),
        Command::CreateProduct(create) => create.id.map_or(0, mark_of_product),
        Command::ChangeProduct(change) => mark_of_product(change.product_id),
        Command::ExpireDue { .. } => 0,
    };
    usize::from(mark) % lanes
}

#[cfg(test)]
mod tests {
    use doorbuster_domain::{CreateOrder, HoldId, NewOrderId, Timestamp};

    use super::*;
    use crate::fresh_uuid;

    #[test]
    fn a_power_of_two_up_to_256_is_a_number_of_lanes() {
        for (lanes, good) in
            [(0, false), (1, true), (3, false), (4, true), (256, true), (512, false)]
        {
            assert_eq!(Lanes::new(lanes).is_ok(), good, "{lanes}");
        }
    }

    #[test]
    fn holds_and_orders_go_to_the_lane_of_their_product() {
        let now = Timestamp::from_millis(1_795_770_000_123);
        for product in [1, 2, 255, 256, 1_000_003] {
            let product_id = ProductId::new(product).unwrap();
            let plain = fresh_uuid(now);
            let hold = marked(plain, mark_of_product(product_id));
            let order = marked(fresh_uuid(now), mark_of(hold));
            let order_id = NewOrderId::Fresh(OrderId::new(order));
            let (hold_id, idempotency_key) = (HoldId::new(hold), None);
            for lanes in [2, 4, 16, 256] {
                let lane = lane_of_product(product_id, lanes);
                assert!(lane < lanes);
                let create =
                    CreateOrder { hold_id, order_id, idempotency_key: idempotency_key.clone() };
                assert_eq!(lane_of(&Command::ReleaseHold(hold_id), lanes), lane);
                assert_eq!(lane_of(&Command::CreateOrder(create), lanes), lane);
                assert_eq!(lane_of(&Command::CancelOrder(order_id.id()), lanes), lane);
            }
            assert_eq!(hold.get_version_num(), 7);
            assert_eq!(hold.get_variant(), uuid::Variant::RFC4122);
            let mark = 0xff << MARK_SHIFT;
            assert_eq!(hold.as_u128() & !mark, plain.as_u128() & !mark, "all else is as it was");
        }
    }
}
