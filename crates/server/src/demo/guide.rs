//! What the demonstration prints.

use super::{NAME, UNITS};

/// What to try, with the real address and key. Every line works when pasted as it stands into bash
/// or zsh, so headings have no character that either would take for its own.
pub(super) fn guide(url: &str, key: &str, has_shop: bool) -> String {
    let post = |path: &str, body: &str| {
        format!("curl -s {url}{path} -H 'Content-Type: application/json' -d {body}")
    };
    // Shows an answer and keeps one field of it for the next line.
    let keep = |name: &str, field: &str| {
        let find = format!(r#"sed 's/.*"{field}":"\([^"]*\)".*/\1/'"#);
        format!(r#"echo "$ANSWER"; {name}=$(echo "$ANSWER" | {find})"#)
    };
    let place = post("/api/holds", r#"'{"product_id": 1, "qty": 2}'"#);
    let keep_hold = keep("HOLD", "hold_id");
    let order = post("/api/orders", r#""{\"hold_id\": \"$HOLD\"}""#);
    let keep_order = keep("ORDER", "order_id");
    let event = r#"\"event_id\": \"pay-$ORDER\", \"order_id\": \"$ORDER\", \"status\": \"paid\""#;
    let pay = post("/api/payments/webhook", &format!(r#""{{{event}}}""#));
    let click = post("/api/holds", r#"'{"product_id": 1, "qty": 1}'"#);
    let click = click.replacen("-s ", r"-s -o /dev/null -w '%{http_code}\n' ", 1);
    let shop = if has_shop {
        format!(
            "\n  shop         {url}/shop (buy one, or send in a crowd; the control room is {url}/)"
        )
    } else {
        String::new()
    };
    format!(
        r#"
Doorbuster: {UNITS} units of "{NAME}" are on sale for 99.99 USD.
The database is temporary and goes when you stop the server with Ctrl-C.

  listening on {url}
  API          {url}/docs{shop}
  admin key    {key}

Open another terminal and paste, one after the other:

# 1. What is on sale
curl -s {url}/api/products/1; echo

# 2. A buyer takes two units: a hold for two minutes
ANSWER=$({place}); {keep_hold}

# 3. The hold becomes an order
ANSWER=$({order}); {keep_order}

# 4. The payment provider reports that it was paid
{pay}; echo

# 5. Providers repeat themselves: a duplicate, without a second effect
{pay}; echo

# 6. The rush: 200 buyers, 50 at a time, for the 98 units left
seq 200 | xargs -P 50 -I{{}} {click} | sort | uniq -c

# 7. Sold out: 98 held, 2 sold, none too many. In two minutes the 98 are back
curl -s {url}/api/products/1; echo

# 8. The audit recounts every rule from the rows and the journal
curl -s -H 'Authorization: Bearer {key}' {url}/api/audit; echo
"#
    )
}
