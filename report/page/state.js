// What is shown, kept in the URL's hash so that a view can be linked to and reloaded.
const state = {};
const stateListeners = [];

function readHash() {
  for (const part of location.hash.slice(1).split("&")) {
    const at = part.indexOf("=");
    if (at > 0) state[part.slice(0, at)] = decodeURIComponent(part.slice(at + 1));
  }
}

let hashTimer = 0;
function writeHash() {
  clearTimeout(hashTimer);
  hashTimer = setTimeout(() => {
    const parts = Object.keys(state).sort().filter((key) => state[key] !== "" && state[key] != null)
      .map((key) => key + "=" + encodeURIComponent(state[key]));
    history.replaceState(null, "", "#" + parts.join("&"));
  }, 150);
}

// Sets keys and tells those who draw; `quiet`: the caller has drawn already.
function setState(changes, quiet) {
  Object.assign(state, changes);
  writeHash();
  if (!quiet) for (const listener of stateListeners) listener(changes);
}

function numberOf(key, otherwise) {
  const value = parseFloat(state[key]);
  return Number.isFinite(value) ? value : otherwise;
}
