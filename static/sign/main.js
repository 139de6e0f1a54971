// Leads through the page: start, next place, next place, sign.

const desk = JSON.parse(document.getElementById("desk").textContent);
const load = (name) => import(desk.modules[name]);
const [kept, spotsRoom, sheetRoom, padRoom, codeRoom] =
  await Promise.all(["store", "spots", "sheet", "pad", "code"].map(load));

const $ = (id) => document.getElementById(id);
const { texts } = desk;
const { isFilled, isLook, lookOf, handAddress, stepsLeft, formOf, post, fill } = kept;
const store = kept.makeStore(desk);
const total = stepsLeft(desk, { state: { values: Object.fromEntries(desk.fields.map((f) => [f.id, f.value])), stamp: desk.hasStamp } }).length + 1;
const gently = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
let hasStarted = false;

const spots = spotsRoom.makeSpots(desk, store, { isFilled, isLook, lookOf, open });
const sheet = sheetRoom.makeSheet(desk, store, {
  lookOf, handAddress, stepsLeft, post, fill, makePad: padRoom.makePad, onApply: () => lead(), onSign: act,
});
const code = codeRoom.makeCode(desk, { post, fill, sheet, onCode: (digits, onOffline) => sign(digits, onOffline) });

function paint() {
  const left = stepsLeft(desk, store), next = left[0];
  spots.paint(next || desk.fields.find((f) => f.kind === "signature" && !isFilled(store, f)));
  const done = Math.max(0, total - 1 - left.length);
  $("bar-progress").style.transform = `scaleX(${done / total})`;
  $("bar-step").textContent = next ? fill(texts.stepOf, { n: done + 1, total }) : texts.ready;
  $("bar-what").textContent = next ? next.label : texts.readyHint;
  $("bar-go").textContent = next ? (hasStarted ? texts.next : texts.start) : texts.sign;
  $("bar-go").dataset.testid = next ? (hasStarted ? "next" : "start") : "start-sign";
}

/** Go to what is left; the place itself opens, so that each step costs one tap. */
function lead() {
  hasStarted = true;
  const next = stepsLeft(desk, store)[0];
  paint();
  if (!next) return sheet.open(sheet.finalKind());
  return next.kind === "checkbox" ? ask(next) : open(next);
}

function open(field) {
  hasStarted = true;
  if (field.kind === "checkbox") toggle(field);
  else if (field.kind === "text") ask(field);
  else {
    spots.node(field)?.scrollIntoView({ block: "center", behavior: gently });
    sheet.open(field.kind);
  }
}

function toggle(field) {
  store.change((state) => { state.values[field.id] = state.values[field.id] ? "" : "yes"; });
  spots.node(field)?.focus({ preventScroll: true });
}

let asked = null;
function ask(field) {
  asked = field;
  const isBox = field.kind === "checkbox";
  spots.node(field)?.scrollIntoView({ block: "center", behavior: gently });
  $("text-label").textContent = isBox ? texts.pleaseTick : field.label;
  $("text-tick-label").textContent = field.label;
  $("text-step").textContent = fill(texts.onPage, { n: field.page + 1 }) + (field.required ? "" : ` · ${texts.optional}`);
  $("text-value").value = store.state.values[field.id] || "";
  $("text-tick").checked = Boolean(store.state.values[field.id]);
  $("text-box").hidden = !isBox;
  $("text-line").hidden = isBox;
  $("text-error").textContent = "";
  $("text-go").textContent = texts.next;
  $("text-sheet").showModal();
  $(isBox ? "text-tick" : "text-value").focus();
}

function answer() {
  const isBox = asked.kind === "checkbox";
  const value = isBox ? ($("text-tick").checked ? "yes" : "") : $("text-value").value.trim();
  if (asked.required && !value) {
    $("text-error").textContent = isBox ? texts.pleaseTick : texts.fieldRequired;
    $(isBox ? "text-tick" : "text-value").focus();
    return;
  }
  store.change((state) => { state.values[asked.id] = value; });
  $("text-sheet").close();
  if (stepsLeft(desk, store).length) lead();
  else $("bar-go").focus({ preventScroll: true });
}

$("text-form").addEventListener("submit", (event) => {
  event.preventDefault();
  answer();
});
$("text-tick").addEventListener("change", () => { if ($("text-tick").checked) setTimeout(answer, 260); });
$("text-value").addEventListener("input", () => {
  $("text-error").textContent = "";
  store.change((state) => { state.values[asked.id] = $("text-value").value; });
});
$("text-value").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    $("text-form").requestSubmit();
  }
});

async function act() {
  if (desk.asksCode) return code.ask();
  const button = $("sign-go");
  if (button.getAttribute("aria-disabled") === "true") return undefined;
  button.setAttribute("aria-disabled", "true");
  button.textContent = texts.signing;
  try {
    await sign("", () => sheet.say(texts.offline));
  } catch (error) {
    sheet.say(error.message);
    button.textContent = texts.act;
  } finally {
    button.removeAttribute("aria-disabled");
  }
  return undefined;
}

async function sign(digits, onOffline) {
  const form = formOf(desk, store, { consent: $("consent").checked, code: digits });
  const answer = await post(desk, "sign", form, { onOffline });
  store.forget();
  location.replace(answer.next);
}

// Reading counts from the first gesture on a visible page, never from a machine that only opened the link.
function noteViewed() {
  const gestures = ["pointerdown", "keydown", "wheel", "touchmove", "scroll"];
  const note = () => {
    if (document.visibilityState !== "visible") return;
    gestures.forEach((name) => removeEventListener(name, note));
    fetch(`${desk.home}/viewed`, { method: "POST", headers: { "X-Paraph-Form": desk.key }, keepalive: true }).catch(() => {});
  };
  gestures.forEach((name) => addEventListener(name, note, { passive: true }));
}

// Phones whose keyboard lies over the page: lift the bar and the sheets above it.
function keepAboveKeyboard() {
  const view = globalThis.visualViewport;
  if (!view) return;
  const lift = () => {
    const hidden = Math.max(0, innerHeight - view.height - view.offsetTop);
    document.documentElement.style.setProperty("--keyboard", `${view.scale > 1.05 ? 0 : hidden}px`);
  };
  view.addEventListener("resize", lift);
  view.addEventListener("scroll", lift);
}

function localTimes() {
  for (const node of document.querySelectorAll("time[data-form=date]")) {
    const day = new Intl.DateTimeFormat(document.documentElement.lang.replace(/^en$/, "en-GB"), { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
    node.textContent = day.format(new Date(node.dateTime));
  }
}

document.querySelectorAll("[data-close]").forEach((button) => {
  button.addEventListener("click", () => button.closest("dialog").close());
});
$("terms-open").addEventListener("click", () => $("terms").showModal());
$("bar-go").addEventListener("click", lead);
store.onChange(paint);
$("bar").hidden = false;
document.documentElement.classList.add("has-script");
paint();
performance.mark("usable");
noteViewed();
keepAboveKeyboard();
localTimes();
load("words").then(({ layWords }) => layWords(desk));
