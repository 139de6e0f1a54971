/* A message's words: values put in by a click, seen as they will arrive while one types, tried out on oneself. */

const { control, postForm, fill, words, toast, setBusy, showFault, clearFaults, scheduleFit } = globalThis.paraph;
const PAUSE_MS = 250;

control("texts", (root) => {
  const form = root.querySelector("form[data-preview]");
  if (!form) return;
  const seen = root.querySelector("[data-seen]");
  const said = words(root);
  let last = form.elements.body;
  let waiting = 0;
  let asked = 0;

  form.addEventListener("focusin", (event) => {
    if (event.target.matches("input.input, textarea.input")) last = event.target;
  });
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, PAUSE_MS);
  });

  /* Only the newest question's answer is shown. */
  async function look() {
    const mine = ++asked;
    try {
      const html = await (await postForm(form.dataset.preview, new FormData(form))).text();
      if (mine !== asked) return;
      clearFaults(form);
      seen.innerHTML = html;
      scheduleFit();
    } catch (trouble) {
      if (mine !== asked) return;
      clearFaults(form);
      showWhere(trouble);
    }
  }

  /* While typing the focus stays where it is. */
  function showWhere(trouble) {
    const line = root.querySelector(`[data-fault="${trouble.field || ""}"]`);
    line.textContent = trouble.message;
    line.classList.add("is-shown");
    scheduleFit();
  }

  root.addEventListener("click", async (event) => {
    const gap = event.target.closest("[data-gap]");
    if (gap) {
      last.setRangeText(gap.dataset.gap, last.selectionStart, last.selectionEnd, "end");
      last.focus();
      look();
    }
    if (event.target.closest("[data-ours-again]")) {
      form.querySelectorAll("[data-ours]").forEach((input) => { input.value = input.dataset.ours; });
      look();
    }
    const sample = event.target.closest("[data-sample]");
    if (sample && sample.getAttribute("aria-busy") !== "true") {
      setBusy(sample, true);
      clearFaults(form);
      try {
        const { address } = await (await postForm(sample.dataset.sample, new FormData(form))).json();
        toast(fill(said.sent, { address }));
      } catch (trouble) {
        showFault(form, trouble);
      } finally {
        setBusy(sample, false);
      }
    }
  });
});
