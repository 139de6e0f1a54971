// The words of each page, laid unseen over its picture when it comes near, so that they can be selected and read aloud.

export function layWords(desk) {
  const watcher = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      watcher.unobserve(target);
      lay(target).catch(() => { /* the pictures and "read as text" stay */ });
    }
  }, { rootMargin: "300px" });
  document.querySelectorAll(".sheet__paper[data-words]").forEach((paper) => watcher.observe(paper));

  async function lay(paper) {
    const answer = await fetch(paper.dataset.words);
    if (!answer.ok) return;
    const layer = document.createElement("div");
    layer.className = "words";
    const words = await answer.json();
    layer.append(...words.map(([text, x, y]) => place(text, x, y)));
    paper.insertBefore(layer, paper.querySelector(".spot"));
    const fit = () => stretch(layer, words, paper.getBoundingClientRect());
    new ResizeObserver(fit).observe(paper);
    paper.querySelector("img").alt = "";
  }
}

function place(text, x, y) {
  const span = document.createElement("span");
  span.textContent = `${text} `;
  span.style.left = `${x * 100}%`;
  span.style.top = `${y * 100}%`;
  return span;
}

/** Give each word the height and width it has on the page. */
function stretch(layer, words, { width, height }) {
  const spans = [...layer.children];
  spans.forEach((span, i) => {
    span.style.transform = "none";
    span.style.fontSize = `${words[i][4] * height * 0.82}px`;
  });
  const natural = spans.map((span) => span.offsetWidth);
  spans.forEach((span, i) => {
    const space = words[i][4] * height * 0.82 * 0.26;
    if (natural[i] > space) span.style.transform = `scaleX(${(words[i][3] * width) / (natural[i] - space)})`;
  });
}
