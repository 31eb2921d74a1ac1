//! The generator's own part of a trace: one client span a request, over OTLP, so that a trace begins where the request does.

use std::{
    borrow::Cow,
    time::{Duration, SystemTime},
};

use opentelemetry::{
    InstrumentationScope, KeyValue,
    trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState},
};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{BatchSpanProcessor, SpanData, SpanEvents, SpanLinks, SpanProcessor},
};

use super::{
    fault::Fault,
    schedule::{Nanos, SECOND},
    trace::Trace,
};

/// Requests a second that become whole traces. All others say in their `traceparent` that they are not recorded, so that an
/// overload does not fill the store of traces as well.
const TRACES: u64 = 20;
/// How long the last spans may take.
const FLUSH: Duration = Duration::from_secs(1);

/// Where the spans go. A collector that is dead or slow costs spans, never a request: the queue to it is bounded.
#[derive(Debug)]
pub struct Spans {
    processor: BatchSpanProcessor,
    scope: InstrumentationScope,
    /// From when on another trace may begin.
    next: Nanos,
}

/// A request that is over.
#[derive(Debug, Clone, Copy)]
pub struct Ended<'a> {
    /// Its ids.
    pub trace: Trace,
    /// The name under which it is counted.
    pub endpoint: &'a str,
    /// Its method.
    pub method: &'a str,
    /// From when it was sent until it was over.
    pub service: Duration,
    /// Its status, and why it failed.
    pub outcome: (Option<u16>, Option<Fault>),
}

impl Spans {
    /// To an OTLP/gRPC endpoint, such as `http://otel-collector:4317`. Call it within a tokio runtime.
    ///
    /// # Errors
    /// When the endpoint is no URL.
    pub fn to(endpoint: &str, service: String) -> Result<Self, ExporterBuildError> {
        let exporter = SpanExporter::builder().with_tonic().with_endpoint(endpoint).build()?;
        let mut processor = BatchSpanProcessor::builder(exporter).build();
        processor.set_resource(&Resource::builder().with_service_name(service).build());
        Ok(Self { processor, scope: InstrumentationScope::builder("stackctl").build(), next: 0 })
    }

    /// Whether a request that is sent now becomes a trace.
    pub fn sample(&mut self, now: Nanos) -> bool {
        let sampled = now >= self.next;
        if sampled {
            // A quiet time does not save up for a burst of more than a second's worth.
            self.next = self.next.max(now.saturating_sub(SECOND)) + SECOND / TRACES;
        }
        sampled
    }

    /// Export a request that is over.
    pub fn ended(&self, request: Ended<'_>) {
        let end = SystemTime::now();
        let (status, fault) = request.outcome;
        let mut attributes = vec![KeyValue::new("http.request.method", request.method.to_owned())];
        attributes.extend(status.map(|status| KeyValue::new("http.response.status_code", i64::from(status))));
        attributes.extend(fault.map(|fault| KeyValue::new("error.type", fault.to_string())));
        self.processor.on_end(SpanData {
            span_context: SpanContext::new(
                TraceId::from(request.trace.trace),
                SpanId::from(request.trace.span),
                TraceFlags::SAMPLED,
                false,
                TraceState::NONE,
            ),
            parent_span_id: SpanId::INVALID,
            parent_span_is_remote: false,
            span_kind: SpanKind::Client,
            name: Cow::Owned(request.endpoint.to_owned()),
            start_time: end.checked_sub(request.service).unwrap_or(end),
            end_time: end,
            attributes,
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: fault.map_or(Status::Unset, |fault| Status::error(fault.to_string())),
            instrumentation_scope: self.scope.clone(),
        });
    }
}

impl Drop for Spans {
    fn drop(&mut self) {
        // A collector that is gone is no reason to fail at the end.
        let _ = self.processor.shutdown_with_timeout(FLUSH);
    }
}
