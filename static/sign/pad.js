// Drawing a signature: strokes are vectors. A turned phone redraws them whole, at the new size.

export async function makePad(desk, canvas, onStroke) {
  await script(desk.pad);
  const pad = new globalThis.SignaturePad(canvas, { minWidth: 0.9, maxWidth: 2.9, penColor: "#15224d", throttle: 8 });
  let size = null;
  pad.addEventListener("endStroke", onStroke);

  function fit() {
    const box = canvas.getBoundingClientRect();
    if (!box.width || !box.height) return;
    if (size && Math.abs(size.w - box.width) < 1 && Math.abs(size.h - box.height) < 1) return;
    const groups = moved(pad.toData(), size, box);
    const density = Math.max(1, devicePixelRatio || 1);
    canvas.width = Math.round(box.width * density);
    canvas.height = Math.round(box.height * density);
    canvas.getContext("2d").scale(density, density);
    size = { w: box.width, h: box.height };
    pad.clear();
    pad.fromData(groups);
  }

  new ResizeObserver(fit).observe(canvas);
  fit();

  return {
    fit,
    isEmpty: () => pad.isEmpty(),
    clear: () => { pad.clear(); onStroke(); },
    undo: () => { pad.fromData(pad.toData().slice(0, -1)); onStroke(); },
    /** The drawing cut to its own box: {strokes in 0..1, aspect}. */
    read: () => cropped(pad.toData(), size),
    /** Draw what was kept from an earlier visit. */
    put: (image) => { fit(); pad.fromData(spread(image, size)); },
  };
}

function script(address) {
  if (globalThis.SignaturePad) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const node = document.createElement("script");
    Object.assign(node, { src: address, onload: resolve, onerror: reject });
    document.head.append(node);
  });
}

/** Groups drawn in `from` carried to `to`, in proportion and centred. */
function moved(groups, from, to) {
  if (!from || !groups.length) return groups;
  const scale = Math.min(to.width / from.w, to.height / from.h);
  const dx = (to.width - from.w * scale) / 2, dy = (to.height - from.h * scale) / 2;
  return groups.map((group) => ({
    ...group, points: group.points.map((p) => ({ ...p, x: p.x * scale + dx, y: p.y * scale + dy })),
  }));
}

function cropped(groups, size) {
  const points = groups.flatMap((group) => group.points);
  if (!points.length || !size) return null;
  let left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
  for (const { x, y } of points) {
    left = Math.min(left, x); right = Math.max(right, x);
    top = Math.min(top, y); bottom = Math.max(bottom, y);
  }
  const least = Math.min(size.w, size.h) / 5;
  const w = Math.max(right - left, least), h = Math.max(bottom - top, least);
  const x0 = (left + right - w) / 2, y0 = (top + bottom - h) / 2;
  const short = (n) => Math.round(Math.min(1, Math.max(0, n)) * 1e4) / 1e4;
  return {
    way: "drawn",
    strokes: groups.map((group) => group.points.map((p) => [short((p.x - x0) / w), short((p.y - y0) / h)])),
    aspect: Math.round((w / h) * 1e3) / 1e3,
  };
}

function spread({ strokes, aspect }, size) {
  const room = { w: size.w * 0.8, h: size.h * 0.6 };
  const w = Math.min(room.w, room.h * aspect), h = w / aspect;
  const dx = (size.w - w) / 2, dy = (size.h - h) / 2;
  return strokes.map((stroke) => ({
    penColor: "#15224d", dotSize: 0, minWidth: 0.9, maxWidth: 2.9, velocityFilterWeight: 0.7, compositeOperation: "source-over",
    points: stroke.map(([x, y], i) => ({ x: x * w + dx, y: y * h + dy, pressure: 0.5, time: i * 12 })),
  }));
}
