//! Lines of several services, one below the other.

use std::io::{self, IsTerminal};

use indexmap::IndexSet;
use serde_json::json;

use super::{Format, Paint, Printer, output::Output};
use crate::{
    engine::{
        log_merge::MergedLine,
        logs::{LogLine, Source},
    },
    text::{escape_json, printable, printable_in_color},
};

/// How lines are printed.
#[derive(Debug)]
pub struct Lines {
    format: Format,
    paint: Paint,
    /// Whether a service's own colours are shown: by a terminal, where colours are wanted.
    shows_colors: bool,
    output: Output,
    width: usize,
    /// Services in the order of their colours.
    services: IndexSet<String>,
    /// Whether a replica's number is shown.
    numbered: bool,
    /// Whether each line begins with its time.
    timestamps: bool,
}

impl Lines {
    /// For the lines of these containers or tasks.
    pub fn new(printer: &Printer, format: Format, containers: &[Source], timestamps: bool) -> Self {
        let numbered = containers.iter().any(|container| container.replica > 1);
        let mut lines = Self {
            format,
            paint: Paint { on: printer.colors_stdout() },
            shows_colors: printer.colors_stdout() && io::stdout().is_terminal(),
            output: printer.output(),
            width: 0,
            services: containers.iter().map(|container| container.service.clone()).collect(),
            numbered,
            timestamps,
        };
        lines.width =
            containers.iter().map(|container| lines.name(container).chars().count()).max().unwrap_or(0);
        lines
    }

    fn name(&self, container: &Source) -> String {
        match self.numbered {
            true => format!("{}-{}", container.service, container.replica),
            false => container.service.clone(),
        }
    }

    /// Print these; false when stdout takes no more.
    pub fn print_all(&mut self, lines: &[MergedLine]) -> bool {
        lines.iter().all(|it| self.print(&it.source, &it.line))
    }

    /// Print one; false when stdout takes no more.
    pub fn print(&mut self, container: &Source, line: &LogLine) -> bool {
        let line = self.line(container, &line.at, &line.text);
        self.output.write(&line)
    }

    fn line(&mut self, container: &Source, at: &str, text: &str) -> String {
        let line = match self.format {
            Format::Json => {
                let Source { service, replica, .. } = container;
                let line = json!({ "time": at, "service": service, "replica": replica, "line": text });
                escape_json(&line.to_string()).into_owned()
            }
            Format::Human => {
                let (colour, _) = self.services.insert_full(container.service.clone());
                let (name, width) = (self.name(container), self.width);
                let name = self.paint.nth(colour, &printable(&format!("{name:width$} |")));
                let at = if self.timestamps { format!("{} ", printable(at)) } else { String::new() };
                format!("{name} {at}{}", self.shown(text.trim_end_matches('\r')))
            }
        };
        line + "\n"
    }

    /// A service's line; a colour that it leaves on ends with it.
    fn shown(&self, text: &str) -> String {
        if !self.shows_colors {
            return printable(text).into_owned();
        }
        let shown = printable_in_color(text).into_owned();
        if shown.contains('\x1b') { shown + "\x1b[0m" } else { shown }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replicas_are_distinguished_where_there_are_some() {
        let container =
            |service: &str, replica| Source { service: service.into(), replica, ..Source::default() };
        let printer = Printer::new(crate::ui::Color::Never, false, 0);
        let lines = |containers: &[Source]| Lines::new(&printer, Format::Human, containers, false);
        let one = lines(&[container("api", 1), container("db", 1)]);
        assert_eq!((one.name(&container("db", 1)).as_str(), one.width), ("db", 3));
        let two = lines(&[container("api", 1), container("api", 2)]);
        assert_eq!((two.name(&container("api", 2)).as_str(), two.width), ("api-2", 5));
    }

    #[test]
    fn only_colours_of_a_service_reach_a_terminal() {
        let printer = Printer::new(crate::ui::Color::Never, false, 0);
        let source = Source { service: "a".into(), ..Source::default() };
        let text = "\x1b[31mred\x1b]0;title\x07\u{9b}2J\u{202e}\r";
        let mut lines = Lines::new(&printer, Format::Human, std::slice::from_ref(&source), false);
        assert_eq!(lines.line(&source, "", text), "a | red␛]0;title␇\u{fffd}2J\u{fffd}\n");
        lines.shows_colors = true;
        let colored = "a | \x1b[31mred␛]0;title␇\u{fffd}2J\u{fffd}\x1b[0m\n";
        assert_eq!(lines.line(&source, "", text), colored);
        lines.format = Format::Json;
        let json = lines.line(&source, "", text);
        assert!(json.is_ascii(), "{json}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap()["line"], text);
    }
}
