// Questions that a reader comes with, and what to look at for each.

const PLAIN = { actors: "", on: "", primitive: "", kind: "", baseline: "", chart: "", unit: "own", axis: "auto" };

function idOf(scenarios, of, kind) {
  for (const scenario of scenarios) {
    const found = data.figures.filter((f) => timed(f) && f.scenario === scenario && (!of || f.primitive === of) && (!kind || subjectOf(f).actors === kind));
    if (found.length) return found[found.length - 1].id;
  }
  return "";
}

function presets() {
  const free = data.interpreters.find((one) => one.free && timesOn.has(one.key));
  const has = (kind) => data.figures.some((f) => timed(f) && f.kind === kind);
  const tasks = timedKinds.includes("tasks");
  return [
    ["Which lock for many threads?", { primitive: "lock", kind: "window", chart: idOf(["throughput"], "lock", "threads") }, has("window"), "nothing that contends was timed"],
    ["What does a lock cost by itself?", { primitive: "lock", kind: "hot", chart: idOf(["pair"], "lock", "threads") }, has("hot"), "nothing was timed alone"],
    ["Who is woken soonest?", { primitive: "all", kind: has("latency") ? "latency" : "blocking", chart: idOf(["wake", "pingpong"], "", "threads") }, has("blocking") || has("latency"), "nothing that waits was timed"],
    ["Is it fair?", { primitive: "lock", kind: "window", chart: idOf(["fair", "throughput"], "lock", "threads") }, data.figures.some((f) => f.jain !== undefined), "no shares were counted"],
    ["Async", { actors: "tasks", primitive: "all", chart: idOf(["task.pair", "task.throughput"], "lock", "tasks") }, tasks, "no tasks were timed in these runs"],
    ["Without the GIL", { on: free ? free.key : "", primitive: "lock", kind: "window", chart: idOf(["throughput"], "lock", "threads") }, Boolean(free), "no free-threaded build was timed in these runs"],
  ];
}

function startPresets() {
  const place = document.getElementById("presets");
  if (!place) return;
  const made = presets().map(([label, changes, there, why]) => {
    const button = element("button", { type: "button", "aria-disabled": there ? undefined : "true", title: there ? "" : why }, label, there ? "" : element("span", { class: "aside" }, ` (${why})`));
    button.addEventListener("click", () => { if (there) change({ ...PLAIN, ...changes }, true); });
    button.changes = { ...PLAIN, ...changes };
    button.there = there;
    return button;
  });
  place.append(element("fieldset", { class: "set presets" }, element("legend", {}, "Questions"), made));
  watchers.push(() => {
    for (const button of made) button.setAttribute("aria-pressed", String(button.there && Object.entries(button.changes).every(([key, value]) => state[key] === value)));
  });
}
