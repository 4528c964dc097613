// The table scenario by implementation, set against the baseline that the reader picks.

const KINDS = { hot: "Nobody else wants it", window: "Several contend", blocking: "They wait for each other", latency: "Single events", memory: "Memory" };
const EDGES = [1.05, 1.5, 3, 8];

function kindPlace(kind) {
  const place = Object.keys(KINDS).indexOf(kind);
  return place < 0 ? 99 : place;
}

function interpreter() {
  return timedOn.includes(state.on) ? state.on : fullest;
}

const timedKinds = ACTORS.filter((kind) => data.figures.some((f) => timed(f) && subjectOf(f).actors === kind));

function actors() {
  return timedKinds.includes(state.actors) ? state.actors : timedKinds[0];
}

// The figures of one interpreter and one kind of actor: what can be set side by side.
const here = new Map();

function figuresHere() {
  const [on, kind] = [interpreter(), actors()];
  const key = `${on}\n${kind}`;
  if (!here.has(key)) here.set(key, data.figures.filter((f) => f.primitive && subjectOf(f).interpreter === on && subjectOf(f).actors === kind));
  return here.get(key);
}

function primitive() {
  if (state.primitive) return state.primitive;
  const found = new Set(figuresHere().map((f) => f.primitive));
  return Object.keys(data.primitives).find((name) => found.has(name)) || "all";
}

function shownFigures() {
  const wanted = primitive();
  return figuresHere().filter((f) => (wanted === "all" || f.primitive === wanted) && (!state.kind || f.kind === state.kind));
}

function baseline() {
  if (state.baseline) return state.baseline;
  return figuresHere().some((f) => f.threading) || figureOfReference() ? data.reference : FLOOR;
}

function figureOfReference() {
  return figuresHere().some((f) => subjectOf(f).implementation === data.reference);
}

function baselineName() {
  return baseline() === FLOOR ? "the floor" : baseline();
}

// Of slices that lay side by side wherever there are any; so it holds on a machine that is slow throughout.
function ratioTo(other, figure) {
  if (!timed(figure)) return null;
  if (other === FLOOR) return figure.toFloor || null;
  const subject = subjectOf(figure);
  if (subject.implementation === other) return [1, 1, 1];
  if (other === data.reference && figure.threading) return figure.threading;
  const beside = figureOf(subject.interpreter, other, figure.id);
  if (!comparable(beside)) return null;
  if (figure.threading && beside.threading) {
    const [a, b] = [figure.threading, beside.threading];
    return [a[0] / b[0], a[1] / b[2], a[2] / b[1]];
  }
  return [figure.median / beside.median, figure.low / beside.high, figure.high / beside.low];
}

function bucketOf(ratio, figure) {
  if (!ratio || !usable(figure)) return "";
  const [estimate, low, high] = ratio;
  if ((low <= 1 && high >= 1) || (estimate > 0.95 && estimate < 1.05)) return "h0";
  const size = Math.max(estimate, 1 / estimate);
  return (estimate > 1 ? "slow" : "fast") + EDGES.filter((edge) => size >= edge).length;
}

function parametersOf(figure) {
  return [...figure.parameters].map(([name, value]) => element("span", { class: "parameter" }, ` ${name}=${value}`));
}

function drawHeat() {
  const place = document.getElementById("heat");
  const figures = shownFigures();
  const names = implementationsOf(figures);
  const by = new Map(figures.map((f) => [`${subjectOf(f).implementation}\n${f.id}`, f]));
  const against = baseline();
  const name = baselineName();
  const chosen = chosenId();
  const offers = new Set(figures.map((f) => `${subjectOf(f).implementation}\n${f.primitive}`));
  const table = element("table", { class: "heat" },
    element("caption", {}, `${titleOf(interpreter())}, ${actors()}: times ${name}, and the median of one operation`),
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "scenario"), names.map((name) => element("th", { scope: "col" }, name)))));
  const told = new Set(figures.filter(timed).map((f) => f.id));
  for (const [key, word] of Object.entries(data.primitives)) {
    const of = figures.filter((f) => f.primitive === key && told.has(f.id));
    const ids = [...new Map(of.map((f) => [f.id, f])).values()].sort((a, b) => kindPlace(a.kind) - kindPlace(b.kind));
    if (!ids.length) continue;
    const body = element("tbody", {}, element("tr", { class: "group" }, element("th", { scope: "rowgroup", colspan: names.length + 1 }, element("span", {}, word))));
    for (const first of ids) {
      const link = element("a", { href: address({ chart: first.id }), "data-chart": first.id }, first.scenario);
      body.append(element("tr", { class: first.id === chosen ? "chosen" : "" }, element("th", { scope: "row", title: first.operation }, link, parametersOf(first)),
        names.map((who) => heatCell(by.get(`${who}\n${first.id}`), against, name, offers.has(`${who}\n${key}`)))));
    }
    table.append(body);
  }
  keepingFocus(place, () => place.replaceChildren(names.length ? table : element("p", { class: "note" }, "Nothing of that kind was timed here: choose another.")));
  drawTrouble(figures, new Set(figures.map((f) => f.id)).size - told.size);
}

