/* Where things lie on the pages: shares of a page, edges that meet, and the panel's kinds on their way there. */

const within = (value, least, most) => Math.min(Math.max(value, least), Math.max(least, most));
const compare = (a, b) => a.map((value, index) => value - b[index]).find((gap) => gap !== 0) || 0;
const contains = (box, x, y) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;

function fraction(page, event) {
  const box = page.querySelector(".layer").getBoundingClientRect();
  return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
}

/* Edges that nearly meet those of another field on the page do meet. */
function snap(field, fields) {
  const near = 0.006;
  for (const other of fields) {
    if (other === field || other.page !== field.page || other.document !== field.document) continue;
    if (Math.abs(other.x - field.x) < near) field.x = other.x;
    if (Math.abs(other.y - field.y) < near) field.y = other.y;
    if (Math.abs(other.y + other.h - field.y - field.h) < near) field.y = other.y + other.h - field.h;
  }
  field.x = within(field.x, 0, 1 - field.w);
  field.y = within(field.y, 0, 1 - field.h);
}

/* A kind in the panel: a click puts it in the middle of the page in view, dragging puts it where it is let go. */
function makeSource(editor, button) {
  const kind = button.dataset.add;
  let ghost = null;
  let isDragged = false;
  button.addEventListener("click", () => {
    if (!isDragged) editor.add(kind, editor.pageInView(), middleInView(editor, editor.pageInView()));
    isDragged = false;
  });
  globalThis.interact(button).draggable({
    listeners: {
      start: () => {
        isDragged = true;
        ghost = document.createElement("div");
        ghost.className = `kind-ghost mark-field ${editor.owner() === "us" ? "ours" : "theirs"}`;
        ghost.textContent = editor.said[kind];
        ghost.style.position = "fixed";
        document.body.append(ghost);
      },
      move: (event) => {
        Object.assign(ghost.style, { left: `${event.clientX + 8}px`, top: `${event.clientY + 8}px` });
        editor.pages.forEach((page) => page.classList.toggle("is-target", page === pageAt(editor, event)));
      },
      end: (event) => {
        ghost.remove();
        const page = pageAt(editor, event);
        editor.pages.forEach((one) => one.classList.remove("is-target"));
        if (page) editor.add(kind, page, fraction(page, event));
        setTimeout(() => { isDragged = false; });
      },
    },
  });
}

function pageAt(editor, event) {
  return editor.pages.find((page) => contains(page.querySelector(".layer").getBoundingClientRect(), event.clientX, event.clientY));
}

function middleInView(editor, page) {
  const pane = editor.root.querySelector("[data-pages]").getBoundingClientRect();
  const box = page.querySelector(".layer").getBoundingClientRect();
  const top = Math.max(pane.top, box.top, 0);
  const bottom = Math.min(pane.bottom, box.bottom, window.innerHeight);
  return { x: 0.5, y: within(((top + bottom) / 2 - box.top) / box.height, 0.05, 0.95) };
}

globalThis.paraph.places = { within, compare, contains, fraction, snap, makeSource };
