//! The stack in DOT, for Graphviz and what reads its language.

use std::fmt::Write as _;

use super::scene::{Scene, Service};
use crate::text::is_control;

/// Write a digraph: a cluster for each group, edges from the dependent to what it depends on.
pub fn dot(scene: &Scene) -> String {
    let mut text = format!("digraph {} {{\n", quoted(&scene.name));
    text.push_str("  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10];\n");
    for (at, group) in scene.groups.iter().enumerate() {
        let title = format!("{} · {}", group.title(), group.memory());
        let _ = writeln!(text, "  subgraph cluster_{at} {{\n    label={};", quoted(&title));
        for service in scene.services.iter().filter(|it| it.group == at) {
            let _ = writeln!(text, "    {} [label={}];", quoted(&service.name), quoted(&label(service)));
        }
        text.push_str("  }\n");
    }
    for dependency in &scene.dependencies {
        let style = match dependency.condition {
            "healthy" => "solid",
            "completed" => "bold",
            _ => "dashed",
        };
        let arrow = if dependency.required { "normal" } else { "empty" };
        let label = match &dependency.profile {
            Some(profile) => format!("{} ({profile})", dependency.condition),
            None => dependency.condition.to_owned(),
        };
        let name = |at: usize| quoted(&scene.services[at].name);
        let (from, to, label) = (name(dependency.from), name(dependency.to), quoted(&label));
        let _ = writeln!(text, "  {from} -> {to} [label={label}, style={style}, arrowhead={arrow}];");
    }
    text.push_str("}\n");
    text
}

fn label(service: &Service) -> String {
    let name = format!("{}{}", service.name, service.times());
    [name].into_iter().chain(service.details()).collect::<Vec<_>>().join("\n")
}

/// A quoted id: quotes and backslashes are escaped, a line break becomes DOT's own, and `&` no entity.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '&' => out.push_str("&amp;"),
            '\n' => out.push_str("\\n"),
            c if c == '\t' || is_control(c) => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn markup_is_text() {
        assert_eq!(quoted("a\"\\\n&<b>\t\u{202e}\u{9b}"), "\"a\\\"\\\\\\n&amp;<b>   \"");
    }
}
