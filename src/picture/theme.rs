//! The colours of every picture, in light and in dark: a style sheet inside the SVG that follows the reader's
//! `prefers-color-scheme`, also where the picture is an `<img>`. It uses no variables, which some renderers do not know.

use std::fmt::Write as _;

/// How many hues there are: the first is core's, profiles take the others in turn.
pub(super) const HUES: usize = 8;

const LIGHT: Theme = Theme {
    ground: "#ffffff",
    line: "#d1d9e0",
    ink: "#1f2328",
    faint: "#59636e",
    card: "#ffffff",
    edge: "#818b98",
    alarm: "#cf222e",
    hues: ["#6e7781", "#0969da", "#bc4c00", "#8250df", "#1b7c83", "#bf3989", "#1a7f37", "#9a6700"],
};

const DARK: Theme = Theme {
    ground: "#0d1117",
    line: "#3d444d",
    ink: "#e6edf3",
    faint: "#9198a1",
    card: "#151b23",
    edge: "#848d97",
    alarm: "#ff7b72",
    hues: ["#8b949e", "#58a6ff", "#f0883e", "#bc8cff", "#39c5cf", "#f778ba", "#3fb950", "#d29922"],
};

struct Theme {
    ground: &'static str,
    line: &'static str,
    ink: &'static str,
    faint: &'static str,
    card: &'static str,
    edge: &'static str,
    alarm: &'static str,
    hues: [&'static str; HUES],
}

/// The hue of the group at this place: 0 is core's alone.
pub(super) fn hue(core: bool, place: usize) -> usize {
    if core { 0 } else { 1 + place % (HUES - 1) }
}

/// The style sheet, indented as it stands in the file.
pub(super) fn style() -> String {
    let mut css = String::from(SHAPES);
    rules(&mut css, "    ", &LIGHT);
    css.push_str("    @media (prefers-color-scheme: dark) {\n");
    rules(&mut css, "      ", &DARK);
    css.push_str("    }\n");
    css
}

const SHAPES: &str = r#"    text { font-family: ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; font-size: 11px }
    .title { font-size: 17px; font-weight: 650 }
    .name { font-size: 13px; font-weight: 600 }
    .group-title { font-size: 12px; font-weight: 650 }
    .door { font-size: 10px; font-weight: 600 }
    .edge { fill: none; stroke-width: 1.4px }
    .started { stroke-dasharray: 5 4 }
    .completed { stroke-dasharray: 1.5 4; stroke-linecap: round; stroke-width: 2px }
    .optional { opacity: .6 }
    .area { fill-opacity: .07; stroke-opacity: .4 }
    .limit { fill-opacity: .28 }
    .bound { stroke-width: 1.5px; stroke-dasharray: 6 4 }
"#;

fn rules(css: &mut String, indent: &str, theme: &Theme) {
    let Theme { ground, line, ink, faint, card, edge, alarm, hues } = theme;
    let rules = [
        format!(".ground {{ fill: {ground}; stroke: {line} }}"),
        format!("text {{ fill: {ink} }}"),
        format!(".faint {{ fill: {faint} }}"),
        format!(".card {{ fill: {card}; stroke: {line} }}"),
        format!(".free {{ fill: {line}; fill-opacity: .45 }}"),
        format!(".rule {{ stroke: {line} }}"),
        format!(".edge {{ stroke: {edge} }} .tip {{ fill: {edge} }}"),
        format!(".bound {{ stroke: {faint} }}"),
        format!(".alarm {{ fill: {alarm} }} .alarm-line {{ stroke: {alarm} }}"),
    ];
    for rule in rules {
        let _ = writeln!(css, "{indent}{rule}");
    }
    for (at, hue) in hues.iter().enumerate() {
        let _ = writeln!(
            css,
            "{indent}.area.h{at}, .bar.h{at}, .tip.h{at} {{ fill: {hue} }} .area.h{at}, .edge.h{at} {{ stroke: {hue} }} \
             .ink.h{at} {{ fill: {hue} }} .door-box.h{at} {{ fill: {card}; stroke: {hue} }}"
        );
    }
}
