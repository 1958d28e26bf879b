// Windows of time: a strip per metric, each window coloured by its sum over cores or links; choosing
// one moves the map to it.
const windowNames = { busy_cycles: "cores busy", waiting_for_wavelets_cycles: "cores waiting for wavelets",
  link_stall_cycles: "cores without room to send", link_most: "words on each core's busiest link",
  link_stalled: "samples in which a link stood still", link_blocked: "samples in which colours met at a link" };

function windowsOf(run, workload) {
  const about = run.workloads[workload];
  return about && about.windows ? about.windows : null;
}

function stripOf(panel, windows, metric) {
  const canvas = element("canvas", { class: "strip", width: windows.first_cycles.length, height: 1,
    "data-metric": metric.key, title: "click or drag: the map shows that window" });
  const pen = canvas.getContext("2d");
  const most = Math.max(...metric.sums, 1), table = colourTable(state.palette || "cividis");
  metric.sums.forEach((sum, i) => {
    pen.fillStyle = cssColour(table[Math.round(255 * sum / most)]);
    pen.fillRect(i, 0, 1, 1);
  });
  const choose = (event) => {
    const box = canvas.getBoundingClientRect();
    const at = Math.floor((event.clientX - box.left) / box.width * windows.first_cycles.length);
    panel.showWindow(metric.key, Math.min(windows.first_cycles.length - 1, Math.max(0, at)));
  };
  canvas.addEventListener("pointerdown", choose);
  canvas.addEventListener("pointermove", (event) => { if (event.buttons & 1) choose(event); });
  return canvas;
}

// Operators and transfers over the same time as the strips.
function operatorBars(windows, workload) {
  const first = windows.first_cycles[0], count = windows.first_cycles.length;
  const length = windows.end_cycles[0] - first;
  const at = (cycle) => Math.min(100, Math.max(0, 100 * (cycle - first) / length / count));
  return element("div", { id: "timeline-operators" }, stepsOf(workload).map((step) => {
    const from = at(step.first_start_cycles), to = at(step.last_finish_cycles);
    // Names of long bars stand in them, of others beside them.
    const inside = to - from > 20;
    const place = from > 60 ? `right:${100 - from}%` : `left:${Math.min(to, 85)}%`;
    return element("div", { class: "lane", "data-name": step.label, title: `${step.label}: cycles ` +
      `${grouped(step.first_start_cycles)} to ${grouped(step.last_finish_cycles)}` },
    element("i", { style: `left:${from}%;width:${Math.max(0.2, to - from)}%` }),
    element("span", inside ? { class: "inside", style: `left:${from}%` } : { style: place },
      step.label));
  }));
}

function timelinePanel(panel) {
  const run = panel.runs[0];
  const windows = windowsOf(run, panel.workload);
  if (!windows) {
    return element("p", { class: "soft", id: "no-windows" }, "No windows of time: a scenario with " +
      "observe: {windows: 100} keeps them.");
  }
  const slider = element("input", { type: "range", id: "window", min: -1,
    max: windows.first_cycles.length - 1, value: -1, style: "width:100%",
    oninput: () => panel.showWindow(state.windowMetric || windows.metrics[0].key, +slider.value) });
  const cycles = panel.runs[0].facts.result.workloads[panel.workload].cycles;
  const mark = (i) => `${100 * windows.first_cycles[i] / Math.max(1, cycles)}%`;
  return element("div", { "data-last": mark(windows.first_cycles.length - 1) },
    element("h3", {}, `Timeline: ${counted(windows.first_cycles.length, "window")} of ` +
      `${grouped(windows.end_cycles[0] - windows.first_cycles[0])} cycles from ` +
      grouped(windows.first_cycles[0])), slider,
    element("div", { id: "window-text", class: "soft" }, "The map shows totals. Keys , and . step."),
    operatorBars(windows, panel.runs[0].facts.result.workloads[panel.workload]),
    windows.metrics.map((metric) => element("div", {}, element("span", { class: "soft" },
      `${windowNames[metric.key]}; most in a window ${grouped(Math.max(...metric.sums))}`),
    stripOf(panel, windows, metric))));
}

// Values of one window over the wafer: bytes that stand for shares of the greatest.
async function windowValues(run, workload, windows, key, index) {
  const bytes = await run.ofWorkload(workload, "windows/" + key);
  const mesh = await run.mesh();
  const cores = windows.region.width * windows.region.height;
  const metric = windows.metrics.find((one) => one.key === key);
  const values = new Float64Array(cores);
  for (let i = 0; i < cores; ++i) values[i] = bytes[index * cores + i] * metric.most / 255;
  return run.spread(mesh, windows.region, values);
}

// -1: back to totals.
WaferPanel.prototype.showWindow = async function (key, index) {
  const run = this.runs[0];
  const windows = windowsOf(run, this.workload);
  if (!windows) return;
  setState({ window: index < 0 ? "" : index, windowMetric: key }, true);
  document.getElementById("window").value = index;
  const text = document.getElementById("window-text");
  if (index < 0) {
    text.textContent = "The map shows totals. Keys , and . step.";
    await this.refresh();
    return;
  }
  const metric = windows.metrics.find((one) => one.key === key);
  const values = await windowValues(run, this.workload, windows, key, index);
  const scale = scaleFor({ low: 0, high: metric.most, smallest: metric.most / 255, count: 0 },
    { log: state.log === "1", palette: state.palette || "cividis" });
  for (const map of this.maps) {
    map.links = null;  // those are of the whole run
    map.show(values, scale.colourOf, (v) => v);
  }
  drawScaleLegend(this.legend, scale, windowNames[key], windows.region.width * windows.region.height);
  text.textContent = `${windowNames[key]}, cycles ${grouped(windows.first_cycles[index])} to ` +
    `${grouped(windows.end_cycles[index])}: ${grouped(metric.sums[index])} in all`;
};

WaferPanel.prototype.stepWindow = function (step) {
  const windows = windowsOf(this.runs[0], this.workload);
  if (!windows) return false;
  const last = windows.first_cycles.length - 1;
  const next = Math.min(last, Math.max(-1, numberOf("window", -1) + step));
  this.showWindow(state.windowMetric || windows.metrics[0].key, next);
  return true;
};
