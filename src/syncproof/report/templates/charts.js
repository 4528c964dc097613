// Every slice of one scenario; a primitive at a glance; and what more threads do.

const UNITS = {
  ns: { name: "time", word: "time for one operation", of: (v) => duration(v) },
  threading: { name: `\u00d7 ${data.reference}`, word: `times as long as ${data.reference} beside it`, of: (v) => `${number(v)}\u00d7` },
  floor: { name: "\u00d7 floor", word: "times as long as the floor beside it", of: (v) => `${number(v)}\u00d7` },
};

function widthOf(place) {
  const style = getComputedStyle(place);
  return Math.max(260, place.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight));
}

function chosenId() {
  if (state.chart) return state.chart;
  const candidates = data.figures.filter((f) => f.median !== undefined && f.primitive && subjectOf(f).interpreter === state.interpreter
    && (!state.primitive || f.primitive === state.primitive) && (!state.kind || f.kind === state.kind));
  const counts = new Map();
  for (const figure of candidates) counts.set(figure.id, (counts.get(figure.id) || 0) + 1);
  const most = Math.max(0, ...counts.values());
  const widest = candidates.filter((f) => counts.get(f.id) === most);
  return (widest.find((f) => f.scenario === "pair") || widest[0] || {}).id || "";
}

// -- every slice ---------------------------------------------------------------------------

function sampleValues(figure, unit) {
  if (unit === "ns") return figure.own || [];
  const beside = unit === "threading" ? figure.besideThreading : figure.besideFloor;
  return beside ? figure.own.map((v, n) => v / beside[n]).filter(Number.isFinite) : [];
}

function summaryOf(figure, unit) {
  if (unit === "ns") return [figure.median, figure.low, figure.high];
  return (unit === "threading" ? figure.threading : figure.toFloor) || null;
}

function drawStrip() {
  const place = document.getElementById("strip");
  if (!place) return;
  const id = chosenId();
  const all = data.figures.filter((f) => f.id === id && f.primitive);
  const rows = all.filter((f) => f.median !== undefined && (summaryOf(f, state.unit) || sampleValues(f, state.unit).length));
  const first = all[0];
  const held = place.contains(document.activeElement) ? { ...document.activeElement.dataset } : {};
  place.replaceChildren();
  place.hidden = !first;
  if (!first) return;
  const unit = UNITS[state.unit];
  const ids = [...new Map(data.figures.filter((f) => f.primitive && f.median !== undefined).map((f) => [f.id, f])).keys()];
  const settings = element("div", { class: "controls" },
    select("Scenario", "chart", ids.map((one) => [one, one])),
    buttons("Show", "unit", Object.entries(UNITS).map(([key, one]) => [key, one.name])),
    buttons("Axis", "axis", [["auto", "auto"], ["log", "log"], ["linear", "from zero"]]));
  place.append(element("h3", {}, `Every slice of ${id}`),
    element("p", {}, `One operation: ${first.operation}. ${capital(first.reading)}.`), settings);
  if (!rows.length) {
    place.append(element("p", {}, "No slices were taken beside it in this unit."));
  } else {
    place.append(stripOf(rows, unit, widthOf(place), id));
  }
  for (const lost of all.filter((f) => f.median === undefined)) {
    place.append(element("p", {}, `${rowName(lost)}: ${lost.verdict}${lost.reason ? `: ${lost.reason}` : ""}`));
  }
  const cut = rows.filter((f) => (f.own || []).length < f.slices);
  const shown = cut.length ? ` Of many slices some are drawn, evenly through the sorted ones (${cut[0].own.length} of ${cut[0].slices} in the first such row).` : "";
  const floor = state.unit === "ns" && rows.some((f) => f.floor) ? ` The dashed line is the floor beside it: ${rows[0].floorIs === "a call" ? "one call of a C function" : "the same calls, doing nothing"}.` : "";
  place.append(element("p", { class: "how" }, `How to read it: each dot is one slice, a mean of many operations; further left is quicker. The mark is the median, the bar its bounds over the processes.${floor}${shown}`));
  focusAgain(place, held);
}

