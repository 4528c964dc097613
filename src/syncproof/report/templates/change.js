// Two runs side by side, and what a cell came to run after run, with its steps.

// The bounds are apart, by more than two runs of the same differ by. As history.py says it.
function apart(before, after) {
  const [, hash, kind, , , was] = before, [, hash2, , , , now] = after;
  if (!was || !now || hash !== hash2) return false;
  const factor = now[0] / was[0];
  return (now[1] > was[2] || now[2] < was[1]) && Math.max(factor, 1 / factor) > (["hot", "memory"].includes(kind) ? 1.05 : 1.1);
}

function pastIn(run) {
  return new Map(data.history.past.filter((past) => runs[past[0]] === run).map((past) => [lineOf(past), past]));
}

function verdictIn(signs, place) {
  return data.history.signs[(signs || "")[place]];
}

function changesBetween(before, after) {
  const [old, now] = [pastIn(before), pastIn(after)];
  const found = [], shifts = [];
  let both = 0;
  for (const [line, past] of now) {
    const was = old.get(line);
    if (!was) continue;
    both++;
    for (const [primitive, signs] of Object.entries(past[4])) {
      data.history.clauses[primitive].forEach((clause, place) => {
        const [a, b] = [verdictIn(was[4][primitive], place), verdictIn(signs, place)];
        if (a && b && a !== b && a !== "skipped" && b !== "skipped") found.push({ line, primitive, clause, a, b });
      });
    }
    const points = new Map(was[5].map((point) => [point[0], point]));
    for (const point of past[5]) {
      const other = points.get(point[0]);
      if (other && apart(other, point)) shifts.push({ line, id: point[0], factor: point[5][0] / other[5][0], a: other, b: point });
    }
  }
  const worse = (one) => WORST.indexOf(one.b) > WORST.indexOf(one.a);
  found.sort((x, y) => (y.b === "broken") - (x.b === "broken") || worse(y) - worse(x));
  shifts.sort((x, y) => y.factor - x.factor);
  return { found, shifts, both, fresh: [...now.keys()].filter((line) => !old.has(line)), gone: [...old.keys()].filter((line) => !now.has(line)), worse };
}

function lineLink(line, text = line) {
  const link = element("a", { href: address({ line }) }, text);
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    change({ line }, true);
    document.getElementById("past").scrollIntoView();
  });
  return link;
}

function drawChanges() {
  const place = document.getElementById("changes");
  const { found, shifts, both, fresh, gone, worse } = changesBetween(state.before, state.after);
  const titled = (title, list) => (list.length ? [element("h3", {}, `${title} `, element("span", { class: "n" }, String(list.length))),
    tableOf(title, ["implementation", "primitive", "clause", "was", "is"], list.slice(0, 300).map((one) => element("tr", {}, element("td", {}, lineLink(one.line)), element("td", {}, data.primitives[one.primitive] || one.primitive),
      element("td", {}, clauseLine(one.clause)), element("td", { class: `v ${one.a}` }, `${SIGNS[one.a]} ${one.a}`), element("td", { class: `v ${one.b}` }, `${SIGNS[one.b]} ${one.b}`))))] : []);
  const timesTable = (title, list) => (list.length ? [element("h3", {}, `${title} `, element("span", { class: "n" }, String(list.length))),
    tableOf(title, ["implementation", "cell", "times as long", "was", "is"], list.slice(0, 300).map((one) => element("tr", {}, element("td", {}, lineLink(one.line)), element("td", {}, element("code", {}, one.id)),
      element("td", { class: one.factor > 1 ? "slow2" : "fast2" }, `${number(one.factor)}\u00d7`), ...[one.a, one.b].map((point) => element("td", {}, `${number(point[5][0])} (${number(point[5][1])}\u2013${number(point[5][2])}) \u00d7 beside it`)))))] : []);
  const broken = found.filter((one) => one.b === "broken"), mended = found.filter((one) => !worse(one)), other = found.filter((one) => worse(one) && one.b !== "broken");
  place.replaceChildren(element("p", {}, `${counted(both, "implementation")} in both: ${counted(broken.length, "clause")} newly broken, ${mended.length} better, ${other.length} otherwise worse; ${counted(shifts.filter((one) => one.factor > 1).length, "time")} slower, ${shifts.filter((one) => one.factor < 1).length} quicker.`
      + (fresh.length ? ` Only in the later: ${fresh.length}.` : "") + (gone.length ? ` Only in the earlier: ${gone.length}.` : "")),
    ...titled("Newly broken", broken), ...titled("Otherwise worse", other), ...titled("Better", mended),
    ...timesTable("Slower", shifts.filter((one) => one.factor > 1)), ...timesTable("Quicker", shifts.filter((one) => one.factor < 1).reverse()));
}

// -- one cell, run after run -----------------------------------------------------------------

function pastsOf(line) {
  return data.history.past.filter((past) => lineOf(past) === line).sort((a, b) => a[0] - b[0]);
}

const severalTimes = () => [...new Set(data.history.past.map(lineOf))].filter((line) => pastsOf(line).length > 1).sort();

function lineShown() {
  const lines = severalTimes();
  return lines.includes(state.line) ? state.line : lines[0];
}

function drawPast() {
  const place = document.getElementById("past");
  keepingFocus(place, () => fillPast(place));
}

