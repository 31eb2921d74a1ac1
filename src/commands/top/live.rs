//! The live view of a stack: a reading a second, the log of a chosen service, and the keys.

use std::{io, mem, path::Path, pin::Pin, time::Duration};

use anyhow::Context as _;
use tokio::time::sleep;

use super::{disk::DiskLine, log::ServiceLog, restart::restart, shell::shell};
use crate::{
    commands::{
        Context, Failure,
        runs_on::find,
        runtime::ticker,
        signal::{Stop, asked_to_stop},
    },
    engine::{
        observe::Observed,
        observed_stack::ObservedStack,
        status::{RunsOn, StackStatus},
        usage::{Reading, Usage},
    },
    render::Target,
    resolve::ResolvedStack,
    ui::{
        Screen,
        disk::of_stack,
        top::{Choice, StackView, Wish, draw, order},
    },
};

/// How often the live view asks.
pub(super) const REFRESH: Duration = Duration::from_secs(1);
/// How often keys are looked at, and the view is drawn at most.
pub(super) const TICK: Duration = Duration::from_millis(50);

/// Show it until the user leaves: [`Wish::Leave`], or [`Wish::Back`] to where it was opened from. `root` is the stack's folder;
/// `None` for a project that has no stack.toml.
///
/// # Errors
/// When there is no engine, or it goes away; when the terminal cannot be drawn on.
pub async fn live(
    context: &Context,
    selection: &ResolvedStack<'_>,
    target: Option<Target>,
    root: Option<&Path>,
    screen: Option<&mut Screen>,
) -> Result<Wish, Failure> {
    let name = &selection.stack.name;
    let runs_on = find(context, name, target).await?;
    let stack = Watched { context, name, runs_on };
    let last = stack.read().await?;
    sleep(REFRESH / 4).await;
    let now = stack.read().await?;
    let stop = asked_to_stop().context("failed to listen for signals")?;
    let (is_opened, mut own) = (screen.is_some(), None);
    // An engine that does not answer is reported before the terminal is taken.
    let screen = match screen {
        Some(screen) => screen,
        None => own.insert(Screen::open().context("failed to open the terminal")?),
    };
    let view = Live {
        stack,
        selection,
        root,
        is_opened,
        screen,
        status: status(selection, &last, &now),
        now,
        choice: Choice::default(),
        log: ServiceLog::default(),
        disk: DiskLine::new(async || Ok(of_stack(&context.engine.disk_of(name).await?))),
        restart: None,
        note: String::new(),
        is_stale: true,
    };
    view.run(stop).await
}

/// What is asked again and again.
#[derive(Clone, Copy)]
struct Watched<'a> {
    context: &'a Context,
    name: &'a str,
    runs_on: RunsOn,
}

/// What is seen, and what each of its containers uses.
type Read = (ObservedStack, Vec<Option<Usage>>);

impl Watched<'_> {
    async fn read(&self) -> Result<Read, Failure> {
        let observed = ObservedStack::new(&*self.context.engine, self.name, self.runs_on).await?;
        let usage = self.context.engine.usage(&observed.containers).await?;
        Ok((observed, usage))
    }

    async fn next(&self) -> Result<Read, Failure> {
        sleep(REFRESH).await;
        self.read().await
    }
}

/// The view with everything that goes on behind it.
struct Live<'a> {
    stack: Watched<'a>,
    selection: &'a ResolvedStack<'a>,
    root: Option<&'a Path>,
    /// Whether another view had the terminal before, which is gone back to.
    is_opened: bool,
    screen: &'a mut Screen,
    now: Read,
    status: StackStatus,
    choice: Choice,
    log: ServiceLog<'a>,
    disk: DiskLine<'a>,
    /// A restart under way; it ends with what there is to say of it.
    restart: Option<Pin<Box<dyn Future<Output = String> + 'a>>>,
    note: String,
    /// Something has changed since the view was drawn.
    is_stale: bool,
}

