//! SVG as text: elements with escaped attributes and content, and how wide a text will be.

use std::fmt::{Display, Write as _};

use crate::text::is_control;

/// An SVG document that is being written.
#[derive(Debug, Default)]
pub(super) struct Svg {
    text: String,
    open: Vec<&'static str>,
}

impl Svg {
    /// A document of a size, with a title and a description for those who do not see it, and a style sheet.
    pub(super) fn new(width: f64, height: f64, title: &str, description: &str, style: &str) -> Self {
        let mut svg = Self::default();
        let (wide, high) = (number(width), number(height));
        let _ = writeln!(
            svg.text,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide}\" height=\"{high}\" viewBox=\"0 0 {wide} {high}\" role=\"img\" \
             aria-labelledby=\"title description\">"
        );
        svg.open.push("svg");
        svg.leaf("title", &[("id", &"title")], title);
        svg.leaf("desc", &[("id", &"description")], description);
        let _ = writeln!(svg.text, "  <style>\n{style}  </style>");
        svg
    }

    /// Open a group of this class; [`Svg::end`] closes it.
    pub(super) fn group(&mut self, class: &str) {
        self.start("g", &[("class", &class)], ">\n");
        self.open.push("g");
    }

    /// Close the last group.
    pub(super) fn end(&mut self) {
        if let Some(tag) = self.open.pop() {
            self.indent();
            let _ = writeln!(self.text, "</{tag}>");
        }
    }

    /// An element without content.
    pub(super) fn empty(&mut self, tag: &str, attributes: &[(&str, &dyn Display)]) {
        self.start(tag, attributes, "/>\n");
    }

    /// An element with a text.
    pub(super) fn leaf(&mut self, tag: &str, attributes: &[(&str, &dyn Display)], content: &str) {
        self.start(tag, attributes, ">");
        let _ = writeln!(self.text, "{}</{tag}>", escaped(content));
    }

    /// A rectangle with round corners.
    pub(super) fn rect(&mut self, class: &str, (x, y): (f64, f64), (width, height): (f64, f64), radius: f64) {
        let numbers = [x, y, width, height, radius].map(number);
        let [x, y, width, height, radius] = &numbers;
        self.empty(
            "rect",
            &[("class", &class), ("x", x), ("y", y), ("width", width), ("height", height), ("rx", radius)],
        );
    }

    /// A line of text from a point on, or up to it (`end`), or around it (`middle`).
    pub(super) fn words(&mut self, class: &str, anchor: &str, (x, y): (f64, f64), content: &str) {
        self.leaf(
            "text",
            &[("class", &class), ("text-anchor", &anchor), ("x", &number(x)), ("y", &number(y))],
            content,
        );
    }

    /// The document.
    pub(super) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.end();
        }
        self.text
    }

    fn indent(&mut self) {
        self.text.extend(std::iter::repeat_n("  ", self.open.len()));
    }

    fn start(&mut self, tag: &str, attributes: &[(&str, &dyn Display)], end: &str) {
        self.indent();
        let _ = write!(self.text, "<{tag}");
        for (name, value) in attributes {
            let _ = write!(self.text, " {name}=\"{}\"", escaped(&value.to_string()));
        }
        self.text.push_str(end);
    }
}

/// A text as it may stand in XML: markup escaped, what no XML file may hold replaced.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' | '\r' => out.push(' '),
            c if is_control(c) || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A number of pixels, at most one decimal.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
}

/// About how wide a text is in a system's sans-serif font of this size: never much less, so that nothing overflows.
pub(super) fn width(text: &str, size: f64) -> f64 {
    let em = |c: char| match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.32,
        'f' | 't' | 'r' | ' ' | '-' | '/' | '(' | ')' => 0.42,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.95,
        'A'..='Z' => 0.72,
        c if c.is_ascii() => 0.62,
        _ => 1.05,
    };
    text.chars().map(em).sum::<f64>() * size
}

/// A text cut to a width, with an ellipsis where something is missing.
pub(super) fn cut(text: &str, size: f64, wide: f64) -> String {
    if width(text, size) <= wide {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if width(&kept, size) + size > wide {
            kept.pop();
            break;
        }
    }
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_text() {
        assert_eq!(
            escaped("<a b=\"c\">&'\u{0}\u{1b}\n\u{202e}\u{9b}"),
            "&lt;a b=&quot;c&quot;&gt;&amp;&#39;\u{fffd}\u{fffd} \u{fffd}\u{fffd}"
        );
    }

    #[test]
    fn a_long_text_is_cut_and_a_short_one_is_not() {
        assert_eq!(cut("redis", 12.0, 60.0), "redis");
        let text = cut("opentelemetry-collector-contrib", 12.0, 80.0);
        assert!(text.ends_with('…') && width(&text, 12.0) <= 80.0, "{text}");
        assert_eq!(cut("abc", 12.0, 1.0), "…");
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([number(1.0), number(1.25), number(-0.5)], ["1", "1.2", "-0.5"]);
    }
}
