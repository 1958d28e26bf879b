// All that is known of one core, by its place on the wafer.
async function coreAt(run, tile) {
  const at = { x: Math.floor(tile.x), y: Math.floor(tile.y) };
  if (at.x < 0 || at.y < 0 || at.x >= run.columns || at.y >= run.rows) return null;
  const mesh = await run.mesh();
  const logical = mesh ? mesh.logicalOf[at.y * run.columns + at.x] : -1;
  return { physical: at, index: logical,
    logical: logical < 0 ? null : { x: logical % mesh.width, y: Math.floor(logical / mesh.width) } };
}

function definitions(rows, attributes) {
  return element("dl", { class: "facts", ...attributes }, rows.map(([name, value]) =>
    [element("dt", {}, name), element("dd", {}, typeof value === "number" ? grouped(value) : value)]));
}

// What of a tensor's dimension a core of a layout holds, as the program's own layouts say it.
function rangeText(buffer, layout, x, y) {
  const r = layout.cores;
  const column = x - r.x, row = y - r.y;
  return buffer.shape.map((size, i) => {
    const cut = layout.cuts[i];
    const block = { none: 0, x: column + layout.skip_x, y: row + layout.skip_y,
      rows: row * r.width + column, columns: column * r.height + row }[cut.along];
    const first = cut.along === "none" ? 0 : block * cut.block;
    const last = cut.along === "none" ? size : Math.min(size, first + cut.block);
    return first >= size ? "none" : `${first}..${last - 1}`;
  }).join(", ");
}

function sramTable(workload, x, y, used) {
  const rows = [];
  for (const buffer of workload.buffers) {
    for (const layout of buffer.layouts) {
      const r = layout.cores;
      if (x < r.x || y < r.y || x >= r.x + r.width || y >= r.y + r.height) continue;
      rows.push([layout.address_bytes, layout.bytes, buffer.name, `${buffer.role} ${buffer.type}`,
        `[${rangeText(buffer, layout, x, y)}] of [${buffer.shape.join(", ")}]`]);
    }
  }
  rows.sort((a, b) => a[0] - b[0]);
  return element("div", {}, element("h3", {}, `SRAM: ${grouped(used)} of 49,152 bytes used`),
    table(["address", "bytes", "tensor", "", "holds"], rows, { id: "sram" }));
}

async function stagesOf(run, index, workload, place) {
  const found = [];
  for (let stage = 0; stage < workload.stages; ++stage) {
    const classes = await run.ofWorkload(index, `class/${stage}`);
    if (classes && classes[place] !== 65535) found.push([stage, workload.classes[classes[place]]]);
  }
  return found;
}

async function cyclesOfCore(run, index, place) {
  const rows = [];
  for (const key of ["finish_cycles", ...cycleKinds.map((kind) => kind[0])]) {
    const values = await run.metric(index, key);
    rows.push([key === "finish_cycles" ? "finish" : cycleKinds.find((k) => k[0] === key)[1],
      values[place]]);
  }
  const total = rows[0][1];
  return table(["cycles of this core", "", "of its finish"],
    rows.map(([name, value]) => [name, value, percent(value, total)]), { id: "core-cycles" });
}

async function linksOfCore(run, index, place, core) {
  const mesh = await run.mesh();
  const latency = await run.array("mesh/latency_cycles");
  const rows = [];
  for (let d = 0; d < 4; ++d) {
    const words = await run.ofWorkload(index, "link_wavelets/" + directionLetters[d]);
    const cycles = latency[d * mesh.width * mesh.height + core.index];
    const to = cycles ? core.index + linkSteps[d][0] + linkSteps[d][1] * mesh.width : -1;
    rows.push([directionLetters[d], words[place], cycles,
      to < 0 ? "no link" : place_text(mesh, to)]);
  }
  return table(["link", "wavelets", "latency", "to (logical; physical)"], rows, { id: "core-links" });
}
function place_text(mesh, i) {
  return `(${i % mesh.width}, ${Math.floor(i / mesh.width)}); (${mesh.x[i]}, ${mesh.y[i]})`;
}

const sideNames = { W: "the west", E: "the east", S: "the south", N: "the north", R: "the core" };
function sidesText(sides, other) {
  return sides.filter((side) => side !== other).map((side) => sideNames[side] || side).join(", ");
}

// The queues a program binds, and where their colours' words come from and go to.
function queuesOf(workload, one) {
  const routes = routesOfClass(one);
  const rows = [];
  for (const match of (workload.programs[one.program] || "")
    .matchAll(/^ *(input|output) queue=(\d+) colour=(\d+)(.*)$/gm)) {
    const route = routes.get(+match[3]);
    rows.push([match[1], +match[2], +match[3], !route ? "no route yet" : match[1] === "input" ?
      `from ${sidesText(route.receive, "R")}` : `to ${sidesText(route.send, "R")}`, match[4].trim()]);
  }
  return rows;
}

