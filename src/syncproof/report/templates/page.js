// What the rest is made of: the data of the page, elements, and numbers in words.
// Text from results is only ever set as text.

const data = JSON.parse(await unpackedText(document.getElementById("data").textContent));

async function unpackedText(text) {
  const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

// Figures come as columns; each has what its case has: the scenario, what one operation is, and so on.
const cases = data.cases.map((one) => ({ ...one, parameters: new Map(one.parameters) }));
const columns = data.figures;
data.figures = (columns[1] || []).map((place) => Object.create(cases[place]));
columns.forEach((column, place) => column.forEach((value, n) => { if (value !== null) data.figures[n][data.fields[place]] = value; }));

// Slices come as two signs each: the place on a logarithmic scale, 0 where there is none.
const places = new Map([...data.packing.signs].map((sign, place) => [sign, place]));
function unpacked(text) {
  if (!text) return [];
  const { signs, least, step } = data.packing;
  const found = [];
  for (let n = 0; n < text.length; n += 2) {
    const place = places.get(text[n]) * signs.length + places.get(text[n + 1]);
    found.push(place ? least * Math.exp((place - 1) * step) : NaN);
  }
  return found;
}

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== undefined && value !== "") made.setAttribute(key, value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== "" && child != null));
  return made;
}

function tableOf(label, head, rows) {
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label },
    element("table", { class: "plain" }, element("thead", {}, element("tr", {}, head.map((word) => element("th", { scope: "col" }, word)))), element("tbody", {}, rows)));
}

function number(value) {
  if (value == null) return "";
  if (value >= 100) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(3)));
}

// Nanoseconds are what tables show; on an axis the unit follows the size.
function duration(ns) {
  const [size, unit] = ns < 1e3 ? [1, "ns"] : ns < 1e6 ? [1e3, "\u00b5s"] : ns < 1e9 ? [1e6, "ms"] : [1e9, "s"];
  return `${Number((ns / size).toPrecision(3))} ${unit}`;
}

function quantity(value, unit) {
  if (unit !== "B") return duration(value);
  return value < 1e4 ? `${number(value)} B` : `${Number((value / 1024).toPrecision(3))} KiB`;
}

function counted(count, noun) {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}

function capital(text) {
  return text ? text[0].toUpperCase() + text.slice(1) : "";
}

function subjectOf(thing) {
  return data.subjects[thing.subject];
}

function titleOf(interpreter) {
  const found = data.interpreters.find((one) => one.key === interpreter);
  return found ? found.title : interpreter;
}

const figuresByPlace = new Map(data.figures.map((figure) => {
  const subject = subjectOf(figure);
  return [`${subject.interpreter}\n${subject.implementation}\n${figure.id}`, figure];
}));

function figureOf(interpreter, implementation, id) {
  return figuresByPlace.get(`${interpreter}\n${implementation}\n${id}`);
}

// Those who have one of these figures, in the order in which they are always shown.
function implementationsOf(figures) {
  const found = new Set(figures.map((figure) => subjectOf(figure).implementation));
  return data.implementations.filter((name) => found.has(name));
}

function timed(figure) {
  return Boolean(figure) && figure.median !== undefined;
}

// A time of what is wrong is marked.
function broken(figure) {
  return figure.breaks ? `breaks ${counted(figure.breaks, "clause")} of ${data.primitives[figure.primitive] || figure.primitive}` : "";
}

// Its figure is of what it says, though another run may have another one.
function comparable(figure) {
  return usable(figure) || (timed(figure) && figure.verdict === "invalid" && !(figure.overlap < data.leastOverlap));
}

function usable(figure) {
  return timed(figure) && (figure.verdict === "stable" || figure.verdict === "noisy");
}
