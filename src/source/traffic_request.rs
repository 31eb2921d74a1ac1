//! `[[traffic.requests]]`: the request language.

use std::collections::BTreeSet;

use super::{
    reference::REQUEST,
    table::Item,
    tree::{Kind, Node},
};
use crate::{
    diag::{Allow, Code, Diagnostic, Place, nearest},
    model::traffic::{
        Body, Expect, Json, OWN_FIELDS, Request, Template, TemplateError, WORDS, is_capture_name, is_pointer,
    },
};

/// A placeholder that means nothing.
pub static BAD_TEMPLATE: Code = Code::error(
    "bad-template",
    Allow::Never(Allow::TRAFFIC),
    "\
A path, header or body of a request contains a `{` that is not a placeholder. The placeholders are `{int 1 10}` (a whole number \
of that range), `{choice red green 'dark blue'}`, `{uuid}`, `{seq}` (the number of the request) and `{NAME}` for a value \
that a request captured. `{{` and `}}` are braces.

```toml
path = \"/orders/{int 1}\"          # error: int takes two numbers
path = \"/orders/{int 1 10}\"
```",
);

/// A part of a request that HTTP does not carry.
pub static BAD_REQUEST: Code = Code::error(
    "bad-request",
    Allow::Never(Allow::TRAFFIC),
    "\
A request of the mix cannot be sent as it is written: a method that is not an upper-case word, a path that does not begin \
with `/`, a header that belongs to the connection, both `json` and `body`, a capture with a pointer that is not a JSON pointer \
(RFC 6901: empty, or `/` before each step), or an expected status outside 100 to 599.

```toml
[[traffic.requests]]
method = \"post\"                    # error: POST
path = \"orders\"                    # error: /orders
capture = { order = \"id\" }         # error: /id
expect = [200, 404]                # a 404 is a success too; without it any 2xx is
```",
);

/// A captured value that no request captures.
pub static UNKNOWN_CAPTURE: Code = Code::error(
    "unknown-capture",
    Allow::Never(Allow::TRAFFIC),
    "\
A template uses `{NAME}`, and no request of the mix captures a value of that name, so the request could never be sent.

```toml
[[traffic.requests]]
method = \"POST\"
path = \"/orders\"
capture = { order = \"/id\" }

[[traffic.requests]]
path = \"/orders/{ordr}\"            # error: did you mean {order}?
```",
);

/// Requests of one mix: each has a histogram of its own.
const MOST: usize = 200;

/// Decode the list. What is reported is left out.
pub(super) fn decode(item: &Item<'_, '_>) -> Vec<Request> {
    let items = item.list().unwrap_or_default();
    if items.len() > MOST {
        item.report(|| {
            item.error(&BAD_REQUEST, format!("[traffic] has {} requests", items.len()))
                .label(format!("at most {MOST}"))
                .help("use {choice ...} for requests that differ only in a word")
        });
        return Vec::new();
    }
    let captured: BTreeSet<&str> = items.iter().flat_map(captures).collect();
    items.iter().filter_map(|item| request(item, &captured)).collect()
}

/// The names that one request captures, mistakes aside.
fn captures<'d>(item: &Item<'_, 'd>) -> Vec<&'d str> {
    let captures = item.node.get("capture").filter(|value| value.is_table());
    captures.into_iter().flat_map(Node::children).map(Node::key).collect()
}

fn request(item: &Item<'_, '_>, captured: &BTreeSet<&str>) -> Option<Request> {
    let table = item.table()?;
    let mut request = Request::new("GET", Template::literal("/"));
    let (mut name, mut bodies) = (None, 0);
    for item in table.items_of(&REQUEST) {
        match item.key() {
            "weight" => put(&mut request.weight, item.count(0)),
            "name" => name = item.plain_text(),
            "method" => put(&mut request.method, method(&item)),
            "path" => put(&mut request.path, path_template(&item, captured)),
            "headers" => request.headers = headers(&item, captured),
            "json" => put(&mut request.body, json(&item, captured).map(Body::Json)),
            "body" => put(&mut request.body, template(&item, captured).map(Body::Text)),
            "capture" => request.capture = capture(&item),
            "expect" => request.expect = Expect::Statuses(expect(&item)),
            _ => {}
        }
        bodies += usize::from(matches!(item.key(), "json" | "body"));
        if bodies == 2 {
            bodies = 0;
            item.report(|| {
                item.key_error(&BAD_REQUEST, "a request has both `json` and `body`")
                    .label("a request has one body")
            });
        }
    }
    table.requires_key("path", "`path = \"/\"`");
    request.name = name.map_or_else(|| format!("{} {}", request.method, request.path), str::to_owned);
    Some(request)
}

/// What was read replaces the default.
pub(super) fn put<T>(field: &mut T, read: Option<T>) {
    if let Some(read) = read {
        *field = read;
    }
}

