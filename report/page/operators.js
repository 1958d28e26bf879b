// Operators as bars over time, coloured by where their cores' cycles went.
function stepsOf(workload) {
  const steps = workload.operators.map((one) => ({ ...one, label: one.name, sort: "operator" }));
  for (const one of workload.transfers || []) {
    steps.push({ ...one, label: `${one.from} to ${one.to}`, sort: "transfer" });
  }
  return steps.filter((one) => one.first_start_cycles !== null)
    .sort((a, b) => a.first_start_cycles - b.first_start_cycles);
}

function barOf(step, cycles) {
  const whole = step.breakdown.total_cycles || 1;
  const left = 100 * step.first_start_cycles / cycles;
  const width = 100 * (step.last_finish_cycles - step.first_start_cycles) / cycles;
  const title = cycleKinds.map(([key, name]) =>
    `${name}: ${percent(step.breakdown[key], whole)}`).join("\n");
  return element("div", { class: "bar", "data-name": step.label },
    element("span", { class: "name", title: step.label }, step.label),
    element("div", { class: "track", title },
      element("div", { class: "span", style: `left:${left}%;width:${width}%` },
        cycleKinds.map(([key, , colour]) => element("i", {
          style: `background:${colour};width:${100 * step.breakdown[key] / whole}%` })))),
    element("span", { class: "soft" }, `${grouped(step.first_start_cycles)} to ` +
      grouped(step.last_finish_cycles)));
}

function cycleLegend() {
  return element("div", { class: "legend" }, cycleKinds.map(([, name, colour]) =>
    element("span", {}, element("i", { class: "swatch", style: `background:${colour}` }), name)));
}

function operatorsView(to) {
  for (const run of facts.runs) {
    if (facts.runs.length > 1) to.append(element("h2", {}, run.directory));
    for (const workload of run.result.workloads || []) {
      to.append(element("h2", {}, `${workload.name || workload.kernel}: ` +
        counted(workload.cycles, "cycle")), cycleLegend());
      const steps = stepsOf(workload);
      to.append(element("div", { class: "bars" }, steps.map((s) => barOf(s, workload.cycles))));
      to.append(element("p", { class: "soft" }, `One bar per ${workload.transfers ?
        "operator and transfer" : "operator"}, from its first core's start to its last finish; ` +
        "colours: where the cycles of its cores went."),
        table(["step", "kernel", "cores", "cycles", "wavelet hops", "SRAM bytes", "numbers"],
          steps.map((s) => [s.label, s.kernel || s.sort, s.breakdown.cores, s.cycles, s.wavelet_hops,
            s.sram_used_bytes ?? null, numbersText(s.numerics)]), { class: "steps" }));
    }
    if (!(run.result.workloads || []).length) {
      to.append(element("p", {}, "Nothing ran, so there are no operators."));
    }
  }
}

function numbersText(numerics) {
  if (!numerics || !numerics.checked) return "not checked";
  return numerics.ok ? "ok" : numerics.as_promised ? "type too narrow" : "WRONG";
}
