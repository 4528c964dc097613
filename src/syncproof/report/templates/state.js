// What is shown is in the address after the #, so that every view can be linked to.

const FLOOR = "(floor)";
const timedOn = data.interpreters.map((one) => one.key).filter((key) => timesOn(key));

function timesOn(interpreter) {
  return data.figures.filter((f) => f.median !== undefined && subjectOf(f).interpreter === interpreter).length;
}

// Where most was timed; the latest of several such.
function fullest() {
  return timedOn.reduce((best, key) => (timesOn(key) >= timesOn(best) ? key : best), timedOn[0] || "");
}

const DEFAULTS = {
  cell: "", primitive: "", kind: "", interpreter: fullest(), baseline: data.reference, chart: "", unit: "ns", axis: "auto",
};
const state = { ...DEFAULTS };
const watchers = [];

function allowed(key, value) {
  const figures = data.figures;
  switch (key) {
    case "cell": return value === "" || data.cells.some((cell) => cell.key === value);
    case "primitive": return value === "" || Object.hasOwn(data.primitives, value);
    case "kind": return value === "" || figures.some((f) => f.kind === value);
    case "interpreter": return timedOn.includes(value);
    case "baseline": return value === FLOOR || data.implementations.includes(value);
    case "chart": return value === "" || figures.some((f) => f.id === value);
    case "unit": return ["ns", "threading", "floor"].includes(value);
    case "axis": return ["auto", "log", "linear"].includes(value);
    default: return false;
  }
}

// A plain anchor, such as #broken, is none of ours: it leaves everything as it is.
function readAddress() {
  const text = location.hash.slice(1);
  if (text && !text.includes("=")) return false;
  const said = new URLSearchParams(text);
  for (const key of Object.keys(DEFAULTS)) {
    const value = said.get(key);
    state[key] = value !== null && allowed(key, value) ? value : DEFAULTS[key];
  }
  return true;
}

function address(changes) {
  const wanted = { ...state, ...changes };
  const said = new URLSearchParams();
  for (const [key, value] of Object.entries(wanted)) if (value !== DEFAULTS[key]) said.set(key, value);
  return `#${said.toString() || "all="}`;
}

function change(changes, remember = false) {
  Object.assign(state, changes);
  const to = address({});
  if (remember) history.pushState(null, "", to);
  else history.replaceState(null, "", to);
  show(Object.keys(changes));
}

// A step back, or an address typed by hand: only what is different is shown anew.
function followAddress() {
  const before = { ...state };
  if (!readAddress()) return;
  const keys = Object.keys(state).filter((key) => state[key] !== before[key]);
  if (keys.length) show(keys);
}

function show(keys) {
  for (const watcher of watchers) watcher(keys);
}