/// Report a part of a request that cannot be sent.
fn refuse<T>(item: &Item<'_, '_>, message: &str, label: &str) -> Option<T> {
    item.reject(|| item.error(&BAD_REQUEST, message).label(label))
}

fn method(item: &Item<'_, '_>) -> Option<String> {
    let text = item.plain_text()?;
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'-') && text != "CONNECT" {
        return Some(text.to_owned());
    }
    refuse(item, &format!("{text:?} is not an HTTP method"), "an upper-case word such as GET or POST")
}

fn path_template(item: &Item<'_, '_>, captured: &BTreeSet<&str>) -> Option<Template> {
    let text = item.plain_text()?;
    if !text.starts_with('/') {
        return refuse(item, "a path begins with `/`", "only the path: the host is [traffic].target");
    }
    if text.contains('#') {
        return refuse(item, "a path has no fragment", "`#` and what follows is never sent to a server");
    }
    template(item, captured)
}

fn headers(item: &Item<'_, '_>, captured: &BTreeSet<&str>) -> Vec<(String, Template)> {
    let mut headers = Vec::new();
    let Some(table) = item.table() else { return headers };
    for item in table.items() {
        let name = item.key();
        let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        let problem = if name.is_empty() || !name.bytes().all(token) {
            Some("a header's name is a word of letters, digits and `-`")
        } else if OWN_FIELDS.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            Some("set by the engine: it follows from the body and the connection")
        } else {
            None
        };
        if let Some(label) = problem {
            item.report(|| {
                item.key_error(&BAD_REQUEST, format!("the header {name:?} cannot be set")).label(label)
            });
            continue;
        }
        let values = item.as_list();
        if values.as_ref().is_some_and(Vec::is_empty) {
            refuse::<()>(&item, &format!("the header {name:?} has no value"), "an empty list");
        }
        // A list is the header once for each of its values.
        for value in values.unwrap_or_else(|| vec![item]) {
            headers.extend(template(&value, captured).map(|value| (name.to_owned(), value)));
        }
    }
    headers
}

fn json(item: &Item<'_, '_>, captured: &BTreeSet<&str>) -> Option<Json> {
    match item.node.kind() {
        Kind::String(_) => template(item, captured).map(Json::Text),
        Kind::Float(number) if !number.parse::<f64>().is_ok_and(f64::is_finite) => {
            refuse(item, "JSON has no such number", "a finite number")
        }
        Kind::Float(number) => number.parse().ok().map(|number: f64| Json::Literal(number.to_string())),
        Kind::Integer(_) => item.integer().map(|number| Json::Literal(number.to_string())),
        Kind::Boolean(value) => Some(Json::Literal(value.to_string())),
        Kind::Null => Some(Json::Literal("null".to_owned())),
        Kind::Date(text) => Some(Json::Text(Template::literal(text))),
        Kind::Array => Some(Json::Array(item.each(|item| json(item, captured)))),
        Kind::Table => {
            let table = item.as_table()?;
            let field = |item: Item<'_, '_>| Some((item.key().to_owned(), json(&item, captured)?));
            Some(Json::Object(table.items().filter_map(field).collect()))
        }
    }
}

fn capture(item: &Item<'_, '_>) -> Vec<(String, String)> {
    let mut captures = Vec::new();
    let Some(table) = item.table() else { return captures };
    for item in table.items() {
        let name = item.key();
        item.ensure(is_capture_name(name), || {
            item.key_error(&BAD_REQUEST, format!("{name:?} is not a name for a captured value"))
                .label(format!("letters, digits, `-` and `_`, and not one of {}", WORDS.join(", ")))
        });
        let Some(pointer) = item.plain_text() else { continue };
        if is_pointer(pointer) {
            captures.push((name.to_owned(), pointer.to_owned()));
        } else {
            let message = format!("{pointer:?} is not a JSON pointer");
            refuse::<()>(&item, &message, "such as \"/id\" or \"/items/0/id\"");
        }
    }
    captures
}

fn expect(item: &Item<'_, '_>) -> Vec<u16> {
    let list = item.as_list();
    let items = list.as_deref().unwrap_or(std::slice::from_ref(item));
    if items.is_empty() {
        return refuse(item, "no status is expected", "leave the key out for any 2xx").unwrap_or_default();
    }
    let mut statuses = Vec::new();
    for item in items {
        let class =
            item.as_text().and_then(|text| text.strip_suffix("xx")).and_then(|digit| digit.parse().ok());
        match class {
            Some(class @ 1..=5_u16) => statuses.extend(class * 100..class * 100 + 100),
            _ if item.as_text().is_some() => {
                let label = "a number such as 200, or a class such as \"2xx\"";
                refuse::<()>(item, "this is not a status code", label);
            }
            _ => statuses.extend(item.whole(100, 599).and_then(|status| u16::try_from(status).ok())),
        }
    }
    statuses
}

