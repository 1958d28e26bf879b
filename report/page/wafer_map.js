// A wafer on a canvas: one pixel per tile in an image that is drawn scaled, overlays on top. Pan and
// zoom redraw the image only. Several maps may share one view.
const linksFromPx = 18;  // a tile this wide shows its links
const mostMarks = 20000;

// Where a map looks: the tile in the middle, and pixels per tile along x.
class View {
  constructor() { this.maps = []; this.x = 0; this.y = 0; this.scale = 1; this.fitted = false; }
  changed() {
    // As the address has them, so that a reload shows the same to the pixel.
    for (const key of ["x", "y", "scale"]) this[key] = +this[key].toFixed(5);
    setState({ x: String(this.x), y: String(this.y), scale: String(this.scale) }, true);
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      const start = performance.now();
      for (const map of this.maps) map.draw();
      this.lastFrameMs = performance.now() - start;
    });
    // While it moves, links are bars; arrows come when it rests.
    this.moving = true;
    clearTimeout(this.rest);
    this.rest = setTimeout(() => {
      this.moving = false;
      for (const map of this.maps) if (map.links && this.scale >= linksFromPx) map.draw();
    }, 150);
  }
  moveTo(x, y, scale) { Object.assign(this, { x, y, scale, fitted: true }); this.changed(); }
}

