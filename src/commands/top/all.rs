//! `stackctl top --all`: every project of the engine beside its machine. It needs no stack.toml.

use std::{io, mem, time::Duration};

use anyhow::Context as _;
use tokio::time::sleep;

use super::{
    disk::{DiskLine, soon},
    live::{REFRESH, TICK, live as live_of, readings},
};
use crate::{
    commands::{
        Context, Exit, Failure,
        runtime::ticker,
        signal::{Stop, asked_to_stop},
        suggest::stack_of,
    },
    engine::{
        observe::Observed,
        projects::{EngineUse, Machine},
        usage::Usage,
    },
    resolve::{Profiles, ResolvedStack},
    ui::{
        Screen,
        disk::of_engine,
        top::{
            Choice, Order, Wish,
            all::{self, AllView},
        },
    },
};

/// Every container that runs, and what each uses.
type Read = (Vec<Observed>, Vec<Option<Usage>>);

/// Show it once.
///
/// # Errors
/// When there is no engine.
pub async fn once(context: &Context, window: Duration) -> Result<Exit, Failure> {
    let engine = &*context.engine;
    let machine = machine(context).await?;
    let used = async {
        let containers = engine.every_container().await?;
        let readings = engine.readings(&containers, window).await?;
        Ok::<_, Failure>(EngineUse::new(machine, &readings))
    };
    let (used, disk) = tokio::join!(used, soon(engine.disk()));
    let used = used?;
    let disk = disk.map_or("not known".to_owned(), |disk| of_engine(&disk.whole()));
    context.show(|| &used, |paint| all::once(&used, &format!("disk: {disk}"), paint));
    Ok(Exit::Done)
}

/// Show it until the user leaves.
///
/// # Errors
/// When there is no engine, or it goes away; when the terminal cannot be drawn on.
pub async fn live(context: &Context) -> Result<Exit, Failure> {
    let machine = machine(context).await?;
    let last = read(context).await?;
    sleep(REFRESH / 4).await;
    let now = read(context).await?;
    let all = of(machine, &last, &now);
    let stop = asked_to_stop().context("failed to listen for signals")?;
    let screen = Screen::open().context("failed to open the terminal")?;
    let disk = DiskLine::new(async || Ok(of_engine(&context.engine.disk().await?.whole())));
    let choice = Choice { order: Order::Memory, ..Choice::default() };
    Live { context, machine, screen, now, all, choice, disk }.run(stop).await
}

async fn machine(context: &Context) -> Result<Machine, Failure> {
    let info = context.engine.info().await?;
    Ok(Machine { memory_bytes: info.memory_bytes, cpus: info.cpus })
}

async fn read(context: &Context) -> Result<Read, Failure> {
    let containers = context.engine.every_container().await?;
    let usage = context.engine.usage(&containers).await?;
    Ok((containers, usage))
}

async fn next(context: &Context) -> Result<Read, Failure> {
    sleep(REFRESH).await;
    read(context).await
}

/// What runs now, with CPUs since the last reading of each container.
fn of(machine: Machine, last: &Read, now: &Read) -> EngineUse {
    EngineUse::new(machine, &readings((&last.0, &last.1), (&now.0, &now.1)))
}

/// The view with what goes on behind it.
struct Live<'a> {
    context: &'a Context,
    machine: Machine,
    screen: Screen,
    now: Read,
    all: EngineUse,
    choice: Choice,
    disk: DiskLine<'a>,
}

impl Live<'_> {
    async fn run(mut self, mut stop: Stop) -> Result<Exit, Failure> {
        let context = self.context;
        let mut reading = Box::pin(next(context));
        let mut ticks = ticker(TICK);
        let mut is_stale = true;
        loop {
            tokio::select! {
                read = &mut reading => {
                    reading = Box::pin(next(context));
                    let last = mem::replace(&mut self.now, read?);
                    self.all = of(self.machine, &last, &self.now);
                    is_stale = true;
                }
                () = self.disk.refresh() => {}
                () = &mut stop => return Ok(Exit::Done),
                _ = ticks.tick() => {
                    match self.keys().context("failed to read the keyboard")? {
                        Some(Wish::Leave | Wish::Back) => return Ok(Exit::Done),
                        Some(Wish::Open(project)) => {
                            if self.open(&project).await? == Wish::Leave {
                                return Ok(Exit::Done);
                            }
                            // What was being read meanwhile is old.
                            (reading, is_stale) = (Box::pin(next(context)), true);
                        }
                        wish => is_stale |= wish.is_some(),
                    }
                    if mem::take(&mut is_stale) {
                        self.draw().context("failed to draw")?;
                    }
                }
            }
        }
    }

    fn draw(&mut self) -> io::Result<()> {
        let disk = self.disk.text();
        let view = AllView { all: &self.all, choice: &self.choice, disk: &disk };
        let colors = self.context.printer.colors_stdout();
        self.screen.draw(|frame| all::draw(frame, &view, colors))
    }

    /// Show one of the projects, until the user leaves it.
    async fn open(&mut self, project: &str) -> Result<Wish, Failure> {
        let containers = self.context.engine.containers(project).await?;
        let stack = stack_of(project, &containers);
        let selection = ResolvedStack::new(&Profiles::new(&stack), &[] as &[&str]);
        // It waits on more than this view does: boxed.
        Box::pin(live_of(self.context, &selection, None, None, Some(&mut self.screen))).await
    }

    /// What the keys ask for last; `None` where no key was pressed.
    fn keys(&mut self) -> io::Result<Option<Wish>> {
        let mut wish = None;
        while let Some(key) = self.screen.key()? {
            let rows = all::order(&self.all, &self.choice);
            let names: Vec<&str> = rows.iter().map(|project| all::name(project)).collect();
            let pressed = self.choice.press(key, &names);
            // A project is not restarted: its services are. Containers of no project have no view of their own.
            self.choice.asks_restart = false;
            let is_project = |name: &String| rows.iter().any(|it| it.project.as_ref() == Some(name));
            let pressed = match pressed {
                Wish::Open(name) if is_project(&name) => Wish::Open(name),
                Wish::Leave => Wish::Leave,
                Wish::Back => Wish::Back,
                _ => Wish::Redraw,
            };
            let is_last = pressed != Wish::Redraw;
            wish = Some(pressed);
            if is_last {
                break;
            }
        }
        Ok(wish)
    }
}
