// The sheet where a signature, initials or a stamp is made, and where the last button names the act.

const $ = (id) => document.getElementById(id);

export function makeSheet(desk, store, { lookOf, handAddress, stepsLeft, post, fill, makePad, onApply, onSign }) {
  const dialog = $("sign-sheet"), texts = desk.texts;
  let kind = "signature", way = "typed", pad = null, picture = null, isFinal = false, timer = 0;

  const tabs = [...dialog.querySelectorAll("[role=tab]")];
  const name = $("typed-name");
  const hands = [...dialog.querySelectorAll("[name=hand]")];
  const hand = () => (hands.find((radio) => radio.checked) || hands[0]).value;

  function open(wanted) {
    kind = wanted;
    isFinal = !stepsLeft(desk, store).filter((f) => f.kind !== kind).length && kind === finalKind();
    const kept = store.state[kind];
    picture = kept?.way === "picture" ? kept : null;
    name.value = (kept?.way === "typed" && kept.text) || (kind === "initials" ? desk.initials : desk.name);
    if (kept?.way === "typed") hands.forEach((radio) => { radio.checked = radio.value === kept.hand; });
    else if (kind === "initials" && store.state.signature?.hand) hands.forEach((radio) => { radio.checked = radio.value === store.state.signature.hand; });
    $("make").hidden = kind === "none";
    dialog.classList.toggle("is-plain", kind === "none");
    dressFor(kind);
    showCode(false);
    if (!dialog.open) dialog.showModal();
    choose(kind === "stamp" ? "picture" : kept?.way === "drawn" ? "drawn" : kept?.way === "picture" ? "picture" : "typed");
    if (kept?.way === "drawn") ready().then(() => pad.put(kept));
    $("sign-title").focus();
  }

  function finalKind() {
    return desk.fields.some((f) => f.kind === "signature") ? "signature" : "none";
  }

  function dressFor(what) {
    $("sign-title").textContent = { signature: texts.yourSignature, initials: texts.yourInitials, stamp: texts.yourStamp, none: texts.confirm }[what];
    $("typed-label").textContent = what === "initials" ? texts.yourInitials : texts.yourName;
    tabs.forEach((tab) => { tab.hidden = what === "stamp"; });
    dialog.querySelector(".tabs").hidden = what === "stamp";
    dialog.querySelector(".ink__line").hidden = what === "stamp";
    $("agree").hidden = !isFinal;
    const places = desk.fields.filter((f) => f.kind === "signature").length;
    $("sign-places").hidden = !isFinal || places < 2;
    $("sign-places").textContent = fill(texts.places, { n: places });
    $("sign-go").textContent = isFinal ? texts.act : texts.apply;
    say("");
  }

  function choose(wanted) {
    way = wanted;
    tabs.forEach((tab) => {
      const on = tab.dataset.way === way;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
    });
    $("make-body").setAttribute("aria-labelledby", kind === "stamp" ? "sign-title" : `tab-${way}`);
    dialog.querySelectorAll("[data-tools]").forEach((tools) => { tools.hidden = tools.dataset.tools !== way; });
    $("pad").hidden = way !== "drawn";
    say("");
    if (way === "drawn") ready().then(() => { pad.fit(); paint(); });
    paint();
  }

  async function ready() {
    pad ||= await makePad(desk, $("pad"), paint);
    return pad;
  }

  function paint() {
    const image = $("ink-picture"), hint = $("ink-hint");
    const src = way === "typed" && name.value.trim() ? handAddress(desk, name.value.trim(), hand())
      : way === "picture" ? lookOf(desk, picture || (kind === "stamp" && store.state.stamp))?.src : "";
    const stamp = picture || store.state.stamp;
    $("stamp-drawn").hidden = kind !== "stamp" || !desk.hasStamp || stamp?.way === "drawn-stamp";
    image.hidden = !src;
    if (src && image.getAttribute("src") !== src) image.src = src;
    hint.textContent = { drawn: texts.drawHere, picture: kind === "stamp" ? texts.stampPictureHere : texts.pictureHere, typed: texts.typeName }[way];
    if (way === "drawn" && pad && !pad.isEmpty() && $("sign-error").textContent === texts.drawFirst) say("");
    hint.hidden = way === "drawn" ? Boolean(pad && !pad.isEmpty()) : Boolean(src);
    if (way === "typed") {
      for (const thumb of dialog.querySelectorAll("[data-hand]")) {
        const wish = handAddress(desk, name.value.trim() || desk.name, thumb.dataset.hand);
        if (thumb.getAttribute("src") !== wish) thumb.src = wish;
      }
    }
  }

  function made() {
    if (kind === "none") return true;
    if (way === "typed") {
      const text = name.value.trim();
      return text ? { way, text, hand: hand() } : say(texts.typeName);
    }
    if (way === "drawn") return (pad && pad.read()) || say(texts.drawFirst);
    return picture || (kind === "stamp" && store.state.stamp) || say(texts.pictureFirst);
  }

  function say(text) {
    $("sign-error").textContent = text;
    return null;
  }

  async function take(file) {
    if (!file) return;
    say("");
    $("ink").setAttribute("aria-busy", "true");
    try {
      const form = new FormData();
      form.set("picture", await smaller(file), "picture");
      picture = { way: "picture", ...(await post(desk, "picture", form, { onOffline: () => say(texts.offline) })) };
      paint();
    } catch (error) {
      say(error.message);
    } finally {
      $("ink").removeAttribute("aria-busy");
    }
  }

  function showCode(on) {
    $("view-signature").hidden = on;
    $("view-code").hidden = !on;
    $("sign-back").hidden = !on;
    if (on) $("sign-title").textContent = texts.enterCode;
    else dressFor(kind);
  }

  $("sign-form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (!$("view-code").hidden) return;
    const image = made();
    if (!image) return;
    if (isFinal && !$("consent").checked) {
      $("agree").classList.add("agree--asked");
      say(texts.tickFirst);
      $("consent").focus();
      return;
    }
    if (kind !== "none") store.change((state) => { state[kind] = image; });
    if (isFinal) onSign();
    else { dialog.close(); onApply(kind); }
  });

  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => choose(tab.dataset.way));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(index + step + tabs.length) % tabs.length];
      choose(next.dataset.way);
      next.focus();
    });
  });
  name.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(paint, 180); });
  hands.forEach((radio) => radio.addEventListener("change", paint));
  $("consent").addEventListener("change", () => { $("agree").classList.remove("agree--asked"); say(""); });
  $("pad-clear").addEventListener("click", () => pad?.clear());
  $("pad-undo").addEventListener("click", () => pad?.undo());
  $("stamp-drawn").addEventListener("click", () => { picture = { way: "drawn-stamp" }; paint(); });
  for (const id of ["picture-file", "picture-camera"]) {
    $(id).addEventListener("change", ({ target }) => { take(target.files[0]); target.value = ""; });
  }
  $("ink-picture").addEventListener("error", () => { if (way === "typed") choose("drawn"); });
  $("sign-back").addEventListener("click", () => { showCode(false); $("sign-title").focus(); });

  return { open, showCode, say, close: () => dialog.close(), dialog, finalKind };
}

/** A photo drawn smaller in the browser, so that little has to travel; the server makes it safe. */
async function smaller(file) {
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, 1600 / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const kind = file.type === "image/png" ? "image/png" : "image/jpeg";
    return await new Promise((resolve) => canvas.toBlob((blob) => resolve(blob || file), kind, 0.9));
  } catch {
    return file;
  }
}
