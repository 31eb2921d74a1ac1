//! The trace that a request belongs to, as it travels: HTTP header, gRPC metadata, outbox row, stream entry.

use std::collections::HashMap;

use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The header of W3C Trace Context, which is also our metadata key and our field name.
pub const TRACEPARENT: &str = "traceparent";

/// A W3C `traceparent`, or nothing: without the tracing profile there is nothing to carry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TraceContext(Option<String>);

impl TraceContext {
    /// What a caller sent. Nonsense is dropped later, by [`TraceContext::adopt`].
    pub fn received(traceparent: Option<&str>) -> Self {
        Self(traceparent.map(str::to_owned))
    }

    /// The context that the current span hands to those it calls.
    pub fn current() -> Self {
        let mut carrier = Carrier(HashMap::new());
        TraceContextPropagator::new().inject_context(&Span::current().context(), &mut carrier);
        Self(carrier.0.remove(TRACEPARENT))
    }

    /// Make `span` a child of this context.
    pub fn adopt(&self, span: &Span) {
        let Some(traceparent) = &self.0 else { return };
        let carrier = Carrier(HashMap::from([(TRACEPARENT.to_owned(), traceparent.clone())]));
        // Fails only where no layer exports spans: then there is nothing to adopt.
        let _ = span.set_parent(TraceContextPropagator::new().extract(&carrier));
    }

    /// The header's text.
    pub fn traceparent(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

struct Carrier(HashMap<String, String>);

impl Injector for Carrier {
    fn set(&mut self, key: &str, value: String) {
        self.0.insert(key.to_owned(), value);
    }
}

impl Extractor for Carrier {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }
}
