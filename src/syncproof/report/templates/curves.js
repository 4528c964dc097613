// What more threads or waiters do, with the exponent of the growth; and how long single events take.

function drawCurves() {
  const place = document.getElementById("curves");
  place.replaceChildren();
  const groups = new Map();
  for (const figure of shownFigures().filter(timed)) {
    for (const [parameter, value] of figure.parameters) {
      if (typeof value !== "number") continue;
      const others = [...figure.parameters].filter(([name]) => name !== parameter).map((pair) => pair.join("=")).join(" ");
      const key = [figure.scenario, figure.primitive, parameter, others].join("\n");
      if (!groups.has(key)) groups.set(key, { parameter, others, figures: [] });
      groups.get(key).figures.push(figure);
    }
  }
  const charts = [];
  for (const { parameter, others, figures } of groups.values()) {
    const steps = [...new Set(figures.map((f) => f.parameters.get(parameter)).filter((v) => v > 0))].sort((a, b) => a - b);
    if (steps.length > 1) charts.push(() => scalingOf(element("div", { class: "chart" }), figures, parameter, others, steps));
  }
  const spread = shownFigures().filter((f) => f.latencies && f.latencies.length > 2);  // the longest alone is no distribution
  for (const id of new Set(spread.map((f) => f.id))) charts.push(() => latencyOf(element("div", { class: "chart" }), spread.filter((f) => f.id === id)));
  const most = 6;
  const add = (makers) => {
    const made = makers.map((make) => make());
    place.append(...made.map(([chart]) => chart));  // all of them, before any is measured
    for (const [, fill] of made) soon(fill);
  };
  add(charts.slice(0, most));
  if (charts.length > most) {
    const more = element("button", { type: "button", class: "more" }, `Show ${charts.length - most} more charts`);
    more.addEventListener("click", () => { more.remove(); add(charts.slice(most)); });
    place.append(more);
  }
}

function leftAxis(range, left, width, said, wanted = 5) {
  const group = shape("g", { class: "axis" });
  for (const tick of ticks(range, wanted)) {
    group.append(shape("line", { x1: left, x2: width - 8, y1: range.at(tick), y2: range.at(tick) }), shape("text", { x: left - 6, y: range.at(tick) + 4, "text-anchor": "end" }, said(tick)));
  }
  return group;
}

// The exponent with which figures grow: the slope of a line through their logarithms.
function exponentOf(points) {
  const [xs, ys] = [points.map(([x]) => Math.log(x)), points.map(([, y]) => Math.log(y))];
  const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
  const [mx, my] = [mean(xs), mean(ys)];
  const spread = xs.reduce((sum, x) => sum + (x - mx) ** 2, 0);
  return spread ? xs.reduce((sum, x, n) => sum + (x - mx) * (ys[n] - my), 0) / spread : NaN;
}

