/* "Who signs for us": people in the order they are ticked, and a signature drawn with mouse, pen or finger. */

const { control } = globalThis.paraph;

control("company", (root) => {
  const list = root.querySelector("[data-signers]");
  list?.addEventListener("change", (event) => {
    const row = event.target.closest("li");
    if (!event.target.checked) return;
    const ticked = [...list.querySelectorAll("input:checked")].filter((one) => one !== event.target);
    const last = ticked.at(-1)?.closest("li");
    if (last) last.after(row);
    else list.prepend(row);
    event.target.focus();
  });
});

control("ours", (root) => {
  const canvas = root.querySelector("[data-pad]");
  if (!canvas) return;
  const form = canvas.closest("form");
  const file = form.elements.file;
  const pen = canvas.getContext("2d");
  Object.assign(pen, { lineWidth: 4, lineCap: "round", lineJoin: "round", strokeStyle: "#14213d" });
  let isDown = false;
  let isDrawn = false;

  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    isDown = isDrawn = true;
    canvas.setPointerCapture(event.pointerId);
    pen.beginPath();
    pen.moveTo(...at(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!isDown) return;
    pen.lineTo(...at(event));
    pen.stroke();
  });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { isDown = false; });
  root.querySelector("[data-clear]").addEventListener("click", () => {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    isDrawn = false;
  });

  /* The drawing travels as a file, as a chosen picture does. */
  globalThis.paraph.before.set("own-signature", async () => {
    if (!isDrawn || file.files.length) return;
    const picture = await new Promise((done) => { canvas.toBlob(done, "image/png"); });
    const carrier = new DataTransfer();
    carrier.items.add(new File([picture], "signature.png", { type: "image/png" }));
    file.files = carrier.files;
  });
  form.dataset.before = "own-signature";
});
