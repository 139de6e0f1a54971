// The sheet that asks for one value: text, tick, number, date, choice or file, each with its own keyboard.

const $ = (id) => document.getElementById(id);
const TYPES = { email: "email", phone: "tel" };
const KEYBOARDS = { number: "decimal", email: "email", phone: "tel" };
const NUMBER = /^[+-]?\d{1,15}([.,]\d{1,6})?$/;
const HOLDERS = { box: "text-box", line: "text-line", entry: "text-entry-line", choice: "text-choice", upload: "text-upload" };
const MAX_FILE = 8 * 1024 * 1024;

export function makeAsk(desk, store, { fill, post, spots, gently, onDone }) {
  const { texts } = desk;
  let asked = null;

  /** Which part of the sheet asks for this field. */
  const partOf = ({ kind, format }) =>
    kind === "checkbox" ? "box" : kind === "choice" ? "choice" : kind === "file" ? "upload"
      : kind === "text" && !(format in TYPES) && format !== "iban" ? "line" : "entry";
  const inputs = { box: () => $("text-tick"), line: () => $("text-value"), entry: () => $("text-entry"), upload: () => $("text-file"),
    choice: () => $("text-choice").querySelector(":checked") || $("text-choice").querySelector("input") };

  function ask(field, fault = "") {
    asked = field;
    const part = partOf(field), value = store.state.values[field.id] || "";
    spots.node(field)?.scrollIntoView({ block: "center", behavior: gently });
    $("text-label").textContent = part === "box" ? texts.pleaseTick : field.label;
    $("text-step").textContent = fill(texts.onPage, { n: field.page + 1 }) + (field.required ? "" : ` · ${texts.optional}`);
    $("text-help").textContent = field.help || "";
    $("text-help").hidden = !field.help;
    for (const [one, id] of Object.entries(HOLDERS)) $(id).hidden = one !== part;
    dress[part](field, value);
    say(fault);
    $("text-go").textContent = texts.next;
    if (!$("text-sheet").open) $("text-sheet").showModal();
    inputs[part]()?.focus();
  }

  const dress = {
    box(field, value) {
      $("text-tick-label").textContent = field.label;
      $("text-tick").checked = Boolean(value);
    },
    line(field, value) {
      $("text-value").value = value;
      $("text-value").maxLength = field.room;
      $("text-value").rows = field.format === "lines" ? 3 : 1;
      count();
    },
    entry(field, value) {
      const input = $("text-entry");
      input.type = field.kind === "date" ? "date" : TYPES[field.format] || "text";
      input.inputMode = field.format === "whole" ? "numeric" : KEYBOARDS[field.format] || KEYBOARDS[field.kind] || "";
      input.autocomplete = field.format === "phone" ? "tel" : field.format === "email" ? "email" : "off";
      input.autocapitalize = field.format === "iban" ? "characters" : "off";
      const today = new Date().toLocaleDateString("sv");
      input.max = field.format === "past" ? today : "";
      input.min = field.format === "future" ? today : "";
      input.value = value;
    },
    choice(field, value) {
      $("text-choice").replaceChildren(...field.options.map((text, n) => option(text, n, text === value)));
    },
    upload(field) {
      $("text-file-name").textContent = store.state.files[field.id]?.name || "";
    },
  };

  function option(text, n, checked) {
    const label = document.createElement("label"), input = document.createElement("input"), words = document.createElement("span");
    label.className = "option";
    Object.assign(input, { type: "radio", name: "choice", value: text, checked });
    input.dataset.testid = `choice-${n}`;
    words.textContent = text;
    label.append(input, words);
    // A finger that chose goes on; arrow keys only look around.
    label.addEventListener("click", ({ detail, target }) => { if (detail && target !== input) setTimeout(answer, 260); });
    return label;
  }

  function read() {
    const part = partOf(asked);
    if (part === "box") return $("text-tick").checked ? "yes" : "";
    if (part === "choice") return $("text-choice").querySelector(":checked")?.value || "";
    if (part === "upload") return store.state.files[asked.id]?.name || "";
    return (part === "line" ? $("text-value") : $("text-entry")).value.trim();
  }

  function faultOf(value) {
    if (!value) return asked.required ? { checkbox: texts.pleaseTick, choice: texts.chooseOne, file: texts.addFile }[asked.kind] || texts.fieldRequired : "";
    if (asked.kind === "number" && !NUMBER.test(value.replace(/[\s\u00a0\u202f']/g, ""))) return texts.notNumber;
    return asked.format === "email" && !$("text-entry").checkValidity() ? texts.notEmail : "";
  }

  function answer() {
    if (!$("text-sheet").open || $("text-upload").getAttribute("aria-busy")) return;
    const value = read(), fault = faultOf(value);
    if (fault) {
      say(fault);
      inputs[partOf(asked)]()?.focus();
      return;
    }
    store.change((state) => { state.values[asked.id] = value; });
    $("text-sheet").close();
    onDone();
  }

  async function take(file) {
    if (!file) return;
    if (file.size > MAX_FILE) return say(texts.fileTooBig);
    const field = asked, form = new FormData();
    form.set("file", file);
    say("");
    $("text-file-name").textContent = texts.working;
    $("text-upload").setAttribute("aria-busy", "true");
    try {
      const kept = await post(desk, `file/${field.id}`, form, { onOffline: () => say(texts.offline) });
      store.change((state) => { state.files[field.id] = kept; state.values[field.id] = kept.name; });
    } catch (error) {
      say(error.message);
    } finally {
      $("text-upload").removeAttribute("aria-busy");
      $("text-file-name").textContent = store.state.files[field.id]?.name || "";
    }
    return undefined;
  }

  function say(text) {
    $("text-error").textContent = text;
  }

  function count() {
    const left = asked.room - $("text-value").value.length;
    $("text-count").textContent = left <= 20 ? fill(texts.lettersLeft, { n: left }) : "";
  }

  $("text-form").addEventListener("submit", (event) => {
    event.preventDefault();
    answer();
  });
  $("text-tick").addEventListener("change", () => { if ($("text-tick").checked) setTimeout(answer, 260); });
  $("text-file").addEventListener("change", ({ target }) => { take(target.files[0]); target.value = ""; });
  for (const id of ["text-value", "text-entry"]) {
    $(id).addEventListener("input", () => {
      say("");
      if (id === "text-value") count();
      store.change((state) => { state.values[asked.id] = $(id).value; });
    });
  }
  $("text-value").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && asked.format !== "lines") {
      event.preventDefault();
      $("text-form").requestSubmit();
    }
  });

  return ask;
}
