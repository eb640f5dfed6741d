//! One buyer: what they do, step by step, and how far they were answered.

use serde_json::{Value, json};

use super::{Answer, Client, text, uuid};

/// One call.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Place,
    Release,
    Order,
    Cancel,
    Pay,
    Fail,
    Refund,
}

use Step::{Cancel, Fail, Order, Pay, Place, Refund, Release};

/// What buyers do, one after the other.
const PLANS: [&[Step]; 9] = [
    &[Place],
    &[Place, Release],
    &[Place, Order],
    &[Place, Order, Pay],
    &[Place, Order, Cancel],
    &[Place, Order, Fail],
    &[Place, Order, Pay, Refund],
    &[Pay, Place, Order],
    &[Place, Order, Cancel, Pay],
];

/// The status of a hold and of its order.
pub(crate) type State = (&'static str, &'static str);

/// One buyer: the plan, and how far it was answered.
pub(crate) struct Purchase {
    name: String,
    pub(crate) product: i64,
    pub(crate) qty: i64,
    plan: &'static [Step],
    /// How many steps were answered.
    answered: usize,
    /// How often the step after those was sent.
    sent: usize,
    pub(crate) hold_id: String,
    /// Empty where the server chooses it and has not said it yet.
    pub(crate) order_id: String,
    /// Whether the buyer chose it.
    chosen: bool,
    /// Whether the last answer was that of an earlier request.
    repeated: bool,
}

impl Purchase {
    /// The `n`th purchase of somebody.
    pub(crate) fn new(buyer: &str, n: usize, product: i64) -> Self {
        let plan = PLANS[n % PLANS.len()];
        let chosen = n.is_multiple_of(2) || plan[0] == Pay;
        Self {
            name: format!("{buyer}-{n}"),
            product,
            qty: i64::try_from(1 + n % 3).unwrap(),
            plan,
            answered: 0,
            sent: 0,
            hold_id: String::new(),
            order_id: if chosen { uuid() } else { String::new() },
            chosen,
            repeated: false,
        }
    }

    /// Whether all steps were answered.
    pub(crate) fn is_complete(&self) -> bool {
        self.answered == self.plan.len()
    }

    /// How many steps were answered.
    pub(crate) const fn answered(&self) -> usize {
        self.answered
    }

    /// Sends the next step to a node, as often as it takes: every step may be repeated without
    /// harm. Returns whether it was answered. The only other answer that a node may give is that it
    /// cannot commit now.
    pub(crate) fn step(&mut self, client: &Client) -> bool {
        let step = self.plan[self.answered];
        self.sent += 1;
        let Ok(answer) = self.send(step, client) else { return false };
        if answer.status == 503 {
            assert!(answer.header("retry-after").is_some(), "{}", answer.text());
            return false;
        }
        let made = matches!(step, Place | Order) && self.sent == 1;
        let good = if made { answer.status == 201 } else { (200..300).contains(&answer.status) };
        assert!(good, "{self} {step:?} sent {} times: {}", self.sent, answer.text());
        let body = answer.value();
        let replayed = answer.header("idempotency-replayed").is_some();
        self.repeated = replayed || body["result"] == "duplicate";
        if step == Place {
            self.hold_id = text(&body["hold_id"]).into();
        } else if step == Order {
            let order_id = text(&body["order_id"]);
            assert!(!self.chosen || self.order_id == order_id, "{self}: another order {order_id}");
            self.order_id = order_id.into();
        }
        self.answered += 1;
        self.sent = 0;
        true
    }

