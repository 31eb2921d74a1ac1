//! What the live view of a stack draws, at any size.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    bar::Bar,
    choice::{Choice, Order},
    foot,
    grid::{Cell, Grid, Head, cut},
    heads::{Amount, disk, heads, rule},
    page::{Page, ROOMY},
};
use crate::{
    engine::status::{RunsOn, ServiceStatus, StackStatus},
    model::Bytes,
    text::printable,
    ui::{
        columns::{
            CPU_LIMIT, CPUS, Column, LIMIT, PEAK, RESTARTS, SERVICE, SUMMARY, USED, bytes, cores, cpus, sum,
        },
        theme::Theme,
    },
};

/// The least height of the chosen service's log, with its title.
const LOG: u16 = 4;

/// Everything that is shown of a stack.
#[derive(Debug)]
pub struct StackView<'a> {
    /// Its name.
    pub name: &'a str,
    /// How it is.
    pub status: &'a StackStatus,
    /// What the user chose.
    pub choice: &'a Choice,
    /// The last lines of the chosen service's log, oldest first.
    pub log: &'a [String],
    /// A line on what it takes on the disk; empty while that is not known.
    pub disk: &'a str,
    /// Whether it was opened from the list of all projects.
    pub is_opened: bool,
    /// What became of the last wish; empty where there is nothing to say.
    pub note: &'a str,
}

/// What a column shows.
#[derive(Debug, Clone, Copy)]
enum Shown {
    Text(Column),
    Memory,
    Cpus,
}

/// The columns, each with the order in which they are left out.
const COLUMNS: [(Shown, u8); 10] = [
    (Shown::Text(SERVICE), 0),
    (Shown::Memory, 0),
    (Shown::Text(Column { heading: "used", ..USED }), 1),
    (Shown::Text(LIMIT), 4),
    (Shown::Text(PEAK), 5),
    (Shown::Cpus, 6),
    (Shown::Text(CPUS), 3),
    (Shown::Text(CPU_LIMIT), 7),
    (Shown::Text(RESTARTS), 8),
    (Shown::Text(SUMMARY), 2),
];

/// The services in the order that was chosen, by name.
pub fn order<'a>(status: &'a StackStatus, choice: &Choice) -> Vec<&'a ServiceStatus> {
    let mut services: Vec<&ServiceStatus> = status.services.iter().collect();
    choice.order.sort(&mut services, |it| &it.service, |it| it.memory_bytes, |it| it.cpu);
    services
}

/// Draw the whole view. `colors` off leaves everything plain.
pub fn draw(frame: &mut Frame<'_>, view: &StackView<'_>, colors: bool) {
    let theme = Theme { colors };
    let area = frame.area();
    let page = Page {
        head: view.head(area, theme),
        grid: view.grid(&order(view.status, view.choice)),
        detail: view.choice.name.as_ref().map(|_| LOG),
        foot: 1 + u16::from(area.height >= ROOMY && !view.note.is_empty()),
    };
    page.draw(frame, theme, |area| view.log(area, theme), |area, hidden| view.foot(area, hidden, theme));
}

