// Quiet pages: times in the reader's own zone; a page that waits looks again by itself.

const spoken = document.documentElement.lang;
const lang = spoken === "en" ? "en-GB" : spoken;
const form = new Intl.DateTimeFormat(lang, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
const here = form.resolvedOptions().timeZone;
for (const node of document.querySelectorAll("time[data-zone]")) if (node.dataset.zone !== here) node.textContent = form.format(new Date(node.dateTime));

const page = document.querySelector("[data-stage]");
const PAUSE_MS = { sealing: 1500, waiting: 20000, not_your_turn: 20000 };
let pause = PAUSE_MS[page?.dataset.stage];

async function look() {
  if (document.visibilityState === "visible") {
    try {
      const answer = await fetch(page.dataset.stateUrl, { headers: { Accept: "application/json" } });
      const { stage } = await answer.json();
      if (stage && stage !== page.dataset.stage) return location.reload();
    } catch { /* no connection: the next look will tell */ }
  }
  pause = Math.min(pause * 1.15, 60000);
  return setTimeout(look, pause);
}
if (pause) setTimeout(look, pause);
