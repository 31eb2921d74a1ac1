//! What is sent: requests drawn by weight, filled in, and what is captured from their answers.

use fastrand::Rng;

use super::{
    capture::{self, Ring},
    message::{Message, Number},
    trace::Trace,
};
use crate::plan::{Expect, Request, Traffic};

/// Why a mix cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    /// Nothing to draw from.
    #[error("no request has a weight above 0")]
    Empty,
    /// Nothing could ever be sent first.
    #[error("every request needs a captured value, so that none can be the first")]
    NothingFirst,
}

/// A compiled request with what its answer means.
#[derive(Debug)]
pub struct Step {
    message: Message,
    weight: u64,
    /// Rings that must hold something before this can be sent.
    needs: Vec<usize>,
    captures: Vec<(usize, String)>,
    expect: Expect,
    /// Its method.
    pub method: String,
    /// Index into [`Scenario::endpoints`].
    pub endpoint: usize,
    /// Whether the answer has no body, whatever its head says.
    pub head: bool,
    /// Whether sending it twice does what sending it once does (RFC 9110, section 9.2.2).
    pub idempotent: bool,
}

impl Step {
    /// Whether an answer with `status` is a success.
    pub fn accepts(&self, status: u16) -> bool {
        self.expect.accepts(status)
    }

    /// Whether a 2xx may be a failure.
    pub fn is_picky(&self) -> bool {
        matches!(self.expect, Expect::Statuses(_))
    }

    /// Whether the answer's body is needed.
    pub fn captures(&self) -> bool {
        !self.captures.is_empty()
    }
}

/// The mix.
#[derive(Debug)]
pub struct Scenario {
    steps: Vec<Step>,
    endpoints: Vec<String>,
    total: u64,
    rings: Vec<Ring>,
    rng: Rng,
    seq: u64,
    scratch: Vec<u8>,
}

impl Scenario {
    /// Compile the requests of a table.
    ///
    /// # Errors
    /// When nothing could ever be sent.
    pub fn new(traffic: &Traffic, rng: Rng) -> Result<Self, ScenarioError> {
        let mut names: Vec<String> = Vec::new();
        let mut endpoints: Vec<String> = Vec::new();
        let mut steps = Vec::new();
        for request in traffic.requests.iter().filter(|request| request.weight > 0) {
            steps.push(step(request, traffic, &mut names, &mut endpoints));
        }
        let total = steps.iter().map(|step| step.weight).sum();
        if total == 0 {
            return Err(ScenarioError::Empty);
        }
        if steps.iter().all(|step| !step.needs.is_empty()) {
            return Err(ScenarioError::NothingFirst);
        }
        let rings = names.iter().map(|_| Ring::default()).collect();
        Ok(Self { steps, endpoints, total, rings, rng, seq: 0, scratch: Vec::new() })
    }

    /// The names under which requests are counted.
    pub fn endpoints(&self) -> &[String] {
        &self.endpoints
    }

    /// A step by its index.
    pub fn step(&self, index: usize) -> &Step {
        &self.steps[index]
    }

    /// Draw a step by weight, among those that have their captured values.
    pub fn draw(&mut self) -> usize {
        let mut left = self.rng.u64(..self.total);
        let drawn = self.steps.iter().position(|step| take(&mut left, step.weight)).unwrap_or_default();
        if self.sendable(&self.steps[drawn]) {
            return drawn;
        }
        let sendable: u64 =
            self.steps.iter().filter(|step| self.sendable(step)).map(|step| step.weight).sum();
        let mut left = self.rng.u64(..sendable);
        let mut steps = self.steps.iter();
        steps.position(|step| self.sendable(step) && take(&mut left, step.weight)).unwrap_or_default()
    }

    fn sendable(&self, step: &Step) -> bool {
        step.needs.iter().all(|ring| !self.rings[*ring].is_empty())
    }

    /// Append the request of a step, filled in, to `out`. `sampled`: those behind it should record its trace.
    pub fn write(&mut self, step: usize, sampled: bool, out: &mut Vec<u8>) -> Trace {
        self.seq += 1;
        let trace = Trace::begin(&mut self.rng, sampled);
        let number = Number { seq: self.seq, trace };
        self.steps[step].message.write(out, &mut self.scratch, number, &self.rings, &mut self.rng);
        trace
    }

