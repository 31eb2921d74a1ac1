//! What the control server answers.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, RawQuery, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{
        Html, IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::{get, post},
};
use futures_util::stream;
use serde::Serialize;
use serde_json::json;
use tokio::sync::watch;

use super::{
    SERVICE, csv, metrics,
    peers::{Change, HEADER, Reached},
    state::Control,
};
use crate::{
    dashboard::{self, About, RunPage},
    engine::{Handle, Snapshot, SwitchError},
    history::{Recent, lock},
    over,
    plan::{CUSTOM, MAX_RATE},
    rate::Rps,
    report::{Live, Report, Status},
};

/// A page that lost its connection tries again after this.
const RETRY: Duration = Duration::from_secs(1);

/// The page may run its own script and talk to its own server, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The routes.
pub fn router(control: Control) -> Router {
    Router::new()
        .route("/", get(async || Html(dashboard::PAGE)))
        .route("/page.js", get(async || asset(SCRIPT, dashboard::SCRIPT)))
        .route("/charts.js", get(async || asset(SCRIPT, dashboard::CHARTS)))
        .route("/page.css", get(async || asset("text/css; charset=utf-8", dashboard::STYLE)))
        .route(
            "/health",
            get(async || answer(StatusCode::OK, &json!({"status": "healthy", "service": SERVICE}))),
        )
        .route("/status", get(status))
        .route("/metrics", get(metrics))
        .route("/events", get(events))
        .route("/history", get(history))
        .route("/mode/{name}", post(mode))
        .route("/rate/{rate}", post(rate))
        .route("/reset", post(reset))
        .route("/report.json", get(report_json))
        .route("/report.html", get(report_page))
        .route("/report.csv", get(report_csv))
        .method_not_allowed_fallback(async || {
            answer(StatusCode::METHOD_NOT_ALLOWED, &json!({"error": "method not allowed"}))
        })
        .fallback(async || answer(StatusCode::NOT_FOUND, &json!({"error": "not found"})))
        .layer(middleware::from_fn_with_state(control.clone(), guard))
        .with_state(control)
}