impl StackView<'_> {
    /// The stack as a whole: its name, memory and CPUs in use beside what they may reach.
    fn head(&self, area: Rect, theme: Theme) -> Vec<Line<'static>> {
        let status = self.status;
        let running = status.services.iter().filter(|service| service.state == "running").count();
        let count = format!("   {running} of {} services running", status.services.len());
        let first =
            Line::from(vec![Span::styled(printable(self.name).into_owned(), theme.bold()), Span::raw(count)]);
        let (known, busy) = (status.budget.used_bytes, cores(status, |service| service.cpu));
        let used = known.unwrap_or(0);
        let limits = sum(status, |service| service.memory_limit_bytes);
        let held = cores(status, |service| service.cpu_limit);
        // The mark in the bar of a budget is the sum of limits: what the stack may reach.
        let budget = status.budget.memory_bytes.filter(|_| status.runs_on == RunsOn::Compose);
        let memory = match budget {
            Some(budget) => {
                (format!("{} of {}", bytes(known), Bytes(budget)), "budget", Some((budget, Some(limits))))
            }
            None if limits > 0 => {
                (format!("{} of {}", bytes(known), Bytes(limits)), "limits", Some((limits, None)))
            }
            None => (bytes(known), "in use", None),
        };
        let bar = memory.2.map(|(whole, mark)| Bar::memory(used, mark, whole).calm());
        let mut amounts = vec![Amount { name: "memory", text: memory.0, of: memory.1, bar }];
        if area.height >= ROOMY {
            let bar = (held > 0.0).then(|| Bar::cpus(busy, held));
            let (text, of) = match held > 0.0 {
                true => (format!("{busy:.2} of {held:.2}"), "limits"),
                false => (cpus(Some(busy)), "in use"),
            };
            amounts.push(Amount { name: "CPUs", text, of, bar });
        }
        let lines = [first].into_iter().chain(heads(amounts, area.width, theme));
        lines.chain(disk(self.disk, area, theme)).collect()
    }

    fn grid(&self, services: &[&ServiceStatus]) -> Grid {
        let order = self.choice.order;
        let head = |(shown, rank): (Shown, u8)| match shown {
            Shown::Memory => Head::flexible("memory", rank, 10, 2).sorted(order == Order::Memory),
            Shown::Cpus => Head::flexible("CPU", rank, 10, 1),
            Shown::Text(column) => {
                let head = Head::text(column.heading, column.side, rank);
                match column.heading {
                    "service" => head.sorted(order == Order::Name),
                    "CPUs" => head.sorted(order == Order::Cpu),
                    "used" => Head { least: 8, ..head },
                    _ => head,
                }
            }
        };
        let cell = |shown: Shown, it: &ServiceStatus| match shown {
            Shown::Text(column) => {
                let (text, tone) = (column.service)(it);
                Cell::known(text, tone)
            }
            Shown::Memory => match (it.memory_bytes, it.memory_limit_bytes) {
                (Some(used), Some(limit)) => Cell::Bar(Bar::memory(used, it.memory_reservation_bytes, limit)),
                (Some(_), None) => Cell::Dim("no limit".to_owned()),
                _ => Cell::Dim("-".to_owned()),
            },
            Shown::Cpus => match (it.cpu, it.cpu_limit) {
                (Some(used), Some(limit)) => Cell::Bar(Bar::cpus(used, limit)),
                (Some(_), None) => Cell::Dim("no limit".to_owned()),
                _ => Cell::Dim("-".to_owned()),
            },
        };
        let names: Vec<&str> = services.iter().map(|it| it.service.as_str()).collect();
        Grid {
            heads: COLUMNS.into_iter().map(head).collect(),
            rows: services
                .iter()
                .map(|it| COLUMNS.iter().map(|(shown, _)| cell(*shown, it)).collect())
                .collect(),
            chosen: self.choice.at(&names),
        }
    }

    /// The log of the chosen service, or how to choose one.
    fn log(&self, area: Rect, theme: Theme) -> Vec<Line<'static>> {
        let Some(name) = &self.choice.name else {
            let how = "↑ ↓ choose a service: the end of its log is shown here";
            return vec![Line::styled(how, theme.dim())];
        };
        let mut lines = vec![rule(&printable(name), area.width, theme)];
        let fits = usize::from(area.height.saturating_sub(1));
        if self.log.is_empty() {
            lines.push(Line::styled("no lines yet", theme.dim()));
        }
        let shown = self.log.iter().skip(self.log.len().saturating_sub(fits));
        lines.extend(
            shown.map(|line| Line::raw(cut(&printable(line).replace('\t', "    "), usize::from(area.width)))),
        );
        lines
    }

    fn foot(&self, area: Rect, hidden: [usize; 2], theme: Theme) -> Vec<Line<'static>> {
        let keys = match self.choice.name {
            None if self.is_opened => foot::OPENED,
            None => foot::STACK,
            Some(_) => foot::SERVICE,
        };
        let question = self
            .choice
            .name
            .as_deref()
            .filter(|_| self.choice.asks_restart)
            .map(|name| format!("restart {}? r restarts it, any other key does not", printable(name)));
        foot::lines(area, hidden, question.as_deref(), self.note, keys, theme)
    }
}

#[cfg(test)]
mod tests {
    use ratatui::{Terminal, backend::TestBackend};

    use super::*;
    use crate::ui::top::sample::status;

    const DISK: &str =
        "volumes 48 MiB, images up to 1.8 GiB, logs 1.2 MiB; build cache of the whole engine 212 MiB";

    fn drawn(width: u16, height: u16, choice: &Choice, log: &[String], note: &str) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let status = status();
        let view =
            StackView { name: "orders", status: &status, choice, log, disk: DISK, is_opened: false, note };
        terminal.draw(|frame| draw(frame, &view, false)).unwrap();
        let buffer = terminal.backend().buffer();
        let cells: Vec<&str> = buffer.content().iter().map(|cell| cell.symbol()).collect();
        let lines = cells.chunks(usize::from(width)).map(|row| row.concat().trim_end().to_owned() + "\n");
        format!("{width} x {height}\n{}", lines.collect::<String>())
    }

    #[test]
    fn wide_narrow_and_low() {
        let all = [(200, 14), (120, 7), (80, 14), (40, 7), (24, 5)];
        let drawn: Vec<String> =
            all.iter().map(|(w, h)| drawn(*w, *h, &Choice::default(), &[], "")).collect();
        insta::assert_snapshot!(drawn.join("\n"));
    }

    #[test]
    fn a_chosen_service_with_its_log() {
        let choice = Choice { order: Order::Memory, name: Some("redis".to_owned()), asks_restart: false };
        let log: Vec<String> = (1..30).map(|line| format!("line {line}\tof \x1b[31mred\x1b[0m")).collect();
        let asked = Choice { asks_restart: true, ..choice.clone() };
        let all = [
            drawn(80, 16, &choice, &log, "restarted redis in 1.2 s"),
            drawn(80, 9, &asked, &log, ""),
            drawn(80, 16, &choice, &[], ""),
        ];
        insta::assert_snapshot!(all.join("\n"));
    }

    #[test]
    fn no_size_is_too_small() {
        let log = ["a".to_owned()];
        let chosen = Choice { name: Some("redis".to_owned()), asks_restart: true, ..Choice::default() };
        for choice in [Choice::default(), chosen] {
            for width in [1, 2, 3, 9, 10, 23, 40, 79, 81, 200] {
                for height in [1, 2, 3, 4, 6, 7, 11, 12, 13, 50] {
                    drawn(width, height, &choice, &log, "note");
                }
            }
        }
    }
}
