//! Bodies that are no object, no JSON, or no text.

use super::{Endpoint, Sale, assert_names};

#[test]
fn what_is_not_json_is_malformed() {
    let sale = Sale::new();
    let endless = "[".repeat(60_000);
    let bodies: &[&[u8]] = &[
        b"",
        b" ",
        b"{",
        b"}",
        b"nul",
        b"{'qty': 1}",
        b"{\"qty\": 1,}",
        b"{\"qty\" 1}",
        b"{\"qty\": 01}",
        b"{\"qty\": +1}",
        b"{\"qty\": NaN}",
        b"{\"qty\": Infinity}",
        b"{\"qty\": 0x10}",
        b"{\"qty\": \"\\x\"}",
        b"{\"qty\": \"unclosed}",
        b"{} {}",
        b"{}x",
        b"qty=1&product_id=1",
        b"<xml/>",
        b"\xff\xfe\x00",
        b"{\"customer_id\": \"\xc3\x28\"}",
        b"{\"customer_id\": \"\xed\xa0\x80\"}",
        b"{\"\xff\": 1}",
        b"\xef\xbb\xbf{}",
        b"\x00",
        endless.as_bytes(),
    ];
    sale.assert_unmoved(|| {
        for endpoint in Endpoint::ALL {
            for body in bodies {
                let answer = sale.send(endpoint, *body);
                let shown = String::from_utf8_lossy(&body[..body.len().min(40)]);
                assert_eq!(answer.status, 400, "{endpoint:?} {shown}: {}", answer.text());
                answer.problem(400, "malformed_json");
            }
        }
        Endpoint::ALL.len() * bodies.len()
    });
}

#[test]
fn json_nested_ten_thousand_deep_is_refused() {
    let sale = Sale::new();
    let nested = format!("{}1{}", r#"{"a":"#.repeat(9_000), "}".repeat(9_000));
    sale.assert_unmoved(|| {
        for endpoint in Endpoint::ALL {
            let answer = sale.send(endpoint, nested.clone());
            let problem = answer.any_problem();
            assert!([400, 422].contains(&answer.status), "{endpoint:?}: {problem}");
        }
        Endpoint::ALL.len()
    });
}

#[test]
fn json_that_is_no_object_is_refused() {
    let sale = Sale::new();
    let bodies = ["null", "true", "0", "-1.5e3", "\"text\"", "[]", "[{}]"];
    sale.assert_unmoved(|| {
        for endpoint in Endpoint::ALL {
            for body in bodies {
                let answer = sale.send(endpoint, body);
                let problem = answer.any_problem();
                let status = answer.status;
                assert!(status == 400 || status == 422, "{endpoint:?} {body}: {problem}");
            }
        }
        Endpoint::ALL.len() * bodies.len()
    });
}

#[test]
fn a_field_given_twice_is_refused() {
    let sale = Sale::new();
    sale.assert_unmoved(|| {
        let product = sale.product;
        let body = format!(r#"{{"product_id": {product}, "qty": 1, "qty": 2}}"#);
        let answer = sale.send(Endpoint::PlaceHold, body);
        let problem = answer.any_problem();
        assert!([400, 422].contains(&answer.status), "{problem}");
        let body = format!(r#"{{"hold_id": "{0}", "hold_id": "{0}"}}"#, sale.hold_id);
        let answer = sale.send(Endpoint::CreateOrder, body);
        let problem = answer.any_problem();
        assert!([400, 422].contains(&answer.status), "{problem}");
        2
    });
}

#[test]
fn a_number_no_machine_holds_is_refused() {
    let sale = Sale::new();
    let digits = "9".repeat(5_000);
    let numbers = ["1e400", "-1e400", "1e99999999999", &digits];
    sale.assert_unmoved(|| {
        for number in numbers {
            let body = format!(r#"{{"product_id": {}, "qty": {number}}}"#, sale.product);
            let answer = sale.send(Endpoint::PlaceHold, body);
            let problem = answer.any_problem();
            assert!([400, 422].contains(&answer.status), "{problem}");
        }
        numbers.len()
    });
}

#[test]
fn two_bad_fields_are_both_named() {
    let sale = Sale::new();
    sale.assert_unmoved(|| {
        let body = r#"{"product_id": "one", "qty": 0, "customer_id": 5, "colour": "red"}"#;
        let problem = sale.send(Endpoint::PlaceHold, body).problem(422, "validation_failed");
        for field in ["product_id", "qty", "customer_id", "colour"] {
            assert_names(&problem, field, body);
        }
        1
    });
}

#[test]
fn a_body_may_have_64_kib_and_not_a_byte_more() {
    let sale = Sale::new();
    let padded = |endpoint, length: usize| {
        let mut body = sale.good(endpoint).to_string().into_bytes();
        body.resize(length, b' ');
        body
    };
    sale.assert_unmoved(|| {
        for endpoint in Endpoint::ALL {
            for length in [65_537, 100_000, 1_000_000] {
                let answer = sale.send(endpoint, padded(endpoint, length));
                assert_eq!(answer.status, 413, "{endpoint:?} with {length} bytes");
                answer.any_problem();
            }
        }
        3 * Endpoint::ALL.len()
    });
    for endpoint in Endpoint::ALL {
        let answer = sale.send(endpoint, padded(endpoint, 65_536));
        assert!(answer.status < 300, "{endpoint:?}: {}", answer.text());
    }
}
