// Every slice of one scenario, with the median, its bounds and the floor.

const UNITS = {
  own: { name: "itself", of: (v, figure) => quantity(v, figure.unit) },
  threading: { name: `\u00d7 ${data.reference}`, of: (v) => `${number(v)}\u00d7` },
  floor: { name: "\u00d7 floor", of: (v) => `${number(v)}\u00d7` },
};

function widthOf(place) {
  const style = getComputedStyle(place);
  return Math.max(260, place.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight));
}

function chosenId() {
  if (state.chart) return state.chart;
  const candidates = shownFigures().filter(timed);
  const counts = new Map();
  for (const figure of candidates) counts.set(figure.id, (counts.get(figure.id) || 0) + 1);
  const most = Math.max(0, ...counts.values());
  const widest = candidates.filter((f) => counts.get(f.id) === most);
  return (widest.find((f) => f.scenario === "pair") || widest[0] || {}).id || "";
}

function sampleValues(figure, unit) {
  const own = unpacked(figure.own);
  if (unit === "own") return own;
  const beside = unpacked(unit === "threading" ? figure.besideThreading : figure.besideFloor);
  return beside.length ? own.map((v, n) => v / beside[n]).filter(Number.isFinite) : [];
}

function summaryOf(figure, unit) {
  if (unit === "own") return [figure.median, figure.low, figure.high];
  return (unit === "threading" ? figure.threading : figure.toFloor) || null;
}

function drawStrip() {
  const place = document.getElementById("strip");
  keepingFocus(place, () => fillStrip(place));
}

function fillStrip(place) {
  const id = chosenId();
  const all = data.figures.filter((f) => f.id === id && f.primitive && (!state.on || subjectOf(f).interpreter === interpreter()));
  const rows = all.filter((f) => timed(f) && summaryOf(f, state.unit));
  const first = all[0];
  place.replaceChildren();
  place.hidden = !first;
  if (!first) return;
  const here = shownFigures().filter(timed);
  const ids = [...new Set([...here.map((f) => f.id), id])];
  place.append(element("h3", {}, `Every slice of ${id}`),
    element("p", {}, `One operation: ${first.operation}. ${capital(first.reading)}.`),
    element("div", { class: "controls" }, select("Scenario", "chart", ids.map((one) => [one, one])),
      buttons("Show", "unit", Object.entries(UNITS).map(([key, one]) => [key, key === "own" ? (first.unit === "B" ? "size" : "time") : one.name])),
      buttons("Axis", "axis", [["auto", "auto"], ["log", "log"], ["linear", "from zero"]])));
  if (!rows.length) place.append(element("p", {}, "No slices were taken beside it in this unit."));
  else place.append(stripOf(rows, UNITS[state.unit], widthOf(place), id));
  const lost = all.filter((f) => !timed(f));
  if (lost.length) place.append(element("ul", { class: "troubled" }, lost.map((f) => element("li", {}, `${rowName(f)}: ${f.verdict}${f.reason ? `: ${f.reason}` : ""}`))));
  const cut = rows.filter((f) => (f.own || "").length / 2 < f.slices);
  const shown = cut.length ? ` Of many slices some are drawn, evenly through the sorted ones (${cut[0].own.length / 2} of ${cut[0].slices} in the first such row).` : "";
  const floor = state.unit === "own" && rows.some((f) => f.floor) ? ` The dashed line is the floor beside it: ${first.floorIs === "the same scenario" ? "the same calls, doing nothing" : first.floorIs}.` : "";
  place.append(element("p", { class: "how" }, `How to read it: each dot is one slice, a mean of many operations; further left is ${first.unit === "B" ? "smaller" : "quicker"}. The mark is the median, the bar its bounds over the processes.${floor}${shown}${all.some((f) => f.breaks) ? " \u2717 breaks clauses of this primitive." : ""}`));
}

function rowName(figure) {
  const subject = subjectOf(figure);
  const name = figure.breaks ? `${subject.implementation} \u2717` : subject.implementation;
  return timedOn.length > 1 ? `${name}, ${titleOf(subject.interpreter)}` : name;
}

function inWords(figure, unit) {
  const summary = summaryOf(figure, state.unit);
  if (!summary) return "";
  const [middle, low, high] = summary.map((v) => unit.of(v, figure));
  return low === high ? middle : `${middle} (${low.replace(/\u00d7| [A-Za-z\u00b5]+$/, "")}\u2013${high})`;
}

