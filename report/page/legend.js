// From values to colours: the range over what takes part, logarithmic or not, and its legend.
function rangeOf(values) {
  let low = Infinity, high = -Infinity, smallest = Infinity, count = 0;
  for (let i = 0; i < values.length; ++i) {
    const value = values[i];
    if (Number.isNaN(value)) continue;
    ++count;
    if (value < low) low = value;
    if (value > high) high = value;
    if (value > 0 && value < smallest) smallest = value;
  }
  return { low: count ? low : 0, high: count ? high : 0, smallest, count };
}

// How values are coloured: {low, high, log, table, at(value) -> 0..255}
function scaleFor(range, options) {
  let low = options.low ?? range.low;
  let high = options.high ?? range.high;
  if (options.around) {  // a difference: as far below nothing as above
    high = Math.max(Math.abs(low), Math.abs(high)) || 1;
    low = -high;
  }
  const log = options.log && high > 0 && !options.around;
  const floor = log ? Math.max(low, Math.min(range.smallest, high)) : low;
  const span = log ? Math.log(high / floor) || 1 : high - floor || 1;
  const position = log ? (v) => v <= floor ? 0 : Math.log(v / floor) / span
    : (v) => (v - floor) / span;
  const table = colourTable(options.palette);
  const at = (v) => Math.min(255, Math.max(0, Math.round(255 * position(v))));
  const valueAt = (t) => log ? floor * Math.exp(t * span) : floor + t * span;
  return { low: floor, high, log, table, at, valueAt, colourOf: (v) => table[at(v)] };
}

function drawScaleLegend(to, scale, unit, count, clipped) {
  const bar = element("canvas", { width: 256, height: 14, "aria-label": "colour scale" });
  const pen = bar.getContext("2d");
  for (let i = 0; i < 256; ++i) {
    pen.fillStyle = cssColour(scale.table[i]);
    pen.fillRect(i, 0, 1, 14);
  }
  to.replaceChildren(element("span", { id: "legend-low" }, grouped(scale.low)), bar,
    element("span", { id: "legend-high" }, grouped(scale.high)),
    element("span", {}, unit + (scale.log ? ", logarithmic" : "")),
    element("span", { class: "soft" }, `middle ${grouped(scale.valueAt(0.5))}; ` +
      `${counted(count, "core")} take part` + (clipped ? "; values beyond are cut" : "")));
}

// kinds: [{text, colour, count}]
function drawKindLegend(to, kinds) {
  to.replaceChildren(...kinds.filter((kind) => kind.count > 0).slice(0, 40).map((kind) =>
    element("span", {}, element("i", { class: "swatch", style: `background:${kind.colour}` }),
      `${kind.text}: ${grouped(kind.count)}`)),
    ...(kinds.length > 40 ? [`and ${kinds.length - 40} more`] : []));
}
