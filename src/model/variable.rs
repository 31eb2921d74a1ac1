//! Compose's interpolation: `$V`, `${V}`, `${V:-default}` and its relatives in values.

/// One variable of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// What follows the name, operator first: `:-default`, `?message`, or empty.
    pub rest: String,
}

/// How deep variables may be nested in the defaults of others. Compose has no limit.
pub const DEEPEST: usize = 32;
/// A text that variables make longer than so many bytes is not worked out: values can hold each other.
const LONGEST: usize = 1 << 20;

/// Why a text cannot be interpolated: byte offset of the `$` that starts the malformed part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed(pub usize);

/// Whether Compose would change the text: it contains a variable (or a malformed one), not merely `$$` or `$5`.
pub fn has_variable(text: &str) -> bool {
    text.contains('$') && variables(text).map_or(true, |found| !found.is_empty())
}

/// Whether a text begins with a variable, so that what its first characters are is known only when Compose runs.
pub fn starts_with_variable(text: &str) -> bool {
    text.strip_prefix('$').is_some_and(|rest| rest.starts_with('{') || name_length(rest) > 0)
}

/// The variables of a text, outermost first; those nested in a default follow it. `$$` is a literal `$`; `$5` and a
/// trailing `$` stay as they are (COMPOSE_FACTS, loading and interpolation).
///
/// # Errors
/// `${}`, an unclosed `${`, an unknown operator, a line break between the braces, or more than [`DEEPEST`] variables within
/// each other.
pub fn variables(text: &str) -> Result<Vec<Variable>, Malformed> {
    variables_within(text, DEEPEST)
}

fn variables_within(text: &str, deep: usize) -> Result<Vec<Variable>, Malformed> {
    let mut found = Vec::new();
    for Dollar { start, form, .. } in dollars(text) {
        match form {
            Form::Literal => {}
            Form::Bare(name) => found.push(Variable { name: name.to_owned(), rest: String::new() }),
            Form::Braced(body) if !body.contains('\n') => {
                let deep = deep.checked_sub(1).ok_or(Malformed(start))?;
                let (name, operator, word) = parts(body);
                if name.is_empty() || !OPERATORS.contains(&operator) {
                    return Err(Malformed(start));
                }
                found.push(Variable { name: name.to_owned(), rest: body[name.len()..].to_owned() });
                let offset = start + 2 + name.len() + operator.len();
                let nested = variables_within(word, deep);
                found.extend(nested.map_err(|Malformed(at)| Malformed(offset + at))?);
            }
            Form::Braced(_) | Form::Unclosed(_) => return Err(Malformed(start)),
        }
    }
    Ok(found)
}

/// The text as Compose makes it of a set of variables: an unset one without a default is blank, `$$` is `$`. A replacement
/// or default is worked out whether it is needed or not, as Compose does (measured on 2.40.3). `None` where Compose
/// refuses: a malformed part, or a required variable (`:?`, `?`) without a value; also beyond [`DEEPEST`], and where
/// variables make more than a mebibyte.
pub fn expand<'v>(text: &str, lookup: &dyn Fn(&str) -> Option<&'v str>) -> Option<String> {
    expand_within(text, lookup, DEEPEST)
}

fn expand_within<'v>(text: &str, lookup: &dyn Fn(&str) -> Option<&'v str>, deep: usize) -> Option<String> {
    let mut expanded = String::with_capacity(text.len());
    let mut at = 0;
    for Dollar { start, end, form } in dollars(text) {
        expanded.push_str(&text[at..start]);
        match form {
            Form::Literal => expanded.push('$'),
            Form::Bare(name) => expanded.push_str(lookup(name).unwrap_or_default()),
            Form::Braced(body) => expanded.push_str(&expand_braced(body, lookup, deep.checked_sub(1)?)?),
            Form::Unclosed(_) => return None,
        }
        at = end;
        if expanded.len() > text.len() + LONGEST {
            return None;
        }
    }
    expanded.push_str(&text[at..]);
    Some(expanded)
}

