//! A request of the mix, compiled: preformatted bytes with holes that are filled each time it is sent.

use fastrand::Rng;

use super::{capture::Ring, trace::Trace};
use crate::plan::{Body, Json, OWN_FIELDS, Part, Request, Target, Template};

/// One stretch of a message.
#[derive(Debug)]
enum Piece {
    Bytes(Vec<u8>),
    Int {
        from: i64,
        to: i64,
    },
    Choice(Vec<Vec<u8>>),
    Uuid,
    Seq,
    Captured {
        ring: usize,
        place: Place,
    },
    /// A W3C `traceparent` value.
    TraceParent,
    /// The body's length.
    Length,
}

/// Where text ends up, which decides how it is escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Path,
    Header,
    Text,
    JsonString,
    /// A whole JSON value: a string gets its quotes.
    JsonValue,
}

/// What identifies one request.
#[derive(Debug, Clone, Copy)]
pub struct Number {
    /// How many were written before, and this one.
    pub seq: u64,
    /// Its trace.
    pub trace: Trace,
}

/// A compiled request.
#[derive(Debug)]
pub struct Message {
    head: Vec<Piece>,
    body: Vec<Piece>,
}

impl Message {
    /// Compile `request` for `target`; `ring` finds the ring of a captured name.
    pub fn compile(
        request: &Request,
        target: &Target,
        keep_alive: bool,
        ring: &mut dyn FnMut(&str) -> usize,
    ) -> Self {
        let mut body = Pieces::new(ring);
        match &request.body {
            Body::None => {}
            Body::Text(text) => body.template(text, Place::Text),
            Body::Json(json) => body.json(json),
        }
        let body = body.pieces;
        let mut head = Pieces::new(ring);
        head.bytes(format!("{} {}", request.method, target.base).as_bytes());
        head.template(&request.path, Place::Path);
        head.bytes(b" HTTP/1.1\r\n");
        let given = |name: &str| request.headers.iter().any(|(field, _)| field.eq_ignore_ascii_case(name));
        let mut field = |name: &str, value: &str| {
            if !given(name) {
                head.bytes(format!("{name}: {value}\r\n").as_bytes());
            }
        };
        field("Host", &target.authority());
        field("User-Agent", concat!("stackctl/", env!("CARGO_PKG_VERSION")));
        field("Accept", "*/*");
        if !keep_alive {
            field("Connection", "close");
        }
        if matches!(request.body, Body::Json(_)) {
            field("Content-Type", "application/json");
        } else if matches!(request.body, Body::Text(_)) {
            field("Content-Type", "text/plain; charset=utf-8");
        }
        for (name, value) in &request.headers {
            if !OWN_FIELDS.iter().any(|own| own.eq_ignore_ascii_case(name)) {
                head.bytes(format!("{name}: ").as_bytes());
                head.template(value, Place::Header);
                head.bytes(b"\r\n");
            }
        }
        if !given("traceparent") {
            head.bytes(b"traceparent: ");
            head.pieces.push(Piece::TraceParent);
            head.bytes(b"\r\n");
        }
        // A method that usually has a body says that it has none (RFC 9110, section 8.6).
        if request.body != Body::None || matches!(request.method.as_str(), "POST" | "PUT" | "PATCH") {
            head.bytes(b"Content-Length: ");
            head.pieces.push(Piece::Length);
            head.bytes(b"\r\n");
        }
        head.bytes(b"\r\n");
        Self { head: head.pieces, body }
    }

    /// Append the message to `out`. `scratch` is room for the body.
    pub fn write(
        &self,
        out: &mut Vec<u8>,
        scratch: &mut Vec<u8>,
        number: Number,
        rings: &[Ring],
        rng: &mut Rng,
    ) {
        scratch.clear();
        fill(&self.body, scratch, 0, number, rings, rng);
        fill(&self.head, out, scratch.len(), number, rings, rng);
        out.extend_from_slice(scratch);
    }
}

