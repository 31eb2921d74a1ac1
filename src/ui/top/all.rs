//! Every project of an engine beside its machine: once as a table, or on the whole terminal.

use ratatui::{
    Frame,
    layout::Rect,
    style::Color,
    text::{Line, Span},
};

use super::{
    bar::Bar,
    choice::{Choice, Order},
    foot,
    grid::{Cell, Grid, Head},
    heads::{Amount, disk, heads, rule},
    page::{Page, ROOMY},
};
use crate::{
    engine::projects::{EngineUse, ProjectUse, ServiceUse},
    model::Bytes,
    text::{counted, printable},
    ui::{
        Paint, Tone,
        columns::{bytes, cpus},
        table::{Side, table},
        theme::Theme,
    },
};

/// What stands for containers of no project.
const NO_PROJECT: &str = "no project";
/// The least height of the chosen project's services, with their title.
const PARTS: u16 = 4;

/// Everything that is shown of an engine.
#[derive(Debug)]
pub struct AllView<'a> {
    /// What runs.
    pub all: &'a EngineUse,
    /// What the user chose.
    pub choice: &'a Choice,
    /// A line on what is on the disk; empty while that is not known.
    pub disk: &'a str,
}

/// The name of a project as it is shown and chosen.
pub fn name(project: &ProjectUse) -> &str {
    project.project.as_deref().unwrap_or(NO_PROJECT)
}

/// The projects in the order that was chosen, by name.
pub fn order<'a>(all: &'a EngineUse, choice: &Choice) -> Vec<&'a ProjectUse> {
    let mut projects: Vec<&ProjectUse> = all.projects.iter().collect();
    choice.order.sort(&mut projects, |it| name(it), |it| it.memory_bytes, |it| it.cpu);
    projects
}

/// A line for each project, the largest use of memory first, and one for all; then what it means for the machine.
pub fn once(all: &EngineUse, disk: &str, paint: Paint) -> String {
    let machine = machine(all);
    if all.projects.is_empty() {
        return format!("no container runs on this engine; {machine}\n{}", line(disk));
    }
    let columns = ["project", ">services", ">CPUs", ">memory", ">limits", "no memory limit"];
    let by_memory = Choice { order: Order::Memory, ..Choice::default() };
    let mut rows: Vec<Vec<String>> = order(all, &by_memory)
        .into_iter()
        .map(|it| {
            let open = unlimited(it);
            let open = if it.without_limit > 0 { paint.text(Tone::Near, &open) } else { open };
            vec![
                printable(name(it)).into_owned(),
                it.services.to_string(),
                cpus(it.cpu),
                bytes(it.memory_bytes),
                bytes(it.memory_limit_bytes),
                open,
            ]
        })
        .collect();
    let services: usize = all.projects.iter().map(|it| it.services).sum();
    rows.push(vec![
        "all".to_owned(),
        services.to_string(),
        cpus(Some(all.cpu())),
        bytes(all.memory_bytes()),
        bytes(Some(all.memory_limit_bytes())),
        if all.without_limit() > 0 { all.without_limit().to_string() } else { "-".to_owned() },
    ]);
    format!("{}\n{machine}\n{}{}", table(columns, rows), limits(all), line(disk))
}

fn line(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{text}\n") }
}

/// What is in use of the machine.
fn machine(all: &EngineUse) -> String {
    let machine = all.machine;
    let memory = Bytes(machine.memory_bytes).rounded();
    match all.memory_bytes() {
        Some(used) => {
            let (used, busy) = (Bytes(used).rounded(), all.cpu());
            format!(
                "in use by containers: {used} of the machine's {memory} of memory, {busy:.2} of its {} CPUs",
                machine.cpus
            )
        }
        None => format!("the machine has {memory} of memory and {} CPUs", machine.cpus),
    }
}

/// What containers may use of it; ends with a line feed.
fn limits(all: &EngineUse) -> String {
    let sum = all.memory_limit_bytes();
    let over = match sum.checked_sub(all.machine.memory_bytes) {
        Some(over @ 1..) => format!(", {} more than there is", Bytes(over).rounded()),
        _ => String::new(),
    };
    let open = match all.without_limit() {
        0 => String::new(),
        1 => "; 1 service has no limit and may take the whole machine".to_owned(),
        count => format!("; {count} services have no limit and may take the whole machine"),
    };
    format!("memory limits add up to {}{over}{open}\n", Bytes(sum).rounded())
}

