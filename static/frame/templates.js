/* The page of templates: copy a placeholder, values of another deal, files and pages fetched with the ticket. */

const { control, request, load, toast, setBusy, texts, scheduleFit } = globalThis.paraph;

control("templates", (root) => {
  root.addEventListener("click", async (event) => {
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      try {
        await navigator.clipboard.writeText(copy.dataset.copy);
        copy.classList.add("is-copied");
        setTimeout(() => copy.classList.remove("is-copied"), 1200);
      } catch {
        const range = document.createRange();
        range.selectNodeContents(copy);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
      }
    }
    const button = event.target.closest("[data-download]");
    if (button) await download(button);
  });

  const deal = root.querySelector("[data-deal]");
  deal?.addEventListener("change", () => {
    load(document.getElementById("view"), deal.value ? `${deal.dataset.base}?deal=${deal.value}` : deal.dataset.base);
  });

  root.querySelectorAll("details").forEach((fold) => fold.addEventListener("toggle", scheduleFit));

  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      paint(target);
    }
  }, { rootMargin: "600px" });
  root.querySelectorAll("[data-src]").forEach((page) => {
    page.style.aspectRatio = `${page.dataset.width} / ${page.dataset.height}`;
    seen.observe(page);
  });
});

async function paint(page) {
  try {
    const picture = page.querySelector("img");
    picture.src = URL.createObjectURL(await (await request(page.dataset.src)).blob());
    await picture.decode();
    URL.revokeObjectURL(picture.src);
    picture.hidden = false;
  } catch (trouble) {
    toast(trouble.message || texts.offline, true);
  }
}

async function download(button) {
  setBusy(button, true);
  try {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await (await request(button.dataset.download)).blob());
    link.download = button.dataset.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  } catch (trouble) {
    toast(trouble.message, true);
  } finally {
    setBusy(button, false);
  }
}
