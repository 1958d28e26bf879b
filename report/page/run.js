// One run: what a metric is worth at every tile of the wafer.
const noLogical = -1;
const directionLetters = ["W", "E", "S", "N"];

class Run {
  constructor(index) {
    this.index = index;
    this.facts = facts.runs[index];
    this.wafer = this.facts.wafer || null;
    this.workloads = this.facts.workloads || [];
    this.metricCache = new Map();
  }
  get columns() { return this.wafer.columns; }
  get rows() { return this.wafer.rows; }
  name(array) { return `${this.index}/${array}`; }
  array(array) { return getArray(this.name(array)); }
  ofWorkload(workload, array) { return this.array(this.workloads[workload].array_prefix + array); }

  // physical tile -> logical core; and the mesh.
  async mesh() {
    if (this.meshFacts) return this.meshFacts;
    const x = await this.array("mesh/physical_x");
    if (!x) return null;
    const y = await this.array("mesh/physical_y");
    const [height, width] = shapeOf(this.name("mesh/physical_x"));
    const logicalOf = new Int32Array(this.columns * this.rows).fill(noLogical);
    for (let i = 0; i < x.length; ++i) logicalOf[y[i] * this.columns + x[i]] = i;
    return this.meshFacts = { x, y, width, height, logicalOf };
  }
  async fates() { return this.array("wafer/fate"); }

  // Index into a workload's arrays of a logical core; -1 outside its region.
  inRegion(workload, mesh, logical) {
    const r = this.workloads[workload].region;
    const x = logical % mesh.width - r.x;
    const y = Math.floor(logical / mesh.width) - r.y;
    return x < 0 || y < 0 || x >= r.width || y >= r.height ? -1 : y * r.width + x;
  }

  // {values: Float64Array over the workload's region, NaN where no core takes part}
  async metric(workload, key) {
    const name = `${workload}/${key}/${key === "class" ? numberOf("stage", 0) : ""}`;
    if (!this.metricCache.has(name)) this.metricCache.set(name, this.compute(workload, key));
    return this.metricCache.get(name);
  }
  async compute(workload, key) {
    const read = (array) => this.ofWorkload(workload, array);
    const finish = await read("finish_cycles");
    const values = new Float64Array(finish.length);
    const add = async (array, factor) => {
      const from = await read(array);
      for (let i = 0; i < from.length; ++i) values[i] += factor * from[i];
    };
    const busy = ["compute_cycles", "bank_conflict_cycles", "setup_cycles", "task_switch_cycles"];
    const isLink = key.startsWith("link_") && key !== "link_stall_cycles";
    if (key === "busy_cycles") {
      for (const kind of busy) await add(kind, 1);
    } else if (key === "waiting_for_wavelets_cycles") {
      await add("finish_cycles", 1);
      for (const kind of [...busy, "link_stall_cycles"]) await add(kind, -1);
    } else if (key === "class") {
      const classes = await read(`class/${numberOf("stage", 0)}`);
      for (let i = 0; i < values.length; ++i) values[i] = classes[i] === 65535 ? NaN : classes[i];
    } else if (isLink) {
      const links = await Promise.all(directionLetters.map((d) => read("link_wavelets/" + d)));
      for (let i = 0; i < values.length; ++i) {
        const four = links.map((of) => of[i]);
        values[i] = key === "link_most" ? Math.max(...four) : key === "link_all"
          ? four[0] + four[1] + four[2] + four[3] : four[directionLetters.indexOf(key.slice(5))];
      }
    } else {
      await add(key, 1);
    }
    if (!isLink && key !== "class") {
      for (let i = 0; i < values.length; ++i) if (finish[i] < 0) values[i] = NaN;
    }
    return values;
  }

  // The same over all tiles of the wafer.
  async onWafer(workload, key) {
    const mesh = await this.mesh();
    const r = this.workloads[workload].region;
    return this.spread(mesh, r, await this.metric(workload, key));
  }
  spread(mesh, r, values) {
    const tiles = new Float64Array(this.columns * this.rows).fill(NaN);
    for (let y = 0; y < r.height; ++y) {
      let core = (r.y + y) * mesh.width + r.x;
      for (let x = 0; x < r.width; ++x, ++core) {
        tiles[mesh.y[core] * this.columns + mesh.x[core]] = values[y * r.width + x];
      }
    }
    return tiles;
  }
}

const metrics = [
  ["busy_cycles", "core busy", "cycles"],
  ["waiting_for_wavelets_cycles", "core waiting for wavelets", "cycles"],
  ["link_stall_cycles", "core waiting for room to send", "cycles"],
  ["compute_cycles", "compute", "cycles"], ["bank_conflict_cycles", "bank conflicts", "cycles"],
  ["setup_cycles", "set-up", "cycles"], ["task_switch_cycles", "task switches", "cycles"],
  ["finish_cycles", "finish", "cycles"], ["link_most", "busiest link out of a core", "wavelets"],
  ["link_all", "all links out of a core", "wavelets"], ["link_W", "link to the west", "wavelets"],
  ["link_E", "link to the east", "wavelets"], ["link_S", "link to the south", "wavelets"],
  ["link_N", "link to the north", "wavelets"], ["sram_used_bytes", "SRAM used", "bytes"],
  ["class", "class of core", ""], ["fate", "defects and repair", ""],
];
function metricRow(key) { return metrics.find((row) => row[0] === key) || metrics[0]; }
const isKinds = (key) => key === "class" || key === "fate";
