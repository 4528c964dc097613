// Scales, axes and marks.

const SVG = "http://www.w3.org/2000/svg";

function shape(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== "" && child != null));
  return made;
}

function picture(width, height, label) {
  return shape("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label });
}

// From values to places; `log` where asked for. The ends give the extremes a little air.
function scale(values, from, to, log) {
  const good = values.filter((v) => Number.isFinite(v) && (!log || v > 0));
  let low = Math.min(...good), high = Math.max(...good);
  if (!good.length) [low, high] = [1, 2];
  if (log) {
    const air = Math.max((high / low) ** 0.04, 1.03);
    [low, high] = [low / air, high * air];
    const [a, b] = [Math.log(low), Math.log(high)];
    return { low, high, log, at: (v) => from + ((Math.log(v) - a) / (b - a)) * (to - from) };
  }
  low = 0;
  high = high * 1.05 || 1;
  return { low, high, log, at: (v) => from + ((v - low) / (high - low)) * (to - from) };
}

function ticks(range, wanted) {
  if (!range.log) {
    const rough = (range.high - range.low) / wanted;
    const size = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((n) => n * size).find((n) => n >= rough);
    const found = [];
    for (let n = Math.ceil(range.low / step); n * step <= range.high; n++) found.push(n * step);
    return found;
  }
  const all = (steps) => {
    const found = [];
    for (let power = Math.floor(Math.log10(range.low)); power <= Math.log10(range.high) + 1; power++) {
      for (const step of steps) {
        const value = step * 10 ** power;
        if (value >= range.low && value <= range.high) found.push(value);
      }
    }
    return found;
  };
  const finer = [[1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9], [1, 1.5, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]];
  const fitting = finer.map(all).find((found) => found.length <= wanted + 1);
  if (fitting) return fitting;
  const powers = all([1]);
  return powers.filter((_, n) => n % Math.ceil(powers.length / wanted) === 0);
}

function bottomAxis(range, y, top, width, said) {
  const group = shape("g", { class: "axis" });
  for (const tick of ticks(range, Math.max(2, Math.floor(width / 85)))) {
    const x = range.at(tick);
    group.append(shape("line", { x1: x, x2: x, y1: top, y2: y }), shape("text", { x, y: y + 16, "text-anchor": "middle" }, said(tick)));
  }
  return group;
}

// A row for each of these cells, its name beside it, or above it where there is little room.
function rowsIn(place, ids) {
  const width = widthOf(place);
  const narrow = width < 560;
  const left = narrow ? 4 : Math.min(320, 24 + 7.9 * Math.max(...ids.map((id) => id.length)));
  const step = narrow ? 40 : 27;
  const at = (n) => 8 + n * step + (narrow ? 27 : step / 2);
  return {
    width, left, height: 8 + ids.length * step + 26, at,
    name: (n) => (narrow ? shape("text", { class: "value", x: left, y: at(n) - 11 }, ids[n]) : shape("text", { class: "label", x: left - 14, y: at(n) + 4, "text-anchor": "end" }, ids[n])),
    // Those who share a row lie a little apart.
    beside: (n, k, count) => at(n) + (k - (count - 1) / 2) * Math.min(4, 14 / count),
  };
}

// Told apart by shape as well as by colour.
const MARKS = [
  (x, y, r) => shape("circle", { cx: x, cy: y, r }),
  (x, y, r) => shape("rect", { x: x - r * 0.9, y: y - r * 0.9, width: r * 1.8, height: r * 1.8 }),
  (x, y, r) => shape("path", { d: `M${x} ${y - r * 1.2}L${x + r * 1.15} ${y + r * 0.9}H${x - r * 1.15}Z` }),
  (x, y, r) => shape("path", { d: `M${x} ${y - r * 1.3}L${x + r * 1.3} ${y}L${x} ${y + r * 1.3}L${x - r * 1.3} ${y}Z` }),
  (x, y, r) => shape("path", { d: `M${x} ${y + r * 1.2}L${x + r * 1.15} ${y - r * 0.9}H${x - r * 1.15}Z` }),
  (x, y, r) => { const a = r; return shape("path", { d: `M${x - a / 2} ${y - a * 1.5}h${a}v${a}h${a}v${a}h${-a}v${a}h${-a}v${-a}h${-a}v${-a}h${a}Z` }); },
  (x, y, r) => shape("rect", { x: x - r * 0.55, y: y - r * 1.35, width: r * 1.1, height: r * 2.7 }),
  (x, y, r) => shape("rect", { x: x - r * 1.35, y: y - r * 0.55, width: r * 2.7, height: r * 1.1 }),
];

function seriesOf(implementation) {
  return Math.max(0, data.implementations.indexOf(implementation));
}

function markOf(implementation, x, y, r = 4.5) {
  const place = seriesOf(implementation);
  const mark = MARKS[(place + Math.floor(place / 8)) % MARKS.length](x, y, r);
  mark.setAttribute("class", `fill mid series-${place % 8}`);
  return mark;
}

// Who is drawn how, with a mark where a primitive breaks clauses.
function keyOf(figures, said = (name) => name) {
  return element("ul", { class: "series" }, ...implementationsOf(figures).map((name) => {
    const sign = shape("svg", { viewBox: "0 0 14 14", width: 14, height: 14, "aria-hidden": "true" }, markOf(name, 7, 7, 5));
    const wrong = figures.some((f) => f.breaks && subjectOf(f).implementation === name);
    return element("li", {}, sign, said(name), wrong ? element("span", { title: "breaks clauses" }, " \u2717", element("span", { class: "unseen" }, " breaks clauses")) : "");
  }));
}

function note(made, text) {
  made.append(shape("title", {}, text));
  return made;
}
