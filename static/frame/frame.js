/* What every page in the portal's frame shares: calls with the signed ticket, pieces swapped in, the bridge to Bitrix24.
   Cookies do not come back in a frame, so the ticket and the record's pass ride in headers and are renewed by answers. */

const TICKET = "X-Paraph-Ticket";
const RECORD = "X-Paraph-Record";
const RENEW_MS = 4 * 60 * 1000;
const body = document.body;
const texts = json(document.getElementById("texts")) || {};
const proof = { ticket: body.dataset.ticket || "", record: "" };
const controllers = new Map();
/* How tall the portal made the frame before we asked for anything. */
const firstHeight = window.innerHeight;

/* A failure that is a sentence for the person; `field` names the input to correct. */
class Trouble extends Error {
  constructor(message, { field = "", status = 0 } = {}) {
    super(message);
    this.field = field;
    this.status = status;
  }
}

function json(element) {
  return element ? JSON.parse(element.textContent) : null;
}

function words(root) {
  return json(root.querySelector("script[data-words]")) || {};
}

function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

async function request(path, options = {}, isRetry = false) {
  const headers = new Headers(options.headers);
  headers.set(TICKET, proof.ticket);
  if (proof.record) headers.set(RECORD, proof.record);
  let response;
  try {
    response = await fetch(path, { ...options, headers, credentials: "omit", cache: "no-store" });
  } catch {
    throw new Trouble(texts.offline);
  }
  proof.ticket = response.headers.get(TICKET) || proof.ticket;
  proof.record = response.headers.get(RECORD) || proof.record;
  if (response.ok) return response;
  if (response.status === 403 && !isRetry && (await renewWithPortal())) return request(path, options, true);
  const answer = await response.json().catch(() => ({}));
  throw new Trouble(answer.error || texts.offline, { field: answer.field, status: response.status });
}

const getText = async (path) => (await request(path, { headers: { Accept: "text/html" } })).text();
const getJson = async (path, options = {}) => (await request(path, { ...options, headers: { Accept: "application/json", ...options.headers } })).json();
const postForm = (path, data) => request(path, { method: "POST", body: data });
const postJson = (path, value) => getJson(path, { method: "POST", body: JSON.stringify(value), headers: { "Content-Type": "application/json" } });

/* A frame that slept longer than its ticket lives proves itself with the portal's own token again. */
async function renewWithPortal() {
  const b24 = await bridge;
  if (!b24) return false;
  try {
    const auth = await b24.auth.refreshAuth();
    const form = new FormData();
    form.set("AUTH_ID", auth.access_token);
    form.set("REFRESH_ID", auth.refresh_token || "");
    form.set("AUTH_EXPIRES", "3600");
    form.set("member_id", auth.member_id);
    const answer = await fetch("/placements/ticket", { method: "POST", body: form, credentials: "omit" });
    if (!answer.ok) return false;
    proof.ticket = answer.headers.get(TICKET) || proof.ticket;
    return true;
  } catch {
    return false;
  }
}

/* The bridge to Bitrix24; null outside a portal, where everything else still works. */
const bridge = (async () => {
  if (!globalThis.B24Js || !window.name.includes("|")) return null;
  try {
    return await globalThis.B24Js.initializeB24Frame();
  } catch {
    return null;
  }
})();

let asked = 0;
async function fit() {
  const b24 = await bridge;
  const height = Math.ceil(document.getElementById("app").getBoundingClientRect().height);
  if (!b24 || Math.abs(height - asked) < 2) return;
  asked = height;
  b24.parent.message.send("resizeWindow", { width: "100%", height, isSafely: true });
}

async function setTitle(title) {
  const b24 = await bridge;
  if (b24) b24.parent.setTitle(title);
}

/* A tab of a card is no slider: there, closing leads back to the list. */
async function closeFrame() {
  const tab = document.querySelector(".tab #view[data-load]");
  if (tab) return load(tab, tab.dataset.load);
  const b24 = await bridge;
  if (b24) b24.parent.closeApplication();
}