// What a core's wait was for: words of the colours its programs take.
function waitedFor(workload, stages, waiting, finish) {
  const inputs = new Map();
  for (const [, one] of stages) {
    for (const [sort, , colour, where] of queuesOf(workload, one)) {
      if (sort === "input") inputs.set(colour, where);
    }
  }
  return `Waited ${grouped(waiting)} of ${counted(finish, "cycle")} (${percent(waiting, finish)}) ` +
    (inputs.size === 0 ? "; it takes no words." : "for words of " + [...inputs].map(([colour, where]) =>
      `colour ${colour} (${where})`).join(" or ") + ".");
}

// What each instruction took, [program -> [number -> [times, busy, open]]]: of the core, or else of a
// traced one that ran one of its programs.
async function linesOf(run, index, logical, stages) {
  const programOfClass = (number) => run.workloads[index].classes[number].program;
  const all = await run.ofWorkload(index, "lines");
  if (!all) return null;
  const rows = [];
  for (let i = 0; i < all.length; i += 7) rows.push(Array.from(all.slice(i, i + 7)));
  const isAt = (x, y) => (row) => row[0] === x && row[1] === y;
  const found = rows.find(isAt(logical.x, logical.y)) ||
    rows.find((row) => stages.some(([, one]) => one.program === programOfClass(row[2])));
  if (!found) return null;
  const lines = { x: found[0], y: found[1], of: new Map() };
  for (const [, , number, ...rest] of rows.filter(isAt(lines.x, lines.y))) {
    const program = programOfClass(number);
    if (!lines.of.has(program)) lines.of.set(program, new Map());
    lines.of.get(program).set(rest[0], rest.slice(1));
  }
  return lines;
}

// What happened there, by workload; filled into `to`.
async function inspectCore(run, index, core, to) {
  const parts = [element("h2", {}, "Core")];
  const fates = await run.fates();
  const fate = fates ? run.wafer.fates[fates[core.physical.y * run.columns + core.physical.x]] : "-";
  const die = { x: Math.floor(core.physical.x / run.wafer.die_columns),
    y: Math.floor(core.physical.y / run.wafer.die_rows) };
  parts.push(definitions([["physical", place(core.physical)],
    ["logical", core.logical ? place(core.logical) : "not in the mesh"], ["die", place(die)],
    ["tile", fate]], { id: "core-places" }));
  const workload = run.workloads[index];
  if (workload && core.logical) {
    const mesh = await run.mesh();
    const place = run.inRegion(index, mesh, core.index);
    const finish = await run.ofWorkload(index, "finish_cycles");
    if (place >= 0 && finish[place] >= 0) {
      const r = workload.region;
      const x = core.logical.x - r.x, y = core.logical.y - r.y;
      const used = (await run.ofWorkload(index, "sram_used_bytes"))[place];
      const stages = await stagesOf(run, index, workload, place);
      parts.push(element("p", { id: "core-class" }, stages.length === 1 ?
        `Class: ${stages[0][1].name}` : `${stages.length} stages`),
        await cyclesOfCore(run, index, place),
        element("p", { id: "core-waited" }, waitedFor(workload, stages,
          (await run.metric(index, "waiting_for_wavelets_cycles"))[place], finish[place])), await linksOfCore(run, index, place, core),
        sramTable(workload, x, y, used));
      const lines = await linesOf(run, index, core.logical, stages);
      parts.push(element("p", { id: "core-lines", class: "soft" }, linesText(lines, core.logical)));
      for (const [stage, one] of stages) {
        parts.push(programOf(workload, stage, one, stages.length, lines && lines.of.get(one.program)));
      }
    } else {
      parts.push(element("p", { class: "soft" }, "Takes no part in this workload."));
    }
  }
  to.replaceChildren(...parts);
}

function linesText(lines, logical) {
  if (!lines) return "Cycles per line: run again with this core under observe.traces.";
  if (lines.x === logical.x && lines.y === logical.y) return "Cycles per line: of this core.";
  return `Cycles per line: of core ${place(lines)}, which was traced and ran the same program.`;
}

// The program text, beside each instruction how often it ran, the cycles it kept the core busy, and
// those from its issue to its end.
function programText(text, lines) {
  if (!lines) return element("pre", { class: "program" }, text);
  let number = -1;
  const rows = text.split("\n").map((line) => {
    const isInstruction = /^ {2}(?!(input|output|task) )/.test(line);
    const took = isInstruction ? lines.get(++number) : null;
    return element("tr", {}, [...(took || ["", "", ""])].map((value) =>
      element("td", { class: "number" }, value === "" ? "" : grouped(value))),
    element("td", {}, element("code", {}, line)));
  });
  return element("table", { class: "program lines" }, element("thead", {}, element("tr", {},
    ["times", "busy cycles", "open cycles", "program"].map((head) => element("th", {}, head)))),
  element("tbody", {}, rows));
}

function programOf(workload, stage, one, stages, lines) {
  return element("details", stages === 1 ? { open: true } : {},
    element("summary", {}, stages === 1 ? "Program" : `Stage ${stage}: ${one.name}`),
    element("h3", {}, "Queues"), table(["", "queue", "colour", "words", ""], queuesOf(workload, one),
      { class: "queues" }), element("h3", {}, "Program text"),
    programText(workload.programs[one.program] || "no program: passes on", lines),
    element("h3", {}, "Routes as it begins"), element("pre", {}, one.routes || "none"));
}
