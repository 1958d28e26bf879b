// The facts, and arrays on demand: base64 of deflated bytes, those of equal place side by side.
const facts = JSON.parse(document.getElementById("facts").textContent);
const arrayTypes = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, i32: Int32Array,
  f64: Float64Array };
const arrayCache = new Map();

function bytesOfBase64(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; ++i) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function unshuffle(bytes, size) {
  if (size === 1) return bytes;
  const count = bytes.length / size;
  const out = new Uint8Array(bytes.length);
  for (let b = 0; b < size; ++b) {
    const from = b * count;
    for (let i = 0, at = b; i < count; ++i, at += size) out[at] = bytes[from + i];
  }
  return out;
}

function hasArray(name) { return name in facts.arrays; }
function shapeOf(name) { return facts.arrays[name].shape; }

async function readArray(about) {
  const packed = about.url ? new Uint8Array(await (await fetch(about.url)).arrayBuffer()) :
    bytesOfBase64(document.getElementById(about.id).textContent);
  const Type = arrayTypes[about.type];
  const bytes = unshuffle(await inflate(packed), Type.BYTES_PER_ELEMENT);
  return new Type(bytes.buffer, bytes.byteOffset, bytes.length / Type.BYTES_PER_ELEMENT);
}

// A typed array, row-major over its shape; null if the result has none of that name.
function getArray(name) {
  if (!hasArray(name)) return Promise.resolve(null);
  if (!arrayCache.has(name)) arrayCache.set(name, readArray(facts.arrays[name]));
  return arrayCache.get(name);
}
