/* The bar with the main button stays in view. A frame in Bitrix24 is as tall as its content and scrolls with the page
   around it, so "position: sticky" has nothing to stick to: the observer tells which slice of the frame is on the
   screen, even from another site, and the bar is moved to the lower edge of that slice. */

const STEPS = 240;
const thresholds = Array.from({ length: STEPS + 1 }, (_, index) => index / STEPS);
const app = document.getElementById("app");
const seen = { bottom: Infinity };
const hand = { isDown: false };

/* Never under a pressed pointer: a click that begins on a button and ends on the bar would be lost. */
function place() {
  if (hand.isDown) return;
  for (const bar of document.querySelectorAll(".bar")) {
    // What the style says now, even half-way through a movement: the bar's own place is the box without it.
    const moved = new DOMMatrixReadOnly(getComputedStyle(bar).transform).m42;
    const box = bar.getBoundingClientRect();
    const top = bar.parentElement.getBoundingClientRect().top;
    const lift = Math.max(0, Math.min(box.bottom - moved - seen.bottom, box.top - moved - top));
    const by = lift < 4 ? 0 : -Math.round(lift);
    bar.classList.toggle("is-docked", by !== 0);
    bar.style.transform = by ? `translateY(${by}px)` : "";
  }
}

const watcher = new IntersectionObserver((entries) => {
  const last = entries.at(-1);
  if (last.intersectionRect.height) seen.bottom = last.intersectionRect.bottom;
  place();
}, { threshold: thresholds });

/* A frame that grows may show more without passing a threshold; watching anew always tells the slice as it is. */
function look() {
  watcher.unobserve(app);
  watcher.observe(app);
}

look();
new ResizeObserver(look).observe(app);
window.addEventListener("resize", look);
window.addEventListener("scroll", place, { passive: true });
window.addEventListener("pointerdown", () => { hand.isDown = true; }, { capture: true });
for (const name of ["pointerup", "pointercancel", "dragend"]) window.addEventListener(name, release, { capture: true });
window.addEventListener("blur", release);

function release() {
  hand.isDown = false;
  setTimeout(place);
}