/// Collects pieces; neighbouring bytes become one.
struct Pieces<'a> {
    pieces: Vec<Piece>,
    ring: &'a mut dyn FnMut(&str) -> usize,
}

impl<'a> Pieces<'a> {
    fn new(ring: &'a mut dyn FnMut(&str) -> usize) -> Self {
        Self { pieces: Vec::new(), ring }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        match self.pieces.last_mut() {
            Some(Piece::Bytes(last)) => last.extend_from_slice(bytes),
            _ => self.pieces.push(Piece::Bytes(bytes.to_vec())),
        }
    }

    fn template(&mut self, template: &Template, place: Place) {
        for part in &template.parts {
            match part {
                Part::Literal(text) => {
                    // A user writes the path's own slashes and query; only what no request line holds is escaped.
                    let mut escaped = Vec::new();
                    match place {
                        Place::Path => percent(&mut escaped, text, b"/?&=+:@!$'()*,;%-._~[]"),
                        place => escape(&mut escaped, text, place),
                    }
                    self.bytes(&escaped);
                }
                Part::Int { from, to } => self.pieces.push(Piece::Int { from: *from, to: *to }),
                Part::Choice(values) => {
                    let escaped = values.iter().map(|value| {
                        let mut bytes = Vec::new();
                        escape(&mut bytes, value, place);
                        bytes
                    });
                    self.pieces.push(Piece::Choice(escaped.collect()));
                }
                Part::Uuid => self.pieces.push(Piece::Uuid),
                Part::Seq => self.pieces.push(Piece::Seq),
                Part::Captured(name) => {
                    let ring = (self.ring)(name);
                    self.pieces.push(Piece::Captured { ring, place });
                }
            }
        }
    }

    fn json(&mut self, json: &Json) {
        match json {
            Json::Literal(text) => self.bytes(text.as_bytes()),
            Json::Text(template) => match template.parts.as_slice() {
                [Part::Int { .. } | Part::Seq] => self.template(template, Place::JsonString),
                [Part::Captured(_)] => self.template(template, Place::JsonValue),
                _ => {
                    self.bytes(b"\"");
                    self.template(template, Place::JsonString);
                    self.bytes(b"\"");
                }
            },
            Json::Array(values) => {
                for (position, value) in values.iter().enumerate() {
                    self.bytes(if position == 0 { b"[" } else { b"," });
                    self.json(value);
                }
                self.bytes(if values.is_empty() { b"[]" } else { b"]" });
            }
            Json::Object(fields) => {
                for (position, (key, value)) in fields.iter().enumerate() {
                    self.bytes(if position == 0 { b"{\"" } else { b",\"" });
                    let mut escaped = Vec::new();
                    escape(&mut escaped, key, Place::JsonString);
                    self.bytes(&escaped);
                    self.bytes(b"\":");
                    self.json(value);
                }
                self.bytes(if fields.is_empty() { b"{}" } else { b"}" });
            }
        }
    }
}

fn fill(pieces: &[Piece], out: &mut Vec<u8>, length: usize, number: Number, rings: &[Ring], rng: &mut Rng) {
    for piece in pieces {
        match piece {
            Piece::Bytes(bytes) => out.extend_from_slice(bytes),
            Piece::Int { from, to } => {
                let number = rng.i64(from..=to);
                if number < 0 {
                    out.push(b'-');
                }
                decimal(out, number.unsigned_abs());
            }
            Piece::Choice(values) => out.extend_from_slice(&values[rng.usize(..values.len())]),
            Piece::Uuid => uuid(out, rng.u128(..)),
            Piece::Seq => decimal(out, number.seq),
            Piece::Captured { ring, place } => {
                if let Some(value) = rings[*ring].draw(rng) {
                    match place {
                        Place::JsonValue if value.string => {
                            out.push(b'"');
                            escape(out, &value.text, Place::JsonString);
                            out.push(b'"');
                        }
                        place => escape(out, &value.text, *place),
                    }
                }
            }
            Piece::TraceParent => {
                out.extend_from_slice(b"00-");
                hex(out, &number.trace.trace.to_be_bytes());
                out.push(b'-');
                hex(out, &number.trace.span.to_be_bytes());
                out.extend_from_slice(if number.trace.sampled { b"-01" } else { b"-00" });
            }
            Piece::Length => decimal(out, length as u64),
        }
    }
}

