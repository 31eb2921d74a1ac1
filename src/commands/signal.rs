//! How a command that runs for weeks is asked to stop.

use std::{io, pin::Pin};

/// Ends when the command is asked to stop.
pub type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Wait for SIGTERM or Ctrl-C. Registered when called, not when first awaited: as process 1 a signal without a handler
/// is dropped.
///
/// # Errors
/// When the runtime has no signals.
pub fn asked_to_stop() -> io::Result<Stop> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut terminate, mut interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        Ok(Box::pin(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        }))
    }
    #[cfg(not(unix))]
    Ok(Box::pin(async {
        let _ = tokio::signal::ctrl_c().await;
    }))
}
