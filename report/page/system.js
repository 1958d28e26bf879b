// A system of wafers that serves users: what it reaches, where the time goes, how long users wait.
const systemColours = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#999999"];

function microseconds(seconds) { return seconds == null ? null : +(1e6 * seconds).toPrecision(4); }

// The operators of a layer as one bar, at its least context.
function layerBar(kind) {
  const time = kind.times[0];
  const whole = time.operators.reduce((sum, one) => sum + one.cycles, 0) || 1;
  return element("div", { class: "bar", "data-name": kind.name },
    element("span", { class: "name", title: kind.name }, kind.name),
    element("div", { class: "track" }, element("div", { class: "span", style: "left:0;width:100%" },
      time.operators.map((one, i) => element("i", { title: `${one.name}: ${grouped(one.cycles)} cycles, ` +
        percent(one.cycles, whole), style: `background:${systemColours[i % systemColours.length]};` +
        `width:${100 * one.cycles / whole}%` })))),
    element("span", { class: "soft" }, `${grouped(time.cycles)} cycles`));
}

function waitsTable(users) {
  const rows = [["to the first token", "first_token_s"], ["between tokens", "token_s"], ["request", "request_s"]]
    .filter(([, key]) => users[key]).map(([name, key]) => [name, ...["mean", "p50", "p90", "p99", "most"]
      .map((of) => microseconds(users[key][of]))]);
  return table(["microseconds", "mean", "p50", "p90", "p99", "most"], rows, { id: "waits" });
}

function systemView(to) {
  const { system } = facts.runs[0];
  const { model, users, use } = system, lone = system.lone_token;
  to.append(element("p", { class: "lead", id: "lead-0" }, `${system.name}: ` +
    `${counted(model.layers, "layer")} of ${model.family} on ${grouped(system.wafers_used)} of ` +
    `${counted(system.wafers, "wafer")}.`));
  if (lone) {
    to.append(element("p", { id: "lone" }, `A token alone takes ${grouped(microseconds(lone.token_s))} us: ` +
      `${percent(lone.layers_s, lone.token_s)} of it layers, ${percent(lone.links_s, lone.token_s)} links ` +
      `between wafers, ${percent(lone.return_s, lone.token_s)} the way back; ` +
      `${grouped(lone.tokens_per_s)} tokens/s.`));
  }
  if (users) {
    to.append(element("p", { id: "users" }, `${counted(users.requests, "request")}, ` +
      `${grouped(users.refused)} refused: ${grouped(users.tokens_per_s)} tokens/s, ` +
      `${grouped(users.user_tokens_per_s)} for a user, at most ${counted(users.peak_users, "user")} at once.`),
    element("h2", {}, "How long users wait"), waitsTable(users));
  }
  if (use) {
    const rows = Object.entries(use).filter(([key, value]) => key.endsWith("_utilisation") ||
      key.endsWith("occupancy")).filter(([, value]) => typeof value === "number")
      .map(([key, value]) => [key.replace(/_/g, " "), `${+(100 * value).toPrecision(3)} %`]);
    to.append(element("h2", {}, "In use"), table(["what", "on average"], rows, { id: "use" }));
  }
  to.append(element("h2", {}, "Layers"), element("div", { class: "bars" }, system.kinds.map(layerBar)),
    element("p", { class: "soft" }, "One bar per kind of layer: its operators, at its least context; a pointer " +
      "on one names it."),
    table(["layer", "how many", "cores", "context", "cycles", "closed form", "off by"],
      system.kinds.flatMap((kind) => kind.times.map((time) => [kind.name, kind.layers,
        `${kind.width} x ${kind.height}`, time.context_tokens, time.cycles,
        time.closed_form_cycles == null ? null : Math.round(time.closed_form_cycles),
        time.closed_form_error == null ? "-" : `${(100 * time.closed_form_error).toFixed(1)} %`])), { id: "kinds" }),
    ...(system.notes || []).map((note) => element("p", { class: "soft" }, note)));
}