    fn send(&self, step: Step, client: &Client) -> Result<Answer, ureq::Error> {
        match step {
            Place => client
                .place(self.product, u32::try_from(self.qty).unwrap())
                .header("Idempotency-Key", &self.name),
            Release => client.delete(&format!("/api/holds/{}", self.hold_id)),
            Order if self.chosen => client
                .post("/api/orders")
                .json(&json!({"hold_id": self.hold_id, "order_id": self.order_id})),
            Order => client.order(&self.hold_id).header("Idempotency-Key", &self.name),
            Cancel => client.post(&format!("/api/orders/{}/cancel", self.order_id)),
            Pay => client.webhook(&self.event("paid")),
            Fail => client.webhook(&self.event("failed")),
            Refund => client
                .post(&format!("/api/orders/{}/refund", self.order_id))
                .admin()
                .json(&json!({"restock": true})),
        }
        .try_send()
    }

    fn event(&self, status: &str) -> Value {
        let event_id = format!("{status}-{}", self.name);
        json!({"event_id": event_id, "order_id": self.order_id, "status": status})
    }

    /// The payment events that were answered.
    pub(crate) fn events(&self) -> impl Iterator<Item = String> {
        self.plan[..self.answered].iter().filter_map(|step| match step {
            Pay => Some(format!("paid-{}", self.name)),
            Fail => Some(format!("failed-{}", self.name)),
            Place | Release | Order | Cancel | Refund => None,
        })
    }

    /// Whether the next step was sent, and nobody knows what became of it.
    pub(crate) fn is_in_doubt(&self) -> bool {
        self.sent > 0
    }

    /// Where the hold and the order must be by what was answered; empty where there is none.
    pub(crate) fn state(&self) -> State {
        Self::state_after(&self.plan[..self.answered])
    }

    /// Where they may be: what was answered is there, and what was only sent may be.
    pub(crate) fn possible_states(&self) -> Vec<State> {
        let mut states = vec![self.state()];
        if self.is_in_doubt() {
            states.push(Self::state_after(&self.plan[..=self.answered]));
        }
        states
    }

    /// After a restart: what was answered is there, what was only sent may be, and sent again it is
    /// answered. Returns whether what was only sent had been done.
    pub(crate) fn verify_and_go_on(&mut self, client: &Client) -> bool {
        let found = self.verify(client);
        if !self.is_in_doubt() {
            return false;
        }
        let before = self.state();
        assert!(self.step(client), "{self}");
        self.verify(client);
        // Some answers are the same the second time: then the rows had changed before.
        let moved = found.is_some_and(|found| found != before && found == self.state());
        moved || self.repeated
    }

    /// The state, which is one of those that are possible; `None` where nobody knows the hold's id,
    /// which the retry under its key will find.
    fn verify(&self, client: &Client) -> Option<State> {
        if self.hold_id.is_empty() {
            return None;
        }
        let find = |path: String| {
            let answer = client.get(&path).send();
            if answer.status == 404 { Value::Null } else { answer.expect(200) }
        };
        let status = |found: &Value| found["status"].as_str().unwrap_or_default().to_owned();
        let hold = find(format!("/api/holds/{}", self.hold_id));
        // Where the server chose it, the hold may be all that knows it.
        let order_id = hold["order_id"].as_str().unwrap_or(&self.order_id);
        let order = find(format!("/api/orders/{order_id}"));
        let (hold, order) = (status(&hold), status(&order));
        let possible = self.possible_states();
        let state = possible.iter().find(|state| **state == (hold.as_str(), order.as_str()));
        assert!(state.is_some(), "{self}: is ({hold}, {order}), not one of {possible:?}",);
        state.copied()
    }

    fn state_after(steps: &[Step]) -> State {
        let early = steps.first() == Some(&Pay);
        let mut state = ("", "");
        for step in steps {
            state = match step {
                Place => ("active", ""),
                Release => ("released", ""),
                Order if early => ("used", "paid"),
                Order => ("used", "pending"),
                Cancel | Fail => ("used", "cancelled"),
                Pay if state.1.is_empty() => state,
                Pay => ("used", "paid"),
                Refund => ("used", "refunded"),
            };
        }
        state
    }
}

impl std::fmt::Display for Purchase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?}, {} answered", self.name, self.plan, self.answered)
    }
}