function scalingOf(chart, figures, parameter, others, steps) {
  const first = figures[0];
  const word = data.primitives[first.primitive] || first.primitive;
  const names = implementationsOf(figures);
  const own = (name) => figures.filter((f) => subjectOf(f).implementation === name && f.parameters.get(parameter) > 0).sort((a, b) => a.parameters.get(parameter) - b.parameters.get(parameter));
  const growing = figures.some((f) => f.growth === parameter);
  const fill = () => {
    const width = widthOf(chart), height = 250, left = 62, bottom = height - 34;
    const svg = picture(width, height, `${first.scenario} of ${first.primitive} by number of ${parameter}`);
    const across = scale(steps, left + 14, width - 24, true);
    const up = scale(figures.flatMap((f) => [f.median, f.low, f.high]), bottom, 10, true);
    const axis = leftAxis(up, left, width, (v) => quantity(v, first.unit));
    for (const value of steps) axis.append(shape("text", { x: across.at(value), y: bottom + 17, "text-anchor": "middle" }, `${value}`));
    axis.append(shape("text", { x: (left + width) / 2, y: height - 2, "text-anchor": "middle" }, parameter.replace("_", " ")));
    svg.append(axis);
    names.forEach((name, n) => {
      const series = `series-${seriesOf(name) % 8}`;
      const aside = (n - (names.length - 1) / 2) * Math.min(6, 40 / names.length);
      const at = (f) => across.at(f.parameters.get(parameter)) + aside;
      svg.append(shape("polyline", { class: `stroke ${series}`, points: own(name).map((f) => `${at(f)},${up.at(f.median)}`).join(" ") }));
      for (const figure of own(name)) {
        const doubt = figure.verdict === "stable" ? "" : `, ${figure.verdict}`;
        svg.append(shape("line", { class: `whisker ${series}${doubt ? " unsure" : ""}`, x1: at(figure), x2: at(figure), y1: up.at(figure.low), y2: up.at(figure.high) }),
          note(markOf(name, at(figure), up.at(figure.median), 4), `${name}, ${parameter}=${figure.parameters.get(parameter)}: ${number(figure.median)} ${figure.unit} (${number(figure.low)}\u2013${number(figure.high)})${doubt}`));
      }
    });
    const said = (name) => {
      const exponent = growing ? exponentOf(own(name).filter(comparable).map((f) => [f.parameters.get(parameter), f.median])) : NaN;
      return Number.isFinite(exponent) ? `${name} (grows as n^${exponent.toFixed(2)})` : name;
    };
    chart.append(element("h3", {}, `${word}: ${first.scenario}, by ${parameter.replace("_", " ")}${others ? `, ${others}` : ""}`), element("p", {}, `One operation: ${first.operation}.`), svg, keyOf(figures, said),
      element("p", { class: "how" }, `How to read it: lower is ${first.unit === "B" ? "smaller" : "quicker"}; both axes are logarithmic. ${growing ? "An exponent of 1 says that twice as many take twice as long, of 2 four times. " : ""}${capital(first.reading)}. Lines through the marks span the bounds, broken where noisy or invalid.`));
  };
  return [chart, fill];
}

// How many of all events were done by then: the axis of the parts opens up towards the slowest ones.
function latencyOf(chart, figures) {
  const first = figures[0];
  const fill = () => {
    const width = widthOf(chart), height = 270, left = 52, bottom = height - 24;
    const svg = picture(width, height, `Latencies of ${first.id}: ${figures.map((f) => `${subjectOf(f).implementation} ${f.latencies.map(([part, at]) => `${partName(part)} ${duration(at)}`).join(", ")}`).join("; ")}`);
    const across = scale(figures.flatMap((f) => f.latencies.map(([, at]) => at)), left + 8, width - 20, true);
    const parts = [...new Set(figures.flatMap((f) => f.latencies.map(([part]) => part)))].sort((a, b) => a - b);
    const up = (part) => bottom - 14 - (parts.indexOf(part) / Math.max(1, parts.length - 1)) * (bottom - 34);
    const axis = bottomAxis(across, bottom, 10, width - left, duration);
    for (const part of parts) axis.append(shape("text", { x: left - 4, y: up(part) + 4, "text-anchor": "end" }, partName(part)), shape("line", { x1: left, x2: width - 8, y1: up(part), y2: up(part) }));
    svg.append(axis);
    for (const figure of figures) {
      const name = subjectOf(figure).implementation;
      const series = `series-${seriesOf(name) % 8}`;
      svg.append(shape("polyline", { class: `stroke ${series}`, points: figure.latencies.map(([part, at]) => `${across.at(at)},${up(part)}`).join(" ") }));
      for (const [part, at] of figure.latencies) svg.append(note(markOf(name, across.at(at), up(part), 3.5), `${name}: ${partName(part)} ${part === 1 ? "" : "within "}${duration(at)}`));
    }
    chart.append(element("h3", {}, `Single events of ${first.id}`), element("p", {}, `One operation: ${first.operation}.`), svg, keyOf(figures),
      element("p", { class: "how" }, "How to read it: a mark at 99 % says that 99 of 100 events took no longer than that; further left is quicker, and a line that leans to the right has a long tail. Parts with too few events beyond them are left out."));
  };
  return [chart, fill];
}

function partName(part) {
  return part === 1 ? "longest" : `${Number((part * 100).toPrecision(4))} %`;
}

function startCurves() {
  if (document.getElementById("curves")) whenSeen("speed", ["on", "actors", "primitive", "kind"], drawCurves, soon);
}