/* Pieces */
function control(name, start) {
  controllers.set(name, start);
  document.querySelectorAll(`[data-controller="${name}"]`).forEach((root) => begin(root));
}

function begin(root) {
  const start = controllers.get(root.dataset.controller);
  if (!start || root.dataset.begun) return;
  root.dataset.begun = "yes";
  start(root);
}

/* Moments in the reader's own time zone. */
const days = new Intl.DateTimeFormat(document.documentElement.lang, { day: "numeric", month: "short", year: "numeric" });
const clock = new Intl.DateTimeFormat(document.documentElement.lang, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

function enliven(root) {
  root.querySelectorAll("time[datetime]").forEach((time) => { time.textContent = (time.dataset.form === "day" ? days : clock).format(new Date(time.dateTime)); });
  root.querySelectorAll("[data-fresh-key]").forEach((input) => { input.value ||= crypto.randomUUID(); });
  root.querySelectorAll("[data-controller]").forEach(begin);
  root.querySelectorAll("[data-toast]").forEach((one) => toast(one.dataset.toast, "bad" in one.dataset));
  root.querySelectorAll("[data-poll]").forEach(poll);
}

function show(target, html) {
  target.innerHTML = html;
  enliven(target);
  scheduleFit();
}

/* A new screen is announced and the keyboard starts at its top; what was pressed is gone. */
function focusHead(target) {
  const head = target.querySelector("h1");
  if (!head) return;
  head.tabIndex = -1;
  head.focus({ preventScroll: true });
}

/* Nothing is shown before every script of the page has run: a button that does nothing yet would swallow its click. */
const scriptsRan = new Promise((done) => {
  if (document.readyState === "complete") done();
  else document.addEventListener("DOMContentLoaded", done, { once: true });
});

async function load(target, path) {
  const isFirst = Boolean(target.querySelector(".skeleton"));
  try {
    const html = await getText(path);
    await scriptsRan;
    show(target, html);
    scrollUp();
    if (!isFirst) focusHead(target);
  } catch (trouble) {
    showTrouble(target, trouble, () => load(target, path));
  }
}

function showTrouble(target, trouble, again) {
  const box = document.createElement("section");
  box.className = "panel center trouble";
  box.dataset.testid = "trouble";
  box.setAttribute("role", "alert");
  const said = document.createElement("p");
  said.className = "lead";
  said.textContent = trouble.message;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn primary";
  button.dataset.testid = "try-again";
  button.textContent = texts.again;
  button.addEventListener("click", again);
  box.append(said, button);
  target.replaceChildren(box);
  scheduleFit();
}

async function scrollUp() {
  window.scrollTo({ top: 0 });
  const b24 = await bridge;
  if (b24) b24.parent.scrollParentWindow(0).catch(() => {});
}

/* An element that asks for its newer self. A quiet one leaves open dialogs and focus inside alone. */
function poll(element) {
  if (element.dataset.polling) return;
  element.dataset.polling = "yes";
  const everyMs = Number(element.dataset.every);
  let last = "";
  const again = async () => {
    if (!element.isConnected) return;
    if (document.visibilityState === "visible" && !isBusy(element)) {
      try {
        const html = await getText(element.dataset.poll);
        if (!element.isConnected) return;
        const changed = last && html !== last;
        last ||= html;
        if ("quiet" in element.dataset) {
          if (changed) { last = html; keepFocus(element, () => show(element, html)); }
        } else if (!html.includes(`data-poll="${element.dataset.poll}"`) ) {
          const parent = element.parentElement;
          show(parent, html);
          scrollUp();
          focusHead(parent);
          return;
        }
      } catch (trouble) {
        if (!("quiet" in element.dataset) && trouble.status && trouble.status < 500) {
          showTrouble(element, trouble, () => { delete element.dataset.polling; load(element.parentElement, element.dataset.poll); });
          return;
        }
      }
    }
    setTimeout(again, everyMs);
  };
  setTimeout(again, everyMs);
}

const isBusy = (element) => Boolean(document.querySelector("dialog[open]")) || Boolean(element.querySelector("[aria-busy='true']"));

function keepFocus(element, change) {
  const inside = element.contains(document.activeElement) ? document.activeElement : null;
  const mark = inside && [inside.dataset.testid, inside.closest("[data-envelope]")?.dataset.envelope];
  change();
  if (mark) element.querySelector(`[data-envelope="${mark[1]}"] [data-testid="${mark[0]}"]`)?.focus();
}

/* Forms: posted once, faults shown beside their inputs, nothing typed is lost. */
async function submit(form) {
  const button = form.querySelector("button:not([type=button])");
  if (button?.getAttribute("aria-busy") === "true") return;
  setBusy(button, true);
  clearFaults(form);
  try {
    if (form.dataset.before) await runBefore(form.dataset.before);
    const html = await (await postForm(form.dataset.post, new FormData(form))).text();
    const target = document.querySelector(form.dataset.into);
    form.dispatchEvent(new CustomEvent("paraph:posted", { bubbles: true }));
    show(target, html);
    scrollUp();
    focusHead(target);
  } catch (trouble) {
    setBusy(button, false);
    showFault(form, trouble);
  }
}

const before = new Map();
const runBefore = (name) => before.get(name)?.();

function setBusy(button, isBusyNow) {
  if (!button) return;
  button.setAttribute("aria-busy", String(isBusyNow));
}

function clearFaults(root) {
  const scope = root.closest("[data-controller]") || root;
  scope.querySelectorAll(".fault").forEach((line) => { line.textContent = ""; line.classList.remove("is-shown"); });
  scope.querySelectorAll("[aria-invalid]").forEach((input) => input.removeAttribute("aria-invalid"));
}

function showFault(root, trouble) {
  const scope = root.closest("[data-controller]") || root;
  const line = scope.querySelector(`[data-fault="${trouble.field || ""}"]`) || scope.querySelector(".main-fault");
  if (!line) return toast(trouble.message, true);
  line.textContent = trouble.message;
  line.classList.add("is-shown");
  const input = trouble.field && scope.querySelector(`[name="${trouble.field}"]`);
  if (input) {
    input.setAttribute("aria-invalid", "true");
    input.focus({ preventScroll: true });
  }
  line.scrollIntoView({ block: "center", behavior: "smooth" });
  scheduleFit();
}

function toast(text, isBad = false) {
  const line = document.createElement("div");
  line.className = isBad ? "toast bad" : "toast";
  line.dataset.testid = "toast";
  line.textContent = text;
  document.getElementById("toasts").append(line);
  setTimeout(() => line.remove(), isBad ? 8000 : 4500);
}

document.addEventListener("submit", (event) => {
  if (!event.target.dataset.post) return;
  event.preventDefault();
  submit(event.target);
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-load-into]");
  if (opener) {
    setBusy(opener, true);
    load(document.querySelector(opener.dataset.loadInto), opener.dataset.href).finally(() => setBusy(opener, false));
  }
  if (event.target.closest("[data-close]")) closeFrame();
});

/* Back from the window where one signed: what waited for it is shown anew. */
document.addEventListener("visibilitychange", () => {
  const shown = document.querySelector("[data-fresh-on-return]");
  if (shown && document.visibilityState === "visible") load(document.getElementById("view"), shown.dataset.freshOnReturn);
});

let fitting = 0;
function scheduleFit() {
  cancelAnimationFrame(fitting);
  fitting = requestAnimationFrame(fit);
}

globalThis.paraph = { Trouble, bridge, request, getText, getJson, postForm, postJson, control, show, load, words, fill, json, toast, setBusy, showFault, clearFaults, before, scheduleFit, setTitle, closeFrame, texts, firstHeight };

new ResizeObserver(scheduleFit).observe(document.getElementById("app"));
setInterval(() => {
  if (document.visibilityState === "visible") getJson("/placements/ticket").catch(() => {});
}, RENEW_MS);
document.querySelectorAll("[data-load]").forEach((target) => load(target, target.dataset.load));
if (body.dataset.title) setTitle(body.dataset.title);
