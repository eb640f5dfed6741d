//! What nobody gets to see: secrets in the log, the inside in answers; and what browsers are told.

use std::time::Duration;

use serde_json::json;

use crate::harness::{
    ADMIN_KEY, Answer, Client, Launch, SECRET, STRIPE_SECRET, Server, eventually, run, sign,
    sign_stripe, unix_seconds, uuid,
};

const WRONG_KEY: &str = "wrong-key-that-somebody-tried";
const CARD: &str = "4242-4242-4242-4242";

/// Delivers a body, signed by both schemes, to either webhook; the signatures.
fn deliver(server: &Client, path: &str, secrets: [&str; 2], body: &str) -> [String; 2] {
    let time = unix_seconds();
    let standard = sign(secrets[0], "msg_1", &time, body.as_bytes());
    let stripes = sign_stripe(secrets[1], &time, body.as_bytes());
    let call = server.post(path).header("Content-Type", "application/json");
    call.header("webhook-id", "msg_1")
        .header("webhook-timestamp", &time)
        .header("webhook-signature", &standard)
        .header("Stripe-Signature", &stripes)
        .bytes(body)
        .send();
    let digits = stripes.split_once("v1=").unwrap().1.to_owned();
    [standard.trim_start_matches("v1,").to_owned(), digits]
}

#[test]
fn at_no_level_does_the_log_have_a_secret_a_key_a_signature_or_a_payload() {
    let launch = Launch::new().arg("--stripe-secret", STRIPE_SECRET);
    let mut server = launch.arg("--log", "trace").arg("--log-format", "json").start();
    let database = server.home().database_url();
    let make = ["keys", "make", "--name", "till", "--scope", "read", "--database", &database];
    let made = String::from_utf8(run(server.home(), &make).stdout).unwrap();
    let read = made.strip_prefix("key: ").unwrap().lines().next().unwrap().to_owned();
    eventually(Duration::from_secs(5), "the key is known", || {
        let answer = server.with_admin_key(&read).get("/api/audit").admin().send();
        (answer.status == 200).then_some(())
    });
    server.with_admin_key(&read).post("/api/products").admin().send().problem(403, "forbidden");
    server.with_admin_key(WRONG_KEY).get("/api/audit").admin().send().expect_status(401);

    let product = server.units(10);
    let mut signatures = Vec::new();
    let other = ["whsec_bm9ib2R5LWdhdmUtdGhpcy1zZWNyZXQtb3V0", "whsec_nobody_gave_this_out"];
    for secrets in [[SECRET, STRIPE_SECRET], other] {
        let order_id = server.order_id(product, 1);
        let generic = json!({
            "event_id": uuid(), "order_id": order_id, "status": "paid", "card": CARD,
        });
        let early = json!({"event_id": uuid(), "order_id": uuid(), "status": "paid", "card": CARD});
        let wrong = json!({
            "event_id": uuid(), "order_id": order_id, "status": "paid", "amount": 1, "card": CARD,
        });
        let object = json!({"metadata": {"order_id": order_id}, "card": CARD});
        let stripes = json!({
            "id": uuid(), "type": "payment_intent.succeeded", "data": {"object": object},
        });
        for body in [generic, early, wrong, stripes, json!({"card": CARD}), json!([CARD])] {
            for path in ["/api/payments/webhook", "/api/payments/webhook/stripe"] {
                signatures.extend(deliver(&server, path, secrets, &body.to_string()));
            }
        }
        let broken = format!("{{\"card\": \"{CARD}\"");
        signatures.extend(deliver(&server, "/api/payments/webhook", secrets, &broken));
    }
    let body = json!({"product_id": product, "qty": CARD});
    server.post("/api/holds").json(&body).send().expect_status(422);
    // A connection that hyper reads.
    let call = server.post("/api/holds").header("Expect", "100-continue").json(&body);
    let _ = call.header("Authorization", &format!("Bearer {ADMIN_KEY}")).try_send();
    assert!(server.terminate().success());

    let printed = server.printed();
    for message in ["order created", "request refused", "invalid_signature"] {
        assert!(printed.contains(message), "the log says nothing of {message}");
    }
    let said = [ADMIN_KEY, SECRET, STRIPE_SECRET, &read, WRONG_KEY, other[0], other[1], CARD];
    let hidden = said.into_iter().chain(signatures.iter().map(String::as_str));
    for secret in hidden {
        let bare = secret.trim_start_matches("whsec_");
        let line = printed.lines().find(|line| line.contains(bare));
        assert_eq!(line, None, "{secret} is in the log");
    }
}

