// How what was done was shared out among those that contended, and how long one had to do without.

function drawShares() {
  const place = document.getElementById("shares");
  const figures = shownFigures().filter((f) => f.jain !== undefined);
  place.replaceChildren();
  const ids = [...new Set(figures.map((f) => f.id))];
  if (!ids.length) return;
  const chart = element("div", { class: "chart wide-chart" });
  place.append(chart);
  const lay = rowsIn(chart, ids);
  const { width, left, height } = lay;
  const svg = picture(width, height, "Fairness: Jain's index of each scenario by implementation");
  const range = { low: 0, high: 1, log: false, at: (v) => left + 6 + v * (width - left - 26) };
  svg.append(bottomAxis(range, height - 22, 8, width - left, (v) => number(v)));
  ids.forEach((id, n) => {
    const y = lay.at(n);
    const of = figures.filter((f) => f.id === id);
    const threads = [...of[0].parameters.values()].find((v) => typeof v === "number");
    svg.append(lay.name(n));
    if (threads > 1) svg.append(note(shape("line", { class: "floor", x1: range.at(1 / threads), x2: range.at(1 / threads), y1: y - 9, y2: y + 9 }), `one of ${threads} had all of it`));
    of.forEach((figure, k) => {
      const name = subjectOf(figure).implementation;
      const at = lay.beside(n, k, of.length);
      const starved = figure.starved === undefined ? "" : `; one had nothing for ${duration(figure.starved)}`;
      const most = figure.mostToLeast === undefined ? "" : `; the busiest had ${number(figure.mostToLeast)} times what the least busy had`;
      svg.append(note(markOf(name, range.at(figure.jain), at), `${id}, ${name}: ${number(figure.jain)}${most}${starved}${figure.verdict === "stable" ? "" : `, ${figure.verdict}`}`));
    });
  });
  const rows = figures.map((f) => element("tr", {}, [f.id, subjectOf(f).implementation, number(f.jain), number(f.mostToLeast), f.starved === undefined ? "" : duration(f.starved), f.overlap === undefined ? "" : number(f.overlap), f.verdict].map((text) => element("td", {}, text))));
  chart.append(element("h3", {}, "Fairness"), element("p", {}, "Jain's index of how the operations were shared out among those that contended, in the median window."), svg, keyOf(figures),
    element("p", { class: "how" }, "How to read it: at 1 all had the same; the dashed line is where one had all. Windows in which not all were at work are left out."),
    element("details", { class: "words" }, element("summary", {}, "The same as a table"),
      tableOf("Fairness", ["cell", "implementation", "Jain's index", "most / least", "longest without", "overlap", "verdict"], rows)));
}

function startShares() {
  if (document.getElementById("shares")) whenSeen("speed", ["on", "actors", "primitive", "kind"], drawShares, soon);
}