function fillPast(place) {
  const lines = severalTimes();
  const line = lineShown();
  const pasts = pastsOf(line);
  const primitives = [...new Set(pasts.flatMap((past) => Object.keys(past[4])))];
  const rows = primitives.map((name) => element("tr", {}, element("th", { scope: "row" }, data.primitives[name] || name), pasts.map((past, n) => {
    const signs = past[4][name];
    if (!signs) return element("td", {}, "\u2014");
    const [kept, tried] = keptOf(signs);
    const earlier = n && pasts[n - 1][4][name];
    const step = earlier && keptOf(earlier).join() !== `${kept},${tried}`;
    return element("td", { class: step ? "step" : "" }, `${kept}/${tried}`, step ? element("span", { class: "unseen" }, " (a step)") : "");
  })));
  const ids = [...new Set(pasts.flatMap((past) => past[5].map(([id]) => id)))].filter((id) => pasts.filter((past) => past[5].some((point) => point[0] === id && point[5])).length > 1);
  place.replaceChildren(element("h3", {}, "Run after run"), element("div", { class: "controls" }, select("Implementation", "line", lines.map((one) => [one, one]))));
  place.querySelector("select").value = line;
  place.append(tableOf("Clauses kept, run after run", ["primitive", ...pasts.map((past) => data.history.runs[past[0]][1] || runs[past[0]])], rows));
  const grid = element("div", { class: "charts small" });
  place.append(element("p", { class: "how" }, "How to read it: clauses kept of those that could be tried; a step is underlined. Below, each cell of the benchmarks as a multiple of what was timed beside it, with its bounds: a step is marked where the bounds are apart, a line breaks where the scenario became another."), grid);
  const stepped = ids.map((id) => [id, pasts.map((past) => past[5].find((point) => point[0] === id))]);
  stepped.sort((a, b) => countSteps(b[1]) - countSteps(a[1]));
  for (const [id, points] of stepped.slice(0, 12)) grid.append(sparkOf(id, points, pasts));
  if (stepped.length > 12) grid.append(element("p", { class: "note" }, `${stepped.length - 12} more cells without a step are not drawn.`));
}

function keptOf(signs) {
  const of = [...signs].filter((sign) => sign !== "-" && sign !== "s");
  return [of.filter((sign) => sign === "k").length, of.length];
}

function countSteps(points) {
  return points.filter((point, n) => n && point && points[n - 1] && apart(points[n - 1], point)).length;
}

function sparkOf(id, points, pasts) {
  const width = 300, height = 96, left = 46;
  const good = points.filter((point) => point && point[5]);
  const said = points.map((point, n) => (point && point[5] ? `${data.history.runs[pasts[n][0]][1]} ${number(point[5][0])}` : "")).filter(Boolean).join(", ");
  const svg = picture(width, height, `${id}: ${said}`);
  const up = scale(good.flatMap((point) => point[5]), height - 22, 12, true);
  const at = (n) => left + 14 + (n / Math.max(1, points.length - 1)) * (width - left - 30);
  svg.append(leftAxis(up, left, width, (v) => `${number(v)}\u00d7`, 2));
  points.forEach((point, n) => {
    if (!point || !point[5]) return;
    const before = points[n - 1];
    if (before && before[5] && before[1] === point[1]) svg.append(shape("line", { class: "stroke series-0", x1: at(n - 1), y1: up.at(before[5][0]), x2: at(n), y2: up.at(point[5][0]) }));
    if (before && apart(before, point)) svg.append(shape("path", { class: "step-mark", d: `M${(at(n - 1) + at(n)) / 2} 8V${height - 20}` }), shape("text", { class: "value", x: (at(n - 1) + at(n)) / 2 + 3, y: height - 8, "text-anchor": "middle" }, `${number(point[5][0] / before[5][0])}\u00d7`));
    svg.append(shape("line", { class: "whisker series-0", x1: at(n), x2: at(n), y1: up.at(point[5][1]), y2: up.at(point[5][2]) }),
      note(shape("circle", { class: "fill mid series-0", cx: at(n), cy: up.at(point[5][0]), r: 4 }), `${data.history.runs[pasts[n][0]][1]}: ${number(point[5][0])} (${number(point[5][1])}\u2013${number(point[5][2])}) times what was beside it`));
  });
  return element("figure", {}, element("figcaption", {}, element("code", {}, id)), svg);
}

// In the panel of a cell of the matrix: what it came to in each run.
function pastOf(cell) {
  if (!data.history) return "";
  const subject = subjectOf(cell);
  const line = `${subject.line[1]} on ${subject.line[0]}`;
  const pasts = pastsOf(line).filter((past) => past[4][cell.primitive]);
  if (pasts.length < 2) return "";
  const said = pasts.map((past) => `${data.history.runs[past[0]][1]}: ${keptOf(past[4][cell.primitive]).join("/")}`);
  return element("p", { class: "how" }, "Run after run: ", said.join(", "), " \u00b7 ", lineLink(line, "its history"));
}

function startChange() {
  const form = document.getElementById("runs");
  if (!form) return;
  form.addEventListener("submit", (event) => event.preventDefault());
  const options = data.history.runs.map(([name, date, machine]) => [name, name.startsWith(date) ? name : `${date} ${machine || name}`]);
  form.append(select("Earlier", "before", options), select("Later", "after", options));
  whenSeen("change", ["before", "after"], drawChanges);
  whenSeen("change", ["line"], drawPast, soon);
}
