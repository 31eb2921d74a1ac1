//! What is on the disk, asked beside everything else: it may take the engine minutes to find out.

use std::{cell::RefCell, pin::Pin, rc::Rc, time::Duration};

use tokio::time::{Instant, sleep, timeout};

use crate::engine::client::EngineError;

/// How long after an answer it is asked again, at least.
const REFRESH: Duration = Duration::from_secs(30);
/// The same as so many times what the answer took: the engine walks through every volume for it.
const REST: u32 = 20;
/// How long it is waited for where it is shown once.
const PATIENCE: Duration = Duration::from_secs(2);

/// A line on what is on the disk, kept fresh while it is polled.
pub struct DiskLine<'a> {
    text: Rc<RefCell<String>>,
    work: Pin<Box<dyn Future<Output = ()> + 'a>>,
}

impl<'a> DiskLine<'a> {
    /// From this question.
    pub fn new(ask: impl AsyncFn() -> Result<String, EngineError> + 'a) -> Self {
        let text = Rc::new(RefCell::new("measuring".to_owned()));
        let shared = Rc::clone(&text);
        let work = async move {
            loop {
                let began = Instant::now();
                let answer = ask().await.unwrap_or_else(|_| "not known".to_owned());
                *shared.borrow_mut() = answer;
                sleep(REFRESH.max(began.elapsed() * REST)).await;
            }
        };
        Self { text, work: Box::pin(work) }
    }

    /// Keep it fresh; never ends.
    pub async fn refresh(&mut self) {
        (&mut self.work).await;
    }

    /// The line.
    pub fn text(&self) -> String {
        self.text.borrow().clone()
    }
}

/// The answer, if it comes soon.
pub async fn soon<T>(answer: impl Future<Output = Result<T, EngineError>>) -> Option<T> {
    timeout(PATIENCE, answer).await.ok()?.ok()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn it_is_asked_at_the_start_and_seldom_after_that() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
        runtime.unwrap().block_on(async {
            let asked = Cell::new(0);
            let mut line = DiskLine::new(async || {
                asked.set(asked.get() + 1);
                sleep(Duration::from_secs(3)).await;
                Ok(format!("answer {}", asked.get()))
            });
            let mut pass = async |seconds| {
                let _ = timeout(Duration::from_secs(seconds), line.refresh()).await;
                line.text()
            };
            assert_eq!(pass(2).await, "measuring");
            assert_eq!(pass(2).await, "answer 1");
            // An answer that took 3 s is not asked for again before 60 s have passed.
            assert_eq!(pass(58).await, "answer 1");
            assert_eq!(asked.get(), 1);
            assert_eq!(pass(4).await, "answer 2");
        });
    }
}
