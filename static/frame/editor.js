/* Fields on the real pages: drag from the panel, move and resize by pointer (interact.js) or keys, undo, autosave.
   Positions are fractions of the page from its upper left corner, as the server keeps them. */

const { control, words, fill, json, postJson, before, clearFaults } = globalThis.paraph;
const { fitDesk, reserve, watch } = globalThis.paraph.papers;
const { within, compare, contains, snap, makeSource } = globalThis.paraph.places;
const { FieldPanel } = globalThis.paraph.fieldPanel;
const { Preview } = globalThis.paraph.preview;
const STEP = 0.005;
const LEAST = { w: 0.02, h: 0.012 };
const SAVE_AFTER_MS = 700;
const UNDO_STEPS = 60;
/* Usual sizes in PDF points: they look alike on every paper. */
const SIZES = {
  signature: [170, 52], initials: [60, 34], stamp: [110, 90], text: [170, 22], date_signed: [96, 22], checkbox: [16, 16],
  number: [90, 22], date: [96, 22], choice: [150, 22], file: [150, 26],
};

control("editor", (root) => new Editor(root));

class Editor {
  constructor(root) {
    this.root = root;
    this.said = words(root);
    this.fields = json(root.querySelector("script[data-fields]")) || [];
    this.pages = [...root.querySelectorAll(".page")];
    this.selected = "";
    this.past = [];
    this.undone = [];
    this.saved = JSON.stringify(this.fields);
    this.timer = 0;
    this.sending = Promise.resolve();
    fitDesk(this.root);
    this.pages.forEach(reserve);
    watch(this.root.querySelector("[data-pages]"), this.pages);
    this.panel = new FieldPanel(this);
    this.preview = new Preview(this);
    this.fields.forEach((field) => this.draw(field));
    this.listen();
    this.showOwner();
    this.outline();
    before.set("editor-save", () => this.saveNow(true));
  }

  pageOf(field) {
    return this.pages.find((page) => page.dataset.document === field.document && Number(page.dataset.page) === field.page);
  }

  layerOf(field) {
    return this.pageOf(field)?.querySelector(".layer");
  }

  /* Drawing */
  draw(field, isNew = false) {
    const layer = this.layerOf(field);
    if (!layer) return null;
    const mark = document.createElement("button");
    mark.type = "button";
    mark.dataset.key = field.key;
    mark.dataset.testid = `field-${field.role}-${field.kind}`;
    mark.append(document.createElement("span"), document.createElement("i"));
    layer.append(mark);
    this.dress(field, mark);
    if (isNew) mark.classList.add("is-new");
    this.makeMovable(mark, field.key);
    return mark;
  }

  markOf(key) {
    return this.root.querySelector(`.mark-field[data-key="${CSS.escape(key)}"]`);
  }

  dress(field, mark = this.markOf(field.key)) {
    const side = field.role === "us" ? "ours" : "theirs";
    const classes = ["mark-field", side];
    if (field.question) classes.push("is-question");
    if (field.key === this.selected) classes.push("is-selected");
    mark.className = classes.join(" ");
    Object.assign(mark.style, { left: `${field.x * 100}%`, top: `${field.y * 100}%`, width: `${field.w * 100}%`, height: `${field.h * 100}%` });
    const kind = this.nameOf(field);
    mark.querySelector("span").replaceChildren(this.iconOf(field.kind), ...(field.kind === "checkbox" ? [] : [kind]));
    mark.setAttribute("aria-label", fill(this.said.on_page, { kind, name: this.said[field.role], page: field.page + 1 }));
    mark.setAttribute("aria-pressed", String(field.key === this.selected));
  }

  nameOf(field) {
    return field.label || this.said[field.kind];
  }

  /* The same picture as on the panel's button of that kind. */
  iconOf(kind) {
    return this.root.querySelector(`[data-add="${kind}"] svg`).cloneNode(true);
  }

  field(key) {
    return this.fields.find((field) => field.key === key);
  }

  /* Pointer */
  makeMovable(mark, key) {
    const size = () => mark.parentElement.getBoundingClientRect();
    globalThis.interact(mark)
      .draggable({
        listeners: {
          start: () => { this.remember(); this.select(key); mark.classList.add("is-moving"); },
          move: (event) => this.nudge(key, event.dx / size().width, event.dy / size().height),
          end: (event) => { mark.classList.remove("is-moving"); this.settle(key, event); },
        },
      })
      .resizable({
        edges: { right: "i", bottom: "i" },
        listeners: {
          start: () => { this.remember(); this.select(key); },
          move: (event) => this.grow(key, event.deltaRect.right / size().width, event.deltaRect.bottom / size().height),
          end: () => this.changed(key),
        },
      });
    mark.addEventListener("focus", () => this.select(key));
    mark.addEventListener("click", () => this.select(key));
    mark.addEventListener("keydown", (event) => this.key(event, key));
  }

  nudge(key, dx, dy) {
    const field = this.field(key);
    field.x = within(field.x + dx, 0, 1 - field.w);
    // While it is dragged a field may leave its page upwards or downwards; it settles on the page it is let go over.
    field.y = within(field.y + dy, -1, 2);
    this.dress(field);
    this.markOf(key).classList.add("is-moving");
  }

