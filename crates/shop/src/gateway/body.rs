//! What clients send, read with suspicion: first whether it is JSON at all (400), then whether it is an order (422).

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, StatusCode, header},
};
use serde_json::{Map, Value};

use crate::{
    http::Refusal,
    order::{DEFAULT_LIMIT, Invalid, LIMITS, NewOrder, PRODUCTS, QUANTITIES, valid_limit},
};

/// The largest body that is read, in bytes. An order has 40.
const BODY: usize = 16 * 1024;
/// How long a client may take to send it.
const PATIENCE: Duration = Duration::from_secs(5);
/// How much of an unknown field's name is repeated.
const NAME: usize = 40;

/// The order in a request.
pub async fn read_order(headers: &HeaderMap, body: Body) -> Result<NewOrder, Refusal> {
    if !is_json(headers) {
        return Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Content-Type must be application/json",
        ));
    }
    let late = |_| Refusal::new(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time");
    let body = tokio::time::timeout(PATIENCE, to_bytes(body, BODY)).await.map_err(late)?.map_err(unread)?;
    let value: Value = serde_json::from_slice(&body)
        .map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, format!("the body is not JSON: {error}")))?;
    let Value::Object(fields) = value else {
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "the body must be an object"));
    };
    let key = headers.get("idempotency-key").map(|key| String::from_utf8_lossy(key.as_bytes()).into_owned());
    Ok(order(&fields, key)?)
}

fn order(fields: &Map<String, Value>, key: Option<String>) -> Result<NewOrder, Invalid> {
    if let Some(name) = fields.keys().find(|name| !["product_id", "quantity"].contains(&name.as_str())) {
        return Err(Invalid::new(name.chars().take(NAME).collect::<String>(), "is not a field of an order"));
    }
    let number = |name: &str, first: &u32, last: &u32| {
        let value = fields.get(name).ok_or_else(|| Invalid::new(name, "is missing"))?;
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        number.ok_or_else(|| Invalid::new(name, format!("must be a whole number from {first} to {last}")))
    };
    let product_id = number("product_id", PRODUCTS.start(), PRODUCTS.end())?;
    let quantity = number("quantity", QUANTITIES.start(), QUANTITIES.end())?;
    NewOrder::new(product_id, quantity, key)
}

/// The `limit` of a query string; everything else in it is ignored.
pub fn read_limit(query: Option<&str>) -> Result<u32, Invalid> {
    let pairs = query.unwrap_or_default().split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let mut limits = pairs.filter(|(name, _)| *name == "limit").map(|(_, value)| value);
    match (limits.next(), limits.next()) {
        (None, _) => Ok(DEFAULT_LIMIT),
        (Some(text), None) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            // Too large for a number is too large for a limit.
            valid_limit(if text.is_empty() { 0 } else { text.parse().unwrap_or(u32::MAX) })
        }
        _ => Err(Invalid::new(
            "limit",
            format!("must be one whole number from {} to {}", LIMITS.start(), LIMITS.end()),
        )),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

fn unread(error: axum::Error) -> Refusal {
    let mut causes = std::iter::successors(std::error::Error::source(&error), |error| error.source());
    if causes.any(|cause| cause.to_string().contains("length limit exceeded")) {
        return Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the body must not exceed {BODY} bytes"));
    }
    Refusal::new(StatusCode::BAD_REQUEST, "the body ended early")
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn refused(body: &str) -> (u16, Option<String>) {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, "application/json".parse().unwrap())]);
        let refusal = read_order(&headers, Body::from(body.to_owned())).await.unwrap_err();
        (refusal.status.as_u16(), refusal.field)
    }

    #[tokio::test]
    async fn what_is_no_json_is_400_and_what_is_no_order_422() {
        for body in ["", "{", "{\"product_id\":1,}", "nope", "{}x", "\u{feff}{}", &"[".repeat(5000)] {
            assert_eq!(refused(body).await, (400, None), "{body:.20}");
        }
        for body in ["[]", "null", "1", "\"x\"", "true"] {
            assert_eq!(refused(body).await, (422, None), "{body}");
        }
        for (body, field) in [
            ("{}", "product_id"),
            (r#"{"product_id":1}"#, "quantity"),
            (r#"{"product_id":1,"quantity":1,"price":0}"#, "price"),
            (r#"{"product_id":"1","quantity":1}"#, "product_id"),
            (r#"{"product_id":1.0,"quantity":1}"#, "product_id"),
            (r#"{"product_id":1,"quantity":-1}"#, "quantity"),
            (r#"{"product_id":1,"quantity":null}"#, "quantity"),
            (r#"{"product_id":11,"quantity":1}"#, "product_id"),
            (r#"{"product_id":4294967297,"quantity":1}"#, "product_id"),
            (r#"{"product_id":1,"quantity":1e999}"#, ""),
        ] {
            let expected = if field.is_empty() { (400, None) } else { (422, Some(field.to_owned())) };
            assert_eq!(refused(body).await, expected, "{body}");
        }
        assert_eq!(refused(&format!("{}{}", " ".repeat(BODY), "{}")).await, (413, None));
    }

    #[tokio::test]
    async fn a_body_of_another_type_is_415() {
        for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""] {
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, kind.parse().unwrap())]);
            let refusal = read_order(&headers, Body::from("{}")).await.unwrap_err();
            assert_eq!(refusal.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
        }
        assert!(is_json(&HeaderMap::from_iter([(
            header::CONTENT_TYPE,
            "Application/JSON; charset=utf-8".parse().unwrap()
        )])));
    }

    #[test]
    fn limits() {
        assert_eq!(read_limit(None), Ok(DEFAULT_LIMIT));
        assert_eq!(read_limit(Some("a=b&&limit=100")), Ok(100));
        for bad in [
            "limit=0",
            "limit=-1",
            "limit=1000000000",
            "limit=99999999999999999999",
            "limit=",
            "limit",
            "limit=x",
        ] {
            assert_eq!(read_limit(Some(bad)).unwrap_err().field, "limit", "{bad}");
        }
        assert_eq!(read_limit(Some("limit=1&limit=2")).unwrap_err().field, "limit");
    }
}
