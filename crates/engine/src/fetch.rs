//! Fetching: which committed rows a command can touch, for stores that look them up one by one.

use doorbuster_domain::{
    Command, CreateOrder, CustomerId, EventKey, EventResult, Hold, HoldId, HoldState, Ledger,
    NewOrderId, Order, OrderId, PaymentEvent, PaymentReport, PlaceHold, ProductId,
    RememberedRequest, RequestKey,
};

/// Looks up committed rows.
pub trait Rows {
    /// What a look-up can fail with.
    type Error;

    /// A hold in any state.
    ///
    /// # Errors
    /// When the store cannot be read; so for all of these.
    fn hold(&mut self, id: HoldId) -> Result<Option<Hold>, Self::Error>;

    /// An order in any state.
    #[expect(clippy::missing_errors_doc, reason = "see Rows::hold")]
    fn order(&mut self, id: OrderId) -> Result<Option<Order>, Self::Error>;

    /// A payment event.
    #[expect(clippy::missing_errors_doc, reason = "see Rows::hold")]
    fn event(&mut self, key: &EventKey) -> Result<Option<PaymentEvent>, Self::Error>;

    /// The events that wait for an order, in the order of their arrival.
    #[expect(clippy::missing_errors_doc, reason = "see Rows::hold")]
    fn waiting_events(&mut self, id: OrderId) -> Result<Vec<PaymentEvent>, Self::Error>;

    /// A remembered request.
    #[expect(clippy::missing_errors_doc, reason = "see Rows::hold")]
    fn request(&mut self, key: &RequestKey) -> Result<Option<RememberedRequest>, Self::Error>;

    /// How many units of a product a customer has; `None` and zero mean the same.
    #[expect(clippy::missing_errors_doc, reason = "see Rows::hold")]
    fn customer(
        &mut self,
        product_id: ProductId,
        customer_id: &CustomerId,
    ) -> Result<Option<u32>, Self::Error>;
}

/// Brings every row that `commands` can touch into `ledger`, which has all live rows already.
///
/// # Errors
/// When a look-up fails.
pub fn fetch<R: Rows>(
    ledger: &mut Ledger,
    rows: &mut R,
    commands: &[Command],
) -> Result<(), R::Error> {
    let mut fetch = Fetch { ledger, rows };
    commands.iter().try_for_each(|command| fetch.command(command))
}

struct Fetch<'a, R> {
    ledger: &'a mut Ledger,
    rows: &'a mut R,
}

impl<R: Rows> Fetch<'_, R> {
    fn command(&mut self, command: &Command) -> Result<(), R::Error> {
        match command {
            Command::PlaceHold(place) => self.place_hold(place),
            Command::ReleaseHold(id) | Command::ExtendHold(id) => self.hold(*id),
            Command::CreateOrder(create) => self.create_order(create),
            Command::CancelOrder(id) => self.order(*id),
            Command::RefundOrder(refund) => self.order(refund.order_id),
            Command::RecordPayment(report) => self.record_payment(report),
            // Products, and whatever falls due, are live rows.
            Command::CreateProduct(_) | Command::ChangeProduct(_) | Command::ExpireDue { .. } => {
                Ok(())
            }
        }
    }

    fn place_hold(&mut self, place: &PlaceHold) -> Result<(), R::Error> {
        if let Some(key) = place.request_key()
            && let Some(made) = self.request(&key)?
        {
            self.hold(HoldId::new(made))?;
        }
        self.customer(place.product_id, place.customer_id.as_ref())
    }

    fn create_order(&mut self, create: &CreateOrder) -> Result<(), R::Error> {
        if let Some(key) = create.request_key()
            && let Some(made) = self.request(&key)?
        {
            self.order(OrderId::new(made))?;
        }
        self.hold(create.hold_id)?;
        if let Some(HoldState::Used { order_id }) =
            self.ledger.hold(create.hold_id).map(|hold| hold.state)
        {
            self.order(order_id)?;
        }
        match create.order_id {
            NewOrderId::Fresh(_) => Ok(()), // nobody can have named it before
            NewOrderId::Chosen(id) => {
                self.order(id)?;
                self.waiting_events(id)
            }
        }
    }

    fn record_payment(&mut self, report: &PaymentReport) -> Result<(), R::Error> {
        if self.ledger.event(&report.key).is_none()
            && let Some(event) = self.rows.event(&report.key)?
        {
            // One that waits comes with all that wait for its order, in the order of arrival.
            if event.result == EventResult::Stored {
                self.waiting_events(event.order_id)?;
            } else {
                self.ledger.fetched_event(event);
            }
        }
        self.order(report.order_id)
    }

    fn waiting_events(&mut self, id: OrderId) -> Result<(), R::Error> {
        for event in self.rows.waiting_events(id)? {
            self.ledger.fetched_event(event);
        }
        Ok(())
    }

    fn hold(&mut self, id: HoldId) -> Result<(), R::Error> {
        if self.ledger.hold(id).is_none()
            && let Some(hold) = self.rows.hold(id)?
        {
            self.ledger.fetched_hold(hold);
        }
        Ok(())
    }

    /// An order, and its customer, whose units change when it is paid late or refunded.
    fn order(&mut self, id: OrderId) -> Result<(), R::Error> {
        if self.ledger.order(id).is_none()
            && let Some(order) = self.rows.order(id)?
        {
            self.customer(order.product_id, order.customer_id.as_ref())?;
            self.ledger.fetched_order(order);
        }
        Ok(())
    }

    fn request(&mut self, key: &RequestKey) -> Result<Option<uuid::Uuid>, R::Error> {
        if let Some(known) = self.ledger.request(key) {
            return Ok(Some(known.made));
        }
        let Some(request) = self.rows.request(key)? else {
            return Ok(None);
        };
        let made = request.made;
        self.ledger.fetched_request(request);
        Ok(Some(made))
    }

    fn customer(
        &mut self,
        product_id: ProductId,
        customer_id: Option<&CustomerId>,
    ) -> Result<(), R::Error> {
        let Some(customer_id) = customer_id else {
            return Ok(());
        };
        if self.ledger.knows_customer(product_id, customer_id) {
            return Ok(());
        }
        if let Some(units) = self.rows.customer(product_id, customer_id)? {
            self.ledger.fetched_customer(product_id, customer_id.clone(), units);
        }
        Ok(())
    }
}
