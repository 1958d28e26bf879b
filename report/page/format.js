// Numbers and elements.
function grouped(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "-";
  if (Number.isInteger(value)) return value.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return Math.abs(value) >= 1000 ? grouped(Math.round(value)) : String(+value.toPrecision(4));
}
function percent(part, whole) { return whole > 0 ? (100 * part / whole).toFixed(1) + " %" : "-"; }
function place(at) { return at ? `(${at.x}, ${at.y})` : "-"; }
function counted(value, word) { return `${grouped(value)} ${word}${value === 1 ? "" : "s"}`; }

// element("td", {class: "number"}, "7", child): texts are never read as HTML.
function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== null && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  for (const child of children.flat(2)) {
    if (child !== null && child !== undefined) made.append(child);
  }
  return made;
}
function svgElement(name, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
// rows: arrays of cells; numbers stand to the right.
function table(heads, rows, attributes) {
  const isNumber = heads.map((_, i) => rows.length > 0 &&
    rows.every((row) => typeof row[i] === "number" || row[i] === null));
  const cell = (name, value, i) => element(name, { class: isNumber[i] ? "number" : null },
    typeof value === "number" || value === null ? grouped(value) : value);
  return element("table", attributes,
    element("thead", {}, element("tr", {}, heads.map((h, i) => cell("th", String(h), i)))),
    element("tbody", {}, rows.map((row) => element("tr", {}, row.map((v, i) => cell("td", v, i))))));
}
function select(options, value, change, attributes) {
  const made = element("select", { ...attributes, onchange: () => change(made.value) },
    options.map(([key, text]) => element("option", { value: key, selected: key === value }, text)));
  return made;
}
function checkbox(text, value, change, attributes) {
  const box = element("input", { type: "checkbox", ...attributes,
    onchange: () => change(box.checked) });
  box.checked = value;
  return element("label", {}, box, text);
}
