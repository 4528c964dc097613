// The matrix, what of it is shown, and the clauses behind a cell.

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
  const [id, level] = data.clauses[place];
  return { place, id, level, verdict, stories, binding: level === "must" || level === "should",
    notes: notes.map(([outcome, message, variants]) => ({ outcome: data.texts[outcome], message: data.texts[message], variants })) };
}

function clauseItem(row, told) {
  const body = element("div", {}, clauseLine(row.place));
  if (!row.stories.length) {
    for (const note of row.notes) {
      const over = note.variants.length ? ` (${note.variants.join(", ")})` : "";
      body.append(element("p", { class: "said" }, (note.message || note.outcome) + over));
    }
  }
  for (const name of row.stories) {
    if (told.has(name)) body.append(element("p", { class: "said" }, "as above: the same test"));
    else body.append(element("div", { class: "told-here" }, storyBody(storyNamed(name), `cell, ${name}`, false)));
    told.add(name);
  }
  return element("li", { class: row.verdict }, element("span", { class: "sign", "aria-hidden": "true" }, SIGNS[row.verdict] || ""), body);
}

function showCell(keys) {
  const panel = document.getElementById("cell");
  if (!panel || !keys.includes("cell")) return;
  for (const link of document.querySelectorAll("a[aria-current=true]")) link.removeAttribute("aria-current");
  const cell = data.cells.find((one) => one.key === state.cell);
  panel.hidden = !cell;
  panel.replaceChildren();
  if (!cell) return;
  const link = linkOf(cell.key);
  if (link) link.setAttribute("aria-current", "true");
  const subject = subjectOf(cell);
  const close = element("button", { type: "button" }, "Close");
  close.addEventListener("click", () => closeCell(cell.key));
  const heading = element("h3", { tabindex: "-1" }, `${subject.implementation} ${data.primitives[cell.primitive] || cell.primitive} `,
    element("span", { class: "aside" }, `${subject.version} on ${titleOf(subject.interpreter)}`));
  panel.append(element("header", {}, heading, close), again(cell.again, "Check it again"));
  const files = subject.files.filter((file) => file.includes("check/"));
  panel.append(element("p", { class: "how" }, files.map((file) => [element("a", { href: file }, "the result file"), " \u00b7 "]), element("a", { href: subject.badge }, "its badge")));
  panel.append(pastOf(cell));
  const rows = cell.rows.map(openedRow);
  const told = new Set();
  for (const [title, belongs] of GROUPS) {
    const of = rows.filter(belongs);
    if (!of.length) continue;
    const list = element("ul", { class: "rows" });
    const folded = element("details", { class: "fold" }, element("summary", {}, `${title} `, element("span", { class: "n" }, String(of.length))), list);
    const fill = () => { if (!list.children.length) list.append(...of.map((row) => clauseItem(row, told))); };
    folded.fill = fill;
    folded.addEventListener("toggle", () => { if (folded.open) fill(); });
    if (/^(Broken|Not offered|Declared)/.test(title) || of.length === rows.length) { fill(); folded.open = true; }
    panel.append(folded);
  }
  heading.focus({ preventScroll: true });
  panel.scrollIntoView({ block: "start" });
}

function linkOf(key) {
  return [...document.querySelectorAll("#matrix a")].find((one) => one.dataset.cell === key);
}

function closeCell(key) {
  change({ cell: "" });
  const link = linkOf(key);
  if (link) link.focus();
}

function filterMatrix() {
  let before = "";
  for (const row of document.querySelectorAll("#matrix tbody tr")) {
    const bad = row.querySelector(".broken, .not-offered");
    const departs = bad || row.querySelector(".deviates, .declared");
    row.hidden = (Boolean(state.on) && row.dataset.i !== state.on) || (Boolean(state.actors) && row.dataset.a !== state.actors)
      || (state.only === "broken" && !bad) || (state.only === "departs" && !departs);
    if (row.hidden) continue;
    const name = row.querySelector(".name").textContent;
    row.classList.toggle("begins", name !== before);
    before = name;
  }
}

function startMatrix() {
  const filters = document.getElementById("filters");
  if (!filters) return;
  filters.addEventListener("submit", (event) => event.preventDefault());
  const kinds = ACTORS.filter((kind) => data.subjects.some((s) => s.actors === kind));
  if (kinds.length > 1) filters.append(buttons("Actors", "actors", [["", "All"], ...kinds.map((kind) => [kind, capital(kind)])]));
  if (data.interpreters.length > 1) filters.append(select("Interpreter", "on", [["", "all"], ...data.interpreters.map((one) => [one.key, one.title])]));
  filters.append(buttons("Rows", "only", [["", "All"], ["departs", "That depart"], ["broken", "Broken"]]),
    select("Clause groups of", "groups", [["", "none: whole primitives"], ...Object.entries(data.primitives).filter(([name]) => data.cells.some((cell) => cell.primitive === name))]));
  for (const link of document.querySelectorAll("#matrix a")) link.dataset.cell = new URLSearchParams(link.hash.slice(1)).get("cell");
  document.getElementById("matrix").addEventListener("click", openCell);
  document.getElementById("groups").addEventListener("click", openCell);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && state.cell) closeCell(state.cell);
  });
  whenSeen("promises", ["on", "actors", "only"], filterMatrix);
  whenSeen("promises", ["on", "actors"], drawStories, soon);
  watchers.push(showCell, showStory);
}

function openCell(event) {
  const link = event.target.closest("a[data-cell]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (state.cell === link.dataset.cell) closeCell(state.cell);
  else change({ cell: link.dataset.cell, story: "" }, true);
}
