"use strict";
const LONGEST = 900;
// The time axis begins with the run, and has at least so many seconds.
const SHORTEST = 20;
const byId = (id) => document.getElementById(id);
const { number, steady, whole } = Charts;

// What is known. Points and changes outlive the connection and the server: another run goes on the same axis.
const known = { points: [], changes: [], started: 0, live: null, at: 0, lost: null, regained: -Infinity };
const view = { span: 300, cursor: null };

const KINDS = {
  "dns": "the target's name does not resolve",
  "connect-refused": "nothing listens on the target's port",
  "connect-timeout": "no connection within the timeout",
  "connect": "no route, or no free port here",
  "tls": "the handshake failed or the certificate is not trusted: ca_file in [traffic] names its authority, insecure = true trusts any",
  "timeout": "no complete response within the timeout",
  "reset": "the target reset the connection",
  "closed": "the target closed the connection too early",
  "malformed": "the response is not HTTP/1",
  "too-large": "the response is too large",
  "captures missing": "successful responses without the value to capture",
};

const clock = (t, apart = 1) => new Date(t * 1000).toLocaleTimeString([], {
  hour: "2-digit", minute: "2-digit", second: apart < 60 ? "2-digit" : undefined, hour12: false,
});

function text(id, value) {
  const element = byId(id);
  if (element.textContent !== value) element.textContent = value;
}

function make(tag, content, properties = {}) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...[content].flat());
  return element;
}

// --- charts

const moveCursor = (t) => { view.cursor = t; later(); };
const charts = Charts.standard(byId, moveCursor);

function now() {
  const last = known.points[known.points.length - 1];
  if (!last) return Date.now() / 1000;
  const since = (performance.now() - known.at) / 1000;
  // A beat late is no gap.
  return last.t + (since > 2.5 ? since : 0);
}

function gaps(from, to) {
  const list = [];
  let before = known.points.length ? null : from;
  for (const point of known.points) {
    const begin = point.t - point.seconds;
    if (before !== null && begin - before > 2 && point.t > from) list.push([before, begin]);
    before = point.t;
  }
  if (before !== null && to - before > 2) list.push([before, to]);
  return list;
}

let waiting = false;
function later() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; draw(); });
}

function draw() {
  if (byId("main").hidden) return;
  const to = now();
  const first = known.points.length ? known.points[0].t - known.points[0].seconds : to;
  const from = to - Math.min(view.span, Math.max(SHORTEST, to - first));
  const shown = {
    points: known.points, from, to, step: 1, zero: 0, cursor: view.cursor, clock, gaps: gaps(from, to),
    marks: known.changes.map((change) => ({ t: change.t, label: change.mode ?? "no mode" })),
  };
  for (const chart of charts) chart.draw(shown);
  const sparks = document.querySelectorAll("td canvas");
  sparks.forEach((canvas, place) => Charts.spark(canvas, known.points, place, shown));
}

// --- messages

function state() {
  const { live, lost } = known;
  const seconds = (since) => `for ${whole(Math.max(0, since))} s`;
  let [kind, words, since] = ["connecting", "Connecting…", ""];
  if (lost !== null) {
    [kind, words, since] = ["lost", live ? "Connection lost, reconnecting" : "No connection, retrying", seconds((performance.now() - lost) / 1000)];
  } else if (live) {
    const trouble = live.trouble;
    kind = live.status.state;
    words = { starting: "Starting, waiting for the start delay", running: "Running", paused: "Paused", draining: "Draining, waiting for responses" }[kind];
    if (trouble && kind === "running") {
      kind = "down";
      words = trouble.kind.startsWith("status-") ? `Target failing: ${trouble.kind}` : `Target down: ${trouble.kind}`;
      since = seconds(now() - trouble.since);
    } else if (performance.now() - known.regained < 5000 && kind === "running") {
      [kind, words] = ["regained", "Reconnected"];
    }
  }
  byId("state").dataset.state = kind;
  text("state-text", words);
  text("state-for", since);
  document.body.classList.toggle("stale", kind === "lost");
  const rate = live ? `${number(live.reached)}/s · ${live.status.mode ?? "no mode"}` : "Traffic";
  document.title = kind === "lost" ? "Connection lost" : kind === "down" ? `✕ ${words}` : rate;
}