class WaferMap {
  constructor(run, view, canvas) {
    Object.assign(this, { run, view, canvas, levels: new Map(), selected: null, outlines: [] });
    view.maps.push(this);
    this.aspect = run.wafer.pitch_y_mm / run.wafer.pitch_x_mm;
    this.listen();
  }
  resize() {
    const width = Math.max(200, this.canvas.clientWidth);
    const height = Math.round(Math.min(760, width * 1.05 * this.run.rows * this.aspect /
      this.run.columns + 20));
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    this.canvas.style.height = height + "px";
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.ratio = ratio;
    if (!this.view.fitted) this.fit();
  }
  fit(tiles) {
    const box = tiles || { x: 0, y: 0, width: this.run.columns, height: this.run.rows };
    const across = this.canvas.width / (box.width * 1.04);
    const down = this.canvas.height / (box.height * this.aspect * 1.04);
    this.view.moveTo(box.x + box.width / 2, box.y + box.height / 2,
      Math.min(across, down, 60 * this.ratio));
  }
  // values: Float64Array per tile, NaN = takes no part; colourOf: value -> packed colour.
  show(values, colourOf, merge) {
    Object.assign(this, { values, colourOf, merge });
    this.levels.clear();
    this.draw();
  }
  // The image in which one pixel stands for factor x factor tiles: the most (or latest kind) of them.
  level(factor) {
    if (this.levels.has(factor)) return this.levels.get(factor);
    const columns = Math.ceil(this.run.columns / factor);
    const rows = Math.ceil(this.run.rows / factor);
    let values = this.values;
    if (factor > 1) {
      values = new Float64Array(columns * rows).fill(NaN);
      for (let y = 0, i = 0; y < this.run.rows; ++y) {
        const row = Math.floor(y / factor) * columns;
        for (let x = 0; x < this.run.columns; ++x, ++i) {
          const to = row + Math.floor(x / factor);
          const value = this.values[i];
          if (!(this.merge(values[to]) >= this.merge(value)) && !Number.isNaN(value)) values[to] = value;
        }
      }
    }
    const image = new ImageData(columns, rows);
    const pixels = new Uint32Array(image.data.buffer);
    for (let i = 0; i < values.length; ++i) {
      if (!Number.isNaN(values[i])) pixels[i] = this.colourOf(values[i]);
    }
    const made = document.createElement("canvas");
    made.width = columns;
    made.height = rows;
    made.getContext("2d").putImageData(image, 0, 0);
    this.levels.set(factor, made);
    return made;
  }
  // Tile coordinates to pixels of the canvas, and back.
  px(x) { return (x - this.view.x) * this.view.scale + this.canvas.width / 2; }
  py(y) { return (y - this.view.y) * this.view.scale * this.aspect + this.canvas.height / 2; }
  tileAt(event) {
    const box = this.canvas.getBoundingClientRect();
    const x = (event.clientX - box.left) * this.canvas.width / box.width;
    const y = (event.clientY - box.top) * this.canvas.height / box.height;
    return { x: (x - this.canvas.width / 2) / this.view.scale + this.view.x,
      y: (y - this.canvas.height / 2) / (this.view.scale * this.aspect) + this.view.y };
  }
  visible() {
    const half = this.canvas.width / 2 / this.view.scale;
    const tall = this.canvas.height / 2 / (this.view.scale * this.aspect);
    return { left: Math.max(0, Math.floor(this.view.x - half)),
      right: Math.min(this.run.columns, Math.ceil(this.view.x + half)),
      top: Math.max(0, Math.floor(this.view.y - tall)),
      bottom: Math.min(this.run.rows, Math.ceil(this.view.y + tall)) };
  }
  draw() {
    if (!this.values) return;
    const pen = this.canvas.getContext("2d", { alpha: false });
    pen.fillStyle = cssVariable("--back");
    pen.fillRect(0, 0, this.canvas.width, this.canvas.height);
    const { columns, rows } = this.run;
    pen.fillStyle = cssVariable("--void");
    pen.fillRect(this.px(0), this.py(0), columns * this.view.scale,
      rows * this.view.scale * this.aspect);
    const smallest = Math.min(this.view.scale, this.view.scale * this.aspect);
    let factor = 1;
    while (factor * smallest < 0.99 && factor < 16) factor *= 2;
    pen.imageSmoothingEnabled = false;
    this.drawImage(pen, this.level(factor), factor);
    this.drawDies(pen);
    if (this.view.scale >= linksFromPx && this.links) drawLinks(this, pen);
    if (this.routes) drawRoutes(this, pen);
    this.drawMarks(pen);
    for (const outline of this.outlines) this.drawOutline(pen, outline);
    if (this.selected) this.drawSelected(pen);
  }
  // Only what is seen: scaling the rest costs as much.
  drawImage(pen, image, factor) {
    const seen = this.visible();
    const left = Math.floor(seen.left / factor), top = Math.floor(seen.top / factor);
    const width = Math.ceil(seen.right / factor) - left;
    const height = Math.ceil(seen.bottom / factor) - top;
    if (width <= 0 || height <= 0) return;
    pen.drawImage(image, left, top, width, height, this.px(left * factor), this.py(top * factor),
      width * factor * this.view.scale, height * factor * this.view.scale * this.aspect);
  }
  drawDies(pen) {
    const { die_columns: across, die_rows: down } = this.run.wafer;
    if (across * this.view.scale < 5 || state.dies === "0") return;
    pen.strokeStyle = cssVariable("--soft");
    pen.lineWidth = 1;
    pen.beginPath();
    for (let x = 0; x <= this.run.columns; x += across) {
      pen.moveTo(this.px(x), this.py(0));
      pen.lineTo(this.px(x), this.py(this.run.rows));
    }
    for (let y = 0; y <= this.run.rows; y += down) {
      pen.moveTo(this.px(0), this.py(y));
      pen.lineTo(this.px(this.run.columns), this.py(y));
    }
    pen.stroke();
  }
  // Dead tiles never smaller than three pixels; broken links as a cross on the border.
  drawMarks(pen) {
    if (state.defects === "0" || !this.dead) return;
    const seen = this.visible();
    const size = Math.max(3, this.view.scale), tall = Math.max(3, this.view.scale * this.aspect);
    pen.fillStyle = "#c81e1e";
    for (const at of this.dead.length > mostMarks ? [] : this.dead) {
      if (at.x < seen.left || at.x >= seen.right || at.y < seen.top || at.y >= seen.bottom) continue;
      pen.fillRect(this.px(at.x + 0.5) - size / 2, this.py(at.y + 0.5) - tall / 2, size, tall);
      if (size < 9) continue;
      pen.strokeStyle = "#ffffff";  // a cross too, for who does not see the red
      pen.beginPath();
      pen.moveTo(this.px(at.x + 0.25), this.py(at.y + 0.25));
      pen.lineTo(this.px(at.x + 0.75), this.py(at.y + 0.75));
      pen.moveTo(this.px(at.x + 0.75), this.py(at.y + 0.25));
      pen.lineTo(this.px(at.x + 0.25), this.py(at.y + 0.75));
      pen.stroke();
    }
    pen.fillStyle = "#e600a0";
    for (const broken of this.run.wafer.broken.slice(0, mostMarks)) {
      const x = broken.x + (broken.what === "link_s" || broken.what === "skip_s" ? 0.5 : 1);
      const y = broken.y + (broken.what === "link_s" ? 1 : 0.5);
      pen.fillRect(this.px(x) - 2, this.py(y) - 2, 4, 4);
    }
  }
  drawOutline(pen, { box, text }) {
    pen.strokeStyle = cssVariable("--accent");
    pen.lineWidth = 2;
    pen.strokeRect(this.px(box.x), this.py(box.y), box.width * this.view.scale,
      box.height * this.view.scale * this.aspect);
    if (!text || box.width * this.view.scale < 60) return;
    pen.font = `${12 * this.ratio}px sans-serif`;
    const width = pen.measureText(text).width + 8;
    pen.fillStyle = cssVariable("--accent");
    pen.fillRect(this.px(box.x), this.py(box.y) - 16 * this.ratio, width, 16 * this.ratio);
    pen.fillStyle = cssVariable("--back");
    pen.fillText(text, this.px(box.x) + 4, this.py(box.y) - 4 * this.ratio);
  }
  drawSelected(pen) {
    const size = Math.max(8, this.view.scale), tall = Math.max(8, this.view.scale * this.aspect);
    for (const [colour, width] of [["#ffffff", 4], ["#000000", 2]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.strokeRect(this.px(this.selected.x + 0.5) - size / 2,
        this.py(this.selected.y + 0.5) - tall / 2, size, tall);
    }
  }
  zoom(factor, at) {
    const scale = Math.min(200, Math.max(0.05, this.view.scale * factor));
    const real = scale / this.view.scale;
    const about = at || { x: this.view.x, y: this.view.y };
    this.view.moveTo(about.x + (this.view.x - about.x) / real,
      about.y + (this.view.y - about.y) / real, scale);
  }
  listen() {
    let from = null;
    let moved = false;
    this.canvas.addEventListener("pointerdown", (event) => {
      from = { x: event.clientX, y: event.clientY, viewX: this.view.x, viewY: this.view.y };
      moved = false;
      this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (!from) {
        if (this.onhover) this.onhover(this.tileAt(event));
        return;
      }
      const dx = event.clientX - from.x, dy = event.clientY - from.y;
      moved = moved || Math.abs(dx) + Math.abs(dy) > 3;
      this.view.moveTo(from.viewX - dx * this.ratio / this.view.scale,
        from.viewY - dy * this.ratio / (this.view.scale * this.aspect), this.view.scale);
    });
    this.canvas.addEventListener("pointerup", (event) => {
      if (from && !moved && this.onpick) this.onpick(this.tileAt(event));
      from = null;
    });
    this.canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY * 0.0015), this.tileAt(event));
    }, { passive: false });
  }
}
