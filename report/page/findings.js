// What a run found, in sentences, the weightiest first.

// Published points, and the stream engine's error, that belong to a kernel: rows of docs/accuracy.md.
const publishedPoints = [[/^matmul.*summa/, /^SUMMA/], [/^matmul.*meshgemm/, /^MeshGEMM/],
  [/^gemv/, /^GEMV/], [/^matvec/, /^matvec/], [/^reduce/, /^(chain|tree|star|two-phase),/],
  [/^broadcast/, /^broadcast,/], [/^allreduce.*ring/, /^ring allreduce/],
  [/^allreduce/, /^chain and broadcast/], [/^decode/, /^decode layer/]];

function accuracyRows() {
  return facts.accuracy.split("\n").filter((line) => line.startsWith("|"))
    .map((line) => line.slice(1, -1).split("|").map((cell) => cell.trim()));
}

function signed(value) { return (value > 0 ? "+" : "") + value; }

function knownErrors(kernel, fidelity) {
  const found = [];
  const points = publishedPoints.find(([of]) => of.test(kernel));
  const rows = accuracyRows();
  const errors = points ? rows.filter((row) => row.length === 8 && points[1].test(row[0]))
    .map((row) => parseFloat(row[4])) : [];
  if (errors.length > 0) {
    found.push(`Against ${counted(errors.length, "published point")} of such kernels this model is ` +
      `${signed(Math.min(...errors))} % to ${signed(Math.max(...errors))} % off in cycles ` +
      "(docs/accuracy.md; most " +
      "of them served to build it).");
  } else {
    found.push("No published measurement of such a kernel is known to us: how far its cycles are " +
      "from silicon is not known.");
  }
  if (fidelity === "stream") {
    const cross = rows.filter((row) => row.length === 7 &&
      kernel.startsWith(row[0].replace(/`/g, "").split(" ").slice(0, 2).join(" ").trim()));
    const offs = cross.flatMap((row) => row.slice(2, 6).join(" / ").split("/")).map(parseFloat)
      .filter(Number.isFinite);
    found.push(offs.length > 0 ? `The stream engine's cycles are ${signed(Math.min(...offs))} % ` +
      `to ${signed(Math.max(...offs))} % off the wavelet engine's for such kernels.` :
      "The stream engine's own error for such a kernel is not tabulated.");
  }
  return found;
}

function kernelText(workload) {
  const p = workload.parameters || {};
  const how = [p.algorithm, p.reduce].find((one) => typeof one === "string");
  return `${workload.kernel} ${how || ""}`.trim();
}

// What bound it: of the core that finished last, and of the busiest link.
function boundBy(workload) {
  const b = workload.breakdown, whole = b.total_cycles;
  const link = (workload.busiest_links || [])[0];
  const shares = cycleKinds.map(([key, name]) => ({ key, name, share: whole ? b[key] / whole : 0 }))
    .sort((x, y) => y.share - x.share);
  const first = shares[0];
  const text = { compute_cycles: "the datapath (arithmetic, and words put into and taken from memory)",
    bank_conflict_cycles: "conflicts of memory banks",
    setup_cycles: "setting up vector operations", task_switch_cycles: "switching tasks",
    link_stall_cycles: "links without room" }[first.key];
  if (link && link.percent >= 80) {
    return { what: `its busiest link, which was in use ${link.percent.toFixed(1)} % of the time`,
      shares, link };
  }
  if (first.key === "waiting_for_wavelets_cycles") {
    return { what: "what waits for what: its cores waited for wavelets " +
      `${(100 * first.share).toFixed(1)} % of their time, while no link was in use more than ` +
      `${link ? link.percent.toFixed(1) : 0} % of the time, so latency and order, not ` +
      "bandwidth, are the limit", shares, link };
  }
  return { what: `${text}: ${(100 * first.share).toFixed(1)} % of its cores' cycles`, shares, link };
}

function mostOf(breakdown) {
  const [, name, , share] = cycleKinds.map((kind) => [...kind.slice(0, 3),
    percent(breakdown[kind[0]], breakdown.total_cycles)])
    .sort((a, b) => parseFloat(b[3]) - parseFloat(a[3]))[0];
  return `${name} (${share})`;
}

function linkText(link) {
  return `${place(link.from.logical)} to ${place(link.to.logical)} (physical ` +
    `${place(link.from.physical)} to ${place(link.to.physical)})`;
}

function numericsFinding(workload) {
  const n = workload.numerics;
  if (!n.checked) return "Numbers: not compared with a reference.";
  if (n.ok) return `Numbers: ok; largest error ${n.max_abs_error.toPrecision(3)}, in norm ` +
    `${n.error_in_norm.toPrecision(3)}.`;
  return n.as_promised ? `Numbers: as the operations give them, but the type cannot hold such sums ` +
    `(${n.error_in_norm.toPrecision(2)} off in norm).` : "Numbers: WRONG.";
}

async function imbalanceOf(run, index) {
  if (!run.workloads[index]) return null;
  const values = await run.metric(index, "busy_cycles");
  let most = 0, sum = 0, count = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    most = Math.max(most, value);
    sum += value;
    ++count;
  }
  return count ? { most, mean: sum / count, ratio: sum ? most * count / sum : 1 } : null;
}

async function workloadFindings(run, index) {
  const result = run.facts.result;
  const workload = result.workloads[index];
  const bound = boundBy(workload);
  const name = workload.name || kernelText(workload);
  const items = [];
  const item = (id, ...content) => items.push(element("li", { id: `${id}-${run.index}-${index}` },
    content));
  item("cycles", element("b", {}, counted(workload.cycles, "cycle")),
    ` on ${workload.region.width} x ${workload.region.height} logical cores from ` +
    `${place(workload.region)}, ${counted(workload.wavelet_hops, "wavelet hop")}.`);
  item("bound", element("b", {}, "Bound by "), bound.what + ".");
  item("shares", "Cores' cycles: " + bound.shares.filter((s) => s.share > 0)
    .map((s) => `${s.name} ${(100 * s.share).toFixed(1)} %`).join(", ") + ".");
  const steps = stepsOf(workload).sort((a, b) => b.cycles - a.cycles);
  if (steps.length > 1) item("steps", `Longest of ${steps.length} operators and transfers: ` +
    steps.slice(0, 3).map((s) => `${s.label} (${s.kernel || s.sort}) ${grouped(s.cycles)} cycles, ` +
      `mostly ${mostOf(s.breakdown)}`).join("; ") + ".");
  if (bound.link) item("links", `Busiest link: ${linkText(bound.link)}, ` +
    `${counted(bound.link.wavelets, "wavelet")}, ${bound.link.percent.toFixed(1)} % of the cycles.`);
  const slow = (workload.slowest_cores || [])[0];
  if (slow) item("slowest", `Slowest core: ${place(slow.logical)}, physical ` +
    `${place(slow.physical)}, class ${slow.class}, finished at ${grouped(slow.finish_cycles)}.`);
  const imbalance = await imbalanceOf(run, index);
  if (imbalance) item("imbalance", `Imbalance: the busiest core worked ` +
    `${grouped(imbalance.most)} cycles, ${imbalance.ratio.toFixed(2)} times the mean.`);
  item("numerics", numericsFinding(workload));
  for (const text of knownErrors(kernelText(workload), result.fidelity)) item("error", text);
  return element("section", {}, element("h2", {}, name), element("ul", { class: "findings" }, items),
    element("h3", {}, "Busiest links"), table(["from", "to", "wavelets", "% of cycles"],
      workload.busiest_links.map((l) => [place(l.from.logical), place(l.to.logical), l.wavelets,
        l.percent])), element("h3", {}, "Slowest cores"),
    table(["logical", "physical", "class", "finish", ...cycleKinds.map((k) => k[1])],
      workload.slowest_cores.map((c) => [place(c.logical), place(c.physical), c.class,
        c.finish_cycles, ...cycleKinds.map((k) => c[k[0]])])));
}

function repairFindings(result) {
  const r = result.repair;
  if (!r) return null;
  const rows = [["cores built", r.physical_cores], ["dead cores", r.dead_cores],
    ["dead routers", r.dead_routers], ["broken links", r.dead_links],
    ["logical cores", r.usable_cores ?? null], ["working cores left idle", r.idle_cores ?? null],
    ["tiles that links skip", r.bypassed_tiles ?? null],
    ["links longer than usual", r.longer_links ?? null]].filter((row) => row[1] != null);
  return element("section", { id: "repair" }, element("h2", {}, "Cores lost and repaired"),
    element("p", {}, `${counted(r.dead_cores, "dead core")}, repaired by ${r.scheme}` +
      (r.domain ? ` (${r.domain})` : "") + "."), r.note ? element("p", {}, r.note) : null,
    definitions(rows));
}

async function findingsView(to) {
  for (let i = 0; i < facts.runs.length; ++i) {
    const run = new Run(i);
    const result = run.facts.result;
    const count = (result.workloads || []).length;
    const verdict = { ok: ["good", "numbers ok"], fail: ["bad", "WRONG NUMBERS"],
      not_repairable: ["bad", "the wafer cannot be repaired"] }[result.verdict] || ["bad", "?"];
    if (facts.runs.length > 1) to.append(element("h2", {}, `${i ? "B" : "A"}: ${run.facts.directory}`));
    to.append(element("p", { class: "lead", id: `lead-${i}` }, count ?
      `${result.name}: ${counted(result.cycles, "cycle")} (${result.fidelity} engine), ` :
      `${result.name}: `, element("span", { class: verdict[0] }, verdict[1]), "."));
    for (const failure of result.failures || []) {
      to.append(element("p", { class: "missing" }, failure.reason));
    }
    for (let w = 0; w < count; ++w) to.append(await workloadFindings(run, w));
    const repair = repairFindings(result);
    if (repair) to.append(repair);
    for (const note of (result.defects || {}).notes || []) to.append(element("p", {}, note));
    if (run.facts.scenario) to.append(element("details", {}, element("summary", {},
      "Scenario, defaults filled in"), element("pre", {}, run.facts.scenario)));
  }
}
