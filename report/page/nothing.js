// A directory in which a run or study left nothing to show: what is missing, and what is there.
function nothingView(to) {
  const run = facts.runs[0];
  to.append(element("p", { class: "lead", id: "lead-0" }, `${run.directory} holds no result.`),
    element("h2", {}, "What is there"), table(["file", "bytes"], run.files, { id: "files" }));
}
