/* Files a person brings: checked by the server at once; the form then carries the server's claim, never the file. */

const { control, request, showFault, clearFaults, setBusy, scheduleFit } = globalThis.paraph;

async function bring(root, file) {
  leave(root);
  let password = "";
  for (;;) {
    const data = new FormData();
    data.set("file", file, file.name);
    if (password) data.set("password", password);
    try {
      return await (await request("/placements/uploads", { method: "POST", body: data })).json();
    } catch (trouble) {
      if (trouble.field !== "password") throw trouble;
      setBusy(root.querySelector("[data-pick]"), false);
      password = await askPassword(root, file, trouble);
      setBusy(root.querySelector("[data-pick]"), true);
    }
  }
}

/* A protected file waits for its password; another file in its place, or "leave it out", ends the waiting. */
const waiting = new WeakMap();

function leave(root) {
  waiting.get(root)?.();
}

function askPassword(root, file, trouble) {
  const block = root.querySelector("[data-unlock]");
  const input = block.querySelector("[data-unlock-input]");
  const line = block.querySelector(".fault");
  block.querySelector("[data-unlock-name]").textContent = file.name;
  line.textContent = trouble.message;
  line.classList.add("is-shown");
  block.hidden = false;
  input.value = "";
  input.focus();
  scheduleFit();
  return new Promise((resolve, reject) => {
    const end = (then, value) => {
      block.hidden = true;
      input.value = "";
      waiting.delete(root);
      scheduleFit();
      then(value);
    };
    const open = () => (input.value ? end(resolve, input.value) : input.focus());
    waiting.set(root, () => end(reject, Object.assign(trouble, { field: "", isLeft: true })));
    block.querySelector("[data-unlock-open]").onclick = open;
    block.querySelector("[data-unlock-leave]").onclick = () => leave(root);
    input.onkeydown = (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      open();
    };
  });
}

/* The first document: one tile, by click, keyboard or drop. */
control("upload", (root) => {
  const drop = root.querySelector("[data-drop]");
  const radio = root.querySelector("[data-upload-radio]");
  const input = root.querySelector("[data-file]");
  const button = root.querySelector("[data-pick]");
  let before = null;
  let newest = null;

  const open = () => { before = document.querySelector('input[name="source"]:checked:not([data-upload-radio])') || before; input.click(); };
  button.addEventListener("click", (event) => { event.preventDefault(); event.stopPropagation(); open(); });
  radio.addEventListener("click", () => { if (!radio.value || radio.value === "refused:") open(); });
  input.addEventListener("change", () => input.files[0] && take(input.files[0]));
  input.addEventListener("cancel", () => { if (!radio.value.includes(":") || radio.value.startsWith("refused")) unpick(); });
  for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("is-over"); });
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("is-over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
  });

  function unpick() {
    radio.checked = false;
    if (before) before.checked = true;
  }

  /* Whoever brought a file means that file: until it is there, or when it is refused, nothing else is taken for it. */
  function hold(state, name) {
    radio.value = `${state}:`;
    radio.checked = true;
    drop.classList.toggle("is-refused", state === "refused");
    root.querySelector("[data-upload-name]").textContent = name;
  }

  async function take(file) {
    newest = file;
    clearFaults(root);
    setBusy(button, true);
    hold("checking", file.name);
    try {
      const found = await bring(root, file);
      radio.value = `upload:${found.claim}`;
      radio.checked = true;
      root.querySelector("[data-upload-name]").textContent = found.name;
      root.querySelector("[data-upload-note]").textContent = found.note;
      drop.classList.remove("is-refused");
      radio.dispatchEvent(new Event("change", { bubbles: true }));
    } catch (trouble) {
      if (newest !== file) return;
      hold("refused", file.name);
      root.querySelector("[data-upload-note]").textContent = root.dataset.refused;
      trouble.field = "file";
      showFault(root, trouble);
    } finally {
      input.value = "";
      setBusy(button, newest !== file);
      scheduleFit();
    }
  }
});

/* Further documents: ticked ones come first, in the order they were ticked, and are sent in that order. */
control("more", (root) => {
  const list = root.querySelector("[data-picks]");
  const input = root.querySelector("[data-file]");
  const button = root.querySelector("[data-pick]");
  const form = root.closest("form");
  const boxes = () => [...list.querySelectorAll("input[name='more']")];

  button.addEventListener("click", () => input.click());
  input.addEventListener("change", async () => {
    clearFaults(root);
    setBusy(button, true);
    for (const file of [...input.files]) await add(file);
    input.value = "";
    setBusy(button, false);
    refresh();
  });
  list.addEventListener("change", (event) => {
    const row = event.target.closest("li");
    if (event.target.checked) place(row);
    refresh();
    event.target.focus();
  });
  form.addEventListener("change", (event) => { if (event.target.name === "source") refresh(); });
  root.addEventListener("toggle", scheduleFit);

  async function add(file) {
    try {
      const found = await bring(root, file);
      const row = root.querySelector("[data-row]").content.firstElementChild.cloneNode(true);
      row.querySelector("input").value = `upload:${found.claim}`;
      row.querySelector("[data-name]").textContent = found.name;
      row.querySelector("[data-note]").textContent = found.note;
      place(row);
    } catch (trouble) {
      trouble.message = `${file.name}: ${trouble.message}`;
      trouble.field = "more";
      showFault(root, trouble);
    }
  }

  function place(row) {
    const ticked = boxes().filter((box) => box.checked && box.closest("li") !== row);
    const last = ticked.at(-1)?.closest("li");
    if (last) last.after(row); else list.prepend(row);
  }

  function refresh() {
    const first = form.elements.source?.value || "";
    for (const box of boxes()) {
      const isFirst = Boolean(first) && box.value === first;
      if (isFirst) box.checked = false;
      box.disabled = isFirst;
      box.closest(".pick").classList.toggle("is-first", isFirst);
    }
    const count = boxes().filter((box) => box.checked).length;
    const badge = root.querySelector("[data-count]");
    badge.textContent = `+${count}`;
    badge.hidden = count === 0;
    scheduleFit();
  }
  refresh();
});