function modes() {
  const { live } = known;
  const box = byId("modes");
  const names = Object.keys(live.modes);
  const same = names.length === box.children.length && names.every((name, at) => box.children[at].value === name && box.children[at].dataset.rps === String(live.modes[name]));
  if (!same) {
    box.replaceChildren(...names.map((name) => {
      const button = make("button", [name, make("small", `${number(live.modes[name])}/s`)], { type: "button", value: name });
      button.dataset.rps = live.modes[name];
      button.addEventListener("click", () => change(button, `/mode/${encodeURIComponent(name)}`));
      return button;
    }));
    [...box.children].slice(0, 9).forEach((button, at) => {
      button.prepend(make("kbd", String(at + 1)));
      button.setAttribute("aria-keyshortcuts", String(at + 1));
    });
  }
  for (const button of box.children) button.setAttribute("aria-pressed", String(button.value === live.status.mode));
  const field = byId("free-rate");
  byId("free").classList.toggle("on", live.status.mode === "custom");
  // What is typed is not overwritten.
  if (document.activeElement !== field && !field.dataset.typed) field.value = live.status.rps ?? "";
}

async function post(path) {
  const answer = await fetch(path, { method: "POST" });
  const body = await answer.json();
  if (!answer.ok) throw new RangeError(body.error);
  return body;
}

// To another mode or rate, at once or on a straight line.
async function change(button, path) {
  const over = byId("over").value;
  button.setAttribute("aria-busy", "true");
  try {
    const body = await post(over ? `${path}?over=${over}` : path);
    delete byId("free-rate").dataset.typed;
    if (known.live) {
      Object.assign(known.live.status, { mode: body.mode, rps: body.rps });
      modes();
    }
    text("problem", "");
  } catch (error) {
    text("problem", error instanceof RangeError ? error.message : "The mode was not changed: the traffic generator does not respond.");
  }
  button.removeAttribute("aria-busy");
}

byId("free-rate").addEventListener("input", (event) => { event.target.dataset.typed = "1"; });
byId("free").addEventListener("submit", (event) => {
  event.preventDefault();
  change(event.submitter ?? event.target, `/rate/${Number(byId("free-rate").value)}`);
});

// 1 to 9 choose a mode, wherever nothing is typed.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=radio], [type=checkbox]), select, textarea");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !/^[1-9]$/.test(event.key)) return;
  byId("modes").children[Number(event.key) - 1]?.click();
});

byId("reset").addEventListener("click", async () => {
  try {
    await post("/reset");
    text("problem", "");
  } catch {
    text("problem", "The statistics were not reset: the traffic generator does not respond.");
  }
});

// 99.97 % is not 100 %.
const share = (successful, failed) => (successful + failed === 0 ? "–" : failed ? Math.min(99.99, Math.floor((successful / (successful + failed)) * 1e4) / 100).toFixed(2) : "100");

function tiles() {
  const { status, point, lately, reached, asked } = known.live;
  text("reached", steady(reached));
  const way = asked !== null && status.rps !== null && Math.abs(asked - status.rps) > 0.005;
  text("asked", asked === null ? "as fast as possible" : way ? `of ${number(asked)}, on the way to ${number(status.rps)}` : `of ${number(asked)} asked`);
  const { total, successful, failed } = status.stats;
  const span = `last ${whole(lately.seconds)} s`;
  text("success", share(lately.successful, lately.failed));
  text("success-of", failed ? `${whole(failed)} of ${whole(successful + failed)} failed` : `of ${whole(successful)}`);
  byId("success").closest("div").classList.toggle("bad", lately.failed > 0);
  text("p50", steady(lately.latency_ms.p50));
  text("p99", steady(lately.latency_ms.p99));
  text("p50-of", span);
  text("p99-of", span);
  text("flight", whole(status.in_flight));
  text("late", status.late ? `${whole(status.late)} sent late` : "none sent late");
  text("dropped", whole(status.dropped));
  text("dropped-now", point?.dropped ? `${whole(point.dropped)} in the last second` : `of ${whole(total + status.dropped)} due`);
  byId("dropped").closest("div").classList.toggle("near", status.dropped > 0);
}