  settle(key, event) {
    const field = this.field(key);
    const box = this.markOf(key).getBoundingClientRect();
    const over = this.pages.find((page) => contains(page.querySelector(".layer").getBoundingClientRect(), event.clientX, event.clientY));
    if (over && over !== this.pageOf(field)) {
      const layer = over.querySelector(".layer").getBoundingClientRect();
      field.page = Number(over.dataset.page);
      field.document = over.dataset.document;
      field.y = (box.top - layer.top) / layer.height;
      over.querySelector(".layer").append(this.markOf(key));
    }
    field.y = within(field.y, 0, 1 - field.h);
    snap(field, this.fields);
    this.changed(key);
  }

  grow(key, dw, dh) {
    const field = this.field(key);
    field.w = within(field.w + dw, LEAST.w, 1 - field.x);
    field.h = within(field.h + dh, LEAST.h, 1 - field.y);
    this.dress(field);
  }

  /* Keys */
  key(event, key) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (way) {
      event.preventDefault();
      const far = event.ctrlKey || event.metaKey ? 5 : 1;
      this.remember();
      if (event.shiftKey) this.grow(key, way[0] * STEP * far, way[1] * STEP * far);
      else this.step(key, way[0] * STEP * far, way[1] * STEP * far);
      this.changed(key);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      this.remove(key);
    } else if (event.key.toLowerCase() === "d" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.panel.copyOnce();
    } else if (event.key === "Escape") {
      this.select("");
    }
  }

  step(key, dx, dy) {
    const field = this.field(key);
    field.x = within(field.x + dx, 0, 1 - field.w);
    field.y = within(field.y + dy, 0, 1 - field.h);
  }

  /* Adding and taking away */
  add(kind, page, at) {
    const [wide, high] = SIZES[kind];
    const w = Math.min(wide / Number(page.dataset.width), 0.9);
    const h = Math.min(high / Number(page.dataset.height), 0.9);
    const place = { x: within(at.x - w / 2, 0, 1 - w), y: within(at.y - h / 2, 0, 1 - h), w, h };
    const where = { document: page.dataset.document, page: Number(page.dataset.page) };
    const options = kind === "choice" ? [this.said.yes, this.said.no] : [];
    const [mark] = this.put([{ kind, role: this.owner(), ...where, ...place, required: kind !== "checkbox", options }]);
    mark.focus({ preventScroll: true });
    this.say(fill(this.said.added, { page: where.page + 1 }));
  }

  /* Put new fields on their pages, in one step that one undo takes back; return their marks. */
  put(fields) {
    this.remember();
    const made = fields.map((field) => ({
      label: "", help: "", format: "", options: [], crm_name: "", ...field, question: "", tag: false, key: `hand-${crypto.randomUUID().slice(0, 12)}`,
    }));
    this.fields.push(...made);
    const marks = made.map((field) => this.draw(field, true));
    this.changed(made.at(-1)?.key);
    return marks;
  }

  /* The places that were found in the text, taken over in one go. */
  accept() {
    this.put(json(this.root.querySelector("script[data-offered]")).map((found) => ({ ...found, required: true })));
    this.root.querySelector("[data-offer]").remove();
    const first = this.fields.at(-2) || this.fields.at(-1);
    this.select(first.key, true);
  }

  /* Answers to the question "Is this the right place?". */
  placed(fields) {
    for (const { key, x, y } of fields) {
      const field = this.field(key);
      if (!field) continue;
      Object.assign(field, { x, y });
      this.changed(key);
    }
  }

  remove(key) {
    this.remember();
    this.markOf(key).remove();
    this.fields = this.fields.filter((field) => field.key !== key);
    this.select("");
    this.changed();
    this.say(this.said.deleted);
  }

  remember() {
    this.past.push(JSON.stringify(this.fields));
    if (this.past.length > UNDO_STEPS) this.past.shift();
    this.undone = [];
    this.showSteps();
  }

  showSteps() {
    this.root.querySelector("[data-undo]").disabled = !this.past.length;
    this.root.querySelector("[data-redo]").disabled = !this.undone.length;
  }

  undo() {
    this.travel(this.past, this.undone);
  }

  redo() {
    this.travel(this.undone, this.past);
  }

  travel(from, onto) {
    const state = from.pop();
    if (!state) return;
    onto.push(JSON.stringify(this.fields));
    this.fields = JSON.parse(state);
    this.root.querySelectorAll(".mark-field").forEach((mark) => mark.remove());
    this.fields.forEach((field) => this.draw(field));
    this.showSteps();
    this.select(this.field(this.selected) ? this.selected : "");
    if (document.activeElement === document.body) this.markOf(this.selected)?.focus({ preventScroll: true });
    this.changed();
  }

  changed(key = "") {
    const field = this.field(key);
    if (field) {
      field.question = "";
      this.dress(field);
    }
    this.root.querySelector("[data-saved]").textContent = "";
    clearFaults(this.root);
    this.outline();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.saveNow(false).catch(() => {}), SAVE_AFTER_MS);
  }

  /* Saving: one request at a time; "Send" waits for it, and answers questions even when nothing was moved. */
  saveNow(isBeforeSending) {
    clearTimeout(this.timer);
    this.sending = this.sending.catch(() => {}).then(() => this.save(isBeforeSending));
    return this.sending;
  }

  async save(isBeforeSending) {
    const now = JSON.stringify(this.fields);
    if (now === this.saved && !(isBeforeSending && this.root.querySelector(".ask"))) return;
    const state = this.root.querySelector("[data-saved]");
    state.textContent = this.said.saving;
    try {
      await postJson(`/placements/wizard/${this.root.dataset.envelope}/fields`, { fields: JSON.parse(now) });
      this.saved = now;
      state.textContent = this.said.saved;
    } catch (trouble) {
      state.textContent = fill(this.said.unsaved, { why: trouble.message });
      throw trouble;
    }
  }

  /* The panel */
  owner() {
    return this.root.querySelector('input[name="owner"]:checked').value;
  }

  showOwner() {
    const role = this.owner();
    this.root.querySelector(".palette").dataset.owner = role;
    this.root.querySelector("[data-owner-name]").textContent = fill(this.said.fills, { name: this.said[role] });
  }

  inOrder() {
    const number = new Map(this.pages.map((page, index) => [`${page.dataset.document} ${page.dataset.page}`, index]));
    const order = (field) => [number.get(`${field.document} ${field.page}`) ?? 0, field.y, field.x];
    return [...this.fields].sort((a, b) => compare(order(a), order(b)));
  }

  /* Every place in reading order: an overview, and the short way there. */
  outline() {
    const sorted = this.inOrder();
    const list = this.root.querySelector("[data-outline]");
    list.replaceChildren(...sorted.map((field) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = field.role === "us" ? "ours" : "theirs";
      button.dataset.testid = `outline-${field.role}-${field.kind}`;
      const dot = document.createElement("i");
      dot.className = "dot";
      const page = document.createElement("small");
      page.textContent = fill(this.said.page, { page: field.page + 1 });
      button.append(dot, this.nameOf(field), page);
      button.addEventListener("click", () => this.select(field.key, true));
      item.append(button);
      return item;
    }));
    this.root.querySelector("[data-none]").hidden = sorted.length > 0;
  }

  select(key, isShown = false) {
    const last = this.markOf(this.selected);
    if (last && this.selected !== key) { last.classList.remove("is-selected"); last.setAttribute("aria-pressed", "false"); }
    this.selected = key;
    const field = this.field(key);
    this.panel.show(field);
    if (!field) return;
    const mark = this.markOf(key);
    mark.classList.add("is-selected");
    mark.setAttribute("aria-pressed", "true");
    if (isShown) {
      mark.scrollIntoView({ block: "center" });
      mark.focus({ preventScroll: true });
    }
  }

  say(text) {
    this.root.querySelector("[data-say]").textContent = text;
  }

  edit(change) {
    const field = this.field(this.selected);
    if (!field) return;
    this.remember();
    change(field);
    this.changed(field.key);
    this.select(field.key);
  }

  pageInView() {
    const pane = this.root.querySelector("[data-pages]").getBoundingClientRect();
    const middle = pane.top + Math.min(pane.height, window.innerHeight) / 2;
    const distance = (page) => { const box = page.getBoundingClientRect(); return Math.max(box.top - middle, middle - box.bottom, 0); };
    return this.pages.reduce((best, page) => (distance(page) < distance(best) ? page : best), this.pages[0]);
  }

  /* Ctrl+Z and Ctrl+Shift+Z (or Ctrl+Y) anywhere but in an input, where they belong to its text. */
  history(event) {
    const letter = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || !["z", "y"].includes(letter) || event.target.matches("input, textarea")) return;
    event.preventDefault();
    if (letter === "y" || event.shiftKey) this.redo();
    else this.undo();
  }

  listen() {
    const on = (selector, type, listener) => this.root.querySelector(selector).addEventListener(type, listener);
    this.root.querySelectorAll('input[name="owner"]').forEach((radio) => radio.addEventListener("change", () => this.showOwner()));
    this.root.querySelectorAll("[data-show-field]").forEach((button) => button.addEventListener("click", () => this.select(button.dataset.showField, true)));
    this.root.querySelector("[data-accept]")?.addEventListener("click", () => this.accept());
    on("[data-undo]", "click", () => this.undo());
    on("[data-redo]", "click", () => this.redo());
    this.root.addEventListener("keydown", (event) => this.history(event));
    this.root.addEventListener("paraph:show", (event) => this.select(event.detail.key, true));
    this.root.addEventListener("paraph:placed", (event) => this.placed(event.detail.fields));
    this.root.querySelectorAll(".layer").forEach((layer) => layer.addEventListener("click", (event) => { if (event.target === layer) this.select(""); }));
    this.root.querySelectorAll("[data-add]").forEach((button) => makeSource(this, button));
  }
}