/// The inside of `${...}`.
fn expand_braced<'v>(body: &str, lookup: &dyn Fn(&str) -> Option<&'v str>, deep: usize) -> Option<String> {
    let (name, operator, word) = parts(body);
    if name.is_empty() || body.contains('\n') {
        return None;
    }
    let value = lookup(name).filter(|value| !operator.starts_with(':') || !value.is_empty());
    let word = expand_within(word, lookup, deep)?;
    match (operator, value) {
        ("", value) => Some(value.unwrap_or_default().to_owned()),
        ("-" | ":-", None) | ("+" | ":+", Some(_)) => Some(word),
        ("-" | ":-" | "?" | ":?", Some(value)) => Some(value.to_owned()),
        ("+" | ":+", None) => Some(String::new()),
        _ => None,
    }
}

/// The text with a default for each variable that has a value here and may be unset elsewhere: `${TAG}` becomes `${TAG-value}`. A
/// default that is written gives way, also one of an empty value where the value is not. What an operator `+` adds is written down, and
/// so is a value that no default can hold.
pub fn with_defaults<'v>(text: &str, value: &dyn Fn(&str) -> Option<&'v str>) -> String {
    let mut written = String::with_capacity(text.len());
    let mut at = 0;
    for Dollar { start, end, form } in dollars(text) {
        written.push_str(&text[at..start]);
        let variable = &text[start..end];
        match form {
            Form::Bare(name) => written.push_str(&with_default(variable, (name, "", ""), value)),
            Form::Braced(body) => written.push_str(&with_default(variable, parts(body), value)),
            Form::Literal | Form::Unclosed(_) => written.push_str(variable),
        }
        at = end;
    }
    written.push_str(&text[at..]);
    written
}

/// One variable, `$NAME` or `${...}` with these parts, with a default.
fn with_default<'v>(
    variable: &str,
    (name, operator, word): (&str, &str, &str),
    value: &dyn Fn(&str) -> Option<&'v str>,
) -> String {
    let Some(value_here) = value(name) else {
        if word.contains('$') {
            return format!("${{{name}{operator}{}}}", with_defaults(word, value));
        }
        return variable.to_owned();
    };
    let literal = value_here.replace('$', "$$");
    // A brace would end the default, a line break is refused in one.
    if value_here.contains(['{', '}', '\n']) {
        return literal;
    }
    match operator {
        "" | "-" | "?" => format!("${{{name}-{literal}}}"),
        ":-" | ":?" if !value_here.is_empty() => format!("${{{name}:-{literal}}}"),
        "+" => with_defaults(word, value),
        ":+" if !value_here.is_empty() => with_defaults(word, value),
        _ => variable.to_owned(),
    }
}

/// The byte offsets of the `$` that are replaced by nothing: a variable without a value and without an operator. What stands
/// between braces with an operator is not looked into.
pub fn lost<'v>(text: &str, lookup: &dyn Fn(&str) -> Option<&'v str>) -> Vec<usize> {
    let is_lost = |name: &str| !name.is_empty() && name_length(name) == name.len() && lookup(name).is_none();
    let lost = dollars(text).filter(|dollar| match dollar.form {
        Form::Bare(name) | Form::Braced(name) | Form::Unclosed(name) => is_lost(name),
        Form::Literal => false,
    });
    lost.map(|dollar| dollar.start).collect()
}

/// What stands between the name of a variable and its word; nothing where there is no word.
const OPERATORS: [&str; 7] = ["", "-", ":-", "?", ":?", "+", ":+"];

/// A part of a text that begins with a `$`.
pub(super) struct Dollar<'t> {
    /// The byte of the `$`.
    pub(super) start: usize,
    /// The byte behind it.
    pub(super) end: usize,
    /// What it is.
    pub(super) form: Form<'t>,
}

