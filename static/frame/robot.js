/* The rule's settings: what is picked goes into the rule by setPropertyValue; the person still saves the rule. */

const { control, words, bridge, toast, postForm, show, load, setBusy } = globalThis.paraph;
const LINES = ["our_signer_by", "our_signer", "client", "client_position", "first", "channel", "identity", "deadline_days", "reminders", "message", "if_open", "wait"];

function enter(form, name, value) {
  const input = form.elements[name];
  if (!input || value === "" || value === undefined) return;
  if (input instanceof RadioNodeList) {
    if ([...input].some((one) => one.value === value)) input.value = value;
  } else if (input.tagName !== "SELECT" || [...input.options].some((one) => one.value === value)) {
    input.value = value;
  }
}

function blank(root) {
  const list = root.querySelector("[data-open-list]");
  list?.addEventListener("click", async (event) => {
    const b24 = await bridge;
    if (!b24) return;
    event.preventDefault();
    b24.slider.openPath(b24.slider.getUrl(list.dataset.openList)).catch(() => window.open(list.href, "_blank"));
  });
  const view = root.closest("[data-load]");
  root.querySelector("[data-look-again]")?.addEventListener("click", () => view && load(view, view.dataset.load));
}

control("robot", (root) => {
  const form = root.querySelector("[data-rule]");
  if (!form) return blank(root);
  const said = words(root);
  const given = JSON.parse(document.body.dataset.values || "{}");
  const saved = root.querySelector("[data-rule-saved]");
  const tried = root.querySelector("[data-tried]");
  let named = { key: "", layout: "" };

  for (const name of LINES) enter(form, name, given[name]);
  if (given.our_signer && !given.our_signer_by) form.elements.our_signer_by.value = "fixed";

  function unfold() {
    root.querySelector("[data-when-fixed]").hidden = form.elements.our_signer_by.value !== "fixed";
    root.querySelector("[data-when-position]").hidden = form.elements.client.value !== "position";
  }

  async function nameOf(chosen) {
    const key = chosen.join();
    if (named.key !== key) {
      const data = new FormData();
      for (const one of chosen) data.append("layout", one);
      named = { key, layout: (await (await postForm("/placements/robot-settings/layout", data)).json()).layout };
    }
    return named.layout;
  }

  async function values() {
    const chosen = [...form.querySelectorAll('input[name="layout"]:checked')].map((one) => one.value);
    if (!chosen.length) return null;
    const found = { layout: await nameOf(chosen) };
    for (const name of LINES) found[name] = form.elements[name].value;
    found.our_signer = found.our_signer_by === "fixed" && found.our_signer ? `user_${found.our_signer}` : "";
    return found;
  }

  /* Nothing chosen is only a fault for who asks to apply: before that, the hand is on its way. */
  async function apply(isAsked) {
    unfold();
    try {
      const chosen = await values();
      if (!chosen) return isAsked && toast(said.choose, true);
      const b24 = await bridge;
      if (b24) await b24.placement.call("setPropertyValue", chosen);
      saved.textContent = said.saved;
    } catch (trouble) {
      toast(trouble.message, true);
    }
  }

  root.querySelector("[data-try]").addEventListener("click", async (event) => {
    const button = event.currentTarget;
    setBusy(button, true);
    try {
      const chosen = await values();
      if (!chosen) return toast(said.choose, true);
      const [type, id] = root.querySelector("[data-try-record]").value.split(":");
      const data = new FormData();
      for (const [name, value] of Object.entries(chosen)) data.set(name, value);
      show(tried, await (await postForm(`/placements/robot-settings/try?type=${type}&id=${id}`, data)).text());
      tried.scrollIntoView({ block: "nearest" });
    } catch (trouble) {
      toast(trouble.message, true);
    } finally {
      setBusy(button, false);
    }
  });

  form.addEventListener("change", () => apply(false));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    apply(true);
  });
  unfold();
  if (!given.layout) apply(false);
});