function size(bytes) {
  let value = bytes;
  for (const unit of ["B", "KiB", "MiB", "GiB", "TiB"]) {
    if (value < 1024 || unit === "TiB") return `${number(value)} ${unit}`;
    value /= 1024;
  }
}

function cells(name, part, endpoint, canvas) {
  const bar = make("span", make("i", ""), { className: "bar" });
  bar.firstChild.style.width = `${part}%`;
  const failed = endpoint.failed ? `${whole(endpoint.failed)} · ${steady((endpoint.failed / endpoint.sent) * 100)} %` : "0";
  const cell = (label, value, className = "") => {
    const td = make("td", value, { className });
    td.dataset.label = label;
    return td;
  };
  return [
    make("th", name, { scope: "row" }),
    make("td", make("div", [bar, `${part.toFixed(0)} %`], { className: "share" })),
    make("td", canvas ?? "", { className: "spark" }),
    cell("now", `${steady(endpoint.rate)}/s`),
    cell("sent", whole(endpoint.sent)),
    cell("failed", failed, endpoint.failed ? "bad" : ""),
    cell("min", steady(endpoint.min)),
    cell("mean", steady(endpoint.mean)),
    cell("p50", steady(endpoint.p50)),
    cell("p99", steady(endpoint.p99)),
    cell("max", steady(endpoint.max)),
    cell("received", size(endpoint.bytes)),
  ];
}

// The line of all requests.
function together(endpoints, status) {
  const list = Object.values(endpoints);
  const sum = (key) => list.reduce((total, endpoint) => total + (endpoint[key] ?? 0), 0);
  const answered = list.filter((endpoint) => endpoint.mean !== null);
  const [least, count] = [answered.map((endpoint) => endpoint.min), sum("answered")];
  return {
    sent: status.stats.total, failed: status.stats.failed, rate: sum("rate"), bytes: sum("bytes"),
    min: least.length ? Math.min(...least) : null,
    mean: count ? answered.reduce((total, endpoint) => total + endpoint.mean * endpoint.answered, 0) / count : null,
    p50: status.latency_ms.p50, p99: status.latency_ms.p99, max: status.latency_ms.max,
  };
}

function endpoints() {
  const { endpoints, status, counted_since: since } = known.live;
  text("since", since === null ? "Requests since the start" : `Requests since ${clock(since)}`);
  const body = document.querySelector("#endpoints tbody");
  const all = together(endpoints, status);
  Object.entries(endpoints).forEach(([name, endpoint], at) => {
    const row = body.rows[at] ?? body.insertRow();
    const canvas = row.querySelector("canvas") ?? document.createElement("canvas");
    canvas.setAttribute("aria-hidden", "true");
    row.replaceChildren(...cells(name, all.sent ? (endpoint.sent / all.sent) * 100 : 0, endpoint, canvas));
  });
  while (body.rows.length > Object.keys(endpoints).length) body.deleteRow(-1);
  const foot = document.querySelector("#endpoints tfoot");
  const row = foot.rows[0] ?? foot.insertRow();
  row.replaceChildren(...cells("All", all.sent ? 100 : 0, all));
}

// The first failure of a kind, to open and look at.
function sampleOf(sample) {
  const sent = sample.request ?? `${sample.endpoint}, not sent`;
  const came = sample.status === null ? "no status" : `status ${sample.status}`;
  const lines = [`${sent}\n${came} after ${number(sample.ms)} ms`, sample.detail, sample.body].filter(Boolean);
  return make("details", [make("summary", "The first of them"), make("pre", lines.join("\n\n"))]);
}

function failure(kind) {
  const line = make("li", [
    make("span", kind), make("span", ""),
    make("small", KINDS[kind] ?? (kind.startsWith("status-") ? "a response with this status" : "")),
  ]);
  line.dataset.kind = kind;
  return line;
}