    /// Capture what the step wants from its answer. Returns how many values were not there.
    pub fn capture(&mut self, step: usize, body: &[u8]) -> u64 {
        let mut missed = 0;
        let document = serde_json::from_slice(body).unwrap_or_default();
        for (ring, pointer) in &self.steps[step].captures {
            match capture::find(&document, pointer) {
                Some(value) => self.rings[*ring].push(value),
                None => missed += 1,
            }
        }
        missed
    }
}

/// Whether the draw falls into this weight; if not, the weight is taken off it.
fn take(left: &mut u64, weight: u64) -> bool {
    let hit = *left < weight;
    if !hit {
        *left -= weight;
    }
    hit
}

fn step(request: &Request, traffic: &Traffic, names: &mut Vec<String>, endpoints: &mut Vec<String>) -> Step {
    let mut ring = |name: &str| index(names, name);
    let mut needs: Vec<usize> = request
        .templates()
        .into_iter()
        .flat_map(|template| template.captured().map(&mut ring).collect::<Vec<_>>())
        .collect();
    needs.sort_unstable();
    needs.dedup();
    let message = Message::compile(request, &traffic.target, traffic.keep_alive, &mut ring);
    let captures = request.capture.iter().map(|(name, pointer)| (ring(name), pointer.clone())).collect();
    Step {
        message,
        weight: request.weight.into(),
        needs,
        captures,
        expect: request.expect.clone(),
        method: request.method.clone(),
        endpoint: index(endpoints, &request.name),
        head: request.method == "HEAD",
        idempotent: matches!(
            request.method.as_str(),
            "GET" | "HEAD" | "PUT" | "DELETE" | "OPTIONS" | "TRACE"
        ),
    }
}

/// The place of `name`, which is added where it is new.
fn index(names: &mut Vec<String>, name: &str) -> usize {
    names.iter().position(|known| known == name).unwrap_or_else(|| {
        names.push(name.to_owned());
        names.len() - 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Template;

    fn drawn(scenario: &mut Scenario, count: usize) -> Vec<usize> {
        let mut counts = vec![0; scenario.endpoints().len()];
        for _ in 0..count {
            let step = scenario.draw();
            counts[scenario.step(step).endpoint] += 1;
        }
        counts
    }

    #[test]
    fn the_mix_follows_the_weights_once_there_is_an_id() {
        let mut scenario = Scenario::new(&Traffic::order_shop(), Rng::with_seed(1)).unwrap();
        let before = drawn(&mut scenario, 10_000);
        assert_eq!(before[2], 0);
        // 60 of 85, within five standard deviations.
        assert!((6_830..=7_290).contains(&before[0]), "{before:?}");
        assert_eq!(scenario.capture(0, br#"{"id":"a1"}"#), 0);
        assert_eq!(scenario.capture(0, b"{}"), 1);
        let after = drawn(&mut scenario, 10_000);
        for (count, expected) in after.iter().zip([6_000_i64, 2_500, 1_500]) {
            assert!((*count as i64 - expected).abs() < 250, "{after:?}");
        }
        let mut out = Vec::new();
        scenario.write(2, true, &mut out);
        assert!(out.starts_with(b"GET /orders/a1 HTTP/1.1\r\n"));
    }

    #[test]
    fn a_mix_that_cannot_begin_is_refused() {
        let get = |weight, path| Request { weight, ..Request::new("GET", Template::parse(path).unwrap()) };
        let target = Traffic::order_shop().target;
        let error =
            |requests| Scenario::new(&Traffic::new(target.clone(), requests), Rng::new()).unwrap_err();
        assert_eq!(error(vec![]), ScenarioError::Empty);
        assert_eq!(error(vec![get(0, "/")]), ScenarioError::Empty);
        assert_eq!(error(vec![get(0, "/"), get(1, "/{id}")]), ScenarioError::NothingFirst);
    }
}
