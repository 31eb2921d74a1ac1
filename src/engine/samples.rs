//! What containers use over a window.

use std::time::Duration;

use tokio::time::{Instant, interval};

use super::{client::EngineError, interface::Engine, observe::Observed, usage::Usage};

/// The use of one container over the window.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Its service.
    pub service: String,
    /// Working set in bytes and CPUs, for each interval in which it ran from beginning to end.
    pub samples: Vec<(u64, f64)>,
    /// The most memory that the kernel has counted since its start.
    pub peak: Option<u64>,
    /// Restarts within the window.
    pub restarts: u64,
    /// It last ended because it ran out of memory.
    pub oom_killed: bool,
}

impl dyn Engine + '_ {
    /// Measure these containers for `window`, reading every `every`; `tick` is called with the time that has passed.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn measure(
        &self,
        containers: &[Observed],
        window: Duration,
        every: Duration,
        mut tick: impl FnMut(Duration),
    ) -> Result<Vec<Measured>, EngineError> {
        let start = Instant::now();
        let mut ticks = interval(every);
        let mut measured: Vec<Measured> = containers.iter().map(empty).collect();
        let mut last: Vec<Option<Usage>> = vec![None; containers.len()];
        loop {
            ticks.tick().await;
            let now = self.usage(containers).await?;
            for ((it, last), now) in measured.iter_mut().zip(&last).zip(&now) {
                let (Some(last), Some(now)) = (last, now) else { continue };
                // A counter that went back is a container that was restarted.
                if now.cpu_nanos >= last.cpu_nanos {
                    it.samples.push((now.memory_bytes, now.cpus_since(last)));
                }
                it.peak = it.peak.max(now.memory_peak_bytes);
            }
            last = now;
            tick(start.elapsed().min(window));
            if start.elapsed() + every / 2 > window && start.elapsed() > Duration::ZERO {
                break;
            }
        }
        for (it, before) in measured.iter_mut().zip(containers) {
            match self.container(&before.id).await {
                Ok(after) => {
                    it.restarts = after.restarts.saturating_sub(before.restarts);
                    it.oom_killed = after.oom_killed;
                }
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(measured)
    }
}

fn empty(container: &Observed) -> Measured {
    Measured {
        service: container.service.clone(),
        samples: Vec::new(),
        peak: None,
        restarts: 0,
        oom_killed: container.oom_killed,
    }
}