/// What a `$` begins.
pub(super) enum Form<'t> {
    /// `$$`, or a `$` that begins nothing: a `$`.
    Literal,
    /// `$NAME`.
    Bare(&'t str),
    /// What stands between the braces of `${...}`.
    Braced(&'t str),
    /// What stands behind a `${` that is never closed.
    Unclosed(&'t str),
}

/// Every `$` of a text, but for those within `${...}`.
pub(super) fn dollars(text: &str) -> impl Iterator<Item = Dollar<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find('$')?;
        let rest = &text[start + 1..];
        let (form, length) = match (rest.strip_prefix('{'), name_length(rest)) {
            _ if rest.starts_with('$') => (Form::Literal, 1),
            (Some(inner), _) => match closing(inner) {
                Some(close) => (Form::Braced(&inner[..close]), close + 2),
                None => (Form::Unclosed(inner), rest.len()),
            },
            (None, 0) => (Form::Literal, 0),
            (None, length) => (Form::Bare(&rest[..length]), length),
        };
        at = start + 1 + length;
        Some(Dollar { start, end: at, form })
    })
}

/// Name, operator and word of what stands between braces. The operator is none of [`OPERATORS`] where Compose refuses it.
pub(super) fn parts(body: &str) -> (&str, &str, &str) {
    let (name, tail) = body.split_at(name_length(body));
    let length = usize::from(tail.starts_with(':')) + usize::from(!tail.is_empty());
    let (operator, word) = tail.split_at_checked(length).unwrap_or((tail, ""));
    (name, operator, word)
}

/// How long the name at the start of a text is.
fn name_length(text: &str) -> usize {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    if starts { end } else { 0 }
}

/// Whether variables are nested more than [`DEEPEST`] deep.
pub fn is_too_deep(text: &str) -> bool {
    let mut depth = 0_usize;
    let mut opens = text.match_indices(['{', '}']);
    opens.any(|(at, brace)| {
        if brace == "}" {
            depth = depth.saturating_sub(1);
        } else if text[..at].ends_with('$') {
            depth += 1;
        }
        depth > DEEPEST
    })
}