impl<'a> Live<'a> {
    async fn run(mut self, mut stop: Stop) -> Result<Wish, Failure> {
        let stack = self.stack;
        let mut reading = Box::pin(stack.next());
        let mut ticks = ticker(TICK);
        loop {
            tokio::select! {
                read = &mut reading => {
                    reading = Box::pin(stack.next());
                    self.receive(read?);
                }
                () = self.log.read() => {}
                () = self.disk.refresh() => {}
                note = done(&mut self.restart) => {
                    (self.restart, self.note, self.is_stale) = (None, note, true);
                }
                () = &mut stop => return Ok(Wish::Leave),
                _ = ticks.tick() => {
                    match self.keys().context("failed to read the keyboard")? {
                        Some(wish @ (Wish::Leave | Wish::Back)) => return Ok(wish),
                        Some(Wish::Shell(service)) => {
                            self.note = self.shell(&service).await?;
                            // What was being read meanwhile is old.
                            reading = Box::pin(stack.next());
                        }
                        _ => {}
                    }
                    self.draw().context("failed to draw")?;
                }
            }
        }
    }

    async fn shell(&mut self, service: &str) -> Result<String, Failure> {
        shell(self.stack.context, &self.now.0.containers, service, self.screen).await
    }

    fn receive(&mut self, read: Read) {
        let last = mem::replace(&mut self.now, read);
        self.status = status(self.selection, &last, &self.now);
        self.log.look(&self.now.0.containers);
        self.is_stale = true;
    }

    fn draw(&mut self) -> io::Result<()> {
        if !mem::take(&mut self.is_stale) && !self.log.has_changed() {
            return Ok(());
        }
        let (lines, disk) = (self.log.lines(), self.disk.text());
        let view = StackView {
            name: self.stack.name,
            status: &self.status,
            choice: &self.choice,
            log: &lines,
            disk: &disk,
            is_opened: self.is_opened,
            note: &self.note,
        };
        let colors = self.stack.context.printer.colors_stdout();
        self.screen.draw(|frame| draw(frame, &view, colors))
    }

    /// Do what the keys ask for. What cannot be done here is returned.
    fn keys(&mut self) -> io::Result<Option<Wish>> {
        while let Some(key) = self.screen.key()? {
            let rows = order(&self.status, &self.choice);
            let names: Vec<&str> = rows.iter().map(|service| service.service.as_str()).collect();
            let wish = self.choice.press(key, &names);
            self.is_stale = true;
            if self.restart.is_none() {
                self.note.clear();
            }
            let Watched { context, name, runs_on } = self.stack;
            match wish {
                Wish::Redraw | Wish::Open(_) => {}
                Wish::Restart(service) => self.restart(service),
                wish => return Ok(Some(wish)),
            }
            self.log.follow(context, name, runs_on, self.choice.name.as_deref());
        }
        Ok(None)
    }

    fn restart(&mut self, service: String) {
        let Watched { context, name, runs_on } = self.stack;
        if self.restart.is_some() {
            return;
        }
        if runs_on == RunsOn::Swarm {
            self.note =
                format!("`docker service update --force {name}_{service}` restarts a service of a swarm");
            return;
        }
        self.note = format!("restarting {service}");
        self.restart = Some(Box::pin(restart(context, name, self.root, service)));
    }
}

/// How something ends that may be under way.
async fn done<T>(work: &mut Option<Pin<Box<dyn Future<Output = T> + '_>>>) -> T {
    match work {
        Some(work) => work.await,
        None => std::future::pending().await,
    }
}

/// The status now, with CPUs since the last reading of each container.
fn status(selection: &ResolvedStack<'_>, last: &Read, now: &Read) -> StackStatus {
    let readings = readings((&last.0.containers, &last.1), (&now.0.containers, &now.1));
    now.0.status(selection, &readings)
}

/// Containers, and what each of them uses.
type Used<'a> = (&'a [Observed], &'a [Option<Usage>]);

/// What containers use now, with CPUs since the last reading of each.
pub(super) fn readings<'a>(last: Used<'_>, now: Used<'a>) -> Vec<Reading<'a>> {
    let before = |id: &str| {
        let at = last.0.iter().position(|container| container.id == id)?;
        last.1[at]
    };
    now.0
        .iter()
        .zip(now.1)
        .map(|(container, usage)| Reading::new(container, before(&container.id), *usage))
        .collect()
}
