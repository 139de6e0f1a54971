// Verification: the browser takes the file's SHA-256 and asks our register by it; the file itself stays here until asked for.

const form = document.querySelector("[data-check]");
const input = form.querySelector("input[type=file]");
const drop = form.querySelector("[data-drop]");
const canHash = window.isSecureContext && Boolean(window.crypto?.subtle);
const lang = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
let turn = 0;

document.documentElement.classList.add("is-live");
document.querySelectorAll("[data-needs-hash]").forEach((node) => { node.hidden = !canHash; });

function show(panel) {
  for (const node of form.querySelectorAll("[data-panel]")) node.hidden = node.dataset.panel !== panel;
}

function size(bytes) {
  const unit = bytes < 1e6 ? "kilobyte" : "megabyte";
  const value = bytes < 1e6 ? Math.max(1, Math.round(bytes / 1e3)) : bytes / 1e6;
  return new Intl.NumberFormat(lang, { style: "unit", unit, maximumFractionDigits: 1 }).format(value);
}

async function sha256(file) {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function ask(digest) {
  const answer = await fetch(`${form.dataset.known}?sha256=${digest}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

/** Show what can be said of the chosen file without sending it. */
async function take(file) {
  const mine = ++turn;
  const isLarge = file.size > Number(form.dataset.largest);
  form.querySelector(".fault")?.remove();
  form.querySelector("[data-name]").textContent = file.name;
  form.querySelector("[data-size]").textContent = size(file.size);
  form.querySelector("[data-file]").hidden = false;
  form.classList.add("has-file");
  form.classList.toggle("is-large", isLarge);
  if (isLarge || !canHash) return show(isLarge ? "large" : "");
  show("looking");
  let digest;
  try {
    digest = await sha256(file);
  } catch {
    return mine === turn && show("unread");
  }
  try {
    const found = await ask(digest);
    if (mine === turn) tell(found);
  } catch {
    if (mine === turn) show("offline");
  }
}

function tell({ known, number, sealed_at: at }) {
  if (known) {
    const date = form.querySelector("[data-date]");
    date.dateTime = at;
    date.textContent = new Intl.DateTimeFormat(lang, { dateStyle: "long" }).format(new Date(at));
    form.querySelector("[data-number]").textContent = number;
  }
  show(known ? "known" : "unknown");
}

function chosen() {
  if (input.files.length) take(input.files[0]);
}

input.addEventListener("change", chosen);
form.addEventListener("submit", (event) => {
  if (form.classList.contains("is-busy")) return event.preventDefault();
  form.classList.add("is-busy");
});

// A file dropped beside the zone would otherwise replace the page.
let depth = 0;
const over = (change) => {
  depth = Math.max(0, depth + change);
  drop.classList.toggle("is-over", depth > 0);
};
addEventListener("dragenter", () => over(1));
addEventListener("dragleave", () => over(-1));
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  over(-depth);
  if (!event.dataTransfer.files.length || form.classList.contains("is-busy")) return;
  input.files = event.dataTransfer.files;
  chosen();
});

// Back from the result, or a reload: browsers keep the chosen file.
addEventListener("pageshow", () => {
  form.classList.remove("is-busy");
  chosen();
});
