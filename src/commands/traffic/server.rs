//! A running engine's control server, as its client knows it.

use std::time::Duration;

use anyhow::Context as _;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::Value;

use super::table::Table;
use crate::{
    commands::{Context, Exit, Failure},
    model::traffic::{Address, Target},
    traffic::control::body,
    ui::listed,
};

/// The control server answers in milliseconds, or not at all.
pub const TIMEOUT: Duration = Duration::from_secs(5);

/// Where another server answers.
const ADDRESS: &str = "--url sets the address of the engine";

/// A running engine's control server.
pub struct Server {
    client: Client,
    /// Its address.
    pub base: String,
}

impl Server {
    /// The one at this address, else at the port of the stack's own table on this machine.
    pub fn find(context: &Context, url: Option<Address>) -> Result<Self, Failure> {
        let base = match url {
            Some(url) => url.as_base().map_err(|error| {
                Failure::new(Exit::Usage, format!("{url} is not a control server's URL: {error}"))
            })?,
            None => Target::http("127.0.0.1", Table::load(context, None)?.traffic.port),
        };
        let client = Client::builder().no_proxy().connect_timeout(TIMEOUT).build();
        let client = client.context("failed to set up the HTTP client")?;
        Ok(Self { client, base: base.to_string() })
    }

    /// Ask for a path, without a bound on how long the answer takes.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.base))
    }

    /// Change something, with a bound on how long the answer takes.
    pub fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.base)).timeout(TIMEOUT)
    }

    /// The failure of one that does not answer.
    pub fn unreachable(&self, error: impl Into<anyhow::Error>) -> Failure {
        Failure::surroundings(format!("no traffic engine answers at {}", self.base), error)
            .by_root_cause()
            .hint("`stackctl traffic` or `stackctl demo` starts one; --url sets its address")
    }

    /// The body of a good answer.
    pub async fn answer(&self, request: RequestBuilder) -> Result<Value, Failure> {
        let response = request.send().await.map_err(|error| self.unreachable(error))?;
        let (status, body) = self.json(response).await?;
        // What both answers hold, the status and that of a change.
        if status == StatusCode::OK && body["rps"].is_number() {
            Ok(body)
        } else {
            Err(self.refused(status, &body))
        }
    }

    /// The status and the body of an answer.
    pub async fn json(&self, response: Response) -> Result<(StatusCode, Value), Failure> {
        let status = response.status();
        match body::json(response).await {
            Ok(body) => Ok((status, body)),
            Err(error) => Err(Failure::surroundings(self.not_ours(status), error).hint(ADDRESS)),
        }
    }

    /// The failure that any other answer means.
    pub fn refused(&self, status: StatusCode, body: &Value) -> Failure {
        let Some(error) = body["error"].as_str() else { return self.foreign(status) };
        let modes = body["modes"].as_array().map(|modes| listed(modes.iter().filter_map(Value::as_str)));
        Failure::new(Exit::Judged, error).hints(modes.map(|modes| format!("the modes are {modes}")))
    }

    /// The failure of a server that is none of ours.
    pub fn foreign(&self, status: StatusCode) -> Failure {
        Failure::new(Exit::Surroundings, self.not_ours(status)).hint(ADDRESS)
    }

    fn not_ours(&self, status: StatusCode) -> String {
        format!("{} answered {status}, but not as a traffic engine does", self.base)
    }
}
