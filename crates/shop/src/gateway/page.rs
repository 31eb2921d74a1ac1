//! `/` of the gateway: a page for a person, a few numbers for a program. Which of them is asked for stands in `Accept`.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;

use super::placed::Placed;
use crate::http;

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

/// The page may run its own script and talk to its own server, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What the page shows beside the orders.
#[derive(Debug)]
pub struct Front {
    /// What the gateway has placed.
    pub placed: Arc<Placed>,
    /// The URL of the traffic dashboard, as a browser reaches it.
    pub traffic: Option<String>,
}

/// The routes.
pub fn routes(front: Front) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/shop.css", get(async || asset("text/css; charset=utf-8", STYLE)))
        .route("/shop.js", get(async || asset("text/javascript; charset=utf-8", SCRIPT)))
        .with_state(Arc::new(front))
}

async fn index(State(front): State<Arc<Front>>, headers: HeaderMap) -> Response {
    let mut response = if wants_a_page(&headers) {
        asset("text/html; charset=utf-8", PAGE)
    } else {
        let (placed, per_second) = front.placed.now();
        let body = json!({
            "service": "web-gateway",
            "orders": {"placed": placed, "per_second": (per_second * 100.0).round() / 100.0},
            "links": {"orders": "/orders", "traffic": front.traffic},
        });
        http::json(StatusCode::OK, &body)
    };
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("Accept"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A browser names HTML; programs that take anything (`*/*`) get JSON.
fn wants_a_page(headers: &HeaderMap) -> bool {
    let mut kinds = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    kinds.any(|value| {
        value.split(',').any(|kind| {
            let mut parts = kind.split(';').map(str::trim);
            let is_html = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("text/html"));
            is_html && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        })
    })
}

fn asset(content_type: &'static str, text: &'static str) -> Response {
    let fields = [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (fields, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_light_and_needs_nothing_from_elsewhere() {
        let all = [PAGE, STYLE, SCRIPT];
        let bytes: usize = all.iter().map(|text| text.len()).sum();
        assert!(bytes < 10_000, "{bytes}");
        for text in all {
            // The name of a namespace is not an address.
            let text = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!text.contains("http://") && !text.contains("https://") && !text.contains("@import"));
        }
        for (at, _) in SCRIPT.match_indices("byId(\"") {
            let id = SCRIPT[at..].split('"').nth(1).unwrap_or_default();
            assert!(PAGE.contains(&format!("id=\"{id}\"")), "{id}");
        }
    }

    #[test]
    fn a_browser_gets_the_page_and_a_program_json() {
        let wants =
            |accept: &str| wants_a_page(&HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]));
        assert!(wants("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
        assert!(wants("application/json;q=0.5, Text/HTML;q=0.9"));
        for program in ["*/*", "application/json", "text/*", "text/html;q=0", "", "text/htmlx"] {
            assert!(!wants(program), "{program}");
        }
        assert!(!wants_a_page(&HeaderMap::new()));
    }
}
