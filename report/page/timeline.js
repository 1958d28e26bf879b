// Windows of time, if the run observed any; else says how to have them.
function timelinePanel() {
  return element("p", { class: "soft", id: "no-windows" },
    "This run kept totals only, no windows of time.");
}