function heatCell(figure, against, name, offered) {
  if (!figure) return element("td", { class: "none" }, offered ? element("span", { class: "why" }, "not timed") : "");
  if (!timed(figure)) return element("td", { class: "none", title: figure.reason || "" }, element("span", { class: "why" }, figure.verdict));
  const ratio = ratioTo(against, figure);
  const doubt = figure.verdict === "stable" ? "" : figure.verdict;
  const wrong = broken(figure);
  const bounds = ratio ? `${number(ratio[0])} (${number(ratio[1])}\u2013${number(ratio[2])}) times ${name}` : "";
  return element("td", { class: [bucketOf(ratio, figure), doubt].filter(Boolean).join(" "), title: [bounds, doubt && `${doubt}: ${figure.reason || ""}`, wrong].filter(Boolean).join("\n") },
    element("b", {}, ratio ? `${number(ratio[0])}\u00d7` : ""), element("i", {}, `${number(figure.median)} ${figure.unit}`),
    doubt || wrong ? element("span", { class: "why" }, doubt, wrong && [" \u2717", element("span", { class: "unseen" }, ` ${wrong}`)]) : "");
}

function drawTrouble(figures, untold) {
  const bad = figures.filter((f) => f.verdict !== "stable");
  const list = element("ul", { class: "troubled" });
  const scenarios = [...new Map(figures.map((f) => [f.scenario, f])).values()];
  const folded = element("details", { class: "words" }, element("summary", {}, "Noisy, invalid and missing cells, with the reason ", element("span", { class: "n" }, String(bad.length)),
    untold ? element("span", { class: "aside" }, ` ${counted(untold, "scenario")} that nobody has a time of ${untold === 1 ? "is" : "are"} only here`) : ""), list);
  folded.addEventListener("toggle", () => {
    if (folded.open && !list.children.length) list.append(...bad.map((f) => element("li", {}, element("code", {}, f.id), ` ${subjectOf(f).implementation}: ${f.verdict}${f.reason ? `: ${f.reason}` : ""}`)));
  });
  document.getElementById("trouble").replaceChildren(bad.length ? folded : "",
    element("details", { class: "words" }, element("summary", {}, "What one operation is, and how to read each figure"),
      element("dl", {}, scenarios.flatMap((f) => [element("dt", {}, f.scenario), element("dd", {}, `${f.operation}. `, element("span", { class: "aside" }, `${capital(f.reading)}.`))]))));
}

function startHeat() {
  const form = document.getElementById("controls");
  if (!form) return;
  form.addEventListener("submit", (event) => event.preventDefault());
  const kinds = [...new Set(data.figures.filter((f) => f.primitive).map((f) => f.kind))].sort((a, b) => kindPlace(a) - kindPlace(b)).map((kind) => [kind, KINDS[kind] || kind]);
  const primitives = Object.entries(data.primitives).filter(([name]) => data.figures.some((f) => f.primitive === name));
  const names = implementationsOf(data.figures.filter(timed));
  form.append(
    select("Primitive", "primitive", [...primitives, ["all", "all"]]),
    select("Baseline", "baseline", [...names.map((name) => [name, name]), [FLOOR, "the floor (calls that do nothing)"]]));
  if (timedOn.length > 1) form.append(select("Interpreter", "on", [["", `${titleOf(fullest)}, where most was timed`], ...timedOn.map((key) => [key, titleOf(key)])]));
  if (timedKinds.length > 1) form.append(select("Actors", "actors", [["", timedKinds[0]], ...timedKinds.slice(1).map((kind) => [kind, kind])]));
  form.append(buttons("What happens", "kind", [["", "Everything"], ...kinds]));
  document.getElementById("heat").addEventListener("click", (event) => {
    const link = event.target.closest("a[data-chart]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    change({ chart: link.dataset.chart }, true);
    document.getElementById("strip").scrollIntoView();
  });
  whenSeen("speed", ["on", "actors", "primitive", "kind", "baseline", "chart"], drawHeat);
}