/// How many services have no memory limit, and which.
fn unlimited(project: &ProjectUse) -> String {
    match project.without_limit {
        0 => "-".to_owned(),
        count => format!("{count}: {}", printable(&project.unlimited.join(", "))),
    }
}

/// Draw the whole view. `colors` off leaves everything plain.
pub fn draw(frame: &mut Frame<'_>, view: &AllView<'_>, colors: bool) {
    let theme = Theme { colors };
    let projects = order(view.all, view.choice);
    let page = Page {
        head: view.head(frame.area(), theme),
        grid: view.grid(&projects),
        detail: view.choice.name.as_ref().map(|_| PARTS),
        foot: 1,
    };
    let keys = if view.choice.name.is_some() { foot::PROJECT } else { foot::STACK };
    let foot = |area, hidden| foot::lines(area, hidden, None, "", keys, theme);
    page.draw(frame, theme, |area| view.parts(&projects, area, theme), foot);
}

impl AllView<'_> {
    fn head(&self, area: Rect, theme: Theme) -> Vec<Line<'static>> {
        let (all, machine) = (self.all, self.all.machine);
        let services: usize = all.projects.iter().map(|it| it.services).sum();
        let projects = all.projects.iter().filter(|it| it.project.is_some()).count();
        let mut first = vec![
            Span::styled("all projects", theme.bold()),
            Span::raw(format!(
                "   {}, {} running",
                counted(projects, "project"),
                counted(services, "service")
            )),
        ];
        if all.without_limit() > 0 {
            let text = format!(", {} without a memory limit", all.without_limit());
            first.push(Span::styled(text, theme.fg(Color::Yellow)));
        }
        let (used, busy) = (all.memory_bytes(), all.cpu());
        let whole = machine.memory_bytes;
        // The mark is the sum of limits: what the containers may reach, but for those without.
        let memory = used.map(|used| Bar::memory(used, Some(all.memory_limit_bytes()), whole).calm());
        let mut amounts = vec![Amount {
            name: "memory",
            text: format!("{} of {}", bytes(used), Bytes(whole).rounded()),
            of: "machine",
            bar: memory,
        }];
        if area.height >= ROOMY {
            amounts.push(Amount {
                name: "CPUs",
                text: format!("{busy:.2} of {}", machine.cpus),
                of: "machine",
                bar: Some(Bar::cpus(busy, machine.cpus as f64)),
            });
        }
        let lines = [Line::from(first)].into_iter().chain(heads(amounts, area.width, theme));
        lines.chain(disk(self.disk, area, theme)).collect()
    }

    fn grid(&self, projects: &[&ProjectUse]) -> Grid {
        let order = self.choice.order;
        let heads = vec![
            Head::text("project", Side::Left, 0).sorted(order == Order::Name),
            Head::flexible("memory", 0, 10, 2).sorted(order == Order::Memory),
            Head { least: 8, ..Head::text("used", Side::Right, 1) },
            Head::text("limits", Side::Right, 2),
            Head::text("CPUs", Side::Right, 3).sorted(order == Order::Cpu),
            Head::text("services", Side::Right, 5),
            Head::flexible("no memory limit", 4, 15, 1),
        ];
        let whole = self.all.machine.memory_bytes;
        let row = |it: &&ProjectUse| {
            let open = unlimited(it);
            vec![
                Cell::Text(printable(name(it)).into_owned(), None),
                match it.memory_bytes {
                    Some(used) => Cell::Bar(Bar::memory(used, it.memory_limit_bytes, whole).calm()),
                    None => Cell::Dim("-".to_owned()),
                },
                Cell::known(bytes(it.memory_bytes), None),
                Cell::known(bytes(it.memory_limit_bytes), None),
                Cell::known(cpus(it.cpu), None),
                Cell::Text(it.services.to_string(), None),
                Cell::known(open, Some(Tone::Near)),
            ]
        };
        let names: Vec<&str> = projects.iter().map(|it| name(it)).collect();
        Grid { heads, rows: projects.iter().map(row).collect(), chosen: self.choice.at(&names) }
    }

    /// The services of the chosen project, or how to choose one.
    fn parts(&self, projects: &[&ProjectUse], area: Rect, theme: Theme) -> Vec<Line<'static>> {
        let chosen = self.choice.name.as_deref();
        let Some(project) = projects.iter().find(|it| Some(name(it)) == chosen) else {
            let how = "↑ ↓ choose a project: its services are shown here";
            return vec![Line::styled(how, theme.dim())];
        };
        let whole = self.all.machine.memory_bytes;
        let row = |it: &ServiceUse| {
            vec![
                Cell::Text(printable(&it.service).into_owned(), None),
                match (it.memory_bytes, it.memory_limit_bytes) {
                    (Some(used), Some(limit)) => Cell::Bar(Bar::memory(used, None, limit)),
                    (Some(used), None) => Cell::Bar(Bar::memory(used, None, whole).calm()),
                    _ => Cell::Dim("-".to_owned()),
                },
                Cell::known(bytes(it.memory_bytes), None),
                match it.memory_limit_bytes {
                    Some(limit) => Cell::Text(Bytes(limit).to_string(), None),
                    None => Cell::Text("no limit".to_owned(), Some(Tone::Near)),
                },
                Cell::known(cpus(it.cpu), None),
                Cell::known(cpus(it.cpu_limit), None),
            ]
        };
        let mut parts: Vec<&ServiceUse> = project.parts.iter().collect();
        self.choice.order.sort(&mut parts, |it| &it.service, |it| it.memory_bytes, |it| it.cpu);
        let grid = Grid {
            heads: vec![
                Head::text("service", Side::Left, 0),
                Head::flexible("memory", 0, 10, 1),
                Head { least: 8, ..Head::text("used", Side::Right, 1) },
                Head::text("limit", Side::Right, 2),
                Head::text("CPUs", Side::Right, 3),
                Head::text("of", Side::Right, 4),
            ],
            rows: parts.into_iter().map(row).collect(),
            chosen: None,
        };
        let fits = usize::from(area.height.saturating_sub(1));
        let (lines, [_, hidden]) = grid.lines(usize::from(area.width), fits, theme);
        let more = if hidden > 0 { format!(" ({hidden} more)") } else { String::new() };
        let title = format!("{}{more}", printable(name(project)));
        [rule(&title, area.width, theme)].into_iter().chain(lines).collect()
    }
}