/// Foreign pages read and change nothing, `/health` aside, and no page is framed, sniffed or cached.
async fn guard(State(control): State<Control>, request: Request, next: Next) -> Response {
    let allowed = match request.uri().path() {
        "/health" => Ok(()),
        _ => control.hosts.check(request.method(), request.uri(), request.headers()),
    };
    let mut response = match allowed {
        Ok(()) => next.run(request).await,
        Err(error) => answer(StatusCode::FORBIDDEN, &json!({"error": error})),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn mode(
    State(control): State<Control>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let over = match read_over(query.as_deref()) {
        Ok(over) => over,
        Err(error) => return wrong(&error.to_string()),
    };
    match control.switch(&name, over, Duration::ZERO).await {
        Ok(rate) => {
            let peers = pass_on(&control, &headers, Change::Mode(&name), over).await;
            answer(StatusCode::OK, &Mode { mode: &name, rps: Rps(rate), peers })
        }
        Err(SwitchError::Unknown) => {
            let modes: Vec<_> = control.handle.modes().keys().collect();
            answer(
                StatusCode::NOT_FOUND,
                &json!({"error": format!("there is no mode {name:?}"), "modes": modes}),
            )
        }
        Err(SwitchError::Gone) => gone(),
    }
}

async fn rate(
    State(control): State<Control>,
    Path(text): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let rate = text.parse::<f64>().ok().filter(|rate| (0.0..=MAX_RATE).contains(rate));
    let Some(rate) = rate else {
        return wrong(&format!("a rate is a number of requests per second from 0 to {MAX_RATE}"));
    };
    let over = match read_over(query.as_deref()) {
        Ok(over) => over,
        Err(error) => return wrong(&error.to_string()),
    };
    // -0 is 0.
    let rate = rate.abs();
    match control.set_rate(rate, over, Duration::ZERO).await {
        Ok(()) => {
            let peers = pass_on(&control, &headers, Change::Rate(rate), over).await;
            answer(StatusCode::OK, &Mode { mode: CUSTOM, rps: Rps(rate), peers })
        }
        Err(_) => gone(),
    }
}

/// To the other generators, where this did not come from one of them.
async fn pass_on(
    control: &Control,
    headers: &HeaderMap,
    change: Change<'_>,
    over: Duration,
) -> Option<Reached> {
    match &control.peers {
        Some(peers) if !headers.contains_key(HEADER) => Some(peers.broadcast(change, over).await),
        _ => None,
    }
}

/// The `over` of a query string; everything else in it is ignored.
fn read_over(query: Option<&str>) -> Result<Duration, over::OverError> {
    let mut pairs = query.unwrap_or_default().split('&');
    match pairs.find_map(|pair| pair.strip_prefix("over=")) {
        Some(text) => over::parse(text),
        None => Ok(Duration::ZERO),
    }
}

fn wrong(error: &str) -> Response {
    answer(StatusCode::BAD_REQUEST, &json!({"error": error}))
}

async fn reset(State(control): State<Control>) -> Response {
    if !control.handle.reset().await {
        return gone();
    }
    control.answers.forget().await;
    answer(StatusCode::OK, &json!({"reset": true}))
}

async fn report_json(State(control): State<Control>) -> Response {
    let Some(snapshot) = control.handle.snapshot(false).await else { return gone() };
    let body = serde_json::to_vec_pretty(&Report::of(&snapshot)).ok().map(Bytes::from);
    download("json", JSON, body)
}

async fn report_page(State(control): State<Control>) -> Response {
    let make = async || {
        let detailed = control.handle.detailed().await?;
        let whole = lock(&control.recent).whole();
        let page = RunPage { detailed: &detailed, whole: &whole, broken: None, about: &control.about };
        page.html().ok().map(Bytes::from)
    };
    download("html", "text/html; charset=utf-8", control.answers.page.get(make).await)
}

async fn report_csv(State(control): State<Control>) -> Response {
    let whole = lock(&control.recent).whole();
    download("csv", "text/csv; charset=utf-8", Some(csv::text(&whole).into()))
}

/// A file to keep, instead of a page to look at.
fn download(extension: &str, content_type: &'static str, body: Option<Bytes>) -> Response {
    let mut response = shared(content_type, body);
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"traffic-report.{extension}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

#[derive(Serialize)]
struct Mode<'a> {
    mode: &'a str,
    rps: Rps,
    /// Addition where the rate is shared.
    #[serde(skip_serializing_if = "Option::is_none")]
    peers: Option<Reached>,
}

async fn status(State(control): State<Control>) -> Response {
    let make = async || json_bytes(&Status::of(&control.handle.snapshot(false).await?));
    let mut response = shared(JSON, control.answers.status.get(make).await);
    control.epoch.write(response.headers_mut());
    response
}

async fn metrics(State(control): State<Control>) -> Response {
    let make = async || {
        let snapshot = control.handle.snapshot(false).await?;
        Some(metrics::text(&snapshot, control.handle.modes()).into())
    };
    shared(metrics::CONTENT_TYPE, control.answers.metrics.get(make).await)
}

async fn history(State(control): State<Control>) -> Response {
    let make = async || json_bytes(&lock(&control.recent).page());
    shared(JSON, control.answers.history.get(make).await)
}

async fn events(State(control): State<Control>) -> Response {
    let make = async || {
        let snapshot = control.handle.snapshot(false).await?;
        live(&snapshot, &control.handle, &control.recent, &control.about).map(Bytes::from)
    };
    // Whoever comes now sees the present, not only the next second.
    let feed = control.feed.subscribe();
    let Some(first) = control.answers.event.get(make).await else { return gone() };
    let first = String::from_utf8(first.to_vec()).ok();
    let next = async |(first, mut feed): (Option<String>, watch::Receiver<Option<Arc<str>>>)| {
        if let Some(first) = first {
            let event = Event::default().retry(RETRY).data(first);
            return Some((Ok::<_, Infallible>(event), (None, feed)));
        }
        loop {
            feed.changed().await.ok()?;
            let latest = feed.borrow_and_update().clone();
            if let Some(latest) = latest {
                return Some((Ok(Event::default().data(&*latest)), (None, feed)));
            }
        }
    };
    Sse::new(stream::unfold((first, feed), next)).keep_alive(KeepAlive::default()).into_response()
}

/// The event of this moment, as JSON.
pub fn live(snapshot: &Snapshot, handle: &Handle, recent: &Mutex<Recent>, about: &About) -> Option<String> {
    serde_json::to_string(&Live::of(snapshot, handle.modes(), &lock(recent), about.open.as_deref())).ok()
}

fn gone() -> Response {
    answer(StatusCode::SERVICE_UNAVAILABLE, &json!({"error": "the engine has ended"}))
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

fn asset(content_type: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))], text).into_response()
}

const JSON: &str = "application/json";

fn json_bytes(value: &impl Serialize) -> Option<Bytes> {
    serde_json::to_vec(value).ok().map(Bytes::from)
}

fn shared(content_type: &'static str, body: Option<Bytes>) -> Response {
    match body {
        Some(body) => {
            ([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))], body).into_response()
        }
        None => gone(),
    }
}

fn answer(status: StatusCode, value: &impl Serialize) -> Response {
    match json_bytes(value) {
        Some(body) => {
            (status, [(header::CONTENT_TYPE, HeaderValue::from_static(JSON))], body).into_response()
        }
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
