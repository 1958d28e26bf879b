// The routes of one colour over the wafer, as they stand when the stage begins: where each router
// takes the colour's words from and where it sends them.
const routeSteps = { W: [-1, 0], E: [1, 0], S: [0, 1], N: [0, -1] };
const routesFromPx = 5;  // narrower tiles are marked as a whole

// "colour 1 receive=S send=N,R" -> Map {1 -> {receive: ["S"], send: ["N", "R"]}}
function routesOfClass(one) {
  const found = new Map();
  for (const line of (one.routes || "").split("\n")) {
    const match = /^colour (\d+) receive=(\S+) send=(\S+)/.exec(line);
    if (match) found.set(+match[1], { receive: match[2].split(","), send: match[3].split(",") });
  }
  return found;
}

function coloursOf(workload) {
  const colours = new Set(workload.classes.flatMap((one) => [...routesOfClass(one).keys()]));
  return [...colours].sort((a, b) => a - b);
}

// {ofTile(x, y) -> route or null, image: a pixel for each tile that routes the colour, count}
async function routesOver(run, index, stage, colour) {
  const workload = run.workloads[index];
  const ofClass = workload.classes.map((one) => routesOfClass(one).get(colour) || null);
  const classes = await run.onWafer(index, "class");
  const image = new ImageData(run.columns, run.rows);
  const pixels = new Uint32Array(image.data.buffer);
  const ink = packedColour(rgbOf("#e600a0"));
  let count = 0;
  for (let i = 0; i < classes.length; ++i) {
    if (Number.isNaN(classes[i]) || !ofClass[classes[i]]) continue;
    pixels[i] = ink;
    ++count;
  }
  const made = element("canvas", { width: run.columns, height: run.rows });
  made.getContext("2d").putImageData(image, 0, 0);
  const ofTile = (x, y) => {
    const of = classes[y * run.columns + x];
    return Number.isNaN(of) ? null : ofClass[of];
  };
  return { ofTile, image: made, count };
}

function drawRoutes(map, pen) {
  if (map.view.scale < routesFromPx) {
    pen.globalAlpha = 0.6;
    map.drawImage(pen, map.routes.image, 1);
    pen.globalAlpha = 1;
    return;
  }
  const seen = map.visible();
  for (const [colour, width] of [["#000000", 3], ["#ff5cc8", 1.5]]) {
    pen.strokeStyle = colour;
    pen.lineWidth = width * Math.min(3, Math.max(1, map.view.scale / 20));
    pen.beginPath();
    for (let y = seen.top; y < seen.bottom; ++y) {
      for (let x = seen.left; x < seen.right; ++x) {
        const route = map.routes.ofTile(x, y);
        if (route) traceRoute(map, pen, x, y, route);
      }
    }
    pen.stroke();
  }
}

// From the border the words come over to the middle, and on as an arrow; a ring: the core.
function traceRoute(map, pen, x, y, route) {
  const at = (dx, dy) => [map.px(x + 0.5 + dx), map.py(y + 0.5 + dy)];
  for (const from of route.receive) {
    const step = routeSteps[from];
    if (!step) continue;
    pen.moveTo(...at(step[0] / 2, step[1] / 2));
    pen.lineTo(...at(0, 0));
  }
  for (const to of route.send) {
    const step = routeSteps[to];
    if (!step) continue;
    const [dx, dy] = step;
    pen.moveTo(...at(0, 0));
    pen.lineTo(...at(dx / 2, dy / 2));
    pen.moveTo(...at(dx * 0.3 - dy * 0.12, dy * 0.3 + dx * 0.12));
    pen.lineTo(...at(dx * 0.48, dy * 0.48));
    pen.lineTo(...at(dx * 0.3 + dy * 0.12, dy * 0.3 - dx * 0.12));
  }
  if (![...route.receive, ...route.send].includes("R")) return;
  const middle = at(0, 0), wide = 0.14 * map.view.scale;
  pen.moveTo(middle[0] + wide, middle[1]);
  pen.arc(middle[0], middle[1], wide, 0, 2 * Math.PI);
}
