//! Lines of several services, one below the other.

use std::io::{self, Write};

use indexmap::IndexSet;
use serde_json::json;

use super::{Format, Paint, Printer};
use crate::engine::logs::Source;

/// How lines are printed.
#[derive(Debug)]
pub struct Lines {
    format: Format,
    paint: Paint,
    width: usize,
    /// Services in the order of their colours.
    services: IndexSet<String>,
    /// Whether a replica's number is shown.
    numbered: bool,
}

impl Lines {
    /// For the lines of these containers or tasks.
    pub fn new(printer: &Printer, format: Format, containers: &[Source]) -> Self {
        let numbered = containers.iter().any(|container| container.replica > 1);
        let mut lines = Self {
            format,
            paint: Paint { on: printer.colors_stdout() },
            width: 0,
            services: containers.iter().map(|container| container.service.clone()).collect(),
            numbered,
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

    /// Print one; false when nobody reads any more.
    pub fn print(&mut self, container: &Source, at: &str, text: &str) -> bool {
        let line = match self.format {
            Format::Json => {
                let Source { service, replica, .. } = container;
                json!({ "time": at, "service": service, "replica": replica, "line": text }).to_string()
            }
            Format::Human => {
                let (colour, _) = self.services.insert_full(container.service.clone());
                let (name, width) = (self.name(container), self.width);
                format!("{} {text}", self.paint.nth(colour, &format!("{name:width$} |")))
            }
        };
        writeln!(io::stdout().lock(), "{line}").is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replicas_are_told_apart_where_there_are_some() {
        let container =
            |service: &str, replica| Source { service: service.into(), replica, ..Source::default() };
        let printer = Printer::new(crate::ui::Color::Never, false, 0);
        let lines = |containers: &[Source]| Lines::new(&printer, Format::Human, containers);
        let one = lines(&[container("api", 1), container("db", 1)]);
        assert_eq!((one.name(&container("db", 1)).as_str(), one.width), ("db", 3));
        let two = lines(&[container("api", 1), container("api", 2)]);
        assert_eq!((two.name(&container("api", 2)).as_str(), two.width), ("api-2", 5));
    }
}
