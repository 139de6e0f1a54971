// Leads through the page: start, next place, next place, sign.

const desk = JSON.parse(document.getElementById("desk").textContent);
const load = (name) => import(desk.modules[name]);
const [kept, spotsRoom, askRoom, sheetRoom, padRoom, codeRoom] =
  await Promise.all(["store", "spots", "ask", "sheet", "pad", "code"].map(load));

const $ = (id) => document.getElementById(id);
const { texts } = desk;
const { isFilled, isLook, lookOf, handAddress, stepsLeft, formOf, post, fill } = kept;
const store = kept.makeStore(desk);
const total = stepsLeft(desk, { state: { files: {}, values: Object.fromEntries(desk.fields.map((f) => [f.id, f.value])), stamp: desk.hasStamp } }).length + 1;
const gently = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
let hasStarted = false;

const spots = spotsRoom.makeSpots(desk, store, { isFilled, isLook, lookOf, open });
const ask = askRoom.makeAsk(desk, store, {
  fill, post, spots, gently,
  onDone: () => (stepsLeft(desk, store).length ? lead() : $("bar-go").focus({ preventScroll: true })),
});
const sheet = sheetRoom.makeSheet(desk, store, {
  lookOf, handAddress, stepsLeft, post, fill, makePad: padRoom.makePad, onApply: () => lead(), onSign: act,
});
const code = codeRoom.makeCode(desk, { post, fill, sheet, backTo, onCode: (digits, onOffline) => sign(digits, onOffline) });

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
  return isLook(next) ? open(next) : ask(next);
}

function open(field) {
  hasStarted = true;
  if (field.kind === "checkbox") toggle(field);
  else if (!isLook(field)) ask(field);
  else {
    spots.node(field)?.scrollIntoView({ block: "center", behavior: gently });
    sheet.open(field.kind);
  }
}

function toggle(field) {
  store.change((state) => { state.values[field.id] = state.values[field.id] ? "" : "yes"; });
  spots.node(field)?.focus({ preventScroll: true });
}

// A refusal that names a place leads back to it.
function backTo(error) {
  const field = desk.fields.find(({ id }) => id === error.field);
  if (!field || isLook(field)) return false;
  sheet.close();
  ask(field, error.message);
  return true;
}

async function act() {
  if (desk.asksCode) return code.ask();
  const button = $("sign-go");
  if (button.getAttribute("aria-disabled") === "true") return undefined;
  button.setAttribute("aria-disabled", "true");
  button.textContent = texts.signing;
  try {
    await sign("", () => sheet.say(texts.offline));
  } catch (error) {
    if (!backTo(error)) sheet.say(error.message);
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
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const node of document.querySelectorAll("time[data-zone]")) {
    if (node.dataset.zone === here) continue;
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
