//! `stackctl traffic status --watch`: a live view on a terminal, a line a second in a pipe.

use std::time::Duration;

use anyhow::Context as _;
use reqwest::{Response, header::CONTENT_TYPE};
use serde_json::Value;
use tokio::time::{Instant, timeout};

use super::{change::Change, server::Server};
use crate::{
    commands::{Context, Exit, Failure, runtime::ticker, signal},
    ui::{
        Format, Input, Screen,
        traffic::{self, Event, Past, Watched, status},
    },
};

/// How often the keyboard is looked at.
const KEY_INTERVAL: Duration = Duration::from_millis(50);

/// Between two attempts to connect, and how long one may take.
const RECONNECT_INTERVAL: Duration = Duration::from_secs(1);

/// No event for so long, and the connection counts as lost: one comes every second.
const EVENT_TIMEOUT: Duration = Duration::from_secs(5);

/// Bytes of one event, at most. One of ours has some thousand.
const EVENT_BYTES: usize = 8 * 1024 * 1024;

/// Watch until stopped.
pub async fn watch(server: &Server, context: &Context) -> Result<Exit, Failure> {
    let events = Events::open(server).await?;
    if context.format == Format::Human && Screen::is_possible() {
        live(server, events, context.printer.colors_stdout()).await
    } else {
        lines(server, events, context).await
    }
}

/// The server's events, as they come.
struct Events {
    response: Response,
    text: Vec<u8>,
    /// Bytes of `text` in which there is no end of a line.
    searched: usize,
}

impl Events {
    async fn open(server: &Server) -> Result<Self, Failure> {
        let opened = timeout(EVENT_TIMEOUT, server.get("/events").send()).await;
        let response = opened.map_err(|silent| server.unreachable(silent))?;
        let response = response.map_err(|error| server.unreachable(error))?;
        let status = response.status();
        if status.is_success() {
            let kind = response.headers().get(CONTENT_TYPE);
            if !kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream")) {
                return Err(server.foreign(status));
            }
            return Ok(Self { response, text: Vec::new(), searched: 0 });
        }
        let (status, body) = server.json(response).await?;
        Err(server.refused(status, &body))
    }

    /// The next event's data; `None` when the server has ended, or sends no events. Nothing is lost when the future is dropped.
    async fn next(&mut self) -> reqwest::Result<Option<Vec<u8>>> {
        loop {
            if let Some(event) = self.take_event() {
                return Ok(Some(event));
            }
            match self.response.chunk().await? {
                Some(chunk) if self.text.len() + chunk.len() <= EVENT_BYTES => {
                    self.text.extend_from_slice(&chunk);
                }
                _ => return Ok(None),
            }
        }
    }

    /// The first event of what has come; what stands before it is dropped with it.
    fn take_event(&mut self) -> Option<Vec<u8>> {
        let mut begin = 0;
        let mut found = None;
        while let Some(length) = self.text[self.searched..].iter().position(|byte| *byte == b'\n') {
            let end = self.searched + length;
            let line = &self.text[begin..end];
            (begin, self.searched) = (end + 1, end + 1);
            if let Some(event) = line.strip_prefix(b"data: ") {
                found = Some(event.to_vec());
                break;
            }
        }
        self.text.drain(..begin);
        self.searched = if found.is_some() { 0 } else { self.text.len() };
        found
    }
}

async fn lines(server: &Server, mut events: Events, context: &Context) -> Result<Exit, Failure> {
    loop {
        let event = tokio::select! {
            event = events.next() => event,
            _ = tokio::signal::ctrl_c() => return Ok(Exit::Done),
        };
        match event {
            Ok(Some(event)) => {
                let Ok(event) = serde_json::from_slice::<Value>(&event) else { continue };
                let is_read = match context.format {
                    Format::Json => context.printer.json_line(&event),
                    Format::Human => context.printer.page(&status::line(&event)),
                };
                if !is_read {
                    return Ok(Exit::Done);
                }
            }
            Ok(None) => return Ok(Exit::Done),
            Err(error) => {
                return Err(Failure::surroundings(format!("lost the connection to {}", server.base), error));
            }
        }
    }
}

async fn live(server: &Server, events: Events, colors: bool) -> Result<Exit, Failure> {
    let failed = |error: std::io::Error| Failure::surroundings("failed to draw on the terminal", error);
    let mut asked = signal::asked_to_stop().context("failed to listen for signals")?;
    let mut watched = Watched::default();
    remember(server, &mut watched).await;
    let mut screen = Screen::open().map_err(failed)?;
    let mut events = Some(events);
    let (mut last_event, mut last_attempt) = (Instant::now(), Instant::now());
    let (mut keys, mut second) = (ticker(KEY_INTERVAL), ticker(RECONNECT_INTERVAL));
    loop {
        let draw = tokio::select! {
            event = next(&mut events) => {
                match event {
                    Some(event) => {
                        last_event = Instant::now();
                        watched.receive(event);
                    }
                    None => {
                        events = None;
                        watched.lose();
                    }
                }
                true
            }
            () = &mut asked => return Ok(Exit::Done),
            _ = second.tick(), if events.is_none() => true,
            _ = keys.tick() => match screen.input().map_err(failed)? {
                Some(Input::Leave) => return Ok(Exit::Done),
                Some(Input::Digit(digit)) => {
                    if let Some(mode) = watched.mode(usize::from(digit)) {
                        choose(server, &mut watched, mode).await;
                    }
                    true
                }
                wish => wish.is_some(),
            },
        };
        if events.is_some() && last_event.elapsed() > EVENT_TIMEOUT {
            events = None;
            watched.lose();
        }
        if draw {
            screen.draw(|frame| traffic::draw(frame, &watched, colors)).map_err(failed)?;
        }
        if events.is_none() && last_attempt.elapsed() >= RECONNECT_INTERVAL {
            if let Ok(Ok(opened)) = timeout(RECONNECT_INTERVAL, Events::open(server)).await {
                events = Some(opened);
                last_event = Instant::now();
                remember(server, &mut watched).await;
            }
            last_attempt = Instant::now();
        }
    }
}

/// Switch to this mode; what goes wrong is shown in its place.
async fn choose(server: &Server, watched: &mut Watched, mode: String) {
    let path = Change::Mode(mode.clone()).path(Duration::ZERO);
    let answer = server.answer(server.post(&path).timeout(RECONNECT_INTERVAL)).await;
    watched.chosen(&mode, answer.err().map(|failure| failure.error.to_string()));
}

/// The next event that can be shown; `None` when the connection is lost, and without end while there is none.
async fn next(events: &mut Option<Events>) -> Option<Event> {
    let Some(events) = events else { return std::future::pending().await };
    while let Ok(Some(event)) = events.next().await {
        if let Ok(event) = serde_json::from_slice(&event) {
            return Some(event);
        }
    }
    None
}

/// The minutes before. A server that has no history is watched without.
async fn remember(server: &Server, watched: &mut Watched) {
    if let Ok(past) = server.answer(server.get("/history").timeout(RECONNECT_INTERVAL)).await
        && let Ok(past) = serde_json::from_value::<Past>(past)
    {
        watched.remember(past);
    }
}
