// The one-time code: asked for once, typed or pasted, sent by itself at the last digit.

const $ = (id) => document.getElementById(id);
const GOOD_FOR_MS = 9 * 60 * 1000;

export function makeCode(desk, { post, fill, sheet, backTo, onCode }) {
  const input = $("code"), texts = desk.texts;
  let sentAt = 0, timer = 0, isBusy = false, way = "";

  async function ask({ anew = false } = {}) {
    sheet.showCode(true);
    $("code-go").textContent = texts.act;
    if (anew || !sentAt || Date.now() - sentAt > GOOD_FOR_MS) await send();
    input.value = "";
    input.focus();
  }

  async function send() {
    $("code-text").textContent = texts.working;
    say("");
    try {
      const sent = await post(desk, "code", formFor(way), { onOffline: () => say(texts.offline) });
      if (sent.is_new || !sentAt) sentAt = Date.now();
      way = sent.way;
      $("code-mail").toggleAttribute("hidden", way === "sms");
      $("code-sms").toggleAttribute("hidden", way !== "sms");
      $("code-text").textContent = fill(texts.codeSent, { address: sent.address });
      offerOther();
      wait(sent.wait_s);
    } catch (error) {
      $("code-text").textContent = "";
      say(error.message);
      wait(0);
    }
  }

  function formFor(wished) {
    const form = new FormData();
    if (wished) form.set("way", wished);
    return form;
  }

  function offerOther() {
    const other = desk.codeWays.find((one) => one !== way);
    $("code-other").hidden = !other;
    $("code-other").textContent = other ? texts[`by${other}`] : "";
    $("code-other").dataset.way = other || "";
  }

  function wait(seconds) {
    clearInterval(timer);
    const again = $("code-again"), end = Date.now() + seconds * 1000;
    const tick = () => {
      const left = Math.ceil((end - Date.now()) / 1000);
      again.disabled = left > 0;
      again.textContent = left > 0 ? fill(texts.againIn, { s: left }) : texts.again;
      if (left <= 0) clearInterval(timer);
    };
    timer = setInterval(tick, 500);
    tick();
  }

  function say(text) {
    $("code-error").textContent = text;
    input.toggleAttribute("aria-invalid", Boolean(text));
    if (text) input.setAttribute("aria-invalid", "true");
  }

  async function give() {
    if (isBusy || input.value.length !== 6) return;
    isBusy = true;
    busy(true);
    try {
      await onCode(input.value, () => say(texts.offline));
    } catch (error) {
      say(error.message);
      input.value = "";
      input.focus();
      if (error.field && error.field !== "code") sheet.showCode(false), backTo(error) || sheet.say(error.message);
    } finally {
      isBusy = false;
      busy(false);
    }
  }

  function busy(on) {
    $("code-go").setAttribute("aria-disabled", String(on));
    $("code-go").textContent = on ? texts.signing : texts.act;
  }

  input.addEventListener("input", () => {
    const digits = input.value.replace(/\D/g, "").slice(0, 6);
    if (digits !== input.value) input.value = digits;
    if (digits) say("");
    give();
  });
  input.addEventListener("paste", (event) => {
    const digits = event.clipboardData.getData("text").replace(/\D/g, "").slice(0, 6);
    if (!digits) return;
    event.preventDefault();
    input.value = digits;
    give();
  });
  $("sign-form").addEventListener("submit", () => { if (!$("view-code").hidden) give(); });
  $("code-other").addEventListener("click", ({ currentTarget }) => { way = currentTarget.dataset.way; ask({ anew: true }); });
  $("code-again").addEventListener("click", () => ask({ anew: true }));

  return { ask };
}
