//! The stack as a Mermaid flowchart, for a README that renders it.

use std::fmt::Write as _;

use super::scene::{Scene, Service};
use crate::text::is_control;

/// Write a flowchart. Every text is quoted and its markup escaped; nodes are numbered, so no name is taken for a keyword.
pub fn mermaid(scene: &Scene) -> String {
    let mut text = String::from("flowchart TB\n");
    for (at, group) in scene.groups.iter().enumerate() {
        let title = format!("{} · {}", quoted(&group.title()), group.memory());
        let _ = writeln!(text, "  subgraph g{at}[\"{title}\"]");
        for (index, service) in scene.services.iter().enumerate().filter(|(_, it)| it.group == at) {
            let _ = writeln!(text, "    s{index}[\"{}\"]", label(service));
        }
        text.push_str("  end\n");
    }
    for dependency in &scene.dependencies {
        let arrow = match dependency.condition {
            "healthy" => "-->",
            "completed" => "==>",
            _ => "-.->",
        };
        let optional = if dependency.required { "" } else { ", where active" };
        let profile = dependency.profile.as_ref().map_or_else(String::new, |it| format!(" ({})", quoted(it)));
        let (from, to) = (dependency.from, dependency.to);
        let _ = writeln!(text, "  s{from} {arrow}|\"{}{optional}{profile}\"| s{to}", dependency.condition);
    }
    text
}

fn label(service: &Service) -> String {
    let name = format!("<b>{}</b>{}", quoted(&service.name), service.times());
    let details = service.details().map(|detail| quoted(&detail));
    [name].into_iter().chain(details).collect::<Vec<_>>().join("<br/>")
}

/// A text inside double quotes: what Mermaid, Markdown or HTML could read as markup stands as an entity code, `#35;`.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_alphanumeric() || " .,:/@+=-_()".contains(c) => out.push(c),
            c if matches!(c, '\n' | '\t') || is_control(c) => out.push(' '),
            c => {
                let _ = write!(out, "#{};", u32::from(c));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn markup_is_text() {
        assert_eq!(quoted("a\"]<b>#`*\n"), "a#34;#93;#60;b#62;#35;#96;#42; ");
        assert_eq!(quoted("127.0.0.1:80 é"), "127.0.0.1:80 é");
        assert_eq!(quoted("a\u{202e}b\u{9b}c\u{2066}"), "a b c ");
    }
}