fn escape(out: &mut Vec<u8>, text: &str, place: Place) {
    match place {
        Place::Text | Place::JsonValue => out.extend_from_slice(text.as_bytes()),
        Place::Path => percent(out, text, b"-._~"),
        // A line break would begin another field; every other control character is as invalid.
        Place::Header => out.extend(text.bytes().map(|b| if b.is_ascii_control() { b' ' } else { b })),
        Place::JsonString => {
            for byte in text.bytes() {
                match byte {
                    b'"' | b'\\' => out.extend([b'\\', byte]),
                    0..=0x1f => {
                        out.extend_from_slice(b"\\u00");
                        hex(out, &[byte]);
                    }
                    _ => out.push(byte),
                }
            }
        }
    }
}

/// Percent-encode what is neither a letter nor a digit nor in `plain`.
fn percent(out: &mut Vec<u8>, text: &str, plain: &[u8]) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            out.push(byte);
        } else {
            out.push(b'%');
            hex(out, &[byte]);
        }
    }
}

fn decimal(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

fn hex(out: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        out.extend([DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
}

fn uuid(out: &mut Vec<u8>, random: u128) {
    let mut bytes = random.to_be_bytes();
    bytes[6] = 0x40 | (bytes[6] & 0x0f);
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    for (position, group) in [0..4, 4..6, 6..8, 8..10, 10..16].into_iter().enumerate() {
        if position > 0 {
            out.push(b'-');
        }
        hex(out, &bytes[group]);
    }
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;
    use proptest::prelude::*;

    use super::*;
    use crate::capture::Value;

    fn written(request: &Request, captured: &[Value]) -> String {
        let mut ring = Ring::default();
        captured.iter().cloned().for_each(|value| ring.push(value));
        let target = "http://shop:8080/api".parse().unwrap();
        let message = Message::compile(request, &target, true, &mut |_| 0);
        let (mut out, mut scratch) = (Vec::new(), Vec::new());
        let number = Number { seq: 42, trace: Trace { trace: 0xabc, span: 0xdef, sampled: true } };
        message.write(&mut out, &mut scratch, number, &[ring], &mut Rng::with_seed(1));
        String::from_utf8(out).unwrap()
    }

    fn template(text: &str) -> Template {
        Template::parse(text).unwrap()
    }

    #[test]
    fn a_get_is_a_whole_request() {
        let text = written(
            &Request::new("GET", template("/orders/{id}?q=ä b")),
            &[Value { text: "a/b c".to_owned(), string: true }],
        );
        let mut lines = text.split("\r\n");
        assert_eq!(lines.next(), Some("GET /api/orders/a%2fb%20c?q=%c3%a4%20b HTTP/1.1"));
        assert_eq!(lines.next(), Some("Host: shop:8080"));
        let trace = lines.find_map(|line| line.strip_prefix("traceparent: ")).unwrap();
        let parts: Vec<_> = trace.split('-').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [2, 32, 16, 2]);
        assert!(text.ends_with("\r\n\r\n") && !text.contains("Content-Length"));
    }

    #[test]
    fn without_keep_alive_every_request_says_so() {
        let request = Request::new("GET", template("/"));
        let message = |keep_alive| {
            let message = Message::compile(&request, &Target::http("a", 80), keep_alive, &mut |_| 0);
            let number = Number { seq: 1, trace: Trace { trace: 1, span: 1, sampled: false } };
            let (mut out, mut scratch) = (Vec::new(), Vec::new());
            message.write(&mut out, &mut scratch, number, &[], &mut Rng::new());
            String::from_utf8(out).unwrap()
        };
        assert!(
            message(false).contains("\r\nConnection: close\r\n") && !message(true).contains("Connection")
        );
    }

    #[test]
    fn a_json_body_keeps_numbers_numbers() {
        let json = Json::Object(vec![
            ("n".to_owned(), Json::Text(template("{int 5 5}"))),
            ("s".to_owned(), Json::Text(template("{seq}"))),
            ("t".to_owned(), Json::Text(template("no {seq} \"q\""))),
            ("c".to_owned(), Json::Text(template("{id}"))),
            ("l".to_owned(), Json::Array(vec![Json::Literal("true".to_owned()), Json::Array(vec![])])),
        ]);
        let request = Request { body: Body::Json(json), ..Request::new("POST", template("/x")) };
        let text = written(&request, &[Value { text: "7".to_owned(), string: false }]);
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert_eq!(body, r#"{"n":5,"s":42,"t":"no 42 \"q\"","c":7,"l":[true,[]]}"#);
        assert!(head.contains(&format!("Content-Length: {}", body.len())));
        assert!(head.contains("Content-Type: application/json\r\n"));
        let text = written(&request, &[Value { text: "a\"\n".to_owned(), string: true }]);
        assert!(text.contains(r#""c":"a\"\u000a""#), "{text}");
    }

    #[test]
    fn headers_replace_our_own_and_hold_no_line_break() {
        let headers = vec![
            ("host".to_owned(), template("other")),
            ("X-Id".to_owned(), template("{id}")),
            ("X-Tag".to_owned(), template("a")),
            ("X-Tag".to_owned(), template("b")),
            ("Content-Length".to_owned(), template("9")),
        ];
        let request = Request { headers, ..Request::new("GET", template("/")) };
        let text = written(&request, &[Value { text: "a\r\nEvil: 1".to_owned(), string: true }]);
        assert!(text.contains("host: other\r\nX-Id: a  Evil: 1\r\nX-Tag: a\r\nX-Tag: b\r\n"), "{text}");
        assert!(!text.contains("Host:") && !text.contains("Content-Length"));
    }

    proptest! {
        #[test]
        fn any_text_makes_a_readable_request(path in "/\\PC{0,20}", value in "\\PC{0,20}|[\r\n\t\"\\\\]{0,5}", key in "\\PC{0,8}") {
            let escaped = path.replace('{', "{{").replace('}', "}}");
            let json = Json::Object(vec![(key.clone(), Json::Text(Template::literal(&value))), ("c".to_owned(), Json::Text(template("{id}")))]);
            let request = Request {
                headers: vec![("X-V".to_owned(), Template::literal(&value))],
                body: Body::Json(json),
                ..Request::new("POST", template(&escaped))
            };
            let text = written(&request, &[Value { text: value.clone(), string: true }]);
            let mut fields = [httparse::EMPTY_HEADER; 16];
            let mut parsed = httparse::Request::new(&mut fields);
            let httparse::Status::Complete(head) = parsed.parse(text.as_bytes()).unwrap() else { panic!() };
            let body: serde_json::Value = serde_json::from_slice(&text.as_bytes()[head..]).unwrap();
            prop_assert_eq!(&body["c"], &serde_json::Value::from(value.clone()));
            let lengths = parsed.headers.iter().find(|field| field.name == "Content-Length").unwrap().value;
            prop_assert_eq!(std::str::from_utf8(lengths).unwrap().parse::<usize>().unwrap(), text.len() - head);
        }

        #[test]
        fn decimals_are_decimals(number: u64) {
            let mut out = Vec::new();
            decimal(&mut out, number);
            prop_assert_eq!(String::from_utf8(out).unwrap(), number.to_string());
        }

        #[test]
        fn uuids_are_version_four(random: u128) {
            let mut out = Vec::new();
            uuid(&mut out, random);
            let text = String::from_utf8(out).unwrap();
            prop_assert_eq!(text.len(), 36);
            prop_assert_eq!(text.as_bytes()[14], b'4');
            prop_assert!(matches!(text.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
        }
    }
}
