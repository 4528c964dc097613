// What one test has found: the clauses, what happened, the steps by actor, and how to repeat it.

const KINDS_OF_STORY = {
  broken: ["Broken", "What nobody declares. Each is the work of one test; the steps that led there have a column for each actor."],
  lacks: ["Not offered", "A method or an argument that a clause needs and the implementation does not have. It counts against it unless its adapter declares it."],
  deviations: ["Declared deviations", "Departures that an adapter writes down with the reason. One that no longer happens fails the run, so the list stays true."],
  properties: ["Properties", "What the documentation leaves open, and was found to be so. Nobody fails by it."],
};

function storyNamed(name) {
  const [kind, place] = name.split("-");
  return Object.hasOwn(KINDS_OF_STORY, kind) ? data.stories[kind][Number(place)] : undefined;
}

function clauseLine(place) {
  const [id, level, text, url] = data.clauses[place];
  return element("p", { class: "clause" }, element("code", {}, id), " ", element("span", { class: "level" }, level),
    url ? [" ", element("a", { class: "source", href: url, rel: "noreferrer noopener", "aria-label": `source of ${id}` }, "source")] : "",
    text ? element("span", { class: "sentence" }, text) : "");
}

function asideOf(story) {
  const said = [];
  if (story.variants) said.push(story.variants.join(", "));
  if (data.interpreters.length > 1) said.push(story.on.length === data.interpreters.length ? "every interpreter" : story.on.join(", "));
  return said.length ? element("span", { class: "aside" }, ` ${said.join("; ")}`) : "";
}

// A column for each actor; a change of actor is a rule, who is stuck is dimmed, a timeout has a sign.
function stepsOf(story, whose) {
  if (!story.steps) return "";
  const actors = story.actors || [];
  const rows = story.steps.map(([actor, said], n) => {
    const number = element("th", { scope: "row" }, String(n + 1));
    const switched = n > 0 && story.steps[n - 1][0] !== actor;
    if (actor < 0) return element("tr", { class: switched && "switch" }, number, element("td", { class: "told", colspan: actors.length || 1 }, said));
    const kind = / is blocked in /.test(said) ? "blocked" : / after [\d.]+ s$|timed out|is late/.test(said) ? "timed" : /is cancelled|raised /.test(said) ? "thrown" : "did";
    return element("tr", { class: switched && "switch" }, number,
      actors.map((_, place) => element("td", place === actor ? { class: kind } : {}, place === actor ? said : "")));
  });
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `${whose}, ${story.who} ${story.primitive} ${(story.variants || []).join(" ")} ${story.on.join(" ")}: the steps to ${(story.message || story.word).split("\n")[0]}` },
    element("table", { class: "trace" },
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, element("span", { class: "unseen" }, "step")), actors.map((actor) => element("th", { scope: "col" }, actor)))),
      element("tbody", {}, rows)));
}

function again(command, label = "Repeat it") {
  const copy = element("button", { type: "button", class: "copy" }, "Copy");
  copy.addEventListener("click", async () => {
    try { await navigator.clipboard.writeText(command); copy.textContent = "Copied"; } catch { copy.textContent = "Select it to copy"; }
  });
  return command ? element("p", { class: "again" }, element("b", {}, label), element("code", {}, command), copy) : "";
}

function storyBody(story, whose, withClauses = true) {
  const [happened, ...rest] = (story.message || "").split("\n");
  return [
    ...(withClauses ? story.clauses.map(clauseLine) : []),
    element("p", { class: "happened" }, element("b", {}, "What happened"), happened || story.word),
    story.link ? element("p", {}, element("a", { href: story.link, rel: "noreferrer noopener" }, "where that is explained")) : "",
    stepsOf(story, whose),
    rest.length ? element("details", { class: "words" }, element("summary", {}, "where each actor was"), element("pre", {}, rest.join("\n"))) : "",
    again(story.again),
  ];
}

