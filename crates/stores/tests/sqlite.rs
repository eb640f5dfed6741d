//! What is particular to the embedded store: its file, its constraints, its views. What every store
//! must do stands in the engine's conformance suite.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails must panic")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use doorbuster_domain::{
    ChangeProduct, Command, CreateOrder, CreateProduct, CustomerId, Effect, EventId, EventKey,
    HoldId, IdempotencyKey, NewOrderId, OrderId, Outcome, PaymentKind, PaymentReport, PlaceHold,
    Price, ProductCode, ProductId, ProductName, Provider, Quantity, RefundOrder, Terms, Timestamp,
    TotalStock, decide,
};
use doorbuster_engine::{CommitError, Reader, Store};
use doorbuster_stores::sqlite::{OpenError, SqliteStore, audit_file};
use doorbuster_stores::{KeyScope, StoredKey};
use rusqlite::Connection;
use tempfile::TempDir;
use uuid::Uuid;

const START: Timestamp = Timestamp::from_millis(1_795_770_000_123);
const PRODUCT: ProductId = ProductId::new(1).unwrap();

/// A database file in a directory of its own.
struct File {
    _directory: TempDir,
    path: PathBuf,
}

impl File {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("shop.db");
        Self { _directory: directory, path }
    }

    fn open(&self) -> SqliteStore {
        SqliteStore::open(&self.path).unwrap().0
    }

    fn sql(&self) -> Connection {
        Connection::open(&self.path).unwrap()
    }

    /// A file on which a product was created, a hold placed, ordered and paid, and another placed.
    fn with_a_sale() -> Self {
        let file = Self::new();
        let mut store = file.open();
        for command in [create_product(), place(1), order(1), pay(1), place(2)] {
            run(&mut store, &command).unwrap();
        }
        file
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Decides and commits one command, as the engine would.
fn run(store: &mut SqliteStore, command: &Command) -> Outcome {
    try_run(store, command).unwrap()
}

fn try_run(store: &mut SqliteStore, command: &Command) -> Result<Outcome, CommitError> {
    block_on(async {
        let now = store.load(START, std::slice::from_ref(command)).await.unwrap();
        let outcome = decide(store.ledger(), now, command);
        store.commit().await?;
        store.ledger().settle();
        Ok(outcome)
    })
}

fn create_product() -> Command {
    let terms = Terms::new(ProductName::new("A thing").unwrap(), Price::new(9_999).unwrap());
    Command::CreateProduct(CreateProduct { id: None, terms, total: TotalStock::new(10).unwrap() })
}

fn hold_id(n: u128) -> HoldId {
    HoldId::new(Uuid::from_u128(n))
}

fn order_id(n: u128) -> OrderId {
    OrderId::new(Uuid::from_u128(n << 64))
}

fn place(n: u128) -> Command {
    Command::PlaceHold(PlaceHold {
        hold_id: hold_id(n),
        product_id: PRODUCT,
        qty: Quantity::new(3).unwrap(),
        customer_id: Some(CustomerId::new("ann").unwrap()),
        idempotency_key: Some(IdempotencyKey::new(&format!("click-{n}")).unwrap()),
    })
}

fn order(n: u128) -> Command {
    let order_id = NewOrderId::Chosen(order_id(n));
    Command::CreateOrder(CreateOrder { hold_id: hold_id(n), order_id, idempotency_key: None })
}

fn pay(n: u128) -> Command {
    let event_id = EventId::new(&format!("evt_{n}")).unwrap();
    Command::RecordPayment(PaymentReport {
        key: EventKey { provider: Provider::Generic, event_id },
        order_id: order_id(n),
        kind: PaymentKind::Paid,
        amount: Some(29_997),
        currency: None,
        payload: Arc::from(r#"{"hello": "world"}"#),
    })
}

#[test]
fn the_database_itself_refuses_what_would_break_a_rule() {
    let file = File::with_a_sale();
    let forbidden = [
        ("sell more than there is", "UPDATE product_row SET sold_stock = 9"),
        ("negative stock", "UPDATE product_row SET held_stock = -1"),
        ("a hold for nothing", "UPDATE hold_row SET qty = 0"),
        ("a hold for less than nothing", "UPDATE hold_row SET qty = -5"),
        ("an end without a time", "UPDATE hold_row SET ended = 'released'"),
        ("a time without an end", "UPDATE hold_row SET ended_at_ms = 1"),
        ("an unknown end", "UPDATE hold_row SET ended = 'lost', ended_at_ms = 1"),
        (
            "a hold expired before its time",
            "UPDATE hold_row SET ended = 'expired', ended_at_ms = created_at_ms",
        ),
        ("a hold used after its time", "UPDATE order_row SET created_at_ms = hold_expires_at_ms"),
        ("an unknown state", "UPDATE order_row SET state = 'maybe'"),
        (
            "an order expired before its time",
            "UPDATE order_row SET state = 'expired', updated_at_ms = created_at_ms",
        ),
        (
            "two orders from one hold",
            "INSERT INTO order_row SELECT 99, randomblob(16), hold_id, state,
                 refund_awaits_payment, created_at_ms, hold_expires_at_ms, pay_by_ms,
                 updated_at_ms FROM order_row",
        ),
        (
            "one order id twice",
            "INSERT INTO order_row SELECT 99, order_id,
                 (SELECT hold_id FROM hold_row ORDER BY record DESC LIMIT 1), state,
                 refund_awaits_payment, created_at_ms, hold_expires_at_ms, pay_by_ms,
                 updated_at_ms FROM order_row",
        ),
        (
            "an order without a hold",
            "INSERT INTO order_row SELECT 99, randomblob(16), randomblob(16), state,
                 refund_awaits_payment, created_at_ms, hold_expires_at_ms, pay_by_ms,
                 updated_at_ms FROM order_row",
        ),
        ("one journal number twice", "UPDATE journal_row SET first_seq = 1, last_seq = 1"),
        ("a journal entry that oversells", "UPDATE journal_row SET sold_stock = 11"),
        ("a customer with no units", "UPDATE customer_row SET units = 0"),
        ("a text where a number belongs", "UPDATE product_row SET price = 'cheap'"),
        ("a product that vanishes", "DELETE FROM product_row"),
    ];
    let sql = file.sql();
    sql.pragma_update(None, "foreign_keys", true).unwrap();
    for (what, statement) in forbidden {
        let refused = sql.execute(statement, []);
        assert!(refused.is_err(), "{what}: {statement} was let through: {refused:?}");
        let error = refused.unwrap_err().to_string();
        let by_constraint = error.contains("constraint") || error.contains("cannot store");
        assert!(by_constraint, "{what}: refused, but for another reason: {error}");
    }
    assert!(audit_file(&file.path).unwrap().is_ok());
}

#[test]
fn a_commit_that_the_database_refuses_is_never_called_committed() {
    let file = File::with_a_sale();
    let mut store = file.open();
    let sabotage = "CREATE TRIGGER no_more_holds BEFORE INSERT ON journal_row
                    BEGIN SELECT raise(ABORT, 'the disk is on fire'); END";
    file.sql().execute_batch(sabotage).unwrap();
    let error = try_run(&mut store, &place(3)).unwrap_err();
    assert!(matches!(error, CommitError::Unknown(_)), "{error:?}");
    assert!(block_on(store.resolve()).is_err(), "only a restart can tell");
    drop(store);
    file.sql().execute_batch("DROP TRIGGER no_more_holds").unwrap();
    assert!(file.open().ledger().hold(hold_id(3)).is_none());
    assert!(audit_file(&file.path).unwrap().is_ok());
}

/// Decides and commits a batch, as the engine would.
fn run_all(store: &mut SqliteStore, commands: &[Command]) -> Result<(), CommitError> {
    block_on(async {
        let now = store.load(START, commands).await.unwrap();
        for command in commands {
            decide(store.ledger(), now, command).unwrap();
        }
        store.commit().await?;
        store.ledger().settle();
        Ok(())
    })
}

fn with_code(id: u64, code: Option<&str>) -> Command {
    let mut change = ChangeProduct::of(ProductId::new(id).unwrap());
    change.code = Some(code.map(|code| ProductCode::new(code).unwrap()));
    Command::ChangeProduct(change)
}

#[test]
fn a_code_goes_from_one_product_to_another_in_one_batch() {
    let file = File::new();
    let mut store = file.open();
    for command in [create_product(), create_product(), with_code(1, Some("a"))] {
        run(&mut store, &command).unwrap();
    }
    // The second product is touched first, so it is written first.
    let mut renamed = ChangeProduct::of(ProductId::new(2).unwrap());
    renamed.name = Some(ProductName::new("Another thing").unwrap());
    let batch = [Command::ChangeProduct(renamed), with_code(1, None), with_code(2, Some("a"))];
    run_all(&mut store, &batch).unwrap();
    drop(store);
    let store = &mut file.open();
    let code = |store: &mut SqliteStore, id| {
        let product = store.ledger().product(ProductId::new(id).unwrap()).unwrap();
        product.terms.code.as_ref().map(|code| code.as_str().to_owned())
    };
    assert_eq!((code(store, 1), code(store, 2)), (None, Some("a".into())));
}

#[test]
fn a_long_batch_of_entries_is_read_page_by_page() {
    let file = File::new();
    let (mut store, reader) = SqliteStore::open(&file.path).unwrap();
    let mut create = CreateProduct {
        id: None,
        terms: Terms::new(ProductName::new("A thing").unwrap(), Price::new(1).unwrap()),
        total: TotalStock::new(10_000).unwrap(),
    };
    create.terms.max_per_customer = None;
    run(&mut store, &Command::CreateProduct(create)).unwrap();
    let holds: Vec<_> = (1..=600).map(place).collect();
    run_all(&mut store, &holds).unwrap();
    let rows = "SELECT count(*) FROM journal_row";
    let rows = file.sql().query_row(rows, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(rows, 4, "the product's own, and 600 in rows of at most 256");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut seen = 0;
    for (limit, expected) in [(1, 1), (255, 255), (200, 200), (200, 145), (200, 0)] {
        let page = runtime.block_on(reader.journal(PRODUCT, seen, limit)).unwrap();
        let numbers: Vec<_> = page.iter().map(|entry| entry.seq).collect();
        assert_eq!(numbers, (seen + 1..=seen + expected).collect::<Vec<_>>());
        seen += expected;
    }
    assert!(audit_file(&file.path).unwrap().is_ok());
}

#[test]
fn views_show_ids_times_and_states_as_people_write_them() {
    let file = File::with_a_sale();
    let expected = [
        (
            "SELECT hold_id || ' ' || status || ' ' || created_at || ' ' || expires_at || ' '
                 || coalesce(order_id, '-') FROM holds ORDER BY hold_id",
            "00000000-0000-0000-0000-000000000001 used 2026-11-27T09:00:00.123Z \
             2026-11-27T09:02:00.123Z 00000000-0000-0001-0000-000000000000\n\
             00000000-0000-0000-0000-000000000002 active 2026-11-27T09:00:00.123Z \
             2026-11-27T09:02:00.123Z -",
        ),
        (
            "SELECT order_id || ' ' || hold_id || ' ' || status || ' ' || total_price || ' ' || pay_by
             FROM orders",
            "00000000-0000-0001-0000-000000000000 00000000-0000-0000-0000-000000000001 paid 29997 \
             2026-11-27T09:10:00.123Z",
        ),
        (
            "SELECT total_stock || ' ' || available_stock || ' ' || held_stock || ' ' || sold_stock
             FROM products",
            "10 4 3 3",
        ),
        (
            "SELECT event_id || ' ' || status || ' ' || result || ' ' || order_id FROM payments",
            "evt_1 paid applied 00000000-0000-0001-0000-000000000000",
        ),
        (
            "SELECT seq || ' ' || kind || ' ' || qty || ' ' || coalesce(hold_id, '-') FROM journal
             WHERE seq < 3",
            "1 product_created 10 -\n2 hold_placed 3 00000000-0000-0000-0000-000000000001",
        ),
        ("SELECT customer_id || ' ' || units FROM customers", "ann 6"),
    ];
    let sql = file.sql();
    for (query, rows) in expected {
        let mut statement = sql.prepare(query).unwrap();
        let found = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let found: Vec<_> = found.map(Result::unwrap).collect();
        assert_eq!(found.join("\n"), rows, "{query}");
    }
}

#[test]
fn a_restart_reads_live_rows_by_index_and_not_the_history() {
    let file = File::with_a_sale();
    let plans = [
        (
            "SELECT * FROM hold_row WHERE record >= 7 AND ended IS NULL AND NOT EXISTS
                 (SELECT 1 FROM order_row WHERE order_row.hold_id = hold_row.hold_id)",
            "SEARCH hold_row USING INTEGER PRIMARY KEY (rowid>?)",
        ),
        (
            "SELECT * FROM order_row JOIN hold_row ON hold_row.hold_id = order_row.hold_id
             WHERE order_row.record >= 7 AND state = 'pending'",
            "SEARCH order_row USING INTEGER PRIMARY KEY (rowid>?)",
        ),
        (
            "SELECT * FROM hold_row LEFT JOIN order_row ON order_row.hold_id = hold_row.hold_id
             WHERE ended IS NULL AND +order_id IS NOT NULL ORDER BY hold_row.hold_id DESC",
            "SCAN hold_row USING INDEX",
        ),
        ("SELECT * FROM payment_row WHERE order_id = x'00' AND result = 'stored'", "payment_order"),
        ("SELECT * FROM hold_row WHERE customer_id = 'ann' ORDER BY hold_id DESC", "hold_customer"),
        ("SELECT * FROM payment_key_row WHERE hash = 7", "PRIMARY KEY (hash=?)"),
        ("SELECT * FROM journal_row WHERE product_id = 1 AND last_seq > 5", "last_seq>?"),
    ];
    let sql = file.sql();
    for (query, index) in plans {
        let plan = format!("EXPLAIN QUERY PLAN {query}");
        let mut statement = sql.prepare(&plan).unwrap();
        let steps = statement.query_map([], |row| row.get::<_, String>("detail")).unwrap();
        let steps: Vec<_> = steps.map(Result::unwrap).collect();
        assert!(steps[0].contains(index), "{query}: {steps:?}");
        assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{query}: {steps:?}");
        let scanned = steps[1..].iter().any(|step| step.contains("SCAN"));
        assert!(!scanned, "{query}: {steps:?}");
    }
}

#[test]
fn a_restart_begins_where_the_live_rows_do() {
    let file = File::new();
    let tidy = |store: &mut SqliteStore| while block_on(store.tidy()).unwrap() {};
    let begins = || {
        let sql = "SELECT live_from_hold || ' ' || live_from_order FROM upkeep_row";
        file.sql().query_row(sql, [], |row| row.get::<_, String>(0)).unwrap()
    };
    let live = |store: &mut SqliteStore| {
        let ledger = store.ledger();
        let mut ids: Vec<_> = ledger.holds().map(|hold| hold.id).collect();
        ids.sort_unstable();
        (ids, ledger.orders().count())
    };
    let release = |n| Command::ReleaseHold(hold_id(n));

    let mut store = file.open();
    for command in [create_product(), place(1), place(2), place(3), release(2), order(1)] {
        run(&mut store, &command).unwrap();
    }
    tidy(&mut store);
    assert_eq!(begins(), "3 1", "the third hold is active, the first order pending");
    drop(store);
    let mut store = file.open();
    assert_eq!(live(&mut store), (vec![hold_id(3)], 1));

    for command in [release(3), pay(1)] {
        run(&mut store, &command).unwrap();
    }
    tidy(&mut store);
    assert_eq!(begins(), "4 2", "all are finished");
    tidy(&mut store);
    assert_eq!(begins(), "4 2");
    run(&mut store, &place(4)).unwrap();
    drop(store);
    let mut store = file.open();
    assert_eq!(live(&mut store), (vec![hold_id(4)], 0));
}

#[test]
fn no_commit_makes_the_log_longer() {
    let file = File::new();
    let log = || std::fs::metadata(file.path.with_extension("db-wal")).unwrap().len();
    let mut store = file.open();
    let length = log();
    for command in [create_product(), place(1), order(1), pay(1), place(2)] {
        run(&mut store, &command).unwrap();
    }
    assert_eq!(log(), length);
    // What lies behind the last commit does not confuse a recovery.
    let copy = File::new();
    for ending in ["db", "db-wal"] {
        std::fs::copy(file.path.with_extension(ending), copy.path.with_extension(ending)).unwrap();
    }
    assert_eq!(copy.open().ledger().holds().count(), 1);
    assert!(audit_file(&copy.path).unwrap().is_ok());
}

#[test]
fn only_one_server_at_a_time_has_the_file() {
    let file = File::with_a_sale();
    let first = file.open();
    let second = SqliteStore::open(&file.path).err();
    assert!(matches!(second, Some(OpenError::InUse(_))), "{second:?}");
    assert!(audit_file(&file.path).unwrap().is_ok(), "the audit needs no lock");
    drop(first);
    assert!(SqliteStore::open(&file.path).is_ok());
}

/// Opens `path` and expects a refusal whose message names the file and contains `words`.
fn refused(path: &Path, words: &str) {
    let before = std::fs::read(path).ok();
    let message = SqliteStore::open(path).err().map(|error| error.to_string());
    let message = message.expect("the file must be refused");
    assert!(message.contains(&path.display().to_string()), "{message}");
    assert!(message.contains(words), "{message}");
    assert_eq!(std::fs::read(path).ok(), before, "a refused file must be left as it was");
}

#[test]
fn a_file_that_is_not_ours_or_too_new_or_no_database_is_refused_and_left_alone() {
    let file = File::new();
    file.sql().execute_batch("CREATE TABLE somebody_elses (thing)").unwrap();
    refused(&file.path, "not one of Doorbuster's");

    let file = File::with_a_sale();
    file.sql().pragma_update(None, "user_version", 99).unwrap();
    refused(&file.path, "run a newer Doorbuster");

    let file = File::new();
    std::fs::write(&file.path, "this is a shopping list, not a database; ".repeat(100)).unwrap();
    refused(&file.path, "not an SQLite database");

    let file = File::new();
    let nowhere = file.path.join("no").join("such").join("directory.db");
    assert!(matches!(SqliteStore::open(&nowhere).err(), Some(OpenError::Io { .. })));
    assert!(audit_file(&file.path).is_err(), "an audit does not make the file that it is to audit");
    assert!(!file.path.exists());
}

#[test]
fn a_file_of_version_1_becomes_new_and_keeps_refunds_that_its_journal_does_not_tell_of() {
    let file = File::with_a_sale();
    let older = "UPDATE order_row SET state = 'refunded';
        UPDATE customer_row SET units = units - 3;
        PRAGMA user_version = 1";
    file.sql().execute_batch(older).unwrap();
    let refused = audit_file(&file.path).unwrap_err().to_string();
    assert!(refused.contains("schema version 1 and needs 2"), "{refused}");
    let mut store = file.open();
    assert!(audit_file(&file.path).unwrap().is_ok());
    // From now on the journal tells of them.
    run(&mut store, &order(2)).unwrap();
    run(&mut store, &pay(2)).unwrap();
    let refund = RefundOrder { order_id: order_id(2), restock: false };
    run(&mut store, &Command::RefundOrder(refund)).unwrap();
    drop(store);
    let told = "SELECT order_id FROM journal WHERE kind = 'order_refunded'";
    let told: String = file.sql().query_row(told, [], |row| row.get(0)).unwrap();
    assert_eq!(told, order_id(2).to_string());
    assert!(audit_file(&file.path).unwrap().is_ok());
}

#[test]
fn a_damaged_row_is_named_and_never_guessed() {
    let file = File::with_a_sale();
    let damage = "PRAGMA ignore_check_constraints = ON; UPDATE hold_row SET qty = -1";
    file.sql().execute_batch(damage).unwrap();
    let message = audit_file(&file.path).unwrap_err().to_string();
    for words in ["damaged", "qty", "hold_id = 00000000000000000000000000000001"] {
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn a_damaged_live_row_keeps_the_store_from_opening() {
    let file = File::with_a_sale();
    let damage = "PRAGMA ignore_check_constraints = ON;
         UPDATE hold_row SET qty = -1";
    file.sql().execute_batch(damage).unwrap();
    let error = SqliteStore::open(&file.path).err().map(|error| error.to_string()).unwrap();
    assert!(error.contains(&file.path.display().to_string()), "{error}");
}

#[test]
fn live_rows_before_their_mark_are_found_all_the_same() {
    let file = File::with_a_sale();
    file.sql().execute("UPDATE upkeep_row SET live_from_hold = 99", []).unwrap();
    assert_eq!(file.open().ledger().holds().count(), 1);
}

#[test]
#[cfg(unix)]
fn a_file_by_another_name_is_the_same_file() {
    let file = File::with_a_sale();
    let _first = file.open();
    let link = file.path.with_extension("link");
    std::os::unix::fs::symlink(&file.path, &link).unwrap();
    assert!(matches!(SqliteStore::open(&link).err(), Some(OpenError::InUse(_))));
}

#[test]
fn a_replay_writes_nothing() {
    let file = File::with_a_sale();
    let mut store = file.open();
    let changes = |file: &File| {
        let sql = file.sql();
        sql.query_row("SELECT sum(journal_seq) FROM product_row", [], |row| row.get::<_, i64>(0))
    };
    let before = changes(&file).unwrap();
    let replay = run(&mut store, &place(1)).unwrap();
    assert!(matches!(replay, Effect::Hold { replayed: true, .. }), "{replay:?}");
    assert_eq!(changes(&file).unwrap(), before);
}

#[test]
fn admin_keys_are_kept_as_hashes_once_each() {
    let file = File::new();
    let mut store = file.open();
    assert_eq!(store.admin_keys().unwrap(), []);
    let key = StoredKey {
        hash: [7; 32],
        scope: KeyScope::Read,
        name: Some("till".into()),
        created_at: START,
        revoked_at: None,
    };
    store.add_admin_key(&key).unwrap();
    store.add_admin_key(&key).unwrap();
    drop(store);
    assert_eq!(file.open().admin_keys().unwrap(), [key]);
}

#[tokio::test]
async fn a_file_that_was_closed_has_everything_without_its_log_whoever_read_it() {
    let file = File::new();
    let (store, reader) = SqliteStore::open(&file.path).unwrap();
    let added = StoredKey {
        hash: [7; 32],
        scope: KeyScope::Admin,
        name: None,
        created_at: START,
        revoked_at: None,
    };
    let mut store = store;
    store.add_admin_key(&added).unwrap();
    assert_eq!(reader.admin_keys().await.unwrap(), std::slice::from_ref(&added));
    drop(store);
    let log = format!("{}-wal", file.path.display());
    assert!(!Path::new(&log).exists(), "the log is still needed");
    assert_eq!(reader.admin_keys().await.unwrap(), [added], "a reader can still read");
}
