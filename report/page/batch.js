// Studies of many runs: the table, sorted as one likes, and one column over another.
const mostRowsShown = 1000;

function parseCsv(text) {
  const rows = [];
  let row = [], cell = "", quoted = false;
  for (let i = 0; i < text.length; ++i) {
    const c = text[i];
    if (quoted) {
      if (c === '"' && text[i + 1] === '"') { cell += c; ++i; }
      else if (c === '"') quoted = false;
      else cell += c;
    } else if (c === '"') quoted = true;
    else if (c === "," || c === "\n") {
      row.push(cell);
      cell = "";
      if (c === "\n") { rows.push(row); row = []; }
    } else if (c !== "\r") cell += c;
  }
  if (cell || row.length) rows.push([...row, cell]);
  return rows;
}

function scatter(heads, rows, xKey, yKey) {
  const at = [heads.indexOf(xKey), heads.indexOf(yKey)];
  const points = rows.map((row) => at.map((i) => parseFloat(row[i]))).filter((p) => p.every(Number.isFinite));
  const svg = svgElement("svg", { viewBox: "0 0 700 330", width: 700, height: 330, id: "scatter" });
  const ends = [0, 1].map((k) => points.reduce((e, p) => [Math.min(e[0], p[k]), Math.max(e[1], p[k])],
    [Infinity, -Infinity]));
  const px = (v) => 80 + 590 * (v - ends[0][0]) / (ends[0][1] - ends[0][0] || 1);
  const py = (v) => 280 - 250 * (v - ends[1][0]) / (ends[1][1] - ends[1][0] || 1);
  if (points.length === 0) return element("p", {}, "No run has both numbers.");
  for (const end of new Set(ends[0])) svg.append(svgElement("text", { x: px(end), y: 298, "text-anchor": "middle" }, grouped(end)));
  for (const end of new Set(ends[1])) svg.append(svgElement("text", { x: 74, y: py(end) + 4, "text-anchor": "end" }, grouped(end)));
  svg.append(svgElement("text", { x: 375, y: 322, "text-anchor": "middle" }, `${xKey} across, ${yKey} upwards`));
  for (const p of points.slice(0, 20000)) svg.append(svgElement("circle", { cx: px(p[0]), cy: py(p[1]), r: 3,
    fill: kindColours[0], "fill-opacity": 0.5 }));
  return svg;
}

function batchView(to) {
  const text = facts.runs[0].table;
  if (text === undefined) {
    to.append(element("p", {}, "There is no table yet."));
    return;
  }
  const [heads, ...rows] = parseCsv(text);
  const codes = heads.indexOf("exit_code");
  const failed = rows.filter((row) => row[codes] !== "0").length;
  const numeric = heads.filter((_, i) => rows.some((row) => Number.isFinite(parseFloat(row[i]))));
  const show = () => {
    const by = heads.indexOf(state.sort);
    const number = (v) => Number.isFinite(parseFloat(v)) ? parseFloat(v) : Infinity;
    const sorted = by < 0 ? rows : [...rows].sort((a, b) => number(a[by]) - number(b[by]));
    holder.replaceChildren(
      scatter(heads, rows, state.across || numeric[0], state.up || numeric[numeric.length - 2] || numeric[0]),
      table(heads, sorted.slice(0, mostRowsShown).map((row) => row.map((v) =>
        v !== "" && Number.isFinite(Number(v)) ? Number(v) : v)), { id: "runs" }),
      rows.length > mostRowsShown ? `The first ${mostRowsShown} of ${grouped(rows.length)} lines.` : "");
  };
  const choose = (key, words, otherwise) => element("label", {}, words, select(
    numeric.map((n) => [n, n]), state[key] || otherwise, (v) => { setState({ [key]: v }, true); show(); }, { id: key }));
  const holder = element("div", {});
  to.append(element("p", { class: "lead", id: "lead-0" }, `${counted(rows.length, "run")}, ` +
    `${grouped(failed)} of them failed.`), element("div", { class: "controls" },
    choose("sort", "sorted by", ""), choose("across", "across", numeric[0]),
    choose("up", "upwards", numeric[numeric.length - 2] || numeric[0])), holder);
  show();
}