// The chart is made anew, its controls too: who was on one of them stays there.
function focusAgain(place, held) {
  if (!held.key) return;
  const controls = [...place.querySelectorAll("[data-key]")];
  const same = controls.find((one) => one.dataset.key === held.key && one.dataset.value === held.value);
  if (same) same.focus({ preventScroll: true });
}

function capital(text) {
  return text ? text[0].toUpperCase() + text.slice(1) : "";
}

function rowName(figure) {
  const subject = subjectOf(figure);
  return timedOn.length > 1 ? `${subject.implementation}, ${titleOf(subject.interpreter)}` : subject.implementation;
}

function stripOf(rows, unit, width, id) {
  const narrow = width < 560;
  const left = narrow ? 4 : Math.min(300, width * 0.34, 24 + 8 * Math.max(...rows.map((f) => rowName(f).length)));
  const right = narrow ? 8 : 150;
  const step = narrow ? 66 : 48;
  const top = 8;
  const height = top + rows.length * step + 26;
  const svg = picture(width, height, `${id}: ${rows.map((f) => `${rowName(f)} ${unit.of((summaryOf(f, state.unit) || [0])[0])}`).join("; ")}`);
  const values = rows.flatMap((f) => [...sampleValues(f, state.unit), ...(summaryOf(f, state.unit) || [])]);
  const floors = state.unit === "ns" ? rows.map((f) => f.floor).filter(Boolean) : [];
  const near = floors.filter((v) => v > Math.min(...values) / 300);
  const log = state.axis === "log" || (state.axis === "auto" && Math.max(...values, ...near) / Math.min(...values, ...near) > 4);
  const range = scale([...values, ...near], left, width - right, log);
  svg.append(bottomAxis(range, height - 22, top, width - left - right, unit.of));
  if (state.unit !== "ns" && range.low <= 1 && range.high >= 1) {
    svg.append(shape("line", { class: "zero", x1: range.at(1), x2: range.at(1), y1: top, y2: height - 22 }));
  }
  rows.forEach((figure, n) => {
    const y = top + n * step + (narrow ? 42 : step / 2);
    const name = subjectOf(figure).implementation;
    const series = `series-${seriesOf(name) % 8}`;
    const summary = summaryOf(figure, state.unit);
    const doubt = figure.verdict === "stable" ? "" : figure.verdict;
    const apart = summary && summary[1] !== summary[2];
    const said = !summary ? "" : !apart ? unit.of(summary[0]) : `${unit.of(summary[0])} (${unit.of(summary[1]).replace(/\u00d7| [a-z\u00b5]+$/, "")}\u2013${unit.of(summary[2])})`;
    if (narrow) {
      svg.append(shape("text", { class: "label", x: left, y: y - 24 }, rowName(figure)),
        shape("text", { class: "value", x: width - right, y: y - 24, "text-anchor": "end" }, `${said} ${doubt}`));
    } else {
      svg.append(shape("text", { class: "label", x: left - 14, y: y + 4, "text-anchor": "end" }, rowName(figure)),
        shape("text", { class: "value", x: width - right + 12, y: y + (doubt ? -1 : 4) }, said),
        shape("text", { class: "value", x: width - right + 12, y: y + 14 }, doubt));
    }
    const slices = sampleValues(figure, state.unit);
    const few = slices.length < 60;
    const dots = shape("g", { class: `dot fill ${series}${few ? " few" : ""}` });
    slices.forEach((value, k) => {
      const spread = (((k * 0.618034) % 1) - 0.5) * (narrow ? 22 : 26);
      dots.append(shape("circle", { cx: range.at(value).toFixed(1), cy: (y + spread).toFixed(1), r: few ? 3 : 2 }));
    });
    svg.append(dots);
    if (state.unit === "ns" && near.includes(figure.floor)) {
      svg.append(note(shape("line", { class: "floor", x1: range.at(figure.floor), x2: range.at(figure.floor), y1: y - 17, y2: y + 17 }), `the floor beside it: ${duration(figure.floor)}`));
    }
    if (summary) {
      const from = range.at(Math.max(summary[1], range.low));
      const to = Math.max(from + 1, range.at(summary[2]));
      svg.append(shape("path", { class: "around", d: `M${from} ${y}H${to}` }),
        shape("path", { class: `range ${series}`, d: `M${from} ${y}H${to}M${from} ${y - 6}v12M${to} ${y - 6}v12` }),
        note(markOf(name, range.at(summary[0]), y, 5), `${rowName(figure)}: ${said}${doubt ? `, ${doubt}: ${figure.reason}` : ""}`));
    }
  });
  return svg;
}

