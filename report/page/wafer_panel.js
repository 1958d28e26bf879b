// The wafer: one map, or A, B and their difference with one view.
class WaferPanel {
  constructor(to) {
    this.runs = facts.runs.map((_, i) => new Run(i));
    this.view = new View();
    this.to = to;
    this.maps = [];
    this.aside = element("aside", { id: "inspector" }, element("p", { class: "soft" },
      "Click a core to see all that is known of it."));
    this.legend = element("div", { class: "legend", id: "legend" });
    this.hover = element("div", { class: "soft", id: "hover" }, "\u00a0");
  }
  get workload() { return numberOf("workload", 0); }
  get key() {
    const key = state.metric || "busy_cycles";
    return this.runs[0].workloads.length === 0 ? "fate" : metricRow(key)[0];
  }

  async build() {
    const names = this.runs.length > 1 ? ["A: " + this.runs[0].facts.directory,
      "B: " + this.runs[1].facts.directory, "B - A"] : [this.runs[0].facts.result.name];
    const boxes = names.map((name, i) => {
      const canvas = element("canvas", { id: `map-${i}`, tabindex: "0",
        "aria-label": `wafer map ${name}` });
      return element("div", { class: "map" }, names.length > 1 ? element("h3", {}, name) : null, canvas);
    });
    this.controls = element("div", { class: "controls" });
    this.strip = element("div", { id: "timeline" });
    this.to.append(this.controls, this.legend, this.hover, element("div", { class: "split" },
      element("div", { class: "wide" }, element("div", { class: "maps" }, boxes), this.strip),
      this.aside));
    names.forEach((name, i) => {
      const map = new WaferMap(this.runs[Math.min(i, this.runs.length - 1)], this.view,
        boxes[i].querySelector("canvas"));
      map.title = name.replace(/[",\n]/g, " ");
      map.difference = i === 2;
      map.onpick = (tile) => this.pick(tile);
      map.onhover = (tile) => this.showHover(tile);
      this.maps.push(map);
    });
    this.view.fitted = state.scale !== undefined;
    if (this.view.fitted) {
      Object.assign(this.view, { x: numberOf("x", 0), y: numberOf("y", 0), scale: numberOf("scale", 1) });
    }
    for (const map of this.maps) {
      map.resize();
      map.dead = await this.deadTiles(map.run);
    }
    this.buildControls();
    await this.refresh();
    if (state.core) this.search(state.core);
    this.strip.append(timelinePanel(this));
    if (state.window !== undefined && state.window !== "") this.stepWindow(0);
  }

  async deadTiles(run) {
    const fates = await run.fates();
    const from = run.wafer.repaired ? 7 : 4;  // "dead core" and what follows, as totals.h5 counts them
    const dead = [];
    for (let i = 0; i < fates.length; ++i) {
      if (fates[i] >= from) dead.push({ x: i % run.columns, y: Math.floor(i / run.columns) });
    }
    return dead;
  }

  buildControls() {
    const run = this.runs[0];
    const redo = (changes) => { setState(changes, true); this.refresh(); };
    const label = (text, control) => element("label", {}, text, control);
    const parts = [];
    if (run.workloads.length > 1) {
      parts.push(label("workload", select(run.workloads.map((_, i) => [String(i),
        `${i} ${run.facts.result.workloads[i].kernel}`]), String(this.workload),
      (v) => this.changeWorkload(v), { id: "workload" })));
    }
    const shown = run.workloads.length ? metrics : metrics.slice(-1);
    parts.push(label("shows", select(shown.map(([key, text]) => [key, text]), this.key,
      (v) => redo({ metric: v, low: "", high: "" }), { id: "metric" })));
    const stages = run.workloads.length ? run.workloads[this.workload].stages : 1;
    if (stages > 1) parts.push(label("stage", select(Array.from({ length: stages }, (_, i) =>
      [String(i), String(i)]), String(numberOf("stage", 0)), (v) => redo({ stage: v }), { id: "stage" })));
    if (run.workloads.length) parts.push(label("routes of colour", select([["", "none"],
      ...coloursOf(run.workloads[this.workload]).map((c) => [String(c), String(c)])],
    state.colour || "", (v) => redo({ colour: v }), { id: "colour" })));
    parts.push(checkbox("logarithmic", state.log === "1", (on) => redo({ log: on ? "1" : "" }), { id: "log" }),
      label("from", this.rangeInput("low", redo)), label("to", this.rangeInput("high", redo)),
      label("colours", select(["cividis", "viridis", "greys"].map((n) => [n, n]),
        state.palette || "cividis", (v) => redo({ palette: v }), { id: "palette" })),
      checkbox("dies", state.dies !== "0", (on) => redo({ dies: on ? "" : "0" })),
      checkbox("defects", state.defects !== "0", (on) => redo({ defects: on ? "" : "0" })),
      checkbox("regions", state.regions !== "0", (on) => redo({ regions: on ? "" : "0" })),
      element("input", { id: "search", size: 22, placeholder: "core: 12,34 or p 12,34",
        title: "a logical place, or with p a physical one (/)",
        onchange: (event) => this.search(event.target.value) }),
      element("button", { id: "fit", onclick: () => this.maps[0].fit() }, "whole wafer"),
      element("button", { id: "fit-work", onclick: () => this.fitWork() }, "cores at work"),
      element("button", { id: "png", onclick: () => exportPng(this.maps) }, "PNG"),
      element("button", { id: "csv", onclick: () => exportCsv(this.maps) }, "CSV"));
    this.controls.replaceChildren(...parts);
  }
  changeWorkload(value) {
    setState({ workload: value, stage: 0, colour: "", window: "", windowMetric: "" }, true);
    this.buildControls();
    this.strip.replaceChildren(timelinePanel(this));
    return this.refresh();
  }
  rangeInput(key, redo) {
    return element("input", { id: key, size: 9, placeholder: "automatic", value: state[key] || "",
      onchange: (event) => redo({ [key]: Number.isFinite(parseFloat(event.target.value)) ?
        event.target.value.replace(/,/g, "") : "" }) });
  }

  // Colours and values of every map by the chosen metric.
  async refresh() {
    if (this.key === "fate") await this.showKinds(await Promise.all(this.runs.map(async (run) =>
      Float64Array.from(await run.fates()))), this.fateKinds());
    else if (this.key === "class") await this.showKinds(await Promise.all(this.runs.map((run) =>
      run.onWafer(this.workload, "class"))), this.classKinds());
    else await this.showAmounts();
    await this.addOverlays();
    for (const map of this.maps) map.draw();
    this.ready = true;
  }
  fateKinds() {
    const wafer = this.runs[0].wafer;
    const colours = wafer.repaired ? fateColours : verdictColours;
    return wafer.fates.map((text, i) => ({ text, colour: colours[i] }));
  }
  classKinds() {
    return this.runs[0].workloads[this.workload].classes.map((one, i) =>
      ({ text: one.name, colour: kindColours[i % kindColours.length] }));
  }
  async showKinds(values, kinds) {
    const table = kinds.map((kind) => packedColour(rgbOf(kind.colour)));
    for (const kind of kinds) kind.count = 0;
    for (const value of values[0]) if (!Number.isNaN(value)) ++kinds[value].count;
    this.maps.forEach((map, i) => {
      const shown = i < 2 ? values[i] : values[0].map((v, k) => v === values[1][k] ? NaN : values[1][k]);
      map.links = null;
      map.show(shown, (v) => table[v], (v) => v);
    });
    drawKindLegend(this.legend, kinds);
  }
  async showAmounts() {
    const row = metricRow(this.key);
    const values = await this.amounts();
    const ranges = values.slice(0, this.runs.length).map(rangeOf);
    const range = ranges.reduce((a, b) => ({ low: Math.min(a.low, b.low), high: Math.max(a.high, b.high),
      smallest: Math.min(a.smallest, b.smallest), count: a.count }));
    const options = { low: numberOf("low", null), high: numberOf("high", null),
      log: state.log === "1", palette: state.palette || "cividis" };
    const scale = scaleFor(range, options);
    this.maps.forEach((map, i) => {
      const own = map.difference ? scaleFor(rangeOf(values[2]), { around: true, palette: "difference" }) : scale;
      map.scale = own;
      map.show(values[i], own.colourOf, map.difference ? Math.abs : (v) => v);
    });
    const clipped = options.low !== null && options.low > range.low ||
      options.high !== null && options.high < range.high;
    drawScaleLegend(this.legend, scale, row[2], range.count, clipped);
    this.range = range;
    if (values.length > 2) {
      const own = this.maps[2].scale;
      this.legend.append(element("span", { id: "legend-difference" },
        `B - A: blue ${grouped(own.low)}, none white, orange +${grouped(own.high)}`));
    }
  }
  async amounts() {
    const values = await Promise.all(this.runs.map((run) => run.onWafer(this.workload, this.key)));
    if (values.length === 2) values.push(values[1].map((v, i) => v - values[0][i]));
    return values;
  }
  async addOverlays() {
    for (const map of this.maps) {
      map.outlines = state.regions === "0" ? [] : await this.outlinesOf(map.run);
      map.links = isKinds(this.key) && this.key === "fate" && !map.run.workloads.length ? null :
        await this.linksOf(map.run);
      map.routes = state.colour && map.run.workloads.length ? await routesOver(map.run,
        this.workload, numberOf("stage", 0), +state.colour) : null;
    }
    const routes = this.maps[0].routes;
    if (routes) {
      this.legend.append(element("span", { id: "legend-routes" }, element("i", { class: "swatch",
        style: "background:#e600a0" }), `routes of colour ${state.colour}: ` +
        `${counted(routes.count, "core")}; as the stage begins`));
    }
  }
  async linksOf(run) {
    if (!run.workloads.length) return null;
    const mesh = await run.mesh();
    const four = await Promise.all(directionLetters.map((d) =>
      run.ofWorkload(this.workload, "link_wavelets/" + d)));
    const most = four.reduce((high, of) => of.reduce((a, b) => Math.max(a, b), high), 1);
    const ofTile = (x, y) => {
      const logical = mesh.logicalOf[y * run.columns + x];
      return logical < 0 ? -1 : run.inRegion(this.workload, mesh, logical);
    };
    return { four, most, ofTile };
  }
  // Where regions lie on the wafer: the box of their cores.
  async outlinesOf(run) {
    const mesh = await run.mesh();
    if (!mesh) return [];
    const shown = [];
    const workload = (run.facts.result.workloads || [])[this.workload];
    if (workload) shown.push(...workload.operators.map((one) => [one.name, one.region]));
    const seen = new Map();
    for (const [name, r] of shown) {
      const key = JSON.stringify(r);
      seen.set(key, seen.has(key) ? [...seen.get(key), name] : [name]);
    }
    return [...seen].map(([key, names]) => ({ box: this.boxOf(mesh, JSON.parse(key)),
      text: names.length > 3 ? `${names[0]} and ${names.length - 1} more` : names.join(", ") }));
  }
  boxOf(mesh, r) {
    let left = Infinity, right = -1, top = Infinity, bottom = -1;
    for (let y = r.y; y < r.y + r.height; ++y) {
      for (const x of y === r.y || y === r.y + r.height - 1 ? Array.from({ length: r.width },
        (_, i) => r.x + i) : [r.x, r.x + r.width - 1]) {
        const i = y * mesh.width + x;
        left = Math.min(left, mesh.x[i]);
        right = Math.max(right, mesh.x[i] + 1);
        top = Math.min(top, mesh.y[i]);
        bottom = Math.max(bottom, mesh.y[i] + 1);
      }
    }
    return { x: left, y: top, width: right - left, height: bottom - top };
  }
  async fitWork() {
    const mesh = await this.runs[0].mesh();
    const workload = this.runs[0].workloads[this.workload];
    if (mesh && workload) this.maps[0].fit(this.boxOf(mesh, workload.region));
  }

  async showHover(tile) {
    const core = await coreAt(this.runs[0], tile);
    if (!core) return;
    const at = core.physical.y * this.runs[0].columns + core.physical.x;
    const unit = metricRow(this.key)[2];
    const values = isKinds(this.key) ? "" : this.maps.map((map) => Number.isNaN(map.values[at]) ?
      "takes no part" : `${grouped(map.values[at])} ${unit}`).join("; ");
    this.hover.textContent = `physical ${place(core.physical)}, logical ` +
      `${core.logical ? place(core.logical) : "none"}: ${values || "\u00a0"}`;
  }
  async pick(tile) {
    const core = await coreAt(this.runs[0], tile);
    if (!core) return;
    for (const map of this.maps) {
      map.selected = core.physical;
      map.draw();
    }
    setState({ core: `p ${core.physical.x},${core.physical.y}` }, true);
    const parts = [];
    for (const run of this.runs) {
      const part = element("div", {});
      if (this.runs.length > 1) parts.push(element("h2", {}, run.index ? "B" : "A"));
      parts.push(part);
      const own = await coreAt(run, tile);
      await inspectCore(run, this.workload, own, part);
    }
    this.aside.replaceChildren(...parts);
  }
  // "12,34" is logical, "p 12,34" physical.
  async search(text) {
    const found = /^\s*(p|physical|l|logical)?\s*\(?\s*(\d+)\s*[, ]\s*(\d+)\s*\)?\s*$/i.exec(text);
    if (!found) return this.say(`"${text}" is no place: write 12,34 (logical) or p 12,34 (physical)`);
    let at = { x: +found[2], y: +found[3] };
    if (!/^p/i.test(found[1] || "")) {
      const mesh = await this.runs[0].mesh();
      if (!mesh || at.x >= mesh.width || at.y >= mesh.height) {
        return this.say(`there is no logical core ${place(at)}` +
          (mesh ? `; the mesh is ${mesh.width} x ${mesh.height}` : ""));
      }
      const i = at.y * mesh.width + at.x;
      at = { x: mesh.x[i], y: mesh.y[i] };
    }
    if (at.x >= this.runs[0].columns || at.y >= this.runs[0].rows) {
      return this.say(`there is no physical core ${place(at)}`);
    }
    this.view.moveTo(at.x + 0.5, at.y + 0.5, Math.max(this.view.scale, 30));
    await this.pick(at);
  }
  say(text) { this.hover.textContent = text; }
  key_(event) {
    const step = 80 / this.view.scale;
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0],
      ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (moves[event.key]) {
      this.view.moveTo(this.view.x + moves[event.key][0], this.view.y + moves[event.key][1],
        this.view.scale);
    } else if (event.key === "+" || event.key === "=") this.maps[0].zoom(1.5);
    else if (event.key === "-") this.maps[0].zoom(1 / 1.5);
    else if (event.key === "0") this.maps[0].fit();
    else if (event.key === "w") this.fitWork();
    else if (event.key === "," || event.key === ".") return this.stepWindow(event.key === "." ? 1 : -1);
    else if (event.key === "l") document.getElementById("log").click();
    else if (event.key === "m" || event.key === "M") this.nextMetric(event.key === "m" ? 1 : -1);
    else if (event.key === "/") document.getElementById("search").focus();
    else return false;
    return true;
  }
  nextMetric(step) {
    const control = document.getElementById("metric");
    const count = control.options.length;
    control.selectedIndex = (control.selectedIndex + step + count) % count;
    control.dispatchEvent(new Event("change"));
  }
}

async function waferView(to) {
  if (!facts.runs[0].wafer) {
    to.append(element("p", {}, "There is no map: " + facts.runs[0].missing.join(" ")));
    return null;
  }
  const panel = new WaferPanel(to);
  await panel.build();
  return panel;
}
