//! `stackctl probe URL`: the health check of images without a shell.

use std::time::Duration;

use super::{Context, Exit, Failure, runtime};

/// Exit 0 on a 2xx answer within `timeout`, and 1 otherwise: those are the two that Docker's health check knows.
pub fn run(context: &Context, url: &str, timeout: Duration) -> Result<Exit, Failure> {
    let status = runtime::current_thread()?.block_on(async {
        // A health check asks the service itself: no proxy, no redirect to somewhere else.
        let client =
            reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
        Ok::<_, reqwest::Error>(client.get(url).timeout(timeout).send().await?.status())
    });
    match status {
        Ok(status) if status.is_success() => {
            context.printer.detail(&format!("{url} answered {status}"));
            Ok(Exit::Done)
        }
        Ok(status) => Err(Failure::new(Exit::Judged, format!("{url} answered {status}"))),
        Err(error) if error.is_builder() => Err(Failure::new(
            Exit::Judged,
            format!("{url:?} is not a URL such as http://127.0.0.1:3000/health"),
        )),
        Err(error) => {
            Err(Failure::surroundings(format!("{url} did not answer"), error).by_root_cause().judged())
        }
    }
}