// -- a primitive at a glance ---------------------------------------------------------------

function shownFigures() {
  return data.figures.filter((f) => f.primitive && f.median !== undefined && subjectOf(f).interpreter === state.interpreter
    && (!state.primitive || f.primitive === state.primitive) && (!state.kind || f.kind === state.kind));
}

function drawForest() {
  const place = document.getElementById("forest");
  if (!place) return;
  const points = shownFigures().map((figure) => ({ figure, ratio: ratioTo(state.baseline, figure) })).filter((p) => p.ratio);
  const others = points.filter((p) => subjectOf(p.figure).implementation !== state.baseline);
  const ids = [...new Set(others.map((p) => p.figure.id))];
  place.replaceChildren();
  place.hidden = !ids.length;
  if (!ids.length) return;
  const drawn = others.filter((p) => ids.includes(p.figure.id));
  const width = widthOf(place);
  const narrow = width < 560;
  const left = narrow ? 4 : Math.min(250, 20 + 7.2 * Math.max(...ids.map((id) => id.length)));
  const step = narrow ? 40 : 27;
  const height = 8 + ids.length * step + 26;
  const svg = picture(width, height, `Each scenario as a multiple of ${baselineName()}`);
  const range = scale([...drawn.flatMap((p) => p.ratio), 1], left, width - 14, true);
  svg.append(bottomAxis(range, height - 22, 8, width - left, (v) => `${number(v)}\u00d7`),
    shape("line", { class: "zero", x1: range.at(1), x2: range.at(1), y1: 8, y2: height - 22 }));
  ids.forEach((id, n) => {
    const y = 8 + n * step + (narrow ? 27 : step / 2);
    svg.append(narrow ? shape("text", { class: "value", x: left, y: y - 11 }, id) : shape("text", { class: "label", x: left - 14, y: y + 4, "text-anchor": "end" }, id));
    const of = drawn.filter((p) => p.figure.id === id);
    of.forEach(({ figure, ratio }, k) => {
      const name = subjectOf(figure).implementation;
      const at = y + (k - (of.length - 1) / 2) * Math.min(4, 14 / of.length);
      const unsure = figure.verdict === "stable" ? "" : " unsure";
      svg.append(shape("line", { class: `whisker series-${seriesOf(name) % 8}${unsure}`, x1: range.at(Math.max(ratio[1], range.low)), x2: range.at(ratio[2]), y1: at, y2: at }),
        note(markOf(name, range.at(ratio[0]), at), `${id}, ${name}: ${number(ratio[0])} (${number(ratio[1])}\u2013${number(ratio[2])}) times ${baselineName()}${unsure ? `, ${figure.verdict}` : ""}`));
    });
  });
  const names = data.implementations.filter((name) => drawn.some((p) => subjectOf(p.figure).implementation === name));
  place.append(element("h3", {}, `Everything beside ${baselineName()}`),
    element("p", {}, `How many times as long as ${baselineName()} each takes${timedOn.length > 1 ? `, on ${titleOf(state.interpreter)}` : ""}. The choices above the table hold here too.`),
    svg, keyOf(names),
    element("p", { class: "how" }, "How to read it: left of the line at 1 is quicker than the baseline, right of it slower. The line through a mark spans the bounds; a broken one is of a noisy cell."));
}

// -- more threads --------------------------------------------------------------------------