/// Requests that are refused, each in another way.
fn refused(server: &Server) -> Vec<Answer> {
    let product = server.units(1);
    let hold = server.hold_id(product, 1);
    let order = server.order_id(server.units(5), 1);
    let webhook = |body: &str| server.webhook_bytes(body.into()).send();
    let post = |path: &str, body: &str| {
        server.post(path).header("Content-Type", "application/json").bytes(body).send()
    };
    let long = "x".repeat(70_000);
    let mut answers = vec![
        webhook("not json"),
        webhook("{}"),
        webhook("[1, 2"),
        webhook(&format!(r#"{{"event_id": 5, "order_id": "{order}", "status": {{}}}}"#)),
        webhook(&format!(
            r#"{{"event_id": "e", "order_id": "{order}", "status": "paid", "amount": 1}}"#
        )),
        server.place(product, 1).send(),
        server.order("no-uuid").send(),
        server.order(&uuid()).send(),
        server.get("/api/products?limit=0").send(),
        server.get("/api/products?cursor=AAAA").send(),
        server.get("/api/orders?cursor=%00%ff").admin().send(),
        server.get("/api/orders?product_id='%20OR%201=1").admin().send(),
        server.call("TRACE", "/api/holds").send(),
        server.get("/../../etc/passwd").send(),
        server.get("/docs/..%2f..%2fCargo.toml").send(),
        server.get("/api/holds/%00").send(),
        server.delete(&format!("/api/holds/{}", uuid())).send(),
        server.post("/api/holds").header("Content-Type", "text/xml").bytes("<a/>").send(),
    ];
    let depth = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    for body in ["", "nul", "{\"qty\": 1e999}", "{\"qty\": 1, \"qty\": 2}", "\u{0}", &depth, &long]
    {
        answers.push(post("/api/holds", body));
        answers.push(post("/api/payments/webhook/stripe", body));
    }
    let refund = format!("/api/orders/{order}/refund");
    answers.push(server.post(&refund).admin().json(&json!({"restock": true})).send());
    answers.push(
        server
            .patch(&format!("/api/products/{product}"))
            .admin()
            .json(&json!({"total_stock": 0}))
            .send(),
    );
    answers.push(server.post(&format!("/api/holds/{hold}/extend")).json(&json!({"a": 1})).send());
    answers
}

#[test]
fn a_refusal_shows_nothing_of_the_inside() {
    let server = Launch::new().arg("--stripe-secret", STRIPE_SECRET).start();
    let home = server.home().path().display().to_string();
    // Paths, SQL, and names of types and libraries.
    let inside = [
        &home,
        "/tmp",
        "/home",
        "/root",
        "/src",
        ".rs",
        ".db",
        "sqlite",
        "SQLite",
        "postgres",
        "SELECT",
        "INSERT",
        "_row",
        "UNIQUE",
        "constraint",
        "::",
        "u64",
        "i64",
        "usize",
        "u32",
        "struct",
        "enum",
        "Option<",
        "Some(",
        "None",
        "Err(",
        "serde",
        "hyper",
        "tokio",
        "panicked",
        "unwrap",
        "backtrace",
        "RawValue",
        ADMIN_KEY,
        SECRET,
        STRIPE_SECRET,
    ];
    for answer in refused(&server) {
        assert!((400..500).contains(&answer.status), "{} {}", answer.status, answer.text());
        answer.any_problem();
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let headers = format!("{:?}", answer.headers);
        for word in inside {
            assert!(!answer.text().contains(word), "{word}: {}", answer.text());
            assert!(!headers.contains(word) || word == "None", "{word}: {headers}");
        }
        assert_eq!(answer.header("server"), None, "nobody needs to know what answers");
    }
}

#[test]
fn browsers_are_told_what_to_leave_alone() {
    let server = Server::start();
    let product = server.units(5);
    let nothing = "default-src 'none'; frame-ancestors 'none'";
    for (answer, policy) in [
        (server.get("/api/products").send(), nothing),
        (server.place(product, 1).send(), nothing),
        (server.place(product, 9).send(), nothing),
        (server.get("/api/audit").send(), nothing),
        (server.get("/nowhere").send(), nothing),
        (server.call("OPTIONS", "/api/holds").send(), nothing),
        (server.get("/metrics").send(), nothing),
        (server.get("/openapi.json").send(), nothing),
        (server.get("/docs/start.js").send(), nothing),
        (server.get("/assets/control/main.js").send(), nothing),
        (server.get("/").send(), "default-src 'none'; script-src 'self'; style-src 'self'; "),
        (server.get("/docs/problems/hold_used").send(), "default-src 'none'; style-src 'unsafe"),
        (server.get("/docs").send(), "default-src 'none'; script-src 'self'; connect-src 'self'; "),
    ] {
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        let told = answer.header("content-security-policy").unwrap();
        assert!(told.starts_with(policy) && told.ends_with("frame-ancestors 'none'"), "{told}");
        let page = answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
        assert_eq!(answer.header("referrer-policy"), page.then_some("no-referrer"));
        assert!(page || told == nothing, "{told}");
    }
}
