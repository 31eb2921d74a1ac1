//! `[traffic]` and its requests.

use super::{
    form::{
        Form::{self, Either, List, Map, Of, Span, StartsWith, TextOrWhole, UpTo, Whole},
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
pub(in crate::source) const KEYS: [Key<Form>; 9] = [
    key("target", StartsWith(&["http://", "https://"]))
        .says("Where requests go; `--target` and TARGET_URL win")
        .such_as(r#""http://nginx""#)
        .required(),
    key("port", Whole(1, 65_535))
        .says("The port of the dashboard and the control server; `--port` and PORT win; 8089 where it is left out")
        .such_as("8089"),
    key("start_delay", Span).says("How long nothing is sent after the start").such_as(r#""10s""#),
    key("jitter", UpTo(1.0))
        .says("Each interval is drawn from so much more and less, while the mean rate stays exact")
        .such_as("0.2"),
    key("timeout", Span).says("How long an answer may take").such_as(r#""5s""#),
    key("max_in_flight", Whole(1, MAX_IN_FLIGHT as i64))
        .says("Requests that wait for their answers at once; what comes above that is dropped and counted")
        .such_as("256"),
    key("modes", Map("MODE", &UpTo(MAX_RATE)))
        .says("Requests per second, by name")
        .such_as("{ steady = 2, burst = 20, overload = 100, pause = 0 }"),
    key("requests", List(&Form::Table(&REQUEST_TABLE)))
        .says("What is sent, each as often as its weight says")
        .such_as(r#"[{ path = "/" }]"#)
        .required(),
    key("allowed_hosts", TEXTS)
        .says("Names under which a browser may reach the control server, beside addresses, `localhost` and names without a dot; one without a port means any")
        .such_as(r#"["shop.example"]"#),
];
/// The same as a table.
pub(super) const TRAFFIC: Table = Table::of(&KEYS);

const STATUS: Form = TextOrWhole;

/// `[[traffic.requests]]`.
pub(in crate::source) const REQUEST: [Key<Form>; 9] = [
    key("weight", Whole(0, u32::MAX as i64)).says("How often it is drawn beside the others; 1 where it is left out").such_as("60"),
    key("name", Of(Text)).says("What statistics call it; method and path where it is left out").such_as(r#""GET /orders/:id""#),
    key("method", Of(Text)).says("The HTTP method; GET where it is left out").such_as(r#""POST""#),
    key("path", Of(Text))
        .says("The path and query, with placeholders: `{int 1 10}`, `{choice red green}`, `{uuid}`, `{seq}`, `{NAME}` of a capture")
        .such_as(r#""/orders?limit={int 1 20}""#)
        .required(),
    key("headers", Map("HEADER", &Of(Text))).says("Its headers").such_as(r#"{ Accept = "application/json" }"#),
    key("json", Of(Any))
        .says("A body of JSON; a text that is one number placeholder becomes a number")
        .such_as(r#"{ product_id = "{int 1 10}", quantity = "{int 1 5}" }"#),
    key("body", Of(Text)).says("A body of text, instead of `json`").such_as(r#""product={int 1 10}""#),
    key("capture", Map("NAME", &Of(Text)))
        .says("Values to keep of its answer, a JSON document of up to 64 KiB, by JSON pointer: other requests use them as `{NAME}`")
        .such_as(r#"{ order = "/id" }"#),
    key("expect", Either(&[STATUS, List(&STATUS)]))
        .says("The statuses that are a success; any 2xx where it is left out")
        .such_as(r#"[200, "4xx"]"#),
];
const REQUEST_TABLE: Table = Table::of(&REQUEST);
