use super::*;

const ID: &str = "0190a0f5-3c1e-7b2a-8d4f-1a2b3c4d5e6f";

fn meant<T: DeserializeOwned>(status: u16, body: &str) -> &'static str {
    let body = body.replace("ID", ID);
    match meaning::<T>(Ok(Answer { status, body: body.as_bytes() })).0 {
        Meaning::Done(_) => "done",
        Meaning::Refused => "refused",
        Meaning::Unknown => "unknown",
        Meaning::Unreadable => "unreadable",
    }
}

#[test]
fn an_answer_that_says_done_must_say_what() {
    for (body, expected) in [
        (r#"{"hold_id": "ID", "product_id": 1, "qty": 2}"#, "done"),
        (r#"{"hold_id": "7", "product_id": 1, "qty": 2}"#, "unreadable"),
        (r#"{"hold_id": "ID", "product_id": 1}"#, "unreadable"),
        ("", "unreadable"),
        ("<html>Welcome</html>", "unreadable"),
    ] {
        assert_eq!(meant::<HoldAnswer>(201, body), expected, "{body}");
    }
    for (body, expected) in [
        (r#"{"order_id": "ID", "status": "paid"}"#, "done"),
        (r#"{"order_id": "ID", "status": "lovely"}"#, "unreadable"),
        (r#"{"order_id": null, "status": "paid"}"#, "unreadable"),
    ] {
        assert_eq!(meant::<OrderAnswer>(200, body), expected, "{body}");
    }
    for (body, expected) in [
        (r#"{"result": "applied", "order_status": "paid"}"#, "done"),
        (r#"{"result": "stored", "order_status": null}"#, "done"),
        (r#"{"result": "stored"}"#, "done"),
        (r#"{"result": "received"}"#, "unreadable"),
        (r#"{"result": "applied", "order_status": 7}"#, "unreadable"),
        (r#"{"result": "applied", "order_status": "lovely"}"#, "unreadable"),
    ] {
        assert_eq!(meant::<PaymentAnswer>(200, body), expected, "{body}");
    }
}

#[test]
fn only_an_answer_from_behind_the_commit_leaves_it_open() {
    for (status, body, expected) in [
        (500, "", "unknown"),
        (502, "<html>Bad gateway</html>", "unknown"),
        (503, r#"{"code": "overloaded"}"#, "refused"),
        (409, r#"{"code": "insufficient_stock"}"#, "refused"),
        (404, "", "refused"),
    ] {
        assert_eq!(meant::<HoldAnswer>(status, body), expected, "{status} {body}");
    }
}
