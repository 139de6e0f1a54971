/* Many at once: look, send, pause, go on, take the table along. */

const { control, postForm, postJson, getText, show, load, setBusy, toast } = globalThis.paraph;

async function busily(button, work) {
  setBusy(button, true);
  try {
    await work();
  } catch (trouble) {
    toast(trouble.message, true);
  } finally {
    setBusy(button, false);
  }
}

function count(root) {
  const chosen = root.querySelectorAll("[data-deal]:checked");
  const send = root.querySelector("[data-many-send]");
  if (!send) return;
  root.querySelector("[data-many-count]").textContent = chosen.length;
  send.disabled = !chosen.length;
}

async function save(path) {
  const url = URL.createObjectURL(new Blob([await getText(path)], { type: "text/csv;charset=utf-8" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: "paraph.csv" });
  link.click();
  URL.revokeObjectURL(url);
}

function send(root, button) {
  const form = root.querySelector("[data-many-look]");
  const records = [...root.querySelectorAll("[data-deal]:checked")].map((one) => [one.dataset.deal, one.dataset.title]);
  const named = (name) => form.elements[name].selectedOptions[0].textContent;
  const asked = { key: form.elements.key.value, layout: form.elements.layout.value, name: `${named("layout")} · ${named("stage")}`, records };
  return busily(button, async () => load(document.getElementById("view"), (await postJson("/placements/many/begin", asked)).path));
}

control("many", (root) => {
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    const found = root.querySelector("[data-many-found]");
    busily(event.submitter, async () => {
      show(found, await (await postForm("/placements/many/look", new FormData(event.target))).text());
      count(root);
    });
  });
  root.addEventListener("change", () => count(root));
  root.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if ("manySend" in button.dataset) send(root, button);
    if (button.dataset.manyDo) busily(button, async () => show(document.getElementById("view"), await (await postForm(button.dataset.manyDo, new FormData())).text()));
    if (button.dataset.manyTable) busily(button, () => save(button.dataset.manyTable));
  });
});