#[cfg(test)]
mod tests {
    use ratatui::{Terminal, backend::TestBackend};

    use super::*;
    use crate::engine::{fake::engine_use, projects::Machine};

    const DISK: &str = "images 1.9 GiB, volumes 1.1 GiB, build cache 212 MiB";

    fn drawn(width: u16, height: u16, choice: &Choice) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let view = AllView { all: &engine_use(), choice, disk: DISK };
        terminal.draw(|frame| draw(frame, &view, false)).unwrap();
        let buffer = terminal.backend().buffer();
        let cells: Vec<&str> = buffer.content().iter().map(|cell| cell.symbol()).collect();
        let lines = cells.chunks(usize::from(width)).map(|row| row.concat().trim_end().to_owned() + "\n");
        format!("{width} x {height}\n{}", lines.collect::<String>())
    }

    #[test]
    fn as_a_person_reads_it() {
        let plain = Paint { on: false };
        insta::assert_snapshot!(once(&engine_use(), "disk: 1 GiB", plain));
        let none = EngineUse { projects: Vec::new(), ..engine_use() };
        assert_eq!(
            once(&none, "", plain),
            "no container runs on this engine; the machine has 16.0 GiB of memory and 8 CPUs\n"
        );
        let small = EngineUse { machine: Machine { memory_bytes: 1 << 30, cpus: 1 }, ..engine_use() };
        assert!(once(&small, "", plain).contains("add up to 1.0 GiB, 64 MiB more than there is; 2 services"));
    }

    #[test]
    fn wide_narrow_and_low() {
        let memory = Choice { order: Order::Memory, ..Choice::default() };
        let chosen = Choice { name: Some("orders".to_owned()), ..memory.clone() };
        let all =
            [drawn(200, 13, &memory), drawn(80, 18, &chosen), drawn(80, 8, &memory), drawn(40, 10, &chosen)];
        insta::assert_snapshot!(all.join("\n"));
    }

    #[test]
    fn no_size_is_too_small() {
        let chosen = Choice { name: Some("no project".to_owned()), ..Choice::default() };
        for choice in [Choice::default(), chosen] {
            for width in [1, 2, 3, 9, 10, 23, 40, 79, 81, 200] {
                for height in [1, 2, 3, 4, 6, 7, 11, 12, 13, 50] {
                    drawn(width, height, &choice);
                }
            }
        }
    }
}
