//! Exports spans over OTLP when an endpoint is configured.

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{Layer, filter::Targets, registry::LookupSpan};

use super::{env::Env, error::ShopError};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";

/// The export of spans. It works beside the services: a collector that is dead or slow costs spans, never an order.
///
/// The protocol is OTLP/gRPC: that is what the usual endpoint, `http://otel-collector:4317`, speaks, and gRPC is here anyway.
#[derive(Debug)]
pub struct Telemetry(SdkTracerProvider);

impl Telemetry {
    /// Spans of `service` (or `OTEL_SERVICE_NAME`) to `OTEL_EXPORTER_OTLP_ENDPOINT`; none without it. Call it within the runtime.
    ///
    /// # Errors
    /// When the endpoint is no URL, or another protocol is asked for.
    pub fn from_env(env: &Env, service: &str) -> Result<Option<Self>, ShopError> {
        let Some(endpoint) = env.text(ENDPOINT) else { return Ok(None) };
        if let Some(protocol) = env.text(PROTOCOL).filter(|protocol| protocol != "grpc") {
            let problem = format!("is {protocol:?}; only grpc is supported (port 4317)");
            return Err(ShopError::Config { name: PROTOCOL, problem });
        }
        let exporter = SpanExporter::builder()
            .with_tonic()
            .with_endpoint(endpoint)
            .build()
            .map_err(|error| ShopError::Telemetry(error.to_string()))?;
        let service = env.text("OTEL_SERVICE_NAME").unwrap_or_else(|| service.to_owned());
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(Resource::builder().with_service_name(service).build())
            .build();
        Ok(Some(Self(provider)))
    }

    /// The layer that turns our spans into OpenTelemetry's. Those of libraries stay out.
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("stackctl"))
            .with_location(false)
            .with_threads(false)
            .with_filter(
                Targets::new().with_target(module_path!().trim_end_matches("::telemetry"), LevelFilter::INFO),
            )
    }

    /// Send what is left. Blocks for a few seconds at most; not for a thread of the runtime.
    pub fn shutdown(self) {
        // A collector that is gone is no reason to fail at the end.
        let _ = self.0.shutdown_with_timeout(std::time::Duration::from_secs(3));
    }
}
