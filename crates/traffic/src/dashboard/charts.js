"use strict";
// Charts on a canvas: stacked counts, lines, marks on the time axis, one cursor for all. Whatever is not known is drawn as a
// gap, and every axis starts at zero unless it is logarithmic, which it then says.
const Charts = (() => {
  const MARGIN = { top: 20, right: 6, bottom: 22, left: 44 };
  // Labels on the time axis that are close stand in rows above each other, each so high.
  const [ROWS, ROW] = [3, 13];

  // Three digits that matter, and never a false one.
  function number(value) {
    if (value === null || value === undefined || !Number.isFinite(value)) return "–";
    const size = Math.abs(value);
    const digits = size === 0 || size >= 100 ? 0 : size >= 10 ? 1 : 2;
    return value.toLocaleString("en", { minimumFractionDigits: 0, maximumFractionDigits: digits });
  }
  // The same number of decimals at every moment, so that nothing jumps.
  function steady(value) {
    if (value === null || value === undefined || !Number.isFinite(value)) return "–";
    const size = Math.abs(value);
    if (size === 0) return "0";
    const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
    return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  }
  const whole = (value) => Math.round(value).toLocaleString("en");

  // The smallest of 1, 2, 2.5 and 5 times a power of ten that is not below.
  function nice(value, whole) {
    const power = 10 ** Math.floor(Math.log10(value));
    const step = ([1, 2, 2.5, 5].find((step) => step * power >= value * 0.9999) ?? 10) * power;
    return whole ? Math.ceil(step) : step;
  }

  const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400];

  function canvasOf(canvas) {
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    return { pen, width, height, snap: (v) => Math.round(v * ratio) / ratio, hair: 1 / ratio };
  }

  // Points that share so many seconds, as one: counts add up.
  function buckets(points, keys, seconds, step) {
    const list = [];
    for (const point of points) {
      const slot = Math.ceil(point.t / seconds - 1e-6);
      let last = list[list.length - 1];
      if (seconds <= step || !last || last.slot !== slot) {
        // Clocks are read one after the other: what lies between is no gap.
        const begin = point.t - point.seconds;
        const from = last && Math.abs(begin - last.to) < 0.25 * step ? last.to : begin;
        last = { slot, from, to: point.t, sums: keys.map(() => 0) };
        list.push(last);
      }
      last.to = point.t;
      keys.forEach((key, at) => { last.sums[at] += point[key]; });
    }
    return list;
  }

  function chart(figure, spec) {
    const plot = figure.querySelector(".plot");
    const canvas = figure.querySelector("canvas");
    const keys = figure.querySelector(".keys");
    const time = document.createElement("span");
    time.className = "time";
    keys.append(time);
    const labels = [...(spec.stack ?? []), ...(spec.lines ?? [])].map((series) => {
      const key = document.createElement("span");
      key.className = series.fill ? "key fill" : series.dash ? "key dash" : "key";
      key.style.color = `var(--${series.fill ?? series.color})`;
      const name = document.createElement("span");
      name.textContent = series.label;
      const value = document.createElement("b");
      key.append(name, value);
      keys.append(key);
      return { series, value };
    });
    let [top, apart] = [0, 1];
    let shown = null;
    let area = null;

    function highest(view) {
      let most = 0;
      for (const point of view.points) {
        if (point.t < view.from) continue;
        let sum = 0;
        for (const { key } of spec.stack ?? []) sum += point[key] / point.seconds;
        most = Math.max(most, sum, ...(spec.lines ?? []).map((line) => line.value(point) ?? 0));
      }
      return most;
    }

    // Falls only when half of it is empty, so that the axis keeps still.
    function scale(view) {
      const most = Math.max(highest(view), spec.least ?? 0);
      if (spec.log) {
        let low = Infinity;
        for (const point of view.points) {
          if (point.t < view.from) continue;
          for (const line of spec.lines) { const v = line.value(point); if (v > 0) low = Math.min(low, v); }
        }
        if (!Number.isFinite(low)) low = 1;
        const [from, to] = [Math.floor(Math.log10(low)), Math.max(Math.ceil(Math.log10(most || 1)), Math.floor(Math.log10(low)) + 1)];
        const ticks = [];
        for (let power = from; power <= to; power += 1) {
          ticks.push(10 ** power);
          if (to - from < 3 && power < to) ticks.push(2 * 10 ** power, 5 * 10 ** power);
        }
        return { ticks, place: (v) => (Math.log10(Math.max(v, 10 ** from)) - from) / (to - from) };
      }
      if (most * 1.02 > top || most * 1.02 < top / 2) {
        apart = nice(Math.max(most * 1.02, 1e-6) / (spec.ticks ?? 5), spec.whole);
        top = Math.ceil((most * 1.02) / apart) * apart;
      }
      const ticks = [];
      for (let tick = 0; tick <= top * 1.0001; tick += apart) ticks.push(tick);
      return { ticks, place: (v) => v / top };
    }

    function draw(view) {
      shown = view;
      const { pen, width, height, snap, hair } = canvasOf(canvas);
      const style = getComputedStyle(figure);
      const color = (name) => style.getPropertyValue(`--${name}`);
      const { right, bottom, left } = MARGIN;
      const inner = width - left - right;
      const x = (t) => left + ((t - view.from) / (view.to - view.from)) * inner;
      pen.font = `11px ${style.fontFamily}`;
      const labels = spec.marks ? placed(pen, view, x, left, width - right) : [];
      const above = MARGIN.top + ROW * Math.max(0, ...labels.map((label) => label.row));
      const tall = height - above - bottom;
      if (inner <= 0 || tall <= 0) return;
      const axis = scale(view);
      const y = (v) => above + (1 - axis.place(v)) * tall;
      area = { x, left, inner };
      pen.lineJoin = "round";

      // What is not known.
      pen.save();
      pen.beginPath();
      pen.rect(left, 0, inner, height);
      pen.clip();
      pen.fillStyle = color("void");
      for (const [from, to] of view.gaps ?? []) pen.fillRect(x(from), above, x(to) - x(from), tall);
      pen.restore();

      pen.fillStyle = color("muted");
      pen.textAlign = "right";
      pen.textBaseline = "middle";
      for (const tick of axis.ticks) {
        const at = snap(y(tick));
        pen.fillStyle = tick === 0 ? color("rule") : color("grid");
        pen.fillRect(left, at, inner, Math.max(hair, 1));
        pen.fillStyle = color("muted");
        pen.fillText(number(tick), left - 8, at);
      }
      pen.textBaseline = "alphabetic";
      const apart = STEPS.find((seconds) => (seconds / (view.to - view.from)) * inner > 72) ?? 172800;
      for (let t = Math.ceil((view.from - view.zero) / apart) * apart + view.zero; t <= view.to; t += apart) {
        const at = x(t);
        pen.fillStyle = color("rule");
        pen.fillRect(snap(at), above + tall, Math.max(hair, 1), 4);
        pen.fillStyle = color("muted");
        pen.textAlign = at > width - 30 ? "right" : at < left + 20 ? "left" : "center";
        pen.fillText(view.clock(t, apart), Math.min(at, width - right), height - 4);
      }

      pen.save();
      pen.beginPath();
      pen.rect(left, above - 2, inner, tall + 4);
      pen.clip();
      const visible = view.points.filter((point) => point.t >= view.from - 2 * view.step && point.t - point.seconds <= view.to);
      if (spec.stack) {
        const seconds = Math.max(view.step, Math.ceil((2 / inner) * (view.to - view.from)));
        for (const bucket of buckets(visible, spec.stack.map((series) => series.key), seconds, view.step)) {
          const [from, to] = [snap(x(bucket.from)), snap(x(bucket.to))];
          let sum = 0;
          spec.stack.forEach((series, at) => {
            const rate = bucket.sums[at] / (bucket.to - bucket.from);
            if (rate === 0) return;
            const [low, high] = [snap(y(sum)), snap(y(sum + rate))];
            pen.fillStyle = color(series.fill);
            pen.fillRect(from, high, Math.max(to - from, hair), Math.max(low - high, series.least ?? 0));
            sum += rate;
          });
        }
      }
      for (const line of spec.lines ?? []) {
        pen.strokeStyle = pen.fillStyle = color(line.color);
        pen.lineWidth = line.width ?? 1.5;
        pen.setLineDash(line.dash ?? []);
        stroke(pen, visible, line, x, y, view);
      }
      pen.setLineDash([]);
      pen.restore();

      marks(pen, view, x, labels, color, { above, tall, snap, hair });
      if (view.cursor !== null && view.cursor >= view.from && view.cursor <= view.to) {
        pen.fillStyle = color("ink");
        pen.fillRect(snap(x(view.cursor)), above, Math.max(hair, 1), tall);
      }
      read(view);
    }

    // A line that breaks where a value is missing; a value between two gaps is a dot.
    function stroke(pen, points, line, x, y, view) {
      let before = null;
      let length = 0;
      const dot = () => {
        if (before && length === 1 && !line.step) {
          pen.beginPath();
          pen.arc(x(before.t), y(line.value(before)), 1.5, 0, 7);
          pen.fill();
        }
      };
      let path = new Path2D();
      for (const point of points) {
        const value = line.value(point);
        if (value === null || value === undefined) { dot(); before = null; length = 0; continue; }
        const apart = before && point.t - point.seconds - before.t > 1.5 * view.step;
        if (!before || apart) {
          dot();
          length = 0;
          if (line.step) path.moveTo(x(point.t - point.seconds), y(value)); else path.moveTo(x(point.t), y(value));
        }
        if (line.step && before && !apart) path.lineTo(x(before.t), y(value));
        path.lineTo(x(point.t), y(value));
        before = point;
        length += 1;
      }
      dot();
      pen.stroke(path);
    }

    // Where the label of each mark goes, the newest in the lowest row that has room for it.
    function placed(pen, view, x, left, right) {
      const free = Array(ROWS).fill(Infinity);
      const list = [];
      for (const mark of [...(view.marks ?? [])].reverse()) {
        if (mark.t < view.from || mark.t > view.to) continue;
        const at = x(mark.t);
        const wide = pen.measureText(mark.label).width;
        const begin = Math.max(left, Math.min(at - 2, right - wide));
        const row = free.findIndex((end) => begin + wide + 8 <= end);
        if (row < 0) continue;
        free[row] = begin;
        list.push({ mark, begin, row });
      }
      return list;
    }

    function marks(pen, view, x, labels, color, { above, tall, snap, hair }) {
      pen.fillStyle = color("muted");
      for (const mark of view.marks ?? []) {
        if (mark.t < view.from || mark.t > view.to) continue;
        const row = labels.find((label) => label.mark === mark)?.row ?? 0;
        for (let dash = above - row * ROW; dash < above + tall; dash += 5) pen.fillRect(snap(x(mark.t)), dash, Math.max(hair, 1), 2);
      }
      pen.textAlign = "left";
      for (const { mark, begin, row } of labels) pen.fillText(mark.label, begin, above - 8 - row * ROW);
    }

    // The numbers at the cursor, or the newest.
    function read(view) {
      const point = at(view, view.cursor);
      time.textContent = view.cursor !== null && point ? view.clock(point.t, 1) : "";
      const values = [];
      for (const { series, value } of labels) {
        const read = point ? (series.value ? series.value(point) : point[series.key] / point.seconds) : null;
        value.textContent = series.text ? series.text(read) : steady(read);
        values.push(`${series.label} ${value.textContent}`);
      }
      plot.setAttribute("aria-valuemin", "0");
      plot.setAttribute("aria-valuemax", String(Math.round(view.to - view.from)));
      plot.setAttribute("aria-valuenow", String(Math.round((view.cursor ?? view.to) - view.from)));
      if (view.cursor !== null || !plot.hasAttribute("aria-valuetext")) {
        plot.setAttribute("aria-valuetext", point ? `${view.clock(point.t, 1)}: ${values.join(", ")}` : "nothing yet");
      }
    }

    plot.tabIndex = 0;
    plot.setAttribute("role", "slider");
    plot.setAttribute("aria-label", `${figure.querySelector("h2").textContent}, over time`);
    const move = (event) => {
      if (!area) return;
      const part = (event.clientX - canvas.getBoundingClientRect().left - area.left) / area.inner;
      spec.cursor(part < 0 || part > 1 ? null : shown.from + part * (shown.to - shown.from));
    };
    plot.addEventListener("pointermove", move);
    plot.addEventListener("pointerdown", move);
    plot.addEventListener("pointerleave", () => spec.cursor(null));
    plot.addEventListener("blur", () => spec.cursor(null));
    plot.addEventListener("keydown", (event) => {
      if (!shown) return;
      const [from, to, step] = [shown.from, shown.to, Math.max(shown.step, (shown.to - shown.from) / 60)];
      const now = shown.cursor ?? to;
      const moves = { ArrowLeft: now - shown.step, ArrowRight: now + shown.step, PageUp: now - step * 5, PageDown: now + step * 5, Home: from, End: to };
      if (event.key === "Escape") spec.cursor(null);
      else if (event.key in moves) spec.cursor(Math.min(to, Math.max(from, moves[event.key])));
      else return;
      event.preventDefault();
    });
    return { draw, spec, reset() { top = 0; } };
  }

  // The point that covers a time, or the last one.
  function at(view, t) {
    if (t === null) return view.points[view.points.length - 1] ?? null;
    return view.points.find((point) => t <= point.t && t > point.t - point.seconds - 0.5 * view.step) ?? null;
  }

  // A line of counts, with the failures among them, in a table's cell.
  function spark(canvas, points, place, view) {
    const { pen, width, height, snap, hair } = canvasOf(canvas);
    const style = getComputedStyle(canvas);
    const seconds = Math.max(view.step, Math.ceil((2 / width) * (view.to - view.from)));
    const flat = points.filter((point) => point.t >= view.from)
      .map((point) => ({ t: point.t, seconds: point.seconds, sent: point.endpoints[place]?.[0] ?? 0, failed: point.endpoints[place]?.[1] ?? 0 }));
    const list = buckets(flat, ["sent", "failed"], seconds, view.step);
    const most = Math.max(1e-9, ...list.map(({ from, to, sums }) => Math.max(...sums) / (to - from)));
    const x = (t) => snap(((t - view.from) / (view.to - view.from)) * width);
    for (const { from, to, sums } of list) {
      sums.forEach((sum, at) => {
        const high = (sum / (to - from) / most) * (height - 1);
        if (high === 0) return;
        pen.fillStyle = style.getPropertyValue(at ? "--bad-fill" : "--good-fill");
        pen.fillRect(x(from), snap(height - high), Math.max(x(to) - x(from), hair), snap(high) + 1);
      });
    }
  }

  // Rate, latency and in flight, as the dashboard and the report have them.
  function standard(byId, cursor) {
    const latency = (name) => (point) => point.latency_ms?.[name] ?? null;
    return [
      chart(byId("rate"), {
        marks: true, least: 1, cursor,
        stack: [
          { key: "failed", label: "failed", fill: "bad-fill", least: 1 },
          { key: "successful", label: "succeeded", fill: "good-soft" },
          { key: "dropped", label: "dropped", fill: "near-fill", least: 1 },
        ],
        lines: [
          { label: "reached", color: "good", width: 2, value: (point) => point.reached },
          { label: "asked", color: "ink", dash: [5, 3], width: 1.25, step: true, value: (point) => point.asked },
        ],
      }),
      chart(byId("latency"), {
        least: 0.1, cursor,
        lines: [
          { label: "p50", color: "p50", width: 2, value: latency("p50") },
          { label: "p90", color: "p90", value: latency("p90") },
          { label: "p99", color: "p99", value: latency("p99") },
        ],
      }),
      chart(byId("inflight"), {
        least: 2, whole: true, ticks: 3, cursor,
        stack: [{ key: "dropped", label: "dropped per second", fill: "near-fill", least: 1 }],
        lines: [{ label: "in flight", color: "flight", step: true, text: (v) => (v === null ? "–" : whole(v)), value: (point) => point.in_flight }],
      }),
    ];
  }

  return { chart, standard, spark, canvasOf, nice, number, steady, whole };
})();