function lists() {
  const { status, samples } = known.live;
  const errors = Object.entries(status.errors).sort((one, other) => other[1] - one[1]);
  // Not among the failures: those answers are successes, and the mix is another one.
  if (status.captures_missing) errors.push(["captures missing", status.captures_missing]);
  // Lines stay what they are, so that one that is open stays open.
  const before = new Map([...byId("errors").children].map((line) => [line.dataset.kind, line]));
  const lines = errors.map(([kind, count]) => {
    const line = before.get(kind) ?? failure(kind);
    line.children[1].textContent = whole(count);
    const sample = samples[kind];
    const seen = sample ? JSON.stringify(sample) : "";
    if ((line.dataset.sample ?? "") !== seen) {
      line.dataset.sample = seen;
      line.querySelector("details")?.remove();
      if (sample) line.append(sampleOf(sample));
    }
    return line;
  });
  const shown = [...byId("errors").children];
  if (!lines.length) lines.push(before.get("") ?? Object.assign(make("li", "None.", { className: "none" })));
  lines.forEach((line) => { line.dataset.kind ??= ""; });
  if (lines.length !== shown.length || lines.some((line, at) => line !== shown[at])) byId("errors").replaceChildren(...lines);
  const changes = known.changes.slice(-8).reverse();
  byId("changes").replaceChildren(...changes.map((change) => make("li", [
    make("span", `${change.mode ?? "no mode"}, ${change.rps === null ? "as fast as possible" : `${number(change.rps)}/s`}${change.over_seconds ? ` over ${number(change.over_seconds)} s` : ""}`),
    make("time", clock(change.t), { dateTime: new Date(change.t * 1000).toISOString() }),
  ])));
}

function show() {
  byId("main").hidden = false;
  text("target", known.live.status.target);
  const { open } = known.live;
  byId("open").hidden = !open;
  if (open) Object.assign(byId("open"), { href: open, title: open });
  modes();
  tiles();
  endpoints();
  lists();
  state();
  later();
}

// --- the connection

function trim() {
  const oldest = now() - LONGEST - 5;
  known.points = known.points.filter((point) => point.t > oldest);
  known.changes = known.changes.filter((change) => change.t > oldest).slice(-256);
}

// The server's memory replaces what this page knows of the same run; an earlier run stays.
async function remember() {
  const answer = await fetch("/history");
  if (!answer.ok) return;
  const history = await answer.json();
  known.points = known.points.filter((point) => point.t < history.started).concat(history.points);
  known.changes = known.changes.filter((change) => change.t < history.started).concat(history.changes);
  known.started = history.started;
  trim();
  if (known.live) show();
}

function receive(live) {
  const last = known.points[known.points.length - 1];
  const missed = live.started !== known.started || (last && live.point && live.point.t - live.point.seconds - last.t > 0.5);
  if (known.lost !== null && known.live) known.regained = performance.now();
  Object.assign(known, { live, lost: null, at: performance.now() });
  if (missed) {
    remember().catch(() => {});
  } else if (live.point && (!last || live.point.t > last.t)) {
    known.points.push(live.point);
    trim();
  }
  const newest = known.changes[known.changes.length - 1];
  for (const change of live.changes) if (!newest || change.t > newest.t) known.changes.push(change);
  show();
}

function lose() {
  if (known.lost === null) known.lost = performance.now();
  state();
  later();
}

let source = null;
function connect() {
  source?.close();
  source = new EventSource("/events");
  source.onmessage = (event) => { text("problem", ""); receive(JSON.parse(event.data)); };
  source.onerror = lose;
}

// The browser tries again by itself, but not after every failure, and it does not notice a connection that fell silent.
setInterval(() => {
  const silent = known.live && performance.now() - known.at > 5000;
  if (silent) lose();
  if (source.readyState === EventSource.CLOSED || (silent && source.readyState === EventSource.OPEN)) connect();
  if (known.lost !== null) { state(); later(); }
}, 1000);

for (const input of document.querySelectorAll("[name=span]")) {
  input.addEventListener("change", () => {
    view.span = Number(input.value);
    for (const chart of charts) chart.reset();
    try { localStorage.setItem("span", input.value); } catch { /* not kept, then */ }
    later();
  });
}
try {
  const kept = document.querySelector(`[name=span][value="${Number(localStorage.getItem("span"))}"]`);
  if (kept) { kept.checked = true; view.span = Number(kept.value); }
} catch { /* five minutes, then */ }
byId("log").addEventListener("change", (event) => { charts[1].spec.log = event.target.checked; later(); });
new ResizeObserver(later).observe(byId("main"));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", later);
connect();
