// The matrix of one primitive by groups of its clauses: lock.release, lock.acquire, and so on.

function groupName(id) {
  return id.split(".").slice(0, 2).join(".");
}

function drawGroups() {
  const place = document.getElementById("groups");
  if (!place) return;
  const whole = document.getElementById("matrix").closest(".scroll");
  whole.hidden = Boolean(state.groups);
  place.replaceChildren();
  if (!state.groups) return;
  const cells = data.cells.filter((cell) => cell.primitive === state.groups)
    .filter((cell) => (!state.on || subjectOf(cell).interpreter === state.on) && (!state.actors || subjectOf(cell).actors === state.actors));
  const tables = cells.map((cell) => {
    const of = new Map();
    for (const row of cell.rows.map(openedRow).filter((one) => one.binding && one.verdict !== "skipped")) {
      const name = groupName(row.id);
      if (!of.has(name)) of.set(name, []);
      of.get(name).push(row.verdict);
    }
    return [cell, of];
  });
  const names = [...new Set(tables.flatMap(([, of]) => [...of.keys()]))];
  const rows = tables.map(([cell, of], n) => {
    const subject = subjectOf(cell);
    const begins = !n || subjectOf(tables[n - 1][0]).implementation !== subject.implementation;
    return element("tr", { class: begins && "begins" }, element("th", { scope: "row" }, element("span", { class: "name" }, subject.implementation),
      element("span", { class: "aside" }, data.interpreters.length > 1 ? titleOf(subject.interpreter) : subject.version)),
      names.map((name) => groupCell(cell, of.get(name))));
  });
  place.append(element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Clauses of ${data.primitives[state.groups]} by group` },
    element("table", { class: "matrix by-group" },
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, data.primitives[state.groups]), names.map((name) => element("th", { scope: "col" }, element("small", {}, `${name.split(".")[0]}.`), name.slice(name.indexOf(".") + 1))))),
      element("tbody", {}, rows))));
}

const WORST = ["kept", "declared", "deviates", "not-offered", "broken"];

function groupCell(cell, verdicts) {
  if (!verdicts) return element("td", { class: "m none" }, "\u2014");
  const worst = WORST[Math.max(...verdicts.map((verdict) => WORST.indexOf(verdict)))] || "kept";
  const kept = verdicts.filter((verdict) => verdict === "kept").length;
  const link = element("a", { href: address({ cell: cell.key }) }, element("span", {}, element("i", { "aria-hidden": "true" }, SIGNS[worst]), ` ${kept}`, element("small", {}, `/${verdicts.length}`)),
    " ", element("em", { class: "unseen" }, worst.replace("-", " ")));
  link.dataset.cell = cell.key;
  return element("td", { class: `m ${worst}` }, link);
}

function startGroups() {
  whenSeen("promises", ["groups", "on", "actors"], drawGroups);
}
