/* The installer: asks for one step after another, shows each, and calls installFinish last. */

const { control, words, fill, getJson, bridge, scheduleFit } = globalThis.paraph;
const TICK = '<svg width="14" height="14" viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="m4.5 10.5 3.7 3.7 7.3-8"/></svg>';

control("install", (root) => {
  const said = words(root);
  const todo = root.querySelector("[data-todo]");
  const retry = root.querySelector("[data-retry]");
  const fault = root.querySelector(".fault");
  let total = 0;

  function line(text) {
    const item = document.createElement("li");
    const mark = document.createElement("span");
    mark.className = "todo-mark";
    mark.innerHTML = TICK;
    item.append(mark, ` ${text}`);
    todo.append(item);
    return item;
  }

  const waiting = () => [...todo.querySelectorAll("li:not(.is-done, .is-bad)")];

  function meter() {
    const done = total - waiting().length;
    const part = total ? Math.round((100 * done) / total) : 100;
    root.querySelector("[data-meter]").style.width = `${Math.max(part, 4)}%`;
    root.querySelector("[role=progressbar]").setAttribute("aria-valuenow", String(part));
  }

  async function run() {
    retry.hidden = true;
    fault.classList.remove("is-shown");
    try {
      [...todo.children].slice(1).forEach((item) => item.remove());
      const { labels } = await getJson("/placements/install/plan");
      labels.forEach(line);
      total = todo.children.length + 1;
      scheduleFit();
      await steps();
      await finish();
    } catch (trouble) {
      stop(trouble.message);
    }
  }

  async function steps() {
    for (;;) {
      const left = waiting();
      left[0]?.classList.add("is-now");
      left[0]?.scrollIntoView({ block: "nearest" });
      const made = await getJson("/placements/install/step", { method: "POST" });
      made.done.forEach((one, n) => tick(left[n], one.error));
      meter();
      if (!made.remaining) {
        waiting().forEach((item) => item.classList.add("is-done"));
        meter();
        return;
      }
    }
  }

  function tick(item, error) {
    item?.classList.remove("is-now");
    item?.classList.add(error ? "is-bad" : "is-done");
    if (error) tell(fill(said.why, { code: error }));
  }

  /* Until this call widgets and events are off, so it comes last; a second opening is not in install mode. */
  async function finish() {
    const item = line(said.finish);
    item.classList.add("is-now");
    const b24 = await bridge;
    if (b24?.isInstallMode) {
      root.querySelector("[data-finished]").hidden = false;
      item.classList.replace("is-now", "is-done");
      meter();
      await b24.installFinish();
      return;
    }
    item.classList.replace("is-now", "is-done");
    root.querySelector("[data-finished]").hidden = false;
    meter();
  }

  /* A part that this portal's plan does not have never stops the rest. */
  function tell(message) {
    fault.textContent = message;
    fault.classList.add("is-shown");
    scheduleFit();
  }

  function stop(message) {
    todo.querySelector(".is-now")?.classList.replace("is-now", "is-bad");
    tell(message);
    retry.hidden = false;
  }

  retry.addEventListener("click", run);
  run();
});
