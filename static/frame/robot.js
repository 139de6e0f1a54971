/* The rule's settings: what is picked goes into the rule by setPropertyValue; the person still saves the rule. */

const { control, words, bridge, toast } = globalThis.paraph;

control("robot", (root) => {
  const form = root.querySelector("[data-rule]");
  if (!form) return;
  const said = words(root);
  const given = JSON.parse(document.body.dataset.values || "{}");
  const saved = root.querySelector("[data-rule-saved]");

  for (const name of ["layout", "channel", "wait"]) {
    const radio = form.querySelector(`input[name="${name}"][value="${CSS.escape(given[name] || "")}"]`);
    if (radio) radio.checked = true;
  }
  if (!form.querySelector('input[name="layout"]:checked')) form.querySelector('input[name="layout"]').checked = true;
  form.elements.our_signer.value = given.our_signer || "";

  const values = () => ({
    layout: form.elements.layout.value,
    our_signer: form.elements.our_signer.value ? `user_${form.elements.our_signer.value}` : "",
    channel: form.elements.channel.value,
    wait: form.elements.wait.value,
  });

  async function apply() {
    const chosen = values();
    if (!chosen.layout) return toast(said.choose, true);
    const b24 = await bridge;
    if (b24) await b24.placement.call("setPropertyValue", chosen);
    saved.textContent = said.saved;
  }

  form.addEventListener("change", apply);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    apply();
  });
  if (!given.layout) apply();
});
