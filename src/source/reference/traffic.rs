//! `[traffic]` and its requests.

use super::{
    form::{
        Form::{self, Either, Flag, List, Map, Of, Span, StartsWith, TextOrWhole, UpTo, Whole},
        Table,
    },
    key::{Key, key},
    parts::TEXTS,
};
use crate::{
    model::traffic::{MAX_IN_FLIGHT, MAX_RATE},
    source::shape::Shape::{Any, Text},
};

/// `[traffic]`.
pub(in crate::source) const KEYS: [Key<Form>; 15] = [
    key("target", StartsWith(&["http://", "https://"]))
        .says("URL that requests are sent to; overridden by `--target` and TARGET_URL")
        .such_as(r#""http://nginx""#)
        .required(),
    key("port", Whole(1, 65_535))
        .says("Port of the dashboard and the control server; 8089 by default, overridden by `--port` and PORT")
        .such_as("8089"),
    key("start_delay", Span).says("Delay before the first request").such_as(r#""10s""#),
    key("jitter", UpTo(1.0))
        .says("Random variation of each interval, as a fraction; the mean rate stays exact")
        .such_as("0.2"),
    key("timeout", Span).says("Response timeout").such_as(r#""5s""#),
    key("max_in_flight", Whole(1, MAX_IN_FLIGHT as i64))
        .says("Maximum number of requests in flight; further ones are dropped and counted")
        .such_as("256"),
    key("keep_alive", Flag)
        .says("Whether a connection carries more than one request; `true` by default")
        .such_as("false"),
    key("insecure", Flag)
        .says("Trust any certificate of an `https` target, as `--insecure`")
        .such_as("true"),
    key("ca_file", Of(Text))
        .says("PEM file with certificates to trust in addition to those of the machine; relative to this file, in a container where it is mounted")
        .such_as(r#""certs/ca.pem""#),
    key("public_url", StartsWith(&["http://", "https://"]))
        .says("URL under which a browser reaches the target: the dashboard links to it")
        .such_as(r#""http://127.0.0.1:8080""#),
    key("modes", Map("MODE", &UpTo(MAX_RATE)))
        .says("Named rates, in requests per second")
        .such_as("{ steady = 2, burst = 20, overload = 100, pause = 0 }"),
    key("schedule", List(&Form::Table(&SCHEDULE_TABLE)))
        .says("Modes that begin by themselves; a mode that is set by hand lasts until the next entry")
        .such_as(r#"[{ at = "0s", mode = "steady" }, { at = "6h", mode = "burst", over = "30m" }]"#),
    key("repeat", Span).says("Time after which the schedule begins again").such_as(r#""24h""#),
    key("requests", List(&Form::Table(&REQUEST_TABLE)))
        .says("Requests of the mix, drawn by weight")
        .such_as(r#"[{ path = "/" }]"#)
        .required(),
    key("allowed_hosts", TEXTS)
        .says("Host names under which a browser may reach the control server, in addition to addresses, `localhost` and names without a dot; without a port, any port")
        .such_as(r#"["shop.example"]"#),
];
/// The same as a table.
pub(super) const TRAFFIC: Table = Table::of(&KEYS);

/// `[[traffic.schedule]]`.
pub(in crate::source) const SCHEDULE: [Key<Form>; 3] = [
    key("at", Span).says("Time since the start, or since the last repetition").such_as(r#""6h""#).required(),
    key("mode", Of(Text)).says("Mode that begins then").such_as(r#""burst""#).required(),
    key("over", Span)
        .says("Time in which the rate changes to that of the mode, on a straight line; at once by default")
        .such_as(r#""30m""#),
];
const SCHEDULE_TABLE: Table = Table::of(&SCHEDULE);

const STATUS: Form = TextOrWhole;

/// `[[traffic.requests]]`.
pub(in crate::source) const REQUEST: [Key<Form>; 9] = [
    key("weight", Whole(0, u32::MAX as i64)).says("Relative frequency; 1 by default").such_as("60"),
    key("name", Of(Text)).says("Name in statistics; method and path by default").such_as(r#""GET /orders/:id""#),
    key("method", Of(Text)).says("HTTP method; GET by default").such_as(r#""POST""#),
    key("path", Of(Text))
        .says("Path and query, with placeholders: `{int 1 10}`, `{choice red green}`, `{uuid}`, `{seq}`, `{NAME}` of a capture")
        .such_as(r#""/orders?limit={int 1 20}""#)
        .required(),
    key("headers", Map("HEADER", &Either(&[Of(Text), TEXTS])))
        .says("Headers; one with a list of values is sent once for each")
        .such_as(r#"{ Accept = "application/json", X-Tag = ["a", "b"] }"#),
    key("json", Of(Any))
        .says("JSON body; a string that is a single number placeholder becomes a number")
        .such_as(r#"{ product_id = "{int 1 10}", quantity = "{int 1 5}" }"#),
    key("body", Of(Text)).says("Text body, instead of `json`").such_as(r#""product={int 1 10}""#),
    key("capture", Map("NAME", &Of(Text)))
        .says("Values to capture from the response, a JSON document of up to 64 KiB, by JSON pointer: other requests use them as `{NAME}`")
        .such_as(r#"{ order = "/id" }"#),
    key("expect", Either(&[STATUS, List(&STATUS)]))
        .says("Status codes that count as success; any 2xx by default")
        .such_as(r#"[200, "4xx"]"#),
];
const REQUEST_TABLE: Table = Table::of(&REQUEST);
