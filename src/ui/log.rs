//! Log lines of the long-running commands (`traffic`, `shop`, `demo`): one JSON object a line on stderr, as
//! `{"timestamp","level","service","message",...fields}` in this order.
//!
//! A command calls [`init`] once and keeps the [`Guard`] until it ends; everything below logs with `tracing`'s
//! macros: `tracing::info!(mode = "burst", "mode changed")`. The line's `service` is the event's own field
//! `service`, else that of the nearest span that has one (`info_span!("service", service = "order-api")`, for several
//! services in one process), else the name given to [`init`]. To add another layer (OpenTelemetry), build the
//! subscriber from [`layer`] instead.
//!
//! Lines go through a bounded queue to a thread of their own, so that a stderr that is not read stalls that thread
//! and never a request: when the queue is full, lines are dropped, and the next line that gets through says how many.

use std::{
    fmt::{self, Write as _},
    io::{self, Write as _},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, SyncSender, TrySendError},
    },
    thread::{self, JoinHandle},
};

use serde_json::{Map, Value};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    span,
};
use tracing_subscriber::{
    Layer,
    fmt::{
        format::Writer,
        time::{FormatTime, SystemTime},
    },
    layer::Context,
    registry::LookupSpan,
};

use crate::text::{escape_json, printable};

/// Lines that may wait for stderr.
const QUEUE: usize = 1024;

/// How a line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// One JSON object.
    Json,
    /// `LEVEL message key=value`, for a person at a terminal.
    Human,
}

/// Where finished lines go: stderr, or above a progress line.
pub type Sink = Box<dyn FnMut(&str) + Send>;

/// Stderr, a line at a time. A closed pipe is not an error.
pub fn stderr() -> Sink {
    Box::new(|line| {
        let _ = io::stderr().lock().write_all(line.as_bytes());
    })
}

/// A layer that logs to `sink`. Filter it with `Layer::with_filter`.
pub fn layer(service: &str, layout: Layout, mut sink: Sink) -> (Lines, Guard) {
    let (queue, lines) = mpsc::sync_channel::<Message>(QUEUE);
    let writer = thread::Builder::new().name("log".to_owned()).spawn(move || {
        while let Ok(Message::Line(line)) = lines.recv() {
            sink(&line);
        }
    });
    let guard = Guard { queue: queue.clone(), writer: writer.ok() };
    (Lines { service: service.to_owned(), layout, queue, lost: Arc::default() }, guard)
}

enum Message {
    Line(String),
    End,
}

/// Writes what is queued when it is dropped.
#[must_use = "lines that are still queued are lost unless the guard is dropped at the end"]
pub struct Guard {
    queue: SyncSender<Message>,
    writer: Option<JoinHandle<()>>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(writer) = self.writer.take()
            && self.queue.send(Message::End).is_ok()
        {
            let _ = writer.join();
        }
    }
}

/// The `tracing` layer that makes the lines.
pub struct Lines {
    service: String,
    layout: Layout,
    queue: SyncSender<Message>,
    lost: Arc<AtomicU64>,
}

/// A span's `service` field.
struct Service(String);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Lines {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let (Some(service), Some(span)) = (fields.service, context.span(id)) {
            span.extensions_mut().replace(Service(service));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let service = fields.service.take().or_else(|| {
            let mut spans = context.event_scope(event)?;
            spans.find_map(|span| span.extensions().get::<Service>().map(|service| service.0.clone()))
        });
        let service = service.as_deref().unwrap_or(&self.service);
        let lost = self.lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            fields.rest.insert("lost_lines".to_owned(), lost.into());
        }
        let line = match self.layout {
            Layout::Json => json(*event.metadata().level(), service, fields),
            Layout::Human => human(*event.metadata().level(), fields),
        };
        if let Err(TrySendError::Full(_)) = self.queue.try_send(Message::Line(line)) {
            self.lost.fetch_add(lost + 1, Ordering::Relaxed);
        }
    }
}

/// Now, RFC 3339 in UTC.
pub(super) fn timestamp() -> String {
    let mut timestamp = String::new();
    let _ = SystemTime.format_time(&mut Writer::new(&mut timestamp));
    timestamp
}

