//! A schema of its own for each test, on the one server of all tests.

use doorbuster_engine::Lanes;
use doorbuster_stores::postgres::{Address, Opened, open};
use tokio_postgres::NoTls;
use uuid::Uuid;

/// A schema that nobody else uses. It stays when the test is over: the server goes with them all.
#[derive(Clone)]
pub(crate) struct Schema {
    url: String,
    name: String,
}

impl Schema {
    /// An empty one, which is made when it is first opened.
    pub(crate) fn new() -> Self {
        Self { url: Self::url(), name: format!("test_{}", Uuid::new_v4().simple()) }
    }

    /// Where the server of all tests is: it has no TLS.
    pub(crate) fn url() -> String {
        std::env::var("TEST_POSTGRES").unwrap_or_else(|_| {
            panic!(
                "these tests need PostgreSQL: run scripts/test, or first \
                 export TEST_POSTGRES=$(scripts/postgres start DIRECTORY fsync=off)"
            )
        })
    }

    /// A connection that sees the schema.
    pub(crate) async fn client(&self) -> tokio_postgres::Client {
        let (client, driver) = tokio_postgres::connect(&self.url, NoTls).await.unwrap();
        tokio::spawn(driver);
        let name = &self.name;
        let sql = format!("CREATE SCHEMA IF NOT EXISTS {name}; SET search_path = {name}");
        client.batch_execute(&sql).await.unwrap();
        client
    }

    /// Where it is.
    pub(crate) fn address(&self) -> Address {
        let name = &self.name;
        let options = format!("&options=-csearch_path%3D{name}&application_name={name}");
        format!("{}{options}", self.url).parse().unwrap()
    }

    /// Waits until a connection of [`Schema::address`] has last been asked something like `query`.
    pub(crate) async fn asked(&self, query: &str) {
        let client = self.client().await;
        let sql = "SELECT 1 FROM pg_stat_activity WHERE application_name = $1 AND query LIKE $2";
        while client.query(sql, &[&self.name, &query]).await.unwrap().is_empty() {}
    }

    /// Opens it as a server does.
    pub(crate) async fn open(&self, lanes: usize) -> Opened {
        drop(self.client().await);
        open(&self.address(), Lanes::new(lanes).unwrap()).await.unwrap()
    }
}
