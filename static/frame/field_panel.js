/* What the selected field is called, asks for and accepts; copies of it. The editor keeps the fields. */

const { fill } = globalThis.paraph;
/* How far a copy lies from its original, as a share of the page. */
const ASIDE = 0.03;
/* Two fields of one kind and owner this near each other are the same place. */
const SAME_PLACE = 0.02;

class FieldPanel {
  constructor(editor) {
    this.editor = editor;
    this.root = editor.root.querySelector("[data-selected]");
    this.formats = this.find("[data-field-format]");
    this.key = "";
    this.listen();
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  show(field) {
    this.root.hidden = !field;
    if (!field) return;
    const said = this.editor.said;
    this.find("[data-selected-title]").textContent = fill(said.of, { kind: said[field.kind], name: said[field.role] });
    this.find("[data-field-required]").checked = field.required;
    this.write("[data-field-label]", field, field.label);
    this.write("[data-field-help]", field, field.help);
    this.write("[data-field-options]", field, field.options.join("\n"));
    this.key = field.key;
    this.find("[data-choices]").hidden = field.kind !== "choice";
    this.showFormats(field);
    this.find("[data-copy-all]").hidden = this.editor.pages.filter((page) => page.dataset.document === field.document).length < 2;
  }

  /* What is being typed for this field stays until it is taken over. */
  write(selector, field, value) {
    const input = this.find(selector);
    if (input !== document.activeElement || this.key !== field.key) input.value = value;
  }

  showFormats(field) {
    const known = this.editor.said.formats[field.kind] || {};
    const options = Object.entries(known).map(([value, words]) => new Option(words, value, false, value === field.format));
    this.formats.replaceChildren(new Option(this.editor.said.free, "", false, !field.format), ...options);
    this.find("[data-formats]").hidden = !options.length;
  }

  selected() {
    return this.editor.field(this.editor.selected);
  }

  copyOnce() {
    const field = this.selected();
    if (!field) return;
    const { within } = globalThis.paraph.places;
    const at = { x: within(field.x + ASIDE, 0, 1 - field.w), y: within(field.y + ASIDE, 0, 1 - field.h) };
    const [mark] = this.editor.put([{ ...field, ...at }]);
    mark.focus({ preventScroll: true });
  }

  /* Initials on every page, in one step. A page that has this field at this place already keeps it. */
  copyToAll() {
    const field = this.selected();
    if (!field) return;
    const free = this.editor.pages.filter((page) => page.dataset.document === field.document && !this.isThere(field, Number(page.dataset.page)));
    if (free.length) this.editor.put(free.map((page) => ({ ...field, page: Number(page.dataset.page) })));
    this.editor.say(fill(this.editor.said.copied, { count: free.length }));
    this.editor.select(field.key);
  }

  isThere(field, page) {
    const near = (a, b) => Math.abs(a - b) < SAME_PLACE;
    return this.editor.fields.some((one) => one.document === field.document && one.page === page
      && one.kind === field.kind && one.role === field.role && near(one.x, field.x) && near(one.y, field.y));
  }

  listen() {
    const on = (selector, type, listener) => this.find(selector).addEventListener(type, listener);
    const edit = (change) => this.editor.edit(change);
    const lines = (text) => [...new Set(text.split("\n").map((line) => line.trim()).filter(Boolean))];
    on("[data-delete]", "click", () => this.selected() && this.editor.remove(this.editor.selected));
    on("[data-turn-owner]", "click", () => edit((field) => { field.role = field.role === "us" ? "client" : "us"; }));
    on("[data-copy]", "click", () => this.copyOnce());
    on("[data-copy-all]", "click", () => this.copyToAll());
    on("[data-field-label]", "change", (event) => edit((field) => { field.label = event.target.value.trim(); }));
    on("[data-field-help]", "change", (event) => edit((field) => { field.help = event.target.value.trim(); }));
    on("[data-field-required]", "change", (event) => edit((field) => { field.required = event.target.checked; }));
    on("[data-field-format]", "change", (event) => edit((field) => { field.format = event.target.value; }));
    on("[data-field-options]", "change", (event) => edit((field) => { field.options = lines(event.target.value); }));
  }
}

globalThis.paraph.fieldPanel = { FieldPanel };
