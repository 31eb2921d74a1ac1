//! A service is restarted from the live view.

use std::{path::Path, sync::Arc, time::Instant};

use crate::{
    commands::Context,
    engine::{
        compose::{Compose, ComposeError},
        lock::{self, Purpose},
        progress::Progress,
    },
};

/// Restart the containers of a service, and what there is to say of it. No other command may change the stack in `root`
/// meanwhile.
pub async fn restart(context: &Context, project: &str, root: Option<&Path>, service: String) -> String {
    let began = Instant::now();
    let _lock = match root.map(|root| lock::take(root, Purpose::Restart)) {
        Some(Err(error)) if !error.is_not_writable() => {
            return format!("{service} is not restarted: {error}");
        }
        taken => taken,
    };
    let mut printed = Vec::new();
    match run(context, project, &service, &mut printed).await {
        Ok(()) => format!("restarted {service} in {:.1} s", began.elapsed().as_secs_f64()),
        Err(error) => {
            let why = printed.pop().unwrap_or_else(|| error.to_string());
            format!("failed to restart {service}: {why}")
        }
    }
}

async fn run(
    context: &Context,
    project: &str,
    service: &str,
    printed: &mut Vec<String>,
) -> Result<(), ComposeError> {
    let compose = Compose::of_project(Arc::clone(&context.engine), project);
    let mut running = compose.start(&["restart", service])?;
    while let Some(progress) = running.next().await? {
        match progress {
            Progress::Message { text, .. } | Progress::Text(text) => printed.push(text),
            Progress::Step(_) | Progress::Warning(_) => {}
        }
    }
    running.end().await
}
