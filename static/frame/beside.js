/* Last time and now, side by side: one question at a time, answered by "Yes, here" or by a click on the right place. */

const { control, request, postForm, setBusy, toast } = globalThis.paraph;

control("beside", async (root) => {
  const editor = root.closest('[data-controller="editor"]');
  const envelope = editor.dataset.envelope;
  try {
    root.innerHTML = await (await request(`/placements/beside/${envelope}`)).text();
  } catch (trouble) {
    toast(trouble.message, true);
    return;
  }
  const questions = [...root.querySelectorAll("[data-question]")];
  questions.forEach((question) => {
    question.querySelectorAll(".mark-field").forEach(place);
    question.querySelector("[data-now]").addEventListener("click", (event) => moveHere(question, event));
    question.querySelector("[data-yes]").addEventListener("click", (event) => yes(question, event.currentTarget));
    question.querySelector("[data-elsewhere]").addEventListener("click", () => elsewhere(question));
  });
  if (questions[0]) show(questions[0]);

  function place(mark) {
    const { x, y, w, h } = mark.dataset;
    Object.assign(mark.style, { left: `${x * 100}%`, top: `${y * 100}%`, width: `${w * 100}%`, height: `${h * 100}%` });
  }

  function show(question) {
    question.hidden = false;
    question.querySelectorAll("[data-src]").forEach(paint);
    globalThis.paraph.scheduleFit();
  }

  async function paint(sheet) {
    if (sheet.querySelector("img")) return;
    const picture = document.createElement("img");
    const frame = sheet.closest("figure");
    picture.alt = frame.querySelector("figcaption").textContent;
    try {
      picture.src = URL.createObjectURL(await (await request(sheet.dataset.src)).blob());
      await picture.decode();
      URL.revokeObjectURL(picture.src);
      sheet.prepend(picture);
      const mark = sheet.querySelector(".mark-field");
      const pane = sheet.parentElement;
      if (mark) pane.scrollTop = Math.max(mark.offsetTop - pane.clientHeight / 3, 0);
    } catch {
      const gone = sheet.querySelector(".beside-gone");
      if (gone) gone.hidden = false;
      sheet.querySelectorAll(".mark-field").forEach((one) => { one.hidden = true; });
    }
    globalThis.paraph.scheduleFit();
  }

  /* The fields of one question stay together: the first goes where the click was. */
  function moveHere(question, event) {
    const sheet = event.currentTarget;
    const box = sheet.querySelector("img")?.getBoundingClientRect();
    if (!box) return;
    const marks = [...sheet.querySelectorAll(".mark-field")];
    const [first] = marks;
    const dx = (event.clientX - box.left) / box.width - first.dataset.w / 2 - first.dataset.x;
    const dy = (event.clientY - box.top) / box.height - first.dataset.h / 2 - first.dataset.y;
    marks.forEach((mark) => {
      mark.dataset.x = within(Number(mark.dataset.x) + dx, 1 - mark.dataset.w);
      mark.dataset.y = within(Number(mark.dataset.y) + dy, 1 - mark.dataset.h);
      place(mark);
    });
  }

  async function yes(question, button) {
    const marks = [...question.querySelectorAll("[data-now] .mark-field")];
    const fields = marks.map((mark) => ({ key: mark.dataset.key, x: Number(mark.dataset.x), y: Number(mark.dataset.y) }));
    setBusy(button, true);
    try {
      editor.dispatchEvent(new CustomEvent("paraph:placed", { detail: { fields } }));
      await globalThis.paraph.before.get("editor-save")();
      const data = new FormData();
      fields.forEach((field) => data.append("key", field.key));
      await postForm(`/placements/beside/${envelope}/answer`, data);
      next(question);
    } catch (trouble) {
      toast(trouble.message, true);
    } finally {
      setBusy(button, false);
    }
  }

  function elsewhere(question) {
    const key = question.querySelector("[data-now] .mark-field").dataset.key;
    next(question);
    editor.dispatchEvent(new CustomEvent("paraph:show", { detail: { key } }));
  }

  function next(question) {
    const following = questions[questions.indexOf(question) + 1];
    question.remove();
    if (following) show(following);
    globalThis.paraph.scheduleFit();
  }
});

const within = (value, most) => Math.min(Math.max(value, 0), most);
