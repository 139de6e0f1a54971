/* The papers on the desk: each keeps its room from the start and gets its picture when it comes near. */

const { request, toast } = globalThis.paraph;

/* The desk is as tall as the screen allows, so that pages scroll inside it and the frame itself never does. */
function fitDesk(root) {
  const room = Math.max(globalThis.paraph.firstHeight, window.screen.availHeight * 0.7);
  const tall = Math.round(Math.min(Math.max(room - 222, 460), 980));
  root.querySelector(".desk").style.setProperty("--desk-height", `${tall}px`);
}

function reserve(page) {
  const blank = document.createElement("div");
  blank.className = "page-blank";
  blank.style.aspectRatio = `${page.dataset.width} / ${page.dataset.height}`;
  page.prepend(blank);
  const layer = document.createElement("div");
  layer.className = "layer";
  Object.assign(layer.style, { position: "absolute", left: 0, top: 0, width: "100%", aspectRatio: `${page.dataset.width} / ${page.dataset.height}` });
  page.append(layer);
}

function watch(pane, pages) {
  const near = new IntersectionObserver((entries) => {
    entries.filter((entry) => entry.isIntersecting).forEach((entry) => {
      near.unobserve(entry.target);
      paint(entry.target);
    });
  }, { root: pane, rootMargin: "900px 0px" });
  pages.forEach((page) => near.observe(page));
}

async function paint(page) {
  try {
    const blob = await (await request(page.dataset.src)).blob();
    const picture = page.querySelector("img");
    picture.src = URL.createObjectURL(blob);
    await picture.decode();
    URL.revokeObjectURL(picture.src);
    picture.hidden = false;
    page.querySelector(".page-blank")?.remove();
  } catch (trouble) {
    toast(trouble.message, true);
  }
}

globalThis.paraph.papers = { fitDesk, reserve, watch };
