/* What is typed on the first screen outlives a closed window: kept on the server as it is typed, and offered when the
   same person opens it on the same record again. The frame's own storage does not last: it is another site's. */

const { control, request, json, scheduleFit } = globalThis.paraph;
const PAUSE_MS = 700;
const FORM = '[data-testid="wizard-form"]';
const pending = { timer: 0, form: null };

function keepLater(form) {
  clearTimeout(pending.timer);
  pending.form = form;
  pending.timer = setTimeout(keep, PAUSE_MS);
}

/* Nobody waits for it, and nobody is troubled when it fails: the form itself is still there. */
function keep() {
  const form = forget();
  if (!form) return;
  request("/placements/begun", { method: "POST", body: valuesOf(form), keepalive: true }).catch(() => {});
}

function forget() {
  const { form } = pending;
  clearTimeout(pending.timer);
  pending.form = null;
  return form;
}

function valuesOf(form) {
  const data = new FormData(form);
  for (const name of ["key", "replaces", "activity_id"]) data.delete(name);
  const named = form.querySelector("[data-upload-radio]:checked") && form.querySelector("[data-upload-name]");
  if (named) data.set("source_name", named.textContent);
  form.querySelectorAll('input[name="more"]:checked').forEach((box) => data.append("more_name", nameOf(box)));
  return data;
}

const nameOf = (box) => (box.closest("label").querySelector("[data-name]") || box.closest("label")).textContent.trim();

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => {
    const form = event.target.closest?.(FORM);
    if (form) keepLater(form);
  });
}
document.addEventListener("click", (event) => {
  const form = event.target.closest("[data-swap]")?.closest(FORM);
  if (form) keepLater(form);
});
/* What is prepared is no longer begun. */
document.addEventListener("submit", forget, { capture: true });
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") keep(); });
window.addEventListener("pagehide", keep);

control("begun", (root) => {
  const form = document.querySelector(FORM);
  const values = json(root.querySelector("script[data-values]"));

  root.querySelector("[data-go-on]").addEventListener("click", () => {
    fill(form, values);
    leave();
  });
  root.querySelector("[data-anew]").addEventListener("click", () => {
    request("/placements/begun/drop", { method: "POST" }).catch(() => {});
    leave();
  });

  function leave() {
    root.remove();
    form.querySelector("legend").scrollIntoView({ block: "center" });
    form.querySelector('input[name="source"]:checked, input[name="source"]')?.focus({ preventScroll: true });
    scheduleFit();
  }
});

/* Each input is changed as a hand would change it, so that whatever listens to it follows. */
function fill(form, values) {
  const first = (name) => values[name]?.[0] ?? "";
  const tell = (input, kind) => input.dispatchEvent(new Event(kind, { bubbles: true }));
  const put = (name, kind = "input") => {
    const input = form.elements[name];
    if (!input || values[name] === undefined) return;
    if (input.options && ![...input.options].some((one) => one.value === first(name))) return;
    input.value = first(name);
    tell(input, kind);
  };

  choose(form, first("source"), first("source_name"));
  (values.more || []).forEach((value, index) => tick(form, value, values.more_name?.[index] || ""));
  put("our_user", "change");
  put("contact", "change");
  for (const name of ["name", "message", "layout_id"]) put(name);
  // Addresses are those of the contact they were typed for, who may have left the card since.
  if (!form.elements.contact || form.elements.contact.value === first("contact")) ["email", "phone"].forEach((name) => put(name));
  const channel = form.querySelector(`input[name="channel"][value="${CSS.escape(first("channel"))}"]`);
  if (channel) channel.checked = true;
  form.elements.needs_code.checked = first("needs_code") === "yes";
  tell(form.elements.needs_code, "change");
  if (first("first") && form.elements.first.value !== first("first")) form.querySelector("[data-swap]").click();
  if (first("message")) form.elements.message.closest("details").open = true;
}

function choose(form, value, name) {
  const tile = [...form.querySelectorAll('input[name="source"]')].find((one) => one.value === value);
  const radio = tile || (value.startsWith("upload:") ? form.querySelector("[data-upload-radio]") : null);
  if (!radio) return;
  if (!tile) {
    radio.value = value;
    form.querySelector("[data-upload-name]").textContent = name;
    form.querySelector("[data-upload-note]").textContent = "";
  }
  radio.checked = true;
  radio.closest("details")?.setAttribute("open", "");
  radio.dispatchEvent(new Event("change", { bubbles: true }));
}

function tick(form, value, name) {
  const more = form.querySelector('[data-controller="more"]');
  let box = [...more.querySelectorAll('input[name="more"]')].find((one) => one.value === value);
  if (!box && value.startsWith("upload:")) {
    const row = more.querySelector("[data-row]").content.firstElementChild.cloneNode(true);
    row.querySelector("[data-name]").textContent = name;
    more.querySelector("[data-picks]").prepend(row);
    box = row.querySelector("input");
    box.value = value;
  }
  if (!box) return;
  box.checked = true;
  more.open = true;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}
