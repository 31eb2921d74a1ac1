//! The order shop in one process: every service, on the embedded store and queue.

use std::{collections::BTreeSet, path::Path, time::Duration};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use stackctl_shop::{Chain, ChainOptions, Pace};

use super::client::{Shop, read};

/// A shop that keeps house fast.
pub async fn chain(data: Option<&Path>) -> (Chain, Shop) {
    let pace =
        Pace { round: Duration::from_millis(100), lost: Duration::from_millis(500), ..Pace::default() };
    let options = ChainOptions {
        gateway: ([127, 0, 0, 1], 0).into(),
        data: data.map(Path::to_owned),
        pace,
        traffic: None,
    };
    let chain = Chain::start(options).await.unwrap();
    let shop = Shop::at(chain.gateway());
    shop.until_ready().await;
    (chain, shop)
}

#[tokio::test]
async fn an_order_is_placed_listed_and_fulfilled() {
    let (chain, shop) = chain(None).await;
    let placed = shop.post(json!({"product_id": 3, "quantity": 2}), None).await;
    assert_eq!(placed.status(), StatusCode::CREATED);
    let location = placed.headers()["location"].to_str().unwrap().to_owned();
    let (_, order) = read(placed).await;
    let keys: Vec<&str> = order.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["id", "product_id", "quantity", "status", "created_at"]);
    assert_eq!(
        (&order["product_id"], &order["quantity"], &order["status"]),
        (&json!(3), &json!(2), &json!("pending"))
    );
    let id = order["id"].as_i64().unwrap();
    assert_eq!(location, format!("/orders/{id}"));
    assert!(order["created_at"].as_str().unwrap().ends_with('Z'));

    let done = shop.until_fulfilled(id).await;
    assert_eq!(done["created_at"], order["created_at"]);
    shop.post(json!({"product_id": 1, "quantity": 1}), None).await;
    let (_, list) = shop.get("/orders?limit=1").await;
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_ne!(list[0]["id"], order["id"], "the newest comes first");
    chain.stop().await;
}

#[tokio::test]
async fn one_key_is_one_order() {
    let (chain, shop) = chain(None).await;
    let body = json!({"product_id": 3, "quantity": 2});
    let first = read(shop.post(&body, Some("k-1")).await).await;
    shop.until_fulfilled(first.1["id"].as_i64().unwrap()).await;
    let again = read(shop.post(&body, Some("k-1")).await).await;
    assert_eq!((again.0, &again.1["id"]), (StatusCode::CREATED, &first.1["id"]));
    let other = read(shop.post(json!({"product_id": 3, "quantity": 3}), Some("k-1")).await).await;
    assert_eq!(other.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(other.1["field"], "Idempotency-Key");
    assert_ne!(read(shop.post(&body, Some("k-2")).await).await.1["id"], first.1["id"]);
    chain.stop().await;
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_in_one_shape() {
    let (chain, shop) = chain(None).await;
    let refused = |method: Method, path: &'static str| {
        let request = shop.http.request(method, format!("{}{path}", shop.base));
        async move { request.send().await.unwrap() }
    };
    for (path, status, field) in [
        ("/nope", 404, Value::Null),
        ("/orders/", 404, Value::Null),
        ("/orders/999999", 404, Value::Null),
        ("/orders/0", 422, json!("id")),
        ("/orders/abc", 422, json!("id")),
        ("/orders/%FF", 422, json!("id")),
        ("/orders/1%20OR%201=1", 422, json!("id")),
        ("/orders/99999999999999999999", 422, json!("id")),
        ("/orders?limit=0", 422, json!("limit")),
        ("/orders?limit=-1", 422, json!("limit")),
        ("/orders?limit=1000000000", 422, json!("limit")),
    ] {
        let (found, body) = read(refused(Method::GET, path).await).await;
        assert_eq!((found.as_u16(), &body["field"]), (status, &field), "{path}: {body}");
        assert!(body["error"].is_string(), "{path}: {body}");
    }
    for (method, path, allow) in [
        (Method::DELETE, "/orders", "GET,HEAD,POST"),
        (Method::POST, "/orders/1", "GET,HEAD"),
        (Method::PUT, "/healthz", "GET,HEAD"),
    ] {
        let response = refused(method, path).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(response.headers()["allow"], allow);
        assert!(read(response).await.1["error"].is_string());
    }
    for (body, status) in [("{", 400), ("[]", 422), ("{\"product_id\":1,\"quantity\":1,\"x\":1}", 422)] {
        let (found, answer) = read(shop.post(body, None).await).await;
        assert_eq!(found.as_u16(), status, "{body}: {answer}");
    }
    assert_eq!(shop.post("x".repeat(20_000), None).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let plain = shop.http.post(format!("{}/orders", shop.base)).body("{}").send().await.unwrap();
    assert_eq!(plain.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(shop.get("/orders").await.1, json!([]), "nothing of this reached the store");
    chain.stop().await;
}

#[tokio::test]
async fn every_order_is_fulfilled_and_kept_from_one_life_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let mut ids = BTreeSet::new();
    for _ in 0..3 {
        let (chain, shop) = chain(Some(folder.path())).await;
        for n in 0..40 {
            let (status, order) =
                read(shop.post(json!({"product_id": 1 + n % 10, "quantity": 1}), None).await).await;
            assert_eq!(status, StatusCode::CREATED, "{order}");
            assert!(ids.insert(order["id"].as_i64().unwrap()), "an id was given twice");
        }
        // The queue is in memory: what it holds now is lost, and found again by the next life.
        chain.stop().await;
    }
    let (chain, shop) = chain(Some(folder.path())).await;
    for id in &ids {
        shop.until_fulfilled(*id).await;
    }
    assert_eq!(ids.len(), 120);
    chain.stop().await;
}

#[tokio::test]
async fn a_data_folder_belongs_to_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let (chain, _) = chain(Some(folder.path())).await;
    let pace = Pace::default();
    let options = ChainOptions {
        gateway: ([127, 0, 0, 1], 0).into(),
        data: Some(folder.path().to_owned()),
        pace,
        traffic: None,
    };
    assert!(Chain::start(options).await.is_err());
    chain.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn under_overload_an_order_is_taken_or_refused_at_once() {
    let (chain, shop) = chain(None).await;
    let mut clients = tokio::task::JoinSet::new();
    for n in 0..1_500 {
        let request = shop
            .http
            .post(format!("{}/orders", shop.base))
            .json(&json!({"product_id": 1, "quantity": 1 + n % 100}));
        clients.spawn(async move {
            let response = request.send().await.unwrap();
            let retry = response.headers().get("retry-after").cloned();
            let (status, body) = read(response).await;
            match status {
                StatusCode::CREATED => Some(body["id"].as_i64().unwrap()),
                StatusCode::SERVICE_UNAVAILABLE => {
                    assert_eq!(retry.unwrap(), "1");
                    None
                }
                _ => panic!("{status} {body}"),
            }
        });
    }
    let placed: Vec<i64> = clients.join_all().await.into_iter().flatten().collect();
    assert!(!placed.is_empty());
    for id in placed {
        shop.until_fulfilled(id).await;
    }
    chain.stop().await;
}