function storyArticle(kind, place) {
  const story = data.stories[kind][place];
  const first = data.clauses[story.clauses[0]];
  const said = kind === "broken" ? first[2] || first[0] : (story.message || "").split("\n")[0] || first[2];
  const article = element("details", { class: `story ${kind}`, id: `${kind}-${place}` }, element("summary", {},
    element("b", {}, `${data.primitives[story.primitive] || story.primitive}`), asideOf(story), " ",
    element("span", { class: "outcome" }, kind === "lacks" ? (story.declared ? "declared" : "not declared") : kind === "broken" ? story.word : ""),
    story.fresh ? element("span", { class: "fresh" }, "new") : "",
    element("span", { class: "first" }, said)));
  const fill = () => { if (article.children.length === 1) article.append(...storyBody(story, article.id).filter(Boolean)); };
  article.addEventListener("toggle", () => { if (article.open) fill(); });
  article.fill = fill;
  return article;
}

function wantedStory(story) {
  const names = new Set(data.interpreters.filter((one) => !state.on || one.key === state.on).map((one) => one.title));
  if (!story.on.some((title) => names.has(title))) return false;
  if (!state.actors) return true;
  return data.subjects.some((s) => s.implementation === story.who && s.actors === state.actors);
}

function drawStories() {
  const place = document.getElementById("stories");
  if (!place) return;
  place.replaceChildren();
  for (const [kind, [title, said]] of Object.entries(KINDS_OF_STORY)) {
    const wanted = data.stories[kind].map((story, n) => [story, n]).filter(([story]) => wantedStory(story));
    place.append(element("h3", { id: `list-${kind}` }, `${title} `, element("span", { class: "n" }, String(wanted.length))), element("p", { class: "how" }, wanted.length ? said : "None."));
    const fresh = wanted.filter(([story]) => story.fresh);
    if (fresh.length) place.append(groupOf("New since the run before", kind, fresh, true));
    const rest = wanted.filter(([story]) => !story.fresh);
    const list = element("div", { class: "groups" });
    place.append(list);
    const names = [...new Set(rest.map(([story]) => (kind === "properties" ? data.clauses[story.clauses[0]][0] : story.who)))];
    for (const name of names) {
      const own = rest.filter(([story]) => (kind === "properties" ? data.clauses[story.clauses[0]][0] : story.who) === name);
      list.append(groupOf(name, kind, own, false));
    }
  }
  showStory(["story"]);
}

// The stories of one implementation; what stands in them is made when it is opened.
function groupOf(name, kind, stories, open) {
  const group = element("details", { class: `group ${kind}` }, element("summary", {}, element("b", {}, name), " ", element("span", { class: "n" }, String(stories.length))));
  group.fill = () => {
    if (group.children.length > 1) return;
    if (kind === "properties") group.append(propertyTable(stories));
    else group.append(...stories.map(([story, n]) => { const article = storyArticle(kind, n); if (open) article.querySelector("summary").prepend(element("b", {}, `${story.who} `)); return article; }));
  };
  group.places = stories.map(([, n]) => n);
  group.addEventListener("toggle", () => { if (group.open) group.fill(); });
  if (open) { group.open = true; group.fill(); }
  return group;
}

function propertyTable(stories) {
  const rows = stories.map(([story]) => element("tr", {}, element("td", {}, data.primitives[story.primitive] || story.primitive),
    element("td", {}, story.message || ""), element("td", {}, story.who, asideOf(story))));
  const clause = stories[0][0].clauses[0];
  return element("div", {}, clauseLine(clause), tableOf(`What was found of ${data.clauses[clause][0]}`, ["primitive", "found", "where"], rows));
}

function showStory(keys) {
  if (!keys.includes("story") || !state.story || state.view !== "promises") return;
  const [kind, place] = state.story.split("-");
  const group = [...document.querySelectorAll(`#stories .group.${kind}`)].find((one) => one.places.includes(Number(place)));
  if (!group) return;
  group.fill();
  group.open = true;
  const article = document.getElementById(state.story);
  if (!article) return;
  article.fill();
  article.open = true;
  article.scrollIntoView({ block: "start" });
  article.querySelector("summary").focus({ preventScroll: true });
}
