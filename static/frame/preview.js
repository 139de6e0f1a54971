/* The pages as one signer will see them: only what is theirs to fill, in the order they will be led through it. */

const { fill } = globalThis.paraph;

class Preview {
  constructor(editor) {
    this.editor = editor;
    this.root = editor.root;
    this.panel = this.root.querySelector("[data-preview]");
    this.root.querySelectorAll("[data-see-as]").forEach((button) => button.addEventListener("click", () => this.open(button)));
    this.panel.querySelector("[data-preview-close]").addEventListener("click", () => this.close());
    this.panel.querySelector("[data-preview-next]").addEventListener("click", () => this.next());
    this.root.addEventListener("keydown", (event) => { if (event.key === "Escape" && this.role) this.close(); });
    this.role = "";
    this.opener = null;
  }

  open(button) {
    this.opener = button;
    this.role = button.dataset.seeAs;
    this.at = -1;
    this.editor.select("");
    this.root.classList.add("is-preview");
    this.steps = this.editor.inOrder().filter((field) => field.role === this.role);
    this.editor.fields.forEach((field) => this.dress(field));
    this.panel.hidden = false;
    this.panel.querySelector("[data-preview-title]").textContent = fill(this.editor.said.seen_by, { name: this.editor.said[this.role] });
    this.tell();
    this.panel.querySelector("[data-preview-next]").focus();
  }

  close() {
    this.role = "";
    this.root.classList.remove("is-preview");
    this.panel.hidden = true;
    this.editor.fields.forEach((field) => {
      const mark = this.editor.markOf(field.key);
      if (!mark) return;
      mark.hidden = false;
      mark.inert = false;
      mark.classList.remove("is-step");
      this.editor.dress(field, mark);
    });
    this.opener?.focus();
  }

  dress(field) {
    const mark = this.editor.markOf(field.key);
    if (!mark) return;
    mark.hidden = field.role !== this.role;
    mark.inert = true;
    const asked = this.editor.said.asks[field.kind];
    const words = field.label || asked || this.editor.said[field.kind];
    mark.querySelector("span").textContent = field.kind === "checkbox" ? "" : `${words}${field.required ? "" : this.editor.said.optional}`;
  }

  tell() {
    const count = this.steps.length;
    const words = count ? fill(this.editor.said.steps, { count }) : this.editor.said.no_steps;
    const list = this.panel.querySelector("[data-preview-steps]");
    list.replaceChildren(...this.steps.map((field) => {
      const item = document.createElement("li");
      item.append(this.editor.nameOf(field));
      if (field.help) item.append(Object.assign(document.createElement("small"), { textContent: field.help }));
      return item;
    }));
    this.panel.querySelector("[data-preview-count]").textContent = words;
    this.panel.querySelector("[data-preview-next]").disabled = !count;
  }

  next() {
    this.at = (this.at + 1) % this.steps.length;
    const field = this.steps[this.at];
    this.root.querySelectorAll(".is-step").forEach((one) => one.classList.remove("is-step"));
    const mark = this.editor.markOf(field.key);
    mark.classList.add("is-step");
    mark.scrollIntoView({ block: "center" });
    this.panel.querySelectorAll("[data-preview-steps] li").forEach((item, number) => item.classList.toggle("is-step", number === this.at));
    this.editor.say(fill(this.editor.said.step, { number: this.at + 1, count: this.steps.length, kind: this.editor.nameOf(field) }));
  }
}

globalThis.paraph.preview = { Preview };
