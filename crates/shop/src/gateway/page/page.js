"use strict";
const byId = (id) => document.getElementById(id);
const WAY = ["pending", "processing", "fulfilled"];

function make(tag, content, properties = {}) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...[content].flat());
  return element;
}

for (let product = 1; product <= 10; product += 1) byId("product").append(make("option", String(product)));

// How far an order is: a dot for each step, and the word.
function way(status) {
  const reached = WAY.indexOf(status);
  const dots = WAY.map((_, step) => make("i", "", { className: step <= reached ? "on" : "" }));
  const line = make("span", dots, { className: "way" });
  line.setAttribute("aria-hidden", "true");
  return make("span", [line, status], { className: status });
}

function age(time) {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(time)) / 1000));
  if (seconds < 2) return "now";
  if (seconds < 60) return `${seconds} s ago`;
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min ago` : new Date(time).toLocaleTimeString();
}

async function read(path, options = {}) {
  const answer = await fetch(path, { ...options, headers: { Accept: "application/json", ...options.headers } });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error ?? `the shop answered ${answer.status}`);
  return body;
}

function row(order) {
  const cells = [`#${order.id}`, String(order.product_id), String(order.quantity), way(order.status), age(order.created_at)];
  return make("tr", cells.map((cell) => make("td", cell)));
}

async function refresh() {
  try {
    const [shop, orders] = await Promise.all([read("/"), read("/orders?limit=12")]);
    byId("rate").textContent = shop.orders.per_second.toLocaleString("en", { maximumFractionDigits: 1 });
    byId("placed").textContent = shop.orders.placed.toLocaleString("en");
    if (shop.links.traffic) Object.assign(byId("traffic"), { href: shop.links.traffic, hidden: false });
    byId("orders").replaceChildren(...orders.map(row));
    if (!orders.length) byId("orders").append(make("tr", make("td", "None yet.", { colSpan: 5 })));
    byId("problem").textContent = "";
  } catch (error) {
    byId("problem").textContent = error instanceof TypeError ? "The shop does not respond." : `The shop: ${error.message}`;
  }
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// Place an order and follow it to its end.
byId("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const body = JSON.stringify({ product_id: Number(byId("product").value), quantity: Number(byId("quantity").value) });
    let order = await read("/orders", { method: "POST", body, headers: { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID?.() ?? String(Math.random()) } });
    for (let tries = 0; ; tries += 1) {
      byId("own").replaceChildren(`Your order #${order.id}: `, way(order.status));
      if (order.status === "fulfilled" || tries > 100) break;
      await pause(150);
      order = await read(`/orders/${order.id}`);
    }
    refresh();
  } catch (error) {
    byId("own").textContent = `Not placed: ${error.message}`;
  }
});

// A hidden page asks for nothing.
(async () => {
  for (;;) {
    if (!document.hidden) await refresh();
    await pause(1000);
  }
})();