function stripOf(rows, unit, width, id) {
  const narrow = width < 640;
  const left = narrow ? 4 : Math.min(320, width * 0.34, 24 + 7.6 * Math.max(...rows.map((f) => rowName(f).length)));
  const right = narrow ? 8 : 165;
  const step = narrow ? 74 : rows.length > 12 ? 34 : 44;
  const top = 8;
  const height = top + rows.length * step + 26;
  const svg = picture(width, height, `${id}: ${rows.map((f) => `${rowName(f)} ${inWords(f, unit)}`).join("; ")}`);
  const samples = new Map(rows.map((f) => [f, sampleValues(f, state.unit)]));
  const values = rows.flatMap((f) => [...samples.get(f), ...summaryOf(f, state.unit)]);
  const floors = state.unit === "own" ? rows.map((f) => f.floor).filter(Boolean) : [];
  const near = floors.filter((v) => v > Math.min(...values) / 300);
  const log = state.axis === "log" || (state.axis === "auto" && Math.max(...values, ...near) / Math.min(...values, ...near) > 4);
  const range = scale([...values, ...near], left, width - right, log);
  svg.append(bottomAxis(range, height - 22, top, width - left - right, (v) => unit.of(v, rows[0])));
  if (state.unit !== "own" && range.low <= 1 && range.high >= 1) svg.append(shape("line", { class: "zero", x1: range.at(1), x2: range.at(1), y1: top, y2: height - 22 }));
  rows.forEach((figure, n) => {
    const y = top + n * step + (narrow ? 54 : step / 2);
    const name = subjectOf(figure).implementation;
    const series = `series-${seriesOf(name) % 8}`;
    const summary = summaryOf(figure, state.unit);
    const doubt = figure.verdict === "stable" ? "" : figure.verdict;
    const said = inWords(figure, unit);
    if (narrow) {
      svg.append(shape("text", { class: "label", x: left, y: y - 35 }, rowName(figure)),
        shape("text", { class: "value", x: left, y: y - 19 }, `${said} ${doubt}`));
    } else {
      svg.append(shape("text", { class: "label", x: left - 14, y: y + 4, "text-anchor": "end" }, rowName(figure)),
        shape("text", { class: "value", x: width - right + 12, y: y + (doubt ? -1 : 4) }, said),
        shape("text", { class: "value", x: width - right + 12, y: y + 14 }, doubt));
    }
    const slices = samples.get(figure);
    const few = slices.length < 60;
    const size = few ? 3 : 2;
    // one path of many dots: thousands of elements would be slow to make
    const dots = slices.map((value, k) => {
      const spread = (((k * 0.618034) % 1) - 0.5) * (narrow ? 22 : step * 0.55);
      return `M${(range.at(value) - size).toFixed(1)} ${(y + spread).toFixed(1)}a${size} ${size} 0 1 0 ${2 * size} 0a${size} ${size} 0 1 0 ${-2 * size} 0`;
    }).join("");
    svg.append(shape("path", { class: `dot fill ${series}${few ? " few" : ""}`, d: dots }));
    if (state.unit === "own" && near.includes(figure.floor)) {
      svg.append(note(shape("line", { class: "floor", x1: range.at(figure.floor), x2: range.at(figure.floor), y1: y - 15, y2: y + 15 }), `the floor beside it: ${quantity(figure.floor, figure.unit)}`));
    }
    const from = range.at(Math.max(summary[1], range.low));
    const to = Math.max(from + 1, range.at(summary[2]));
    svg.append(shape("path", { class: "around", d: `M${from} ${y}H${to}` }),
      shape("path", { class: `range ${series}`, d: `M${from} ${y}H${to}M${from} ${y - 6}v12M${to} ${y - 6}v12` }),
      note(markOf(name, range.at(summary[0]), y, 5), `${rowName(figure)}: ${said}${doubt ? `, ${doubt}: ${figure.reason || ""}` : ""}${figure.breaks ? `; ${broken(figure)}` : ""}`));
  });
  return svg;
}

function startStrip() {
  if (!document.getElementById("strip")) return;
  whenSeen("speed", ["on", "actors", "primitive", "kind", "chart", "unit", "axis"], drawStrip, soon);
}
