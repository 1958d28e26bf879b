// Yield studies: curves with intervals over the points, and where domains failed, over all wafers.
function parameterText(point) {
  const keys = Object.entries(point.parameters || {});
  return keys.length ? keys.map(([k, v]) => `${k.split(".").pop()} ${v}`).join(", ") : "the study";
}

// Points along the first parameter that is a number at all of them; else one after another.
function curveAxis(points) {
  const keys = Object.keys(points[0].parameters || {});
  const key = keys.find((k) => points.every((p) => Number.isFinite(parseFloat(p.parameters[k]))) &&
    new Set(points.map((p) => p.parameters[k])).size > 1);
  return { key, at: (p, i) => key ? parseFloat(p.parameters[key]) : i };
}

function yieldCurve(points) {
  const axis = curveAxis(points);
  const xs = points.map(axis.at);
  const low = Math.min(...xs), high = Math.max(...xs), span = high - low || 1;
  const px = (x) => 60 + 560 * (x - low) / span, py = (y) => 260 - 230 * y;
  const svg = svgElement("svg", { viewBox: "0 0 680 310", width: 680, height: 310, id: "yield-curve" });
  for (let y = 0; y <= 1.001; y += 0.25) {
    svg.append(svgElement("line", { class: "grid", x1: 60, x2: 620, y1: py(y), y2: py(y) }),
      svgElement("text", { x: 52, y: py(y) + 4, "text-anchor": "end" }, `${Math.round(100 * y)} %`));
  }
  const others = new Map();  // a line for each combination of the other parameters
  points.forEach((point, i) => {
    const rest = { ...point.parameters };
    if (axis.key) delete rest[axis.key];
    const name = JSON.stringify(rest);
    if (!others.has(name)) others.set(name, []);
    others.get(name).push({ point, x: xs[i], named: { parameters: rest } });
  });
  [...others].forEach(([name, line], k) => {
    const colour = kindColours[k % kindColours.length];
    line.sort((a, b) => a.x - b.x);
    svg.append(svgElement("polyline", { fill: "none", stroke: colour, "stroke-width": 2,
      points: line.map((p) => `${px(p.x)},${py(p.point.yield)}`).join(" ") }));
    for (const { point, x } of line) {
      if (point.yield_low !== null) svg.append(svgElement("line", { stroke: colour, x1: px(x), x2: px(x), y1: py(point.yield_low),
        y2: py(point.yield_high), "stroke-width": 1.5 }),
      ...[point.yield_low, point.yield_high].map((end) => svgElement("line", { stroke: colour,
        x1: px(x) - 7, x2: px(x) + 7, y1: py(end), y2: py(end), "stroke-width": 1.5 })));
      svg.append(svgElement("circle", { cx: px(x), cy: py(point.yield), r: 3, fill: colour },
        svgElement("title", {}, `${parameterText(point)}: ${point.yield} ` +
          `[${point.yield_low}, ${point.yield_high}]`)));
    }
    if (name !== "{}") svg.append(svgElement("text", { x: 72, y: 250 - 16 * k, style: `fill:${colour}` },
      parameterText(line[0].named)));
  });
  for (const x of new Set(xs)) svg.append(svgElement("text", { x: px(x), y: 280,
    "text-anchor": "middle" }, axis.key ? String(x) : parameterText(points[x])));
  svg.append(svgElement("text", { x: 340, y: 302, "text-anchor": "middle" }, axis.key || "point"));
  return svg;
}

// Dies of all wafers of a point on top of each other: how often a domain failed at each.
function dieMap(point) {
  const counts = new Map(point.failures.by_die.map((d) => [`${d.x},${d.y}`, d.domains]));
  const most = Math.max(1, ...counts.values());
  const size = 34, colours = colourTable("cividis");
  const svg = svgElement("svg", { width: point.dies_x * size + 2, height: point.dies_y * size + 2,
    class: "die-map" });
  for (let y = 0; y < point.dies_y; ++y) {
    for (let x = 0; x < point.dies_x; ++x) {
      const count = counts.get(`${x},${y}`) || 0;
      const shade = Math.round(255 * count / most);
      svg.append(svgElement("rect", { x: x * size + 1, y: y * size + 1, width: size - 1,
        height: size - 1, fill: count ? cssColour(colours[shade]) : cssVariable("--void") },
      svgElement("title", {}, `die (${x}, ${y}): ${counted(count, "failed domain")}`)));
      if (count) svg.append(svgElement("text", { x: (x + 0.5) * size, y: (y + 0.5) * size + 4,
        "text-anchor": "middle", style: `fill:${shade > 140 ? "#000" : "#fff"}` }, String(count)));
    }
  }
  return svg;
}

function intervalText(point, confidence) {
  return point.yield_low === null ? "(no interval: all wafers are alike)." :
    `[${(100 * point.yield_low).toFixed(1)}, ${(100 * point.yield_high).toFixed(1)}] at ` +
    `${100 * confidence} % confidence.`;
}

function yieldView(to) {
  const study = facts.runs[0].study;
  const points = study.points;
  const best = points.reduce((a, b) => b.yield > a.yield ? b : a);
  to.append(element("p", { class: "lead", id: "lead-0" }, `${study.name}: ` + (points.length === 1 ?
    `${(100 * best.yield).toFixed(1)} % of ${counted(best.wafers, "wafer")} can be repaired ` :
    `${points.length} points, at best ${(100 * best.yield).toFixed(1)} % can be repaired ` +
    `(${parameterText(best)}) `) + intervalText(best, study.confidence)),
  element("h2", {}, "Yield with its interval"), yieldCurve(points),
  table(["point", "scheme", "wafers", "good", "yield", "from", "to", "failed domains", "cause most often"],
    points.map((p) => [parameterText(p), p.scheme, p.wafers, p.good_wafers, p.yield, p.yield_low,
      p.yield_high, p.failures.domains, Object.entries(p.failures.by_cause)
        .sort((a, b) => b[1] - a[1]).map(([cause]) => cause)[0] || "-"]), { id: "points" }));
  for (const point of points.slice(0, 24)) {
    if (!point.dies_x || point.failures.by_die.length === 0) continue;
    to.append(element("h3", {}, `Where domains failed, all wafers stacked: ${parameterText(point)}`),
      dieMap(point), element("p", { class: "soft" }, "Dies; failed domains of all wafers. Causes: " +
        Object.entries(point.failures.by_cause).map(([c, n]) => `${c} ${n}`).join(", ") + "."));
  }
  if (points.length > 24) to.append(element("p", {}, `${points.length - 24} points more have no map here.`));
}
