/* Envelopes in lists: remind, void, copy a link, sign here and now, fetch the sealed PDF. */

const { control, show, toast, setBusy, showFault, clearFaults, texts, request, postForm, bridge } = globalThis.paraph;

control("lists", (root) => {
  const dialog = (name) => root.querySelector(`[data-dialog="${name}"]`);
  let voiding = null;
  let amending = null;

  const acts = {
    async remind(button) {
      const data = new FormData();
      data.set("key", (button.dataset.key ||= crypto.randomUUID()));
      refreshList(await postForm(button.dataset.url, data));
      toast(texts.reminded);
    },
    async copy(button) {
      const { address, picture } = await (await postForm(button.dataset.url, new FormData())).json();
      const box = dialog("link");
      box.querySelector("[data-link-picture]").src = picture;
      const isCopied = await copy(address);
      if (isCopied) toast(texts.copied);
      box.querySelector("[data-link-text]").value = address;
      box.showModal();
      box.querySelector("[data-link-text]").select();
    },
    async sign(button) {
      // The window is opened by the click itself; a later one would be blocked.
      const tab = window.open("about:blank", "_blank");
      try {
        const { address } = await (await postForm(button.dataset.url, new FormData())).json();
        if (tab) {
          tab.opener = null;
          tab.location.replace(address);
        } else {
          window.location.assign(address);
        }
      } catch (trouble) {
        tab?.close();
        throw trouble;
      }
    },
    async download(button) {
      const blob = await (await request(button.dataset.url)).blob();
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = button.dataset.name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    },
    async drop(button) {
      refreshList(await postForm(button.dataset.url, new FormData()));
    },
    async resend(button) {
      refreshList(await postForm(button.dataset.url, new FormData()));
    },
    async answer(button) {
      const data = new FormData();
      data.set("answer", button.dataset.answer);
      refreshList(await postForm(button.dataset.url, data));
    },
    async correct(button) {
      const form = open("correct", button);
      root.querySelector("[data-correct-name]").textContent = button.dataset.name;
      form.elements.email.value = button.dataset.email;
      form.elements.phone.value = button.dataset.phone;
      form.elements.channel.value = button.dataset.channel;
      form.elements.lifts_code.checked = false;
      form.elements.because.value = "";
      form.querySelector("[data-code-part]").hidden = !("code" in button.dataset);
      form.querySelector("[data-because]").hidden = true;
    },
    async extend(button) {
      const form = open("extend", button);
      form.elements.until.min = form.elements.until.value = button.dataset.until;
    },
    async void(button) {
      voiding = button;
      clearFaults(dialog("void"));
      dialog("void").showModal();
    },
  };

  function open(name, button) {
    amending = button;
    const box = dialog(name);
    clearFaults(box);
    box.showModal();
    return box.querySelector("form");
  }

  root.querySelectorAll("[data-lifts-code]").forEach((box) => box.addEventListener("change", () => {
    const because = box.form.querySelector("[data-because]");
    because.hidden = !box.checked;
    if (box.checked) because.querySelector("input").focus();
  }));

  root.querySelectorAll("[data-amend-form]").forEach((form) => form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.submitter || form.querySelector(".primary");
    const data = new FormData(form);
    data.set("key", crypto.randomUUID());
    setBusy(button, true);
    clearFaults(form);
    try {
      const answer = await postForm(amending.dataset.url, data);
      form.closest("dialog").close();
      refreshList(answer);
    } catch (trouble) {
      const line = form.querySelector(".fault");
      line.textContent = trouble.message;
      line.classList.add("is-shown");
      form.elements[trouble.field]?.focus?.();
    } finally {
      setBusy(button, false);
    }
  }));

  /* A record opens over the page, as everywhere in Bitrix24; outside a portal the link does. */
  root.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-record-path]");
    if (!link || !window.name.includes("|")) return;
    event.preventDefault();
    const b24 = await bridge;
    if (b24) b24.slider.openPath(b24.slider.getUrl(link.dataset.recordPath)).catch(() => window.open(link.href, "_blank"));
    else window.open(link.href, "_blank");
  });

  root.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-act]");
    if (event.target.closest("[data-cancel]")) event.target.closest("dialog").close();
    if (event.target.closest("[data-copy-again]")) {
      const field = dialog("link").querySelector("[data-link-text]");
      if (await copy(field.value)) toast(texts.copied);
      field.select();
    }
    if (!button || button.getAttribute("aria-busy") === "true") return;
    setBusy(button, true);
    try {
      await acts[button.dataset.act](button);
    } catch (trouble) {
      toast(trouble.message, true);
    } finally {
      setBusy(button, false);
    }
  });

  root.querySelector("[data-void-form]")?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    const button = form.querySelector('[data-testid="void-confirm"]');
    setBusy(button, true);
    clearFaults(form);
    try {
      const answer = await postForm(voiding.dataset.url, new FormData(form));
      dialog("void").close();
      refreshList(answer);
      toast(texts.voided);
      form.reset();
    } catch (trouble) {
      showDialogFault(form, trouble);
    } finally {
      setBusy(button, false);
    }
  });

  function showDialogFault(form, trouble) {
    const line = form.querySelector(".fault");
    line.textContent = trouble.message;
    line.classList.add("is-shown");
    form.elements.reason.focus();
  }

  async function refreshList(answer) {
    const list = root.querySelector("#list");
    const html = await answer.text();
    if (list) show(list, html);
  }

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return false;
    }
  }
});