/// The offset of the brace that closes a `${`; the text starts behind that.
fn closing(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'$' if bytes.get(at + 1) == Some(&b'{') => {
                depth += 1;
                at += 1;
            }
            b'}' if depth == 0 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Result<Vec<String>, Malformed> {
        variables(text).map(|found| found.into_iter().map(|variable| variable.name).collect())
    }

    #[test]
    fn finds_variables_as_compose_does() {
        assert_eq!(names("a$V-${W}"), Ok(vec!["V".into(), "W".into()]));
        assert_eq!(names("${A:-${B:-x}}y"), Ok(vec!["A".into(), "B".into()]));
        for literal in ["$$V", "$5", "cost: 5$", "plain", "$${V}"] {
            assert_eq!(names(literal), Ok(vec![]), "{literal}");
            assert!(!has_variable(literal), "{literal}");
        }
    }

    #[test]
    fn expands_as_compose_does() {
        let lookup = |name: &str| match name {
            "SET" => Some("s"),
            "EMPTY" => Some(""),
            _ => None,
        };
        for (text, expanded) in [
            ("plain", Some("plain")),
            ("a$SET-${SET}$$SET $5 $", Some("as-s$SET $5 $")),
            ("[$NOPE${NOPE}]", Some("[]")),
            ("${EMPTY:-d}${EMPTY-d}", Some("d")),
            ("${NOPE:-a:-b}", Some("a:-b")),
            ("${NOPE:-${EMPTY-q}}", Some("")),
            ("${SET+r}${EMPTY+r}${EMPTY:+r}", Some("rr")),
            ("${NOPE:-}}", Some("}")),
            ("${EMPTY?x}", Some("")),
            ("${EMPTY:?x}", None),
            ("${NOPE?x}", None),
            ("${SET:-${NOPE:?x}}", None),
            ("${NOPE:+${NOPE2:?x}}", None),
            ("${}", None),
            ("${SET", None),
            ("${SET!}", None),
        ] {
            assert_eq!(expand(text, &lookup).as_deref(), expanded, "{text}");
        }
    }

    #[test]
    fn gives_variables_defaults() {
        let value = |name: &str| match name {
            "TAG" => Some("e3"),
            "EMPTY" => Some(""),
            "BRACE" => Some("a}b"),
            "DOLLAR" => Some("a$b"),
            _ => None,
        };
        for (text, expected) in [
            ("x:$TAG-${TAG}", "x:${TAG-e3}-${TAG-e3}"),
            ("${TAG:-a}${TAG-a}${TAG:?a}${TAG?a}", "${TAG:-e3}${TAG-e3}${TAG:-e3}${TAG-e3}"),
            ("${EMPTY}${EMPTY:-a}${EMPTY:?a}", "${EMPTY-}${EMPTY:-a}${EMPTY:?a}"),
            ("${TAG:+a}${TAG+$TAG}${EMPTY:+a}", "a${TAG-e3}${EMPTY:+a}"),
            ("${OTHER:-${TAG}}$OTHER", "${OTHER:-${TAG-e3}}$OTHER"),
            ("$$TAG $5 ${BRACE} ${DOLLAR} $", "$$TAG $5 a}b ${DOLLAR-a$$b} $"),
        ] {
            assert_eq!(with_defaults(text, &value), expected, "{text}");
        }
    }

    #[test]
    fn finds_what_is_replaced_by_nothing() {
        let lookup = |name: &str| (name == "SET").then_some("");
        for (text, offsets) in [
            ("$2a$10$bY3/n", &[6][..]),
            ("$SET${SET}$$X", &[]),
            ("${X}$Y", &[0, 4]),
            ("${X:-y}${X-y}${X:+y}${X:?}", &[]),
            ("$", &[]),
            ("${X", &[0]),
            ("${", &[]),
            ("\u{e9}$X\u{e9}$", &[2]),
        ] {
            assert_eq!(lost(text, &lookup), offsets, "{text}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth: usize| "${A:-".repeat(depth) + "x" + &"}".repeat(depth);
        assert_eq!(expand(&nested(DEEPEST), &|_| None).as_deref(), Some("x"));
        assert_eq!(variables(&nested(DEEPEST)).map(|found| found.len()), Ok(DEEPEST));
        assert!(!is_too_deep(&nested(DEEPEST)));
        for depth in [DEEPEST + 1, 100_000] {
            assert_eq!(expand(&nested(depth), &|_| None), None);
            assert_eq!(variables(&nested(depth)), Err(Malformed(5 * DEEPEST)));
            assert!(is_too_deep(&nested(depth)));
        }
        let value = "x".repeat(1 << 16);
        assert_eq!(expand(&"$A".repeat(1_000), &|_| Some(&value)), None);
        assert!(!is_too_deep(&"${A:-x}".repeat(1_000)));
    }

    #[test]
    fn finds_what_compose_refuses() {
        assert_eq!(names("${}"), Err(Malformed(0)));
        assert_eq!(names("a${V"), Err(Malformed(1)));
        assert_eq!(names("${V!x}"), Err(Malformed(0)));
        assert_eq!(names("${A:-${}}"), Err(Malformed(5)));
        // Compose's pattern ends at a line break (measured); a carriage return alone is none.
        for text in ["${V:-a\nb}", "${V\n:-a}", "${V:?a\nb}", "${V:-a\n${B:-c}b}"] {
            assert_eq!(names(text), Err(Malformed(0)), "{text}");
            assert_eq!(expand(text, &|_| Some("x")), None, "{text}");
        }
        assert_eq!(names("a\n${V:-a\rb}\n"), Ok(vec!["V".into()]));
        assert!(has_variable("${}"));
    }
}
