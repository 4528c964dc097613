// The table scenario by implementation, set against the baseline that the reader picks.

const KINDS = { hot: "Nobody else wants it", window: "Threads contend", blocking: "Threads wait for each other" };
const EDGES = [1.05, 1.5, 3, 8];

// Of slices that lay side by side wherever there are any; so it holds on a machine that is slow throughout.
function ratioTo(baseline, figure) {
  if (figure.median === undefined) return null;
  if (baseline === FLOOR) return figure.toFloor || null;
  const subject = subjectOf(figure);
  if (subject.implementation === baseline) return [1, 1, 1];
  if (baseline === data.reference && figure.threading) return figure.threading;
  const other = figureOf(subject.interpreter, baseline, figure.id);
  if (!usable(other)) return null;
  if (figure.threading && other.threading) {
    const [a, b] = [figure.threading, other.threading];
    return [a[0] / b[0], a[1] / b[2], a[2] / b[1]];
  }
  return [figure.median / other.median, figure.low / other.high, figure.high / other.low];
}

function bucketOf(ratio, figure) {
  if (!ratio || !usable(figure)) return "";
  const [estimate, low, high] = ratio;
  if ((low <= 1 && high >= 1) || (estimate > 0.95 && estimate < 1.05)) return "h0";
  const size = Math.max(estimate, 1 / estimate);
  return (estimate > 1 ? "slow" : "fast") + EDGES.filter((edge) => size >= edge).length;
}

function paintHeat() {
  for (const table of document.querySelectorAll(".heat-of")) {
    table.hidden = table.dataset.interpreter !== state.interpreter;
    if (table.hidden) continue;
    const names = [...table.querySelectorAll("thead [data-implementation]")].map((head) => head.dataset.implementation);
    for (const body of table.querySelectorAll("tbody")) {
      const rows = [...body.querySelectorAll("tr[data-id]")];
      for (const row of rows) {
        row.hidden = Boolean(state.kind) && row.dataset.kind !== state.kind;
        row.classList.toggle("chosen", row.dataset.id === state.chart);
        names.forEach((name, place) => paintCell(row.cells[place + 1], figureOf(state.interpreter, name, row.dataset.id)));
      }
      const wanted = !state.primitive || body.dataset.primitive === state.primitive;
      body.hidden = !wanted || rows.every((row) => row.hidden);
    }
  }
}

function paintCell(cell, figure) {
  const big = cell.querySelector("b");
  if (!figure || !big) return;
  const ratio = ratioTo(state.baseline, figure);
  big.textContent = ratio ? `${number(ratio[0])}\u00d7` : "";
  for (const name of [...cell.classList]) if (/^(h0|fast\d|slow\d)$/.test(name)) cell.classList.remove(name);
  const bucket = bucketOf(ratio, figure);
  if (bucket) cell.classList.add(bucket);
  const bounds = ratio ? `${number(ratio[0])} (${number(ratio[1])}\u2013${number(ratio[2])}) times ${baselineName()}` : "";
  const trouble = figure.verdict === "stable" ? "" : `${figure.verdict}: ${figure.reason || ""}`;
  cell.title = [bounds, trouble].filter(Boolean).join("\n");
}

function baselineName() {
  return state.baseline === FLOOR ? "the floor" : state.baseline;
}

function select(label, key, options) {
  const chooser = element("select", { "data-key": key }, ...options.map(([value, text]) => element("option", { value }, text)));
  chooser.addEventListener("change", () => change({ [key]: chooser.value }));
  return element("label", {}, label, chooser);
}

function buttons(label, key, options) {
  const made = options.map(([value, text]) => {
    const button = element("button", { type: "button", "data-key": key, "data-value": value }, text);
    button.addEventListener("click", () => change({ [key]: value }));
    return button;
  });
  return element("fieldset", { class: "set" }, element("legend", {}, label), ...made);
}

function showControls() {
  for (const chooser of document.querySelectorAll("select[data-key]")) {
    chooser.value = chooser.dataset.key === "chart" ? chosenId() : state[chooser.dataset.key];
  }
  for (const button of document.querySelectorAll("button[data-key]")) {
    button.setAttribute("aria-pressed", String(state[button.dataset.key] === button.dataset.value));
  }
}

function startHeat() {
  const form = document.getElementById("controls");
  if (!form) return;
  form.addEventListener("submit", (event) => event.preventDefault());
  const kinds = Object.entries(KINDS).filter(([kind]) => data.figures.some((f) => f.kind === kind));
  const primitives = Object.entries(data.primitives).filter(([name]) => data.figures.some((f) => f.primitive === name));
  const timed = data.implementations.filter((name) => data.figures.some((f) => subjectOf(f).implementation === name && f.median !== undefined));
  form.append(
    buttons("What happens", "kind", [["", "Everything"], ...kinds]),
    select("Primitive", "primitive", [["", "all"], ...primitives]),
    select("Baseline", "baseline", [...timed.map((name) => [name, name]), [FLOOR, "the floor (calls that do nothing)"]]));
  if (timedOn.length > 1) form.append(select("Interpreter", "interpreter", timedOn.map((key) => [key, titleOf(key)])));
  for (const head of document.querySelectorAll(".heat tr[data-id] th")) {
    const scenario = head.querySelector(".scenario");
    const link = element("a", { href: address({ chart: head.parentNode.dataset.id }) }, ...scenario.childNodes);
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      change({ chart: head.parentNode.dataset.id }, true);
      document.getElementById("charts").scrollIntoView();
    });
    scenario.replaceChildren(link);
  }
  watchers.push((keys) => { if (keys.some((key) => key !== "cell")) paintHeat(); }, showControls);
}
