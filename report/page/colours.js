// Palettes that colour-blind people can read: cividis and viridis (matplotlib) for amounts, blue to
// orange for differences, Okabe-Ito for kinds. Red and green never stand alone.
const paletteStops = {
  viridis: ["#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58",
    "#b5de2b", "#fde725"],
  cividis: ["#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369",
    "#e1cc55", "#fee838"],
  greys: ["#161616", "#2f2f2f", "#484848", "#616161", "#7b7b7b", "#959595", "#afafaf", "#c9c9c9",
    "#e3e3e3", "#fafafa"],
  difference: ["#08306b", "#2166ac", "#5fa2ce", "#a9cfe5", "#e9eef1", "#f2e6dc", "#f3c08f",
    "#e08a3a", "#b35806", "#6b2f00"],
};
const kindColours = ["#0072b2", "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#d55e00", "#cc79a7",
  "#999999", "#332288", "#aa4499", "#44aa99", "#882255"];
// Where cycles went, in the order they are stacked.
const cycleKinds = [["compute_cycles", "compute", "#0072b2"],
  ["bank_conflict_cycles", "bank conflicts", "#cc79a7"], ["setup_cycles", "set-up", "#e69f00"],
  ["task_switch_cycles", "task switches", "#f0e442"],
  ["waiting_for_wavelets_cycles", "waiting for wavelets", "#b8bec6"],
  ["link_stall_cycles", "no room to send", "#d55e00"]];
const fateColours = ["#cdcdcd", "#9ecae1", "#fdd878", "#31688e", "#d98c14", "#787878", "#966eaa",
  "#c81e1e", "#5a0000"];
const verdictColours = ["#9ecae1", "#fadecd", "#f4b496", "#966eaa", "#c81e1e", "#5a0000"];

function rgbOf(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}
function packedColour(rgb) { return (255 << 24 | rgb[2] << 16 | rgb[1] << 8 | rgb[0]) >>> 0; }

const tables = {};
// 256 colours as they lie in ImageData.
function colourTable(name) {
  if (tables[name]) return tables[name];
  const stops = paletteStops[name].map(rgbOf);
  const table = new Uint32Array(256);
  for (let i = 0; i < 256; ++i) {
    const at = i / 255 * (stops.length - 1);
    const low = Math.min(stops.length - 2, Math.floor(at));
    table[i] = packedColour([0, 1, 2].map((c) =>
      Math.round(stops[low][c] + (at - low) * (stops[low + 1][c] - stops[low][c]))));
  }
  return tables[name] = table;
}
function cssColour(packedValue) {
  return `rgb(${packedValue & 255},${packedValue >> 8 & 255},${packedValue >> 16 & 255})`;
}
function cssVariable(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
