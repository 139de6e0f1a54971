/* The tray: a document is opened, read and ticked; one confirmation signs what is ticked. The board: search and states. */

const { control, request, postForm, getText, show, toast, setBusy, scheduleFit } = globalThis.paraph;

control("tray", (root) => {
  const dialog = root.querySelector("[data-paper]");
  const body = root.querySelector("[data-paper-body]");
  if (!dialog) return;
  let item = null;

  root.addEventListener("click", async (event) => {
    const opener = event.target.closest("[data-read]");
    if (opener) await read(opener);
    const alone = event.target.closest("[data-alone]");
    if (alone) await openAlone(alone);
    if (event.target.closest("[data-shut]")) dialog.close();
    if (event.target.closest("[data-take]")) take();
  });
  root.addEventListener("change", count);

  async function read(opener) {
    setBusy(opener, true);
    try {
      item = opener.closest("[data-envelope]");
      body.innerHTML = await (await postForm(opener.dataset.read, new FormData())).text();
      dialog.showModal();
      body.querySelectorAll("[data-src]").forEach(paint);
    } catch (trouble) {
      toast(trouble.message, true);
    } finally {
      setBusy(opener, false);
    }
  }

  /* What asks for more than a signature is signed on its own page, in a window the click itself opens. */
  async function openAlone(button) {
    const tab = window.open("about:blank", "_blank");
    try {
      const { address } = await (await postForm(button.dataset.alone, new FormData())).json();
      if (tab) { tab.opener = null; tab.location.replace(address); } else window.location.assign(address);
    } catch (trouble) {
      tab?.close();
      toast(trouble.message, true);
    }
  }

  function take() {
    const box = item.querySelector("input[name=signed]");
    box.value = `${item.dataset.envelope}:${body.querySelector("[data-seen]").dataset.seen}`;
    box.disabled = false;
    box.checked = true;
    const state = item.querySelector("[data-state]");
    state.hidden = true;
    dialog.close();
    count();
    box.focus();
  }

  function count() {
    const line = root.querySelector("[data-count-words]");
    const many = root.querySelectorAll("input[name=signed]:checked").length;
    line.textContent = many === 0 ? line.dataset.none : many === 1 ? line.dataset.one : line.dataset.many.replace("{count}", many);
  }
});

async function paint(page) {
  page.style.aspectRatio = `${page.dataset.width} / ${page.dataset.height}`;
  try {
    const picture = page.querySelector("img");
    picture.src = URL.createObjectURL(await (await request(page.dataset.src)).blob());
    await picture.decode();
    URL.revokeObjectURL(picture.src);
    picture.hidden = false;
  } catch {
    page.classList.add("is-missing");
  }
}

control("board", (root) => {
  const list = root.querySelector("[data-board-list]");
  const words = root.querySelector("[data-words-input]");
  const chosen = () => root.querySelector("[name=group]:checked").value;
  let asked = 0;
  let waiting = 0;

  async function refresh() {
    const turn = ++asked;
    const query = new URLSearchParams({ group: chosen(), words: words.value.trim() });
    try {
      const html = await getText(`/placements/home/list?${query}`);
      if (turn === asked) show(list, html);
    } catch (trouble) {
      toast(trouble.message, true);
    }
    scheduleFit();
  }

  root.addEventListener("change", (event) => { if (event.target.name === "group") refresh(); });
  words.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(refresh, 250); });
});
