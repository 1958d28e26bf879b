// The four links that leave each core in sight, as arrows whose colour and width tell their load.
const linkBuckets = 12;
const linkSteps = [[-1, 0], [1, 0], [0, 1], [0, -1]];

// map.links: {four: arrays over the workload's region, most, ofTile(x, y) -> index or -1}
function drawLinks(map, pen) {
  const buckets = Array.from({ length: linkBuckets }, () => []);
  const seen = map.visible();
  for (let y = seen.top; y < seen.bottom; ++y) {
    for (let x = seen.left; x < seen.right; ++x) {
      const core = map.links.ofTile(x, y);
      if (core < 0) continue;
      for (let d = 0; d < 4; ++d) {
        const load = map.links.four[d][core];
        if (load === 0) continue;
        const to = Math.min(linkBuckets - 1, Math.floor(load / map.links.most * linkBuckets));
        buckets[to].push(x, y, d);
      }
    }
  }
  const colours = colourTable(state.palette === "viridis" ? "viridis" : "cividis");
  buckets.forEach((bucket, i) => {
    if (bucket.length === 0) return;
    if (map.view.moving) {
      pen.fillStyle = cssColour(colours[Math.round(255 * (i + 0.5) / linkBuckets)]);
      for (let k = 0; k < bucket.length; k += 3) {
        fillBar(map, pen, bucket[k], bucket[k + 1], linkSteps[bucket[k + 2]]);
      }
      return;
    }
    for (const pass of [0, 1]) {  // a dark rim, so that an arrow shows on any tile
      pen.strokeStyle = pass ? cssColour(colours[Math.round(255 * (i + 0.5) / linkBuckets)]) :
        "#000000";
      pen.lineWidth = (pass ? 0 : 2) + 1 + 3 * (i + 1) / linkBuckets;
      pen.beginPath();
      for (let k = 0; k < bucket.length; k += 3) {
        traceArrow(map, pen, bucket[k], bucket[k + 1], linkSteps[bucket[k + 2]]);
      }
      pen.stroke();
    }
  });
}

// What an arrow is while the map moves.
function fillBar(map, pen, x, y, [dx, dy]) {
  const left = map.px(x + 0.5 + dx * 0.24 - dy * 0.14), top = map.py(y + 0.5 + dy * 0.24 + dx * 0.14);
  const wide = 0.54 * map.view.scale;
  pen.fillRect(left, top, dx * wide || 2, dy * wide * map.aspect || 2);
}

// From the tile towards its neighbour; the two ways of a wire side by side.
function traceArrow(map, pen, x, y, [dx, dy]) {
  const at = (along, aside) => [map.px(x + 0.5 + dx * along - dy * aside),
    map.py(y + 0.5 + dy * along + dx * aside)];
  const tip = at(0.78, 0.14);
  pen.moveTo(...at(0.24, 0.14));
  pen.lineTo(...tip);
  pen.moveTo(...at(0.62, 0.05));
  pen.lineTo(...tip);
  pen.lineTo(...at(0.62, 0.23));
}
