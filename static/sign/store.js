// What the signer has entered so far, kept on this device until it is sent: a reload resumes.

export function makeStore(desk) {
  const key = `paraph:${desk.short}:${desk.seen.slice(0, 12)}`;
  const listeners = new Set();
  const state = { values: {}, files: {}, signature: null, initials: null, stamp: null, touched: {}, ...read(key) };
  for (const field of desk.fields) {
    if (!(field.id in state.values)) state.values[field.id] = field.value || "";
  }
  if (!state.stamp && desk.hasStamp) state.stamp = { way: "drawn-stamp" };

  function change(edit) {
    edit(state);
    write(key, state);
    listeners.forEach((listener) => listener());
  }

  return {
    state,
    change,
    onChange: (listener) => listeners.add(listener),
    forget: () => { try { localStorage.removeItem(key); } catch { /* private window */ } },
  };
}

function read(key) {
  try { return JSON.parse(localStorage.getItem(key)) || {}; } catch { return {}; }
}

function write(key, state) {
  try { localStorage.setItem(key, JSON.stringify(state)); } catch { /* full or private: memory still has it */ }
}

const LOOKS = new Set(["signature", "initials", "stamp"]);

/** The picture of a look: {src} for an image, {strokes, aspect} for a drawing, null for none. */
export function lookOf(desk, image) {
  if (!image) return null;
  if (image.way === "typed") return { src: handAddress(desk, image.text, image.hand) };
  if (image.way === "drawn") return { strokes: image.strokes, aspect: image.aspect };
  if (image.way === "picture") return { src: image.url };
  return { src: `${desk.home}/stamp.png` };
}

export function handAddress(desk, name, hand) {
  return `${desk.home}/hand.svg?${new URLSearchParams({ hand, name })}`;
}

export const isLook = (field) => LOOKS.has(field.kind);

export function isFilled(store, field) {
  if (field.kind === "date_signed") return true;
  if (field.kind === "file") return Boolean(store.state.files[field.id]);
  if (isLook(field)) return Boolean(store.state[field.kind]);
  return Boolean((store.state.values[field.id] || "").trim());
}

/** Required places that still need the signer, without the signature itself: that comes last. */
export function stepsLeft(desk, store) {
  return desk.fields.filter((f) => f.required && f.kind !== "signature" && !isFilled(store, f));
}

/** The form to post: names as the server reads them. */
export function formOf(desk, store, { consent, code = "" }) {
  const form = new FormData();
  form.set("form_key", desk.key);
  form.set("seen", desk.seen);
  if (consent) form.set("consent", desk.consent);
  for (const field of desk.fields) {
    if (field.kind === "file") form.set(`file-${field.id}`, store.state.files[field.id]?.file || "");
    else if (!isLook(field) && field.kind !== "date_signed") form.set(`value-${field.id}`, store.state.values[field.id] || "");
  }
  for (const kind of ["signature", "initials"]) {
    if (store.state[kind]) form.set(kind, JSON.stringify(sent(store.state[kind])));
  }
  const stamp = store.state.stamp;
  if (stamp?.way === "drawn-stamp") form.set("own_stamp", "yes");
  else if (stamp) form.set("stamp", JSON.stringify(sent(stamp)));
  form.set("code", code);
  return form;
}

function sent({ url, ...image }) {
  return image;
}

/** Post a form and return the answer's JSON; a lost connection is waited out, a refusal is thrown. */
export async function post(desk, path, form, { onOffline = () => {} } = {}) {
  for (;;) {
    let response;
    try {
      response = await fetch(`${desk.home}/${path}`, {
        method: "POST", body: form, headers: { Accept: "application/json", "X-Paraph-Form": desk.key },
      });
    } catch {
      onOffline();
      await backOnline();
      continue;
    }
    if (response.status === 204) return {};
    const body = await response.json().catch(() => ({}));
    if (response.ok) return body;
    throw Object.assign(new Error(body.error || desk.texts.failed), { field: body.field, status: response.status });
  }
}

function backOnline() {
  return new Promise((resolve) => {
    const timer = setTimeout(done, 4000);
    function done() {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    }
    addEventListener("online", done);
  });
}

export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (gap, name) => values[name] ?? gap);
