// The places to fill, laid over the page pictures at their fractions of the page.

const NS = "http://www.w3.org/2000/svg";
const PEN = "M4 20h4.2L19 9.2a2 2 0 0 0 0-2.8L17.6 5a2 2 0 0 0-2.8 0L4 15.8zM13.5 6.5l4 4";
const CLIP = "M8 12.5l6.2-6.2a3 3 0 0 1 4.2 4.2l-8 8a5 5 0 0 1-7-7L11 4";
const CHECK = "M4 12.5l5 5L20 6.5";

const VALUES = new Set(["text", "number", "date", "choice", "file"]);

export function svg(view, paths, attributes = {}) {
  const picture = document.createElementNS(NS, "svg");
  picture.setAttribute("viewBox", view);
  picture.setAttribute("aria-hidden", "true");
  for (const [name, value] of Object.entries(attributes)) picture.setAttribute(name, value);
  for (const d of paths) {
    const path = document.createElementNS(NS, "path");
    path.setAttribute("d", d);
    picture.append(path);
  }
  return picture;
}

const icon = (d) => svg("0 0 24 24", [d], {
  class: "icon", fill: "none", stroke: "currentColor", "stroke-width": "1.9", "stroke-linecap": "round", "stroke-linejoin": "round",
});

/** A drawing as smooth strokes, in the proportions it was made in. */
export function drawing({ strokes, aspect }) {
  const width = 300 * Math.sqrt(aspect), height = 300 / Math.sqrt(aspect);
  const at = ([x, y]) => `${(x * width).toFixed(1)} ${(y * height).toFixed(1)}`;
  const paths = strokes.map((stroke) => {
    if (stroke.length < 3) return `M${at(stroke[0])}L${at(stroke[stroke.length - 1])}`;
    let d = `M${at(stroke[0])}`;
    for (let i = 1; i < stroke.length - 1; i++) {
      const middle = [(stroke[i][0] + stroke[i + 1][0]) / 2, (stroke[i][1] + stroke[i + 1][1]) / 2];
      d += `Q${at(stroke[i])} ${at(middle)}`;
    }
    return `${d}L${at(stroke[stroke.length - 1])}`;
  });
  const pen = Math.max(3, Math.min(width, height) / 32);
  return svg(`${-pen} ${-pen} ${width + 2 * pen} ${height + 2 * pen}`, paths, {
    class: "drawn", fill: "none", stroke: "#15224d", "stroke-width": pen, "stroke-linecap": "round", "stroke-linejoin": "round",
  });
}

export function makeSpots(desk, store, { isFilled, isLook, lookOf, open }) {
  const texts = desk.texts;
  const hints = { signature: texts.signHere, initials: texts.initialHere, stamp: texts.stampHere };
  const nodes = new Map();

  for (const field of desk.fields) {
    const sheet = document.querySelector(`.sheet[data-document="${field.document}"][data-page="${field.page}"] .sheet__paper`);
    if (!sheet) continue;
    const node = document.createElement(field.kind === "date_signed" ? "span" : "button");
    node.className = `spot spot--${field.kind === "date_signed" ? "date" : VALUES.has(field.kind) ? "text" : field.kind}`;
    const [x, y, w, h] = field.box;
    Object.assign(node.style, { left: `${x * 100}%`, top: `${y * 100}%`, width: `${w * 100}%`, height: `${h * 100}%` });
    node.dataset.testid = `field-${field.kind}`;
    node.dataset.field = field.id;
    if (node.type) {
      node.type = "button";
      node.addEventListener("click", () => open(field));
    }
    sheet.append(node);
    nodes.set(field.id, node);
  }

  function paint(next) {
    for (const field of desk.fields) {
      const node = nodes.get(field.id);
      if (!node) continue;
      const filled = isFilled(store, field);
      node.classList.toggle("spot--filled", filled && field.kind !== "checkbox");
      node.classList.toggle("spot--next", next?.id === field.id);
      node.replaceChildren(...contentOf(field, filled));
      name(node, field, filled);
    }
  }

  function contentOf(field, filled) {
    if (field.kind === "date_signed") return [value(desk.today)];
    if (field.kind === "checkbox") return [icon(CHECK)];
    if (!filled) {
      const hint = document.createElement("span");
      hint.className = "spot__hint";
      const words = document.createElement("span");
      words.textContent = hints[field.kind] || field.label;
      hint.append(icon(field.kind === "file" ? CLIP : PEN), words);
      return [hint];
    }
    return [isLook(field) ? look(lookOf(desk, store.state[field.kind])) : value(said(field))];
  }

  /** A value as it reads: a date in words of the reader's country. */
  function said(field) {
    const text = store.state.values[field.id];
    const day = field.kind === "date" && new Date(`${text}T12:00:00Z`);
    return day && !Number.isNaN(day.valueOf()) ? day.toLocaleDateString(desk.lang.replace(/^en$/, "en-GB"), { timeZone: "UTC" }) : text;
  }

  function name(node, field, filled) {
    const page = texts.onPage.replace("{n}", field.page + 1);
    const need = field.required ? texts.required : texts.optional;
    if (field.kind === "date_signed") return;
    const seen = filled ? (!isLook(field) && field.kind !== "checkbox" && said(field)) || texts.filled : hints[field.kind];
    const label = [seen, field.label, page, filled ? "" : need].filter(Boolean).join(", ");
    node.setAttribute("aria-label", label);
    if (field.kind === "checkbox") {
      node.setAttribute("role", "checkbox");
      node.setAttribute("aria-checked", String(filled));
    }
  }

  return { paint, node: (field) => nodes.get(field.id) };
}

function look(found) {
  if (found.strokes) return drawing(found);
  const image = document.createElement("img");
  image.alt = "";
  image.src = found.src;
  return image;
}

function value(text) {
  const node = document.createElement("span");
  node.className = "spot__value";
  if (text.length > 60 || text.includes("\n")) node.classList.add("spot__value--long");
  node.textContent = text;
  return node;
}
