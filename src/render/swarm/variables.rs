//! Dollar signs as `docker stack` reads them. It knows `$V`, `${V}`, `-`, `:-`, `?` and `:?`; it refuses a
//! lone `$`, which Compose keeps, and splits a default that holds a variable at the first brace (measured on Docker 28.5).

use crate::{
    model::{Value, variable::variables},
    render::loss::Losses,
};

/// Rewrite every text below `value`, and note the variables that `docker stack` cannot read.
pub fn adapt(value: &mut Value, service: Option<&str>, losses: &mut Losses) {
    match value {
        Value::String(text) if text.contains('$') => {
            *text = escaped(text);
            let Ok(found) = variables(text) else { return };
            if !found.is_empty() {
                losses.add(
                    None,
                    ".env",
                    "`docker stack deploy` reads variables only from the shell, not from a file",
                );
            }
            if found
                .iter()
                .any(|it| it.rest.contains("${") || it.rest.trim_start_matches(':').starts_with('+'))
            {
                let why = "`docker stack` reads neither `${V:+text}` nor a default within a default";
                losses.add(service, format!("{text:?}"), why);
            }
        }
        Value::List(list) => list.iter_mut().for_each(|item| adapt(item, service, losses)),
        Value::Map(map) => map.values_mut().for_each(|item| adapt(item, service, losses)),
        _ => {}
    }
}

/// The text with each `$` doubled that does not start a variable.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        out.push_str(&rest[..=dollar]);
        rest = &rest[dollar + 1..];
        if let Some(tail) = rest.strip_prefix('$') {
            out.push('$');
            rest = tail;
        } else if !rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '{') {
            out.push('$');
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lone_dollars_are_doubled() {
        for (text, adapted) in [
            ("a$5", "a$$5"),
            ("b$", "b$$"),
            ("$$x", "$$x"),
            ("$$$5", "$$$$5"),
            ("${X:-y} $Z", "${X:-y} $Z"),
            ("€$ü", "€$$ü"),
        ] {
            assert_eq!(escaped(text), adapted, "{text}");
        }
    }

    #[test]
    fn variables_it_cannot_read_are_reported() {
        let losses_of = |text: &str| {
            let mut losses = Losses::default();
            adapt(&mut Value::from(text), Some("a"), &mut losses);
            losses.into_list().len()
        };
        assert_eq!(
            (losses_of("$$x"), losses_of("${X:-y}"), losses_of("${X:+y}"), losses_of("${X-${Y}}")),
            (0, 1, 2, 2)
        );
    }
}
