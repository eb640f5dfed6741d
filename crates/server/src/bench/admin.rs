//! Admin calls of the bench itself: few, so they are simple.

use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use hyper::{Method, Uri};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::connection::{Answer, Connection, NoAnswer};
use super::requests::Requests;
use super::target::Target;

/// How long an admin call may take: an audit of millions of rows takes seconds.
const ADMIN_TIMEOUT: Duration = Duration::from_secs(120);

/// Asks with the admin key, on a connection of its own.
pub(super) struct Admin {
    target: Target,
    connection: Connection,
    pub(super) requests: Requests,
}

/// A product, as far as a run needs it.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct ProductState {
    pub(super) id: u64,
    pub(super) total_stock: u32,
    pub(super) available_stock: u32,
    pub(super) held_stock: u32,
    pub(super) sold_stock: u32,
    pub(super) version: u64,
}

#[derive(Deserialize)]
struct Problem {
    code: String,
    detail: String,
}

impl Admin {
    pub(super) fn new(target: &Target, requests: Requests) -> Self {
        let connection = Connection::new(target, ADMIN_TIMEOUT);
        Self { target: target.clone(), connection, requests }
    }

    /// Another of the same.
    pub(super) fn another(&self) -> Self {
        Self::new(&self.target, self.requests.clone())
    }

    async fn call(
        &mut self,
        method: &Method,
        path: &str,
        body: &[u8],
    ) -> anyhow::Result<Answer<'_>> {
        let uri: Uri = path.parse().with_context(|| format!("address {path}"))?;
        self.requests.admin(self.connection.request(), method, &uri, body);
        let answer = self.connection.send().await;
        answer.map_err(|error| unanswered(&self.target, error))
    }

    /// The answer's body, which must be a success.
    pub(super) async fn read<T: DeserializeOwned>(
        &mut self,
        method: Method,
        path: &str,
        body: &[u8],
    ) -> anyhow::Result<T> {
        let answer = self.call(&method, path, body).await?;
        if !(200..300).contains(&answer.status) {
            bail!(refused(answer).context(format!("{method} {path}")));
        }
        serde_json::from_slice(answer.body)
            .with_context(|| format!("{method} {path}: not an answer of doorbuster"))
    }

    pub(super) async fn get<T: DeserializeOwned>(&mut self, path: &str) -> anyhow::Result<T> {
        self.read(Method::GET, path, b"").await
    }

    pub(super) async fn product(&mut self, id: u64) -> anyhow::Result<ProductState> {
        self.get(&format!("/api/products/{id}")).await
    }

    /// Delivers an empty webhook, and returns the status: 401 where the signature is not believed.
    pub(super) async fn try_webhook(&mut self) -> anyhow::Result<u16> {
        self.requests.webhook(self.connection.request(), "bench", b"{}");
        let answer = self.connection.send().await;
        Ok(answer.map_err(|error| unanswered(&self.target, error))?.status)
    }
}

/// What a refusal says, and what to do about it where that is clear.
fn refused(answer: Answer<'_>) -> anyhow::Error {
    if answer.status == 401 {
        return anyhow!(
            "the server does not accept this admin key: give the one it was started with, by \
             --admin-key or DOORBUSTER_ADMIN_KEY"
        );
    }
    match serde_json::from_slice::<Problem>(answer.body) {
        Ok(Problem { code, detail }) => anyhow!("{} {code}: {detail}", answer.status),
        Err(_) => anyhow!("status {}, and no problem of doorbuster's", answer.status),
    }
}

fn unanswered(target: &Target, error: NoAnswer) -> anyhow::Error {
    match error {
        NoAnswer::NotConnected(kind) => anyhow!(
            "no server answers at {target} ({kind}): start one with doorbuster serve, or let the \
             bench start its own with --self"
        ),
        NoAnswer::TimedOut | NoAnswer::Broken | NoAnswer::NotHttp => {
            anyhow!("{target}: {error}")
        }
    }
}
