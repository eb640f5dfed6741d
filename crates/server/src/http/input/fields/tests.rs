//! What a body or query tells, and what is told about it.

use super::super::value::{quantity, text};
use super::*;
use doorbuster_domain::CustomerId;

const KNOWN: &[&str] = &["qty", "quantity", "customer_id"];

/// What is wrong with a body, as `field: message`, one a line.
fn wrong(body: &str) -> String {
    let problem = match Fields::strict(body.as_bytes(), KNOWN) {
        Err(problem) => problem,
        Ok(mut fields) => {
            let qty = fields.required_as(&["qty", "quantity"], quantity);
            fields.optional("customer_id", text(CustomerId::new));
            match fields.finish(qty) {
                Ok(_) => return String::new(),
                Err(problem) => problem,
            }
        }
    };
    if let Problem::MalformedJson(detail) = problem {
        return detail;
    }
    let Problem::Invalid(errors) = problem else { panic!("{problem:?}") };
    let lines = errors.iter().map(|error| format!("{}: {}", error.field, error.message));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_body_is_one_json_object_in_utf_8() {
    for (body, told) in [
        ("", "the body is empty; a JSON object is needed"),
        ("{", "the body is not JSON: EOF while parsing an object at line 1 column 1"),
        ("{\"qty\": 1", "the body is not JSON: EOF while parsing an object at line 1 column 9"),
        ("{\n \"qty\" 1}", "the body is not JSON: expected `:` at line 2 column 8"),
        ("{\"qty\": 1,}", "the body is not JSON: trailing comma at line 1 column 11"),
        ("{\"qty\": 01}", "the body is not JSON: invalid number at line 1 column 10"),
        ("{\"qty\": NaN}", "the body is not JSON: expected value at line 1 column 9"),
        ("{'qty': 1}", "the body is not JSON: key must be a string at line 1 column 2"),
        ("{\"qty\": 1} {}", "the body is not JSON: trailing characters at line 1 column 12"),
        ("qty=1", "the body is not JSON: expected value at line 1 column 1"),
        ("[{\"qty\": 1}]", "body: must be a JSON object, not an array"),
        ("null", "body: must be a JSON object, not null"),
        ("\"qty\"", "body: must be a JSON object, not a string"),
        ("1", "body: must be a JSON object, not a number"),
        ("true", "body: must be a JSON object, not a boolean"),
        (" {\"qty\": 1}\r\n", ""),
    ] {
        assert_eq!(wrong(body), told, "{body:?}");
    }
    let Err(Problem::MalformedJson(told)) = Fields::strict(b"{\"qty\": \"\xFF\"}", KNOWN) else {
        panic!("not UTF-8 is not JSON");
    };
    assert_eq!(told, "the body is not UTF-8 from byte 10 on");
}

#[test]
fn every_wrong_field_is_told_at_once() {
    assert_eq!(
        wrong(r#"{"qty": 0, "customer_id": "", "coupon": 1}"#),
        "coupon: is not known here\n\
         qty: must be an integer from 1 to 1000000\n\
         customer_id: must not be empty"
    );
}

#[test]
fn a_field_is_given_once_under_one_name() {
    for (body, told) in [
        ("{}", "qty: is required"),
        (r#"{"quantity": 1}"#, ""),
        (r#"{"qty": 1, "qty": 1}"#, "qty: is given twice"),
        (r#"{"q\u0074y": 1}"#, ""),
        (r#"{"quantity": 0}"#, "quantity: must be an integer from 1 to 1000000"),
        (
            r#"{"qty": 1, "quantity": 1}"#,
            "qty: and quantity are two names of one field: give one\n\
             quantity: and qty are two names of one field: give one",
        ),
    ] {
        assert_eq!(wrong(body), told, "{body}");
    }
}

#[test]
fn an_unknown_field_is_told_with_the_known_one_it_may_mean() {
    for (name, told) in [
        ("qyt", "qyt: is not known here; did you mean qty?"),
        ("customerId", "customerId: is not known here; did you mean customer_id?"),
        ("Qty", "Qty: is not known here; did you mean qty?"),
        ("price", "price: is not known here"),
        ("", ": is not known here"),
    ] {
        assert_eq!(wrong(&format!(r#"{{"qty": 1, "{name}": 1}}"#)), told);
    }
    let long = "x".repeat(100);
    let told = wrong(&format!(r#"{{"qty": 1, "{long}": 1}}"#));
    assert_eq!(told, format!("{}…: is not known here", "x".repeat(40)));
}

#[test]
fn a_hostile_body_costs_little() {
    let deep = format!(r#"{{"qty": 1, "x": {}{}}}"#, "[".repeat(30_000), "]".repeat(30_000));
    assert_eq!(wrong(&deep), "x: is not known here");
    let deep = format!(r#"{{"qty": {}{}}}"#, "[".repeat(30_000), "]".repeat(30_000));
    assert_eq!(wrong(&deep), "qty: must be an integer from 1 to 1000000");
    let members: Vec<_> = (0..5_000).map(|i| format!("\"{i}\":1")).collect();
    let many = wrong(&format!("{{{}}}", members.join(",")));
    assert_eq!(many.lines().count(), MAX_ERRORS);
}

#[test]
fn null_is_absence_where_a_field_is_optional() {
    assert_eq!(wrong(r#"{"qty": 1, "customer_id": null}"#), "");
    assert_eq!(wrong(r#"{"qty": null}"#), "qty: must be an integer from 1 to 1000000");
}

#[test]
fn null_clears_where_a_field_is_clearable_and_nowhere_else() {
    for (body, cleared, changed) in [
        ("{}", None, None),
        (r#"{"qty": null}"#, Some(None), None),
        (r#"{"qty": 2, "quantity": 3}"#, Some(Some(2)), Some(3)),
    ] {
        let mut fields = Fields::strict(body.as_bytes(), KNOWN).unwrap();
        let qty = fields.clearable("qty", quantity);
        let quantity = fields.change("quantity", quantity);
        assert_eq!(qty.map(|qty| qty.map(|qty| qty.get())), cleared, "{body}");
        assert_eq!(quantity.map(|quantity| quantity.get()), changed, "{body}");
        assert!(fields.finish(Some(())).is_ok());
    }
    let mut fields = Fields::strict(br#"{"quantity": null}"#, KNOWN).unwrap();
    assert!(fields.change("quantity", quantity).is_none());
    assert!(fields.finish(Some(())).is_err());
}

#[test]
fn webhooks_leave_out_what_they_do_not_know() {
    let body = r#"{"qty": 1, "data": {"qty": 2, "qty": 3}, "data": 1, "": null}"#;
    let mut fields = Fields::lenient(body, KNOWN).unwrap();
    let qty = fields.required("qty", quantity);
    assert_eq!(fields.finish(qty).unwrap().get(), 1);
}

#[test]
fn a_query_is_read_by_the_same_rules() {
    for (query, told) in [
        ("", "qty: is required"),
        ("qty=7", ""),
        ("qty=7&customer_id=a%20b", ""),
        ("qty=", "qty: must be an integer from 1 to 1000000"),
        ("qty=7&qty=7", "qty: is given twice"),
        ("qty=7&quantty=1", "quantty: is not known here; did you mean quantity?"),
    ] {
        let mut fields = Fields::of_query(query, KNOWN);
        let qty = fields.required("qty", quantity);
        fields.optional("customer_id", text(CustomerId::new));
        let found = match fields.finish(qty) {
            Ok(_) => String::new(),
            Err(Problem::Invalid(errors)) => format!("{}: {}", errors[0].field, errors[0].message),
            Err(other) => panic!("{other:?}"),
        };
        assert_eq!(found, told, "{query:?}");
    }
}
