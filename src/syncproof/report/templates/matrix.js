// The clauses behind a cell of the matrix.

const SIGNS = { kept: "\u2713", deviates: "\u2248", declared: "\u25cb", "not-offered": "\u25cb", broken: "\u2717", skipped: "\u00b7", property: "\u2022" };
const GROUPS = [
  ["Broken", (row) => row.verdict === "broken" && row.binding],
  ["Not offered", (row) => ["not-offered", "declared"].includes(row.verdict) && row.binding],
  ["Declared deviations", (row) => row.verdict === "deviates" && row.binding],
  ["Kept", (row) => row.verdict === "kept" && row.binding],
  ["Properties: left open by the documentation", (row) => row.verdict === "property"],
  ["Details of CPython, which count for nothing", (row) => row.level === "detail"],
  ["Not tried", (row) => row.verdict === "skipped" && row.binding],
];

// A clause that is kept, and nothing more to say, is its number alone.
function openedRow(row) {
  const [place, verdict, notes, stories] = Array.isArray(row) ? row : [row, "kept", [], []];
  const [id, level, text, url] = data.clauses[place];
  return { id, level, text, url, verdict, stories, binding: level === "must" || level === "should",
    notes: notes.map(([outcome, message, variants]) => ({ outcome: data.texts[outcome], message: data.texts[message], variants })) };
}

function clauseItem(row, told) {
  const body = element("div", {},
    element("p", { class: "clause" }, element("code", {}, row.id), " ", element("span", { class: "level" }, row.level), " ",
      row.url ? element("a", { class: "source", href: row.url, rel: "noreferrer noopener" }, "source") : "",
      element("span", { class: "sentence" }, row.text)));
  if (!row.stories.length) {
    for (const note of row.notes) {
      const over = note.variants.length ? ` (${note.variants.join(", ")})` : "";
      body.append(element("p", { class: "said" }, (note.message || note.outcome) + over));
    }
  }
  for (const name of row.stories) body.append(storyOf(name, told));
  return element("li", { class: row.verdict }, element("span", { class: "sign", "aria-hidden": "true" }, SIGNS[row.verdict] || ""), body);
}

// The article that tells it stands in the page already; one that decides several clauses is shown once.
function storyOf(name, told) {
  const article = document.getElementById(name);
  if (!article) return "";
  if (told.has(name)) return element("p", { class: "said" }, "as above: the same test");
  told.add(name);
  const copy = article.cloneNode(true);
  copy.removeAttribute("id");
  if (copy.matches("details")) copy.open = true;
  for (const clause of copy.querySelectorAll(".clause")) clause.remove();
  return copy;
}

function showCell(keys) {
  const panel = document.getElementById("cell");
  if (!panel || !keys.includes("cell")) return;
  for (const link of document.querySelectorAll("[data-cell]")) {
    link.setAttribute("aria-expanded", String(link.dataset.cell === state.cell));
  }
  const cell = data.cells.find((one) => one.key === state.cell);
  panel.hidden = !cell;
  panel.replaceChildren();
  if (!cell) return;
  const subject = subjectOf(cell);
  const close = element("button", { type: "button" }, "Close");
  close.addEventListener("click", () => closeCell(cell.key));
  const heading = element("h3", { tabindex: "-1" }, `${subject.implementation} ${data.primitives[cell.primitive] || cell.primitive} `,
    element("span", { class: "aside" }, `${subject.version} on ${titleOf(subject.interpreter)}`));
  panel.append(element("header", {}, heading, close),
    element("p", { class: "again" }, element("b", {}, "Check it again"), element("code", {}, cell.again)));
  const rows = cell.rows.map(openedRow);
  const told = new Set();
  for (const [title, belongs] of GROUPS) {
    const of = rows.filter(belongs);
    if (!of.length) continue;
    panel.append(element("h4", {}, `${title} (${of.length})`), element("ul", { class: "rows" }, ...of.map((row) => clauseItem(row, told))));
  }
  heading.focus({ preventScroll: true });
  panel.scrollIntoView({ block: "start" });
}

function closeCell(key) {
  change({ cell: "" });
  const link = [...document.querySelectorAll("[data-cell]")].find((one) => one.dataset.cell === key);
  if (link) link.focus();
}

function startMatrix() {
  for (const link of document.querySelectorAll("[data-cell]")) {
    link.href = address({ cell: link.dataset.cell });
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      if (state.cell === link.dataset.cell) closeCell(state.cell);
      else change({ cell: link.dataset.cell }, true);
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && state.cell) closeCell(state.cell);
  });
  watchers.push(showCell);
}
