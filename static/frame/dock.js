/* The bar with the main button stays in view. A frame in Bitrix24 is as tall as its content and scrolls with the page
   around it, so "position: sticky" has nothing to stick to: observers tell which slice of the frame is on the screen,
   even from another site, and the bar is moved to the lower edge of that slice.

   One observer on the whole page would not do: while a tall page scrolls, the share of it that shows stays the same,
   and nothing is told. So a ruler lies along the page, and each of its marks tells when it comes and goes. */

const MARK_PX = 60;
const STEPS = 15;
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

const ruler = document.createElement("div");
ruler.className = "ruler";
ruler.setAttribute("aria-hidden", "true");
app.before(ruler);
const shown = new Set();

const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) entry.isIntersecting ? shown.add(entry.target) : shown.delete(entry.target);
  // The highest mark that shows begins the slice and the lowest ends it; each tells anew when its own share changes.
  for (const { target, intersectionRect, boundingClientRect } of entries) {
    target.seenFrom = intersectionRect.top - boundingClientRect.top;
    target.seenTo = intersectionRect.bottom - boundingClientRect.top;
  }
  measure();
}, { threshold: thresholds });

function measure() {
  if (!shown.size) return;
  const marks = [...shown].map((mark) => ({ mark, top: mark.getBoundingClientRect().top }));
  const top = Math.min(...marks.map((one) => one.top + one.mark.seenFrom));
  seen.bottom = Math.max(...marks.map((one) => one.top + one.mark.seenTo));
  // What lies over the page (dialogs, short notices) keeps to the slice as well.
  const style = document.documentElement.style;
  style.setProperty("--seen-top", `${Math.max(0, Math.round(top))}px`);
  style.setProperty("--seen-end", `${Math.max(0, Math.round(window.innerHeight - seen.bottom))}px`);
  style.setProperty("--seen-height", `${Math.round(seen.bottom - top)}px`);
  place();
}

/* As many marks as the page or its window is tall. */
function look() {
  const height = Math.max(app.getBoundingClientRect().height, window.innerHeight);
  const wanted = Math.ceil(height / MARK_PX);
  ruler.style.height = `${height}px`;
  while (ruler.children.length < wanted) ruler.append(document.createElement("i"));
  for (const mark of [...ruler.children].slice(wanted)) {
    shown.delete(mark);
    mark.remove();
  }
  // Watching anew tells each mark as it is now, also when no threshold was passed.
  watcher.disconnect();
  for (const mark of ruler.children) watcher.observe(mark);
}

look();
new ResizeObserver(look).observe(app);
window.addEventListener("resize", look);
window.addEventListener("scroll", measure, { passive: true });
window.addEventListener("pointerdown", () => { hand.isDown = true; }, { capture: true });
for (const name of ["pointerup", "pointercancel", "dragend"]) window.addEventListener(name, release, { capture: true });
window.addEventListener("blur", release);

function release() {
  hand.isDown = false;
  setTimeout(place);
}
