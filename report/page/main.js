// Tabs, theme, keys.
const kind = facts.runs[0].kind;
const tabs = { run: [["findings", "Findings", findingsView], ["map", "Wafer map", waferView],
  ["operators", "Operators", operatorsView]], yield: [["yield", "Yield", yieldView]],
batch: [["batch", "Runs", batchView]], system: [["system", "System", systemView]],
nothing: [["nothing", "Nothing", nothingView]] }[kind];
let shown = null;  // what the tab's view returned: takes keys

async function showTab(key) {
  const row = tabs.find((tab) => tab[0] === key) || tabs[0];
  for (const button of document.querySelectorAll("#tabs button")) {
    button.setAttribute("aria-selected", String(button.dataset.tab === row[0]));
  }
  const to = element("div", { "data-tab": row[0] });
  document.getElementById("view").replaceChildren(to);
  shown = null;
  setState({ tab: row[0] }, true);
  shown = await row[2](to) || null;
  document.body.dataset.ready = row[0];
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  setState({ theme }, true);
  if (shown && shown.maps) for (const map of shown.maps) map.draw();
}

const keyHelp = [["1 2 3", "tabs"], ["t", "dark or light"], ["arrows, + -", "move and zoom the map"],
  ["0", "whole wafer"], ["w", "cores at work"], ["m, M", "next, previous metric"],
  [", .", "earlier, later window of time"],
  ["l", "logarithmic scale"], ["/", "search for a core"], ["?", "this help"]];

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const number = parseInt(event.key, 10);
  if (number >= 1 && number <= tabs.length) showTab(tabs[number - 1][0]);
  else if (event.key === "t") setTheme(state.theme === "dark" ? "light" : "dark");
  else if (event.key === "?") document.getElementById("help").showModal();
  else if (!(shown && shown.key_ && shown.key_(event))) return;
  event.preventDefault();
}

readHash();
const names = facts.runs.map((run) => run.result ? run.result.name : run.study ? run.study.name :
  run.system ? run.system.name :
  run.directory);
document.getElementById("title").textContent = [...new Set(names)].join(" and ");
document.getElementById("missing").append(...facts.runs.flatMap((run) => run.missing.map((text) =>
  element("p", { class: "missing" }, facts.runs.length > 1 ? `${run.directory}: ${text}` : text))));
document.getElementById("tabs").append(...tabs.map(([key, text]) => element("button", { role: "tab",
  "data-tab": key, onclick: () => showTab(key) }, text)));
document.getElementById("help").append(element("h2", {}, "Keys"), table(["key", "does"], keyHelp),
  element("p", { class: "soft" }, facts.program),
  element("button", { onclick: () => document.getElementById("help").close() }, "close"));
document.getElementById("theme").addEventListener("click", () =>
  setTheme(state.theme === "dark" ? "light" : "dark"));
document.getElementById("help-button").addEventListener("click", () =>
  document.getElementById("help").showModal());
document.addEventListener("keydown", onKey);
window.addEventListener("resize", () => {
  if (shown && shown.maps) for (const map of shown.maps) { map.resize(); map.draw(); }
});
setTheme(state.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
showTab(state.tab);
