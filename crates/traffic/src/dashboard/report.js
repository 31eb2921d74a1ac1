"use strict";
{
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const { steady, whole, number } = Charts;
  const last = data.points[data.points.length - 1];
  const view = {
    points: data.points, from: data.started, to: Math.max(last?.t ?? 0, data.started + 1), step: data.step, zero: data.started,
    cursor: null, clock, gaps: [],
    // A run of one mode needs no mark.
    marks: data.changes.length > 1 ? data.changes.map((change) => ({ t: change.t, label: change.mode ?? "no mode" })) : [],
  };

  // Since the start: 0:05, 12:30, 1:02:30.
  function clock(t) {
    const seconds = Math.round(t - data.started);
    const two = (value) => String(value).padStart(2, "0");
    const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
    return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
  }

  const charts = Charts.standard(byId, (t) => { view.cursor = t; later(); });

  // The part that took at most so long, on an axis on which 90 %, 99 % and 99.9 % are equally far apart.
  const LINES = [["response", "p99", 1.5], ["service", "p50", 4]];
  function curve() {
    const figure = byId("curve");
    const { pen, width, height, snap, hair } = Charts.canvasOf(figure.querySelector("canvas"));
    const style = getComputedStyle(figure);
    const color = (name) => style.getPropertyValue(`--${name}`);
    const [left, right, above, below] = [44, 6, 10, 22];
    const [inner, tall] = [width - left - right, height - above - below];
    const nines = Math.max(1, ...LINES.flatMap(([name]) => data.curves[name].map(([nine]) => nine)));
    const most = Math.max(1e-3, ...LINES.flatMap(([name]) => data.curves[name].map(([, ms]) => ms)));
    const apart = Charts.nice(most / 5);
    const top = Math.ceil(most / apart) * apart;
    const x = (nine) => left + (nine / nines) * inner;
    const y = (ms) => above + (1 - ms / top) * tall;
    pen.font = `11px ${style.fontFamily}`;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    for (let tick = 0; tick <= top * 1.0001; tick += apart) {
      pen.fillStyle = color(tick === 0 ? "rule" : "grid");
      pen.fillRect(left, snap(y(tick)), inner, Math.max(hair, 1));
      pen.fillStyle = color("muted");
      pen.fillText(number(tick), left - 8, y(tick));
    }
    pen.textBaseline = "alphabetic";
    pen.textAlign = "center";
    const parts = [0.5, ...Array.from({ length: Math.floor(nines + 1e-9) }, (_, at) => 1 - 10 ** -(at + 1))];
    for (const part of parts) {
      const at = x(-Math.log10(1 - part));
      if (at > width - right + 1) continue;
      pen.fillStyle = color("grid");
      pen.fillRect(snap(at), above, Math.max(hair, 1), tall);
      pen.fillStyle = color("muted");
      pen.fillText(`${Number((part * 100).toPrecision(12))} %`, Math.min(at, width - 24), height - 4);
    }
    for (const [name, tone, wide] of [...LINES].reverse()) {
      pen.strokeStyle = color(tone);
      pen.lineWidth = wide;
      pen.lineJoin = "round";
      pen.beginPath();
      for (const [nine, ms] of data.curves[name]) pen.lineTo(x(nine), y(ms));
      pen.stroke();
    }
  }
  for (const [name, tone] of LINES) {
    const key = document.createElement("span");
    key.className = "key";
    key.style.color = `var(--${tone})`;
    const label = document.createElement("span");
    label.textContent = name === "response" ? "response time" : "service time";
    key.append(label);
    byId("curve").querySelector(".keys").append(key);
  }
  byId("curve").querySelector("canvas").setAttribute("role", "img");
  byId("curve").querySelector("canvas").setAttribute("aria-label", "The table of percentiles below, as a curve");

  let waiting = false;
  function later() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      for (const chart of charts) chart.draw(view);
      document.querySelectorAll("td canvas").forEach((canvas, place) => Charts.spark(canvas, data.points, place, view));
      curve();
    });
  }
  for (const bar of document.querySelectorAll("[data-share]")) bar.style.width = `${bar.dataset.share}%`;
  byId("log").addEventListener("change", (event) => { charts[1].spec.log = event.target.checked; later(); });
  new ResizeObserver(later).observe(document.body);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", later);
  later();
}
