//! The end of the chosen service's log, followed while it is shown.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    future::pending,
    pin::Pin,
    rc::Rc,
    time::Duration,
};

use tokio::time::sleep;

use crate::{
    commands::Context,
    engine::{
        client::EngineError,
        log_follow::LogFollow,
        log_merge::MergedLine,
        log_scope::LogScope,
        observe::{ContainerState, Observed},
        status::RunsOn,
    },
};

/// How many lines are kept: more than a terminal has.
const LINES: usize = 400;
/// A service that is passed on the way to another one is not read.
const PAUSE: Duration = Duration::from_millis(150);

/// A log that is being read, until its end.
type Following<'a> = Pin<Box<dyn Future<Output = Result<(), EngineError>> + 'a>>;

/// The log of one service, or of none.
#[derive(Default)]
pub struct ServiceLog<'a> {
    service: Option<String>,
    shown: Rc<Shown>,
    follow: Option<Following<'a>>,
    /// How it is followed again, when a container starts after all have ended.
    again: Option<(&'a Context, &'a str, RunsOn)>,
}

/// The lines that are there.
#[derive(Default)]
struct Shown {
    lines: RefCell<VecDeque<String>>,
    has_changed: Cell<bool>,
}

impl<'a> ServiceLog<'a> {
    /// Follow the log of this service from now on, if it is another one than before.
    pub fn follow(&mut self, context: &'a Context, stack: &'a str, runs_on: RunsOn, service: Option<&str>) {
        if self.service.as_deref() == service {
            return;
        }
        self.service = service.map(str::to_owned);
        self.again = Some((context, stack, runs_on));
        self.start();
    }

    fn start(&mut self) {
        // The former one goes on writing nowhere.
        self.shown = Rc::default();
        self.shown.has_changed.set(true);
        let service = self.service.clone();
        self.follow = service.zip(self.again).map(|(service, (context, stack, runs_on))| {
            let shown = Rc::clone(&self.shown);
            let work: Pin<Box<dyn Future<Output = _>>> =
                Box::pin(async move { follow(context, stack, runs_on, service, &shown).await });
            work
        });
    }

    /// Read on; never ends where nothing is read.
    pub async fn read(&mut self) {
        let Some(follow) = &mut self.follow else { return pending().await };
        let ended = follow.await;
        self.follow = None;
        if let Err(error) = ended {
            self.shown.push(format!("its log cannot be read: {error}"));
        }
    }

    /// These containers were seen. A log that has ended is followed again where its service runs again.
    pub fn look(&mut self, containers: &[Observed]) {
        let runs =
            |it: &Observed| self.service.as_ref() == Some(&it.service) && it.state == ContainerState::Running;
        if self.follow.is_none() && self.service.is_some() && containers.iter().any(runs) {
            self.start();
        }
    }

    /// Whether there are other lines than when this was last asked.
    pub fn has_changed(&self) -> bool {
        self.shown.has_changed.take()
    }

    /// The lines, oldest first.
    pub fn lines(&self) -> Vec<String> {
        self.shown.lines.borrow().iter().cloned().collect()
    }
}

impl Shown {
    fn push(&self, line: String) {
        let mut lines = self.lines.borrow_mut();
        if lines.len() == LINES {
            lines.pop_front();
        }
        lines.push_back(line);
        self.has_changed.set(true);
    }
}

async fn follow(
    context: &Context,
    stack: &str,
    runs_on: RunsOn,
    service: String,
    shown: &Shown,
) -> Result<(), EngineError> {
    sleep(PAUSE).await;
    let services = [service];
    let scope = LogScope { engine: &*context.engine, stack, runs_on, services: &services, since: 0 };
    let changes = scope.changes();
    let sources = scope.sources().await?;
    let is_numbered = sources.iter().any(|source| source.replica > 1);
    let print = |due: &[MergedLine]| {
        for MergedLine { source, line } in due {
            let text = line.text.trim_end_matches('\r');
            shown.push(if is_numbered { format!("{} | {text}", source.replica) } else { text.to_owned() });
        }
        true
    };
    LogFollow::new(scope).run(sources, changes, Some(LINES), print).await
}
