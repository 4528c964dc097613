// Every scenario that is shown at a glance, as a multiple of the baseline.

function drawForest() {
  const place = document.getElementById("forest");
  const points = shownFigures().filter(timed).map((figure) => ({ figure, ratio: ratioTo(baseline(), figure) })).filter((p) => p.ratio);
  const drawn = points.filter((p) => subjectOf(p.figure).implementation !== baseline());
  const ids = [...new Set(drawn.map((p) => p.figure.id))];
  place.replaceChildren();
  place.hidden = !ids.length;
  if (!ids.length) return;
  const lay = rowsIn(place, ids);
  const { width, left, height } = lay;
  const svg = picture(width, height, `Each scenario as a multiple of ${baselineName()}`);
  const range = scale([...drawn.flatMap((p) => p.ratio), 1], left, width - 14, true);
  svg.append(bottomAxis(range, height - 22, 8, width - left, (v) => `${number(v)}\u00d7`),
    shape("line", { class: "zero", x1: range.at(1), x2: range.at(1), y1: 8, y2: height - 22 }));
  ids.forEach((id, n) => {
    svg.append(lay.name(n));
    const of = drawn.filter((p) => p.figure.id === id);
    of.forEach(({ figure, ratio }, k) => {
      const name = subjectOf(figure).implementation;
      const at = lay.beside(n, k, of.length);
      const unsure = figure.verdict === "stable" ? "" : " unsure";
      svg.append(shape("line", { class: `whisker series-${seriesOf(name) % 8}${unsure}`, x1: range.at(Math.max(ratio[1], range.low)), x2: range.at(ratio[2]), y1: at, y2: at }),
        note(markOf(name, range.at(ratio[0]), at), `${id}, ${name}: ${number(ratio[0])} (${number(ratio[1])}\u2013${number(ratio[2])}) times ${baselineName()}${unsure ? `, ${figure.verdict}` : ""}${figure.breaks ? `; ${broken(figure)}` : ""}`));
    });
  });
  place.append(element("h3", {}, `Everything beside ${baselineName()}`),
    element("p", {}, `How many times as long as ${baselineName()} each takes, on ${titleOf(interpreter())}.`),
    svg, keyOf(drawn.map((p) => p.figure)),
    element("p", { class: "how" }, "How to read it: left of the line at 1 is quicker than the baseline, right of it slower. The line through a mark spans the bounds; a broken one is of a noisy or invalid cell."));
}

function startForest() {
  if (document.getElementById("forest")) whenSeen("speed", ["on", "actors", "primitive", "kind", "baseline"], drawForest, soon);
}
