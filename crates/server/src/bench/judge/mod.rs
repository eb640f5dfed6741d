//! The judgement: the client's account against the server's. A pure function of the two, so that
//! every way to cheat has a row in its tests.
//!
//! A request whose answer never came may have been done or not; either is right. Everything else is
//! held to what was said.

mod holds;
mod journal;
mod orders;
mod oversold;
mod payments;

use super::account::ClientAccount;
use super::server_account::ServerAccount;

/// How many findings of a kind are told in words; all are counted.
const TOLD_IN_WORDS: u64 = 5;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// More units were taken at once than there are.
    Oversold,
    /// Something acknowledged is not there, or is not as it was acknowledged.
    Lost,
    /// One thing has two effects.
    Doubled,
    /// Something that nobody asked for, or books that do not add up.
    Unexpected,
}

/// How often something is wrong, and how many units it concerns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) cases: u64,
    pub(super) units: u64,
}

/// One thing that is wrong, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) kind: Kind,
    pub(super) text: String,
}

/// How much was compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Compared {
    pub(super) holds: u64,
    pub(super) orders: u64,
    pub(super) deliveries: u64,
    pub(super) journal_entries: u64,
}

/// What the comparison came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Judgement {
    pub(super) oversold: Count,
    pub(super) lost: Count,
    pub(super) doubled: Count,
    pub(super) unexpected: Count,
    /// Requests whose answer never came.
    pub(super) unknown: u64,
    pub(super) compared: Compared,
    /// The first few of each kind.
    pub(super) findings: Vec<Finding>,
    /// Rules that the server's audit found broken on products of others.
    pub(super) elsewhere: u64,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::Oversold, Self::Lost, Self::Doubled, Self::Unexpected];

    /// Its name in results.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Oversold => "oversold",
            Self::Lost => "lost",
            Self::Doubled => "doubled",
            Self::Unexpected => "unexpected",
        }
    }
}

impl Judgement {
    /// Whether nothing is wrong.
    pub(super) fn is_ok(&self) -> bool {
        Kind::ALL.iter().all(|kind| self.count(*kind).cases == 0)
    }

    /// How much of this kind is wrong.
    pub(super) const fn count(&self, kind: Kind) -> Count {
        match kind {
            Kind::Oversold => self.oversold,
            Kind::Lost => self.lost,
            Kind::Doubled => self.doubled,
            Kind::Unexpected => self.unexpected,
        }
    }

    /// Notes that something is wrong with `units` units.
    fn find(&mut self, kind: Kind, units: u64, text: impl FnOnce() -> String) {
        let count = match kind {
            Kind::Oversold => &mut self.oversold,
            Kind::Lost => &mut self.lost,
            Kind::Doubled => &mut self.doubled,
            Kind::Unexpected => &mut self.unexpected,
        };
        count.cases += 1;
        count.units += units;
        if count.cases <= TOLD_IN_WORDS {
            self.findings.push(Finding { kind, text: text() });
        }
    }
}

/// Compares what the client was told with what the server has.
pub(super) fn judge(client: &ClientAccount, server: &ServerAccount) -> Judgement {
    let mut judgement = Judgement {
        unknown: client.unknown(),
        elsewhere: server.audit.elsewhere,
        compared: Compared {
            holds: client.holds.len() as u64,
            orders: client.orders.len() as u64,
            deliveries: client.deliveries.len() as u64,
            journal_entries: server.products.iter().map(|rows| rows.journal.len() as u64).sum(),
        },
        ..Judgement::default()
    };
    oversold::check(client, server, &mut judgement);
    holds::check(client, server, &mut judgement);
    orders::check(client, server, &mut judgement);
    payments::check(client, server, &mut judgement);
    for product in &server.products {
        journal::check(product, &mut judgement);
    }
    for _ in 0..client.unreadable {
        judgement.find(Kind::Unexpected, 0, || {
            "an answer said that something was done, and cannot be understood".to_owned()
        });
    }
    for broken in &server.audit.ours {
        judgement.find(Kind::Unexpected, 0, || format!("the server's audit: {broken}"));
    }
    judgement
}

#[cfg(test)]
mod tests;