function drawScaling() {
  const place = document.getElementById("scaling");
  if (!place) return;
  place.replaceChildren();
  const groups = new Map();
  for (const figure of shownFigures()) {
    if (figure.parameters.size !== 1) continue;
    const key = `${figure.scenario} ${figure.primitive}`;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(figure);
  }
  const charts = [];
  for (const figures of groups.values()) {
    const [parameter] = figures[0].parameters.keys();
    const steps = [...new Set(figures.map((f) => f.parameters.get(parameter)).filter((v) => v > 0))].sort((a, b) => a - b);
    if (steps.length > 1) charts.push([element("div", { class: "chart" }), figures, parameter, steps]);
  }
  place.append(...charts.map(([chart]) => chart));  // all of them, before any is measured
  for (const chart of charts) scalingOf(...chart);
}

function scalingOf(chart, figures, parameter, steps) {
  const first = figures[0];
  const width = widthOf(chart), height = 250, left = 58, bottom = height - 34;
  const svg = picture(width, height, `${first.scenario} of ${first.primitive} by number of ${parameter}`);
  const across = scale(steps, left + 14, width - 24, true);
  const up = scale(figures.flatMap((f) => [f.median, f.p10 || f.low, f.high]), bottom, 10, true);
  const axis = shape("g", { class: "axis" });
  for (const tick of ticks(up, 5)) axis.append(shape("line", { x1: left, x2: width - 8, y1: up.at(tick), y2: up.at(tick) }), shape("text", { x: left - 6, y: up.at(tick) + 4, "text-anchor": "end" }, duration(tick)));
  for (const value of steps) axis.append(shape("text", { x: across.at(value), y: bottom + 17, "text-anchor": "middle" }, `${value}`));
  axis.append(shape("text", { x: (left + width) / 2, y: height - 2, "text-anchor": "middle" }, parameter));
  svg.append(axis);
  const names = data.implementations.filter((name) => figures.some((f) => subjectOf(f).implementation === name));
  names.forEach((name, n) => {
    const own = figures.filter((f) => subjectOf(f).implementation === name && f.parameters.get(parameter) > 0).sort((a, b) => a.parameters.get(parameter) - b.parameters.get(parameter));
    const series = `series-${seriesOf(name) % 8}`;
    const aside = (n - (names.length - 1) / 2) * 6;
    const at = (f) => across.at(f.parameters.get(parameter)) + aside;
    svg.append(shape("polyline", { class: `stroke ${series}`, points: own.map((f) => `${at(f)},${up.at(f.median)}`).join(" ") }));
    for (const figure of own) {
      const fair = figure.fairness === undefined ? "" : `; the least busy thread had ${number(figure.fairness)} of its due`;
      const doubt = figure.verdict === "stable" ? "" : `, ${figure.verdict}`;
      svg.append(shape("line", { class: `whisker ${series}${doubt ? " unsure" : ""}`, x1: at(figure), x2: at(figure), y1: up.at(figure.low), y2: up.at(figure.high) }),
        note(markOf(name, at(figure), up.at(figure.median)), `${name}, ${parameter}=${figure.parameters.get(parameter)}: ${number(figure.median)} ns (${number(figure.low)}\u2013${number(figure.high)})${fair}${doubt}`));
    }
  });
  const word = data.primitives[first.primitive] || first.primitive;
  chart.append(element("h3", {}, `${word}: ${first.scenario}, by ${parameter}`), element("p", {}, `One operation: ${first.operation}.`), svg, keyOf(names),
    element("p", { class: "how" }, `How to read it: lower is quicker; both axes are logarithmic. ${capital(first.reading)}. Lines through the marks span the bounds, broken where noisy.`));
}

// What was chosen shows at once; the charts follow one by one, so that nobody waits for all of them.
const drawings = [drawStrip, drawForest, drawScaling];
let pending = 0;

function drawAll() {
  clearTimeout(pending);
  for (const draw of drawings) draw();
  showControls();
}

function drawSoon(left = drawings) {
  clearTimeout(pending);
  const [draw, ...rest] = left;
  if (draw) pending = setTimeout(() => { draw(); showControls(); drawSoon(rest); });
}

function startCharts() {
  if (!document.getElementById("charts")) return;
  drawAll();
  watchers.push((keys) => { if (keys.some((key) => key !== "cell")) drawSoon(); });
  let last = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== last) { last = innerWidth; drawSoon(); } });
  addEventListener("beforeprint", drawAll);
}
