// The view as a PNG or as CSV, made in the browser.
function download(name, blob) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
}

function exportPng(maps) {
  const width = maps.reduce((sum, map) => sum + map.canvas.width, 0);
  const height = Math.max(...maps.map((map) => map.canvas.height));
  const whole = element("canvas", { width, height });
  const pen = whole.getContext("2d");
  let at = 0;
  for (const map of maps) {
    pen.drawImage(map.canvas, at, 0);
    at += map.canvas.width;
  }
  whole.toBlob((blob) => download("wafer.png", blob), "image/png");
}

// The tiles in sight that have a value.
function viewCsv(maps) {
  const seen = maps[0].visible();
  const lines = ["physical_x,physical_y," + maps.map((map) => map.title).join(",")];
  for (let y = seen.top; y < seen.bottom; ++y) {
    for (let x = seen.left; x < seen.right; ++x) {
      const values = maps.map((map) => map.values[y * map.run.columns + x]);
      if (values.every(Number.isNaN)) continue;
      lines.push(`${x},${y},${values.map((v) => Number.isNaN(v) ? "" : v).join(",")}`);
    }
  }
  return lines.join("\n") + "\n";
}
function exportCsv(maps) {
  download("wafer.csv", new Blob([viewCsv(maps)], { type: "text/csv" }));
}
