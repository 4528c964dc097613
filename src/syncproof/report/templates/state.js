// What is shown is in the address after the #, so that every view can be linked to.

const FLOOR = "(floor)";
const VIEWS = [...document.querySelectorAll("[data-view]")].map((link) => link.dataset.view);
const ACTORS = ["threads", "processes", "tasks", "greenlets", "mixed"];
const timesOn = new Map();
for (const figure of data.figures) {
  const key = subjectOf(figure).interpreter;
  if (timed(figure)) timesOn.set(key, (timesOn.get(key) || 0) + 1);
}
const timedOn = data.interpreters.map((one) => one.key).filter((key) => timesOn.has(key));

// Where most was timed; the latest of several such.
const fullest = timedOn.reduce((best, key) => (timesOn.get(key) >= timesOn.get(best) ? key : best), timedOn[0] || "");

const runs = data.history ? data.history.runs.map((run) => run[0]) : [];
const DEFAULTS = {
  view: VIEWS[0], cell: "", story: "", page: "", actors: "", on: "", only: "", groups: "", primitive: "", kind: "",
  baseline: "", chart: "", unit: "own", axis: "auto", before: runs[runs.length - 2] || "", after: runs[runs.length - 1] || "", line: "",
};
const state = { ...DEFAULTS };
const watchers = [];

function allowed(key, value) {
  const figures = data.figures;
  if (value === "") return true;
  switch (key) {
    case "view": return VIEWS.includes(value);
    case "cell": return data.cells.some((cell) => cell.key === value);
    case "story": return Boolean(storyNamed(value));
    case "page": return data.pages.includes(value);
    case "actors": return ACTORS.includes(value);
    case "on": return data.interpreters.some((one) => one.key === value);
    case "only": return ["broken", "departs"].includes(value);
    case "groups": case "primitive": return value === "all" || Object.hasOwn(data.primitives, value);
    case "kind": return figures.some((f) => f.kind === value);
    case "baseline": return value === FLOOR || data.implementations.includes(value);
    case "chart": return figures.some((f) => f.id === value);
    case "unit": return ["own", "threading", "floor"].includes(value);
    case "axis": return ["auto", "log", "linear"].includes(value);
    case "before": case "after": return runs.includes(value);
    case "line": return Boolean(data.history) && data.history.past.some((past) => lineOf(past) === value);
    default: return false;
  }
}

function lineOf(past) {
  return `${past[2]} on ${past[1]}`;
}

// What belongs to a view leads to it, wherever the reader is.
function viewOf(key) {
  return { cell: "promises", story: "promises", groups: "promises", only: "promises", page: "findings", chart: "speed",
    baseline: "speed", kind: "speed", before: "change", after: "change" }[key];
}

// A plain anchor, such as #main, is none of ours: it leaves everything as it is.
function readAddress() {
  const text = location.hash.slice(1);
  if (text && !text.includes("=")) return false;
  const said = new URLSearchParams(text);
  for (const key of Object.keys(DEFAULTS)) {
    const value = said.get(key);
    state[key] = value !== null && allowed(key, value) ? value : DEFAULTS[key];
  }
  if (!said.get("view")) {
    const meant = [...said.keys()].map(viewOf).find((view) => VIEWS.includes(view));
    if (meant) state.view = meant;
  }
  return true;
}

function address(changes) {
  const wanted = { ...state, ...changes };
  const said = new URLSearchParams();
  for (const [key, value] of Object.entries(wanted)) if (value !== DEFAULTS[key]) said.set(key, value);
  if (![...said.keys()].includes("view") && [...said.keys()].some((key) => VIEWS.includes(viewOf(key)) && viewOf(key) !== wanted.view)) {
    said.set("view", wanted.view);
  }
  return `#${said.toString() || `view=${wanted.view}`}`;
}

function change(changes, remember = false) {
  const before = { ...state };
  Object.assign(state, changes);
  const to = address({});
  if (remember) history.pushState(null, "", to);
  else history.replaceState(null, "", to);
  show(Object.keys(state).filter((key) => state[key] !== before[key]));
}

// A step back, or an address typed by hand: only what is different is shown anew.
function followAddress() {
  const before = { ...state };
  if (!readAddress()) return;
  show(Object.keys(state).filter((key) => state[key] !== before[key]));
}

function show(keys) {
  if (!keys.length) return;
  for (const watcher of watchers) watcher(keys);
}

// What was chosen shows at once; what takes longer follows piece by piece, so that nobody waits for all of it.
const waiting = [];
let timer = 0;

function soon(draw) {
  if (!waiting.includes(draw)) waiting.push(draw);
  document.documentElement.dataset.busy = "yes";
  timer ||= setTimeout(drawNext);
}

function drawNext() {
  timer = 0;
  waiting.shift()();
  showControls();
  if (waiting.length) timer ||= setTimeout(drawNext);
  else delete document.documentElement.dataset.busy;
}

function drawNow() {
  while (waiting.length) {
    clearTimeout(timer);
    drawNext();
  }
}

// Draw a view when it is looked at, and again when something it depends on has changed since.
function whenSeen(view, keys, draw, when = (drawn) => drawn()) {
  let stale = true;
  const seen = () => {
    if (state.view !== view) stale = true;
    else draw();
  };
  watchers.push((changed) => {
    if (changed.some((key) => keys.includes(key))) stale = true;
    if (stale && state.view === view) { stale = false; when(seen); }
  });
}

function showView(keys) {
  if (!keys.includes("view")) return;
  for (const section of document.querySelectorAll(".view")) section.hidden = section.id !== state.view;
  for (const link of document.querySelectorAll("[data-view]")) {
    if (link.dataset.view === state.view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function startViews() {
  for (const link of document.querySelectorAll("[data-view]")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      change({ view: link.dataset.view, cell: "", story: "", page: "" }, true);
      const nav = document.querySelector("nav");
      if (nav.getBoundingClientRect().top <= 0) scrollTo({ top: nav.offsetTop, behavior: "instant" });
    });
  }
  watchers.push(showView);
}
