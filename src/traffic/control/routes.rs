//! What the control server answers.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex as StdMutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
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
use tokio::sync::{Mutex, watch};

use super::{
    Hosts, SERVICE, Told, metrics,
    peers::{HEADER, Peers, Reached},
};
use crate::traffic::{
    dashboard,
    engine::{Handle, Snapshot, SwitchError},
    history::{Recent, lock},
    report::{Live, Rps, Status},
};

/// Requests for the state within this time share one look at the engine, so that asking a thousand times a second
/// takes nothing from the load.
const SHARED: Duration = Duration::from_millis(50);

/// A page whose connection is lost tries again after this.
const RETRY: Duration = Duration::from_secs(1);

/// The page may run its own script and talk to its own server, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The latest event of the live view, as JSON; `None` while nobody looks.
pub type Feed = watch::Sender<Option<Arc<str>>>;

/// What the routes need.
#[derive(Debug, Clone)]
pub struct Control {
    handle: Handle,
    hosts: Arc<Hosts>,
    feed: Feed,
    recent: Arc<StdMutex<Recent>>,
    last: Arc<Mutex<Option<Taken>>>,
    peers: Option<Arc<Peers>>,
    told: Told,
}

/// A look at the engine, and when it was.
type Taken = (Instant, Arc<Snapshot>);

impl Control {
    /// For one engine. `feed` is what `/events` sends on, `recent` what `/history` tells.
    pub fn new(handle: Handle, hosts: Hosts, feed: Feed, recent: Arc<StdMutex<Recent>>) -> Self {
        let (last, told) = (Arc::default(), Told::default());
        Self { handle, hosts: Arc::new(hosts), feed, recent, last, peers: None, told }
    }

    /// Pass modes on to these, and say to them when one was told.
    #[must_use]
    pub fn with_peers(self, peers: Option<Peers>, told: Told) -> Self {
        Self { peers: peers.map(Arc::new), told, ..self }
    }

    async fn snapshot(&self) -> Option<Arc<Snapshot>> {
        let mut last = self.last.lock().await;
        if let Some((_, snapshot)) = last.as_ref().filter(|(taken, _)| taken.elapsed() < SHARED) {
            return Some(Arc::clone(snapshot));
        }
        let snapshot = Arc::new(self.handle.snapshot(false).await?);
        *last = Some((Instant::now(), Arc::clone(&snapshot)));
        Some(snapshot)
    }
}

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
        .route(
            "/history",
            get(async |State(control): State<Control>| answer(StatusCode::OK, &lock(&control.recent).page())),
        )
        .route("/mode/{name}", post(mode))
        .method_not_allowed_fallback(async || {
            answer(StatusCode::METHOD_NOT_ALLOWED, &json!({"error": "method not allowed"}))
        })
        .fallback(async || answer(StatusCode::NOT_FOUND, &json!({"error": "not found"})))
        .layer(middleware::from_fn_with_state(control.clone(), guard))
        .with_state(control)
}

/// Foreign pages change nothing, and no page is framed, sniffed or cached.
async fn guard(State(control): State<Control>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let mut response = if reads || control.hosts.allow(request.uri(), request.headers()) {
        next.run(request).await
    } else {
        let error = "this Host or Origin may not change the mode; allowed_hosts in [traffic] adds one";
        answer(StatusCode::FORBIDDEN, &json!({"error": error}))
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn mode(State(control): State<Control>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let switched = control.handle.switch(&name).await;
    *control.last.lock().await = None;
    match switched {
        Ok(rate) => {
            control.told.set(Duration::ZERO);
            lock(&control.recent).changed(Some(name.clone()), Some(rate));
            let peers = match &control.peers {
                Some(peers) if !headers.contains_key(HEADER) => Some(peers.tell(&name).await),
                _ => None,
            };
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

#[derive(Serialize)]
struct Mode<'a> {
    mode: &'a str,
    rps: Rps,
    /// Addition where the rate is shared.
    #[serde(skip_serializing_if = "Option::is_none")]
    peers: Option<Reached>,
}

async fn status(State(control): State<Control>) -> Response {
    match control.snapshot().await {
        Some(snapshot) => {
            let mut answer = answer(StatusCode::OK, &Status::of(&snapshot));
            control.told.write(answer.headers_mut());
            answer
        }
        None => gone(),
    }
}

async fn metrics(State(control): State<Control>) -> Response {
    match control.snapshot().await {
        Some(snapshot) => {
            let content_type = HeaderValue::from_static(metrics::CONTENT_TYPE);
            ([(header::CONTENT_TYPE, content_type)], metrics::text(&snapshot, control.handle.modes()))
                .into_response()
        }
        None => gone(),
    }
}

async fn events(State(control): State<Control>) -> Response {
    // Whoever comes now sees the present, not only the next second.
    let Some(snapshot) = control.snapshot().await else { return gone() };
    let feed = control.feed.subscribe();
    let first = live(&snapshot, &control.handle, &control.recent).map(Arc::from);
    let next = async |(first, mut feed): (Option<Arc<str>>, watch::Receiver<Option<Arc<str>>>)| {
        if let Some(first) = first {
            let event = Event::default().retry(RETRY).data(&*first);
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
pub fn live(snapshot: &Snapshot, handle: &Handle, recent: &StdMutex<Recent>) -> Option<String> {
    serde_json::to_string(&Live::of(snapshot, handle.modes(), &lock(recent))).ok()
}

fn gone() -> Response {
    answer(StatusCode::SERVICE_UNAVAILABLE, &json!({"error": "the engine has ended"}))
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

fn asset(content_type: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))], text).into_response()
}

fn answer(status: StatusCode, value: &impl Serialize) -> Response {
    let json = HeaderValue::from_static("application/json");
    match serde_json::to_vec(value) {
        Ok(body) => (status, [(header::CONTENT_TYPE, json)], Body::from(body)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
