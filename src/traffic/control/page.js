"use strict";
const byId = (id) => document.getElementById(id);
const number = (value) => value.toLocaleString("en", { maximumFractionDigits: 2 });

function fill(id, rows) {
  byId(id).replaceChildren(...rows.map(([name, value]) => {
    const row = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = name;
    const cell = document.createElement("td");
    cell.textContent = value;
    row.append(head, cell);
    return row;
  }));
}

function problem(text) {
  byId("error").textContent = text;
  byId("error").hidden = !text;
}

async function choose(name) {
  try {
    const answer = await fetch("/mode/" + encodeURIComponent(name), { method: "POST" });
    problem(answer.ok ? "" : (await answer.json()).error);
  } catch {
    problem("The traffic generator does not answer.");
  }
}

function buttons(modes, current) {
  const box = byId("modes");
  const names = Object.keys(modes);
  if (box.children.length !== names.length) {
    box.replaceChildren(...names.map((name) => {
      const button = document.createElement("button");
      button.type = "button";
      button.value = name;
      button.textContent = name + " " + modes[name] + "/s";
      button.addEventListener("click", () => choose(name));
      return button;
    }));
  }
  for (const button of box.children) {
    button.setAttribute("aria-pressed", String(button.value === current));
  }
}

const events = new EventSource("/events");
events.onerror = () => problem("The traffic generator does not answer. Trying again.");
events.onmessage = (event) => {
  const { status, last_second: second, modes } = JSON.parse(event.data);
  problem("");
  byId("target").textContent = status.state + ", to " + status.target;
  buttons(modes, status.mode);
  fill("now", [
    ["Requests a second, asked", status.rps === null ? "highest" : number(status.rps)],
    ["Requests a second, reached", number(status.current_rps)],
    ["In flight", number(status.in_flight)],
    ["p50 of the last second, ms", number(second.latency_ms.p50)],
    ["p99 of the last second, ms", number(second.latency_ms.p99)],
  ]);
  fill("latency", Object.entries(status.latency_ms).map(([name, value]) => [name, number(value)]));
  fill("endpoints", [
    ...Object.entries(status.stats.by_endpoint).map(([name, count]) => [name, number(count)]),
    ["all", number(status.stats.total)],
    ["successful", number(status.stats.successful)],
    ["failed", number(status.stats.failed)],
    ["dropped", number(status.dropped)],
    ["late", number(status.late)],
  ]);
  const errors = Object.entries(status.errors).map(([kind, count]) => [kind, number(count)]);
  fill("errors", errors.length ? errors : [["none", ""]]);
};