fn json(level: Level, service: &str, fields: Fields) -> String {
    let level = level.as_str().to_lowercase();
    let head = [
        ("timestamp", timestamp()),
        ("level", level),
        ("service", service.to_owned()),
        ("message", fields.message),
    ];
    let mut object: Map<_, _> = head.into_iter().map(|(key, text)| (key.to_owned(), text.into())).collect();
    for (key, value) in fields.rest {
        object.entry(key).or_insert(value);
    }
    let line = Value::Object(object).to_string();
    escape_json(&line).into_owned() + "\n"
}

fn human(level: Level, fields: Fields) -> String {
    let mut line = match level {
        Level::ERROR => "error: ".to_owned(),
        Level::WARN => "warning: ".to_owned(),
        _ => String::new(),
    };
    line.push_str(&fields.message);
    for (key, value) in &fields.rest {
        let _ = write!(line, "  {key}={value}");
    }
    printable(&line).into_owned() + "\n"
}

/// An event's fields as JSON values, in the order in which they were given.
#[derive(Default)]
struct Fields {
    message: String,
    service: Option<String>,
    rest: Map<String, Value>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::String(text)) => self.message = text,
            ("service", Value::String(text)) => self.service = Some(text),
            (name, value) => {
                self.rest.insert(name.to_owned(), value);
            }
        }
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_error(&mut self, field: &Field, error: &(dyn std::error::Error + 'static)) {
        self.put(field, error.to_string().into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}").into());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    fn logged(layout: Layout, log: impl FnOnce()) -> Vec<String> {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        let sink: Sink = Box::new(move |line| kept.lock().unwrap().push(line.to_owned()));
        let (layer, guard) = layer("traffic-generator", layout, sink);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), log);
        drop(guard);
        let lines = lines.lock().unwrap();
        lines.clone()
    }

    #[test]
    fn a_line_is_one_object_with_the_fixed_fields_first() {
        let lines = logged(Layout::Json, || {
            tracing::warn!(
                mode = "burst",
                rps = 20_u64,
                p99_ms = 1.5,
                text = "a\n\"b\"",
                "mode {}",
                "changed"
            );
        });
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!(line.matches('\n').count(), 1);
        let object: Map<String, Value> = serde_json::from_str(line).unwrap();
        let keys: Vec<_> = object.keys().map(String::as_str).collect();
        let expected = ["timestamp", "level", "service", "message", "mode", "rps", "p99_ms", "text"];
        assert_eq!(keys, expected);
        assert_eq!(object["level"], "warn");
        assert_eq!(object["service"], "traffic-generator");
        assert_eq!(object["message"], "mode changed");
        assert_eq!(object["rps"], 20);
        assert_eq!(object["text"], "a\n\"b\"");
        assert!(object["timestamp"].as_str().unwrap().ends_with('Z'));
    }

    #[test]
    fn the_service_is_the_events_own_or_its_spans() {
        let lines = logged(Layout::Json, || {
            let span = tracing::info_span!("service", service = "order-api");
            span.in_scope(|| {
                tracing::info_span!("request").in_scope(|| tracing::info!("in a span"));
                tracing::info!(service = "web-gateway", "its own");
            });
        });
        assert!(lines[0].contains(r#""service":"order-api","message":"in a span""#), "{lines:?}");
        assert!(lines[1].contains(r#""service":"web-gateway","message":"its own""#), "{lines:?}");
    }

    #[test]
    fn a_person_reads_words() {
        let lines = logged(Layout::Human, || tracing::info!(rps = 20_u64, "mode changed"));
        assert_eq!(lines, ["mode changed  rps=20\n"]);
    }

    #[test]
    fn a_stuck_reader_drops_lines_and_says_so() {
        let (release, held) = mpsc::channel::<()>();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        let mut first = true;
        let sink: Sink = Box::new(move |line| {
            if std::mem::take(&mut first) {
                let _ = held.recv();
            }
            kept.lock().unwrap().push(line.to_owned());
        });
        let (layer, guard) = layer("s", Layout::Json, sink);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            for _ in 0..QUEUE + 50 {
                tracing::info!("line");
            }
            release.send(()).unwrap();
            // The queue empties once the reader is released: the first line that finds room tells what was lost.
            while !lines.lock().unwrap().iter().any(|line| line.contains("lost_lines")) {
                tracing::info!("after");
                thread::yield_now();
            }
        });
        drop(guard);
    }
}
