//! One request of the mix.

use super::Template;

/// Header fields that follow from the message or the connection: a user cannot set them.
pub const OWN_FIELDS: [&str; 7] =
    ["content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer"];

/// A weighted request, as a user writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// How often it is drawn, against the sum of all weights.
    pub weight: u32,
    /// Its key in `by_endpoint`.
    pub name: String,
    /// The method, an HTTP token in upper case.
    pub method: String,
    /// The path with its query; begins with `/`.
    pub path: Template,
    /// Header fields, in order.
    pub headers: Vec<(String, Template)>,
    /// What is sent.
    pub body: Body,
    /// Capture name to JSON pointer (RFC 6901) into the answer.
    pub capture: Vec<(String, String)>,
    /// Which statuses are a success.
    pub expect: Expect,
}

impl Request {
    /// A request of weight 1 without a body, named by method and path, that expects a 2xx.
    pub fn new(method: &str, path: Template) -> Self {
        Self {
            weight: 1,
            name: format!("{method} {path}"),
            method: method.to_owned(),
            path,
            headers: Vec::new(),
            body: Body::None,
            capture: Vec::new(),
            expect: Expect::Success,
        }
    }

    /// Every template of the request: path, headers, body.
    pub fn templates(&self) -> Vec<&Template> {
        let mut all = vec![&self.path];
        all.extend(self.headers.iter().map(|(_, value)| value));
        match &self.body {
            Body::None => {}
            Body::Text(text) => all.push(text),
            Body::Json(json) => json.templates(&mut all),
        }
        all
    }
}

/// A request's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Nothing, and no `Content-Length`.
    None,
    /// Text as it is.
    Text(Template),
    /// JSON, sent compact with `Content-Type: application/json`.
    Json(Json),
}

/// A JSON document with strings that may hold placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// A number, boolean or null as it is written.
    Literal(String),
    /// A string. One that is exactly one `{int}` or `{seq}` is sent as a number, and one that is exactly one captured
    /// value as whatever was captured.
    Text(Template),
    /// An array.
    Array(Vec<Json>),
    /// An object, in the order in which it is written.
    Object(Vec<(String, Json)>),
}

impl Json {
    fn templates<'a>(&'a self, all: &mut Vec<&'a Template>) {
        match self {
            Self::Literal(_) => {}
            Self::Text(text) => all.push(text),
            Self::Array(values) => values.iter().for_each(|value| value.templates(all)),
            Self::Object(fields) => fields.iter().for_each(|(_, value)| value.templates(all)),
        }
    }
}

/// Which statuses are a success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expect {
    /// Any 2xx.
    Success,
    /// Any of these, each from 100 to 599.
    Statuses(Vec<u16>),
}

impl Expect {
    /// Whether an answer with `status` is a success.
    pub fn accepts(&self, status: u16) -> bool {
        match self {
            Self::Success => (200..300).contains(&status),
            Self::Statuses(statuses) => statuses.contains(&status),
        }
    }
}

/// Whether a text is a JSON pointer: empty (the whole document), or `/` before each step, `~1` for `/` and `~0` for `~`.
pub fn is_pointer(text: &str) -> bool {
    let escapes_are_right = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    (text.is_empty() || text.starts_with('/')) && escapes_are_right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_checked() {
        for broken in ["id", "/a~2", "/a~", "~0"] {
            assert!(!is_pointer(broken), "{broken}");
        }
    }
}
