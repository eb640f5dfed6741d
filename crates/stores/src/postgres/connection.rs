//! One connection: statements prepared once, sent without waiting for each other's answers.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::error::Severity;
use tokio_postgres::types::ToSql;
use tokio_postgres::{AsyncMessage, Client, Error, Row, Statement};

use super::address::Address;
use super::sql;

/// How long a server may take over anything, connecting included, before the connection is given
/// up. Longer than any of the server's own limits below.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);

/// What is set on each connection that writes: must succeed.
const LIMITS: &str = "
    SET statement_timeout = '5s';
    SET lock_timeout = '3s';
    -- A node that stops in the middle of a batch keeps its locks no longer than this.
    SET idle_in_transaction_session_timeout = '2s';
";

/// The same, on databases that know it. All that a batch asks for is found by an index, whatever
/// the tables' statistics say, and nobody has time to plan the same query again.
const PLANS: [&str; 7] = [
    "SET plan_cache_mode = force_generic_plan",
    "SET enable_seqscan = off",
    "SET enable_hashjoin = off",
    "SET enable_mergejoin = off",
    "SET enable_bitmapscan = off",
    "SET enable_material = off",
    "SET jit = off",
];

/// Parameters of a statement.
pub(super) type Params<'p> = Vec<Param<'p>>;

/// One of them.
pub(super) type Param<'p> = Box<dyn ToSql + Send + Sync + 'p>;

/// One column of some rows, as an array.
pub(super) fn column<'p, R: Copy, T: ToSql + Send + Sync + 'p>(
    rows: &[R],
    value: impl Fn(R) -> T,
) -> Param<'p> {
    Box::new(rows.iter().map(|row| value(*row)).collect::<Vec<T>>())
}

/// A statement with its parameters.
pub(super) type Request<'p> = (sql::Name, Params<'p>);