fn template(item: &Item<'_, '_>, captured: &BTreeSet<&str>) -> Option<Template> {
    let text = item.plain_text()?;
    let template = match Template::parse(text) {
        Ok(template) => template,
        Err(error) => return item.reject(|| misread(item, text, error)),
    };
    if let Some(unknown) = template.captured().find(|name| !captured.contains(name)) {
        return item.reject(|| {
            let error = item.error(&UNKNOWN_CAPTURE, format!("no request captures {unknown:?}"));
            match nearest(unknown, captured.iter().copied().chain(WORDS)) {
                Some(near) => error.label(format!("did you mean {{{near}}}?")),
                None => error.label("never captured").help(format!(
                    "add `capture = {{ {unknown} = \"/id\" }}` to the request that has it in its response"
                )),
            }
        });
    }
    Some(template)
}

/// Point at the placeholder itself where the file contains the text without escapes.
fn misread(item: &Item<'_, '_>, text: &str, error: TemplateError) -> Diagnostic {
    let diagnostic = item.error(&BAD_TEMPLATE, error.message);
    let value = item.node.span();
    let written = item.node.source();
    let quoted = written.get(1..written.len().saturating_sub(1));
    if quoted == Some(text) {
        let start = value.start + 1;
        diagnostic.place(Place::Span(start + error.span.start..start + error.span.end))
    } else {
        diagnostic
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse_traffic;
    use crate::model::traffic::{Expect, Request};

    fn read(request: &str) -> (Option<Request>, Vec<(&'static str, String)>) {
        let text = format!("[traffic]\ntarget = 'http://a'\n[[traffic.requests]]\n{request}\n");
        let parsed = parse_traffic(text.as_bytes());
        let place = |d: &crate::diag::Diagnostic| {
            d.place.as_ref().and_then(|place| parsed.document.locate(place)).map(|span| text[span].to_owned())
        };
        let found = parsed.diagnostics.iter().map(|d| (d.code.name, place(d).unwrap_or_default())).collect();
        (parsed.stack.traffic.map(|traffic| traffic.requests[0].clone()), found)
    }

    #[test]
    fn a_request_has_sensible_defaults() {
        let (request, found) = read("path = '/x?y={int 1 2}'");
        assert_eq!(found, []);
        let request = request.unwrap();
        assert_eq!((request.name.as_str(), request.weight), ("GET /x?y={int 1 2}", 1));
        let (request, _) = read("path = '/'\nexpect = ['2xx', 404]");
        let Expect::Statuses(statuses) = request.unwrap().expect else { panic!() };
        assert_eq!((statuses.len(), statuses[100]), (101, 404));
    }

    #[test]
    fn a_header_with_a_list_is_sent_once_for_each_value() {
        let (request, found) = read("path = '/'\nheaders = { Accept = 'a', X-Tag = ['b', '{int 1 2}'] }");
        assert_eq!(found, []);
        let headers: Vec<String> =
            request.unwrap().headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        assert_eq!(headers, ["Accept: a", "X-Tag: b", "X-Tag: {int 1 2}"]);
    }

    #[test]
    fn mistakes_point_at_the_part_that_is_wrong() {
        let one = |code, place: &str| vec![(code, place.to_owned())];
        for (request, expected) in [
            ("path = '/a/{int 1}'", one("bad-template", "{int 1}")),
            ("path = \"/\\u0061{\"", one("bad-template", "\"/\\u0061{\"")),
            ("path = '/{ordr}'\ncapture = { order = '/id' }", one("unknown-capture", "'/{ordr}'")),
            ("path = '/{x}'", one("unknown-capture", "'/{x}'")),
            ("path = 'orders'", one("bad-request", "'orders'")),
            ("path = '/#a'", one("bad-request", "'/#a'")),
            ("path = '/'\nmethod = 'post'", one("bad-request", "'post'")),
            ("path = '/'\nheaders = { Content-Length = '1' }", one("bad-request", "Content-Length")),
            ("path = '/'\nheaders = { 'a b' = '1' }", one("bad-request", "'a b'")),
            ("path = '/'\nheaders = { X-A = [] }", one("bad-request", "[]")),
            ("path = '/'\njson = { a = inf }", one("bad-request", "inf")),
            ("path = '/'\njson = 1\nbody = ''", one("bad-request", "body")),
            ("path = '/'\ncapture = { order = 'id' }", one("bad-request", "'id'")),
            ("path = '/'\ncapture = { int = '/id' }", one("bad-request", "int")),
            ("path = '/'\nexpect = 99", one("bad-number", "99")),
            ("path = '/'\nexpect = []", one("bad-request", "[]")),
            ("path = '/'\nexpect = 'ok'", one("bad-request", "'ok'")),
            ("path = '/'\nweight = -1", one("bad-number", "-1")),
            ("path = '/'\nweigth = 1", one("unknown-key", "weigth")),
            ("weight = 1", one("missing-key", "[[traffic.requests]]")),
        ] {
            let (read, found) = read(request);
            assert_eq!((read, found), (None, expected), "{request}");
        }
    }
}
