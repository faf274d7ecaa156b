// Puts pieces of HTML that the server sent in the place of those with the same id, and follows
// links inside the page without leaving it. Everything works without this, as a snapshot.
"use strict";
let stream = null;
let turn = 0;
document.documentElement.classList.add("script");

function put(id, html) {
  const old = document.getElementById(id);
  if (!old) return;
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const fresh = holder.content.firstElementChild;
  if (!fresh || (old.dataset.mark && old.dataset.mark === fresh.dataset.mark)) return;
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  for (const open of old.querySelectorAll("details[id]")) {
    const next = fresh.querySelector(`#${CSS.escape(open.id)}`);
    if (next) next.open = open.open;
  }
  old.replaceWith(fresh);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

function listen() {
  stream?.close();
  const main = document.getElementById("main");
  const line = document.getElementById("line");
  if (main.dataset.again) {
    setTimeout(() => show(location.href, "", false).catch(listen), Number(main.dataset.again));
  }
  if (main.dataset.live !== "yes") return;
  stream = new EventSource(main.dataset.stream);
  stream.onmessage = (message) => {
    const told = JSON.parse(message.data);
    for (const [id, html] of Object.entries(told.pieces)) put(id, html);
    line.textContent = `live, ${told.clock}`;
    const range = document.getElementById("at");
    if (range && document.activeElement !== range) {
      range.max = (Math.ceil(told.at * 100) / 100).toFixed(2);
      range.value = range.max;
    }
    const newest = document.querySelector("#feed li");
    const said = document.getElementById("said");
    if (newest && said.textContent !== newest.textContent) said.textContent = newest.textContent;
  };
  stream.onerror = () => { line.textContent = "not connected; trying again"; };
}

async function show(request, address, keep) {
  const mine = ++turn;
  const answer = await fetch(request);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const main = page.getElementById("main");
  if (mine !== turn) return;
  if (!main) { location.reload(); return; }
  const focused = document.activeElement?.id;
  document.getElementById("main").replaceWith(main);
  const line = page.getElementById("line");
  if (line) document.getElementById("line").textContent = line.textContent;
  if (keep) history.pushState(null, "", address || answer.url);
  listen();
  const hash = address ? new URL(address, location.href).hash.slice(1) : "";
  const next = document.getElementById(hash) || document.getElementById(focused);
  next?.focus({ preventScroll: !hash });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("#main a");
  if (!link || document.body.classList.contains("room") || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  show(link.href, link.href, true);
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  const values = new URLSearchParams(new FormData(form, event.submitter));
  event.preventDefault();
  if (form.method === "get") {
    const address = `${form.action}?${values}`;
    show(address, address, true);
  } else {
    fetch(form.action, { method: "POST", body: values });
  }
});
document.addEventListener("input", (event) => {
  if (event.target.id !== "at") return;
  const values = new URLSearchParams(new FormData(event.target.form));
  const address = `${event.target.form.action}?${values}`;
  show(address, address, false);
});
addEventListener("popstate", () => show(location.href, location.href, false));
addEventListener("pagehide", () => stream?.close());
addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
listen();