/// Why something sent was not done.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    /// The server says why. Nothing of the transaction will be durable.
    #[error("{}", said(.0))]
    Refused(#[source] Error),
    /// The connection is of no use any more; what became of what was sent is not known.
    #[error("the connection to the database is lost")]
    Lost(#[source] Option<Error>),
    /// It was done, but a server that should have a copy does not.
    #[error("waiting for the synchronous standby was cut short")]
    NotReplicated,
}

/// A refusal in one line.
fn said(error: &Error) -> String {
    error.as_db_error().map_or_else(
        || error.to_string(),
        |refusal| format!("{} ({})", refusal.message(), refusal.code().code()),
    )
}

impl SendError {
    fn of(error: Error) -> Self {
        // FATAL and PANIC end the connection too, whatever had been done before.
        let severity = error.as_db_error().and_then(|refusal| refusal.parsed_severity());
        match severity {
            Some(Severity::Error) => Self::Refused(error),
            _ => Self::Lost(Some(error)),
        }
    }

    /// The server's code (SQLSTATE) of a refusal.
    pub(super) fn code(&self) -> Option<&str> {
        match self {
            Self::Refused(error) => error.code().map(|code| code.code()),
            Self::Lost(_) | Self::NotReplicated => None,
        }
    }
}

/// A connection that writes.
pub(super) struct Connection {
    client: Client,
    statements: Vec<Statement>,
    /// The server warned since this was last taken.
    warned: Arc<AtomicBool>,
    driver: JoinHandle<()>,
}

impl Connection {
    /// Connects to a server that takes writes and prepares all statements.
    pub(super) async fn open(address: &Address) -> Result<Self, SendError> {
        within(Self::opened(address)).await
    }

    async fn opened(address: &Address) -> Result<Self, SendError> {
        let warned = Arc::<AtomicBool>::default();
        let (client, driver) = address.connect(notices(&warned)).await?;
        let mut connection = Self { client, statements: Vec::new(), warned, driver };
        connection.client.batch_execute(LIMITS).await.map_err(SendError::of)?;
        for plan in PLANS {
            let _ = connection.client.batch_execute(plan).await; // a database that does not know it
        }
        let client = &connection.client;
        let mut prepared = Vec::with_capacity(sql::ALL.len());
        for statement in sql::ALL.iter() {
            prepared.push(Sent::now(async move { client.prepare(statement).await }));
        }
        let mut statements = Vec::with_capacity(sql::ALL.len());
        for statement in prepared {
            statements.push(statement.await.map_err(SendError::of)?);
        }
        connection.statements = statements;
        Ok(connection)
    }

    /// Whether the server is known to be gone.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Sends all of `requests` at once and returns the answers in the same order; the first error
    /// is that of the earliest statement that failed.
    pub(super) async fn send(
        &self,
        requests: Vec<Request<'_>>,
    ) -> Result<Vec<Vec<Row>>, SendError> {
        within(self.sent(requests)).await
    }

    /// The same for work that takes as long as it takes.
    pub(super) async fn send_unhurried(
        &self,
        requests: Vec<Request<'_>>,
    ) -> Result<Vec<Vec<Row>>, SendError> {
        self.sent(requests).await
    }

    async fn sent(&self, requests: Vec<Request<'_>>) -> Result<Vec<Vec<Row>>, SendError> {
        let mut sent = Vec::with_capacity(requests.len());
        for (name, params) in requests {
            let one = Sent::now(self.one(name, params));
            // One that could not even be sent must not have a COMMIT behind it.
            let failed = matches!(one.done, Some(Err(_)));
            sent.push(one);
            if failed {
                break;
            }
        }
        let mut answers = Vec::with_capacity(sent.len());
        for answer in sent {
            answers.push(answer.await?);
        }
        Ok(answers)
    }

    async fn one(&self, name: sql::Name, params: Params<'_>) -> Result<Vec<Row>, SendError> {
        let Some(statement) = self.statements.get(name as usize) else {
            return Err(SendError::Lost(None)); // it was not opened
        };
        let params: Vec<&(dyn ToSql + Sync)> =
            params.iter().map(|param| &**param as &(dyn ToSql + Sync)).collect();
        self.client.query(statement, &params).await.map_err(SendError::of)
    }

    /// The same for requests of which the last is a COMMIT. Any refusal means that nothing was
    /// committed.
    pub(super) async fn commit(
        &self,
        requests: Vec<Request<'_>>,
    ) -> Result<Vec<Vec<Row>>, SendError> {
        within(self.commit_unhurried(requests)).await
    }

    /// The same for work that takes as long as it takes.
    pub(super) async fn commit_unhurried(
        &self,
        requests: Vec<Request<'_>>,
    ) -> Result<Vec<Vec<Row>>, SendError> {
        self.warned.store(false, Ordering::Release);
        let answers = self.sent(requests).await?;
        // The warning comes before the answer to the COMMIT, by the same way. Its text is in the
        // server's language, and a COMMIT has no other.
        if self.warned.swap(false, Ordering::AcqRel) {
            return Err(SendError::NotReplicated);
        }
        Ok(answers)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort(); // closes the socket, and the server rolls back
    }
}

async fn within<T>(answer: impl Future<Output = Result<T, SendError>>) -> Result<T, SendError> {
    timeout(ANSWER_WITHIN, answer).await.unwrap_or(Err(SendError::Lost(None)))
}

/// Notes warnings, of which one means that a commit may have been left on a single server.
fn notices(warned: &Arc<AtomicBool>) -> impl Fn(AsyncMessage) + Send + 'static {
    let warned = warned.clone();
    move |message| {
        if let AsyncMessage::Notice(notice) = message
            && notice.parsed_severity() == Some(Severity::Warning)
        {
            tracing::warn!(notice = notice.message(), "the database warns");
            warned.store(true, Ordering::Release);
        }
    }
}

/// A request that is on its way: it was polled once when it was made, and so was sent then.
struct Sent<F: Future> {
    future: Pin<Box<F>>,
    done: Option<F::Output>,
}

impl<F: Future> Sent<F> {
    fn now(future: F) -> Self {
        let mut future = Box::pin(future);
        let done = match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        };
        Self { future, done }
    }
}

impl<F: Future> Future for Sent<F>
where
    F::Output: Unpin,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        match self.done.take() {
            Some(output) => Poll::Ready(output),
            None => self.future.as_mut().poll(context),
        }
    }
}
