//! Lists, their pages and their filters.

use super::*;

/// All rows of a list, read page by page.
async fn pages(shop: &Shop, path: &str, limit: usize) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut cursor = String::new();
    loop {
        let separator = if path.contains('?') { '&' } else { '?' };
        let page = format!("{path}{separator}limit={limit}{cursor}");
        let answer = shop.admin("GET", &page, &Value::Null).await;
        assert_eq!(answer.status, 200, "{page} {}", answer.body);
        pages.push(answer.body["data"].as_array().unwrap().clone());
        match answer.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return pages,
        }
    }
}

#[tokio::test]
async fn pages_follow_one_another_without_gap_or_overlap() {
    let shop = Shop::open().await;
    for id in 2..=5 {
        let product = json!({"name": "x", "total_stock": 1, "price": 1, "id": id});
        shop.admin("POST", "/api/products", &product).await;
    }
    for number in 0..5 {
        let order = shop.order().await;
        let event = json!({"event_id": format!("e{number}"), "order_id": order, "status": "paid"});
        shop.post("/api/payments/webhook", &event).await;
    }
    for (path, key, rows) in [
        ("/api/products", "id", 5),
        ("/api/holds", "hold_id", 5),
        ("/api/orders", "order_id", 5),
        ("/api/payments", "event_id", 5),
        ("/api/products/1/journal", "seq", 11),
    ] {
        let all = pages(&shop, path, 200).await.concat();
        assert_eq!(all.len(), rows, "{path}");
        for limit in [1, 2, rows - 1, rows, rows + 1] {
            let paged = pages(&shop, path, limit).await;
            assert_eq!(paged.len(), rows.div_ceil(limit), "{path} by {limit}");
            assert_eq!(paged.concat(), all, "{path} by {limit}");
        }
        let keys: std::collections::HashSet<_> =
            all.iter().map(|row| row[key].to_string()).collect();
        assert_eq!(keys.len(), rows, "{path}");
    }
}

#[tokio::test]
async fn filters_narrow_a_list() {
    let shop = Shop::open().await;
    let hold = json!({"product_id": 1, "qty": 1, "customer_id": "a b"});
    let hold = shop.post("/api/holds", &hold).await.text("hold_id");
    let order = shop.order().await;
    for (path, rows) in [
        ("/api/holds".to_owned(), 2),
        ("/api/holds?status=active".to_owned(), 1),
        ("/api/holds?status=released".to_owned(), 0),
        ("/api/holds?customer_id=a%20b&status=active&product_id=1".to_owned(), 1),
        ("/api/holds?customer_id=a+b".to_owned(), 1),
        ("/api/holds?product_id=2".to_owned(), 0),
        (format!("/api/holds?order_id={order}"), 1),
        (format!("/api/orders?order_id={order}&status=pending"), 1),
        ("/api/orders?status=refund_due".to_owned(), 0),
        ("/api/payments?status=failed".to_owned(), 0),
    ] {
        assert_eq!(pages(&shop, &path, 50).await.concat().len(), rows, "{path}");
    }
    let found = pages(&shop, "/api/holds?customer_id=a%20b", 50).await.concat();
    assert_eq!(found[0]["hold_id"], hold);
}

#[tokio::test]
async fn a_bad_parameter_is_named() {
    let shop = Shop::open().await;
    for (path, wrong) in [
        ("/api/products?limit=0", "limit"),
        ("/api/products?limit=201", "limit"),
        ("/api/products?limit=", "limit"),
        ("/api/products?limit=1&limit=1", "limit"),
        ("/api/products?cursor=", "cursor"),
        ("/api/products?cursor=AWoAAAAAAAAAAg", "cursor"), // the journal's
        ("/api/products?status=open", "status"),
        ("/api/products/1?fields=id", "fields"),
        ("/api/holds?status=used,active", "status"),
        ("/api/holds?product_id=x", "product_id"),
        ("/api/orders?order_id=x", "order_id"),
        ("/api/orders?customer_id=", "customer_id"),
        ("/api/payments?status=success", "status"),
        ("/api/audit?deep=1", "deep"),
    ] {
        let answer = shop.admin("GET", path, &Value::Null).await;
        assert_eq!(answer.status, 422, "{path}");
        assert_eq!(answer.wrong_fields(), [wrong], "{path}");
    }
}
